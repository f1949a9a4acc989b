//! Damaged text, from one short string to a long line.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use luanma::{Repairer, Scratch};
use luanma_benches::damaged;

/// Bytes of the damaged texts.
const SIZE: usize = 1 << 17;

fn main() {
    divan::main();
}

fn run(bencher: Bencher<'_, '_>, text: &str) {
    let repairer = Repairer::new();
    bencher
        .counter(BytesCount::of_str(text))
        .with_inputs(Scratch::default)
        .bench_local_refs(|scratch| repairer.report_with(black_box(text), scratch).repairs.len());
}

#[divan::bench(sample_count = 10)]
fn sparse_one_line_in_1000(bencher: Bencher<'_, '_>) {
    run(bencher, &damaged("utf-8>gbk", "windows", 1000, SIZE * 16));
}

#[divan::bench(args = ["utf-8>gbk", "utf-8>cp1252", "gbk>latin-1", "big5>gbk"], sample_count = 10)]
fn dense_lossless(bencher: Bencher<'_, '_>, chain: &str) {
    run(bencher, &damaged(chain, "none", 1, SIZE));
}

#[divan::bench(args = ["whatwg", "windows", "ignore"], sample_count = 5)]
fn dense_lossy(bencher: Bencher<'_, '_>, losses: &str) {
    run(bencher, &damaged("utf-8>gbk", losses, 1, SIZE / 8));
}

#[divan::bench(sample_count = 10)]
fn one_page(bencher: Bencher<'_, '_>) {
    run(bencher, include_str!("../../corpus/pages/market.txt"));
}

/// What [`Repairer`] keeps from string to string is kept.
#[divan::bench(args = ["浣犲ソ涓栫晫鏂囧瓧", "浣犲ソ涓栫晫鏂囧瓧涔辩", "ÎÒÃÇ½ñÌìºÜºÃ"], sample_count = 50)]
fn one_string(bencher: Bencher<'_, '_>, text: &str) {
    let repairer = Repairer::new();
    let mut scratch = Scratch::default();
    assert_ne!(repairer.report_with(text, &mut scratch).text, text);
    bencher.bench_local(|| repairer.report_with(black_box(text), &mut scratch).repairs.len());
}

/// 1, 4 and 16 times as long in one line: the rate must not fall.
#[divan::bench(args = [1, 4, 16], sample_count = 3)]
fn one_line(bencher: Bencher<'_, '_>, times: usize) {
    let line = damaged("utf-8>gbk", "none", 1, SIZE / 4 * times).replace('\n', "锛");
    run(bencher, &line);
}

#[divan::bench(args = ["zh-hans"], sample_count = 3)]
fn plsfix_fix_text(bencher: Bencher<'_, '_>, _: &str) {
    let text = damaged("utf-8>cp1252", "none", 1, SIZE / 16);
    bencher.counter(BytesCount::of_str(&text)).bench(|| plsfix::fix_text(black_box(&text), None).len());
}
