//! What was found and what was done: a plan that turns the input into the output.

use std::borrow::Cow;
use std::fmt;

use crate::chain::Chain;
use crate::cost::Cost;

/// What became of a text, or of one damaged stretch of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// No damage was seen.
    Clean,
    /// Damage was undone and nothing was lost.
    Repaired,
    /// Damage was undone; some characters are gaps, or were restored from what was left of them.
    Lossy,
    /// Damage was seen that cannot be undone; the text stays as it is.
    Unrepaired,
}

impl Verdict {
    /// The name that reports and annotations use, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Repaired => "repaired",
            Self::Lossy => "lossy",
            Self::Unrepaired => "unrepaired",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A calibrated probability, in steps of 1/10,000, that a repair is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Confidence(pub(crate) u16);

impl Confidence {
    /// Certainty.
    pub const ONE: Self = Self(10_000);

    /// The confidence nearest to `p`, which is taken into 0 to 1.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn new(p: f64) -> Self {
        Self((p.clamp(0.0, 1.0) * 10_000.0).round() as u16)
    }

    /// The probability, 0 to 1.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.get())
    }
}

/// How bytes of a character were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// `?` stands for bytes that could not be read.
    QuestionMark,
    /// U+FFFD stands for bytes that could not be read.
    Replacement,
    /// Bytes are gone and nothing shows.
    Dropped,
    /// A full-width form was folded to ASCII, or U+3000 to a space.
    Folded,
    /// A no-break space became a space, or spaces were collapsed.
    Space,
    /// A typographic quote, dash or euro sign became ASCII.
    Straightened,
    /// A letter's case was changed.
    Recased,
    /// A line break stands inside a character.
    Break,
    /// The text was cut inside a character.
    Cut,
    /// Bytes were fused into another character by a second-hand repair or by normalisation.
    Fused,
}

impl Loss {
    /// The name that reports and annotations use, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::QuestionMark => "question-mark",
            Self::Replacement => "replacement",
            Self::Dropped => "dropped",
            Self::Folded => "folded",
            Self::Space => "space",
            Self::Straightened => "straightened",
            Self::Recased => "recased",
            Self::Break => "break",
            Self::Cut => "cut",
            Self::Fused => "fused",
        }
    }
}

/// What was done to damaged text before it came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Treatment {
    /// Another repairer: bytes that spell UTF-8 became their character, which was then composed, spelt out or
    /// straightened. What `ftfy.fix_text` does, and whatever else fuses.
    Ftfy,
    /// Unicode's normalisation form NFKC.
    Nfkc,
}

impl Treatment {
    /// The name that reports and annotations use, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ftfy => "ftfy",
            Self::Nfkc => "nfkc",
        }
    }
}

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A character that nothing can tell: no byte of it is left, or what is left fits too many.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Gap {
    /// Where its mark stands, in bytes of [`Repair::text`].
    pub at: usize,
    /// How it was lost.
    pub loss: Loss,
    /// What it may have been, likeliest first, with probabilities; empty where no byte is left.
    pub alternatives: Vec<(char, f64)>,
}

/// A character that lost bytes and was restored from the rest of them and from its context.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Restored {
    /// Where it stands, in bytes of [`Repair::text`].
    pub at: usize,
    /// How its bytes were lost.
    pub loss: Loss,
    /// The probability that it is the right one, 0 to 1.
    pub probability: f64,
    /// What else it may have been, likeliest first, with probabilities.
    pub alternatives: Vec<(char, f64)>,
}

/// One damaged stretch of the input and what takes its place.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Repair {
    /// Where the stretch begins, in bytes of the input.
    pub start: usize,
    /// Where it ends (the first byte after it), in bytes of the input.
    pub end: usize,
    /// What takes its place. With [`Verdict::Unrepaired`], the stretch as it is.
    pub text: String,
    /// How the damage came about. None where it cannot be told.
    pub chain: Option<Chain>,
    /// What was done to the damaged text afterwards, where that had to be undone as well.
    pub treatment: Option<Treatment>,
    /// [`Verdict::Repaired`], [`Verdict::Lossy`] or [`Verdict::Unrepaired`].
    pub verdict: Verdict,
    /// The probability that the repair is right.
    pub confidence: Confidence,
    /// By how much the repair is likelier than leaving the text alone, in 1/256 nat. Of a line that is UTF-8 throughout it may be by the
    /// characters alone, without their contexts.
    pub gain: Cost,
    /// Characters that could not be told, in order.
    pub gaps: Vec<Gap>,
    /// Characters that were restored, in order.
    pub restored: Vec<Restored>,
}

/// What [`Repairer::report`](crate::Repairer::report) found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report<'t> {
    /// The repaired text; borrowed from the input where nothing changed.
    pub text: Cow<'t, str>,
    /// The damaged stretches, sorted and disjoint, unrepaired ones too.
    pub repairs: Vec<Repair>,
}

impl Report<'_> {
    /// The worst verdict of the repairs; [`Verdict::Clean`] where there are none.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.repairs.iter().map(|r| r.verdict).max().unwrap_or(Verdict::Clean)
    }

    /// The least confidence of the repairs; 1 where there are none.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        self.repairs.iter().map(|r| r.confidence).min().unwrap_or(Confidence::ONE)
    }
}

/// The text that `repairs` make of `input`.
///
/// They must be sorted, disjoint and on character borders of `input`, as a [`Report`] of that text has them;
/// a repair that is not is passed over.
#[must_use]
pub fn apply(input: &str, repairs: &[Repair]) -> String {
    let mut out = String::with_capacity(input.len());
    let mut done = 0;
    for r in repairs {
        if r.start < done {
            continue;
        }
        let (Some(before), Some(_)) = (input.get(done..r.start), input.get(r.start..r.end)) else { continue };
        out.push_str(before);
        out.push_str(&r.text);
        done = r.end;
    }
    out.push_str(&input[done..]);
    out
}
