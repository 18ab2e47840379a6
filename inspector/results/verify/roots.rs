//! Roots that were signed, held against the tree of the rows that are there now.

use super::keys::{By, Keys};
use super::leaves::{PLACE, Place};
use super::{Outside, Report, name};
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
    by: By,
}

/// A station signs once a minute: what is older within its job has a checkpoint.
const UNSIGNED_MAX_US: i64 = 120_000_000;

/// All of them, the smallest tree first, and what was wrong with them by themselves.
pub(super) struct Roots {
    signed: Peekable<std::vec::IntoIter<Signed>>,
    keys: Keys,
    /// From so many leaves on no root can be computed.
    broken_from: Option<u64>,
    /// Whether one was another already: all after it are.
    is_other: bool,
    /// The largest tree whose root was right.
    good: u64,
    /// As `good`, of a root whose key is to be believed.
    proven: u64,
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
        let keys = Keys::of(connection, &outside.keys, report)?;
        upgrades(connection, keys.first(), report)?;
        let (mut signed, mut problems) = (Vec::new(), Vec::new());
        let mut statement =
            connection.prepare("select size, note from checkpoint order by size")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (size, text): (i64, String) = (row.get(0)?, row.get(1)?);
            let told = format!("the checkpoint over {size} leaves");
            match verified(&text, &keys, &told) {
                Ok(found) if found.size == size.unsigned_abs() => signed.push(found),
                Ok(found) => problems.push(format!(
                    "{told}: says that it is over {} leaves",
                    found.size
                )),
                Err(Unproven(problem)) => problems.push(problem),
            }
        }
        report.checkpoints = signed.len() as u64;
        let elsewhere = outside.checkpoints.iter();
        let elsewhere =
            elsewhere.map(|(path, text)| (format!("{}, kept elsewhere", path.display()), text));
        let beside = outside.beside.iter();
        let beside = beside.map(|(path, text)| {
            let name = path.file_name().unwrap_or_default();
            (format!("{}, kept beside the key", name.display()), text)
        });
        for (told, text) in elsewhere.chain(beside) {
            match verified(text, &keys, &told) {
                Ok(found) => signed.push(found),
                Err(Unproven(problem)) => problems.push(problem),
            }
        }
        name(report, problems);
        signed.sort_by_key(|signed| signed.size);
        let ended_by = ended_by(connection, keys.are_given())?;
        Ok(Self {
            signed: signed.into_iter().peekable(),
            keys,
            broken_from: None,
            is_other: false,
            good: 0,
            proven: 0,
            ended_by,
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
                if self.keys.found(signed.by) {
                    self.proven = size;
                }
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

    /// Checkpoints over more than is there, and leaves that none covers. Gives the keys that are to be believed.
    pub(super) fn end(
        mut self,
        growing: &Growing,
        connection: &Connection,
        report: &mut Report,
    ) -> rusqlite::Result<Vec<Verifier>> {
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
            return Ok(self.keys.believed());
        }
        report.unsigned_leaves = size - self.good;
        self.keys.tell(report);
        self.of_given(report);
        if self.ended_by > self.good {
            report.problems.push(format!(
                "a job ended by itself with leaf {}, which signs everything, and the newest checkpoint is over {} leaves: \
                 those after it were removed, or never made",
                self.ended_by - 1,
                self.good
            ));
        }
        self.unsigned(connection, report)?;
        Ok(self.keys.believed())
    }

    /// What no key signed of those that were given.
    fn of_given(&self, report: &mut Report) {
        if !self.keys.are_given() {
            return;
        }
        if self.proven == 0 {
            report.problems.push(
                "nothing that is there is signed by a key that was given: expected a checkpoint by it, which a station \
                 makes within a minute of its start"
                    .to_owned(),
            );
        } else if self.proven < self.good {
            report.problems.push(format!(
                "leaves {} to {} are signed by other keys alone, and not by one that was given",
                self.proven,
                self.good - 1
            ));
        }
    }

    /// Leaves that a station that had a key would have signed long before the newest of their job came.
    fn unsigned(&self, connection: &Connection, report: &mut Report) -> rusqlite::Result<()> {
        let Some(first) = self.keys.first() else {
            return Ok(());
        };
        let from = self.good.max(first);
        let mut statement = connection.prepare(
            "select job, min(seq), max(seq), (max(at) - min(at)) / 1000000,
               exists (select 1 from event where job_id = job and code = ?2) from (
                 select seq, job_id as job, triggered_at_us as at from feed join result on result.id = row_id
                 where kind = 1 and seq > ?1
                 union all select seq, job_id, at_us from feed join event on event.id = row_id
                 where kind = 4 and seq > ?1 and job_id is not null
                 union all select seq, job.id, started_at_us from feed join job on job.id = row_id
                 where kind = 7 and seq > ?1)
             group by job having max(at) - min(at) > ?3 order by job",
        )?;
        let unusable = Code::SigningKeyUnusable.name();
        let found = rusqlite::params![from as i64, unusable, UNSIGNED_MAX_US];
        let mut rows = statement.query(found)?;
        let mut problems = Vec::new();
        while let Some(row) = rows.next()? {
            let (job, first, last): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (seconds, had_no_key): (i64, bool) = (row.get(3)?, row.get(4)?);
            let said = format!(
                "job {job}: leaves {} to {}, of {seconds} s, are not signed",
                first - 1,
                last - 1
            );
            if had_no_key && !self.keys.are_given() {
                report.remarks.push(format!(
                    "{said}: the journal says that the station had no key that it could use (signing_key_unusable)"
                ));
            } else {
                problems.push(format!(
                    "{said}, and a station signs each minute: checkpoints after {} leaves were removed, or never made",
                    self.good
                ));
            }
        }
        name(report, problems);
        Ok(())
    }
}

