//! Seven-bit codecs that change their meaning by escapes: HZ, ISO-2022-JP, ISO-2022-CN, ISO-2022-KR.

use std::ops::Range;

use super::{Decoded, Piece, Read, Undecodable, Written, path, step};
use crate::codec::Codec;
use crate::cost::{Cost, nats};
use crate::lm::Model;
use crate::report::Confidence;

const ESC: u8 = 0x1B;
const SO: u8 = 0x0E;
const SI: u8 = 0x0F;

/// By how much a stretch must read better than as ASCII.
const ESCAPED: Cost = nats(6.0);

/// So many pairs before the end of a line are HZ without `~}` as well.
const HZ_UNCLOSED: usize = 4;

/// A stretch of escaped bytes, its escapes included.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) start: usize,
    pub(super) end: usize,
    written: Written,
    /// What it reads, with the bytes that each takes.
    reads: Vec<(Read, Range<usize>)>,
}

/// A set of characters that bytes 21 to 7E may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Ascii,
    /// JIS X 0201's kana, one byte each.
    Kana,
    /// 94 × 94, with the codec that has it with its high bits set, and the byte that goes before.
    Pairs(Codec, Option<u8>),
}

/// The sets and the escapes that choose them for what is not shifted.
const DESIGNATIONS: [(&[u8], Set); 7] = [
    (b"(B", Set::Ascii),
    (b"(J", Set::Ascii),
    (b"(I", Set::Kana),
    (b"$B", Set::Pairs(Codec::EUC_JP, None)),
    (b"$@", Set::Pairs(Codec::EUC_JP, None)),
    (b"$(D", Set::Pairs(Codec::EUC_JP, Some(0x8F))),
    (b"$A", Set::Pairs(Codec::GBK, None)),
];

/// Those for what is shifted, which stay for the rest of the document.
const SHIFTED: [(&[u8], Set, Written); 2] = [
    (b"$)A", Set::Pairs(Codec::GBK, None), Written::Iso2022Cn),
    (b"$)C", Set::Pairs(Codec::EUC_KR, None), Written::Iso2022Kr),
];

/// The stretches that read better than they do as ASCII, in order.
pub(super) fn stretches(model: &Model, bytes: &[u8]) -> Vec<Stretch> {
    let mut found = Vec::new();
    let mut shifted = None;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let Some(next) = rest.iter().position(|b| matches!(b, b'~' | &ESC | &SO)) else { break };
        at += next;
        // Behind a byte that is no ASCII it may be the second half of a character.
        let free = at == 0 || bytes[at - 1].is_ascii();
        let stretch = match bytes[at] {
            _ if !free => None,
            b'~' => hz(bytes, at),
            _ => iso_2022(bytes, at, &mut shifted),
        };
        match stretch {
            Some(stretch) if is_better(model, bytes, &stretch) => {
                at = stretch.end;
                found.push(stretch);
            }
            _ => at += 1,
        }
    }
    found
}

/// Whether the model likes what a stretch reads better than its bytes as they stand.
fn is_better(model: &Model, bytes: &[u8], stretch: &Stretch) -> bool {
    let mut state = model.start();
    let cost: i64 =
        stretch.reads.iter().map(|(read, _)| i64::from(path::score(model, &mut state, *read))).sum();
    let as_ascii = path::cost(model, Codec::WINDOWS_1252, &bytes[stretch.start..stretch.end]);
    cost + i64::from(ESCAPED) < as_ascii
}

/// HZ: `~{`, pairs, and `~}` or the end of the line.
fn hz(bytes: &[u8], start: usize) -> Option<Stretch> {
    if bytes.get(start + 1) != Some(&b'{') {
        return None;
    }
    let mut reads = Vec::new();
    let mut at = start + 2;
    let is_whole = loop {
        match bytes.get(at..).unwrap_or_default() {
            [b'~', b'}', ..] => {
                at += 2;
                break true;
            }
            pair @ [0x21..=0x77, 0x21..=0x7E, ..] => {
                reads.push((double(Codec::GBK, None, &pair[..2]), at..at + 2))
            }
            [] | [b'\n' | b'\r', ..] => break reads.len() >= HZ_UNCLOSED,
            _ => break false,
        }
        at += 2;
    };
    (is_whole && !reads.is_empty()).then_some(Stretch { start, end: at, written: Written::Hz, reads })
}

/// From an escape or a shift on, until neither is in force or the line ends.
fn iso_2022(bytes: &[u8], start: usize, shifted: &mut Option<(Set, Written)>) -> Option<Stretch> {
    let mut set = Set::Ascii;
    let mut is_shifted = false;
    let mut written = None;
    let mut reads = Vec::new();
    let mut at = start;
    let mut end = start;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            ESC => {
                let rest = &bytes[at + 1..];
                if let Some((escape, to)) = DESIGNATIONS.iter().find(|(escape, _)| rest.starts_with(escape)) {
                    set = *to;
                    written = written.or(Some(Written::In(Codec::ISO_2022_JP)));
                    at += 1 + escape.len();
                } else if let Some((escape, to, name)) =
                    SHIFTED.iter().find(|(escape, ..)| rest.starts_with(escape))
                {
                    *shifted = Some((*to, *name));
                    written = written.or(Some(*name));
                    at += 1 + escape.len();
                } else {
                    break;
                }
                end = at;
            }
            SO | SI => {
                let Some((_, name)) = *shifted else { break };
                is_shifted = byte == SO;
                written = Some(name);
                at += 1;
                end = at;
            }
            _ => {
                let set = match *shifted {
                    Some((set, _)) if is_shifted => set,
                    _ => set,
                };
                let (read, length) = match set {
                    Set::Ascii => break,
                    _ if !matches!(byte, 0x21..=0x7E) => break,
                    Set::Kana => (double(Codec::EUC_JP, Some(0x8E), &[byte]), 1),
                    Set::Pairs(codec, before) => match bytes.get(at..at + 2) {
                        Some(pair) if matches!(pair[1], 0x21..=0x7E) => (double(codec, before, pair), 2),
                        _ => (Read::Bad(1), 1),
                    },
                };
                reads.push((read, at..at + length));
                at += length;
                end = at;
            }
        }
    }
    written.map(|written| Stretch { start, end, written, reads })
}

/// The character of seven-bit bytes in a codec that has it with the high bits set.
fn double(codec: Codec, before: Option<u8>, bytes: &[u8]) -> Read {
    let high: Vec<u8> = before.into_iter().chain(bytes.iter().map(|b| b | 0x80)).collect();
    match step(codec, &high) {
        ([Some(Read::Char(c)), None], length) if length == high.len() => Read::Char(c),
        _ => Read::Bad(bytes.len()),
    }
}

/// Writes the text of a stretch and says what it is.
pub(super) fn push(out: &mut Decoded, stretch: &Stretch, skipped: usize) {
    let at = out.text.len();
    for (read, place) in &stretch.reads {
        match read {
            Read::Char(c) => out.text.push(*c),
            Read::Bad(_) => {
                let (start, end) = (skipped + place.start, skipped + place.end);
                out.undecodable.push(Undecodable { start, end, at: out.text.len() });
                out.text.push(char::REPLACEMENT_CHARACTER);
            }
        }
    }
    out.pieces.push(Piece {
        start: skipped + stretch.start,
        end: skipped + stretch.end,
        at,
        written: stretch.written,
        confidence: Confidence::ONE,
    });
}
