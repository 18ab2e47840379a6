//! Trigger, acknowledgement, exposure: how a part becomes known.

use super::signals::{Control, Controls, low};
use crate::station::part::PartNo;
use crate::station::time::Instant;
use arrayvec::ArrayVec;
use std::time::Duration;

/// How many arrivals may wait for their number. More are only told to the PLC as missed.
pub const ANNOUNCED_MAX: usize = 16;
/// How long `TriggerAck` stays for a PLC that did not hold `Trigger` until then.
const ACK_PULSE: Duration = Duration::from_millis(100);

/// An arrival that has no number yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Announced {
    Taken,
    Missed,
    /// Taken, then the handshake was reset.
    Void,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Idle,
    Announced,
    Exposing(PartNo),
}

/// What a step of the trigger bit came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Triggered {
    Taken,
    Missed,
}

#[derive(Clone, Debug)]
pub(super) struct Acquisition {
    stage: Stage,
    announced: ArrayVec<Announced, ANNOUNCED_MAX>,
    is_trigger: bool,
    is_enabled: bool,
    /// The PLC was gone since its bits were looked at.
    was_gone: bool,
    /// The part before the camera is one that the PLC has forgotten.
    is_void: bool,
    is_ack: bool,
    ack_until: Option<Instant>,
    pub is_missed: bool,
    pub is_exposure_complete: bool,
    pub acquisition_id: u16,
}

impl Acquisition {
    pub const fn new() -> Self {
        Self {
            stage: Stage::Idle,
            announced: ArrayVec::new_const(),
            is_trigger: false,
            is_enabled: false,
            was_gone: false,
            is_void: false,
            is_ack: false,
            ack_until: None,
            is_missed: false,
            is_exposure_complete: false,
            acquisition_id: 0,
        }
    }

    /// `is_ready` is what the PLC was told before it set what it has set now.
    pub fn step(&mut self, now: Instant, controls: &Controls, is_ready: bool) -> Option<Triggered> {
        let was_enabled = self.is_enabled;
        self.is_enabled = controls.has(Control::TriggerEnable);
        if was_enabled != self.is_enabled {
            self.is_missed = false;
        }
        let was_trigger = self.is_trigger;
        self.is_trigger = controls.has(Control::Trigger);
        if controls.has(Control::ClearExposureComplete) {
            self.is_exposure_complete = false;
        }
        let is_held = self.is_trigger || self.ack_until.is_some_and(|until| now < until);
        if !is_held || !self.is_enabled {
            self.is_ack = false;
            self.ack_until = None;
        }
        // It still holds the trigger that was taken before it was gone, and waits: its result is lost.
        let is_left_over = std::mem::take(&mut self.was_gone) && self.is_trigger && was_trigger;
        self.is_missed |= is_left_over;
        if !self.is_trigger || was_trigger {
            return None;
        }
        let is_taken = is_ready && self.is_enabled && self.is_idle();
        if is_taken {
            self.stage = Stage::Announced;
            self.is_void = false;
            // At once, so that nobody takes the miss before for this trigger's.
            self.is_missed = false;
            // There is room: while one waits that was taken no other is.
            let _ = self.announced.try_push(Announced::Taken);
            return Some(Triggered::Taken);
        }
        self.is_missed = true;
        let waits = self.announced.len() + 1 < ANNOUNCED_MAX;
        waits.then(|| {
            self.announced.push(Announced::Missed);
            Triggered::Missed
        })
    }

    /// The station could not be told of the newest arrival: it will have no number.
    pub fn unheard(&mut self) {
        if self.announced.pop() == Some(Announced::Taken) {
            self.stage = Stage::Idle;
        }
        self.is_missed = true;
    }

    /// Which arrival was numbered; `None` where somebody else announces parts.
    pub fn numbered(&mut self, now: Instant, part_no: PartNo) -> Option<Announced> {
        let announced = match self.announced.is_empty() {
            true => None,
            false => Some(self.announced.remove(0)),
        };
        match announced {
            Some(Announced::Missed) => {}
            Some(Announced::Void) => self.stage = Stage::Exposing(part_no),
            Some(Announced::Taken) => {
                self.stage = Stage::Exposing(part_no);
                self.acquisition_id = low(part_no.0);
                self.is_ack = true;
                self.ack_until = (!self.is_trigger).then(|| now + ACK_PULSE);
            }
            None => self.acquisition_id = low(part_no.0),
        }
        announced
    }

    /// Every picture of this part was taken, or will not be taken any more.
    pub fn exposed(&mut self, part_no: PartNo) {
        if self.stage == Stage::Exposing(part_no) {
            self.stage = Stage::Idle;
            self.is_exposure_complete |= self.is_enabled && !self.is_void;
            self.is_void = false;
        }
    }

    /// Forgets everything but what the camera is at: nobody is told that it is ready before that is over.
    pub fn reset(&mut self) {
        for waiting in &mut self.announced {
            if *waiting == Announced::Taken {
                *waiting = Announced::Void;
            }
        }
        self.is_void = self.stage != Stage::Idle;
        self.is_ack = false;
        self.ack_until = None;
        self.is_missed = false;
        self.is_exposure_complete = false;
        self.acquisition_id = 0;
    }

    /// What the PLC had set counts no more.
    pub fn plc_gone(&mut self) {
        self.was_gone = true;
        self.is_enabled = false;
        self.is_ack = false;
        self.ack_until = None;
    }

    pub fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    pub const fn is_ack(&self) -> bool {
        self.is_ack
    }

    pub const fn is_trigger(&self) -> bool {
        self.is_trigger
    }

    pub const fn is_enabled(&self) -> bool {
        self.is_enabled
    }
}
