//! Files and directories that the arguments name, and where in another directory their results go.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use ignore::WalkBuilder;
use ignore::overrides::OverrideBuilder;

use crate::args::{Input, Running};
use crate::format::Format;
use crate::input::Source;
use crate::journal::{Done, Journal};
use crate::output::{Output, is_temporary};

/// Directories in which a version control system keeps its own files.
const OF_VERSION_CONTROL: [&str; 5] = [".git", ".hg", ".svn", ".jj", ".bzr"];

/// What is to be read.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) sources: Vec<(Source, Format)>,
    /// Where each of them stands under the directory that an argument names.
    places: Vec<PathBuf>,
    /// The first of the arguments that is a directory.
    pub(crate) directory: Option<PathBuf>,
    /// What could not be listed.
    pub(crate) problems: Vec<String>,
}

impl Inputs {
    /// The files that the arguments name, and those in the directories that they name, besides what is in `output`.
    pub(crate) fn new(args: &Input, output: Option<&Path>) -> anyhow::Result<Self> {
        let mut inputs = Self::default();
        let output = output.and_then(|path| fs::canonicalize(path).ok());
        for source in Source::all(&args.files) {
            match source.path().filter(|path| path.is_dir()) {
                Some(directory) => inputs.walk(directory, args, output.as_deref())?,
                None => {
                    let place =
                        source.path().and_then(Path::file_name).map(PathBuf::from).unwrap_or_default();
                    let format = Format::of(args.format, source.path());
                    inputs.sources.push((source, format));
                    inputs.places.push(place);
                }
            }
        }
        Ok(inputs)
    }

    fn walk(&mut self, directory: &Path, args: &Input, output: Option<&Path>) -> anyhow::Result<()> {
        let mut globs = OverrideBuilder::new(directory);
        for glob in &args.include {
            globs.add(glob).context("--include")?;
        }
        for glob in &args.exclude {
            globs.add(&format!("!{glob}")).context("--exclude")?;
        }
        let output = output.map(Path::to_owned);
        let leave_out = args.ignore_files;
        let mut walk = WalkBuilder::new(directory);
        walk.standard_filters(false)
            .require_git(false)
            .parents(leave_out)
            .ignore(leave_out)
            .git_ignore(leave_out)
            .git_exclude(leave_out)
            .git_global(leave_out)
            .overrides(globs.build().context("--include")?)
            .sort_by_file_name(OsStr::cmp)
            .filter_entry(move |entry| {
                let name = entry.file_name();
                if entry.file_type().is_some_and(|kind| kind.is_dir()) {
                    let own = entry.depth() > 0 && OF_VERSION_CONTROL.iter().any(|own| name == *own);
                    let is_output = || fs::canonicalize(entry.path()).ok().as_deref() == output.as_deref();
                    !(own || entry.depth() > 0 && output.is_some() && is_output())
                } else {
                    !is_temporary(name)
                }
            });
        for entry in walk.build() {
            match entry {
                // Links to files are files; links to directories are not followed.
                Ok(entry) if entry.path().is_file() => {
                    let path = entry.into_path();
                    let place = path.strip_prefix(directory).unwrap_or(&path).to_owned();
                    let format = Format::found(args.format, &path);
                    self.sources.push((Source::File(path), format));
                    self.places.push(place);
                }
                Ok(_) => {}
                Err(e) => self.problems.push(e.to_string()),
            }
        }
        self.directory.get_or_insert_with(|| directory.to_owned());
        Ok(())
    }

    /// What a run of these arguments writes beside its results is no input where it was found in a directory, and an
    /// error where it was named: it would be lost.
    pub(crate) fn leave_out(
        &mut self,
        args: &Input,
        output: Option<&Path>,
        running: &Running,
    ) -> anyhow::Result<()> {
        let mut written: Vec<(&str, &Path, PathBuf)> = Vec::new();
        let paths = [
            ("--output", output),
            ("--report", running.report.as_deref()),
            ("--html", running.html.as_deref()),
        ];
        for (flag, path) in paths {
            let Some((path, file)) = path.and_then(|path| Some((path, file_at(path)?))) else { continue };
            if let Some((other, ..)) = written.iter().find(|(.., taken)| *taken == file) {
                bail!("{flag} {}: {other} is written there", path.display());
            }
            written.push((flag, path, file));
        }
        // A file may be written over itself: it is replaced when all of it was read.
        written.retain(|(flag, ..)| *flag != "--output");
        for named in &args.files {
            let Some(named) = file_at(named) else { continue };
            if let Some((flag, path, _)) = written.iter().find(|(.., taken)| *taken == named) {
                bail!("{flag} {}: this is an input, and would be lost", path.display());
            }
        }
        let written: Vec<_> = [&running.report, &running.html]
            .into_iter()
            .flatten()
            .flat_map(|path| {
                [path.clone(), Journal::beside(path)]
                    .into_iter()
                    .filter_map(|path| fs::canonicalize(path).ok())
            })
            .collect();
        if written.is_empty() {
            return Ok(());
        }
        self.keep(|source, place| {
            let is_written = place
                .file_name()
                .is_some_and(|name| written.iter().any(|path| path.file_name() == Some(name)))
                && source
                    .path()
                    .is_some_and(|path| fs::canonicalize(path).is_ok_and(|path| written.contains(&path)));
            !is_written
        });
        Ok(())
    }

