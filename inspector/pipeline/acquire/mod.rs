//! Takes frames from one camera and finds out whose they are. A part whose frame does not come is
//! said to be lost here, as early as it can be known.

mod handing;
mod matching;

use self::matching::{GIVEN_MAX, Given};
use super::announce::Announcer;
use super::message::{Announcement, Decision, FrameItem, Unidentified};
use super::pool::{Loan, Pool};
use crate::clock::Clock;
use crate::ports::camera::{AcquireError, Camera, OpenError};
use crate::ports::line::Arrival;
use crate::queue::{Outlet, Queue};
use crate::station::frame::FrameMeta;
use crate::station::part::{PartId, PartNo, Style};
use crate::station::result::GapCause;
use crate::station::time::Instant;
use crate::station::verdict::Cause;
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use crate::telemetry::stats::Stats;
use arrayvec::ArrayVec;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How this camera learns of parts.
pub enum Role {
    /// Its frames are the triggers: a frame is a part, a missing frame is a missing part.
    Leads(Box<Announcer>),
    /// Somebody else announces the parts; frames are matched by the time of exposure.
    Follows(Outlet<Announcement>),
}

/// What an acquire stage is made of.
pub struct AcquireSetup {
    /// Index into the station's cameras.
    pub camera: u8,
    /// Its name, for alarms.
    pub name: String,
    /// The camera that frames are taken from.
    pub device: Box<dyn Camera>,
    /// How it learns of parts.
    pub role: Role,
    /// Buffers of one frame each.
    pub pool: Pool,
    /// A frame exposed within this time after a trigger may belong to it.
    pub frame_window: Duration,
    /// The most parts in flight.
    pub parts_max: usize,
    /// Frames with the part they belong to, to the `inspect` stage.
    pub frames: Queue<FrameItem>,
    /// Frames of parts of which it is not known who they are, to the `identify` stage; `None` where there is none.
    pub unidentified: Option<Queue<Unidentified>>,
    /// To `actuate`, for parts without a frame.
    pub decisions: Queue<Decision>,
    /// To `actuate`: a frame of this part has come or will not come; `None` where no device of the line wants to know.
    pub exposures: Option<Queue<PartNo>>,
    /// Where frames of each kind are counted.
    pub stats: Arc<Stats>,
    /// Where a lost camera or frames without a part are raised.
    pub alarms: AlarmSender,
    /// Tells when frames came, and how long to wait for the next.
    pub clock: Arc<dyn Clock>,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquired {
    /// A frame was taken, whoever it belonged to.
    Frame,
    /// No frame came within the time that was waited.
    Nothing,
    /// Nothing will ever come.
    Ended,
}

/// The stage of one camera.
pub struct AcquireStage {
    with: AcquireSetup,
    /// Parts whose frame has not come, in the order of their triggers.
    pending: VecDeque<Announcement>,
    /// A frame that came before word of its part.
    held: Option<Held>,
    /// The newest frames that were given to a part, while word of another may come to which they can belong too.
    given: ArrayVec<Given, GIVEN_MAX>,
    /// Keeps the stream flowing when every loan is out.
    spare: Box<[u8]>,
    last_block_id: Option<u64>,
    /// When the newest frame was exposed, and how long it took to reach us.
    last_exposed: Option<Instant>,
    last_capture: Duration,
    /// Whether the newest part's frame is still to be triggered.
    is_untriggered: bool,
    gone_since: Option<Instant>,
    gone: Condition,
    reopen_at: Instant,
    has_ended: bool,
}

/// What the source of a frame knows of its part.
type Whose = (Option<PartId>, Option<Style>);

struct Held {
    meta: FrameMeta,
    received_at: Instant,
    pixels: Option<Loan>,
}

/// Attempts to reopen a camera are at least this far apart.
const REOPEN_EVERY: Duration = Duration::from_millis(500);
/// Clocks of device and host may disagree by this much about what came first.
const CLOCK_SLACK: Duration = Duration::from_millis(2);

impl AcquireStage {
    /// Ready to step. The device is already open.
    pub fn new(with: AcquireSetup) -> Self {
        let spare = vec![0; with.pool.bytes()].into_boxed_slice();
        with.stats.cameras[usize::from(with.camera)]
            .is_connected
            .store(true, Ordering::Relaxed);
        Self {
            gone: with.alarms.condition(Code::CameraGone, &with.name),
            pending: VecDeque::with_capacity(with.parts_max),
            with,
            held: None,
            given: ArrayVec::new(),
            spare,
            last_block_id: None,
            last_exposed: None,
            last_capture: Duration::ZERO,
            is_untriggered: false,
            gone_since: None,
            reopen_at: Instant::default(),
            has_ended: false,
        }
    }

