//! Models that come while the station runs: loaded, warmed and matched with their camera.

use super::sessions::{self, Chosen};
use crate::adapters::scoring::align::PartAligner;
use crate::adapters::scoring::corrected::seen;
use crate::adapters::scoring::onnx::OnnxScorer;
use crate::adapters::scoring::place;
use crate::clock::Clock;
use crate::control::loaded::Loaded;
use crate::control::teaching::asked::Tools;
use crate::error::{Error, ErrorKind, Sorted};
use crate::ports::scorer::Scorer;
use crate::settings::StationSettings;
use crate::settings::station::InspectSettings;
use crate::station::frame::FrameShape;
use crate::station::name;
use crate::station::place::ViewPlace;
use calibration::{Configuration, Size};
use models::runtime::Runtime;
use models::{Bundle, Place, Provider, SessionOptions};
use std::path::PathBuf;
use std::sync::Arc;

/// What it takes to run another model behind a camera of this station.
pub struct ModelLoader {
    runtime: &'static Runtime,
    configurations: Vec<Option<Configuration>>,
    shapes: Vec<FrameShape>,
    inspect: InspectSettings,
    models: PathBuf,
    clock: Arc<dyn Clock>,
}

impl ModelLoader {
    /// Of the running station.
    pub fn new(
        settings: &StationSettings,
        loaded: &Loaded,
        shapes: Vec<FrameShape>,
        runtime: &'static Runtime,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        let configurations = loaded.configurations.iter();
        Arc::new(Self {
            runtime,
            configurations: configurations
                .map(|found| {
                    found
                        .as_ref()
                        .map(|(configuration, _)| configuration.clone())
                })
                .collect(),
            shapes,
            inspect: settings.inspect.clone(),
            models: settings.models.clone(),
            clock,
        })
    }

    /// A bundle of the station, by name.
    pub fn bundle(&self, name: &str) -> Result<Bundle, Error> {
        name::file_name(name).map_err(|error| {
            Error::new(
                ErrorKind::Settings,
                format!("the model's name {name:?} {error}"),
            )
        })?;
        Ok(Bundle::load(&self.models.join(name))?)
    }

    /// How a bundle runs, as at the start of the station: accepted, and as it was set or tuned.
    pub fn choose(&self, bundle: &Bundle) -> Result<Chosen, Error> {
        sessions::choose(&self.inspect, self.runtime, bundle)
    }

    /// A bundle behind a camera that looks at a place, loaded and warm.
    pub fn scorer_of(
        &self,
        bundle: &Bundle,
        options: &SessionOptions,
        (camera, place): (u8, &ViewPlace),
    ) -> Result<OnnxScorer, Error> {
        let (shape, configuration) = self.of_camera(camera)?;
        Ok(OnnxScorer::new(
            self.runtime,
            bundle,
            options,
            shape,
            (configuration, Some(place)),
            Arc::clone(&self.clock),
        )?)
    }

    fn of_camera(&self, camera: u8) -> Result<(FrameShape, Option<&Configuration>), Error> {
        let index = usize::from(camera);
        match (self.shapes.get(index), self.configurations.get(index)) {
            (Some(shape), Some(configuration)) => Ok((*shape, configuration.as_ref())),
            _ => Err(Error::new(
                ErrorKind::Settings,
                format!("there is no camera number {camera}"),
            )),
        }
    }
}

impl Tools for ModelLoader {
    fn runtime(&self) -> &Runtime {
        self.runtime
    }

    fn place(&self, camera: u8, view: &ViewPlace) -> Result<Place, Error> {
        let (shape, configuration) = self.of_camera(camera)?;
        let frame = Size::new(shape.width, shape.height);
        Ok(place::resolved(view, frame, configuration)?)
    }

    fn aligner(&self, camera: u8, place: &Place) -> Result<Option<PartAligner>, Error> {
        let (shape, _) = self.of_camera(camera)?;
        let Some(align) = &place.align else {
            return Ok(None);
        };
        let region = place.seen((shape.width, shape.height));
        let aligner = PartAligner::new(align, &self.models, shape, region);
        aligner
            .map(Some)
            .map_err(|error| Error::new(error.kind(), error))
    }

    fn seen(
        &self,
        camera: u8,
        pixels: Vec<u8>,
        place: &Place,
    ) -> Result<(Vec<u8>, FrameShape), Error> {
        let (shape, configuration) = self.of_camera(camera)?;
        Ok(seen(configuration, shape, pixels, place)?)
    }

    fn threads(&self) -> usize {
        self.inspect.options(None).threads
    }

    fn gains_in_8_bits(&self) -> bool {
        self.inspect
            .provider
            .is_none_or(|(provider, _)| provider == Provider::Cpu)
    }

    fn scorer(
        &self,
        bundle: &Bundle,
        camera: u8,
        place: &ViewPlace,
    ) -> Result<Box<dyn Scorer>, Error> {
        let (options, _) = sessions::options(&self.inspect, self.runtime, bundle)?;
        let scorer = self.scorer_of(bundle, &options, (camera, place))?;
        Ok(Box::new(scorer))
    }
}
