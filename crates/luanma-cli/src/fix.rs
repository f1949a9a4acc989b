//! `luanma fix` and `luanma check`: what happens to the results of a run.

use std::io::{self, IsTerminal, Read};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use luanma::{Gaps, Repairer};
use serde_json::{Map, json};

use crate::args::{Check, Fix, GapsArg, Input, Repairing, Running, StatsArg};
use crate::check::{At, Lister, Listing};
use crate::format::Format;
use crate::html::Page;
use crate::identity::{self, Identity};
use crate::input::Source;
use crate::messages::{self, Messages};
use crate::output::Output;
use crate::preview::{Preview, Shown};
use crate::run::{self, Event, Sink};
use crate::undo;
use crate::work::{Edit, Settings, Tally, Worked};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Fine,
    Found,
    Failed,
}

pub(crate) fn fix(args: &Fix) -> anyhow::Result<Outcome> {
    let mut settings = settings(&args.repairing, &args.input.column);
    let sources = sources(&args.input);
    settings.annotate.clone_from(&args.annotate);
    settings.findings = args.running.wants_findings();
    if let Some(name) = &args.annotate {
        let taken = settings.columns.iter().any(|column| column.split('.').next() == Some(name));
        ensure!(!taken, "--annotate {name}: a column to work on has this name");
        let text = sources.iter().find(|(_, format)| *format == Format::Text);
        if let Some((source, _)) = text {
            bail!("--annotate {name}: {} is text, which has no place for it", source.name());
        }
    }
    let preview = match args {
        Fix { dry_run: true, .. } => Some(Shown::Files),
        Fix { diff: true, .. } => Some(Shown::Diff),
        _ => None,
    };
    let destination = if preview.is_some() {
        Destination::None
    } else if args.in_place {
        ensure!(
            sources.iter().all(|(source, _)| *source != Source::Stdin),
            "--in-place: standard input has no file"
        );
        Destination::InPlace(Place::Left)
    } else {
        Destination::One(Box::new(Output::named(args.output.as_deref())?))
    };
    let to_stdout = matches!(&args.output, Some(path) if path.as_os_str() == "-") || args.output.is_none();
    let report_to_stdout = args.running.report.as_ref().is_some_and(|path| path.as_os_str() == "-");
    ensure!(
        args.in_place || preview.is_some() || !(to_stdout && report_to_stdout),
        "--report -: the repaired text is written there"
    );
    let mut sink = Results::new(&sources, destination, &args.running)?;
    sink.preview = preview.map(Preview::new);
    sink.is_by(&args.repairing);
    sink.page(&args.running)?;
    let bar = bar(&args.running, &sources, !args.in_place && to_stdout);
    let tally = sink.run(settings, &args.running, bar)?;
    Ok(tally.outcome(args.running.strict && !tally.tally.found.is_empty()))
}

pub(crate) fn check(args: &Check) -> anyhow::Result<Outcome> {
    let mut settings = settings(&args.repairing, &args.input.column);
    let sources = sources(&args.input);
    let listing = match args {
        Check { quiet: true, .. } => Listing::Nothing,
        Check { files_with_findings: true, .. } => Listing::Files,
        _ => Listing::Findings(args.output),
    };
    settings.findings = matches!(listing, Listing::Findings(_)) || args.running.wants_findings();
    let mut sink = Results::new(&sources, Destination::None, &args.running)?;
    sink.is_by(&args.repairing);
    sink.page(&args.running)?;
    if listing != Listing::Nothing {
        sink.listing = Some(Lister::new(listing, &sink.identity)?);
    }
    let bar = bar(&args.running, &sources, listing != Listing::Nothing);
    let ended = sink.run(settings, &args.running, bar)?;
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
    if let Some(model) = &args.model {
        builder = builder.model(model.clone());
    }
    builder
}

