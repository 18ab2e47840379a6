//! The score of an image of which some places do not count.

use super::{Detector, in_image};
use crate::bundle::manifest::BoxLayout;
use crate::prepare::placement::Placement;
use crate::session::ignored::Ignored;

impl Detector {
    /// The largest score of any defect of any box whose middle is not ignored, however small, and whatever else the box
    /// is more likely to show. Still in the graph's own numbers, all of which were read before.
    pub(super) fn worst_outside(
        &mut self,
        values: &[f32],
        placement: &Placement,
        ignored: &Ignored,
    ) -> Option<(f32, usize)> {
        let n = self.boxes;
        self.best.fill((f32::MIN, 0));
        match self.layout {
            BoxLayout::Corners | BoxLayout::TurnedFinal => {
                let rows = values.chunks_exact(self.rows);
                for (best, row) in self.best.iter_mut().zip(rows) {
                    let class = row[5] as usize;
                    if self.is_defect[class] {
                        *best = (row[4], class as u16);
                    }
                }
            }
            BoxLayout::Centre | BoxLayout::Turned => {
                let classes = 0..self.is_defect.len();
                for class in classes.filter(|class| self.is_defect[*class]) {
                    let scores = &values[(4 + class) * n..][..n];
                    for (best, score) in self.best.iter_mut().zip(scores) {
                        if *score > best.0 {
                            *best = (*score, class as u16);
                        }
                    }
                }
            }
        }
        let mut worst: Option<(f32, usize)> = None;
        for (index, (value, class)) in self.best.iter().enumerate() {
            let is_worse = *value > worst.map_or(f32::MIN, |(value, _)| value);
            let class = usize::from(*class);
            if is_worse && !ignored.holds(&in_image(&self.found(values, index, class), placement)) {
                worst = Some((*value, class));
            }
        }
        worst
    }
}
