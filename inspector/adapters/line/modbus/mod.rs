//! Modbus TCP, as server and as client. One codec for both, without allocation: the crates that exist keep registers in one
//! block from address 0, refuse no address inside it and know no function 23, and a client of them waits for ever.

pub mod address;
mod answering;
pub mod client;
pub mod exchange;
pub mod frame;
pub mod link;
pub mod module;
pub mod pdu;
pub mod polling;
mod reading;
pub mod server;
pub mod watchdog;
