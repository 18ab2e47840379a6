//! What a schema says, whatever blanks and comments its text has and however it came about: new, or step by step.

use rusqlite::Connection;

/// Every column of every table, with what `pragma table_xinfo` says of it, and every index.
pub(super) fn shape(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut tables = connection.prepare(
        "select m.type || ' ' || m.name || ' ' || coalesce(c.name, '') || ' ' ||
           coalesce(c.type || ' ' || c.\"notnull\" || ' ' || c.pk, m.sql, '')
         from sqlite_schema m
         left join pragma_table_xinfo(m.name) c on m.type = 'table'
         where m.name not like 'sqlite_%' order by 1",
    )?;
    let rows = tables.query_map([], |row| row.get(0))?;
    rows.collect()
}

/// The words of all tables, so that the place of an added column does not count.
pub(super) fn words(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut all = connection
        .prepare("select sql from sqlite_schema where type = 'table' and sql is not null")?;
    let rows = all.query_map([], |row| row.get::<_, String>(0))?;
    let mut words = Vec::new();
    for text in rows {
        let text = text?;
        let bare = text
            .lines()
            .map(|line| line.split("--").next().unwrap_or(""));
        let found = bare.flat_map(|line| line.split([' ', ',']));
        words.extend(found.filter(|word| !word.is_empty()).map(str::to_owned));
    }
    words.sort();
    Ok(words)
}
