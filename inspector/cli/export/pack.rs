//! An audit pack: rows, what was signed of them, pictures, and what a third party needs to check it all without us.

use super::whole::{Unplaced, to_place, unfinished};
use super::zipped;
use super::{ExportArgs, Source, failed_at, stem_of, storage, told};
use crate::cli::proofs::{Proofs, evidence, to_empty};
use crate::error::{Error, ErrorKind};
use crate::export::column::Line;
use crate::export::csv::Csv;
use crate::export::{Export, ExportError, Format};
use crate::path_error::{At, PathError};
use crate::results::proof::evidence::{Evidence, EvidenceError};
use crate::results::reader::{Exported, RecordedGap};
use crate::station::verdict::Disposition;
use std::collections::HashMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Which pictures come along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Pictures {
    /// Those of rejected parts alone.
    Rejects,
    /// Those of all parts, as far as they are stored.
    All,
    /// Only rows and proofs.
    None,
}

impl Pictures {
    const fn name(self) -> &'static str {
        match self {
            Pictures::Rejects => "rejects",
            Pictures::All => "all",
            Pictures::None => "none",
        }
    }
}

/// How the folder of proofs is called.
pub const PROOFS: &str = "proofs";
/// What the pack says of itself.
pub const ABOUT: &str = "pack.json";

/// Writes it into a folder that is empty or not there yet, or as one file where the name ends with `.zip`. It has its name
/// only once all is in it.
pub fn pack(args: &ExportArgs, source: &Source) -> Result<(), Error> {
    let Some(out) = &args.out else {
        let message = "--format pack: expected --out with a folder that is empty or not there yet, or with a name that ends with .zip";
        return Err(Error::new(ErrorKind::Settings, message));
    };
    to_place(out, &source.data)?;
    let is_zip = zipped::is_wanted(out);
    if out.exists() && !is_zip {
        to_empty(out)?;
    }
    let evidence = evidence(&source.data, &args.filter())?;
    let part = match is_zip {
        true => Unfinished::make(&out.with_extension("")),
        false => Unfinished::make(out),
    }?;
    let written = told(|go_on| {
        let mut packing = Packing::begin(args, source, part.path(), evidence)?;
        let export = Export::begin(&source.data, &args.filter())?;
        let export = export.in_zone(args.zone()).until(packing.signed());
        let results = export.write_told(&mut packing, go_on)?;
        packing
            .proofs
            .put_stamp(&packing.evidence)
            .map_err(unproven)?;
        packing.about(args, source, results)?;
        let said = packing.told(results);
        drop(packing);
        let mut unplaced = Unplaced::default();
        if is_zip {
            zipped::write(part.path(), unplaced.create(out)?)?;
        }
        Ok((said, unplaced))
    });
    let (said, unplaced) = match written {
        Ok(written) => written,
        Err(error) => {
            drop(part);
            return Err(failed_at(error, out));
        }
    };
    match is_zip {
        true => drop(unplaced.place().map_err(storage)?),
        false => part.place(out)?,
    }
    remark!("{said} in {}", out.display());
    Ok(())
}

/// A folder under another name, which is removed unless it is placed.
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// A new one beside where it will be.
    ///
    /// # Errors
    /// As of the system.
    pub fn make(out: &Path) -> Result<Self, Error> {
        let part = unfinished(out);
        let above = part.parent().unwrap_or(Path::new(""));
        // Never one that is there: what somebody left in it would be taken for a part of this one.
        std::fs::create_dir_all(above)
            .and_then(|()| std::fs::create_dir(&part))
            .at("make", &part)
            .map_err(|error: PathError| storage(error))?;
        Ok(Self(part))
    }

    /// Where its files are written.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Gives it its name, once all of it is durable.
    ///
    /// # Errors
    /// As of the system.
    pub fn place(self, out: &Path) -> Result<(), Error> {
        let placed = File::open(&self.0)
            .and_then(|folder| rustix::fs::syncfs(&folder).map_err(Into::into))
            .and_then(|()| std::fs::rename(&self.0, out));
        placed
            .at("write", out)
            .map_err(|error: PathError| storage(error))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Not there any more where it was placed.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Rows, each with its proofs and pictures.
struct Packing<'a> {
    folder: &'a Path,
    csv: Csv<BufWriter<File>>,
    evidence: Evidence,
    proofs: Proofs,
    /// Signed gaps by their place, each as it was signed last.
    gaps: HashMap<(i64, i64, String), RecordedGap>,
    wanted: Pictures,
    pictures: u64,
    deleted: u64,
    unsigned_gaps: u64,
}

