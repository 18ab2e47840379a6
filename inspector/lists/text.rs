//! From the bytes of a text file to text. Spreadsheets and editors write UTF-8 with and without a mark, UTF-16 and, on
//! Chinese systems, GB 18030; a program that takes one for the other reads names that are none.

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};
use std::fmt;
use std::path::Path;

/// Most bytes of a text file that is read.
const BYTES_MAX: u64 = 256 << 20;

/// Why a file gives no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextError {
    /// The system's reason.
    Unreadable(String),
    /// It has more bytes than any list needs.
    TooLarge(u64),
    /// Its bytes are text in none of the encodings that are told apart for certain.
    Encoding,
    /// It holds zeros, as no text does.
    Binary,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TextError::Unreadable(reason) => f.write_str(reason),
            TextError::TooLarge(found) => {
                write!(f, "expected a list of at most {BYTES_MAX} bytes, found {found}")
            }
            TextError::Encoding => f.write_str(
                "its encoding cannot be told: it is neither UTF-8 nor UTF-16 nor plain GB 2312; save it as UTF-8 (in \
                 Excel: \"CSV UTF-8\")",
            ),
            TextError::Binary => f.write_str("expected text, found zero bytes; is it another kind of file?"),
        }
    }
}

impl std::error::Error for TextError {}

/// Reads a text file.
///
/// # Errors
/// Why it gives no text; the path is for the caller to name.
pub fn read(path: &Path) -> Result<String, TextError> {
    let unreadable = |error: std::io::Error| TextError::Unreadable(error.to_string());
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > BYTES_MAX {
        return Err(TextError::TooLarge(bytes));
    }
    decode(std::fs::read(path).map_err(unreadable)?)
}

/// The text of these bytes, without a byte-order mark.
///
/// # Errors
/// When they are no text, or its encoding is uncertain.
pub fn decode(bytes: Vec<u8>) -> Result<String, TextError> {
    let bytes = match Encoding::for_bom(&bytes) {
        Some((encoding, _)) => return strictly(encoding, &bytes),
        None => bytes,
    };
    if bytes.contains(&0) {
        // Of a text that is mostly in Latin letters, every other byte of UTF-16 is zero.
        let zeros = |from: usize| {
            bytes
                .iter()
                .skip(from)
                .step_by(2)
                .filter(|b| **b == 0)
                .count()
        };
        let encoding = match (zeros(0) * 4 > bytes.len(), zeros(1) * 4 > bytes.len()) {
            (true, false) => UTF_16BE,
            (false, true) => UTF_16LE,
            _ => return Err(TextError::Binary),
        };
        return strictly(encoding, &bytes);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) if is_gb2312(error.as_bytes()) => strictly(GB18030, error.as_bytes()),
        Err(_) => Err(TextError::Encoding),
    }
}

fn strictly(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, TextError> {
    let (text, _, had_errors) = encoding.decode(bytes);
    match (had_errors, text.contains('\0')) {
        (true, _) => Err(TextError::Encoding),
        (false, true) => Err(TextError::Binary),
        _ => Ok(text.into_owned()),
    }
}

/// Whether every character that is not ASCII is one of GB 2312, the plain Chinese ones: two bytes from 0xa1 on. GBK has
/// more, which western encodings look like too.
fn is_gb2312(bytes: &[u8]) -> bool {
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        let is_whole = match byte {
            0..0x80 => true,
            0xa1..=0xf7 => matches!(rest.next(), Some(0xa1..=0xfe)),
            _ => false,
        };
        if !is_whole {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "file,part_id\n好件/1.png,三号 A-1\n";

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_that_spreadsheets_write_is_read() {
        let marked = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
        let written = [
            TEXT.as_bytes().to_vec(),
            marked(b"\xef\xbb\xbf", TEXT.as_bytes().to_vec()),
            marked(b"\xff\xfe", utf16(TEXT, u16::to_le_bytes)),
            marked(b"\xfe\xff", utf16(TEXT, u16::to_be_bytes)),
            utf16(TEXT, u16::to_le_bytes),
            utf16(TEXT, u16::to_be_bytes),
            GB18030.encode(TEXT).0.into_owned(),
        ];
        for bytes in written {
            assert_eq!(
                decode(bytes.clone()).as_deref(),
                Ok(TEXT),
                "{:?}",
                &bytes[..4]
            );
        }
        assert_eq!(decode(Vec::new()).as_deref(), Ok(""));
    }

    #[test]
    fn what_is_no_text_or_may_be_another_one_is_refused() {
        // Windows-1252 with an é, as western spreadsheets write it.
        assert_eq!(
            decode(b"file\npi\xe9ce.png\n".to_vec()),
            Err(TextError::Encoding)
        );
        assert_eq!(decode(b"file\n\xe9".to_vec()), Err(TextError::Encoding));
        assert_eq!(decode(b"\x89PNG\0\0\0\r".to_vec()), Err(TextError::Binary));
        assert_eq!(decode(b"\xff\xfea\0\0\0".to_vec()), Err(TextError::Binary));
        let half = &utf16("\u{1f980}", u16::to_le_bytes)[..2];
        assert_eq!(
            decode([b"\xff\xfe", half].concat()),
            Err(TextError::Encoding)
        );
        let gone = read(Path::new("no/such/list.csv"));
        assert!(matches!(gone, Err(TextError::Unreadable(_))), "{gone:?}");
    }
}
