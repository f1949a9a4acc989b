//! Which characters fit a pattern: asked for often, so remembered.

use std::collections::HashMap;

use crate::codec::{Codec, Pattern};
use crate::lm::Model;

/// Characters tried for a pattern.
const MOST: usize = 96;
/// Patterns remembered before all are forgotten.
const REMEMBERED: usize = 1 << 14;

/// The characters that fit patterns, the most frequent ones first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fitting {
    known: HashMap<(Codec, Pattern), Box<[char]>>,
}

impl Fitting {
    /// The characters above 7F that fit, likeliest first, at most a hundred. A lost ASCII character is never
    /// guessed.
    pub(crate) fn of(&mut self, model: &Model, codec: Codec, pattern: &Pattern) -> &[char] {
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        self.known.entry((codec, *pattern)).or_insert_with(|| {
            let mut all: Vec<char> = Vec::new();
            if codec.count(*pattern) <= 256 {
                codec.candidates(*pattern, &mut |c| all.push(c));
            } else {
                all.extend(model.common().filter(|&c| codec.matches(*pattern, c)).take(MOST));
            }
            all.retain(|&c| c > '\u{7F}');
            all.sort_by_cached_key(|&c| (model.unigram(c), c));
            all.truncate(MOST);
            all.into_boxed_slice()
        })
    }
}
