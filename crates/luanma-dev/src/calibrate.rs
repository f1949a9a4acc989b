//! `cargo dev calibrate`: fits the confidence of repairs to text that is damaged, clean, or odd but clean.

#![allow(clippy::print_stdout)]

mod fit;
mod samples;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use luanma::train::{Evidence, FIGURES, Kind, chains, evidence};
use luanma::{NAT, Repairer, nats};
use rayon::prelude::*;

use luanma_train::eval::{Holes, distance, with_marks};
use luanma_train::lm::count;
pub(crate) use samples::LOSSES;
use samples::{Make, Sample};

/// Arguments of `cargo dev calibrate`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Directories of clean text to damage.
    #[arg(long, value_delimiter = ',', default_value = "../shared/text/dev,target/packages/dev")]
    damage: Vec<PathBuf>,
    /// Directories of clean text that must stay.
    #[arg(long, value_delimiter = ',', default_value = "../shared/text/train,target/packages/train")]
    clean: Vec<PathBuf>,
    /// Clean lines taken of each file.
    #[arg(long, default_value_t = 500)]
    lines: usize,
    /// Damaged samples of each chain.
    #[arg(long, default_value_t = 60)]
    per_chain: usize,
    /// How many times as much clean text there is as damaged text.
    #[arg(long, default_value_t = 10.0)]
    prior: f64,
    /// The file to write; none, to print only.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Reads the examples that `--dump` has written, and makes none.
    #[arg(long)]
    from: Option<PathBuf>,
    /// How many of the clean examples with the highest confidence to show.
    #[arg(long, default_value_t = 0)]
    show: usize,
    /// Also writes every example with its evidence, tab-separated.
    #[arg(long)]
    dump: Option<PathBuf>,
}

/// What a chain of several steps costs to assume, about.
const SEVERAL_STEPS: f64 = 4.0;
/// Clean samples for each in which the search finds something to repair.
const CLEAN_A_FIND: f64 = 100.0;

/// A repair that the search found in a sample.
pub(crate) struct Example {
    pub(crate) evidence: Evidence,
    pub(crate) figures: [f64; FIGURES],
    pub(crate) right: bool,
    pub(crate) weight: f64,
    /// Characters of the truth; 0 in clean text.
    size: usize,
    /// Not used for fitting.
    held_out: bool,
    note: String,
}

/// Whether what `repairs` make of a damaged sample is what was there, lost characters aside; and whether each is
/// by itself.
fn rightness(s: &Sample, gold: &str, found: &[(luanma::Repair, Evidence)]) -> Vec<bool> {
    let gold_chars: Vec<char> = gold.chars().collect();
    let open: Vec<luanma::Repair> = found
        .iter()
        .map(|(r, _)| {
            let mut r = r.clone();
            r.text = with_marks(&r);
            r
        })
        .collect();
    let out: Vec<char> = luanma::apply(&s.text, &open).chars().collect();
    let all = if s.is_lossy {
        // How many characters were lost is told as little as which; of the others one in twelve may be mistaken in a repair that
        // is right.
        let known: Vec<char> = out.iter().copied().filter(|&c| c != '\u{FFFD}').collect();
        known.len() - common(&known, &gold_chars) <= (known.len() + 6) / 12
    } else {
        distance(&gold_chars, &out, Holes::Forgive) == 0
    };
    let own = |r: &luanma::Repair| all || found.len() > 1 && !s.is_lossy && gold.contains(&r.text);
    open.iter().map(own).collect()
}

/// How many characters of `a` stand in `b` in the same order, at most.
fn common(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    for x in a {
        let mut here = vec![0; b.len() + 1];
        for (k, y) in b.iter().enumerate() {
            here[k + 1] = if x == y { before[k] + 1 } else { before[k + 1].max(here[k]) };
        }
        before = here;
    }
    before[b.len()]
}

fn examples(repairer: &Repairer, s: &Sample) -> Vec<Example> {
    let found: Vec<_> = evidence(repairer, &s.text).into_iter().filter(|(_, e)| !e.is_void()).collect();
    let right = match &s.gold {
        Some(gold) => rightness(s, gold, &found),
        None => vec![false; found.len()],
    };
    let example = |((repair, evidence), right): ((luanma::Repair, Evidence), bool)| Example {
        figures: evidence.figures(),
        evidence,
        right,
        weight: s.weight,
        size: s.size,
        held_out: s.held_out,
        note: format!(
            "{}\t{}\t{}\t{}",
            s.note,
            repair.chain.map_or_else(String::new, |c| c.to_string()),
            s.text[repair.start..repair.end].escape_debug(),
            repair.text.escape_debug()
        ),
    };
    found.into_iter().zip(right).map(example).collect()
}

