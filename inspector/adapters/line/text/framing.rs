//! From bytes to the texts between two ends. Pure.

use super::device::{Decode, Said};
use crate::station::name::shown;
use crate::station::time::Instant;
use arrayvec::ArrayVec;
use std::fmt;
use std::time::Duration;

/// The most bytes of a text, with what is stripped of it.
pub const FRAME_BYTES_MAX: usize = 512;
/// The most bytes of an end or a start.
pub const MARK_BYTES_MAX: usize = 4;

/// Bytes that begin or end a text.
pub type Mark = ArrayVec<u8, MARK_BYTES_MAX>;

/// Bytes that are no whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unframed {
    /// It began, and its end did not come.
    Half {
        /// What came, as a terminal may show it.
        found: String,
    },
    /// It has more bytes than any ID.
    TooLong,
    /// Bytes outside of start and end.
    Stray {
        /// What came, as a terminal may show it.
        found: String,
    },
    /// A key that is no character was pressed within it.
    Key {
        /// Its number, as of Linux.
        code: u16,
    },
    /// Events were lost before they could be read.
    Lost,
}

impl fmt::Display for Unframed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unframed::Half { found } => write!(
                f,
                "expected a text with its end, found {found:?} and then nothing; check `end`, baud rate and cable"
            ),
            Unframed::TooLong => write!(
                f,
                "expected a text of at most {FRAME_BYTES_MAX} bytes before its end, found more; check `end`"
            ),
            Unframed::Stray { found } => write!(
                f,
                "expected nothing outside of start and end, found {found:?}; check `start` and `end`"
            ),
            Unframed::Key { code } => write!(
                f,
                "expected keys that are characters, found key {code}; set the scanner to a US keyboard without control \
                 characters"
            ),
            Unframed::Lost => write!(f, "keys came faster than they could be read; scan again"),
        }
    }
}

/// A few bytes for a message.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    const BYTES_SHOWN: usize = 60;
    let begin = &bytes[..bytes.len().min(BYTES_SHOWN)];
    shown(&String::from_utf8_lossy(begin))
        .replace('\n', "\\n")
        .trim()
        .to_owned()
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Cuts texts out of a stream of bytes.
pub struct Framer {
    /// What every text begins with; empty where nothing does.
    start: Mark,
    /// What every text ends with; empty where a CR or a LF does.
    end: Mark,
    timeout: Duration,
    held: ArrayVec<u8, FRAME_BYTES_MAX>,
    is_begun: bool,
    is_too_long: bool,
    began_at: Instant,
    heard_at: Instant,
}

impl Framer {
    /// A text whose end has not come when nothing came for `timeout` is none.
    pub fn new(start: Mark, end: Mark, timeout: Duration) -> Self {
        Self {
            start,
            end,
            timeout,
            held: ArrayVec::new(),
            is_begun: false,
            is_too_long: false,
            began_at: Instant::default(),
            heard_at: Instant::default(),
        }
    }

    fn clear(&mut self) {
        self.held.clear();
        self.is_begun = false;
        self.is_too_long = false;
    }

    fn is_blank(&self) -> bool {
        self.held.iter().all(|byte| is_line_end(*byte))
    }

    /// What is held, as a mistake.
    fn unfinished(&self) -> Unframed {
        let found = excerpt(&self.held);
        match self.is_too_long {
            true => Unframed::TooLong,
            false if !self.start.is_empty() && !self.is_begun => Unframed::Stray { found },
            false => Unframed::Half { found },
        }
    }

