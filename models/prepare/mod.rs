//! Pixels of a camera made the pixels that a model takes: where the image lies in the input, and how it is resized.

pub mod cut;
pub(crate) mod placement;
pub(crate) mod pool;
pub(crate) mod resize;
