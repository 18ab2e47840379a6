//! Where pictures to teach from come from: folders, lists, and parts of a log that people reviewed.

use super::TeachArgs;
use crate::cli::images;
use crate::error::{Error, ErrorKind};
use crate::export::reviewed::choice::{Choice, LabelledPicture, Wanted, chosen};
use crate::results::reader::{Filter, Reader};
use models::teach::BAD_MIN;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files of pictures of good parts, and of defects.
///
/// # Errors
/// When a folder, a list or the log cannot be read, or has pictures of several styles or views.
pub fn sources(args: &TeachArgs) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Error> {
    let mut good = match &args.images {
        Some(images) => files(images, false, args)?,
        None => Vec::new(),
    };
    let mut bad = match &args.bad {
        Some(bad) => files(bad, true, args)?,
        None => Vec::new(),
    };
    if let Some(data) = &args.reviewed {
        reviewed(data, args, (&mut good, &mut bad))?;
    }
    Ok((good, bad))
}

/// Where they come from, for whoever asks what a model learnt.
pub fn told(args: &TeachArgs) -> String {
    let images = args.images.iter().map(|path| path.display().to_string());
    let reviewed = args.reviewed.iter();
    let reviewed = reviewed.map(|path| format!("reviewed parts of {}", path.display()));
    images.chain(reviewed).collect::<Vec<_>>().join(" and ")
}

/// Files of a folder, or of the rows of a list that are labelled so.
fn files(from: &Path, is_bad: bool, args: &TeachArgs) -> Result<Vec<PathBuf>, Error> {
    if from.is_dir() {
        return images::files(from);
    }
    let listed = images::labelled(from, args.set.as_deref(), args.split.as_deref())?;
    let wanted = listed.into_iter().filter(|image| image.is_bad == is_bad);
    Ok(wanted.map(|image| image.path).collect())
}

/// Adds what people said is good, and what they said is defective, and says how many and what not.
fn reviewed(
    data: &Path,
    args: &TeachArgs,
    (good, bad): (&mut Vec<PathBuf>, &mut Vec<PathBuf>),
) -> Result<(), Error> {
    let storage = |error: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Storage, format!("{}: {error}", data.display()))
    };
    let reader = Reader::open(data).map_err(|error| Error::new(ErrorKind::Storage, error))?;
    let filter = Filter {
        style: args.style.clone(),
        ..Filter::default()
    };
    let parts = reader
        .reviewed_parts(&filter)
        .map_err(|error| storage(&error))?;
    let wanted = Wanted {
        needs_boxes: false,
        view: args.view.as_deref(),
    };
    let choice = chosen(&parts, &wanted);
    let pictures = &choice.pictures;
    let none = "no style";
    one_of(
        "style",
        pictures
            .iter()
            .map(|found| found.style.as_deref().unwrap_or(none)),
    )?;
    one_of(
        "view",
        pictures.iter().map(|found| found.view_name.as_str()),
    )?;
    let defects = told_of(data, &choice);
    good.extend(
        pictures
            .iter()
            .filter(|found| !found.is_bad)
            .map(|found| found.file.clone()),
    );
    let few = bad.len() + defects;
    if defects > 0 && few < BAD_MIN {
        say!(
            "  left out {defects}: defects, because fewer than {BAD_MIN} say too little of the next"
        );
        return Ok(());
    }
    bad.extend(
        pictures
            .iter()
            .filter(|found| found.is_bad)
            .map(|found| found.file.clone()),
    );
    Ok(())
}

/// Says what was found and what was left out; gives how many pictures show a defect.
fn told_of(data: &Path, choice: &Choice) -> usize {
    let pictures = &choice.pictures;
    let count = |is_wanted: fn(&LabelledPicture) -> bool| {
        pictures.iter().filter(|found| is_wanted(found)).count()
    };
    let defects = count(|found| found.is_bad);
    say!(
        "reviewed parts of {}: {} false alarms and {} passed parts that are good; {defects} defects, of which {} passed",
        data.display(),
        count(|found| !found.is_bad && !found.was_accepted),
        count(|found| !found.is_bad && found.was_accepted),
        count(|found| found.is_bad && found.was_accepted)
    );
    choice
        .left_out
        .told()
        .iter()
        .for_each(|why| say!("  left out {why}"));
    defects
}

/// A model is of one style and one view.
fn one_of<'a>(what: &str, found: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let found: BTreeSet<&str> = found.collect();
    if found.len() < 2 {
        return Ok(());
    }
    let names: Vec<&str> = found.into_iter().collect();
    let message = format!(
        "--reviewed: expected pictures of one {what}, found those of {}; say which with --{what}",
        names.join(", ")
    );
    Err(Error::new(ErrorKind::Settings, message))
}
