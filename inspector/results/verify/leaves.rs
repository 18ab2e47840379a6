//! Every row held against its leaf, and the tree of the leaves against the roots that were signed.

use super::roots::Roots;
use super::{Report, name};
use crate::results::proof::hash::{self, Growing};
use crate::results::proof::leaf::{self, Kind};
use crate::results::proof::note::Verifier;
use crate::results::review;
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::HashMap;

/// A row of the feed.
pub(super) struct Place {
    seq: i64,
    kind: i64,
    row_id: i64,
    detail: Option<String>,
    leaf: Vec<u8>,
    body: Option<String>,
}

pub(super) const PLACE: &str = "select seq, kind, row_id, detail, leaf, body from feed";

impl Place {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            kind: row.get(1)?,
            row_id: row.get(2)?,
            detail: row.get(3)?,
            leaf: row.get(4)?,
            body: row.get(5)?,
        })
    }

    /// Whether it has what a place of its kind has, and no more.
    fn is_in_form(&self) -> bool {
        let Some(kind) = Kind::of(self.kind) else {
            return false;
        };
        let has_detail = matches!(
            kind,
            Kind::LateVerdict | Kind::Gap | Kind::Picture | Kind::PictureDeleted
        );
        let has_body = matches!(kind, Kind::Gap | Kind::Log);
        self.detail.is_some() == has_detail
            && self.body.is_some() == has_body
            && (kind != Kind::Log || self.row_id == 1)
    }

    /// What it stands for, in words.
    pub(super) fn told(&self) -> String {
        let (job, part) = (self.row_id >> 32, self.row_id & 0xFFFF_FFFF);
        let id = self.row_id;
        let detail = self.detail.as_deref().unwrap_or("?");
        match Kind::of(self.kind) {
            Some(Kind::Result) => format!("the result of job {job}, part {part} (row {id})"),
            Some(Kind::LateVerdict) => {
                format!("the late verdict of job {job}, part {part}, view {detail}")
            }
            Some(Kind::Gap) => format!("the gap {detail:?} of job {job} from part {part} on"),
            Some(Kind::Event) => format!("event {id} of the journal"),
            Some(Kind::Picture) => format!("the picture of job {job}, part {part}, view {detail}"),
            Some(Kind::PictureDeleted) => format!(
                "that the picture of job {job}, part {part}, view {detail} was deleted for the quota"
            ),
            Some(Kind::JobBegan) => format!("the beginning of job {id}"),
            Some(Kind::JobEnded) => format!("the end of job {id}"),
            Some(Kind::Recipe) => format!("recipe version {id} (row of recipe_version)"),
            Some(Kind::RecipeView) => {
                format!(
                    "view {id} of a recipe (row of recipe_view), its model or its configuration"
                )
            }
            Some(Kind::Log) => "the log's own name".to_owned(),
            Some(Kind::Review) => format!("review {id} of a part (row of review)"),
            None => format!("a row of unknown kind {}", self.kind),
        }
    }
}

/// The newest number of each gap, by its place and kind.
type Gaps = HashMap<(i64, String), i64>;

