//! Parts come in: each is tracked from its trigger on, with what is decided about it.

use super::{ActuateStage, TakenOutBy};
use crate::pipeline::message::{Announcement, Decision, Inbound};
use crate::station::guard::Trouble;
use crate::station::part::PartNo;
use crate::station::result::{LateVerdict, PartResult, Record};
use crate::station::tracker::{Decided, TrackError};
use crate::station::travel::{Travel, later};
use crate::station::verdict::Cause;

impl ActuateStage {
    pub(super) fn take_triggers(&mut self) {
        while let Some(inbound) = self.with.triggers.pop() {
            match inbound {
                Inbound::Part(part) => self.track(&part),
                Inbound::Identified(part) => {
                    self.tracker
                        .identified(&part.trigger, part.recipe, part.who);
                }
                Inbound::Doubtful {
                    part_no,
                    counted,
                    cause,
                } => self.tracker.doubted(part_no, counted, cause),
                Inbound::Gap(gap) => self.heard_of_gap(gap),
            }
        }
    }

    /// No part is accepted that acts before one does that is triggered now.
    pub(super) fn reject_what_is_on_the_belt(&mut self) {
        let now = self.now();
        self.underway.doubt_all();
        if let Some(until) = self.reject_until {
            let ahead = self
                .travel
                .act_at(now.at, now.counts.unwrap_or(i64::MIN / 2));
            // What is at the trigger now is before the gate until that would close behind it.
            let passed = self.travel.closes_at(ahead);
            self.reject_until = Some(later(until, passed));
        }
    }

    fn track(&mut self, part: &Announcement) {
        let at = part.trigger.at;
        let pitch_min = self.with.line.budget.pitch_min();
        let Some(counts) = self.watch.place_of(part, pitch_min) else {
            return self.untracked(part, Cause::PositionLost);
        };
        if part.is_missed {
            self.missed(part.trigger.part_no);
        }
        let act_at = self.travel.act_at(at, counts);
        // Parts closer than the declared pitch cannot be told apart at the gate: neither is accepted.
        let newest = self.newest.replace((at, counts, part.trigger.part_no));
        let keeps_pitch = self.with.line.keeps_pitch;
        let crowds = newest.filter(|(then, there, _)| match self.travel {
            _ if !keeps_pitch => false,
            Travel::Time(_) => at.since(*then) < pitch_min,
            Travel::Belt(way) => (counts - there).abs() < way.pitch_min(),
        });
        if let Some((_, _, before)) = crowds {
            self.tracker.crowd(before);
            self.underway.crowd(before);
        }
        // One that a belt took back passes the trigger again, and others may have come since.
        let near = match self.travel {
            Travel::Belt(way) if keeps_pitch => {
                let pitch_min = way.pitch_min();
                let is_near = self.tracker.crowd_near(act_at, pitch_min);
                self.underway.crowd_near(act_at, pitch_min) || is_near
            }
            Travel::Belt(_) | Travel::Time(_) => false,
        };
        let recipe = part.recipe.clone();
        let tracked =
            self.tracker
                .triggered(&part.trigger, recipe, act_at, (part.who, part.frames));
        if let Err(TrackError::TooManyParts { parts_max }) = tracked {
            // It is on the belt all the same: nothing is accepted until it has passed.
            let closed = self.travel.closes_at(act_at);
            self.reject_until = self.reject_until.map(|until| later(until, closed));
            self.untracked(part, Cause::Overrun);
            let message = format!(
                "more than {parts_max} parts in flight: the line is faster than \
                 timing.pitch_ms_min says; parts are rejected until it has emptied"
            );
            self.watch.trouble(Trouble::TooManyParts, message);
            return;
        }
        if part.is_missed {
            self.tracker
                .undecide(part.trigger.part_no, Cause::TriggerMissed);
        }
        if crowds.is_some() || near {
            self.tracker.crowd(part.trigger.part_no);
            let message = self.told_of_crowd(part.trigger.part_no);
            self.too_fast(message);
        }
    }

    /// Why neither is accepted, and what to do.
    fn told_of_crowd(&self, part_no: PartNo) -> String {
        let key = match self.travel {
            Travel::Time(_) => "timing.pitch_ms_min",
            Travel::Belt(_) => "encoder.pitch_mm_min",
        };
        let why = match self.with.line.taken_out_by {
            TakenOutBy::Station => {
                "the gate cannot tell them apart, so both are rejected; space the parts, or correct that key where the gate is \
                 closed again sooner"
            }
            TakenOutBy::Plc => {
                "whoever takes them out or reads their IDs finds them by time or place and cannot tell them apart, so both are \
                 rejected; space the parts, or let the PLC that takes them out announce each with its handshake, and its ID"
            }
        };
        format!(
            "part {} came closer to another than {key} says; {why}",
            part_no.0
        )
    }

    /// A part that cannot be tracked has its row at once. The gate is at rest for it.
    fn untracked(&mut self, part: &Announcement, cause: Cause) {
        let reference = part.recipe.as_ref().map(|(reference, _)| *reference);
        let mut result = PartResult::of(&part.trigger, reference);
        result.cause = Some(cause);
        result.lane = self.with.line.lanes.safe();
        self.count(&result);
        self.tell_lost(&result, false);
        self.tell_disposition(&result);
        self.hand_over(result, part.trigger.at);
    }

    fn missed(&mut self, part_no: PartNo) {
        self.conditions.missed_at = self.with.clock.now();
        let message = format!(
            "part {} was triggered while the station was not ready for it; it is rejected",
            part_no.0
        );
        self.conditions.trigger_missed.raise(message);
    }

    pub(super) fn decided(&mut self, decision: Decision) {
        let Decision { part_no, view } = decision;
        if let Decided::Late(view) = self.tracker.decided(part_no, view) {
            // A part that never had a frame has no verdict that could be late.
            if view.score.is_some() {
                self.with.stats.counts.late_verdicts.add(1);
                self.emit(Record::Late(LateVerdict { part_no, view }));
            }
        }
    }
}
