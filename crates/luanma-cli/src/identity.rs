//! Which program and which model gave an answer.

use std::fmt;

/// Version and model.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) version: &'static str,
    /// The hash of the model, in hexadecimal digits.
    pub(crate) model: Option<String>,
}

/// This program and its model.
// LATER: the model is `luanma::Model::embedded().hash()`.
pub(crate) fn identity() -> Identity {
    Identity { version: env!("CARGO_PKG_VERSION"), model: None }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.model {
            Some(model) => write!(f, "luanma {} (model {model})", self.version),
            None => write!(f, "luanma {}", self.version),
        }
    }
}
