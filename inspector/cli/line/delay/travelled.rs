//! How far the belt has travelled, from what its encoder showed beside the edges of trigger and sensor.

use crate::station::position::Scale;
use crate::station::time::Instant;
use crate::telemetry::signals::{SignalState, SignalValue};
use std::collections::VecDeque;

/// Looks that are remembered: so many that a part has been by the sensor when the first is forgotten.
const LOOKS_MAX: usize = 100_000;

/// What the encoder showed, with its scale.
pub(super) struct Travelled {
    scale: Scale,
    /// When, and how far in counts since the first look; the count wraps at 32 bits, this does not.
    looks: VecDeque<(Instant, i64)>,
    newest: u32,
}

impl Travelled {
    /// Before the first look.
    pub(super) fn new(scale: Scale) -> Self {
        Self {
            scale,
            looks: VecDeque::new(),
            newest: 0,
        }
    }

    /// What it shows now.
    pub(super) fn look(&mut self, encoder: &SignalState, now: Instant) {
        let SignalValue::Number(counts) = encoder.value else {
            // Whatever it counts meanwhile is not known.
            self.looks.clear();
            return;
        };
        let Some(&(last_at, last)) = self.looks.back() else {
            self.newest = counts;
            self.looks.push_back((now, 0));
            return;
        };
        let step = i64::from(counts.wrapping_sub(self.newest).cast_signed());
        self.newest = counts;
        let stood = self.looks.len() > 1 && self.looks[self.looks.len() - 2].1 == last;
        if step == 0 && stood {
            self.looks.pop_back();
        }
        // It has been so since its device said so; a belt that stands still says nothing, and is looked at all the same.
        let changed_at = encoder.changed_at.filter(|at| step != 0 && *at > last_at);
        self.looks
            .push_back((changed_at.unwrap_or(now), last + step));
        if self.looks.len() > LOOKS_MAX {
            self.looks.pop_front();
        }
    }

    /// Whether it was looked at after this time.
    pub(super) fn knows(&self, at: Instant) -> bool {
        self.looks.back().is_some_and(|(last, _)| *last >= at)
    }

    /// From one time to another, in millimetres; `None` where it was not looked at before the first.
    pub(super) fn mm(&self, from: Instant, to: Instant) -> Option<f64> {
        let counts = self.counts(to)? - self.counts(from)?;
        Some(self.scale.mm(counts.round() as i64))
    }

    /// Between two looks the belt runs evenly.
    fn counts(&self, at: Instant) -> Option<f64> {
        let after = self.looks.partition_point(|(look, _)| *look < at);
        let (after_at, after) = *self.looks.get(after)?;
        if after_at == at {
            return Some(after as f64);
        }
        let place = self.looks.partition_point(|(look, _)| *look < at);
        let (before_at, before) = *self.looks.get(place.checked_sub(1)?)?;
        let share = at.since(before_at).as_secs_f64() / after_at.since(before_at).as_secs_f64();
        Some(before as f64 + (after - before) as f64 * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::station::position::Reverse;
    use crate::telemetry::signals::SignalName;

    fn shows(counts: u32, changed_ms: u64) -> SignalState {
        SignalState {
            name: SignalName {
                device: 0,
                address: "input:0".to_owned(),
                meaning: "encoder".to_owned(),
                is_output: false,
                bits: 32,
            },
            value: SignalValue::Number(counts),
            changed_at: Some(Instant::from_millis(changed_ms)),
            changes: 0,
            edges: Vec::new(),
            unseen: None,
            per_second: None,
        }
    }

    #[test]
    fn the_belt_is_followed_over_stops_and_the_end_of_its_count() {
        let scale = Scale::new(10.0, 1_000.0, Reverse::Track).expect("above zero");
        let mut travelled = Travelled::new(scale);
        let at = Instant::from_millis;
        assert_eq!(travelled.mm(at(0), at(1)), None, "nobody has looked");
        travelled.look(&shows(u32::MAX - 99, 0), at(1_000));
        travelled.look(&shows(u32::MAX - 49, 1_045), at(1_050));
        assert_eq!(travelled.mm(at(1_000), at(1_045)), Some(5.0));
        // It stands for a second, and goes on.
        for ms in (1_060..2_060).step_by(10) {
            travelled.look(&shows(u32::MAX - 49, 1_045), at(ms));
        }
        travelled.look(&shows(950, 2_150), at(2_155));
        assert!(travelled.knows(at(2_150)) && !travelled.knows(at(2_151)));
        assert_eq!(travelled.mm(at(1_500), at(2_000)), Some(0.0), "it stood");
        assert_eq!(travelled.mm(at(1_000), at(2_150)), Some(105.0));
        assert_eq!(travelled.mm(at(2_050), at(2_100)), Some(50.0), "halfway");
        assert_eq!(
            travelled.mm(at(900), at(2_100)),
            None,
            "before the first look"
        );
        let gone = SignalState {
            value: SignalValue::Unknown,
            ..shows(0, 0)
        };
        travelled.look(&gone, at(2_200));
        assert!(!travelled.knows(at(2_100)), "it may count unseen");
    }
}
