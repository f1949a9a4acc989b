//! Text → vocabulary and n-gram counts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use luanma::train::{BOUNDARY, FIRST_CHAR, ID_BITS, class_id};
use rayon::prelude::*;

/// A text file: lines, and how much one occurrence in it counts.
#[derive(Debug)]
pub struct Text {
    /// File name up to the first dot.
    pub name: String,
    /// Of an occurrence.
    pub weight: f64,
    /// The lines, each with its end.
    pub content: String,
}

/// How much an occurrence in the file `name` counts; see `MODEL_CARD.md`.
pub fn weight(name: &str) -> f64 {
    match name {
        // Rows of rare characters: they must not make rare characters likely next to each other, as in 鏂囧瓧.
        "gnarly_rare_unihan" => 0.01,
        "gnarly_names" | "gnarly_pinyin" => 0.3,
        // Synthetic, made from sentences that other files have.
        "gnarly_emoji" => 0.3,
        "gnarly_jako_in_zh" => 0.2,
        "zh-hant_news_opencc" => 0.75,
        // A fifth of the Chinese text; above one, each percent that simplified Chinese loses wins traditional Chinese five.
        _ if name.starts_with("zh-hant") => 1.5,
        _ if name.starts_with("zh") || name.starts_with("gnarly") => 1.0,
        // Messages of programs, of languages that few of those write who have damaged text to repair.
        _ if name.ends_with("_translations") => 0.25,
        // Half: this gives Chinese 0.02 nats a character, and takes 0.05 from the others.
        _ => 0.5,
    }
}

/// The language that a file stands for; the others are mixtures or lists, or what packages say, which has rare words of its own, or too
/// little to go by.
pub fn language(name: &str) -> Option<&str> {
    let language = name.split('_').next()?;
    (language != "gnarly" && !name.ends_with("_packages") && !name.ends_with("_translations"))
        .then_some(language)
}

