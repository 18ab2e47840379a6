//! `inspector bench report`, `compare` and `schema`: what was measured, told in other forms.

use super::report_file;
use crate::bench::compare::{Finding, compare, text};
use crate::bench::{page, schema};
use crate::cli::terminal;
use crate::error::{Error, ErrorKind};
use std::path::PathBuf;

/// Arguments of `inspector bench report`.
#[derive(clap::Args)]
pub struct ReportArgs {
    /// A report, as --out wrote it.
    report: PathBuf,
    /// The page to write. Browsers print it on one or two sheets, or into a PDF.
    #[arg(long, value_name = "FILE")]
    html: PathBuf,
}

/// Arguments of `inspector bench compare`.
#[derive(clap::Args)]
pub struct CompareArgs {
    /// The report to compare with.
    a: PathBuf,
    /// The one that is compared.
    b: PathBuf,
    /// Prints JSON, for programs.
    #[arg(long)]
    json: bool,
    /// Exits with 8 when something is slower beyond noise.
    #[arg(long)]
    fail_if_slower: bool,
}

/// Writes the page.
pub fn report(args: &ReportArgs) -> Result<(), Error> {
    let report = report_file::read(&args.report)?;
    report_file::write(&args.html, &page::html(&report))?;
    say!("wrote {}", args.html.display());
    Ok(())
}

/// Prints what changed.
pub fn compared(args: &CompareArgs) -> Result<(), Error> {
    let comparison = compare(&report_file::read(&args.a)?, &report_file::read(&args.b)?);
    if args.json {
        let text = serde_json::to_string_pretty(&comparison)
            .map_err(|error| Error::new(ErrorKind::Internal, error))?;
        terminal::answer_json(&text);
    } else {
        terminal::answer(&text(&comparison));
    }
    let changes = comparison.pairs.iter().flat_map(|pair| &pair.changes);
    let slower = changes
        .filter(|change| change.finding == Finding::Slower)
        .count();
    if args.fail_if_slower && slower > 0 {
        let message = format!("{slower} figures are slower beyond noise");
        return Err(Error::new(ErrorKind::Verification, message));
    }
    Ok(())
}

/// Prints the schema.
pub fn schema() {
    terminal::answer(&schema::schema());
}
