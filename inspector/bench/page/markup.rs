//! What HTML and SVG ask of text.

/// Text that cannot be read as markup, in elements and in quoted attributes. Characters that XML has no place for
/// are left out.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            '\n' | '\t' => escaped.push(' '),
            character if character.is_control() => {}
            character => escaped.push(character),
        }
    }
    escaped
}

/// Colours of cases (Okabe and Ito 2008, told apart by colour-blind people), without yellow, which paper loses.
const COLOURS: [&str; 7] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#444444",
];
/// Dashes, so that they are told apart in grey, too.
const DASHES: [&str; 4] = ["none", "7 3", "2 2", "9 3 2 3"];

/// Colour and dashes of the case at this place of the report.
pub(super) fn stroke(at: usize) -> (&'static str, &'static str) {
    (COLOURS[at % COLOURS.len()], DASHES[at % DASHES.len()])
}

/// A short piece of a case's line, and its number.
pub(super) fn swatch(at: usize) -> String {
    let (colour, dashes) = stroke(at);
    format!(
        "<span class=\"swatch\"><svg width=\"22\" height=\"8\" viewBox=\"0 0 22 8\" aria-hidden=\"true\">\
         <line x1=\"0\" y1=\"4\" x2=\"22\" y2=\"4\" stroke=\"{colour}\" stroke-width=\"2.5\" \
         stroke-dasharray=\"{dashes}\"/></svg>{}</span>",
        at + 1
    )
}
