//! Raw bytes of unknown codec through the program.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Dir, luanma};
use luanma::Codec;

const TEXT: &str = "灯塔的看守人每晚都写日记。\n";

#[test]
fn bytes_become_utf8_and_are_repaired() {
    let dir = Dir::new();
    dir.put("gbk.txt", Codec::GBK.encode(TEXT).unwrap());
    dir.put("mixed.txt", [Codec::GBK.encode(TEXT).unwrap(), TEXT.into()].concat());
    let ran = dir.run(&["decode", "gbk.txt", "mixed.txt"]);
    assert_eq!((ran.code, ran.text(), ran.err.as_str()), (0, TEXT.repeat(3).as_str(), ""));

    let damaged = "标题：娓″彛鐨勭伅杩樹寒鐫€\n";
    assert_eq!(luanma(&["decode"], damaged).text(), "标题：渡口的灯还亮着\n");
    assert_eq!(luanma(&["decode", "--no-repair"], damaged).text(), damaged);

    let ran = dir.run(&["decode", "-o", "out.txt.gz", "mixed.txt"]);
    assert_eq!((ran.code, ran.out.len()), (0, 0));
    assert_eq!(dir.run(&["decode", "out.txt.gz"]).text(), TEXT.repeat(2));
}

#[test]
fn pieces_are_listed() {
    let bytes = [Codec::GBK.encode(TEXT).unwrap(), TEXT.into(), b"\xff\n".to_vec()].concat();
    let ran = luanma(&["decode", "--list"], &bytes);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.err,
        "luanma: <stdin>: 1 place could not be read and became U+FFFD, the first at byte 67\n"
    );
    let lines: Vec<serde_json::Value> =
        ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let fields = |n: usize| {
        (lines[n]["codec"].as_str().unwrap(), lines[n]["start"].as_u64(), lines[n]["end"].as_u64())
    };
    assert_eq!(fields(0), ("gbk", Some(0), Some(27)));
    assert_eq!(fields(1), ("utf-8", Some(27), Some(69)));
    assert_eq!(lines[1]["undecodable"], serde_json::json!([[67, 68]]));
}

#[test]
fn a_missing_file_is_told_and_the_others_are_read() {
    let dir = Dir::new();
    dir.put("a", "plain\n");
    let ran = dir.run(&["decode", "missing", "a"]);
    assert_eq!((ran.code, ran.text()), (2, "plain\n"));
    assert!(ran.err.starts_with("luanma: missing: "), "{}", ran.err);
}

/// A damaged text as UTF-8, and what it has to become.
const DAMAGED: &str = "娓″彛鐨勭伅杩樹寒鐫€";
const REPAIRED: &str = "渡口的灯还亮着";

fn gbk(text: &str) -> Vec<u8> {
    Codec::GBK.encode(text).unwrap()
}

#[test]
fn every_format_is_decoded_and_repaired() {
    let name = "灯塔的看守人";
    type Content = fn(&str, &str) -> String;
    let formats: [(&str, Content); 5] = [
        ("a.csv", |name, text| format!("姓名,备注\r\n{name},\"每晚,\"\"都写\n日记\"\r\nx,{text}\r\n")),
        ("a.tsv", |name, text| format!("姓名\t备注\n{name}\t{text}\n")),
        ("a.jsonl", |name, text| format!("{{\"姓名\": \"{name}\", \"n\":1.50, \"备注\":[\"{text}\"]}}\n")),
        ("a.json", |name, text| format!("[{{\"姓名\":\"{name}\"}},\n\"{text}\"]")),
        ("a.html", |name, text| format!("<meta charset=big5><p>{name}</p>\n<p>{text}</p>")),
    ];
    for (file, content) in formats {
        let dir = Dir::new();
        // In GBK, and a damaged text in UTF-8.
        let [before, after] = content(name, "@").split('@').map(gbk).collect::<Vec<_>>().try_into().unwrap();
        dir.put(file, [before, DAMAGED.into(), after].concat());
        let ran = dir.run(&["decode", file, "--report", "report.jsonl", "--stats"]);
        assert_eq!((ran.code, ran.text()), (0, content(name, REPAIRED).as_str()), "{file}: {}", ran.err);
        assert!(ran.err.contains(" bytes of gbk"), "{}", ran.err);
        let report = String::from_utf8(dir.get("report.jsonl")).unwrap();
        assert_eq!(report.lines().count(), 1);
        assert!(report.contains(DAMAGED) && report.contains(REPAIRED));
        // The repairs can be undone; what was decoded stays.
        dir.put("out", &ran.out);
        let ran = dir.run(&["revert", "report.jsonl", "out", "--named", file]);
        assert_eq!((ran.code, ran.text()), (0, content(name, DAMAGED).as_str()), "{file}: {}", ran.err);
        let ran = dir.run(&["decode", "--no-repair", file]);
        assert_eq!((ran.code, ran.text()), (0, content(name, DAMAGED).as_str()), "{file}: {}", ran.err);
        let mixed = [gbk(&content(name, "缆绳")), content(name, "缆绳").into_bytes()].concat();
        if file != "a.json" {
            let ran = dir.run_with(&["decode", "-f", "text"], &mixed);
            assert_eq!((ran.code, ran.text()), (0, content(name, "缆绳").repeat(2).as_str()), "{file}");
        }
    }
}

