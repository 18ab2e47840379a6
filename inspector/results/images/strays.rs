//! Files below `images/` that the log does not name: left by a killed station, by a log that is gone, or put there.

use crate::ports::log::LogError;
use crate::results::open::file_error;
use rusqlite::Connection;
use std::collections::HashSet;
use std::fs::DirEntry;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A file that the log does not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::results) struct Stray {
    pub path: PathBuf,
    pub bytes: u64,
    /// Whether a station wrote it, by its name; whatever else lies there belongs to somebody.
    pub is_ours: bool,
}

/// What a folder holds; one that is not there holds nothing.
fn entries(folder: &Path) -> Result<Vec<DirEntry>, LogError> {
    let failed = |error: io::Error| file_error(folder, &error);
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map_err(failed)).collect(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(error) => Err(failed(error)),
    }
}

/// Jobs that have a folder of pictures, oldest first; of what cannot be read, none.
pub(in crate::results) fn jobs(data: &Path) -> Vec<u64> {
    numbered(data).unwrap_or_default()
}

fn numbered(data: &Path) -> Result<Vec<u64>, LogError> {
    let mut jobs: Vec<u64> = entries(&data.join("images"))?
        .iter()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    jobs.sort_unstable();
    Ok(jobs)
}

/// The highest number of a job may stand in the upper half of a row's number.
const JOBS_MAX: u64 = (1 << 31) - 2;

/// Jobs that have pictures, oldest first, whatever the log knows of them.
///
/// # Errors
/// When it cannot be known: what cannot be read is not empty.
pub(in crate::results) fn pictured(data: &Path) -> Result<Vec<u64>, LogError> {
    let mut pictured = Vec::new();
    for job in numbered(data)? {
        let files = entries(&data.join("images").join(job.to_string()))?;
        let is_picture = |file: &DirEntry| file.file_name().to_str().is_some_and(is_picture_name);
        if job <= JOBS_MAX && files.iter().any(is_picture) {
            pictured.push(job);
        }
    }
    Ok(pictured)
}

/// All of them, oldest first. Memory is that of one job's names.
pub(in crate::results) fn strays(
    connection: &Connection,
    data: &Path,
) -> rusqlite::Result<Vec<Stray>> {
    let mut named = connection
        .prepare("select path, map_path from image where job_id = ?1 and state = 'stored'")?;
    let mut strays = Vec::new();
    for job in jobs(data) {
        let mut known: HashSet<PathBuf> = HashSet::new();
        let mut rows = named.query([job as i64])?;
        while let Some(row) = rows.next()? {
            let (path, map): (String, Option<String>) = (row.get(0)?, row.get(1)?);
            known.insert(data.join(path));
            known.extend(map.map(|map| data.join(map)));
        }
        let files = std::fs::read_dir(data.join("images").join(job.to_string()));
        let mut of_job: Vec<Stray> = files
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let path = entry.path();
                let metadata = entry.metadata().ok()?;
                let is_stray = metadata.is_file() && !known.contains(&path);
                is_stray.then(|| Stray {
                    is_ours: entry.file_name().to_str().is_some_and(is_picture_name),
                    bytes: metadata.len(),
                    path,
                })
            })
            .collect();
        of_job.sort_by_key(|stray| part_of(&stray.path));
        strays.append(&mut of_job);
    }
    Ok(strays)
}

fn part_of(path: &Path) -> (u64, PathBuf) {
    let stem = path.file_name().and_then(|name| name.to_str());
    let part = stem.and_then(|stem| stem.split('-').next()?.parse().ok());
    (part.unwrap_or(u64::MAX), path.to_owned())
}

/// `<part>-<view>`, for the map with `.map`, and an ending that a station writes.
fn is_picture_name(name: &str) -> bool {
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return false;
    };
    let stem = stem.strip_suffix(".map").unwrap_or(stem);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_numbered = stem
        .split_once('-')
        .is_some_and(|(part, view)| is_number(part) && is_number(view));
    is_numbered && ["png", "jpg", "tmp"].contains(&ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_station_names_so_is_taken_for_its_own() {
        let names = [
            "3-0.png",
            "3-0.map.png",
            "12-7.jpg",
            "3-0.tmp",
            "3-0.map.tmp",
        ];
        assert!(names.into_iter().all(is_picture_name));
        let others = [
            "3.png",
            "notes.png",
            "3-0.txt",
            "3-x.png",
            "-0.png",
            "3-0",
            "3-0.map",
        ];
        assert!(!others.into_iter().any(is_picture_name));
    }
}
