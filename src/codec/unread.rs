//! Unread: characters → the bytes they may have been. And whole texts, both ways.

use std::ops::Deref;

use super::Codec;
use super::read::{FedKnown, Pending, shape_of};
use super::tables::{DEAD_LEAD, Double, INVALID, LEAD, Pair, TWOS, Tables, four_char};

/// The most bytes that one character takes: a surrogate pair in CESU-8.
pub(crate) const MAX_BYTES: usize = 6;

/// The bytes of one character, 1 to 6.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(crate) struct ByteSeq {
    len: u8,
    bytes: [u8; MAX_BYTES],
}

impl ByteSeq {
    /// No byte: no character has it.
    const NONE: Self = Self { len: 0, bytes: [0; MAX_BYTES] };

    /// At most the first six of `bytes`.
    #[inline]
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut this = Self::default();
        for (slot, byte) in this.bytes.iter_mut().zip(bytes) {
            *slot = *byte;
            this.len += 1;
        }
        this
    }

    /// One byte.
    #[inline]
    pub(super) const fn one(byte: u8) -> Self {
        Self { len: 1, bytes: [byte, 0, 0, 0, 0, 0] }
    }

    /// Two bytes.
    #[inline]
    pub(super) const fn two(bytes: u16) -> Self {
        let [lead, trail] = bytes.to_be_bytes();
        Self { len: 2, bytes: [lead, trail, 0, 0, 0, 0] }
    }

    /// Two bytes, or one where the value is below 0x100.
    #[inline]
    pub(super) const fn packed(bytes: u16) -> Self {
        if bytes < 0x100 { Self::one(bytes.to_be_bytes()[1]) } else { Self::two(bytes) }
    }

    /// The bytes.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&self.bytes)
    }
}

impl Deref for ByteSeq {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

/// The byte strings that a character may have been: 0 to 4, the one that an encoder would choose first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Unread {
    len: u8,
    all: [ByteSeq; 4],
}

impl Unread {
    #[inline]
    fn push(&mut self, bytes: ByteSeq) {
        if let Some(slot) = self.all.get_mut(usize::from(self.len)) {
            *slot = bytes;
            self.len += 1;
        }
    }
}

impl Deref for Unread {
    type Target = [ByteSeq];

    #[inline]
    fn deref(&self) -> &[ByteSeq] {
        self.all.get(..usize::from(self.len)).unwrap_or(&self.all)
    }
}

impl IntoIterator for Unread {
    type Item = ByteSeq;
    type IntoIter = std::iter::Take<std::array::IntoIter<ByteSeq, 4>>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter().take(usize::from(self.len))
    }
}

/// What stands at the start of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Decoded {
    /// A character, and how many bytes it takes.
    Char(char, usize),
    /// Two characters of one sequence (Big5), and how many bytes they take.
    Two([char; 2], usize),
    /// Nothing that can be read.
    Invalid {
        /// How many bytes a decoder of the WHATWG standard replaces by one U+FFFD, the first one included. What
        /// follows them (an ASCII byte behind a lead, say) is read anew.
        bad: usize,
    },
    /// The bytes end inside a character, or there are none.
    Truncated,
}

impl Tables {
    /// The bytes that an encoder would choose for `c`; none where the codec has no such character.
    ///
    /// They decode to `c` again if any bytes do; a character that only other vendors' tables have gets their bytes.
    #[inline]
    pub(crate) fn unread_first(self, c: char) -> Option<ByteSeq> {
        if let Self::Double(double) = self {
            return match double.first_fast(c) {
                _ if c.is_ascii() => Some(ByteSeq::one(c as u8)),
                0 => double.first_slow(c),
                bytes => Some(ByteSeq::two(bytes)),
            };
        }
        if let Self::Single(single) = self {
            return match single.byte(c) {
                _ if c.is_ascii() => Some(ByteSeq::one(c as u8)),
                0 => None,
                byte => Some(ByteSeq::one(byte)),
            };
        }
        self.unread_by_rule(c)
    }

    /// The two bytes that `c` has in the table of a codec of two bytes a character, if it stands there; vendors' other bytes are
    /// left out.
    #[inline]
    pub(crate) fn pair(self, c: char) -> Option<u16> {
        let Self::Double(double) = self else { return None };
        Some(double.first_fast(c)).filter(|&bytes| bytes != 0)
    }

    /// The bytes of `c`, which is not ASCII, where a table of one or two bytes a character has no others; one byte is below 0x100.
    #[inline]
    pub(crate) fn sole(self, c: char) -> Option<u16> {
        let bytes = match self {
            Self::Double(double) if !double.has_more(c) => double.first_fast(c),
            Self::Single(single) if single.more.is_empty() => single.byte(c).into(),
            _ => 0,
        };
        Some(bytes).filter(|&bytes| bytes != 0)
    }

