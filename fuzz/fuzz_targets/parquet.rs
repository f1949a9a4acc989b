#![no_main]
//! See `luanma_fuzz::parquet_file`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| luanma_fuzz::parquet_file(data));
