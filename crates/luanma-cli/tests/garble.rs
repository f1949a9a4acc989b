//! Damage, and with it every way in which changed text is written.

mod common;

use common::{Dir, GARBLE, garble, luanma};

#[test]
fn lines_are_damaged() {
    assert_eq!(garble(&[], "文字文件\r\nplain\n\n文字"), "鏂囧瓧鏂囦欢\r\nplain\n\n鏂囧瓧");
    assert_eq!(garble(&["--loss", "windows"], "在3月24日\n"), "鍦?鏈?4鏃?\n");
    assert_eq!(garble(&["--loss", "windows", "--loss", "strip+collapse"], "在3月24日\n"), "鍦?鏈?4鏃?\n");
    let ran = luanma(GARBLE, "文\nplain\n");
    assert_eq!((ran.code, ran.text()), (2, "文\nplain\n"));
    assert_eq!(ran.err, "luanma: <stdin>:1: the chain has no such damage for this text\n");
    assert_eq!(luanma(&[GARBLE, &["--loss", "windows+whatwg"]].concat(), "").code, 2);
    assert_eq!(luanma(&[GARBLE, &["--loss", "nonsense"]].concat(), "").code, 2);
}

#[test]
fn the_same_seed_makes_the_same_damage() {
    let text = "这里有一些文字，可以在任何地方切断。\n".repeat(20);
    let cut = |seed: &str| garble(&["--loss", "whatwg+cut-start+cut-end", "--seed", seed], &text);
    assert_eq!(cut("1"), cut("1"));
    assert_ne!(cut("1"), cut("2"));
}

#[test]
fn only_the_strings_of_a_column_are_written_anew_and_in_their_style() {
    let jsonl = |input: &str| garble(&["-f", "jsonl"], input);
    assert_eq!(
        jsonl("{ \"n\":1.0, \"text\" : \"文字\" ,\"x\":\"文字\\/\"}\r\n{\"text\":\"a\\/b\"}"),
        "{ \"n\":1.0, \"text\" : \"鏂囧瓧\" ,\"x\":\"文字\\/\"}\r\n{\"text\":\"a\\/b\"}"
    );
    assert_eq!(jsonl(r#"{"text":"\u6587\u5B57\n"}"#), r#"{"text":"\u93C2\u56E7\u74E7\n"}"#);
    assert_eq!(jsonl(r#"{"text":"\u6587\u5b57"}"#), r#"{"text":"\u93c2\u56e7\u74e7"}"#);
    assert_eq!(jsonl(r#"{"text":"文\u5b57\t\""}"#), r#"{"text":"鏂囧瓧\t\""}"#);
    assert_eq!(jsonl(r#"{"text":["文字",null,"文字"]}"#), r#"{"text":["鏂囧瓧",null,"鏂囧瓧"]}"#);
    assert_eq!(jsonl("\u{feff}{\"text\":\"文字\"}"), "\u{feff}{\"text\":\"鏂囧瓧\"}");
    assert_eq!(
        garble(&["-f", "jsonl", "-c", "a.b"], r#"{"a":[{"b":"文字"}],"b":"文字"}"#),
        r#"{"a":[{"b":"鏂囧瓧"}],"b":"文字"}"#
    );
    assert_eq!(jsonl("{\"text\":\"文字\",\"text\":\"文字\"}"), "{\"text\":\"鏂囧瓧\",\"text\":\"鏂囧瓧\"}");
    // What is no text stays.
    assert_eq!(jsonl("{\"text\":[\"文字\",\"\\ud800\"]}\n"), "{\"text\":[\"鏂囧瓧\",\"\\ud800\"]}\n");
    let ran = luanma(&[GARBLE, &["-f", "jsonl"]].concat(), "{\"text\":[\"文字\",\"文\"]}\n");
    assert_eq!((ran.code, ran.text()), (2, "{\"text\":[\"文字\",\"文\"]}\n"));
}

#[test]
fn neither_threads_nor_compression_change_the_output() {
    let dir = Dir::new();
    let lines: String = (0..15_000)
        .map(|n| {
            format!(
                "{{\"id\":{n},\"name\":\"plain\",\"text\":\"第{n:06}号文件，{}\"}}\n",
                "word ".repeat(n % 50)
            )
        })
        .collect();
    dir.put("a.jsonl", &lines);
    let one = dir.run(&[GARBLE, &["a.jsonl", "-j", "1", "--loss", "ignore"]].concat());
    assert_eq!((one.code, one.err.as_str()), (0, ""));
    assert_eq!(one.text().lines().count(), 15_000);
    for threads in ["2", "3", "16"] {
        let many = dir.run(&[GARBLE, &["a.jsonl", "-j", threads, "--loss", "ignore"]].concat());
        assert!(one.out == many.out, "{threads} threads");
    }
    let fed = dir.run_with(&[GARBLE, &["-f", "jsonl", "--loss", "ignore"]].concat(), lines.as_bytes());
    assert!(one.out == fed.out);
    assert_eq!(dir.run(&[GARBLE, &["a.jsonl", "--loss", "ignore", "-o", "b.jsonl.zst"]].concat()).code, 0);
    let read = dir.run(&["fix", "-c", "name", "b.jsonl.zst"]);
    assert_eq!((read.code, read.out == one.out), (0, true));
}
