//! A model as files: the folder with `model.toml`, `model.onnx` and reference images, read, checked and written.
//! Nothing here runs a model.

mod error;
pub mod expected;
mod file;
mod folder;
pub mod manifest;
pub mod references;
pub(crate) mod tables;

pub use error::BundleError;
pub use file::hex;
pub(crate) use file::{read, write};
pub use folder::{Bundle, MANIFEST_BYTES_MAX, MODEL_BYTES_MAX};
