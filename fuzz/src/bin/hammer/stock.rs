//! What the texts are made of.

use std::fs;
use std::ops::Range;
use std::path::Path;

use luanma::Chain;
use luanma::garble::{Garbler, LossKind};
use luanma_fuzz::files;
use luanma_fuzz::mutate::Rng;

/// The longest piece, in characters, is two to this power.
const LONGEST: usize = 8;
/// The longest piece that is damaged, likewise.
const LONGEST_DAMAGED: usize = 5;

/// A kind of text.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) make: fn(&Stock, &mut Rng, &mut String),
}

/// Of those before "damaged" the scan refuses most.
pub(crate) const KINDS: [Kind; 12] = [
    Kind { name: "clean", make: |s, rng, to| s.clean(rng, LONGEST, to) },
    Kind { name: "clean, one to three changes", make: |s, rng, to| s.changed_clean(rng, to) },
    Kind {
        name: "clean, two joined",
        make: |s, rng, to| {
            s.clean(rng, LONGEST - 1, to);
            s.clean(rng, LONGEST - 1, to);
        },
    },
    Kind {
        name: "ASCII",
        make: |_, rng, to| to.extend((0..length(rng, LONGEST)).map(|_| of(rng, &(0..0x80)))),
    },
    Kind { name: "letters of a script, with spaces", make: |_, rng, to| letters(rng, to) },
    Kind { name: "damaged", make: |s, rng, to| s.damaged(rng, to) },
    Kind {
        name: "damaged, one to three changes",
        make: |s, rng, to| {
            s.damaged(rng, to);
            change(rng, to);
        },
    },
    Kind {
        name: "damaged among clean",
        make: |s, rng, to| {
            s.clean(rng, LONGEST_DAMAGED, to);
            s.damaged(rng, to);
            s.clean(rng, LONGEST_DAMAGED, to);
        },
    },
    Kind {
        name: "damaged, two joined",
        make: |s, rng, to| {
            s.damaged(rng, to);
            s.damaged(rng, to);
        },
    },
    Kind { name: "a case, cut and changed", make: |s, rng, to| s.case(rng, to) },
    Kind {
        name: "bytes",
        make: |_, rng, to| {
            let bytes: Vec<u8> = (0..length(rng, LONGEST_DAMAGED)).map(|_| rng.byte()).collect();
            for chunk in bytes.utf8_chunks() {
                to.push_str(chunk.valid());
                to.extend((!chunk.invalid().is_empty()).then_some('\u{FFFD}'));
            }
        },
    },
    Kind {
        name: "odd characters",
        make: |_, rng, to| to.extend((0..length(rng, LONGEST_DAMAGED)).map(|_| odd_char(rng))),
    },
];

/// A text, and where its characters begin.
struct Text {
    text: String,
    starts: Vec<usize>,
}

impl Text {
    fn new(text: String) -> Self {
        let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        Self { text, starts }
    }

    /// Up to `longest` characters from anywhere.
    fn piece(&self, rng: &mut Rng, longest: usize) -> &str {
        let last = self.starts.len() - 1;
        let from = rng.below(last);
        let to = (from + length(rng, longest)).min(last);
        &self.text[self.starts[from]..self.starts[to]]
    }
}

pub(crate) struct Stock {
    clean: Vec<Text>,
    cases: Vec<Text>,
    chains: Vec<Chain>,
}

impl Stock {
    pub(crate) fn new() -> Self {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
        let read = |directory: &str| {
            files(&corpus.join(directory)).into_iter().filter_map(|path| fs::read_to_string(path).ok())
        };
        let cases = read("cases").filter_map(|text| text.parse::<toml::Table>().ok()).flat_map(|file| {
            let cases = file.get("case").and_then(toml::Value::as_array).cloned().unwrap_or_default();
            cases.into_iter().filter_map(|case| Some(Text::new(case.get("text")?.as_str()?.to_owned())))
        });
        let stock = Self {
            clean: read("clean").map(Text::new).collect(),
            cases: cases.filter(|case| !case.text.is_empty()).collect(),
            chains: luanma::train::chains().into_iter().map(|(chain, _)| chain).collect(),
        };
        println!(
            "{} clean texts, {} cases, {} chains",
            stock.clean.len(),
            stock.cases.len(),
            stock.chains.len()
        );
        stock
    }

