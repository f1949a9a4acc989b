//! Text: a window of lines is one document, and the number of lines never changes.

use std::borrow::Cow;

use luanma::{Repair, Repairer, Scratch, Verdict};

use crate::annotate::{Finding, Mark};
use crate::format::Cut;
use crate::input::WINDOW;
use crate::work::{Edit, Settings, Worked, Worker};

/// A line longer than this is cut.
const LINE_MAX: usize = 1 << 20;

/// An overlong line is cut in its last part, this long.
const CUT_WITHIN: usize = 256 << 10;

/// How much text on either side tells whether anything is pending at a cut.
const CUT_CONTEXT: usize = 1 << 10;

/// How many character borders are tried as a cut; the characters of a damaged one are 4 at most.
const CUT_TRIES: usize = 16;

/// Where to cut `buffer` into windows.
pub(crate) fn cut(buffer: &[u8], ended: bool) -> Cut {
    if buffer.len() <= WINDOW && ended {
        return Cut::At(buffer.len());
    }
    if buffer.len() < WINDOW {
        return Cut::More(WINDOW);
    }
    if let Some(end) = memchr::memrchr(b'\n', &buffer[..WINDOW]) {
        return Cut::At(end + 1);
    }
    let line = &buffer[WINDOW..buffer.len().min(LINE_MAX)];
    match memchr::memchr(b'\n', line) {
        Some(end) => Cut::At(WINDOW + end + 1),
        None if buffer.len() >= LINE_MAX => Cut::InLine(LINE_MAX),
        None if ended => Cut::At(buffer.len()),
        None => Cut::More(LINE_MAX),
    }
}

/// Where to cut the beginning of an overlong line so that no damaged character is cut in two.
///
/// Between ASCII characters nothing is pending. Where there are none, at the character border where repairing
/// the sides apart gives the same as repairing them together.
pub(crate) fn cut_line(line: &[u8], repairer: &Repairer) -> usize {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'\t' | b',' | b'.' | b';' | b':');
    let from = line.len().saturating_sub(CUT_WITHIN);
    let tail = &line[from..];
    let mut second = None;
    for at in (2..tail.len()).rev() {
        let (before, last, next) = (tail[at - 2], tail[at - 1], tail[at]);
        if plain(last) && plain(next) {
            if last == b' ' && plain(before) {
                return from + at;
            }
            second = second.or(Some(from + at));
        }
    }
    second.unwrap_or_else(|| cut_between_characters(line, repairer))
}

fn cut_between_characters(line: &[u8], repairer: &Repairer) -> usize {
    let border = |at: &usize| line[*at] & 0xc0 != 0x80;
    let middle = line.len().saturating_sub(CUT_CONTEXT);
    let Some(start) = (middle.saturating_sub(CUT_CONTEXT)..line.len()).find(border) else {
        return line.len();
    };
    let end = (middle..line.len()).rev().find(border).unwrap_or(line.len());
    let Some(first) = (middle..end).find(border) else { return end };
    let Ok(text) = std::str::from_utf8(&line[start..end]) else { return first };
    let scratch = &mut Scratch::default();
    let whole = repairer.report_with(text, scratch).text;
    (first..end)
        .filter(border)
        .take(CUT_TRIES)
        .find(|at| {
            let (left, right) = text.split_at(at - start);
            let (left, right) =
                (repairer.report_with(left, scratch).text, repairer.report_with(right, scratch).text);
            whole.strip_prefix(&*left).is_some_and(|rest| rest == right)
        })
        .unwrap_or(first)
}

/// The number of characters in bytes that are UTF-8.
pub(crate) fn characters(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&b| b & 0xc0 != 0x80).count() as u64
}

/// How many bytes a byte order mark takes at the beginning.
pub(crate) fn bom(bytes: &[u8]) -> usize {
    if bytes.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 }
}

