//! Which bigrams the table may have: a small set that is asked first, since of damage and of guesses most are absent.

use crate::hash::{PAIR_WORDS, place_of_pair};

/// A set of pairs of identifiers. It has all that were put in, and some others: of half a million, one in twenty that are absent
/// passes for present.
pub(crate) struct Bigrams(Box<[u64]>);

impl Bigrams {
    /// A set that has nothing yet.
    pub(super) fn new() -> Self {
        Self(vec![0; PAIR_WORDS].into())
    }

    /// A set that has everything.
    pub(super) fn all() -> Self {
        Self(vec![u64::MAX; PAIR_WORDS].into())
    }

    pub(super) fn insert(&mut self, [a, b]: [u16; 2]) {
        let (word, bits) = place_of_pair(a.into(), b.into());
        self.0[word % PAIR_WORDS] |= bits;
    }

    #[inline]
    pub(crate) fn may_have(&self, [a, b]: [u16; 2]) -> bool {
        let (word, bits) = place_of_pair(a.into(), b.into());
        self.0[word % PAIR_WORDS] & bits == bits
    }
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
