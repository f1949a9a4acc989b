//! How a hypothesis goes on: damage begins, ends, loses bytes or reads them, through every step of the chain.

use std::sync::Arc;

use super::{Decoder, Event, Hyp, RING, ending, is_private, is_unassigned};
use crate::codec::{Fed, FedKnown, LatticeByte, Pattern};
use crate::cost::{Cost, NAT, nats};
use crate::lattice::{Beside, Reading, Width, dropped, is_mark, question, readings};
use crate::lm::State;
use crate::loss;
use crate::pairs::Pairs;
use crate::report::Loss;
use crate::restore;

/// How much worse than the best a hypothesis may be and still be thought to have lost a byte.
const DROP_MARGIN: i64 = nats(13.0) as i64;
/// Characters kept of those that fit a pattern.
const FITTING: usize = 16;

/// What stands elsewhere before what stands behind a mark.
#[derive(Default)]
pub(super) struct Precedents {
    all: Vec<char>,
    /// What being one of them costs, and being none.
    alike: Cost,
    other: Cost,
}

impl Precedents {
    /// Those of the mark that is character `i`.
    pub(super) fn at(seen: &[char], i: usize) -> Self {
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

impl Decoder<'_> {
    /// Whether damage can begin at `i`.
    pub(super) fn may_enter(&self, i: usize, arcs: &[Reading]) -> bool {
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

    pub(super) fn enter(&mut self, h: Hyp, i: usize, arcs: &[Reading], work: &mut Vec<Hyp>) {
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

    pub(super) fn leave(&mut self, h: Hyp, i: usize, work: &mut Vec<Hyp>) {
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
    pub(super) fn asked(&self, h: &Hyp, i: usize) -> Cost {
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
    pub(super) fn drop_bytes(&mut self, i: usize, work: &mut Vec<Hyp>) {
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
    pub(super) fn take(&mut self, h: Hyp, arc: &Reading, i: usize, own: bool) -> bool {
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
}
