//! What only the whole line shows: two triggers, a lane that nothing reaches, an output that stays on when the station
//! dies.

use super::super::super::document::Document;
use super::super::Resting;
use super::{Asked, Placed};
use crate::adapters::line::wiring::{Device, Input, InputMeaning, Output, OutputMeaning};
use crate::station::lane::{LaneNo, Lanes};
use crate::station::verdict::Disposition;

type Devices = [Option<Placed<Device>>];

pub(super) fn check(
    document: &mut Document<'_>,
    asked: Asked<'_>,
    lanes: &Lanes,
    devices: &Devices,
    inputs: &[Placed<Input>],
    outputs: &[Placed<Output>],
) {
    // What a device with a mistake would bring is missing only because of that.
    let is_whole = devices.iter().all(Option::is_some);
    once(document, inputs, InputMeaning::Trigger, "trigger");
    once(document, inputs, InputMeaning::Encoder, "encoder");
    trigger(document, asked, devices, inputs, is_whole);
    addresses(document, outputs);
    match asked.is_ejector() {
        Some(true) => ejector(document, asked, lanes, devices, outputs, is_whole),
        Some(false) => no_ejector(document, devices, outputs),
        None => {}
    }
    for (number, device) in devices.iter().enumerate() {
        let Some(device) = device else { continue };
        let is_of = |of: u8| usize::from(of) == number;
        let is_used = inputs.iter().any(|it| is_of(it.it.device))
            || outputs.iter().any(|it| is_of(it.it.device));
        if device.it.kind.role().has_signals && !is_used {
            let message = format!(
                "device {:?}: expected an [[input]] or [[output]] of it, found none; leave the device out",
                device.it.name
            );
            document.problem(Some(device.at.clone()), message);
        }
    }
}

fn once(document: &mut Document<'_>, inputs: &[Placed<Input>], meaning: InputMeaning, name: &str) {
    let mut found = inputs.iter().filter(|input| input.it.meaning == meaning);
    let (Some(_), Some(second)) = (found.next(), found.next()) else {
        return;
    };
    let message = format!("expected one [[input]] with meaning = {name:?}, found a second one");
    document.problem(Some(second.at.clone()), message);
}

fn trigger(
    document: &mut Document<'_>,
    asked: Asked<'_>,
    devices: &Devices,
    inputs: &[Placed<Input>],
    is_whole: bool,
) {
    let input = inputs
        .iter()
        .find(|input| input.it.meaning == InputMeaning::Trigger);
    let announcers: Vec<_> = devices
        .iter()
        .flatten()
        .filter(|device| device.it.kind.role().announces)
        .collect();
    let sources = usize::from(input.is_some()) + announcers.len();
    match asked.is_trigger {
        Some(true) if sources == 0 && is_whole => {
            let message = "trigger.source = \"line\": expected an [[input]] with meaning = \"trigger\" or a device that \
                           announces parts, found none";
            document.problem(None, message.to_owned());
        }
        Some(true) if sources > 1 => {
            let names: Vec<&str> = announcers
                .iter()
                .map(|device| device.it.name.as_str())
                .collect();
            let message = format!(
                "trigger.source = \"line\": expected one source of triggers, found {sources}: an [[input]] and the \
                 devices {names:?} that announce parts count"
            );
            document.problem(None, message);
        }
        Some(false) => {
            if let Some(input) = input {
                let message = "[[input]] with meaning = \"trigger\": expected trigger.source = \"line\" with it; set that, \
                               or leave the input out";
                document.problem(Some(input.at.clone()), message.to_owned());
            }
            // A PLC that takes parts out may leave announcing them to a camera; what only announces would not be heard.
            let unheard = announcers
                .iter()
                .filter(|it| !it.it.kind.role().acts || it.it.kind.takes_requests());
            for device in unheard {
                let message = format!(
                    "device {:?} announces parts: expected trigger.source = \"line\" with it",
                    device.it.name
                );
                document.problem(Some(device.at.clone()), message);
            }
        }
        _ => {}
    }
}

fn addresses(document: &mut Document<'_>, outputs: &[Placed<Output>]) {
    for (at, output) in outputs.iter().enumerate() {
        let is_same = |other: &Placed<Output>| {
            other.it.device == output.it.device && other.it.address == output.it.address
        };
        if outputs[..at].iter().any(is_same) {
            let message = format!(
                "[[output]] {:?}: the same address has a meaning already",
                output.it.address
            );
            document.problem(Some(output.at.clone()), message);
        }
    }
}

