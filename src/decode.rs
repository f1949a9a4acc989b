//! Lattice × codec × model → the likeliest reading of a text under one chain.
//!
//! A beam goes over the observed characters. Each hypothesis is either *clean* (the character stands for
//! itself) or *damaged* (its bytes are read on, through every step of the chain), and may change between the
//! two, so that the edges of a damaged stretch come out of the same search as what it says. All in integers.

use std::ops::Range;
use std::sync::Arc;

use crate::ceiling::Ceiling;
use crate::chain::{Chain, Step};
use crate::codec::{Codec, Fed, FedKnown, LatticeByte, Pattern, Pending};
use crate::cost::{Cost, NAT, nats};
use crate::fitting::Fitting;
use crate::lattice::second_hand::Singles;
use crate::lattice::{Beside, Reading, Width, dropped, is_mark, question, readings, second_hand};
use crate::layout::Lines;
use crate::lm::memo::Memo;
use crate::lm::{Model, State};
use crate::loss;
use crate::pairs::Pairs;
use crate::plain;
use crate::report::{Loss, Treatment};
use crate::restore;
use crate::straight::{Fares, follow, has_form, text};

/// The most steps that one chain may have.
pub(crate) const LEVELS: usize = 3;
/// Hypotheses kept at one place.
pub(crate) const BEAM: usize = 32;
/// How far ahead of all others a few hypotheses are followed alone.
const LEAD: i64 = nats(9.0) as i64;
/// How many those are at most: such as differ in little but what marks were seen to take along.
const TOGETHER: usize = 8;
/// How much more than what it says as it is one character may cost where nothing else is tried: more, and the damage may have
/// ended before it.
const AMISS: i64 = nats(4.5) as i64;
/// How many characters one that is followed alone goes back where it makes no sense, for all others to be tried.
const RETREAT: usize = 12;
/// How many characters after that it is not followed alone.
const CAUTION: usize = 6;
/// How much worse than the best a hypothesis may be where all are kept, and where few are.
const MARGIN: i64 = nats(22.0) as i64;
const NEAR_MARGIN: i64 = nats(14.0) as i64;
/// How much worse it may be and still be thought to have lost a byte.
const DROP_MARGIN: i64 = nats(13.0) as i64;
/// The same to be thought to end in the midst of a character.
const CUT_MARGIN: i64 = nats(5.0) as i64;
/// Places kept for going back, and for arcs that take several characters. A power of two.
const RING: usize = 32;
/// The most observed characters that one arc takes, or more.
const REACH: usize = 5;
/// How far to go back when the beam dies or is surprised, and how far beyond that place all is tried.
const BACK: usize = 5;
const AHEAD: usize = 2;
/// The same where the beam dies over what has the form of UTF-8: bytes are missing just there. Where it dies again so soon, they were not.
const NEAR: usize = 1;
const SOON: usize = 8;
/// What four observed characters cost where they make no sense: under a misread of one byte a character, under
/// one of two where UTF-8 was read, and otherwise.
const SURPRISE: [i64; 3] = [nats(20.0) as i64, nats(30.0) as i64, nats(38.0) as i64];
/// How many characters are read for each byte that was dropped where more of them are looked for everywhere.
const DROPS: u32 = 64;
/// Observed characters that tell whether what was read has kept its form.
const KEEPS: usize = 8;
/// How much more it may be with a mark among them, which explains as much.
const MARKED: i64 = nats(5.0) as i64;
/// Characters kept of those that fit a pattern.
const FITTING: usize = 16;
/// How many nodes are kept before the settled part of the path is written out.
const NODES: usize = 1 << 15;
const NONE: u32 = u32::MAX;

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
struct Node {
    prev: u32,
    /// Observed characters taken when this happened.
    at: u32,
    /// The cost of the path up to and with it.
    cost: i64,
    event: Event,
}

#[derive(Clone, Copy, Debug)]
struct Hyp {
    cost: i64,
    lm: State,
    node: u32,
    /// The place of the last arc taken.
    from: u32,
    damaged: bool,
    /// It has only just changed between clean and damaged, at this place.
    fresh: bool,
    /// Dropped bytes assumed since the last observed character.
    streak: u8,
    /// Dropped bytes and characters read in this stretch.
    dropped: u16,
    read: u16,
    /// What was lost of the character that is being read.
    loss: Option<Loss>,
    /// Whether the `?` of this stretch swallow ASCII bytes, as far as they have shown.
    swallows: Option<bool>,
    /// Whether the marks of this stretch stand for two bytes each.
    doubles: Option<bool>,
    /// Whether a `?` of this stretch was one.
    is_marked: bool,
    pairs: Pairs,
    pending: [Pending; LEVELS],
}

impl Hyp {
    /// At the start of a text, undamaged.
    fn new(lm: State, pairs: Pairs) -> Self {
        Self {
            cost: 0,
            lm,
            node: NONE,
            from: 0,
            damaged: false,
            fresh: false,
            streak: 0,
            dropped: 0,
            read: 0,
            loss: None,
            swallows: None,
            doubles: None,
            is_marked: false,
            pairs,
            pending: [Pending::default(); LEVELS],
        }
    }

    fn is_between_characters(&self) -> bool {
        self.pending.iter().all(|p| p.is_empty())
    }

    fn continues_like(&self, other: &Self) -> bool {
        self.damaged == other.damaged
            && self.lm.ends_like(&other.lm)
            && self.lm == other.lm
            && self.pending == other.pending
            && self.loss == other.loss
            && self.swallows == other.swallows
            && self.doubles == other.doubles
            && self.pairs == other.pairs
    }
}

/// Why damaged hypotheses do not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stuck {
    /// None can be read on.
    Dead,
    /// They make no sense.
    Surprised,
}

/// Up to which places all is tried.
#[derive(Debug, Default)]
struct Wide {
    until: usize,
    /// Not only near the place of a death.
    far_until: usize,
    /// Up to here it is doubtful whether what is near was enough.
    doubtful_until: usize,
}

impl Wide {
    /// Goes back from `i`, and tries all from the place that is returned on; `is_near`: bytes are missing just there.
    fn again(&mut self, i: usize, is_near: bool) -> usize {
        // What was tried already would come out the same.
        if is_near && i >= self.doubtful_until {
            let back = i.saturating_sub(NEAR).max(self.until);
            self.until = i + 1;
            self.doubtful_until = self.until + SOON;
            return back;
        }
        let back = i.saturating_sub(BACK).max(self.far_until);
        self.until = i + 1 + AHEAD;
        self.far_until = self.until;
        back
    }
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

/// What leaving a text alone costs.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    /// The cost of the first `i` characters.
    pub(crate) prefix: Vec<i64>,
    states: Vec<State>,
}

