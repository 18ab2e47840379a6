//! One model being taught: memories made, weighed on held-out pictures, and scored on them.

use super::backbone::Eye;
use super::defects::{self, Picture};
use super::error::failed;
use super::graph::{self, Detector, Front};
use super::memory::{Features, Memory, Place};
use super::oddness;
use super::projection::Projection;
use super::weighing::{Scores, Trials, Weight};
use super::{Backbone, Size, Stage, TeachError, TeachOptions, Watch, tell};
use crate::onnx::Model;
use crate::runtime::Runtime;
use crate::session::network::{Array, Network};
use fastrand::Rng;
use std::sync::Arc;

/// A memory is made without regard to position, and with this weight. Of levels finer than an eighth there is only
/// the first: they see texture, which differs from part to part, as well as the finest defects, and count less so.
const POSITION_WEIGHTS: [f32; 2] = [0.0, 3.0];
/// And they remember this part of what others do: they have four times as many cells to search for, and find as much.
const FINE_SHARE: usize = 2;
/// Defects drawn into held-out pictures, all together, and fewest and most for each.
const DEFECTS: usize = 120;
const DEFECTS_PER_IMAGE: (usize, usize) = (3, 12);
/// Descriptions of each picture's level that are looked at when others are compared with it.
const OWN_KEPT: usize = 200;
/// Up to so many pictures, each is held out alone: a memory that lacks more than the model will lack finds good
/// parts less usual than the model will.
const HELD_OUT_ALONE_MAX: usize = 20;
/// Parts that more pictures are held out in.
const FOLDS: usize = 10;

/// What does not change while one model is taught.
pub(super) struct Class<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) backbone: &'a Backbone,
    pub(super) front: Front,
    pub(super) options: &'a TeachOptions,
    pub(super) places: Vec<Place>,
}

