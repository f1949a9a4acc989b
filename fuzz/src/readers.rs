//! The program's readers: files of every format, and reports of runs.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use luanma::Repairer;
use serde_json::Value;

use crate::args::Revert;
use crate::format::Format;
use crate::input::Blocks;
use crate::work::{Settings, Worker};
use crate::{revert, text};

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let mut settings = Settings::new(Repairer::builder(), '\u{FFFD}');
    settings.columns = vec![String::from("text")];
    settings.all_columns = true;
    settings.findings = true;
    settings
});

/// What becomes of a file, and how many records and problems it has.
fn fixed(format: Format, data: &[u8]) -> (Vec<u8>, u64, usize) {
    let source = Box::new(Cursor::new(data.to_vec()));
    let mut blocks = Blocks::new(source, format, format.cutter(&SETTINGS));
    let mut worker = Worker::default();
    let (mut seen, mut out, mut records, mut problems) = (0, Vec::new(), 0, 0);
    let cut_line = |line: &[u8]| text::cut_line(line, SETTINGS.repairer());
    while let Some(block) = blocks.next(cut_line, |_| {}).expect("memory can be read") {
        assert!(data[seen..].starts_with(&block.bytes), "blocks are the file");
        seen += block.bytes.len();
        let worked = worker.work(block, &SETTINGS);
        let internal = worked.problems.iter().find(|p| p.what.starts_with("internal error"));
        assert!(internal.is_none(), "a worker has panicked");
        let mut done = 0;
        for edit in &worked.edits {
            assert!(done <= edit.start && edit.start <= edit.end, "edits are sorted and disjoint");
            out.extend_from_slice(&worked.block.bytes[done..edit.start]);
            out.extend_from_slice(edit.with.as_bytes());
            done = edit.end;
        }
        out.extend_from_slice(&worked.block.bytes[done..]);
        records += worked.records;
        problems += worked.problems.len();
    }
    assert_eq!(seen, data.len(), "all of the file");
    (out, records, problems)
}

/// Whether two values differ in texts alone.
fn is_alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(_), Value::String(_)) => true,
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_alike(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && is_alike(a, b))
        }
        (a, b) => a == b,
    }
}

/// JSON lines, and a JSON document: what another reader can read, it can read afterwards, and only texts differ.
pub fn json_file(data: &[u8]) {
    let (out, ..) = fixed(Format::JsonLines, data);
    let lines = |bytes: &[u8]| -> Vec<Vec<u8>> { bytes.split(|&b| b == b'\n').map(<[u8]>::to_vec).collect() };
    let (before, after) = (lines(data), lines(&out));
    assert_eq!(before.len(), after.len(), "as many lines");
    for (before, after) in before.iter().zip(&after) {
        if let Ok(value) = serde_json::from_slice::<Value>(before) {
            let now = serde_json::from_slice::<Value>(after).expect("what was JSON is JSON");
            assert!(is_alike(&value, &now), "only texts change");
        }
    }
    let (out, ..) = fixed(Format::Json, data);
    if let Ok(value) = serde_json::from_slice::<Value>(data) {
        let now = serde_json::from_slice::<Value>(&out).expect("what was JSON is JSON");
        assert!(is_alike(&value, &now), "only texts change");
    }
}

/// Tables: as many records as before.
pub fn csv_file(data: &[u8]) {
    for format in [Format::Csv, Format::Tsv] {
        let (out, records, problems) = fixed(format, data);
        let (_, again, left) = fixed(format, &out);
        assert_eq!((records, problems), (again, left), "records and problems stay");
    }
}

/// Archives of crawls, and plain text.
pub fn warc_file(data: &[u8]) {
    let (out, ..) = fixed(Format::Warc, data);
    fixed(Format::Warc, &out);
    let (out, ..) = fixed(Format::Text, data);
    let ends = |bytes: &[u8]| bytes.iter().filter(|&&b| b == b'\n').count();
    assert_eq!(ends(data), ends(&out), "as many lines");
}

/// A directory in memory, where there is one, that goes with the guard.
struct Room(PathBuf);

impl Room {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let thread = format!("{:?}", std::thread::current().id());
        let room =
            base.join(format!("luanma-fuzz-{}-{}", std::process::id(), thread.replace(['(', ')'], "")));
        fs::create_dir_all(&room).expect("a directory can be made");
        Self(room)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A Parquet file: read, examined and, where something changes, written.
#[cfg(feature = "parquet")]
pub fn parquet_file(data: &[u8]) {
    use crate::format::parquet::Table;
    use crate::output::Output;

    let room = Room::new();
    let (from, to) = (room.0.join("a.parquet"), room.0.join("b.parquet"));
    fs::write(&from, data).expect("there is room");
    let Ok(mut table) = Table::open(&from) else { return };
    if table.examine(&SETTINGS, 1, |_| Ok(())).is_err() {
        return;
    }
    let mut output = Output::file(&to).expect("it can be written");
    match table.write(&SETTINGS, 1, &mut output) {
        Ok(()) => {
            output.finish().expect("it can be written");
            if !table.is_changed() {
                assert_eq!(fs::read(&to).expect("it is there"), data, "what is clean is copied");
            }
        }
        Err(_) => output.abandon().expect("it can be taken away"),
    }
}

/// Without the feature, nothing.
#[cfg(not(feature = "parquet"))]
pub fn parquet_file(_: &[u8]) {}

/// The report of a run, in the hands of `luanma revert`: nothing is read that is not there.
pub fn report_file(data: &[u8]) {
    let room = Room::new();
    let (report, file, output) = (room.0.join("report"), room.0.join("file.txt"), room.0.join("out.txt"));
    fs::write(&report, data).expect("there is room");
    fs::write(&file, "今年的柿子熟得早，院子里落了一地。\n{\"verdict\":1}\n").expect("there is room");
    let args = Revert {
        report,
        file: Some(file),
        named: None,
        output: Some(output),
        in_place: false,
        dry_run: false,
    };
    let _ = revert::revert(&args);
}
