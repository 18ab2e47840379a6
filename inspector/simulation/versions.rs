//! Versions of recipes that come while the line runs, and how a result shows which of them judged it.
//!
//! A score ends in the version of its model and thresholds end in the version of their recipe, as thousandths:
//! whatever judged a part stands in its row.

use super::world::{STYLES, UNKNOWN};
use crate::station::part::Style;
use crate::station::recipe::{Recipe, RecipeView};
use crate::station::time::WallTime;
use crate::station::verdict::{Score, Thresholds};
use fastrand::Rng;
use std::sync::Arc;
use std::time::Duration;

/// A version that somebody makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewVersion {
    /// When, in milliseconds from the start. Later where the station is down or busy then.
    pub at_ms: u64,
    /// Of which style.
    pub style: usize,
    /// Whether it brings new models, or only other thresholds.
    pub has_models: bool,
}

/// Most versions of a run: their numbers fit into the thousandths of a score.
const NEW_MAX: usize = 4;

/// Drawn from the seed alone. Parts on their way are done with a model before the next but one comes, of which
/// a station keeps two.
pub fn draw(seed: u64, decide_by: Duration, end_ms: u64) -> Vec<NewVersion> {
    let mut rng = Rng::with_seed(seed ^ 0x4E0D_E15A);
    if rng.bool() {
        return Vec::new();
    }
    let apart_ms = u64::try_from(decide_by.as_millis()).unwrap_or(u64::MAX) * 3 + 1_000;
    let mut at_ms = rng.u64(..end_ms);
    let mut versions = Vec::new();
    for _ in 0..rng.usize(1..=NEW_MAX) {
        versions.push(NewVersion {
            at_ms,
            style: rng.usize(..UNKNOWN),
            has_models: rng.u8(..100) < 70,
        });
        at_ms += apart_ms + rng.u64(..apart_ms);
    }
    versions
}

/// What there is of each style by now: for each version, from 1, the version whose models it uses.
#[derive(Clone, Debug)]
pub struct Versions([Vec<u32>; UNKNOWN]);

impl Versions {
    /// The first of each.
    pub fn first() -> Self {
        Self(std::array::from_fn(|_| vec![1]))
    }

    /// The newest of a style; 0 for the style without a recipe.
    pub fn newest(&self, style: usize) -> u32 {
        let versions = self.0.get(style).map_or(0, Vec::len);
        u32::try_from(versions).unwrap_or(u32::MAX)
    }

    /// The version whose models judge parts of this one.
    pub fn model_of(&self, style: usize, version: u32) -> Option<u32> {
        let index = usize::try_from(version.checked_sub(1)?).ok()?;
        self.0.get(style)?.get(index).copied()
    }

    /// Notes one more version of a style.
    pub fn add(&mut self, style: usize, has_models: bool) {
        let number = self.newest(style) + 1;
        let before = self.model_of(style, number - 1).unwrap_or(number);
        if let Some(versions) = self.0.get_mut(style) {
            versions.push(if has_models { number } else { before });
        }
    }
}

fn thousandths(version: u32) -> f32 {
    version as f32 / 1_000.0
}

/// What the models of this version say of a part.
pub fn value(model: u32, is_defective: bool) -> f32 {
    let value = if is_defective { 0.9 } else { 0.1 };
    value + thousandths(model)
}

/// The version of the model that gave this score.
pub fn model_behind(score: Score) -> u32 {
    (score.get() * 1_000.0).round() as u32 % 100
}

/// The thresholds of a version.
pub fn thresholds(version: u32) -> Thresholds {
    let low = Score::new(0.4 + thousandths(version));
    let limits = low.zip(Score::new(0.6 + thousandths(version)));
    match limits.and_then(|(low, high)| Thresholds::new(low, high)) {
        Some(thresholds) => thresholds,
        None => unreachable!("0.4 lies below 0.6"),
    }
}

/// A version of a style's recipe, for a line with so many cameras.
pub fn recipe(style: usize, version: u32, cameras: u8) -> Option<Arc<Recipe>> {
    let last = cameras - 1;
    let looks: [Vec<u8>; UNKNOWN] = [vec![0], vec![last], (0..cameras).collect()];
    let views = looks.get(style)?.iter().map(|camera| RecipeView {
        name: format!("view-{camera}"),
        camera: *camera,
        model: "truth".to_owned(),
        thresholds: thresholds(version),
        place: Default::default(),
    });
    Some(Arc::new(Recipe {
        style: Style::new(STYLES[style]).ok()?,
        version,
        author: "simulation".to_owned(),
        reason: String::new(),
        created_at: WallTime(0),
        rules: Default::default(),
        views: views.collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_tells_which_version_of_the_model_gave_it() {
        for version in 1..=5 {
            for is_defective in [false, true] {
                let score = Score::new(value(version, is_defective)).expect("a score");
                assert_eq!(model_behind(score), version);
            }
        }
    }

    #[test]
    fn a_version_without_models_uses_those_before() {
        let mut versions = Versions::first();
        versions.add(0, true);
        versions.add(0, false);
        versions.add(0, true);
        let models = (1..=5).map(|version| versions.model_of(0, version));
        assert_eq!(
            models.collect::<Vec<_>>(),
            [Some(1), Some(2), Some(2), Some(4), None]
        );
        assert_eq!((versions.newest(0), versions.newest(1)), (4, 1));
    }
}
