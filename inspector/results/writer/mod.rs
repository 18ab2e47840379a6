//! The one connection that writes the log. It lives on a thread of its own; everybody else asks.
//!
//! A thread and not a lock, because a lock is unfair and cannot be given up: rows of parts go before whatever else
//! waits, what waits for the same moment shares one transaction and one wait for the disk, and who asks a disk that
//! stands still is told so instead of standing still with it. `BEGIN IMMEDIATE` takes the write lock before anything is
//! read, so no transaction ever finds that it began too early (SQLITE_BUSY_SNAPSHOT).

mod ask;
mod beginning;
mod change;
mod context;
mod job;
mod owner;
mod pictures;
mod place;
mod recipes;
mod reviews;
mod rows;
mod signer;
mod signing;

use self::beginning::Beginning;
pub(super) use self::change::Change;
use self::change::Writing;
pub use self::context::{ConfigurationRow, Crashed, JobContext, RecipeRow, ViewRow};
pub(super) use self::job::close_open;
use self::owner::{Answer, Ask, Asked, Lines};
pub(super) use self::pictures::{Pictures, StoredPicture};
use self::place::Place;
pub use self::signing::Unsigned;
use super::open::{self, OpenError, log_error};
use super::review::{NewReview, ReviewRefusal, TakenBack};
use crate::ports::journal::Entry;
use crate::ports::log::{LogError, ResultLog};
use crate::station::part::{JobId, PartId};
use crate::station::result::Record;
use crate::station::time::WallTime;
use crate::station::truth::SimulatedTruth;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Tells the truth about simulated parts, to be recorded beside the result.
pub type Truth = Box<dyn Fn(&PartId) -> Option<SimulatedTruth> + Send>;

/// After this long without an answer, rows are said to wait for a slow disk.
const ROWS_PATIENCE: Duration = Duration::from_secs(2);
/// After this long in the queue, any other request is withdrawn.
const ASK_PATIENCE: Duration = Duration::from_secs(10);

/// Why something was not recorded. Nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// The storage said no.
    Log(LogError),
    /// The log knows this version of a recipe with another content.
    RecipeChanged {
        /// Style of the recipe.
        style: String,
        /// Of its schema, `user_version`.
        version: u32,
    },
    /// What a review is about is not there, or was taken back before.
    Review(ReviewRefusal),
}

