//! How sure a restored character is: its rivals weighed in their context, left and right.

use crate::codec::{Codec, Pattern};
use crate::cost::NAT;
use crate::decode::{Event, Said};
use crate::fitting::Fitting;
use crate::judge::exp_minus;
use crate::lm::{Model, State};

/// Rivals reported.
const REPORTED: usize = 5;
/// Characters after it that its choice bears upon.
const AHEAD: usize = 3;

/// The characters that fit `pattern` at `said[k]`, with their probabilities given everything around, likeliest
/// first. `before` is the model's state there.
pub(crate) fn alternatives(
    model: &Model,
    fitting: &mut Fitting,
    codec: Codec,
    pattern: &Pattern,
    before: State,
    said: &[Said],
    k: usize,
) -> Vec<(char, f64)> {
    let ahead = || said[k + 1..].iter().take(AHEAD).map(|s| s.event);
    let mut all: Vec<(i64, char)> = Vec::new();
    let mut weigh = |c: char| {
        let (cost, mut state) = model.score(before, c);
        let mut total = i64::from(cost);
        for event in ahead() {
            let (Event::Char(c) | Event::Lossy(c, ..) | Event::Gap(_, _, Some(c))) = event else { break };
            let (cost, next) = model.score(state, c);
            total += i64::from(cost);
            state = next;
        }
        all.push((total, c));
    };
    for &c in fitting.of(model, codec, pattern) {
        weigh(c);
    }
    all.sort_unstable();
    let Some(&(best, _)) = all.first() else { return Vec::new() };
    let weight = |cost: i64| exp_minus((cost - best) as f64 / f64::from(NAT));
    let sum: f64 = all.iter().map(|(cost, _)| weight(*cost)).sum();
    all.iter().take(REPORTED).map(|&(cost, c)| (c, weight(cost) / sum)).collect()
}
