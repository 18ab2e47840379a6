//! GPIO lines as inputs and outputs of the line.

use super::address::{Input, Output};
use super::chips::Chips;
use super::error::{GpioError, errno};
use super::events::{self, Events, ROOM, Room};
use super::quadrature::Quadrature;
use super::sequence::Edge;
use crate::adapters::line::exchange::Exchange;
use crate::adapters::line::kinds::{Opening, Role, SIGNALS};
use crate::adapters::line::wiring::OutputMeaning;
use crate::clock::Clock;
use crate::ports::line::LineDevice;
use crate::ports::signal::{AddressError, SignalDevice, SignalError, Value, Width};
use crate::station::time::Instant;
use gpiocdev::line::{Offset, Value as Level};
use gpiocdev::request::{Config, Request};
use serde::Deserialize;
use std::sync::Arc;

/// In the settings.
pub const KIND: &str = "gpio";
/// Inputs and outputs with addresses.
pub const ROLE: Role = SIGNALS;

/// A `[[device]]` of this kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Path, name or label of the chip; `None` where addresses say it, or names of lines are looked for on all chips.
    #[serde(default)]
    pub chip: Option<String>,
    /// Whether the kernel tells every change of an input with its time; else inputs are asked.
    #[serde(default = "yes")]
    pub edges: bool,
}

const fn yes() -> bool {
    true
}

/// What does not go together in the settings.
pub fn problems(settings: &Settings) -> Vec<String> {
    let is_empty = settings.chip.as_ref().is_some_and(String::is_empty);
    let problem = "chip: expected its name \"gpiochip0\", label or path, found an empty text";
    is_empty.then(|| problem.to_owned()).into_iter().collect()
}

/// No GPIO chip can be asked what its lines do when the station dies.
pub const fn proves(_: &Settings) -> bool {
    false
}

/// What an address holds.
///
/// # Errors
/// Where it is none.
pub fn width(settings: &Settings, address: &str, is_output: bool) -> Result<Width, AddressError> {
    let chip = settings.chip.as_deref();
    if is_output {
        return Output::parse(address, chip).map(|_| Width::Bit);
    }
    let width = Input::parse(address, chip)?.width();
    match width {
        Width::Double if !settings.edges => Err(AddressError {
            expected: "no encoder of two lines where edges = false: it would lose counts",
            found: address.to_owned(),
        }),
        width => Ok(width),
    }
}

/// Lines of this computer's GPIO chips.
pub struct GpioLines {
    has_edges: bool,
    inputs: Vec<Watched>,
    outputs: Vec<Output>,
    /// The level of each output of a lane at rest; `None` of the others.
    rest: Vec<Option<bool>>,
    clock: Arc<dyn Clock>,
    /// Empty while closed.
    open: Option<Opened>,
    was_open: bool,
    room: Box<Room>,
    edges: Vec<Edge>,
}

struct Watched {
    address: Input,
    /// What one line is, by the edges that were told.
    level: bool,
    /// What two lines count, where they are an encoder.
    encoder: Quadrature,
    /// Whether the encoder's count is news.
    has_moved: bool,
}

struct Opened {
    inputs: Vec<Events>,
    outputs: Vec<Driven>,
    /// Edges before were there when the lines were looked at first.
    since: Instant,
    /// Whether what the lines were then has still to be told: an edge after it is a change of that.
    is_new: bool,
}

struct Driven {
    request: Request,
    offset: Offset,
    chip: String,
    /// Whether it was set since it was opened: until then the line stays as it is.
    is_driven: bool,
}

impl GpioLines {
    /// Of checked settings and addresses; closed.
    pub fn new(
        settings: &Settings,
        inputs: Vec<Input>,
        outputs: Vec<Output>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let watched = |address: Input| Watched {
            address,
            level: false,
            encoder: Quadrature::default(),
            has_moved: false,
        };
        Self {
            has_edges: settings.edges,
            inputs: inputs.into_iter().map(watched).collect(),
            rest: vec![None; outputs.len()],
            outputs,
            clock,
            open: None,
            was_open: false,
            room: Box::new(ROOM),
            edges: Vec::new(),
        }
    }

