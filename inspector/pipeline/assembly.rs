//! Puts the stages of one job together: the QUEUES table and who is connected to whom. The threads and
//! the simulator start from the same assembly.

mod stages;
mod storing;

use super::acquire::AcquireStage;
use super::actuate::{ActuateSetup, ActuateStage, LinePlan};
use super::announce::{Announcer, AnnouncerSetup, Command};
use super::identify::{IdentifyStage, IdentityPlan};
use super::images::{ImagesStage, Preview};
use super::inspect::InspectStage;
use super::line_ends::{ALARMS_BOUND, LineEnds};
use super::message::{Emitted, FrameItem};
use super::record::{Audience, RecordStage};
use super::samples::{SAMPLES_BOUND, Sample, SampleRequest, Sampler};
use super::scorers::{NewScorer, Scorers};
use super::trigger::TriggerStage;
use crate::clock::Clock;
use crate::ports::camera::Camera;
use crate::ports::line::{LineDevice, TriggerSource};
use crate::ports::log::{ImageStore, ResultLog};
use crate::ports::scorer::Scorer;
use crate::queue::WhenFull::{DropNewest, Fault};
use crate::queue::{Bell, Gauge, Outlet, Queue, WhenFull, queue};
use crate::station::budget::CycleBudget;
use crate::station::guard::RestartBy;
use crate::station::part::{JobId, Style};
use crate::station::recipe::Recipes;
use crate::station::result::VIEWS_MAX;
use crate::station::review::Draw;
use crate::station::state::State;
use crate::telemetry::alarm::{AlarmChange, AlarmSender};
use crate::telemetry::stats::Stats;
use stages::{Common, FromCameras, Identifying, Inspectors, acquirers, lay_arrivals, roles};
use std::sync::Arc;
use std::time::Duration;
use storing::{keeper, recorder};

/// Every queue: name, from → to, what it does when full. Bounds follow from the line and are in
/// [`Bounds`].
pub const QUEUES: &[(&str, &str, &str, WhenFull)] = &[
    ("triggers", "trigger/acq/identify", "actuate", Fault),
    ("arrivals", "trigger/acq", "acq", DropNewest),
    ("frames", "acq/identify", "inspect", DropNewest),
    ("decisions", "inspect/acq/identify", "actuate", Fault),
    ("results", "actuate", "record", Fault),
    ("images", "inspect", "images", DropNewest),
    ("dispositions", "actuate", "images", DropNewest),
    ("samples", "images", "teaching", DropNewest),
    ("commands", "control", "pipeline", DropNewest),
    ("scorers", "control", "inspect", DropNewest),
    ("retired", "inspect", "control", DropNewest),
    ("alarms", "any", "control", DropNewest),
    ("heard", "line", "trigger", Fault),
    ("feedback", "line", "actuate", Fault),
    ("positions", "line", "actuate", DropNewest),
    ("identities", "line", "identify", DropNewest),
    ("unidentified", "trigger/acq", "identify", DropNewest),
    ("told", "actuate/acq", "line", DropNewest),
    ("requests", "control", "line", DropNewest),
    ("restarts", "control", "actuate", DropNewest),
    ("exposures", "acq", "actuate", DropNewest),
];

/// Results that may wait for the disk. At a part every 500 ms, half an hour.
const RESULTS_BOUND: usize = 4_096;
/// Buffers of one camera: in the frames queue, in inspection, in the images queue and parked.
pub const LOANS_PER_CAMERA: usize = 12;
/// Pictures of all cameras that may wait for the disk, and pictures of each that may wait for their part's
/// disposition. All of them, and the one being stored, may be of one camera and must leave it buffers: a disk that
/// stands still must not cost a part.
const IMAGES_BOUND: usize = LOANS_PER_CAMERA / 3;
const PARKED_MAX: usize = LOANS_PER_CAMERA / 4;
const _: () = assert!(IMAGES_BOUND + PARKED_MAX + 1 + 4 <= LOANS_PER_CAMERA);

