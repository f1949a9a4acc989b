//! Parquet: only the texts of the columns change; schema, row groups, metadata and all other column chunks stay.
#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use common::Dir;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

const SCHEMA: &str = "message schema {
    required int64 id;
    optional binary text (STRING);
    optional group tags (LIST) { repeated group list { optional binary element (UTF8); } }
    optional group meta { required binary title (STRING); optional double score; }
    optional binary raw;
    required group names (MAP) { repeated group key_value { required binary key (STRING); optional binary value (STRING); } }
}";

/// One row. The score is there where the title is.
#[derive(Clone, Debug)]
struct Row {
    text: Option<String>,
    tags: Option<Vec<Option<String>>>,
    title: Option<String>,
    raw: Option<Vec<u8>>,
    names: Vec<(String, Option<String>)>,
}

impl Row {
    fn damaged(&self) -> Self {
        let damaged = |text: &String| text.replace("文字", "鏂囧瓧");
        Self {
            text: self.text.as_ref().map(damaged),
            tags: self.tags.as_ref().map(|tags| tags.iter().map(|tag| tag.as_ref().map(damaged)).collect()),
            title: self.title.as_ref().map(damaged),
            raw: self.raw.clone(),
            names: self.names.iter().map(|(k, v)| (k.clone(), v.as_ref().map(damaged))).collect(),
        }
    }
}

fn row(text: &str) -> Row {
    let some = || Some(text.to_owned());
    Row {
        text: some(),
        tags: Some(vec![some(), None, some()]),
        title: some(),
        raw: Some(text.as_bytes().to_vec()),
        names: vec![(text.to_owned(), some()), ("k".to_owned(), None)],
    }
}

fn properties() -> parquet::file::properties::WriterPropertiesBuilder {
    let key =
        |key: &str, value: Option<&str>| KeyValue { key: key.to_owned(), value: value.map(str::to_owned) };
    WriterProperties::builder()
        .set_created_by("a test version 1.0".to_owned())
        .set_key_value_metadata(Some(vec![key("文字", Some("文字")), key("empty", None)]))
}

/// Writes row groups of these rows.
fn write(path: &Path, groups: &[&[Row]], properties: WriterProperties) {
    let bytes = |text: &String| ByteArray::from(text.as_str());
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let mut writer =
        SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::new(properties)).unwrap();
    for rows in groups {
        let mut group = writer.next_row_group().unwrap();
        let flat = |value: &dyn Fn(&Row) -> Option<ByteArray>| {
            let values: Vec<_> = rows.iter().map(value).collect();
            let definition: Vec<_> = values.iter().map(|v| i16::from(v.is_some())).collect();
            (values.into_iter().flatten().collect::<Vec<_>>(), definition)
        };
        let mut ids = group.next_column().unwrap().unwrap();
        let numbers: Vec<_> = (0..rows.len() as i64).collect();
        ids.typed::<Int64Type>().write_batch(&numbers, None, None).unwrap();
        ids.close().unwrap();
        let mut put = |values: &[ByteArray], definition: Option<&[i16]>, repetition: Option<&[i16]>| {
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<ByteArrayType>().write_batch(values, definition, repetition).unwrap();
            column.close().unwrap();
        };
        let (values, definition) = flat(&|row| row.text.as_ref().map(bytes));
        put(&values, Some(&definition), None);
        let (mut values, mut definition, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
        for row in *rows {
            let Some(tags) = row.tags.as_ref().filter(|tags| !tags.is_empty()) else {
                definition.push(i16::from(row.tags.is_some()));
                repetition.push(0);
                continue;
            };
            for (n, tag) in tags.iter().enumerate() {
                repetition.push(i16::from(n > 0));
                definition.push(if tag.is_some() { 3 } else { 2 });
                values.extend(tag.as_ref().map(bytes));
            }
        }
        put(&values, Some(&definition), Some(&repetition));
        let (values, definition) = flat(&|row| row.title.as_ref().map(bytes));
        put(&values, Some(&definition), None);
        let mut scores = group.next_column().unwrap().unwrap();
        let scored: Vec<_> = values.iter().map(|_| 0.1).collect();
        let twice: Vec<_> = definition.iter().map(|d| d * 2).collect();
        scores.typed::<DoubleType>().write_batch(&scored, Some(&twice), None).unwrap();
        scores.close().unwrap();
        let mut put = |values: &[ByteArray], definition: Option<&[i16]>, repetition: Option<&[i16]>| {
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<ByteArrayType>().write_batch(values, definition, repetition).unwrap();
            column.close().unwrap();
        };
        let (values, definition) = flat(&|row| row.raw.clone().map(ByteArray::from));
        put(&values, Some(&definition), None);
        let (mut keys, mut there, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
        let (mut values, mut filled) = (Vec::new(), Vec::new());
        for row in *rows {
            if row.names.is_empty() {
                there.push(0);
                filled.push(0);
                repetition.push(0);
            }
            for (n, (key, value)) in row.names.iter().enumerate() {
                repetition.push(i16::from(n > 0));
                there.push(1);
                keys.push(bytes(key));
                filled.push(if value.is_some() { 2 } else { 1 });
                values.extend(value.as_ref().map(bytes));
            }
        }
        put(&keys, Some(&there), Some(&repetition));
        put(&values, Some(&filled), Some(&repetition));
        group.close().unwrap();
    }
    writer.close().unwrap();
}

fn rows(path: &Path) -> Vec<String> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect()
}

