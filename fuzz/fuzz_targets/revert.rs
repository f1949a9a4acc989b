#![no_main]
//! See `luanma_fuzz::report_file`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| luanma_fuzz::report_file(data));