/// Models that may be on their way to one inspect thread, or back: a version may bring one for each view.
const SCORERS_BOUND: usize = VIEWS_MAX;

/// How much each queue holds.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    parts: usize,
    /// Every part may be told of twice: when it comes, and when it is known who it is or what became of it.
    told: usize,
    frames: usize,
    decisions: usize,
}

impl Bounds {
    fn of(budget: &CycleBudget, cameras: usize) -> Self {
        let parts = budget.parts_max();
        let bounds = Self {
            parts,
            told: parts * 2,
            frames: LOANS_PER_CAMERA * cameras / 3,
            // Every part may have two words of each camera: lost, and late.
            decisions: parts * cameras * 2,
        };
        assert!(bounds.frames >= 1 && bounds.frames < LOANS_PER_CAMERA * cameras);
        bounds
    }
}

/// One camera of a job.
pub struct CameraPlan {
    /// Its name in the station settings.
    pub name: String,
    /// The opened device.
    pub device: Box<dyn Camera>,
    /// Whether its frames are the triggers.
    pub leads: bool,
}

/// Everything a job is made of.
pub struct Plan {
    /// Number of the job that all parts belong to.
    pub job: JobId,
    /// The newest version of each style's recipe when the job begins.
    pub recipes: Recipes,
    /// The line behind the camera.
    pub line: LinePlan,
    /// Style of parts whose line does not say.
    pub default_style: Option<Style>,
    /// Who finds out what triggers do not say; `None` where they say all.
    pub identity: Option<IdentityPlan>,
    /// Whether an ID that comes twice is told.
    pub tells_repeated: bool,
    /// In the station's order.
    pub cameras: Vec<CameraPlan>,
    /// Where parts are announced, unless a camera leads.
    pub trigger: Option<Box<dyn TriggerSource>>,
    /// The devices of the line, by name, in the order of the settings.
    pub devices: Vec<(String, Box<dyn LineDevice>)>,
    /// One set of loaded, warm scorers per inspect thread.
    pub scorers: Vec<Scorers>,
    /// One of so many passes is stored; 0 stores none.
    pub keep_one_pass_in: u64,
    /// Which passes are put before people: their pictures are stored.
    pub draw: Draw,
    /// After so long without a frame a model runs on nothing; zero is never.
    pub keep_warm: Duration,
    /// The result log.
    pub log: Box<dyn ResultLog>,
    /// Who watches results.
    pub audience: Box<dyn Audience>,
    /// The image store.
    pub store: Box<dyn ImageStore>,
    /// Who watches pictures.
    pub preview: Box<dyn Preview>,
    /// The one clock of all stages.
    pub clock: Arc<dyn Clock>,
}

impl Plan {
    fn announcers(&self) -> usize {
        let leaders = self.cameras.iter().filter(|camera| camera.leads).count();
        leaders + usize::from(self.trigger.is_some())
    }
}

/// What the control plane holds of a running job.
pub struct Controls {
    /// Counters and histograms.
    pub stats: Arc<Stats>,
    /// Lengths and drops of every queue, in the order of `QUEUES`.
    pub gauges: Vec<Arc<Gauge>>,
    /// Into the pipeline.
    pub commands: Queue<Command>,
    /// A person lets the line go on.
    pub restarts: Queue<RestartBy>,
    /// Out of the pipeline.
    pub alarms: Outlet<AlarmChange>,
    /// To each inspect thread: models that come later.
    pub scorers: Vec<Queue<NewScorer>>,
    /// From them: models that are needed no more.
    pub retired: Outlet<Box<dyn Scorer>>,
    /// Pictures wanted for teaching.
    pub request: SampleRequest,
    /// Copies of the pictures that were asked for.
    pub samples: Outlet<Sample>,
}

