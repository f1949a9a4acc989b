//! The library: texts, bytes, chains, model files.

use std::borrow::Cow;
use std::sync::LazyLock;

use luanma::train::Parts;
use luanma::{Chain, Gaps, Model, Repairer, Report, Verdict};

use crate::sound::is_sound;

/// The bytes as text: as much of them as is UTF-8.
fn text_of(data: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(data) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            Cow::Owned(data.utf8_chunks().flat_map(|c| c.valid().chars().chain(['\u{FFFD}'])).collect())
        }
    }
}

/// The first byte chooses the settings, the rest is a text.
pub fn repair_text(data: &[u8]) {
    static ONE_CHAIN: LazyLock<Vec<Chain>> =
        LazyLock::new(|| luanma::train::chains().into_iter().map(|(chain, _)| chain).collect());
    let Some((&choice, data)) = data.split_first() else { return };
    let text = text_of(data);
    let builder = Repairer::builder();
    let repairer = match choice {
        0..=127 => builder.build(),
        128 => builder.gaps(Gaps::Mark).build(),
        129 => builder.gaps(Gaps::Refuse).build(),
        130 => builder.gap_char('□').min_confidence(luanma::Confidence::new(0.0)).build(),
        n if n % 2 == 0 => builder.expect(ONE_CHAIN[usize::from(n) % ONE_CHAIN.len()]).build(),
        n => builder.only(ONE_CHAIN[usize::from(n) * 31 % ONE_CHAIN.len()]).build(),
    };
    let report = repairer.report(&text);
    is_sound(&text, &report);
    assert!(
        report.repairs.is_empty()
            || report.text.is_empty()
            || repairer.is_suspect(&text)
            || no_repair(&report)
    );
}

/// Rows of marks are told without the scan.
fn no_repair(report: &Report<'_>) -> bool {
    report.repairs.iter().all(|r| r.verdict == Verdict::Unrepaired)
}

/// Raw bytes of unknown codec: the pieces cover all of them, and say what the text says.
pub fn decode_bytes(data: &[u8]) {
    let decoded = luanma::decode(data);
    let (mut end, mut at) = (decoded.pieces.first().map_or(0, |piece| piece.start), 0);
    assert!(
        end <= 4 && (data.len() <= 4 || !decoded.pieces.is_empty()),
        "only a byte order mark is left out"
    );
    for piece in &decoded.pieces {
        assert!(piece.start == end && piece.end <= data.len() && piece.start < piece.end, "no holes");
        assert!(piece.at >= at && decoded.text.is_char_boundary(piece.at));
        (end, at) = (piece.end, piece.at);
    }
    assert!(decoded.pieces.is_empty() || end == data.len(), "all of the input");
    for hole in &decoded.undecodable {
        assert!(hole.start < hole.end && hole.end <= data.len(), "in the input");
        assert!(decoded.text[hole.at..].starts_with('\u{FFFD}'), "marked in the text");
    }
}

/// A chain, a line break, and a text to damage and undo.
pub fn chain_text(data: &[u8]) {
    let text = text_of(data);
    let (name, text) = text.split_once('\n').unwrap_or((&text, "文字 été"));
    let chain: Chain = match name.parse() {
        Ok(chain) => chain,
        Err(e) => return assert!(!e.to_string().is_empty()),
    };
    assert_eq!(chain.to_string().parse().ok(), Some(chain), "printed and parsed again");
    let _ = chain.undo(text);
    if let Some(damaged) = chain.garble(text) {
        let _ = chain.undo(&damaged);
    }
}

/// A small model in the format of the file, without n-grams of four.
fn small_model() -> Vec<u8> {
    let vocabulary: Vec<char> = "的一是了我不在人有他这 etaoinsé中文字乱码".chars().collect();
    let parts = Parts {
        unigrams: vec![(2000, 3); 64 + vocabulary.len()],
        extra: vec![300; 64],
        costs: (0..256).map(|level| level * 16).collect(),
        backoffs: (0..256).map(|level| level * 4).collect(),
        ngrams: vec![Vec::new(), Vec::new()],
        common: vocabulary.clone(),
        unremarkable: vocabulary.clone(),
        vocabulary,
        pairs: vec![('é', '’')],
        note: String::from("a target of fuzzing"),
    };
    parts.pack()
}

/// As they are, the bytes are a model file; and then they are changes to a good one, whose hash is made right again.
pub fn model_file(data: &[u8]) {
    static GOOD: LazyLock<Vec<u8>> = LazyLock::new(small_model);
    if let Ok(model) = Model::from_bytes(data.to_vec()) {
        use_model(model);
    }
    let mut file = GOOD.clone();
    // Four bytes of where, four of what.
    for change in data.chunks_exact(8) {
        let (at, what) = change.split_at(4);
        let at = u32::from_le_bytes([at[0], at[1], at[2], at[3]]) as usize % file.len();
        for (old, new) in file[at..].iter_mut().zip(what) {
            *old = *new;
        }
    }
    if let Some(&cut) = data.first()
        && data.len() % 8 == 1
    {
        let length = file.len() - usize::from(cut);
        file.truncate(length);
        file[24..32].copy_from_slice(&(length as u64).to_le_bytes());
    }
    let right = luanma::train::hash(&file[24..]).to_le_bytes();
    file[16..24].copy_from_slice(&right);
    if let Ok(model) = Model::from_bytes(file) {
        use_model(model);
    }
}

fn use_model(model: Model) {
    let text = "今天é д\u{FFFD}\u{10FFFF}龘9。鏂囧瓧 Ã©tÃ©\n";
    let _ = (model.cost(text), model.note().len(), model.knows('的'), model.order(), model.size());
    let repairer = Repairer::builder().model(model).build();
    is_sound(text, &repairer.report(text));
}
