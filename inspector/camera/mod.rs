//! Cameras: one folder an adapter, all behind `ports::camera`.

pub mod v4l2;
