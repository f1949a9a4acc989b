//! What is done to a block: the settings of a run, one thread's worker, and what comes out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use luanma::garble::Garbler;
use luanma::{Builder, Chain, Repairer, Scratch, Verdict};

use crate::annotate::Finding;
use crate::decoding::Account;
use crate::format::{Format, csv, document, warc};
use crate::input::Block;
use crate::{garble, jsonl, text};

/// Everything that a worker needs to know; shared by all of them.
#[derive(Debug)]
pub(crate) struct Settings {
    builder: Builder,
    repairer: OnceLock<Repairer>,
    pub(crate) gap_char: char,
    pub(crate) columns: Vec<String>,
    /// Every text is worked on, whatever its column.
    pub(crate) all_columns: bool,
    /// What stands between the fields of a table, if it is not what the format says.
    pub(crate) delimiter: Option<u8>,
    /// The first record of a table is one like the others.
    pub(crate) no_header: bool,
    pub(crate) annotate: Option<String>,
    /// Whether anyone reads the findings.
    pub(crate) findings: bool,
    /// Damages text instead of repairing it.
    pub(crate) garbler: Option<Garbler>,
    /// Bytes are decoded first; what was done so, by the number of the file.
    pub(crate) decoding: Option<Mutex<BTreeMap<usize, Account>>>,
    /// Nothing is repaired.
    pub(crate) no_repair: bool,
}

impl Settings {
    pub(crate) fn new(builder: Builder, gap_char: char) -> Self {
        Self {
            builder,
            repairer: OnceLock::new(),
            gap_char,
            columns: Vec::new(),
            all_columns: false,
            delimiter: None,
            no_header: false,
            annotate: None,
            findings: false,
            garbler: None,
            decoding: None,
            no_repair: false,
        }
    }

    /// Adds to what was decoded of a file.
    pub(crate) fn account(&self, file: usize, account: &Account) {
        if let Some(accounts) = &self.decoding {
            accounts.lock().unwrap_or_else(PoisonError::into_inner).entry(file).or_default().add(account);
        }
    }

    /// What was decoded of a file that has ended.
    pub(crate) fn take_account(&self, file: usize) -> Option<Account> {
        self.decoding.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).remove(&file)
    }

    /// The text of a record's bytes, decoded if that is wanted; none if they are not UTF-8 and it is not.
    pub(crate) fn text<'b>(&self, bytes: &'b [u8], account: &mut Account) -> Option<Cow<'b, str>> {
        if self.decoding.is_none() {
            return std::str::from_utf8(bytes).ok().map(Cow::Borrowed);
        }
        let decoded = self.repairer().decode(bytes);
        account.count(&decoded, 0);
        Some(match std::str::from_utf8(bytes) {
            Ok(text) if text == decoded.text => Cow::Borrowed(text),
            _ => Cow::Owned(decoded.text),
        })
    }

    /// The repairer, made when it is first needed: an empty input needs none.
    pub(crate) fn repairer(&self) -> &Repairer {
        self.repairer.get_or_init(|| self.builder.clone().build())
    }

    /// What stands between the fields of a table.
    pub(crate) fn delimiter(&self, format: Format) -> u8 {
        self.delimiter.unwrap_or(if format == Format::Tsv { b'\t' } else { b',' })
    }
}

/// Bytes of a block and what takes their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) with: String,
    /// Whether it is no repair but what a repair brings with it: an annotation, a length, a digest.
    pub(crate) aside: bool,
}

/// A record that was not worked on.
#[derive(Debug)]
pub(crate) struct Problem {
    /// Lines of the block before it.
    pub(crate) line: u64,
    /// Characters of that line before it, where it has a place.
    pub(crate) character: Option<u64>,
    pub(crate) what: String,
}

/// Counts for `--stats`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) bytes: u64,
    pub(crate) lines: u64,
    /// Lines with a changed text.
    pub(crate) changed: u64,
    /// Lines that were not worked on.
    pub(crate) passed: u64,
    /// Files that are no text and were not looked at.
    pub(crate) binary: u64,
    /// What was decoded.
    pub(crate) decoded: Account,
    /// Damaged stretches.
    pub(crate) found: BTreeMap<(Verdict, Option<Chain>), u64>,
}

impl Tally {
    pub(crate) fn count(&mut self, verdict: Verdict, chain: Option<Chain>) {
        *self.found.entry((verdict, chain)).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.changed += other.changed;
        self.passed += other.passed;
        self.binary += other.binary;
        self.decoded.add(&other.decoded);
        for (&key, n) in &other.found {
            *self.found.entry(key).or_default() += n;
        }
    }

    /// Whether anything was found that can be repaired.
    pub(crate) fn repairable(&self) -> bool {
        self.found.keys().any(|(verdict, _)| *verdict != Verdict::Unrepaired)
    }
}

/// A block and what is to be done with it.
#[derive(Debug)]
pub(crate) struct Worked {
    pub(crate) block: Block,
    /// Sorted and disjoint.
    pub(crate) edits: Vec<Edit>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) problems: Vec<Problem>,
    /// Lines of text that are not UTF-8: how many, and how many lines of the block are before the first.
    pub(crate) not_utf8: Option<(u64, u64)>,
    pub(crate) tally: Tally,
    /// How many records it has, where records are counted.
    pub(crate) records: u64,
    /// Where records begin that are compressed each for itself, where anything is compressed.
    pub(crate) members: Vec<usize>,
    /// Characters after the last line end, of a line that goes on in the next block.
    pub(crate) pending: u64,
}

impl Worked {
    /// Nothing is done to `block` yet.
    pub(crate) fn new(block: Block) -> Self {
        Self {
            block,
            edits: Vec::new(),
            findings: Vec::new(),
            problems: Vec::new(),
            not_utf8: None,
            tally: Tally::default(),
            records: 0,
            members: Vec::new(),
            pending: 0,
        }
    }
}

/// One thread's worker.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    pub(crate) scratch: Scratch,
    pub(crate) json: jsonl::Buffers,
}

impl Worker {
    pub(crate) fn work(&mut self, block: Block, settings: &Settings) -> Worked {
        let mut worked = Worked::new(block);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            match (worked.block.format, &settings.garbler) {
                (Format::Binary, _) => worked.tally.binary += u64::from(worked.block.first),
                (format, _) if settings.no_repair && format.is_decoded_first() => {}
                (Format::Text | Format::Found, Some(garbler)) => garble::text(&mut worked, garbler),
                (Format::Text | Format::Found, None) => text::work(&mut worked, self, settings),
                (Format::JsonLines, _) => jsonl::work(&mut worked, self, settings),
                (Format::Json, _) => document::work(&mut worked, self, settings),
                (Format::Warc, _) => warc::work(&mut worked, self, settings),
                // It is no stream, and has no blocks.
                (Format::Parquet, _) => {}
                (Format::Csv | Format::Tsv, _) => csv::work(&mut worked, &mut self.scratch, settings),
            }
        }));
        if result.is_err() {
            *self = Self::default();
            worked.edits.clear();
            worked.findings.clear();
            worked.problems.push(Problem {
                line: 0,
                character: None,
                what: "internal error: the lines from here were left alone".to_owned(),
            });
        }
        let bytes = &worked.block.bytes;
        worked.tally.bytes = bytes.len() as u64;
        worked.tally.lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        if bytes.last().is_some_and(|&b| b != b'\n') {
            let line = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
            worked.pending = text::characters(&bytes[line..]);
        }
        worked
    }
}
