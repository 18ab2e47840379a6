//! From older schemas to this one. Each step is one transaction: a log is at one version or the next. Only the steps from the one
//! on that gives it its tree are one together, because leaves are made of the tables of today.

use super::open::{self, SCHEMA, SCHEMA_VERSION, pragma};
use super::proof::leaf::Kind;
use super::{append, proof};
use crate::hash::hex;
use rusqlite::{Connection, params};

/// The step from version `index + 1` to the next. The former schemas stay in `schemas/`, and a test
/// brings each of them up and holds it against a new log.
const STEPS: [&str; SCHEMA_VERSION as usize - 1] = [
    include_str!("schemas/1-to-2.sql"),
    include_str!("schemas/2-to-3.sql"),
    include_str!("schemas/3-to-4.sql"),
    include_str!("schemas/4-to-5.sql"),
    include_str!("schemas/5-to-6.sql"),
    include_str!("schemas/6-to-7.sql"),
    include_str!("schemas/7-to-8.sql"),
    include_str!("schemas/8-to-9.sql"),
    include_str!("schemas/9-to-10.sql"),
    include_str!("schemas/10-to-11.sql"),
];

/// The version that is the first with a tree.
const FIRST_WITH_TREE: i64 = 9;

/// Creates the tables of an empty log, or brings an older one up to this version.
pub(super) fn bring_up(connection: &Connection) -> rusqlite::Result<()> {
    let version = pragma(connection, "user_version")?;
    if version == 0 {
        return step(connection, || {
            connection.execute_batch(SCHEMA)?;
            first_leaf(connection)
        });
    }
    let todo = (1_i64..).zip(STEPS).skip_while(|step| step.0 < version);
    let (alone, together): (Vec<_>, Vec<_>) =
        todo.partition(|(former, _)| version >= FIRST_WITH_TREE || former + 1 < FIRST_WITH_TREE);
    for (_, statements) in alone {
        step(connection, || connection.execute_batch(statements))?;
    }
    if together.is_empty() {
        return Ok(());
    }
    step(connection, || {
        for (_, statements) in &together {
            connection.execute_batch(statements)?;
        }
        give_leaves(connection, FIRST_WITH_TREE - 1)
    })
}

/// All of it or nothing.
fn step(
    connection: &Connection,
    statements: impl FnOnce() -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let done = connection
        .execute_batch("begin immediate")
        .and_then(|()| statements())
        .and_then(|()| connection.execute_batch("commit"));
    if done.is_err() {
        // The first error counts; without this the connection would stay in its transaction.
        let _ = connection.execute_batch("rollback");
    }
    done
}

/// Says which log this is, so that leaves of one are not taken for those of another.
fn first_leaf(connection: &Connection) -> rusqlite::Result<()> {
    let said = format!(
        r#"{{"kind":"log","row":{{"identity":"{}"}}}}"#,
        open::identity(connection)?
    );
    append::append_said(connection, Kind::Log, &said).map(drop)
}

