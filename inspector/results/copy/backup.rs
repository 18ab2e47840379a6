//! Copies a log and its pictures while the station runs. The log is copied page by page from one view of it: a reader never
//! makes the writer wait, and the pauses leave the disk to it.

use super::files::{Source, are_nested, copied, failed, first_in, has_room, hashed, synced};
use super::manifest::FORMAT;
use super::{CopyError, Last, Manifest};
use crate::results::images::file_of;
use crate::results::open::{self, log_error};
use crate::results::proof::key;
use crate::station::time::WallTime;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension};
use std::path::Path;
use std::time::Duration;

/// A step copies so many pages of 4 KiB, …
const PAGES_AT_ONCE: i32 = 256;
/// … and the disk is the station's for so long after it.
const PAUSE: Duration = Duration::from_millis(2);

/// A finished copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// What it holds.
    pub manifest: Manifest,
    /// Pictures that the quota deleted while they were being copied; the copy's log says so.
    pub deleted_meanwhile: u64,
    /// What is wrong with the log and the pictures that were copied, in sentences: it was wrong before.
    pub problems: Vec<String>,
}

/// Copies the log of a data folder and its pictures into a folder that is empty or not there. `wall` is the time now.
///
/// # Errors
/// See [`CopyError`]. What was copied until then stays, without a manifest, and is no finished copy.
pub fn backup(data: &Path, into: &Path, wall: WallTime) -> Result<Copied, CopyError> {
    let path = open::database(data);
    let sql = |error: rusqlite::Error| CopyError::Storage(log_error(&path, &error));
    let source = open::readable(data)?;
    std::fs::create_dir_all(into).map_err(failed(into))?;
    if are_nested(data, into)? {
        return Err(CopyError::Inside {
            data: data.to_owned(),
            copy: into.to_owned(),
        });
    }
    if let Some(found) = first_in(into)? {
        return Err(CopyError::NotEmpty {
            path: into.to_owned(),
            found: found.display().to_string(),
        });
    }
    let needed = needed_bytes(&source).map_err(sql)?;
    has_room(into, needed)?;
    copy_log(&source, data, into)?;
    let target = open::database(into);
    let sql = |error: rusqlite::Error| CopyError::Storage(log_error(&target, &error));
    let copy = Connection::open(&target).map_err(sql)?;
    let pictures = copy_pictures(&source, &copy, data, into)?;
    let mut problems = pictures.problems;
    problems.extend(open::damage(&copy).map_err(sql)?);
    let mut manifest = told(&copy, wall).map_err(sql)?;
    manifest.pictures = pictures.count;
    manifest.picture_bytes = pictures.bytes;
    manifest.damaged_pictures = pictures.damaged;
    manifest.deleted_pictures = pictures.deleted_files;
    drop(copy);
    (manifest.log_bytes, manifest.log_sha256) = hashed(&target).map_err(failed(&target))?;
    // Whoever cannot read the key makes a backup all the same.
    manifest.sign_deletions(key::read(data).ok().flatten().as_ref());
    synced(into)?;
    manifest.write(into)?;
    Ok(Copied {
        manifest,
        deleted_meanwhile: pictures.deleted,
        problems,
    })
}

/// Of the log with what lies in its WAL, and of the pictures.
fn needed_bytes(source: &Connection) -> rusqlite::Result<u64> {
    let pages = open::pragma(source, "page_count")? * open::pragma(source, "page_size")?;
    let pictures: i64 = source.query_row(
        "select coalesce(sum(bytes), 0) from image where state = 'stored'",
        [],
        |row| row.get(0),
    )?;
    Ok(pages.unsigned_abs() + pictures.unsigned_abs())
}

/// A file by itself, without a WAL, which can be read where nothing may be written.
fn copy_log(source: &Connection, data: &Path, into: &Path) -> Result<(), CopyError> {
    let (from, to) = (open::database(data), open::database(into));
    let reading = |error: rusqlite::Error| CopyError::Storage(log_error(&from, &error));
    let writing = |error: rusqlite::Error| CopyError::Storage(log_error(&to, &error));
    let mut copy = Connection::open(&to).map_err(writing)?;
    // One view of the log until the end: what is written meanwhile does not begin the copy anew.
    let view = source.unchecked_transaction().map_err(reading)?;
    open::pragma(&view, "schema_version").map_err(reading)?;
    let copying = Backup::new(&view, &mut copy).map_err(writing)?;
    loop {
        match copying.step(PAGES_AT_ONCE).map_err(writing)? {
            StepResult::Done => break,
            _ => std::thread::sleep(PAUSE),
        }
    }
    drop(copying);
    copy.query_row("pragma journal_mode = delete", [], |_| Ok(()))
        .map_err(writing)
}

