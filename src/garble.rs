//! The forward channel: makes the damage that the library repairs, and keeps account of what it lost.
//!
//! [`Chain::garble`] makes only damage that loses nothing. A [`Garbler`] adds [`Losses`]: bytes that the misread
//! could not decode, and what cleaners, databases and other repairers do to damaged text afterwards.
//!
//! ```
//! use luanma::garble::Garbler;
//!
//! let windows = Garbler::new("utf-8>gbk".parse()?).losses("windows".parse()?);
//! let made = windows.garble("在3月24日").expect("UTF-8 has every character");
//! assert_eq!(made.text, "鍦?鏈?4鏃?");
//! assert_eq!(made.gold("在3月24日", '□'), "在□月□4日", "of 3 and 2 nothing is left but a mark");
//! # Ok::<(), luanma::Error>(())
//! ```
//!
//! Where a kind of loss leaves a choice (where to cut, where to break a line), a seed decides: the same seed and
//! text give the same damage on every machine.

mod kinds;
mod rng;
mod trail;
mod treat;

use crate::chain::Chain;
use crate::codec::Codec;
use crate::codec::unread::Decoded;
use crate::report::Loss;

pub use kinds::{LossKind, Losses};
use rng::Rng;
use trail::{Byte, Token, Trail};

/// Damages text by one chain, with losses, under a seed.
#[derive(Clone, Debug)]
pub struct Garbler {
    chain: Chain,
    losses: Losses,
    seed: u64,
    at: At,
}

/// Which steps of the chain lose bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Step(usize),
    Every,
}

impl At {
    fn loses(self, step: usize) -> bool {
        self == Self::Every || self == Self::Step(step)
    }
}

impl Garbler {
    /// Damage by this chain that loses nothing, until [`Garbler::losses`] says otherwise.
    #[must_use]
    pub fn new(chain: Chain) -> Self {
        Self { chain, losses: Losses::default(), seed: 0, at: At::Step(0) }
    }

    /// What is lost on the way.
    #[must_use]
    pub fn losses(mut self, losses: Losses) -> Self {
        self.losses = losses;
        self
    }

    /// Decides what is left to chance.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The step of the chain, counted from 0, in which the losses happen; 0 unless told. The other steps must
    /// lose nothing. A step beyond the chain's last means the last.
    #[must_use]
    pub fn step(mut self, step: usize) -> Self {
        self.at = At::Step(step.min(self.chain.steps().len() - 1));
        self
    }

    /// Bytes are lost in every step of the chain, and what happens afterwards happens after the last.
    ///
    /// `gbk>utf-8,utf-8>gbk` needs it: the rows of U+FFFD of its first step seldom fill pairs of bytes in its second.
    #[must_use]
    pub fn every_step(mut self) -> Self {
        self.at = At::Every;
        self
    }

    /// The damaged text and what was lost; `None` where this chain cannot make such damage: a character that is
    /// not in the truth, or bytes that do not decode where the step may lose nothing.
    #[must_use]
    pub fn garble(&self, text: &str) -> Option<Garbled> {
        let mut rng = Rng::new(self.seed, text);
        let mut tokens: Vec<Token> =
            text.chars().zip(0..).map(|(ch, i)| Token { ch, lo: i, hi: i + 1, mark: false }).collect();
        let steps = self.chain.steps();
        let counted = match self.at {
            At::Step(n) => n,
            At::Every => 0,
        };
        let treated = match self.at {
            At::Step(n) => n,
            At::Every => steps.len() - 1,
        };
        let mut trail = Trail::default();
        for (k, step) in steps.iter().enumerate() {
            let mut bytes = encode(&tokens, step.truth)?;
            if k == counted {
                trail = Trail::new(&mut bytes);
            }
            tokens = match self.losses.decoding().filter(|_| self.at.loses(k)) {
                Some(kind) if !kind.is_wholesale() => {
                    read(&bytes, step.misread, Some(kind), &mut trail, k == counted)?
                }
                Some(kind) if k == counted => replace(&bytes, kind, &mut rng, &mut trail)?,
                _ => read(&bytes, step.misread, None, &mut trail, false)?,
            };
            if k == treated {
                for kind in self.losses.treatments() {
                    treat::treat(&mut tokens, kind, step.misread, &mut trail, &mut rng);
                }
            }
        }
        let lost = trail.lost(text, &tokens);
        Some(Garbled { text: tokens.iter().map(|t| t.ch).collect(), lost })
    }
}