impl Identity {
    /// Tells `each` of every character and what it costs in its context.
    pub(crate) fn new(
        model: &Model,
        memo: &mut Memo,
        before: State,
        seen: &[char],
        mut each: impl FnMut(char, Cost),
    ) -> Self {
        let mut it =
            Self { prefix: Vec::with_capacity(seen.len() + 1), states: Vec::with_capacity(seen.len() + 1) };
        let (mut total, mut state) = (0, before);
        it.prefix.push(0);
        it.states.push(state);
        let mut costs = Vec::with_capacity(seen.len());
        for &c in seen {
            let (cost, next) = memo.score(model, state, c);
            each(c, cost);
            costs.push(cost);
            state = next;
            it.states.push(state);
        }
        plain::explain(model, before, seen, &mut costs);
        for cost in costs {
            total += i64::from(cost);
            it.prefix.push(total);
        }
        it
    }

    /// The model's state before character `i`.
    pub(crate) fn state(&self, i: usize) -> State {
        self.states[i]
    }

    /// What each character of a range costs.
    pub(crate) fn costs(&self, range: Range<usize>) -> Vec<Cost> {
        let cost = |i: usize| Cost::try_from(self.prefix[i + 1] - self.prefix[i]).unwrap_or(Cost::MAX);
        range.map(cost).collect()
    }
}

/// What the decoder is told beside the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    /// What beginning a damaged stretch costs.
    pub(crate) enter: Cost,
    /// The text before and after what is decoded goes on: nothing was cut there.
    pub(crate) whole: bool,
    /// The text ends with what is decoded.
    pub(crate) is_end: bool,
    /// The lines of the text.
    pub(crate) lines: &'a Lines<'a>,
    /// As [`Beside::is_curly`].
    pub(crate) is_curly: bool,
    /// What is open before it.
    pub(crate) pairs: Pairs,
    /// What was done to the damaged text before it came here.
    pub(crate) treatment: Option<Treatment>,
    /// Hypotheses kept at one place, at most [`BEAM`].
    pub(crate) beam: usize,
}

/// What a search needs beside the text and what it remembers, kept from one to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tools {
    pub(crate) fitting: Fitting,
    pub(crate) memo: Memo,
    singles: Singles,
    space: Space,
    /// What was weighed so far: characters of hypotheses and proposals, and what may stand for those that lost bytes.
    pub(crate) work: u64,
}

/// The room that a search takes.
#[derive(Clone, Debug, Default)]
struct Space {
    nodes: Vec<Node>,
    settled: Vec<Node>,
    ring: Vec<Vec<Hyp>>,
    past: Vec<Vec<Hyp>>,
    arcs: Vec<Reading>,
    inner: Vec<Reading>,
    /// Lists of hypotheses that nobody needs just now.
    spare: Vec<Vec<Hyp>>,
}

/// The search over one text under one chain.
pub(crate) struct Decoder<'a> {
    model: &'a Model,
    steps: [Step; LEVELS],
    levels: usize,
    surprise: i64,
    /// What a character costs at most that lost nothing.
    ceiling: Ceiling,
    seen: &'a [char],
    identity: &'a Identity,
    terms: Terms<'a>,
    nodes: Vec<Node>,
    settled: Vec<Node>,
    /// How many nodes there may be before they are settled.
    limit: usize,
    ring: Vec<Vec<Hyp>>,
    best: [i64; RING],
    /// The least cost of what is kept at each place so far.
    least: [i64; RING],
    /// The greatest, where a place is full.
    most: [i64; RING],
    /// How much worse than the best a hypothesis may be.
    margin: i64,
    arcs: Vec<Reading>,
    inner: Vec<Reading>,
    spare: Vec<Vec<Hyp>>,
    /// What `alone` has passed.
    past: Vec<Vec<Hyp>>,
    fitting: &'a mut Fitting,
    memo: &'a mut Memo,
    singles: &'a mut Singles,
    space: &'a mut Space,
    /// At the last mark that may have taken an ASCII character along.
    precedents: Precedents,
    /// As [`Tools::work`].
    work: &'a mut u64,
}

/// What stands elsewhere before what stands behind a mark.
#[derive(Default)]
struct Precedents {
    all: Vec<char>,
    /// What being one of them costs, and being none.
    alike: Cost,
    other: Cost,
}

impl Precedents {
    /// Those of the mark that is character `i`.
    fn at(seen: &[char], i: usize) -> Self {
        let (all, share) = restore::precedents_at(seen, i);
        let cost = |share: f64| loss::LN_65536 - loss::ln((share * 65536.0) as u64);
        Self { all, alike: cost(share), other: cost(1.0 - share) }
    }

    fn are_any(&self) -> bool {
        !self.all.is_empty()
    }

    /// What it costs that nothing stands there.
    fn cost_of_none(&self) -> Cost {
        if self.are_any() { self.other } else { 0 }
    }

    /// Makes those of `lows` that stand there the likelier, each of which has a cost.
    fn weigh(&self, lows: &mut [(Cost, State, char)]) {
        let least = lows.iter().map(|(cost, ..)| *cost).min().unwrap_or(0);
        for (cost, _, c) in lows.iter_mut().filter(|_| self.are_any()) {
            *cost += self.other;
            let count = self.all.iter().filter(|other| *other == c).count() as u64;
            if count > 0 {
                let rest = loss::LN_65536 - loss::ln(count * 65536 / self.all.len() as u64);
                *cost = (*cost).min(least + self.alike + rest);
            }
        }
    }
}

/// What it costs that a line ends with `c` where `pairs` are open.
fn ending(pairs: Pairs, c: char) -> i64 {
    if c == '\n' { i64::from(pairs.cost_of_end()) } else { 0 }
}

