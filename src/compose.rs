//! A repair of a repair: two plans, one after the other, as one plan for the first text.

use std::ops::Range;

use crate::cost::Cost;
use crate::report::{Confidence, Gap, Repair, Restored, Verdict};

/// Repairs of `middle`, which `first` made of `input`, as repairs of `input`.
pub(crate) fn compose(first: Vec<Repair>, middle: &str, second: &[Repair]) -> Vec<Repair> {
    // Where each first repair stands in the middle text.
    let mut placed = Vec::new();
    let (mut done, mut at) = (0, 0);
    for r in first {
        at += r.start - done;
        done = r.end;
        placed.push((at..at + r.text.len(), r));
        at = placed.last().map_or(at, |(range, _)| range.end);
    }
    // A place in the middle text that is not inside of a first repair, in the input.
    let in_input = |place: usize| match placed.iter().rev().find(|(range, _)| range.end <= place) {
        Some((range, r)) => r.end + (place - range.end),
        None => place,
    };
    let mut out = Vec::new();
    let (mut firsts, mut seconds) = (placed.iter().peekable(), second.iter().peekable());
    loop {
        // The next group of repairs that touch one another, in places of the middle text.
        let start = match (firsts.peek(), seconds.peek()) {
            (Some((range, _)), Some(s)) => range.start.min(s.start),
            (Some((range, _)), None) => range.start,
            (None, Some(s)) => s.start,
            (None, None) => break,
        };
        let (mut end, mut outer, mut inner) = (start, Vec::new(), Vec::new());
        loop {
            let touches = |at: usize| at < end || at == start;
            if let Some((range, r)) = firsts.next_if(|(range, _)| touches(range.start)) {
                end = end.max(range.end);
                outer.push(r);
            } else if let Some(s) = seconds.next_if(|s| touches(s.start)) {
                end = end.max(s.end);
                inner.push(s);
            } else {
                break;
            }
        }
        let begin = match placed.iter().find(|(range, _)| range.start == start) {
            Some((_, r)) => r.start,
            None => in_input(start),
        };
        out.push(merge(begin..in_input(end), &middle[start..end], start, &outer, &inner));
    }
    out
}

/// One repair that does what `outer` and then `inner` do. `middle` is what the outer ones left, from `offset` on.
fn merge(input: Range<usize>, middle: &str, offset: usize, outer: &[&Repair], inner: &[&Repair]) -> Repair {
    if let ([only], []) = (outer, inner) {
        return (*only).clone();
    }
    let mut text = String::new();
    let mut done = 0;
    let (mut gaps, mut restored) = (Vec::new(), Vec::new());
    for r in inner {
        text.push_str(&middle[done..r.start - offset]);
        let at = text.len();
        gaps.extend(r.gaps.iter().map(|g| Gap { at: at + g.at, ..g.clone() }));
        restored.extend(r.restored.iter().map(|g| Restored { at: at + g.at, ..g.clone() }));
        text.push_str(&r.text);
        done = r.end - offset;
    }
    text.push_str(&middle[done..]);
    let all = || outer.iter().chain(inner).copied();
    let chain = |rs: &[&Repair]| rs.iter().find_map(|r| r.chain);
    Repair {
        start: input.start,
        end: input.end,
        text,
        chain: match (chain(inner), chain(outer)) {
            (Some(inner), Some(outer)) => inner.followed_by(&outer),
            (inner, outer) => inner.or(outer),
        },
        treatment: all().find_map(|r| r.treatment),
        verdict: all().map(|r| r.verdict).max().unwrap_or(Verdict::Repaired),
        confidence: all().map(|r| r.confidence).min().unwrap_or(Confidence::ONE),
        gain: all().fold(0, |sum: Cost, r| sum.saturating_add(r.gain)),
        gaps,
        restored,
    }
}
