//! Siemens S7 PLCs, as client: reading and writing variables over ISO-on-TCP (RFC 1006, COTP class 0). S7-300, 400, 1200 and
//! 1500 speak it; the last two only where PUT/GET is allowed. Left out: symbols, optimised blocks and encrypted connections.

pub mod address;
pub mod client;
pub mod frame;
pub mod link;
pub mod refusal;
