//! Puts one part into one row of a picture: its texels turned and shifted, lit, over its shadow, and
//! with its defect.

use super::defect::Defect;
use super::scene::{Look, Scene, Shot, from_fixed, to_fixed};
use super::template::{COVER, INK, Material, Template, Texel};

/// Pixels along each side of a grain tile.
pub(super) const GRAIN_SIDE: usize = 256;
/// Where the light comes from, in the picture.
const LIGHT: (f32, f32) = (-0.55, -0.83);
/// How far the shadow falls, in pixels of the full-size picture.
const SHADOW: (f32, f32) = (15.0, 19.0);
/// A change of so many grey levels, before noise and light, counts as seen.
const SEEN_LEVELS: f32 = 14.0;

#[inline(always)]
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
    /// How far the shadow falls, in texels.
    fall: (f32, f32),
    look: &'a Look,
}

/// Places the part of `shot` into row `y`; `row` holds the belt. `mask` as in `Painter::paint`.
pub(super) fn place_row(
    scene: &Scene,
    shot: &Shot<'_>,
    look: &Look,
    y: usize,
    row: &mut [[i16; 3]],
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
        fall: (
            (SHADOW.0 * look.cos + SHADOW.1 * look.sin) * scene.scale,
            (SHADOW.1 * look.cos - SHADOW.0 * look.sin) * scene.scale,
        ),
        look,
    };
    let per_texel = 1.0 / scene.scale;
    for x in from..to {
        let dx = x as f32 - look.centre.0;
        let (u, v) = (
            (dx * look.cos + dy * look.sin) * per_texel,
            (dy * look.cos - dx * look.sin) * per_texel,
        );
        let (tx, ty) = texel_at(template, scene.scale, u, v);
        let under = placing.shadowed(from_fixed(row[x]), tx, ty);
        let whole = sample(&template.whole, template.width, template.height, tx, ty);
        let seen = whole
            .map(|texel| placing.shade(&texel, None, u, v, under))
            .unwrap_or(under);
        row[x] = to_fixed(seen);
        if let Some(defect) = shot.defect.filter(|defect| defect.reaches(u, v)) {
            let spoilt = placing.spoil(defect, whole, scene.scale, (u, v), (tx, ty), under);
            row[x] = to_fixed(spoilt);
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
    /// The belt at a texel, in the part's shadow.
    #[inline]
    fn shadowed(&self, belt: [f32; 3], tx: f32, ty: f32) -> [f32; 3] {
        let (x, y) = (tx - self.fall.0, ty - self.fall.1);
        let (width, height) = (self.template.width, self.template.height);
        if x < 0.0 || y < 0.0 || x as usize >= width || y as usize >= height {
            return belt;
        }
        let shadow = self.template.shadow[y as usize * width + x as usize];
        let dark = 1.0 - f32::from(shadow) * (0.62 / 255.0);
        belt.map(|lane| lane * dark)
    }

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
    let at = at & (2 * GRAIN_SIDE - 1);
    at.min(2 * GRAIN_SIDE - 1 - at)
}
