//! JSON as it is written: where the strings of a record stand, without taking the record apart.
//!
//! A strict reader that keeps nothing but places. It takes `NaN`, `Infinity` and `-Infinity` too, which Python
//! writes.

use std::borrow::Cow;
use std::ops::Range;

/// What is wrong with a record, and before which of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

type Result<T> = std::result::Result<T, Malformed>;

/// A string of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Which of the columns; the first where all strings are looked for.
    pub(crate) column: usize,
    /// What stands between the quotes.
    pub(crate) inner: Range<usize>,
    pub(crate) escaped: bool,
    /// Which elements, where there are arrays on the way.
    pub(crate) elements: Vec<usize>,
}

/// What a record has.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The strings of the columns, in the order in which they stand.
    pub(crate) found: Vec<Found>,
    /// The columns that are there, empty or null ones too.
    pub(crate) seen: Vec<bool>,
    /// The first column that is something else than text.
    pub(crate) not_text: Option<usize>,
    /// Where the last value of the object ends. None if the record is no object, or an empty one.
    pub(crate) last_value: Option<usize>,
    /// Whether a space follows its colons.
    pub(crate) spaced: bool,
    /// The value of the name that was looked for.
    pub(crate) named: Option<Range<usize>>,
}

/// Arrays in arrays in a column are followed to this depth.
const ARRAYS_MAX: usize = 64;

/// Reads records; the buffers are kept from one to the next.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub(crate) record: Record,
    open: Vec<u8>,
    elements: Vec<usize>,
}

/// What is looked for in a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'w> {
    /// Dotted paths.
    pub(crate) columns: &'w [String],
    /// Every string that is a value, whatever its path.
    pub(crate) all: bool,
    /// The value of this name of the top-level object.
    pub(crate) name: Option<&'w str>,
}

impl Reader {
    /// Reads `line`, which is one value.
    pub(crate) fn read(&mut self, line: &[u8], wanted: Wanted<'_>) -> Result<()> {
        let end = self.read_first(line, wanted)?;
        if end < line.len() {
            return Err(Malformed { at: end, what: "expected the end of the line" });
        }
        Ok(())
    }

    /// Reads the value at the beginning of `bytes`; where it and the space after it end.
    pub(crate) fn read_first(&mut self, bytes: &[u8], wanted: Wanted<'_>) -> Result<usize> {
        let Self { record, open, elements } = self;
        record.found.clear();
        record.seen.clear();
        record.seen.resize(if wanted.all { 0 } else { wanted.columns.len() }, false);
        (record.not_text, record.last_value, record.spaced, record.named) = (None, None, false, None);
        elements.clear();
        let mut cursor = Cursor { bytes, at: 0, open };
        cursor.space();
        let mut walk = Walk { record, elements, name: wanted.name, all: wanted.all, depth: 0 };
        match (cursor.peek(), wanted.columns) {
            (Some(b'{'), _) if wanted.all => walk.object(&mut cursor, &[])?,
            (Some(b'{'), [path]) => walk.object(&mut cursor, &[(0, path)])?,
            (Some(b'{'), columns) => {
                let paths: Vec<_> = columns.iter().enumerate().map(|(n, path)| (n, path.as_str())).collect();
                walk.object(&mut cursor, &paths)?;
                record.found.sort_by_key(|found| found.inner.start);
            }
            _ if wanted.all => walk.all(&mut cursor)?,
            _ => cursor.value()?,
        }
        cursor.space();
        Ok(cursor.at)
    }
}

