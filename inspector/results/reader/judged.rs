//! What judged a part, for whoever must stand behind the verdict without this database.

use super::Reader;
use rusqlite::{OptionalExtension, params};

/// Recipe and models of a part. Empty where no recipe was found for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JudgedBy {
    /// Version of its style's recipe.
    pub recipe_version: Option<i64>,
    /// Who made that version.
    pub recipe_author: Option<String>,
    /// Names of its views, in their order.
    pub views: Vec<String>,
    /// SHA-256 of the model of each view, in the order of the views, apart by spaces.
    pub model_sha256: String,
    /// Under which acceptance each of them ran, `-` for one from before there were acceptances.
    pub acceptance: String,
}

impl Reader {
    /// For a recipe version as a job ran it.
    pub(super) fn judged_by(
        &self,
        job: i64,
        recipe_version: Option<i64>,
    ) -> rusqlite::Result<JudgedBy> {
        let mut statement = self.connection.prepare_cached(
            "select recipe_version.version, model.sha256, coalesce(recipe_view.acceptance, '-'),
               recipe_version.author, recipe_view.name
             from recipe_view
             join recipe_version on recipe_version.id = recipe_view.recipe_version_id
             join model on model.id = recipe_view.model_id
             where recipe_view.job_id = ?1 and recipe_view.recipe_version_id = ?2
             order by recipe_view.view",
        )?;
        let mut rows = statement.query(params![job, recipe_version])?;
        let mut found = JudgedBy::default();
        let (mut models, mut acceptances) = (Vec::<String>::new(), Vec::<String>::new());
        while let Some(row) = rows.next()? {
            found.recipe_version = Some(row.get(0)?);
            models.push(row.get(1)?);
            acceptances.push(row.get(2)?);
            found.recipe_author = Some(row.get(3)?);
            found.views.push(row.get(4)?);
        }
        found.model_sha256 = models.join(" ");
        found.acceptance = acceptances.join(" ");
        Ok(found)
    }

    /// SHA-256 of the models that a version of a style ran last, by name. Empty for one that never ran.
    pub fn models_of(&self, style: &str, version: u32) -> rusqlite::Result<Vec<(String, String)>> {
        let mut statement = self.connection.prepare_cached(
            "select model.name, model.sha256 from recipe_version
             join recipe_view on recipe_view.recipe_version_id = recipe_version.id
             join model on model.id = recipe_view.model_id
             where recipe_version.style = ?1 and recipe_version.version = ?2
               and recipe_view.job_id = (select max(job_id) from recipe_view last
                 where last.recipe_version_id = recipe_version.id)
             order by recipe_view.view",
        )?;
        statement
            .query_map(params![style, version], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect()
    }

    /// The largest number of a style's versions; 0 where the log knows none.
    pub fn newest_version(&self, style: &str) -> rusqlite::Result<u32> {
        self.connection.query_row(
            "select coalesce(max(version), 0) from recipe_version where style = ?1",
            [style],
            |row| row.get(0),
        )
    }

    /// SHA-256 of the file of a version, in hex; `None` where the log does not know it.
    pub fn recipe_sha256(&self, style: &str, version: u32) -> rusqlite::Result<Option<String>> {
        self.connection
            .query_row(
                "select sha256 from recipe_version where style = ?1 and version = ?2",
                params![style, version],
                |row| row.get(0),
            )
            .optional()
    }
}
