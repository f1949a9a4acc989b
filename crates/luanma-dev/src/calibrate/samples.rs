//! What the confidence is fitted to: damaged text of every chain, clean text, and text that is odd but clean.

use luanma::garble::Garbler;
use luanma::train::chains;
use luanma::{Chain, Codec, NAT};

use luanma_train::lm::count::Text;

/// What the sizes of damaged samples are.
const SIZES: [usize; 12] = [2, 3, 4, 4, 6, 8, 8, 12, 16, 24, 40, 80];
/// The losses of damaged samples; an empty name is none.
pub(crate) const LOSSES: [&str; 20] = [
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "whatwg",
    "windows",
    "ignore",
    "windows+fold",
    "strip",
    "collapse",
    "replace",
    "ftfy",
    "fuse",
    "fuse",
    "nfkc",
];
/// Chains of several steps.
const LONG: [&str; 6] = [
    "utf-8>latin-1,utf-8>latin-1",
    "utf-8>cp1252,utf-8>cp1252",
    "utf-8>gbk,utf-8>gbk",
    "gbk>latin-1,utf-8>latin-1",
    "utf-8>cp1252,utf-8>gbk",
    "big5>latin-1,utf-8>cp1252",
];
/// What an odd but clean sample counts beside a clean one: it is rare.
const ODD: f64 = 0.2;
/// How often a sample is tried before its chain is given up.
const TRIES: usize = 12;

pub(super) struct Sample {
    pub(super) text: String,
    /// What was there; none where the text is clean.
    pub(super) gold: Option<String>,
    pub(super) is_lossy: bool,
    pub(super) size: usize,
    pub(super) weight: f64,
    pub(super) held_out: bool,
    pub(super) note: String,
}

impl Sample {
    fn clean(text: String, weight: f64, note: &str, rng: &mut Rng) -> Self {
        let held_out = rng.below(5) == 0;
        Self { text, gold: None, is_lossy: false, size: 0, weight, held_out, note: note.to_owned() }
    }
}

/// The same numbers on every machine (splitmix64).
struct Rng(u64);

impl Rng {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n.max(1) as u64).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// A piece of `size` characters.
fn piece(line: &str, size: usize, rng: &mut Rng) -> String {
    let chars: Vec<char> = line.chars().collect();
    let from = rng.below(chars.len().saturating_sub(size) + 1);
    chars.iter().skip(from).take(size).collect::<String>().trim().to_owned()
}

fn high(text: &str) -> usize {
    text.chars().filter(|c| !c.is_ascii()).count()
}

pub(super) struct Make {
    pub(super) lines: usize,
    pub(super) per_chain: usize,
}

impl Make {
    pub(super) fn damaged(&self, texts: &[Text]) -> Vec<Sample> {
        let mut rng = Rng(1);
        // By what most of its letters are: a chain is tried with a text that its truth has.
        let files: Vec<Vec<&str>> =
            texts.iter().map(|t| t.content.lines().filter(|l| high(l) > 1).collect()).collect();
        let chinese: Vec<&Vec<&str>> =
            texts.iter().zip(&files).filter(|(t, _)| t.name.starts_with("zh")).map(|(_, f)| f).collect();
        let long = LONG.iter().filter_map(|c| c.parse::<Chain>().ok()).map(|c| (c, 0));
        let mut out = Vec::new();
        for (chain, prior) in chains().into_iter().chain(long) {
            let mut made = 0;
            // Fewer of what is rare.
            let wanted =
                self.per_chain as f64 * (1.0 - f64::from(prior) / f64::from(NAT) / 3.0).exp().min(1.0);
            let wanted = wanted.ceil() as usize;
            for _ in 0..wanted * TRIES {
                if made == wanted {
                    break;
                }
                let clean: &[&str] = chinese[rng.below(chinese.len())];
                let file: &[&str] = if rng.below(2) == 0 { clean } else { &files[rng.below(files.len())] };
                // Its rows of other alphabets are another vendor's, and nobody writes them.
                let file = if chain.steps()[0].truth == Codec::CP950 { clean } else { file };
                if file.is_empty() {
                    continue;
                }
                let around = [*rng.pick(clean), *rng.pick(file)].map(str::to_owned);
                if let Some(sample) = damage(chain, rng.pick::<&str>(file), &around, &mut rng) {
                    out.push(sample);
                    made += 1;
                }
            }
        }
        out
    }

    pub(super) fn clean(&self, texts: &[Text]) -> Vec<Sample> {
        let mut rng = Rng(2);
        let mut out = Vec::new();
        // One file of mixtures has damage in it.
        for text in texts.iter().filter(|t| t.name != "gnarly_jako_in_zh") {
            for line in text.content.lines().take(self.lines) {
                let short = [2, 3, 4, 5, 6, 7, 8][rng.below(7)];
                let note = &text.name;
                out.push(Sample::clean(line.to_owned(), 1.0, note, &mut rng));
                out.push(Sample::clean(piece(line, short, &mut rng), 1.0, note, &mut rng));
                if rng.below(8) == 0 {
                    let length = 4 + rng.below(36);
                    let (kind, odd) = odd(&piece(line, length, &mut rng), &mut rng);
                    out.push(Sample::clean(odd, ODD, &format!("{note} {kind}"), &mut rng));
                }
            }
        }
        for _ in 0..self.lines {
            let (kind, row) = row(&mut rng);
            out.push(Sample::clean(row, ODD, kind, &mut rng));
        }
        out
    }
}

