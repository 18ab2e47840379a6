//! What the control plane holds of a running job. Locks here are never taken by a stage that decides:
//! only `record`, `images` and the control plane itself take them.

mod line;
mod show;

pub use self::line::{LaneWay, LineInfo};
use self::show::{LivePreview, Watcher};
use super::recipes::{Gate, RecipeService, Versions};
use crate::clock::Clock;
use crate::pipeline::assembly::Controls;
use crate::pipeline::images::Preview;
use crate::pipeline::record::Audience;
use crate::pipeline::samples::{Sample, SampleRequest, Wanted};
use crate::queue::{Gauge, Outlet, Queue};
use crate::station::budget::CycleBudget;
use crate::station::calendar::Calendar;
use crate::station::challenge::ChallengePlan;
use crate::station::frame::FrameShape;
use crate::station::guard::RestartBy;
use crate::station::part::{JobId, PartNo};
use crate::station::result::PartResult;
use crate::station::time::{Instant, WallTime};
use crate::station::truth::{Oracle, SimulatedTruth};
use crate::telemetry::alarm::AlarmChange;
use crate::telemetry::board::{Alarm, AlarmBoard, Change, NotActive};
use crate::telemetry::catalogue::Code;
use crate::telemetry::stats::Stats;
use crate::tell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;

/// A part that has left the station.
#[derive(Clone, Debug)]
pub struct LeftPart {
    /// As it goes into the log.
    pub result: PartResult,
    /// Class name of its worst finding.
    pub defect: Option<String>,
    /// What the simulated line knows of it.
    pub truth: Option<SimulatedTruth>,
}

/// How the station agrees with the simulated truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Defective parts failed and good parts passed.
    pub agree: u64,
    /// Defective parts passed.
    pub missed_defects: u64,
    /// Good parts failed.
    pub false_rejects: u64,
    /// Parts without a decision.
    pub not_decided: u64,
}

/// One camera of the station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraInfo {
    /// As the station settings call it.
    pub name: String,
    /// `sim`, `folder`, `v4l2`, `genicam`.
    pub kind: &'static str,
    /// Shape of its frames.
    pub shape: FrameShape,
}

/// The newest picture of one view.
#[derive(Clone)]
pub struct LivePicture {
    /// The part that is shown.
    pub part_no: PartNo,
    /// Pixels, rows packed; shrunk by a whole factor.
    pub pixels: Arc<Vec<u8>>,
    /// Size and pixel format of the pixels.
    pub shape: FrameShape,
    /// The score map as bytes, and its size.
    pub map: Arc<Vec<u8>>,
    /// Width and height of the map.
    pub map_size: (u32, u32),
}

/// What does not change during a job.
#[derive(Clone, Debug)]
pub struct JobInfo {
    /// Name of the station.
    pub station_name: String,
    /// Number of the running job.
    pub job: JobId,
    /// When it began.
    pub started_at: WallTime,
    /// Whether parts, cameras or ejector are simulated.
    pub is_simulated: bool,
    /// Whether its threads that decide have real-time priority.
    pub is_real_time: bool,
    /// Times and limits.
    pub budget: CycleBudget,
    /// The station's cameras.
    pub cameras: Vec<CameraInfo>,
    /// Its line, where devices are wired.
    pub line: Option<LineInfo>,
    /// Its challenge parts, where it has some.
    pub challenge: Option<ChallengePlan>,
    /// Its time zone and shifts.
    pub calendar: Calendar,
    /// Limit of stored pictures.
    pub images_quota_bytes: u64,
}

#[derive(Default)]
struct Seen {
    last: Option<Arc<LeftPart>>,
    worst: Option<Arc<LeftPart>>,
    agreement: Agreement,
    live: Vec<Option<LivePicture>>,
}

/// Alarms that may have stopped the line or have everything rejected until a person comes.
const HOLDS_THE_LINE: &[Code] = &[
    Code::LineStopped,
    Code::ConfirmMissing,
    Code::ConfirmUnexpected,
    Code::WrongLane,
    Code::UnknownPart,
    Code::BinFull,
    Code::BinOpen,
    Code::LowAir,
    Code::ManyRejects,
    Code::PartsMissing,
    Code::PartsUnseen,
    Code::LineRunsOn,
    Code::ChallengeOverdue,
    Code::ChallengeFailed,
    Code::TooManyParts,
    Code::EncoderDead,
    Code::CommandLate,
    Code::Ejector,
];

/// Everything the control plane may read and do.
pub struct Handle {
    info: JobInfo,
    stats: Arc<Stats>,
    gauges: Vec<Arc<Gauge>>,
    recipes: RecipeService,
    restarts: Queue<RestartBy>,
    request: SampleRequest,
    samples: Outlet<Sample>,
    alarms: AlarmBoard,
    seen: Arc<Mutex<Seen>>,
    events: broadcast::Sender<Arc<LeftPart>>,
    clock: Arc<dyn Clock>,
}

/// Parts a slow browser may be behind before it misses some.
const EVENTS_MAX: usize = 256;

/// Where `record` and `images` put what the handle shows. Made before the assembly, because the assembly
/// takes both.
pub struct Window {
    seen: Arc<Mutex<Seen>>,
    versions: Arc<Versions>,
    events: broadcast::Sender<Arc<LeftPart>>,
}

