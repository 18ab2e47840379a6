//! A bundle made ready to run: checked against its graph, with input and output memory of its own
//! that every run reuses. One session is for one thread; make one per thread that scores.
//!
//! No Rust allocation happens in `preprocess`, `load_resized` and `run` once the source size is
//! known. ONNX Runtime itself makes some small C++ allocations a run; tensors come from its arena.

use crate::answer::Answer;
use crate::area::{self, Area, FACTOR_MAX};
use crate::assignment::{self, Assignment};
use crate::binding::Bound;
use crate::bundle::Bundle;
use crate::filter::Filter;
use crate::graph::{self, LoadError};
use crate::image::{ImageView, InputError, SOURCE_SIDE_MAX};
use crate::linear::Linear;
use crate::manifest::{Input, Manifest, Resize};
use crate::options::{Provider, SessionOptions};
use crate::placement::Placement;
use crate::providers;
use crate::reading::Reader;
use crate::runtime::Runtime;
use ort::session::Session as OrtSession;
use ort::session::builder::SessionBuilder;
use std::fmt;

/// A model ready to run.
pub struct Session {
    bound: Bound,
    manifest: Manifest,
    provider: Provider,
    assignment: Assignment,
    reader: Reader,
    prepared: Option<Prepared>,
    /// The resized image, where it is not the input itself.
    content: Vec<f32>,
    /// Whether the input holds an image that has not been scored yet.
    is_loaded: bool,
}

/// What is ready for images of one size.
struct Prepared {
    placement: Placement,
    resizer: Resizer,
}

enum Resizer {
    /// They have the right size already.
    None,
    Area(Box<Area>),
    Linear(Linear),
    Filter(Filter),
}

impl Session {
    /// Builds the graph, checks it against the manifest and runs it once on zeros to learn the sizes
    /// of what it gives.
    ///
    /// # Errors
    /// When the provider is not in the library or cannot work here, when it takes nothing of the graph (or,
    /// where it is required, not all), when the graph cannot be built or run, or is not what the manifest says.
    pub fn new(
        runtime: &Runtime,
        bundle: &Bundle,
        options: &SessionOptions,
    ) -> Result<Self, LoadError> {
        let path = bundle.folder().join("model.onnx");
        runtime.check(options).map_err(|message| {
            let path = path.clone();
            LoadError::Provider { path, message }
        })?;
        let manifest = bundle.manifest().clone();
        let refused = |error: ort::Error| LoadError::Runtime {
            path: path.clone(),
            message: error.message().to_owned(),
        };
        let mismatched = |mismatch| LoadError::Mismatch {
            path: path.clone(),
            mismatch,
        };

        let session = builder(runtime, options)
            .and_then(|mut builder| builder.commit_from_memory(bundle.model()))
            .map_err(refused)?;
        let assignment = assignment::of(&session, options.provider.name()).map_err(refused)?;
        let is_required = options.is_required || assignment.nodes_on_provider == 0;
        if is_required && !assignment.is_whole() {
            return Err(LoadError::FellBack {
                path,
                wanted: options.to_string(),
                assignment,
            });
        }
        graph::check(session.inputs(), session.outputs(), &manifest).map_err(mismatched)?;
        let names = graph::outputs_read(&manifest.output);
        let bound = Bound::new(session, &manifest.input, &names).map_err(refused)?;
        let reader = Reader::new(&manifest, bound.shapes()).map_err(mismatched)?;
        Ok(Self {
            bound,
            manifest,
            provider: options.provider,
            assignment,
            reader,
            prepared: None,
            content: Vec::new(),
            is_loaded: false,
        })
    }

    /// What the bundle says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What computes.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// How much of the graph it computes.
    pub fn assignment(&self) -> &Assignment {
        &self.assignment
    }

    /// Width and height of the score map, in cells; `(0, 0)` when the model gives none. A map of masks has
    /// the size that [`prepare_for`](Self::prepare_for) gives it.
    pub fn map_size(&self) -> (u32, u32) {
        self.reader.map_size()
    }

