//! What `inspector check` finds out of a wiring without setting anything, and what it cannot know.

use super::device_name;
use super::opened::{self, Line};
use super::show::{look, wait_until_tried};
use super::table::{device_line, direction, list, text, value_of};
use crate::adapters::line::wiring::{InputMeaning, Output, OutputMeaning};
use crate::error::Error;
use crate::results::open;
use crate::settings::StationSettings;
use crate::station::handshake::map::{TEST_FLOAT, TEST_WORD};
use crate::telemetry::signals::DeviceState;

/// One line for everything that was found: what answers and what it says, what does not, and what only a person can see.
/// Takes a few seconds at most, and sets no output.
///
/// # Errors
/// Where this computer cannot offer what a PLC is to connect to.
pub fn prove(settings: &StationSettings) -> Result<Vec<String>, Error> {
    if open::is_written(&settings.data) {
        let told = "line       not tried: a station runs on these settings; `inspector line` shows what it says";
        return Ok(vec![told.to_owned()]);
    }
    let mut line = opened::open(settings)?;
    let mut found = watchdogs(settings, &mut line);
    let following = line.follow(settings);
    wait_until_tried(&line);
    let now = look(&line);
    let devices = line.info.board.devices();
    drop(following);
    for (device, state) in list(&now["devices"]).iter().zip(&devices) {
        let word = if state.is_connected {
            "line"
        } else {
            "warning"
        };
        found.push(format!("{word:10} {}", device_line(&now, device)));
        found.extend(missing(state));
    }
    for signal in list(&now["signals"]) {
        found.push(format!(
            "{:10} {} {}: {} is {}",
            direction(signal),
            text(&signal["device"]),
            text(&signal["address"]),
            text(&signal["meaning"]),
            value_of(signal)
        ));
    }
    found.extend(unknown(settings));
    Ok(found)
}

fn missing(device: &DeviceState) -> Option<String> {
    (!device.is_connected).then(|| {
        "           the station starts without it, shows it, rejects parts that need it, and goes on by itself when it answers"
            .to_owned()
    })
}

fn watchdogs(settings: &StationSettings, line: &mut Line) -> Vec<String> {
    let mut found = Vec::new();
    let devices = settings.line.devices.iter();
    for (device, (name, opened)) in devices.zip(&mut line.wired.devices) {
        if !device.kind.proves() {
            continue;
        }
        let Some(signals) = opened.signals() else {
            continue;
        };
        // One that does not answer is told with what was tried, among the others.
        if signals.reopen().is_err() {
            continue;
        }
        found.push(match signals.prove() {
            Ok(()) => format!("watchdog   {name}: its time and the safe values are set"),
            Err(error) => {
                format!("warning    device {name:?}: {error}; until then parts are rejected")
            }
        });
    }
    found
}

/// What cannot be found out from here, and how it is.
fn unknown(settings: &StationSettings) -> Vec<String> {
    let line = &settings.line;
    let mut unknown = Vec::new();
    for output in &line.outputs {
        let OutputMeaning::Lane { lane, .. } = output.meaning else {
            continue;
        };
        let confirms = |meaning| meaning == InputMeaning::LaneConfirm(lane);
        if !line.inputs.iter().any(|input| confirms(input.meaning)) {
            unknown.push(format!(
                "that {} {} moves the ejector is only seen with a sensor behind it (meaning = \"lane-confirm\"), or by \
                 `inspector line fire {:?}`",
                device_name(settings, output.device),
                output.address,
                output.meaning.name(&line.lanes)
            ));
        }
    }
    unknown.extend(watched_heartbeats(settings));
    for input in &line.inputs {
        if input.meaning == InputMeaning::Trigger {
            unknown.push(format!(
                "that {} {} is the sensor at the camera: let a part pass and look at `inspector line`",
                device_name(settings, input.device),
                input.address
            ));
        }
    }
    for device in &line.devices {
        let name = &device.name;
        if device.kind.role().has_handshake {
            unknown.push(format!(
                "whether the PLC behind {name} reads in the byte order that is set: it must find TestWord {TEST_WORD:#06x} and \
                 TestFloat {TEST_FLOAT:.1}; `inspector line handshake` tries its program"
            ));
        }
        if let Some(because) = &device.because {
            unknown.push(format!(
                "whether outputs of {name} fall to rest when the station dies; the settings say: {because}"
            ));
        }
    }
    unknown
        .into_iter()
        .map(|what| format!("unknown    {what}"))
        .collect()
}

/// Outputs that only somebody beyond the wire sets to rest when the station dies.
fn watched_heartbeats(settings: &StationSettings) -> Vec<String> {
    let line = &settings.line;
    let is_heartbeat = |it: &&Output| matches!(it.meaning, OutputMeaning::Heartbeat(_));
    let drives_lanes = |device: u8| {
        let mut outputs = line.outputs.iter();
        outputs.any(|it| it.device == device && matches!(it.meaning, OutputMeaning::Lane { .. }))
    };
    let watched = line.outputs.iter().filter(is_heartbeat).filter(|it| {
        drives_lanes(it.device) && !line.devices[usize::from(it.device)].kind.proves()
    });
    let told = |it: &Output| {
        format!(
            "whether parts are rejected when {} {} no longer changes: end the station with `kill -9` while a part is accepted, \
             and see",
            device_name(settings, it.device),
            it.address
        )
    };
    watched.map(told).collect()
}
