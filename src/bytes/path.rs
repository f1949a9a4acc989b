//! The cheapest path over bytes: at each character it may change the codec.

use std::ops::Range;

use super::{BAD_BYTE, Read, step};
use crate::codec::Codec;
use crate::cost::{Cost, nats};
use crate::lm::{Model, State};

/// The path is found over so many bytes at a time. Work and memory for each are bounded by this times the candidates.
const CHUNK: usize = 2 << 10;
/// What the last bytes of a chunk say is said again with what follows them.
const TAIL: usize = 64;
/// ASCII is the same in all codecs; in a longer row of it only the ends are looked at.
const ROW: usize = 8;
/// So many characters before it are context enough for the model.
const CONTEXT: usize = 3;
/// A chunk of which some stretch costs more than this a byte is read again with every candidate. In its own codec a text
/// of any language costs some 2 to 3 nats a byte, in another 5 and more.
const STRANGE: i64 = nats(4.0) as i64;

/// The least length of such a stretch, in bytes.
const STRETCH: i64 = 32;

/// What changing the codec costs behind a line end, a separator, other ASCII, and in the middle of a row of other bytes.
const AT_LINE: Cost = nats(3.0);
const AT_SEPARATOR: Cost = nats(6.0);
const AT_ASCII: Cost = nats(8.0);
const INSIDE: Cost = nats(13.0);

/// A codec and what assuming it costs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) codec: Codec,
    pub(super) prior: Cost,
}

/// Bytes that are in one codec.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) codec: Codec,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The best way to a place in one codec.
#[derive(Clone, Copy, Debug)]
struct Node {
    cost: i64,
    state: State,
    /// Where the last step of the path began, and in which candidate.
    from: u32,
    candidate: u32,
}

const NOWHERE: i64 = i64::MAX / 2;

impl Default for Node {
    /// No way leads here.
    fn default() -> Self {
        Self { cost: NOWHERE, state: State::default(), from: 0, candidate: 0 }
    }
}

/// The model's cost of what was read, and the state after it.
#[inline]
pub(super) fn score(model: &Model, state: &mut State, read: Read) -> Cost {
    match read {
        Read::Char(c) => {
            let (cost, next) = model.score(*state, c);
            *state = next;
            cost
        }
        Read::Bad(_) => {
            *state = model.unknown();
            BAD_BYTE
        }
    }
}

/// Buffers for finding paths.
#[derive(Debug, Default)]
pub(super) struct Paths {
    nodes: Vec<Node>,
}

impl Paths {
    /// The runs of `range`, whose bytes are in one or more of the candidates; `before` is the codec of what stands before.
    ///
    /// `likely` are tried first; where none of them makes sense, `all` are.
    pub(super) fn runs(
        &mut self,
        model: &Model,
        likely: &[Candidate],
        all: &[Candidate],
        bytes: &[u8],
        range: Range<usize>,
        mut before: Option<Codec>,
    ) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut at = range.start;
        let mut state = model.start();
        while at < range.end {
            let chunk = Chunk { model, bytes, start: at, end: range.end, before, state };
            let mut found = chunk.path(likely, &mut self.nodes);
            if found.strange && likely.len() < all.len() {
                found = chunk.path(all, &mut self.nodes);
            }
            for run in found.runs {
                match runs.last_mut().filter(|last| last.codec == run.codec) {
                    Some(last) => last.end = run.end,
                    None => runs.push(run),
                }
            }
            before = runs.last().map(|run| run.codec);
            state = found.state;
            // A chunk always gets on: its path has at least one step.
            at = found.end.max(at + 1);
        }
        runs
    }
}

/// Some bytes of a document, up to `CHUNK` of which are looked at together.
struct Chunk<'a> {
    model: &'a Model,
    bytes: &'a [u8],
    start: usize,
    /// The end of what is to be read, not of the chunk.
    end: usize,
    before: Option<Codec>,
    state: State,
}

/// The beginning of a path.
struct Found {
    runs: Vec<Run>,
    end: usize,
    state: State,
    strange: bool,
}

