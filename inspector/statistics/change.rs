//! "Since when?": the one moment at which the share of rejects of a series of parts changed most.
//!
//! For every split of the series the likelihood of two shares, one before and one after, is held against that of one
//! share for all (binomial likelihood ratio, Hinkley 1970). How often chance alone gives as large a ratio at any split is
//! told by permutation: the same number of rejects, dealt anew among the parts (a seed makes the answer repeatable).
//! Where the ratio is so large that no permutation would reach it, a bound by counting is given instead and nothing is
//! dealt. Parts that come in clusters, several defects in a row from one cause, are not exchangeable: such a cluster is a
//! change to this test.

use super::Counted;

/// A change is told only where chance alone would show as large a one in at most this share of series.
pub const CHANCE_MAX: f64 = 0.01;
/// Fewer parts say nothing.
pub const PARTS_MIN: usize = 50;
/// Nor do fewer rejects, or fewer parts that were not rejected.
pub const EVENTS_MIN: usize = 5;
/// Splits whose likelihood is at least a twentieth of the best one's may be the true one too: e^-3.
const DOUBT: f64 = 3.0;
/// Series that are dealt, at most and at least; between them so many that a question stays short.
const DEALT: [usize; 2] = [199, 999];
/// Rejects that are dealt for one question.
const EVENTS_DEALT: usize = 20_000_000;

/// A change that chance does not explain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The first part after it, counted from 0: the most likely one.
    pub first: usize,
    /// The change may be as early as this part.
    pub earliest: usize,
    /// Rejects before `first`.
    pub before: Counted,
    /// Rejects from `first` on.
    pub after: Counted,
    /// Chance alone shows as large a change at most so often.
    pub chance: f64,
}

/// What a series says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// Not enough evidence: so many parts, rejects and others are needed at least (`PARTS_MIN`, `EVENTS_MIN`).
    TooFew,
    /// Chance explains the series.
    None,
    /// It does not.
    Change(Change),
}

/// The change in a series of `parts`, of which these, in rising order and counted from 0, were rejected.
pub fn find(parts: usize, rejects: &[usize]) -> Found {
    let events = rejects.len();
    let others = parts.saturating_sub(events);
    if parts < PARTS_MIN || events.min(others) < EVENTS_MIN {
        return Found::TooFew;
    }
    let likelihood = Likelihood::of(parts, events);
    let ratios = likelihood.all(rejects);
    let mut first = 0;
    for (split, ratio) in ratios.iter().enumerate() {
        if *ratio > ratios[first] {
            first = split;
        }
    }
    let most = ratios[first];
    let Some(chance) = likelihood.chance(most) else {
        return Found::None;
    };
    let earliest = ratios.iter().position(|ratio| *ratio >= most - DOUBT);
    let rejects_before = rejects.partition_point(|reject| *reject < first);
    Found::Change(Change {
        first,
        earliest: earliest.unwrap_or(first),
        before: Counted {
            count: rejects_before,
            of: first,
        },
        after: Counted {
            count: events - rejects_before,
            of: parts - first,
        },
        chance,
    })
}

/// Logarithms of likelihood ratios of splits of one series.
struct Likelihood {
    parts: usize,
    events: usize,
    /// n · ln n.
    terms: Vec<f64>,
    whole: f64,
}

impl Likelihood {
    fn of(parts: usize, events: usize) -> Self {
        let terms = (0..=parts).map(|n| {
            if n == 0 {
                0.0
            } else {
                n as f64 * (n as f64).ln()
            }
        });
        let mut of = Self {
            parts,
            events,
            terms: terms.collect(),
            whole: 0.0,
        };
        of.whole = of.share(events, parts);
        of
    }

    /// The largest log-likelihood that one share gives to so many events among so many parts.
    fn share(&self, events: usize, parts: usize) -> f64 {
        self.terms[events] + self.terms[parts - events] - self.terms[parts]
    }

