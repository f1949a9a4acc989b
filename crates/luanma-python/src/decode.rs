//! Bytes of unknown codec, as Python's objects: the dataclasses of `luanma._report`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

use luanma::Repairer;

use crate::report::Ruler;

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

/// What `bytes` say. Places in the text count code points, places in the input bytes.
pub(crate) fn decode<'py>(py: Python<'py>, repairer: &Repairer, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let classes = classes(py)?;
    let decoded = py.detach(|| repairer.decode(bytes));
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
