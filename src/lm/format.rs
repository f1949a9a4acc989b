//! The model file: a header, a table of sections, the sections. Little endian, read in place at any alignment; sections begin at multiples of
//! 64, so that in a file that does too a bucket is a cache line.
//!
//! | offset | bytes | |
//! | --- | --- | --- |
//! | 0 | 8 | `LUANMALM`; while the file is being written `LUANMA..`, so that half a file is not taken for one |
//! | 8 | 4 | version of the format: 1 |
//! | 12 | 4 | `0x01020304`: the byte order |
//! | 16 | 8 | hash of all bytes from 24 on: the model's identity |
//! | 24 | 8 | length of the file |
//! | 32 | 4 | order: length of the longest n-grams, 2 to 4 |
//! | 36 | 4 | identifiers: boundary, digit, classes, characters |
//! | 40 | 4 | costs per nat: 256 |
//! | 44 | 4 | number of sections: 12 |
//! | 48 | 12 × 8 | offset and length of each section, in the order of [`Section`] |

use std::borrow::Cow;

use super::ngrams::{Found, Kind, LINE, Table};
use super::vocab;
use crate::cost::NAT;
use crate::error::Error;

const MAGIC: [u8; 8] = *b"LUANMALM";
#[cfg(any(test, feature = "train"))]
const INCOMPLETE: [u8; 8] = *b"LUANMA..";
const VERSION: u32 = 1;
const BYTE_ORDER: u32 = 0x0102_0304;
/// The hash covers everything behind it.
const HASHED: usize = 24;
const TABLE: usize = 48;
const HEADER: usize = TABLE + SECTIONS * 8;
/// Longest n-grams that the reader can use.
pub(crate) const MAX_ORDER: usize = 4;
/// Code book entries per book: one for each level.
pub(crate) const LEVELS: usize = 256;

/// What the file is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// First stage of the vocabulary: a block number (u16) for every 256 code points.
    First,
    /// Second stage: blocks of 256 identifiers (u16).
    Second,
    /// For every identifier its cost without context and its backoff level (u16 each).
    Unigrams,
    /// For the identifiers below the first character, what one character costs beyond them (u16).
    Extra,
    /// Two code books of 256 costs (i16): n-gram costs, backoffs. Backoff level 0 says that no longer n-gram begins here, and costs nothing.
    Books,
    /// Bigram table.
    Bigrams,
    /// Trigram table; may be empty.
    Trigrams,
    /// 4-gram table; may be empty.
    Fourgrams,
    /// The most frequent characters of the basic plane, falling (u16).
    Common,
    /// Bitmap of unremarkable characters of the basic plane.
    Unremarkable,
    /// Bitmaps of neighbours inside Latin, Greek and Cyrillic.
    Pairs,
    /// How the model was made, in words (UTF-8).
    Note,
}

pub(crate) const SECTIONS: usize = 12;

/// A model file whose header and sections have been checked, once.
pub(crate) struct File {
    bytes: Cow<'static, [u8]>,
    sections: [(usize, usize); SECTIONS],
    /// Of n-grams of two, three, four.
    tables: [Table; MAX_ORDER - 1],
    order: usize,
    hash: u64,
}

