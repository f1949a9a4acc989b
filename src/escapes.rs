//! Escapes on top of damage. Given a text, returns the view of it in which escapes are the characters that they spell;
//! given what was repaired in the view, returns the repairs of the text.
//!
//! Only escapes that spell damage are undone. So a repair that takes in an escape must be proven, and must rest on
//! more than bytes escaped once: `\xE4\xB8\xAD` and `%E4%B8%AD` are 中 as UTF-8, and `\xD6\xD0` is 中 as GBK, which is no
//! damage. A run of such bytes therefore spells what it is in UTF-8; a run that is none is read as Latin-1, as Python and
//! JavaScript print a text, but cannot be all of a repair.

use std::ops::Range;

use crate::report::{Gap, Repair, Restored, Verdict};

/// What a repair that takes in an escape must be sure of: someone wrote the escape, so it is no accident.
const PROVEN: f64 = 0.95;

/// What HTML calls U+00A0 to U+00FF.
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 \
    sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring \
    AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times \
    Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute \
    ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml \
    yacute thorn yuml";
/// What HTML calls the other characters that a page of one byte a character may have: each name and its character.
const OTHERS: &str = "euro € sbquo ‚ fnof ƒ bdquo „ hellip … dagger † Dagger ‡ circ ˆ permil ‰ Scaron Š lsaquo ‹ OElig Œ \
    Zcaron Ž lsquo ‘ rsquo ’ ldquo “ rdquo ” bull • ndash – mdash — tilde ˜ trade ™ scaron š rsaquo › oelig œ zcaron ž \
    Yuml Ÿ Gamma Γ Theta Θ Sigma Σ Phi Φ Omega Ω alpha α delta δ epsilon ε pi π sigma σ tau τ phi φ infin ∞ radic √ int ∫ \
    asymp ≈ ne ≠ le ≤ ge ≥ part ∂ sum ∑ prod ∏ loz ◊ frasl ⁄ cap ∩ equiv ≡";
/// What browsers read the codes 80 to 9F as.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];
/// The longest name of a character.
const LONGEST_NAME: usize = 8;

/// A text in which escapes are read, and where they stood.
#[derive(Debug)]
pub(crate) struct View {
    text: String,
    escapes: Vec<Escape>,
}

/// One character of the view that was spelt by an escape.
#[derive(Debug)]
struct Escape {
    /// Where the character stands in the view, in bytes.
    here: Range<usize>,
    /// Where the escape stands in the text, in bytes.
    there: Range<usize>,
    /// A byte of a run that is no UTF-8, read by its number.
    is_byte: bool,
}

/// What is spelt by one byte each.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// `%E4`
    Percent,
    /// `\xE4`
    Hex,
    /// `\344`
    Octal,
}

/// The view of `text`; none where nothing in it is an escape of a character beyond ASCII.
pub(crate) fn view(text: &str) -> Option<View> {
    let mut view = View { text: String::new(), escapes: Vec::new() };
    // What is before `done` is in the view.
    let (mut done, mut at) = (0, 0);
    while let Some(from) = text[at..].find(['&', '\\', '%']).map(|k| at + k) {
        let rest = &text[from..];
        if let Some((_, style, _)) = byte(rest) {
            view.text.push_str(&text[done..from]);
            done = view.run(text, from, style);
            at = done;
        } else if let Some((c, length)) = character(rest).filter(|(c, _)| !c.is_ascii()) {
            view.text.push_str(&text[done..from]);
            done = from + length;
            view.push(c, from..done, false);
            at = done;
        } else {
            // A backslash that is escaped itself begins nothing.
            at = from + if rest.starts_with("\\\\") { 2 } else { 1 };
        }
    }
    if view.escapes.is_empty() {
        return None;
    }
    view.text.push_str(&text[done..]);
    Some(view)
}

