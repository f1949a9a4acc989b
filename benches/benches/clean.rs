//! Clean text: what the library costs in front of every line of a pipeline, beside what only reads it.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use luanma::Repairer;
use luanma_benches::clean;

const TEXTS: [&str; 7] = ["zh-hans", "zh-hant", "ja", "ko", "ru", "en", "mixed"];

fn main() {
    divan::main();
}

fn run<'t, T>(bencher: Bencher<'_, '_>, text: &'t str, work: impl Fn(&'t str) -> T + Sync) {
    bencher.counter(BytesCount::of_str(text)).bench(|| work(black_box(text)));
}

#[divan::bench(args = TEXTS)]
fn luanma_repair(bencher: Bencher<'_, '_>, name: &str) {
    let text = clean(name);
    let repairer = Repairer::new();
    assert_eq!(repairer.repair(&text), text);
    run(bencher, &text, |text| repairer.repair(text));
}

/// Line by line, as a pipeline does.
#[divan::bench(args = TEXTS)]
fn luanma_repair_lines(bencher: Bencher<'_, '_>, name: &str) {
    let text = clean(name);
    let repairer = Repairer::new();
    run(bencher, &text, |text| text.lines().map(|line| repairer.repair(line).len()).sum::<usize>());
}

#[divan::bench(args = TEXTS)]
fn std_from_utf8(bencher: Bencher<'_, '_>, name: &str) {
    let text = clean(name);
    run(bencher, &text, |text| std::str::from_utf8(text.as_bytes()).is_ok());
}

#[divan::bench(args = TEXTS)]
fn simdutf8_from_utf8(bencher: Bencher<'_, '_>, name: &str) {
    let text = clean(name);
    run(bencher, &text, |text| simdutf8::basic::from_utf8(text.as_bytes()).is_ok());
}

#[divan::bench(args = ["en"])]
fn memchr_nothing(bencher: Bencher<'_, '_>, name: &str) {
    let text = clean(name);
    run(bencher, &text, |text| memchr::memchr(0, text.as_bytes()));
}

#[divan::bench(args = ["zh-hans"])]
fn encoding_rs_decode_gbk(bencher: Bencher<'_, '_>, name: &str) {
    let text = clean(name);
    let (bytes, ..) = encoding_rs::GBK.encode(&text);
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| encoding_rs::GBK.decode(black_box(&bytes)).0.len());
}

/// A tenth of the text: it takes long.
#[divan::bench(args = ["zh-hans", "en"], sample_count = 5)]
fn plsfix_fix_text(bencher: Bencher<'_, '_>, name: &str) {
    let text = clean(name);
    let text = &text[..text.floor_char_boundary(text.len() / 10)];
    run(bencher, text, |text| plsfix::fix_text(text, None));
}
