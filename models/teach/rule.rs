//! From what memories and heads say of a picture to how far it lies above the threshold.
//!
//! A picture is above when the memories alone say so, or when what the heads add takes it there: heads can only make
//! the judgement stricter.

use super::heads::Heads;
use super::statistics::Proposal;
use super::weighing::{Scores, TOLD_MIN, Trials, Weight, mean_and_spread};

/// What heads may count, in standard deviations of what memories say of good pictures.
const SHARES: [f32; 2] = [0.5, 1.0];
/// A head counts by how much its score lies above that of good pictures, from so many standard deviations on.
const LEAST: f32 = 1.0;
/// By how much heads must find the reviewed defects more surely, from 0 for none to 1 for all.
const GAIN_MIN: f64 = 0.02;
/// Share of the good parts that may be rejected that heads may reject beside what memories reject.
const TARGET: f64 = 0.5;
/// So many standard deviations above the threshold, a defect is found about surely.
const SURE: f64 = 0.7;

/// What is usual of a head's largest value.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub centre: f32,
    pub scale: f32,
}

/// How heads join the memories.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Of each head.
    pub usual: Vec<Told>,
    /// Standard deviation of the heads' mean.
    pub spread: f32,
    /// What counts of it: as much as lies above this.
    pub least: f32,
    /// What one standard deviation of it counts.
    pub gain: f32,
    /// Threshold of both together.
    pub half: f32,
}

impl Joined {
    /// What heads add to a picture's score.
    fn added(&self, said: &Scores) -> f32 {
        let mean = heads_mean(&self.usual, said);
        (mean / self.spread - self.least).max(0.0) * self.gain
    }
}

/// What heads say of a picture, in standard deviations of good ones.
fn heads_mean(usual: &[Told], said: &Scores) -> f32 {
    let of = usual.iter().zip(said);
    let told = of.map(|(usual, said)| ((said - usual.centre) / usual.scale).max(TOLD_MIN));
    told.sum::<f32>() / usual.len() as f32
}

/// Standard deviation of scores.
fn spread(scores: &[f32]) -> f64 {
    mean_and_spread(scores.iter().map(|score| f64::from(*score))).1
}

/// How a model judges.
#[derive(Clone, Debug)]
pub struct Rule {
    pub weights: Vec<Weight>,
    /// Threshold of what memories say.
    pub half: f32,
    pub joined: Option<Joined>,
}

/// What was said of pictures of a kind by what had not seen them.
#[derive(Clone, Copy)]
enum Kind {
    Good,
    Bad,
}

/// What rules are made from and tried on.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) trials: &'a Trials,
    pub(super) heads: Option<&'a Heads>,
}

impl Rule {
    /// By these good pictures alone.
    pub(super) fn plain(said: Said, untried: &[Weight], good: &[usize], target: f64) -> Self {
        let mut weights = untried.to_vec();
        said.trials.weigh(&mut weights, good);
        let scores = said.trials.good_scores(&weights, good);
        let half = Proposal::of(&scores, target).threshold;
        Self {
            weights,
            half,
            joined: None,
        }
    }

    /// With heads, where these reviewed defects are found more surely by them.
    pub(super) fn with_heads(self, said: Said, good: &[usize], bad: &[usize], target: f64) -> Self {
        let Some(heads) = said.heads else {
            return self;
        };
        let sure = |rule: &Self| rule.surely(said, good, bad);
        let mut best = (sure(&self), self);
        for share in SHARES {
            let joined = best.1.joined_by(share, said, heads, (good, target));
            let found = sure(&joined);
            if found > best.0 + GAIN_MIN {
                best = (found, joined);
            }
        }
        best.1
    }

    fn joined_by(
        &self,
        share: f32,
        said: Said,
        heads: &Heads,
        (good, target): (&[usize], f64),
    ) -> Self {
        let of_head = |n: usize| {
            let said = good
                .iter()
                .map(|picture| f64::from(heads.good[*picture][n]));
            let (centre, spread) = mean_and_spread(said);
            Told {
                centre: centre as f32,
                scale: spread.max(1e-6) as f32,
            }
        };
        let usual: Vec<Told> = (0..heads.all.len()).map(of_head).collect();
        let means = good
            .iter()
            .map(|picture| heads_mean(&usual, &heads.good[*picture]));
        let means: Vec<f32> = means.collect();
        let scores = said.trials.good_scores(&self.weights, good);
        let mut joined = Joined {
            usual,
            // Heads told alike spread less in the mean.
            spread: spread(&means).max(1e-6) as f32,
            least: LEAST,
            gain: share * spread(&scores) as f32,
            half: 0.0,
        };
        let both = scores.iter().zip(good);
        let both: Vec<f32> = both
            .map(|(score, picture)| score + joined.added(&heads.good[*picture]))
            .collect();
        joined.half = Proposal::of(&both, target * TARGET).threshold;
        Self {
            joined: Some(joined),
            ..self.clone()
        }
    }

    /// How surely these defects are found, from 0 to 1.
    fn surely(&self, said: Said, good: &[usize], bad: &[usize]) -> f64 {
        let scores = said.trials.good_scores(&self.weights, good);
        let unit = (SURE * spread(&scores)).max(1e-6);
        let margins = self.bad_margins(said, bad).into_iter();
        let sure = margins.map(|margin| 1.0 / (1.0 + (-f64::from(margin) / unit).exp()));
        sure.sum::<f64>() / bad.len().max(1) as f64
    }

    /// How far each of these good pictures lies above the threshold.
    pub(super) fn good_margins(&self, said: Said, of: &[usize]) -> Vec<f32> {
        self.margins(said, of, Kind::Good)
    }

    /// And each of these reviewed defects.
    pub(super) fn bad_margins(&self, said: Said, of: &[usize]) -> Vec<f32> {
        self.margins(said, of, Kind::Bad)
    }

    fn margins(&self, said: Said, of: &[usize], kind: Kind) -> Vec<f32> {
        let scores = match kind {
            Kind::Good => said.trials.good_scores(&self.weights, of),
            Kind::Bad => said.trials.bad_scores(&self.weights, of),
        };
        let margin = |(score, picture): (f32, &usize)| {
            let alone = score - self.half;
            let (Some(joined), Some(heads)) = (&self.joined, said.heads) else {
                return alone;
            };
            let heads = match kind {
                Kind::Good => &heads.good[*picture],
                Kind::Bad => &heads.bad[*picture],
            };
            alone.max(score + joined.added(heads) - joined.half)
        };
        scores.into_iter().zip(of).map(margin).collect()
    }
}
