//! `inspector align`: a reference by which parts are found that do not lie still, and how far they lie from it in
//! pictures. And the options by which other commands align.

use super::images::{self, Loaded};
use crate::adapters::scoring::align::{AlignProblem, Grey, PartAligner};
use crate::error::{Error, ErrorKind, Sorted};
use crate::hash::sha256;
use crate::path_error::At;
use crate::station::align::ViewAlign;
use crate::station::frame::{FrameShape, PixelFormat};
use calibration::{AlignError, AlignLimits, Aligner, Pose, Straightener};
use models::manifest::align::Align;
use models::{Channels, Place};
use std::path::{Path, PathBuf};

mod reference;
mod tried;

/// A reference by which parts are found that do not lie still.
#[derive(clap::Subcommand)]
pub enum AlignCommand {
    /// Makes a reference of a picture of a good part, and says how distinct its feature is.
    Teach(reference::TeachArgs),
    /// Says of every picture of a folder how its part lies, so that limits can be set.
    Try(tried::TryArgs),
}

/// Makes a reference, or tries one.
pub fn align(command: &AlignCommand) -> Result<(), Error> {
    match command {
        AlignCommand::Teach(args) => reference::teach(args),
        AlignCommand::Try(args) => tried::try_folder(args),
    }
}

/// How far parts may lie from where the reference shows them.
#[derive(clap::Args, Clone, Default)]
pub struct LimitArgs {
    /// Farthest that a part is from its place, in pixels. Default: a tenth of the longer side of the picture.
    #[arg(long, value_name = "PX")]
    shift_px_max: Option<f64>,
    /// Most degrees that it is turned, either way; 0 where parts do not turn. Default: 10.
    #[arg(long, value_name = "DEG")]
    turn_deg_max: Option<f64>,
    /// Most that it is larger or smaller, as a share; 0 where parts are as far from the camera. Default: 0.1.
    #[arg(long, value_name = "SHARE")]
    zoom_max: Option<f64>,
    /// Least correlation of its edges with the reference's, up to 1. Default: 0.4.
    #[arg(long, value_name = "LIKENESS")]
    quality_min: Option<f64>,
}

impl LimitArgs {
    fn limits(&self, frame: (u32, u32)) -> AlignLimits {
        let usual = AlignLimits::of_frame(frame);
        AlignLimits {
            shift_px_max: self.shift_px_max.unwrap_or(usual.shift_px_max),
            turn_deg_max: self.turn_deg_max.unwrap_or(usual.turn_deg_max),
            zoom_max: self.zoom_max.unwrap_or(usual.zoom_max),
            quality_min: self.quality_min.unwrap_or(usual.quality_min),
        }
    }
}

/// By what parts of images are put in their place first.
#[derive(clap::Args, Clone, Default)]
pub struct AlignArgs {
    /// A reference picture of `inspector align teach`: parts that do not lie still are put where it shows them first, and
    /// --region and --ignore are places of it.
    #[arg(long, value_name = "FILE.png", requires = "align_region")]
    align: Option<PathBuf>,
    /// The feature of the reference picture by which parts are found, in pixels.
    #[arg(long, value_name = "LEFT,TOP,WIDTH,HEIGHT", value_parser = super::place::region, requires = "align")]
    align_region: Option<[u32; 4]>,
    #[command(flatten)]
    limits: LimitArgs,
}

impl AlignArgs {
    /// What was asked for, and the folder of the picture; `None` where nothing is aligned.
    ///
    /// # Errors
    /// When the picture cannot be read, or a recipe would not take it.
    pub fn reference(&self) -> Result<Option<(Align, PathBuf)>, Error> {
        let Some((path, region)) = self.align.as_ref().zip(self.align_region) else {
            return Ok(None);
        };
        let (bytes, grey) = read(path)?;
        let limits = self.limits.limits((grey.size.width, grey.size.height));
        let align = align_of(&images::name_of(path), &bytes, region, &limits);
        let others = (limits.turn_deg_max, limits.zoom_max, limits.quality_min);
        let named = (&*align.reference, &*align.sha256);
        let shift = Some(limits.shift_px_max);
        ViewAlign::new(named, &region.map(f64::from), shift, others).map_err(|mistake| {
            Error::new(
                ErrorKind::Settings,
                format!("{}: {mistake}", path.display()),
            )
        })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Some((align, folder)))
    }

    /// Puts the picture beside a bundle's folder, unless it lies there.
    ///
    /// # Errors
    /// When the disk does not take it, or another picture has its name.
    pub fn keep_beside(&self, bundle: &Path) -> Result<(), Error> {
        let Some((bytes, target)) = self.missing_beside(bundle)? else {
            return Ok(());
        };
        let written = std::fs::write(&target, bytes).at("write", &target);
        written.map_err(|error| Error::new(ErrorKind::Storage, error))
    }

    /// The picture and where it is to be written beside a bundle's folder; `None` where it lies there, or nothing is
    /// aligned.
    ///
    /// # Errors
    /// When the picture cannot be read, or another one has its name.
    pub fn missing_beside(&self, bundle: &Path) -> Result<Option<(Vec<u8>, PathBuf)>, Error> {
        let Some(path) = &self.align else {
            return Ok(None);
        };
        let (bytes, _) = read(path)?;
        let target = bundle.with_file_name(images::name_of(path));
        match std::fs::read(&target) {
            Ok(found) if found == bytes => Ok(None),
            Ok(_) => {
                let message = format!(
                    "{}: expected the reference picture {}, found another file of this name; give the reference \
                     another name",
                    target.display(),
                    path.display()
                );
                Err(Error::new(ErrorKind::Settings, message))
            }
            Err(_) => Ok(Some((bytes, target))),
        }
    }
}

