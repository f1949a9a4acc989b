//! Parquet: each string of a column is a document, and column chunks in which nothing is repaired are copied byte for
//! byte.
//!
//! It works on what is stored, values and their levels, so that strings of any length, dictionaries, lists and structs
//! are all one. Schema, row groups and metadata stay. A file is read twice: once to find what changes, and once more to
//! write it.

use std::cell::Cell;
use std::collections::HashMap;
use std::fs::File;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Once};

use anyhow::{Context as _, anyhow, bail};
use luanma::{Repair, Verdict, apply};
use parquet::basic::{ConvertedType, Encoding, LogicalType, Type as Physical};
use parquet::bloom_filter::Sbbf;
use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::{ReadOptionsBuilder, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::annotate::Finding;
use crate::decoding::Account;
use crate::garble;
use crate::input::{Block, Compression};
use crate::output::Output;
use crate::text::characters;
use crate::work::{Problem, Settings, Worked, Worker};

/// How many rows are read at once.
const ROWS: usize = 1024;

/// How many bytes of changed texts are kept from the first reading to the second. Beyond that, they are repaired twice.
const KEPT: usize = 16 << 20;

/// How many different damaged texts of a chunk are remembered: a dictionary has each of them once, its rows many times.
const REMEMBERED: usize = 4096;

/// A file, and what changes in it.
pub(crate) struct Table {
    file: File,
    reader: SerializedFileReader<File>,
    columns: Vec<Column>,
    /// By row group and leaf.
    changes: HashMap<(usize, usize), Changes>,
    kept: usize,
}

/// A leaf of the schema that is worked on.
#[derive(Clone, Debug)]
struct Column {
    leaf: usize,
    name: String,
}

/// What changes in one column chunk.
#[derive(Debug)]
struct Changes {
    /// The first value that does, counted from the beginning of the chunk.
    first: u64,
    /// All of them, unless they were too many.
    texts: Option<Vec<(u64, Vec<u8>)>>,
}

/// A leaf as a user names it: the names of lists' inner groups left out.
struct Leaf {
    name: String,
    /// Whether its values are text.
    text: bool,
    /// Whether they may be: bytes that nothing is said about.
    bytes: bool,
    /// Whether they are the keys of a map.
    key: bool,
}

fn leaves(field: &Type, path: &str, key: bool, leaves: &mut Vec<Leaf>) {
    if !field.is_group() {
        let info = field.get_basic_info();
        let string =
            matches!(info.converted_type(), ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON)
                || matches!(
                    info.logical_type_ref(),
                    Some(LogicalType::String | LogicalType::Enum | LogicalType::Json)
                );
        let bytes = field.get_physical_type() == Physical::BYTE_ARRAY;
        let said = info.logical_type_ref().is_some() || info.converted_type() != ConvertedType::NONE;
        leaves.push(Leaf { name: path.to_owned(), text: bytes && string, bytes: bytes && !said, key });
        return;
    }
    let info = field.get_basic_info();
    let list =
        info.converted_type() == ConvertedType::LIST || info.logical_type_ref() == Some(&LogicalType::List);
    let map = matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE)
        || info.logical_type_ref() == Some(&LogicalType::Map);
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for child in field.get_fields() {
        if list || map {
            // The repeated group, and in a list the element, have no names of their own.
            match child.is_group().then(|| child.get_fields()) {
                Some([element]) if list => self::leaves(element, path, key, leaves),
                Some(fields) => {
                    for (n, field) in fields.iter().enumerate() {
                        self::leaves(field, &below(field.name()), key || map && n == 0, leaves);
                    }
                }
                None => self::leaves(child, path, key, leaves),
            }
        } else {
            self::leaves(child, &below(child.name()), key, leaves);
        }
    }
}

/// The columns of `schema` that are worked on.
fn columns(schema: &Type, settings: &Settings) -> Result<Vec<Column>, String> {
    let mut all = Vec::new();
    leaves(schema, "", false, &mut all);
    let mut columns = Vec::new();
    if settings.all_columns {
        let texts = all.into_iter().enumerate().filter(|(_, leaf)| leaf.text && !leaf.key);
        columns.extend(texts.map(|(n, leaf)| Column { leaf: n, name: leaf.name }));
        return Ok(columns);
    }
    for name in &settings.columns {
        let Some((n, leaf)) = all.iter().enumerate().find(|(_, leaf)| leaf.name == *name) else {
            return Err(format!("no column `{name}`"));
        };
        if !leaf.text && !leaf.bytes {
            return Err(format!("column `{name}` is not a string"));
        }
        columns.push(Column { leaf: n, name: name.clone() });
    }
    columns.sort_by_key(|column| column.leaf);
    Ok(columns)
}

