//! Connected regions of a score map: cells at or above a threshold that touch, also at corners.

/// One region, in cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// Left, top, right, bottom; right and bottom are the last cells inside.
    pub bounds: [u32; 4],
    /// How many cells.
    pub cells: u32,
    /// The largest score.
    pub peak: f32,
    /// Where it is.
    pub peak_at: (u32, u32),
}

/// Buffers for maps of one size. Nothing is allocated after this was made.
#[derive(Debug)]
pub struct RegionFinder {
    width: usize,
    height: usize,
    is_seen: Vec<bool>,
    open: Vec<usize>,
}

impl RegionFinder {
    /// For maps of `width` × `height` cells.
    pub fn new(width: u32, height: u32) -> Self {
        let (width, height) = (width as usize, height as usize);
        Self {
            width,
            height,
            is_seen: vec![false; width * height],
            open: Vec::with_capacity(width * height),
        }
    }

    /// Calls `found` once per region of `map` (row by row), in the order of their first cells.
    pub fn find(&mut self, map: &[f32], threshold: f32, mut found: impl FnMut(Region)) {
        self.is_seen.fill(false);
        for start in 0..self.width * self.height {
            if !self.is_seen[start] && map[start] >= threshold {
                found(self.grow(map, threshold, start));
            }
        }
    }

    fn grow(&mut self, map: &[f32], threshold: f32, start: usize) -> Region {
        let mut region = Region {
            bounds: [u32::MAX, u32::MAX, 0, 0],
            cells: 0,
            peak: f32::MIN,
            peak_at: (0, 0),
        };
        self.is_seen[start] = true;
        self.open.push(start);
        while let Some(cell) = self.open.pop() {
            let (x, y) = (cell % self.width, cell / self.width);
            let (cx, cy) = (x as u32, y as u32);
            let [left, top, right, bottom] = region.bounds;
            region.bounds = [left.min(cx), top.min(cy), right.max(cx), bottom.max(cy)];
            region.cells += 1;
            if map[cell] > region.peak {
                (region.peak, region.peak_at) = (map[cell], (cx, cy));
            }
            for ny in y.saturating_sub(1)..=(y + 1).min(self.height - 1) {
                for nx in x.saturating_sub(1)..=(x + 1).min(self.width - 1) {
                    let next = ny * self.width + nx;
                    if !self.is_seen[next] && map[next] >= threshold {
                        self.is_seen[next] = true;
                        self.open.push(next);
                    }
                }
            }
        }
        region
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_touch_are_one_region() {
        #[rustfmt::skip]
        let map = [
            0.9, 0.0, 0.0, 0.0,
            0.0, 0.8, 0.0, 0.6,
            0.0, 0.0, 0.0, 0.7,
        ];
        let mut found = Vec::new();
        RegionFinder::new(4, 3).find(&map, 0.5, |region| found.push(region));
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].bounds, found[0].cells), ([0, 0, 1, 1], 2));
        assert_eq!((found[1].peak, found[1].peak_at), (0.7, (3, 2)));
    }
}
