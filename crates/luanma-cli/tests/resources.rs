//! Memory and time that a user counts on.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::{Dir, luanma};

const MB: u64 = 1 << 20;

/// The most memory that the program ever had, after `input`, with its standard input still open.
fn peak(args: &[&str], input: impl Iterator<Item = Vec<u8>>) -> u64 {
    let dir = Dir::new();
    let mut child: Child =
        dir.command(args).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for part in input {
        stdin.write_all(&part).unwrap();
    }
    stdin.flush().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    drop(stdin);
    child.wait().unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

fn times(part: &str, bytes: u64) -> impl Iterator<Item = Vec<u8>> + use<> {
    let chunk = part.repeat((MB as usize).div_ceil(part.len())).into_bytes();
    (0..bytes / MB).map(move |_| chunk.clone())
}

#[test]
fn memory_is_bounded() {
    // Mostly ASCII, which is passed over at once: the memory is looked at, not the speed.
    let line = &format!("一行普通的文字{}", " and then some more plain English".repeat(40));
    let record = format!("{{\"id\":1,\"text\":\"{line}\"}}\n");
    let text = format!("{line}\n");
    for threads in ["1", "8"] {
        assert!(peak(&["fix", "-j", threads], times(&text, 100 * MB)) < 64 * MB, "lines, {threads} threads");
        assert!(
            peak(&["fix", "-j", threads], times(line, 100 * MB)) < 64 * MB,
            "one line, {threads} threads"
        );
        let jsonl = &["fix", "-f", "jsonl", "-j", threads];
        assert!(peak(jsonl, times(&record, 100 * MB)) < 64 * MB, "records, {threads} threads");
        let long = || {
            let start = std::iter::once(b"{\"text\":\"".to_vec());
            start.chain(times(&format!("{line}\\n"), 20 * MB)).chain(std::iter::once(b"\"}\n".to_vec()))
        };
        let records = long().chain(long()).chain(long()).chain(long());
        assert!(peak(jsonl, records) < (64 + 3 * 20) * MB, "long records, {threads} threads");
        let table = &["fix", "-f", "csv", "--no-header", "-c", "2", "-j", threads];
        let row = format!("1,\"{line}\n\"\n");
        assert!(peak(table, times(&row, 100 * MB)) < 64 * MB, "rows, {threads} threads");
        // A quote that is never closed takes no more with it than a long record would.
        let open = std::iter::once(b"1,\"x\n".to_vec()).chain(times("1,plain text\n", 100 * MB));
        assert!(peak(table, open) < (64 + 3 * 16) * MB, "an open quote, {threads} threads");
        // A record of many columns, a header and another.
        let cells = || times("ab,", 20 * MB).chain(std::iter::once(b"c\n".to_vec()));
        let table = &["fix", "-f", "csv", "-a", "-j", threads];
        assert!(peak(table, cells().chain(cells())) < (64 + 3 * 20) * MB, "many columns, {threads} threads");
        let document = &["fix", "-f", "json", "-j", threads];
        let array = std::iter::once(b"[".to_vec()).chain(times(&record.replace('\n', ",\n"), 100 * MB));
        assert!(peak(document, array) < 64 * MB, "an array, {threads} threads");
        let archive = &["fix", "-f", "warc", "-j", threads];
        let page = format!(
            "WARC/1.0\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{line}\r\n\r\n",
            line.len()
        );
        assert!(peak(archive, times(&page, 100 * MB)) < 64 * MB, "an archive, {threads} threads");
    }
}

#[test]
fn an_empty_input_takes_no_time() {
    let fastest = (0..30)
        .map(|_| {
            let start = Instant::now();
            assert_eq!(luanma(&["fix"], "").code, 0);
            start.elapsed()
        })
        .min();
    assert!(fastest < Some(Duration::from_millis(10)), "{fastest:?}");
}
