//! The printed chessboard, as its user measured it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Fewest inner corners along a side.
pub const CORNERS_MIN: u32 = 3;
/// Most inner corners along a side.
pub const CORNERS_MAX: u32 = 60;

/// A chessboard: inner corners (where four squares meet, so one fewer than squares) and the side of a
/// square. `9x6` inner corners is a board of 10 by 7 squares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    columns: u32,
    rows: u32,
    square_mm: f64,
}

/// A board nobody can have printed.
#[derive(Clone, Debug, PartialEq)]
pub enum BoardError {
    /// The text is not of the form `COLUMNSxROWS`.
    Text {
        /// The text as given.
        found: String,
    },
    /// A side has too few or too many inner corners.
    Corners {
        /// Columns and rows.
        found: (u32, u32),
    },
    /// The square's side is not a length.
    Square {
        /// Its side in mm, as given.
        found: f64,
    },
}

impl fmt::Display for BoardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BoardError::Text { found } => write!(
                f,
                "board {found:?}: expected inner corners as COLUMNSxROWS, such as 9x6 for a board \
                 of 10 by 7 squares"
            ),
            BoardError::Corners {
                found: (columns, rows),
            } => write!(
                f,
                "board {columns}x{rows}: expected {CORNERS_MIN} to {CORNERS_MAX} inner corners a side \
                 (one fewer than squares)"
            ),
            BoardError::Square { found } => write!(
                f,
                "square of {found} mm: expected more than 0 and at most 1000 mm; measure the printed board"
            ),
        }
    }
}

impl std::error::Error for BoardError {}

impl Board {
    /// `columns` and `rows` are inner corners; `square_mm` is the side of one square, as measured on
    /// the print.
    ///
    /// # Errors
    /// When a side has fewer than [`CORNERS_MIN`] or more than [`CORNERS_MAX`] inner corners, or the
    /// square is not over 0 and up to 1000 mm.
    pub fn new(columns: u32, rows: u32, square_mm: f64) -> Result<Self, BoardError> {
        let board = Self {
            columns,
            rows,
            square_mm,
        };
        board.check()?;
        Ok(board)
    }

    /// As [`Board::new`], for a board that was read from a file.
    pub(crate) fn check(&self) -> Result<(), BoardError> {
        let side = CORNERS_MIN..=CORNERS_MAX;
        if !side.contains(&self.columns) || !side.contains(&self.rows) {
            return Err(BoardError::Corners {
                found: (self.columns, self.rows),
            });
        }
        if !(self.square_mm > 0.0 && self.square_mm <= 1000.0) {
            return Err(BoardError::Square {
                found: self.square_mm,
            });
        }
        Ok(())
    }

    /// Inner corners along a row of the board.
    pub fn columns(&self) -> u32 {
        self.columns
    }

    /// Rows of inner corners.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Side of one square.
    pub fn square_mm(&self) -> f64 {
        self.square_mm
    }

    /// Inner corners in all.
    pub fn corners(&self) -> usize {
        self.columns as usize * self.rows as usize
    }

    /// The corners on the board, in mm, row by row.
    pub(crate) fn points_mm(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        (0..self.rows).flat_map(move |row| {
            (0..self.columns).map(move |column| {
                (
                    f64::from(column) * self.square_mm,
                    f64::from(row) * self.square_mm,
                )
            })
        })
    }
}

/// Inner corners as a person writes them: `9x6`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoardSize {
    /// Inner corners along a row.
    pub columns: u32,
    /// Rows of inner corners.
    pub rows: u32,
}

impl FromStr for BoardSize {
    type Err = BoardError;

    fn from_str(text: &str) -> Result<Self, BoardError> {
        let wrong = || BoardError::Text {
            found: text.to_owned(),
        };
        let (columns, rows) = text.split_once(['x', 'X', '×']).ok_or_else(wrong)?;
        let columns = columns.trim().parse().map_err(|_| wrong())?;
        let rows = rows.trim().parse().map_err(|_| wrong())?;
        Board::new(columns, rows, 1.0)?;
        Ok(Self { columns, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_is_read_as_people_write_it() {
        let expected = BoardSize {
            columns: 9,
            rows: 6,
        };
        assert_eq!("9x6".parse(), Ok(expected));
        assert_eq!("9 X 6".parse(), Ok(expected));
        assert_eq!("9×6".parse(), Ok(expected));
    }

    #[test]
    fn a_board_nobody_can_have_is_refused() {
        for text in ["9", "9x", "x6", "9x6x2", "-9x6", "nine by six"] {
            let refused = text.parse::<BoardSize>();
            assert!(
                matches!(refused, Err(BoardError::Text { .. })),
                "{text}: {refused:?}"
            );
        }
        assert_eq!(
            "2x6".parse::<BoardSize>(),
            Err(BoardError::Corners { found: (2, 6) })
        );
        assert!(matches!(
            Board::new(9, 61, 10.0),
            Err(BoardError::Corners { .. })
        ));
        for square in [0.0, -1.0, f64::INFINITY] {
            assert_eq!(
                Board::new(9, 6, square),
                Err(BoardError::Square { found: square })
            );
        }
        assert!(Board::new(9, 6, f64::NAN).is_err());
    }
}
