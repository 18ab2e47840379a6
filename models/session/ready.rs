//! A bundle made ready to run: checked against its graph, with input and output memory of its own
//! that every run reuses. One session is for one thread; make one per thread that scores.
//!
//! No Rust allocation happens in `preprocess`, `load_resized` and `run` once the source size is known. ONNX Runtime
//! itself makes some small C++ allocations a run; tensors come from its arena.

use super::answers::Answers;
use super::batch;
use super::binding::{Bound, Memory};
use super::graph::{self, LoadError};
use super::looking::Looking;
use super::reading::Reader;
use crate::answer::{Answer, RunError};
use crate::bundle::Bundle;
use crate::bundle::manifest::Manifest;
use crate::image::{ImageView, InputError, SOURCE_SIDE_MAX};
use crate::prepare::placement::Placement;
use crate::prepare::pool::ThreadPool;
use crate::prepare::resize::{FACTOR_MAX, Resizer};
use crate::runtime::Runtime;
use crate::runtime::assignment::{self, Assignment};
use crate::runtime::builder;
use crate::runtime::threads::WorkerThreads;
use crate::runtime::{Provider, SessionOptions};
use std::fmt;

/// A model ready to run.
pub struct Session {
    bound: Bound,
    manifest: Manifest,
    provider: Provider,
    workers: WorkerThreads,
    assignment: Assignment,
    pub(super) reader: Reader,
    pub(super) looking: Looking,
    prepared: Option<Prepared>,
    pool: ThreadPool,
    /// The resized images, where they are not the input itself.
    content: Vec<f32>,
    /// How many images wait to be scored; no more than a run takes.
    pub(super) loaded: usize,
}