/// What stays when only the leaves of `changed` do.
fn frame(path: &Path, changed: &[usize]) -> impl PartialEq + std::fmt::Debug + use<> {
    let bytes = fs::read(path).unwrap();
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let metadata = reader.metadata();
    let file = metadata.file_metadata();
    let mut chunks = Vec::new();
    for group in metadata.row_groups() {
        for (leaf, chunk) in group.columns().iter().enumerate() {
            let (start, length) = chunk.byte_range();
            let stored = &bytes[start as usize..][..length as usize];
            let content = (!changed.contains(&leaf)).then(|| stored.to_vec());
            let indexed = (chunk.column_index_offset().is_some(), chunk.offset_index_offset().is_some());
            chunks.push((
                content,
                format!("{:?} {indexed:?} {}", chunk.compression(), chunk.num_values()),
                chunk.statistics().is_some(),
                chunk.bloom_filter_offset().is_some(),
            ));
        }
    }
    (
        file.schema().clone(),
        file.key_value_metadata().cloned(),
        (file.version(), file.created_by().map(str::to_owned)),
        metadata
            .row_groups()
            .iter()
            .map(|g| (g.num_rows(), g.sorting_columns().cloned()))
            .collect::<Vec<_>>(),
        chunks,
    )
}

const DAMAGE: &[&str] = &["garble", "--chain", "utf-8>gbk", "a.parquet", "-o", "b.parquet"];