impl Window {
    /// Nothing seen yet. Parts are judged by these versions, and by those that come.
    pub fn new(versions: Arc<Versions>) -> Self {
        Self {
            seen: Arc::default(),
            versions,
            events: broadcast::channel(EVENTS_MAX).0,
        }
    }

    /// For the assembly: shows parts as they leave.
    pub fn audience(&self, oracle: Option<Oracle>) -> Box<dyn Audience> {
        Box::new(Watcher {
            seen: Arc::clone(&self.seen),
            events: self.events.clone(),
            versions: Arc::clone(&self.versions),
            oracle,
        })
    }

    /// For the assembly: shows pictures.
    pub fn preview(&self) -> Box<dyn Preview> {
        Box::new(LivePreview {
            seen: Arc::clone(&self.seen),
        })
    }

    /// The control plane's end, once the job runs. `recipes` makes the service of its recipes.
    pub fn open(
        self,
        info: JobInfo,
        controls: Controls,
        recipes: impl FnOnce(Arc<Versions>, Gate) -> RecipeService,
        clock: Arc<dyn Clock>,
    ) -> Handle {
        let gate = Gate {
            commands: controls.commands,
            scorers: controls.scorers,
            retired: controls.retired,
        };
        Handle {
            info,
            stats: controls.stats,
            gauges: controls.gauges,
            recipes: recipes(self.versions, gate),
            restarts: controls.restarts,
            request: controls.request,
            samples: controls.samples,
            alarms: AlarmBoard::new(controls.alarms),
            seen: self.seen,
            events: self.events,
            clock,
        }
    }
}

/// A thread that died holding a lock leaves data that is still fit to be shown.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Handle {
    /// What does not change during the job.
    pub fn info(&self) -> &JobInfo {
        &self.info
    }

    /// Counters and histograms.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Lengths and drops of every queue.
    pub fn gauges(&self) -> &[Arc<Gauge>] {
        &self.gauges
    }

    /// Monotonic time of the station.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Wall time of the station.
    pub fn wall(&self) -> WallTime {
        self.clock.wall()
    }

    /// The newest part.
    pub fn last(&self) -> Option<Arc<LeftPart>> {
        lock(&self.seen).last.clone()
    }

    /// The part with the highest score of this job.
    pub fn worst(&self) -> Option<Arc<LeftPart>> {
        lock(&self.seen).worst.clone()
    }

    /// Agreement with the simulated truth; `None` where no camera looks at the simulated line.
    pub fn agreement(&self) -> Option<Agreement> {
        let has_truth = self.info.cameras.iter().any(|camera| camera.kind == "sim");
        has_truth.then(|| lock(&self.seen).agreement)
    }

    /// The newest picture of this view.
    pub fn live(&self, view: usize) -> Option<LivePicture> {
        lock(&self.seen).live.get(view).cloned().flatten()
    }

    /// Every part from now on. A receiver that falls behind is told how many it missed.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<LeftPart>> {
        self.events.subscribe()
    }

    /// Recipes and their models: what is in use, and what may be asked of it.
    pub fn recipes(&self) -> &RecipeService {
        &self.recipes
    }

    /// From the next part on, pictures like these are copied for [`Handle::sample`]; copies that found no
    /// room are counted by the queue `samples`. `None` ends it and forgets what waits.
    pub fn want_samples(&self, wanted: Option<Wanted>) {
        self.request.set(wanted);
        while self.samples.pop().is_some() {}
    }

    /// The next copy, waiting at most `nap` for it.
    pub fn sample(&self, nap: Duration) -> Option<Sample> {
        self.samples.pop_waiting(nap)
    }

    /// Copies that found no room so far.
    pub fn samples_dropped(&self) -> u64 {
        self.samples.gauge().dropped()
    }

    /// Alarms, newest first; those that are over stay for a while.
    pub fn alarms(&self) -> Vec<Alarm> {
        self.alarms.shown(self.clock.wall())
    }

    /// What changed about alarms since the last call, oldest first, to be logged and recorded.
    pub fn alarm_changes(&self) -> Vec<(Change, Alarm)> {
        self.alarms.changes(self.clock.wall())
    }

    /// Begins or ends an alarm that the control plane itself has found.
    pub fn set_alarm(&self, change: AlarmChange) {
        self.alarms.set(change, self.clock.wall());
    }

    /// Somebody has seen this alarm. Where it has stopped the line, or has everything rejected, that lets the line go
    /// on, as soon as its cause is gone.
    ///
    /// # Errors
    /// When no such alarm is active.
    pub fn acknowledge(&self, code: Code, subject: &str, by: &str) -> Result<Alarm, NotActive> {
        let wall = self.clock.wall();
        let holds = HOLDS_THE_LINE.contains(&code);
        let by_name = match code {
            Code::ChallengeFailed | Code::ChallengeOverdue => RestartBy::NameForChallenge,
            _ => RestartBy::Name,
        };
        let alarm = self.alarms.acknowledge(code, subject, (by, holds), wall)?;
        if holds && self.restarts.push(by_name).is_ok() {
            tell!(
                Code::LineRestarted,
                "{by} has seen {} and lets the line go on",
                code.name()
            );
        }
        Ok(alarm)
    }
}
