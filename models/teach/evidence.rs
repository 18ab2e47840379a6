//! What is known of every threshold, not only of the one proposed: how many good parts it rejects, how many defects it
//! catches, how sure that is, and what would make it surer.

use super::reviewed::Reviewed;
use super::statistics::{Proposal, Usual, student_above};
use crate::accept::shares::{Counted, images_more};

/// Share of good parts above the second line, `accept_below`: so large that even ten images show it, where a threshold
/// for 2 % lies beyond all that was seen.
const DOUBTFUL: f64 = 0.10;
/// Thresholds of the curve: 0.02 to 0.98.
const POINTS: u16 = 50;
/// Shares of good parts rejected that are worth being shown.
const WORTH_SHOWING: [f64; 5] = [0.10, 0.05, 0.02, 0.01, 0.005];

/// What is known of a model's thresholds, from images that it had not seen. Scores and thresholds are 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The second line, at or below the threshold: parts that score from here to the threshold are doubtful.
    pub accept_below: f32,
    /// Share of good parts that it aims to have above it.
    pub doubtful: f64,
    /// Held-out good images above it.
    pub above_accept: Counted,
    /// Share of good parts that the proposed threshold rejects, were scores normal.
    pub expected: Expected,
    /// From the lowest threshold to the highest.
    pub curve: Vec<Point>,
    /// Drawn defects that the proposed threshold catches. Real ones may look otherwise.
    pub drawn: Counted,
    /// Held-out score of each reviewed defect, in their order, of the model as it is.
    pub defects: Vec<f32>,
    /// How many more good images would show a share worth showing.
    pub remedy: Option<Remedy>,
}

/// A share that follows from scores that are about normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Of new good parts.
    pub share: f64,
    /// In 95 of 100 lessons of so many images the true share lies within this.
    pub interval: (f64, f64),
}

/// What one threshold does to images that were held out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Scores at or above it are rejected.
    pub threshold: f32,
    /// Good images that it rejects.
    pub good: Counted,
    /// Share of good parts that it rejects, were scores normal (the moderated t of the proposal).
    pub expected: f64,
    /// Reviewed defects that it catches.
    pub defects: Counted,
}

/// More good images, none of them rejected, and what they would show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Remedy {
    /// How many more.
    pub images_more: usize,
    /// At most this share of good parts is rejected, with 95 % confidence.
    pub share: f64,
}

/// Score from 0 to 1 of what lies so far above the threshold, which scores 0.5.
pub(super) fn score(above: f32) -> f32 {
    0.5 + 0.5 * above / (1.0 + above.abs())
}

/// How far above the threshold what scores so lies. Its opposite.
fn above(score: f32) -> f32 {
    let from_middle = 2.0 * score - 1.0;
    from_middle / (1.0 - from_middle.abs())
}

impl Proposal {
    /// On the scale from 0 to 1.
    pub(super) fn scaled(self) -> Self {
        Self {
            threshold: score(0.0),
            ..self
        }
    }
}

impl Evidence {
    /// From held-out scores of good parts and of defects drawn into them, before they are scaled to the threshold.
    pub(super) fn of(
        good: &[f32],
        drawn: &[f32],
        proposal: &Proposal,
        reviewed: Option<&Reviewed>,
    ) -> Self {
        let half = proposal.threshold;
        let usual = Usual::of(&good.iter().copied().map(f64::from).collect::<Vec<_>>());
        let defects = reviewed.map(|reviewed| {
            let above = reviewed.outcome().above.iter();
            above.map(|above| score(*above)).collect()
        });
        let defects: Vec<f32> = defects.unwrap_or_default();
        let accept = Proposal::of(good, DOUBTFUL).threshold.min(half);
        let point = |n: u16| {
            let threshold = f32::from(n) / f32::from(POINTS);
            let unscaled = half + above(threshold);
            Point {
                threshold,
                // The middle is the proposed threshold itself, whatever is lost in between.
                good: Counted::rejected(good, if n * 2 == POINTS { half } else { unscaled }),
                expected: usual.above(f64::from(unscaled)),
                defects: Counted::rejected(&defects, threshold),
            }
        };
        Self {
            accept_below: score(accept - half),
            doubtful: DOUBTFUL,
            above_accept: Counted::rejected(good, accept),
            expected: Expected {
                share: usual.above(f64::from(half)),
                interval: usual.share_within(f64::from(half)),
            },
            curve: (1..POINTS).map(point).collect(),
            drawn: Counted::rejected(drawn, half),
            defects,
            remedy: remedy(proposal),
        }
    }

