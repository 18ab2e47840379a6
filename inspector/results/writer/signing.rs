//! What signs the log while a job runs: the key, what it signed last, and what keeps it from signing. Never waited for by a
//! row: roots are signed after rows were answered, in a transaction of their own.

use crate::results::proof::note::{Checkpoint, Note, Signer};
use crate::results::proof::{self, SignError, key};
use crate::telemetry::catalogue::Code;
use rusqlite::{Connection, Transaction};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Why nothing is signed at present, for the board of alarms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// Which alarm that is: the log is another, or could not be signed.
    pub code: Code,
    /// What was expected, what was found and what to do.
    pub message: String,
}

/// The root that was signed and its note; `None` where the last one is over as much.
pub(super) type Signed = Result<Option<(Checkpoint, String)>, SignError>;

/// Read by whoever shows alarms, written by the thread that signs.
#[derive(Clone, Default)]
pub(super) struct SigningHealth(Arc<Mutex<Found>>);

/// That the log is another stays so until the station stops; whether roots are signed comes and goes.
#[derive(Default)]
struct Found {
    altered: Option<Unsigned>,
    failed: Option<Unsigned>,
}

impl SigningHealth {
    pub(super) fn get(&self) -> Option<Unsigned> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.altered.as_ref().or(found.failed.as_ref()).cloned()
    }

    fn altered(&self, message: String) {
        let code = Code::LogAltered;
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.altered.get_or_insert(Unsigned { code, message });
    }

    fn failed(&self, message: Option<String>) {
        let code = Code::SigningFailed;
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.failed = message.map(|message| Unsigned { code, message });
    }
}

/// The signing of one log.
pub(super) struct Signing {
    /// `None` where there is no key: nothing is signed then.
    signer: Option<Signer>,
    /// What the key signed last in this log, which the log must go on from.
    last: Option<Checkpoint>,
    /// What was signed and is not beside the key yet.
    unkept: Option<String>,
    data: PathBuf,
    health: SigningHealth,
    /// It was found to be another log; a person must see to it.
    is_over: bool,
}

impl Signing {
    /// With what was signed last, as the file beside the key says it.
    pub(super) fn new(data: PathBuf, signer: Option<Signer>, last: Option<Checkpoint>) -> Self {
        Self {
            signer,
            last,
            unkept: None,
            data,
            health: SigningHealth::default(),
            is_over: false,
        }
    }

    /// Where it is asked what keeps roots from being signed.
    pub(super) fn health(&self) -> SigningHealth {
        self.health.clone()
    }

    /// The log that the job began with is not the one that was signed.
    pub(super) fn differed(&self, message: String) {
        self.health.altered(message);
    }

    /// Signs within the transaction of whoever ends a job: nobody waits for what follows. [`Signing::after`] takes what
    /// this gives, once it is durable.
    pub(super) fn sign_in(&self, transaction: &Transaction<'_>) -> Option<Signed> {
        let signer = self.signer.as_ref().filter(|_| !self.is_over)?;
        let last = self.last.as_ref();
        Some(apart(transaction, || {
            proof::sign(transaction, signer, last)
        }))
    }

    /// Signs what was recorded until now.
    pub(super) fn sign(&mut self, connection: &mut Connection) {
        let Some(signer) = self.signer.as_ref().filter(|_| !self.is_over) else {
            return;
        };
        let last = self.last.as_ref();
        let signed = super::owner::immediate(connection)
            .map_err(SignError::from)
            .and_then(|transaction| {
                let signed = proof::sign(&transaction, signer, last)?;
                transaction.commit()?;
                Ok(signed)
            });
        self.after(signed);
        self.keep();
    }

    /// What became of a root that was to be signed.
    pub(super) fn after(&mut self, signed: Signed) {
        match signed {
            Ok(None) if self.unkept.is_some() => {}
            Ok(signed) => {
                if let Some((checkpoint, note)) = signed {
                    (self.last, self.unkept) = (Some(checkpoint), Some(note));
                }
                self.health.failed(None);
            }
            Err(SignError::Differs(differs)) => {
                self.is_over = true;
                self.health.altered(format!("{}: {differs}; {TO_DO}", self.path()));
            }
            Err(SignError::Sql(error)) => self.health.failed(Some(format!(
                "{}: the root of the log could not be computed or written: {error}; results are recorded and not signed. Run \
                 `inspector verify`, which names what is wrong",
                self.path()
            ))),
        }
    }

    fn path(&self) -> String {
        crate::results::open::database(&self.data)
            .display()
            .to_string()
    }

    /// Puts the newest signed root beside the key, where a log that is exchanged or cut back is held against it.
    pub(super) fn keep(&mut self) {
        let Some(note) = self.unkept.take() else {
            return;
        };
        if let Err(error) = key::keep(&self.data, &note) {
            self.health.failed(Some(format!(
                "{error}: what was signed last could not be kept beside the key, so that a log that is cut back would not be \
                 noticed at the next start. Make room, and let the station's user write its data folder"
            )));
            self.unkept = Some(note);
        }
    }
}

/// What a person does about a log that is another than the one that was signed.
pub(super) const TO_DO: &str = "leave the disk as it is, copy the data folder, and run `inspector verify` with the key and a \
     checkpoint that were kept elsewhere: it names what was changed. When that is settled, move journal-*.signed out of the \
     folder";

/// Keeps what a witness said with the checkpoint that it is over.
pub(super) fn cosigned(
    transaction: &Transaction<'_>,
    size: u64,
    line: &str,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "update checkpoint set note = note || ?2 where size = ?1 and instr(note, ?2) = 0",
        )?
        .execute(rusqlite::params![size as i64, line])
        .map(drop)
}

/// All of it or nothing, whatever becomes of the rest of the transaction.
fn apart<T>(
    transaction: &Transaction<'_>,
    sign: impl FnOnce() -> Result<T, SignError>,
) -> Result<T, SignError> {
    transaction.execute_batch("savepoint sign")?;
    let signed = sign();
    if transaction.is_autocommit() {
        return signed;
    }
    if signed.is_err() {
        transaction.execute_batch("rollback to sign")?;
    }
    transaction.execute_batch("release sign")?;
    signed
}

/// The largest tree that this key signed, as the notes beside it say; `None` where none is by it.
pub(super) fn kept_of(notes: &[(PathBuf, String)], signer: &Signer) -> Option<Checkpoint> {
    let notes = notes
        .iter()
        .filter_map(|(_, text)| text.parse::<Note>().ok());
    let mine = notes.filter(|note| signer.verifier().has_signed(note));
    let mine = mine.filter_map(|note| note.text.parse::<Checkpoint>().ok());
    mine.max_by_key(|checkpoint| checkpoint.size)
}
