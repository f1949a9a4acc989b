//! How the tables of the first look are made. Given the model, returns them as bytes; deterministic.
//!
//! A weight is a logarithm of a ratio: how likely a character is in damaged text, over how likely it is in clean text of
//! its script. The first comes from damage made here, character after character by frequency alone, under every step that
//! [`propose`](crate::propose) looks for; the likeliest step counts.

use super::sieve::{
    LETTER_BYTES, MARKED, PAIR_BYTES, PAIR_WORDS, PLANE, STEPS, TYPICAL_PAIR, TYPICAL_WIDE_PAIR, letter,
};
use crate::chain::Step;
use crate::codec::{ByteSeq, Codec, FedKnown, Pending};
use crate::cost::{Cost, NAT};
use crate::hash::place_of_pair;
use crate::lm::Model;
use crate::propose::{MISREADS, TRUTHS, is_likely};

/// Characters of damage made under each step.
const DRAWN: usize = 20_000;
/// What is as rare as this is not drawn, in 1/256 nat.
const RARE: Cost = 3_500;
/// What damage never showed has this logarithm.
const UNSEEN: f64 = -14.0;
/// How much of its prior a step is held to have.
const PRIOR: f64 = 0.5;
/// What switching to a script costs that has few characters.
const SCRIPT: f64 = 1.0;
/// The logarithm of how likely a letter is in clean text of its script, where the model does not know the script.
const LETTER: f64 = -5.0;
/// The most that one character can say, in steps.
const MOST: f64 = 44.0;
/// How much a character says against damage at most, in steps.
const LEAST: f64 = -32.0;

/// Scripts that are told apart; the last ones are Han and the Han that only traditional Chinese has, the first everything
/// else.
fn script(c: char) -> usize {
    // Big5 but not GB 2312.
    let is_traditional = || {
        let plain = |seq: ByteSeq| seq.iter().all(|&b| b >= 0xA1) && seq.len() == 2;
        !Codec::GBK.tables().unread_first(c).is_some_and(plain)
            && Codec::BIG5.tables().unread_first(c).is_some()
    };
    match c as u32 {
        0x80..=0x24F | 0x1E00..=0x1EFF => 1,
        0x370..=0x3FF => 2,
        0x400..=0x52F => 3,
        0x590..=0x5FF => 4,
        0x600..=0x6FF => 5,
        0x900..=0x97F => 6,
        0xE00..=0xE7F => 7,
        0x3040..=0x30FF => 8,
        0xAC00..=0xD7AF => 9,
        0x4E00..=0x9FFF if is_traditional() => TRADITIONAL,
        0x2E80..=0x9FFF | 0xFF00..=0xFF60 => HAN,
        _ => 0,
    }
}

/// Whether text in a script that the model does not know has this letter. Yi and what comes after it are what Big5 becomes
/// as UTF-16.
fn is_letter_of_unknown(c: char) -> bool {
    c < '\u{A000}' && crate::plain::is_unknown(c)
}

const HAN: usize = 10;
const TRADITIONAL: usize = 11;
/// The scripts that UTF-8 is drawn from, one after the other: Latin, Greek, Cyrillic, Han and kana, Hangul.
const GROUPS: [&[usize]; 5] = [&[1], &[2], &[3], &[8, HAN, TRADITIONAL], &[9]];
const ALL: [&[usize]; 1] = [&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, HAN, TRADITIONAL]];

/// Natural logarithms and their inverse, the same on every machine: by basic operations alone.
fn exp(x: f64) -> f64 {
    crate::judge::exp_minus(-x)
}

fn ln(x: f64) -> f64 {
    // x = m · 2^k, ln m by its series in (m - 1) / (m + 1).
    let bits = x.to_bits();
    let k = f64::from(i32::try_from(bits >> 52 & 0x7FF).unwrap_or(0) - 1023);
    let m = f64::from_bits(bits & !(0x7FF << 52) | 1023 << 52);
    let z = (m - 1.0) / (m + 1.0);
    let (mut sum, mut power) = (0.0, z);
    for i in 0..20 {
        sum += power / f64::from(2 * i + 1);
        power *= z * z;
    }
    2.0 * sum + k * std::f64::consts::LN_2
}

/// Bytes of text in `truth`, character after character by frequency.
fn draw(model: &Model, chars: &[char], truth: Codec, scripts: &[usize], random: &mut u64) -> Vec<u8> {
    let mut uniform = || {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*random >> 11) as f64 / (1_u64 << 53) as f64
    };
    let tables = truth.tables();
    let mut total = 0.0;
    let mut bag: Vec<(f64, ByteSeq)> = Vec::new();
    for &c in chars.iter().filter(|&&c| scripts.contains(&script(c))) {
        if let Some(seq) = tables.unread_first(c).filter(|seq| seq.len() > 1 || truth.is_single_byte()) {
            total += exp(-f64::from(model.unigram(c)) / f64::from(NAT));
            bag.push((total, seq));
        }
    }
    let mut bytes = Vec::new();
    for _ in 0..if bag.is_empty() { 0 } else { DRAWN } {
        let x = uniform() * total;
        let k = bag.partition_point(|(sum, _)| *sum < x).min(bag.len() - 1);
        bytes.extend_from_slice(bag[k].1.as_slice());
        // Now and then something between, so that pairs begin at either byte.
        if uniform() < 0.03 {
            bytes.push(b' ');
        }
    }
    bytes
}

