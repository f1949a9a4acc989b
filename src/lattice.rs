//! Unread: what bytes an observed character may have been, at which cost.
//!
//! A lattice is never stored: its arcs are made where the beam stands, so that memory does not grow with it.

pub(crate) mod second_hand;

use crate::codec::{Codec, LatticeByte};
use crate::cost::Cost;
use crate::layout::{Layout, Lines};
use crate::loss;
use crate::report::Loss;

/// The most bytes that one reading stands for.
pub(crate) const MAX_BYTES: usize = 8;

/// One arc: observed characters and bytes that they may have been.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    bytes: [LatticeByte; MAX_BYTES],
    len: u8,
    /// How many observed characters it takes.
    pub(crate) takes: u8,
    pub(crate) cost: Cost,
    /// What was lost, if anything.
    pub(crate) loss: Option<Loss>,
    /// What a `?` shows of the habit of the program that wrote it: whether it swallows an ASCII byte after a byte
    /// that it could not read.
    pub(crate) swallows: Option<bool>,
    /// What a mark shows of that program's other habit: whether it writes one for two bytes, or one for each.
    pub(crate) doubles: Option<bool>,
}

impl Reading {
    fn new(cost: Cost, loss: Option<Loss>) -> Self {
        Self {
            bytes: [LatticeByte::ANY; MAX_BYTES],
            len: 0,
            takes: 1,
            cost,
            loss,
            swallows: None,
            doubles: None,
        }
    }

    fn known(bytes: &[u8], cost: Cost, loss: Option<Loss>) -> Self {
        bytes.iter().fold(Self::new(cost, loss), |r, &b| r.and(LatticeByte::known(b)))
    }

    fn and(mut self, byte: LatticeByte) -> Self {
        if let Some(slot) = self.bytes.get_mut(usize::from(self.len)) {
            *slot = byte;
            self.len += 1;
        }
        self
    }

    pub(crate) fn bytes(&self) -> &[LatticeByte] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// What shows: marks, folded forms, spaces.
    Narrow,
    /// Also what does not show: recased letters, breaks (the decoder adds dropped bytes).
    Wide,
}

/// Whether `c` may be what a reader of `misread` writes for bytes that it cannot read. Windows has a mark of its own
/// for code page 932.
#[inline]
pub(crate) fn is_mark(misread: Codec, c: char) -> bool {
    matches!(c, '?' | '\u{FFFD}') || c == '・' && [Codec::CP932, Codec::SHIFT_JIS].contains(&misread)
}

/// What it costs that a `?` between `last` and `next` is one.
pub(crate) fn question(misread: Codec, last: Option<char>, next: Option<char>) -> Cost {
    // One of several is as little asked as one between characters.
    let is_high = |c: Option<char>| c.is_some_and(|c| c > '\u{7F}' || c == '?');
    let in_midst = !misread.is_single_byte() && is_high(last) && is_high(next);
    if in_midst { loss::LITERAL } else { 0 }
}

/// What stands beside a character that is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Beside<'a> {
    /// The observed character before it.
    pub(crate) last: Option<char>,
    /// The lines that it stands in, if those bear upon it.
    pub(crate) lines: Option<&'a Lines<'a>>,
    /// Typographic marks show in the damage: nobody has straightened them.
    pub(crate) is_curly: bool,
}

impl Beside<'_> {
    fn layout(self) -> Layout {
        self.lines.map(Lines::layout).unwrap_or_default()
    }
}

