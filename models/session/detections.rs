//! Boxes out of a graph's answer: the best class of each, the strongest of those that overlap, their masks.

mod outside;

use super::ignored::Ignored;
use crate::answer::Detection;
use crate::answer::score_map;
use crate::bundle::manifest::{Activation, BoxLayout, Output, OutputKind};
use crate::prepare::placement::Placement;

/// Scores below are no detections. The score of the image is found without this limit.
pub const SCORE_MIN: f32 = 0.05;
/// Most boxes that are held against each other, the strongest ones.
pub const CANDIDATES_MAX: usize = 1000;
/// Most detections given.
pub const DETECTIONS_MAX: usize = 300;
/// Most detections whose mask is made; the area of the others is that of their box.
const MASKS_MAX: usize = 32;

/// A box in pixels of the input.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    found: Detection,
    /// Which of the graph's boxes.
    index: usize,
}

/// Reads one model's answers. Nothing allocates after `new`.
#[derive(Debug)]
pub(crate) struct Detector {
    layout: BoxLayout,
    iou: f32,
    activation: Activation,
    is_defect: Vec<bool>,
    /// Coefficients of a mask.
    coefficients: usize,
    /// The graph's boxes.
    boxes: usize,
    /// Values of each box, where they lie apart by `boxes`, or one after the other.
    rows: usize,
    best: Vec<(f32, u16)>,
    candidates: Vec<Candidate>,
    kept: Vec<Candidate>,
    detections: Vec<Detection>,
    line: Vec<f32>,
}

/// Part of the masks' graph output: m × height × width.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prototypes<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) height: usize,
    pub(crate) width: usize,
    /// Width and height of the input in pixels.
    pub(crate) input: (u32, u32),
}

impl Detector {
    /// For an output of this shape, as [`graph`](crate::session::graph) has checked it. `coefficients` is how many
    /// numbers each box has for its mask.
    pub(crate) fn new(output: &Output, shape: &[i64], coefficients: usize) -> Option<Self> {
        let OutputKind::Boxes { layout, iou, .. } = output.kind else {
            return None;
        };
        let (rows, boxes) = match layout {
            BoxLayout::Corners | BoxLayout::TurnedFinal => (shape[2] as usize, shape[1] as usize),
            BoxLayout::Centre | BoxLayout::Turned => (shape[1] as usize, shape[2] as usize),
        };
        let classes = 0..output.classes.len();
        Some(Self {
            layout,
            iou,
            activation: output.activation,
            is_defect: classes.map(|class| output.is_defect(class)).collect(),
            coefficients,
            boxes,
            rows,
            best: vec![(0.0, 0); boxes],
            candidates: Vec::with_capacity(boxes),
            kept: Vec::with_capacity(DETECTIONS_MAX),
            detections: Vec::with_capacity(DETECTIONS_MAX),
            line: vec![0.0; 4096],
        })
    }

    /// Finds the boxes whose middle is not ignored. Gives the largest score of a defect and its class.
    ///
    /// # Errors
    /// What is wrong with a value that is no score or no coordinate.
    pub(crate) fn read(
        &mut self,
        values: &[f32],
        placement: &Placement,
        ignored: &Ignored,
    ) -> Result<(f32, usize), String> {
        self.candidates.clear();
        let mut worst = match self.layout {
            BoxLayout::Corners | BoxLayout::TurnedFinal => self.read_final(values)?,
            BoxLayout::Centre | BoxLayout::Turned => self.read_centres(values)?,
        };
        if !ignored.is_empty() {
            // Before any of them can push out one that counts.
            self.candidates
                .retain(|candidate| !ignored.holds(&in_image(&candidate.found, placement)));
            let outside = self.worst_outside(values, placement, ignored);
            worst = match outside {
                Some((value, class)) => (self.score(value, || format!("class {class}"))?, class),
                None => (0.0, worst.1),
            };
        }
        let order = |a: &Candidate, b: &Candidate| {
            b.found
                .score
                .total_cmp(&a.found.score)
                .then(a.index.cmp(&b.index))
        };
        self.candidates.sort_unstable_by(order);
        self.candidates.truncate(CANDIDATES_MAX);
        self.suppress();
        self.detections.clear();
        let kept = self.kept.iter();
        self.detections
            .extend(kept.map(|candidate| in_image(&candidate.found, placement)));
        Ok(worst)
    }

    /// What was found last, best first.
    pub(crate) fn detections(&self) -> &[Detection] {
        &self.detections
    }

