//! Text → stretches worth a closer look.

use std::ops::Range;

use crate::lm::Model;

/// Unremarkable characters that end a stretch, and that are looked at on either side of it.
const PADDING: usize = 24;

/// Whether nothing in the text is worth a closer look. Never allocates.
pub(crate) fn is_clean(model: &Model, text: &str) -> bool {
    if encoding_rs::mem::is_utf8_latin1(text.as_bytes()) && text.is_ascii() {
        return true;
    }
    let mut last = ' ';
    for c in text.chars() {
        if is_odd(model, last, c) {
            return false;
        }
        last = c;
    }
    true
}

/// Whether `c` after `last` is out of place in clean text.
pub(crate) fn is_odd(model: &Model, last: char, c: char) -> bool {
    if c <= '\u{7F}' {
        return false;
    }
    !model.is_common(c) || last > '\u{7F}' && !model.pair_is_common(last, c)
}

/// The stretches of `text` worth a closer look, in bytes, sorted and disjoint, with unremarkable text around
/// each.
pub(crate) fn suspects(model: &Model, text: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    // The places of the last characters, so that a stretch can begin before what gave it away.
    let mut recent = [0_usize; PADDING];
    let mut count = 0_usize;
    let mut plain = PADDING + 1;
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        if is_odd(model, last, c) {
            let begin = recent[if count >= PADDING { count % PADDING } else { 0 }];
            match out.last_mut() {
                Some(open) if plain <= PADDING || begin <= open.end => {}
                _ => out.push(begin..at),
            }
            plain = 0;
        } else {
            plain = plain.saturating_add(1);
        }
        if plain <= PADDING {
            if let Some(open) = out.last_mut() {
                open.end = at + c.len_utf8();
            }
        }
        recent[count % PADDING] = at;
        count += 1;
        last = c;
    }
    out
}
