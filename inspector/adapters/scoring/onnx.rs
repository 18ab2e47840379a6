//! Scores frames with an ONNX model of the `models` room.

use crate::adapters::scoring::align::{self, AlignProblem, PartAligner};
use crate::adapters::scoring::findings::Reader;
use crate::adapters::scoring::place::{self, PlaceProblem};
use crate::clock::Clock;
use crate::error::{ErrorKind, Sorted};
use crate::ports::scorer::{ScoreError, Scorer, ViewScore};
use crate::station::frame::{FrameShape, PixelFormat};
use crate::station::place::ViewPlace;
use crate::station::time::micros;
use crate::station::verdict::Score;
use calibration::{Configuration, Correction, FitError, Normalisation, Pose, Size, Window};
use models::runtime::Runtime;
use models::{
    Assignment, Bundle, Channels, ImageView, LoadError, RunError, Session, SessionOptions,
};
use std::sync::Arc;
use std::time::Duration;

/// One loaded, warm session and its buffers.
pub struct OnnxScorer {
    session: Session,
    /// Where parts do not lie still.
    aligner: Option<PartAligner>,
    /// How the parts of one run lie.
    poses: Vec<Pose>,
    correction: Option<Correction>,
    reader: Reader,
    clock: Arc<dyn Clock>,
}

/// Why a model cannot score the frames of a camera.
#[derive(Debug)]
pub enum PrepareError {
    /// It could not be loaded.
    Load(LoadError),
    /// It does not take such frames.
    Frame(String),
    /// The view looks at a place that is none for it.
    Place(PlaceProblem),
    /// Parts cannot be found as the view says.
    Align(AlignProblem),
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
            PrepareError::Place(problem) => problem.fmt(f),
            PrepareError::Align(problem) => problem.fmt(f),
            PrepareError::Configuration(error) => error.fmt(f),
            PrepareError::WarmUp(error) => write!(f, "run once on a blank frame: {error}"),
        }
    }
}

impl std::error::Error for PrepareError {}

impl Sorted for PrepareError {
    fn kind(&self) -> ErrorKind {
        match self {
            PrepareError::Load(_) | PrepareError::WarmUp(_) => ErrorKind::Model,
            PrepareError::Frame(_) => ErrorKind::Settings,
            PrepareError::Place(problem) => problem.kind(),
            PrepareError::Align(problem) => problem.kind(),
            PrepareError::Configuration(error) => error.kind(),
        }
    }
}

impl OnnxScorer {
    /// Loads the bundle's graph for frames of `shape` from a camera with this configuration, looking at a
    /// view's place, and runs it until it is warm. Without a place frames are what the model sees already.
    pub fn new(
        runtime: &Runtime,
        bundle: &Bundle,
        options: &SessionOptions,
        shape: FrameShape,
        (configuration, place): (Option<&Configuration>, Option<&ViewPlace>),
        clock: Arc<dyn Clock>,
    ) -> Result<Self, PrepareError> {
        let session = Session::new(runtime, bundle, options).map_err(PrepareError::Load)?;
        Self::of(session, bundle, shape, (configuration, place), clock)
    }

    /// The same of a loaded session of the bundle, which may take several images a run.
    pub fn of(
        mut session: Session,
        bundle: &Bundle,
        shape: FrameShape,
        (configuration, place): (Option<&Configuration>, Option<&ViewPlace>),
        clock: Arc<dyn Clock>,
    ) -> Result<Self, PrepareError> {
        let wanted = bundle.manifest().input.channels;
        if wanted != channels(shape.pixel_format) {
            return Err(PrepareError::Frame(format!(
                "the model takes {wanted:?} images; the camera gives {}. Set the camera's output",
                shape.pixel_format.name()
            )));
        }
        let frame = Size::new(shape.width, shape.height);
        let window = match place {
            Some(place) => place::look(&mut session, place, frame, configuration)
                .map_err(PrepareError::Place)?,
            None => {
                session
                    .prepare_for(shape.width, shape.height)
                    .map_err(|error| PrepareError::Frame(error.to_string()))?;
                Window::whole(frame)
            }
        };
        let aligner = aligner(bundle, shape, place, window)?;
        session.warm_up().map_err(PrepareError::WarmUp)?;
        let correction = match configuration {
            Some(configuration) => {
                let (width, height) = session.resized_size();
                Some(correction(
                    configuration,
                    window,
                    Size::new(width, height),
                    bundle,
                )?)
            }
            None => None,
        };
        let (width, height) = session.map_size();
        Ok(Self {
            poses: Vec::with_capacity(session.images()),
            aligner,
            correction: correction.filter(Correction::is_needed),
            reader: Reader::new(
                window,
                Size::new(width, height),
                configuration,
                bundle.manifest(),
            ),
            session,
            clock,
        })
    }

    /// The session, with the frame that was scored last still in its input.
    pub fn into_session(self) -> Session {
        self.session
    }

