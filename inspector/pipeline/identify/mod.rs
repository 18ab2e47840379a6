//! Finds out who parts are whose trigger did not say: by readers of the line, by a code in the image, by look-ups. Their
//! frames wait here, and go on with the recipe that follows. Parts that are known at the trigger do not come through here.

mod code;
mod doubt;
mod passing;

use super::message::{Announcement, Decision, FrameItem, Inbound, Unidentified};
use crate::clock::Clock;
use crate::ports::code::CodeReader;
use crate::ports::identity::{Found, StyleLookUp};
use crate::queue::{Outlet, Queue};
use crate::station::identify::{Identifier, IdentifyPlan, Match};
use crate::station::identity::{Identified, Who};
use crate::station::lane::LaneNo;
use crate::station::part::{JobId, PartId, PartNo, Style, Trigger};
use crate::station::recipe::Recipes;
use crate::station::result::{Identity, VIEWS_MAX};
use crate::station::time::Instant;
use crate::station::verdict::Cause;
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use crate::telemetry::stats::Stats;
use arrayvec::ArrayVec;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Reads codes in the frames of one camera.
pub struct CodeCamera {
    /// Index into the station's cameras.
    pub camera: u8,
    /// What reads them.
    pub reader: Box<dyn CodeReader>,
}

/// How parts become known that are not at their trigger.
pub struct IdentityPlan {
    /// Whether somebody tells IDs after or before the trigger.
    pub has_readers: bool,
    /// Times, and how many readers there are.
    pub plan: IdentifyPlan,
    /// Whether a part without an ID is rejected; else it goes by our own counter.
    pub is_required: bool,
    /// A code in the image.
    pub code: Option<CodeCamera>,
    /// Who knows styles by IDs; `None` where the line says them or there is but one.
    pub look_up: Option<Box<dyn StyleLookUp>>,
    /// Whether parts are looked up whose style is known, for the lane that they are to go to.
    pub looks_up_lanes: bool,
}

/// What an identify stage is made of.
pub struct IdentifySetup {
    /// The job that numbers the parts.
    pub job: JobId,
    /// How parts become known.
    pub identity: IdentityPlan,
    /// Recipes to choose from.
    pub recipes: Recipes,
    /// Style of parts of which nothing says more.
    pub default_style: Option<Style>,
    /// Parts and frames, from trigger and acq.
    pub unidentified: Outlet<Unidentified>,
    /// IDs, from the devices of the line; `None` where there are none.
    pub reads: Option<Outlet<Identified>>,
    /// To `actuate`: who parts are.
    pub triggers: Queue<Inbound>,
    /// Frames with their recipe, to `inspect`.
    pub frames: Queue<FrameItem>,
    /// To `actuate`, for views without a frame.
    pub decisions: Queue<Decision>,
    /// The most parts in flight.
    pub parts_max: usize,
    /// Where the time of reading codes is told.
    pub stats: Arc<Stats>,
    /// Where parts without an ID are raised.
    pub alarms: AlarmSender,
    /// Tells when parts are given up.
    pub clock: Arc<dyn Clock>,
}

/// A part whose frames come here.
struct Held {
    part: Announcement,
    /// Its ID is known, and a look-up was asked for its style.
    is_asked: bool,
    frames: ArrayVec<FrameItem, VIEWS_MAX>,
    absent: ArrayVec<(u8, Cause), VIEWS_MAX>,
    /// Frames that came or will not come.
    reported: usize,
    /// Whether its code was looked for.
    is_read: bool,
}

/// So long a part without an ID, or an ID without a part, keeps its alarm.
const OVER_AFTER: Duration = Duration::from_secs(10);

/// The stage that finds out who parts are.
pub struct IdentifyStage {
    with: IdentifySetup,
    identifier: Identifier,
    /// In the order of their triggers; those that are known stay until all their frames have come.
    held: VecDeque<Held>,
    no_identity: Condition,
    told_at: Instant,
}

impl IdentifyStage {
    /// Ready to step.
    pub fn new(with: IdentifySetup) -> Self {
        Self {
            identifier: Identifier::new(with.identity.plan, with.parts_max),
            held: VecDeque::with_capacity(with.parts_max),
            no_identity: with.alarms.condition(Code::NoIdentity, ""),
            told_at: Instant::default(),
            with,
        }
    }

