//! `cargo dev`: model training, generated tables, calibration, evaluation.

mod lm;

use clap::{Parser, Subcommand};

/// Tools for developing luanma.
#[derive(Debug, Parser)]
#[command(name = "cargo dev")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The language model: train, measure, compare.
    Lm(lm::Args),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Command::Lm(args) => lm::run(&args),
    }
}
