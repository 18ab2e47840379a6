//! Defects drawn into pictures of good parts, to learn which features tell a change from the usual
//! variation. They only weigh what was learnt from good parts; nothing learns how a defect looks.
//! After CutPaste (Li et al. 2021) and DRAEM (Zavrtanik et al. 2021).

use super::Size;
use crate::prepare::cut::PAINT;
use fastrand::Rng;

/// Shares of the image that a defect covers, smallest and largest.
const AREA: (f32, f32) = (0.002, 0.03);
/// How often a defect is moved that would lie where nothing counts.
const MOVES: usize = 64;

/// A picture: planes of values from 0 to 1, either red, green and blue or one of grey.
#[derive(Clone, Debug)]
pub struct Picture {
    pub size: Size,
    pub planes: Vec<f32>,
}

impl Picture {
    fn channels(&self) -> usize {
        self.planes.len() / (self.size.0 * self.size.1)
    }

    /// Red, green and blue, alike in a grey picture.
    fn pixel(&self, x: usize, y: usize) -> [f32; 3] {
        let area = self.size.0 * self.size.1;
        let last = self.channels() - 1;
        std::array::from_fn(|plane| self.planes[plane.min(last) * area + y * self.size.0 + x])
    }

    /// The channels of each pixel.
    pub fn bytes(&self) -> Vec<u8> {
        let (width, height) = self.size;
        let pixels = (0..width * height).map(|at| self.pixel(at % width, at / width));
        pixels
            .flat_map(|pixel| pixel.into_iter().take(self.channels()))
            .map(|value| (value * 255.0 + 0.5) as u8)
            .collect()
    }

    fn mix(&mut self, x: usize, y: usize, colour: [f32; 3], share: f32) {
        let area = self.size.0 * self.size.1;
        let grey = [colour.iter().sum::<f32>() / 3.0];
        let values = if self.channels() == 1 {
            &grey[..]
        } else {
            &colour[..]
        };
        for (plane, value) in values.iter().enumerate() {
            let pixel = &mut self.planes[plane * area + y * self.size.0 + x];
            *pixel = (*pixel * (1.0 - share) + value * share).clamp(0.0, 1.0);
        }
    }
}

/// Where a defect goes: a tilted ellipse with a ragged edge.
struct Spot {
    centre: (f32, f32),
    /// Half axes of the ellipse, in pixels.
    half: (f32, f32),
    angle: f32,
    /// Waves along its edge.
    waves: [(f32, f32); 3],
}

impl Spot {
    fn draw(centre: (usize, usize), (width, height): Size, rng: &mut Rng) -> Self {
        let area = log_between(AREA.0, AREA.1, rng) * (width * height) as f32;
        let aspect = log_between(0.45, 2.2, rng);
        Self {
            centre: (centre.0 as f32, centre.1 as f32),
            half: ((area * aspect).sqrt() / 2.0, (area / aspect).sqrt() / 2.0),
            angle: rng.f32() * std::f32::consts::PI,
            waves: std::array::from_fn(|_| (rng.f32() * 0.15, rng.f32() * 6.3)),
        }
    }

    /// Distance from the centre, 1 at the edge.
    fn distance(&self, x: usize, y: usize) -> f32 {
        let (dx, dy) = (x as f32 - self.centre.0, y as f32 - self.centre.1);
        let (sin, cos) = self.angle.sin_cos();
        let u = (dx * cos + dy * sin) / self.half.0;
        let v = (dy * cos - dx * sin) / self.half.1;
        let turn = v.atan2(u);
        let waves = self.waves.iter().zip([2.0, 3.0, 5.0]);
        let ragged: f32 = waves
            .map(|((high, at), n)| high * (turn * n + at).sin())
            .sum();
        u.hypot(v) + ragged
    }

    fn share(&self, x: usize, y: usize) -> f32 {
        ((1.0 - self.distance(x, y)) * 4.0).clamp(0.0, 1.0)
    }