pub(crate) fn work(worked: &mut Worked, worker: &mut Worker, settings: &Settings) {
    let content = worked.block.content();
    let document = Document::new(&worked.block.bytes[content..]);
    worked.not_utf8 = document.left_out;
    worked.tally.passed = document.left_out.map_or(0, |(lines, _)| lines);
    let text = &*document.text;
    let report = settings.repairer().report_with(text, &mut worker.scratch);
    let mut place = Place::default();
    let mut changed = None;
    for repair in &report.repairs {
        let Some(original) = text.get(repair.start..repair.end) else { continue };
        let Some(start) = document.outside(repair.start, repair.end) else { continue };
        let ends_line = text.as_bytes().get(repair.end) == Some(&b'\n');
        let Some(new) = keep_lines(original, &repair.text, ends_line, settings.gap_char) else { continue };
        worked.tally.count(repair.verdict, repair.chain);
        let changes = repair.verdict != Verdict::Unrepaired && new != original;
        if !changes && !settings.findings {
            continue;
        }
        place.go(text.as_bytes(), repair.start);
        if settings.findings {
            worked.findings.push(finding(repair, original, &new, &place));
        }
        if changes {
            if changed != Some(place.line) {
                worked.tally.changed += 1;
                changed = Some(place.line);
            }
            let start = content + start;
            worked.edits.push(Edit {
                start,
                end: start + original.len(),
                with: new.into_owned(),
                aside: false,
            });
        }
    }
}

/// What takes the place of `original`, with as many line ends: a restored line break would make two lines of
/// one, so it is a gap, but the CR of a line that ends behind it. None if a line break would go.
fn keep_lines<'t>(original: &str, new: &'t str, ends_line: bool, gap: char) -> Option<Cow<'t, str>> {
    const ENDS: [char; 2] = ['\n', '\r'];
    if !original.contains(ENDS) {
        let line = new.strip_suffix('\r').filter(|_| ends_line).unwrap_or(new);
        if !line.contains(ENDS) {
            return Some(Cow::Borrowed(new));
        }
        return Some(Cow::Owned(new.chars().map(|c| if ENDS.contains(&c) { gap } else { c }).collect()));
    }
    original.matches(ENDS).eq(new.matches(ENDS)).then_some(Cow::Borrowed(new))
}

fn finding(repair: &Repair, original: &str, new: &str, place: &Place) -> Finding {
    let mut finding = Finding::new(repair, original, place.line, place.column, place.column);
    if new != repair.text {
        new.clone_into(&mut finding.text);
        let restored = std::mem::take(&mut finding.restored);
        let (breaks, restored): (Vec<_>, Vec<_>) =
            restored.into_iter().partition(|mark| matches!(mark.character, '\n' | '\r'));
        finding.restored = restored;
        finding.gaps.extend(breaks.into_iter().map(Mark::into_gap));
        finding.gaps.sort_by_key(|mark| mark.at);
    }
    finding
}

/// A position in a text, as an editor shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    at: usize,
    pub(crate) line: u64,
    /// Characters of the line before it.
    pub(crate) column: u64,
}

impl Place {
    /// The beginning, if the text begins at this byte.
    pub(crate) fn from(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    /// Goes on to the byte `to`; never back.
    pub(crate) fn go(&mut self, text: &[u8], to: usize) {
        let Some(passed) = text.get(self.at..to) else { return };
        match memchr::memrchr(b'\n', passed) {
            Some(end) => {
                self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
                self.column = characters(&passed[end + 1..]);
            }
            None => self.column += characters(passed),
        }
        self.at = to;
    }
}

/// The lines of a window that are UTF-8. Of the others only the line ends are there.
#[derive(Debug)]
struct Document<'t> {
    text: Cow<'t, str>,
    /// From which place in `text` on which place of the window it is; sorted.
    stretches: Vec<(usize, usize)>,
    /// How many lines are left out, and how many lines are before the first of them.
    left_out: Option<(u64, u64)>,
}

