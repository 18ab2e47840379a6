//! What every client of a PLC or of an I/O module needs, whatever protocol it speaks: a connection with a time limit, requests
//! that read neighbours together, and words that are numbers and texts.

pub mod blocks;
pub mod tcp;
pub mod words;
