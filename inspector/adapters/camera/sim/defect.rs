//! Defects as a person names them, drawn in the part's own coordinates.

use super::random::{Random, lattice};
use super::shapes::{ramp, segment};
use super::template::{COVER, Feature, Material, Print, Template};
use std::f32::consts::TAU;

/// What is wrong with a part. The order is that of the demo model's classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DefectClass {
    /// A line torn into the surface.
    Scratch,
    /// Oil or dirt.
    Stain,
    /// A hole, tooth, tab, nut or bridge is not there.
    Missing,
    /// The print is smeared, doubled or absent.
    Misprint,
}

impl DefectClass {
    /// Every class, in the order of the demo model's classes.
    pub const ALL: [DefectClass; 4] = [
        DefectClass::Scratch,
        DefectClass::Stain,
        DefectClass::Missing,
        DefectClass::Misprint,
    ];

    /// The name, as in the demo model's classes.
    pub const fn name(self) -> &'static str {
        match self {
            DefectClass::Scratch => "scratch",
            DefectClass::Stain => "stain",
            DefectClass::Missing => "missing",
            DefectClass::Misprint => "misprint",
        }
    }
}

const SCRATCH_POINTS: usize = 8;

#[derive(Clone, Copy, Debug)]
enum Shape {
    Scratch {
        points: [(f32, f32); SCRATCH_POINTS],
        half_width: f32,
    },
    Stain {
        centre: (f32, f32),
        radius: f32,
        seed: u64,
        rgb: [f32; 3],
    },
    Missing(Feature),
    Smeared {
        print: Print,
        by: (f32, f32),
    },
    Doubled {
        print: Print,
        by: (f32, f32),
    },
    Absent {
        print: Print,
        from_share: f32,
    },
}

/// One defect of one part.
#[derive(Clone, Copy, Debug)]
pub struct Defect {
    /// What it is.
    pub class: DefectClass,
    /// From 0 (just worth rejecting) to 1 (gross).
    pub severity: f32,
    /// Left, top, right, bottom in pixels of the full-size picture from the part's centre.
    pub bounds: [f32; 4],
    shape: Shape,
}

/// What the defect makes of one point.
pub struct Touch {
    /// Ink from 0 to 255 instead of the template's.
    pub ink: Option<f32>,
    /// True when the bare layer shows here.
    pub is_bare: bool,
    /// A colour to mix in, and how much.
    pub over: Option<([f32; 3], f32)>,
}

impl Defect {
    /// Draws one of `class` for a part, or of another class where the part has nothing to miss.
    pub fn draw(class: DefectClass, template: &Template, random: &mut Random) -> Self {
        let severity = random.unit();
        let shape = match class {
            DefectClass::Scratch => scratch(template, severity, random),
            DefectClass::Stain => stain(template, severity, random),
            DefectClass::Missing => {
                Shape::Missing(template.features[random.below(template.features.len())])
            }
            DefectClass::Misprint => misprint(template, severity, random),
        };
        Self {
            class,
            severity,
            bounds: bounds(&shape),
            shape,
        }
    }

    /// True when the point may be touched.
    pub fn reaches(&self, x: f32, y: f32) -> bool {
        let [left, top, right, bottom] = self.bounds;
        x >= left && x <= right && y >= top && y <= bottom
    }

    /// What it does at a point; `ink_at` reads the template's ink from 0 to 255.
    pub fn touch(
        &self,
        x: f32,
        y: f32,
        material: Material,
        ink_at: impl Fn(f32, f32) -> f32,
    ) -> Touch {
        let mut touch = Touch {
            ink: None,
            is_bare: false,
            over: None,
        };
        match self.shape {
            Shape::Scratch { points, half_width } => {
                let mut near = (f32::MAX, 0);
                for (index, ends) in points.windows(2).enumerate() {
                    let distance = segment(x, y, ends[0], ends[1]);
                    if distance < near.0 {
                        near = (distance, index);
                    }
                }
                let tail = near.1.min(SCRATCH_POINTS - 2 - near.1) as f32;
                let half = half_width * (0.65 + 0.12 * tail);
                let alpha = ramp(half + 0.8, half - 0.8, near.0);
                touch.over = Some((
                    scratch_colour(material),
                    alpha * (0.72 + 0.28 * self.severity),
                ));
            }
            Shape::Stain {
                centre,
                radius,
                seed,
                rgb,
            } => {
                let (dx, dy) = (x - centre.0, y - centre.1);
                let wobble = wobble(seed, dy.atan2(dx));
                let share = dx.hypot(dy) / (radius * wobble);
                // Drying leaves a darker rim.
                let rim = 0.25 * ramp(0.7, 0.93, share);
                let alpha = ramp(1.06, 0.94, share) * (0.42 + 0.3 * self.severity + rim);
                touch.over = Some((rgb, alpha));
            }
            Shape::Missing(feature) => {
                touch.is_bare = (x - feature.centre.0).hypot(y - feature.centre.1) < feature.radius;
            }
            Shape::Smeared { print, by } => {
                let mut sum = 0.0;
                for step in 0..8 {
                    let share = step as f32 / 8.0;
                    sum += within(print, x - by.0 * share, y - by.1 * share, &ink_at);
                }
                touch.ink = Some((sum / 8.0 * 1.5).min(235.0));
            }
            Shape::Doubled { print, by } => {
                let ghost = 0.8 * within(print, x - by.0, y - by.1, &ink_at);
                touch.ink = Some(ink_at(x, y).max(ghost));
            }
            Shape::Absent { print, from_share } => {
                let share = (x - print.centre.0) / print.half.0 * 0.5 + 0.5;
                if within_zone(print, x, y) && share > from_share {
                    touch.ink = Some(ink_at(x, y) * ramp(from_share + 0.08, from_share, share));
                }
            }
        }
        touch
    }
}

