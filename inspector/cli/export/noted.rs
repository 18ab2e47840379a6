//! That an export began, for the journal of the station.

use super::ExportArgs;
use super::format::Format;
use super::whole::to_place;
use crate::cli::backup::actor;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::results::left::ExportNote;
use std::path::Path;

/// Leaves a note for the journal of the station, which alone writes there. A checkpoint says nothing of parts.
///
/// # Errors
/// Where it would go is no place for an export: then none begins.
pub fn noted(args: &ExportArgs, data: &Path) -> Result<(), Error> {
    if args.format == Format::Checkpoint && args.reviewed.is_none() {
        return Ok(());
    }
    for place in args.out.iter().chain(&args.proofs) {
        to_place(place, data)?;
    }
    let format = match (args.reviewed, &args.proofs) {
        (Some(_), _) => "pictures of reviewed parts".to_owned(),
        (None, Some(_)) => format!("{} with proofs", args.format.name()),
        (None, None) => args.format.name().to_owned(),
    };
    let out = args.out.as_deref().or(args.proofs.as_deref());
    let out = out.map(|out| std::path::absolute(out).unwrap_or_else(|_| out.to_owned()));
    let note = ExportNote {
        at_us: SystemClock.wall().0,
        by: actor(),
        format,
        out: out.map(|out| out.display().to_string()),
        from_us: args.from,
        to_us: args.to,
        style: args.style.clone(),
        lane: args.lane.clone(),
        unconfirmed: args.unconfirmed,
    };
    if let Err(error) = note.leave(data) {
        remark!(
            "the journal of the station will not tell of this export: {}: {error}",
            data.display()
        );
    }
    Ok(())
}
