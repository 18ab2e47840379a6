//! Every signal live: a table that is drawn anew on a terminal, a line for each change elsewhere.

use super::super::terminal;
use super::opened::{self, Line, TRIED_WITHIN};
use super::table::{Changes, lines};
use super::{LineArgs, running};
use crate::cli::interrupt;
use crate::error::{Error, ErrorKind};
use crate::http::line_json;
use crate::results::open;
use crate::settings::StationSettings;
use crate::telemetry::line_state::LineState;
use serde_json::Value;
use std::time::Duration;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

pub(super) fn show(settings: &StationSettings, args: &LineArgs) -> Result<(), Error> {
    let listen = args.listen.unwrap_or(settings.http.listen);
    if open::is_written(&settings.data) {
        remark!("a station runs on these settings; this is what it says at {listen}");
        return follow(args, || running::line(settings, listen));
    }
    interrupt::note();
    let mut line = opened::open(settings)?;
    let following = line.follow(settings);
    wait_until_tried(&line);
    let shown = follow(args, || Ok(look(&line)));
    drop(following);
    shown
}

/// As `/api/line` says it.
pub(super) fn look(line: &Line) -> Value {
    let state = LineState::default();
    line_json(
        Some(&line.info),
        &state,
        line.clock.now(),
        line.clock.wall(),
    )
}

/// Until every device has answered, or had its time to.
pub(super) fn wait_until_tried(line: &Line) {
    let until = line.clock.now() + TRIED_WITHIN;
    let is_heard = || {
        let devices = line.info.board.devices();
        let has_values = devices.iter().all(|device| device.is_connected);
        has_values && !interrupt::is_told_to_end()
    };
    while !is_heard() && line.clock.now() < until && !interrupt::is_told_to_end() {
        std::thread::sleep(Duration::from_millis(10));
    }
    // The first values come with the first poll after that.
    std::thread::sleep(Duration::from_millis(300));
}

fn follow(args: &LineArgs, mut look: impl FnMut() -> Result<Value, Error>) -> Result<(), Error> {
    let mut now = look()?;
    if args.once {
        tell(args, &now);
        return all_answer(&now);
    }
    let is_screen = terminal::is_screen() && !args.json;
    let mut changes = Changes::since(&now);
    if !is_screen {
        tell(args, &now);
    }
    while !interrupt::is_told_to_end() {
        if is_screen {
            terminal::screen(&format!("{}\n", lines(&now).join("\n")));
        }
        std::thread::sleep(LOOK_EVERY);
        now = look()?;
        if args.json {
            tell(args, &now);
        } else if !is_screen {
            for change in changes.of(&now) {
                say!("{change}");
            }
        }
    }
    Ok(())
}

fn tell(args: &LineArgs, now: &Value) {
    match args.json {
        true => terminal::answer_json(&now.to_string()),
        false => lines(now).iter().for_each(|line| say!("{line}")),
    }
}

fn all_answer(now: &Value) -> Result<(), Error> {
    let devices = now["devices"].as_array().map_or(&[][..], Vec::as_slice);
    let missing = devices
        .iter()
        .filter(|device| device["is_connected"] == false);
    let missing = missing.map(|device| {
        let reason = device["reason"]
            .as_str()
            .unwrap_or("nobody has asked; see that its program runs");
        let name = device["name"].as_str().unwrap_or_default();
        Error::new(
            ErrorKind::Device,
            format!("device {name:?} does not answer: {reason}"),
        )
    });
    Error::none_of(missing.collect(), ())
}
