//! Finds and repairs *mojibake*: text that was written in one character set and read with another.
//!
//! ```
//! // A Chinese sentence in UTF-8, read as GBK.
//! assert_eq!(luanma::repair("浠婂勾鐨勬熆瀛愮啛寰楁棭"), "今年的柿子熟得早");
//! // Clean text stays, and is not even copied.
//! assert!(matches!(luanma::repair("今年的柿子熟得早"), std::borrow::Cow::Borrowed(_)));
//! ```
//!
//! Which damage it was is found out, not told: leaving the text alone competes with undoing some chain of wrong
//! decodings, and a language model decides which is the likelier text. It knows Chinese best.
//!
//! # What is repaired
//!
//! Whole texts and stretches inside of clean ones, damaged by one wrong decoding or several in a row ([`Chain`],
//! made of [`Codec`]s), also where bytes were lost on the way: became `?` or U+FFFD, swallowed a neighbour,
//! vanished, or were folded to something similar ([`Loss`]). A character of which bytes are left is *restored* if
//! the context tells which it was; where nothing can tell, a *gap* is written (U+FFFD, or
//! [`Builder::gap_char`]). The report has each of them.
//!
//! ```
//! // The last byte was lost and became `?`.
//! let report = luanma::report("浠婂勾鐨勬熆瀛愮啛寰楁棭锛岄櫌瀛愰噷钀戒簡涓€鍦般€?");
//! assert_eq!(report.text, "今年的柿子熟得早，院子里落了一地。");
//! assert_eq!(report.repairs[0].chain.unwrap().to_string(), "utf-8>gbk");
//! assert_eq!(report.repairs[0].verdict, luanma::Verdict::Lossy);
//! ```
//!
//! # What is not
//!
//! Text of which nothing is left (`锟斤拷`, rows of `?`), lost ASCII letters and digits, escapes of text that is not damaged
//! (`%E4%B8%AD`, `\u4e2d`, `&#20013;`; of text that is, with [`Builder::escapes`]), and all that is not mojibake: simplified and traditional characters, normalisation, typos,
//! punctuation.
//!
//! # Settings
//!
//! [`repair`] and [`report()`] have the default ones. [`Repairer::builder`] has all: how sure a repair must be, what
//! to do about gaps, which damage to expect, whether to read escapes. A [`Repairer`] is immutable and shared among threads. Buffers
//! are kept for each thread, or by the caller in a [`Scratch`] for [`Repairer::report_with`].
//!
//! # Untrusted input
//!
//! Repairing any string gives a text and no error, and must not panic. There is no I/O, no thread, no `unsafe`
//! code here. The work is bounded per byte, but damage costs far more of it than clean text does: where strangers
//! choose the input, limit its length. The same input gives the same answer on every machine.
//! What is repaired is a guess with a [`Confidence`], and it may contain any character: escape it like the input.
//!
//! # Features
//!
//! None is on by default. `bytes`: raw bytes of unknown codec → text. `garble`: the maker of damage, for tests and
//! training data. `train`: the writer of model files.

#[cfg(feature = "bytes")]
mod bytes;
mod ceiling;
mod chain;
mod codec;
mod compose;
mod cost;
mod decode;
mod error;
mod escapes;
mod evident;
mod fitting;
#[cfg(feature = "garble")]
pub mod garble;
mod hash;
mod hopeless;
// What `train` makes public is nobody's without it.
#[cfg_attr(not(any(test, feature = "train")), allow(unreachable_pub))]
mod judge;
mod lattice;
mod layout;
// The same.
#[cfg_attr(not(any(test, feature = "train")), allow(unreachable_pub))]
mod lm;
mod loss;
mod natural;
mod pairs;
mod plain;
mod propose;
mod repairer;
mod report;
mod restore;
mod scan;
mod second_hand;
mod settle;
mod straight;
mod window;

#[cfg(feature = "bytes")]
pub use bytes::{Decoded, Piece, Undecodable, Written, decode};
pub use chain::{Chain, Step};
pub use codec::Codec;
pub use cost::{Cost, NAT, nats};
pub use error::Error;
pub use lm::Model;
pub use repairer::{Builder, Candidate, Escapes, Gaps, Repairer, Scratch};
pub use report::{Confidence, Gap, Loss, Repair, Report, Restored, Treatment, Verdict, apply};

/// The repaired text, with the default settings; borrowed where nothing changed.
#[must_use]
pub fn repair(text: &str) -> std::borrow::Cow<'_, str> {
    Repairer::new().repair(text)
}

/// The repaired text and what was done, with the default settings.
#[must_use]
pub fn report(text: &str) -> Report<'_> {
    Repairer::new().report(text)
}

/// What a model file is packed from; the program's and the developers' trainers use it, nothing else needs it.
#[cfg(any(test, feature = "train"))]
pub mod train {
    pub use crate::judge::{Evidence, FIGURES, Kind};
    pub use crate::lm::format::{Parts, hash};
    pub use crate::lm::ngrams::{Entry, ID_BITS, key};
    pub use crate::lm::vocab::{BOUNDARY, CLASSES, Class, DIGIT, FIRST_CHAR, FIRST_CLASS, class_id};

    /// The tables of the scan's first look, made from a model.
    #[must_use]
    pub fn scan_tables(model: &crate::Model) -> Vec<u8> {
        crate::scan::build::build(model)
    }

    /// Every repair of `text` that the search finds, made or not, and what speaks for and against it: what
    /// confidence is calibrated on.
    #[must_use]
    pub fn evidence(repairer: &crate::Repairer, text: &str) -> Vec<(crate::Repair, Evidence)> {
        repairer.evidence(text)
    }

    /// Every chain of one step that is searched for, and what assuming it costs.
    #[must_use]
    pub fn chains() -> Vec<(crate::Chain, crate::Cost)> {
        crate::propose::searched()
    }

    /// What the kinds of loss cost that `cargo dev costs` counts, by their names in the table.
    #[must_use]
    pub fn costs() -> Vec<(&'static str, crate::Cost)> {
        crate::loss::counted().to_vec()
    }

    /// Whether the scan of clean text passes over `c`.
    #[must_use]
    pub fn is_common(model: &crate::Model, c: char) -> bool {
        model.is_common(c)
    }

    /// Whether the scan of clean text passes over `a` followed by `b`.
    #[must_use]
    pub fn pair_is_common(model: &crate::Model, a: char, b: char) -> bool {
        model.pair_is_common(a, b)
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../README.zh.md")]
struct ReadmeZh;
