//! Every chain that is searched for and every kind of loss, there and back.
#![cfg(all(feature = "garble", feature = "train"))]
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::LazyLock;

use common::config;
use common::sound::is_sound;
use luanma::garble::{Garbler, LossKind, Losses};
use luanma::{Chain, Verdict};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Texts of each script that chains have a codec for.
const LANGUAGES: &[&str] = &["zh-hans", "zh-hant", "ja", "ko", "ru", "el", "fr", "de", "vi"];

/// The beginnings of their lines.
static LINES: LazyLock<Vec<String>> =
    LazyLock::new(|| common::lines(LANGUAGES).iter().map(|line| line.chars().take(24).collect()).collect());

static CHAINS: LazyLock<Vec<Chain>> =
    LazyLock::new(|| luanma::train::chains().into_iter().map(|(chain, _)| chain).collect());

/// A clean line damaged by one or two misreadings with losses, and the losses.
fn damaged() -> impl Strategy<Value = String> {
    let losses = subsequence(LossKind::ALL, 0..3);
    (select(&**LINES), prop::collection::vec(select(&**CHAINS), 1..3), losses, any::<u64>()).prop_filter_map(
        "the chain cannot damage it so",
        |(line, chains, kinds, seed)| {
            let chain = chains.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let garbler = Garbler::new(chain.parse().ok()?).losses(Losses::new(&kinds).ok()?).seed(seed);
            let text = garbler.garble(&line)?.text;
            (text != line).then_some(text)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..config(96) })]

    /// However a text was damaged, its report is sound, and its repair is at rest.
    #[test]
    fn any_damage_has_a_sound_report_and_is_at_rest_when_repaired(text in damaged()) {
        let report = luanma::report(&text);
        is_sound(&text, &report);
        let again = luanma::report(&report.text);
        prop_assert_eq!(&again.text, &report.text, "from {:?}", text);
    }
}

/// So many lines came out whole when this was written, of 411; the others are too short for their chain, or it is too rare.
const RIGHT: usize = 140;
/// Chains whose line says something else: strict known failures, of which there is none.
const WRONG: [&str; 0] = [];

#[test]
fn what_lost_nothing_is_right_or_stays() {
    let (mut right, mut wrong) = (0, Vec::new());
    for chain in CHAINS.iter() {
        let lines = LINES.iter().filter(|line| line.chars().count() >= 12);
        let damaged = lines.filter_map(|line| Some((line, chain.garble(line)?)));
        let lossless =
            damaged.filter(|(line, text)| *line != text && chain.undo(text).as_ref() == Some(line));
        let Some((line, text)) = lossless.step_by(5).next() else { continue };
        let report = luanma::report(&text);
        right += usize::from(report.text == line.as_str());
        // Where a part stays, all that is said is said by the line.
        let done = report.repairs.iter().filter(|repair| repair.verdict != Verdict::Unrepaired);
        if !done.clone().all(|repair| line.contains(&repair.text)) {
            wrong.push((chain.to_string(), line, report.text.into_owned()));
        }
    }
    let chains: Vec<&str> = wrong.iter().map(|(chain, ..)| &**chain).collect();
    assert_eq!(chains, WRONG, "{wrong:#?}");
    assert!(right >= RIGHT, "{right}");
}

/// What is embedded as a line of its own in a clean page comes out as it does alone.
#[test]
fn a_line_in_a_clean_page_comes_out_as_alone() {
    let page = common::lines(&["zh-hans"]);
    let (mut repaired, mut other) = (0, String::new());
    let chains = [
        "utf-8>gbk",
        "utf-8>latin-1",
        "utf-8>cp1252",
        "utf-8>cp1251",
        "utf-8>shift_jis",
        "gbk>latin-1",
        "gbk>cp1252",
    ];
    for (n, chain) in chains.iter().enumerate() {
        let chain: Chain = chain.parse().unwrap();
        let lines = page.iter().enumerate().skip(n).step_by(18);
        for (k, line) in lines.filter(|(_, line)| line.chars().count() >= 8) {
            let Some(damaged) = chain.garble(line) else { continue };
            let alone = luanma::repair(&damaged);
            repaired += usize::from(alone == line.as_str());
            let at = (k * 31 + n * 7) % page.len();
            let with = |line: &str| [&page[..at], &[line.to_owned()], &page[at..]].concat().join("\n");
            if luanma::repair(&with(&damaged)) != with(&alone) {
                other += &format!("{chain} at {at}: {damaged}\n  {alone}\n");
            }
        }
    }
    assert!(repaired >= 12, "{repaired}");
    assert!(other.is_empty(), "{other}");
}