impl View {
    /// The text with its escapes read.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn push(&mut self, c: char, there: Range<usize>, is_byte: bool) {
        let start = self.text.len();
        self.text.push(c);
        self.escapes.push(Escape { here: start..self.text.len(), there, is_byte });
    }

    /// Takes over a run of bytes in one style from `from` on, and returns where it ends.
    fn run(&mut self, text: &str, from: usize, style: Style) -> usize {
        let mut bytes = Vec::new();
        // Where each byte begins, and where the last one ends.
        let mut places = vec![from];
        let mut end = from;
        while let Some((byte, _, length)) = byte(&text[end..]).filter(|(_, s, _)| *s == style) {
            bytes.push(byte);
            end += length;
            places.push(end);
        }
        // Bytes of another codec may be UTF-8 here and there: it is all of a run or none.
        match str::from_utf8(&bytes) {
            Ok(run) => {
                for (k, c) in run.char_indices() {
                    let there = places[k]..places[k + c.len_utf8()];
                    // ASCII from 40 on may be the second byte of a character; anything else is left alone.
                    if c >= '@' { self.push(c, there, false) } else { self.text.push_str(&text[there]) }
                }
            }
            Err(_) => {
                for (&byte, place) in bytes.iter().zip(places.windows(2)) {
                    let there = place[0]..place[1];
                    if byte >= 0x80 {
                        self.push(char::from(byte), there, true)
                    } else {
                        self.text.push_str(&text[there])
                    }
                }
            }
        }
        end
    }

    /// Repairs of the view as repairs of the text that it was made of. Of those that take in an escape, only what is proven
    /// to be damage.
    pub(crate) fn repairs(&self, text: &str, seen: Vec<Repair>) -> Vec<Repair> {
        seen.into_iter().filter_map(|repair| self.repair(text, repair)).collect()
    }

    fn repair(&self, text: &str, mut repair: Repair) -> Option<Repair> {
        self.shorten(&mut repair);
        let here = repair.start..repair.end;
        let first = self.escapes.partition_point(|e| e.here.end <= here.start);
        let count = self.escapes[first..].partition_point(|e| e.here.start < here.end);
        let escapes = &self.escapes[first..first + count];
        if !escapes.is_empty() {
            if repair.verdict == Verdict::Unrepaired || repair.confidence.get() < PROVEN {
                return None;
            }
            let high = self.text[here.clone()].chars().filter(|c| !c.is_ascii()).count();
            if escapes.iter().filter(|e| e.is_byte).count() == high {
                return None;
            }
            self.keep(text, escapes, &mut repair);
        }
        (repair.start, repair.end) = (self.place(here.start), self.place(here.end));
        Some(repair)
    }

    /// Takes an escape off the end of a repair that ASCII separates from the rest and of which nothing is told: that it has
    /// become a gap is no proof that it was damage.
    fn shorten(&self, repair: &mut Repair) {
        while let Some(gap) = repair.gaps.last().map(|gap| gap.at) {
            let is_last = repair.text[gap..].chars().count() == 1;
            let rest = repair.text[..gap].trim_end_matches(|c: char| c.is_ascii()).len();
            let between = &repair.text[rest..gap];
            let Some(at) = self.text[repair.start..repair.end].rfind(between).map(|at| repair.start + at)
            else {
                return;
            };
            let lost = at + between.len()..repair.end;
            let is_escape = self.escapes.binary_search_by_key(&lost.start, |e| e.here.start).is_ok();
            if !is_last || rest == 0 || between.is_empty() || !is_escape {
                return;
            }
            repair.gaps.pop();
            repair.end = at;
            repair.text.truncate(rest);
            repair.restored.retain(|r| r.at < rest);
            if repair.gaps.is_empty() && repair.restored.is_empty() {
                repair.verdict = Verdict::Repaired;
            }
        }
    }

    /// Where a place of the view is in the text.
    fn place(&self, at: usize) -> usize {
        let before = self.escapes.partition_point(|e| e.here.end <= at);
        before.checked_sub(1).map_or(at, |k| self.escapes[k].there.end + (at - self.escapes[k].here.end))
    }

    /// Writes the characters that a repair leaves as they are with the escapes that they had. Those are the ones of which
    /// there are as many as before; so what is written spells the same in any case.
    fn keep(&self, text: &str, escapes: &[Escape], repair: &mut Repair) {
        let sorted = |text: &str| {
            let mut all: Vec<(char, usize)> = text.char_indices().map(|(at, c)| (c, at)).collect();
            all.sort_unstable();
            all
        };
        let (before, after) = (sorted(&self.text[repair.start..repair.end]), sorted(&repair.text));
        let mut kept: Vec<(usize, &Escape)> = Vec::new();
        for same in before.chunk_by(|(a, _), (b, _)| a == b) {
            let c = same[0].0;
            let from = after.partition_point(|(d, _)| *d < c);
            let to = after.partition_point(|(d, _)| *d <= c);
            if same.len() == to - from {
                for ((_, old), (_, new)) in same.iter().zip(&after[from..to]) {
                    let escape = escapes.binary_search_by_key(&(repair.start + old), |e| e.here.start);
                    kept.extend(escape.map(|k| (*new, &escapes[k])));
                }
            }
        }
        kept.sort_unstable_by_key(|(at, _)| *at);
        let mut out = String::new();
        let mut done = 0;
        for (at, escape) in &kept {
            out.push_str(&repair.text[done..*at]);
            out.push_str(&text[escape.there.clone()]);
            done = at + escape.here.len();
        }
        out.push_str(&repair.text[done..]);
        let grown = |at: usize| {
            let before = kept.iter().take_while(|(k, _)| *k < at);
            at + before.map(|(_, e)| e.there.len() - e.here.len()).sum::<usize>()
        };
        for Gap { at, .. } in &mut repair.gaps {
            *at = grown(*at);
        }
        for Restored { at, .. } in &mut repair.restored {
            *at = grown(*at);
        }
        repair.text = out;
    }
}