impl WriteError {
    /// For whoever only needs to know what the storage said.
    pub fn into_log_error(self) -> LogError {
        match self {
            WriteError::Log(error) => error,
            WriteError::RecipeChanged { .. } | WriteError::Review(_) => LogError::Storage {
                message: self.to_string(),
            },
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Log(error) => error.fmt(f),
            WriteError::RecipeChanged { style, version } => {
                open::recipe_changed(f, style, *version)
            }
            WriteError::Review(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for WriteError {}

/// The result log of one job. Clones ask the same connection, which is closed with the last of them.
pub struct Writer {
    lines: Arc<Lines>,
    /// What was out of order when the job began, and when the newest thing before it happened.
    before: Arc<(Vec<Entry>, Option<WallTime>)>,
    /// The answer to rows that the disk has not taken yet, and how many they are.
    outstanding: Option<(Receiver<Answer>, usize)>,
}

impl Clone for Writer {
    fn clone(&self) -> Self {
        Self {
            lines: Arc::clone(&self.lines),
            before: Arc::clone(&self.before),
            outstanding: None,
        }
    }
}

impl Writer {
    /// Begins a job. A job that was killed before is closed with a gap from its last durable part to
    /// now: parts may have passed in that time without a record.
    ///
    /// # Errors
    /// When the log cannot be opened, knows a recipe with another content, or is not there although its pictures are.
    pub fn start(
        data: &Path,
        context: &JobContext,
        truth: Option<Truth>,
        wall: WallTime,
    ) -> Result<(Self, Vec<Crashed>), OpenError> {
        let path = open::database(data);
        let beginning = Beginning::of(data)?;
        let mut connection = open::writable(data)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        let storage = |error: rusqlite::Error| OpenError::Log(log_error(&path, &error));
        let transaction = owner::immediate(&mut connection).map_err(storage)?;
        let last_job = beginning::last_job(&transaction).map_err(storage)?;
        beginning.refused(data, last_job)?;
        let begun = job::begin(&transaction, context, &beginning, wall);
        let mut begun = begun.map_err(|refusal| match refusal {
            recipes::Refusal::Sql(error) => storage(error),
            recipes::Refusal::RecipeChanged { style, version } => {
                OpenError::RecipeChanged { style, version }
            }
            recipes::Refusal::Review(why) => unreachable!("no job begins with a review: {why}"),
        })?;
        let signing = signer::begin(&transaction, data, wall, &mut begun).map_err(storage)?;
        transaction.commit().map_err(storage)?;
        // The file itself says from now on that the job runs: a copy of it alone is none of a log that has ended.
        connection
            .query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))
            .map_err(storage)?;
        let place = Place::of(&connection, &path).map_err(OpenError::Log)?;
        let writing = (begun.job, Writing::new(begun.job, truth, context));
        let lines =
            owner::start((connection, signing), path.clone(), place, writing).map_err(|error| {
                let message = format!("{}: start the thread that writes: {error}", path.display());
                OpenError::Log(LogError::Storage { message })
            })?;
        let writer = Self {
            lines: Arc::new(lines),
            before: Arc::new((begun.remarks, begun.newest)),
            outstanding: None,
        };
        Ok((writer, begun.crashed))
    }

    /// Number of the running job.
    pub fn job(&self) -> JobId {
        self.lines.job
    }

    /// What was out of order when the job began. The journal has it, and it is to be told.
    pub fn remarks(&self) -> &[Entry] {
        &self.before.0
    }

    /// Has what was recorded until now signed, soon: nobody waits for it.
    pub fn sign(&self) {
        self.lines.sign();
    }

    /// Keeps the line of a witness with the checkpoint over so many leaves.
    ///
    /// # Errors
    /// Nothing is recorded then.
    pub fn cosigned(&self, size: u64, line: String) -> Result<(), LogError> {
        self.ask(Change::Cosigned(size, line))
            .map(drop)
            .map_err(WriteError::into_log_error)
    }

    /// Why roots are not signed at present, where they are not: parts are recorded all the same.
    pub fn unsigned(&self) -> Option<Unsigned> {
        self.lines.signing.get()
    }

    /// When the newest thing in the log happened before the job, by the clock of then.
    pub fn newest_before(&self) -> Option<WallTime> {
        self.before.1
    }

    /// Records a recipe version that is applied during the job, before any result names it, and who applied it and why.
    ///
    /// # Errors
    /// Nothing is recorded then.
    pub fn register_recipe(&self, row: RecipeRow, entry: Entry) -> Result<(), WriteError> {
        self.ask(Change::Recipe(Box::new((row, entry)))).map(drop)
    }

    /// Records what somebody said of a part, and gives the row that it has.
    ///
    /// # Errors
    /// Nothing is recorded then.
    pub fn review(&self, said: NewReview) -> Result<i64, WriteError> {
        self.ask(Change::Review(Box::new(said)))
    }

    /// Records that a review was taken back, and gives the row that says so.
    ///
    /// # Errors
    /// Nothing is recorded then.
    pub fn take_back(&self, back: TakenBack) -> Result<i64, WriteError> {
        self.ask(Change::TakenBack(Box::new(back)))
    }

    /// Records that the job ended by itself after so many parts.
    ///
    /// # Errors
    /// The next start takes the job for one that was killed.
    pub fn finish(&self, wall: WallTime, parts: u64) -> Result<(), LogError> {
        self.ask(Change::Finish { wall, parts })
            .map(drop)
            .map_err(WriteError::into_log_error)
    }

    /// Waits for the answer: the row of a review, how many rows of pictures were changed, else 0. A request that nobody has looked at is withdrawn after a while, and then certainly not
    /// carried out; one that has been begun is waited for, however long, because only then its end is known.
    pub(super) fn ask(&self, change: Change) -> Answer {
        let (ask, asked) = Ask::new(change);
        let slow = || WriteError::Log(self.slow(ASK_PATIENCE));
        self.lines
            .asks()
            .send_timeout(ask, ASK_PATIENCE)
            .map_err(|_| slow())?;
        let Asked { answer, turn } = asked;
        let ended = || WriteError::Log(self.ended());
        match answer.recv_timeout(ASK_PATIENCE) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) if turn.withdraw() => Err(slow()),
            Err(RecvTimeoutError::Timeout) => answer.recv().unwrap_or_else(|_| Err(ended())),
            Err(RecvTimeoutError::Disconnected) => Err(ended()),
        }
    }

    /// Hands over an entry that may wait; see [`crate::ports::journal::Journal::note`].
    pub(super) fn tell(&self, entry: Entry) {
        self.lines.tell(entry);
    }

    /// Why there was no answer in time. A log that is gone is being saved, which takes as long as it takes.
    fn slow(&self, patience: Duration) -> LogError {
        if let Err(known) = self.lines.health.get() {
            return known;
        }
        let message = format!(
            "{}: the disk has not answered for {} s; see whether it is failing, or used up by another \
             program",
            self.lines.path.display(),
            patience.as_secs()
        );
        LogError::Slow { message }
    }

    fn ended(&self) -> LogError {
        let message = format!(
            "{}: the thread that writes has ended; restart the station",
            self.lines.path.display()
        );
        LogError::Storage { message }
    }
}

/// Statements that are kept ready; SQLite would prepare each anew for every row.
const STATEMENTS_MAX: usize = 64;

impl ResultLog for Writer {
    fn append(&mut self, batch: &[Record]) -> Result<(), LogError> {
        if let Some((before, count)) = self.outstanding.take() {
            match before.recv_timeout(ROWS_PATIENCE) {
                Err(RecvTimeoutError::Timeout) => {
                    self.outstanding = Some((before, count));
                    return Err(self.slow(ROWS_PATIENCE));
                }
                // The batch begins with what was given then.
                Ok(Ok(_)) if batch.len() <= count => return Ok(()),
                // Rows that are there already are left as they are.
                Ok(_) | Err(RecvTimeoutError::Disconnected) => {}
            }
        }
        let (answers, answer) = bounded(1);
        let ask = Ask::rows(batch.to_vec(), answers);
        if self.lines.rows().send(ask).is_err() {
            return Err(self.ended());
        }
        match answer.recv_timeout(ROWS_PATIENCE) {
            Ok(answered) => answered.map(drop).map_err(WriteError::into_log_error),
            Err(RecvTimeoutError::Timeout) => {
                self.outstanding = Some((answer, batch.len()));
                Err(self.slow(ROWS_PATIENCE))
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.ended()),
        }
    }

    fn check(&mut self) -> Result<(), LogError> {
        self.lines.health.get()
    }
}
