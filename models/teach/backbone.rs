//! The network that describes places, as a file and as it runs.

use super::TeachError;
use super::defects::Picture;
use super::error::failed;
use super::graph::{self, Front};
use super::memory::{Features, Place};
use crate::onnx::{Attribute, Model, Value};
use crate::quantise::{Plan, Ranges};
use crate::runtime::Runtime;
use crate::session::network::{Array, Network};
use std::time::Duration;

/// How often a model is run to see how long it takes: the first times are slower, and others use the machine, too.
const TRIALS: usize = 5;

/// A feature network: one input N × 3 × H × W, outputs N × channels × height × width at several strides.
#[derive(Clone, Debug)]
pub struct Backbone {
    model: Model,
    /// The outputs that are used.
    levels: Vec<Level>,
    /// A value is `(pixel / 255 - mean) / std`.
    mean: [f32; 3],
    std: [f32; 3],
}

/// An output of a backbone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) name: String,
    /// How many times smaller than what comes in is what its network sees.
    pub(super) shrunk: usize,
}

/// The one that is in the repository; `models/python/train/backbone` made it.
const OWN: &[u8] = include_bytes!("../assets/backbone/backbone.onnx");
/// EfficientNet-Lite0, trained on photos of everything; `models/assets/backbone/fetch.sh` made it, where it ran before
/// the build.
#[cfg(has_efficientnet_lite)]
const LITE: Option<&[u8]> = Some(include_bytes!(concat!(
    env!("OUT_DIR"),
    "/efficientnet_lite0.onnx"
)));
#[cfg(not(has_efficientnet_lite))]
const LITE: Option<&[u8]> = None;

/// What ships with the product, in words.
pub const SHIPPED: &str = match LITE {
    Some(_) => "the shipped networks own and lite0",
    None => "the shipped network own",
};

impl Backbone {
    /// What ships with the product: its own network, and EfficientNet-Lite0 beside it in a build that fetched it.
    ///
    /// # Errors
    /// Never, unless the program was built with a broken file.
    pub fn shipped() -> Result<Self, TeachError> {
        let own = Some(("own", OWN));
        let networks = own.into_iter().chain(LITE.map(|bytes| ("lite0", bytes)));
        let parsed = networks.map(|(name, bytes)| {
            let network = Self::parse(bytes, Vec::new(), [0.0; 3], [1.0; 3])?;
            Ok((name.to_owned(), network))
        });
        Self::joined(parsed.collect::<Result<_, TeachError>>()?)
    }

    /// From the bytes of an ONNX file. `levels` names the outputs to use; none means all with four sides.
    ///
    /// # Errors
    /// What the file lacks.
    pub fn parse(
        bytes: &[u8],
        levels: Vec<String>,
        mean: [f32; 3],
        std: [f32; 3],
    ) -> Result<Self, TeachError> {
        let wrong = |message: String| TeachError::Backbone { message };
        let model =
            Model::parse(bytes).map_err(|error| wrong(format!("not an ONNX file: {error}")))?;
        if has_external_data(&model) {
            return Err(wrong(
                "its weights stand in another file; export it with the weights inside".to_owned(),
            ));
        }
        let known = outputs(&model);
        if let Some(unknown) = levels.iter().find(|level| !known.contains(level)) {
            return Err(wrong(format!(
                "expected an output \"{unknown}\", found {}",
                known.join(", ")
            )));
        }
        let levels = if levels.is_empty() { known } else { levels };
        if levels.is_empty() {
            return Err(wrong(
                "expected outputs N × channels × height × width, found none".to_owned(),
            ));
        }
        let levels = levels.into_iter().map(|name| Level { name, shrunk: 1 });
        Ok(Self::of(model, levels.collect(), mean, std))
    }

    pub(super) fn of(model: Model, levels: Vec<Level>, mean: [f32; 3], std: [f32; 3]) -> Self {
        Self {
            model,
            levels,
            mean,
            std,
        }
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    pub(super) fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// Names of the levels.
    pub(super) fn names(&self) -> Vec<String> {
        self.levels.iter().map(|level| level.name.clone()).collect()
    }

    pub(super) fn mean_and_std(&self) -> ([f32; 3], [f32; 3]) {
        (self.mean, self.std)
    }
}

/// Runs the backbone.
pub(super) struct Eye {
    /// As it runs, see [`graph::opened`].
    pub(super) opened: Model,
    /// Convolutions in whole numbers, and all; none where it stays in `f32`.
    pub(super) quantised: Option<(usize, usize)>,
    network: Network,
    pub(super) places: Vec<Place>,
    /// Of each level, see [`Level`].
    shrunk: Vec<usize>,
    front: Front,
    mean: [f32; 3],
    std: [f32; 3],
}

impl Eye {
    /// `shown` are pictures that tell which numbers are usual, where it is to run in whole numbers.
    pub(super) fn new(
        runtime: &Runtime,
        backbone: &Backbone,
        front: Front,
        threads: usize,
        shown: &[Picture],
    ) -> Result<Self, TeachError> {
        let wrong = |message| TeachError::Backbone { message };
        let levels = &backbone.names();
        let mut opened = graph::opened(&backbone.model, front, levels).map_err(wrong)?;
        let loaded = |model: &Model| {
            Network::new(runtime, &prost::Message::encode_to_vec(model), threads).map_err(failed)
        };
        let (mean, std) = backbone.mean_and_std();
        let plan = Plan::of(&opened);
        let is_quantised = !shown.is_empty() && plan.count() > 0;
        if is_quantised {
            let watching = prost::Message::encode_to_vec(&plan.watching(&opened));
            let mut watching = Network::sparing(runtime, &watching, threads).map_err(failed)?;
            let mut ranges = Ranges::default();
            for picture in shown {
                let image = array(front, mean, std, &picture.planes);
                let seen = ranges.look(&mut watching, &plan, (graph::INPUT, &image));
                seen.map_err(wrong)?;
            }
            opened = plan.rewrite(&opened, &ranges).map_err(wrong)?;
        }
        let mut eye = Self {
            network: loaded(&graph::features(&opened, levels, &[]))?,
            shrunk: backbone.levels.iter().map(|level| level.shrunk).collect(),
            opened,
            quantised: is_quantised.then(|| (plan.count(), plan.total())),
            places: Vec::new(),
            front,
            mean,
            std,
        };
        let strides = eye.strides()?;
        eye.network = loaded(&graph::features(&eye.opened, levels, &strides))?;
        eye.places = eye.places(&strides)?;
        Ok(eye)
    }

