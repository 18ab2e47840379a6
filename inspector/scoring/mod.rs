//! Adapters of `ports::scorer`: models and calibration behind one face.

pub mod onnx;
