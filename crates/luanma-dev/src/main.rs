//! `cargo dev`: model training, generated tables, calibration, evaluation.
fn main() {}
