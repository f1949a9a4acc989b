//! `cargo dev`: model training, generated tables, calibration, evaluation.

mod tables;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first() {
        Some((command, rest)) if command == "tables" => tables::run(rest),
        _ => anyhow::bail!("usage: cargo dev tables [--mode write|check|dump]"),
    }
}
