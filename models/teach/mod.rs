//! Teaching: from pictures of good parts to a bundle that says how unlike a good part each place is.
//!
//! Networks that were trained on other things (the backbone) describe every place of a picture at several levels.
//! Descriptions of good parts are remembered; the distance to the nearest remembered one is how unusual a place is
//! (PatchCore, Roth et al. 2022), and a place counts by how much less usual it is than its surroundings
//! ([`contrast`]). Levels are remembered with and without regard to position, the finest without only. Each of these memories tells by its
//! most unusual place how unusual the picture is; that is told in standard deviations of good parts that were held
//! out, and the mean over all memories is the picture's score ([`weighing`]). Defects drawn into good pictures show
//! which memories see nothing at all ([`defects`]).

mod backbone;
mod class;
mod contrast;
mod defects;
mod distance;
mod error;
mod evidence;
pub(crate) mod graph;
mod joined;
mod memory;
mod oddness;
mod pictures;
mod projection;
mod reviewed;
mod statistics;
mod weighing;

use self::backbone::Eye;
use self::class::Class;
use self::defects::Picture;
use self::memory::Features;
use self::weighing::Trials;
use crate::bundle::manifest::Input;
use crate::image::ImageView;
use crate::runtime::Runtime;
use fastrand::Rng;
use std::ops::ControlFlow;

pub use self::backbone::{Backbone, SHIPPED};
pub use self::error::TeachError;
pub use self::evidence::{Evidence, Expected, Point, Remedy};
pub use self::reviewed::{BAD_MIN, Outcome, Reviewed};
pub use self::statistics::{Proposal, student_t};
pub use self::weighing::Weight;
pub use crate::accept::shares::{CONFIDENCE, Counted, images_needed, share_at_most};

/// Width and height.
pub type Size = (usize, usize);

/// Most good pictures that show which numbers are usual.
const SHOWN_MAX: usize = 12;

/// Fewest pictures that can be taught from: one to learn from, one to hold out.
pub const IMAGES_MIN: usize = 2;

/// How to teach.
#[derive(Clone, Debug, PartialEq)]
pub struct TeachOptions {
    /// Size at which the backbone sees a picture; none: the shorter side 256, aspect kept.
    pub size: Option<Size>,
    /// Most features a memory keeps; of levels finer than an eighth, half of it.
    pub bank_max: usize,
    /// Share of good parts that the proposed threshold aims to reject.
    pub false_rejects: f64,
    /// Everything random follows from it.
    pub seed: u64,
    /// Whether the backbone runs in 8-bit whole numbers, which processors do twice as fast (see
    /// [`quantise`](crate::quantise)); its last convolutions and the memories stay in `f32`.
    pub is_quantised: bool,
    /// Whether every image is remembered, also one that is unlike all the others.
    pub keeps_odd: bool,
    /// Threads that run the backbone.
    pub threads: usize,
}

impl Default for TeachOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            size: None,
            bank_max: 1_000,
            false_rejects: 0.02,
            seed: 1,
            is_quantised: true,
            keeps_odd: false,
            threads,
        }
    }
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Steps of this stage that are done, of `total`.
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
    /// What will be the model is put together.
    Scoring,
}

/// Told how far it has come before every step; says whether to go on.
pub type Watch<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

pub(crate) fn tell(
    watch: Watch,
    stage: Stage,
    done: usize,
    total: usize,
) -> Result<(), TeachError> {
    match watch(Progress { stage, done, total }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(TeachError::Stopped),
    }
}

/// What was taught: the bytes of `model.onnx` and all that `model.toml` and the recipe need to know.
#[derive(Clone, Debug)]
pub struct Taught {
    /// The bytes of `model.onnx`.
    pub model: Vec<u8>,
    /// What it takes.
    pub input: Input,
    /// Name of its output.
    pub output: &'static str,
    /// Score of each good picture by a model that had not seen it, 0 to 1, in their order.
    pub held_out: Vec<f32>,
    /// Good pictures that are unlike all the others, by index. Nothing was learnt from them.
    pub odd: Vec<usize>,
    /// The threshold, on the same scale; it lies at 0.5.
    pub proposal: Proposal,
    /// Every memory that was tried, and what it counts.
    pub weights: Vec<Weight>,
    /// Descriptions of places that all memories keep together.
    pub remembered: usize,
    /// Convolutions of the backbone in 8-bit whole numbers, and all; none where it stays in `f32`.
    pub quantised: Option<(usize, usize)>,
    /// What reviewed defects changed, where there were any.
    pub reviewed: Option<Reviewed>,
    /// What other thresholds would do, and how sure that is; on the same scale.
    pub evidence: Evidence,
    /// Pictures to hold the model against later, by name, in the input's size: good ones, and the same
    /// with a defect drawn into them. Bytes of the input's channels.
    pub examples: Vec<(String, Vec<u8>)>,
}

/// Teaches from pictures of good parts, all of one size and of the same channels, which are those that the
/// model takes.
///
/// # Errors
/// When there are too few pictures, they differ in size or channels, the backbone cannot be run, or `progress` says
/// to stop.
pub fn teach(
    runtime: &Runtime,
    backbone: &Backbone,
    images: &[ImageView],
    options: &TeachOptions,
    progress: Watch,
) -> Result<Taught, TeachError> {
    teach_with(runtime, backbone, images, &[], options, progress)
}

