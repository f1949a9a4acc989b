//! Files, streams, exit statuses and messages.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use common::{Dir, luanma};

#[test]
fn help_version_and_completions_are_printed() {
    for args in [
        &["--help"][..],
        &["-h"],
        &["fix", "--help"],
        &["check", "-h"],
        &["explain", "-h"],
        &["garble", "-h"],
    ] {
        let ran = luanma(args, "");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
        assert!(ran.text().contains("Usage: luanma"), "{args:?}");
    }
    let ran = luanma(&["--version"], "");
    assert_eq!(ran.code, 0);
    let model = luanma::Model::embedded().hash();
    assert_eq!(ran.text(), format!("luanma {} (model {model:016x})\n", env!("CARGO_PKG_VERSION")));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = luanma(&["completions", shell], "");
        assert_eq!(ran.code, 0);
        assert!(ran.text().contains("luanma"));
    }
}

#[test]
fn wrong_arguments_are_an_error() {
    for args in [
        &[][..],
        &["frobnicate"],
        &["fix", "--frobnicate"],
        &["fix", "-f", "docx"],
        &["fix", "-j", "0"],
        &["fix", "--min-confidence", "1.5"],
        &["fix", "--min-confidence", "NaN"],
        &["fix", "--gap-char", "ab"],
        &["fix", "--chain", "utf-8>nonsense"],
        &["fix", "--chain", "utf-8"],
        &["fix", "--expect", ""],
        &["fix", "-o", "x", "--in-place", "y"],
        &["fix", "--in-place"],
        &["fix", "--in-place", "-"],
        &["fix", "--report", "-"],
        &["fix", "-f", "jsonl", "--annotate", "text"],
        &["fix", "-f", "text", "--annotate", "found"],
        &["check", "-q", "-l"],
        &["garble"],
    ] {
        let ran = luanma(args, "");
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.out.is_empty(), "{args:?}");
        assert!(!ran.err.is_empty() && !ran.err.contains("panicked"), "{args:?}: {}", ran.err);
    }
}

#[test]
fn files_are_read_in_order_and_standard_input_among_them() {
    let dir = Dir::new();
    dir.put("a", "one\n");
    dir.put("b", "three");
    let ran = dir.run_with(&["fix", "a", "-", "b"], b"two\n");
    assert_eq!((ran.code, ran.text(), ran.err.as_str()), (0, "one\ntwo\nthree", ""));
}

#[test]
fn a_missing_file_is_told_and_the_others_are_worked_on() {
    let dir = Dir::new();
    dir.put("a", "one\n");
    let ran = dir.run(&["fix", "missing", "a"]);
    assert_eq!((ran.code, ran.text()), (2, "one\n"));
    assert!(ran.err.starts_with("luanma: missing: "), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1);
    let ran = dir.run(&["check", "missing", "a"]);
    assert_eq!((ran.code, ran.text()), (2, ""));
    let ran = dir.run(&["fix", "."]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("luanma: .: "), "{}", ran.err);
}

#[test]
fn an_output_file_appears_when_all_is_written() {
    let dir = Dir::new();
    dir.put("a", "one\n");
    let ran = dir.run(&["fix", "a", "-o", "out"]);
    assert_eq!((ran.code, ran.text(), ran.err.as_str()), (0, "", ""));
    assert_eq!(dir.get("out"), b"one\n");
    assert_eq!(dir.names(), ["a", "out"]);
    // Its own input too.
    let ran = dir.run(&["fix", "a", "-o", "a"]);
    assert_eq!(ran.code, 0);
    assert_eq!(dir.get("a"), b"one\n");
    // Not all of it could be read: what is there stays.
    let ran = dir.run(&["fix", "missing", "-o", "out"]);
    assert_eq!(ran.code, 2);
    assert_eq!(dir.get("out"), b"one\n");
    let ran = dir.run(&["fix", "a", "-o", "no/such/directory"]);
    assert_eq!(ran.code, 2);
    assert_eq!(dir.names(), ["a", "out"]);
    let ran = dir.run(&["fix", "a", "-o", "-"]);
    assert_eq!((ran.code, ran.text()), (0, "one\n"));
}

#[test]
fn in_place_leaves_clean_files_alone() {
    let dir = Dir::new();
    let path = dir.put("a", "one\n");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    let ran = dir.run(&["fix", "--in-place", "a", "missing"]);
    assert_eq!((ran.code, ran.text()), (2, ""));
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    assert_eq!(dir.names(), ["a"]);
}