    /// Of a split before which there are so many parts, with so many events among them.
    fn ratio(&self, parts: usize, events: usize) -> f64 {
        let after = self.share(self.events - events, self.parts - parts);
        self.share(events, parts) + after - self.whole
    }

    /// Of every split: the value at n is of n parts before and the others after.
    fn all(&self, rejects: &[usize]) -> Vec<f64> {
        let mut before = 0;
        let ratio = |split| {
            while rejects.get(before).is_some_and(|reject| *reject < split) {
                before += 1;
            }
            self.ratio(split, before)
        };
        (0..self.parts).map(ratio).collect()
    }

    /// How often chance alone gives a ratio of `most`; none where it is more often than `CHANCE_MAX`.
    fn chance(&self, most: f64) -> Option<f64> {
        const SMALL: f64 = 0.001;
        let bound = self.bound(most);
        if bound <= SMALL {
            return Some(SMALL);
        }
        // What is rarer is dealt: a split is best right before or after one of the rarer parts.
        let rarer = self.events.min(self.parts - self.events);
        let deals = (EVENTS_DEALT / rarer).clamp(DEALT[0], DEALT[1]);
        let mut rng = fastrand::Rng::with_seed(self.parts as u64 ^ ((self.events as u64) << 32));
        let mut dealt = Dealt::new(self.parts);
        let mut reached = 0;
        for _ in 0..deals {
            dealt.deal(rarer, &mut rng);
            reached += usize::from(self.reaches(&dealt, rarer, most));
            if (reached + 1) as f64 / (deals + 1) as f64 > CHANCE_MAX {
                return None;
            }
        }
        Some((reached + 1) as f64 / (deals + 1) as f64)
    }

    /// Chance gives such a ratio at any split at most so often: a split has at most `events` + 1 outcomes, each with a
    /// chance of at most √(8·r·(n-r)/n)·e^-ratio (bounds of a binomial coefficient by its entropy), and there are n - 1
    /// splits.
    fn bound(&self, most: f64) -> f64 {
        let (n, r) = (self.parts as f64, self.events as f64);
        let ways = (8.0 * r * (n - r) / n).sqrt() * (r.min(n - r) + 1.0) * n;
        ways * (-most).exp()
    }

    fn reaches(&self, dealt: &Dealt, rarer: usize, most: f64) -> bool {
        let mut before = 0;
        dealt.places().any(|place| {
            let events = |rarer_before: usize, parts: usize| match rarer == self.events {
                true => rarer_before,
                false => parts - rarer_before,
            };
            let at = self.ratio(place, events(before, place));
            before += 1;
            at >= most || self.ratio(place + 1, events(before, place + 1)) >= most
        })
    }
}

/// Places among parts, one bit each.
struct Dealt {
    parts: usize,
    bits: Vec<u64>,
}

impl Dealt {
    fn new(parts: usize) -> Self {
        Self {
            parts,
            bits: vec![0; parts.div_ceil(64)],
        }
    }

    /// So many different places.
    fn deal(&mut self, count: usize, rng: &mut fastrand::Rng) {
        self.bits.fill(0);
        let mut left = count;
        while left > 0 {
            let place = rng.usize(..self.parts);
            let (word, bit) = (&mut self.bits[place / 64], 1 << (place % 64));
            left -= usize::from(*word & bit == 0);
            *word |= bit;
        }
    }

