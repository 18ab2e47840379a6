//! Teaching: from pictures of good parts to a bundle that says how unlike a good part each place is.
//!
//! A network that was trained on other things (the backbone) describes every place of a picture at
//! several levels. Descriptions of good parts are remembered; the distance to the nearest remembered one
//! is how unusual a place is (PatchCore, Roth et al. 2022). What is new here: every level is remembered
//! with and without regard to position, and how much each of these memories counts is found from the good
//! pictures alone, by how far defects drawn into them stand out from the variation of good parts that
//! were held out ([`defects`]).

mod defects;
pub(crate) mod graph;
mod memory;
mod pictures;
mod statistics;
mod weighing;

use self::graph::{Front, Voice};
use self::memory::{Features, Memory, Place};
use crate::image::ImageView;
use crate::manifest::Input;
use crate::network::{Array, Network};
use crate::onnx::Model;
use crate::runtime::Runtime;
use fastrand::Rng;
use std::fmt;

pub use self::statistics::{CONFIDENCE, Proposal, images_needed, share_at_most};
pub use self::weighing::Weight;

/// Width and height.
pub type Size = (usize, usize);

/// A memory is made without regard to position, and with this weight.
const POSITION_WEIGHTS: [f32; 2] = [0.0, 8.0];
/// Defects drawn into each held-out picture.
const DEFECTS_PER_IMAGE: usize = 3;
/// Parts that the good pictures are held out in.
const FOLDS: usize = 4;
/// Features per memory while memories are weighed.
const BANK_WEIGHING: usize = 1_000;
/// Fewest pictures that can be taught from: one to learn from, one to hold out.
pub const IMAGES_MIN: usize = 2;

/// A feature network: one input N × 3 × H × W, outputs N × channels × height × width at several strides.
#[derive(Clone, Debug)]
pub struct Backbone {
    model: Model,
    /// Names of the outputs that are used.
    levels: Vec<String>,
    /// A value is `(pixel / 255 - mean) / std`.
    mean: [f32; 3],
    std: [f32; 3],
}

impl Backbone {
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
        if graph::has_external_data(&model) {
            return Err(wrong(
                "its weights stand in another file; export it with the weights inside".to_owned(),
            ));
        }
        let known = graph::levels(&model);
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
        Ok(Self {
            model,
            levels,
            mean,
            std,
        })
    }
}

/// How to teach.
#[derive(Clone, Debug, PartialEq)]
pub struct TeachOptions {
    /// Size at which the backbone sees a picture; none: the shorter side 256, aspect kept.
    pub size: Option<Size>,
    /// Most features a memory keeps.
    pub bank_max: usize,
    /// Share of good parts that the proposed threshold aims to reject.
    pub false_rejects: f64,
    /// Everything random follows from it.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
}

impl Default for TeachOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            size: None,
            bank_max: 2_000,
            false_rejects: 0.01,
            seed: 1,
            threads,
        }
    }
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Of `total`.
    pub done: usize,
    /// Steps of this stage.
    pub total: usize,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Pictures become features.
    Features,
    /// Memories are weighed on held-out pictures.
    Weighing,
    /// Held-out pictures are scored by what will be the model.
    Scoring,
}

/// What was taught: the bytes of `model.onnx` and all that `model.toml` and the recipe need to know.
#[derive(Clone, Debug)]
pub struct Taught {
    /// The graph.
    pub model: Vec<u8>,
    /// What it takes.
    pub input: Input,
    /// Name of its output.
    pub output: &'static str,
    /// Score of each good picture by a model that had not seen it, 0 to 1, in their order.
    pub held_out: Vec<f32>,
    /// The threshold, on the same scale; it lies at 0.5.
    pub proposal: Proposal,
    /// Every memory that was tried, and what it counts.
    pub weights: Vec<Weight>,
    /// Features kept.
    pub remembered: usize,
}

