//! Packs what libFuzzer has found, or unpacks it for libFuzzer to go on from:
//! `cargo run --release -p luanma-fuzz --bin found -- pack|unpack TARGET DIRECTORY`
#![allow(clippy::print_stderr)]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use luanma_fuzz::{files, found};

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["pack", target, directory] => pack(target, Path::new(directory)),
        ["unpack", target, directory] => unpack(target, Path::new(directory)),
        _ => Err("usage: found pack|unpack TARGET DIRECTORY".into()),
    };
    if let Err(e) = &done {
        eprintln!("{e}");
    }
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

fn pack(target: &str, directory: &Path) -> Result<(), Box<dyn Error>> {
    let inputs: Vec<Vec<u8>> = files(directory).iter().map(fs::read).collect::<Result<_, _>>()?;
    if inputs.is_empty() {
        return Err(format!("{}: no files", directory.display()).into());
    }
    let path = found::path(target);
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    Ok(fs::write(path, found::pack(&inputs)?)?)
}

fn unpack(target: &str, directory: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(directory)?;
    for (k, input) in found::inputs(target)?.iter().enumerate() {
        fs::write(directory.join(format!("{k:04}")), input)?;
    }
    Ok(())
}