impl File {
    /// Checks header and sections, not the hash: no work that grows with the file.
    pub(crate) fn open(bytes: Cow<'static, [u8]>) -> Result<Self, Error> {
        let magic = bytes.get(..MAGIC.len()).ok_or_else(|| Error::model("shorter than its header"))?;
        if magic != MAGIC {
            return Err(Error::model("not a finished model file"));
        }
        let short = || Error::model("shorter than its header");
        let word = |at: usize| u32_at(&bytes, at).ok_or_else(short);
        if word(8)? != VERSION {
            return Err(Error::model(format_args!("format version {}, not {VERSION}", word(8)?)));
        }
        if word(12)? != BYTE_ORDER || word(40)? != NAT.unsigned_abs() || word(44)? as usize != SECTIONS {
            return Err(Error::model("damaged header"));
        }
        let hash = u64_at(&bytes, 16).ok_or_else(short)?;
        if u64_at(&bytes, 24).ok_or_else(short)? != bytes.len() as u64 {
            return Err(Error::model("cut short or extended"));
        }
        let order = word(32)? as usize;
        let ids = word(36)? as usize;
        let mut sections = [(0, 0); SECTIONS];
        let mut end = HEADER;
        for (i, section) in sections.iter_mut().enumerate() {
            let (start, length) = (word(TABLE + i * 8)? as usize, word(TABLE + i * 8 + 4)? as usize);
            let next = start.checked_add(length).filter(|&next| start >= end && next <= bytes.len());
            end = next.ok_or_else(|| Error::model("sections overlap or pass the end"))?;
            *section = (start, end);
        }
        let tables = tables(&sections, order);
        let file = Self { bytes, sections, tables, order, hash };
        let lengths = [
            file.section(Section::First).len() == vocab::BLOCKS * 2,
            file.section(Section::Second).len().is_multiple_of(vocab::BLOCK * 2),
            file.section(Section::Unigrams).len() == ids * 4,
            ids >= usize::from(vocab::FIRST_CHAR) && ids <= 1 << super::ngrams::ID_BITS,
            file.section(Section::Extra).len() == usize::from(vocab::FIRST_CHAR) * 2,
            file.section(Section::Books).len() == LEVELS * 2 * 2,
            (2..=MAX_ORDER).contains(&order),
            file.section(Section::Bigrams).len().is_multiple_of(LINE),
            file.section(Section::Trigrams).len().is_multiple_of(LINE),
            file.section(Section::Fourgrams).len().is_multiple_of(LINE),
            file.section(Section::Common).len().is_multiple_of(2),
            file.section(Section::Unremarkable).len() == 0x1_0000 / 8,
            file.section(Section::Pairs).len() == vocab::PAIRS_BYTES,
            std::str::from_utf8(file.section(Section::Note)).is_ok(),
        ];
        if lengths.contains(&false) {
            return Err(Error::model("a section has a wrong length"));
        }
        Ok(file)
    }

    /// A model that knows nothing, for where no file can be opened: every table is empty.
    pub(crate) fn empty() -> Self {
        let sections = [(0, 0); SECTIONS];
        Self { bytes: Cow::Borrowed(&[]), sections, tables: tables(&sections, 2), order: 2, hash: 0 }
    }

