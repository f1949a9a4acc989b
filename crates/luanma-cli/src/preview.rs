//! `fix --dry-run` and `fix --diff`: what would change, and nothing is written.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use anyhow::Context;

use crate::messages;
use crate::work::{Edit, Worked};

const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();
const PLACE: Style = AnsiColor::Cyan.on_default();

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A line for each file that would change.
    Files,
    /// A unified diff without context, which `patch` and `git apply --unidiff-zero` take.
    Diff,
}

/// Shows the changes of one file after the other.
#[derive(Debug)]
pub(crate) struct Preview {
    shown: Shown,
    /// Repairs and changed lines of the file.
    repairs: u64,
    changed: u64,
    /// Lines of the file before the block, as it is and as it would be.
    lines: (u64, u64),
}

impl Preview {
    pub(crate) fn new(shown: Shown) -> Self {
        Self { shown, repairs: 0, changed: 0, lines: (0, 0) }
    }

    pub(crate) fn block(&mut self, file: &str, worked: &Worked) -> anyhow::Result<()> {
        if self.shown == Shown::Diff && !worked.edits.is_empty() {
            let mut out = String::new();
            if self.repairs == 0 {
                out += &format!("--- {file}\n+++ {file}\n");
            }
            self.diff(&worked.block.bytes, &worked.edits, &mut out);
            write(&out)?;
        } else {
            let before = count(&worked.block.bytes);
            let new: u64 = worked.edits.iter().map(|edit| count(edit.with.as_bytes())).sum();
            let old: u64 =
                worked.edits.iter().map(|edit| count(&worked.block.bytes[edit.start..edit.end])).sum();
            self.lines = (self.lines.0 + before, self.lines.1 + before + new - old);
        }
        self.repairs += worked.edits.len() as u64;
        self.changed += worked.tally.changed;
        Ok(())
    }

    pub(crate) fn end(&mut self, file: &str) -> anyhow::Result<()> {
        if self.shown == Shown::Files && self.changed > 0 {
            let lines = if self.changed == 1 { "line" } else { "lines" };
            write(&format!("{file}: {} {lines} would change\n", self.changed))?;
        }
        if self.shown == Shown::Diff && self.changed > 0 && self.repairs == 0 {
            messages::tell(format_args!("{file}: its changes are in no lines, --dry-run counts them"));
        }
        *self = Self::new(self.shown);
        Ok(())
    }

    fn diff(&mut self, bytes: &[u8], edits: &[Edit], out: &mut String) {
        let mut at = 0;
        let mut rest = edits;
        while let Some(first) = rest.first() {
            let start = memchr::memrchr(b'\n', &bytes[..first.start]).map_or(0, |end| end + 1);
            // All edits of a line belong to it, and those of lines that they reach into.
            let mut end = start;
            let mut taken = 0;
            for edit in rest {
                if taken > 0 && edit.start >= end {
                    break;
                }
                let reach = edit.end.max(edit.start + 1).min(bytes.len());
                end = end.max(memchr::memchr(b'\n', &bytes[reach - 1..]).map_or(bytes.len(), |n| reach + n));
                taken += 1;
            }
            let (mut new, mut done) = (Vec::new(), start);
            for edit in &rest[..taken] {
                new.extend_from_slice(&bytes[done..edit.start]);
                new.extend_from_slice(edit.with.as_bytes());
                done = edit.end;
            }
            new.extend_from_slice(&bytes[done..end]);
            let passed = count(&bytes[at..start]);
            self.lines = (self.lines.0 + passed, self.lines.1 + passed);
            let old = &bytes[start..end];
            let place = |first: u64, text: &[u8]| match text.split_inclusive(|&b| b == b'\n').count() {
                1 => format!("{}", first + 1),
                n => format!("{},{n}", first + 1),
            };
            *out += &format!(
                "{PLACE}@@ -{} +{} @@{PLACE:#}\n",
                place(self.lines.0, old),
                place(self.lines.1, &new)
            );
            lines(out, '-', REMOVED, old);
            lines(out, '+', ADDED, &new);
            self.lines = (self.lines.0 + count(old), self.lines.1 + count(&new));
            at = end;
            rest = &rest[taken..];
        }
        let passed = count(&bytes[at..]);
        self.lines = (self.lines.0 + passed, self.lines.1 + passed);
    }
}

/// Writes lines with a sign before each.
fn lines(out: &mut String, sign: char, style: Style, text: &[u8]) {
    for line in text.split_inclusive(|&b| b == b'\n') {
        let (line, ended) = line.strip_suffix(b"\n").map_or((line, false), |line| (line, true));
        // Lines with edits are UTF-8.
        let line = std::str::from_utf8(line).unwrap_or_default();
        *out += &format!("{style}{sign}{line}{style:#}\n");
        if !ended {
            out.push_str("\\ No newline at end of file\n");
        }
    }
}

fn count(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// In colour on a terminal.
fn write(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("<stdout>")
}
