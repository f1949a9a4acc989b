//! `check --output sarif`: what SARIF 2.1.0 requires of the objects that are written, and allows in them.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Dir, Ran};
use serde_json::{Map, Value};

/// An object with all of `required` and nothing but these and `optional`: the schema allows no other properties.
#[track_caller]
fn object<'v>(value: &'v Value, required: &[&str], optional: &[&str]) -> &'v Map<String, Value> {
    let object = value.as_object().unwrap();
    for name in required {
        assert!(object.contains_key(*name), "{name} is missing: {value}");
    }
    let known = |name: &str| required.contains(&name) || optional.contains(&name);
    assert!(object.keys().all(|name| known(name)), "{value}");
    object
}

#[track_caller]
fn text(value: &Value) -> &str {
    let text = value.as_str().unwrap();
    assert!(!text.is_empty());
    text
}

/// A reference to a file as RFC 3986 writes one: nothing but what needs no escape, and escapes.
#[track_caller]
fn is_uri(uri: &str) {
    let mut bytes = uri.bytes();
    while let Some(byte) = bytes.next() {
        let escaped = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
        let is_escape = byte == b'%' && escaped(bytes.next()) && escaped(bytes.next());
        assert!(is_escape || byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte), "{uri}");
    }
}

/// The results of a log, each of which is as the standard has it.
fn results(ran: &Ran) -> Vec<Value> {
    let log: Value = serde_json::from_str(ran.text()).unwrap();
    let log = object(&log, &["version", "runs"], &["$schema"]);
    assert_eq!(log["version"], "2.1.0");
    assert!(text(&log["$schema"]).ends_with("sarif-2.1.0.json"));
    let [run] = log["runs"].as_array().unwrap().as_slice() else { panic!("one run") };
    let run = object(run, &["tool", "results"], &["columnKind"]);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &object(&run["tool"], &["driver"], &[])["driver"];
    let driver = object(driver, &["name"], &["version", "rules"]);
    assert_eq!(text(&driver["name"]), "luanma");
    text(&driver["version"]);
    let rules = driver["rules"].as_array().unwrap();
    let ids = rules.iter().map(|rule| {
        let rule = object(rule, &["id"], &["shortDescription"]);
        text(&object(&rule["shortDescription"], &["text"], &[])["text"]);
        text(&rule["id"])
    });
    let ids: Vec<_> = ids.collect();
    let all = run["results"].as_array().unwrap();
    for result in all {
        let result = object(result, &["message"], &["ruleId", "level", "locations"]);
        text(&object(&result["message"], &["text"], &[])["text"]);
        assert!(ids.contains(&text(&result["ruleId"])), "a rule that is told: {result:?}");
        assert!(["none", "note", "warning", "error"].contains(&text(&result["level"])));
        let [location] = result["locations"].as_array().unwrap().as_slice() else { panic!("one place") };
        let place = &object(location, &["physicalLocation"], &[])["physicalLocation"];
        let place = object(place, &["artifactLocation", "region"], &[]);
        is_uri(text(&object(&place["artifactLocation"], &["uri"], &[])["uri"]));
        let region = object(&place["region"], &["startLine", "startColumn"], &["endColumn"]);
        assert!(region.values().all(|number| number.as_u64().unwrap() >= 1), "{region:?}");
        let end = region.get("endColumn").map(|end| end.as_u64() > region["startColumn"].as_u64());
        assert_ne!(end, Some(false), "{region:?}");
    }
    all.clone()
}

#[test]
fn a_log_is_what_the_standard_says() {
    let dir = Dir::new();
    let damaged = "娓″彛鐨勭伅杩樹寒鐫€";
    dir.put("plain.txt", "干净的一行\n");
    dir.put("odd [1] #%é.txt", format!("干净\n  \"{damaged}\"\t{damaged}\n"));
    dir.put("lost.txt", "锟斤拷锟斤拷锟斤拷锟斤拷\n");
    dir.put("a.jsonl", format!("{{\"text\":\"{damaged}\\n\\u0000\"}}\n"));
    dir.put("a.csv", format!("id,text\n1,\"{damaged}\n{damaged}\"\n"));
    let check = |files: &[&str]| dir.run(&[&["check", "--output", "sarif"], files].concat());
    let none = check(&["plain.txt"]);
    assert_eq!((none.code, results(&none).len()), (0, 0));
    let all = check(&["plain.txt", "odd [1] #%é.txt", "lost.txt", "a.jsonl", "a.csv"]);
    assert_eq!((all.code, all.err.as_str()), (1, ""));
    let all = results(&all);
    let count = |rule: &str| all.iter().filter(|result| result["ruleId"] == rule).count();
    assert!(count("repaired") + count("lossy") >= 4 && count("unrepaired") == 1, "{all:?}");
    let stdin = dir.run_with(&["check", "--output", "sarif"], damaged.as_bytes());
    assert_eq!(results(&stdin).len(), 1);
}