#[test]
fn gzip_and_zstandard_are_read_and_written_by_name() {
    let dir = Dir::new();
    let text = "文字 text\n".repeat(100_000);
    dir.put("a.txt", &text);
    for name in ["a.txt.gz", "a.TXT.zst"] {
        assert_eq!(dir.run(&["fix", "a.txt", "-o", name]).code, 0);
        assert!(dir.get(name).len() < text.len() / 10, "{name} is not compressed");
        let ran = dir.run(&["fix", name]);
        assert_eq!(ran.code, 0);
        assert!(ran.text() == text, "{name}");
        // Several members, one after the other, are one text.
        dir.put(&format!("2{name}"), [dir.get(name), dir.get(name)].concat());
        let ran = dir.run(&["fix", &format!("2{name}")]);
        assert!(ran.text() == text.repeat(2), "{name}");
        // A file that is cut short is an error, but what is there is written.
        dir.put(&format!("short{name}"), &dir.get(name)[..dir.get(name).len() - 9]);
        let ran = dir.run(&["fix", &format!("short{name}")]);
        assert_eq!(ran.code, 2, "{name}");
        assert!(ran.err.starts_with(&format!("luanma: short{name}: ")), "{}", ran.err);
        assert!(text.starts_with(ran.text()), "{name}");
    }
    dir.put("not.gz", "not compressed");
    assert_eq!(dir.run(&["fix", "not.gz"]).code, 2);
    dir.put("not.zst", "not compressed");
    assert_eq!(dir.run(&["fix", "not.zst"]).code, 2);
}

#[test]
fn a_name_tells_the_format() {
    let dir = Dir::new();
    for name in ["a.jsonl", "a.ndjson", "a.JSONL"] {
        dir.put(name, "not json\n");
        let ran = dir.run(&["fix", name]);
        assert_eq!(ran.code, 2, "{name}");
        assert!(ran.err.starts_with(&format!("luanma: {name}:1: ")), "{}", ran.err);
        assert_eq!(dir.run(&["fix", "-f", "text", name]).code, 0);
    }
    for (name, message) in [
        ("a.json", "a.json:1: not JSON"),
        ("a.csv", "a.csv:1: no column `text`"),
        ("a.TSV", "a.TSV:1: no column `text`"),
    ] {
        dir.put(name, "not json\n");
        let ran = dir.run(&["fix", name]);
        assert_eq!((ran.code, ran.text()), (2, "not json\n"), "{name}");
        assert!(ran.err.starts_with(&format!("luanma: {message}")), "{}", ran.err);
    }
    dir.put("a.txt", "not json\n");
    assert_eq!(dir.run(&["fix", "a.txt"]).code, 0);
    assert_eq!(dir.run(&["fix", "a.txt", "-o", "b.jsonl.gz"]).code, 0);
    let ran = dir.run(&["fix", "b.jsonl.gz"]);
    assert_eq!((ran.code, ran.text()), (2, "not json\n"));
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let dir = Dir::new();
    let input = "a line of text\n".repeat(200_000);
    dir.put("a", &input);
    for args in [
        &["fix", "a"][..],
        &["fix", "-j", "1", "a"],
        &["fix", "-j", "4", "-"],
        &["--help"],
        &["completions", "bash"],
    ] {
        let mut child = dir
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stdin = child.stdin.take().unwrap();
        let input = input.clone();
        let feeder = std::thread::spawn(move || {
            let _ = stdin.write_all(input.as_bytes());
            // Stays open: nobody waits for the end of the input.
            std::thread::sleep(std::time::Duration::from_millis(300));
        });
        let status = child.wait().unwrap();
        let mut messages = String::new();
        child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
        assert_eq!((status.code(), messages.as_str()), (Some(0), ""), "{args:?}");
        feeder.join().unwrap();
    }
}

