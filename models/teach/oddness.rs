//! Pictures among the good ones that are unlike the others: mostly defects that nobody saw.
//!
//! A defect in one picture excuses the same defect in another one, so a place must have its like in several others:
//! in as many as may be wrong, and one more beside itself. How far each place is from that many is told per level,
//! as a memory's distances are, and in robust standard deviations of all pictures.

use super::statistics::{is_odd, robust};
use super::weighing::Scores;

/// Share of the pictures that may be wrong in the same way.
const WRONG: f64 = 0.05;
/// Largest share of the pictures that is left out; more of them are a kind of part.
const LEFT_OUT_MAX: f64 = 0.1;
/// Fewest pictures among which one can be odd.
pub(super) const IMAGES_MIN: usize = 8;
/// Added to the deviation of a level's logarithms, which may be alike by chance.
const DEVIATION_MIN: f64 = 0.05;

/// Of how many other pictures the last one has to hold the like of a place.
pub(super) fn others(pictures: usize) -> usize {
    ((WRONG * pictures as f64).ceil() as usize).max(1)
}

/// Indices of the odd ones, in their order. `support` holds each picture's score by each level.
pub(super) fn odd(support: &[Scores]) -> Vec<usize> {
    let count = support.len();
    if count < IMAGES_MIN {
        return Vec::new();
    }
    let levels = support[0].len();
    let mut means = vec![0.0; count];
    for level in 0..levels {
        let logs: Vec<f64> = support.iter().map(|s| f64::from(s[level])).collect();
        let (centre, deviation) = robust(&logs);
        let deviation = deviation + DEVIATION_MIN;
        let told = means.iter_mut().zip(&logs);
        told.for_each(|(mean, log)| *mean += (log - centre) / deviation / levels as f64);
    }
    let mut odd: Vec<usize> = (0..count).filter(|n| is_odd(&means, *n)).collect();
    odd.sort_by(|a, b| means[*b].total_cmp(&means[*a]));
    odd.truncate((LEFT_OUT_MAX * count as f64).ceil() as usize);
    odd.sort_unstable();
    odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_picture_in_twenty_may_be_wrong_and_one_at_least() {
        assert_eq!([8, 20, 21, 40].map(others), [1, 1, 2, 2]);
    }

    #[test]
    fn what_lies_far_from_all_others_is_odd_and_a_tenth_at_most() {
        let usual = |n: usize| vec![(n % 7) as f32 * 0.05, (n % 5) as f32 * 0.07];
        let mut support: Vec<Scores> = (0..30).map(usual).collect();
        assert!(odd(&support).is_empty());
        (support[4], support[21]) = (vec![1.5, 1.2], vec![1.4, 1.3]);
        assert_eq!(odd(&support), [4, 21]);
        for other in &mut support[..9] {
            *other = vec![2.0, 2.0];
        }
        assert!(odd(&support).len() <= 3);
        assert!(odd(&support[..7]).is_empty());
    }
}
