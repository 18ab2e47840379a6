//! Tests of the station as a whole.

mod document;
mod folder;
mod log;
mod tidy;