thread_local! {
    /// Whether a panic in this thread is told otherwise.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Turns what the reader or writer of Parquet says, and its panics, into an error.
fn guarded<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                usual(info);
            }
        }));
    });
    let before = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    result.unwrap_or_else(|_| Err(anyhow!("not well-formed Parquet")))
}

impl Table {
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        if Compression::of(path) != Compression::None {
            bail!("Parquet cannot be read through another compression");
        }
        Self::new(File::open(path)?)
    }

    pub(crate) fn new(file: File) -> anyhow::Result<Self> {
        let reader = guarded(|| {
            let options = ReadOptionsBuilder::new().with_page_index().build();
            SerializedFileReader::new_with_options(file.try_clone()?, options).map_err(Into::into)
        })?;
        Ok(Self { file, reader, columns: Vec::new(), changes: HashMap::new(), kept: 0 })
    }

    /// Finds what changes. `take` gets findings and problems; their lines are rows.
    pub(crate) fn examine(
        &mut self,
        settings: &Settings,
        threads: usize,
        mut take: impl FnMut(Worked) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let metadata = self.reader.metadata();
        let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
        let groups = metadata.num_row_groups();
        let mut total = blank();
        total.tally.bytes = self.file.metadata()?.len();
        match columns(metadata.file_metadata().schema(), settings) {
            Ok(columns) => self.columns = columns,
            Err(what) => {
                total.tally.passed = rows;
                total.problems.push(Problem { line: 0, character: None, what });
            }
        }
        let mut workers: Vec<_> = (0..threads.max(1)).map(|_| Worker::default()).collect();
        let mut before = 0;
        for group in 0..groups {
            for column in self.columns.clone() {
                self.chunk(group, &column, before, settings, &mut workers, &mut take)?;
            }
            before += u64::try_from(self.reader.metadata().row_group(group).num_rows()).unwrap_or(0);
        }
        total.tally.lines = rows;
        take(total)
    }

    fn chunk(
        &mut self,
        group: usize,
        column: &Column,
        before: u64,
        settings: &Settings,
        workers: &mut [Worker],
        take: &mut impl FnMut(Worked) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut values = guarded(|| Values::new(&self.reader, group, column.leaf))?;
        let mut memory = Memory::default();
        let mut rows = Rows { row: before, ..Rows::default() };
        let mut first_value = 0;
        while guarded(|| values.next())? {
            let mut worked = blank();
            let changed = changed(&values.values, settings, workers, &mut memory);
            let mut changed = changed.into_iter().peekable();
            let mut value = 0;
            for level in 0..values.levels {
                rows.go(&values, level);
                if !values.is_value(level) {
                    continue;
                }
                while let Some((_, change)) = changed.next_if(|(at, _)| *at == value) {
                    let tell = Tell { column, rows: &mut rows, settings, worked: &mut worked };
                    if let Some(new) = tell.change(values.values[value].data(), change) {
                        self.keep((group, column.leaf), first_value + value as u64, new);
                    }
                }
                value += 1;
            }
            first_value += value as u64;
            take(worked)?;
        }
        Ok(())
    }

    fn keep(&mut self, chunk: (usize, usize), value: u64, text: String) {
        let changes =
            self.changes.entry(chunk).or_insert_with(|| Changes { first: value, texts: Some(Vec::new()) });
        self.kept += text.len();
        if self.kept > KEPT {
            changes.texts = None;
        } else if let Some(texts) = &mut changes.texts {
            texts.push((value, text.into_bytes()));
        }
    }

    pub(crate) fn is_changed(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Writes the file with its changes, or as it is.
    pub(crate) fn write(
        &self,
        settings: &Settings,
        threads: usize,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        if !self.is_changed() {
            use std::io::Seek;
            let mut file = &self.file;
            file.rewind()?;
            std::io::copy(&mut file, output)?;
            return Ok(());
        }
        guarded(|| self.write_changed(settings, threads, output))
    }

    fn write_changed(&self, settings: &Settings, threads: usize, output: &mut Output) -> anyhow::Result<()> {
        let metadata = self.reader.metadata();
        let schema = metadata.file_metadata().schema_descr().root_schema_ptr();
        let mut writer = SerializedFileWriter::new(output, schema, Arc::new(self.properties()))?;
        let mut workers: Vec<_> = (0..threads.max(1)).map(|_| Worker::default()).collect();
        let is_indexed = self.is_indexed();
        let columns = metadata.column_index().filter(|_| is_indexed);
        let offsets = metadata.offset_index().filter(|_| is_indexed);
        for (number, group) in metadata.row_groups().iter().enumerate() {
            let mut to = writer.next_row_group()?;
            for (leaf, column) in group.columns().iter().enumerate() {
                if let Some(changes) = self.changes.get(&(number, leaf)) {
                    self.write_chunk(number, leaf, changes, settings, &mut workers, &mut to)?;
                    continue;
                }
                let close = ColumnCloseResult {
                    bytes_written: u64::try_from(column.compressed_size()).unwrap_or(0),
                    rows_written: u64::try_from(group.num_rows()).unwrap_or(0),
                    metadata: column.clone(),
                    bloom_filter: Sbbf::read_from_column_chunk(column, &self.file)?,
                    column_index: columns.and_then(|all| all.get(number)?.get(leaf).cloned()),
                    offset_index: offsets.and_then(|all| all.get(number)?.get(leaf).cloned()),
                };
                to.append_column(&self.file, close)?;
            }
            to.close()?;
        }
        writer.close()?;
        Ok(())
    }

    /// Whether it has an index of pages, which a file has for all of its columns or not at all.
    fn is_indexed(&self) -> bool {
        let groups = self.reader.metadata().row_groups();
        groups.iter().flat_map(|group| group.columns()).all(|chunk| chunk.offset_index_offset().is_some())
    }

    /// The properties that keep what can be kept of how the file is written.
    fn properties(&self) -> WriterProperties {
        let metadata = self.reader.metadata();
        let file = metadata.file_metadata();
        let version =
            if file.version() >= 2 { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 };
        let mut properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_offset_index_disabled(!self.is_indexed())
            .set_key_value_metadata(file.key_value_metadata().cloned());
        if let Some(name) = file.created_by() {
            properties = properties.set_created_by(name.to_owned());
        }
        // An order that was promised for a column may not hold for what was repaired in it.
        let changes = |leaf: i32| self.changes.keys().any(|&(_, changed)| i32::try_from(changed) == Ok(leaf));
        let sorting = metadata.row_groups().first().and_then(|group| group.sorting_columns());
        if let Some(sorting) = sorting {
            let kept = sorting.iter().take_while(|by| !changes(by.column_idx)).cloned().collect::<Vec<_>>();
            properties = properties.set_sorting_columns(Some(kept).filter(|kept| !kept.is_empty()));
        }
        for column in &self.columns {
            let chunk = metadata
                .row_groups()
                .iter()
                .enumerate()
                .find(|(group, _)| self.changes.contains_key(&(*group, column.leaf)))
                .map(|(_, group)| group.column(column.leaf));
            let Some(chunk) = chunk else { continue };
            let path = || chunk.column_path().clone();
            properties = properties
                .set_column_compression(path(), chunk.compression())
                .set_column_dictionary_enabled(path(), has_dictionary(chunk))
                .set_column_statistics_enabled(path(), statistics(chunk, self.is_indexed()))
                .set_column_bloom_filter_enabled(path(), chunk.bloom_filter_offset().is_some())
                .set_column_encoding(path(), plain_encoding(chunk));
        }
        properties.build()
    }

    fn write_chunk<W: std::io::Write + Send>(
        &self,
        group: usize,
        leaf: usize,
        changes: &Changes,
        settings: &Settings,
        workers: &mut [Worker],
        to: &mut SerializedRowGroupWriter<'_, W>,
    ) -> anyhow::Result<()> {
        let mut values = Values::new(&self.reader, group, leaf)?;
        let mut column = to.next_column()?.context("fewer columns than in the schema")?;
        let typed = column.typed::<ByteArrayType>();
        let mut memory = Memory::default();
        let mut kept = changes.texts.iter().flatten().peekable();
        let mut first_value = 0;
        while values.next()? {
            let count = values.values.len() as u64;
            if changes.texts.is_some() {
                while let Some((at, text)) = kept.next_if(|(at, _)| *at < first_value + count) {
                    let at = usize::try_from(at - first_value)?;
                    values.values[at] = ByteArray::from(text.clone());
                }
            } else if first_value + count > changes.first {
                let new: Vec<_> = changed(&values.values, settings, workers, &mut memory)
                    .into_iter()
                    .filter_map(|(at, change)| Some((at, change.ok()?.text(values.values[at].data())?)))
                    .collect();
                for (at, text) in new {
                    values.values[at] = ByteArray::from(text.into_bytes());
                }
            }
            first_value += count;
            typed.write_batch(&values.values, values.defined(), values.repeated())?;
        }
        column.close()?;
        Ok(())
    }
}

