//! Files and standard input, decompressed, in blocks that a format has cut.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::ProgressBar;

use crate::format::{Context, Cut, Cutter, Format};
use crate::text;

/// A block is about this long, unless one record is longer.
pub(crate) const WINDOW: usize = 256 << 10;

/// Where bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Stdin,
    File(PathBuf),
}

impl Source {
    /// The sources that the arguments name; standard input where they name none.
    pub(crate) fn all(files: &[PathBuf]) -> Vec<Self> {
        if files.is_empty() {
            return vec![Self::Stdin];
        }
        files.iter().map(|f| if f == Path::new("-") { Self::Stdin } else { Self::File(f.clone()) }).collect()
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "<stdin>".to_owned(),
            Self::File(path) => told(path),
        }
    }

    /// The file's name, if it has one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdin => None,
            Self::File(path) => Some(path),
        }
    }

    /// How many bytes there are to read, where that is known.
    pub(crate) fn size(&self) -> Option<u64> {
        self.path().and_then(|p| p.metadata().ok()).filter(std::fs::Metadata::is_file).map(|m| m.len())
    }

    /// Opens it; what is read moves `bar` on.
    pub(crate) fn open(&self, bar: Option<Arc<ProgressBar>>) -> io::Result<Box<dyn Read + Send>> {
        let raw: Box<dyn Read + Send> = match self {
            Self::Stdin => Box::new(io::stdin()),
            Self::File(path) => Box::new(File::open(path)?),
        };
        let raw = match bar {
            Some(bar) => Box::new(Watched { inner: raw, bar }),
            None => raw,
        };
        Ok(match self.path().map_or(Compression::None, Compression::of) {
            Compression::None => raw,
            Compression::Gzip => {
                Box::new(flate2::bufread::MultiGzDecoder::new(io::BufReader::with_capacity(WINDOW, raw)))
            }
            Compression::Zstd => Box::new(zstd::Decoder::new(raw)?),
        })
    }
}

/// A path as messages and reports call it: bytes that are not UTF-8 as escapes, and backslashes beside them, so that
/// files can be told apart.
pub(crate) fn told(path: &Path) -> String {
    if let Some(path) = path.to_str() {
        return path.to_owned();
    }
    let mut out = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        out += &chunk.valid().replace('\\', "\\x5c");
        chunk.invalid().iter().for_each(|byte| out += &format!("\\x{byte:02x}"));
    }
    out
}

/// The path that [`told`] calls `name`. A file of just that name comes first.
pub(crate) fn told_as(name: &str) -> PathBuf {
    #[cfg(unix)]
    if name.contains("\\x") && std::fs::symlink_metadata(name).is_err() {
        use std::os::unix::ffi::OsStringExt;
        let mut bytes = Vec::with_capacity(name.len());
        let mut rest = name;
        while let Some((before, after)) = rest.split_once("\\x") {
            bytes.extend_from_slice(before.as_bytes());
            let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
            match byte {
                Some(byte) => bytes.push(byte),
                None => bytes.extend_from_slice(b"\\x"),
            }
            rest = if byte.is_some() { &after[2..] } else { after };
        }
        bytes.extend_from_slice(rest.as_bytes());
        return std::ffi::OsString::from_vec(bytes).into();
    }
    PathBuf::from(name)
}

/// Where a file is, or will be, by all the names that lead there; none of what is no file, such as a device or `-`.
pub(crate) fn file_at(path: &Path) -> Option<PathBuf> {
    if path == Path::new("-") {
        return None;
    }
    if let Ok(there) = std::fs::canonicalize(path) {
        return there.is_file().then_some(there);
    }
    let directory =
        path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(std::fs::canonicalize(directory).ok()?.join(path.file_name()?))
}

/// What `source` has, in a file without a name.
#[cfg(feature = "parquet")]
pub(crate) fn spool(mut source: impl Read) -> io::Result<File> {
    use std::io::Seek;
    let (mut file, path) = crate::output::create_beside(&std::env::temp_dir().join("stdin.parquet"))?;
    // What has no name is gone as soon as nobody has it open.
    crate::output::remove_temporary(&path);
    io::copy(&mut source, &mut file)?;
    file.rewind()?;
    Ok(file)
}

