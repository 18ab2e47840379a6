//! What people say of parts that they look at again, and which parts are put before them.

use super::part::PartNo;
use super::result::PartResult;
use super::verdict::{Score, Thresholds, Verdict};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What somebody says of a part after looking at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// It has a defect, whatever the station said.
    Defect,
    /// It has none.
    Good,
    /// The pictures do not say.
    CannotTell,
}

impl Judgement {
    /// Every one, for filters and tests.
    pub const ALL: [Judgement; 3] = [Judgement::Defect, Judgement::Good, Judgement::CannotTell];

    /// What has this stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The stable name, as in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Judgement::Defect => "defect",
            Judgement::Good => "good",
            Judgement::CannotTell => "cannot_tell",
        }
    }
}

/// What all reviews of a part come to that were not taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reviewed {
    /// All say that it has a defect.
    Defect,
    /// All say that it is good.
    Good,
    /// All say that they cannot tell.
    CannotTell,
    /// They do not say the same.
    Disputed,
}

impl Reviewed {
    /// Every one, for filters and tests.
    pub const ALL: [Reviewed; 4] = [
        Reviewed::Defect,
        Reviewed::Good,
        Reviewed::CannotTell,
        Reviewed::Disputed,
    ];

    /// What has this stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The stable name, as in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Reviewed::Defect => "defect",
            Reviewed::Good => "good",
            Reviewed::CannotTell => "cannot_tell",
            Reviewed::Disputed => "disputed",
        }
    }
}

/// Why a part waits for a review: the first of these that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It was called defective.
    Reject,
    /// It was rejected without a verdict.
    NotDecided,
    /// It passed, and was drawn at random.
    Drawn,
    /// It passed, and a score was near its threshold.
    Near,
}

impl Why {
    /// Every one, in the order in which they count.
    pub const ALL: [Why; 4] = [Why::Reject, Why::NotDecided, Why::Drawn, Why::Near];

    /// What has this stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The stable name, as in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Why::Reject => "reject",
            Why::NotDecided => "not_decided",
            Why::Drawn => "drawn",
            Why::Near => "near",
        }
    }
}

/// Which passes are put before people: a share that is drawn at random, and those that nearly failed.
#[derive(Clone, Copy, PartialEq)]
pub struct Draw {
    /// Share of passes that are drawn, 0 to 1.
    share: f64,
    /// A pass is near whose score is less than this below where it would not have passed, 0 to 1.
    near: f64,
    /// Of this job, and known to nobody: which passes are drawn must not be foreseen by whoever loads the line.
    key: [u8; 32],
}

// Not its key, which a line of a log must not show.
impl std::fmt::Debug for Draw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { share, near, .. } = self;
        f.debug_struct("Draw")
            .field("share", share)
            .field("near", near)
            .finish_non_exhaustive()
    }
}

/// What a pass was chosen for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chosen {
    /// Out of which share of passes it was drawn.
    pub drawn: Option<f64>,
    /// Within how much of its threshold a score was.
    pub near: Option<f64>,
}

impl Draw {
    /// Draws nothing, and nothing is near.
    pub const NONE: Draw = Draw {
        share: 0.0,
        near: 0.0,
        key: [0; 32],
    };

    /// Shares from 0 to 1. `key` is drawn once for each job.
    pub const fn new(share: f64, near: f64, key: [u8; 32]) -> Self {
        Self { share, near, key }
    }

    /// Whether the part is drawn if it passes. The same for each view and for its row, without anything between them.
    pub fn takes(&self, part_no: PartNo) -> bool {
        if self.share <= 0.0 {
            return false;
        }
        let mut hasher = Sha256::new_with_prefix(self.key);
        hasher.update(part_no.0.to_le_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        let (first, _) = digest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
        // 53 bits: what a double holds, from 0 to below 1.
        let drawn = (u64::from_le_bytes(*first) >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < self.share
    }

    /// Whether a view that passed nearly did not.
    pub fn is_near(&self, score: Option<Score>, thresholds: Option<Thresholds>) -> bool {
        let (Some(score), Some(thresholds)) = (score, thresholds) else {
            return false;
        };
        let from = f64::from(thresholds.accept_below().get()) - self.near;
        self.near > 0.0 && f64::from(score.get()) >= from
    }

    /// Whether a part passed of which a view nearly did not.
    pub fn is_part_near(&self, result: &PartResult) -> bool {
        let mut views = result.views.iter();
        result.verdict == Verdict::Pass
            && result.challenge.is_none()
            && views.any(|view| self.is_near(view.score, view.thresholds))
    }

    /// What a part was chosen for, as its row says. Challenge parts are never chosen.
    pub fn of(&self, result: &PartResult) -> Chosen {
        if result.verdict != Verdict::Pass || result.challenge.is_some() {
            return Chosen::default();
        }
        let is_near = self.is_part_near(result);
        Chosen {
            drawn: self.takes(result.part_no).then_some(self.share),
            near: is_near.then_some(self.near),
        }
    }
}

/// Why a part waits for a review, if it does. Of a challenge part it is known what it is.
pub fn why(result: &PartResult, chosen: Chosen) -> Option<Why> {
    if result.challenge.is_some() {
        return None;
    }
    match result.verdict {
        Verdict::Fail => Some(Why::Reject),
        Verdict::NotDecided => Some(Why::NotDecided),
        Verdict::Pass if chosen.drawn.is_some() => Some(Why::Drawn),
        Verdict::Pass => chosen.near.map(|_| Why::Near),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(draw: &Draw, parts: u64) -> Vec<u64> {
        (1..=parts).filter(|no| draw.takes(PartNo(*no))).collect()
    }

    /// 100,000 parts at 1 %: 1,000 on average, with a standard deviation of 31.5; six of them on either side.
    #[test]
    fn the_share_that_is_declared_is_drawn_and_another_key_draws_others() {
        let (a, b) = (Draw::new(0.01, 0.0, [1; 32]), Draw::new(0.01, 0.0, [2; 32]));
        let (of_a, of_b) = (drawn(&a, 100_000), drawn(&b, 100_000));
        for found in [of_a.len(), of_b.len()] {
            assert!((811..=1_189).contains(&found), "{found}");
        }
        let both = of_a.iter().filter(|no| of_b.contains(no)).count();
        assert!(both < 50, "{both}: 10 on average");
        assert_eq!(of_a, drawn(&a, 100_000), "each stage draws the same");
        assert_eq!(drawn(&Draw::new(1.0, 0.0, [3; 32]), 1_000).len(), 1_000);
        assert!(drawn(&Draw::NONE, 1_000).is_empty());
    }

    #[test]
    fn a_pass_is_near_that_would_have_failed_with_a_little_more() {
        let score = |value: f32| Score::new(value);
        let limits = score(0.4)
            .zip(score(0.5))
            .map(|(a, b)| Thresholds::new(a, b));
        let limits = limits.flatten();
        let draw = Draw::new(0.0, 0.05, [0; 32]);
        assert!(draw.is_near(score(0.36), limits));
        assert!(!draw.is_near(score(0.34), limits));
        assert!(!draw.is_near(None, limits));
        assert!(!Draw::NONE.is_near(score(0.399), limits));
    }

    #[test]
    fn names_are_read_back() {
        for known in Judgement::ALL {
            assert_eq!(Judgement::from_name(known.name()), Some(known));
        }
        for known in Reviewed::ALL {
            assert_eq!(Reviewed::from_name(known.name()), Some(known));
        }
        for known in Why::ALL {
            assert_eq!(Why::from_name(known.name()), Some(known));
        }
    }
}
