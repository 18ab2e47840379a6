//! Writes the log of one job: a batch is one transaction, on the disk before it is acknowledged.

mod recipes;
mod rows;

use self::recipes::{Versions, insert_recipe};
use self::rows::Rows;
use super::open::{self, OpenError, log_error};
use crate::ports::log::{LogError, ResultLog};
use crate::station::part::{JobId, PartId, PartNo};
use crate::station::recipe::Recipe;
use crate::station::result::Record;
use crate::station::time::WallTime;
use crate::station::truth::SimulatedTruth;
use rusqlite::{Connection, Transaction, params};
use std::path::{Path, PathBuf};

/// Tells the truth about simulated parts, to be recorded beside the result.
pub type Truth = Box<dyn Fn(&PartId) -> Option<SimulatedTruth> + Send>;

/// What a view of a recipe uses.
#[derive(Clone, Debug)]
pub struct ViewRow {
    /// Name of the camera.
    pub camera: String,
    /// Name of the model.
    pub model: String,
    /// SHA-256 of the model's graph, in hex.
    pub model_sha256: String,
    /// `segment`, `anomaly-map`.
    pub task: String,
    /// The provider that runs it.
    pub provider: String,
    /// Id of its acceptance on this machine.
    pub acceptance: String,
    /// Class names, in the model's order.
    pub classes: Vec<String>,
    /// What the camera was calibrated to; `None` when it is not.
    pub configuration: Option<ConfigurationRow>,
}

/// The configuration of a camera.
#[derive(Clone, Debug)]
pub struct ConfigurationRow {
    /// SHA-256 of its file, in hex.
    pub sha256: String,
    /// Scale at the centre; `None` when only the flat field is calibrated.
    pub mm_per_px: Option<f64>,
    /// How well lens and plane fit.
    pub reprojection_error_px: Option<f64>,
}

/// A recipe version of the job.
#[derive(Clone, Debug)]
pub struct RecipeRow {
    /// The recipe.
    pub recipe: Recipe,
    /// SHA-256 of its file, in hex.
    pub sha256: String,
    /// One per view.
    pub views: Vec<ViewRow>,
}

/// What is recorded once per job.
#[derive(Clone, Debug)]
pub struct JobContext {
    /// SHA-256 of station.toml, in hex.
    pub settings_sha256: String,
    /// Whether anything is simulated.
    pub is_simulated: bool,
    /// In the order of `RecipeRef::index`.
    pub recipes: Vec<RecipeRow>,
}

/// A job before this one that did not end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crashed {
    /// Which.
    pub job: JobId,
    /// Its last durable part.
    pub last: PartNo,
}

/// The result log of one job.
pub struct Writer {
    connection: Connection,
    path: PathBuf,
    job: JobId,
    versions: Versions,
    truth: Option<Truth>,
}

impl Writer {
    /// Begins a job. A job that was killed before is closed with a gap from its last durable part to
    /// now: parts may have passed in that time without a record.
    pub fn start(
        data: &Path,
        context: &JobContext,
        truth: Option<Truth>,
        wall: WallTime,
    ) -> Result<(Self, Vec<Crashed>), OpenError> {
        let path = open::database(data);
        let storage = |error: rusqlite::Error| OpenError::Storage {
            message: format!("{}: {error}", path.display()),
        };
        let mut connection = open::writable(data)?;
        let transaction = connection.transaction().map_err(storage)?;
        let crashed = close_crashed(&transaction, wall).map_err(storage)?;
        transaction
            .execute(
                "insert into job (started_at_us, software_version, settings_sha256, is_simulated)
                 values (?1, ?2, ?3, ?4)",
                params![
                    wall.0,
                    env!("CARGO_PKG_VERSION"),
                    context.settings_sha256,
                    context.is_simulated
                ],
            )
            .map_err(storage)?;
        let job = transaction.last_insert_rowid();
        for row in &context.recipes {
            insert_recipe(&transaction, job, row)?;
        }
        transaction.commit().map_err(storage)?;
        let writer = Self {
            connection,
            job: JobId(job.unsigned_abs()),
            versions: Versions::default(),
            truth,
            path,
        };
        Ok((writer, crashed))
    }

    /// The job.
    pub fn job(&self) -> JobId {
        self.job
    }

    fn append_all(&mut self, batch: &[Record]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        let rows = Rows {
            transaction: &transaction,
            job: self.job,
            truth: self.truth.as_ref(),
        };
        for record in batch {
            match record {
                Record::Result(result) => {
                    let version = self.versions.of(&transaction, self.job, result)?;
                    rows.result(result, version)?;
                }
                Record::Late(late) => rows.late(late)?,
                Record::Gap(gap) => rows.gap(gap)?,
            }
        }
        transaction.commit()
    }
}

impl ResultLog for Writer {
    fn append(&mut self, batch: &[Record]) -> Result<(), LogError> {
        self.append_all(batch)
            .map_err(|error| log_error(&self.path, &error))
    }
}

/// Records that a job ended after so many parts, on a connection of its own: the writer's thread has
/// ended by then.
pub fn finish_job(data: &Path, job: JobId, wall: WallTime, parts: u64) -> Result<(), OpenError> {
    let connection = open::writable(data)?;
    connection
        .execute(
            "update job set stopped_at_us = ?2, ended = 'finished', parts = ?3 where id = ?1",
            params![job.0 as i64, wall.0, parts as i64],
        )
        .map(drop)
        .map_err(|error| OpenError::Storage {
            message: error.to_string(),
        })
}

/// Records a recipe version that was applied during the job, before any result names it.
pub fn register_recipe(data: &Path, job: JobId, row: &RecipeRow) -> Result<(), OpenError> {
    let storage = |error: rusqlite::Error| OpenError::Storage {
        message: error.to_string(),
    };
    let mut connection = open::writable(data)?;
    let transaction = connection.transaction().map_err(storage)?;
    insert_recipe(&transaction, job.0 as i64, row)?;
    transaction.commit().map_err(storage)
}

fn close_crashed(transaction: &Transaction<'_>, wall: WallTime) -> rusqlite::Result<Vec<Crashed>> {
    let mut open_jobs =
        transaction.prepare("select id, started_at_us from job where ended is null")?;
    let rows: Vec<(i64, i64)> = open_jobs
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut crashed = Vec::new();
    for (job, started_at) in rows {
        let (last, at): (i64, i64) = transaction.query_row(
            "select coalesce(max(part_no), 0), coalesce(max(triggered_at_us), ?2)
             from result where job_id = ?1",
            [job, started_at],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        transaction.execute(
            "insert into gap (job_id, first_part_no, from_at_us, to_at_us, kind, message)
             values (?1, ?2, ?3, ?4, 'crashed', ?5) on conflict do nothing",
            params![
                job,
                last + 1,
                at,
                wall.0,
                "the station did not stop by itself; parts may have passed without a record"
            ],
        )?;
        transaction.execute(
            "update job set stopped_at_us = ?2, ended = 'crashed' where id = ?1",
            [job, wall.0],
        )?;
        crashed.push(Crashed {
            job: JobId(job.unsigned_abs()),
            last: PartNo(last.unsigned_abs()),
        });
    }
    Ok(crashed)
}
