//! What of a frame is looked at, and how coarsely: a window about the feature, in levels of which each has half the
//! pixels a side of the one before.

use super::limits::AlignLimits;
use crate::view::Size;

/// Pixels of the longer side of the feature at the finest level.
const FINE_PX: f64 = 96.0;
/// Fewest pixels of its shorter side at the coarsest one.
const COARSE_PX: u32 = 12;
/// Most levels that a frame is looked at in.
const LEVELS_MAX: usize = 4;
/// A part is looked for so much farther than its limit, so that one beyond is told as moved too far.
pub(super) const FARTHER: f64 = 1.25;

/// See the module. All in pixels of the frame, unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    /// Left, top, width and height of the window.
    pub window: [u32; 4],
    /// Left and top of the feature.
    pub corner: (u32, u32),
    /// Width and height of the feature in pixels of the finest level.
    pub fine: (u32, u32),
    /// Pixels of the frame a side of one of the finest level.
    pub step: u32,
    pub levels: usize,
}

impl Grid {
    /// For a feature in such frames; `None` where it has too few pixels to be looked for.
    pub fn new(frame: Size, region: [u32; 4], limits: &AlignLimits) -> Option<Self> {
        let [left, top, width, height] = region;
        let step = (f64::from(width.max(height)) / FINE_PX).ceil().max(1.0) as u32;
        let shorter = width.min(height) / step;
        if shorter < COARSE_PX {
            return None;
        }
        let levels = (1..LEVELS_MAX).take_while(|level| shorter >> level >= COARSE_PX);
        let levels = 1 + levels.count();
        let most = step << (levels - 1);
        let corner_px = f64::from(width).hypot(f64::from(height)) / 2.0;
        let turned = limits.turn_deg_max.to_radians().sin() * corner_px;
        let margin = limits.shift_px_max * FARTHER + turned + limits.zoom_max * corner_px;
        let margin = margin.ceil() as u32 + 2 * most;
        let along = |from: u32, side: u32, all: u32| {
            let before = margin.div_ceil(most).min(from / most);
            let after = (side + margin).div_ceil(most).min((all - from) / most);
            (from - before * most, (before + after) * most)
        };
        let (x, wide) = along(left, width, frame.width);
        let (y, high) = along(top, height, frame.height);
        // As many pixels at every level as the coarsest one has whole ones of.
        let whole = |side: u32| side / most * (most / step);
        Some(Self {
            window: [x, y, wide, high],
            corner: (left, top),
            fine: (whole(width), whole(height)),
            step,
            levels,
        })
    }

    /// Width and height of the window in pixels of a level.
    pub fn window_at(&self, level: usize) -> (u32, u32) {
        let step = self.step_at(level);
        (self.window[2] / step, self.window[3] / step)
    }

    /// Of the feature.
    pub fn feature_at(&self, level: usize) -> (u32, u32) {
        (self.fine.0 >> level, self.fine.1 >> level)
    }

    /// Pixels of the frame a side of one of a level.
    pub fn step_at(&self, level: usize) -> u32 {
        self.step << level
    }

    /// Middle of the feature, from the frame's upper left corner.
    pub fn middle(&self) -> (f64, f64) {
        let half = f64::from(self.step) / 2.0;
        (
            f64::from(self.corner.0) + f64::from(self.fine.0) * half,
            f64::from(self.corner.1) + f64::from(self.fine.1) * half,
        )
    }
}
