//! The program `luanma`.
fn main() {}
