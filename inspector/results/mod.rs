//! The result log and the image store: the only SQL of the house. `schema.sql` explains every column.

mod append;
pub mod copy;
pub mod events;
pub mod feed;
pub mod images;
mod journal;
pub mod left;
mod lock_watch;
pub mod open;
pub mod proof;
pub mod reader;
mod refusal;
pub mod review;
pub mod search;
mod shape;
mod upgrade;
mod uri;
pub mod verify;
mod whereabouts;
pub mod writer;

use crate::station::part::{JobId, PartNo};

/// The row of a part, known before it is durable: the job in the upper bits, so ids grow with time.
pub fn result_id(job: JobId, part_no: PartNo) -> i64 {
    i64::try_from((job.0 << 32) | part_no.0).unwrap_or(i64::MAX)
}
