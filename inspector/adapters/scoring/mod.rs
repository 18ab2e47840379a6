//! Adapters of `ports::scorer`: models and calibration behind one face.

pub mod align;
pub mod corrected;
mod findings;
pub mod onnx;
pub mod place;