/// Walks the whole feed once. Gives the keys that are to be believed.
pub(super) fn leaves(
    connection: &Connection,
    mut roots: Roots,
    report: &mut Report,
) -> rusqlite::Result<Vec<Verifier>> {
    let newest_gaps = newest_gaps(connection)?;
    let mut growing = Growing::default();
    let (mut altered, mut tiles) = (Vec::new(), Vec::new());
    let mut statement = connection.prepare(&format!("{PLACE} order by seq"))?;
    let mut rows = statement.query([])?;
    let mut last_seq = 0;
    let (mut wrong_tiles, mut kept_tiles) = (0_u64, 0_i64);
    let newest_signed: i64 =
        connection.query_row("select coalesce(max(size), 0) from checkpoint", [], |row| {
            row.get(0)
        })?;
    let newest_signed = newest_signed.unsigned_abs();
    while let Some(row) = rows.next()? {
        let place = Place::of(row)?;
        if place.seq != last_seq + 1 {
            report.problems.push(format!(
                "the feed goes on with number {} after {last_seq}: what was recorded between was removed, or moved",
                place.seq
            ));
            roots.is_broken_from(growing.size());
        }
        last_seq = place.seq;
        altered.extend(looked_at(connection, &place, &newest_gaps)?);
        // The leaf as it is kept: whether it is the one that was signed is asked of the root.
        let leaf = <[u8; 32]>::try_from(place.leaf.as_slice()).unwrap_or_default();
        growing.push(leaf, |level, index, hash| tiles.push((level, index, hash)));
        for (level, index, hash) in tiles.drain(..) {
            // Filled when a root is signed; until then nobody misses it.
            let is_due = (index + 1) << (8 * u32::from(level)) <= newest_signed;
            wrong_tiles += match tile(connection, level, index)? {
                None => u64::from(is_due),
                Some(kept) => {
                    kept_tiles += 1;
                    u64::from(kept[..] != hash[..])
                }
            };
        }
        roots.look(&growing, connection, report)?;
    }
    report.leaves = growing.size();
    let kept: i64 = connection.query_row("select count(*) from tile", [], |row| row.get(0))?;
    if wrong_tiles > 0 || kept_tiles != kept {
        report.problems.push(format!(
            "table tile: {wrong_tiles} hashes are not those of the leaves, of {kept} that are kept"
        ));
    }
    name(report, altered);
    let keys = roots.end(&growing, connection, report)?;
    inserted(connection, report)?;
    waiting(connection, report)?;
    names(connection, report)?;
    Ok(keys)
}

/// What is wrong with its row.
fn looked_at(
    connection: &Connection,
    place: &Place,
    newest_gaps: &Gaps,
) -> rusqlite::Result<Option<String>> {
    let detail = place.detail.as_deref();
    let said = place.body.as_ref().map(|body| body.clone().into_bytes());
    let altered = || Some(format!("{}: is not as it was recorded", place.told()));
    if !place.is_in_form() {
        return Ok(altered());
    }
    let content = match Kind::of(place.kind) {
        None => None,
        Some(Kind::Log) => said,
        Some(kind @ Kind::Gap) => {
            let key = (place.row_id, detail.unwrap_or_default().to_owned());
            let found = leaf::content(connection, kind, place.row_id, detail)?;
            let is_newest = newest_gaps.get(&key) == Some(&place.seq);
            if is_newest && found.is_some() && found != said {
                return Ok(altered());
            }
            // What it was before it grew is said here alone.
            if is_newest { found } else { said }
        }
        Some(kind) => leaf::content(connection, kind, place.row_id, detail)?,
    };
    Ok(match content {
        Some(content) if place.leaf == hash::leaf(&content) => None,
        Some(_) => altered(),
        None if place.leaf == hash::leaf(b"") => Some(format!(
            "{}: was gone already when the log was upgraded",
            place.told()
        )),
        None => Some(format!("{}: was removed", place.told())),
    })
}

/// The newest number of each gap: those before it say what it was until it grew.
fn newest_gaps(connection: &Connection) -> rusqlite::Result<Gaps> {
    let mut statement = connection.prepare(
        "select row_id, coalesce(detail, ''), max(seq) from feed where kind = 3 group by row_id, detail",
    )?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    rows.collect()
}

fn tile(connection: &Connection, level: u8, index: u64) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("select hash from tile where level = ?1 and tile = ?2")?
        .query_row([i64::from(level), index as i64], |row| row.get(0))
        .optional()
}

/// Rows of each table that nothing in the feed stands for, by what names them.
const WITHOUT_A_PLACE: [(&str, &str); 14] = [
    (
        "a result, row",
        "select id from result except select row_id from feed where kind = 1",
    ),
    (
        "a late verdict, of job, part and view",
        "select (job_id << 32 | part_no) || ' ' || view from late_verdict
         except select row_id || ' ' || detail from feed where kind = 2",
    ),
    (
        "a gap, from part and of kind",
        "select (job_id << 32 | first_part_no) || ' ' || kind from gap
         except select row_id || ' ' || detail from feed where kind = 3",
    ),
    (
        "an event of the journal, row",
        "select id from event except select row_id from feed where kind = 4",
    ),
    (
        "a picture, of part and view",
        "select (job_id << 32 | part_no) || ' ' || view from image
         except select row_id || ' ' || detail from feed where kind = 5",
    ),
    (
        "that a picture was deleted, of part and view",
        "select (job_id << 32 | part_no) || ' ' || view from image where state = 'deleted_by_quota'
         except select row_id || ' ' || detail from feed where kind = 6",
    ),
    (
        "a picture in a state that no station records, of part and view",
        "select (job_id << 32 | part_no) || ' ' || view from image
         where state not in ('stored', 'deleted_by_quota')",
    ),
    (
        "a job",
        "select id from job except select row_id from feed where kind = 7",
    ),
    (
        "the end of a job",
        "select id from job where ended is not null except select row_id from feed where kind = 8",
    ),
    (
        "a recipe version, row",
        "select id from recipe_version except select row_id from feed where kind = 9",
    ),
    (
        "a view of a recipe, row",
        "select id from recipe_view except select row_id from feed where kind = 10",
    ),
    (
        "a model, row",
        "select id from model except select model_id from recipe_view",
    ),
    (
        "a configuration, row",
        "select id from configuration except select configuration_id from recipe_view",
    ),
    (
        "a review, row",
        "select id from review except select row_id from feed where kind = 12",
    ),
];

