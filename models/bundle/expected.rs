//! An answer kept, and how far another one is from it.

use super::tables::{Problems, Table, number};
use crate::answer::{Answer, Detection};
use std::fmt::Write as _;
use toml::de::{DeTable, DeValue};

/// Overlap from which two boxes are the same.
pub const OVERLAP_MIN: f32 = 0.99;
/// Boxes with smaller scores come and go with the last digits.
pub const BOX_SCORE_MIN: f32 = 0.1;

/// An answer that was kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// Of the image.
    pub score: f32,
    /// Scores: classes × height × width of the map; empty when there is none.
    pub map: Vec<f32>,
    /// Cells a row of the map.
    pub map_width: u32,
    /// One score per class, when the whole image is classified.
    pub classes: Vec<f32>,
    /// Boxes, best first.
    pub detections: Vec<Detection>,
}

impl Expected {
    /// A copy of an answer.
    pub fn of(answer: &Answer) -> Self {
        Self {
            score: answer.score,
            map: answer.map.map_or(Vec::new(), |map| map.values.to_vec()),
            map_width: answer.map.map_or(0, |map| map.width as u32),
            classes: answer.classes.to_vec(),
            detections: answer.detections.to_vec(),
        }
    }

    /// The largest difference of any score. A box that has no partner (same class, overlap above
    /// [`OVERLAP_MIN`]) differs by its whole score, those below `least` not regarded. `None` when the maps have
    /// other sizes or there are other classes.
    pub fn difference(&self, other: &Self, least: f32) -> Option<f32> {
        let sizes = (self.map.len(), self.map_width, self.classes.len());
        if sizes != (other.map.len(), other.map_width, other.classes.len()) {
            return None;
        }
        let apart = |a: &[f32], b: &[f32]| {
            let pairs = a.iter().zip(b);
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
        };
        let scores = [
            (self.score - other.score).abs(),
            apart(&self.map, &other.map),
            apart(&self.classes, &other.classes),
            unpaired(&self.detections, &other.detections, least),
            unpaired(&other.detections, &self.detections, least),
        ];
        Some(scores.into_iter().fold(0.0, f32::max))
    }

    /// Whether the map alone does not tell the score.
    pub(crate) fn has_more_than_map(&self) -> bool {
        let peak = self.map.iter().copied().fold(0.0, f32::max);
        self.map.is_empty() || peak != self.score || !self.detections.is_empty()
    }

    pub(crate) fn text(&self) -> String {
        let list = |values: &[f32]| {
            let texts: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
            texts.join(", ")
        };
        let mut text = format!(
            "score = {:?}\nclasses = [{}]\n",
            self.score,
            list(&self.classes)
        );
        let _ = writeln!(
            text,
            "# class, score, centre x, centre y, width, height, angle, area\ndetections = ["
        );
        for Detection {
            class,
            score,
            centre,
            size,
            angle,
            area,
        } in &self.detections
        {
            let row = [
                *class as f32,
                *score,
                centre[0],
                centre[1],
                size[0],
                size[1],
                *angle,
                *area,
            ];
            let _ = writeln!(text, "  [{}],", list(&row));
        }
        text.push_str("]\n");
        text
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let document = DeTable::parse(text).ok()?;
        let mut problems = Problems::new(text);
        let mut table = Table::document(&document);
        let row = |value: &DeValue| {
            let numbers: Option<Vec<f32>> = value
                .as_array()?
                .iter()
                .map(|v| number(v.get_ref()))
                .collect();
            let [class, score, x, y, width, height, angle, area] = numbers?[..] else {
                return None;
            };
            let (class, centre, size) = (class as usize, [x, y], [width, height]);
            Some(Detection {
                class,
                score,
                centre,
                size,
                angle,
                area,
            })
        };
        let score = table.ranged("score", 0.0..=1.0, &mut problems);
        let classes = table.list("classes", "scores", &mut problems, number);
        let detections = table.list("detections", "rows of eight numbers", &mut problems, row);
        Some(Self {
            score: score?,
            classes: classes?.1,
            detections: detections?.1,
            ..Self::default()
        })
    }
}

/// The largest score of a box without partner, or of a difference to its partner.
fn unpaired(boxes: &[Detection], others: &[Detection], least: f32) -> f32 {
    let differences = boxes
        .iter()
        .filter(|found| found.score >= least)
        .map(|found| {
            let partners = others
                .iter()
                .filter(|other| other.class == found.class && other.overlap(found) > OVERLAP_MIN);
            let differences = partners.map(|other| (other.score - found.score).abs());
            differences.fold(found.score, f32::min)
        });
    differences.fold(0.0, f32::max)
}
