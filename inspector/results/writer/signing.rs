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
pub(super) struct SigningHealth(Arc<Mutex<Option<Unsigned>>>);

impl SigningHealth {
    pub(super) fn get(&self) -> Option<Unsigned> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.clone()
    }

    fn set(&self, found: Option<Unsigned>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = found;
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
    pub(super) fn differed(&mut self, message: String) {
        self.health.set(Some(Unsigned {
            code: Code::LogAltered,
            message,
        }));
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
        let unsigned = match signed {
            Ok(signed) => {
                if let Some((checkpoint, note)) = signed {
                    (self.last, self.unkept) = (Some(checkpoint), Some(note));
                }
                // That the log was another at the start of the job is not over because it is signed again.
                if self
                    .health
                    .get()
                    .is_some_and(|found| found.code == Code::LogAltered)
                {
                    return;
                }
                None
            }
            Err(SignError::Differs(differs)) => {
                self.is_over = true;
                Some(Unsigned {
                    code: Code::LogAltered,
                    message: format!("{}: {differs}; {TO_DO}", self.path()),
                })
            }
            Err(SignError::Sql(error)) => Some(Unsigned {
                code: Code::SigningFailed,
                message: format!(
                    "{}: the root of the log could not be computed or written: {error}; results are recorded and not signed. \
                     Run `inspector verify`, which names what is wrong",
                    self.path()
                ),
            }),
        };
        self.health.set(unsigned);
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
            self.health.set(Some(Unsigned {
                code: Code::SigningFailed,
                message: format!(
                    "{error}: what was signed last could not be kept beside the key, so that a log that is cut back would not \
                     be noticed at the next start. Make room, and let the station's user write its data folder"
                ),
            }));
            self.unkept = Some(note);
        }
    }
}

/// What a person does about a log that is another than the one that was signed.
pub(super) const TO_DO: &str = "leave the disk as it is, copy the data folder, and run `inspector verify` with the key and a \
                                checkpoint that were kept elsewhere: it names what was changed";

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

/// What this key signed last, as the file beside it says; `None` where there is no such file or it is of another key.
pub(super) fn last_of(
    data: &std::path::Path,
    signer: &Signer,
) -> std::io::Result<Option<Checkpoint>> {
    let Some(text) = key::kept(data)? else {
        return Ok(None);
    };
    let note: Option<Note> = text.parse().ok();
    let note = note.filter(|note| signer.verifier().has_signed(note));
    Ok(note.and_then(|note| note.text.parse().ok()))
}
