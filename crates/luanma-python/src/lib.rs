//! The extension module `luanma._luanma`. What users import is in `python/luanma`; this is the part that must be fast.

mod arrow;
mod decode;
mod functions;
mod parallel;
mod repairer;
mod report;
mod text;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A message for Python from the library's error.
fn value_error(error: &luanma::Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The name of an object's type, for messages.
fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "such an object".to_owned(), |name| name.to_string())
}

// Also run by interpreters without a global lock: nothing here relies on one.
#[pymodule(gil_used = false)]
mod _luanma {
    use luanma::Model;
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::functions::{decode, garble, is_suspect, repair, report};
    #[pymodule_export]
    use crate::repairer::Repairer;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("MODEL", format!("{:016x}", Model::embedded().hash()))
    }
}
