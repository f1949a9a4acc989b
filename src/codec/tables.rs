//! Forward and reverse tables, made at first use by decoding.
//!
//! A double-byte table is made in one pass of encoding_rs over every sequence, then the vendor's differences
//! ([`vendor`]), then the reverse table. That takes 0.2 ms (Shift_JIS) to 0.7 ms (GBK, code page 936), once in a
//! process and only for codecs that are asked for, and 205 to 250 KiB of heap for each of the eight tables that the
//! ten double-byte codecs share. A single-byte page takes under 10 µs and 2 to 4 KiB. `cargo test --release -p luanma
//! --lib -- --ignored --nocapture timings` prints the figures.

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use encoding_rs::Encoding;

use super::Codec;
use super::data::gb18030_ranges::RANGES;
use super::data::vendor::{
    self, Aliases, BIG5_ALIASES, CP936_ALIASES, CP950_ALIASES, Delta, EUC_JP_ALIASES, EUC_KR_ALIASES,
    GBK_ALIASES, SHIFT_JIS_ALIASES,
};
use super::unread::ByteSeq;

/// How a codec is laid out.
#[derive(Debug)]
pub(super) enum Kind {
    Utf8,
    Cesu8,
    Utf16Le,
    Utf16Be,
    Iso2022Jp,
    /// ASCII and 128 more.
    Single(Page),
    /// ASCII and lead bytes.
    Double(DoubleId),
}

