//! Scores frames with an ONNX model of the `models` room.

use super::regions::{Region, RegionFinder};
use crate::clock::Clock;
use crate::ports::scorer::{ScoreError, Scorer, ViewScore};
use crate::station::frame::{FrameShape, PixelFormat};
use crate::station::result::{FINDINGS_MAX, Finding};
use crate::station::time::micros;
use crate::station::verdict::Score;
use arrayvec::ArrayVec;
use models::runtime::Runtime;
use models::{Bundle, Channels, ImageView, LoadError, RunError, Session, SessionOptions};
use std::sync::Arc;

/// One loaded, warm session and its buffers.
pub struct OnnxScorer {
    session: Session,
    finder: RegionFinder,
    folded: Vec<f32>,
    regions: ArrayVec<Region, FINDINGS_MAX>,
    clock: Arc<dyn Clock>,
}

/// Why a model cannot score the frames of a camera.
#[derive(Debug)]
pub enum PrepareError {
    /// It could not be loaded.
    Load(LoadError),
    /// It does not take such frames.
    Frame(String),
    /// It loaded, and failed on a blank frame.
    WarmUp(RunError),
}

impl std::fmt::Display for PrepareError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PrepareError::Load(error) => error.fmt(f),
            PrepareError::Frame(message) => f.write_str(message),
            PrepareError::WarmUp(error) => write!(f, "run once on a blank frame: {error}"),
        }
    }
}

impl std::error::Error for PrepareError {}

impl OnnxScorer {
    /// Loads the bundle's graph for frames of `shape`, and runs it until it is warm.
    pub fn new(
        runtime: &Runtime,
        bundle: &Bundle,
        threads: usize,
        shape: FrameShape,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, PrepareError> {
        let options = SessionOptions {
            threads,
            ..SessionOptions::default()
        };
        let mut session = Session::new(runtime, bundle, &options).map_err(PrepareError::Load)?;
        let wanted = bundle.manifest().input.channels;
        if wanted != channels(shape.pixel_format) {
            return Err(PrepareError::Frame(format!(
                "the model takes {wanted:?} images; the camera gives {}. Set the camera's output",
                shape.pixel_format.name()
            )));
        }
        session
            .prepare_for(shape.width, shape.height)
            .map_err(|error| PrepareError::Frame(error.to_string()))?;
        session.warm_up().map_err(PrepareError::WarmUp)?;
        let (width, height) = session.map_size();
        Ok(Self {
            finder: RegionFinder::new(width, height),
            folded: vec![0.0; width as usize * height as usize],
            regions: ArrayVec::new(),
            session,
            clock,
        })
    }

    /// The provider that runs it.
    pub fn provider(&self) -> &'static str {
        self.session.provider().name()
    }
}

fn channels(format: PixelFormat) -> Channels {
    match format {
        PixelFormat::Mono8 => Channels::Mono,
        PixelFormat::Rgb8 => Channels::Rgb,
    }
}

impl Scorer for OnnxScorer {
    fn map_size(&self) -> (u32, u32) {
        self.session.map_size()
    }

    fn score(
        &mut self,
        pixels: &[u8],
        shape: FrameShape,
        findings_from: Score,
        map: &mut [u8],
    ) -> Result<ViewScore, ScoreError> {
        let started = self.clock.now();
        let view = ImageView {
            pixels: pixels.get(..shape.bytes()).unwrap_or(pixels),
            width: shape.width,
            height: shape.height,
            channels: channels(shape.pixel_format),
        };
        self.session
            .preprocess(&view)
            .map_err(|error| ScoreError::Run {
                message: error.to_string(),
            })?;
        let prepared = self.clock.now();
        let scores = self.session.run().map_err(|error| match &error {
            RunError::Output { message } => ScoreError::Output {
                message: message.clone(),
            },
            other => ScoreError::Run {
                message: other.to_string(),
            },
        })?;
        let ran = self.clock.now();
        scores.fold_max(&mut self.folded);
        let peak = scores.peak().score;
        let score = Score::new(peak).ok_or_else(|| ScoreError::Output {
            message: format!("expected scores from 0 to 1, found {peak}"),
        })?;
        for (byte, value) in map.iter_mut().zip(&self.folded) {
            *byte = (value * 255.0 + 0.5) as u8;
        }
        let mut total = 0;
        let worst = &mut self.regions;
        worst.clear();
        self.finder
            .find(&self.folded, findings_from.get(), |region| {
                total += 1;
                keep_worst(worst, region);
            });
        let scale = (
            shape.width as f32 / scores.width as f32,
            shape.height as f32 / scores.height as f32,
        );
        let findings = worst
            .iter()
            .filter_map(|region| {
                let (x, y) = region.peak_at;
                let class = scores.class_at(x as usize, y as usize);
                finding(region, class, scale)
            })
            .collect();
        let found = self.clock.now();
        Ok(ViewScore {
            score,
            findings,
            findings_total: total,
            times_us: [
                0,
                micros(prepared.since(started)),
                micros(ran.since(prepared)),
                micros(found.since(ran)),
            ],
        })
    }
}

/// Keeps the regions with the largest peaks, worst first.
fn keep_worst(worst: &mut ArrayVec<Region, FINDINGS_MAX>, region: Region) {
    let at = worst.partition_point(|kept| kept.peak >= region.peak);
    if worst.is_full() {
        if at == worst.len() {
            return;
        }
        worst.pop();
    }
    worst.insert(at, region);
}

/// From cells of the map to pixels of the frame.
fn finding(region: &Region, class: usize, scale: (f32, f32)) -> Option<Finding> {
    let [left, top, right, bottom] = region.bounds;
    let px = |cells: u32, scale: f32| (cells as f32 * scale).round() as u32;
    let (x, y) = (px(left, scale.0), px(top, scale.1));
    Some(Finding {
        class: u16::try_from(class).ok()?,
        score: Score::new(region.peak)?,
        region: [
            x,
            y,
            px(right + 1, scale.0) - x,
            px(bottom + 1, scale.1) - y,
        ],
        area_px: region.cells as f32 * scale.0 * scale.1,
        area_mm2: None,
    })
}
