//! What happens to text that is repaired. Needs a library that repairs UTF-8 read as GBK.

mod common;

use common::{Dir, Ran, luanma};

/// A clean text, chosen so that its UTF-8 read as GBK loses nothing.
const CLEAN: &str = "昨天他们去商店买东西，我给他写信";

fn garbled(text: &str) -> String {
    let ran = luanma(&["garble", "--chain", "utf-8>gbk", "--loss", "none"], text);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{text}");
    assert_ne!(ran.text(), text);
    ran.text().to_owned()
}

/// It damaged, and as it was.
fn sentence() -> (String, String) {
    (garbled(CLEAN), CLEAN.to_owned())
}

fn fix(args: &[&str], input: &str) -> Ran {
    let ran = luanma(&[&["fix"], args].concat(), input);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
    ran
}

#[test]
fn the_sign_of_the_house_is_repaired() {
    assert_eq!(fix(&[], "鏂囧瓧鏂囦欢\n").text(), "文字文件\n");
    assert_eq!(
        fix(&["-f", "jsonl", "-c", "text", "-"], "{\"text\":\"鏂囧瓧鏂囦欢\"}\n").text(),
        "{\"text\":\"文字文件\"}\n"
    );
}

#[test]
fn lines_around_a_repair_stay_as_they_are() {
    let (damaged, clean) = sentence();
    let text = |line: &str| format!("\u{feff}Plain, 文字。\r\n\r\n{line}\r\n(a) {line} (b)\n\n{line}");
    for args in [&[][..], &["-j", "1"], &["-j", "3"]] {
        assert_eq!(fix(args, &text(&damaged)).text(), text(&clean));
    }
}

#[test]
fn lines_that_are_not_utf8_pass_and_those_around_are_repaired() {
    let (damaged, clean) = sentence();
    let text = |line: &str| {
        [line.as_bytes(), b"\n\xff\xfe\r\n", line.as_bytes(), b"\r\n\xff\n\n", line.as_bytes(), b"\xff"]
            .concat()
    };
    let last = |bytes: &[u8], line: &str| {
        [&bytes[..bytes.len() - line.len() - 1], damaged.as_bytes(), b"\xff"].concat()
    };
    let ran = luanma(&["fix"], text(&damaged));
    assert_eq!(ran.code, 2);
    assert!(ran.out == last(&text(&clean), &clean));
    assert_eq!(ran.err, "luanma: <stdin>:2: 3 lines, this the first, are not UTF-8 and left as found\n");
}

#[test]
fn only_the_damaged_part_of_a_string_is_written_anew() {
    let (damaged, clean) = sentence();
    let record = |line: &str| {
        format!(
            "{{ \"n\":1.50,\"text\" : \"a\\/b\\u0041 {line} \\n\\ud83d\\ude00\\u003c\", \"x\":\"{damaged}\"}}\r\n"
        )
    };
    assert_eq!(fix(&["-f", "jsonl"], &record(&damaged)).text(), record(&clean));
    let escape = |text: &str, upper: bool| -> String {
        text.encode_utf16()
            .map(|u| if upper { format!("\\u{u:04X}") } else { format!("\\u{u:04x}") })
            .collect()
    };
    for upper in [false, true] {
        let record = |line: &str| format!("{{\"text\":\"a\\/b\\u0041 {} \\n\"}}\n", escape(line, upper));
        assert_eq!(fix(&["-f", "jsonl"], &record(&damaged)).text(), record(&clean));
    }
    let record = |line: &str| format!("{{\"a\":[{{\"b\":[\"{line}\",null,\"x\"]}},{{\"b\":\"{line}\"}}]}}");
    assert_eq!(fix(&["-f", "jsonl", "-c", "a.b"], &record(&damaged)).text(), record(&clean));
}