/// Teaches from pictures of good parts, all of one size, RGB.
///
/// # Errors
/// When there are too few pictures, they differ in size, or the backbone cannot be run.
pub fn teach(
    runtime: &Runtime,
    backbone: &Backbone,
    images: &[ImageView],
    options: &TeachOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Taught, TeachError> {
    let (front, pictures) = pictures::prepared(images, options)?;
    let mut eye = Eye::new(runtime, backbone, front, options.threads)?;
    let mut features = Vec::with_capacity(pictures.len());
    for (done, picture) in pictures.iter().enumerate() {
        progress(Progress {
            stage: Stage::Features,
            done,
            total: pictures.len(),
        });
        features.push(eye.look(&picture.planes)?);
    }
    let mut rng = Rng::with_seed(options.seed);
    let class = Class {
        runtime,
        backbone,
        front,
        options,
        places: eye.places.clone(),
    };
    let weights = class.weigh(&mut eye, &pictures, &features, &mut rng, progress)?;
    let chosen: Vec<Weight> = weights.iter().filter(|w| w.weight > 0.0).cloned().collect();
    let sums = class.held_out(&chosen, &features, &mut rng, progress)?;
    let proposal = Proposal::of(&sums, options.false_rejects);
    let half = proposal.threshold;
    let every: Vec<usize> = (0..features.len()).collect();
    let voices: Vec<Voice> = class
        .memories(&chosen, &features, &every, options.bank_max, &mut rng)
        .into_iter()
        .zip(&chosen)
        .map(|(memory, weight)| weight.voice(memory))
        .collect();
    let remembered = voices
        .iter()
        .map(|v| v.memory.bank.len() / v.memory.length())
        .sum();
    let model = graph::anomaly(
        &backbone.model,
        front,
        &backbone.levels,
        &voices,
        class.map(),
        half,
    )
    .map_err(|message| TeachError::Backbone { message })?;
    let score = |sum: f32| sum / (sum + half);
    Ok(Taught {
        model: prost::Message::encode_to_vec(&model),
        input: pictures::input(front, backbone),
        output: graph::OUTPUT,
        held_out: sums.iter().map(|sum| score(*sum)).collect(),
        proposal: Proposal {
            threshold: score(half),
            ..proposal
        },
        weights,
        remembered,
    })
}

/// What does not change while one model is taught.
struct Class<'a> {
    runtime: &'a Runtime,
    backbone: &'a Backbone,
    front: Front,
    options: &'a TeachOptions,
    places: Vec<Place>,
}

