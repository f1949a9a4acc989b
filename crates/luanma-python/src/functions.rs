//! The functions of the module, with the default settings.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use luanma::Chain;
use luanma::garble::{Garbler, Losses};

use crate::text::{Held, held};
use crate::{repairer, text, value_error};

/// The repaired text, with the default settings; the same object where nothing changed.
///
/// >>> import luanma
/// >>> luanma.repair("浠婂勾鐨勬熆瀛愮啛寰楁棭")
/// '今年的柿子熟得早'
/// >>> luanma.repair("Çå³¿µÄ¶É¿Ú")
/// '清晨的渡口'
///
/// What was done, and how sure it is, says `report`. For many texts there are `Repairer.repair_list` and
/// `repair_array`, which use all cores.
#[pyfunction]
#[pyo3(signature = (text, /))]
pub(crate) fn repair<'py>(text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    text::repair(repairer::standard(), text)
}

/// The repaired text and what was done, with the default settings.
///
/// >>> import luanma
/// >>> report = luanma.report("文件名：Çå³¿µÄ¶É¿Ú.mp3")
/// >>> report.text, report.verdict
/// ('文件名：清晨的渡口.mp3', 'repaired')
/// >>> report.repairs[0].start, report.repairs[0].end, report.repairs[0].text
/// (4, 14, '清晨的渡口')
///
/// Offsets count code points.
#[pyfunction]
#[pyo3(signature = (text, /))]
pub(crate) fn report<'py>(text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    crate::report::report(repairer::standard(), text)
}

/// Whether the scan finds anything worth a closer look.
///
/// A cheap filter, not a verdict: what it refuses is never repaired, what it passes may be clean.
///
/// >>> import luanma
/// >>> luanma.is_suspect("浠婂勾鐨勬熆瀛愮啛寰楁棭"), luanma.is_suspect("今年的柿子熟得早")
/// (True, False)
#[pyfunction]
#[pyo3(signature = (text, /))]
pub(crate) fn is_suspect(text: &Bound<'_, PyAny>) -> PyResult<bool> {
    text::is_suspect(repairer::standard(), text)
}

/// The text of bytes in a codec that is not known, or in several, and which bytes are in which.
///
/// `data` is `bytes`, or anything else with the buffer protocol: `bytearray`, `memoryview`, `mmap`.
///
/// It never fails: what means nothing becomes U+FFFD, and `undecodable` says where. The text is as it was written, and may be
/// damaged: `repair` repairs it. Where the codec *is* known, decode with that.
///
/// >>> import luanma
/// >>> decoded = luanma.decode("今年的柿子熟得早".encode("gbk"))
/// >>> decoded.text, decoded.codec
/// ('今年的柿子熟得早', 'gbk')
/// >>> mixed = luanma.decode("年的柿子\n".encode("gbk") + "院子里\n".encode())
/// >>> [(piece.start, piece.end, piece.codec) for piece in mixed.pieces]
/// [(0, 9, 'gbk'), (9, 19, 'utf-8')]
#[pyfunction]
#[pyo3(signature = (data, /))]
pub(crate) fn decode<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    crate::decode::decode(repairer::standard(), data)
}

/// The text as a chain of wrong decodings damages it, for tests and training data.
///
/// `loss` names what is lost on the way, with `+` between (`none`, `windows`, `whatwg`, `ignore`, `replace`,
/// `fold`, `strip`, …); where a kind of loss leaves a choice, `seed` decides.
///
/// >>> import luanma
/// >>> luanma.garble("在3月24日", "utf-8>gbk", loss="windows")
/// '鍦?鏈?4鏃?'
///
/// Raises ValueError for a chain or loss that does not exist, and where the chain cannot damage this text so.
#[pyfunction]
#[pyo3(signature = (text, /, chain, *, loss = "none", seed = 0))]
pub(crate) fn garble(text: &Bound<'_, PyAny>, chain: &str, loss: &str, seed: u64) -> PyResult<String> {
    let chain: Chain = chain.parse().map_err(|e| value_error(&e))?;
    let losses: Losses = loss.parse().map_err(|e| value_error(&e))?;
    let Held::Whole(whole) = held(text.cast::<PyString>()?)? else {
        return Err(PyValueError::new_err(
            "a text with lone surrogates cannot be garbled: no codec has them",
        ));
    };
    let garbler = Garbler::new(chain).losses(losses).seed(seed);
    let garbled = text.py().detach(|| garbler.garble(whole));
    match garbled {
        Some(garbled) => Ok(garbled.text),
        None => Err(PyValueError::new_err("the chain has no such damage for this text")),
    }
}
