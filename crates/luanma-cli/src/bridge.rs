//! What the library cannot say yet, in one place; goes when it can.

use std::fmt;

use luanma::Chain;

/// The program's version and, once the library has it, the hash of its model.
// LATER: `luanma::Model::embedded().hash()`.
pub(crate) fn identity() -> Identity {
    Identity { version: env!("CARGO_PKG_VERSION"), model: None }
}

/// Which program and which model gave an answer.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) version: &'static str,
    pub(crate) model: Option<String>,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.model {
            Some(model) => write!(f, "luanma {} (model {model})", self.version),
            None => write!(f, "luanma {}", self.version),
        }
    }
}

/// The chain that `given` names.
// LATER: `given.parse::<Chain>()`.
pub(crate) fn parse_chain(given: &str) -> Result<Chain, String> {
    Err(format!("`{given}`: this build knows no chains yet"))
}

/// The name of a chain.
// LATER: `chain.to_string()`.
pub(crate) fn chain_name(chain: &Chain) -> String {
    format!("{chain:?}")
}
