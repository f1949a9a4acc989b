//! Bytes of unknown codec as UTF-8, window by window, for whoever reads them.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

use luanma::{Codec, Decoded, Repairer, Written};

use crate::format::Format;
use crate::input;
use crate::work::Settings;

/// A window has at least so many bytes, unless the input has fewer, and at most twice as many.
const WINDOW: usize = 512 << 10;

/// So many of the first bytes tell UTF-16.
const WIDE_TOLD_BY: usize = 1 << 10;

/// No character of any codec of more bytes than one has a byte below this but as its first; that of HZ and its like end with
/// the line.
const NEVER_SECOND: u8 = b'0';

/// What was decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    /// Bytes by codec. ASCII is in any.
    pub(crate) codecs: BTreeMap<&'static str, u64>,
    /// How many places could not be read.
    pub(crate) undecodable: u64,
    /// The first of them, in bytes of the input.
    pub(crate) first: Option<u64>,
}

impl Account {
    /// Counts what `decoded` has; its bytes begin at byte `from` of the input.
    pub(crate) fn count(&mut self, decoded: &Decoded, from: u64) {
        for piece in &decoded.pieces {
            *self.codecs.entry(piece.written.name()).or_default() += (piece.end - piece.start) as u64;
        }
        self.undecodable += decoded.undecodable.len() as u64;
        self.first = self.first.or(decoded.undecodable.first().map(|bad| from + bad.start as u64));
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (codec, bytes) in &other.codecs {
            *self.codecs.entry(codec).or_default() += bytes;
        }
        self.undecodable += other.undecodable;
        self.first = self.first.or(other.first);
    }

    /// What is said of the file `name`, where places of it could not be read.
    pub(crate) fn message(&self, name: &str) -> Option<String> {
        let bad = self.bad()?;
        Some(format!("{name}: {bad}, the first at byte {}", self.first.unwrap_or(0)))
    }

    /// What is said of the places that could not be read.
    pub(crate) fn bad(&self) -> Option<String> {
        match self.undecodable {
            0 => None,
            1 => Some("1 place could not be read and became U+FFFD".to_owned()),
            n => Some(format!("{n} places could not be read and became U+FFFD")),
        }
    }
}

/// What the input turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unknown,
    /// In codecs in which a line ends with 0A.
    Narrow,
    /// UTF-16, of which this is the mark.
    Wide([u8; 2]),
    /// No text.
    Binary,
}

/// Some bytes of the input.
pub(crate) enum Part {
    /// Decoded; they begin here in the input.
    Text(u64, Decoded),
    /// As they are: no text.
    Binary(Vec<u8>),
}

/// Reads windows and decodes them.
pub(crate) struct Windows {
    source: Box<dyn Read + Send>,
    repairer: Repairer,
    threads: usize,
    /// Whether bytes that are no text are to be left as they are.
    may_be_binary: bool,
    kind: Kind,
    raw: Vec<u8>,
    /// Bytes of the input before `raw`.
    before: u64,
    ended: bool,
    failed: Option<io::Error>,
}

impl Windows {
    pub(crate) fn new(
        source: Box<dyn Read + Send>,
        repairer: Repairer,
        threads: usize,
        may_be_binary: bool,
    ) -> Self {
        Self {
            source,
            repairer,
            threads: threads.max(1),
            may_be_binary,
            kind: Kind::Unknown,
            raw: Vec::new(),
            before: 0,
            ended: false,
            failed: None,
        }
    }

    /// The next windows, as many as there are threads; none at the end.
    pub(crate) fn read(&mut self) -> io::Result<Vec<Part>> {
        self.fill();
        if self.raw.is_empty() {
            return self.failed.take().map_or(Ok(Vec::new()), Err);
        }
        if self.kind == Kind::Unknown {
            self.kind = self.look();
        }
        if self.kind == Kind::Binary {
            return Ok(vec![Part::Binary(std::mem::take(&mut self.raw))]);
        }
        let mut cuts = vec![0];
        let mut open = false;
        while cuts.len() <= self.threads && !open {
            let from = cuts[cuts.len() - 1];
            let rest = &self.raw[from..];
            if rest.is_empty() || rest.len() < 2 * WINDOW && !self.ended {
                break;
            }
            let (length, settled) = if rest.len() < 2 * WINDOW { (rest.len(), true) } else { self.cut(rest) };
            open = !settled;
            cuts.push(from + length);
        }
        let (raw, kind, repairer, before) = (&self.raw, self.kind, &self.repairer, self.before);
        let decode = |from: usize, to: usize| {
            let start = before + from as u64;
            (start, decode(repairer, kind, &raw[from..to], start == 0))
        };
        let mut windows: Vec<_> = if let [from, to] = *cuts {
            vec![decode(from, to)]
        } else {
            std::thread::scope(|scope| {
                let running: Vec<_> =
                    cuts.windows(2).map(|cut| scope.spawn(move || decode(cut[0], cut[1]))).collect();
                running.into_iter().flat_map(std::thread::ScopedJoinHandle::join).collect()
            })
        };
        let mut done = cuts[cuts.len() - 1];
        if windows.len() + 1 != cuts.len() {
            return Err(io::Error::other("internal error while decoding"));
        }
        if let Some((_, last)) = windows.last_mut().filter(|_| open) {
            done -= give_back(last, done - cuts[cuts.len() - 2]);
        }
        self.before += done as u64;
        self.raw.drain(..done);
        Ok(windows.into_iter().map(|(start, decoded)| Part::Text(start, decoded)).collect())
    }

