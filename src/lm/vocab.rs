//! Characters → identifiers: a two-stage table in the file, and the classes for characters outside the vocabulary.

/// The identifier of a line end, and of the context at the start of a text or line.
pub const BOUNDARY: u16 = 0;
/// The identifier that all ten ASCII digits share: which digit it was can never be guessed from the model.
#[cfg(any(test, feature = "train"))]
pub const DIGIT: u16 = 1;
/// The identifier of the first class; the class of each character is fixed by `class_id`.
pub const FIRST_CLASS: u16 = 2;
/// The identifier of the most frequent character; the room below is for the boundary, digits and classes.
pub const FIRST_CHAR: u16 = 64;

/// Characters in one block of the second stage.
pub(crate) const BLOCK: usize = 256;
/// Blocks in the code space: the length of the first stage in entries.
pub(crate) const BLOCKS: usize = 0x11_0000 / BLOCK;

/// Side of a pair bitmap in characters: the three scripts' blocks.
pub(crate) const SIDE: u32 = 256;
/// Columns for the punctuation that stands, or that Windows code pages put, among letters; see [`punctuation_slot`].
pub(crate) const MARKS: u32 = 96;
/// Bytes of one script × script bitmap.
pub(crate) const PAIR_BYTES: usize = (SIDE * SIDE / 8) as usize;
/// Bytes of one script × punctuation bitmap.
pub(crate) const MARK_BYTES: usize = (SIDE * MARKS / 8) as usize;
/// First characters of the three scripts' blocks: Latin, Greek, Cyrillic.
pub(crate) const SCRIPTS: [u32; 3] = [0x80, 0x370, 0x400];
/// Bytes of all pair bitmaps: three within a script, then three script-then-mark, then three mark-then-script.
pub(crate) const PAIRS_BYTES: usize = 3 * PAIR_BYTES + 6 * MARK_BYTES;

/// Reads the little-endian `u16` number `index` of `bytes`.
#[inline]
pub(crate) fn u16_at(bytes: &[u8], index: usize) -> Option<u16> {
    let at = index.checked_mul(2)?;
    match bytes.get(at..at.checked_add(2)?) {
        Some(&[low, high]) => Some(u16::from_le_bytes([low, high])),
        _ => None,
    }
}

/// Whether bit `index` of `bitmap` is set; false past its end.
#[inline]
pub(crate) fn bit(bitmap: &[u8], index: usize) -> bool {
    bitmap.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1)
}

/// The column of a character in the script × punctuation bitmaps: U+2006–U+203F by their last bits; in the place of the first six fixed-width
/// spaces the other characters that cp125x put among letters; then U+00A0–U+00BF.
#[inline]
pub(crate) fn punctuation_slot(c: char) -> Option<u32> {
    Some(match c {
        '€' => 0,
        '™' => 1,
        '№' => 2,
        'ƒ' => 3,
        'ˆ' => 4,
        '˜' => 5,
        '\u{2006}'..='\u{203F}' => c as u32 & 0x3F,
        '\u{A0}'..='\u{BF}' => 64 + (c as u32 & 0x1F),
        _ => return None,
    })
}

/// Where two neighbours stand in the pair bitmaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pair {
    /// The bit of this number tells.
    Bit(usize),
    /// One of them is in a script's block, the other is a letter or symbol of elsewhere: never seen as common.
    Mixed,
    /// Neither is in a block, or the other is ASCII: nothing but the characters themselves tells.
    Outside,
}

/// The place of the pair `a`, `b` in the pair bitmaps.
#[inline]
pub(crate) fn pair(a: char, b: char) -> Pair {
    let in_script = |c: char| matches!(c as u32, 0x80..=0x17F | 0x370..=0x4FF);
    let (in_a, in_b) = (in_script(a), in_script(b));
    if !(in_a || in_b) || a.is_ascii() || b.is_ascii() {
        return Pair::Outside;
    }
    // Cyrillic before Greek: U+0400–U+046F lie in both blocks, and pairs of Cyrillic letters belong to the larger one.
    let scripts = [0, 2, 1];
    let row = |c: char, script: usize| (c as u32).checked_sub(SCRIPTS[script]).filter(|&row| row < SIDE);
    for script in scripts {
        if let (Some(x), Some(y)) = (row(a, script), row(b, script)) {
            return Pair::Bit(script * PAIR_BYTES * 8 + (x * SIDE + y) as usize);
        }
    }
    // A letter and a mark: `«П`, `’é`; a mark of U+00A0–U+00BF is not the letter.
    let letter = |c: char| in_script(c) && !matches!(c, '\u{80}'..='\u{BF}');
    let slot = |c: char| punctuation_slot(c).filter(|_| !letter(c));
    let found = match (letter(a), letter(b)) {
        (true, false) => slot(b).map(|slot| (a, slot, 0)),
        (false, true) => slot(a).map(|slot| (b, slot, 3)),
        // `»—`: among the marks of U+00A0–U+00BF as rows.
        (false, false) if in_a => slot(b).map(|slot| (a, slot, 0)),
        (false, false) => slot(a).map(|slot| (b, slot, 3)),
        (true, true) => None,
    };
    let Some((letter, slot, after)) = found else {
        // Vietnamese has letters far beyond U+0180; `·` and `«` stand in every script.
        let beside = |c: char| {
            matches!(c, '\u{180}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}') || (in_script(c) && !letter(c))
        };
        return if beside(a) || beside(b) { Pair::Outside } else { Pair::Mixed };
    };
    for script in scripts {
        if let Some(x) = row(letter, script) {
            let bitmap = 3 * PAIR_BYTES + (script + after) * MARK_BYTES;
            return Pair::Bit(bitmap * 8 + (x * MARKS + slot) as usize);
        }
    }
    Pair::Mixed
}

