//! Which chains may have made a stretch of text: cheap tests on a sample of it, so that few are decoded whole.

use crate::chain::{Chain, Step};
use crate::codec::{Codec, Fed, LatticeByte, Pending};
use crate::cost::{Cost, nats};
use crate::lm::{Model, State};

/// Characters of a sample.
pub(crate) const SAMPLE: usize = 40;
/// What a byte costs that the truth does not allow where it stands.
const ERROR: Cost = nats(7.0);
/// How far behind the best a chain may be and still be decoded whole.
const SPREAD: i64 = nats(25.0) as i64;
/// The most chains decoded whole.
const MOST: usize = 6;
/// The most steps searched.
const DEPTH: usize = 3;

/// How likely each codec is to have written text that was then misread, as a cost.
const TRUTHS: &[(Codec, Cost)] = &[
    (Codec::UTF_8, nats(0.0)),
    (Codec::GBK, nats(1.0)),
    (Codec::BIG5, nats(2.0)),
    (Codec::CP950, nats(2.2)),
    (Codec::SHIFT_JIS, nats(2.0)),
    (Codec::EUC_JP, nats(3.0)),
    (Codec::EUC_KR, nats(2.0)),
    (Codec::WINDOWS_1251, nats(3.0)),
    (Codec::KOI8_R, nats(4.0)),
    (Codec::WINDOWS_1250, nats(5.0)),
    (Codec::WINDOWS_1252, nats(5.0)),
    (Codec::WINDOWS_1253, nats(5.0)),
    (Codec::WINDOWS_1254, nats(6.0)),
    (Codec::WINDOWS_1256, nats(5.0)),
    (Codec::WINDOWS_1257, nats(6.0)),
    (Codec::CESU_8, nats(4.0)),
    (Codec::UTF_16LE, nats(6.0)),
    (Codec::UTF_16BE, nats(6.0)),
];

/// How likely each codec is to be the wrong one, as a cost.
const MISREADS: &[(Codec, Cost)] = &[
    (Codec::GBK, nats(0.5)),
    (Codec::WINDOWS_1252, nats(0.5)),
    (Codec::LATIN_1, nats(0.6)),
    (Codec::BIG5, nats(2.0)),
    (Codec::CP950, nats(2.2)),
    (Codec::CP932, nats(2.0)),
    (Codec::EUC_JP, nats(4.0)),
    (Codec::CP949, nats(2.0)),
    (Codec::WINDOWS_1251, nats(1.5)),
    (Codec::WINDOWS_1250, nats(2.0)),
    (Codec::WINDOWS_1253, nats(3.0)),
    (Codec::WINDOWS_1254, nats(2.0)),
    (Codec::WINDOWS_1256, nats(3.0)),
    (Codec::WINDOWS_1257, nats(3.0)),
    (Codec::ISO_8859_2, nats(3.0)),
    (Codec::ISO_8859_15, nats(2.0)),
    (Codec::MACROMAN, nats(2.0)),
    (Codec::MAC_CYRILLIC, nats(4.0)),
    (Codec::KOI8_R, nats(2.5)),
    (Codec::CP437, nats(2.0)),
    (Codec::CP850, nats(2.5)),
    (Codec::CP852, nats(3.5)),
    (Codec::CP857, nats(4.0)),
    (Codec::CP866, nats(2.5)),
    (Codec::UTF_16LE, nats(6.0)),
    (Codec::UTF_16BE, nats(6.0)),
];

/// What one more step costs, where it is a usual one; an unusual one costs its own prior twice.
const FURTHER_STEP: Cost = nats(5.0);

/// What assuming this chain costs before anything is seen.
pub(crate) fn prior(chain: &Chain) -> Cost {
    let of = |table: &[(Codec, Cost)], codec| {
        table.iter().find(|(c, _)| *c == codec).map_or(nats(6.0), |(_, cost)| *cost)
    };
    let one = |s: &Step| {
        of(TRUTHS, s.truth) + of(MISREADS, s.misread) + if both_small(*s) { nats(4.0) } else { 0 }
    };
    match chain.steps() {
        [only] => one(only),
        steps => steps.iter().map(|s| one(s) * 2 + FURTHER_STEP).sum::<Cost>() - FURTHER_STEP,
    }
}

/// Single-byte text read as another single-byte page: any letters give some letters.
fn both_small(s: Step) -> bool {
    s.truth.is_single_byte() && s.misread.is_single_byte()
}

/// Whether a step is one that is searched for.
fn is_likely(s: Step) -> bool {
    let same_table = |a: Codec, b: Codec| {
        a == b
            || [a, b].iter().all(|c| [Codec::BIG5, Codec::CP950].contains(c))
            || [a, b].iter().all(|c| [Codec::SHIFT_JIS, Codec::CP932].contains(c))
            || [a, b].iter().all(|c| [Codec::EUC_KR, Codec::CP949].contains(c))
            || [a, b].iter().all(|c| [Codec::UTF_8, Codec::CESU_8].contains(c))
    };
    if same_table(s.truth, s.misread) {
        return false;
    }
    if both_small(s) {
        // Western pages read as one another differ in too little to be told.
        let western = [
            Codec::LATIN_1,
            Codec::WINDOWS_1252,
            Codec::WINDOWS_1254,
            Codec::WINDOWS_1257,
            Codec::ISO_8859_15,
            Codec::WINDOWS_1250,
            Codec::ISO_8859_2,
        ];
        return !(western.contains(&s.truth) && western.contains(&s.misread))
            || s.truth == Codec::WINDOWS_1250 && [Codec::LATIN_1, Codec::WINDOWS_1252].contains(&s.misread);
    }
    true
}

