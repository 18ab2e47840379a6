//! Loads models for a case: pictures with the verdicts they must be given, and servers that give verdicts.

use super::batch::Batch;
use super::known::Known;
use super::subject::{Subject, View};
use crate::adapters::scoring::onnx::OnnxScorer;
use crate::bench::server::{InspectedView, Inspection, Picture, Served, Server};
use crate::cli::images;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::ports::scorer::Scorer;
use crate::station::budget::CycleBudget;
use crate::station::frame::{FrameShape, PixelFormat};
use crate::station::verdict::{Thresholds, Verdict, judge};
use image::imageops::{FilterType, resize};
use models::runtime::Runtime;
use models::{Channels, Session, SessionOptions, acceptance, cores};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What all cases share.
pub struct Workbench<'a> {
    /// The library that runs every session.
    pub runtime: &'a Runtime,
    /// Folder of images; the references of each bundle where there is none.
    pub images: Option<PathBuf>,
    /// The station's times, where one is measured.
    pub budget: Option<CycleBudget>,
    /// Whether a bundle gives its reference answers when it runs so.
    pub accepted: Known<(PathBuf, SessionOptions), Result<(), String>>,
    /// The verdicts of a view's pictures.
    pub verdicts: Known<Asked, Verdicts>,
}

/// By what verdicts follow: bundle, shape, limits, configuration, and how many pictures of which folder.
type Asked = (
    PathBuf,
    FrameShape,
    Thresholds,
    Option<String>,
    (Option<PathBuf>, usize),
);

/// Of each picture; none of one that is too near a threshold.
type Verdicts = Result<Vec<Option<Verdict>>, String>;

/// A view, and what it is shown.
#[derive(Clone)]
pub struct Ready {
    /// What a session looks at, and with which model.
    pub view: View,
    /// Of its shape, with the verdicts they must be given.
    pub pictures: Arc<Vec<Picture>>,
}

impl Ready {
    /// The verdict that a part must be given by this view.
    pub fn expected(&self, part: u64) -> Verdict {
        self.pictures[(part % self.pictures.len() as u64) as usize].expected
    }
}

