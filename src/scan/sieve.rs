//! The first look at a text: small tables and one sum, so that clean text costs next to nothing.
//!
//! Each character has a weight: how much likelier it is in damaged text than in clean text of its script, as a logarithm.
//! The weights are summed, and never below nothing, so the sum is great only where characters crowd that damage is made of.
//! Where a character, or what stands before it, speaks for damage, it also counts whether it and the one before it are usual
//! neighbours.
//!
//! The tables are made from the embedded model by `cargo dev tables` (`scan::build`), and serve every model.

use std::sync::LazyLock;

use super::LAST_SYLLABLE;
use crate::cost::{Cost, nats};
use crate::hash;

/// Characters of the basic plane.
pub(super) const PLANE: usize = 1 << 16;
/// Steps of a weight in a nat.
pub(super) const STEPS: i32 = 8;
/// The set of pairs: words of 64 bits, two of them for each pair, so that of unusual pairs one in twenty passes for usual.
pub(super) const PAIR_WORDS: usize = hash::PAIR_WORDS;
pub(super) const PAIR_BYTES: usize = PAIR_WORDS * 8;
/// Letters of Latin, Greek and Cyrillic beyond ASCII, in blocks of 64: what leads C2 to C5, CD to D3 begin.
pub(super) const LETTERS: usize = 11 * 64;
/// Bytes of the exact bitmap of pairs of letters.
pub(super) const LETTER_BYTES: usize = LETTERS * LETTERS / 8;
/// A pair is usual if its second character costs at most this after the first. Of Hanzi that are damage 89 % of the pairs cost
/// more than the second of these, of clean ones 6 %.
pub(super) const TYPICAL_PAIR: Cost = nats(7.0);
/// The same of Hanzi, kana and Hangul.
pub(super) const TYPICAL_WIDE_PAIR: Cost = nats(9.0);

/// What damage that cannot be undone leaves behind, and its weights.
pub(super) const MARKED: [(char, i8); 4] = [('\u{FFFD}', 40), ('锟', 100), ('烫', 24), ('屯', 24)];

/// What a usual pair takes off, and what an unusual one adds.
const USUAL: i32 = -24;
const UNUSUAL: i32 = 12;
/// What one ASCII character takes off, and the most that a run of them does.
const ASCII: i32 = 2;
/// What a lower-case letter beside a Hanzi adds that damage may be made of: the accented letters of UTF-8 read as GBK.
const BESIDE: i32 = 24;
/// The sum that is worth a closer look.
const ENOUGH: i32 = 6 * STEPS;
/// Hanzi and what goes with them begin behind this.
const PLAIN: u32 = 0x2E7F;

static BYTES: &[u8; PLANE + LETTER_BYTES + PAIR_BYTES] = include_bytes!("tables.bin");

/// The tables.
#[derive(Clone, Copy)]
pub(crate) struct Sieve {
    weights: &'static [u8; PLANE],
    letters: &'static [u8; LETTER_BYTES],
    pairs: &'static [[u8; 8]; PAIR_WORDS],
}

static SIEVE: LazyLock<Option<Sieve>> = LazyLock::new(|| {
    let (weights, rest) = BYTES.split_first_chunk()?;
    let (letters, rest) = rest.split_first_chunk()?;
    Some(Sieve { weights, letters, pairs: rest.as_chunks().0.try_into().ok()? })
});

/// The number of a letter in the exact bitmap.
#[inline]
pub(super) const fn letter(c: u32) -> Option<usize> {
    match c {
        0x80..=0x17F => Some(c as usize - 0x80),
        0x340..=0x4FF => Some(c as usize - 0x340 + 0x100),
        _ => None,
    }
}

impl Sieve {
    pub(crate) fn get() -> Option<Self> {
        *SIEVE
    }

    /// Whether `c` is what damage leaves behind that cannot be undone.
    #[inline]
    pub(crate) fn is_marked(c: char) -> bool {
        MARKED.iter().any(|(marked, _)| *marked == c)
    }

    #[inline]
    fn weight(self, code: u32) -> i32 {
        i32::from(self.weights[code as usize & 0xFFFF].cast_signed())
    }

