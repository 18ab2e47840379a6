//! The part of the program that the guest needs, without the rest of it.

#[path = "../../inspector/camera/mod.rs"]
pub mod camera;
#[path = "../../inspector/clock.rs"]
pub mod clock;
#[path = "../../inspector/ports/mod.rs"]
pub mod ports;
#[path = "../../inspector/station/mod.rs"]
pub mod station;
