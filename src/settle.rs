//! Decoded stretches → competing pieces → disjoint repairs.

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

/// Of pieces that overlap, those that gain most together. `worth` weighs a piece; what is worth nothing stays where nothing else is.
pub(crate) fn choose(mut pieces: Vec<Piece>, worth: impl Fn(&Piece) -> i64) -> Vec<Piece> {
    pieces.sort_by_key(|p| (p.end, p.start, p.chain));
    // What the first k pieces gain at most, and with how many before it the last of them is taken, where it is.
    let mut most: Vec<(i64, Option<usize>)> = vec![(0, None)];
    for (k, piece) in pieces.iter().enumerate() {
        let before = pieces[..k].partition_point(|p| p.end <= piece.start);
        let (without, with) = (most[k].0, most[before].0 + worth(piece).max(1));
        most.push(if with > without { (with, Some(before)) } else { (without, None) });
    }
    let mut chosen = Vec::new();
    while let Some(piece) = pieces.pop() {
        if let Some(before) = most[pieces.len() + 1].1 {
            chosen.push(piece);
            pieces.truncate(before);
        }
    }
    chosen.reverse();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(name: &str) -> Chain {
        name.parse().expect("a chain")
    }

    fn said(event: Event, at: usize, cost: i64) -> Said {
        Said { event, at, cost }
    }

    /// Leaving a character costs 100.
    fn identity(characters: i64) -> Identity {
        let mut identity = Identity::default();
        identity.prefix = (0..=characters).map(|n| 100 * n).collect();
        identity
    }

    /// Start, end, what is said, the cost before, and the gain.
    fn of(segment: &Segment, seen: &str) -> Vec<(usize, usize, String, i64, i64)> {
        let seen: Vec<char> = seen.chars().collect();
        let pieces = pieces(chain("utf-8>gbk"), segment, &seen, &identity(seen.len() as i64));
        let text = |piece: &Piece| piece.said.iter().filter_map(Said::whole).collect();
        pieces.iter().map(|p| (p.start, p.end, text(p), p.cost_before, p.gain)).collect()
    }

    #[test]
    fn a_segment_is_cut_at_breaks_and_trimmed() {
        let c = |c, at, cost| said(Event::Char(c), at, cost);
        let all = vec![c('a', 1, 1), c('文', 3, 5), c('\n', 4, 6), c('字', 5, 10), c('b', 6, 11)];
        let segment = Segment { start: 0, end: 6, said: all, cost: 12 };
        assert_eq!(
            of(&segment, "aXY\nZb"),
            [(1, 3, "文".into(), 1, 200 - 4), (4, 5, "字".into(), 6, 100 - 4)]
        );
        // A break that was not there is part of a piece, and so is an `a` of two characters.
        let all = vec![c('文', 2, 5), c('\n', 4, 6), c('a', 6, 10)];
        let segment = Segment { start: 0, end: 7, said: all, cost: 12 };
        // What ends the segment takes along what says nothing.
        assert_eq!(of(&segment, "XYZZaab"), [(0, 7, "文\na".into(), 0, 700 - 12)]);
    }

    #[test]
    fn a_segment_that_does_not_begin_the_window() {
        let c = |c, at, cost| said(Event::Char(c), at, cost);
        let all = vec![c('a', 4, 3), c('文', 6, 7)];
        let segment = Segment { start: 3, end: 6, said: all, cost: 8 };
        assert_eq!(of(&segment, "---aXY--"), [(4, 6, "文".into(), 3, 200 - 5)]);
        let all = vec![c('文', 5, 7), c('字', 6, 9)];
        let segment = Segment { start: 3, end: 6, said: all, cost: 9 };
        assert_eq!(of(&segment, "---XYZ--"), [(3, 6, "文字".into(), 0, 300 - 9)]);
    }

    #[test]
    fn what_only_stays_is_no_piece() {
        let c = |c, at, cost| said(Event::Char(c), at, cost);
        let all = vec![c('a', 1, 1), c('b', 2, 2), c('\n', 3, 3)];
        let segment = Segment { start: 0, end: 3, said: all, cost: 4 };
        assert!(of(&segment, "ab\n").is_empty());
        // The same letter is not the same character where it was lost and told again.
        let lossy = said(Event::Lossy('a', crate::Loss::Dropped, None), 1, 1);
        let segment = Segment { start: 0, end: 1, said: vec![lossy], cost: 1 };
        assert_eq!(of(&segment, "a"), [(0, 1, String::new(), 0, 99)]);
    }

    fn piece(chain_name: &str, start: usize, end: usize, gain: i64) -> Piece {
        Piece {
            chain: chain(chain_name),
            treatment: None,
            start,
            end,
            said: vec![said(Event::Char('文'), end, 1)],
            cost_before: 0,
            gain,
        }
    }

    #[test]
    fn of_what_overlaps_the_best_is_chosen() {
        let places = |pieces: Vec<Piece>| -> Vec<(usize, usize)> {
            choose(pieces, |p| p.gain).iter().map(|p| (p.start, p.end)).collect()
        };
        let gbk = |start, end, gain| piece("utf-8>gbk", start, end, gain);
        assert_eq!(places(vec![gbk(0, 4, 5), gbk(3, 6, 9), gbk(6, 8, 1)]), [(3, 6), (6, 8)]);
        assert_eq!(
            places(vec![gbk(3, 6, 9), gbk(0, 3, 5)]),
            [(0, 3), (3, 6)],
            "sorted; what touches is apart"
        );
        assert_eq!(places(vec![gbk(2, 3, 1), gbk(0, 9, 2)]), [(0, 9)]);
        assert_eq!(places(vec![gbk(2, 3, 2), gbk(0, 9, 1)]), [(2, 3)]);
        // One that gains more than either of two does not stand against both.
        assert_eq!(places(vec![gbk(0, 4, 5), gbk(0, 9, 7), gbk(5, 9, 4)]), [(0, 4), (5, 9)]);
        assert_eq!(places(vec![gbk(0, 4, 5), gbk(0, 9, 10), gbk(5, 9, 4)]), [(0, 9)]);
        // What gains nothing takes nothing away.
        assert_eq!(places(vec![gbk(0, 4, -5), gbk(3, 5, 2), gbk(5, 9, -4)]), [(3, 5), (5, 9)]);
        // As good as each other: the earlier, then the lesser chain, whatever the order.
        assert_eq!(places(vec![gbk(1, 4, 5), gbk(0, 2, 5)]), [(0, 2)]);
        let both = [piece("utf-8>gbk", 0, 2, 5), piece("utf-8>cp1252", 0, 2, 5)];
        let least = both.iter().map(|p| p.chain).min();
        for pieces in [both.to_vec(), both.iter().rev().cloned().collect()] {
            let chosen = choose(pieces, |p| p.gain);
            assert_eq!(chosen.iter().map(|p| Some(p.chain)).collect::<Vec<_>>(), [least]);
        }
    }

    #[test]
    fn a_piece_is_shifted_with_what_it_says() {
        let mut piece = piece("utf-8>gbk", 2, 4, 1);
        piece.shift(10);
        assert_eq!((piece.start, piece.end, piece.said[0].at), (12, 14, 14));
    }
}
