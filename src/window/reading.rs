//! What a chain makes of a range of a window: decode, settle.

use std::ops::Range;

use super::piece::{fluency, worth};
use super::{EDGE, Orders, PROMISING, REACH, Window};
use crate::chain::Chain;
use crate::codec::Codec;
use crate::cost::nats;
use crate::decode::{BEAM, Decoder, Event, Identity, Said, Terms, Tools};
use crate::lattice::is_curly;
use crate::lm::Model;
use crate::lm::format::MAX_ORDER;
use crate::lm::memo::Memo;
use crate::loss;
use crate::report::{Loss, Treatment};
use crate::settle::{Piece, pieces};

/// So many Hanzi are more than Japanese has without kana, or a mark of its own, between them.
const MANY_HANZI: usize = 10;
/// What each of them costs at most where they make sense, as in names of offices.
const IN_NAMES: i64 = nats(8.0) as i64;

impl Window<'_> {
    /// What `chain` makes of the window around `at`, as far as the damage goes; with the range that was looked at.
    pub(super) fn decode_around(
        &self,
        at: usize,
        goes_on: bool,
        chain: Chain,
        treatment: Option<Treatment>,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> (Range<usize>, Vec<Piece>) {
        let all = 0..self.seen.len();
        let mut reach = if goes_on { all.end } else { REACH };
        loop {
            let range = at.saturating_sub(reach)..at.saturating_add(reach).min(all.end);
            let mut found = self.decode(range.clone(), chain, treatment, BEAM, orders, tools);
            // As far as one piece that is worth something, and needs the treatment, follows the other.
            let (mut left, mut right) = (at, at);
            found.sort_by_key(|p| p.start);
            let good = || found.iter().filter(|p| worth(p) >= PROMISING && p.treatment == treatment);
            for piece in good() {
                if piece.start <= right + EDGE {
                    right = right.max(piece.end);
                }
            }
            for piece in good().rev() {
                if piece.end + EDGE >= left {
                    left = left.min(piece.start);
                }
            }
            let is_cut = range.start > 0 && left < range.start + EDGE
                || range.end < all.end && right + EDGE > range.end;
            if !is_cut {
                return (range, found);
            }
            reach *= 4;
        }
    }

    /// What `chain` makes of the line around `at` and of what stands near, with the range that was looked at.
    pub(super) fn decode_line(
        &self,
        at: usize,
        chain: Chain,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> (Range<usize>, Vec<Piece>) {
        let all = self.seen.len();
        let line = self.line(at);
        let begin = line.start.min(at.saturating_sub(REACH));
        let end = (line.end + 1).max(at + REACH).min(all);
        // What begins in the last line may go on behind it.
        let mut found = self.decode(begin..(end + EDGE).min(all), chain, None, BEAM, orders, tools);
        found.retain(|piece| piece.start < end);
        (begin..end, found)
    }

    /// What `chain` makes of a range of the observed characters.
    pub(super) fn decode(
        &self,
        range: Range<usize>,
        chain: Chain,
        treatment: Option<Treatment>,
        beam: usize,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> Vec<Piece> {
        let enter = if orders.proven.contains(&chain) { loss::ENTER_PROVEN } else { loss::ENTER };
        let terms = Terms {
            enter,
            whole: self.whole || range.start > 0,
            treatment,
            beam,
            is_end: self.is_end && range.end == self.seen.len(),
            lines: &self.lines,
            is_curly: chain.misread().is_single_byte() && is_curly(&self.seen[range.clone()]),
            pairs: self.pairs_at(range.start),
        };
        let seen = &self.seen[range.clone()];
        let part;
        let identity = if range.len() == self.seen.len() {
            &self.identity
        } else {
            let before = self.identity.state(range.start);
            part = Identity::new(orders.model, &mut tools.memo, before, seen, |_, _| ());
            &part
        };
        let Some(decoder) = Decoder::new(orders.model, &chain, seen, identity, terms, tools) else {
            return Vec::new();
        };
        let segments = decoder.run();
        let mut all: Vec<Piece> =
            segments.iter().flat_map(|segment| pieces(chain, segment, seen, identity)).collect();
        all.retain(|piece| !is_foreign(piece));
        // Where none of its readings was needed, there was no treatment.
        let fused = |said: &Said| matches!(said.event, Event::Lossy(_, Loss::Fused, _));
        for piece in &mut all {
            piece.treatment = treatment.filter(|_| piece.said.iter().any(fused));
            piece.shift(range.start);
        }
        for k in 0..all.len() {
            let until = all.get(k + 1).map_or(self.seen.len(), |next| next.start);
            all[k].gain += self.gained_behind(&all[k], until, orders.model, &mut tools.memo);
        }
        all
    }

    /// What the characters behind `piece`, before `until`, cost less after what it says than after what was observed.
    fn gained_behind(&self, piece: &Piece, until: usize, model: &Model, memo: &mut Memo) -> i64 {
        let said = piece.said[piece.said.len().saturating_sub(MAX_ORDER)..].iter().map(Said::whole);
        let after = |state, c: Option<char>| c.map_or(model.unknown(), |c| model.score(state, c).1);
        let before =
            if piece.said.len() < MAX_ORDER { self.identity.state(piece.start) } else { model.unknown() };
        let mut state = said.fold(before, after);
        let mut gain = 0;
        for i in (piece.end..until).take(MAX_ORDER - 1) {
            if self.seen[i] == '\n' || state == self.identity.state(i) {
                break;
            }
            let (cost, next) = memo.score(model, state, self.seen[i]);
            gain += self.identity.prefix[i + 1] - self.identity.prefix[i] - i64::from(cost);
            state = next;
        }
        gain
    }
}

/// Whether `piece` is mostly Hanzi though a page of Korean is said to have written it, which is written in Hangul, or many of them that are
/// no name, with nothing that Japanese has between them, though one of Japanese is: no such repair is made, and it stands in no other's way.
fn is_foreign(piece: &Piece) -> bool {
    let is_hanzi = |c: char| matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}');
    let is_hangul = |c: char| matches!(c, '\u{AC00}'..='\u{D7A3}' | '\u{3131}'..='\u{318E}');
    let is_japanese =
        |c: char| matches!(c, '\u{3001}'..='\u{3002}' | '\u{3041}'..='\u{30FE}' | '\u{FF66}'..='\u{FF9F}');
    let count =
        |is: &dyn Fn(char) -> bool| piece.said.iter().filter_map(Said::whole).filter(|c| is(*c)).count();
    match piece.chain.steps()[0].truth {
        Codec::EUC_KR | Codec::CP949 => count(&is_hanzi) > count(&is_hangul),
        Codec::EUC_JP | Codec::SHIFT_JIS | Codec::CP932 => {
            count(&is_hanzi) >= MANY_HANZI && count(&is_japanese) == 0 && fluency(piece).1 > IN_NAMES
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::Repairer;

    /// Behind damage whose `?` are marks a row of them is lost text, not a row of questions.
    #[test]
    fn a_row_of_marks_in_damage_is_no_clean_text() {
        // 他在信裡說明年春天要帶孩子們回到鄉下，主要是讓不同的人更瞭解內容，我可以開始工作了。
        let damaged =
            "隞??靽∟ㄐ隤芣?撟湔?憭抵?撣嗅酋摮????????嚗?蜓閬??霈?????鈭箸??剛圾?批捆嚗???臭誑???撌乩?鈭??";
        let repaired = Repairer::new().repair(damaged);
        assert!(repaired.contains("年春天要帶孩子\u{FFFD}") && !repaired.contains('?'), "{repaired}");
        assert_eq!(Repairer::new().repair("真的嗎??????"), "真的嗎??????");
    }

    /// A byte that was dropped may have stood before either of those that are left.
    #[test]
    fn where_a_dropped_byte_stood_is_told_by_the_text() {
        let text = "å¦‚å›¾æ‰€ç¤ºï¼Œè¯¯å·®éšç çŽ‡ä¸‹é™ã€‚";
        // Left of 随 are its first two bytes, left of 魚 its first and its last.
        assert!(Repairer::new().repair(text).starts_with("如图所示，误差随"));
    }

    /// Several `?` where damage ends are marks of it, and one is where others of that damage were; otherwise it is asked.
    #[test]
    fn marks_at_the_end_of_damage() {
        let two = "莉雁､ｩ逧?ｸｩ蠎ｦ豈疲乖螟ｩ鬮假ｼ御ｸｺ莉\u{80}荵井ｼ夊ｿ呎\u{F8F0}ｷ??";
        assert_eq!(Repairer::new().repair(two), "今天的温度比昨天高，为什么会这样\u{FFFD}");
        let asked = "鎬庝箞鎵嶈兘寮€濮嬭\u{E511}鍔ㄧ殑绗\u{E0FF}竴姝�?";
        assert_eq!(Repairer::new().repair(asked), "怎么才能开始行动的第一步?");
    }
}
