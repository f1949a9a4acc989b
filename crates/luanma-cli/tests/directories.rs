//! Directories: which files are found, where the results go, and what is left of a run that was killed.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{Dir, luanma};

const CLEAN: &str = "昨天他们去商店买东西，我给他写信";

fn damaged() -> String {
    let ran = luanma(&["garble", "--chain", "utf-8>gbk"], CLEAN);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran.text().to_owned()
}

/// Puts files with the directories that they need.
fn put(dir: &Dir, files: &[(&str, &[u8])]) {
    for (name, bytes) in files {
        fs::create_dir_all(dir.path(name).parent().unwrap()).unwrap();
        dir.put(name, bytes);
    }
}

/// All files below, with their content.
fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}

fn names(root: &Path) -> Vec<String> {
    tree(root).into_keys().collect()
}

#[test]
fn a_tree_is_mirrored() {
    let dir = Dir::new();
    let damaged = damaged();
    let line = format!("{damaged}\n");
    let record = format!("{{\"text\":\"{damaged}\"}}\n");
    put(
        &dir,
        &[
            ("in/a.txt", line.as_bytes()),
            ("in/sub/deep/b.jsonl", record.as_bytes()),
            ("in/sub/.hidden", b"plain\n"),
            ("in/picture.png", b"\x89PNG\r\n\x1a\n\0\0\xff\n"),
            ("in/.git/config", b"plain\n"),
            ("in/sub/.c.txt.123-0.luanma", b"half"),
            ("in/empty", b""),
        ],
    );
    let ran = dir.run(&["fix", "in", "-o", "out", "--stats"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("luanma: 1 files that are no text were not looked at\n"), "{}", ran.err);
    let out = tree(&dir.path("out"));
    let expected: [(&str, &[u8]); 5] = [
        ("a.txt", &line.replace(&damaged, CLEAN).into_bytes()),
        ("empty", b""),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\xff\n"),
        ("sub/.hidden", b"plain\n"),
        ("sub/deep/b.jsonl", &record.replace(&damaged, CLEAN).into_bytes()),
    ];
    assert_eq!(out, expected.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).into());
    assert_eq!(dir.get("in/a.txt"), line.as_bytes());
    // The files of several arguments meet in one directory, which may be in one of them.
    let ran = dir.run(&["fix", "in/sub", "in/a.txt", "-o", "in/new/"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(names(&dir.path("in/new")), [".hidden", "a.txt", "deep/b.jsonl"]);
    let ran = dir.run(&["fix", "in", "-o", "in/new"]);
    assert_eq!(ran.code, 0);
    assert!(!dir.path("in/new/new").exists());
    // `check` lists them in order.
    let ran = dir.run(&["check", "-l", "in", "--exclude", "new"]);
    assert_eq!((ran.code, ran.text()), (1, "in/a.txt\nin/sub/deep/b.jsonl\n"));
    let ran = dir.run(&["fix", "--in-place", "in"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(dir.get("in/a.txt"), format!("{CLEAN}\n").into_bytes());
    assert_eq!(dir.run(&["check", "in"]).code, 0);
}

#[test]
fn globs_choose_files() {
    let dir = Dir::new();
    put(
        &dir,
        &[
            ("in/a.txt", b"a\n"),
            ("in/b.md", b"b\n"),
            ("in/x/c.txt", b"c\n"),
            ("in/x/y/d.txt", b"d\n"),
            ("in/.gitignore", b"x\n"),
        ],
    );
    let mut number = 0;
    let mut found = |args: &[&str]| {
        number += 1;
        let out = format!("out{number}");
        let ran = dir.run(&[&["fix", "in", "-o", &out], args].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        names(&dir.path(&out)).join(" ")
    };
    assert_eq!(found(&[]), ".gitignore a.txt b.md x/c.txt x/y/d.txt");
    assert_eq!(found(&["--include", "*.txt"]), "a.txt x/c.txt x/y/d.txt");
    assert_eq!(found(&["--include", "*.txt", "--exclude", "y"]), "a.txt x/c.txt");
    assert_eq!(found(&["--include", "x/*.txt", "--include", "*.md"]), "b.md x/c.txt");
    assert_eq!(found(&["--exclude", "*.txt"]), ".gitignore b.md");
    assert_eq!(found(&["--ignore-files"]), ".gitignore a.txt b.md");
    assert_eq!(dir.run(&["fix", "in", "-o", "x", "--include", "a["]).code, 2);
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let dir = Dir::new();
    put(&dir, &[("a/x", b"1\n"), ("b/x", b"2\n"), ("file", b"3\n")]);
    for (args, message) in [
        (&["fix", "a"][..], "luanma: a: a directory: -o DIR/ or --in-place says where its files go"),
        (&["fix", "a", "b", "-o", "out"], "luanma: out/x: two inputs would be written there"),
        (&["fix", "a", "-o", "file"], "luanma: file: not a directory"),
        (&["fix", "a", "-o", "a"], "luanma: a/x: its own output would take its place"),
        (&["fix", "file", "-", "-o", "out/"], "luanma: standard input has no name for a file in out/"),
        (&["fix", "file", "-o", "out", "--resume"], "luanma: --resume: only where -o names a directory"),
        (&["fix", "file", "--resume"], "luanma: --resume: only where -o names a directory"),
    ] {
        let ran = dir.run(args);
        assert_eq!((ran.code, ran.text()), (2, ""), "{args:?}");
        assert!(ran.err.starts_with(message), "{args:?}: {}", ran.err);
    }
    assert_eq!(dir.names(), ["a", "b", "file"]);
}

/// A gate over a repository is about its text: a picture in it is no error.
#[test]
fn files_that_are_no_text_are_passed_also_where_all_are_text() {
    let dir = Dir::new();
    put(&dir, &[("in/a.json", damaged().as_bytes()), ("in/b.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")]);
    let ran = dir.run(&["check", "-f", "text", "-l", "in"]);
    assert_eq!((ran.code, ran.text(), ran.err.as_str()), (1, "in/a.json\n", ""));
    // One that is named is looked at.
    assert_eq!(dir.run(&["check", "-f", "text", "in/b.png"]).code, 2);
}

#[test]
fn what_would_be_lost_is_refused() {
    let dir = Dir::new();
    let text = damaged();
    put(&dir, &[("file", text.as_bytes()), ("in/a", text.as_bytes())]);
    fs::create_dir(dir.path("out")).unwrap();
    for (args, message) in [
        (&["fix", "file", "--report", "file"][..], "--report file: this is an input, and would be lost"),
        (&["fix", "-i", "in/../file", "--report", "./file"], "--report ./file: this is an input"),
        (&["check", "file", "--html", "file"], "--html file: this is an input"),
        (&["decode", "file", "--html", "in/../file"], "--html in/../file: this is an input"),
        (&["fix", "file", "-o", "new", "--report", "new"], "--report new: --output is written there"),
        (&["fix", "in", "-o", "out", "--report", "out/a"], "--report out/a: a result is written there"),
        (&["decode", "in", "-o", "out/", "--html", "in/../out/a"], "--html in/../out/a: a result is written"),
        (&["check", "file", "--report", "new", "--html", "./new"], "--html ./new: --report is written there"),
    ] {
        let ran = dir.run(args);
        assert_eq!((ran.code, ran.text()), (2, ""), "{args:?}");
        assert!(ran.err.starts_with(&format!("luanma: {message}")), "{args:?}: {}", ran.err);
        assert_eq!(dir.get("file"), text.as_bytes());
    }
    assert_eq!(dir.names(), ["file", "in", "out"]);
    assert_eq!(dir.run(&["fix", "in", "-o", "out", "--report", "out/b"]).code, 0);
    assert_eq!(names(&dir.path("out")), ["a", "b"]);
    // What is thrown away may be so twice, and a file may be written over itself.
    let ran = dir.run(&["fix", "file", "-o", "file", "--report", "/dev/null", "--html", "/dev/null"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_ne!(dir.get("file"), text.as_bytes());
}

#[test]
fn a_file_that_is_named_twice_is_replaced_once() {
    let dir = Dir::new();
    put(&dir, &[("in/a", damaged().as_bytes())]);
    let ran = dir.run(&["fix", "--in-place", "--report", "run.jsonl", "in/a", "in", "./in/a"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let ran = dir.run(&["revert", "--in-place", "run.jsonl"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(dir.get("in/a"), damaged().as_bytes());
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_not_written() {
    let dir = Dir::new();
    let whole = luanma(&["fix"], "plain\n").out;
    put(&dir, &[("in/a.gz", b"no gzip"), ("in/b", &whole)]);
    let ran = dir.run(&["fix", "in", "-o", "out"]);
    assert_eq!((ran.code, ran.err.starts_with("luanma: in/a.gz: ")), (2, true), "{}", ran.err);
    assert_eq!(names(&dir.path("out")), ["b"]);
    // A directory stands where a file has to go.
    put(&dir, &[("out2/b/x", b"")]);
    let ran = dir.run(&["fix", "in/b", "in/a.gz", "-o", "out2"]);
    assert_eq!((ran.code, ran.err.starts_with("luanma: out2/b: ")), (2, true), "{}", ran.err);
    assert_eq!(names(&dir.path("out2")), ["b/x"]);
}

#[test]
fn a_run_is_resumed() {
    let dir = Dir::new();
    let damaged = damaged();
    for name in ["in/a", "in/b", "in/c", "in/d"] {
        put(&dir, &[(name, format!("{name} {damaged}\n").as_bytes())]);
    }
    let args = &["fix", "in", "-o", "out", "--report", "report.jsonl"];
    assert_eq!(dir.run(args).code, 0);
    let (whole, report) = (tree(&dir.path("out")), dir.get("report.jsonl"));
    // As a killed run leaves it: two files, a beginning, and a report that is ahead of them.
    fs::remove_file(dir.path("out/c")).unwrap();
    fs::remove_file(dir.path("out/d")).unwrap();
    put(&dir, &[("out/a", b"was written before\n"), ("out/.c.77-0.luanma", b"in/c")]);
    let lines: Vec<_> = report.split_inclusive(|&b| b == b'\n').collect();
    assert_eq!(lines.len(), 4);
    dir.put("report.jsonl", [lines[0], lines[1], lines[2], &lines[3][..20]].concat());
    let ran = dir.run(&[&args[..], &["--resume"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let mut expected = whole.clone();
    expected.insert("a".to_owned(), b"was written before\n".to_vec());
    assert_eq!(tree(&dir.path("out")), expected);
    assert!(dir.get("report.jsonl") == report);
    // A source that is newer than its result is done again.
    std::thread::sleep(Duration::from_millis(20));
    put(&dir, &[("in/a", format!("in/a {damaged}\n").as_bytes())]);
    assert_eq!(dir.run(&[&args[..], &["--resume"]].concat()).code, 0);
    assert_eq!(tree(&dir.path("out")), whole);
    // Its line comes last, but none is there twice.
    let resumed = dir.get("report.jsonl");
    let mut lines: Vec<_> = resumed.split_inclusive(|&b| b == b'\n').collect();
    lines.rotate_right(1);
    assert!(lines.concat() == report);
}

/// The same file may be called otherwise the next time.
#[test]
fn a_run_is_resumed_by_another_name() {
    let dir = Dir::new();
    let line = format!("{}\n", damaged());
    put(&dir, &[("in/a", line.as_bytes()), ("in/b", line.as_bytes())]);
    let run = |input: &str, more: &[&str]| {
        let ran = dir.run(&[&["fix", input, "--report", "report.jsonl"], more].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{input} {more:?}");
        let report = String::from_utf8(dir.get("report.jsonl")).unwrap();
        let value = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        report.lines().map(|line| value(line)["file"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(run("in", &["-o", "out"]), ["in/a", "in/b"]);
    fs::remove_file(dir.path("out/b")).unwrap();
    assert_eq!(run("./in", &["-o", "out", "--resume"]), ["in/a", "./in/b"]);
    // A file that this run does not know of stays in the report, too.
    put(&dir, &[("other/c", line.as_bytes())]);
    assert_eq!(run("other", &["-o", "out", "--resume"]), ["in/a", "./in/b", "other/c"]);
    // In place, the journal says what is done.
    assert_eq!(run("in", &["--in-place"]), ["in/a", "in/b"]);
    let metadata = fs::metadata(dir.path("in/a")).unwrap();
    let time = metadata.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    let is = format!("[{},{},{}]", metadata.len(), time.as_secs(), time.subsec_nanos());
    dir.put("report.jsonl.done", format!("{{\"file\":\"in/a\",\"is\":{is}}}\n"));
    put(&dir, &[("in/b", line.as_bytes())]);
    assert_eq!(run("in/../in", &["--in-place", "--resume"]), ["in/a", "in/../in/b"]);
    let ran = dir.run(&["revert", "report.jsonl", "--in-place"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(dir.get("in/a") == line.as_bytes() && dir.get("in/b") == line.as_bytes());
}

const HAS_ENDED: &str = "luanma: report.jsonl: the run of this report has ended: nothing is left to do\n";

/// Numbers that look random, the same in every run.
fn random() -> impl FnMut(u64) -> u64 {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

/// A directory of files of every format that take a while, and what they have to become.
fn work(dir: &Dir) -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, Vec<u8>>) {
    let damaged = damaged();
    for n in 0..16 {
        let ends = |line: &str, between: &str| format!("{line}{}{line}", between.repeat(20_000));
        let record = |text: &str| {
            format!(
                "WARC/1.0\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{text}\r\n\r\n",
                text.len()
            )
        };
        let (kind, content) = match n % 5 {
            0 => ("txt", ends(&format!("{damaged}\n"), "Some plain text, and more.\n")),
            1 => {
                ("jsonl", ends(&format!("{{\"n\":1.0,\"text\":\"{damaged}\"}}\n"), "{\"text\":\"plain\"}\n"))
            }
            2 => ("csv", format!("n,text\n{}", ends(&format!("1.0,\"{damaged}\"\n"), "\"2\",plain text\n"))),
            3 => ("warc", ends(&record(&damaged), &record("plain"))),
            _ => ("parquet", String::new()),
        };
        let name = format!("in/{}/{n}.{kind}", n % 3);
        put(dir, &[(&name, content.as_bytes())]);
        #[cfg(feature = "parquet")]
        if kind == "parquet" {
            let plain: Vec<_> = (0..50_000).map(|n| format!("plain {n}")).collect();
            let texts = [&*damaged].into_iter().chain(plain.iter().map(String::as_str));
            common::table(&dir.path(&name), texts.chain([&*damaged]));
        }
        #[cfg(not(feature = "parquet"))]
        if kind == "parquet" {
            fs::remove_file(dir.path(&name)).unwrap();
        }
    }
    let before = tree(&dir.path("in"));
    assert_eq!(dir.run(&["fix", "in", "-o", "whole"]).code, 0);
    let after = tree(&dir.path("whole"));
    assert!(before.len() == after.len() && before.iter().all(|(name, bytes)| after[name] != *bytes));
    (before, after)
}

/// Runs the program until `after` has passed, and kills it; whether it was still at work.
fn kill_after(dir: &Dir, args: &[&str], after: Duration) -> bool {
    let mut child =
        dir.command(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let _ = child.kill();
    child.wait().unwrap().code().is_none()
}

#[cfg(unix)]
#[test]
fn killed_at_any_moment_it_leaves_whole_files_or_none() {
    let dir = Dir::new();
    let (before, after) = work(&dir);
    let in_tree = &["fix", "in", "-o", "out", "-j", "2"];
    let start = Instant::now();
    assert_eq!(dir.run(in_tree).code, 0);
    let whole_run = start.elapsed().as_micros() as u64;
    let mut random = random();
    let (mut killed, mut some_done) = (0, 0);
    let mut round = 0;
    // How many runs are killed at work is for the machine to say; there are to be enough of them.
    while round < 50 || killed < 25 || some_done < 5 {
        assert!(round < 500, "{killed} runs were killed, {some_done} between two files");
        let _ = fs::remove_dir_all(dir.path("out"));
        let in_place = round % 2 == 1;
        if in_place {
            for (name, bytes) in &before {
                put(&dir, &[(&format!("place/{name}"), bytes)]);
            }
        }
        for name in ["report.jsonl", "report.jsonl.done"] {
            let _ = fs::remove_file(dir.path(name));
        }
        let args: &[&str] = if in_place {
            &["fix", "place", "--in-place", "-j", "2", "--report", "report.jsonl"]
        } else {
            in_tree
        };
        killed += usize::from(kill_after(&dir, args, Duration::from_micros(random(whole_run))));
        let result = tree(&dir.path(if in_place { "place" } else { "out" }));
        let finished: Vec<_> = result.iter().filter(|(name, _)| !name.ends_with(".luanma")).collect();
        let mut done = 0;
        for (name, bytes) in &finished {
            let old = in_place && **bytes == before[*name];
            assert!(old || **bytes == after[*name], "round {round}: {name} is neither old nor new");
            done += usize::from(!old);
        }
        some_done += usize::from(0 < done && done < before.len());
        assert!(!in_place || finished.len() == before.len(), "round {round}: a file is gone");
        assert!(tree(&dir.path("in")) == before, "round {round}: the input has changed");
        // What was begun is brought to its end, and with its report it can be undone.
        if round % 10 < 2 {
            let ran = dir.run(&[args, &["--resume"]].concat());
            assert_eq!(ran.code, 0);
            assert!(ran.err.is_empty() || in_place && ran.err == HAS_ENDED, "round {round}: {}", ran.err);
            let result = tree(&dir.path(if in_place { "place" } else { "out" }));
            assert!(result == after, "round {round}: not the same after all");
            assert!(!dir.path("report.jsonl.done").exists());
            if in_place {
                // Parquet cannot be undone.
                let report = String::from_utf8(dir.get("report.jsonl")).unwrap();
                let lines = report.split_inclusive('\n').filter(|line| !line.contains(".parquet\""));
                dir.put("report.jsonl", lines.collect::<String>());
                let ran = dir.run(&["revert", "report.jsonl", "--in-place"]);
                assert_eq!((ran.code, ran.err.as_str()), (0, ""), "round {round}");
                let result = tree(&dir.path("place"));
                let lost = result
                    .iter()
                    .find(|(name, bytes)| !name.ends_with("parquet") && **bytes != before[*name]);
                assert!(lost.is_none(), "round {round}: {:?} cannot be undone", lost.map(|(name, _)| name));
            }
        }
        let _ = fs::remove_dir_all(dir.path("place"));
        round += 1;
    }
}

#[test]
fn what_has_ended_is_not_resumed() {
    let dir = Dir::new();
    let damaged = format!("{}\n", damaged());
    put(&dir, &[("in/a", damaged.as_bytes())]);
    let args = &["fix", "in", "--in-place", "--report", "report.jsonl"];
    assert_eq!(dir.run(args).code, 0);
    let (report, tree) = (dir.get("report.jsonl"), tree(&dir.path("in")));
    assert!(!report.is_empty());
    let ran = dir.run(&[&args[..], &["--resume"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, HAS_ENDED));
    assert!(dir.get("report.jsonl") == report, "what it can be undone by is gone");
    assert_eq!(dir.run(&["revert", "report.jsonl", "--in-place"]).code, 0);
    assert!(dir.get("in/a") == damaged.as_bytes() && tree["a"] != damaged.as_bytes());
    // A new run begins anew.
    assert_eq!(dir.run(args).code, 0);
    assert!(dir.get("report.jsonl") == report && dir.get("in/a") == tree["a"]);
}

#[test]
fn a_run_in_place_is_resumed() {
    let dir = Dir::new();
    let damaged = damaged();
    let line = format!("{damaged}\n");
    put(
        &dir,
        &[
            ("in/a", line.as_bytes()),
            ("in/b", b"plain\n"),
            ("in/c", line.as_bytes()),
            ("in/d", line.as_bytes()),
        ],
    );
    let args = &["fix", "in", "--in-place", "--report", "in/run.jsonl"];
    assert_eq!(dir.run(args).code, 0);
    let report = dir.get("in/run.jsonl");
    assert_eq!(names(&dir.path("in")), ["a", "b", "c", "d", "run.jsonl"]);
    // As a killed run leaves it: two files done, one of which has changed since, and the report ahead of them.
    let entry = |name: &str| {
        let metadata = fs::metadata(dir.path(name)).unwrap();
        let time = metadata.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
        format!(
            "{{\"file\":\"{name}\",\"is\":[{},{},{}]}}\n",
            metadata.len(),
            time.as_secs(),
            time.subsec_nanos()
        )
    };
    put(&dir, &[("in/c", line.as_bytes()), ("in/.d.7-0.luanma", b"half")]);
    let journal = [
        entry("in/a"),
        entry("in/b"),
        entry("in/d").replace("\"is\":[", "\"is\":[1"),
        "{\"file\":\"in/".to_owned(),
    ];
    dir.put("in/run.jsonl.done", journal.concat());
    std::thread::sleep(Duration::from_millis(20));
    put(&dir, &[("in/b", line.as_bytes())]);
    let stats = dir.run(&[&args[..], &["--resume", "--stats"]].concat());
    assert_eq!(stats.code, 0, "{}", stats.err);
    // `a` was not read again, `b` was, and `d` has nothing left to repair.
    assert!(stats.err.contains("3 lines, 2 changed"), "{}", stats.err);
    assert_eq!(names(&dir.path("in")), ["a", "b", "c", "d", "run.jsonl"]);
    let now = String::from_utf8(dir.get("in/run.jsonl")).unwrap();
    let old = String::from_utf8(report).unwrap();
    assert_eq!(now.lines().count(), 3);
    assert_eq!(now.lines().next(), old.lines().next());
    let ran = dir.run(&["fix", "in", "--in-place", "--resume"]);
    assert_eq!(ran.err, "luanma: --resume: with --in-place, only the run's --report tells what is done\n");
}

#[cfg(target_os = "linux")]
#[test]
fn told_to_end_it_takes_its_temporary_files_along() {
    let dir = Dir::new();
    let text = "Some plain text, and more.\n".repeat(10_000);
    for signal in ["INT", "TERM", "HUP"] {
        let mut child = dir
            .command(&["fix", "-", "-o", "out"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, text.as_bytes()).unwrap();
        let start = Instant::now();
        while dir.names().is_empty() && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(dir.names().len(), 1, "no temporary file");
        let id = child.id().to_string();
        assert!(
            std::process::Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success()
        );
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        assert!(dir.names().is_empty(), "{signal}: {:?}", dir.names());
    }
}
