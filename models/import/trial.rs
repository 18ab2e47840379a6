//! What a graph gives on images made up for it, before anybody relies on what its file says or its shapes look like.

use super::asked::Layout;
use super::error::{ImportError, unusable};
use super::facts::Facts;
use super::layout::Rows;
use super::plan::Plan;
use super::recognise::Kind;
use crate::bundle::manifest::{Activation, Input};
use crate::onnx::Model;
use crate::runtime::Runtime;
use crate::session::network::{Array, Network};
use prost::Message as _;
use std::collections::BTreeMap;

/// How far shares may be from 1 together, and scores beyond 0 and 1, by rounding (16 bits among it).
const ROUNDING: f32 = 2e-3;

/// From so many values on, all of which lie from 0 to 1, they are scores and no logits.
const VALUES_MIN: usize = 64;

/// What a graph gave on each image.
pub(crate) struct Trial {
    outputs: BTreeMap<String, Vec<Array>>,
}

impl Trial {
    /// Runs a graph that takes what the station gives: on noise twice, on black, on white, on a part drawn roughly.
    ///
    /// # Errors
    /// When ONNX Runtime does not take it, or it fails.
    pub(crate) fn of(runtime: &Runtime, model: &Model, plan: &Plan) -> Result<Self, ImportError> {
        let refused = |error: ort::Error| {
            ImportError::Unusable(format!("ONNX Runtime refuses it: {}", error.message()))
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let bytes = model.encode_to_vec();
        let mut network = Network::new(runtime, &bytes, threads).map_err(refused)?;
        let input = &plan.feeding.input;
        let mut outputs: BTreeMap<String, Vec<Array>> = BTreeMap::new();
        for image in images(input) {
            let given = network.run_named(&[(&input.name, &image)]);
            for (name, array) in given.map_err(refused)? {
                outputs.entry(name).or_default().push(array);
            }
        }
        Ok(Self { outputs })
    }

    /// The same facts with the shapes that were seen.
    pub(crate) fn seen(&self, facts: &Facts) -> Facts {
        let mut facts = facts.clone();
        for port in &mut facts.outputs {
            if let Some(array) = self.of_output(&port.name).first() {
                port.sides = array.shape.iter().map(|side| Some(*side as i64)).collect();
            }
        }
        facts
    }

    /// Boxes as they were given, one a row.
    pub(crate) fn rows(&self, output: &str, are_columns: bool) -> Rows {
        let mut rows = Rows::default();
        for array in self.of_output(output) {
            if let [_, first, second] = array.shape[..] {
                rows.add(&array.values, [first, second], are_columns);
            }
        }
        rows
    }

    /// Holds what was seen against what was recognised and said.
    ///
    /// # Errors
    /// When values that were to become scores are scores already, or boxes are not written as they should.
    pub(crate) fn check(&self, plan: &mut Plan, is_said: bool) -> Result<(), ImportError> {
        self.check_activation(plan)?;
        self.check_boxes(plan, is_said)
    }

    fn check_activation(&self, plan: &mut Plan) -> Result<(), ImportError> {
        let (Some(first), second) = (plan.read.first(), plan.read.get(1)) else {
            return Ok(());
        };
        if plan.output.activation == Activation::None {
            return Ok(());
        }
        let classes = plan.output.classes.len();
        let activation = plan.output.activation.name();
        let scores = match (&plan.kind, second) {
            (Kind::Apart, Some(scores)) => self.values(scores),
            (Kind::Boxes(layout), _) => self.scores_of_boxes(first, *layout, classes),
            _ => self.values(first),
        };
        let cells = match plan.kind {
            Kind::Map => scores.first().map_or(1, |one| one.len() / classes.max(1)),
            _ => 1,
        };
        let is_shared = !plan.kind.is_boxes() && are_shares(&scores, classes, cells);
        let values: Vec<f32> = scores.into_iter().flatten().collect();
        let are_scores = values.iter().all(|value| is_score(*value));
        let is_shown = values.len() >= VALUES_MIN && values.iter().any(|value| *value > 0.0);
        if is_shared || are_scores && is_shown {
            let sum = match is_shared {
                true => ", those of all classes sum to 1",
                false => "",
            };
            return unusable(format!(
                "--activation {activation}: what it gives on trial images is scores already (all from 0 to 1{sum}); \
                 say --activation none"
            ));
        }
        // Few values may lie there by chance.
        if are_scores {
            plan.notes.push(format!(
                "what it gives on trial images lies from 0 to 1 before the {activation}: if these are scores already, \
                 say --activation none"
            ));
        }
        Ok(())
    }

    fn check_boxes(&self, plan: &Plan, is_said: bool) -> Result<(), ImportError> {
        let Some(first) = plan.read.first() else {
            return Ok(());
        };
        let (rows, layout) = match plan.kind {
            Kind::Apart => (self.rows(first, false), Layout::Shares),
            Kind::Boxes(layout) => {
                let are_columns = matches!(layout, Layout::Centre | Layout::Turned);
                (self.rows(first, are_columns), layout)
            }
            _ => return Ok(()),
        };
        match rows.contradiction(layout, plan.output.classes.len()) {
            None => Ok(()),
            Some(why) => {
                let by = match is_said {
                    true => "as was said",
                    false => "as it seems",
                };
                unusable(format!(
                    "{first:?} holds no boxes of the layout {}, {by}: {why}. Say how it writes them with \
                     --box-layout {}",
                    layout.name(),
                    Layout::ALL.map(Layout::name).join("|")
                ))
            }
        }
    }

    fn of_output(&self, name: &str) -> &[Array] {
        self.outputs.get(name).map_or(&[], Vec::as_slice)
    }

    /// Of each image.
    fn values(&self, name: &str) -> Vec<Vec<f32>> {
        let arrays = self.of_output(name).iter();
        arrays.map(|array| array.values.clone()).collect()
    }

    fn scores_of_boxes(&self, name: &str, layout: Layout, classes: usize) -> Vec<Vec<f32>> {
        let are_columns = matches!(layout, Layout::Centre | Layout::Turned);
        let (from, count) = match layout {
            Layout::Corners | Layout::SharesFinal | Layout::TurnedFinal => (4, 1),
            Layout::Objectness => (4, 1 + classes),
            _ => (4, classes),
        };
        let rows = self.rows(name, are_columns).rows.into_iter();
        rows.map(|row| row.into_iter().skip(from).take(count).collect())
            .collect()
    }
}

/// Images as the graph takes them.
fn images(input: &Input) -> Vec<Array> {
    let channels = input.channels.count();
    let (width, height) = (input.width as usize, input.height as usize);
    let image = |pixel: &mut dyn FnMut(usize, usize) -> u8| {
        let mut values = Vec::with_capacity(channels * width * height);
        for channel in 0..channels {
            let (gain, offset) = input.gain_and_offset(channel);
            for y in 0..height {
                values.extend((0..width).map(|x| gain * f32::from(pixel(x, y)) + offset));
            }
        }
        Array {
            shape: vec![1, channels, height, width],
            values,
        }
    };
    let mut random = fastrand::Rng::with_seed(1);
    let mut noise = || image(&mut |_, _| random.u8(..));
    let (one, other) = (noise(), noise());
    let part = image(&mut |x, y| {
        let is_within = x.abs_diff(width / 2) < width / 4 && y.abs_diff(height / 2) < height / 4;
        (if is_within { 180 } else { 60 }) + (x % 16) as u8
    });
    vec![
        one,
        other,
        image(&mut |_, _| 0),
        image(&mut |_, _| 255),
        part,
    ]
}

/// Whether values are shares of classes: each from 0 to 1, those of a cell 1 together.
fn are_shares(images: &[Vec<f32>], classes: usize, cells: usize) -> bool {
    let is_cell = |values: &Vec<f32>, cell: usize| {
        let sum: f32 = values.iter().skip(cell).step_by(cells).sum();
        (sum - 1.0).abs() < ROUNDING
    };
    classes > 1
        && images.iter().all(|values| {
            let is_whole = values.len() == classes * cells;
            is_whole
                && values.iter().all(|v| is_score(*v))
                && (0..cells).all(|c| is_cell(values, c))
        })
}

fn is_score(value: f32) -> bool {
    (-ROUNDING..=1.0 + ROUNDING).contains(&value)
}
