//! A moulded gear: teeth that may not have filled, holes that may be closed.

use super::super::glyphs;
use super::super::shapes::{circle, ramp, rounded};
use super::super::template::{Canvas, Drawing, Feature, Material, Print, Template};
use std::f32::consts::TAU;

const NYLON: [f32; 3] = [0.80, 0.62, 0.30];
const TEETH: usize = 24;
const ROOT: f32 = 240.0;
const TIP: f32 = 286.0;
/// Angles of the lightening holes in sixths of a turn; the sixth place is printed.
const HOLES: [f32; 5] = [0.5, 1.5, 2.5, 3.5, 5.5];

fn polar(radius: f32, angle: f32) -> (f32, f32) {
    (radius * angle.cos(), radius * angle.sin())
}

fn outline(x: f32, y: f32, has_teeth: bool) -> f32 {
    let (radius, angle) = (x.hypot(y), y.atan2(x));
    let body = radius - ROOT;
    if !has_teeth {
        return body;
    }
    // Folded into one tooth, whose flanks lean inwards.
    let pitch = TAU / TEETH as f32;
    let folded = angle - pitch * (angle / pitch).round();
    let (along, across) = (radius * folded.cos(), (radius * folded.sin()).abs());
    let flank = (across - 20.0 + 9.0 * (along - ROOT) / (TIP - ROOT)) * 0.98;
    body.min(flank.max(along - TIP).max(200.0 - along))
}

/// The face, as the top camera sees it.
pub fn from_above(scale: f32) -> Template {
    let teeth = (0..TEETH).map(|index| Feature {
        centre: polar(266.0, TAU * index as f32 / TEETH as f32),
        radius: 33.0,
    });
    let holes = HOLES.iter().map(|sixth| Feature {
        centre: polar(162.0, TAU * sixth / 6.0),
        radius: 46.0,
    });
    let code = glyphs::half_size("G24-B", 4.0);
    let drawing = Drawing {
        half: (300.0, 300.0),
        features: teeth.chain(holes).collect(),
        prints: vec![Print {
            centre: (0.0, -158.0),
            half: (code.0 + 8.0, code.1 + 30.0),
        }],
        material: Material::Plastic,
        ink: [34.0, 34.0, 46.0],
        turn: 0.45,
    };
    Template::new(drawing, scale, |canvas, is_whole| {
        canvas.solid(NYLON, 7.0, move |x, y| outline(x, y, is_whole));
        canvas.emboss(-0.6, 9.0, |x, y| circle(x, y, 0.0, 0.0, 216.0));
        canvas.tint([0.70, 0.53, 0.24], |x, y| {
            let radius = x.hypot(y);
            0.6 * ramp(219.0, 214.0, radius) * ramp(96.0, 101.0, radius)
        });
        canvas.emboss(0.6, 9.0, |x, y| circle(x, y, 0.0, 0.0, 98.0));
        for sixth in HOLES {
            let (x0, y0) = polar(162.0, TAU * sixth / 6.0);
            let hole = move |x: f32, y: f32| circle(x, y, x0, y0, 33.0);
            if is_whole {
                canvas.cut(8.0, hole);
            } else {
                // Closed by flash, with the gate's ring left.
                canvas.emboss(0.4, 4.0, hole);
            }
        }
        let bore = |x: f32, y: f32| {
            circle(x, y, 0.0, 0.0, 44.0).min(rounded(x, y, (0.0, -44.0), (13.0, 14.0), 2.0))
        };
        canvas.cut(8.0, bore);
        print(canvas);
    })
}

fn print(canvas: &mut Canvas) {
    canvas.print(|x, y| glyphs::distance("G24-B", 4.0, false, x, y + 172.0));
    canvas.print(|x, y| glyphs::distance("1.5 PA", 3.2, false, x, y + 138.0));
}

/// The side: teeth as ridges, the hub with its code.
pub fn from_the_side(scale: f32) -> Template {
    let ridges: Vec<f32> = (-4..=4)
        .map(|index| 255.0 * (index as f32 * 0.2618).sin())
        .collect();
    let drawing = Drawing {
        half: (295.0, 190.0),
        features: ridges[2..7]
            .iter()
            .map(|&x| Feature {
                centre: (x, 55.0),
                radius: 26.0,
            })
            .collect(),
        prints: vec![Print {
            centre: (0.0, -105.0),
            half: (78.0, 34.0),
        }],
        material: Material::Plastic,
        ink: [34.0, 34.0, 46.0],
        turn: 0.06,
    };
    Template::new(drawing, scale, move |canvas, is_whole| {
        canvas.solid(NYLON, 8.0, |x, y| {
            rounded(x, y, (0.0, -95.0), (118.0, 72.0), 10.0)
        });
        canvas.tilt(|x, y| {
            (
                if y < -20.0 {
                    (x / 118.0).clamp(-1.0, 1.0).powi(3) * 0.7
                } else {
                    0.0
                },
                0.0,
            )
        });
        canvas.solid([0.72, 0.55, 0.26], 6.0, |x, y| {
            rounded(x, y, (0.0, 60.0), (272.0, 92.0), 8.0)
        });
        canvas.tilt(|x, y| {
            (
                if y > -32.0 {
                    (x / 272.0).clamp(-1.0, 1.0).powi(3) * 0.6
                } else {
                    0.0
                },
                0.0,
            )
        });
        for (index, &x0) in ridges.iter().enumerate() {
            let half = 17.0 * (1.0 - (x0 / 290.0).powi(2)).sqrt();
            let is_partial = !is_whole && (2..7).contains(&index);
            if is_partial {
                // The mould did not fill in the middle of the tooth.
                canvas.tint([0.62, 0.46, 0.20], move |x, y| {
                    0.5 * ramp(half, half - 4.0, (x - x0).abs())
                        * ramp(92.0, 88.0, (y - 60.0).abs())
                });
            } else {
                canvas.solid(NYLON, 6.0, move |x, y| {
                    rounded(x, y, (x0, 60.0), (half, 92.0), 4.0)
                });
            }
        }
        canvas.tint([0.20, 0.13, 0.05], |x, y| {
            let half = if y < -32.0 { 118.0 } else { 272.0 };
            0.5 * (x / half).abs().min(1.0).powi(4)
        });
        canvas.print(|x, y| glyphs::distance("B7 24", 4.4, false, x, y + 105.0));
    })
}
