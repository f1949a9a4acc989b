//! A few hypotheses that are far ahead of all others, followed by themselves.

use super::path::add;
use super::{BACK, Decoder, Event, Hyp, REACH, RETREAT, RING};
use crate::cost::nats;
use crate::lattice::is_mark;
use crate::straight::{Fares, follow, text};

/// How far ahead of all others a few hypotheses are followed alone.
const LEAD: i64 = nats(9.0) as i64;
/// How many those are at most: such as differ in little but what marks were seen to take along.
const TOGETHER: usize = 8;
/// How much more than what it says as it is one character may cost where nothing else is tried: more, and the damage may have
/// ended before it.
const AMISS: i64 = nats(4.5) as i64;

impl Decoder<'_> {
    /// Follows the few hypotheses that are far ahead of all others by themselves, as long as each character is its own bytes and
    /// nothing else. Returns the place reached, and whether they had to go back to get there.
    pub(super) fn alone(&mut self, from: usize) -> (usize, bool) {
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
}
