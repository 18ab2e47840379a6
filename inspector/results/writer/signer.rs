//! Which key signs for the log when a job begins, and what the journal says when it is another.

use super::job::Begun;
use super::signing::{Signing, TO_DO, kept_of};
use crate::ports::journal::Entry;
use crate::results::proof::note::{Checkpoint, Note, Signer};
use crate::results::proof::{self, Differs, SignError, key};
use crate::results::{journal, open};
use crate::station::time::WallTime;
use crate::telemetry::catalogue::Code;
use rusqlite::{OptionalExtension, Transaction};
use std::path::{Path, PathBuf};

/// The key that the journal named last, and which log this was then.
struct Named {
    key: String,
    log: String,
}

/// The key of a job that has begun, which the journal and who starts it are told where it is another than before.
pub(super) fn begin(
    transaction: &Transaction<'_>,
    data: &Path,
    wall: WallTime,
    begun: &mut Begun,
) -> rusqlite::Result<Signing> {
    let log = open::identity(transaction)?;
    let named = named(transaction)?;
    // Restored: the former key signed other leaves in these places, and gives this log to nobody.
    let is_restored = named.as_ref().is_some_and(|named| named.log != log);
    let found = key::read(data);
    let mut held = Held::default();
    if is_restored {
        key::set_notes_aside(data).map_err(|error| told(&error))?;
    } else {
        let notes = key::kept(data);
        if let Ok(Some(signer)) = &found {
            held.by(transaction, signer, notes.as_ref())?;
        }
        let former = named.as_ref().and_then(|named| {
            let former = key::former(data, &named.key.parse().ok()?)?;
            Some(former)
        });
        if let Some(former) = former {
            held.by_former(transaction, former, notes.as_ref())?;
        }
    }
    let (signer, entry) = signer(data, wall, (named, found), (log, &held));
    if let Some(remark) = held.remark(wall) {
        journal::insert(transaction, begun.job, &remark)?;
        begun.remarks.push(remark);
    }
    if let Some(entry) = entry {
        let is_changed = entry.code == Code::SigningKeyChanged;
        journal::insert(transaction, begun.job, &entry)?;
        begun.remarks.push(entry);
        if let Some(former) = held
            .former
            .take()
            .filter(|_| is_changed && held.differs.is_none())
        {
            hand_over(transaction, &former)?;
        }
    }
    let signing = Signing::new(data.to_owned(), signer, held.last);
    if let Some(differs) = held.differs {
        signing.differed(format!("{differs}; {TO_DO}"));
    }
    Ok(signing)
}

fn told(error: &std::io::Error) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR);
    rusqlite::Error::SqliteFailure(code, Some(error.to_string()))
}

/// The log held against what was signed last.
#[derive(Default)]
struct Held {
    /// What the present key signed last.
    last: Option<Checkpoint>,
    differs: Option<Differs>,
    /// The note beside the key is gone, or cannot be read.
    gone: Option<String>,
    /// The key before, which can give the log to the present one.
    former: Option<Signer>,
}

type Notes<'a> = Result<&'a Vec<(PathBuf, String)>, &'a std::io::Error>;

impl Held {
    /// Against the present key's note beside it; where that is gone, the log's own newest checkpoint has to do. And against
    /// notes of keys before.
    fn by(
        &mut self,
        transaction: &Transaction<'_>,
        signer: &Signer,
        notes: Notes<'_>,
    ) -> rusqlite::Result<()> {
        let beside = notes.map(|notes| kept_of(notes, signer));
        let checkpoints = newest(transaction, signer)?;
        self.gone = match (&beside, checkpoints.as_slice()) {
            // One alone may have been signed a moment before the station was killed.
            (Ok(None), [newest, _, ..]) => Some(format!(
                "expected journal.signed with what the key signed last, over {} leaves or more, and found nothing by this key",
                newest.size
            )),
            (Err(error), _) => Some(error.to_string()),
            _ => None,
        };
        let mut all: Vec<Checkpoint> = beside.ok().flatten().into_iter().collect();
        all.extend(checkpoints.into_iter().next());
        for signed in all {
            if self.goes_on(transaction, &signed)? {
                let is_newer = self
                    .last
                    .as_ref()
                    .is_none_or(|last| last.size < signed.size);
                if is_newer {
                    self.last = Some(signed);
                }
            }
        }
        for (_, text) in notes.into_iter().flatten() {
            if let Some(signed) = text
                .parse::<Note>()
                .ok()
                .and_then(|note| note.text.parse().ok())
            {
                self.goes_on(transaction, &signed)?;
            }
        }
        if self.differs.is_some() {
            self.last = None;
        }
        Ok(())
    }

    /// Against what the key before signed last: it gives nobody a log that is another.
    fn by_former(
        &mut self,
        transaction: &Transaction<'_>,
        former: Signer,
        notes: Notes<'_>,
    ) -> rusqlite::Result<()> {
        let beside = notes.ok().and_then(|notes| kept_of(notes, &former));
        let newest = newest(transaction, &former)?.into_iter().next();
        for signed in beside.into_iter().chain(newest) {
            self.goes_on(transaction, &signed)?;
        }
        self.former = Some(former);
        Ok(())
    }