/// Damaged text, and which characters of the original it lost bytes of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Garbled {
    /// The text as it looks after the damage.
    pub text: String,
    /// The characters of the original that lost bytes, or have bytes that read otherwise now; in order.
    pub lost: Vec<Lost>,
}

/// A character of the original that did not come through whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// Which character of the original, counted from 0 in Unicode scalar values.
    pub index: usize,
    /// Where it stands in the original, in bytes.
    pub at: usize,
    /// How it was damaged; where in several ways, the one that took bytes.
    pub loss: Loss,
    /// Of how many bytes it was, where the losses happened.
    pub bytes: usize,
    /// How many of them still stand behind something that shows.
    pub bytes_kept: usize,
    /// How many of the kept ones show as something else than the misread made of them: folded, fused, …
    pub bytes_altered: usize,
    /// Whether a mark (`?`, U+FFFD, …) stands where bytes are gone.
    pub trace: bool,
    /// What an ASCII character became that still shows, in another case: nothing can tell what it was.
    shown: Option<char>,
}

impl Lost {
    /// Whether none of its bytes is left: nothing can tell what it was.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.bytes_kept == 0
    }
}

impl Garbled {
    /// The best that a repair of this text can give: `original` (the text that was garbled) with `mark` for each
    /// character that is gone and left a trace, and without those that left none.
    ///
    /// A character with a byte left counts as known, though its context may not tell it.
    #[must_use]
    pub fn gold(&self, original: &str, mark: char) -> String {
        let mut lost = self.lost.iter().peekable();
        let mut out = String::with_capacity(original.len());
        for (i, c) in original.chars().enumerate() {
            match lost.next_if(|l| l.index == i) {
                Some(l) if l.is_gone() && l.trace => out.push(mark),
                Some(l) if l.is_gone() => {}
                Some(Lost { shown: Some(now), .. }) if c.is_ascii() => out.push(*now),
                _ => out.push(c),
            }
        }
        out
    }
}

/// The bytes of `tokens`, each with what it came from.
fn encode(tokens: &[Token], truth: Codec) -> Option<Vec<Byte>> {
    let mut out = Vec::with_capacity(tokens.len() * 3);
    let mut rest = tokens;
    while let Some(first) = rest.first() {
        let n = match truth {
            // Escapes around a row of characters: a row goes as a whole.
            Codec::ISO_2022_JP => rest.iter().take_while(|t| !t.ch.is_ascii()).count().max(1),
            // Big5 has bytes for Ê and ê with a macron or caron, of two characters each, and for neither mark alone.
            Codec::BIG5 if matches!(first.ch, 'Ê' | 'ê') => {
                1 + usize::from(rest.get(1).is_some_and(|t| matches!(t.ch, '\u{304}' | '\u{30c}')))
            }
            _ => 1,
        };
        let (whole, after) = rest.split_at(n);
        rest = after;
        let text: String = whole.iter().map(|t| t.ch).collect();
        let bytes = truth.encode(&text)?;
        // Three bytes of escape, two for each character, and an escape again.
        let in_pairs = n > 1 && bytes.len() == 3 + 2 * n + 3;
        out.extend(bytes.iter().enumerate().map(|(i, &value)| {
            let of = match i.saturating_sub(3) / 2 {
                character if in_pairs => &whole[character.min(n - 1)..=character.min(n - 1)],
                _ => whole,
            };
            Byte {
                value,
                lo: of.iter().map(|t| t.lo).min().unwrap_or(0),
                hi: of.iter().map(|t| t.hi).max().unwrap_or(0),
                mark: of.iter().all(|t| t.mark),
                starts: i == 0,
            }
        }));
    }
    Some(out)
}

