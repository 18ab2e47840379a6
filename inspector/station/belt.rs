//! The belt, as its encoder tells of it: how far it has travelled, where it was at a time, and when the encoder is not to
//! be trusted.

use super::position::{Reading, Reverse, Scale};
use super::time::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// Why the encoder is not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BeltFault {
    /// More counts in a time than the belt can run: noise, or a wrong scale.
    TooFast {
        /// Counts that came.
        counts: i64,
        /// In this time.
        within: Duration,
    },
    /// Parts come, and no counts.
    Dead,
    /// Nothing has been heard of the encoder for so long.
    Silent {
        /// Since the last reading.
        for_so_long: Duration,
    },
}

impl BeltFault {
    /// What happened, for people.
    pub fn told(self, scale: &Scale) -> String {
        match self {
            BeltFault::TooFast { counts, .. } if counts.unsigned_abs() >= COUNTS_JUMP => format!(
                "the encoder's count jumped by {counts}: it began anew, or counts were lost by noise or because they came \
                 faster than the device takes them"
            ),
            BeltFault::TooFast { counts, within } => format!(
                "the encoder counted {counts} in {:.1} ms, which is {:.0} mm; the belt cannot run so fast",
                within.as_secs_f64() * 1e3,
                scale.mm(counts)
            ),
            BeltFault::Dead => {
                "parts come and the encoder does not count; nobody knows where they are".to_owned()
            }
            BeltFault::Silent { for_so_long } => format!(
                "nothing has been heard of the encoder for {:.1} s",
                for_so_long.as_secs_f64()
            ),
        }
    }
}

/// No belt travels so many counts between two readings, whatever its scale.
const COUNTS_JUMP: u64 = 1 << 30;
/// Readings that are remembered, to know where the belt was when a trigger came.
const REMEMBERED: usize = 1_024;
/// Counts that an encoder at rest may swing.
const SWING: i64 = 2;
/// The encoder may count so much faster than the settings' fastest belt before it is a fault, for jitter of the readings.
const SPEED_SLACK: f64 = 1.5;
/// Counts on top of it.
const COUNTS_SLACK: f64 = 4.0;

/// The belt, as an encoder tells of it.
#[derive(Debug)]
pub struct Belt {
    scale: Scale,
    raw: Option<Reading>,
    /// How far it has travelled: forward, backward as the scale says.
    travelled: i64,
    history: VecDeque<(Instant, i64)>,
    fault: Option<BeltFault>,
    /// Where it was when the fault was noticed; trusted again when so many sound counts have come since.
    sound_counts: i64,
    trusted_after: i64,
    /// Time and place of the newest trigger.
    newest: Option<(Instant, i64)>,
    /// When it moved last.
    moved_at: Instant,
    limits: BeltLimits,
}

/// After how long something is wrong with an encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeltLimits {
    /// Without a reading.
    pub silent_after: Duration,
    /// Without a count while a sensor says that the belt runs: no longer than a part takes to pass an open gate.
    pub dead_after: Duration,
    /// So long a belt may take to get going.
    pub starts_within: Duration,
}

impl Belt {
    /// Nothing is known until the first reading. After a fault the encoder is trusted again when `flush_counts` sound
    /// ones have come: by then whatever was on the belt has left it.
    pub fn new(scale: Scale, flush_counts: i64, limits: BeltLimits) -> Self {
        Self {
            scale,
            raw: None,
            travelled: 0,
            history: VecDeque::with_capacity(REMEMBERED),
            fault: None,
            sound_counts: 0,
            trusted_after: flush_counts,
            newest: None,
            moved_at: Instant::default(),
            limits,
        }
    }

    /// How counts become millimetres.
    pub const fn scale(&self) -> &Scale {
        &self.scale
    }

    /// Takes a reading in. Says when the encoder stops being trusted by it.
    pub fn read(&mut self, reading: Reading) -> Option<BeltFault> {
        let Some(before) = self.raw.replace(reading) else {
            self.remember(reading.at);
            return None;
        };
        // The shorter way around: right at every roll-over, as long as readings come more often than half a turn.
        let counts = i64::from(reading.counts.wrapping_sub(before.counts) as i32);
        // A device that answers late counts until it answers.
        let within = reading.known_at.since(before.at);
        let limit = self.scale.counts_max(within) * SPEED_SLACK + COUNTS_SLACK;
        if counts.unsigned_abs() as f64 > limit {
            return self.distrust(BeltFault::TooFast { counts, within });
        }
        if counts != 0 {
            self.moved_at = reading.at;
        }
        self.travelled += match self.scale.reverse() {
            Reverse::Track => counts,
            Reverse::Ignore => counts.max(0),
            Reverse::Both => counts.abs(),
        };
        if self.fault.is_some() {
            self.sound_counts += counts.abs();
            if self.sound_counts >= self.trusted_after {
                self.fault = None;
            }
        }
        self.remember(reading.at);
        None
    }

