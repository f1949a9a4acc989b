//! N-gram tables: buckets of one cache line, read in place.
//!
//! A bucket is 64 bytes: 16-bit fingerprints, then cost levels, then (where longer n-grams build on these) backoff levels. That is 16 cells
//! with backoffs, or 21 without. A key names two buckets (cuckoo hashing), so that tables are 95 % full. Its n-gram stands in the first unless
//! that one overflowed, and a bucket says whether it did by its last fingerprint being less than its first; so a look-up reads one line,
//! or two, and never more, whatever the bytes are.
//!
//! Bigrams are exact: two permutations of the key name the buckets by their high bits, and 14 low bits are the fingerprint; with at least
//! 2^14 buckets (a quarter of a million bigrams) no two keys look the same. Longer n-grams are hashed: of the absent ones that are asked for,
//! one in some 2,500 is taken for another.

/// Bytes of a bucket.
pub(crate) const LINE: usize = 64;
/// Bits of an identifier in a key.
pub const ID_BITS: u32 = 14;
/// Bits of a bigram's key.
const BIGRAM_BITS: u32 = 2 * ID_BITS;

/// Which kind of table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Bigrams: exact, with backoffs.
    Bigrams,
    /// Bigrams of a model of order two: exact, no backoffs.
    LongestBigrams,
    /// Hashed, with backoffs.
    Middle,
    /// Hashed, the longest n-grams of the model: no backoffs.
    Longest,
}

impl Kind {
    const fn exact(self) -> bool {
        matches!(self, Self::Bigrams | Self::LongestBigrams)
    }

    const fn backs_off(self) -> bool {
        matches!(self, Self::Bigrams | Self::Middle)
    }

    /// Cells in a bucket.
    const fn cells(self) -> usize {
        if self.backs_off() { LINE / 4 } else { LINE / 3 }
    }
}

/// The key of an n-gram: its identifiers, the last one in the low bits.
#[inline]
#[must_use]
#[cfg(any(test, feature = "train"))]
pub fn key(ids: &[u16]) -> u64 {
    ids.iter().fold(0, |key, &id| (key << ID_BITS) | u64::from(id))
}

/// A table in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    start: usize,
    buckets: u64,
    kind: Kind,
}

/// What a table has on an n-gram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Cost level.
    pub(crate) cost: u8,
    /// Backoff level; 0 if nothing builds on it.
    pub(crate) backoff: u8,
}

impl Table {
    /// The table of this kind in bytes `start..end` of a file.
    pub(crate) fn new(start: usize, end: usize, kind: Kind) -> Self {
        Self { start, buckets: (end.saturating_sub(start) / LINE) as u64, kind }
    }

    /// The n-gram `key`, if the table in the bytes of the file keeps it.
    #[inline]
    pub(crate) fn find(self, file: &[u8], key: u64) -> Option<Found> {
        match self.kind {
            Kind::Bigrams => self.probe::<4>(file, key, Kind::Bigrams),
            Kind::LongestBigrams => self.probe::<6>(file, key, Kind::LongestBigrams),
            Kind::Middle => self.probe::<4>(file, key, Kind::Middle),
            Kind::Longest => self.probe::<6>(file, key, Kind::Longest),
        }
    }

    /// `WORDS` words of a bucket have fingerprints in them.
    #[inline]
    fn probe<const WORDS: usize>(self, file: &[u8], key: u64, kind: Kind) -> Option<Found> {
        let cells = kind.cells();
        for side in [Side::First, Side::Second] {
            let (number, print) = place(key, self.buckets, kind, side);
            let bucket: &[u8; LINE] = file.get(self.start + number * LINE..)?.first_chunk()?;
            let spread = u64::from(print).wrapping_mul(LANES);
            let mut marks = 0;
            let (words, _) = bucket.as_chunks();
            for (word, lanes) in words.iter().enumerate().take(WORDS) {
                let mut equal = zero_lanes(u64::from_le_bytes(*lanes) ^ spread);
                if word * 4 + 4 > cells {
                    equal &= (1 << ((cells - word * 4) * 16)) - 1;
                }
                marks |= equal >> (15 - word);
            }
            if marks != 0 {
                // The mark of lane l of word w is bit 16 l + w.
                let bit = marks.trailing_zeros() as usize;
                let cell = (bit & 15) * 4 + bit / 16;
                let cost = *bucket.get(cells * 2 + cell)?;
                let backoff = if kind.backs_off() { *bucket.get(cells * 3 + cell)? } else { 0 };
                return Some(Found { cost, backoff });
            }
            let first = u16::from_le_bytes([bucket[0], bucket[1]]);
            let last = u16::from_le_bytes([bucket[cells * 2 - 2], bucket[cells * 2 - 1]]);
            if last == 0 || first < last {
                return None;
            }
        }
        None
    }
}