    fn give_up(&mut self, said: &mut dyn FnMut(Said<'_>)) {
        if !self.is_blank() || self.is_too_long {
            said(Said::Unframed(self.unfinished()));
        }
        self.clear();
    }

    fn byte(&mut self, byte: u8, at: Instant, said: &mut dyn FnMut(Said<'_>)) {
        self.heard_at = at;
        if self.held.is_empty() {
            // Of the end before: whoever sends CR LF may have been set up for CR alone.
            if is_line_end(byte) && self.end.first() != Some(&byte) {
                return;
            }
            if !self.is_begun {
                self.began_at = at;
            }
        }
        if self.held.is_full() {
            // The end is still to be found.
            self.is_too_long = true;
            let kept = FRAME_BYTES_MAX - MARK_BYTES_MAX;
            self.held.drain(..kept);
        }
        self.held.push(byte);
        if !self.start.is_empty() && self.held.ends_with(&self.start) {
            self.held.truncate(self.held.len() - self.start.len());
            self.give_up(said);
            self.is_begun = true;
            self.began_at = at;
            return;
        }
        if let Some(length) = self.end_at() {
            self.ended(length, said);
        }
    }

    /// Bytes before the end that has just come.
    fn end_at(&self) -> Option<usize> {
        let end = match (self.end.len(), self.held.last()) {
            (0, Some(last)) => usize::from(is_line_end(*last)),
            (length, _) if self.held.ends_with(&self.end) => length,
            _ => 0,
        };
        (end > 0).then(|| self.held.len() - end)
    }

    fn ended(&mut self, length: usize, said: &mut dyn FnMut(Said<'_>)) {
        self.held.truncate(length);
        let is_whole = !self.is_too_long && (self.start.is_empty() || self.is_begun);
        if !is_whole {
            return self.give_up(said);
        }
        let is_edge = |byte: &u8| is_line_end(*byte) || *byte == b' ';
        let first = self.held.iter().position(|byte| !is_edge(byte));
        let last = self.held.iter().rposition(|byte| !is_edge(byte));
        if let (Some(first), Some(last)) = (first, last) {
            said(Said::Text(&self.held[first..=last], self.began_at));
        }
        self.clear();
    }
}

impl Decode for Framer {
    fn take(&mut self, bytes: &[u8], at: Instant, said: &mut dyn FnMut(Said<'_>)) {
        for byte in bytes {
            self.byte(*byte, at, said);
        }
    }

    fn silent(&mut self, now: Instant, said: &mut dyn FnMut(Said<'_>)) {
        let is_open = !self.held.is_empty() || self.is_begun;
        if is_open && now.since(self.heard_at) >= self.timeout {
            self.give_up(said);
        }
    }

    fn cut(&mut self, said: &mut dyn FnMut(Said<'_>)) {
        self.give_up(said);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(text: &str) -> Mark {
        text.bytes().collect()
    }

    /// What is said of these bytes, and then of silence.
    fn said(start: &str, end: &str, bytes: &[u8]) -> Vec<String> {
        let mut framer = Framer::new(mark(start), mark(end), Duration::from_millis(100));
        let mut all = Vec::new();
        let mut take = |said: Said<'_>| {
            all.push(match said {
                Said::Text(text, _) => String::from_utf8_lossy(text).into_owned(),
                Said::Press(_) => "press".to_owned(),
                Said::Unframed(error) => format!("! {error}"),
            });
        };
        framer.take(bytes, Instant::from_millis(1), &mut take);
        framer.silent(Instant::from_millis(100), &mut take);
        framer.take(b"", Instant::from_millis(100), &mut take);
        framer.silent(Instant::from_millis(101), &mut take);
        framer.silent(Instant::from_millis(900), &mut take);
        all
    }

    #[test]
    fn texts_end_as_the_settings_say_however_the_device_ends_its_lines() {
        for (start, end, bytes) in [
            ("", "", &b"A1\rB2\nC3\r\n\r\n"[..]),
            ("", "\r", b"A1\rB2\r\nC3\r\n"),
            ("", "\n", b"A1\nB2\r\nC3\r\n"),
            ("", "\r\n", b"A1\r\nB2\r\nC3\r\n"),
            ("", "\u{3}", b"A1\x03B2\x03\r\nC3\x03"),
            ("\u{2}", "\u{3}", b"\x02A1\x03\r\n\x02B2\x03\x02C3\x03"),
            ("\u{2}", "\r", b"\x02 A1 \r\n\x02B2\r\n\x02C3\r\n"),
            ("<<", ">>", b"<<A1>><<B2>>\r<<C3>>"),
        ] {
            assert_eq!(
                said(start, end, bytes),
                ["A1", "B2", "C3"],
                "{start:?} {end:?}"
            );
        }
    }

    #[test]
    fn what_is_no_whole_text_is_said_once_and_what_follows_is_read() {
        let found = said("", "\r", b"half");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("found \"half\" and then nothing"),
            "{found:?}"
        );
        let found = said(
            "\u{2}",
            "\u{3}",
            b"noise\x02lost\x02A1\x03tail\x03\x02B2\x03",
        );
        assert!(
            found[0].contains("outside of start and end, found \"noise\""),
            "{found:?}"
        );
        assert!(
            found[1].contains("found \"lost\" and then nothing"),
            "{found:?}"
        );
        assert_eq!(found[2], "A1");
        assert!(found[3].contains("found \"tail\""), "{found:?}");
        assert_eq!((&*found[4], found.len()), ("B2", 5));
    }

    #[test]
    fn a_text_without_an_end_is_bounded_and_the_next_one_whole() {
        let mut bytes = vec![b'x'; 100_000];
        bytes.extend(b"\r\nA1\r\n");
        for end in ["", "\r", "\r\n"] {
            let found = said("", end, &bytes);
            assert_eq!(found.len(), 2, "{end:?}: {found:?}");
            assert!(found[0].contains("at most 512 bytes"), "{found:?}");
            assert_eq!(found[1], "A1");
        }
    }

    #[test]
    fn a_texts_time_is_that_of_its_first_byte() {
        let mut framer = Framer::new(Mark::new(), mark("\r"), Duration::from_millis(100));
        let mut times = Vec::new();
        let mut take = |said: Said<'_>| {
            if let Said::Text(_, at) = said {
                times.push(at);
            }
        };
        framer.take(b"A", Instant::from_millis(5), &mut take);
        framer.take(b"1", Instant::from_millis(9), &mut take);
        framer.take(b"\rB\r", Instant::from_millis(12), &mut take);
        assert_eq!(times, [Instant::from_millis(5), Instant::from_millis(12)]);
    }
}
