//! Where a part may lie, looked for at the coarsest level: the feature turned in steps, at every place within reach.

use super::grid::{FARTHER, Grid};
use super::levels::Level;
use super::limits::AlignLimits;
use super::template::Motion;

/// Degrees between two turns that are looked for; refining leads from one to the other.
const TURN_STEP_DEG: f64 = 10.0;
/// Places that are followed up.
pub(super) const PLACES_MAX: usize = 6;
/// Share of the feature's sides by which it may reach beyond the window.
const BEYOND: usize = 4;
/// Places nearer than so many pixels of the level are one.
const ONE_PX: i64 = 2;

/// A place worth a closer look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub motion: Motion,
    likeness: f32,
    at: (i64, i64),
    turn: usize,
}

/// Where the left and top of the feature may lie, in pixels of the coarsest level from where it has not moved: what its limit
/// allows and the window holds.
#[derive(Clone, Copy, Debug)]
struct Reach {
    first: (i64, i64),
    wide: i64,
    high: i64,
    /// So far the feature may reach beyond the window, right and down.
    beyond: (usize, usize),
}

impl Reach {
    fn new(grid: &Grid, limits: &AlignLimits) -> Self {
        let level = grid.levels - 1;
        let (feature, window) = (grid.feature_at(level), grid.window_at(level));
        let step = grid.step_at(level);
        let most = (limits.shift_px_max * FARTHER / f64::from(step)).ceil() as i64;
        let along = |corner: u32, window_from: u32, window: u32, feature: u32| {
            let beyond = feature.div_ceil(BEYOND as u32);
            let home = i64::from((corner - window_from) / step + beyond);
            let last = i64::from(window + 2 * beyond) - i64::from(feature) - home;
            let (from, to) = (-most.min(home), most.min(last).max(0));
            (from, to - from + 1, beyond as usize)
        };
        let across = along(grid.corner.0, grid.window[0], window.0, feature.0);
        let down = along(grid.corner.1, grid.window[1], window.1, feature.1);
        Self {
            first: (across.0, down.0),
            wide: across.1,
            high: down.1,
            beyond: (across.2, down.2),
        }
    }
}

/// How many turns are looked for, either way.
fn steps(limits: &AlignLimits) -> i32 {
    (limits.turn_deg_max / TURN_STEP_DEG).ceil() as i32
}

/// Products that a search makes: pixels of the feature at the coarsest level, at each place, in each turn.
pub(super) fn products(grid: &Grid, limits: &AlignLimits) -> u64 {
    let (width, height) = grid.feature_at(grid.levels - 1);
    let reach = Reach::new(grid, limits);
    let places = reach.wide.unsigned_abs() * reach.high.unsigned_abs();
    let turns = 2 * u64::from(steps(limits).unsigned_abs()) + 1;
    places * u64::from(width) * u64::from(height) * turns
}

/// See the module. Searching does not allocate.
#[derive(Debug)]
pub(super) struct Search {
    /// The feature as it looks turned by so many degrees: mean 0, sum of squares 1.
    turned: Vec<(f64, Vec<f32>)>,
    size: (usize, usize),
    step: f32,
    /// Left and top of the feature in the padded level, where it has not moved.
    home: (i64, i64),
    reach: Reach,
    padded: Level,
    /// Likeness of the turn that is looked for, at each place within reach.
    likeness: Vec<f32>,
}

impl Search {
    /// For a reference's coarsest level.
    pub fn new(grid: &Grid, reference: &Level, limits: &AlignLimits) -> Self {
        let level = grid.levels - 1;
        let (width, height) = grid.feature_at(level);
        let size = (width as usize, height as usize);
        let step = grid.step_at(level) as f32;
        let reach = Reach::new(grid, limits);
        let beyond = reach.beyond;
        let corner = |axis: u32, from: u32| i64::from((axis - from) / grid.step_at(level));
        let home = (
            corner(grid.corner.0, grid.window[0]) + beyond.0 as i64,
            corner(grid.corner.1, grid.window[1]) + beyond.1 as i64,
        );
        let (wide, high) = (
            reference.width + 2 * beyond.0,
            reference.height + 2 * beyond.1,
        );
        let steps = steps(limits);
        let turns = (-steps..=steps)
            .map(|step| f64::from(step) * limits.turn_deg_max / f64::from(steps.max(1)));
        let middle = (
            home.0 as f32 - beyond.0 as f32 + size.0 as f32 / 2.0,
            home.1 as f32 - beyond.1 as f32 + size.1 as f32 / 2.0,
        );
        let turned = turns.map(|deg| (deg, turned(reference, size, middle, deg)));
        Self {
            turned: turned.collect(),
            size,
            step,
            home,
            reach,
            padded: Level {
                width: wide,
                height: high,
                pixels: vec![0.0; wide * high],
            },
            likeness: vec![0.0; (reach.wide * reach.high) as usize],
        }
    }

