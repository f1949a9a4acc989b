//! Lattice × codec × model → the likeliest reading of a text under one chain.
//!
//! A beam goes over the observed characters. Each hypothesis is either *clean* (the character stands for
//! itself) or *damaged* (its bytes are read on, through every step of the chain), and may change between the
//! two, so that the edges of a damaged stretch come out of the same search as what it says. All in integers.

mod alone;
mod beam;
mod identity;
mod onward;
mod path;

use self::beam::{Hyp, MARGIN, NEAR_MARGIN};
pub(crate) use self::identity::Identity;
use self::onward::Precedents;
pub(crate) use self::path::{Event, Said, Segment};
use self::path::{NODES, Node};
use crate::ceiling::Ceiling;
use crate::chain::{Chain, Step};
use crate::codec::Codec;
use crate::cost::{Cost, nats};
use crate::fitting::Fitting;
use crate::lattice::second_hand::Singles;
use crate::lattice::{Beside, Reading, Width, is_mark, readings, second_hand};
use crate::layout::Lines;
use crate::lm::Model;
use crate::lm::memo::Memo;
use crate::loss;
use crate::pairs::Pairs;
use crate::report::Treatment;
use crate::straight::has_form;

/// The most steps that one chain may have.
pub(crate) const LEVELS: usize = 3;
/// Hypotheses kept at one place.
pub(crate) const BEAM: usize = 32;
/// How many characters one that is followed alone goes back where it makes no sense, for all others to be tried.
const RETREAT: usize = 12;
/// How many characters after that it is not followed alone.
const CAUTION: usize = 6;
/// How much worse than the best a hypothesis may be and still be thought to end in the midst of a character.
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

    /// An empty list.
    fn list(&mut self) -> Vec<Hyp> {
        self.spare.pop().unwrap_or_default()
    }

    /// Gives a list back.
    fn give(&mut self, mut list: Vec<Hyp>) {
        list.clear();
        self.spare.push(list);
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
