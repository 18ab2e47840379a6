//! Questions to the result log, on connections of their own: no answer ever makes a writer wait.

mod attached;
mod audited;
mod detail;
mod events;
mod everything;
mod evidence;
mod filter;
mod gaps;
mod judged;
mod left_open;
mod list;
mod pieces;
pub mod quality;
mod review;
mod reviewed;
mod rows;
mod series;
mod span;
mod stored;
mod tuning;

pub use attached::{Attached, PictureFile, PlacedFinding};
pub use audited::Audited;
pub use everything::{Everything, Exported, JudgedPart};
pub use evidence::{Judged, JudgedScore};
pub use filter::Filter;
pub use gaps::RecordedGap;
pub use judged::JudgedBy;
pub use review::{
    Back, RecordedReview, Reviewable, ViewSize, WaitingPage, WaitingPart, WaitingWanted,
};
pub use reviewed::{ReviewedPart, ReviewedPicture};
pub use rows::*;
pub use stored::StoredImage;
pub use tuning::{BINS, Range};

use super::images::file_of;
use super::open::{self, OpenError};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// A read-only view of a data folder.
pub struct Reader {
    data: PathBuf,
    pub(super) connection: Connection,
}

impl Reader {
    /// Opens one connection.
    pub fn open(data: &Path) -> Result<Self, OpenError> {
        Ok(Self {
            data: data.to_owned(),
            connection: open::readable(data)?,
        })
    }

    /// Styles, causes and defects that occur, for filters.
    pub fn facets(&self) -> rusqlite::Result<Facets> {
        // A loose index scan: one step per distinct value, however many rows there are.
        let distinct = |column: &str| -> rusqlite::Result<Vec<String>> {
            let mut values: Vec<String> = Vec::new();
            for disposition in ["reject", "accept"] {
                let sql = format!(
                    "with recursive value (v) as (
                       select min({column}) from result where disposition = ?1
                       union all
                       select (select min({column}) from result
                               where disposition = ?1 and {column} > v)
                       from value where v is not null
                     ) select v from value where v is not null"
                );
                let mut statement = self.connection.prepare_cached(&sql)?;
                for value in statement.query_map([disposition], |row| row.get(0))? {
                    values.push(value?);
                }
            }
            values.sort();
            values.dedup();
            Ok(values)
        };
        Ok(Facets {
            styles: distinct("style")?,
            causes: distinct("cause")?,
            defects: distinct("defect")?,
            lanes: distinct("lane")?,
            has_confirms: self.connection.query_row(
                "select exists (select 1 from result where confirm is not null)",
                [],
                |row| row.get(0),
            )?,
        })
    }

    /// Whether there is a part whose style nobody said.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn has_no_style(&self) -> rusqlite::Result<bool> {
        let sql = "select exists (select 1 from result where disposition in ('reject', 'accept') and style is null)";
        self.connection.query_row(sql, [], |row| row.get(0))
    }

    /// Path of a stored picture, and of its score map.
    pub fn image_paths(
        &self,
        id: i64,
        view: u8,
    ) -> rusqlite::Result<Option<(PathBuf, Option<PathBuf>)>> {
        use rusqlite::OptionalExtension;
        self.connection
            .query_row(
                "select path, map_path from image
                 where job_id = ?1 and part_no = ?2 and view = ?3 and state = 'stored'",
                rusqlite::params![id >> 32, id & 0xFFFF_FFFF, view],
                |row| {
                    let path: String = row.get(0)?;
                    let map: Option<String> = row.get(1)?;
                    let map = map.and_then(|map| file_of(&self.data, &map));
                    Ok(file_of(&self.data, &path).map(|path| (path, map)))
                },
            )
            .optional()
            .map(Option::flatten)
    }
}
