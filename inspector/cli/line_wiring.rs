//! From checked settings to the devices of the line and what the data plane knows of them.

#[cfg(test)]
mod tests;

mod gates;
mod taking;

use self::taking::{is_asked, taken_out_by};
use super::wiring;
use crate::adapters::code;
use crate::adapters::identity as look_up;
use crate::adapters::line::kinds::{self, Opening};
use crate::adapters::line::listeners::Listeners;
use crate::adapters::line::none::NoEjector;
use crate::adapters::line::queued::{QueuedOutput, QueuedTriggers};
use crate::adapters::line::wiring::InputMeaning;
use crate::clock::Clock;
use crate::control::handle::LineInfo;
use crate::control::parts::PartRequests;
use crate::error::{Error, ErrorKind};
use crate::pipeline::actuate::{AnnouncedBy, BeltPlan, LinePlan, TakenOutBy};
use crate::pipeline::identify::{CodeCamera, IdentityPlan};
use crate::pipeline::line_ends::{DeviceEnds, LineEnds, lay};
use crate::ports::line::{Heard, LineDevice, PartOutput, Told, TriggerSource};
use crate::queue::{Outlet, Queue};
use crate::results::open as result_log;
use crate::results::reader::Reader;
use crate::settings::station::{EjectorKind, Resting};
use crate::settings::{StationSettings, TriggerSettings};
use crate::station::identify::{IdentifyPlan, ReadWindow};
use crate::station::identity::Identified;
use crate::telemetry::alarm::LeftOpen;
use crate::telemetry::signals::SignalBoard;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Duration;

/// Devices by name, in the order of the settings.
pub type Devices = Vec<(String, Box<dyn LineDevice>)>;

/// The devices of a line, opened: each connects by itself, now or when it is there.
pub struct Wired {
    /// By name, in the order of the settings.
    pub devices: Devices,
    /// Where they show their signals.
    pub board: Arc<SignalBoard>,
    /// Where programs ask for parts.
    requests: PartRequests,
    ends: LineEnds,
}

/// What a stand-in for the stages needs of the queues.
pub struct Ends {
    /// Parts, from the device that announces them.
    pub heard: Outlet<Heard>,
    /// Who parts are.
    pub identities: Outlet<Identified>,
    told: Vec<Queue<Told>>,
}

impl Ends {
    /// What the device with this index is told.
    pub fn told_of(&self, device: u8) -> Queue<Told> {
        self.told[usize::from(device)].clone()
    }
}

impl Wired {
    /// For a stand-in that talks to the devices instead of the stages.
    pub fn ends(&self) -> Ends {
        let devices = (0_u8..).zip(&self.devices);
        Ends {
            heard: self.ends.heard.clone(),
            identities: self.ends.identities.clone(),
            told: devices.map(|(at, _)| self.ends.told_of(at)).collect(),
        }
    }
}

/// Opens every device; `None` where there is none.
///
/// # Errors
/// Where this computer cannot offer what a PLC is to connect to.
pub fn open(settings: &StationSettings, clock: &Arc<dyn Clock>) -> Result<Option<Wired>, Error> {
    let wiring = &settings.line;
    // Whoever finds out who parts are needs the queues, with or without devices.
    if wiring.devices.is_empty() && settings.identity.is_none() {
        return Ok(None);
    }
    let (mut ends, shared, told) = lay(wiring.devices.len());
    let mut requests = Vec::new();
    let board = Arc::new(wiring.board());
    let mut devices = Vec::new();
    for ((device, settings), told) in (0..).zip(&wiring.devices).zip(told) {
        let asked = settings.kind.takes_requests().then(|| {
            let (queue, outlet) = ends.requests();
            requests.push((settings.name.clone(), queue));
            outlet
        });
        let opened = kinds::open(Opening {
            wiring,
            device,
            told,
            requests: asked,
            listeners: listeners(&shared),
            alarms: shared.alarms.clone(),
            board: Arc::clone(&board),
            clock: Arc::clone(clock),
        });
        let name = settings.name.clone();
        devices.push((name.clone(), opened.map_err(|error| error.of(name))?));
    }
    Ok(Some(Wired {
        devices,
        board,
        requests: PartRequests::new(requests),
        ends,
    }))
}

/// The ends at which a device tells what it hears.
pub(super) fn listeners(shared: &DeviceEnds) -> Listeners {
    Listeners {
        triggers: shared.heard.clone(),
        feedback: shared.feedback.clone(),
        positions: shared.positions.clone(),
        identities: shared.identities.clone(),
    }
}

