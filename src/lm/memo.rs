//! Scores that were asked for lately: a look-up in the model waits for memory, one here seldom does.

use super::{Model, State};
use crate::codec::{Codec, FedKnown, Pending};
use crate::cost::Cost;

/// Entries, a power of two.
const SIZE: usize = 1 << 13;

#[derive(Clone, Copy, Debug)]
struct Entry {
    before: State,
    c: char,
    cost: Cost,
    after: State,
}

/// A cache in front of [`Model::score`]. It never changes an answer, as long as it serves one model.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memo {
    /// Empty until first used.
    entries: Vec<Option<Entry>>,
    /// What each byte costs in the codecs of single bytes that were asked for.
    bytes: Vec<(Codec, Box<ByteCosts>)>,
}

/// What the character of each byte costs without context; nothing where there is none.
pub(crate) type ByteCosts = [Option<Cost>; 256];

impl Memo {
    /// As [`Model::score`].
    #[inline]
    pub(crate) fn score(&mut self, model: &Model, before: State, c: char) -> (Cost, State) {
        if self.entries.is_empty() {
            self.entries = vec![None; SIZE];
        }
        let ids = u64::from(before.ids[0]) | u64::from(before.ids[1]) << 16 | u64::from(before.ids[2]) << 32;
        let mixed = (ids ^ u64::from(c) << 43 ^ u64::from(c)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let slot = usize::try_from(mixed >> 51).unwrap_or(0) % SIZE;
        if let Some(e) = &self.entries[slot]
            && e.c == c
            && e.before == before
        {
            return (e.cost, e.after);
        }
        let (cost, after) = model.score(before, c);
        self.entries[slot] = Some(Entry { before, c, cost, after });
        (cost, after)
    }

    /// What each byte of a codec of single bytes costs.
    pub(crate) fn bytes(&mut self, model: &Model, codec: Codec) -> &ByteCosts {
        let known = self.bytes.iter().position(|(known, _)| *known == codec);
        let at = known.unwrap_or_else(|| {
            let cost = |byte| match codec.tables().feed_known(Pending::default(), byte) {
                FedKnown::Char(c) => Some(model.unigram(c)),
                _ => None,
            };
            let costs = std::array::from_fn(|byte| u8::try_from(byte).ok().and_then(cost));
            self.bytes.push((codec, Box::new(costs)));
            self.bytes.len() - 1
        });
        &self.bytes[at].1
    }
}