impl<'a> Decoder<'a> {
    /// None where the chain has more steps than are searched together.
    pub(crate) fn new(
        model: &'a Model,
        chain: &Chain,
        seen: &'a [char],
        identity: &'a Identity,
        terms: Terms<'a>,
        tools: &'a mut Tools,
    ) -> Option<Self> {
        let given = chain.steps();
        let first = *given.first()?;
        if given.len() > LEVELS {
            return None;
        }
        let mut steps = [first; LEVELS];
        steps[..given.len()].copy_from_slice(given);
        let Tools { fitting, memo, singles, space, work } = tools;
        let room = std::mem::take(space);
        let mut ring = room.ring;
        ring.resize_with(RING, Vec::new);
        Some(Self {
            model,
            steps,
            levels: given.len(),
            surprise: surprise(given),
            ceiling: Ceiling::of(given),
            seen,
            identity,
            terms,
            nodes: room.nodes,
            settled: room.settled,
            limit: NODES,
            ring,
            best: [0; RING],
            least: [i64::MAX; RING],
            most: [i64::MAX; RING],
            margin: if terms.beam < BEAM { NEAR_MARGIN } else { MARGIN },
            arcs: room.arcs,
            inner: room.inner,
            spare: room.spare,
            past: room.past,
            fitting,
            memo,
            singles,
            space,
            precedents: Precedents::default(),
            work,
        })
    }

    fn outer(&self) -> usize {
        self.levels - 1
    }

    fn misread(&self) -> Codec {
        self.steps[self.outer()].misread
    }

    /// The damaged stretches on the best path.
    pub(crate) fn run(mut self) -> Vec<Segment> {
        let n = self.seen.len();
        self.ring[0].push(Hyp::new(self.identity.state(0), self.terms.pairs));
        let (mut i, mut crowd_until) = (0, 0);
        let mut wide = Wide::default();
        while i < n {
            let is_wide = i < wide.until || self.drops(i);
            if !is_wide && i >= crowd_until {
                let (to, was_lost) = self.alone(i);
                if was_lost {
                    crowd_until = to + RETREAT + CAUTION;
                }
                if to != i {
                    i = to;
                    self.settle_some(i);
                    continue;
                }
            }
            // Where all is tried nothing is stuck, so each place is gone back from once.
            if let Some(stuck) = self.step(i, if is_wide { Width::Wide } else { Width::Narrow }) {
                let back = wide.again(i, stuck == Stuck::Dead && self.is_form());
                for j in back + 1..=i + RING - BACK - 1 {
                    // What an arc from before that place led to stays.
                    self.ring[j % RING].retain(|h| (h.from as usize) < back);
                    self.refresh(j);
                }
                i = back;
                continue;
            }
            // The place that has just fallen out of reach is free for the places ahead.
            self.ring[(i + RING - BACK) % RING].clear();
            self.refresh(i + RING - BACK);
            i += 1;
            self.settle_some(i);
        }
        self.finish(n)
    }

    /// Whether the best hypothesis at `i` has lost bytes without a mark not long ago: it will have lost more. In what has the form of UTF-8
    /// each loss shows at once, and is searched for where it does.
    fn drops(&self, i: usize) -> bool {
        let best = self.ring[i % RING].iter().min_by_key(|h| h.cost);
        best.is_some_and(|h| h.damaged && h.dropped > 0 && u32::from(h.read) < u32::from(h.dropped) * DROPS)
            && (self.misread().is_single_byte() || !self.is_form())
    }

    /// Follows the few hypotheses that are far ahead of all others by themselves, as long as each character is its own bytes and
    /// nothing else. Returns the place reached, and whether they had to go back to get there.
    fn alone(&mut self, from: usize) -> (usize, bool) {
        let stay = (from, false);
        if self.terms.treatment.is_some() || self.misread().is_wide_unit() {
            return stay;
        }
        let beam = &self.ring[from % RING];
        let Some(best) = beam.iter().map(|h| h.cost).min() else { return stay };
        let ahead = || beam.iter().filter(|h| h.cost < best + LEAD);
        if ahead().count() > TOGETHER
            || !ahead().any(|h| h.damaged)
            || ahead().any(|h| h.loss.is_some() || !h.is_between_characters())
            || (1..=REACH).any(|k| !self.ring[(from + k) % RING].is_empty())
        {
            return stay;
        }
        let mut group = self.spare.pop().unwrap_or_default();
        group.extend(ahead());
        group.sort_by_key(|h| h.cost);
        group.iter_mut().for_each(|h| h.fresh = false);
        let mut past = std::mem::take(&mut self.past);
        past.resize_with(RING, Vec::new);
        let reached = self.follow_all(from, &mut group, &mut past);
        self.past = past;
        self.give(group);
        reached
    }

    /// Follows the hypotheses of `group`, the best first; returns as [`Self::alone`]. Where they have been is put in `past`.
    fn follow_all(&mut self, from: usize, group: &mut [Hyp], past: &mut [Vec<Hyp>]) -> (usize, bool) {
        let (mut at, mut fares, is_form) = (from, Fares::Fork, self.is_form());
        while at < self.seen.len() && self.nodes.len() <= self.limit {
            let before = &mut past[at % RING];
            before.clear();
            before.extend_from_slice(group);
            self.best[at % RING] = group.iter().map(|h| h.cost).min().unwrap_or(i64::MAX);
            fares = Fares::Sure;
            for h in group.iter_mut() {
                if h.damaged {
                    fares = self.follow(h, at);
                } else if self.seen[at].is_ascii_alphanumeric() {
                    self.leave_as_it_is(h, at);
                } else {
                    fares = Fares::Fork;
                }
                if fares != Fares::Sure {
                    break;
                }
                h.from = u32::try_from(at).unwrap_or(u32::MAX);
                h.streak = 0;
            }
            if fares != Fares::Sure {
                break;
            }
            at += 1;
            if !group[0].damaged {
                continue;
            }
            let since = |back: usize| group[0].cost - past[(at - back) % RING][0].cost;
            let left = |back: usize| self.identity.prefix[at] - self.identity.prefix[at - back];
            let is_odd = at >= from + 4 && since(4) > self.surprise && !is_form;
            if is_odd || at >= from + 8 && since(8) > left(8) || since(1) > left(1) + AMISS {
                fares = Fares::Lost;
                break;
            }
        }
        // What could not be followed is as it was before the character.
        if fares == Fares::Sure {
            past[at % RING].clear();
            past[at % RING].extend_from_slice(group);
        }
        let back_to = if fares == Fares::Lost { at.saturating_sub(RETREAT).max(from) } else { at };
        if back_to == from {
            return (from, fares == Fares::Lost && at > from);
        }
        // Places near enough to go back to keep what stands there.
        let near = back_to.saturating_sub(BACK);
        for place in from.saturating_sub(BACK)..=back_to {
            if place < near || place > from {
                self.ring[place % RING].clear();
            }
            if place >= near && place > from {
                self.ring[place % RING].extend_from_slice(&past[place % RING]);
            }
            self.refresh(place);
        }
        (back_to, fares == Fares::Lost)
    }

