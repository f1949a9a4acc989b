//! Columns: anything that exports Arrow data by the PyCapsule interface, in and out.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::builder::{GenericStringBuilder, make_view};
use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, GenericStringArray, Int64Array, LargeStringArray, ListArray,
    OffsetSizeTrait, StringArray, StringViewArray, StructArray, new_null_array,
};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3_arrow::input::AnyArray;
use pyo3_arrow::{PyArray, PyChunkedArray};

use luanma::{Repair, Report, Scratch};

use crate::parallel;
use crate::repairer::repair_texts;
use crate::report::{Ruler, character, in_nats};
use crate::type_name;

/// A column: one array, or a stream of them.
struct Column {
    chunks: Vec<ArrayRef>,
    field: FieldRef,
    /// Whether it came as a stream, and goes back as one.
    chunked: bool,
    /// Whether it was taken out of a table.
    taken: bool,
}

impl Column {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let array = object.extract::<AnyArray>().map_err(|_| {
            PyTypeError::new_err(format!(
                "this takes a column with Arrow's PyCapsule interface, and {} has none; for a list of texts there is repair_list",
                type_name(object)
            ))
        })?;
        let (column, chunked) = match array {
            AnyArray::Array(array) => {
                let (array, field) = array.into_inner();
                (PyChunkedArray::try_new(vec![array], field)?, false)
            }
            stream @ AnyArray::Stream(_) => (stream.into_chunked_array()?, true),
        };
        let (chunks, field) = column.into_inner();
        let column = Self { chunks, field, chunked, taken: false }.of_one();
        if is_text(column.field.data_type()) {
            Ok(column)
        } else {
            let found = column.field.data_type();
            Err(PyTypeError::new_err(format!(
                "the column holds {found}, not text; pass one column of strings"
            )))
        }
    }

    /// The one column of a table; anything else stays.
    fn of_one(self) -> Self {
        let DataType::Struct(fields) = self.field.data_type() else { return self };
        let [field] = &fields[..] else { return self };
        let field = Arc::clone(field);
        let chunks = self.chunks.iter().map(|chunk| Arc::clone(chunk.as_struct().column(0))).collect();
        Self { chunks, field, chunked: self.chunked, taken: true }
    }

    /// The object that goes back to Python.
    fn into_object(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let Self { mut chunks, field, chunked, .. } = self;
        if chunked {
            return PyChunkedArray::try_new(chunks, field)?.into_bound_py_any(py);
        }
        let array = chunks.pop().unwrap_or_else(|| new_null_array(field.data_type(), 0));
        PyArray::try_new(array, field).map_err(|e| error(&e))?.into_bound_py_any(py)
    }
}

fn error(e: &ArrowError) -> PyErr {
    PyValueError::new_err(e.to_string())
}

/// Whether arrays of this type are columns of text: strings of any layout, or nothing but nulls.
fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// Calls `each` with the row and text of what is not null. Dictionaries are taken by their values, each once.
fn for_each<'a>(array: &'a dyn Array, mut each: impl FnMut(usize, &'a str)) {
    fn rows<'a>(texts: impl Iterator<Item = Option<&'a str>>, mut each: impl FnMut(usize, &'a str)) {
        for (row, text) in texts.enumerate() {
            if let Some(text) = text {
                each(row, text);
            }
        }
    }
    match array.data_type() {
        DataType::Utf8 => rows(array.as_string::<i32>().iter(), each),
        DataType::LargeUtf8 => rows(array.as_string::<i64>().iter(), each),
        DataType::Utf8View => rows(array.as_string_view().iter(), each),
        DataType::Dictionary(..) => {
            for_each(array.as_any_dictionary().values(), &mut each as &mut dyn FnMut(_, _))
        }
        _ => {}
    }
}

/// Whether the column is another than what came in, and the column. What of it did not change is the same memory.
pub(crate) fn repair_array<'py>(
    repairer: &luanma::Repairer,
    object: &Bound<'py, PyAny>,
    threads: Option<i64>,
) -> PyResult<(bool, Bound<'py, PyAny>)> {
    let py = object.py();
    let column = Column::new(object)?;
    let threads = parallel::threads(threads)?;
    let (changed, column) = py.detach(|| repair_column(repairer, column, threads))?;
    Ok((changed || column.taken, column.into_object(py)?))
}

