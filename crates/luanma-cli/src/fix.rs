//! `luanma fix` and `luanma check`: what happens to the results of a run.

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use luanma::{Escapes, Gaps, Repairer};
use serde_json::{Map, json};

use crate::args::{Check, Fix, GapsArg, Input, Repairing, Running, StatsArg};
use crate::check::{At, Lister, Listing};
use crate::decoding::Account;
use crate::format::Format;
#[cfg(feature = "parquet")]
use crate::format::parquet::Table;
use crate::html::Page;
use crate::identity::{self, Identity};
use crate::input::Source;
#[cfg(feature = "parquet")]
use crate::input::spool;
use crate::journal::Journal;
use crate::messages::{self, Messages};
use crate::output::Output;
use crate::preview::{Preview, Shown};
use crate::run::{self, Event, Sink};
use crate::undo;
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
    inputs.leave_out(&args.input, args.output.as_deref(), &args.running)?;
    settings.annotate.clone_from(&args.annotate);
    settings.findings = args.running.wants_findings();
    if let Some(name) = &args.annotate {
        let taken = settings.columns.iter().any(|column| column.split('.').next() == Some(name));
        ensure!(!taken, "--annotate {name}: a column to work on has this name");
        let other = inputs.sources.iter().find(|(_, format)| !format.is_json());
        if let Some((source, _)) = other {
            bail!("--annotate {name}: {} is not JSON and has no place for it", source.name());
        }
    }
    let preview = match args {
        Fix { dry_run: true, .. } => Some(Shown::Files),
        Fix { diff: true, .. } => Some(Shown::Diff),
        _ => None,
    };
    let mut running = args.running.clone();
    let mut journal = None;
    let destination = if preview.is_some() {
        ensure!(!args.resume, "--resume: nothing is written");
        Destination::None
    } else if args.in_place {
        ensure!(
            inputs.sources.iter().all(|(source, _)| *source != Source::Stdin),
            "--in-place: standard input has no file"
        );
        inputs.once();
        let report = args.running.report.as_deref().filter(|path| path.as_os_str() != "-");
        ensure!(
            !args.resume || report.is_some(),
            "--resume: with --in-place, only the run's --report tells what is done"
        );
        if let Some(report) = report {
            let path = Journal::beside(report);
            running.append_report = args.resume;
            if args.resume {
                match Journal::read(&path)? {
                    Some(done) => inputs.resume_in_place(&done, report)?,
                    // All that it tells of is done, and would be lost if the files were worked on again.
                    None if report.metadata().is_ok_and(|report| report.len() > 0) => {
                        messages::tell(format_args!(
                            "{}: the run of this report has ended: nothing is left to do",
                            report.display()
                        ));
                        return Ok(Outcome::Fine);
                    }
                    None => {}
                }
            }
            journal = Some(path);
        }
        Destination::InPlace(Place::Left)
    } else {
        Destination::resumed(&mut inputs, args.output.as_deref(), args.resume, &mut running)?
    };
    let to_stdout = is_stdout(args.output.as_deref());
    ensure!(
        args.in_place || preview.is_some() || !(to_stdout && running.reports_to_stdout()),
        "--report -: the repaired text is written there"
    );
    let bar = bar(&running, &inputs.sources, !args.in_place && to_stdout);
    let mut sink = Results::new(inputs, destination, settings, &running)?;
    // After the report: while that of another run is there, no journal says that it goes on.
    sink.journal = journal.map(|path| Journal::open(&path, args.resume)).transpose()?;
    sink.preview = preview.map(Preview::new);
    sink.is_by(&args.repairing);
    sink.page(&args.running)?;
    let ended = sink.run(&running, bar)?;
    Ok(ended.outcome(args.running.strict && ended.found()))
}

/// Whether `-o` names standard output.
pub(crate) fn is_stdout(output: Option<&Path>) -> bool {
    output.is_none_or(|path| path.as_os_str() == "-")
}