    fn goes_on(
        &mut self,
        transaction: &Transaction<'_>,
        signed: &Checkpoint,
    ) -> rusqlite::Result<bool> {
        match proof::goes_on(transaction, signed) {
            Ok(()) => Ok(true),
            Err(SignError::Sql(error)) if transaction.is_autocommit() => Err(error),
            // It is told again when the next root cannot be computed.
            Err(SignError::Sql(_)) => Ok(false),
            Err(SignError::Differs(differs)) => {
                self.differs.get_or_insert(differs);
                Ok(false)
            }
        }
    }
}

/// The log's two newest checkpoints, as far as they are by this key.
fn newest(transaction: &Transaction<'_>, signer: &Signer) -> rusqlite::Result<Vec<Checkpoint>> {
    let mut statement =
        transaction.prepare_cached("select note from checkpoint order by size desc limit 2")?;
    let notes = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut checkpoints = Vec::new();
    for note in notes {
        let note = note?.parse::<Note>().ok();
        let note = note.filter(|note| signer.verifier().has_signed(note));
        checkpoints.extend(note.and_then(|note| note.text.parse().ok()));
    }
    Ok(checkpoints)
}

impl Held {
    fn remark(&self, wall: WallTime) -> Option<Entry> {
        let message = self.gone.clone()?;
        Some(Entry {
            message,
            ..Entry::of_station(wall, Code::SignedNoteGone)
        })
    }
}

/// The former key signs the tree that ends with the entry that names the new one, so that whoever knows the former can
/// believe the new one. A tree that cannot be signed keeps no job from beginning.
fn hand_over(transaction: &Transaction<'_>, former: &Signer) -> rusqlite::Result<()> {
    match proof::sign(transaction, former, None) {
        Err(SignError::Sql(error)) if transaction.is_autocommit() => Err(error),
        _ => Ok(()),
    }
}

/// The key to sign with, and what is to be told of it. A station without a key goes on: nothing is signed until it has one.
fn signer(
    data: &Path,
    wall: WallTime,
    (named, found): (Option<Named>, std::io::Result<Option<Signer>>),
    (log, held): (String, &Held),
) -> (Option<Signer>, Option<Entry>) {
    let chosen = found.and_then(|found| choose(data, named.as_ref(), found, (&log, held)));
    match chosen {
        Ok((signer, None)) => (Some(signer), None),
        Ok((signer, Some((code, message)))) => {
            let verifier = signer.verifier();
            let mut details = vec![
                ("key", verifier.to_string()),
                ("fingerprint", verifier.fingerprint()),
                ("log", log),
            ];
            details.extend(named.map(|named| ("key_before", named.key)));
            let entry = Entry {
                message: format!("{message}; its fingerprint is {}", verifier.fingerprint()),
                details,
                ..Entry::of_station(wall, code)
            };
            (Some(signer), Some(entry))
        }
        Err(error) => {
            let path = key::path(data);
            let entry = Entry {
                message: format!("{}: {error}; the log is not signed", path.display()),
                ..Entry::of_station(wall, Code::SigningKeyUnusable)
            };
            (None, Some(entry))
        }
    }
}

fn named(transaction: &Transaction<'_>) -> rusqlite::Result<Option<Named>> {
    transaction
        .query_row(
            "select json_extract(details, '$.key'), json_extract(details, '$.log') from event
             where code in (?1, ?2) order by id desc limit 1",
            [Code::SigningKeyMade.name(), Code::SigningKeyChanged.name()],
            |row| {
                Ok(Named {
                    key: row.get(0)?,
                    log: row.get(1)?,
                })
            },
        )
        .optional()
}

type Chosen = (Signer, Option<(Code, String)>);

fn choose(
    data: &Path,
    named: Option<&Named>,
    found: Option<Signer>,
    (log, held): (&str, &Held),
) -> std::io::Result<Chosen> {
    let changed = |why: &str| Some((Code::SigningKeyChanged, why.to_owned()));
    if let Some(differs) = &held.differs {
        let why = format!(
            "{differs}; the log goes on with another key, to which the former does not give it"
        );
        return Ok((key::make(data)?, changed(&why)));
    }
    Ok(match (named, found) {
        (None, None) => {
            let made = Some((
                Code::SigningKeyMade,
                "a key was made, by which the log is signed".to_owned(),
            ));
            (key::make(data)?, made)
        }
        (None, Some(signer)) => {
            let made = Some((
                Code::SigningKeyMade,
                "the log is signed by the key that was made for it".to_owned(),
            ));
            (signer, made)
        }
        (Some(_), None) => {
            let why = "the key by which the log was signed is gone, and another was made";
            (key::make(data)?, changed(why))
        }
        (Some(named), Some(signer)) => {
            let is_known = signer.verifier().to_string() == named.key;
            match (is_known, named.log == log) {
                (true, true) => (signer, None),
                // What the key has signed since the copy was made is not in this log.
                (true, false) => {
                    let why = "the log was restored from a backup, and goes on with another key";
                    (key::make(data)?, changed(why))
                }
                (false, _) => (
                    signer,
                    changed("the log is signed by another key than before"),
                ),
            }
        }
    })
}