/// Fewer buckets than this, and what is stored of a bigram does not tell it from all others.
const EXACT_BUCKETS: u64 = 1 << (BIGRAM_BITS - ID_BITS);

impl Table {
    /// Calls `each` with every bigram that is kept, as its two identifiers. False, and nothing is called, where the table
    /// is too small to be exact, or is none of bigrams.
    pub(crate) fn each_bigram(self, file: &[u8], mut each: impl FnMut([u16; 2], Found)) -> bool {
        if !self.kind.exact() || self.buckets < EXACT_BUCKETS {
            return false;
        }
        let cells = self.kind.cells();
        for number in 0..self.buckets {
            let at = usize::try_from(number).map_or(usize::MAX, |number| self.start + number * LINE);
            let Some(bucket) = file.get(at..).and_then(|rest| rest.first_chunk::<LINE>()) else {
                return false;
            };
            // The images that fall into this bucket are so few that their low bits tell them apart.
            let least = (number << BIGRAM_BITS).div_ceil(self.buckets);
            for cell in 0..cells {
                let print = u64::from(u16::from_le_bytes([bucket[cell * 2], bucket[cell * 2 + 1]]));
                let x = least + ((print >> 2).wrapping_sub(least) & ((1 << ID_BITS) - 1));
                let key = match print & 3 {
                    1 => restore(x, FIRST_FACTOR),
                    2 => restore(x, SECOND_FACTOR),
                    _ => continue,
                };
                let backoff = if self.kind.backs_off() { bucket[cells * 3 + cell] } else { 0 };
                let found = Found { cost: bucket[cells * 2 + cell], backoff };
                let ids = [key >> ID_BITS, key].map(|id| (id & ((1 << ID_BITS) - 1)) as u16);
                each(ids, found);
            }
        }
        true
    }
}

/// Which of the two buckets of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    First,
    Second,
}

const LANES: u64 = 0x0001_0001_0001_0001;

/// Marks the 16-bit lanes of `x` that are zero by their highest bit.
#[inline]
const fn zero_lanes(x: u64) -> u64 {
    const LOW: u64 = 0x7FFF_7FFF_7FFF_7FFF;
    !(((x & LOW) + LOW) | x | LOW)
}

/// The number of one of the buckets of a key, and the key's fingerprint there; zero is for empty cells.
#[inline]
#[allow(clippy::cast_possible_truncation)]
const fn place(key: u64, buckets: u64, kind: Kind, side: Side) -> (usize, u16) {
    if kind.exact() {
        let (x, mark) = match side {
            Side::First => (permute(key, FIRST_FACTOR), 1),
            Side::Second => (permute(key, SECOND_FACTOR), 2),
        };
        (((x * buckets) >> BIGRAM_BITS) as usize, ((x << 2) as u16) | mark)
    } else {
        let h = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let h = (h ^ (h >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        let g = h ^ (h >> 27);
        let print = if g as u16 == 0 { 1 } else { g as u16 };
        let number = match side {
            Side::First => h >> 32,
            Side::Second => g.wrapping_mul(0xA24B_AED4_963E_E407) >> 32,
        };
        (((number * buckets) >> 32) as usize, print)
    }
}

/// Of the permutations that name the first and the second bucket.
const FIRST_FACTOR: u64 = 0x51ED_2705;
const SECOND_FACTOR: u64 = 0x0C2B_2AE3;
const INNER_FACTOR: u64 = 0x09E3_779B;
const KEYS: u64 = (1 << BIGRAM_BITS) - 1;

/// A permutation of the keys of bigrams, by an odd factor.
#[inline]
const fn permute(key: u64, odd: u64) -> u64 {
    let x = (key & KEYS).wrapping_mul(odd) & KEYS;
    let x = (x ^ (x >> 14)).wrapping_mul(INNER_FACTOR) & KEYS;
    x ^ (x >> 15)
}

/// The key that [`permute`] took to `x`.
const fn restore(x: u64, odd: u64) -> u64 {
    let x = x ^ (x >> 15);
    let x = x.wrapping_mul(inverse(INNER_FACTOR)) & KEYS;
    let x = x ^ (x >> 14);
    x.wrapping_mul(inverse(odd)) & KEYS
}

/// What times `odd` is one, by Newton's method: each step doubles the right bits.
const fn inverse(odd: u64) -> u64 {
    let mut x = odd;
    let mut step = 0;
    while step < 5 {
        x = x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x)));
        step += 1;
    }
    x
}

/// An n-gram to be stored: key, cost level, backoff level.
#[cfg(any(test, feature = "train"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Of [`key`].
    pub key: u64,
    /// Cost level.
    pub cost: u8,
    /// Backoff level.
    pub backoff: u8,
}

