//! A bundle made ready to run: checked against its graph, with input and output memory of its own
//! that every run reuses. One session is for one thread; make one per thread that scores.
//!
//! No Rust allocation happens in `preprocess`, `load_resized` and `run` once the source size is
//! known. ONNX Runtime itself makes some small C++ allocations a run; tensors come from its arena.

use crate::area::{self, Area, FACTOR_MAX};
use crate::bundle::Bundle;
use crate::graph::{self, LoadError};
use crate::image::{ImageView, InputError, SOURCE_SIDE_MAX};
use crate::manifest::{Activation, Input, Manifest};
use crate::options::{Provider, SessionOptions};
use crate::runtime::Runtime;
use crate::score_map::{self, ScoreMap};
use ort::AsPointer as _;
use ort::memory::Allocator;
use ort::session::builder::SessionBuilder;
use ort::session::{IoBinding, Session as OrtSession};
use ort::value::Tensor;
use std::ffi::CString;
use std::fmt;

/// A model ready to run.
pub struct Session {
    // Fields drop in this order: the binding refers to the tensors and to the session.
    binding: IoBinding,
    input: Tensor<f32>,
    output: Tensor<f32>,
    session: OrtSession,
    manifest: Manifest,
    provider: Provider,
    /// Height and width of the map.
    map: (usize, usize),
    area: Option<Area>,
    /// Whether the input holds an image that has not been scored yet.
    is_loaded: bool,
}

