//! What reviewed parts allow to say of a threshold: how many defects it lets escape and how many good parts it rejects, among
//! all parts and not among those that somebody happened to look at.
//!
//! Rejects are looked at more often than passes, and passes near the threshold more often than others. So parts stand in
//! strata by how they come to be looked at. Which parts a threshold rejects is known of each, by its score; who is defective is
//! known of reviewed ones alone. So each stratum is split into what is rejected and what passes, and in each of these the
//! reviewed parts stand for all; of what no part was looked at nothing is known. Bounds are those of Clopper and Pearson,
//! at a confidence that leaves 5 % for all splits of a number together (Bonferroni): they hold however scores are distributed, as
//! long as parts of a stratum that were reviewed were not chosen by what they show.

use super::Counted;
use models::shares::CONFIDENCE;

/// How a part comes to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stratum {
    /// It was rejected as defective.
    Reject,
    /// It was rejected because nothing could be decided.
    NotDecided,
    /// It passed with a score near its threshold.
    Near,
    /// It passed with another score, and is looked at when it is drawn.
    Pass,
}

impl Stratum {
    /// All of them.
    pub const ALL: [Stratum; 4] = [
        Stratum::Reject,
        Stratum::NotDecided,
        Stratum::Near,
        Stratum::Pass,
    ];

    /// As the API names it.
    pub const fn name(self) -> &'static str {
        match self {
            Stratum::Reject => "reject",
            Stratum::NotDecided => "not_decided",
            Stratum::Near => "near",
            Stratum::Pass => "pass",
        }
    }
}

/// A scored part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// How it comes to be looked at.
    pub stratum: Stratum,
    /// The score that the threshold is held against.
    pub score: f32,
    /// It is rejected whatever that score is: another view rejects it, or the line.
    pub is_rejected_anyway: bool,
    /// Whether it is defective, where people looked at it and agree.
    pub is_defective: Option<bool>,
}

/// A number of parts, or a share, that is told from some of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The likeliest; `None` where parts are there of which none was reviewed.
    pub value: Option<f64>,
    /// At least so many.
    pub low: f64,
    /// At most so many.
    pub high: f64,
}

/// What becomes of all parts with one threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Parts that do not pass: counted.
    pub rejects: u64,
    /// Parts that pass: counted.
    pub passes: u64,
    /// Defective parts that pass.
    pub escapes: Estimate,
    /// Defective parts that are rejected.
    pub caught: Estimate,
    /// Good parts that are rejected.
    pub false_rejects: Estimate,
    /// The share of rejects that are defective.
    pub right: Estimate,
}

/// What a wrong verdict costs, in whatever unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// The share of parts that are defective; `None` for what reviewed parts say.
    pub prevalence: Option<f64>,
    /// Of a defect that passes.
    pub escape: f64,
    /// Of a good part that is rejected.
    pub false_reject: f64,
}

/// Scores of one stratum, each sorted; what is rejected anyway scores infinitely much.
#[derive(Clone, Debug, Default)]
struct Sorted {
    all: Vec<f32>,
    defective: Vec<f32>,
    good: Vec<f32>,
}

/// One side of a threshold in one stratum.
#[derive(Clone, Copy, Debug, Default)]
struct Domain {
    parts: usize,
    defective: usize,
    good: usize,
}

/// All parts by stratum, and those that were reviewed.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    strata: [Sorted; 4],
}

fn above(sorted: &[f32], threshold: f32) -> usize {
    sorted.len() - sorted.partition_point(|score| *score < threshold)
}

impl Evidence {
    /// Of these parts.
    pub fn of(parts: &[Part]) -> Self {
        let mut strata: [Sorted; 4] = Default::default();
        for part in parts {
            let stratum = &mut strata[part.stratum as usize];
            let score = match part.is_rejected_anyway {
                true => f32::INFINITY,
                false => part.score,
            };
            stratum.all.push(score);
            match part.is_defective {
                Some(true) => stratum.defective.push(score),
                Some(false) => stratum.good.push(score),
                None => {}
            }
        }
        for stratum in &mut strata {
            for scores in [&mut stratum.all, &mut stratum.defective, &mut stratum.good] {
                scores.sort_by(f32::total_cmp);
            }
        }
        Self { strata }
    }

    /// Parts of a stratum, those of them that were reviewed, and those of these that are defective.
    pub fn counts(&self, stratum: Stratum) -> (usize, usize, usize) {
        let Sorted {
            all,
            defective,
            good,
        } = &self.strata[stratum as usize];
        (all.len(), defective.len() + good.len(), defective.len())
    }

    /// How many parts there are.
    pub fn parts(&self) -> usize {
        self.strata.iter().map(|stratum| stratum.all.len()).sum()
    }

