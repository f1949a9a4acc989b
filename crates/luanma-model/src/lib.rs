//! The embedded language model of [luanma](https://docs.rs/luanma): character n-gram statistics, no code.
//!
//! `MODEL_CARD.md` says from which texts they were counted, under which licences, and how well they fit.

/// The packed model, as `cargo dev lm` wrote it. `luanma::Model::from_bytes` reads it in place.
pub static MODEL: &[u8] = include_bytes!("../data/model.bin");
