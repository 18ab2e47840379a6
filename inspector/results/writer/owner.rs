//! The thread that owns the connection, and how others ask it.

use super::context::RecipeRow;
use super::pictures::{self, Pictures};
use super::recipes::{Refusal, Versions, insert_recipe};
use super::rows::Rows;
use super::{Truth, WriteError, job};
use crate::ports::journal::Entry;
use crate::ports::log::LogError;
use crate::results::journal;
use crate::results::open::log_error;
use crate::station::part::JobId;
use crate::station::result::Record;
use crate::station::time::WallTime;
use crate::telemetry::catalogue::Code;
use crossbeam_channel::{Receiver, Sender, bounded, select};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

/// Batches of rows that wait: there is one `record` stage, which has one at a time.
const ROWS_BOUND: usize = 2;
/// Requests that wait; whoever finds no room waits for it.
const ASKS_BOUND: usize = 64;
/// Entries that wait for a disk that takes none.
const NOTES_BOUND: usize = 1_000;
/// The most requests of one transaction, beside the rows, so that rows never wait behind many.
const ASKS_AT_ONCE: usize = 16;
/// The most entries of one transaction.
const NOTES_AT_ONCE: usize = 100;
/// Entries that were refused are tried again this often.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Whoever closes the log waits so long for the disk.
const CLOSES_WITHIN: Duration = Duration::from_secs(5);

/// What is to be recorded.
pub(in crate::results) enum Change {
    /// What left the pipeline.
    Rows(Vec<Record>),
    /// A recipe version, and who applied it and why.
    Recipe(Box<(RecipeRow, Entry)>),
    /// The end of the job.
    Finish {
        /// When.
        wall: WallTime,
        /// How many came.
        parts: u64,
    },
    /// What became of pictures.
    Pictures(Pictures),
    /// What somebody did.
    Entry(Box<Entry>),
}

type Answer = Result<(), WriteError>;

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const WITHDRAWN: u8 = 2;

/// Whose turn it is: either the owner begins a request, or whoever made it withdraws it.
#[derive(Clone, Default)]
pub(super) struct Turn(Arc<AtomicU8>);

