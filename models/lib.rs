//! Pixels to scores: bundles, sessions, preprocessing.
//!
//! What belongs here: reading a bundle (`model.toml` + `model.onnx`), loading ONNX Runtime, resizing
//! and normalising pixels into the model's input, running it, and checking its answer: scores, findings, maybe a
//! map of scores.
//!
//! Deliberately absent: parts, cameras, recipes, thresholds and clocks. The threshold belongs to the
//! recipe; what a score means for a part is decided in `inspector`. `ort` is named nowhere else.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = models::runtime::init(None)?;
//! let bundle = models::Bundle::load("bundles/plates".as_ref())?;
//! let mut session = models::Session::new(runtime, &bundle, &models::SessionOptions::default())?;
//! session.prepare_for(1280, 960)?;
//! session.warm_up()?;
//! let pixels = vec![0; 1280 * 960 * 3];
//! session.preprocess(&models::ImageView {
//!     pixels: &pixels,
//!     width: 1280,
//!     height: 960,
//!     channels: models::Channels::Rgb,
//! })?;
//! println!("score: {}", session.run()?.score);
//! # Ok(())
//! # }
//! ```

mod accept;
pub mod answer;
pub mod bundle;
pub mod image;
pub mod import;
mod onnx;
mod prepare;
pub mod quantise;
pub mod runtime;
mod session;
pub mod teach;

pub use accept::{acceptance, operating, quality, shares, tuned};
pub use answer::score_map::{Peak, ScoreMap};
pub use answer::{Answer, Detection, RunError};
pub use bundle::expected::{self, Expected};
pub use bundle::manifest::{
    self, Activation, BoxLayout, Fit, Manifest, OutputKind, Place, PlaceError, Resize, Task,
};
pub use bundle::references::{self, Reference};
pub use bundle::{Bundle, BundleError};
pub use image::{Channels, ImageView, InputError};
pub use prepare::cut::Cut;
pub use runtime::cores;
pub use runtime::{Assignment, Device, Precision, Provider, SessionOptions};
pub use session::{Answers, LoadError, Mismatch, Session};
pub use teach::{Backbone, Taught, TeachError, TeachOptions, teach};
