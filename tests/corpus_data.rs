//! The corpus: that it is well formed, and that what the garbler makes of its sources is what stands in it.
//!
//! `cargo test --features garble --test corpus_data -- --ignored write` makes the generated files anew.
#![cfg(feature = "garble")]
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;

use common::corpus;
use luanma::garble::{Garbler, Losses};
use luanma::{Chain, Codec};
use toml::{Table, Value};

const MADE: &[&str] = &["wild-like", "synthetic", "known-failures"];
const OPEN: char = '⟦';
const CLOSE: char = '⟧';

fn read(name: &str) -> String {
    let text = fs::read_to_string(corpus(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert!(!text.contains('\r') && text.ends_with('\n'), "{name}: lines end in LF");
    text
}

fn entries(name: &str, key: &str) -> Vec<Table> {
    let table: Table = read(name).parse().unwrap_or_else(|e| panic!("{name}: {e}"));
    let Some(Value::Array(all)) = table.get(key) else { return Vec::new() };
    all.iter().map(|v| v.as_table().unwrap_or_else(|| panic!("{name}: not a table")).clone()).collect()
}

fn field<'t>(entry: &'t Table, key: &str) -> &'t str {
    entry.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(entry: &Table, key: &str) -> Option<usize> {
    entry.get(key).and_then(Value::as_integer).and_then(|n| usize::try_from(n).ok())
}

fn garbler(entry: &Table, what: &str) -> Garbler {
    let chain: Chain = field(entry, "chain").parse().unwrap_or_else(|e| panic!("{what}: {e}"));
    let loss = entry.get("loss").and_then(Value::as_str).unwrap_or("none");
    let losses: Losses = loss.parse().unwrap_or_else(|e| panic!("{what}: {e}"));
    let garbler = Garbler::new(chain).losses(losses).seed(number(entry, "seed").unwrap_or(0) as u64);
    match number(entry, "step") {
        Some(step) => garbler.step(step),
        None => garbler,
    }
}

/// A source's text and gold: what stands in ⟦ ⟧ is damaged, the rest is clean.
fn damage(entry: &Table, what: &str) -> (String, String) {
    let garbler = garbler(entry, what);
    let (mut text, mut gold) = (String::new(), String::new());
    for part in field(entry, "source").split_inclusive(CLOSE) {
        let (clean, damaged) = part.split_once(OPEN).unwrap_or((part, ""));
        text.push_str(clean);
        gold.push_str(clean);
        if let Some(damaged) = damaged.strip_suffix(CLOSE) {
            let made = garbler
                .garble(damaged)
                .unwrap_or_else(|| panic!("{what}: the chain cannot damage {damaged}"));
            text.push_str(&made.text);
            gold.push_str(&made.gold(damaged, '\u{fffd}'));
        }
    }
    if let Some(told) = entry.get("gold").and_then(Value::as_str) {
        gold = told.to_owned();
    }
    (text, gold)
}

/// The text that the same source makes when nothing is lost, if it can.
fn damage_without(entry: &Table, what: &str) -> Option<String> {
    let chain: Chain = field(entry, "chain").parse().unwrap_or_else(|e| panic!("{what}: {e}"));
    let mut text = String::new();
    for part in field(entry, "source").split_inclusive(CLOSE) {
        let (clean, damaged) = part.split_once(OPEN).unwrap_or((part, ""));
        text.push_str(clean);
        text.push_str(&chain.garble(damaged.trim_end_matches(CLOSE))?);
    }
    Some(text)
}

/// A TOML string that any editor shows as it is.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        let hidden = c.is_control()
            || matches!(c, '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{3000}')
            || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}');
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if hidden => write!(out, "\\u{:04X}", u32::from(c)).unwrap(),
            c if u32::from(c) >= 0xF_0000 => write!(out, "\\U{:08X}", u32::from(c)).unwrap(),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn make_cases(name: &str) -> String {
    let mut out = format!(
        "# Made from corpus/sources/{name}.toml by\n\
         #   cargo test --features garble --test corpus_data -- --ignored write\n\
         # Do not edit.\n"
    );
    for entry in entries(&format!("sources/{name}.toml"), "case") {
        let what = field(&entry, "name").to_owned();
        write!(out, "\n[[case]]\nname = {}\n", quote(&what)).unwrap();
        if field(&entry, "kind") == "negative" {
            writeln!(out, "kind = \"negative\"\ntext = {}", quote(field(&entry, "text"))).unwrap();
            if !field(&entry, "comment").is_empty() {
                writeln!(out, "comment = {}", quote(field(&entry, "comment"))).unwrap();
            }
            continue;
        }
        let (text, gold) = damage(&entry, &what);
        let class = entry.get("class").and_then(Value::as_str).unwrap_or(name);
        writeln!(out, "class = {}", quote(class)).unwrap();
        writeln!(out, "chain = {}", quote(field(&entry, "chain"))).unwrap();
        // A loss that takes nothing from this text is none.
        let loss = field(&entry, "loss");
        if damage_without(&entry, &what).as_ref() != Some(&text) {
            writeln!(out, "loss = {}", quote(loss)).unwrap();
        }
        writeln!(out, "text = {}\ngold = {}", quote(&text), quote(&gold)).unwrap();
        if !field(&entry, "comment").is_empty() {
            writeln!(out, "comment = {}", quote(field(&entry, "comment"))).unwrap();
        }
    }
    out
}