    /// Leaves out what was named or found before: a file that is to be replaced can be so once.
    pub(crate) fn once(&mut self) {
        let mut met = HashSet::new();
        self.keep(|source, _| source.path().and_then(file_at).is_none_or(|file| met.insert(file)));
    }

    /// Leaves out the sources for which `keep` says no; it is asked in their order.
    fn keep(&mut self, mut keep: impl FnMut(&Source, &Path) -> bool) {
        let all = self.sources.drain(..).zip(self.places.drain(..));
        let (sources, places) = all.filter(|((source, _), place)| keep(source, place)).unzip();
        (self.sources, self.places) = (sources, places);
    }

    /// Where each result goes under `output`, if that is a directory or has to be one.
    pub(crate) fn tree(&self, output: &Path) -> anyhow::Result<Option<Vec<PathBuf>>> {
        let ends_as_one = output.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
        if self.directory.is_none() && !ends_as_one && !output.is_dir() {
            return Ok(None);
        }
        ensure!(!output.exists() || output.is_dir(), "{}: not a directory", output.display());
        let mut taken = HashSet::new();
        let mut paths = Vec::with_capacity(self.places.len());
        for ((source, _), place) in self.sources.iter().zip(&self.places) {
            let Some(input) = source.path() else {
                bail!("standard input has no name for a file in {}", output.display())
            };
            let path = output.join(place);
            ensure!(taken.insert(place), "{}: two inputs would be written there", path.display());
            let itself = path.exists() && fs::canonicalize(&path).ok() == fs::canonicalize(input).ok();
            ensure!(
                !itself,
                "{}: its own output would take its place (--in-place does that)",
                path.display()
            );
            paths.push(path);
        }
        Ok(Some(paths))
    }

    /// Leaves out what was written to `paths` by a run before and is not older than its source. What that run told of the
    /// others goes out of its `report`.
    pub(crate) fn resume(&mut self, paths: &mut Vec<PathBuf>, report: Option<&Path>) -> anyhow::Result<()> {
        let time = |path: &Path| path.metadata().ok().filter(fs::Metadata::is_file)?.modified().ok();
        let mut done = HashSet::new();
        let mut all = std::mem::take(paths).into_iter();
        self.keep(|source, _| {
            let Some(path) = all.next() else { return true };
            let is_done = matches!(
                (source.path().and_then(time), time(&path)),
                (Some(source_time), Some(written)) if written >= source_time
            );
            if is_done {
                done.insert(source.name());
            } else {
                paths.push(path);
            }
            !is_done
        });
        sweep(paths.iter().map(PathBuf::as_path));
        match report {
            Some(report) if report.is_file() => keep_done(report, &done),
            _ => Ok(()),
        }
    }

    /// Leaves out what is as an interrupted run that was to work in place has left it, by its journal.
    pub(crate) fn resume_in_place(&mut self, journal: &Done, report: &Path) -> anyhow::Result<()> {
        let mut done = HashSet::new();
        self.keep(|source, _| {
            let is_done = source.path().is_some_and(|path| journal.has(&source.name(), &path.metadata()));
            if is_done {
                done.insert(source.name());
            }
            !is_done
        });
        sweep(self.sources.iter().filter_map(|(source, _)| source.path()));
        if report.is_file() { keep_done(report, &done) } else { Ok(()) }
    }
}

/// Where a file is, or will be, by all the names that lead there; none of what is no file, such as a device or `-`.
fn file_at(path: &Path) -> Option<PathBuf> {
    if path == Path::new("-") {
        return None;
    }
    if let Ok(there) = fs::canonicalize(path) {
        return there.is_file().then_some(there);
    }
    let directory =
        path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(fs::canonicalize(directory).ok()?.join(path.file_name()?))
}

/// Removes what a killed run has left beside these files.
fn sweep<'p>(files: impl Iterator<Item = &'p Path>) {
    for directory in files.filter_map(Path::parent).collect::<BTreeSet<_>>() {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            if is_temporary(&entry.file_name()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Keeps of a report the lines about files that are done.
fn keep_done(report: &Path, done: &HashSet<String>) -> anyhow::Result<()> {
    let name = || report.display().to_string();
    let mut output = Output::file(report)?;
    let mut reader = BufReader::new(File::open(report).with_context(name)?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).with_context(name)? > 0 {
        let value = serde_json::from_slice::<serde_json::Value>(&line).unwrap_or_default();
        if line.ends_with(b"\n") && value["file"].as_str().is_some_and(|file| done.contains(file)) {
            output.write_all(&line).with_context(name)?;
        }
        line.clear();
    }
    output.finish()
}
