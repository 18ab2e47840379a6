//! Signed distances in pixels of the full-size picture: negative inside, positive outside.
//! Formulae after Inigo Quilez, "2D distance functions".

/// A circle around `(cx, cy)`.
pub fn circle(x: f32, y: f32, cx: f32, cy: f32, radius: f32) -> f32 {
    (x - cx).hypot(y - cy) - radius
}

/// A box around `(cx, cy)` with half sides `(hx, hy)` and corners rounded by `radius`.
pub fn rounded(x: f32, y: f32, centre: (f32, f32), half: (f32, f32), radius: f32) -> f32 {
    let dx = (x - centre.0).abs() - half.0 + radius;
    let dy = (y - centre.1).abs() - half.1 + radius;
    dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius
}

/// A line from `a` to `b`, as distance from it.
pub fn segment(x: f32, y: f32, a: (f32, f32), b: (f32, f32)) -> f32 {
    let (px, py, bx, by) = (x - a.0, y - a.1, b.0 - a.0, b.1 - a.1);
    let along = ((px * bx + py * by) / (bx * bx + by * by).max(1e-6)).clamp(0.0, 1.0);
    (px - bx * along).hypot(py - by * along)
}

/// A hexagon around the origin whose flats are `apothem` away.
pub fn hexagon(x: f32, y: f32, apothem: f32) -> f32 {
    let (x, y) = (x.abs(), y.abs());
    (x * 0.866_025_4 + y * 0.5).max(y) - apothem
}

/// How much of a pixel a shape covers, from its distance and the pixel's side.
pub fn coverage(distance: f32, pixel: f32) -> f32 {
    (0.5 - distance / pixel).clamp(0.0, 1.0)
}

/// 0 below `low`, 1 above `high`, smooth in between.
pub fn ramp(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
