//! `luanma names`: file names that are damaged, as when an archive was unpacked with the wrong code page.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use luanma::{Repairer, Scratch, Verdict};
use serde_json::json;

use crate::args::Names;
use crate::fix::{Outcome, builder};
use crate::input::told;
use crate::messages::tell;
use crate::output::Output;
use crate::visible::visible;

/// A name and what it ought to be.
struct Damaged {
    old: OsString,
    new: String,
    chain: String,
    verdict: Verdict,
    confidence: f64,
}

pub(crate) fn names(args: &Names) -> anyhow::Result<Outcome> {
    let mut walk = Walk {
        args,
        repairer: builder(&args.repairing).build(),
        scratch: Scratch::default(),
        out: Output::stdout(),
        left: false,
        failed: false,
    };
    for directory in &args.directories {
        fs::metadata(directory).with_context(|| directory.display().to_string())?;
        walk.directory(directory)?;
    }
    walk.out.finish()?;
    Ok(match (walk.failed, walk.left) {
        (true, _) => Outcome::Failed,
        (false, true) => Outcome::Found,
        (false, false) => Outcome::Fine,
    })
}

struct Walk<'a> {
    args: &'a Names,
    repairer: Repairer,
    scratch: Scratch,
    out: Output,
    /// A damaged name is still there.
    left: bool,
    failed: bool,
}

impl Walk<'_> {
    /// What is in a directory comes before the directory's own name: its path stays what it is until then.
    fn directory(&mut self, directory: &Path) -> anyhow::Result<()> {
        let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(e) => {
                self.error(format_args!("{}: {e}", visible(&directory.display().to_string())));
                return Ok(());
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in &entries {
            // Links are not followed.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.directory(&entry.path())?;
            }
        }
        let names: Vec<OsString> = entries.iter().map(fs::DirEntry::file_name).collect();
        for damaged in self.damaged(&names) {
            self.tell(directory, &damaged)?;
            if !self.args.rename {
                self.left = true;
            } else if let Err(why) = self.rename(directory, &damaged) {
                let path = visible(&directory.join(&damaged.old).display().to_string());
                self.error(format_args!("{path}: not renamed: {why}"));
            }
        }
        Ok(())
    }

    /// The damaged ones of the names in one directory, which are one document: they were unpacked together.
    fn damaged(&mut self, names: &[OsString]) -> Vec<Damaged> {
        let mut texts: Vec<(usize, String, bool)> = Vec::new();
        let mut raw: Vec<usize> = Vec::new();
        for (n, name) in names.iter().enumerate() {
            match name.to_str() {
                Some(name) if !name.contains('\n') => texts.push((n, name.to_owned(), false)),
                Some(_) => {}
                None => raw.push(n),
            }
        }
        // Names that are not UTF-8: bytes of a codec that nobody wrote down.
        let bytes: Vec<&[u8]> = raw.iter().map(|&n| names[n].as_encoded_bytes()).collect();
        if !bytes.is_empty() {
            let decoded = self.repairer.decode(&bytes.join(&b'\n'));
            let lines: Vec<&str> = decoded.text.split('\n').collect();
            if lines.len() == raw.len() {
                texts.extend(raw.iter().zip(lines).map(|(&n, line)| (n, line.to_owned(), true)));
            }
        }
        let document: Vec<&str> = texts.iter().map(|(_, text, _)| text.as_str()).collect();
        let document = document.join("\n");
        let report = self.repairer.report_with(&document, &mut self.scratch);
        let mut damaged = Vec::new();
        let mut start = 0;
        for (n, text, is_raw) in &texts {
            let end = start + text.len();
            let own: Vec<_> = report
                .repairs
                .iter()
                .filter(|r| r.start >= start && r.end <= end && r.verdict != Verdict::Unrepaired)
                .cloned()
                .map(|mut r| {
                    (r.start, r.end) = (r.start - start, r.end - start);
                    r
                })
                .collect();
            start = end + 1;
            if own.is_empty() && !is_raw {
                continue;
            }
            let chain = own.iter().filter_map(|r| r.chain).map(|c| c.to_string()).next();
            let confidence = own.iter().map(|r| r.confidence.get()).fold(1.0, f64::min);
            let lossy = own.iter().any(|r| r.verdict == Verdict::Lossy) || text.contains('\u{fffd}');
            damaged.push(Damaged {
                old: names[*n].clone(),
                new: luanma::apply(text, &own),
                chain: chain.unwrap_or_else(|| "raw bytes".to_owned()),
                verdict: if lossy { Verdict::Lossy } else { Verdict::Repaired },
                confidence,
            });
        }
        damaged
    }

    fn tell(&mut self, directory: &Path, damaged: &Damaged) -> anyhow::Result<()> {
        let old = directory.join(&damaged.old);
        let line = if self.args.json {
            json!({
                "path": old.to_str(),
                "bytes": old.to_str().is_none().then(|| old.as_os_str().as_encoded_bytes().escape_ascii().to_string()),
                "name": damaged.new,
                "chain": damaged.chain,
                "verdict": damaged.verdict.name(),
                "confidence": damaged.confidence,
            })
            .to_string()
        } else {
            format!("{} → {}", visible(&told(&old)), visible(&damaged.new))
        };
        self.out.put(format!("{line}\n").as_bytes())
    }

    fn rename(&self, directory: &Path, damaged: &Damaged) -> Result<(), String> {
        let gap = self.args.repairing.gap_char;
        if damaged.new.contains([gap, '\u{fffd}']) {
            return Err("some of it cannot be told".to_owned());
        }
        if damaged.verdict == Verdict::Lossy && !self.args.lossy {
            return Err("characters that lost bytes were restored; --lossy renames it".to_owned());
        }
        let bad = |c: char| c.is_control() || matches!(c, '/' | '\\');
        if damaged.new.is_empty() || matches!(damaged.new.as_str(), "." | "..") || damaged.new.contains(bad) {
            return Err(format!("«{}» is no name for a file", visible(&damaged.new)));
        }
        let (old, new) = (directory.join(&damaged.old), directory.join(&damaged.new));
        rename_to_new(&old, &new).map_err(|e| match e.kind() {
            io::ErrorKind::AlreadyExists => format!("«{}» exists already", visible(&damaged.new)),
            _ => e.to_string(),
        })
    }

    fn error(&mut self, what: impl std::fmt::Display) {
        self.failed = true;
        tell(what);
    }
}

/// Renames, and never over what is there. A link and its removal do so without a gap between looking and doing; where there
/// are no links, as for directories, it is looked first.
fn rename_to_new(old: &Path, new: &PathBuf) -> io::Result<()> {
    let is_directory = fs::symlink_metadata(old)?.is_dir();
    if !is_directory {
        match fs::hard_link(old, new) {
            Ok(()) => return fs::remove_file(old),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Err(e),
            Err(_) => {}
        }
    }
    if fs::symlink_metadata(new).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(old, new)
}
