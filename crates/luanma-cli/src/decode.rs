//! `luanma decode`: bytes of unknown codec → UTF-8, repaired.

use std::collections::BTreeMap;
use std::sync::Mutex;

use anyhow::{Context, ensure};
use luanma::Piece;
use serde_json::json;

use crate::args::Decode;
use crate::decoding::{Account, Part, Windows};
use crate::fix::{Destination, Outcome, Results, bar, builder, is_stdout, settings};
use crate::format::Format;
use crate::messages::Messages;
use crate::output::Output;
use crate::walk::Inputs;

pub(crate) fn decode(args: &Decode) -> anyhow::Result<Outcome> {
    let mut inputs = Inputs::new(&args.input, args.output.as_deref())?;
    inputs.leave_out(&args.input, args.output.as_deref(), &args.running)?;
    if args.list {
        return list(args, inputs);
    }
    let mut settings = settings(&args.repairing, &args.input);
    settings.all_columns |= args.input.column.is_empty();
    settings.decoding = Some(Mutex::new(BTreeMap::new()));
    settings.no_repair = args.no_repair;
    settings.findings = args.running.wants_findings();
    let mut running = args.running.clone();
    let output = args.output.as_deref();
    let destination = Destination::resumed(&mut inputs, output, args.resume, &mut running)?;
    ensure!(!(is_stdout(output) && running.reports_to_stdout()), "--report -: the text is written there");
    let bar = bar(&running, &inputs.sources, is_stdout(output));
    let mut sink = Results::new(inputs, destination, settings, &running)?;
    sink.is_by(&args.repairing);
    sink.page(&running)?;
    let ended = sink.run(&running, bar)?;
    Ok(ended.outcome(args.running.strict && ended.found()))
}

/// Writes a JSON object for each piece.
fn list(args: &Decode, inputs: Inputs) -> anyhow::Result<Outcome> {
    let repairer = builder(&args.repairing).build();
    let mut output = Output::named(args.output.as_deref())?;
    let mut messages = Messages::default();
    inputs.problems.iter().for_each(|problem| messages.error(problem));
    for (source, format) in &inputs.sources {
        let name = source.name();
        if *format == Format::Parquet {
            messages.error(format_args!("{name}: --list: a Parquet file has no bytes of text in a row"));
            continue;
        }
        let mut account = Account::default();
        let listed = source.open(None).context(name.clone()).and_then(|file| {
            let may_be_binary = *format == Format::Found;
            let mut windows = Windows::new(file, repairer.clone(), 1, may_be_binary);
            pieces(&mut windows, &name, &mut account, &mut output)
        });
        if let Err(e) = listed {
            messages.error(format_args!("{e:#}"));
        }
        if let Some(bad) = account.message(&name) {
            messages.error(bad);
        }
    }
    output.finish()?;
    Ok(if messages.failed { Outcome::Failed } else { Outcome::Fine })
}

/// Lists the pieces of one file.
fn pieces(
    windows: &mut Windows,
    name: &str,
    account: &mut Account,
    output: &mut Output,
) -> anyhow::Result<()> {
    // A piece may go on in the next window.
    let mut last: Option<(Piece, Vec<[usize; 2]>)> = None;
    let mut write = |(piece, bad): (Piece, Vec<[usize; 2]>)| {
        let line = json!({
            "file": name,
            "start": piece.start,
            "end": piece.end,
            "codec": piece.written.name(),
            "confidence": piece.confidence.get(),
            "undecodable": bad,
        });
        output.put(format!("{line}\n").as_bytes())
    };
    loop {
        let parts = windows.read().with_context(|| name.to_owned())?;
        if parts.is_empty() {
            return last.map_or(Ok(()), write);
        }
        for part in parts {
            let Part::Text(from, decoded) = part else { continue };
            account.count(&decoded, from);
            let from = usize::try_from(from)?;
            let mut bad = decoded.undecodable.iter().map(|bad| [from + bad.start, from + bad.end]).peekable();
            for mut piece in decoded.pieces {
                (piece.start, piece.end) = (from + piece.start, from + piece.end);
                let mut own = Vec::new();
                while let Some(bad) = bad.next_if(|bad| bad[0] < piece.end) {
                    own.push(bad);
                }
                match &mut last {
                    Some((before, marks)) if before.written == piece.written && before.end == piece.start => {
                        before.end = piece.end;
                        before.confidence = before.confidence.min(piece.confidence);
                        marks.append(&mut own);
                    }
                    _ => {
                        if let Some(done) = last.replace((piece, own)) {
                            write(done)?;
                        }
                    }
                }
            }
        }
    }
}
