//! Which n-grams to keep: those whose loss would change the model most for their bytes (Stolcke 1998).

use rayon::prelude::*;

use super::estimate::Estimated;

/// Bytes that an n-gram takes in the file: its cell, and its part of the cells left empty.
fn bytes(length: usize, order: usize) -> f64 {
    64.0 / (if length == order { 21.0 } else { 16.0 }) / 0.95
}

/// For each length, which n-grams are kept.
pub(crate) type Kept = Vec<Vec<bool>>;

/// Keeps as many n-grams as fit into `budget` bytes: those above a threshold, the ends of all that are kept, and their beginnings.
pub(crate) fn prune(model: &[Estimated], budget: usize) -> Kept {
    let order = model.len();
    // What longer n-grams leave to be done by the shorter ones depends on which are kept; the longest depend on nothing.
    let longest = score(model, order, None);
    let (mut low, mut high) = (1e-14f64.ln(), 1e-2f64.ln());
    let mut best = keep(model, &longest, high);
    for _ in 0..18 {
        let middle = (low + high) / 2.0;
        let kept = keep(model, &longest, middle);
        if size(&kept, order) <= budget as f64 {
            high = middle;
            best = kept;
        } else {
            low = middle;
        }
    }
    best
}

fn size(kept: &Kept, order: usize) -> f64 {
    (2..=order)
        .map(|length| bytes(length, order) * kept[length - 1].iter().filter(|&&k| k).count() as f64)
        .sum()
}

fn keep(model: &[Estimated], longest: &[f32], threshold: f64) -> Kept {
    let order = model.len();
    let mut kept: Kept = vec![Vec::new(); order];
    kept[0] = vec![true; model[0].keys.len()];
    let mut needed: Vec<bool> = Vec::new();
    let mut covered: Vec<f32> = Vec::new();
    for length in (2..=order).rev() {
        let least = (threshold.exp() * bytes(length, order)) as f32;
        let scores;
        let scores = if length == order {
            longest
        } else {
            scores = score(model, length, Some(&covered));
            &scores
        };
        let mut now: Vec<bool> = scores.iter().map(|&score| score >= least).collect();
        for (keep, need) in now.iter_mut().zip(&needed) {
            *keep |= need;
        }
        needed = vec![false; model[length - 2].keys.len()];
        covered = vec![0.0; needed.len()];
        for (i, _) in now.iter().enumerate().filter(|&(_, &keep)| keep) {
            needed[model[length - 1].suffix[i] as usize] = true;
            needed[model[length - 1].context[i] as usize] = true;
            covered[model[length - 1].suffix[i] as usize] += model[length - 1].share[i];
        }
        kept[length - 1] = now;
    }
    kept
}

/// For each n-gram, the relative entropy between the model with it and without it, in nats a position. Positions where a longer n-gram is kept,
/// a share `covered` of all, have no use for it.
fn score(model: &[Estimated], length: usize, covered: Option<&[f32]>) -> Vec<f32> {
    let (now, shorter) = (&model[length - 1], &model[length - 2]);
    let runs = runs(&now.context);
    let parts: Vec<Vec<f32>> = runs
        .par_iter()
        .map(|&(start, end)| {
            let low = |i: usize| f64::from(shorter.p[now.suffix[i] as usize]);
            let high = |i: usize| f64::from(now.p[i]);
            let left: f64 = (1.0 - (start..end).map(high).sum::<f64>()).max(1e-9);
            let left_low: f64 = (1.0 - (start..end).map(low).sum::<f64>()).max(1e-9);
            let share = f64::from(shorter.share[now.context[start] as usize]);
            let backoff = (left / left_low).ln();
            (start..end)
                .map(|i| {
                    let without = ((left + high(i)) / (left_low + low(i))).ln();
                    let used = covered.map_or(1.0, |covered| {
                        1.0 - f64::from(covered[i] / now.share[i].max(f32::MIN_POSITIVE)).min(1.0)
                    });
                    let change =
                        used * high(i) * (low(i).ln() + without - high(i).ln()) + left * (without - backoff);
                    (-share * change) as f32
                })
                .collect()
        })
        .collect();
    parts.concat()
}

/// Runs of equal numbers.
pub(crate) fn runs(numbers: &[u32]) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut start = 0;
    for i in 1..=numbers.len() {
        if i == numbers.len() || numbers[i] != numbers[start] {
            runs.push((start, i));
            start = i;
        }
    }
    runs
}
