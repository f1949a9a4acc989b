//! CSV and TSV: each cell of a column is a document, and cells that are not repaired stay as they are written.
//!
//! A field is quoted if a quote is its first character. Quotes elsewhere are characters like any other, and what
//! stands between a closing quote and the next delimiter belongs to nothing and stays.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use luanma::{Scratch, Verdict};

use super::{Context, Cut};
use crate::annotate::Finding;
use crate::garble;
use crate::input::WINDOW;
use crate::text::{self, Place};
use crate::work::{Edit, Problem, Settings, Tally, Worked};

/// A quote that is not closed after this many bytes opened nothing. It bounds what one stray quote takes along.
const QUOTED_MAX: usize = 16 << 20;

const QUOTE: u8 = b'"';

/// The end of a quoted field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    /// Here is the closing quote.
    At(usize),
    /// There is none up to here; it may come.
    Open(usize),
    Never,
}

/// Finds the quote that closes what the quote at `opened` opens. There is none before `from`.
fn closing(bytes: &[u8], opened: usize, from: usize, ended: bool) -> Closing {
    let end = bytes.len().min(opened + 1 + QUOTED_MAX);
    let mut at = from;
    while let Some(next) = bytes.get(at..end).and_then(|rest| memchr::memchr(QUOTE, rest)) {
        at += next;
        match bytes.get(at + 1) {
            Some(&QUOTE) => at += 2,
            None if !ended => return Closing::Open(at),
            _ => return Closing::At(at),
        }
    }
    if ended || end < bytes.len() { Closing::Never } else { Closing::Open(at) }
}

/// Finds the ends of records.
#[derive(Debug)]
pub(crate) struct Cutter {
    delimiter: u8,
    /// Looked at up to here.
    at: usize,
    /// The quote that is open there.
    opened: Option<usize>,
    /// The last end of a record before it.
    end: usize,
    asked: Asked,
    columns: Option<Arc<Columns>>,
}

impl Cutter {
    pub(crate) fn new(delimiter: u8, settings: &Settings) -> Self {
        let Settings { columns: names, all_columns: all, no_header, .. } = settings;
        let asked = Asked { names: names.clone(), all: *all, no_header: *no_header };
        Self { delimiter, at: 0, opened: None, end: 0, asked, columns: None }
    }

    pub(crate) fn cut(&mut self, buffer: &[u8]) -> Cut {
        self.search(buffer);
        if self.end > 0 { Cut::At(self.end) } else { Cut::More(buffer.len() + WINDOW) }
    }

    fn search(&mut self, buffer: &[u8]) {
        loop {
            if let Some(opened) = self.opened {
                match closing(buffer, opened, self.at, false) {
                    Closing::At(end) => self.at = end + 1,
                    Closing::Open(at) => {
                        self.at = at;
                        return;
                    }
                    Closing::Never => self.at = opened + 1,
                }
                self.opened = None;
            }
            let quote = memchr::memchr_iter(QUOTE, &buffer[self.at..])
                .map(|quote| self.at + quote)
                .find(|&quote| self.opens(buffer, quote));
            let plain = quote.unwrap_or(buffer.len());
            if let Some(end) = memchr::memrchr(b'\n', &buffer[self.at..plain]) {
                self.end = self.at + end + 1;
            }
            self.at = plain;
            if quote.is_none() {
                return;
            }
            self.opened = quote;
            self.at += 1;
        }
    }

    /// Whether the quote at `at`, outside of quotes, is the first character of its field.
    fn opens(&self, buffer: &[u8], at: usize) -> bool {
        let first = self.columns.is_none() && at == text::bom(buffer);
        first
            || at == self.end
            || at > 0 && buffer[at - 1] == self.delimiter
            || at > 0 && buffer[at - 1] == b'\n'
    }

