//! Finds and repairs *mojibake*: text decoded with the wrong character set.

mod chain;
mod codec;
mod cost;
mod error;
#[cfg(feature = "garble")]
pub mod garble;
mod lm;
mod repairer;
mod report;

pub use chain::{Chain, Step};
pub use codec::Codec;
pub use cost::{Cost, NAT, nats};
pub use error::Error;
pub use repairer::{Builder, Candidate, Gaps, Repairer, Scratch};
pub use report::{Confidence, Gap, Loss, Repair, Report, Restored, Verdict, apply};
