//! Which chains to decode a window with, where something in it is odd.

use std::cmp::Reverse;
use std::ops::Range;

use super::piece::{cover, is_lossy, is_strange, total_worth};
use super::progress::Progress;
use super::{LEAD, MOST_WEARY, Orders, PROBE, PROBE_BEAM, PROMISING, PROOF, REACH, Window, weariness};
use crate::chain::Chain;
use crate::codec::is_wide;
use crate::cost::nats;
use crate::decode::Tools;
use crate::lm::memo::Memo;
use crate::propose::{
    Proposal, SAMPLE, are_alike, are_kin, are_swaps, evident, is_in_words, others, propose, reads_alike,
    unlikely_part,
};
use crate::scan::SHORT_LINE;
use crate::settle::Piece;
use crate::straight::{has_form, reads_whole};

/// Where a chain gains on so few characters, it is enough to decode those before and behind them.
const SHORT: usize = 8;
/// How far behind the best over the probe a chain may be and still go on.
const BEHIND: i64 = nats(12.0) as i64;

/// The chains to decode a window with.
pub(super) struct Attempts {
    /// With whether the damage surely goes on behind what was probed.
    pub(super) chains: Vec<(Chain, bool)>,
    /// Or else what chains have made of a range, if none of that is a repair, nor would be with more of the text.
    pub(super) void: Vec<(Chain, Range<usize>, Vec<Piece>)>,
    /// Where what the first one gains begins, at the earliest, if that is evident: if it explains whole lines, nothing else is asked for.
    pub(super) evident: Option<usize>,
    /// Whether any were tried at all.
    pub(super) was_tried: bool,
}

impl Attempts {
    fn evident(chains: Vec<Chain>, begins: usize) -> Self {
        Self {
            chains: chains.into_iter().map(|chain| (chain, true)).collect(),
            void: Vec::new(),
            evident: Some(begins),
            was_tried: true,
        }
    }
}

/// The chains proposed for a sample.
struct Proposed {
    proposed: Vec<Proposal>,
    /// Where what they were proposed for begins, and whether that is the most unlikely part of the sample.
    from: usize,
    is_part: bool,
    /// As [`Window::line_of_few`].
    few: Option<Range<usize>>,
}