    fn read_centres(&mut self, values: &[f32]) -> Result<(f32, usize), String> {
        let n = self.boxes;
        let classes = self.is_defect.len();
        let row = |row: usize| &values[row * n..][..n];
        self.best.fill((f32::MIN, 0));
        let mut worst = (f32::MIN, 0);
        for class in 0..classes {
            let scores = row(4 + class);
            for (best, score) in self.best.iter_mut().zip(scores) {
                if *score > best.0 || score.is_nan() {
                    *best = (*score, class as u16);
                }
            }
            // A NaN must be found, and `max` would lose it.
            let largest = scores
                .iter()
                .fold(f32::MIN, |a, b| if *b > a || b.is_nan() { *b } else { a });
            let score = self.score(largest, || format!("class {class}"))?;
            if self.is_defect[class] && score > worst.0 {
                worst = (score, class);
            }
        }
        for index in 0..n {
            let (value, class) = self.best[index];
            let score = self.score(value, || format!("box {index}"))?;
            if score < SCORE_MIN {
                continue;
            }
            self.push(values, index, usize::from(class), score)?;
        }
        Ok(worst)
    }

    fn read_final(&mut self, values: &[f32]) -> Result<(f32, usize), String> {
        let mut worst = (0.0, 0);
        for index in 0..self.boxes {
            let row = &values[index * self.rows..][..self.rows];
            let score = self.score(row[4], || format!("box {index}"))?;
            let is_class = row[5] >= 0.0 && row[5] < self.is_defect.len() as f32;
            if !is_class {
                return Err(format!(
                    "expected the number of a class, found {} at box {index}",
                    row[5]
                ));
            }
            let class = row[5] as usize;
            if self.is_defect[class] && score > worst.0 {
                worst = (score, class);
            }
            if score < SCORE_MIN {
                continue;
            }
            self.push(values, index, class, score)?;
        }
        Ok(worst)
    }

    /// One of the graph's boxes as it tells it, without a score.
    fn found(&self, values: &[f32], index: usize, class: usize) -> Detection {
        let (centre, size, angle) = match self.layout {
            BoxLayout::Corners | BoxLayout::TurnedFinal => {
                let row = &values[index * self.rows..][..self.rows];
                match (self.layout, row) {
                    (BoxLayout::TurnedFinal, [x, y, width, height, .., angle]) => {
                        ([*x, *y], [*width, *height], *angle)
                    }
                    _ => {
                        let (left, top, right, bottom) = (row[0], row[1], row[2], row[3]);
                        let centre = [(left + right) / 2.0, (top + bottom) / 2.0];
                        (centre, [right - left, bottom - top], 0.0)
                    }
                }
            }
            BoxLayout::Centre | BoxLayout::Turned => {
                let value = |row: usize| values[row * self.boxes + index];
                let angle = match self.layout {
                    BoxLayout::Turned => value(self.rows - 1),
                    _ => 0.0,
                };
                ([value(0), value(1)], [value(2), value(3)], angle)
            }
        };
        let size = size.map(|side| side.max(0.0));
        Detection {
            class,
            score: 0.0,
            centre,
            size,
            angle,
            area: size[0] * size[1],
        }
    }

    fn score(&self, value: f32, place: impl Fn() -> String) -> Result<f32, String> {
        let score = match self.activation {
            Activation::Sigmoid if value.is_finite() => 1.0 / (1.0 + (-value).exp()),
            _ => value,
        };
        score_map::rounded(score)
            .ok_or_else(|| format!("expected scores from 0 to 1, found {score} at {}", place()))
    }

    fn push(
        &mut self,
        values: &[f32],
        index: usize,
        class: usize,
        score: f32,
    ) -> Result<(), String> {
        let found = self.found(values, index, class);
        let [x, y] = found.centre;
        let numbers = [x, y, found.size[0], found.size[1], found.angle];
        if let Some(bad) = numbers.iter().find(|number| !number.is_finite()) {
            return Err(format!("expected coordinates, found {bad} at box {index}"));
        }
        let found = Detection { score, ..found };
        self.candidates.push(Candidate { found, index });
        Ok(())
    }

