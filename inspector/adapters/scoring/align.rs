//! Frames with the part in the place where a reference picture shows it: what a view of a recipe says, with the picture
//! that it names.

use crate::adapters::scoring::onnx::channels;
use crate::decode::picture::{self, PictureError};
use crate::error::{ErrorKind, Sorted};
use crate::hash::sha256;
use crate::ports::scorer::ScoreError;
use crate::station::align::ViewAlign;
use crate::station::frame::{FrameShape, PixelFormat};
use calibration::{
    AlignError, AlignLimits, Aligner, Alignment, Channels, ImageView, NotAligned, Pose,
    ReferenceError, Size, Straightener,
};
use models::manifest::align::Align;
use std::fmt;
use std::path::{Path, PathBuf};

/// Largest reference picture, in bytes of memory when it is decoded.
const PICTURE_BYTES_MAX: u64 = 512 << 20;
/// Pixels that a region may leave the frame by with its part: as exactly as parts are found.
const OUTSIDE_PX_MAX: f64 = 2.0;

/// Why frames of a camera cannot be aligned as a view says.
#[derive(Clone, Debug, PartialEq)]
pub enum AlignProblem {
    /// The reference picture cannot be read.
    Read {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system, or the decoder, says.
        message: String,
    },
    /// It is another picture than the one that the view names.
    Hash {
        /// The reference picture's file.
        path: PathBuf,
        /// As the view has it.
        expected: String,
        /// Of the file.
        found: String,
    },
    /// The camera's frames have another size.
    Size {
        /// The reference picture's file.
        path: PathBuf,
        /// Of the picture.
        expected: Size,
        /// Of the frames.
        found: Size,
    },
    /// It does not do as a reference.
    Reference {
        /// The reference picture's file.
        path: PathBuf,
        /// What is wrong with it.
        error: ReferenceError,
    },
    /// The part is not found in the reference picture itself.
    Lost {
        /// The reference picture's file.
        path: PathBuf,
        /// Why it is not found there.
        error: AlignError,
    },
}

impl fmt::Display for AlignProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlignProblem::Read { path, message } => write!(
                f,
                "align: read the reference picture {}: {message}; it lies beside the folder of the model",
                path.display()
            ),
            AlignProblem::Hash {
                path,
                expected,
                found,
            } => write!(
                f,
                "align: {}: expected the picture with SHA-256 {expected}, found {found}; put that picture back, or teach \
                 the reference under another name",
                path.display()
            ),
            AlignProblem::Size {
                path,
                expected,
                found,
            } => write!(
                f,
                "align: {}: the reference picture is of {expected} pixels, the camera's frames of {found}; set the \
                 camera's size back, or teach the reference again",
                path.display()
            ),
            AlignProblem::Lost { path, error } => write!(
                f,
                "align: {}: the part is not found in the reference picture itself: {error}; choose another feature, or \
                 narrower limits, with `inspector align teach`",
                path.display()
            ),
            AlignProblem::Reference { path, error } => {
                write!(f, "align: {}: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for AlignProblem {}

impl Sorted for AlignProblem {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Settings
    }
}

/// A picture in grey.
pub struct Grey {
    /// Rows from the top.
    pub pixels: Vec<u8>,
    /// Width and height.
    pub size: Size,
}

impl Grey {
    /// Of the bytes of a file.
    ///
    /// # Errors
    /// Why it gives no pixels.
    pub fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        let picture = picture::decode(bytes, PICTURE_BYTES_MAX)?;
        let size = Size::new(picture.width, picture.height);
        let pixels = picture.into_pixels(PixelFormat::Mono8);
        Ok(Self { pixels, size })
    }

    /// Lent to the calibration room.
    ///
    /// # Errors
    /// When a side is too long.
    pub fn view(&self) -> Result<ImageView<'_>, calibration::ViewError> {
        ImageView::new(&self.pixels, self.size, Channels::Grey)
    }
}

/// What a view says, as a model keeps it; `frame` decides what the view leaves open.
pub fn of_model(align: &ViewAlign, frame: Size) -> Align {
    let usual = AlignLimits::of_frame((frame.width, frame.height));
    Align {
        reference: align.reference.clone(),
        sha256: align.sha256.clone(),
        region: align.region,
        shift_px_max: align.shift_px_max.unwrap_or(usual.shift_px_max) as f32,
        turn_deg_max: align.turn_deg_max as f32,
        zoom_max: align.zoom_max as f32,
        quality_min: align.quality_min as f32,
    }
}

