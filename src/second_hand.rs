//! Which chains and treatments to try where damaged text seems to have been worked on before it came here.

use crate::chain::{Chain, Step};
use crate::codec::Codec;
use crate::cost::{Cost, nats};
use crate::lattice::second_hand::own;
use crate::report::Treatment;

/// Characters that are looked at together.
const ROW: usize = 12;
/// How many of them must be letters and signs of Latin-1 for bytes to be likely behind them.
const LATIN: usize = 5;

/// Pages that bytes are misread as so that every one of them is a character of its own, the usual one first.
const MISREADS: [Codec; 9] = [
    Codec::LATIN_1,
    Codec::WINDOWS_1252,
    Codec::ISO_8859_15,
    Codec::WINDOWS_1254,
    Codec::WINDOWS_1250,
    Codec::WINDOWS_1257,
    Codec::ISO_8859_2,
    Codec::MACROMAN,
    Codec::CP850,
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
    let latin = |c: &char| ('\u{A1}'..='\u{FF}').contains(c);
    let mut count = 0;
    for (i, c) in seen.iter().enumerate() {
        count += usize::from(latin(c));
        if i >= ROW {
            count -= usize::from(latin(&seen[i - ROW]));
        }
        if count >= LATIN {
            let from = (i + 1).saturating_sub(ROW);
            return seen[from..].iter().position(latin).map(|k| from + k);
        }
    }
    None
}

/// What to try on `seen`.
pub(crate) fn leads(seen: &[char]) -> Vec<(Chain, Treatment)> {
    let covers = |misread: Codec| {
        let own = |c: &&char| **c > '\u{7F}' && own(misread, **c).is_some();
        seen.iter().filter(own).count()
    };
    let c1 = |c: &char| ('\u{80}'..='\u{9F}').contains(c) || *c <= '\u{FF}';
    let usual =
        if seen.iter().filter(|c| own(Codec::WINDOWS_1252, **c).is_some()).all(c1) { MISREADS[0] } else { MISREADS[1] };
    let least = covers(usual);
    let best = MISREADS[2..].iter().copied().max_by_key(|&m| (covers(m), std::cmp::Reverse(m)));
    let misreads = [Some(usual), best.filter(|&m| covers(m) > least)];
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