impl Turn {
    fn becomes(&self, next: u8) -> bool {
        self.0
            .compare_exchange(WAITING, next, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Whether it will certainly not be carried out.
    pub(super) fn withdraw(&self) -> bool {
        self.becomes(WITHDRAWN)
    }
}

/// A request, as the owner sees it.
pub(super) struct Ask {
    change: Change,
    turn: Turn,
    answers: Sender<Answer>,
}

/// A request, as whoever made it sees it.
pub(super) struct Asked {
    pub(super) answer: Receiver<Answer>,
    pub(super) turn: Turn,
}

impl Ask {
    pub(super) fn new(change: Change) -> (Self, Asked) {
        let (answers, answer) = bounded(1);
        let turn = Turn::default();
        let asked = Asked {
            answer,
            turn: turn.clone(),
        };
        let ask = Self {
            change,
            turn,
            answers,
        };
        (ask, asked)
    }

    pub(super) fn rows(batch: Vec<Record>, answers: Sender<Answer>) -> Self {
        Self {
            change: Change::Rows(batch),
            turn: Turn::default(),
            answers,
        }
    }
}

/// Where requests are put. The owner ends when this is dropped.
pub(super) struct Lines {
    pub(super) job: JobId,
    pub(super) path: PathBuf,
    senders: Option<Senders>,
    lost: Arc<AtomicU64>,
    ended: Receiver<()>,
}

struct Senders {
    rows: Sender<Ask>,
    asks: Sender<Ask>,
    notes: Sender<Entry>,
}

impl Lines {
    fn senders(&self) -> &Senders {
        match &self.senders {
            Some(senders) => senders,
            None => unreachable!("they are taken by drop alone"),
        }
    }

    pub(super) fn rows(&self) -> &Sender<Ask> {
        &self.senders().rows
    }

    pub(super) fn asks(&self) -> &Sender<Ask> {
        &self.senders().asks
    }

    pub(super) fn tell(&self, entry: Entry) {
        if self.senders().notes.try_send(entry).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.senders = None;
        // Where the disk stands still the process ends without it: nothing that waits was acknowledged.
        let _ = self.ended.recv_timeout(CLOSES_WITHIN);
    }
}

/// Takes the write lock before anything is read: a transaction that began by reading could find, when it comes to
/// write, that somebody else has written meanwhile, and no waiting would help it.
pub(super) fn immediate(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// Starts the thread.
pub(super) fn start(
    connection: Connection,
    path: PathBuf,
    job: JobId,
    truth: Option<Truth>,
) -> io::Result<Lines> {
    let (rows, rows_inlet) = bounded(ROWS_BOUND);
    let (asks, asks_inlet) = bounded(ASKS_BOUND);
    let (notes, notes_inlet) = bounded(NOTES_BOUND);
    let (alive, ended) = bounded(0);
    let lost = Arc::new(AtomicU64::new(0));
    let owner = Owner {
        connection,
        writing: Writing {
            path: path.clone(),
            job,
            versions: Versions::default(),
            truth,
        },
        rows: rows_inlet,
        asks: asks_inlet,
        notes: notes_inlet,
        unwritten: Vec::new(),
        lost: Arc::clone(&lost),
    };
    let body = move || {
        owner.run();
        drop(alive);
    };
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(body)?;
    Ok(Lines {
        job,
        path,
        senders: Some(Senders { rows, asks, notes }),
        lost,
        ended,
    })
}

struct Owner {
    connection: Connection,
    writing: Writing,
    rows: Receiver<Ask>,
    asks: Receiver<Ask>,
    notes: Receiver<Entry>,
    /// Taken from `notes`, and not durable yet.
    unwritten: Vec<Entry>,
    lost: Arc<AtomicU64>,
}

impl Owner {
    fn run(mut self) {
        loop {
            let mut rows = Vec::new();
            let mut asks = Vec::new();
            let mut notes = Vec::new();
            let is_open = select! {
                recv(self.rows) -> ask => ask.map(|ask| rows.push(ask)).is_ok(),
                recv(self.asks) -> ask => ask.map(|ask| asks.push(ask)).is_ok(),
                recv(self.notes) -> entry => entry.map(|entry| notes.push(entry)).is_ok(),
                default(LOOK_EVERY) => true,
            };
            rows.extend(self.rows.try_iter());
            // In the order in which they were made, and rows before all others.
            asks.extend(self.asks.try_iter().take(ASKS_AT_ONCE));
            notes.extend(self.notes.try_iter().take(NOTES_AT_ONCE));
            self.unwritten.append(&mut notes);
            let keep = self.unwritten.len().min(NOTES_BOUND);
            let lost = self.unwritten.drain(keep..).count();
            self.lost.fetch_add(lost as u64, Ordering::Relaxed);
            let is_idle = rows.is_empty() && asks.is_empty() && self.unwritten.is_empty();
            if !is_idle {
                rows.append(&mut asks);
                self.carry_out(rows);
            } else if !is_open {
                return;
            }
            if !is_open && self.asks.is_empty() && self.notes.is_empty() {
                return;
            }
        }
    }

    fn carry_out(&mut self, mut asks: Vec<Ask>) {
        asks.retain(|ask| ask.turn.becomes(BEGUN));
        let answers = self.transact(&asks);
        for (ask, answer) in asks.into_iter().zip(answers) {
            // Nobody may be waiting any more.
            let _ = ask.answers.send(answer);
        }
    }

    /// Everything at once, so that it waits for the disk once. What is refused does not keep the rest from being
    /// recorded.
    fn transact(&mut self, asks: &[Ask]) -> Vec<Answer> {
        let failed = |error: &rusqlite::Error, path: &PathBuf| {
            let error = WriteError::Log(log_error(path, error));
            asks.iter().map(|_| Err(error.clone())).collect()
        };
        let path = self.writing.path.clone();
        let writing = &mut self.writing;
        let transaction = match immediate(&mut self.connection) {
            Ok(transaction) => transaction,
            Err(error) => return failed(&error, &path),
        };
        let mut answers: Vec<Answer> = Vec::with_capacity(asks.len());
        for ask in asks {
            let answer = apart(&transaction, || writing.write(&transaction, &ask.change));
            if let (Err(Refusal::Sql(error)), true) = (&answer, transaction.is_autocommit()) {
                // A disk that fails ends the whole transaction, with what had gone well in it.
                return failed(error, &path);
            }
            answers.push(answer.map_err(|refusal| told(refusal, &path)));
        }
        let lost = self.lost.load(Ordering::Relaxed);
        let noted = apart(&transaction, || {
            Ok(writing.note(&transaction, &self.unwritten, lost)?)
        });
        match transaction.commit() {
            Ok(()) if noted.is_ok() => {
                self.unwritten.clear();
                self.lost.fetch_sub(lost, Ordering::Relaxed);
            }
            Ok(()) => {}
            Err(error) => return failed(&error, &path),
        }
        answers
    }
}

fn told(refusal: Refusal, path: &std::path::Path) -> WriteError {
    match refusal {
        Refusal::Sql(error) => WriteError::Log(log_error(path, &error)),
        Refusal::RecipeChanged { style, version } => WriteError::RecipeChanged { style, version },
    }
}

/// All of it or nothing, whatever becomes of the rest of the transaction.
fn apart(
    transaction: &Transaction<'_>,
    write: impl FnOnce() -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    transaction.execute_batch("savepoint ask")?;
    let written = write();
    if transaction.is_autocommit() {
        return written;
    }
    if written.is_err() {
        transaction.execute_batch("rollback to ask")?;
    }
    transaction.execute_batch("release ask")?;
    written
}

/// What every row of the job needs to know.
struct Writing {
    path: PathBuf,
    job: JobId,
    versions: Versions,
    truth: Option<Truth>,
}

impl Writing {
    fn write(&mut self, transaction: &Transaction<'_>, change: &Change) -> Result<(), Refusal> {
        match change {
            Change::Rows(batch) => self.rows(transaction, batch)?,
            Change::Recipe(recipe) => {
                insert_recipe(transaction, self.job, &recipe.0)?;
                journal::insert(transaction, self.job, &recipe.1)?;
            }
            Change::Finish { wall, parts } => job::finish(transaction, self.job, *wall, *parts)?,
            Change::Pictures(pictures) => pictures::write(transaction, self.job, pictures)?,
            Change::Entry(entry) => journal::insert(transaction, self.job, entry)?,
        }
        Ok(())
    }

    fn rows(&mut self, transaction: &Transaction<'_>, batch: &[Record]) -> rusqlite::Result<()> {
        let rows = Rows {
            transaction,
            job: self.job,
            truth: self.truth.as_ref(),
        };
        for record in batch {
            match record {
                Record::Result(result) => {
                    let version = self.versions.of(transaction, self.job, result)?;
                    rows.result(result, version)?;
                }
                Record::Late(late) => rows.late(late)?,
                Record::Gap(gap) => rows.gap(gap)?,
            }
        }
        Ok(())
    }

    fn note(
        &self,
        transaction: &Transaction<'_>,
        entries: &[Entry],
        lost: u64,
    ) -> rusqlite::Result<()> {
        for entry in entries {
            journal::insert(transaction, self.job, entry)?;
        }
        // Told with the next entry that is written, which gives it its time.
        let Some(newest) = entries.last().filter(|_| lost > 0) else {
            return Ok(());
        };
        let entry = Entry {
            message: format!("{lost} entries are missing here: the disk took none for too long"),
            details: vec![("count", lost.to_string())],
            ..Entry::of_station(newest.at, Code::EntriesLost)
        };
        journal::insert(transaction, self.job, &entry)
    }
}

impl From<LogError> for WriteError {
    fn from(error: LogError) -> Self {
        WriteError::Log(error)
    }
}