impl<'a> Packing<'a> {
    fn begin(
        args: &ExportArgs,
        source: &Source,
        folder: &'a Path,
        evidence: Evidence,
    ) -> Result<Self, ExportError> {
        let stem = stem_of(args, source).map_err(|error| ExportError::Unfit(error.to_string()))?;
        let rows = File::create(folder.join(format!("{stem}.csv")))?;
        let proofs = Proofs::begin(folder, &folder.join(PROOFS), &evidence)?;
        let mut gaps = HashMap::new();
        for (row, leaf) in evidence.of_jobs().map_err(unproven)? {
            proofs.put(row, &leaf)?;
            let leaf: serde_json::Value =
                serde_json::from_slice(&leaf.content).map_err(std::io::Error::other)?;
            if leaf["kind"] == "gap" {
                let mut known = crate::export::proved::Known::default();
                known.take(&leaf);
                gaps.extend(known.gaps().iter().map(|gap| (key(gap), gap.clone())));
            }
        }
        Ok(Self {
            folder,
            csv: Csv::begin(BufWriter::new(rows), false)?,
            evidence,
            proofs,
            gaps,
            wanted: args.pictures,
            pictures: 0,
            deleted: 0,
            unsigned_gaps: 0,
        })
    }

    /// The last number in the feed that is signed.
    const fn signed(&self) -> i64 {
        self.evidence.size as i64
    }

    fn pictures(&mut self, line: &Line<'_>) -> Result<(), ExportError> {
        let Exported::Part(judged) = line.what else {
            return Ok(());
        };
        let is_wanted = match self.wanted {
            Pictures::All => true,
            Pictures::Rejects => judged.part.disposition == Disposition::Reject,
            Pictures::None => false,
        };
        if !is_wanted {
            return Ok(());
        }
        for picture in &judged.attached.pictures {
            let Some(file) = &picture.file else {
                self.deleted += 1;
                continue;
            };
            let to = self.folder.join(&picture.path);
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent)?;
            }
            match std::fs::copy(file, &to) {
                Ok(_) => self.pictures += 1,
                // `verify` says whether it may be gone.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.deleted += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn about(&self, args: &ExportArgs, source: &Source, results: u64) -> Result<(), ExportError> {
        let about = serde_json::json!({
            "pack": 1,
            "software": env!("CARGO_PKG_VERSION"),
            "station": source.station,
            "from_us": args.from,
            "to_us": args.to,
            "style": args.style,
            "lane": args.lane,
            "unconfirmed": args.unconfirmed,
            "results": results,
            "signed_leaves": self.evidence.size,
            "pictures": self.wanted.name(),
            "pictures_here": self.pictures,
        });
        let about = serde_json::to_vec_pretty(&about).map_err(std::io::Error::other)?;
        Ok(std::fs::write(self.folder.join(ABOUT), about)?)
    }

    fn told(&self, results: u64) -> String {
        let mut told = format!(
            "packed {results} results and {} pictures, proven by the checkpoint over {} leaves",
            self.pictures, self.evidence.size
        );
        if self.deleted > 0 {
            told += &format!("; {} pictures were deleted already", self.deleted);
        }
        if self.unsigned_gaps > 0 {
            told += &format!(
                "; {} gaps are not signed yet and left out",
                self.unsigned_gaps
            );
        }
        told
    }
}

impl Format for Packing<'_> {
    fn line(&mut self, line: &Line<'_>) -> Result<(), ExportError> {
        match line.what {
            // It may have grown since it was signed.
            Exported::Gap(gap) => {
                let Some(signed) = self.gaps.get(&key(gap)) else {
                    self.unsigned_gaps += 1;
                    return Ok(());
                };
                return self.csv.line(&Line {
                    what: &Exported::Gap(signed.clone()),
                    finding: None,
                    zone: line.zone,
                });
            }
            Exported::Part(judged) => {
                let id = judged.part.id.unwrap_or_default();
                let leaves = self.evidence.of_part(id).map_err(unproven)?;
                self.proofs.put_part(id, &leaves)?;
            }
        }
        self.csv.line(line)?;
        self.pictures(line)
    }

    fn end(&mut self) -> Result<(), ExportError> {
        self.csv.end()
    }
}

/// Which gap it is, however much it grew.
fn key(gap: &RecordedGap) -> (i64, i64, String) {
    (gap.job, gap.first_part_no, gap.kind.clone())
}

fn unproven(error: EvidenceError) -> ExportError {
    match error {
        EvidenceError::Open(error) => ExportError::Open(error),
        EvidenceError::Write(error) => ExportError::Write(error),
        other => ExportError::Write(std::io::Error::other(other.to_string())),
    }
}
