//! A device in memory, and an exchange around it with a clock that moves only when told.

use crate::rig::{Station, opening, wiring};
use inspector::adapters::line::exchange::Exchange;
use inspector::clock::{Clock, SimulatedClock};
use inspector::ports::line::{LineDevice, Told};
use inspector::ports::signal::{SignalDevice, SignalError, Value};
use inspector::station::time::{Instant, WallTime};
use inspector::telemetry::why_gone::WhyGone;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a device is, seen from its far side.
#[derive(Default)]
pub struct Memory {
    pub inputs: Vec<bool>,
    pub counts: u16,
    pub outputs: [bool; 8],
    /// Every write: when in ms, which, what.
    pub writes: Vec<(u64, u8, bool)>,
    pub is_gone: bool,
    pub is_unproven: bool,
    /// So much later it answers.
    pub answers_after: Duration,
    /// The ID that its PLC has, where it has one.
    pub part_id: Option<String>,
    /// While it is being read, the PLC goes on to this part: between the request for its ID and the one for its trigger.
    pub next_part: Option<String>,
}

pub struct Device(Arc<Mutex<Memory>>, Arc<SimulatedClock>);

impl Device {
    fn memory(&self) -> Result<std::sync::MutexGuard<'_, Memory>, SignalError> {
        let memory = self.0.lock().expect("no panic");
        match memory.is_gone {
            false => Ok(memory),
            true => Err(SignalError::Gone {
                why: WhyGone::Silent,
                reason: "it is switched off".to_owned(),
            }),
        }
    }
}

impl SignalDevice for Device {
    fn reopen(&mut self) -> Result<(), SignalError> {
        self.memory().map(drop)
    }

    fn poll(&mut self, heard: &mut dyn FnMut(u8, Value<'_>, Instant)) -> Result<(), SignalError> {
        let mut memory = self.memory()?;
        let asked_at = self.1.now();
        self.1.advance_to(asked_at + memory.answers_after);
        heard(0, Value::Word(memory.counts), self.1.now());
        if let Some(part_id) = &memory.part_id {
            let asked_at = Instant(self.1.now().0 - Duration::from_micros(300));
            heard(3, Value::Text(part_id), asked_at);
        }
        if let Some(next) = memory.next_part.take() {
            memory.part_id = Some(next);
            memory.inputs[0] = true;
        }
        for (number, is_on) in (1..).zip(&memory.inputs) {
            heard(number, Value::Bit(*is_on), asked_at);
        }
        Ok(())
    }

    fn write(&mut self, output: u8, is_on: bool) -> Result<(), SignalError> {
        let mut memory = self.memory()?;
        self.1.advance_to(self.1.now() + memory.answers_after);
        let at_ms = self.1.now().0.as_millis() as u64;
        memory.outputs[usize::from(output)] = is_on;
        memory.writes.push((at_ms, output, is_on));
        Ok(())
    }

    fn read_back(&mut self, output: u8) -> Result<Option<bool>, SignalError> {
        Ok(Some(self.memory()?.outputs[usize::from(output)]))
    }

    fn prove(&mut self) -> Result<(), SignalError> {
        match self.memory()?.is_unproven {
            false => Ok(()),
            true => Err(SignalError::Refused {
                reason: "no watchdog time".to_owned(),
            }),
        }
    }
}

pub struct Bench {
    memory: Arc<Mutex<Memory>>,
    pub clock: Arc<SimulatedClock>,
    pub exchange: Exchange<Device>,
    pub station: Station,
    pub ms: u64,
}

impl Bench {
    pub fn new(line: &str) -> Self {
        let memory = Arc::new(Mutex::new(Memory {
            inputs: vec![false, true],
            ..Memory::default()
        }));
        let simulated = Arc::new(SimulatedClock::new(WallTime(0)));
        let clock: Arc<dyn Clock> = simulated.clone();
        let wiring = wiring(line);
        let (opening, station) = opening(&wiring, &clock);
        let device = Device(Arc::clone(&memory), Arc::clone(&simulated));
        let exchange = Exchange::new(device, opening);
        let mut bench = Self {
            memory,
            clock: simulated,
            exchange,
            station,
            ms: 0,
        };
        bench.run(1);
        bench.memory().writes.clear();
        bench
    }

    pub fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().expect("no panic")
    }

    /// So many milliseconds, one turn in each.
    pub fn run(&mut self, ms: u64) {
        for _ in 0..ms {
            // A device that answers late takes time by itself.
            let now_ms = self.clock.now().0.as_millis() as u64;
            self.ms = (self.ms + 1).max(now_ms);
            self.clock.advance_to(Instant::from_millis(self.ms));
            self.exchange.turn(Duration::ZERO);
        }
    }

    pub fn tell(&self, told: Told) {
        self.station.told.push(told).expect("there is room");
    }

    pub fn writes_of(&self, output: u8) -> Vec<(u64, bool)> {
        let memory = self.memory();
        let of = memory
            .writes
            .iter()
            .filter(|(_, number, _)| *number == output);
        of.map(|(at, _, is_on)| (*at, *is_on)).collect()
    }
}