    fn remember(&mut self, at: Instant) {
        if self.history.len() == REMEMBERED {
            self.history.pop_front();
        }
        self.history.push_back((at, self.travelled));
    }

    fn distrust(&mut self, fault: BeltFault) -> Option<BeltFault> {
        self.sound_counts = 0;
        self.newest = None;
        self.fault.replace(fault).is_none().then_some(fault)
    }

    /// A part came at this time and place: parts that come while nothing counts say that the encoder is dead.
    /// `pitch_min` is the shortest time between two parts.
    pub fn triggered(
        &mut self,
        at: Instant,
        counts: i64,
        pitch_min: Duration,
    ) -> Option<BeltFault> {
        let before = self.newest.replace((at, counts));
        let (then, there) = before?;
        if at.since(then) >= pitch_min && (counts - there).abs() <= SWING {
            return self.distrust(BeltFault::Dead);
        }
        None
    }

    /// Says when nothing has been heard of the encoder for too long, or it does not count although the belt runs:
    /// `runs_since` is when a sensor began to say so; `None` where none does.
    pub fn look(&mut self, now: Instant, runs_since: Option<Instant>) -> Option<BeltFault> {
        let heard = self.raw?;
        let for_so_long = now.since(heard.at);
        if for_so_long >= self.limits.silent_after {
            return self.distrust(BeltFault::Silent { for_so_long });
        }
        let since = self.moved_at.max(runs_since? + self.limits.starts_within);
        if now.since(since) < self.limits.dead_after {
            return None;
        }
        self.distrust(BeltFault::Dead)
    }

    /// Trusts the encoder from now on, whatever was.
    pub fn trust(&mut self) {
        self.fault = None;
        self.newest = None;
    }

    /// What the encoder is not trusted for.
    pub const fn fault(&self) -> Option<BeltFault> {
        self.fault
    }

    /// How far the belt has travelled; `None` before the first reading and while the encoder is not trusted.
    pub fn counts(&self) -> Option<i64> {
        (self.raw.is_some() && self.fault.is_none()).then_some(self.travelled)
    }

    /// Where the belt was at this time: between two readings in proportion, after the newest at the last speed, for no
    /// longer than the readings before took. `None` where that is not known.
    pub fn at(&self, at: Instant) -> Option<i64> {
        self.counts()?;
        let after = self.history.partition_point(|(then, _)| *then <= at);
        let (earlier, later) = match (after.checked_sub(1), self.history.get(after)) {
            (None, _) => return None,
            (Some(index), Some(later)) => (self.history[index], *later),
            (Some(index), None) => {
                let newest = self.history[index];
                let Some(before) = index.checked_sub(1).map(|index| self.history[index]) else {
                    return Some(newest.1);
                };
                let step = newest.0.since(before.0);
                let on = at.since(newest.0).min(step);
                let moved = (newest.1 - before.1) as f64;
                let share = on.as_secs_f64() / step.as_secs_f64().max(1e-9);
                return Some(newest.1 + (moved * share).round() as i64);
            }
        };
        let step = later.0.since(earlier.0).as_secs_f64().max(1e-9);
        let share = at.since(earlier.0).as_secs_f64() / step;
        Some(earlier.1 + ((later.1 - earlier.1) as f64 * share).round() as i64)
    }

