//! `luanma check`: findings as lines, as grep writes them.

use crate::annotate::Finding;
use crate::output::Output;
use crate::visible::visible_start;

/// How much of a stretch a line shows.
const SHOWN: usize = 60;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    Findings,
    Files,
    Nothing,
}

/// Writes one finding at `line` and `column`, which count from 1.
pub(crate) fn list(
    out: &mut Output,
    finding: &Finding,
    file: &str,
    line: u64,
    column: u64,
) -> anyhow::Result<()> {
    let chain = finding.chain.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
    let text = format!(
        "{file}:{line}:{column}: {chain} {} {} «{}» → «{}»\n",
        finding.verdict,
        finding.confidence,
        visible_start(&finding.original, SHOWN),
        visible_start(&finding.text, SHOWN),
    );
    out.put(text.as_bytes())
}