    /// Takes an undamaged hypothesis over character `i`.
    fn leave_as_it_is(&mut self, h: &mut Hyp, i: usize) {
        let c = self.seen[i];
        h.cost += ending(h.pairs, c);
        h.pairs = h.pairs.after(c);
        if h.lm == self.identity.state(i) {
            h.cost += self.identity.prefix[i + 1] - self.identity.prefix[i];
            h.lm = self.identity.state(i + 1);
        } else {
            let (cost, lm) = self.memo.score(self.model, h.lm, c);
            h.cost += i64::from(cost);
            h.lm = lm;
        }
    }

    /// Reads the own bytes of character `at` on from `h`.
    fn follow(&mut self, h: &mut Hyp, at: usize) -> Fares {
        let c = self.seen[at];
        if c <= '\u{7F}' {
            if !c.is_ascii_alphanumeric() || !h.is_between_characters() {
                return Fares::Fork;
            }
        } else if is_mark(self.misread(), c) {
            return Fares::Fork;
        }
        let next = self.seen.get(at + 1).copied();
        let Self { model, memo, nodes, ceiling, .. } = self;
        let mut pending = h.pending;
        let mut say = |c: char| {
            let Some(cost) = text(model, memo, &mut h.lm, &mut h.pairs, c, next, *ceiling) else {
                return Fares::Fork;
            };
            h.cost += cost;
            h.node = add(nodes, h.node, at + 1, h.cost, Event::Char(c));
            h.read = h.read.saturating_add(1);
            Fares::Sure
        };
        let fares = follow(&self.steps[..self.levels], &mut pending, c, next, &mut say);
        h.pending = pending;
        fares
    }

    /// Settles what is far enough behind `i`, where much has gathered.
    fn settle_some(&mut self, i: usize) {
        if self.nodes.len() > self.limit {
            self.settle(i);
            self.limit = NODES.max(self.nodes.len() * 2);
        }
    }

    /// Takes the beam at `i` over character `i`; tells where it is stuck, unless all was tried.
    fn step(&mut self, i: usize, width: Width) -> Option<Stuck> {
        let mut beam = std::mem::take(&mut self.ring[i % RING]);
        self.prune(&mut beam);
        let Some(best) = beam.first().map(|h| h.cost) else {
            self.ring[i % RING] = beam;
            return None;
        };
        self.best[i % RING] = best;
        let c = self.seen[i];
        self.arcs.clear();
        let mut arcs = std::mem::take(&mut self.arcs);
        let last = i.checked_sub(1).map(|k| self.seen[k]);
        let beside = Beside { last, lines: Some(self.terms.lines), is_curly: self.terms.is_curly };
        // A repairer neither changes case nor breaks lines: of what does not show, only dropped bytes are left.
        let reading = if self.terms.treatment.is_some() { Width::Narrow } else { width };
        readings(self.misread(), beside, &self.seen[i..], reading, &mut arcs);
        if let Some(treatment) = self.terms.treatment {
            let step = self.steps[self.outer()];
            second_hand::readings(self.singles, treatment, step, &self.seen[i..], &mut arcs);
        }
        if arcs.iter().any(|arc| arc.swallows == Some(true)) {
            self.precedents = Precedents::at(self.seen, i);
        }
        let readable = !arcs.is_empty();
        // Only what explains the text about as well as leaving it alone is worth going back for.
        let credible = best + i64::from(nats(3.0));
        let was_inside = beam.iter().any(|h| h.damaged && h.cost <= credible);

        let mut work = self.list();
        work.extend_from_slice(&beam);
        // Leaving: between two characters, or, where nothing can go on, in the middle of one.
        for h in &beam {
            let may_end = h.is_between_characters()
                || (width == Width::Wide || !readable)
                    && h.cost + i64::from(loss::CUT_END) <= best + CUT_MARGIN;
            if h.damaged && may_end {
                self.leave(*h, i, &mut work);
            }
        }
        if width == Width::Wide {
            let there = work.len();
            self.drop_bytes(i, &mut work);
            // Of what may have been dropped before one place, some is enough.
            let most = self.terms.beam * 8;
            if let Some(some) = work.get_mut(there..).filter(|some| some.len() > most) {
                some.select_nth_unstable_by_key(most, |h| h.cost);
                work.truncate(there + most);
            }
        }
        let clean_entrances = work.len();
        if self.may_enter(i, &arcs) {
            for k in 0..clean_entrances {
                let h = work[k];
                if !h.damaged && !h.fresh {
                    self.enter(h, i, &arcs, &mut work);
                }
            }
        }
        let mixed = match (c > '\u{7F}' && self.misread().produces(c), self.misread().is_single_byte()) {
            (false, _) => 0,
            (true, true) => i64::from(loss::MIXED),
            (true, false) => i64::from(loss::MIXED_DOUBLE),
        };
        for h in &work {
            if h.damaged {
                // The character's own bytes come first: what else it may have been is the likelier where they
                // cannot be read.
                let mut own = false;
                for arc in &arcs {
                    let taken = self.take(*h, arc, i, own);
                    own |= taken && arc.loss.is_none();
                }
            } else {
                let mut h = *h;
                if c == '?' {
                    h.cost += i64::from(self.asked(&h, i));
                }
                h.fresh = false;
                h.from = u32::try_from(i).unwrap_or(u32::MAX);
                h.cost += mixed;
                self.leave_as_it_is(&mut h, i);
                self.keep(i + 1, h);
            }
        }
        self.give(work);
        self.arcs = arcs;
        self.ring[i % RING] = beam;
        let after = &mut self.ring[(i + 1) % RING];
        let mut died = !after.iter().any(|h| h.damaged && !h.fresh);
        after.iter_mut().for_each(|h| h.fresh = false);
        // An arc may have led further.
        died &= (2..=REACH).all(|k| self.ring[(i + k) % RING].is_empty());
        if !was_inside || width == Width::Wide {
            return None;
        }
        if died {
            return readable.then_some(Stuck::Dead);
        }
        let after = &self.ring[(i + 1) % RING];
        let Some(h) = after.iter().min_by_key(|h| h.cost) else { return Some(Stuck::Surprised) };
        if i < 4 {
            return None;
        }
        let more = h.cost - self.best[(i - 3) % RING] - self.surprise;
        let is_strange = more > 0
            && (more > MARKED || !self.seen[i - 3..=i].iter().any(|&c| is_mark(self.misread(), c)))
            && !self.keeps_form(h, i);
        is_strange.then_some(Stuck::Surprised)
    }

