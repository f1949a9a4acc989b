//! Scores of the library on the project's own corpus, held against those committed in `corpus/scores.json`.
//!
//! `cargo test --features garble --test scores -- --ignored write` writes them anew. A score may get better; one
//! that falls fails the test, and to commit it is to say why.
#![cfg(feature = "garble")]
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;

use common::corpus;
use luanma::Repairer;
use luanma::garble::Garbler;
use toml::{Table, Value};

/// Languages, and the chains that their text is damaged by.
const CHAINS: &[(&str, &[&str])] = &[
    (
        "zh-hans",
        &[
            "utf-8>gbk",
            "utf-8>latin-1",
            "utf-8>cp1252",
            "utf-8>shift_jis",
            "utf-8>euc-kr",
            "gbk>latin-1",
            "gbk>cp437",
            "gbk>big5",
            "gbk>euc-kr",
            "gbk>latin-1,utf-8>latin-1",
        ],
    ),
    ("zh-hant", &["utf-8>gbk", "utf-8>cp1252", "big5>gbk", "big5>latin-1"]),
    ("ja", &["utf-8>gbk", "utf-8>cp1252", "shift_jis>gbk", "shift_jis>latin-1"]),
    ("ko", &["utf-8>cp1252", "euc-kr>gbk", "euc-kr>latin-1"]),
    ("ru", &["utf-8>cp1251", "utf-8>cp1252", "cp1251>latin-1"]),
    ("fr", &["utf-8>latin-1", "utf-8>gbk"]),
];
/// Losses that the chain into GBK may have.
const LOSSES: [&str; 4] = ["none", "whatwg", "windows", "ignore"];
/// Characters of a damaged piece.
const SIZES: [usize; 2] = [6, 24];

/// How many texts there are, how many come out as they should, and how many come out as something else again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Score {
    texts: usize,
    exact: usize,
    wrong: usize,
}

fn read(name: &str) -> String {
    fs::read_to_string(corpus(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Pairs of a text and what it should become, in groups.
fn samples() -> BTreeMap<String, Vec<(String, String)>> {
    let mut all: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for file in ["wild-like", "synthetic", "negative", "known-failures"] {
        let table: Table = read(&format!("cases/{file}.toml")).parse().unwrap();
        let field = |case: &Value, key: &str| case.get(key).and_then(Value::as_str).map(str::to_owned);
        for case in table["case"].as_array().unwrap() {
            let text = field(case, "text").unwrap();
            let gold = field(case, "gold").unwrap_or_else(|| text.clone());
            all.entry(format!("cases {file}")).or_default().push((text, gold));
        }
    }
    for entry in fs::read_dir(corpus("clean")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let lines = read(&format!("clean/{name}"));
        let group = format!("clean {}", name.trim_end_matches(".txt"));
        all.insert(group, lines.lines().map(|l| (l.to_owned(), l.to_owned())).collect());
    }
    for (language, chains) in CHAINS {
        let text = read(&format!("clean/{language}.txt"));
        for chain in *chains {
            for loss in if chain.starts_with("utf-8>gbk") { &LOSSES[..] } else { &LOSSES[..1] } {
                let garbler = Garbler::new(chain.parse().unwrap()).losses(loss.parse().unwrap());
                let pieces = text.lines().enumerate().filter_map(|(k, l)| piece(l, SIZES[k % SIZES.len()]));
                let made = pieces.filter_map(|p| {
                    let made = garbler.garble(&p)?;
                    (made.text != p).then(|| (made.text.clone(), made.gold(&p, '\u{FFFD}')))
                });
                all.insert(format!("{language} {chain} {loss}"), made.collect());
            }
        }
    }
    all
}

/// The first `size` characters of a line that has more of them.
fn piece(line: &str, size: usize) -> Option<String> {
    let piece: String = line.chars().take(size).collect();
    (piece.chars().count() == size && piece.trim() == piece).then_some(piece)
}

fn scores() -> BTreeMap<String, Score> {
    let repairer = Repairer::new();
    let score = |pairs: Vec<(String, String)>| {
        let mut score = Score { texts: pairs.len(), ..Score::default() };
        for (text, gold) in pairs {
            let out = repairer.repair(&text);
            score.exact += usize::from(out == gold);
            score.wrong += usize::from(out != gold && out != text);
        }
        score
    };
    samples().into_iter().map(|(name, pairs)| (name, score(pairs))).collect()
}

fn print(scores: &BTreeMap<String, Score>) -> String {
    let row = |(name, s): (&String, &Score)| {
        format!("  \"{name}\": {{ \"texts\": {}, \"exact\": {}, \"wrong\": {} }}", s.texts, s.exact, s.wrong)
    };
    format!("{{\n{}\n}}\n", scores.iter().map(row).collect::<Vec<_>>().join(",\n"))
}

/// One row a line, as [`print`] writes them.
fn parse(json: &str) -> BTreeMap<String, Score> {
    let row = |line: &str| {
        let (name, rest) = line.trim().strip_prefix('"')?.split_once("\":")?;
        let numbers: Vec<usize> =
            rest.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
        let [texts, exact, wrong] = numbers[..] else { return None };
        Some((name.to_owned(), Score { texts, exact, wrong }))
    };
    json.lines().filter_map(row).collect()
}

#[test]
fn no_score_falls() {
    let (now, committed) = (scores(), parse(&read("scores.json")));
    assert_eq!(parse(&print(&now)), now, "what is written is what is read");
    let names = |s: &BTreeMap<String, Score>| s.iter().map(|(n, s)| (n.clone(), s.texts)).collect::<Vec<_>>();
    assert_eq!(names(&now), names(&committed), "other texts than scores.json knows: write it anew");
    let worse: Vec<_> = now
        .iter()
        .map(|(name, now)| (name, now, committed[name]))
        .filter(|(_, now, then)| now.exact < then.exact || now.wrong > then.wrong)
        .collect();
    assert!(worse.is_empty(), "worse than corpus/scores.json: {worse:#?}");
}

#[test]
#[ignore = "writes corpus/scores.json"]
fn write() {
    fs::write(corpus("scores.json"), print(&scores())).unwrap();
}
