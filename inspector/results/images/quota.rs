//! Which pictures go when there is no room: files that the log does not name; then those of parts that passed or that somebody
//! has reviewed; and only where there are no others, those of rejects that wait for a review. Of each kind the oldest first, by
//! job and part, which a clock that was set cannot disturb.

use super::strays::{Stray, strays};
use crate::ports::log::LogError;
use crate::results::open::{self, OpenError, file_error, log_error};
use crate::results::writer::{Change, Pictures, WriteError, Writer};
use rusqlite::{Connection, params};
use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Before the first picture of the first part.
const BEFORE_ALL: (i64, i64, i64) = (0, 0, -1);
/// Files that could not be deleted, of which so many are told at once.
const STUCK_MAX: usize = 10;
/// After so many in a row, of which none went, no other is said to have been deleted.
const BLOCKED_MAX: usize = 8;
/// Rows that are looked up and marked at once.
const ROWS_AT_ONCE: usize = 50;

/// A stored picture.
struct Kept {
    key: (i64, i64, i64),
    path: String,
    map: Option<String>,
    bytes: u64,
    /// Whether its part is a reject that waits for a review, as far as is known.
    is_unreviewed: bool,
}

/// What is stored, and what goes first.
pub(super) struct Quota {
    data: PathBuf,
    /// For reading: the writer alone writes.
    connection: Connection,
    writer: Writer,
    bytes_max: u64,
    /// Of pictures that the log names.
    pub(super) stored_bytes: u64,
    strays: VecDeque<Stray>,
    strays_bytes: u64,
    /// Of files that could not be deleted; they take their room until somebody sees to them.
    stuck_bytes: u64,
    /// Files that could not be deleted, and none beside them: see [`BLOCKED_MAX`].
    blocked: Vec<(PathBuf, u64)>,
    /// What was said of those since somebody asked.
    stuck: Vec<LogError>,
    /// Pictures that nobody needs to look at any more, oldest first; those up to `free_to` are here, gone, or of rejects that
    /// wait for a review.
    free: VecDeque<Kept>,
    free_to: (i64, i64, i64),
    /// The newest review when those were looked up.
    reviews_to: i64,
    /// Pictures of rejects that wait for a review, oldest first.
    rejects: VecDeque<Kept>,
    /// Of those so many were deleted.
    pub(super) unreviewed: u64,
}

impl Quota {
    pub(super) fn open(data: &Path, writer: Writer, bytes_max: u64) -> Result<Self, OpenError> {
        let connection = open::readable(data)?;
        let failed =
            |error: rusqlite::Error| OpenError::Log(log_error(&open::database(data), &error));
        let stored: i64 = connection
            .query_row(
                "select coalesce(sum(bytes), 0) from image where state = 'stored'",
                [],
                |row| row.get(0),
            )
            .map_err(failed)?;
        let strays: VecDeque<Stray> = strays(&connection, data)
            .map_err(failed)?
            .into_iter()
            .filter(|stray| stray.is_ours)
            .collect();
        Ok(Self {
            data: data.to_owned(),
            connection,
            writer,
            bytes_max,
            stored_bytes: stored.unsigned_abs(),
            strays_bytes: strays.iter().map(|stray| stray.bytes).sum(),
            strays,
            stuck_bytes: 0,
            blocked: Vec::new(),
            stuck: Vec::new(),
            free: VecDeque::new(),
            free_to: BEFORE_ALL,
            reviews_to: 0,
            rejects: VecDeque::new(),
            unreviewed: 0,
        })
    }

    /// Bytes of all pictures and left-over files.
    pub(super) fn used_bytes(&self) -> u64 {
        self.stored_bytes + self.strays_bytes + self.stuck_bytes
    }

    /// What was said of files that could not be deleted, since the last call.
    pub(super) fn stuck(&mut self) -> Vec<LogError> {
        std::mem::take(&mut self.stuck)
    }

    /// A file that cannot be deleted keeps nothing else from being deleted. Whether it could.
    fn remove(&mut self, path: &Path, bytes: u64) -> bool {
        let Err(error) = removed(path) else {
            return true;
        };
        self.stuck_bytes += bytes;
        if self.stuck.len() < STUCK_MAX {
            self.stuck.push(error);
        }
        false
    }