/// What was put in beside the station.
fn inserted(connection: &Connection, report: &mut Report) -> rusqlite::Result<()> {
    for (what, sql) in WITHOUT_A_PLACE {
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([], |row| {
            let key = match row.get_ref(0)? {
                rusqlite::types::ValueRef::Integer(id) => id.to_string(),
                other => other.as_str().unwrap_or("?").to_owned(),
            };
            Ok(format!(
                "{what} {key}: was put in, the station did not record it"
            ))
        })?;
        let rows: Vec<String> = rows.collect::<Result<_, _>>()?;
        name(report, rows);
    }
    let mut twice = connection.prepare(
        "select min(seq), max(seq), kind, row_id, detail from feed where kind not in (3, 11)
         group by kind, row_id, detail having count(*) > 1",
    )?;
    let rows = twice.query_map([], |row| {
        let (first, last): (i64, i64) = (row.get(0)?, row.get(1)?);
        let place = Place {
            seq: first,
            kind: row.get(2)?,
            row_id: row.get(3)?,
            detail: row.get(4)?,
            leaf: Vec::new(),
            body: None,
        };
        Ok(format!(
            "{}: stands in the feed more than once, as numbers {first} and {last}",
            place.told()
        ))
    })?;
    let rows: Vec<String> = rows.collect::<Result<_, _>>()?;
    name(report, rows);
    Ok(())
}

/// Which parts wait for a review follows from the rows of results and reviews.
fn waiting(connection: &Connection, report: &mut Report) -> rusqlite::Result<()> {
    let both = [
        (
            "is missing",
            format!("{} except select * from waiting", review::WAITING),
        ),
        (
            "does not follow",
            format!("select * from waiting except {}", review::WAITING),
        ),
    ];
    for (what, sql) in both {
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map([], |row| {
            Ok(format!(
                "table waiting, of the result in row {}: {what} by results and reviews",
                row.get::<_, i64>(0)?
            ))
        })?;
        let rows: Vec<String> = rows.collect::<Result<_, _>>()?;
        name(report, rows);
    }
    Ok(())
}

/// What the log calls itself, and the numbers that it has given to jobs.
fn names(connection: &Connection, report: &mut Report) -> rusqlite::Result<()> {
    let found: Option<String> = connection
        .query_row("select identity from log where one = 1", [], |row| {
            row.get(0)
        })
        .optional()?;
    let recorded: Option<String> = connection
        .query_row(
            "select identity from (
               select seq, json_extract(body, '$.row.identity') as identity from feed where kind = 11
               union all select seq, json_extract(details, '$.log') from feed join event on event.id = row_id
               where kind = 4 and code = 'log_restored' and json_extract(details, '$.log') is not null)
             order by seq desc limit 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    if recorded != found {
        let [recorded, found] = [&recorded, &found].map(|name| name.as_deref().unwrap_or("none"));
        report.problems.push(format!(
            "the log's identity is {found}, and it was recorded as {recorded}"
        ));
    }
    let (given, last): (i64, i64) = connection.query_row(
        "select coalesce((select max(seq) from sqlite_sequence where name = 'job'), 0),
           coalesce((select max(id) from job), 0)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if given != last {
        report.problems.push(format!(
            "numbers were given to jobs up to {given}, and the last job that is there has {last}"
        ));
    }
    Ok(())
}
