#![no_main]
//! See `luanma_fuzz::repair_text`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| luanma_fuzz::repair_text(data));
