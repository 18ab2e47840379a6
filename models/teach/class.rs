//! One model being taught: memories made, weighed on held-out pictures, and scored on them.

use super::backbone::Eye;
use super::defects::{self, Picture};
use super::error::failed;
use super::graph::{self, Front};
use super::memory::{Features, Memory, Place};
use super::weighing::{self, Weight};
use super::{Backbone, Size, Stage, TeachError, TeachOptions, Watch, tell};
use crate::network::{Array, Network};
use crate::runtime::Runtime;
use fastrand::Rng;

/// A memory is made without regard to position, and with this weight.
const POSITION_WEIGHTS: [f32; 2] = [0.0, 8.0];
/// Defects drawn into held-out pictures, all together, and fewest and most for each.
const DEFECTS: usize = 120;
const DEFECTS_PER_IMAGE: (usize, usize) = (3, 12);
/// Parts that the good pictures are held out in.
const FOLDS: usize = 4;
/// Features per memory while memories are weighed.
const BANK_WEIGHING: usize = 1_000;
/// What does not change while one model is taught.
pub(super) struct Class<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) backbone: &'a Backbone,
    pub(super) front: Front,
    pub(super) options: &'a TeachOptions,
    pub(super) places: Vec<Place>,
}

impl Class<'_> {
    /// Size of the map: an eighth of what the backbone sees.
    pub(super) fn map(&self) -> Size {
        let (width, height) = self.front.network;
        ((width / 8).max(1), (height / 8).max(1))
    }

    fn folds(&self, images: usize) -> usize {
        FOLDS.min(images)
    }

    /// One memory per weight, of the pictures listed.
    pub(super) fn memories(
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
        let model = graph::distances(self.backbone.model().opset(), memories, self.map());
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

    pub(super) fn weigh(
        &self,
        eye: &mut Eye,
        pictures: &[Picture],
        features: &[Vec<Features>],
        rng: &mut Rng,
        progress: Watch,
    ) -> Result<Vec<Weight>, TeachError> {
        let mut weights = Vec::new();
        for level in 0..self.places.len() {
            for position_weight in POSITION_WEIGHTS {
                weights.push(Weight::untried(
                    level,
                    &self.backbone.levels()[level],
                    position_weight,
                ));
            }
        }
        let mut trials = weighing::Trials::new(weights.len());
        let total = pictures.len();
        let defects = DEFECTS
            .div_ceil(total)
            .clamp(DEFECTS_PER_IMAGE.0, DEFECTS_PER_IMAGE.1);
        let mut done = 0;
        for fold in 0..self.folds(total) {
            let (held, rest) = self.split(total, fold);
            let memories = self.memories(&weights, features, &rest, BANK_WEIGHING, rng);
            let mut searcher = self.searcher(&memories)?;
            for index in held {
                tell(progress, Stage::Weighing, done, total)?;
                done += 1;
                trials.good(self.search(&mut searcher, &weights, &features[index])?);
                for _ in 0..defects {
                    let bad = defects::with_defect(&pictures[index], rng);
                    let seen = eye.look(&bad.planes)?;
                    trials.bad(&self.search(&mut searcher, &weights, &seen)?);
                }
            }
        }
        trials.weigh(&mut weights);
        Ok(weights)
    }

    /// Score, not yet squeezed between 0 and 1, of each picture by memories of the others.
    pub(super) fn held_out(
        &self,
        chosen: &[Weight],
        features: &[Vec<Features>],
        rng: &mut Rng,
        progress: Watch,
    ) -> Result<Vec<f32>, TeachError> {
        let total = features.len();
        let mut sums = vec![0.0; total];
        let mut done = 0;
        for fold in 0..self.folds(total) {
            let (held, rest) = self.split(total, fold);
            let memories = self.memories(chosen, features, &rest, self.options.bank_max, rng);
            let mut searcher = self.searcher(&memories)?;
            for index in held {
                tell(progress, Stage::Scoring, done, total)?;
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
