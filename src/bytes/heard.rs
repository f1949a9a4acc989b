//! What a file says of itself: byte order marks, and the declarations of HTML, XML and CSS. Often wrong, so it is a prior.

use crate::codec::Codec;

/// A declaration stands in the first bytes, this many.
const DECLARED_WITHIN: usize = 2 << 10;

/// What comes before the name of a codec, in lower case.
const INTRODUCTIONS: [&[u8]; 3] = [b"charset", b"encoding", b"@charset"];

/// The codec of a byte order mark, and how long the mark is.
pub(super) fn mark(bytes: &[u8]) -> Option<(Codec, usize)> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => Some((Codec::UTF_8, 3)),
        [0xFF, 0xFE, ..] => Some((Codec::UTF_16LE, 2)),
        [0xFE, 0xFF, ..] => Some((Codec::UTF_16BE, 2)),
        // 84 31 95 33: the mark in GB18030.
        [0x84, 0x31, 0x95, 0x33, ..] => Some((Codec::GBK, 4)),
        _ => None,
    }
}

/// The codec that a declaration names.
pub(super) fn declared(bytes: &[u8]) -> Option<Codec> {
    let head = bytes.get(..bytes.len().min(DECLARED_WITHIN))?;
    let lower = head.to_ascii_lowercase();
    let mut at = 0;
    while at < lower.len() {
        let Some(introduction) = INTRODUCTIONS.iter().find(|word| lower[at..].starts_with(word)) else {
            at += 1;
            continue;
        };
        at += introduction.len();
        if let Some(codec) = named(&lower[at..]) {
            return Some(codec);
        }
    }
    None
}

/// The codec named after `charset`: `="gbk"`, `=gbk`, ` "gbk"`.
fn named(rest: &[u8]) -> Option<Codec> {
    let start = rest
        .iter()
        .position(|b| !matches!(b, b' ' | b'\t' | b'=' | b'"' | b'\''))
        .filter(|at| (1..8).contains(at))?;
    let rest = &rest[start..];
    let end =
        rest.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':')));
    let label = std::str::from_utf8(&rest[..end.unwrap_or(rest.len())]).ok()?;
    let codec = Codec::from_label(label)?;
    // One candidate reads all of GB's codecs, one both of Big5's, and so on.
    Some(match codec {
        Codec::GB18030 | Codec::CP936 => Codec::GBK,
        Codec::CP950 => Codec::BIG5,
        Codec::CP932 => Codec::SHIFT_JIS,
        Codec::CP949 => Codec::EUC_KR,
        Codec::LATIN_1 => Codec::WINDOWS_1252,
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_heard() {
        for (text, codec) in [
            ("<meta charset=gb2312>", Some(Codec::GBK)),
            ("<META content=\"text/html; charset=Big5\">", Some(Codec::BIG5)),
            ("<?xml version='1.0' encoding='Shift_JIS'?>", Some(Codec::SHIFT_JIS)),
            ("@charset \"euc-kr\";", Some(Codec::EUC_KR)),
            ("charset=nonsense encoding=koi8-r", Some(Codec::KOI8_R)),
            ("charsets are many", None),
            ("charset=", None),
            ("", None),
        ] {
            assert_eq!(declared(text.as_bytes()), codec, "{text}");
        }
    }
}
