//! The program `luanma`.

mod annotate;
mod args;
mod check;
mod config;
mod decode;
mod decoding;
mod explain;
mod fix;
mod format;
mod garble;
mod html;
mod identity;
mod input;
mod journal;
mod json;
mod jsonl;
mod messages;
mod names;
mod output;
mod preview;
mod revert;
mod run;
mod text;
mod train;
mod undo;
mod visible;
mod walk;
mod work;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};

use crate::args::{Cli, Command};
use crate::fix::Outcome;

fn main() -> ExitCode {
    match run() {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        Ok(Outcome::Failed) => ExitCode::from(2),
        // Whoever read it has seen enough.
        Err(e) if is_closed_pipe(&e) => ExitCode::SUCCESS,
        Err(e) => {
            messages::tell(format_args!("{e:#}"));
            ExitCode::from(2)
        }
    }
}

/// What was typed, and what a file of arguments adds to it.
fn parse() -> anyhow::Result<Result<Cli, clap::Error>> {
    let typed: Vec<_> = std::env::args_os().collect();
    let matches = match Cli::command().try_get_matches_from(&typed) {
        Ok(matches) => matches,
        Err(e) => return Ok(Err(e)),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(e) => return Ok(Err(e)),
    };
    match (&cli.config, matches.subcommand_name()) {
        (Some(path), Some(command)) => Ok(Cli::try_parse_from(config::with_file(path, command, &typed)?)),
        _ => Ok(Ok(cli)),
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|e| e.downcast_ref::<io::Error>()).any(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

fn run() -> anyhow::Result<Outcome> {
    let cli = match parse()? {
        Ok(cli) => cli,
        Err(e) if e.kind() == ErrorKind::DisplayVersion => {
            writeln!(io::stdout(), "{}", identity::identity())?;
            return Ok(Outcome::Fine);
        }
        Err(e) => {
            e.print()?;
            return Ok(if e.use_stderr() { Outcome::Failed } else { Outcome::Fine });
        }
    };
    match cli.command {
        Command::Fix(args) => fix::fix(&args),
        Command::Check(args) => fix::check(&args),
        Command::Explain(args) => explain::explain(&args).map(|()| Outcome::Fine),
        Command::Decode(args) => decode::decode(&args),
        Command::Garble(args) => garble::garble(&args),
        Command::Revert(args) => revert::revert(&args),
        Command::Names(args) => names::names(&args),
        Command::Train(args) => train::train(&args).map(|()| Outcome::Fine),
        Command::Eval(args) => train::eval(&args).map(|()| Outcome::Fine),
        Command::Man { directory } => man(directory.as_deref()).map(|()| Outcome::Fine),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "luanma", &mut script);
            io::stdout().write_all(&script)?;
            Ok(Outcome::Fine)
        }
    }
}

/// The manual pages, made from the same flags as the help.
fn man(directory: Option<&Path>) -> anyhow::Result<()> {
    let command = Cli::command();
    match directory {
        Some(directory) => {
            clap_mangen::generate_to(command, directory).with_context(|| directory.display().to_string())
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            Ok(io::stdout().write_all(&page)?)
        }
    }
}