    /// As [`Self::unread_first`], of the codecs without tables.
    #[inline(never)]
    fn unread_by_rule(self, c: char) -> Option<ByteSeq> {
        match self {
            Self::Utf16Le => Some(utf16(c, u16::to_le_bytes)),
            Self::Utf16Be => Some(utf16(c, u16::to_be_bytes)),
            Self::Utf8 => Some(utf8(c)),
            Self::Cesu8 => Some(cesu8(c)),
            Self::Iso2022Jp | Self::Single(_) | Self::Double(_) => {
                c.is_ascii().then(|| ByteSeq::one(c as u8))
            }
        }
    }

    /// Every byte string that `c` may have been, [`Self::unread_first`] first: what decodes to it, and what other
    /// tables in use for the same codec read as it.
    #[inline]
    pub(crate) fn unread(self, c: char) -> Unread {
        if let Self::Double(double) = self {
            let first = double.first_fast(c);
            if first != 0 && !double.has_more(c) {
                return Unread {
                    len: 1,
                    all: [ByteSeq::two(first), ByteSeq::NONE, ByteSeq::NONE, ByteSeq::NONE],
                };
            }
        }
        self.unread_slowly(c)
    }

    /// As [`Self::unread`], for any character.
    #[inline(never)]
    fn unread_slowly(self, c: char) -> Unread {
        let mut out = Unread::default();
        match self {
            Self::Double(double) if !c.is_ascii() => double.every(c).for_each(|bytes| out.push(bytes)),
            _ => {
                self.unread_first(c).into_iter().for_each(|bytes| out.push(bytes));
                match self {
                    Self::Single(single) if !single.more.is_empty() => {
                        let doubles = single.more.iter().filter(|entry| entry.0 == c);
                        doubles.for_each(|entry| out.push(ByteSeq::one(entry.1)));
                    }
                    Self::Cesu8 if c == '\0' => out.push(ByteSeq::two(0xC080)),
                    Self::Cesu8 if c > '\u{FFFF}' => out.push(utf8(c)),
                    _ => {}
                }
            }
        }
        out
    }

    /// The bytes that stand for two characters at once: in Big5, `Ê` and `ê` with a macron or a caron.
    pub(crate) fn unread_pair(self, first: char, second: char) -> Option<ByteSeq> {
        let Self::Double(double) = self else { return None };
        if !matches!(second, '\u{304}' | '\u{30C}') {
            return None;
        }
        let at = TWOS.iter().position(|two| *two == [first, second])?;
        let bytes = [[0x88, 0x62], [0x88, 0x64], [0x88, 0xA3], [0x88, 0xA5]].get(at).copied()?;
        matches!(double.pair(bytes[0], bytes[1]), Pair::Two(_)).then(|| ByteSeq::new(&bytes))
    }

    /// Whether the codec can have produced `c`, alone or (Big5's combining marks) with the character before it.
    #[inline]
    pub(crate) fn produces(self, c: char) -> bool {
        self.unread_first(c).is_some() || self.unread_pair('Ê', c).is_some()
    }

    /// What stands at the start of `bytes`.
    pub(crate) fn decode_step(self, bytes: &[u8]) -> Decoded {
        let Some(&lead) = bytes.first() else { return Decoded::Truncated };
        match self {
            Self::Single(single) => match char::from_u32(u32::from(single.forward[usize::from(lead)])) {
                Some(c) => Decoded::Char(c, 1),
                None => Decoded::Invalid { bad: 1 },
            },
            Self::Double(double) => step_double(double, lead, bytes),
            Self::Utf8 | Self::Cesu8 | Self::Iso2022Jp => match shape_of(self, bytes) {
                Ok(len) => match assemble(self, bytes.get(..len).unwrap_or(bytes)) {
                    Some(c) => Decoded::Char(c, len),
                    None => Decoded::Invalid { bad: len },
                },
                Err(viable) if viable == bytes.len() => Decoded::Truncated,
                Err(viable) => Decoded::Invalid { bad: viable.max(1) },
            },
            Self::Utf16Le | Self::Utf16Be => step_utf16(self, bytes),
        }
    }
}

