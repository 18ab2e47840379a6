//! Which pictures go when there is no room: files that the log does not name; then those of parts that passed or that somebody
//! has reviewed; and only where there are no others, those of rejects and drawn passes that wait for a review. Of each kind
//! the oldest first, by job and part, which a clock that was set cannot disturb.

mod find;

use super::strays::{Stray, strays};
use crate::ports::log::LogError;
use crate::results::open::{self, OpenError, file_error, log_error};
use crate::results::writer::{Change, Pictures, WriteError, Writer};
use rusqlite::Connection;
use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Job, part and view of a picture.
type Key = (i64, i64, i64);

/// Before the first picture of the first part.
const BEFORE_ALL: Key = (0, 0, -1);
/// Files that could not be deleted, of which so many are told at once.
const STUCK_MAX: usize = 10;
/// After so many in a row, of which none went, no other is said to have been deleted.
const BLOCKED_MAX: usize = 8;
/// Rows that are looked up and marked at once.
const ROWS_AT_ONCE: usize = 50;

/// A stored picture.
struct Kept {
    key: Key,
    path: String,
    map: Option<String>,
    bytes: u64,
    /// Whether its part waits for a review and keeps its pictures until then, as far as is known.
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
    /// Pictures that nobody needs to look at any more, oldest first; those up to `free_to` are here, gone, or of parts that
    /// wait for a review.
    free: VecDeque<Kept>,
    free_to: Key,
    /// The newest review that those heed.
    reviews_to: i64,
    /// Pictures that wait for a review, oldest first.
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
        let reviews_to = "select coalesce(max(id), 0) from review";
        let reviews_to = connection
            .query_row(reviews_to, [], |row| row.get(0))
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
            reviews_to,
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
        let path = open::database(&self.data);
        let failed = |error: rusqlite::Error| log_error(&path, &error);
        let mut going = self.oldest(wanted_bytes).map_err(failed)?;
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
        let pictures = Pictures::DeletedByQuota {
            keys: going.iter().map(|kept| kept.key).collect(),
            spares_waiting: going.iter().all(|kept| !kept.is_unreviewed),
        };
        // The log first: a row never names a file that is not there.
        let marked = self.may_delete(&going).and_then(|()| {
            self.writer
                .ask(Change::Pictures(pictures))
                .map_err(WriteError::into_log_error)
        });
        let marked = match marked {
            Ok(marked) => marked,
            Err(error) => {
                self.stay(going);
                return Err(error);
            }
        };
        if marked != going.len() as i64 {
            // Somebody took a review back meanwhile, or they were marked by a commit whose answer was lost.
            match self.still_stored(&going) {
                Ok(stored) => going.retain(|kept| !stored.contains(&kept.key)),
                Err(error) => {
                    self.stay(going);
                    return Err(failed(error));
                }
            }
        }
        Ok(self.delete(going))
    }

    /// Deletes the files of pictures of which the log says that they are gone, and says how many those are.
    fn delete(&mut self, going: Vec<Kept>) -> u64 {
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
        count
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

    /// A picture was stored. Where it stands before others that were looked up, those are looked up again with it.
    pub(super) fn stored(&mut self, (part, view): (i64, u8), bytes: u64) {
        self.stored_bytes += bytes;
        let key = (self.writer.job().0 as i64, part, i64::from(view));
        if key <= self.free_to {
            self.free_to = (key.0, key.1, key.2 - 1);
            self.free.retain(|kept| kept.key < key);
            self.rejects.clear();
        }
    }
}

/// A file that is not there any more takes no room.
fn removed(path: &Path) -> Result<(), LogError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(file_error(path, &error)),
        _ => Ok(()),
    }
}
