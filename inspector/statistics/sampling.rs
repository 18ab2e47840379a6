//! How many parts to look at: single sampling plans of ISO 2859-1:1999 (ANSI/ASQ Z1.4), normal inspection, and the
//! rules by which inspection becomes tighter or is reduced. The tables of tightened and reduced inspection are not
//! here: no public source was found to hold them against.

/// General inspection levels; II is usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Samples are smaller.
    I,
    /// Unless told otherwise.
    II,
    /// Samples are larger.
    III,
}

/// A single sampling plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The code letter whose sample size it has; another than the lot's where the table has an arrow.
    pub letter: char,
    /// So many parts are looked at; of a smaller lot all.
    pub sample: u64,
    /// With so many defective parts, or fewer, the lot is accepted (Ac); with one more it is not (Re).
    pub accept: u64,
}

/// Code letters, from the smallest samples to the largest; there is no I and no O.
const LETTERS: [char; 16] = [
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R',
];
/// Sample sizes of the letters.
const SAMPLES: [u64; 16] = [
    2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1_250, 2_000,
];
/// The largest lot of each line of table 1, and its letters at levels I, II and III.
const LOTS: [(u64, [char; 3]); 15] = [
    (8, ['A', 'A', 'B']),
    (15, ['A', 'B', 'C']),
    (25, ['B', 'C', 'D']),
    (50, ['C', 'D', 'E']),
    (90, ['C', 'E', 'F']),
    (150, ['D', 'F', 'G']),
    (280, ['E', 'G', 'H']),
    (500, ['F', 'H', 'J']),
    (1_200, ['G', 'J', 'K']),
    (3_200, ['H', 'K', 'L']),
    (10_000, ['J', 'L', 'M']),
    (35_000, ['K', 'M', 'N']),
    (150_000, ['L', 'N', 'P']),
    (500_000, ['M', 'P', 'Q']),
    (u64::MAX, ['N', 'Q', 'R']),
];
/// Acceptable quality limits in percent defective.
pub const AQLS: [f64; 16] = [
    0.010, 0.015, 0.025, 0.040, 0.065, 0.10, 0.15, 0.25, 0.40, 0.65, 1.0, 1.5, 2.5, 4.0, 6.5, 10.0,
];
/// Table 2-A is made of diagonals: where letter and AQL, counted from 0, add up to the first number, the acceptance
/// number is the second. All other cells are arrows to the nearest of them in their column.
const DIAGONALS: [(usize, u64); 9] = [
    (14, 0),
    (17, 1),
    (18, 2),
    (19, 3),
    (20, 5),
    (21, 7),
    (22, 10),
    (23, 14),
    (24, 21),
];

/// The letter of a lot; none of a lot of fewer than 2 parts.
pub fn code_letter(lot: u64, level: Level) -> Option<char> {
    let (_, letters) = LOTS.iter().find(|(most, _)| lot <= *most)?;
    (lot >= 2).then(|| letters[level as usize])
}

/// Normal inspection of a lot by an AQL in percent, one of `AQLS`; none of another, and of a lot of fewer than 2 parts.
pub fn normal_plan(lot: u64, level: Level, aql: f64) -> Option<Plan> {
    let wanted = code_letter(lot, level)?;
    let row = LETTERS.iter().position(|letter| *letter == wanted)?;
    let column = AQLS.iter().position(|known| (known - aql).abs() < 1e-9)?;
    let diagonal = match row + column {
        // Down to the larger sample with which 0 defects are enough.
        0..=14 => 14,
        // Up to it; down to the one with 1 where the table has none above.
        15 | 16 if column <= 14 => 14,
        15 | 16 => 17,
        25.. => 24,
        there => there,
    };
    let (_, accept) = DIAGONALS.iter().find(|(sum, _)| *sum == diagonal)?;
    let row = diagonal - column;
    Some(Plan {
        letter: LETTERS[row],
        sample: SAMPLES[row].min(lot),
        accept: *accept,
    })
}

/// How closely lots are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Where inspection starts.
    Normal,
    /// After two lots of five that were not accepted.
    Tightened,
    /// After a series of good lots, where somebody allowed it.
    Reduced,
    /// After five lots that were not accepted under tightened inspection: the process comes first.
    Discontinued,
}

/// Lots on original inspection, one after the other (ISO 2859-1:1999, 9.3 and 9.4).
#[derive(Clone, Debug)]
pub struct Switching {
    severity: Severity,
    /// The last five under normal inspection, the newest last.
    recent: Vec<bool>,
    accepted_in_a_row: u32,
    refused_tightened: u32,
    score: u32,
    may_reduce: bool,
}

