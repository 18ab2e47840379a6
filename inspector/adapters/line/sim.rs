//! The simulated line's wires: triggers as parts arrive, and an ejector that remembers what it did.

use crate::clock::Clock;
use crate::ports::line::{Arrival, OutputError, PartOutput, TriggerError, TriggerSource};
use crate::station::outcome::Outcome;
use crate::station::part::PartNo;
use crate::station::verdict::Disposition;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Triggers from a plan: arrival by index, from 0, each later than the one before.
pub struct SimTriggerSource {
    plan: Box<dyn Fn(u64) -> Option<Arrival> + Send>,
    clock: Arc<dyn Clock>,
    next: u64,
}

impl SimTriggerSource {
    /// `plan` gives the arrival at an index, and `None` behind the last.
    pub fn new(
        plan: impl Fn(u64) -> Option<Arrival> + Send + 'static,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            plan: Box::new(plan),
            clock,
            next: 0,
        }
    }
}

impl TriggerSource for SimTriggerSource {
    fn wait(&mut self, timeout: Duration) -> Result<Arrival, TriggerError> {
        let deadline = self.clock.now() + timeout;
        let arrival = (self.plan)(self.next).ok_or(TriggerError::Ended)?;
        if arrival.at > deadline {
            self.clock.sleep_until(deadline);
            return Err(TriggerError::Timeout);
        }
        self.clock.sleep_until(arrival.at);
        self.next += 1;
        Ok(arrival)
    }
}

/// Parts of which the ejector remembers what happened.
pub const REMEMBERED_MAX: usize = 4096;

/// What physically happened to parts; shared by the ejector and whoever checks it, without a lock.
pub struct EjectorRecord {
    /// Part number × 2, plus 1 when accepted; 0 when empty (part numbers start at 1).
    slots: Box<[AtomicU64]>,
    is_accepting: AtomicBool,
    is_broken: AtomicBool,
}

impl EjectorRecord {
    /// What happened to a part; `None` when it was never commanded or too long ago.
    pub fn of(&self, part_no: PartNo) -> Option<Disposition> {
        let slot = self.slots[part_no.0 as usize % REMEMBERED_MAX].load(Ordering::Acquire);
        (part_no.0 > 0 && slot >> 1 == part_no.0).then_some(if slot & 1 == 1 {
            Disposition::Accept
        } else {
            Disposition::Reject
        })
    }

    /// Where the flap stands: what happens to a part that nobody commands.
    pub fn standing(&self) -> Disposition {
        match self.is_accepting.load(Ordering::Acquire) {
            true => Disposition::Accept,
            false => Disposition::Reject,
        }
    }

    /// From now on the ejector refuses commands and falls to rest, or obeys again.
    pub fn break_down(&self, is_broken: bool) {
        self.is_broken.store(is_broken, Ordering::Release);
        if is_broken {
            self.is_accepting.store(false, Ordering::Release);
        }
    }
}

/// The simulated ejector. At rest it rejects.
pub struct SimEjector {
    record: Arc<EjectorRecord>,
}

impl SimEjector {
    /// An ejector at rest.
    pub fn new() -> Self {
        let record = EjectorRecord {
            slots: (0..REMEMBERED_MAX).map(|_| AtomicU64::new(0)).collect(),
            is_accepting: AtomicBool::new(false),
            is_broken: AtomicBool::new(false),
        };
        Self {
            record: Arc::new(record),
        }
    }

    /// What it did, for whoever checks it.
    pub fn record(&self) -> Arc<EjectorRecord> {
        self.record.clone()
    }
}

impl Default for SimEjector {
    fn default() -> Self {
        Self::new()
    }
}

impl PartOutput for SimEjector {
    fn command(&mut self, outcome: &Outcome) -> Result<(), OutputError> {
        let (part_no, disposition) = (outcome.part_no, outcome.disposition);
        let record = &self.record;
        let is_broken = record.is_broken.load(Ordering::Acquire);
        let is_accepted = disposition == Disposition::Accept && !is_broken;
        record.is_accepting.store(is_accepted, Ordering::Release);
        let slot = part_no.0 << 1 | u64::from(is_accepted);
        record.slots[part_no.0 as usize % REMEMBERED_MAX].store(slot, Ordering::Release);
        if is_broken {
            let message = format!(
                "simulated ejector: expected it to take {disposition:?} for part {}, found it broken and at rest; \
                 repair it",
                part_no.0
            );
            return Err(OutputError { message });
        }
        Ok(())
    }

