//! Many short texts through `repair`, on every core: `cargo run --release -p luanma-fuzz --bin hammer -- SECONDS [SEED]`
//!
//! Random bytes, random characters, clean pieces, damaged pieces under every chain that is searched for, and changes to
//! and joints of those. Each report is checked for soundness; of the texts that were changed, one in sixteen is repaired
//! again. What panics, takes more than a millisecond for each KB begun, or is repaired again is printed.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::ops::AddAssign;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use luanma::garble::{Garbler, LossKind};
use luanma::{Repairer, Scratch};
use luanma_fuzz::is_sound;
use luanma_fuzz::mutate::Rng;

/// What a KB may take.
const SLOW: Duration = Duration::from_millis(1);
/// How often a text that took longer is timed again.
const AGAIN: usize = 3;
/// Damaged pieces made of each chain.
const OF_CHAIN: usize = 60;
/// How much is printed of one kind of finding.
const SHOWN: u64 = 12;

/// What happened.
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

impl AddAssign for Count {
    fn add_assign(&mut self, o: Self) {
        self.inputs += o.inputs;
        self.bytes += o.bytes;
        self.suspect += o.suspect;
        self.changed += o.changed;
        self.again += o.again;
        self.restless += o.restless;
        self.slow += o.slow;
        self.panics += o.panics;
        self.worst = self.worst.max(o.worst);
    }
}