    /// Reviewed defects, held out, that a threshold catches.
    pub fn caught(&self, threshold: f32) -> Counted {
        Counted::rejected(&self.defects, threshold)
    }

    /// What is known at the threshold of the curve that is nearest to this one.
    pub fn at(&self, threshold: f32) -> Option<&Point> {
        let off = |point: &&Point| (point.threshold - threshold).abs();
        self.curve.iter().min_by(|a, b| off(a).total_cmp(&off(b)))
    }
}

/// The first share worth showing that is not shown yet.
fn remedy(proposal: &Proposal) -> Option<Remedy> {
    let share = WORTH_SHOWING.into_iter().find(|s| *s < proposal.at_most)?;
    Some(Remedy {
        images_more: images_more(proposal.rejected, proposal.images, share),
        share,
    })
}

impl Usual {
    /// The chance that a new score lies above this one.
    fn above(&self, score: f64) -> f64 {
        let widened = self.spread * (1.0 + 1.0 / self.count).sqrt();
        student_above((score - self.mean) / widened, self.freedom)
    }

    /// The share of normal scores above this one lies within this in 95 of 100 samples: mean and spread are told from
    /// so few. By the delta method: the variance of (x − mean) / spread is about 1/n + z²/2ν.
    fn share_within(&self, score: f64) -> (f64, f64) {
        const DEVIATIONS: f64 = 1.96;
        let z = (score - self.mean) / self.spread;
        let off = DEVIATIONS * (1.0 / self.count + z * z / (2.0 * self.freedom)).sqrt();
        (normal_above(z + off), normal_above(z - off))
    }
}

