//! A stamped steel bracket: holes that may not be punched, a nut that may not be welded on.

use super::super::glyphs;
use super::super::shapes::{circle, hexagon, ramp, rounded, segment};
use super::super::template::{Canvas, Drawing, Feature, Material, Print, Template};

const STEEL: [f32; 3] = [0.60, 0.61, 0.63];
const HOLES: [(f32, f32, f32); 5] = [
    (-225.0, 95.0, 27.0),
    (225.0, 95.0, 27.0),
    (225.0, -75.0, 27.0),
    (70.0, 20.0, 56.0),
    (-190.0, -185.0, 24.0),
];
const MARK_AT: (f32, f32) = (-125.0, 20.0);

fn plate(x: f32, y: f32) -> f32 {
    let body = rounded(x, y, (0.0, 20.0), (280.0, 145.0), 30.0);
    let tab = rounded(x, y, (-190.0, -150.0), (88.0, 92.0), 24.0);
    let slot = segment(x, y, (40.0, -80.0), (120.0, -80.0)) - 17.0;
    body.min(tab).max(-slot)
}

/// The plate from above.
pub fn from_above(scale: f32) -> Template {
    let mark = glyphs::half_size("A7-31", 5.2);
    let drawing = Drawing {
        half: (300.0, 262.0),
        features: HOLES
            .iter()
            .map(|&(x, y, radius)| Feature {
                centre: (x, y),
                radius: radius + 16.0,
            })
            .collect(),
        prints: vec![Print {
            centre: MARK_AT,
            half: (mark.0 + 6.0, mark.1 + 32.0),
        }],
        material: Material::Steel,
        ink: [38.0, 36.0, 40.0],
        turn: 0.14,
    };
    Template::new(drawing, scale, |canvas, is_whole| {
        canvas.solid(STEEL, 7.0, plate);
        // The bend between plate and tab.
        canvas.emboss(0.35, 9.0, |x, y| if x < -100.0 { y + 118.0 } else { 1e3 });
        // A stiffening bead pressed into the plate.
        canvas.emboss(0.45, 8.0, |x, y| {
            segment(x, y, (-130.0, 128.0), (130.0, 128.0)) - 10.0
        });
        for (x0, y0, radius) in HOLES {
            let hole = move |x: f32, y: f32| circle(x, y, x0, y0, radius);
            if is_whole {
                canvas.cut(9.0, hole);
            } else {
                // The punch only marked the sheet.
                canvas.emboss(0.5, 4.0, hole);
                canvas.tint([0.45, 0.45, 0.47], move |x, y| {
                    0.25 * ramp(3.0, 0.0, hole(x, y).abs())
                });
            }
        }
        print(canvas);
    })
}

fn print(canvas: &mut Canvas) {
    let (cx, cy) = MARK_AT;
    canvas.print(move |x, y| glyphs::distance("A7-31", 5.2, false, x - cx, y - cy + 20.0));
    canvas.print(move |x, y| glyphs::distance("X50 4.0", 3.6, false, x - cx, y - cy - 26.0));
}

/// The flange from the side, with the welded nut.
pub fn from_the_side(scale: f32) -> Template {
    let mark = glyphs::half_size("31-4.8", 4.6);
    let holes = [(-205.0, 10.0, 33.0), (205.0, 10.0, 33.0)];
    let mut features: Vec<Feature> = holes
        .iter()
        .map(|&(x, y, r)| Feature {
            centre: (x, y),
            radius: r + 18.0,
        })
        .collect();
    features.push(Feature {
        centre: (0.0, 10.0),
        radius: 92.0,
    });
    let drawing = Drawing {
        half: (310.0, 160.0),
        features,
        prints: vec![Print {
            centre: (-155.0, -72.0),
            half: (mark.0 + 5.0, mark.1 + 5.0),
        }],
        material: Material::Steel,
        ink: [38.0, 36.0, 40.0],
        turn: 0.07,
    };
    Template::new(drawing, scale, |canvas, is_whole| {
        canvas.solid(STEEL, 8.0, |x, y| {
            rounded(x, y, (0.0, 0.0), (290.0, 120.0), 26.0)
        });
        // The sheet bends away from us at the top.
        canvas.tilt(|_, y| (0.0, -0.8 * ramp(-92.0, -120.0, y)));
        for (x0, y0, radius) in holes {
            let hole = move |x: f32, y: f32| circle(x, y, x0, y0, radius);
            if is_whole {
                canvas.emboss(0.5, 9.0, move |x, y| hole(x, y) - 10.0);
                canvas.cut(8.0, hole);
            } else {
                canvas.emboss(0.5, 4.0, hole);
            }
        }
        if is_whole {
            let nut = |x: f32, y: f32| hexagon(x, y - 10.0, 66.0);
            canvas.tint([0.30, 0.30, 0.31], |x, y| 0.8 * ramp(9.0, 0.0, nut(x, y)));
            canvas.solid([0.66, 0.64, 0.58], 10.0, nut);
            canvas.emboss(0.6, 8.0, |x, y| circle(x, y, 0.0, 10.0, 40.0));
            canvas.tint([0.10, 0.10, 0.11], |x, y| {
                ramp(34.0, 31.0, x.hypot(y - 10.0))
            });
        } else {
            canvas.tint([0.34, 0.33, 0.33], |x, y| {
                0.45 * ramp(16.0, 8.0, (x.hypot(y - 10.0) - 44.0).abs())
            });
        }
        canvas.print(|x, y| glyphs::distance("31-4.8", 4.6, false, x + 155.0, y + 72.0));
    })
}