/// The character of bytes that have the shape of one, in the codecs that are shapes.
pub(super) fn assemble(tables: Tables, bytes: &[u8]) -> Option<char> {
    match (tables, bytes) {
        (Tables::Utf8 | Tables::Cesu8 | Tables::Iso2022Jp, [byte]) => Some(char::from(*byte)),
        (Tables::Cesu8, [0xC0, 0x80]) => Some('\0'),
        (Tables::Utf8 | Tables::Cesu8, [a, b]) => {
            char::from_u32(u32::from(a & 0x1F) << 6 | u32::from(b & 0x3F))
        }
        (Tables::Utf8 | Tables::Cesu8, [a, b, c]) => {
            char::from_u32(u32::from(a & 0xF) << 12 | u32::from(b & 0x3F) << 6 | u32::from(c & 0x3F))
        }
        (Tables::Utf8 | Tables::Cesu8, [a, b, c, d]) => char::from_u32(
            u32::from(a & 7) << 18
                | u32::from(b & 0x3F) << 12
                | u32::from(c & 0x3F) << 6
                | u32::from(d & 0x3F),
        ),
        (Tables::Cesu8, [_, b, c, _, e, f]) => char::from_u32(
            0x1_0000
                + (u32::from(b & 0xF) << 16
                    | u32::from(c & 0x3F) << 10
                    | u32::from(e & 0xF) << 6
                    | u32::from(f & 0x3F)),
        ),
        (Tables::Utf16Le, [a, b]) => char::from_u32(u32::from(u16::from_le_bytes([*a, *b]))),
        (Tables::Utf16Be, [a, b]) => char::from_u32(u32::from(u16::from_be_bytes([*a, *b]))),
        (Tables::Utf16Le, [a, b, c, d]) => {
            surrogates(u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]))
        }
        (Tables::Utf16Be, [a, b, c, d]) => {
            surrogates(u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]))
        }
        (Tables::Double(double), [a, b, c, d]) if double.four => four_char(pointer([*a, *b, *c, *d])?),
        _ => None,
    }
}

/// The pointer of four bytes of GB18030.
#[inline]
pub(super) fn pointer([a, b, c, d]: [u8; 4]) -> Option<u32> {
    let fits =
        matches!(a, 0x81..=0xFE) && b.is_ascii_digit() && matches!(c, 0x81..=0xFE) && d.is_ascii_digit();
    fits.then(|| {
        let [a, b, c, d] = [a - 0x81, b - 0x30, c - 0x81, d - 0x30].map(u32::from);
        ((a * 10 + b) * 126 + c) * 10 + d
    })
}

/// The character of a high and a low surrogate.
fn surrogates(high: u16, low: u16) -> Option<char> {
    char::decode_utf16([high, low]).next()?.ok()
}

fn step_double(double: &Double, lead: u8, bytes: &[u8]) -> Decoded {
    match double.single[usize::from(lead)] {
        LEAD | DEAD_LEAD => {}
        INVALID => return Decoded::Invalid { bad: 1 },
        unit => {
            return char::from_u32(u32::from(unit))
                .map_or(Decoded::Invalid { bad: 1 }, |c| Decoded::Char(c, 1));
        }
    }
    let Some(&trail) = bytes.get(1) else { return Decoded::Truncated };
    if double.four && trail.is_ascii_digit() {
        let Some(&third) = bytes.get(2) else { return Decoded::Truncated };
        if !matches!(third, 0x81..=0xFE) {
            return Decoded::Invalid { bad: 1 };
        }
        let Some(&fourth) = bytes.get(3) else { return Decoded::Truncated };
        if !fourth.is_ascii_digit() {
            return Decoded::Invalid { bad: 1 };
        }
        let c = pointer([lead, trail, third, fourth]).and_then(four_char);
        return c.map_or(Decoded::Invalid { bad: 4 }, |c| Decoded::Char(c, 4));
    }
    if double.three && lead == 0x8F && matches!(trail, 0xA1..=0xFE) {
        let Some(&third) = bytes.get(2) else { return Decoded::Truncated };
        return match double.triple(trail, third) {
            Some(c) => Decoded::Char(c, 3),
            None => Decoded::Invalid { bad: if third.is_ascii() { 2 } else { 3 } },
        };
    }
    match double.pair(lead, trail) {
        Pair::One(c) => Decoded::Char(c, 2),
        Pair::Two(two) => Decoded::Two(two, 2),
        Pair::None => Decoded::Invalid { bad: if trail.is_ascii() { 1 } else { 2 } },
    }
}

fn step_utf16(tables: Tables, bytes: &[u8]) -> Decoded {
    let unit = |at: usize| -> Option<u16> {
        let pair = [*bytes.get(at)?, *bytes.get(at + 1)?];
        Some(if matches!(tables, Tables::Utf16Le) {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        })
    };
    let Some(first) = unit(0) else { return Decoded::Truncated };
    match first {
        0xD800..=0xDBFF => match unit(2) {
            None => Decoded::Truncated,
            Some(low) => surrogates(first, low).map_or(Decoded::Invalid { bad: 2 }, |c| Decoded::Char(c, 4)),
        },
        _ => char::from_u32(u32::from(first)).map_or(Decoded::Invalid { bad: 2 }, |c| Decoded::Char(c, 2)),
    }
}

#[inline]
fn utf8(c: char) -> ByteSeq {
    ByteSeq::new(c.encode_utf8(&mut [0; 4]).as_bytes())
}

