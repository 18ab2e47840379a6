//! Pictures of parts on the belt: templates placed, lit, shadowed, and given sensor noise. A picture
//! is a pure function of the seed, the part's index and the view.

use super::backdrop::{belt, grain};
use super::defect::Defect;
use super::parts;
use super::placing::{GRAIN_SIDE, place_row};
use super::random::{Random, smooth};
use super::template::Template;
use std::sync::Arc;

/// Width of the picture in which all parts are measured.
pub const FULL_WIDTH: f32 = 1280.0;
/// Height of that picture.
pub const FULL_HEIGHT: f32 = 960.0;
/// How much larger than drawn the parts are seen.
const ZOOM: f32 = 1.15;
const NOISE_COUNT: usize = 1 << 16;

/// Everything that is drawn once: templates by style and view, the belt, grain and noise.
pub struct Scene {
    /// Pixels a row.
    pub width: u32,
    /// Rows of a picture.
    pub height: u32,
    pub(super) scale: f32,
    pub(super) templates: Vec<Vec<Template>>,
    /// Fixed-point, as [`to_fixed`] makes it.
    pub(super) belt: Vec<[i16; 3]>,
    pub(super) brushed: Vec<f32>,
    pub(super) mottled: Vec<f32>,
    /// Of deviation 1, in 1/2048.
    pub(super) noise: Vec<i16>,
}

/// What is in one picture.
pub struct Shot<'a> {
    /// The line's seed.
    pub seed: u64,
    /// Number of the part on the line.
    pub index: u64,
    /// Index into [`parts::STYLES`].
    pub style: usize,
    /// Index of the view of its style.
    pub view: u8,
    /// Its defect, where this view sees it.
    pub defect: Option<&'a Defect>,
    /// Factor on the light: 1 is as set up, 0 is dark.
    pub exposure: f32,
}

/// Position, light and belt of one picture.
pub(super) struct Look {
    pub(super) centre: (f32, f32),
    pub(super) sin: f32,
    pub(super) cos: f32,
    pub(super) gain: f32,
    pub(super) albedo: [f32; 3],
    pub(super) slope: (f32, f32),
    pub(super) vignette: f32,
    pub(super) belt_at: usize,
    pub(super) grain_at: (usize, usize),
    pub(super) noise: f32,
    pub(super) noise_seed: Random,
}

impl Scene {
    /// Draws what is drawn once, for the first `views` views; a second or two unoptimised.
    pub fn new(width: u32, height: u32, views: u8) -> Arc<Self> {
        let belt_scale = (width as f32 / FULL_WIDTH).min(height as f32 / FULL_HEIGHT);
        let scale = belt_scale * ZOOM;
        let mut random = Random::of(&[7]);
        let gauss =
            |random: &mut Random| (0..4).map(|_| random.range(-1.0, 1.0)).sum::<f32>() * 0.87;
        let count = NOISE_COUNT + width as usize * 3;
        Arc::new(Self {
            width,
            height,
            scale,
            templates: (0..parts::STYLES.len())
                .map(|style| {
                    (0..views)
                        .map(|view| parts::template(style, view, scale))
                        .collect()
                })
                .collect(),
            belt: belt(width as usize, height as usize, belt_scale),
            brushed: grain(|x, y| {
                0.045 * smooth(1, x * 0.012, y * 0.9) + 0.04 * smooth(2, x * 0.05, y * 0.45)
            }),
            mottled: grain(|x, y| {
                0.012 * smooth(3, x * 0.4, y * 0.4) + 0.012 * smooth(4, x * 0.06, y * 0.06)
            }),
            noise: (0..count)
                .map(|_| (gauss(&mut random) * 2048.0) as i16)
                .collect(),
        })
    }

    /// The template of a style in a view.
    pub fn template(&self, style: usize, view: u8) -> &Template {
        &self.templates[style][usize::from(view)]
    }

    fn look(&self, shot: &Shot<'_>) -> Look {
        let mut random = Random::of(&[shot.seed, shot.index, u64::from(shot.view), 11]);
        let template = self.template(shot.style, shot.view);
        let angle = random.range(-template.turn, template.turn);
        let centre = (
            self.width as f32 / 2.0 + random.range(-48.0, 48.0) * self.scale,
            self.height as f32 / 2.0 + random.range(-36.0, 36.0) * self.scale,
        );
        let shade = random.range(0.95, 1.05);
        Look {
            centre,
            sin: angle.sin(),
            cos: angle.cos(),
            gain: random.range(0.86, 1.12) * shot.exposure,
            albedo: [1.0, 1.0, 1.0].map(|one: f32| one * shade * random.range(0.985, 1.015)),
            slope: (random.range(-0.16, 0.16), random.range(-0.12, 0.12)),
            vignette: random.range(0.10, 0.22),
            belt_at: random.below(self.width as usize),
            grain_at: (random.below(2 * GRAIN_SIDE), random.below(2 * GRAIN_SIDE)),
            noise: random.range(1.6, 3.2),
            noise_seed: random,
        }
    }

