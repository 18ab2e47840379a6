//! The edges in a window of a frame at several levels: how steeply grey values change, whichever way. What is lit otherwise
//! on one side, and what is missing from a part, changes few edges; grey values it changes everywhere.

use super::grid::Grid;
use crate::opencv_error::OpencvError;
use crate::view::{Channels, ImageView, matrix};
use opencv::core::{Mat, MatTraitConst, MatTraitConstManual, Rect};
use opencv::imgproc;

/// Of red, green and blue in what is seen as brightness (ITU-R BT.601).
const WEIGHTS: [f32; 3] = [0.299, 0.587, 0.114];

/// One level: rows from the top.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<f32>,
}

impl Level {
    fn new((width, height): (u32, u32)) -> Self {
        let (width, height) = (width as usize, height as usize);
        Self {
            width,
            height,
            pixels: vec![0.0; width * height],
        }
    }

    /// The value there, the next one where that lies outside.
    pub fn at(&self, x: i64, y: i64) -> f32 {
        let x = x.clamp(0, self.width as i64 - 1) as usize;
        let y = y.clamp(0, self.height as i64 - 1) as usize;
        self.pixels[y * self.width + x]
    }

    /// Whether a point lies so far within that its neighbours on all sides are there.
    pub fn is_well_within(&self, (x, y): (f32, f32)) -> bool {
        x >= 0.0 && y >= 0.0 && x < (self.width - 1) as f32 && y < (self.height - 1) as f32
    }

    /// Between pixels, of a point that lies well within.
    pub fn sample_within(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let from = top * self.width + left;
        let (above, under) = (
            &self.pixels[from..][..2],
            &self.pixels[from + self.width..][..2],
        );
        let over = above[0] + (above[1] - above[0]) * fx;
        let below = under[0] + (under[1] - under[0]) * fx;
        over + (below - over) * fy
    }

    /// Between pixels, whose centres are whole numbers, and whether it lies within.
    pub fn sample(&self, x: f32, y: f32) -> (f32, bool) {
        let (right, bottom) = ((self.width - 1) as f32, (self.height - 1) as f32);
        let is_within = x >= -0.5 && y >= -0.5 && x <= right + 0.5 && y <= bottom + 0.5;
        let (x, y) = (x.clamp(0.0, right), y.clamp(0.0, bottom));
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let next = usize::from(left + 1 < self.width);
        let below = if top + 1 < self.height { self.width } else { 0 };
        let from = top * self.width + left;
        let (a, b) = (self.pixels[from], self.pixels[from + next]);
        let (c, d) = (self.pixels[from + below], self.pixels[from + below + next]);
        let (above, under) = (a + (b - a) * fx, c + (d - c) * fx);
        (above + (under - above) * fy, is_within)
    }

    /// Takes how steeply the grey values change: per pixel, by central differences; 0 at the border.
    fn take_edges(&mut self, grey: &[f32]) {
        let width = self.width;
        for (y, row) in self.pixels.chunks_exact_mut(width).enumerate() {
            if y == 0 || y + 1 == self.height {
                row.fill(0.0);
                continue;
            }
            let above = &grey[(y - 1) * width..][..width];
            let here = &grey[y * width..][..width];
            let below = &grey[(y + 1) * width..][..width];
            row[0] = 0.0;
            row[width - 1] = 0.0;
            for x in 1..width - 1 {
                let (across, down) = (here[x + 1] - here[x - 1], below[x] - above[x]);
                row[x] = (across * across + down * down).sqrt() * 0.5;
            }
        }
    }

    /// Takes the mean of four pixels each.
    fn halve(&mut self, finer: &Level) {
        for (y, row) in self.pixels.chunks_exact_mut(self.width).enumerate() {
            let above = &finer.pixels[2 * y * finer.width..][..finer.width];
            let below = &finer.pixels[(2 * y + 1) * finer.width..][..finer.width];
            let pairs = above.chunks_exact(2).zip(below.chunks_exact(2));
            for (pixel, (above, below)) in row.iter_mut().zip(pairs) {
                *pixel = (above[0] + above[1] + below[0] + below[1]) * 0.25;
            }
        }
    }
}

/// All levels, finest first. Loading a frame does not allocate but for what OpenCV does.
#[derive(Debug)]
pub(super) struct Levels {
    grid: Grid,
    small: Mat,
    grey: Vec<f32>,
    pub all: Vec<Level>,
}

impl Levels {
    pub fn new(grid: Grid) -> Self {
        let all = (0..grid.levels).map(|level| Level::new(grid.window_at(level)));
        let all: Vec<Level> = all.collect();
        Self {
            grey: vec![0.0; all[0].pixels.len()],
            all,
            small: Mat::default(),
            grid,
        }
    }

    /// Deviation that the edges of the loaded frame would have by noise alone. What a pixel differs by from its eight
    /// neighbours, as Immerkær weighs them (*Fast Noise Variance Estimation*, CVIU 64, 1996), is 6 times its noise; the
    /// median of it is that of places without corners.
    pub fn noise(&self) -> f32 {
        const OF_NORMAL: f32 = 0.674_5;
        const OF_EDGES: f32 = 0.46;
        let width = self.all[0].width;
        let mut differences: Vec<f32> = Vec::with_capacity(self.grey.len());
        let rows = self.grey.chunks_exact(width);
        for ((above, here), below) in rows.clone().zip(rows.clone().skip(1)).zip(rows.skip(2)) {
            for x in 1..width - 1 {
                let corners = above[x - 1] + above[x + 1] + below[x - 1] + below[x + 1];
                let sides = above[x] + below[x] + here[x - 1] + here[x + 1];
                differences.push((corners - 2.0 * sides + 4.0 * here[x]).abs());
            }
        }
        if differences.is_empty() {
            return 0.0;
        }
        let middle = differences.len() / 2;
        let (_, median, _) = differences.select_nth_unstable_by(middle, f32::total_cmp);
        *median / OF_NORMAL / 6.0 * OF_EDGES
    }

    /// Takes the window of a frame that is large enough for it.
    pub fn load(&mut self, view: &ImageView<'_>) -> Result<(), OpencvError> {
        let [left, top, width, height] = self.grid.window.map(|side| side as i32);
        let frame = matrix(view.pixels(), view.size(), view.channels())?;
        let window = Mat::roi(&frame, Rect::new(left, top, width, height))?;
        let (wide, high) = self.grid.window_at(0);
        let size = opencv::core::Size::new(wide as i32, high as i32);
        imgproc::resize(
            &window,
            &mut self.small,
            size,
            0.0,
            0.0,
            imgproc::INTER_AREA,
        )?;
        let bytes = self.small.data_bytes()?;
        debug_assert!(self.small.is_continuous());
        let grey = &mut self.grey;
        match view.channels() {
            Channels::Grey => {
                for (pixel, byte) in grey.iter_mut().zip(bytes) {
                    *pixel = f32::from(*byte);
                }
            }
            Channels::Rgb => {
                for (pixel, rgb) in grey.iter_mut().zip(bytes.chunks_exact(3)) {
                    let lanes = rgb.iter().zip(WEIGHTS);
                    *pixel = lanes.map(|(lane, weight)| f32::from(*lane) * weight).sum();
                }
            }
        }
        self.all[0].take_edges(&self.grey);
        for level in 1..self.all.len() {
            let (finer, coarser) = self.all.split_at_mut(level);
            coarser[0].halve(&finer[level - 1]);
        }
        Ok(())
    }
}
