//! What must hold of every text.
#![allow(clippy::unwrap_used)]

mod common;

use common::config;
use common::sound::{is_plan, is_sound};
use luanma::{Chain, Gaps, Repairer};
use proptest::prelude::*;

/// The sentences of a clean text.
fn sentences(name: &str) -> Vec<String> {
    let lines = common::lines(&[name]);
    lines.iter().flat_map(|line| line.split_inclusive('。')).map(|s| s.trim().to_owned()).collect()
}

/// Pieces of text that damage is made of, and that nothing is.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "[a-zA-Z0-9 ,.<>/]{0,12}",
        3 => "[\u{80}-\u{ff}]{1,12}",
        2 => "[\u{4e00}-\u{9fff}]{1,10}",
        1 => "[\u{300}-\u{36f}]{1,4}",
        1 => "\u{fffd}{1,6}",
        1 => "[\u{e000}-\u{f8ff}\u{f0000}-\u{f0010}]{1,4}",
        1 => "[\u{10000}-\u{2ffff}]{1,4}",
        1 => "\\?{1,8}",
        1 => "[\0-\u{1f}\u{7f}\r\n]{1,4}",
        1 => "[\u{2500}-\u{259f}\u{0400}-\u{04ff}\u{ac00}-\u{ad00}]{1,8}",
        1 => Just("锟斤拷".to_owned()),
        1 => "\\PC{0,6}",
    ]
}

fn odd_text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..6).prop_map(|pieces| pieces.concat())
}

const CHAINS: &[&str] =
    &["utf-8>gbk", "utf-8>latin-1", "utf-8>cp1252", "gbk>latin-1", "gbk>cp1252", "big5>gbk"];

/// A clean sentence, damaged by a chain and then, at times, by what befalls damaged text.
fn damaged() -> impl Strategy<Value = String> {
    let sentences = sentences("zh-hans");
    let holes = prop::collection::vec((any::<prop::sample::Index>(), "[?\u{fffd} ]?"), 0..3);
    (prop::sample::select(sentences), prop::sample::select(CHAINS), holes).prop_map(
        |(sentence, chain, holes)| {
            let chain: Chain = chain.parse().unwrap();
            let mut text: Vec<char> = chain.garble(&sentence).unwrap_or(sentence).chars().collect();
            for (at, mark) in holes {
                let at = at.index(text.len());
                text.splice(at..=at, mark.chars());
                if text.is_empty() {
                    text.push('?');
                }
            }
            text.into_iter().collect()
        },
    )
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn any_text_has_a_sound_report(text in odd_text(), gaps in prop::sample::select(&[Gaps::Infer, Gaps::Mark, Gaps::Refuse][..])) {
        let report = Repairer::builder().gaps(gaps).build().report(&text);
        is_sound(&text, &report);
    }

    #[test]
    fn any_string_has_a_sound_report(text in any::<String>()) {
        is_sound(&text, &luanma::report(&text));
    }

    #[test]
    fn damaged_text_has_a_sound_report(text in damaged()) {
        is_sound(&text, &luanma::report(&text));
    }

    #[test]
    fn every_candidate_is_a_plan(text in damaged()) {
        let text: String = text.chars().take(40).collect();
        for candidate in Repairer::new().candidates(&text) {
            is_plan(&text, &candidate.report);
        }
    }

    /// What has been repaired is left alone.
    #[test]
    fn repairing_twice_changes_nothing_more(text in damaged()) {
        let once = luanma::repair(&text).into_owned();
        prop_assert_eq!(luanma::repair(&once), once.as_str());
    }
}
