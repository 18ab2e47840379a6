//! The edges of one input, as the kernel queued them: in order, each with its time, and none lost without a word.

use super::address::Input;
use super::chips::Chips;
use super::error::{GpioError, errno};
use super::sequence::{Edge, Sequence};
use crate::station::time::Instant;
use gpiocdev::line::{EdgeDetection, EdgeKind, Offset, Value};
use gpiocdev::request::{Builder, Request};
use std::path::Path;
use std::time::Duration;

/// Who has the line, as others see it.
pub(super) const CONSUMER: &str = "inspector";
/// Edges that the kernel keeps of one input until they are fetched, and that are fetched at once at most.
const EDGES_MAX: usize = 256;
/// The same of an encoder, which has more: the kernel's own limit.
const ENCODER_EDGES_MAX: usize = 1024;
/// Words of one edge as the kernel writes it, and edges that are read by one call.
const EDGE_WORDS: usize = 6;
const EDGES_AT_ONCE: usize = 32;
/// Room for what one call reads.
pub(super) type Room = [u64; EDGE_WORDS * EDGES_AT_ONCE];
/// Such a room.
pub(super) const ROOM: Room = [0; EDGE_WORDS * EDGES_AT_ONCE];

/// An open input: one line, or the two of an encoder.
pub(super) struct Events {
    input: u8,
    request: Request,
    name: String,
    chip: String,
    offsets: [Offset; 2],
    lines: usize,
    has_edges: bool,
    edges_max: usize,
    sequence: Sequence,
}

fn is_high(value: Value) -> bool {
    value == Value::Active
}

/// A request of these lines of one chip; `what` names them in errors.
pub(super) fn request(
    builder: &mut Builder,
    chips: &Chips,
    line: &super::address::Line,
    chip: &Path,
) -> Result<Request, GpioError> {
    let requested = builder.on_chip(chip).with_consumer(CONSUMER).request();
    requested.map_err(|error| match errno(&error) {
        libc::EBUSY => GpioError::Busy {
            line: line.clone(),
            consumer: chips
                .find(line)
                .map_or_else(|_| "?".to_owned(), |(_, info)| info.consumer.clone()),
        },
        errno => GpioError::Os {
            line: line.clone(),
            chip: chip.display().to_string(),
            errno,
        },
    })
}

impl Events {
    /// Requests its lines. Nothing is heard of what was before.
    pub(super) fn open(
        input: u8,
        address: &Input,
        has_edges: bool,
        chips: &Chips,
    ) -> Result<Self, GpioError> {
        let (chip, first) = chips.find(&address.line)?;
        let mut offsets = [first.offset; 2];
        let mut name = address.line.to_string();
        let mut lines = 1;
        if let Some(line) = &address.second {
            let (other, second) = chips.find(line)?;
            if other.path != chip.path {
                return Err(GpioError::Chips {
                    chip: format!("{}+{line}", address.line),
                    found: vec![chip.name.clone(), other.name.clone()],
                });
            }
            offsets[1] = second.offset;
            name = format!("{name}+{line}");
            lines = 2;
        }
        let edges_max = match lines {
            1 => EDGES_MAX,
            _ => ENCODER_EDGES_MAX,
        };
        let mut builder = Request::builder();
        builder
            .with_lines(&offsets[..lines])
            .as_input()
            .with_bias(address.bias);
        if has_edges {
            builder.with_edge_detection(EdgeDetection::BothEdges);
            builder.with_kernel_event_buffer_size(edges_max as u32);
        }
        if !address.debounce.is_zero() {
            builder.with_debounce_period(address.debounce);
        }
        let request = busy_line(&mut builder, chips, address, &chip.path)?;
        Ok(Self {
            input,
            request,
            name,
            chip: chip.name.clone(),
            offsets,
            lines,
            has_edges,
            edges_max,
            sequence: Sequence::new(lines, 2 * edges_max),
        })
    }

    fn error(&self, error: &gpiocdev::Error) -> GpioError {
        GpioError::Gone {
            line: self.name.clone(),
            chip: self.chip.clone(),
            errno: errno(error),
        }
    }

