//! Recipe versions, and the models and configurations they ran with, as rows of their own.

use super::context::{ConfigurationRow, RecipeRow, ViewRow};
use crate::results::append;
use crate::results::proof::leaf::Kind;
use crate::results::review::ReviewRefusal;
use crate::station::part::JobId;
use crate::station::recipe::{Recipe, RecipeView};
use crate::station::result::{PartResult, RecipeRef};
use rusqlite::{OptionalExtension, Transaction, params};
use std::collections::HashMap;

/// Why rows were not written.
pub(super) enum Refusal {
    /// SQLite said no.
    Sql(rusqlite::Error),
    /// The log knows this version with another content.
    RecipeChanged { style: String, version: u32 },
    /// What a review is about is not there, or not any more.
    Review(ReviewRefusal),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Refusal::Sql(error)
    }
}

/// Registers a version with what the job runs it with. A version that the log knows with another
/// content is refused: results would name a recipe they were not judged by.
pub(super) fn insert_recipe(
    transaction: &Transaction<'_>,
    job: JobId,
    row: &RecipeRow,
) -> Result<(), Refusal> {
    let recipe = &row.recipe;
    let text = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
    let is_new = transaction.execute(
        "insert into recipe_version (style, version, author, reason, created_at_us, sha256)
         values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing",
        params![
            recipe.style.as_str(),
            recipe.version,
            text(&recipe.author),
            text(&recipe.reason),
            recipe.created_at.0,
            row.sha256
        ],
    )? > 0;
    let (id, known): (i64, String) = transaction.query_row(
        "select id, sha256 from recipe_version where style = ?1 and version = ?2",
        params![recipe.style.as_str(), recipe.version],
        |found| Ok((found.get(0)?, found.get(1)?)),
    )?;
    if known != row.sha256 {
        return Err(Refusal::RecipeChanged {
            style: recipe.style.to_string(),
            version: recipe.version,
        });
    }
    if is_new {
        insert_rules(transaction, id, recipe)?;
        append::row(transaction, Kind::Recipe, id)?;
    }
    for (index, (view, uses)) in recipe.views.iter().zip(&row.views).enumerate() {
        insert_view(transaction, (job, id), (index, view), uses)?;
    }
    Ok(())
}

/// A view as the job runs it. One that the job has run before is left as it is.
fn insert_view(
    transaction: &Transaction<'_>,
    (job, version): (JobId, i64),
    (index, view): (usize, &RecipeView),
    uses: &ViewRow,
) -> rusqlite::Result<()> {
    let model = insert_model(transaction, uses)?;
    let configuration = match &uses.configuration {
        Some(row) => Some(insert_configuration(transaction, &uses.camera, row)?),
        None => None,
    };
    let inserted = transaction.execute(
        "insert into recipe_view (job_id, recipe_version_id, view, name, camera, model_id,
         accept_below, reject_above, configuration_id, acceptance)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         on conflict do nothing",
        params![
            job.0 as i64,
            version,
            index as i64,
            view.name,
            uses.camera,
            model,
            view.thresholds.accept_below().get(),
            view.thresholds.reject_above().get(),
            configuration,
            uses.acceptance
        ],
    )?;
    match inserted {
        0 => Ok(()),
        _ => append::row(
            transaction,
            Kind::RecipeView,
            transaction.last_insert_rowid(),
        ),
    }
}

fn insert_model(transaction: &Transaction<'_>, uses: &ViewRow) -> rusqlite::Result<i64> {
    let classes = serde_json::to_string(&uses.classes).unwrap_or_default();
    let model = params![
        uses.model,
        uses.model_sha256,
        uses.task,
        uses.provider,
        classes
    ];
    transaction.execute(
        "insert into model (name, sha256, task, provider, classes)
         values (?1, ?2, ?3, ?4, ?5) on conflict do nothing",
        model,
    )?;
    transaction.query_row(
        "select id from model where name = ?1 and sha256 = ?2 and task = ?3 and provider = ?4
         and classes = ?5",
        model,
        |found| found.get(0),
    )
}

fn insert_rules(
    transaction: &Transaction<'_>,
    version: i64,
    recipe: &Recipe,
) -> rusqlite::Result<()> {
    for (at, rule) in recipe.rules.iter().enumerate() {
        transaction.execute(
            "insert into lane_rule (recipe_version_id, rule, lane, verdict, class, score_from, score_below)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict do nothing",
            params![
                version,
                at as i64 + 1,
                rule.lane.as_str(),
                rule.verdict.map(|verdict| verdict.evaluation()),
                rule.class,
                rule.score_from.map(|score| score.get()),
                rule.score_below.map(|score| score.get()),
            ],
        )?;
    }
    Ok(())
}

fn insert_configuration(
    transaction: &Transaction<'_>,
    camera: &str,
    row: &ConfigurationRow,
) -> rusqlite::Result<i64> {
    transaction.execute(
        "insert into configuration (camera, sha256, mm_per_px, reprojection_error_px)
         values (?1, ?2, ?3, ?4) on conflict do nothing",
        params![camera, row.sha256, row.mm_per_px, row.reprojection_error_px],
    )?;
    transaction.query_row(
        "select id from configuration where camera = ?1 and sha256 = ?2",
        params![camera, row.sha256],
        |found| found.get(0),
    )
}

/// A version that results of the job name.
pub(super) struct Version {
    /// Row of the recipe.
    pub(super) id: i64,
    /// Class names, `[view][class]`.
    pub(super) classes: Vec<Vec<String>>,
}

/// Versions by index and number, each looked up once: some are applied during the job.
#[derive(Default)]
pub(super) struct Versions(HashMap<(u16, u32), Version>);

impl Versions {
    /// The version that a part was judged by.
    pub(super) fn of(
        &mut self,
        transaction: &Transaction<'_>,
        job: JobId,
        result: &PartResult,
    ) -> rusqlite::Result<Option<&Version>> {
        let (Some(reference), Some(style)) = (result.recipe, result.style) else {
            return Ok(None);
        };
        let key = (reference.index, reference.version);
        if !self.0.contains_key(&key)
            && let Some(found) = look_up(transaction, job, style.as_str(), reference)?
        {
            self.0.insert(key, found);
        }
        Ok(self.0.get(&key))
    }
}

fn look_up(
    transaction: &Transaction<'_>,
    job: JobId,
    style: &str,
    reference: RecipeRef,
) -> rusqlite::Result<Option<Version>> {
    let id = transaction
        .query_row(
            "select id from recipe_version where style = ?1 and version = ?2",
            params![style, reference.version],
            |row| row.get(0),
        )
        .optional()?;
    let Some(id) = id else { return Ok(None) };
    let mut views = transaction.prepare(
        "select classes from recipe_view join model on model.id = model_id
         where job_id = ?1 and recipe_version_id = ?2 order by view",
    )?;
    let classes = views
        .query_map(params![job.0 as i64, id], |row| row.get::<_, String>(0))?
        .map(|text| text.map(|text| serde_json::from_str(&text).unwrap_or_default()))
        .collect::<Result<_, _>>()?;
    Ok(Some(Version { id, classes }))
}
