//! The one adapter under test.

#[path = "../../inspector/adapters/camera/v4l2/mod.rs"]
pub mod v4l2;
