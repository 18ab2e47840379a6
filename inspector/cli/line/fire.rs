//! `inspector line fire`: one output by hand, and back to rest whatever happens.

use super::device_name;
use super::opened::{self, Line};
use super::watched::Watched;
use crate::adapters::line::wiring::{Output, OutputMeaning};
use crate::cli::interrupt;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::ports::signal::{SignalDevice, SignalError};
use crate::settings::StationSettings;
use crate::station::time::Instant;
use std::io::{BufRead, IsTerminal};
use std::time::Duration;

/// Arguments of `inspector line fire`.
#[derive(clap::Args)]
pub struct FireArgs {
    /// Its meaning ("lane accept", "red"), its address ("coil:0"), or both device and address ("io coil:0").
    output: String,
    /// How long it is on; by default as long as for a part, or half a second.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    ms: Option<u64>,
    /// Does not ask: somebody has looked that nobody is in danger.
    #[arg(long)]
    yes: bool,
}

const USUAL: Duration = Duration::from_millis(500);
/// An output that could not be set to rest is tried again so long.
const REST_WITHIN: Duration = Duration::from_secs(10);
const REST_EVERY: Duration = Duration::from_millis(250);
/// Sensors are watched for so long after the output is off again.
const WATCH_AFTER: Duration = Duration::from_millis(500);

pub(super) fn fire(settings: &StationSettings, args: &FireArgs) -> Result<(), Error> {
    let (number, output) = found(settings, &args.output)?;
    let meaning = output.meaning.name(&settings.line.lanes);
    let device = device_name(settings, output.device);
    let name = format!("{device} {} ({meaning})", output.address);
    let hold = match (args.ms, output.meaning) {
        (Some(ms), _) => Duration::from_millis(ms),
        (None, OutputMeaning::Lane { hold, .. }) => hold,
        (None, _) => USUAL,
    };
    // Before anything is asked: nobody is to answer in vain.
    let mut line = opened::open(settings)?;
    if !args.yes {
        ask(&name, hold)?;
    }
    interrupt::note();
    let mut opened = line.take(output.device);
    let following = line.follow(settings);
    let fired = match opened.signals() {
        Some(signals) => {
            let mut firing = Firing {
                signals,
                clock: &*line.clock,
                number,
                is_inverted: output.is_inverted,
                name: &name,
            };
            let mut watched = Watched::new(&settings.line, output.device, &line.info.board);
            firing.fire(hold, &line, &mut watched)
        }
        None => Err(Error::new(
            ErrorKind::Settings,
            format!("device {device:?} has no outputs that can be set by hand"),
        )),
    };
    drop(following);
    fired
}

/// Which output is meant, and its number at its device.
fn found<'a>(settings: &'a StationSettings, asked: &str) -> Result<(u8, &'a Output), Error> {
    let outputs = &settings.line.outputs;
    let names = |output: &Output| {
        let device = device_name(settings, output.device);
        let meaning = output.meaning.name(&settings.line.lanes);
        [
            meaning,
            output.address.clone(),
            format!("{device} {}", output.address),
        ]
    };
    let fits: Vec<usize> = (0..outputs.len())
        .filter(|at| names(&outputs[*at]).iter().any(|name| name == asked))
        .collect();
    let [at] = fits[..] else {
        let all: Vec<String> = outputs
            .iter()
            .map(|output| format!("{:?} ({:?})", names(output)[0], names(output)[2]))
            .collect();
        let found = if fits.is_empty() { "none" } else { "several" };
        let message = format!(
            "output {asked:?}: expected one of the [[output]] tables, found {found}; there are: {}",
            if all.is_empty() {
                "none".to_owned()
            } else {
                all.join(", ")
            }
        );
        return Err(Error::new(ErrorKind::Settings, message));
    };
    let output = &outputs[at];
    let before = outputs[..at]
        .iter()
        .filter(|other| other.device == output.device);
    let number = u8::try_from(before.count()).unwrap_or(u8::MAX);
    Ok((number, output))
}

fn ask(name: &str, hold: Duration) -> Result<(), Error> {
    if !std::io::stdin().is_terminal() {
        let message = "nobody can be asked here: --yes says that somebody has looked that nobody is in danger";
        return Err(Error::new(ErrorKind::Settings, message));
    }
    remark!(
        "This switches {name} on for {} ms. Something may move or blow. Is nobody near it, and may it? Type yes:",
        hold.as_millis()
    );
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match (read, answer.trim()) {
        (Ok(_), "yes") => Ok(()),
        _ => Err(Error::new(
            ErrorKind::Settings,
            "not fired: expected the answer yes",
        )),
    }
}