    /// Takes in what has come, and tells of everybody who is known by now. Whether there is more to do at once.
    pub fn step(&mut self) -> bool {
        self.take_in();
        self.tell();
        let has_read = self.read_a_code();
        self.calm_down();
        has_read
    }

    /// How long nothing needs to be done if nothing comes in; `None` where nothing is to be done at all.
    pub fn quiet_for(&self) -> Option<Duration> {
        let now = self.with.clock.now();
        let is_asked = self.held.iter().any(|held| held.is_asked);
        let asked = is_asked.then_some(ANSWERS_NAP);
        let given_up = self.identifier.next_at().map(|at| at.since(now));
        [asked, given_up].into_iter().flatten().min()
    }

    /// Whether nothing more will come and nobody waits.
    pub fn is_done(&self) -> bool {
        let mut held = self.held.iter();
        self.with.unidentified.is_closed() && held.all(|held| held.part.who != Who::Awaited)
    }

    fn take_in(&mut self) {
        while let Some(unidentified) = self.with.unidentified.pop() {
            match unidentified {
                Unidentified::Part(part) => self.announced(part),
                Unidentified::Frame(item) => self.frame(item),
                Unidentified::NoFrame {
                    part_no,
                    camera,
                    cause,
                } => self.no_frame(part_no, camera, cause),
                Unidentified::Doubtful {
                    part_no,
                    camera,
                    is_named,
                } => self.frame_doubted(part_no, camera, is_named),
                Unidentified::UseRecipe(recipe) => self.with.recipes.take(recipe),
            }
        }
        while let Some(read) = self.with.reads.as_ref().and_then(Outlet::pop) {
            self.read(read);
        }
        while let Some((part_id, found)) = self.answer() {
            self.answered(part_id, found);
        }
    }

    fn answer(&mut self) -> Option<(PartId, Found)> {
        self.with.identity.look_up.as_mut()?.answered()
    }

    fn announced(&mut self, part: Announcement) {
        let trigger = part.trigger;
        let known = (trigger.identity == Identity::Trigger).then_some(trigger.part_id);
        if self.with.identity.has_readers {
            self.identifier
                .triggered(trigger.part_no, trigger.at, known);
        }
        if part.who != Who::Awaited {
            return;
        }
        if self.held.len() == self.with.parts_max {
            self.held.pop_front();
        }
        self.held.push_back(Held {
            part,
            is_asked: false,
            frames: ArrayVec::new(),
            absent: ArrayVec::new(),
            reported: 0,
            is_read: false,
        });
        match known {
            Some(part_id) => self.named(trigger.part_no, part_id, Identity::Trigger, None),
            // Nobody will tell it.
            None if !self.with.identity.has_readers => self.not_read(self.held.len() - 1),
            None => {}
        }
    }

    fn place_of(&self, part_no: PartNo) -> Option<usize> {
        self.held
            .binary_search_by_key(&part_no, |held| held.part.trigger.part_no)
            .ok()
    }

    fn frame(&mut self, item: FrameItem) {
        let Some(at) = self.place_of(item.part.trigger.part_no) else {
            return;
        };
        let held = &mut self.held[at];
        held.reported += 1;
        // No more than one of each camera comes, so there is room.
        drop(held.frames.try_push(item));
        self.hand_on(at);
    }

    fn no_frame(&mut self, part_no: PartNo, camera: u8, cause: Cause) {
        let Some(at) = self.place_of(part_no) else {
            return;
        };
        let held = &mut self.held[at];
        held.reported += 1;
        let _ = held.absent.try_push((camera, cause));
        let reads_here = self.with.identity.code.as_ref();
        if reads_here.is_some_and(|code| code.camera == camera) {
            // Nothing will be read in a frame that does not come.
            self.read(Identified {
                part_no: Some(part_no),
                part_id: None,
                style: None,
                lane: None,
                at: self.with.clock.now(),
            });
        }
        self.hand_on(at);
    }

    fn read(&mut self, read: Identified) {
        if let Some(lost) = self.identifier.read(read) {
            self.matched(lost);
        }
    }

