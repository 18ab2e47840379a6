//! Pictures of parts on the belt: templates placed, lit, shadowed, and given sensor noise. A picture
//! is a pure function of the seed, the part's index and the view.

use super::defect::Defect;
use super::parts;
use super::random::{Random, smooth};
use super::template::{COVER, INK, Material, Template, Texel};
use std::f32::consts::TAU;
use std::sync::Arc;

/// Width of the picture in which all parts are measured.
pub const FULL_WIDTH: f32 = 1280.0;
/// Height of that picture.
pub const FULL_HEIGHT: f32 = 960.0;
/// How much larger than drawn the parts are seen.
const ZOOM: f32 = 1.15;
const GRAIN_SIDE: usize = 256;
const NOISE_COUNT: usize = 1 << 16;
/// Where the light comes from, in the picture.
const LIGHT: (f32, f32) = (-0.55, -0.83);
/// How far the shadow falls, in pixels of the full-size picture.
const SHADOW: (f32, f32) = (15.0, 19.0);
/// A change of so many grey levels, before noise and light, counts as seen.
const SEEN_LEVELS: f32 = 14.0;

/// Everything that is drawn once: templates by style and view, the belt, grain and noise.
pub struct Scene {
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    scale: f32,
    templates: Vec<Vec<Template>>,
    belt: Vec<[f32; 3]>,
    brushed: Vec<f32>,
    mottled: Vec<f32>,
    noise: Vec<f32>,
}

/// What is in one picture.
pub struct Shot<'a> {
    /// The line's seed.
    pub seed: u64,
    /// Which part.
    pub index: u64,
    /// Index into [`parts::STYLES`].
    pub style: usize,
    /// Which view.
    pub view: u8,
    /// Its defect, where this view sees it.
    pub defect: Option<&'a Defect>,
    /// Factor on the light: 1 is as set up, 0 is dark.
    pub exposure: f32,
}

/// Position, light and belt of one picture.
struct Look {
    centre: (f32, f32),
    sin: f32,
    cos: f32,
    gain: f32,
    albedo: [f32; 3],
    slope: (f32, f32),
    vignette: f32,
    belt_at: usize,
    grain_at: (usize, usize),
    noise: f32,
    noise_seed: Random,
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
            noise: (0..count).map(|_| gauss(&mut random)).collect(),
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

/// Draws pictures; keeps one row so that drawing does not allocate.
pub struct Painter {
    scene: Arc<Scene>,
    row: Vec<f32>,
}

impl Painter {
    /// A painter of its own for every camera.
    pub fn new(scene: Arc<Scene>) -> Self {
        let row = vec![0.0; scene.width as usize * 3];
        Self { scene, row }
    }

    /// The scene it paints.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Fills `pixels` (rows of red, green, blue). `mask`, one byte a pixel, receives 0, or where the
    /// defect is seen 1 + its place in [`super::defect::DefectClass::ALL`].
    pub fn paint(&mut self, shot: &Shot<'_>, pixels: &mut [u8], mut mask: Option<&mut [u8]>) {
        let mut look = self.scene.look(shot);
        let width = self.scene.width as usize;
        if let Some(mask) = mask.as_deref_mut() {
            mask.fill(0);
        }
        for y in 0..self.scene.height as usize {
            let belt = &self.scene.belt[y * width..(y + 1) * width];
            let (first, rest) = belt.split_at(look.belt_at);
            let row = self.row.as_chunks_mut::<3>().0;
            row[..rest.len()].copy_from_slice(rest);
            row[rest.len()..].copy_from_slice(first);
            let mask = mask
                .as_deref_mut()
                .map(|mask| &mut mask[y * width..(y + 1) * width]);
            place_row(&self.scene, shot, &look, y, row, mask);
            let start = look.noise_seed.below(NOISE_COUNT);
            let noise = &self.scene.noise[start..start + width * 3];
            expose(
                &self.scene,
                &look,
                y,
                &self.row,
                noise,
                &mut pixels[y * width * 3..(y + 1) * width * 3],
            );
        }
    }
}

/// Light, vignette, noise: a row of the scene to a row of bytes.
fn expose(scene: &Scene, look: &Look, y: usize, row: &[f32], noise: &[f32], out: &mut [u8]) {
    let (width, height) = (scene.width as f32, scene.height as f32);
    let v = y as f32 / height - 0.5;
    let base = look.gain * (1.0 + look.slope.1 * v - look.vignette * v * v * 1.6);
    let tilt = look.gain * look.slope.0;
    let bow = look.gain * look.vignette * 1.6;
    let sources = row.as_chunks::<3>().0.iter().zip(noise.as_chunks::<3>().0);
    for (x, (out, (pixel, noise))) in out
        .as_chunks_mut::<3>()
        .0
        .iter_mut()
        .zip(sources)
        .enumerate()
    {
        let u = x as f32 / width - 0.5;
        let light = base + u * (tilt - bow * u);
        for lane in 0..3 {
            // Adding a half rounds; `as` clamps to 0..=255.
            out[lane] = (pixel[lane] * light + noise[lane] * look.noise + 0.5) as u8;
        }
    }
}

fn sample(texels: &[Texel], width: usize, height: usize, tx: f32, ty: f32) -> Option<[f32; 8]> {
    if tx < 0.0 || ty < 0.0 || tx >= (width - 1) as f32 || ty >= (height - 1) as f32 {
        return None;
    }
    let (column, row) = (tx as usize, ty as usize);
    let (fx, fy) = (
        ((tx - column as f32) * 128.0) as i32,
        ((ty - row as f32) * 128.0) as i32,
    );
    let at = row * width + column;
    let (a, b) = (&texels[at], &texels[at + 1]);
    let (c, d) = (&texels[at + width], &texels[at + width + 1]);
    let weights = [
        (128 - fx) * (128 - fy),
        fx * (128 - fy),
        (128 - fx) * fy,
        fx * fy,
    ];
    let mut out = [0.0; 8];
    for lane in 0..8 {
        let sum = i32::from(a[lane]) * weights[0]
            + i32::from(b[lane]) * weights[1]
            + i32::from(c[lane]) * weights[2]
            + i32::from(d[lane]) * weights[3];
        out[lane] = sum as f32 * (1.0 / 16384.0);
    }
    Some(out)
}

/// What all points of one picture share while the part is placed.
struct Placing<'a> {
    template: &'a Template,
    grain: &'a [f32],
    light: (f32, f32),
    shine: f32,
    look: &'a Look,
}