/// Each surrogate as if it were a character of the basic plane.
fn cesu8(c: char) -> ByteSeq {
    let mut units = [0; 2];
    let [high, low] = match *c.encode_utf16(&mut units) {
        [high, low] => [high, low],
        _ => return utf8(c),
    };
    let mut bytes = [0; 6];
    for (slot, unit) in bytes.chunks_exact_mut(3).zip([high, low]) {
        let [upper, lower] = (unit & 0xFFF).to_be_bytes();
        slot.copy_from_slice(&[0xED, 0x80 | upper << 2 | lower >> 6, 0x80 | lower & 0x3F]);
    }
    ByteSeq::new(&bytes)
}

fn utf16(c: char, order: fn(u16) -> [u8; 2]) -> ByteSeq {
    let mut bytes = [0; 4];
    let mut len = 0;
    for (slot, unit) in bytes.chunks_exact_mut(2).zip(&*c.encode_utf16(&mut [0; 2])) {
        slot.copy_from_slice(&order(*unit));
        len += 2;
    }
    ByteSeq::new(bytes.get(..len).unwrap_or(&bytes))
}

impl Codec {
    /// As [`Tables::unread_first`].
    #[inline]
    pub(crate) fn unread_first(self, c: char) -> Option<ByteSeq> {
        self.tables().unread_first(c)
    }

    /// As [`Tables::unread`].
    #[inline]
    pub(crate) fn unread(self, c: char) -> Unread {
        self.tables().unread(c)
    }

    /// As [`Tables::produces`].
    #[inline]
    pub(crate) fn produces(self, c: char) -> bool {
        self.tables().produces(c)
    }

    /// As [`Tables::decode_step`].
    #[inline]
    pub(crate) fn decode_step(self, bytes: &[u8]) -> Decoded {
        self.tables().decode_step(bytes)
    }

    /// The text of `bytes`, or none if a single byte does not belong. A byte order mark is a character.
    ///
    /// This is what a misread does when nothing is lost; for bytes of a codec that is not known, see
    /// [`Repairer`](crate::Repairer).
    ///
    /// ```
    /// # use luanma::Codec;
    /// assert_eq!(Codec::GBK.decode(b"\xC4\xE3\xBA\xC3").unwrap(), "你好");
    /// assert_eq!(Codec::UTF_8.decode(b"\xC4\xE3\xBA\xC3"), None);
    /// ```
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        let tables = self.tables();
        match tables {
            Tables::Utf8 => return std::str::from_utf8(bytes).ok().map(str::to_owned),
            Tables::Iso2022Jp => {
                let text =
                    encoding_rs::ISO_2022_JP.decode_without_bom_handling_and_without_replacement(bytes)?;
                return Some(text.into_owned());
            }
            _ => {}
        }
        let mut text = String::with_capacity(bytes.len() + bytes.len() / 2);
        let mut pending = Pending::default();
        for byte in bytes {
            let before = std::mem::take(&mut pending);
            match tables.feed_known(before, *byte) {
                FedKnown::Char(c) => text.push(c),
                FedKnown::More(more) => pending = more,
                FedKnown::Two(two) => text.extend(two),
                FedKnown::Invalid => return None,
            }
        }
        if !pending.is_empty() {
            return None;
        }
        Some(text)
    }

    /// The bytes of `text` as an encoder would choose them, or none if it has a character that the codec lacks.
    /// Characters that only other vendors' tables have get their bytes.
    ///
    /// ```
    /// # use luanma::Codec;
    /// assert_eq!(Codec::BIG5.encode("你好").unwrap(), b"\xA7\x41\xA6\x6E");
    /// assert_eq!(Codec::LATIN_1.encode("你好"), None);
    /// ```
    #[must_use]
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        let tables = self.tables();
        if matches!(tables, Tables::Iso2022Jp) {
            return encode_iso_2022_jp(text);
        }
        let mut bytes = Vec::with_capacity(text.len());
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if matches!(c, 'Ê' | 'ê')
                && let Some(pair) = chars.peek().and_then(|next| tables.unread_pair(c, *next))
            {
                bytes.extend_from_slice(&pair);
                chars.next();
                continue;
            }
            bytes.extend_from_slice(&tables.unread_first(c)?);
        }
        Some(bytes)
    }
}

fn encode_iso_2022_jp(text: &str) -> Option<Vec<u8>> {
    use encoding_rs::EncoderResult;
    let mut encoder = encoding_rs::ISO_2022_JP.new_encoder();
    let size = encoder.max_buffer_length_from_utf8_without_replacement(text.len())?;
    let mut bytes = vec![0; size];
    let (result, _, written) = encoder.encode_from_utf8_without_replacement(text, &mut bytes, true);
    bytes.truncate(written);
    matches!(result, EncoderResult::InputEmpty).then_some(bytes)
}