    /// Whether what `h` has read of late has the form of UTF-8 and lost nothing: had it, it would not have kept its form.
    fn keeps_form(&self, h: &Hyp, i: usize) -> bool {
        let mut at = h.node;
        while let Some(node) = self.nodes.get(at as usize).filter(|node| node.at as usize + KEEPS > i) {
            if !matches!(node.event, Event::Char(_)) {
                return false;
            }
            at = node.prev;
        }
        h.damaged && h.loss.is_none() && self.is_form()
    }

    /// Whether hardly any bytes but those that were written can be read.
    fn is_form(&self) -> bool {
        self.steps[..self.levels].iter().all(|step| has_form(step.truth))
    }

    /// Whether damage can begin at `i`.
    fn may_enter(&self, i: usize, arcs: &[Reading]) -> bool {
        let c = self.seen[i];
        if is_mark(self.misread(), c) {
            return self.seen.get(i + 1).is_some_and(|&n| n > '\u{7F}' || n == '?');
        }
        let opens = |arc: &Reading| {
            let next = self.seen.get(i + usize::from(arc.takes));
            arc.loss == Some(Loss::Fused) && next.is_some_and(|&n| n > ' ')
        };
        c > '\u{7F}' || (self.misread().is_wide_unit() && c >= ' ') || arcs.iter().any(opens)
    }

    fn enter(&mut self, h: Hyp, i: usize, arcs: &[Reading], work: &mut Vec<Hyp>) {
        let mut h = h;
        h.damaged = true;
        h.fresh = true;
        (h.dropped, h.read, h.streak, h.loss, h.is_marked) = (0, 0, 0, None, false);
        h.cost += i64::from(self.terms.enter);
        h.node = self.node(h.node, i, h.cost, Event::Enter);
        let mut ends = self.list();
        let fits = arcs.iter().any(|arc| {
            self.read(h, arc, i, &mut ends);
            !ends.is_empty()
        });
        self.give(ends);
        if fits {
            work.push(h);
        }
        let at_edge = i == 0 && !self.terms.whole || i > 0 && self.seen[i - 1] == '\n';
        if !fits || at_edge {
            // Cut in the middle of a character: one or two bytes of it are not here.
            h.cost += i64::from(if at_edge { loss::CUT_START } else { loss::CUT_INSIDE });
            h.loss = Some(Loss::Cut);
            let outer = self.outer();
            let truth = self.steps[outer].truth;
            let mut open = self.list();
            open.push(h);
            for _ in 0..2 {
                let mut more = self.list();
                for o in &open {
                    for fed in self.fitting.fed(truth, o.pending[outer], LatticeByte::HIGH).iter() {
                        if let Fed::More(p) = fed {
                            let mut o = *o;
                            o.pending[outer] = *p;
                            o.cost += i64::from(NAT);
                            more.push(o);
                        }
                    }
                }
                work.extend_from_slice(&more);
                self.give(std::mem::replace(&mut open, more));
            }
            self.give(open);
        }
    }

    fn leave(&mut self, h: Hyp, i: usize, work: &mut Vec<Hyp>) {
        let mut ends = self.list();
        ends.push(h);
        if !h.is_between_characters() {
            self.complete(&mut ends, i);
        }
        for mut h in ends.drain(..) {
            h.node = self.node(h.node, i, h.cost, Event::Leave);
            h.damaged = false;
            h.fresh = true;
            h.loss = None;
            work.push(h);
        }
        self.give(ends);
    }

    /// Completes the characters that are being read, at every level, with bytes that aren't there.
    fn complete(&mut self, ends: &mut Vec<Hyp>, i: usize) {
        for level in (0..self.levels).rev() {
            let mut done = self.list();
            for h in ends.drain(..) {
                if h.pending[level].is_empty() {
                    done.push(h);
                    continue;
                }
                let mut h = h;
                h.cost += i64::from(loss::CUT_END);
                h.loss = h.loss.or(Some(Loss::Cut));
                let pending = std::mem::take(&mut h.pending[level]);
                for fed in self.steps[level].truth.finish(pending).iter() {
                    self.fed(level, h, fed, i, &mut done);
                }
            }
            self.give(std::mem::replace(ends, done));
        }
    }

    /// What it costs that the `?` at `i` is one where damage ends with it, or has ended before it: little is asked in a text of which others
    /// were marks, and several in a row seldom are, however long the row is.
    fn asked(&self, h: &Hyp, i: usize) -> Cost {
        let last = i.checked_sub(1).map(|k| self.seen[k]);
        let next = self.seen.get(i + 1).copied();
        let is_over = !h.damaged && !h.fresh;
        match next {
            _ if is_over && !(h.is_marked && last == Some('?')) => 0,
            _ if is_over => question(self.misread(), last, next),
            // As before another mark.
            None | Some('\n') if h.is_marked => question(self.misread(), last, Some('?')),
            Some(c) if !h.damaged && (h.is_marked || c == '?') => question(self.misread(), last, next),
            _ => 0,
        }
    }

    /// Assumes dropped bytes before character `i`.
    fn drop_bytes(&mut self, i: usize, work: &mut Vec<Hyp>) {
        let outer = self.outer();
        let begins = i == 0 || self.seen[i - 1] == '\n';
        let drops = dropped(self.misread(), self.seen.get(i).copied(), self.levels == 1 && !begins);
        let mut from = 0;
        for _ in 0..2 {
            let to = work.len();
            for k in from..to {
                let mut h = work[k];
                if !h.damaged || h.streak >= 2 {
                    continue;
                }
                h.cost += i64::from(loss::dropped(h.dropped, h.read));
                h.loss = Some(Loss::Dropped);
                h.dropped = h.dropped.saturating_add(1);
                h.streak += 1;
                for (bytes, cost) in &drops {
                    let mut h = h;
                    h.cost += i64::from(*cost);
                    if h.cost <= self.best[i % RING] + DROP_MARGIN {
                        self.bytes(outer, h, bytes, i, work);
                    }
                }
            }
            from = to;
        }
    }

