//! `station.toml`: ports, paths, cameras, lines.

mod challenge;
mod checks;
mod gates;
mod http;
mod identity;
mod inspect;
mod line;
mod log;
mod pictures;
mod proof;
mod shifts;
mod travel;

use self::checks::{RawStation, cameras, checked_trigger};
pub use self::http::{HttpSettings, TlsSettings};
pub use self::identity::IdentitySettings;
pub use self::inspect::InspectSettings;
use self::inspect::RawInspect;
pub use self::log::LogSettings;
pub use self::pictures::{ImageFormat, ImageSettings, ReviewSettings};
pub use self::proof::{ProofSettings, TimestampSettings, WitnessSettings};
pub use self::shifts::DaySettings;
pub use self::travel::EncoderSettings;
use super::document::{Document, Problem};
use crate::adapters::camera::folder::{FolderSettings, FolderTrigger};
use crate::adapters::camera::genicam::GenicamSettings;
use crate::adapters::camera::genicam::settings::Trigger as GenicamTrigger;
use crate::adapters::camera::presence::PresenceSettings;
use crate::adapters::camera::sim::SimSettings;
use crate::adapters::camera::v4l2::V4l2Settings;
use crate::adapters::line::wiring::Wiring;
use crate::station::awaiting::AwaitPlan;
use crate::station::budget::CycleBudget;
use crate::station::challenge::ChallengePlan;
use crate::station::durability::DurabilityLimits;
use crate::station::guard::GuardSettings;
use crate::station::part::Style;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Checked station settings. Paths are absolute or relative to the working directory.
#[derive(Clone, Debug)]
pub struct StationSettings {
    /// Where they were read from.
    pub file: PathBuf,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Name of the station.
    pub name: String,
    /// How days are counted.
    pub days: DaySettings,
    /// Result log and images.
    pub data: PathBuf,
    /// Folder with `<style>/<version>.toml`.
    pub recipes: PathBuf,
    /// Folder with `<bundle>/model.toml`.
    pub models: PathBuf,
    /// Folder with `<camera>.toml`.
    pub configuration: PathBuf,
    /// Times and limits.
    pub budget: CycleBudget,
    /// Where parts act by an encoder; `None` where they act by the time.
    pub encoder: Option<EncoderSettings>,
    /// Which lanes have sensors, and where; answers are not in it.
    pub awaits: AwaitPlan,
    /// What follows from what goes wrong on the line.
    pub guard: GuardSettings,
    /// Challenge parts; `None` where the station has none.
    pub challenge: Option<ChallengePlan>,
    /// Who announces parts.
    pub trigger: TriggerSettings,
    /// What accepts and rejects parts.
    pub ejector: EjectorSettings,
    /// Devices of the line, what their signals mean, and where parts can go.
    pub line: Wiring,
    /// How it becomes known who parts are; `None` where triggers say it.
    pub identity: Option<IdentitySettings>,
    /// 1 to 8 cameras.
    pub cameras: Vec<CameraSettings>,
    /// The simulated line, where one is used.
    pub sim: SimSettings,
    /// How long results may wait to be durable.
    pub durability: DurabilityLimits,
    /// What is stored of pictures.
    pub images: ImageSettings,
    /// Which passes are put before people.
    pub review: ReviewSettings,
    /// Who else vouches for the log.
    pub proof: ProofSettings,
    /// How models run.
    pub inspect: InspectSettings,
    /// Where the page is served, and to whom.
    pub http: HttpSettings,
    /// What the station tells of itself, and how.
    pub log: LogSettings,
}

/// Who announces parts.
#[derive(Clone, Debug, PartialEq)]
pub enum TriggerSettings {
    /// The simulated line.
    Sim,
    /// Frames of this camera (an index).
    Camera {
        /// Index into the cameras.
        camera: usize,
        /// Style of parts whose frames do not say.
        style: Option<Style>,
    },
    /// A device of the line: a trigger input, or a handshake.
    Line {
        /// Style of parts of which nothing says more.
        style: Option<Style>,
    },
}

