//! A score map of a frame, or of a region of it, laid over the frame and over the part: boxes in pixels, sizes in
//! millimetres.

use crate::configuration::Configuration;
use crate::geometry::{Lens, Plane};
use crate::table::{Table, to_px};
use crate::view::Size;
use crate::window::Window;

/// Where a box of cells lies on the part, on its plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Centre along the board's rows, from its first corner.
    pub x_mm: f64,
    /// Centre along the board's columns, from its first corner.
    pub y_mm: f64,
    /// Mean length of the upper and lower side.
    pub width_mm: f64,
    /// Mean length of the left and right side.
    pub height_mm: f64,
}

/// Most cells of a map that lies over a whole frame, where the model saw a region of it, unless its own map has more.
pub const OVER_CELLS_MAX: usize = 320 * 320;

/// Geometry of a map of `cells` over a window of undistorted frames of one camera. Nothing allocates after `new`.
#[derive(Debug)]
pub struct Surface {
    window: Window,
    cells: Size,
    over: Size,
    lens: Option<Lens>,
    plane: Option<Plane>,
    /// Of each cell, row by row; empty without a plane.
    cell_mm2: Vec<f32>,
    /// From the map to the frame as the camera gave it, and which cells of that lie within the map.
    over_frame: Option<(Table, Vec<bool>)>,
}

impl Surface {
    /// Without a configuration nothing is measured in millimetres and the frame is taken as
    /// undistorted. The configuration must be for frames of this size
    /// ([`Correction::new`](crate::Correction::new) refuses others).
    pub fn new(window: Window, cells: Size, configuration: Option<&Configuration>) -> Self {
        let lens = configuration.and_then(|c| c.lens);
        let plane = configuration.and_then(|c| c.plane);
        let cell_mm2 = plane.map_or(Vec::new(), |plane| areas(&plane, window, cells));
        let is_whole = window == Window::whole(window.frame);
        let over = if is_whole { cells } else { over(window, cells) };
        let over_frame = (lens.is_some() || !is_whole).then(|| {
            let place = |x: f64, y: f64| {
                let (x, y) = to_px((x, y), over, window.frame);
                let (x, y) = lens.map_or(Some((x, y)), |lens| lens.undistort(x, y))?;
                let seen = (x - window.origin.0, y - window.origin.1);
                Some(to_px(seen, window.size, cells))
            };
            let within = |at: f64, side: u32| (-0.5..f64::from(side) - 0.5).contains(&at);
            let is_within = |(y, x): (u32, u32)| {
                is_whole
                    || place(f64::from(x), f64::from(y))
                        .is_some_and(|(x, y)| within(x, cells.width) && within(y, cells.height))
            };
            let all = (0..over.height).flat_map(|y| (0..over.width).map(move |x| (y, x)));
            let is_within = all.map(is_within).collect();
            (Table::new(cells, over, place), is_within)
        });
        Self {
            window,
            cells,
            over,
            lens,
            plane,
            cell_mm2,
            over_frame,
        }
    }

    /// Width and height of the frame.
    pub fn frame(&self) -> Size {
        self.window.frame
    }

    /// Width and height of a map that lies over the whole frame, in cells.
    pub fn over_size(&self) -> Size {
        self.over
    }

    /// mm² of each cell, row by row; empty when the camera is not calibrated to a plane.
    pub fn cell_mm2(&self) -> &[f32] {
        &self.cell_mm2
    }

    /// Square pixels of the frame under one cell.
    pub fn cell_px(&self) -> f32 {
        self.window.size.area() as f32 / self.cells.area() as f32
    }

    /// Lays the map over the frame as the camera gave it: `false` when they lie alike already and
    /// `over`, of [`over_size`](Self::over_size), was left as it was. Where the model saw nothing stands 0.
    pub fn lay_over_frame(&self, map: &[f32], over: &mut [f32]) -> bool {
        let Some((table, is_within)) = &self.over_frame else {
            return false;
        };
        table.apply(map, over);
        for (value, is_within) in over.iter_mut().zip(is_within) {
            if !is_within {
                *value = 0.0;
            }
        }
        true
    }

    /// The cells from `left, top` to `right, bottom`, both inside, as a box of the undistorted frame: left, top,
    /// right, bottom in pixels.
    pub fn cells_px(&self, [left, top, right, bottom]: [u32; 4]) -> [f64; 4] {
        let (left, top) = self.corner_px(left, top);
        let (right, bottom) = self.corner_px(right + 1, bottom + 1);
        [left, top, right, bottom]
    }

