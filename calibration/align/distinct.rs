//! Whether a feature can be told from everything else in the reference picture, and how it lies from how it looks.

use super::limits::AlignLimits;
use super::template::Motion;
use super::{Aligner, ReferenceError};
use crate::view::ImageView;

/// Likeness to itself elsewhere, from which a feature is not distinct.
const ELSEWHERE_MAX: f32 = 0.85;
/// Likeness to itself moved a little, from which it does not say how it lies.
const SAME_MAX: f32 = 0.985;
/// A little: a share of the feature's shorter side, degrees, and a share of its size.
const LITTLE: (f32, f64, f64) = (0.04, 4.0, 0.04);

/// What a feature is worth. Likenesses are correlations: 1 cannot be told from what is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distinctness {
    /// Deviation of its edges, in grey values.
    pub contrast: f64,
    /// Largest likeness to another place of the reference picture within the limits.
    pub elsewhere: f64,
    /// The place of the picture beyond the limits that looks most like it, if any does.
    pub beyond: Option<Beyond>,
    /// To itself, moved by 4 % of its shorter side in the worst direction.
    pub moved: f64,
    /// To itself, turned by 4°, either way.
    pub turned: f64,
    /// To itself, 4 % larger or smaller.
    pub zoomed: f64,
}

/// A place that is found instead of the feature when a part lies as far away: then that place is within the limits, and
/// the feature is not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beyond {
    /// Likeness to the feature.
    pub likeness: f64,
    /// Pixels from the feature.
    pub away_px: f64,
}

impl Beyond {
    /// Whether it cannot be told from the feature.
    pub fn is_alike(&self) -> bool {
        self.likeness > f64::from(ELSEWHERE_MAX)
    }
}

impl Aligner {
    /// What the feature is worth, in the reference picture that this was made of.
    ///
    /// # Errors
    /// When it would be found elsewhere too, or does not say how it lies.
    pub fn distinctness(
        &mut self,
        reference: &ImageView<'_>,
    ) -> Result<Distinctness, ReferenceError> {
        self.look(reference)?;
        let middle = self.grid.middle();
        let elsewhere = self.fits.get(1).copied();
        let contrast = f64::from(self.templates[0].contrast);
        let (turn, zoom) = (LITTLE.1, LITTLE.2);
        let side = self.grid.fine.0.min(self.grid.fine.1) * self.grid.step;
        let far = LITTLE.0 * side as f32;
        let around = (0..8).map(|eighth| {
            let (sin, cos) = (f64::from(eighth) * 45.0).to_radians().sin_cos();
            Motion::new((far * cos as f32, far * sin as f32), 0.0, 1.0)
        });
        let moved = self.most(around);
        let turned = self.most([-turn, turn].map(|deg| Motion::new((0.0, 0.0), deg, 1.0)));
        let sizes = [1.0 - zoom, 1.0 + zoom].map(|zoom| Motion::new((0.0, 0.0), 0.0, zoom));
        let zoomed = self.most(sizes);
        self.tells_how_it_lies([moved, turned, zoomed])?;
        if let Some(other) = elsewhere.filter(|other| other.quality > ELSEWHERE_MAX) {
            let pose = other.motion.pose(middle);
            return Err(ReferenceError::Elsewhere {
                likeness: f64::from(other.quality),
                at: format!(
                    "({:.0}, {:.0}) pixels away and turned by {:.0}°",
                    pose.shift_px.0, pose.shift_px.1, pose.turn_deg
                ),
            });
        }
        Ok(Distinctness {
            contrast,
            elsewhere: elsewhere.map_or(0.0, |other| f64::from(other.quality).max(0.0)),
            beyond: self.beyond(reference)?,
            moved: f64::from(moved),
            turned: f64::from(turned),
            zoomed: f64::from(zoomed),
        })
    }

    /// What the whole picture shows beyond the limits.
    fn beyond(&self, reference: &ImageView<'_>) -> Result<Option<Beyond>, ReferenceError> {
        let limits = AlignLimits {
            shift_px_max: self.frame.diagonal_px(),
            ..self.limits
        };
        let mut all = Self::unbounded(reference, self.region, limits, u64::MAX)?;
        all.look(reference)?;
        let far = all.fits.iter().map(|fit| Beyond {
            likeness: f64::from(fit.quality),
            away_px: fit.motion.pose(all.grid.middle()).distance_px(),
        });
        Ok({ far }.find(|place| place.away_px > self.limits.shift_px_max.max(1.0)))
    }

    /// Whether the feature, moved a little in each way that parts move, can be told from itself.
    fn tells_how_it_lies(&self, likeness: [f32; 3]) -> Result<(), ReferenceError> {
        let limits = self.limits;
        let two_ways = "choose a place with edges in two directions";
        let same = [
            (limits.shift_px_max, "moved along one direction", two_ways),
            (
                limits.turn_deg_max,
                "turned by 4°",
                "choose a place that is not round, or set turn_deg_max = 0",
            ),
            (
                limits.zoom_max,
                "zoomed by 4 %",
                "choose a larger place, or set zoom_max = 0",
            ),
        ];
        for ((limit, moved, remedy), likeness) in same.into_iter().zip(likeness) {
            if limit > 0.0 && likeness > SAME_MAX {
                let likeness = f64::from(likeness);
                return Err(ReferenceError::Same {
                    moved,
                    likeness,
                    remedy,
                });
            }
        }
        Ok(())
    }

    /// Largest likeness of the feature to itself in these motions.
    fn most(&mut self, motions: impl IntoIterator<Item = Motion>) -> f32 {
        let level = &self.levels.all[0];
        let template = &mut self.templates[0];
        let fits = motions
            .into_iter()
            .map(|motion| template.fit(level, motion).quality);
        fits.fold(0.0, f32::max)
    }
}