/// One table `[[camera]]`, checked.
#[derive(Clone, Debug)]
pub struct CameraSettings {
    /// No other camera has it.
    pub name: String,
    /// Which adapter, and its settings.
    pub kind: CameraKind,
    /// What makes parts of its frames, where it runs freely and leads.
    pub presence: Option<PresenceSettings>,
}

/// Which adapter opens it, with its own settings.
#[derive(Clone, Debug)]
pub enum CameraKind {
    /// Looks at the simulated line, as camera number `view` (0 or 1).
    Sim {
        /// Which of the simulated cameras.
        view: u8,
    },
    /// Plays images from a folder.
    Folder(FolderSettings),
    /// A Linux video device.
    V4l2(V4l2Settings),
    /// A GigE Vision or USB3 Vision camera.
    Genicam(Box<GenicamSettings>),
}

impl CameraKind {
    /// Whether the station exposes each of its frames.
    pub fn waits_for_trigger(&self) -> bool {
        match self {
            CameraKind::Folder(folder) => folder.trigger == FolderTrigger::Software,
            CameraKind::Genicam(genicam) => genicam.trigger == GenicamTrigger::Software,
            CameraKind::Sim { .. } | CameraKind::V4l2(_) => false,
        }
    }

    /// The name of the kind, as in the file.
    pub const fn name(&self) -> &'static str {
        match self {
            CameraKind::Sim { .. } => "sim",
            CameraKind::Folder(_) => "folder",
            CameraKind::V4l2(_) => "v4l2",
            CameraKind::Genicam(_) => "genicam",
        }
    }
}

/// The table `[ejector]`, checked.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EjectorSettings {
    /// Which adapter drives it.
    pub kind: EjectorKind,
    /// What an output without power does. There is no default: dead software rejects nothing.
    pub resting: Resting,
    /// How long the gate stands open for one part, in milliseconds.
    pub hold_ms: u64,
    /// Within this time a device, or the PLC, must have answered a command, in milliseconds.
    #[serde(default = "acknowledge_within_ms")]
    pub acknowledge_within_ms: u64,
}

fn acknowledge_within_ms() -> u64 {
    500
}

/// Which adapter commands the ejector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EjectorKind {
    /// The simulated line's.
    Sim,
    /// A device of the line: outputs of lanes, or a handshake.
    Line,
    /// None is connected: verdicts are shown and recorded only.
    None,
}

/// What the output does when nobody drives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resting {
    /// Power opens the gate for good parts; without power parts are rejected.
    EnergiseToAccept,
    /// Power rejects; the ejector must reject by itself when the heartbeat stops.
    EnergiseToReject,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTiming {
    pitch_ms_min: Option<u64>,
    decide_by_ms: Option<u64>,
    frame_window_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTrigger {
    source: RawSource,
    camera: Option<String>,
    style: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum RawSource {
    Sim,
    Camera,
    Line,
}

const SECTIONS: &[&str] = &[
    "station",
    "timing",
    "trigger",
    "ejector",
    "lane",
    "device",
    "input",
    "output",
    "encoder",
    "confirm",
    "guard",
    "challenge",
    "shifts",
    "identity",
    "camera",
    "sim",
    "record",
    "images",
    "review",
    "proof",
    "inspect",
    "http",
    "log",
];

fn none(problems: Vec<Problem>) -> Result<(), Vec<Problem>> {
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems),
    }
}

/// Names the file from the root on, because it is looked for where the command was started.
fn unreadable(file: &Path, error: &std::io::Error) -> Problem {
    let message = if error.kind() == std::io::ErrorKind::NotFound {
        "there are no station settings here; `inspector init` makes those of a new station, `inspector settings` prints \
         every key, and --settings FILE takes others"
            .to_owned()
    } else {
        format!("cannot read the station settings: {error}; expected a TOML file")
    };
    Problem {
        file: std::path::absolute(file).unwrap_or_else(|_| file.to_owned()),
        line: None,
        message,
    }
}

