//! What people and machines ask of a running station: recipes, models, teaching, state. Services only: `cli` and
//! `http` call them and tell what they said.

pub mod accounts;
pub mod clock_watch;
pub mod handle;
pub mod loaded;
mod noting;
pub mod outsiders;
mod pace;
pub mod parts;
mod private;
pub mod recipes;
pub mod review;
pub mod shift_ends;
pub mod signing_watch;
pub mod stamping;
pub mod teaching;
pub mod tls;
pub mod witnessing;
