//! What a schema says, whatever blanks and comments its text has and however it came about: new, or step by step.

use rusqlite::Connection;

/// What the tables of a log are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Every column of every table, with what `pragma table_xinfo` says of it, and every index.
    pub(super) columns: Vec<String>,
    /// The words of all tables, so that the place of an added column does not count.
    words: Vec<String>,
}

impl Shape {
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut shape = Self {
            columns: Vec::new(),
            words: Vec::new(),
        };
        columns(connection, &mut shape.columns)?;
        words(connection, &mut shape.words)?;
        Ok(shape)
    }
}

fn columns(connection: &Connection, into: &mut Vec<String>) -> rusqlite::Result<()> {
    let mut tables = connection.prepare(
        "select m.type || ' ' || m.name || ' ' || coalesce(c.name, '') || ' ' ||
           coalesce(c.type || ' ' || c.\"notnull\" || ' ' || c.pk, m.sql, '')
         from sqlite_schema m
         left join pragma_table_xinfo(m.name) c on m.type = 'table'
         where m.name not like 'sqlite_%' order by 1",
    )?;
    for row in tables.query_map([], |row| row.get(0))? {
        into.push(row?);
    }
    Ok(())
}

fn words(connection: &Connection, words: &mut Vec<String>) -> rusqlite::Result<()> {
    let mut all = connection
        .prepare("select sql from sqlite_schema where type = 'table' and sql is not null")?;
    let rows = all.query_map([], |row| row.get::<_, String>(0))?;
    for text in rows {
        let text = text?;
        let bare = text
            .lines()
            .map(|line| line.split("--").next().unwrap_or(""));
        let found = bare.flat_map(|line| line.split([' ', ',']));
        words.extend(found.filter(|word| !word.is_empty()).map(str::to_owned));
    }
    words.sort();
    Ok(())
}