impl Session {
    /// Builds the graph, checks it against the manifest and runs it once on zeros to learn the size
    /// of the map.
    ///
    /// # Errors
    /// When the provider is not in the library, the graph cannot be built or run, or it is not what
    /// the manifest says.
    pub fn new(
        runtime: &Runtime,
        bundle: &Bundle,
        options: &SessionOptions,
    ) -> Result<Self, LoadError> {
        let path = bundle.folder().join("model.onnx");
        let wanted = options.provider.name();
        if !runtime.providers().iter().any(|name| name == wanted) {
            let found = runtime.providers().join(", ");
            return Err(LoadError::Provider {
                path,
                wanted,
                found,
            });
        }
        let manifest = bundle.manifest().clone();
        let refused = |error: ort::Error| LoadError::Runtime {
            path: path.clone(),
            message: error.message().to_owned(),
        };
        let mismatched = |mismatch| LoadError::Mismatch {
            path: path.clone(),
            mismatch,
        };

        let mut session = builder(runtime, options)
            .and_then(|mut builder| builder.commit_from_memory(bundle.model()))
            .map_err(refused)?;
        graph::check(session.inputs(), session.outputs(), &manifest).map_err(mismatched)?;
        let input = input_tensor(&manifest.input).map_err(refused)?;
        let shape = map_shape(&mut session, &input, &manifest).map_err(refused)?;
        let map = graph::check_map(&shape, &manifest.output).map_err(mismatched)?;
        let output = Tensor::new(&Allocator::default(), shape).map_err(refused)?;
        let binding = bind(&session, &manifest, &input, &output).map_err(refused)?;
        let provider = options.provider;
        let (area, is_loaded) = (None, false);
        Ok(Self {
            binding,
            input,
            output,
            session,
            manifest,
            provider,
            map,
            area,
            is_loaded,
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

    /// Width and height of the score map, in cells.
    pub fn map_size(&self) -> (u32, u32) {
        (self.map.1 as u32, self.map.0 as u32)
    }

    /// Makes the tables for images of one size now, so that the first image costs no allocation.
    ///
    /// # Errors
    /// When the size cannot be resized to the model's input.
    pub fn prepare_for(&mut self, width: u32, height: u32) -> Result<(), InputError> {
        let input = &self.manifest.input;
        let side_max = |side: u32| SOURCE_SIDE_MAX.min(side.saturating_mul(FACTOR_MAX));
        let max = (side_max(input.width), side_max(input.height));
        if !(1..=max.0).contains(&width) || !(1..=max.1).contains(&height) {
            let found = (width, height);
            return Err(InputError::Size { found, max });
        }
        if self.area.as_ref().map(Area::source) != Some((width, height)) {
            self.area = Some(Area::new((width, height), input));
        }
        Ok(())
    }

    /// Runs on a grey image, so that the first part does not pay for ONNX Runtime's preparations.
    ///
    /// # Errors
    /// When the model fails, or answers a grey image with something that is no score.
    pub fn warm_up(&mut self) -> Result<(), RunError> {
        self.input.extract_tensor_mut().1.fill(0.5);
        self.is_loaded = true;
        self.run().map(|_| ())
    }

    /// Resizes by area and normalises an image into the input.
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
        let input = &self.manifest.input;
        if (image.width, image.height) == (input.width, input.height) {
            return self.load_resized(image.pixels);
        }
        self.prepare_for(image.width, image.height)?;
        if let Some(area) = &mut self.area {
            let planes = self.input.extract_tensor_mut().1;
            area.resize(image.pixels, &self.manifest.input, planes);
            self.is_loaded = true;
        }
        Ok(())
    }

    /// Normalises pixels that already have the input's width, height and channels, rows packed.
    ///
    /// # Errors
    /// When they are not as many as that.
    pub fn load_resized(&mut self, pixels: &[u8]) -> Result<(), InputError> {
        self.is_loaded = false;
        let input = &self.manifest.input;
        let bytes = input.width as usize * input.height as usize * input.channels.count();
        check_length(pixels, bytes)?;
        area::normalise(pixels, input, self.input.extract_tensor_mut().1);
        self.is_loaded = true;
        Ok(())
    }

    /// The input as the model will see it: channels × height × width, normalised. For tests,
    /// acceptance and teaching.
    pub fn input(&self) -> &[f32] {
        self.input.extract_tensor().1
    }

    /// The input, to be corrected (lens, flat field) between [`preprocess`](Self::preprocess) and
    /// [`run`](Self::run): channels × height × width, normalised. Empty when no image is loaded.
    pub fn loaded_mut(&mut self) -> &mut [f32] {
        if self.is_loaded {
            self.input.extract_tensor_mut().1
        } else {
            &mut []
        }
    }

    /// Scores the image that was loaded last. An image is scored once: a second call without a new
    /// image is an error, so that no part gets the score of another.
    ///
    /// # Errors
    /// When nothing is loaded, the model fails, or a value is not a number from 0 to 1.
    pub fn run(&mut self) -> Result<ScoreMap<'_>, RunError> {
        if !std::mem::take(&mut self.is_loaded) {
            return Err(RunError::NoInput);
        }
        // Whatever the run leaves unwritten is then no score, instead of the last part's.
        self.output.extract_tensor_mut().1.fill(f32::NAN);
        self.run_graph().map_err(|error| RunError::Run {
            message: error.message().to_owned(),
        })?;
        let values = self.output.extract_tensor_mut().1;
        if self.manifest.output.activation == Activation::Sigmoid {
            score_map::sigmoid(values);
        }
        if let Some(message) = score_map::problem(values) {
            return Err(RunError::Output { message });
        }
        let classes = self.manifest.output.classes.len();
        Ok(ScoreMap {
            classes,
            width: self.map.1,
            height: self.map.0,
            values,
        })
    }

    /// `ort`'s own call collects the outputs into new memory each time; this one leaves them where
    /// they were bound.
    fn run_graph(&mut self) -> Result<(), ort::Error> {
        let session = self.session.ptr().cast_mut();
        // SAFETY: session, binding and the tensors bound to it are alive and borrowed by nobody
        // else, null stands for the default run options, and the call returns after the run.
        let status =
            unsafe { (ort::api().RunWithBinding)(session, std::ptr::null(), self.binding.ptr()) };
        // SAFETY: the status comes from the call above and is not used again.
        unsafe { ort::Error::result_from_status(status) }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (model, map) = (&self.manifest.name, self.map);
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
        // Errors come back as values.
        .with_log_level(ort::logging::LogLevel::Fatal)?;
    match options.provider {
        // Always there, and the only one when no other is registered.
        Provider::Cpu => Ok(builder),
    }
}

fn input_tensor(input: &Input) -> Result<Tensor<f32>, ort::Error> {
    let channels = input.channels.count();
    let shape = [1, channels, input.height as usize, input.width as usize];
    let mut tensor = Tensor::new(&Allocator::default(), shape)?;
    tensor.extract_tensor_mut().1.fill(0.0);
    Ok(tensor)
}

/// Runs once and gives the shape of the output, which a graph with free sides does not tell before.
fn map_shape(
    session: &mut OrtSession,
    input: &Tensor<f32>,
    manifest: &Manifest,
) -> Result<Vec<i64>, ort::Error> {
    let outputs = session.run(ort::inputs![manifest.input.name.as_str() => input])?;
    let output = outputs
        .get(&manifest.output.name)
        .ok_or_else(|| ort::Error::new(format!("no output \"{}\"", manifest.output.name)))?;
    Ok(output.try_extract_tensor::<f32>()?.0.to_vec())
}

/// Binds both tensors for good. `IoBinding`'s own methods would copy the input at each binding.
fn bind(
    session: &OrtSession,
    manifest: &Manifest,
    input: &Tensor<f32>,
    output: &Tensor<f32>,
) -> Result<IoBinding, ort::Error> {
    let binding = session.create_binding()?;
    let at = binding.ptr().cast_mut();
    let name = CString::new(manifest.input.name.as_str())?;
    // SAFETY: all three pointers are to live objects; the binding shares ownership of the value and
    // copies the name.
    let status = unsafe { (ort::api().BindInput)(at, name.as_ptr(), input.ptr()) };
    // SAFETY: the status comes from the call above and is not used again.
    unsafe { ort::Error::result_from_status(status) }?;
    let name = CString::new(manifest.output.name.as_str())?;
    // SAFETY: as for the input.
    let status = unsafe { (ort::api().BindOutput)(at, name.as_ptr(), output.ptr()) };
    // SAFETY: as above.
    unsafe { ort::Error::result_from_status(status) }?;
    Ok(binding)
}

/// Why there is no score map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunError {
    /// No image was loaded since the last run.
    NoInput,
    /// The model could not be run.
    Run {
        /// ONNX Runtime's own words.
        message: String,
    },
    /// It ran, and its answer is no score map.
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
