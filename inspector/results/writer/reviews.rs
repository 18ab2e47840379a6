//! Rows of reviews, and of the parts that wait for one.

use super::recipes::Refusal;
use crate::results::append;
use crate::results::proof::leaf::Kind;
use crate::results::review::{NewReview, ReviewRefusal, TakenBack, WAITING};
use crate::station::review::Why;
use rusqlite::{OptionalExtension, Transaction, params};

impl From<ReviewRefusal> for Refusal {
    fn from(why: ReviewRefusal) -> Self {
        Refusal::Review(why)
    }
}

/// A part that came waits for a review.
pub(super) fn wait(
    transaction: &Transaction<'_>,
    result_id: i64,
    why: Why,
    style: Option<&str>,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("insert into waiting (result_id, why, style) values (?1, ?2, ?3)")?
        .execute(params![result_id, why.name(), style])
        .map(drop)
}

/// The row by which the same person said the same of the same part, where nobody took it back: a request that was sent again, as
/// over a bad network, says nothing new.
fn standing(transaction: &Transaction<'_>, said: &NewReview) -> rusqlite::Result<Option<i64>> {
    let area = said.region.map(|region| region.area);
    transaction
        .prepare_cached(
            "select id from review where result_id = ?1 and author = ?2 and judgement = ?3 and class is ?4 and view is ?5
               and left_px is ?6 and top_px is ?7 and width_px is ?8 and height_px is ?9 and reason is ?10
               and not exists (select 1 from review back where back.undoes = review.id)
             order by id limit 1",
        )?
        .query_row(
            params![
                said.result_id,
                said.author,
                said.judgement.name(),
                said.class,
                said.region.map(|region| region.view),
                area.map(|area| area[0]),
                area.map(|area| area[1]),
                area.map(|area| area[2]),
                area.map(|area| area[3]),
                said.reason,
            ],
            |row| row.get(0),
        )
        .optional()
}

/// Records what somebody said, and gives its row. Where he said the same before, and nobody took it back, it is that one.
pub(super) fn say(transaction: &Transaction<'_>, said: &NewReview) -> Result<i64, Refusal> {
    let known = "select exists (select 1 from result where id = ?1)";
    if !transaction.query_row(known, [said.result_id], |row| row.get(0))? {
        return Err(ReviewRefusal::NoResult(said.result_id).into());
    }
    if let Some(id) = standing(transaction, said)? {
        return Ok(id);
    }
    let area = said.region.map(|region| region.area);
    transaction
        .prepare_cached(
            "insert into review (result_id, at_us, author, judgement, class, view, left_px, top_px, width_px,
             height_px, reason) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            said.result_id,
            said.at.0,
            said.author,
            said.judgement.name(),
            said.class,
            said.region.map(|region| region.view),
            area.map(|area| area[0]),
            area.map(|area| area[1]),
            area.map(|area| area[2]),
            area.map(|area| area[3]),
            said.reason,
        ])?;
    let id = transaction.last_insert_rowid();
    append::row(transaction, Kind::Review, id)?;
    transaction.execute("delete from waiting where result_id = ?1", [said.result_id])?;
    Ok(id)
}

/// Records that it was taken back, and gives the row that says so.
pub(super) fn take_back(transaction: &Transaction<'_>, back: &TakenBack) -> Result<i64, Refusal> {
    type Found = (i64, bool, bool);
    let found: Option<Found> = transaction
        .query_row(
            "select result_id, judgement is null, exists (select 1 from review back where back.undoes = ?1)
             from review where id = ?1",
            [back.review],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let result_id = match found {
        None => return Err(ReviewRefusal::NoReview(back.review).into()),
        Some((_, true, _)) => return Err(ReviewRefusal::IsTakingBack(back.review).into()),
        Some((_, _, true)) => return Err(ReviewRefusal::TakenBackAlready(back.review).into()),
        Some((result_id, false, false)) => result_id,
    };
    transaction.execute(
        "insert into review (result_id, at_us, author, reason, undoes) values (?1, ?2, ?3, ?4, ?5)",
        params![result_id, back.at.0, back.author, back.reason, back.review],
    )?;
    let id = transaction.last_insert_rowid();
    append::row(transaction, Kind::Review, id)?;
    // Unless somebody else has said something of it.
    let waits = format!("insert or ignore into waiting {WAITING} and result.id = ?1");
    transaction.execute(&waits, [result_id])?;
    Ok(id)
}
