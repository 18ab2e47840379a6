//! Which files a folder of proofs, or an audit pack, may have: whatever else lies there could be taken for a part of it.

use super::stamp;
use super::{Problems, files_of, has_ending, read};
use crate::cli::export::pack::{ABOUT, PROOFS};
use crate::cli::proofs::README;
use crate::error::Error;
use crate::results::proof::note::Verifier;
use std::path::{Path, PathBuf};

/// Where pictures lie.
pub const IMAGES: &str = "images";

/// A folder and what stands in it.
pub struct Held {
    /// The folder itself.
    pub folder: PathBuf,
    /// Whether it is a pack, or what was one: then rows are held against the proofs. A pack from which its folder of
    /// proofs was taken is still one.
    pub is_pack: bool,
    /// Where the leaves are.
    pub proofs: PathBuf,
    /// Tables of rows, whichever way their ending is written.
    pub tables: Vec<PathBuf>,
    paths: Vec<PathBuf>,
}

impl Held {
    /// Looks at a folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(folder: &Path) -> Result<Self, Error> {
        let paths = files_of(folder)?;
        let tables = paths.iter().filter(|path| has_ending(path, "csv"));
        let tables: Vec<PathBuf> = tables.cloned().collect();
        let has = |name: &str| paths.iter().any(|path| is_called(path, name));
        let within = folder.join(PROOFS);
        Ok(Self {
            is_pack: has(PROOFS) || has(ABOUT) || has(IMAGES) || !tables.is_empty(),
            proofs: match within.is_dir() {
                true => within,
                false => folder.to_owned(),
            },
            folder: folder.to_owned(),
            tables,
            paths,
        })
    }

    fn has_proofs(&self) -> bool {
        self.proofs != self.folder
    }

    /// Each file is one that belongs there, and README and keys are what the program wrote.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn check(&self, keys: &[Verifier], problems: &mut Problems) -> Result<(), Error> {
        if self.is_pack && !self.has_proofs() {
            let why = "is missing: expected an audit pack with its folder of proofs";
            problems.push(format!("{}: {why}", self.folder.join(PROOFS).display()));
        }
        for path in &self.paths {
            self.belongs(path, problems);
            let is_other = |texts: &[String]| -> Result<bool, Error> {
                let found = read(path)?;
                Ok(!texts.iter().any(|text| text.as_bytes() == found))
            };
            let texts: Vec<String> = match path.file_name().and_then(|name| name.to_str()) {
                Some("README.txt") => vec![README.to_owned()],
                Some("key") => keys.iter().map(|key| format!("{key}\n")).collect(),
                Some("key.pem") => keys.iter().map(Verifier::pem).collect(),
                _ => continue,
            };
            if !path.is_file() || is_other(&texts)? {
                let why = match is_called(path, "README.txt") {
                    true => "is not the text that this version of the program writes",
                    false => "is not the key that was given",
                };
                problems.push(format!("{}: {why}", path.display()));
            }
        }
        if self.has_proofs() {
            for path in files_of(&self.proofs)? {
                let is_leaf = is_leaf(&path) && !is_called(&path, ABOUT);
                if !is_leaf || !path.is_file() {
                    strange(&path, problems);
                }
            }
        }
        Ok(())
    }

    fn belongs(&self, path: &Path, problems: &mut Problems) {
        let names = [
            "README.txt",
            "checkpoint",
            "key",
            "key.pem",
            stamp::STAMPED,
            stamp::ANSWER,
            stamp::GREW,
        ];
        let of_pack = [ABOUT, PROOFS, IMAGES];
        let is_named = |names: &[&str]| names.iter().any(|name| is_called(path, name));
        let is_table = self.tables.iter().any(|table| table == path);
        let is_leaf = !self.has_proofs() && is_leaf(path);
        if !(is_named(&names) || is_named(&of_pack) || is_table || is_leaf) {
            strange(path, problems);
        }
    }
}

fn is_called(path: &Path, name: &str) -> bool {
    path.file_name().is_some_and(|found| found == name)
}

fn is_leaf(path: &Path) -> bool {
    let endings = ["json", "tlog-proof"];
    path.extension()
        .is_some_and(|found| endings.iter().any(|ending| found == *ending))
}

fn strange(path: &Path, problems: &mut Problems) {
    problems.push(format!(
        "{}: does not belong there; nothing that was signed is in it",
        path.display()
    ));
}
