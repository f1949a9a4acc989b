//! What happens to damaged text afterwards.

use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use super::kinds::LossKind;
use super::rng::Rng;
use super::trail::{Token, Trail};
use crate::codec::Codec;
use crate::report::Loss;

/// Cuts fall within this many characters of an end.
const CUT_WITHIN: usize = 12;
/// One line break for about so many characters.
const BREAK_EVERY: usize = 40;

/// `misread` is the codec that the damaged text was read with.
pub(super) fn treat(
    tokens: &mut Vec<Token>,
    kind: LossKind,
    misread: Codec,
    trail: &mut Trail,
    rng: &mut Rng,
) {
    match kind {
        LossKind::Fold => edit(tokens, trail, fold),
        LossKind::Nfkc => normalise(tokens, trail, |s| s.nfkc().collect()),
        LossKind::Strip => edit(tokens, trail, strip),
        LossKind::Collapse => collapse(tokens, trail),
        LossKind::Straighten => edit(tokens, trail, straighten),
        LossKind::RecaseLower => recase(tokens, trail, |_| false),
        LossKind::RecaseTitle => recase(tokens, trail, |before| !before.is_some_and(char::is_alphabetic)),
        LossKind::CutStart => cut_start(tokens, trail, rng),
        LossKind::CutEnd => cut_end(tokens, trail, rng),
        LossKind::Break => break_lines(tokens, trail, rng),
        LossKind::EscapeHtml => escape(tokens, html),
        LossKind::EscapeJson => escape(tokens, json),
        LossKind::EscapePercent => escape(tokens, percent),
        LossKind::Fuse => fuse(tokens, misread, trail),
        LossKind::FuseTwice => {
            fuse(tokens, misread, trail);
            fuse(tokens, misread, trail);
        }
        LossKind::Ftfy => {
            fuse(tokens, misread, trail);
            edit(tokens, trail, ftfy);
            normalise(tokens, trail, |s| s.nfc().collect());
        }
        // These happen while the bytes are read.
        LossKind::Whatwg
        | LossKind::Windows
        | LossKind::Ignore
        | LossKind::Replace
        | LossKind::ReplaceByte
        | LossKind::Java
        | LossKind::Question
        | LossKind::Kunjinkao
        | LossKind::ReplacementRows
        | LossKind::QuestionRows
        | LossKind::Tang => {}
    }
}

enum Edit {
    Keep,
    Drop(Loss),
    Put(char, Loss),
    Spell(&'static str, Loss),
}

fn edit(tokens: &mut Vec<Token>, trail: &mut Trail, f: impl Fn(char) -> Edit) {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for (i, &token) in tokens.iter().enumerate() {
        match f(token.ch) {
            Edit::Keep => out.push(token),
            Edit::Drop(loss) => lose(trail, token, loss, out.last(), tokens.get(i + 1)),
            Edit::Put(ch, loss) => {
                trail.alter(token.range(), loss);
                out.push(Token { ch, ..token });
            }
            Edit::Spell(text, loss) => {
                trail.alter(token.range(), loss);
                out.extend(text.chars().map(|ch| Token { ch, ..token }));
            }
        }
    }
    *tokens = out;
}

/// Loses a token, but not the bytes that a neighbour shows as well.
fn lose(trail: &mut Trail, token: Token, loss: Loss, before: Option<&Token>, after: Option<&Token>) {
    let shared = [before, after].into_iter().flatten().any(|other| other.overlaps(&token.range()));
    trail.lose(token.range(), loss, !shared);
}

fn narrow(ch: char) -> Option<char> {
    match ch {
        '\u{3000}' => Some(' '),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(ch) - 0xFEE0),
        _ => None,
    }
}

fn fold(ch: char) -> Edit {
    narrow(ch).map_or(Edit::Keep, |ascii| Edit::Put(ascii, Loss::Folded))
}

