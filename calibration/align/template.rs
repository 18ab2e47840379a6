//! The feature at one level: its values, and how they change with each way to move. From a start near the truth a few
//! steps of Gauss and Newton lead there, to a fraction of a pixel.
//!
//! The inverse compositional way of Baker and Matthews, *Lucas-Kanade 20 Years On* (IJCV 56, 2004): what depends on the
//! reference alone is worked out once. Steepest descents are made orthogonal to a change of brightness and of contrast,
//! so that neither moves the part.

use super::grid::Grid;
use super::levels::Level;
use super::pose::Pose;

/// Steps after which a search has settled or will not.
const STEPS_MAX: usize = 10;
/// It has settled when the feature's rim moves less than so many pixels of the level.
const SETTLED_PX: f32 = 0.03;
/// It leads nowhere when the quality falls so far below the best one.
const WORSE: f32 = 0.05;
/// Of the mean of what determines a motion, added to each, so that one that nothing determines stays as it is.
const RIDGE: f64 = 1e-4;
/// Ways to move: right, down, larger, clockwise.
const WAYS: usize = 4;

/// `z ↦ (zoom + i·turn)·z + shift` in pixels of the frame about the feature's middle: what a [`Pose`] is, in the form
/// that motions are put together in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Motion {
    pub along: (f32, f32),
    pub shift: (f32, f32),
}

impl Motion {
    pub fn new(shift: (f32, f32), turn_deg: f64, zoom: f64) -> Self {
        let (sin, cos) = turn_deg.to_radians().sin_cos();
        Self {
            along: ((zoom * cos) as f32, (zoom * sin) as f32),
            shift,
        }
    }

    pub fn turn_deg(&self) -> f64 {
        f64::from(self.along.1)
            .atan2(f64::from(self.along.0))
            .to_degrees()
    }

    pub fn zoom(&self) -> f64 {
        f64::from(self.along.0).hypot(f64::from(self.along.1))
    }

    pub fn pose(&self, about: (f64, f64)) -> Pose {
        Pose {
            about,
            shift_px: (f64::from(self.shift.0), f64::from(self.shift.1)),
            turn_deg: self.turn_deg(),
            zoom: self.zoom(),
        }
    }

    /// The same without turn and zoom where parts do not move so: the inverse of a step that only turns also shrinks.
    fn held(self, [_, _, may_zoom, may_turn]: [bool; WAYS]) -> Self {
        let mut along = self.along;
        if !may_turn {
            along = (along.0.hypot(along.1), 0.0);
        }
        if !may_zoom {
            let length = along.0.hypot(along.1).max(f32::MIN_POSITIVE);
            along = (along.0 / length, along.1 / length);
        }
        Self { along, ..self }
    }

    /// This after the inverse of a small one: `(1 + larger + i·clockwise)·z + (right, down)`.
    fn without(&self, [right, down, larger, clockwise]: [f32; WAYS]) -> Self {
        let ((a, b), (c, d)) = (self.along, (1.0 + larger, clockwise));
        let norm = c * c + d * d;
        let along = ((a * c + b * d) / norm, (b * c - a * d) / norm);
        let moved = (
            along.0 * right - along.1 * down,
            along.0 * down + along.1 * right,
        );
        Self {
            along,
            shift: (self.shift.0 - moved.0, self.shift.1 - moved.1),
        }
    }
}

/// How well a motion explains a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fit {
    pub motion: Motion,
    /// Correlation with the reference, -1 to 1; 0 where the frame has no contrast.
    pub quality: f32,
    /// Share of the feature that lies within what is seen.
    pub within: f32,
    /// Deviation of the edges there.
    pub contrast: f32,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Template {
    width: usize,
    height: usize,
    /// Pixels of the frame a side of a pixel.
    step: f32,
    /// Half the feature's diagonal in pixels of the frame: zoom and turn are measured by what they move its rim.
    rim: f32,
    /// Middle of the feature from the window's corner.
    middle: (f32, f32),
    /// That it can move.
    ways: [bool; WAYS],
    /// Mean 0, sum of squares 1.
    values: Vec<f32>,
    /// Deviation of its edges.
    pub contrast: f32,
    descents: [Vec<f32>; WAYS],
    inverse: [[f64; WAYS]; WAYS],
    seen: Vec<f32>,
}

