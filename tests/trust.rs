//! What others may rely on: whatever stands beside a text, and whoever looks at it, the answer is the same.
#![cfg(feature = "garble")]
#![allow(clippy::unwrap_used)]

mod common;

use std::borrow::Cow;
use std::fs;
use std::thread;

use common::{clean, config, corpus};
use luanma::{Repairer, Scratch};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use toml::{Table, Value};

/// A field of every case of these files; empty where a case does not have it.
fn fields(files: &[&str], name: &str) -> Vec<String> {
    let mut all = Vec::new();
    for file in files {
        let table: Table =
            fs::read_to_string(corpus(&format!("cases/{file}.toml"))).unwrap().parse().unwrap();
        let cases = table["case"].as_array().unwrap();
        let field = |case: &Value| case.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        all.extend(cases.iter().map(field));
    }
    assert!(all.len() > 100);
    all
}

/// The texts of every case of the corpus.
fn cases() -> Vec<String> {
    fields(&["wild-like", "synthetic", "negative", "known-failures"], "text")
}

/// Damage that is repaired where it stands alone, and what it becomes.
fn repaired() -> Vec<(String, String)> {
    let files = ["wild-like", "synthetic"];
    fields(&files, "text").into_iter().zip(fields(&files, "gold")).collect()
}

/// Some lines of a clean text around its `at`-th, before it and from it on.
fn around(page: &str, at: usize) -> (String, String) {
    const LINES: usize = 8;
    let lines: Vec<&str> = page.split_inclusive('\n').collect();
    let at = at % lines.len();
    (lines[at.saturating_sub(LINES)..at].concat(), lines[at..(at + LINES).min(lines.len())].concat())
}

#[test]
fn clean_documents_are_borrowed() {
    for (name, text) in clean() {
        let report = luanma::report(&text);
        assert!(matches!(report.text, Cow::Borrowed(_)), "{name}: {:?}", report.repairs);
    }
}

#[test]
fn clean_text_stays_whatever_its_normalisation() {
    use unicode_normalization::UnicodeNormalization;
    for (name, text) in clean() {
        for form in [text.nfc().collect::<String>(), text.nfd().collect()] {
            let report = luanma::report(&form);
            assert!(matches!(report.text, Cow::Borrowed(_)), "{name}: {:?}", report.repairs);
        }
    }
}

#[test]
fn what_was_looked_at_before_changes_nothing() {
    let (repairer, mut scratch) = (Repairer::new(), Scratch::default());
    for text in cases() {
        assert_eq!(repairer.report_with(&text, &mut scratch), repairer.report(&text), "{text:?}");
    }
}

#[test]
fn threads_change_nothing() {
    let (repairer, texts) = (Repairer::new(), cases().into_iter().step_by(4).collect::<Vec<_>>());
    let all = || {
        let mut scratch = Scratch::default();
        let outs: Vec<String> =
            texts.iter().map(|t| repairer.report_with(t, &mut scratch).text.into_owned()).collect();
        outs
    };
    let alone = all();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(all)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), alone);
        }
    });
}

#[test]
fn cases_are_at_rest_when_repaired() {
    for text in cases() {
        let once = luanma::repair(&text).into_owned();
        assert_eq!(luanma::repair(&once), once, "from {text:?}");
    }
}

/// A line of damage among clean lines comes out the same, wherever it stands.
#[test]
fn place_in_a_clean_document_changes_nothing() {
    let (_, page) = clean().into_iter().find(|(name, _)| name == "zh-hans").unwrap();
    let lines: Vec<&str> = page.lines().collect();
    for (damaged, gold) in [
        ("浠婂勾鐨勬熆瀛愮啛寰楁棭", "今年的柿子熟得早"),
        ("Ð—Ð°Ð²Ñ‚Ñ€Ð° Ð±ÑƒÐ´ÐµÑ‚ Ð´Ð¾Ð¶Ð´ÑŒ", "Завтра будет дождь"),
        ("DÃ©jÃ\u{a0} vu Ã\u{a0} OrlÃ©ans", "Déjà vu à Orléans"),
    ] {
        assert_eq!(luanma::repair(damaged), gold);
        for at in (0..=lines.len()).step_by(4) {
            let with = |line: &str| [&lines[..at], &[line], &lines[at..]].concat().join("\n");
            assert_eq!(luanma::repair(&with(damaged)), with(gold), "{damaged} before line {at}");
        }
    }
}

proptest! {
    #![proptest_config(config(96))]

    /// Damage anywhere in a line of a clean page changes no other line.
    #[test]
    fn damage_changes_no_other_line(
        (damaged, _) in select(repaired()),
        (_, page) in select(clean()),
        (line, place) in any::<(Index, Index)>(),
    ) {
        let (before, after) = around(&page, line.index(page.len()));
        let first = after.lines().next().unwrap_or_default();
        let border = first.char_indices().map(|(at, _)| at).chain([first.len()]).collect::<Vec<_>>();
        let (start, end) = first.split_at(*place.get(&border));
        let rest = &after[first.len()..];
        let out = luanma::repair(&[&before, start, &damaged, end, rest].concat()).into_owned();
        prop_assert!(out.starts_with(&before) && out.ends_with(rest), "{out}");
    }
}

/// Of a hundred cases, those that must come out as they do alone where each stands as a line of a clean page of one of these
/// languages: 99 do.
const SAME: usize = 98;
const PAGES: [&str; 3] = ["zh-hans", "en", "ru"];

/// The others are short, or of two steps, in a page of other letters: KNOWN_PROBLEMS.md.
#[test]
fn a_case_among_clean_lines_comes_out_as_it_does_alone() {
    let (repairer, mut scratch) = (Repairer::new(), Scratch::default());
    let (mut same, mut all) = (0, 0);
    for (name, page) in clean().into_iter().filter(|(name, _)| PAGES.contains(&name.as_str())) {
        for (k, (damaged, gold)) in repaired().into_iter().enumerate() {
            let (before, after) = around(&page, 7 * k);
            let with = |line: &str| [&before, line, "\n", &after].concat();
            all += 1;
            let is_same = repairer.report_with(&with(&damaged), &mut scratch).text == with(&gold);
            same += usize::from(is_same);
            if !is_same {
                println!("{name}: {damaged:?}");
            }
        }
    }
    println!("{same} of {all}");
    assert!(100 * same >= SAME * all, "{same} of {all}");
}

/// One accented letter of UTF-8 read as two bytes a character comes back where words of ASCII stand around it; one Hanzi beside other
/// Hanzi, or in an entry of a dictionary, stays.
#[test]
fn one_accented_letter_comes_back_and_one_hanzi_stays() {
    for (damaged, repaired) in [
        ("Nouveau menu du caf茅 de la gare", "Nouveau menu du café de la gare"),
        ("lista de n煤meros.txt", "lista de números.txt"),
        ("Bitte den Schalter dr체cken, dann warten", "Bitte den Schalter drücken, dann warten"),
    ] {
        assert_eq!(luanma::repair(damaged), repaired);
    }
    for clean in [
        "[laughs] @tobyne猫 is late again",
        "㹥 (same as 猫) a small wild cat; kept by farmers",
        "mao 猫 毛 冒 mei 没 每 美",
        "一个app没有, 用python写的",
    ] {
        assert_eq!(luanma::repair(clean), clean);
    }
}