fn is_private(ch: char) -> bool {
    matches!(ch, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

fn strip(ch: char) -> Edit {
    match ch {
        '\t' | '\n' | '\r' => Edit::Keep,
        '\u{a0}' | '\u{3000}' => Edit::Put(' ', Loss::Space),
        '\u{ad}' => Edit::Drop(Loss::Dropped),
        ch if ch.is_control() || is_private(ch) => Edit::Drop(Loss::Dropped),
        _ => Edit::Keep,
    }
}

fn straighten(ch: char) -> Edit {
    match ch {
        '‘' | '’' | '‚' | '‛' => Edit::Put('\'', Loss::Straightened),
        '“' | '”' | '„' | '‟' => Edit::Put('"', Loss::Straightened),
        '–' | '—' => Edit::Put('-', Loss::Straightened),
        '…' => Edit::Spell("...", Loss::Straightened),
        '€' => Edit::Spell("EUR", Loss::Straightened),
        _ => Edit::Keep,
    }
}

fn ftfy(ch: char) -> Edit {
    match ch {
        // A control is taken for what Windows-1252 has in its place, and that is straightened too.
        '\u{80}'..='\u{9f}' => match Codec::WINDOWS_1252.decode(&[u32::from(ch).to_le_bytes()[0]]) {
            Some(page) => match page.chars().next() {
                Some(letter) if letter != ch => match ftfy(letter) {
                    Edit::Keep => Edit::Put(letter, Loss::Fused),
                    edit => edit,
                },
                _ => Edit::Keep,
            },
            None => Edit::Keep,
        },
        'ﬀ' => Edit::Spell("ff", Loss::Fused),
        'ﬁ' => Edit::Spell("fi", Loss::Fused),
        'ﬂ' => Edit::Spell("fl", Loss::Fused),
        'ﬃ' => Edit::Spell("ffi", Loss::Fused),
        'ﬄ' => Edit::Spell("ffl", Loss::Fused),
        'ﬅ' => Edit::Spell("ſt", Loss::Fused),
        'ﬆ' => Edit::Spell("st", Loss::Fused),
        'Ĳ' => Edit::Spell("IJ", Loss::Fused),
        'ĳ' => Edit::Spell("ij", Loss::Fused),
        'ŉ' => Edit::Spell("ʼn", Loss::Fused),
        'Ǳ' => Edit::Spell("DZ", Loss::Fused),
        'ǲ' => Edit::Spell("Dz", Loss::Fused),
        'ǳ' => Edit::Spell("dz", Loss::Fused),
        'Ǆ' => Edit::Spell("DŽ", Loss::Fused),
        'ǅ' => Edit::Spell("Dž", Loss::Fused),
        'ǆ' => Edit::Spell("dž", Loss::Fused),
        'Ǉ' => Edit::Spell("LJ", Loss::Fused),
        'ǈ' => Edit::Spell("Lj", Loss::Fused),
        'ǉ' => Edit::Spell("lj", Loss::Fused),
        'Ǌ' => Edit::Spell("NJ", Loss::Fused),
        'ǋ' => Edit::Spell("Nj", Loss::Fused),
        'ǌ' => Edit::Spell("nj", Loss::Fused),
        '‘' | '’' | '‚' | '‛' => Edit::Put('\'', Loss::Straightened),
        '“' | '”' | '„' | '‟' => Edit::Put('"', Loss::Straightened),
        _ => fold(ch),
    }
}

/// Letters take another case; after which characters a capital stands, `capital` says.
fn recase(tokens: &mut Vec<Token>, trail: &mut Trail, capital: impl Fn(Option<char>) -> bool) {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut before = None;
    for &token in &*tokens {
        let changed: String = if capital(before) {
            let mut upper = token.ch.to_uppercase();
            upper.next().into_iter().chain(upper.flat_map(char::to_lowercase)).collect()
        } else {
            token.ch.to_lowercase().collect()
        };
        before = Some(token.ch);
        if changed.chars().eq([token.ch]) {
            out.push(token);
            continue;
        }
        trail.alter(token.range(), Loss::Recased);
        if let Some(now) = changed.chars().next().filter(|_| token.ch.is_ascii()) {
            trail.show(token.range(), now);
        }
        out.extend(changed.chars().map(|ch| Token { ch, ..token }));
    }
    *tokens = out;
}

fn collapse(tokens: &mut Vec<Token>, trail: &mut Trail) {
    let spaces: Vec<bool> = tokens.iter().map(|t| t.ch == ' ').collect();
    edit(tokens, trail, |ch| match ch {
        '\u{a0}' | '\u{3000}' => Edit::Put(' ', Loss::Space),
        _ => Edit::Keep,
    });
    let mut at_end = true;
    let mut trails: Vec<bool> = tokens
        .iter()
        .rev()
        .map(|t| {
            at_end = matches!(t.ch, '\n' | '\r') || (at_end && t.ch == ' ');
            at_end
        })
        .collect();
    trails.reverse();
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    // Whether one of the spaces that the last of `out` stands for was a space before.
    let mut was_space = false;
    for (i, &token) in tokens.iter().enumerate() {
        match out.last_mut() {
            _ if token.ch != ' ' => out.push(token),
            Some(one) if one.ch == ' ' && !trails[i] && !(was_space && spaces[i]) => {
                trail.alter(token.range(), Loss::Space);
                one.hi = token.hi.max(one.hi);
                was_space |= spaces[i];
            }
            Some(before) if trails[i] || matches!(before.ch, ' ' | '\n' | '\r') => {
                let before = *before;
                lose(trail, token, Loss::Space, Some(&before), tokens.get(i + 1));
            }
            None => lose(trail, token, Loss::Space, None, tokens.get(i + 1)),
            Some(_) => {
                was_space = spaces[i];
                out.push(token);
            }
        }
    }
    *tokens = out;
}

/// Normalises; characters that can compose with one another go together.
fn normalise(tokens: &mut Vec<Token>, trail: &mut Trail, f: impl Fn(std::str::Chars<'_>) -> String) {
    let joins = |ch: char| {
        let first = std::iter::once(ch).nfkd().next().unwrap_or(ch);
        canonical_combining_class(first) != 0 || matches!(first, '\u{1161}'..='\u{11c2}')
    };
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for cluster in tokens.chunk_by(|_, after| joins(after.ch)) {
        let text: String = cluster.iter().map(|t| t.ch).collect();
        let normal = f(text.chars());
        if normal == text {
            out.extend(cluster);
            continue;
        }
        let (first, last) = (cluster[0], cluster[cluster.len() - 1]);
        let whole = Token { hi: last.hi.max(first.hi), mark: cluster.iter().all(|t| t.mark), ..first };
        trail.alter(whole.range(), Loss::Fused);
        out.extend(normal.chars().map(|ch| Token { ch, ..whole }));
    }
    *tokens = out;
}

fn cut_start(tokens: &mut Vec<Token>, trail: &mut Trail, rng: &mut Rng) {
    let ends = (tokens.len() / 2).min(CUT_WITHIN);
    let inside: Vec<usize> =
        (1..=ends).filter(|&i| i < tokens.len() && trail.splits(&tokens[i - 1], &tokens[i])).collect();
    if let Some(&at) = inside.get(rng.below(inside.len())) {
        tokens.drain(..at);
        trail.cut(tokens);
    }
}

fn cut_end(tokens: &mut Vec<Token>, trail: &mut Trail, rng: &mut Rng) {
    let starts = (tokens.len() - tokens.len() / 2).max(tokens.len().saturating_sub(CUT_WITHIN)).max(1);
    let inside: Vec<usize> =
        (starts..tokens.len()).filter(|&i| trail.splits(&tokens[i - 1], &tokens[i])).collect();
    if let Some(&at) = inside.get(rng.below(inside.len())) {
        tokens.truncate(at);
        trail.cut(tokens);
    }
}

fn break_lines(tokens: &mut Vec<Token>, trail: &mut Trail, rng: &mut Rng) {
    let mut inside: Vec<usize> =
        (1..tokens.len()).filter(|&i| trail.splits(&tokens[i - 1], &tokens[i])).collect();
    let breaks = (tokens.len() / BREAK_EVERY).max(1).min(inside.len());
    let mut chosen: Vec<usize> = (0..breaks).map(|_| inside.swap_remove(rng.below(inside.len()))).collect();
    chosen.sort_unstable();
    for &at in chosen.iter().rev() {
        let (before, after) = (tokens[at - 1], tokens[at]);
        trail.part(&before, &after);
        tokens.insert(at, Token { ch: '\n', lo: before.hi, hi: before.hi, mark: false });
    }
}

/// What spells a character goes where it stood: nothing is lost.
fn escape(tokens: &mut Vec<Token>, f: impl Fn(char, &mut String)) {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len() * 6);
    let mut text = String::new();
    for &token in &*tokens {
        text.clear();
        f(token.ch, &mut text);
        out.extend(text.chars().map(|ch| Token { ch, ..token }));
    }
    *tokens = out;
}

/// HTML 4's names of U+00A0 to U+00FF, in order.
const NAMES: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 \
acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig \
Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave \
Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave \
iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

fn html(ch: char, out: &mut String) {
    let name = match ch {
        '&' => Some("amp"),
        '<' => Some("lt"),
        '>' => Some("gt"),
        '"' => Some("quot"),
        '\u{a0}'..='\u{ff}' => NAMES.split(' ').nth(u32::from(ch) as usize - 0xA0),
        '€' => Some("euro"),
        '‚' => Some("sbquo"),
        'ƒ' => Some("fnof"),
        '„' => Some("bdquo"),
        '…' => Some("hellip"),
        '†' => Some("dagger"),
        '‡' => Some("Dagger"),
        'ˆ' => Some("circ"),
        '‰' => Some("permil"),
        'Š' => Some("Scaron"),
        '‹' => Some("lsaquo"),
        'Œ' => Some("OElig"),
        '‘' => Some("lsquo"),
        '’' => Some("rsquo"),
        '“' => Some("ldquo"),
        '”' => Some("rdquo"),
        '•' => Some("bull"),
        '–' => Some("ndash"),
        '—' => Some("mdash"),
        '˜' => Some("tilde"),
        '™' => Some("trade"),
        'š' => Some("scaron"),
        '›' => Some("rsaquo"),
        'œ' => Some("oelig"),
        'Ÿ' => Some("Yuml"),
        _ => None,
    };
    // Writing to a `String` does not fail.
    let _ = match name {
        Some(name) => write!(out, "&{name};"),
        None if ch.is_ascii() => out.write_char(ch),
        None => write!(out, "&#{};", u32::from(ch)),
    };
}

fn json(ch: char, out: &mut String) {
    let _ = match ch {
        '"' | '\\' => write!(out, "\\{ch}"),
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        ' '..='~' => out.write_char(ch),
        _ => ch.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}")),
    };
}

fn percent(ch: char, out: &mut String) {
    let stays = ch.is_ascii_alphanumeric() || (ch.is_ascii_punctuation() && !"\"%<>\\^`{|}".contains(ch));
    if stays || ch == '\n' || ch == '\r' {
        out.push(ch);
        return;
    }
    for byte in ch.encode_utf8(&mut [0; 4]).bytes() {
        let _ = write!(out, "%{byte:02X}");
    }
}

/// Characters of one byte each whose bytes are one character of UTF-8 become that character.
fn fuse(tokens: &mut Vec<Token>, misread: Codec, trail: &mut Trail) {
    let byte = |token: &Token| -> Option<u8> {
        if token.ch.is_ascii() {
            return None;
        }
        match *misread.encode(token.ch.encode_utf8(&mut [0; 4]))? {
            [byte] => Some(byte),
            _ => None,
        }
    };
    let bytes: Vec<Option<u8>> = tokens.iter().map(byte).collect();
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut i = 0;
    while i < tokens.len() {
        let spelt = (2..=4).find_map(|n| {
            let run: Vec<u8> = bytes.get(i..i + n)?.iter().copied().collect::<Option<_>>()?;
            let text = std::str::from_utf8(&run).ok()?;
            let mut chars = text.chars();
            chars.next().filter(|_| chars.next().is_none()).map(|ch| (ch, n))
        });
        if let Some((ch, n)) = spelt {
            let whole = Token { ch, hi: tokens[i + n - 1].hi, ..tokens[i] };
            trail.alter(whole.range(), Loss::Fused);
            out.push(whole);
            i += n;
        } else {
            out.push(tokens[i]);
            i += 1;
        }
    }
    *tokens = out;
}
