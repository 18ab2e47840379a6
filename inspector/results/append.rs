//! The seam through which everything passes once that is recorded: it gets its place in the feed, and its leaf in the
//! tree, inside the transaction of its own row and on the one connection that writes. So a leaf is durable with its row
//! or not at all, and leaves stand in the order of `seq`: leaf 0 has `seq` 1.

use super::proof::hash;
use super::proof::leaf::{self, Kind, ResultLeaf};
use super::result_id;
use crate::station::part::{JobId, PartNo};
use rusqlite::{Connection, params};

/// Gives what was just written its place, and says which. Nothing is recorded without it.
pub(super) fn append(
    connection: &Connection,
    kind: Kind,
    row_id: i64,
    detail: Option<&str>,
) -> rusqlite::Result<i64> {
    let content = leaf::content(connection, kind, row_id, detail)?
        .ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    // A gap may grow, and then stands in the feed again: what it was before is kept nowhere else.
    let body = (kind == Kind::Gap).then(|| String::from_utf8_lossy(&content));
    put(
        connection,
        (kind, row_id, detail),
        &content,
        body.as_deref(),
    )
}

/// The same of a leaf that has no row of its own: `content` is kept beside it.
pub(super) fn append_said(
    connection: &Connection,
    kind: Kind,
    content: &str,
) -> rusqlite::Result<i64> {
    put(
        connection,
        (kind, 1, None),
        content.as_bytes(),
        Some(content),
    )
}

fn put(
    connection: &Connection,
    (kind, row_id, detail): (Kind, i64, Option<&str>),
    content: &[u8],
    body: Option<&str>,
) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "insert into feed (kind, row_id, detail, leaf, body) values (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            kind as i64,
            row_id,
            detail,
            hash::leaf(content),
            body
        ])?;
    Ok(connection.last_insert_rowid())
}

/// A part, whose leaf was made of what was written.
pub(super) fn result(connection: &Connection, id: i64, leaf: ResultLeaf) -> rusqlite::Result<()> {
    put(connection, (Kind::Result, id, None), &leaf.content(), None).map(drop)
}

pub(super) fn late(
    connection: &Connection,
    job: JobId,
    part_no: PartNo,
    view: u8,
) -> rusqlite::Result<()> {
    let (part, view) = (result_id(job, part_no), view.to_string());
    append(connection, Kind::LateVerdict, part, Some(&view)).map(drop)
}

pub(super) fn gap(
    connection: &Connection,
    job: JobId,
    first: PartNo,
    kind: &str,
) -> rusqlite::Result<()> {
    append(connection, Kind::Gap, result_id(job, first), Some(kind)).map(drop)
}

pub(super) fn event(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    append(connection, Kind::Event, id, None).map(drop)
}

/// A picture that was stored, or deleted: `kind` says which.
pub(super) fn picture(
    connection: &Connection,
    kind: Kind,
    (job, part_no, view): (i64, i64, i64),
) -> rusqlite::Result<()> {
    let part = (job << 32) | part_no;
    append(connection, kind, part, Some(&view.to_string())).map(drop)
}

/// A row that has a number of its own: of a job, of a recipe version, of one of its views.
pub(super) fn row(connection: &Connection, kind: Kind, id: i64) -> rusqlite::Result<()> {
    append(connection, kind, id, None).map(drop)
}