impl Template {
    /// Of the reference's own level; with `ways` that it can move.
    pub fn new(grid: &Grid, level: usize, reference: &Level, ways: [bool; WAYS]) -> Self {
        let (width, height) = grid.feature_at(level);
        let (width, height) = (width as usize, height as usize);
        let (step, about) = (grid.step_at(level) as f32, grid.middle());
        let (left, top) = (f64::from(grid.window[0]), f64::from(grid.window[1]));
        let middle = ((about.0 - left) as f32, (about.1 - top) as f32);
        let rim = step * (width as f32).hypot(height as f32) / 2.0;
        let mut template = Self {
            step,
            rim,
            middle,
            ways,
            values: vec![0.0; width * height],
            contrast: 0.0,
            descents: Default::default(),
            inverse: [[0.0; WAYS]; WAYS],
            seen: vec![0.0; width * height],
            width,
            height,
        };
        template.learn(reference, ways);
        template
    }

    fn learn(&mut self, reference: &Level, ways: [bool; WAYS]) {
        let still = Motion::new((0.0, 0.0), 0.0, 1.0);
        self.look(reference, &still);
        let values = &self.seen;
        let (mean, deviation) = mean_and_deviation(values);
        self.contrast = deviation;
        let norm = (deviation * (values.len() as f32).sqrt()).max(f32::MIN_POSITIVE);
        self.values = values.iter().map(|value| (value - mean) / norm).collect();
        let (x0, y0) = (
            ((self.middle.0 / self.step) - self.width as f32 / 2.0).round() as i64,
            ((self.middle.1 / self.step) - self.height as f32 / 2.0).round() as i64,
        );
        let mut descents: [Vec<f32>; WAYS] = Default::default();
        for at in 0..self.values.len() {
            let (x, y) = ((at % self.width) as i64, (at / self.width) as i64);
            let (u, v) = self.away_from_middle(x as f32, y as f32);
            let (x, y) = (x + x0, y + y0);
            let slope = |before: f32, after: f32| (after - before) / (2.0 * self.step);
            let right = slope(reference.at(x - 1, y), reference.at(x + 1, y));
            let down = slope(reference.at(x, y - 1), reference.at(x, y + 1));
            let larger = (right * u + down * v) / self.rim;
            let clockwise = (down * u - right * v) / self.rim;
            for (descent, way) in descents.iter_mut().zip([right, down, larger, clockwise]) {
                descent.push(way / norm);
            }
        }
        for (descent, may_move) in descents.iter_mut().zip(ways) {
            let mean = descent.iter().sum::<f32>() / descent.len() as f32;
            let along = dot(descent, &self.values);
            for (way, value) in descent.iter_mut().zip(&self.values) {
                *way = if may_move {
                    *way - mean - along * value
                } else {
                    0.0
                };
            }
        }
        self.inverse = inverse(&descents, ways);
        self.descents = descents;
    }

    /// From the feature's middle to a pixel's centre, in pixels of the frame.
    fn away_from_middle(&self, x: f32, y: f32) -> (f32, f32) {
        (
            (x + 0.5 - self.width as f32 / 2.0) * self.step,
            (y + 0.5 - self.height as f32 / 2.0) * self.step,
        )
    }

    /// Reads what the feature would be if it lay so; gives the share of it that is seen.
    fn look(&mut self, level: &Level, motion: &Motion) -> f32 {
        let ((a, b), (left, top)) = (motion.along, self.away_from_middle(0.0, 0.0));
        let (x0, y0) = (
            (self.middle.0 + motion.shift.0 + a * left - b * top) / self.step - 0.5,
            (self.middle.1 + motion.shift.1 + b * left + a * top) / self.step - 0.5,
        );
        let (right, bottom) = ((self.width - 1) as f32, (self.height - 1) as f32);
        let corners = [(0.0, 0.0), (right, 0.0), (0.0, bottom), (right, bottom)];
        let place = |x: f32, y: f32| (x0 + a * x - b * y, y0 + b * x + a * y);
        if corners
            .iter()
            .all(|(x, y)| level.is_well_within(place(*x, *y)))
        {
            for (row, values) in self.seen.chunks_exact_mut(self.width).enumerate() {
                for (column, value) in values.iter_mut().enumerate() {
                    let (x, y) = place(column as f32, row as f32);
                    *value = level.sample_within(x, y);
                }
            }
            return 1.0;
        }
        let mut within = 0usize;
        for (row, values) in self.seen.chunks_exact_mut(self.width).enumerate() {
            for (column, value) in values.iter_mut().enumerate() {
                let (x, y) = place(column as f32, row as f32);
                let (found, is_within) = level.sample(x, y);
                *value = found;
                within += usize::from(is_within);
            }
        }
        within as f32 / self.seen.len() as f32
    }

