//! How far the search of a window has come, and what with.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::REACH;
use super::piece::{is_clear, worth};
use crate::chain::Chain;
use crate::propose::are_swaps;
use crate::settle::Piece;

/// How far what was found goes, as a window is gone through.
#[derive(Default)]
pub(super) struct Cover {
    /// Pieces that begin farther on: where, where they end, and whether they leave no doubt.
    ahead: BinaryHeap<Reverse<(usize, usize, bool)>>,
    /// Where the last of those ends that have begun.
    pub(super) until: usize,
    /// The same of those that leave no doubt.
    pub(super) clear: usize,
}

impl Cover {
    pub(super) fn extend(&mut self, found: &[Piece]) {
        self.ahead.extend(found.iter().map(|piece| Reverse((piece.start, piece.end, is_clear(piece)))));
    }

    /// Takes in what has begun at character `i`.
    pub(super) fn reach(&mut self, i: usize) {
        while let Some(&Reverse((_, end, is_clear))) =
            self.ahead.peek().filter(|Reverse((start, ..))| *start <= i)
        {
            self.until = self.until.max(end);
            self.clear = self.clear.max(if is_clear { end } else { 0 });
            self.ahead.pop();
        }
    }
}

/// What the search of a window has come to so far.
pub(super) struct Progress {
    pub(super) pieces: Vec<Piece>,
    pub(super) tried: Vec<Tried>,
}

/// A chain that a range of observed characters was decoded with.
pub(super) struct Tried {
    chain: Chain,
    pub(super) range: Range<usize>,
    /// What it has come to, among all pieces; sorted and disjoint.
    found: Range<usize>,
}

impl Progress {
    /// Takes in what `chain` has made of `range`.
    pub(super) fn add(&mut self, chain: Chain, range: Range<usize>, found: Vec<Piece>) {
        let first = self.pieces.len();
        self.pieces.extend(found);
        self.tried.push(Tried { chain, range, found: first..self.pieces.len() });
    }

    /// What was decoded with `chain`, or with what is no other, around character `at`, if anything was.
    pub(super) fn with(&self, chain: Chain, at: usize) -> Option<&Tried> {
        let is_it = |other: &Chain| *other == chain || are_swaps(other, &chain);
        self.tried.iter().find(|tried| is_it(&tried.chain) && tried.range.contains(&at))
    }

    /// Whether far more than what stands near character `at` was decoded with some chain.
    pub(super) fn has_passed(&self, at: usize) -> bool {
        self.tried.iter().any(|tried| tried.range.start <= at && at + REACH < tried.range.end)
    }

    /// What the pieces that `tried` has come to are worth in `range`.
    pub(super) fn worth(&self, tried: &Tried, range: &Range<usize>) -> i64 {
        let found = &self.pieces[tried.found.clone()];
        let inside = found[found.partition_point(|p| p.end <= range.start)..].iter();
        let part = |p: &Piece| {
            let shared = p.end.min(range.end) - p.start.max(range.start);
            worth(p).max(0) * shared as i64 / (p.end - p.start) as i64
        };
        inside.take_while(|p| p.start < range.end).map(part).sum()
    }
}
