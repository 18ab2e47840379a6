//! What makes one camera of one station measure: `configuration/<camera>.toml` and the mean frames
//! beside it. Written by `inspector calibrate`, read at start.

use crate::board::Board;
use crate::file::{failed, read, sha256, write};
use crate::flat_field::{FlatField, FlatFieldError};
use crate::flat_field_file::{decode, encode};
use crate::geometry::{Lens, Plane};
use crate::report::{Calibration, ImageOutcome};
use crate::view::Size;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// One camera's configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// The camera's name in the station settings.
    pub camera: String,
    /// When it was made, as its maker's clock said.
    pub made_at: String,
    /// The frames it is for.
    pub frame: Size,
    /// `None` when frames are taken as undistorted.
    pub lens: Option<Lens>,
    /// `None` when nothing is measured in millimetres.
    pub plane: Option<Plane>,
    /// How lens and plane came about.
    pub evidence: Option<Evidence>,
    /// `None` when the light is taken as even.
    pub flat_field: Option<FlatField>,
}

/// How lens and plane came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The board, as its user measured it.
    pub board: Board,
    /// The image the plane is from.
    pub plane_image: String,
    /// Side of the square that covers as much of the part as the pixel at the frame's centre.
    pub mm_per_px: f64,
    /// Root mean square distance between corners found and corners predicted, in pixels.
    pub reprojection_error_px: f64,
    /// The largest, in pixels.
    pub reprojection_error_max_px: f64,
    /// Share of the frame that the boards covered, 0 to 1.
    pub coverage: f64,
    /// Those that lens and plane rest on, in the order they were given.
    pub images: Vec<ImageEvidence>,
}

/// One image that the solution rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageEvidence {
    /// Name of the file, without its folder.
    pub name: String,
    /// Root mean square reprojection error, in pixels.
    pub reprojection_error_px: f64,
}

/// Why a configuration cannot be read or written.
#[derive(Debug)]
pub enum ConfigurationError {
    /// A file or folder cannot be read or written.
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// What stands in it is no configuration.
    Content {
        /// Expected and found.
        message: String,
    },
    /// The mean frames are no flat field.
    FlatField(FlatFieldError),
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigurationError::File { path, error } => write!(f, "{}: {error}", path.display()),
            ConfigurationError::Content { message } => f.write_str(message),
            ConfigurationError::FlatField(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ConfigurationError {}

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
    /// Nothing measured yet.
    pub fn new(camera: &str, made_at: &str, frame: Size) -> Self {
        Self {
            camera: camera.to_owned(),
            made_at: made_at.to_owned(),
            frame,
            lens: None,
            plane: None,
            evidence: None,
            flat_field: None,
        }
    }

    /// Takes lens and plane from a solution.
    pub fn set_geometry(&mut self, solved: &Calibration) {
        self.lens = solved.lens;
        self.plane = Some(solved.plane);
        let images = solved
            .images
            .iter()
            .filter_map(|image| match image.outcome {
                ImageOutcome::Used { rms_px, .. } => Some(ImageEvidence {
                    name: image.name.clone(),
                    reprojection_error_px: rms_px,
                }),
                ImageOutcome::Found | ImageOutcome::Refused(_) => None,
            });
        self.evidence = Some(Evidence {
            board: solved.board,
            plane_image: solved.plane_image.clone(),
            mm_per_px: solved.mm_per_px,
            reprojection_error_px: solved.rms_px,
            reprojection_error_max_px: solved.max_px,
            coverage: solved.coverage,
            images: images.collect(),
        });
    }

    /// Share of the frame, as the camera gives it, that undistorting moves outside: no model sees it.
    pub fn unseen(&self) -> f64 {
        const GRID: (u32, u32) = (64, 48);
        let Some(lens) = self.lens else { return 0.0 };
        let (width, height) = (f64::from(self.frame.width), f64::from(self.frame.height));
        let is_lost = |i: &u32| {
            let x = (f64::from(i % GRID.0) + 0.5) / f64::from(GRID.0) * width - 0.5;
            let y = (f64::from(i / GRID.0) + 0.5) / f64::from(GRID.1) * height - 0.5;
            lens.undistort(x, y).is_none_or(|(x, y)| {
                !(-0.5..=width - 0.5).contains(&x) || !(-0.5..=height - 0.5).contains(&y)
            })
        };
        let lost = (0..GRID.0 * GRID.1).filter(is_lost).count();
        lost as f64 / f64::from(GRID.0 * GRID.1)
    }

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

fn check(
    document: Document,
    folder: &Path,
    camera: &str,
) -> Result<Configuration, ConfigurationError> {
    let wrong = |message: String| Err(ConfigurationError::Content { message });
    let frame = document.frame;
    if document.camera != camera {
        return wrong(format!(
            "expected the configuration of camera {camera:?}, found that of {:?}",
            document.camera
        ));
    }
    if !frame.is_usable() {
        return wrong(format!("frame of {frame} pixels is none"));
    }
    if let Some(fault) = document.lens.and_then(|lens| lens.fault(frame)) {
        return wrong(format!("lens: {fault}"));
    }
    let plane = match document.plane {
        None => None,
        Some(plane) => match Plane::new(plane.homography, frame) {
            Some(plane) => Some(plane),
            None => {
                return wrong(
                    "plane: the homography maps no whole frame to millimetres".to_owned(),
                );
            }
        },
    };
    if let Some(Err(error)) = document
        .evidence
        .as_ref()
        .map(|evidence| evidence.board.check())
    {
        return wrong(error.to_string());
    }
    let flat_field = match document.flat_field {
        None => None,
        Some(files) => {
            let (flat, size, channels) = load_mean(folder, &files.flat)?;
            let dark = match &files.dark {
                None => None,
                Some(dark) => {
                    let (dark, dark_size, dark_channels) = load_mean(folder, dark)?;
                    if (dark_size, dark_channels) != (size, channels) {
                        return wrong(
                            "the dark frame has another size or channels than the flat".to_owned(),
                        );
                    }
                    Some(dark)
                }
            };
            if size != frame {
                return wrong(format!("flat field of {size}, expected {frame}"));
            }
            let field = FlatField::of_means(size, channels, flat, dark);
            Some(field.map_err(ConfigurationError::FlatField)?)
        }
    };
    Ok(Configuration {
        camera: document.camera,
        made_at: document.made_at,
        frame,
        lens: document.lens,
        plane,
        evidence: document.evidence,
        flat_field,
    })
}

type Mean = (Vec<u16>, Size, crate::view::Channels);

fn load_mean(folder: &Path, mean: &MeanFile) -> Result<Mean, ConfigurationError> {
    let wrong = |message: String| ConfigurationError::Content {
        message: format!("{}: {message}", mean.file),
    };
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