/// What is ready for images of one size.
struct Prepared {
    placement: Placement,
    resizer: Resizer,
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
        Self::of_images(runtime, bundle, options, 1)
    }

    /// The same for so many images a run. The graph is changed to take them, and shown to answer as for one.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when the graph cannot be changed so.
    pub fn of_images(
        runtime: &Runtime,
        bundle: &Bundle,
        options: &SessionOptions,
        images: usize,
    ) -> Result<Self, LoadError> {
        if !options.schedules_workers() {
            return Self::made(runtime, bundle, options, images);
        }
        let (workers, made) = WorkerThreads::started_by(options.provider, || {
            Self::made(runtime, bundle, options, images)
        });
        made.map(|session| Self { workers, ..session })
    }

    fn made(
        runtime: &Runtime,
        bundle: &Bundle,
        options: &SessionOptions,
        images: usize,
    ) -> Result<Self, LoadError> {
        let path = bundle.folder().join("model.onnx");
        runtime.check(options).map_err(|message| {
            let path = path.clone();
            LoadError::Provider { path, message }
        })?;
        let manifest = bundle.manifest().clone();
        let unbuilt = |message| LoadError::Runtime {
            path: path.clone(),
            message,
        };
        let refused = |error: ort::Error| unbuilt(error.message().to_owned());
        let mismatched = |mismatch| LoadError::Mismatch {
            path: path.clone(),
            mismatch,
        };

        let model = batch::of_bundle(bundle, images, runtime).map_err(unbuilt)?;
        let session = builder::builder(runtime, options)
            .and_then(|mut builder| builder.commit_from_memory(&model))
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
        graph::check(session.inputs(), session.outputs(), &manifest, images).map_err(mismatched)?;
        let names = graph::outputs_read(&manifest.output);
        let memory = match options.provider {
            Provider::Cuda | Provider::TensorRt => Memory::Pinned,
            Provider::Cpu | Provider::OpenVino(_) => Memory::Plain,
        };
        let bound =
            Bound::new(session, &manifest.input, &names, images, memory).map_err(refused)?;
        let reader = Reader::new(&manifest, bound.shapes()).map_err(mismatched)?;
        Ok(Self {
            bound,
            manifest,
            provider: options.provider,
            workers: WorkerThreads::default(),
            assignment,
            reader,
            looking: Looking::default(),
            prepared: None,
            pool: ThreadPool::new(options.threads_to_prepare()),
            content: Vec::new(),
            loaded: 0,
        })
    }

    /// What the bundle says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What computes, as the options said: there is no fall-back.
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
        let prepared = self.prepared.as_ref();
        prepared.map_or(whole, |prepared| prepared.placement.content)
    }

    /// Width and height of the images that it is ready for; of the input, where it is not yet.
    pub fn seen_size(&self) -> (u32, u32) {
        let input = &self.manifest.input;
        let prepared = self.prepared.as_ref();
        prepared.map_or((input.width, input.height), |prepared| {
            prepared.placement.source
        })
    }

    /// Makes the tables for images of one size now, so that the first image costs no allocation.
    ///
    /// # Errors
    /// When the size cannot be resized to the model's input.
    pub fn prepare_for(&mut self, width: u32, height: u32) -> Result<(), InputError> {
        let source = (width, height);
        let prepared = self.prepared.as_ref();
        if prepared.is_some_and(|prepared| prepared.placement.source == source) {
            return Ok(());
        }
        let input = &self.manifest.input;
        let side_max = |side: u32| SOURCE_SIDE_MAX.min(side.saturating_mul(FACTOR_MAX));
        let too_large = |max| InputError::Size { found: source, max };
        let is_side = |side: u32| (1..=SOURCE_SIDE_MAX).contains(&side);
        if !is_side(width) || !is_side(height) {
            return Err(too_large((side_max(input.width), side_max(input.height))));
        }
        let placement =
            Placement::new(source, input).ok_or(InputError::Aspect { found: source })?;
        let target = placement.content;
        let max = (side_max(target.0), side_max(target.1));
        if width > max.0 || height > max.1 {
            return Err(too_large(max));
        }
        let resizer = Resizer::new(source, target, input);
        let cells = target.0 as usize * target.1 as usize * input.channels.count();
        let is_input = placement.is_input(input);
        let images = self.bound.images();
        self.content = vec![0.0; if is_input { 0 } else { cells * images }];
        self.loaded = 0;
        for image in 0..images {
            placement.pad(input, self.bound.input_mut(image));
        }
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
        self.loaded = self.bound.images();
        if self.content.is_empty() {
            for image in 0..self.loaded {
                self.bound.input_mut(image).fill(0.5);
            }
        }
        self.run_all().map(|_| ())
    }

    /// Resizes and normalises what the model sees of an image.
    pub(super) fn preprocess_seen(&mut self, image: &ImageView) -> Result<(), InputError> {
        let next = std::mem::take(&mut self.loaded) % self.bound.images();
        let expected = self.manifest.input.channels;
        if image.channels != expected {
            return Err(InputError::Channels {
                expected,
                found: image.channels,
            });
        }
        let expected = image.width as usize * image.height as usize * expected.count();
        let found = image.pixels.len();
        if found != expected {
            return Err(InputError::Length { expected, found });
        }
        self.prepare_for(image.width, image.height)?;
        let Some(Prepared { placement, resizer }) = &mut self.prepared else {
            return Ok(());
        };
        let input = &self.manifest.input;
        let planes = if placement.is_input(input) {
            self.bound.input_mut(next)
        } else {
            let length = self.content.len() / self.bound.images();
            &mut self.content[next * length..][..length]
        };
        self.workers.follow_caller();
        resizer.resize(image.pixels, input, planes, &mut self.pool);
        self.loaded = next + 1;
        Ok(())
    }

    /// Normalises pixels that already have the input's width, height and channels, rows packed.
    ///
    /// # Errors
    /// When they are not as many as that.
    pub fn load_resized(&mut self, pixels: &[u8]) -> Result<(), InputError> {
        let input = &self.manifest.input;
        let (width, height, channels) = (input.width, input.height, input.channels);
        self.preprocess_seen(&ImageView {
            pixels,
            width,
            height,
            channels,
        })
    }

    /// How many images each run takes.
    pub fn images(&self) -> usize {
        self.bound.images()
    }

    /// The input as the model saw it last, of the first image: channels × height × width, normalised. For tests,
    /// acceptance and teaching.
    pub fn input(&self) -> &[f32] {
        self.bound.input()
    }

    /// The image that was loaded last, to be corrected (lens, flat field) between [`preprocess`](Self::preprocess)
    /// and [`run`](Self::run): channels × height × width of [`resized_size`](Self::resized_size), normalised. Empty
    /// when no image is loaded.
    pub fn loaded_mut(&mut self) -> &mut [f32] {
        match (self.loaded.checked_sub(1), self.content.len()) {
            (None, _) => &mut [],
            (Some(last), 0) => self.bound.input_mut(last),
            (Some(last), all) => {
                let length = all / self.bound.images();
                &mut self.content[last * length..][..length]
            }
        }
    }

    /// Scores the image that was loaded last. An image is scored once: a second call without a new
    /// image is an error, so that no part gets the score of another.
    ///
    /// # Errors
    /// When nothing is loaded, the model fails, or a value is not a number from 0 to 1.
    pub fn run(&mut self) -> Result<Answer<'_>, RunError> {
        self.compute()?;
        self.answer(0)
    }

    /// Scores all images that a run takes, in one go.
    ///
    /// # Errors
    /// When not that many are loaded, or the model fails.
    pub fn run_all(&mut self) -> Result<Answers<'_>, RunError> {
        self.compute()?;
        Ok(Answers::of(self))
    }

    fn compute(&mut self) -> Result<(), RunError> {
        let (loaded, images) = (std::mem::take(&mut self.loaded), self.bound.images());
        let prepared = self.prepared.as_ref().filter(|_| loaded == images);
        let Some(Prepared { placement, .. }) = prepared else {
            return Err(RunError::NoInput);
        };
        if !self.content.is_empty() {
            let contents = self.content.chunks_exact(self.content.len() / images);
            for (image, content) in contents.enumerate() {
                let planes = self.bound.input_mut(image);
                placement.place(content, &self.manifest.input, planes);
            }
        }
        self.run_bound()
    }

    /// Reading works where the graph wrote: it can be done once.
    pub(super) fn answer(&mut self, image: usize) -> Result<Answer<'_>, RunError> {
        let Some(Prepared { placement, .. }) = &self.prepared else {
            return Err(RunError::NoInput);
        };
        let bound = (&mut self.bound, image);
        let ignored = &self.looking.ignored;
        let answer = (self.reader).read(&self.manifest, (placement, ignored), bound);
        answer.map_err(|message| RunError::Output { message })
    }

    /// Runs the graph on the input as it lies there, and reads nothing of what it gives: the yardstick that
    /// everything around it is held against. An image that was loaded is used up.
    ///
    /// # Errors
    /// When the model fails.
    pub fn run_raw(&mut self) -> Result<(), RunError> {
        self.loaded = 0;
        self.run_bound()
    }

    fn run_bound(&mut self) -> Result<(), RunError> {
        self.workers.follow_caller();
        self.bound.run().map_err(|error| RunError::Run {
            message: error.message().to_owned(),
        })
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("model", &self.manifest.name)
            .field("map", &self.map_size())
            .finish_non_exhaustive()
    }
}
