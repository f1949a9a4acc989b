//! Read: bytes → characters, one byte at a time, where a byte may be unknown.
//!
//! A codec is a set of [`Shape`]s (a range for each byte, independent of the others) and, if it has tables, of pairs.
//! Known bytes take [`Tables::feed_known`], which is plain look-ups.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use super::Codec;
use super::marks::{self, Part};
use super::tables::{ByteSet, LEAD, Pair, Tables, four_char, has, insert};
use super::unread::{ByteSeq, Decoded, MAX_BYTES, assemble, pointer};

/// One byte of a lattice: known, or any one of a set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LatticeByte(u16);

/// The bytes `from` to `to`, both included.
const fn span(from: u8, to: u8) -> ByteSet {
    let mut set = [0; 4];
    let mut byte = from as usize;
    while byte <= to as usize {
        set[byte >> 6] |= 1 << (byte & 63);
        byte += 1;
    }
    set
}

const fn union(a: ByteSet, b: ByteSet) -> ByteSet {
    [a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]]
}

/// The sets that a [`LatticeByte`] may be, by its value less 256.
static SETS: [ByteSet; 13] = [
    span(0x00, 0xFF),
    span(0x80, 0xFF),
    span(0x80, 0x9F),
    union(span(0x80, 0x9F), span(0xAD, 0xAD)),
    span(0x00, 0x3F),
    span(0x00, 0x7F),
    span(0x40, 0x7E),
    span(0xA1, 0xA7),
    span(0x40, 0xA0),
    union(span(0xAA, 0xAF), span(0xF8, 0xFE)),
    span(0xA1, 0xFE),
    span(0xF0, 0xF9),
    span(0x40, 0xFC),
];

/// For each codec, the bytes that it reads as something invisible: controls beyond ASCII and the soft hyphen. Filled in where a
/// [`LatticeByte`] of it is made, since that takes the codec's tables.
static INVISIBLE: [OnceLock<ByteSet>; Codec::COUNT] = [const { OnceLock::new() }; Codec::COUNT];

fn invisible_to(codec: Codec) -> ByteSet {
    let is_so =
        |byte: &u8| matches!(codec.decode_step(&[*byte]), Decoded::Char('\u{80}'..='\u{9F}' | '\u{AD}', _));
    let mut set = [0; 4];
    (0x80..=0xFF).filter(is_so).for_each(|byte| insert(&mut set, byte));
    set
}

/// The value of the first lattice byte of [`marks`].
const FIRST_LACK: usize = 256 + SETS.len() + Codec::COUNT;
const _: () = assert!(FIRST_LACK + marks::SETS <= 512, "a lattice byte has nine bits");

impl LatticeByte {
    /// Any byte.
    pub(crate) const ANY: Self = Self(256);
    /// 80 to FF.
    pub(crate) const HIGH: Self = Self(257);
    /// 80 to 9F: what is a C1 control in Latin-1.
    #[cfg(test)]
    pub(crate) const C1: Self = Self(258);
    /// 80 to 9F and AD: what is invisible in Latin-1.
    #[cfg(test)]
    pub(crate) const C1_OR_SHY: Self = Self(259);
    /// 00 to 3F: ASCII that is no trail byte of a two-byte sequence.
    pub(crate) const LOW: Self = Self(260);
    /// 00 to 7F.
    #[cfg(test)]
    pub(crate) const ASCII: Self = Self(261);
    /// 40 to 7E: ASCII that may be a trail byte.
    #[cfg(test)]
    pub(crate) const TRAIL_ASCII: Self = Self(262);
    /// The first and second bytes of GBK's private-use characters, in its two areas.
    pub(crate) const GBK_PRIVATE: [[Self; 2]; 2] = [[Self(263), Self(264)], [Self(265), Self(266)]];

    /// The same of code page 932.
    pub(crate) const CP932_PRIVATE: [[Self; 2]; 1] = [[Self(267), Self(268)]];

    /// A byte that `misread` reads as something invisible, which is easily stripped; none where it has no such byte.
    pub(crate) fn invisible(misread: Codec) -> Option<Self> {
        let id = u16::try_from(256 + SETS.len() + misread.index()).ok()?;
        let set = INVISIBLE.get(misread.index())?.get_or_init(|| invisible_to(misread));
        (*set != [0; 4]).then_some(Self(id))
    }

    /// A byte that `misread` reads as nothing by itself; none where it is no page of two bytes a character, as for the next
    /// three.
    pub(crate) fn unreadable(misread: Codec) -> Option<Self> {
        Self::lacking(misread, Part::Alone).filter(|_| !marks::is_full(misread))
    }