fn scratch_colour(material: Material) -> [f32; 3] {
    match material {
        Material::Steel => [242.0, 243.0, 246.0],
        Material::Plastic => [66.0, 60.0, 56.0],
    }
}

fn within_zone(print: Print, x: f32, y: f32) -> bool {
    (x - print.centre.0).abs() <= print.half.0 && (y - print.centre.1).abs() <= print.half.1
}

fn within(print: Print, x: f32, y: f32, ink_at: &impl Fn(f32, f32) -> f32) -> f32 {
    if within_zone(print, x, y) {
        ink_at(x, y)
    } else {
        0.0
    }
}

fn wobble(seed: u64, angle: f32) -> f32 {
    (2..6).fold(1.0, |sum, wave| {
        let phase = lattice(seed, wave, 0) * TAU;
        sum + 0.22 / wave as f32 * (angle * wave as f32 + phase).sin()
    })
}

/// A point where the part is solid for `margin` pixels around.
fn place(template: &Template, margin: f32, random: &mut Random) -> (f32, f32) {
    let mut best = (0.0, 0.0);
    for _ in 0..60 {
        let x = random.range(-template.half.0, template.half.0);
        let y = random.range(-template.half.1, template.half.1);
        let around = [
            (0.0, 0.0),
            (margin, 0.0),
            (-margin, 0.0),
            (0.0, margin),
            (0.0, -margin),
        ];
        if around
            .iter()
            .all(|(dx, dy)| solid_at(template, x + dx, y + dy))
        {
            best = (x, y);
            break;
        }
    }
    best
}

fn solid_at(template: &Template, x: f32, y: f32) -> bool {
    let scale = (template.width - 2) as f32 / (template.half.0 * 2.0);
    let column = ((x + template.half.0) * scale + 0.5) as usize;
    let row = ((y + template.half.1) * scale + 0.5) as usize;
    x.abs() < template.half.0
        && y.abs() < template.half.1
        && column < template.width
        && row < template.height
        && template.whole[row * template.width + column][COVER] > 250
}

fn scratch(template: &Template, severity: f32, random: &mut Random) -> Shape {
    let length = 75.0 + 150.0 * severity + random.range(0.0, 30.0);
    let step = length / (SCRATCH_POINTS - 1) as f32;
    let mut best = ([(0.0, 0.0); SCRATCH_POINTS], 0);
    for _ in 0..12 {
        let mut points = [place(template, 8.0, random); SCRATCH_POINTS];
        let (mut angle, bend) = (random.range(0.0, TAU), random.range(-0.12, 0.12));
        for index in 1..SCRATCH_POINTS {
            angle += bend + random.range(-0.1, 0.1);
            let last = points[index - 1];
            points[index] = (last.0 + step * angle.cos(), last.1 + step * angle.sin());
        }
        let solid = points
            .iter()
            .filter(|point| solid_at(template, point.0, point.1))
            .count();
        if solid > best.1 {
            best = (points, solid);
        }
    }
    Shape::Scratch {
        points: best.0,
        half_width: 1.3 + 1.2 * severity,
    }
}

fn stain(template: &Template, severity: f32, random: &mut Random) -> Shape {
    let radius = 17.0 + 26.0 * severity;
    let rgb = [[74.0, 52.0, 30.0], [48.0, 44.0, 40.0], [92.0, 58.0, 24.0]][random.below(3)];
    Shape::Stain {
        centre: place(template, radius * 0.6, random),
        radius,
        seed: random.bits(),
        rgb,
    }
}

fn misprint(template: &Template, severity: f32, random: &mut Random) -> Shape {
    let print = template.prints[random.below(template.prints.len())];
    let side = if random.happens(0.5) { 1.0 } else { -1.0 };
    match random.below(3) {
        0 => {
            let by = (side * (22.0 + 26.0 * severity), random.range(-6.0, 6.0));
            Shape::Smeared { print, by }
        }
        1 => {
            let by = (side * random.range(7.0, 12.0), 8.0 + 8.0 * severity);
            Shape::Doubled { print, by }
        }
        _ => Shape::Absent {
            print,
            from_share: 0.62 - 0.75 * severity,
        },
    }
}

fn bounds(shape: &Shape) -> [f32; 4] {
    let around = |centre: (f32, f32), x: f32, y: f32| {
        [centre.0 - x, centre.1 - y, centre.0 + x, centre.1 + y]
    };
    match *shape {
        Shape::Scratch { points, half_width } => {
            points
                .iter()
                .fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |b, &(x, y)| {
                    let margin = half_width + 2.0;
                    [
                        b[0].min(x - margin),
                        b[1].min(y - margin),
                        b[2].max(x + margin),
                        b[3].max(y + margin),
                    ]
                })
        }
        Shape::Stain { centre, radius, .. } => around(centre, radius * 1.5, radius * 1.5),
        Shape::Missing(feature) => around(feature.centre, feature.radius, feature.radius),
        Shape::Smeared { print, by } | Shape::Doubled { print, by } => around(
            print.centre,
            print.half.0 + by.0.abs(),
            print.half.1 + by.1.abs(),
        ),
        Shape::Absent { print, .. } => around(print.centre, print.half.0, print.half.1),
    }
}