pub(crate) fn check(args: &Check) -> anyhow::Result<Outcome> {
    let mut settings = settings(&args.repairing, &args.input);
    let mut inputs = Inputs::new(&args.input, None)?;
    inputs.leave_out(&args.input, None, &args.running)?;
    let listing = match args {
        Check { quiet: true, .. } => Listing::Nothing,
        Check { files_with_findings: true, .. } => Listing::Files,
        _ => Listing::Findings(args.output),
    };
    settings.findings = matches!(listing, Listing::Findings(_)) || args.running.wants_findings();
    let bar = bar(&args.running, &inputs.sources, listing != Listing::Nothing);
    let mut sink = Results::new(inputs, Destination::None, settings, &args.running)?;
    sink.is_by(&args.repairing);
    sink.page(&args.running)?;
    if listing != Listing::Nothing {
        sink.listing = Some(Lister::new(listing, &sink.identity)?);
    }
    let ended = sink.run(&args.running, bar)?;
    let found = if args.running.strict { ended.found() } else { ended.tally.repairable() };
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
    if args.escapes {
        builder = builder.escapes(Escapes::Read);
    }
    if let Some(chain) = args.chain {
        builder = builder.only(chain);
    }
    if let Some(model) = &args.model {
        builder = builder.model(model.clone());
    }
    builder
}

pub(crate) fn settings(args: &Repairing, input: &Input) -> Settings {
    let mut settings = Settings::new(builder(args), args.gap_char);
    input.tell(&mut settings);
    settings
}

/// The progress bar, if there is to be one: not where it would come between lines of output on a terminal.
pub(crate) fn bar(args: &Running, sources: &[(Source, Format)], to_stdout: bool) -> Option<Arc<ProgressBar>> {
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
    /// As [`Self::new`]; with `--resume`, only what is not done yet is left of `inputs`.
    pub(crate) fn resumed(
        inputs: &mut Inputs,
        output: Option<&Path>,
        resume: bool,
        running: &mut Running,
    ) -> anyhow::Result<Self> {
        let destination = Self::new(inputs, output)?;
        if !resume {
            return Ok(destination);
        }
        let (Self::Tree { .. }, Some(directory)) = (&destination, output) else {
            bail!("--resume: only where -o names a directory, or with --in-place, can be seen what is done")
        };
        inputs.resume(directory, running.report.as_deref())?;
        running.append_report = true;
        Self::new(inputs, output)
    }

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
    listing: Option<Lister>,
    preview: Option<Preview>,
    page: Option<Page>,
    report: Option<Output>,
    journal: Option<Journal>,
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
    tally: Tally,
}

/// What is left when a run has ended.
pub(crate) struct Ended {
    tally: Tally,
    failed: bool,
}