/// The damaged page and its gold, from the clean page and the recipe that says what happened to which line.
fn make_page() -> (String, String) {
    let clean = read("pages/market.clean.txt");
    let recipe = entries("pages/market.toml", "damage");
    let (mut page, mut gold) = (String::new(), String::new());
    for (number_, line) in clean.lines().enumerate().map(|(i, line)| (i + 1, line)) {
        let mut rest = line;
        for entry in recipe.iter().filter(|e| number(e, "line") == Some(number_)) {
            let what = format!("market.toml, line {number_}");
            let until = field(entry, "until");
            let end = if until.is_empty() { Some(rest.len()) } else { rest.find(until) };
            let (part, after) = rest.split_at(end.unwrap_or_else(|| panic!("{what}: no `{until}` in it")));
            rest = after;
            if field(entry, "chain").is_empty() {
                page.push_str(part);
                gold.push_str(part);
                continue;
            }
            let made = garbler(entry, &what).garble(part).unwrap_or_else(|| panic!("{what}: cannot be made"));
            page.push_str(&made.text);
            gold.push_str(&made.gold(part, '□'));
        }
        for out in [&mut page, &mut gold] {
            out.push_str(rest);
            out.push('\n');
        }
    }
    (page, gold)
}

#[test]
#[ignore = "writes into the corpus"]
fn write() {
    for name in MADE {
        fs::write(corpus(&format!("cases/{name}.toml")), make_cases(name)).unwrap();
    }
    let (page, gold) = make_page();
    fs::write(corpus("pages/market.txt"), page).unwrap();
    fs::write(corpus("pages/market.gold.txt"), gold).unwrap();
}

#[test]
fn made_files_are_up_to_date() {
    for name in MADE {
        assert!(
            read(&format!("cases/{name}.toml")) == make_cases(name),
            "{name}.toml is not what its source makes"
        );
    }
    let (page, gold) = make_page();
    assert!(read("pages/market.txt") == page, "market.txt is not what its recipe makes");
    assert!(read("pages/market.gold.txt") == gold, "market.gold.txt is not what its recipe makes");
}

#[test]
fn cases_are_well_formed() {
    let mut names = HashSet::new();
    let (mut positives, mut negatives) = (0, 0);
    for class in ["wild-like", "synthetic", "negative", "known-failures"] {
        for case in entries(&format!("cases/{class}.toml"), "case") {
            let name = field(&case, "name").to_owned();
            assert!(
                !name.is_empty() && names.insert(name.clone()),
                "{class}: `{name}` is not a name of its own"
            );
            let text = field(&case, "text");
            let gold = case.get("gold").map_or(text, |g| g.as_str().unwrap());
            assert!(!text.is_empty(), "{name}: no text");
            for key in case.keys() {
                let known =
                    ["name", "class", "kind", "chain", "loss", "text", "gold", "comment"].contains(&&**key);
                assert!(known, "{name}: field `{key}`");
            }
            if class == "negative" {
                negatives += 1;
                assert_eq!(text, gold, "{name}");
                assert!(field(&case, "chain").is_empty(), "{name}: what stays has no chain");
            } else if class != "known-failures" {
                positives += 1;
                assert_ne!(text, gold, "{name}");
                assert_eq!(field(&case, "class"), class, "{name}");
                assert!(field(&case, "chain").parse::<Chain>().is_ok(), "{name}: chain");
                assert!(!gold.contains(['□', '\u{10fffd}', OPEN, CLOSE]), "{name}: gaps are U+FFFD");
            }
        }
    }
    assert!(positives >= 60, "{positives} positives");
    assert!(negatives >= 150, "{negatives} negatives");
}

/// Without the garbler: a chain that loses nothing makes the text from the gold, and the gold from the text.
#[test]
fn chains_that_lose_nothing_make_the_text() {
    let mut whole = 0;
    for class in MADE {
        let sources = entries(&format!("sources/{class}.toml"), "case");
        for (case, source) in entries(&format!("cases/{class}.toml"), "case").iter().zip(sources) {
            let name = field(case, "name");
            let source = field(&source, "source");
            if !field(case, "loss").is_empty()
                || !source.starts_with(OPEN)
                || source.find(CLOSE) != Some(source.len() - 3)
            {
                continue;
            }
            whole += 1;
            let chain: Chain = field(case, "chain").parse().unwrap();
            assert_eq!(chain.garble(field(case, "gold")).as_deref(), Some(field(case, "text")), "{name}");
            assert_eq!(chain.undo(field(case, "text")).as_deref(), Some(field(case, "gold")), "{name}");
        }
    }
    assert!(whole >= 20, "{whole} cases are one lossless stretch");
}

#[test]
fn the_page_shows_every_loss() {
    let (page, gold) = (read("pages/market.txt"), read("pages/market.gold.txt"));
    assert_eq!(page.lines().count(), gold.lines().count());
    let clean = page.lines().zip(gold.lines()).filter(|(p, g)| p == g && !p.is_empty()).count();
    assert!(clean >= 30, "{clean} clean lines");
    let long = page
        .lines()
        .zip(gold.lines())
        .filter(|(p, g)| p != g)
        .map(|(p, _)| p)
        .max_by_key(|p| p.len())
        .unwrap();
    assert!(long.chars().count() >= 1200, "{} characters", long.chars().count());
    assert!(
        !long.contains(|c| ('\u{e000}'..='\u{f8ff}').contains(&c) || ('\u{ff01}'..='\u{ff5e}').contains(&c))
    );
    assert!(long.contains('?') && gold.contains('□'));
}

#[test]
fn clean_pages_are_text() {
    let mut bytes = 0;
    for name in ["zh-hans", "zh-hant", "ja", "ko", "ru", "fr", "de", "en", "vi", "el", "mixed"] {
        let text = read(&format!("clean/{name}.txt"));
        assert!(!text.contains('\u{fffd}') && text.len() > 2000, "{name}: {} bytes", text.len());
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{name}: controls");
        bytes += text.len();
    }
    assert!(bytes > 50_000, "{bytes} bytes");
    assert!(Codec::from_label("gbk").is_some());
}