    /// The most likely places, best first.
    pub fn find(&mut self, level: &Level, found: &mut Vec<Found>) {
        self.pad(level);
        found.clear();
        for turn in 0..self.turned.len() {
            self.compare(turn);
            let (wide, high) = (self.reach.wide, self.reach.high);
            for y in 0..high {
                for x in 0..wide {
                    let likeness = self.likeness[(y * wide + x) as usize];
                    let around = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (x + dx, y + dy)));
                    let mut around =
                        around.filter(|(x, y)| (0..wide).contains(x) && (0..high).contains(y));
                    let is_peak =
                        around.all(|(x, y)| self.likeness[(y * wide + x) as usize] <= likeness);
                    if likeness > 0.0 && is_peak {
                        let at = (x + self.reach.first.0, y + self.reach.first.1);
                        self.keep(found, (likeness, at, turn));
                    }
                }
            }
        }
    }

    fn keep(&self, found: &mut Vec<Found>, (likeness, at, turn): (f32, (i64, i64), usize)) {
        let is_same = |other: &Found| {
            (other.at.0 - at.0).abs() <= ONE_PX
                && (other.at.1 - at.1).abs() <= ONE_PX
                && other.turn.abs_diff(turn) <= 1
        };
        if found
            .iter()
            .any(|other| is_same(other) && other.likeness >= likeness)
        {
            return;
        }
        found.retain(|other| !is_same(other));
        let rank = found.partition_point(|other| other.likeness >= likeness);
        if rank >= PLACES_MAX {
            return;
        }
        found.truncate(PLACES_MAX - 1);
        let shift = (at.0 as f32 * self.step, at.1 as f32 * self.step);
        let motion = Motion::new(shift, self.turned[turn].0, 1.0);
        let place = Found {
            motion,
            likeness,
            at,
            turn,
        };
        found.insert(rank, place);
    }

    fn pad(&mut self, level: &Level) {
        let (left, above) = (self.reach.beyond.0 as i64, self.reach.beyond.1 as i64);
        for (y, row) in self
            .padded
            .pixels
            .chunks_exact_mut(self.padded.width)
            .enumerate()
        {
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = level.at(x as i64 - left, y as i64 - above);
            }
        }
    }

    /// Correlates the feature turned so with every place within reach; -1 where there is no contrast.
    fn compare(&mut self, turn: usize) {
        let (width, height) = self.size;
        let wide = self.reach.wide;
        let values = &self.turned[turn].1;
        for (at, likeness) in self.likeness.iter_mut().enumerate() {
            let x = at as i64 % wide + self.reach.first.0 + self.home.0;
            let y = at as i64 / wide + self.reach.first.1 + self.home.1;
            *likeness = -1.0;
            let (mut along, mut sum, mut squares) = (0.0f32, 0.0f32, 0.0f32);
            for (row, values) in values.chunks_exact(width).enumerate() {
                let from = (y as usize + row) * self.padded.width + x as usize;
                for (pixel, value) in self.padded.pixels[from..][..width].iter().zip(values) {
                    along += pixel * value;
                    sum += pixel;
                    squares += pixel * pixel;
                }
            }
            let spread = squares - sum * sum / (width * height) as f32;
            if spread > (width * height) as f32 {
                *likeness = along / spread.sqrt();
            }
        }
    }
}

fn turned(reference: &Level, size: (usize, usize), middle: (f32, f32), deg: f64) -> Vec<f32> {
    let (sin, cos) = deg.to_radians().sin_cos();
    let (sin, cos) = (sin as f32, cos as f32);
    let mut values: Vec<f32> = (0..size.0 * size.1)
        .map(|at| {
            let u = (at % size.0) as f32 + 0.5 - size.0 as f32 / 2.0;
            let v = (at / size.0) as f32 + 0.5 - size.1 as f32 / 2.0;
            let (x, y) = (cos * u + sin * v, cos * v - sin * u);
            reference.sample(middle.0 + x - 0.5, middle.1 + y - 0.5).0
        })
        .collect();
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    values.iter_mut().for_each(|value| *value -= mean);
    let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values
        .iter_mut()
        .for_each(|value| *value /= norm.max(f32::MIN_POSITIVE));
    values
}
