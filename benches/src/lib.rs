//! The texts that the benches measure on: the project's own, repeated, and what the garbler makes of them.

use std::path::PathBuf;

use luanma::Chain;
use luanma::garble::{Garbler, Losses};

/// Bytes of a text, about.
pub const SIZE: usize = 1 << 20;

/// A file of the corpus, over and over. `LUANMA_BENCH_TEXT` names a directory with other files of these names.
#[must_use]
pub fn clean(name: &str) -> String {
    let file = format!("{name}.txt");
    let given = std::env::var_os("LUANMA_BENCH_TEXT").map(|dir| PathBuf::from(dir).join(&file));
    let own: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "corpus", "clean", &file].iter().collect();
    let path = given.filter(|path| path.exists()).unwrap_or(own);
    let text = std::fs::read_to_string(path).expect("a text");
    text.repeat(SIZE.div_ceil(text.len()))
}

/// Lines of simplified Chinese, one in `every` of them damaged by `chain` with `losses`, about `size` bytes.
///
/// A line that the chain cannot damage without a loss gives up its last characters.
#[must_use]
pub fn damaged(chain: &str, losses: &str, every: usize, size: usize) -> String {
    let chain: Chain = chain.parse().expect("a chain");
    let losses: Losses = losses.parse().expect("losses");
    let text = clean("zh-hans");
    let mut out = String::new();
    for (at, line) in text.lines().filter(|line| !line.is_empty()).cycle().enumerate() {
        if out.len() >= size {
            break;
        }
        let garbler = Garbler::new(chain).losses(losses.clone()).seed(u64::try_from(at).unwrap_or(0));
        let mut rest = line;
        loop {
            if at % every != every - 1 || rest.is_empty() {
                out.push_str(rest);
                break;
            }
            if let Some(made) = garbler.garble(rest) {
                out.push_str(&made.text);
                break;
            }
            rest = &rest[..rest.char_indices().next_back().map_or(0, |(at, _)| at)];
        }
        out.push('\n');
    }
    out
}