/// Every reading of the character at the start of `seen` under `misread`, its own bytes first.
pub(crate) fn readings(
    misread: Codec,
    beside: Beside<'_>,
    seen: &[char],
    width: Width,
    out: &mut Vec<Reading>,
) {
    let Some((&c, rest)) = seen.split_first() else { return };
    let literal = if c == '?' { question(misread, beside.last, rest.first().copied()) } else { 0 };
    for (k, seq) in misread.unread(c).iter().enumerate() {
        out.push(Reading::known(seq.as_slice(), if k == 0 { literal } else { loss::ALTERNATIVE }, None));
    }
    match c {
        '\u{FFFD}' => mark(misread, Loss::Replacement, beside, rest, out),
        c if is_mark(misread, c) => mark(misread, Loss::QuestionMark, beside, rest, out),
        ' ' => spaces(misread, out),
        '!'..='~' => {
            folded(misread, c, out);
            if !beside.is_curly {
                straightened(misread, c, out);
            }
        }
        _ => {}
    }
    if width == Width::Wide {
        // What is left of the character stands behind it; of what a mark stands for nothing need be.
        let is_marked = beside.last.is_some_and(|last| is_mark(misread, last));
        if c == '\n' && !is_marked && rest.first().is_some_and(|&next| next > '\u{7F}') {
            let more = if beside.layout().are_many { loss::BREAK_OF_MANY } else { 0 };
            out.push(Reading::new(loss::BREAK + more, Some(Loss::Break)));
        }
        if misread.is_single_byte() && c > '\u{7F}' {
            recased(misread, c, out);
        }
    }
}

/// Bytes that `misread` may have had where nothing shows before `next`, each with its cost beyond that of dropping at all.
/// Without `unreadable`, any: where a line begins they were cut off, and in a chain of several steps an inner reader lacked them.
pub(crate) fn dropped(misread: Codec, next: Option<char>, unreadable: bool) -> Vec<(Vec<LatticeByte>, Cost)> {
    let mut all: Vec<_> = LatticeByte::invisible(misread).map(|byte| (vec![byte], 0)).into_iter().collect();
    if misread.is_single_byte() {
        return all;
    }
    let next = next.and_then(|c| misread.unread_first(c)).map_or(0, |bytes| bytes.as_slice()[0]);
    let one =
        LatticeByte::unreadable_before(misread, next).filter(|_| unreadable).unwrap_or(LatticeByte::HIGH);
    all.push((vec![one], 0));
    let lacks = LatticeByte::unreadable_pair(misread);
    // Two bytes: what became a private character, which was stripped, or, where the page has none of those, nothing.
    let pairs: &[[LatticeByte; 2]] = match misread {
        Codec::GBK | Codec::GB18030 | Codec::CP936 => &LatticeByte::GBK_PRIVATE,
        Codec::SHIFT_JIS | Codec::CP932 => &LatticeByte::CP932_PRIVATE,
        _ => lacks.as_slice(),
    };
    all.extend(pairs.iter().map(|pair| (pair.to_vec(), loss::PRIVATE_USE)));
    all
}

