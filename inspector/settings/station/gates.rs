//! `distance_mm` and `travel_ms` of a `[[lane]]`: where its gate stands.

use super::super::document::Document;
use super::line::LaneWay;
use super::travel::{EncoderSettings, RawEncoder};
use super::{EjectorKind, EjectorSettings};
use crate::adapters::line::wiring::{Output, OutputMeaning, Wiring};
use crate::station::budget::{BudgetError, CycleBudget};
use crate::station::gates::{Behind, GateNo, Gates, GatesError, LanePlace};
use crate::station::lane::{LaneNo, Lanes};
use std::time::Duration;

/// What the rest of the file says of the way.
pub(super) struct Asked<'a> {
    pub(super) budget: CycleBudget,
    /// As it was read, and checked.
    pub(super) encoder: Option<(&'a RawEncoder, &'a EncoderSettings)>,
    pub(super) ejector: &'a EjectorSettings,
}

impl Asked<'_> {
    /// What positions are, with nothing between them.
    const fn kind(&self) -> Behind {
        match self.encoder {
            Some(_) => Behind::Counts(0),
            None => Behind::Time(Duration::ZERO),
        }
    }

    /// The key that goes with this file, and where the first gate stands by the settings.
    fn first(&self) -> (&'static str, String) {
        match self.encoder {
            Some((raw, _)) => (
                "distance_mm",
                format!("encoder.distance_mm, which is {}", raw.distance_mm),
            ),
            None => {
                let ms = self.budget.decide_by().as_millis();
                ("travel_ms", format!("timing.decide_by_ms, which is {ms}"))
            }
        }
    }

    /// How far behind the first gate; `None` where that is told as a mistake.
    fn behind(&self, way: &LaneWay, telling: &mut Telling<'_, '_>) -> Option<Option<Behind>> {
        let (key, first) = self.first();
        let behind = match (self.encoder, way.distance_mm, way.travel_ms) {
            (_, None, None) => return Some(None),
            (Some((raw, encoder)), Some(mm), None) => {
                let counts = encoder.way.scale().counts(mm);
                let is_behind = mm.is_finite() && mm >= raw.distance_mm;
                // Each from the trigger, so that roundings do not add up.
                let behind = Behind::Counts(counts - encoder.way.counts_to_gate());
                is_behind.then_some(behind).ok_or(mm.to_string())
            }
            (None, None, Some(ms)) => {
                let behind = Duration::from_millis(ms).checked_sub(self.budget.decide_by());
                behind.map(Behind::Time).ok_or(ms.to_string())
            }
            (encoder, ..) => {
                let (wrong, with, what) = match encoder {
                    Some(_) => ("travel_ms", "with", "a distance"),
                    None => ("distance_mm", "without", "a time"),
                };
                let message = format!(
                    "{wrong}: {with} [encoder] {what} says where the gate stands; expected {key}, from the trigger"
                );
                telling.problem(way.lane, &message);
                return None;
            }
        };
        behind
            .map_err(|found| {
                let message = format!(
                    "{key} is {found}; expected at least {first}: the first gate stands there"
                );
                telling.problem(way.lane, &message);
            })
            .ok()
            .map(Some)
    }
}

/// Where mistakes of lanes are told.
struct Telling<'d, 'a> {
    document: &'d mut Document<'a>,
    lanes: Lanes,
    ways: &'d [LaneWay],
}

impl Telling<'_, '_> {
    fn problem(&mut self, lane: LaneNo, message: &str) {
        let way = self.ways.iter().find(|way| way.lane == lane);
        let at = way.map(|way| way.at.clone());
        let message = format!("lane {:?}: {message}", self.name(lane));
        self.document.problem(at, message);
    }

    fn name(&self, lane: LaneNo) -> &str {
        let known = self.lanes.get(lane);
        known.map_or("?", |known| known.name.as_str())
    }
}

