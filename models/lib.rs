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

pub mod acceptance;
pub mod answer;
pub mod assignment;
mod batch;
mod binding;
pub mod bundle;
pub mod cores;
mod crew;
pub mod detections;
mod elf;
pub mod expected;
pub mod graph;
pub mod image;
pub mod import;
pub mod manifest;
mod network;
mod nvidia;
mod onnx;
mod openvino;
pub mod options;
mod placement;
mod providers;
pub mod quality;
pub mod quantise;
mod reading;
pub mod references;
mod resize;
pub mod runtime;
pub mod score_map;
pub mod session;
mod tables;
pub mod teach;
mod team;
pub mod tuned;

pub use answer::{Answer, Detection, RunError};
pub use assignment::Assignment;
pub use bundle::{Bundle, BundleError};
pub use expected::Expected;
pub use graph::{LoadError, Mismatch};
pub use image::{ImageView, InputError};
pub use manifest::{Activation, BoxLayout, Channels, Fit, Manifest, OutputKind, Resize, Task};
pub use options::{Device, Precision, Provider, SessionOptions};
pub use references::Reference;
pub use score_map::{Peak, ScoreMap};
pub use session::{Answers, Session};
pub use teach::{Backbone, Taught, TeachError, TeachOptions, teach};
