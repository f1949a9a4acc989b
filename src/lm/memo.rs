//! Scores that were asked for lately: a look-up in the model waits for memory, one here seldom does.

use super::{Model, State};
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
    /// Nothing is kept, so that nothing is allocated.
    is_forgetful: bool,
}

impl Memo {
    /// One that keeps nothing and never allocates.
    pub(crate) fn forgetful() -> Self {
        Self { entries: Vec::new(), is_forgetful: true }
    }

    /// As [`Model::score`].
    #[inline]
    pub(crate) fn score(&mut self, model: &Model, before: State, c: char) -> (Cost, State) {
        if self.entries.is_empty() {
            if self.is_forgetful {
                return model.score(before, c);
            }
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
}
