//! `inspector find`: parts by any piece of their ID.

use super::load_settings_of;
use crate::error::{Error, ErrorKind};
use crate::results::open::{self, OpenError};
use crate::results::reader::{Filter, PartSummary, Reader};
use crate::results::search;
use crate::station::verdict::Verdict;
use jiff::Timestamp;
use std::path::PathBuf;

/// Arguments of `inspector find`.
#[derive(clap::Args)]
pub struct FindArgs {
    /// Any piece of the ID, as its last six digits, in upper or lower case.
    piece: String,
    /// The station settings.
    #[arg(long, short, default_value = "station.toml")]
    settings: PathBuf,
    /// A data folder, such as a copy for an audit, instead of the station's.
    #[arg(long, conflicts_with = "settings")]
    data: Option<PathBuf>,
    /// At most so many, the newest first.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
}

/// Prints the newest parts whose ID has the piece: row, time, ID, style, verdict, disposition, what reviews came to.
pub fn find(args: &FindArgs) -> Result<(), Error> {
    let data = match &args.data {
        Some(data) => data.clone(),
        None => load_settings_of(&args.settings)?.data,
    };
    let storage = |error: OpenError| Error::new(ErrorKind::Storage, error);
    // A station that runs carries the index on itself; where nothing may be written it is looked for without one.
    if !open::is_written(&data) {
        drop(search::catch_up(&data));
    }
    let reader = Reader::open(&data).map_err(storage)?;
    let filter = Filter {
        piece: Some(args.piece.clone()),
        limit: Some(args.limit),
        ..Filter::default()
    };
    let found = reader
        .list(&filter)
        .map_err(|error| Error::new(ErrorKind::Storage, format!("result log: {error}")))?;
    for part in &found.items {
        print(part);
    }
    let (count, more) = (found.matched.count, found.matched.is_capped);
    let more = if more { " or more" } else { "" };
    remark!("{count}{more} parts have {:?} in their ID", args.piece);
    Ok(())
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::NotDecided => "not_decided",
    }
}

fn print(part: &PartSummary) {
    let at = Timestamp::from_microsecond(part.triggered_at_us);
    let at = at.map_or_else(|_| "?".to_owned(), |at| format!("{at:.3}"));
    let id = part.id.unwrap_or_default();
    let style = part.style.as_deref().unwrap_or("-");
    let review = part.review.map_or("-", |review| review.name());
    say!(
        "{id} {at} {} {style} {} {review}",
        part.part_id,
        verdict(part.verdict)
    );
}