    /// Takes a reading on from `h`. True where the codecs allow it.
    fn take(&mut self, h: Hyp, arc: &Reading, i: usize, own: bool) -> bool {
        let mut h = h;
        let is_marked = matches!(arc.loss, None | Some(Loss::QuestionMark | Loss::Replacement | Loss::Fused));
        if own && !is_marked {
            // Who changes the case of letters changes it throughout.
            let twice = i64::from(arc.loss == Some(Loss::Recased)) + 1;
            h.cost += i64::from(loss::UNFORCED) * twice;
        }
        // Between two characters a line may well end.
        if arc.loss == Some(Loss::Break) && h.pending[self.outer()].is_empty() {
            return false;
        }
        if self.seen[i] == '?' && arc.loss.is_none() {
            h.cost += i64::from(self.asked(&h, i));
        }
        let end = i + usize::from(arc.takes);
        if self.is_hopeless(end, h.cost + i64::from(arc.cost)) {
            return false;
        }
        let mut ends = self.list();
        self.read(h, arc, i, &mut ends);
        let taken = !ends.is_empty();
        for mut e in ends.drain(..) {
            e.streak = 0;
            e.from = u32::try_from(i).unwrap_or(u32::MAX);
            self.keep(end, e);
        }
        self.give(ends);
        taken
    }

    /// Every way to read the bytes of `arc` on from `h`.
    fn read(&mut self, h: Hyp, arc: &Reading, i: usize, ends: &mut Vec<Hyp>) {
        let mut h = h;
        h.cost += i64::from(arc.cost);
        if arc.loss.is_some() {
            h.loss = arc.loss;
            h.is_marked |= arc.loss == Some(Loss::QuestionMark);
        }
        if arc.swallows.is_some() {
            // What closes an open pair was there to be closed with.
            let next = |k: usize| self.seen.get(i + k).copied();
            // One mark does, not two in a row.
            let closing =
                next(1).filter(|_| next(1) != next(2)).map_or(0, |next| h.pairs.gain_of_closing(next));
            let closes = closing > 0;
            h.cost += i64::from(match (h.swallows, arc.swallows) {
                // As likely as that the lost one closes it.
                (_, Some(false)) if closes => loss::SPARES_CLOSING - closing,
                (None, Some(true)) => loss::SWALLOWS,
                (None, _) => loss::SPARES,
                (shown, it) if shown == it => 0,
                _ => loss::CHANGED_HABIT,
            });
            if arc.swallows == Some(false) {
                h.cost += i64::from(self.precedents.cost_of_none());
            }
            if !closes {
                h.swallows = arc.swallows;
            }
        }
        if let Some(it) = arc.doubles {
            h.cost +=
                i64::from(if h.doubles.is_none_or(|shown| shown == it) { 0 } else { loss::CHANGED_HABIT });
            h.doubles = Some(it);
        }
        let end = i + usize::from(arc.takes);
        self.bytes(self.outer(), h, arc.bytes(), end, ends);
    }

    fn bytes(&mut self, level: usize, h: Hyp, bytes: &[LatticeByte], at: usize, ends: &mut Vec<Hyp>) {
        match bytes {
            [] => ends.push(h),
            [b] => self.byte(level, h, *b, at, ends),
            [b, rest @ ..] => {
                let mut some = self.list();
                self.byte(level, h, *b, at, &mut some);
                for h in some.drain(..) {
                    self.bytes(level, h, rest, at, ends);
                }
                self.give(some);
            }
        }
    }

    fn byte(&mut self, level: usize, h: Hyp, byte: LatticeByte, at: usize, ends: &mut Vec<Hyp>) {
        let mut h = h;
        let pending = std::mem::take(&mut h.pending[level]);
        if let Some(known) = byte.value().filter(|_| pending.is_known()) {
            match self.steps[level].truth.tables().feed_known(pending, known) {
                FedKnown::Char(c) => self.middle(level, h, c, None, at, ends),
                FedKnown::Two(two) => self.fed(level, h, &Fed::Two(two), at, ends),
                FedKnown::More(more) => {
                    h.pending[level] = more;
                    ends.push(h);
                }
                FedKnown::Invalid => {}
            }
            return;
        }
        let fed = self.fitting.fed(self.steps[level].truth, pending, byte);
        for fed in fed.iter() {
            self.fed(level, h, fed, at, ends);
        }
    }

    fn fed(&mut self, level: usize, h: Hyp, fed: &Fed, at: usize, ends: &mut Vec<Hyp>) {
        match fed {
            Fed::More(p) => {
                let mut h = h;
                h.pending[level] = *p;
                ends.push(h);
            }
            Fed::Char(c) => self.middle(level, h, *c, None, at, ends),
            Fed::Two([a, b]) => {
                let mut some = self.list();
                self.middle(level, h, *a, None, at, &mut some);
                for h in some.drain(..) {
                    self.middle(level, h, *b, None, at, ends);
                }
                self.give(some);
            }
            Fed::Pattern(p) => self.fit(level, h, p, at, ends),
        }
    }

    /// A character of which some bytes are unknown.
    fn fit(&mut self, level: usize, h: Hyp, pattern: &Pattern, at: usize, ends: &mut Vec<Hyp>) {
        let kind = h.loss.unwrap_or(Loss::Dropped);
        if pattern.known() > 0 {
            for &(cost, c) in &*self.weigh(level, h.lm, h.pairs, pattern) {
                // The likeliest come first, nearly.
                if level == 0 && self.is_hopeless(at, h.cost + i64::from(cost)) {
                    break;
                }
                self.middle(level, h, c, Some((kind, *pattern)), at, ends);
            }
        }
        if level == 0 {
            let mut h = h;
            let known = pattern.known() > 0;
            if pattern.len() == 1 && pattern.bytes()[0] == LatticeByte::LOW {
                self.low(h, at, ends);
                return;
            }
            h.cost += i64::from(if known { loss::GAP_UNKNOWN } else { loss::GAP });
            h.node = self.node(h.node, at, h.cost, Event::Gap(kind, known.then_some(*pattern), None));
            h.lm = self.model.unknown();
            h.read = h.read.saturating_add(1);
            h.loss = None;
            ends.push(h);
        }
    }

