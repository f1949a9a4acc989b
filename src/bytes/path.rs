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
/// Where some stretch costs more than this a byte, every candidate is asked whether it reads that better, and the chunk is
/// read again with those that do. In its own codec a text of any language costs some 2 to 3 nats a byte, in another 5 and
/// more.
const STRANGE: i64 = nats(4.0) as i64;

/// The least length of such a stretch, in bytes.
const STRETCH: i64 = 32;

/// A way that costs so much more than one that is as far or farther is not followed: changing the codec is cheaper than
/// that anywhere, and one character more.
const BEHIND: i64 = nats(30.0) as i64;

/// A character of UTF-8 has at most so many bytes after its first.
const FARTHER: usize = 3;

/// So many characters beyond ASCII in a row of valid UTF-8 are UTF-8, whatever the model says: among the pairs of bytes of other
/// codecs fewer than one in four is valid.
const SURE: usize = 12;

/// Where a codec is known from what stands before, its text goes on without a path while no row of characters is rarer than
/// this each, taken together by more than `ALARM`. Hanzi of clean text cost some 7 nats without context, those of text in another
/// codec 11 and more.
const USUAL: i64 = nats(9.0) as i64;
const ALARM: i64 = nats(8.0) as i64;

/// After an alarm the path is found over so many bytes.
const ALARM_CHUNK: usize = 256;

/// Less than this is not worth leaving the path for.
const PLAIN_LEAST: usize = 64;

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

/// More than anything costs.
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

/// Whether bytes are surely UTF-8: valid, and with many characters beyond ASCII.
pub(super) fn is_surely_utf8(text: &str) -> bool {
    // Each character has one byte that is not the continuation of another.
    text.bytes().filter(|&byte| byte >= 0xC0).take(SURE).count() == SURE
}

/// Buffers for finding paths.
#[derive(Debug, Default)]
pub(super) struct Paths {
    nodes: Vec<Node>,
    best: Vec<(i64, u32)>,
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
        // The bytes up to here are valid UTF-8.
        let mut valid = at;
        let is_long = range.len() > CHUNK;
        let mut after_alarm = false;
        while at < range.end {
            if at >= valid {
                let rest = &bytes[at..range.end];
                let text = valid_utf8(rest);
                valid = at + text.len().max(1);
                if is_surely_utf8(text) {
                    // What stands before other bytes may belong to them.
                    let sure = if text.len() == rest.len() { rest.len() } else { settled(text) };
                    join(&mut runs, Run { codec: Codec::UTF_8, start: at, end: at + sure });
                    (before, state, at) = (Some(Codec::UTF_8), model.unknown(), at + sure);
                    if at == range.end {
                        break;
                    }
                }
            }
            if is_long && before.is_some() {
                let known = likely.iter().map(|candidate| candidate.codec).filter(|codec| {
                    PLAIN.contains(codec) && (before == Some(*codec) || bytes[at - 1] == b'\n')
                });
                let plain = known
                    .map(|codec| (plain(model, codec, bytes, at..range.end), codec))
                    .max_by_key(|&(end, _)| end);
                if let Some((end, codec)) =
                    plain.filter(|&(end, _)| end == range.end || end >= at + PLAIN_LEAST)
                {
                    join(&mut runs, Run { codec, start: at, end });
                    (before, state, at, after_alarm) = (Some(codec), model.unknown(), end, true);
                    continue;
                }
            }
            let most = if after_alarm { ALARM_CHUNK } else { CHUNK };
            let chunk = Chunk { model, bytes, start: at, end: range.end, most, before, state };
            let mut found = chunk.path(likely, self);
            if !found.strange.is_empty() && likely.len() < all.len() {
                let wider = chunk.wider(likely, all, &found.strange);
                if wider.len() > likely.len() {
                    found = chunk.path(&wider, self);
                }
            }
            for run in found.runs {
                join(&mut runs, run);
            }
            before = runs.last().map(|run| run.codec);
            state = found.state;
            // A chunk always gets on: its path has at least one step.
            at = found.end.max(at + 1);
        }
        runs
    }
}

/// The beginning of `bytes` that is valid UTF-8.
pub(super) fn valid_utf8(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default(),
    }
}

/// The beginning of `bytes` that is ASCII.
pub(super) fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(&bytes[..encoding_rs::Encoding::ascii_valid_up_to(bytes)]).unwrap_or_default()
}

