//! Into which lane a part goes: by the rules of its recipe, the first that fits; by whoever told the lane with its
//! identity; else the usual one of its disposition. Under every fault the safe one.

use super::lane::{LANE_BYTES_MAX, LaneBy, LaneNo, Lanes};
use super::name;
use super::result::{PartResult, VIEWS_MAX};
use super::verdict::{Cause, Disposition, Score, Verdict};
use arrayvec::{ArrayString, ArrayVec};
use std::fmt;

/// The most rules of a recipe.
pub const RULES_MAX: usize = 32;

/// One rule: parts that fit every condition, and that its lane takes, go to its lane. One without conditions holds for
/// every part that its lane takes.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneRule {
    /// Name of a lane of the station.
    pub lane: ArrayString<LANE_BYTES_MAX>,
    /// Only parts with this verdict.
    pub verdict: Option<Verdict>,
    /// Only parts whose worst finding is of the class with this name.
    pub class: Option<String>,
    /// Only parts with at least this score.
    pub score_from: Option<Score>,
    /// Only parts with a lower score.
    pub score_below: Option<Score>,
}

/// The rules of a recipe, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaneRules {
    rules: Vec<LaneRule>,
    /// For each rule and view, which class of the view's model bears the name of the rule's.
    classes: Vec<ArrayVec<Option<u16>, VIEWS_MAX>>,
}

/// Why rules do not fit. Rules are counted from 1.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleError {
    /// More than [`RULES_MAX`].
    TooMany(usize),
    /// No lane can have this name.
    Name {
        /// Number of the rule.
        rule: usize,
        /// The name that it has.
        lane: String,
    },
    /// A score lies outside 0 to 1.
    Score {
        /// Number of the rule.
        rule: usize,
        /// What was found.
        found: f64,
    },
    /// The station has no lane of this name.
    NoLane {
        /// Number of the rule.
        rule: usize,
        /// The name that it has.
        lane: String,
        /// The lanes there are.
        known: Vec<String>,
    },
    /// No model of the recipe has a class of this name.
    NoClass {
        /// Number of the rule.
        rule: usize,
        /// The name that it has.
        class: String,
        /// The classes there are.
        known: Vec<String>,
    },
    /// Its lane takes no parts with its verdict.
    NeverHolds {
        /// Number of the rule.
        rule: usize,
        /// Name of the lane that it sends parts to.
        lane: String,
        /// Which parts that lane takes.
        takes: Disposition,
    },
    /// No score is at least the one and below the other.
    NoScore {
        /// Number of the rule.
        rule: usize,
        /// At least so much.
        from: f32,
        /// Less than this.
        below: f32,
    },
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RuleError::TooMany(found) => {
                write!(
                    f,
                    "expected at most {RULES_MAX} sorting rules, found {found}"
                )
            }
            RuleError::Name { rule, lane } => write!(
                f,
                "sorting rule {rule}: expected lane to be the name of a lane, found {lane:?}"
            ),
            RuleError::Score { rule, found } => write!(
                f,
                "sorting rule {rule}: expected scores from 0 to 1, found {found}"
            ),
            RuleError::NoLane { rule, lane, known } => write!(
                f,
                "sorting rule {rule}: expected lane to be one of the station's, {known:?}, found {lane:?}; add a \
                 [[lane]] to station.toml or change the rule"
            ),
            RuleError::NoClass { rule, class, known } => write!(
                f,
                "sorting rule {rule}: expected class to be one that the recipe's models know, {known:?}, found {class:?}"
            ),
            RuleError::NeverHolds { rule, lane, takes } => {
                let (kind, verdict) = match takes {
                    Disposition::Accept => ("accepted", "pass"),
                    Disposition::Reject => ("rejected", "fail or not_decided"),
                };
                write!(
                    f,
                    "sorting rule {rule}: lane {lane:?} takes {kind} parts; expected verdict = {verdict} there"
                )
            }
            RuleError::NoScore { rule, from, below } => write!(
                f,
                "sorting rule {rule}: expected score_from below score_below, found {from} and {below}"
            ),
        }
    }
}

impl std::error::Error for RuleError {}

impl fmt::Display for LaneRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(verdict) = self.verdict {
            let verdict = match verdict {
                Verdict::Pass => "pass",
                Verdict::Fail => "fail",
                Verdict::NotDecided => "not_decided",
            };
            write!(f, "verdict {verdict}, ")?;
        }
        if let Some(class) = &self.class {
            write!(f, "class {class:?}, ")?;
        }
        if let Some(from) = self.score_from {
            write!(f, "score from {}, ", from.get())?;
        }
        if let Some(below) = self.score_below {
            write!(f, "score below {}, ", below.get())?;
        }
        write!(f, "lane {:?}", &*self.lane)
    }
}

impl LaneRule {
    /// Rule `number`, as it was written. Lane and class are looked for by [`LaneRules::bind`].
    ///
    /// # Errors
    /// What no lane can be called, and what is no score.
    pub fn new(
        number: usize,
        lane: &str,
        (verdict, class): (Option<Verdict>, Option<String>),
        (from, below): (Option<f64>, Option<f64>),
    ) -> Result<Self, RuleError> {
        let name = name::visible(lane, LANE_BYTES_MAX).map(ArrayString::from);
        let Ok(Ok(name)) = name else {
            return Err(RuleError::Name {
                rule: number,
                lane: lane.to_owned(),
            });
        };
        let score = |value: Option<f64>| match value.map(|found| (found, Score::new(found as f32)))
        {
            Some((found, None)) => Err(RuleError::Score {
                rule: number,
                found,
            }),
            other => Ok(other.and_then(|(_, score)| score)),
        };
        Ok(Self {
            lane: name,
            verdict,
            class,
            score_from: score(from)?,
            score_below: score(below)?,
        })
    }

