//! How a text lays out its lines: what ends them, and whether blanks begin them. It bears on what a mark has swallowed there.

use std::cell::OnceCell;
use std::ops::Range;

use crate::cost::Cost;
use crate::loss;

/// Bytes before and behind a stretch that tell as well.
const FAR: usize = 2048;

/// What shows in and around a stretch, where a `?` may have taken along what stood before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Layout {
    /// Most lines end with CR LF.
    pub(crate) is_crlf: bool,
    /// There is more than one.
    pub(crate) are_many: bool,
    /// What two spaces or more, and what tabs cost behind ASCII that is no line break, beyond what they cost behind one; none where more
    /// stand in a line than begin one.
    spaces: Option<Cost>,
    tabs: Option<Cost>,
    /// What a tab costs by how often there is one, where there are several.
    pub(crate) tab: Option<Cost>,
}

/// A stretch of a text, in bytes, whose layout is made out when it is first asked for.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    range: Range<usize>,
    layout: OnceCell<Layout>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str, range: Range<usize>) -> Self {
        Self { text, range, layout: OnceCell::new() }
    }

    pub(crate) fn layout(&self) -> Layout {
        *self.layout.get_or_init(|| Layout::of(self.text, self.range.clone()))
    }
}

impl Layout {
    /// Those of `text` in and around `range`, in bytes.
    fn of(text: &str, range: Range<usize>) -> Self {
        let near = range.start.saturating_sub(FAR)..text.len().min(range.end.saturating_add(FAR));
        let near = &text.as_bytes()[near];
        let [mut crlf, mut lf, mut chars, mut lows, mut all_tabs] = [0_u64; 5];
        let [mut spaces, mut tabs] = [Blanks::default(); 2];
        let mut last = None;
        for (at, &byte) in near.iter().enumerate() {
            chars += u64::from(!matches!(byte, 0x80..=0xBF));
            lows += u64::from(is_low(byte) && !matches!(last, Some(b' ' | b'\t')));
            match (last, byte) {
                (Some(b'\r'), b'\n') => crlf += 1,
                (Some(b'?'), b'\n') => {}
                (_, b'\n') => lf += 1,
                // Blanks behind a mark are in question themselves.
                (None | Some(b'?' | b' ' | b'\t'), _) => {}
                (Some(before), b'\t') => tabs.count(before),
                (Some(before), b' ') if near.get(at + 1) == Some(&b' ') => spaces.count(before),
                _ => {}
            }
            all_tabs += u64::from(byte == b'\t');
            last = Some(byte);
        }
        let breaks = crlf + lf;
        Self {
            is_crlf: crlf > lf,
            are_many: breaks >= loss::RECURS,
            spaces: spaces.cost(breaks, lows),
            tabs: tabs.cost(breaks, lows),
            tab: (all_tabs >= loss::RECURS).then(|| loss::ln(chars * 256) - loss::ln(all_tabs * 256)),
        }
    }

    /// What it costs that what comes `next` stands behind anything but a line break, beyond what it costs behind one; none where it does
    /// not look like the beginning of a line.
    pub(crate) fn indented(&self, next: &[char]) -> Option<Cost> {
        match next {
            ['\t', ..] => self.tabs,
            [' ', ' ', ..] => self.spaces,
            _ => None,
        }
    }
}

/// Where blanks of one kind begin.
#[derive(Clone, Copy, Default)]
struct Blanks {
    /// Behind a line break.
    begin: u64,
    /// Behind another character, and behind ASCII.
    within: u64,
    behind_low: u64,
}

impl Blanks {
    /// One of them stands behind `last`.
    fn count(&mut self, last: u8) {
        let is_begin = last == b'\n';
        self.begin += u64::from(is_begin);
        self.within += u64::from(!is_begin);
        self.behind_low += u64::from(!is_begin && is_low(last));
    }

    /// What they cost behind one of `lows` characters that are no line breaks, beyond what they cost behind one of `breaks` line breaks.
    fn cost(self, breaks: u64, lows: u64) -> Option<Cost> {
        let [of_breaks, of_lows] = loss::INDENTED;
        let share = |blanks: u64, all: u64, (known, of): (u64, u64)| {
            loss::ln((blanks * 4 + known) * 256) - loss::ln((all * 4 + of) * 256)
        };
        let cost = share(self.begin, breaks, of_breaks) - share(self.behind_low, lows, of_lows);
        (self.begin >= self.within).then_some(cost.max(0))
    }
}

/// Whether a mark may have taken `byte` along, and it is neither a digit nor a line break.
fn is_low(byte: u8) -> bool {
    matches!(byte, b' '..=b'/' | b':'..=b'>')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::NAT;

    #[test]
    fn what_ends_lines() {
        let is_crlf = |text: &str| Layout::of(text, 0..text.len()).is_crlf;
        assert!(is_crlf("a\r\nb\r\n"));
        assert!(!is_crlf("a\nb\n") && !is_crlf("a\r\nb\n") && !is_crlf("") && !is_crlf("a\r"));
        // A mark may have taken the CR along.
        assert!(is_crlf("a\r\n鍊?\n缁?\n"));
        // Only what stands near tells.
        let far = format!("a\r\n{}b\n", "x".repeat(FAR));
        assert!(!Layout::of(&far, far.len() - 1..far.len()).is_crlf);
        assert!(Layout::of(&far, 3..4).is_crlf);
    }

    #[test]
    fn what_begins_lines() {
        let indented = |text: &str, next: &str| {
            let next: Vec<char> = next.chars().collect();
            Layout::of(text, 0..text.len()).indented(&next).map(|cost| cost / NAT)
        };
        // As in most source code.
        assert_eq!((indented("", "\tx"), indented("", "  x"), indented("", " x")), (Some(3), Some(3), None));
        // The more lines begin so, the surer; the more stands behind marks, the less; where most stands in lines, nothing is told.
        let plain = "if a {\n    b(c, d);\n    f(g, h);\n    }\n";
        let aligned = plain.replace("; ", ";   // ").replace(", ", ",   ");
        assert_eq!((indented(plain, "  "), indented(&aligned, "  ")), (Some(4), Some(2)));
        assert_eq!((indented("a,\tb\n\tc.\td\n\te\n", "\t"), indented("a\tb\tc\n", "\t")), (Some(2), None));
    }
}
