//! Roots that were signed, held against the tree of the rows that are there now.

use super::leaves::{PLACE, Place};
use super::{Outside, Report};
use crate::results::proof::evidence::Unproven;
use crate::results::proof::hash::{Growing, Hash};
use crate::results::proof::note::{Checkpoint, Malformed, Note, Verifier};
use crate::telemetry::catalogue::Code;
use rusqlite::{Connection, OptionalExtension};
use std::iter::Peekable;

/// A root that the tree must have had.
struct Signed {
    size: u64,
    root: Hash,
    /// Where it comes from.
    told: String,
}

/// All of them, the smallest tree first, and what was wrong with them by themselves.
pub(super) struct Roots {
    signed: Peekable<std::vec::IntoIter<Signed>>,
    /// From so many leaves on no root can be computed.
    broken_from: Option<u64>,
    /// Whether one was another already: all after it are.
    is_other: bool,
    /// The largest tree whose root was right.
    good: u64,
    /// Leaves up to the newest end of a job that ended by itself with a key: it was signed in the same moment.
    ended_by: u64,
}

impl Roots {
    /// Reads the log's own checkpoints and those that were kept elsewhere, and verifies their signatures.
    pub(super) fn of(
        connection: &Connection,
        outside: &Outside,
        report: &mut Report,
    ) -> rusqlite::Result<Self> {
        let keys = keys(connection, report)?;
        if let Some(expected) = &outside.key
            && !keys.iter().any(|(_, key)| key == expected)
        {
            let found: Vec<String> = keys.iter().map(|(_, key)| key.to_string()).collect();
            report.problems.push(format!(
                "the log is not signed by the key that was given, {expected}; the keys that it names are: {}",
                found.join(", ")
            ));
        }
        if let (Some(given), Some((before, newest))) = (&outside.key, keys.last())
            && given != newest
        {
            report.remarks.push(format!(
                "from leaf {before} on the log is signed by another key than the one given: {newest}; the journal says why \
                 (signing_key_changed). Ask for it by another way than from this log"
            ));
        }
        let mut signed = Vec::new();
        let mut statement =
            connection.prepare("select size, note from checkpoint order by size")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (size, text): (i64, String) = (row.get(0)?, row.get(1)?);
            let told = format!("the checkpoint over {size} leaves");
            match verified(&text, &keys, outside.key.as_ref(), &told) {
                Ok(found) if found.size == size.unsigned_abs() => signed.push(found),
                Ok(found) => report.problems.push(format!(
                    "{told}: says that it is over {} leaves",
                    found.size
                )),
                Err(Unproven(problem)) => report.problems.push(problem),
            }
        }
        report.checkpoints = signed.len() as u64;
        for (path, text) in &outside.checkpoints {
            let told = format!("{}, kept elsewhere", path.display());
            match verified(text, &keys, outside.key.as_ref(), &told) {
                Ok(found) => signed.push(found),
                Err(Unproven(problem)) => report.problems.push(problem),
            }
        }
        signed.sort_by_key(|signed| signed.size);
        Ok(Self {
            signed: signed.into_iter().peekable(),
            broken_from: None,
            is_other: false,
            good: 0,
            ended_by: ended_by(connection)?,
        })
    }

    /// Leaves are missing behind so many.
    pub(super) fn is_broken_from(&mut self, size: u64) {
        self.broken_from.get_or_insert(size);
    }

    /// Whether the tree as it has grown until now is the one that was signed.
    pub(super) fn look(
        &mut self,
        growing: &Growing,
        connection: &Connection,
        report: &mut Report,
    ) -> rusqlite::Result<()> {
        let size = growing.size();
        while let Some(signed) = self.signed.next_if(|signed| signed.size <= size) {
            let can_be_told = self.broken_from.is_none_or(|from| size <= from) && !self.is_other;
            if !can_be_told {
                continue;
            }
            if signed.root == growing.root() {
                self.good = size;
                continue;
            }
            self.is_other = true;
            let told = |place: Option<Place>| place.map_or_else(String::new, |place| place.told());
            let first = told(place(connection, self.good + 1)?);
            let last = told(place(connection, size)?);
            report.problems.push(format!(
                "{} has another root than what is there: something among leaves {} to {} was altered, removed, put in or \
                 moved after it was signed; they are from {first} to {last}",
                signed.told,
                self.good + 1,
                size
            ));
        }
        Ok(())
    }

    /// Checkpoints over more than is there, and leaves that none covers.
    pub(super) fn end(mut self, growing: &Growing, report: &mut Report) {
        let size = growing.size();
        if let Some(signed) = self.signed.by_ref().last() {
            report.problems.push(format!(
                "{} is over {} leaves, and the log has {size}: the newest {} were removed",
                signed.told,
                signed.size,
                signed.size - size
            ));
        }
        if self.is_other || self.broken_from.is_some() {
            return;
        }
        report.unsigned_leaves = size - self.good;
        if self.ended_by > self.good {
            report.problems.push(format!(
                "a job ended by itself with leaf {}, which signs everything, and the newest checkpoint is over {} leaves: \
                 those after it were removed",
                self.ended_by - 1,
                self.good
            ));
        }
    }
}

