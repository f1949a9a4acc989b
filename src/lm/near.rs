//! The small tables of a model file, decoded: what every score needs stays in near caches, and takes no look at where it stands.

use super::format::{File, LEVELS, Section};
use super::ngrams::ID_BITS;
use super::vocab::{BLOCK, BLOCKS, FIRST_CHAR, bit, u16_at};
use crate::cost::{Cost, nats};

/// What a character costs that not even the tables know: only in a file without tables.
pub(super) const UNKNOWN: u16 = nats(13.0) as u16;
/// Identifiers that a file can have.
const IDS: usize = 1 << ID_BITS;

/// An identifier without context.
#[derive(Clone, Copy)]
struct Alone {
    cost: u16,
    /// The backoff level; 0 where no longer n-gram begins with it.
    backoff: u8,
}

/// The vocabulary, the unigrams and the code books of a file. 200 KB of the embedded one.
pub(super) struct Near {
    first: Box<[u16; BLOCKS]>,
    second: Box<[u16]>,
    alone: Box<[Alone; IDS]>,
    extra: [u16; FIRST_CHAR as usize],
    costs: [i16; LEVELS],
    backoffs: [i16; LEVELS],
    /// Bits of unremarkable characters of the basic plane.
    common: Box<[u8]>,
    /// Which identifiers are letters of Latin.
    latin: Box<[bool; IDS]>,
}

/// Letters of Latin, of ASCII the small ones, and the marks on them. Not all have an identifier of their own.
pub(crate) fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | '\u{C0}'..='\u{2AF}' | '\u{300}'..='\u{36F}' | '\u{1E00}'..='\u{1EFF}')
}

impl Near {
    pub(super) fn of(file: &File) -> Self {
        let entry = |section, index| u16_at(file.section(section), index);
        let book = |at: usize| {
            std::array::from_fn(|level| entry(Section::Books, at + level).map_or(0, u16::cast_signed))
        };
        let mut alone = Box::new([Alone { cost: UNKNOWN, backoff: 0 }; IDS]);
        for (alone, entry) in alone.iter_mut().zip(file.section(Section::Unigrams).as_chunks().0) {
            let [a, b, c, d] = *entry;
            let backoff = u16::from_le_bytes([c, d]).min(255) as u8;
            *alone = Alone { cost: u16::from_le_bytes([a, b]), backoff };
        }
        let mut first = Box::new([u16::MAX; BLOCKS]);
        for (block, entry) in first.iter_mut().zip(file.section(Section::First).as_chunks().0) {
            *block = u16::from_le_bytes(*entry);
        }
        let second = file.section(Section::Second).as_chunks().0;
        let mut this = Self {
            first,
            second: second.iter().map(|id| u16::from_le_bytes(*id)).collect(),
            alone,
            extra: std::array::from_fn(|id| entry(Section::Extra, id).unwrap_or(0)),
            costs: book(0),
            backoffs: book(LEVELS),
            common: file.section(Section::Unremarkable).into(),
            latin: Box::new([false; IDS]),
        };
        for c in ('a'..='\u{36F}').chain('\u{1E00}'..='\u{1EFF}').filter(|c| is_latin(*c)) {
            let id = this.id(c);
            this.latin[usize::from(id) % IDS] = true;
        }
        this
    }

    /// The identifier of `c`; `u16::MAX` where a damaged file has none.
    #[inline]
    pub(super) fn id(&self, c: char) -> u16 {
        let code = c as usize;
        let block = self.first.get(code / BLOCK).copied().unwrap_or(u16::MAX);
        self.second.get(usize::from(block) * BLOCK + code % BLOCK).copied().unwrap_or(u16::MAX)
    }

    /// Whether `c` is unremarkable.
    #[inline]
    pub(super) fn is_common(&self, c: char) -> bool {
        bit(&self.common, c as usize)
    }

    /// Whether an identifier is a letter of Latin.
    #[inline]
    pub(super) fn is_latin(&self, id: u16) -> bool {
        self.latin[usize::from(id) % IDS]
    }

    /// The cost of an identifier without context, and its backoff level.
    #[inline]
    pub(super) fn alone(&self, id: u16) -> (Cost, u8) {
        let Alone { cost, backoff } = self.alone[usize::from(id) % IDS];
        (Cost::from(cost), backoff)
    }

    /// What one character of a class costs beyond the class.
    #[inline]
    pub(super) fn extra(&self, id: u16) -> Cost {
        self.extra.get(usize::from(id)).map_or(0, |extra| Cost::from(*extra))
    }

    /// The cost of a level of an n-gram.
    #[inline]
    pub(super) fn cost(&self, level: u8) -> Cost {
        self.costs[usize::from(level)].into()
    }

    /// The cost of a backoff level.
    #[inline]
    pub(super) fn backoff(&self, level: u8) -> Cost {
        self.backoffs[usize::from(level)].into()
    }
}