    /// The bytes of a section.
    #[inline]
    pub(crate) fn section(&self, section: Section) -> &[u8] {
        let (start, end) = self.sections[section as usize];
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// Length of the longest n-grams.
    #[inline]
    pub(crate) fn order(&self) -> usize {
        self.order
    }

    /// Looks up an n-gram of `length`, 2 to 4.
    #[inline]
    pub(crate) fn find(&self, length: usize, key: u64) -> Option<Found> {
        self.tables[length - 2].find(&self.bytes, key)
    }

    /// Calls `each` with every bigram that is kept; false where they cannot be told.
    pub(crate) fn each_bigram(&self, each: impl FnMut([u16; 2], Found)) -> bool {
        self.tables[0].each_bigram(&self.bytes, each)
    }

    /// The hash that the header states.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// Whether the bytes have the hash that the header states.
    pub(crate) fn verify(&self) -> bool {
        self.bytes.get(HASHED..).is_some_and(|rest| hash(rest) == self.hash)
    }

    /// Length of the file in bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

fn tables(sections: &[(usize, usize); SECTIONS], order: usize) -> [Table; MAX_ORDER - 1] {
    [(2, Section::Bigrams), (3, Section::Trigrams), (4, Section::Fourgrams)].map(|(length, section)| {
        let (start, end) = sections[section as usize];
        Table::new(start, end, kind(length, order))
    })
}

fn kind(length: usize, order: usize) -> Kind {
    match (length, length == order) {
        (2, false) => Kind::Bigrams,
        (2, true) => Kind::LongestBigrams,
        (_, false) => Kind::Middle,
        (_, true) => Kind::Longest,
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A 64-bit hash against accidents, eight bytes at a step; the length goes in first, the last step is filled with zeros.
#[must_use]
pub fn hash(bytes: &[u8]) -> u64 {
    let mix = |h: u64, word: u64| {
        let h = (h ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        h ^ h >> 29
    };
    bytes.chunks(8).fold(mix(0x6C75_616E_6D61, bytes.len() as u64), |h, chunk| {
        let mut word = [0; 8];
        for (to, from) in word.iter_mut().zip(chunk) {
            *to = *from;
        }
        mix(h, u64::from_le_bytes(word))
    })
}

#[cfg(any(test, feature = "train"))]
pub use write::Parts;

#[cfg(any(test, feature = "train"))]
mod write {
    use super::*;
    use crate::lm::ngrams::{self, Entry};

    /// What a model file is packed from. Identifiers below [`vocab::FIRST_CHAR`] are special; the others are `vocabulary`, in order.
    #[derive(Clone, Debug)]
    pub struct Parts {
        /// The characters in the vocabulary by falling frequency.
        pub vocabulary: Vec<char>,
        /// Of each identifier: cost (1/256 nat) and backoff level.
        pub unigrams: Vec<(u16, u16)>,
        /// Of each identifier below the first character: what a single one of its characters costs beyond it.
        pub extra: Vec<u16>,
        /// The cost of each n-gram level.
        pub costs: Vec<i16>,
        /// The cost of each backoff level.
        pub backoffs: Vec<i16>,
        /// The n-grams by length, beginning with bigrams.
        pub ngrams: Vec<Vec<Entry>>,
        /// The most frequent characters of the basic plane, falling.
        pub common: Vec<char>,
        /// Unremarkable characters.
        pub unremarkable: Vec<char>,
        /// Common neighbours.
        pub pairs: Vec<(char, char)>,
        /// How the model was made.
        pub note: String,
    }

    #[allow(clippy::cast_possible_truncation)]
    impl Parts {
        /// The bytes of a file, complete and with its hash.
        #[must_use]
        pub fn pack(&self) -> Vec<u8> {
            let order = self.ngrams.len() + 1;
            let shorts = |values: &mut dyn Iterator<Item = u16>| -> Vec<u8> {
                values.flat_map(u16::to_le_bytes).collect()
            };
            let (first, second) = vocab::build(&self.vocabulary);
            let books = self.costs.iter().chain(&self.backoffs).flat_map(|cost| cost.to_le_bytes()).collect();
            let table = |length: usize| match self.ngrams.get(length - 2) {
                Some(entries) => ngrams::build(entries, kind(length, order)),
                None => Vec::new(),
            };
            let mut unremarkable = vec![0; 0x1_0000 / 8];
            for &c in self.unremarkable.iter().filter(|&&c| c <= '\u{FFFF}') {
                unremarkable[c as usize / 8] |= 1 << (c as usize % 8);
            }
            let mut pairs = vec![0; vocab::PAIRS_BYTES];
            for &(a, b) in &self.pairs {
                if let vocab::Pair::Bit(bit) = vocab::pair(a, b) {
                    pairs[bit / 8] |= 1 << (bit % 8);
                }
            }
            let sections: [Vec<u8>; SECTIONS] = [
                first,
                second,
                shorts(&mut self.unigrams.iter().flat_map(|&(cost, backoff)| [cost, backoff])),
                shorts(&mut self.extra.iter().copied()),
                books,
                table(2),
                table(3),
                table(4),
                shorts(&mut self.common.iter().filter_map(|&c| u16::try_from(c as u32).ok())),
                unremarkable,
                pairs,
                self.note.clone().into_bytes(),
            ];
            let mut bytes = INCOMPLETE.to_vec();
            let length = HEADER.next_multiple_of(LINE)
                + sections.iter().map(|section| section.len().next_multiple_of(LINE)).sum::<usize>();
            bytes.extend(VERSION.to_le_bytes());
            bytes.extend(BYTE_ORDER.to_le_bytes());
            bytes.extend([0; 8]);
            bytes.extend((length as u64).to_le_bytes());
            for word in [order, self.unigrams.len(), NAT as usize, SECTIONS] {
                bytes.extend((word as u32).to_le_bytes());
            }
            let mut start = HEADER.next_multiple_of(LINE);
            for section in &sections {
                bytes.extend((start as u32).to_le_bytes());
                bytes.extend((section.len() as u32).to_le_bytes());
                start += section.len().next_multiple_of(LINE);
            }
            for section in sections {
                bytes.resize(bytes.len().next_multiple_of(LINE), 0);
                bytes.extend(section);
                bytes.resize(bytes.len().next_multiple_of(LINE), 0);
            }
            let hash = hash(&bytes[HASHED..]);
            bytes[16..24].copy_from_slice(&hash.to_le_bytes());
            bytes[..8].copy_from_slice(&MAGIC);
            bytes
        }
    }
}
