//! `[encoder]`, `[confirm]` and `[guard]`: where parts act, what is waited for behind the ejector, and what follows from
//! what goes wrong.

use super::super::document::Document;
use super::gates;
use super::line::LaneWay;
use super::{EjectorSettings, RawTiming};
use crate::adapters::line::wiring::{InputMeaning, Wiring};
use crate::station::awaiting::{AwaitPlan, Window};
use crate::station::belt::BeltLimits;
use crate::station::budget::CycleBudget;
use crate::station::guard::{GuardSettings, PARTS_WATCHED_MAX, Reaction, Trouble};
use crate::station::lane::LANES_MAX;
use crate::station::position::{Reverse, Scale};
use crate::station::travel::BeltWay;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// A belt with an encoder, checked.
#[derive(Clone, Copy, Debug)]
pub struct EncoderSettings {
    /// Distances in counts.
    pub way: BeltWay,
    /// After how long something is wrong with the encoder.
    pub limits: BeltLimits,
}

/// Times and positions of a line, checked: each part fits the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Travelling {
    pub(super) budget: CycleBudget,
    pub(super) encoder: Option<EncoderSettings>,
    pub(super) awaits: AwaitPlan,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEncoder {
    counts_per_mm: f64,
    pub(super) speed_max_mm_s: f64,
    pub(super) distance_mm: f64,
    pub(super) pitch_mm_min: f64,
    hold_mm: f64,
    #[serde(default)]
    reverse: RawReverse,
    #[serde(default = "silent_after_ms")]
    silent_after_ms: u64,
    #[serde(default = "starts_within_ms")]
    starts_within_ms: u64,
}

fn silent_after_ms() -> u64 {
    200
}