    /// The box in the frame as the camera gave it (left, top, width, height in pixels) around a box of the
    /// undistorted frame (left, top, right, bottom).
    pub fn box_px(&self, [left, top, right, bottom]: [f64; 4]) -> [u32; 4] {
        let (middle, centre) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        for y in [top, centre, bottom] {
            for x in [left, middle, right] {
                // A pixel's corner is half a pixel before its centre, which has the whole number.
                let (x, y) = self.lens.map_or((x, y), |lens| {
                    let (x, y) = lens.distort(x - 0.5, y - 0.5);
                    (x + 0.5, y + 0.5)
                });
                bounds = [
                    bounds[0].min(x),
                    bounds[1].min(y),
                    bounds[2].max(x),
                    bounds[3].max(y),
                ];
            }
        }
        let within = |at: f64, side: u32| at.round().clamp(0.0, f64::from(side)) as u32;
        let (left, top) = (
            within(bounds[0], self.window.frame.width - 1),
            within(bounds[1], self.window.frame.height - 1),
        );
        let (right, bottom) = (
            within(bounds[2], self.window.frame.width),
            within(bounds[3], self.window.frame.height),
        );
        [left, top, (right - left).max(1), (bottom - top).max(1)]
    }

    /// Where a box of the undistorted frame (left, top, right, bottom) lies on the part; `None` when the camera is
    /// not calibrated to a plane.
    pub fn extent(&self, [left, top, right, bottom]: [f64; 4]) -> Option<Extent> {
        let plane = self.plane?;
        let at = |x: f64, y: f64| plane.to_mm(x - 0.5, y - 0.5);
        let corners = [
            at(left, top),
            at(right, top),
            at(right, bottom),
            at(left, bottom),
        ];
        let side =
            |a: usize, b: usize| (corners[a].0 - corners[b].0).hypot(corners[a].1 - corners[b].1);
        let (x_mm, y_mm) = at((left + right) / 2.0, (top + bottom) / 2.0);
        Some(Extent {
            x_mm,
            y_mm,
            width_mm: (side(0, 1) + side(2, 3)) / 2.0,
            height_mm: (side(1, 2) + side(3, 0)) / 2.0,
        })
    }

    /// mm² of a part of the undistorted frame, given in square pixels, about a box of it; `None` when the camera is
    /// not calibrated to a plane.
    pub fn area_mm2(&self, [left, top, right, bottom]: [f64; 4], area_px: f32) -> Option<f32> {
        let (width, height) = (right - left, bottom - top);
        let whole = self
            .plane?
            .rectangle_mm2(left - 0.5, top - 0.5, width, height);
        Some((whole * f64::from(area_px) / (width * height).max(f64::MIN_POSITIVE)) as f32)
    }

    /// The upper left corner of a cell, in pixels from the frame's upper left corner.
    fn corner_px(&self, x: u32, y: u32) -> (f64, f64) {
        let along = |at: u32, cells: u32, px: u32| f64::from(at) * f64::from(px) / f64::from(cells);
        let (left, top) = self.window.origin;
        (
            left + along(x, self.cells.width, self.window.size.width),
            top + along(y, self.cells.height, self.window.size.height),
        )
    }

    /// The same box of the undistorted frame, of one of what the model saw: left, top, right, bottom in pixels.
    pub fn seen_px(&self, [left, top, right, bottom]: [f64; 4]) -> [f64; 4] {
        let (x, y) = self.window.origin;
        [left + x, top + y, right + x, bottom + y]
    }

    /// All that the model saw, as a box of the undistorted frame: left, top, right, bottom in pixels.
    pub fn whole_px(&self) -> [f64; 4] {
        let Size { width, height } = self.window.size;
        self.seen_px([0.0, 0.0, f64::from(width), f64::from(height)])
    }
}

/// Cells over the whole frame, as fine as those of the map over the window, within limits.
fn over(window: Window, cells: Size) -> Size {
    let across = |cells: u32, frame: u32, window: u32| {
        f64::from(cells) * f64::from(frame) / f64::from(window)
    };
    let wide = across(cells.width, window.frame.width, window.size.width);
    let high = across(cells.height, window.frame.height, window.size.height);
    let most = OVER_CELLS_MAX.max(cells.area());
    let shrink = (most as f64 / (wide * high)).sqrt().min(1.0);
    let side = |cells: f64| (cells * shrink).round().max(1.0) as u32;
    let (wide, high) = (side(wide), side(high));
    // Rounded up, or of a single row, it could have more cells than there is room for.
    let within = |side: u32, other: u32| side.min(most as u32 / other).max(1);
    match wide < high {
        true => Size::new(wide, within(high, wide)),
        false => Size::new(within(wide, high), high),
    }
}

fn areas(plane: &Plane, window: Window, cells: Size) -> Vec<f32> {
    let width = f64::from(window.size.width) / f64::from(cells.width);
    let height = f64::from(window.size.height) / f64::from(cells.height);
    let mut areas = Vec::with_capacity(cells.area());
    for y in 0..cells.height {
        for x in 0..cells.width {
            let (left, top) = (
                window.origin.0 + f64::from(x) * width - 0.5,
                window.origin.1 + f64::from(y) * height - 0.5,
            );
            areas.push(plane.rectangle_mm2(left, top, width, height) as f32);
        }
    }
    areas
}