    /// Two bytes above 7F that it reads as nothing, or as a private character: a [`Pattern`] admits only pairs of them that are so.
    pub(crate) fn unreadable_pair(misread: Codec) -> Option<[Self; 2]> {
        Some([Self::lacking(misread, Part::Firsts)?, Self::lacking(misread, Part::Seconds)?])
    }

    /// Whether it has nearly every pair, so that others lack what it has.
    pub(crate) fn is_full(misread: Codec) -> bool {
        marks::is_full(misread)
    }

    /// A byte that it reads as nothing with `next`.
    pub(crate) fn unreadable_before(misread: Codec, next: u8) -> Option<Self> {
        let part = match next {
            0..=0x3F => Part::Alone,
            0x40..=0xA0 => Part::Firsts,
            0xA1..=0xFF => Part::FirstsOfHigh,
        };
        Self::lacking(misread, part)
    }

    fn lacking(misread: Codec, part: Part) -> Option<Self> {
        u16::try_from(FIRST_LACK + marks::number(misread, part)?).ok().map(Self)
    }

    /// Whether, if it is `own`, `next` may come after it.
    fn allows_after(self, own: u8, next: u8) -> bool {
        let number = usize::from(self.0).checked_sub(FIRST_LACK);
        let rest = number.and_then(|number| marks::after(number, own));
        rest.is_none_or(|set| next < 0x80 || has(set, next))
    }

    /// A byte that is known.
    #[inline]
    pub(crate) const fn known(byte: u8) -> Self {
        Self(byte as u16)
    }

    /// The byte, if it is known.
    #[inline]
    pub(crate) const fn value(self) -> Option<u8> {
        let [unknown, byte] = self.0.to_be_bytes();
        if unknown == 0 { Some(byte) } else { None }
    }

    /// Whether it may be `byte`.
    #[inline]
    pub(crate) fn admits(self, byte: u8) -> bool {
        match self.value() {
            Some(own) => own == byte,
            None => has(self.unknown(), byte),
        }
    }

    /// The set of an unknown byte.
    fn unknown(self) -> &'static ByteSet {
        let id = usize::from(self.0.wrapping_sub(256));
        let invisible = || INVISIBLE.get(id.wrapping_sub(SETS.len())).and_then(OnceLock::get);
        let lacking = || marks::set(usize::from(self.0).wrapping_sub(FIRST_LACK));
        SETS.get(id).or_else(invisible).or_else(lacking).unwrap_or(&SETS[0])
    }

    /// The bytes it may be.
    fn set(self) -> ByteSet {
        match self.value() {
            Some(byte) => span(byte, byte),
            None => *self.unknown(),
        }
    }
}

impl Default for LatticeByte {
    fn default() -> Self {
        Self::known(0)
    }
}

impl fmt::Debug for LatticeByte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value() {
            Some(byte) => write!(f, "{byte:02X}"),
            None => write!(f, "set{}", self.0 - 256),
        }
    }
}

/// How many bytes the set has.
fn size(set: &ByteSet) -> usize {
    set.iter().map(|word| word.count_ones() as usize).sum()
}

fn intersect(a: &ByteSet, b: &ByteSet) -> ByteSet {
    [a[0] & b[0], a[1] & b[1], a[2] & b[2], a[3] & b[3]]
}

/// The bytes of a set, in order.
fn bytes_of(set: ByteSet) -> impl Iterator<Item = u8> {
    [0, 64, 128, 192].into_iter().zip(set).flat_map(|(first, mut word)| {
        std::iter::from_fn(move || {
            let bit = (word != 0).then(|| word.trailing_zeros() as u8)?;
            word &= word - 1;
            Some(first + bit)
        })
    })
}

/// How many bits a byte takes in [`Packed`]: nine, so that 256 sets have room.
const SLOT: u32 = 9;
/// The ninth bit of each slot: the byte is not known.
const UNKNOWN: u64 = 0x100 | 0x100 << 9 | 0x100 << 18 | 0x100 << 27 | 0x100 << 36 | 0x100 << 45;

/// Up to six lattice bytes in one word: the last in the lowest nine bits, their number from bit 56 on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
struct Packed(u64);

impl Packed {
    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    const fn len(self) -> usize {
        (self.0 >> 56) as usize
    }

    /// Byte `at` from the first; anything where there is none.
    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    const fn at(self, at: usize) -> LatticeByte {
        LatticeByte((self.0 >> (SLOT * (self.len().wrapping_sub(at + 1) & 7) as u32)) as u16 & 0x1FF)
    }

    /// Byte `at` from the first, if it is known; anything otherwise.
    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    const fn byte(self, at: usize) -> u8 {
        (self.0 >> (SLOT * (self.len().wrapping_sub(at + 1) & 7) as u32)) as u8
    }