#[test]
fn records_of_archives_are_decoded_one_by_one() {
    let record = |kind: &str, content: &[u8]| {
        let head = format!("WARC/1.0\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", content.len());
        [head.as_bytes(), content, b"\r\n\r\n"].concat()
    };
    let archive = |charset: &str, first: &[u8], second: &str| {
        [
            record(&format!("text/plain; charset={charset}; x=y"), first),
            record("application/octet-stream", b"\xb5\xc6\0"),
            record("text/plain", second.as_bytes()),
        ]
        .concat()
    };
    let dir = Dir::new();
    dir.put("a.warc", archive("GB2312", &gbk(TEXT), DAMAGED));
    let ran = dir.run(&["decode", "a.warc", "--report", "report.jsonl", "--stats=json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out == archive("utf-8", TEXT.as_bytes(), REPAIRED));
    let stats: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(stats["codecs"], serde_json::json!({ "gbk": gbk(TEXT).len(), "utf-8": DAMAGED.len() }));
    assert_eq!(stats["files"][0]["codecs"], stats["codecs"]);
    assert_eq!(dir.get("report.jsonl").iter().filter(|&&b| b == b'\n').count(), 1);
    // What was decoded cannot be undone in an archive, and what cannot be undone stays.
    dir.put("out.warc", &ran.out);
    let ran = dir.run(&["revert", "report.jsonl", "out.warc", "--named", "a.warc", "--in-place"]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.err,
        "luanma: report.jsonl: line 1: a.warc is an archive of which records were decoded, with their lengths and digests: it cannot be reverted\n"
    );
    assert!(dir.get("out.warc") == archive("utf-8", TEXT.as_bytes(), REPAIRED));
    let ran = dir.run(&["decode", "--no-repair", "a.warc"]);
    assert!(ran.out == archive("utf-8", TEXT.as_bytes(), DAMAGED));
    dir.put("bad.warc", record("text/plain", b"plain \xff\n"));
    let ran = dir.run(&["decode", "bad.warc"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "luanma: bad.warc:5: 1 place could not be read and became U+FFFD\n");
}

#[test]
fn a_tree_is_decoded_and_a_run_resumed() {
    let dir = Dir::new();
    std::fs::create_dir_all(dir.path("in/sub")).unwrap();
    dir.put("in/gbk.txt", gbk(TEXT));
    dir.put("in/sub/utf16.txt", Codec::UTF_16LE.encode(TEXT).unwrap());
    dir.put("in/sub/picture", b"\x89PNG\r\n\x1a\n\0\0\xff\n\xb5\xc6\xcb\xfe\n");
    let ran = dir.run(&["decode", "in", "-o", "out", "--stats"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("1 files that are no text"), "{}", ran.err);
    assert_eq!((dir.get("out/gbk.txt"), dir.get("out/sub/utf16.txt")), (TEXT.into(), TEXT.into()));
    assert!(dir.get("out/sub/picture") == dir.get("in/sub/picture"));
    std::fs::remove_file(dir.path("out/sub/utf16.txt")).unwrap();
    dir.put("out/gbk.txt", "was here\n");
    assert_eq!(dir.run(&["decode", "in", "-o", "out", "--resume"]).code, 0);
    assert_eq!((dir.get("out/gbk.txt"), dir.get("out/sub/utf16.txt")), ("was here\n".into(), TEXT.into()));
    assert_eq!(dir.run(&["decode", "in"]).code, 2);
}

/// Longer than any window, in lines and without.
#[test]
fn long_input_is_decoded_in_windows() {
    let line = TEXT.trim_end();
    let odd = format!("{line}和");
    let cases = [
        (Codec::GBK, format!("{TEXT}plain\n").repeat(60_000)),
        (Codec::GBK, line.repeat(60_000)),
        // Not one byte in it is certain to end a character.
        (Codec::GBK, odd.trim_start_matches('灯').replace('。', "").repeat(70_001)),
        (Codec::UTF_8, TEXT.repeat(60_000)),
        (Codec::UTF_16LE, TEXT.repeat(60_000)),
        (Codec::UTF_16BE, format!("😀{line}").repeat(60_001)),
    ];
    for (codec, text) in &cases {
        let bytes = codec.encode(text).unwrap();
        for threads in ["1", "3"] {
            let ran = luanma(&["decode", "--no-repair", "-j", threads], &bytes);
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{codec}");
            assert!(ran.text() == text, "{codec}, {threads} threads");
        }
        let ran = luanma(&["decode", "--list"], &bytes);
        let pieces: Vec<serde_json::Value> =
            ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(pieces.len(), 1, "{codec}: {}", ran.text());
        assert_eq!((&pieces[0]["start"], &pieces[0]["end"]), (&0.into(), &bytes.len().into()));
        assert_eq!(pieces[0]["codec"], codec.name());
    }
}

#[test]
fn input_that_is_cut_short_is_told() {
    let dir = Dir::new();
    dir.put("a.txt", gbk(&TEXT.repeat(3000)));
    let ran = dir.run(&["decode", "--no-repair", "a.txt", "-o", "whole.gz"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let whole = dir.get("whole.gz");
    dir.put("cut.gz", &whole[..whole.len() / 2]);
    let ran = dir.run(&["decode", "cut.gz", "-o", "out.txt"]);
    assert_eq!((ran.code, ran.err.starts_with("luanma: cut.gz: ")), (2, true), "{}", ran.err);
    assert!(!dir.path("out.txt").exists());
}
