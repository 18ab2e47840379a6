//! Where a part lies in a frame, by a feature of a taught reference picture: moved, turned, zoomed, and how sure.
//!
//! The feature is looked for in a coarse picture, turned in steps, at every place within reach; the likeliest places are
//! followed up through finer pictures (see `template.rs`). Likeness is the correlation of edges, so that neither brightness
//! nor contrast counts, and uneven light little. Two places that are as likely, a place beyond the limits, and nothing to be seen are
//! refused: a wrong place is worse than none.

mod distinct;
mod grid;
mod levels;
mod limits;
mod pose;
mod refusal;
mod search;
mod straighten;
mod template;

pub use distinct::{Beyond, Distinctness};
pub use limits::{AlignLimits, LimitMistake};
pub use pose::Pose;
pub use refusal::{AlignError, NotAligned, ReferenceError};
pub use straighten::Straightener;

use crate::opencv_error::OpencvError;
use crate::view::{ImageView, Size};
use grid::Grid;
use levels::Levels;
use search::{Found, PLACES_MAX, Search, products};
use template::{Fit, Template};

/// Deviation of the edges, in grey values per pixel of the finest level, below which there is nothing to be seen.
const CONTRAST_MIN: f32 = 0.5;
/// Times that the edges of a reference stand out from those that noise makes.
const OVER_NOISE: f32 = 3.0;
/// Most products that a search makes for a frame: a few tenths of a second.
const PRODUCTS_MAX: u64 = 400_000_000;
/// A place is followed to the finest level where it is so near to the best one.
const FOLLOWED: f32 = 0.2;
/// Share of the feature that must lie within the picture.
const WITHIN_MIN: f32 = 0.75;
/// Places that lie nearer than this share of the feature's shorter side, and are turned alike, are one.
const ONE_SHARE: f32 = 0.1;
/// Degrees from which two places that lie together are two.
const ONE_TURN_DEG: f64 = 5.0;
/// A second place is as likely as the first from this share of what the first is short of a likeness of 1, and this.
const AS_LIKELY: (f32, f32) = (0.25, 0.02);

/// How a part lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alignment {
    /// Compared with the reference.
    pub pose: Pose,
    /// Correlation of its edges with the reference's, at most 1.
    pub quality: f64,
    /// The same of the next likely place; 0 where there is none.
    pub next: f64,
}

/// See the module. Made once for a reference; aligning does not allocate but for what OpenCV does.
#[derive(Debug)]
pub struct Aligner {
    frame: Size,
    region: [u32; 4],
    grid: Grid,
    limits: AlignLimits,
    levels: Levels,
    search: Search,
    /// One a level, finest first.
    templates: Vec<Template>,
    places: Vec<Found>,
    fits: Vec<Fit>,
}

impl Aligner {
    /// For the feature in this region of the reference picture: left, top, width and height.
    ///
    /// # Errors
    /// When it is no place of the picture, nothing is to be seen there, or a limit is none. Whether it is distinct is
    /// [`Aligner::distinctness`]'s matter.
    pub fn new(
        reference: &ImageView<'_>,
        region: [u32; 4],
        limits: AlignLimits,
    ) -> Result<Self, ReferenceError> {
        let frame = reference.size();
        let checked = limits.check((frame.width, frame.height));
        checked.map_err(ReferenceError::Limit)?;
        Self::unbounded(reference, region, limits, PRODUCTS_MAX)
    }

    /// The same with any limits, where a search makes so many products at most.
    fn unbounded(
        reference: &ImageView<'_>,
        region: [u32; 4],
        limits: AlignLimits,
        most: u64,
    ) -> Result<Self, ReferenceError> {
        let (frame, [left, top, width, height]) = (reference.size(), region);
        let is_within = |from: u32, side: u32, all: u32| {
            side > 0 && from.checked_add(side).is_some_and(|end| end <= all)
        };
        if !is_within(left, width, frame.width) || !is_within(top, height, frame.height) {
            return Err(ReferenceError::Region { region, frame });
        }
        let grid = Grid::new(frame, region, &limits).ok_or(ReferenceError::Small { region })?;
        let times = products(&grid, &limits) as f64 / most as f64;
        if times > 1.0 {
            return Err(ReferenceError::Slow { region, times });
        }
        let mut levels = Levels::new(grid);
        levels.load(reference)?;
        let ways = [
            limits.shift_px_max > 0.0,
            limits.shift_px_max > 0.0,
            limits.zoom_max > 0.0,
            limits.turn_deg_max > 0.0,
        ];
        let each = levels.all.iter().enumerate();
        let templates: Vec<Template> = each
            .map(|(level, pixels)| Template::new(&grid, level, pixels, ways))
            .collect();
        let contrast = templates[0].contrast;
        let expected = CONTRAST_MIN.max(levels.noise() * OVER_NOISE);
        if contrast < expected {
            return Err(ReferenceError::Flat {
                contrast: f64::from(contrast),
                expected: f64::from(expected),
            });
        }
        let search = Search::new(&grid, &levels.all[grid.levels - 1], &limits);
        Ok(Self {
            frame,
            region,
            limits,
            search,
            templates,
            levels,
            places: Vec::with_capacity(PLACES_MAX),
            fits: Vec::with_capacity(PLACES_MAX),
            grid,
        })
    }