/// What is shown of the line while the job runs.
pub fn info(settings: &StationSettings, wired: Option<&Wired>) -> Option<LineInfo> {
    let line = &settings.line;
    wired.map(|wired| LineInfo {
        board: Arc::clone(&wired.board),
        lanes: line.lanes.clone(),
        ways: gates::ways(settings),
        scale: settings.encoder.map(|encoder| *encoder.way.scale()),
        announcer: line.announcer(),
        ejector: line.ejector(),
        requests: wired.requests.clone(),
    })
}

/// Name of the device that announces parts; `None` where a camera or the simulator does.
pub fn announcer(settings: &StationSettings) -> Option<String> {
    let announcer = settings.line.announcer()?;
    let is_heard = matches!(settings.trigger, TriggerSettings::Line { .. });
    is_heard.then(|| settings.line.devices[usize::from(announcer)].name.clone())
}

/// Where parts are announced by a device of the line.
pub fn trigger(
    settings: &StationSettings,
    wired: Option<&Wired>,
) -> Option<Box<dyn TriggerSource>> {
    match (&settings.trigger, wired) {
        (TriggerSettings::Line { .. }, Some(wired)) => {
            let device = settings.line.announcer()?;
            let told = wired.ends.told_of(device);
            Some(Box::new(QueuedTriggers::new(
                wired.ends.heard.clone(),
                told,
                settings.line.trigger_filter(device),
            )))
        }
        _ => None,
    }
}

/// Who finds out what triggers do not say; `None` where they say all.
///
/// # Errors
/// Where a table cannot be read, or this build cannot read codes.
pub fn identity(
    settings: &StationSettings,
    wired: Option<&Wired>,
    clock: &Arc<dyn Clock>,
) -> Result<Option<IdentityPlan>, Error> {
    let (Some(identity), Some(wired)) = (&settings.identity, wired) else {
        return Ok(None);
    };
    let look_up = look_up::open(
        &identity.look_up,
        &settings.line.lanes,
        &wired.ends.alarms(),
        clock,
    )?;
    let code = identity.code.as_ref().map(|(camera, settings)| {
        let reader = code::open(settings.clone(), Arc::clone(clock));
        reader.map(|reader| CodeCamera {
            camera: *camera,
            reader,
        })
    });
    let code = code
        .transpose()
        .map_err(|error| Error::new(ErrorKind::Settings, error).of("identity.code".to_owned()))?;
    if identity.readers() == 0 && look_up.is_none() {
        return Ok(None);
    }
    let nothing = ReadWindow {
        from_us: 0,
        until_us: 0,
    };
    Ok(Some(IdentityPlan {
        has_readers: identity.readers() > 0,
        plan: IdentifyPlan {
            // Reads that come with a part's number need none.
            window: identity.window.unwrap_or(nothing),
            within: identity.within,
            readers: identity.readers(),
        },
        is_required: identity.is_required,
        code,
        look_up,
        looks_up_lanes: identity.looks_up_lanes,
    }))
}

/// Whether an ID that comes twice is told: not of pictures that are played again and again.
pub fn tells_repeated(settings: &StationSettings) -> bool {
    match &settings.identity {
        Some(identity) => identity.tells_repeated,
        None => matches!(settings.trigger, TriggerSettings::Line { .. }),
    }
}

/// In which zone the times of `challenge.at` are; `None` where the settings name no time of the day.
///
/// # Errors
/// Where nobody knows the zone of this computer: parts would be asked for hours too early or too late.
pub fn time_zone(settings: &StationSettings) -> Result<Option<TimeZone>, Error> {
    let mut challenge = settings.challenge.iter();
    if !challenge.any(|plan| !plan.at.is_empty()) {
        return Ok(None);
    }
    if let Some(zone) = &settings.days.zone {
        return Ok(Some(zone.clone()));
    }
    let unknown = |found: &dyn std::fmt::Display| {
        let set = std::env::var("TZ").map_or(String::new(), |zone| format!("TZ={zone:?}, "));
        let message = format!(
            "challenge.at: expected a computer that knows its time zone, found {set}{found}; set it (`timedatectl \
             set-timezone Asia/Shanghai`, or TZ in the service), set station.time_zone, or leave challenge.at out"
        );
        Error::new(ErrorKind::Settings, message)
    };
    let zone = TimeZone::try_system().map_err(|error| unknown(&error))?;
    match zone.is_unknown() {
        true => Err(unknown(&"no zone")),
        false => Ok(Some(zone)),
    }
}