/// What the leaf of this number stands for.
fn place(connection: &Connection, seq: u64) -> rusqlite::Result<Option<Place>> {
    connection
        .prepare_cached(&format!("{PLACE} where seq = ?1"))?
        .query_row([seq as i64], Place::of)
        .optional()
}

/// An upgrade of an older log gave what it held its leaves: nothing proves what was there before.
fn upgrades(
    connection: &Connection,
    first_key: Option<u64>,
    report: &mut Report,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "select seq, json_extract(body, '$.row.found_version') from feed
         where kind = 11 and json_extract(body, '$.row.found_version') is not null order by seq",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (seq, version): (i64, i64) = (row.get(0)?, row.get(1)?);
        let leaf = seq - 1;
        report.remarks.push(format!(
            "leaves before leaf {leaf} were there when the log was upgraded from version {version}: they are proven to be \
             what they were then, not to be what was recorded"
        ));
        if first_key.is_some_and(|key| key < seq.unsigned_abs()) {
            report.problems.push(format!(
                "the log was upgraded with leaf {leaf}, and named a key before: a log of an older form was put in its place"
            ));
        }
    }
    Ok(())
}

/// Of a job whose key could not be used nothing is asked, unless the key was given from elsewhere.
fn ended_by(connection: &Connection, is_key_given: bool) -> rusqlite::Result<u64> {
    let seq: Option<i64> = connection.query_row(
        "select max(seq) from feed join job on job.id = row_id where kind = 8 and ended in ('finished', 'fault')
         and exists (select 1 from event where job_id <= job.id and code in (?1, ?2))
         and (?4 or not exists (select 1 from event where job_id = job.id and code = ?3))",
        rusqlite::params![
            Code::SigningKeyMade.name(),
            Code::SigningKeyChanged.name(),
            Code::SigningKeyUnusable.name(),
            is_key_given,
        ],
        |row| row.get(0),
    )?;
    Ok(seq.unwrap_or(0).unsigned_abs())
}

/// By a key that may sign a tree of this size.
fn verified(text: &str, keys: &Keys, told: &str) -> Result<Signed, Unproven> {
    let at = |error: Malformed| Unproven(format!("{told}: {error}"));
    let note: Note = text.parse().map_err(at)?;
    let checkpoint: Checkpoint = note.text.parse().map_err(at)?;
    match keys.signer(checkpoint.size, &checkpoint.origin, &note) {
        Ok(by) => Ok(Signed {
            size: checkpoint.size,
            root: checkpoint.root,
            told: told.to_owned(),
            by,
        }),
        Err(Unproven(expected)) => Err(Unproven(format!(
            "{told}: has no right signature of the key that was in force then ({expected})"
        ))),
    }
}
