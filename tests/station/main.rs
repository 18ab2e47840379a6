//! Tests of the station as a whole.

mod calibrate;
mod document;
mod folder;
mod log;
mod tidy;
mod verify;
