//! Connected regions of a score map: cells at or above a threshold that touch, also at corners.

use crate::opencv_error::OpencvError;
use crate::view::{Channels, Size, matrix};
use opencv::core::{CV_32S, Mat, MatTraitConstManual};
use opencv::imgproc;

/// One region, in cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// Left, top, right, bottom; right and bottom are the last cells inside.
    pub bounds: [u32; 4],
    /// How many cells.
    pub cells: u32,
    /// The largest score.
    pub peak: f32,
    /// Where it is: column and row. The first of equals.
    pub peak_at: (u32, u32),
    /// The sum of its cells' weights, as mm²; 0 when none were given.
    pub weight: f32,
}

/// Buffers for maps of one size. OpenCV keeps some small memory of its own per call; on our side
/// nothing is allocated once a map with that many regions was seen.
#[derive(Debug)]
pub struct Regions {
    size: Size,
    is_inside: Vec<u8>,
    labels: Mat,
    boxes: Mat,
    centres: Mat,
    found: Vec<Region>,
}

impl Regions {
    /// For maps of this size, in cells.
    pub fn new(size: Size) -> Self {
        Self {
            size,
            is_inside: vec![0; size.area()],
            labels: Mat::default(),
            boxes: Mat::default(),
            centres: Mat::default(),
            // More regions than this cannot touch nowhere: one in every second row and column.
            found: Vec::with_capacity(size.area().div_ceil(4) + 1),
        }
    }

    /// The regions of `map` (row by row) at or above `threshold`. `weights` are one per cell, or
    /// none.
    ///
    /// # Errors
    /// What OpenCV says, which is not expected.
    ///
    /// # Panics
    /// When `map` is not as many cells as this was made for.
    pub fn find(
        &mut self,
        map: &[f32],
        threshold: f32,
        weights: &[f32],
    ) -> Result<&[Region], OpencvError> {
        assert_eq!(map.len(), self.is_inside.len(), "regions: cells of the map");
        self.found.clear();
        let width = self.size.width as usize;
        // Most parts are good, and most defects small: only the rows that have any are labelled.
        let (mut first, mut end) = (usize::MAX, 0);
        let rows = self
            .is_inside
            .chunks_exact_mut(width)
            .zip(map.chunks_exact(width));
        for (y, (row, scores)) in rows.enumerate() {
            let mut any = 0;
            for (inside, score) in row.iter_mut().zip(scores) {
                *inside = u8::from(*score >= threshold);
                any |= *inside;
            }
            if any != 0 {
                (first, end) = (first.min(y), y + 1);
            }
        }
        if first >= end {
            return Ok(&[]);
        }
        let cells = first * width..end * width;
        let size = Size::new(self.size.width, (end - first) as u32);
        let is_inside = matrix(&self.is_inside[cells.clone()], size, Channels::Grey)?;
        let count = imgproc::connected_components_with_stats(
            &is_inside,
            &mut self.labels,
            &mut self.boxes,
            &mut self.centres,
            8,
            CV_32S,
        )?;
        let weights = weights.get(cells.clone()).unwrap_or(&[]);
        self.measure(count as usize, first as u32, &map[cells], weights)?;
        Ok(&self.found)
    }

    fn measure(
        &mut self,
        count: usize,
        first_row: u32,
        map: &[f32],
        weights: &[f32],
    ) -> opencv::Result<()> {
        for label in 1..count {
            let row = self.boxes.at_row::<i32>(label as i32)?;
            let of = |column: i32| row[column as usize] as u32;
            let left = of(imgproc::CC_STAT_LEFT);
            let top = first_row + of(imgproc::CC_STAT_TOP);
            self.found.push(Region {
                bounds: [
                    left,
                    top,
                    left + of(imgproc::CC_STAT_WIDTH) - 1,
                    top + of(imgproc::CC_STAT_HEIGHT) - 1,
                ],
                cells: of(imgproc::CC_STAT_AREA),
                peak: f32::MIN,
                peak_at: (left, top),
                weight: 0.0,
            });
        }
        let width = self.size.width as usize;
        for (cell, label) in self.labels.data_typed::<i32>()?.iter().enumerate() {
            // Label 0 is what is outside.
            if *label <= 0 {
                continue;
            }
            let Some(region) = self.found.get_mut(*label as usize - 1) else {
                continue;
            };
            region.weight += weights.get(cell).copied().unwrap_or(0.0);
            if map[cell] > region.peak {
                region.peak = map[cell];
                region.peak_at = ((cell % width) as u32, first_row + (cell / width) as u32);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip]
    const MAP: [f32; 12] = [
        0.9, 0.0, 0.0, 0.0,
        0.0, 0.8, 0.0, 0.6,
        0.0, 0.0, 0.0, 0.7,
    ];

    #[test]
    fn cells_that_touch_are_one_region() {
        let weights = [0.5; 12];
        let mut regions = Regions::new(Size::new(4, 3));
        let found = regions.find(&MAP, 0.5, &weights).expect("OpenCV labels it");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].bounds, found[0].cells), ([0, 0, 1, 1], 2));
        assert_eq!((found[0].peak, found[0].weight), (0.9, 1.0));
        assert_eq!((found[1].peak, found[1].peak_at), (0.7, (3, 2)));
    }

    #[test]
    fn a_map_leaves_nothing_for_the_next() {
        let mut regions = Regions::new(Size::new(4, 3));
        assert_eq!(regions.find(&MAP, 0.5, &[]).expect("a map").len(), 2);
        assert_eq!(regions.find(&MAP, 0.95, &[]).expect("a map"), []);
        assert_eq!(regions.find(&[0.0; 12], 0.1, &[]).expect("a map"), []);
        assert_eq!(
            regions.find(&[1.0; 12], 0.1, &[]).expect("a map")[0].cells,
            12
        );
    }
}
