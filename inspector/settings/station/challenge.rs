//! `[challenge]`: parts of known quality that are to be brought again and again.

use super::super::document::Document;
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
    at_start: bool,
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
pub(super) fn checked(document: &mut Document<'_>) -> Option<ChallengePlan> {
    if !document.has("challenge") {
        return None;
    }
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
    if !(raw.at_start || raw.on_recipe_change || every.is_some() || !raw.at.is_empty()) {
        let message = "challenge: expected every_h, at, at_start or on_recipe_change, or the parts are never due; found \
                       none";
        document.problem(None, message.to_owned());
    }
    Some(ChallengePlan {
        parts,
        at_start: raw.at_start,
        on_recipe_change: raw.on_recipe_change,
        every,
        at,
        within: Duration::from_secs(raw.within_min.saturating_mul(60)),
    })
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

/// Seconds since midnight.
fn time_of_day(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 3_600 + minutes * 60)
}
