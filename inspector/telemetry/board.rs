//! The alarm board: which conditions there are and were, since when, how often, and who has seen them.

use super::alarm::AlarmChange;
use super::catalogue::Code;
use crate::queue::Outlet;
use crate::station::time::WallTime;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Alarms kept for the page; the oldest that are over go first.
const ALARMS_MAX: usize = 50;
/// Changes kept until they are recorded.
const CHANGES_MAX: usize = 256;

/// An alarm as people see it (ISA-18.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Which condition it is.
    pub code: Code,
    /// Which thing has it; empty where there is one only.
    pub subject: String,
    /// What was found last, and what to do.
    pub message: String,
    /// When it began.
    pub began: WallTime,
    /// When its cause was seen last.
    pub last_seen: WallTime,
    /// When it ended; `None` while it lasts.
    pub ended: Option<WallTime>,
    /// How often its cause was seen since it began.
    pub count: u64,
    /// Who has seen it, and when.
    pub acknowledged: Option<Acknowledged>,
}

/// That a person has seen an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Who, as the request said.
    pub by: String,
    /// When they said that they have seen it.
    pub at: WallTime,
}

impl Alarm {
    /// Whether it lasts.
    pub fn is_active(&self) -> bool {
        self.ended.is_none()
    }
}

/// What changed about an alarm, to be logged and recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It began, or began again.
    Began,
    /// The condition is over.
    Ended,
    /// Somebody has seen it.
    Acknowledged,
}

/// No such alarm is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotActive;

/// What stages told, in one place.
pub struct AlarmBoard {
    inlet: Outlet<AlarmChange>,
    board: Mutex<Board>,
}

#[derive(Default)]
struct Board {
    shown: Vec<Alarm>,
    changes: Vec<(Change, Alarm)>,
}

impl AlarmBoard {
    /// Hears this queue.
    pub fn new(inlet: Outlet<AlarmChange>) -> Self {
        Self {
            inlet,
            board: Mutex::default(),
        }
    }

    /// Alarms, newest first; those that are over stay for a while. `wall` is the time now.
    pub fn shown(&self, wall: WallTime) -> Vec<Alarm> {
        self.taken_in(wall).shown.clone()
    }

    /// What changed since the last call, oldest first.
    pub fn changes(&self, wall: WallTime) -> Vec<(Change, Alarm)> {
        std::mem::take(&mut self.taken_in(wall).changes)
    }

    /// Somebody has seen this alarm. Whoever came first stays shown; a second one is told as a change only where it
    /// `acts`, as by letting the line go on.
    ///
    /// # Errors
    /// When no such alarm is active.
    pub fn acknowledge(
        &self,
        code: Code,
        subject: &str,
        (by, acts): (&str, bool),
        wall: WallTime,
    ) -> Result<Alarm, NotActive> {
        let mut board = self.taken_in(wall);
        let mut shown = board.shown.iter_mut();
        let found = shown
            .find(|alarm| alarm.code == code && alarm.subject == subject && alarm.is_active())
            .ok_or(NotActive)?;
        let seen = Acknowledged {
            by: by.to_owned(),
            at: wall,
        };
        let is_first = found.acknowledged.is_none();
        let shown = found.acknowledged.get_or_insert_with(|| seen.clone());
        let shown = Some(shown.clone());
        let mut alarm = found.clone();
        if is_first || acts {
            alarm.acknowledged = Some(seen);
            board.changed(Change::Acknowledged, alarm.clone());
            alarm.acknowledged = shown;
        }
        Ok(alarm)
    }

    /// Begins or ends an alarm for the control plane itself, which has no queue to send into.
    pub fn set(&self, change: AlarmChange, wall: WallTime) {
        self.taken_in(wall).take_in(change, wall);
    }

    fn taken_in(&self, wall: WallTime) -> MutexGuard<'_, Board> {
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(change) = self.inlet.pop() {
            board.take_in(change, wall);
        }
        board
    }
}

