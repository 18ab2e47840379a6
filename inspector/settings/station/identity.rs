//! `[identity]`: how it becomes known who a part is, where its trigger does not say.

use super::super::document::Document;
use super::travel::Travelling;
use super::{CameraSettings, TriggerSettings};
use crate::adapters::code::CodeSettings;
use crate::adapters::identity::{LookUpSettings, mes, rules, table};
use crate::adapters::line::wiring::{InputMeaning, Wiring};
use crate::station::budget::CycleBudget;
use crate::station::identify::{ReadWindow, WAITING_MAX};
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;

/// The section `[identity]`, checked.
#[derive(Clone, Debug)]
pub struct IdentitySettings {
    /// So long after its trigger it must be known who a part is.
    pub within: Duration,
    /// Whether a part without an ID is rejected.
    pub is_required: bool,
    /// Whether an ID that comes twice is told.
    pub tells_repeated: bool,
    /// When devices of the line read a part's ID; `None` where none does.
    pub window: Option<ReadWindow>,
    /// A code in the frames of this camera (an index).
    pub code: Option<(u8, CodeSettings)>,
    /// Who knows styles by IDs.
    pub look_up: LookUpSettings,
    /// Whether every part is looked up, for the lane that it is to go to.
    pub looks_up_lanes: bool,
}