    /// With one more byte; what is over six is lost.
    #[inline]
    const fn with(self, byte: LatticeByte) -> Self {
        let bytes = (self.0 << SLOT | byte.0 as u64) & ((1 << (SLOT * 6)) - 1);
        let len = self.len() as u64 + 1;
        Self(bytes | (if len > MAX_BYTES as u64 { MAX_BYTES as u64 } else { len }) << 56)
    }

    #[inline]
    const fn first(byte: u8) -> Self {
        Self(1 << 56 | byte as u64)
    }

    #[inline]
    const fn is_known(self) -> bool {
        self.0 & UNKNOWN == 0
    }

    #[inline]
    fn list(self) -> LatticeBytes {
        let mut all = [LatticeByte::known(0); MAX_BYTES];
        let len = self.len().min(MAX_BYTES);
        for (at, slot) in all.iter_mut().enumerate().take(len) {
            *slot = self.at(at);
        }
        LatticeBytes { len, all }
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list().iter()).finish()
    }
}

/// The bytes of a [`Pending`] or a [`Pattern`], in order; dereferences to a slice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LatticeBytes {
    len: usize,
    all: [LatticeByte; MAX_BYTES],
}

impl Deref for LatticeBytes {
    type Target = [LatticeByte];

    #[inline]
    fn deref(&self) -> &[LatticeByte] {
        self.all.get(..self.len).unwrap_or(&self.all)
    }
}

/// Bytes read of a character that is not complete yet, 0 to 5. One word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(crate) struct Pending(Packed);

/// A complete character of which some bytes are unknown, 1 to 6 bytes. One word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(crate) struct Pattern(Packed);

impl Pending {
    /// Whether nothing has been read of a character.
    #[inline]
    pub(crate) const fn is_empty(self) -> bool {
        self.0.0 == 0
    }

    /// Whether all of its bytes are known; true where it is empty.
    #[inline]
    pub(crate) const fn is_known(self) -> bool {
        self.0.is_known()
    }

    /// The bytes.
    #[cfg(test)]
    pub(crate) fn bytes(self) -> LatticeBytes {
        self.0.list()
    }
}

impl Pattern {
    /// The bytes.
    #[inline]
    pub(crate) fn bytes(self) -> LatticeBytes {
        self.0.list()
    }

    /// How many of its bytes are known.
    #[inline]
    pub(crate) const fn known(self) -> usize {
        self.len() - (self.0.0 & UNKNOWN).count_ones() as usize
    }

    /// How many bytes it has.
    #[inline]
    pub(crate) const fn len(self) -> usize {
        self.0.len()
    }

    /// With the only byte that is not known before another of the others each time; none where there is not one such byte.
    pub(crate) fn others(self) -> impl Iterator<Item = Self> {
        let bytes = self.bytes();
        let lost =
            bytes.iter().position(|byte| byte.value().is_none()).filter(|_| self.known() + 1 == self.len());
        lost.into_iter().flat_map(move |lost| {
            (0..bytes.len()).filter(move |&to| to != lost).map(move |to| {
                let mut known = bytes.iter().filter(|byte| byte.value().is_some());
                let order = (0..bytes.len())
                    .map_while(|k| if k == to { Some(bytes[lost]) } else { known.next().copied() });
                Self(order.fold(Packed::default(), Packed::with))
            })
        })
    }

    /// Whether not all that fits byte by byte fits: some pairs are ruled out.
    pub(crate) fn has_pairs(self) -> bool {
        self.bytes().iter().take(self.len() - 1).any(|own| usize::from(own.0) >= FIRST_LACK)
    }
}

/// A pattern made ready to be held against many byte strings.
pub(crate) struct Mask {
    pattern: LatticeBytes,
    sets: [ByteSet; MAX_BYTES],
    has_pairs: bool,
}

impl Mask {
    pub(crate) fn of(pattern: Pattern) -> Self {
        let bytes = pattern.bytes();
        let mut sets = [[0; 4]; MAX_BYTES];
        for (set, byte) in sets.iter_mut().zip(bytes.iter()) {
            *set = byte.set();
        }
        Self { pattern: bytes, sets, has_pairs: pattern.has_pairs() }
    }

    /// Whether the pattern may be these bytes.
    #[inline]
    pub(crate) fn admits(&self, bytes: &[u8]) -> bool {
        let allows =
            || self.pattern.iter().zip(bytes.windows(2)).all(|(own, two)| own.allows_after(two[0], two[1]));
        bytes.len() == self.pattern.len
            && self.sets.iter().zip(bytes).all(|(set, byte)| has(set, *byte))
            && (!self.has_pairs || allows())
    }
}

/// What the codec makes of one more known byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FedKnown {
    /// A character is complete.
    Char(char),
    /// A sequence that stands for two characters is complete.
    Two([char; 2]),
    /// More bytes are needed.
    More(Pending),
    /// The codec does not allow the byte there.
    Invalid,
}

