//! JSON lines: each column of a record is a document, and only what is repaired is written anew.

use std::borrow::Cow;

use luanma::{Scratch, Verdict};

use crate::annotate::{self, Finding};
use crate::format::Cut;
use crate::garble;
use crate::input::WINDOW;
use crate::json::{self, Found, Piece, Places, Style};
use crate::text::{Place, characters};
use crate::work::{Edit, Problem, Settings, Tally, Worked, Worker};

/// Where to cut a long `buffer` into blocks of whole records.
pub(crate) fn cut(buffer: &[u8], searched: usize) -> Cut {
    match memchr::memrchr(b'\n', &buffer[searched..]) {
        Some(end) => Cut::At(searched + end + 1),
        None => Cut::More(buffer.len() + WINDOW),
    }
}

/// Buffers that are kept from record to record.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    pub(crate) reader: json::Reader,
}

/// What is looked for in each record.
pub(crate) fn wanted(settings: &Settings) -> json::Wanted<'_> {
    json::Wanted { columns: &settings.columns, all: settings.all_columns, name: settings.annotate.as_deref() }
}

pub(crate) fn work(worked: &mut Worked, worker: &mut Worker, settings: &Settings) {
    let Worked { block, edits, findings, problems, tally, .. } = worked;
    let Worker { scratch, json, .. } = worker;
    let bytes = &*block.bytes;
    let text = simdutf8::basic::from_utf8(bytes).ok();
    let mut start = block.content();
    let mut place = Place::from(start);
    while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
        let end = memchr::memchr(b'\n', rest).map_or(bytes.len(), |end| start + end + 1);
        let line = match text {
            Some(text) => Ok(&text[start..end]),
            None => std::str::from_utf8(&bytes[start..end]),
        };
        let mut at = start;
        let result =
            line.map_err(|_| Bad::NOT_UTF8).and_then(|line| {
                let line = line.trim_end_matches('\n');
                if line.trim_ascii().is_empty() {
                    return Ok(());
                }
                json.reader.read(line.as_bytes(), wanted(settings)).map_err(|e| {
                    at += e.at;
                    Bad::Syntax(e.what)
                })?;
                Record { bytes, start, number: None, settings, place: &mut place, edits, findings, tally }
                    .work(line, &json.reader.record, scratch)
            });
        if let Err(bad) = result {
            tally.passed += 1;
            problems.push(bad.problem(&mut place, bytes, at));
        }
        start = end;
    }
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    Syntax(&'static str),
    Other(Cow<'static, str>),
}

impl Bad {
    pub(crate) const NOT_UTF8: Self = Self::Other(Cow::Borrowed("not UTF-8"));

    /// What is told of it, where it shows at byte `at` of a block.
    pub(crate) fn problem(self, place: &mut Place, bytes: &[u8], at: usize) -> Problem {
        place.go(bytes, at);
        match self {
            Self::Syntax(what) => {
                Problem { line: place.line, character: Some(place.column), what: format!("not JSON: {what}") }
            }
            Self::Other(what) => Problem { line: place.line, character: None, what: what.into_owned() },
        }
    }
}

/// One record.
pub(crate) struct Record<'a> {
    /// The block.
    pub(crate) bytes: &'a [u8],
    /// Where it begins there.
    pub(crate) start: usize,
    /// Records of the block before it, where they are counted.
    pub(crate) number: Option<u64>,
    pub(crate) settings: &'a Settings,
    pub(crate) place: &'a mut Place,
    pub(crate) edits: &'a mut Vec<Edit>,
    pub(crate) findings: &'a mut Vec<Finding>,
    pub(crate) tally: &'a mut Tally,
}