impl Workbench<'_> {
    /// Pictures for each view, with the verdicts that the CPU gives in full precision. First each bundle must answer
    /// its references as it should, in the way in which it is to run.
    ///
    /// # Errors
    /// Why no time may be told.
    pub fn ready(&self, subject: &Subject) -> Result<Vec<Ready>, String> {
        let of_view = |view: &View| {
            let ready = self.ready_view(view);
            ready.map_err(|why| match &view.camera {
                Some(camera) => format!("camera {camera}: {why}"),
                None => why,
            })
        };
        subject.views.iter().map(of_view).collect()
    }

    fn ready_view(&self, view: &View) -> Result<Ready, String> {
        let key = (view.bundle.folder().to_owned(), view.options.clone());
        self.accepted.or_find(key, || self.accept(view))?;
        let folder = self.folder_of(view);
        let pictures = loaded(view, folder.as_deref());
        let mut pictures = pictures.map_err(|error| error.messages.join("; "))?;
        let key = (
            view.bundle.folder().to_owned(),
            view.shape,
            view.thresholds,
            view.configured.as_ref().map(|found| found.sha256.clone()),
            (folder, pictures.len()),
        );
        let verdicts = self
            .verdicts
            .or_find(key, || self.expected(view, &pictures))?;
        let mut verdicts = verdicts.into_iter();
        pictures.retain_mut(|picture| match verdicts.next().flatten() {
            Some(verdict) => {
                picture.expected = verdict;
                true
            }
            None => false,
        });
        if pictures.is_empty() {
            return Err(format!(
                "expected images that score farther than {} from the threshold, found none; give --images or another \
                 threshold",
                tolerance(view)
            ));
        }
        Ok(Ready {
            view: view.clone(),
            pictures: Arc::new(pictures),
        })
    }

    fn accept(&self, view: &View) -> Result<(), String> {
        let tolerance = tolerance(view);
        let compared = acceptance::compare(self.runtime, &view.bundle, &view.options)
            .map_err(|error| error.to_string())?;
        if acceptance::is_same(&compared, tolerance) {
            return Ok(());
        }
        let worst = compared
            .iter()
            .max_by(|a, b| a.difference.total_cmp(&b.difference));
        let (name, off) = worst.map_or(("", 0.0), |one| (&one.name, one.difference));
        Err(format!(
            "its reference image {name} is off by {off:.4}, {tolerance} is allowed: it is not accepted so"
        ))
    }

    /// Images of a camera may lie in a folder of its name.
    fn folder_of(&self, view: &View) -> Option<PathBuf> {
        let folder = self.images.as_ref()?;
        let of_camera = view.camera.as_ref().map(|camera| folder.join(camera));
        let of_camera = of_camera.filter(|folder| folder.is_dir());
        Some(of_camera.unwrap_or_else(|| folder.clone()))
    }

    /// What the CPU says of them in full precision, and nothing of those too near a threshold: another rounding
    /// would be another verdict.
    fn expected(&self, view: &View, pictures: &[Picture]) -> Verdicts {
        let options = SessionOptions {
            threads: cores::count(),
            ..SessionOptions::default()
        };
        let mut scorer = self.scorer_of(view, &options)?;
        let (limits, tolerance) = (view.thresholds, tolerance(view));
        let judged = pictures.iter().map(|picture| -> Result<_, String> {
            let scored = scorer.score(&picture.pixels, view.shape, limits.reject_above(), &mut []);
            let score = scored
                .map_err(|error| format!("{}: {error}", picture.name))?
                .score;
            let limits = [limits.accept_below(), limits.reject_above()];
            let is_near = limits
                .iter()
                .any(|limit| (limit.get() - score.get()).abs() <= tolerance);
            Ok((!is_near).then(|| judge(score, view.thresholds)))
        });
        judged.collect()
    }

    /// A loaded, warm server as in the station.
    ///
    /// # Errors
    /// Why there is none.
    pub fn server(&self, ready: &[Ready], batch: usize) -> Result<Box<dyn Server>, String> {
        if let ([one], 2..) = (ready, batch) {
            return Ok(Box::new(self.batch(one, batch)?));
        }
        let views = ready.iter().map(|ready| -> Result<InspectedView, String> {
            let (shape, thresholds) = (ready.view.shape, ready.view.thresholds);
            let (scorer, pictures) = (self.scorer(&ready.view)?, Arc::clone(&ready.pictures));
            Ok(InspectedView::new(
                Box::new(scorer),
                shape,
                pictures,
                thresholds,
            ))
        });
        let views = views.collect::<Result<Vec<_>, _>>()?;
        Ok(Box::new(Inspection(views)))
    }

    /// A loaded, warm scorer.
    ///
    /// # Errors
    /// Why there is none.
    pub fn scorer(&self, view: &View) -> Result<OnnxScorer, String> {
        self.scorer_of(view, &view.options)
    }

    fn scorer_of(&self, view: &View, options: &SessionOptions) -> Result<OnnxScorer, String> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (bundle, seen) = (&view.bundle, (view.configuration(), view.place.as_ref()));
        OnnxScorer::new(self.runtime, bundle, options, view.shape, seen, clock)
            .map_err(|error| error.to_string())
    }

    fn batch(&self, ready: &Ready, images: usize) -> Result<Batch, String> {
        let (view, clock) = (&ready.view, Arc::new(SystemClock));
        let session = Session::of_images(self.runtime, &view.bundle, &view.options, images);
        let session = session.map_err(|error| error.to_string())?;
        let seen = (view.configuration(), view.place.as_ref());
        let scorer = OnnxScorer::of(session, &view.bundle, view.shape, seen, clock);
        let scorer = scorer.map_err(|error| error.to_string())?;
        Ok(Batch::new(scorer, ready))
    }

    /// The yardstick: the graph of each view alone, on one picture, or on a batch of them.
    ///
    /// # Errors
    /// Why there is none.
    pub fn raw(&self, ready: &[Ready], batch: usize) -> Result<Box<dyn Server>, String> {
        let mut raw = Raw {
            sessions: Vec::new(),
            verdict: Verdict::Pass,
        };
        if let ([one], 2..) = (ready, batch) {
            let mut batch = self.batch(one, batch)?;
            raw.verdict = batch.serve(0)?.verdict;
            raw.sessions.push(batch.into_session());
            return Ok(Box::new(raw));
        }
        for ready in ready {
            let view = &ready.view;
            let mut scorer = self.scorer(view)?;
            let picture = ready.pictures.first().ok_or("there is no image")?;
            let from = view.thresholds.reject_above();
            let scored = scorer.score(&picture.pixels, view.shape, from, &mut []);
            let scored = scored.map_err(|error| format!("image {}: {error}", picture.name))?;
            let verdict = judge(scored.score, view.thresholds);
            if verdict != picture.expected {
                return Err(format!(
                    "image {}: expected {:?}, found {verdict:?}",
                    picture.name, picture.expected
                ));
            }
            raw.verdict = raw.verdict.worst(verdict);
            raw.sessions.push(scorer.into_session());
        }
        Ok(Box::new(raw))
    }
}

/// How far scores may lie from those that the bundle promises.
fn tolerance(view: &View) -> f32 {
    let said = view.bundle.manifest().references.as_ref();
    said.map_or(0.0, |said| said.tolerance)
}

/// Of the folder, or the references of the view's bundle.
fn loaded(view: &View, folder: Option<&Path>) -> Result<Vec<Picture>, Error> {
    let picture = |name: String, pixels: Vec<u8>, width, height| Picture {
        name,
        pixels: resized(pixels, width, height, view.shape),
        expected: Verdict::NotDecided,
    };
    let Some(folder) = folder else {
        let references = view.bundle.references();
        let references = references.map_err(|error| Error::new(ErrorKind::Model, error))?;
        let all = references.into_iter();
        return Ok(all
            .map(|one| picture(one.name, one.pixels, one.width, one.height))
            .collect());
    };
    let files = images::files(folder)?;
    let all = files.iter().map(|file| {
        read(file, view.shape).map(|(pixels, w, h)| picture(images::name_of(file), pixels, w, h))
    });
    all.collect()
}

struct Raw {
    sessions: Vec<Session>,
    verdict: Verdict,
}

impl Raw {
    fn run(&mut self) -> Result<(), String> {
        let mut sessions = self.sessions.iter_mut();
        sessions.try_for_each(|session| session.run_raw().map_err(|error| error.to_string()))
    }
}

impl Server for Raw {
    fn serve(&mut self, _: u64) -> Result<Served, String> {
        let started = SystemClock.now();
        self.run()?;
        let model = SystemClock.now().since(started);
        let verdict = self.verdict;
        Ok(Served { verdict, model })
    }

    fn keep_warm(&mut self) -> Result<(), String> {
        self.run()
    }
}

fn read(file: &Path, shape: FrameShape) -> Result<(Vec<u8>, u32, u32), Error> {
    match shape.pixel_format {
        PixelFormat::Rgb8 => images::loaded(file, Channels::Rgb),
        PixelFormat::Mono8 => images::loaded(file, Channels::Mono),
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