#[test]
fn a_file_that_is_cut_short_is_told_in_every_format() {
    let dir = Dir::new();
    let record = "WARC/1.0\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ntext\r\n\r\n";
    for (name, unit) in [
        ("a.txt", "文字 text\n"),
        ("a.jsonl", "{\"text\":\"文字\"}\n"),
        ("a.json", "{\"text\":\"文字\"}\n"),
        ("a.csv", "text,b\n文字,2\n"),
        ("a.wet", record),
    ] {
        dir.put(name, unit.repeat(20_000));
        for compressed in [format!("{name}.gz"), format!("{name}.zst")] {
            assert_eq!(dir.run(&["fix", name, "-o", &compressed]).code, 0, "{compressed}");
            assert_eq!(dir.run(&["fix", &compressed]).out, dir.get(name));
            let whole = dir.get(&compressed);
            let short = &whole[..whole.len() * 2 / 3];
            dir.put(&compressed, short);
            for args in
                [&["fix", &compressed][..], &["fix", "--in-place", &compressed], &["check", &compressed]]
            {
                let ran = dir.run(args);
                assert_eq!(ran.code, 2, "{args:?}");
                let last = ran.err.lines().last().unwrap_or_default();
                assert!(last.starts_with(&format!("luanma: {compressed}: ")), "{args:?}: {}", ran.err);
            }
            let ran = dir.run(&["fix", &compressed, "-o", "out"]);
            assert_eq!((ran.code, dir.path("out").exists()), (2, false), "{compressed}");
            assert!(dir.get(&compressed) == short, "{compressed} has changed");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let dir = Dir::new();
    dir.put("a", "one\n");
    for args in
        [&["fix", "a", "-o", "/dev/full"][..], &["fix", "a", "--report", "/dev/null", "-o", "/dev/full"]]
    {
        let ran = dir.run(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.err.starts_with("luanma: /dev/full: "), "{}", ran.err);
    }
    for args in [&["fix", "a"][..], &["--help"], &["--version"], &["completions", "bash"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = dir.command(args).stdin(Stdio::null()).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(messages.starts_with("luanma: ") && messages.lines().count() == 1, "{messages}");
    }
    // It is told once, whatever was to come.
    dir.put("big.csv", "text\n".to_owned() + &"plain\n".repeat(500_000));
    dir.put("big.json", format!("[{}{{}}]", "{\"text\":\"plain\"},".repeat(200_000)));
    for name in ["big.csv", "big.json"] {
        let ran = dir.run(&["fix", name, "-j", "3", "-o", "/dev/full"]);
        assert_eq!(ran.code, 2, "{name}");
        assert!(ran.err.starts_with("luanma: /dev/full: ") && ran.err.lines().count() == 1, "{}", ran.err);
    }
    assert_eq!(dir.run(&["fix", "a", "-o", "/dev/null"]).code, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn standard_error_may_be_closed_or_full() {
    let dir = Dir::new();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = dir.command(&["fix", "missing"]).stdin(Stdio::null()).stderr(full).status().unwrap();
    assert_eq!(status.code(), Some(2));
    let script = format!("{} fix missing 2>&-", env!("CARGO_BIN_EXE_luanma"));
    assert_eq!(Command::new("sh").args(["-c", &script]).status().unwrap().code(), Some(2));
}

#[test]
fn progress_can_be_asked_for_and_stays_out_of_the_way() {
    let dir = Dir::new();
    dir.put("a", "one\n".repeat(1000));
    for args in [
        &["fix", "--progress", "a"][..],
        &["fix", "--progress", "--no-progress", "a"],
        &["fix", "--progress", "-"],
    ] {
        let ran = dir.run(args);
        assert_eq!(ran.code, 0);
        assert!(ran.out.is_empty() || ran.out == dir.get("a"));
    }
}

#[test]
fn counts_are_told() {
    let ran = luanma(&["fix", "--stats", "-f", "jsonl"], "{\"text\":\"a\"}\n{\"text\":1}\n");
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("luanma: 24 bytes, 2 lines, 0 changed, 1 left alone for an error\n"),
        "{}",
        ran.err
    );
    let ran = luanma(&["check", "--stats=json"], "a\nb");
    assert_eq!(
        ran.err,
        "{\"bytes\":3,\"lines\":2,\"changed\":0,\"passed\":0,\"binary\":0,\"verdicts\":{},\"chains\":{},\"files\":[]}\n"
    );
}

#[test]
fn nothing_found_is_status_0() {
    for args in
        [&["check"][..], &["check", "--strict"], &["check", "-q"], &["check", "-l"], &["fix", "--strict"]]
    {
        let ran = luanma(args, "Plain text.\n");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
    }
    assert!(luanma(&["check"], "Plain text.\n").out.is_empty());
    assert!(!luanma(&["explain", "Plain text."], "").out.is_empty());
}

#[test]
fn the_text_to_explain_may_come_from_standard_input() {
    for args in [&["explain"][..], &["explain", "-"], &["explain", "--json"]] {
        let ran = luanma(args, "Plain text.\n");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert!(ran.text().contains("Plain text."));
        assert!(!ran.text().contains('\u{1b}'), "colour where there is no terminal");
    }
    let ran = luanma(&["explain"], b"\xff");
    assert_eq!((ran.code, ran.err.as_str()), (2, "luanma: <stdin>: not UTF-8\n"));
    let ran = luanma(&["explain", "a\u{85}\u{e000}\u{1b}[31m"], "");
    assert!(ran.text().contains("a\\u{85}\\u{e000}\\u{1b}[31m"), "{}", ran.text());
}
