//! Gives every target the files of its corpus and then changed ones, for so many seconds:
//! `cargo run --release -p luanma-fuzz --bin mutate -- SECONDS [TARGET]…`
//!
//! It measures no coverage and so finds less than libFuzzer, but needs no more than a stable compiler.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, fs};

use luanma_fuzz::mutate::{Rng, mutate};
use luanma_fuzz::{TARGETS, Target, files, found};

/// An input that takes longer than this is slow, whatever the machine does beside it.
const SLOW: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let Some(seconds) = args.next().and_then(|s| s.parse().ok()) else {
        eprintln!("usage: mutate SECONDS [TARGET]...");
        return ExitCode::from(2);
    };
    let chosen: Vec<String> = args.collect();
    let targets: Vec<_> =
        TARGETS.iter().filter(|(name, _)| chosen.is_empty() || chosen.iter().any(|c| c == name)).collect();
    let mut failed = false;
    for (name, target) in targets {
        match run(name, *target, Duration::from_secs(seconds)) {
            Ok((files, inputs)) => {
                println!("{name}: {files} inputs of the corpus, {inputs} inputs made of them: ok")
            }
            Err(path) => {
                failed = true;
                println!("{name}: FAILED on {}", path.display());
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// How many there were in the corpus and how many were made of them; or the input that failed.
fn run(name: &str, target: Target, time: Duration) -> Result<(usize, u64), PathBuf> {
    let mut corpus: Vec<Vec<u8>> = Vec::new();
    for path in files(&root().join("corpus").join(name)) {
        corpus.extend(fs::read(path));
    }
    corpus.extend(found::inputs(name).map_err(|_| found::path(name))?);
    for data in &corpus {
        attempt(name, target, data)?;
    }
    let (started, mut inputs) = (Instant::now(), 0);
    let mut rng = Rng::new(20_221_012);
    let mut data = Vec::new();
    while started.elapsed() < time {
        data.clear();
        data.extend_from_slice(rng.one(&corpus).map_or(b"", Vec::as_slice));
        mutate(&mut rng, &mut data, &corpus);
        attempt(name, target, &data)?;
        inputs += 1;
    }
    Ok((corpus.len(), inputs))
}

fn attempt(name: &str, target: Target, data: &[u8]) -> Result<(), PathBuf> {
    let started = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| target(data)));
    if result.is_ok() && started.elapsed() < SLOW {
        return Ok(());
    }
    let directory = root().join("artifacts").join(name);
    let kind = if result.is_ok() { "slow" } else { "crash" };
    let path = directory.join(format!("{kind}-{}", data.len()));
    let _ = fs::create_dir_all(directory).and_then(|()| fs::write(&path, data));
    Err(path)
}
