//! Work on many texts at once.
//!
//! The thread that called works as well, and asks between texts whether the user wants it to end (Ctrl-C): a column of damage can
//! take minutes.
//!
//! Threads are started for a call and end with it. A pool that outlives the call would be gone in a forked process, which
//! Python's users have many of, and the first call there would wait for ever.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Texts are scanned in runs of about this many bytes: some 50 µs each, about what it costs to start a thread.
pub(crate) const RUN_BYTES: usize = 64 * 1024;

/// How often it is asked for: what a user does not notice, and a hundred-thousandth of the work.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// As many threads as asked for; all that the machine has, where nothing is asked.
pub(crate) fn threads(asked: Option<i64>) -> PyResult<usize> {
    match asked.map(usize::try_from) {
        None => Ok(thread::available_parallelism().map_or(1, usize::from)),
        Some(Ok(threads)) if threads > 0 => Ok(threads),
        Some(_) => Err(PyValueError::new_err("threads must be 1 or more")),
    }
}

/// `work` on each item, on `threads` threads, each with a state of its own; results in the order of the items. Fails only where a
/// handler of signals has raised an exception. To be called without the interpreter's lock.
pub(crate) fn map<T, S, R>(
    items: &[T],
    threads: usize,
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> PyResult<Vec<R>>
where
    T: Sync,
    S: Default,
    R: Send,
{
    let next = AtomicUsize::new(0);
    let mut asked = Instant::now();
    let ask = || {
        if asked.elapsed() < ASK_EVERY {
            return Ok(());
        }
        asked = Instant::now();
        Python::attach(|py| py.check_signals())
    };
    let mut all = thread::scope(|scope| {
        let others = 1..threads.min(items.len());
        let others: Vec<_> = others.map(|_| scope.spawn(|| share(items, &next, &work, || Ok(())))).collect();
        let mut all = share(items, &next, &work, ask);
        for other in others {
            match other.join() {
                Ok(done) => {
                    if let Ok(all) = &mut all {
                        all.extend(done?);
                    }
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    })?;
    all.sort_unstable_by_key(|&(at, _)| at);
    Ok(all.into_iter().map(|(_, result)| result).collect())
}

/// The part of one thread, each result with its place: takes items until none is left, or until `go_on` fails, and then leaves none
/// to the others.
fn share<T, S: Default, R>(
    items: &[T],
    next: &AtomicUsize,
    work: &impl Fn(&mut S, &T) -> R,
    mut go_on: impl FnMut() -> PyResult<()>,
) -> PyResult<Vec<(usize, R)>> {
    let mut state = S::default();
    let mut done = Vec::new();
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(item) = items.get(at) else { return Ok(done) };
        done.push((at, work(&mut state, item)));
        if let Err(raised) = go_on() {
            next.store(items.len(), Ordering::Relaxed);
            return Err(raised);
        }
    }
}
