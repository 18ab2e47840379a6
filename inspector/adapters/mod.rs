//! Devices and models behind the ports. Adapters do not know each other.

pub mod camera;
pub mod code;
pub mod identity;
pub mod line;
pub mod scoring;
pub mod web;