    /// Columns and rows that may be covered, or lie just around.
    fn bounds(&self, (width, height): Size) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let reach = self.half.0.max(self.half.1) * 2.0 + 2.0;
        let range = |centre: f32, max: usize| {
            (centre - reach).max(0.0) as usize..((centre + reach) as usize).min(max)
        };
        (range(self.centre.0, width), range(self.centre.1, height))
    }
}

/// The picture with a defect.
pub fn with_defect(good: &Picture, rng: &mut Rng) -> Picture {
    let mut picture = good.clone();
    let mut centre = place(good, rng);
    for _ in 0..MOVES {
        if !is_painted(good, centre) {
            break;
        }
        centre = place(good, rng);
    }
    match rng.u8(..4) {
        0 => paste(&mut picture, good, centre, rng),
        1 => scratch(&mut picture, centre, rng),
        2 => erase(&mut picture, centre, rng),
        _ => stain(&mut picture, centre, rng),
    }
    picture
}

/// Whether a pixel and those about it are paint: an ignored place, in which a defect would say nothing of the features.
fn is_painted(picture: &Picture, (x, y): (usize, usize)) -> bool {
    let (width, height) = picture.size;
    let columns = x.saturating_sub(1)..(x + 2).min(width);
    let mut pixels = (y.saturating_sub(1)..(y + 2).min(height))
        .flat_map(|y| columns.clone().map(move |x| (x, y)))
        .flat_map(|(x, y)| picture.pixel(x, y));
    pixels.all(|value| (value * 255.0 - f32::from(PAINT)).abs() < 0.25)
}

/// Mostly where there is something to see: the most contrasted of a few random places.
fn place(picture: &Picture, rng: &mut Rng) -> (usize, usize) {
    let (width, height) = picture.size;
    let contrast = |(x, y): (usize, usize)| {
        let (right, below) = ((x + 6).min(width - 1), (y + 6).min(height - 1));
        let (left, above) = (x.saturating_sub(6), y.saturating_sub(6));
        let grey = |x, y| picture.pixel(x, y).iter().sum::<f32>();
        let here = grey(x, y);
        let around = [
            grey(right, y),
            grey(left, y),
            grey(x, below),
            grey(x, above),
        ];
        around.iter().map(|other| (other - here).abs()).sum::<f32>()
    };
    let tries = if rng.f32() < 0.7 { 8 } else { 1 };
    let places = (0..tries).map(|_| (rng.usize(..width), rng.usize(..height)));
    places
        .max_by(|a, b| contrast(*a).total_cmp(&contrast(*b)))
        .unwrap_or((0, 0))
}

/// A piece of the picture in another place, turned and lighter or darker.
fn paste(picture: &mut Picture, good: &Picture, centre: (usize, usize), rng: &mut Rng) {
    let (width, height) = good.size;
    let spot = Spot::draw(centre, good.size, rng);
    let from = (rng.usize(..width), rng.usize(..height));
    let (is_flipped, is_upside_down) = (rng.bool(), rng.bool());
    let (gain, offset) = (0.8 + rng.f32() * 0.4, rng.f32() * 0.2 - 0.1);
    let (columns, rows) = spot.bounds(good.size);
    let source = |at: usize, centre: usize, from: usize, is_mirrored: bool, max: usize| {
        let d = at as isize - centre as isize;
        let at = from as isize + if is_mirrored { -d } else { d };
        at.rem_euclid(max as isize) as usize
    };
    for y in rows {
        for x in columns.clone() {
            if spot.distance(x, y) < 1.0 {
                let sx = source(x, centre.0, from.0, is_flipped, width);
                let sy = source(y, centre.1, from.1, is_upside_down, height);
                let colour = good.pixel(sx, sy).map(|value| value * gain + offset);
                picture.mix(x, y, colour, 1.0);
            }
        }
    }
}

