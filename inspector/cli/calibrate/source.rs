//! Where the images of a calibration come from: files, or the camera.

pub use crate::cli::images::{files, name_of};
use crate::cli::wiring;
use crate::clock::{Clock, SystemClock};
use crate::decode::picture;
use crate::error::{Error, ErrorKind};
use crate::ports::camera::{AcquireError, Camera};
use crate::settings::StationSettings;
use crate::station::frame::{FrameShape, PixelFormat};
use calibration::{Channels, Size};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// A folder, or the camera itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Image files, in the order of their names.
    Folder(PathBuf),
    /// Frames from the camera as it runs.
    Live,
}

impl FromStr for Source {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "live" => Source::Live,
            folder => Source::Folder(PathBuf::from(folder)),
        })
    }
}

/// An image with these channels, or with its own.
pub fn pixels(path: &Path, channels: Option<Channels>) -> Result<(Vec<u8>, Size, Channels), Error> {
    let wrong = |error| Error::new(ErrorKind::Settings, format!("{}: {error}", path.display()));
    let picture = picture::open(path).map_err(wrong)?;
    let size = Size::new(picture.width, picture.height);
    let channels = channels.unwrap_or(match picture.format {
        PixelFormat::Mono8 => Channels::Grey,
        PixelFormat::Rgb8 => Channels::Rgb,
    });
    let format = match channels {
        Channels::Grey => PixelFormat::Mono8,
        Channels::Rgb => PixelFormat::Rgb8,
    };
    Ok((picture.into_pixels(format), size, channels))
}

/// Writes a grey image.
pub fn save(path: &Path, grey: &[u8], size: Size) -> Result<(), Error> {
    image::save_buffer(
        path,
        grey,
        size.width,
        size.height,
        image::ExtendedColorType::L8,
    )
    .map_err(|error| Error::new(ErrorKind::Storage, format!("{}: {error}", path.display())))
}

/// Size and channels of a frame.
pub fn shape_of(shape: FrameShape) -> (Size, Channels) {
    let channels = match shape.pixel_format {
        PixelFormat::Mono8 => Channels::Grey,
        PixelFormat::Rgb8 => Channels::Rgb,
    };
    (Size::new(shape.width, shape.height), channels)
}

/// A frame in one channel, the one that board images are measured in: of colours the green.
pub fn grey(pixels: &[u8], shape: FrameShape) -> (Vec<u8>, Size) {
    let grey = match shape.pixel_format {
        PixelFormat::Mono8 => pixels.to_vec(),
        PixelFormat::Rgb8 => pixels.as_chunks::<3>().0.iter().map(|rgb| rgb[1]).collect(),
    };
    (grey, Size::new(shape.width, shape.height))
}

/// Opens the camera when it is first needed.
pub struct Pictures<'a> {
    settings: Option<&'a StationSettings>,
    camera: &'a str,
    opened: Option<Box<dyn Camera>>,
}

impl<'a> Pictures<'a> {
    /// Of a camera of the station.
    pub fn new(settings: Option<&'a StationSettings>, camera: &'a str) -> Self {
        Self {
            settings,
            camera,
            opened: None,
        }
    }

    /// Channels of the camera's frames, where it is open.
    pub fn channels(&self) -> Option<Channels> {
        self.opened
            .as_ref()
            .map(|camera| shape_of(camera.shape()).1)
    }

    /// Calls `take` with one frame after the other until it says that it has enough.
    pub fn each_live(
        &mut self,
        patience: Duration,
        mut take: impl FnMut(&[u8], FrameShape) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let camera = self.open(&clock)?;
        let shape = camera.shape();
        let mut pixels = vec![0; shape.bytes()];
        let device = |message: String| Error::new(ErrorKind::Device, message);
        let until = clock.now() + patience;
        while clock.now() < until {
            match camera.take(&mut pixels, Duration::from_millis(500)) {
                Ok(_) => {
                    if !take(&pixels, shape)? {
                        return Ok(());
                    }
                }
                Err(AcquireError::Timeout | AcquireError::Incomplete { .. }) => {}
                Err(AcquireError::Ended) => return Ok(()),
                Err(error @ AcquireError::Disconnected { .. }) => {
                    return Err(device(error.to_string()));
                }
            }
        }
        say!("{} s are over", patience.as_secs());
        Ok(())
    }

    fn open(&mut self, clock: &Arc<dyn Clock>) -> Result<&mut Box<dyn Camera>, Error> {
        let wrong = |message: String| Error::new(ErrorKind::Settings, message);
        if self.opened.is_none() {
            let settings = self.settings.ok_or_else(|| {
                wrong("live needs the station settings: give --settings station.toml".to_owned())
            })?;
            let camera = settings
                .cameras
                .iter()
                .find(|camera| camera.name == self.camera);
            let camera = camera.ok_or_else(|| {
                wrong(format!(
                    "there is no camera {:?} in the settings",
                    self.camera
                ))
            })?;
            let line = wiring::sim_line(settings, clock, 0)?;
            let opened = wiring::camera_of(camera, line.as_ref(), clock).map_err(|error| {
                Error::new(
                    ErrorKind::Device,
                    format!("camera {:?}: {error}", self.camera),
                )
            })?;
            self.opened = Some(opened);
        }
        self.opened
            .as_mut()
            .ok_or_else(|| Error::new(ErrorKind::Internal, "the camera was not opened"))
    }
}
