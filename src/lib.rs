//! Finds and repairs *mojibake*: text decoded with the wrong character set.

mod chain;
mod codec;
mod compose;
mod cost;
mod decode;
mod error;
mod fitting;
#[cfg(feature = "garble")]
pub mod garble;
mod hopeless;
mod judge;
mod lattice;
// What `train` makes public is nobody's without it.
#[cfg_attr(not(any(test, feature = "train")), allow(unreachable_pub))]
mod lm;
mod loss;
mod propose;
mod repairer;
mod report;
mod restore;
mod scan;
mod settle;
mod window;

pub use chain::{Chain, Step};
pub use codec::Codec;
pub use cost::{Cost, NAT, nats};
pub use error::Error;
pub use lm::Model;
pub use repairer::{Builder, Candidate, Gaps, Repairer, Scratch};
pub use report::{Confidence, Gap, Loss, Repair, Report, Restored, Verdict, apply};

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
    pub use crate::lm::format::Parts;
    pub use crate::lm::ngrams::{Entry, ID_BITS, key};
    pub use crate::lm::vocab::{BOUNDARY, CLASSES, Class, DIGIT, FIRST_CHAR, FIRST_CLASS, class_id};

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
