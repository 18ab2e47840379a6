//! Cameras: one adapter each, all behind `ports::camera`.

pub mod absent;
pub mod folder;
pub mod genicam;
pub mod presence;
pub mod sim;
pub mod v4l2;
