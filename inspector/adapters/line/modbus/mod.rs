//! Modbus TCP, as server and as client. One codec for both, without allocation: the crates that exist keep registers in one
//! block from address 0, refuse no address inside it and know no function 23, and a client of them waits for ever.

pub mod address;
pub mod client;
pub mod frame;
pub mod link;
pub mod pdu;
pub mod watchdog;
