//! The corpus through the library: what must be repaired, and what must stay.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use luanma::{Repairer, Scratch};
use toml::{Table, Value};

/// At most so many edits separate the repaired page from its gold.
const PAGE_EDITS: usize = 40;

fn read(name: &str) -> String {
    fs::read_to_string(common::corpus(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

struct Case {
    name: String,
    text: String,
    gold: String,
}

fn cases(file: &str) -> Vec<Case> {
    let table: Table = read(&format!("cases/{file}.toml")).parse().unwrap_or_else(|e| panic!("{file}: {e}"));
    let Some(Value::Array(all)) = table.get("case") else { return Vec::new() };
    let field = |case: &Value, key: &str| case.get(key).and_then(Value::as_str).map(str::to_owned);
    all.iter()
        .map(|case| {
            let text = field(case, "text").unwrap();
            // What must stay has no gold.
            let gold = field(case, "gold").unwrap_or_else(|| text.clone());
            Case { name: field(case, "name").unwrap(), text, gold }
        })
        .collect()
}

/// The cases of a file that do not come out as their gold, each with what came out instead.
fn failures(cases: &[Case]) -> Vec<(&Case, String)> {
    let (repairer, mut scratch) = (Repairer::new(), Scratch::default());
    let outs =
        cases.iter().map(|case| (case, repairer.report_with(&case.text, &mut scratch).text.into_owned()));
    outs.filter(|(case, out)| *out != case.gold).collect()
}

#[track_caller]
fn all_pass(file: &str) {
    let cases = cases(file);
    assert!(!cases.is_empty());
    let failures = failures(&cases);
    let list: String = failures
        .iter()
        .map(|(case, got)| {
            format!("{}\n  text {:?}\n  want {:?}\n  got  {got:?}\n", case.name, case.text, case.gold)
        })
        .collect();
    assert!(failures.is_empty(), "{} of {} in {file}:\n{list}", failures.len(), cases.len());
}

#[test]
fn wild_like_damage_is_repaired() {
    all_pass("wild-like");
}

#[test]
fn every_chain_and_loss_is_repaired() {
    all_pass("synthetic");
}

#[test]
fn odd_but_clean_text_stays() {
    all_pass("negative");
}

/// Strict: what passes is no known failure any more, and goes back to where it came from.
#[test]
fn known_failures_still_fail() {
    let known = cases("known-failures");
    let failing: Vec<&str> = failures(&known).iter().map(|(case, _)| case.name.as_str()).collect();
    let passing: Vec<&str> =
        known.iter().map(|case| case.name.as_str()).filter(|name| !failing.contains(name)).collect();
    assert!(passing.is_empty(), "these pass: {passing:#?}");
}

/// Characters to put in, take out or replace to make `b` of `a`.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[test]
fn a_damaged_page_comes_near_its_gold() {
    let (text, gold) = (read("pages/market.txt"), read("pages/market.gold.txt"));
    let clean = read("pages/market.clean.txt");
    let repairer = Repairer::builder().gap_char('□').build();
    let out = repairer.repair(&text);
    let lines = || text.lines().zip(gold.lines()).zip(out.lines());
    assert_eq!(out.lines().count(), gold.lines().count(), "no line break comes or goes");
    for ((line, gold), out) in lines().filter(|((line, _), _)| clean.lines().any(|l| l == *line)) {
        assert_eq!(line, gold);
        assert_eq!(line, out, "a clean line has changed");
    }
    let edits: usize = lines().map(|((_, gold), out)| edits(out, gold)).sum();
    println!("{edits} edits from the gold");
    for ((_, gold), out) in lines().filter(|((_, gold), out)| gold != out) {
        println!("  want {gold}\n  got  {out}");
    }
    assert!(edits <= PAGE_EDITS, "{edits} edits from the gold, not {PAGE_EDITS}");
}
