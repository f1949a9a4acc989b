//! Damage that shows and cannot be undone: nothing of the text is left in it.

use std::ops::Range;

/// What U+FFFD in UTF-8, read as GBK two by two, looks like.
const REPLACEMENTS: [char; 3] = ['锟', '斤', '拷'];
/// What fresh memory of a debugger, read as GBK, looks like: CC CC and CD CD.
const MEMORY: [char; 2] = ['烫', '屯'];
/// The shortest row of [`MEMORY`] that is no emphasis.
const LEAST_MEMORY: usize = 4;
/// The shortest row of `?` that is no question.
const LEAST_QUESTIONS: usize = 6;

/// Three bytes of which every row has some: of its only character, of one in three, or of several.
const SIGNS: [[u8; 3]; 6] = [
    *b"???",
    *b"\xEF\xBF\xBD", // U+FFFD
    *b"\xE9\x94\x9F", // 锟
    *b"\xE6\x8B\xB7", // 拷
    *b"\xE7\x83\xAB", // 烫
    *b"\xE5\xB1\xAF", // 屯
];
/// Places at which signs are looked for before it is asked whether there was one.
const AT_ONCE: usize = 512;

/// What kind of row a character may be part of.
#[derive(Clone, Copy, PartialEq)]
enum Row {
    Mark,
    Questions,
    Replacements,
    Memory(char),
}

/// The kind of row that `c` may be part of.
fn row_of(c: char) -> Option<Row> {
    match c {
        '\u{FFFD}' => Some(Row::Mark),
        '?' => Some(Row::Questions),
        c if REPLACEMENTS.contains(&c) => Some(Row::Replacements),
        c if MEMORY.contains(&c) => Some(Row::Memory(c)),
        _ => None,
    }
}

/// The rows of marks, `锟斤拷`, `烫烫烫` and the like, in bytes.
pub(crate) fn rows(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut done = 0;
    while let Some(sign) = next_sign(text.as_bytes(), done) {
        let kind = text[sign..].chars().next().and_then(row_of);
        let length = |chars: &mut dyn Iterator<Item = char>| -> usize {
            chars.take_while(|c| row_of(*c) == kind).map(char::len_utf8).sum()
        };
        let start = sign - length(&mut text[done..sign].chars().rev());
        let end = sign + length(&mut text[sign..].chars());
        let row = &text[start..end];
        let count = row.chars().count();
        let is_row = match kind {
            Some(Row::Mark) => true,
            Some(Row::Questions) => count >= LEAST_QUESTIONS,
            // The three in a row, from whichever one on.
            Some(Row::Replacements) => count >= 3 && "锟斤拷锟斤拷".contains(&row[..9]),
            Some(Row::Memory(_)) => count >= LEAST_MEMORY,
            None => false,
        };
        if is_row {
            out.push(start..end);
        }
        done = end;
    }
    out
}

/// Where the first of [`SIGNS`] begins, from `at` on.
fn next_sign(text: &[u8], mut at: usize) -> Option<usize> {
    while at + 3 <= text.len() {
        let some = &text[at..text.len().min(at + AT_ONCE + 2)];
        let places = some.len() - 2;
        // All are looked at before it is asked, so that it is done with vectors.
        let mut is_any = 0_u8;
        for ((&a, &b), &c) in some[..places].iter().zip(&some[1..=places]).zip(&some[2..]) {
            for [x, y, z] in SIGNS {
                is_any |= u8::from(a == x) & u8::from(b == y) & u8::from(c == z);
            }
        }
        if is_any != 0 {
            return some.windows(3).position(|three| SIGNS.iter().any(|sign| three == sign)).map(|k| at + k);
        }
        at += places;
    }
    None
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_from_words() {
        assert_eq!(rows("字锟斤拷锟斤拷字"), [3..21]);
        assert_eq!(rows("斤拷锟"), [0..9]);
        assert_eq!(rows("拷锟斤"), [0..9]);
        assert_eq!(rows("烫烫烫烫"), [0..12]);
        assert_eq!(rows("a\u{FFFD}\u{FFFD}b"), [1..7]);
        assert_eq!(rows("什么?????? 是"), [6..12]);
        assert!(rows("好烫烫烫！一斤半斤，真的???").is_empty());
    }
}
