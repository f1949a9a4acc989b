//! Text → stretches worth a closer look.

use std::ops::Range;

use crate::cost::{Cost, nats};
use crate::lm::{Model, State};

/// Unremarkable characters that end a stretch, and that are looked at on either side of it.
const PADDING: usize = 24;

/// What a character may cost in its context before it adds to suspicion.
const TYPICAL: Cost = nats(7.0);
/// Suspicion that is worth a closer look.
const ENOUGH: Cost = nats(6.0);
/// What one character may add.
const MOST: Cost = nats(4.0);

/// Whether nothing in the text is worth a closer look. Never allocates.
pub(crate) fn is_clean(model: &Model, text: &str) -> bool {
    if text.is_ascii() {
        return true;
    }
    let mut eye = Eye::new(model, ' ');
    !text.chars().any(|c| eye.is_odd(c))
}

/// Goes over text and tells which characters are out of place.
pub(crate) struct Eye<'m> {
    model: &'m Model,
    last: char,
    state: State,
    /// How much less likely than usual the last characters were.
    suspicion: Cost,
}

impl<'m> Eye<'m> {
    /// `last` is the character before.
    pub(crate) fn new(model: &'m Model, last: char) -> Self {
        Self { model, last, state: model.unknown(), suspicion: 0 }
    }

    pub(crate) fn is_odd(&mut self, c: char) -> bool {
        let last = std::mem::replace(&mut self.last, c);
        let (cost, state) = self.model.score(self.state, c);
        self.state = state;
        // One sum over the text: it grows where unlikely characters crowd, each of them unremarkable.
        let mut more = (cost - TYPICAL).min(MOST);
        // A lower-case letter and a Hanzi that do not go together are the accented letters of UTF-8 read as GBK.
        if more > 0
            && (last.is_ascii_lowercase() && c > '\u{2E7F}' || c.is_ascii_lowercase() && last > '\u{2E7F}')
        {
            more += MOST;
        }
        self.suspicion = (self.suspicion + more).max(0);
        let odd = c > '\u{7F}'
            && (!self.model.is_common(c) || last > '\u{7F}' && !self.model.pair_is_common(last, c))
            || self.suspicion > ENOUGH && (c > '\u{7F}' || last > '\u{7F}');
        if odd {
            self.suspicion = 0;
        }
        odd
    }
}

/// The stretches of `text` worth a closer look, in bytes, sorted and disjoint, with unremarkable text around
/// each.
pub(crate) fn suspects(model: &Model, text: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    // The places of the last characters, so that a stretch can begin before what gave it away.
    let mut recent = [0_usize; PADDING];
    let mut plain = PADDING + 1;
    let mut eye = Eye::new(model, ' ');
    for (count, (at, c)) in text.char_indices().enumerate() {
        if eye.is_odd(c) {
            let begin = recent[if count >= PADDING { count % PADDING } else { 0 }];
            match out.last_mut() {
                Some(open) if plain <= PADDING || begin <= open.end => {}
                _ => out.push(begin..at),
            }
            plain = 0;
        } else {
            plain = plain.saturating_add(1);
        }
        if plain <= PADDING
            && let Some(open) = out.last_mut()
        {
            open.end = at + c.len_utf8();
        }
        recent[count % PADDING] = at;
    }
    out
}
