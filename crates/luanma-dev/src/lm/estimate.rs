//! Counts → probabilities.

use anyhow::{Result, bail};
use luanma::train::{BOUNDARY, ID_BITS};
use rayon::prelude::*;

use super::count::{Counts, Grams};

/// How probabilities are estimated. All interpolate with the next shorter n-gram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Method {
    /// Three absolute discounts a length; shorter n-grams by their own counts.
    Absolute,
    /// Modified Kneser-Ney: the same discounts; shorter n-grams by how many different characters precede them.
    KneserNey,
    /// Witten-Bell; shorter n-grams by their own counts.
    WittenBell,
}

/// N-grams of one length with their probabilities; those that occur too seldom are gone.
#[derive(Debug, Default)]
pub(crate) struct Estimated {
    /// Sorted.
    pub(crate) keys: Vec<u64>,
    /// Of the last identifier after the others.
    pub(crate) p: Vec<f32>,
    /// Number of the n-gram without its first identifier, one length below.
    pub(crate) suffix: Vec<u32>,
    /// Number of the n-gram without its last identifier, one length below.
    pub(crate) context: Vec<u32>,
    /// Share of all positions where this n-gram stands.
    pub(crate) share: Vec<f32>,
}

/// Number of the n-gram `key` of `length` identifiers, by the tree of beginnings.
fn find(grams: &[Grams], key: u64, length: usize) -> Option<usize> {
    let mut at = (key >> (ID_BITS * (length as u32 - 1))) as usize;
    for l in 2..=length {
        let grams = &grams[l - 1];
        let (start, end) = (grams.children[at] as usize, grams.children[at + 1] as usize);
        let prefix = key >> (ID_BITS * (length - l) as u32);
        at = start + grams.keys[start..end].binary_search(&prefix).ok()?;
    }
    Some(at)
}

/// What an n-gram counts as: occurrences or, for Kneser-Ney, different predecessors.
struct Statistics {
    raw: Vec<u32>,
    weighted: Vec<f32>,
}

