//! `inspector board`: a chessboard to print.

use crate::error::{Error, ErrorKind};
use calibration::{Board, BoardSize};
use std::fmt::Write;
use std::path::PathBuf;

/// Arguments of `inspector board`.
#[derive(clap::Args)]
pub struct BoardArgs {
    /// Inner corners: one fewer than squares, each way.
    #[arg(default_value = "9x6")]
    board: BoardSize,
    /// Side of a square.
    #[arg(long, default_value_t = 10.0, value_name = "MM")]
    square_mm: f64,
    /// Writes a picture as a camera facing the board would take it, instead of printing SVG.
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Of the picture.
    #[arg(long, default_value_t = 10.0, value_name = "PIXELS", requires = "png")]
    px_per_mm: f64,
    /// Of the picture.
    #[arg(long, default_value_t = 1280, value_name = "PIXELS", requires = "png")]
    width: u32,
    /// Of the picture.
    #[arg(long, default_value_t = 960, value_name = "PIXELS", requires = "png")]
    height: u32,
}

/// Prints the board as SVG, to scale, or writes a picture of it.
pub fn print_board(args: &BoardArgs) -> Result<(), Error> {
    let board = Board::new(args.board.columns, args.board.rows, args.square_mm)
        .map_err(|error| Error::new(ErrorKind::Settings, error))?;
    let Some(file) = &args.png else {
        crate::cli::terminal::answer(&svg(&board));
        return Ok(());
    };
    let picture = picture(&board, args);
    picture
        .save(file)
        .map_err(|error| Error::new(ErrorKind::Storage, format!("{}: {error}", file.display())))
}

/// The board in the middle of a picture, on its white sheet.
fn picture(board: &Board, args: &BoardArgs) -> image::GrayImage {
    let side_px = board.square_mm() * args.px_per_mm;
    let (columns, rows) = (i64::from(board.columns()) + 1, i64::from(board.rows()) + 1);
    let place = |at: u32, side: u32, squares: i64| {
        let from_middle = f64::from(at) + 0.5 - f64::from(side) / 2.0;
        (from_middle / side_px + squares as f64 / 2.0).floor() as i64
    };
    image::GrayImage::from_fn(args.width, args.height, |x, y| {
        let (column, row) = (place(x, args.width, columns), place(y, args.height, rows));
        let is_black =
            (0..columns).contains(&column) && (0..rows).contains(&row) && (column + row) % 2 == 0;
        image::Luma([if is_black { 30 } else { 220 }])
    })
}

fn svg(board: &Board) -> String {
    let (columns, rows, side) = (board.columns() + 1, board.rows() + 1, board.square_mm());
    // One square of white all around, without which no corner at the border is found.
    let (width, height) = (f64::from(columns + 2) * side, f64::from(rows + 2) * side);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" \
         viewBox=\"0 0 {width} {height}\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <path fill=\"black\" d=\""
    );
    for row in 0..rows {
        for column in (row % 2..columns).step_by(2) {
            let (x, y) = (f64::from(column + 1) * side, f64::from(row + 1) * side);
            // Writing to a string does not fail.
            let _ = write!(svg, "M{x} {y}h{side}v{side}h-{side}z");
        }
    }
    let label = format!(
        "{}x{} inner corners, squares of {side} mm: print at 100 % and measure",
        board.columns(),
        board.rows()
    );
    let size = side * 0.3;
    let _ = write!(
        svg,
        "\"/>\n<text x=\"{side}\" y=\"{}\" font-size=\"{size}\" fill=\"#888\">{label}</text>\n</svg>\n",
        height - side * 0.3
    );
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_of_9_by_6_corners_has_70_squares_half_of_them_black() {
        let board = Board::new(9, 6, 12.5).expect("a board");
        let svg = svg(&board);
        assert_eq!(svg.matches("h12.5v12.5").count(), 35);
        assert!(svg.contains("width=\"150mm\" height=\"112.5mm\""), "{svg}");
    }
}
