//! Inputs and outputs of one device as they are, without a station: asked, never set.

use crate::adapters::line::wiring::{InputMeaning, Wiring};
use crate::clock::Clock;
use crate::ports::signal::{SignalDevice, SignalError, Value};
use crate::station::time::Instant;
use crate::telemetry::signals::SignalBoard;
use std::sync::Arc;
use std::time::Duration;

/// A device that does not answer is asked again so often.
const AGAIN: Duration = Duration::from_millis(500);
/// Outputs are read back so often.
const READ_BACK_EVERY: Duration = Duration::from_millis(100);

struct Signal {
    on_board: usize,
    is_inverted: bool,
    is_encoder: bool,
}

/// Signals of one device, shown on the board.
pub(super) struct Watched {
    device: u8,
    inputs: Vec<Signal>,
    outputs: Vec<Signal>,
    period: Duration,
    board: Arc<SignalBoard>,
    is_open: bool,
    again_at: Instant,
    read_back_at: Instant,
    /// Of a 16-bit encoder, extended.
    counts: Option<u32>,
}

impl Watched {
    pub fn new(wiring: &Wiring, device: u8, board: &Arc<SignalBoard>) -> Self {
        let inputs = wiring.inputs.iter().enumerate();
        let inputs = inputs.filter(|(_, input)| input.device == device);
        let first = wiring.inputs.len();
        let outputs = wiring.outputs.iter().enumerate();
        let outputs = outputs.filter(|(_, output)| output.device == device);
        Self {
            device,
            inputs: inputs
                .map(|(at, input)| Signal {
                    on_board: at,
                    is_inverted: input.is_inverted,
                    is_encoder: input.meaning == InputMeaning::Encoder,
                })
                .collect(),
            outputs: outputs
                .map(|(at, output)| Signal {
                    on_board: first + at,
                    is_inverted: output.is_inverted,
                    is_encoder: false,
                })
                .collect(),
            period: wiring.devices[usize::from(device)].period,
            board: Arc::clone(board),
            is_open: false,
            again_at: Instant::default(),
            read_back_at: Instant::default(),
            counts: None,
        }
    }

    /// Asks the device once, and connects before where it has to; returns how long to wait until the next time.
    pub fn look(&mut self, signals: &mut dyn SignalDevice, clock: &dyn Clock) -> Duration {
        let now = clock.now();
        if !self.is_open {
            if now < self.again_at {
                return self.again_at.since(now).min(Duration::from_millis(20));
            }
            if let Err(error) = signals.reopen() {
                self.lost(&error, clock.now());
                return Duration::ZERO;
            }
            self.is_open = true;
            self.board.connected(self.device, clock.now());
        }
        if let Err(error) = self.ask(signals, clock) {
            self.lost(&error, clock.now());
        }
        self.period.saturating_sub(clock.now().since(now))
    }

    fn ask(
        &mut self,
        signals: &mut dyn SignalDevice,
        clock: &dyn Clock,
    ) -> Result<(), SignalError> {
        let (board, inputs, counts) = (&self.board, &self.inputs, &mut self.counts);
        signals.poll(&mut |number, value, at| {
            if let Some(input) = inputs.get(usize::from(number)) {
                heard(board, input, counts, value, at);
            }
        })?;
        let now = clock.now();
        if now < self.read_back_at {
            return Ok(());
        }
        self.read_back_at = now + READ_BACK_EVERY;
        for (number, output) in (0..).zip(&self.outputs) {
            if let Some(is_on) = signals.read_back(number)? {
                let at = clock.now();
                self.board
                    .set_bit(output.on_board, is_on != output.is_inverted, at);
            }
        }
        Ok(())
    }

    fn lost(&mut self, error: &SignalError, now: Instant) {
        self.is_open = false;
        self.again_at = now + AGAIN;
        self.counts = None;
        let told = error.to_string();
        self.board.lost(self.device, (error.why(), &told), now);
        for signal in self.inputs.iter().chain(&self.outputs) {
            self.board.forget(signal.on_board);
        }
    }
}

fn heard(
    board: &SignalBoard,
    input: &Signal,
    counts: &mut Option<u32>,
    value: Value<'_>,
    at: Instant,
) {
    match value {
        Value::Bit(is_on) => board.set_bit(input.on_board, is_on != input.is_inverted, at),
        Value::Word(word) if input.is_encoder => {
            let before = counts.unwrap_or(u32::from(word));
            let step = i32::from(word.wrapping_sub(before as u16) as i16);
            let now = before.wrapping_add_signed(step);
            *counts = Some(now);
            board.set_number(input.on_board, now, at);
        }
        Value::Word(word) => board.set_number(input.on_board, u32::from(word), at),
        Value::Double(double) => board.set_number(input.on_board, double, at),
        Value::Text(text) => board.set_text(input.on_board, text, at),
    }
}
