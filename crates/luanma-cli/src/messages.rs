//! Messages on standard error. None of them can fail or panic.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;

use indicatif::ProgressBar;

/// How many bad records of one file are told one by one.
const TOLD: u64 = 20;

/// Prints `luanma: what`.
pub(crate) fn tell(what: impl Display) {
    let _ = writeln!(io::stderr().lock(), "luanma: {what}");
}

/// Prints a line as it is.
pub(crate) fn line(what: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{what}");
}

/// Says what went wrong, and remembers that something did.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    pub(crate) bar: Option<Arc<ProgressBar>>,
    /// Whether anything went wrong: exit status 2.
    pub(crate) failed: bool,
    records: u64,
}

impl Messages {
    /// Something other than one record went wrong.
    pub(crate) fn error(&mut self, what: impl Display) {
        self.failed = true;
        self.print(what);
    }

    /// One record could not be worked on; the first few are told, the others counted.
    pub(crate) fn record(&mut self, file: &str, line: u64, what: impl Display) {
        self.failed = true;
        self.records += 1;
        if self.records <= TOLD {
            self.print(format_args!("{file}:{line}: {what}"));
        }
    }

    /// Tells how many bad records of this file were not told.
    pub(crate) fn end_of_file(&mut self, file: &str) {
        let untold = std::mem::take(&mut self.records).saturating_sub(TOLD);
        if untold > 0 {
            self.print(format_args!("{file}: {untold} more records could not be worked on"));
        }
    }

    fn print(&self, what: impl Display) {
        match &self.bar {
            Some(bar) => bar.suspend(|| tell(what)),
            None => tell(what),
        }
    }
}
