//! The class `Repairer`, and the one with the default settings that the functions use.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use luanma::{Chain, Confidence, Escapes, Gaps, Model, Scratch};

use crate::parallel::{self, RUN_BYTES};
use crate::text::{self, Held, held};
use crate::{arrow, decode, report, value_error};

/// The default settings.
static STANDARD: LazyLock<luanma::Repairer> = LazyLock::new(luanma::Repairer::new);

pub(crate) fn standard() -> &'static luanma::Repairer {
    &STANDARD
}

/// What a `Repairer` was made with, kept to be pickled and printed; `None` is the default.
#[derive(Clone, Debug, Default, PartialEq)]
struct Settings {
    min_confidence: Option<f64>,
    gaps: Option<String>,
    gap_char: Option<char>,
    expect: Vec<String>,
    only: Option<String>,
    escapes: bool,
    model: Option<Vec<u8>>,
}

/// Finds and repairs damage, with settings. It never changes: share one among threads, pickle it, send it to workers.
///
/// `min_confidence`: repairs below it are not made (0 to 1). `gaps`: `"infer"` restores characters that lost bytes
/// where the rest of them and the context tell, `"mark"` marks each of them, `"refuse"` leaves such a stretch as it
/// is. `gap_char`: what a gap is written as, U+FFFD unless told. `expect`: a chain, or several, that the data is known
/// to have. `only`: undo this chain and no other. `escapes`: also repair damage that was escaped afterwards (`&auml;`,
/// `\u00e4`, `%C3%A4`); all other escapes stay. `model`: the content of another model file.
///
/// >>> import luanma
/// >>> repairer = luanma.Repairer(gap_char="□", expect="utf-8>gbk")
/// >>> repairer.repair("涓嬪崍2鐐归泦鍚堬紝鍦扮偣鍦?鍙烽棬銆?")
/// '下午2点集合，地点在□号门。'
/// >>> repairer
/// luanma.Repairer(gap_char='□', expect=('utf-8>gbk',))
/// >>> import pickle
/// >>> pickle.loads(pickle.dumps(repairer)) == repairer
/// True
#[pyclass(frozen, eq, module = "luanma")]
#[derive(Debug)]
pub(crate) struct Repairer {
    inner: luanma::Repairer,
    settings: Settings,
}

impl PartialEq for Repairer {
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings
    }
}

/// One chain or several.
fn chains(given: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if let Ok(chain) = given.extract() {
        return Ok(vec![chain]);
    }
    let several = || given.try_iter()?.map(|chain| chain?.extract()).collect::<PyResult<_>>();
    several().map_err(|_| {
        PyTypeError::new_err(format!("expect is {given}; it must be a chain such as 'utf-8>gbk', or several"))
    })
}

fn gap_character(given: &Bound<'_, PyAny>) -> PyResult<char> {
    given
        .extract()
        .map_err(|_| PyValueError::new_err(format!("gap_char is {given:?}; it must be one character")))
}

#[pymethods]
impl Repairer {
    #[new]
    #[pyo3(signature = (*, min_confidence = None, gaps = None, gap_char = None, expect = None, only = None, escapes = false, model = None))]
    fn new(
        min_confidence: Option<f64>,
        gaps: Option<String>,
        gap_char: Option<&Bound<'_, PyAny>>,
        expect: Option<&Bound<'_, PyAny>>,
        only: Option<String>,
        escapes: bool,
        model: Option<Vec<u8>>,
    ) -> PyResult<Self> {
        let gap_char = gap_char.map(gap_character).transpose()?;
        let expect = expect.map(chains).transpose()?.unwrap_or_default();
        let settings = Settings { min_confidence, gaps, gap_char, expect, only, escapes, model };
        Ok(Self { inner: settings.build()?, settings })
    }