/// How much of a valid text is not touched by what follows it and is not: whole lines, or all but its end.
fn settled(text: &str) -> usize {
    text.rfind('\n').map_or_else(
        || (0..=text.len().saturating_sub(TAIL)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0),
        |end| end + 1,
    )
}

/// The codecs of two bytes a Hanzi: another codec read as one of them is rare Hanzi.
const PLAIN: [Codec; 2] = [Codec::GBK, Codec::BIG5];

/// Where the text of `range` in `codec` is no longer plain: by characters alone, without their contexts.
fn plain(model: &Model, codec: Codec, bytes: &[u8], range: Range<usize>) -> usize {
    let mut at = range.start;
    // By how much the last characters were rarer than usual.
    let mut excess = 0;
    // A place some way before the first of them, or the beginning of its line.
    let (mut mark, mut before) = (at, at);
    while at < range.end {
        let rest = &bytes[at..range.end];
        let row = ascii(rest);
        if let Some(line) = row.rfind('\n') {
            (excess, before, mark) = (0, at + line + 1, at + line + 1);
        }
        at += row.len();
        if at == range.end {
            break;
        }
        let rest = &bytes[at..range.end];
        let (reads, length) = step(codec, rest);
        let [Some(Read::Char(c)), None] = reads else { return before };
        excess += i64::from(model.unigram(c)) - USUAL;
        if excess > ALARM {
            return before;
        }
        at += length;
        if excess <= 0 {
            excess = 0;
            if at >= mark + TAIL / 2 {
                (before, mark) = (mark, at);
            }
        }
    }
    range.end
}

/// Adds a run, or lengthens the last one.
fn join(runs: &mut Vec<Run>, run: Run) {
    match runs.last_mut().filter(|last| last.codec == run.codec) {
        Some(last) => last.end = run.end,
        None if run.start == run.end => {}
        None => runs.push(run),
    }
}

/// Some bytes of a document, up to `CHUNK` of which are looked at together.
struct Chunk<'a> {
    model: &'a Model,
    bytes: &'a [u8],
    start: usize,
    /// The end of what is to be read, not of the chunk.
    end: usize,
    /// How long the chunk may be.
    most: usize,
    before: Option<Codec>,
    state: State,
}

/// The beginning of a path.
struct Found {
    runs: Vec<Run>,
    end: usize,
    state: State,
    /// Stretches that cost much, and how much.
    strange: Vec<(Range<usize>, i64)>,
}

