//! `backup.json`: what a copy holds, so that anybody can tell when something of it is missing. It is written last: a
//! folder without it is no finished copy.

use super::CopyError;
use super::files::failed;
use crate::ports::log::LogError;
use crate::results::proof::note::{Note, Signer, Verifier};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Name of the file in the folder of a copy.
pub const MANIFEST: &str = "backup.json";
/// The version of the file's form that is written and read.
pub(super) const FORMAT: u32 = 1;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this file's own form.
    pub format: u32,
    /// When the log was copied, RFC 3339 in UTC.
    pub made_at: String,
    /// What made it.
    pub software_version: String,
    /// Which log it is a copy of.
    pub log: String,
    /// Bytes of `results.sqlite`.
    pub log_bytes: u64,
    /// Of `results.sqlite`, lower-case hex.
    pub log_sha256: String,
    /// Runs of the station in it.
    pub jobs: u64,
    /// Results in it.
    pub results: u64,
    /// The last number of the feed: what was recorded later is not in it.
    pub feed_end: i64,
    /// The newest job, and the last of its parts that is in it; 0 for none.
    pub last_job: i64,
    /// Number of its last part; 0 for none.
    pub last_part_no: i64,
    /// Whether the newest job was running.
    pub is_job_open: bool,
    /// Pictures in it.
    pub pictures: u64,
    /// Of the pictures and their score maps.
    pub picture_bytes: u64,
    /// Files, as the log names them, that were missing or other than the log says when the backup was made.
    pub damaged_pictures: Vec<String>,
    /// Files of pictures, as the log names them, that the quota deleted while the backup was made: its log still has them.
    #[serde(default)]
    pub deleted_pictures: Vec<String>,
    /// A signed note of the station's key that they were; `None` where there are none, or no key that the backup could read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_note: Option<String>,
}

impl Manifest {
    /// What the station's key signs of them: it fits this log alone.
    fn deletions(&self) -> String {
        let (log, paths) = (&self.log_sha256, self.deleted_pictures.join("\n"));
        format!("pictures deleted while a backup was made\n{log}\n{paths}\n")
    }

    /// Has the key say which pictures the quota took.
    pub(super) fn sign_deletions(&mut self, signer: Option<&Signer>) {
        if !self.deleted_pictures.is_empty() {
            self.deleted_note = signer.map(|signer| signer.sign(&self.deletions()));
        }
    }

    /// The pictures of which one of these keys signed that the quota took them; none where none of them did.
    pub fn signed_deletions(&self, keys: &[Verifier]) -> &[String] {
        let note = self.deleted_note.as_ref();
        let note: Option<Note> = note.and_then(|text| text.parse().ok());
        let is_signed = note.is_some_and(|note| {
            note.text == self.deletions() && keys.iter().any(|key| key.has_signed(&note))
        });
        match is_signed {
            true => &self.deleted_pictures,
            false => &[],
        }
    }

    /// Reads that of a folder; `None` where there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read or understood.
    pub fn read(folder: &Path) -> Result<Option<Self>, CopyError> {
        let path = folder.join(MANIFEST);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(failed(&path))?,
        };
        let unknown = |message: String| CopyError::NoBackup {
            path: folder.to_owned(),
            message: format!("{MANIFEST}: {message}"),
        };
        // The form first: a later one may have other fields.
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| unknown(error.to_string()))?;
        let format = value["format"].as_u64();
        if format != Some(u64::from(FORMAT)) {
            return Err(unknown(format!(
                "expected format {FORMAT}, found {}; use the inspector that made it",
                value["format"]
            )));
        }
        let manifest: Self =
            serde_json::from_value(value).map_err(|error| unknown(error.to_string()))?;
        let is_time = manifest.made_at.parse::<jiff::Timestamp>().is_ok();
        match is_time {
            true => Ok(Some(manifest)),
            false => Err(unknown(format!(
                "made_at: expected a time as RFC 3339, found {:?}",
                manifest.made_at
            ))),
        }
    }

    /// Makes the copy a finished one.
    pub(super) fn write(&self, folder: &Path) -> Result<(), LogError> {
        let path = folder.join(MANIFEST);
        let partial = folder.join("backup.json.tmp");
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        File::create(&partial)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.write_all(b"\n")?;
                file.sync_all()
            })
            .and_then(|()| std::fs::rename(&partial, &path))
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(failed(&path))
    }
}
