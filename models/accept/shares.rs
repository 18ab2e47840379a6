//! What a count of images says of the share that all parts would show (Clopper and Pearson 1934).

/// Confidence of every bound and interval given.
pub const CONFIDENCE: f64 = 0.95;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Those that are meant.
    pub count: usize,
    /// All of them.
    pub of: usize,
}

impl Counted {
    /// How many of these scores a threshold rejects.
    pub fn rejected(scores: &[f32], threshold: f32) -> Self {
        let rejected = scores.iter().filter(|score| **score >= threshold);
        Self {
            count: rejected.count(),
            of: scores.len(),
        }
    }

    /// The share that would be found on all parts lies within this in 95 of 100 such trials; 2.5 % lie beyond each
    /// end. Everything where nothing was counted.
    pub fn interval(self) -> (f64, f64) {
        let tail = (1.0 - CONFIDENCE) / 2.0;
        let low = match self.count {
            0 => 0.0,
            count => share_where(count - 1, self.of, 1.0 - tail),
        };
        (low, share_where(self.count, self.of, tail))
    }
}

/// The largest share that would still give at most `events` in `trials` with a chance of 5 %.
pub fn share_at_most(events: usize, trials: usize) -> f64 {
    share_where(events, trials, 1.0 - CONFIDENCE)
}

/// Trials without an event that show a share of at most `share`.
pub fn images_needed(share: f64) -> usize {
    ((1.0 - CONFIDENCE).ln() / (1.0 - share).ln()).ceil() as usize
}

/// Trials more, none of them with an event, after which `events` in `trials` show a share of at most `share`.
pub fn images_more(events: usize, trials: usize, share: f64) -> usize {
    let is_shown = |more: usize| share_at_most(events, trials + more) <= share;
    let mut high = 1;
    while !is_shown(high) && high < trials.saturating_mul(1_000_000) {
        high *= 2;
    }
    let mut low = 0;
    while low < high {
        let middle = usize::midpoint(low, high);
        if is_shown(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    high
}

/// The share that gives at most `events` in `trials` with this chance.
fn share_where(events: usize, trials: usize, chance: f64) -> f64 {
    if events >= trials {
        return 1.0;
    }
    bisect(0.0, 1.0, |share| at_most(events, trials, share) > chance)
}

/// The chance of at most `events` in `trials`. Terms are logarithms, which thousands of trials do not make 0.
fn at_most(events: usize, trials: usize, share: f64) -> f64 {
    let (yes, no) = (share.ln(), (-share).ln_1p());
    let mut ways = 0.0_f64;
    let mut sum = 0.0;
    for k in 0..=events {
        if k > 0 {
            ways += ((trials - k + 1) as f64 / k as f64).ln();
        }
        sum += (ways + k as f64 * yes + (trials - k) as f64 * no).exp();
    }
    sum
}

/// Where `is_below` turns from true to false.
pub(crate) fn bisect(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if is_below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_tables() {
        // Clopper-Pearson, one-sided 95 %: 1 - 0.05^(1/n) without an event.
        assert!((share_at_most(0, 20) - 0.1391).abs() < 1e-4);
        assert!((share_at_most(0, 60) - 0.0487).abs() < 1e-4);
        // R: qbeta(0.95, 2, 29) and qbeta(0.95, 4, 97).
        for (events, trials, bound) in [(1, 30, 0.14859), (3, 100, 0.07571)] {
            let found = share_at_most(events, trials);
            assert!((found - bound).abs() < 1e-4, "{found}");
        }
        assert_eq!(share_at_most(5, 5), 1.0);
        assert_eq!((images_needed(0.05), images_needed(0.01)), (59, 299));
    }

    #[test]
    fn intervals_are_those_of_the_tables() {
        let of = |count, of| Counted { count, of }.interval();
        // R: binom.test(2, 32)$conf.int, (0, 30), (8, 10), (10, 10).
        for ((low, high), expected) in [
            (of(2, 32), (0.00766, 0.20807)),
            (of(0, 30), (0.0, 0.11570)),
            (of(8, 10), (0.44390, 0.97479)),
            (of(10, 10), (0.69150, 1.0)),
        ] {
            assert!((low - expected.0).abs() < 1e-4, "{low} {expected:?}");
            assert!((high - expected.1).abs() < 1e-4, "{high} {expected:?}");
        }
        assert_eq!(of(0, 0), (0.0, 1.0));
    }

    /// 0.5^4000 is 0 in a computer's numbers, and the bound was then 0.
    #[test]
    fn many_trials_have_a_bound_around_their_share() {
        let bound = share_at_most(2_000, 4_000);
        assert!((0.5..0.52).contains(&bound), "{bound}");
        let (low, high) = Counted {
            count: 2_000,
            of: 4_000,
        }
        .interval();
        assert!(low > 0.48 && low < 0.5 && high > 0.5, "{low} {high}");
    }

    #[test]
    fn so_many_more_images_are_needed_and_not_one_less() {
        assert_eq!(images_more(0, 30, 0.05), 29);
        assert_eq!(images_more(0, 59, 0.05), 0);
        let more = images_more(1, 30, 0.05);
        assert!(share_at_most(1, 30 + more) <= 0.05);
        assert!(share_at_most(1, 30 + more - 1) > 0.05);
    }
}