impl Record<'_> {
    /// Works on the record that is written as `line` and has the strings of `record`.
    pub(crate) fn work(
        &mut self,
        line: &str,
        record: &json::Record,
        scratch: &mut Scratch,
    ) -> Result<(), Bad> {
        let settings = self.settings;
        if let Some(column) = record.not_text {
            return Err(Bad::Other(format!("column `{}` is not a string", settings.columns[column]).into()));
        }
        if let Some(column) = record.seen.iter().position(|seen| !seen) {
            return Err(Bad::Other(format!("no column `{}`", settings.columns[column]).into()));
        }
        let (edits, findings) = (self.edits.len(), self.findings.len());
        for found in &record.found {
            // An old annotation is no text of the record.
            if record.named.as_ref().is_some_and(|named| named.contains(&found.inner.start)) {
                continue;
            }
            let raw = &line[found.inner.clone()];
            let text = if found.escaped { json::decode(raw) } else { Some(Cow::Borrowed(raw)) };
            let Some(text) = text else {
                // Lone surrogates are in no text: they part this one. What may be damaged, where text was cut through a
                // character, is repaired; what is damaged on purpose is whole.
                if settings.garbler.is_none() {
                    json::pieces(raw).iter().for_each(|piece| self.column(line, found, piece, scratch));
                }
                continue;
            };
            match &settings.garbler {
                None => self.column(line, found, &Piece::whole(raw, text), scratch),
                Some(garbler) => match garbler.garble(&text) {
                    Some(garbled) if garbled.text == *text => {}
                    Some(garbled) => self.edits.push(Edit {
                        start: self.start + found.inner.start,
                        end: self.start + found.inner.end,
                        with: Style::of(raw, &text).encode(&garbled.text),
                        aside: false,
                    }),
                    None => {
                        self.edits.truncate(edits);
                        return Err(Bad::Other(garble::NOT_GARBLED.into()));
                    }
                },
            }
        }
        if self.edits.len() > edits {
            self.tally.changed += 1;
        }
        if let Some(name) = &settings.annotate {
            self.annotate(line, name, record, findings);
        }
        Ok(())
    }

    /// Repairs one string, or a piece of it.
    fn column(&mut self, line: &str, found: &Found, piece: &Piece<'_>, scratch: &mut Scratch) {
        let text = &*piece.text;
        let report = self.settings.repairer().report_with(text, scratch);
        if report.repairs.is_empty() {
            return;
        }
        let wanted = self.settings.findings || self.settings.annotate.is_some();
        let style = Style::of(&line[found.inner.clone()], text);
        let mut places = Places::new(piece.raw);
        let piece_start = self.start + found.inner.start + piece.at;
        let (mut at, mut start) = (0, piece.before);
        for repair in &report.repairs {
            let Some(original) = text.get(repair.start..repair.end) else { continue };
            self.tally.count(repair.verdict, repair.chain);
            let from = piece_start + places.find(repair.start);
            let to = piece_start + places.find(repair.end);
            if wanted {
                start += characters(&text.as_bytes()[at..repair.start]);
                at = repair.start;
                self.place.go(self.bytes, from);
                let mut finding = Finding::new(repair, original, self.place.line, self.place.column, start);
                finding.record = self.number;
                finding.column = Some(self.path(line, found));
                self.findings.push(finding);
            }
            if repair.verdict != Verdict::Unrepaired && repair.text != original {
                let with = style.encode(&repair.text);
                self.edits.push(Edit { start: from, end: to, with, aside: false });
            }
        }
    }

    /// The column as a path, with the elements that lead to it.
    fn path(&self, line: &str, found: &Found) -> String {
        if self.settings.all_columns {
            return json::path(line.as_bytes(), found.inner.start);
        }
        let mut path = self.settings.columns[found.column].clone();
        for element in &found.elements {
            path += &format!("[{element}]");
        }
        path
    }

    /// Writes the record's findings into it.
    fn annotate(&mut self, line: &str, name: &str, record: &json::Record, findings: usize) {
        let findings = &self.findings[findings..];
        let Some(last_value) = record.last_value.filter(|_| !findings.is_empty()) else { return };
        let several = self.settings.all_columns
            || self.settings.columns.len() > 1
            || record.found.iter().any(|found| !found.elements.is_empty());
        let value = annotate::annotation(findings, several).to_string();
        let style = if line.is_ascii() && findings.iter().any(|f| !f.original.is_ascii()) {
            Style::Ascii { upper: false }
        } else {
            Style::Plain
        };
        let value = style.restyle(value);
        if let Some(old) = &record.named {
            self.edits.push(Edit {
                start: self.start + old.start,
                end: self.start + old.end,
                with: value,
                aside: true,
            });
            self.edits.sort_by_key(|edit| edit.start);
            return;
        }
        let (comma, colon) = if record.spaced { (", ", ": ") } else { (",", ":") };
        let name = style.encode(name);
        let at = self.start + last_value;
        self.edits.push(Edit {
            start: at,
            end: at,
            with: format!("{comma}\"{name}\"{colon}{value}"),
            aside: true,
        });
    }
}
