#![no_main]
//! See `luanma_fuzz::decode_bytes`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| luanma_fuzz::decode_bytes(data));
