//! Every file of the corpora goes through its target; what fuzzing has found is among them.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use luanma_fuzz::{TARGETS, found};

#[test]
fn corpora_pass() {
    for (name, target) in TARGETS {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let mut files = 0;
        for file in fs::read_dir(&directory).unwrap_or_else(|e| panic!("{}: {e}", directory.display())) {
            let path = file.unwrap().path();
            println!("{}", path.display());
            target(&fs::read(&path).unwrap());
            files += 1;
        }
        assert!(files > 0, "{name} has no corpus");
    }
}

/// What libFuzzer has found goes through as well: without optimisation, one in sixteen.
#[test]
fn what_was_found_passes() {
    let step = if cfg!(debug_assertions) { 16 } else { 1 };
    for (name, target) in TARGETS {
        let inputs = found::inputs(name).unwrap();
        assert!(!inputs.is_empty(), "{name}");
        for (k, input) in inputs.iter().enumerate().step_by(step) {
            println!("{name} {k:04}");
            target(input);
        }
    }
}

#[test]
fn what_is_packed_comes_out() {
    let inputs = vec![b"one".to_vec(), Vec::new(), vec![0xFF; 1000]];
    let file = found::pack(&inputs).unwrap();
    assert_eq!(found::unpack(&file).unwrap(), inputs);
    assert!(found::unpack(&file[..file.len() - 1]).is_err());
    assert!(found::unpack(&zstd::encode_all(&b"\x05\0\0\0abc"[..], 3).unwrap()).is_err());
    assert!(found::unpack(&zstd::encode_all(&b"\x05\0"[..], 3).unwrap()).is_err());
}
