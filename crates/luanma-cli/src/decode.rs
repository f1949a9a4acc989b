//! `luanma decode`: bytes of unknown codec → UTF-8, repaired.

use std::io::Read;

use anyhow::Context;
use luanma::{Decoded, Repairer};
use serde_json::json;

use crate::args::Decode;
use crate::fix::{Outcome, builder};
use crate::input::Source;
use crate::messages::tell;
use crate::output::Output;

pub(crate) fn decode(args: &Decode) -> anyhow::Result<Outcome> {
    let repairer = builder(&args.repairing).build();
    let mut output = Output::named(args.output.as_deref())?;
    let mut outcome = Outcome::Fine;
    for source in Source::all(&args.files) {
        let name = source.name();
        let bytes = match read(&source) {
            Ok(bytes) => bytes,
            Err(e) => {
                tell(format_args!("{e:#}"));
                outcome = Outcome::Failed;
                continue;
            }
        };
        let decoded = repairer.decode(&bytes);
        if let Some(first) = decoded.undecodable.first() {
            let count = decoded.undecodable.len();
            tell(format_args!(
                "{name}: {count} {} not be read and became U+FFFD, the first at byte {}",
                if count == 1 { "place could" } else { "places could" },
                first.start
            ));
            outcome = Outcome::Failed;
        }
        if args.list {
            list(&mut output, &name, &decoded)?;
        } else {
            output.put(text(args, &repairer, &decoded).as_bytes())?;
        }
    }
    output.finish()?;
    Ok(outcome)
}

fn read(source: &Source) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.open(None).and_then(|mut file| file.read_to_end(&mut bytes)).with_context(|| source.name())?;
    Ok(bytes)
}

/// What is written: repaired, unless that is not wanted.
fn text(args: &Decode, repairer: &Repairer, decoded: &Decoded) -> String {
    if args.no_repair { decoded.text.clone() } else { repairer.repair(&decoded.text).into_owned() }
}

/// Writes a JSON object for each piece.
fn list(output: &mut Output, name: &str, decoded: &Decoded) -> anyhow::Result<()> {
    for piece in &decoded.pieces {
        let bad: Vec<_> = decoded
            .undecodable
            .iter()
            .filter(|bad| bad.start >= piece.start && bad.start < piece.end)
            .map(|bad| json!([bad.start, bad.end]))
            .collect();
        let line = json!({
            "file": name,
            "start": piece.start,
            "end": piece.end,
            "codec": piece.written.name(),
            "confidence": piece.confidence.get(),
            "undecodable": bad,
        });
        output.put(format!("{line}\n").as_bytes())?;
    }
    Ok(())
}
