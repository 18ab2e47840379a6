//! From the bytes of a text to the ID that they mean. Pure.

use super::framing::excerpt;
use crate::station::name::NameError;
use crate::station::part::{PART_ID_BYTES_MAX, PartId};
use encoding_rs::GBK;
use serde::Deserialize;
use std::fmt;

/// How characters are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, and what is none as GBK, as many scanners send Chinese.
    #[default]
    Auto,
    /// UTF-8 alone: other bytes are refused.
    #[serde(rename = "utf-8")]
    Utf8,
    /// GBK alone, as of scanners made for China.
    Gbk,
}

/// What a text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A part's ID.
    Id(PartId),
    /// The device could not read anything.
    NoRead,
}

/// Why a text is no ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its bytes are no characters.
    Encoding {
        /// In which encoding.
        encoding: Encoding,
        /// What came, as a terminal may show it.
        found: String,
    },
    /// It does not begin, or not end, as every text does.
    Without {
        /// What it should begin or end with.
        expected: String,
        /// What came, as a terminal may show it.
        found: String,
    },
    /// It is no part ID.
    Id {
        /// What is wrong with it.
        error: NameError,
        /// What came, as a terminal may show it.
        found: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Encoding { encoding, found } => {
                let expected = match encoding {
                    Encoding::Auto => "UTF-8 or GBK",
                    Encoding::Utf8 => "UTF-8",
                    Encoding::Gbk => "GBK",
                };
                write!(
                    f,
                    "expected a text in {expected}, found other bytes: {found:?}; check `encoding`, baud rate and parity"
                )
            }
            Refusal::Without { expected, found } => write!(
                f,
                "expected a text with {expected:?} as `prefix` and `suffix` say, found {found:?}"
            ),
            Refusal::Id { error, found } => write!(
                f,
                "expected a part ID of 1 to {PART_ID_BYTES_MAX} bytes, found one that {error}: {found:?}"
            ),
        }
    }
}

/// What is known of a device's texts.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// How characters are sent.
    pub encoding: Encoding,
    /// What every text begins with, apart from those of `no_read`.
    pub prefix: String,
    /// What every text ends with, apart from those of `no_read`.
    pub suffix: String,
    /// Texts that say that nothing could be read; with `*` at the end, whatever begins so.
    pub no_read: Vec<String>,
}

impl Reader {
    /// What a text means, without its start and end.
    ///
    /// # Errors
    /// Why it means nothing.
    pub fn read(&self, bytes: &[u8]) -> Result<Reading, Refusal> {
        let found = || excerpt(bytes);
        // Borrowed where it is UTF-8: only GBK allocates.
        let text = match (std::str::from_utf8(bytes), self.encoding) {
            (Ok(text), Encoding::Auto | Encoding::Utf8) => Some(text.into()),
            (Err(_), Encoding::Utf8) => None,
            (_, Encoding::Auto | Encoding::Gbk) => {
                GBK.decode_without_bom_handling_and_without_replacement(bytes)
            }
        };
        let text = text.ok_or_else(|| Refusal::Encoding {
            encoding: self.encoding,
            found: found(),
        })?;
        if self.is_no_read(&text) {
            return Ok(Reading::NoRead);
        }
        let without = |expected: &str| Refusal::Without {
            expected: expected.to_owned(),
            found: found(),
        };
        let bare = text.strip_prefix(&*self.prefix);
        let bare = bare.ok_or_else(|| without(&self.prefix))?;
        let bare = bare.strip_suffix(&*self.suffix);
        let bare = bare.ok_or_else(|| without(&self.suffix))?;
        if self.is_no_read(bare) {
            return Ok(Reading::NoRead);
        }
        PartId::new(bare)
            .map(Reading::Id)
            .map_err(|error| Refusal::Id {
                error,
                found: found(),
            })
    }

    fn is_no_read(&self, text: &str) -> bool {
        self.no_read
            .iter()
            .any(|no_read| match no_read.strip_suffix('*') {
                Some(begin) => text.starts_with(begin),
                None => text == no_read,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> Result<Reading, Refusal> {
        Ok(Reading::Id(PartId::new(text).expect("an ID")))
    }

    #[test]
    fn ids_are_read_in_utf_8_and_in_gbk() {
        let auto = Reader::default();
        let of = |encoding| Reader {
            encoding,
            ..Reader::default()
        };
        let chinese = "轴承座-2024·甲";
        let (gbk, _, _) = GBK.encode(chinese);
        assert_ne!(&*gbk, chinese.as_bytes());
        for (reader, bytes) in [
            (&auto, chinese.as_bytes()),
            (&auto, &*gbk),
            (&of(Encoding::Utf8), chinese.as_bytes()),
            (&of(Encoding::Gbk), &*gbk),
        ] {
            assert_eq!(reader.read(bytes), id(chinese), "{:?}", reader.encoding);
        }
        let refused = of(Encoding::Utf8).read(&gbk).expect_err("GBK is none");
        assert!(
            refused.to_string().contains("expected a text in UTF-8,"),
            "{refused}"
        );
        // Neither: a lone first byte of two, and bytes that no character has.
        for bytes in [&b"A\xc4"[..], b"\xff\xfe\xfd", b"\x80\xff"] {
            let refused = auto.read(bytes).expect_err("no text");
            assert!(refused.to_string().contains("UTF-8 or GBK"), "{refused}");
        }
    }

    #[test]
    fn an_id_has_at_most_128_bytes_and_no_control_characters() {
        let reader = Reader::default();
        let longest = "x".repeat(128);
        assert_eq!(reader.read(longest.as_bytes()), id(&longest));
        let forty = "件".repeat(40);
        assert_eq!(reader.read(forty.as_bytes()), id(&forty));
        // 64 characters of GBK are 128 bytes on the wire, and 192 as an ID.
        let many = "件".repeat(64);
        let (gbk, _, _) = GBK.encode(&many);
        assert_eq!(gbk.len(), 128);
        for bytes in ["x".repeat(129).as_bytes(), &*gbk] {
            let refused = reader.read(bytes).expect_err("too long").to_string();
            assert!(refused.contains("is longer than 128 bytes"), "{refused}");
        }
        for bytes in [&b"A\0B"[..], b"A\x1dB", b"A\tB", b"\x1b[2J"] {
            let refused = reader.read(bytes).expect_err("not to be seen").to_string();
            assert!(refused.contains("cannot be seen"), "{refused}");
            assert!(
                !refused.contains('\u{1b}'),
                "a terminal stays as it is: {refused}"
            );
        }
    }

    #[test]
    fn prefixes_are_stripped_and_a_device_says_that_it_read_nothing() {
        let reader = Reader {
            prefix: "]C1".to_owned(),
            suffix: ";".to_owned(),
            no_read: vec!["NOREAD".to_owned(), "ERROR*".to_owned()],
            ..Reader::default()
        };
        assert_eq!(reader.read(b"]C1SN-1;"), id("SN-1"));
        for nothing in [&b"NOREAD"[..], b"]C1NOREAD;", b"ERROR", b"ERROR:07"] {
            assert_eq!(reader.read(nothing), Ok(Reading::NoRead));
        }
        assert_eq!(reader.read(b"]C1NOREAD-7;"), id("NOREAD-7"));
        for (bytes, expected) in [(&b"SN-1;"[..], "\"]C1\""), (b"]C1SN-1", "\";\"")] {
            let refused = reader.read(bytes).expect_err("not stripped").to_string();
            assert!(refused.contains(expected), "{refused}");
        }
        let refused = reader.read(b"]C1;").expect_err("no ID").to_string();
        assert!(refused.contains("is empty"), "{refused}");
    }
}