impl Window<'_> {
    /// Whether some chain evidently made what stands at `from`.
    pub(super) fn is_evident_at(&self, from: usize, orders: &Orders<'_>, tools: &mut Tools) -> bool {
        let sample = self.sample(from..(from + SAMPLE).min(self.seen.len()), 0, orders);
        let Tools { memo, work, .. } = tools;
        let proposed = propose(orders.model, memo, &sample, orders.proven, work);
        proposed.first().is_some_and(|p| p.is_evident)
    }

    /// The first line in a sample that is unlikely throughout, where the sample has others as well.
    fn hot_line(&self, sample: &Range<usize>, vain: u32, orders: &Orders<'_>) -> Option<Range<usize>> {
        if !self.seen[sample.clone()].contains(&'\n') {
            return None;
        }
        let mut from = sample.start;
        while from < sample.end {
            // The last one may go on.
            let more = &self.seen[from..(from + SAMPLE).min(self.seen.len())];
            let end = from + more.iter().position(|c| *c == '\n').unwrap_or(more.len());
            if self.sample(from..end, vain, orders).is_hot() {
                return Some(from..end);
            }
            from = end + 1;
        }
        None
    }

    /// The most unlikely part of a sample, where that stands at `odd_one`.
    fn hot_part(&self, odd_one: usize, sample: &Range<usize>) -> Option<Range<usize>> {
        let part = unlikely_part(&self.identity.costs(sample.clone()));
        let part = sample.start + part.start..sample.start + part.end;
        (part.start <= odd_one + LEAD && odd_one < part.end).then_some(part)
    }

    /// Whether what is odd in `line` is narrow, and elsewhere in `sample` is not: no page has made both.
    fn is_apart(&self, line: &Range<usize>, sample: &Range<usize>) -> bool {
        let is_wide = |i: usize| is_wide(self.seen[i]);
        !line.clone().any(is_wide)
            && (sample.start..line.start).chain(line.end..sample.end).any(|i| self.odd[i] && is_wide(i))
    }

    /// The chains to decode the window with, given what is odd at `odd_one`, in a sample around it, and how often in a row that came to
    /// nothing.
    pub(super) fn chains(
        &self,
        odd_one: usize,
        sample: Range<usize>,
        vain: u32,
        progress: &Progress,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> Attempts {
        if let Some(chain) = orders.only {
            return Attempts::evident(vec![chain], odd_one);
        }
        let Tools { memo, work, .. } = &mut *tools;
        let Proposed { mut proposed, from, is_part, few } =
            self.proposed(odd_one, sample, vain, orders, memo, work);
        let behind = &self.seen[from..(from + REACH).min(self.seen.len())];
        // Those that are evident say the same.
        if proposed.first().is_some_and(|p| p.is_evident) || self.leave_behind(from, &mut proposed) {
            let begins = odd_one.max(from + proposed.first().map_or(0, |p| p.stretch.start));
            let twins = twins(&proposed, behind);
            if is_part {
                let chains = twins.into_iter().map(|chain| (chain, false)).collect();
                return Attempts { chains, void: Vec::new(), evident: None, was_tried: true };
            }
            return Attempts::evident(twins, begins);
        }
        // What has the form of UTF-8 all through a line is nothing else, whatever its words are.
        if let [Proposal { chain, .. }, rest @ ..] = &proposed[..]
            && has_form(chain.steps()[0].truth)
            && proposed.iter().all(|p| p.chain.steps().len() == 1)
        {
            let rivals: Vec<Chain> = rest.iter().map(|p| p.chain).collect();
            if self.lines(odd_one, *chain, &rivals, false, orders, tools).is_some() {
                return Attempts::evident(vec![*chain], odd_one);
            }
        }
        let end = (from + PROBE).min(self.seen.len());
        let (mut probed, mut was_tried): (Vec<(i64, Chain, bool)>, _) = (Vec::new(), false);
        // All that was found ends where more of the text is seen, and is no repair: with more of the text it would be none.
        let (mut are_void, mut made) = (true, Vec::new());
        // What a chain gains that explains all of it without any loss.
        let mut explained = None;
        for Proposal { chain, gain, stretch, is_twin, .. } in proposed {
            let least = if orders.proven.contains(&chain) { 0 } else { weariness(vain) };
            if gain < least || explained.is_some_and(|most| is_twin || gain < most - BEHIND) {
                continue;
            }
            if probed.iter().any(|(_, other, _)| are_alike(other, &chain, behind)) {
                continue;
            }
            let range = if has_form(chain.steps()[0].truth)
                && let Some(line) = &few
            {
                line.clone()
            } else if stretch.len() < SHORT && !stretch.is_empty() {
                from + stretch.start.saturating_sub(SHORT)..end.min(from + stretch.end + SHORT)
            } else {
                from..end
            };
            was_tried = true;
            if let Some(tried) = progress.with(chain, odd_one) {
                probed.push((progress.worth(tried, &(from..end)), chain, false));
                are_void = false;
                continue;
            }
            let found = self.decode(range.clone(), chain, None, PROBE_BEAM, orders, tools);
            let is_void = |piece: &Piece| {
                let is_seen = range.start < piece.start && piece.end < range.end;
                is_seen
                    && !piece.chain.steps()[0].truth.is_single_byte()
                    && !orders.proven.contains(&piece.chain)
                    && self.judge(piece, orders, &mut tools.fitting).is_none_or(|found| found.is_void())
            };
            are_void = are_void && found.iter().all(is_void);
            // In a table all that looks like damage goes on for long: more of it makes it no surer.
            if vain >= MOST_WEARY / 2 && !found.iter().any(|piece| self.convinces(piece, orders, tools)) {
                continue;
            }
            let gain = total_worth(&found);
            if explained.is_none() && self.explains(&found, from..end) {
                explained = Some(gain);
            }
            let goes_on = gain >= i64::from(nats(PROOF)) && found.iter().any(|p| p.end == end);
            probed.push((gain, chain, goes_on));
            made.push((chain, range, found));
        }
        probed.sort_by_key(|(gain, chain, _)| (Reverse(*gain), *chain));
        let best = probed.first().map_or(0, |(gain, ..)| *gain);
        let least = |chain: &Chain| if orders.proven.contains(chain) { 0 } else { PROMISING };
        probed.retain(|(gain, chain, _)| *gain > least(chain) && *gain >= best - BEHIND);
        probed.truncate(2);
        if are_void {
            made.retain(|(chain, ..)| probed.iter().any(|(_, other, _)| other == chain));
            return Attempts { chains: Vec::new(), void: made, evident: None, was_tried };
        }
        let chains: Vec<_> = probed.into_iter().map(|(_, chain, goes_on)| (chain, goes_on)).collect();
        let evident = matches!(chains[..], [(_, true)]).then_some(odd_one);
        Attempts { chains, void: Vec::new(), evident, was_tried }
    }

    /// The chains that are proposed for what is odd at `odd_one`, in a sample around it, given how often in a row that came
    /// to nothing.
    fn proposed(
        &self,
        odd_one: usize,
        sample: Range<usize>,
        vain: u32,
        orders: &Orders<'_>,
        memo: &mut Memo,
        work: &mut u64,
    ) -> Proposed {
        // Few letters are told by all of their line, and not by wide characters around it.
        let few = self.line_of_few(odd_one);
        let sample = match &few {
            Some(line) if is_in_words(&self.seen[line.clone()]) || self.is_apart(line, &sample) => {
                sample.start.max(line.start)..sample.end.min(line.end)
            }
            _ => sample,
        };
        // What one chain evidently made is looked for in a line, in all of it, and in a part.
        let line = self.hot_line(&sample, vain, orders);
        let part = self.hot_part(odd_one, &sample);
        let places =
            [line.map(|line| (line, false)), Some((sample.clone(), false)), part.map(|part| (part, true))];
        let evidently = places.into_iter().flatten().find_map(|(place, is_part)| {
            let from = place.start;
            let proposed =
                evident(orders.model, memo, &self.sample(place, vain, orders), orders.proven, work);
            (!proposed.is_empty()).then_some((proposed, from, is_part))
        });
        let (proposed, from, is_part) = evidently.unwrap_or_else(|| {
            let from = sample.start;
            let sample = self.sample(sample, vain, orders);
            (others(orders.model, memo, &sample, orders.proven, work), from, false)
        });
        Proposed { proposed, from, is_part, few }
    }

    /// Whether any chain is proposed for what is odd in it.
    pub(super) fn is_proposed(&self, orders: &Orders<'_>, memo: &mut Memo, work: &mut u64) -> bool {
        let mut at = 0;
        while let Some(k) = self.odd.get(at..).and_then(|odd| odd.iter().position(|&odd| odd)) {
            let odd_one = at + k;
            let sample = self.around(odd_one);
            at = (sample.start + SAMPLE / 2).max(odd_one + 1);
            if self.gives_alarm(sample.clone(), orders, memo)
                && !self.proposed(odd_one, sample, 0, orders, memo, work).proposed.is_empty()
            {
                return true;
            }
        }
        false
    }

    /// Takes off what need not be decoded where the first of those proposed for the sample at `from` reads its stretch without a
    /// loss and is far ahead: losses make up for no such distance. Whether nothing is left that says anything else.
    fn leave_behind(&self, from: usize, proposed: &mut Vec<Proposal>) -> bool {
        let Some(first) = proposed.first() else { return false };
        let stretch = from + first.stretch.start..from + first.stretch.end;
        if first.gain < i64::from(nats(PROOF))
            || !reads_whole(first.chain.steps(), &self.seen[stretch], SHORT)
        {
            return false;
        }
        let (chain, least) = (first.chain, first.gain - BEHIND);
        // Where bytes of UTF-8 were dropped, the sample tells little.
        let may_be_stripped = |other: &Chain| {
            let [only] = other.steps() else { return false };
            has_form(only.truth) && !has_form(chain.steps()[0].truth)
        };
        proposed.retain(|p| p.gain >= least || are_kin(&p.chain, &chain) || may_be_stripped(&p.chain));
        proposed[1..].iter().all(|p| p.is_twin)
    }

    /// Whether `found` leaves nothing in `range` that is odd, and lost nothing.
    fn explains(&self, found: &[Piece], mut range: Range<usize>) -> bool {
        let is_sound = |piece: &Piece| !piece.said.iter().any(is_lossy) && !is_strange(piece);
        found.iter().all(is_sound) && range.all(|i| !self.odd[i] || cover(found, i))
    }

    /// The line around `at`, without its break, if it is no longer than [`REACH`] and has few characters beyond ASCII. No more than that
    /// of the text is looked at, however long its lines are.
    fn line_of_few(&self, at: usize) -> Option<Range<usize>> {
        let near = at.saturating_sub(REACH)..self.seen.len().min(at + REACH + 1);
        let is_break = |c: &char| *c == '\n';
        let before = self.seen[near.start..at].iter().rposition(is_break);
        let begin = before.map(|k| near.start + k + 1).or((near.start == 0).then_some(0))?;
        let behind = self.seen[at..near.end].iter().position(is_break);
        let end = behind.map(|k| at + k).or((near.end == self.seen.len()).then_some(near.end))?;
        let is_high = |c: &&char| **c > '\u{7F}';
        let has_few = || self.seen[begin..end].iter().filter(is_high).nth(SHORT_LINE).is_none();
        (end - begin <= REACH && has_few()).then_some(begin..end)
    }
}

/// Of chains that say the same in the sample, the one that has the most of the characters to come, the likeliest first; and the next
/// one, if it says something else there.
fn twins(proposed: &[Proposal], behind: &[char]) -> Vec<Chain> {
    let misses =
        |chain: &Chain| behind.iter().filter(|&&c| c > '\u{7F}' && !chain.misread().produces(c)).count();
    let mut twins: Vec<Chain> = proposed.iter().map(|p| p.chain).collect();
    if twins.len() > 1 {
        twins.sort_by_cached_key(misses);
        let first = twins[0];
        let says_other = |chain: &Chain| {
            !are_swaps(&first, chain) && !reads_alike(behind, first.misread(), chain.misread())
        };
        let other = twins[1..].iter().position(says_other);
        twins.swap(1, other.map_or(1, |k| k + 1));
        twins.truncate(1 + usize::from(other.is_some()));
    }
    twins
}