/// The byte that an escape at the start of `rest` spells, in which style, and how long the escape is.
fn byte(rest: &str) -> Option<(u8, Style, usize)> {
    let (style, length, radix) = match rest.as_bytes() {
        [b'%', ..] => (Style::Percent, 1, 16),
        [b'\\', b'x', ..] => (Style::Hex, 2, 16),
        [b'\\', b'2'..=b'3', ..] => (Style::Octal, 1, 8),
        _ => return None,
    };
    let digits = if radix == 8 { 3 } else { 2 };
    let byte = number(rest.get(length..length + digits)?, radix)?;
    Some((u8::try_from(byte).ok()?, style, length + digits))
}

/// The character that an escape at the start of `rest` spells, and how long the escape is.
fn character(rest: &str) -> Option<(char, usize)> {
    if let Some(name) = rest.strip_prefix('&') {
        let name = name
            .split(';')
            .next()
            .filter(|name| name.len() <= LONGEST_NAME && name.len() < rest.len() - 1)?;
        let c = match (name.strip_prefix('#'), name.strip_prefix("#x").or(name.strip_prefix("#X"))) {
            (_, Some(hex)) => numbered(number(hex, 16)?)?,
            (Some(decimal), None) => numbered(number(decimal, 10)?)?,
            (None, None) => named(name)?,
        };
        return Some((c, name.len() + 2));
    }
    if let Some(braced) = rest.strip_prefix("\\u{") {
        let digits =
            braced.split('}').next().filter(|digits| digits.len() <= 6 && digits.len() < braced.len())?;
        return Some((char::from_u32(number(digits, 16)?)?, digits.len() + 4));
    }
    if rest.starts_with("\\U") {
        return Some((char::from_u32(number(rest.get(2..10)?, 16)?)?, 10));
    }
    let unit = |at: usize| {
        let is_unit = rest.get(at..at + 2).is_some_and(|start| matches!(start, "\\u" | "%u"));
        if is_unit { number(rest.get(at + 2..at + 6)?, 16) } else { None }
    };
    match unit(0)? {
        high @ 0xD800..=0xDBFF => {
            let low = unit(6).filter(|low| matches!(low, 0xDC00..=0xDFFF))?;
            Some((char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))?, 12))
        }
        code => Some((char::from_u32(code)?, 6)),
    }
}

fn number(digits: &str, radix: u32) -> Option<u32> {
    // `from_str_radix` would take a sign.
    digits.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok())?
}

fn numbered(code: u32) -> Option<char> {
    match code {
        0x80..=0x9F => WINDOWS.get(code as usize - 0x80).copied(),
        _ => char::from_u32(code),
    }
}

