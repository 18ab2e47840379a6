//! `inspector verify`: what was promised, held against what is there.

use super::load_settings_of;
use crate::error::{Error, ErrorKind};
use crate::results::verify::{Scope, verify as look};
use std::path::PathBuf;

/// Arguments of `inspector verify`.
#[derive(clap::Args)]
pub struct VerifyArgs {
    /// The station settings.
    #[arg(long, short, default_value = "station.toml")]
    settings: PathBuf,
    /// A data folder, such as a copy for an audit, instead of the station's.
    #[arg(long, conflicts_with = "settings")]
    data: Option<PathBuf>,
    /// Does not read the pictures, only looks whether their files are there.
    #[arg(long)]
    no_pictures: bool,
}

/// Verifies and says what it found.
pub fn verify(args: &VerifyArgs) -> Result<(), Error> {
    let data = match &args.data {
        Some(data) => data.clone(),
        None => load_settings_of(&args.settings)?.data,
    };
    let scope = Scope {
        with_pictures: !args.no_pictures,
    };
    let report = look(&data, scope).map_err(|error| Error::new(ErrorKind::Storage, error))?;
    say!("jobs       {}", report.jobs);
    say!("results    {}", report.results);
    say!(
        "pictures   {} {}; {} deleted to keep within the quota",
        report.pictures,
        if args.no_pictures { "there" } else { "whole" },
        report.deleted_by_quota
    );
    for gap in &report.known_gaps {
        say!("known gap  {gap}");
    }
    for remark in &report.remarks {
        say!("remark     {remark}");
    }
    if report.problems.is_empty() {
        say!("every result is there, or the log says which is not");
        Ok(())
    } else {
        Err(Error::all(ErrorKind::Verification, report.problems))
    }
}