/// Where the upper half of a single-byte page comes from.
#[derive(Debug)]
pub(super) enum Page {
    /// Bytes are code points.
    Latin1,
    /// encoding_rs; what it does not define means nothing.
    Strict(&'static Encoding),
    /// encoding_rs; what it does not define passes as the code point of the same value.
    Passing(&'static Encoding),
    /// Bytes 80 to FF; 0 means nothing.
    Table(&'static [u16; 128]),
}

/// The double-byte codecs.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum DoubleId {
    Gbk,
    Gb18030,
    Cp936,
    Big5,
    Cp950,
    ShiftJis,
    Cp932,
    EucJp,
    EucKr,
    Cp949,
}

/// A codec's tables, looked up once and passed about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tables {
    Utf8,
    Cesu8,
    Utf16Le,
    Utf16Be,
    /// Has states, so only ASCII can be told byte by byte.
    Iso2022Jp,
    Single(&'static Single),
    Double(&'static Double),
}

/// In a table of characters: the byte means nothing. Surrogates are no characters.
pub(super) const INVALID: u16 = 0xDFFE;
/// In a table of characters: the byte begins a longer sequence.
pub(super) const LEAD: u16 = 0xDFFF;
/// In a table of characters: a decoder takes the byte for a lead, but nothing can follow it.
pub(super) const DEAD_LEAD: u16 = 0xDFFD;
/// In a forward table: 0xD800 and an index into [`Maps::astral`] below this, and into [`TWOS`] from here.
const FIRST_TWO: u16 = 0xDFF0;

/// The pairs of characters that one sequence of Big5 stands for: 8862, 8864, 88A3, 88A5.
pub(super) const TWOS: [[char; 2]; 4] =
    [['Ê', '\u{304}'], ['Ê', '\u{30C}'], ['ê', '\u{304}'], ['ê', '\u{30C}']];

/// Four words of 64 bits: a set of bytes.
pub(super) type ByteSet = [u64; 4];

/// Whether the set has the byte.
#[inline]
pub(super) const fn has(set: &ByteSet, byte: u8) -> bool {
    set[(byte >> 6) as usize] >> (byte & 63) & 1 != 0
}

pub(super) fn insert(set: &mut ByteSet, byte: u8) {
    set[usize::from(byte >> 6)] |= 1 << (byte & 63);
}

/// A single-byte page. 2 to 4 KiB.
#[derive(Debug)]
pub(crate) struct Single {
    /// Byte → character or [`INVALID`].
    pub(super) forward: [u16; 256],
    /// The bytes that mean something.
    pub(super) valid: ByteSet,
    /// High byte of a character → its block.
    pages: [u8; 256],
    /// Low byte of a character → its byte, 0 for none. Block 0 is empty.
    blocks: Vec<[u8; 256]>,
    /// A character's second byte, where it has two. By character.
    pub(super) more: Vec<(char, u8)>,
}

impl Single {
    fn new(page: &Page) -> Self {
        let mut forward = [INVALID; 256];
        for (byte, unit) in (0..).zip(forward.iter_mut()).take(128) {
            *unit = byte;
        }
        let upper = &mut forward[128..];
        match page {
            Page::Latin1 => (0x80..).zip(upper).for_each(|(byte, unit)| *unit = byte),
            Page::Strict(encoding) => upper.copy_from_slice(&upper_half(encoding)),
            Page::Passing(encoding) => {
                upper.copy_from_slice(&upper_half(encoding));
                (0x80..)
                    .zip(upper)
                    .filter(|(_, unit)| **unit == INVALID)
                    .for_each(|(byte, unit)| *unit = byte);
            }
            Page::Table(table) => {
                for (unit, c) in upper.iter_mut().zip(*table) {
                    *unit = if *c == 0 { INVALID } else { *c };
                }
            }
        }
        let mut this =
            Self { forward, valid: [0; 4], pages: [0; 256], blocks: vec![[0; 256]], more: Vec::new() };
        for (byte, unit) in (0..=0xFF_u8).zip(forward) {
            let Some(c) = char::from_u32(u32::from(unit)) else { continue };
            insert(&mut this.valid, byte);
            if byte < 0x80 {
                continue;
            }
            let page = &mut this.pages[usize::from(unit >> 8)];
            if *page == 0 {
                // At most 128 characters, so at most 128 blocks.
                *page = u8::try_from(this.blocks.len()).unwrap_or(0);
                this.blocks.push([0; 256]);
            }
            let slot = &mut this.blocks[usize::from(*page)][usize::from(unit & 0xFF)];
            if *slot == 0 {
                *slot = byte;
            } else {
                this.more.push((c, byte));
            }
        }
        this.more.sort_unstable();
        this
    }

    /// The byte of a character that is not ASCII, or 0.
    #[inline]
    pub(super) fn byte(&self, c: char) -> u8 {
        let code = c as usize;
        let Some(page) = self.pages.get(code >> 8) else { return 0 };
        self.blocks.get(usize::from(*page)).map_or(0, |block| block[code & 0xFF])
    }
}

/// The characters of the bytes 80 to FF, or [`INVALID`].
fn upper_half(encoding: &'static Encoding) -> [u16; 128] {
    let mut out = [INVALID; 128];
    let bytes: Vec<u8> = (0x80..=0xFF).flat_map(|byte| [byte, b'\n']).collect();
    let units = decode_lines(encoding, &bytes);
    for (slot, line) in out.iter_mut().zip(units.split(|unit| *unit == 0x0A)) {
        if let [unit] = *line
            && unit != 0xFFFD
        {
            *slot = unit;
        }
    }
    out
}

/// Decodes with U+FFFD for what is malformed: one pass over sequences that line feeds part.
fn decode_lines(encoding: &'static Encoding, bytes: &[u8]) -> Vec<u16> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut out = vec![0; decoder.max_utf16_buffer_length(bytes.len()).unwrap_or(bytes.len() * 2 + 16)];
    let (_, _, written, _) = decoder.decode_to_utf16(bytes, &mut out, true);
    out.truncate(written);
    out
}

/// What the double-byte codecs of one table have in common: 205 to 250 KiB.
#[derive(Debug)]
pub(super) struct Maps {
    /// (lead − 80, trail) → character, 0 for none, or a surrogate: see [`FIRST_TWO`].
    forward: Box<[u16; 1 << 15]>,
    /// Character → two bytes; below 0x100 one byte; 0 for none, or not here. In EUC-JP a second byte below 80 marks
    /// 8F, first, second + 80.
    reverse: Box<[u16; 1 << 16]>,
    /// By lead − 80: the trails that make a character (or two).
    pub(super) trails: Box<[ByteSet; 128]>,
    /// EUC-JP: by second byte − 80, the third bytes that make a character after 8F; and the characters.
    pub(super) three: Option<Box<Three>>,
    /// The characters beyond the basic plane, as [`Self::forward`] counts them.
    astral: Vec<char>,
    /// The same, and vendors' others, → two bytes. By character.
    astral_reverse: Vec<(char, u16)>,
    /// Which characters stand in [`Self::more`].
    more_bits: Box<[u64; 1 << 10]>,
    /// The second and further byte strings of a character of the basic plane. By character.
    more: Vec<(char, ByteSeq)>,
}

/// EUC-JP's three-byte sequences.
#[derive(Debug)]
pub(super) struct Three {
    /// (second − 80, third − 80) → character, 0 for none.
    forward: [u16; 1 << 14],
    /// By second − 80: the third bytes that make a character.
    pub(super) thirds: [ByteSet; 128],
}

/// What a table is made of.
struct Recipe {
    encoding: &'static Encoding,
    /// Where the page differs from encoding_rs.
    delta: Delta,
    /// Other characters for the same bytes.
    aliases: Aliases,
    /// Whether an encoder takes the first byte string of a character rather than the second.
    prefers: fn(u16, char, u16) -> bool,
}

/// The lower byte string.
fn first(_: u16, _: char, _: u16) -> bool {
    false
}

/// The WHATWG standard's choice, and Microsoft's: nothing of HKSCS's rows, and the last of six doubles.
fn big5_prefers(new: u16, c: char, old: u16) -> bool {
    new >= 0xA100 && (old < 0xA100 || matches!(c, '═' | '╞' | '╡' | '╪' | '卅' | '十'))
}

/// Neither row of NEC's copies of IBM's characters.
fn shift_jis_prefers(new: u16, _: char, old: u16) -> bool {
    matches!(old >> 8, 0xED | 0xEE) && !matches!(new >> 8, 0xED | 0xEE)
}

/// A character of a table of units, if it is one by itself.
#[inline]
fn one(unit: u16) -> Option<char> {
    char::from_u32(u32::from(unit))
}

#[inline]
const fn slot(lead: u8, trail: u8) -> usize {
    ((lead & 0x7F) as usize) << 8 | trail as usize
}

impl Maps {
    fn new(recipe: &Recipe, single: &[u16; 256]) -> Self {
        let encoding = recipe.encoding;
        let mut this = Self {
            forward: Box::new([0; 1 << 15]),
            reverse: Box::new([0; 1 << 16]),
            trails: Box::new([[0; 4]; 128]),
            three: None,
            astral: Vec::new(),
            astral_reverse: Vec::new(),
            more_bits: Box::new([0; 1 << 10]),
            more: Vec::new(),
        };
        let leads: Vec<u8> = (0x81..=0xFE).filter(|lead| single[usize::from(*lead)] == LEAD).collect();
        this.fill_two(encoding, &leads);
        for &(bytes, count, code) in recipe.delta {
            let [lead, trail] = bytes.to_be_bytes();
            for i in 0..count {
                let at = slot(lead, trail) + usize::from(i);
                this.forward[at % (1 << 15)] = if code == 0 { 0 } else { code + i };
            }
        }
        for (byte, unit) in (0x80..=0xFF).zip(&single[0x80..]) {
            if one(*unit).is_some() {
                this.reverse[usize::from(*unit)] = byte;
            }
        }
        for &lead in &leads {
            for trail in 0x40..=0xFE_u8 {
                let unit = this.forward[slot(lead, trail)];
                if unit == 0 {
                    continue;
                }
                insert(&mut this.trails[usize::from(lead & 0x7F)], trail);
                let bytes = u16::from_be_bytes([lead, trail]);
                match one(unit) {
                    Some(c) => this.put(c, bytes, recipe.prefers),
                    None if unit < FIRST_TWO => {
                        let c = this.astral[usize::from(unit - 0xD800)];
                        this.astral_reverse.push((c, bytes));
                    }
                    None => {}
                }
            }
        }
        if encoding == encoding_rs::EUC_JP {
            this.fill_three();
        }
        let four = encoding == encoding_rs::GBK && recipe.delta.is_empty();
        for &(bytes, count, code) in recipe.aliases {
            for i in 0..count {
                let Some(c) = char::from_u32(code + u32::from(i)) else { continue };
                this.put_alias(c, bytes + i, four);
            }
        }
        if four {
            this.put_fours();
        }
        this.astral_reverse.sort_unstable();
        this.more.sort_by_key(|entry| entry.0);
        for (c, _) in &this.more {
            let code = *c as usize;
            this.more_bits[code >> 6] |= 1 << (code & 63);
        }
        this
    }

    /// Decodes every two-byte sequence in one pass.
    fn fill_two(&mut self, encoding: &'static Encoding, leads: &[u8]) {
        let mut bytes = Vec::with_capacity(leads.len() * 191 * 3);
        for &lead in leads {
            for trail in 0x40..=0xFE {
                bytes.extend_from_slice(&[lead, trail, b'\n']);
            }
        }
        let units = decode_lines(encoding, &bytes);
        let mut rest = units.as_slice();
        let mut twos = FIRST_TWO;
        for sequence in bytes.chunks_exact(3) {
            let at = slot(sequence[0], sequence[1]);
            // One unit and a line feed; or two; an ASCII trail stays behind U+FFFD.
            let [unit, next, ..] = *rest else { break };
            if next == 0x0A {
                rest = &rest[2..];
                if unit != 0xFFFD {
                    self.forward[at] = unit;
                }
                continue;
            }
            rest = rest.get(3..).unwrap_or(&[]);
            if let Some(Ok(c)) = char::decode_utf16([unit, next]).next()
                && c > '\u{FFFF}'
            {
                self.forward[at] = 0xD800 + self.astral.len() as u16;
                self.astral.push(c);
            } else if unit != 0xFFFD {
                self.forward[at] = twos;
                twos += 1;
            }
        }
    }

    /// Decodes every three-byte sequence of EUC-JP in one pass.
    fn fill_three(&mut self) {
        let mut three = Box::new(Three { forward: [0; 1 << 14], thirds: [[0; 4]; 128] });
        let mut bytes = Vec::with_capacity(94 * 94 * 4);
        for second in 0xA1..=0xFE {
            for third in 0xA1..=0xFE {
                bytes.extend_from_slice(&[0x8F, second, third, b'\n']);
            }
        }
        let units = decode_lines(encoding_rs::EUC_JP, &bytes);
        for (sequence, line) in bytes.chunks_exact(4).zip(units.split(|unit| *unit == 0x0A)) {
            let (second, third) = (sequence[1], sequence[2]);
            let [unit] = *line else { continue };
            let Some(c) = one(unit) else { continue };
            if unit == 0xFFFD {
                continue;
            }
            three.forward[usize::from(second & 0x7F) << 7 | usize::from(third & 0x7F)] = unit;
            insert(&mut three.thirds[usize::from(second & 0x7F)], third);
            let kept = &mut self.reverse[usize::from(unit)];
            if *kept == 0 {
                *kept = u16::from_be_bytes([second, third & 0x7F]);
            } else {
                self.more.push((c, ByteSeq::new(&[0x8F, second, third])));
            }
        }
        self.three = Some(three);
    }

    /// Enters a byte string of a character.
    fn put(&mut self, c: char, bytes: u16, prefers: fn(u16, char, u16) -> bool) {
        let Some(kept) = self.reverse.get_mut(c as usize) else { return };
        if *kept == 0 {
            *kept = bytes;
            return;
        }
        let mut other = bytes;
        if prefers(bytes, c, *kept) {
            std::mem::swap(kept, &mut other);
        }
        self.more.push((c, ByteSeq::packed(other)));
    }

    /// Enters a byte string that another table reads as `c`.
    fn put_alias(&mut self, c: char, bytes: u16, four: bool) {
        match self.reverse.get_mut(c as usize) {
            None => self.astral_reverse.push((c, bytes)),
            // What a decoder makes of four bytes comes first, and has no place in the table.
            Some(0) if four && four_pointer(c).is_some() => self.more.push((c, ByteSeq::packed(bytes))),
            Some(kept) if *kept == 0 => *kept = bytes,
            Some(kept) => {
                let sequence = ByteSeq::packed(bytes);
                if *kept != bytes && !self.more.contains(&(c, sequence)) {
                    self.more.push((c, sequence));
                }
            }
        }
    }

    /// Enters the four-byte sequences of characters that have two bytes as well.
    fn put_fours(&mut self) {
        for (i, &(pointer, code)) in RANGES.iter().enumerate() {
            let (start, end) =
                (u32::from(pointer), RANGES.get(i + 1).map_or(39_420, |next| u32::from(next.0)));
            for p in start..end {
                let Some(c) = char::from_u32(u32::from(code) + p - start) else { continue };
                if self.reverse.get(c as usize).is_some_and(|kept| *kept != 0) && four_char(p) == Some(c) {
                    self.more.push((c, four_bytes(p)));
                }
            }
        }
    }
}

/// A double-byte codec.
#[derive(Debug)]
pub(crate) struct Double {
    pub(super) maps: &'static Maps,
    /// Byte → character, [`INVALID`], [`LEAD`] or [`DEAD_LEAD`].
    pub(super) single: [u16; 256],
    /// The bytes that are characters by themselves.
    pub(super) singles: ByteSet,
    /// The bytes that begin a longer sequence.
    pub(super) leads: ByteSet,
    /// Whether it has GB18030's four-byte sequences.
    pub(super) four: bool,
    /// Whether it has EUC-JP's three-byte sequences.
    pub(super) three: bool,
}

/// What one two-byte sequence stands for.
pub(super) enum Pair {
    One(char),
    Two([char; 2]),
    None,
}

impl Double {
    #[allow(clippy::too_many_lines)]
    fn new(id: DoubleId) -> Self {
        static MAPS: [OnceLock<Maps>; 8] = [const { OnceLock::new() }; 8];
        let mut single = [INVALID; 256];
        for (byte, unit) in (0..).zip(single.iter_mut()).take(128) {
            *unit = byte;
        }
        let leads: &[std::ops::RangeInclusive<usize>] = match id {
            DoubleId::ShiftJis | DoubleId::Cp932 => &[0x81..=0x9F, 0xE0..=0xFC],
            DoubleId::EucJp => &[0x8E..=0x8F, 0xA1..=0xFE],
            _ => &[0x81..=0xFE],
        };
        for range in leads {
            single[range.clone()].fill(LEAD);
        }
        match id {
            DoubleId::Gbk | DoubleId::Cp936 => single[0x80] = 0x20AC,
            DoubleId::ShiftJis | DoubleId::Cp932 => {
                single[0x80] = 0x80;
                for (unit, slot) in (0xFF61..).zip(&mut single[0xA1..=0xDF]) {
                    *slot = unit;
                }
            }
            _ => {}
        }
        let (map, recipe) = match id {
            DoubleId::Gbk | DoubleId::Gb18030 => {
                (0, Recipe { encoding: encoding_rs::GBK, delta: &[], aliases: GBK_ALIASES, prefers: first })
            }
            DoubleId::Cp936 => (
                1,
                Recipe {
                    encoding: encoding_rs::GBK,
                    delta: vendor::CP936,
                    aliases: CP936_ALIASES,
                    prefers: first,
                },
            ),
            DoubleId::Big5 => (
                2,
                Recipe {
                    encoding: encoding_rs::BIG5,
                    delta: &[],
                    aliases: BIG5_ALIASES,
                    prefers: big5_prefers,
                },
            ),
            DoubleId::Cp950 => (
                3,
                Recipe {
                    encoding: encoding_rs::BIG5,
                    delta: vendor::CP950,
                    aliases: CP950_ALIASES,
                    prefers: big5_prefers,
                },
            ),
            DoubleId::ShiftJis | DoubleId::Cp932 => (
                4,
                Recipe {
                    encoding: encoding_rs::SHIFT_JIS,
                    delta: &[],
                    aliases: SHIFT_JIS_ALIASES,
                    prefers: shift_jis_prefers,
                },
            ),
            DoubleId::EucJp => (
                5,
                Recipe { encoding: encoding_rs::EUC_JP, delta: &[], aliases: EUC_JP_ALIASES, prefers: first },
            ),
            DoubleId::EucKr => (
                6,
                Recipe { encoding: encoding_rs::EUC_KR, delta: &[], aliases: EUC_KR_ALIASES, prefers: first },
            ),
            DoubleId::Cp949 => (
                7,
                Recipe {
                    encoding: encoding_rs::EUC_KR,
                    delta: vendor::CP949,
                    aliases: EUC_KR_ALIASES,
                    prefers: first,
                },
            ),
        };
        if matches!(id, DoubleId::Gb18030) {
            // The table is GBK's, whichever of the two is asked for first.
            single[0x80] = 0x20AC;
        }
        let maps = MAPS[map].get_or_init(|| Maps::new(&recipe, &single));
        match id {
            DoubleId::Gb18030 => single[0x80] = INVALID,
            DoubleId::Cp932 => {
                single[0xA0] = 0xF8F0;
                single[0xFD..].copy_from_slice(&[0xF8F1, 0xF8F2, 0xF8F3]);
            }
            _ => {}
        }
        let four = matches!(id, DoubleId::Gbk | DoubleId::Gb18030);
        let three = matches!(id, DoubleId::EucJp);
        let (mut singles, mut lead_set) = ([0; 4], [0; 4]);
        for byte in 0..=0xFF_u8 {
            let unit = &mut single[usize::from(byte)];
            if *unit == LEAD {
                let own = maps.trails[usize::from(byte & 0x7F)] != [0; 4] || (three && byte == 0x8F);
                if own || (four && matches!(byte, 0x81..=0x84 | 0x90..=0xE3)) {
                    insert(&mut lead_set, byte);
                } else {
                    *unit = DEAD_LEAD;
                }
            } else if *unit != INVALID {
                insert(&mut singles, byte);
            }
        }
        Self { maps, single, singles, leads: lead_set, four, three }
    }

    /// The character of two bytes, where it is one of the basic plane.
    #[inline]
    pub(super) fn pair_fast(&self, lead: u8, trail: u8) -> u16 {
        self.maps.forward[slot(lead, trail)]
    }

    /// What two bytes stand for.
    #[inline]
    pub(super) fn pair(&self, lead: u8, trail: u8) -> Pair {
        let unit = self.pair_fast(lead, trail);
        match one(unit) {
            Some('\0') => Pair::None,
            Some(c) => Pair::One(c),
            None => self.pair_slow(unit),
        }
    }

    /// Whether a character of three or four bytes may begin with these.
    #[inline]
    pub(super) fn may_be_longer(&self, lead: u8, second: u8) -> bool {
        self.three && lead == 0x8F || self.four && second.is_ascii_digit()
    }

    #[cold]
    fn pair_slow(&self, unit: u16) -> Pair {
        if unit >= FIRST_TWO {
            return TWOS.get(usize::from(unit - FIRST_TWO)).map_or(Pair::None, |two| Pair::Two(*two));
        }
        self.maps.astral.get(usize::from(unit.wrapping_sub(0xD800))).map_or(Pair::None, |c| Pair::One(*c))
    }

    /// The character of 8F and two bytes.
    pub(super) fn triple(&self, second: u8, third: u8) -> Option<char> {
        let three = self.maps.three.as_ref()?;
        if second < 0xA1 || third < 0xA1 {
            return None;
        }
        let unit = three.forward[usize::from(second & 0x7F) << 7 | usize::from(third & 0x7F)];
        one(unit).filter(|c| *c != '\0')
    }

    /// Two bytes of a character that is not ASCII, at once; 0 where [`Self::first_slow`] must be asked.
    #[inline]
    pub(super) fn first_fast(&self, c: char) -> u16 {
        let Some(bytes) = self.maps.reverse.get(c as usize).copied() else { return 0 };
        if bytes < 0x100 || (self.three && bytes & 0x80 == 0) { 0 } else { bytes }
    }

    /// Whether a character of the basic plane has a second byte string.
    #[inline]
    pub(super) fn has_more(&self, c: char) -> bool {
        let code = c as usize;
        self.maps.more_bits.get(code >> 6).is_some_and(|bits| bits >> (code & 63) & 1 != 0)
    }

    /// The canonical byte string of a character that is not ASCII.
    #[inline(never)]
    pub(super) fn first_slow(&self, c: char) -> Option<ByteSeq> {
        let found = self.in_reverse(c);
        // Most of what the reverse table lacks is nowhere else.
        let may_be_other = self.four || c > '\u{FFFF}' || self.has_more(c) || OWN_FOUR.contains(&c);
        if found.is_none() && may_be_other { self.others(c).next() } else { found }
    }

    /// The byte string in the reverse table.
    fn in_reverse(&self, c: char) -> Option<ByteSeq> {
        let bytes = *self.maps.reverse.get(c as usize)?;
        let [lead, trail] = bytes.to_be_bytes();
        match bytes {
            0 => None,
            // The tables are shared by codecs of which one lacks the byte.
            0x80..=0xFF if one(self.single[usize::from(trail)]) != Some(c) => None,
            _ if self.three && bytes >= 0x100 && trail < 0x80 => {
                Some(ByteSeq::new(&[0x8F, lead, trail | 0x80]))
            }
            _ => Some(ByteSeq::packed(bytes)),
        }
    }

    /// The byte strings of a character that stand in no reverse table, the canonical one first.
    fn others(&self, c: char) -> impl Iterator<Item = ByteSeq> {
        let code = c as usize;
        let more = if self.has_more(c) { self.maps.more.as_slice() } else { &[] };
        let more = &more[more.partition_point(|entry| entry.0 < c)..];
        let more = more.iter().take_while(move |entry| entry.0 == c).map(|entry| entry.1);
        let beyond = if code > 0xFFFF { self.maps.astral_reverse.as_slice() } else { &[] };
        let beyond = &beyond[beyond.partition_point(|entry| entry.0 < c)..];
        let beyond =
            beyond.iter().take_while(move |entry| entry.0 == c).map(|entry| ByteSeq::packed(entry.1));
        let no_two = code > 0xFFFF || self.maps.reverse[code] == 0;
        let four = if self.four && no_two { four_pointer(c).map(four_bytes) } else { None };
        let own = if OWN_FOUR.contains(&c) && no_two {
            [0xA0, 0xFD, 0xFE, 0xFF].into_iter().find(|byte| one(self.single[usize::from(*byte)]) == Some(c))
        } else {
            None
        };
        let own = own.map(|byte| ByteSeq::new(&[byte]));
        four.into_iter().chain(own).chain(more).chain(beyond)
    }

    /// Every byte string of a character that is not ASCII, the canonical one first.
    pub(super) fn every(&self, c: char) -> impl Iterator<Item = ByteSeq> {
        self.in_reverse(c).into_iter().chain(self.others(c))
    }

    /// The heap that the tables take, in bytes; codecs that share tables count them each.
    #[cfg(test)]
    pub(super) fn heap_bytes(&self) -> usize {
        let maps = self.maps;
        size_of::<[u16; 1 << 15]>()
            + size_of::<[u16; 1 << 16]>()
            + size_of::<[ByteSet; 128]>()
            + size_of::<[u64; 1 << 10]>()
            + maps.three.as_ref().map_or(0, |_| size_of::<Three>())
            + maps.astral.capacity() * size_of::<char>()
            + maps.astral_reverse.capacity() * size_of::<(char, u16)>()
            + maps.more.capacity() * size_of::<(char, ByteSeq)>()
    }
}

/// What code page 932's four bytes of its own are.
const OWN_FOUR: RangeInclusive<char> = '\u{F8F0}'..='\u{F8F3}';

/// The character of a four-byte pointer of GB18030.
pub(super) fn four_char(pointer: u32) -> Option<char> {
    match pointer {
        7457 => Some('\u{E7C7}'),
        0..39_420 => {
            let at = RANGES.partition_point(|range| u32::from(range.0) <= pointer);
            let (start, code) = RANGES.get(at.wrapping_sub(1))?;
            char::from_u32(u32::from(*code) + pointer - u32::from(*start))
        }
        189_000..=1_237_575 => char::from_u32(pointer - 189_000 + 0x1_0000),
        _ => None,
    }
}

/// The four-byte pointer of a character, if it has one.
pub(super) fn four_pointer(c: char) -> Option<u32> {
    let code = u32::from(c);
    if code >= 0x1_0000 {
        return Some(code - 0x1_0000 + 189_000);
    }
    match code {
        0xE7C7 => return Some(7457),
        0x1E3F => return None,
        _ => {}
    }
    let at = RANGES.partition_point(|range| u32::from(range.1) <= code);
    let (start, first) = RANGES.get(at.wrapping_sub(1))?;
    let pointer = u32::from(*start) + code - u32::from(*first);
    let end = RANGES.get(at).map_or(39_420, |next| u32::from(next.0));
    (pointer < end).then_some(pointer)
}

/// The bytes of a four-byte pointer below 1,587,600.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn four_bytes(pointer: u32) -> ByteSeq {
    ByteSeq::new(&[
        (0x81 + pointer / 12_600) as u8,
        (0x30 + pointer / 1_260 % 10) as u8,
        (0x81 + pointer / 10 % 126) as u8,
        (0x30 + pointer % 10) as u8,
    ])
}

impl Codec {
    /// The codec's tables, made if this is the first time.
    #[inline]
    pub(crate) fn tables(self) -> Tables {
        // Boxed, so that the program file does not hold the room for them.
        static SINGLES: [OnceLock<Box<Single>>; Codec::COUNT] = [const { OnceLock::new() }; Codec::COUNT];
        static DOUBLES: [OnceLock<Box<Double>>; 10] = [const { OnceLock::new() }; 10];
        match self.kind() {
            Kind::Utf8 => Tables::Utf8,
            Kind::Cesu8 => Tables::Cesu8,
            Kind::Utf16Le => Tables::Utf16Le,
            Kind::Utf16Be => Tables::Utf16Be,
            Kind::Iso2022Jp => Tables::Iso2022Jp,
            Kind::Single(page) => {
                Tables::Single(SINGLES[self.index()].get_or_init(|| Box::new(Single::new(page))))
            }
            Kind::Double(id) => {
                Tables::Double(DOUBLES[*id as usize].get_or_init(|| Box::new(Double::new(*id))))
            }
        }
    }
}
