//! GigE Vision and USB3 Vision cameras, through GenICam. The library is Aravis, where this build has it (cargo feature
//! `genicam`).

pub mod settings;

#[cfg(feature = "genicam")]
mod camera;
#[cfg(feature = "genicam")]
mod chunks;
#[cfg(feature = "genicam")]
mod counters;
#[cfg(feature = "genicam")]
mod device;
#[cfg(feature = "genicam")]
mod features;
#[cfg(feature = "genicam")]
mod formats;
#[cfg(feature = "genicam")]
mod library;
#[cfg(feature = "genicam")]
mod stream;

use crate::clock::Clock;
use crate::ports::camera::{Camera, OpenError};
pub use settings::GenicamSettings;
use std::sync::Arc;

#[cfg(feature = "genicam")]
pub use camera::GenicamCamera;

/// A camera that was found on the network or on USB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name for this program and others: maker, model and serial number in one.
    pub id: String,
    /// Its address in the network, or its place on USB.
    pub address: String,
    /// MAC address, or GUID on USB.
    pub physical_id: String,
    /// As the maker writes it.
    pub serial: String,
    /// Who made it.
    pub vendor: String,
    /// Which one of the maker's.
    pub model: String,
    /// `GigEVision` or `USB3Vision`.
    pub protocol: String,
}

/// Whether this build knows GenICam cameras.
pub const IS_BUILT: bool = cfg!(feature = "genicam");

/// How to get a build that does.
pub const HOW_TO_BUILD: &str = "this build has no GigE Vision and no USB3 Vision; releases have it, and so has `make \
                                release`, or `cargo build --release --features full`";

/// Finds and sets the camera and starts it.
///
/// # Errors
/// Why it does not stream, or that this build cannot.
pub fn open(
    settings: GenicamSettings,
    clock: Arc<dyn Clock>,
) -> Result<Box<dyn Camera>, OpenError> {
    #[cfg(feature = "genicam")]
    {
        GenicamCamera::open(settings, clock).map(|camera| Box::new(camera) as _)
    }
    #[cfg(not(feature = "genicam"))]
    {
        drop(clock);
        Err(OpenError::Unsupported {
            message: format!("camera {}: {HOW_TO_BUILD}", settings.device),
        })
    }
}

/// Every camera that answers, in a second. Empty where this build knows none.
pub fn list() -> Vec<Found> {
    #[cfg(feature = "genicam")]
    {
        library::list()
    }
    #[cfg(not(feature = "genicam"))]
    {
        Vec::new()
    }
}