    fn clean(&self, rng: &mut Rng, longest: usize, to: &mut String) {
        to.push_str(rng.one(&self.clean).map_or("", |text| text.piece(rng, longest)));
    }

    /// What damages a page of clean text a little: characters gone, twice, in other places, or others.
    fn changed_clean(&self, rng: &mut Rng, to: &mut String) {
        self.clean(rng, LONGEST, to);
        change(rng, to);
    }

    /// A clean piece under one chain, half of them with a kind of loss; what that chain cannot carry stays clean.
    fn damaged(&self, rng: &mut Rng, to: &mut String) {
        let (Some(text), Some(&chain)) = (rng.one(&self.clean), rng.one(&self.chains)) else { return };
        let piece = text.piece(rng, LONGEST_DAMAGED);
        let mut garbler = Garbler::new(chain).seed(rng.word());
        if rng.below(2) == 0
            && let Some(losses) = rng.one(LossKind::ALL).and_then(|loss| loss.name().parse().ok())
        {
            garbler = garbler.losses(losses);
        }
        match garbler.garble(piece) {
            Some(made) => to.push_str(&made.text),
            None => to.push_str(piece),
        }
    }

    /// A piece of a case, at times with one of another behind it, changed.
    fn case(&self, rng: &mut Rng, to: &mut String) {
        for _ in 0..=rng.below(2) {
            to.push_str(rng.one(&self.cases).map_or("", |case| case.piece(rng, LONGEST_DAMAGED)));
        }
        change(rng, to);
    }
}

/// From 1 up to two to the power of `longest`; most are short.
fn length(rng: &mut Rng, longest: usize) -> usize {
    let power = rng.below(longest + 1).min(rng.below(longest + 1));
    1 + rng.below(1 << power)
}

/// A character of a range; U+FFFD where it has none.
fn of(rng: &mut Rng, range: &Range<u32>) -> char {
    char::from_u32(range.start + rng.below((range.end - range.start) as usize) as u32).unwrap_or('\u{FFFD}')
}

/// One to three changes: a few characters gone, a character twice, two exchanged, or an odd one put in.
fn change(rng: &mut Rng, text: &mut String) {
    for _ in 0..=rng.below(3) {
        let border = |mut at: usize| {
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let at = border(rng.below(text.len() + 1));
        let mut next = text[at..].chars();
        let (first, second) = (next.next(), next.next());
        let one = at + first.map_or(0, char::len_utf8);
        match (rng.below(4), first, second) {
            (0, ..) => {
                let end = border((at + 1 + rng.below(9)).min(text.len()));
                text.replace_range(at..end, "");
            }
            (1, Some(c), _) => text.insert(at, c),
            (2, Some(a), Some(b)) => {
                text.replace_range(at..one, "");
                text.insert(at + b.len_utf8(), a);
            }
            _ => text.insert(at, odd_char(rng)),
        }
    }
}

/// Letters of a script by chance, in words.
fn letters(rng: &mut Rng, to: &mut String) {
    let scripts = [
        0x61..0x7B,
        0x391..0x3CA,
        0x410..0x450,
        0x5D0..0x5EB,
        0x620..0x64B,
        0x904..0x93A,
        0xE01..0xE2F,
        0x10D0..0x10F1,
        0x3041..0x3097,
        0x30A1..0x30FB,
        0x4E00..0x9FA6,
        0xAC00..0xD7A4,
    ];
    let Some(script) = rng.one(&scripts) else { return };
    for _ in 0..length(rng, LONGEST) {
        to.push(if rng.below(7) == 0 { ' ' } else { of(rng, script) });
    }
}

/// A character that clean text seldom has there.
fn odd_char(rng: &mut Rng) -> char {
    let ranges = [
        0x00..0x80,
        0x80..0x100,
        0x80..0x100,
        0x100..0x600,
        0x300..0x370,
        0x2000..0x2070,
        0x2500..0x2600,
        0x3000..0x3100,
        0x4E00..0xA000,
        0x4E00..0xA000,
        0xAC00..0xD7A4,
        0xE000..0xF900,
        0xFDD0..0xFDF0,
        0xFF00..0x1_0000,
        0x1_0000..0x11_0000,
    ];
    match rng.below(6) {
        0 => '?',
        1 => '\u{FFFD}',
        _ => rng.one(&ranges).map_or('?', |range| of(rng, &range.clone())),
    }
}
