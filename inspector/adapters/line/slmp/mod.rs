//! Mitsubishi PLCs by SLMP (MC protocol), as client: binary 3E and 4E frames over TCP. Left out: ASCII, UDP, and commands
//! other than reading and writing devices in a row. The crates that exist are asynchronous, or allocate with each request.
//!
//! Frames and commands by SH(NA)-080956ENG; where an FX5U does otherwise, what was measured on one counts (`end_code`).

pub mod address;
pub mod client;
pub mod end_code;
pub mod frame;
pub mod link;