/// Finds parts in frames of one shape, and makes frames of them in which they lie in their place.
#[derive(Debug)]
pub struct PartAligner {
    aligner: Aligner,
    straightener: Straightener,
    shape: FrameShape,
}

impl PartAligner {
    /// With the reference picture in this folder, for frames of which a model sees a region. It has found the part in the
    /// reference picture once: what cannot be found there is told now, and the first frame is not slower than others.
    ///
    /// # Errors
    /// When the picture is not there, is another one, or does not do.
    pub fn new(
        align: &Align,
        folder: &Path,
        shape: FrameShape,
        region: [u32; 4],
    ) -> Result<Self, AlignProblem> {
        let path = folder.join(&align.reference);
        let read = |message: String| AlignProblem::Read {
            path: path.clone(),
            message,
        };
        let bytes = std::fs::read(&path).map_err(|error| read(error.to_string()))?;
        let found = sha256(&bytes);
        if found != align.sha256 {
            let expected = align.sha256.clone();
            return Err(AlignProblem::Hash {
                path,
                expected,
                found,
            });
        }
        let picture = Grey::decode(&bytes).map_err(|error| read(error.to_string()))?;
        let frame = Size::new(shape.width, shape.height);
        if picture.size != frame {
            return Err(AlignProblem::Size {
                path,
                expected: picture.size,
                found: frame,
            });
        }
        let view = picture.view().map_err(|error| read(error.to_string()))?;
        let wrong = |error| AlignProblem::Reference {
            path: path.clone(),
            error,
        };
        let mut aligner = Self {
            aligner: Aligner::new(&view, align.region, limits(align)).map_err(wrong)?,
            straightener: Straightener::new(frame, layout(shape), region).map_err(wrong)?,
            shape,
        };
        let lanes = layout(shape).count();
        let shown = picture.pixels.iter();
        let shown: Vec<u8> = shown
            .flat_map(|grey| std::iter::repeat_n(*grey, lanes))
            .collect();
        match aligner.straighten(&shown).map(drop) {
            Ok(()) => Ok(aligner),
            Err(error) => Err(AlignProblem::Lost { path, error }),
        }
    }

    /// Where the part lies in a frame.
    ///
    /// # Errors
    /// When it is not to be found.
    pub fn find(&mut self, pixels: &[u8]) -> Result<Alignment, AlignError> {
        self.aligner.align(&view(pixels, self.shape)?)
    }

    /// The frame with the part in its place, and where it lies in the frame as it is.
    ///
    /// # Errors
    /// When the part is not to be found, or the region left the frame with it.
    pub fn straighten(&mut self, pixels: &[u8]) -> Result<(&[u8], Pose), AlignError> {
        let frame = view(pixels, self.shape)?;
        let pose = self.aligner.align(&frame)?.pose;
        let outside_px = self.straightener.outside_px(&pose);
        if outside_px > OUTSIDE_PX_MAX {
            return Err(NotAligned::Cut { outside_px }.into());
        }
        Ok((self.straightener.apply(&frame, &pose)?, pose))
    }
}

/// As a person wrote them: 0.99 as `f32` is larger than 0.99.
fn limits(align: &Align) -> AlignLimits {
    let written = |limit: f32| limit.to_string().parse().unwrap_or(f64::from(limit));
    AlignLimits {
        shift_px_max: written(align.shift_px_max),
        turn_deg_max: written(align.turn_deg_max),
        zoom_max: written(align.zoom_max),
        quality_min: written(align.quality_min),
    }
}

fn view(pixels: &[u8], shape: FrameShape) -> Result<ImageView<'_>, calibration::ViewError> {
    let size = Size::new(shape.width, shape.height);
    ImageView::new(pixels, size, layout(shape))
}

fn layout(shape: FrameShape) -> Channels {
    match channels(shape.pixel_format) {
        models::Channels::Mono => Channels::Grey,
        models::Channels::Rgb => Channels::Rgb,
    }
}

/// What a scorer says of a frame that was not aligned.
pub fn score_error(error: &AlignError) -> ScoreError {
    let message = error.to_string();
    match error {
        AlignError::Part(_) => ScoreError::NotAligned { message },
        _ => ScoreError::Run { message },
    }
}
