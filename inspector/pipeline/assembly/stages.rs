//! The stages of which a job has several: one for each camera, and one for each thread that inspects.

use super::{CameraPlan, LOANS_PER_CAMERA, Plumbing, SCORERS_BOUND};
use crate::clock::Clock;
use crate::pipeline::acquire::{AcquireSetup, AcquireStage, Role};
use crate::pipeline::announce::{Announcer, Asks};
use crate::pipeline::identify::{IdentifySetup, IdentifyStage, IdentityPlan};
use crate::pipeline::inspect::{InspectSetup, InspectStage};
use crate::pipeline::line_ends::LineEnds;
use crate::pipeline::message::{
    Announcement, Decision, FrameItem, ImageItem, Inbound, Unidentified,
};
use crate::pipeline::pool::Pool;
use crate::pipeline::scorers::{NewScorer, ScorerSet, Scorers};
use crate::ports::scorer::{MAP_CELLS, Scorer};
use crate::queue::{Bell, Outlet, Queue};
use crate::station::identity::Identified;
use crate::station::part::{JobId, PartNo, Style};
use crate::station::recipe::Recipes;
use crate::station::review::Draw;
use crate::telemetry::alarm::AlarmSender;
use crate::telemetry::stats::Stats;
use std::sync::Arc;
use std::time::Duration;

/// What every stage of a job is given.
pub(super) struct Common {
    pub(super) stats: Arc<Stats>,
    pub(super) alarms: AlarmSender,
    pub(super) clock: Arc<dyn Clock>,
}

/// A queue to each camera that follows; `None` stands for the one that leads.
pub(super) fn lay_arrivals(
    plumbing: &mut Plumbing,
    cameras: &[CameraPlan],
    parts_max: usize,
) -> (Vec<Queue<Announcement>>, Vec<Option<Outlet<Announcement>>>) {
    let mut arrivals = Vec::new();
    let mut inlets = Vec::new();
    for camera in cameras {
        if camera.leads {
            inlets.push(None);
            continue;
        }
        let (tx, rx) = plumbing.lay::<Announcement>("arrivals", parts_max, None);
        arrivals.push(tx);
        inlets.push(Some(rx));
    }
    (arrivals, inlets)
}

/// What each camera's stage does when a frame comes. `announcer` is there when a camera leads.
pub(super) fn roles(
    mut announcer: Option<Announcer>,
    inlets: Vec<Option<Outlet<Announcement>>>,
) -> Vec<Role> {
    let role = |inlet| match inlet {
        Some(arrivals) => Role::Follows(arrivals),
        None => match announcer.take() {
            Some(announcer) => Role::Leads(Box::new(announcer)),
            None => unreachable!("one leader, counted before"),
        },
    };
    inlets.into_iter().map(role).collect()
}

/// Where the stages of cameras send what they have.
pub(super) struct FromCameras {
    pub(super) frames: Queue<FrameItem>,
    pub(super) unidentified: Option<Queue<Unidentified>>,
    pub(super) decisions: Queue<Decision>,
    pub(super) exposures: Option<Queue<PartNo>>,
}

/// One stage for each camera, each with a pool of buffers of its own.
pub(super) fn acquirers(
    common: &Common,
    cameras: Vec<CameraPlan>,
    roles: Vec<Role>,
    to: FromCameras,
    (frame_window, parts_max): (Duration, usize),
) -> Vec<AcquireStage> {
    let stage = |(index, (camera, role)): (usize, (CameraPlan, Role))| {
        let shape = camera.device.shape();
        AcquireStage::new(AcquireSetup {
            camera: u8::try_from(index).unwrap_or(u8::MAX),
            name: camera.name,
            device: camera.device,
            role,
            pool: Pool::new(LOANS_PER_CAMERA, shape.bytes()),
            frame_window,
            parts_max,
            frames: to.frames.clone(),
            unidentified: to.unidentified.clone(),
            decisions: to.decisions.clone(),
            exposures: to.exposures.clone(),
            stats: Arc::clone(&common.stats),
            alarms: common.alarms.clone(),
            clock: Arc::clone(&common.clock),
        })
    };
    let cameras = cameras.into_iter().zip(roles);
    cameras.enumerate().map(stage).collect()
}

