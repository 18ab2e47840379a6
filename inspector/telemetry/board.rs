//! Alarms as people see them, and their changes as the log records them.

use crate::queue::Outlet;
use crate::station::time::WallTime;
use crate::telemetry::alarm::{Alarm, AlarmKind};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Alarms kept for the page; the oldest that are over go first.
const ALARMS_MAX: usize = 50;
/// Changes kept until they are recorded.
const CHANGES_MAX: usize = 256;

/// An alarm as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveAlarm {
    /// Which thing.
    pub kind: AlarmKind,
    /// Which one of them.
    pub subject: String,
    /// What happened and what to do.
    pub message: String,
    /// Since when.
    pub since: WallTime,
    /// Whether it still is so.
    pub is_active: bool,
}

/// What was rung, in one place.
pub struct AlarmBoard {
    inlet: Outlet<Alarm>,
    board: Mutex<Board>,
}

#[derive(Default)]
struct Board {
    shown: Vec<ActiveAlarm>,
    changes: Vec<ActiveAlarm>,
}

impl AlarmBoard {
    /// Hears this queue.
    pub fn new(inlet: Outlet<Alarm>) -> Self {
        Self {
            inlet,
            board: Mutex::default(),
        }
    }

    /// Alarms, newest first; those that are over stay for a while.
    pub fn shown(&self, wall: WallTime) -> Vec<ActiveAlarm> {
        self.taken_in(wall).shown.clone()
    }

    /// Alarms raised and cleared since the last call, oldest first.
    pub fn changes(&self, wall: WallTime) -> Vec<ActiveAlarm> {
        std::mem::take(&mut self.taken_in(wall).changes)
    }

    fn taken_in(&self, wall: WallTime) -> MutexGuard<'_, Board> {
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(alarm) = self.inlet.pop() {
            board.take_in(alarm, wall);
        }
        board
    }
}

impl Board {
    fn take_in(&mut self, alarm: Alarm, wall: WallTime) {
        let is_same =
            |old: &&mut ActiveAlarm| old.kind == alarm.kind && old.subject == alarm.subject;
        let changed = if let Some(old) = self.shown.iter_mut().find(is_same) {
            let has_changed = old.is_active != alarm.is_active;
            old.is_active = alarm.is_active;
            if alarm.is_active {
                old.message = alarm.message;
                old.since = wall;
            }
            has_changed.then(|| ActiveAlarm {
                since: wall,
                ..old.clone()
            })
        } else if alarm.is_active {
            let new = ActiveAlarm {
                kind: alarm.kind,
                subject: alarm.subject,
                message: alarm.message,
                since: wall,
                is_active: true,
            };
            self.shown.insert(0, new.clone());
            Some(new)
        } else {
            None
        };
        if self.changes.len() < CHANGES_MAX {
            self.changes.extend(changed);
        }
        if self.shown.len() > ALARMS_MAX
            && let Some(index) = self.shown.iter().rposition(|alarm| !alarm.is_active)
        {
            self.shown.remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::{WhenFull, queue};

    #[test]
    fn a_change_is_told_once_and_an_alarm_that_is_over_stays_to_be_seen() {
        let (tx, rx) = queue("alarms", 8, WhenFull::DropNewest, None);
        let board = AlarmBoard::new(rx);
        let ring = |is_active| {
            let alarm = Alarm {
                kind: AlarmKind::CameraGone,
                subject: "top".to_owned(),
                message: "it is gone".to_owned(),
                is_active,
            };
            tx.push(alarm).expect("there is room");
        };
        ring(true);
        ring(true);
        let first = board.changes(WallTime(1));
        assert_eq!(first.len(), 1, "raised twice is raised once");
        assert!(first[0].is_active);
        ring(false);
        assert!(!board.shown(WallTime(2))[0].is_active);
        let second = board.changes(WallTime(3));
        assert_eq!(
            (second.len(), second[0].is_active, second[0].since),
            (1, false, WallTime(2))
        );
        assert!(board.changes(WallTime(4)).is_empty());
    }
}
