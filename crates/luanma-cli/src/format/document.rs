//! JSON documents: what stands at the top, and each element of an array there, is a record.
//!
//! Their strings are found and replaced as in JSON lines. So a long array is a stream, and one document of another kind
//! is held as a whole.

use super::{Context, Cut};
use crate::input::WINDOW;
use crate::jsonl::{self, Bad, Record};
use crate::text::Place;
use crate::work::{Settings, Worked, Worker};

/// Follows strings and brackets, also where they are wrong.
#[derive(Clone, Copy, Debug, Default)]
struct Brackets {
    /// Looked at up to here.
    at: usize,
    /// In an array at the top.
    array: bool,
    /// How many brackets are open, besides that of the array.
    level: usize,
    string: bool,
}

impl Brackets {
    /// Goes on after the end of the next record: its comma or the end of the array, or the record itself where there is
    /// no array.
    fn next(&mut self, bytes: &[u8]) -> Option<usize> {
        loop {
            let rest = bytes.get(self.at..)?;
            if self.string {
                // There is no line end in a string: one that is not closed ends there.
                let Some(next) = memchr::memchr3(b'"', b'\\', b'\n', rest) else {
                    self.at = bytes.len();
                    return None;
                };
                self.at += next;
                if bytes[self.at] == b'\\' {
                    if self.at + 1 == bytes.len() {
                        return None;
                    }
                    self.at += 1;
                } else {
                    self.string = false;
                }
                self.at += 1;
                continue;
            }
            let byte = *rest.first()?;
            self.at += 1;
            match byte {
                b'"' => self.string = true,
                b'[' if self.level == 0 && !self.array => self.array = true,
                b'[' | b'{' => self.level += 1,
                b']' if self.level == 0 && self.array => {
                    self.array = false;
                    return Some(self.at);
                }
                b']' | b'}' => {
                    self.level = self.level.saturating_sub(1);
                    if self.level == 0 && !self.array {
                        return Some(self.at);
                    }
                }
                b',' if self.level == 0 && self.array => return Some(self.at),
                b'\n' if self.level == 0 && !self.array => return Some(self.at),
                _ => {}
            }
        }
    }
}

/// Finds the ends of records.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    brackets: Brackets,
    /// The last end of a record in the buffer, and whether an array goes on there.
    end: (usize, bool),
    /// Whether an array goes on where the buffer begins.
    array: bool,
}

impl Cutter {
    pub(crate) fn cut(&mut self, buffer: &[u8]) -> Cut {
        while let Some(end) = self.brackets.next(buffer) {
            self.end = (end, self.brackets.array);
        }
        match self.end {
            // The end of the file is to be known with its last block.
            (end, _) if end > 0 && end < buffer.len() => Cut::At(end),
            _ => Cut::More(buffer.len() + WINDOW),
        }
    }

    pub(crate) fn take(&mut self, block: &[u8]) -> Context {
        self.brackets.at = self.brackets.at.saturating_sub(block.len());
        let (_, goes_on) = std::mem::take(&mut self.end);
        if std::mem::replace(&mut self.array, goes_on) { Context::Array } else { Context::None }
    }
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// A value, or nothing.
    Top,
    /// An element, or the end of the array.
    First,
    Element,
    /// A comma, or the end of the array.
    Comma,
}

pub(crate) fn work(worked: &mut Worked, worker: &mut Worker, settings: &Settings) {
    let Worked { block, edits, findings, problems, tally, records, .. } = worked;
    let json = &mut worker.json;
    let bytes = &*block.bytes;
    let text = simdutf8::basic::from_utf8(bytes).ok();
    let mut at = block.content();
    let mut place = Place::from(at);
    let mut next = if matches!(block.context, Context::Array) { Next::Element } else { Next::Top };
    let mut tell = |bad: Bad, place: &mut Place, at: usize| problems.push(bad.problem(place, bytes, at));
    while let Some(&byte) = bytes.get(at) {
        match (byte, next) {
            (b' ' | b'\t' | b'\n' | b'\r', _) => at += 1,
            (b'[', Next::Top) => (at, next) = (at + 1, Next::First),
            (b',', Next::Comma) => (at, next) = (at + 1, Next::Element),
            (b']', Next::First | Next::Comma) => (at, next) = (at + 1, Next::Top),
            (b']', Next::Element) => {
                tell(Bad::Syntax("expected a value"), &mut place, at);
                (at, next) = (at + 1, Next::Top);
            }
            _ => {
                if next == Next::Comma {
                    tell(Bad::Syntax("expected `,` or `]`"), &mut place, at);
                }
                let array = next != Next::Top;
                next = if array { Next::Comma } else { Next::Top };
                let start = at;
                match json.reader.read_first(&bytes[start..], jsonl::wanted(settings)) {
                    Ok(length) => {
                        at += length;
                        let record = match text {
                            Some(text) => Ok(&text[start..at]),
                            None => std::str::from_utf8(&bytes[start..at]),
                        };
                        let number = Some(*records);
                        let result = record.map_err(|_| Bad::NOT_UTF8).and_then(|record| {
                            let place = &mut place;
                            Record { bytes, start, number, settings, place, edits, findings, tally }.work(
                                record,
                                &json.reader.record,
                                &mut worker.scratch,
                            )
                        });
                        if let Err(bad) = result {
                            tally.passed += 1;
                            tell(bad, &mut place, start);
                        }
                    }
                    Err(e) => {
                        tally.passed += 1;
                        tell(Bad::Syntax(e.what), &mut place, start + e.at);
                        let mut brackets = Brackets { at: start, array, ..Brackets::default() };
                        let end = brackets.next(bytes);
                        // The comma or bracket after an element comes next.
                        at = end.map_or(bytes.len(), |end| end - usize::from(array)).max(start);
                        if at == start {
                            at += 1;
                        }
                    }
                }
                *records += 1;
            }
        }
    }
    if block.last && next != Next::Top {
        tell(Bad::Syntax("the array has no end"), &mut place, bytes.len());
    }
}