    /// How many frames are scored at once.
    pub fn images(&self) -> usize {
        self.session.images()
    }

    /// How much of it its provider runs.
    pub fn assignment(&self) -> &Assignment {
        self.session.assignment()
    }

    /// Scores as many frames as the session takes a run. Tells of each in turn; its times are those of all
    /// together, but for the findings.
    ///
    /// # Errors
    /// When a frame does not fit, the model fails, or an answer is none.
    pub fn score_all(
        &mut self,
        frames: &[&[u8]],
        shape: FrameShape,
        findings_from: Score,
        map: &mut [u8],
        tell: &mut dyn FnMut(ViewScore),
    ) -> Result<(), ScoreError> {
        let failed = |message: String| ScoreError::Run { message };
        let (mut preprocess, mut correct) = (Duration::ZERO, Duration::ZERO);
        let mut ended = self.clock.now();
        self.poses.clear();
        for pixels in frames {
            let started = ended;
            let mut pixels = pixels.get(..shape.bytes()).unwrap_or(pixels);
            if let Some(aligner) = &mut self.aligner {
                let aligned = aligner.straighten(pixels);
                let (straight, pose) = aligned.map_err(|error| align::score_error(&error))?;
                pixels = straight;
                self.poses.push(pose);
            }
            let view = ImageView {
                pixels,
                width: shape.width,
                height: shape.height,
                channels: channels(shape.pixel_format),
            };
            let loaded = self.session.preprocess(&view);
            loaded.map_err(|error| failed(error.to_string()))?;
            let prepared = self.clock.now();
            if let Some(correction) = &mut self.correction {
                correction.apply(self.session.loaded_mut());
            }
            ended = self.clock.now();
            preprocess += prepared.since(started);
            correct += ended.since(prepared);
        }
        let mut answers = self.session.run_all().map_err(score_error)?;
        let mut run = Duration::ZERO;
        let mut poses = self.poses.iter();
        while let Some(answer) = answers.next() {
            let answer = answer.map_err(score_error)?;
            let pose = poses.next();
            let ran = self.clock.now();
            run += ran.since(ended);
            let score = Score::new(answer.score).ok_or_else(|| ScoreError::Output {
                message: format!("expected a score from 0 to 1, found {}", answer.score),
            })?;
            let (findings, findings_total) = self.reader.read(&answer, pose, findings_from, map)?;
            ended = self.clock.now();
            let times = [correct, preprocess, run, ended.since(ran)];
            tell(ViewScore {
                score,
                findings,
                findings_total,
                times_us: times.map(micros),
            });
        }
        Ok(())
    }
}

/// What puts parts in their place, where the view says that they do not lie still.
fn aligner(
    bundle: &Bundle,
    shape: FrameShape,
    place: Option<&ViewPlace>,
    window: Window,
) -> Result<Option<PartAligner>, PrepareError> {
    let Some(align) = place.and_then(ViewPlace::align) else {
        return Ok(None);
    };
    let folder = bundle.folder().parent().unwrap_or(bundle.folder());
    let align = align::of_model(align, window.frame);
    let aligner = PartAligner::new(&align, folder, shape, window.region());
    aligner.map(Some).map_err(PrepareError::Align)
}

fn score_error(error: RunError) -> ScoreError {
    match error {
        RunError::Output { message } => ScoreError::Output { message },
        other => ScoreError::Run {
            message: other.to_string(),
        },
    }
}

fn correction(
    configuration: &Configuration,
    window: Window,
    resized: Size,
    bundle: &Bundle,
) -> Result<Correction, PrepareError> {
    let input = &bundle.manifest().input;
    let normalisation: Vec<Normalisation> = (0..input.channels.count())
        .map(|channel| {
            let (gain, offset) = input.gain_and_offset(channel);
            Normalisation { gain, offset }
        })
        .collect();
    Correction::new(configuration, window, resized, &normalisation)
        .map_err(PrepareError::Configuration)
}

/// What a model must take to be shown such frames.
pub fn channels(format: PixelFormat) -> Channels {
    match format {
        PixelFormat::Mono8 => Channels::Mono,
        PixelFormat::Rgb8 => Channels::Rgb,
    }
}

impl Scorer for OnnxScorer {
    fn map_size(&self) -> (u32, u32) {
        self.reader.map_size()
    }

    fn score(
        &mut self,
        pixels: &[u8],
        shape: FrameShape,
        findings_from: Score,
        map: &mut [u8],
    ) -> Result<ViewScore, ScoreError> {
        let mut found = None;
        let tell = &mut |scored| found = Some(scored);
        self.score_all(&[pixels], shape, findings_from, map, tell)?;
        found.ok_or_else(|| score_error(RunError::NoInput))
    }

    fn keep_warm(&mut self) -> Result<(), ScoreError> {
        self.session.warm_up().map_err(|error| ScoreError::Run {
            message: error.to_string(),
        })
    }
}
