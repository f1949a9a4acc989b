//! The embedded language model of [luanma](https://docs.rs/luanma): character n-gram statistics, no code.
//!
//! `MODEL_CARD.md` says from which texts they were counted, under which licences, and how well they fit.

/// The packed model, as `cargo dev lm train` wrote it. `luanma::Model::from_bytes` reads it in place.
pub static MODEL: &[u8] = &ALIGNED.0;

/// At the start of a cache line, since the model's tables are made of such lines.
#[repr(align(64))]
struct Aligned<T: ?Sized>(T);

static ALIGNED: &Aligned<[u8]> = &Aligned(*include_bytes!("../data/model.bin"));