    pub(crate) fn take(&mut self, block: &[u8]) -> Context {
        let taken = block.len();
        self.at = self.at.saturating_sub(taken);
        self.opened = self.opened.map(|at| at.saturating_sub(taken));
        self.end = 0;
        let columns = self.columns.get_or_insert_with(|| {
            let mut fields = Fields { bytes: block, at: text::bom(block), delimiter: self.delimiter };
            let start = fields.at;
            while fields.next().is_some_and(|field| !field.last) {}
            Arc::new(Columns::new(&block[start..fields.at], self.delimiter, &self.asked))
        });
        Context::Columns(Arc::clone(columns))
    }
}

/// One field as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    /// All of it, quotes too.
    outer: Range<usize>,
    /// What it says.
    inner: Range<usize>,
    quoted: bool,
    /// Whether it is the last one of its record.
    last: bool,
    /// Whether its quote has no end.
    open: bool,
}

impl Field {
    /// What it says, without the doubling of quotes.
    fn value<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        let inner = &bytes[self.inner.clone()];
        if !self.quoted || memchr::memchr(QUOTE, inner).is_none() {
            return Cow::Borrowed(inner);
        }
        let mut value = Vec::with_capacity(inner.len());
        let mut rest = inner;
        while let Some(quote) = memchr::memchr(QUOTE, rest) {
            value.extend_from_slice(&rest[..=quote]);
            rest = rest.get(quote + 2..).unwrap_or_default();
        }
        value.extend_from_slice(rest);
        Cow::Owned(value)
    }
}

/// Reads fields, one after the other, across the ends of records.
#[derive(Debug)]
struct Fields<'b> {
    bytes: &'b [u8],
    at: usize,
    delimiter: u8,
}

impl Iterator for Fields<'_> {
    type Item = Field;

    fn next(&mut self) -> Option<Field> {
        let bytes = self.bytes;
        let start = self.at;
        let (mut inner, mut after, mut open) = (None, start, false);
        if *bytes.get(start)? == QUOTE {
            match closing(bytes, start, start + 1, true) {
                Closing::At(end) => (inner, after) = (Some(start + 1..end), end + 1),
                Closing::Open(_) | Closing::Never => open = true,
            }
        }
        let stop = memchr::memchr2(self.delimiter, b'\n', &bytes[after..]).map(|stop| after + stop);
        let mut end = stop.unwrap_or(bytes.len());
        let last = stop.is_none_or(|stop| bytes[stop] == b'\n');
        self.at = stop.map_or(end, |stop| stop + 1);
        if last && end > after && bytes[end - 1] == b'\r' {
            end -= 1;
        }
        let quoted = inner.is_some();
        // A delimiter at the very end has an empty field after it, which no byte stands for.
        Some(Field { outer: start..end, inner: inner.unwrap_or(start..end), quoted, last, open })
    }
}

/// What the arguments say of the columns.
#[derive(Clone, Debug, Default)]
struct Asked {
    names: Vec<String>,
    all: bool,
    no_header: bool,
}

/// So many columns after each other have one mark of where they are.
const MARKED: usize = 64;

/// Which columns are worked on. A header may be long, or have millions of columns: it takes little more than its length.
#[derive(Debug)]
pub(crate) struct Columns {
    asked: Asked,
    delimiter: u8,
    /// The first record as it is written.
    header: Box<[u8]>,
    /// Where in it every column stands whose number divides by [`MARKED`].
    marks: Vec<usize>,
    /// How many there are.
    count: usize,
    /// Whether a column is worked on, up to the last that is; with all of them, none.
    wanted: Vec<bool>,
    /// A column that was asked for and is not there.
    missing: Option<String>,
}

