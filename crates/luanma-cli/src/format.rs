//! The formats: where blocks are cut, and how a block is worked on.
//!
//! A format never writes a file anew. It reads a block, and says which bytes of it are replaced by what;
//! everything else is written as it was read. Parquet alone is no stream: there a format copies whole column chunks.

pub(crate) mod csv;
pub(crate) mod document;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub(crate) mod warc;

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use crate::args::FormatArg;
use crate::input::WINDOW;
use crate::work::Settings;
use crate::{jsonl, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    JsonLines,
    /// JSON documents, one or several; the elements of an array are records.
    Json,
    Csv,
    Tsv,
    Parquet,
    /// Records of a crawl; those that are text are worked on.
    Warc,
    /// Text, if its beginning looks like text: a file that nobody named.
    Found,
    /// No text: nothing in it is looked at.
    Binary,
}

/// A file of which this much has no NUL byte is text.
const LOOKED_AT: usize = 8 << 10;

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

/// What a block is read with, of what stands before it in its file.
#[derive(Clone, Debug, Default)]
pub(crate) enum Context {
    /// Nothing.
    #[default]
    None,
    /// The columns of a table.
    Columns(Arc<csv::Columns>),
    /// The block goes on in an array, before an element.
    Array,
}

impl Format {
    /// The format that is asked for, or that the name of the file shows.
    pub(crate) fn of(asked: FormatArg, path: Option<&Path>) -> Self {
        match asked {
            FormatArg::Text => Self::Text,
            FormatArg::Jsonl => Self::JsonLines,
            FormatArg::Json => Self::Json,
            FormatArg::Csv => Self::Csv,
            FormatArg::Tsv => Self::Tsv,
            FormatArg::Parquet => Self::Parquet,
            FormatArg::Warc => Self::Warc,
            FormatArg::Auto => path.map_or(Self::Text, Self::by_name),
        }
    }

    /// The format of a file that was found in a directory. Also where all are to be text, a picture among them is none.
    pub(crate) fn found(asked: FormatArg, path: &Path) -> Self {
        match Self::of(asked, Some(path)) {
            Self::Text => Self::Found,
            format => format,
        }
    }

    /// The format of a file that begins with `bytes`.
    pub(crate) fn settle(self, bytes: &[u8]) -> Self {
        if self != Self::Found {
            return self;
        }
        let nul = memchr::memchr(0, &bytes[..bytes.len().min(LOOKED_AT)]);
        if nul.is_some() { Self::Binary } else { Self::Text }
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
            Some("json") => Self::Json,
            Some("csv") => Self::Csv,
            Some("tsv" | "tab") => Self::Tsv,
            Some("parquet") => Self::Parquet,
            Some("warc" | "wet") => Self::Warc,
            _ => Self::Text,
        }
    }

    /// Whether its records are JSON objects, which have a place for an annotation.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Self::JsonLines | Self::Json)
    }

    /// Whether its bytes are decoded before anything else is known of them. In the others each text is decoded by itself,
    /// for lengths are written there.
    pub(crate) fn is_decoded_first(self) -> bool {
        !matches!(self, Self::Warc | Self::Parquet)
    }

    /// What finds the ends of this format's blocks.
    pub(crate) fn cutter(self, settings: &Settings) -> Cutter {
        match self {
            Self::Text | Self::Found | Self::Binary | Self::Parquet => Cutter::Text,
            Self::JsonLines => Cutter::JsonLines,
            Self::Warc => Cutter::Warc(warc::Cutter::default()),
            Self::Json => Cutter::Json(document::Cutter::default()),
            Self::Csv | Self::Tsv => Cutter::Table(csv::Cutter::new(settings.delimiter(self), settings)),
        }
    }
}

/// Finds the ends of the blocks of one file.
#[derive(Debug)]
pub(crate) enum Cutter {
    Text,
    JsonLines,
    Json(document::Cutter),
    Warc(warc::Cutter),
    Table(csv::Cutter),
}

impl Cutter {
    /// Where to cut `buffer`, of which no line ends before `searched`.
    pub(crate) fn cut(&mut self, buffer: &[u8], searched: usize, ended: bool) -> Cut {
        match self {
            Self::Text => text::cut(buffer, ended),
            _ if ended => Cut::At(buffer.len()),
            _ if buffer.len() < WINDOW => Cut::More(WINDOW),
            Self::JsonLines => jsonl::cut(buffer, searched),
            Self::Json(cutter) => cutter.cut(buffer),
            Self::Warc(cutter) => cutter.cut(buffer),
            Self::Table(cutter) => cutter.cut(buffer),
        }
    }

    /// Goes on after `block`, which was cut off the beginning of the buffer; what it is to be read with.
    pub(crate) fn take(&mut self, block: &[u8]) -> Context {
        match self {
            Self::Text | Self::JsonLines => Context::None,
            Self::Json(cutter) => cutter.take(block),
            Self::Warc(cutter) => cutter.take(block),
            Self::Table(cutter) => cutter.take(block),
        }
    }
}
