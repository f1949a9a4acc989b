//! What a piece says, and which of its lost characters are gaps.

use std::collections::VecDeque;

use super::{Orders, Window};
use crate::decode::{Event, Said, is_private};
use crate::fitting::Fitting;
use crate::repairer::Gaps;
use crate::report::{Gap, Loss, Repair, Restored};
use crate::restore::{ALIKE, Around, Habits, Place, Rivals, spacing};
use crate::settle::Piece;

/// A restored character below this is a gap.
const MIN_RESTORED: f64 = 0.5;
/// A lost ASCII character is restored from this probability on.
const NO_DOUBT: f64 = 0.8;
/// What a restored character whose bytes are all known, or the CR of a line whose LF is left, may count for.
const FOLDED_BACK: f64 = 0.99;

impl Window<'_> {
    /// Writes what a piece says, and decides which lost characters are gaps.
    pub(super) fn write(
        &self,
        piece: &Piece,
        orders: &Orders<'_>,
        fitting: &mut Fitting,
        repair: &mut Repair,
    ) {
        if let Some(text) = piece.said.iter().map(Said::whole).collect() {
            repair.text = text;
            return;
        }
        let model = orders.model;
        let codec = piece.chain.steps()[0].truth;
        let mut around = Around {
            model,
            fitting,
            codec,
            is_single: piece.chain.misread().is_single_byte(),
            said: &piece.said,
            before: &self.seen[..piece.start],
            after: &self.seen[piece.end..],
            is_end: self.is_end,
            habits: Habits::of(&piece.said, *self.spacing.get_or_init(|| spacing(self.seen))),
            lines: &self.lines,
        };
        let last =
            std::array::from_fn(|k| (piece.start + k).checked_sub(ALIKE).map_or(' ', |k| self.seen[k]));
        let pairs = self.pairs_at(piece.start);
        let mut place = Place { k: 0, last, state: self.identity.state(piece.start), pairs };
        let at_least = |p: f64| if orders.gaps == Gaps::Mark { f64::INFINITY } else { p };
        // What was told of places ahead, the next one first.
        let mut told: VecDeque<(usize, Rivals)> = VecDeque::new();
        for (k, Said { event, at, .. }) in piece.said.iter().enumerate() {
            place.k = k;
            if told.is_empty() && matches!(event, Event::Lossy(_, _, Some(_))) {
                told.extend(around.together(place));
            }
            let is_told = told.front().is_some_and(|(at, _)| *at == k);
            let together = if is_told { told.pop_front().map(|(_, rivals)| rivals) } else { None };
            // What the next characters are weighed after.
            let mut like = None;
            let said = match *event {
                Event::Char('\r') if self.seen[at - 1] != '\r' => {
                    let best = Some(('\r', FOLDED_BACK));
                    restored(repair, Loss::QuestionMark, best, Vec::new(), at_least(NO_DOUBT))
                }
                Event::Char(c) => Some(c),
                Event::Gap(loss, pattern, kind) => {
                    like = kind;
                    let (rivals, least) = match pattern {
                        Some(p) => (around.alternatives(&p, loss, place), MIN_RESTORED),
                        None if kind.is_some() => (around.lows(place), NO_DOUBT),
                        None => (Vec::new(), 1.0),
                    };
                    let best = rivals.first().copied();
                    restored(repair, loss, best, rivals, at_least(least))
                }
                Event::Lossy(c, loss, pattern) => {
                    let rivals = match (together, pattern) {
                        (Some(rivals), _) => rivals,
                        (None, Some(p)) if codec.matches(p, c) => around.alternatives(&p, loss, place),
                        _ => Vec::new(),
                    };
                    // What was folded kept all its bytes; of what did not, the context on both sides decides.
                    let best = match pattern {
                        Some(_) => rivals.first().copied(),
                        None => Some((c, FOLDED_BACK)).filter(|_| !is_private(c)),
                    };
                    // What was fused has not lost anything.
                    let least = if loss == Loss::Fused { MIN_RESTORED } else { at_least(MIN_RESTORED) };
                    restored(repair, loss, best, rivals, least)
                }
                Event::Enter | Event::Leave => continue,
            };
            repair.text.push(said.unwrap_or(orders.gap_char));
            place.pass(model, said.or(like), orders.gap_char);
        }
    }
}

/// Notes a lost character at the end of what is written: restored, where `best` is at least as probable as `least`,
/// otherwise a gap.
fn restored(
    repair: &mut Repair,
    loss: Loss,
    best: Option<(char, f64)>,
    mut rivals: Vec<(char, f64)>,
    least: f64,
) -> Option<char> {
    let at = repair.text.len();
    let Some((c, probability)) = best.filter(|(_, p)| *p >= least) else {
        repair.gaps.push(Gap { at, loss, alternatives: rivals });
        return None;
    };
    rivals.retain(|(r, _)| *r != c);
    repair.restored.push(Restored { at, loss, probability, alternatives: rivals });
    Some(c)
}

