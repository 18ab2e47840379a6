//! `[[input]]` and `[[output]]`: what the bits and words of devices mean.

use super::super::super::document::Document;
use super::Placed;
use crate::adapters::line::wiring::{
    Device, Input, InputMeaning, Output, OutputMeaning, Pulses, SIGNALS_MAX, Width,
};
use crate::station::lane::{LaneNo, Lanes};
use serde::Deserialize;
use std::ops::Range;
use std::time::Duration;

/// A PLC that is alive changes its heartbeat so often, in milliseconds.
const HEARTBEAT_WITHIN_MS: u64 = 2_000;
/// The station changes its own so often, in milliseconds.
const HEARTBEAT_MS: u64 = 500;
/// A trigger is on at least so long unless the settings say otherwise, in milliseconds.
const PULSE_MS_MIN: u64 = 50;
/// The longest of all times of a signal, in milliseconds.
const TIME_MS_MAX: u64 = 60_000;

/// What signals are checked against.
pub(super) struct Context<'a> {
    pub devices: &'a [Option<Placed<Device>>],
    pub lanes: &'a Lanes,
    /// `ejector.hold_ms`, where it is known.
    pub hold: Option<Duration>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInput {
    device: String,
    address: String,
    meaning: RawInputMeaning,
    lane: Option<String>,
    #[serde(default)]
    invert: bool,
    #[serde(default)]
    filter_ms: u64,
    pulse_ms_min: Option<u64>,
    within_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawInputMeaning {
    Trigger,
    Encoder,
    LaneConfirm,
    Gate,
    BinFull,
    BinOpen,
    LowAir,
    BeltRuns,
    Restart,
    PlcHeartbeat,
    PartId,
    Style,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOutput {
    device: String,
    address: String,
    meaning: RawOutputMeaning,
    lane: Option<String>,
    #[serde(default)]
    invert: bool,
    hold_ms: Option<u64>,
    pulses: Option<RawPulses>,
    period_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawOutputMeaning {
    Lane,
    LineStop,
    Heartbeat,
    Ready,
    Red,
    Amber,
    Green,
    Buzzer,
    Alarm,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawPulses {
    Merge,
    Separate,
}

/// Where a signal stands in the file, for what is said about it.
struct Place<'d, 'a> {
    document: &'d mut Document<'a>,
    what: String,
    at: Range<usize>,
}

impl Place<'_, '_> {
    fn problem(&mut self, message: &str) {
        let message = format!("{}: {message}", self.what);
        self.document.problem(Some(self.at.clone()), message);
    }

    /// A key that only one meaning has.
    fn refuse(&mut self, is_there: bool, key: &str, meaning: &str) {
        if is_there {
            self.problem(&format!(
                "{key} goes with meaning = {meaning:?} only; leave it out"
            ));
        }
    }

    fn time(&mut self, key: &str, ms: u64, least: u64) -> Duration {
        if !(least..=TIME_MS_MAX).contains(&ms) {
            self.problem(&format!(
                "expected {key} from {least} to {TIME_MS_MAX}, found {ms}"
            ));
        }
        Duration::from_millis(ms)
    }

    fn lane(&mut self, name: Option<&str>, lanes: &Lanes) -> Option<LaneNo> {
        let found = name.and_then(|name| lanes.find(name));
        if found.is_none() {
            let names: Vec<&str> = lanes.iter().map(|(_, lane)| lane.name.as_str()).collect();
            self.problem(&format!(
                "expected lane to be one of {names:?}, found {name:?}"
            ));
        }
        found
    }

    /// The device's number, and what the address holds.
    fn address(
        &mut self,
        context: &Context<'_>,
        device: &str,
        address: &str,
        is_output: bool,
    ) -> Option<(u8, Width)> {
        let mut all = context.devices.iter().enumerate();
        let named = |(_, found): &(usize, &Option<Placed<Device>>)| {
            found.as_ref().is_some_and(|it| it.it.name == device)
        };
        let Some((number, Some(found))) = all.find(named) else {
            // A device with a mistake of its own is no second one here.
            if context.devices.iter().all(Option::is_some) {
                self.problem(&format!(
                    "expected device to be the name of a [[device]], found {device:?}"
                ));
            }
            return None;
        };
        if !found.it.kind.role().has_signals {
            self.problem(&format!(
                "device {device:?} of kind {:?} has no inputs and outputs of its own; leave this out",
                found.it.kind.name()
            ));
            return None;
        }
        match found.it.kind.width(address, is_output) {
            Ok(width) => Some((u8::try_from(number).ok()?, width)),
            Err(error) => {
                self.problem(&format!("address: {error}"));
                None
            }
        }
    }
}

pub(super) fn inputs(document: &mut Document<'_>, context: &Context<'_>) -> Vec<Placed<Input>> {
    let sections = document.sections("input");
    too_many(document, "input", sections.len());
    let mut inputs = Vec::new();
    for section in sections {
        let at = section.span();
        let Some(raw) = document.read::<RawInput>("input", section) else {
            continue;
        };
        let mut place = Place {
            document: &mut *document,
            what: format!("[[input]] {:?} of device {:?}", raw.address, raw.device),
            at: at.clone(),
        };
        if let Some(it) = input(&mut place, &raw, context) {
            inputs.push(Placed { it, at });
        }
    }
    inputs
}

fn too_many(document: &mut Document<'_>, what: &str, found: usize) {
    if found > SIGNALS_MAX {
        document.problem(
            None,
            format!("expected at most {SIGNALS_MAX} sections [[{what}]], found {found}"),
        );
    }
}

fn input(place: &mut Place<'_, '_>, raw: &RawInput, context: &Context<'_>) -> Option<Input> {
    let is_lane = raw.meaning == RawInputMeaning::LaneConfirm;
    let lane = is_lane.then(|| place.lane(raw.lane.as_deref(), context.lanes));
    place.refuse(raw.lane.is_some() && !is_lane, "lane", "lane-confirm");
    let is_heartbeat = raw.meaning == RawInputMeaning::PlcHeartbeat;
    place.refuse(
        raw.within_ms.is_some() && !is_heartbeat,
        "within_ms",
        "plc-heartbeat",
    );
    let within = place.time(
        "within_ms",
        raw.within_ms.unwrap_or(HEARTBEAT_WITHIN_MS),
        50,
    );
    let filter = place.time("filter_ms", raw.filter_ms, 0);
    let is_trigger = raw.meaning == RawInputMeaning::Trigger;
    place.refuse(
        raw.pulse_ms_min.is_some() && !is_trigger,
        "pulse_ms_min",
        "trigger",
    );
    let (device, width) = place.address(context, &raw.device, &raw.address, false)?;
    let (expected, fits) = widths(raw.meaning);
    if !fits.contains(&width) {
        place.problem(&format!("expected {expected}, found an address of {width}"));
        return None;
    }
    if width != Width::Bit && (raw.invert || raw.filter_ms > 0) {
        place.problem("invert and filter_ms are for bits; leave them out");
    }
    let meaning = match raw.meaning {
        RawInputMeaning::Trigger => InputMeaning::Trigger,
        RawInputMeaning::Encoder => InputMeaning::Encoder,
        RawInputMeaning::LaneConfirm => InputMeaning::LaneConfirm(lane??),
        RawInputMeaning::Gate => InputMeaning::Gate,
        RawInputMeaning::BinFull => InputMeaning::BinFull,
        RawInputMeaning::BinOpen => InputMeaning::BinOpen,
        RawInputMeaning::LowAir => InputMeaning::LowAir,
        RawInputMeaning::BeltRuns => InputMeaning::BeltRuns,
        RawInputMeaning::Restart => InputMeaning::Restart,
        RawInputMeaning::PlcHeartbeat => InputMeaning::PlcHeartbeat(within),
        RawInputMeaning::PartId => InputMeaning::PartId,
        RawInputMeaning::Style => InputMeaning::Style,
    };
    Some(Input {
        device,
        address: raw.address.clone(),
        width,
        meaning,
        is_inverted: raw.invert,
        filter,
        pulse_min: match is_trigger {
            true => pulse_min(place, raw, context, (device, filter)),
            false => Duration::ZERO,
        },
        is_pulse_guessed: raw.pulse_ms_min.is_none(),
    })
}

/// What an input of this meaning holds, in words and as widths.
const fn widths(meaning: RawInputMeaning) -> (&'static str, &'static [Width]) {
    match meaning {
        RawInputMeaning::Encoder => ("16 or 32 bits that count", &[Width::Word, Width::Double]),
        RawInputMeaning::PartId | RawInputMeaning::Style => (
            "a text or a number",
            &[Width::Text, Width::Byte, Width::Word, Width::Double],
        ),
        RawInputMeaning::PlcHeartbeat => (
            "a bit or a number that changes",
            &[Width::Bit, Width::Byte, Width::Word],
        ),
        _ => ("a bit", &[Width::Bit]),
    }
}

/// How long a trigger is on, and off between two parts, at least. A device is looked at more often than that.
fn pulse_min(
    place: &mut Place<'_, '_>,
    raw: &RawInput,
    context: &Context<'_>,
    (device, filter): (u8, Duration),
) -> Duration {
    let device = context.devices.get(usize::from(device));
    let period = device
        .and_then(Option::as_ref)
        .map_or(Duration::ZERO, |placed| placed.it.period);
    let least = filter.max(period);
    let Some(ms) = raw.pulse_ms_min else {
        // Two looks, and that of the ID behind them.
        return Duration::from_millis(PULSE_MS_MIN).max(least * 3);
    };
    let pulse = place.time("pulse_ms_min", ms, 1);
    if pulse <= least {
        place.problem(&format!(
            "expected pulse_ms_min, the shortest time for which the trigger is on or off, above period_ms of its device and \
             filter_ms; found {ms}: set a shorter period_ms or filter_ms, or let the trigger last longer"
        ));
    }
    pulse
}

pub(super) fn outputs(document: &mut Document<'_>, context: &Context<'_>) -> Vec<Placed<Output>> {
    let sections = document.sections("output");
    too_many(document, "output", sections.len());
    let mut outputs = Vec::new();
    for section in sections {
        let at = section.span();
        let Some(raw) = document.read::<RawOutput>("output", section) else {
            continue;
        };
        let mut place = Place {
            document: &mut *document,
            what: format!("[[output]] {:?} of device {:?}", raw.address, raw.device),
            at: at.clone(),
        };
        if let Some(it) = output(&mut place, &raw, context) {
            outputs.push(Placed { it, at });
        }
    }
    outputs
}

fn output(place: &mut Place<'_, '_>, raw: &RawOutput, context: &Context<'_>) -> Option<Output> {
    let is_lane = raw.meaning == RawOutputMeaning::Lane;
    let lane = is_lane.then(|| place.lane(raw.lane.as_deref(), context.lanes));
    place.refuse(raw.lane.is_some() && !is_lane, "lane", "lane");
    place.refuse(raw.hold_ms.is_some() && !is_lane, "hold_ms", "lane");
    place.refuse(raw.pulses.is_some() && !is_lane, "pulses", "lane");
    let is_heartbeat = raw.meaning == RawOutputMeaning::Heartbeat;
    place.refuse(
        raw.period_ms.is_some() && !is_heartbeat,
        "period_ms",
        "heartbeat",
    );
    let period = place.time("period_ms", raw.period_ms.unwrap_or(HEARTBEAT_MS), 10);
    let hold = match raw.hold_ms {
        Some(ms) => place.time("hold_ms", ms, 1),
        None => context.hold.unwrap_or_default(),
    };
    let (device, _) = place.address(context, &raw.device, &raw.address, true)?;
    let meaning = match raw.meaning {
        RawOutputMeaning::Lane => OutputMeaning::Lane {
            lane: lane??,
            hold,
            pulses: match raw.pulses {
                Some(RawPulses::Separate) => Pulses::Separate,
                Some(RawPulses::Merge) | None => Pulses::Merge,
            },
        },
        RawOutputMeaning::LineStop => OutputMeaning::LineStop,
        RawOutputMeaning::Heartbeat => OutputMeaning::Heartbeat(period),
        RawOutputMeaning::Ready => OutputMeaning::Ready,
        RawOutputMeaning::Red => OutputMeaning::Red,
        RawOutputMeaning::Amber => OutputMeaning::Amber,
        RawOutputMeaning::Green => OutputMeaning::Green,
        RawOutputMeaning::Buzzer => OutputMeaning::Buzzer,
        RawOutputMeaning::Alarm => OutputMeaning::Alarm,
    };
    Some(Output {
        device,
        address: raw.address.clone(),
        meaning,
        is_inverted: raw.invert,
    })
}
