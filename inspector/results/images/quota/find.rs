//! Looks up in the log which pictures go first, and heeds what somebody says of their parts meanwhile.

use super::{Kept, Key, Quota, ROWS_AT_ONCE};
use crate::results::review::KEEPS_PICTURES;
use rusqlite::params;
use std::collections::BTreeSet;

impl Quota {
    /// The pictures that go first, of at least so many bytes or as many as are marked at once: such that nobody needs, or
    /// else such that wait for a review, and never both, because those of the first are still stored.
    pub(super) fn oldest(&mut self, wanted_bytes: u64) -> rusqlite::Result<Vec<Kept>> {
        self.look_for_reviews()?;
        let mut going: Vec<Kept> = Vec::new();
        let mut bytes = 0;
        while bytes < wanted_bytes && going.len() < ROWS_AT_ONCE {
            if self.free.is_empty() {
                self.find_free()?;
            }
            let Some(free) = self.free.pop_front() else {
                break;
            };
            bytes += free.bytes;
            going.push(free);
        }
        if !going.is_empty() {
            return Ok(going);
        }
        if self.rejects.is_empty() {
            self.find_rejects()?;
        }
        while bytes < wanted_bytes
            && let Some(reject) = self.rejects.pop_front()
        {
            bytes += reject.bytes;
            going.push(reject);
        }
        Ok(going)
    }

    /// Of pictures that were to go, those that the log keeps.
    pub(super) fn still_stored(&self, going: &[Kept]) -> rusqlite::Result<Vec<Key>> {
        let mut stored = Vec::new();
        for Kept { key, .. } in going {
            let is_stored: bool = self
                .connection
                .prepare_cached(
                    "select exists (select 1 from image where job_id = ?1 and part_no = ?2 and view = ?3
                     and state = 'stored')",
                )?
                .query_row(*key, |row| row.get(0))?;
            if is_stored {
                stored.push(*key);
            }
        }
        Ok(stored)
    }

    /// What somebody said, or took back, since the pictures were looked up: those of these parts may go now, or may go no more.
    fn look_for_reviews(&mut self) -> rusqlite::Result<()> {
        let sql = "select id, result_id from review where id > ?1 order by id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([self.reviews_to])?;
        let (mut newest, mut parts) = (self.reviews_to, BTreeSet::new());
        while let Some(row) = rows.next()? {
            newest = row.get(0)?;
            parts.insert(row.get::<_, i64>(1)?);
        }
        drop(rows);
        drop(statement);
        if parts.is_empty() {
            return Ok(());
        }
        self.rejects.clear();
        let of = |kept: &Kept| (kept.key.0 << 32) + kept.key.1;
        self.free.retain(|kept| !parts.contains(&of(kept)));
        for part in parts {
            self.find_freed(part)?;
        }
        self.reviews_to = newest;
        Ok(())
    }

    /// Pictures of a part that was passed over before, and that may go where it does not wait any more.
    fn find_freed(&mut self, result_id: i64) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select job_id, part_no, view, path, map_path, bytes from image
             where job_id = ?1 and part_no = ?2 and state = 'stored'
               and not exists (select 1 from waiting where result_id = ?3 and {KEEPS_PICTURES})"
        ))?;
        let mut rows = statement.query([result_id >> 32, result_id & 0xFFFF_FFFF, result_id])?;
        while let Some(row) = rows.next()? {
            let freed = kept(row)?;
            let at = self.free.partition_point(|kept| kept.key < freed.key);
            let is_there = self.free.get(at).is_some_and(|kept| kept.key == freed.key);
            if freed.key <= self.free_to && !is_there {
                self.free.insert(at, freed);
            }
        }
        Ok(())
    }

    /// Goes on where it stopped before: results do not change, so what was rejected stays so until somebody reviews it.
    fn find_free(&mut self) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select image.job_id, image.part_no, image.view, path, map_path, bytes, disposition,
               exists (select 1 from gap where gap.job_id = image.job_id
                 and image.part_no between gap.first_part_no and gap.last_part_no),
               exists (select 1 from waiting where waiting.result_id = result.id and {KEEPS_PICTURES})
             from image indexed by image_stored
             left join result on result.id = image.job_id * 4294967296 + image.part_no
             where image.state = 'stored'
               and (image.job_id, image.part_no, image.view) > (?1, ?2, ?3)
             order by image.job_id, image.part_no, image.view"
        ))?;
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
