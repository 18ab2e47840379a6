//! Since when rejects are more, or fewer, than before.

use crate::http::dto::quality::{Change, Happened, Missing, SuspectPart};
use crate::results::reader::Reader;
use crate::results::reader::quality::{Counting, PartAt, Series};
use crate::statistics::change::{self, EVENTS_MIN, Found, PARTS_MIN};

/// Things that happened near a change, told at most.
const HAPPENED: usize = 12;

/// The change, or why nothing can be said; neither where nothing changed.
pub fn change(
    reader: &Reader,
    counting: &Counting,
    series: &Series,
) -> rusqlite::Result<(Option<Change>, Option<Missing>)> {
    let found = match change::find(series.parts(), &series.places()) {
        Found::Change(found) => found,
        Found::None => return Ok((None, None)),
        Found::TooFew if series.parts() < PARTS_MIN => return Ok((None, Some(Missing::FewParts))),
        Found::TooFew => {
            debug_assert!(series.rejected.len().min(series.accepted.len()) < EVENTS_MIN);
            return Ok((None, Some(Missing::FewRejects)));
        }
    };
    let part = |place: usize| -> rusqlite::Result<Option<PartAt>> {
        match series.row(place) {
            Some(row) => reader.part_at(row),
            None => Ok(None),
        }
    };
    let before = part(found.first.saturating_sub(1))?;
    let (Some(first), Some(earliest)) = (part(found.first)?, part(found.earliest)?) else {
        return Ok((None, None));
    };
    let near = first.triggered_at_us;
    let happened = reader.happened(counting.from_us, counting.to_us, near, HAPPENED)?;
    let change = Change {
        version_before: before.and_then(|part| part.version),
        before: found.before.into(),
        after: found.after.into(),
        chance: found.chance,
        suspects: (series.parts() - found.earliest) as u64,
        happened: happened
            .into_iter()
            .map(|each| Happened {
                at_us: each.at_us,
                code: each.code,
                message: each.message,
            })
            .collect(),
        first: suspect(first),
        earliest: suspect(earliest),
    };
    Ok((Some(change), None))
}

fn suspect(part: PartAt) -> SuspectPart {
    SuspectPart {
        id: part.id,
        part_id: part.part_id,
        triggered_at_us: part.triggered_at_us,
        version: part.version,
    }
}