struct Firing<'a> {
    signals: &'a mut dyn SignalDevice,
    clock: &'a dyn Clock,
    number: u8,
    is_inverted: bool,
    name: &'a str,
}

impl Firing<'_> {
    fn fire(&mut self, hold: Duration, line: &Line, watched: &mut Watched) -> Result<(), Error> {
        let gone = |error: SignalError| Error::new(ErrorKind::Device, error).of(self.name);
        self.signals.reopen().map_err(gone)?;
        self.tell_proof();
        let before = self.read();
        say!("before    {} is {}", self.name, said(before));
        if before == Some(true) {
            let message = format!(
                "{}: expected it to be at rest, found it on: somebody else sets it; nothing was set",
                self.name
            );
            return Err(Error::new(ErrorKind::Device, message));
        }
        // The first values are no edges.
        watched.look(self.signals, self.clock);
        std::thread::sleep(Duration::from_millis(50));
        let begun = self.clock.now();
        let switched = self.set(true);
        if switched.is_ok() {
            self.watch(begun + hold, watched);
        }
        let rested = self.rest();
        let watched_until = self.clock.now() + WATCH_AFTER;
        if switched.is_ok() && rested.is_ok() && !interrupt::is_told_to_end() {
            self.watch(watched_until, watched);
        }
        tell_inputs(line, begun);
        rested?;
        switched
    }

    fn tell_proof(&mut self) {
        match self.signals.prove() {
            Ok(()) => {}
            Err(error) => say!("warning   its watchdog is not proved: {error}"),
        }
    }

    fn read(&mut self) -> Option<bool> {
        let read = self.signals.read_back(self.number).ok()?;
        read.map(|raw| raw != self.is_inverted)
    }

    /// Sets it and says what the device answered and what it reads back.
    fn set(&mut self, is_on: bool) -> Result<(), Error> {
        let begun = self.clock.now();
        self.signals
            .write(self.number, is_on != self.is_inverted)
            .map_err(|error| {
                Error::new(
                    ErrorKind::Device,
                    format!("{}: switching it {}: {error}", self.name, word(is_on)),
                )
            })?;
        let took = self.clock.now().since(begun);
        let read = self.read();
        say!(
            "wrote     {} {}, answered after {:.1} ms; read back {}",
            self.name,
            word(is_on),
            took.as_secs_f64() * 1e3,
            said(read)
        );
        match read {
            Some(read) if read != is_on => {
                let message = format!(
                    "{}: expected to read back {}, found {}",
                    self.name,
                    word(is_on),
                    word(read)
                );
                Err(Error::new(ErrorKind::Device, message))
            }
            _ => Ok(()),
        }
    }

    /// Inputs of the same device, as they change.
    fn watch(&mut self, until: Instant, watched: &mut Watched) {
        while self.clock.now() < until && !interrupt::is_told_to_end() {
            let left = until.since(self.clock.now());
            let nap = watched.look(self.signals, self.clock);
            std::thread::sleep(nap.min(left).min(Duration::from_millis(10)));
        }
    }

    /// Off again, whatever happened: also where the device died meanwhile and comes back within ten seconds.
    fn rest(&mut self) -> Result<(), Error> {
        let until = self.clock.now() + REST_WITHIN;
        let mut is_told = false;
        loop {
            let error = match self.set(false) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if self.clock.now() >= until {
                let message = format!(
                    "{error}. It could not be set to rest within {} s: look at the machine; only the watchdog of the device \
                     takes it off now",
                    REST_WITHIN.as_secs()
                );
                return Err(Error::new(ErrorKind::Device, message));
            }
            if !is_told {
                is_told = true;
                say!(
                    "NOT OFF   {error}; trying again for {} s",
                    REST_WITHIN.as_secs()
                );
            }
            std::thread::sleep(REST_EVERY);
            // What fails is tried again above.
            drop(self.signals.reopen());
        }
    }
}

/// What sensors saw since then.
fn tell_inputs(line: &Line, since: Instant) {
    let signals = line.info.board.signals(line.clock.now());
    let mut seen = false;
    for signal in signals.iter().filter(|signal| !signal.name.is_output) {
        for edge in signal.edges.iter().filter(|edge| edge.at >= since) {
            seen = true;
            say!(
                "input     {} ({}) went {} after {:.1} ms",
                signal.name.meaning,
                signal.name.address,
                word(edge.is_on),
                edge.at.since(since).as_secs_f64() * 1e3
            );
        }
    }
    if !seen && signals.iter().any(|signal| !signal.name.is_output) {
        say!("input     none changed");
    }
}

fn word(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}

fn said(read: Option<bool>) -> &'static str {
    read.map_or("not to be read back", word)
}
