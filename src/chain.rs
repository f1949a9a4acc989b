//! Steps and chains of damage.

use crate::codec::Codec;

/// Bytes written in one codec and read with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// The codec that the bytes were written in.
    pub truth: Codec,
    /// The codec that they were read with.
    pub misread: Codec,
}

/// One or more steps, in the order in which the damage happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chain {
    len: u8,
    steps: [Step; 4],
}
