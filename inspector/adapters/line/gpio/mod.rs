//! Lines of this computer's own GPIO chips, by the kernel's character device (uAPI v2): edges with the kernel's times,
//! encoders of two lines, outputs. What is fed through an expander or a USB adapter is the same, where its driver is a GPIO
//! chip.

pub mod address;
pub mod chips;
pub mod client;
mod error;
mod events;
mod quadrature;
mod sequence;

pub use quadrature::Quadrature;
