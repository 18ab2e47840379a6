//! What commands show the person who called: the one door to standard output and standard error. Names of files, parts and
//! cameras come from outside, so nothing passes that moves the cursor, turns text around or cannot be seen.

mod bar;

pub(super) use bar::Bar;

use crate::station::name::{is_invisible, shown};
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

/// A line of an answer, as `println!` takes it.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::terminal::answer(&format!("{}\n", format_args!($($text)*))) };
}

/// A line beside the answer, as `eprintln!` takes it: progress, notes, what went wrong.
macro_rules! remark {
    ($($text:tt)*) => { $crate::cli::terminal::note(&format!("{}\n", format_args!($($text)*))) };
}

/// Text on standard output, which ends its own lines.
pub fn answer(text: &str) {
    print!("{}", shown(text));
}

/// Whether an answer goes to a terminal.
pub fn is_screen() -> bool {
    io::stdout().is_terminal()
}

/// Text that takes the place of everything on the terminal.
pub fn screen(text: &str) {
    print!("\x1b[H\x1b[2J{}", shown(text));
}

/// Text on standard error, which ends its own lines.
pub fn note(text: &str) {
    eprint!("{}", shown(text));
}

/// A line of JSON on standard output. It stays the same value: what cannot be seen stands as `\u202e`.
pub fn answer_json(json: &str) {
    println!("{}", visible_json(json));
}

fn visible_json(json: &str) -> String {
    let mut visible = String::with_capacity(json.len());
    for c in json.chars() {
        // Outside of texts JSON has line ends, and spaces, which are seen.
        if c == '\n' || !is_invisible(c) {
            visible.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // A text takes everything.
            let _ = write!(visible, "\\u{unit:04x}");
        }
    }
    visible
}

/// Standard output for what other programs read: as it is into a file or a pipe, and as a person may see it on a terminal.
pub fn output() -> Box<dyn Write + Send> {
    let output = io::stdout();
    match output.is_terminal() {
        true => Box::new(Visible {
            output,
            line: Vec::new(),
        }),
        false => Box::new(output),
    }
}

/// Passes whole lines on, as a terminal may show them.
struct Visible<W: Write> {
    output: W,
    line: Vec<u8>,
}

impl<W: Write> Visible<W> {
    fn pass(&mut self, bytes: usize) -> io::Result<()> {
        let line: Vec<u8> = self.line.drain(..bytes).collect();
        let text = String::from_utf8_lossy(&line).replace("\r\n", "\n");
        self.output.write_all(shown(&text).as_bytes())
    }
}

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        if let Some(end) = self.line.iter().rposition(|byte| *byte == b'\n') {
            self.pass(end + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass(self.line.len())?;
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_the_same_value_and_all_of_it_is_seen() {
        let value = serde_json::json!({ "name": "a\u{1b}[2J\u{202e}b\u{e0041}\u{7f}\u{9b}", "n": [1, "支"] });
        let text = visible_json(&serde_json::to_string_pretty(&value).expect("JSON"));
        let is_seen = |c: char| c == '\n' || !is_invisible(c);
        assert!(text.chars().all(is_seen), "{text:?}");
        assert!(text.contains("\\u202e") && text.contains("支"), "{text}");
        let again: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(again, value);
    }

    #[test]
    fn a_table_is_shown_line_by_line_whatever_pieces_it_comes_in() {
        let table = "part,style\r\na\u{1b}[2J,支架\r\nb,\u{202e}x";
        let mut visible = Visible {
            output: Vec::new(),
            line: Vec::new(),
        };
        for byte in table.bytes() {
            visible.write_all(&[byte]).expect("written");
        }
        visible.flush().expect("written");
        let expected = "part,style\na\\u{1b}[2J,支架\nb,\\u{202e}x";
        assert_eq!(String::from_utf8_lossy(&visible.output), expected);
    }
}
