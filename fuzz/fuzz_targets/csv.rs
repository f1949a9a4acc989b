#![no_main]
//! See `luanma_fuzz::csv_file`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| luanma_fuzz::csv_file(data));
