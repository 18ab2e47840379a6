//! `[[lane]]`: where parts can go.

use super::super::super::document::Document;
use crate::station::lane::{LANE_BYTES_MAX, Lane, LaneNo, Lanes};
use crate::station::name;
use crate::station::verdict::Disposition;
use arrayvec::ArrayString;
use serde::Deserialize;
use std::ops::Range;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLane {
    name: String,
    takes: Takes,
    #[serde(default)]
    safe: bool,
    distance_mm: Option<f64>,
    travel_ms: Option<u64>,
}

/// Where the settings have the gate of a lane, and where in the file that stands.
pub(in super::super) struct LaneWay {
    pub(in super::super) lane: LaneNo,
    pub(in super::super) distance_mm: Option<f64>,
    pub(in super::super) travel_ms: Option<u64>,
    pub(in super::super) at: Range<usize>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Takes {
    Accept,
    Reject,
}

/// Two lanes where the settings have none, or where they have mistakes; and where their gates are to stand.
pub(super) fn checked(document: &mut Document<'_>) -> (Lanes, Vec<LaneWay>) {
    let mut ways = Vec::new();
    let lanes = read(document, &mut ways);
    if ways.len() != lanes.iter().count() {
        ways.clear();
    }
    (lanes, ways)
}

fn read(document: &mut Document<'_>, ways: &mut Vec<LaneWay>) -> Lanes {
    let sections = document.sections("lane");
    if sections.is_empty() {
        return Lanes::two();
    }
    let first = sections.first().map(|section| section.span());
    let mut lanes = Vec::new();
    let mut safe = Vec::new();
    let mut is_whole = true;
    for section in sections {
        let at = section.span();
        let Some(raw) = document.read::<RawLane>("lane", section) else {
            is_whole = false;
            continue;
        };
        let held = name::visible(&raw.name, LANE_BYTES_MAX).map(ArrayString::from);
        let name = match held {
            Ok(Ok(name)) => name,
            Ok(Err(_)) | Err(_) => {
                let message = format!(
                    "lane {:?}: expected a name of 1 to {LANE_BYTES_MAX} bytes that can be seen",
                    raw.name
                );
                document.problem(Some(at), message);
                is_whole = false;
                continue;
            }
        };
        if raw.safe {
            safe.push(lanes.len());
        }
        let takes = match raw.takes {
            Takes::Accept => Disposition::Accept,
            Takes::Reject => Disposition::Reject,
        };
        ways.push(LaneWay {
            lane: LaneNo(u8::try_from(lanes.len()).unwrap_or(u8::MAX)),
            distance_mm: raw.distance_mm,
            travel_ms: raw.travel_ms,
            at,
        });
        lanes.push(Lane { name, takes });
    }
    if !is_whole {
        return Lanes::two();
    }
    let [safe] = safe[..] else {
        let message = format!(
            "[[lane]]: expected safe = true in exactly one, where parts go under every fault; found it in {}",
            safe.len()
        );
        document.problem(first, message);
        return Lanes::two();
    };
    Lanes::new(lanes, LaneNo(u8::try_from(safe).unwrap_or(u8::MAX))).unwrap_or_else(|error| {
        document.problem(first, format!("[[lane]]: {error}"));
        Lanes::two()
    })
}
