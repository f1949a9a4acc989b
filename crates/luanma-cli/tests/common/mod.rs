//! Runs the program in a directory of its own.
#![allow(dead_code, missing_docs, unreachable_pub, unused_imports, clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;

#[path = "../../../../tests/common/config.rs"]
mod config;
pub use config::config;

pub struct Dir(PathBuf);

impl Dir {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("luanma-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    pub fn get(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// The names in it, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs the program here with nothing on standard input.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, b"")
    }

    /// Runs the program here with `input` on standard input.
    pub fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeder = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        output.into()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_luanma"));
        command.args(args).current_dir(&self.0).env_remove("NO_COLOR");
        command
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub struct Ran {
    pub code: i32,
    pub out: Vec<u8>,
    pub err: String,
}

impl Ran {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("ended by a signal"),
            out: output.stdout,
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs the program with `input` on standard input.
pub fn luanma(args: &[&str], input: impl AsRef<[u8]>) -> Ran {
    Dir::new().run_with(args, input.as_ref())
}

/// Damages text as UTF-8 read as GBK.
pub const GARBLE: &[&str] = &["garble", "--chain", "utf-8>gbk"];

#[track_caller]
pub fn garble(args: &[&str], input: &str) -> String {
    let ran = luanma(&[GARBLE, args].concat(), input);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran.text().to_owned()
}

/// `luanma fix` writes `input` as it is and says nothing.
#[track_caller]
pub fn unchanged(args: &[&str], input: impl AsRef<[u8]>) {
    let input = input.as_ref();
    let ran = luanma(args, input);
    assert!(ran.out == input, "{:?} became {:?}", start(input), start(&ran.out));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

fn start(bytes: &[u8]) -> String {
    bytes[..bytes.len().min(2000)].escape_ascii().to_string()
}

/// JSON values of odd structure and numbers, with these strings, keys and spaces.
pub fn json(
    string: impl Strategy<Value = String> + 'static,
    key: impl Strategy<Value = String> + 'static,
    space: impl Strategy<Value = &'static str> + 'static,
) -> impl Strategy<Value = String> {
    let number = "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?";
    let word = prop::sample::select(vec!["null", "true", "false"]).prop_map(str::to_owned);
    let leaf = prop_oneof![3 => string, 1 => number, 1 => word];
    let (key, space) = (key.boxed(), space.boxed());
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let pad = |inner: BoxedStrategy<String>| {
            (space.clone(), inner, space.clone()).prop_map(|(a, v, b)| format!("{a}{v}{b}"))
        };
        let item = pad(inner.boxed());
        let member = (pad(key.clone()), item.clone()).prop_map(|(k, v)| format!("{k}:{v}"));
        prop_oneof![
            prop::collection::vec(item, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

/// Writes a Parquet file with these texts in the column `text`.
#[cfg(feature = "parquet")]
pub fn table<'t>(path: &Path, texts: impl IntoIterator<Item = &'t str>) {
    use parquet::data_type::{ByteArray, ByteArrayType};
    use parquet::file::writer::SerializedFileWriter;

    let schema =
        parquet::schema::parser::parse_message_type("message m { required binary text (STRING); }").unwrap();
    let file = fs::File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema.into(), std::sync::Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let texts: Vec<_> = texts.into_iter().map(ByteArray::from).collect();
    column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}
