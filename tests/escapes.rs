//! Escapes on top of damage: those that spell damage go, all others stay byte for byte.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::sound::is_sound;
use common::{config, corpus};
use luanma::{Chain, Escapes, Repairer};
use proptest::prelude::*;
use toml::{Table, Value};

fn repairer() -> Repairer {
    Repairer::builder().escapes(Escapes::Read).build()
}

#[test]
fn cases() {
    let table: Table = fs::read_to_string(corpus("cases/escapes.toml")).unwrap().parse().unwrap();
    let Some(Value::Array(all)) = table.get("case") else { panic!("no cases") };
    let mut failures = Vec::new();
    for case in all {
        let field = |key: &str| case.get(key).and_then(Value::as_str);
        let (name, text) = (field("name").unwrap(), field("text").unwrap());
        let gold = field("gold").unwrap_or(text);
        let report = repairer().report(text);
        is_sound(text, &report);
        assert_eq!(repairer().repair(&report.text), report.text, "{name}: repaired twice");
        if report.text != gold {
            failures.push(format!("{name}\n  text {text:?}\n  want {gold:?}\n  got  {:?}\n", report.text));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), all.len(), failures.concat());
}

/// A way to escape one character.
type Escape = fn(char) -> String;

fn units(c: char, one: impl Fn(u16) -> String) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|&unit| one(unit)).collect()
}

fn bytes(c: char, one: impl Fn(u8) -> String) -> String {
    c.encode_utf8(&mut [0; 4]).bytes().map(one).collect()
}

const ESCAPES: [Escape; 7] = [
    |c| format!("&#{};", c as u32),
    |c| format!("&#x{:X};", c as u32),
    |c| units(c, |unit| format!("\\u{unit:04x}")),
    |c| format!("\\u{{{:x}}}", c as u32),
    |c| bytes(c, |byte| format!("%{byte:02X}")),
    |c| bytes(c, |byte| format!("\\x{byte:02x}")),
    |c| bytes(c, |byte| format!("\\{byte:03o}")),
];

/// `text` with the characters beyond ASCII escaped, those that `literal` says excepted.
fn escaped(text: &str, escape: Escape, literal: &[bool]) -> String {
    let mut literal = literal.iter().cycle();
    let one = |c: char| {
        if c.is_ascii() || *literal.next().unwrap_or(&false) { c.to_string() } else { escape(c) }
    };
    text.chars().map(one).collect()
}

fn sentences() -> Vec<String> {
    common::lines(&["zh-hans", "zh-hant", "ja", "ko", "ru", "fr", "de", "el", "vi"])
}

proptest! {
    #![proptest_config(config(128))]

    /// Clean text in a page, a record, a link, a string stays as it is, wherever its escapes stand.
    #[test]
    fn clean_text_stays(
        lines in prop::collection::vec(prop::sample::select(sentences()), 1..3),
        escape in prop::sample::select(&ESCAPES[..]),
        literal in prop_oneof![Just(vec![false]), prop::collection::vec(any::<bool>(), 1..9)],
        around in prop::sample::select(&[("<p>", "</p>&nbsp;&copy;"), ("{\"a\": \"", "\", \"\\u00e9\": 1}"),
            ("https://example.com/%E4%B8%AD?q=", "&k=%D6%D0"), ("\"\\xd6\\xd0\" \"", "\\n\\344\\270\\255\""),
            ("/[\\u4e00-\\u9fa5]+ ", "[\\xc0-\\xff]/")][..]),
    ) {
        let text = format!("{}{}{}", around.0, escaped(&lines.concat(), escape, &literal), around.1);
        prop_assert_eq!(repairer().repair(&text), text.as_str());
    }

    /// Damage that is repaired where it is literal is repaired where it is escaped, and what is clean beside it stays.
    #[test]
    fn damage_is_repaired_and_the_rest_stays(
        line in prop::sample::select(sentences()),
        chain in prop::sample::select(&["utf-8>cp1252", "utf-8>latin-1", "utf-8>gbk", "gbk>latin-1", "utf-8>cp1251"][..]),
        escape in prop::sample::select(&ESCAPES[..]),
        literal in prop_oneof![Just(vec![false]), prop::collection::vec(any::<bool>(), 1..9)],
    ) {
        let chain: Chain = chain.parse().unwrap();
        let Some(damaged) = chain.garble(&line) else { return Ok(()) };
        let report = Repairer::new().report(&damaged);
        prop_assume!(report.text == line && report.confidence().get() > 0.9999);
        let before = "[\"caf\\u00e9\", \"%E4%B8%AD &eacute;\"]\n";
        let text = format!("{before}{}", escaped(&damaged, escape, &literal));
        let report = repairer().report(&text);
        is_sound(&text, &report);
        // Characters that are the same before and after keep their escapes.
        let out = report.text.strip_prefix(before).map(str::to_owned);
        let kept = |out: &str| line.chars().all(|c| out.contains(c) || out.contains(&escape(c)));
        prop_assert!(out.as_deref().is_some_and(kept), "{line} {text} {report:?}");
    }

    /// Where nothing is to be read, escapes are ASCII like any other.
    #[test]
    fn escapes_are_left_unless_told(line in prop::sample::select(sentences()), escape in prop::sample::select(&ESCAPES[..])) {
        let damaged = "utf-8>cp1252".parse::<Chain>().unwrap().garble(&line);
        let text = escaped(&damaged.unwrap_or(line), escape, &[false]);
        prop_assert_eq!(Repairer::new().repair(&text), text.as_str());
        prop_assert!(!Repairer::new().is_suspect(&text));
    }

    /// Any text has a sound report, escapes cut anywhere.
    #[test]
    fn any_text_has_a_sound_report(pieces in prop::collection::vec(
        prop::sample::select(&["&aelig;", "&#228;", "&#x", "\\u00e4", "\\ud83d", "\\u{", "}", "\\xE4", "\\xc3\\xa4", "%C3%A4", "%E4",
            "\\344", "\\303\\244", "&", ";", "\\", "%", "é", "文", "Ã¤", "\u{FFFD}", "锟斤拷", "&ndash;&Dagger;", "%5B", "a "][..]), 0..24)
    ) {
        let text = pieces.concat();
        let report = repairer().report(&text);
        is_sound(&text, &report);
        if report.verdict() != luanma::Verdict::Clean {
            prop_assert!(repairer().is_suspect(&text));
        }
    }
}