#[test]
fn what_stands_between_lone_surrogates_is_repaired() {
    let (damaged, clean) = sentence();
    let record = |line: &str| {
        format!("{{\"text\":\"\\ud83d{line}\\n\\ude00\\ud83d\\ude00 {line}\\ud83d\",\"other\":\"{line}\"}}\n")
    };
    let dir = Dir::new();
    dir.put("a.jsonl", record(&damaged));
    let ran = dir.run(&["fix", "a.jsonl", "-a", "--report", "run.jsonl", "-o", "b.jsonl"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(String::from_utf8(dir.get("b.jsonl")).unwrap(), record(&clean));
    let report = String::from_utf8(dir.get("run.jsonl")).unwrap();
    let starts: Vec<_> = report
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["start"].as_u64().unwrap())
        .collect();
    // A surrogate counts as one, as in Python.
    let length = damaged.chars().count() as u64;
    assert_eq!(starts, [1, 1 + length + 2 + 2, 0]);
    assert_eq!(dir.run(&["revert", "run.jsonl", "b.jsonl"]).text(), record(&damaged));
}

#[test]
fn many_records_keep_their_order_with_any_number_of_threads() {
    let dir = Dir::new();
    let (damaged, clean) = sentence();
    let records = |line: &str| -> String {
        (0..20_000)
            .map(|n| format!("{{\"id\":{n},\"text\":\"{}\"}}\n", if n % 9 == 0 { line } else { "plain" }))
            .collect()
    };
    dir.put("a.jsonl", records(&damaged));
    for threads in ["1", "2", "8"] {
        let ran = dir.run(&["fix", "a.jsonl", "-j", threads]);
        assert!(ran.text() == records(&clean), "{threads} threads");
    }
}

#[test]
fn findings_are_listed() {
    let dir = Dir::new();
    let (damaged, clean) = sentence();
    dir.put("a.txt", format!("plain\n文字 and more: {damaged}\n"));
    dir.put("b.txt", "plain\n");
    let ran = dir.run(&["check", "b.txt", "a.txt"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let line = ran.text();
    assert!(line.starts_with("a.txt:2:14: utf-8>gbk repaired "), "{line}");
    assert!(line.ends_with(&format!(" «{damaged}» → «{clean}»\n")), "{line}");
    assert_eq!(line.lines().count(), 1);
    let ran = dir.run(&["check", "-l", "b.txt", "a.txt"]);
    assert_eq!((ran.code, ran.text()), (1, "a.txt\n"));
    let ran = dir.run(&["check", "-q", "a.txt"]);
    assert_eq!((ran.code, ran.text()), (1, ""));
    assert_eq!(dir.run(&["check", "b.txt"]).code, 0);
    assert_eq!(dir.run(&["check", "a.txt", "missing"]).code, 2);
    assert_eq!(dir.run(&["fix", "a.txt"]).code, 0);
    assert_eq!(dir.run(&["fix", "--strict", "a.txt"]).code, 1);
    let ran = dir.run_with(
        &["check", "-f", "jsonl"],
        format!("{{\"text\":\"plain\"}}\n{{\"text\":\"\\u0041 {damaged}\"}}\n").as_bytes(),
    );
    assert!(ran.text().starts_with("<stdin>:2:17: utf-8>gbk repaired "), "{}", ran.text());
}

#[test]
fn what_cannot_be_repaired_counts_only_under_strict() {
    let text = "锟斤拷锟斤拷锟斤拷锟斤拷\n";
    let ran = luanma(&["check"], text);
    assert_eq!(ran.code, 0);
    assert!(ran.text().contains(" unrepaired "), "{}", ran.text());
    assert_eq!(luanma(&["check", "--strict"], text).code, 1);
    assert_eq!(luanma(&["fix"], text).text(), text);
}

#[test]
fn records_are_annotated() {
    let (damaged, clean) = sentence();
    let args = &["-f", "jsonl", "--annotate", "found"];
    let before = format!("{{\"text\":\"😀\\n {damaged}\" }}\n{{\"text\":\"plain\"}}\n");
    let ran = fix(args, &before);
    let (start, end) = (3, 3 + damaged.chars().count());
    let lines: Vec<_> = ran.text().lines().collect();
    assert_eq!(lines[1], "{\"text\":\"plain\"}");
    let record: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(record["text"], format!("😀\n {clean}"));
    let found = &record["found"];
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(found), ["verdict", "confidence", "repairs"]);
    assert_eq!(found["verdict"], "repaired");
    assert_eq!(found["repairs"].as_array().unwrap().len(), 1);
    let repair = &found["repairs"][0];
    assert_eq!(
        keys(repair),
        ["start", "end", "text", "chain", "treatment", "verdict", "confidence", "gaps", "restored"]
    );
    assert_eq!((&repair["start"], &repair["end"]), (&start.into(), &end.into()));
    assert_eq!(repair["text"], clean);
    assert_eq!(repair["chain"], "utf-8>gbk");
    assert_eq!(repair["confidence"], found["confidence"]);
    assert!(
        lines[0].starts_with(&format!("{{\"text\":\"😀\\n {clean}\",\"found\":{{\"verdict\":")),
        "{}",
        lines[0]
    );
    assert!(lines[0].ends_with("}]} }"), "{}", lines[0]);

    // An old annotation is replaced, wherever it stands.
    let ran = fix(args, &format!("{{\"found\": [1,2], \"text\": \"{damaged}\"}}"));
    assert!(ran.text().starts_with("{\"found\": {\"verdict\":\"repaired\""), "{}", ran.text());
    assert!(ran.text().ends_with(&format!(", \"text\": \"{clean}\"}}")), "{}", ran.text());

    // A record in ASCII stays in ASCII, and its spacing is followed.
    let escaped: String = damaged.encode_utf16().map(|u| format!("\\u{u:04x}")).collect();
    let ran = fix(args, &format!("{{\"text\": \"{escaped}\"}}"));
    assert!(ran.text().is_ascii());
    assert!(ran.text().contains("\", \"found\": {\"verdict\""), "{}", ran.text());
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(ran.text()).unwrap()["found"]["repairs"][0]["text"],
        clean
    );

    // Where there are several texts, each repair says which it is in.
    let ran = fix(
        &["-f", "jsonl", "--annotate", "found", "-c", "a", "-c", "b"],
        &format!("{{\"a\":\"x\",\"b\":[\"x\",\"{damaged}\"]}}"),
    );
    let record: serde_json::Value = serde_json::from_str(ran.text()).unwrap();
    assert_eq!(record["found"]["repairs"][0]["column"], "b[1]");
}

#[test]
fn findings_are_reported() {
    let dir = Dir::new();
    let (damaged, clean) = sentence();
    dir.put("a.txt", format!("plain\n文 {damaged}\n"));
    dir.put("b.jsonl", format!("{{\"text\":\"文 {damaged}\"}}\n"));
    let ran = dir.run(&["fix", "a.txt", "b.jsonl", "--report", "report.jsonl"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let report = String::from_utf8(dir.get("report.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = report.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    for (line, file, number) in [(&lines[0], "a.txt", 2), (&lines[1], "b.jsonl", 1)] {
        assert_eq!((&line["file"], &line["line"]), (&file.into(), &number.into()));
        assert_eq!((&line["original"], &line["text"]), (&damaged.clone().into(), &clean.clone().into()));
        assert_eq!((&line["start"], &line["end"]), (&2.into(), &(2 + damaged.chars().count()).into()));
        assert_eq!((&line["chain"], &line["verdict"]), (&"utf-8>gbk".into(), &"repaired".into()));
        assert_eq!(line["version"], env!("CARGO_PKG_VERSION"));
    }
    assert_eq!(lines[1]["column"], "text");
    let ran = dir.run(&["check", "-q", "a.txt", "b.jsonl", "--report", "-"]);
    assert_eq!((ran.code, ran.text()), (1, report.as_str()));
}

#[test]
fn files_are_repaired_in_place() {
    let dir = Dir::new();
    let (damaged, clean) = sentence();
    dir.put("a.txt", format!("{damaged}\n"));
    dir.put("clean.txt", "plain\n");
    assert_eq!(dir.run(&["fix", "a.txt", "-o", "x.txt.gz"]).code, 0);
    assert_eq!(dir.run(&["fix", "-f", "text", "a.txt", "-o", "same.zst"]).code, 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        std::fs::set_permissions(dir.path("a.txt"), std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a.txt", dir.path("link.txt")).unwrap();
        assert_eq!(dir.run(&["fix", "--in-place", "link.txt", "clean.txt"]).code, 0);
        assert!(std::fs::symlink_metadata(dir.path("link.txt")).unwrap().is_symlink());
        assert_eq!(std::fs::metadata(dir.path("a.txt")).unwrap().permissions().mode() & 0o777, 0o640);
        std::fs::remove_file(dir.path("link.txt")).unwrap();
    }
    let ran = dir.run(&["fix", "--in-place", "a.txt", "clean.txt"]);
    assert_eq!((ran.code, ran.text(), ran.err.as_str()), (0, "", ""));
    assert_eq!(dir.get("a.txt"), format!("{clean}\n").as_bytes());
    assert_eq!(dir.names(), ["a.txt", "clean.txt", "same.zst", "x.txt.gz"]);
    assert_eq!(dir.run(&["fix", "x.txt.gz"]).text(), format!("{clean}\n"));
}

#[test]
fn in_place_repairs_compressed_files() {
    let dir = Dir::new();
    let (_, clean) = sentence();
    dir.put("clean.txt", format!("{clean}\n").repeat(1000));
    for name in ["a.gz", "a.zst"] {
        assert_eq!(dir.run(&["garble", "--chain", "utf-8>gbk", "clean.txt", "-o", name]).code, 0);
        let damaged = dir.get(name);
        assert_eq!(dir.run(&["fix", "--in-place", name]).code, 0);
        assert!(dir.get(name) != damaged, "{name} was not written");
        assert_eq!(dir.run(&["fix", name]).out, dir.get("clean.txt"));
    }
}

#[test]
fn repairs_are_counted() {
    let (damaged, _) = sentence();
    let ran = luanma(&["fix", "--stats"], format!("{damaged}\nplain\n"));
    assert!(ran.err.contains("2 lines, 1 changed, 0 left alone"), "{}", ran.err);
    assert!(ran.err.contains("luanma: 1 repaired, utf-8>gbk\n"), "{}", ran.err);
    let ran = luanma(&["check", "-q", "--stats=json"], format!("{damaged}\nplain\n"));
    let counts: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!((&counts["verdicts"]["repaired"], &counts["chains"]["utf-8>gbk"]), (&1.into(), &1.into()));
}

#[test]
fn an_overlong_line_is_repaired_across_its_cuts() {
    let (damaged, clean) = sentence();
    let count = (5 << 20) / damaged.len();
    // Nothing but damaged characters: there is no plain place to cut at.
    for threads in ["1", "4"] {
        let ran = fix(&["-j", threads], &(damaged.repeat(count) + "\nplain\n"));
        assert!(ran.text() == clean.repeat(count) + "\nplain\n", "{threads} threads");
    }
}

#[test]
fn a_text_is_explained() {
    let (damaged, clean) = sentence();
    let ran = luanma(&["explain", &damaged], "");
    assert_eq!(ran.code, 0);
    assert!(
        ran.text().contains(&damaged) && ran.text().contains(&clean) && ran.text().contains("utf-8>gbk"),
        "{}",
        ran.text()
    );
    let ran = luanma(&["explain", "--json"], format!("{damaged}\n"));
    let value: serde_json::Value = serde_json::from_str(ran.text()).unwrap();
    assert_eq!(value["text"], damaged);
    assert_eq!(
        (&value["candidates"][0]["chain"], &value["candidates"][0]["text"]),
        (&"utf-8>gbk".into(), &clean.into())
    );
    assert!(value["candidates"][0]["gain"].as_f64().unwrap() > 10.0);
}