    /// Whether anything can be deleted, as far as that is known before a row says that it was.
    fn may_delete(&mut self, going: &[Kept]) -> Result<(), LogError> {
        for (path, bytes) in std::mem::take(&mut self.blocked) {
            match removed(&path) {
                Ok(()) => self.stuck_bytes = self.stuck_bytes.saturating_sub(bytes),
                Err(_) => self.blocked.push((path, bytes)),
            }
        }
        if self.blocked.len() >= BLOCKED_MAX
            && let Some((path, _)) = self.blocked.first()
        {
            removed(path)?;
        }
        for kept in going {
            let path = self.data.join(&kept.path);
            let folder = path.parent().unwrap_or(&self.data);
            let wanted = Access::WRITE_OK | Access::EXEC_OK;
            let found = accessat(CWD, folder, wanted, AtFlags::EACCESS);
            if let Err(error @ (Errno::ACCESS | Errno::ROFS | Errno::PERM)) = found {
                return Err(file_error(folder, &error.into()));
            }
        }
        Ok(())
    }

    /// Deletes what it must for a picture of so many bytes, and says how many pictures went.
    pub(super) fn make_room(&mut self, coming: u64) -> Result<u64, LogError> {
        if coming > self.bytes_max {
            let message = format!(
                "{}: one picture takes {coming} bytes, and images.quota_bytes = {}; raise it, or store \
                 smaller pictures (images.format = \"jpeg\")",
                self.data.display(),
                self.bytes_max
            );
            return Err(LogError::Full { message });
        }
        let mut deleted = 0;
        while self.used_bytes() + coming > self.bytes_max {
            if let Some(stray) = self.strays.pop_front() {
                self.strays_bytes -= stray.bytes;
                self.remove(&stray.path, stray.bytes);
                continue;
            }
            deleted += self.delete_oldest(self.used_bytes() + coming - self.bytes_max)?;
        }
        Ok(deleted)
    }

    /// Deletes pictures of at least so many bytes, or as many as are marked at once.
    fn delete_oldest(&mut self, wanted_bytes: u64) -> Result<u64, LogError> {
        let mut going: Vec<Kept> = Vec::new();
        let mut bytes = 0;
        while bytes < wanted_bytes && going.len() < ROWS_AT_ONCE {
            let path = open::database(&self.data);
            let next = self.next().map_err(|error| log_error(&path, &error))?;
            let Some(next) = next else { break };
            bytes += next.bytes;
            going.push(next);
        }
        if going.is_empty() {
            let why = self.stuck.last().map_or_else(
                || "none of them is known to the log".to_owned(),
                |error| format!("none of them can be deleted ({error})"),
            );
            let message = format!(
                "{}: {} bytes of pictures are stored, and {why}; images.quota_bytes = {}",
                self.data.display(),
                self.used_bytes(),
                self.bytes_max
            );
            return Err(LogError::Full { message });
        }
        let keys = going.iter().map(|kept| kept.key).collect();
        // The log first: a row never names a file that is not there.
        let marked = self.may_delete(&going).and_then(|()| {
            self.writer
                .ask(Change::Pictures(Pictures::DeletedByQuota(keys)))
                .map(drop)
                .map_err(WriteError::into_log_error)
        });
        if let Err(error) = marked {
            self.stay(going);
            return Err(error);
        }
        let count = going.len() as u64;
        self.unreviewed += going.iter().filter(|kept| kept.is_unreviewed).count() as u64;
        let mut blocked = Vec::new();
        let mut is_any_gone = false;
        for kept in going {
            self.stored_bytes = self.stored_bytes.saturating_sub(kept.bytes);
            for path in [Some(kept.path), kept.map].into_iter().flatten() {
                let path = self.data.join(path);
                let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
                if self.remove(&path, bytes) {
                    is_any_gone = true;
                } else if !path.is_dir() {
                    blocked.push((path, bytes));
                }
            }
        }
        match is_any_gone {
            true => self.blocked.clear(),
            false => self.blocked.append(&mut blocked),
        }
        Ok(count)
    }

    /// They could not go, and are the first that go next.
    fn stay(&mut self, going: Vec<Kept>) {
        for kept in going.into_iter().rev() {
            match kept.is_unreviewed {
                true => self.rejects.push_front(kept),
                false => self.free.push_front(kept),
            }
        }
    }

