//! The loop of every text device: opens its port, hands what comes to the decoder, and tells who parts are.

use super::framing::Unframed;
use super::hearing::{Hearing, Terms};
use super::port::{Got, Port, gone};
use crate::adapters::line::kinds::Opening;
use crate::clock::Clock;
use crate::ports::line::{LineDevice, Told};
use crate::ports::signal::SignalError;
use crate::queue::Outlet;
use crate::station::time::Instant;
use crate::telemetry::why_gone::WhyGone;
use std::sync::Arc;
use std::time::Duration;

/// Bytes that are read at once.
const READ_BYTES: usize = 1024;
/// A device that says more in a second is broken, and must not keep the threads that decide from their work: it is closed
/// for a second. Twice as much as the fastest line needs.
const TEXTS_PER_S_MAX: u32 = 200;
/// The same for bytes: so many texts of the longest.
const BYTES_PER_S_MAX: u32 = 128 * 1024;
/// A device that was lost is opened no sooner, and one that said too much.
const RESTS_FOR: Duration = Duration::from_millis(10);
const FLOODED_FOR: Duration = Duration::from_secs(1);
/// A scanner that is triggered by the station is told of a part no later than this.
const TRIGGER_WITHIN: Duration = Duration::from_millis(1);

/// What a decoder makes of bytes.
#[derive(Debug)]
pub enum Said<'a> {
    /// A whole text, and when its first byte came.
    Text(&'a [u8], Instant),
    /// The key that announces a part was pressed.
    Press(Instant),
    /// Bytes that mean nothing.
    Unframed(Unframed),
}

/// What the bytes of a port say.
pub trait Decode: Send {
    /// Takes bytes that were there at `at`.
    fn take(&mut self, bytes: &[u8], at: Instant, said: &mut dyn FnMut(Said<'_>));

    /// Nothing more has come by `now`.
    fn silent(&mut self, now: Instant, said: &mut dyn FnMut(Said<'_>));

    /// What has begun will not go on.
    fn cut(&mut self, said: &mut dyn FnMut(Said<'_>));
}

/// How much was said in the second that began then.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    since: Instant,
    texts: u32,
    bytes: u32,
}

impl Rate {
    /// Whether it is too much.
    fn is_flood(&mut self, now: Instant, texts: u32, bytes: usize) -> bool {
        if now.since(self.since) >= Duration::from_secs(1) {
            *self = Self {
                since: now,
                ..Self::default()
            };
        }
        self.texts = self.texts.saturating_add(texts);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.bytes = self.bytes.saturating_add(bytes);
        self.texts > TEXTS_PER_S_MAX || self.bytes > BYTES_PER_S_MAX
    }
}

/// A port and a decoder as a device of the line.
pub struct TextDevice<P, D> {
    port: P,
    decoder: D,
    hearing: Hearing,
    told: Outlet<Told>,
    clock: Arc<dyn Clock>,
    /// Sent for each part that the station numbers; empty where the scanner sees parts by itself.
    trigger_text: String,
    rate: Rate,
    /// It is not opened before this time.
    rests_until: Instant,
    /// The job ends, and what was said before that is still to be told.
    is_ending: bool,
}

impl<P: Port, D: Decode> TextDevice<P, D> {
    /// Around a port that is still closed: the first turn opens it.
    pub fn new(port: P, decoder: D, terms: Terms, trigger_text: String, from: Opening<'_>) -> Self {
        Self {
            port,
            decoder,
            hearing: Hearing::new(terms, &from),
            told: from.told,
            clock: from.clock,
            trigger_text,
            rate: Rate::default(),
            rests_until: Instant::default(),
            is_ending: false,
        }
    }

    /// Whether it is open.
    pub fn is_connected(&self) -> bool {
        self.hearing.link.is_connected()
    }

    fn lost(&mut self, error: &SignalError) {
        let hearing = &mut self.hearing;
        self.decoder.cut(&mut |said| hearing.said(said));
        let now = self.clock.now();
        hearing.link.lost(error, now);
        self.rests_until = now + RESTS_FOR;
    }

    fn open(&mut self) {
        match self.port.reopen() {
            Ok(()) => {
                self.rate = Rate::default();
                self.hearing.link.made(self.clock.now());
            }
            Err(error) => self.lost(&error),
        }
    }

    /// Triggers the scanner for each part that was numbered since the last look.
    fn take(&mut self) {
        while let Some(told) = self.told.pop() {
            self.is_ending |= told == Told::Last;
            let is_part = matches!(told, Told::Numbered(_));
            if is_part && !self.trigger_text.is_empty() && self.is_connected() {
                let written = self.port.write(self.trigger_text.as_bytes());
                if let Err(error) = written {
                    self.lost(&error);
                }
            }
        }
    }

    fn hear(&mut self, patience: Duration) {
        let mut bytes = [0; READ_BYTES];
        let got = self.port.read(&mut bytes, patience);
        let now = self.clock.now();
        let hearing = &mut self.hearing;
        let (mut texts, mut is_quiet) = (0, false);
        let mut said = |said: Said<'_>| {
            texts += 1;
            hearing.said(said);
        };
        let count = match got {
            Ok(Got::Bytes(count)) => {
                self.decoder.take(&bytes[..count], now, &mut said);
                count
            }
            Ok(Got::Another) => {
                self.decoder.cut(&mut said);
                texts += 1;
                0
            }
            Ok(Got::Nothing) => {
                self.decoder.silent(now, &mut said);
                is_quiet = true;
                0
            }
            Err(error) => return self.lost(&error),
        };
        self.hearing.link.answered(now);
        if is_quiet {
            self.end();
        }
        if self.rate.is_flood(now, texts, count) {
            let error = gone(
                WhyGone::Flood,
                format!(
                    "expected at most {TEXTS_PER_S_MAX} texts and {BYTES_PER_S_MAX} bytes in a second, found more; it is \
                 closed for a second: check that it is a scanner, and not set to read without pause"
                ),
            );
            self.lost(&error);
            self.rests_until = self.clock.now() + FLOODED_FOR;
        }
    }
}

impl<P: Port, D: Decode> TextDevice<P, D> {
    /// Where the job ends: everything that was said is told.
    fn end(&mut self) {
        if std::mem::take(&mut self.is_ending) {
            self.hearing.end();
        }
    }
}

impl<P: Port, D: Decode> LineDevice for TextDevice<P, D> {
    fn turn(&mut self, patience: Duration) {
        self.take();
        self.hearing.link.tell();
        if !self.is_connected() {
            self.end();
        }
        if self.is_connected() {
            let patience = match self.trigger_text.is_empty() {
                true => patience,
                false => patience.min(TRIGGER_WITHIN),
            };
            return self.hear(patience);
        }
        let now = self.clock.now();
        let rest = self.rests_until.since(now);
        if !rest.is_zero() {
            return std::thread::sleep(rest.min(patience));
        }
        let left = self.hearing.link.again_at().since(now);
        if left.is_zero() || self.port.wait_closed(left.min(patience)) {
            self.open();
        }
    }

    fn rest(&mut self) {}
}