/// What the codec makes of one more byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fed {
    /// A character is complete, all of its bytes known.
    Char(char),
    /// A sequence that stands for two characters is complete, all of its bytes known.
    Two([char; 2]),
    /// A character is complete; some of its bytes are not known.
    Pattern(Pattern),
    /// More bytes are needed.
    More(Pending),
}

/// What may come of a byte: 0 to 4 ways on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Outcomes {
    len: u8,
    all: [Fed; 4],
}

impl Outcomes {
    const NONE: Self = Self { len: 0, all: [Fed::Char('\0'); 4] };

    #[inline]
    fn push(&mut self, fed: Fed) {
        if let Some(slot) = self.all.get_mut(usize::from(self.len)) {
            *slot = fed;
            self.len += 1;
        }
    }

    #[inline]
    fn only(fed: Fed) -> Self {
        let mut this = Self::NONE;
        this.push(fed);
        this
    }

    /// Those that complete a character.
    pub(crate) fn complete(self) -> Self {
        let mut these = Self::NONE;
        self.into_iter().filter(|fed| !matches!(fed, Fed::More(_))).for_each(|fed| these.push(fed));
        these
    }
}

impl Deref for Outcomes {
    type Target = [Fed];

    #[inline]
    fn deref(&self) -> &[Fed] {
        self.all.get(..usize::from(self.len)).unwrap_or(&self.all)
    }
}

impl IntoIterator for Outcomes {
    type Item = Fed;
    type IntoIter = std::iter::Take<std::array::IntoIter<Fed, 4>>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter().take(usize::from(self.len))
    }
}

/// Sequences of one length whose bytes are independent of each other: a range for each.
#[derive(Debug)]
pub(super) struct Shape {
    len: usize,
    ranges: [(u8, u8); MAX_BYTES],
}

const fn shape<const N: usize>(ranges: [(u8, u8); N]) -> Shape {
    let mut all = [(0, 0); MAX_BYTES];
    let mut i = 0;
    while i < N {
        all[i] = ranges[i];
        i += 1;
    }
    Shape { len: N, ranges: all }
}

const TAIL: (u8, u8) = (0x80, 0xBF);
const DIGIT: (u8, u8) = (0x30, 0x39);
const GB: (u8, u8) = (0x81, 0xFE);
const WHOLE: (u8, u8) = (0x00, 0xFF);

/// UTF-8 is the first nine; CESU-8 all.
static CESU_8: [Shape; 11] = [
    shape([(0x00, 0x7F)]),
    shape([(0xC2, 0xDF), TAIL]),
    shape([(0xE0, 0xE0), (0xA0, 0xBF), TAIL]),
    shape([(0xE1, 0xEC), TAIL, TAIL]),
    shape([(0xED, 0xED), (0x80, 0x9F), TAIL]),
    shape([(0xEE, 0xEF), TAIL, TAIL]),
    shape([(0xF0, 0xF0), (0x90, 0xBF), TAIL, TAIL]),
    shape([(0xF1, 0xF3), TAIL, TAIL, TAIL]),
    shape([(0xF4, 0xF4), (0x80, 0x8F), TAIL, TAIL]),
    shape([(0xC0, 0xC0), (0x80, 0x80)]),
    shape([(0xED, 0xED), (0xA0, 0xAF), TAIL, (0xED, 0xED), (0xB0, 0xBF), TAIL]),
];

static UTF_16LE: [Shape; 3] = [
    shape([WHOLE, (0x00, 0xD7)]),
    shape([WHOLE, (0xE0, 0xFF)]),
    shape([WHOLE, (0xD8, 0xDB), WHOLE, (0xDC, 0xDF)]),
];

static UTF_16BE: [Shape; 3] = [
    shape([(0x00, 0xD7), WHOLE]),
    shape([(0xE0, 0xFF), WHOLE]),
    shape([(0xD8, 0xDB), WHOLE, (0xDC, 0xDF), WHOLE]),
];

/// ASCII without the bytes that switch.
static ISO_2022_JP: [Shape; 3] = [shape([(0x00, 0x0D)]), shape([(0x10, 0x1A)]), shape([(0x1C, 0x7F)])];

/// GB18030's four-byte sequences: pointers 0 to 39,419 and 189,000 to 1,237,575.
static FOUR: [Shape; 7] = [
    shape([(0x81, 0x83), DIGIT, GB, DIGIT]),
    shape([(0x84, 0x84), (0x30, 0x30), GB, DIGIT]),
    shape([(0x84, 0x84), (0x31, 0x31), (0x81, 0xA4), DIGIT]),
    shape([(0x90, 0xE2), DIGIT, GB, DIGIT]),
    shape([(0xE3, 0xE3), (0x30, 0x31), GB, DIGIT]),
    shape([(0xE3, 0xE3), (0x32, 0x32), (0x81, 0x99), DIGIT]),
    shape([(0xE3, 0xE3), (0x32, 0x32), (0x9A, 0x9A), (0x30, 0x35)]),
];

