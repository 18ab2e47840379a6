//! Passed parts that people looked at, which alone say what got through.

use super::Reader;
use super::quality::Counting;
use rusqlite::params;

/// Passed parts that were drawn at random and that a person could judge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audited {
    /// All of them.
    pub parts: u64,
    /// Those of which somebody said that they have a defect, whatever others said.
    pub defects: u64,
}

impl Reader {
    /// Those of the time and style. Nothing in a log of a version that knew no reviews. Reviews that were taken back do not
    /// count, nor do parts of which everybody said that they cannot tell.
    pub fn audited(&self, counting: &Counting) -> rusqlite::Result<Audited> {
        let has_reviews =
            "select exists (select 1 from pragma_table_info('result') where name = 'drawn')
               and exists (select 1 from sqlite_schema where name = 'review')";
        if !self
            .connection
            .query_row(has_reviews, [], |row| row.get(0))?
        {
            return Ok(Audited::default());
        }
        let (from, to) = self.rows_within(counting.from_us, counting.to_us)?;
        let sql = "select count(*), coalesce(sum(has_defect), 0) from (
               select max(review.judgement = 'defect') as has_defect from review
               join result on result.id = review.result_id
               where review.result_id >= ?1 and review.result_id < ?2 and review.judgement in ('defect', 'good')
                 and result.drawn is not null and result.challenge is null and (?3 is null or result.style = ?3)
                 and not exists (select 1 from review undo where undo.undoes = review.id)
               group by review.result_id)";
        let wanted = params![from, to, counting.style];
        let (parts, defects): (i64, i64) = self
            .connection
            .prepare_cached(sql)?
            .query_row(wanted, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Audited {
            parts: parts.cast_unsigned(),
            defects: defects.cast_unsigned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    const JUDGED: &str = "
        insert into review (id, result_id, judgement, undoes) values
          (1, 1, 'good', null), (2, 1, 'defect', null), (3, 2, 'good', null), (4, 3, 'cannot_tell', null),
          (5, 4, 'defect', null), (6, 5, 'defect', null), (7, 5, null, 6), (8, 5, 'good', null), (9, 6, 'good', null),
          (10, 7, 'defect', null);";

    /// Two judged otherwise by two people, one that nobody can judge, one that was not drawn, one that was taken back, one of
    /// another style, and one of another time.
    #[test]
    fn drawn_passes_that_people_judged_are_counted_once_each() {
        let connection = Connection::open_in_memory().expect("a database");
        let tables = "create table result (id integer primary key, triggered_at_us integer, style text, drawn real,
                        challenge text);
                      create table review (id integer primary key, result_id integer, judgement text, undoes integer);
                      insert into result values (1, 10, 'a', 0.1, null), (2, 20, 'a', 0.1, null), (3, 30, 'a', 0.1, null),
                        (4, 40, 'a', null, null), (5, 50, 'a', 0.1, null), (6, 60, 'b', 0.1, null), (7, 70, 'a', 0.1, null);";
        connection.execute_batch(tables).expect("tables");
        connection.execute_batch(JUDGED).expect("reviews");
        let reader = Reader {
            data: std::path::PathBuf::new(),
            connection,
        };
        let counting = Counting {
            from_us: 0,
            to_us: 70,
            style: Some("a".to_owned()),
            challenge_parts: Vec::new(),
        };
        let of = |parts, defects| Audited { parts, defects };
        assert_eq!(reader.audited(&counting).expect("counted"), of(3, 1));
        let every_style = Counting {
            style: None,
            ..counting
        };
        assert_eq!(reader.audited(&every_style).expect("counted"), of(4, 1));
        let drop = "drop table review; alter table result drop column drawn";
        reader.connection.execute_batch(drop).expect("an older log");
        assert_eq!(reader.audited(&every_style).expect("counted"), of(0, 0));
    }
}