/// What the stages that inspect are made of.
pub(super) struct Inspectors {
    pub(super) scorers: Vec<Scorers>,
    pub(super) loans: usize,
    /// One of so many passes is stored, and those that are put before people.
    pub(super) keep: (u64, Draw),
    pub(super) keep_warm: Duration,
    pub(super) decisions: Queue<Decision>,
    pub(super) images: Queue<ImageItem>,
}

/// The stages that inspect, a queue to each of them for models that come later, and where models come back.
pub(super) struct Connected {
    pub(super) stages: Vec<InspectStage>,
    pub(super) scorers: Vec<Queue<NewScorer>>,
    pub(super) retired: Outlet<Box<dyn Scorer>>,
}

impl Inspectors {
    pub(super) fn connected(self, common: &Common, plumbing: &mut Plumbing) -> Connected {
        let scorers = self.scorers.iter().flatten().flatten();
        let cells = scorers.map(|scorer| {
            let (width, height) = scorer.map_size();
            width as usize * height as usize
        });
        let maps = Pool::new(self.loans, cells.max().unwrap_or(0).max(MAP_CELLS));
        let (retired, retired_rx) = plumbing.lay("retired", SCORERS_BOUND, None);
        let mut new_scorers = Vec::new();
        let mut stages = Vec::new();
        for (thread, scorers) in self.scorers.into_iter().enumerate() {
            let (tx, arriving) = plumbing.lay("scorers", SCORERS_BOUND, None);
            new_scorers.push(tx);
            stages.push(InspectStage::new(InspectSetup {
                scorers: ScorerSet::new(scorers, arriving, retired.clone()),
                maps: maps.clone(),
                keep_one_pass_in: self.keep.0,
                draw: self.keep.1,
                keep_warm: self.keep_warm,
                thread,
                decisions: self.decisions.clone(),
                images: self.images.clone(),
                stats: Arc::clone(&common.stats),
                alarms: common.alarms.clone(),
                clock: Arc::clone(&common.clock),
            }));
        }
        Connected {
            stages,
            scorers: new_scorers,
            retired: retired_rx,
        }
    }
}

/// What finds out who parts are, before it is connected.
pub(super) struct Identifying {
    job: JobId,
    plan: IdentityPlan,
    cameras: usize,
    parts_max: usize,
    triggers: Queue<Inbound>,
    unidentified: Queue<Unidentified>,
    outlet: Outlet<Unidentified>,
    reads: Option<Outlet<Identified>>,
    bell: Arc<Bell>,
}

impl Identifying {
    pub(super) fn laid(
        (plan, job): (Option<IdentityPlan>, JobId),
        plumbing: &mut Plumbing,
        (ends, parts_max, cameras): (Option<&LineEnds>, usize, usize),
        triggers: &Queue<Inbound>,
    ) -> Option<Self> {
        let plan = plan?;
        let bell = ends.map_or_else(Arc::default, |ends| Arc::clone(&ends.identify_bell));
        // Every part, a word of each camera about it, and new versions.
        let bound = parts_max * (cameras + 1) + 16;
        let (unidentified, outlet) = plumbing.lay("unidentified", bound, Some(&bell));
        Some(Self {
            job,
            plan,
            cameras,
            parts_max,
            triggers: triggers.clone(),
            unidentified,
            outlet,
            reads: ends.map(|ends| ends.identities.clone()),
            bell,
        })
    }

    pub(super) fn asks(&self) -> Asks {
        Asks {
            part_id: self.plan.has_readers,
            style: self.plan.look_up.is_some(),
            lane: self.plan.looks_up_lanes && self.plan.look_up.is_some(),
            identify: self.unidentified.clone(),
            cameras: self.cameras,
        }
    }

    pub(super) fn unidentified(&self) -> Queue<Unidentified> {
        self.unidentified.clone()
    }

    pub(super) fn stage(
        self,
        common: &Common,
        (recipes, default_style): (Recipes, Option<Style>),
        to: &FromCameras,
    ) -> (IdentifyStage, Arc<Bell>) {
        let stage = IdentifyStage::new(IdentifySetup {
            job: self.job,
            identity: self.plan,
            recipes,
            default_style,
            unidentified: self.outlet,
            reads: self.reads,
            triggers: self.triggers,
            frames: to.frames.clone(),
            decisions: to.decisions.clone(),
            parts_max: self.parts_max,
            stats: Arc::clone(&common.stats),
            alarms: common.alarms.clone(),
            clock: Arc::clone(&common.clock),
        });
        (stage, self.bell)
    }
}
