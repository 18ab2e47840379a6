//! Puts a copy back into an empty data folder.

use super::files::{Source, are_nested, copied, failed, first_in, has_room, synced};
use super::{CopyError, MANIFEST, Manifest};
use crate::ports::journal::Entry;
use crate::results::images::file_of;
use crate::results::open::{self, OpenError, file_error, log_error};
use crate::results::proof::key;
use crate::results::proof::leaf::Kind;
use crate::results::verify::{Scope, verify};
use crate::results::writer::close_open;
use crate::results::{append, journal};
use crate::station::time::WallTime;
use crate::telemetry::catalogue::Code;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};

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
    let unfinished = Unfinished::of(data);
    unfinished.refuse_what_is_there(data)?;
    let scope = Scope {
        with_pictures: true,
    };
    let mut report = verify(from, scope)?;
    // What was damaged when the backup was made is no reason to lose the rest; `verify` names it afterwards as well.
    let known = std::mem::take(&mut report.damaged_before);
    report.problems.retain(|problem| !known.contains(problem));
    if !report.problems.is_empty() {
        return Err(CopyError::Broken {
            path: from.to_owned(),
            problems: report.problems,
        });
    }
    unfinished.clear().map_err(failed(data))?;
    has_room(
        data,
        manifest.log_bytes.saturating_add(manifest.picture_bytes),
    )?;
    let source = open::database(from);
    let is_same = matches!(
        copied(&source, &unfinished.log)?,
        Source::Copied(_, sha256) if sha256 == manifest.log_sha256
    );
    if !is_same {
        return Err(CopyError::Broken {
            path: from.to_owned(),
            problems: vec![format!("{}: changed while it was read", source.display())],
        });
    }
    copy_pictures(from, &unfinished.images)?;
    let deleted = manifest.signed_deletions(&report.keys);
    tell(&unfinished.log, (&manifest, deleted), wall, actor)?;
    synced(data)?;
    key::set_notes_aside(data).map_err(failed(data))?;
    unfinished.place(data)?;
    Ok(Restored { manifest })
}

/// What is being put back has names of its own until all of it is there, so that it can be begun anew, and no station
/// takes it for a log.
struct Unfinished {
    log: PathBuf,
    images: PathBuf,
    /// Of a restore that was killed between its last two steps.
    placed: PathBuf,
}

impl Unfinished {
    fn of(data: &Path) -> Self {
        Self {
            log: data.join("results.sqlite.restoring"),
            images: data.join("images.restoring"),
            placed: data.join("images"),
        }
    }

    /// Whether a restore was killed when it had begun: then pictures without a log are its own.
    fn is_begun(&self) -> bool {
        self.log.exists()
    }

    fn refuse_what_is_there(&self, data: &Path) -> Result<(), CopyError> {
        let not_empty = |found: String| CopyError::NotEmpty {
            path: data.to_owned(),
            found,
        };
        for name in ["results.sqlite", "results.sqlite-wal"] {
            if data.join(name).exists() {
                return Err(not_empty(name.to_owned()));
            }
        }
        if !self.is_begun()
            && self.placed.exists()
            && let Some(found) = first_in(&self.placed)?
        {
            return Err(not_empty(found.display().to_string()));
        }
        Ok(())
    }

    /// The log last: until then there is none.
    fn place(&self, data: &Path) -> Result<(), CopyError> {
        let log = open::database(data);
        // An empty one may be there.
        let _ = std::fs::remove_dir(&self.placed);
        if self.images.exists() {
            std::fs::rename(&self.images, &self.placed).map_err(failed(&self.placed))?;
        }
        std::fs::rename(&self.log, &log).map_err(failed(&log))?;
        Ok(synced(data)?)
    }

    fn clear(&self) -> std::io::Result<()> {
        let is_there = |path: &Path| path.symlink_metadata().is_ok();
        let folders = [Some(&self.images), self.is_begun().then_some(&self.placed)];
        for folder in folders.into_iter().flatten().filter(|path| is_there(path)) {
            std::fs::remove_dir_all(folder)?;
        }
        // Last: it says whose the pictures are.
        let mut journal = self.log.clone().into_os_string();
        journal.push("-journal");
        for file in [PathBuf::from(journal), self.log.clone()] {
            if is_there(&file) {
                std::fs::remove_file(file)?;
            }
        }
        Ok(())
    }
}

/// Only those that the log names; they were verified a moment ago. `images` is to hold what lies in the backup's folder of
/// that name.
fn copy_pictures(from: &Path, images: &Path) -> Result<(), CopyError> {
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
            let (Some(file), Ok(below)) = (
                file_of(from, &relative),
                Path::new(&relative).strip_prefix("images"),
            ) else {
                continue;
            };
            if let Source::Unreadable(error) = copied(&file, &images.join(below))? {
                return Err(CopyError::Storage(file_error(&file, &error)));
            }
        }
    }
    Ok(())
}

/// A log without a WAL: all of it is in the file.
fn opened_apart(path: &Path) -> Result<Connection, OpenError> {
    let storage = |error: rusqlite::Error| OpenError::Log(log_error(path, &error));
    let connection = Connection::open(path).map_err(storage)?;
    open::check(&connection, path)?;
    connection
        .execute_batch(
            "pragma journal_mode = delete; pragma synchronous = full; pragma foreign_keys = on;",
        )
        .map_err(storage)?;
    Ok(connection)
}

/// The journal says that rows after the copy's end are no more.
fn tell(
    log: &Path,
    (manifest, deleted): (&Manifest, &[String]),
    wall: WallTime,
    actor: &str,
) -> Result<(), CopyError> {
    let sql = |error: rusqlite::Error| CopyError::Storage(log_error(log, &error));
    let mut connection = opened_apart(log)?;
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
    mark_deleted(&transaction, deleted).map_err(sql)?;
    transaction.commit().map_err(sql)
}

/// Pictures that the quota took while the backup was made.
fn mark_deleted(transaction: &Transaction<'_>, paths: &[String]) -> rusqlite::Result<()> {
    for path in paths {
        let key = transaction
            .query_row(
                "update image set state = 'deleted_by_quota' where path = ?1 and state = 'stored'
                 returning job_id, part_no, view",
                [path],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        if let Some(key) = key {
            append::picture(transaction, Kind::PictureDeleted, key)?;
        }
    }
    Ok(())
}
