#![no_main]
//! See `luanma_fuzz::warc_file`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| luanma_fuzz::warc_file(data));