#[cfg(any(test, feature = "train"))]
mod class {
    use super::{BOUNDARY, DIGIT, FIRST_CLASS};

    /// What a class is called, and the least that one of its characters costs without context, in nats.
    #[derive(Clone, Copy, Debug)]
    pub struct Class {
        /// A short name for tables.
        pub name: &'static str,
        /// The floor of class cost + ln(size), in nats.
        pub floor_nats: f64,
    }

    /// A character that the training text never or hardly ever has is at least this costly. A uniform guess over the
    /// 150,000 assigned characters is 11.9 nats, so nothing unseen is cheaper than knowing nothing.
    const UNSEEN_NATS: f64 = 12.0;
    /// C1 controls, private use, noncharacters, U+FFFD: the training text was cleaned of them, so no count can say how
    /// rare they are in running text. One nat above the other unseen characters: they are what damage leaves behind.
    const DAMAGE_NATS: f64 = 13.0;

    const fn unseen(name: &'static str) -> Class {
        Class { name, floor_nats: UNSEEN_NATS }
    }

    const fn damage(name: &'static str) -> Class {
        Class { name, floor_nats: DAMAGE_NATS }
    }

    /// The classes; a class's number in this list plus [`FIRST_CLASS`] is its identifier.
    pub const CLASSES: [Class; 49] = [
        damage("C0 control"),
        damage("C1 control"),
        damage("private use"),
        damage("noncharacter"),
        damage("replacement character"),
        unseen("ASCII"),
        unseen("Latin-1 symbol"),
        unseen("Latin-1 letter"),
        unseen("Latin extended"),
        unseen("phonetic letter"),
        unseen("combining mark"),
        unseen("Greek"),
        unseen("Cyrillic"),
        unseen("Armenian, Georgian"),
        unseen("Hebrew"),
        unseen("Arabic"),
        unseen("Devanagari"),
        unseen("other Indic"),
        unseen("Thai"),
        unseen("other South-East Asian"),
        unseen("jamo"),
        unseen("other script"),
        unseen("general punctuation"),
        unseen("superscript, currency"),
        unseen("letter-like, number form"),
        unseen("arrow"),
        unseen("mathematical"),
        unseen("technical, enclosed"),
        unseen("box drawing"),
        unseen("geometric, dingbat"),
        unseen("CJK radical, stroke"),
        unseen("CJK punctuation"),
        unseen("kana"),
        unseen("bopomofo"),
        unseen("enclosed CJK"),
        unseen("Han extension A"),
        unseen("Yi, hexagram"),
        unseen("Han"),
        unseen("Hangul syllable"),
        unseen("compatibility ideograph"),
        unseen("presentation form"),
        unseen("full-width form"),
        unseen("half-width kana"),
        unseen("half-width Hangul"),
        unseen("emoji"),
        unseen("Han extension B and later"),
        unseen("mathematical letter"),
        unseen("other plane"),
        unseen("invisible format"),
    ];

