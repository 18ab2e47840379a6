//! Adapters of the production line: triggers in, ejector commands out.

pub mod none;
pub mod sim;
