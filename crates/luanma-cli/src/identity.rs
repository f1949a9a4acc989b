//! Which program and which model gave an answer.

use std::fmt;

use luanma::Model;

/// Version and model.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) version: &'static str,
    /// The hash of the model, in hexadecimal digits.
    pub(crate) model: String,
}

/// This program and its model.
pub(crate) fn identity() -> Identity {
    with(Model::embedded())
}

/// This program and another model.
pub(crate) fn with(model: &Model) -> Identity {
    Identity { version: env!("CARGO_PKG_VERSION"), model: format!("{:016x}", model.hash()) }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "luanma {} (model {})", self.version, self.model)
    }
}