    /// Of the frames that it is for.
    pub fn frame(&self) -> Size {
        self.frame
    }

    /// What is taken.
    pub fn limits(&self) -> AlignLimits {
        self.limits
    }

    /// Where the part lies in a frame.
    ///
    /// # Errors
    /// When it is not to be found within the limits, or the frame is none of those that this is for.
    pub fn align(&mut self, frame: &ImageView<'_>) -> Result<Alignment, AlignError> {
        if frame.size() != self.frame {
            return Err(AlignError::Size {
                expected: self.frame,
                found: frame.size(),
            });
        }
        self.look(frame)?;
        Ok(self.judged()?)
    }

    /// Fills `fits` with what the frame shows, the best first.
    fn look(&mut self, frame: &ImageView<'_>) -> Result<(), OpencvError> {
        self.levels.load(frame)?;
        let coarsest = self.grid.levels - 1;
        self.search
            .find(&self.levels.all[coarsest], &mut self.places);
        self.fits.clear();
        let middle = coarsest.saturating_sub(1);
        for place in &self.places {
            let fit = self.templates[coarsest].refine(&self.levels.all[coarsest], place.motion);
            let fit = self.templates[middle].refine(&self.levels.all[middle], fit.motion);
            self.fits.push(fit);
        }
        self.settle();
        let best = self.fits.first().map_or(0.0, |fit| fit.quality);
        self.fits.retain(|fit| fit.quality >= best - FOLLOWED);
        for level in (0..middle).rev() {
            for fit in &mut self.fits {
                *fit = self.templates[level].refine(&self.levels.all[level], fit.motion);
            }
        }
        self.settle();
        Ok(())
    }

    /// Best first, each place once, and two at most.
    fn settle(&mut self) {
        self.fits.sort_by(|a, b| b.quality.total_cmp(&a.quality));
        if let Some(best) = self.fits.first().copied() {
            let grid = self.grid;
            let mut rank = 0;
            self.fits.retain(|fit| {
                rank += 1;
                rank == 1 || !is_one(&grid, &best, fit)
            });
            self.fits.truncate(2);
        }
    }

    fn judged(&self) -> Result<Alignment, NotAligned> {
        let (expected, limits) = (self.limits.quality_min, self.limits);
        let Some(best) = self.fits.first() else {
            let contrast = 0.0;
            return Err(NotAligned::Blank { contrast });
        };
        let quality = f64::from(best.quality);
        if best.contrast < CONTRAST_MIN {
            let contrast = f64::from(best.contrast);
            return Err(NotAligned::Blank { contrast });
        }
        if quality < expected {
            return Err(NotAligned::Unlike { quality, expected });
        }
        let pose = best.motion.pose(self.grid.middle());
        let beyond = [
            ("shift_px_max", limits.shift_px_max, pose.distance_px()),
            ("turn_deg_max", limits.turn_deg_max, pose.turn_deg.abs()),
            ("zoom_max", limits.zoom_max, (pose.zoom - 1.0).abs()),
        ];
        // What cannot move is not looked for; rounding is no motion.
        if let Some((limit, expected, found)) = beyond
            .into_iter()
            .find(|(_, limit, found)| *found > limit + 1e-5)
        {
            return Err(NotAligned::Beyond {
                limit,
                expected,
                found,
            });
        }
        if best.within < WITHIN_MIN {
            return Err(NotAligned::Outside {
                within: f64::from(best.within),
                expected: f64::from(WITHIN_MIN),
            });
        }
        let next = self.fits.get(1);
        if let Some(next) = next {
            let short = (1.0 - best.quality) * AS_LIKELY.0 + AS_LIKELY.1;
            if best.quality - next.quality < short {
                let apart = (
                    best.motion.shift.0 - next.motion.shift.0,
                    best.motion.shift.1 - next.motion.shift.1,
                );
                return Err(NotAligned::Ambiguous {
                    quality: [quality, f64::from(next.quality)],
                    apart_px: f64::from(apart.0.hypot(apart.1)),
                });
            }
        }
        Ok(Alignment {
            pose,
            quality,
            next: next.map_or(0.0, |next| f64::from(next.quality).max(0.0)),
        })
    }
}

/// Whether two fits are of one place.
fn is_one(grid: &Grid, a: &Fit, b: &Fit) -> bool {
    let side = grid.fine.0.min(grid.fine.1) * grid.step;
    let apart = (a.motion.shift.0 - b.motion.shift.0).hypot(a.motion.shift.1 - b.motion.shift.1);
    apart < ONE_SHARE * side as f32
        && (a.motion.turn_deg() - b.motion.turn_deg()).abs() < ONE_TURN_DEG
}
