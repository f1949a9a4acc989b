//! The program `luanma`.

mod annotate;
mod args;
mod check;
mod decode;
mod explain;
mod fix;
mod format;
mod garble;
mod identity;
mod input;
mod json;
mod jsonl;
mod messages;
mod output;
mod run;
mod text;
mod visible;
mod work;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

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

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|e| e.downcast_ref::<io::Error>()).any(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

fn run() -> anyhow::Result<Outcome> {
    let cli = match Cli::try_parse() {
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
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "luanma", &mut script);
            io::stdout().write_all(&script)?;
            Ok(Outcome::Fine)
        }
    }
}
