//! What is behind and on every part: the belt, and the grain of surfaces.

use super::placing::GRAIN_SIDE;
use super::random::smooth;
use super::scene::to_fixed;
use std::f32::consts::TAU;

/// A tile of grain: what is added to the light.
pub(super) fn grain(at: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    (0..GRAIN_SIDE * GRAIN_SIDE)
        .map(|i| at((i % GRAIN_SIDE) as f32, (i / GRAIN_SIDE) as f32))
        .collect()
}

/// A rubber belt: a woven pattern, wear along the direction of travel, two side guides.
pub(super) fn belt(width: usize, height: usize, scale: f32) -> Vec<[i16; 3]> {
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
            out.push(to_fixed(rgb.map(|lane: f32| lane * value)));
        }
    }
    out
}
