#![no_main]
//! See `luanma_fuzz::chain_text`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| luanma_fuzz::chain_text(data));
