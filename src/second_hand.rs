//! Which chains and treatments to try where damaged text seems to have been worked on before it came here.

use crate::chain::{Chain, Step};
use crate::codec::{Codec, is_wide};
use crate::cost::{Cost, nats};
use crate::lattice::second_hand::{own, spelt_out};
use crate::report::Treatment;

/// Characters that are looked at together.
pub(crate) const ROW: usize = 12;
/// How many of them must be letters and signs of Latin-1 for bytes to be likely behind them.
const LATIN: usize = 5;
/// Different characters that one page has and the usual ones lack, which show that it is the page.
const OTHER: usize = 3;

/// What ISO-8859-15 has as well as Windows-1252, at other places.
const SHARED: &str = "ŠšŽžŒœŸ€";

/// Pages that bytes are misread as so that every one of them is a character of its own, the usual one first.
const MISREADS: [Codec; 12] = [
    Codec::LATIN_1,
    Codec::WINDOWS_1252,
    Codec::ISO_8859_15,
    Codec::WINDOWS_1254,
    Codec::WINDOWS_1250,
    Codec::WINDOWS_1257,
    Codec::ISO_8859_2,
    Codec::MACROMAN,
    Codec::CP850,
    Codec::CP437,
    Codec::CP852,
    Codec::CP857,
];

/// What may have been written, for each treatment. A repairer leaves no UTF-8 behind.
const TRUTHS: [(Treatment, &[Codec]); 2] = [
    (Treatment::Ftfy, &[Codec::GBK, Codec::BIG5, Codec::SHIFT_JIS, Codec::EUC_KR]),
    (Treatment::Nfkc, &[Codec::UTF_8, Codec::GBK, Codec::BIG5, Codec::SHIFT_JIS, Codec::EUC_KR]),
];

/// What a treatment costs before anything is seen.
pub(crate) fn prior(treatment: Option<Treatment>) -> Cost {
    treatment.map_or(0, |_| nats(3.0))
}

/// Where characters of one byte each begin to crowd.
pub(crate) fn place(seen: &[char]) -> Option<usize> {
    let mut count = 0;
    for (i, c) in seen.iter().enumerate() {
        count += usize::from(is_latin(c));
        if i >= ROW {
            count -= usize::from(is_latin(&seen[i - ROW]));
        }
        if count >= LATIN {
            let from = (i + 1).saturating_sub(ROW);
            return seen[from..].iter().position(is_latin).map(|k| from + k);
        }
    }
    None
}

/// Whether something stands among characters of one byte each that their page does not have, or that is spelt out:
/// it was fused, composed or taken apart.
pub(crate) fn shows(seen: &[char]) -> bool {
    let Some(from) = place(seen) else { return false };
    let seen = &seen[from.saturating_sub(ROW)..];
    let usual = usual(seen);
    let latin: Vec<bool> = seen.iter().map(is_latin).collect();
    // On both sides, as far as the line goes: what has them on one only stands where they begin or end in other text.
    let among = |i: usize, takes: usize| {
        let before = [i.wrapping_sub(1), i.wrapping_sub(2)];
        let behind = [i + takes, i + takes + 1];
        let is_latin = |i: &usize| latin.get(*i).copied().unwrap_or(false);
        let is_edge = |i: &usize| seen.get(*i).is_none_or(|c| *c == '\n');
        [before, behind].iter().flatten().any(is_latin)
            && [before, behind].iter().all(|side| side.iter().any(|i| is_latin(i) || is_edge(i)))
    };
    let foreign = |page: Codec, i: usize| seen[i] > '\u{7F}' && among(i, 1) && own(page, seen[i]).is_none();
    let mut strange: Vec<char> = (0..seen.len()).filter(|&i| foreign(usual, i)).map(|i| seen[i]).collect();
    strange.sort_unstable();
    strange.dedup();
    // A page that has all of many strange characters is what the bytes were read as.
    let is_other_page = strange.len() >= OTHER && !strange.iter().any(|&c| is_wide(c)) && {
        let best = best(seen, usual);
        !(0..seen.len()).any(|i| foreign(best, i))
    };
    let is_spelt = |i: usize| spelt_out(&seen[i..]).is_some_and(|takes| among(i, takes));
    !strange.is_empty() && !is_other_page || (0..seen.len()).any(is_spelt)
}

/// Letters and signs that are bytes of the usual pages, but for those that any text has.
fn is_latin(c: &char) -> bool {
    match c {
        '\u{A1}'..='\u{FF}' => true,
        '\u{2013}'..='\u{2026}' | '\u{2123}'.. => false,
        _ => *c > '\u{FF}' && own(Codec::WINDOWS_1252, *c).is_some(),
    }
}

/// The likeliest page.
fn usual(seen: &[char]) -> Codec {
    let western = |c: &char| *c > '\u{FF}' && own(Codec::WINDOWS_1252, *c).is_some();
    MISREADS[usize::from(seen.iter().any(western))]
}

/// The page that has the most of `seen`, the usual one before others.
fn best(seen: &[char], usual: Codec) -> Codec {
    let mut high: Vec<char> = seen.iter().copied().filter(|c| *c > '\u{7F}').collect();
    high.sort_unstable();
    let high: Vec<(char, usize)> = high.chunk_by(char::eq).map(|same| (same[0], same.len())).collect();
    let covers = |misread: Codec| {
        let own = |(c, count): &(char, usize)| own(misread, *c).map_or(0, |_| *count);
        high.iter().map(own).sum::<usize>()
    };
    let (mut best, mut most) = (usual, covers(usual));
    let has_shared = seen.iter().any(|c| SHARED.contains(*c));
    for &misread in &MISREADS[2..] {
        let count = covers(misread);
        if count > most || count == most && misread == Codec::ISO_8859_15 && has_shared {
            (best, most) = (misread, count);
        }
    }
    best
}

/// What to try on `seen`.
pub(crate) fn leads(seen: &[char]) -> Vec<(Chain, Treatment)> {
    let usual = usual(seen);
    let best = best(seen, usual);
    let misreads = [Some(usual), Some(best).filter(|&best| best != usual)];
    // Nothing that NFKC takes apart is left where it has been.
    let normal = !seen.iter().any(|c| "\u{A0}¨ª¯²³´µ¸¹º¼½¾…™˜".contains(*c));
    let mut out = Vec::new();
    for (treatment, truths) in TRUTHS {
        if treatment == Treatment::Nfkc && !normal {
            continue;
        }
        for misread in misreads.into_iter().flatten() {
            for &truth in truths {
                out.extend(Chain::new(&[Step { truth, misread }]).ok().map(|chain| (chain, treatment)));
            }
        }
    }
    out
}
