//! `[challenge]`: parts of known quality that are to be brought again and again.

use super::super::document::Document;
use super::shifts::time_of_day;
use super::{CameraKind, CameraSettings, IdentitySettings};
use crate::adapters::line::kinds::DeviceKind;
use crate::adapters::line::wiring::{InputMeaning, Wiring};
use crate::station::challenge::{CHALLENGE_PARTS_MAX, ChallengePlan, Quality};
use crate::station::part::PartId;
use serde::Deserialize;
use std::time::Duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChallenge {
    #[serde(default)]
    defective: Vec<String>,
    #[serde(default)]
    golden: Vec<String>,
    #[serde(default = "yes")]
    on_recipe_change: bool,
    every_h: Option<f64>,
    #[serde(default)]
    at: Vec<String>,
    within_min: u64,
}

fn yes() -> bool {
    true
}

/// The section, as far as it could be read: every mistake has been told. `None` where it is absent.
pub(super) fn checked(
    document: &mut Document<'_>,
    line: &Wiring,
    identity: Option<&IdentitySettings>,
    cameras: &[CameraSettings],
) -> Option<ChallengePlan> {
    if !document.has("challenge") {
        return None;
    }
    let mut devices = line.devices.iter();
    let mut inputs = line.inputs.iter();
    let has_ids = devices.any(|device| tells_ids(&device.kind))
        || inputs.any(|input| input.meaning == InputMeaning::PartId)
        || identity.is_some_and(|identity| identity.readers() > 0)
        || cameras
            .iter()
            .any(|camera| matches!(camera.kind, CameraKind::Sim { .. } | CameraKind::Folder(_)));
    let raw: RawChallenge = document.section("challenge")?;
    let parts = parts(document, &raw);
    let at = raw.at.iter().filter_map(|text| {
        let at = time_of_day(text);
        if at.is_none() {
            document.problem(
                None,
                format!("challenge.at: expected times of the day as \"06:00\", found {text:?}"),
            );
        }
        at
    });
    let at: Vec<u32> = at.collect();
    let every = raw
        .every_h
        .map(|hours| Duration::try_from_secs_f64(hours * 3_600.0).unwrap_or_default());
    if every.is_some_and(|every| every < Duration::from_secs(60)) {
        let found = raw.every_h.unwrap_or_default();
        document.problem(
            None,
            format!("challenge.every_h: expected at least a minute, found {found}"),
        );
    }
    if !has_ids {
        let message = "challenge: expected parts to have IDs of their own, from a scanner, a code in the picture, a PLC or a \
                       program ([identity], [[device]]); found none, and no challenge part could be known";
        document.problem(None, message.to_owned());
    }
    Some(ChallengePlan {
        parts,
        on_recipe_change: raw.on_recipe_change,
        every,
        at,
        within: Duration::from_secs(raw.within_min.saturating_mul(60)),
    })
}

fn tells_ids(kind: &DeviceKind) -> bool {
    let role = kind.role();
    role.identifies || role.announces || kind.takes_requests()
}

fn parts(document: &mut Document<'_>, raw: &RawChallenge) -> Vec<(PartId, Quality)> {
    let of = |ids: &[String], quality: Quality| -> Vec<(String, Quality)> {
        ids.iter().map(|id| (id.clone(), quality)).collect()
    };
    let mut all = of(&raw.defective, Quality::Defective);
    all.extend(of(&raw.golden, Quality::Golden));
    let mut parts: Vec<(PartId, Quality)> = Vec::new();
    for (text, quality) in all {
        match PartId::new(&text) {
            Ok(id) if parts.iter().any(|(known, _)| *known == id) => {
                document.problem(None, format!("challenge: part {text:?} is there twice"));
            }
            Ok(id) => parts.push((id, quality)),
            Err(error) => document.problem(None, format!("challenge: part ID {text:?} {error}")),
        }
    }
    if !(1..=CHALLENGE_PARTS_MAX).contains(&parts.len()) {
        let found = parts.len();
        document.problem(
            None,
            format!(
                "challenge: expected the IDs of 1 to {CHALLENGE_PARTS_MAX} parts in defective and golden, found {found}"
            ),
        );
    }
    parts
}