/// What the leaf of this number stands for.
fn place(connection: &Connection, seq: u64) -> rusqlite::Result<Option<Place>> {
    connection
        .prepare_cached(&format!("{PLACE} where seq = ?1"))?
        .query_row([seq as i64], Place::of)
        .optional()
}

/// Keys that the journal names, with the number of leaves before each.
fn keys(connection: &Connection, report: &mut Report) -> rusqlite::Result<Vec<(u64, Verifier)>> {
    let mut statement = connection.prepare(
        "select seq, json_extract(details, '$.key') from feed join event on event.id = row_id
         where kind = 4 and code in (?1, ?2) order by seq",
    )?;
    let codes = [Code::SigningKeyMade.name(), Code::SigningKeyChanged.name()];
    let rows = statement.query_map(codes, |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?))
    })?;
    let mut keys = Vec::new();
    for row in rows {
        let (seq, text) = row?;
        match text.unwrap_or_default().parse() {
            Ok(key) => keys.push((seq.unsigned_abs() - 1, key)),
            Err(error) => report
                .problems
                .push(format!("number {seq} of the feed names a key: {error}")),
        }
    }
    Ok(keys)
}

fn ended_by(connection: &Connection) -> rusqlite::Result<u64> {
    let seq: Option<i64> = connection.query_row(
        "select max(seq) from feed join job on job.id = row_id where kind = 8 and ended = 'finished'
         and exists (select 1 from event where job_id <= job.id and code in (?1, ?2))
         and not exists (select 1 from event where job_id = job.id and code = ?3)",
        [
            Code::SigningKeyMade.name(),
            Code::SigningKeyChanged.name(),
            Code::SigningKeyUnusable.name(),
        ],
        |row| row.get(0),
    )?;
    Ok(seq.unwrap_or(0).unsigned_abs())
}

/// By the key that was in force when the tree had this size.
fn verified(
    text: &str,
    keys: &[(u64, Verifier)],
    given: Option<&Verifier>,
    told: &str,
) -> Result<Signed, Unproven> {
    let at = |error: Malformed| Unproven(format!("{told}: {error}"));
    let note: Note = text.parse().map_err(at)?;
    let checkpoint: Checkpoint = note.text.parse().map_err(at)?;
    let in_force = keys
        .iter()
        .rev()
        .find(|(before, _)| *before < checkpoint.size)
        .map(|(_, key)| key);
    let key = in_force.or(given);
    let is_signed = key.is_some_and(|key| key.name == checkpoint.origin && key.has_signed(&note));
    match is_signed {
        true => Ok(Signed {
            size: checkpoint.size,
            root: checkpoint.root,
            told: told.to_owned(),
        }),
        false => Err(Unproven(format!(
            "{told}: has no right signature of the key that was in force then ({})",
            key.map_or_else(|| "none".to_owned(), Verifier::to_string)
        ))),
    }
}
