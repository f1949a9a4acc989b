//! What several tests need.
#![allow(dead_code, unreachable_pub, unused_imports, clippy::unwrap_used)]

mod config;
pub mod sound;

use std::fs;
use std::path::PathBuf;

pub use config::config;

/// Where `name` is in the corpus.
pub fn corpus(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "corpus", name].iter().collect()
}

/// The clean texts of the corpus, by their languages.
pub fn clean() -> Vec<(String, String)> {
    let files = fs::read_dir(corpus("clean")).unwrap().map(|file| file.unwrap().path());
    let mut all: Vec<_> = files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
        })
        .collect();
    all.sort();
    assert!(all.len() > 8);
    all
}

/// The lines of the clean texts in these languages.
pub fn lines(languages: &[&str]) -> Vec<String> {
    let texts: Vec<_> = languages
        .iter()
        .map(|name| fs::read_to_string(corpus(&format!("clean/{name}.txt"))).unwrap())
        .collect();
    let lines: Vec<_> = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    assert!(!lines.is_empty(), "{languages:?}");
    lines
}