    /// A lost ASCII character that is no trail byte: a digit, a space or punctuation. Which one is never
    /// guessed; but what it may have been bears on what comes after. Only `?` takes one along.
    fn low(&mut self, h: Hyp, at: usize, ends: &mut Vec<Hyp>) {
        // Only ASCII can be one of two marks in a row.
        let next = self.seen.get(at).copied().filter(char::is_ascii);
        let (model, memo, precedents) = (self.model, &mut *self.memo, &self.precedents);
        let mut weigh = || {
            let mut all: Vec<(Cost, State, char)> = restore::lows()
                .map(|c| {
                    let (cost, lm) = memo.score(model, h.lm, c);
                    // One mark closes a pair, not two in a row.
                    let paired = if next == Some(c) { 0 } else { h.pairs.cost_of_lost(c) };
                    (cost + paired + restore::cost_of_low(c), lm, c)
                })
                .collect();
            precedents.weigh(&mut all);
            all.sort_by_key(|(cost, _, c)| (*cost, *c));
            std::array::from_fn(|k| all[k])
        };
        let likeliest =
            if precedents.are_any() { weigh() } else { self.fitting.low((h.lm, h.pairs, next), weigh) };
        for (cost, lm, like) in likeliest {
            let mut h = h;
            h.cost += i64::from(cost + loss::GAP_LOW);
            let event = Event::Gap(Loss::QuestionMark, None, Some(like));
            h.node = self.node(h.node, at, h.cost, event);
            h.lm = lm;
            h.pairs = h.pairs.after(like);
            h.read = h.read.saturating_add(1);
            h.loss = None;
            ends.push(h);
        }
    }

    /// The characters that fit best after `lm`.
    fn weigh(&mut self, level: usize, lm: State, pairs: Pairs, pattern: &Pattern) -> Arc<[(Cost, char)]> {
        let codec = self.steps[level].truth;
        // The last character tells nearly as well which are likely, and is the same far more often.
        let lm = lm.shortened();
        let (model, work) = (self.model, &mut *self.work);
        self.fitting.weighed((codec, (level == 0).then_some((lm, pairs)), *pattern), |fitting| {
            // So many are asked for once that remembering them would forget all else.
            let after = model.after_one(if level == 0 { lm } else { State::default() });
            let most = if level == 0 { FITTING } else { FITTING * 4 };
            // Those that the model does not know there come in the order of their costs: after so many, the rest costs more.
            let mut unknown = 0;
            let fits = fitting.of(model, codec, pattern).iter().filter(|fit| level > 0 || !is_private(fit.c));
            let mut fits: Vec<(Cost, char)> = fits
                .filter_map(|fit| {
                    *work += 1;
                    let paired = if level == 0 { pairs.cost_of_lost(fit.c) } else { 0 };
                    let known = after.cost(fit.id);
                    if known.is_none() && paired >= 0 {
                        unknown += usize::from(paired == 0);
                        if unknown > most {
                            return None;
                        }
                    }
                    Some((known.unwrap_or(fit.alone + after.backoff) + paired, fit.c))
                })
                .collect();
            if fits.len() > most {
                fits.select_nth_unstable(most);
                fits.truncate(most);
            }
            fits.sort_unstable();
            fits.into()
        })
    }

    /// A character at some level: at the innermost it is text, elsewhere it is read on.
    fn middle(
        &mut self,
        level: usize,
        h: Hyp,
        c: char,
        lost: Option<(Loss, Pattern)>,
        at: usize,
        ends: &mut Vec<Hyp>,
    ) {
        let mut h = h;
        *self.work += 1;
        if level == 0 && c == '\u{FFFD}' {
            // The bytes of U+FFFD tell nothing of what it stands for.
            h.cost += i64::from(loss::GAP);
            h.node = self.node(h.node, at, h.cost, Event::Gap(Loss::Replacement, None, None));
            h.lm = self.model.unknown();
            h.loss = None;
            ends.push(h);
            return;
        }
        if level == 0 {
            let (cost, lm) = self.memo.score(self.model, h.lm, c);
            let is_whole = lost.is_none() && h.loss.is_none();
            let cost = if is_whole {
                self.ceiling.lower(self.model, h.lm, c, self.seen.get(at).copied(), cost)
            } else {
                cost
            };
            let paired = if lost.is_some() { h.pairs.cost_of_lost(c) } else { h.pairs.cost_of(c) };
            h.cost += i64::from(cost + paired) + ending(h.pairs, c);
            if is_unassigned(c) {
                h.cost += i64::from(loss::UNASSIGNED);
            }
            h.pairs = h.pairs.after(c);
            let event = match (lost, h.loss) {
                (Some((kind, pattern)), _) => Event::Lossy(c, kind, Some(pattern)),
                (None, Some(kind)) if c > '\u{7F}' => Event::Lossy(c, kind, None),
                _ => Event::Char(c),
            };
            h.node = self.node(h.node, at, h.cost, event);
            h.lm = lm;
            h.read = h.read.saturating_add(1);
            h.loss = None;
            ends.push(h);
            return;
        }
        if let Some((kind, _)) = lost {
            h.loss = Some(kind);
        }
        let mut inner = std::mem::take(&mut self.inner);
        inner.clear();
        readings(self.steps[level - 1].misread, Beside::default(), &[c], Width::Narrow, &mut inner);
        for arc in &inner {
            let mut h = h;
            h.cost += i64::from(arc.cost);
            h.loss = arc.loss.or(h.loss);
            self.bytes(level - 1, h, arc.bytes(), at, ends);
        }
        self.inner = inner;
    }

    /// An empty list.
    fn list(&mut self) -> Vec<Hyp> {
        self.spare.pop().unwrap_or_default()
    }

    /// Gives a list back.
    fn give(&mut self, mut list: Vec<Hyp>) {
        list.clear();
        self.spare.push(list);
    }

    fn node(&mut self, prev: u32, at: usize, cost: i64, event: Event) -> u32 {
        add(&mut self.nodes, prev, at, cost, event)
    }

    /// Hypotheses at one place from which on another takes the place of one.
    fn full(&self) -> usize {
        self.terms.beam * 2
    }

    /// The least and the greatest cost at a place after something was taken away.
    fn refresh(&mut self, place: usize) {
        let costs = || self.ring[place % RING].iter().map(|h| h.cost);
        self.least[place % RING] = costs().min().unwrap_or(i64::MAX);
        self.most[place % RING] = costs().max().unwrap_or(i64::MAX);
    }

    /// Whether a hypothesis of this cost is too far behind what is kept at `at` already, or behind all of that where it is full.
    #[inline]
    fn is_hopeless(&self, at: usize, cost: i64) -> bool {
        cost > self.least[at % RING].saturating_add(self.margin)
            || cost >= self.most[at % RING] && self.ring[at % RING].len() >= self.full()
    }

