//! `luanma garble`: damage for tests and training data.

use anyhow::bail;

use crate::args::Garble;
use crate::fix::Outcome;

// LATER: on `luanma::garble`.
pub(crate) fn garble(args: &Garble) -> anyhow::Result<Outcome> {
    bail!("garble: {:?} {:?} {}: this build cannot do it yet", args.chain, args.loss, args.seed)
}
