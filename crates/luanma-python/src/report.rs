//! Reports as Python's objects: the dataclasses of `luanma._report`, offsets in code points.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyTuple, PyType};

use luanma::{NAT, Repair, Repairer, Treatment};

use crate::text::{self, Held, Part, held, parts, unbroken};

/// Counts characters up to places given in bytes, which must not fall.
pub(crate) struct Ruler<'t> {
    text: &'t str,
    bytes: usize,
    characters: usize,
}

impl<'t> Ruler<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, bytes: 0, characters: 0 }
    }

    /// Characters before the byte `at`.
    pub(crate) fn characters(&mut self, at: usize) -> usize {
        self.characters += self.text.get(self.bytes..at).map_or(0, |between| between.chars().count());
        self.bytes = at.max(self.bytes);
        self.characters
    }
}

/// The character of `text` at the byte `at`; nothing where there is none.
pub(crate) fn character(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    rest.chars().next().map_or("", |c| &rest[..c.len_utf8()])
}

/// A cost in nats.
pub(crate) fn in_nats(cost: luanma::Cost) -> f64 {
    f64::from(cost) / f64::from(NAT)
}

struct Classes {
    report: Py<PyType>,
    repair: Py<PyType>,
    gap: Py<PyType>,
    restored: Py<PyType>,
}

static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();

fn classes(py: Python<'_>) -> PyResult<&Classes> {
    CLASSES.get_or_try_init(py, || {
        let module = py.import("luanma._report")?;
        let class =
            |name| -> PyResult<Py<PyType>> { Ok(module.getattr(name)?.cast_into::<PyType>()?.unbind()) };
        Ok(Classes {
            report: class("Report")?,
            repair: class("Repair")?,
            gap: class("Gap")?,
            restored: class("Restored")?,
        })
    })
}

fn pairs<'py>(py: Python<'py>, alternatives: &[(char, f64)]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, alternatives)
}

/// `repair` as an object; `start` and `end` in code points.
fn object<'py>(py: Python<'py>, repair: &Repair, start: usize, end: usize) -> PyResult<Bound<'py, PyAny>> {
    let classes = classes(py)?;
    let mut ruler = Ruler::new(&repair.text);
    let gaps = repair
        .gaps
        .iter()
        .map(|gap| {
            let at = ruler.characters(gap.at);
            classes.gap.bind(py).call1((at, gap.loss.name(), pairs(py, &gap.alternatives)?))
        })
        .collect::<PyResult<Vec<_>>>()?;
    let mut ruler = Ruler::new(&repair.text);
    let restored = repair
        .restored
        .iter()
        .map(|it| {
            let at = ruler.characters(it.at);
            let alternatives = pairs(py, &it.alternatives)?;
            let which = character(&repair.text, it.at);
            classes.restored.bind(py).call1((at, it.loss.name(), which, it.probability, alternatives))
        })
        .collect::<PyResult<Vec<_>>>()?;
    classes.repair.bind(py).call1((
        start,
        end,
        repair.text.as_str(),
        repair.chain.map(|chain| chain.to_string()),
        repair.treatment.map(Treatment::name),
        repair.verdict.name(),
        repair.confidence.get(),
        in_nats(repair.gain),
        PyTuple::new(py, gaps)?,
        PyTuple::new(py, restored)?,
    ))
}

/// Adds the repairs of `text`, which stands `before` code points into the string.
fn add<'py>(
    py: Python<'py>,
    repairs: &[Repair],
    text: &str,
    before: usize,
    out: &mut Vec<Bound<'py, PyAny>>,
) -> PyResult<()> {
    let mut ruler = Ruler::new(text);
    for repair in repairs {
        let start = before + ruler.characters(repair.start);
        let end = before + ruler.characters(repair.end);
        out.push(object(py, repair, start, end)?);
    }
    Ok(())
}

/// The report of a string.
pub(crate) fn report<'py>(repairer: &Repairer, whole: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = whole.py();
    let mut repairs = Vec::new();
    let new = match held(whole.cast::<PyString>()?)? {
        Held::Whole(text) => {
            let report = text::report(py, repairer, text);
            add(py, &report.repairs, text, 0, &mut repairs)?;
            match report.text {
                std::borrow::Cow::Borrowed(_) => whole.clone(),
                std::borrow::Cow::Owned(new) => PyString::new(py, &new).into_any(),
            }
        }
        Held::Broken(bytes) => {
            let mut before = 0;
            let mut out = Vec::with_capacity(bytes.len());
            for part in parts(&bytes) {
                match part {
                    Part::Text(text) => {
                        let report = text::report(py, repairer, text);
                        add(py, &report.repairs, text, before, &mut repairs)?;
                        out.extend_from_slice(report.text.as_bytes());
                        before += text.chars().count();
                    }
                    Part::Surrogate(surrogate) => {
                        out.extend_from_slice(surrogate);
                        before += 1;
                    }
                }
            }
            if out == bytes { whole.clone() } else { unbroken(py, &out)? }
        }
    };
    let repairs = PyTuple::new(py, repairs)?;
    classes(py)?.report.bind(py).call_method1(intern!(py, "_of"), (new, repairs))
}
