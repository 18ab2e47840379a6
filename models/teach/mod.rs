//! Teaching: from pictures of good parts to a bundle that says how unlike a good part each place is.
//!
//! Networks that were trained on other things (the backbone) describe every place of a picture at several levels.
//! Descriptions of good parts are remembered; the distance to the nearest remembered one is how unusual a place is
//! (PatchCore, Roth et al. 2022), and a place counts by how much less usual it is than its surroundings
//! ([`contrast`]). Levels are remembered with and without regard to position, the finest without only. Each of these memories tells by its
//! most unusual place how unusual the picture is; that is told in standard deviations of good parts that were held
//! out, and the mean over all memories is the picture's score ([`weighing`]). Where defects were reviewed, heads learn
//! how they differ from good places ([`head`]) and can make the judgement stricter ([`rule`]). Defects drawn into good pictures show
//! which memories see nothing at all ([`defects`]).

mod backbone;
mod class;
mod contrast;
mod defects;
mod distance;
mod error;
mod evidence;
pub(crate) mod graph;
mod head;
mod heads;
mod joined;
mod memory;
mod oddness;
mod pictures;
mod projection;
mod reviewed;
mod rule;
mod sight;
mod statistics;
mod weighing;

use self::backbone::Eye;
use self::class::Class;
use self::defects::Picture;
use self::memory::Features;
use self::rule::{Rule, Said};
use crate::bundle::manifest::Input;
use crate::image::ImageView;
use crate::runtime::Runtime;
use fastrand::Rng;
use std::ops::ControlFlow;

pub use self::backbone::{Backbone, SHIPPED};
pub use self::error::TeachError;
pub use self::evidence::{Evidence, Expected, Point, Remedy};
pub use self::reviewed::{BAD_MIN, Outcome, Reviewed};
pub use self::sight::{Budget, Closer, Sight};
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
#[derive(Clone, Debug)]
pub struct TeachOptions {
    /// Size at which the backbone sees a picture; none: the shorter side 256, aspect kept, and a closer look beside it
    /// where pictures are large enough and the budget allows.
    pub size: Option<Size>,
    /// Time that a picture may take; none: pictures are looked at once.
    pub budget: Option<Budget>,
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
            budget: None,
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
    /// How finely it looks, and what more time would buy.
    pub sight: Sight,
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

/// As [`teach`], and learns how reviewed defects differ from good parts, where there are any. None of them is
/// remembered, and what is rejected without them is rejected with them.
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
    let looking = sight::looking(runtime, backbone, (images, bad), options)?;
    let (backbone, front, mut eye) = (&looking.backbone, looking.front, looking.eye);
    let features = looked_at(&mut eye, &looking.pictures, progress)?;
    let pictures = &looking.pictures[..images.len()];
    let (features, bad) = features.split_at(images.len());
    let mut rng = Rng::with_seed(options.seed);
    let class = Class {
        runtime,
        backbone,
        front,
        options,
        places: eye.places.clone(),
    };
    let odd = class.odd(features)?;
    let shown = (features, bad, &odd[..]);
    let trials = class.trials(&mut eye, pictures, shown, &mut rng, progress)?;
    tell(progress, Stage::Scoring, 0, 1)?;
    let learnt: Vec<usize> = (0..features.len()).filter(|n| !odd.contains(n)).collect();
    let made = class.made(&trials, (features, bad), &learnt, &mut rng)?;
    let said = Said {
        trials: &trials,
        heads: made.heads.as_ref(),
    };
    let model = made.model(&eye, backbone, class.map());
    let remembered = made.remembered();
    let told = made.told;
    let every: Vec<usize> = (0..features.len()).collect();
    let held_out = told.rule.good_margins(said, &every).into_iter();
    Ok(Taught {
        model: prost::Message::encode_to_vec(&model),
        input: pictures::input(front, backbone),
        output: graph::OUTPUT,
        odd,
        held_out: held_out.map(evidence::score).collect(),
        proposal: told.proposal.scaled(),
        evidence: told.evidence,
        weights: told.rule.weights,
        remembered,
        quantised: eye.quantised,
        sight: looking.sight,
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

/// The parts of a model, and what is known of them.
struct Made {
    detectors: Vec<graph::Detector>,
    heads: Option<heads::Heads>,
    told: Told,
}

impl Made {
    fn model(&self, eye: &Eye, backbone: &Backbone, map: Size) -> crate::onnx::Model {
        let heads = self.heads.as_ref().map_or(&[][..], |heads| &heads.all);
        let parts = (&self.detectors[..], heads);
        let (names, rule) = (backbone.names(), &self.told.rule);
        graph::anomaly(&eye.opened, &names, parts, map, rule)
    }

    /// Descriptions of places that all memories keep together.
    fn remembered(&self) -> usize {
        let of = self.detectors.iter().map(|detector| &detector.memory);
        of.map(|memory| memory.bank.len() / memory.length()).sum()
    }
}

impl Class<'_> {
    fn made(
        &self,
        trials: &weighing::Trials,
        (features, bad): (&[Vec<Features>], &[Vec<Features>]),
        learnt: &[usize],
        rng: &mut Rng,
    ) -> Result<Made, TeachError> {
        let target = self.options.false_rejects;
        let mut said = Said {
            trials,
            heads: None,
        };
        let plain = Rule::plain(said, &self.untried(), learnt, target);
        let detectors = self.detectors(&plain.weights, features, learnt, rng);
        let heads = match bad.is_empty() {
            true => None,
            false => Some(self.heads(&detectors, (features, bad), learnt)?),
        };
        said.heads = heads.as_ref();
        let told = Told::of(said, plain, (learnt, bad.len()), target);
        Ok(Made {
            detectors,
            heads,
            told,
        })
    }
}

/// What follows from trials on pictures that were held out.
struct Told {
    rule: Rule,
    proposal: Proposal,
    reviewed: Option<Reviewed>,
    evidence: Evidence,
}

impl Told {
    /// Of these good pictures, and of as many reviewed defects.
    fn of(said: Said, plain: Rule, (good, bad): (&[usize], usize), target: f64) -> Self {
        let untried = plain.weights.clone();
        let mut reviewed =
            (bad > 0).then(|| reviewed::reviewed(said, &untried, (good, bad), target));
        let mut rule = plain;
        if let Some(told) = &mut reviewed {
            let every: Vec<usize> = (0..bad).collect();
            if told.is_used {
                rule = rule.with_heads(said, good, &every, target);
            }
            told.is_used = rule.joined.is_some();
        }
        let drawn = said.trials.drawn_scores(&rule.weights, good);
        // As far as memories alone say: heads know the reviewed kinds only.
        let drawn: Vec<f32> = drawn.into_iter().map(|score| score - rule.half).collect();
        let margins = rule.good_margins(said, good);
        let proposal = Proposal::at(0.0, &margins, target);
        Self {
            evidence: Evidence::of(&margins, &drawn, &proposal, reviewed.as_ref()),
            proposal,
            rule,
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
