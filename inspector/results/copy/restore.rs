//! Puts a copy back into an empty data folder.

use super::files::{are_nested, copied, failed, first_in, has_room, synced};
use super::{CopyError, MANIFEST, Manifest};
use crate::ports::journal::Entry;
use crate::results::journal;
use crate::results::open::{self, log_error};
use crate::results::verify::{Scope, verify};
use crate::results::writer::close_open;
use crate::station::time::WallTime;
use crate::telemetry::catalogue::Code;
use rusqlite::TransactionBehavior;
use std::path::Path;

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What the copy held.
    pub manifest: Manifest,
}

/// Verifies a copy and puts it into a data folder that has no log and no pictures. The log gets its name last: until
/// then there is none. `wall` is the time now, and `actor` whoever asked for it.
///
/// # Errors
/// See [`CopyError`]. Nothing is overwritten.
pub fn restore(
    from: &Path,
    data: &Path,
    wall: WallTime,
    actor: &str,
) -> Result<Restored, CopyError> {
    let Some(manifest) = Manifest::read(from)? else {
        return Err(CopyError::NoBackup {
            path: from.to_owned(),
            message: format!(
                "{MANIFEST} is not there: the copy was not finished, or not made by it"
            ),
        });
    };
    let _lock = open::lock(data)?;
    if are_nested(data, from)? {
        return Err(CopyError::Inside {
            data: data.to_owned(),
            copy: from.to_owned(),
        });
    }
    refuse_what_is_there(data)?;
    let scope = Scope {
        with_pictures: true,
    };
    let report = verify(from, scope)?;
    if !report.problems.is_empty() {
        return Err(CopyError::Broken {
            path: from.to_owned(),
            problems: report.problems,
        });
    }
    has_room(data, manifest.log_bytes + manifest.picture_bytes)?;
    copy_pictures(from, data)?;
    let (log, partial) = (open::database(data), data.join("results.sqlite.restoring"));
    let _ = std::fs::remove_file(&partial);
    let source = open::database(from);
    let found = copied(&source, &partial)?;
    let is_same = found.is_some_and(|(_, sha256)| sha256 == manifest.log_sha256);
    if !is_same {
        return Err(CopyError::Broken {
            path: from.to_owned(),
            problems: vec![format!("{}: changed while it was read", source.display())],
        });
    }
    synced(data)?;
    std::fs::rename(&partial, &log).map_err(failed(&log))?;
    synced(data)?;
    tell(data, &manifest, wall, actor)?;
    Ok(Restored { manifest })
}

fn refuse_what_is_there(data: &Path) -> Result<(), CopyError> {
    let not_empty = |found: String| CopyError::NotEmpty {
        path: data.to_owned(),
        found,
    };
    for name in ["results.sqlite", "results.sqlite-wal"] {
        if data.join(name).exists() {
            return Err(not_empty(name.to_owned()));
        }
    }
    let images = data.join("images");
    if images.exists()
        && let Some(found) = first_in(&images)?
    {
        return Err(not_empty(found.display().to_string()));
    }
    Ok(())
}

/// Only those that the log names; they were verified a moment ago.
fn copy_pictures(from: &Path, data: &Path) -> Result<(), CopyError> {
    let path = open::database(from);
    let sql = |error: rusqlite::Error| CopyError::Storage(log_error(&path, &error));
    let connection = open::readable(from)?;
    let mut all = connection
        .prepare("select path, map_path from image where state = 'stored'")
        .map_err(sql)?;
    let mut rows = all.query([]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        let (picture, map): (String, Option<String>) =
            (row.get(0).map_err(sql)?, row.get(1).map_err(sql)?);
        for relative in [Some(picture), map].into_iter().flatten() {
            copied(&from.join(&relative), &data.join(&relative))?;
        }
    }
    Ok(())
}

/// The journal says that rows after the copy's end are no more.
fn tell(data: &Path, manifest: &Manifest, wall: WallTime, actor: &str) -> Result<(), CopyError> {
    let path = open::database(data);
    let sql = |error: rusqlite::Error| CopyError::Storage(log_error(&path, &error));
    let mut connection = open::writable(data)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(sql)?;
    // Numbers of the feed after the copy's end are given out anew: whoever stands behind them must not take the rows
    // that get them for known.
    let before = open::identity(&transaction).map_err(sql)?;
    transaction
        .execute("update log set identity = lower(hex(randomblob(16)))", [])
        .map_err(sql)?;
    let now = open::identity(&transaction).map_err(sql)?;
    let entry = Entry {
        actor: actor.to_owned(),
        message: format!(
            "restored from the backup of {}; what was recorded after it is not in this log",
            manifest.made_at
        ),
        details: vec![
            ("made_at", manifest.made_at.clone()),
            ("log_sha256", manifest.log_sha256.clone()),
            ("feed_end", manifest.feed_end.to_string()),
            ("log_before", before),
            ("log", now),
        ],
        ..Entry::of_station(wall, Code::LogRestored)
    };
    close_open(
        &transaction,
        wall,
        "the log was restored from a backup that was made while this job was running; what came after it is not here",
    )
    .map_err(sql)?;
    journal::insert(&transaction, None, &entry).map_err(sql)?;
    transaction.commit().map_err(sql)
}
