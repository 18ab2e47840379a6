//! What a model said of an image: a score from 0 to 1 for each class and cell.

/// A score map, borrowed from its session until the next run. Every value was checked: it is a
/// number from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct ScoreMap<'a> {
    /// How many classes; their names are in the manifest.
    pub classes: usize,
    /// Cells a row.
    pub width: usize,
    /// Cells a column.
    pub height: usize,
    /// classes × height × width.
    pub values: &'a [f32],
}

/// The worst cell of a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// From 0 to 1.
    pub score: f32,
    /// Index into the manifest's classes.
    pub class: usize,
    /// Column of the cell.
    pub x: usize,
    /// Row of the cell.
    pub y: usize,
}

impl ScoreMap<'_> {
    /// Cells of one class: width × height.
    pub fn cells(&self) -> usize {
        self.width * self.height
    }

    /// Writes each cell's largest score over the classes, height × width.
    ///
    /// # Panics
    /// When `into` does not have [`cells`](Self::cells) values.
    pub fn fold_max(&self, into: &mut [f32]) {
        assert_eq!(into.len(), self.cells(), "fold_max: one value per cell");
        let (first, others) = self.values.split_at(self.cells());
        into.copy_from_slice(first);
        for class in others.chunks_exact(into.len()) {
            for (largest, value) in into.iter_mut().zip(class) {
                *largest = if *value > *largest { *value } else { *largest };
            }
        }
    }

    /// The score of a class at a cell.
    ///
    /// # Panics
    /// When there is no such class or cell.
    pub fn score_at(&self, class: usize, x: usize, y: usize) -> f32 {
        assert!(
            class < self.classes && x < self.width && y < self.height,
            "no such cell"
        );
        self.values[(class * self.height + y) * self.width + x]
    }

    /// The class with the largest score at a cell; the first of equals.
    ///
    /// # Panics
    /// When there is no such cell.
    pub fn class_at(&self, x: usize, y: usize) -> usize {
        (1..self.classes).fold(0, |best, class| {
            if self.score_at(class, x, y) > self.score_at(best, x, y) {
                class
            } else {
                best
            }
        })
    }

    /// The largest score of all; the first of equals in the order class, row, column.
    pub fn peak(&self) -> Peak {
        // Two passes: the first is a plain maximum, which the compiler turns into vector code.
        let score = self
            .values
            .iter()
            .fold(0.0f32, |a, b| if *b > a { *b } else { a });
        let index = self
            .values
            .iter()
            .position(|value| *value >= score)
            .unwrap_or(0);
        let cell = index % self.cells();
        Peak {
            score,
            class: index / self.cells(),
            x: cell % self.width,
            y: cell / self.width,
        }
    }
}

/// A map of so many cells a row and a column.
pub(crate) fn of(classes: usize, (width, height): (usize, usize), values: &[f32]) -> ScoreMap<'_> {
    ScoreMap {
        classes,
        width,
        height,
        values,
    }
}

/// How far beyond 0 and 1 a score may lie: a graph's own sigmoid or softmax is rounded, and ONNX Runtime's on
/// AVX-512 gives 1.000_000_1.
const ROUNDING: f32 = 1e-5;

/// A score that lies beyond 0 or 1 by rounding only is brought back; another value is none.
pub(crate) fn rounded(value: f32) -> Option<f32> {
    let is_score = (-ROUNDING..=1.0 + ROUNDING).contains(&value);
    is_score.then(|| value.clamp(0.0, 1.0))
}

/// What is wrong with values that should be scores, if anything. Afterwards they lie within 0 and 1.
pub(crate) fn problem(values: &mut [f32]) -> Option<String> {
    // No early return: the compiler turns this into vector code.
    let is_good = values
        .iter()
        .fold(true, |good, v| good & (*v >= 0.0) & (*v <= 1.0));
    if is_good {
        return None;
    }
    let is_bad = |value: &f32| rounded(*value).is_none();
    if !values.iter().any(is_bad) {
        values
            .iter_mut()
            .for_each(|value| *value = value.clamp(0.0, 1.0));
        return None;
    }
    let count = values.iter().filter(|value| is_bad(value)).count();
    let at = values.iter().position(is_bad)?;
    let total = values.len();
    Some(format!(
        "expected scores from 0 to 1, found {} at {at} and {count} such in {total} values",
        values[at]
    ))
}

/// 1 / (1 + e⁻ˣ) in place. A value that is not finite becomes NaN, so that it is not taken for a score.
pub(crate) fn sigmoid(values: &mut [f32]) {
    for value in values {
        *value = if value.is_finite() {
            1.0 / (1.0 + (-*value).exp())
        } else {
            f32::NAN
        };
    }
}

