//! A printed bottle cap: tabs that may break off, bridges of the seal that may be missing.

use super::super::glyphs;
use super::super::shapes::{circle, ramp, rounded, segment};
use super::super::template::{Canvas, Drawing, Feature, Material, Print, Template};
use std::f32::consts::TAU;

const WHITE: [f32; 3] = [0.83, 0.84, 0.84];
const RADIUS: f32 = 262.0;
const TABS: usize = 3;

fn tab(index: usize) -> (f32, f32) {
    let angle = TAU * (index as f32 / TABS as f32 + 0.083);
    (angle.cos(), angle.sin())
}

/// The top, with logo and lot code.
pub fn from_above(scale: f32) -> Template {
    let drawing = Drawing {
        half: (322.0, 322.0),
        features: (0..TABS)
            .map(|index| {
                let (dx, dy) = tab(index);
                Feature {
                    centre: (dx * 287.0, dy * 287.0),
                    radius: 52.0,
                }
            })
            .collect(),
        prints: vec![
            Print {
                centre: (0.0, -62.0),
                half: (165.0, 92.0),
            },
            Print {
                centre: (0.0, 92.0),
                half: (150.0, 52.0),
            },
        ],
        material: Material::Plastic,
        ink: [28.0, 62.0, 142.0],
        turn: 0.5,
    };
    Template::new(drawing, scale, |canvas, is_whole| {
        if is_whole {
            for index in 0..TABS {
                let (dx, dy) = tab(index);
                canvas.solid(WHITE, 10.0, move |x, y| {
                    let (along, across) = (x * dx + y * dy, y * dx - x * dy);
                    rounded(along, across, (272.0, 0.0), (40.0, 30.0), 15.0)
                });
            }
        }
        let rim = |x: f32, y: f32| circle(x, y, 0.0, 0.0, RADIUS + 2.5 * (90.0 * y.atan2(x)).cos());
        canvas.solid(WHITE, 18.0, rim);
        canvas.tilt(|x, y| {
            // Knurl on the rim.
            let share = ramp(236.0, 246.0, x.hypot(y)) * 0.35 * (90.0 * y.atan2(x)).sin();
            (-y / RADIUS * share, x / RADIUS * share)
        });
        canvas.emboss(-0.5, 7.0, |x, y| circle(x, y, 0.0, 0.0, 228.0));
        print(canvas);
    })
}

fn print(canvas: &mut Canvas) {
    // A drop, with a shine left out.
    canvas.print(|x, y| {
        let (x, y) = (x, y + 112.0);
        let drop = circle(x, y, 0.0, 8.0, 30.0).min(
            (x.abs() * 0.86 + (y - 8.0) * -0.5 - 30.0)
                .max(y - 8.0)
                .max(-(y + 52.0)),
        );
        drop.max(-(segment(x, y, (-15.0, 8.0), (-6.0, 22.0)) - 4.0))
    });
    canvas.print(|x, y| glyphs::distance("AQUA", 11.0, false, x, y + 24.0));
    canvas.print(|x, y| rounded(x, y, (0.0, 28.0), (150.0, 3.0), 3.0));
    canvas.print(|x, y| glyphs::distance("LOT 24A17", 5.0, true, x, y - 74.0));
    canvas.print(|x, y| glyphs::distance("EXP 03/2027", 4.2, true, x, y - 118.0));
}

/// The side: ribs, the seal band and its bridges, the time code.
pub fn from_the_side(scale: f32) -> Template {
    let bridges: [f32; 6] = [-210.0, -132.0, -46.0, 46.0, 132.0, 210.0];
    let code = glyphs::half_size("24A17 03:14", 5.0);
    let drawing = Drawing {
        half: (285.0, 175.0),
        features: bridges
            .iter()
            .map(|&x| Feature {
                centre: (x, 74.0),
                radius: 24.0,
            })
            .collect(),
        prints: vec![Print {
            centre: (0.0, -108.0),
            half: (code.0 + 8.0, code.1 + 8.0),
        }],
        material: Material::Plastic,
        ink: [28.0, 62.0, 142.0],
        turn: 0.05,
    };
    Template::new(drawing, scale, |canvas, is_whole| {
        canvas.solid(WHITE, 10.0, |x, y| {
            rounded(x, y, (0.0, -42.0), (262.0, 104.0), 16.0)
        });
        canvas.solid(WHITE, 8.0, |x, y| {
            rounded(x, y, (0.0, 114.0), (266.0, 30.0), 10.0)
        });
        if is_whole {
            for x0 in bridges {
                canvas.solid([0.78, 0.79, 0.79], 5.0, move |x, y| {
                    rounded(x, y, (x0, 74.0), (11.0, 17.0), 2.0)
                });
            }
        }
        canvas.tilt(|x, y| {
            let across = (x / 268.0).clamp(-1.0, 1.0);
            let ribs = ramp(-70.0, -60.0, y) * ramp(58.0, 52.0, y);
            (
                across.powi(3) * 0.75 + ribs * 0.45 * (across.asin() * 34.0).sin(),
                0.0,
            )
        });
        canvas.tint([0.16, 0.18, 0.20], |x, _| 0.55 * (x / 268.0).abs().powi(4));
        canvas.print(|x, y| glyphs::distance("24A17 03:14", 5.0, true, x, y + 108.0));
    })
}