/// The length of the character whose shape `bytes` begins with, or how many bytes are the start of one.
pub(super) fn shape_of(tables: Tables, bytes: &[u8]) -> Result<usize, usize> {
    let mut viable = 0;
    for shape in tables.shapes() {
        let fits = |(byte, range): (&u8, &(u8, u8))| range.0 <= *byte && *byte <= range.1;
        let run =
            bytes.iter().zip(shape.ranges.iter().take(shape.len)).take_while(|pair| fits(*pair)).count();
        if run == shape.len {
            return Ok(run);
        }
        viable = viable.max(run);
    }
    Err(viable)
}

impl Shape {
    /// What each byte of `pattern` may be in this shape; none if one may be nothing.
    fn sets(&self, pattern: &[LatticeByte]) -> Option<[ByteSet; MAX_BYTES]> {
        let mut sets = [[0; 4]; MAX_BYTES];
        for ((set, byte), range) in sets.iter_mut().zip(pattern).zip(&self.ranges) {
            *set = intersect(&byte.set(), &span(range.0, range.1));
            if *set == [0; 4] {
                return None;
            }
        }
        Some(sets)
    }

    /// Whether the first bytes of a sequence of this shape may be `prefix`.
    fn allows(&self, prefix: &[LatticeByte]) -> bool {
        prefix.len() <= self.len
            && prefix.iter().zip(&self.ranges).all(|(byte, range)| match byte.value() {
                Some(byte) => range.0 <= byte && byte <= range.1,
                None => intersect(byte.unknown(), &span(range.0, range.1)) != [0; 4],
            })
    }
}