/// Reads all `.txt` and `.txt.xz` files of a directory, by name; or one file.
///
/// # Errors
///
/// If something cannot be read, or is not UTF-8, or there is nothing.
pub fn read(path: &Path) -> Result<Vec<Text>> {
    if path.is_file() {
        let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let name = file.split('.').next().unwrap_or_default().to_owned();
        let content = if file.ends_with(".xz") {
            unpack(path)?
        } else {
            std::fs::read_to_string(path).with_context(|| path.display().to_string())?
        };
        return Ok(vec![Text { weight: weight(&name), name, content }]);
    }
    let mut paths = std::fs::read_dir(path)
        .with_context(|| format!("reading {}", path.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    let texts = paths
        .par_iter()
        .filter_map(|path| {
            let file = path.file_name()?.to_str()?;
            let name = file.strip_suffix(".xz").unwrap_or(file).strip_suffix(".txt")?;
            let content =
                if file.ends_with(".xz") { unpack(path) } else { Ok(std::fs::read_to_string(path).ok()?) };
            Some(content.map(|content| Text { name: name.to_owned(), weight: weight(name), content }))
        })
        .collect::<Result<Vec<_>>>()?;
    if texts.is_empty() {
        bail!("no .txt or .txt.xz files in {}", path.display());
    }
    Ok(texts)
}

/// The same of several.
///
/// # Errors
///
/// The same.
pub fn read_all(paths: &[impl AsRef<Path>]) -> Result<Vec<Text>> {
    let read = paths.iter().map(|path| read(path.as_ref())).collect::<Result<Vec<_>>>()?;
    Ok(read.into_iter().flatten().collect())
}

fn unpack(path: &Path) -> Result<String> {
    let output =
        Command::new("xz").arg("-dc").arg(path).stderr(Stdio::inherit()).output().context("running xz")?;
    if !output.status.success() {
        bail!("xz cannot read {}", path.display());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} is not UTF-8", path.display()))
}

/// The characters that get identifiers of their own, and what the scan wants to know of single characters and pairs.
#[derive(Debug)]
pub struct Vocabulary {
    /// By falling weighted frequency.
    pub chars: Vec<char>,
    /// Unremarkable characters, sorted.
    pub unremarkable: Vec<char>,
    /// Neighbours seen often enough, sorted.
    pub pairs: Vec<(char, char)>,
    ids: HashMap<char, u16>,
}

/// A character needs this many occurrences to be in the vocabulary…
const VOCABULARY_COUNT: u64 = 3;
/// …in files that count at least this much.
const VOCABULARY_WEIGHT: f64 = 0.1;
/// Neighbours need this many to be common: fewer are typing errors and quoted damage.
const PAIR_COUNT: u64 = 3;
/// Characters need this many in one language to be unremarkable in it.
const UNREMARKABLE_COUNT: u64 = 5;

/// The share of a language's characters that unremarkable ones make up: the rest of Han and Hangul is where damage looks alike, letters
/// are told apart by pairs.
fn unremarkable_share(language: &str) -> f64 {
    match language {
        "zh-hans" | "zh-hant" | "ja" => 0.996,
        "ko" => 0.998,
        _ => 0.9998,
    }
}

impl Vocabulary {
    /// Counts characters.
    pub fn new(texts: &[Text]) -> Result<Self> {
        let per_text: Vec<CharCounts> = texts.par_iter().map(|text| count_chars(&text.content)).collect();
        let mut raw: BTreeMap<char, u64> = BTreeMap::new();
        let mut weighted: BTreeMap<char, f64> = BTreeMap::new();
        let mut languages: BTreeMap<&str, BTreeMap<char, u64>> = BTreeMap::new();
        let mut pairs: BTreeMap<(char, char), u64> = BTreeMap::new();
        for (text, (chars, text_pairs)) in texts.iter().zip(&per_text) {
            for (&c, &n) in chars {
                *weighted.entry(c).or_default() += n as f64 * text.weight;
                if text.weight >= VOCABULARY_WEIGHT {
                    *raw.entry(c).or_default() += n;
                }
                if let Some(language) = language(&text.name) {
                    *languages.entry(language).or_default().entry(c).or_default() += n;
                }
            }
            if text.weight >= VOCABULARY_WEIGHT {
                for (&pair, &n) in text_pairs {
                    *pairs.entry(pair).or_default() += n;
                }
            }
        }
        let mut chars: Vec<(char, f64)> = raw
            .iter()
            .filter(|&(c, &n)| n >= VOCABULARY_COUNT && !matches!(c, '\n' | '\r' | '0'..='9'))
            .map(|(&c, _)| (c, weighted.get(&c).copied().unwrap_or(0.0)))
            .collect();
        chars.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        chars.truncate((1 << ID_BITS) - usize::from(FIRST_CHAR));
        let chars: Vec<char> = chars.into_iter().map(|(c, _)| c).collect();

        let mut unremarkable: BTreeSet<char> = (' '..='~').chain(['\t', '\n', '\r']).collect();
        for (language, counts) in &languages {
            let mut counts: Vec<(char, u64)> = counts.iter().map(|(&c, &n)| (c, n)).collect();
            counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            let total: u64 = counts.iter().map(|(_, n)| n).sum();
            let mut sum = 0;
            for (c, n) in counts {
                if sum as f64 >= unremarkable_share(language) * total as f64 || n < UNREMARKABLE_COUNT {
                    break;
                }
                sum += n;
                unremarkable.insert(c);
            }
        }
        let ids = chars.iter().copied().zip(FIRST_CHAR..).collect();
        Ok(Self {
            chars,
            unremarkable: unremarkable.into_iter().collect(),
            pairs: pairs.into_iter().filter(|&(_, n)| n >= PAIR_COUNT).map(|(pair, _)| pair).collect(),
            ids,
        })
    }

    /// Identifiers that are in use.
    pub fn identifiers(&self) -> usize {
        self.chars.len() + usize::from(FIRST_CHAR)
    }

    /// The identifier of a character or of its class.
    pub fn id(&self, c: char) -> u16 {
        self.ids.get(&c).copied().unwrap_or_else(|| class_id(c))
    }
}

/// Characters, and neighbours where one of them is in a block of the pair bitmaps.
type CharCounts = (HashMap<char, u64>, HashMap<(char, char), u64>);

fn count_chars(text: &str) -> CharCounts {
    let mut chars = HashMap::new();
    let mut pairs = HashMap::new();
    let in_block = |c: char| matches!(c as u32, 0x80..=0x17F | 0x370..=0x4FF);
    let mut last = '\n';
    for c in text.chars() {
        *chars.entry(c).or_default() += 1;
        if !c.is_ascii() && !last.is_ascii() && (in_block(c) || in_block(last)) {
            *pairs.entry((last, c)).or_default() += 1;
        }
        last = c;
    }
    (chars, pairs)
}

/// N-grams of one length, sorted by key.
#[derive(Debug, Default)]
pub struct Grams {
    /// As `luanma::train::key` makes them.
    pub keys: Vec<u64>,
    /// Occurrences.
    pub raw: Vec<u32>,
    /// Occurrences by the weight of their files.
    pub weighted: Vec<f32>,
    /// For each n-gram one shorter, where those that begin with it start; one more at the end.
    pub children: Vec<u32>,
}

/// Counts of all lengths, beginning with single identifiers, which are dense.
#[derive(Debug)]
pub struct Counts {
    /// By length − 1.
    pub grams: Vec<Grams>,
}

/// After every so many lines one is left blank, so that blank lines are known to the model; the text has none.
const BLANK_EVERY: usize = 16;

impl Counts {
    /// Counts all n-grams of up to `order` identifiers.
    pub fn new(texts: &[Text], vocabulary: &Vocabulary, order: usize) -> Result<Self> {
        let streams: Vec<Vec<u16>> = texts
            .par_iter()
            .map(|text| {
                let mut stream = vec![BOUNDARY];
                for (i, line) in text.content.lines().enumerate() {
                    stream.extend(line.chars().map(|c| vocabulary.id(c)));
                    stream.push(BOUNDARY);
                    if i % BLANK_EVERY == BLANK_EVERY - 1 {
                        stream.push(BOUNDARY);
                    }
                }
                stream
            })
            .collect();
        let weights: Vec<f64> = texts.iter().map(|text| text.weight).collect();
        if weights.len() > 256 {
            bail!("more than 256 text files");
        }
        let mut grams: Vec<Grams> = Vec::new();
        for length in 1..=order {
            let mut next = count(&streams, &weights, length);
            match grams.last() {
                None => next = dense(next, vocabulary.identifiers()),
                Some(shorter) => next.children = children(&shorter.keys, &next.keys)?,
            }
            grams.push(next);
        }
        Ok(Self { grams })
    }
}

/// Adds the identifiers that do not occur.
fn dense(grams: Grams, len: usize) -> Grams {
    let mut all = Grams {
        keys: (0..len as u64).collect(),
        raw: vec![0; len],
        weighted: vec![0.0; len],
        children: vec![],
    };
    for ((key, raw), weighted) in grams.keys.into_iter().zip(grams.raw).zip(grams.weighted) {
        all.raw[key as usize] = raw;
        all.weighted[key as usize] = weighted;
    }
    all
}

/// Sorts the keys of all positions, with the number of the file below them, and counts runs.
fn count(streams: &[Vec<u16>], weights: &[f64], length: usize) -> Grams {
    let mut keys: Vec<u64> = Vec::with_capacity(streams.iter().map(Vec::len).sum());
    for (file, stream) in streams.iter().enumerate() {
        // What stands before a line's start is not context, so a boundary can only be the first or the last of an n-gram.
        keys.extend(
            stream
                .windows(length)
                .skip(usize::from(length == 1))
                .filter(|ids| length < 3 || !ids[1..length - 1].contains(&BOUNDARY))
                .map(|ids| luanma::train::key(ids) << 8 | file as u64),
        );
    }
    keys.par_sort_unstable();
    let mut grams = Grams::default();
    let mut i = 0;
    while i < keys.len() {
        let key = keys[i] >> 8;
        let (mut raw, mut weighted) = (0, 0.0);
        while i < keys.len() && keys[i] >> 8 == key {
            raw += 1;
            weighted += weights[(keys[i] & 0xFF) as usize];
            i += 1;
        }
        grams.keys.push(key);
        grams.raw.push(raw);
        grams.weighted.push(weighted as f32);
    }
    grams
}

/// For each of `shorter`, where the n-grams that begin with it start in `longer`.
fn children(shorter: &[u64], longer: &[u64]) -> Result<Vec<u32>> {
    let mut starts = Vec::with_capacity(shorter.len() + 1);
    let mut at = 0;
    for &key in shorter {
        starts.push(u32::try_from(at)?);
        while at < longer.len() && longer[at] >> ID_BITS == key {
            at += 1;
        }
    }
    starts.push(u32::try_from(at)?);
    if at != longer.len() {
        bail!("an n-gram without its beginning");
    }
    Ok(starts)
}