/// Paths of cameras start at the file's folder.
fn in_folder(mut cameras: Vec<CameraSettings>, folder: &Path) -> Vec<CameraSettings> {
    for camera in &mut cameras {
        if let CameraKind::Folder(settings) = &mut camera.kind {
            settings.path = folder.join(&settings.path);
        }
    }
    cameras
}

fn checked_sim(document: &mut Document<'_>, sim: Option<&SimSettings>) {
    for problem in sim.iter().flat_map(|sim| sim.problems()) {
        document.problem(None, problem.to_string());
    }
}

impl StationSettings {
    /// Reads and checks a file. Every problem at once.
    pub fn load(file: &Path) -> Result<Self, Vec<Problem>> {
        match std::fs::read_to_string(file) {
            Ok(text) => Self::parse(file, &text),
            Err(error) => Err(vec![unreadable(file, &error)]),
        }
    }

    /// Checks a text. Relative paths in it are relative to the file's folder.
    pub fn parse(file: &Path, text: &str) -> Result<Self, Vec<Problem>> {
        let mut document = Document::parse(file, text).map_err(|problem| vec![problem])?;
        let station: Option<RawStation> = document.section("station");
        let timing: Option<RawTiming> = document.section("timing");
        let trigger: Option<RawTrigger> = document.section("trigger");
        let ejector: Option<EjectorSettings> = document.section("ejector");
        let cameras = cameras(&mut document);
        let sim: Option<SimSettings> = document.section_or_default("sim");
        let inspect: Option<RawInspect> = document.section_or_default("inspect");
        let (log, durability) = log::checked(&mut document);

        let (mut line, ways) = line::checked(&mut document, trigger.as_ref(), ejector.as_ref());
        let plain = (timing.as_ref(), ejector.as_ref());
        let travelling = travel::checked(&mut document, plain, &mut line, &ways);
        let guard = travel::checked_guard(&mut document);
        let trigger = trigger.and_then(|raw| checked_trigger(&mut document, &raw, &cameras));
        checked_sim(&mut document, sim.as_ref());
        let (images, review) = pictures::checked(&mut document);
        let folder = file.parent().unwrap_or(Path::new("."));
        let http = http::checked(&mut document, folder);
        let around = (&trigger, &cameras[..], &line, &travelling, folder);
        let identity = identity::checked(&mut document, around);
        let challenge = challenge::checked(&mut document, &line, identity.as_ref(), &cameras);
        let proof = proof::checked(&mut document, folder);
        let days = shifts::checked(&mut document, station.as_ref());
        let inspect = inspect::checked(&mut document, inspect.unwrap_or_default(), folder);
        none(document.finish(SECTIONS))?;
        let (Some(station), Some(travelling), Some(trigger), Some(ejector)) =
            (station, travelling, trigger, ejector)
        else {
            return Err(vec![]);
        };
        Ok(Self {
            file: file.to_owned(),
            sha256: crate::hash::sha256(text.as_bytes()),
            name: station.name,
            days,
            data: folder.join(station.data),
            recipes: folder.join(station.recipes),
            models: folder.join(station.models),
            configuration: folder.join(station.configuration),
            budget: travelling.budget,
            encoder: travelling.encoder,
            awaits: travelling.awaits,
            guard,
            challenge,
            trigger,
            ejector,
            line,
            identity,
            cameras: in_folder(cameras, folder),
            sim: sim.unwrap_or_default(),
            durability,
            images,
            review,
            proof,
            inspect,
            http,
            log,
        })
    }

    /// Whether anything between trigger and ejector is simulated; pictures that are played again are no line either.
    pub fn is_simulated(&self) -> bool {
        self.trigger == TriggerSettings::Sim
            || self.ejector.kind == EjectorKind::Sim
            || self
                .cameras
                .iter()
                .any(|camera| matches!(camera.kind, CameraKind::Sim { .. } | CameraKind::Folder(_)))
    }
}