    /// Waits at most `timeout` for a frame and deals with what came.
    pub fn step(&mut self, timeout: Duration) -> Acquired {
        self.hear();
        let outcome = if self.has_ended {
            Acquired::Ended
        } else if self.gone_since.is_some() {
            self.try_reopen(timeout);
            Acquired::Nothing
        } else if self.pending.is_empty() && self.with.device.waits_for_trigger() {
            // No frame comes before a part does.
            self.await_part(timeout);
            Acquired::Nothing
        } else if self.held.is_none() || self.pending.len() >= self.with.parts_max {
            self.acquire(timeout)
        } else if self.await_word(timeout) {
            Acquired::Nothing
        } else {
            self.acquire(Duration::ZERO)
        };
        self.hear();
        self.place_held();
        self.tell_doubts();
        self.expire();
        outcome
    }

    /// Whether a part is still waiting for its frame.
    pub fn is_waiting(&self) -> bool {
        !self.pending.is_empty() || self.held.is_some()
    }

    /// Whether no part will come any more of which this camera is to take a frame.
    pub fn is_over(&self) -> bool {
        match &self.with.role {
            Role::Leads(_) => true,
            Role::Follows(arrivals) => arrivals.is_closed() && !self.is_waiting(),
        }
    }

    /// Has it recorded that parts may have come unseen until now, where this camera is away and its frames are the parts.
    /// Called at the end, too.
    pub fn end_gap(&mut self) {
        let Some(noticed) = self.gone_since.take() else {
            return;
        };
        let now = self.with.clock.now();
        // Parts after the newest frame may have passed before anybody noticed.
        let since = self.last_exposed.take().unwrap_or(noticed).min(noticed);
        if let Some(announcer) = self.announcer() {
            announcer.passed_unseen(since, now, GapCause::CameraGone);
        }
    }

    /// Buffers of this camera that are not at home.
    pub fn loans_out(&self) -> usize {
        self.with.pool.out()
    }

    /// The announcer, where this camera leads.
    pub fn announcer(&mut self) -> Option<&mut Announcer> {
        match &mut self.with.role {
            Role::Leads(announcer) => Some(announcer),
            Role::Follows(_) => None,
        }
    }

    fn counters(&self) -> &crate::telemetry::stats::CameraCounters {
        &self.with.stats.cameras[usize::from(self.with.camera)]
    }

    fn hear(&mut self) {
        match &mut self.with.role {
            Role::Leads(announcer) => announcer.tell_gap(),
            Role::Follows(_) => {
                while self.pending.len() < self.with.parts_max {
                    let Role::Follows(arrivals) = &self.with.role else {
                        break;
                    };
                    let Some(part) = arrivals.pop() else { break };
                    self.heard_of(part);
                }
            }
        }
        self.trigger();
    }

    /// Waits for a part that this camera is to take.
    fn await_part(&mut self, timeout: Duration) {
        let Role::Follows(arrivals) = &self.with.role else {
            return self.with.clock.sleep_until(self.with.clock.now() + timeout);
        };
        if let Some(part) = arrivals.pop_waiting(timeout) {
            self.heard_of(part);
            self.trigger();
        }
    }

    /// Exposes the frame of the newest part; tried again where the camera is busy with the one before.
    fn trigger(&mut self) {
        if !self.is_untriggered || self.gone_since.is_some() {
            return;
        }
        match self.with.device.trigger() {
            Ok(()) => self.is_untriggered = false,
            Err(OpenError::Busy { .. }) => {}
            Err(error) => {
                self.is_untriggered = false;
                self.disconnected(&error.to_string());
            }
        }
    }

    fn acquire(&mut self, timeout: Duration) -> Acquired {
        let mut loan = self.with.pool.loan();
        let buffer = match &mut loan {
            Some(loan) => &mut loan[..],
            None => &mut self.spare[..],
        };
        match self.with.device.acquire(buffer, timeout) {
            Ok(meta) => {
                let received_at = self.with.clock.now();
                self.counters().frames.add(1);
                let capture = received_at.since(meta.exposed_at);
                self.with.stats.stages.capture.record(capture);
                self.received(meta, received_at, loan);
                Acquired::Frame
            }
            Err(AcquireError::Timeout) => Acquired::Nothing,
            Err(AcquireError::Ended) => {
                self.has_ended = true;
                Acquired::Ended
            }
            Err(AcquireError::Incomplete {
                block_id,
                part_id,
                style,
                ..
            }) => {
                self.counters().incomplete.add(1);
                self.incomplete(block_id, (part_id, style));
                Acquired::Frame
            }
            Err(AcquireError::Disconnected { reason }) => {
                self.disconnected(&reason);
                Acquired::Nothing
            }
        }
    }