    /// Keeps the strongest of those that overlap. Upright boxes yield to those that were kept, turned ones to
    /// every stronger one, as Ultralytics has it.
    fn suppress(&mut self) {
        self.kept.clear();
        let is_over = |a: &Detection, b: &Detection| a.class == b.class && a.overlap(b) > self.iou;
        for (index, candidate) in self.candidates.iter().enumerate() {
            let found = &candidate.found;
            let is_dropped = match self.layout {
                BoxLayout::Corners | BoxLayout::TurnedFinal => false,
                BoxLayout::Centre => self.kept.iter().any(|kept| is_over(&kept.found, found)),
                BoxLayout::Turned => {
                    let stronger = self.candidates[..index].iter();
                    stronger
                        .filter(|other| is_near(&other.found, found))
                        .any(|other| is_over(&other.found, found))
                }
            };
            if is_dropped {
                continue;
            }
            if self.kept.len() == DETECTIONS_MAX {
                break;
            }
            self.kept.push(*candidate);
        }
    }

    /// Makes the masks of the strongest detections: their areas, and a map of `width` × `height` cells over the
    /// image with the score of what lies there.
    pub(crate) fn paint(
        &mut self,
        values: &[f32],
        prototypes: &Prototypes,
        placement: &Placement,
        (width, height): (usize, usize),
        map: &mut [f32],
    ) {
        map.fill(0.0);
        let image = (placement.source.0 as f32, placement.source.1 as f32);
        let cell = (image.0 / width as f32, image.1 / height as f32);
        let strongest = self.detections.iter_mut().zip(&self.kept).take(MASKS_MAX);
        for (detection, kept) in strongest {
            let [left, top, right, bottom] = detection.bounds();
            let columns = between(left / cell.0, right / cell.0, width.min(self.line.len()));
            let mut count = 0;
            for y in between(top / cell.1, bottom / cell.1, height) {
                let line = &mut self.line[columns.clone()];
                line.fill(0.0);
                for k in 0..self.coefficients {
                    let coefficient = match self.layout {
                        BoxLayout::Corners => values[kept.index * self.rows + 6 + k],
                        _ => values[(4 + self.is_defect.len() + k) * self.boxes + kept.index],
                    };
                    let plane = &prototypes.values[k * prototypes.height * prototypes.width..];
                    for (sum, x) in line.iter_mut().zip(columns.clone()) {
                        *sum +=
                            coefficient * plane[prototypes.at(x, y, (width, height), placement)];
                    }
                }
                let cells = &mut map[y * width..][columns.clone()];
                for (cell, logit) in cells.iter_mut().zip(line) {
                    if *logit > 0.0 {
                        *cell = cell.max(detection.score);
                        count += 1;
                    }
                }
            }
            detection.area = count as f32 * cell.0 * cell.1;
        }
    }
}

impl Prototypes<'_> {
    /// Of one plane: where the middle of a cell of the map lies.
    fn at(
        &self,
        x: usize,
        y: usize,
        (width, height): (usize, usize),
        placement: &Placement,
    ) -> usize {
        let content = (placement.content.0 as f32, placement.content.1 as f32);
        let (x, y) = placement.to_input(
            (x as f32 + 0.5) / width as f32 * content.0,
            (y as f32 + 0.5) / height as f32 * content.1,
        );
        let within = |at: f32, input: u32, cells: usize| {
            ((at / input as f32 * cells as f32).max(0.0) as usize).min(cells - 1)
        };
        within(y, self.input.1, self.height) * self.width + within(x, self.input.0, self.width)
    }
}

/// Cells whose middle lies between.
fn between(from: f32, to: f32, count: usize) -> std::ops::Range<usize> {
    let within = |at: f32| ((at - 0.5).ceil().max(0.0) as usize).min(count);
    let (from, to) = (within(from), within(to));
    from..to.max(from)
}

/// Whether two boxes can touch at all.
fn is_near(a: &Detection, b: &Detection) -> bool {
    let reach = |d: &Detection| d.size[0].hypot(d.size[1]);
    let apart = (a.centre[0] - b.centre[0]).hypot(a.centre[1] - b.centre[1]);
    apart <= reach(a) + reach(b)
}

/// From the input to the image, upright boxes cut at its edges.
fn in_image(found: &Detection, placement: &Placement) -> Detection {
    let factor = placement.factors();
    let mut detection = *found;
    if found.angle == 0.0 {
        let [left, top, right, bottom] = found.bounds();
        let (left, top) = placement.to_source_within(left, top);
        let (right, bottom) = placement.to_source_within(right, bottom);
        detection.centre = [(left + right) / 2.0, (top + bottom) / 2.0];
        detection.size = [right - left, bottom - top];
    } else {
        let (x, y) = placement.to_source(found.centre[0], found.centre[1]);
        detection.centre = [x, y];
        detection.size = [found.size[0] * factor.0, found.size[1] * factor.1];
    }
    detection.area = detection.size[0] * detection.size[1];
    detection
}

#[cfg(test)]
mod tests;
