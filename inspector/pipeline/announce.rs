//! Turns arrivals into parts: numbers them, chooses the recipe, tells `actuate` and every camera. Owned
//! by whichever stage hears the line, so there is exactly one.

use super::message::{Announcement, Inbound, Unidentified};
use crate::clock::Clock;
use crate::ports::line::{Arrival, Told};
use crate::queue::{Outlet, PushError, Queue};
use crate::station::identity::Who;
use crate::station::part::{JobId, PartId, PartNo, Style, Trigger};
use crate::station::recipe::{Recipe, Recipes};
use crate::station::result::{Gap, GapCause, Identity};
use crate::station::time::{Instant, WallTime};
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use crate::telemetry::stats::Stats;
use arrayvec::ArrayVec;
use std::sync::Arc;
use std::time::Duration;

/// control → pipeline.
#[derive(Clone, Debug)]
pub enum Command {
    /// Judge parts by this version from now on.
    UseRecipe(Arc<Recipe>),
}

/// What is not known of every part at its trigger, and who finds it out.
pub struct Asks {
    /// A reader tells the ID where the trigger does not.
    pub part_id: bool,
    /// A look-up tells the style where the trigger does not.
    pub style: bool,
    /// A look-up tells the lane of every part.
    pub lane: bool,
    /// To the `identify` stage.
    pub identify: Queue<Unidentified>,
    /// How many cameras may take a frame of a part.
    pub cameras: usize,
}

/// What an announcer is made of.
pub struct AnnouncerSetup {
    /// The job that numbers the parts.
    pub job: JobId,
    /// Recipes to choose from.
    pub recipes: Recipes,
    /// Style of parts whose line does not say.
    pub default_style: Option<Style>,
    /// Trigger to ejector; `None` where that depends on the belt.
    pub decide_by: Option<Duration>,
    /// Who finds out what a trigger does not say; `None` where it says all.
    pub asks: Option<Asks>,
    /// Announced parts, to the `actuate` stage.
    pub triggers: Queue<Inbound>,
    /// To the cameras that wait for parts announced by somebody else.
    pub arrivals: Vec<Queue<Announcement>>,
    /// To the devices of the line that count parts too.
    pub told: Vec<Queue<Told>>,
    /// From the control plane.
    pub commands: Outlet<Command>,
    /// Where announced parts are counted.
    pub stats: Arc<Stats>,
    /// Where parts of an unknown style and a full queue are raised.
    pub alarms: AlarmSender,
    /// For wall time.
    pub clock: Arc<dyn Clock>,
}

/// Numbers the parts of a job.
pub struct Announcer {
    with: AnnouncerSetup,
    last: PartNo,
    /// Parts that `actuate` could not be told of yet.
    untold: Option<Gap>,
    /// Versions that `identify` could not be told of yet: until it knows them, it is told of no part.
    unsent: Vec<Arc<Recipe>>,
    /// The same for parts that nobody numbered, because they passed while nobody could see them: of each cause one.
    unseen: ArrayVec<Gap, { GapCause::ALL.len() }>,
    /// While there are such.
    gap: Condition,
}

impl Announcer {
    /// The first part will be number 1.
    pub fn new(with: AnnouncerSetup) -> Self {
        Self {
            gap: with.alarms.condition(Code::Gap, ""),
            with,
            last: PartNo(0),
            untold: None,
            unsent: Vec::with_capacity(16),
            unseen: ArrayVec::new(),
        }
    }

    /// Makes a part of an arrival and tells everybody. From here on a result for it is certain.
    pub fn announce(&mut self, arrival: &Arrival) -> Announcement {
        self.take_commands();
        let part_no = PartNo(self.last.0 + 1);
        self.last = part_no;
        self.with.stats.counts.announced.add(1);
        let is_awaited = self.is_awaited(arrival);
        let style = match is_awaited {
            true => arrival.style,
            false => arrival.style.or(self.with.default_style),
        };
        let trigger = Trigger {
            part_no,
            part_id: arrival
                .part_id
                .unwrap_or_else(|| PartId::counted(self.with.job.0, part_no)),
            identity: match arrival.part_id {
                Some(_) => Identity::Trigger,
                None => Identity::Counter,
            },
            style,
            lane: None,
            at: arrival.at,
            wall: self.with.clock.wall(),
        };
        let announcement = self.announced(trigger, arrival, is_awaited);
        self.tell_gap();
        if self.untold.is_some() {
            self.leave_untold(&trigger);
            return announcement;
        }
        let inbound = Inbound::Part(announcement.clone());
        if let Err(PushError::Overrun(_)) = self.with.triggers.push(inbound) {
            self.leave_untold(&trigger);
            return announcement;
        }
        for device in &self.with.told {
            drop(device.push(Told::Numbered(part_no)));
        }
        // A part that was missed passes the readers too: what they read of it is no other part's.
        self.tell_identify(&announcement);
        // And past cameras that something else triggers: a frame of it is no other part's.
        for camera in &self.with.arrivals {
            // A camera that is this far behind finds the part missing, and it is rejected as lost.
            drop(camera.push(announcement.clone()));
        }
        announcement
    }