fn has_dictionary(chunk: &ColumnChunkMetaData) -> bool {
    chunk.encodings().any(|e| matches!(e, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY))
}

fn statistics(chunk: &ColumnChunkMetaData, is_indexed: bool) -> EnabledStatistics {
    match (chunk.column_index_offset(), chunk.statistics()) {
        (Some(_), _) if is_indexed => EnabledStatistics::Page,
        (_, Some(_)) => EnabledStatistics::Chunk,
        (_, None) => EnabledStatistics::None,
    }
}

/// How the chunk's texts are written where they are not in a dictionary.
fn plain_encoding(chunk: &ColumnChunkMetaData) -> Encoding {
    chunk
        .encodings()
        .find(|e| matches!(e, Encoding::DELTA_BYTE_ARRAY | Encoding::DELTA_LENGTH_BYTE_ARRAY))
        .unwrap_or(Encoding::PLAIN)
}

/// Some rows' values of a column, with their levels.
struct Values {
    reader: ColumnReaderImpl<ByteArrayType>,
    /// The levels of a value that is there, and of the innermost list.
    most: (i16, i16),
    definition: Vec<i16>,
    repetition: Vec<i16>,
    values: Vec<ByteArray>,
    levels: usize,
}

impl Values {
    fn new(reader: &SerializedFileReader<File>, group: usize, leaf: usize) -> anyhow::Result<Self> {
        let column = reader.metadata().file_metadata().schema_descr().column(leaf);
        let reader = get_typed_column_reader(reader.get_row_group(group)?.get_column_reader(leaf)?);
        Ok(Self {
            reader,
            most: (column.max_def_level(), column.max_rep_level()),
            definition: Vec::new(),
            repetition: Vec::new(),
            values: Vec::new(),
            levels: 0,
        })
    }