/// Gives what an older log holds its leaves: the feed in its order, so that numbers stay, and behind it what no feed had.
/// The last of them says that all before it is as it was found then, and not as it was recorded.
fn give_leaves(connection: &Connection, former: i64) -> rusqlite::Result<()> {
    let mut before =
        connection.prepare("select seq, kind, row_id, detail from feed_before order by seq")?;
    let mut rows = before.query([])?;
    let mut insert = connection.prepare(
        "insert into feed (seq, kind, row_id, detail, leaf, body) values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    while let Some(row) = rows.next()? {
        let (seq, number, row_id): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let detail: Option<String> = row.get(3)?;
        let kind = Kind::of(number).ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let content = proof::leaf::content(connection, kind, row_id, detail.as_deref())?;
        // What the feed names and nobody finds any more stays missing, which `verify` says of it.
        let content = content.unwrap_or_default();
        let body = (kind == Kind::Gap).then(|| String::from_utf8_lossy(&content));
        let leaf = proof::hash::leaf(&content);
        insert.execute(params![seq, number, row_id, detail, leaf, body])?;
    }
    let without_a_place = [
        (Kind::Recipe, "select id from recipe_version order by id"),
        (Kind::RecipeView, "select id from recipe_view order by id"),
        (Kind::JobBegan, "select id from job order by id"),
        (
            Kind::JobEnded,
            "select id from job where ended is not null order by id",
        ),
    ];
    for (kind, rows) in without_a_place {
        for id in numbers::<1>(connection, rows)? {
            append::row(connection, kind, id[0])?;
        }
    }
    let pictures = [
        (Kind::Picture, "('stored', 'deleted_by_quota')"),
        (Kind::PictureDeleted, "('deleted_by_quota')"),
    ];
    for (kind, states) in pictures {
        let keys = format!(
            "select job_id, part_no, view from image where state in {states} order by job_id, part_no, view"
        );
        for [job, part, view] in numbers(connection, &keys)? {
            append::picture(connection, kind, (job, part, view))?;
        }
    }
    let (size, _) = proof::tree(connection)?;
    proof::fill_tiles(connection, size)?;
    let (size, root) = proof::tree(connection)?;
    let said = format!(
        r#"{{"kind":"log","row":{{"found_leaves":{size},"found_root":"{}","found_version":{former},"identity":"{}"}}}}"#,
        hex(&root),
        open::identity(connection)?
    );
    append::append_said(connection, Kind::Log, &said)?;
    drop((rows, insert));
    drop(before);
    connection.execute_batch("drop table feed_before;")
}