/// Puts the gates where the settings have them; the budget with parts that go on to the last one. Every mistake is told.
pub(super) fn checked(
    document: &mut Document<'_>,
    from: &Asked<'_>,
    line: &mut Wiring,
    ways: &[LaneWay],
) -> Option<CycleBudget> {
    line.gates = Gates::one(from.kind());
    let is_said = |way: &&LaneWay| way.distance_mm.is_some() || way.travel_ms.is_some();
    let Some(first) = ways.iter().find(is_said) else {
        return Some(from.budget);
    };
    let mut telling = Telling {
        document,
        lanes: line.lanes.clone(),
        ways,
    };
    let has_output = |lane: LaneNo| {
        let mut outputs = line.outputs.iter();
        outputs.any(|it| matches!(it.meaning, OutputMeaning::Lane { lane: to, .. } if to == lane))
    };
    if from.ejector.kind != EjectorKind::Line || !ways.iter().any(|way| has_output(way.lane)) {
        let message = "distance_mm and travel_ms say where the station is to set an [[output]] with meaning = \"lane\"; \
                       found no such output: a PLC that takes parts out knows where its gates stand, so leave them out";
        telling.problem(first.lane, message);
        return None;
    }
    let places: Vec<Option<LanePlace>> = ways
        .iter()
        .map(|way| {
            Some(LanePlace {
                lane: way.lane,
                behind: from.behind(way, &mut telling)?,
                has_output: has_output(way.lane),
            })
        })
        .collect();
    let places: Vec<LanePlace> = places.into_iter().collect::<Option<_>>()?;
    let gates = placed(from, &places, &mut telling)?;
    if gates.count() > 1 && !are_brief(from, &line.outputs, &mut telling) {
        return None;
    }
    let budget = leaving(from, &places, &gates, &mut telling)?;
    line.gates = gates;
    Some(budget)
}

fn placed(from: &Asked<'_>, places: &[LanePlace], telling: &mut Telling<'_, '_>) -> Option<Gates> {
    let (key, first) = from.first();
    let safe = telling.lanes.safe();
    let gates = match Gates::new(from.kind(), places, safe) {
        Ok(gates) => gates,
        Err(GatesError::BehindSafe(lane)) => {
            let of_safe = telling.name(safe);
            let message = format!(
                "its gate stands behind that of the safe lane {of_safe:?}; expected the gate of the safe lane to be the last, \
                 because a part goes there that its own gate does not take: give {of_safe:?} a larger {key}"
            );
            telling.problem(lane, &message);
            return None;
        }
        Err(GatesError::BeginsBefore(lane)) => {
            let message = format!(
                "it has no [[output]], so parts come to it behind the last gate; expected {key} at least as large as that of \
                 every lane with an output, or none"
            );
            telling.problem(lane, &message);
            return None;
        }
    };
    let nearest = gates.behind(GateNo(0));
    if nearest == from.kind() {
        return Some(gates);
    }
    let mut all = places.iter();
    let lane = all.find(|place| place.behind == Some(nearest));
    let message = format!(
        "its gate is the first, and stands behind {first}; expected the first gate to stand there, because parts are \
         decided there at the latest"
    );
    telling.problem(lane.map_or(safe, |place| place.lane), &message);
    None
}

/// Whether each gate is closed before the next part comes to it, which may be one that goes on. With an encoder the belt
/// closes it.
fn are_brief(from: &Asked<'_>, outputs: &[Output], telling: &mut Telling<'_, '_>) -> bool {
    let pitch = from.budget.pitch_min();
    let mut are_brief = true;
    for output in outputs {
        let OutputMeaning::Lane { lane, hold, .. } = output.meaning else {
            continue;
        };
        if from.encoder.is_some() || hold < pitch {
            continue;
        }
        let message = format!(
            "hold_ms of its [[output]] is {}; expected less than timing.pitch_ms_min, which is {}, or its gate stands open \
             for the next part, which may go on to another",
            hold.as_millis(),
            pitch.as_millis()
        );
        telling.problem(lane, &message);
        are_brief = false;
    }
    are_brief
}

/// With parts that go on to the last gate, or to where a lane without one begins behind it.
fn leaving(
    from: &Asked<'_>,
    places: &[LanePlace],
    gates: &Gates,
    telling: &mut Telling<'_, '_>,
) -> Option<CycleBudget> {
    let scale = from.encoder.map(|(_, encoder)| encoder.way.scale());
    let far = |place: &&LanePlace| (gates.begins(place.lane), place.has_output);
    let last = places.iter().max_by_key(far);
    let lane = last.map_or(telling.lanes.safe(), |place| place.lane);
    let error = match from.budget.leaving(gates.begins(lane).time_min(scale)) {
        Ok(budget) => return Some(budget),
        Err(error) => error,
    };
    let pitch = match scale {
        Some(_) => "encoder.pitch_mm_min",
        None => "timing.pitch_ms_min",
    };
    let message = match error {
        BudgetError::TooManyParts { parts, parts_max } => format!(
            "{} / {pitch} means {parts} parts in flight; expected at most {parts_max}",
            from.first().0
        ),
        other => other.to_string(),
    };
    telling.problem(lane, &message);
    None
}

#[cfg(test)]
mod tests;
