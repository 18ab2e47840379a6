//! The gates of the lanes: where they stand, and how long they work after one command.

use super::taken_out_by;
use crate::adapters::line::wiring::OutputMeaning;
use crate::control::handle::LaneWay;
use crate::pipeline::actuate::TakenOutBy;
use crate::settings::StationSettings;
use crate::settings::station::EjectorKind;
use crate::station::gates::Behind;
use crate::station::lane::{LANES_MAX, LaneNo};
use std::time::Duration;

/// The shortest time for which one command has the ejector work.
pub(super) fn shortest(settings: &StationSettings) -> Duration {
    let outputs = settings.line.outputs.iter();
    let holds = outputs.filter_map(|output| match output.meaning {
        OutputMeaning::Lane { hold, .. } => Some(hold),
        _ => None,
    });
    let budget = settings.budget.accept_hold();
    holds.fold(budget, Duration::min)
}

/// How long one command has the gate of each lane work.
pub(super) fn by_lane(settings: &StationSettings) -> [Duration; LANES_MAX] {
    let all = match settings.ejector.kind {
        EjectorKind::Sim => settings.budget.accept_hold(),
        EjectorKind::None | EjectorKind::Line => Duration::ZERO,
    };
    let mut holds = [all; LANES_MAX];
    for output in &settings.line.outputs {
        if let OutputMeaning::Lane { lane, hold, .. } = output.meaning
            && let Some(longest) = holds.get_mut(usize::from(lane.0))
        {
            *longest = hold.max(*longest);
        }
    }
    holds
}

/// Where each lane begins, by its number; empty where a PLC or nobody sends parts into them.
pub(super) fn ways(settings: &StationSettings) -> Vec<LaneWay> {
    let is_ours = settings.ejector.kind != EjectorKind::None;
    if !is_ours || taken_out_by(settings) == TakenOutBy::Plc {
        return Vec::new();
    }
    let first = match settings.encoder {
        Some(encoder) => Behind::Counts(encoder.way.counts_to_gate()),
        None => Behind::Time(settings.budget.decide_by()),
    };
    let line = &settings.line;
    let has_gate = |lane: LaneNo| {
        let mut outputs = line.outputs.iter();
        outputs.any(|it| matches!(it.meaning, OutputMeaning::Lane { lane: to, .. } if to == lane))
    };
    let way = |lane| LaneWay {
        from_trigger: first.and(line.gates.begins(lane)),
        has_gate: has_gate(lane),
    };
    line.lanes.iter().map(|(lane, _)| way(lane)).collect()
}
