//! What was worked on before it came here: where a window leaves a doubt, and what it says then.

use std::cmp::Reverse;
use std::ops::Range;

use super::piece::{FLUENT, fluency, is_doubtful, total_worth, worth};
use super::{LEAD, Orders, PROBE, PROBE_BEAM, PROOF, Window};
use crate::chain::Chain;
use crate::codec::Codec;
use crate::cost::nats;
use crate::decode::Tools;
use crate::propose::most_gained;
use crate::report::Treatment;
use crate::second_hand;
use crate::settle::Piece;

/// What such a reading must gain more than what stands in its way where nothing shows that there was such work.
const UNSEEN: i64 = nats(3.0) as i64;

impl Window<'_> {
    /// What was `found`, with what is likelier where it leaves a doubt, from `at` on, if the text was worked on before it came here, which may
    /// show.
    pub(super) fn with_treated(
        &self,
        mut found: Vec<Piece>,
        mut at: usize,
        shows: bool,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> Vec<Piece> {
        while let Some((from, truth)) = self.doubt(&found, at) {
            let (range, mut treated) = self.second_hand(from, truth, orders, tools);
            if treated.is_empty() {
                break;
            }
            at = range.end;
            treated.retain(|new| {
                let others = found.iter().filter(|p| p.start < new.end && new.start < p.end);
                shows || worth(new) >= others.map(worth).sum::<i64>() + UNSEEN
            });
            found.extend(treated);
            found = self.choose(found, orders, tools);
        }
        found
    }

    /// Where, from `at` on, characters of one byte each are left alone or do not read without losses; with the truth of what was
    /// found there. `found` is sorted.
    fn doubt(&self, found: &[Piece], mut at: usize) -> Option<(usize, Option<Codec>)> {
        loop {
            let from = at + second_hand::place(&self.seen[at..])?;
            if let Some(end) = self.sure_until(from) {
                at = end;
                continue;
            }
            let nearest = |i: usize| found.get(found.partition_point(|p| p.end <= i));
            let Some(piece) = nearest(from).filter(|p| p.start <= from) else { return Some((from, None)) };
            let truth = Some(piece.chain.steps()[0].truth);
            if is_doubtful(piece) {
                return Some((from, truth));
            }
            at = piece.end;
            // What was fused is odd, and may be all that is left.
            let behind = at..(at + second_hand::ROW).min(self.seen.len());
            let is_left = |i: usize| self.odd[i] && nearest(i).is_none_or(|p| p.start > i);
            if behind.into_iter().any(is_left) {
                return Some((at.saturating_sub(second_hand::ROW).max(from), truth));
            }
        }
    }

    /// What the window says around `from` if it was worked on before it came here: the likeliest of what may be tried, of
    /// `truth` if that is known; with the range that was looked at.
    pub(super) fn second_hand(
        &self,
        from: usize,
        truth: Option<Codec>,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> (Range<usize>, Vec<Piece>) {
        // What was fused just before is no character of one byte.
        let probe = from.saturating_sub(LEAD)..(from + PROBE).min(self.seen.len());
        let mut best: Option<(i64, Chain, Treatment)> = None;
        let (mut is_text, mut is_treated) = (None, false);
        let (seen, leaving) = (&self.seen[probe.clone()], self.identity.costs(probe.clone()));
        let leads = second_hand::leads(seen);
        let most = most_gained(orders.model, seen, &leaving, leads.iter().map(|(chain, _)| *chain));
        let mut leads: Vec<_> = leads.into_iter().zip(most).collect();
        leads.sort_by_key(|(_, most)| Reverse(most.unwrap_or(i64::MAX)));
        for ((chain, treatment), most) in leads {
            // What was fused gains hardly more than an eighth beyond that.
            if most.is_some_and(|most| best.is_some_and(|(gain, ..)| most + most / 8 < gain)) {
                continue;
            }
            // Text that makes sense is not made of any bytes but its own.
            let read_so = (treatment, chain.steps()[0].misread);
            let is_other = truth.is_some_and(|truth| chain.steps()[0].truth != truth);
            if is_other || is_text == Some(read_so) || orders.only.is_some_and(|only| only != chain) {
                continue;
            }
            let found = self.decode(probe.clone(), chain, Some(treatment), PROBE_BEAM, orders, tools);
            let gain = total_worth(&found);
            let reads_well = |piece: &Piece| fluency(piece).1 <= i64::from(nats(FLUENT));
            if gain >= i64::from(nats(PROOF)) && found.iter().all(reads_well) {
                is_text = Some(read_so);
            }
            is_treated |= found.iter().any(|piece| piece.treatment.is_some());
            if best.is_none_or(|(most, ..)| gain > most) {
                best = Some((gain, chain, treatment));
            }
        }
        // Where the probe has seen all that there is, and none of it needed a treatment, none will.
        let may_be_treated = is_treated || probe.end < self.seen.len();
        let Some((_, chain, treatment)) = best.filter(|(gain, ..)| *gain > 0 && may_be_treated) else {
            return (probe, Vec::new());
        };
        let (range, mut all) = self.decode_around(from, false, chain, Some(treatment), orders, tools);
        // Where no piece needed a treatment, the chain alone is for `propose` to find.
        if all.iter().all(|piece| piece.treatment.is_none()) {
            return (range, Vec::new());
        }
        // So many readings gain on any odd text: what does not convince stands in no other chain's way.
        all.retain(|piece| self.convinces(piece, orders, tools));
        (range, all)
    }
}
