//! A hypothesis, and which of those at one place are kept.

use super::path::NONE;
use super::{Decoder, LEVELS, RING};
use crate::codec::Pending;
use crate::cost::nats;
use crate::lm::State;
use crate::pairs::Pairs;
use crate::report::Loss;

/// How much worse than the best a hypothesis may be where all are kept, and where few are.
pub(super) const MARGIN: i64 = nats(22.0) as i64;
pub(super) const NEAR_MARGIN: i64 = nats(14.0) as i64;

#[derive(Clone, Copy, Debug)]
pub(super) struct Hyp {
    pub(super) cost: i64,
    pub(super) lm: State,
    pub(super) node: u32,
    /// The place of the last arc taken.
    pub(super) from: u32,
    pub(super) damaged: bool,
    /// It has only just changed between clean and damaged, at this place.
    pub(super) fresh: bool,
    /// Dropped bytes assumed since the last observed character.
    pub(super) streak: u8,
    /// Dropped bytes and characters read in this stretch.
    pub(super) dropped: u16,
    pub(super) read: u16,
    /// What was lost of the character that is being read.
    pub(super) loss: Option<Loss>,
    /// Whether the `?` of this stretch swallow ASCII bytes, as far as they have shown.
    pub(super) swallows: Option<bool>,
    /// Whether the marks of this stretch stand for two bytes each.
    pub(super) doubles: Option<bool>,
    /// Whether a `?` of this stretch was one.
    pub(super) is_marked: bool,
    pub(super) pairs: Pairs,
    pub(super) pending: [Pending; LEVELS],
}

impl Hyp {
    /// At the start of a text, undamaged.
    pub(super) fn new(lm: State, pairs: Pairs) -> Self {
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

    #[inline]
    pub(super) fn is_between_characters(&self) -> bool {
        self.pending.iter().all(|p| p.is_empty())
    }

    #[inline]
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

impl Decoder<'_> {
    /// Hypotheses at one place from which on another takes the place of one.
    fn full(&self) -> usize {
        self.terms.beam * 2
    }

    /// The least and the greatest cost at a place after something was taken away.
    pub(super) fn refresh(&mut self, place: usize) {
        let costs = || self.ring[place % RING].iter().map(|h| h.cost);
        self.least[place % RING] = costs().min().unwrap_or(i64::MAX);
        self.most[place % RING] = costs().max().unwrap_or(i64::MAX);
    }

    /// Whether a hypothesis of this cost is too far behind what is kept at `at` already, or behind all of that where it is full.
    #[inline]
    pub(super) fn is_hopeless(&self, at: usize, cost: i64) -> bool {
        cost > self.least[at % RING].saturating_add(self.margin)
            || cost >= self.most[at % RING] && self.ring[at % RING].len() >= self.full()
    }

    /// Puts a hypothesis into the beam at `at`, unless a cheaper one goes on like it.
    pub(super) fn keep(&mut self, at: usize, h: Hyp) {
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

    pub(super) fn prune(&self, beam: &mut Vec<Hyp>) {
        beam.sort_by_key(|h| h.cost);
        if let Some(limit) = beam.first().map(|h| h.cost + self.margin) {
            beam.retain(|h| h.cost <= limit);
        }
        thin(beam, self.terms.beam);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Codec, Fed, LatticeByte};

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
