//! Work on many texts at once.
//!
//! Threads are started for a call and end with it. A pool that outlives the call would be gone in a forked process, which
//! Python's users have many of, and the first call there would wait for ever.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Texts are scanned in runs of about this many bytes: some 50 µs each, about what it costs to start a thread.
pub(crate) const RUN_BYTES: usize = 64 * 1024;

/// As many threads as asked for; all that the machine has, where nothing is asked.
pub(crate) fn threads(asked: Option<NonZero<usize>>) -> usize {
    asked.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZero::get)
}

/// `work` on each item, on `threads` threads, each with a state of its own; results in the order of the items.
pub(crate) fn map<T, S, R>(items: &[T], threads: usize, work: impl Fn(&mut S, &T) -> R + Sync) -> Vec<R>
where
    T: Sync,
    S: Default,
    R: Send,
{
    let threads = threads.min(items.len());
    if threads < 2 {
        let mut state = S::default();
        return items.iter().map(|item| work(&mut state, item)).collect();
    }
    let next = AtomicUsize::new(0);
    let one = || {
        let mut state = S::default();
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            done.push((at, work(&mut state, item)));
        }
        done
    };
    let mut all: Vec<(usize, R)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(one)).collect();
        let mut all = one();
        for other in others {
            match other.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_unstable_by_key(|&(at, _)| at);
    all.into_iter().map(|(_, result)| result).collect()
}