    fn rejected(&self, threshold: f32) -> [Domain; 4] {
        self.strata.each_ref().map(|stratum| Domain {
            parts: above(&stratum.all, threshold),
            defective: above(&stratum.defective, threshold),
            good: above(&stratum.good, threshold),
        })
    }

    fn passed(&self, threshold: f32) -> [Domain; 4] {
        let mut domains = self.rejected(threshold);
        for (domain, stratum) in domains.iter_mut().zip(&self.strata) {
            domain.parts = stratum.all.len() - domain.parts;
            domain.defective = stratum.defective.len() - domain.defective;
            domain.good = stratum.good.len() - domain.good;
        }
        domains
    }

    /// With parts rejected whose score is at least `threshold`.
    pub fn at(&self, threshold: f32) -> Outcome {
        let (rejected, passed) = (self.rejected(threshold), self.passed(threshold));
        let count = |domains: &[Domain; 4]| domains.iter().map(|domain| domain.parts as u64).sum();
        let rejects: u64 = count(&rejected);
        let caught = defective(&rejected, CONFIDENCE);
        Outcome {
            rejects,
            passes: count(&passed),
            escapes: defective(&passed, CONFIDENCE),
            caught,
            false_rejects: caught.of_the_others(rejects as f64),
            right: match rejects {
                0 => Estimate {
                    value: None,
                    low: 0.0,
                    high: 1.0,
                },
                rejects => caught.times(1.0 / rejects as f64),
            },
        }
    }

    /// The most escapes that are possible if so many more passes were drawn and all of them were good.
    pub fn escapes_with_good(&self, threshold: f32, more: usize) -> f64 {
        let mut passed = self.passed(threshold);
        passed[Stratum::Pass as usize].good += more;
        defective(&passed, CONFIDENCE).high
    }

    /// What wrong verdicts cost for a thousand parts.
    pub fn cost(&self, threshold: f32, costs: Costs) -> Estimate {
        // Two numbers are told together: each has half of what may be wrong.
        let both = 1.0 - (1.0 - CONFIDENCE) / 2.0;
        let (rejected, passed) = (self.rejected(threshold), self.passed(threshold));
        let rejects = rejected.iter().map(|domain| domain.parts).sum::<usize>() as f64;
        let (escapes, caught) = (defective(&passed, both), defective(&rejected, both));
        let all = self.parts() as f64;
        let of = |missed: f64, caught: f64| {
            let false_rejects = (rejects - caught).max(0.0);
            let share = |one: f64, other: f64| if other > 0.0 { one / other } else { 0.0 };
            let (missed_share, false_share) = match costs.prevalence {
                None => (share(missed, all), share(false_rejects, all)),
                Some(prevalence) => (
                    prevalence * share(missed, missed + caught),
                    (1.0 - prevalence) * share(false_rejects, all - missed - caught),
                ),
            };
            1_000.0 * (missed_share * costs.escape + false_share * costs.false_reject)
        };
        // More escapes never cost less; a defect that is caught never costs more.
        Estimate {
            value: escapes
                .value
                .zip(caught.value)
                .map(|(missed, caught)| of(missed, caught)),
            low: of(escapes.low, caught.high),
            high: of(escapes.high, caught.low),
        }
    }
}

/// How many parts of these are defective.
fn defective(domains: &[Domain; 4], confidence: f64) -> Estimate {
    let there = domains.iter().filter(|domain| domain.parts > 0);
    let confidence = 1.0 - (1.0 - confidence) / there.clone().count().max(1) as f64;
    let mut sum = Estimate {
        value: Some(0.0),
        ..Estimate::default()
    };
    for domain in there {
        let counted = Counted {
            count: domain.defective,
            of: domain.defective + domain.good,
        };
        let (low, high) = counted.interval_of(confidence);
        let (all, seen) = (domain.parts as f64, domain.defective as f64);
        let value = (counted.of > 0).then(|| all * seen / counted.of as f64);
        sum.value = sum.value.zip(value).map(|(sum, value)| sum + value);
        // What was seen is there, and what was seen to be otherwise is not.
        sum.low += (all * low).max(seen);
        sum.high += (all * high).min(all - domain.good as f64).max(seen);
    }
    sum
}

impl Estimate {
    fn times(self, factor: f64) -> Self {
        Self {
            value: self.value.map(|value| value * factor),
            low: self.low * factor,
            high: self.high * factor,
        }
    }

    /// Those of `all` that are not these.
    fn of_the_others(self, all: f64) -> Self {
        Self {
            value: self.value.map(|value| all - value),
            low: all - self.high,
            high: all - self.low,
        }
    }
}

#[cfg(test)]
mod tests;