impl Columns {
    fn new(header: &[u8], delimiter: u8, asked: &Asked) -> Self {
        let (mut marks, mut wanted, mut count) = (Vec::new(), Vec::new(), 0);
        let mut met = vec![false; asked.names.len()];
        let mut fields = Fields { bytes: header, at: 0, delimiter };
        // A delimiter at the end has an empty name after it, which no byte stands for.
        let mut nameless = header.ends_with(&[delimiter]);
        loop {
            let at = fields.at;
            let name = match fields.next() {
                Some(field) => field.value(header),
                None if std::mem::take(&mut nameless) => Cow::default(),
                None => break,
            };
            if count % MARKED == 0 {
                marks.push(at);
            }
            count += 1;
            let name = if asked.no_header { Cow::Owned(count.to_string().into_bytes()) } else { name };
            let mut is_wanted = false;
            for (met, asked) in met.iter_mut().zip(&asked.names) {
                let same = *name == *asked.as_bytes();
                *met |= same;
                is_wanted |= same;
            }
            if is_wanted && !asked.all {
                wanted.resize(count - 1, false);
                wanted.push(true);
            }
        }
        let missing = asked.names.iter().zip(met).find(|(_, met)| !met && !asked.all);
        Self {
            asked: asked.clone(),
            delimiter,
            header: header.into(),
            marks,
            count,
            wanted,
            missing: missing.map(|(name, _)| name.clone()),
        }
    }

    fn is_wanted(&self, column: usize) -> bool {
        self.asked.all || self.wanted.get(column) == Some(&true)
    }

    fn name(&self, column: usize) -> String {
        if self.asked.no_header || column >= self.count {
            return (column + 1).to_string();
        }
        let at = self.marks[column / MARKED];
        let field = Fields { bytes: &self.header, at, delimiter: self.delimiter }.nth(column % MARKED);
        field
            .and_then(|field| String::from_utf8(field.value(&self.header).into_owned()).ok())
            .unwrap_or_default()
    }
}

pub(crate) fn work(worked: &mut Worked, scratch: &mut Scratch, settings: &Settings) {
    let Worked { block, edits, findings, problems, tally, records, .. } = worked;
    let Context::Columns(columns) = &block.context else { return };
    let delimiter = settings.delimiter(block.format);
    let bytes = &*block.bytes;
    let mut fields = Fields { bytes, at: block.content(), delimiter };
    let mut lines = Place::from(fields.at);
    let mut heading = block.first && !settings.no_header;
    if let (true, Some(missing)) = (block.first, &columns.missing) {
        problems.push(Problem { line: 0, character: None, what: format!("no column `{missing}`") });
    }
    loop {
        let start = fields.at;
        let heading = std::mem::take(&mut heading);
        let before = (edits.len(), findings.len(), lines.clone());
        let mut found = Tally::default();
        let (mut count, mut open, mut ended, mut result) = (0, false, false, Ok(()));
        for field in fields.by_ref() {
            ended = field.last;
            open |= field.open;
            if result.is_ok() && !heading && !open && columns.missing.is_none() && columns.is_wanted(count) {
                let (number, lines) = (*records, &mut lines);
                let mut cells = Cells {
                    bytes,
                    number,
                    delimiter,
                    settings,
                    columns,
                    lines,
                    edits,
                    findings,
                    tally: &mut found,
                };
                result = cells.work(count, &field, scratch);
            }
            count += 1;
            if ended {
                break;
            }
        }
        if count == 0 {
            return;
        }
        // Nothing stands for an empty field after a delimiter at the end of the file.
        count += usize::from(!ended);
        if heading || matches!(&bytes[start..fields.at], b"\n" | b"\r\n") {
            continue;
        }
        *records += 1;
        if columns.missing.is_some() {
            tally.passed += 1;
            continue;
        }
        if open {
            result = Err("quote without an end".to_owned());
        } else if count < columns.wanted.len() {
            let column = columns.name(columns.wanted.len() - 1);
            result = Err(format!("no column `{column}`: {count} fields instead of {}", columns.count));
        }
        let (edited, told, place) = before;
        match result {
            Ok(()) => {
                tally.changed += u64::from(edits.len() > edited);
                tally.add(&found);
            }
            Err(what) => {
                edits.truncate(edited);
                findings.truncate(told);
                lines = place;
                tally.passed += 1;
                lines.go(bytes, start);
                problems.push(Problem { line: lines.line, character: None, what });
            }
        }
    }
}