    /// The repaired text; the same object where nothing changed.
    ///
    /// >>> import luanma
    /// >>> luanma.Repairer(only="gbk>latin-1").repair("Çå³¿µÄ¶É¿Ú")
    /// '清晨的渡口'
    #[pyo3(signature = (text, /))]
    fn repair<'py>(&self, text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        text::repair(&self.inner, text)
    }

    /// The repaired text and what was done.
    ///
    /// >>> import luanma
    /// >>> luanma.Repairer().report("Çå³¿µÄ¶É¿Ú").verdict
    /// 'repaired'
    #[pyo3(signature = (text, /))]
    fn report<'py>(&self, text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        report::report(&self.inner, text)
    }

    /// The text of bytes in a codec that is not known, with this repairer's model. Nothing is repaired yet.
    ///
    /// >>> import luanma
    /// >>> luanma.Repairer().decode("中文網站的首頁".encode("big5")).text
    /// '中文網站的首頁'
    #[pyo3(signature = (data, /))]
    fn decode<'py>(&self, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        decode::decode(&self.inner, data)
    }

    /// Whether the scan finds anything worth a closer look.
    ///
    /// >>> import luanma
    /// >>> luanma.Repairer().is_suspect("Çå³¿µÄ¶É¿Ú")
    /// True
    #[pyo3(signature = (text, /))]
    fn is_suspect(&self, text: &Bound<'_, PyAny>) -> PyResult<bool> {
        text::is_suspect(&self.inner, text)
    }

    /// The repaired texts in a new list, worked on by several threads; all that the machine has, unless told.
    ///
    /// `None` stays, and so does each object of which nothing changed.
    ///
    /// >>> import luanma
    /// >>> luanma.Repairer().repair_list(["Çå³¿µÄ¶É¿Ú", None, "晴"])
    /// ['清晨的渡口', None, '晴']
    #[pyo3(signature = (texts, /, *, threads = None))]
    fn repair_list<'py>(
        &self,
        texts: &Bound<'py, PyAny>,
        threads: Option<i64>,
    ) -> PyResult<Bound<'py, PyList>> {
        repair_list(&self.inner, texts, threads)
    }

    /// Whether a column changed, and the column as an Arrow object.
    #[pyo3(signature = (array, /, *, threads = None))]
    fn _repair_array<'py>(
        &self,
        array: &Bound<'py, PyAny>,
        threads: Option<i64>,
    ) -> PyResult<(bool, Bound<'py, PyAny>)> {
        arrow::repair_array(&self.inner, array, threads)
    }

    /// The reports of a column as an Arrow object.
    #[pyo3(signature = (array, /, *, threads = None))]
    fn _report_array<'py>(
        &self,
        array: &Bound<'py, PyAny>,
        threads: Option<i64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        arrow::report_array(&self.inner, array, threads)
    }

    /// Which texts of a column are worth a closer look, as an Arrow object.
    #[pyo3(signature = (array, /, *, threads = None))]
    fn _suspect_array<'py>(
        &self,
        array: &Bound<'py, PyAny>,
        threads: Option<i64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        arrow::suspect_array(&self.inner, array, threads)
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        Ok((PyTuple::empty(py), self.settings.keywords(py)?))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut out = String::from("luanma.Repairer(");
        for (i, (name, value)) in self.settings.keywords(py)?.iter().enumerate() {
            let value = if name.eq("model")? { "…".to_owned() } else { value.repr()?.to_string() };
            out += if i > 0 { ", " } else { "" };
            out += &format!("{name}={value}");
        }
        Ok(out + ")")
    }

    fn __hash__(&self) -> u64 {
        let Settings { min_confidence, gaps, gap_char, expect, only, escapes, model } = &self.settings;
        let mut hasher = DefaultHasher::new();
        (min_confidence.map(f64::to_bits), gaps, gap_char, expect, only, escapes, model).hash(&mut hasher);
        hasher.finish()
    }
}

impl Settings {
    fn build(&self) -> PyResult<luanma::Repairer> {
        let mut builder = luanma::Repairer::builder();
        if let Some(p) = self.min_confidence {
            if !(0.0..=1.0).contains(&p) {
                return Err(PyValueError::new_err(format!("min_confidence is {p}; it must be from 0 to 1")));
            }
            builder = builder.min_confidence(Confidence::new(p));
        }
        if let Some(gaps) = &self.gaps {
            builder = builder.gaps(match gaps.as_str() {
                "infer" => Gaps::Infer,
                "mark" => Gaps::Mark,
                "refuse" => Gaps::Refuse,
                other => {
                    let why = format!("gaps is {other:?}; it must be 'infer', 'mark' or 'refuse'");
                    return Err(PyValueError::new_err(why));
                }
            });
        }
        if let Some(gap) = self.gap_char {
            builder = builder.gap_char(gap);
        }
        for chain in &self.expect {
            builder = builder.expect(chain.parse().map_err(|e| value_error(&e))?);
        }
        if let Some(chain) = &self.only {
            let chain: Chain = chain.parse().map_err(|e| value_error(&e))?;
            builder = builder.only(chain);
        }
        if self.escapes {
            builder = builder.escapes(Escapes::Read);
        }
        if let Some(model) = &self.model {
            builder = builder.model(Model::from_bytes(model.clone()).map_err(|e| value_error(&e))?);
        }
        Ok(builder.build())
    }

