//! WARC and WET: texts change, with their lengths and digests; all else stays.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::Read;

use common::{Dir, luanma, unchanged};
use proptest::prelude::*;

const DAMAGE: &[&str] = &["garble", "--chain", "utf-8>gbk", "-f", "warc"];

/// A record with these fields besides its length.
fn record(fields: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("WARC/1.0\r\n{fields}Content-Length: {}\r\n\r\n", content.len());
    [head.as_bytes(), content, b"\r\n\r\n"].concat()
}

const TEXT: &str = "WARC-Type: conversion\r\nWARC-Target-URI: a\r\nContent-Type: text/plain\r\n";

#[test]
fn archives_stay_as_they_are_written() {
    for archive in [
        vec![],
        record("WARC-Type: warcinfo\r\nContent-Type: application/warc-fields\r\n", b"software: \xff\r\n"),
        [record(TEXT, "文字\n".as_bytes()), record("", b""), record(TEXT, b"\r\n\r\nWARC/1.0\r\n")].concat(),
        record("Content-Type: application/http\r\n", b"HTTP/1.1 200 OK\r\n\r\n\xce\xc4"),
        b"WARC/1.1\nContent-Type: text/html\ncontent-length:5 \n\nplain\n\nWARC/1.1\nContent-Length: 0\n\n"
            .to_vec(),
    ] {
        unchanged(&["fix", "-f", "warc"], archive);
    }
}

#[test]
fn lengths_and_digests_are_made_right() {
    let fields = |digests: [&str; 2]| {
        format!(
            "WARC-Block-Digest: {}\r\n{TEXT}WARC-Payload-Digest: {}\r\nX: 文字\r\n",
            digests[0], digests[1]
        )
    };
    // Of 文字 and of 鏂囧瓧, in UTF-8.
    let (old, new) = (sha1("文字"), sha1("鏂囧瓧"));
    let other = "sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let archive = |text: &str, digests: [&str; 2]| {
        let http = record("Content-Type: application/http; msgtype=response\r\n", "文字".as_bytes());
        [http.clone(), record(&fields(digests), text.as_bytes()), http].concat()
    };
    for (before, after) in [([&*old, &*old], [&*new, &*new]), ([&*old, other], [&*new, other])] {
        let ran = luanma(DAMAGE, archive("文字", before));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert_eq!(ran.text(), std::str::from_utf8(&archive("鏂囧瓧", after)).unwrap());
    }
    let wrong = archive("文字", [other, &old]);
    let ran = luanma(DAMAGE, &wrong);
    assert_eq!((ran.code, ran.out == wrong), (2, true));
    assert_eq!(ran.err, "luanma: <stdin>:7: its digest does not fit, and it is left as found\n");
}

/// The digest in hexadecimal digits, as sha1sum prints it.
fn sha1(text: &str) -> String {
    let digest = match text {
        "文字" => "f4d3dab8e0c2dd1d04f2dd0cbd11d3feb299bf31",
        _ => "057f05da9f67282af5b766ef1f6e8b0d4c94b55e",
    };
    format!("sha1:{digest}")
}

#[test]
fn what_is_wrong_is_told_and_passes() {
    let whole = record(TEXT, b"plain text");
    let cases: [(Vec<u8>, &str); 6] = [
        (whole[..whole.len() - 8].to_vec(), "1: the record is cut short"),
        (whole[..30].to_vec(), "1: not a WARC record"),
        ([&whole, &b"<html>\n\n"[..], &whole].concat(), "9: not a WARC record"),
        ([b"WARC/1.0\r\nContent-Length: x\r\n\r\n", &*whole].concat(), "1: not a WARC record"),
        (record(TEXT, b"\xff"), "1: not UTF-8"),
        (
            record(&format!("{TEXT}WARC-Segment-Number: 1\r\n"), b"x"),
            "1: a piece of a text, which is left as found",
        ),
    ];
    for (archive, message) in cases {
        let ran = luanma(&["fix", "-f", "warc"], &archive);
        assert_eq!((ran.code, ran.out == archive), (2, true), "{message}");
        assert_eq!(ran.err, format!("luanma: <stdin>:{message}\n"));
    }
}

