//! Trains a language model, measures it, compares methods and sizes.

pub mod count;
mod estimate;
mod pack;
mod prune;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use luanma::{Model, train};
use rayon::prelude::*;

use count::{Counts, Text, Vocabulary};
use estimate::Method;

/// Arguments of `cargo dev lm`.
#[derive(Debug, Parser)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Counts n-grams in directories of texts and writes a model file. Without flags it makes the embedded one.
    Train {
        /// Directories with .txt or .txt.xz files; their names decide their weights. `scripts/packages.py` makes the second one.
        #[arg(long, value_delimiter = ',', default_value = "../shared/text/train,target/packages/train")]
        text: Vec<PathBuf>,
        /// The file to write.
        #[arg(long, default_value = "crates/luanma-model/data/model.bin")]
        out: PathBuf,
        #[command(flatten)]
        options: Options,
    },
    /// For each file of a directory, prints nats per character and the shares of characters that are unknown, of characters and of neighbours
    /// that the scan does not pass over.
    Perplexity {
        /// A model file; the embedded one if none is given.
        model: Option<PathBuf>,
        /// Directory with .txt or .txt.xz files.
        #[arg(long, default_value = "../shared/text/dev")]
        text: PathBuf,
    },
    /// Trains with every method and order given, at every size given, and prints nats per character of the dev texts.
    Compare {
        /// Directory with the directories train and dev.
        #[arg(long, default_value = "../shared/text")]
        text: PathBuf,
        /// Orders.
        #[arg(long, value_delimiter = ',', default_value = "3,4")]
        orders: Vec<usize>,
        /// Sizes in MB.
        #[arg(long, value_delimiter = ',', default_value = "0.5,1,2,5,10,20")]
        sizes: Vec<f64>,
        /// Methods.
        #[arg(long, value_delimiter = ',', value_enum, default_value = "absolute,kneser-ney,witten-bell")]
        methods: Vec<Method>,
        /// N-grams of three and more that occur less often are never kept.
        #[arg(long, default_value_t = 2)]
        cutoff: u32,
    },
    /// Prints nanoseconds per character of scoring the texts of a directory, on one thread.
    Speed {
        /// A model file; the embedded one if none is given.
        model: Option<PathBuf>,
        /// Directory with .txt or .txt.xz files.
        #[arg(long, default_value = "../shared/text/dev")]
        text: PathBuf,
    },
}

/// What decides a model, beside its texts.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Options {
    /// Length of the longest n-grams, 2 to 4
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = order)]
    pub order: usize,
    /// Greatest size of the file in bytes; n-grams are pruned until it fits
    #[arg(long, default_value_t = 5_000_000, value_name = "BYTES")]
    pub size: usize,
    /// How probabilities are estimated
    #[arg(long, value_enum, default_value_t = Method::WittenBell)]
    pub method: Method,
    /// N-grams of three and more that occur less often are never kept
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub cutoff: u32,
}

fn order(given: &str) -> Result<usize, String> {
    given.parse().ok().filter(|n| (2..=4).contains(n)).ok_or_else(|| "not a number from 2 to 4".to_owned())
}

/// Makes a model of `texts` and returns its file. `by` is the command that the file says it was made by.
///
/// # Errors
///
/// If there is too little text, or too many files.
pub fn train(texts: Vec<Text>, options: Options, by: &str) -> Result<Vec<u8>> {
    let vocabulary = Vocabulary::new(&texts)?;
    progress(&format!(
        "{} identifiers, {} unremarkable",
        vocabulary.identifiers(),
        vocabulary.unremarkable.len()
    ));
    let counts = Counts::new(&texts, &vocabulary, options.order)?;
    drop(texts);
    progress(&format!("{:?} n-grams", counts.grams.iter().map(|g| g.keys.len()).collect::<Vec<_>>()));
    let model = estimate::estimate(&counts, options.method, options.order, options.cutoff, None)?;
    fit(&counts, &model, &vocabulary, options, by)
}

/// The card of a model: what it is, what it was made of, and how well it fits that.
#[must_use]
pub fn card(model: &Model, texts: &[Text]) -> String {
    let mut card = format!(
        "| model | |\n| --- | --- |\n| hash | {:016x} |\n| bytes | {} |\n| longest n-grams | {} characters |\n| made by | `{}` |\n\n\
         | text | characters | weight | nats a character | unknown characters |\n| --- | ---: | ---: | ---: | ---: |\n",
        model.hash(),
        model.size(),
        model.order(),
        model.note()
    );
    for (text, row) in texts.iter().zip(perplexity(model, texts)) {
        card += &format!(
            "| {} | {} | {} | {:.3} | {:.3} % |\n",
            row.name,
            row.chars,
            text.weight,
            row.nats,
            row.unknown * 100.0
        );
    }
    card
}

