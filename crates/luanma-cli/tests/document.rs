//! JSON documents: only what is repaired is written anew, and a long array is a stream.

mod common;

use common::{Dir, GARBLE, luanma, unchanged};
use proptest::prelude::*;

const JSON: &[&str] = &["-f", "json"];
const ALL: &[&str] = &["fix", "-f", "json", "--all-columns"];

#[track_caller]
fn garble(args: &[&str], input: &str) -> String {
    common::garble(&[JSON, args].concat(), input)
}

#[test]
fn documents_stay_as_they_are_written() {
    for text in [
        "",
        "\n",
        "\u{feff}{}",
        "[]",
        " [ ] \r\n",
        "null",
        "\"文\\u5b57\"",
        "1.0E+2 -0\n\"x\" [1] {}[]",
        "{\n  \"b\": 1.50,\n  \"a\": [\"文字\", {\"x\\u0020\": null}]\n}\n",
        "[{\"text\":\"\\ud800\"},\r\n\t[[\"x\"]] , 1e400]",
    ] {
        unchanged(ALL, text);
    }
    unchanged(&["fix", "-f", "json"], "[{\"text\":\"文字\"}, {\"text\":null}]\n{\"text\":[\"a\"]}");
}

#[test]
fn only_the_columns_change() {
    assert_eq!(
        garble(
            &[],
            "[ {\"text\": \"文字\", \"x\": \"文字\"},\n {\"x\":[],\"text\":[\"a\",\"文\\u5b57\"]} ]\n"
        ),
        "[ {\"text\": \"鏂囧瓧\", \"x\": \"文字\"},\n {\"x\":[],\"text\":[\"a\",\"鏂囧瓧\"]} ]\n"
    );
    assert_eq!(
        garble(
            &["-c", "a.b"],
            "{\"a\": [{\"b\": \"文字\"}, {\"b\": null, \"c\": \"文字\"}], \"b\": \"文字\"}"
        ),
        "{\"a\": [{\"b\": \"鏂囧瓧\"}, {\"b\": null, \"c\": \"文字\"}], \"b\": \"文字\"}"
    );
    assert_eq!(
        garble(
            &["--all-columns"],
            "{\"文字\":\"文字\",\"a\":[\"文字\",[{\"b\":\"\\u6587\\u5b57\"}]]} \"文字\"\n"
        ),
        "{\"文字\":\"鏂囧瓧\",\"a\":[\"鏂囧瓧\",[{\"b\":\"\\u93c2\\u56e7\\u74e7\"}]]} \"鏂囧瓧\"\n"
    );
    let ran = luanma(
        &["garble", "--chain", "utf-8>gbk", "-f", "jsonl", "--all-columns"],
        "{\"a\":{\"b\":\"文字\"}}\n",
    );
    assert_eq!(ran.text(), "{\"a\":{\"b\":\"鏂囧瓧\"}}\n");
}

#[test]
fn what_is_no_json_is_told_and_passes_and_the_rest_is_worked_on() {
    let cases: &[(&str, &[&str])] = &[
        ("[\n \"文字\",\n tru,\n \"文字\"]", &["3: not JSON: expected a value (character 2)"]),
        ("[\"文字\" \"文字\"]", &["1: not JSON: expected `,` or `]` (character 7)"]),
        ("[\"文字\",]", &["1: not JSON: expected a value (character 7)"]),
        ("[\"文字\"", &["1: not JSON: the array has no end (character 6)"]),
        ("[{\"a\" 1, \"b\":[\"x]\"]}, \"文字\"]", &["1: not JSON: expected `:` (character 7)"]),
        (
            "[\"x\n\",\"文字\"]",
            &[
                "1: not JSON: control character in a string (character 4)",
                "2: not JSON: the array has no end (character 8)",
            ],
        ),
        ("{\"a\":\n", &["2: not JSON: expected a value (character 1)"]),
        ("nonsense\n\"文字\"", &["1: not JSON: expected a value (character 1)"]),
        ("]", &["1: not JSON: expected a value (character 1)"]),
    ];
    for (input, messages) in cases {
        let ran = luanma(&[GARBLE, JSON, &["--all-columns"]].concat(), input);
        let told: Vec<_> = messages.iter().map(|m| format!("luanma: <stdin>:{m}")).collect();
        let lines: Vec<_> = ran.err.lines().take(told.len()).collect();
        assert_eq!((ran.code, lines), (2, told.iter().map(String::as_str).collect()), "{input}");
        assert_eq!(ran.text().replace("鏂囧瓧", "文字"), *input);
        if !input.starts_with("[\"x") {
            assert_eq!(ran.text(), input.replace("文字", "鏂囧瓧"), "{input}");
        }
    }
    let ran = luanma(ALL, b"[\"\xff\", \"a\"]");
    assert_eq!((ran.code, ran.err.as_str()), (2, "luanma: <stdin>:1: not UTF-8\n"));
    let ran = luanma(&["fix", "-f", "json"], "[\n{\"a\":1},\n{\"text\":1}]");
    assert_eq!(
        ran.err,
        "luanma: <stdin>:2: no column `text`\nluanma: <stdin>:3: column `text` is not a string\n"
    );
}

