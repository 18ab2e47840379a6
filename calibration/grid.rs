//! Corners that lie in rows and columns: distances between neighbours, directions, order.

use crate::finding::Corners;

/// Row by row, `columns` each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid<'a> {
    corners: &'a [(f64, f64)],
    columns: usize,
}

impl<'a> Grid<'a> {
    pub fn new(corners: &'a [(f64, f64)], columns: usize) -> Self {
        Self { corners, columns }
    }

    fn rows(&self) -> usize {
        self.corners.len() / self.columns
    }

    fn at(&self, column: usize, row: usize) -> (f64, f64) {
        self.corners[row * self.columns + column]
    }

    /// Distances between neighbours in a row or in a column.
    fn gaps_px(&self) -> impl Iterator<Item = f64> + '_ {
        let gap = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).hypot(a.1 - b.1);
        let (columns, rows) = (self.columns, self.rows());
        let along = (0..rows)
            .flat_map(move |y| (1..columns).map(move |x| gap(self.at(x - 1, y), self.at(x, y))));
        let across = (1..rows)
            .flat_map(move |y| (0..columns).map(move |x| gap(self.at(x, y - 1), self.at(x, y))));
        along.chain(across)
    }

    pub fn smallest_gap_px(&self) -> f64 {
        self.gaps_px().fold(f64::INFINITY, f64::min)
    }

    pub fn largest_gap_px(&self) -> f64 {
        self.gaps_px().fold(0.0, f64::max)
    }

    /// The way to the next corner of the row, and of the column: the mean of both sides where there are two.
    pub fn directions(&self, at: usize) -> ((f64, f64), (f64, f64)) {
        let (column, row) = (at % self.columns, at / self.columns);
        let way = |from: (f64, f64), to: (f64, f64), steps: usize| {
            let steps = steps as f64;
            ((to.0 - from.0) / steps, (to.1 - from.1) / steps)
        };
        let (left, right) = (column.saturating_sub(1), (column + 1).min(self.columns - 1));
        let (above, below) = (row.saturating_sub(1), (row + 1).min(self.rows() - 1));
        (
            way(self.at(left, row), self.at(right, row), right - left),
            way(
                self.at(column, above),
                self.at(column, below),
                below - above,
            ),
        )
    }

    /// Where corners would be one square beyond the outermost, each with the outermost beside it.
    pub fn beyond(&self) -> impl Iterator<Item = ((f64, f64), usize)> + '_ {
        let (columns, rows) = (self.columns, self.rows());
        let next = |edge: usize, inner: usize| {
            let (edge_at, inner_at) = (self.corners[edge], self.corners[inner]);
            let at = (2.0 * edge_at.0 - inner_at.0, 2.0 * edge_at.1 - inner_at.1);
            (at, edge)
        };
        let sides = (0..rows).flat_map(move |y| {
            let row = y * columns;
            [
                next(row, row + 1),
                next(row + columns - 1, row + columns - 2),
            ]
        });
        let last = (rows - 1) * columns;
        let ends = (0..columns)
            .flat_map(move |x| [next(x, x + columns), next(last + x, last + x - columns)]);
        sides.chain(ends)
    }
}

/// Starts at the corner nearest the frame's top left, so that the board's axes point the same way in
/// every image whichever way the finder walked: a turn by 180°, which no chessboard shows, or by 90° where
/// the board is square.
pub(crate) fn put_in_order(corners: &mut Corners, columns: usize) {
    if columns * columns == corners.len() {
        let (first, end) = (corners[0], corners[columns - 1]);
        if (end.0 - first.0).abs() < (end.1 - first.1).abs() {
            // A quarter turn: the last row becomes the first column.
            *corners = (0..corners.len())
                .map(|i| corners[(columns - 1 - i % columns) * columns + i / columns])
                .collect();
        }
    }
    let (first, last) = (corners[0], corners[corners.len() - 1]);
    if first.0 + first.1 > last.0 + last.1 {
        corners.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORNERS: [(f64, f64); 4] = [(0.0, 0.0), (3.0, 0.0), (0.0, 4.0), (3.0, 4.0)];

    #[test]
    fn gaps_are_those_between_neighbours() {
        let grid = Grid::new(&CORNERS, 2);
        let mut gaps: Vec<_> = grid.gaps_px().collect();
        gaps.sort_by(f64::total_cmp);
        assert_eq!(gaps, [3.0, 3.0, 4.0, 4.0]);
        assert_eq!((grid.smallest_gap_px(), grid.largest_gap_px()), (3.0, 4.0));
        assert_eq!(grid.directions(1), ((3.0, 0.0), (0.0, 4.0)));
    }

    #[test]
    fn the_next_corners_lie_one_square_beyond() {
        let beyond: Vec<_> = Grid::new(&CORNERS, 2).beyond().map(|(at, _)| at).collect();
        assert_eq!(beyond.len(), 8);
        for at in [(-3.0, 0.0), (6.0, 4.0), (0.0, -4.0), (3.0, 8.0)] {
            assert!(beyond.contains(&at), "{at:?} in {beyond:?}");
        }
    }

    #[test]
    fn a_board_has_one_order_whichever_way_it_was_walked() {
        let square = |turns: usize| {
            let mut corners: Corners = (0..9)
                .map(|i| (f64::from(i % 3) * 10.0, f64::from(i / 3) * 10.0))
                .collect();
            for _ in 0..turns {
                corners = (0..9).map(|i| corners[(2 - i % 3) * 3 + i / 3]).collect();
            }
            corners
        };
        for turns in 0..4 {
            let mut turned = square(turns);
            put_in_order(&mut turned, 3);
            assert_eq!(turned, square(0), "after {turns} turns");
        }
        let mut reversed: Corners = (0..6)
            .rev()
            .map(|i| (f64::from(i % 3), f64::from(i / 3)))
            .collect();
        put_in_order(&mut reversed, 3);
        assert_eq!((reversed[0], reversed[5]), ((0.0, 0.0), (2.0, 1.0)));
    }
}