impl Switching {
    /// Reduced inspection also needs steady production and somebody who allows it: `may_reduce`.
    pub fn new(may_reduce: bool) -> Self {
        Self {
            severity: Severity::Normal,
            recent: Vec::new(),
            accepted_in_a_row: 0,
            refused_tightened: 0,
            score: 0,
            may_reduce,
        }
    }

    /// How the next lot is to be looked at.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Takes a lot's result. The switching score counts 2 for an accepted lot, as for plans with an acceptance number of
    /// 0 or 1; of others that is fewer than the standard allows, and reduced inspection comes later.
    pub fn lot(&mut self, is_accepted: bool) {
        match self.severity {
            Severity::Normal => self.normal(is_accepted),
            Severity::Tightened => {
                self.accepted_in_a_row = if is_accepted {
                    self.accepted_in_a_row + 1
                } else {
                    0
                };
                self.refused_tightened += u32::from(!is_accepted);
                if self.accepted_in_a_row == 5 {
                    *self = Self::new(self.may_reduce);
                } else if self.refused_tightened == 5 {
                    self.severity = Severity::Discontinued;
                }
            }
            Severity::Reduced if !is_accepted => *self = Self::new(self.may_reduce),
            Severity::Reduced | Severity::Discontinued => {}
        }
    }

    fn normal(&mut self, is_accepted: bool) {
        self.score = if is_accepted { self.score + 2 } else { 0 };
        self.recent.push(is_accepted);
        if self.recent.len() > 5 {
            self.recent.remove(0);
        }
        let refused = self.recent.iter().filter(|accepted| !**accepted).count();
        if refused >= 2 {
            *self = Self::new(self.may_reduce);
            self.severity = Severity::Tightened;
        } else if self.may_reduce && self.score >= 30 {
            self.severity = Severity::Reduced;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{share_at_most, trials_without_event};

    #[test]
    fn samples_without_a_defect_are_those_of_the_tables() {
        for (confidence, share, parts) in [
            (0.95, 0.01, 299),
            (0.95, 0.001, 2_995),
            (0.99, 0.01, 459),
            (0.95, 0.05, 59),
            (0.90, 0.10, 22),
        ] {
            assert_eq!(trials_without_event(share, confidence), parts);
        }
        assert!(share_at_most(0, 299) <= 0.01 && share_at_most(0, 298) > 0.01);
    }

    /// pccpy 0.16.2; 7 CFR 43.103 prints the same table.
    #[test]
    fn plans_are_those_of_the_standard() {
        let plan =
            |lot, aql| normal_plan(lot, Level::II, aql).map(|plan| (plan.sample, plan.accept));
        assert_eq!(plan(1_200, 1.0), Some((80, 2)));
        assert_eq!(plan(500, 0.25), Some((50, 0)));
        assert_eq!(plan(600_000, 0.010), Some((1_250, 0)));
        assert_eq!(plan(150_000, 10.0), Some((125, 21)), "an arrow up");
        assert_eq!(plan(8, 0.65), Some((8, 0)), "20 of a lot of 8: all");
        assert_eq!(plan(1, 1.0), None);
        assert_eq!(plan(100, 1.1), None);
        assert_eq!(code_letter(1_201, Level::I), Some('H'));
        assert_eq!(code_letter(500_001, Level::III), Some('R'));
    }

    /// capstat-core 0.4.3: `apply_switching_rules`.
    #[test]
    fn two_lots_of_five_tighten_and_five_good_ones_loosen() {
        use Severity::{Discontinued, Normal, Reduced, Tightened};
        let course = |lots: &[u8], may_reduce| {
            let mut switching = Switching::new(may_reduce);
            let under = lots.iter().map(|lot| {
                let before = switching.severity();
                switching.lot(*lot == 1);
                before
            });
            (under.collect::<Vec<_>>(), switching.severity())
        };
        let (under, after) = course(&[1, 0, 1, 0, 1, 1, 1, 1, 1, 1], false);
        assert_eq!(under[..4], [Normal; 4]);
        assert_eq!(under[4..9], [Tightened; 5]);
        assert_eq!((under[9], after), (Normal, Normal));
        assert_eq!(course(&[0, 0, 0, 0, 0, 0, 0], false).1, Discontinued);
        assert_eq!(course(&[1; 15], true).1, Reduced);
        assert_eq!(course(&[1; 15], false).1, Normal);
        assert_eq!(course(&[1; 14], true).1, Normal);
    }
}