#[derive(Default)]
struct Pictures {
    count: u64,
    bytes: u64,
    deleted: u64,
    /// Paths as in the log, of those that the quota took meanwhile.
    deleted_files: Vec<String>,
    /// Paths as in the log, of files that are missing or other than the log says.
    damaged: Vec<String>,
    problems: Vec<String>,
}

/// Path and SHA-256 of a picture and of its map.
type Files = [Option<(String, String)>; 2];

fn copy_pictures(
    source: &Connection,
    copy: &Connection,
    data: &Path,
    into: &Path,
) -> Result<Pictures, CopyError> {
    let path = open::database(into);
    let sql = |error: rusqlite::Error| CopyError::Storage(log_error(&path, &error));
    let mut all = copy
        .prepare(
            "select job_id, part_no, view, path, sha256, map_path, map_sha256 from image
             where state = 'stored' order by job_id, part_no, view",
        )
        .map_err(sql)?;
    type Stored = ((i64, i64, i64), Files);
    let stored = all.query_map([], |row| {
        let file = |path: Option<String>, sha256: Option<String>| path.zip(sha256);
        Ok((
            (row.get(0)?, row.get(1)?, row.get(2)?),
            [
                file(row.get(3)?, row.get(4)?),
                file(row.get(5)?, row.get(6)?),
            ],
        ))
    });
    let mut done = Pictures::default();
    for stored in stored.map_err(sql)? {
        let (key, files): Stored = stored.map_err(sql)?;
        let of_picture = copy_picture(&files, data, into)?;
        // The quota may have taken it since the log was copied.
        if !of_picture.damaged.is_empty() && is_deleted(source, key).map_err(sql)? {
            for (relative, _) in files.iter().flatten() {
                let _ = std::fs::remove_file(into.join(relative));
            }
            // The copied log stays as it is: what it says is in its tree.
            done.deleted += 1;
            done.deleted_files
                .extend(files.iter().flatten().map(|(relative, _)| relative.clone()));
            continue;
        }
        done.count += of_picture.count;
        done.bytes += of_picture.bytes;
        done.damaged.extend(of_picture.damaged);
        done.problems.extend(of_picture.problems);
    }
    Ok(done)
}

/// The picture and its map, each with the SHA-256 that it should have.
fn copy_picture(files: &Files, data: &Path, into: &Path) -> Result<Pictures, CopyError> {
    let mut done = Pictures::default();
    for (relative, expected) in files.iter().flatten() {
        let fault = match file_of(data, relative) {
            None => Some("expected a file below images/".to_owned()),
            Some(from) => match copied(&from, &into.join(relative))? {
                Source::Missing => Some("the file is missing".to_owned()),
                Source::Unreadable(error) => Some(error.to_string()),
                Source::Copied(bytes, found) => {
                    done.bytes += bytes;
                    (found != *expected)
                        .then(|| format!("expected SHA-256 {expected}, found {found}"))
                }
            },
        };
        if let Some(fault) = fault {
            let path = data.join(relative);
            done.problems.push(format!("{}: {fault}", path.display()));
            done.damaged.push(relative.clone());
        }
    }
    done.count = u64::from(done.damaged.is_empty());
    Ok(done)
}

/// Whether the quota has taken a picture since the log was copied.
fn is_deleted(source: &Connection, (job, part, view): (i64, i64, i64)) -> rusqlite::Result<bool> {
    let state: Option<String> = source
        .prepare_cached("select state from image where job_id = ?1 and part_no = ?2 and view = ?3")?
        .query_row([job, part, view], |row| row.get(0))
        .optional()?;
    Ok(state.as_deref() == Some("deleted_by_quota"))
}

fn told(copy: &Connection, wall: WallTime) -> rusqlite::Result<Manifest> {
    let jobs: i64 = copy.query_row("select count(*) from job", [], |row| row.get(0))?;
    let last = Last::of(copy)?;
    Ok(Manifest {
        format: FORMAT,
        made_at: jiff::Timestamp::from_microsecond(wall.0)
            .map_or(String::new(), |at| format!("{at:.6}")),
        software_version: env!("CARGO_PKG_VERSION").to_owned(),
        log: open::identity(copy)?,
        log_bytes: 0,
        log_sha256: String::new(),
        jobs: jobs.unsigned_abs(),
        results: last.results,
        feed_end: last.feed_end,
        last_job: last.job,
        last_part_no: last.part_no,
        is_job_open: last.is_open,
        pictures: 0,
        picture_bytes: 0,
        damaged_pictures: Vec::new(),
        deleted_pictures: Vec::new(),
        deleted_note: None,
    })
}
