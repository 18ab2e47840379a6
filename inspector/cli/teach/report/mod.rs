//! `inspector teach --report`: one page, of one file, with all that is known of a taught model.
//!
//! Belongs here: how it is shown, in English and Chinese. Deliberately absent: any figure that `Taught` does not have,
//! and anything that another host would have to give.

mod curve;
mod page;
mod pictures;
mod tables;

use self::pictures::Shown;
use super::TeachArgs;
use crate::cli::images::{self, Loaded};
use crate::error::{Error, ErrorKind};
use models::runtime::Runtime;
use models::{Bundle, Channels, Session, SessionOptions, Taught, TeachOptions};
use std::path::{Path, PathBuf};

/// Most images of a kind whose pictures are shown: the file stays below some ten megabytes. Files are listed all.
const SHOWN_MAX: usize = 150;

/// Images of one kind, as they were taught from.
pub(super) struct Images<'a> {
    /// Where each was read.
    pub files: &'a [PathBuf],
    /// Pixels, width and height of each.
    pub loaded: &'a [Loaded],
}

/// What was taught from, and how.
pub(super) struct Lesson<'a> {
    /// Of good parts.
    pub good: Images<'a>,
    /// Of reviewed defects.
    pub bad: Images<'a>,
    /// What the model takes.
    pub channels: Channels,
    /// Settings, as name and value.
    pub settings: Vec<(String, String)>,
}

/// What the page is made of.
struct Report<'a> {
    taught: &'a Taught,
    bundle: &'a Bundle,
    lesson: &'a Lesson<'a>,
    good: Vec<Shown>,
    bad: Vec<Shown>,
    /// SHA-256 of each file, of good parts first.
    hashes: Vec<String>,
}

fn storage(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("{}: {error}", path.display()))
}

/// Whether the page can be written there, before anything is taught.
///
/// # Errors
/// When there is something already, or no folder for it.
pub(super) fn check(path: &Path) -> Result<(), Error> {
    let wrong = |message: String| Error::new(ErrorKind::Settings, message);
    if path.exists() {
        let message = format!(
            "--report {}: there is a file already; give another name",
            path.display()
        );
        return Err(wrong(message));
    }
    let folder = path
        .parent()
        .filter(|folder| *folder != Path::new(""))
        .unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let message = format!(
            "--report {}: expected the folder {} to be there; make it first",
            path.display(),
            folder.display()
        );
        return Err(wrong(message));
    }
    Ok(())
}

/// Settings as the page tells them.
pub(super) fn settings(
    options: &TeachOptions,
    runtime: &Runtime,
    args: &TeachArgs,
) -> Vec<(String, String)> {
    let backbone = match args.backbone.is_empty() {
        true => models::teach::SHIPPED.to_owned(),
        false => {
            let files = args.backbone.iter().map(|file| file.display().to_string());
            files.collect::<Vec<_>>().join(", ")
        }
    };
    let size = options
        .size
        .map_or("the shorter side 256".to_owned(), |(width, height)| {
            format!("{width}x{height}")
        });
    let rows = [
        (
            "command",
            command(std::env::args_os().map(|word| word.to_string_lossy().into_owned())),
        ),
        ("inspector", env!("CARGO_PKG_VERSION").to_owned()),
        ("ONNX Runtime", runtime.version().to_owned()),
        ("backbone", backbone),
        ("size", size),
        ("bank", options.bank_max.to_string()),
        ("false rejects", options.false_rejects.to_string()),
        ("seed", options.seed.to_string()),
        ("8-bit", options.is_quantised.to_string()),
        ("keeps odd images", options.keeps_odd.to_string()),
    ];
    rows.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// A command as a shell takes it.
fn command(words: impl Iterator<Item = String>) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=,:+".contains(c);
    let quoted = words.map(
        |word| match !word.is_empty() && word.chars().all(is_plain) {
            true => word,
            false => format!("'{}'", word.replace('\'', r"'\''")),
        },
    );
    quoted.collect::<Vec<_>>().join(" ")
}

/// Writes the page.
///
/// # Errors
/// When an image cannot be looked at again, or the file not written.
pub(super) fn write(
    path: &Path,
    runtime: &Runtime,
    (bundle, taught): (&Bundle, &Taught),
    lesson: &Lesson,
) -> Result<(), Error> {
    let mut session = Session::new(runtime, bundle, &SessionOptions::default())
        .map_err(|error| Error::new(ErrorKind::Model, error))?;
    // The most unusual first: what a person should look at.
    let mut looked_at =
        |of: &Images, scores: &[f32], is_reversed: bool| -> Result<Vec<Shown>, Error> {
            let mut order: Vec<usize> = (0..of.files.len().min(scores.len())).collect();
            order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
            if is_reversed {
                order.reverse();
            }
            order.truncate(SHOWN_MAX);
            let of_image = |n: usize| {
                let view = images::view(&of.loaded[n], lesson.channels);
                pictures::shown(&mut session, &view, n, scores[n])
                    .map_err(|error| error.of(of.files[n].display()))
            };
            order.into_iter().map(of_image).collect()
        };
    let good = looked_at(&lesson.good, &taught.held_out, true)?;
    let bad = looked_at(&lesson.bad, &taught.evidence.defects, false)?;
    let hash = |file: &PathBuf| -> Result<String, Error> {
        let bytes = std::fs::read(file).map_err(|error| storage(file, &error))?;
        Ok(crate::hash::sha256(&bytes))
    };
    let files = lesson.good.files.iter().chain(lesson.bad.files);
    let report = Report {
        taught,
        bundle,
        lesson,
        good,
        bad,
        hashes: files.map(hash).collect::<Result<_, _>>()?,
    };
    std::fs::write(path, page::html(&report)).map_err(|error| storage(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        let words = [
            "inspector",
            "teach",
            "good parts",
            "it's",
            "--std=0.2,0.2",
            "",
        ];
        let said = command(words.into_iter().map(str::to_owned));
        assert_eq!(
            said,
            r"inspector teach 'good parts' 'it'\''s' --std=0.2,0.2 ''"
        );
    }
}