fn starts_within_ms() -> u64 {
    500
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawReverse {
    #[default]
    Track,
    Ignore,
    Both,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfirm {
    from_ms: Option<u64>,
    to_ms: Option<u64>,
    from_mm: Option<f64>,
    to_mm: Option<f64>,
}

/// Times and positions; every mistake is told.
pub(super) fn checked(
    document: &mut Document<'_>,
    (timing, ejector): (Option<&RawTiming>, Option<&EjectorSettings>),
    line: &mut Wiring,
    ways: &[LaneWay],
) -> Option<Travelling> {
    let has_section = document.has("encoder");
    let raw: Option<RawEncoder> = match has_section {
        true => document.section("encoder"),
        false => None,
    };
    let encoder = raw.as_ref().and_then(|raw| encoder(document, raw));
    let is_wired = line
        .inputs
        .iter()
        .any(|input| input.meaning == InputMeaning::Encoder);
    if has_section && !is_wired {
        let message = "[encoder]: expected an [[input]] with meaning = \"encoder\", found none";
        document.problem(None, message.to_owned());
    }
    if is_wired && !has_section {
        let message = "[[input]] with meaning = \"encoder\": expected a section [encoder] with counts_per_mm and distances";
        document.problem(None, message.to_owned());
    }
    let (timing, ejector) = (timing?, ejector?);
    let budget = budget(document, timing, ejector, raw.as_ref());
    // Where a mistake is in [encoder], nothing is said as if there were none.
    let is_known = !has_section || encoder.is_some();
    let budget = budget.filter(|_| is_known).and_then(|budget| {
        let from = gates::Asked {
            budget,
            encoder: raw.as_ref().zip(encoder.as_ref()),
            ejector,
        };
        gates::checked(document, &from, line, ways)
    });
    let awaits = awaits(document, line, encoder.as_ref());
    if let Some(budget) = &budget {
        wait_for_few(document, &awaits, budget, encoder.as_ref());
    }
    if !is_known {
        return None;
    }
    Some(Travelling {
        budget: budget?,
        encoder,
        awaits,
    })
}

fn encoder(document: &mut Document<'_>, raw: &RawEncoder) -> Option<EncoderSettings> {
    let reverse = match raw.reverse {
        RawReverse::Track => Reverse::Track,
        RawReverse::Ignore => Reverse::Ignore,
        RawReverse::Both => Reverse::Both,
    };
    let scale = match Scale::new(raw.counts_per_mm, raw.speed_max_mm_s, reverse) {
        Ok(scale) => scale,
        Err(error) => {
            document.problem(None, error.to_string());
            return None;
        }
    };
    match BeltWay::new(scale, raw.pitch_mm_min, raw.distance_mm, raw.hold_mm) {
        Ok(way) => {
            // In this time a part at full speed travels through half of the room that the gate has.
            let room_mm = raw.hold_mm.min(raw.pitch_mm_min - raw.hold_mm) / 2.0;
            Some(EncoderSettings {
                way,
                limits: BeltLimits {
                    silent_after: Duration::from_millis(raw.silent_after_ms),
                    dead_after: scale.time_min(scale.counts(room_mm)),
                    starts_within: Duration::from_millis(raw.starts_within_ms),
                },
            })
        }
        Err(error) => {
            document.problem(None, error.to_string());
            None
        }
    }
}

/// By the settings' times, or by the distances of the fastest belt.
fn budget(
    document: &mut Document<'_>,
    timing: &RawTiming,
    ejector: &EjectorSettings,
    encoder: Option<&RawEncoder>,
) -> Option<CycleBudget> {
    let (pitch_ms, decide_ms, hold_ms) = match (encoder, timing.pitch_ms_min, timing.decide_by_ms) {
        (None, Some(pitch_ms), Some(decide_ms)) => (pitch_ms, decide_ms, ejector.hold_ms),
        (Some(encoder), None, None) => {
            let ms = |mm: f64| (mm / encoder.speed_max_mm_s * 1e3) as u64;
            let (pitch, hold) = (ms(encoder.pitch_mm_min), ms(encoder.hold_mm));
            (pitch, ms(encoder.distance_mm), hold)
        }
        (None, ..) => {
            let message = "timing: expected pitch_ms_min and decide_by_ms, or a section [encoder] with distances";
            document.problem(None, message.to_owned());
            return None;
        }
        (Some(_), ..) => {
            let message = "timing: with [encoder], distances say when parts act; leave pitch_ms_min and decide_by_ms out";
            document.problem(None, message.to_owned());
            return None;
        }
    };
    match CycleBudget::new(pitch_ms, decide_ms, timing.frame_window_ms, hold_ms) {
        Ok(budget) => Some(budget),
        Err(error) => {
            document.problem(None, error.to_string());
            None
        }
    }
}

fn awaits(
    document: &mut Document<'_>,
    line: &Wiring,
    encoder: Option<&EncoderSettings>,
) -> AwaitPlan {
    let mut watched = [false; LANES_MAX];
    for input in &line.inputs {
        if let InputMeaning::LaneConfirm(lane) = input.meaning {
            watched[usize::from(lane.0).min(LANES_MAX - 1)] = true;
        }
    }
    let is_watched = watched.iter().any(|is_watched| *is_watched);
    let raw: Option<RawConfirm> = match document.has("confirm") {
        true => document.section("confirm"),
        false if is_watched => {
            let message = "[[input]] with meaning = \"lane-confirm\": expected a section [confirm] with when or where \
                           its sensor sees a part: from_ms and to_ms after the ejector, or from_mm and to_mm with [encoder]";
            document.problem(None, message.to_owned());
            None
        }
        false => None,
    };
    let window = raw.and_then(|raw| {
        let window = window(&raw, encoder);
        if window.is_none() {
            let message = match encoder {
                Some(_) => "[confirm]: expected from_mm and to_mm, the second larger, as there is an [encoder]",
                None => "[confirm]: expected from_ms and to_ms, the second larger",
            };
            document.problem(None, message.to_owned());
        }
        window
    });
    let plan = AwaitPlan {
        watched,
        ..AwaitPlan::NOTHING
    };
    match window {
        Some(window) => plan.seen_within(window, &line.gates),
        None => plan,
    }
}

/// Rows leave in order, so each waits for the sensor of the one before. Of those for which there is no room nobody would know
/// whether they came.
fn wait_for_few(
    document: &mut Document<'_>,
    plan: &AwaitPlan,
    budget: &CycleBudget,
    encoder: Option<&EncoderSettings>,
) {
    let time = |window: &Window| match (window, encoder) {
        (Window::Time(_, to), _) => *to,
        (Window::Counts(_, to), Some(encoder)) => encoder.way.scale().time_min(*to),
        (Window::Counts(..), None) => Duration::ZERO,
    };
    let watched = plan.windows.iter().zip(plan.watched);
    let watched = watched.filter(|(_, is_watched)| *is_watched);
    let watched = watched.map(|(window, _)| time(window));
    let longest = watched.max().unwrap_or_default();
    let parts = longest
        .as_nanos()
        .div_ceil(budget.pitch_min().as_nanos().max(1));
    let parts_max = budget.awaited_max();
    if parts > parts_max as u128 {
        let (to, pitch) = match encoder {
            Some(_) => ("to_mm", "encoder.pitch_mm_min"),
            None => ("to_ms", "timing.pitch_ms_min"),
        };
        let message = format!(
            "confirm.{to} / {pitch} means that {parts} parts wait for a sensor; expected at most {parts_max}: put the sensor \
             nearer to the ejector"
        );
        document.problem(None, message);
    }
}

fn window(raw: &RawConfirm, encoder: Option<&EncoderSettings>) -> Option<Window> {
    match (encoder, raw) {
        (
            None,
            RawConfirm {
                from_ms: Some(from),
                to_ms: Some(to),
                from_mm: None,
                to_mm: None,
            },
        ) if from < to => Some(Window::Time(
            Duration::from_millis(*from),
            Duration::from_millis(*to),
        )),
        (
            Some(encoder),
            RawConfirm {
                from_mm: Some(from),
                to_mm: Some(to),
                from_ms: None,
                to_ms: None,
            },
        ) if from < to => {
            let scale = encoder.way.scale();
            Some(Window::Counts(scale.counts(*from), scale.counts(*to)))
        }
        _ => None,
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawGuard {
    on: BTreeMap<String, RawReaction>,
    rejects_in_a_row: u32,
    rejects_of: Option<(u32, u32)>,
    bin_open_max_s: Option<f64>,
    parts_missing_after_s: f64,
    stops_within_s: Option<f64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawReaction {
    Alarm,
    Reject,
    Stop,
}

/// What follows from what; every mistake is told.
pub(super) fn checked_guard(document: &mut Document<'_>) -> GuardSettings {
    let raw: RawGuard = document.section_or_default("guard").unwrap_or_default();
    let mut guard = GuardSettings {
        rejects_in_a_row: raw.rejects_in_a_row,
        rejects_of: raw.rejects_of.unwrap_or_default(),
        parts_missing_after: seconds(raw.parts_missing_after_s),
        ..GuardSettings::default()
    };
    if let Some(longest) = raw.bin_open_max_s {
        guard.bin_open_max = seconds(longest);
    }
    if let Some(within) = raw.stops_within_s {
        guard.stops_within = seconds(within);
    }
    let (rejects, among) = guard.rejects_of;
    if rejects > among || among > PARTS_WATCHED_MAX {
        let message = format!(
            "guard.rejects_of: expected [n, m], n rejects among m parts, with n at most m and m at most \
             {PARTS_WATCHED_MAX}, found [{rejects}, {among}]"
        );
        document.problem(None, message);
    }
    for (name, reaction) in raw.on {
        let mut all = Trouble::ALL.into_iter();
        let Some(trouble) = all.find(|trouble| trouble.name() == name) else {
            let known: Vec<&str> = Trouble::ALL.iter().map(|known| known.name()).collect();
            document.problem(None, format!("guard.on.{name}: expected one of {known:?}"));
            continue;
        };
        guard.reactions[trouble as usize] = match reaction {
            RawReaction::Alarm => Reaction::Alarm,
            RawReaction::Reject => Reaction::Reject,
            RawReaction::Stop => Reaction::Stop,
        };
    }
    guard
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()
}