    /// A file that the log does not name, or names no more.
    pub(super) fn strayed(&mut self, path: &Path) {
        let Ok(file) = std::fs::metadata(path) else {
            return;
        };
        self.strays_bytes += file.len();
        self.strays.push_back(Stray {
            path: path.to_owned(),
            bytes: file.len(),
            is_ours: true,
        });
    }

    fn next(&mut self) -> rusqlite::Result<Option<Kept>> {
        self.look_for_reviews()?;
        if self.free.is_empty() {
            self.find_free()?;
        }
        if let Some(free) = self.free.pop_front() {
            return Ok(Some(free));
        }
        if self.rejects.is_empty() {
            self.find_rejects()?;
        }
        Ok(self.rejects.pop_front())
    }

    /// What somebody said, or took back, since the pictures were looked up: a reject may go now, or may go no more.
    fn look_for_reviews(&mut self) -> rusqlite::Result<()> {
        let (newest, first): (i64, Option<i64>) = self
            .connection
            .prepare_cached(
                "select coalesce((select max(id) from review), 0), min(result_id) from review where id > ?1",
            )?
            .query_row([self.reviews_to], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.reviews_to = newest;
        if let Some(first) = first {
            let looked_up = self.free.front().map(|kept| kept.key);
            let from = (first >> 32, first & 0xFFFF_FFFF, -1);
            let again = looked_up.map_or(from, |(job, part, _)| from.min((job, part, -1)));
            self.free_to = self.free_to.min(again);
            self.free.clear();
            self.rejects.clear();
        }
        Ok(())
    }

    /// Goes on where it stopped before: results do not change, so what was rejected stays so until somebody reviews it.
    fn find_free(&mut self) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "select image.job_id, image.part_no, image.view, path, map_path, bytes, disposition,
               exists (select 1 from gap where gap.job_id = image.job_id
                 and image.part_no between gap.first_part_no and gap.last_part_no),
               exists (select 1 from waiting where waiting.result_id = result.id
                 and waiting.why in ('reject', 'not_decided'))
             from image indexed by image_stored
             left join result on result.id = image.job_id * 4294967296 + image.part_no
             where image.state = 'stored'
               and (image.job_id, image.part_no, image.view) > (?1, ?2, ?3)
             order by image.job_id, image.part_no, image.view",
        )?;
        let (job, part, view) = self.free_to;
        let mut rows = statement.query(params![job, part, view])?;
        while let Some(row) = rows.next()? {
            let kept = kept(row)?;
            let disposition: Option<String> = row.get(6)?;
            let has_row_or_none_to_come =
                disposition.is_some() || kept.key.0 != self.writer.job().0 as i64 || row.get(7)?;
            if !has_row_or_none_to_come {
                // Its part is on its way; it is among the newest in any case.
                break;
            }
            self.free_to = kept.key;
            let waits: bool = row.get(8)?;
            // One whose part has no row is a reject of which nobody will say anything.
            if disposition.is_some() && !waits {
                self.free.push_back(kept);
            }
            if self.free.len() == ROWS_AT_ONCE {
                break;
            }
        }
        Ok(())
    }

    fn find_rejects(&mut self) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "select job_id, part_no, view, path, map_path, bytes from image indexed by image_stored
             where state = 'stored' order by job_id, part_no, view limit ?1",
        )?;
        let mut rows = statement.query([ROWS_AT_ONCE as i64])?;
        while let Some(row) = rows.next()? {
            let kept = Kept {
                is_unreviewed: true,
                ..kept(row)?
            };
            // Behind these are pictures of parts on their way: the oldest goes only where there is no other, and none
            // is set aside to go, because its part may pass meanwhile and then be found twice.
            let is_on_its_way = kept.key > self.free_to;
            if !is_on_its_way || self.rejects.is_empty() {
                self.rejects.push_back(kept);
            }
            if is_on_its_way {
                break;
            }
        }
        Ok(())
    }
}

fn kept(row: &rusqlite::Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        key: (row.get(0)?, row.get(1)?, row.get(2)?),
        path: row.get(3)?,
        map: row.get(4)?,
        bytes: row.get::<_, i64>(5)?.unsigned_abs(),
        is_unreviewed: false,
    })
}

/// A file that is not there any more takes no room.
fn removed(path: &Path) -> Result<(), LogError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(file_error(path, &error)),
        _ => Ok(()),
    }
}
