//! The gates of the lanes: how long they work after one command.

use crate::adapters::line::wiring::OutputMeaning;
use crate::settings::StationSettings;
use crate::settings::station::EjectorKind;
use crate::station::lane::LANES_MAX;
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
