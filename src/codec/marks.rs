//! What a reader of two bytes a character can make nothing of: the bytes that stand behind a mark, or were dropped.
//!
//! A pair of bytes that a page has would have become its character. So where a mark shows, or a byte is gone, the pair
//! was one that the page lacks, and there are few of those: every lead byte of Korean's page but two has all 94.

use std::sync::OnceLock;

use super::Codec;
use super::tables::{ByteSet, Pair, Tables, insert};

/// What a codec of two bytes a character lacks.
#[derive(Debug)]
pub(super) struct Lacks {
    /// Bytes that are no character by themselves.
    pub(super) alone: ByteSet,
    /// Those that are none with some byte above 7F either, and with some byte from A1 on.
    pub(super) firsts: ByteSet,
    pub(super) firsts_of_high: ByteSet,
    /// The bytes above 7F that are none after some of them.
    pub(super) seconds: ByteSet,
    /// By first byte − 80: those that are none after it.
    pub(super) after: Box<[ByteSet; 128]>,
}

/// The bit sets of a [`Lacks`], in the order of the sets that a lattice byte may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Alone,
    Firsts,
    FirstsOfHigh,
    Seconds,
}

impl Part {
    pub(super) const ALL: [Self; 4] = [Self::Alone, Self::Firsts, Self::FirstsOfHigh, Self::Seconds];
}

/// The codecs that have one, in the order of their sets.
const CODECS: [Codec; 9] = [
    Codec::GBK,
    Codec::GB18030,
    Codec::CP936,
    Codec::BIG5,
    Codec::CP950,
    Codec::SHIFT_JIS,
    Codec::CP932,
    Codec::EUC_KR,
    Codec::CP949,
];

/// How many sets there are in all.
pub(super) const SETS: usize = CODECS.len() * Part::ALL.len();

/// The other vendor's page of the same name: which of the two wrote a text, its characters seldom tell.
fn sibling(codec: Codec) -> Codec {
    match codec {
        // Readers of GBK other than the standard's have nothing at 80.
        Codec::GBK | Codec::CP936 => Codec::GB18030,
        Codec::BIG5 => Codec::CP950,
        Codec::CP950 => Codec::BIG5,
        Codec::SHIFT_JIS => Codec::CP932,
        Codec::CP932 => Codec::SHIFT_JIS,
        Codec::EUC_KR => Codec::CP949,
        Codec::CP949 => Codec::EUC_KR,
        other => other,
    }
}

/// Whether it has nearly every pair. A mark in text that was read so may then stand for one that it has: another reader had not, or it was
/// lost later.
pub(super) fn is_full(codec: Codec) -> bool {
    [Codec::GBK, Codec::GB18030, Codec::CP936].contains(&codec)
}

/// The number of a set, below [`SETS`].
pub(super) fn number(codec: Codec, part: Part) -> Option<usize> {
    let at = CODECS.iter().position(|&own| own == codec)?;
    Some(at * Part::ALL.len() + Part::ALL.iter().position(|&own| own == part)?)
}

/// The codec and the part of set `number`.
fn of_number(number: usize) -> Option<(usize, Part)> {
    Some((number / Part::ALL.len(), *Part::ALL.get(number % Part::ALL.len())?)).filter(|_| number < SETS)
}

/// Set `number`.
pub(super) fn set(number: usize) -> Option<&'static ByteSet> {
    let (at, part) = of_number(number)?;
    let lacks = lacks(at);
    Some(match part {
        Part::Alone => &lacks.alone,
        Part::Firsts => &lacks.firsts,
        Part::FirstsOfHigh => &lacks.firsts_of_high,
        Part::Seconds => &lacks.seconds,
    })
}

/// What a byte that is one of set `number` rules out of those after it: where the set is of first bytes, the codec has no pair of
/// the two.
pub(super) fn after(number: usize, first: u8) -> Option<&'static ByteSet> {
    let (at, part) = of_number(number)?;
    if part == Part::Seconds || first < 0x80 {
        return None;
    }
    lacks(at).after.get(usize::from(first & 0x7F))
}

fn lacks(at: usize) -> &'static Lacks {
    static ALL: [OnceLock<Lacks>; CODECS.len()] = [const { OnceLock::new() }; CODECS.len()];
    ALL[at].get_or_init(|| Lacks::new(CODECS[at]))
}

impl Lacks {
    fn new(codec: Codec) -> Self {
        let pages = [codec, sibling(codec)].map(Codec::tables);
        let is_one = |page: &Tables, byte: u8| match page {
            Tables::Double(double) => super::tables::has(&double.singles, byte),
            _ => true,
        };
        // Private characters are the first to be lost on the way.
        let is_pair = |page: &Tables, a: u8, b: u8| match page {
            Tables::Double(double) => match double.pair(a, b) {
                Pair::One(c) => !matches!(c, '\u{E000}'..='\u{F8FF}'),
                Pair::Two(_) => true,
                Pair::None => false,
            },
            _ => true,
        };
        let mut it = Self {
            alone: [0; 4],
            firsts: [0; 4],
            firsts_of_high: [0; 4],
            seconds: [0; 4],
            after: Box::new([[0; 4]; 128]),
        };
        // FF is a second byte of none, which would say of every first byte that it may be lost. Under a page that lacks few pairs that
        // doubt is wanted: what else may have been dropped is so little that it would be told where a gap is right.
        let last = if is_full(codec) { 0xFF } else { 0xFE };
        for a in 0x80..=0xFF {
            if pages.iter().all(|page| is_one(page, a)) {
                continue;
            }
            insert(&mut it.alone, a);
            for b in 0x80..=last {
                if pages.iter().all(|page| is_pair(page, a, b)) {
                    continue;
                }
                insert(&mut it.after[usize::from(a & 0x7F)], b);
                insert(&mut it.firsts, a);
                insert(&mut it.seconds, b);
                if b >= 0xA1 {
                    insert(&mut it.firsts_of_high, a);
                }
            }
        }
        it
    }
}
