#![no_main]
//! See `luanma_fuzz::model_file`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| luanma_fuzz::model_file(data));