/// Runs a subcommand.
///
/// # Errors
///
/// If something cannot be read or written.
#[allow(clippy::print_stdout)]
pub fn run(args: &Args) -> Result<()> {
    match &args.command {
        Command::Train { text, out, options } => {
            let bytes = train(count::read_all(text)?, *options, "cargo dev lm train")?;
            write(out, &bytes)?;
            let model = Model::from_bytes(bytes)?;
            println!("{}: {} bytes, hash {:016x}", out.display(), model.size(), model.hash());
        }
        Command::Perplexity { model, text } => {
            let model = open(model.as_deref())?;
            let rows = perplexity(&model, &count::read(text)?);
            println!(
                "{:28} {:>9} {:>7} {:>9} {:>11} {:>9}",
                "file", "chars", "nats", "unknown", "remarkable", "pairs"
            );
            for row in
                rows.iter().chain([&sum("zh-hans", &rows), &sum("zh-hant", &rows), &mean("others", &rows)])
            {
                println!(
                    "{:28} {:>9} {:>7.3} {:>8.3}% {:>10.3}% {:>8.3}%",
                    row.name,
                    row.chars,
                    row.nats,
                    row.unknown * 100.0,
                    row.remarkable * 100.0,
                    row.pairs * 100.0
                );
            }
        }
        Command::Compare { text, orders, sizes, methods, cutoff } => {
            let texts = count::read(&text.join("train"))?;
            let vocabulary = Vocabulary::new(&texts)?;
            let order = orders.iter().copied().max().unwrap_or(3);
            let counts = Counts::new(&texts, &vocabulary, order)?;
            drop(texts);
            let dev = count::read(&text.join("dev"))?;
            println!(
                "| order | method | MB | zh-hans | zh-hant | others (mean) |\n| --- | --- | --- | --- | --- | --- |"
            );
            for &order in orders {
                for &method in methods {
                    let model = estimate::estimate(&counts, method, order, *cutoff, None)?;
                    for &size in sizes {
                        let options = Options { order, size: (size * 1e6) as usize, method, cutoff: *cutoff };
                        let model = Model::from_bytes(fit(
                            &counts,
                            &model,
                            &vocabulary,
                            options,
                            "cargo dev lm train",
                        )?)?;
                        let rows = perplexity(&model, &dev);
                        println!(
                            "| {order} | {method:?} | {:.2} | {:.3} | {:.3} | {:.3} |",
                            model.size() as f64 / 1e6,
                            sum("zh-hans", &rows).nats,
                            sum("zh-hant", &rows).nats,
                            mean("others", &rows).nats
                        );
                    }
                }
            }
        }
        Command::Speed { model, text } => {
            let model = open(model.as_deref())?;
            for text in count::read(text)? {
                let chars = text.content.chars().count();
                let (wall, cpu) = (Instant::now(), cpu_nanos());
                for _ in 0..SPEED_RUNS {
                    let cost: i64 = text.content.lines().map(|line| model.cost(line)).sum();
                    std::hint::black_box(cost);
                }
                let wall = wall.elapsed().as_nanos() as f64;
                let nanos = cpu.zip(cpu_nanos()).map_or(wall, |(start, end)| (end - start) as f64);
                println!("{:28} {:>6.1} ns/char", text.name, nanos / f64::from(SPEED_RUNS) / chars as f64);
            }
        }
    }
    Ok(())
}

/// How often `lm speed` scores each text.
const SPEED_RUNS: u32 = 20;

/// Time that this thread has had a processor, where Linux tells: other programs' share of a busy machine does not count.
fn cpu_nanos() -> Option<u64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

#[allow(clippy::print_stderr)]
fn progress(what: &str) {
    eprintln!("{what}");
}

fn open(path: Option<&Path>) -> Result<Model> {
    match path {
        None => Ok(Model::embedded().clone()),
        Some(path) => {
            let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
            Model::from_bytes(bytes).with_context(|| path.display().to_string())
        }
    }
}