    /// Width and height of the resized image in pixels, which is all of the input or lies within it or beyond.
    pub fn resized_size(&self) -> (u32, u32) {
        let input = &self.manifest.input;
        let whole = (input.width, input.height);
        self.prepared
            .as_ref()
            .map_or(whole, |prepared| prepared.placement.content)
    }

    /// Makes the tables for images of one size now, so that the first image costs no allocation.
    ///
    /// # Errors
    /// When the size cannot be resized to the model's input.
    pub fn prepare_for(&mut self, width: u32, height: u32) -> Result<(), InputError> {
        let source = (width, height);
        if self
            .prepared
            .as_ref()
            .is_some_and(|prepared| prepared.placement.source == source)
        {
            return Ok(());
        }
        let input = &self.manifest.input;
        let side_max = |side: u32| SOURCE_SIDE_MAX.min(side.saturating_mul(FACTOR_MAX));
        let too_large = |max| InputError::Size { found: source, max };
        let sides = (1..=SOURCE_SIDE_MAX, 1..=SOURCE_SIDE_MAX);
        if !sides.0.contains(&width) || !sides.1.contains(&height) {
            return Err(too_large((side_max(input.width), side_max(input.height))));
        }
        let placement =
            Placement::new(source, input).ok_or(InputError::Aspect { found: source })?;
        let target = placement.content;
        let max = (side_max(target.0), side_max(target.1));
        if width > max.0 || height > max.1 {
            return Err(too_large(max));
        }
        let resizer = match input.resize {
            _ if source == target => Resizer::None,
            Resize::Area => Resizer::Area(Box::new(Area::new(source, target, input.channels))),
            Resize::Linear => Resizer::Linear(Linear::new(source, target, input.channels)),
            how => Resizer::Filter(Filter::new(source, target, how, input.channels)),
        };
        let cells = target.0 as usize * target.1 as usize * input.channels.count();
        let is_input = placement.is_input(input);
        self.content = vec![0.0; if is_input { 0 } else { cells }];
        self.reader
            .prepare_for(&placement, (input.width, input.height));
        self.prepared = Some(Prepared { placement, resizer });
        Ok(())
    }

    /// Runs on a grey image, so that the first part does not pay for ONNX Runtime's preparations.
    ///
    /// # Errors
    /// When the model fails, or answers a grey image with something that is no score.
    pub fn warm_up(&mut self) -> Result<(), RunError> {
        if self.prepared.is_none() {
            let (width, height) = (self.manifest.input.width, self.manifest.input.height);
            self.prepare_for(width, height)
                .map_err(|error| RunError::Run {
                    message: error.to_string(),
                })?;
        }
        self.content.fill(0.5);
        self.bound.input_mut().fill(0.5);
        self.is_loaded = true;
        self.run().map(|_| ())
    }

    /// Resizes and normalises an image, as the manifest says.
    ///
    /// # Errors
    /// When the image's channels, size or length do not fit; there is then nothing to run.
    pub fn preprocess(&mut self, image: &ImageView) -> Result<(), InputError> {
        self.is_loaded = false;
        let expected = self.manifest.input.channels;
        if image.channels != expected {
            return Err(InputError::Channels {
                expected,
                found: image.channels,
            });
        }
        let bytes = image.width as usize * image.height as usize * expected.count();
        check_length(image.pixels, bytes)?;
        self.prepare_for(image.width, image.height)?;
        let Some(Prepared { placement, resizer }) = &mut self.prepared else {
            return Ok(());
        };
        let input = &self.manifest.input;
        let planes = if placement.is_input(input) {
            self.bound.input_mut()
        } else {
            &mut self.content[..]
        };
        match resizer {
            Resizer::None => area::normalise(image.pixels, input, planes),
            Resizer::Area(area) => area.resize(image.pixels, input, planes),
            Resizer::Linear(linear) => linear.resize(image.pixels, input, planes),
            Resizer::Filter(filter) => filter.resize(image.pixels, input, planes),
        }
        self.is_loaded = true;
        Ok(())
    }