impl Board {
    fn take_in(&mut self, change: AlarmChange, wall: WallTime) {
        let place = self
            .shown
            .iter()
            .position(|old| old.code == change.code && old.subject == change.subject);
        match (place, change.is_active) {
            (Some(place), true) if self.shown[place].is_active() => {
                let alarm = &mut self.shown[place];
                alarm.message = change.message;
                alarm.last_seen = wall;
                alarm.count += 1;
            }
            (place, true) => {
                if let Some(place) = place {
                    self.shown.remove(place);
                }
                let new = Alarm {
                    code: change.code,
                    subject: change.subject,
                    message: change.message,
                    began: wall,
                    last_seen: wall,
                    ended: None,
                    count: 1,
                    acknowledged: None,
                };
                self.shown.insert(0, new.clone());
                self.changed(Change::Began, new);
            }
            (Some(place), false) if self.shown[place].is_active() => {
                self.shown[place].ended = Some(wall);
                self.changed(Change::Ended, self.shown[place].clone());
            }
            (_, false) => {}
        }
        if self.shown.len() > ALARMS_MAX
            && let Some(index) = self.shown.iter().rposition(|alarm| !alarm.is_active())
        {
            self.shown.remove(index);
        }
    }

    fn changed(&mut self, change: Change, alarm: Alarm) {
        if self.changes.len() < CHANGES_MAX {
            self.changes.push((change, alarm));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::{Queue, WhenFull, queue};

    fn board() -> (Queue<AlarmChange>, AlarmBoard) {
        let (tx, rx) = queue("alarms", 8, WhenFull::DropNewest, None);
        (tx, AlarmBoard::new(rx))
    }

    fn tell(tx: &Queue<AlarmChange>, message: &str, is_active: bool) {
        let change = AlarmChange {
            code: Code::CameraGone,
            subject: "top".to_owned(),
            message: message.to_owned(),
            is_active,
        };
        tx.push(change).expect("there is room");
    }

    #[test]
    fn a_change_is_told_once_and_an_alarm_that_is_over_stays_to_be_seen() {
        let (tx, board) = board();
        tell(&tx, "it is gone", true);
        tell(&tx, "it is gone: no such device", true);
        let first = board.changes(WallTime(1));
        assert_eq!(first.len(), 1, "told twice, begun once");
        assert_eq!(first[0].0, Change::Began);
        tell(&tx, "", false);
        let shown = board.shown(WallTime(2));
        assert_eq!(
            (shown[0].ended, shown[0].count, shown[0].began),
            (Some(WallTime(2)), 2, WallTime(1))
        );
        assert_eq!(shown[0].message, "it is gone: no such device");
        let second = board.changes(WallTime(3));
        assert_eq!((second.len(), second[0].0), (1, Change::Ended));
        assert!(board.changes(WallTime(4)).is_empty());
    }

    #[test]
    fn repeats_are_counted_and_what_comes_again_begins_anew() {
        let (tx, board) = board();
        tell(&tx, "a", true);
        board.shown(WallTime(1));
        tell(&tx, "a", true);
        let shown = board.shown(WallTime(5));
        assert_eq!(
            (shown[0].count, shown[0].began, shown[0].last_seen),
            (2, WallTime(1), WallTime(5))
        );
        tell(&tx, "", false);
        tell(&tx, "b", true);
        let shown = board.shown(WallTime(9));
        assert_eq!((shown.len(), shown[0].count), (1, 1));
        assert_eq!((shown[0].began, shown[0].is_active()), (WallTime(9), true));
    }

    #[test]
    fn an_alarm_is_acknowledged_once_by_whoever_came_first() {
        let (tx, board) = board();
        let acknowledge = |by, at| {
            let at = WallTime(at);
            board.acknowledge(Code::CameraGone, "top", (by, by == "Chen"), at)
        };
        assert_eq!(acknowledge("Li", 1), Err(NotActive));
        tell(&tx, "it is gone", true);
        let by = |alarm: Alarm| alarm.acknowledged.map(|seen| (seen.by, seen.at));
        let first = acknowledge("Li", 2).map(by);
        assert_eq!(first, Ok(Some(("Li".to_owned(), WallTime(2)))));
        assert_eq!(acknowledge("Wang", 3).map(by), first);
        let changes = board.changes(WallTime(4));
        let kinds: Vec<Change> = changes.iter().map(|(change, _)| *change).collect();
        assert_eq!(kinds, [Change::Began, Change::Acknowledged]);
        // Who acts by it is told, though another one stays shown.
        assert_eq!(acknowledge("Chen", 4).map(by), first);
        let changes = board.changes(WallTime(4));
        let told = changes
            .into_iter()
            .map(|(change, alarm)| (change, by(alarm)));
        let chen = Some(("Chen".to_owned(), WallTime(4)));
        assert_eq!(told.collect::<Vec<_>>(), [(Change::Acknowledged, chen)]);
        tell(&tx, "", false);
        assert_eq!(board.shown(WallTime(5))[0].ended, Some(WallTime(5)));
        assert_eq!(acknowledge("Li", 6), Err(NotActive));
    }
}
