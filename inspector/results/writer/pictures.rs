//! Rows of pictures: what is stored, and what was deleted to keep within the quota.

use crate::results::append;
use crate::results::proof::leaf::Kind;
use crate::results::review::KEEPS_PICTURES;
use crate::station::part::JobId;
use crate::station::time::WallTime;
use rusqlite::{Transaction, params};

/// A picture whose files are on the disk.
#[derive(Clone, Debug)]
pub(in crate::results) struct StoredPicture {
    pub part_no: i64,
    pub view: u8,
    pub path: String,
    pub sha256: String,
    /// Path and SHA-256 of the score map beside it.
    pub map: Option<(String, String)>,
    /// Of both files.
    pub bytes: i64,
    pub at: WallTime,
}

/// What becomes of pictures.
#[derive(Clone, Debug)]
pub(in crate::results) enum Pictures {
    /// It is stored.
    Stored(StoredPicture),
    /// Pictures whose files are deleted once this is durable.
    DeletedByQuota {
        /// Job, part and view.
        keys: Vec<(i64, i64, i64)>,
        /// One whose part waits for a review by then stays as it is.
        spares_waiting: bool,
    },
}

/// How many rows were written or changed.
pub(super) fn write(
    transaction: &Transaction<'_>,
    job: JobId,
    pictures: &Pictures,
) -> rusqlite::Result<i64> {
    match pictures {
        Pictures::Stored(picture) => {
            let inserted = transaction
                .prepare_cached(
                    "insert into image (job_id, part_no, view, state, path, sha256, bytes, map_path,
                     map_sha256, stored_at_us) values (?1, ?2, ?3, 'stored', ?4, ?5, ?6, ?7, ?8, ?9)
                     on conflict do nothing",
                )?
                .execute(params![
                    job.0 as i64,
                    picture.part_no,
                    picture.view,
                    picture.path,
                    picture.sha256,
                    picture.bytes,
                    picture.map.as_ref().map(|(path, _)| path),
                    picture.map.as_ref().map(|(_, sha256)| sha256),
                    picture.at.0
                ])?;
            let key = (job.0 as i64, picture.part_no, i64::from(picture.view));
            if inserted > 0 {
                append::picture(transaction, Kind::Picture, key)?;
            }
            Ok(inserted as i64)
        }
        Pictures::DeletedByQuota {
            keys,
            spares_waiting,
        } => {
            let mut update = transaction.prepare_cached(&format!(
                "update image set state = 'deleted_by_quota'
                 where job_id = ?1 and part_no = ?2 and view = ?3 and state = 'stored'
                 and not (?4 and exists (select 1 from waiting
                   where result_id = ?1 * 4294967296 + ?2 and {KEEPS_PICTURES}))"
            ))?;
            let mut changed = 0;
            for (job, part, view) in keys {
                if update.execute(params![job, part, view, spares_waiting])? > 0 {
                    append::picture(transaction, Kind::PictureDeleted, (*job, *part, *view))?;
                    changed += 1;
                }
            }
            Ok(changed)
        }
    }
}
