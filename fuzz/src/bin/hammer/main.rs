//! Many texts through `repair`: `cargo run --release -p luanma-fuzz --bin hammer -- SECONDS [SEED]`
//!
//! Each of [`stock::KINDS`] has the same time, so that there are many of those that the scan refuses and fewer, by some
//! thousand times, of those that are weighed. One thread; the same seed makes the same texts of a kind, as many of them as
//! the time suffices for. Each report is checked for soundness, and of the texts that were changed one in sixteen is repaired
//! again. What panics, takes more than a millisecond of this thread's time for each KB begun, or is repaired again is printed.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod stock;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use luanma::{Repairer, Scratch};
use luanma_fuzz::is_sound;
use luanma_fuzz::mutate::Rng;
use stock::{KINDS, Stock};

/// What a KB may take.
const SLOW: Duration = Duration::from_millis(1);
/// How often a text that took longer is timed again.
const AGAIN: usize = 3;
/// How much is printed of one finding, for each kind.
const SHOWN: u64 = 6;

/// What happened to texts of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    inputs: u64,
    bytes: u64,
    suspect: u64,
    changed: u64,
    again: u64,
    restless: u64,
    slow: u64,
    panics: u64,
    worst: Duration,
}

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let Some(seconds) = args.next().and_then(|s| s.parse().ok()) else {
        eprintln!("usage: hammer SECONDS [SEED]");
        return ExitCode::from(2);
    };
    let seed: u64 = args.next().and_then(|s| s.parse().ok()).unwrap_or(1);
    let (stock, repairer, mut sum) = (Stock::new(), Repairer::new(), Count::default());
    // A panic is told with its input.
    std::panic::set_hook(Box::new(|_| {}));
    println!(
        "kind: texts, bytes, past the scan, changed, repaired again of how many, slow (the slowest), panics or unsound"
    );
    let time = Duration::from_secs(seconds) / KINDS.len() as u32;
    for kind in &KINDS {
        let mut rng = Rng::new(seed);
        let c = hammer(&repairer, time, |text| (kind.make)(&stock, &mut rng, text));
        print(kind.name, &c);
        sum.inputs += c.inputs;
        sum.bytes += c.bytes;
        sum.suspect += c.suspect;
        sum.changed += c.changed;
        sum.again += c.again;
        sum.restless += c.restless;
        sum.slow += c.slow;
        sum.panics += c.panics;
        sum.worst = sum.worst.max(c.worst);
    }
    print(&format!("hammer {seconds} {seed}"), &sum);
    if sum.panics == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print(name: &str, count: &Count) {
    let Count { inputs, bytes, suspect, changed, again, restless, slow, panics, worst } = count;
    println!(
        "{name}: {inputs}, {bytes}, {suspect}, {changed}, {restless} of {again}, {slow} ({worst:?}), {panics}"
    );
}

fn hammer(repairer: &Repairer, time: Duration, mut make: impl FnMut(&mut String)) -> Count {
    let (mut count, mut scratch, mut text) = (Count::default(), Scratch::default(), String::new());
    let started = Instant::now();
    while started.elapsed() < time {
        for _ in 0..256 {
            text.clear();
            make(&mut text);
            count.inputs += 1;
            count.bytes += text.len() as u64;
            let result = catch_unwind(AssertUnwindSafe(|| {
                let before = Instant::now();
                let report = repairer.report_with(&text, &mut scratch);
                let took = before.elapsed();
                is_sound(&text, &report);
                let changed = (report.text != text).then(|| report.text.into_owned());
                (took, changed, repairer.is_suspect(&text))
            }));
            let Ok((took, changed, suspect)) = result else {
                count.panics += 1;
                scratch = Scratch::default();
                show(count.panics, "panic", &text);
                continue;
            };
            count.suspect += u64::from(suspect);
            let most = SLOW * u32::try_from(text.len().div_ceil(1024).max(1)).unwrap_or(u32::MAX);
            if took > most {
                let best = (0..AGAIN).map(|_| time_of(repairer, &text, &mut scratch)).min().unwrap_or(took);
                if best > most {
                    count.slow += 1;
                    count.worst = count.worst.max(best);
                    show(count.slow, &format!("slow {best:?}"), &text);
                }
            }
            if let Some(out) = changed {
                count.changed += 1;
                if count.changed % 16 == 0 {
                    count.again += 1;
                    if repairer.report_with(&out, &mut scratch).text != out {
                        count.restless += 1;
                        show(count.restless, "restless", &text);
                    }
                }
            }
        }
    }
    count
}

fn show(number: u64, what: &str, text: &str) {
    if number <= SHOWN {
        println!("{what}: {text:?}");
    }
}

fn time_of(repairer: &Repairer, text: &str, scratch: &mut Scratch) -> Duration {
    let before = time();
    let _ = repairer.report_with(text, scratch);
    time().saturating_sub(before)
}

/// What this thread has run, where the system tells (other programs do not count); the time of day elsewhere.
fn time() -> Duration {
    #[cfg(unix)]
    {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::try_from(now).unwrap_or_default()
    }
    #[cfg(not(unix))]
    {
        static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
        START.elapsed()
    }
}
