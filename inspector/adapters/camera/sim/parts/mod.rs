//! The parts of the simulated line: one file per style, one drawing per view. Pixels are those of
//! a picture 1280 wide, from the part's centre.

mod bracket;
mod cap;
mod gear;

use super::template::Template;

/// The styles there are, by the names used in settings and recipes.
pub const STYLES: [&str; 3] = ["bracket", "cap", "gear"];
/// The views there are: from above, and from the side.
pub const VIEWS: u8 = 2;

/// Draws the style at `style` in [`STYLES`] as `view` sees it; `scale` is picture width over 1280.
pub fn template(style: usize, view: u8, scale: f32) -> Template {
    match (style, view) {
        (0, 0) => bracket::from_above(scale),
        (0, _) => bracket::from_the_side(scale),
        (1, 0) => cap::from_above(scale),
        (1, _) => cap::from_the_side(scale),
        (_, 0) => gear::from_above(scale),
        (_, _) => gear::from_the_side(scale),
    }
}
