//! A station that looks at every part and rejects what it cannot vouch for.

pub mod clock;
pub mod pipeline;
pub mod ports;
pub mod station;
