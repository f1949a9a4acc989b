//! JSON lines: what is not repaired is written byte for byte, and what cannot be worked on is told.

mod common;

use common::{Dir, luanma, unchanged};
use proptest::prelude::*;

const FIX: &[&str] = &["fix", "-f", "jsonl", "-c", "text", "-"];

#[test]
fn records_stay_as_they_are_written() {
    for text in [
        "",
        "\n",
        "\r\n \t\n",
        "{\"text\":\"a\"}",
        "{\"text\":\"a\"}\r\n{\"text\":null}\n\n{\"text\":\"\"}",
        "\u{feff}{\"text\":\"a\"}\n",
        " { \"n\" : 1.0E+2 , \"text\" : \"\\u4e2d\\/\\ud83d\\uDE00\\n\" , \"m\" : -0 , \"n\" : 1e400 } \n",
        "{\"z\":[1,2.50,{\"a\":null}],\"text\":\"文\\u5B57\",\"a\":123456789012345678901234567890}\n",
        "{\"text\":\"\\ud800 lone\"}\n{\"text\":\"\\udc00\\ud800\"}\n",
        "{\"text\":[\"a\",\"b\",null,[\"c\"]],\"x\":NaN,\"y\":-Infinity}\n",
        "{\"text\":\"a\",\"text\":\"b\",\"te\\u0078t\":\"c\"}\n",
        "{\"text\":\"\u{7f}\u{2028}\u{10ffff}\"}\n",
    ] {
        unchanged(FIX, text);
    }
}

#[test]
fn bad_records_are_told_and_pass() {
    let input = b"{\"text\":\"a\"}\nnot json\n{\"text\":\n{\"other\":1}\n{\"text\":1}\n{\"text\":{}}\n[1]\n{\"text\":\"\xff\"}\n{\"text\":\"b\"}";
    let ran = luanma(FIX, input);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.out, input);
    assert_eq!(
        ran.err.lines().collect::<Vec<_>>(),
        [
            "luanma: <stdin>:2: not JSON: expected a value (character 1)",
            "luanma: <stdin>:3: not JSON: expected a value (character 9)",
            "luanma: <stdin>:4: no column `text`",
            "luanma: <stdin>:5: column `text` is not a string",
            "luanma: <stdin>:6: column `text` is not a string",
            "luanma: <stdin>:7: no column `text`",
            "luanma: <stdin>:8: not UTF-8",
        ]
    );
}

#[test]
fn many_bad_records_are_counted() {
    let dir = Dir::new();
    dir.put("a.jsonl", "{\"text\":\"fine\"}\n".repeat(50_000) + &"bad\n".repeat(100_000));
    for threads in ["1", "5"] {
        let ran = dir.run(&["fix", "a.jsonl", "-j", threads]);
        assert_eq!((ran.code, ran.out == dir.get("a.jsonl")), (2, true));
        let lines: Vec<_> = ran.err.lines().collect();
        assert_eq!(lines.len(), 21);
        assert!(lines[0].starts_with("luanma: a.jsonl:50001: not JSON"));
        assert!(lines[19].starts_with("luanma: a.jsonl:50020: not JSON"));
        assert_eq!(lines[20], "luanma: a.jsonl: 99980 more records could not be worked on");
    }
}

#[test]
fn a_column_may_be_missing_null_or_deep() {
    let fix = |columns: &[&str], input: &str| {
        let mut args = vec!["fix", "-f", "jsonl"];
        for column in columns {
            args.extend(["-c", column]);
        }
        let ran = luanma(&args, input);
        assert_eq!(ran.text(), input);
        ran.err.trim_end().to_owned()
    };
    assert_eq!(fix(&["a.b", "c"], r#"{"a":{"b":"x"},"c":["y"]}"#), "");
    assert_eq!(fix(&["a.b"], r#"{"a":null}"#), "");
    assert_eq!(fix(&["a.b"], r#"{"a":[{"b":"x"},{"b":null}]}"#), "");
    assert_eq!(fix(&["a.b"], r#"{"a.b":"x"}"#), "");
    assert_eq!(fix(&["a.b"], r#"{"a":"x"}"#), "luanma: <stdin>:1: no column `a.b`");
    assert_eq!(fix(&["a", "b"], r#"{"a":"x"}"#), "luanma: <stdin>:1: no column `b`");
    assert_eq!(fix(&["a", "a"], r#"{"a":[1]}"#), "luanma: <stdin>:1: column `a` is not a string");
}

#[test]
fn a_record_longer_than_any_buffer_passes() {
    let long =
        format!("{{\"x\":\"{}\",\"text\":\"{}\"}}\n", "漢".repeat(3_000_000), "word \\n ".repeat(1_000_000));
    let input = format!("{{\"text\":\"a\"}}\n{long}{{\"text\":\"b\"}}\n{long}{long}");
    for threads in ["1", "4"] {
        unchanged(&["fix", "-f", "jsonl", "-j", threads], &input);
    }
}

/// JSON with odd spacing, numbers and escapes.
fn json() -> impl Strategy<Value = String> {
    let space = prop_oneof![8 => Just(""), 1 => Just(" "), 1 => Just("\t "), 1 => Just("\r")];
    let piece = prop_oneof![
        4 => "[a-z ]{0,5}",
        2 => "[é文字漢😀\u{7f}\u{80}\u{e000}\u{2028}/]{0,3}",
        1 => prop::sample::select(vec![
            r"\n", r"\\", r#"\""#, r"\/", r"\u0000", r"\u00e9", r"\u4E2D", r"\ud83d\ude00", r"\ud800", r"\udfff", r"\b\f\r\t",
        ]).prop_map(str::to_owned),
    ];
    let string = prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()));
    let key = prop_oneof![Just("\"text\"".to_owned()), Just("\"a\"".to_owned()), string.clone()];
    common::json(string, key, space)
}

proptest! {
    #![proptest_config(common::config(64))]

    #[test]
    fn any_json_passes(
        records in prop::collection::vec(json(), 0..20),
        columns in prop::sample::subsequence(vec!["text", "a", "text.a", "a.text.a"], 1..4),
        crlf in any::<bool>(),
        ended in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut input = records.join(end);
        if ended {
            input.push_str(end);
        }
        let mut args = vec!["fix", "-f", "jsonl", "--annotate", "found"];
        for column in &columns {
            args.extend(["-c", column]);
        }
        let ran = luanma(&args, &input);
        prop_assert_eq!(ran.text(), &input);
        prop_assert!(!ran.err.contains("not JSON"), "{}", ran.err);
    }
}
