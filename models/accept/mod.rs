//! Whether a model may be used on this machine, and how: the same answers as where it was made, the fastest way of
//! running it, and how well its scores tell good from bad.

pub mod acceptance;
pub mod operating;
pub mod quality;
pub mod shares;
pub mod tuned;
