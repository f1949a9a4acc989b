//! Whole lines that a chain explains, one after the other.

use std::ops::Range;

use super::piece::{cover, is_lossy, total_worth};
use super::{EDGE, LEAD, Orders, PROOF, REACH, Window};
use crate::chain::Chain;
use crate::cost::nats;
use crate::decode::{BEAM, Said, Segment, Tools};
use crate::pairs::Pairs;
use crate::propose::{SAMPLE, is_hot, reads_alike};
use crate::scan;
use crate::settle::{Piece, pieces};
use crate::straight::{Fails, Straight};

/// Characters on either side of one at which a line does not read well that are decoded with it.
const AROUND: usize = 24;
/// The longest line that is decoded by itself.
const LONG: usize = 2_000;

impl Window<'_> {
    /// What `chain` makes of the line around `at`, and of those behind it, as long as each is damaged for certain; with their range.
    /// Where `rivals` see other bytes in a line, that is one which `chain` explains all of without a loss.
    pub(super) fn lines(
        &self,
        at: usize,
        chain: Chain,
        rivals: &[Chain],
        is_shown: bool,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> Option<(Range<usize>, Vec<Piece>)> {
        let is_alone = |line: Range<usize>| {
            let reads_so =
                |rival: &Chain| reads_alike(&self.seen[line.clone()], chain.misread(), rival.misread());
            rivals.iter().all(reads_so)
        };
        let begin = self.line(at).start;
        let (mut from, mut found) = (begin, Vec::new());
        while from < self.seen.len() {
            let to = self.line(from).end;
            if self.is_open(from..to) {
                let pairs = if from == 0 { self.pairs } else { Pairs::default().after('\n') };
                let memo = &mut tools.memo;
                let is_shown = is_shown || !found.is_empty();
                let Self { seen, identity, .. } = self;
                let mut reader = Straight { model: orders.model, memo, chain, seen, identity, is_shown };
                let line = reader.line(from..to, pairs);
                let is_lost = line.as_ref().is_err_and(|fails| *fails == Fails::Lost);
                let is_read = |(line, strange): &(Segment, Vec<usize>)| {
                    strange.is_empty()
                        || is_alone(from..to) && self.reads_as(line, strange, chain, orders, tools)
                };
                if let Some((line, _)) = line.ok().filter(is_read) {
                    found.extend(pieces(chain, &line, self.seen, &self.identity));
                } else if is_lost || to - from > LONG || !is_alone(from..to) {
                    break;
                } else {
                    let some = self.decode(from..to, chain, None, BEAM, orders, tools);
                    // Rivals read the rest, and what is cut may go on in the next line.
                    if total_worth(&some) < i64::from(nats(PROOF))
                        || some.iter().flat_map(|piece| &piece.said).any(is_lossy)
                        || (from..to).any(|i| self.seen[i] > '\u{7F}' && !cover(&some, i))
                    {
                        break;
                    }
                    found.extend(some);
                }
            }
            from = (to + 1).min(self.seen.len());
        }
        (!found.is_empty()).then_some((begin..from, found))
    }

    /// Whether around each of the `strange` characters of `line`, which `chain` reads straight, no other reading of the chain is likelier.
    fn reads_as(
        &self,
        line: &Segment,
        strange: &[usize],
        chain: Chain,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> bool {
        // From one character said to another.
        let said_by = |at: usize| line.said.partition_point(|said| said.at <= at);
        let mut places: Vec<Range<usize>> = Vec::new();
        for &at in strange {
            let begin =
                said_by(at.saturating_sub(AROUND)).checked_sub(1).map_or(line.start, |k| line.said[k].at);
            let end = line.said.get(said_by(at + AROUND)).map_or(line.end, |said| said.at);
            scan::join(&mut places, begin..end);
        }
        if places.iter().map(Range::len).sum::<usize>() * 2 > line.end - line.start {
            return false;
        }
        let is_so = |said: &Said| {
            let k = line.said.partition_point(|own| own.at < said.at);
            let own = line.said[k..].iter().take_while(|own| own.at == said.at);
            said.whole().is_some_and(|c| own.map(|own| own.whole()).any(|own| own == Some(c)))
        };
        places.into_iter().all(|place| {
            let found = self.decode(place.clone(), chain, None, BEAM, orders, tools);
            found.iter().flat_map(|piece| &piece.said).all(is_so)
                && place.into_iter().all(|i| self.seen[i] <= '\u{7F}' || cover(&found, i))
        })
    }

    /// As [`Self::lines`], of the lines from that of `begins` on, and of what stands before them around `odd_one`.
    pub(super) fn lines_from(
        &self,
        odd_one: usize,
        begins: usize,
        chain: Chain,
        twin: Option<Chain>,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> Option<(Range<usize>, Vec<Piece>)> {
        let begin = self.line(begins).start;
        let is_ahead = odd_one < begin;
        let (mut range, mut found) = if is_ahead && self.sure_until(begins).is_some() {
            (begin..begin, Vec::new())
        } else {
            self.lines(begins, chain, twin.as_slice(), false, orders, tools)?
        };
        if is_ahead && self.gives_alarm(odd_one.saturating_sub(LEAD)..begin, orders, &mut tools.memo) {
            range.start = odd_one.saturating_sub(EDGE);
            let before = self.decode(range.start..begin, chain, None, BEAM, orders, tools);
            found.splice(..0, before);
        }
        Some((range, found))
    }

    /// The line that begins at `from`, behind lines that were explained, where it may have a word that is more of it and would prove too
    /// little by itself.
    pub(super) fn word_behind(
        &self,
        from: usize,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> Option<Range<usize>> {
        let line = self.seen[from..].iter().take(REACH).take_while(|c| **c != '\n').count();
        let odd_one = from + self.odd[from..from + line].iter().position(|odd| *odd)?;
        let near = from.max(odd_one.saturating_sub(LEAD))..(odd_one + SAMPLE).min(from + line);
        let is_word = !is_hot(&self.identity.costs(near.clone()), &self.seen[near.clone()])
            && self.gives_alarm(near, orders, &mut tools.memo);
        is_word.then_some(from..from + line)
    }

    /// As [`Self::lines`], with the first of the chains that have explained other lines that explains this one.
    pub(super) fn shown_lines(
        &self,
        at: usize,
        shown: &mut [(Chain, Option<Chain>)],
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> Option<(Range<usize>, Vec<Piece>)> {
        for k in 0..shown.len() {
            let (chain, twin) = shown[k];
            let lines = self.lines(at, chain, twin.as_slice(), true, orders, tools);
            if lines.is_some() {
                shown[..=k].rotate_right(1);
                return lines;
            }
        }
        None
    }

    /// Whether something is odd in `range` that was not explained before.
    fn is_open(&self, range: Range<usize>) -> bool {
        let mut at = range.start;
        while let Some(odd_one) = (at..range.end).find(|&i| self.odd[i]) {
            match self.sure_until(odd_one) {
                Some(end) => at = end,
                None => return true,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use crate::Repairer;

    const LINES: [&str; 5] = [
        "昨天夜里下了一场大雨，院子里的石榴树又落了许多花。",
        "你说他今年还会回来过年吗? 我看未必。",
        "外婆把晒干的豆角装进坛子，说是要留到冬天再吃。",
        "老舍写过骆驼祥子，魑魅魍魉却是另一回事。",
        "街口那家修鞋的铺子已经关了三个月，门上贴着告示。",
    ];

    /// Rare words and question marks are no reason to think that something is missing; what is missing is seen all the same.
    #[test]
    fn a_missing_byte_is_told_from_rare_words() {
        for chain in ["gbk>latin-1", "gbk>cp1252"] {
            let parsed: crate::Chain = chain.parse().unwrap();
            let whole = LINES.map(|line| parsed.garble(line).unwrap());
            let text = whole.join("\n");
            assert_eq!(Repairer::new().repair(&text), LINES.join("\n"), "{chain}");
            // The second byte of 经 is a soft hyphen, which is soon gone.
            let text = text.replace('\u{AD}', "");
            let report = Repairer::new().report(&text);
            assert_eq!(report.text, LINES.join("\n"), "{chain}");
            assert_eq!(report.repairs.iter().filter(|r| r.verdict == crate::Verdict::Lossy).count(), 1);
        }
    }
}