fn repair_column(
    repairer: &luanma::Repairer,
    mut column: Column,
    threads: usize,
) -> PyResult<(bool, Column)> {
    let mut texts = Vec::with_capacity(column.chunks.iter().map(|chunk| chunk.len()).sum());
    for (i, chunk) in column.chunks.iter().enumerate() {
        for_each(chunk, |row, text| texts.push(((i, row), text)));
    }
    let repaired = repair_texts(repairer, &texts, threads)?;
    drop(texts);
    for of_chunk in repaired.chunk_by(|((a, _), _), ((b, _), _)| a == b) {
        if let Some(((i, _), _)) = of_chunk.first() {
            let edits: Vec<(usize, &str)> = of_chunk.iter().map(|((_, row), text)| (*row, &**text)).collect();
            column.chunks[*i] = edited(&column.chunks[*i], &edits).map_err(|e| error(&e))?;
        }
    }
    Ok((!repaired.is_empty(), column))
}

/// `array` with other texts in some rows. `edits` are in the order of the rows.
fn edited(array: &ArrayRef, edits: &[(usize, &str)]) -> Result<ArrayRef, ArrowError> {
    Ok(match array.data_type() {
        DataType::Utf8 => Arc::new(edited_strings(array.as_string::<i32>(), edits)?),
        DataType::LargeUtf8 => Arc::new(edited_strings(array.as_string::<i64>(), edits)?),
        DataType::Utf8View => Arc::new(edited_views(array.as_string_view(), edits)?),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let values = edited(dictionary.values(), edits)?;
            let mut seen = HashSet::new();
            let mut twice = false;
            for_each(&values, |_, text| twice |= !seen.insert(text));
            let array = dictionary.with_values(Arc::clone(&values));
            if twice {
                // A damaged value became one that was there already, and many readers want each value once.
                let plain = arrow_cast::cast(&array, values.data_type())?;
                arrow_cast::cast(&plain, array.data_type())?
            } else {
                array
            }
        }
        _ => Arc::clone(array),
    })
}

fn edited_strings<O: OffsetSizeTrait>(
    array: &GenericStringArray<O>,
    edits: &[(usize, &str)],
) -> Result<GenericStringArray<O>, ArrowError> {
    let grown: usize = edits.iter().map(|(_, text)| text.len()).sum();
    let bytes = array.value_offsets();
    let old = bytes[bytes.len() - 1].as_usize() - bytes[0].as_usize();
    if O::from_usize(old + grown).is_none() {
        let why =
            "the repaired column may not fit a string array, which holds 2 GiB; cast it to large_string";
        return Err(ArrowError::InvalidArgumentError(why.to_owned()));
    }
    let mut out = GenericStringBuilder::<O>::with_capacity(array.len(), old + grown);
    let mut edits = edits.iter().peekable();
    for (row, text) in array.iter().enumerate() {
        let edit = edits.next_if(|(at, _)| *at == row).map(|(_, text)| *text);
        out.append_option(text.map(|text| edit.unwrap_or(text)));
    }
    Ok(out.finish())
}

/// The new texts stand in a buffer of their own; all others stay where they are.
fn edited_views(array: &StringViewArray, edits: &[(usize, &str)]) -> Result<StringViewArray, ArrowError> {
    let mut views = array.views().to_vec();
    let mut buffers = array.data_buffers().to_vec();
    let mut new: Vec<u8> = Vec::new();
    let number = |n: usize| {
        u32::try_from(n)
            .map_err(|_| ArrowError::InvalidArgumentError("more than 4 GiB of repaired text".to_owned()))
    };
    let block = number(buffers.len())?;
    for &(row, text) in edits {
        views[row] = make_view(text.as_bytes(), block, number(new.len())?);
        new.extend_from_slice(text.as_bytes());
    }
    buffers.push(Buffer::from_vec(new));
    StringViewArray::try_new(ScalarBuffer::from(views), buffers, array.nulls().cloned())
}

/// Dictionaries written out: each row has its text.
fn plain(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Dictionary(_, values) => arrow_cast::cast(array, values),
        _ => Ok(Arc::clone(array)),
    }
}

/// For each row of a plain array its text; nothing where it is null.
fn texts(array: &dyn Array) -> Vec<Option<&str>> {
    let mut out = vec![None; array.len()];
    for_each(array, |row, text| out[row] = Some(text));
    out
}

