//! Devices of the production line.

pub mod client;
pub mod exchange;
pub mod gpio;
pub mod http;
pub mod kinds;
pub mod listeners;
pub mod modbus;
pub mod none;
mod presence;
pub mod queued;
pub mod s7;
pub mod sim;
pub mod slmp;
pub mod text;
pub mod wiring;