/// The likeliest chains for a sample, best first. `odd` tells which of its characters look out of place.
pub(crate) fn propose(model: &Model, before: State, sample: &[char], odd: &[bool]) -> Vec<Chain> {
    let mut found: Vec<(i64, Chain, Vec<char>)> = Vec::new();
    let leaving = cost_of(model, before, sample);
    let mut texts: Vec<(Vec<char>, Vec<Step>)> = vec![(sample.to_vec(), Vec::new())];
    for depth in 0..DEPTH {
        let mut deeper: Vec<(i64, Vec<char>, Vec<Step>)> = Vec::new();
        for (text, outer) in &texts {
            let all = vec![true; text.len()];
            let odd = if depth == 0 { odd } else { &all[..] };
            for &(misread, _) in MISREADS {
                if !covers(misread, text, odd) {
                    continue;
                }
                for &(truth, _) in TRUTHS {
                    let step = Step { truth, misread };
                    if !is_likely(step) {
                        continue;
                    }
                    let mut steps = vec![step];
                    steps.extend_from_slice(outer);
                    let Ok(chain) = Chain::new(&steps) else { continue };
                    let (middle, errors, read) = unread_read(step, text);
                    let cost = cost_of(model, before, &middle) + i64::from(errors) * i64::from(ERROR);
                    let gain = leaving - cost - i64::from(prior(&chain));
                    // Text that reads as UTF-8 nearly everywhere is proof enough to look one step further.
                    if truth == Codec::UTF_8 && read >= 3 && errors * 4 <= read && depth + 1 < DEPTH {
                        deeper.push((gain, middle.clone(), steps));
                    }
                    found.push((gain, chain, middle));
                }
            }
        }
        deeper.sort_by_key(|(gain, ..)| std::cmp::Reverse(*gain));
        deeper.truncate(3);
        texts = deeper.into_iter().map(|(_, text, steps)| (text, steps)).collect();
    }
    found.sort_by_key(|(gain, chain, _)| (std::cmp::Reverse(*gain), *chain));
    // Of chains that say the same here, the likeliest two: further on they may part.
    let mut said: Vec<&[char]> = Vec::new();
    let kept: Vec<bool> = found
        .iter()
        .map(|(_, chain, text)| {
            let twins = said.iter().filter(|s| **s == &text[..]).count();
            said.push(text);
            twins == 0 || twins == 1 && chain.steps()[0].truth != Codec::CESU_8
        })
        .collect();
    let mut kept = kept.iter();
    let mut found: Vec<(i64, Chain)> = found
        .iter()
        .filter(|_| kept.next().is_some_and(|&k| k))
        .map(|(gain, chain, _)| (*gain, *chain))
        .collect();
    let best = found.first().map_or(0, |(gain, _)| *gain);
    found.retain(|(gain, _)| *gain > -SPREAD && *gain > best - SPREAD);
    found.dedup_by_key(|(_, chain)| *chain);
    found.into_iter().map(|(_, chain)| chain).take(MOST).collect()
}

fn cost_of(model: &Model, before: State, text: &[char]) -> i64 {
    let mut state = before;
    let mut total = 0;
    for &c in text {
        let (cost, next) = model.score(state, c);
        total += i64::from(cost);
        state = next;
    }
    total
}

/// Whether the misread can have produced most of the odd characters.
fn covers(misread: Codec, text: &[char], odd: &[bool]) -> bool {
    let (mut can, mut all) = (0, 0);
    for (&c, _) in text.iter().zip(odd).filter(|&(&c, &o)| o && c > '\u{7F}' && c != '\u{FFFD}') {
        all += 1;
        can += usize::from(misread.produces(c));
    }
    can > 0 && can * 10 >= all * 6
}

/// Undoes a step on a sample as far as it goes: the text, the bytes that did not fit, and the characters above
/// 7F that did.
fn unread_read(step: Step, text: &[char]) -> (Vec<char>, u32, u32) {
    let mut out = Vec::with_capacity(text.len());
    let (mut errors, mut read) = (0, 0);
    let mut pending = Pending::default();
    for &c in text {
        let mark = c == '\u{FFFD}' || c == '?' && !pending.is_empty();
        let seq = if mark { None } else { step.misread.unread_first(c) };
        let Some(seq) = seq else {
            pending = Pending::default();
            if !mark {
                out.push(c);
            }
            continue;
        };
        for &b in seq.as_slice() {
            let mut outcomes = step.truth.feed(pending, LatticeByte::known(b));
            if outcomes.is_empty() {
                errors += 1;
                pending = Pending::default();
                outcomes = step.truth.feed(pending, LatticeByte::known(b));
            }
            pending = Pending::default();
            match outcomes.iter().next() {
                Some(Fed::More(p)) => pending = *p,
                Some(Fed::Char(c)) => {
                    read += u32::from(*c > '\u{7F}');
                    out.push(*c);
                }
                Some(Fed::Two(two)) => {
                    read += 1;
                    out.extend_from_slice(two);
                }
                Some(Fed::Pattern(_)) | None => {}
            }
        }
    }
    (out, errors, read)
}
