//! From gain to verdict and confidence.

use crate::cost::{NAT, nats};
use crate::report::Confidence;

/// What speaks for and against one repair.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Evidence {
    /// By how much the repair is likelier than the text as it is, the chain's prior taken off, in 1/256 nat.
    pub(crate) gain: i64,
    /// Observed characters that change.
    pub(crate) changed: usize,
    /// Different characters among them.
    pub(crate) distinct: usize,
    /// By how much a character of what is said is likelier, on average, than one that the truth makes of any
    /// bytes, as a share of [`SENSIBLE`].
    pub(crate) sense: i64,
    /// Letters and Hanzi above 7F that the repair says.
    pub(crate) letters: usize,
    /// Characters that could not be told.
    pub(crate) gaps: usize,
    /// The truth is UTF-8, whose form alone is proof.
    pub(crate) utf_8: bool,
    /// The document has shown this chain elsewhere beyond doubt.
    pub(crate) proven: bool,
}

/// What a chain that the document has proven is worth to a doubtful stretch.
const PROVEN: i64 = nats(8.0) as i64;

/// The sense of text that is beyond doubt text.
pub(crate) const SENSIBLE: i64 = 256;

/// The probability that the repair is right.
pub(crate) fn confidence(e: &Evidence) -> Confidence {
    if e.letters == 0 && !e.utf_8 || e.gaps > e.letters.max(1) || e.changed < 2 && !e.proven {
        return Confidence::new(0.0);
    }
    // What is repeated is no new evidence, and what makes no sense is none at all, unless its form is.
    let mut gain = e.gain;
    if !e.utf_8 {
        let changed = i64::try_from(e.changed.max(1)).unwrap_or(i64::MAX);
        gain = gain * i64::try_from(e.distinct).unwrap_or(0) / changed;
        gain = gain * e.sense.clamp(0, SENSIBLE) / SENSIBLE;
    }
    gain += if e.proven { PROVEN } else { 0 };
    let x = (gain as f64 / f64::from(NAT) - 12.0) / 2.0;
    Confidence::new(logistic(x))
}

/// 1 / (1 + e^-x), by basic operations alone, so that every machine gives the same answer.
pub(crate) fn logistic(x: f64) -> f64 {
    if x < 0.0 { 1.0 - logistic(-x) } else { 1.0 / (1.0 + exp_minus(x)) }
}

/// e^-x for x ≥ 0, by basic operations alone.
pub(crate) fn exp_minus(x: f64) -> f64 {
    if x > 700.0 {
        return 0.0;
    }
    // e^-x = (e^-(x/1024))^1024
    let y = x / 1024.0;
    let mut e = 1.0 - y + y * y / 2.0 - y * y * y / 6.0;
    for _ in 0..10 {
        e *= e;
    }
    e
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_near() {
        for x in [0.0, 0.1, 1.0, 5.5, 20.0] {
            assert!((exp_minus(x) - (-x).exp()).abs() < 1e-6, "{x}");
        }
    }
}
