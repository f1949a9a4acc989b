//! The one error type.

use std::fmt;
use std::sync::Arc;

/// What went wrong when a chain was parsed or a model was loaded. Repairing has no errors.
#[derive(Clone)]
pub struct Error(Arc<Kind>);

#[derive(Debug)]
pub(crate) enum Kind {
    /// A chain that does not parse: the text and what is wrong with it.
    Chain(String),
    /// A model file that is not one, is cut short, or was altered.
    Model(String),
}

impl Error {
    pub(crate) fn chain(why: impl fmt::Display) -> Self {
        Self(Arc::new(Kind::Chain(why.to_string())))
    }

    pub(crate) fn model(why: impl fmt::Display) -> Self {
        Self(Arc::new(Kind::Model(why.to_string())))
    }

    /// Whether a chain or a codec name was not understood.
    #[must_use]
    pub fn is_chain(&self) -> bool {
        matches!(*self.0, Kind::Chain(_))
    }

    /// Whether a model was refused.
    #[must_use]
    pub fn is_model(&self) -> bool {
        matches!(*self.0, Kind::Model(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Chain(why) => write!(f, "chain: {why}"),
            Kind::Model(why) => write!(f, "model: {why}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl std::error::Error for Error {}