    /// Normalises pixels that already have the input's width, height and channels, rows packed.
    ///
    /// # Errors
    /// When they are not as many as that.
    pub fn load_resized(&mut self, pixels: &[u8]) -> Result<(), InputError> {
        let Input {
            width,
            height,
            channels,
            ..
        } = self.manifest.input;
        self.preprocess(&ImageView {
            pixels,
            width,
            height,
            channels,
        })
    }

    /// The input as the model saw it last: channels × height × width, normalised. For tests,
    /// acceptance and teaching.
    pub fn input(&self) -> &[f32] {
        self.bound.input()
    }

    /// The resized image, to be corrected (lens, flat field) between [`preprocess`](Self::preprocess) and
    /// [`run`](Self::run): channels × height × width of [`resized_size`](Self::resized_size), normalised. Empty
    /// when no image is loaded.
    pub fn loaded_mut(&mut self) -> &mut [f32] {
        match &self.prepared {
            Some(prepared)
                if self.is_loaded && prepared.placement.is_input(&self.manifest.input) =>
            {
                self.bound.input_mut()
            }
            Some(_) if self.is_loaded => &mut self.content,
            _ => &mut [],
        }
    }

    /// Scores the image that was loaded last. An image is scored once: a second call without a new
    /// image is an error, so that no part gets the score of another.
    ///
    /// # Errors
    /// When nothing is loaded, the model fails, or a value is not a number from 0 to 1.
    pub fn run(&mut self) -> Result<Answer<'_>, RunError> {
        let is_loaded = std::mem::take(&mut self.is_loaded);
        let Some(Prepared { placement, .. }) = self.prepared.as_ref().filter(|_| is_loaded) else {
            return Err(RunError::NoInput);
        };
        let input = &self.manifest.input;
        if !placement.is_input(input) {
            placement.place(&self.content, input, self.bound.input_mut());
        }
        self.bound.run().map_err(|error| RunError::Run {
            message: error.message().to_owned(),
        })?;
        let answer = self.reader.read(&self.manifest, placement, &mut self.bound);
        answer.map_err(|message| RunError::Output { message })
    }

    /// Runs the graph on the input as it lies there, and reads nothing of what it gives: the yardstick that
    /// everything around it is held against. An image that was loaded is used up.
    ///
    /// # Errors
    /// When the model fails.
    pub fn run_raw(&mut self) -> Result<(), RunError> {
        self.is_loaded = false;
        self.bound.run().map_err(|error| RunError::Run {
            message: error.message().to_owned(),
        })
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (model, map) = (&self.manifest.name, self.map_size());
        f.debug_struct("Session")
            .field("model", model)
            .field("map", &map)
            .finish_non_exhaustive()
    }
}

fn check_length(pixels: &[u8], expected: usize) -> Result<(), InputError> {
    let found = pixels.len();
    if found == expected {
        Ok(())
    } else {
        Err(InputError::Length { expected, found })
    }
}

fn builder(runtime: &Runtime, options: &SessionOptions) -> Result<SessionBuilder, ort::Error> {
    let builder = OrtSession::builder(&runtime.environment)?
        .with_intra_threads(options.threads.max(1))?
        .with_inter_threads(1)?
        .with_intra_op_spinning(options.is_spinning)?
        .with_inter_op_spinning(false)?
        .with_config_entry(assignment::RECORD, "1")?
        // Errors come back as values.
        .with_log_level(ort::logging::LogLevel::Fatal)?;
    providers::register(builder, &runtime.behind, options)
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunError {
    /// No image was loaded since the last run.
    NoInput,
    /// The model could not be run.
    Run {
        /// ONNX Runtime's own words.
        message: String,
    },
    /// It ran, and its answer is none.
    Output {
        /// What was found, and where.
        message: String,
    },
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::NoInput => write!(f, "run the model: no image was loaded since the last run"),
            RunError::Run { message } => write!(f, "run the model: {message}"),
            RunError::Output { message } => write!(f, "read the model's answer: {message}"),
        }
    }
}

impl std::error::Error for RunError {}
