//! Counts → probabilities.

use anyhow::{Result, bail};
use luanma::train::{BOUNDARY, ID_BITS};
use rayon::prelude::*;

use super::count::{Counts, Grams};
use super::prune::Kept;

/// How probabilities are estimated. All interpolate with the next shorter n-gram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Method {
    /// Three absolute discounts a length; shorter n-grams by their own counts.
    Absolute,
    /// Kneser-Ney: the same discounts; shorter n-grams by what the longer ones leave to them: the discounts of those that are kept, and the
    /// whole counts of those that are not (Siivola and others 2007).
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

/// What n-grams of one length count as: their occurrences or, for Kneser-Ney, what longer ones leave of these.
struct Statistics {
    raw: Vec<u32>,
    weighted: Vec<f32>,
    discounts: [f64; 4],
    /// Which ones are kept; all, if empty.
    kept: Vec<bool>,
}

impl Statistics {
    fn new(raw: Vec<u32>, weighted: Vec<f32>, kept: Vec<bool>) -> Self {
        let discounts = discounts(&raw);
        Self { raw, weighted, discounts, kept }
    }

    /// How much of n-gram `i` is left to the shorter ones.
    fn lost(&self, i: usize) -> f64 {
        let (r, weighted) = (self.raw[i], f64::from(self.weighted[i]));
        if r == 0 {
            0.0
        } else if self.is_kept(i) {
            weighted * self.discounts[r.min(3) as usize] / f64::from(r)
        } else {
            weighted
        }
    }

    fn is_kept(&self, i: usize) -> bool {
        self.kept.get(i).copied().unwrap_or(true)
    }
}

/// For all n-grams counted, whether they are among those kept, which are numbered without those below the cutoff.
fn kept_of_counted(grams: &Grams, length: usize, cutoff: u32, kept: Option<&Kept>) -> Vec<bool> {
    let mut kept = match kept {
        Some(kept) => kept[length - 1].iter(),
        None => return Vec::new(),
    };
    grams
        .raw
        .iter()
        .map(|&raw| (length < 3 || raw >= cutoff) && kept.next().copied().unwrap_or(false))
        .collect()
}

/// Probabilities of all lengths. N-grams of three and more that occur fewer than `cutoff` times are used in estimation and not returned. What is
/// known to be pruned afterwards leaves its counts to shorter n-grams.
pub(crate) fn estimate(
    counts: &Counts,
    method: Method,
    order: usize,
    cutoff: u32,
    kept: Option<&Kept>,
) -> Result<Vec<Estimated>> {
    let grams = &counts.grams[..order];
    let total: f64 = grams[0].weighted.iter().map(|&w| f64::from(w)).sum();
    let mut statistics: Vec<Statistics> = Vec::new();
    for length in (1..=order).rev() {
        let now = &grams[length - 1];
        let kept = kept_of_counted(now, length, cutoff, kept);
        let next = match statistics.last() {
            Some(longer) if method == Method::KneserNey => left_over(grams, length, longer, kept)?,
            _ => Statistics::new(now.raw.clone(), now.weighted.clone(), kept),
        };
        statistics.push(next);
    }
    statistics.reverse();
    let mut done: Vec<Estimated> = Vec::new();
    // Where n-gram i of the counts stands among the returned ones.
    let mut kept_number: Vec<u32> = Vec::new();
    for length in 1..=order {
        let now = &grams[length - 1];
        let statistics = &statistics[length - 1];
        let (raw, weighted) = (&statistics.raw, &statistics.weighted);
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
                        _ => range.clone().map(|i| statistics.lost(i)).sum::<f64>() / sum.max(1e-9),
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
                            _ => (f64::from(weighted[i]) - statistics.lost(i)) / sum.max(1e-9),
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

/// What the longer n-grams leave to their ends; and after a boundary, which nothing precedes, the occurrences.
fn left_over(grams: &[Grams], length: usize, longer: &Statistics, kept: Vec<bool>) -> Result<Statistics> {
    let (now, keys) = (&grams[length - 1], &grams[length].keys);
    let mut raw = vec![0; now.keys.len()];
    let mut weighted = vec![0.0f64; now.keys.len()];
    let mask = (1u64 << (ID_BITS * length as u32)) - 1;
    for (i, &key) in keys.iter().enumerate() {
        let Some(at) = find(grams, key & mask, length) else { bail!("an n-gram without its end") };
        raw[at] += if longer.is_kept(i) { longer.raw[i].min(1) } else { longer.raw[i] };
        weighted[at] += longer.lost(i);
    }
    for (i, &key) in now.keys.iter().enumerate() {
        if length > 1 && key >> (ID_BITS * (length as u32 - 1)) == u64::from(BOUNDARY) {
            raw[i] = now.raw[i];
            weighted[i] = f64::from(now.weighted[i]);
        }
    }
    Ok(Statistics::new(raw, weighted.into_iter().map(|w| w as f32).collect(), kept))
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
