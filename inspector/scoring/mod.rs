//! Adapters of `ports::scorer`: models and calibration behind one face.

mod findings;
pub mod onnx;
