//! The thread that owns the connection, and how others ask it.

use super::WriteError;
pub(super) use super::ask::{Answer, Ask, Asked};
use super::change::{Change, Writing};
use super::place::{Place, refusal};
use super::recipes::Refusal;
use super::signing::{Signing, SigningHealth};
use crate::ports::journal::Entry;
use crate::ports::log::LogError;
use crate::station::part::JobId;
use crossbeam_channel::{Receiver, Sender, bounded, select};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
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
/// Entries that were refused are tried again this often, and so often an idle log is looked for in its place.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Whoever closes the log waits so long for the disk.
const CLOSES_WITHIN: Duration = Duration::from_secs(5);

/// What the owner found last: whether the log takes rows.
#[derive(Default)]
pub(super) struct Health(Mutex<Option<LogError>>);

impl Health {
    /// Returns at once: the lock is held for as long as it takes to write a sentence down.
    pub(super) fn get(&self) -> Result<(), LogError> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.clone().map_or(Ok(()), Err)
    }

    fn set(&self, found: &Result<(), LogError>) {
        let found = found.as_ref().err().cloned();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

/// Where requests are put. The owner ends when this is dropped.
pub(super) struct Lines {
    pub(super) job: JobId,
    pub(super) path: PathBuf,
    senders: Option<Senders>,
    lost: Arc<AtomicU64>,
    pub(super) health: Arc<Health>,
    pub(super) signing: SigningHealth,
    ended: Receiver<()>,
}

struct Senders {
    rows: Sender<Ask>,
    asks: Sender<Ask>,
    notes: Sender<Entry>,
    signs: Sender<()>,
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

    /// Where it is said already there is no need to say it again.
    pub(super) fn sign(&self) {
        let _ = self.senders().signs.try_send(());
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
    (connection, signing): (Connection, Signing),
    path: PathBuf,
    place: Place,
    (job, writing): (JobId, Writing),
) -> io::Result<Lines> {
    let (rows, rows_inlet) = bounded(ROWS_BOUND);
    let (asks, asks_inlet) = bounded(ASKS_BOUND);
    let (notes, notes_inlet) = bounded(NOTES_BOUND);
    let (signs, signs_inlet) = bounded(1);
    let (alive, ended) = bounded(0);
    let lost = Arc::new(AtomicU64::new(0));
    let health = Arc::new(Health::default());
    let signing_health = signing.health();
    let owner = Owner {
        connection,
        signing,
        is_signing_due: false,
        path: path.clone(),
        place,
        health: Arc::clone(&health),
        writing,
        rows: rows_inlet,
        asks: asks_inlet,
        notes: notes_inlet,
        signs: signs_inlet,
        unwritten: Vec::new(),
        lost: Arc::clone(&lost),
    };
    let body = move || {
        let mut owner = owner;
        owner.run();
        owner.place.clear();
        drop(owner);
        drop(alive);
    };
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(body)?;
    Ok(Lines {
        job,
        path,
        senders: Some(Senders {
            rows,
            asks,
            notes,
            signs,
        }),
        lost,
        health,
        signing: signing_health,
        ended,
    })
}

struct Owner {
    connection: Connection,
    signing: Signing,
    is_signing_due: bool,
    path: PathBuf,
    place: Place,
    health: Arc<Health>,
    writing: Writing,
    rows: Receiver<Ask>,
    asks: Receiver<Ask>,
    notes: Receiver<Entry>,
    /// That the root is to be signed.
    signs: Receiver<()>,
    /// Taken from `notes`, and not durable yet.
    unwritten: Vec<Entry>,
    lost: Arc<AtomicU64>,
}

impl Owner {
    fn run(&mut self) {
        loop {
            let mut rows = Vec::new();
            let mut asks = Vec::new();
            let mut notes = Vec::new();
            let is_open = select! {
                recv(self.rows) -> ask => ask.map(|ask| rows.push(ask)).is_ok(),
                recv(self.asks) -> ask => ask.map(|ask| asks.push(ask)).is_ok(),
                recv(self.notes) -> entry => entry.map(|entry| notes.push(entry)).is_ok(),
                recv(self.signs) -> told => {
                    self.is_signing_due |= told.is_ok();
                    told.is_ok()
                }
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
            // What came after the end of the job is signed as well.
            self.is_signing_due |= !is_open;
            if !is_idle || self.is_signing_due {
                rows.append(&mut asks);
                self.carry_out(rows);
            } else {
                // Nobody asks, so nobody else would notice.
                let _ = self.look();
            }
            if !is_open && self.asks.is_empty() && self.notes.is_empty() {
                return;
            }
        }
    }

    fn carry_out(&mut self, mut asks: Vec<Ask>) {
        asks.retain(|ask| ask.begins());
        let answers = self.transact(&asks);
        for (ask, answer) in asks.into_iter().zip(answers) {
            ask.answer(answer);
        }
        self.sign();
    }

    /// Signs what was recorded: whoever asked has his answer.
    fn sign(&mut self) {
        if !std::mem::take(&mut self.is_signing_due) || self.look().is_err() {
            return;
        }
        self.signing.sign(&mut self.connection);
        self.place.written();
    }

    /// Whether the log is where the next start looks for it, and takes rows.
    fn look(&mut self) -> Result<(), LogError> {
        let mut found = self.place.check();
        self.health.set(&found);
        if let Err(error) = &found
            && self.place.save(&self.connection, error)
        {
            found = self.place.check();
            self.health.set(&found);
        }
        found
    }

    fn transact(&mut self, asks: &[Ask]) -> Vec<Answer> {
        let refused = |error: LogError| asks.iter().map(|_| Err(error.clone().into())).collect();
        // Before, so that nothing is written that is answered with a no; afterwards, so that nothing is answered with a
        // yes that went into a file that is gone. Rows may be given again, so a no to them is harmless.
        if let Err(error) = self.look() {
            return refused(error);
        }
        let written = self.write(asks);
        self.place.written();
        let answers = match written {
            Ok(answers) => answers,
            Err(error) => return refused(error),
        };
        match self.look() {
            Ok(()) => answers,
            Err(error) => refused(error),
        }
    }

    /// Everything at once, so that it waits for the disk once. What is refused does not keep the rest from being
    /// recorded.
    fn write(&mut self, asks: &[Ask]) -> Result<Vec<Answer>, LogError> {
        // What is said while a transaction lives is asked of the connection when it is over.
        self.try_write(asks)
            .map_err(|error| refusal(&self.connection, &self.path, &error))
    }

    fn try_write(&mut self, asks: &[Ask]) -> rusqlite::Result<Vec<Answer>> {
        let transaction = immediate(&mut self.connection)?;
        let mut answers: Vec<Answer> = Vec::with_capacity(asks.len());
        for ask in asks {
            let answer = apart(&transaction, || {
                self.writing.write(&transaction, &ask.change)
            });
            match answer {
                // A disk that fails ends the whole transaction, with what had gone well in it.
                Err(Refusal::Sql(error)) if transaction.is_autocommit() => return Err(error),
                answer => answers.push(answer.map_err(|why| told(why, &transaction, &self.path))),
            }
        }
        let lost = self.lost.load(Ordering::Relaxed);
        let noted = apart(&transaction, || {
            Ok(self.writing.note(&transaction, &self.unwritten, lost)?)
        });
        let is_end = asks
            .iter()
            .any(|ask| matches!(ask.change, Change::Finish { .. }));
        let signed = is_end.then(|| self.signing.sign_in(&transaction)).flatten();
        transaction.commit()?;
        if let Some(signed) = signed {
            self.signing.after(signed);
        }
        self.is_signing_due |= is_end;
        if noted.is_ok() {
            self.unwritten.clear();
            self.lost.fetch_sub(lost, Ordering::Relaxed);
        }
        Ok(answers)
    }
}

fn told(why: Refusal, connection: &Connection, path: &Path) -> WriteError {
    match why {
        Refusal::Sql(error) => WriteError::Log(refusal(connection, path, &error)),
        Refusal::RecipeChanged { style, version } => WriteError::RecipeChanged { style, version },
        Refusal::Review(why) => WriteError::Review(why),
    }
}

/// All of it or nothing, whatever becomes of the rest of the transaction.
fn apart<T>(
    transaction: &Transaction<'_>,
    write: impl FnOnce() -> Result<T, Refusal>,
) -> Result<T, Refusal> {
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

impl From<LogError> for WriteError {
    fn from(error: LogError) -> Self {
        WriteError::Log(error)
    }
}
