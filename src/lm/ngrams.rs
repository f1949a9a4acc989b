//! N-gram tables: buckets of eight cells, two buckets to look in, read in place.
//!
//! A bucket holds eight 16-bit fingerprints, then eight cost levels, then (where longer n-grams build on these) eight
//! backoff levels: 24 or 32 bytes. A key belongs into one of two buckets (cuckoo hashing), so that a table is filled to 97 %
//! and a look-up reads sixteen cells, never more, whatever the bytes are.
//!
//! Bigrams are exact: a permutation of the key gives the bucket by its high bits, and its 14 low bits are the fingerprint; with at
//! least 2^14 buckets nothing is lost. Longer n-grams are hashed: one absent n-gram in 4,096 is taken for another one.

/// Cells in a bucket.
pub(crate) const CELLS: usize = 8;
/// Bits of an identifier in a key.
pub const ID_BITS: u32 = 14;

/// Which kind of table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Bigrams: exact, with backoffs.
    Bigrams,
    /// Hashed, with backoffs.
    Middle,
    /// Hashed, the longest n-grams of the model: no backoffs.
    Longest,
    /// Bigrams of a model of order two: exact, no backoffs.
    LongestBigrams,
}

impl Kind {
    /// Bytes of a bucket.
    pub(crate) const fn bucket(self) -> usize {
        match self {
            Self::Bigrams | Self::Middle => CELLS * 4,
            Self::Longest | Self::LongestBigrams => CELLS * 3,
        }
    }

    const fn exact(self) -> bool {
        matches!(self, Self::Bigrams | Self::LongestBigrams)
    }
}

/// The key of an n-gram: its identifiers, the last one in the low bits.
#[inline]
pub fn key(ids: &[u16]) -> u64 {
    ids.iter().fold(0, |key, &id| key << ID_BITS | u64::from(id))
}

/// Where a key may stand, and what stands there.
struct Place {
    buckets: [usize; 2],
    prints: [u16; 2],
}

/// A permutation of the 28-bit numbers.
#[inline]
const fn permute(key: u64, odd: u64) -> u64 {
    const MASK: u64 = (1 << 28) - 1;
    let x = key.wrapping_mul(odd) & MASK;
    let x = x ^ x >> 14;
    let x = x.wrapping_mul(0x9E3_779B) & MASK;
    x ^ x >> 15
}

#[inline]
#[allow(clippy::cast_possible_truncation)]
const fn place(key: u64, count: u64, exact: bool) -> Place {
    if exact {
        let key = key & ((1 << 28) - 1);
        let (a, b) = (permute(key, 0x5_1ED_2705), permute(key, 0xC2B_2AE3));
        Place {
            buckets: [(a * count >> 28) as usize, (b * count >> 28) as usize],
            // The lowest bit says that the cell is full, the next which permutation it is.
            prints: [((a & 0x3FFF) << 2 | 1) as u16, ((b & 0x3FFF) << 2 | 3) as u16],
        }
    } else {
        let h = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let h = (h ^ h >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        let g = (h ^ h >> 29).wrapping_mul(0xA24B_AED4_963E_E407);
        let print = (g & 0xFFFF) as u16;
        let print = if print == 0 { 1 } else { print };
        Place {
            buckets: [((h >> 32) * count >> 32) as usize, ((g >> 32) * count >> 32) as usize],
            prints: [print, print],
        }
    }
}

/// A table in a file: its bytes, which are a whole number of buckets.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    bytes: &'a [u8],
    kind: Kind,
}

impl<'a> Table<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], kind: Kind) -> Self {
        Self { bytes, kind }
    }

    /// The cost level and the backoff level of the n-gram `key`, if it is kept. Backoff 0: nothing builds on it.
    #[inline]
    pub(crate) fn find(self, key: u64) -> Option<(u8, u8)> {
        let size = self.kind.bucket();
        let count = self.bytes.len() / size;
        let place = place(key, count as u64, self.kind.exact());
        let first = self.probe(place.buckets[0], place.prints[0]);
        if first.is_some() { first } else { self.probe(place.buckets[1], place.prints[1]) }
    }

    #[inline]
    fn probe(self, bucket: usize, print: u16) -> Option<(u8, u8)> {
        let size = self.kind.bucket();
        let start = bucket.checked_mul(size)?;
        let bytes = self.bytes.get(start..start.checked_add(size)?)?;
        let (low, rest) = bytes.split_first_chunk::<8>()?;
        let (high, rest) = rest.split_first_chunk::<8>()?;
        let (costs, rest) = rest.split_first_chunk::<8>()?;
        let spread = u64::from(print).wrapping_mul(LANES);
        let low = zero_lanes(u64::from_le_bytes(*low) ^ spread);
        let high = zero_lanes(u64::from_le_bytes(*high) ^ spread);
        let cell = if low != 0 {
            low.trailing_zeros() / 16
        } else if high != 0 {
            high.trailing_zeros() / 16 + 4
        } else {
            return None;
        } as usize;
        let backoff = rest.get(cell).copied().unwrap_or(0);
        Some((*costs.get(cell)?, backoff))
    }
}

