//! What the best path says: its nodes, settled as the search goes on, and the damaged stretches on it.

use super::{Decoder, Hyp, RING};
use crate::codec::Pattern;
use crate::loss;
use crate::report::Loss;

/// How many nodes are kept before the settled part of the path is written out.
pub(super) const NODES: usize = 1 << 15;
pub(super) const NONE: u32 = u32::MAX;

/// What the best path says at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Event {
    /// A damaged stretch begins.
    Enter,
    /// It ends.
    Leave,
    /// A character all of whose bytes were there.
    Char(char),
    /// A character that was read although something of it was lost.
    Lossy(char, Loss, Option<Pattern>),
    /// A character that could not be told; a character of its kind, where the kind is known.
    Gap(Loss, Option<Pattern>, Option<char>),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) prev: u32,
    /// Observed characters taken when this happened.
    pub(super) at: u32,
    /// The cost of the path up to and with it.
    cost: i64,
    pub(super) event: Event,
}

/// One damaged stretch of the observed characters, as one chain reads it.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    /// Observed characters, from and up to.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// What it says: `Char`, `Lossy` and `Gap` only.
    pub(crate) said: Vec<Said>,
    /// What its path costs, in 1/256 nat, entering not counted.
    pub(crate) cost: i64,
}

/// One character of what a segment says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) event: Event,
    /// Observed characters taken by then.
    pub(crate) at: usize,
    /// What the segment's path costs up to and with it.
    pub(crate) cost: i64,
}

impl Said {
    /// The character, if nothing of it was lost.
    pub(crate) fn whole(&self) -> Option<char> {
        if let Event::Char(c) = self.event { Some(c) } else { None }
    }
}

#[inline]
pub(super) fn add(nodes: &mut Vec<Node>, prev: u32, at: usize, cost: i64, event: Event) -> u32 {
    let id = u32::try_from(nodes.len()).unwrap_or(NONE);
    nodes.push(Node { prev, at: u32::try_from(at).unwrap_or(u32::MAX), cost, event });
    id
}

/// Cuts a path into its damaged stretches.
fn segments(path: &[Node]) -> Vec<Segment> {
    let mut out = Vec::new();
    let mut open: Option<(Segment, i64)> = None;
    for node in path {
        match node.event {
            Event::Enter => {
                let at = node.at as usize;
                open = Some((Segment { start: at, end: at, said: Vec::new(), cost: 0 }, node.cost));
            }
            Event::Leave => {
                if let Some((mut s, before)) = open.take() {
                    s.end = node.at as usize;
                    s.cost = node.cost - before;
                    out.push(s);
                }
            }
            event => {
                if let Some((s, before)) = &mut open {
                    s.said.push(Said { event, at: node.at as usize, cost: node.cost - *before });
                }
            }
        }
    }
    out
}

impl Decoder<'_> {
    #[inline]
    pub(super) fn node(&mut self, prev: u32, at: usize, cost: i64, event: Event) -> u32 {
        add(&mut self.nodes, prev, at, cost, event)
    }

    /// Settles what is far enough behind `i`, where much has gathered.
    pub(super) fn settle_some(&mut self, i: usize) {
        if self.nodes.len() > self.limit {
            self.settle(i);
            self.limit = NODES.max(self.nodes.len() * 2);
        }
    }

    /// Writes out the part of the best path that is far enough behind `i`, and forgets all other paths.
    fn settle(&mut self, i: usize) {
        let Some(best) = self.ring[i % RING].iter().min_by_key(|h| h.cost) else { return };
        let mut root = best.node;
        while root != NONE && self.nodes[root as usize].at as usize + RING * 2 > i {
            root = self.nodes[root as usize].prev;
        }
        self.write_out(root);
        // A node stays where a living hypothesis stands on it; the root itself is settled now.
        let mut stays = vec![false; self.nodes.len()];
        for place in &mut self.ring {
            place.retain(|h| {
                let (mut at, mut steps) = (h.node, Vec::new());
                while at != NONE && at != root && !stays[at as usize] {
                    steps.push(at);
                    at = self.nodes[at as usize].prev;
                }
                let descends = at == root || at != NONE;
                if descends {
                    steps.iter().for_each(|&k| stays[k as usize] = true);
                }
                descends
            });
        }
        let mut moved = vec![NONE; self.nodes.len()];
        let mut kept = Vec::new();
        for (k, node) in self.nodes.iter().enumerate() {
            if stays[k] {
                moved[k] = u32::try_from(kept.len()).unwrap_or(NONE);
                let prev = if node.prev == NONE { NONE } else { moved[node.prev as usize] };
                kept.push(Node { prev, ..*node });
            }
        }
        for h in self.ring.iter_mut().flatten() {
            h.node = if h.node == NONE { NONE } else { moved[h.node as usize] };
        }
        self.nodes = kept;
    }

    pub(super) fn finish(mut self, n: usize) -> Vec<Segment> {
        let mut beam = std::mem::take(&mut self.ring[n % RING]);
        self.prune(&mut beam);
        let mut ends = Vec::new();
        // Completing a character costs something, so most need not be completed to see that they are not the best.
        let whole = |h: &Hyp| !h.damaged || h.is_between_characters();
        let least = beam.iter().filter(|h| whole(h)).map(|h| h.cost + self.end(h)).min().unwrap_or(i64::MAX);
        beam.retain(|h| whole(h) || h.cost <= least);
        for h in beam {
            if h.damaged { self.leave(h, n, &mut ends) } else { ends.push(h) }
        }
        let best = ends.iter().min_by_key(|h| h.cost + self.end(h)).map_or(NONE, |h| h.node);
        self.write_out(best);
        let found = segments(&self.settled);
        self.give_back();
        found
    }

    /// What it costs that the text ends behind `h`, where it does.
    fn end(&self, h: &Hyp) -> i64 {
        if !self.terms.is_end {
            return 0;
        }
        i64::from(self.model.score(h.lm, '\n').0.min(loss::END) + h.pairs.cost_of_end())
    }

    /// Writes out the path that ends in a node.
    fn write_out(&mut self, end: u32) {
        let from = self.settled.len();
        let mut at = end;
        while at != NONE {
            self.settled.push(self.nodes[at as usize]);
            at = self.nodes[at as usize].prev;
        }
        self.settled[from..].reverse();
    }
}