/// The bytes of a picture, and it in grey.
fn read(path: &Path) -> Result<(Vec<u8>, Grey), Error> {
    let wrong = |error: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Settings, format!("{}: {error}", path.display()))
    };
    let bytes = std::fs::read(path).map_err(|error| wrong(&error))?;
    let grey = Grey::decode(&bytes).map_err(|error| wrong(&error))?;
    Ok((bytes, grey))
}

/// As a bundle and a recipe keep it.
fn align_of(name: &str, bytes: &[u8], region: [u32; 4], limits: &AlignLimits) -> Align {
    Align {
        reference: name.to_owned(),
        sha256: sha256(bytes),
        region,
        shift_px_max: limits.shift_px_max as f32,
        turn_deg_max: limits.turn_deg_max as f32,
        zoom_max: limits.zoom_max as f32,
        quality_min: limits.quality_min as f32,
    }
}

/// An aligner for a picture in grey.
fn aligner(
    path: &Path,
    grey: &Grey,
    region: [u32; 4],
    limits: AlignLimits,
) -> Result<Aligner, Error> {
    let wrong = |error: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Settings, format!("{}: {error}", path.display()))
    };
    let view = grey.view().map_err(|error| wrong(&error))?;
    Aligner::new(&view, region, limits).map_err(|error| wrong(&error))
}

/// Puts the parts of images in their place, as a place says; made ready by the first image.
pub struct Aligned<'a> {
    place: &'a Place,
    folder: &'a Path,
    ready: Option<(PartAligner, FrameShape)>,
}

impl<'a> Aligned<'a> {
    /// With the reference picture in this folder.
    pub fn new(place: &'a Place, folder: &'a Path) -> Self {
        let ready = None;
        Self {
            place,
            folder,
            ready,
        }
    }

    /// Puts the part in its place, where parts are aligned; the image is left as it is where the part is not found.
    ///
    /// # Errors
    /// When images like it cannot be aligned so.
    pub fn straighten(
        &mut self,
        image: &mut Loaded,
        channels: Channels,
    ) -> Result<Result<Pose, AlignError>, Error> {
        let (width, height) = (image.1, image.2);
        let Some(align) = &self.place.align else {
            let middle = (f64::from(width) / 2.0, f64::from(height) / 2.0);
            return Ok(Ok(Pose::still(middle)));
        };
        let shape = FrameShape {
            width,
            height,
            pixel_format: match channels {
                Channels::Mono => PixelFormat::Mono8,
                Channels::Rgb => PixelFormat::Rgb8,
            },
        };
        let (mut ready, of) = match self.ready.take() {
            Some(ready) if ready.1 == shape => ready,
            _ => {
                let wrong = |error: AlignProblem| Error::new(error.kind(), error);
                let place = self.place.check((width, height));
                place.map_err(|error| Error::new(ErrorKind::Settings, error))?;
                let seen = self.place.seen((width, height));
                let ready = PartAligner::new(align, self.folder, shape, seen).map_err(wrong)?;
                (ready, shape)
            }
        };
        let straight = ready.straighten(&image.0);
        let straight = straight.map(|(pixels, pose)| (pixels.to_vec(), pose));
        self.ready = Some((ready, of));
        Ok(straight.map(|(pixels, pose)| {
            image.0 = pixels;
            pose
        }))
    }
}

/// Puts a mask in grey where its part lies in its place.
///
/// # Errors
/// When it is no picture of its size.
pub fn put_in_place(mask: &mut Loaded, pose: &Pose) -> Result<(), Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Settings, error.to_string());
    let size = calibration::Size::new(mask.1, mask.2);
    let grey = calibration::Channels::Grey;
    let view = calibration::ImageView::new(&mask.0, size, grey).map_err(|error| wrong(&error))?;
    let straightener = Straightener::new(size, grey, [0, 0, mask.1, mask.2]);
    let mut straightener = straightener.map_err(|error| wrong(&error))?;
    let straight = straightener
        .apply(&view, pose)
        .map_err(|error| wrong(&error))?;
    let straight = straight.to_vec();
    mask.0 = straight;
    Ok(())
}
