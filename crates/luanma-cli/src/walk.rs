//! Files and directories that the arguments name, and where in another directory their results go.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use ignore::WalkBuilder;
use ignore::overrides::OverrideBuilder;

use crate::args::{Input, Running};
use crate::format::Format;
use crate::input::{Source, file_at, told_as};
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
    /// What the run writes beside its results.
    beside: Vec<Written>,
    /// What could not be listed.
    pub(crate) problems: Vec<String>,
}

/// A file that a run writes.
#[derive(Debug)]
struct Written {
    flag: &'static str,
    path: PathBuf,
    /// Where it is, whatever it is called.
    file: PathBuf,
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
        let mut written: Vec<Written> = Vec::new();
        let paths = [
            ("--output", output),
            ("--report", running.report.as_deref()),
            ("--html", running.html.as_deref()),
        ];
        for (flag, path) in paths {
            let Some((path, file)) = path.and_then(|path| Some((path, file_at(path)?))) else { continue };
            if let Some(other) = written.iter().find(|other| other.file == file) {
                bail!("{flag} {}: {} is written there", path.display(), other.flag);
            }
            written.push(Written { flag, path: path.to_owned(), file });
        }
        // A file may be written over itself: it is replaced when all of it was read.
        written.retain(|written| written.flag != "--output");
        if written.is_empty() {
            return Ok(());
        }
        for named in &args.files {
            let Some(named) = file_at(named) else { continue };
            if let Some(Written { flag, path, .. }) = written.iter().find(|written| written.file == named) {
                bail!("{flag} {}: this is an input, and would be lost", path.display());
            }
        }
        let journals: Vec<_> =
            written.iter().filter_map(|written| file_at(&Journal::beside(&written.path))).collect();
        self.keep(|source, _| {
            source.path().and_then(file_at).is_none_or(|file| {
                !journals.contains(&file) && written.iter().all(|written| written.file != file)
            })
        });
        self.beside = written;
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
            if !self.beside.is_empty()
                && let Some(file) = file_at(&path)
                && let Some(other) = self.beside.iter().find(|other| other.file == file)
            {
                bail!("{} {}: a result is written there", other.flag, other.path.display());
            }
            paths.push(path);
        }
        Ok(Some(paths))
    }

    /// Leaves out what was written to `output` by a run before and is not older than its source. What that run told of the
    /// others goes out of its `report`.
    pub(crate) fn resume(&mut self, output: &Path, report: Option<&Path>) -> anyhow::Result<()> {
        let time = |path: &Path| path.metadata().ok().filter(fs::Metadata::is_file)?.modified().ok();
        self.keep(|source, place| {
            let written = time(&output.join(place));
            written.is_none() || source.path().and_then(time).is_none_or(|source| written < Some(source))
        });
        sweep(self.places.iter().map(|place| output.join(place)));
        self.untell(report)
    }

    /// Leaves out what is as an interrupted run that was to work in place has left it, by its journal.
    pub(crate) fn resume_in_place(&mut self, journal: &Done, report: &Path) -> anyhow::Result<()> {
        self.keep(|source, _| source.path().is_none_or(|path| !journal.has(path)));
        sweep(self.sources.iter().filter_map(|(source, _)| source.path().map(Path::to_owned)));
        self.untell(Some(report))
    }

    /// Takes out of a report what it tells of the files that are to be worked on again, whatever it calls them.
    fn untell(&self, report: Option<&Path>) -> anyhow::Result<()> {
        let Some(report) = report.filter(|report| report.is_file()) else { return Ok(()) };
        let again: HashSet<_> =
            self.sources.iter().filter_map(|(source, _)| source.path().and_then(file_at)).collect();
        let mut names: HashMap<String, bool> = HashMap::new();
        let mut is_again = |name: &str| {
            if let Some(&is_again) = names.get(name) {
                return is_again;
            }
            let is_again = file_at(&told_as(name)).is_some_and(|file| again.contains(&file));
            *names.entry(name.to_owned()).or_insert(is_again)
        };
        let name = || report.display().to_string();
        let mut output = Output::file(report)?;
        let mut reader = BufReader::new(File::open(report).with_context(name)?);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).with_context(name)? > 0 {
            let value = serde_json::from_slice::<serde_json::Value>(&line).unwrap_or_default();
            // A last line may be cut short.
            if line.ends_with(b"\n") && value["file"].as_str().is_some_and(|file| !is_again(file)) {
                output.write_all(&line).with_context(name)?;
            }
            line.clear();
        }
        output.finish()
    }
}

/// Removes what a killed run has left beside these files.
fn sweep(files: impl Iterator<Item = PathBuf>) {
    let directories: BTreeSet<_> = files.filter_map(|file| Some(file.parent()?.to_owned())).collect();
    for directory in &directories {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory.as_path() };
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            if is_temporary(&entry.file_name()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}
