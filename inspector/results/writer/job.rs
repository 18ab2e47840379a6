//! How a job begins and ends in the log.

use super::beginning::{self, Beginning};
use super::context::{Crashed, JobContext, RecipeRow};
use super::recipes::{Refusal, insert_recipe};
use crate::ports::journal::Entry;
use crate::results::proof::leaf::Kind;
use crate::results::{append, journal};
use crate::station::part::{JobId, PartNo};
use crate::station::time::WallTime;
use crate::telemetry::catalogue::Code;
use rusqlite::{OptionalExtension, Transaction, params};

const KILLED: &str = "the station did not stop by itself; parts may have passed without a record";

/// A job that has begun.
pub(super) struct Begun {
    pub(super) job: JobId,
    pub(super) crashed: Vec<Crashed>,
    /// What was out of order.
    pub(super) remarks: Vec<Entry>,
    /// When the newest thing before it happened.
    pub(super) newest: Option<WallTime>,
}

/// Closes the jobs that did not end by themselves, and begins one.
pub(super) fn begin(
    transaction: &Transaction<'_>,
    context: &JobContext,
    beginning: &Beginning,
    wall: WallTime,
) -> Result<Begun, Refusal> {
    let newest = beginning::newest(transaction)?;
    let skips = beginning.skips_to(beginning::last_job(transaction)?, wall);
    let crashed = close_open(transaction, wall, KILLED)?;
    let settings_before: Option<String> = transaction
        .query_row(
            "select settings_sha256 from job order by id desc limit 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    transaction.execute(
        "insert into job (id, started_at_us, software_version, settings_sha256, is_simulated)
         values (?1, ?2, ?3, ?4, ?5)",
        params![
            skips.as_ref().map(|(job, _)| *job as i64),
            wall.0,
            env!("CARGO_PKG_VERSION"),
            context.settings_sha256,
            context.is_simulated
        ],
    )?;
    let job = JobId(transaction.last_insert_rowid().unsigned_abs());
    append::row(transaction, Kind::JobBegan, job.0 as i64)?;
    for row in &context.recipes {
        insert_recipe(transaction, job, row)?;
    }
    let clock = beginning::behind(newest, wall);
    let remarks: Vec<Entry> = skips
        .map(|(_, entry)| entry)
        .into_iter()
        .chain(clock)
        .collect();
    let usual = entries(context, &crashed, settings_before, wall);
    for entry in remarks.iter().chain(&usual) {
        journal::insert(transaction, job, entry)?;
    }
    Ok(Begun {
        job,
        crashed,
        remarks,
        newest,
    })
}

/// What the journal says of every start.
fn entries(
    context: &JobContext,
    crashed: &[Crashed],
    settings_before: Option<String>,
    wall: WallTime,
) -> Vec<Entry> {
    let crashes = crashed.iter().map(|crash| Entry {
        subject: format!("job {}", crash.job.0),
        message: KILLED.to_owned(),
        details: vec![("last_part_no", crash.last.0.to_string())],
        ..Entry::of_station(wall, Code::JobInterrupted)
    });
    let mut entries: Vec<Entry> = crashes.collect();
    entries.push(Entry {
        message: "the station started".to_owned(),
        details: vec![
            ("software_version", env!("CARGO_PKG_VERSION").to_owned()),
            ("settings_sha256", context.settings_sha256.clone()),
            ("is_simulated", context.is_simulated.to_string()),
        ],
        ..Entry::of_station(wall, Code::StationStarted)
    });
    if let Some(before) = settings_before.filter(|before| *before != context.settings_sha256) {
        entries.push(Entry {
            message: "station.toml is another than in the job before".to_owned(),
            details: vec![("from", before), ("to", context.settings_sha256.clone())],
            ..Entry::of_station(wall, Code::SettingsChanged)
        });
    }
    entries.extend(context.recipes.iter().map(|row| in_use(row, wall)));
    entries
}

fn in_use(row: &RecipeRow, wall: WallTime) -> Entry {
    let recipe = &row.recipe;
    let models = row.views.iter();
    let models: Vec<String> = models
        .map(|view| format!("{} {}", view.model, view.model_sha256))
        .collect();
    Entry {
        subject: recipe.style.to_string(),
        message: format!(
            "recipe {} version {} is in use",
            recipe.style, recipe.version
        ),
        details: vec![
            ("version", recipe.version.to_string()),
            ("sha256", row.sha256.clone()),
            ("models", models.join(", ")),
        ],
        ..Entry::of_station(wall, Code::RecipeInUse)
    }
}

/// A job that did not end by itself is closed with a gap from its last durable part to now. `message` says why, for the
/// audit.
pub(in crate::results) fn close_open(
    transaction: &Transaction<'_>,
    wall: WallTime,
    message: &str,
) -> rusqlite::Result<Vec<Crashed>> {
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
        let inserted = transaction.execute(
            "insert into gap (job_id, first_part_no, from_at_us, to_at_us, kind, message)
             values (?1, ?2, ?3, ?4, 'crashed', ?5) on conflict do nothing",
            params![job, last + 1, at, wall.0, message],
        )?;
        transaction.execute(
            "update job set stopped_at_us = ?2, ended = 'crashed' where id = ?1",
            [job, wall.0],
        )?;
        append::row(transaction, Kind::JobEnded, job)?;
        let closed = Crashed {
            job: JobId(job.unsigned_abs()),
            last: PartNo(last.unsigned_abs()),
        };
        if inserted > 0 {
            let first = PartNo(closed.last.0 + 1);
            append::gap(transaction, closed.job, first, "crashed")?;
        }
        crashed.push(closed);
    }
    Ok(crashed)
}

/// The job ended by itself after so many parts.
pub(super) fn finish(
    transaction: &Transaction<'_>,
    job: JobId,
    wall: WallTime,
    parts: u64,
) -> rusqlite::Result<()> {
    transaction.execute(
        "update job set stopped_at_us = ?2, ended = 'finished', parts = ?3 where id = ?1",
        params![job.0 as i64, wall.0, parts as i64],
    )?;
    append::row(transaction, Kind::JobEnded, job.0 as i64)?;
    let entry = Entry {
        message: "the station stopped".to_owned(),
        details: vec![("parts", parts.to_string())],
        ..Entry::of_station(wall, Code::StationStopped)
    };
    journal::insert(transaction, job, &entry)
}
