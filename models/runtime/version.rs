//! Which builds of ONNX Runtime are fetched, and which are taken.

/// The version that `make onnxruntime` fetches and the tests run with.
pub const PINNED_VERSION: &str = "1.32.0";
/// The version of Intel's build that `make ORT=openvino onnxruntime` fetches.
pub const PINNED_OPENVINO_BUILD: &str = "1.24.1";
/// The version of Microsoft's build for CUDA that `make ORT=gpu onnxruntime` fetches.
pub const PINNED_GPU_BUILD: &str = "1.31.1";
/// The lowest minor version of ONNX Runtime 1.x that can be loaded.
pub const MINOR_VERSION_MIN: u32 = ort::MINOR_VERSION;

/// What the library is called on Linux.
pub(super) const FILE_NAME: &str = "libonnxruntime.so";
