//! Kinds of loss and what they cost.
//!
//! A cost is the negative log-probability that a channel which was going to lose something lost it so. The
//! language model pays for what is restored; these pay for assuming that something was there at all.
//!
//! `cargo dev costs` counts those of `counted` on training text damaged with losses. What is in use differs where more samples come
//! out exactly with it: the counts take each kind of loss for as frequent as the samples of `cargo dev calibrate`, and what a mark may
//! have swallowed depends on the program that wrote it.

use crate::cost::{Cost, NAT, nats};
use crate::pairs::Kind;

/// Beginning a damaged stretch inside text that reads as clean.
pub(crate) const ENTER: Cost = nats(10.0);
/// Beginning one whose chain the document has proven elsewhere.
pub(crate) const ENTER_PROVEN: Cost = nats(3.0);
/// Leaving a character alone, beside damage, that the misread could have made: a page of bytes that mixes the two
/// is rare where every character is a byte, less so where clean Hanzi are like those of the damage.
pub(crate) const MIXED: Cost = nats(3.0);
/// The same under a misread of two bytes a character.
pub(crate) const MIXED_DOUBLE: Cost = nats(1.0);
/// A stretch that begins in the middle of a character, where the text or a line begins.
pub(crate) const CUT_START: Cost = nats(4.0);
/// The same where clean text stands before it: bytes must have been dropped.
pub(crate) const CUT_INSIDE: Cost = nats(10.0);
/// A stretch that ends in the middle of a character.
pub(crate) const CUT_END: Cost = nats(3.0);
/// A second byte string that reads as the same character.
pub(crate) const ALTERNATIVE: Cost = nats(0.5);
/// A mark that stands for one byte, where nothing readable could have followed it.
pub(crate) const MARK_ONE: Cost = nats(1.0);
/// A `?` that is a mark where a word ends and each byte is a character.
pub(crate) const ASKED: Cost = nats(4.0);
/// A mark that stands for one byte although what follows it could have made a pair with it.
pub(crate) const MARK_ONE_UNLIKELY: Cost = nats(10.0);
/// A `?` in the midst of damage that is one.
pub(crate) const LITERAL: Cost = nats(5.0);
/// A `?` of a program that spares the ASCII byte after a byte that it could not read.
pub(crate) const SPARES: Cost = nats(5.0);
/// A `?` that spares the ASCII character which closes what is open.
pub(crate) const SPARES_CLOSING: Cost = nats(1.5);
/// A `?` of one that swallows it, beyond what the text before it has shown.
pub(crate) const SWALLOWS: Cost = nats(0.2);
/// A `?` in the other habit than those before it.
pub(crate) const CHANGED_HABIT: Cost = nats(9.0);
/// A mark that stands for a byte and the ASCII byte after it.
pub(crate) const MARK_LOW: Cost = nats(0.5);
/// A mark that stands for two bytes above 7F.
pub(crate) const MARK_TWO: Cost = nats(2.0);
/// What that costs more where they are a pair of a page that has nearly all: what it has is lost by a second program only.
pub(crate) const MARK_TWO_READABLE: Cost = nats(8.0);
/// The same of either kind before another mark. Two bytes are two thirds of a gap, and a gap costs what it hides: where the other
/// gaps of a path come of that alone, the one kind would always win.
pub(crate) const MARK_ONE_OF_MANY: Cost = nats(3.0);
pub(crate) const MARK_TWO_OF_MANY: Cost = nats(1.0);
/// A line that ends with LF alone among others that end with CR LF. The model takes CR and LF for two line ends, one of them blank.
pub(crate) const LF_ALONE: Cost = nats(6.0);
/// Assuming a loss that leaves no mark where the observed character makes sense as it is.
pub(crate) const UNFORCED: Cost = nats(5.0);
/// A full-width form that was folded to ASCII.
pub(crate) const FOLDED: Cost = nats(2.0);
/// A no-break space that became a space.
pub(crate) const SPACE: Cost = nats(1.0);
/// A space and a no-break space that became one space.
pub(crate) const SPACE_COLLAPSED: Cost = nats(3.0);
/// A typographic mark that was straightened.
pub(crate) const STRAIGHTENED: Cost = nats(4.0);
/// A letter whose case was changed.
pub(crate) const RECASED: Cost = nats(5.0);
/// A line break put inside a character.
pub(crate) const BREAK: Cost = nats(6.0);
/// What that costs more where the text has other line breaks: it was put there by what breaks lines, and they end somewhere.
pub(crate) const BREAK_OF_MANY: Cost = nats(6.0);
/// Two bytes that read as a private-use character which was stripped, beyond the cost of dropped bytes.
pub(crate) const PRIVATE_USE: Cost = nats(1.0);
/// A character of which no byte is left: what a typical character would have cost, and then some.
pub(crate) const GAP: Cost = nats(9.0);
/// A lost ASCII character that cannot be a trail byte, beyond what the model takes for one: a digit, a space, punctuation.
pub(crate) const GAP_LOW: Cost = nats(0.5);
/// A character that kept bytes but fits nothing that the model knows.
pub(crate) const GAP_UNKNOWN: Cost = nats(11.0);

/// What the end of a text costs at most, where it may have been cut.
pub(crate) const END: Cost = nats(3.0);

