//! Text as a person can see it.

use std::fmt::Write;

/// `text` with characters that show nothing, or do something to a terminal, written as escapes.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push(&mut out, c);
    }
    out
}

/// As [`visible`], at most `most` characters of the text.
pub(crate) fn visible_start(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => visible(&text[..end]) + "…",
        None => visible(text),
    }
}

/// Writes one character.
pub(crate) fn push(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_hidden(c) => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    #[test]
    fn hidden_characters_are_escaped() {
        assert_eq!(
            super::visible("中\u{80}\u{e5e5}\u{feff}\n\u{1b}é\u{fffd}"),
            "中\\u{80}\\u{e5e5}\\u{feff}\\n\\u{1b}é\u{fffd}"
        );
        assert_eq!(super::visible_start("中文字", 2), "中文…");
        assert_eq!(super::visible_start("中文", 2), "中文");
    }
}