/// eˣ / Σ eˣ over the classes, in place: classes × `cells` values. What is not finite becomes NaN.
pub(crate) fn softmax(values: &mut [f32], cells: usize) {
    for cell in 0..cells {
        let column = || (cell..values.len()).step_by(cells);
        let largest = column().fold(f32::MIN, |largest, at| largest.max(values[at]));
        let sum: f32 = column().map(|at| (values[at] - largest).exp()).sum();
        for at in (cell..values.len()).step_by(cells) {
            let share = (values[at] - largest).exp() / sum;
            values[at] = if values[at].is_finite() {
                share.min(1.0)
            } else {
                f32::NAN
            };
        }
    }
}

/// Brings `low` to 0 and `high` to 1 and cuts what lies beyond. What is not finite stays no score.
pub(crate) fn cut(values: &mut [f32], low: f32, high: f32) {
    for value in values {
        *value = if value.is_finite() {
            ((*value - low) / (high - low)).clamp(0.0, 1.0)
        } else {
            f32::NAN
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f32; 12] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9, 0.1, 0.3, 0.2, 0.7, 0.9];
    const MAP: ScoreMap = ScoreMap {
        classes: 2,
        width: 3,
        height: 2,
        values: &VALUES,
    };

    #[test]
    fn a_cell_has_the_largest_score_and_its_class() {
        let mut cells = [0.0; 6];
        MAP.fold_max(&mut cells);
        assert_eq!(cells, [0.9, 0.2, 0.3, 0.4, 0.7, 0.9]);
        assert_eq!(
            (MAP.class_at(0, 0), MAP.class_at(1, 0), MAP.class_at(2, 0)),
            (1, 0, 0)
        );
        assert_eq!(MAP.class_at(2, 1), 1);
        assert_eq!(MAP.score_at(1, 1, 1), 0.7);
    }

    #[test]
    fn the_peak_is_the_first_of_the_largest_scores() {
        assert_eq!(
            MAP.peak(),
            Peak {
                score: 0.9,
                class: 1,
                x: 0,
                y: 0
            }
        );
        let none = ScoreMap {
            classes: 1,
            width: 2,
            height: 1,
            values: &[0.0, 0.0],
        };
        assert_eq!(
            none.peak(),
            Peak {
                score: 0.0,
                class: 0,
                x: 0,
                y: 0
            }
        );
    }

    #[test]
    fn only_numbers_from_0_to_1_are_scores() {
        assert_eq!(problem(&mut [0.0, 0.5, 1.0]), None);
        let mut rounded = [1.000_000_1, -1e-8, 0.5];
        assert_eq!(problem(&mut rounded), None);
        assert_eq!(rounded, [1.0, 0.0, 0.5]);
        for bad in [f32::NAN, f32::INFINITY, -0.001, 1.001] {
            let message = problem(&mut [0.5, bad, 0.5]).unwrap();
            assert!(
                message.contains(&format!("found {bad} at 1 and 1 such in 3")),
                "{message}"
            );
        }
    }

    #[test]
    fn a_logit_that_is_not_finite_is_no_score() {
        let mut values = [0.0, 100.0, -100.0, f32::INFINITY];
        sigmoid(&mut values);
        assert_eq!(values[..2], [0.5, 1.0]);
        assert!(values[2] >= 0.0 && values[2] < 1e-20);
        assert!(values[3].is_nan());
    }

    #[test]
    fn shares_of_the_classes_sum_to_one_in_each_cell() {
        let mut values = [0.0, 1.0, 2.0, 0.0, 3.0, 2.0];
        softmax(&mut values, 3);
        for cell in 0..3 {
            assert!((values[cell] + values[cell + 3] - 1.0).abs() < 1e-6);
        }
        assert!(
            (values[0] - 0.5).abs() < 1e-6 && (values[4] - 0.880_797).abs() < 1e-5,
            "{values:?}"
        );
        let mut broken = [1.0, f32::NAN];
        softmax(&mut broken, 1);
        assert!(problem(&mut broken).is_some());
    }

    #[test]
    fn a_range_is_brought_to_scores_and_infinity_stays_none() {
        let mut values = [-1.0, 2.0, 3.0, 9.0, f32::INFINITY];
        cut(&mut values, 1.0, 5.0);
        assert_eq!(values[..4], [0.0, 0.25, 0.5, 1.0]);
        assert!(values[4].is_nan());
    }
}
