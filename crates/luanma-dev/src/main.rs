//! `cargo dev`: model training, generated tables, calibration, evaluation.

mod calibrate;
mod costs;
mod decode;
mod tables;

use clap::{Parser, Subcommand};
use luanma_train::{eval, lm};

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
    /// The generated tables of the codecs: write or check them.
    Tables {
        /// `--mode write|check|dump`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Fit the confidence to samples of damaged and of clean text, and write `src/judge/calibration.rs`.
    Calibrate(calibrate::Args),
    /// Count what the kinds of loss cost, and print it beside what is in use.
    Costs(costs::Args),
    /// Name the codec of short pieces and score who names it right.
    Decode(decode::Args),
    /// Repair samples and score what comes out.
    Eval(eval::Args),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Command::Lm(args) => lm::run(&args),
        Command::Tables { args } => tables::run(&args),
        Command::Calibrate(args) => calibrate::main(&args),
        Command::Costs(args) => costs::main(&args),
        Command::Decode(args) => decode::main(&args),
        Command::Eval(args) => eval::run(&args, &luanma::Repairer::new(), &mut std::io::stdout().lock()),
    }
}
