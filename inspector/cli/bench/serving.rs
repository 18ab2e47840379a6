//! Loads models for a case: pictures with the verdicts they must be given, and servers that give verdicts.

use super::cases::Chosen;
use crate::bench::server::{Inspection, Picture, Served, Server};
use crate::cli::images;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::scoring::onnx::{OnnxScorer, channels};
use crate::station::frame::{FrameShape, PixelFormat};
use crate::station::verdict::{Score, Thresholds, Verdict, judge};
use image::imageops::{FilterType, resize};
use models::runtime::Runtime;
use models::{Bundle, Channels, ImageView, Session, SessionOptions, acceptance};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What all cases share.
pub struct Workbench<'a> {
    /// The library.
    pub runtime: &'a Runtime,
    /// All bundles.
    pub bundles: &'a [Bundle],
    /// Folder of images; the references of each bundle where there is none.
    pub images: Option<PathBuf>,
    /// Limits of every verdict.
    pub thresholds: Thresholds,
    /// Folder for files that are removed again.
    pub scratch: PathBuf,
}

/// What one bundle needs for a case.
pub struct Ready {
    /// With their verdicts.
    pub pictures: Arc<Vec<Picture>>,
    /// Of all of them.
    pub shape: FrameShape,
}

impl Workbench<'_> {
    /// Pictures of the case's size for one of its bundles, with the verdicts that the CPU gives in full precision.
    /// First the bundle must answer its references as it should, in the case's own way.
    ///
    /// # Errors
    /// Why no time may be told.
    pub fn ready(&self, chosen: &Chosen, bundle: usize) -> Result<Ready, String> {
        let bundle = &self.bundles[bundle];
        let said = bundle.manifest().references.as_ref();
        let tolerance = said.map_or(0.0, |said| said.tolerance);
        let compared = acceptance::compare(self.runtime, bundle, &chosen.options)
            .map_err(|error| error.to_string())?;
        if !acceptance::is_same(&compared, tolerance) {
            let worst = compared
                .iter()
                .max_by(|a, b| a.difference.total_cmp(&b.difference));
            let (name, off) = worst.map_or(("", 0.0), |one| (&one.name, one.difference));
            return Err(format!(
                "its reference image {name} is off by {off:.4}, {tolerance} is allowed: it is not accepted so"
            ));
        }
        let shape = shape_of(bundle, chosen.case.image);
        let mut pictures = self
            .loaded(bundle, shape)
            .map_err(|error| error.messages.join("; "))?;
        self.expect(bundle, shape, tolerance, &mut pictures)?;
        if pictures.is_empty() {
            return Err(format!(
                "expected images that score farther than {tolerance} from the threshold, found none; give --images or another --threshold"
            ));
        }
        Ok(Ready {
            pictures: Arc::new(pictures),
            shape,
        })
    }

    fn loaded(&self, bundle: &Bundle, shape: FrameShape) -> Result<Vec<Picture>, Error> {
        let model = |error| Error::new(crate::error::ErrorKind::Model, error);
        let picture = |name: String, pixels: Vec<u8>, width, height| Picture {
            name,
            pixels: resized(pixels, width, height, shape),
            expected: Verdict::NotDecided,
        };
        let Some(folder) = &self.images else {
            let references = bundle.references().map_err(model)?;
            let all = references.into_iter();
            return Ok(all
                .map(|one| picture(one.name, one.pixels, one.width, one.height))
                .collect());
        };
        let files = images::files(folder)?;
        let load = |file: &PathBuf| read(file, shape);
        let all = files.iter().map(|file| {
            load(file).map(|(pixels, w, h)| picture(images::name_of(file), pixels, w, h))
        });
        all.collect()
    }

    /// What the CPU says of them in full precision. Those too near a threshold are left out: another rounding
    /// would be another verdict.
    fn expect(
        &self,
        bundle: &Bundle,
        shape: FrameShape,
        tolerance: f32,
        pictures: &mut Vec<Picture>,
    ) -> Result<(), String> {
        let options = SessionOptions {
            threads: super::cases::cores(),
            ..SessionOptions::default()
        };
        let mut session =
            Session::new(self.runtime, bundle, &options).map_err(|error| error.to_string())?;
        let limits = [
            self.thresholds.accept_below(),
            self.thresholds.reject_above(),
        ];
        let mut kept = Vec::new();
        for mut picture in pictures.drain(..) {
            let view = view(&picture.pixels, shape);
            session
                .preprocess(&view)
                .map_err(|error| format!("{}: {error}", picture.name))?;
            let score = session.run().map_err(|error| error.to_string())?.score;
            let score = Score::new(score).ok_or_else(|| format!("{score} is no score"))?;
            picture.expected = judge(score, self.thresholds);
            let is_near = |limit: &Score| (limit.get() - score.get()).abs() <= tolerance;
            if !limits.iter().any(is_near) {
                kept.push(picture);
            }
        }
        *pictures = kept;
        Ok(())
    }

    /// A loaded, warm server as in the station.
    ///
    /// # Errors
    /// Why there is none.
    pub fn server(
        &self,
        chosen: &Chosen,
        bundle: usize,
        ready: &Ready,
    ) -> Result<Box<dyn Server>, String> {
        let scorer = self.scorer(chosen, bundle, ready.shape)?;
        let pictures = Arc::clone(&ready.pictures);
        let inspection = Inspection::new(Box::new(scorer), ready.shape, pictures, self.thresholds);
        Ok(Box::new(inspection))
    }

    /// A loaded, warm scorer.
    ///
    /// # Errors
    /// Why there is none.
    pub fn scorer(
        &self,
        chosen: &Chosen,
        bundle: usize,
        shape: FrameShape,
    ) -> Result<OnnxScorer, String> {
        let bundle = &self.bundles[bundle];
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let options = &chosen.options;
        OnnxScorer::new(self.runtime, bundle, options, shape, None, clock)
            .map_err(|error| error.to_string())
    }

    /// The yardstick: the graph alone, on one picture.
    ///
    /// # Errors
    /// Why there is none.
    pub fn raw(
        &self,
        chosen: &Chosen,
        bundle: usize,
        ready: &Ready,
    ) -> Result<Box<dyn Server>, String> {
        let mut session = Session::new(self.runtime, &self.bundles[bundle], &chosen.options)
            .map_err(|error| error.to_string())?;
        let picture = ready.pictures.first().ok_or("there is no image")?;
        session
            .preprocess(&view(&picture.pixels, ready.shape))
            .map_err(|error| error.to_string())?;
        let verdict = session.run().map_err(|error| error.to_string())?;
        let verdict = Score::new(verdict.score).map(|score| judge(score, self.thresholds));
        if verdict != Some(picture.expected) {
            return Err(format!(
                "image {}: expected {:?}, found {verdict:?}",
                picture.name, picture.expected
            ));
        }
        Ok(Box::new(Raw {
            session,
            verdict: picture.expected,
        }))
    }
}