impl<'t> Document<'t> {
    fn new(bytes: &'t [u8]) -> Self {
        if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
            return Self { text: Cow::Borrowed(text), stretches: vec![(0, 0)], left_out: None };
        }
        let mut text = String::with_capacity(bytes.len());
        let mut stretches = vec![(0, 0)];
        let mut left_out: Option<(u64, u64)> = None;
        let mut at = 0;
        for (number, line) in (0..).zip(bytes.split_inclusive(|&b| b == b'\n')) {
            if let Ok(line) = std::str::from_utf8(line) {
                text.push_str(line);
            } else {
                left_out.get_or_insert((0, number)).0 += 1;
                if line.ends_with(b"\n") {
                    text.push('\n');
                }
                stretches.push((text.len(), at + line.len()));
            }
            at += line.len();
        }
        Self { text: Cow::Owned(text), stretches, left_out }
    }

    /// Where the stretch `start..end` of the text stands in the window; none if a line was left out in it.
    fn outside(&self, start: usize, end: usize) -> Option<usize> {
        let next = self.stretches.partition_point(|&(inside, _)| inside <= start);
        let (inside, outside) = self.stretches[next - 1];
        let whole = self.stretches.get(next).is_none_or(|&(following, _)| end < following);
        whole.then_some(outside + (start - inside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_end_with_a_line() {
        let mut text = vec![b'a'; WINDOW - 10];
        text.push(b'\n');
        text.extend(vec![b'b'; 100]);
        assert_eq!(cut(&text, false), Cut::At(WINDOW - 9));
        assert_eq!(cut(&text[..100], false), Cut::More(WINDOW));
        assert_eq!(cut(&text[..100], true), Cut::At(100));
        assert_eq!(cut(&[], true), Cut::At(0));
        let long = vec![b'a'; LINE_MAX];
        assert_eq!(cut(&long[..WINDOW], false), Cut::More(LINE_MAX));
        assert_eq!(cut(&long, false), Cut::InLine(LINE_MAX));
        assert_eq!(cut(&long[..LINE_MAX - 1], true), Cut::At(LINE_MAX - 1));
    }

    #[test]
    fn an_overlong_line_is_cut_after_a_space_or_else_at_a_character_border() {
        let repairer = Repairer::new();
        let words = "word 中文 and more ".repeat(LINE_MAX / 8).into_bytes();
        let at = cut_line(&words[..LINE_MAX], &repairer);
        assert_eq!(words[at - 1], b' ');
        let hanzi = "漢字".repeat(LINE_MAX / 4).into_bytes();
        let at = cut_line(&hanzi[..LINE_MAX], &repairer);
        assert!(at > LINE_MAX - 2 * CUT_CONTEXT && std::str::from_utf8(&hanzi[..at]).is_ok());
        let broken = vec![0xff; LINE_MAX];
        assert!(cut_line(&broken, &repairer) > LINE_MAX - 2 * CUT_CONTEXT);
        let tails = vec![0x80; LINE_MAX];
        assert_eq!(cut_line(&tails, &repairer), LINE_MAX);
    }

    #[test]
    fn line_ends_stay() {
        assert_eq!(keep_lines("ab", "中文\r", true, '□').as_deref(), Some("中文\r"));
        let keep_lines = |original, new, gap| keep_lines(original, new, false, gap);
        assert_eq!(keep_lines("ab", "中文\r", '□').as_deref(), Some("中文□"));
        assert_eq!(keep_lines("ab", "中文", '□').as_deref(), Some("中文"));
        assert_eq!(keep_lines("ab", "中\n文", '□').as_deref(), Some("中□文"));
        assert_eq!(keep_lines("a\nb", "中\n文", '□').as_deref(), Some("中\n文"));
        assert_eq!(keep_lines("a\r\nb", "中\n文", '□'), None);
        assert_eq!(keep_lines("a\nb", "中文", '□'), None);
    }

    #[test]
    fn what_is_left_out_is_found_again() {
        let bytes = b"ab\n\xff\xff\r\ncd\n\xff";
        let document = Document::new(bytes);
        assert_eq!(document.text, "ab\n\ncd\n");
        assert_eq!(document.left_out, Some((2, 1)));
        assert_eq!(document.outside(0, 2), Some(0));
        assert_eq!(document.outside(4, 6), Some(7));
        assert_eq!(&bytes[7..9], b"cd");
        assert_eq!(document.outside(1, 5), None);
    }
}
