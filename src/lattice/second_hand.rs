//! Readings of damage that another tool has worked on: fused by a repairer, or normalised.
//!
//! Most of it is rule: bytes that spell UTF-8 became a character, composed or not. What is not stands in
//! [`tables`], counted on what the real tools make of damaged text.

mod tables;

use std::sync::LazyLock;

use tables::{CLASSES, COMPATIBLE, COMPOSED, PAGES, REPLACED, SPELT, STRAIGHTENED};

use super::{MAX_BYTES, Reading};
use crate::chain::Step;
use crate::codec::Codec;
use crate::cost::{Cost, nats};
use crate::hash::Map;
use crate::report::{Loss, Treatment};

/// What a treatment that always does the same costs where it shows.
const ALWAYS: Cost = nats(0.1);
/// What it costs that a mark was written as an entity of HTML: one in ten is.
const UNESCAPED: Cost = nats(std::f64::consts::LN_10);
/// The most combining marks that are looked at together.
const MARKS: usize = 3;

/// Characters remembered before all are forgotten.
const REMEMBERED: usize = 1 << 12;

/// The readings of single characters, which do not depend on what stands around them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Singles(Map<(Treatment, Codec, char), Box<[Reading]>>);

impl Singles {
    fn of(&mut self, treatment: Treatment, misread: Codec, c: char) -> &[Reading] {
        if self.0.len() > REMEMBERED {
            self.0.clear();
        }
        self.0.entry((treatment, misread, c)).or_insert_with(|| {
            let mut out = Vec::new();
            // What nothing has worked on may be a control in one of the two pages and a letter in the other.
            if let (None, Some(byte)) = (misread.unread_first(c), own(misread, c)) {
                out.push(Reading::known(&[byte], ALWAYS, None));
            }
            if treatment == Treatment::Ftfy && c > '\u{7F}' {
                fused(c, &mut out);
                if c > '\u{FF}' {
                    fused_twice(c, &mut out);
                    fused_elsewhere(misread, c, &mut out);
                }
            }
            out.into()
        })
    }
}

/// What the character at the start of `seen` may have been before `treatment`, in bytes of the misread of `step`.
pub(crate) fn readings(
    singles: &mut Singles,
    treatment: Treatment,
    step: Step,
    seen: &[char],
    out: &mut Vec<Reading>,
) {
    let misread = step.misread;
    let Some(&c) = seen.first() else { return };
    out.extend_from_slice(singles.of(treatment, misread, c));
    match treatment {
        Treatment::Nfkc => compatible(misread, seen, out),
        Treatment::Ftfy => {
            table(&SPELT, seen, out);
            table(&REPLACED, seen, out);
            composed(misread, seen, out);
            spaced(seen, out);
            straightened(misread, seen, out);
            unescaped(step.truth, c, out);
        }
    }
}

/// The byte of a character under `misread`; Latin-1 and Windows-1252 count as one, because the tools mix them.
pub(crate) fn own(misread: Codec, c: char) -> Option<u8> {
    let one = |codec: Codec| match *codec.unread_first(c)?.as_slice() {
        [byte] => Some(byte),
        _ => None,
    };
    let twin = match misread {
        Codec::LATIN_1 => Codec::WINDOWS_1252,
        Codec::WINDOWS_1252 => Codec::LATIN_1,
        _ => return one(misread),
    };
    one(misread).or_else(|| one(twin))
}

fn push(bytes: &[u8], takes: u8, cost: Cost, out: &mut Vec<Reading>) {
    if bytes.len() > MAX_BYTES {
        return;
    }
    let mut reading = Reading::known(bytes, cost, Some(Loss::Fused));
    reading.takes = takes;
    out.push(reading);
}

/// What it costs that the UTF-8 bytes of `c` became `c`.
fn cost_of(bytes: &[u8]) -> Cost {
    match bytes {
        [0xC2, _] => tables::FUSED_C2,
        [0xC3, _] => tables::FUSED_C3,
        [_, _] => tables::FUSED_TWO,
        [_, _, _] => tables::FUSED_THREE,
        _ => tables::FUSED_FOUR,
    }
}

