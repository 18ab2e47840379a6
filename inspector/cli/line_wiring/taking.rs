//! Who takes parts out, and by what they are told apart there.

use crate::pipeline::actuate::TakenOutBy;
use crate::settings::StationSettings;
use crate::settings::station::EjectorKind;

/// Whether parts that come closer than they should cannot be told apart. Where IDs are matched by the time of reading that is
/// so in any case.
pub(super) fn keeps_pitch(settings: &StationSettings) -> bool {
    let identity = settings.identity.as_ref();
    let by_time = identity.is_some_and(|identity| identity.window.is_some());
    by_time || !is_asked(settings) && !is_numbered(settings)
}

/// Whether a program asks for each part, and nothing but its answer says where the part goes.
pub(super) fn is_asked(settings: &StationSettings) -> bool {
    let Some(announcer) = settings.line.announcer() else {
        return false;
    };
    let device = &settings.line.devices[usize::from(announcer)];
    let acts_on_it = match settings.ejector.kind {
        EjectorKind::None => true,
        EjectorKind::Line => settings.line.ejector() == Some(announcer),
        EjectorKind::Sim => false,
    };
    device.kind.takes_requests() && acts_on_it
}

/// Whether a PLC announces parts and takes them out, each by its number: neighbours cannot be taken for each other, however
/// close they come. With an encoder the belt may bring a part twice, which only its place tells.
fn is_numbered(settings: &StationSettings) -> bool {
    let announcer = settings.line.announcer();
    let same = announcer.filter(|_| settings.line.ejector() == announcer);
    let takes_out = taken_out_by(settings) == TakenOutBy::Plc && settings.encoder.is_none();
    takes_out && same.is_some_and(|it| settings.line.devices[usize::from(it)].kind.numbers_parts())
}

pub(super) fn taken_out_by(settings: &StationSettings) -> TakenOutBy {
    let device = settings.line.ejector().filter(|_| {
        // Outputs of lanes are the station's own hands; a device with a handshake has its own.
        settings.ejector.kind == EjectorKind::Line
    });
    let acts = device.is_some_and(|device| {
        let device = &settings.line.devices[usize::from(device)];
        device.kind.role().acts
    });
    match acts {
        true => TakenOutBy::Plc,
        false => TakenOutBy::Station,
    }
}
