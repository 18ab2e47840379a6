//! `inspector line gpio`: which GPIO chips and lines this computer has, and who uses them.

use crate::adapters::line::gpio::chips::{ChipReport, Chips};
use crate::cli::terminal;
use crate::error::{Error, ErrorKind};
use gpiocdev::line::{Direction, Info};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Lists every chip with its lines; changes nothing of them.
///
/// # Errors
/// Where none can be opened.
pub(super) fn list(is_json: bool) -> Result<(), Error> {
    let chips = Chips::list();
    if is_json {
        let chips: Vec<Value> = chips.found.iter().map(as_json).collect();
        terminal::answer(&format!("{}\n", json!(chips)));
    } else {
        chips
            .found
            .iter()
            .for_each(|chip| terminal::answer(&described(chip)));
    }
    match chips.refusal() {
        Some(why) => Err(Error::new(ErrorKind::Device, why)),
        None => Ok(()),
    }
}

fn direction(line: &Info) -> &'static str {
    match line.direction {
        Direction::Input => "input",
        Direction::Output => "output",
    }
}

fn described(chip: &ChipReport) -> String {
    let mut text = format!(
        "{}: {}, {} lines\n",
        chip.path.display(),
        chip.label,
        chip.lines.len()
    );
    for line in &chip.lines {
        let name = match line.name.is_empty() {
            true => "without a name",
            false => &line.name,
        };
        let used = match (line.used, line.consumer.is_empty()) {
            (false, _) => String::new(),
            (true, true) => ", in use".to_owned(),
            (true, false) => format!(", in use by {:?}", line.consumer),
        };
        let _ = writeln!(
            text,
            "  {:3} {name}: {}{used}",
            line.offset,
            direction(line)
        );
    }
    text
}

fn as_json(chip: &ChipReport) -> Value {
    let line = |line: &Info| {
        json!({
            "offset": line.offset,
            "name": line.name,
            "direction": direction(line),
            "is_used": line.used,
            "consumer": line.consumer,
        })
    };
    json!({
        "path": chip.path,
        "name": chip.name,
        "label": chip.label,
        "lines": chip.lines.iter().map(line).collect::<Vec<_>>(),
    })
}