    fn opened(&mut self) -> Result<Opened, GpioError> {
        let chips = Chips::list();
        let mut inputs = Vec::new();
        for (number, watched) in (0..).zip(&mut self.inputs) {
            let mut events = Events::open(number, &watched.address, self.has_edges, &chips)?;
            let levels = events.settle(&mut self.room)?;
            watched.level = levels[0];
            watched.encoder.settle(levels);
            inputs.push(events);
        }
        let mut outputs = Vec::new();
        for output in &self.outputs {
            let (chip, info) = chips.find(&output.line)?;
            let mut builder = Request::builder();
            builder.with_line(info.offset).as_is();
            outputs.push(Driven {
                request: events::request(&mut builder, &chips, &output.line, &chip.path)?,
                offset: info.offset,
                chip: chip.name.clone(),
                is_driven: false,
            });
        }
        let room: usize = inputs.iter().map(Events::edges_max).sum();
        self.edges.reserve(room);
        Ok(Opened {
            inputs,
            outputs,
            since: self.clock.now(),
            is_new: true,
        })
    }

    /// Sets outputs of lanes to these levels, `None` of others, before their lines are let go.
    pub fn resting_at(self, rest: Vec<Option<bool>>) -> Self {
        Self { rest, ..self }
    }

    /// Whatever has gone wrong with a line, no lane stays open by it.
    fn gone(&mut self, error: GpioError) -> SignalError {
        if let Some(open) = self.open.take() {
            for (driven, rest) in open.outputs.iter().zip(&self.rest) {
                let (Some(is_on), true) = (*rest, driven.is_driven) else {
                    continue;
                };
                let level = if is_on {
                    Level::Active
                } else {
                    Level::Inactive
                };
                // Where its chip is gone there is nothing to set.
                let _ = driven.request.set_value(driven.offset, level);
            }
        }
        error.into()
    }

    /// Gathers the edges of all inputs; what was gathered before an error holds.
    fn gather(&mut self, now: Instant) -> Result<(), GpioError> {
        let Some(open) = &mut self.open else {
            return Err(GpioError::Closed);
        };
        for (events, watched) in open.inputs.iter_mut().zip(&self.inputs) {
            let has_moved = events.take(&mut self.room, &mut self.edges, now)?;
            let known = watched.levels();
            let levels = events.look(known, has_moved, now)?;
            if !self.has_edges && levels != known {
                self.edges.push(events.asked(levels[0], now));
            }
        }
        Ok(())
    }