fn numbers<const N: usize>(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<[i64; N]>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        let mut numbers = [0; N];
        for (at, number) in numbers.iter_mut().enumerate() {
            *number = row.get(at)?;
        }
        Ok(numbers)
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::shape::Shape;
    use crate::station::result::GapCause;

    const FORMER: [&str; STEPS.len()] = [
        include_str!("schemas/1.sql"),
        include_str!("schemas/2.sql"),
        include_str!("schemas/3.sql"),
        include_str!("schemas/4.sql"),
        include_str!("schemas/5.sql"),
        include_str!("schemas/6.sql"),
        include_str!("schemas/7.sql"),
        include_str!("schemas/8.sql"),
        include_str!("schemas/9.sql"),
        include_str!("schemas/10.sql"),
    ];

    /// Three programs made logs of version 7, with more kinds of a gap each time.
    #[test]
    fn every_log_of_version_7_takes_every_kind_of_gap() {
        let kinds = [
            "'overrun')",
            "'overrun', 'trigger_gone')",
            "'overrun', 'trigger_gone', 'triggers_lost', 'trigger_slow')",
        ];
        let former = FORMER[6];
        assert!(former.contains(kinds[1]));
        for known in kinds {
            let old = Connection::open_in_memory().expect("memory");
            old.execute_batch(&former.replace(kinds[1], known))
                .expect("it was right once");
            old.execute_batch(
                "insert into job (id, started_at_us, software_version, settings_sha256, is_simulated)
                   values (1, 5, '0.3.0', printf('%064d', 0), 0);
                 insert into gap values (1, 3, 5, 7, 9, 'overrun', 'm');",
            )
            .expect("rows of version 7");
            bring_up(&old).expect("the steps are right");
            for cause in GapCause::ALL {
                let row = format!(
                    "insert or ignore into gap values (1, 9, null, 1, 2, '{}', 'm')",
                    cause.name()
                );
                assert_eq!(old.execute_batch(&row), Ok(()), "{known}");
            }
            let unknown = "insert into gap values (1, 9, null, 1, 2, 'comet', 'm')";
            assert!(old.execute_batch(unknown).is_err());
            let rows = "select count(*) from gap";
            let rows: i64 = old.query_row(rows, [], |row| row.get(0)).expect("a count");
            assert_eq!(rows, 1 + GapCause::ALL.len() as i64);
        }
    }

    #[test]
    fn every_former_log_becomes_a_log_of_today() {
        let fresh = Connection::open_in_memory().expect("memory");
        bring_up(&fresh).expect("the schema is right");
        assert_eq!(pragma(&fresh, "user_version"), Ok(SCHEMA_VERSION));
        for former in FORMER {
            let old = Connection::open_in_memory().expect("memory");
            old.execute_batch(former).expect("it was right once");
            bring_up(&old).expect("the steps are right");
            assert_eq!(pragma(&old, "user_version"), Ok(SCHEMA_VERSION));
            assert_eq!(Shape::of(&old), Shape::of(&fresh));
        }
    }

    #[test]
    fn rows_survive_and_an_upgrade_is_done_once() {
        let old = Connection::open_in_memory().expect("memory");
        old.execute_batch(FORMER[0]).expect("it was right once");
        old.execute_batch(
            "insert into job values (1, 5, null, null, '0.1.0', printf('%064d', 0), 1);
             insert into result values (4294967297, 1, 1, 'P1', 'cap', null, 2, 'defect', 'reject',
               0.9, 'stain', 7, 9, 11);
             insert into view_result values (4294967297, 0, 2, 'defect', 0.9, 0.4, 0.5, 1, 3, null,
               64, 48, 'Mono8', 0, 0, 0, 0, 0, 0, 0, 9);
             insert into finding values (4294967297, 0, 0, 'stain', 0.9, 1, 2, 3, 4, 12.0, null);",
        )
        .expect("rows of version 1");
        bring_up(&old).expect("the steps are right");
        bring_up(&old).expect("nothing is left to do");
        let found: (String, f64, Option<f64>) = old
            .query_row("select class, area_px, x_mm from finding", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .expect("the row is there");
        assert_eq!(found, ("stain".to_owned(), 12.0, None));
        let view = |number: u32| {
            let row = format!(
                "create temp table copy as select * from view_result where view = 0;
                 update copy set view = {number};
                 insert into view_result select * from copy;"
            );
            let done = old.execute_batch(&row);
            old.execute_batch("drop table copy").expect("it was made");
            done
        };
        assert_eq!(view(7), Ok(()), "the eighth view");
        assert!(view(8).is_err());
    }

    #[test]
    fn rejects_of_before_wait_for_a_review_but_challenge_parts_do_not() {
        let old = Connection::open_in_memory().expect("memory");
        old.execute_batch(FORMER[9]).expect("it was right once");
        old.execute_batch(
            "insert into job (id, started_at_us, software_version, settings_sha256, is_simulated)
               values (1, 5, '0.3.0', printf('%064d', 0), 0);
             insert into result (id, job_id, part_no, part_id, verdict, cause, disposition, triggered_at_us,
               acted_after_us, challenge) values
               (4294967297, 1, 1, 'P1', 2, 'defect', 'reject', 7, 11, null),
               (4294967298, 1, 2, 'BAD', 2, 'defect', 'reject', 7, 11, 'passed'),
               (4294967299, 1, 3, 'P3', 1, null, 'accept', 7, 11, null);",
        )
        .expect("rows of version 10");
        bring_up(&old).expect("the steps are right");
        let waiting = "select group_concat(result_id || ' ' || why) from waiting";
        let waiting: String = old
            .query_row(waiting, [], |row| row.get(0))
            .expect("one waits");
        assert_eq!(waiting, "4294967297 reject");
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let old = Connection::open_in_memory().expect("memory");
        old.execute_batch(FORMER[0]).expect("it was right once");
        old.execute_batch("alter table finding add column height_mm real;")
            .expect("somebody meddled");
        assert!(bring_up(&old).is_err());
        assert_eq!(pragma(&old, "user_version"), Ok(1));
        assert!(old.is_autocommit());
        assert!(
            !Shape::of(&old)
                .expect("it is read")
                .columns
                .iter()
                .any(|line| line.contains(" x_mm "))
        );
    }
}
