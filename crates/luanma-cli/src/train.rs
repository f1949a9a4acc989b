//! `luanma train` and `luanma eval`: a model of one's own, and what it is worth.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, ensure};
use luanma::Model;
use luanma_train::lm::count;
use luanma_train::{eval, lm};

use crate::args::{Eval, Train};
use crate::fix::builder;
use crate::input::Compression;
use crate::messages::tell;
use crate::output::Output;

pub(crate) fn train(args: &Train) -> anyhow::Result<()> {
    // What cannot be written shows before the work, not after it.
    for text in &args.text {
        let is_text = is_text(&args.output, text);
        ensure!(!is_text, "-o {}: this is a text to learn from, and would be lost", args.output.display());
    }
    ensure!(
        Compression::of(&args.output) == Compression::None,
        "-o {}: a model is read in place, and is not compressed: name it otherwise",
        args.output.display()
    );
    let mut output = Output::file(&args.output)?;
    let mut texts = Vec::new();
    for path in &args.text {
        tell(format_args!("reading {}", path.display()));
        texts.extend(count::read(path)?);
    }
    let read = |texts: &[count::Text]| texts.iter().map(|text| text.content.len()).sum::<usize>();
    ensure!(read(&texts) > 0, "there is no text to learn from");
    tell(format_args!("counting {} bytes in {} files", read(&texts), texts.len()));
    let bytes = lm::train(texts, args.options, "luanma train")?;
    ensure!(
        bytes.len() <= args.options.size,
        "--size {}: what is kept of this text in any case takes {} bytes",
        args.options.size,
        bytes.len()
    );
    output.put(&bytes)?;
    output.finish()?;
    let model = Model::from_bytes(bytes)?;
    // Read once more rather than held while counting, which needs the memory.
    let texts = count::read_all(&args.text)?;
    let mut out = io::stdout().lock();
    out.write_all(lm::card(&model, &texts).as_bytes()).and_then(|()| out.flush()).context("<stdout>")
}

/// Whether `output` is there, and is the text, or one of those in the directory `text`.
fn is_text(output: &Path, text: &Path) -> bool {
    let (Ok(output), Ok(text)) = (output.canonicalize(), text.canonicalize()) else { return false };
    let is_listed = || output.extension().is_some_and(|extension| extension == "txt" || extension == "xz");
    output == text && text.is_file() || output.starts_with(&text) && is_listed()
}

pub(crate) fn eval(args: &Eval) -> anyhow::Result<()> {
    let wanted = eval::Args {
        samples: args.pairs.clone(),
        show: args.show,
        every: args.every,
        brief: args.brief,
        reliability: args.reliability,
        ..eval::Args::default()
    };
    eval::run(&wanted, &builder(&args.repairing).build(), &mut io::stdout().lock())
}