impl IdentitySettings {
    /// How many readers look at each part.
    pub fn readers(&self) -> u8 {
        u8::from(self.window.is_some()) + u8::from(self.code.is_some())
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Repeated {
    #[default]
    Tell,
    Ignore,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIdentity {
    within_ms: Option<u64>,
    #[serde(default = "yes")]
    required: bool,
    #[serde(default)]
    repeated: Repeated,
    #[serde(default)]
    look_up_lane: bool,
    reader: Option<RawReader>,
    code: Option<toml::Table>,
    #[serde(default)]
    rule: Vec<rules::RawRule>,
    table: Option<table::Settings>,
    mes: Option<mes::Settings>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReader {
    #[serde(default)]
    from_ms: i64,
    until_ms: Option<i64>,
}

/// What the rest of the file says.
struct Around<'a> {
    trigger: Option<&'a TriggerSettings>,
    cameras: &'a [CameraSettings],
    line: &'a Wiring,
    budget: Option<&'a CycleBudget>,
    folder: &'a Path,
}

/// The same as it was read.
type Read<'a> = (
    &'a Option<TriggerSettings>,
    &'a [CameraSettings],
    &'a Wiring,
    &'a Option<Travelling>,
    &'a Path,
);

/// The section, as far as it could be read: every mistake has been told. `None` where it is absent.
pub(super) fn checked(
    document: &mut Document<'_>,
    (trigger, cameras, line, travelling, folder): Read<'_>,
) -> Option<IdentitySettings> {
    let around = &Around {
        trigger: trigger.as_ref(),
        cameras,
        line,
        budget: travelling.as_ref().map(|it| &it.budget),
        folder,
    };
    if !document.has("identity") {
        return None;
    }
    let raw: RawIdentity = document.section("identity")?;
    let look_up = look_up(document, &raw, around);
    let code = raw.code.and_then(|code| code_of(document, code, around));
    if raw.reader.is_some() && !has_reader(around.line) {
        document.problem(
            None,
            "identity.reader: expected a [[device]] that reads IDs (a scanner, or a PLC with a handshake) or an [[input]] \
             with meaning = \"part-id\", found none"
                .to_owned(),
        );
    }
    let awaits = raw.reader.is_some() || code.is_some() || !look_up.is_empty();
    let within_ms = match (raw.within_ms, awaits) {
        (Some(within_ms), _) => within_ms,
        (None, false) => 0,
        (None, true) => {
            document.problem(
                None,
                "identity.within_ms: expected so many milliseconds after its trigger that it is known who a part is; \
                 then it is rejected"
                    .to_owned(),
            );
            0
        }
    };
    check_within(document, within_ms, around);
    let within_i64 = i64::try_from(within_ms).unwrap_or(i64::MAX / 1_000);
    let window = raw
        .reader
        .map(|reader| window(document, &reader, within_i64, around));
    Some(IdentitySettings {
        within: Duration::from_millis(within_ms),
        is_required: raw.required,
        tells_repeated: raw.repeated == Repeated::Tell,
        window,
        code,
        look_up,
        looks_up_lanes: raw.look_up_lane,
    })
}

fn has_reader(line: &Wiring) -> bool {
    let is_id = |meaning| meaning == InputMeaning::PartId;
    let mut devices = line.devices.iter();
    devices.any(|device| device.kind.role().identifies)
        || line.inputs.iter().any(|input| is_id(input.meaning))
}

fn look_up(document: &mut Document<'_>, raw: &RawIdentity, around: &Around<'_>) -> LookUpSettings {
    let mut rules = Vec::new();
    for (n, rule) in (1..).zip(&raw.rule) {
        match rule.checked(&around.line.lanes) {
            Ok(rule) => rules.push(rule),
            Err(error) => document.problem(None, format!("identity.rule number {n}: {error}")),
        }
    }
    for problem in raw.mes.iter().flat_map(mes::Settings::problems) {
        document.problem(None, format!("identity.mes.{problem}"));
    }
    let mut table = raw.table.clone();
    if let Some(table) = &mut table {
        table.file = around.folder.join(&table.file);
    }
    let mut mes = raw.mes.clone();
    if let Some(ca) = mes.as_mut().and_then(|mes| mes.ca.as_mut()) {
        *ca = around.folder.join(&*ca);
    }
    let look_up = LookUpSettings {
        rules,
        table,
        mes,
        knows_lanes: raw.look_up_lane,
    };
    if raw.look_up_lane && look_up.is_empty() {
        let message = "identity.look_up_lane: expected [[identity.rule]], [identity.table] or [identity.mes], which tell the \
                       lane; found none";
        document.problem(None, message.to_owned());
    }
    let style = match around.trigger {
        Some(TriggerSettings::Camera { style, .. } | TriggerSettings::Line { style }) => *style,
        _ => None,
    };
    if let (Some(style), false) = (style, look_up.is_empty()) {
        document.problem(
            None,
            format!(
                "trigger.style is {style}, and [identity] looks styles up by IDs; expected one of them: a part with an \
                 unknown ID is not to be judged as {style}"
            ),
        );
    }
    look_up
}

fn code_of(
    document: &mut Document<'_>,
    mut code: toml::Table,
    around: &Around<'_>,
) -> Option<(u8, CodeSettings)> {
    let name = code.remove("camera");
    let place = match &name {
        None => (!around.cameras.is_empty()).then_some(0),
        Some(name) => {
            let mut cameras = around.cameras.iter();
            cameras.position(|camera| name.as_str() == Some(&camera.name))
        }
    };
    let place = place.and_then(|place| u8::try_from(place).ok());
    if place.is_none() {
        let message =
            format!("identity.code.camera: expected the name of a [[camera]], found {name:?}");
        document.problem(None, message);
    }
    let settings = match code.try_into::<CodeSettings>() {
        Ok(settings) => settings,
        Err(error) => {
            document.problem(None, format!("identity.code: {}", error.message()));
            return None;
        }
    };
    if let Err(error) = settings.check() {
        document.problem(None, format!("identity.code.{error}"));
    }
    Some((place?, settings))
}

fn check_within(document: &mut Document<'_>, within_ms: u64, around: &Around<'_>) {
    let Some(budget) = around.budget else { return };
    let within = Duration::from_millis(within_ms);
    if within >= budget.decide_by() {
        document.problem(
            None,
            format!(
                "identity.within_ms: expected less than the {} ms from trigger to ejector, found {within_ms}",
                budget.decide_by().as_millis()
            ),
        );
    }
    if within > budget.pitch_min() * (WAITING_MAX - 1) {
        document.problem(
            None,
            format!(
                "identity.within_ms: expected at most {} times the shortest time between two parts ({} ms), because their \
                 pictures wait; found {within_ms}",
                WAITING_MAX - 1,
                budget.pitch_min().as_millis()
            ),
        );
    }
}

fn window(
    document: &mut Document<'_>,
    reader: &RawReader,
    within_ms: i64,
    around: &Around<'_>,
) -> ReadWindow {
    let until_ms = reader.until_ms.unwrap_or(within_ms);
    let window = ReadWindow {
        from_us: reader.from_ms.saturating_mul(1_000),
        until_us: until_ms.saturating_mul(1_000),
    };
    if reader.from_ms >= until_ms || until_ms > within_ms {
        document.problem(
            None,
            format!(
                "identity.reader: expected from_ms before until_ms, and until_ms not after within_ms ({within_ms}); found \
                 {} and {until_ms}",
                reader.from_ms
            ),
        );
        return window;
    }
    let pitch = around.budget.map(CycleBudget::pitch_min);
    if let Some(pitch) = pitch.filter(|pitch| window.width() > *pitch) {
        document.problem(
            None,
            format!(
                "identity.reader: expected from_ms to until_ms to be no longer than the shortest time between two parts \
                 ({} ms), found {} ms: a read would fit two parts",
                pitch.as_millis(),
                window.width().as_millis()
            ),
        );
    }
    window
}