    /// Puts a hypothesis into the beam at `at`, unless a cheaper one goes on like it.
    fn keep(&mut self, at: usize, h: Hyp) {
        if self.is_hopeless(at, h.cost) {
            return;
        }
        let full = self.full();
        let (beam, most) = (&mut self.ring[at % RING], &mut self.most[at % RING]);
        let least = &mut self.least[at % RING];
        *least = (*least).min(h.cost);
        if let Some(same) = beam.iter_mut().find(|o| o.continues_like(&h)) {
            if h.cost >= same.cost {
                return;
            }
            *same = h;
        } else if beam.len() < full {
            beam.push(h);
        } else if let Some(worst) = beam.iter_mut().max_by_key(|o| o.cost) {
            *worst = h;
        }
        if beam.len() >= full {
            *most = beam.iter().map(|o| o.cost).max().unwrap_or(i64::MAX);
        }
    }

    fn prune(&self, beam: &mut Vec<Hyp>) {
        beam.sort_by_key(|h| h.cost);
        if let Some(limit) = beam.first().map(|h| h.cost + self.margin) {
            beam.retain(|h| h.cost <= limit);
        }
        thin(beam, self.terms.beam);
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

    fn finish(mut self, n: usize) -> Vec<Segment> {
        let mut beam = std::mem::take(&mut self.ring[n % RING]);
        self.prune(&mut beam);
        let mut ends = Vec::new();
        // What the end itself costs.
        let end = |h: &Hyp| {
            if !self.terms.is_end {
                return 0;
            }
            i64::from(self.model.score(h.lm, '\n').0.min(loss::END) + h.pairs.cost_of_end())
        };
        // Completing a character costs something, so most need not be completed to see that they are not the best.
        let whole = |h: &Hyp| !h.damaged || h.is_between_characters();
        let least = beam.iter().filter(|h| whole(h)).map(|h| h.cost + end(h)).min().unwrap_or(i64::MAX);
        beam.retain(|h| whole(h) || h.cost <= least);
        for h in beam {
            if h.damaged { self.leave(h, n, &mut ends) } else { ends.push(h) }
        }
        if self.terms.is_end {
            for h in &mut ends {
                h.cost += i64::from(self.model.score(h.lm, '\n').0.min(loss::END) + h.pairs.cost_of_end());
            }
        }
        let best = ends.iter().min_by_key(|h| h.cost).map_or(NONE, |h| h.node);
        self.write_out(best);
        let found = segments(&self.settled);
        self.give_back();
        found
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

    /// Leaves the room for the next search.
    fn give_back(self) {
        let Self { mut nodes, mut settled, mut ring, past, mut arcs, inner, spare, space, .. } = self;
        nodes.clear();
        settled.clear();
        ring.iter_mut().for_each(Vec::clear);
        arcs.clear();
        *space = Space { nodes, settled, ring, past, arcs, inner, spare };
    }
}

/// Takes the costliest off a beam that is sorted, until `most` are left; but those that stand at the same place within a character get half of
/// the room while there are others: the bytes to come tell between places, and seldom between what was read before.
fn thin(beam: &mut Vec<Hyp>, most: usize) {
    if beam.len() <= most {
        return;
    }
    let mut places: Vec<([Pending; LEVELS], bool, usize)> = Vec::new();
    let mut crowd = Vec::new();
    beam.retain(|h| {
        let is_same = |(pending, damaged, _): &_| *pending == h.pending && *damaged == h.damaged;
        let k = places.iter().position(is_same).unwrap_or_else(|| {
            places.push((h.pending, h.damaged, 0));
            places.len() - 1
        });
        places[k].2 += 1;
        let stays = places[k].2 * 2 <= most;
        if !stays {
            crowd.push(*h);
        }
        stays
    });
    beam.truncate(most);
    beam.extend(crowd.into_iter().take(most - beam.len()));
    beam.sort_by_key(|h| h.cost);
}

fn add(nodes: &mut Vec<Node>, prev: u32, at: usize, cost: i64, event: Event) -> u32 {
    let id = u32::try_from(nodes.len()).unwrap_or(NONE);
    nodes.push(Node { prev, at: u32::try_from(at).unwrap_or(u32::MAX), cost, event });
    id
}

/// What four observed characters cost where they make no sense.
pub(crate) fn surprise(steps: &[Step]) -> i64 {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return SURPRISE[2] };
    // Code page 932 has characters of one byte beyond ASCII.
    let is_short = last.misread.is_single_byte() || [Codec::CP932, Codec::SHIFT_JIS].contains(&last.misread);
    match (is_short, first.truth) {
        (true, _) => SURPRISE[0],
        (false, Codec::UTF_8 | Codec::CESU_8) => SURPRISE[1],
        (false, _) => SURPRISE[2],
    }
}

/// Whether `c` is of a plane that has no characters.
pub(crate) fn is_unassigned(c: char) -> bool {
    matches!(c, '\u{40000}'..'\u{E0000}' | '\u{E01F0}'..'\u{F0000}')
}

/// Whether `c` is private: no text has such characters often enough to tell one of them from what is left of it.
pub(crate) fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Those at one place within a character do not crowd out the others, however cheap they are.
    #[test]
    fn a_beam_keeps_what_stands_elsewhere() {
        let inside = Codec::UTF_8.feed(Pending::default(), LatticeByte::HIGH);
        let Some(Fed::More(pending)) = inside.iter().next() else { panic!("no character of several bytes") };
        let at = |cost: i64, pending: Pending| {
            let mut h = Hyp::new(State::default(), Pairs::default());
            h.cost = cost;
            h.pending[0] = pending;
            h
        };
        let mut beam: Vec<Hyp> = (0..12).map(|cost| at(cost, Pending::default())).collect();
        beam.extend((20..23).map(|cost| at(cost, *pending)));
        let costs = |beam: &[Hyp]| beam.iter().map(|h| h.cost).collect::<Vec<_>>();
        let mut few = beam.clone();
        thin(&mut few, 4);
        assert_eq!(costs(&few), [0, 1, 20, 21]);
        let mut some = beam.clone();
        thin(&mut some, 10);
        assert_eq!(costs(&some), [0, 1, 2, 3, 4, 5, 6, 20, 21, 22]);
        thin(&mut beam, 15);
        assert_eq!(beam.len(), 15);
    }
}