    fn received(&mut self, meta: FrameMeta, received_at: Instant, pixels: Option<Loan>) {
        if matches!(self.with.role, Role::Follows(_)) {
            self.last_block_id = Some(meta.block_id);
            if self.held.take().is_some() {
                self.counters().unexpected.add(1);
            }
            self.held = Some(Held {
                meta,
                received_at,
                pixels,
            });
            return;
        }
        self.announce_missing(Some(meta.block_id), meta.exposed_at);
        self.last_exposed = Some(meta.exposed_at);
        self.last_capture = received_at.since(meta.exposed_at);
        if let Some(part) = self.announce(meta.exposed_at, (meta.part_id, meta.style)) {
            self.hand_on(part, meta, received_at, pixels);
        }
    }

    fn announce(&mut self, at: Instant, (part_id, style): Whose) -> Option<Announcement> {
        let arrival = Arrival {
            part_id,
            style,
            ..Arrival::at(at)
        };
        Some(self.announcer()?.announce(&arrival))
    }

    /// Where frames are the triggers, a jump in block ids is that many parts without a frame. Nobody
    /// saw when they came, so they are taken to have been evenly spaced.
    fn announce_missing(&mut self, block_id: Option<u64>, at: Instant) {
        let Some(block_id) = block_id else { return };
        let last = self.last_block_id.replace(block_id);
        let missing = last.map_or(0, |last| block_id.saturating_sub(last).saturating_sub(1));
        let since = self.last_exposed.unwrap_or(at).min(at);
        let known = u32::try_from(missing.min(self.with.parts_max as u64)).unwrap_or(u32::MAX);
        let step = at.since(since) / known.saturating_add(1);
        for n in 1..=known {
            if let Some(part) = self.announce(since + step * n, (None, None)) {
                self.not_decided(&part, Cause::FrameLost);
            }
        }
        if missing > self.with.parts_max as u64
            && let Some(announcer) = self.announcer()
        {
            announcer.passed_unseen(since, at, GapCause::CameraGone);
        }
    }

    fn incomplete(&mut self, block_id: Option<u64>, whose: Whose) {
        if matches!(self.with.role, Role::Leads(_)) {
            // It says no time, so it is taken to have travelled as long as the one before.
            let at = self.with.clock.now() - self.last_capture;
            let at = self.last_exposed.map_or(at, |last| last.max(at));
            self.announce_missing(block_id, at);
            self.last_exposed = Some(at);
            if let Some(part) = self.announce(at, whose) {
                self.not_decided(&part, Cause::FrameIncomplete);
            }
            return;
        }
        // A damaged frame has no time of its own. With one part waiting it can only be that one's;
        // with more, each is found missing when its window closes.
        if self.pending.len() == 1
            && let Some(part) = self.pending.pop_front()
        {
            self.not_decided(&part, Cause::FrameIncomplete);
        }
    }

    fn disconnected(&mut self, reason: &str) {
        self.gone_since = Some(self.with.clock.now());
        self.last_block_id = None;
        self.counters().is_connected.store(false, Ordering::Relaxed);
        let message = format!(
            "camera {}: {reason}; parts are rejected until it answers again. Check cable and power",
            self.with.name
        );
        self.gone.raise(message);
    }

    fn try_reopen(&mut self, timeout: Duration) {
        let now = self.with.clock.now();
        if now < self.reopen_at {
            self.with
                .clock
                .sleep_until((now + timeout).min(self.reopen_at));
            return;
        }
        self.reopen_at = now + REOPEN_EVERY;
        if let Err(error) = self.with.device.reopen() {
            let name = &self.with.name;
            self.gone.raise(format!(
                "camera {name} cannot be opened again: {error}; parts are rejected until it answers"
            ));
            return;
        }
        self.end_gap();
        self.counters().is_connected.store(true, Ordering::Relaxed);
        self.counters().reopened.add(1);
        self.gone.end();
    }
}