/// A thin, slightly bent line, clearly lighter or darker than its place.
fn scratch(picture: &mut Picture, centre: (usize, usize), rng: &mut Rng) {
    let (width, height) = picture.size;
    let length = (0.06 + rng.f32() * 0.19) * width.max(height) as f32;
    let thickness = 1.0 + rng.f32() * 1.5;
    let (sin, cos) = (rng.f32() * std::f32::consts::PI).sin_cos();
    let bend = (rng.f32() - 0.5) * 0.02;
    let here = picture.pixel(centre.0, centre.1).iter().sum::<f32>() / 3.0;
    let away = 0.3 + rng.f32() * 0.4;
    let grey = if here > 0.5 { here - away } else { here + away };
    let colour = std::array::from_fn(|_| grey + (rng.f32() - 0.5) * 0.2);
    for y in 0..height {
        for x in 0..width {
            let (dx, dy) = (x as f32 - centre.0 as f32, y as f32 - centre.1 as f32);
            let u = dx * cos + dy * sin;
            let v = dy * cos - dx * sin + bend * u * u;
            if u.abs() < length / 2.0 {
                picture.mix(x, y, colour, (thickness - v.abs()).clamp(0.0, 1.0) * 0.8);
            }
        }
    }
}

/// What is there gone: the colour of its surroundings in its place.
fn erase(picture: &mut Picture, centre: (usize, usize), rng: &mut Rng) {
    let spot = Spot::draw(centre, picture.size, rng);
    let (columns, rows) = spot.bounds(picture.size);
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for y in rows.clone() {
        for x in columns.clone() {
            if (1.0..1.5).contains(&spot.distance(x, y)) {
                let pixel = picture.pixel(x, y);
                sum.iter_mut()
                    .zip(pixel)
                    .for_each(|(sum, value)| *sum += value);
                count += 1.0;
            }
        }
    }
    if count < 1.0 {
        return scratch(picture, centre, rng);
    }
    let colour = sum.map(|sum| sum / count);
    for y in rows {
        for x in columns.clone() {
            let noise = (rng.f32() - 0.5) * 0.02;
            picture.mix(x, y, colour.map(|value| value + noise), spot.share(x, y));
        }
    }
}

/// Something that does not belong there, more or less transparent.
fn stain(picture: &mut Picture, centre: (usize, usize), rng: &mut Rng) {
    let spot = Spot::draw(centre, picture.size, rng);
    let (columns, rows) = spot.bounds(picture.size);
    let opacity = 0.3 + rng.f32() * 0.6;
    let grey = rng.f32() * 0.5;
    let colour: [f32; 3] = std::array::from_fn(|_| grey + rng.f32() * 0.5);
    let (step, strength) = (1 + rng.usize(..4), rng.f32() * 0.3);
    let seed = rng.u64(..);
    for y in rows {
        for x in columns.clone() {
            let cell = (x / step) as u64 * 7_919 + (y / step) as u64 * 104_729;
            let noise = (Rng::with_seed(seed ^ cell).f32() - 0.5) * strength;
            let share = spot.share(x, y) * opacity;
            picture.mix(x, y, colour.map(|value| value + noise), share);
        }
    }
}

fn log_between(low: f32, high: f32, rng: &mut Rng) -> f32 {
    (low.ln() + rng.f32() * (high / low).ln()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defects_are_drawn_beside_ignored_places() {
        let size = (64, 64);
        let mut rng = Rng::with_seed(3);
        // The right quarter is the part, all else is painted.
        let planes = (0..64 * 64).map(|at| match at % 64 < 48 {
            true => f32::from(PAINT) / 255.0,
            false => rng.f32(),
        });
        let planes = planes.collect();
        let good = Picture { size, planes };
        let mut within = 0;
        for _ in 0..200 {
            let drawn = with_defect(&good, &mut rng);
            // A scratch of a defect of the part may reach so far, the middle of one cannot.
            let changed = (0..64 * 64).filter(|at| drawn.planes[*at] != good.planes[*at]);
            let columns: Vec<usize> = changed.map(|at| at % 64).collect();
            let middle = columns.iter().sum::<usize>() as f32 / columns.len().max(1) as f32;
            within += usize::from(columns.is_empty() || middle >= 40.0);
        }
        assert!(within >= 195, "{within} of 200 lie on the part");
    }
}
