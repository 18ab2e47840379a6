//! `[[device]]`, `[[input]]`, `[[output]]`, `[[lane]]`: how the line is wired.

mod fitting;
mod lanes;
mod signals;
#[cfg(test)]
mod tests;

pub(super) use self::lanes::LaneWay;
use super::super::document::{Document, Section};
use super::{EjectorKind, EjectorSettings, RawSource, RawTrigger};
use crate::adapters::line::kinds::{DeviceKind, ReadSettings};
use crate::adapters::line::wiring::{DEVICES_MAX, Device, Wiring};
use crate::station::name::file_name;
use serde::de::DeserializeOwned;
use std::ops::Range;
use std::time::Duration;

/// How often a device is asked where its settings do not say, in milliseconds.
const PERIOD_MS: u64 = 2;
const PERIOD_MS_MAX: u64 = 1_000;

/// What the rest of the file expects of the line.
#[derive(Clone, Copy)]
struct Asked<'a> {
    /// Whether `trigger.source` is `"line"`; `None` where that could not be read.
    is_trigger: Option<bool>,
    /// The table `[ejector]`, where it could be read.
    ejector: Option<&'a EjectorSettings>,
}

impl Asked<'_> {
    fn is_ejector(&self) -> Option<bool> {
        self.ejector.map(|it| it.kind == EjectorKind::Line)
    }
}

/// Something of the file and where it stands.
struct Placed<T> {
    it: T,
    at: Range<usize>,
}

/// The whole line, as far as it could be read, and where the gates of its lanes are to stand: every mistake has been told.
pub(super) fn checked(
    document: &mut Document<'_>,
    trigger: Option<&RawTrigger>,
    ejector: Option<&EjectorSettings>,
) -> (Wiring, Vec<LaneWay>) {
    let asked = Asked {
        is_trigger: trigger.map(|raw| raw.source == RawSource::Line),
        ejector,
    };
    let (lanes, ways) = lanes::checked(document);
    let devices = devices(document);
    let hold = asked.ejector.map(|it| Duration::from_millis(it.hold_ms));
    let context = signals::Context {
        devices: &devices,
        lanes: &lanes,
        hold,
    };
    let inputs = signals::inputs(document, &context);
    let outputs = signals::outputs(document, &context);
    fitting::check(document, asked, &lanes, &devices, &inputs, &outputs);
    let bare = |device: Option<Placed<Device>>| device.map(|device| device.it);
    let wiring = Wiring {
        lanes,
        devices: devices.into_iter().filter_map(bare).collect(),
        inputs: inputs.into_iter().map(|input| input.it).collect(),
        outputs: outputs.into_iter().map(|output| output.it).collect(),
        ..Wiring::none()
    };
    (wiring, ways)
}

/// A device with a mistake keeps its place, so that others keep their numbers.
fn devices(document: &mut Document<'_>) -> Vec<Option<Placed<Device>>> {
    let sections = document.sections("device");
    if sections.len() > DEVICES_MAX {
        let message = format!(
            "expected at most {DEVICES_MAX} sections [[device]], found {}",
            sections.len()
        );
        document.problem(None, message);
    }
    let mut devices: Vec<Option<Placed<Device>>> = Vec::new();
    for section in sections {
        let at = section.span();
        let read = device(document, section);
        let mut known = devices.iter().flatten();
        if let Some(device) = &read
            && known.any(|other| other.it.name == device.name)
        {
            let message = format!("device {:?} is there twice; names must differ", device.name);
            document.problem(Some(at.clone()), message);
        }
        devices.push(read.map(|it| Placed { it, at }));
    }
    devices
}

struct Keys<'d, 'a> {
    document: &'d mut Document<'a>,
    name: &'d str,
    section: Section<'a>,
}

impl ReadSettings for Keys<'_, '_> {
    fn read<T: DeserializeOwned>(self) -> Option<T> {
        self.document
            .read(&format!("device {:?}", self.name), self.section)
    }
}

fn device<'a>(document: &mut Document<'a>, mut section: Section<'a>) -> Option<Device> {
    let at = section.span();
    let name: Option<String> = document.take(&mut section, "name");
    let kind: Option<String> = document.take(&mut section, "kind");
    let period_ms: Option<u64> = document.take(&mut section, "period_ms");
    let because: Option<String> = document.take(&mut section, "because");
    let kinds = DeviceKind::NAMES;
    let (Some(name), Some(kind)) = (name, kind) else {
        let message = format!("[[device]]: expected name = \"…\" and kind, one of {kinds:?}");
        document.problem(Some(at), message);
        return None;
    };
    if let Err(error) = file_name(&name) {
        document.problem(Some(at), format!("device {name:?}: the name {error}"));
        return None;
    }
    if !kinds.contains(&kind.as_str()) {
        let message =
            format!("device {name:?}: expected kind to be one of {kinds:?}, found {kind:?}");
        document.problem(Some(at), message);
        return None;
    }
    let period_ms = period_ms.unwrap_or(PERIOD_MS);
    if !(1..=PERIOD_MS_MAX).contains(&period_ms) {
        let message = format!(
            "device {name:?}: expected period_ms from 1 to {PERIOD_MS_MAX}, found {period_ms}"
        );
        document.problem(Some(at.clone()), message);
    }
    if because
        .as_ref()
        .is_some_and(|because| because.trim().is_empty())
    {
        let message = format!(
            "device {name:?}: because is empty; expected the reason, for whoever audits the station"
        );
        document.problem(Some(at.clone()), message);
    }
    let keys = Keys {
        document: &mut *document,
        name: &name,
        section,
    };
    let kind = DeviceKind::read(&kind, keys)?;
    for problem in kind.problems() {
        document.problem(Some(at.clone()), format!("device {name:?}: {problem}"));
    }
    Some(Device {
        name,
        kind,
        period: Duration::from_millis(period_ms),
        because,
    })
}
