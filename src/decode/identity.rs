//! What leaving a text alone costs.

use std::ops::Range;

use crate::cost::Cost;
use crate::lm::memo::Memo;
use crate::lm::{Model, State};
use crate::plain;

/// What leaving a text alone costs.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    /// The cost of the first `i` characters.
    pub(crate) prefix: Vec<i64>,
    states: Vec<State>,
}

impl Identity {
    /// Tells `each` of every character and what it costs in its context.
    pub(crate) fn new(
        model: &Model,
        memo: &mut Memo,
        before: State,
        seen: &[char],
        mut each: impl FnMut(char, Cost),
    ) -> Self {
        let mut it =
            Self { prefix: Vec::with_capacity(seen.len() + 1), states: Vec::with_capacity(seen.len() + 1) };
        let (mut total, mut state) = (0, before);
        it.prefix.push(0);
        it.states.push(state);
        let mut costs = Vec::with_capacity(seen.len());
        for &c in seen {
            let (cost, next) = memo.score(model, state, c);
            each(c, cost);
            costs.push(cost);
            state = next;
            it.states.push(state);
        }
        plain::explain(model, before, seen, &mut costs);
        for cost in costs {
            total += i64::from(cost);
            it.prefix.push(total);
        }
        it
    }

    /// The model's state before character `i`.
    pub(crate) fn state(&self, i: usize) -> State {
        self.states[i]
    }

    /// What each character of a range costs.
    pub(crate) fn costs(&self, range: Range<usize>) -> Vec<Cost> {
        let cost = |i: usize| Cost::try_from(self.prefix[i + 1] - self.prefix[i]).unwrap_or(Cost::MAX);
        range.map(cost).collect()
    }
}
