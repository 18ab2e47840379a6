//! A part without its position, light and noise: drawn once, then placed into every picture.

use super::shapes::coverage;

/// What is known of one point of a part: red, green, blue, coverage, normal x and y (128 = level),
/// ink, gloss.
pub type Texel = [u8; 8];

/// Position of coverage in a [`Texel`].
pub const COVER: usize = 3;
/// Position of ink in a [`Texel`].
pub const INK: usize = 6;

/// Something that can be absent from a part: a hole, a tooth, a tab.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// Where, in pixels of the full-size picture from the part's centre.
    pub centre: (f32, f32),
    /// What is inside this distance goes with it.
    pub radius: f32,
}

/// A printed area.
#[derive(Clone, Copy, Debug)]
pub struct Print {
    /// Centre of the area.
    pub centre: (f32, f32),
    /// Half its sides.
    pub half: (f32, f32),
}

/// The material, which decides the grain and what a scratch looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Material {
    /// Brushed steel: a scratch shines.
    Steel,
    /// Light plastic: a scratch is dark.
    Plastic,
}

/// Draws into one layer of a template.
pub struct Canvas {
    half: (f32, f32),
    scale: f32,
    width: usize,
    height: usize,
    texels: Vec<[f32; 8]>,
}

impl Canvas {
    /// An empty layer reaching `half` pixels of the full-size picture from the centre; `scale` is
    /// the picture's width over 1280.
    pub fn new(half: (f32, f32), scale: f32) -> Self {
        let width = (half.0 * 2.0 * scale).ceil() as usize + 2;
        let height = (half.1 * 2.0 * scale).ceil() as usize + 2;
        Self {
            half,
            scale,
            width,
            height,
            texels: vec![[0.0; 8]; width * height],
        }
    }

    fn each(&mut self, mut visit: impl FnMut(f32, f32, &mut [f32; 8])) {
        for row in 0..self.height {
            for column in 0..self.width {
                let x = (column as f32 - 0.5) / self.scale - self.half.0;
                let y = (row as f32 - 0.5) / self.scale - self.half.1;
                visit(x, y, &mut self.texels[row * self.width + column]);
            }
        }
    }

    /// Adds solid material of one colour (0 to 1), with an edge rounded over `bevel` pixels.
    pub fn solid(&mut self, rgb: [f32; 3], bevel: f32, shape: impl Fn(f32, f32) -> f32) {
        let pixel = 1.0 / self.scale;
        self.each(|x, y, texel| {
            let distance = shape(x, y);
            let alpha = coverage(distance, pixel);
            if alpha <= 0.0 {
                return;
            }
            let (mut nx, mut ny) = (0.0, 0.0);
            if distance > -bevel {
                let steep = 1.0 + (distance / bevel).min(0.0);
                nx = (shape(x + 0.5, y) - shape(x - 0.5, y)) * steep;
                ny = (shape(x, y + 0.5) - shape(x, y - 0.5)) * steep;
            }
            // Colour is not premultiplied, so the first material at an edge brings all of it.
            let share = if texel[3] == 0.0 { 1.0 } else { alpha };
            for (lane, value) in texel.iter_mut().zip([rgb[0], rgb[1], rgb[2]]) {
                *lane += (value - *lane) * share;
            }
            texel[3] = texel[3].max(alpha);
            texel[4] += (nx - texel[4]) * alpha;
            texel[5] += (ny - texel[5]) * alpha;
        });
    }

    /// Cuts a hole; its wall shows over `wall` pixels inside the edge.
    pub fn cut(&mut self, wall: f32, shape: impl Fn(f32, f32) -> f32) {
        let pixel = 1.0 / self.scale;
        self.each(|x, y, texel| {
            let distance = shape(x, y);
            texel[3] *= 1.0 - coverage(distance, pixel);
            if distance > 0.0 && distance < wall {
                let steep = (1.0 - distance / wall) * 0.8;
                texel[4] -= (shape(x + 0.5, y) - shape(x - 0.5, y)) * steep;
                texel[5] -= (shape(x, y + 0.5) - shape(x, y - 0.5)) * steep;
            }
        });
    }

    /// Mixes a colour in, where there is material: alpha from 0 to 1.
    pub fn tint(&mut self, rgb: [f32; 3], alpha: impl Fn(f32, f32) -> f32) {
        self.each(|x, y, texel| {
            let alpha = alpha(x, y).clamp(0.0, 1.0);
            for (lane, value) in texel.iter_mut().zip(rgb) {
                *lane += (value - *lane) * alpha;
            }
        });
    }