const LANES: u64 = 0x0001_0001_0001_0001;

/// Marks the 16-bit lanes of `x` that are zero by their highest bit; the lowest mark is right.
#[inline]
const fn zero_lanes(x: u64) -> u64 {
    x.wrapping_sub(LANES) & !x & LANES << 15
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

/// Lays `entries` out as a table. The same entries in the same order give the same bytes.
#[cfg(any(test, feature = "train"))]
pub(crate) fn build(entries: &[Entry], kind: Kind) -> Vec<u8> {
    let mut count = entries.len().div_ceil(CELLS).max(1);
    count = (count as f64 / 0.97) as usize + 1;
    loop {
        if let Some(cells) = fill(entries, count, kind) {
            let mut bytes = Vec::with_capacity(count * kind.bucket());
            for bucket in cells.chunks(CELLS) {
                bytes.extend(bucket.iter().flat_map(|cell| cell.map_or(0, |(_, print)| print).to_le_bytes()));
                bytes.extend(bucket.iter().map(|cell| cell.map_or(0, |(i, _)| entries[i as usize].cost)));
                if matches!(kind, Kind::Bigrams | Kind::Middle) {
                    bytes.extend(
                        bucket.iter().map(|cell| cell.map_or(0, |(i, _)| entries[i as usize].backoff)),
                    );
                }
            }
            return bytes;
        }
        count += count / 100 + 1;
    }
}

/// Cuckoo insertion with a fixed sequence of victims; `None` if it does not come to an end.
#[cfg(any(test, feature = "train"))]
fn fill(entries: &[Entry], count: usize, kind: Kind) -> Option<Vec<Option<(u32, u16)>>> {
    let mut cells: Vec<Option<(u32, u16)>> = vec![None; count * CELLS];
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for first in 0..entries.len() {
        let mut hand = u32::try_from(first).ok()?;
        let mut avoid = usize::MAX;
        let mut kicks = 0;
        'insert: loop {
            let place = place(entries[hand as usize].key, count as u64, kind.exact());
            for side in 0..2 {
                let bucket = place.buckets[side];
                for cell in &mut cells[bucket * CELLS..][..CELLS] {
                    if cell.is_none() {
                        *cell = Some((hand, place.prints[side]));
                        break 'insert;
                    }
                }
            }
            kicks += 1;
            if kicks > 5_000 {
                return None;
            }
            random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            let mut side = usize::from(random >> 63 == 1);
            if place.buckets[side] == avoid {
                side = 1 - side;
            }
            let victim = place.buckets[side] * CELLS + (random >> 40) as usize % CELLS;
            avoid = place.buckets[side];
            let old = cells[victim].replace((hand, place.prints[side]));
            hand = old.map_or(hand, |(entry, _)| entry);
        }
    }
    Some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutation_is_one() {
        // A sample of the domain: no two keys share an image.
        let mut seen = vec![0u64; 1 << 22];
        for key in 0..1 << 28 {
            let x = permute(key, 0xC2B_2AE3);
            let bit = 1 << (x & 63);
            assert_eq!(seen[(x >> 6) as usize] & bit, 0);
            seen[(x >> 6) as usize] |= bit;
        }
    }

    #[test]
    fn finds_what_was_stored() {
        for kind in [Kind::Bigrams, Kind::Middle, Kind::Longest] {
            let entries: Vec<Entry> = (0..140_000u64)
                .map(|i| Entry { key: i * 1871 % (1 << 28), cost: i as u8, backoff: (i >> 8) as u8 })
                .collect();
            let bytes = build(&entries, kind);
            let table = Table::new(&bytes, kind);
            let mut wrong = 0;
            for entry in &entries {
                let (cost, backoff) = table.find(entry.key).unwrap();
                wrong += u32::from(cost != entry.cost || kind != Kind::Longest && backoff != entry.backoff);
            }
            assert!(wrong <= if kind == Kind::Bigrams { 0 } else { 60 }, "{kind:?}: {wrong}");
            let false_hits = (0..1 << 20)
                .map(|i| i * 1871 % (1 << 28) + 1)
                .filter(|key| key % 1871 == 1)
                .filter(|&key| table.find(key).is_some())
                .count();
            if kind == Kind::Bigrams {
                assert_eq!(false_hits, 0);
            }
        }
    }

    #[test]
    fn any_bytes_are_harmless() {
        let noise: Vec<u8> = (0..1000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for length in 0..100 {
            for kind in [Kind::Bigrams, Kind::Middle, Kind::Longest, Kind::LongestBigrams] {
                let table = Table::new(&noise[..length], kind);
                for key in 0..200 {
                    let _ = table.find(key * 0x1234_5678_9ABC);
                }
            }
        }
    }
}