impl Tables {
    /// The sequences that need no table.
    fn shapes(self) -> &'static [Shape] {
        match self {
            Self::Utf8 => CESU_8.get(..9).unwrap_or(&[]),
            Self::Cesu8 => &CESU_8,
            Self::Utf16Le => &UTF_16LE,
            Self::Utf16Be => &UTF_16BE,
            Self::Iso2022Jp => &ISO_2022_JP,
            Self::Double(double) if double.four => &FOUR,
            Self::Single(_) | Self::Double(_) => &[],
        }
    }

    /// What the codec makes of `byte` after `pending`, which must be empty or what an earlier call returned.
    #[inline]
    pub(crate) fn feed_known(self, pending: Pending, byte: u8) -> FedKnown {
        match self {
            Self::Utf8 => feed_utf8(pending, byte),
            Self::Double(double) => {
                if pending.is_empty() {
                    let unit = double.single[usize::from(byte)];
                    return match char::from_u32(u32::from(unit)) {
                        Some(c) => FedKnown::Char(c),
                        None if unit == LEAD => FedKnown::More(Pending(Packed::first(byte))),
                        None => FedKnown::Invalid,
                    };
                }
                if pending.0.len() == 1 {
                    let lead = pending.0.byte(0);
                    match char::from_u32(u32::from(double.pair_fast(lead, byte))) {
                        // Most of what is no pair begins nothing longer either.
                        Some('\0') if !double.may_be_longer(lead, byte) => return FedKnown::Invalid,
                        Some('\0') | None => {}
                        Some(c) => return FedKnown::Char(c),
                    }
                }
                self.feed_slowly(pending, byte)
            }
            Self::Single(single) => match char::from_u32(u32::from(single.forward[usize::from(byte)])) {
                Some(c) => FedKnown::Char(c),
                None => FedKnown::Invalid,
            },
            Self::Utf16Le | Self::Utf16Be if pending.0.len() == 1 => {
                let unit = match (self, pending.0.byte(0)) {
                    (Self::Utf16Le, low) => u16::from_le_bytes([low, byte]),
                    (_, high) => u16::from_be_bytes([high, byte]),
                };
                match char::from_u32(u32::from(unit)) {
                    Some(c) => FedKnown::Char(c),
                    None => self.feed_slowly(pending, byte),
                }
            }
            _ => self.feed_slowly(pending, byte),
        }
    }

    /// The character of the basic plane that `byte` is by itself; NUL where it is none, or that takes more to tell.
    #[inline]
    pub(crate) fn of_one(self, byte: u8) -> char {
        let unit = match self {
            Self::Single(single) => single.forward[usize::from(byte)],
            Self::Double(double) => double.single[usize::from(byte)],
            _ => 0,
        };
        char::from_u32(unit.into()).unwrap_or('\0')
    }

    /// The same of two bytes.
    #[inline]
    pub(crate) fn of_two(self, lead: u8, trail: u8) -> char {
        let unit = match self {
            Self::Double(double) => double.pair_fast(lead, trail),
            Self::Utf16Le => u16::from_le_bytes([lead, trail]),
            Self::Utf16Be => u16::from_be_bytes([lead, trail]),
            _ => 0,
        };
        char::from_u32(unit.into()).unwrap_or('\0')
    }

    /// As [`Self::feed_known`], by the shapes: for what is rare.
    #[inline(never)]
    fn feed_slowly(self, pending: Pending, byte: u8) -> FedKnown {
        let next = Pending(pending.0.with(LatticeByte::known(byte)));
        let mut bytes = [0; MAX_BYTES];
        let len = next.0.len();
        for (at, slot) in bytes.iter_mut().enumerate().take(len) {
            *slot = next.0.byte(at);
        }
        let bytes = bytes.get(..len).unwrap_or(&[]);
        if let Self::Double(double) = self {
            match *bytes {
                [lead, second] => match double.pair(lead, second) {
                    Pair::One(c) => return FedKnown::Char(c),
                    Pair::Two(two) => return FedKnown::Two(two),
                    Pair::None if double.three && lead == 0x8F => {
                        let thirds = double.maps.three.as_ref().map(|t| t.thirds[usize::from(second & 0x7F)]);
                        let open = second >= 0xA1 && thirds.is_some_and(|thirds| thirds != [0; 4]);
                        return if open { FedKnown::More(next) } else { FedKnown::Invalid };
                    }
                    Pair::None => {}
                },
                [0x8F, second, third] if double.three => {
                    return double.triple(second, third).map_or(FedKnown::Invalid, FedKnown::Char);
                }
                [a, b, c, d] if double.four => {
                    let c = pointer([a, b, c, d]).and_then(four_char);
                    return c.map_or(FedKnown::Invalid, FedKnown::Char);
                }
                _ => {}
            }
        }
        match shape_of(self, bytes) {
            Ok(_) => assemble(self, bytes).map_or(FedKnown::Invalid, FedKnown::Char),
            Err(viable) if viable == len => FedKnown::More(next),
            Err(_) => FedKnown::Invalid,
        }
    }

    /// What the codec makes of one more byte: no outcome where it does not allow the byte there, more than one where
    /// unknown bytes leave the length open. `pending` must be empty or what an earlier call returned.
    #[inline]
    pub(crate) fn feed(self, pending: Pending, byte: LatticeByte) -> Outcomes {
        match byte.value() {
            Some(byte) if pending.is_known() => match self.feed_known(pending, byte) {
                FedKnown::Char(c) => Outcomes::only(Fed::Char(c)),
                FedKnown::Two(two) => Outcomes::only(Fed::Two(two)),
                FedKnown::More(more) => Outcomes::only(Fed::More(more)),
                FedKnown::Invalid => Outcomes::NONE,
            },
            _ => self.feed_general(pending, byte),
        }
    }

    /// As [`Self::feed`], for any bytes; a character of known bytes comes as a pattern.
    #[inline(never)]
    pub(super) fn feed_general(self, pending: Pending, byte: LatticeByte) -> Outcomes {
        let next = pending.0.with(byte);
        let bytes = next.list();
        let mut out = Outcomes::NONE;
        if self.completes(&bytes) {
            out.push(Fed::Pattern(Pattern(next)));
        }
        if self.continues(&bytes) {
            out.push(Fed::More(Pending(next)));
        }
        out
    }

    /// The outcomes if the text ends here: what is pending, completed by unknown bytes to each possible length. None
    /// where nothing is pending.
    pub(crate) fn finish(self, pending: Pending) -> Outcomes {
        let mut out = Outcomes::NONE;
        if pending.is_empty() {
            return out;
        }
        let mut next = pending.0;
        while next.len() < MAX_BYTES && self.continues(&next.list()) {
            next = next.with(LatticeByte::ANY);
            if self.completes(&next.list()) {
                out.push(Fed::Pattern(Pattern(next)));
            }
        }
        out
    }

    /// Whether some character has these bytes.
    fn completes(self, bytes: &[LatticeByte]) -> bool {
        let by_table = match (self, bytes) {
            (Self::Single(single), [byte]) => intersect(&byte.set(), &single.valid) != [0; 4],
            (Self::Double(double), [byte]) => intersect(&byte.set(), &double.singles) != [0; 4],
            (Self::Double(double), [lead, trail]) => {
                let (leads, trails) = (intersect(&lead.set(), &double.leads), trail.set());
                bytes_of(leads)
                    .any(|lead| intersect(&double.maps.trails[usize::from(lead & 0x7F)], &trails) != [0; 4])
            }
            (Self::Double(double), [lead, second, third]) if double.three && lead.admits(0x8F) => {
                let thirds = third.set();
                double.maps.three.as_ref().is_some_and(|three| {
                    bytes_of(intersect(&second.set(), &span(0xA1, 0xFE)))
                        .any(|second| intersect(&three.thirds[usize::from(second & 0x7F)], &thirds) != [0; 4])
                })
            }
            _ => false,
        };
        by_table || self.shapes().iter().any(|shape| shape.len == bytes.len() && shape.allows(bytes))
    }

    /// Whether some character begins with these bytes and has more.
    fn continues(self, bytes: &[LatticeByte]) -> bool {
        let by_table = match (self, bytes) {
            (Self::Double(double), [lead]) => intersect(&lead.set(), &double.leads) != [0; 4],
            (Self::Double(double), [lead, second]) if double.three && lead.admits(0x8F) => {
                double.maps.three.as_ref().is_some_and(|three| {
                    bytes_of(intersect(&second.set(), &span(0xA1, 0xFE)))
                        .any(|second| three.thirds[usize::from(second & 0x7F)] != [0; 4])
                })
            }
            _ => false,
        };
        by_table || self.shapes().iter().any(|shape| shape.len > bytes.len() && shape.allows(bytes))
    }

    /// Calls `f` with every character that matches the pattern, sequences of two characters left out; a character
    /// that has two byte strings may come twice.
    pub(crate) fn candidates(self, pattern: Pattern, f: &mut dyn FnMut(char)) {
        let list = pattern.bytes();
        let bytes = &*list;
        // Sets of one byte each may hold more than the pairs of them that the pattern is.
        let pairs = pattern.has_pairs().then(|| Mask::of(pattern));
        let admits = |bytes: &[u8]| pairs.as_ref().is_none_or(|mask| mask.admits(bytes));
        match (self, bytes) {
            (Self::Single(single), [byte]) => {
                for byte in bytes_of(intersect(&byte.set(), &single.valid)) {
                    char::from_u32(u32::from(single.forward[usize::from(byte)]))
                        .into_iter()
                        .for_each(&mut *f);
                }
            }
            (Self::Double(double), [byte]) => {
                for byte in bytes_of(intersect(&byte.set(), &double.singles)) {
                    char::from_u32(u32::from(double.single[usize::from(byte)])).into_iter().for_each(&mut *f);
                }
            }
            (Self::Double(double), [lead, trail]) => {
                let trails = trail.set();
                for lead in bytes_of(intersect(&lead.set(), &double.leads)) {
                    for trail in bytes_of(intersect(&double.maps.trails[usize::from(lead & 0x7F)], &trails)) {
                        if let Pair::One(c) = double.pair(lead, trail)
                            && admits(&[lead, trail])
                        {
                            f(c);
                        }
                    }
                }
            }
            (Self::Double(double), [lead, second, third]) if double.three && lead.admits(0x8F) => {
                let Some(three) = double.maps.three.as_ref() else { return };
                let thirds = third.set();
                for second in bytes_of(intersect(&second.set(), &span(0xA1, 0xFE))) {
                    for third in bytes_of(intersect(&three.thirds[usize::from(second & 0x7F)], &thirds)) {
                        let own = double.triple(second, third).filter(|_| admits(&[0x8F, second, third]));
                        own.into_iter().for_each(&mut *f);
                    }
                }
            }
            _ => {}
        }
        for shape in self.shapes().iter().filter(|shape| shape.len == bytes.len()) {
            if let Some(sets) = shape.sets(bytes) {
                let mut sequence = [0; MAX_BYTES];
                product(&sets[..shape.len], &mut sequence, 0, &mut |bytes| {
                    if admits(bytes) {
                        assemble(self, bytes).into_iter().for_each(&mut *f);
                    }
                });
            }
        }
    }

    /// Whether `c` matches the pattern.
    pub(crate) fn matches(self, pattern: Pattern, c: char) -> bool {
        let mask = Mask::of(pattern);
        self.strings(c).any(|bytes| mask.admits(&bytes))
    }

    /// The byte strings that are read as `c`.
    pub(crate) fn strings(self, c: char) -> impl Iterator<Item = ByteSeq> {
        let unread = self.unread(c);
        (0..unread.len())
            .map(move |k| unread[k])
            .filter(move |bytes| matches!(self.decode_step(bytes), Decoded::Char(own, _) if own == c))
    }

    /// How many characters match the pattern, at most.
    pub(crate) fn count(self, pattern: Pattern) -> usize {
        let list = pattern.bytes();
        let bytes = &*list;
        let by_table = match (self, bytes) {
            (Self::Single(single), [byte]) => size(&intersect(&byte.set(), &single.valid)),
            (Self::Double(double), [byte]) => size(&intersect(&byte.set(), &double.singles)),
            (Self::Double(double), [lead, trail]) => {
                let (leads, trails) = (intersect(&lead.set(), &double.leads), trail.set());
                let of = |lead: u8| size(&intersect(&double.maps.trails[usize::from(lead & 0x7F)], &trails));
                bytes_of(leads).map(of).sum()
            }
            (Self::Double(double), [lead, second, third]) if double.three && lead.admits(0x8F) => {
                let thirds = third.set();
                double.maps.three.as_ref().map_or(0, |three| {
                    bytes_of(intersect(&second.set(), &span(0xA1, 0xFE)))
                        .map(|second| size(&intersect(&three.thirds[usize::from(second & 0x7F)], &thirds)))
                        .sum()
                })
            }
            _ => 0,
        };
        let shapes = self.shapes().iter().filter(|shape| shape.len == bytes.len());
        let by_shape = shapes.filter_map(|shape| {
            let sets = shape.sets(bytes)?;
            Some(sets.iter().take(shape.len).map(size).product::<usize>())
        });
        by_table + by_shape.sum::<usize>()
    }
}

