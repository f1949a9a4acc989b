//! Which characters fit a pattern: asked for often, so remembered.

use std::sync::Arc;

use crate::codec::{ByteSeq, Codec, LatticeByte, Mask, Outcomes, Pattern, Pending};
use crate::cost::Cost;
use crate::decode::is_unassigned;
use crate::hash::Map;
use crate::lm::{CharId, Model, State};
use crate::pairs::Pairs;

/// Characters tried for a pattern.
const MOST: usize = 96;
/// Patterns remembered before all are forgotten.
const REMEMBERED: usize = 1 << 14;

/// A character as the model knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fit {
    pub(crate) c: char,
    pub(crate) id: CharId,
    /// What it costs without context.
    pub(crate) alone: Cost,
}

/// Kinds of lost ASCII characters kept.
const LOWS: usize = 3;
/// What each costs, and the state after it; likeliest first.
pub(crate) type Lows = [(Cost, State, char); LOWS];

/// What the characters that fit best depend on: at the innermost level, what stands before, too.
type After = (Codec, Option<(State, Pairs)>, Pattern);

/// The characters that fit patterns, the most frequent ones first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fitting {
    /// The frequent characters and the bytes of each in the codecs that were asked for, by their first byte.
    common: Map<Codec, Box<[(ByteSeq, char)]>>,
    known: Map<(Codec, Pattern), Box<[Fit]>>,
    /// What fits best after a state: see [`Self::weighed`].
    after: Map<After, Arc<[(Cost, char)]>>,
    /// The likeliest lost ASCII characters after a state and before a character: see [`Self::low`].
    lows: Map<(State, Pairs, Option<char>), Lows>,
    /// What may come of a byte that is not known, or that comes after such a one.
    fed: Map<(Codec, Pending, LatticeByte), Outcomes>,
}

impl Fitting {
    /// What `weigh` makes of a pattern after a state (none: without context), remembered.
    pub(crate) fn weighed(
        &mut self,
        key: After,
        weigh: impl FnOnce(&mut Self) -> Arc<[(Cost, char)]>,
    ) -> Arc<[(Cost, char)]> {
        if let Some(known) = self.after.get(&key) {
            return Arc::clone(known);
        }
        if self.after.len() > REMEMBERED {
            self.after.clear();
        }
        let fits = weigh(self);
        self.after.insert(key, Arc::clone(&fits));
        fits
    }

    /// What `weigh` makes of a lost ASCII character after a state and before a character, remembered.
    pub(crate) fn low(&mut self, key: (State, Pairs, Option<char>), weigh: impl FnOnce() -> Lows) -> Lows {
        if self.lows.len() > REMEMBERED {
            self.lows.clear();
        }
        *self.lows.entry(key).or_insert_with(weigh)
    }

    /// As [`Codec::feed`], remembered. A lost byte is never taken for the first of three of EUC-JP: those characters are so rare, and
    /// the other two bytes are one as well.
    pub(crate) fn fed(&mut self, codec: Codec, pending: Pending, byte: LatticeByte) -> Outcomes {
        if self.fed.len() > REMEMBERED {
            self.fed.clear();
        }
        *self.fed.entry((codec, pending, byte)).or_insert_with(|| {
            let outcomes = codec.feed(pending, byte);
            if codec == Codec::EUC_JP && !pending.is_known() { outcomes.complete() } else { outcomes }
        })
    }

    /// The characters above 7F that fit, as the model knows them, likeliest first, at most a hundred. A lost ASCII character is never
    /// guessed.
    pub(crate) fn of(&mut self, model: &Model, codec: Codec, pattern: &Pattern) -> &[Fit] {
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        self.known.entry((codec, *pattern)).or_insert_with(|| {
            let mut all: Vec<char> = Vec::new();
            if codec.count(*pattern) <= 256 {
                codec.candidates(*pattern, &mut |c| all.push(c));
            } else {
                let mut common = &**self.common.entry(codec).or_insert_with(|| with_bytes(model, codec));
                if let Some(first) = pattern.bytes().first().and_then(|byte| byte.value()) {
                    let from = common.partition_point(|(bytes, _)| bytes.first() < Some(&first));
                    let to = common.partition_point(|(bytes, _)| bytes.first() <= Some(&first));
                    common = &common[from..to];
                }
                let mask = Mask::of(*pattern);
                all.extend(common.iter().filter(|(bytes, _)| mask.admits(bytes)).map(|(_, c)| *c));
            }
            all.retain(|&c| c > '\u{7F}' && !is_unassigned(c));
            // A character may have two byte strings.
            all.dedup();
            let fit = |c| Fit { c, id: model.id(c), alone: model.unigram(c) };
            let mut all: Vec<Fit> = all.into_iter().map(fit).collect();
            all.sort_unstable_by_key(|fit| (fit.alone, fit.c));
            all.truncate(MOST);
            all.into()
        })
    }
}

/// The frequent characters with every byte string that `codec` reads as them, by their first byte.
fn with_bytes(model: &Model, codec: Codec) -> Box<[(ByteSeq, char)]> {
    let strings = |c| codec.tables().strings(c).map(move |bytes| (bytes, c));
    let mut all: Box<[_]> = model.common().flat_map(strings).collect();
    all.sort_by_key(|(bytes, _)| bytes.first().copied());
    all
}
