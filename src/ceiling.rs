//! What a character that nothing was lost of costs at most, also in a language that the model has not met.

use crate::chain::Step;
use crate::cost::{Cost, nats};
use crate::lm::near::is_latin;
use crate::lm::{Model, State};
use crate::straight::has_form;

/// What a character costs at most that the steps of a chain have left whole: it may be any that a language has which the model has not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ceiling {
    /// As much as the model says.
    None,
    /// Letters of Latin are spelt out in the form of UTF-8, whose bytes are read as pairs.
    Latin,
    /// Everything is, each byte a character.
    All,
}

impl Ceiling {
    /// What anything costs at most.
    const ANY: Cost = nats(12.0);
    /// What a letter costs at least that is lowered, and how much more if it costs 8 nats by itself: letters of many languages are
    /// likelier in one more.
    const LOWEST: Cost = nats(4.0);
    const HIGHER: Cost = 3;
    /// What a sign costs by itself that is not rare.
    const SIGN: Cost = nats(16.0);

    /// The ceiling for what `steps` say.
    pub(crate) fn of(steps: &[Step]) -> Self {
        match steps {
            [Step { truth, misread }] if has_form(*truth) => match misread {
                _ if misread.is_single_byte() => Self::All,
                _ if misread.is_double_byte() => Self::Latin,
                _ => Self::None,
            },
            _ => Self::None,
        }
    }

    /// What `c` costs between `before` and `next`, as far as that is known, that would cost so much.
    #[inline]
    pub(crate) fn lower(self, model: &Model, before: State, c: char, next: Option<char>, cost: Cost) -> Cost {
        match self {
            _ if cost <= Self::LOWEST || self == Self::None || has_been_met(c) => cost,
            // In the midst of Hanzi any of them may be in the form of UTF-8 by chance.
            Self::Latin if !model.is_in_latin(before, next) => cost,
            _ => self.most(model, c).min(cost),
        }
    }

    /// What `c` costs at most.
    pub(crate) fn most(self, model: &Model, c: char) -> Cost {
        let letter = || Self::LOWEST + model.unigram(c) * Self::HIGHER / 8;
        match c {
            _ if self == Self::None || has_been_met(c) => Cost::MAX,
            c if is_latin(c) => letter(),
            _ if self == Self::Latin => Cost::MAX,
            '\u{80}'..='\u{7FF}' | '\u{1F00}'..='\u{1FFF}' if c.is_alphabetic() => letter(),
            // Signs are the same in all, and those of Latin-1 as usual as letters.
            '\u{A0}'..='\u{BF}' => letter(),
            '\u{2000}'..='\u{2BFF}' => Self::ANY + (model.unigram(c) - Self::SIGN).max(0) / 2,
            _ => Self::ANY,
        }
    }
}

/// Whether `c` is ASCII, or of a script of whose languages there is none that the model has not met: Hanzi, kana, Hangul.
fn has_been_met(c: char) -> bool {
    matches!(c, '\0'..='\u{7F}' | '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{2_0000}'..='\u{3_FFFF}')
}