    /// The identifier of the class of `c`; line ends and ASCII digits have their own, [`BOUNDARY`] and [`DIGIT`].
    #[must_use]
    pub fn class_id(c: char) -> u16 {
        let class = match c as u32 {
            0x0A | 0x0D => return BOUNDARY,
            0x30..=0x39 => return DIGIT,
            0x00..=0x1F | 0x7F => 0,
            0x80..=0x9F => 1,
            0xE000..=0xF8FF | 0xF_0000..=0xF_FFFD | 0x10_0000..=0x10_FFFD => 2,
            0xFDD0..=0xFDEF => 3,
            code if code & 0xFFFE == 0xFFFE => 3,
            0xFFFD => 4,
            0x20..=0x7E => 5,
            0xAD | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF0..=0xFFFC => 48,
            0xA0..=0xBF | 0xD7 | 0xF7 => 6,
            0xC0..=0xFF => 7,
            0x100..=0x24F | 0x1E00..=0x1EFF | 0x2C60..=0x2C7F | 0xA720..=0xA7FF | 0xAB30..=0xAB6F => 8,
            0x250..=0x2FF | 0x1D00..=0x1DBF => 9,
            0x300..=0x36F | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F => 10,
            0x370..=0x3FF | 0x1F00..=0x1FFF => 11,
            0x400..=0x52F | 0x1C80..=0x1C8F | 0x2DE0..=0x2DFF | 0xA640..=0xA69F => 12,
            0x530..=0x58F | 0x10A0..=0x10FF => 13,
            0x590..=0x5FF | 0xFB1D..=0xFB4F => 14,
            0x600..=0x6FF | 0x750..=0x77F | 0x8A0..=0x8FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFE => 15,
            0x900..=0x97F | 0xA8E0..=0xA8FF => 16,
            0x980..=0xDFF => 17,
            0xE00..=0xE7F => 18,
            0xE80..=0x109F | 0x1780..=0x17FF => 19,
            0x1100..=0x11FF | 0x3130..=0x318F | 0xA960..=0xA97F | 0xD7B0..=0xD7FF => 20,
            0x2000..=0x206F => 22,
            0x2070..=0x20CF => 23,
            0x2100..=0x218F => 24,
            0x2190..=0x21FF | 0x27F0..=0x27FF | 0x2900..=0x297F | 0x2B00..=0x2BFF => 25,
            0x2200..=0x22FF | 0x27C0..=0x27EF | 0x2980..=0x2AFF => 26,
            0x2300..=0x24FF => 27,
            0x2500..=0x259F => 28,
            0x25A0..=0x27BF => 29,
            0x2E80..=0x2FFF | 0x31C0..=0x31EF => 30,
            0x3000..=0x303F => 31,
            0x3040..=0x30FF | 0x31F0..=0x31FF => 32,
            0x3100..=0x312F | 0x31A0..=0x31BF => 33,
            0x3190..=0x319F | 0x3200..=0x33FF => 34,
            0x3400..=0x4DBF => 35,
            0x4DC0..=0x4DFF | 0xA000..=0xA4CF => 36,
            0x4E00..=0x9FFF => 37,
            0xAC00..=0xD7AF => 38,
            0xF900..=0xFAFF | 0x2_F800..=0x2_FA1F => 39,
            0xFB00..=0xFB1C | 0xFE00..=0xFE1F | 0xFE30..=0xFE6F => 40,
            0xFF00..=0xFF60 | 0xFFE0..=0xFFEF => 41,
            0xFF61..=0xFF9F => 42,
            0xFFA0..=0xFFDF => 43,
            0x1_D400..=0x1_D7FF => 46,
            0x1_F000..=0x1_FAFF => 44,
            0x2_0000..=0x3_FFFD => 45,
            code if code > 0xFFFF => 47,
            _ => 21,
        };
        FIRST_CLASS + class
    }
}

#[cfg(any(test, feature = "train"))]
pub use class::{CLASSES, Class, class_id};

/// Writes the two stages for `vocabulary`, whose characters get the identifiers from [`FIRST_CHAR`] on, in this order.
#[cfg(any(test, feature = "train"))]
pub(crate) fn build(vocabulary: &[char]) -> (Vec<u8>, Vec<u8>) {
    let mut blocks: Vec<Vec<u16>> = Vec::new();
    let mut numbers = std::collections::HashMap::new();
    let mut ids = std::collections::HashMap::new();
    for (&c, id) in vocabulary.iter().zip(FIRST_CHAR..) {
        ids.insert(c, id);
    }
    let mut first = Vec::new();
    for block in 0..BLOCKS {
        let entries: Vec<u16> = (0..BLOCK)
            .map(|offset| {
                let code = u32::try_from(block * BLOCK + offset).unwrap_or(0);
                // Surrogates are no characters; what stands in their place is never read.
                let c = char::from_u32(code).unwrap_or('\u{FFFD}');
                ids.get(&c).copied().unwrap_or_else(|| class_id(c))
            })
            .collect();
        let number = *numbers.entry(entries.clone()).or_insert_with(|| {
            blocks.push(entries);
            u16::try_from(blocks.len() - 1).unwrap_or(0)
        });
        first.extend_from_slice(&number.to_le_bytes());
    }
    let second = blocks.iter().flatten().flat_map(|id| id.to_le_bytes()).collect();
    (first, second)
}