fn place_row(
    scene: &Scene,
    shot: &Shot<'_>,
    look: &Look,
    y: usize,
    row: &mut [[f32; 3]],
    mut mask: Option<&mut [u8]>,
) {
    let template = scene.template(shot.style, shot.view);
    let (half_x, half_y) = (template.half.0 + 44.0, template.half.1 + 44.0);
    let reach_x = (half_x * look.cos.abs() + half_y * look.sin.abs()) * scene.scale;
    let reach_y = (half_x * look.sin.abs() + half_y * look.cos.abs()) * scene.scale;
    let dy = y as f32 - look.centre.1;
    if dy.abs() > reach_y {
        return;
    }
    let from = (look.centre.0 - reach_x).max(0.0) as usize;
    let to = ((look.centre.0 + reach_x) as usize).min(row.len());
    let (grain, shine) = match template.material {
        Material::Steel => (&scene.brushed, 0.62),
        Material::Plastic => (&scene.mottled, 0.42),
    };
    let placing = Placing {
        template,
        grain,
        light: (
            LIGHT.0 * look.cos + LIGHT.1 * look.sin,
            LIGHT.1 * look.cos - LIGHT.0 * look.sin,
        ),
        shine,
        look,
    };
    let fall = (
        SHADOW.0 * look.cos + SHADOW.1 * look.sin,
        SHADOW.1 * look.cos - SHADOW.0 * look.sin,
    );
    for x in from..to {
        let dx = x as f32 - look.centre.0;
        let (u, v) = (
            (dx * look.cos + dy * look.sin) / scene.scale,
            (dy * look.cos - dx * look.sin) / scene.scale,
        );
        let (tx, ty) = texel_at(template, scene.scale, u, v);
        let shadow_x = tx - fall.0 * scene.scale;
        let shadow_y = ty - fall.1 * scene.scale;
        let mut under = row[x];
        if shadow_x >= 0.0
            && shadow_y >= 0.0
            && (shadow_x as usize) < template.width
            && (shadow_y as usize) < template.height
        {
            let at = shadow_y as usize * template.width + shadow_x as usize;
            let dark = 1.0 - f32::from(template.shadow[at]) * (0.62 / 255.0);
            under = under.map(|lane| lane * dark);
        }
        let whole = sample(&template.whole, template.width, template.height, tx, ty);
        let seen = whole
            .map(|texel| placing.shade(&texel, None, u, v, under))
            .unwrap_or(under);
        row[x] = seen;
        if let Some(defect) = shot.defect.filter(|defect| defect.reaches(u, v)) {
            let spoilt = placing.spoil(defect, whole, scene.scale, (u, v), (tx, ty), under);
            row[x] = spoilt;
            let change = (0..3)
                .map(|lane| (spoilt[lane] - seen[lane]).abs())
                .fold(0.0, f32::max);
            if let Some(mask) = mask.as_deref_mut()
                && change > SEEN_LEVELS
            {
                mask[x] = 1 + defect.class as u8;
            }
        }
    }
}

