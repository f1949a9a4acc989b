//! Where results go: standard output, or a file that appears only when all of it was written.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::input::Compression;
use crate::work::Edit;

const BUFFER: usize = 64 << 10;

/// A place to write to. Dropped unfinished, it leaves no file behind.
pub(crate) struct Output {
    writer: Writer,
    name: String,
    pending: Option<Pending>,
}

enum Writer {
    Stdout(BufWriter<io::Stdout>),
    Plain(BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
    Finished,
}

/// A temporary file and the name that it will have.
struct Pending {
    temporary: PathBuf,
    path: PathBuf,
}

impl Output {
    pub(crate) fn stdout() -> Self {
        let writer = Writer::Stdout(BufWriter::with_capacity(BUFFER, io::stdout()));
        Self { writer, name: "<stdout>".to_owned(), pending: None }
    }

    /// The file that an argument names; standard output for `-` and for none.
    pub(crate) fn named(path: Option<&Path>) -> anyhow::Result<Self> {
        match path {
            Some(path) if path != Path::new("-") => Self::file(path),
            _ => Ok(Self::stdout()),
        }
    }

    /// Writes to `path` as it goes; `-` is standard output.
    pub(crate) fn direct(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::stdout());
        }
        let name = path.display().to_string();
        let file = File::create(path).context(name.clone())?;
        Ok(Self { writer: Writer::new(file, path).context(name.clone())?, name, pending: None })
    }

    /// Will put a file at `path`, or take the place of the one that is there, when it is finished.
    pub(crate) fn file(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        // A device or a pipe cannot be replaced; a link stays, and what it leads to is replaced.
        let old = match fs::metadata(path) {
            Ok(old) if !old.is_file() => return Self::direct(path),
            Ok(old) => Some(old),
            Err(_) => None,
        };
        let path =
            if old.is_some() { fs::canonicalize(path).context(name.clone())? } else { path.to_owned() };
        let (file, temporary) = create_beside(&path).context(name.clone())?;
        let pending = Pending { temporary, path };
        if let Some(old) = old {
            keep_owner(&file, &old);
            file.set_permissions(old.permissions()).context(name.clone())?;
        }
        let writer = Writer::new(file, &pending.path).context(name.clone())?;
        Ok(Self { writer, name, pending: Some(pending) })
    }

    /// Writes `bytes` with `edits`.
    pub(crate) fn edited(&mut self, bytes: &[u8], edits: &[Edit]) -> anyhow::Result<()> {
        let mut done = 0;
        for edit in edits {
            self.put(&bytes[done..edit.start])?;
            self.put(edit.with.as_bytes())?;
            done = edit.end;
        }
        self.put(&bytes[done..])
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.writer.write_all(bytes).with_context(|| self.name.clone())
    }

    /// Sends off what was put.
    pub(crate) fn send(&mut self) -> anyhow::Result<()> {
        self.writer.flush().with_context(|| self.name.clone())
    }

    /// Everything is written: the file takes its name.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.finish_inner().with_context(|| self.name.clone())
    }

    /// What was written to a file is thrown away; what went to standard output or a device is there already.
    pub(crate) fn abandon(self) -> anyhow::Result<()> {
        if self.pending.is_none() { self.finish() } else { Ok(()) }
    }

    fn finish_inner(&mut self) -> io::Result<()> {
        let file = std::mem::replace(&mut self.writer, Writer::Finished).finish()?;
        if let (Some(file), Some(pending)) = (file, &self.pending) {
            file.sync_all()?;
            drop(file);
            fs::rename(&pending.temporary, &pending.path)?;
            if let Some(directory) = pending.path.parent().and_then(|p| File::open(p).ok()) {
                let _ = directory.sync_all();
            }
            self.pending = None;
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(pending) = &self.pending {
            let _ = fs::remove_file(&pending.temporary);
        }
    }
}

impl Writer {
    fn new(file: File, path: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER, file);
        Ok(match Compression::of(path) {
            Compression::None => Self::Plain(file),
            Compression::Gzip => {
                Self::Gzip(flate2::write::GzEncoder::new(file, flate2::Compression::default()))
            }
            Compression::Zstd => {
                let mut encoder = zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?;
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
        })
    }

    fn finish(self) -> io::Result<Option<File>> {
        let mut file = match self {
            Self::Stdout(mut out) => return out.flush().map(|()| None),
            Self::Finished => return Ok(None),
            Self::Plain(file) => file,
            Self::Gzip(encoder) => encoder.finish()?,
            Self::Zstd(encoder) => encoder.finish()?,
        };
        file.flush()?;
        file.into_inner().map(Some).map_err(io::IntoInnerError::into_error)
    }

    fn inner(&mut self) -> Option<&mut dyn Write> {
        Some(match self {
            Self::Stdout(out) => out,
            Self::Plain(file) => file,
            Self::Gzip(encoder) => encoder,
            Self::Zstd(encoder) => encoder,
            Self::Finished => return None,
        })
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner().map_or(Ok(bytes.len()), |inner| inner.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner().map_or(Ok(()), Write::flush)
    }
}

/// A new file in the directory of `path`, with a name that nothing has.
fn create_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let base = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    for attempt in 0u32.. {
        let mut name = OsString::from(".");
        name.push(base);
        name.push(format!(".{}-{attempt}.luanma", std::process::id()));
        let temporary = path.with_file_name(name);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((file, temporary)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Gives the file the owner of the one that it replaces, where that is allowed.
fn keep_owner(file: &File, old: &fs::Metadata) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
    #[cfg(not(unix))]
    let _ = (file, old);
}
