//! Cosignatures of witnesses, held against the checkpoints that they are over.

use super::{Outside, Report, name};
use crate::results::proof::cosign::WitnessKey;
use crate::results::proof::evidence::Unproven;
use crate::results::proof::note::Note;
use rusqlite::Connection;

/// What witnesses cosigned whose keys were given: how much, and when last.
pub(super) fn witnesses(
    connection: &Connection,
    outside: &Outside,
    report: &mut Report,
) -> rusqlite::Result<()> {
    for key in &outside.witnesses {
        let (mut count, mut newest, mut problems) = (0_u64, None, Vec::new());
        let mut statement =
            connection.prepare("select size, note from checkpoint order by size")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (size, note): (i64, String) = (row.get(0)?, row.get(1)?);
            // What is no note is named elsewhere.
            let Ok(note) = note.parse::<Note>() else {
                continue;
            };
            match key.has_cosigned(&note) {
                Ok(None) => {}
                Ok(Some(time)) => (count, newest) = (count + 1, Some((size, time))),
                Err(Unproven(found)) => {
                    problems.push(format!("the checkpoint over {size} leaves: {found}"));
                }
            }
        }
        match newest {
            Some((size, time)) => report.cosigned.push(told(key, count, (size, time))),
            None => problems.push(format!(
                "no checkpoint is cosigned by {}: expected some, by the key that was given ({key})",
                key.name
            )),
        }
        name(report, problems);
    }
    Ok(())
}

fn told(key: &WitnessKey, count: u64, (size, time): (i64, u64)) -> String {
    let at = i64::try_from(time).ok();
    let at = at.and_then(|at| jiff::Timestamp::from_second(at).ok());
    let at = at.map_or_else(|| "?".to_owned(), |at| at.to_string());
    format!(
        "{count} checkpoints by {}, the newest over {size} leaves at {at}",
        key.name
    )
}