/// A character of a plane that has none, beyond what the model takes for any unseen one.
pub(crate) const UNASSIGNED: Cost = nats(15.0);
/// A line break that was swallowed, beyond what the model takes for one: most texts come a line at a time.
pub(crate) const BREAK_SWALLOWED: Cost = nats(2.0);
/// Of line breaks so many in so many have two blanks or a tab behind them, and of other ASCII marks and spaces: 59 % and 1.5 in source
/// code (Python, C headers and Rust together). They are added to four times what a text shows.
pub(crate) const INDENTED: [(u64, u64); 2] = [(12, 20), (3, 200)];
/// So many line breaks or tabs show that a text has them.
pub(crate) const RECURS: u64 = 2;
/// What the habit of a text, to put a space between Hanzi and Latin letters or not, may bear on a lost one, and one in how many
/// is added to the counts of either. Of clean lines with one space at such a border and no border without, 21 in 22 others have one, with
/// two 74 in 75, with four 150 in 151.
pub(crate) const SPACING: Cost = nats(5.0);
pub(crate) const SPACING_PRIOR: u64 = 24;
/// The same of simplified and traditional Hanzi. Of lines that show one simplified Hanzi and no traditional one, one in 800 other
/// Hanzi of either kind is traditional, of those with more one in 2,000; most of that the model knows.
pub(crate) const SCRIPT: Cost = nats(4.0);
pub(crate) const SCRIPT_PRIOR: u64 = 8;
/// Marks of ASCII alone, and two or more of the same, in clean lines. Where one other is doubled and none is not, half are; where three are,
/// 98 in 100; where one is single, 5 in 100.
pub(crate) const RUNS: [u64; 2] = [23, 2];

/// The costs that can be counted on damaged text, by name.
#[cfg(any(test, feature = "train"))]
pub(crate) fn counted() -> [(&'static str, Cost); 8] {
    [
        ("MARK_ONE", MARK_ONE),
        ("MARK_TWO", MARK_TWO),
        ("MARK_LOW", MARK_LOW),
        ("LITERAL", LITERAL),
        ("FOLDED", FOLDED),
        ("SPACE", SPACE),
        ("STRAIGHTENED", STRAIGHTENED),
        ("PRIVATE_USE", PRIVATE_USE),
    ]
}

/// Marks that come in pairs: opening, closing, then the costs of [`Kind`]; the last one was counted in lines of prose, JSON, HTML, Markdown and
/// source code.
pub(crate) const PAIRS: &[Kind] = &[
    pair('“', '”', 3.4, 5.9, 4.8, 3.5),
    pair('‘', '’', 8.3, 5.0, 3.0, 3.0),
    pair('（', '）', 3.9, 5.0, 5.6, 4.0),
    pair('《', '》', 4.7, 4.7, 6.9, 5.0),
    pair('【', '】', 7.3, 5.4, 5.5, 3.5),
    pair('「', '」', 4.7, 6.2, 6.5, 3.5),
    pair('『', '』', 7.6, 5.0, 4.5, 3.5),
    pair('〈', '〉', 9.3, 3.5, 3.5, 3.0),
    pair('(', ')', 4.4, 2.7, 2.9, 3.2),
    pair('[', ']', 5.0, 4.3, 4.3, 3.6),
    pair('{', '}', 4.3, 3.1, 3.4, 1.2),
    pair('<', '>', 5.4, 0.6, 0.5, 2.0),
    pair('"', '"', 3.8, 0.0, 0.0, 3.7),
    pair('\'', '\'', 6.7, 0.0, 0.0, 1.8),
    pair('`', '`', 8.7, 0.0, 0.0, 2.2),
];

const fn pair(first: char, second: char, closes: f64, unopened: f64, reopened: f64, unclosed: f64) -> Kind {
    let (unopened, reopened) = (nats(unopened), nats(reopened));
    Kind { first, second, closes: nats(closes), unopened, reopened, unclosed: nats(unclosed) }
}

/// What one more dropped byte costs after `dropped` of them in `read` characters: rare at first, and the
/// cheaper the more of them the stretch has shown.
pub(crate) fn dropped(dropped: u16, read: u16) -> Cost {
    // (read + 12) / (dropped + 1/8)
    let odds = (u64::from(read) + 12) * 8 * 65536 / (u64::from(dropped) * 8 + 1);
    ln(odds) - LN_65536
}

pub(crate) const LN_65536: Cost = 2839; // 11.0904 nats

/// The natural logarithm of `x` in 1/256 nat, by integers alone.
pub(crate) fn ln(x: u64) -> Cost {
    if x <= 1 {
        return 0;
    }
    let whole = x.ilog2();
    // The mantissa in 1/256, and log2(1 + f) ≈ f + 0.3445 f (1 - f): within 0.003.
    let f = i64::try_from((u128::from(x) << 8 >> whole) & 0xFF).unwrap_or(0);
    let log2 = i64::from(whole) * 256 + f + 88 * f * (256 - f) / 65536;
    Cost::try_from(log2 * 1774 / 2560 * i64::from(NAT) / 256).unwrap_or(Cost::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_is_near() {
        for x in [2_u64, 3, 10, 77, 1000, 65536, 1 << 40] {
            let want = (x as f64).ln() * 256.0;
            assert!((f64::from(ln(x)) - want).abs() < 3.0, "{x}: {} {want}", ln(x));
        }
    }

    #[test]
    fn dropped_bytes_grow_cheaper() {
        assert!(dropped(0, 10) > nats(4.5));
        assert!(dropped(5, 20) < nats(2.0));
    }
}
