//! Which key signs for the log, and what the journal says when it is another.

use super::job::Begun;
use crate::ports::journal::Entry;
use crate::results::proof::note::Signer;
use crate::results::proof::{self, key};
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
) -> rusqlite::Result<Option<Signer>> {
    let log = open::identity(transaction)?;
    let named = named(transaction)?;
    // A log that was restored gets its key from nobody: the former key signed other leaves in these places.
    let former = named
        .as_ref()
        .filter(|named| named.log == log)
        .and_then(|named| key::former(data, &named.key.parse().ok()?));
    let (signer, entry) = signer(data, wall, named, log);
    if let Some(entry) = entry {
        let is_changed = entry.code == Code::SigningKeyChanged;
        journal::insert(transaction, begun.job, &entry)?;
        begun.remarks.push(entry);
        if let Some(former) = former.filter(|_| is_changed) {
            hand_over(transaction, &former)?;
        }
    }
    Ok(signer)
}

/// The former key signs the tree that ends with the entry that names the new one, so that whoever knows the former can
/// believe the new one. A tree that cannot be signed keeps no job from beginning.
fn hand_over(transaction: &Transaction<'_>, former: &Signer) -> rusqlite::Result<()> {
    match proof::sign(transaction, former) {
        Err(error) if transaction.is_autocommit() => Err(error),
        _ => Ok(()),
    }
}

/// The key to sign with, and what is to be told of it. A station without a key goes on: nothing is signed until it has one.
fn signer(
    data: &Path,
    wall: WallTime,
    named: Option<Named>,
    log: String,
) -> (Option<Signer>, Option<Entry>) {
    match choose(data, named.as_ref(), &log) {
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

type Chosen = (Signer, Option<(Code, &'static str)>);

fn choose(data: &Path, named: Option<&Named>, log: &str) -> std::io::Result<Chosen> {
    let found = key::read(data)?;
    let changed = |why| Some((Code::SigningKeyChanged, why));
    Ok(match (named, found) {
        (None, None) => {
            let made = Some((
                Code::SigningKeyMade,
                "a key was made, by which the log is signed",
            ));
            (key::make(data)?, made)
        }
        (None, Some(signer)) => {
            let made = Some((
                Code::SigningKeyMade,
                "the log is signed by the key that was made for it",
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
