//! The files of pictures, held against what the log says of them.

use super::{Report, Scope, name};
use crate::results::copy::{Last, Manifest, hashed};
use crate::results::images::file_of;
use crate::results::images::strays::{jobs as jobs_with_pictures, strays};
use rusqlite::Connection;
use std::collections::HashSet;
use std::path::Path;

/// Gives the bytes of the files that are as the log says. Those that were not when the backup was made, it
/// says itself.
pub(super) fn pictures(
    connection: &Connection,
    data: &Path,
    scope: Scope,
    manifest: Option<&Manifest>,
    report: &mut Report,
) -> rusqlite::Result<u64> {
    let mut all = connection.prepare(
        "select job_id, part_no, state, path, sha256, map_path, map_sha256 from image
         order by job_id, part_no, view",
    )?;
    let mut rows = all.query([])?;
    let known = paths(manifest, |manifest| &manifest.damaged_pictures);
    let deleted = paths(manifest, |manifest| &manifest.deleted_pictures);
    let (mut bad, mut known_bad, mut bytes) = (Vec::new(), 0_u64, 0);
    while let Some(row) = rows.next()? {
        let (job, part): (i64, i64) = (row.get(0)?, row.get(1)?);
        let state: String = row.get(2)?;
        let path: Option<String> = row.get(3)?;
        let is_deleted = path.is_some_and(|path| deleted.contains(path.as_str()));
        if state == "deleted_by_quota" || is_deleted {
            report.deleted_by_quota += 1;
        }
        if state != "stored" || is_deleted {
            continue;
        }
        let mut is_good = true;
        for (path, hash) in [(3, 4), (5, 6)] {
            let (Some(path), Some(hash)) = (
                row.get::<_, Option<String>>(path)?,
                row.get::<_, Option<String>>(hash)?,
            ) else {
                continue;
            };
            let found = looked_at(data, &path, &hash, scope.with_pictures);
            // Counted as the backup counts them, whatever their content.
            bytes += found
                .as_ref()
                .map_or_else(|fault| fault.bytes, |bytes| *bytes);
            match found {
                _ if known.contains(path.as_str()) => known_bad += 1,
                Ok(_) => continue,
                Err(fault) => bad.push(format!(
                    "job {job}, part {part}: {}: {}",
                    data.join(&path).display(),
                    fault.said
                )),
            }
            is_good = false;
        }
        report.pictures += u64::from(is_good);
    }
    name(report, bad);
    if known_bad > 0 {
        report.remarks.push(format!(
            "{known_bad} files of pictures were missing or changed already when the backup was made"
        ));
    }
    stray_files(connection, data, report)?;
    Ok(bytes)
}

/// Files that a backup names.
fn paths<'a>(
    manifest: Option<&'a Manifest>,
    of: impl FnOnce(&'a Manifest) -> &'a [String],
) -> HashSet<&'a str> {
    let named = manifest.map_or(&[][..], of);
    named.iter().map(String::as_str).collect()
}

fn stray_files(connection: &Connection, data: &Path, report: &mut Report) -> rusqlite::Result<()> {
    let strays = strays(connection, data)?;
    if let Some(first) = strays.first() {
        report.remarks.push(format!(
            "{} files under images/ are not in the log, as {}: left by a killed station, or put there",
            strays.len(),
            first.path.display()
        ));
    }
    Ok(())
}

/// What is wrong with a file, in words, and the bytes that it has all the same.
struct Fault {
    said: String,
    bytes: u64,
}

/// Bytes of a file that is as the log says.
fn looked_at(data: &Path, relative: &str, hash: &str, is_read: bool) -> Result<u64, Fault> {
    let fault = |said: String, bytes| Fault { said, bytes };
    let Some(file) = file_of(data, relative) else {
        return Err(fault("expected a file below images/".to_owned(), 0));
    };
    let found = match is_read {
        true => hashed(&file).map(|(bytes, found)| (bytes, Some(found))),
        false => std::fs::metadata(&file).and_then(|file| match file.is_file() {
            true => Ok((file.len(), None)),
            false => Err(std::io::Error::other("expected an ordinary file")),
        }),
    };
    match found {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(fault("the file is missing".to_owned(), 0))
        }
        Err(error) => Err(fault(error.to_string(), 0)),
        Ok((bytes, Some(found))) if found != hash => Err(fault(
            format!("expected SHA-256 {hash}, found {found}"),
            bytes,
        )),
        Ok((bytes, _)) => Ok(bytes),
    }
}

/// Pictures of a job that the log does not know are of rows that are missing.
pub(super) fn later_pictures(last: &Last, data: &Path, report: &mut Report) {
    let last = last.job.unsigned_abs();
    let newest = jobs_with_pictures(data).last().copied().unwrap_or(0);
    if newest > last {
        report.problems.push(format!(
            "pictures of job {newest} are there, and the log ends with job {last}: its newest rows are missing. A copy that \
             was made by hand while a station ran lacks what was in results.sqlite-wal: copy with `inspector backup`"
        ));
    }
}
