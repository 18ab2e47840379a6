//! `inspector verify`: what was promised, held against what is there.

use super::load_settings_of;
use super::proved::verify_proofs;
use crate::error::{Error, ErrorKind};
use crate::path_error::{At, PathError};
use crate::results::proof::cosign::WitnessKey;
use crate::results::proof::note::Verifier;
use crate::results::verify::{Outside, Report, Scope, verify_against};
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
    /// The station's key as it was told at commissioning (`inspector key`), which finds a log that was signed anew. May be
    /// given more than once, where another took its place.
    #[arg(long, value_name = "KEY")]
    key: Vec<Verifier>,
    /// A checkpoint of this log that was kept elsewhere, which finds what was rewritten or cut off since. May be given more
    /// than once.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// The verifier key of a witness that is to have cosigned. May be given more than once.
    #[arg(long, value_name = "KEY")]
    witness: Vec<WitnessKey>,
    /// The proofs in this folder (`inspector export --proofs`), or an audit pack (`--format pack`), instead of a log.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["data", "checkpoint"])]
    proofs: Option<PathBuf>,
    /// The audit pack was asked for by more than time (style, lane, unconfirmed), so parts between its rows may be missing.
    #[arg(long, requires = "proofs")]
    filtered: bool,
}

/// Verifies and says what it found.
pub fn verify(args: &VerifyArgs) -> Result<(), Error> {
    if let Some(folder) = &args.proofs {
        return verify_proofs(folder, &args.key, &args.witness, args.filtered);
    }
    let data = match &args.data {
        Some(data) => data.clone(),
        None => load_settings_of(&args.settings)?.data,
    };
    let scope = Scope {
        with_pictures: !args.no_pictures,
    };
    let mut outside = Outside {
        keys: args.key.clone(),
        witnesses: args.witness.clone(),
        ..Outside::default()
    };
    for path in &args.checkpoint {
        let text = std::fs::read_to_string(path).at("read", path);
        let text = text.map_err(|error: PathError| Error::new(ErrorKind::Storage, error))?;
        outside.checkpoints.push((path.clone(), text));
    }
    let report = verify_against(&data, scope, &outside)
        .map_err(|error| Error::new(ErrorKind::Storage, error))?;
    print(&report, args.no_pictures, args.key.is_empty());
    if report.problems.is_empty() {
        say!("every result is there, or the log says which is not");
        Ok(())
    } else {
        Err(Error::all(ErrorKind::Verification, report.problems))
    }
}

fn print(report: &Report, no_pictures: bool, is_key_from_here: bool) {
    say!("jobs       {}", report.jobs);
    say!("results    {}", report.results);
    say!(
        "pictures   {} {}; {} deleted to keep within the quota",
        report.pictures,
        if no_pictures { "there" } else { "whole" },
        report.deleted_by_quota
    );
    say!(
        "signed     {} of {} leaves, by {} checkpoints",
        report.leaves - report.unsigned_leaves,
        report.leaves,
        report.checkpoints
    );
    if let Some(newest) = &report.newest_stamp {
        say!(
            "stamped    {} times, the newest {newest}; whether a stamp is genuine was not checked: openssl says that, by the \
             server's certificate (docs/guide/audit.md)",
            report.stamps
        );
    }
    for told in &report.cosigned {
        say!("cosigned   {told}");
    }
    if is_key_from_here && report.checkpoints > 0 {
        say!(
            "           by the key that the log itself names, and whoever rewrote all of it could name another: give --key with \
             the one from commissioning, and --checkpoint with one that was kept elsewhere"
        );
    }
    for gap in &report.known_gaps {
        say!("known gap  {gap}");
    }
    for remark in &report.remarks {
        say!("remark     {remark}");
    }
}