/// A mark for bytes that could not be read.
fn mark(misread: Codec, kind: Loss, beside: Beside<'_>, rest: &[char], out: &mut Vec<Reading>) {
    let next = rest.first();
    let some = Some(kind);
    if misread.is_single_byte() {
        // A byte that the page does not define, or whose character the next codec lacked.
        let invisible = LatticeByte::invisible(misread);
        // Where a word ends a question mark is one.
        let is_asked = kind == Loss::QuestionMark
            && next.is_none_or(|n| n.is_ascii_whitespace())
            && !beside.last.is_some_and(|last| is_mark(misread, last));
        let asked = if is_asked { loss::ASKED } else { 0 };
        out.extend(invisible.map(|byte| Reading::new(loss::MARK_ONE + asked, some).and(byte)));
        out.push(Reading::new(loss::MARK_TWO + asked, some).and(LatticeByte::HIGH));
        return;
    }
    // A lead byte alone became a mark only where what follows could not have been its second byte.
    let follows = next.and_then(|&n| misread.unread_first(n)).map(|s| s.as_slice()[0]);
    let alone = match follows {
        None | Some(0..=0x3F) => loss::MARK_ONE,
        Some(_) => loss::MARK_ONE_UNLIKELY,
    };
    // Two kinds of marks are two programs'.
    let before_mark =
        next.is_some_and(|&n| is_mark(misread, n) && (n == '\u{FFFD}') == (kind == Loss::Replacement));
    // A byte or pair that the page has would not have become a mark, unless a later program's page lacks it.
    let first = LatticeByte::unreadable(misread).unwrap_or(LatticeByte::HIGH);
    let pair = LatticeByte::unreadable_pair(misread).unwrap_or([LatticeByte::HIGH; 2]);
    // What wrote U+FFFD for a byte takes nothing along.
    let may_swallow = kind == Loss::QuestionMark && beside.last != Some('\u{FFFD}');
    // A line that ends with LF among others that end with CR LF lacks its CR; what begins lines elsewhere began one.
    let layout = if may_swallow { beside.layout() } else { Layout::default() };
    let lacks_cr = layout.is_crlf && follows == Some(b'\n');
    let indented = layout.indented(rest).unwrap_or(0);
    let kept = if lacks_cr { loss::LF_ALONE } else { indented };
    let spares = kept > 0 || may_swallow && matches!(follows, Some(b' '..=0x3F));
    // Before another mark neither shows: more bytes are more gaps, which is made up for.
    let (one, two) =
        if before_mark { (loss::MARK_ONE_OF_MANY, loss::MARK_TWO_OF_MANY) } else { (alone, loss::MARK_TWO) };
    let one = Reading::new(one + kept, some).and(first);
    out.push(Reading { swallows: spares.then_some(false), doubles: before_mark.then_some(false), ..one });
    let of_pair = |cost: Cost, [first, second]: [LatticeByte; 2]| Reading {
        doubles: Some(true),
        ..Reading::new(cost + kept, some).and(first).and(second)
    };
    out.push(of_pair(two, pair));
    if LatticeByte::is_full(misread) {
        out.push(of_pair(two + loss::MARK_TWO_READABLE, [LatticeByte::HIGH; 2]));
    }
    if may_swallow {
        let low = if lacks_cr { LatticeByte::known(b'\r') } else { LatticeByte::LOW };
        let low = Reading::new(loss::MARK_LOW, some).and(first).and(low);
        out.push(Reading { swallows: Some(true), ..low });
    }
}

/// Full-width forms folded to ASCII.
fn folded(misread: Codec, c: char, out: &mut Vec<Reading>) {
    let wide = char::from_u32(u32::from(c) + 0xFEE0);
    if let Some(seq) = wide.and_then(|w| misread.unread_first(w)) {
        out.push(Reading::known(seq.as_slice(), loss::FOLDED, Some(Loss::Folded)));
    }
}

/// A space that was U+3000 or U+00A0, or several of them.
fn spaces(misread: Codec, out: &mut Vec<Reading>) {
    if let Some(seq) = misread.unread_first('\u{3000}') {
        out.push(Reading::known(seq.as_slice(), loss::FOLDED, Some(Loss::Folded)));
    }
    // Where it takes several bytes, none of them is one that reads as a space.
    if let Some(seq) = misread.unread_first('\u{A0}').filter(|seq| seq.as_slice().len() == 1) {
        let nbsp = |cost| Reading::known(seq.as_slice(), cost, Some(Loss::Space));
        out.push(nbsp(loss::SPACE));
        out.push(nbsp(loss::SPACE_COLLAPSED).and(LatticeByte::known(b' ')));
        out.push(
            Reading::known(b" ", loss::SPACE_COLLAPSED, Some(Loss::Space))
                .and(LatticeByte::known(seq.as_slice()[0])),
        );
    }
}

/// ASCII marks, and the typographic ones that are written as them.
const STRAIGHT: [(char, &[char]); 3] =
    [('"', &['“', '”', '„']), ('\'', &['‘', '’', '‚']), ('-', &['–', '—'])];

/// Whether a typographic mark stands beside a Latin letter or sign, as it does in damage read by a page of one byte a character.
pub(crate) fn is_curly(seen: &[char]) -> bool {
    let is_mark = |c: &char| matches!(c, '–'..='„') && STRAIGHT.iter().any(|(_, from)| from.contains(c));
    let is_latin = |c: &char| matches!(c, '\u{A1}'..='\u{24F}');
    seen.windows(2).any(|two| is_mark(&two[0]) && is_latin(&two[1]) || is_latin(&two[0]) && is_mark(&two[1]))
}

