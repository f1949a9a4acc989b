//! Chance, and small changes by it.

// The chance of `luanma::garble`, as it is.
#[path = "../../src/garble/rng.rs"]
mod rng;

/// The same seed, the same inputs.
#[derive(Debug)]
pub struct Rng(rng::Rng);

impl Rng {
    /// A run of chance.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(rng::Rng::new(seed, ""))
    }

    /// 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0.next()
    }

    /// From 0 up to, and without, `end`; 0 where `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0.below(end)
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.word().to_le_bytes()[7]
    }

    /// One of them; nothing of nothing.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

/// Bytes that formats and codecs make something of.
const TELLING: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"\\u4e2d",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\r\n",
    b"\n",
    b"\t",
    b"\0",
    b"?",
    b"??????",
    b"\xEF\xBF\xBD",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"\x1b$B",
    b"~{",
    b"\xC2\xA0",
    b"\xE3\x80\x80",
    b"\x81",
    b"\xFE",
    b"\xA1",
    b"\xCC\x88",
    b"\xE2\x80\xAE",
    b"\xF0\x90\x80\x80",
    b"\xEF\xBF\xBF",
    b"0",
    b"-1",
    b"18446744073709551615",
    b"1e999",
    b"PAR1",
    b"Content-Length: ",
    b"WARC/1.0\r\n",
    b">",
    b"utf-8>gbk",
];

/// Changes `data` in one to four places, with pieces of `others` among what it puts there.
pub fn mutate(rng: &mut Rng, data: &mut Vec<u8>, others: &[Vec<u8>]) {
    for _ in 0..=rng.below(4) {
        let at = rng.below(data.len() + 1);
        let end = (at + rng.below(9)).min(data.len());
        match rng.below(8) {
            0 => drop(data.splice(at..end, [])),
            1 => drop(data.splice(at..at, [rng.byte()])),
            2 if at < data.len() => data[at] ^= 1 << rng.below(8),
            3 if at < data.len() => data[at] = rng.byte(),
            4 => drop(data.splice(at..end, rng.one(TELLING).copied().unwrap_or_default().iter().copied())),
            5 => {
                let piece = data[at..end].to_vec();
                drop(data.splice(at..at, piece));
            }
            6 => {
                let Some(other) = rng.one(others) else { continue };
                let from = rng.below(other.len());
                let to = (from + 1 + rng.below(24)).min(other.len());
                drop(data.splice(at..end, other[from..to].iter().copied()));
            }
            _ => data.truncate(at.max(1)),
        }
    }
}