#[cfg(test)]
mod tests {
    use crate::{Gaps, Loss, Repairer};

    /// Source code saved by a reader whose `?` takes along what follows: the CR of a line that ends with CR LF, or the break of one that
    /// does not, where the next line shows that it is one.
    #[test]
    fn line_ends_that_a_mark_swallowed_come_back() {
        let crlf = "// 璇诲彇閰嶇疆鏂囦欢锛岃繑鍥為粯璁ゅ€?\nint x = 1;\r\n    // 杩欓噷妫€鏌ュ弬鏁版槸鍚︿负绌?\n    if (a) {\r\n";
        let said =
            "// 读取配置文件，返回默认值\r\nint x = 1;\r\n    // 这里检查参数是否为空\r\n    if (a) {\r\n";
        let report = Repairer::new().report(crlf);
        assert_eq!(report.text, said);
        let restored: Vec<_> = report.repairs.iter().flat_map(|r| &r.restored).map(|r| r.loss).collect();
        assert_eq!(restored, [Loss::QuestionMark; 4]);
        let marked = Repairer::builder().gaps(Gaps::Mark).build();
        assert!(marked.repair(crlf).contains("返回默认\u{FFFD}\u{FFFD}\nint"));

        let indented = "    if (a) {\n        // 鎵撳紑鏁版嵁搴撹繛鎺?        run();\n        // 寮€濮嬫墽琛屼换鍔?        go();\n    }\n";
        let said = "    if (a) {\n        // 打开数据库连接\n        run();\n        // 开始执行任务\n        go();\n    }\n";
        assert_eq!(Repairer::new().repair(indented), said);
        // Where nothing shows that a line begins it is a gap, if anything.
        assert!(!Repairer::new().repair(&indented.replace("?        ", "?")).contains("连接\n"));
        // In a table blanks stand between columns.
        let table = "濮撳悕\t鍩庡競\n寮犲皬鏄?\t涓婃捣\n鐜嬭姵\t鍖椾含\n";
        assert_eq!(Repairer::new().repair(table).matches('\n').count(), 3);
    }

    /// A swallowed mark is told by what it closes, by what else its line opens and closes, and by what stands before the same nearby.
    #[test]
    fn swallowed_marks_of_tables_code_and_pages_come_back() {
        for (text, said) in [
            (
                "  `name` varchar(32) COMMENT '鐢ㄦ埛鍚?,\n  `file` varchar(64) COMMENT '鏂囦欢鍚?,\n",
                "  `name` varchar(32) COMMENT '用户名',\n  `file` varchar(64) COMMENT '文件名',\n",
            ),
            (
                "<td>鏃堕棿</td><td>娓╁害</td></tr><tr><td>涓婂崍</td><td>瑗垮寳椋?/td></tr>\n",
                "<td>时间</td><td>温度</td></tr><tr><td>上午</td><td>西北风</td></tr>\n",
            ),
            (
                "<td>鏃堕棿</td><td>娓╁害</td></tr><tr><td>涓婂崍</td><td>浜屽崄搴?/td></tr>\n",
                "<td>时间</td><td>温度</td></tr><tr><td>上午</td><td>二十度</td></tr>\n",
            ),
        ] {
            assert_eq!(Repairer::new().repair(text), said);
        }
        // A column is not lost without a mark.
        let columns = "1,鏉庢槑,鎶€鏈\u{E21E}儴,2019-03-01\n2,鐜嬭姵,甯傚満閮?2020-07-15\n3,寮犱紵,璐㈠姟閮?2018-11-20\n";
        let repaired = Repairer::new().repair(columns);
        assert!(
            repaired.lines().skip(1).all(|line| line.contains("部\u{FFFD}20") || line.contains("部,20")),
            "{repaired}"
        );
        // No bracket closes what was open before the string.
        let code = "    print(\"鏈嶅姟宸茬粡鍚\u{E21A}姩锛岀洃鍚\u{E102}\u{E06C}鍙? %d\" % self.port)\n";
        assert_eq!(Repairer::new().repair(code), "    print(\"服务已经启动，监听端口: %d\" % self.port)\n");
    }

    /// Nor is what is there taken for part of what was lost: a straight quotation mark among typographic ones, and a line break.
    #[test]
    fn marks_and_line_breaks_that_are_there_stay() {
        let text = "/**\n * @param name 'ç”¨æˆ·å'\n * @return 'ç™»å½•ç»“æžœ'\n */\n";
        assert_eq!(
            Repairer::new().repair(text),
            "/**\n * @param name '用户名'\n * @return '登录结果'\n */\n"
        );
    }
}
