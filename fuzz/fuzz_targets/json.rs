#![no_main]
//! See `luanma_fuzz::json_file`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| luanma_fuzz::json_file(data));