    /// The arguments that make a repairer with these settings.
    fn keywords<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let out = PyDict::new(py);
        if let Some(p) = self.min_confidence {
            out.set_item("min_confidence", p)?;
        }
        if let Some(gaps) = &self.gaps {
            out.set_item("gaps", gaps)?;
        }
        if let Some(gap) = self.gap_char {
            out.set_item("gap_char", gap)?;
        }
        if !self.expect.is_empty() {
            out.set_item("expect", PyTuple::new(py, &self.expect)?)?;
        }
        if let Some(only) = &self.only {
            out.set_item("only", only)?;
        }
        if self.escapes {
            out.set_item("escapes", true)?;
        }
        if let Some(model) = &self.model {
            out.set_item("model", pyo3::types::PyBytes::new(py, model))?;
        }
        Ok(out)
    }
}

/// The repaired texts, in a new list; `None` stays, and so does each object of which nothing changed.
fn repair_list<'py>(
    repairer: &luanma::Repairer,
    texts: &Bound<'py, PyAny>,
    threads: Option<i64>,
) -> PyResult<Bound<'py, PyList>> {
    let py = texts.py();
    if texts.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("repair_list takes a list of texts; for one text there is repair"));
    }
    let items: Vec<Bound<'py, PyAny>> = texts.try_iter()?.collect::<PyResult<_>>()?;
    // Each text with its place. What has lone surrogates goes one by one: it is rare.
    let mut whole: Vec<(usize, &str)> = Vec::with_capacity(items.len());
    let mut broken: Vec<usize> = Vec::new();
    for (i, item) in items.iter().enumerate() {
        if item.is_none() {
            continue;
        }
        match held(item.cast::<PyString>()?)? {
            Held::Whole(text) => whole.push((i, text)),
            Held::Broken(_) => broken.push(i),
        }
    }
    let threads = parallel::threads(threads)?;
    let repaired = py.detach(|| repair_texts(repairer, &whole, threads))?;
    let new = |i: usize| text::repair(repairer, &items[i]);
    let broken = broken.into_iter().map(|i| Ok((i, new(i)?))).collect::<PyResult<Vec<_>>>()?;
    let out = PyList::new(py, &items)?;
    for (i, text) in repaired {
        out.set_item(i, text)?;
    }
    for (i, text) in broken {
        out.set_item(i, text)?;
    }
    Ok(out)
}

/// The texts that change, each with the key that it came with.
pub(crate) fn repair_texts<K: Copy + Send + Sync>(
    repairer: &luanma::Repairer,
    texts: &[(K, &str)],
    threads: usize,
) -> PyResult<Vec<(K, String)>> {
    let suspects: Vec<(K, &str)> = parallel::map(&runs(texts), threads, |(): &mut (), run| {
        run.iter().copied().filter(|(_, text)| repairer.is_suspect(text)).collect::<Vec<_>>()
    })?
    .concat();
    let repaired = parallel::map(&suspects, threads, |scratch: &mut Scratch, &(key, text)| {
        match repairer.report_with(text, scratch).text {
            std::borrow::Cow::Owned(new) => Some((key, new)),
            std::borrow::Cow::Borrowed(_) => None,
        }
    })?;
    Ok(repaired.into_iter().flatten().collect())
}

/// `texts` in runs of about [`RUN_BYTES`].
fn runs<'a, 't, K>(texts: &'a [(K, &'t str)]) -> Vec<&'a [(K, &'t str)]> {
    let mut bytes = 0;
    texts
        .chunk_by(|(_, text), _| {
            bytes += text.len();
            let goes_on = bytes < RUN_BYTES;
            if !goes_on {
                bytes = 0;
            }
            goes_on
        })
        .collect()
}
