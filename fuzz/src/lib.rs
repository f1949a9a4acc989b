//! What is fuzzed: functions of any bytes that must not panic, hang, or find a promise broken.
//!
//! `fuzz_targets/` hands them to libFuzzer, `src/bin/mutate.rs` to a runner that needs no nightly compiler, and
//! `tests/corpus.rs` gives them `corpus/`. README.md says how to run each.

// What a report promises, as the library's own tests have it.
#[path = "../../tests/common/sound.rs"]
mod sound;

// The program is no library, so its modules are compiled in here as they are. They call each other `crate::…`.
#[path = "../../crates/luanma-cli/src"]
#[allow(dead_code)]
mod program {
    pub(crate) mod annotate;
    pub(crate) mod args;
    pub(crate) mod check;
    pub(crate) mod decoding;
    pub(crate) mod fix;
    pub(crate) mod format;
    pub(crate) mod garble;
    pub(crate) mod html;
    pub(crate) mod identity;
    pub(crate) mod input;
    pub(crate) mod journal;
    pub(crate) mod json;
    pub(crate) mod jsonl;
    pub(crate) mod messages;
    pub(crate) mod output;
    pub(crate) mod preview;
    pub(crate) mod revert;
    pub(crate) mod run;
    pub(crate) mod text;
    pub(crate) mod undo;
    pub(crate) mod visible;
    pub(crate) mod walk;
    pub(crate) mod work;
}
use program::{
    annotate, args, check, decoding, fix, format, garble, html, identity, input, journal, json, jsonl,
    messages, output, preview, revert, run, text, undo, visible, walk, work,
};

use std::fs;
use std::path::{Path, PathBuf};

pub mod found;
mod library;
pub mod mutate;
mod readers;

pub use library::{chain_text, decode_bytes, model_file, repair_text};
pub use readers::{csv_file, json_file, parquet_file, report_file, warc_file};
pub use sound::{is_plan, is_sound};

/// A target: any bytes go in, and nothing may come out.
pub type Target = fn(&[u8]);

/// Every target by the name of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("repair", repair_text),
    ("decode", decode_bytes),
    ("chain", chain_text),
    ("model", model_file),
    ("json", json_file),
    ("csv", csv_file),
    ("warc", warc_file),
    ("parquet", parquet_file),
    ("revert", report_file),
];

/// The files in a directory, by name; none where it cannot be read.
#[must_use]
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> =
        fs::read_dir(directory).into_iter().flatten().flatten().map(|e| e.path()).collect();
    paths.sort();
    paths
}