/// How a file is compressed, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    pub(crate) fn of(path: &Path) -> Self {
        match path.extension().and_then(OsStr::to_str) {
            Some(e) if e.eq_ignore_ascii_case("gz") => Self::Gzip,
            Some(e) if e.eq_ignore_ascii_case("zst") => Self::Zstd,
            _ => Self::None,
        }
    }
}

struct Watched {
    inner: Box<dyn Read + Send>,
    bar: Arc<ProgressBar>,
}

impl Read for Watched {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.bar.inc(n as u64);
        Ok(n)
    }
}

/// Whole records, or a piece of an overlong line of text.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) bytes: Vec<u8>,
    pub(crate) format: Format,
    /// Whether it is the first of its file, where a byte order mark may stand.
    pub(crate) first: bool,
    /// Whether the file ends with it.
    pub(crate) last: bool,
    pub(crate) context: Context,
}

impl Block {
    #[cfg(feature = "parquet")]
    pub(crate) fn empty(format: Format) -> Self {
        Self { bytes: Vec::new(), format, first: false, last: false, context: Context::None }
    }

    /// Where the content begins: after a byte order mark.
    pub(crate) fn content(&self) -> usize {
        if self.first { text::bom(&self.bytes) } else { 0 }
    }
}

/// Cuts what is read into blocks. Where the cuts are depends on the bytes alone, not on how they arrive.
pub(crate) struct Blocks {
    source: Box<dyn Read + Send>,
    format: Format,
    cutter: Cutter,
    buffer: Vec<u8>,
    /// No record ends before this place in the buffer.
    searched: usize,
    first: bool,
    ended: bool,
    /// Why reading ended; told after what was read until then.
    failed: Option<io::Error>,
}

impl Blocks {
    pub(crate) fn new(source: Box<dyn Read + Send>, format: Format, cutter: Cutter) -> Self {
        let buffer = Vec::new();
        Self { source, format, cutter, buffer, searched: 0, first: true, ended: false, failed: None }
    }

    /// The next block; none at the end. `cut_line` finds where to cut an overlong line of text; `grow` is
    /// called before the buffer grows to a length.
    pub(crate) fn next(
        &mut self,
        cut_line: impl Fn(&[u8]) -> usize,
        mut grow: impl FnMut(usize),
    ) -> io::Result<Option<Block>> {
        let end = loop {
            match self.cutter.cut(&self.buffer, self.searched, self.ended) {
                Cut::At(end) => break end,
                Cut::InLine(max) => break cut_line(&self.buffer[..max]),
                Cut::More(length) => {
                    self.searched = self.buffer.len();
                    grow(length);
                    self.fill(length);
                }
            }
        };
        if end == 0 {
            return self.failed.take().map_or(Ok(None), Err);
        }
        let mut rest = Vec::with_capacity(WINDOW.max(self.buffer.len() - end));
        rest.extend_from_slice(&self.buffer[end..]);
        self.buffer.truncate(end);
        self.searched = 0;
        let first = std::mem::take(&mut self.first);
        self.format = self.format.settle(&self.buffer);
        let last = self.ended && rest.is_empty();
        let bytes = std::mem::replace(&mut self.buffer, rest);
        let context = self.cutter.take(&bytes);
        Ok(Some(Block { bytes, format: self.format, first, last, context }))
    }

    fn fill(&mut self, length: usize) {
        match fill(&mut self.source, &mut self.buffer, length) {
            Ok(ended) => self.ended = ended,
            Err(e) => (self.ended, self.failed) = (true, Some(e)),
        }
    }
}

/// Reads until there are `length` bytes in the buffer; whether the source has ended. What was read stays there in any case.
pub(crate) fn fill(source: &mut impl Read, buffer: &mut Vec<u8>, length: usize) -> io::Result<bool> {
    let mut have = buffer.len();
    buffer.resize(length.max(have), 0);
    let mut result = Ok(false);
    while have < buffer.len() {
        match source.read(&mut buffer[have..]) {
            Ok(0) => {
                result = Ok(true);
                break;
            }
            Ok(n) => have += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => {
                result = Err(e);
                break;
            }
        }
    }
    buffer.truncate(have);
    result
}
