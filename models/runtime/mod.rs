//! ONNX Runtime: the library, what is behind its providers, and how a session is told to run.

pub(crate) mod assignment;
mod behind;
pub(crate) mod builder;
pub mod cores;
mod elf;
mod error;
mod library;
mod nvidia;
mod openvino;
pub(crate) mod options;
pub(crate) mod threads;
mod version;

pub use assignment::Assignment;
pub use error::RuntimeError;
pub use library::{Runtime, init};
pub use options::{Device, Precision, Provider, SessionOptions};
pub use version::{MINOR_VERSION_MIN, PINNED_GPU_BUILD, PINNED_OPENVINO_BUILD, PINNED_VERSION};
