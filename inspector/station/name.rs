//! Names and texts that come from outside: which are allowed as part IDs and styles, which as names of files, and how
//! any text is shown in a terminal. Every name that becomes a path passes here.

use std::borrow::Cow;
use std::fmt;

/// Longest name of a model or camera in bytes of UTF-8. File systems take 255, of which endings need some.
pub const FILE_NAME_BYTES_MAX: usize = 64;

/// Besides letters and digits of every script.
const FILE_NAME_SIGNS: &str = "-_.+() ";

/// Why a text cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// No text at all.
    Empty,
    /// More bytes than the type holds.
    TooLong {
        /// The largest size in bytes.
        bytes_max: usize,
    },
    /// A control character, which would break a log line or a label, or one that nobody sees: of zero width, or turning
    /// the direction of text.
    Invisible {
        /// The first character that is refused.
        found: char,
    },
    /// A space at its beginning or end, which nobody sees.
    SpaceAtEdge,
    /// A path to somewhere else: `/x`, `..`, `a/../b`, `./a`.
    Path,
    /// A sign that names of files do not have here.
    Sign {
        /// The first character that is refused.
        found: char,
    },
    /// A dot at its beginning, as hidden files have, or at its end, which Windows drops.
    DotAtEdge,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameError::Empty => write!(f, "is empty"),
            NameError::TooLong { bytes_max } => write!(f, "is longer than {bytes_max} bytes"),
            NameError::Invisible { found } => write!(
                f,
                "contains U+{:04X}, a character that cannot be seen; leave it out",
                u32::from(*found)
            ),
            NameError::SpaceAtEdge => write!(f, "begins or ends with a space; leave it out"),
            NameError::Path => write!(
                f,
                "is a path; names may contain '/', as M6/10, but not begin or end with it, nor have '.' or '..' between"
            ),
            NameError::Sign { found } => write!(
                f,
                "contains {found:?}; letters and digits of every script are allowed, spaces, and - _ . + ( )"
            ),
            NameError::DotAtEdge => write!(f, "begins or ends with a dot; leave it out"),
        }
    }
}

impl std::error::Error for NameError {}

/// Whether nobody sees this character, or it moves others: control characters, zero width, direction (Unicode `Cc` and
/// `Cf`, line and paragraph separators).
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// A text as a terminal may show it: what cannot be seen, or would move the cursor or turn text around, is shown by its
/// number. Line ends stay.
pub fn shown(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c == '\n' || !is_invisible(c);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let of = |c: char| match is_plain(c) {
        true => c.to_string(),
        false => format!("\\u{{{:x}}}", u32::from(c)),
    };
    Cow::Owned(text.chars().map(of).collect())
}

/// Sees to it that a text is no longer than this, and that all of it can be seen.
///
/// # Errors
/// Why it is no name.
pub fn visible(text: &str, bytes_max: usize) -> Result<&str, NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > bytes_max {
        return Err(NameError::TooLong { bytes_max });
    }
    match text.chars().find(|c| is_invisible(*c)) {
        Some(found) => Err(NameError::Invisible { found }),
        None => Ok(text),
    }
}

/// Sees to it that a text can be the name of a file or folder as it stands, on every system, and nothing else: the name
/// of a model, camera or reference image.
///
/// # Errors
/// Why it cannot.
pub fn file_name(text: &str) -> Result<&str, NameError> {
    visible(text, FILE_NAME_BYTES_MAX)?;
    let is_known = |c: char| c.is_alphanumeric() || FILE_NAME_SIGNS.contains(c);
    if let Some(found) = text.chars().find(|c| !is_known(*c)) {
        return Err(NameError::Sign { found });
    }
    if text.starts_with('.') || text.ends_with('.') {
        return Err(NameError::DotAtEdge);
    }
    if text.starts_with(' ') || text.ends_with(' ') {
        return Err(NameError::SpaceAtEdge);
    }
    Ok(text)
}

/// Sees to it that a text can name a style: lines name styles as they like, as `M6/10`, so it need be no name of a file,
/// but it must be none of a place elsewhere.
///
/// # Errors
/// Why it cannot.
pub fn style(text: &str, bytes_max: usize) -> Result<&str, NameError> {
    visible(text, bytes_max)?;
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Err(NameError::SpaceAtEdge);
    }
    let is_elsewhere = |part: &str| part.is_empty() || part == "." || part == "..";
    if text.split(['/', '\\']).any(is_elsewhere) {
        return Err(NameError::Path);
    }
    Ok(text)
}

/// The folder of a style: its name, where signs that a folder cannot have are written as in URLs.
pub fn folder_of_style(style: &str) -> String {
    let mut folder = String::new();
    for (at, c) in style.char_indices() {
        match c {
            '/' | '\\' => escape(&mut folder, c),
            '.' if at == 0 => escape(&mut folder, c),
            // So that what is read back is what was written.
            '%' if escaped_at(style, at).is_some() => escape(&mut folder, c),
            _ => folder.push(c),
        }
    }
    folder
}