impl Ended {
    /// Whether anything was found.
    pub(crate) fn found(&self) -> bool {
        !self.tally.found.is_empty()
    }

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
            preview: None,
            page: None,
            report,
            journal: None,
            identity: identity::identity(),
            messages,
            tally: Tally::default(),
            files: args.stats.map(|_| Vec::new()),
            written: 0,
            file: File::default(),
            incomplete: false,
            settings: Arc::new(settings),
            threads: args.threads.map_or_else(
                || std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
                usize::from,
            ),
        })
    }

    /// The answers are those of the model that the arguments name.
    pub(crate) fn is_by(&mut self, args: &Repairing) {
        if let Some(model) = &args.model {
            self.identity = identity::with(model);
        }
    }

    /// Begins the page, if one is wanted.
    pub(crate) fn page(&mut self, args: &Running) -> anyhow::Result<()> {
        let page = args.html.as_deref().map(|path| Page::new(path, &self.identity));
        self.page = page.transpose().context("--html")?;
        Ok(())
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
        self.report.map_or(Ok(()), Output::finish)?;
        self.listing.map_or(Ok(()), Lister::finish)?;
        if let Some(journal) = self.journal {
            journal.finish()?;
        }
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
            let what = format!("{}{}", problem.what, character.unwrap_or_default());
            self.messages.record(&file.name, file.lines + problem.line + 1, what);
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
                let mut value = finding.report(&file.name, line, &self.identity, begun, file.records);
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
        file.records += worked.records;
        self.tally.add(&worked.tally);
        Ok(())
    }

    fn end(&mut self, index: usize, result: io::Result<()>) -> anyhow::Result<()> {
        if let Some(account) = self.settings.take_account(index) {
            if let Some(bad) = account.message(&self.file.name) {
                self.messages.error(bad);
            }
            self.file.tally.decoded.add(&account);
            self.tally.decoded.add(&account);
        }
        let whole = result.is_ok();
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
        if let Some(preview) = &mut self.preview {
            preview.end(&file.name)?;
        }
        let is_told = !file.tally.found.is_empty() || !file.tally.decoded.codecs.is_empty();
        if let Some(files) = self.files.as_mut().filter(|_| is_told) {
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
        let output = match &mut self.destination {
            Destination::InPlace(place) => match std::mem::replace(place, Place::Left) {
                Place::Changed(output) => Some(output),
                Place::Unchanged { source: Source::File(path), .. } if whole => {
                    if let Some(journal) = &mut self.journal {
                        journal.done(&file.name, &path.metadata())?;
                    }
                    None
                }
                _ => None,
            },
            Destination::Tree { output, .. } => output.take(),
            Destination::None | Destination::One(_) => None,
        };
        if let Some(output) = output
            && let Err(e) = self.finish(&file.name, *output)
        {
            self.messages.error(format_args!("{e:#}"));
        }
        Ok(())
    }

    /// Gives what was written of a file its name. The journal knows before how it will look: where the run is killed in
    /// between, it does not look so.
    fn finish(&mut self, name: &str, mut output: Output) -> anyhow::Result<()> {
        if let Some(journal) = &mut self.journal
            && let Some(written) = output.close()?
        {
            journal.done(name, &written.metadata())?;
        }
        output.finish()
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
        let source = self.sources[index].0.clone();
        let settings = Arc::clone(&self.settings);
        let mut table = match source.path() {
            Some(path) => Table::open(path),
            // It is read from its end.
            None => spool(io::stdin()).context("standard input, in a temporary file").and_then(Table::new),
        }
        .map_err(told)?;
        table.examine(&settings, self.threads, |worked| self.block(&worked)).map_err(told)?;
        let threads = self.threads;
        let write = |output: &mut Output| table.write(&settings, threads, output).map_err(told);
        match &mut self.destination {
            Destination::None => Ok(()),
            Destination::One(output) => write(output),
            Destination::Tree { output: Some(output), .. } => write(output),
            Destination::Tree { output: None, .. } => Ok(()),
            Destination::InPlace(place) => {
                if let Some(path) = source.path().filter(|_| table.is_changed()) {
                    let mut output = Output::file(path).map_err(told)?;
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

fn stats(tally: &Tally, files: &[(String, Tally)]) {
    messages::tell(format_args!(
        "{} bytes, {} lines, {} changed, {} left alone for an error",
        tally.bytes, tally.lines, tally.changed, tally.passed
    ));
    if tally.binary > 0 {
        messages::tell(format_args!("{} files that are no text were not looked at", tally.binary));
    }
    if !tally.decoded.codecs.is_empty() {
        messages::tell(codecs(&tally.decoded));
    }
    for ((verdict, chain), count) in &tally.found {
        let chain = chain.as_ref().map_or_else(|| "unknown chain".to_owned(), ToString::to_string);
        messages::tell(format_args!("{count} {verdict}, {chain}"));
    }
    for (name, tally) in files {
        let count: u64 = tally.found.values().sum();
        let mut line = format!("{name}: {count} found, {} lines changed", tally.changed);
        if !tally.decoded.codecs.is_empty() {
            line = format!("{line}; {}", codecs(&tally.decoded));
        }
        messages::tell(line);
    }
}

/// Bytes by codec, the most first.
fn codecs(decoded: &Account) -> String {
    let mut codecs: Vec<_> = decoded.codecs.iter().collect();
    codecs.sort_by_key(|(_, bytes)| std::cmp::Reverse(**bytes));
    let codecs: Vec<_> = codecs.iter().map(|(codec, bytes)| format!("{bytes} bytes of {codec}")).collect();
    codecs.join(", ")
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
        let mut object =
            json!({ "file": name, "changed": tally.changed, "verdicts": verdicts, "chains": chains });
        decoded_json(&mut object, &tally.decoded);
        object
    };
    let mut object = json!({
        "bytes": tally.bytes,
        "lines": tally.lines,
        "changed": tally.changed,
        "passed": tally.passed,
        "binary": tally.binary,
        "verdicts": verdicts,
        "chains": chains,
        "files": files.iter().map(file_json).collect::<Vec<_>>(),
    });
    decoded_json(&mut object, &tally.decoded);
    messages::line(object);
}

/// Adds what was decoded, if anything was.
fn decoded_json(object: &mut serde_json::Value, decoded: &Account) {
    if !decoded.codecs.is_empty() {
        object["codecs"] = json!(decoded.codecs);
        object["undecodable"] = json!(decoded.undecodable);
    }
}

impl Running {
    /// Whether anyone reads the findings.
    pub(crate) fn wants_findings(&self) -> bool {
        self.report.is_some() || self.html.is_some()
    }

    pub(crate) fn reports_to_stdout(&self) -> bool {
        self.report.as_ref().is_some_and(|path| path.as_os_str() == "-")
    }
}