    #[inline]
    fn is_usual(self, a: u32, b: u32) -> bool {
        if let (Some(x), Some(y)) = (letter(a), letter(b)) {
            return self.letters[x * (LETTERS / 8) + y / 8] >> (y % 8) & 1 == 1;
        }
        let (word, bits) = hash::place_of_pair(a, b);
        u64::from_le_bytes(self.pairs[word % PAIR_WORDS]) & bits == bits
    }

    /// What `b` costs at least after `a`, as far as the tables of pairs tell.
    pub(super) fn least_after(self, a: char, b: char) -> Cost {
        if a.is_ascii() || b.is_ascii() || self.is_usual(a.into(), b.into()) {
            0
        } else if u32::from(a).min(b.into()) > PLAIN {
            TYPICAL_WIDE_PAIR
        } else {
            TYPICAL_PAIR
        }
    }

    /// The first place from `at` on where a closer look is worth it: behind the character that gave the sum; with where the sum began.
    pub(crate) fn alarm(self, text: &str, at: usize) -> Option<(usize, usize)> {
        let all = text.as_bytes();
        let mut rest = all.get(at..)?;
        // What stands before `at` does not matter.
        let mut last = 0_u32;
        let (mut sum, mut begin) = (0, at);
        loop {
            match *rest {
                [] => return None,
                [a, b, c, ..] if a & 0xF0 == 0xE0 => {
                    // The lead's and the continuations' own bits come to 0xE2080 in all.
                    let code =
                        ((u32::from(a) << 12) + (u32::from(b) << 6) + u32::from(c)).wrapping_sub(0xE_2080);
                    let mut weight = self.weight(code);
                    // Where nothing speaks for damage, what speaks for clean text does so whatever stands before.
                    if weight > 0 || sum > 0 {
                        if weight > 0 && is_lower(last) && code > PLAIN {
                            weight += BESIDE;
                        }
                        weight += if self.is_usual(last, code) { USUAL } else { UNUSUAL };
                    }
                    sum += weight;
                    last = code;
                    rest = &rest[3..];
                }
                [first, ..] if first < 0x80 => {
                    if last > PLAIN && first.is_ascii_lowercase() {
                        let before = all.len() - rest.len();
                        // However usual a Hanzi is, it stands in no word.
                        if last <= u32::from(LAST_SYLLABLE)
                            && before.checked_sub(4).is_some_and(|k| all[k].is_ascii_lowercase())
                        {
                            return Some((begin, before + 1));
                        }
                        if self.weight(last) > 0 && !self.is_usual(last, u32::from(first)) {
                            sum += BESIDE;
                        }
                    }
                    let length = ascii(rest);
                    sum -= ASCII * length.min(64) as i32;
                    last = u32::from(rest[length - 1]);
                    rest = &rest[length..];
                }
                [a, b, ..] if a < 0xE0 => {
                    let code = u32::from(a & 0x1F) << 6 | u32::from(b & 0x3F);
                    sum += self.weight(code);
                    if last > 0x7F || self.weight(code) > 0 {
                        sum += if self.is_usual(last, code) { USUAL } else { UNUSUAL };
                    }
                    last = code;
                    rest = &rest[2..];
                }
                _ => {
                    sum += USUAL;
                    last = u32::MAX;
                    rest = rest.get(4..).unwrap_or_default();
                }
            }
            if sum <= 0 {
                (sum, begin) = (0, all.len() - rest.len());
            } else if sum > ENOUGH {
                return Some((begin, all.len() - rest.len()));
            }
        }
    }
}

#[inline]
const fn is_lower(code: u32) -> bool {
    matches!(code, 0x61..=0x7A)
}

/// How many bytes at the start are ASCII; the first is.
#[inline]
fn ascii(bytes: &[u8]) -> usize {
    for at in 1..16 {
        match bytes.get(at) {
            Some(byte) if byte.is_ascii() => {}
            _ => return at,
        }
    }
    encoding_rs::Encoding::ascii_valid_up_to(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_those_of_the_embedded_model() {
        assert!(
            super::super::build::build(crate::Model::embedded()) == BYTES,
            "run `cargo dev tables --mode write`"
        );
    }
}