#[test]
fn only_the_columns_change() {
    let dir = Dir::new();
    let rows_of = |text: &str| vec![row("plain"), row(text), row(text)];
    let (one, two) = (rows_of("文字 a"), rows_of("文字"));
    let path = dir.path("a.parquet");
    let properties = properties().set_compression(Compression::SNAPPY).set_bloom_filter_enabled(true).build();
    write(&path, &[&one, &two, &[]], properties.clone());
    // Leaves: 0 id, 1 text, 2 tags, 3 title, 4 score, 5 raw, 6 key, 7 value.
    for (columns, changed) in [
        (&["text"][..], &[1][..]),
        (&["tags"], &[2]),
        (&["meta.title", "text"], &[1, 3]),
        (&["names.value"], &[7]),
        (&["raw"], &[5]),
    ] {
        let args: Vec<_> = columns.iter().flat_map(|column| ["-c", column]).collect();
        let ran = dir.run(&[DAMAGE, &args].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{columns:?}");
        let result = dir.path("b.parquet");
        assert_eq!(frame(&result, changed), frame(&path, changed), "{columns:?}");
        let expected: Vec<_> = one
            .iter()
            .chain(&two)
            .map(|row| {
                let mut new = row.clone();
                let damaged = row.damaged();
                for column in columns {
                    match *column {
                        "text" => new.text.clone_from(&damaged.text),
                        "tags" => new.tags.clone_from(&damaged.tags),
                        "meta.title" => new.title.clone_from(&damaged.title),
                        "names.value" => new.names.clone_from(&damaged.names),
                        _ => new.raw = damaged.text.clone().map(String::into_bytes),
                    }
                }
                new
            })
            .collect();
        write(&dir.path("c.parquet"), &[&expected[..3], &expected[3..], &[]], properties.clone());
        assert_eq!(rows(&result), rows(&dir.path("c.parquet")), "{columns:?}");
    }
    let ran = dir.run(&[DAMAGE, &["-a"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let all: Vec<_> = one.iter().chain(&two).map(Row::damaged).collect();
    write(&dir.path("c.parquet"), &[&all[..3], &all[3..], &[]], properties);
    assert_eq!(rows(&dir.path("b.parquet")), rows(&dir.path("c.parquet")));
    assert_eq!(frame(&dir.path("b.parquet"), &[1, 2, 3, 7]), frame(&path, &[1, 2, 3, 7]));
}

#[test]
fn texts_are_repaired_and_told() {
    let dir = Dir::new();
    let clean = "昨天他们去商店买东西，我给他写信";
    let damaged = common::garble(&[], clean);
    let path = dir.path("a.parquet");
    let mut some = vec![row("plain"); 3000];
    some[1500].tags = Some(vec![None, Some(format!("文 {damaged}"))]);
    some[2999].text = Some(damaged.clone());
    write(&path, &[&some[..2000], &some[2000..]], properties().build());
    for threads in ["1", "3"] {
        let ran = dir.run(&[
            "fix",
            "a.parquet",
            "-a",
            "-o",
            "b.parquet",
            "--report",
            "r.jsonl",
            "--stats",
            "-j",
            threads,
        ]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.err.contains(" 3000 lines, 2 changed, 0 left alone"), "{}", ran.err);
        let mut expected = some.clone();
        expected[1500].tags = Some(vec![None, Some(format!("文 {clean}"))]);
        expected[2999].text = Some(clean.to_owned());
        write(&dir.path("c.parquet"), &[&expected[..2000], &expected[2000..]], properties().build());
        assert!(rows(&dir.path("b.parquet")) == rows(&dir.path("c.parquet")), "{threads} threads");
        let report = String::from_utf8(dir.get("r.jsonl")).unwrap();
        let lines: Vec<serde_json::Value> =
            report.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let told: Vec<_> = lines
            .iter()
            .map(|l| (l["line"].as_u64(), l["record"].as_u64(), l["column"].as_str(), l["start"].as_u64()))
            .collect();
        assert_eq!(
            told,
            [
                (Some(1501), Some(1501), Some("tags[1]"), Some(2)),
                (Some(3000), Some(3000), Some("text"), Some(0)),
            ]
        );
    }
    let ran = dir.run(&["check", "a.parquet"]);
    assert_eq!(ran.code, 1);
    assert!(ran.text().starts_with("a.parquet:3000:1: utf-8>gbk repaired "), "{}", ran.text());
    // In place, to standard output, and in a tree.
    let whole = dir.run(&["fix", "a.parquet"]);
    assert_eq!(whole.code, 0);
    fs::create_dir(dir.path("in")).unwrap();
    fs::copy(&path, dir.path("in/a.parquet")).unwrap();
    assert_eq!(dir.run(&["fix", "in", "-o", "out"]).code, 0);
    assert!(dir.get("out/a.parquet") == whole.out);
    assert_eq!(dir.run(&["fix", "--in-place", "a.parquet"]).code, 0);
    assert!(dir.get("a.parquet") == whole.out);
    // What is clean is copied, or left alone.
    assert_eq!(dir.run(&["fix", "a.parquet", "-o", "d.parquet"]).code, 0);
    assert!(dir.get("d.parquet") == whole.out);
}

#[test]
fn a_run_cannot_be_undone_and_that_is_told() {
    let dir = Dir::new();
    write(&dir.path("a.parquet"), &[&[row("文字文字文字文字").damaged()]], properties().build());
    let ran = dir.run(&["fix", "-i", "--report", "run.jsonl", "a.parquet"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let repaired = dir.get("a.parquet");
    let ran = dir.run(&["revert", "run.jsonl", "-i"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("a.parquet is Parquet") && ran.err.contains("cannot be reverted"),
        "{}",
        ran.err
    );
    assert_eq!(dir.get("a.parquet"), repaired);
}

#[test]
fn a_damaged_text_that_is_there_often_is_repaired_once() {
    let dir = Dir::new();
    let clean = "昨天他们去商店买东西，我给他写信";
    let damaged = common::garble(&[], clean);
    // Each repair takes milliseconds: a hundred thousand of them would take minutes.
    write(&dir.path("a.parquet"), &[&vec![row(&damaged); 100_000]], properties().build());
    let start = std::time::Instant::now();
    assert_eq!(dir.run(&["fix", "--in-place", "a.parquet"]).code, 0);
    assert!(start.elapsed() < std::time::Duration::from_secs(60), "{:?}", start.elapsed());
    assert_eq!(dir.run(&["check", "a.parquet"]).code, 0);
    assert!(rows(&dir.path("a.parquet"))[99_999].contains(clean));
}

#[test]
fn what_is_wrong_is_told() {
    let dir = Dir::new();
    let path = dir.path("a.parquet");
    let mut some = vec![row("plain"); 3];
    some[1].raw = Some(vec![0xff]);
    write(&path, &[&some], properties().build());
    let whole = dir.get("a.parquet");
    let fix = |args: &[&str]| dir.run(&[&["fix"], args].concat());
    let ran = fix(&["a.parquet", "-c", "raw"]);
    assert_eq!((ran.code, ran.out == whole), (2, true));
    assert_eq!(ran.err, "luanma: a.parquet:2: column `raw`: not UTF-8\n");
    for (column, message) in [("body", "no column `body`"), ("id", "column `id` is not a string")] {
        let ran = fix(&["a.parquet", "-c", column]);
        assert_eq!((ran.code, ran.out == whole), (2, true));
        assert_eq!(ran.err, format!("luanma: a.parquet:1: {message}\n"));
    }
    for length in [0, 3, 8, whole.len() / 2, whole.len() - 1] {
        dir.put("short.parquet", &whole[..length]);
        for args in
            [&["short.parquet"][..], &["--in-place", "short.parquet"], &["short.parquet", "-o", "out"]]
        {
            let ran = fix(args);
            assert_eq!((ran.code, ran.text()), (2, ""), "{length}");
            assert!(ran.err.starts_with("luanma: short.parquet: "), "{}", ran.err);
            assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        }
        assert!(dir.get("short.parquet") == whole[..length] && !dir.path("out").exists());
    }
    // Bytes in the middle are wrong: an error, or a file that can be read.
    for at in (4..whole.len() - 8).step_by(97) {
        let mut broken = whole.clone();
        broken[at..at + 4].fill(0xff);
        dir.put("broken.parquet", broken);
        let ran = fix(&["broken.parquet", "-a", "-o", "out"]);
        assert!(ran.code == 0 || ran.err.starts_with("luanma: broken.parquet"), "{at}: {}", ran.err);
    }
    // From standard input to standard output, and from no Parquet.
    let ran = dir.run_with(&["fix", "-f", "parquet", "-a"], &whole);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out == whole);
    let ran = dir.run_with(&["fix", "-f", "parquet"], b"no Parquet");
    assert_eq!((ran.code, ran.out.is_empty()), (2, true));
    fs::copy(&path, dir.path("b.parquet")).unwrap();
    let ran = fix(&["a.parquet", "b.parquet"]);
    assert_eq!((ran.code, ran.out.is_empty()), (2, true));
    fs::copy(&path, dir.path("c.parquet.gz")).unwrap();
    let ran = fix(&["c.parquet.gz"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (2, "luanma: c.parquet.gz: Parquet cannot be read through another compression\n")
    );
    #[cfg(target_os = "linux")]
    {
        let ran = fix(&["a.parquet", "-o", "/dev/full"]);
        assert_eq!(ran.code, 2);
        assert!(
            ran.err.starts_with("luanma: /dev/full: ") || ran.err.contains("No space left"),
            "{}",
            ran.err
        );
    }
}

fn text() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        1 => Just(None),
        2 => "[a-z \"\\n]{0,8}".prop_map(Some),
        2 => ("[a-z]{0,3}", "[a-z\\r]{0,3}").prop_map(|(a, b)| Some(format!("{a}文字{b}文字"))),
    ]
}

fn any_row() -> impl Strategy<Value = Row> {
    (
        text(),
        prop::option::of(prop::collection::vec(text(), 0..4)),
        text(),
        prop::option::of(prop::collection::vec(any::<u8>(), 0..4)),
        prop::collection::vec(("[a-c文字]{0,3}", text()), 0..3),
    )
        .prop_map(|(text, tags, title, raw, names)| Row { text, tags, title, raw, names })
}

proptest! {
    #![proptest_config(common::config(48))]

    /// A file comes out byte for byte, and damage changes exactly the texts of its columns.
    #[test]
    fn any_file_passes(
        groups in prop::collection::vec((prop::collection::vec(any_row(), 0..8), prop_oneof![4 => Just(1usize), 1 => 1..800usize]), 0..4),
        compression in prop::sample::select(vec![
            Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::LZ4_RAW, Compression::GZIP(Default::default()),
            Compression::BROTLI(Default::default()), Compression::ZSTD(Default::default()),
        ]),
        dictionary in any::<bool>(),
        new in any::<bool>(),
        indexed in any::<bool>(),
        page in prop::sample::select(vec![64usize, 1 << 20]),
    ) {
        let dir = Dir::new();
        let properties = properties()
            .set_compression(compression)
            .set_dictionary_enabled(dictionary)
            .set_writer_version(if new { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 })
            .set_data_page_size_limit(page)
            .set_offset_index_disabled(!indexed)
            .set_statistics_enabled(if indexed { EnabledStatistics::Page } else { EnabledStatistics::Chunk })
            .set_write_batch_size(16)
            .build();
        let groups: Vec<Vec<Row>> = groups.iter().map(|(rows, n)| rows.iter().cycle().take(rows.len() * n).cloned().collect()).collect();
        let put = |name: &str, groups: &[Vec<Row>]| {
            let groups: Vec<_> = groups.iter().map(Vec::as_slice).collect();
            write(&dir.path(name), &groups, properties.clone());
        };
        put("a.parquet", &groups);
        let ran = dir.run(&["fix", "a.parquet", "-a"]);
        prop_assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        prop_assert!(ran.out == dir.get("a.parquet"));
        let ran = dir.run(&[DAMAGE, &["-a"]].concat());
        prop_assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        let damaged: Vec<Vec<Row>> = groups.iter().map(|rows| rows.iter().map(Row::damaged).collect()).collect();
        put("c.parquet", &damaged);
        prop_assert_eq!(rows(&dir.path("b.parquet")), rows(&dir.path("c.parquet")));
        prop_assert!(frame(&dir.path("b.parquet"), &[1, 2, 3, 7]) == frame(&dir.path("a.parquet"), &[1, 2, 3, 7]));
    }
}