fn settings(args: &Repairing, columns: &[String]) -> Settings {
    Settings::new(builder(args), args.gap_char, distinct(columns))
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

pub(crate) fn sources(args: &Input) -> Vec<(Source, Format)> {
    let with_format = |source: Source| {
        let format = Format::of(args.format, source.path());
        (source, format)
    };
    Source::all(&args.files).into_iter().map(with_format).collect()
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
}

/// The file that is being worked on, and what may take its place.
pub(crate) enum Place {
    /// Nothing has changed in its first bytes, this many: there is nothing to write yet.
    Unchanged {
        source: Source,
        length: u64,
    },
    Changed(Box<Output>),
    /// It stays as it is.
    Left,
}

impl Place {
    fn take(&mut self, bytes: &[u8], edits: &[Edit]) -> anyhow::Result<()> {
        match self {
            Self::Unchanged { length, .. } if edits.is_empty() => *length += bytes.len() as u64,
            Self::Unchanged { source: Source::File(path), length } => {
                let mut output = Output::file(path)?;
                let mut before = Source::File(path.clone()).open(None)?.take(*length);
                let copied =
                    io::copy(&mut before, &mut output).with_context(|| path.display().to_string())?;
                ensure!(copied == *length, "{}: it changed while it was read", path.display());
                output.edited(bytes, edits)?;
                *self = Self::Changed(Box::new(output));
            }
            Self::Changed(output) => output.edited(bytes, edits)?,
            Self::Unchanged { .. } | Self::Left => {}
        }
        Ok(())
    }
}

/// Takes the results: writes, lists, reports and counts them.
pub(crate) struct Results {
    sources: Vec<(Source, Format)>,
    destination: Destination,
    listing: Option<Lister>,
    preview: Option<Preview>,
    page: Option<Page>,
    report: Option<Output>,
    identity: Identity,
    messages: Messages,
    tally: Tally,
    /// What was found in each file, if that is to be told.
    files: Option<Vec<(String, Tally)>>,
    /// Bytes of the output before the block.
    written: u64,
    file: File,
    /// A file could not be read to its end.
    incomplete: bool,
}

/// The file that is being worked on.
#[derive(Default)]
struct File {
    name: String,
    /// Whole lines before the block, and characters after the last of them.
    lines: u64,
    pending: u64,
    not_utf8: Option<(u64, u64)>,
    listed: bool,
    tally: Tally,
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
        sources: &[(Source, Format)],
        destination: Destination,
        args: &Running,
    ) -> anyhow::Result<Self> {
        let report = args.report.as_deref().map(Output::direct).transpose().context("--report")?;
        Ok(Self {
            sources: sources.to_vec(),
            destination,
            listing: None,
            preview: None,
            page: None,
            report,
            identity: identity::identity(),
            messages: Messages::default(),
            tally: Tally::default(),
            files: args.stats.map(|_| Vec::new()),
            written: 0,
            file: File::default(),
            incomplete: false,
        })
    }

    /// The answers are those of the model that the arguments name.
    fn is_by(&mut self, args: &Repairing) {
        if let Some(model) = &args.model {
            self.identity = identity::with(model);
        }
    }

    /// Begins the page, if one is wanted.
    fn page(&mut self, args: &Running) -> anyhow::Result<()> {
        let page = args.html.as_deref().map(|path| Page::new(path, &self.identity));
        self.page = page.transpose().context("--html")?;
        Ok(())
    }

    pub(crate) fn run(
        mut self,
        settings: Settings,
        args: &Running,
        bar: Option<Arc<ProgressBar>>,
    ) -> anyhow::Result<Ended> {
        let threads = args.threads.map_or_else(
            || std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            usize::from,
        );
        self.messages.bar.clone_from(&bar);
        let sources = self.sources.clone();
        let result = run::run(&sources, threads, &Arc::new(settings), bar.clone(), &mut self);
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
        self.report.map_or(Ok(()), Output::finish)?;
        self.listing.map_or(Ok(()), Lister::finish)?;
        self.page.map_or(Ok(()), Page::finish)?;
        let files = self.files.unwrap_or_default();
        match args.stats {
            Some(StatsArg::Text) => stats(&self.tally, &files),
            Some(StatsArg::Json) => stats_json(&self.tally, &files),
            None => {}
        }
        Ok(Ended { tally: self.tally, failed: self.messages.failed })
    }

    fn start(&mut self, index: usize) {
        self.file = File { name: self.sources[index].0.name(), ..File::default() };
        // Where all goes into one output, or would, places go on from file to file.
        if !matches!(self.destination, Destination::One(_) | Destination::None) {
            self.written = 0;
        }
        if let Destination::InPlace(place) = &mut self.destination {
            *place = Place::Unchanged { source: self.sources[index].0.clone(), length: 0 };
        }
    }

    fn block(&mut self, worked: &Worked) -> anyhow::Result<()> {
        let bytes = &worked.block.bytes;
        match &mut self.destination {
            Destination::None => {}
            Destination::One(output) => output.edited(bytes, &worked.edits)?,
            Destination::InPlace(place) => {
                if let Err(e) = place.take(bytes, &worked.edits) {
                    *place = Place::Left;
                    self.messages.error(format_args!("{e:#}"));
                }
            }
        }
        let file = &mut self.file;
        for problem in &worked.problems {
            self.messages.record(&file.name, file.lines + problem.line + 1, &problem.what);
        }
        if let Some((lines, first)) = worked.not_utf8 {
            file.not_utf8.get_or_insert((0, file.lines + first + 1)).0 += lines;
        }
        let changes = undo::changes(&worked.edits, &worked.findings, self.written);
        self.written += undo::length(bytes, &worked.edits);
        if let Some(preview) = &mut self.preview {
            preview.block(&file.name, worked)?;
        }
        for (finding, change) in worked.findings.iter().zip(&changes) {
            let line = file.lines + finding.line + 1;
            let begun = if finding.line == 0 { file.pending } else { 0 };
            if let Some(report) = &mut self.report {
                let mut value = finding.report(&file.name, line, &self.identity, begun);
                if let serde_json::Value::Object(object) = &mut value {
                    change.tell(object, finding, bytes);
                }
                report.put(format!("{value}\n").as_bytes())?;
            }
            if let Some(lister) = &mut self.listing {
                lister.list(finding, At { file: &file.name, line, column: begun + finding.place + 1 })?;
            }
            if let Some(page) = &mut self.page {
                page.add(&file.name, line, finding, change.own.map(|(edit, _)| edit), bytes)?;
            }
        }
        if let Some(lister) = &mut self.listing
            && lister.listing == Listing::Files
            && !file.listed
            && !worked.tally.found.is_empty()
        {
            file.listed = true;
            lister.file(&file.name)?;
        }
        file.tally.add(&worked.tally);
        file.pending = if worked.tally.lines == 0 { file.pending + worked.pending } else { worked.pending };
        file.lines += worked.tally.lines;
        self.tally.add(&worked.tally);
        Ok(())
    }

    fn end(&mut self, index: usize, result: io::Result<()>) -> anyhow::Result<()> {
        if let Err(e) = result {
            self.incomplete = true;
            self.messages.error(format_args!("{}: {e}", self.sources[index].0.name()));
            if let Destination::InPlace(place) = &mut self.destination {
                *place = Place::Left;
            }
        }
        let file = std::mem::take(&mut self.file);
        if let Some(preview) = &mut self.preview {
            preview.end(&file.name)?;
        }
        if let Some(files) = self.files.as_mut().filter(|_| !file.tally.found.is_empty()) {
            files.push((file.name.clone(), file.tally.clone()));
        }
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
        if let Destination::InPlace(place) = &mut self.destination
            && let Place::Changed(output) = std::mem::replace(place, Place::Left)
            && let Err(e) = output.finish()
        {
            self.messages.error(format_args!("{e:#}"));
        }
        Ok(())
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
            Event::End(index, result) => self.end(index, result),
        }
    }
}