impl Class<'_> {
    /// Size of the map: an eighth of what the backbone sees in its closest look.
    pub(super) fn map(&self) -> Size {
        let (width, height) = self.front.network;
        ((width / 8).max(1), (height / 8).max(1))
    }

    fn folds(&self, images: usize) -> usize {
        if images <= HELD_OUT_ALONE_MAX {
            images
        } else {
            FOLDS
        }
    }

    /// One memory per weight, of the pictures listed. Weights of one level stand side by side.
    pub(super) fn memories(
        &self,
        weights: &[Weight],
        features: &[Vec<Features>],
        of: &[usize],
        rng: &mut Rng,
    ) -> Vec<Memory> {
        let seed = rng.u64(..);
        let levels: Vec<&[Weight]> = weights.chunk_by(|a, b| a.level == b.level).collect();
        let threads = self.options.threads.clamp(1, levels.len().max(1));
        let made = |levels: &[&[Weight]]| -> Vec<Vec<Memory>> {
            let of_level = |weights: &&[Weight]| self.level(weights, features, of, seed);
            levels.iter().map(of_level).collect()
        };
        let share = levels.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let threads: Vec<_> = levels
                .chunks(share)
                .map(|levels| scope.spawn(move || made(levels)))
                .collect();
            let levels = threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap_or_default());
            levels.flatten().collect()
        })
    }

    /// The memories of one level.
    fn level(
        &self,
        weights: &[Weight],
        features: &[Vec<Features>],
        of: &[usize],
        seed: u64,
    ) -> Vec<Memory> {
        let place = self.places[weights[0].level];
        let images: Vec<&Features> = of.iter().map(|i| &features[*i][place.level]).collect();
        let projection = Arc::new(Projection::of(place, &images));
        let memory = |weight: &Weight| {
            let mut rng = Rng::with_seed(seed ^ place.level as u64);
            let count = self.bank_max(place.level);
            Memory::of(
                place,
                weight.position_weight,
                &projection,
                &images,
                count,
                &mut rng,
            )
        };
        weights.iter().map(memory).collect()
    }

    /// Most descriptions that a memory of this level keeps.
    pub(super) fn bank_max(&self, level: usize) -> usize {
        match self.is_fine(level) {
            true => self.options.bank_max.div_ceil(FINE_SHARE),
            false => self.options.bank_max,
        }
    }

    /// Runs the scores by these memories.
    fn searcher(&self, memories: &[Memory]) -> Result<Network, TeachError> {
        self.loaded(&graph::scores(self.backbone.model().opset(), memories))
    }

    pub(super) fn loaded(&self, model: &Model) -> Result<Network, TeachError> {
        let bytes = prost::Message::encode_to_vec(model);
        Network::new(self.runtime, &bytes, self.options.threads).map_err(failed)
    }

    fn search(
        &self,
        searcher: &mut Network,
        weights: &[Weight],
        features: &[Features],
    ) -> Result<Scores, TeachError> {
        let mut levels: Vec<usize> = weights.iter().map(|weight| weight.level).collect();
        levels.dedup();
        self.asked(searcher, &levels, features)
    }

    /// What a graph of scores says of a picture's levels.
    pub(super) fn asked(
        &self,
        network: &mut Network,
        levels: &[usize],
        features: &[Features],
    ) -> Result<Scores, TeachError> {
        let said = self.answers(network, levels, features)?;
        Ok(said.into_iter().flatten().collect())
    }

    /// What a graph that takes levels gives for a picture, output by output.
    pub(super) fn answers(
        &self,
        network: &mut Network,
        levels: &[usize],
        features: &[Features],
    ) -> Result<Vec<Vec<f32>>, TeachError> {
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
        let outputs = network.run(&inputs).map_err(failed)?;
        Ok(outputs.into_iter().map(|output| output.values).collect())
    }

    /// Every memory that can be made, not tried yet.
    pub(super) fn untried(&self) -> Vec<Weight> {
        let mut all = Vec::new();
        for (level, name) in self.backbone.names().iter().enumerate() {
            let positions = match self.is_fine(level) {
                true => &POSITION_WEIGHTS[..1],
                false => &POSITION_WEIGHTS[..],
            };
            let of_level = positions.iter();
            all.extend(of_level.map(|position| Weight::untried(level, name, *position)));
        }
        all
    }

    /// Those that count, remembering these pictures.
    pub(super) fn detectors(
        &self,
        weights: &[Weight],
        features: &[Vec<Features>],
        of: &[usize],
        rng: &mut Rng,
    ) -> Vec<Detector> {
        let counts = weights.iter().filter(|weight| weight.weight > 0.0);
        let chosen: Vec<Weight> = counts.cloned().collect();
        let memories = self.memories(&chosen, features, of, rng);
        let both = memories.into_iter().zip(&chosen);
        both.map(|(memory, weight)| weight.detector(memory))
            .collect()
    }

    /// Whether a level is finer than an eighth of what its network sees.
    pub(super) fn is_fine(&self, level: usize) -> bool {
        let shrunk = self.backbone.levels()[level].shrunk;
        let ((width, height), seen) = (self.places[level].grid, self.front.network);
        let seen = (seen.0 / shrunk, seen.1 / shrunk);
        width > seen.0.div_ceil(8) || height > seen.1.div_ceil(8)
    }

    /// Indices of pictures that are unlike all the others. Draws its own lots: where there are none, what is taught
    /// does not depend on having asked.
    pub(super) fn odd(&self, features: &[Vec<Features>]) -> Result<Vec<usize>, TeachError> {
        if self.options.keeps_odd || features.len() < oddness::IMAGES_MIN {
            return Ok(Vec::new());
        }
        let mut rng = Rng::with_seed(self.options.seed);
        let others = oddness::others(features.len());
        Ok(oddness::odd(&self.support(features, others, &mut rng)?))
    }

    /// Of each picture and level, how unusual its most unusual place is beside that many other pictures.
    fn support(
        &self,
        features: &[Vec<Features>],
        others: usize,
        rng: &mut Rng,
    ) -> Result<Vec<Scores>, TeachError> {
        let mut levels: Vec<usize> = (0..self.places.len()).collect();
        if !levels.iter().all(|level| self.is_fine(*level)) {
            levels.retain(|level| !self.is_fine(*level));
        }
        let memories = levels.iter().map(|level| {
            let place = self.places[*level];
            let images: Vec<&Features> = features.iter().map(|of| &of[*level]).collect();
            let projection = Arc::new(Projection::of(place, &images));
            let one = images.iter();
            one.map(|image| Memory::of(place, 0.0, &projection, &[image], OWN_KEPT, rng))
                .collect()
        });
        let memories: Vec<Vec<Memory>> = memories.collect();
        // Each picture is the nearest to itself.
        let model = graph::support(self.backbone.model().opset(), &memories, others);
        let mut network = self.loaded(&model)?;
        let scores = features
            .iter()
            .map(|of| self.asked(&mut network, &levels, of));
        scores.collect()
    }

    /// What every memory says of every picture, by memories that had not seen it: of good ones, of good
    /// ones with defects drawn into them, and of reviewed defects. Odd ones are in no memory.
    pub(super) fn trials(
        &self,
        eye: &mut Eye,
        pictures: &[Picture],
        (features, bad, odd): (&[Vec<Features>], &[Vec<Features>], &[usize]),
        rng: &mut Rng,
        progress: Watch,
    ) -> Result<Trials, TeachError> {
        let weights = self.untried();
        let total = pictures.len();
        let mut trials = Trials::new(total, bad.len());
        let defects = DEFECTS
            .div_ceil(total)
            .clamp(DEFECTS_PER_IMAGE.0, DEFECTS_PER_IMAGE.1);
        let mut done = 0;
        let folds = self.folds(total);
        for fold in 0..folds {
            let (held, mut rest) = self.split(total, fold);
            rest.retain(|index| !odd.contains(index));
            let memories = self.memories(&weights, features, &rest, rng);
            let mut searcher = self.searcher(&memories)?;
            for index in held {
                tell(progress, Stage::Weighing, done, total)?;
                done += 1;
                trials.good(
                    index,
                    self.search(&mut searcher, &weights, &features[index])?,
                );
                for _ in 0..defects {
                    let drawn = defects::with_defect(&pictures[index], rng);
                    let seen = eye.look(&drawn.planes)?;
                    trials.drawn(index, self.search(&mut searcher, &weights, &seen)?);
                }
            }
            for index in (fold..bad.len()).step_by(folds) {
                trials.bad(index, self.search(&mut searcher, &weights, &bad[index])?);
            }
        }
        Ok(trials)
    }

    /// Pictures held out in a fold, and the others.
    fn split(&self, total: usize, fold: usize) -> (Vec<usize>, Vec<usize>) {
        let folds = self.folds(total);
        (0..total).partition(|index| index % folds == fold)
    }
}