    /// Tells the edges, those of all inputs in the order of time, then what every input is.
    fn tell(&mut self, now: Instant, heard: &mut dyn FnMut(u8, Value<'_>, Instant)) {
        let opened = self.open.as_mut();
        let (since, is_new) = opened.map_or((now, false), |open| {
            (open.since, std::mem::take(&mut open.is_new))
        });
        if is_new {
            self.tell_states(since, heard);
        }
        self.edges
            .sort_unstable_by_key(|edge| (edge.at, edge.input, edge.sequence));
        let newest = self.edges.last().map_or(now, |edge| edge.at.max(now));
        for edge in &self.edges {
            let input = usize::from(edge.input);
            if self.inputs[input].address.second.is_some() {
                let watched = &mut self.inputs[input];
                watched.encoder.edge(edge.line.into(), edge.level, edge.at);
                watched.has_moved = true;
                continue;
            }
            // Where the belt was at this edge.
            for (number, watched) in (0..).zip(&mut self.inputs) {
                if std::mem::take(&mut watched.has_moved) {
                    heard(number, Value::Double(watched.encoder.told()), edge.at);
                }
            }
            let watched = &mut self.inputs[input];
            if watched.level == edge.level && edge.at > since {
                // It was the other way for so short a time that the kernel saw its end only.
                heard(edge.input, Value::Bit(!edge.level), edge.at);
            }
            watched.level = edge.level;
            heard(edge.input, Value::Bit(edge.level), edge.at);
        }
        self.edges.clear();
        self.tell_states(newest, heard);
    }

    fn tell_states(&mut self, at: Instant, heard: &mut dyn FnMut(u8, Value<'_>, Instant)) {
        for (number, watched) in (0..).zip(&mut self.inputs) {
            watched.has_moved = false;
            let value = match watched.address.second {
                Some(_) => Value::Double(watched.encoder.told()),
                None => Value::Bit(watched.level),
            };
            heard(number, value, at);
        }
    }
}

impl Watched {
    const fn levels(&self) -> [bool; 2] {
        match self.address.second {
            Some(_) => self.encoder.levels(),
            None => [self.level, false],
        }
    }
}

impl Driven {
    fn error(&self, output: &Output, error: &gpiocdev::Error) -> GpioError {
        GpioError::Os {
            line: output.line.clone(),
            chip: self.chip.clone(),
            errno: errno(error),
        }
    }
}

impl SignalDevice for GpioLines {
    /// Outputs stay as they are, even where that is an input, until they are set.
    fn reopen(&mut self) -> Result<(), SignalError> {
        self.open = None;
        self.edges.clear();
        self.open = Some(self.opened()?);
        if self.was_open {
            // Nobody counted meanwhile.
            let encoders = self.inputs.iter_mut();
            encoders.for_each(|watched| watched.encoder.distrust());
        }
        self.was_open = true;
        Ok(())
    }

    fn remembers(&self) -> bool {
        self.has_edges
    }

    fn poll(&mut self, heard: &mut dyn FnMut(u8, Value<'_>, Instant)) -> Result<(), SignalError> {
        let now = self.clock.now();
        if self.open.is_none() {
            return Err(GpioError::Closed.into());
        }
        let gathered = self.gather(now);
        self.tell(now, heard);
        gathered.map_err(|error| self.gone(error))
    }

    fn write(&mut self, output: u8, is_on: bool) -> Result<(), SignalError> {
        let number = usize::from(output);
        let Some(wanted) = self.outputs.get(number) else {
            let reason = format!("output {output}: there is none");
            return Err(SignalError::Refused { reason });
        };
        let Some(open) = &mut self.open else {
            return Err(GpioError::Closed.into());
        };
        let driven = &mut open.outputs[number];
        let level = if is_on {
            Level::Active
        } else {
            Level::Inactive
        };
        let written = match driven.is_driven {
            true => driven.request.set_value(driven.offset, level),
            // It becomes an output with its level already there.
            false => {
                let mut config = Config::default();
                config.with_line(driven.offset).as_output(level);
                if let Some(drive) = wanted.drive {
                    config.with_drive(drive);
                }
                driven.request.reconfigure(&config)
            }
        };
        match written {
            Ok(()) => {
                driven.is_driven = true;
                Ok(())
            }
            Err(error) => {
                let error = driven.error(wanted, &error);
                Err(self.gone(error))
            }
        }
    }

    fn read_back(&mut self, output: u8) -> Result<Option<bool>, SignalError> {
        let number = usize::from(output);
        let Some(wanted) = self.outputs.get(number) else {
            return Ok(None);
        };
        let Some(open) = &self.open else {
            return Err(GpioError::Closed.into());
        };
        let driven = &open.outputs[number];
        match driven.request.value(driven.offset) {
            Ok(level) => Ok(Some(level == Level::Active)),
            Err(error) => {
                let error = driven.error(wanted, &error);
                Err(self.gone(error))
            }
        }
    }
}

/// The device with the exchange around it, closed: its first turn opens it.
pub fn open(settings: &Settings, from: Opening<'_>) -> Box<dyn LineDevice> {
    let chip = settings.chip.as_deref();
    // The settings were checked, so every address is one.
    let inputs = from.inputs();
    let inputs = inputs.filter_map(|(_, it)| Input::parse(&it.address, chip).ok());
    let inputs = inputs.collect();
    let outputs = from.outputs();
    let outputs = outputs.filter_map(|(_, it)| Output::parse(&it.address, chip).ok());
    let outputs = outputs.collect();
    let rest = from.outputs().map(|(_, it)| match it.meaning {
        OutputMeaning::Lane { .. } => Some(it.is_inverted),
        _ => None,
    });
    let rest = rest.collect();
    let device = GpioLines::new(settings, inputs, outputs, Arc::clone(&from.clock));
    let device = device.resting_at(rest);
    Box::new(Exchange::new(device, from))
}