/// The path of the string whose first byte is at `at` in `record`, which is well-formed: the names, and after them
/// the elements that lead to it.
pub(crate) fn path(record: &[u8], at: usize) -> String {
    enum Step {
        Name(Range<usize>),
        Element(usize),
    }
    let mut steps = Vec::new();
    let mut cursor = Cursor { bytes: record, at: 0, open: &mut Vec::new() };
    while let Some(byte) = cursor.peek() {
        if byte == b'"' {
            let Ok((inner, _)) = cursor.string("") else { break };
            if inner.start == at {
                break;
            }
            cursor.space();
            if cursor.peek() == Some(b':')
                && let Some(Step::Name(name)) = steps.last_mut()
            {
                *name = inner;
            }
            continue;
        }
        cursor.at += 1;
        match byte {
            b'{' => steps.push(Step::Name(0..0)),
            b'[' => steps.push(Step::Element(0)),
            b'}' | b']' => drop(steps.pop()),
            b',' => {
                if let Some(Step::Element(element)) = steps.last_mut() {
                    *element += 1;
                }
            }
            _ => {}
        }
    }
    let mut path = String::new();
    for step in &steps {
        if let Step::Name(name) = step {
            let name = cursor.text(name).ok().and_then(decode).unwrap_or_default();
            path = if path.is_empty() { name.into_owned() } else { format!("{path}.{name}") };
        }
    }
    for step in &steps {
        if let Step::Element(element) = step {
            path += &format!("[{element}]");
        }
    }
    path
}

struct Walk<'r> {
    record: &'r mut Record,
    elements: &'r mut Vec<usize>,
    name: Option<&'r str>,
    all: bool,
    /// How many objects are open.
    depth: usize,
}

impl Walk<'_> {
    /// Reads an object on the way to `paths`.
    fn object(&mut self, cursor: &mut Cursor<'_>, paths: &[(usize, &str)]) -> Result<()> {
        self.depth += 1;
        self.members(cursor, paths)?;
        self.depth -= 1;
        Ok(())
    }

    fn members(&mut self, cursor: &mut Cursor<'_>, paths: &[(usize, &str)]) -> Result<()> {
        let top = self.depth == 1;
        cursor.at += 1;
        cursor.space();
        if cursor.take(b'}') {
            return Ok(());
        }
        loop {
            let (key, escaped) = cursor.string("expected a name in quotes")?;
            let key =
                if escaped { decode(cursor.text(&key)?) } else { Some(Cow::Borrowed(cursor.text(&key)?)) };
            cursor.space();
            if !cursor.take(b':') {
                return cursor.fail("expected `:`");
            }
            if top {
                self.record.spaced = cursor.peek() == Some(b' ');
            }
            cursor.space();
            let start = cursor.at;
            match key.as_deref() {
                _ if self.all => self.all(cursor)?,
                Some(key) => self.member(cursor, key, paths)?,
                None => cursor.value()?,
            }
            if top {
                self.record.last_value = Some(cursor.at);
                if self.name.is_some() && key.as_deref() == self.name {
                    self.record.named = Some(start..cursor.at);
                }
            }
            cursor.space();
            if cursor.take(b',') {
                cursor.space();
            } else if cursor.take(b'}') {
                return Ok(());
            } else {
                return cursor.fail("expected `,` or `}`");
            }
        }
    }

    /// Reads a value, every string in which is looked for.
    fn all(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        cursor.strings(&mut |inner, escaped| {
            self.record.found.push(Found { column: 0, inner, escaped, elements: Vec::new() });
        })
    }

    /// Reads the value of `key`.
    fn member(&mut self, cursor: &mut Cursor<'_>, key: &str, paths: &[(usize, &str)]) -> Result<()> {
        let mut wanted = paths.iter().filter(|(_, path)| path.starts_with(key));
        // Nearly always there is one column or none under a key, and nothing to collect.
        match (wanted.next(), wanted.next()) {
            (None, _) => cursor.value(),
            (Some(&(column, path)), None) if path.len() == key.len() => self.column(cursor, column, 0),
            _ => {
                let mut rest = Vec::new();
                for &(column, path) in paths {
                    if path == key {
                        let start = cursor.at;
                        self.column(cursor, column, 0)?;
                        cursor.at = start;
                    } else if let Some(path) = path.strip_prefix(key).and_then(|rest| rest.strip_prefix('.'))
                    {
                        rest.push((column, path));
                    }
                }
                if rest.is_empty() { cursor.value() } else { self.descend(cursor, &rest, 0) }
            }
        }
    }

    /// Reads a value on the way to `paths`.
    fn descend(&mut self, cursor: &mut Cursor<'_>, paths: &[(usize, &str)], depth: usize) -> Result<()> {
        match cursor.peek() {
            Some(b'{') => self.object(cursor, paths),
            Some(b'[') if depth < ARRAYS_MAX => {
                let empty = self.array(cursor, |walk, cursor| walk.descend(cursor, paths, depth + 1))?;
                if empty {
                    paths.iter().for_each(|&(column, _)| self.record.seen[column] = true);
                }
                Ok(())
            }
            Some(b'n') => {
                paths.iter().for_each(|&(column, _)| self.record.seen[column] = true);
                cursor.value()
            }
            _ => cursor.value(),
        }
    }

    /// Reads the value of a column.
    fn column(&mut self, cursor: &mut Cursor<'_>, column: usize, depth: usize) -> Result<()> {
        self.record.seen[column] = true;
        match cursor.peek() {
            Some(b'"') => {
                let (inner, escaped) = cursor.string("expected a string")?;
                self.record.found.push(Found { column, inner, escaped, elements: self.elements.clone() });
                Ok(())
            }
            Some(b'[') if depth < ARRAYS_MAX => {
                self.array(cursor, |walk, cursor| walk.column(cursor, column, depth + 1)).map(drop)
            }
            Some(b'n') => cursor.value(),
            _ => {
                self.record.not_text.get_or_insert(column);
                cursor.value()
            }
        }
    }

    /// Reads an array, each element with `element`; whether it was empty.
    fn array(
        &mut self,
        cursor: &mut Cursor<'_>,
        mut element: impl FnMut(&mut Self, &mut Cursor<'_>) -> Result<()>,
    ) -> Result<bool> {
        cursor.at += 1;
        cursor.space();
        if cursor.take(b']') {
            return Ok(true);
        }
        self.elements.push(0);
        loop {
            element(self, cursor)?;
            cursor.space();
            if cursor.take(b',') {
                cursor.space();
                if let Some(last) = self.elements.last_mut() {
                    *last += 1;
                }
            } else if cursor.take(b']') {
                self.elements.pop();
                return Ok(false);
            } else {
                return cursor.fail("expected `,` or `]`");
            }
        }
    }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The closing brackets of what is open in [`Self::value`].
    open: &'a mut Vec<u8>,
}

