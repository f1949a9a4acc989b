//! JSON lines: each column of a record is a document, and only what is repaired is written anew.

use std::borrow::Cow;

use luanma::{Scratch, Verdict};

use crate::annotate::{self, Finding};
use crate::format::Cut;
use crate::garble;
use crate::input::WINDOW;
use crate::json::{self, Found, Places, Style};
use crate::text::characters;
use crate::work::{Edit, Problem, Settings, Tally, Worked, Worker};

/// Where to cut `buffer` into blocks of whole records.
pub(crate) fn cut(buffer: &[u8], searched: usize, ended: bool) -> Cut {
    if !ended && buffer.len() < WINDOW {
        return Cut::More(WINDOW);
    }
    if ended {
        return Cut::At(buffer.len());
    }
    match memchr::memrchr(b'\n', &buffer[searched..]) {
        Some(end) => Cut::At(searched + end + 1),
        None => Cut::More(buffer.len() + WINDOW),
    }
}

/// Buffers that are kept from record to record.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    reader: json::Reader,
}

pub(crate) fn work(worked: &mut Worked, worker: &mut Worker, settings: &Settings) {
    let Worked { block, edits, findings, problems, tally, .. } = worked;
    let Worker { scratch, jsonl } = worker;
    let text = simdutf8::basic::from_utf8(&block.bytes).ok();
    let mut start = block.content();
    for number in 0.. {
        let Some(rest) = block.bytes.get(start..).filter(|rest| !rest.is_empty()) else { return };
        let end = memchr::memchr(b'\n', rest).map_or(block.bytes.len(), |end| start + end + 1);
        let line = match text {
            Some(text) => Ok(&text[start..end]),
            None => std::str::from_utf8(&block.bytes[start..end]),
        };
        let mut record = Record { number, start, settings, edits, findings, tally };
        let result = match line {
            Ok(line) => record.work(line.trim_end_matches('\n'), &mut jsonl.reader, scratch),
            Err(_) => Err("not UTF-8".into()),
        };
        if let Err(what) = result {
            tally.passed += 1;
            problems.push(Problem { line: number, what: what.into_owned() });
        }
        start = end;
    }
}

/// One line.
struct Record<'a> {
    /// Lines of the block before it.
    number: u64,
    /// Where it begins in the block.
    start: usize,
    settings: &'a Settings,
    edits: &'a mut Vec<Edit>,
    findings: &'a mut Vec<Finding>,
    tally: &'a mut Tally,
}

impl Record<'_> {
    fn work(
        &mut self,
        line: &str,
        reader: &mut json::Reader,
        scratch: &mut Scratch,
    ) -> Result<(), Cow<'static, str>> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let settings = self.settings;
        reader.read(line.as_bytes(), &settings.columns, settings.annotate.as_deref()).map_err(|e| {
            format!("not JSON: {} (character {})", e.what, characters(&line.as_bytes()[..e.at]) + 1)
        })?;
        let record = &reader.record;
        if let Some(column) = record.not_text {
            return Err(format!("column `{}` is not a string", settings.columns[column]).into());
        }
        if let Some(column) = record.seen.iter().position(|seen| !seen) {
            return Err(format!("no column `{}`", settings.columns[column]).into());
        }
        let decode = |found: &Found| {
            let raw = &line[found.inner.clone()];
            if found.escaped { json::decode(raw) } else { Some(Cow::Borrowed(raw)) }
        };
        // A lone surrogate is in no text; such a record stays as it is.
        let Some(texts) = record.found.iter().map(decode).collect::<Option<Vec<_>>>() else { return Ok(()) };
        let (edits, findings) = (self.edits.len(), self.findings.len());
        let mut place = (0, 0);
        for (found, text) in record.found.iter().zip(&texts) {
            let raw = &line[found.inner.clone()];
            match &settings.garbler {
                None => self.column(line, found, text, &mut place, scratch),
                Some(garbler) => match garbler.garble(text) {
                    Some(garbled) if garbled.text == *text => {}
                    Some(garbled) => self.edits.push(Edit {
                        start: self.start + found.inner.start,
                        end: self.start + found.inner.end,
                        with: Style::of(raw, text).encode(&garbled.text),
                    }),
                    None => {
                        self.edits.truncate(edits);
                        return Err(garble::NOT_GARBLED.into());
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

    /// Repairs one string. `place` is a byte of the line and the characters before it; it only moves forward.
    fn column(
        &mut self,
        line: &str,
        found: &Found,
        text: &str,
        place: &mut (usize, u64),
        scratch: &mut Scratch,
    ) {
        let raw = &line[found.inner.clone()];
        let report = self.settings.repairer().report_with(text, scratch);
        if report.repairs.is_empty() {
            return;
        }
        let wanted = self.settings.findings || self.settings.annotate.is_some();
        let style = Style::of(raw, text);
        let mut places = Places::new(raw);
        let (mut at, mut start) = (0, 0);
        for repair in &report.repairs {
            let Some(original) = text.get(repair.start..repair.end) else { continue };
            self.tally.count(repair.verdict, repair.chain);
            let from = found.inner.start + places.find(repair.start);
            let to = found.inner.start + places.find(repair.end);
            if wanted {
                start += characters(&text.as_bytes()[at..repair.start]);
                at = repair.start;
                *place = (from, place.1 + characters(&line.as_bytes()[place.0..from]));
                let mut finding = Finding::new(repair, original, self.number, place.1, start);
                finding.column = Some(self.path(found));
                self.findings.push(finding);
            }
            if repair.verdict != Verdict::Unrepaired && repair.text != original {
                let with = style.encode(&repair.text);
                self.edits.push(Edit { start: self.start + from, end: self.start + to, with });
            }
        }
    }

    /// The column as a path, with the elements that lead to it.
    fn path(&self, found: &Found) -> String {
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
        let several =
            self.settings.columns.len() > 1 || record.found.iter().any(|found| !found.elements.is_empty());
        let value = annotate::annotation(findings, several).to_string();
        let style = if line.is_ascii() && findings.iter().any(|f| !f.original.is_ascii()) {
            Style::Ascii { upper: false }
        } else {
            Style::Plain
        };
        let value = style.restyle(value);
        if let Some(old) = &record.named {
            self.edits.push(Edit { start: self.start + old.start, end: self.start + old.end, with: value });
            self.edits.sort_by_key(|edit| edit.start);
            return;
        }
        let (comma, colon) = if record.spaced { (", ", ": ") } else { (",", ":") };
        let name = style.encode(name);
        let at = self.start + last_value;
        self.edits.push(Edit { start: at, end: at, with: format!("{comma}\"{name}\"{colon}{value}") });
    }
}
