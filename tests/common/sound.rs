//! What every report promises; the fuzz targets look at it too.

use std::borrow::Cow;

use luanma::{Report, Verdict, apply};

/// Panics where a report is not the plan of what was done to `text`.
pub fn is_plan(text: &str, report: &Report<'_>) {
    assert_eq!(apply(text, &report.repairs), report.text, "the report is a plan of what was done");
    let mut end = 0;
    for repair in &report.repairs {
        assert!(
            end <= repair.start && repair.start <= repair.end,
            "sorted and disjoint: {:?}",
            report.repairs
        );
        let was = text.get(repair.start..repair.end).expect("on borders of characters");
        match repair.verdict {
            Verdict::Unrepaired => assert_eq!(was, repair.text, "what is not repaired stays"),
            _ => assert!(repair.chain.is_some(), "a repair has a chain: {repair:?}"),
        }
        for at in repair.gaps.iter().map(|g| g.at).chain(repair.restored.iter().map(|r| r.at)) {
            assert!(repair.text.is_char_boundary(at) && at < repair.text.len(), "in the repair: {repair:?}");
        }
        end = repair.end;
    }
}

/// Panics where a report of `text` does not keep what its documentation promises.
pub fn is_sound(text: &str, report: &Report<'_>) {
    is_plan(text, report);
    if report.repairs.iter().all(|r| r.verdict == Verdict::Unrepaired) {
        assert!(matches!(report.text, Cow::Borrowed(_)), "what stays is not copied");
    }
}