#[test]
fn a_long_array_is_cut_between_its_elements() {
    let long = "x".repeat(900_000);
    let element = |n: usize, text: &str| match n % 4 {
        0 => format!("{{\"id\":{n},\"text\":[\"{text}\",\"]}},[\\\"\"]}}"),
        1 => format!("{{\"a\\\\\":[[],{{}}],\n\"text\" : \"{text}\"}}"),
        2 if n % 10_000 == 2 => format!("{{\"text\":\"{long}\"}}"),
        _ => "{\"text\":null}".to_owned(),
    };
    let array = |text: &str| {
        let elements: Vec<_> = (0..30_000).map(|n| element(n, text)).collect();
        format!("[{}]\n {}", elements.join(" ,\n"), elements.join("\n"))
    };
    for threads in ["1", "3"] {
        assert!(garble(&["-j", threads], &array("文字")) == array("鏂囧瓧"), "{threads} threads");
    }
    let line = array("文字").replace('\n', " ");
    assert!(garble(&[], &line) == array("鏂囧瓧").replace('\n', " "));
    let open = &line[..line.find(']').unwrap()];
    let ran = luanma(&["fix", "-f", "json"], open);
    assert_eq!((ran.code, ran.text() == open), (2, true));
}

#[test]
fn findings_have_line_record_and_path() {
    let dir = Dir::new();
    let clean = "昨天他们去商店买东西，我给他写信";
    let damaged = common::garble(&[], clean);
    let text = format!("[{{}},\n{{\"a\":\n [\"x\", {{\"b\": \"文{damaged}\"}}]}}]\n");
    dir.put("a.json", &text);
    let ran = dir.run(&["fix", "a.json", "-a", "--report", "report.jsonl"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.text(), text.replace(&damaged, clean));
    let line: serde_json::Value = serde_json::from_slice(&dir.get("report.jsonl")).unwrap();
    assert_eq!((&line["line"], &line["record"], &line["start"]), (&3.into(), &2.into(), &1.into()));
    assert_eq!(line["column"], "a.b[1]");
    let ran = dir.run(&["check", "a.json", "-a"]);
    assert!(ran.text().starts_with("a.json:3:16: utf-8>gbk repaired "), "{}", ran.text());
    let ran = dir.run(&["fix", "a.json", "-a", "--annotate", "found"]);
    let value: serde_json::Value = serde_json::from_str(ran.text()).unwrap();
    assert_eq!(value[0], serde_json::json!({}));
    assert_eq!(value[1]["found"]["repairs"][0]["column"], "a.b[1]");
}

/// A document with odd spacing, numbers and escapes, in which 文字 is nowhere but in values.
fn document() -> impl Strategy<Value = String> {
    let space = prop_oneof![6 => Just(""), 1 => Just(" "), 1 => Just("\t\n"), 1 => Just("\r\n  ")];
    let piece = prop_oneof![
        3 => "[a-z ,:]{0,5}",
        2 => Just("文字".to_owned()),
        1 => prop::sample::select(vec![r"\n", r"\\", r#"\""#, r"\/", r"\u0000", r"\u003C", "[", "]", "{", "}", r"\b\f"])
            .prop_map(str::to_owned),
    ];
    let string = prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()));
    let key = prop_oneof![Just("\"text\"".to_owned()), "\"[a-z]{0,2}(\\\\n|\\\\\")?\""];
    common::json(string, key, space)
}

proptest! {
    #![proptest_config(common::config(96))]

    /// Documents come out byte for byte, and damage changes exactly the values.
    #[test]
    fn any_documents_pass(
        documents in prop::collection::vec(document(), 0..6),
        between in prop::sample::select(vec!["\n", "\r\n\r\n", " ", "\t"]),
        ended in any::<bool>(),
        bom in any::<bool>(),
        repeat in prop_oneof![4 => Just(1usize), 1 => 1..3000usize],
    ) {
        let mut input = if bom { "\u{feff}".to_owned() } else { String::new() };
        input.push_str(&vec![documents.join(between); repeat].join(between));
        if ended {
            input.push_str(between);
        }
        let ran = luanma(ALL, &input);
        prop_assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        prop_assert!(ran.text() == input, "{:?} became {:?}", input, ran.text());
        // `garble` writes a whole string anew, and these otherwise.
        if input.contains("\\/") || input.contains("u003C") {
            return Ok(());
        }
        let ran = luanma(&[GARBLE, JSON, &["--all-columns"]].concat(), &input);
        prop_assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        prop_assert!(ran.text() == input.replace("文字", "鏂囧瓧"), "{:?} became {:?}", input, ran.text());
    }
}
