//! Time stamps of the journal, held against the checkpoints that they are over.

use super::{Report, name};
use crate::results::proof::evidence::Unproven;
use crate::results::proof::stamps::each;
use rusqlite::Connection;

/// What can be told without the server's certificate: whether each is over its checkpoint, when, and by whom.
pub(super) fn stamps(connection: &Connection, report: &mut Report) -> rusqlite::Result<()> {
    let (mut newest, mut problems) = (None, Vec::new());
    each(connection, |kept| {
        report.stamps += 1;
        match kept.check() {
            Ok(stamp) => newest = Some((kept.size, stamp)),
            Err(Unproven(found)) => problems.push(format!(
                "event {} of the journal: the time stamp of the checkpoint over {} leaves: {found}",
                kept.event, kept.size
            )),
        }
    })?;
    report.newest_stamp =
        newest.map(|(size, stamp)| format!("over {size} leaves at {} by {}", stamp.at, stamp.by));
    name(report, problems);
    Ok(())
}
