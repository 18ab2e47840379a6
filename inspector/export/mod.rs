//! The log in other people's formats.

pub mod csv;
mod text;
