//! Which bigrams the table may have: a small set, asked where most of what is asked for is absent.

use super::ngrams::ID_BITS;

/// Words of the set: of half a million bigrams, two bits each, one in twenty that are absent passes for present.
const WORDS: usize = 1 << 16;

/// A set of pairs of identifiers. It has all that were put in, and some others.
pub(crate) struct Bigrams(Box<[u64]>);

impl Bigrams {
    /// A set that has nothing yet.
    pub(super) fn new() -> Self {
        Self(vec![0; WORDS].into())
    }

    /// A set that has everything.
    pub(super) fn all() -> Self {
        Self(vec![u64::MAX; WORDS].into())
    }

    pub(super) fn insert(&mut self, pair: [u16; 2]) {
        let (word, bits) = place(pair);
        self.0[word] |= bits;
    }

    #[inline]
    pub(crate) fn may_have(&self, pair: [u16; 2]) -> bool {
        let (word, bits) = place(pair);
        self.0[word] & bits == bits
    }
}

/// The word of a pair, and its bits there.
#[inline]
const fn place([a, b]: [u16; 2]) -> (usize, u64) {
    let mixed = ((a as u64) << ID_BITS | b as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed >> 48) as usize % WORDS, 1 << (mixed >> 42 & 63) | 1 << (mixed >> 36 & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_there_and_little_else() {
        let mut some = Bigrams::new();
        let pairs = (0..8_000_u16)
            .flat_map(|a| (0..50).map(move |k| [a, a.wrapping_mul(7).wrapping_add(k * 31) % 14_000]));
        pairs.clone().for_each(|pair| some.insert(pair));
        assert!(pairs.clone().all(|pair| some.may_have(pair)));
        let absent = pairs.map(|[a, b]| [a + 6_000, b]).filter(|[a, _]| *a >= 8_000);
        let (mut asked, mut taken) = (0, 0);
        for pair in absent {
            asked += 1;
            taken += usize::from(some.may_have(pair));
        }
        assert!(asked > 200_000 && taken * 12 < asked, "{taken} of {asked}");
        assert!(Bigrams::all().may_have([1, 2]));
    }
}