fn named(name: &str) -> Option<char> {
    let latin = || {
        let (_, c) = LATIN.split_ascii_whitespace().zip('\u{A0}'..).find(|(known, _)| *known == name)?;
        Some(c)
    };
    let mut others = OTHERS.split_ascii_whitespace();
    others.find(|known| *known == name).and_then(|_| others.next()?.chars().next()).or_else(latin)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Confidence, Escapes, Repairer, Verdict, apply};

    fn read(text: &str) -> Option<String> {
        view(text).map(|view| view.text)
    }

    #[test]
    fn escapes_are_read() {
        for (text, seen) in [
            ("&eacute;&#233;&#xE9;&yuml;&iquest;", "éééÿ¿"),
            ("&#150;&ndash;&infin;", "––∞"),
            (r"\u00e9\u{e9}\U000000e9%u00e9", "éééé"),
            (r"a\ud83d\ude00b", "a😀b"),
            (r"\xE4\xB8\xADx", "中x"),
            (r"\344\270\255", "中"),
            ("a%E4%B8%AD%5B%20%41", "a中[%20A"),
            (r"ä¸\xad", "ä¸\u{AD}"),
        ] {
            assert_eq!(read(text).as_deref(), Some(seen), "{text}");
        }
    }

    #[test]
    fn what_is_no_escape_is_not_read() {
        for text in [
            "AT&T; &amp; &lt; &#39; &#x; &eacute &nosuch; &#1114112; &",
            r"\u00e \ud83d \ud83d\u0041 \u{e9 \x4 \U0000 \u+0e9 \\u00e9 \37 \8 \",
            "100% %E %zz %",
            "中文",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn places_go_back() {
        let text = r"a&eacute;中\xE4\xB8\xADb";
        let view = view(text).unwrap();
        assert_eq!(view.text, "aé中中b");
        let places: Vec<usize> = view
            .text
            .char_indices()
            .map(|(at, _)| view.place(at))
            .chain([view.place(view.text.len())])
            .collect();
        assert_eq!(places, [0, 1, 9, 12, 24, 25]);
    }

    fn repairer() -> Repairer {
        Repairer::builder().escapes(Escapes::Read).build()
    }

    #[test]
    fn a_mixed_run_is_one_repair() {
        let text = "Title: &aelig;&ndash;‡å\u{AD}—&ccedil;&frac14;&ndash;&ccedil;&nbsp;&#x81; (1)";
        let report = repairer().report(text);
        assert_eq!(report.text, "Title: 文字编码 (1)");
        let [repair] = &report.repairs[..] else { panic!("{report:?}") };
        assert_eq!(&text[repair.start..repair.end], &text[7..text.len() - 4]);
        assert_eq!(repair.chain.unwrap().to_string(), "utf-8>cp1252");
        let escaped = "&aelig;&ndash;&Dagger;&aring;&shy;&mdash;&ccedil;&frac14;&ndash;&ccedil;&nbsp;&#x81;";
        assert_eq!(repairer().repair(escaped), "文字编码");
        assert_eq!(Repairer::new().repair(escaped), escaped, "only where it is asked for");
    }

    #[test]
    fn escapes_that_stay_inside_a_repair_are_written_as_they_were() {
        let view = view("&eacute;&mdash;&#233;").unwrap();
        let mut repair = Repair {
            start: 0,
            end: view.text.len(),
            text: "字—\u{FFFD}".to_owned(),
            chain: None,
            treatment: None,
            verdict: Verdict::Lossy,
            confidence: Confidence::ONE,
            gain: 0,
            gaps: vec![Gap { at: 6, loss: crate::Loss::Dropped, alternatives: Vec::new() }],
            restored: Vec::new(),
        };
        let text = "&eacute;&mdash;&#233;";
        repair = view.repair(text, repair).unwrap();
        assert_eq!((repair.text.as_str(), repair.gaps[0].at), ("字&mdash;\u{FFFD}", 10));
        assert_eq!(apply(text, &[repair]), "字&mdash;\u{FFFD}");
    }

    /// Bytes escaped once are no damage, in whatever codec.
    #[test]
    fn bytes_escaped_once_stay() {
        let words = "早饭吃了两个包子一碗粥";
        for codec in [crate::Codec::UTF_8, crate::Codec::GBK, crate::Codec::BIG5, crate::Codec::SHIFT_JIS] {
            let bytes: Vec<u8> = words
                .chars()
                .filter_map(|c| codec.tables().unread_first(c))
                .flat_map(|seq| seq.as_slice().to_vec())
                .collect();
            let escaped: [fn(u8) -> String; 3] =
                [|b| format!("\\x{b:02x}"), |b| format!("%{b:02X}"), |b| format!("\\{b:03o}")];
            for escape in escaped {
                let text: String = bytes.iter().map(|&b| escape(b)).collect();
                assert_eq!(repairer().repair(&text), text);
            }
        }
    }
}
