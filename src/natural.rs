//! Whether characters stand where writing has them, whatever language it is in.
//!
//! A letter that the model has seldom met costs much, and so does what stands beside it: that speaks for damage only where it would not
//! stand so in any word.

use std::ops::Range;

use crate::plain::is_look_alike;

/// Marks that open or close a word, a number or a clause, and stand in none.
const MARKS: &str = "“”„«»‘’´¡¿…–—";
/// Signs that stand before a word, behind a number or alone.
const SIGNS: &str = "©®™°ºª§•·";
/// Signs that stand behind a letter or a number.
const RAISED: &str = "²³";
/// Capitals that are no word of any language, and begin few.
const SELDOM_FIRST: &str = "ÂÃ";

/// An alphabet with capitals and small letters.
#[derive(Clone, Copy, PartialEq)]
enum Alphabet {
    Latin,
    Greek,
    Cyrillic,
}

impl Alphabet {
    fn of(c: char) -> Option<Self> {
        match c {
            'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{17F}' | '\u{1E00}'..='\u{1EFF}' if c.is_alphabetic() => {
                Some(Self::Latin)
            }
            '\u{370}'..='\u{3FF}' if c.is_alphabetic() => Some(Self::Greek),
            '\u{400}'..='\u{481}' | '\u{48A}'..='\u{52F}' => Some(Self::Cyrillic),
            _ => None,
        }
    }
}

/// Whether every character of `range` beyond ASCII is a letter that may stand where it does in a word of its alphabet, or a sign that
/// may stand beside one.
pub(crate) fn is_natural(seen: &[char], range: Range<usize>) -> bool {
    let at = |i: Option<usize>| i.and_then(|i| seen.get(i)).copied().unwrap_or('\n');
    range.filter(|&i| seen[i] > '\u{7F}').all(|i| {
        let (c, before, behind) = (seen[i], at(i.checked_sub(1)), at(Some(i + 1)));
        if let Some(alphabet) = Alphabet::of(c) {
            let is_capital = |c: char| Alphabet::of(c) == Some(alphabet) && c.is_uppercase();
            let is_small = |c: char| Alphabet::of(c) == Some(alphabet) && !c.is_uppercase();
            // Whoever writes two alphabets takes letters that look alike for one another.
            let is_foreign = |c: char| Alphabet::of(c).is_some_and(|of| of != alphabet) && !is_look_alike(c);
            let beside = [before, behind];
            if beside.into_iter().any(is_foreign) {
                return false;
            }
            return if !is_capital(c) {
                // Two with marks that differ are in words with plain ones as a rule.
                let has_mark = |other: char| other != c && other > '\u{7F}' && is_small(other);
                let is_bare = alphabet == Alphabet::Latin
                    && beside.into_iter().any(has_mark)
                    && !beside.iter().any(char::is_ascii_alphabetic);
                !(is_bare || is_capital(behind) || is_capital(before) && is_capital(at(i.checked_sub(2))))
            } else if is_capital(before) {
                !is_small(behind)
            } else {
                let is_word = !SELDOM_FIRST.contains(c) || behind == '’' || behind.is_ascii_alphabetic();
                is_word && !before.is_alphabetic()
            };
        }
        let touches = [before, behind].map(char::is_alphanumeric);
        match c {
            '\u{A0}' => !before.is_whitespace() && !behind.is_whitespace(),
            '’' => true,
            _ if MARKS.contains(c) => touches != [true; 2],
            _ if RAISED.contains(c) => before.is_alphanumeric() && !behind.is_alphanumeric(),
            _ if SIGNS.contains(c) => !before.is_alphabetic(),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_natural_throughout(text: &str) -> bool {
        let seen: Vec<char> = text.chars().collect();
        is_natural(&seen, 0..seen.len())
    }

    #[test]
    fn words_and_what_stands_beside_them_are_natural() {
        for text in [
            "SELKÄ\u{A0}EDELLÄ\u{A0}MAAHAN",
            "!YO SÉ¡",
            "Ã’s in text",
            "HÅØYA ER BLÅØYD",
            "pra lá´´",
            "[x]\u{A0}©",
            "“CAFÉ”, «À»",
            "dodatkową opcję\u{A0}„%s”",
            "ЧТО… “Я”",
            "10 м²",
            "cм²",
        ] {
            assert!(is_natural_throughout(text), "{text}");
        }
    }

    #[test]
    fn what_no_writing_has_is_not() {
        for text in [
            "nÃ© Jim",
            "HÃ”TEL",
            "ZURÃœCK",
            "voilÃ\u{A0} le",
            "Â£5",
            "Â°C",
            "Ð°Ñ‚",
            "caf√©",
            "h├┤tel",
            "Г©tat",
            "opcjÄ™ ",
            "Ã\u{A0} la",
            "ДЊlan",
            "ĹĽe",
        ] {
            assert!(!is_natural_throughout(text), "{text}");
        }
    }
}