/// What texts are made of.
struct Stock {
    clean: Vec<Vec<char>>,
    damaged: Vec<Vec<char>>,
}

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let Some(seconds) = args.next().and_then(|s| s.parse().ok()) else {
        eprintln!("usage: hammer SECONDS [SEED]");
        return ExitCode::from(2);
    };
    let seed: u64 = args.next().and_then(|s| s.parse().ok()).unwrap_or(1);
    let stock = Stock::new();
    let repairer = Repairer::new();
    println!("{} clean lines, {} damaged pieces, seed {seed}", stock.clean.len(), stock.damaged.len());
    // A panic is told with its input.
    std::panic::set_hook(Box::new(|_| {}));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut sum = Count::default();
    thread::scope(|scope| {
        let all: Vec<_> = (0..threads as u64)
            .map(|k| {
                let (stock, repairer) = (&stock, &repairer);
                let rng = Rng::new(seed * 1000 + k);
                scope.spawn(move || hammer(stock, repairer, rng, Duration::from_secs(seconds)))
            })
            .collect();
        for one in all {
            sum += one.join().unwrap_or_default();
        }
    });
    let Count { inputs, bytes, suspect, changed, again, restless, slow, panics, worst } = sum;
    println!(
        "{inputs} inputs ({bytes} bytes) on {threads} threads in {seconds} s: {suspect} went past the scan, {changed} were changed\n\
         {panics} panics or unsound reports, {slow} slower than 1 ms a KB (the slowest {worst:?}), \
         {restless} of {again} repaired again"
    );
    if panics == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn hammer(stock: &Stock, repairer: &Repairer, mut rng: Rng, time: Duration) -> Count {
    let started = Instant::now();
    let (mut count, mut scratch, mut text) = (Count::default(), Scratch::default(), String::new());
    while started.elapsed() < time {
        for _ in 0..256 {
            stock.make(&mut rng, &mut text);
            count.inputs += 1;
            count.bytes += text.len() as u64;
            if !repairer.is_suspect(&text) {
                let passed = repairer.report_with(&text, &mut scratch);
                count.panics += u64::from(catch_unwind(|| is_sound(&text, &passed)).is_err());
                continue;
            }
            count.suspect += 1;
            let before = Instant::now();
            let result = catch_unwind(AssertUnwindSafe(|| {
                let report = repairer.report_with(&text, &mut scratch);
                let took = before.elapsed();
                is_sound(&text, &report);
                (took, report.text.into_owned())
            }));
            let Ok((took, out)) = result else {
                count.panics += 1;
                scratch = Scratch::default();
                show(count.panics, "panic", &text);
                continue;
            };
            let most = SLOW * u32::try_from(text.len().div_ceil(1024)).unwrap_or(u32::MAX);
            if took > most {
                let best = (0..AGAIN).map(|_| time_of(repairer, &text, &mut scratch)).min().unwrap_or(took);
                count.worst = count.worst.max(best);
                if best > most {
                    count.slow += 1;
                    show(count.slow, &format!("slow {best:?}"), &text);
                }
            }
            if out != text {
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

fn time_of(repairer: &Repairer, text: &str, scratch: &mut Scratch) -> Duration {
    let before = time();
    let _ = repairer.report_with(text, scratch);
    time().saturating_sub(before)
}

/// What this thread has run, where the system tells (other programs do not count); the time of day elsewhere.
fn time() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let run = told.and_then(|told| told.split_whitespace().next()?.parse().ok()).map(Duration::from_nanos);
    run.unwrap_or_else(|| START.elapsed())
}

fn show(number: u64, what: &str, text: &str) {
    if number <= SHOWN {
        println!("{what}: {text:?}");
    }
}

impl Stock {
    fn new() -> Self {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/clean");
        let mut paths: Vec<_> =
            fs::read_dir(directory).into_iter().flatten().flatten().map(|e| e.path()).collect();
        paths.sort();
        let texts: Vec<String> = paths.iter().filter_map(|p| fs::read_to_string(p).ok()).collect();
        let clean: Vec<Vec<char>> = texts
            .iter()
            .flat_map(|t| t.lines())
            .map(|line| line.chars().collect())
            .filter(|line: &Vec<char>| line.len() >= 4)
            .collect();
        let (mut rng, mut damaged) = (Rng::new(7), Vec::new());
        for (chain, _) in luanma::train::chains() {
            let mut made = 0;
            for _ in 0..OF_CHAIN * 8 {
                if made == OF_CHAIN {
                    break;
                }
                let Some(line) = rng.one(&clean) else { break };
                let piece: String = slice(&mut rng, line, 12).iter().collect();
                let mut garbler = Garbler::new(chain).seed(rng.word());
                if rng.below(2) == 0
                    && let Some(loss) = rng.one(LossKind::ALL)
                    && let Ok(losses) = loss.name().parse()
                {
                    garbler = garbler.losses(losses);
                }
                if let Some(one) =
                    garbler.garble(&piece).filter(|one| one.text != piece && !one.text.is_empty())
                {
                    damaged.push(one.text.chars().collect());
                    made += 1;
                }
            }
        }
        Self { clean, damaged }
    }

    /// The next text.
    fn make(&self, rng: &mut Rng, text: &mut String) {
        text.clear();
        match rng.below(16) {
            0..=3 => {
                let bytes: Vec<u8> = (0..=rng.below(16)).map(|_| rng.byte()).collect();
                for chunk in bytes.utf8_chunks() {
                    text.push_str(chunk.valid());
                    text.extend((!chunk.invalid().is_empty()).then_some('\u{FFFD}'));
                }
            }
            4..=9 => self.piece(rng, &self.clean, text),
            10..=12 => self.piece(rng, &self.damaged, text),
            13 => {
                self.piece(rng, &self.clean, text);
                self.piece(rng, &self.damaged, text);
                self.piece(rng, &self.clean, text);
            }
            14 => text.extend((0..=rng.below(8)).map(|_| odd_char(rng))),
            _ => {
                self.piece(rng, &self.damaged, text);
                text.push(odd_char(rng));
                self.piece(rng, &self.damaged, text);
            }
        }
    }

    /// Up to twelve characters of some line, some of them changed.
    fn piece(&self, rng: &mut Rng, of: &[Vec<char>], text: &mut String) {
        let Some(line) = rng.one(of) else { return };
        for &c in slice(rng, line, 12) {
            match rng.below(48) {
                0 => {}
                1 => text.push(odd_char(rng)),
                2 => text.extend([c, c]),
                _ => text.push(c),
            }
        }
    }
}

fn slice<'a>(rng: &mut Rng, line: &'a [char], most: usize) -> &'a [char] {
    let from = rng.below(line.len());
    let to = (from + 1 + rng.below(most)).min(line.len());
    &line[from..to]
}

/// A character that clean text seldom has there.
fn odd_char(rng: &mut Rng) -> char {
    let ranges = [
        0x00..0x80,
        0x80..0x100,
        0x80..0x100,
        0x100..0x600,
        0x300..0x370,
        0x2000..0x2070,
        0x2500..0x2600,
        0x3000..0x3100,
        0x4E00..0xA000,
        0x4E00..0xA000,
        0xAC00..0xD7A4,
        0xE000..0xF900,
        0xFDD0..0xFDF0,
        0xFF00..0x1_0000,
        0x1_0000..0x11_0000,
    ];
    let Some(range) = rng.one(&ranges).cloned() else { return '?' };
    let code = range.start + rng.below((range.end - range.start) as usize) as u32;
    match rng.below(6) {
        0 => '?',
        1 => '\u{FFFD}',
        _ => char::from_u32(code).unwrap_or('\u{FFFD}'),
    }
}
