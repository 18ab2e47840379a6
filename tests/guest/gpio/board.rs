//! A board with GPIO lines that can be plugged in and out.

use crate::cases::Outcome;
use crate::promises::Far;
use gpiosim::{Bank, Level, Sim};
use inspector::adapters::line::gpio::address::{Input, Output};
use inspector::adapters::line::gpio::client::{GpioLines, Settings};
use inspector::clock::SystemClock;
use inspector::ports::signal::{SignalDevice, SignalError, Value};
use inspector::station::time::Instant;
use std::fmt::Display;
use std::sync::Arc;

pub const EYE: u32 = 0;
pub const SWITCH: u32 = 1;
pub const ENCODER_A: u32 = 2;
pub const ENCODER_B: u32 = 3;
pub const GATE: u32 = 4;
pub const LAMP: u32 = 5;
/// What the lines are called, by their offset.
pub const NAMES: [&str; 6] = ["EYE", "SWITCH", "ENC_A", "ENC_B", "GATE", "LAMP"];
/// Lines A and B of an encoder, from one edge to the next.
const PHASES: [[bool; 2]; 4] = [[false, false], [true, false], [true, true], [false, true]];

/// A board whose encoder stands somewhere.
pub struct Board {
    /// `None` while it is unplugged.
    sim: Option<Sim>,
    counts: i64,
}

impl Board {
    pub fn new() -> Self {
        Self {
            sim: Some(plugged("board")),
            counts: 0,
        }
    }

    fn chip(&self) -> &gpiosim::Chip {
        &self.sim.as_ref().expect("it is plugged in").chips()[0]
    }

    pub fn path(&self) -> String {
        self.chip().dev_path().display().to_string()
    }

    /// The level that a line rests at, unless somebody drives it.
    pub fn pull(&self, line: u32, is_high: bool) {
        let level = if is_high { Level::High } else { Level::Low };
        self.chip().set_pull(line, level).expect("it is there");
    }

    /// The level that the driver says it is pulled to.
    pub fn pulled(&self, line: u32) -> bool {
        self.chip().get_pull(line).expect("it is there") == Level::High
    }

    pub fn level(&self, line: u32) -> bool {
        self.chip().get_level(line).expect("it is there") == Level::High
    }

    /// Turns the encoder edge by edge.
    pub fn turn_to(&mut self, counts: i64) {
        while self.counts != counts {
            self.counts += (counts - self.counts).signum();
            let phase = usize::try_from(self.counts.rem_euclid(4)).expect("below 4");
            let [a, b] = PHASES[phase];
            // One of them is so already.
            self.pull(ENCODER_A, a);
            self.pull(ENCODER_B, b);
        }
    }

    pub fn unplug(&mut self) {
        self.sim = None;
    }

    pub fn plug(&mut self) {
        self.sim = Some(plugged("board"));
        self.counts = 0;
    }
}

/// Plugs a board in that is called so.
pub fn plugged(label: &str) -> Sim {
    let mut bank = Bank::new(8, label);
    for (offset, name) in (0..).zip(NAMES) {
        bank.name(offset, name);
    }
    let live = gpiosim::builder().with_name(label).with_bank(&bank).live();
    live.expect("gpio-sim makes one")
}

impl Far for Board {
    /// Inputs in the order of [`INPUTS`].
    fn set(&mut self, input: u8, value: &dyn Display) {
        let value = value.to_string();
        match input {
            2 => self.turn_to(value.parse().expect("counts")),
            line => self.pull(line.into(), value == "1"),
        }
    }

    fn is_on(&mut self, output: u8) -> bool {
        self.level(GATE + u32::from(output))
    }

    fn kill(&mut self) {
        self.unplug();
    }

    fn restart(&mut self) {
        self.plug();
    }
}

/// What the cases listen to: a sensor, a switch, an encoder.
pub const INPUTS: [&str; 3] = ["EYE", "SWITCH", "ENC_A+ENC_B"];
/// And what they drive.
pub const OUTPUTS: [&str; 2] = ["GATE", "LAMP"];

/// A device of these settings and addresses, closed.
pub fn lines(keys: &str, inputs: &[&str], outputs: &[&str]) -> GpioLines {
    let settings: Settings = toml::from_str(keys).expect(keys);
    let chip = settings.chip.as_deref();
    let inputs = inputs.iter().map(|it| Input::parse(it, chip).expect(it));
    let outputs = outputs.iter().map(|it| Output::parse(it, chip).expect(it));
    let (inputs, outputs) = (inputs.collect(), outputs.collect());
    GpioLines::new(&settings, inputs, outputs, Arc::new(SystemClock))
}

/// The same, open, and what its lines are at first is no news any more.
pub fn opened(keys: &str, inputs: &[&str], outputs: &[&str]) -> GpioLines {
    let mut lines = lines(keys, inputs, outputs);
    lines.reopen().expect("it opens");
    heard(&mut lines).expect("it answers");
    lines
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heard {
    Bit(u8, bool, Instant),
    Counts(u8, u32, Instant),
}

/// Everything that one poll tells, and how it ended.
pub fn poll(lines: &mut GpioLines) -> (Vec<Heard>, Result<(), SignalError>) {
    let mut heard = Vec::new();
    let polled = lines.poll(&mut |input, value, at| {
        heard.push(match value {
            Value::Bit(is_on) => Heard::Bit(input, is_on, at),
            Value::Double(counts) => Heard::Counts(input, counts, at),
            other => panic!("{other:?}"),
        });
    });
    (heard, polled)
}

pub fn heard(lines: &mut GpioLines) -> Result<Vec<Heard>, String> {
    let (heard, polled) = poll(lines);
    polled.map(|()| heard).map_err(|error| error.to_string())
}

/// The encoder's count, by the last thing that was told of it.
pub fn counts(heard: &[Heard]) -> Option<u32> {
    heard.iter().rev().find_map(|it| match it {
        Heard::Counts(_, counts, _) => Some(*counts),
        Heard::Bit(..) => None,
    })
}

/// How often an input turned on.
pub fn rises(heard: &[Heard], input: u8, was: bool) -> usize {
    let mut is_on = was;
    let mut rises = 0;
    for it in heard {
        if let Heard::Bit(number, to, _) = it
            && *number == input
        {
            rises += usize::from(*to && !is_on);
            is_on = *to;
        }
    }
    rises
}

/// The reason of a device that is gone holds these words.
pub fn says(found: Result<(), SignalError>, words: &[&str]) -> Outcome {
    match found {
        Err(SignalError::Gone { reason, .. }) if words.iter().all(|word| reason.contains(word)) => {
            Ok(())
        }
        other => Err(format!("expected {words:?}, found {other:?}")),
    }
}
