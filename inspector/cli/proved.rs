//! `inspector verify --proofs`: proofs and audit packs held against the key, each row of a CSV against its leaf, and each
//! picture against its hash.

mod about;
mod files;
mod leaves;
mod rows;
pub mod stamp;

use crate::error::{Error, ErrorKind};
use crate::path_error::{At, PathError};
use crate::results::proof::cosign::WitnessKey;
use crate::results::proof::note::Verifier;
use files::Held;
use leaves::{Leaves, counted};
use std::path::{Path, PathBuf};

/// Problems that are told one by one.
const TOLD_MAX: usize = 50;

/// What is wrong: the first ones, and how many more.
#[derive(Default)]
pub struct Problems {
    told: Vec<String>,
    more: u64,
}

impl Problems {
    /// Keeps one more, or counts it where there are many.
    pub fn push(&mut self, problem: String) {
        match self.told.len() < TOLD_MAX {
            true => self.told.push(problem),
            false => self.more += 1,
        }
    }

    fn into_result(mut self) -> Result<(), Error> {
        if self.more > 0 {
            self.told.push(format!("and {} more", self.more));
        }
        match self.told.is_empty() {
            true => Ok(()),
            false => Err(Error::all(ErrorKind::Verification, self.told)),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let storage = |error: PathError| Error::new(ErrorKind::Storage, error);
    std::fs::read(path).at("read", path).map_err(storage)
}

/// Paths of a folder, in order; none where it is not there.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let storage = |error: PathError| Error::new(ErrorKind::Storage, error);
    let entries = std::fs::read_dir(folder)
        .at("read", folder)
        .map_err(storage)?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<_>>>()
        .at("read", folder)
        .map_err(storage)?;
    paths.sort();
    Ok(paths)
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

/// A pack that was not unpacked yet can be held against nothing.
fn is_folder(folder: &Path) -> Result<(), Error> {
    if folder.is_file() {
        let message = format!(
            "{}: expected a folder, found a file: unpack it first (unzip)",
            folder.display()
        );
        return Err(Error::new(ErrorKind::Settings, message));
    }
    Ok(())
}

/// Holds every proof of a folder against the keys: one of them must have signed it. In a pack, rows and pictures too.
/// `is_filtered`: parts between its rows may be missing, because it was asked for by more than time.
pub fn verify_proofs(
    folder: &Path,
    keys: &[Verifier],
    witnesses: &[WitnessKey],
    is_filtered: bool,
) -> Result<(), Error> {
    is_folder(folder)?;
    let mut keys = keys.to_vec();
    if keys.is_empty() {
        let text = read(&folder.join("key"))?;
        remark!(
            "the key is the one beside the proofs, which whoever made them chose: give --key with the one from commissioning"
        );
        let parsed = String::from_utf8_lossy(&text).parse();
        keys.push(parsed.map_err(|error| Error::new(ErrorKind::Verification, error))?);
    }
    let mut problems = Problems::default();
    let held = Held::of(folder)?;
    held.check(&keys, &mut problems)?;
    let leaves = Leaves::read(&held, &keys, &mut problems)?;
    say!(
        "proofs     {} of {} hold",
        leaves.held,
        counted(leaves.found, "proof")
    );
    leaves.say_kinds();
    stamp::check(folder, &keys, &mut problems)?;
    stamp::cosigned(folder, witnesses, &mut problems)?;
    if let Some(about) = &leaves.about {
        about.say(is_filtered);
    }
    for table in &held.tables {
        rows::check(table, folder, (&leaves, is_filtered), &mut problems)?;
    }
    match (held.is_pack, held.tables.len()) {
        (false, _) => {
            say!("rows       none are held against the proofs: that is done in an audit pack")
        }
        (true, 1) => {}
        (true, found) => problems.push(format!(
            "{}: expected one CSV, found {found}",
            folder.display()
        )),
    }
    leaves.check_pictures(folder, &mut problems)?;
    leaves.say_without_picture();
    for key in &keys {
        say!("key        {key}");
    }
    if leaves.found == 0 {
        let found = format!("{}: expected proofs, found none", folder.display());
        problems.push(found);
    }
    problems.into_result()
}