/// Makes the samples and repairs them.
fn collect(args: &Args) -> Result<Vec<Example>> {
    let make = Make { lines: args.lines, per_chain: args.per_chain };
    let damaged = make.damaged(&count::read_all(&args.damage)?);
    let clean = make.clean(&count::read_all(&args.clean)?);
    println!("{} damaged samples, {} clean ones", damaged.len(), clean.len());
    let repairer = Repairer::new();
    let of = |all: &[Sample]| -> Vec<Example> {
        all.par_iter().map_init(|| repairer.clone(), |r, s| examples(r, s)).flatten_iter().collect()
    };
    let mut all = of(&damaged);
    all.extend(of(&clean));
    Ok(all)
}

/// Damage counts as much as it is usual, and all of it as little as it is rare beside clean text.
fn weigh(all: &mut [Example], prior: f64) {
    let chains: HashMap<String, f64> =
        chains().into_iter().map(|(c, cost)| (c.to_string(), f64::from(cost) / f64::from(NAT))).collect();
    for e in all.iter_mut().filter(|e| e.size > 0) {
        let mut words = e.note.split(['\t', ' ']);
        let cost = words.next().and_then(|chain| chains.get(chain)).copied().unwrap_or(SEVERAL_STEPS);
        // A loss that leaves no mark goes with most of what cannot be told.
        let hidden = matches!(words.next(), Some("ignore" | "strip" | "collapse"));
        e.weight = (-cost / 2.0).exp() * if hidden { 0.3 } else { 1.0 };
    }
    let sum = |damaged: bool| all.iter().filter(|e| (e.size > 0) == damaged).map(|e| e.weight).sum::<f64>();
    // Few clean samples have any repair to tell of: they stand for the others.
    let share = sum(false) * CLEAN_A_FIND / prior / sum(true);
    all.iter_mut().filter(|e| e.size > 0).for_each(|e| e.weight *= share);
}

pub(crate) fn main(args: &Args) -> Result<()> {
    let all = match &args.from {
        Some(path) => read(path)?,
        None => collect(args)?,
    };
    if let Some(path) = &args.dump {
        dump(path, &all)?;
    }
    let mut all = all;
    weigh(&mut all, args.prior);
    // Clean text is not all clean: what reads as text and could hardly be better proven is a find.
    let is_find = |e: &Example| {
        e.size == 0
            && e.weight >= 1.0
            && e.evidence.gain > nats(40.0).into()
            && e.evidence.fluency < nats(8.0).into()
    };
    let (finds, all): (Vec<Example>, Vec<Example>) = all.into_iter().partition(is_find);
    println!("{} finds in clean text, left out:", finds.len());
    finds.iter().take(args.show).for_each(|e| println!("  {}", e.note));
    let weights: Vec<[f64; FIGURES]> = Kind::ALL
        .iter()
        .map(|&kind| {
            let of_kind: Vec<&Example> =
                all.iter().filter(|e| e.evidence.kind == kind && !e.held_out).collect();
            let right = of_kind.iter().filter(|e| e.right).count();
            println!("{kind:?}: {} examples, {right} right", of_kind.len());
            fit::fit(&of_kind)
        })
        .collect();
    table(&all, &weights);
    let mut clean: Vec<(f64, &Example)> =
        all.iter().filter(|e| e.size == 0).map(|e| (stated(e, &weights), e)).collect();
    clean.sort_by(|a, b| b.0.total_cmp(&a.0));
    clean.iter().take(args.show).for_each(|(p, e)| println!("{p:.4} {}", e.note));
    if let Some(path) = &args.out {
        fs::write(path, source(&weights, all.len(), args))?;
    }
    Ok(())
}

fn stated(e: &Example, weights: &[[f64; FIGURES]]) -> f64 {
    let x: f64 = e.figures.iter().zip(&weights[e.evidence.kind as usize]).map(|(f, w)| f * w).sum();
    1.0 / (1.0 + (e.evidence.doubt() - x).exp())
}

