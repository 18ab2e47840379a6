//! What the station needs from the world, as traits.

pub mod camera;
pub mod code;
pub mod feature;
pub mod identity;
pub mod journal;
pub mod line;
pub mod log;
pub mod scorer;
pub mod signal;