#[test]
fn findings_have_line_and_record() {
    let dir = Dir::new();
    let clean = "昨天他们去商店买东西，我给他写信";
    let damaged = common::garble(&[], clean);
    let archive =
        |line: &str| [record("", b"\n"), record(TEXT, format!("one\n文{line}\n").as_bytes())].concat();
    dir.put("a.wet", archive(&damaged));
    let ran = dir.run(&["fix", "a.wet", "--report", "r.jsonl"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out == archive(clean));
    let line: serde_json::Value = serde_json::from_slice(&dir.get("r.jsonl")).unwrap();
    let told = ["line", "record", "start"].map(|field| line[field].as_u64().unwrap());
    assert_eq!((told, line.get("column")), ([14, 2, 5], None));
    assert!(dir.run(&["check", "a.wet"]).text().starts_with("a.wet:14:2: utf-8>gbk repaired "));
}

#[test]
fn each_record_is_compressed_for_itself() {
    let dir = Dir::new();
    let clean = "昨天他们去商店买东西，我给他写信";
    let damaged = common::garble(&[], clean);
    let long = "plain text\n".repeat(30_000);
    let records = |line: &str| -> Vec<Vec<u8>> {
        let texts = ["a", &long, "b", line, "c"];
        texts.iter().map(|text| record(TEXT, text.as_bytes())).collect()
    };
    dir.put("a.warc", records(&damaged).concat());
    for name in ["b.warc.gz", "b.warc.zst"] {
        assert_eq!(dir.run(&["fix", "a.warc", "-o", name]).code, 0);
        assert!(dir.run(&["fix", "-f", "text", name]).out == records(clean).concat());
    }
    assert_eq!(members(&dir.get("b.warc.gz")), records(clean));
    // In place, what stands before the first repair too.
    let compressed: Vec<u8> = records(&damaged).iter().flat_map(|record| gzip(record)).collect();
    dir.put("c.warc.gz", compressed);
    assert_eq!(dir.run(&["fix", "--in-place", "c.warc.gz"]).code, 0);
    assert_eq!(members(&dir.get("c.warc.gz")), records(clean));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}

/// The members of a gzip file, each decompressed.
fn members(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut members = Vec::new();
    while !bytes.is_empty() {
        let mut member = Vec::new();
        flate2::bufread::GzDecoder::new(&mut bytes).read_to_end(&mut member).unwrap();
        members.push(member);
    }
    members
}

#[test]
fn a_long_archive_is_cut_between_its_records() {
    let archive = |text: &str| -> Vec<u8> {
        (0..400)
            .flat_map(|n| match n % 4 {
                0 => record(TEXT, text.repeat(n).as_bytes()),
                1 => record("Content-Type: image/png\r\n", &vec![0xff; n * 2000]),
                2 => record(TEXT, format!("{}{text}", "x".repeat(n * 20)).as_bytes()),
                _ => record("", b""),
            })
            .collect()
    };
    for threads in ["1", "3"] {
        let ran = luanma(&[DAMAGE, &["-j", threads]].concat(), archive("文字"));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert!(ran.out == archive("鏂囧瓧"), "{threads} threads");
    }
}

proptest! {
    #![proptest_config(common::config(64))]

    /// Archives come out byte for byte, and damage changes exactly the texts and what is said of them.
    #[test]
    fn any_archive_passes(
        records in prop::collection::vec(
            (0..3u8, prop::collection::vec(prop::sample::select(vec!["文字", "a", "\n", "\r\n\r\n", "WARC/1.0\r\n", "\"x\""]), 0..6)),
            0..12,
        ),
        repeat in prop_oneof![4 => Just(1usize), 1 => 1..1000usize],
    ) {
        let archive = |damaged: bool| -> Vec<u8> {
            let records = records.iter().flat_map(|(kind, pieces)| {
                let text = pieces.concat();
                let text = if damaged && *kind > 0 { text.replace("文字", "鏂囧瓧") } else { text };
                match kind {
                    0 => record("Content-Type: application/http\r\nX: 文字\r\n", text.as_bytes()),
                    1 => record(TEXT, text.as_bytes()),
                    _ => record("content-TYPE:text/html; charset=utf-8\r\n", text.as_bytes()),
                }
            });
            records.collect::<Vec<_>>().repeat(repeat)
        };
        let ran = luanma(&["fix", "-f", "warc"], archive(false));
        prop_assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        prop_assert!(ran.out == archive(false));
        let ran = luanma(DAMAGE, archive(false));
        prop_assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        prop_assert!(ran.out == archive(true));
    }
}