    fn tell(&mut self) {
        loop {
            let now = self.with.clock.now();
            let Some(told) = self.identifier.next(now) else {
                break;
            };
            self.matched(told);
        }
        let now = self.with.clock.now();
        let within = self.with.identity.plan.within;
        // A look-up that does not answer in time.
        while let Some(at) = self
            .held
            .iter()
            .position(|held| held.is_asked && now.since(held.part.trigger.at) >= within)
        {
            self.unknown(at, Cause::UnknownStyle);
        }
    }

    /// Whoever read it knows its lane too.
    fn sent(&mut self, part_no: PartNo, lane: Option<LaneNo>) {
        if let (Some(at), Some(lane)) = (self.place_of(part_no), lane) {
            self.held[at].part.trigger.lane = Some(lane);
        }
    }

    fn matched(&mut self, told: Match) {
        match told {
            Match::Found(part_no, read) => {
                if let Some(part_id) = read.part_id {
                    self.sent(part_no, read.lane);
                    self.named(part_no, part_id, Identity::Reader, read.style);
                    self.no_identity.end();
                }
            }
            Match::NotRead(part_no) => {
                if let Some(at) = self.place_of(part_no) {
                    self.not_read(at);
                }
            }
            Match::Doubtful(part_no) => {
                self.raise(format!(
                    "part {}: it is not certain which ID it has, because readers read different ones or parts came too \
                     close; it is rejected",
                    part_no.0
                ));
                self.doubted(part_no);
            }
            Match::NoPart(part_id) => self.raise(format!(
                "the ID {part_id} was read, and no part was at the reader then; check [identity.reader] and the sensor \
                 that triggers"
            )),
        }
    }

    fn raise(&mut self, message: String) {
        self.told_at = self.with.clock.now();
        self.no_identity.raise(message);
    }

    fn calm_down(&mut self) {
        let is_over = self.with.clock.now().since(self.told_at) >= OVER_AFTER;
        if is_over && self.no_identity.is_active() {
            self.no_identity.end();
        }
    }

    fn not_read(&mut self, at: usize) {
        let part_no = self.held[at].part.trigger.part_no;
        if self.with.identity.is_required {
            let found = match self.with.identity.has_readers {
                true => {
                    let within = self.with.identity.plan.within;
                    format!(
                        "no ID was read within {} ms of its trigger",
                        within.as_millis()
                    )
                }
                false => "it came without an ID, and nobody reads IDs here".to_owned(),
            };
            self.raise(format!("part {}: {found}; it is rejected", part_no.0));
            return self.unknown(at, Cause::NoIdentity);
        }
        self.known(at, self.held[at].part.trigger.style);
    }

    /// Its ID is known; what it is may be still to find out.
    fn named(&mut self, part_no: PartNo, part_id: PartId, by: Identity, style: Option<Style>) {
        let Some(at) = self.place_of(part_no) else {
            return;
        };
        let held = &mut self.held[at];
        if held.part.who != Who::Awaited {
            return;
        }
        held.part.trigger.part_id = part_id;
        held.part.trigger.identity = by;
        held.part.trigger.style = style.or(held.part.trigger.style);
        let is_all = match held.part.trigger {
            Trigger { style: None, .. } => false,
            Trigger { lane, .. } => lane.is_some() || !self.with.identity.looks_up_lanes,
        };
        let (false, Some(look_up)) = (is_all, &mut self.with.identity.look_up) else {
            let style = held.part.trigger.style;
            return self.known(at, style);
        };
        match look_up.find(&part_id) {
            Found::Asked => held.is_asked = true,
            found => self.found(at, found),
        }
    }

    /// What came with the part itself holds before what was looked up.
    fn found(&mut self, at: usize, found: Found) {
        let Found::Known { style, lane } = found else {
            return self.unknown(at, Cause::UnknownStyle);
        };
        let trigger = &mut self.held[at].part.trigger;
        trigger.lane = trigger.lane.or(lane);
        let style = trigger.style.unwrap_or(style);
        self.known(at, Some(style));
    }

    fn answered(&mut self, part_id: PartId, found: Found) {
        while let Some(at) = self
            .held
            .iter()
            .position(|held| held.is_asked && held.part.trigger.part_id == part_id)
        {
            self.found(at, found);
        }
    }
}

/// While a look-up is asked, its answer is looked for so often.
const ANSWERS_NAP: Duration = Duration::from_millis(1);

impl Held {
    fn is_over(&self) -> bool {
        self.part.who != Who::Awaited && self.reported >= self.part.frames
    }
}