/// The chance that a normal variable exceeds so many standard deviations. (Abramowitz and Stegun 26.2.17, off by at
/// most 7.5e-8.)
fn normal_above(z: f64) -> f64 {
    const FACTORS: [f64; 5] = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series = FACTORS.iter().rev().fold(0.0, |sum, f| (sum + f) * t);
    let tail = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt() * series;
    if z < 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accept::shares::share_at_most;
    use crate::teach::reviewed::Outcome;

    fn scores(count: usize) -> Vec<f32> {
        // About normal, with a standard deviation of 0.5.
        let place = |n: usize| (n as f64 + 0.5) / count as f64;
        let quantile =
            |p: f64| crate::accept::shares::bisect(-6.0, 6.0, |z| 1.0 - normal_above(z) < p) * 0.5;
        (0..count).map(|n| quantile(place(n)) as f32).collect()
    }

    fn reviewed(above: &[f32]) -> Reviewed {
        let outcome = Outcome {
            auroc: 0.9,
            caught: above.iter().filter(|above| **above >= 0.0).count(),
            rejected: 0,
            above: above.to_vec(),
        };
        Reviewed {
            good: 30,
            bad: above.len(),
            without: outcome.clone(),
            with: outcome,
            is_used: true,
        }
    }

    fn evidence(count: usize, above: &[f32]) -> (Proposal, Evidence) {
        let good = scores(count);
        let proposal = Proposal::of(&good, 0.02);
        let evidence = Evidence::of(&good, &[9.0, -9.0], &proposal, Some(&reviewed(above)));
        (proposal, evidence)
    }

    #[test]
    fn the_normal_tail_is_that_of_the_tables() {
        for (z, expected) in [(0.0, 0.5), (1.96, 0.024_998), (-1.0, 0.841_345)] {
            assert!((normal_above(z) - expected).abs() < 1e-6, "{z}");
        }
    }

    #[test]
    fn a_curve_counts_what_each_threshold_does() {
        let (proposal, evidence) = evidence(30, &[-0.5, 0.2, 3.0, -0.1]);
        let middle = evidence.at(0.5).unwrap();
        assert_eq!(middle.threshold, 0.5);
        assert_eq!(middle.good.count, proposal.rejected);
        assert_eq!((middle.defects.count, middle.defects.of), (2, 4));
        assert_eq!(evidence.caught(0.5), middle.defects);
        assert_eq!((evidence.drawn.count, evidence.drawn.of), (1, 2));
        for pair in evidence.curve.windows(2) {
            assert!(pair[0].threshold < pair[1].threshold);
            assert!(pair[0].good.count >= pair[1].good.count);
            assert!(pair[0].defects.count >= pair[1].defects.count);
            assert!(pair[0].expected > pair[1].expected - 1e-9);
        }
        assert_eq!(evidence.curve.first().unwrap().defects.count, 4);
        assert_eq!(evidence.curve.last().unwrap().good.count, 0);
    }

    #[test]
    fn the_threshold_rejects_about_what_it_aims_at_and_the_interval_narrows_with_images() {
        let (proposal, few) = evidence(30, &[]);
        assert!(
            (few.expected.share - proposal.target).abs() < 0.005,
            "{few:?}"
        );
        let (low, high) = few.expected.interval;
        assert!(low < few.expected.share && few.expected.share < high);
        let (_, many) = evidence(300, &[]);
        let width = |e: &Evidence| e.expected.interval.1 - e.expected.interval.0;
        assert!(width(&many) * 2.0 < width(&few), "{few:?} {many:?}");
    }

    #[test]
    fn the_second_line_lies_below_the_threshold_where_a_tenth_of_good_parts_is_doubtful() {
        for count in [10, 30, 300] {
            let (_, evidence) = evidence(count, &[]);
            assert!(evidence.accept_below < 0.5, "{evidence:?}");
            let above = evidence.above_accept.count as f64 / count as f64;
            assert!((0.0..=0.15).contains(&above), "{count}: {above}");
            if count >= 30 {
                assert!(above >= 0.06, "{count}: {above}");
            }
        }
        // Defects that lie between the two kinds place the threshold below it: then there is one line.
        let good = scores(30);
        let proposal = Proposal {
            threshold: good[20],
            ..Proposal::of(&good, 0.02)
        };
        let evidence = Evidence::of(&good, &[], &proposal, None);
        assert_eq!(evidence.accept_below, 0.5);
    }

    #[test]
    fn more_good_parts_show_the_next_share_that_is_worth_it() {
        let (proposal, evidence) = evidence(30, &[]);
        assert_eq!(proposal.rejected, 0);
        let remedy = evidence.remedy.unwrap();
        assert_eq!((remedy.images_more, remedy.share), (29, 0.05));
        assert!(share_at_most(0, 30 + remedy.images_more) <= remedy.share);
    }

    /// Of 1,000 lessons on normal scores, the share told as the interval holds the true one in about 95 of 100 where
    /// scores are spread as usual.
    #[test]
    fn the_interval_holds_the_true_share() {
        let mut rng = fastrand::Rng::with_seed(11);
        let mut normal = move || {
            let (a, b) = (1.0 - rng.f64(), rng.f64());
            (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
        };
        for images in [15, 30, 100] {
            let mut held = 0;
            for _ in 0..1_000 {
                let scores: Vec<f64> = (0..images).map(|_| 0.55 * normal()).collect();
                let usual = Usual::of(&scores);
                let (low, high) = usual.share_within(1.1);
                held += usize::from((low..=high).contains(&normal_above(2.0)));
            }
            assert!(held >= 900, "{images} images: {held} of 1000");
        }
    }
}
