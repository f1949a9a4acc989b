//! The account of a run: reports and their undoing, counts, pages, previews, listings for code hosts.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Dir, luanma};
use serde_json::Value;

/// UTF-8 read as GBK: 渡口的灯还亮着, and the same with its last byte lost.
const DAMAGED: &str = "娓″彛鐨勭伅杩樹寒鐫€";
const CLEAN: &str = "渡口的灯还亮着";

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn a_run_is_undone_byte_for_byte() {
    let dir = Dir::new();
    let one = format!("\u{feff}标题：{DAMAGED}\r\n中间一行\n{DAMAGED}，{DAMAGED}。\n\n");
    let bad = [b"\xff\xfe\n".as_slice(), format!("标题：{DAMAGED}").as_bytes()].concat();
    dir.put("one.txt", &one);
    dir.put("bad.txt", &bad);
    dir.put("clean.txt", "干净的一行\n");
    let ran = dir.run(&["fix", "--in-place", "--report", "run.jsonl", "one.txt", "bad.txt", "clean.txt"]);
    assert_eq!(ran.code, 2, "a line is not UTF-8");
    let repaired = dir.get("one.txt");
    assert_eq!(String::from_utf8(repaired.clone()).unwrap(), one.replace(DAMAGED, CLEAN));
    assert_eq!(dir.run(&["revert", "run.jsonl", "--dry-run"]).code, 0);
    assert_eq!(dir.get("one.txt"), repaired);
    let to_stdout = dir.run(&["revert", "run.jsonl", "one.txt"]);
    assert_eq!((to_stdout.code, to_stdout.text()), (0, one.as_str()));
    let ran = dir.run(&["revert", "run.jsonl", "--in-place"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!((dir.get("one.txt"), dir.get("bad.txt")), (one.into_bytes(), bad));
}

/// A report is JSON, a name may be any bytes.
#[cfg(target_os = "linux")]
#[test]
fn files_with_names_that_are_not_utf8_are_told_apart_and_undone() {
    use std::os::unix::ffi::OsStrExt;

    let dir = Dir::new();
    let path = |name: &[u8]| dir.path("in").join(std::ffi::OsStr::from_bytes(name));
    std::fs::create_dir(dir.path("in")).unwrap();
    let files = [
        (b"\xce\xc4.txt".as_slice(), format!("{DAMAGED}\n")),
        (b"\xcf\xc4.txt", format!("干净，{DAMAGED}\n")),
        (b"\\xce\xc4.txt", format!("标题：{DAMAGED}\n")),
        (b"\\x41.txt", format!("标题：{DAMAGED}，{DAMAGED}\n")),
    ];
    for (name, text) in &files {
        std::fs::write(path(name), text).unwrap();
    }
    let sarif = dir.run(&["check", "in", "--output", "sarif"]);
    assert!(sarif.text().contains("\"uri\":\"in/%CE%C4.txt\""), "{}", sarif.text());
    assert_eq!(dir.run(&["fix", "--in-place", "in", "--report", "run.jsonl"]).code, 0);
    for (name, text) in &files {
        assert_eq!(std::fs::read_to_string(path(name)).unwrap(), text.replace(DAMAGED, CLEAN));
    }
    let ran = dir.run(&["revert", "--in-place", "run.jsonl"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for (name, text) in &files {
        assert_eq!(std::fs::read_to_string(path(name)).unwrap(), *text);
    }
}

#[test]
fn records_are_undone_with_their_escapes_and_annotations() {
    let dir = Dir::new();
    let escaped: String = DAMAGED.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    let records = format!(
        "{{\"text\":\"{DAMAGED}\",\"n\":1.0}}\n{{ \"found\" : 7, \"text\" : \"{escaped}\\/\" }}\n{{\"text\":\"好\"}}\n{{\"text\":[\"a\\u000a{DAMAGED}\",\"b\",\"{DAMAGED}\"]}}\n"
    );
    dir.put("a.jsonl", &records);
    for annotate in [&[][..], &["--annotate", "found"]] {
        let args = [&["fix", "a.jsonl", "-o", "b.jsonl", "--report", "run.jsonl"], annotate].concat();
        assert_eq!(dir.run(&args).code, 0);
        assert_ne!(dir.get("b.jsonl"), records.as_bytes());
        let ran = dir.run(&["revert", "run.jsonl", "b.jsonl"]);
        assert_eq!((ran.code, ran.text(), ran.err.as_str()), (0, records.as_str(), ""), "{annotate:?}");
    }
}

#[test]
fn tables_documents_and_archives_are_undone() {
    let dir = Dir::new();
    // The last cell gets quotes only when it is repaired: a comma stands in its truth.
    let comma = luanma(&["garble", "--chain", "utf-8>gbk"], "渡口的灯,还亮着").text().to_owned();
    let csv = format!(
        "\u{feff}id,text\r\n1,\"{DAMAGED}\"\"说\"\"，{DAMAGED}\"\r\n2,{DAMAGED} a\"b {DAMAGED}\r\n3,{comma}\r\n"
    );
    let json = format!("[ {{\"text\" : \"{DAMAGED}\", \"n\":1}},\n{{\"text\":[\"{DAMAGED}\", \"好\"]}} ]\n");
    let record = |text: &str| {
        format!(
            "WARC/1.0\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{text}\r\n\r\n",
            text.len()
        )
    };
    let warc = [
        record(&format!("标题：{DAMAGED}\n{DAMAGED}")),
        record("干净的一行"),
        record(&format!("正文：{DAMAGED}")),
    ]
    .concat();
    dir.put("a.csv", &csv);
    dir.put("a.json", &json);
    dir.put("a.warc", &warc);
    let ran = dir.run(&["fix", "-i", "--report", "run.jsonl", "a.csv", "a.json", "a.warc"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let repaired = String::from_utf8(dir.get("a.warc")).unwrap();
    assert!(repaired.contains(&record(&format!("正文：{CLEAN}"))), "{repaired}");
    let ran = dir.run(&["revert", "run.jsonl", "-i"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(String::from_utf8(dir.get("a.csv")).unwrap(), csv);
    assert_eq!(String::from_utf8(dir.get("a.json")).unwrap(), json);
    assert_eq!(String::from_utf8(dir.get("a.warc")).unwrap(), warc);
    let ran = dir.run(&["fix", "--annotate", "found", "--report", "run.jsonl", "a.json", "-o", "b.json"]);
    assert_eq!(ran.code, 0);
    assert_eq!(dir.run(&["revert", "run.jsonl", "b.json"]).text(), json);
}

#[test]
fn a_mirrored_directory_is_undone_file_by_file() {
    let dir = Dir::new();
    std::fs::create_dir(dir.path("in")).unwrap();
    let texts = [format!("干净\n标题：{DAMAGED}\n"), format!("{DAMAGED}\n")];
    for (name, text) in ["in/a.txt", "in/b.txt"].iter().zip(&texts) {
        dir.put(name, text);
    }
    assert_eq!(dir.run(&["fix", "in", "-o", "out/", "--report", "run.jsonl"]).code, 0);
    for (name, text) in ["a.txt", "b.txt"].iter().zip(&texts) {
        let (out, named) = (format!("out/{name}"), format!("in/{name}"));
        let ran = dir.run(&["revert", "run.jsonl", &out, "--named", &named]);
        assert_eq!((ran.code, ran.text()), (0, text.as_str()), "{}", ran.err);
    }
    let ran = dir.run(&["fix", "in", "--dry-run"]);
    assert_eq!(ran.text(), "in/a.txt: 1 line would change\nin/b.txt: 1 line would change\n");
}

#[test]
fn several_files_in_one_and_compressed_ones_are_undone() {
    let dir = Dir::new();
    let texts: Vec<String> = (0..3).map(|n| format!("{n}：{DAMAGED}\n干净\n")).collect();
    for (n, text) in texts.iter().enumerate() {
        dir.put(&format!("{n}.txt"), text);
    }
    assert_eq!(
        dir.run(&["fix", "0.txt", "1.txt", "2.txt", "-o", "all.txt.gz", "--report", "run.jsonl"]).code,
        0
    );
    let ran = dir.run(&["revert", "run.jsonl", "all.txt.gz"]);
    assert_eq!((ran.code, ran.text(), ran.err.as_str()), (0, texts.concat().as_str(), ""));
    let ran = dir.run(&["revert", "run.jsonl", "all.txt.gz", "-o", "back.txt.zst"]);
    assert_eq!(ran.code, 0);
    let cut = luanma::Codec::UTF_8.encode("短").unwrap();
    dir.put("short.txt", cut);
    let ran = dir.run(&["revert", "run.jsonl", "short.txt", "-o", "never.txt"]);
    assert_eq!(ran.code, 2);
    assert!(!dir.names().contains(&"never.txt".to_owned()));
}

#[test]
fn what_is_not_as_the_report_says_stays() {
    let dir = Dir::new();
    dir.put("a.txt", format!("标题：{DAMAGED}\n"));
    assert_eq!(dir.run(&["fix", "-i", "--report", "run.jsonl", "a.txt"]).code, 0);
    dir.put("a.txt", format!("標題：{CLEAN}了\n").replace("渡口", "码头"));
    let ran = dir.run(&["revert", "run.jsonl", "-i"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.starts_with("luanma: a.txt: at byte 9 stands «码头的灯还亮着», not «渡口的灯还亮着»"),
        "{}",
        ran.err
    );
    assert_eq!(dir.get("a.txt"), "標題：码头的灯还亮着了\n".as_bytes());
    // A report from before places were told.
    dir.put("old.jsonl", "{\"file\":\"a.txt\",\"original\":\"x\",\"text\":\"y\",\"verdict\":\"repaired\"}\n");
    let ran = dir.run(&["revert", "old.jsonl", "-i"]);
    assert!(ran.code == 2 && ran.err.contains("line 1 does not say where"), "{}", ran.err);
    assert_eq!(dir.run(&["revert", "run.jsonl"]).code, 2, "neither a file nor --in-place");
}

#[test]
fn counts_are_told_by_file() {
    let dir = Dir::new();
    dir.put("a.txt", format!("{DAMAGED}\n{DAMAGED}\n"));
    dir.put("b.txt", "干净\n");
    let ran = dir.run(&["check", "-q", "--stats=json", "a.txt", "b.txt"]);
    let stats = json(&ran.err);
    assert_eq!(stats["files"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&stats["files"][0]["file"], &stats["files"][0]["verdicts"]),
        (&json("\"a.txt\""), &stats["verdicts"])
    );
    let ran = dir.run(&["check", "-q", "--stats", "a.txt", "b.txt"]);
    assert!(ran.err.lines().last().unwrap().starts_with("luanma: a.txt: "), "{}", ran.err);
}

#[test]
fn a_page_shows_findings_and_lets_nothing_in() {
    let dir = Dir::new();
    dir.put("<img src=x>.txt", format!("<script>alert(1)</script>{DAMAGED}</td>\"'\u{202e}\n正文：浠婂勾鐨勬熆瀛愮啛寰楁棭锛岄櫌瀛愰噷钀戒簡涓€鍦般€?\n锟斤拷锟斤拷锟斤拷\n"));
    let ran = dir.run(&["check", "--html", "page.html", "<img src=x>.txt"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let page = String::from_utf8(dir.get("page.html")).unwrap();
    assert!(page.contains(&format!("&lt;script&gt;alert(1)&lt;/script&gt;<mark class=\"damage\">{DAMAGED}</mark>&lt;/td&gt;&quot;&#39;")), "{page}");
    assert!(
        page.contains("&lt;img src=x&gt;.txt:1") && !page.contains("<img") && !page.contains("<script>alert")
    );
    assert!(
        page.contains("class=\"restored\"") && page.contains("data-probability=\"0."),
        "the restored full stop has its probability"
    );
    assert!(page.contains("data-verdict=\"lossy\"") && page.contains("data-chain=\"utf-8&gt;gbk\""));
    assert!(!page.contains("http://") && !page.contains("https://"), "it is self-contained");
    let ran = dir.run(&["fix", "-i", "--html", "empty.html", "page.html"]);
    assert_eq!(ran.code, 0);
}

#[test]
fn what_would_change_is_shown_and_nothing_is_written() {
    let dir = Dir::new();
    let text = format!("干净\n标题：{DAMAGED}\n{DAMAGED}\n又一行\n\n{DAMAGED}");
    dir.put("a.txt", &text);
    dir.put("b.txt", "干净\n");
    let ran = dir.run(&["fix", "--dry-run", "--in-place", "a.txt", "b.txt"]);
    assert_eq!((ran.code, ran.text()), (0, "a.txt: 3 lines would change\n"));
    let ran = dir.run(&["fix", "--diff", "a.txt", "b.txt"]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.text(),
        format!(
            "--- a.txt\n+++ a.txt\n@@ -2 +2 @@\n-标题：{DAMAGED}\n+标题：{CLEAN}\n@@ -3 +3 @@\n-{DAMAGED}\n+{CLEAN}\n@@ -6 +6 @@\n-{DAMAGED}\n\\ No newline at end of file\n+{CLEAN}\n\\ No newline at end of file\n"
        )
    );
    assert_eq!(dir.get("a.txt"), text.as_bytes());
    assert_eq!(dir.names(), ["a.txt", "b.txt"]);
}

#[test]
fn findings_are_listed_for_code_hosts() {
    let dir = Dir::new();
    dir.put("a, b.txt", format!("干净\n  100% {DAMAGED}\n"));
    let ran = dir.run(&["check", "--output", "github", "a, b.txt"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.text()
            .starts_with("::warning file=a%2C b.txt,line=2,col=8,title=mojibake%3A utf-8>gbk::repaired"),
        "{}",
        ran.text()
    );
    assert_eq!(ran.text().lines().count(), 1);
    let ran = dir.run(&["check", "--output", "sarif", "a, b.txt"]);
    let sarif = json(ran.text());
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "repaired");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%2C%20b.txt");
    assert_eq!(place["region"], json("{\"startLine\":2,\"startColumn\":8,\"endColumn\":19}"));
    let none = json(luanma(&["check", "--output", "sarif"], "干净\n").text());
    assert_eq!(none["runs"][0]["results"], json("[]"));
}

#[test]
fn arguments_come_from_a_file_and_what_is_typed_counts_more() {
    let dir = Dir::new();
    dir.put("a.txt", format!("标题：{DAMAGED}\n"));
    dir.put("conf", "# ours\n--min-confidence=1\n[check]\n--quiet\n[fix]\n--gap-char=□\n");
    let ran = dir.run(&["check", "--config", "conf", "a.txt"]);
    assert!(ran.out.is_empty());
    let ran = dir.run(&["fix", "--config=conf", "--min-confidence", "0.5", "a.txt"]);
    assert_eq!((ran.code, ran.text()), (0, format!("标题：{CLEAN}\n").as_str()));
    dir.put("conf", "min-confidence: 1\n");
    let ran = dir.run(&["fix", "--config", "conf", "a.txt"]);
    assert!(ran.code == 2 && ran.err.starts_with("luanma: conf: line 1: "), "{}", ran.err);
    assert_eq!(dir.run(&["fix", "--config", "missing", "a.txt"]).code, 2);
}

#[test]
fn manual_pages_are_written() {
    let dir = Dir::new();
    assert!(luanma(&["man"], "").text().contains(".TH luanma 1"));
    std::fs::create_dir(dir.path("man")).unwrap();
    assert_eq!(dir.run(&["man", "man"]).code, 0);
    for page in ["luanma.1", "luanma-fix.1", "luanma-revert.1", "luanma-names.1"] {
        assert!(dir.path("man").join(page).exists(), "{page}");
    }
    for command in ["fix", "check", "decode", "revert", "names"] {
        assert!(luanma(&[command, "--help"], "").text().contains("Examples:\n"), "{command}");
    }
}

#[cfg(target_os = "linux")]
mod names {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;

    use super::{Dir, common::Ran};

    fn put(dir: &Dir, name: &[u8]) {
        fs::write(dir.path("in").join(OsStr::from_bytes(name)), name).unwrap();
    }

    fn listing(dir: &Dir) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir.path("in"))
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn damaged_names_are_listed_and_repaired() {
        let dir = Dir::new();
        let ran = |args: &[&str]| -> Ran { dir.run(args) };
        fs::create_dir(dir.path("in")).unwrap();
        // GBK read as code page 437, GBK as it is, and a clean name.
        put(&dir, "╡┌╚²┼┼╫≤╞≡.jpg".as_bytes());
        put(&dir, &luanma::Codec::GBK.encode("渡口的灯还亮着.txt").unwrap());
        put(&dir, "干净.txt".as_bytes());
        put(&dir, b"plain");
        let sub = dir.path("in").join("▒╧╥╡╒╒╞¼");
        fs::create_dir(&sub).unwrap();
        fs::write(sub.join("Çå³¿µÄ¶É¿Ú.mp3"), "x").unwrap();
        let listed = ran(&["names", "in"]);
        assert_eq!((listed.code, listed.err.as_str()), (1, ""));
        for new in ["→ 第三排左起.jpg", "→ 渡口的灯还亮着.txt", "→ 毕业照片", "→ 清晨的渡口.mp3"]
        {
            assert!(listed.text().contains(new), "{new}: {}", listed.text());
        }
        assert_eq!(listed.text().lines().count(), 4, "{}", listed.text());
        let renamed = ran(&["names", "--rename", "in"]);
        assert_eq!((renamed.code, renamed.err.as_str()), (0, ""));
        assert_eq!(listing(&dir), ["plain", "干净.txt", "毕业照片", "渡口的灯还亮着.txt", "第三排左起.jpg"]);
        assert!(dir.path("in/毕业照片/清晨的渡口.mp3").exists());
        assert_eq!(ran(&["names", "in"]).code, 0);
    }

    #[test]
    fn nothing_is_written_over() {
        let dir = Dir::new();
        fs::create_dir(dir.path("in")).unwrap();
        put(&dir, "Çå³¿µÄ¶É¿Ú.mp3".as_bytes());
        fs::write(dir.path("in").join("清晨的渡口.mp3"), "there").unwrap();
        fs::create_dir(dir.path("in").join("▒╧╥╡╒╒╞¼")).unwrap();
        fs::create_dir(dir.path("in").join("毕业照片")).unwrap();
        let ran = dir.run(&["names", "--rename", "in"]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("not renamed: «清晨的渡口.mp3» exists already"), "{}", ran.err);
        assert!(ran.err.contains("not renamed: «毕业照片» exists already"), "{}", ran.err);
        assert_eq!(fs::read(dir.path("in").join("清晨的渡口.mp3")).unwrap(), b"there");
        assert_eq!(listing(&dir).len(), 4);
        let ran = dir.run(&["names", "--rename", "missing"]);
        assert!(ran.code == 2 && ran.err.starts_with("luanma: missing: "), "{}", ran.err);
    }
}