/// The shape of the camera's frames for a bundle.
pub fn shape_of(bundle: &Bundle, [width, height]: [u32; 2]) -> FrameShape {
    let pixel_format = match bundle.manifest().input.channels {
        Channels::Rgb => PixelFormat::Rgb8,
        Channels::Mono => PixelFormat::Mono8,
    };
    FrameShape {
        width,
        height,
        pixel_format,
    }
}

struct Raw {
    session: Session,
    verdict: Verdict,
}

impl Server for Raw {
    fn serve(&mut self, _: u64) -> Result<Served, String> {
        let started = SystemClock.now();
        self.session.run_raw().map_err(|error| error.to_string())?;
        let model = SystemClock.now().since(started);
        let verdict = self.verdict;
        Ok(Served { verdict, model })
    }

    fn keep_warm(&mut self) -> Result<(), String> {
        self.session.run_raw().map_err(|error| error.to_string())
    }
}

fn view(pixels: &[u8], shape: FrameShape) -> ImageView<'_> {
    ImageView {
        pixels,
        width: shape.width,
        height: shape.height,
        channels: channels(shape.pixel_format),
    }
}

fn read(file: &Path, shape: FrameShape) -> Result<(Vec<u8>, u32, u32), Error> {
    match shape.pixel_format {
        PixelFormat::Rgb8 => images::rgb(file),
        PixelFormat::Mono8 => images::mono(file),
    }
}

/// To the camera's size. Whole multiples give back the same image when the model shrinks them by area.
fn resized(pixels: Vec<u8>, width: u32, height: u32, shape: FrameShape) -> Vec<u8> {
    if (width, height) == (shape.width, shape.height) {
        return pixels;
    }
    let is_larger = shape.width >= width && shape.height >= height;
    let how = if is_larger {
        FilterType::Nearest
    } else {
        FilterType::Triangle
    };
    let (to_width, to_height) = (shape.width, shape.height);
    // The buffers have the sizes that their readers gave.
    match shape.pixel_format {
        PixelFormat::Rgb8 => image::RgbImage::from_raw(width, height, pixels)
            .map(|image| resize(&image, to_width, to_height, how).into_raw()),
        PixelFormat::Mono8 => image::GrayImage::from_raw(width, height, pixels)
            .map(|image| resize(&image, to_width, to_height, how).into_raw()),
    }
    .unwrap_or_default()
}
