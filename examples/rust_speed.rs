//! What the library alone takes for a file of texts, one a line: what `crates/luanma-python/scripts/measure.py` holds the Python
//! package to. It stands here because the extension's own dependencies would take minutes to build.
//!
//! `cargo run --release --package luanma --example rust_speed -- FILE THREADS ROUNDS` prints seconds, the best round.

use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = || args.next().ok_or("FILE THREADS ROUNDS");
    let (file, threads, rounds) = (next()?, next()?.parse::<usize>()?, next()?.parse::<usize>()?);
    let content = std::fs::read_to_string(file)?;
    let texts: Vec<&str> = content.lines().collect();
    let repairer = luanma::Repairer::new();
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let begun = Instant::now();
        let changed: usize = std::thread::scope(|scope| {
            let work = |part: &[&str]| part.iter().filter(|text| repairer.repair(text) != **text).count();
            let parts = texts.chunks(texts.len().div_ceil(threads).max(1));
            let workers: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
            workers.into_iter().map(|worker| worker.join().unwrap_or(0)).sum()
        });
        best = best.min(begun.elapsed().as_secs_f64());
        std::hint::black_box(changed);
    }
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{best}")?;
    Ok(())
}
