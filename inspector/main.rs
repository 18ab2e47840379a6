//! The `inspector` binary.

fn main() {}
