//! The commands of docs/formats.md run.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Dir, luanma};

/// The blocks of shell commands in a page.
fn blocks(page: &str) -> Vec<&str> {
    page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

fn is_there(program: &str) -> bool {
    let look = format!("command -v {program}");
    Command::new("sh").args(["-c", &look]).stdout(Stdio::null()).status().unwrap().success()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_commands_of_the_page_run() {
    let dir = Dir::new();
    let clean = "昨天他们去商店买东西，我给他写信";
    let damaged = luanma(&["garble", "--chain", "utf-8>gbk"], clean).text().to_owned();
    for directory in ["crawl/old", "repaired"] {
        fs::create_dir_all(dir.path(directory)).unwrap();
    }
    dir.put(
        "crawl/news.jsonl",
        format!("{{\"id\":1,\"text\":\"{damaged}\"}}\n{{\"id\":2,\"text\":\"plain\"}}\n"),
    );
    dir.put("crawl/old/more.jsonl", "no JSON\n");
    let record = "WARC/1.0\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ntext\r\n\r\n";
    dir.put("crawl/one.wet.gz", gzip(record));
    dir.put("dump.csv.gz", gzip(&format!("id;title;body\n1;{damaged};\"a;b\"\n")));
    #[cfg(feature = "parquet")]
    common::table(&dir.path("table.parquet"), ["文件"]);
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md")).unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_luanma")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut ran = 0;
    for block in blocks(&page) {
        let needs = block.lines().next().unwrap().strip_prefix("# needs ");
        if let Some(program) = needs.filter(|program| !is_there(program)) {
            eprintln!("{program} is missing: not run:\n{block}");
            continue;
        }
        let output = Command::new("sh")
            .args(["-ec", block])
            .current_dir(dir.path(""))
            .env("PATH", &path)
            .output()
            .unwrap();
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && messages.is_empty(), "{block}\n{messages}");
        if needs == Some("jq") {
            assert_eq!(String::from_utf8(output.stdout).unwrap(), "[1,\"repaired\"]\n");
        }
        ran += 1;
    }
    assert!(ran >= 4, "{ran}");
    let news = String::from_utf8(dir.get("repaired/news.jsonl")).unwrap();
    assert!(news.contains(clean) && !dir.path("repaired/old").exists());
    let dump = dir.run(&["fix", "dump.clean.csv.gz"]);
    assert!(dump.out.ends_with(format!("1;{clean};\"a;b\"\n").as_bytes()));
}