impl<'a> Cursor<'a> {
    fn fail<T>(&self, what: &'static str) -> Result<T> {
        Err(Malformed { at: self.at, what })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn text(&self, range: &Range<usize>) -> Result<&'a str> {
        let bytes = self.bytes;
        std::str::from_utf8(&bytes[range.clone()])
            .map_err(|_| Malformed { at: range.start, what: "not UTF-8" })
    }

    /// Reads a string: what stands between the quotes, and whether there are escapes in it.
    fn string(&mut self, expected: &'static str) -> Result<(Range<usize>, bool)> {
        if !self.take(b'"') {
            return self.fail(expected);
        }
        let start = self.at;
        let mut escaped = false;
        loop {
            // Escapes often follow one another.
            if self.peek() != Some(b'\\') {
                self.at += plain(&self.bytes[self.at..]);
            }
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok((start..self.at - 1, escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    let length = match self.bytes.get(self.at + 1) {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                        Some(b'u') if unit(&self.bytes[self.at..]).is_some() => 6,
                        _ => return self.fail("bad escape in a string"),
                    };
                    self.at += length;
                }
                Some(_) => return self.fail("control character in a string"),
                None => return self.fail("string without an end"),
            }
        }
    }

    /// Reads any value.
    fn value(&mut self) -> Result<()> {
        self.strings(&mut |_, _| ())
    }