    /// Whether somebody else has to tell who it is.
    fn is_awaited(&self, arrival: &Arrival) -> bool {
        let asks = self.with.asks.as_ref().filter(|_| !arrival.is_missed);
        asks.is_some_and(|asks| {
            let is_unknown = arrival.part_id.is_none() && asks.part_id;
            is_unknown || asks.lane || asks.style && arrival.style.is_none()
        })
    }

    fn announced(&self, trigger: Trigger, arrival: &Arrival, is_awaited: bool) -> Announcement {
        let recipe = self.with.recipes.chosen(trigger.style);
        let cameras = self.with.asks.as_ref().map_or(1, |asks| asks.cameras);
        Announcement {
            trigger,
            who: match is_awaited {
                true => Who::Awaited,
                false => Who::Known,
            },
            frames: match &recipe {
                _ if is_awaited => cameras,
                Some((_, recipe)) => recipe.views.len(),
                None => 1,
            },
            recipe: recipe.filter(|_| !is_awaited),
            counts: arrival.counts,
            is_missed: arrival.is_missed,
            act_at: self.with.decide_by.map(|travel| arrival.at + travel),
        }
    }

    /// Before any camera is told: `identify` must know a part before its frames come.
    fn tell_identify(&mut self, announcement: &Announcement) {
        let Some(asks) = &self.with.asks else { return };
        while let Some(recipe) = self.unsent.first() {
            let version = Unidentified::UseRecipe(Arc::clone(recipe));
            if asks.identify.push(version).is_err() {
                return;
            }
            self.unsent.remove(0);
        }
        // Where readers are, parts that are known are told too: one may read something else of them. Should `identify` not
        // take it, an awaited part stays undecided and is rejected.
        if asks.part_id || announcement.who == Who::Awaited {
            drop(asks.identify.push(Unidentified::Part(announcement.clone())));
        }
    }

    /// Parts that passed while nobody could see them, in unknown number.
    pub fn passed_unseen(&mut self, since: Instant, until: Instant, cause: GapCause) {
        let (now, wall) = (self.with.clock.now(), self.with.clock.wall());
        let wall_at = |at: Instant| {
            let us = i64::try_from(now.since(at).as_micros()).unwrap_or(i64::MAX);
            WallTime(wall.0.saturating_sub(us))
        };
        let gap = Gap {
            first: PartNo(self.last.0 + 1),
            last: self.last,
            from: wall_at(since),
            to: wall_at(until),
            accepted: 0,
            cause,
        };
        let mut waiting = self.unseen.iter_mut();
        match waiting.find(|it| it.cause == cause) {
            Some(before) => before.to = before.to.max(gap.to),
            None => drop(self.unseen.try_push(gap)),
        }
        self.tell_gap();
        if !self.unseen.is_empty() {
            self.gap.raise(
                "parts may have passed unseen, and the queue to the ejector has no room for word of them yet"
                    .to_owned(),
            );
        }
    }

    /// What time it is.
    pub fn now(&self) -> Instant {
        self.with.clock.now()
    }

    /// Numbers given out so far.
    pub fn last(&self) -> PartNo {
        self.last
    }

    fn take_commands(&mut self) {
        while let Some(Command::UseRecipe(recipe)) = self.with.commands.pop() {
            // The control plane keeps every version, so nothing is freed here. A first version of a new
            // style goes to the end, where the control plane put it too.
            if self.with.asks.is_some() {
                self.unsent.push(Arc::clone(&recipe));
            }
            self.with.recipes.take(recipe);
        }
    }

    fn leave_untold(&mut self, trigger: &Trigger) {
        let gap = self.untold.get_or_insert(Gap {
            first: trigger.part_no,
            last: trigger.part_no,
            from: trigger.wall,
            to: trigger.wall,
            accepted: 0,
            cause: GapCause::Overrun,
        });
        gap.last = trigger.part_no;
        gap.to = trigger.wall;
    }

    /// Tells `actuate` of the parts it could not be told of before. Called often.
    pub fn tell_gap(&mut self) {
        let triggers = &self.with.triggers;
        self.unseen
            .retain(|gap| triggers.push(Inbound::Gap(*gap)).is_err());
        if let Some(told) = self.untold
            && triggers.push(Inbound::Gap(told)).is_ok()
        {
            self.untold = None;
        }
        if !self.has_untold() {
            self.gap.end();
        }
    }

    /// Whether parts are still waiting to be told of.
    pub fn has_untold(&self) -> bool {
        self.untold.is_some() || !self.unseen.is_empty()
    }
}
