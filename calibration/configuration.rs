//! What makes one camera of one station measure: `configuration/<camera>.toml` and the mean frames
//! beside it. Written by `inspector calibrate`, read at start.

use crate::board::Board;
use crate::flat_field::FlatField;
use crate::geometry::{Lens, Plane};
use crate::report::{Calibration, ImageOutcome};
use crate::view::Size;
use serde::{Deserialize, Serialize};

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
}