/// Which rows are worth a closer look.
pub(crate) fn suspect_array<'py>(
    repairer: &luanma::Repairer,
    object: &Bound<'py, PyAny>,
    threads: Option<i64>,
) -> PyResult<Bound<'py, PyAny>> {
    let field = Field::new("", DataType::Boolean, true);
    made(object, threads, field, |chunk, threads| {
        let suspect =
            parallel::map(&texts(chunk), threads, |(): &mut (), text| text.map(|t| repairer.is_suspect(t)))?;
        Ok(Arc::new(BooleanArray::from(suspect)))
    })
}

/// The reports of a column: a struct for each row, null where the row is.
pub(crate) fn report_array<'py>(
    repairer: &luanma::Repairer,
    object: &Bound<'py, PyAny>,
    threads: Option<i64>,
) -> PyResult<Bound<'py, PyAny>> {
    let field = Field::new("", DataType::Struct(report_fields()), true);
    made(object, threads, field, |chunk, threads| {
        let texts = texts(chunk);
        let reports = parallel::map(&texts, threads, |scratch: &mut Scratch, text| {
            text.map(|text| repairer.report_with(text, scratch))
        })?;
        Ok(Arc::new(reports_array(&texts, &reports).map_err(|e| error(&e))?))
    })
}

/// A column made of another, chunk by chunk, without the interpreter's lock.
fn made<'py>(
    object: &Bound<'py, PyAny>,
    threads: Option<i64>,
    field: Field,
    make: impl Fn(&dyn Array, usize) -> PyResult<ArrayRef> + Sync,
) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let column = Column::new(object)?;
    let threads = parallel::threads(threads)?;
    let made = |chunk| make(&*plain(chunk).map_err(|e| error(&e))?, threads);
    let chunks = py.detach(|| column.chunks.iter().map(made).collect::<PyResult<_>>())?;
    Column { chunks, field: Arc::new(field), ..column }.into_object(py)
}

fn field(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, false)
}

fn list_of(fields: Fields) -> DataType {
    DataType::List(item(fields))
}

fn item(fields: Fields) -> FieldRef {
    Arc::new(Field::new("item", DataType::Struct(fields), false))
}

fn alternative_fields() -> Fields {
    Fields::from(vec![field("character", DataType::Utf8), field("probability", DataType::Float64)])
}

fn gap_fields() -> Fields {
    Fields::from(vec![
        field("at", DataType::Int64),
        field("loss", DataType::Utf8),
        field("alternatives", list_of(alternative_fields())),
    ])
}

fn restored_fields() -> Fields {
    Fields::from(vec![
        field("at", DataType::Int64),
        field("loss", DataType::Utf8),
        field("character", DataType::Utf8),
        field("probability", DataType::Float64),
        field("alternatives", list_of(alternative_fields())),
    ])
}

fn repair_fields() -> Fields {
    Fields::from(vec![
        field("start", DataType::Int64),
        field("end", DataType::Int64),
        field("text", DataType::LargeUtf8),
        Field::new("chain", DataType::Utf8, true),
        Field::new("treatment", DataType::Utf8, true),
        field("verdict", DataType::Utf8),
        field("confidence", DataType::Float64),
        field("gain", DataType::Float64),
        field("gaps", list_of(gap_fields())),
        field("restored", list_of(restored_fields())),
    ])
}

fn report_fields() -> Fields {
    Fields::from(vec![
        Field::new("text", DataType::LargeUtf8, true),
        Field::new("verdict", DataType::Utf8, true),
        Field::new("confidence", DataType::Float64, true),
        Field::new("repairs", list_of(repair_fields()), true),
    ])
}

/// Lists of `lengths`, one after the other, of the rows of a struct.
fn lists(
    lengths: impl IntoIterator<Item = usize>,
    fields: Fields,
    columns: Vec<ArrayRef>,
) -> Result<ArrayRef, ArrowError> {
    let values = StructArray::try_new(fields.clone(), columns, None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(item(fields), offsets, Arc::new(values), None)?))
}

fn strings<'a>(texts: impl Iterator<Item = &'a str>) -> ArrayRef {
    // It wants to know how many there are.
    Arc::new(StringArray::from_iter_values(texts.collect::<Vec<_>>()))
}