/// Calls `f` with every sequence that has a byte of each set.
fn product(sets: &[ByteSet], sequence: &mut [u8; MAX_BYTES], at: usize, f: &mut dyn FnMut(&[u8])) {
    let Some(set) = sets.get(at) else {
        f(sequence.get(..at).unwrap_or(sequence));
        return;
    };
    for byte in bytes_of(*set) {
        if let Some(slot) = sequence.get_mut(at) {
            *slot = byte;
        }
        product(sets, sequence, at + 1, f);
    }
}

/// One byte of strict UTF-8.
#[inline]
fn feed_utf8(pending: Pending, byte: u8) -> FedKnown {
    let tail = u32::from(byte & 0x3F);
    match pending.0.len() {
        0 => match byte {
            0x00..=0x7F => FedKnown::Char(char::from(byte)),
            0xC2..=0xF4 => FedKnown::More(Pending(Packed::first(byte))),
            _ => FedKnown::Invalid,
        },
        1 => {
            let lead = pending.0.byte(0);
            let (low, high) = match lead {
                0xE0 => (0xA0, 0xBF),
                0xED => (0x80, 0x9F),
                0xF0 => (0x90, 0xBF),
                0xF4 => (0x80, 0x8F),
                _ => (0x80, 0xBF),
            };
            if byte < low || byte > high {
                FedKnown::Invalid
            } else if lead < 0xE0 {
                char::from_u32(u32::from(lead & 0x1F) << 6 | tail).map_or(FedKnown::Invalid, FedKnown::Char)
            } else {
                FedKnown::More(Pending(pending.0.with(LatticeByte::known(byte))))
            }
        }
        _ if byte & 0xC0 != 0x80 => FedKnown::Invalid,
        2 => {
            let lead = pending.0.byte(0);
            if lead >= 0xF0 {
                return FedKnown::More(Pending(pending.0.with(LatticeByte::known(byte))));
            }
            let code = u32::from(lead & 0xF) << 12 | u32::from(pending.0.byte(1) & 0x3F) << 6 | tail;
            char::from_u32(code).map_or(FedKnown::Invalid, FedKnown::Char)
        }
        _ => {
            let upper = u32::from(pending.0.byte(0) & 7) << 18 | u32::from(pending.0.byte(1) & 0x3F) << 12;
            let code = upper | u32::from(pending.0.byte(2) & 0x3F) << 6 | tail;
            char::from_u32(code).map_or(FedKnown::Invalid, FedKnown::Char)
        }
    }
}

impl Codec {
    /// As [`Tables::feed`].
    #[inline]
    pub(crate) fn feed(self, pending: Pending, byte: LatticeByte) -> Outcomes {
        self.tables().feed(pending, byte)
    }

    /// As [`Tables::finish`].
    #[inline]
    pub(crate) fn finish(self, pending: Pending) -> Outcomes {
        self.tables().finish(pending)
    }

    /// As [`Tables::candidates`].
    pub(crate) fn candidates(self, pattern: Pattern, f: &mut dyn FnMut(char)) {
        self.tables().candidates(pattern, f);
    }

    /// As [`Tables::matches`].
    #[inline]
    pub(crate) fn matches(self, pattern: Pattern, c: char) -> bool {
        self.tables().matches(pattern, c)
    }

    /// As [`Tables::count`].
    pub(crate) fn count(self, pattern: Pattern) -> usize {
        self.tables().count(pattern)
    }
}