    /// Reads the next rows; whether there are any.
    fn next(&mut self) -> anyhow::Result<bool> {
        self.definition.clear();
        self.repetition.clear();
        self.values.clear();
        let (definition, repetition) = (self.most.0 > 0, self.most.1 > 0);
        let (rows, _, levels) = self.reader.read_records(
            ROWS,
            definition.then_some(&mut self.definition),
            repetition.then_some(&mut self.repetition),
            &mut self.values,
        )?;
        self.levels = levels;
        Ok(rows > 0 || levels > 0)
    }

    fn defined(&self) -> Option<&[i16]> {
        (self.most.0 > 0).then_some(&self.definition)
    }

    fn repeated(&self) -> Option<&[i16]> {
        (self.most.1 > 0).then_some(&self.repetition)
    }

    fn is_value(&self, level: usize) -> bool {
        self.definition.get(level).is_none_or(|&definition| definition == self.most.0)
    }
}

/// Counts rows, and the elements of lists.
#[derive(Debug, Default)]
struct Rows {
    row: u64,
    begun: bool,
    elements: Vec<usize>,
}

impl Rows {
    fn go(&mut self, values: &Values, level: usize) {
        let repetition = usize::try_from(values.repetition.get(level).copied().unwrap_or(0)).unwrap_or(0);
        self.elements.resize(usize::try_from(values.most.1).unwrap_or(0), 0);
        if repetition == 0 {
            self.row += u64::from(std::mem::replace(&mut self.begun, true));
            self.elements.fill(0);
        } else {
            self.elements[repetition - 1] += 1;
            self.elements[repetition..].fill(0);
        }
    }

    fn path(&self, column: &Column) -> String {
        let elements = self.elements.iter().map(|element| format!("[{element}]"));
        std::iter::once(column.name.clone()).chain(elements).collect()
    }
}

/// What is to be done with one text.
#[derive(Clone, Debug)]
struct Change {
    /// The text, where it is another than the bytes.
    text: Option<Arc<str>>,
    repairs: Arc<[Repair]>,
    decoded: Account,
}

impl Change {
    /// The text that is repaired, of these bytes.
    fn before<'a>(&'a self, bytes: &'a [u8]) -> &'a str {
        self.text.as_deref().unwrap_or_else(|| std::str::from_utf8(bytes).unwrap_or_default())
    }

    /// What takes the place of `bytes`, if that is something else.
    fn text(&self, bytes: &[u8]) -> Option<String> {
        let made: Vec<_> =
            self.repairs.iter().filter(|repair| repair.verdict != Verdict::Unrepaired).cloned().collect();
        let new = apply(self.before(bytes), &made);
        (new.as_bytes() != bytes).then_some(new)
    }
}

