//! Devices that say who parts are by text: code scanners and RFID readers on a serial port or a TCP connection, and those
//! that type like a keyboard, foot switches among them. One loop (`device.rs`) around a port (where bytes come from) and
//! a decoder (what they say).

mod device;
mod framing;
mod hearing;
pub mod keyboard;
pub mod port;
mod reading;
pub mod scanner;
mod serial;
mod socket;

pub use device::{Decode, Said, TextDevice};