impl Chunk<'_> {
    /// `likely`, and those of `all` that read one of the `strange` stretches better.
    fn wider(
        &self,
        likely: &[Candidate],
        all: &[Candidate],
        strange: &[(Range<usize>, i64)],
    ) -> Vec<Candidate> {
        let reads_better = |candidate: &Candidate| {
            strange.iter().any(|(stretch, cost)| {
                // A stretch may begin in the middle of another codec's character.
                (stretch.start..stretch.end.min(stretch.start + 2)).any(|start| {
                    let most = cost - i64::from(candidate.prior);
                    let bytes = &self.bytes[start..stretch.end];
                    read_while(self.model, candidate.codec, bytes, |_, _, cost| cost < most) < NOWHERE
                })
            })
        };
        let is_likely = |candidate: &Candidate| likely.iter().any(|other| other.codec == candidate.codec);
        let others = all.iter().filter(|candidate| !is_likely(candidate) && reads_better(candidate));
        likely.iter().chain(others).copied().collect()
    }

    fn path(&self, candidates: &[Candidate], Paths { nodes, best }: &mut Paths) -> Found {
        let width = candidates.len();
        let length = (self.end - self.start).min(self.most);
        let is_last = self.start + length == self.end;
        // Room for a character that goes on behind the chunk.
        let places = (self.end - self.start).min(length + 8) + 1;
        nodes.clear();
        nodes.resize(places * width, Node::default());
        best.clear();
        best.resize(places, (NOWHERE, 0));
        for (k, candidate) in candidates.iter().enumerate() {
            let cost = match self.before {
                Some(codec) if codec == candidate.codec => 0,
                Some(_) => i64::from(self.change(self.start)) + i64::from(candidate.prior),
                None => i64::from(candidate.prior),
            };
            nodes[k] = Node { cost, state: self.state, from: 0, candidate: index(k) };
            best[0] = best[0].min((cost, index(k)));
        }
        let mut at = 0;
        while at < length {
            if let Some(end) = self.row(at, length) {
                best[end] = self.skip(candidates, nodes, best[at], at, end);
                at = end;
                continue;
            }
            let farther = &best[at..places.min(at + FARTHER + 1)];
            let most = farther.iter().map(|&(cost, _)| cost).min().unwrap_or(NOWHERE).saturating_add(BEHIND);
            if best[at].0 >= NOWHERE.min(most) {
                at += 1;
                continue;
            }
            self.changes(candidates, nodes, best[at], at);
            for (k, candidate) in candidates.iter().enumerate() {
                let node = nodes[at * width + k];
                if node.cost >= NOWHERE.min(most) {
                    continue;
                }
                let (reads, taken) = step(candidate.codec, &self.bytes[self.start + at..self.end]);
                let mut state = node.state;
                let mut cost = node.cost;
                for read in reads.into_iter().flatten() {
                    cost += i64::from(score(self.model, &mut state, read));
                }
                let place = (at + taken).min(places - 1);
                let to = &mut nodes[place * width + k];
                if cost < to.cost {
                    *to = Node { cost, state, from: index(at), candidate: index(k) };
                    best[place] = best[place].min((cost, index(k)));
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
        let row = ascii(rest).len();
        (row >= ROW).then_some(at + row)
    }

    /// Goes over a row of ASCII, in which the codec may change; the best way to its end.
    fn skip(
        &self,
        candidates: &[Candidate],
        nodes: &mut [Node],
        (least, best): (i64, u32),
        at: usize,
        end: usize,
    ) -> (i64, u32) {
        let width = candidates.len();
        if least >= NOWHERE {
            return (NOWHERE, 0);
        }
        let mut after = (NOWHERE, 0);
        let here = self.start + at;
        let change = (here..self.start + end).map(|place| self.change(place + 1)).min().unwrap_or(AT_ASCII);
        let mut state = self.model.unknown();
        for &byte in &self.bytes[self.start + end - CONTEXT.min(end - at)..self.start + end] {
            state = self.model.score(state, char::from(byte)).1;
        }
        for (k, candidate) in candidates.iter().enumerate() {
            let own = nodes[at * width + k].cost;
            let other = least + i64::from(change) + i64::from(candidate.prior);
            let (cost, from) = if own <= other { (own, index(k)) } else { (other, best) };
            nodes[end * width + k] = Node { cost, state, from: index(at), candidate: from };
            after = after.min((cost, index(k)));
        }
        after
    }

    /// Lets the best path change its codec.
    fn changes(&self, candidates: &[Candidate], nodes: &mut [Node], (least, best): (i64, u32), at: usize) {
        let width = candidates.len();
        let here = &mut nodes[at * width..(at + 1) * width];
        let best = best as usize;
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
            let all = (self.start..self.end.min(self.start + length), NOWHERE);
            return Found { runs: Vec::new(), end: self.end, state: self.state, strange: vec![all] };
        };
        // What the path costs over the stretch that is being gone over, and how long that is.
        let (mut spent, mut scored, mut stretch_end) = (0, 0, at);
        let mut strange = Vec::new();
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
                if spent > STRANGE * scored.max(STRETCH / 4) {
                    let end = (self.start + stretch_end).min(self.end);
                    strange.push((self.start + from..end, spent));
                }
                (spent, scored, stretch_end) = (0, 0, from);
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

/// What the model thinks of `bytes` in one codec.
pub(super) fn cost(model: &Model, codec: Codec, bytes: &[u8]) -> i64 {
    read_while(model, codec, bytes, |_, _, _| true)
}

/// As [`cost`]; [`NOWHERE`] if `goes_on`, which is shown each step, the place reached and
/// the cost up to there, says that it costs too much.
pub(super) fn read_while(
    model: &Model,
    codec: Codec,
    bytes: &[u8],
    mut goes_on: impl FnMut([Option<Read>; 2], usize, i64) -> bool,
) -> i64 {
    let mut state = model.start();
    let mut total = 0;
    let mut at = 0;
    while at < bytes.len() {
        let (reads, length) = step(codec, &bytes[at..]);
        for read in reads.into_iter().flatten() {
            total += i64::from(score(model, &mut state, read));
        }
        at += length;
        if !goes_on(reads, at, total) {
            return NOWHERE;
        }
    }
    total
}

/// A place in a chunk, or a candidate: both are few.
fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
