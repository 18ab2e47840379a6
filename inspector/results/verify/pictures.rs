//! The files of pictures, held against what the log says of them.

use super::{Report, Scope, name};
use crate::results::copy::{Last, MANIFEST, Manifest, hashed};
use crate::results::images::file_of;
use crate::results::images::strays::{jobs as jobs_with_pictures, strays};
use crate::results::proof::note::Verifier;
use rusqlite::{Connection, Row};
use std::collections::HashSet;
use std::path::Path;

/// What a backup says of its pictures. It is believed that the quota took one while it was made where the station's key signed
/// that; what else it says of files that are missing or changed excuses nothing.
struct Told<'a> {
    taken: HashSet<&'a str>,
    known: HashSet<&'a str>,
}

impl<'a> Told<'a> {
    fn of(manifest: Option<&'a Manifest>, keys: &[Verifier]) -> Self {
        let taken = paths(manifest, |manifest| manifest.signed_deletions(keys));
        let mut known = paths(manifest, |manifest| &manifest.damaged_pictures);
        known.extend(paths(manifest, |manifest| &manifest.deleted_pictures));
        Self { taken, known }
    }

    /// Whether the picture is one that the quota took, and is gone.
    fn is_taken(&self, data: &Path, path: &str) -> bool {
        let is_there = || file_of(data, path).is_some_and(|file| file.exists());
        self.taken.contains(path) && !is_there()
    }
}

/// What is wrong with files.
#[derive(Default)]
struct Bad {
    /// The backup says it, too.
    known: Vec<String>,
    other: Vec<String>,
}

/// Gives the bytes of the files, whatever their content.
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
    let told = Told::of(manifest, &report.keys);
    let (mut bad, mut taken, mut bytes) = (Bad::default(), Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let is_stored = row.get::<_, String>(2)? == "stored";
        let path: Option<String> = row.get(3)?;
        let path = path.filter(|path| is_stored && told.is_taken(data, path));
        let is_deleted = path.is_some();
        taken.extend(path);
        if is_deleted || row.get::<_, String>(2)? == "deleted_by_quota" {
            report.deleted_by_quota += 1;
        }
        if is_stored && !is_deleted {
            let (found, is_good) = picture(row, data, (scope, &told), &mut bad)?;
            bytes += found;
            report.pictures += u64::from(is_good);
        }
    }
    name(report, bad.other);
    let before = report.problems.len();
    name(report, bad.known);
    report.damaged_before = report.problems[before..].to_vec();
    if let Some(first) = taken.first() {
        report.remarks.push(format!(
            "{} pictures were deleted for the quota while the backup was made, as the station's key signed, the first {first}",
            taken.len()
        ));
    }
    stray_files(connection, data, report)?;
    Ok(bytes)
}

/// Bytes of a picture and its map, counted as the backup counts them, and whether both are as the log says.
fn picture(
    row: &Row<'_>,
    data: &Path,
    (scope, told): (Scope, &Told<'_>),
    bad: &mut Bad,
) -> rusqlite::Result<(u64, bool)> {
    let (job, part): (i64, i64) = (row.get(0)?, row.get(1)?);
    let (mut bytes, mut is_good) = (0, true);
    for (path, hash) in [(3, 4), (5, 6)] {
        let (Some(path), Some(hash)) = (
            row.get::<_, Option<String>>(path)?,
            row.get::<_, Option<String>>(hash)?,
        ) else {
            continue;
        };
        let found = looked_at(data, &path, &hash, scope.with_pictures);
        bytes += found
            .as_ref()
            .map_or_else(|fault| fault.bytes, |bytes| *bytes);
        let is_known = told.known.contains(path.as_str());
        let fault = match found {
            Ok(_) if is_known && !scope.with_pictures => "not read".to_owned(),
            Ok(_) => continue,
            Err(fault) => fault.said,
        };
        is_good = false;
        let said = format!(
            "job {job}, part {part}: {}: {fault}",
            data.join(&path).display()
        );
        match is_known {
            true => bad.known.push(format!(
                "{said}; {MANIFEST} says that it was damaged or deleted before, which nobody signed"
            )),
            false => bad.other.push(said),
        }
    }
    Ok((bytes, is_good))
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