/// As [`teach`], and uses reviewed defects where there are any: to weigh memories and to place the
/// threshold. None of them is remembered.
///
/// # Errors
/// As [`teach`], and when there are some reviewed defects but fewer than [`BAD_MIN`].
pub fn teach_with(
    runtime: &Runtime,
    backbone: &Backbone,
    images: &[ImageView],
    bad: &[ImageView],
    options: &TeachOptions,
    progress: Watch,
) -> Result<Taught, TeachError> {
    if (1..BAD_MIN).contains(&bad.len()) {
        return Err(TeachError::FewBad { found: bad.len() });
    }
    let (front, pictures) = pictures::prepared(images, bad, backbone, options)?;
    let shown = if options.is_quantised {
        shown(&pictures[..images.len()], options.seed)
    } else {
        Vec::new()
    };
    let mut eye = Eye::new(runtime, backbone, front, options.threads, &shown)?;
    let features = looked_at(&mut eye, &pictures, progress)?;
    let (pictures, features) = (&pictures[..images.len()], features);
    let (features, bad) = features.split_at(images.len());
    let mut rng = Rng::with_seed(options.seed);
    let class = Class {
        runtime,
        backbone,
        front,
        options,
        places: eye.places.clone(),
    };
    let odd = match options.keeps_odd {
        true => Vec::new(),
        false => class.odd(features)?,
    };
    let shown = (features, bad, &odd[..]);
    let trials = class.trials(&mut eye, pictures, shown, &mut rng, progress)?;
    tell(progress, Stage::Scoring, 0, 1)?;
    let learnt: Vec<usize> = (0..features.len()).filter(|n| !odd.contains(n)).collect();
    let told = Told::of(&trials, class.untried(), &learnt, bad.len(), options);
    let (weights, half) = (told.weights, told.proposal.threshold);
    let detectors = class.detectors(&weights, features, &learnt, &mut rng);
    let remembered = detectors
        .iter()
        .map(|d| d.memory.bank.len() / d.memory.length())
        .sum();
    let levels = backbone.levels();
    let model = graph::anomaly(&eye.opened, levels, &detectors, class.map(), half);
    let score = |mean: f32| evidence::score(mean - half);
    let every: Vec<usize> = (0..features.len()).collect();
    let means = trials.good_scores(&weights, &every);
    Ok(Taught {
        model: prost::Message::encode_to_vec(&model),
        input: pictures::input(front, backbone),
        output: graph::OUTPUT,
        odd,
        held_out: means.iter().map(|mean| score(*mean)).collect(),
        proposal: told.proposal.scaled(),
        evidence: told.evidence,
        weights,
        remembered,
        quantised: eye.quantised,
        reviewed: told.reviewed,
        examples: examples(pictures, &mut rng),
    })
}

/// The features of every picture.
fn looked_at(
    eye: &mut Eye,
    pictures: &[Picture],
    progress: Watch,
) -> Result<Vec<Vec<Features>>, TeachError> {
    let mut features = Vec::with_capacity(pictures.len());
    for (done, picture) in pictures.iter().enumerate() {
        tell(progress, Stage::Features, done, pictures.len())?;
        features.push(eye.look(&picture.planes)?);
    }
    Ok(features)
}

/// What follows from trials on pictures that were held out.
struct Told {
    weights: Vec<Weight>,
    proposal: Proposal,
    reviewed: Option<Reviewed>,
    evidence: Evidence,
}

impl Told {
    /// Of these good pictures, and of as many reviewed defects.
    fn of(
        trials: &Trials,
        untried: Vec<Weight>,
        good: &[usize],
        bad: usize,
        options: &TeachOptions,
    ) -> Self {
        let target = options.false_rejects;
        let reviewed = (bad > 0).then(|| reviewed::reviewed(trials, &untried, (good, bad), target));
        let used: Vec<usize> = match &reviewed {
            Some(Reviewed { is_used: true, .. }) => (0..bad).collect(),
            _ => Vec::new(),
        };
        let mut weights = untried;
        trials.weigh(&mut weights, good, &used);
        let drawn = trials.drawn_scores(&weights, good);
        let (good, bad) = (
            trials.good_scores(&weights, good),
            trials.bad_scores(&weights, &used),
        );
        let proposal = Proposal::between(&good, &bad, target);
        Self {
            evidence: Evidence::of(&good, &drawn, &proposal, reviewed.as_ref()),
            proposal,
            weights,
            reviewed,
        }
    }
}

/// Good pictures, and the same with defects: what the numbers of the backbone may be.
fn shown(pictures: &[Picture], seed: u64) -> Vec<Picture> {
    let mut rng = Rng::with_seed(seed);
    let picked = pictures.iter().step_by(pictures.len().div_ceil(SHOWN_MAX));
    let both = picked.flat_map(|picture| {
        let drawn = defects::with_defect(picture, &mut rng);
        [picture.clone(), drawn]
    });
    both.collect()
}

/// Three good pictures, or all there are, and each with a defect.
fn examples(pictures: &[Picture], rng: &mut Rng) -> Vec<(String, Vec<u8>)> {
    let picked = pictures.iter().step_by(pictures.len().div_ceil(3));
    let both = picked.enumerate().flat_map(|(n, picture)| {
        let drawn = defects::with_defect(picture, rng);
        [
            (format!("good-{}", n + 1), picture.bytes()),
            (format!("drawn-{}", n + 1), drawn.bytes()),
        ]
    });
    both.collect()
}

#[cfg(test)]
mod tests;
