//! Tests of the station as a whole.

mod document;
mod log;
mod tidy;