/// How full tables are made: fuller ones save bytes and overflow more often.
#[cfg(any(test, feature = "train"))]
const LOAD_PERCENT: usize = 95;

/// Lays `entries` out as a table. The same entries in the same order give the same bytes.
#[cfg(any(test, feature = "train"))]
pub(crate) fn build(entries: &[Entry], kind: Kind) -> Vec<u8> {
    let mut buckets = entries.len() * 100 / (kind.cells() * LOAD_PERCENT) + 1;
    loop {
        if let Some(bytes) = fill(entries, buckets, kind) {
            return bytes;
        }
        buckets += buckets / 200 + 1;
    }
}

/// Puts each n-gram into its first bucket if there is room, else into its second, else in another's place, which then moves on; `None` if that
/// comes to no end.
#[cfg(any(test, feature = "train"))]
fn fill(entries: &[Entry], buckets: usize, kind: Kind) -> Option<Vec<u8>> {
    let at = |entry: &Entry, side| place(entry.key, buckets as u64, kind, side);
    let mut table: Vec<Vec<(&Entry, Side)>> = vec![Vec::new(); buckets];
    let mut overflowed = vec![false; buckets];
    // A fixed sequence of victims.
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for entry in entries {
        let mut hand = (entry, Side::First);
        let mut moves = 0;
        loop {
            let bucket = at(hand.0, hand.1).0;
            if table[bucket].len() < kind.cells() {
                table[bucket].push(hand);
                break;
            }
            if hand.1 == Side::First {
                overflowed[bucket] = true;
                hand.1 = Side::Second;
                continue;
            }
            moves += 1;
            if moves > 2_000 {
                return None;
            }
            random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            let victim = &mut table[bucket][(random >> 40) as usize % kind.cells()];
            std::mem::swap(victim, &mut hand);
            if hand.1 == Side::First {
                overflowed[bucket] = true;
                hand.1 = Side::Second;
            } else {
                hand.1 = Side::First;
            }
        }
    }
    let mut bytes = Vec::with_capacity(buckets * LINE);
    for (mut bucket, overflowed) in table.into_iter().zip(overflowed) {
        let print = |&(entry, side): &(&Entry, Side)| at(entry, side).1;
        bucket.sort_by_key(print);
        if overflowed {
            bucket.reverse();
        }
        let mut line = [0; LINE];
        for (cell, held) in bucket.iter().enumerate() {
            line[cell * 2..cell * 2 + 2].copy_from_slice(&print(held).to_le_bytes());
            line[kind.cells() * 2 + cell] = held.0.cost;
            if kind.backs_off() {
                line[kind.cells() * 3 + cell] = held.0.backoff;
            }
        }
        bytes.extend(line);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutation_is_one() {
        // A sample of the domain: no two keys share an image.
        let mut seen = vec![0u64; 1 << 22];
        for key in 0..1 << 28 {
            let x = permute(key, 0x0C2B_2AE3);
            let bit = 1 << (x & 63);
            assert_eq!(seen[(x >> 6) as usize] & bit, 0);
            assert_eq!(restore(x, 0x0C2B_2AE3), key);
            seen[(x >> 6) as usize] |= bit;
        }
    }

    #[test]
    fn finds_what_was_stored_and_hardly_anything_else() {
        const STORED: u64 = 286_000;
        for kind in [Kind::Bigrams, Kind::Middle, Kind::Longest] {
            let entries: Vec<Entry> =
                (0..STORED).map(|i| Entry { key: i * 937, cost: i as u8, backoff: (i >> 8) as u8 }).collect();
            let bytes = build(&entries, kind);
            let table = Table::new(0, bytes.len(), kind);
            let wrong = |entry: &&Entry| {
                let found = table.find(&bytes, entry.key).unwrap();
                found.cost != entry.cost || (kind != Kind::Longest && found.backoff != entry.backoff)
            };
            let wrong = entries.iter().filter(wrong).count();
            let absent = (0..STORED).flat_map(|i| (1..5).map(move |beside| i * 937 + beside));
            let taken = absent.filter(|&key| table.find(&bytes, key).is_some()).count();
            if kind == Kind::Bigrams {
                assert_eq!((wrong, taken), (0, 0));
            } else {
                assert!(wrong < 60 && taken * 2_000 < STORED as usize * 4, "{kind:?}: {wrong} {taken}");
            }
        }
    }

    #[test]
    fn any_bytes_are_harmless() {
        let noise: Vec<u8> = (0..1000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for length in (0..1000).step_by(7) {
            for kind in [Kind::Bigrams, Kind::Middle, Kind::Longest, Kind::LongestBigrams] {
                let table = Table::new(length / 2, length, kind);
                for key in 0..200 {
                    let _ = table.find(&noise[..length], key * 0x1234_5678_9ABC);
                }
            }
        }
    }
}