    /// Reads any value; `take` gets each string in it that is a value, and whether there are escapes in it.
    fn strings(&mut self, take: &mut impl FnMut(Range<usize>, bool)) -> Result<()> {
        self.open.clear();
        loop {
            match self.peek() {
                Some(b'"') => {
                    let (inner, escaped) = self.string("")?;
                    take(inner, escaped);
                }
                Some(b'{') => {
                    self.at += 1;
                    self.space();
                    if !self.take(b'}') {
                        self.open.push(b'}');
                        self.name()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    self.space();
                    if !self.take(b']') {
                        self.open.push(b']');
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                _ => self.word()?,
            }
            loop {
                let Some(&close) = self.open.last() else { return Ok(()) };
                self.space();
                if self.take(b',') {
                    self.space();
                    if close == b'}' {
                        self.name()?;
                    }
                    break;
                }
                if !self.take(close) {
                    return self.fail(if close == b'}' {
                        "expected `,` or `}`"
                    } else {
                        "expected `,` or `]`"
                    });
                }
                self.open.pop();
            }
        }
    }

    fn name(&mut self) -> Result<()> {
        self.string("expected a name in quotes")?;
        self.space();
        if !self.take(b':') {
            return self.fail("expected `:`");
        }
        self.space();
        Ok(())
    }

    fn word(&mut self) -> Result<()> {
        for word in ["true", "false", "null", "NaN", "Infinity"] {
            if self.bytes[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(());
            }
        }
        self.fail("expected a value")
    }

    fn number(&mut self) -> Result<()> {
        if self.take(b'-') && self.peek() == Some(b'I') {
            return self.word();
        }
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<()> {
        let count = self.bytes[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 {
            return self.fail("expected a digit");
        }
        self.at += count;
        Ok(())
    }
}

/// How many bytes stand before the first quote, backslash or control character.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // In each word the lowest high bit that is set marks the first such byte; those above it may be mistaken.
    let less = |word: u64, than: u64| word.wrapping_sub(ONES * than) & !word;
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in (0..).step_by(8).zip(words) {
        let word = u64::from_le_bytes(*word);
        let quotes = less(word ^ (ONES * u64::from(b'"')), 1);
        let backslashes = less(word ^ (ONES * u64::from(b'\\')), 1);
        let marks = (less(word, 0x20) | quotes | backslashes) & HIGH;
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
    }
    let special = rest.iter().position(|&b| b < 0x20 || b == b'"' || b == b'\\');
    bytes.len() - rest.len() + special.unwrap_or(rest.len())
}

/// The UTF-16 unit of a `\uXXXX` at the beginning.
fn unit(bytes: &[u8]) -> Option<u32> {
    let digits: &[u8; 4] = bytes.get(2..6)?.try_into().ok()?;
    let [a, b, c, d] = digits.map(|digit| DIGIT[usize::from(digit)]);
    let unit = u32::from_be_bytes([0, 0, a << 4 | b, c << 4 | d]);
    ((a | b | c | d) < 16).then_some(unit)
}

/// The value of each hexadecimal digit; 255 for what is none.
const DIGIT: [u8; 256] = {
    let mut values = [255; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        values[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// The character at the beginning of `raw`, what stands between the quotes of a string, and how many bytes it
/// takes there. None for a lone surrogate, and at the end.
fn character(raw: &str) -> Option<(char, usize)> {
    let bytes = raw.as_bytes();
    if *bytes.first()? != b'\\' {
        let first = raw.chars().next()?;
        return Some((first, first.len_utf8()));
    }
    let c = match bytes.get(1)? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let high = unit(bytes)?;
            if !(0xd800..0xdc00).contains(&high) {
                return Some((char::from_u32(high)?, 6));
            }
            let low = unit(bytes.get(6..).filter(|rest| rest.starts_with(b"\\u"))?)?;
            let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            return Some((char::from_u32(0x10000 + ((high - 0xd800) << 10) + low)?, 12));
        }
        &other => char::from(other),
    };
    Some((c, 2))
}

/// How long the escape of a lone surrogate is.
const LONE: usize = r"\ud800".len();

/// The text of a string. None where there is a lone surrogate, which no text has.
pub(crate) fn decode(raw: &str) -> Option<Cow<'_, str>> {
    let Some(first) = memchr::memchr(b'\\', raw.as_bytes()) else { return Some(Cow::Borrowed(raw)) };
    let mut text = String::with_capacity(raw.len());
    let mut rest = &raw[first..];
    text.push_str(&raw[..first]);
    while !rest.is_empty() {
        let (c, length) = character(rest)?;
        text.push(c);
        rest = &rest[length..];
        if rest.starts_with('\\') {
            continue;
        }
        let next = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        text.push_str(&rest[..next]);
        rest = &rest[next..];
    }
    Some(Cow::Owned(text))
}

/// Part of a string between lone surrogates, or all of it.
#[derive(Debug)]
pub(crate) struct Piece<'r> {
    /// Where it begins in the string.
    pub(crate) at: usize,
    /// Characters of the string before it, a lone surrogate being one.
    pub(crate) before: u64,
    pub(crate) raw: &'r str,
    pub(crate) text: Cow<'r, str>,
}

impl<'r> Piece<'r> {
    /// The string `raw`, which reads `text`.
    pub(crate) fn whole(raw: &'r str, text: Cow<'r, str>) -> Self {
        Self { at: 0, before: 0, raw, text }
    }
}

/// The parts of a string in which there are lone surrogates. Those are in no text, and stay.
pub(crate) fn pieces(raw: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let (mut start, mut at, mut before, mut characters) = (0, 0, 0, 0);
    while at <= raw.len() {
        let length = character(&raw[at..]).map(|(_, length)| length);
        if let Some(length) = length {
            (at, characters) = (at + length, characters + 1);
            continue;
        }
        // Here a piece ends.
        if let Some(text) = decode(&raw[start..at]).filter(|text| !text.is_empty()) {
            pieces.push(Piece { at: start, before, raw: &raw[start..at], text });
        }
        if at == raw.len() {
            break;
        }
        (at, characters) = (raw.len().min(at + LONE), characters + 1);
        (start, before) = (at, characters);
    }
    pieces
}

/// Finds places of a text in the string that it was decoded from. Ask for them in rising order.
#[derive(Debug)]
pub(crate) struct Places<'r> {
    raw: &'r str,
    at: usize,
    text: usize,
}

impl<'r> Places<'r> {
    pub(crate) fn new(raw: &'r str) -> Self {
        Self { raw, at: 0, text: 0 }
    }

    /// Where what stands at byte `wanted` of the text stands in the string.
    pub(crate) fn find(&mut self, wanted: usize) -> usize {
        while self.text < wanted {
            let Some((c, length)) = character(&self.raw[self.at..]) else { break };
            self.text += c.len_utf8();
            self.at += length;
        }
        self.at
    }
}

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Characters as they are.
    Plain,
    /// All but ASCII escaped, with lower- or upper-case digits.
    Ascii { upper: bool },
}

impl Style {
    /// How the string `raw`, which reads `text`, is written.
    pub(crate) fn of(raw: &str, text: &str) -> Self {
        if !raw.is_ascii() || text.is_ascii() {
            return Self::Plain;
        }
        let letter =
            raw.match_indices("\\u").filter_map(|(at, _)| raw.get(at + 2..at + 6)).find_map(|digits| {
                digits.bytes().find(u8::is_ascii_alphabetic).map(|letter| letter.is_ascii_uppercase())
            });
        Self::Ascii { upper: letter.unwrap_or(false) }
    }

