//! Which bytes of the original stand behind which character of the damaged text.

use std::ops::Range;

use super::Lost;
use crate::report::Loss;

/// A character on its way, and the origins it came from: characters of the original before the step where
/// losses are counted, bytes of that step after it. Ranges of neighbours may overlap, and never run backwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) ch: char,
    pub(super) lo: u32,
    pub(super) hi: u32,
    /// It only shows that something was there.
    pub(super) mark: bool,
}

impl Token {
    /// What `bytes` (at least one) read as.
    pub(super) fn over(ch: char, bytes: &[Byte]) -> Self {
        let lo = bytes.iter().map(|b| b.lo).min().unwrap_or(0);
        let hi = bytes.iter().map(|b| b.hi).max().unwrap_or(lo);
        Self { ch, lo, hi, mark: bytes.iter().all(|b| b.mark) }
    }

    pub(super) fn range(&self) -> Range<u32> {
        self.lo..self.hi
    }

    pub(super) fn overlaps(&self, range: &Range<u32>) -> bool {
        self.lo < range.end && range.start < self.hi
    }
}

/// A byte on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Byte {
    pub(super) value: u8,
    pub(super) lo: u32,
    pub(super) hi: u32,
    pub(super) mark: bool,
    /// It is the first of a character.
    pub(super) starts: bool,
}

/// What became of each byte of the step where losses are counted.
#[derive(Debug, Default)]
pub(super) struct Trail {
    fates: Vec<Fate>,
    /// For each character of the original, its bytes in that step. They overlap where an earlier step made one
    /// character of two characters' bytes.
    owned: Vec<Range<u32>>,
}

#[derive(Clone, Debug, Default)]
struct Fate {
    how: Option<Loss>,
    gone: bool,
    altered: bool,
    shown: Option<char>,
    /// Characters of the original that it is of.
    owners: Range<u32>,
}

impl Trail {
    /// Counts losses from here on: every byte becomes an origin.
    pub(super) fn new(bytes: &mut [Byte]) -> Self {
        let mut fates = Vec::with_capacity(bytes.len());
        let mut owned: Vec<Range<u32>> = Vec::new();
        for (byte, i) in bytes.iter_mut().zip(0..) {
            for owner in byte.lo..byte.hi {
                match owned.get_mut(owner as usize) {
                    Some(range) => range.end = i + 1,
                    None => owned.push(i..i + 1),
                }
            }
            fates.push(Fate { owners: byte.lo..byte.hi, ..Fate::default() });
            (byte.lo, byte.hi) = (i, i + 1);
        }
        Self { fates, owned }
    }

    /// These bytes are gone. Where `whole` is false they are bytes of a later step, and what they came from may
    /// show elsewhere.
    pub(super) fn lose(&mut self, range: Range<u32>, loss: Loss, whole: bool) {
        for fate in &mut self.fates[range.start as usize..range.end as usize] {
            fate.how.get_or_insert(loss);
            fate.gone |= whole;
            fate.altered |= !whole;
        }
    }

    /// These bytes read as something else now.
    pub(super) fn alter(&mut self, range: Range<u32>, loss: Loss) {
        self.lose(range, loss, false);
    }

    /// This byte, if it is one, shows as another ASCII character.
    pub(super) fn show(&mut self, range: Range<u32>, now: char) {
        if range.len() == 1 {
            self.fates[range.start as usize].shown = Some(now);
        }
    }

    /// Whether the border of two neighbouring characters falls inside a character of the original.
    pub(super) fn splits(&self, before: &Token, after: &Token) -> bool {
        let last = before.hi.checked_sub(1).and_then(|i| self.fates.get(i as usize));
        let (Some(last), Some(first)) = (last, self.fates.get(after.lo as usize)) else { return false };
        first.owners.start < last.owners.end && last.owners.start < first.owners.end
    }

    /// A line break was put between these two.
    pub(super) fn part(&mut self, before: &Token, after: &Token) {
        self.fates[before.hi as usize - 1].how.get_or_insert(Loss::Break);
        self.fates[after.lo as usize].how.get_or_insert(Loss::Break);
    }

    /// Everything that none of `tokens` came from was cut off.
    pub(super) fn cut(&mut self, tokens: &[Token]) {
        let (lo, hi) = match tokens {
            [] => (0, 0),
            [first, .., last] => (first.lo as usize, last.hi as usize),
            [only] => (only.lo as usize, only.hi as usize),
        };
        for (i, fate) in self.fates.iter_mut().enumerate() {
            if i < lo || i >= hi {
                fate.how.get_or_insert(Loss::Cut);
            }
        }
    }

    /// The characters of `text` that did not come through whole into `tokens`.
    pub(super) fn lost(&self, text: &str, tokens: &[Token]) -> Vec<Lost> {
        let mut kept = vec![false; self.fates.len()];
        let mut marked = kept.clone();
        for token in tokens {
            let show = if token.mark { &mut marked } else { &mut kept };
            show[token.lo as usize..token.hi as usize].fill(true);
        }
        for (kept, fate) in kept.iter_mut().zip(&self.fates) {
            *kept &= !fate.gone;
        }
        let mut lost = Vec::new();
        for ((index, (at, _)), range) in text.char_indices().enumerate().zip(&self.owned) {
            let range = range.start as usize..range.end as usize;
            let (fates, kept, marked) = (&self.fates[range.clone()], &kept[range.clone()], &marked[range]);
            let fates = || fates.iter().zip(kept);
            let taken = fates().find(|(_, kept)| !**kept).map(|(fate, _)| fate.how.unwrap_or(Loss::Dropped));
            let Some(loss) = taken.or_else(|| fates().find_map(|(fate, _)| fate.how)) else { continue };
            lost.push(Lost {
                index,
                at,
                loss,
                bytes: kept.len(),
                bytes_kept: kept.iter().filter(|&&k| k).count(),
                bytes_altered: fates().filter(|(fate, kept)| **kept && fate.altered).count(),
                trace: marked.contains(&true),
                shown: fates().find_map(|(fate, _)| fate.shown),
            });
        }
        lost
    }
}