    /// Where the belt was when the device latched this count; `None` while the encoder is not trusted.
    pub fn latched(&self, counts: u32) -> Option<i64> {
        let travelled = self.counts()?;
        let ahead = i64::from(counts.wrapping_sub(self.raw?.counts) as i32);
        Some(match self.scale.reverse() {
            Reverse::Both => travelled - ahead.abs(),
            Reverse::Track | Reverse::Ignore => travelled + ahead,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// 10 counts a mm, 1 m/s at most: 10 counts a ms.
    fn belt(reverse: Reverse) -> Belt {
        let scale = Scale::new(10.0, 1_000.0, reverse).expect("above zero");
        let limits = BeltLimits {
            silent_after: MS * 200,
            dead_after: MS * 50,
            starts_within: MS * 500,
        };
        Belt::new(scale, 500, limits)
    }

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    fn run(belt: &mut Belt, from_ms: u64, counts: &[u32]) {
        for (ms, counts) in (from_ms..).zip(counts) {
            let read = belt.read(Reading::exact(*counts, at(ms)));
            assert_eq!(read, None, "{ms} ms");
        }
    }

    #[test]
    fn counts_go_on_over_the_end_of_32_bits() {
        let mut belt = belt(Reverse::Track);
        run(&mut belt, 0, &[u32::MAX - 4, u32::MAX, 3, 8]);
        assert_eq!(belt.counts(), Some(13));
        assert_eq!(belt.latched(u32::MAX), Some(4));
        assert_eq!(belt.latched(10), Some(15));
    }

    #[test]
    fn a_belt_that_reverses_does_what_the_mode_says() {
        for (reverse, travelled) in [
            (Reverse::Track, 10),
            (Reverse::Ignore, 15),
            (Reverse::Both, 20),
        ] {
            let mut belt = belt(reverse);
            run(&mut belt, 0, &[0, 10, 5, 10]);
            assert_eq!(belt.counts(), Some(travelled), "{reverse:?}");
        }
    }

    #[test]
    fn a_trigger_between_two_readings_is_between_them() {
        let mut belt = belt(Reverse::Track);
        run(&mut belt, 0, &[0, 10, 20]);
        let between = at(1) + Duration::from_micros(500);
        assert_eq!(belt.at(between), Some(15));
        assert_eq!(belt.at(at(0)), Some(0));
        // A little after the newest reading, at its speed, and no further than one step.
        assert_eq!(belt.at(at(2) + Duration::from_micros(300)), Some(23));
        assert_eq!(belt.at(at(50)), Some(30));
    }

    #[test]
    fn counts_that_no_belt_can_run_are_a_fault_until_the_belt_is_flushed() {
        let mut belt = belt(Reverse::Track);
        run(&mut belt, 0, &[0, 10]);
        let reading = Reading::exact(400, at(2));
        assert!(matches!(
            belt.read(reading),
            Some(BeltFault::TooFast { counts: 390, .. })
        ));
        assert_eq!((belt.counts(), belt.at(at(1))), (None, None));
        let sound: Vec<u32> = (1..=49).map(|n| 400 + n * 10).collect();
        run(&mut belt, 3, &sound);
        assert_eq!(belt.counts(), None, "490 of 500 counts");
        run(&mut belt, 52, &[900]);
        assert!(belt.counts().is_some());
    }

    #[test]
    fn a_device_that_answers_late_counted_meanwhile() {
        let mut belt = belt(Reverse::Track);
        run(&mut belt, 0, &[0, 10]);
        // Asked at 2 ms; its answer came 300 ms later, and the belt ran on until then.
        let late = Reading {
            known_at: at(302),
            ..Reading::exact(3_000, at(2))
        };
        assert_eq!(belt.read(late), None);
        assert_eq!(belt.counts(), Some(3_000));
        let noise = Reading::exact(9_000, at(303));
        assert!(matches!(belt.read(noise), Some(BeltFault::TooFast { .. })));
    }

    /// As devices whose counter begins anew, and GPIO lines that may have lost edges.
    #[test]
    fn a_count_that_jumps_is_said_to_have_jumped() {
        for (counts, expected) in [
            (0x5555_5555, "jumped by 1431655755"),
            (400, "counted 390 in"),
        ] {
            let mut belt = belt(Reverse::Track);
            run(&mut belt, 0, &[0, 10]);
            let fault = belt.read(Reading::exact(counts, at(2)));
            let told = fault.map(|fault| fault.told(belt.scale()));
            assert!(
                told.as_ref().is_some_and(|it| it.contains(expected)),
                "{told:?}"
            );
        }
    }

    #[test]
    fn parts_without_counts_mean_a_dead_encoder_and_crowded_ones_do_not() {
        let mut belt = belt(Reverse::Track);
        run(&mut belt, 0, &[0, 10]);
        assert_eq!(belt.triggered(at(10), 10, MS * 100), None);
        assert_eq!(belt.triggered(at(30), 11, MS * 100), None, "crowded");
        assert_eq!(
            belt.triggered(at(200), 12, MS * 100),
            Some(BeltFault::Dead),
            "no counts in 170 ms"
        );
        assert_eq!(belt.triggered(at(300), 12, MS * 100), None, "told once");
        assert_eq!(belt.fault(), Some(BeltFault::Dead));
    }

    #[test]
    fn silence_is_a_fault() {
        let mut belt = belt(Reverse::Track);
        assert_eq!(belt.look(at(10_000), None), None, "not heard of yet");
        run(&mut belt, 0, &[0]);
        assert_eq!(belt.look(at(199), None), None);
        let found = belt.look(at(200), None);
        assert!(matches!(found, Some(BeltFault::Silent { .. })));
    }

    #[test]
    fn a_belt_that_runs_without_counts_means_a_dead_encoder() {
        let mut belt = belt(Reverse::Track);
        run(&mut belt, 0, &[0, 10, 10]);
        run(&mut belt, 600, &[10]);
        assert_eq!(belt.look(at(600), None), None, "it may stand");
        let started = Some(at(100));
        assert_eq!(belt.look(at(649), started), None, "it gets going");
        assert_eq!(belt.look(at(650), started), Some(BeltFault::Dead));
    }
}
