//! Hears the line, where parts are announced by something other than a camera.

use super::announce::Announcer;
use crate::ports::line::{TriggerError, TriggerSource};
use crate::station::result::GapCause;
use crate::station::time::Instant;
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use std::time::Duration;

/// A loss is over when no more parts were lost for so long.
const LOST_FOR: Duration = Duration::from_secs(10);

/// The stage of the trigger source.
pub struct TriggerStage {
    source: Box<dyn TriggerSource>,
    announcer: Announcer,
    gone: Condition,
    /// Since when parts may have come unseen.
    unheard_since: Option<Instant>,
    lost: Condition,
    lost_at: Instant,
    slow: Condition,
    slow_at: Instant,
    /// Until when the source is to have told what it holds, once nothing more is wanted.
    closes_by: Option<Instant>,
    /// When nothing was known to be lost.
    heard_at: Instant,
    /// When the newest part came, or the job began.
    announced_at: Instant,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A part has come and was announced.
    Part,
    /// No part came within the time that was waited.
    Nothing,
    /// Nothing will ever come.
    Ended,
}

impl TriggerStage {
    /// Ready to step.
    pub fn new(source: Box<dyn TriggerSource>, announcer: Announcer, alarms: &AlarmSender) -> Self {
        let now = announcer.now();
        Self {
            source,
            announcer,
            gone: alarms.condition(Code::TriggerGone, ""),
            unheard_since: None,
            lost: alarms.condition(Code::LineTooFast, "triggers"),
            lost_at: now,
            slow: alarms.condition(Code::TriggerSlow, ""),
            slow_at: now,
            closes_by: None,
            heard_at: now,
            announced_at: now,
        }
    }

    /// Waits at most `timeout` for an arrival and announces it.
    pub fn step(&mut self, timeout: Duration) -> Heard {
        self.announcer.tell_gap();
        match self.source.wait(timeout) {
            Ok(arrival) => {
                self.heard();
                self.announced_at = arrival.at;
                self.announcer.announce(&arrival);
                Heard::Part
            }
            Err(TriggerError::Timeout) => {
                // An idle line is heard.
                self.heard();
                Heard::Nothing
            }
            Err(TriggerError::Ended) => Heard::Ended,
            Err(TriggerError::Lost(parts)) => {
                self.lost(parts);
                Heard::Nothing
            }
            Err(TriggerError::Unseen {
                since,
                until,
                is_guess,
            }) => {
                self.unseen(since, until, is_guess);
                Heard::Nothing
            }
            Err(TriggerError::Disconnected { reason, since }) => {
                self.unheard_since.get_or_insert(since);
                self.gone
                    .raise(format!("the trigger source cannot be heard: {reason}"));
                Heard::Nothing
            }
        }
    }

    /// The line is heard. Parts may have come while it was not.
    fn heard(&mut self) {
        self.gone.end();
        self.end_gap();
        self.heard_at = self.announcer.now();
        if self.lost.is_active() && self.heard_at.since(self.lost_at) >= LOST_FOR {
            self.lost.end();
        }
        if self.slow.is_active() && self.heard_at.since(self.slow_at) >= LOST_FOR {
            self.slow.end();
        }
    }

    fn unseen(&mut self, since: Instant, until: Instant, is_guess: bool) {
        let what = match is_guess {
            true => "nobody has told how long that is: set pulse_ms_min of the trigger",
            false => "parts may have passed unseen",
        };
        self.slow.raise(format!(
            "the device that announces parts was not asked, or did not answer, for {} ms: expected less than the shortest \
             time for which its trigger is on, or off between two parts; {what}",
            until.since(since).as_millis()
        ));
        self.slow_at = self.announcer.now();
        if is_guess {
            return;
        }
        self.announcer
            .passed_unseen(since, until, GapCause::TriggerSlow);
    }

    /// Nothing more is wanted of the line. Whether what came until now is still to be heard, by stepping until the end.
    pub fn close(&mut self) -> bool {
        let within = self.source.close();
        self.closes_by = within.map(|within| self.announcer.now() + within);
        within.is_some()
    }

    /// Whether the source told in time what it held; parts that came may be lost where it did not.
    pub fn is_overdue(&mut self) -> bool {
        let now = self.announcer.now();
        let is_overdue = self.closes_by.is_some_and(|by| by <= now);
        if is_overdue {
            self.unheard_since.get_or_insert(self.announced_at);
        }
        is_overdue
    }

    fn lost(&mut self, parts: u64) {
        let now = self.announcer.now();
        self.lost.raise(format!(
            "{parts} parts were announced and lost, because more came than could be taken; look at what announces them"
        ));
        self.announcer
            .passed_unseen(self.heard_at, now, GapCause::TriggersLost);
        (self.lost_at, self.heard_at) = (now, now);
    }

    /// Has it recorded that parts may have come unseen until now. Called at the end, too.
    pub fn end_gap(&mut self) {
        if let Some(since) = self.unheard_since.take() {
            let now = self.announcer.now();
            self.announcer
                .passed_unseen(since, now, GapCause::TriggerGone);
        }
    }

    /// The announcer, to be asked whether everything was told.
    pub fn announcer(&mut self) -> &mut Announcer {
        &mut self.announcer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SimulatedClock;
    use crate::pipeline::announce::AnnouncerSetup;
    use crate::pipeline::message::Inbound;
    use crate::ports::line::Arrival;
    use crate::queue::{WhenFull, queue};
    use crate::station::part::JobId;
    use crate::station::recipe::Recipes;
    use crate::station::time::WallTime;
    use crate::telemetry::stats::Stats;
    use std::sync::Arc;

    /// Always looked at too late.
    struct Slow {
        is_guess: bool,
    }

    impl TriggerSource for Slow {
        fn wait(&mut self, _: Duration) -> Result<Arrival, TriggerError> {
            Err(TriggerError::Unseen {
                since: Instant::from_millis(10),
                until: Instant::from_millis(90),
                is_guess: self.is_guess,
            })
        }
    }

    #[test]
    fn a_late_look_is_a_gap_only_where_somebody_told_how_long_a_trigger_lasts() {
        for is_guess in [true, false] {
            let (triggers, inbound) = queue("triggers", 4, WhenFull::Fault, None);
            let (_commands, commands) = queue("commands", 1, WhenFull::DropNewest, None);
            let (alarm_tx, told) = queue("alarms", 8, WhenFull::DropNewest, None);
            let alarms = AlarmSender::new(alarm_tx);
            let announcer = Announcer::new(AnnouncerSetup {
                job: JobId(1),
                recipes: Recipes::new(Vec::new()),
                default_style: None,
                decide_by: None,
                asks: None,
                triggers,
                arrivals: Vec::new(),
                told: Vec::new(),
                commands,
                stats: Arc::new(Stats::new(0)),
                alarms: alarms.clone(),
                clock: Arc::new(SimulatedClock::new(WallTime(0))),
            });
            let mut stage = TriggerStage::new(Box::new(Slow { is_guess }), announcer, &alarms);
            assert_eq!(stage.step(Duration::ZERO), Heard::Nothing);
            let alarm = told.pop().expect("it is told in any case");
            assert_eq!((alarm.code, alarm.is_active), (Code::TriggerSlow, true));
            assert_eq!(alarm.message.contains("set pulse_ms_min"), is_guess);
            let has_gap = matches!(inbound.pop(), Some(Inbound::Gap(_)));
            assert_eq!(has_gap, !is_guess);
        }
    }
}
