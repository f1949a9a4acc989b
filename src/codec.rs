//! The codecs: their names, and bytes ↔ characters in both directions.
//!
//! [`tables`] derives every table by decoding with encoding_rs, adds what vendors do otherwise, and keeps it for the
//! life of the process; [`unread`] asks which bytes a character may have been; [`read`] takes bytes, known or not,
//! one at a time.

mod data;
mod marks;
pub(crate) mod read;
pub(crate) mod tables;
pub(crate) mod unread;

use std::fmt;
use std::str::FromStr;

use encoding_rs::Encoding;

use crate::error::Error;
pub(crate) use read::{Fed, FedKnown, LatticeByte, Mask, Outcomes, Pattern, Pending};
use tables::{DoubleId, Kind, Page};
pub(crate) use unread::ByteSeq;

/// A character set with its byte encoding, as damage is made of: `gbk`, `utf-8`, `cp1252`…
///
/// Two codecs that differ in a single byte are two codecs, because that byte tells them apart: `gbk` is the WHATWG
/// standard's table with four-byte sequences, `cp936` is Microsoft's page, `gb18030` has no byte 80.
///
/// ```
/// use luanma::Codec;
///
/// let bytes = Codec::UTF_8.encode("文字").unwrap();
/// assert_eq!(Codec::GBK.decode(&bytes).unwrap(), "鏂囧瓧");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Codec(u8);

