//! Trains and measures models for luanma: what `luanma train`, `luanma eval` and `cargo dev` share.
//!
//! It is no part of the library because it reads files, prints, and starts threads; it is no part of either program because
//! both need it.

pub mod eval;
pub mod lm;