/// The style of a folder; see [`folder_of_style`].
pub fn style_of_folder(folder: &str) -> String {
    let (mut style, mut at) = (String::new(), 0);
    while let Some(c) = folder[at..].chars().next() {
        let escaped = escaped_at(folder, at);
        style.push(escaped.unwrap_or(c));
        at += if escaped.is_some() { 3 } else { c.len_utf8() };
    }
    style
}

fn escape(folder: &mut String, c: char) {
    folder.push_str(&format!("%{:02X}", u32::from(c)));
}

/// The ASCII character that stands there as `%2F`, if one does.
fn escaped_at(text: &str, at: usize) -> Option<char> {
    let hex = text.get(at..at + 3)?.strip_prefix('%')?;
    let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = u8::from_str_radix(hex, 16).ok().filter(|_| is_hex)?;
    value.is_ascii().then(|| char::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_of_letters_digits_and_few_signs_in_every_script() {
        for good in [
            "demo",
            "a",
            "2026-11 (new)",
            "v1.2+x",
            "支架 3",
            "Größe_2",
            &"x".repeat(64),
        ] {
            assert_eq!(file_name(good), Ok(good));
        }
        for (bad, error) in [
            ("", NameError::Empty),
            (&*"x".repeat(65), NameError::TooLong { bytes_max: 64 }),
            (&*"支".repeat(22), NameError::TooLong { bytes_max: 64 }),
            ("a/b", NameError::Sign { found: '/' }),
            ("../x", NameError::Sign { found: '/' }),
            ("a\\b", NameError::Sign { found: '\\' }),
            ("a:b", NameError::Sign { found: ':' }),
            ("a\0b", NameError::Invisible { found: '\0' }),
            ("a\u{200b}", NameError::Invisible { found: '\u{200b}' }),
            ("a\u{202e}b", NameError::Invisible { found: '\u{202e}' }),
            (".", NameError::DotAtEdge),
            ("..", NameError::DotAtEdge),
            (".hidden", NameError::DotAtEdge),
            ("dot.", NameError::DotAtEdge),
            (" a", NameError::SpaceAtEdge),
            ("a ", NameError::SpaceAtEdge),
        ] {
            assert_eq!(file_name(bad), Err(error), "{bad:?}");
            assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn styles_are_what_lines_call_them_but_no_places_elsewhere() {
        for good in [
            "bracket",
            "M6/10",
            "1/2-20 UNC",
            "50%",
            "50%41",
            "型号 A/3",
            "a.b",
            "C:x",
            ".5 mm",
            "a\\b",
        ] {
            assert_eq!(style(good, 32), Ok(good));
            let folder = folder_of_style(good);
            assert!(
                !folder.contains(['/', '\\']) && !folder.starts_with('.'),
                "{folder}"
            );
            assert_eq!(style_of_folder(&folder), good, "{folder}");
        }
        assert_eq!(folder_of_style("M6/10"), "M6%2F10");
        assert_eq!(folder_of_style("50%"), "50%");
        for bad in [
            "../../x", "/tmp/x", "x/", "a//b", "a/../b", "./a", ".", "..", "..\\x", "\\x",
        ] {
            assert_eq!(style(bad, 32), Err(NameError::Path), "{bad:?}");
        }
        assert_eq!(style(" a", 32), Err(NameError::SpaceAtEdge));
        assert_eq!(style("a\u{3000}", 32), Err(NameError::SpaceAtEdge));
        assert_eq!(style("a\nb", 32), Err(NameError::Invisible { found: '\n' }));
    }

    #[test]
    fn every_style_has_a_folder_of_its_own() {
        let mut random = fastrand::Rng::with_seed(4);
        let mut folders = std::collections::BTreeMap::new();
        for _ in 0..20_000 {
            let signs = ['/', '\\', '%', '2', 'F', '5', '.', 'a', '支'];
            let text: String = (0..random.usize(1..7))
                .map(|_| signs[random.usize(..9)])
                .collect();
            if style(&text, 32).is_ok() {
                let folder = folder_of_style(&text);
                assert_eq!(style_of_folder(&folder), text);
                let before = folders.insert(folder, text.clone());
                assert!(before.is_none_or(|before| before == text));
            }
        }
    }

    #[test]
    fn what_cannot_be_seen_is_shown_by_its_number() {
        assert_eq!(shown("支架 A\nB"), "支架 A\nB");
        assert_eq!(
            shown("a\u{1b}[2J\u{202e}b\u{200b}\r"),
            "a\\u{1b}[2J\\u{202e}b\\u{200b}\\u{d}"
        );
    }
}
