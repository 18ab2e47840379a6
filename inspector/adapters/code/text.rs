//! Texts of codes as people and programs can read them.

use crate::station::name::is_invisible;
use std::fmt::Write;

/// Control characters of ASCII, by their numbers.
const NAMES: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR",
    "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC",
    "FS", "GS", "RS", "US",
];

/// The text with every character that cannot be seen by its name in angle brackets: `<GS>` between the fields of a GS1
/// code, `<RS>` and `<EOT>` in ISO 15434, `<U+200B>`. Everything else stays as it is in the code.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let number = u32::from(c);
        // Writing to a String does not fail.
        let _ = match NAMES.get(number as usize) {
            Some(name) => write!(shown, "<{name}>"),
            None if number == 127 => write!(shown, "<DEL>"),
            None if is_invisible(c) => write!(shown, "<U+{number:04X}>"),
            None => write!(shown, "{c}"),
        };
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_stands_by_its_name() {
        assert_eq!(visible("0109\u{1d}21A\u{7f}"), "0109<GS>21A<DEL>");
        assert_eq!(visible("[)>\u{1e}06\u{4}"), "[)><RS>06<EOT>");
        assert_eq!(visible("a\u{200b}b\u{85}"), "a<U+200B>b<U+0085>");
        assert_eq!(visible("批号 12-é"), "批号 12-é");
    }
}