/// The stages of one job, connected and ready.
pub struct Assembly {
    /// One per camera.
    pub acquire: Vec<AcquireStage>,
    /// Unless a camera leads.
    pub trigger: Option<TriggerStage>,
    /// The devices of the line, by name.
    pub devices: Vec<(String, Box<dyn LineDevice>)>,
    /// One per inspect thread.
    pub inspect: Vec<InspectStage>,
    /// The one that finds out who parts are, and the bell that is rung when something comes for it.
    pub identify: Option<(IdentifyStage, Arc<Bell>)>,
    /// What the inspect stages share.
    pub frames: Outlet<FrameItem>,
    /// The one between belt and ejector.
    pub actuate: ActuateStage,
    /// The one before the result log.
    pub record: RecordStage,
    /// The one before the image store.
    pub images: ImagesStage,
    /// Rung when something comes for `actuate`.
    pub actuate_bell: Arc<Bell>,
    /// Rung when something comes for `images`.
    pub images_bell: Arc<Bell>,
    /// For the control plane.
    pub controls: Controls,
}

/// The name of a queue, and what it does when full.
pub(super) fn row(name: &str) -> (&'static str, WhenFull) {
    let row = QUEUES.iter().find(|row| row.0 == name);
    let Some(&(name, _, _, when_full)) = row else {
        unreachable!("queue {name} is not in the QUEUES table");
    };
    (name, when_full)
}

/// Makes queues from the table and remembers their gauges.
#[derive(Default)]
struct Plumbing {
    gauges: Vec<Arc<Gauge>>,
}

impl Plumbing {
    fn lay<T>(
        &mut self,
        name: &str,
        bound: usize,
        bell: Option<&Arc<Bell>>,
    ) -> (Queue<T>, Outlet<T>) {
        let (name, when_full) = row(name);
        let (tx, rx) = queue(name, bound, when_full, bell.cloned());
        self.gauges.push(tx.gauge());
        (tx, rx)
    }
}

/// What was laid before, for the devices of the line.
fn begun(ends: Option<&LineEnds>) -> (Arc<Bell>, Plumbing) {
    match ends {
        Some(ends) => {
            let gauges = ends.gauges.clone();
            (Arc::clone(&ends.bell), Plumbing { gauges })
        }
        None => Default::default(),
    }
}

/// The way to the alarm board, which devices of the line may have already.
fn alarms_of(
    ends: Option<&LineEnds>,
    plumbing: &mut Plumbing,
) -> (AlarmSender, Outlet<AlarmChange>) {
    match ends {
        Some(ends) => (ends.alarms.clone(), ends.alarms_rx.clone()),
        None => {
            let (alarms, outlet) = plumbing.lay("alarms", ALARMS_BOUND, None);
            (AlarmSender::new(alarms), outlet)
        }
    }
}

/// Whoever announces parts: the stage of a trigger source, or what a leading camera needs for it.
fn announcing(
    source: Option<Box<dyn TriggerSource>>,
    announcer: Announcer,
    alarms: &AlarmSender,
) -> (Option<TriggerStage>, Option<Announcer>) {
    match source {
        Some(source) => (Some(TriggerStage::new(source, announcer, alarms)), None),
        None => (None, Some(announcer)),
    }
}