    /// How well a motion explains a level of a frame.
    pub fn fit(&mut self, level: &Level, motion: Motion) -> Fit {
        let within = self.look(level, &motion);
        let (_, contrast) = mean_and_deviation(&self.seen);
        let norm = contrast * (self.seen.len() as f32).sqrt();
        let quality = match norm > 0.0 {
            true => dot(&self.seen, &self.values) / norm,
            false => 0.0,
        };
        Fit {
            motion,
            quality,
            within,
            contrast,
        }
    }

    /// The best fit that is found from a start.
    pub fn refine(&mut self, level: &Level, start: Motion) -> Fit {
        let mut best = self.fit(level, start);
        let mut fit = best;
        for _ in 0..STEPS_MAX {
            // What a unit of the reference's contrast is in the frame; nothing leads on from a frame turned inside out.
            let gain = dot(&self.seen, &self.values);
            if gain <= 0.0 {
                break;
            }
            let pulls = [0, 1, 2, 3].map(|way: usize| dot(&self.seen, &self.descents[way]) / gain);
            let step = self.inverse.map(|row| {
                let along = row
                    .iter()
                    .zip(pulls)
                    .map(|(part, pull)| part * f64::from(pull));
                along.sum::<f64>() as f32
            });
            let [right, down, larger, clockwise] = step;
            let moved = [right, down, larger / self.rim, clockwise / self.rim];
            fit = self.fit(level, fit.motion.without(moved).held(self.ways));
            if fit.quality > best.quality {
                best = fit;
            }
            let settled = SETTLED_PX * self.step;
            let is_settled = step.iter().all(|way| way.abs() < settled);
            let is_lost = fit.quality < best.quality - WORSE || fit.within < 0.5;
            if is_settled || is_lost || !(0.5..2.0).contains(&fit.motion.zoom()) {
                break;
            }
        }
        best
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}

fn mean_and_deviation(values: &[f32]) -> (f32, f32) {
    let count = values.len() as f32;
    let mean = values.iter().sum::<f32>() / count;
    let squares: f32 = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum();
    (mean, (squares / count).sqrt())
}

/// Of the products of the descents with each other; nothing for a way that cannot be moved.
fn inverse(descents: &[Vec<f32>; WAYS], ways: [bool; WAYS]) -> [[f64; WAYS]; WAYS] {
    let mut rows = [[0.0f64; 2 * WAYS]; WAYS];
    let trace: f64 = descents.iter().map(|way| f64::from(dot(way, way))).sum();
    for (i, row) in rows.iter_mut().enumerate() {
        row[WAYS + i] = if ways[i] { 1.0 } else { 0.0 };
        for j in 0..WAYS {
            row[j] = f64::from(dot(&descents[i], &descents[j]));
        }
        let ridge = (RIDGE * trace / WAYS as f64).max(f64::MIN_POSITIVE);
        row[i] += if ways[i] { ridge } else { 1.0 };
    }
    // Gauss and Jordan; the matrix is positive definite, so that no row need be exchanged.
    for i in 0..WAYS {
        let pivot = rows[i][i];
        rows[i].iter_mut().for_each(|value| *value /= pivot);
        for j in (0..WAYS).filter(|j| *j != i) {
            let (times, from) = (rows[j][i], rows[i]);
            for (value, from) in rows[j].iter_mut().zip(from) {
                *value -= times * from;
            }
        }
    }
    rows.map(|row| [row[4], row[5], row[6], row[7]])
}
