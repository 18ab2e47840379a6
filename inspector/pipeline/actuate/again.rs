//! Gates that are opened for a part once more, because the belt took it back and brings it again. Its row may have left by
//! then, and says where the part was sent the first time.

use super::ActuateStage;
use super::sending::Open;
use crate::station::gates::GateNo;
use crate::station::lane::LaneNo;
use crate::station::outcome::Outcome;
use crate::station::part::{PartId, PartNo};
use crate::station::time::Instant;
use crate::station::travel::is_before;
use crate::telemetry::catalogue::Code;

/// So many gates that were opened once more may wait for the answer of their device.
pub(super) const AGAIN_MAX: usize = 8;

/// A gate that was told to open for a part once more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again {
    part_no: PartNo,
    part_id: PartId,
    lane: LaneNo,
    /// By when its device must have answered.
    answer_by: Instant,
}

impl Again {
    fn is(&self, part_no: PartNo, lane: Option<LaneNo>) -> bool {
        self.part_no == part_no && lane.is_none_or(|lane| lane == self.lane)
    }
}

impl ActuateStage {
    /// Unless something has come up meanwhile that has every part rejected.
    pub(super) fn open_again(&mut self, gate: GateNo, open: Open) {
        let until = self.reject_until;
        let is_early = until.is_none_or(|until| is_before(open.decided_at, until));
        let opens = !is_early && self.rejects_all().is_none();
        let again = open.again.filter(|_| opens);
        let at = usize::from(gate.0);
        self.open[at] = None;
        let Some(again) = again else { return };
        match self.with.line.ejector.command(&again) {
            Ok(()) => {
                self.open[at] = Some(Open {
                    is_back: false,
                    ..open
                });
                self.await_again(&again);
            }
            Err(error) => {
                self.ejector_failed(&error.message);
                self.undone((again.part_no, again.part_id), &error.message);
            }
        }
    }

    fn await_again(&mut self, again: &Outcome) {
        let Some(within) = self.with.line.ejector.answers_within() else {
            return;
        };
        if self.again.is_full() {
            self.again.remove(0);
        }
        self.again.push(Again {
            part_no: again.part_no,
            part_id: again.part_id,
            lane: again.lane,
            answer_by: self.with.clock.now() + within,
        });
    }

    /// A device has carried out a command for this part.
    pub(super) fn again_answered(&mut self, part_no: PartNo, lane: Option<LaneNo>) {
        self.again.retain(|again| !again.is(part_no, lane));
    }

    /// A device has not: whether that was to open once more.
    pub(super) fn again_failed(
        &mut self,
        part_no: PartNo,
        lane: Option<LaneNo>,
        reason: &str,
    ) -> bool {
        let at = self.again.iter().position(|it| it.is(part_no, lane));
        let Some(again) = at.map(|at| self.again.remove(at)) else {
            return false;
        };
        self.open_no_more(Some(part_no), self.with.clock.now());
        self.ejector_failed(&format!("part {}: {reason}", part_no.0));
        self.undone((again.part_no, again.part_id), reason);
        true
    }

    /// No answer is one that failed.
    pub(super) fn watch_again(&mut self) {
        let now = self.with.clock.now();
        while let Some(again) = self.again.iter().find(|it| it.answer_by <= now) {
            let (part_no, lane) = (again.part_no, again.lane);
            self.again_failed(part_no, Some(lane), "its device did not answer in time");
        }
    }

    /// A part goes to the safe lane that was told to go to another before. Its row says so, or an alarm of its own, which
    /// stands in the log with the part's ID.
    fn undone(&mut self, (part_no, part_id): (PartNo, PartId), reason: &str) {
        if self.awaiting.undone(part_no) {
            return;
        }
        let mut alarm = self.with.alarms.condition(Code::Ejector, part_id.as_str());
        alarm.raise(format!(
            "part {part_id} (number {}) was accepted; the belt took it back and brought it again, and its gate did not open \
             a second time: {reason}. It went to the safe lane, though its row says otherwise",
            part_no.0
        ));
        alarm.end();
    }
}