    fn fits(&self, result: &PartResult, classes: &[Option<u16>]) -> bool {
        let is_scored = self.score_from.is_none() && self.score_below.is_none()
            || result.score.is_some_and(|score| {
                self.score_from.is_none_or(|from| score >= from)
                    && self.score_below.is_none_or(|below| score < below)
            });
        let is_classed = self.class.is_none()
            || worst(result).is_some_and(|(view, class)| {
                classes.get(usize::from(view)).copied().flatten() == Some(class)
            });
        self.verdict.is_none_or(|verdict| verdict == result.verdict) && is_scored && is_classed
    }
}

impl LaneRules {
    /// In this order.
    ///
    /// # Errors
    /// Where they are too many, or one can hold for no score.
    pub fn new(rules: Vec<LaneRule>) -> Result<Self, RuleError> {
        if rules.len() > RULES_MAX {
            return Err(RuleError::TooMany(rules.len()));
        }
        for (at, rule) in rules.iter().enumerate() {
            if let (Some(from), Some(below)) = (rule.score_from, rule.score_below)
                && from >= below
            {
                return Err(RuleError::NoScore {
                    rule: at + 1,
                    from: from.get(),
                    below: below.get(),
                });
            }
        }
        Ok(Self {
            classes: vec![ArrayVec::new(); rules.len()],
            rules,
        })
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &LaneRule> {
        self.rules.iter()
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Holds them against the lanes of the station and the classes of each view's model, and keeps which class is meant.
    /// Until then no rule with a class holds.
    ///
    /// # Errors
    /// The first rule that does not fit.
    pub fn bind(&mut self, lanes: &Lanes, classes: &[&[String]]) -> Result<(), RuleError> {
        for (at, rule) in self.rules.iter().enumerate() {
            let number = at + 1;
            let Some(lane) = lanes.find(&rule.lane).and_then(|lane| lanes.get(lane)) else {
                return Err(RuleError::NoLane {
                    rule: number,
                    lane: rule.lane.to_string(),
                    known: lanes
                        .iter()
                        .map(|(_, lane)| lane.name.to_string())
                        .collect(),
                });
            };
            if rule
                .verdict
                .is_some_and(|verdict| verdict.disposition() != lane.takes)
            {
                return Err(RuleError::NeverHolds {
                    rule: number,
                    lane: rule.lane.to_string(),
                    takes: lane.takes,
                });
            }
            let Some(class) = &rule.class else { continue };
            let number_in = |names: &&[String]| {
                let at = names.iter().position(|name| name == class);
                at.and_then(|at| u16::try_from(at).ok())
            };
            let bound: ArrayVec<_, VIEWS_MAX> =
                classes.iter().take(VIEWS_MAX).map(number_in).collect();
            if bound.iter().all(Option::is_none) {
                let mut known: Vec<String> = classes.concat();
                known.sort();
                known.dedup();
                return Err(RuleError::NoClass {
                    rule: number,
                    class: class.clone(),
                    known,
                });
            }
            self.classes[at] = bound;
        }
        Ok(())
    }

    /// The first that holds for this part.
    fn first(&self, result: &PartResult, lanes: &Lanes) -> Option<(LaneNo, LaneBy)> {
        let mut numbered = (1_u8..).zip(self.rules.iter().zip(&self.classes));
        numbered.find_map(|(number, (rule, classes))| {
            if !rule.fits(result, classes) {
                return None;
            }
            let lane = lanes.find(&rule.lane)?;
            lanes
                .takes(lane, result.disposition)
                .then_some((lane, LaneBy::Rule(number)))
        })
    }
}

/// View and class of the worst finding.
fn worst(result: &PartResult) -> Option<(u8, u16)> {
    let views = result.views.iter();
    let findings = views.filter_map(|view| Some((view.view, view.findings.first()?)));
    let worst = findings.max_by(|a, b| a.1.score.get().total_cmp(&b.1.score.get()));
    worst.map(|(view, finding)| (view, finding.class))
}

/// Whether a part was judged as it should be: every view said something, and nothing went wrong on the way.
fn is_judged(result: &PartResult) -> bool {
    let is_finding = |cause| matches!(cause, None | Some(Cause::Defect | Cause::Uncertain));
    result.decided_after_us.is_some()
        && is_finding(result.cause)
        && result.views.iter().all(|view| is_finding(view.cause))
}

/// The lane of a part, and why that one. `told` is the lane that came with its identity. A part that fails or is not
/// decided never goes to a lane of accepted ones, and one with which anything went wrong goes to the safe one.
pub fn lane_of(
    result: &PartResult,
    rules: Option<&LaneRules>,
    told: Option<LaneNo>,
    lanes: &Lanes,
) -> (LaneNo, LaneBy) {
    if !is_judged(result) || result.disposition != result.verdict.disposition() {
        return (lanes.safe(), LaneBy::Usual);
    }
    let told = told.filter(|lane| lanes.takes(*lane, result.disposition));
    told.map(|lane| (lane, LaneBy::LookUp))
        .or_else(|| rules?.first(result, lanes))
        .unwrap_or((lanes.usual(result.disposition), LaneBy::Usual))
}

#[cfg(test)]
mod tests;