    /// Writes `text` as part of a string.
    pub(crate) fn encode(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                c if c < ' ' => self.escape(c, &mut out),
                c if !c.is_ascii() && self != Self::Plain => self.escape(c, &mut out),
                c => out.push(c),
            }
        }
        out
    }

    /// Rewrites JSON in this style.
    pub(crate) fn restyle(self, json: String) -> String {
        if self == Self::Plain || json.is_ascii() {
            return json;
        }
        let mut out = String::with_capacity(json.len() * 2);
        for c in json.chars() {
            if c.is_ascii() { out.push(c) } else { self.escape(c, &mut out) }
        }
        out
    }

    fn escape(self, c: char, out: &mut String) {
        use std::fmt::Write;
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = match self {
                Self::Ascii { upper: true } => write!(out, "\\u{unit:04X}"),
                _ => write!(out, "\\u{unit:04x}"),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(columns: &[String]) -> Wanted<'_> {
        Wanted { columns, all: false, name: None }
    }

    fn read(line: &str, columns: &[&str]) -> Result<Vec<(usize, String, Vec<usize>)>> {
        let columns: Vec<_> = columns.iter().map(|&c| c.to_owned()).collect();
        let mut reader = Reader::default();
        reader.read(line.as_bytes(), wanted(&columns))?;
        Ok(reader
            .record
            .found
            .into_iter()
            .map(|f| (f.column, line[f.inner].to_owned(), f.elements))
            .collect())
    }

    #[test]
    fn columns_are_found() {
        let one = |text: &str| Ok(vec![(0, text.to_owned(), vec![])]);
        assert_eq!(read(r#"{"text":"a"}"#, &["text"]), one("a"));
        assert_eq!(
            read(r#" { "x" : [1,{"text":"no"}] , "te\u0078t" : "a\"b" } "#, &["text"]),
            one(r#"a\"b"#)
        );
        assert_eq!(read(r#"{"a":{"b":{"c":"x"}},"b":"y"}"#, &["a.b.c"]), one("x"));
        assert_eq!(read(r#"{"a.b":"x"}"#, &["a.b"]), one("x"));
        assert_eq!(read(r#"{"text":null}"#, &["text"]), Ok(vec![]));
        let many = |texts: &[(usize, &str, &[usize])]| {
            Ok(texts.iter().map(|&(n, text, at)| (n, text.to_owned(), at.to_vec())).collect::<Vec<_>>())
        };
        assert_eq!(
            read(r#"{"t":["x","y",["z"]]}"#, &["t"]),
            many(&[(0, "x", &[0]), (0, "y", &[1]), (0, "z", &[2, 0])])
        );
        assert_eq!(
            read(r#"{"m":[{"t":"x","u":"y"},{"t":"z"}]}"#, &["m.t", "m.u"]),
            many(&[(0, "x", &[0]), (1, "y", &[0]), (0, "z", &[1])])
        );
        assert_eq!(read(r#"{"t":"x","t":"y"}"#, &["t"]), many(&[(0, "x", &[]), (0, "y", &[])]));
        assert_eq!(read(r#"{"a":"x","ab":"y"}"#, &["ab", "a"]), many(&[(1, "x", &[]), (0, "y", &[])]));
    }

    #[test]
    fn all_strings_are_found_and_have_paths() {
        let line = r#" {"a":"1","b":[ {"c" : "2","\u0064":["3",null,"4"]}, "5" ] , "e":{"f":{"a":"6\""}}} "#;
        let mut reader = Reader::default();
        reader.read(line.as_bytes(), Wanted { columns: &[], all: true, name: None }).unwrap();
        let found: Vec<_> = reader
            .record
            .found
            .iter()
            .map(|f| (line[f.inner.clone()].to_owned(), path(line.as_bytes(), f.inner.start)))
            .collect();
        let expected = [
            ("1", "a"),
            ("2", "b.c[0]"),
            ("3", "b.d[0][0]"),
            ("4", "b.d[0][2]"),
            ("5", "b[1]"),
            ("6\\\"", "e.f.a"),
        ];
        assert_eq!(found, expected.map(|(text, path)| (text.to_owned(), path.to_owned())));
    }

    #[test]
    fn what_is_missing_or_no_text_is_told() {
        let columns = ["t".to_owned(), "a.b".to_owned()];
        let mut reader = Reader::default();
        let mut seen = |line: &str| {
            reader.read(line.as_bytes(), wanted(&columns)).unwrap();
            (reader.record.seen.clone(), reader.record.not_text)
        };
        assert_eq!(seen("{}"), (vec![false, false], None));
        assert_eq!(seen("[]"), (vec![false, false], None));
        assert_eq!(seen(r#"{"t":1,"a":null}"#), (vec![true, true], Some(0)));
        assert_eq!(seen(r#"{"t":{},"a":[]}"#), (vec![true, true], Some(0)));
        assert_eq!(seen(r#"{"t":["x",1],"a":[{"b":[]}]}"#), (vec![true, true], Some(0)));
        assert_eq!(seen(r#"{"t":[null,[]],"a":2}"#), (vec![true, false], None));
    }

    #[test]
    fn the_end_of_the_last_value_and_a_name_are_found() {
        let mut reader = Reader::default();
        let note = Wanted { columns: &[], all: false, name: Some("note") };
        reader.read(br#"  {"a": {"b":1} , "note": [2] } "#, note).unwrap();
        assert_eq!(reader.record.last_value, Some(29));
        assert_eq!(reader.record.named, Some(26..29));
        assert!(reader.record.spaced);
        reader.read(b"{}", note).unwrap();
        assert_eq!((reader.record.last_value, reader.record.named.clone()), (None, None));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for line in [
            "",
            "{",
            "}",
            "{]",
            "[}",
            "[1,]",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            "{a:1}",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "+1",
            "tru",
            "nul",
            "\"",
            "\"\\x\"",
            r#""\u12""#,
            r#""\u12g4""#,
            "\"\t\"",
            "1 2",
            "[1 2]",
            "{} {}",
            "\u{feff}{}",
            "[[[",
            "'a'",
            r#"{"text":"a" "b":1}"#,
            r#"{"text" "a"}"#,
            r#"{"text":["a" "b"]}"#,
        ] {
            assert!(read(line, &["text"]).is_err(), "{line}");
        }
        for line in [
            "{}",
            "[]",
            "0",
            "-0.0e+10",
            "1E5",
            "[1,[2,[3]],{}]",
            "null",
            "\"\\ud800\"",
            "[NaN,-Infinity,Infinity]",
            "\"\u{7f}\"",
            r#"{"":{"":[]}}"#,
            "\t[ 1 , 2 ]\r",
        ] {
            assert!(read(line, &["text"]).is_ok(), "{line}");
        }
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert!(read(&deep, &["text"]).is_ok());
        assert!(read(&format!(r#"{{"text":{deep}}}"#), &["text"]).is_ok());
        assert!(read(&format!(r#"{{"text":{deep}}}"#), &["text.x"]).is_ok());
    }

    #[test]
    fn escapes_are_read_and_written() {
        let raw = r#"a\"\\\/\b\f\n\r\t\u00e9\u4E2D\ud83d\ude00ü"#;
        let text = decode(raw).unwrap();
        assert_eq!(text, "a\"\\/\u{8}\u{c}\n\r\té中😀ü");
        let mut places = Places::new(raw);
        assert_eq!(&raw[places.find(text.find('中').unwrap())..][..6], r"\u4E2D");
        assert_eq!(&raw[places.find(text.find('ü').unwrap())..], "ü");
        assert_eq!(places.find(text.len()), raw.len());
        for lone in [r"\ud800", r"\udc00", r"\ud800\ud800", r"\ud800x", r"\ud800\n"] {
            assert_eq!(decode(lone), None, "{lone}");
        }
        assert_eq!(Style::Plain.encode("\"\\\n\u{1}中\u{7f}"), "\\\"\\\\\\n\\u0001中\u{7f}");
        assert_eq!(Style::of(r"\u00e4", "ä"), Style::Ascii { upper: false });
        assert_eq!(Style::of(r"\u00E4", "ä").encode("中😀é"), r"\u4E2D\uD83D\uDE00\u00E9");
        assert_eq!(Style::of("ä", "ä"), Style::Plain);
        assert_eq!(Style::of(r"\n", "\n"), Style::Plain);
    }

    #[test]
    fn plain_stops_at_the_first_special_byte() {
        for length in 0..40 {
            for special in [b'"', b'\\', 0, 0x1f] {
                for at in 0..length {
                    let mut bytes = vec![0xe4; length];
                    bytes[at] = special;
                    bytes[length - 1] = special;
                    assert_eq!(plain(&bytes), at);
                }
            }
            assert_eq!(plain(&vec![b'!'; length]), length);
            assert_eq!(plain(&vec![b'#'; length]), length);
            assert_eq!(plain(&vec![0xff; length]), length);
        }
    }
}