fn texel_at(template: &Template, scale: f32, u: f32, v: f32) -> (f32, f32) {
    (
        (u + template.half.0) * scale + 0.5,
        (v + template.half.1) * scale + 0.5,
    )
}

impl Placing<'_> {
    #[inline]
    fn shade(
        &self,
        texel: &[f32; 8],
        over: Option<([f32; 3], f32)>,
        u: f32,
        v: f32,
        under: [f32; 3],
    ) -> [f32; 3] {
        let cover = texel[COVER] * (1.0 / 255.0);
        if cover <= 0.0 {
            return under;
        }
        let (nx, ny) = (
            (texel[4] - 128.0) * (1.0 / 127.0),
            (texel[5] - 128.0) * (1.0 / 127.0),
        );
        let column = mirrored((u + 512.0) as usize + self.look.grain_at.0);
        let line = mirrored((v + 512.0) as usize + self.look.grain_at.1);
        let lit = 1.0
            + self.shine * (nx * self.light.0 + ny * self.light.1)
            + self.grain[line * GRAIN_SIDE + column]
            - (u * 0.55 + v) * 0.00022;
        let ink = texel[INK] * (0.92 / 255.0);
        let mut out = [0.0; 3];
        for lane in 0..3 {
            let mut colour = texel[lane] * self.look.albedo[lane];
            colour += (self.template.ink[lane] - colour) * ink;
            if let Some((rgb, alpha)) = over {
                colour += (rgb[lane] - colour) * alpha;
            }
            out[lane] = under[lane] + (colour * lit - under[lane]) * cover;
        }
        out
    }

    /// The same point with the defect.
    fn spoil(
        &self,
        defect: &Defect,
        whole: Option<[f32; 8]>,
        scale: f32,
        at: (f32, f32),
        texel_pos: (f32, f32),
        under: [f32; 3],
    ) -> [f32; 3] {
        let template = self.template;
        let read = |layer, tx, ty| sample(layer, template.width, template.height, tx, ty);
        let touch = defect.touch(at.0, at.1, template.material, |u, v| {
            let (tx, ty) = texel_at(template, scale, u, v);
            read(&template.whole, tx, ty).map_or(0.0, |texel| texel[INK])
        });
        let texel = if touch.is_bare {
            read(&template.bare, texel_pos.0, texel_pos.1)
        } else {
            whole
        };
        let Some(mut texel) = texel else {
            return under;
        };
        if let Some(ink) = touch.ink {
            texel[INK] = ink;
        }
        self.shade(&texel, touch.over, at.0, at.1, under)
    }
}

/// Tiles by mirroring, so that no seam shows.
fn mirrored(at: usize) -> usize {
    let at = at % (2 * GRAIN_SIDE);
    at.min(2 * GRAIN_SIDE - 1 - at)
}

fn grain(at: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    (0..GRAIN_SIDE * GRAIN_SIDE)
        .map(|i| at((i % GRAIN_SIDE) as f32, (i / GRAIN_SIDE) as f32))
        .collect()
}

/// A rubber belt: a woven pattern, wear along the direction of travel, two side guides.
fn belt(width: usize, height: usize, scale: f32) -> Vec<[f32; 3]> {
    let mut out = Vec::with_capacity(width * height);
    for row in 0..height {
        let y = row as f32 / scale;
        let from_edge = y.min(height as f32 / scale - y);
        for column in 0..width {
            let x = column as f32 / scale;
            let turn = x / (width as f32 / scale) * TAU;
            let weave = (turn * 128.0).sin() * (y * 0.63).sin();
            let wear = smooth(21, 2.0 * turn.cos() + 9.0, y * 0.02)
                + 0.6 * smooth(22, 3.0 * turn.sin(), y * 0.11);
            let fleck = smooth(23, x * 0.6, y * 0.6).max(0.0).powi(6);
            let mut value = 50.0 + 3.2 * weave + 4.5 * wear + 22.0 * fleck;
            let mut rgb = [0.86, 1.0, 0.95];
            if from_edge < 46.0 {
                // Aluminium guides.
                value = 118.0
                    + 26.0 * (from_edge / 46.0 * 3.0).sin()
                    + 5.0 * smooth(24, x * 0.01, y * 1.1);
                rgb = [0.97, 0.98, 1.0];
            } else if from_edge < 62.0 {
                value *= 0.45 + (from_edge - 46.0) / 29.0;
            }
            out.push(rgb.map(|lane: f32| lane * value));
        }
    }
    out
}
