//! Makes results durable, in batches. May wait for the disk as long as it takes: nobody waits for it.

use super::message::Emitted;
use crate::clock::Clock;
use crate::ports::log::{LogError, ResultLog};
use crate::queue::Outlet;
use crate::station::newest::Newest;
use crate::station::part::{PartId, PartNo};
use crate::station::result::{Identity, Record};
use crate::station::time::Instant;
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use crate::telemetry::stats::Stats;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The most records in one transaction.
pub const BATCH_MAX: usize = 512;
/// A failed batch is tried again this long after.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// While nothing comes, the log is asked this often whether it is still there.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// An ID that comes again after so many others is not noticed.
const REPEATS_KEPT: usize = 20_000;
/// So long after an ID came twice the alarm of it ends.
const REPEATED_FOR: Duration = Duration::from_secs(60);

/// Somebody who wants to see results as parts leave, before they are durable.
pub trait Audience: Send {
    /// A part left, or a verdict came late.
    fn left(&mut self, record: &Record);
    /// All records so far are durable.
    fn durable(&mut self, batch: &[Record]);
}

/// What a record stage is made of.
pub struct RecordSetup {
    /// Rows, from the `actuate` stage.
    pub results: Outlet<Emitted>,
    /// Where rows become durable.
    pub log: Box<dyn ResultLog>,
    /// Is told of each row when it has come and when it is durable.
    pub audience: Box<dyn Audience>,
    /// Where rows and the oldest that waits are told.
    pub stats: Arc<Stats>,
    /// Whether an ID that comes twice is told.
    pub tells_repeated: bool,
    /// Where a disk that is slow or full is raised.
    pub alarms: AlarmSender,
    /// Times the batches, and the waits between tries.
    pub clock: Arc<dyn Clock>,
}

/// The stage of the result log.
pub struct RecordStage {
    with: RecordSetup,
    batch: Vec<Record>,
    retry_at: Option<Instant>,
    /// When the log is asked next, if nothing comes until then.
    look_at: Instant,
    /// The newest IDs and their parts, where one that comes twice is told.
    repeats: Option<Newest<PartId, PartNo>>,
    repeated: Condition,
    repeated_at: Instant,
    /// One for each way in which a disk can refuse.
    refused: [Condition; 5],
}

impl RecordStage {
    /// Ready to step.
    pub fn new(with: RecordSetup) -> Self {
        let refused = [
            Code::DiskFull,
            Code::DiskReadOnly,
            Code::DiskSlow,
            Code::LogGone,
            Code::DiskFailed,
        ];
        Self {
            refused: refused.map(|code| with.alarms.condition(code, "")),
            look_at: with.clock.now() + LOOK_EVERY,
            repeats: with.tells_repeated.then(|| Newest::new(REPEATS_KEPT)),
            repeated: with.alarms.condition(Code::PartIdTwice, ""),
            repeated_at: Instant::default(),
            with,
            batch: Vec::with_capacity(BATCH_MAX),
            retry_at: None,
        }
    }

    /// Waits for something to come, then takes a step.
    pub fn step_waiting(&mut self, nap: Duration) {
        if let Some(emitted) = self.with.results.pop_waiting(nap) {
            self.take(emitted);
        }
        self.step();
    }

    /// Takes what has come, and tries to make it durable.
    pub fn step(&mut self) {
        self.take_in();
        if self.repeated.is_active()
            && self.with.clock.now().since(self.repeated_at) >= REPEATED_FOR
        {
            self.repeated.end();
        }
        self.store();
    }

    /// Takes what has come: all that a thread has done whose write hangs.
    pub fn take_in(&mut self) {
        while self.batch.len() < BATCH_MAX {
            let Some(emitted) = self.with.results.pop() else {
                break;
            };
            self.take(emitted);
        }
    }

    fn store(&mut self) {
        let now = self.with.clock.now();
        if self.batch.is_empty() {
            return self.look(now);
        }
        if self.retry_at.is_some_and(|at| now < at) {
            return;
        }
        self.look_at = now + LOOK_EVERY;
        let appended = self.with.log.append(&self.batch);
        let done = self.with.clock.now();
        self.with.stats.stages.record.record(done.since(now));
        match appended {
            Ok(()) => {
                self.with.audience.durable(&self.batch);
                self.batch.clear();
                self.tell_held();
                self.well();
            }
            Err(error) => self.failed(&error, done),
        }
    }

    /// While no part comes: the next one must not pass into a log that is gone.
    fn look(&mut self, now: Instant) {
        if now < self.look_at {
            return;
        }
        self.look_at = now + LOOK_EVERY;
        match self.with.log.check() {
            Ok(()) => self.well(),
            Err(error) => {
                self.look_at = now + RETRY_AFTER;
                let oldest = &self.with.stats.oldest_waiting;
                oldest.set(oldest.get().or(Some(now)));
                self.failed(&error, now);
            }
        }
    }

    fn well(&mut self) {
        self.with.stats.oldest_waiting.set(None);
        self.retry_at = None;
        self.refused.iter_mut().for_each(Condition::end);
    }

    /// Whether everything that came is durable and nothing more will come.
    pub fn is_done(&self) -> bool {
        self.batch.is_empty() && self.with.results.is_closed()
    }

    /// Records that are not durable yet.
    pub fn waiting(&self) -> usize {
        self.batch.len() + self.with.results.len()
    }

    /// Whether a batch is waiting to be tried again.
    pub fn is_retrying(&self) -> bool {
        self.retry_at.is_some()
    }

    fn take(&mut self, emitted: Emitted) {
        let oldest = &self.with.stats.oldest_waiting;
        if self.batch.is_empty() && oldest.get().is_none() {
            oldest.set(Some(emitted.at));
        }
        self.with.audience.left(&emitted.record);
        self.watch_repeats(&emitted.record);
        self.batch.push(emitted.record);
        self.tell_held();
    }

    /// What was taken out of the queue waits all the same while the disk takes nothing.
    fn tell_held(&self) {
        let held = self.batch.len();
        self.with.stats.held.store(held, Ordering::Relaxed);
    }

    fn watch_repeats(&mut self, record: &Record) {
        let (Record::Result(result), Some(repeats)) = (record, &mut self.repeats) else {
            return;
        };
        // A challenge part comes again and again.
        if result.identity == Identity::Counter || result.challenge.is_some() {
            return;
        }
        if let Some(before) = repeats.insert(result.part_id, result.part_no) {
            self.repeated_at = self.with.clock.now();
            self.repeated.raise(format!(
                "parts {} and {} have the same ID {}",
                before.0, result.part_no.0, result.part_id
            ));
        }
    }

    fn failed(&mut self, error: &LogError, now: Instant) {
        let place = match error {
            LogError::Full { .. } => 0,
            LogError::ReadOnly { .. } => 1,
            LogError::Busy { .. } | LogError::Slow { .. } => 2,
            LogError::Gone { .. } | LogError::Damaged { .. } => 3,
            LogError::Storage { .. } => 4,
        };
        let waiting = self.waiting();
        for (at, condition) in self.refused.iter_mut().enumerate() {
            if at == place {
                condition.raise(format!(
                    "{waiting} results wait to be stored, and the log is tried again twice a second: {error}"
                ));
            } else {
                condition.end();
            }
        }
        self.retry_at = Some(now + RETRY_AFTER);
    }
}