/// Reliability on what was held out, and what each threshold would let through.
fn table(all: &[Example], weights: &[[f64; FIGURES]]) {
    let bands = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 1.1];
    println!("held out:\n{:>16} {:>9} {:>9} {:>9}", "stated", "damaged", "right%", "clean");
    for band in bands.windows(2) {
        let inside: Vec<&Example> =
            all.iter().filter(|e| e.held_out && (band[0]..band[1]).contains(&stated(e, weights))).collect();
        let of_damage: Vec<_> = inside.iter().filter(|e| e.size > 0).collect();
        let right = of_damage.iter().filter(|e| e.right).count();
        println!(
            "{:7.3} – {:6.3} {:9} {:9.2} {:9}",
            band[0],
            band[1].min(1.0),
            of_damage.len(),
            100.0 * right as f64 / of_damage.len().max(1) as f64,
            inside.len() - of_damage.len()
        );
    }
    println!(
        "all, by threshold:\n{:>8} {:>14} {:>14} {:>9}",
        "at least", "small right%", "8+ right%", "false"
    );
    let total = |small: bool| {
        all.iter().filter(|e| e.right && e.size > 0 && (e.size < 8) == small).count().max(1) as f64
    };
    for least in [0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99] {
        let made = |e: &&Example| stated(e, weights) >= least;
        let right = |small: bool| {
            all.iter().filter(made).filter(|e| e.right && (e.size < 8) == small).count() as f64 / total(small)
        };
        let wrong = all.iter().filter(made).filter(|e| e.size == 0).count();
        println!("{least:8.2} {:14.2} {:14.2} {wrong:9}", 100.0 * right(true), 100.0 * right(false));
    }
}

/// The figures of an example as columns; what was found stands behind them for whoever reads it.
fn dump(path: &PathBuf, all: &[Example]) -> Result<()> {
    let mut out = String::new();
    for x in all {
        let e = &x.evidence;
        let numbers = [
            e.kind as i64,
            i64::from(x.right),
            i64::from(x.held_out),
            x.size as i64,
            e.gain,
            e.changed as i64,
            e.distinct as i64,
            e.sure as i64,
            e.fluency,
            e.letters as i64,
            e.gaps as i64,
            e.restored as i64,
            e.torn as i64,
            i64::from(e.alone),
            i64::from(e.small_misread),
            i64::from(e.proven),
            i64::from(e.whole),
            e.shown,
        ];
        write!(out, "{}", x.weight)?;
        for n in numbers {
            write!(out, "\t{n}")?;
        }
        writeln!(out, "\t{}", x.note)?;
    }
    Ok(fs::write(path, out)?)
}

/// What [`dump`] has written.
fn read(path: &PathBuf) -> Result<Vec<Example>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.lines()
        .map(|line| {
            let mut fields = line.splitn(20, '\t');
            let weight: f64 = fields.next().unwrap_or_default().parse()?;
            let n: Vec<i64> = fields.by_ref().take(18).map(str::parse).collect::<Result<_, _>>()?;
            let count = |k: usize| usize::try_from(n[k]);
            let evidence = Evidence {
                kind: Kind::ALL[count(0)?],
                gain: n[4],
                changed: count(5)?,
                distinct: count(6)?,
                sure: count(7)?,
                // It is no figure.
                unchanged: 0,
                fluency: n[8],
                letters: count(9)?,
                gaps: count(10)?,
                restored: count(11)?,
                torn: count(12)?,
                alone: n[13] == 1,
                // Those would be void, and are not in the file.
                thin: false,
                senseless: false,
                crowded: false,
                miscased: false,
                latin: false,
                stray: false,
                amid: false,
                capitals: false,
                words: false,
                accented: false,
                foreign: false,
                in_words: 0,
                replaced: false,
                small_misread: n[14] == 1,
                proven: n[15] == 1,
                whole: n[16] == 1,
                shown: n[17],
                // It is no figure.
                strange: false,
            };
            Ok(Example {
                figures: evidence.figures(),
                evidence,
                right: n[1] == 1,
                weight,
                size: count(3)?,
                held_out: n[2] == 1,
                note: fields.next().unwrap_or_default().to_owned(),
            })
        })
        .collect()
}

/// The generated file.
fn source(weights: &[[f64; FIGURES]], examples: usize, args: &Args) -> String {
    let mut out = format!(
        "// @generated by `cargo dev calibrate --out src/judge/calibration.rs`: do not edit.\n//\n\
         // {examples} examples, {} times as much clean text as damaged; model {:016x}.\n\n\
         use super::FIGURES;\n\n\
         /// For each kind of proof, what each figure of the evidence weighs.\n\
         #[rustfmt::skip]\n\
         pub(super) const WEIGHTS: [[f64; FIGURES]; 3] = [\n",
        args.prior,
        luanma::Model::embedded().hash(),
    );
    for row in weights {
        let row: Vec<String> = row.iter().map(|w| format!("{w:.3}")).collect();
        out.push_str(&format!("    [{}],\n", row.join(", ")));
    }
    out.push_str("];\n");
    out
}
