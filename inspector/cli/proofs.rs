//! What a third party checks with tools of its own: leaves, checkpoints and proofs as files.

use super::export::pack::Unfinished;
use super::export::to_place;
use super::interrupt;
use super::proved::stamp;
use crate::error::{Error, ErrorKind};
use crate::path_error::{At, PathError};
use crate::results::open::is_written;
use crate::results::proof::evidence::{Evidence, EvidenceError, Proven};
use crate::results::proof::note::text_of;
use crate::results::reader::{Exported, Filter, Reader};
use std::cell::Cell;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What stands beside proofs, for people.
pub const README: &str = include_str!("proofs/README.txt");

/// A station that reaches its witness has a root cosigned within so long.
const COSIGNED_WITHIN: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(500);

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
    above: PathBuf,
    folder: PathBuf,
    /// So many leaves have those of parts among them.
    leaves: Cell<u64>,
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
            above: above.to_owned(),
            folder: folder.to_owned(),
            leaves: Cell::new(0),
        })
    }

    /// What the log has of a part, with proofs.
    ///
    /// # Errors
    /// As of the system.
    pub fn put_part(&self, row: i64, leaves: &[Proven]) -> std::io::Result<()> {
        for leaf in leaves {
            self.leaves.set(self.leaves.get().max(leaf.index + 1));
            self.put(row, leaf)?;
        }
        Ok(())
    }

    /// The time stamp that says best when all of these parts were there, if there is any.
    ///
    /// # Errors
    /// When the log cannot be read, or as of the system.
    pub fn put_stamp(&self, evidence: &Evidence) -> Result<(), EvidenceError> {
        let Some((kept, grew)) = evidence.stamp(self.leaves.get())? else {
            return Ok(());
        };
        let Some(signed) = &kept.signed else {
            return Ok(());
        };
        let grew: String = grew
            .iter()
            .map(|hash| format!("{}\n", text_of(hash)))
            .collect();
        let files = [
            (stamp::STAMPED, signed.note.as_bytes()),
            (stamp::ANSWER, &kept.answer),
            (stamp::GREW, grew.as_bytes()),
        ];
        for (name, content) in files {
            std::fs::write(self.above.join(name), content).map_err(EvidenceError::Write)?;
        }
        Ok(())
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

/// The evidence of what matches. Seconds after a root was signed no witness has cosigned it yet: that is waited for where a
/// station runs, but not for long, and said where it does not come.
///
/// # Errors
/// When the log cannot be read.
pub fn evidence(data: &Path, filter: &Filter) -> Result<Evidence, Error> {
    let between_us = (
        filter.from_us.unwrap_or(i64::MIN),
        filter.to_us.unwrap_or(i64::MAX),
    );
    let mut waited = Duration::ZERO;
    loop {
        let evidence = Evidence::of_time(data, between_us).map_err(failed)?;
        if evidence.cosignatures() > 0 || !evidence.has_witness().map_err(failed)? {
            return Ok(evidence);
        }
        if waited >= COSIGNED_WITHIN || !is_written(data) {
            remark!(
                "the checkpoint over {} leaves is cosigned by no witness yet, so `verify --proofs --witness` will refuse it: export \
                 again when it is, or with --to for what came before",
                evidence.size
            );
            return Ok(evidence);
        }
        drop(evidence);
        std::thread::sleep(LOOK_EVERY);
        waited += LOOK_EVERY;
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
    interrupt::note();
    let part = Unfinished::make(folder)?;
    let evidence = evidence(data, filter)?;
    let unread = |error: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Storage, format!("read the result log: {error}"))
    };
    let reader = Reader::open(data).map_err(|error| Error::new(ErrorKind::Storage, error))?;
    let mut everything = reader.everything(filter).map_err(|error| unread(&error))?;
    let proofs = Proofs::begin(part.path(), part.path(), &evidence);
    let proofs = proofs.at("write", folder).map_err(storage)?;
    let (mut parts, mut unsigned) = (0_u64, 0_u64);
    while let Some(page) = everything.page().map_err(|error| unread(&error))? {
        if interrupt::is_told_to_end() {
            drop(part);
            remark!("told to end before all proofs were there: nothing stands under their name");
            interrupt::end();
        }
        for line in page {
            let Exported::Part(judged) = line else {
                continue;
            };
            let Some(id) = judged.part.id else { continue };
            let proven = evidence.of_part(id).map_err(failed)?;
            unsigned += u64::from(proven.is_empty());
            parts += 1;
            proofs
                .put_part(id, &proven)
                .at("write", folder)
                .map_err(storage)?;
        }
    }
    proofs.put_stamp(&evidence).map_err(failed)?;
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