impl Class<'_> {
    /// Size of the map: an eighth of what the backbone sees.
    fn map(&self) -> Size {
        let (width, height) = self.front.network;
        ((width / 8).max(1), (height / 8).max(1))
    }

    fn folds(&self, images: usize) -> usize {
        FOLDS.min(images)
    }

    /// One memory per weight, of the pictures listed.
    fn memories(
        &self,
        weights: &[Weight],
        features: &[Vec<Features>],
        of: &[usize],
        count: usize,
        rng: &mut Rng,
    ) -> Vec<Memory> {
        let seeds: Vec<u64> = weights.iter().map(|_| rng.u64(..)).collect();
        let work: Vec<(&Weight, u64)> = weights.iter().zip(seeds).collect();
        let made = |(weight, seed): &(&Weight, u64)| {
            let images: Vec<&Features> = of.iter().map(|i| &features[*i][weight.level]).collect();
            let mut rng = Rng::with_seed(*seed);
            Memory::of(
                self.places[weight.level],
                weight.position_weight,
                &images,
                count,
                &mut rng,
            )
        };
        let share = work.len().div_ceil(self.options.threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let threads: Vec<_> = work
                .chunks(share)
                .map(|work| scope.spawn(move || work.iter().map(made).collect::<Vec<_>>()))
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap_or_default())
                .collect()
        })
    }

    /// Runs the smoothed distance maps of these memories.
    fn searcher(&self, memories: &[Memory]) -> Result<Network, TeachError> {
        let model = graph::distances(self.backbone.model.opset(), memories, self.map());
        let bytes = prost::Message::encode_to_vec(&model);
        Network::new(self.runtime, &bytes, self.options.threads).map_err(failed)
    }

    fn search(
        &self,
        searcher: &mut Network,
        weights: &[Weight],
        features: &[Features],
    ) -> Result<Vec<Array>, TeachError> {
        let mut levels: Vec<usize> = weights.iter().map(|weight| weight.level).collect();
        levels.dedup();
        let inputs: Vec<(String, Array)> = levels
            .iter()
            .map(|level| {
                let Place { channels, grid, .. } = self.places[*level];
                let shape = vec![1, channels, grid.1, grid.0];
                let values = features[*level].clone();
                (graph::pooled(*level), Array { shape, values })
            })
            .collect();
        let inputs: Vec<(&str, &Array)> = inputs
            .iter()
            .map(|(name, array)| (name.as_str(), array))
            .collect();
        searcher.run(&inputs).map_err(failed)
    }

    fn weigh(
        &self,
        eye: &mut Eye,
        pictures: &[defects::Picture],
        features: &[Vec<Features>],
        rng: &mut Rng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<Weight>, TeachError> {
        let mut weights = Vec::new();
        for level in 0..self.places.len() {
            for position_weight in POSITION_WEIGHTS {
                weights.push(Weight::untried(
                    level,
                    &self.backbone.levels[level],
                    position_weight,
                ));
            }
        }
        let mut trials = weighing::Trials::new(weights.len());
        let total = pictures.len();
        let mut done = 0;
        for fold in 0..self.folds(total) {
            let (held, rest) = self.split(total, fold);
            let memories = self.memories(&weights, features, &rest, BANK_WEIGHING, rng);
            let mut searcher = self.searcher(&memories)?;
            for index in held {
                progress(Progress {
                    stage: Stage::Weighing,
                    done,
                    total,
                });
                done += 1;
                trials.good(self.search(&mut searcher, &weights, &features[index])?);
                for _ in 0..DEFECTS_PER_IMAGE {
                    let bad = defects::with_defect(&pictures[index], rng);
                    let seen = eye.look(&bad.planes)?;
                    trials.bad(self.search(&mut searcher, &weights, &seen)?);
                }
            }
        }
        trials.weigh(&mut weights);
        Ok(weights)
    }

    /// Score, not yet squeezed between 0 and 1, of each picture by memories of the others.
    fn held_out(
        &self,
        chosen: &[Weight],
        features: &[Vec<Features>],
        rng: &mut Rng,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<f32>, TeachError> {
        let total = features.len();
        let mut sums = vec![0.0; total];
        let mut done = 0;
        for fold in 0..self.folds(total) {
            let (held, rest) = self.split(total, fold);
            let memories = self.memories(chosen, features, &rest, self.options.bank_max, rng);
            let mut searcher = self.searcher(&memories)?;
            for index in held {
                progress(Progress {
                    stage: Stage::Scoring,
                    done,
                    total,
                });
                done += 1;
                let maps = self.search(&mut searcher, chosen, &features[index])?;
                sums[index] = weighing::sum_max(chosen, &maps);
            }
        }
        Ok(sums)
    }

    /// Pictures held out in a fold, and the others.
    fn split(&self, total: usize, fold: usize) -> (Vec<usize>, Vec<usize>) {
        let folds = self.folds(total);
        (0..total).partition(|index| index % folds == fold)
    }
}

/// Runs the backbone.
struct Eye {
    network: Network,
    places: Vec<Place>,
    front: Front,
    mean: [f32; 3],
    std: [f32; 3],
}

impl Eye {
    fn new(
        runtime: &Runtime,
        backbone: &Backbone,
        front: Front,
        threads: usize,
    ) -> Result<Self, TeachError> {
        let loaded = |pooling: &[usize]| {
            let model = graph::features(&backbone.model, front, &backbone.levels, pooling)
                .map_err(|message| TeachError::Backbone { message })?;
            Network::new(runtime, &prost::Message::encode_to_vec(&model), threads).map_err(failed)
        };
        let (mean, std) = (backbone.mean, backbone.std);
        let mut eye = Self {
            network: loaded(&[])?,
            places: Vec::new(),
            front,
            mean,
            std,
        };
        let blank = vec![0.5; front.input.0 * front.input.1 * 3];
        let unpooled = eye.arrays(&blank)?;
        let mut strides = Vec::new();
        for array in &unpooled {
            let [1, _, height, width] = array.shape[..] else {
                let message = format!(
                    "expected 1 × channels × height × width, found {:?}",
                    array.shape
                );
                return Err(TeachError::Backbone { message });
            };
            // Finer than an eighth costs time and finds no more.
            let stride = (width * 8 / front.network.0)
                .min(height * 8 / front.network.1)
                .max(1);
            strides.push(stride);
        }
        eye.network = loaded(&strides)?;
        let pooled = eye.arrays(&blank)?;
        let places = pooled
            .iter()
            .zip(strides)
            .enumerate()
            .map(|(level, (array, stride))| Place {
                level,
                channels: array.shape[1],
                grid: (array.shape[3], array.shape[2]),
                stride,
            });
        eye.places = places.collect();
        Ok(eye)
    }

    /// The features of every level.
    fn look(&mut self, planes: &[f32]) -> Result<Vec<Features>, TeachError> {
        Ok(self
            .arrays(planes)?
            .into_iter()
            .map(|array| array.values)
            .collect())
    }

    fn arrays(&mut self, planes: &[f32]) -> Result<Vec<Array>, TeachError> {
        let (width, height) = self.front.input;
        let mut values = planes.to_vec();
        for (channel, plane) in values.chunks_exact_mut(width * height).enumerate() {
            let (mean, std) = (self.mean[channel], self.std[channel]);
            plane
                .iter_mut()
                .for_each(|value| *value = (*value - mean) / std);
        }
        let image = Array {
            shape: vec![1, 3, height, width],
            values,
        };
        self.network.run(&[(graph::INPUT, &image)]).map_err(failed)
    }
}

#[allow(clippy::needless_pass_by_value)]
fn failed(error: ort::Error) -> TeachError {
    TeachError::Backbone {
        message: error.message().to_owned(),
    }
}

/// Why nothing was taught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeachError {
    /// Too few pictures.
    Few {
        /// How many there are.
        found: usize,
    },
    /// A picture is not like the first one.
    Size {
        /// Which, from 0.
        index: usize,
        /// Of the first: width and height.
        expected: (u32, u32),
        /// Of this one.
        found: (u32, u32),
    },
    /// The size asked for is none that a network can see.
    NetworkSize {
        /// Width and height.
        found: Size,
    },
    /// The backbone cannot be used.
    Backbone {
        /// Why.
        message: String,
    },
}

impl fmt::Display for TeachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TeachError::Few { found } => write!(
                f,
                "teach: expected at least {IMAGES_MIN} pictures of good parts, found {found}; 30 or more \
                 are sensible"
            ),
            TeachError::Size {
                index,
                expected,
                found,
            } => write!(
                f,
                "teach: picture {} is {}×{} pixels RGB, the first is {}×{}; take all with one camera and \
                 setting",
                index + 1,
                found.0,
                found.1,
                expected.0,
                expected.1
            ),
            TeachError::NetworkSize { found } => write!(
                f,
                "teach: expected a size of 32 to 2048 pixels a side, found {}×{}",
                found.0, found.1
            ),
            TeachError::Backbone { message } => write!(f, "use the backbone: {message}"),
        }
    }
}

impl std::error::Error for TeachError {}
