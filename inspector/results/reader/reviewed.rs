//! Parts of which somebody said what they are, with their pictures: for whoever learns from them.

use super::filter::ROW;
use super::review::RecordedReview;
use super::{Filter, Reader};
use crate::results::images::file_of;
use crate::results::review::REVIEWED;
use crate::station::review::Reviewed;
use rusqlite::params_from_iter;
use std::path::PathBuf;

/// A stored picture of a reviewed part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewedPicture {
    /// Index of the view, from 0.
    pub view: u8,
    /// As the recipe calls the view.
    pub name: String,
    /// The picture's file; `None` where it was deleted since.
    pub file: Option<PathBuf>,
    /// Its width and height in pixels.
    pub size: [u32; 2],
}

/// A part, and what people say of it that nobody took back.
#[derive(Clone, Debug)]
pub struct ReviewedPart {
    /// Row of the result.
    pub id: i64,
    /// As the line called it.
    pub part_id: String,
    /// What it is; `None` where the line did not say.
    pub style: Option<String>,
    /// Whether it was accepted.
    pub is_accepted: bool,
    /// Whether it was brought to try the station.
    pub is_challenge: bool,
    /// What its reviews come to.
    pub reviewed: Reviewed,
    /// Its reviews that stand, the oldest first.
    pub reviews: Vec<RecordedReview>,
    /// So many views its recipe has.
    pub views: u8,
    /// Those that were ever stored, by view.
    pub pictures: Vec<ReviewedPicture>,
}

impl Reader {
    /// Those of which anybody said something that stands, the oldest first, as far as the filter's conditions match.
    pub fn reviewed_parts(&self, filter: &Filter) -> rusqlite::Result<Vec<ReviewedPart>> {
        // One view of the log, so that parts and what is said of them belong together.
        let _view = self.connection.unchecked_transaction()?;
        let filter = Filter {
            is_reviewed: Some(true),
            ..filter.clone()
        };
        let (conditions, values) = filter.conditions(Some(ROW));
        let sql = format!(
            "select result.id, result.part_id, result.style, result.disposition = 'accept', result.challenge is not null,
               {REVIEWED}, (select count(*) from recipe_view where recipe_view.job_id = result.job_id
                 and recipe_view.recipe_version_id = result.recipe_version_id)
             from result where {conditions} order by result.id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let parts = statement.query_map(params_from_iter(values), |row| {
            let reviewed: String = row.get(5)?;
            Ok(ReviewedPart {
                id: row.get(0)?,
                part_id: row.get(1)?,
                style: row.get(2)?,
                is_accepted: row.get(3)?,
                is_challenge: row.get(4)?,
                // A later version's word says nothing that this one could learn.
                reviewed: Reviewed::from_name(&reviewed).unwrap_or(Reviewed::CannotTell),
                reviews: Vec::new(),
                views: row.get(6)?,
                pictures: Vec::new(),
            })
        })?;
        let mut parts = parts.collect::<rusqlite::Result<Vec<_>>>()?;
        for part in &mut parts {
            part.reviews = self.reviews(part.id)?;
            part.reviews.retain(|said| said.undone.is_none());
            part.pictures = self.pictures_of(part.id)?;
        }
        Ok(parts)
    }

    fn pictures_of(&self, id: i64) -> rusqlite::Result<Vec<ReviewedPicture>> {
        let mut statement = self.connection.prepare_cached(
            "select image.view, recipe_view.name, image.path, image.state = 'stored', view_result.width, view_result.height
             from image
             join view_result on view_result.result_id = ?1 and view_result.view = image.view
             join result on result.id = ?1
             left join recipe_view on recipe_view.job_id = result.job_id
               and recipe_view.recipe_version_id = result.recipe_version_id and recipe_view.view = image.view
             where image.job_id = ?2 and image.part_no = ?3 and image.path is not null and view_result.width is not null
             order by image.view",
        )?;
        let pictures = statement.query_map([id, id >> 32, id & 0xFFFF_FFFF], |row| {
            let (view, name): (u8, Option<String>) = (row.get(0)?, row.get(1)?);
            let (path, is_stored): (String, bool) = (row.get(2)?, row.get(3)?);
            let file = file_of(&self.data, &path).filter(|file| is_stored && file.is_file());
            Ok(ReviewedPicture {
                view,
                name: name.unwrap_or_else(|| view.to_string()),
                file,
                size: [row.get(4)?, row.get(5)?],
            })
        })?;
        pictures.collect()
    }
}