/// Probabilities of all lengths. N-grams of three and more that occur fewer than `cutoff` times are used in estimation and not returned.
pub(crate) fn estimate(counts: &Counts, method: Method, order: usize, cutoff: u32) -> Result<Vec<Estimated>> {
    let grams = &counts.grams[..order];
    let total: f64 = grams[0].weighted.iter().map(|&w| f64::from(w)).sum();
    let mut done: Vec<Estimated> = Vec::new();
    // Where n-gram i of the counts stands among the kept ones.
    let mut kept_number: Vec<u32> = Vec::new();
    for length in 1..=order {
        let now = &grams[length - 1];
        let statistics = if method == Method::KneserNey && length < order {
            Some(predecessors(grams, length)?)
        } else {
            None
        };
        let (raw, weighted) = match &statistics {
            Some(s) => (&s.raw, &s.weighted),
            None => (&now.raw, &now.weighted),
        };
        let discounts = discounts(raw);
        let lost = |i: usize| -> f64 {
            let r = raw[i];
            if r == 0 { 0.0 } else { f64::from(weighted[i]) * discounts[r.min(3) as usize] / f64::from(r) }
        };
        let mut estimated = Estimated::default();
        if length == 1 {
            let sum: f64 = weighted.iter().map(|&w| f64::from(w)).sum();
            // A thousandth of an occurrence for each identifier, so that nothing is impossible.
            let mass = sum + 0.001 * weighted.len() as f64;
            estimated.keys = now.keys.clone();
            estimated.p = weighted.iter().map(|&w| ((f64::from(w) + 0.001) / mass) as f32).collect();
            estimated.share = now.weighted.iter().map(|&w| (f64::from(w) / total) as f32).collect();
            kept_number = (0..u32::try_from(now.keys.len())?).collect();
            done.push(estimated);
            continue;
        }
        let shorter = &done[length - 2];
        let contexts = now.children.len() - 1;
        let chunks: Vec<(usize, usize)> =
            (0..contexts).step_by(4096).map(|start| (start, (start + 4096).min(contexts))).collect();
        let parts: Vec<Result<Estimated>> = chunks
            .par_iter()
            .map(|&(start, end)| {
                let mut part = Estimated::default();
                for context in start..end {
                    let range = now.children[context] as usize..now.children[context + 1] as usize;
                    let sum: f64 = range.clone().map(|i| f64::from(weighted[i])).sum();
                    let backed: f64 = match method {
                        Method::WittenBell => {
                            let raw_sum: f64 = range.clone().map(|i| f64::from(raw[i])).sum();
                            range.len() as f64 / (range.len() as f64 + raw_sum)
                        }
                        _ => range.clone().map(lost).sum::<f64>() / sum,
                    };
                    for i in range {
                        if length > 2 && now.raw[i] < cutoff {
                            continue;
                        }
                        let tail = now.keys[i] & ((1 << (ID_BITS * (length as u32 - 1))) - 1);
                        let Some(suffix) = find(grams, tail, length - 1) else {
                            bail!("an n-gram without its end")
                        };
                        let suffix = kept_number[suffix];
                        let own = match method {
                            Method::WittenBell => (1.0 - backed) * f64::from(weighted[i]) / sum,
                            _ => (f64::from(weighted[i]) - lost(i)) / sum,
                        };
                        part.keys.push(now.keys[i]);
                        part.p.push((own + backed * f64::from(shorter.p[suffix as usize])) as f32);
                        part.suffix.push(suffix);
                        part.context.push(kept_number[context]);
                        part.share.push((f64::from(now.weighted[i]) / total) as f32);
                    }
                }
                Ok(part)
            })
            .collect();
        for part in parts {
            let part = part?;
            estimated.keys.extend(part.keys);
            estimated.p.extend(part.p);
            estimated.suffix.extend(part.suffix);
            estimated.context.extend(part.context);
            estimated.share.extend(part.share);
        }
        let mut number = 0;
        kept_number = now
            .raw
            .iter()
            .map(|&r| {
                if length > 2 && r < cutoff {
                    return u32::MAX;
                }
                number += 1;
                number - 1
            })
            .collect();
        done.push(estimated);
    }
    Ok(done)
}

/// How many different identifiers precede each n-gram, and the average weight of an occurrence after each, summed. After a boundary, which
/// nothing precedes, the occurrences.
fn predecessors(grams: &[Grams], length: usize) -> Result<Statistics> {
    let (now, longer) = (&grams[length - 1], &grams[length]);
    let mut raw = vec![0; now.keys.len()];
    let mut weighted = vec![0.0f64; now.keys.len()];
    let mask = (1u64 << (ID_BITS * length as u32)) - 1;
    for (i, &key) in longer.keys.iter().enumerate() {
        let Some(at) = find(grams, key & mask, length) else { bail!("an n-gram without its end") };
        raw[at] += 1;
        weighted[at] += f64::from(longer.weighted[i]) / f64::from(longer.raw[i]);
    }
    for (i, &key) in now.keys.iter().enumerate() {
        if length > 1 && key >> (ID_BITS * (length as u32 - 1)) == u64::from(BOUNDARY) {
            raw[i] = now.raw[i];
            weighted[i] = f64::from(now.weighted[i]);
        }
    }
    Ok(Statistics { raw, weighted: weighted.into_iter().map(|w| w as f32).collect() })
}

/// The discounts of n-grams that occur once, twice, more often (Chen and Goodman 1998), from how many there are of each.
fn discounts(raw: &[u32]) -> [f64; 4] {
    let mut n = [0.0f64; 5];
    for &r in raw {
        if (1..=4).contains(&r) {
            n[r as usize] += 1.0;
        }
    }
    if n[1..].contains(&0.0) {
        return [0.0, 0.5, 0.75, 0.9];
    }
    let y = n[1] / (n[1] + 2.0 * n[2]);
    let d = |r: usize| (r as f64 - (r as f64 + 1.0) * y * n[r + 1] / n[r]).clamp(0.1, r as f64);
    [0.0, d(1), d(2), d(3)]
}