impl Chunk<'_> {
    fn path(&self, candidates: &[Candidate], nodes: &mut Vec<Node>) -> Found {
        let width = candidates.len();
        let length = (self.end - self.start).min(CHUNK);
        let is_last = self.start + length == self.end;
        // Room for a character that goes on behind the chunk.
        let places = (self.end - self.start).min(length + 8) + 1;
        nodes.clear();
        nodes.resize(places * width, Node::default());
        for (k, candidate) in candidates.iter().enumerate() {
            let cost = match self.before {
                Some(codec) if codec == candidate.codec => 0,
                Some(_) => i64::from(self.change(self.start)) + i64::from(candidate.prior),
                None => i64::from(candidate.prior),
            };
            nodes[k] = Node { cost, state: self.state, from: 0, candidate: index(k) };
        }
        let mut at = 0;
        while at < length {
            if let Some(end) = self.row(at, length) {
                self.skip(candidates, nodes, at, end);
                at = end;
                continue;
            }
            self.changes(candidates, nodes, at);
            for (k, candidate) in candidates.iter().enumerate() {
                let node = nodes[at * width + k];
                if node.cost >= NOWHERE {
                    continue;
                }
                let (reads, taken) = step(candidate.codec, &self.bytes[self.start + at..self.end]);
                let mut state = node.state;
                let mut cost = node.cost;
                for read in reads.into_iter().flatten() {
                    cost += i64::from(score(self.model, &mut state, read));
                }
                let to = (at + taken).min(places - 1) * width + k;
                if cost < nodes[to].cost {
                    nodes[to] = Node { cost, state, from: index(at), candidate: index(k) };
                }
            }
            at += 1;
        }
        self.found(candidates, nodes, length, is_last)
    }

    /// Where a row of ASCII that begins at `at` ends, if it is long and every codec has a border here.
    fn row(&self, at: usize, length: usize) -> Option<usize> {
        let here = self.start + at;
        if here > 0 && !self.bytes[here - 1].is_ascii() {
            return None;
        }
        let rest = &self.bytes[here..self.start + length];
        let row = encoding_rs::Encoding::ascii_valid_up_to(rest);
        (row >= ROW).then_some(at + row)
    }

    /// Goes over a row of ASCII, in which the codec may change.
    fn skip(&self, candidates: &[Candidate], nodes: &mut [Node], at: usize, end: usize) {
        let width = candidates.len();
        let Some((best, least)) = cheapest(&nodes[at * width..(at + 1) * width]) else { return };
        let here = self.start + at;
        let change = (here..self.start + end).map(|place| self.change(place + 1)).min().unwrap_or(AT_ASCII);
        let mut state = self.model.unknown();
        for &byte in &self.bytes[self.start + end - CONTEXT.min(end - at)..self.start + end] {
            state = self.model.score(state, char::from(byte)).1;
        }
        for (k, candidate) in candidates.iter().enumerate() {
            let own = nodes[at * width + k].cost;
            let other = least + i64::from(change) + i64::from(candidate.prior);
            let (cost, from) = if own <= other { (own, k) } else { (other, best) };
            nodes[end * width + k] = Node { cost, state, from: index(at), candidate: index(from) };
        }
    }

    /// Lets the best path change its codec.
    fn changes(&self, candidates: &[Candidate], nodes: &mut [Node], at: usize) {
        let width = candidates.len();
        let here = &mut nodes[at * width..(at + 1) * width];
        let Some((best, least)) = cheapest(here) else { return };
        let state = here[best].state;
        let change = i64::from(self.change(self.start + at));
        for (k, candidate) in candidates.iter().enumerate() {
            let cost = least + change + i64::from(candidate.prior);
            if k != best && cost < here[k].cost {
                here[k] = Node { cost, state, from: index(at), candidate: index(best) };
            }
        }
    }

    /// What changing the codec costs before the byte at `place`.
    fn change(&self, place: usize) -> Cost {
        match place.checked_sub(1).and_then(|before| self.bytes.get(before)) {
            None | Some(b'\n' | b'\r') => AT_LINE,
            Some(b'\t' | b',' | b';' | b'|' | b'"' | b'<' | b'>' | b'\0') => AT_SEPARATOR,
            Some(byte) if byte.is_ascii() => AT_ASCII,
            Some(_) => INSIDE,
        }
    }

    /// Where in a row of ASCII the codec changes, seeing that it does: behind the last line end, or the best separator.
    fn border(&self, at: usize, end: usize) -> usize {
        let places = self.start + at + 1..=self.start + end;
        places.min_by_key(|&place| (self.change(place), std::cmp::Reverse(place))).unwrap_or(self.start + end)
    }

    /// Goes back over the path.
    fn found(&self, candidates: &[Candidate], nodes: &[Node], length: usize, is_last: bool) -> Found {
        let width = candidates.len();
        let places = nodes.len() / width;
        // Each codec's path as far as it goes beyond the last byte looked at.
        let ends = (0..width).filter_map(|k| {
            let place = (length..places).find(|place| nodes[place * width + k].cost < NOWHERE)?;
            Some((nodes[place * width + k].cost, k, place))
        });
        let Some((_, mut k, mut at)) = ends.min() else {
            return Found { runs: Vec::new(), end: self.end, state: self.state, strange: true };
        };
        // What the path costs over the stretch that is being gone over, and how long that is.
        let (mut spent, mut scored, mut strange) = (0, 0, false);
        let keep = if is_last { at } else { length.saturating_sub(TAIL).max(1) };
        let mut end = None;
        let mut runs: Vec<Run> = Vec::new();
        loop {
            let node = nodes[at * width + k];
            if end.is_none() && (at <= keep || node.from == 0) && node.from as usize != at {
                end = Some((at, node.state));
            }
            let (from, before) = (node.from as usize, node.candidate as usize);
            spent += node.cost - nodes[from * width + before].cost;
            if at - from < ROW {
                scored += (at - from) as i64;
            }
            if scored >= STRETCH || from == 0 {
                strange |= spent > STRANGE * scored.max(STRETCH / 4);
                (spent, scored) = (0, 0);
            }
            if end.is_some() && from < at {
                let changed = before != k;
                let start = if changed { self.border(from, at) } else { self.start + from };
                let stop = self.start + at;
                let run = |k: usize, start, end| Run { codec: candidates[k].codec, start, end };
                for run in [run(k, start, stop), run(before, self.start + from, start)] {
                    if run.start >= run.end {
                        continue;
                    }
                    match runs.last_mut().filter(|later| later.codec == run.codec) {
                        Some(later) => later.start = run.start,
                        None => runs.push(run),
                    }
                }
            }
            if at == 0 && from == 0 && before == k {
                break;
            }
            (at, k) = (from, before);
        }
        runs.reverse();
        let (end, state) = end.unwrap_or((0, self.state));
        Found { runs, end: self.start + end, state, strange }
    }
}

/// The cheapest of the nodes that there are.
fn cheapest(nodes: &[Node]) -> Option<(usize, i64)> {
    let (cost, k) = nodes.iter().enumerate().map(|(k, node)| (node.cost, k)).min()?;
    (cost < NOWHERE).then_some((k, cost))
}

/// A place in a chunk, or a candidate: both are few.
fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
