//! The program of a PLC: triggers every part, reads its result, acknowledges it.

use super::LineError;
use crate::adapters::line::modbus::link::{Link, LinkError};
use crate::adapters::line::modbus::pdu::{Request, Space};
use crate::cli::bench::replay::Belt;
use crate::clock::Clock;
use crate::station::handshake::{Control, Flag};
use crate::station::time::Instant;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Its cycle: it asks the station so often while it waits for something.
const CYCLE: Duration = Duration::from_millis(1);
/// Between parts it asks so often, to be known to be there.
const IDLE: Duration = Duration::from_millis(200);
/// For one answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// For one step of the handshake.
const STEP_WITHIN: Duration = Duration::from_secs(10);
/// Control and status of the `insight` map.
const CONTROL_AT: u16 = 0;
const STATUS_AT: u16 = 1_000;
/// Status and result in one request, as a PLC reads them.
const WORDS: u16 = 102;

/// A PLC on a thread of its own.
pub struct Plc {
    stop: Arc<AtomicBool>,
    takt: Duration,
    thread: JoinHandle<Result<Done, LinkError>>,
}

/// What the PLC did.
#[derive(Default)]
struct Done {
    /// Of each part the time from its trigger to its result, `None` where none came.
    took: Vec<Option<Duration>>,
    /// Of each part the time until the next could be triggered.
    cycles: Vec<Duration>,
    /// The first part that was triggered when the next one was there, and how late.
    behind: Option<(u64, Duration)>,
}

struct Program {
    link: Link,
    clock: Arc<dyn Clock>,
    stop: Arc<AtomicBool>,
}

impl Plc {
    /// Connects, and triggers so many parts when the belt brings them.
    pub fn start(
        at: SocketAddr,
        (belt, parts): (Belt, u64),
        clock: Arc<dyn Clock>,
    ) -> Result<Self, LineError> {
        let stop = Arc::<AtomicBool>::default();
        let takt = belt.takt();
        let mut program = Program {
            link: Link::new(at, 1, ANSWER_WITHIN, Arc::clone(&clock)),
            clock,
            stop: Arc::clone(&stop),
        };
        let thread = Builder::new()
            .name("bench-plc".to_owned())
            .spawn(move || {
                let done = program.run(&belt, parts);
                belt.trigger(None);
                done
            })
            .map_err(LineError::Start)?;
        Ok(Self { stop, takt, thread })
    }

    /// Ends it; of each part the time from its trigger to its result, `None` where none came.
    ///
    /// # Errors
    /// Where it could not go on, or fell a whole part behind: what is measured then is another takt.
    pub fn end(self) -> Result<Vec<Option<Duration>>, LineError> {
        self.stop.store(true, Ordering::Release);
        let ended = self.thread.join();
        let mut done = ended
            .map_err(|_| LineError::Panicked)?
            .map_err(LineError::Plc)?;
        let Some((part, late)) = done.behind else {
            return Ok(done.took);
        };
        done.cycles.sort_unstable();
        Err(LineError::Behind {
            part,
            late,
            takt: self.takt,
            takes: done
                .cycles
                .get(done.cycles.len() / 2)
                .copied()
                .unwrap_or_default(),
        })
    }
}

impl Program {
    fn run(&mut self, belt: &Belt, parts: u64) -> Result<Done, LinkError> {
        let enabled = Control::TriggerEnable.mask();
        let mut done = Done::default();
        done.took.reserve(parts as usize);
        done.cycles.reserve(parts as usize);
        for part in 0..parts {
            if !self.reaches(belt, part)? {
                break;
            }
            let triggered_at = self.clock.now();
            let late = triggered_at.since(belt.at(part).unwrap_or(triggered_at));
            if late >= belt.takt() && done.behind.is_none() {
                done.behind = Some((part, late));
            }
            belt.trigger(Some(triggered_at));
            self.set(enabled | Control::Trigger.mask())?;
            self.sees(|status| Flag::TriggerAck.of(status))?;
            self.set(enabled)?;
            let is_valid = self.sees(|status| Flag::ResultsValid.of(status))?;
            done.took
                .push(is_valid.then(|| self.clock.now().since(triggered_at)));
            self.set(enabled | Control::InspectionResultsAck.mask())?;
            self.sees(|status| !Flag::ResultsValid.of(status))?;
            self.set(enabled)?;
            done.cycles.push(self.clock.now().since(triggered_at));
        }
        Ok(done)
    }

    /// Waits for the belt to bring a part; `false` where it is to end first.
    fn reaches(&mut self, belt: &Belt, part: u64) -> Result<bool, LinkError> {
        loop {
            if self.is_over() {
                return Ok(false);
            }
            let now = self.clock.now();
            match belt.at(part) {
                Some(at) if at <= now + IDLE => {
                    self.clock.sleep_until(at);
                    return Ok(true);
                }
                // The station listens once its threads run.
                None => {}
                Some(_) => {
                    self.set(Control::TriggerEnable.mask())?;
                }
            }
            self.clock.sleep_until(now + IDLE / 2);
        }
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Asks once a cycle until it is so; whether it was in time.
    fn sees(&mut self, is_so: impl Fn(u32) -> bool) -> Result<bool, LinkError> {
        let until: Instant = self.clock.now() + STEP_WITHIN;
        loop {
            if is_so(self.status()?) {
                return Ok(true);
            }
            let now = self.clock.now();
            if now > until || self.is_over() {
                return Ok(false);
            }
            self.clock.sleep_until(now + CYCLE);
        }
    }

    fn set(&mut self, bits: u32) -> Result<(), LinkError> {
        let [a, b] = (bits as u16).to_be_bytes();
        let [c, d] = ((bits >> 16) as u16).to_be_bytes();
        let request = Request::WriteWords {
            from: CONTROL_AT,
            bytes: &[a, b, c, d],
            is_single: false,
        };
        self.link.ask(&request).map(|_| ())
    }

    fn status(&mut self) -> Result<u32, LinkError> {
        let request = Request::Read {
            space: Space::Inputs,
            from: STATUS_AT,
            count: WORDS,
        };
        let words = self.link.ask(&request)?;
        let word = |at: usize| u32::from(u16::from_be_bytes([words[at], words[at + 1]]));
        Ok(word(0) | word(2) << 16)
    }
}
