//! Probabilities and what is kept of them → a model file.

use luanma::train::{CLASSES, DIGIT, Entry, FIRST_CHAR, FIRST_CLASS, Parts, class_id};

use super::count::Vocabulary;
use super::estimate::Estimated;
use super::prune::{Kept, runs};

/// Steps of a cost level, in parts of a nat.
const STEPS_PER_NAT: f64 = 16.0;
/// Backoff levels start here: a backoff weight may be above one.
const LEAST_BACKOFF_NATS: f64 = -2.0;
/// Characters in the section of common ones.
const COMMON: usize = 6_000;

fn cost_of_level(level: usize) -> f64 {
    level as f64 / STEPS_PER_NAT
}

/// Level 0 says that no longer n-gram begins here, and costs nothing; the least backoff is level 1.
fn backoff_of_level(level: usize) -> f64 {
    level.checked_sub(1).map_or(0.0, |step| LEAST_BACKOFF_NATS + step as f64 / STEPS_PER_NAT)
}

fn cost_level(nats: f64) -> u8 {
    (nats * STEPS_PER_NAT).round().clamp(0.0, 255.0) as u8
}

fn backoff_level(nats: f64) -> u8 {
    ((nats - LEAST_BACKOFF_NATS) * STEPS_PER_NAT + 1.0).round().clamp(1.0, 255.0) as u8
}

/// Packs the kept n-grams with the backoffs that make up for the rest.
pub(crate) fn pack(model: &[Estimated], kept: &Kept, vocabulary: &Vocabulary, note: String) -> Parts {
    let order = model.len();
    let mut backoffs: Vec<Vec<u8>> = model.iter().map(|m| vec![0; m.keys.len()]).collect();
    for length in 2..=order {
        let (now, shorter) = (&model[length - 1], &model[length - 2]);
        for (start, end) in runs(&now.context) {
            let kept = &kept[length - 1];
            let (mut high, mut low, mut any) = (0.0, 0.0, false);
            for i in (start..end).filter(|&i| kept[i]) {
                high += f64::from(now.p[i]);
                low += f64::from(shorter.p[now.suffix[i] as usize]);
                any = true;
            }
            if any {
                let weight = (1.0 - high).max(1e-6) / (1.0 - low).max(1e-6);
                backoffs[length - 2][now.context[start] as usize] = backoff_level(-weight.ln());
            }
        }
    }
    let mut extra = vec![0u16; usize::from(FIRST_CHAR)];
    let mut unigrams: Vec<(u16, u16)> = model[0]
        .p
        .iter()
        .zip(&backoffs[0])
        .map(|(&p, &backoff)| (short(-f64::from(p).ln()), u16::from(backoff)))
        .collect();
    extra[usize::from(DIGIT)] = short(10f64.ln());
    let sizes = class_sizes(vocabulary);
    for (i, class) in CLASSES.iter().enumerate() {
        let id = usize::from(FIRST_CLASS) + i;
        let beyond = (sizes[id].max(1) as f64).ln().min(class.floor_nats);
        let seen = f64::from(model[0].share[id]) > 0.0;
        let cost = -f64::from(model[0].p[id]).ln();
        // A class that the text does not have costs its floor and no more: that it was cleaned away says nothing of how rare it is.
        let cost = if seen { cost.max(class.floor_nats - beyond) } else { class.floor_nats - beyond };
        extra[id] = short(beyond);
        unigrams[id].0 = short(cost);
    }
    let ngrams = (2..=order)
        .map(|length| {
            let now = &model[length - 1];
            (0..now.keys.len())
                .filter(|&i| kept[length - 1][i])
                .map(|i| Entry {
                    key: now.keys[i],
                    cost: cost_level(-f64::from(now.p[i]).ln()),
                    backoff: backoffs[length - 1][i],
                })
                .collect()
        })
        .collect();
    Parts {
        vocabulary: vocabulary.chars.clone(),
        unigrams,
        extra,
        costs: (0..256).map(|level| signed(cost_of_level(level))).collect(),
        backoffs: (0..256).map(|level| signed(backoff_of_level(level))).collect(),
        ngrams,
        common: vocabulary
            .chars
            .iter()
            .copied()
            .filter(|&c| c <= '\u{FFFF}' && !c.is_control())
            .take(COMMON)
            .collect(),
        unremarkable: vocabulary.unremarkable.clone(),
        pairs: vocabulary.pairs.clone(),
        note,
    }
}

/// How many characters of each class have no identifier of their own.
fn class_sizes(vocabulary: &Vocabulary) -> Vec<u32> {
    let mut sizes = vec![0; usize::from(FIRST_CHAR)];
    for c in '\0'..=char::MAX {
        if vocabulary.id(c) < FIRST_CHAR {
            sizes[usize::from(class_id(c))] += 1;
        }
    }
    sizes
}

fn short(nats: f64) -> u16 {
    (nats * f64::from(luanma::NAT)).round().clamp(0.0, 65535.0) as u16
}

fn signed(nats: f64) -> i16 {
    (nats * f64::from(luanma::NAT)).round().clamp(-32768.0, 32767.0) as i16
}
