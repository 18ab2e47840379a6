mod gates;

use super::*;
use crate::clock::SimulatedClock;
use crate::pipeline::line_ends::{DeviceEnds, lay};
use crate::ports::line::{Feedback, OutputError, PartOutput};
use crate::queue::{WhenFull, queue};
use crate::station::budget::CycleBudget;
use crate::station::guard::{Reaction, Trouble};
use crate::station::outcome::Outcome;
use crate::station::result::{GapCause, Record};
use crate::station::time::WallTime;
use crate::station::travel::is_before;
use crate::telemetry::alarm::{AlarmChange, LeftOpen};

/// Power takes parts out, and always does what it is told.
struct Power;

impl PartOutput for Power {
    fn command(&mut self, _: &Outcome) -> Result<(), OutputError> {
        Ok(())
    }

    fn rest(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

/// A line whose device 0 announces parts, and nothing came yet.
struct Bench {
    stage: ActuateStage,
    clock: Arc<SimulatedClock>,
    ms: u64,
    triggers: Option<Queue<Inbound>>,
    restarts: Queue<RestartBy>,
    decisions: Queue<Decision>,
    devices: DeviceEnds,
    results: Outlet<Emitted>,
    alarms: Outlet<AlarmChange>,
    _told: Vec<Outlet<Told>>,
}

const WALL_US: i64 = 1_000_000_000;

impl Bench {
    fn new(change: impl FnOnce(&mut LinePlan)) -> Self {
        let simulated = Arc::new(SimulatedClock::new(WallTime(WALL_US)));
        let clock: Arc<dyn Clock> = Arc::clone(&simulated) as _;
        let (ends, devices, told) = lay(1);
        let (alarm_tx, alarms) = queue("alarms", 1_024, WhenFull::DropNewest, None);
        let (triggers, trigger_rx) = queue("triggers", 64, WhenFull::Fault, None);
        let (decisions_tx, decisions) = queue("decisions", 4, WhenFull::Fault, None);
        let (results_tx, results) = queue("results", 1_024, WhenFull::Fault, None);
        let (dispositions, _) = queue("dispositions", 4, WhenFull::DropNewest, None);
        let (_, exposures) = queue("exposures", 1, WhenFull::DropNewest, None);
        let (restarts, restart_rx) = queue("restarts", 4, WhenFull::DropNewest, None);
        let budget = CycleBudget::new(200, 500, 100, 50).expect("times fit");
        let mut line = LinePlan {
            ends: Some(ends),
            rejects_by_power: true,
            announcer: Some(AnnouncedBy::Device(0)),
            ..LinePlan::plain(budget, Box::new(Power))
        };
        change(&mut line);
        let stage = ActuateStage::new(ActuateSetup {
            line,
            triggers: trigger_rx,
            decisions,
            restarts: restart_rx,
            exposures,
            results: results_tx,
            dispositions,
            draw: Draw::NONE,
            stats: Arc::new(Stats::new(1)),
            alarms: AlarmSender::new(alarm_tx),
            clock,
        });
        Self {
            stage,
            clock: simulated,
            ms: 0,
            triggers: Some(triggers),
            restarts,
            decisions: decisions_tx,
            devices,
            results,
            alarms,
            _told: told,
        }
    }

    fn run(&mut self, ms: u64) {
        for _ in 0..ms {
            self.ms += 1;
            self.clock.advance_to(Instant::from_millis(self.ms));
            self.stage.step();
        }
    }

    fn connected(&mut self, is_connected: bool) {
        let told = Feedback::Connected {
            device: 0,
            is_connected,
        };
        self.devices.feedback.push(told).expect("there is room");
        self.run(1);
    }

    /// Word of parts that nobody numbered, from then until now or before.
    fn gap(&mut self, (from_ms, to_ms): (u64, u64), cause: GapCause) {
        let wall = |ms: u64| WallTime(WALL_US + ms as i64 * 1_000);
        let gap = Gap {
            first: PartNo(7),
            last: PartNo(6),
            from: wall(from_ms),
            to: wall(to_ms),
            accepted: 0,
            cause,
        };
        let triggers = self.triggers.as_ref().expect("it is open");
        triggers.push(Inbound::Gap(gap)).expect("there is room");
        self.run(1);
    }

    /// A person lets the line go on, and what is on the belt has left it.
    fn restart(&mut self) {
        self.restarts.push(RestartBy::Name).expect("there is room");
        self.run(600);
        assert_eq!(self.stops(), None);
    }

    fn stops(&self) -> Option<Trouble> {
        self.stage.watch.guard.stops()
    }

    /// From when until when, in milliseconds, of each gap that was recorded.
    fn recorded(&self) -> Vec<(u64, u64)> {
        let ms = |wall: WallTime| ((wall.0 - WALL_US) / 1_000) as u64;
        let all = std::iter::from_fn(|| self.results.pop());
        all.map(|emitted| match emitted.record {
            Record::Gap(gap) => (ms(gap.from), ms(gap.to)),
            other => panic!("{other:?}"),
        })
        .collect()
    }
}

#[test]
fn a_lost_heartbeat_that_is_over_hides_no_later_gap() {
    let causes = [
        GapCause::TriggerSlow,
        GapCause::TriggersLost,
        GapCause::Overrun,
        GapCause::TriggerGone,
    ];
    for cause in causes {
        let mut bench = Bench::new(|_| {});
        bench.run(1_000);
        // The PLC's program stands, and its device answers: no gap follows.
        bench.connected(false);
        assert_eq!(bench.stops(), Some(Trouble::PartsUnseen));
        bench.run(300);
        bench.connected(true);
        bench.run(1_000);
        bench.restart();
        let now = bench.ms;
        bench.gap((now - 80, now - 2), cause);
        assert_eq!(bench.stops(), Some(Trouble::PartsUnseen), "{cause:?}");
    }
}

#[test]
fn a_device_that_goes_again_before_word_of_its_first_gap_stops_the_line_once() {
    let mut bench = Bench::new(|_| {});
    bench.run(1_000);
    let mut gaps = Vec::new();
    for _ in 0..2 {
        let from = bench.ms - 5;
        bench.connected(false);
        bench.run(60);
        bench.connected(true);
        gaps.push((from, bench.ms));
        if gaps.len() == 1 {
            assert_eq!(bench.stops(), Some(Trouble::PartsUnseen));
            bench.restarts.push(RestartBy::Name).expect("there is room");
            bench.run(100);
            assert_eq!(bench.stops(), None);
        }
    }
    for gap in &gaps {
        bench.gap(*gap, GapCause::TriggerGone);
    }
    assert_eq!(
        bench.stops(),
        None,
        "parts that came meanwhile were taken out"
    );
    assert_eq!(bench.recorded(), gaps);
    // It came back before anybody here noticed that it was away.
    bench.run(1_000);
    let now = bench.ms;
    bench.gap((now - 20, now - 1), GapCause::TriggerGone);
    assert_eq!(bench.stops(), Some(Trouble::PartsUnseen));
}

#[test]
fn a_device_that_is_slow_for_long_has_one_gap_that_grows_now_and_then() {
    let mut bench = Bench::new(|line| line.rejects_by_power = false);
    bench.run(1_000);
    for _ in 0..400 {
        bench.run(79);
        let now = bench.ms;
        bench.gap((now - 70, now), GapCause::TriggerSlow);
        let until = bench.stage.reject_until.expect("a place");
        assert!(
            !is_before(until, Position::Time(Instant::from_millis(now + 500))),
            "each has the belt emptied"
        );
    }
    let last = bench.ms - 1;
    assert_eq!(bench.stage.with.stats.counts.gaps.get(), 1);
    let told = bench.recorded();
    // In 32 s.
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().all(|gap| gap.0 == told[0].0), "{told:?}");
    bench.run(11_000);
    assert_eq!(bench.recorded(), [(told[0].0, last)], "it is over");
    bench.run(30_000);
    assert_eq!(bench.recorded(), []);
    // The next one is another, and the end of a job does not lose what has grown.
    let (first, second) = (bench.ms, bench.ms + 60);
    bench.run(1);
    bench.gap((first, first + 1), GapCause::TriggerSlow);
    bench.run(60);
    bench.gap((first + 50, second), GapCause::TriggerSlow);
    bench.triggers = None;
    assert!(!bench.stage.is_done());
    bench.run(1);
    assert_eq!(bench.recorded(), [(first, first + 1), (first, second)]);
    assert!(bench.stage.is_done());
}

#[test]
fn an_alarm_left_open_that_holds_nothing_now_is_over_and_one_that_does_is_not() {
    for (reaction, ends) in [(Reaction::Alarm, true), (Reaction::Reject, false)] {
        let mut bench = Bench::new(|line| {
            line.guard.reactions[Trouble::BinFull as usize] = reaction;
            line.left_open = LeftOpen {
                alarms: vec![Code::BinFull],
                ..LeftOpen::default()
            };
        });
        bench.run(10);
        let told = std::iter::from_fn(|| bench.alarms.pop());
        let told: Vec<bool> = told
            .filter(|change| change.code == Code::BinFull && change.subject == "line")
            .map(|change| change.is_active)
            .collect();
        assert_eq!(told, if ends { vec![true, false] } else { vec![true] });
        assert_eq!(bench.stage.watch.guard.rejects().is_none(), ends);
    }
}
