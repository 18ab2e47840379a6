//! ONNX files: the format, and what is asked of a graph without running it.

mod build;
mod format;
mod prune;
mod quantised;

pub(crate) use format::*;
pub(crate) use quantised::is_quantised;
