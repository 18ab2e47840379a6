//! Preprocessing and what a session adds to the model's own run. Each asserts its answer first.
fn main() {}
