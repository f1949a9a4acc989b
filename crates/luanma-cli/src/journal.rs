//! What a run in place has done so far, so that it can go on after an interruption.
//!
//! A file that was worked on looks like any other. So beside the report stands, while the run goes on, how each file
//! looked when it was done: its size and its time.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::Context;
use serde_json::{Value, json};

use crate::input::{file_at, told_as};
use crate::output::Output;

/// Writes what is done.
pub(crate) struct Journal {
    path: PathBuf,
    output: Output,
}

/// What was done: by where a file is, how it looked.
#[derive(Debug, Default)]
pub(crate) struct Done(HashMap<PathBuf, Value>);

impl Journal {
    /// The path of the journal of a run with this report.
    pub(crate) fn beside(report: &Path) -> PathBuf {
        let mut name = report.as_os_str().to_owned();
        name.push(".done");
        name.into()
    }

    /// What the journal at `path` says; none if no run stands still.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Option<Done>> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e).with_context(|| path.display().to_string()),
        };
        // A last line may be cut short.
        let lines = text.split(|&b| b == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
        let done =
            lines.filter_map(|line| Some((file_at(&told_as(line["file"].as_str()?))?, line["is"].clone())));
        Ok(Some(Done(done.collect())))
    }

    /// Begins a journal, or goes on with it.
    pub(crate) fn open(path: &Path, goes_on: bool) -> anyhow::Result<Self> {
        let mut output = if goes_on { Output::append(path)? } else { Output::direct(path)? };
        // What was cut short stays a line of its own.
        output.put(b"\n")?;
        Ok(Self { path: path.to_owned(), output })
    }

    /// The file `name` is done, or will be when it looks like this.
    pub(crate) fn done(&mut self, name: &str, metadata: &io::Result<Metadata>) -> anyhow::Result<()> {
        if let Some(is) = look(metadata) {
            self.output.put(format!("{}\n", json!({ "file": name, "is": is })).as_bytes())?;
            self.output.send()?;
        }
        Ok(())
    }

    /// The run has ended, and there is nothing to go on with.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        self.output.finish()?;
        fs::remove_file(&self.path).with_context(|| self.path.display().to_string())
    }
}

impl Done {
    /// Whether the file at `path` is done, and as it was then.
    pub(crate) fn has(&self, path: &Path) -> bool {
        let is = file_at(path).and_then(|file| self.0.get(&file));
        is.is_some_and(|is| look(&path.metadata()).as_ref() == Some(is))
    }
}

/// How a file looks.
fn look(metadata: &io::Result<Metadata>) -> Option<Value> {
    let metadata = metadata.as_ref().ok()?;
    let time = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(json!([metadata.len(), time.as_secs(), time.subsec_nanos()]))
}
