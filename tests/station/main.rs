//! Tests of the station as a whole.

mod calibrate;
mod document;
mod events;
mod folder;
mod log;
mod search;
mod teach;
mod tidy;
mod verify;
