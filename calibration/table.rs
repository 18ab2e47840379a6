//! Moving the cells of a plane of numbers by a table: where each cell of the target comes from.

use crate::view::Size;

/// Where one cell comes from: four neighbours of the source and their weights.
#[derive(Clone, Copy, Debug)]
struct Source {
    /// Upper left neighbour.
    at: u32,
    /// Steps to the right and to the lower neighbour: 0 at the edge.
    step: [u32; 2],
    /// Share of the right and of the lower neighbours.
    share: [f32; 2],
}

/// Made once for two sizes and a mapping; applying it does not allocate.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    sources: Vec<Source>,
    source_cells: usize,
}

impl Table {
    /// `from` gives, for the cell of `target` at whole coordinates `(x, y)`, its place in `source`, in
    /// the same coordinates (cell centres are whole). Places outside, and places that do not exist,
    /// take the nearest cell of the edge.
    pub(crate) fn new(
        source: Size,
        target: Size,
        from: impl Fn(f64, f64) -> Option<(f64, f64)>,
    ) -> Self {
        let mut sources = Vec::with_capacity(target.area());
        for y in 0..target.height {
            for x in 0..target.width {
                let (fx, fy) = (f64::from(x), f64::from(y));
                let (sx, sy) = from(fx, fy).unwrap_or((fx, fy));
                sources.push(Source::at(sx, sy, source));
            }
        }
        Self {
            sources,
            source_cells: source.area(),
        }
    }

    /// Fills `target` from `source`, bilinearly.
    pub(crate) fn apply(&self, source: &[f32], target: &mut [f32]) {
        assert_eq!(
            source.len(),
            self.source_cells,
            "table: cells of the source"
        );
        assert_eq!(
            target.len(),
            self.sources.len(),
            "table: cells of the target"
        );
        for (value, from) in target.iter_mut().zip(&self.sources) {
            let at = from.at as usize;
            let (right, below) = (at + from.step[0] as usize, from.step[1] as usize);
            let upper = mix(source[at], source[right], from.share[0]);
            let lower = mix(source[at + below], source[right + below], from.share[0]);
            *value = mix(upper, lower, from.share[1]);
        }
    }
}

impl Source {
    fn at(x: f64, y: f64, source: Size) -> Self {
        let along = |place: f64, cells: u32| {
            let last = f64::from(cells - 1);
            let place = if place.is_finite() {
                place.clamp(0.0, last)
            } else {
                0.0
            };
            let whole = place.floor().min((last - 1.0).max(0.0));
            (whole as u32, u32::from(cells > 1), (place - whole) as f32)
        };
        let (left, right, share_x) = along(x, source.width);
        let (top, below, share_y) = along(y, source.height);
        Self {
            at: top * source.width + left,
            step: [right, below * source.width],
            share: [share_x, share_y],
        }
    }
}

fn mix(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}

/// The place of a cell of a map of `cells` that lies over a frame of `pixels`, in pixels.
pub(crate) fn to_px((x, y): (f64, f64), cells: Size, pixels: Size) -> (f64, f64) {
    let along = |at: f64, from: u32, to: u32| (at + 0.5) * f64::from(to) / f64::from(from) - 0.5;
    (
        along(x, cells.width, pixels.width),
        along(y, cells.height, pixels.height),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_between_others_are_their_weighted_mean() {
        let source = Size::new(3, 2);
        let plane = [0.0, 10.0, 20.0, 100.0, 110.0, 120.0];
        let table = Table::new(source, source, |x, y| Some((x + 0.25, y + 0.5)));
        let mut moved = [0.0; 6];
        table.apply(&plane, &mut moved);
        assert_eq!(moved, [52.5, 62.5, 70.0, 102.5, 112.5, 120.0]);
    }

    #[test]
    fn a_single_cell_fills_everything() {
        let table = Table::new(Size::new(1, 1), Size::new(2, 1), |_, _| Some((7.0, -3.0)));
        let mut moved = [0.0; 2];
        table.apply(&[5.0], &mut moved);
        assert_eq!(moved, [5.0, 5.0]);
    }

    #[test]
    fn a_place_that_is_no_number_does_not_reach_outside() {
        let table = Table::new(Size::new(2, 2), Size::new(1, 1), |_, _| {
            Some((f64::NAN, 1e300))
        });
        let mut moved = [0.0];
        table.apply(&[1.0, 2.0, 3.0, 4.0], &mut moved);
        assert_eq!(moved, [3.0]);
    }
}
