//! Repairer.
use std::borrow::Cow;

use crate::chain::Chain;
use crate::report::{Confidence, Report};

/// What to do with characters that lost bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Gaps {
    /// Restore what the remaining bytes and the context tell, mark the rest.
    #[default]
    Infer,
    /// Mark every character that lost bytes.
    Mark,
    /// Leave a stretch that lost bytes as it is.
    Refuse,
}

/// Finds and repairs damage. Immutable: share one among threads.
#[derive(Clone, Debug, Default)]
pub struct Repairer {}

/// Settings for a [`Repairer`].
#[derive(Clone, Debug, Default)]
pub struct Builder {}

/// One thread's buffers.
#[derive(Clone, Debug, Default)]
pub struct Scratch {}

/// One way to read a whole text, as [`Repairer::candidates`] lists them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The chain that it undoes; none for the text as it is.
    pub chain: Option<Chain>,
    /// The report that this chain alone would give.
    pub report: Report<'static>,
    /// By how much it is likelier than leaving the text alone, in 1/256 nat.
    pub gain: crate::cost::Cost,
}

impl Repairer {
    /// The default settings and the embedded model.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts from the default settings.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The repaired text; borrowed where nothing changed.
    #[must_use]
    pub fn repair<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.report(text).text
    }

    /// The repaired text and what was done.
    #[must_use]
    pub fn report<'t>(&self, text: &'t str) -> Report<'t> {
        self.report_with(text, &mut Scratch::default())
    }

    /// As [`Self::report`], with buffers that are kept from call to call.
    #[must_use]
    pub fn report_with<'t>(&self, text: &'t str, _scratch: &mut Scratch) -> Report<'t> {
        Report { text: Cow::Borrowed(text), repairs: Vec::new() }
    }

    /// Every way to read the text that was considered, best first, the text as it is among them.
    #[must_use]
    pub fn candidates(&self, _text: &str) -> Vec<Candidate> {
        Vec::new()
    }

    /// Whether the scan finds anything worth a closer look. Never allocates.
    #[must_use]
    pub fn is_suspect(&self, _text: &str) -> bool {
        false
    }
}

impl Builder {
    /// Repairs below this confidence are not made. The default is calibrated.
    #[must_use]
    pub fn min_confidence(self, _confidence: Confidence) -> Self {
        self
    }
    /// What to do with characters that lost bytes.
    #[must_use]
    pub fn gaps(self, _gaps: Gaps) -> Self {
        self
    }
    /// What a gap is written as; U+FFFD unless told.
    #[must_use]
    pub fn gap_char(self, _gap: char) -> Self {
        self
    }
    /// A chain that the collection is known to have: likelier from the start.
    #[must_use]
    pub fn expect(self, _chain: Chain) -> Self {
        self
    }
    /// Undo this chain and no other.
    #[must_use]
    pub fn only(self, _chain: Chain) -> Self {
        self
    }
    /// The repairer.
    #[must_use]
    pub fn build(self) -> Repairer {
        Repairer::default()
    }
}
