//! What is to be recorded, and how it becomes rows.

use super::context::{JobContext, RecipeRow};
use super::pictures::{self, Pictures};
use super::recipes::{Refusal, Versions, insert_recipe};
use super::rows::Rows;
use super::{Truth, job, reviews, signing};
use crate::ports::journal::Entry;
use crate::results::journal;
use crate::results::review::{NewReview, TakenBack};
use crate::station::lane::Lanes;
use crate::station::part::JobId;
use crate::station::result::Record;
use crate::station::review::Draw;
use crate::station::time::WallTime;
use crate::telemetry::catalogue::Code;
use rusqlite::Transaction;

/// What is to be recorded.
pub(in crate::results) enum Change {
    /// What left the pipeline.
    Rows(Vec<Record>),
    /// A recipe version, and who applied it and why.
    Recipe(Box<(RecipeRow, Entry)>),
    /// The end of the job.
    Finish {
        /// When it was decided.
        wall: WallTime,
        /// How many came.
        parts: u64,
    },
    /// What became of pictures.
    Pictures(Pictures),
    /// A witness cosigned the checkpoint over so many leaves: the line of its signature.
    Cosigned(u64, String),
    /// What somebody did.
    Entry(Box<Entry>),
    /// What somebody said of a part.
    Review(Box<NewReview>),
    /// That somebody takes that back.
    TakenBack(Box<TakenBack>),
}

/// What every row of the job needs to know.
pub(super) struct Writing {
    job: JobId,
    versions: Versions,
    truth: Option<Truth>,
    lanes: Lanes,
    announcer: Option<String>,
    passes_unasked: bool,
    draw: Draw,
}

impl Writing {
    pub(super) fn new(job: JobId, truth: Option<Truth>, context: &JobContext) -> Self {
        Self {
            job,
            versions: Versions::default(),
            truth,
            lanes: context.lanes.clone(),
            announcer: context.announcer.clone(),
            passes_unasked: context.passes_unasked,
            draw: context.draw,
        }
    }

    /// The row of a review, how many rows of pictures were changed, else 0.
    pub(super) fn write(
        &mut self,
        transaction: &Transaction<'_>,
        change: &Change,
    ) -> Result<i64, Refusal> {
        match change {
            Change::Rows(batch) => self.rows(transaction, batch)?,
            Change::Recipe(recipe) => {
                insert_recipe(transaction, self.job, &recipe.0)?;
                journal::insert(transaction, self.job, &recipe.1)?;
            }
            Change::Finish { wall, parts } => job::finish(transaction, self.job, *wall, *parts)?,
            Change::Pictures(pictures) => {
                return Ok(pictures::write(transaction, self.job, pictures)?);
            }
            Change::Cosigned(size, line) => signing::cosigned(transaction, *size, line)?,
            Change::Entry(entry) => journal::insert(transaction, self.job, entry)?,
            Change::Review(said) => return reviews::say(transaction, said),
            Change::TakenBack(back) => return reviews::take_back(transaction, back),
        }
        Ok(0)
    }

    fn rows(&mut self, transaction: &Transaction<'_>, batch: &[Record]) -> rusqlite::Result<()> {
        let rows = Rows {
            transaction,
            job: self.job,
            truth: self.truth.as_ref(),
            lanes: &self.lanes,
            announcer: self.announcer.as_deref(),
            passes_unasked: self.passes_unasked,
            draw: &self.draw,
        };
        for record in batch {
            match record {
                Record::Result(result) => {
                    let version = self.versions.of(transaction, self.job, result)?;
                    rows.result(result, version)?;
                }
                Record::Late(late) => rows.late(late)?,
                Record::Gap(gap) => rows.gap(gap)?,
            }
        }
        Ok(())
    }

    pub(super) fn note(
        &self,
        transaction: &Transaction<'_>,
        entries: &[Entry],
        lost: u64,
    ) -> rusqlite::Result<()> {
        for entry in entries {
            journal::insert(transaction, self.job, entry)?;
        }
        // Told with the next entry that is written, which gives it its time.
        let Some(newest) = entries.last().filter(|_| lost > 0) else {
            return Ok(());
        };
        let entry = Entry {
            message: format!("{lost} entries are missing here: the disk took none for too long"),
            details: vec![("count", lost.to_string())],
            ..Entry::of_station(newest.at, Code::EntriesLost)
        };
        journal::insert(transaction, self.job, &entry)
    }
}