/// Connects the stages of a job. Panics when the plan has no trigger and no leading camera, or both:
/// checked settings cannot say so.
pub fn assemble(plan: Plan) -> Assembly {
    assert_eq!(plan.announcers(), 1, "exactly one thing announces parts");
    let bounds = Bounds::of(&plan.line.budget, plan.cameras.len());
    let (actuate_bell, mut plumbing) = begun(plan.line.ends.as_ref());
    let images_bell = Arc::new(Bell::default());
    let (alarm_tx, alarms) = alarms_of(plan.line.ends.as_ref(), &mut plumbing);
    let common = Common {
        stats: Arc::new(Stats::new(plan.cameras.len())),
        alarms: alarm_tx,
        clock: plan.clock,
    };
    let (triggers, trigger_rx) = plumbing.lay("triggers", bounds.told, Some(&actuate_bell));
    let (frames, frame_rx) = plumbing.lay("frames", bounds.frames, None);
    let (decisions, decision_rx) = plumbing.lay("decisions", bounds.decisions, Some(&actuate_bell));
    let (results, result_rx) = plumbing.lay::<Emitted>("results", RESULTS_BOUND, None);
    let loans = LOANS_PER_CAMERA * plan.cameras.len();
    let (images, image_rx) = plumbing.lay("images", IMAGES_BOUND, Some(&images_bell));
    let (dispositions, disposed_rx) = plumbing.lay("dispositions", bounds.told, Some(&images_bell));
    let (restarts, restart_rx) = plumbing.lay("restarts", 4, Some(&actuate_bell));
    let (commands, command_rx) = plumbing.lay("commands", 16, None);
    let (arrivals, inlets) = lay_arrivals(&mut plumbing, &plan.cameras, bounds.parts);
    let of = (plan.line.ends.as_ref(), bounds.parts, plan.cameras.len());
    let identifying = Identifying::laid((plan.identity, plan.job), &mut plumbing, of, &triggers);
    let styles = (plan.recipes.clone(), plan.default_style);
    let announcer = Announcer::new(AnnouncerSetup {
        job: plan.job,
        recipes: plan.recipes,
        asks: identifying.as_ref().map(Identifying::asks),
        default_style: plan.default_style,
        decide_by: plan.line.decide_by(),
        triggers,
        arrivals,
        told: plan.line.told(),
        commands: command_rx,
        stats: Arc::clone(&common.stats),
        alarms: common.alarms.clone(),
        clock: Arc::clone(&common.clock),
    });
    let (trigger, announcer) = announcing(plan.trigger, announcer, &common.alarms);
    let (exposures, exposure_rx) = plumbing.lay("exposures", bounds.decisions, Some(&actuate_bell));
    let to = FromCameras {
        frames,
        unidentified: identifying.as_ref().map(Identifying::unidentified),
        decisions: decisions.clone(),
        exposures: plan.line.ends.is_some().then_some(exposures),
    };
    let limits = (plan.line.budget.frame_window(), bounds.parts);
    let identify = identifying.map(|it| it.stage(&common, styles, &to));
    let acquire = acquirers(&common, plan.cameras, roles(announcer, inlets), to, limits);
    let inspectors = Inspectors {
        scorers: plan.scorers,
        loans,
        keep: (plan.keep_one_pass_in, plan.draw),
        keep_warm: plan.keep_warm,
        decisions,
        images,
    };
    let inspect = inspectors.connected(&common, &mut plumbing);
    let actuate = ActuateStage::new(ActuateSetup {
        line: plan.line,
        triggers: trigger_rx,
        decisions: decision_rx,
        restarts: restart_rx,
        exposures: exposure_rx,
        results,
        dispositions,
        draw: plan.draw,
        stats: Arc::clone(&common.stats),
        alarms: common.alarms.clone(),
        clock: Arc::clone(&common.clock),
    });
    let audience = (plan.audience, plan.tells_repeated);
    let record = recorder(&common, result_rx, plan.log, audience);
    let (samples_tx, samples) = plumbing.lay("samples", SAMPLES_BOUND, None);
    let request = SampleRequest::default();
    let sampler = Sampler::new(request.clone(), samples_tx);
    let from = (image_rx, disposed_rx);
    let images = keeper(&common, from, sampler, (plan.store, plan.preview));
    common.stats.state.set(State::Ready);
    Assembly {
        acquire,
        trigger,
        devices: plan.devices,
        identify,
        inspect: inspect.stages,
        frames: frame_rx,
        actuate,
        record,
        images,
        actuate_bell,
        images_bell,
        controls: Controls {
            stats: common.stats,
            gauges: plumbing.gauges,
            commands,
            restarts,
            alarms,
            scorers: inspect.scorers,
            retired: inspect.retired,
            request,
            samples,
        },
    }
}