/// Calls `each` with what `misread` makes of `bytes`.
fn misread_as(misread: Codec, bytes: &[u8], mut each: impl FnMut(char)) {
    let tables = misread.tables();
    let mut pending = Pending::default();
    for &b in bytes {
        let mut fed = tables.feed_known(pending, b);
        if fed == FedKnown::Invalid {
            fed = tables.feed_known(Pending::default(), b);
        }
        pending = Pending::default();
        match fed {
            FedKnown::More(p) => pending = p,
            FedKnown::Char(c) => each(c),
            FedKnown::Two(two) => two.into_iter().for_each(&mut each),
            FedKnown::Invalid => {}
        }
    }
}

/// Of each character the logarithm of how likely it is in damaged text.
fn in_damage(model: &Model, chars: &[char]) -> Vec<f64> {
    let mut best = vec![UNSEEN; PLANE];
    let mut counts = vec![0_u32; PLANE];
    let mut random = 1;
    for &(truth, truth_prior) in TRUTHS.iter().filter(|(truth, _)| *truth != Codec::CESU_8) {
        let groups: &[&[usize]] = if truth == Codec::UTF_8 { &GROUPS } else { &ALL };
        for scripts in groups {
            let bytes = draw(model, chars, truth, scripts, &mut random);
            for &(misread, misread_prior) in MISREADS {
                if !is_likely(Step { truth, misread }) {
                    continue;
                }
                counts.fill(0);
                let mut total = 0_u32;
                misread_as(misread, &bytes, |c| {
                    if let Some(count) = counts.get_mut(c as usize).filter(|_| !c.is_ascii()) {
                        *count += 1;
                        total += 1;
                    }
                });
                let prior = f64::from(truth_prior + misread_prior) / f64::from(NAT) * PRIOR;
                for (best, &count) in best.iter_mut().zip(&counts).filter(|(_, count)| **count > 0) {
                    *best = best.max(ln(f64::from(count) / f64::from(total)) - prior);
                }
            }
        }
    }
    best
}

/// The weights, letters and pairs of [`super::sieve`].
pub(crate) fn build(model: &Model) -> Vec<u8> {
    let chars: Vec<char> =
        ('\u{80}'..='\u{FFFF}').filter(|&c| model.knows(c) && model.unigram(c) < RARE).collect();
    let mut share = [0.0; TRADITIONAL + 1];
    for &c in &chars {
        share[script(c)] += exp(-f64::from(model.unigram(c)) / f64::from(NAT));
    }
    let damaged = in_damage(model, &chars);
    let mut bytes: Vec<u8> = Vec::with_capacity(PLANE + LETTER_BYTES + PAIR_BYTES);
    for (code, damaged) in (0..).zip(damaged) {
        let weight = match char::from_u32(code) {
            None | Some('\0'..='\x7F') => 0.0,
            Some(c) => {
                let of = script(c);
                let known = -f64::from(model.unigram(c)) / f64::from(NAT)
                    - if of == 0 || of == HAN { 0.0 } else { ln(share[of]) + SCRIPT };
                let clean = if is_letter_of_unknown(c) { known.max(LETTER) } else { known };
                (damaged - clean) * f64::from(STEPS)
            }
        };
        let marked = MARKED.iter().find(|(marked, _)| *marked as u32 == code);
        bytes.push(marked.map_or(weight.clamp(LEAST, MOST) as i8, |(_, weight)| *weight).cast_unsigned());
    }
    let mut letters = vec![0_u8; LETTER_BYTES];
    let mut pairs = vec![0_u64; PAIR_WORDS];
    let mut insert = |a: char, b: char| {
        if let (Some(x), Some(y)) = (letter(a as u32), letter(b as u32)) {
            letters[x * (LETTER_BYTES / LETTERS) + y / 8] |= 1 << (y % 8);
        } else {
            let (word, bits) = place_of_pair(a as u32, b as u32);
            pairs[word] |= bits;
        }
    };
    const LETTERS: usize = super::sieve::LETTERS;
    let is_wide = |c: char| c > '\u{2E7F}';
    model.each_usual_pair(TYPICAL_WIDE_PAIR, |a, b| {
        if is_wide(a) && is_wide(b) {
            insert(a, b);
        }
    });
    // Of letters the table of pairs tells, as in the second look.
    model.each_usual_pair(TYPICAL_PAIR, |a, b| {
        if a.is_ascii() || b.is_ascii() || letter(a as u32).is_none() && letter(b as u32).is_none() {
            insert(a, b);
        }
    });
    for (a, b) in model.pairs_of_letters() {
        insert(a, b);
    }
    bytes.extend(letters);
    bytes.extend(pairs.iter().flat_map(|word| word.to_le_bytes()));
    bytes
}