fn stats(tally: &Tally, files: &[(String, Tally)]) {
    messages::tell(format_args!(
        "{} bytes, {} lines, {} changed, {} left alone for an error",
        tally.bytes, tally.lines, tally.changed, tally.passed
    ));
    for ((verdict, chain), count) in &tally.found {
        let chain = chain.as_ref().map_or_else(|| "unknown chain".to_owned(), ToString::to_string);
        messages::tell(format_args!("{count} {verdict}, {chain}"));
    }
    for (name, tally) in files {
        let count: u64 = tally.found.values().sum();
        messages::tell(format_args!("{name}: {count} found, {} lines changed", tally.changed));
    }
}

/// Stretches by verdict and by chain.
fn found_json(tally: &Tally) -> [Map<String, serde_json::Value>; 2] {
    let mut verdicts = Map::new();
    let mut chains = Map::new();
    for ((verdict, chain), count) in &tally.found {
        let chain = chain.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        for (counts, name) in [(&mut verdicts, verdict.name()), (&mut chains, chain.as_str())] {
            let sum = counts.get(name).and_then(serde_json::Value::as_u64).unwrap_or(0) + count;
            counts.insert(name.to_owned(), json!(sum));
        }
    }
    [verdicts, chains]
}

fn stats_json(tally: &Tally, files: &[(String, Tally)]) {
    let [verdicts, chains] = found_json(tally);
    let file_json = |(name, tally): &(String, Tally)| {
        let [verdicts, chains] = found_json(tally);
        json!({ "file": name, "changed": tally.changed, "verdicts": verdicts, "chains": chains })
    };
    messages::line(json!({
        "bytes": tally.bytes,
        "lines": tally.lines,
        "changed": tally.changed,
        "passed": tally.passed,
        "verdicts": verdicts,
        "chains": chains,
        "files": files.iter().map(file_json).collect::<Vec<_>>(),
    }));
}

impl Running {
    /// Whether anyone reads the findings.
    fn wants_findings(&self) -> bool {
        self.report.is_some() || self.html.is_some()
    }
}