    /// Raises (or with a negative height sinks) a shape whose edge slopes over `slope` pixels.
    pub fn emboss(&mut self, height: f32, slope: f32, shape: impl Fn(f32, f32) -> f32) {
        self.each(|x, y, texel| {
            let distance = shape(x, y);
            if distance.abs() < slope {
                let steep = (1.0 - distance.abs() / slope) * height;
                texel[4] += (shape(x + 0.5, y) - shape(x - 0.5, y)) * steep;
                texel[5] += (shape(x, y + 0.5) - shape(x, y - 0.5)) * steep;
            }
        });
    }

    /// Tilts the surface by `(nx, ny)`, each from -1 to 1.
    pub fn tilt(&mut self, normal: impl Fn(f32, f32) -> (f32, f32)) {
        self.each(|x, y, texel| {
            let (nx, ny) = normal(x, y);
            texel[4] += nx;
            texel[5] += ny;
        });
    }

    /// Prints a shape.
    pub fn print(&mut self, shape: impl Fn(f32, f32) -> f32) {
        let pixel = 1.0 / self.scale;
        self.each(|x, y, texel| {
            let alpha = coverage(shape(x, y), pixel.max(1.4));
            texel[6] = texel[6].max(alpha);
        });
    }

    fn finish(self) -> Vec<Texel> {
        let byte = |value: f32| (value * 255.0).round().clamp(0.0, 255.0) as u8;
        let signed = |value: f32| (128.0 + value * 127.0).round().clamp(1.0, 255.0) as u8;
        self.texels
            .into_iter()
            .map(|t| {
                let (nx, ny) = (signed(t[4]), signed(t[5]));
                [
                    byte(t[0]),
                    byte(t[1]),
                    byte(t[2]),
                    byte(t[3]),
                    nx,
                    ny,
                    byte(t[6]),
                    0,
                ]
            })
            .collect()
    }
}

/// One style seen by one view.
pub struct Template {
    /// Half its sides in pixels of the full-size picture.
    pub half: (f32, f32),
    /// Texels a row.
    pub width: usize,
    /// Rows of texels.
    pub height: usize,
    /// As it should be.
    pub whole: Vec<Texel>,
    /// Without any of its features.
    pub bare: Vec<Texel>,
    /// The whole's coverage, blurred: what its shadow looks like.
    pub shadow: Vec<u8>,
    /// What can be absent.
    pub features: Vec<Feature>,
    /// Where it is printed.
    pub prints: Vec<Print>,
    /// What its body is made of.
    pub material: Material,
    /// The colour of its ink, 0 to 255.
    pub ink: [f32; 3],
    /// How far it may turn to either side, in radians.
    pub turn: f32,
}

/// What a drawing function gives besides pixels.
pub struct Drawing {
    /// What becomes [`Template::half`].
    pub half: (f32, f32),
    /// What becomes [`Template::features`].
    pub features: Vec<Feature>,
    /// What becomes [`Template::prints`].
    pub prints: Vec<Print>,
    /// What becomes [`Template::material`].
    pub material: Material,
    /// What becomes [`Template::ink`].
    pub ink: [f32; 3],
    /// What becomes [`Template::turn`].
    pub turn: f32,
}

impl Template {
    /// Draws both layers: `draw` is told whether the features are there.
    pub fn new(drawing: Drawing, scale: f32, draw: impl Fn(&mut Canvas, bool)) -> Self {
        let layer = |is_whole| {
            let mut canvas = Canvas::new(drawing.half, scale);
            draw(&mut canvas, is_whole);
            canvas
        };
        let whole = layer(true);
        let (width, height) = (whole.width, whole.height);
        let whole = whole.finish();
        let shadow = blurred(&whole, width, height, (9.0 * scale).max(1.0) as usize);
        Self {
            half: drawing.half,
            width,
            height,
            whole,
            bare: layer(false).finish(),
            shadow,
            features: drawing.features,
            prints: drawing.prints,
            material: drawing.material,
            ink: drawing.ink,
            turn: drawing.turn,
        }
    }
}

/// Coverage under two box blurs of `radius`.
fn blurred(texels: &[Texel], width: usize, height: usize, radius: usize) -> Vec<u8> {
    let mut map: Vec<u8> = texels.iter().map(|texel| texel[COVER]).collect();
    for _ in 0..2 {
        for (length, step, lines, line_step) in
            [(width, 1, height, width), (height, width, width, 1)]
        {
            for line in 0..lines {
                let start = line * line_step;
                let source: Vec<u32> = (0..length)
                    .map(|i| u32::from(map[start + i * step]))
                    .collect();
                let window = 2 * radius as u32 + 1;
                let at = |i: usize| {
                    if (radius..length + radius).contains(&i) {
                        source[i - radius]
                    } else {
                        0
                    }
                };
                let mut sum: u32 = (0..2 * radius).map(at).sum();
                for i in 0..length {
                    sum += at(i + 2 * radius);
                    map[start + i * step] = (sum / window) as u8;
                    sum -= at(i);
                }
            }
        }
    }
    map
}
