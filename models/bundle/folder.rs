//! A bundle: the folder that holds `model.toml` and `model.onnx`, read and checked as a whole.
//! What the graph itself says is checked later, by [`Session`](crate::Session).

use super::error::BundleError;
use super::file::{hex, read, write};
use super::manifest::{Manifest, Problem};
use super::references::{self, Reference};
use crate::onnx::is_quantised;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

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
        references::load(&self.folder, said)
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