/// Writes beside the file and renames, so that no half file is ever in its place.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = path.with_extension("tmp");
    std::fs::write(&part, bytes).with_context(|| format!("writing {}", part.display()))?;
    std::fs::rename(&part, path).with_context(|| format!("renaming to {}", path.display()))
}

/// Prunes to the size of the file.
fn fit(
    counts: &Counts,
    model: &[estimate::Estimated],
    vocabulary: &Vocabulary,
    options: Options,
    by: &str,
) -> Result<Vec<u8>> {
    let Options { order, size, method, cutoff } = options;
    let note = format!(
        "{by} --order {order} --size {size} --method {} --cutoff {cutoff}",
        format!("{method:?}").chars().fold(String::new(), |mut name, c| {
            if c.is_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(c.to_ascii_lowercase());
            name
        })
    );
    // What the rest of the file takes shows when it is packed without n-grams.
    let nothing = model.iter().enumerate().map(|(i, m)| vec![i == 0; m.keys.len()]).collect();
    let fixed = pack::pack(model, &nothing, vocabulary, note.clone()).pack().len();
    let mut budget = size.saturating_sub(fixed);
    loop {
        let kept = prune::prune(model, budget);
        let again = estimate::estimate(counts, method, order, cutoff, Some(&kept))?;
        let bytes = pack::pack(&again, &kept, vocabulary, note.clone()).pack();
        if bytes.len() <= size || budget == 0 {
            progress(&format!(
                "order {order} {method:?}: {:?} n-grams kept, {} bytes, {fixed} of them fixed",
                kept.iter().map(|k| k.iter().filter(|&&k| k).count()).collect::<Vec<_>>(),
                bytes.len()
            ));
            return Ok(bytes);
        }
        budget = budget.saturating_sub(bytes.len() - size + size / 2000);
    }
}

/// How well a model fits a text.
struct Fit {
    name: String,
    chars: u64,
    nats: f64,
    /// Shares of characters outside the vocabulary, of characters and of neighbours that the scan does not pass over.
    unknown: f64,
    remarkable: f64,
    pairs: f64,
}

fn perplexity(model: &Model, texts: &[Text]) -> Vec<Fit> {
    texts
        .par_iter()
        .map(|text| {
            let chars = text.content.chars().count() as u64;
            let unknown = text.content.chars().filter(|&c| !model.knows(c)).count();
            let remarkable = text.content.chars().filter(|&c| !train::is_common(model, c)).count();
            let pairs = text
                .content
                .chars()
                .zip(text.content.chars().skip(1))
                .filter(|&(a, b)| !train::pair_is_common(model, a, b))
                .count();
            let cost: i64 = text.content.lines().map(|line| model.cost(line)).sum();
            Fit {
                name: text.name.clone(),
                chars,
                nats: cost as f64 / f64::from(luanma::NAT) / chars as f64,
                unknown: unknown as f64 / chars as f64,
                remarkable: remarkable as f64 / chars as f64,
                pairs: pairs as f64 / chars as f64,
            }
        })
        .collect()
}

/// All files of a language together.
fn sum(language: &str, rows: &[Fit]) -> Fit {
    let rows: Vec<&Fit> = rows.iter().filter(|row| row.name.starts_with(language)).collect();
    let chars: u64 = rows.iter().map(|row| row.chars).sum();
    let total = |value: fn(&Fit) -> f64| {
        rows.iter().map(|row| value(row) * row.chars as f64).sum::<f64>() / chars as f64
    };
    Fit {
        name: format!("{language} (all)"),
        chars,
        nats: total(|row| row.nats),
        unknown: total(|row| row.unknown),
        remarkable: total(|row| row.remarkable),
        pairs: total(|row| row.pairs),
    }
}

/// The mean over the other languages, each counting once.
fn mean(name: &str, rows: &[Fit]) -> Fit {
    let rows: Vec<&Fit> =
        rows.iter().filter(|row| count::language(&row.name).is_some_and(|l| !l.starts_with("zh"))).collect();
    let mean = |value: fn(&Fit) -> f64| rows.iter().map(|row| value(row)).sum::<f64>() / rows.len() as f64;
    Fit {
        name: format!("{name} (mean)"),
        chars: rows.iter().map(|row| row.chars).sum(),
        nats: mean(|row| row.nats),
        unknown: mean(|row| row.unknown),
        remarkable: mean(|row| row.remarkable),
        pairs: mean(|row| row.pairs),
    }
}
