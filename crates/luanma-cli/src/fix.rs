//! `luanma fix` and `luanma check`: what happens to the results of a run.

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use luanma::{Gaps, Repairer};
use serde_json::{Map, json};

use crate::args::{Check, Fix, GapsArg, Input, Repairing, Running, StatsArg};
use crate::check::{self, Listing};
use crate::format::Format;
#[cfg(feature = "parquet")]
use crate::format::parquet::Table;
use crate::identity::{self, Identity};
use crate::input::Source;
use crate::messages::{self, Messages};
use crate::output::Output;
use crate::run::{self, Event, Sink};
use crate::walk::Inputs;
use crate::work::{Settings, Tally, Worked};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Fine,
    Found,
    Failed,
}

pub(crate) fn fix(args: &Fix) -> anyhow::Result<Outcome> {
    let mut settings = settings(&args.repairing, &args.input);
    let mut inputs = Inputs::new(&args.input, args.output.as_deref())?;
    settings.annotate.clone_from(&args.annotate);
    settings.findings = args.running.report.is_some();
    if let Some(name) = &args.annotate {
        let taken = settings.columns.iter().any(|column| column.split('.').next() == Some(name));
        ensure!(!taken, "--annotate {name}: a column to work on has this name");
        let other = inputs.sources.iter().find(|(_, format)| !format.is_json());
        if let Some((source, _)) = other {
            bail!("--annotate {name}: {} is not JSON and has no place for it", source.name());
        }
    }
    let mut running = args.running.clone();
    let destination = if args.in_place {
        ensure!(
            inputs.sources.iter().all(|(source, _)| *source != Source::Stdin),
            "--in-place: standard input has no file"
        );
        Destination::InPlace(Place::Left)
    } else {
        let mut destination = Destination::new(&inputs, args.output.as_deref())?;
        if args.resume {
            let Destination::Tree { paths, .. } = &mut destination else {
                bail!("--resume: only where -o names a directory can be seen what is done")
            };
            inputs.resume(paths, args.running.report.as_deref())?;
            running.append_report = true;
        }
        destination
    };
    let to_stdout = matches!(&args.output, Some(path) if path.as_os_str() == "-") || args.output.is_none();
    let report_to_stdout = args.running.report.as_ref().is_some_and(|path| path.as_os_str() == "-");
    ensure!(
        args.in_place || !(to_stdout && report_to_stdout),
        "--report -: the repaired text is written there"
    );
    let bar = bar(&running, &inputs.sources, !args.in_place && to_stdout);
    let sink = Results::new(inputs, destination, settings, &running)?;
    let tally = sink.run(&running, bar)?;
    Ok(tally.outcome(args.running.strict && !tally.tally.found.is_empty()))
}

pub(crate) fn check(args: &Check) -> anyhow::Result<Outcome> {
    let mut settings = settings(&args.repairing, &args.input);
    let inputs = Inputs::new(&args.input, None)?;
    let listing = match args {
        Check { quiet: true, .. } => Listing::Nothing,
        Check { files_with_findings: true, .. } => Listing::Files,
        _ => Listing::Findings,
    };
    settings.findings = listing == Listing::Findings || args.running.report.is_some();
    let bar = bar(&args.running, &inputs.sources, listing != Listing::Nothing);
    let mut sink = Results::new(inputs, Destination::None, settings, &args.running)?;
    if listing != Listing::Nothing {
        sink.listing = Some((listing, Output::stdout()));
    }
    let ended = sink.run(&args.running, bar)?;
    let found = if args.running.strict { !ended.tally.found.is_empty() } else { ended.tally.repairable() };
    Ok(ended.outcome(found))
}

/// The repairer's settings that the arguments ask for.
pub(crate) fn builder(args: &Repairing) -> luanma::Builder {
    let mut builder = Repairer::builder().gap_char(args.gap_char).gaps(match args.gaps {
        GapsArg::Infer => Gaps::Infer,
        GapsArg::Mark => Gaps::Mark,
        GapsArg::Refuse => Gaps::Refuse,
    });
    if let Some(confidence) = args.min_confidence {
        builder = builder.min_confidence(confidence);
    }
    for chain in &args.expect {
        builder = builder.expect(*chain);
    }
    if let Some(chain) = args.chain {
        builder = builder.only(chain);
    }
    builder
}

fn settings(args: &Repairing, input: &Input) -> Settings {
    let mut settings = Settings::new(builder(args), args.gap_char, distinct(&input.column));
    input.tell(&mut settings);
    settings
}

/// Each column once.
pub(crate) fn distinct(columns: &[String]) -> Vec<String> {
    let mut distinct = Vec::new();
    for column in columns {
        if !distinct.contains(column) {
            distinct.push(column.clone());
        }
    }
    distinct
}