    /// How far levels that are too fine are pooled.
    fn strides(&mut self) -> Result<Vec<usize>, TeachError> {
        let (width, height) = self.front.network;
        let levels = self.blank()?.into_iter().zip(self.shrunk.clone());
        let strides = levels.map(|(array, shrunk)| {
            let (width_seen, height_seen) = (width / shrunk, height / shrunk);
            let [1, _, height, width] = array.shape[..] else {
                let message = format!(
                    "expected 1 × channels × height × width, found {:?}",
                    array.shape
                );
                return Err(TeachError::Backbone { message });
            };
            // Finer than a quarter costs time and finds no more.
            let stride = (width * 4 / width_seen).min(height * 4 / height_seen);
            Ok(stride.max(1))
        });
        strides.collect()
    }

    fn places(&mut self, strides: &[usize]) -> Result<Vec<Place>, TeachError> {
        let levels = self.blank()?.into_iter().zip(strides).enumerate();
        let places = levels.map(|(level, (array, stride))| Place {
            level,
            channels: array.shape[1],
            grid: (array.shape[3], array.shape[2]),
            stride: *stride,
        });
        Ok(places.collect())
    }

    /// How long a model takes for a picture, at its quickest of a few times.
    pub(super) fn takes(
        &self,
        model: &mut Network,
        picture: &Picture,
        now: fn() -> Duration,
    ) -> Result<Duration, TeachError> {
        let image = array(self.front, self.mean, self.std, &picture.planes);
        let mut least = Duration::MAX;
        for _ in 0..TRIALS {
            let begun = now();
            model.run(&[(graph::INPUT, &image)]).map_err(failed)?;
            least = least.min(now().saturating_sub(begun));
        }
        Ok(least)
    }

    /// What it says of a grey picture.
    fn blank(&mut self) -> Result<Vec<Array>, TeachError> {
        let (width, height) = self.front.input;
        let channels = self.front.channels();
        self.arrays(&vec![0.5; width * height * channels])
    }

    /// The features of every level.
    pub(super) fn look(&mut self, planes: &[f32]) -> Result<Vec<Features>, TeachError> {
        let arrays = self.arrays(planes)?.into_iter();
        let features: Vec<Features> = arrays.map(|array| array.values).collect();
        let is_wrong = |level: &Features| level.iter().any(|value| !value.is_finite());
        match features.iter().position(is_wrong) {
            Some(level) => Err(TeachError::Backbone {
                message: format!(
                    "expected numbers of its output {level} (from 0), found some that are not finite; it needs 32 \
                     bits, or --mean and --std that fit it"
                ),
            }),
            None => Ok(features),
        }
    }

    fn arrays(&mut self, planes: &[f32]) -> Result<Vec<Array>, TeachError> {
        let image = array(self.front, self.mean, self.std, planes);
        self.network.run(&[(graph::INPUT, &image)]).map_err(failed)
    }
}

/// A picture as the graph takes it.
fn array(front: Front, mean: [f32; 3], std: [f32; 3], planes: &[f32]) -> Array {
    let (width, height) = front.input;
    let mut values = planes.to_vec();
    if front.grey.is_none() {
        for (channel, plane) in values.chunks_exact_mut(width * height).enumerate() {
            let (mean, std) = (mean[channel], std[channel]);
            plane
                .iter_mut()
                .for_each(|value| *value = (*value - mean) / std);
        }
    }
    Array {
        shape: vec![1, front.channels(), height, width],
        values,
    }
}

/// The graph's outputs that have four sides, as far as the file says how many they have.
fn outputs(model: &Model) -> Vec<String> {
    let graph = model.graph.as_ref();
    let sides = |value: &Value| {
        let tensor = value.kind.as_ref().and_then(|kind| kind.tensor.as_ref());
        tensor
            .and_then(|t| t.shape.as_ref())
            .map_or(4, |shape| shape.dim.len())
    };
    let values = graph.map_or(&[][..], |graph| &graph.output);
    let of_four = values.iter().filter(|value| sides(value) == 4);
    of_four.filter_map(|value| value.name.clone()).collect()
}

/// Whether any tensor stands in another file.
fn has_external_data(model: &Model) -> bool {
    let attribute = |a: &Attribute| a.t.as_ref().is_some_and(|t| t.data_location == Some(1));
    model.graph.as_ref().is_some_and(|graph| {
        graph.initializer.iter().any(|t| t.data_location == Some(1))
            || graph
                .node
                .iter()
                .any(|node| node.attribute.iter().any(attribute))
    })
}
