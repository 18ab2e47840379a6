//! Signal devices: what the exchange around every one of them does, and the Modbus client against a real server.

#![allow(clippy::print_stderr, reason = "what was skipped is told")]

mod exchange;
mod modbus;
mod rig;
mod text;
