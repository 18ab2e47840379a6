//! From the graph's outputs to an answer.

use super::binding::Bound;
use super::detections::{Detector, Prototypes};
use super::graph::{self, Mismatch};
use super::ignored::Ignored;
use crate::answer::Answer;
use crate::answer::score_map::{self, ScoreMap};
use crate::bundle::manifest::{Activation, Manifest, Output, OutputKind};
use crate::prepare::placement::Placement;

/// Reads the answers of one session. Nothing allocates after `prepare_for`.
pub(crate) enum Reader {
    /// Width and height of the map.
    Map(usize, usize),
    Score,
    Classes,
    Boxes(Box<Detector>, Option<Masks>),
}

/// The map that masks are painted into.
pub(crate) struct Masks {
    /// Of the graph's output.
    height: usize,
    width: usize,
    /// Width and height of the map.
    size: (usize, usize),
    map: Vec<f32>,
}

impl Reader {
    /// For outputs of these shapes.
    pub(crate) fn new(manifest: &Manifest, shapes: &[Vec<i64>]) -> Result<Self, Mismatch> {
        let output = &manifest.output;
        graph::check_shapes(shapes, output)?;
        let masks = shapes.get(1).map_or([0, 0, 0], |shape| match shape[..] {
            [_, m, height, width] => [m, height, width].map(|side| side as usize),
            _ => [0, 0, 0],
        });
        Ok(match &output.kind {
            OutputKind::ScoreMap { .. } => {
                let [.., height, width] = shapes[0][..] else {
                    return Ok(Self::Map(0, 0));
                };
                Self::Map(width as usize, height as usize)
            }
            OutputKind::Score => Self::Score,
            OutputKind::ClassScores => Self::Classes,
            OutputKind::Boxes { masks: named, .. } => {
                let [m, height, width] = masks;
                let size = (width, height);
                let masks = named.as_ref().map(|_| Masks {
                    height,
                    width,
                    size,
                    map: vec![0.0; width * height],
                });
                match Detector::new(output, &shapes[0], m) {
                    Some(detector) => Self::Boxes(Box::new(detector), masks),
                    None => Self::Score,
                }
            }
        })
    }

    /// Width and height; 0 when there is none.
    pub(crate) fn map_size(&self) -> (u32, u32) {
        match self {
            Self::Map(width, height) => (*width as u32, *height as u32),
            Self::Boxes(_, Some(masks)) => (masks.size.0 as u32, masks.size.1 as u32),
            Self::Score | Self::Classes | Self::Boxes(..) => (0, 0),
        }
    }

    /// Gives a map of masks the size that covers the resized image.
    pub(crate) fn prepare_for(&mut self, placement: &Placement, input: (u32, u32)) {
        if let Self::Boxes(_, Some(masks)) = self {
            let side = |content: u32, input: u32, cells: usize| {
                let share = content.min(input) as f32 / input as f32;
                ((share * cells as f32).round() as usize).max(1)
            };
            let (width, height) = placement.content;
            masks.size = (
                side(width, input.0, masks.width),
                side(height, input.1, masks.height),
            );
            masks.map = vec![0.0; masks.size.0 * masks.size.1];
        }
    }

    /// Reads what the last run gave for one of its images.
    pub(crate) fn read<'a>(
        &'a mut self,
        manifest: &Manifest,
        (placement, ignored): (&Placement, &Ignored),
        (bound, image): (&'a mut Bound, usize),
    ) -> Result<Answer<'a>, String> {
        let (input, output) = (&manifest.input, &manifest.output);
        let (first, second) = bound.outputs_mut(image);
        match self {
            Self::Map(width, height) => {
                read_map(first, second, (*width, *height), (output, ignored))
            }
            Self::Score => {
                scores(first, 1, output)?;
                Ok(plain(first[0], 0))
            }
            Self::Classes => {
                scores(first, 1, output)?;
                let (score, class) = classified(first, output);
                Ok(Answer {
                    classes: first,
                    ..plain(score, class)
                })
            }
            Self::Boxes(detector, masks) => {
                let (score, class) = detector.read(first, placement, ignored)?;
                let map = masks.as_mut().map(|masks| {
                    let (height, width, size) = (masks.height, masks.width, masks.size);
                    let input = (input.width, input.height);
                    let prototypes = Prototypes {
                        values: second,
                        height,
                        width,
                        input,
                    };
                    detector.paint(first, &prototypes, placement, size, &mut masks.map);
                    ignored.clear(&mut masks.map);
                    ScoreMap {
                        classes: 1,
                        width: size.0,
                        height: size.1,
                        values: &masks.map,
                    }
                });
                let detections = detector.detections();
                Ok(Answer {
                    map,
                    detections,
                    ..plain(score, class)
                })
            }
        }
    }
}

