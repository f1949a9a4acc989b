//! Chance under a seed.

/// SplitMix64 (Steele, Lea and Flood 2014): every seed is a good one, and no dependency is needed for it.
#[derive(Debug)]
pub(super) struct Rng(u64);

impl Rng {
    /// The text goes into it, so that texts of one length are not all cut in the same place.
    pub(super) fn new(seed: u64, text: &str) -> Self {
        let mut rng = Self(seed);
        for chunk in text.as_bytes().chunks(8) {
            let word = chunk.iter().fold(0, |word, &b| word << 8 | u64::from(b));
            rng.0 ^= word;
            rng.0 = rng.next();
        }
        rng
    }

    /// 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 up to, and without, `end`; 0 where `end` is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let wide = u128::from(self.next()) * end as u128;
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}