/// What held the line before the station was started anew.
///
/// # Errors
/// Where the log cannot be read.
pub fn left_open(settings: &StationSettings) -> Result<LeftOpen, Error> {
    let reader =
        Reader::open(&settings.data).map_err(|error| Error::new(ErrorKind::Storage, error))?;
    reader.left_open().map_err(|error| {
        let path = result_log::database(&settings.data);
        Error::new(ErrorKind::Storage, result_log::log_error(&path, &error))
    })
}

/// What the data plane knows of the line, and its devices. `zone` is that of [`time_zone`].
pub fn plan(
    settings: &StationSettings,
    wired: Option<Wired>,
    zone: Option<TimeZone>,
) -> (LinePlan, Devices) {
    let (ends, devices) = match wired {
        Some(wired) => (Some(wired.ends), wired.devices),
        None => (None, Vec::new()),
    };
    let is_gate = |meaning| meaning == InputMeaning::Gate;
    let plan = LinePlan {
        belt: settings.encoder.map(|encoder| BeltPlan {
            way: encoder.way,
            limits: encoder.limits,
        }),
        settles_for: match settings.ejector.kind {
            _ if is_asked(settings) => Duration::ZERO,
            EjectorKind::None => Duration::ZERO,
            EjectorKind::Sim | EjectorKind::Line => settings.budget.pitch_min(),
        },
        durability: settings.durability,
        lanes: settings.line.lanes.clone(),
        gates: settings.line.gates.clone(),
        taken_out_by: taken_out_by(settings),
        ejector_device: settings
            .line
            .ejector()
            .filter(|_| settings.ejector.kind == EjectorKind::Line),
        flush_hold: gates::shortest(settings),
        holds: gates::by_lane(settings),
        announcer: announced_by(settings),
        rejects_by_power: rejects_by_power(settings),
        keeps_pitch: taking::keeps_pitch(settings),
        awaits: settings.awaits,
        has_gate_sensor: settings.line.inputs.iter().any(|it| is_gate(it.meaning)),
        guard: settings.guard,
        challenge: settings
            .challenge
            .clone()
            // Without times of the day no zone is looked at.
            .map(|plan| (plan, zone.unwrap_or(TimeZone::UTC))),
        ..LinePlan::plain(settings.budget, output(settings, ends.as_ref()))
    };
    let answers = answers(settings, ends.as_ref());
    (
        LinePlan {
            ends,
            answers,
            ..plan
        },
        devices,
    )
}

/// Whether a part goes on as an accepted one for which no command comes. What a PLC does with such a part is its program's.
pub fn passes_unasked(settings: &StationSettings) -> bool {
    rejects_by_power(settings) && taken_out_by(settings) == TakenOutBy::Station
}

/// Whether power takes parts out.
fn rejects_by_power(settings: &StationSettings) -> bool {
    settings.ejector.resting == Resting::EnergiseToReject
}

fn announced_by(settings: &StationSettings) -> Option<AnnouncedBy> {
    match settings.trigger {
        TriggerSettings::Sim => None,
        TriggerSettings::Camera { camera, .. } => {
            u8::try_from(camera).ok().map(AnnouncedBy::Camera)
        }
        TriggerSettings::Line { .. } => settings.line.announcer().map(AnnouncedBy::Device),
    }
}

/// To whoever announces parts and waits for an answer.
fn answers(settings: &StationSettings, ends: Option<&LineEnds>) -> Option<Queue<Told>> {
    let announcer = settings.line.announcer()?;
    let device = &settings.line.devices[usize::from(announcer)];
    let ends = ends.filter(|_| device.kind.takes_requests())?;
    Some(ends.told_of(announcer))
}

fn output(settings: &StationSettings, ends: Option<&LineEnds>) -> Box<dyn PartOutput> {
    let device = settings.line.ejector();
    match (settings.ejector.kind, ends, device) {
        (EjectorKind::Line, Some(ends), Some(device)) => Box::new(QueuedOutput::new(
            ends.told_of(device),
            settings.line.devices[usize::from(device)].name.clone(),
            Duration::from_millis(settings.ejector.acknowledge_within_ms),
        )),
        (EjectorKind::Sim, ..) => wiring::sim_ejector(),
        _ => Box::new(NoEjector),
    }
}
