//! The kinds of loss by name.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// One way to lose something.
///
/// The first group says what the decoder does with bytes that it cannot read, and there is at most one of it; the
/// second replaces everything but ASCII; the third happens to the text afterwards, in the order given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LossKind {
    /// The lead byte becomes U+FFFD and an ASCII byte after it stays: browsers, `encoding_rs`.
    Whatwg,
    /// The lead byte and what follows it become one `?`: Windows code-page conversion.
    Windows,
    /// Bytes that do not decode are gone: `iconv -c`, Python's `errors="ignore"`.
    Ignore,
    /// U+FFFD for each bad sequence, and what follows a bad lead byte is read anew: Python's `errors="replace"`.
    Replace,
    /// U+FFFD for every single bad byte.
    ReplaceByte,
    /// As [`LossKind::Replace`], but a pair that might have been a character is one U+FFFD: Java.
    Java,
    /// `?` for every single bad byte: databases.
    Question,

    /// GBK's reading of rows of U+FFFD: `锟斤拷`.
    Kunjinkao,
    /// U+FFFD for every byte that is not ASCII.
    ReplacementRows,
    /// `?` for every byte, or for every character, that is not ASCII.
    QuestionRows,
    /// Uninitialised memory read as GBK: `烫烫烫`, `屯屯屯`.
    Tang,

    /// Full-width forms become ASCII, U+3000 a space.
    Fold,
    /// All of Unicode NFKC.
    Nfkc,
    /// Private-use characters, controls and soft hyphens are gone; U+00A0 and U+3000 become spaces.
    Strip,
    /// U+00A0 and U+3000 become spaces, runs of spaces one; the ends of lines are trimmed.
    Collapse,
    /// Typographic quotes, dashes and the ellipsis become ASCII, `€` becomes `EUR`.
    Straighten,
    /// Letters become lower case.
    RecaseLower,
    /// Words get a capital and lower case.
    RecaseTitle,
    /// The text begins inside a character.
    CutStart,
    /// The text ends inside a character.
    CutEnd,
    /// Line breaks stand inside characters.
    Break,
    /// HTML's character references on top: `&auml;&cedil;`.
    EscapeHtml,
    /// JSON's escapes on top: `\u00e4\u00b8`.
    EscapeJson,
    /// A URL's escapes on top: `%C3%A4%C2%B8`.
    EscapePercent,
    /// Characters whose bytes spell a UTF-8 character become that character.
    Fuse,
    /// [`LossKind::Fuse`], and the outcome once more.
    FuseTwice,
    /// About what the repairer ftfy makes of it: fused, C1 controls gone, ligatures spelt out, full-width forms
    /// folded, quotes straightened, NFC.
    Ftfy,
}

impl LossKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::Whatwg,
        Self::Windows,
        Self::Ignore,
        Self::Replace,
        Self::ReplaceByte,
        Self::Java,
        Self::Question,
        Self::Kunjinkao,
        Self::ReplacementRows,
        Self::QuestionRows,
        Self::Tang,
        Self::Fold,
        Self::Nfkc,
        Self::Strip,
        Self::Collapse,
        Self::Straighten,
        Self::RecaseLower,
        Self::RecaseTitle,
        Self::CutStart,
        Self::CutEnd,
        Self::Break,
        Self::EscapeHtml,
        Self::EscapeJson,
        Self::EscapePercent,
        Self::Fuse,
        Self::FuseTwice,
        Self::Ftfy,
    ];

    /// The name that it prints as and parses from.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Whatwg => "whatwg",
            Self::Windows => "windows",
            Self::Ignore => "ignore",
            Self::Replace => "replace",
            Self::ReplaceByte => "replace-byte",
            Self::Java => "java",
            Self::Question => "question",
            Self::Kunjinkao => "kunjinkao",
            Self::ReplacementRows => "replacement-rows",
            Self::QuestionRows => "question-rows",
            Self::Tang => "tang",
            Self::Fold => "fold",
            Self::Nfkc => "nfkc",
            Self::Strip => "strip",
            Self::Collapse => "collapse",
            Self::Straighten => "straighten",
            Self::RecaseLower => "recase-lower",
            Self::RecaseTitle => "recase-title",
            Self::CutStart => "cut-start",
            Self::CutEnd => "cut-end",
            Self::Break => "break",
            Self::EscapeHtml => "escape-html",
            Self::EscapeJson => "escape-json",
            Self::EscapePercent => "escape-percent",
            Self::Fuse => "fuse",
            Self::FuseTwice => "fuse-twice",
            Self::Ftfy => "ftfy",
        }
    }

    /// Whether it happens while the bytes are read, in the first or second group.
    #[must_use]
    pub const fn is_decoding(self) -> bool {
        matches!(
            self,
            Self::Whatwg
                | Self::Windows
                | Self::Ignore
                | Self::Replace
                | Self::ReplaceByte
                | Self::Java
                | Self::Question
        ) || self.is_wholesale()
    }

    /// Whether it replaces everything but ASCII, so that there is nothing to invert.
    #[must_use]
    pub const fn is_wholesale(self) -> bool {
        matches!(self, Self::Kunjinkao | Self::ReplacementRows | Self::QuestionRows | Self::Tang)
    }
}

impl fmt::Display for LossKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LossKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|kind| kind.name()).collect();
            Error::chain(format_args!("there is no loss `{name}`; there are none, {}", known.join(", ")))
        })
    }
}

/// What is lost on the way: at most one kind while the bytes are read, then any number afterwards.
///
/// It prints and parses as names with `+` between, or `none`:
///
/// ```
/// use luanma::garble::Losses;
///
/// let losses: Losses = "windows+fold+cut-end".parse()?;
/// assert_eq!(losses.to_string(), "windows+fold+cut-end");
/// assert_eq!("none".parse::<Losses>()?, Losses::default());
/// # Ok::<(), luanma::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Losses {
    decoding: Option<LossKind>,
    treatments: Vec<LossKind>,
}

impl Losses {
    /// These kinds, in this order.
    ///
    /// # Errors
    ///
    /// If two of them say what happens while the bytes are read.
    pub fn new(kinds: &[LossKind]) -> Result<Self, Error> {
        let mut losses = Self::default();
        for &kind in kinds {
            if !kind.is_decoding() {
                losses.treatments.push(kind);
            } else if let Some(other) = losses.decoding.replace(kind) {
                return Err(Error::chain(format_args!("losses `{other}` and `{kind}` exclude each other")));
            }
        }
        Ok(losses)
    }

    /// The kind that happens while the bytes are read, if any.
    #[must_use]
    pub fn decoding(&self) -> Option<LossKind> {
        self.decoding
    }

    /// The kinds that happen afterwards, in order.
    pub fn treatments(&self) -> impl Iterator<Item = LossKind> + '_ {
        self.treatments.iter().copied()
    }
}

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            self.decoding.into_iter().chain(self.treatments()).map(LossKind::name).collect();
        f.write_str(if names.is_empty() { "none" } else { "" })?;
        f.write_str(&names.join("+"))
    }
}

impl FromStr for Losses {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.trim() == "none" {
            return Ok(Self::default());
        }
        let kinds: Vec<LossKind> =
            text.split('+').map(|name| name.trim().parse()).collect::<Result<_, _>>()?;
        Self::new(&kinds)
    }
}