    fn places(&self) -> impl Iterator<Item = usize> {
        self.bits.iter().enumerate().flat_map(|(index, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                let is_there = left != 0;
                left &= left.wrapping_sub(1);
                is_there.then_some(index * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts of which a share is rejected, another one from `change` on.
    fn series(
        parts: usize,
        change: usize,
        shares: [f64; 2],
        rng: &mut fastrand::Rng,
    ) -> Vec<usize> {
        let is_rejected = |part: &usize| {
            let share = shares[usize::from(*part >= change)];
            rng.f64() < share
        };
        (0..parts).filter(is_rejected).collect()
    }

    #[test]
    fn a_change_is_found_where_it_is_and_no_earlier_part_is_missed() {
        let mut rng = fastrand::Rng::with_seed(1);
        let (mut found, mut held, mut near) = (0, 0, 0);
        for _ in 0..200 {
            let rejects = series(5_000, 3_000, [0.02, 0.10], &mut rng);
            if let Found::Change(change) = find(5_000, &rejects) {
                found += 1;
                held += usize::from(change.earliest <= 3_000);
                near += usize::from(change.first.abs_diff(3_000) <= 60);
                assert!(change.earliest <= change.first);
                assert!(
                    change.after.count * change.before.of > change.before.count * change.after.of
                );
            }
        }
        assert_eq!(found, 200);
        assert!(near >= 170, "{near} of 200 within 60 parts");
        assert!(held >= 190, "{held} of 200 are not earlier than told");
    }

    /// The rate of false alarms, as docs/design/quality.md states it.
    #[test]
    fn no_change_is_not_told_as_one() {
        let mut rng = fastrand::Rng::with_seed(7);
        for (parts, share) in [(200, 0.1), (2_000, 0.01), (1_000, 0.5), (1_000, 0.9)] {
            let is_alarm = |_: &usize| {
                let rejects = series(parts, 0, [share; 2], &mut rng);
                matches!(find(parts, &rejects), Found::Change(_))
            };
            let alarms = (0..1_000).filter(is_alarm).count();
            // 1 % of 1,000 is 10; 21 or more of them is a chance of 0.2 %.
            assert!(alarms <= 20, "{parts} parts, {share}: {alarms} of 1,000");
        }
    }

    #[test]
    fn a_few_rejects_in_a_row_at_the_end_are_a_change() {
        let rejects: Vec<usize> = (990..1_000).collect();
        let Found::Change(change) = find(1_000, &rejects) else {
            panic!("ten rejects in a row after 990 good parts");
        };
        assert_eq!(
            (change.first, change.before.count, change.after.of),
            (990, 0, 10)
        );
        assert!(
            change.earliest <= 990 && change.earliest > 700,
            "{change:?}"
        );
    }

    #[test]
    fn fewer_rejects_are_a_change_too() {
        let mut rng = fastrand::Rng::with_seed(3);
        let rejects = series(2_000, 1_000, [0.95, 0.6], &mut rng);
        let Found::Change(change) = find(2_000, &rejects) else {
            panic!("from 95 % to 60 %");
        };
        assert!(change.first.abs_diff(1_000) < 40, "{change:?}");
    }

    #[test]
    fn little_evidence_is_said_to_be_little() {
        assert_eq!(find(0, &[]), Found::TooFew);
        assert_eq!(find(1, &[0]), Found::TooFew);
        assert_eq!(find(1_000, &[]), Found::TooFew);
        let all: Vec<usize> = (0..1_000).collect();
        assert_eq!(find(1_000, &all), Found::TooFew);
        assert_eq!(find(1_000, &all[996..]), Found::TooFew);
    }

    /// The bound never promises more than dealing finds.
    #[test]
    fn what_the_bound_calls_rare_is_rare() {
        let likelihood = Likelihood::of(400, 40);
        let mut rng = fastrand::Rng::with_seed(9);
        let mut dealt = Dealt::new(400);
        let most = (1..400).map(|n| f64::from(n) / 10.0);
        let mut most = most;
        let most = most.find(|most| likelihood.bound(*most) <= 0.02);
        let most = most.expect("it falls");
        let is_reached = |_: &usize| {
            dealt.deal(40, &mut rng);
            likelihood.reaches(&dealt, 40, most)
        };
        let reached = (0..2_000).filter(is_reached).count();
        assert!(reached <= 40, "{reached} of 2,000");
    }
}
