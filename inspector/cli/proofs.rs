//! What a third party checks with tools of its own: leaves, checkpoints and proofs as files.

use super::export::pack::Unfinished;
use super::export::to_place;
use crate::error::{Error, ErrorKind};
use crate::path_error::{At, PathError};
use crate::results::proof::evidence::{Evidence, EvidenceError, Proven};
use crate::results::reader::{Exported, Filter, Reader};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What stands beside proofs, for people.
pub const README: &str = include_str!("proofs/README.txt");

fn failed(error: EvidenceError) -> Error {
    Error::new(ErrorKind::Storage, error)
}

/// Writes every leaf that is signed, one a line: `aics-tlog build-tiles` computes the root of them.
pub fn write_leaves(data: &Path, sink: &mut impl Write) -> Result<u64, EvidenceError> {
    let evidence = Evidence::open(data)?;
    let count = evidence.leaves(|leaf| {
        sink.write_all(leaf)?;
        sink.write_all(b"\n")
    })?;
    sink.flush().map_err(EvidenceError::Write)?;
    Ok(count)
}

/// Writes the newest checkpoint.
pub fn write_checkpoint(data: &Path, sink: &mut impl Write) -> Result<u64, EvidenceError> {
    let evidence = Evidence::open(data)?;
    sink.write_all(evidence.checkpoint.as_bytes())
        .and_then(|()| sink.flush())
        .map_err(EvidenceError::Write)?;
    Ok(evidence.size)
}

/// Leaves and proofs as files of a folder.
pub struct Proofs {
    folder: PathBuf,
}

impl Proofs {
    /// Puts checkpoint, key and what to do with them into `above`; leaves and proofs will be in `folder`.
    ///
    /// # Errors
    /// As of the system.
    pub fn begin(above: &Path, folder: &Path, evidence: &Evidence) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(above.join("checkpoint"), &evidence.checkpoint)?;
        std::fs::write(above.join("key"), format!("{}\n", evidence.key))?;
        std::fs::write(above.join("key.pem"), evidence.key.pem())?;
        std::fs::write(above.join("README.txt"), README)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// A leaf of this row, and its proof.
    ///
    /// # Errors
    /// As of the system.
    pub fn put(&self, row: i64, leaf: &Proven) -> std::io::Result<()> {
        let name = format!("{row}-{}", leaf.index);
        std::fs::write(self.folder.join(format!("{name}.json")), &leaf.content)?;
        std::fs::write(self.folder.join(format!("{name}.tlog-proof")), &leaf.proof)
    }
}

/// Writes leaf and proof of every matching part into a folder that is empty or not there yet, and has its name once all of them
/// are in it.
pub fn write_proofs(data: &Path, filter: &Filter, folder: &Path) -> Result<(), Error> {
    to_place(folder, data)?;
    let storage = |error: PathError| Error::new(ErrorKind::Storage, error);
    if folder.exists() {
        to_empty(folder)?;
    }
    let part = Unfinished::make(folder)?;
    let evidence = Evidence::open(data).map_err(failed)?;
    let unread = |error: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Storage, format!("read the result log: {error}"))
    };
    let reader = Reader::open(data).map_err(|error| Error::new(ErrorKind::Storage, error))?;
    let mut everything = reader.everything(filter).map_err(|error| unread(&error))?;
    let proofs = Proofs::begin(part.path(), part.path(), &evidence);
    let proofs = proofs.at("write", folder).map_err(storage)?;
    let (mut parts, mut unsigned) = (0_u64, 0_u64);
    while let Some(page) = everything.page().map_err(|error| unread(&error))? {
        for line in page {
            let Exported::Part(judged) = line else {
                continue;
            };
            let Some(id) = judged.part.id else { continue };
            let proven = evidence.of_part(id).map_err(failed)?;
            unsigned += u64::from(proven.is_empty());
            parts += 1;
            for leaf in proven {
                proofs.put(id, &leaf).at("write", folder).map_err(storage)?;
            }
        }
    }
    part.place(folder)?;
    remark!(
        "proved {} of {parts} parts in {} by the checkpoint over {} leaves; {unsigned} are not signed yet",
        parts - unsigned,
        folder.display(),
        evidence.size
    );
    Ok(())
}

/// Refuses a folder that holds anything.
pub fn to_empty(folder: &Path) -> Result<(), Error> {
    let storage = |error: PathError| Error::new(ErrorKind::Storage, error);
    let mut entries = std::fs::read_dir(folder)
        .at("read", folder)
        .map_err(storage)?;
    if entries.next().is_none() {
        return Ok(());
    }
    let message = format!(
        "{}: expected an empty folder, so that all proofs in it are of one export; take another",
        folder.display()
    );
    Err(Error::new(ErrorKind::Settings, message))
}
