//! Where results go: standard output, or a file that appears only when all of it was written.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use anyhow::Context;

use crate::input::Compression;
use crate::work::Edit;

const BUFFER: usize = 64 << 10;

/// How the names of temporary files begin and end.
const TEMPORARY: (&str, &str) = (".", ".luanma");

/// The temporary files that there are. Whoever is interrupted removes them; whoever finishes one holds the lock
/// until it has its name.
static TEMPORARIES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn temporaries() -> MutexGuard<'static, Vec<PathBuf>> {
    TEMPORARIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ctrl-C, and being told to end, leave no temporary file behind.
fn clean_up_when_interrupted() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Without it the files stay, under names that nothing else has.
        let _ = ctrlc::set_handler(|| {
            let files = temporaries();
            files.iter().for_each(|file| drop(fs::remove_file(file)));
            #[expect(clippy::exit, reason = "the run is in other threads, and nobody waits for it")]
            std::process::exit(130);
        });
    });
}

/// Whether this is the name of a file that a run has begun and not finished.
pub(crate) fn is_temporary(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(TEMPORARY.0.as_bytes()) && name.ends_with(TEMPORARY.1.as_bytes())
}

/// A place to write to. Dropped unfinished, it leaves no file behind.
pub(crate) struct Output {
    writer: Writer,
    name: String,
    pending: Option<Pending>,
    /// Whether anything was put since the last member.
    begun: bool,
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
        Self { writer, name: "<stdout>".to_owned(), pending: None, begun: false }
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
        Ok(Self { writer: Writer::new(file, path).context(name.clone())?, name, pending: None, begun: false })
    }

    /// As [`Self::direct`], after what is there.
    pub(crate) fn append(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let file = OpenOptions::new().append(true).create(true).open(path).context(name.clone())?;
        Ok(Self { writer: Writer::new(file, path).context(name.clone())?, name, pending: None, begun: false })
    }

    /// As [`Self::file`]; makes the directories that it needs.
    pub(crate) fn in_tree(path: &Path) -> anyhow::Result<Self> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
        }
        Self::file(path)
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
        Ok(Self { writer, name, pending: Some(pending), begun: false })
    }

    /// Writes `bytes` with `edits`. What begins at each of `members` is compressed for itself.
    pub(crate) fn edited(&mut self, bytes: &[u8], edits: &[Edit], members: &[usize]) -> anyhow::Result<()> {
        let mut done = 0;
        let mut edits = edits.iter().peekable();
        for end in members.iter().copied().map(Some).chain([None]) {
            while let Some(edit) = edits.next_if(|edit| end.is_none_or(|end| edit.start < end)) {
                self.put(&bytes[done..edit.start])?;
                self.put(edit.with.as_bytes())?;
                done = edit.end;
            }
            let end_of_piece = end.unwrap_or(bytes.len());
            self.put(&bytes[done..end_of_piece])?;
            done = end_of_piece;
            if end.is_some() {
                self.member()?;
            }
        }
        Ok(())
    }

    /// What follows is compressed for itself, so that it can be read without what stands before it.
    pub(crate) fn member(&mut self) -> anyhow::Result<()> {
        if !std::mem::take(&mut self.begun) {
            return Ok(());
        }
        let writer = std::mem::replace(&mut self.writer, Writer::Finished);
        self.writer = writer.next_member().with_context(|| self.name.clone())?;
        Ok(())
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.begun |= !bytes.is_empty();
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

    /// Everything is written; the temporary file, if there is one.
    pub(crate) fn close(&mut self) -> anyhow::Result<Option<&Path>> {
        self.close_inner().with_context(|| self.name.clone())?;
        Ok(self.pending.as_ref().map(|pending| &*pending.temporary))
    }

    fn close_inner(&mut self) -> io::Result<()> {
        let file = std::mem::replace(&mut self.writer, Writer::Finished).finish()?;
        match (file, &self.pending) {
            (Some(file), Some(_)) => file.sync_all(),
            _ => Ok(()),
        }
    }

    fn finish_inner(&mut self) -> io::Result<()> {
        self.close_inner()?;
        if let Some(pending) = &self.pending {
            let mut temporaries = temporaries();
            fs::rename(&pending.temporary, &pending.path)?;
            temporaries.retain(|path| *path != pending.temporary);
            drop(temporaries);
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
        self.begun |= !bytes.is_empty();
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(pending) = &self.pending {
            remove_temporary(&pending.temporary);
        }
    }
}

impl Writer {
    fn new(file: File, path: &Path) -> io::Result<Self> {
        Self::compressed(BufWriter::with_capacity(BUFFER, file), Compression::of(path))
    }

    fn compressed(file: BufWriter<File>, compression: Compression) -> io::Result<Self> {
        Ok(match compression {
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

    /// Ends what is compressed, and begins anew after it.
    fn next_member(self) -> io::Result<Self> {
        match self {
            Self::Gzip(encoder) => Self::compressed(encoder.finish()?, Compression::Gzip),
            Self::Zstd(encoder) => Self::compressed(encoder.finish()?, Compression::Zstd),
            other => Ok(other),
        }
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
pub(crate) fn create_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    clean_up_when_interrupted();
    let base = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    for attempt in 0u32.. {
        let mut name = OsString::from(TEMPORARY.0);
        name.push(base);
        name.push(format!(".{}-{attempt}{}", std::process::id(), TEMPORARY.1));
        let temporary = path.with_file_name(name);
        let mut temporaries = temporaries();
        match OpenOptions::new().read(true).write(true).create_new(true).open(&temporary) {
            Ok(file) => {
                temporaries.push(temporary.clone());
                return Ok((file, temporary));
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Removes a file that [`create_beside`] made.
pub(crate) fn remove_temporary(path: &Path) {
    let _ = fs::remove_file(path);
    temporaries().retain(|temporary| temporary != path);
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
