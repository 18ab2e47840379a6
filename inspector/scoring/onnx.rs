//! Scores frames with an ONNX model of the `models` room.

use crate::clock::Clock;
use crate::ports::scorer::{ScoreError, Scorer, ViewScore};
use crate::station::frame::{FrameShape, PixelFormat};
use crate::station::result::{FINDINGS_MAX, Finding, Measured};
use crate::station::time::micros;
use crate::station::verdict::Score;
use arrayvec::ArrayVec;
use calibration::{
    Configuration, Correction, FitError, Normalisation, Region, Regions, Size, Surface,
};
use models::runtime::Runtime;
use models::{Bundle, Channels, ImageView, LoadError, RunError, Session, SessionOptions};
use std::sync::Arc;

/// One loaded, warm session and its buffers.
pub struct OnnxScorer {
    session: Session,
    correction: Option<Correction>,
    surface: Surface,
    finder: Regions,
    folded: Vec<f32>,
    /// The map as it lies over the frame.
    over: Vec<f32>,
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
    /// The camera's configuration is not for such frames.
    Configuration(FitError),
    /// It loaded, and failed on a blank frame.
    WarmUp(RunError),
}

impl std::fmt::Display for PrepareError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PrepareError::Load(error) => error.fmt(f),
            PrepareError::Frame(message) => f.write_str(message),
            PrepareError::Configuration(error) => error.fmt(f),
            PrepareError::WarmUp(error) => write!(f, "run once on a blank frame: {error}"),
        }
    }
}

impl std::error::Error for PrepareError {}

impl OnnxScorer {
    /// Loads the bundle's graph for frames of `shape` from a camera with this configuration, and runs
    /// it until it is warm.
    pub fn new(
        runtime: &Runtime,
        bundle: &Bundle,
        threads: usize,
        shape: FrameShape,
        configuration: Option<&Configuration>,
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
        let frame = Size::new(shape.width, shape.height);
        let correction = match configuration {
            Some(configuration) => Some(correction(configuration, frame, bundle)?),
            None => None,
        };
        let (width, height) = session.map_size();
        let map = Size::new(width, height);
        Ok(Self {
            correction: correction.filter(Correction::is_needed),
            surface: Surface::new(frame, map, configuration),
            finder: Regions::new(map),
            folded: vec![0.0; map.area()],
            over: vec![0.0; map.area()],
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

fn correction(
    configuration: &Configuration,
    frame: Size,
    bundle: &Bundle,
) -> Result<Correction, PrepareError> {
    let input = &bundle.manifest().input;
    let normalisation: Vec<Normalisation> = (0..input.channels.count())
        .map(|channel| {
            let (gain, offset) = input.gain_and_offset(channel);
            Normalisation { gain, offset }
        })
        .collect();
    let size = Size::new(input.width, input.height);
    Correction::new(configuration, frame, size, &normalisation).map_err(PrepareError::Configuration)
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
        if let Some(correction) = &mut self.correction {
            correction.apply(self.session.loaded_mut());
        }
        let corrected = self.clock.now();
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
        if !map.is_empty() {
            let is_moved = self.surface.lay_over_frame(&self.folded, &mut self.over);
            let over = if is_moved { &self.over } else { &self.folded };
            for (byte, value) in map.iter_mut().zip(over) {
                *byte = (value * 255.0 + 0.5) as u8;
            }
        }
        let found = self
            .finder
            .find(&self.folded, findings_from.get(), self.surface.cell_mm2())
            .map_err(|error| ScoreError::Run {
                message: error.to_string(),
            })?;
        let worst = &mut self.regions;
        worst.clear();
        found.iter().for_each(|region| keep_worst(worst, region));
        let total = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let findings = worst
            .iter()
            .filter_map(|region| {
                let (x, y) = region.peak_at;
                let class = scores.class_at(x as usize, y as usize);
                finding(region, class, &self.surface)
            })
            .collect();
        let ended = self.clock.now();
        Ok(ViewScore {
            score,
            findings,
            findings_total: total,
            times_us: [
                micros(corrected.since(prepared)),
                micros(prepared.since(started)),
                micros(ran.since(corrected)),
                micros(ended.since(ran)),
            ],
        })
    }
}

/// Keeps the regions with the largest peaks, worst first.
fn keep_worst(worst: &mut ArrayVec<Region, FINDINGS_MAX>, region: &Region) {
    let at = worst.partition_point(|kept| kept.peak >= region.peak);
    if worst.is_full() {
        if at == worst.len() {
            return;
        }
        worst.pop();
    }
    worst.insert(at, *region);
}

/// From cells of the map to pixels of the frame and millimetres on the part.
fn finding(region: &Region, class: usize, surface: &Surface) -> Option<Finding> {
    let measured = surface.extent(region.bounds).map(|extent| Measured {
        area_mm2: region.weight,
        x_mm: extent.x_mm as f32,
        y_mm: extent.y_mm as f32,
        width_mm: extent.width_mm as f32,
        height_mm: extent.height_mm as f32,
    });
    Some(Finding {
        class: u16::try_from(class).ok()?,
        score: Score::new(region.peak)?,
        region: surface.box_px(region.bounds),
        area_px: region.cells as f32 * surface.cell_px(),
        measured,
    })
}
