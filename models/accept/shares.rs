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
        self.interval_of(CONFIDENCE)
    }

    /// The same with another confidence, above 0 and below 1.
    pub fn interval_of(self, confidence: f64) -> (f64, f64) {
        let tail = (1.0 - confidence) / 2.0;
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
    trials_without_event(share, CONFIDENCE)
}

/// Trials without an event that show a share of at most `share` with this confidence; both are above 0 and below 1.
pub fn trials_without_event(share: f64, confidence: f64) -> usize {
    ((1.0 - confidence).ln() / (-share).ln_1p()).ceil() as usize
}

/// Trials more, none of them with an event, after which `events` in `trials` show a share of at most `share`.
pub fn images_more(events: usize, trials: usize, share: f64) -> usize {
    let is_shown = |more: usize| share_at_most(events, trials + more) <= share;
    let mut high = 1;
    while !is_shown(high) && high < trials.max(1).saturating_mul(1_000_000) {
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

/// The chance of at most `events` in `trials`, of which there are more: a regularised incomplete beta function, whose
/// time grows with the root of the trials, where a sum over the events would grow with them.
fn at_most(events: usize, trials: usize, share: f64) -> f64 {
    beta((trials - events) as f64, events as f64 + 1.0, 1.0 - share)
}

/// The regularised incomplete beta function I_x(a, b), by the continued fraction of DLMF 8.17.22.
fn beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // It converges fast on this side of the mean only.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta(b, a, 1.0 - x);
    }
    let front = a * x.ln() + b * (-x).ln_1p() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    front.exp() / a / fraction(a, b, x)
}

/// The continued fraction of the incomplete beta function, by the method of Lentz.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TERMS_MAX: u32 = 100_000;
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut whole, mut c, mut d) = (1.0, 1.0, 0.0);
    for n in 1..=TERMS_MAX {
        let m = f64::from(n / 2);
        let top = a + 2.0 * m;
        let term = match n % 2 {
            0 => m * (b - m) * x / ((top - 1.0) * top),
            _ => -(a + m) * (a + b + m) * x / (top * (top + 1.0)),
        };
        d = 1.0 / away(1.0 + term * d);
        c = away(1.0 + term / c);
        whole *= c * d;
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    whole
}

/// The logarithm of the gamma function of a number above 0, by Stirling's series (DLMF 5.11.1), 13 digits.
fn ln_gamma(mut of: f64) -> f64 {
    let mut product = 1.0_f64;
    while of < 12.0 {
        product *= of;
        of += 1.0;
    }
    let square = of * of;
    let series =
        1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / 1680.0 / square) / square) / square;
    (of - 0.5) * of.ln() - of + 0.5 * (2.0 * std::f64::consts::PI).ln() + series / of - product.ln()
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

    /// scipy 1.17: `beta.ppf`. A sum over 80,000 events would take seconds.
    #[test]
    fn a_million_trials_have_bounds_at_once() {
        let (low, high) = Counted {
            count: 80_000,
            of: 1_000_000,
        }
        .interval();
        assert!((low - 0.079_468_992_041).abs() < 1e-9, "{low}");
        assert!((high - 0.080_533_442_205).abs() < 1e-9, "{high}");
    }

    #[test]
    fn so_many_more_images_are_needed_and_not_one_less() {
        assert_eq!(images_more(0, 30, 0.05), 29);
        assert_eq!(images_more(0, 59, 0.05), 0);
        assert_eq!(images_more(0, 0, 0.001), 2_995);
        let more = images_more(1, 30, 0.05);
        assert!(share_at_most(1, 30 + more) <= 0.05);
        assert!(share_at_most(1, 30 + more - 1) > 0.05);
    }
}