/// Makes the constants, their order and the table behind them from one list.
macro_rules! codecs {
    ($($(#[$doc:meta])* $id:ident $name:literal $kind:expr;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u8)]
        enum Id { $($id),* }

        impl Codec {
            $($(#[$doc])* pub const $id: Self = Self(Id::$id as u8);)*
        }

        /// Name and kind of each codec, by number.
        static CODECS: [(&str, Kind); [$(Id::$id as u8),*].len()] = [$(($name, $kind)),*];
    };
}

/// A page of encoding_rs whose undefined bytes mean nothing.
const fn iso(encoding: &'static Encoding) -> Kind {
    Kind::Single(Page::Strict(encoding))
}

/// A page of encoding_rs whose undefined bytes pass as the code points of the same value.
const fn windows(encoding: &'static Encoding) -> Kind {
    Kind::Single(Page::Passing(encoding))
}

codecs! {
    /// UTF-8, strictly: nothing overlong, no surrogates.
    UTF_8 "utf-8" Kind::Utf8;
    /// CESU-8 and Java's modified UTF-8: surrogates of three bytes each, C0 80 for U+0000. Takes UTF-8 as well.
    CESU_8 "cesu-8" Kind::Cesu8;
    /// The WHATWG standard's GBK: 80 is `€`, and the four-byte sequences of GB18030 are read too.
    GBK "gbk" Kind::Double(DoubleId::Gbk);
    /// GB18030 with the characters of 2022; 80 means nothing.
    GB18030 "gb18030" Kind::Double(DoubleId::Gb18030);
    /// Microsoft's code page 936: 80 is `€`, no four-byte sequences, its own private-use areas.
    CP936 "cp936" Kind::Double(DoubleId::Cp936);
    /// The WHATWG standard's Big5, with the characters of Hong Kong (HKSCS).
    BIG5 "big5" Kind::Double(DoubleId::Big5);
    /// Microsoft's code page 950, with its private-use areas.
    CP950 "cp950" Kind::Double(DoubleId::Cp950);
    /// The WHATWG standard's Shift_JIS, which is code page 932 but for the bytes A0 and FD to FF.
    SHIFT_JIS "shift_jis" Kind::Double(DoubleId::ShiftJis);
    /// Microsoft's code page 932.
    CP932 "cp932" Kind::Double(DoubleId::Cp932);
    /// EUC-JP, with the three-byte sequences of JIS X 0212.
    EUC_JP "euc-jp" Kind::Double(DoubleId::EucJp);
    /// The WHATWG standard's EUC-KR, which is code page 949 without its private-use areas.
    EUC_KR "euc-kr" Kind::Double(DoubleId::EucKr);
    /// Microsoft's code page 949, with its private-use areas.
    CP949 "cp949" Kind::Double(DoubleId::Cp949);
    /// ISO-2022-JP. Has states: whole texts only, nothing but ASCII byte by byte.
    ISO_2022_JP "iso-2022-jp" Kind::Iso2022Jp;
    /// UTF-16, the low byte first. A byte order mark is a character like any other.
    UTF_16LE "utf-16le" Kind::Utf16Le;
    /// UTF-16, the high byte first. A byte order mark is a character like any other.
    UTF_16BE "utf-16be" Kind::Utf16Be;
    /// ISO-8859-1 proper: each byte is the code point of its value.
    LATIN_1 "latin-1" Kind::Single(Page::Latin1);
    /// ISO-8859-2, Central European.
    ISO_8859_2 "iso-8859-2" iso(&encoding_rs::ISO_8859_2_INIT);
    /// ISO-8859-3, South European.
    ISO_8859_3 "iso-8859-3" iso(&encoding_rs::ISO_8859_3_INIT);
    /// ISO-8859-4, North European.
    ISO_8859_4 "iso-8859-4" iso(&encoding_rs::ISO_8859_4_INIT);
    /// ISO-8859-5, Cyrillic.
    ISO_8859_5 "iso-8859-5" iso(&encoding_rs::ISO_8859_5_INIT);
    /// ISO-8859-6, Arabic.
    ISO_8859_6 "iso-8859-6" iso(&encoding_rs::ISO_8859_6_INIT);
    /// ISO-8859-7, Greek.
    ISO_8859_7 "iso-8859-7" iso(&encoding_rs::ISO_8859_7_INIT);
    /// ISO-8859-8, Hebrew.
    ISO_8859_8 "iso-8859-8" iso(&encoding_rs::ISO_8859_8_INIT);
    /// ISO-8859-10, Nordic.
    ISO_8859_10 "iso-8859-10" iso(&encoding_rs::ISO_8859_10_INIT);
    /// ISO-8859-13, Baltic.
    ISO_8859_13 "iso-8859-13" iso(&encoding_rs::ISO_8859_13_INIT);
    /// ISO-8859-14, Celtic.
    ISO_8859_14 "iso-8859-14" iso(&encoding_rs::ISO_8859_14_INIT);
    /// ISO-8859-15, Western European with `€`.
    ISO_8859_15 "iso-8859-15" iso(&encoding_rs::ISO_8859_15_INIT);
    /// ISO-8859-16, South-Eastern European.
    ISO_8859_16 "iso-8859-16" iso(&encoding_rs::ISO_8859_16_INIT);
    /// Windows-1250, Central European.
    WINDOWS_1250 "cp1250" windows(&encoding_rs::WINDOWS_1250_INIT);
    /// Windows-1251, Cyrillic.
    WINDOWS_1251 "cp1251" windows(&encoding_rs::WINDOWS_1251_INIT);
    /// Windows-1252, Western European; its five holes pass as C1 controls.
    WINDOWS_1252 "cp1252" windows(&encoding_rs::WINDOWS_1252_INIT);
    /// Windows-1253, Greek.
    WINDOWS_1253 "cp1253" windows(&encoding_rs::WINDOWS_1253_INIT);
    /// Windows-1254, Turkish.
    WINDOWS_1254 "cp1254" windows(&encoding_rs::WINDOWS_1254_INIT);
    /// Windows-1255, Hebrew.
    WINDOWS_1255 "cp1255" windows(&encoding_rs::WINDOWS_1255_INIT);
    /// Windows-1256, Arabic.
    WINDOWS_1256 "cp1256" windows(&encoding_rs::WINDOWS_1256_INIT);
    /// Windows-1257, Baltic.
    WINDOWS_1257 "cp1257" windows(&encoding_rs::WINDOWS_1257_INIT);
    /// Windows-1258, Vietnamese.
    WINDOWS_1258 "cp1258" windows(&encoding_rs::WINDOWS_1258_INIT);
    /// Windows-874, Thai.
    WINDOWS_874 "cp874" windows(&encoding_rs::WINDOWS_874_INIT);
    /// Code page 866, Cyrillic for DOS.
    CP866 "cp866" iso(&encoding_rs::IBM866_INIT);
    /// Code page 437, the PC's first.
    CP437 "cp437" Kind::Single(Page::Table(&data::pages::CP437));
    /// Code page 850, Western European for DOS.
    CP850 "cp850" Kind::Single(Page::Table(&data::pages::CP850));
    /// Code page 852, Central European for DOS.
    CP852 "cp852" Kind::Single(Page::Table(&data::pages::CP852));
    /// Code page 857, Turkish for DOS.
    CP857 "cp857" Kind::Single(Page::Table(&data::pages::CP857));
    /// KOI8-R, Russian.
    KOI8_R "koi8-r" iso(&encoding_rs::KOI8_R_INIT);
    /// KOI8-U, Ukrainian.
    KOI8_U "koi8-u" iso(&encoding_rs::KOI8_U_INIT);
    /// Mac OS Roman.
    MACROMAN "macroman" iso(&encoding_rs::MACINTOSH_INIT);
    /// Mac OS Cyrillic, with the Ukrainian letters.
    MAC_CYRILLIC "mac-cyrillic" iso(&encoding_rs::X_MAC_CYRILLIC_INIT);
    /// The WHATWG standard's x-user-defined: 80 to FF are U+F780 to U+F7FF.
    X_USER_DEFINED "x-user-defined" iso(&encoding_rs::X_USER_DEFINED_INIT);
}

/// Names that go before the WHATWG standard's labels, in lower case, without `-`, `_` and spaces.
static ALIASES: &[(&str, Codec)] = &[
    ("932", Codec::CP932),
    ("936", Codec::CP936),
    ("949", Codec::CP949),
    ("950", Codec::CP950),
    ("big5hkscs", Codec::BIG5),
    ("cesu8", Codec::CESU_8),
    ("cp367", Codec::WINDOWS_1252),
    ("cp65001", Codec::UTF_8),
    ("cp819", Codec::LATIN_1),
    ("csisolatin1", Codec::LATIN_1),
    ("eucjp", Codec::EUC_JP),
    ("euckr", Codec::EUC_KR),
    ("ibm437", Codec::CP437),
    ("ibm819", Codec::LATIN_1),
    ("ibm850", Codec::CP850),
    ("ibm852", Codec::CP852),
    ("ibm857", Codec::CP857),
    ("ibm943", Codec::SHIFT_JIS),
    ("iso88591", Codec::LATIN_1),
    ("iso88591:1987", Codec::LATIN_1),
    ("isoir100", Codec::LATIN_1),
    ("javamodifiedutf8", Codec::CESU_8),
    ("l1", Codec::LATIN_1),
    ("latin1", Codec::LATIN_1),
    ("maccyrillic", Codec::MAC_CYRILLIC),
    ("macukrainian", Codec::MAC_CYRILLIC),
    ("macroman", Codec::MACROMAN),
    ("modifiedutf8", Codec::CESU_8),
    ("ms932", Codec::CP932),
    ("ms936", Codec::CP936),
    ("ms949", Codec::CP949),
    ("ms950", Codec::CP950),
    ("mutf8", Codec::CESU_8),
    ("sjis", Codec::SHIFT_JIS),
    ("uhc", Codec::CP949),
    ("utf16", Codec::UTF_16LE),
    ("windows31j", Codec::CP932),
    ("windows932", Codec::CP932),
    ("windows936", Codec::CP936),
    ("windows949", Codec::CP949),
    ("windows950", Codec::CP950),
];

/// What the WHATWG standard's encodings are called here.
static WHATWG: &[(&Encoding, Codec)] = &[
    (&encoding_rs::UTF_8_INIT, Codec::UTF_8),
    (&encoding_rs::GBK_INIT, Codec::GBK),
    (&encoding_rs::GB18030_INIT, Codec::GB18030),
    (&encoding_rs::BIG5_INIT, Codec::BIG5),
    (&encoding_rs::SHIFT_JIS_INIT, Codec::SHIFT_JIS),
    (&encoding_rs::EUC_JP_INIT, Codec::EUC_JP),
    (&encoding_rs::EUC_KR_INIT, Codec::EUC_KR),
    (&encoding_rs::ISO_2022_JP_INIT, Codec::ISO_2022_JP),
    (&encoding_rs::UTF_16LE_INIT, Codec::UTF_16LE),
    (&encoding_rs::UTF_16BE_INIT, Codec::UTF_16BE),
    (&encoding_rs::ISO_8859_8_I_INIT, Codec::ISO_8859_8),
];

/// Whether `c` is among Hanzi, kana and Hangul: no page of one byte a character has any of those.
#[inline]
pub(crate) fn is_wide(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{D7FF}')
}

impl Codec {
    /// How many codecs there are.
    pub(crate) const COUNT: usize = CODECS.len();

    /// The name that chains use: `gbk`, `utf-8`, `cp1252`…
    #[must_use]
    pub fn name(self) -> &'static str {
        CODECS.get(usize::from(self.0)).map_or("", |codec| codec.0)
    }

    /// Its number, below [`Self::COUNT`]; for bit sets.
    #[inline]
    #[must_use]
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    /// How it is laid out.
    #[inline]
    const fn kind(self) -> &'static Kind {
        // A codec's number is always that of one of the constants.
        &CODECS[self.0 as usize].1
    }

    /// Whether every byte is a character of its own.
    #[inline]
    pub(crate) const fn is_single_byte(self) -> bool {
        matches!(self.kind(), Kind::Single(_))
    }

    /// Whether characters beyond ASCII take two bytes, mostly.
    #[inline]
    pub(crate) const fn is_double_byte(self) -> bool {
        matches!(self.kind(), Kind::Double(_))
    }

    /// Whether even ASCII takes more than one byte.
    #[inline]
    pub(crate) const fn is_wide_unit(self) -> bool {
        matches!(self.kind(), Kind::Utf16Le | Kind::Utf16Be)
    }

    /// The codec of that name: its own, a label of the WHATWG standard, or a common alias, in any case and with `_`,
    /// `-` and spaces where one likes. `iso-8859-1` is [`Self::LATIN_1`] here, not Windows-1252.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        let plain = |label: &str| -> String {
            let kept = label.trim().chars().filter(|c| !matches!(c, '-' | '_' | ' '));
            kept.map(|c| c.to_ascii_lowercase()).collect()
        };
        let key = plain(label);
        if key.is_empty() || key.len() > 40 {
            return None;
        }
        if let Some(codec) = Self::all().find(|codec| plain(codec.name()) == key) {
            return Some(codec);
        }
        if let Some((_, codec)) = ALIASES.iter().find(|alias| alias.0 == key) {
            return Some(*codec);
        }
        // Labels whose `-` somebody left out or wrote `_`: try the ways it may have been.
        let lower = label.trim().to_ascii_lowercase();
        let encoding = [lower.replace('_', "-"), lower.replace('-', "_"), key.clone()]
            .iter()
            .chain([&lower])
            .find_map(|label| Encoding::for_label(label.as_bytes()));
        if let Some(encoding) = encoding {
            let listed = WHATWG.iter().find(|entry| *entry.0 == *encoding);
            return listed.map(|entry| entry.1).or_else(|| {
                Self::all().find(|codec| match codec.kind() {
                    Kind::Single(Page::Strict(own) | Page::Passing(own)) => **own == *encoding,
                    _ => false,
                })
            });
        }
        // `1252`, `cp1252`, `ibm866`, `windows1252`…: a bare number of a page.
        let number = key.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let page = format!("cp{number}");
        let prefix = &key[..key.len() - number.len()];
        if !number.is_empty()
            && matches!(prefix, "" | "cp" | "windows" | "win" | "ibm" | "oem" | "ms" | "codepage")
        {
            return Self::all().find(|codec| codec.name() == page);
        }
        None
    }

    /// Every codec, in a fixed order.
    #[allow(clippy::cast_possible_truncation)]
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u8).map(Self)
    }
}

impl FromStr for Codec {
    type Err = Error;

    /// As [`Codec::from_label`].
    fn from_str(label: &str) -> Result<Self, Error> {
        Self::from_label(label).ok_or_else(|| Error::chain(format_args!("no codec is called {label:?}")))
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Codec({})", self.name())
    }
}

#[cfg(test)]
mod tests;
