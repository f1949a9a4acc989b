//! Decoded stretches → competing pieces → disjoint repairs.

use std::collections::BTreeMap;

use crate::chain::Chain;
use crate::decode::{Event, Identity, Said, Segment};
use crate::report::Treatment;

/// One repair in the making: observed characters of a window and what takes their place.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) chain: Chain,
    /// What this reading undoes beside the chain.
    pub(crate) treatment: Option<Treatment>,
    /// Observed characters, from and up to.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) said: Vec<Said>,
    /// What the path cost before the first of them.
    pub(crate) cost_before: i64,
    /// Cost of leaving it minus the cost of this reading, the chain's prior not taken off, in 1/256 nat.
    pub(crate) gain: i64,
}

impl Piece {
    /// Counts its places from `more` characters farther ahead.
    pub(crate) fn shift(&mut self, more: usize) {
        self.start += more;
        self.end += more;
        self.said.iter_mut().for_each(|said| said.at += more);
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// A segment cut at line breaks that stay, without the characters at its ends that stay as they are.
pub(crate) fn pieces(chain: Chain, segment: &Segment, seen: &[char], identity: &Identity) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut from = 0;
    for k in 0..=segment.said.len() {
        let is_end = k == segment.said.len();
        if is_end || stays(segment, k, seen) && segment.said[k].event == Event::Char('\n') {
            out.extend(trimmed(chain, segment, from..k, seen, identity));
            from = k + 1;
        }
    }
    out
}

/// Whether the `k`-th character said is an observed character that stays.
fn stays(s: &Segment, k: usize, seen: &[char]) -> bool {
    let Event::Char(c) = s.said[k].event else { return false };
    let at = s.said[k].at;
    let before = if k == 0 { s.start } else { s.said[k - 1].at };
    at == before + 1 && seen[at - 1] == c
}

fn trimmed(
    chain: Chain,
    s: &Segment,
    range: std::ops::Range<usize>,
    seen: &[char],
    identity: &Identity,
) -> Option<Piece> {
    let (mut from, mut to) = (range.start, range.end);
    while from < to && stays(s, from, seen) {
        from += 1;
    }
    while from < to && stays(s, to - 1, seen) {
        to -= 1;
    }
    if from == to {
        return None;
    }
    let (start, cost_before) = match from.checked_sub(1) {
        Some(k) => (s.said[k].at, s.said[k].cost),
        None => (s.start, 0),
    };
    // What ends the segment also takes the observed characters of which nothing was said.
    let is_last = to == s.said.len();
    let (end, cost) = if is_last { (s.end, s.cost) } else { (s.said[to - 1].at, s.said[to - 1].cost) };
    let leaving = identity.prefix[end] - identity.prefix[start];
    Some(Piece {
        chain,
        treatment: None,
        start,
        end,
        said: s.said[from..to].to_vec(),
        cost_before,
        gain: leaving - (cost - cost_before),
    })
}

/// Of pieces that overlap, those that gain most. `worth` ranks a piece.
pub(crate) fn choose(pieces: Vec<Piece>, worth: impl Fn(&Piece) -> i64) -> Vec<Piece> {
    let mut ranked: Vec<(i64, Piece)> = pieces.into_iter().map(|p| (worth(&p), p)).collect();
    ranked.sort_by(|(a, p), (b, q)| b.cmp(a).then(p.start.cmp(&q.start)).then(p.chain.cmp(&q.chain)));
    // By where they start.
    let mut chosen: BTreeMap<usize, Piece> = BTreeMap::new();
    for (_, piece) in ranked {
        let before = chosen.range(..piece.end).next_back();
        if !before.is_some_and(|(_, other)| other.overlaps(&piece)) {
            chosen.insert(piece.start, piece);
        }
    }
    chosen.into_values().collect()
}
