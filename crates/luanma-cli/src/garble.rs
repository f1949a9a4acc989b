//! `luanma garble`: damage for tests and training data.

use anyhow::Context;
use luanma::Repairer;
use luanma::garble::{Garbler, Losses};

use crate::args::{Garble, Running};
use crate::fix::{Destination, Outcome, Results};
use crate::walk::Inputs;
use crate::work::{Edit, Problem, Settings, Worked};

/// Said of what cannot be damaged.
pub(crate) const NOT_GARBLED: &str = "the chain has no such damage for this text";

pub(crate) fn garble(args: &Garble) -> anyhow::Result<Outcome> {
    let kinds: Vec<_> =
        args.loss.iter().flat_map(|l| l.decoding().into_iter().chain(l.treatments())).collect();
    let losses = Losses::new(&kinds).context("--loss")?;
    let mut settings = Settings::new(Repairer::builder(), char::REPLACEMENT_CHARACTER);
    args.input.tell(&mut settings);
    settings.garbler = Some(Garbler::new(args.chain).losses(losses).seed(args.seed));
    let inputs = Inputs::new(&args.input, args.output.as_deref())?;
    let destination = Destination::new(&inputs, args.output.as_deref())?;
    let running = Running { threads: args.threads, ..Running::default() };
    let ended = Results::new(inputs, destination, settings, &running)?.run(&running, None)?;
    Ok(ended.outcome(false))
}

/// Damages text: each line for itself, so that it comes out the same whatever is around it.
pub(crate) fn text(worked: &mut Worked, garbler: &Garbler) {
    let mut at = worked.block.content();
    let bytes = &worked.block.bytes[at..];
    for (number, line) in (0..).zip(bytes.split_inclusive(|&b| b == b'\n')) {
        let start = at;
        at += line.len();
        let Ok(line) = std::str::from_utf8(line) else {
            worked.tally.passed += 1;
            worked.not_utf8.get_or_insert((0, number)).0 += 1;
            continue;
        };
        let line = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
        match garbler.garble(line) {
            Some(garbled) if garbled.text == line => {}
            Some(garbled) => {
                worked.tally.changed += 1;
                worked.edits.push(Edit { start, end: start + line.len(), with: garbled.text, aside: false });
            }
            None => {
                worked.tally.passed += 1;
                worked.problems.push(Problem { line: number, character: None, what: NOT_GARBLED.to_owned() });
            }
        }
    }
}