/// Typographic marks written as ASCII.
fn straightened(misread: Codec, c: char, out: &mut Vec<Reading>) {
    let from = STRAIGHT.iter().find(|(straight, _)| *straight == c).map_or(&[][..], |(_, from)| from);
    for &mark in from {
        if let Some(seq) = misread.unread_first(mark) {
            out.push(Reading::known(seq.as_slice(), loss::STRAIGHTENED, Some(Loss::Straightened)));
        }
    }
}

/// The letter in the other case.
fn recased(misread: Codec, c: char, out: &mut Vec<Reading>) {
    let mut other = |o: char| {
        if o != c
            && let Some(seq) = misread.unread_first(o)
        {
            out.push(Reading::known(seq.as_slice(), loss::RECASED, Some(Loss::Recased)));
        }
    };
    let mut upper = c.to_uppercase();
    if let (Some(u), None) = (upper.next(), upper.next()) {
        other(u);
    }
    let mut lower = c.to_lowercase();
    if let (Some(l), None) = (lower.next(), lower.next()) {
        other(l);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::{
        ALTERNATIVE, BREAK, FOLDED, LITERAL, MARK_LOW, MARK_ONE, MARK_ONE_OF_MANY, MARK_ONE_UNLIKELY,
        MARK_TWO, MARK_TWO_OF_MANY, RECASED, SPACE, SPACE_COLLAPSED, STRAIGHTENED,
    };

    /// A byte that is not known; which sets there are is the codecs' matter.
    const LOST: Option<u8> = None;
    const NO: Option<Loss> = None;

    /// Bytes, cost, loss, and what a `?` shows of its writer's habit.
    type Row = (Vec<Option<u8>>, Cost, Option<Loss>, Option<bool>);

    /// The readings of the first character of `seen`.
    fn rows(misread: Codec, last: Option<char>, seen: &str, width: Width) -> Vec<Row> {
        let seen: Vec<char> = seen.chars().collect();
        let mut all = Vec::new();
        readings(misread, Beside { last, ..Beside::default() }, &seen, width, &mut all);
        assert!(all.iter().all(|r| r.takes == 1));
        all.iter()
            .map(|r| (r.bytes().iter().map(|b| b.value()).collect(), r.cost, r.loss, r.swallows))
            .collect()
    }

    fn known(bytes: &[u8], cost: Cost, loss: Option<Loss>) -> Row {
        (bytes.iter().copied().map(Some).collect(), cost, loss, None)
    }

    #[test]
    fn a_question_mark_is_itself_or_bytes_that_were_lost() {
        let mark = Some(Loss::QuestionMark);
        let two = (vec![LOST, LOST], MARK_TWO, mark, None);
        let readable = (vec![LOST, LOST], MARK_TWO + loss::MARK_TWO_READABLE, mark, None);
        let low = (vec![LOST, LOST], MARK_LOW, mark, Some(true));
        let read = |last, seen| rows(Codec::GBK, last, seen, Width::Narrow);
        let one = |cost, swallows| (vec![LOST], cost, mark, swallows);
        // Between characters of two bytes each, a question is seldom asked.
        assert_eq!(
            read(Some('鍥'), "?鏈"),
            [
                known(b"?", LITERAL, NO),
                one(MARK_ONE_UNLIKELY, None),
                two.clone(),
                readable.clone(),
                low.clone()
            ]
        );
        for (last, seen) in [(Some('a'), "?鏈"), (None, "?鏈"), (Some('\u{7F}'), "?鏈")] {
            assert_eq!(
                read(last, seen),
                [
                    known(b"?", 0, NO),
                    one(MARK_ONE_UNLIKELY, None),
                    two.clone(),
                    readable.clone(),
                    low.clone()
                ]
            );
        }
        assert_eq!(
            read(Some('鍥'), "?"),
            [known(b"?", 0, NO), one(MARK_ONE, None), two.clone(), readable.clone(), low.clone()]
        );
        // What cannot be a second byte shows that nothing was swallowed.
        assert_eq!(
            read(Some('鍥'), "?4"),
            [known(b"?", 0, NO), one(MARK_ONE, Some(false)), two.clone(), readable.clone(), low]
        );
        // What writes U+FFFD swallows nothing.
        assert_eq!(read(Some('\u{FFFD}'), "?4"), [known(b"?", 0, NO), one(MARK_ONE, None), two, readable]);
    }

    #[test]
    fn a_replacement_character_is_bytes_that_were_lost() {
        let mark = Some(Loss::Replacement);
        assert_eq!(
            rows(Codec::EUC_KR, Some('鍥'), "\u{FFFD}4", Width::Narrow),
            [(vec![LOST], MARK_ONE, mark, None), (vec![LOST, LOST], MARK_TWO, mark, None)]
        );
        assert_eq!(
            rows(Codec::LATIN_1, None, "\u{FFFD}", Width::Narrow),
            [(vec![LOST], MARK_ONE, mark, None), (vec![LOST], MARK_TWO, mark, None)]
        );
        assert_eq!(
            rows(Codec::LATIN_1, Some('é'), "?é", Width::Narrow)[0],
            known(b"?", 0, NO),
            "one byte a character: a question is as likely as elsewhere"
        );
    }

    /// Where lines end with CR LF, one that ends with LF alone has lost its CR; what begins lines began one.
    #[test]
    fn what_a_mark_swallowed_where_a_line_ends() {
        let ends = |text: &str, seen: &str| {
            let lines = Lines::new(text, 0..0);
            let beside = Beside { last: Some('鍊'), lines: Some(&lines), is_curly: false };
            let seen: Vec<char> = seen.chars().collect();
            let mut all = Vec::new();
            readings(Codec::GBK, beside, &seen, Width::Narrow, &mut all);
            let cost_of_one = all[1].cost - MARK_ONE;
            let last = all[all.len() - 1];
            (cost_of_one, all[1].swallows, last.bytes()[1].value(), last.swallows)
        };
        assert_eq!(ends("a\r\n", "?\n"), (loss::LF_ALONE, Some(false), Some(b'\r'), Some(true)));
        assert_eq!(ends("a\n", "?\n"), (0, None, None, Some(true)));
        let (more, spares, ..) = ends("a\n", "?\tb");
        assert!(more > 0 && spares == Some(false));
        assert_eq!(ends("a\tb\n", "?\tb"), (0, None, None, Some(true)));
    }

    #[test]
    fn where_typographic_marks_show_none_was_straightened() {
        let seen: Vec<char> = "'å".chars().collect();
        let count = |is_curly| {
            let mut all = Vec::new();
            let beside = Beside { is_curly, ..Beside::default() };
            readings(Codec::WINDOWS_1252, beside, &seen, Width::Narrow, &mut all);
            all.len()
        };
        assert_eq!((count(false), count(true)), (4, 1));
        let is_curly = |text: &str| super::is_curly(&text.chars().collect::<Vec<char>>());
        assert!(is_curly("ç”¨æˆ·å'") && is_curly("æ–‡"));
        assert!(!is_curly("å' “好”") && !is_curly("a–b"));
    }

    /// A mark before another one stands for one byte or two, and shows a habit.
    #[test]
    fn several_marks_are_of_one_byte_each_or_of_two() {
        let mut all = Vec::new();
        let last = Beside { last: Some('餈'), ..Beside::default() };
        readings(Codec::CP950, last, &['\u{FFFD}', '\u{FFFD}'], Width::Narrow, &mut all);
        let shown: Vec<_> = all.iter().map(|r| (r.bytes().len(), r.cost, r.doubles)).collect();
        assert_eq!(shown, [(1, MARK_ONE_OF_MANY, Some(false)), (2, MARK_TWO_OF_MANY, Some(true))]);
        all.clear();
        readings(Codec::CP950, last, &['\u{FFFD}', '4'], Width::Narrow, &mut all);
        assert_eq!(all.iter().map(|r| r.doubles).collect::<Vec<_>>(), [None, Some(true)]);
    }

    #[test]
    fn only_code_page_932_marks_with_a_middle_dot() {
        assert!(is_mark(Codec::CP932, '・') && is_mark(Codec::SHIFT_JIS, '・') && !is_mark(Codec::GBK, '・'));
        assert!(is_mark(Codec::GBK, '?') && is_mark(Codec::GBK, '\u{FFFD}') && !is_mark(Codec::CP932, '中'));
    }

    #[test]
    fn ascii_may_have_been_folded_or_straightened() {
        let read = |misread, seen| rows(misread, None, seen, Width::Narrow);
        let folded = |bytes: &[u8]| known(bytes, FOLDED, Some(Loss::Folded));
        let straight = |byte: u8| known(&[byte], STRAIGHTENED, Some(Loss::Straightened));
        let space = |bytes: &[u8], cost| known(bytes, cost, Some(Loss::Space));
        assert_eq!(read(Codec::GBK, "$"), [known(b"$", 0, NO), folded(b"\xA1\xE7")]);
        assert_eq!(read(Codec::EUC_KR, " "), [known(b" ", 0, NO), folded(b"\xA1\xA1")]);
        assert_eq!(
            read(Codec::WINDOWS_1252, " "),
            [
                known(b" ", 0, NO),
                space(b"\xA0", SPACE),
                space(b"\xA0 ", SPACE_COLLAPSED),
                space(b" \xA0", SPACE_COLLAPSED)
            ]
        );
        let marks = |seen, bytes: &[u8]| {
            let all: Vec<_> = bytes.iter().map(|&b| straight(b)).collect();
            assert_eq!(read(Codec::WINDOWS_1252, seen)[1..], all, "{seen}");
        };
        marks("\"", b"\x93\x94\x84");
        marks("'", b"\x91\x92\x82");
        marks("-", b"\x96\x97");
        marks("~", b"");
        marks("\u{7F}", b"");
        assert_eq!(read(Codec::GBK, "\u{7F}").len(), 1);
    }

    #[test]
    fn what_does_not_show_is_tried_where_all_is() {
        let both = |misread, seen| [Width::Narrow, Width::Wide].map(|width| rows(misread, None, seen, width));
        let [narrow, wide] = both(Codec::GBK, "\n鏂");
        assert_eq!(narrow, [known(b"\n", 0, NO)]);
        assert_eq!(wide, [known(b"\n", 0, NO), known(b"", BREAK, Some(Loss::Break))]);
        let [narrow, wide] = both(Codec::WINDOWS_1252, "é");
        assert_eq!(narrow, [known(b"\xE9", 0, NO)]);
        assert_eq!(wide, [known(b"\xE9", 0, NO), known(b"\xC9", RECASED, Some(Loss::Recased))]);
        assert_eq!(both(Codec::WINDOWS_1252, "É")[1][1], known(b"\xE9", RECASED, Some(Loss::Recased)));
        // Without a single letter of the other case, ASCII, and letters of two bytes.
        for (misread, seen) in [(Codec::WINDOWS_1252, "ß"), (Codec::WINDOWS_1252, "e"), (Codec::GBK, "а")] {
            let [narrow, wide] = both(misread, seen);
            assert_eq!(narrow, wide, "{seen}");
        }
    }

    #[test]
    fn other_bytes_of_a_character_cost_more() {
        let all = rows(Codec::CP932, None, "∪", Width::Narrow);
        assert_eq!(all, [known(b"\x81\xBE", 0, NO), known(b"\x87\x9C", ALTERNATIVE, NO)]);
        assert!(rows(Codec::GBK, None, "", Width::Wide).is_empty());
    }

    #[test]
    fn a_reading_has_eight_bytes_at_most() {
        let nine: Vec<u8> = (1..=9).collect();
        let reading = Reading::known(&nine, 0, None);
        assert_eq!(reading.bytes().len(), MAX_BYTES);
        assert_eq!(reading.bytes()[7].value(), Some(8));
    }
}
