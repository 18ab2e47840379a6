//! Which key signs for the log when a job begins, and what the journal says when it is another.

use super::job::Begun;
use super::signing::{Signing, TO_DO, last_of};
use crate::ports::journal::Entry;
use crate::results::proof::note::{Checkpoint, Note, Signer};
use crate::results::proof::{self, Differs, SignError, key};
use crate::results::{journal, open};
use crate::station::time::WallTime;
use crate::telemetry::catalogue::Code;
use rusqlite::{OptionalExtension, Transaction};
use std::path::Path;

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
    let found = key::read(data);
    let held = match (&found, &named) {
        (Ok(Some(signer)), Some(named)) if named.is_of(signer, &log) => {
            held(transaction, data, signer)?
        }
        _ => Held::default(),
    };
    // A log that was restored gets its key from nobody: the former key signed other leaves in these places. Nor does one
    // that is not what the former key signed.
    let former = named
        .as_ref()
        .filter(|named| named.log == log && held.differs.is_none())
        .and_then(|named| key::former(data, &named.key.parse().ok()?));
    let differs = held.differs.clone();
    let (signer, entry) = signer(data, wall, (named, found), (log, &held));
    if let Some(remark) = held.remark(wall) {
        journal::insert(transaction, begun.job, &remark)?;
        begun.remarks.push(remark);
    }
    if let Some(entry) = entry {
        let is_changed = entry.code == Code::SigningKeyChanged;
        journal::insert(transaction, begun.job, &entry)?;
        begun.remarks.push(entry);
        if let Some(former) = former.filter(|_| is_changed) {
            hand_over(transaction, &former)?;
        }
    }
    let mut signing = Signing::new(data.to_owned(), signer, held.last);
    if let Some(differs) = differs {
        signing.differed(format!("{differs}; {TO_DO}"));
    }
    Ok(signing)
}

/// The log held against what its key signed last.
#[derive(Default)]
struct Held {
    last: Option<Checkpoint>,
    differs: Option<Differs>,
    /// The note beside the key is gone, or cannot be read.
    gone: Option<String>,
}

/// What the key signed last is beside it; where that is gone, the log's own newest checkpoint has to do.
fn held(transaction: &Transaction<'_>, data: &Path, signer: &Signer) -> rusqlite::Result<Held> {
    let path = key::signed(data);
    let beside = last_of(data, signer);
    let newest = newest(transaction, signer)?;
    let gone = match (&beside, &newest) {
        (Ok(None), Some(newest)) => Some(format!(
            "{}: expected what the key signed last, over {} leaves or more, and found nothing by this key",
            path.display(),
            newest.size
        )),
        (Err(error), _) => Some(error.to_string()),
        _ => None,
    };
    let mut held = Held {
        gone,
        ..Held::default()
    };
    for signed in beside.ok().flatten().into_iter().chain(newest) {
        match proof::goes_on(transaction, &signed) {
            Err(SignError::Sql(error)) if transaction.is_autocommit() => return Err(error),
            // It is told again when the next root cannot be computed.
            Err(SignError::Sql(_)) => {}
            Err(SignError::Differs(differs)) => {
                held.differs.get_or_insert(differs);
            }
            Ok(()) => {
                let is_newer = held
                    .last
                    .as_ref()
                    .is_none_or(|last| last.size < signed.size);
                if is_newer {
                    held.last = Some(signed);
                }
            }
        }
    }
    if held.differs.is_some() {
        held.last = None;
    }
    Ok(held)
}

/// The log's newest checkpoint by this key.
fn newest(transaction: &Transaction<'_>, signer: &Signer) -> rusqlite::Result<Option<Checkpoint>> {
    let note: Option<String> = transaction
        .query_row(
            "select note from checkpoint order by size desc limit 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    let note = note.and_then(|note| note.parse::<Note>().ok());
    let note = note.filter(|note| signer.verifier().has_signed(note));
    Ok(note.and_then(|note| note.text.parse().ok()))
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

impl Named {
    fn is_of(&self, signer: &Signer, log: &str) -> bool {
        signer.verifier().to_string() == self.key && self.log == log
    }
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