/// A damaged piece of `line`, in one of four alone in clean text. None where the chain cannot make it.
fn damage(chain: Chain, line: &str, around: &[String; 2], rng: &mut Rng) -> Option<Sample> {
    let text = piece(line, *rng.pick(&SIZES), rng);
    let size = text.chars().count();
    if high(&text) * 3 < size.max(3) {
        return None;
    }
    let loss = *rng.pick(&LOSSES);
    let seed = rng.below(1 << 30) as u64;
    let mut garbler = Garbler::new(chain).seed(seed);
    if !loss.is_empty() {
        garbler = garbler.losses(loss.parse().ok()?);
    }
    let made = garbler.garble(&text)?;
    if made.text == text || made.text.trim() != made.text || made.text.is_ascii() {
        return None;
    }
    let gold = made.gold(&text, '\u{10FFFD}');
    let (mut text, mut whole) = (made.text, gold);
    if rng.below(4) == 0 {
        let (a, b) = (piece(&around[0], 12, rng), piece(&around[1], 12, rng));
        let gap = *rng.pick(&["", " ", "\n"]);
        (text, whole) = (format!("{a}{gap}{text}{gap}{b}"), format!("{a}{gap}{whole}{gap}{b}"));
    }
    Some(Sample {
        text,
        gold: Some(whole),
        is_lossy: !made.lost.is_empty(),
        size,
        weight: 1.0,
        held_out: rng.below(5) == 0,
        note: format!("{chain} {loss}"),
    })
}

/// Clean text of a kind that the model has not met: as of another language, another author, a list.
fn odd(text: &str, rng: &mut Rng) -> (&'static str, String) {
    let chars: Vec<char> = text.chars().collect();
    match rng.below(7) {
        0 => ("capitals", text.to_uppercase()),
        1 => ("backwards", chars.into_iter().rev().collect()),
        2 => {
            let mut chars = chars;
            for k in (1..chars.len()).rev() {
                chars.swap(k, rng.below(k + 1));
            }
            ("shuffled", chars.into_iter().collect())
        }
        3 => {
            let by = 1 + rng.below(3) as u32;
            let shift = |c: char| match c {
                c if c > '\u{7F}' && c.is_alphabetic() => char::from_u32(c as u32 + by).unwrap_or(c),
                c => c,
            };
            ("cipher", chars.into_iter().map(shift).collect())
        }
        4 => {
            let between = *rng.pick(&["、", " ", ", ", "\n", "|", "/"]);
            let all: Vec<String> = chars.iter().filter(|c| !c.is_whitespace()).map(char::to_string).collect();
            ("list", all.join(between))
        }
        5 => ("accented", chars.into_iter().map(|c| accented(c, rng)).collect()),
        _ => {
            let mut chars = chars;
            for _ in 0..1 + chars.len() / 6 {
                let at = rng.below(chars.len());
                let c = chars.get(at).copied().unwrap_or('.');
                chars.insert(at, c);
            }
            ("stuttered", chars.into_iter().collect())
        }
    }
}

/// An ASCII letter as pseudo-localisation writes it.
fn accented(c: char, rng: &mut Rng) -> char {
    let all = match c {
        'a' => "áàâäãåāă",
        'e' => "éèêëēĕėę",
        'i' => "íìîïīĭ",
        'o' => "óòôöõøōŏ",
        'u' => "úùûüūŭů",
        'c' => "çćĉč",
        'n' => "ñńņň",
        's' => "śŝşš",
        't' => "ţťŧ",
        'z' => "źżž",
        'A' => "ÁÀÂÄÃÅ",
        'E' => "ÉÈÊË",
        'O' => "ÓÒÔÖÕØ",
        'y' => "ýÿ",
        'g' => "ĝğġģ",
        'l' => "ĺļľł",
        'r' => "ŕŗř",
        _ => return c,
    };
    all.chars().nth(rng.below(all.chars().count())).unwrap_or(c)
}

/// A row of symbols or of characters in code order.
fn row(rng: &mut Rng) -> (&'static str, String) {
    let blocks: [(u32, u32); 15] = [
        (0xA1, 0xFF),
        (0x100, 0x17F),
        (0x250, 0x2AF),
        (0x370, 0x3FF),
        (0x400, 0x45F),
        (0x590, 0x5F4),
        (0x600, 0x6F0),
        (0x2010, 0x2040),
        (0x2190, 0x21FF),
        (0x2200, 0x22FF),
        (0x2500, 0x259F),
        (0x25A0, 0x27BF),
        (0x3041, 0x30FF),
        (0x4E00, 0x9FA5),
        (0xAC00, 0xD7A3),
    ];
    let (from, to) = *rng.pick(&blocks);
    let span = (to - from) as usize;
    let length = 4 + rng.below(40);
    let any = |rng: &mut Rng| char::from_u32(from + rng.below(span) as u32).unwrap_or('.');
    match rng.below(4) {
        0 => {
            let (first, by) = (from + rng.below(span) as u32, 1 + rng.below(2) as u32);
            ("in order", (0..length as u32).filter_map(|k| char::from_u32(first + k * by)).collect())
        }
        1 => {
            let c = any(rng);
            ("one symbol", std::iter::repeat_n(c, length).collect())
        }
        2 => {
            let few = [any(rng), any(rng), any(rng), ' '];
            ("few symbols", (0..length).map(|_| *rng.pick(&few)).collect())
        }
        _ => ("any of a block", (0..4 + length / 6).map(|_| any(rng)).collect()),
    }
}
