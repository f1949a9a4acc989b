//! Python's strings as the library sees them.
//!
//! A `str` may hold lone surrogates, which are no characters. They stay where they are, and what stands between two of
//! them is a document of its own.

use std::borrow::Cow;

use pyo3::exceptions::PyUnicodeEncodeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use luanma::{Repairer, Report};

/// Texts up to this many bytes are scanned under the interpreter's lock: giving it up and taking it back costs as much
/// as the scan of some 500 bytes, and where other threads want it, far more.
const SHORT_BYTES: usize = 2048;
/// How many bytes a lone surrogate takes in what `surrogatepass` makes.
const SURROGATE_BYTES: usize = 3;

/// A string's content.
pub(crate) enum Held<'t> {
    Whole(&'t str),
    /// It has lone surrogates: UTF-8, but for those.
    Broken(Vec<u8>),
}

/// A stretch of a string with lone surrogates.
pub(crate) enum Part<'t> {
    Text(&'t str),
    Surrogate(&'t [u8]),
}

/// The content of `text`; borrowed unless it has lone surrogates.
pub(crate) fn held<'t>(text: &'t Bound<'_, PyString>) -> PyResult<Held<'t>> {
    match text.to_str() {
        Ok(whole) => Ok(Held::Whole(whole)),
        Err(e) if e.is_instance_of::<PyUnicodeEncodeError>(text.py()) => {
            let py = text.py();
            let encoded = text.call_method1(intern!(py, "encode"), ("utf-8", "surrogatepass"))?;
            Ok(Held::Broken(encoded.cast::<PyBytes>()?.as_bytes().to_vec()))
        }
        Err(e) => Err(e),
    }
}

/// The stretches of UTF-8 with lone surrogates, in order; none is empty.
pub(crate) fn parts(mut bytes: &[u8]) -> Vec<Part<'_>> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let valid = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(e) => e.valid_up_to(),
        };
        let (text, rest) = bytes.split_at(valid);
        if let Ok(text) = std::str::from_utf8(text)
            && !text.is_empty()
        {
            out.push(Part::Text(text));
        }
        let (surrogate, rest) = rest.split_at(rest.len().min(SURROGATE_BYTES));
        if !surrogate.is_empty() {
            out.push(Part::Surrogate(surrogate));
        }
        bytes = rest;
    }
    out
}

/// The string that UTF-8 with lone surrogates stands for.
pub(crate) fn unbroken<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    PyBytes::new(py, bytes).call_method1(intern!(py, "decode"), ("utf-8", "surrogatepass"))
}

/// Whether nothing in `text` is worth a closer look. Long texts are scanned without the lock.
fn is_clean(py: Python<'_>, repairer: &Repairer, text: &str) -> bool {
    if text.len() <= SHORT_BYTES {
        !repairer.is_suspect(text)
    } else {
        py.detach(|| !repairer.is_suspect(text))
    }
}

/// The report of a text, made without the interpreter's lock.
pub(crate) fn report<'t>(py: Python<'_>, repairer: &Repairer, text: &'t str) -> Report<'t> {
    py.detach(|| repairer.report(text))
}

/// The repaired text, or nothing if it is clean or stays as it is.
fn repaired<'t>(py: Python<'_>, repairer: &Repairer, text: &'t str) -> Option<Cow<'t, str>> {
    if is_clean(py, repairer, text) {
        return None;
    }
    Some(report(py, repairer, text).text).filter(|text| matches!(text, Cow::Owned(_)))
}

/// The repaired string; the same object where nothing changed.
pub(crate) fn repair<'py>(repairer: &Repairer, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    match held(object.cast::<PyString>()?)? {
        Held::Whole(text) => Ok(match repaired(py, repairer, text) {
            Some(new) => PyString::new(py, &new).into_any(),
            None => object.clone(),
        }),
        Held::Broken(bytes) => {
            let mut out = Vec::with_capacity(bytes.len());
            for part in parts(&bytes) {
                match part {
                    Part::Text(text) => {
                        let new = repaired(py, repairer, text);
                        out.extend_from_slice(new.as_deref().unwrap_or(text).as_bytes());
                    }
                    Part::Surrogate(surrogate) => out.extend_from_slice(surrogate),
                }
            }
            if out == bytes { Ok(object.clone()) } else { unbroken(py, &out) }
        }
    }
}

/// Whether something in the string is worth a closer look.
pub(crate) fn is_suspect(repairer: &Repairer, object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = object.py();
    Ok(match held(object.cast::<PyString>()?)? {
        Held::Whole(text) => !is_clean(py, repairer, text),
        Held::Broken(bytes) => parts(&bytes).iter().any(|part| match part {
            Part::Text(text) => !is_clean(py, repairer, text),
            Part::Surrogate(_) => false,
        }),
    })
}