/// Bytes that spell `c` in UTF-8.
fn fused(c: char, out: &mut Vec<Reading>) {
    let mut buffer = [0; 4];
    let bytes = c.encode_utf8(&mut buffer).as_bytes();
    push(bytes, 1, cost_of(bytes), out);
    // A space that passed for a no-break space.
    if let Some(at) = bytes.iter().position(|&b| b == 0xA0) {
        buffer[at] = b' ';
        push(&buffer[..c.len_utf8()], 1, tables::FUSED_AGAIN, out);
    }
}

/// Bytes that spell `c` in UTF-8, some of them spelt in UTF-8 as well.
fn fused_twice(c: char, out: &mut Vec<Reading>) {
    let mut buffer = [0; 4];
    let bytes = c.encode_utf8(&mut buffer).as_bytes();
    for which in 1_u8..1 << bytes.len() {
        let mut all = Vec::with_capacity(MAX_BYTES);
        for (k, &b) in bytes.iter().enumerate() {
            if which >> k & 1 == 0 {
                all.push(b);
            } else {
                all.extend_from_slice(char::from(b).encode_utf8(&mut [0; 2]).as_bytes());
            }
        }
        push(&all, 1, tables::FUSED_AGAIN, out);
    }
}

/// Characters of `misread` whose bytes in another page spell `c` in UTF-8.
fn fused_elsewhere(misread: Codec, c: char, out: &mut Vec<Reading>) {
    let mut buffer = [0; 4];
    let spelling = c.encode_utf8(&mut buffer).as_bytes();
    let from = out.len();
    for page in PAGES {
        let Some(text) = page.decode(spelling) else { continue };
        let mut bytes = Vec::with_capacity(MAX_BYTES);
        for c in text.chars() {
            match own(misread, c) {
                Some(byte) => bytes.push(byte),
                // What a page has and the misread lacks was fused before.
                None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        if bytes == spelling {
            continue;
        }
        if !out[from..].iter().any(|r| r.bytes().iter().map(|b| b.value()).eq(bytes.iter().map(|&b| Some(b))))
        {
            push(&bytes, 1, tables::FUSED_AGAIN, out);
        }
    }
}

/// Characters whose bytes spell a character that is written out as the start of `seen`.
fn table(rows: &[(&str, char)], seen: &[char], out: &mut Vec<Reading>) {
    for (text, c) in rows {
        if let Some(takes) = starts(seen, text) {
            let from = out.len();
            fused(*c, out);
            fused_twice(*c, out);
            out[from..].iter_mut().for_each(|reading| reading.takes = takes);
        }
    }
}

/// How many characters of `seen` are `text`.
fn starts(seen: &[char], text: &str) -> Option<u8> {
    let mut takes = 0;
    for c in text.chars() {
        if seen.get(usize::from(takes)) != Some(&c) {
            return None;
        }
        takes += 1;
    }
    Some(takes)
}

/// How many characters at the start of `seen` one may have been spelt out as, if it is more than one.
pub(crate) fn spelt_out(seen: &[char]) -> Option<usize> {
    /// What such texts begin with, sorted.
    static BEGINS: LazyLock<Vec<char>> = LazyLock::new(|| {
        let mut begins: Vec<char> =
            SPELT.iter().chain(&COMPATIBLE).filter_map(|(text, _)| text.chars().next()).collect();
        begins.sort_unstable();
        begins.dedup();
        begins
    });
    if seen.first().is_none_or(|c| BEGINS.binary_search(c).is_err()) {
        return None;
    }
    let takes = |(text, _): &(&str, char)| starts(seen, text).filter(|&takes| takes > 1);
    SPELT.iter().chain(&COMPATIBLE).find_map(takes).map(usize::from)
}

/// What NFKC makes of characters of the misread.
fn compatible(misread: Codec, seen: &[char], out: &mut Vec<Reading>) {
    for (text, c) in &COMPATIBLE {
        if let (Some(takes), Some(byte)) = (starts(seen, text), own(misread, *c)) {
            push(&[byte], takes, ALWAYS, out);
        }
    }
}

/// Spaces that were taken for no-break spaces behind `C2` and `C3`.
fn spaced(seen: &[char], out: &mut Vec<Reading>) {
    match seen {
        [' ', ..] => push(&[0xC2, b' '], 1, tables::FUSED_AGAIN, out),
        ['à', ' ', ..] => push(&[0xC3, b' '], 2, tables::FUSED_AGAIN, out),
        _ => {}
    }
}

/// Typographic marks written as ASCII, which may have been bytes of the misread or fused themselves.
fn straightened(misread: Codec, seen: &[char], out: &mut Vec<Reading>) {
    table(&STRAIGHTENED, seen, out);
    for (text, mark) in &STRAIGHTENED {
        if let (Some(takes), Some(byte)) = (starts(seen, text), own(misread, *mark)) {
            push(&[byte], takes, ALWAYS, out);
        }
    }
}

/// A mark that was an HTML entity when the bytes were misread, and is what it says.
fn unescaped(truth: Codec, c: char, out: &mut Vec<Reading>) {
    if let ('\u{2013}'..='\u{2026}', Some(bytes)) = (c, truth.unread_first(c)) {
        out.push(Reading::known(&bytes, UNESCAPED, None));
    }
}

/// A base and combining marks whose bytes were fused one by one, in the order of the bytes.
fn composed(misread: Codec, seen: &[char], out: &mut Vec<Reading>) {
    let marks = seen[1..].iter().take_while(|&&m| class(m) != 0).count();
    if marks > MARKS || marks == 0 && seen[0] <= '\u{FF}' {
        return;
    }
    let cluster = &seen[..=marks];
    let takes = u8::try_from(cluster.len()).unwrap_or(1);
    let mut parts: Vec<char> = vec![seen[0]];
    while let Some((base, mark)) = taken_apart(parts[0]) {
        parts[0] = base;
        parts.insert(1, mark);
    }
    parts.extend_from_slice(&cluster[1..]);
    let base = parts.remove(0);
    if parts.is_empty() || parts.len() > MARKS {
        return;
    }
    let from = out.len();
    for order in orders(&parts) {
        // The base takes the first marks, and what is left had bytes of its own.
        let mut first = base;
        for k in 0..order.len() {
            if k > 0 {
                let Some(next) = put_together(first, order[k - 1]) else { break };
                first = next;
            }
            if first == cluster[0] && order[k..] == cluster[1..] {
                continue;
            }
            let mut rest = Vec::with_capacity(MAX_BYTES);
            order[k..].iter().for_each(|m| rest.extend_from_slice(m.encode_utf8(&mut [0; 4]).as_bytes()));
            let cost = tables::FUSED_TWO * Cost::try_from(order.len() - k).unwrap_or(1);
            let mut with = |head: &[u8], cost| push(&[head, &rest].concat(), takes, cost, out);
            if let Some(byte) = own(misread, first) {
                with(&[byte], cost);
            }
            if first > '\u{7F}' {
                let mut buffer = [0; 4];
                let head = first.encode_utf8(&mut buffer).as_bytes();
                with(head, cost + cost_of(head));
            }
        }
    }
    debug_assert!(out.len() - from <= 6 * 2 * MARKS);
}

/// The orders of marks that come to the same when they are sorted by class: at most six.
fn orders(marks: &[char]) -> Vec<Vec<char>> {
    let sorted = |marks: &[char]| {
        let mut marks = marks.to_vec();
        marks.sort_by_key(|&m| class(m));
        marks
    };
    let want = sorted(marks);
    let picks: &[&[usize]] = match marks.len() {
        1 => &[&[0]],
        2 => &[&[0, 1], &[1, 0]],
        _ => &[&[0, 1, 2], &[0, 2, 1], &[1, 0, 2], &[1, 2, 0], &[2, 0, 1], &[2, 1, 0]],
    };
    let all = picks.iter().map(|pick| pick.iter().map(|&k| marks[k]).collect::<Vec<char>>());
    all.filter(|order| sorted(order) == want).collect()
}

/// The canonical combining class of the marks that are known here.
fn class(c: char) -> u8 {
    let at = u32::from(c).checked_sub(0x300).and_then(|at| usize::try_from(at).ok());
    at.and_then(|at| CLASSES.get(at)).copied().unwrap_or(0)
}

/// The letter and the mark that NFC composes to `c`.
pub(crate) fn taken_apart(c: char) -> Option<(char, char)> {
    COMPOSED.iter().find_map(|(mark, whole, bases)| {
        let at = whole.chars().position(|w| w == c)?;
        bases.chars().nth(at).map(|base| (base, *mark))
    })
}

fn put_together(base: char, mark: char) -> Option<char> {
    let (_, whole, bases) = COMPOSED.iter().find(|(m, ..)| *m == mark)?;
    let at = bases.chars().position(|b| b == base)?;
    whole.chars().nth(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GBK: Step = Step { truth: Codec::GBK, misread: Codec::LATIN_1 };

    /// Whether `bytes` is a reading of the first characters of `text`, as many as `takes`.
    fn reads(treatment: Treatment, text: &str, takes: u8, bytes: &[u8]) -> bool {
        let seen: Vec<char> = text.chars().collect();
        let mut all = Vec::new();
        readings(&mut Singles::default(), treatment, GBK, &seen, &mut all);
        all.iter().any(|r| {
            r.takes == takes && r.bytes().iter().map(|b| b.value()).eq(bytes.iter().map(|&b| Some(b)))
        })
    }

    #[test]
    fn fused_characters_are_the_bytes_that_spell_them() {
        for (text, takes, bytes) in [
            ("ǵ", 1, &b"\xC7\xB5"[..]),
            ("¼", 1, b"\xC2\xBC"),
            ("û", 1, b"\xC3\xBB"),
            ("迪", 1, b"\xE8\xBF\xAA"),
            // Twice: CF C2 BC, of which C2 BC became ¼ first.
            ("\u{3FC}", 1, b"\xCF\xC2\xBC"),
            // By way of Mac Roman.
            ("쵀", 1, b"\xCF\xB5\xC4"),
            // By way of Windows-1251, whose г had been fused before.
            ("㬻", 1, b"\xD0\xB3\xAC\xBB"),
            // A space taken for a no-break space.
            ("\u{A0}", 1, b"\xC2 "),
            ("à ", 2, b"\xC3 "),
        ] {
            assert!(reads(Treatment::Ftfy, text, takes, bytes), "{text:?} {bytes:X?}");
        }
    }

    #[test]
    fn what_was_spelt_out_straightened_or_composed_is_put_back() {
        for (text, takes, bytes) in [
            ("dz£", 2, &b"\xC7\xB3"[..]),
            ("IJ¿", 2, b"\xC4\xB2"),
            (";", 1, b"\xCD\xBE"),
            ("'", 1, b"\x92"),
            ("'", 1, b"\xCA\xBC"),
            // CC, and CC A8 the ogonek: composition puts the ogonek first.
            ("\u{12E}\u{300}", 2, b"\xCC\xCC\xA8"),
        ] {
            assert!(reads(Treatment::Ftfy, text, takes, bytes), "{text:?} {bytes:X?}");
            assert!(!reads(Treatment::Nfkc, text, takes, bytes), "{text:?} {bytes:X?}");
        }
    }

    #[test]
    fn compatibility_forms_are_bytes_of_the_misread() {
        for (text, takes, bytes) in [
            ("1⁄4", 3, &b"\xBC"[..]),
            ("2", 1, b"\xB2"),
            ("o", 1, b"\xBA"),
            (" \u{301}", 2, b"\xB4"),
            ("μ", 1, b"\xB5"),
        ] {
            assert!(reads(Treatment::Nfkc, text, takes, bytes), "{text:?} {bytes:X?}");
            assert!(!reads(Treatment::Ftfy, text, takes, bytes), "{text:?} {bytes:X?}");
        }
    }

    /// The cost of each reading of all of `text` as `bytes`, after ftfy.
    fn costs(text: &str, bytes: &[u8]) -> Vec<Cost> {
        let seen: Vec<char> = text.chars().collect();
        let mut all = Vec::new();
        readings(&mut Singles::default(), Treatment::Ftfy, GBK, &seen, &mut all);
        let is_it = |r: &&Reading| {
            usize::from(r.takes) == seen.len()
                && r.bytes().iter().map(|b| b.value()).eq(bytes.iter().map(|&b| Some(b)))
        };
        all.iter().filter(is_it).map(|r| r.cost).collect()
    }

    #[test]
    fn fused_bytes_cost_by_what_they_were() {
        for (text, bytes, cost) in [
            ("¼", &b"\xC2\xBC"[..], tables::FUSED_C2),
            ("û", b"\xC3\xBB", tables::FUSED_C3),
            ("ǵ", b"\xC7\xB5", tables::FUSED_TWO),
            ("迪", b"\xE8\xBF\xAA", tables::FUSED_THREE),
            ("\u{20000}", b"\xF0\xA0\x80\x80", tables::FUSED_FOUR),
            // Each of its bytes, or both, fused twice.
            ("\u{3FC}", b"\xC3\x8F\xBC", tables::FUSED_AGAIN),
            ("\u{3FC}", b"\xCF\xC2\xBC", tables::FUSED_AGAIN),
            ("\u{3FC}", b"\xC3\x8F\xC2\xBC", tables::FUSED_AGAIN),
        ] {
            assert_eq!(costs(text, bytes), [cost], "{text:?} {bytes:X?}");
        }
        // What is a letter of Latin-1 itself was fused once at most.
        assert!(costs("û", b"\xC3\x83\xC2\xBB").is_empty());
    }

    #[test]
    fn marks_were_fused_one_by_one() {
        let two = tables::FUSED_TWO;
        for (text, bytes, cost) in [
            ("\u{145}", &b"N\xCC\xA7"[..], two),
            ("\u{1D6}", b"u\xCC\x88\xCC\x84", 2 * two),
            ("\u{1D6}", b"\xFC\xCC\x84", two),
            ("\u{1D6}", b"\xC3\xBC\xCC\x84", two + tables::FUSED_C3),
        ] {
            assert_eq!(costs(text, bytes), [cost], "{text:?} {bytes:X?}");
        }
        // A letter of Latin-1 without marks is no such thing; with one it may be.
        assert!(costs("é", b"e\xCC\x81").is_empty());
        assert_eq!(costs("é\u{327}", b"e\xCC\x81\xCC\xA7"), [2 * two]);
    }

    #[test]
    fn texts_that_were_one_character() {
        let of = |text: &str| spelt_out(&text.chars().collect::<Vec<_>>());
        for (text, characters) in
            [("dz", Some(2)), ("dz£", Some(2)), ("1⁄4", Some(3)), (";", None), ("2", None), ("", None)]
        {
            assert_eq!(of(text), characters, "{text:?}");
        }
    }

    /// The beam keeps places for so many characters and no more.
    #[test]
    fn readings_are_bounded() {
        for c in ('\u{1}'..'\u{3000}').chain('\u{AC00}'..'\u{B000}') {
            let mut all = Vec::new();
            readings(
                &mut Singles::default(),
                Treatment::Ftfy,
                GBK,
                &[c, '\u{327}', '\u{301}', '\u{308}'],
                &mut all,
            );
            assert!(all.len() <= 64, "{c:?} {}", all.len());
            assert!(all.iter().all(|r| r.takes <= 4 && r.bytes().len() <= MAX_BYTES), "{c:?}");
        }
    }
}
