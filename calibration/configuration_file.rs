//! A camera's configuration on disk: `configuration/<camera>.toml` and the mean frames beside it.

use crate::configuration::{Configuration, Evidence};
use crate::configuration_error::ConfigurationError;
use crate::file::{failed, read, sha256, write};
use crate::flat_field::FlatField;
use crate::flat_field_file::{decode, encode};
use crate::geometry::{Lens, Plane};
use crate::view::{Channels, Size};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The file as it stands.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    camera: String,
    made_at: String,
    frame: Size,
    lens: Option<Lens>,
    plane: Option<PlaneDocument>,
    flat_field: Option<FlatFieldDocument>,
    evidence: Option<Evidence>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaneDocument {
    /// Undistorted pixel to millimetres, row by row.
    homography: [[f64; 3]; 3],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlatFieldDocument {
    flat: MeanFile,
    dark: Option<MeanFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MeanFile {
    /// In the configuration's folder.
    file: String,
    sha256: String,
}

const HEADER: &str = "\
# Made by `inspector calibrate`; its hash is in every result of this camera. Do not edit: calibrate again.
# Pixels count from 0 at the centre of the upper left one. The lens is OpenCV's model with k3 = 0; the
# homography maps undistorted pixels to millimetres on the part plane.

";

impl Configuration {
    /// Reads `<folder>/<camera>.toml` and what it names, and gives its SHA-256 as lower-case hex;
    /// `None` when there is no such file.
    ///
    /// # Errors
    /// When it cannot be read, or is no configuration of this camera.
    pub fn load(folder: &Path, camera: &str) -> Result<Option<(Self, String)>, ConfigurationError> {
        let path = file_of(folder, camera);
        let bytes = match read(&path) {
            Err(ConfigurationError::File { error, .. })
                if error.kind() == std::io::ErrorKind::NotFound =>
            {
                return Ok(None);
            }
            other => other?,
        };
        let at = |message: String| ConfigurationError::Content {
            message: format!("{}: {message}", path.display()),
        };
        let text = String::from_utf8(bytes).map_err(|_| at("expected text".to_owned()))?;
        let document: Document = toml::from_str(&text).map_err(|error| at(error.to_string()))?;
        let configuration =
            check(document, folder, camera).map_err(|error| at(error.to_string()))?;
        Ok(Some((configuration, sha256(text.as_bytes()))))
    }

    /// Writes `<folder>/<camera>.toml` and its mean frames, durably, and gives its SHA-256. A former
    /// configuration is kept in `<folder>/former/` under its hash, because results name it.
    ///
    /// # Errors
    /// What the disk says; the former configuration is then still in force.
    pub fn save(&self, folder: &Path) -> Result<String, ConfigurationError> {
        fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        let flat_field = match &self.flat_field {
            Some(field) => Some(FlatFieldDocument {
                flat: self.save_mean(folder, "flat", field.flat(), field)?,
                dark: match field.dark() {
                    Some(dark) => Some(self.save_mean(folder, "dark", dark, field)?),
                    None => None,
                },
            }),
            None => None,
        };
        let document = Document {
            camera: self.camera.clone(),
            made_at: self.made_at.clone(),
            frame: self.frame,
            lens: self.lens,
            plane: self.plane.map(|plane| PlaneDocument {
                homography: plane.homography(),
            }),
            flat_field,
            evidence: self.evidence.clone(),
        };
        let text = toml::to_string(&document).map_err(|error| ConfigurationError::Content {
            message: error.to_string(),
        })?;
        let text = format!("{HEADER}{text}");
        let path = file_of(folder, &self.camera);
        if let Ok(former) = read(&path) {
            let name = format!("{}-{}.toml", self.camera, &sha256(&former)[..12]);
            let kept = folder.join("former").join(name);
            fs::create_dir_all(folder.join("former")).map_err(|error| failed(folder, error))?;
            write(&kept, &former)?;
        }
        write(&path, text.as_bytes())?;
        Ok(sha256(text.as_bytes()))
    }

    fn save_mean(
        &self,
        folder: &Path,
        which: &str,
        values: &[u16],
        field: &FlatField,
    ) -> Result<MeanFile, ConfigurationError> {
        let encoded = encode(values, field.size(), field.channels());
        let bytes = encoded.map_err(|error| ConfigurationError::Content {
            message: format!("{which} frame of camera {:?}: {error}", self.camera),
        })?;
        let sha256 = sha256(&bytes);
        // Named by content: a former configuration still finds its own.
        let name = format!("{}-{which}-{}.png", self.camera, &sha256[..12]);
        write(&folder.join(&name), &bytes)?;
        Ok(MeanFile { file: name, sha256 })
    }
}

fn wrong(message: impl Into<String>) -> ConfigurationError {
    ConfigurationError::Content {
        message: message.into(),
    }
}

fn check(
    document: Document,
    folder: &Path,
    camera: &str,
) -> Result<Configuration, ConfigurationError> {
    let frame = document.frame;
    if document.camera != camera {
        return Err(wrong(format!(
            "expected the configuration of camera {camera:?}, found that of {:?}",
            document.camera
        )));
    }
    if !frame.is_usable() {
        return Err(wrong(format!("frame of {frame} pixels is none")));
    }
    if let Some(fault) = document.lens.and_then(|lens| lens.fault(frame)) {
        return Err(wrong(format!("lens: {fault}")));
    }
    let plane = document.plane.map(|plane| {
        let whole = Plane::new(plane.homography, frame);
        whole.ok_or_else(|| wrong("plane: the homography maps no whole frame to millimetres"))
    });
    if let Some(evidence) = &document.evidence {
        let board = evidence.board.check();
        board.map_err(|error| wrong(error.to_string()))?;
    }
    let flat_field = document.flat_field;
    let flat_field = flat_field.map(|files| load_flat_field(&files, folder, frame));
    Ok(Configuration {
        camera: document.camera,
        made_at: document.made_at,
        frame,
        lens: document.lens,
        plane: plane.transpose()?,
        evidence: document.evidence,
        flat_field: flat_field.transpose()?,
    })
}

fn load_flat_field(
    files: &FlatFieldDocument,
    folder: &Path,
    frame: Size,
) -> Result<FlatField, ConfigurationError> {
    let (flat, size, channels) = load_mean(folder, &files.flat)?;
    let dark = match &files.dark {
        None => None,
        Some(dark) => {
            let (dark, dark_size, dark_channels) = load_mean(folder, dark)?;
            if (dark_size, dark_channels) != (size, channels) {
                return Err(wrong(
                    "the dark frame has another size or channels than the flat",
                ));
            }
            Some(dark)
        }
    };
    if size != frame {
        return Err(wrong(format!("flat field of {size}, expected {frame}")));
    }
    FlatField::of_means(size, channels, flat, dark).map_err(ConfigurationError::FlatField)
}

type Mean = (Vec<u16>, Size, Channels);

fn load_mean(folder: &Path, mean: &MeanFile) -> Result<Mean, ConfigurationError> {
    let wrong = |message: String| wrong(format!("{}: {message}", mean.file));
    let is_name = Path::new(&mean.file).components().count() == 1 && !mean.file.starts_with('.');
    if !is_name {
        return Err(wrong(
            "expected the name of a file in this folder".to_owned(),
        ));
    }
    let bytes = read(&folder.join(&mean.file))?;
    let found = sha256(&bytes);
    if found != mean.sha256 {
        return Err(wrong(format!(
            "expected SHA-256 {}, found {found}",
            mean.sha256
        )));
    }
    decode(&bytes).map_err(|error| wrong(error.to_string()))
}

fn file_of(folder: &Path, camera: &str) -> PathBuf {
    folder.join(format!("{camera}.toml"))
}
