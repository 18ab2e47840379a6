//! Places of an image in which nothing is a defect, as cells of a map and as polygons.

use crate::answer::Detection;
use crate::bundle::manifest::place::{Point, is_inside};

/// Of one session. Nothing allocates after `new`.
#[derive(Debug, Default)]
pub(crate) struct Ignored {
    /// In pixels of the image that the model sees.
    shapes: Vec<Vec<Point>>,
    /// Of each cell of the map, row by row; empty where there is no map.
    cells: Vec<bool>,
}

impl Ignored {
    /// For a map of so many cells, which may be none, over an image of this size.
    pub(crate) fn new(
        shapes: &[Vec<Point>],
        (width, height): (u32, u32),
        (columns, rows): (u32, u32),
    ) -> Self {
        let middle =
            |at: u32, cells: u32, side: u32| (at as f32 + 0.5) * side as f32 / cells as f32;
        let cell = |y: u32, x: u32| (middle(x, columns, width), middle(y, rows, height));
        let places = (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x)));
        let is_in = |(y, x)| shapes.iter().any(|shape| is_inside(shape, cell(y, x)));
        Self {
            cells: match shapes.is_empty() {
                true => Vec::new(),
                false => places.map(is_in).collect(),
            },
            shapes: shapes.to_vec(),
        }
    }

    /// The first shape, from 1, that holds the middle of no cell of the map.
    pub(crate) fn too_fine(
        shapes: &[Vec<Point>],
        image: (u32, u32),
        cells: (u32, u32),
    ) -> Option<usize> {
        let is_fine = |shape: &Vec<Point>| {
            !Self::new(std::slice::from_ref(shape), image, cells)
                .cells
                .contains(&true)
        };
        shapes.iter().position(is_fine).map(|at| at + 1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// Whether the middle of a detection lies where nothing counts.
    pub(crate) fn holds(&self, found: &Detection) -> bool {
        let [x, y] = found.centre;
        self.shapes.iter().any(|shape| is_inside(shape, (x, y)))
    }

    /// Takes the scores of ignored cells away, in every class.
    pub(crate) fn clear(&self, map: &mut [f32]) {
        if self.cells.is_empty() {
            return;
        }
        for plane in map.chunks_exact_mut(self.cells.len()) {
            for (value, is_ignored) in plane.iter_mut().zip(&self.cells) {
                if *is_ignored {
                    *value = 0.0;
                }
            }
        }
    }

    /// Whether a cell of the map is ignored.
    pub(crate) fn is_cell(&self, cell: usize) -> bool {
        self.cells.get(cell).is_some_and(|is_ignored| *is_ignored)
    }
}