    fn fill(&mut self) {
        if self.ended {
            return;
        }
        match input::fill(&mut self.source, &mut self.raw, (self.threads + 1) * WINDOW) {
            Ok(ended) => self.ended = ended,
            Err(e) => (self.ended, self.failed) = (true, Some(e)),
        }
    }

    fn look(&self) -> Kind {
        let shown = &self.raw[..self.raw.len().min(WIDE_TOLD_BY) / 2 * 2];
        match self.repairer.decode(shown).written() {
            Written::In(Codec::UTF_16LE) => Kind::Wide([0xFF, 0xFE]),
            Written::In(Codec::UTF_16BE) => Kind::Wide([0xFE, 0xFF]),
            _ if self.may_be_binary && Format::Found.settle(&self.raw) == Format::Binary => Kind::Binary,
            _ => Kind::Narrow,
        }
    }

    /// Where to cut bytes of which there are two windows' worth, and whether a character ends there for certain.
    fn cut(&self, bytes: &[u8]) -> (usize, bool) {
        let two = &bytes[..2 * WINDOW];
        if let Kind::Wide(mark) = self.kind {
            let end = if mark == [0xFF, 0xFE] { [b'\n', 0] } else { [0, b'\n'] };
            let units = &two.as_chunks::<2>().0[..WINDOW];
            let line = units.iter().rposition(|unit| *unit == end);
            return line.map_or((WINDOW, false), |at| (2 * (at + 1), true));
        }
        let line = memchr::memrchr(b'\n', two);
        let border = || two.iter().rposition(|&byte| byte < NEVER_SECOND);
        line.or_else(border).map_or((2 * WINDOW, false), |at| (at + 1, true))
    }
}

fn decode(repairer: &Repairer, kind: Kind, bytes: &[u8], first: bool) -> Decoded {
    match kind {
        Kind::Wide(mark) if !(first && bytes.starts_with(&mark)) => {
            let mut decoded = repairer.decode(&[&mark, bytes].concat());
            for piece in &mut decoded.pieces {
                (piece.start, piece.end) = (piece.start.saturating_sub(2), piece.end.saturating_sub(2));
            }
            for bad in &mut decoded.undecodable {
                (bad.start, bad.end) = (bad.start.saturating_sub(2), bad.end.saturating_sub(2));
            }
            decoded
        }
        _ => repairer.decode(bytes),
    }
}

/// Takes off the end of a window of `length` bytes what may be the beginning of a character; how many bytes.
fn give_back(decoded: &mut Decoded, length: usize) -> usize {
    let Some(bad) = decoded.undecodable.pop_if(|bad| bad.end == length && bad.start > 0) else { return 0 };
    decoded.text.truncate(bad.at);
    decoded.pieces.retain(|piece| piece.start < bad.start);
    if let Some(last) = decoded.pieces.last_mut() {
        last.end = last.end.min(bad.start);
    }
    length - bad.start
}

/// What is read through it is UTF-8.
pub(crate) struct Decoding {
    windows: Windows,
    settings: Arc<Settings>,
    file: usize,
    text: Vec<u8>,
    at: usize,
}

impl Decoding {
    /// `settings` gets the account of the file of this number.
    pub(crate) fn new(
        source: Box<dyn Read + Send>,
        settings: &Arc<Settings>,
        threads: usize,
        file: usize,
        format: Format,
    ) -> Self {
        let repairer = settings.repairer().clone();
        let windows = Windows::new(source, repairer, threads, format == Format::Found);
        Self { windows, settings: Arc::clone(settings), file, text: Vec::new(), at: 0 }
    }
}

impl Read for Decoding {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() {
            let parts = self.windows.read()?;
            if parts.is_empty() {
                return Ok(0);
            }
            (self.at, self.text) = (0, Vec::new());
            let mut account = Account::default();
            for part in parts {
                match part {
                    Part::Text(start, decoded) => {
                        account.count(&decoded, start);
                        self.text.extend(decoded.text.into_bytes());
                    }
                    Part::Binary(bytes) => self.text.extend(bytes),
                }
            }
            self.settings.account(self.file, &account);
        }
        let rest = &self.text[self.at..];
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        self.at += n;
        Ok(n)
    }
}
