//! Bytes of unknown codec, as Python's objects: the dataclasses of `luanma._report`.

use std::borrow::Cow;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyTuple, PyType};

use luanma::Repairer;

use crate::report::Ruler;
use crate::type_name;

struct Classes {
    decoded: Py<PyType>,
    piece: Py<PyType>,
    undecodable: Py<PyType>,
}

static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();

fn classes(py: Python<'_>) -> PyResult<&Classes> {
    CLASSES.get_or_try_init(py, || {
        let module = py.import("luanma._report")?;
        let class =
            |name| -> PyResult<Py<PyType>> { Ok(module.getattr(name)?.cast_into::<PyType>()?.unbind()) };
        Ok(Classes { decoded: class("Decoded")?, piece: class("Piece")?, undecodable: class("Undecodable")? })
    })
}

/// The bytes of `data`. What may change meanwhile, as a `bytearray`, is copied.
fn bytes_of<'d>(data: &'d Bound<'_, PyAny>) -> PyResult<Cow<'d, [u8]>> {
    if let Ok(bytes) = data.cast::<PyBytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    match PyBuffer::<u8>::get(data) {
        Ok(buffer) => Ok(Cow::Owned(buffer.to_vec(data.py())?)),
        Err(_) => Err(PyTypeError::new_err(format!("decode takes bytes, not {}", type_name(data)))),
    }
}

/// What `data` says. Places in the text count code points, places in the input bytes.
pub(crate) fn decode<'py>(repairer: &Repairer, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let classes = classes(py)?;
    let bytes = bytes_of(data)?;
    let decoded = py.detach(|| repairer.decode(&bytes));
    let mut ruler = Ruler::new(&decoded.text);
    let pieces = decoded
        .pieces
        .iter()
        .map(|piece| {
            let at = ruler.characters(piece.at);
            let written = piece.written.name();
            classes.piece.bind(py).call1((piece.start, piece.end, at, written, piece.confidence.get()))
        })
        .collect::<PyResult<Vec<_>>>()?;
    let mut ruler = Ruler::new(&decoded.text);
    let undecodable = decoded
        .undecodable
        .iter()
        .map(|it| classes.undecodable.bind(py).call1((it.start, it.end, ruler.characters(it.at))))
        .collect::<PyResult<Vec<_>>>()?;
    classes.decoded.bind(py).call1((
        decoded.text.as_str(),
        decoded.written().name(),
        decoded.confidence().get(),
        PyTuple::new(py, pieces)?,
        PyTuple::new(py, undecodable)?,
    ))
}