fn lane_of(output: &Output) -> Option<LaneNo> {
    match output.meaning {
        OutputMeaning::Lane { lane, .. } => Some(lane),
        _ => None,
    }
}

fn no_ejector(document: &mut Document<'_>, devices: &Devices, outputs: &[Placed<Output>]) {
    for output in outputs
        .iter()
        .filter(|output| lane_of(&output.it).is_some())
    {
        let message = "[[output]] with meaning = \"lane\": expected ejector.kind = \"line\" with it; set that, or leave \
                       the output out";
        document.problem(Some(output.at.clone()), message.to_owned());
    }
    for device in devices
        .iter()
        .flatten()
        .filter(|device| device.it.kind.role().acts)
    {
        let message = format!(
            "device {:?} takes parts out: expected ejector.kind = \"line\" with it",
            device.it.name
        );
        document.problem(Some(device.at.clone()), message);
    }
}

fn ejector(
    document: &mut Document<'_>,
    asked: Asked<'_>,
    lanes: &Lanes,
    devices: &Devices,
    outputs: &[Placed<Output>],
    is_whole: bool,
) {
    let of_lanes: Vec<&Placed<Output>> = outputs
        .iter()
        .filter(|it| lane_of(&it.it).is_some())
        .collect();
    let acts = devices
        .iter()
        .flatten()
        .filter(|device| device.it.kind.role().acts)
        .count();
    if acts + usize::from(!of_lanes.is_empty()) > 1 {
        let message = "ejector.kind = \"line\": expected one device that takes parts out, found several: devices with a \
                       handshake count, and outputs of lanes";
        document.problem(None, message.to_owned());
        return;
    }
    if acts > 0 || !is_whole {
        return;
    }
    let Some(resting) = asked.ejector.map(|it| it.resting) else {
        return;
    };
    reached(document, resting, lanes, &of_lanes);
    for output in &of_lanes {
        if of_lanes[0].it.device != output.it.device {
            let message = "[[output]] with meaning = \"lane\": expected the outputs of all lanes on one device, so that \
                           one answer says what happened; found a second device";
            document.problem(Some(output.at.clone()), message.to_owned());
        }
        let proof = proof(devices, outputs, output);
        if let Some(message) = proof {
            document.problem(Some(output.at.clone()), message);
            break;
        }
    }
}

/// Every lane has an output, but the one to which parts go while every output is off.
fn reached(
    document: &mut Document<'_>,
    resting: Resting,
    lanes: &Lanes,
    of_lanes: &[&Placed<Output>],
) {
    let without_power = match resting {
        Resting::EnergiseToAccept => lanes.safe(),
        Resting::EnergiseToReject => lanes.usual(Disposition::Accept),
    };
    for (number, lane) in lanes.iter() {
        let output = of_lanes
            .iter()
            .find(|output| lane_of(&output.it) == Some(number));
        match (output, number == without_power) {
            (None, false) => {
                let message = format!(
                    "ejector.kind = \"line\": expected an [[output]] with meaning = \"lane\" and lane = {:?}, found none",
                    lane.name
                );
                document.problem(None, message);
            }
            (Some(output), true) => {
                let message = format!(
                    "[[output]] for lane {:?}: parts go there without power, says ejector.resting; leave the output out \
                     or correct ejector.resting",
                    lane.name
                );
                document.problem(Some(output.at.clone()), message);
            }
            _ => {}
        }
    }
}

/// What is missing so that an output is safe when the station dies.
fn proof(devices: &Devices, outputs: &[Placed<Output>], output: &Placed<Output>) -> Option<String> {
    let device = &devices.get(usize::from(output.it.device))?.as_ref()?.it;
    let has_heartbeat = outputs.iter().any(|other| {
        other.it.device == output.it.device
            && matches!(other.it.meaning, OutputMeaning::Heartbeat(_))
    });
    if device.kind.proves() || device.because.is_some() {
        return None;
    }
    let expected = match device.kind.has_watchdog() {
        true => "[device.watchdog] with where its watchdog time and safe values stand",
        false if has_heartbeat => return None,
        false => {
            "an [[output]] of it with meaning = \"heartbeat\" that the device, or a watchdog relay, watches"
        }
    };
    Some(format!(
        "device {:?} has outputs of lanes, and nothing makes them safe when the station dies; expected {expected}, or \
         because = \"…\" with the reason why none is needed",
        device.name
    ))
}