fn plain<'a>(score: f32, class: usize) -> Answer<'a> {
    Answer {
        score,
        class,
        map: None,
        detections: &[],
        classes: &[],
    }
}

fn read_map<'a>(
    values: &'a mut [f32],
    score: &mut [f32],
    (width, height): (usize, usize),
    (output, ignored): (&Output, &Ignored),
) -> Result<Answer<'a>, String> {
    let cells = width * height;
    scores(values, cells, output)?;
    if !output.good.is_empty() {
        for (class, plane) in values.chunks_exact_mut(cells).enumerate() {
            if !output.is_defect(class) {
                plane.fill(0.0);
            }
        }
    }
    let classes = output.classes.len();
    let mut is_moved = false;
    if !ignored.is_empty() {
        let worst = score_map::of(classes, (width, height), values).peak();
        is_moved = ignored.is_cell(worst.y * width + worst.x);
        ignored.clear(values);
    }
    let map = score_map::of(classes, (width, height), values);
    let peak = map.peak();
    let score = match score {
        [score] => {
            let mut one = [*score];
            scores(&mut one, 1, output)
                .map_err(|message| format!("score of the image: {message}"))?;
            // It tells of a place that is ignored, so the worst of the others is what counts.
            if is_moved {
                one[0].min(peak.score)
            } else {
                one[0]
            }
        }
        _ => peak.score,
    };
    Ok(Answer {
        map: Some(map),
        ..plain(score, peak.class)
    })
}

/// Makes scores of what the graph gave: classes × `cells` values.
fn scores(values: &mut [f32], cells: usize, output: &Output) -> Result<(), String> {
    match output.activation {
        Activation::None => {}
        Activation::Sigmoid => score_map::sigmoid(values),
        Activation::Softmax => score_map::softmax(values, cells),
    }
    match output.range {
        // Scores already, whose high ones stand for good parts: what is no score is to be found below.
        Some([1.0, 0.0]) => values.iter_mut().for_each(|value| *value = 1.0 - *value),
        Some([low, high]) => score_map::cut(values, low, high),
        None => {}
    }
    match score_map::problem(values) {
        Some(message) => Err(message),
        None => Ok(()),
    }
}

/// How much an image belongs to defects, and to which the most. Where exactly one class is right, that is what
/// the good ones leave; else the largest score of a defect. Scores of the graph's own making may be either: there the
/// larger of both counts, so that a defect beside much that is good is not lost.
fn classified(scores: &[f32], output: &Output) -> (f32, usize) {
    let defects = scores
        .iter()
        .enumerate()
        .filter(|(class, _)| output.is_defect(*class));
    let (class, largest) = defects.fold((0, f32::MIN), |best, (class, score)| {
        if *score > best.1 {
            (class, *score)
        } else {
            best
        }
    });
    if output.good.is_empty() || output.activation == Activation::Sigmoid {
        return (largest, class);
    }
    let good = scores
        .iter()
        .enumerate()
        .filter(|(class, _)| !output.is_defect(*class));
    let good: f32 = good.map(|(_, score)| score).sum();
    let left = (1.0 - good).clamp(0.0, 1.0);
    match output.activation {
        Activation::None => (left.max(largest), class),
        _ => (left, class),
    }
}
