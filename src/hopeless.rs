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

/// What every row has one of in it: most texts have none, which is faster to tell than by a look at each character.
const SIGNS: [&str; 6] = ["??????", "\u{FFFD}", "锟斤", "斤拷", "烫烫", "屯屯"];
const _: () = assert!(SIGNS[0].len() == LEAST_QUESTIONS);

/// What kind of row a character may be part of.
#[derive(Clone, Copy, PartialEq)]
enum Row {
    Mark,
    Questions,
    Replacements,
    Memory(char),
}

/// The rows of marks, `锟斤拷`, `烫烫烫` and the like, in bytes.
pub(crate) fn rows(text: &str) -> Vec<Range<usize>> {
    if !SIGNS.iter().any(|sign| text.contains(sign)) {
        return Vec::new();
    }
    let row_of = |c: char| match c {
        '\u{FFFD}' => Some(Row::Mark),
        '?' => Some(Row::Questions),
        c if REPLACEMENTS.contains(&c) => Some(Row::Replacements),
        c if MEMORY.contains(&c) => Some(Row::Memory(c)),
        _ => None,
    };
    let mut out = Vec::new();
    let mut open: Option<(Row, Range<usize>, usize)> = None;
    for (at, c) in text.char_indices().chain([(text.len(), '\n')]) {
        let row = row_of(c);
        let end = at + c.len_utf8();
        match &mut open {
            Some((kind, range, count)) if row == Some(*kind) => {
                range.end = end;
                *count += 1;
                continue;
            }
            Some((kind, range, count)) => {
                let is_row = match kind {
                    Row::Mark => true,
                    Row::Questions => *count >= LEAST_QUESTIONS,
                    // The three in a row, from whichever one on.
                    Row::Replacements => {
                        *count >= 3 && "锟斤拷锟斤拷".contains(&text[range.start..range.start + 9])
                    }
                    Row::Memory(_) => *count >= LEAST_MEMORY,
                };
                if is_row {
                    out.push(range.clone());
                }
            }
            None => {}
        }
        open = row.map(|row| (row, at..end, 1));
    }
    out
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
