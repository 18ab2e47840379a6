//! A bundle: the folder that holds `model.toml` and `model.onnx`, read and checked as a whole.
//! What the graph itself says is checked later, by [`Session`](crate::Session).

use crate::manifest::{Manifest, Problem};
use crate::quantise::is_quantised;
use crate::references::{self, Reference};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

/// Largest `model.toml` read, in bytes.
pub const MANIFEST_BYTES_MAX: u64 = 64 << 10;
/// Largest `model.onnx` read, in bytes.
pub const MODEL_BYTES_MAX: u64 = 512 << 20;

/// A bundle whose files were read and whose hash was checked. It keeps the bytes that were hashed,
/// so that what runs is what was checked; drop it once its sessions exist.
pub struct Bundle {
    folder: PathBuf,
    manifest: Manifest,
    model: Vec<u8>,
    is_quantised: bool,
}

impl Bundle {
    /// Reads `folder/model.toml` and `folder/model.onnx`.
    ///
    /// # Errors
    /// When a file cannot be read or is too large, when the manifest has problems (all of them are
    /// listed), or when `model.onnx` is not the file the manifest names by its hash.
    pub fn load(folder: &Path) -> Result<Self, BundleError> {
        let path = folder.join("model.toml");
        let text = String::from_utf8(read(&path, MANIFEST_BYTES_MAX)?).map_err(|error| {
            let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            let message = "expected UTF-8 text, found other bytes".to_owned();
            BundleError::Manifest {
                path: path.clone(),
                problems: vec![Problem { line, message }],
            }
        })?;
        let manifest =
            Manifest::parse(&text).map_err(|problems| BundleError::Manifest { path, problems })?;
        let path = folder.join("model.onnx");
        let model = read(&path, MODEL_BYTES_MAX)?;
        let found = hex(&Sha256::digest(&model));
        if found != manifest.sha256 {
            return Err(BundleError::Hash {
                path,
                expected: manifest.sha256,
                found,
            });
        }
        Ok(Self {
            folder: folder.to_owned(),
            manifest,
            is_quantised: is_quantised(&model),
            model,
        })
    }