/// `bytes` read with the wrong codec. `None` where they do not decode and `kind` does not say what then.
fn read(
    bytes: &[Byte],
    misread: Codec,
    kind: Option<LossKind>,
    trail: &mut Trail,
    first: bool,
) -> Option<Vec<Token>> {
    let raw: Vec<u8> = bytes.iter().map(|b| b.value).collect();
    let mut tokens = Vec::with_capacity(raw.len());
    let mut i = 0;
    while i < raw.len() {
        let (ch, n) = match misread.decode_step(&raw[i..]) {
            Decoded::Char(ch, n) => (ch, n),
            Decoded::Two([a, b], n) => {
                tokens.push(Token::over(a, &bytes[i..i + n]));
                (b, n)
            }
            Decoded::Invalid { bad } => {
                i += lose(&bytes[i..], bad, misread, kind?, trail, first, &mut tokens);
                continue;
            }
            Decoded::Truncated => {
                i += lose(&bytes[i..], raw.len() - i, misread, kind?, trail, first, &mut tokens);
                continue;
            }
        };
        tokens.push(Token::over(ch, &bytes[i..i + n]));
        i += n;
    }
    Some(tokens)
}

/// What a decoder does with bytes that it cannot read; returns how many it took.
fn lose(
    rest: &[Byte],
    bad: usize,
    misread: Codec,
    kind: LossKind,
    trail: &mut Trail,
    first: bool,
    tokens: &mut Vec<Token>,
) -> usize {
    let utf8 = misread == Codec::UTF_8;
    let leads = |b: &Byte| !utf8 && matches!(misread.decode_step(&[b.value]), Decoded::Truncated);
    let one = if utf8 { bad } else { 1 };
    let (mark, n) = match kind {
        LossKind::Whatwg => (Some('\u{fffd}'), bad),
        LossKind::Windows if leads(&rest[0]) => (Some('?'), 2),
        LossKind::Windows => (Some('?'), one),
        LossKind::Java if leads(&rest[0]) && rest.get(1).is_some_and(|b| (0x40..0xFF).contains(&b.value)) => {
            (Some('\u{fffd}'), 2)
        }
        LossKind::Java | LossKind::Replace => (Some('\u{fffd}'), one),
        LossKind::ReplaceByte => (Some('\u{fffd}'), 1),
        LossKind::Question => (Some('?'), 1),
        _ => (None, one),
    };
    let gone = &rest[..n.clamp(1, rest.len())];
    let loss = match mark {
        Some('?') => Loss::QuestionMark,
        Some(_) => Loss::Replacement,
        None => Loss::Dropped,
    };
    for byte in gone {
        trail.lose(byte.lo..byte.hi, loss, first);
    }
    if let Some(ch) = mark {
        tokens.push(Token { mark: true, ..Token::over(ch, gone) });
    }
    gone.len()
}

/// Everything but ASCII replaced, whatever the misread.
fn replace(bytes: &[Byte], kind: LossKind, rng: &mut Rng, trail: &mut Trail) -> Option<Vec<Token>> {
    let loss = if kind == LossKind::QuestionRows { Loss::QuestionMark } else { Loss::Replacement };
    let by_character = rng.below(2) == 0;
    let tang = if rng.below(2) == 0 { '烫' } else { '屯' };
    let mut tokens: Vec<Token> = Vec::with_capacity(bytes.len());
    for row in bytes.chunk_by(|a, b| a.value.is_ascii() == b.value.is_ascii() || !b.starts) {
        if row[0].value.is_ascii() && row[0].starts {
            tokens.extend(row.iter().map(|b| Token::over(char::from(b.value), std::slice::from_ref(b))));
            continue;
        }
        for byte in row {
            trail.lose(byte.lo..byte.hi, loss, true);
        }
        let mark = |ch, bytes: &[Byte]| Token { mark: true, ..Token::over(ch, bytes) };
        match kind {
            LossKind::QuestionRows if by_character => {
                tokens.extend(row.chunk_by(|_, b| !b.starts).map(|character| mark('?', character)));
            }
            LossKind::QuestionRows => tokens.extend(row.chunks(1).map(|byte| mark('?', byte))),
            LossKind::Tang => {
                let n = row.iter().filter(|b| b.starts).count() + rng.below(4);
                tokens.extend(std::iter::repeat_n(mark(tang, row), n));
            }
            _ => tokens.extend(row.chunks(1).map(|byte| mark('\u{fffd}', byte))),
        }
    }
    if kind == LossKind::Kunjinkao {
        let utf8 = encode(&tokens, Codec::UTF_8)?;
        return read(&utf8, Codec::GBK, Some(LossKind::Windows), trail, false);
    }
    Some(tokens)
}