/// Why a text is left alone.
type Changed = Result<Change, &'static str>;

/// What was found in the damaged texts of a chunk.
type Memory = HashMap<Vec<u8>, Change>;

/// Which of `values` change, or cannot be worked on, and how; in order.
fn changed(
    values: &[ByteArray],
    settings: &Settings,
    workers: &mut [Worker],
    memory: &mut Memory,
) -> Vec<(usize, Changed)> {
    let share = values.len().div_ceil(workers.len()).max(64);
    let known = &*memory;
    let one = |(worker, (start, values)): (&mut Worker, (usize, &[ByteArray]))| {
        let mut found = Vec::new();
        let mut met: HashMap<&[u8], Change> = HashMap::new();
        for (at, value) in (start..).zip(values) {
            let bytes = value.data();
            if let Some(change) = met.get(bytes).or_else(|| known.get(bytes)) {
                found.push((at, Ok(change.clone())));
                continue;
            }
            let change = change(bytes, settings, worker);
            if let Some(Ok(change)) = &change {
                met.insert(bytes, change.clone());
            }
            found.extend(change.map(|change| (at, change)));
        }
        found
    };
    let mut jobs = workers.iter_mut().zip((0..).step_by(share).zip(values.chunks(share)));
    let mut found = Vec::new();
    if values.len() <= share {
        found.extend(jobs.next().into_iter().flat_map(one));
    } else {
        std::thread::scope(|scope| {
            let running: Vec<_> = jobs.map(|job| scope.spawn(|| one(job))).collect();
            for job in running {
                found.extend(job.join().unwrap_or_default());
            }
        });
    }
    for (at, change) in &found {
        if let Ok(change) = change
            && memory.len() < REMEMBERED
        {
            memory.insert(values[*at].data().to_vec(), change.clone());
        }
    }
    found
}

fn change(bytes: &[u8], settings: &Settings, worker: &mut Worker) -> Option<Changed> {
    let mut decoded = Account::default();
    let Some(text) = settings.text(bytes, &mut decoded) else { return Some(Err("not UTF-8")) };
    let change = |text: Option<&str>, repairs: Vec<Repair>| {
        Some(Ok(Change { text: text.map(Arc::from), repairs: repairs.into(), decoded: decoded.clone() }))
    };
    if let Some(garbler) = &settings.garbler {
        return match garbler.garble(&text) {
            Some(garbled) if garbled.text == *text => None,
            Some(garbled) => change(Some(&garbled.text), Vec::new()),
            None => Some(Err(garble::NOT_GARBLED)),
        };
    }
    let is_new = text.as_bytes() != bytes;
    let repairs = if settings.no_repair {
        Vec::new()
    } else {
        settings.repairer().report_with(&text, &mut worker.scratch).repairs
    };
    if repairs.is_empty() && !is_new {
        return None;
    }
    change(is_new.then_some(&text), repairs)
}

/// Tells what is done to one text.
struct Tell<'a> {
    column: &'a Column,
    rows: &'a mut Rows,
    settings: &'a Settings,
    worked: &'a mut Worked,
}

impl Tell<'_> {
    /// What takes the place of `text`.
    fn change(self, bytes: &[u8], change: Changed) -> Option<String> {
        let Self { column, rows, settings, worked } = self;
        let change = match change {
            Ok(change) => change,
            Err(what) => {
                let what = format!("column `{}`: {what}", column.name);
                worked.tally.passed += 1;
                worked.problems.push(Problem { line: rows.row, character: None, what });
                return None;
            }
        };
        let text = change.before(bytes);
        for repair in &*change.repairs {
            let Some(original) = text.get(repair.start..repair.end) else { continue };
            worked.tally.count(repair.verdict, repair.chain);
            if settings.findings {
                let start = characters(&text.as_bytes()[..repair.start]);
                let mut finding = Finding::new(repair, original, rows.row, start, start);
                finding.record = Some(rows.row);
                finding.column = Some(rows.path(column));
                worked.findings.push(finding);
            }
        }
        worked.tally.decoded.add(&change.decoded);
        if let Some(bad) = change.decoded.bad() {
            let what = format!("column `{}`: {bad}", column.name);
            worked.problems.push(Problem { line: rows.row, character: None, what });
        }
        let new = change.text(bytes);
        worked.tally.changed += u64::from(new.is_some());
        new
    }
}

/// Results that belong to no block.
fn blank() -> Worked {
    Worked::new(Block::empty(super::Format::Parquet))
}