fn integers(numbers: impl Iterator<Item = usize>) -> ArrayRef {
    // A text is shorter than what an i64 counts.
    Arc::new(Int64Array::from_iter_values(numbers.map(|n| i64::try_from(n).unwrap_or(i64::MAX))))
}

fn numbers(numbers: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(numbers))
}

fn alternatives<'a>(of: impl Iterator<Item = &'a Vec<(char, f64)>> + Clone) -> Result<ArrayRef, ArrowError> {
    let characters: Vec<String> = of.clone().flatten().map(|(c, _)| c.to_string()).collect();
    let columns =
        vec![strings(characters.iter().map(String::as_str)), numbers(of.clone().flatten().map(|&(_, p)| p))];
    lists(of.map(Vec::len), alternative_fields(), columns)
}

fn reports_array(inputs: &[Option<&str>], reports: &[Option<Report<'_>>]) -> Result<StructArray, ArrowError> {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(LargeStringArray::from_iter(
            reports.iter().map(|r| r.as_ref().map(|r| Cow::as_ref(&r.text))),
        )),
        Arc::new(StringArray::from_iter(reports.iter().map(|r| r.as_ref().map(|r| r.verdict().name())))),
        Arc::new(Float64Array::from_iter(reports.iter().map(|r| r.as_ref().map(|r| r.confidence().get())))),
        repairs_array(inputs, reports)?,
    ];
    let nulls = NullBuffer::from_iter(reports.iter().map(Option::is_some));
    StructArray::try_new(report_fields(), columns, Some(nulls))
}

fn repairs_array(inputs: &[Option<&str>], reports: &[Option<Report<'_>>]) -> Result<ArrayRef, ArrowError> {
    let mut all: Vec<&Repair> = Vec::new();
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    let (mut gap_places, mut restored_places) = (Vec::new(), Vec::new());
    for (input, report) in inputs.iter().zip(reports) {
        let (Some(input), Some(report)) = (input, report) else { continue };
        let mut ruler = Ruler::new(input);
        for repair in &report.repairs {
            starts.push(ruler.characters(repair.start));
            ends.push(ruler.characters(repair.end));
            let mut ruler = Ruler::new(&repair.text);
            gap_places.extend(repair.gaps.iter().map(|gap| ruler.characters(gap.at)));
            let mut ruler = Ruler::new(&repair.text);
            restored_places.extend(repair.restored.iter().map(|it| ruler.characters(it.at)));
            all.push(repair);
        }
    }
    let chains: Vec<Option<String>> = all.iter().map(|r| r.chain.map(|c| c.to_string())).collect();
    let gaps = || all.iter().flat_map(|r| &r.gaps);
    let restored = || all.iter().flat_map(|r| r.restored.iter().map(|it| (it, character(&r.text, it.at))));
    let gap_columns = vec![
        integers(gap_places.into_iter()),
        strings(gaps().map(|gap| gap.loss.name())),
        alternatives(gaps().map(|gap| &gap.alternatives))?,
    ];
    let restored_columns = vec![
        integers(restored_places.into_iter()),
        strings(restored().map(|(it, _)| it.loss.name())),
        strings(restored().map(|(_, character)| character)),
        numbers(restored().map(|(it, _)| it.probability)),
        alternatives(restored().map(|(it, _)| &it.alternatives))?,
    ];
    let columns: Vec<ArrayRef> = vec![
        integers(starts.into_iter()),
        integers(ends.into_iter()),
        Arc::new(LargeStringArray::from_iter_values(all.iter().map(|r| &r.text))),
        Arc::new(StringArray::from_iter(chains)),
        Arc::new(StringArray::from_iter(all.iter().map(|r| r.treatment.map(|t| t.name())))),
        strings(all.iter().map(|r| r.verdict.name())),
        numbers(all.iter().map(|r| r.confidence.get())),
        numbers(all.iter().map(|r| in_nats(r.gain))),
        lists(all.iter().map(|r| r.gaps.len()), gap_fields(), gap_columns)?,
        lists(all.iter().map(|r| r.restored.len()), restored_fields(), restored_columns)?,
    ];
    lists(reports.iter().map(|r| r.as_ref().map_or(0, |r| r.repairs.len())), repair_fields(), columns)
}