    /// The defect's box in this picture: left, top, width, height in pixels.
    pub fn region(&self, shot: &Shot<'_>) -> Option<[u32; 4]> {
        let [left, top, right, bottom] = shot.defect?.bounds;
        let look = self.look(shot);
        let mut hull = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
        for (u, v) in [(left, top), (right, top), (left, bottom), (right, bottom)] {
            let x = look.centre.0 + (u * look.cos - v * look.sin) * self.scale;
            let y = look.centre.1 + (u * look.sin + v * look.cos) * self.scale;
            hull = [
                hull[0].min(x),
                hull[1].min(y),
                hull[2].max(x),
                hull[3].max(y),
            ];
        }
        let [x0, x1] = [hull[0], hull[2]].map(|x| x.clamp(0.0, self.width as f32) as u32);
        let [y0, y1] = [hull[1], hull[3]].map(|y| y.clamp(0.0, self.height as f32) as u32);
        Some([x0, y0, x1 - x0, y1 - y0])
    }
}

/// A grey level as 1/32, so that a row is lit in 16-bit arithmetic, eight pixels at a time.
pub(super) fn to_fixed(rgb: [f32; 3]) -> [i16; 3] {
    rgb.map(|lane| (lane * 32.0) as i16)
}

/// The inverse of [`to_fixed`].
pub(super) fn from_fixed(rgb: [i16; 3]) -> [f32; 3] {
    rgb.map(|lane| f32::from(lane) * (1.0 / 32.0))
}

/// Draws pictures; keeps two rows so that drawing does not allocate.
pub struct Painter {
    scene: Arc<Scene>,
    row: Vec<[i16; 3]>,
    light: Vec<[i16; 3]>,
}

impl Painter {
    /// A painter of its own for every camera.
    pub fn new(scene: Arc<Scene>) -> Self {
        let row = vec![[0; 3]; scene.width as usize];
        Self {
            scene,
            light: row.clone(),
            row,
        }
    }

    /// The scene it paints.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Fills `pixels` (rows of red, green, blue). `mask`, one byte a pixel, receives 0, or where the
    /// defect is seen 1 + its place in [`super::defect::DefectClass::ALL`].
    pub fn paint(&mut self, shot: &Shot<'_>, pixels: &mut [u8], mut mask: Option<&mut [u8]>) {
        let mut look = self.scene.look(shot);
        let (width, height) = (self.scene.width as usize, self.scene.height as usize);
        if let Some(mask) = mask.as_deref_mut() {
            mask.fill(0);
        }
        let bow = look.vignette * 1.6;
        for (x, light) in self.light.iter_mut().enumerate() {
            let u = x as f32 / width as f32 - 0.5;
            *light = [(look.gain * u * (look.slope.0 - bow * u) * LIGHT_UNIT) as i16; 3];
        }
        for (y, out) in pixels.chunks_exact_mut(width * 3).take(height).enumerate() {
            let belt = &self.scene.belt[y * width..(y + 1) * width];
            let (first, rest) = belt.split_at(look.belt_at);
            self.row[..rest.len()].copy_from_slice(rest);
            self.row[rest.len()..].copy_from_slice(first);
            let mask = mask
                .as_deref_mut()
                .map(|mask| &mut mask[y * width..(y + 1) * width]);
            place_row(&self.scene, shot, &look, y, &mut self.row, mask);
            let start = look.noise_seed.below(NOISE_COUNT);
            let noise = &self.scene.noise[start..start + width * 3];
            let v = y as f32 / height as f32 - 0.5;
            let base = look.gain * (1.0 + v * (look.slope.1 - bow * v)) * LIGHT_UNIT;
            let sigma = (look.noise * 128.0) as i16;
            let (row, light) = (self.row.as_flattened(), self.light.as_flattened());
            expose(row, light, base as i16, noise, sigma, out);
        }
    }
}

/// Light 1 in the arithmetic of [`expose`]: light goes up to 4.
const LIGHT_UNIT: f32 = 8192.0;

/// A row of the scene to a row of bytes: `row` in 1/32 grey levels, `light` + `base` in 1/8192,
/// `noise` in 1/2048 times `sigma` in 1/128; sums in 1/4 grey levels.
fn expose(row: &[i16], light: &[i16], base: i16, noise: &[i16], sigma: i16, out: &mut [u8]) {
    let high = |a: i16, b: i16| ((i32::from(a) * i32::from(b)) >> 16) as i16;
    let sources = row.iter().zip(light).zip(noise);
    for (out, ((pixel, light), noise)) in out.iter_mut().zip(sources) {
        let lit = high(*pixel, light.saturating_add(base));
        let sum = lit.saturating_add(high(*noise, sigma)).saturating_add(2);
        *out = (sum >> 2).clamp(0, 255) as u8;
    }
}