/// The progress bar, if there is to be one: not where it would come between lines of output on a terminal.
fn bar(args: &Running, sources: &[(Source, Format)], to_stdout: bool) -> Option<Arc<ProgressBar>> {
    let terminal = io::stderr().is_terminal() && !(to_stdout && io::stdout().is_terminal());
    if args.no_progress || !(args.progress || terminal) {
        return None;
    }
    let size = sources.iter().map(|(source, _)| source.size()).sum::<Option<u64>>();
    let (bar, template) = match size {
        Some(size) => (
            ProgressBar::new(size),
            "{bar:30} {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}, {eta} left",
        ),
        None => (ProgressBar::new_spinner(), "{spinner} {binary_bytes}, {binary_bytes_per_sec}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    Some(Arc::new(bar))
}

/// Where repaired text goes.
pub(crate) enum Destination {
    None,
    /// All files, one after the other.
    One(Box<Output>),
    /// Each file's own place, if it changes.
    InPlace(Place),
    /// Each file's place in another directory.
    Tree {
        paths: Vec<PathBuf>,
        output: Option<Box<Output>>,
    },
}

impl Destination {
    /// Where `-o` says that it goes.
    pub(crate) fn new(inputs: &Inputs, output: Option<&Path>) -> anyhow::Result<Self> {
        let output = output.filter(|path| *path != Path::new("-"));
        if let Some(paths) = output.map(|path| inputs.tree(path)).transpose()?.flatten() {
            return Ok(Self::Tree { paths, output: None });
        }
        if let Some(directory) = &inputs.directory {
            bail!("{}: a directory: -o DIR/ or --in-place says where its files go", directory.display());
        }
        let table = inputs.sources.iter().find(|(_, format)| *format == Format::Parquet);
        if let Some((source, _)) = table.filter(|_| inputs.sources.len() > 1) {
            bail!(
                "{}: a Parquet file cannot stand beside others in one: -o DIR/ or --in-place",
                source.name()
            );
        }
        Ok(Self::One(Box::new(Output::named(output)?)))
    }
}

/// The file that is being worked on, and what may take its place.
pub(crate) enum Place {
    /// Nothing has changed in its first bytes, this many: there is nothing to write yet.
    Unchanged {
        source: Source,
        length: u64,
        /// Where in them records begin that are compressed each for itself.
        members: Vec<u64>,
    },
    Changed(Box<Output>),
    /// It stays as it is.
    Left,
}

impl Place {
    fn take(&mut self, worked: &Worked) -> anyhow::Result<()> {
        let Worked { block, edits, members: begun, .. } = worked;
        let bytes = &block.bytes;
        match self {
            Self::Unchanged { length, members, .. } if edits.is_empty() => {
                members.extend(begun.iter().map(|&at| *length + at as u64));
                *length += bytes.len() as u64;
            }
            Self::Unchanged { source: Source::File(path), length, members } => {
                let mut output = Output::file(path)?;
                let mut before = Source::File(path.clone()).open(None)?;
                let mut done = 0;
                for end in members.iter().copied().chain([*length]) {
                    let copied = io::copy(&mut (&mut before).take(end - done), &mut output)
                        .with_context(|| path.display().to_string())?;
                    ensure!(copied == end - done, "{}: it changed while it was read", path.display());
                    if end < *length {
                        output.member()?;
                    }
                    done = end;
                }
                output.edited(bytes, edits, begun)?;
                *self = Self::Changed(Box::new(output));
            }
            Self::Changed(output) => output.edited(bytes, edits, begun)?,
            Self::Unchanged { .. } | Self::Left => {}
        }
        Ok(())
    }
}

/// Takes the results: writes, lists, reports and counts them.
pub(crate) struct Results {
    sources: Vec<(Source, Format)>,
    destination: Destination,
    listing: Option<(Listing, Output)>,
    report: Option<Output>,
    identity: Identity,
    messages: Messages,
    tally: Tally,
    file: File,
    /// A file could not be read to its end.
    incomplete: bool,
    settings: Arc<Settings>,
    threads: usize,
}

/// The file that is being worked on.
#[derive(Default)]
struct File {
    name: String,
    /// Whole lines before the block, and characters after the last of them.
    lines: u64,
    pending: u64,
    records: u64,
    not_utf8: Option<(u64, u64)>,
    listed: bool,
}

/// What is left when a run has ended.
pub(crate) struct Ended {
    tally: Tally,
    failed: bool,
}

impl Ended {
    pub(crate) fn outcome(&self, found: bool) -> Outcome {
        match (self.failed, found) {
            (true, _) => Outcome::Failed,
            (false, true) => Outcome::Found,
            (false, false) => Outcome::Fine,
        }
    }
}

impl Results {
    pub(crate) fn new(
        inputs: Inputs,
        destination: Destination,
        settings: Settings,
        args: &Running,
    ) -> anyhow::Result<Self> {
        let open = if args.append_report { Output::append } else { Output::direct };
        let report = args.report.as_deref().map(open).transpose().context("--report")?;
        let mut messages = Messages::default();
        inputs.problems.iter().for_each(|problem| messages.error(problem));
        Ok(Self {
            sources: inputs.sources,
            destination,
            listing: None,
            report,
            identity: identity::identity(),
            messages,
            tally: Tally::default(),
            file: File::default(),
            incomplete: false,
            settings: Arc::new(settings),
            threads: args.threads.map_or_else(
                || std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
                usize::from,
            ),
        })
    }

    pub(crate) fn run(mut self, args: &Running, bar: Option<Arc<ProgressBar>>) -> anyhow::Result<Ended> {
        let (settings, threads) = (Arc::clone(&self.settings), self.threads);
        self.messages.bar.clone_from(&bar);
        let sources = self.sources.clone();
        let result = run::run(&sources, threads, &settings, bar.clone(), &mut self);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        result?;
        if let Destination::One(output) = self.destination {
            if self.incomplete {
                output.abandon()?;
            } else {
                output.finish()?;
            }
        }
        for output in self.report.into_iter().chain(self.listing.map(|(_, output)| output)) {
            output.finish()?;
        }
        match args.stats {
            Some(StatsArg::Text) => stats(&self.tally),
            Some(StatsArg::Json) => stats_json(&self.tally),
            None => {}
        }
        Ok(Ended { tally: self.tally, failed: self.messages.failed })
    }

    fn start(&mut self, index: usize) {
        self.file = File { name: self.sources[index].0.name(), ..File::default() };
        if let Destination::InPlace(place) = &mut self.destination {
            *place =
                Place::Unchanged { source: self.sources[index].0.clone(), length: 0, members: Vec::new() };
        }
        if let Destination::Tree { paths, output } = &mut self.destination {
            match Output::in_tree(&paths[index]) {
                Ok(file) => *output = Some(Box::new(file)),
                Err(e) => self.messages.error(format_args!("{e:#}")),
            }
        }
    }

    fn block(&mut self, worked: &Worked) -> anyhow::Result<()> {
        let bytes = &worked.block.bytes;
        match &mut self.destination {
            Destination::None => {}
            Destination::One(output) => output.edited(bytes, &worked.edits, &worked.members)?,
            Destination::Tree { output, .. } => {
                if let Some(file) = output
                    && let Err(e) = file.edited(bytes, &worked.edits, &worked.members)
                {
                    *output = None;
                    self.messages.error(format_args!("{e:#}"));
                }
            }
            Destination::InPlace(place) => {
                if let Err(e) = place.take(worked) {
                    *place = Place::Left;
                    self.messages.error(format_args!("{e:#}"));
                }
            }
        }
        let file = &mut self.file;
        for problem in &worked.problems {
            let begun = if problem.line == 0 { file.pending } else { 0 };
            let character = problem.character.map(|c| format!(" (character {})", begun + c + 1));
            let what = format_args!("{}{}", problem.what, character.unwrap_or_default());
            self.messages.record(&file.name, file.lines + problem.line + 1, what);
        }
        if let Some((lines, first)) = worked.not_utf8 {
            file.not_utf8.get_or_insert((0, file.lines + first + 1)).0 += lines;
        }
        for finding in &worked.findings {
            let line = file.lines + finding.line + 1;
            let begun = if finding.line == 0 { file.pending } else { 0 };
            if let Some(report) = &mut self.report {
                let mut value =
                    finding.report(&file.name, line, &self.identity, begun, file.records).to_string();
                value.push('\n');
                report.put(value.as_bytes())?;
            }
            if let Some((Listing::Findings, out)) = &mut self.listing {
                check::list(out, finding, &file.name, line, begun + finding.place + 1)?;
            }
        }
        if let Some((Listing::Files, out)) = &mut self.listing
            && !file.listed
            && !worked.tally.found.is_empty()
        {
            file.listed = true;
            out.put(format!("{}\n", file.name).as_bytes())?;
        }
        file.pending = if worked.tally.lines == 0 { file.pending + worked.pending } else { worked.pending };
        file.lines += worked.tally.lines;
        file.records += worked.records;
        self.tally.add(&worked.tally);
        Ok(())
    }

    fn end(&mut self, index: usize, result: io::Result<()>) -> anyhow::Result<()> {
        if let Err(e) = result {
            self.incomplete = true;
            self.messages.error(format_args!("{}: {e}", self.sources[index].0.name()));
            match &mut self.destination {
                Destination::InPlace(place) => *place = Place::Left,
                Destination::Tree { output, .. } => *output = None,
                Destination::None | Destination::One(_) => {}
            }
        }
        let file = std::mem::take(&mut self.file);
        self.tally.lines += u64::from(file.pending > 0);
        if let Some((lines, first)) = file.not_utf8 {
            let what = if lines == 1 {
                "this line is".to_owned()
            } else {
                format!("{lines} lines, this the first, are")
            };
            self.messages.error(format_args!("{}:{first}: {what} not UTF-8 and left as found", file.name));
        }
        self.messages.end_of_file(&file.name);
        // A run can be undone only with its report: that comes before the file.
        if let Some(report) = &mut self.report {
            report.send()?;
        }
        let output = match &mut self.destination {
            Destination::InPlace(place) => match std::mem::replace(place, Place::Left) {
                Place::Changed(output) => Some(output),
                _ => None,
            },
            Destination::Tree { output, .. } => output.take(),
            Destination::None | Destination::One(_) => None,
        };
        if let Some(output) = output
            && let Err(e) = output.finish()
        {
            self.messages.error(format_args!("{e:#}"));
        }
        Ok(())
    }
}

#[cfg(feature = "parquet")]
impl Results {
    /// Works on a Parquet file.
    fn whole(&mut self, index: usize) -> anyhow::Result<()> {
        self.start(index);
        let result = self.table(index);
        if let Some(bar) = &self.messages.bar {
            bar.inc(self.sources[index].0.size().unwrap_or(0));
        }
        self.end(index, result.map_err(io::Error::other))
    }

    fn table(&mut self, index: usize) -> Result<(), String> {
        let told = |e: anyhow::Error| format!("{e:#}");
        let Some(path) = self.sources[index].0.path().map(Path::to_owned) else {
            return Err("Parquet is read from files only".to_owned());
        };
        let settings = Arc::clone(&self.settings);
        let mut table = Table::open(&path).map_err(told)?;
        table.examine(&settings, self.threads, |worked| self.block(&worked)).map_err(told)?;
        let threads = self.threads;
        let write = |output: &mut Output| table.write(&settings, threads, output).map_err(told);
        match &mut self.destination {
            Destination::None => Ok(()),
            Destination::One(output) => write(output),
            Destination::Tree { output: Some(output), .. } => write(output),
            Destination::Tree { output: None, .. } => Ok(()),
            Destination::InPlace(place) => {
                if table.is_changed() {
                    let mut output = Output::file(&path).map_err(told)?;
                    write(&mut output)?;
                    *place = Place::Changed(Box::new(output));
                }
                Ok(())
            }
        }
    }
}

#[cfg(not(feature = "parquet"))]
impl Results {
    fn whole(&mut self, index: usize) -> anyhow::Result<()> {
        self.start(index);
        self.end(index, Err(io::Error::other("this program was built without Parquet")))
    }
}

impl Sink for Results {
    fn take(&mut self, event: Event<Worked>) -> anyhow::Result<()> {
        match event {
            Event::Start(index) => {
                self.start(index);
                Ok(())
            }
            Event::Block(worked) => self.block(&worked),
            Event::Whole(index) => self.whole(index),
            Event::End(index, result) => self.end(index, result),
        }
    }
}

fn stats(tally: &Tally) {
    messages::tell(format_args!(
        "{} bytes, {} lines, {} changed, {} left alone for an error",
        tally.bytes, tally.lines, tally.changed, tally.passed
    ));
    if tally.binary > 0 {
        messages::tell(format_args!("{} files that are no text were not looked at", tally.binary));
    }
    for ((verdict, chain), count) in &tally.found {
        let chain = chain.as_ref().map_or_else(|| "unknown chain".to_owned(), ToString::to_string);
        messages::tell(format_args!("{count} {verdict}, {chain}"));
    }
}

fn stats_json(tally: &Tally) {
    let mut verdicts = Map::new();
    let mut chains = Map::new();
    for ((verdict, chain), count) in &tally.found {
        let chain = chain.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        for (counts, name) in [(&mut verdicts, verdict.name()), (&mut chains, chain.as_str())] {
            let sum = counts.get(name).and_then(serde_json::Value::as_u64).unwrap_or(0) + count;
            counts.insert(name.to_owned(), json!(sum));
        }
    }
    messages::line(json!({
        "bytes": tally.bytes,
        "lines": tally.lines,
        "changed": tally.changed,
        "passed": tally.passed,
        "binary": tally.binary,
        "verdicts": verdicts,
        "chains": chains,
    }));
}