    fn rest(&mut self) -> Result<(), OutputError> {
        self.record.is_accepting.store(false, Ordering::Release);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::station::lane::Lanes;
    use crate::station::part::{PartId, Trigger};
    use crate::station::result::{Identity, PartResult};
    use crate::station::time::{Instant, WallTime};
    use std::sync::atomic::AtomicU64;

    /// Time that passes only when somebody waits.
    #[derive(Default)]
    struct Waiting(AtomicU64);

    impl Clock for Waiting {
        fn now(&self) -> Instant {
            Instant(Duration::from_nanos(self.0.load(Ordering::Relaxed)))
        }
        fn wall(&self) -> WallTime {
            WallTime(0)
        }
        fn sleep_until(&self, at: Instant) {
            self.0.fetch_max(at.0.as_nanos() as u64, Ordering::Relaxed);
        }
    }

    #[test]
    fn triggers_come_when_parts_do_and_time_outs_lose_none() {
        let clock = Arc::new(Waiting::default());
        let at = |index: u64| Instant::from_millis(100 * (index + 1));
        let plan = move |index| {
            (index < 3).then(|| Arrival {
                part_id: None,
                style: None,
                ..Arrival::at(at(index))
            })
        };
        let mut source = SimTriggerSource::new(plan, clock.clone());
        let mut timeouts = 0;
        let mut seen = Vec::new();
        loop {
            match source.wait(Duration::from_millis(30)) {
                Ok(arrival) => {
                    assert_eq!(clock.now(), arrival.at);
                    seen.push(arrival.at);
                }
                Err(TriggerError::Timeout) => timeouts += 1,
                Err(TriggerError::Ended) => break,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(seen, [at(0), at(1), at(2)]);
        assert_eq!(timeouts, 9);
    }

    fn outcome(part_no: u64, disposition: Disposition) -> Outcome {
        let trigger = Trigger {
            part_no: PartNo(part_no),
            part_id: PartId::counted(1, PartNo(part_no)),
            identity: Identity::Counter,
            style: None,
            lane: None,
            at: Instant::default(),
            wall: WallTime(0),
        };
        let mut result = PartResult::of(&trigger, None);
        result.disposition = disposition;
        Outcome::of(&result, Lanes::two().usual(disposition), None)
    }

    #[test]
    fn the_ejector_remembers_the_latest_parts_and_rejects_at_rest() {
        let mut ejector = SimEjector::new();
        let record = ejector.record();
        assert_eq!(record.standing(), Disposition::Reject);
        for number in 1..=10_000 {
            let disposition = if number % 3 == 0 {
                Disposition::Reject
            } else {
                Disposition::Accept
            };
            ejector.command(&outcome(number, disposition)).unwrap();
        }
        assert_eq!(record.of(PartNo(10_000)), Some(Disposition::Accept));
        assert_eq!(record.of(PartNo(9_999)), Some(Disposition::Reject));
        assert_eq!(record.of(PartNo(10_000 - REMEMBERED_MAX as u64)), None);
        assert_eq!(record.of(PartNo(10_001)), None);
        assert_eq!(record.standing(), Disposition::Accept);
        ejector.rest().unwrap();
        assert_eq!(record.standing(), Disposition::Reject);
    }

    #[test]
    fn a_broken_ejector_refuses_and_accepts_nothing() {
        let mut ejector = SimEjector::new();
        let record = ejector.record();
        ejector.command(&outcome(1, Disposition::Accept)).unwrap();
        record.break_down(true);
        assert!(ejector.command(&outcome(2, Disposition::Accept)).is_err());
        assert_eq!(record.of(PartNo(2)), Some(Disposition::Reject));
        assert_eq!(record.standing(), Disposition::Reject);
        record.break_down(false);
        ejector.command(&outcome(3, Disposition::Accept)).unwrap();
        assert_eq!(record.of(PartNo(3)), Some(Disposition::Accept));
    }
}
