//! What an interpreter can go through in minutes: chains of pages of one byte a character.

use super::{Repairer, Report, Scratch};
use crate::{Chain, Verdict};

const LINE: &str = "дождь идёт";

/// What the chain has made of a line, without the `lost` characters of that.
fn damaged(chain: &str, lost: &[char]) -> (Chain, String) {
    let chain: Chain = chain.parse().unwrap();
    let text = chain.garble(LINE).unwrap();
    (chain, text.chars().filter(|c| !lost.contains(c)).collect())
}

/// What a repairer makes of `text` that undoes no other chain.
fn repaired(chain: Chain, text: &str) -> Report<'_> {
    Repairer::builder().only(chain).build().report_with(text, &mut Scratch::default())
}

#[test]
fn what_lost_nothing_comes_back() {
    for chain in ["utf-8>latin-1", "utf-8>cp1252", "cp1251>latin-1"] {
        let (chain, text) = damaged(chain, &[]);
        let report = repaired(chain, &text);
        assert_eq!((&*report.text, report.repairs.len()), (LINE, 1), "{chain}");
    }
}

/// The second byte of ж is missing.
#[test]
fn a_lost_byte_is_restored_or_a_gap() {
    let (chain, text) = damaged("utf-8>latin-1", &['¶']);
    let report = repaired(chain, &text);
    let verdicts: Vec<Verdict> = report.repairs.iter().map(|repair| repair.verdict).collect();
    assert_eq!(verdicts, [Verdict::Lossy]);
    assert!([LINE, "до\u{FFFD}дь идёт"].contains(&&*report.text), "{report:?}");
}