    /// The most edges that one call of [`Self::take`] brings.
    pub(super) const fn edges_max(&self) -> usize {
        self.sequence.edges_max()
    }

    /// A change that was found by asking.
    pub(super) const fn asked(&self, level: bool, at: Instant) -> Edge {
        Edge {
            at,
            input: self.input,
            line: 0,
            level,
            sequence: 0,
        }
    }

    /// What the lines are now.
    pub(super) fn levels(&self) -> Result<[bool; 2], GpioError> {
        let mut levels = [false; 2];
        for (level, offset) in levels.iter_mut().zip(&self.offsets[..self.lines]) {
            let value = self.request.value(*offset);
            *level = is_high(value.map_err(|error| self.error(&error))?);
        }
        Ok(levels)
    }

    /// What the lines are when nothing changes, and forgets the edges before: for the beginning.
    pub(super) fn settle(&mut self, room: &mut Room) -> Result<[bool; 2], GpioError> {
        // A line that never rests is what it was last: its edges are heard from there on.
        for _ in 0..8 {
            let levels = self.levels()?;
            self.fetch(room, usize::MAX)?;
            if !self.sequence.forget() {
                return Ok(levels);
            }
        }
        self.levels()
    }

    /// Reads what the kernel has, at most so many edges, into what is held.
    fn fetch(&mut self, room: &mut Room, edges_max: usize) -> Result<(), GpioError> {
        if !self.has_edges {
            return Ok(());
        }
        let mut left = edges_max.min(self.sequence.free());
        while left > 0
            && self
                .request
                .has_edge_event()
                .map_err(|error| self.error(&error))?
        {
            let words = EDGE_WORDS * left.min(EDGES_AT_ONCE);
            let read = self.request.read_edge_events_into_slice(&mut room[..words]);
            let read = read.map_err(|error| self.error(&error))?;
            for words in room[..read].chunks_exact(EDGE_WORDS) {
                let event = self.request.edge_event_from_slice(words);
                let event = event.map_err(|error| self.error(&error))?;
                let line = u8::from(event.offset != self.offsets[0]);
                self.sequence.push(Edge {
                    at: Instant(Duration::from_nanos(event.timestamp_ns)),
                    input: self.input,
                    line,
                    level: event.kind == EdgeKind::Rising,
                    sequence: event.seqno,
                });
                left -= 1;
            }
        }
        Ok(())
    }

    /// Takes the edges since the last call, in the order in which they came; whether there were any.
    ///
    /// # Errors
    /// Where one is lost, or the chip is gone.
    pub(super) fn take(
        &mut self,
        room: &mut Room,
        edges: &mut Vec<Edge>,
        now: Instant,
    ) -> Result<bool, GpioError> {
        self.fetch(room, self.edges_max)?;
        let before = edges.len();
        match self.sequence.take(edges, now) {
            None => Ok(edges.len() > before),
            Some(lost) => Err(GpioError::Lost {
                line: self.name.clone(),
                edges: lost,
            }),
        }
    }

    /// What the lines are, asked of them: what no interrupt told of is found out.
    ///
    /// # Errors
    /// Where they have not been `known` for a while, and no edge said so.
    pub(super) fn look(
        &mut self,
        known: [bool; 2],
        has_moved: bool,
        now: Instant,
    ) -> Result<[bool; 2], GpioError> {
        let levels = self.levels()?;
        let is_other = self.has_edges && !has_moved && levels != known;
        match self.sequence.is_deaf(is_other, now) {
            false => Ok(levels),
            true => Err(GpioError::Deaf {
                line: self.name.clone(),
            }),
        }
    }
}

/// Where an encoder's line is busy, the one that is.
fn busy_line(
    builder: &mut Builder,
    chips: &Chips,
    address: &Input,
    chip: &Path,
) -> Result<Request, GpioError> {
    let is_busy = |line: &&super::address::Line| chips.find(line).is_ok_and(|(_, info)| info.used);
    let both = std::iter::once(&address.line).chain(&address.second);
    let line = both.clone().find(is_busy).unwrap_or(&address.line);
    request(builder, chips, line, chip)
}
