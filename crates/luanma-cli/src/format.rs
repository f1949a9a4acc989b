//! The formats: where blocks are cut, and how a block is worked on.
//!
//! A format never writes a file anew. It reads a block, and says which bytes of it are replaced by what;
//! everything else is written as it was read.

use std::ffi::OsStr;
use std::path::Path;

use crate::args::FormatArg;
use crate::{jsonl, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    JsonLines,
}

/// Where a buffer is to be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Here, between two records.
    At(usize),
    /// Somewhere up to here, in the middle of a line.
    InLine(usize),
    /// Not before the buffer has this length, or the input has ended.
    More(usize),
}

impl Format {
    /// The format that is asked for, or that the name of the file shows.
    pub(crate) fn of(asked: FormatArg, path: Option<&Path>) -> Self {
        match asked {
            FormatArg::Text => Self::Text,
            FormatArg::Jsonl => Self::JsonLines,
            FormatArg::Auto => path.map_or(Self::Text, Self::by_name),
        }
    }

    fn by_name(path: &Path) -> Self {
        let extension = |p: &Path| p.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
        let outer = extension(path);
        let inner = match outer.as_deref() {
            Some("gz" | "zst") => path.file_stem().and_then(|stem| extension(Path::new(stem))),
            _ => outer,
        };
        match inner.as_deref() {
            Some("jsonl" | "ndjson") => Self::JsonLines,
            _ => Self::Text,
        }
    }

    /// Where to cut `buffer`, of which no record ends before `searched`.
    pub(crate) fn cut(self, buffer: &[u8], searched: usize, ended: bool) -> Cut {
        match self {
            Self::Text => text::cut(buffer, ended),
            Self::JsonLines => jsonl::cut(buffer, searched, ended),
        }
    }
}
