//! How a graph writes its boxes: which ways its shape allows, and which of them its answers show.

use super::asked::Layout;
use super::facts::Port;

/// Most numbers of a box that make its mask; Ultralytics has 32.
const COEFFICIENTS_MAX: i64 = 1 << 16;

/// What is known of an output of boxes before it has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// After the batch; `None` where free.
    sides: [Option<i64>; 2],
    /// How many, where names are known.
    classes: Option<i64>,
    /// Numbers of each box that make its mask.
    coefficients: i64,
}

impl Shape {
    /// `None` for an output that has no three sides.
    pub(crate) fn of(port: &Port, classes: Option<usize>, coefficients: i64) -> Option<Self> {
        let [_, first, second] = port.sides[..] else {
            return None;
        };
        Some(Self {
            sides: [first, second],
            classes: classes.map(|count| count as i64),
            // No mask has more, and what a hostile file says must not overflow.
            coefficients: coefficients.clamp(0, COEFFICIENTS_MAX),
        })
    }

    /// Those of `layouts` that the shape allows.
    pub(crate) fn allowed(&self, layouts: &[Layout]) -> Vec<Layout> {
        let all = layouts.iter().copied();
        all.filter(|layout| self.allows(*layout)).collect()
    }

    /// Whether boxes of this layout can have this shape.
    pub(crate) fn allows(&self, layout: Layout) -> bool {
        let Some(side) = self.sides[numbers_side(layout)] else {
            return true;
        };
        let others = others(layout) + self.coefficients;
        match (has_score_per_class(layout), self.classes) {
            (false, _) => side == others,
            (true, Some(classes)) => side == others + classes,
            (true, None) => side > others,
        }
    }

    /// How many classes boxes of this layout have, where the shape tells.
    pub(crate) fn classes_of(&self, layout: Layout) -> Option<i64> {
        let side = self.sides[numbers_side(layout)].filter(|_| has_score_per_class(layout))?;
        Some(side.saturating_sub(others(layout) + self.coefficients))
    }

    /// What the shape would have to be, for people.
    pub(crate) fn expected(&self, layout: Layout) -> String {
        let others = others(layout) + self.coefficients;
        let numbers = match (has_score_per_class(layout), self.classes) {
            (false, _) => others.to_string(),
            (true, Some(classes)) => (others + classes).to_string(),
            (true, None) => format!("({others} + classes)"),
        };
        match numbers_side(layout) {
            0 => format!("1×{numbers}×n"),
            _ => format!("1×n×{numbers}"),
        }
    }

    /// Whether its sides can only be those of columns, one for each box.
    pub(crate) fn has_columns(&self) -> bool {
        matches!(self.sides, [Some(first), Some(second)] if first < second)
    }
}

/// Which side has the numbers of one box.
fn numbers_side(layout: Layout) -> usize {
    match layout {
        Layout::Centre | Layout::Turned => 0,
        Layout::Rows
        | Layout::Corners
        | Layout::Shares
        | Layout::SharesFinal
        | Layout::Objectness
        | Layout::TurnedFinal => 1,
    }
}

/// How many numbers of a box there are beside scores of classes and coefficients.
fn others(layout: Layout) -> i64 {
    match layout {
        Layout::Centre | Layout::Rows | Layout::Shares => 4,
        Layout::Objectness | Layout::Turned => 5,
        Layout::Corners | Layout::SharesFinal => 6,
        Layout::TurnedFinal => 7,
    }
}

fn has_score_per_class(layout: Layout) -> bool {
    !matches!(
        layout,
        Layout::Corners | Layout::SharesFinal | Layout::TurnedFinal
    )
}

/// Boxes as a trial gave them, one a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Vec<f32>>,
}

/// A coordinate above is no share of the image, and one in pixels of an input of eight or more lies above somewhere.
const SHARE_MAX: f32 = 1.5;

impl Rows {
    /// Of one image's answer of `first` × `second` numbers.
    pub(crate) fn add(&mut self, values: &[f32], [first, second]: [usize; 2], are_columns: bool) {
        let count = if are_columns { second } else { first };
        let row = |at: usize| -> Vec<f32> {
            match are_columns {
                true => (0..first).map(|n| values[n * second + at]).collect(),
                false => values[at * second..][..second].to_vec(),
            }
        };
        self.rows.extend((0..count).map(row));
    }

    /// Why these cannot be boxes of this layout, in words.
    pub(crate) fn contradiction(&self, layout: Layout, classes: usize) -> Option<String> {
        let most = self.largest();
        let has_class = !has_score_per_class(layout);
        let no_class = self.rows.iter().find(|row| !is_class(row, classes));
        if let Some(bad) = no_class.filter(|_| has_class) {
            return Some(format!(
                "where the number of a class would stand, it gives {}",
                bad.get(5)?
            ));
        }
        match layout {
            Layout::Shares | Layout::SharesFinal => (most > 2.0 * SHARE_MAX).then(|| {
                format!("its boxes would be shares of the image (0 to 1), it gives {most}")
            }),
            _ => (most > 0.0 && most <= SHARE_MAX).then(|| {
                format!(
                    "its boxes would be pixels of the input, it gives shares of the image, {most} at most"
                )
            }),
        }
    }

    /// The one of several layouts that these numbers can be, if they show it.
    pub(crate) fn told(&self, among: &[Layout], classes: usize) -> Option<Layout> {
        let is_final = self.rows.iter().all(|row| is_class(row, classes));
        let is_ordered = |row: &Vec<f32>| row[0] <= row[2] && row[1] <= row[3];
        let is_scored = |row: &Vec<f32>| row[4] > 0.0 && row[4] < 1.0;
        // Rows of zeros say nothing.
        let has_boxes =
            self.largest() > 0.0 && self.rows.iter().any(|row| row.len() > 5 && is_scored(row));
        let can_be = |layout: &Layout| {
            let is_whole = match layout {
                Layout::Corners => is_final && self.rows.iter().all(is_ordered),
                Layout::SharesFinal | Layout::TurnedFinal => is_final,
                // Two scores of which one is always 0 or 1 do not happen.
                _ => !is_final,
            };
            is_whole && self.contradiction(*layout, classes).is_none()
        };
        let mut found = among.iter().filter(|layout| has_boxes && can_be(layout));
        match (found.next(), found.next()) {
            (Some(only), None) => Some(*only),
            _ => None,
        }
    }

    /// The largest coordinate.
    fn largest(&self) -> f32 {
        let coordinates = self.rows.iter().flat_map(|row| row.iter().take(4));
        coordinates.fold(0.0, |most: f32, value| most.max(value.abs()))
    }
}

/// Whether the number of a class stands where final boxes have one.
fn is_class(row: &[f32], classes: usize) -> bool {
    let is_one = |value: f32| value.fract() == 0.0 && value >= 0.0 && value < classes as f32;
    row.get(5).is_some_and(|value| is_one(*value))
}
