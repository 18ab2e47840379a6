//! Pictures that are stored, by what their view said.

use super::Reader;
use crate::results::images::file_of;
use crate::station::verdict::Verdict;
use rusqlite::params;
use std::path::PathBuf;

/// A stored picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredImage {
    /// Row of the result.
    pub id: i64,
    /// Index of the view.
    pub view: u8,
    /// As the line called the part.
    pub part_id: String,
    /// What it is.
    pub style: Option<String>,
    /// When its trigger came, in microseconds since 1970, UTC.
    pub triggered_at_us: i64,
    /// The picture's file, from the root on.
    pub path: PathBuf,
}

impl Reader {
    /// Of a camera, and of a style where one is named, whose view had this verdict; newest first.
    pub fn stored_images(
        &self,
        camera: &str,
        style: Option<&str>,
        verdict: Verdict,
        limit: usize,
    ) -> rusqlite::Result<Vec<StoredImage>> {
        // Walks the stored pictures backwards: there are as many as the quota holds, however long the log.
        let mut statement = self.connection.prepare_cached(
            "select result.id, image.view, result.part_id, result.style, result.triggered_at_us, image.path
             from image
             cross join result on result.job_id = image.job_id and result.part_no = image.part_no
             join view_result on view_result.result_id = result.id and view_result.view = image.view
             join recipe_view on recipe_view.job_id = image.job_id
               and recipe_view.recipe_version_id = result.recipe_version_id
               and recipe_view.view = image.view
             where image.state = 'stored' and recipe_view.camera = ?1
               and (?2 is null or result.style = ?2) and view_result.verdict = ?3
             order by image.job_id desc, image.part_no desc limit ?4",
        )?;
        let evaluation = verdict.evaluation();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        statement
            .query_map(params![camera, style, evaluation, limit], |row| {
                let path: String = row.get(5)?;
                let Some(path) = file_of(&self.data, &path) else {
                    return Ok(None);
                };
                Ok(Some(StoredImage {
                    id: row.get(0)?,
                    view: row.get(1)?,
                    part_id: row.get(2)?,
                    style: row.get(3)?,
                    triggered_at_us: row.get(4)?,
                    path,
                }))
            })?
            .filter_map(Result::transpose)
            .collect()
    }
}