/// The cells of one record.
struct Cells<'a> {
    bytes: &'a [u8],
    /// Records of the block before it.
    number: u64,
    delimiter: u8,
    settings: &'a Settings,
    columns: &'a Columns,
    lines: &'a mut Place,
    edits: &'a mut Vec<Edit>,
    findings: &'a mut Vec<Finding>,
    tally: &'a mut Tally,
}

impl Cells<'_> {
    fn work(&mut self, column: usize, field: &Field, scratch: &mut Scratch) -> Result<(), String> {
        let bytes = self.bytes;
        let value = field.value(bytes);
        let Ok(text) = std::str::from_utf8(&value) else {
            return Err(format!("column `{}` is not UTF-8", self.columns.name(column)));
        };
        let edits = self.edits.len();
        if let Some(garbler) = &self.settings.garbler {
            let garbled = garbler.garble(text).ok_or(garble::NOT_GARBLED)?;
            if garbled.text != text {
                self.edits.push(self.edit(field, field.inner.clone(), &garbled.text));
            }
        } else {
            self.repair(column, field, text, scratch);
        }
        let special = |b: &u8| matches!(b, b'\n' | b'\r' | &QUOTE) || *b == self.delimiter;
        // What stood there without quotes may stand there again.
        let needs_quotes = |edit: &Edit| {
            edit.with.bytes().any(|b| special(&b)) && !bytes[edit.start..edit.end].iter().any(special)
        };
        if !field.quoted && self.edits[edits..].iter().any(needs_quotes) {
            self.quote(field, edits);
        }
        Ok(())
    }

    fn repair(&mut self, column: usize, field: &Field, text: &str, scratch: &mut Scratch) {
        let report = self.settings.repairer().report_with(text, scratch);
        // Where bytes of the text stand in the field.
        let (mut at, mut seen, mut characters) = (0, field.inner.start, 0);
        let doubled = field.quoted && text.len() < field.inner.len();
        for repair in &report.repairs {
            let Some(original) = text.get(repair.start..repair.end) else { continue };
            self.tally.count(repair.verdict, repair.chain);
            let mut go = |to: usize| {
                let passed = &text.as_bytes()[at..to];
                let quotes = if doubled { memchr::memchr_iter(QUOTE, passed).count() } else { 0 };
                characters += text::characters(passed);
                (at, seen) = (to, seen + passed.len() + quotes);
                (seen, characters)
            };
            let (from, start) = go(repair.start);
            let (to, _) = go(repair.end);
            if self.settings.findings {
                self.lines.go(self.bytes, from);
                let place = &*self.lines;
                let mut finding = Finding::new(repair, original, place.line, place.column, start);
                finding.column = Some(self.columns.name(column));
                finding.record = Some(self.number);
                self.findings.push(finding);
            }
            if repair.verdict != Verdict::Unrepaired && repair.text != original {
                self.edits.push(self.edit(field, from..to, &repair.text));
            }
        }
    }

    fn edit(&self, field: &Field, place: Range<usize>, text: &str) -> Edit {
        let with = if field.quoted { text.replace('"', "\"\"") } else { text.to_owned() };
        Edit { start: place.start, end: place.end, with, aside: false }
    }

    /// Puts quotes around a field that got something that needs them: the edits from `edits` on reach over all of it.
    fn quote(&mut self, field: &Field, edits: usize) {
        let bytes = self.bytes;
        // Its own bytes and repaired text are both UTF-8.
        let own = |from: usize, to: usize| std::str::from_utf8(&bytes[from..to]).unwrap_or_default();
        let mut at = field.outer.start;
        for edit in &mut self.edits[edits..] {
            let opening = if at == field.outer.start { "\"" } else { "" };
            let with = format!("{}{}", own(at, edit.start), edit.with).replace('"', "\"\"");
            (edit.start, edit.with) = (at, format!("{opening}{with}"));
            at = edit.end;
        }
        if let Some(last) = self.edits[edits..].last_mut() {
            last.with += &own(at, field.outer.end).replace('"', "\"\"");
            last.with.push('"');
            last.end = field.outer.end;
        }
    }
}