    /// Makes a new bundle folder, all of it or nothing; `manifest.sha256` is set here.
    ///
    /// # Errors
    /// When the folder exists already, or cannot be written.
    pub fn create(folder: &Path, manifest: &Manifest, model: &[u8]) -> Result<Self, BundleError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| BundleError::Write { path, source }
        };
        if folder.exists() {
            let source = io::Error::new(io::ErrorKind::AlreadyExists, "there is one already");
            return Err(failed(folder)(source));
        }
        let mut name = folder.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = folder.with_file_name(name);
        let manifest = Manifest {
            sha256: hex(&Sha256::digest(model)),
            ..manifest.clone()
        };
        fs::create_dir_all(&part).map_err(failed(&part))?;
        let text = manifest.to_string();
        let files = [("model.onnx", model), ("model.toml", text.as_bytes())];
        for (name, bytes) in files {
            let path = part.join(name);
            write(&path, bytes).map_err(failed(&path))?;
        }
        fs::rename(&part, folder).map_err(failed(folder))?;
        Self::load(folder)
    }

    /// Its reference images.
    ///
    /// # Errors
    /// When there are none, or they are not those that `model.toml` names by their hash.
    pub fn references(&self) -> Result<Vec<Reference>, BundleError> {
        let said = self.manifest.references.as_ref();
        let said = said.ok_or_else(|| BundleError::References {
            folder: self.folder.clone(),
            is_there: false,
        })?;
        references::load(self, said)
    }

    /// Gives a bundle without reference images these, by adding to its `model.toml`.
    ///
    /// # Errors
    /// When it has some, or cannot be written.
    pub fn add_references(
        &self,
        references: &[Reference],
        made_by: String,
    ) -> Result<Self, BundleError> {
        if self.manifest.references.is_some() {
            let folder = self.folder.clone();
            return Err(BundleError::References {
                folder,
                is_there: true,
            });
        }
        let (files, said) = references::files(references, made_by, &self.folder)?;
        references::write(&files, &self.folder)?;
        let path = self.folder.join("model.toml");
        let before = read(&path, MANIFEST_BYTES_MAX)?;
        let text = format!("{}\n\n{said}", String::from_utf8_lossy(&before).trim_end());
        let part = self.folder.join("model.toml.part");
        let failed = |source| BundleError::Write {
            path: path.clone(),
            source,
        };
        write(&part, text.as_bytes()).map_err(failed)?;
        fs::rename(&part, &path).map_err(failed)?;
        Self::load(&self.folder)
    }

    /// The folder it was read from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What `model.toml` says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether its graph runs in 8-bit whole numbers where it spends its time. All else is computed in the
    /// precision of the session.
    pub fn is_quantised(&self) -> bool {
        self.is_quantised
    }

    /// The bytes of `model.onnx`.
    pub(crate) fn model(&self) -> &[u8] {
        &self.model
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

pub(crate) fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, BundleError> {
    let failed = |source| BundleError::Read {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large, whatever its metadata says.
    File::open(path)
        .map_err(failed)?
        .take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(BundleError::TooLarge {
            path: path.to_owned(),
            bytes_max,
        });
    }
    Ok(bytes)
}

/// Writes a file that survives a loss of power.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A digest in lower-case hexadecimal digits.
pub fn hex(digest: &[u8]) -> String {
    digest
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Why a bundle was refused.
#[derive(Debug)]
pub enum BundleError {
    /// A file of the bundle cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is larger than any sensible one.
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What is allowed.
        bytes_max: u64,
    },
    /// A file or folder of a new bundle cannot be written.
    Write {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There are no reference images, or some already.
    References {
        /// The bundle.
        folder: PathBuf,
        /// Whether there are some.
        is_there: bool,
    },
    /// `model.toml` has problems.
    Manifest {
        /// The file.
        path: PathBuf,
        /// All of them, by line.
        problems: Vec<Problem>,
    },
    /// `model.onnx` is not the file that the manifest describes.
    Hash {
        /// The file.
        path: PathBuf,
        /// What `model.toml` says.
        expected: String,
        /// What the file has.
        found: String,
    },
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BundleError::Read { path, source } => {
                write!(
                    f,
                    "read {}: {source}; a bundle is a folder with model.toml and model.onnx",
                    path.display()
                )
            }
            BundleError::Write { path, source } => {
                write!(f, "write the bundle {}: {source}", path.display())
            }
            BundleError::References {
                folder,
                is_there: true,
            } => write!(
                f,
                "{}: it has reference images already; to make others, delete its folder references and the \
                 table [references] of its model.toml",
                folder.display()
            ),
            BundleError::References {
                folder,
                is_there: false,
            } => write!(
                f,
                "{}: it has no reference images; make them with `inspector model references`, where the \
                 model is known to be right",
                folder.display()
            ),
            BundleError::TooLarge { path, bytes_max } => {
                write!(
                    f,
                    "read {}: the file is larger than {bytes_max} bytes",
                    path.display()
                )
            }
            BundleError::Manifest { path, problems } => {
                for (index, problem) in problems.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "\n" };
                    let Problem { line, message } = problem;
                    write!(f, "{separator}{}:{line}: {message}", path.display())?;
                }
                Ok(())
            }
            BundleError::Hash {
                path,
                expected,
                found,
            } => write!(
                f,
                "check {}: model.toml expects SHA-256 {expected}, the file has {found}; \
                 restore the file, or make the bundle anew if the model was meant to change",
                path.display()
            ),
        }
    }
}

impl std::error::Error for BundleError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BundleError::Read { source, .. } | BundleError::Write { source, .. } => Some(source),
            _ => None,
        }
    }
}
