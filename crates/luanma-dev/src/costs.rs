//! `cargo dev costs`: what the kinds of loss cost, counted on training text that was damaged with losses.

#![allow(clippy::print_stdout)]

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use luanma::garble::{Garbled, Garbler, LossKind, Losses};
use luanma::train::costs;
use luanma::{Chain, NAT};
use luanma_train::lm::count;

use crate::calibrate::LOSSES;

/// Arguments of `cargo dev costs`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Directory of clean text to damage.
    #[arg(long, default_value = "../shared/text/train")]
    text: PathBuf,
    /// Lines taken of each file.
    #[arg(long, default_value_t = 2_000)]
    lines: usize,
}

/// Chains that lose bytes in practice, by the name that the files of their language begin with.
const CHAINS: [(&str, &str); 12] = [
    ("zh-hans", "utf-8>gbk"),
    ("zh-hans", "utf-8>big5"),
    ("zh-hans", "gbk>big5"),
    ("zh-hans", "gbk>shift_jis"),
    ("zh-hans", "gbk>euc-kr"),
    ("zh-hant", "utf-8>gbk"),
    ("zh-hant", "big5>gbk"),
    ("ja", "utf-8>gbk"),
    ("zh-hans", "utf-8>cp1252"),
    ("zh-hans", "utf-8>latin-1"),
    ("zh-hans", "gbk>latin-1"),
    ("fr", "utf-8>cp1252"),
];

/// How often something happened of how often it could have.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    events: usize,
    of: usize,
}

impl Count {
    fn add(&mut self, events: usize, of: usize) {
        self.events += events;
        self.of += of;
    }

    /// The cost in nats, with half an event added to what was counted.
    fn nats(self) -> f64 {
        -((self.events as f64 + 0.5) / (self.of as f64 + 1.0)).ln()
    }
}

/// What is counted, by the names of `luanma::train::costs`.
#[derive(Debug, Default)]
struct Counts {
    mark_one: Count,
    mark_two: Count,
    mark_low: Count,
    literal: Count,
    folded: Count,
    space: Count,
    straightened: Count,
    private_use: Count,
    invisible: Count,
}

impl Counts {
    fn named(&self) -> [(&'static str, Count, &'static str); 9] {
        [
            ("MARK_ONE", self.mark_one, "marks for one byte, of all marks"),
            ("MARK_TWO", self.mark_two, "marks for two bytes beyond ASCII, of all marks"),
            ("MARK_LOW", self.mark_low, "question marks for a byte and the ASCII behind it, of all"),
            ("LITERAL", self.literal, "question marks of the text, of all between characters beyond ASCII"),
            ("FOLDED", self.folded, "full-width forms that became ASCII"),
            ("SPACE", self.space, "no-break spaces that became spaces"),
            ("STRAIGHTENED", self.straightened, "typographic marks that became ASCII"),
            ("PRIVATE_USE", self.private_use, "private-use characters that are gone"),
            ("INVISIBLE", self.invisible, "C1 controls and soft hyphens that are gone"),
        ]
    }

    /// Takes into account what `losses` made of a text with so many question marks, and of it without what happens after decoding.
    fn take(&mut self, losses: &Losses, whole: Option<&Garbled>, made: &Garbled, asked: usize) {
        let high_lost: usize =
            made.lost.iter().filter(|l| l.bytes > 1 && l.trace).map(|l| l.bytes - l.bytes_kept).sum();
        let low = made.lost.iter().filter(|l| l.bytes == 1 && l.bytes_kept == 0 && l.trace).count();
        let shown = if losses.decoding() == Some(LossKind::Windows) { '?' } else { '\u{FFFD}' };
        // Question marks of the text itself are not marks, unless they were swallowed.
        let own = if shown == '?' { asked } else { 0 };
        let marks = made.text.chars().filter(|&c| c == shown).count().saturating_sub(own);
        if marks > 0 && own == 0 && losses.treatments().next().is_none() {
            let two = high_lost.saturating_sub(marks);
            self.mark_two.add(two, marks);
            // U+FFFD takes no ASCII along.
            if shown == '?' {
                self.mark_low.add(low, marks);
            }
            self.mark_one.add(marks.saturating_sub(two + low), marks);
        }
        let Some(whole) = whole else { return };
        let count = |text: &str, is: fn(char) -> bool| text.chars().filter(|&c| is(c)).count();
        let gone = |counted: &mut Count, is: fn(char) -> bool| {
            let of = count(&whole.text, is);
            counted.add(of.saturating_sub(count(&made.text, is)), of);
        };
        gone(&mut self.folded, |c| matches!(c, '\u{FF01}'..='\u{FF5E}' | '\u{3000}'));
        gone(&mut self.space, |c| c == '\u{A0}');
        gone(&mut self.straightened, |c| matches!(c, '\u{2013}' | '\u{2014}' | '\u{2018}'..='\u{201E}'));
        gone(&mut self.private_use, |c| matches!(c, '\u{E000}'..='\u{F8FF}'));
        gone(&mut self.invisible, |c| matches!(c, '\u{80}'..='\u{9F}' | '\u{AD}'));
    }
}

/// Question marks between characters beyond ASCII, none of them U+FFFD.
fn in_midst(text: &str) -> usize {
    let chars: Vec<char> = text.chars().collect();
    let is_high = |c: char| c > '\u{7F}' && c != '\u{FFFD}';
    chars.windows(3).filter(|three| three[1] == '?' && is_high(three[0]) && is_high(three[2])).count()
}

pub(crate) fn main(args: &Args) -> Result<()> {
    let texts = count::read(&args.text)?;
    let lossy = LOSSES.iter().filter(|name| !name.is_empty());
    let lossy: Vec<Losses> = lossy.map(|name| name.parse()).collect::<Result<_, _>>()?;
    let mut counts = Counts::default();
    let mut lines_read = 0;
    for (language, chain) in CHAINS {
        let chain: Chain = chain.parse().context("a chain of the table")?;
        let plain = Garbler::new(chain);
        for text in texts.iter().filter(|text| text.name.starts_with(language)) {
            for line in text.content.lines().filter(|line| !line.is_ascii()).take(args.lines) {
                lines_read += 1;
                let asked = line.matches('?').count();
                let mut marked = [0; 2];
                for losses in &lossy {
                    let Some(made) = plain.clone().losses(losses.clone()).garble(line) else { continue };
                    let decoding = Losses::new(losses.decoding().as_slice())?;
                    let is_alone = decoding == *losses;
                    let whole = plain.clone().losses(decoding).garble(line);
                    counts.take(losses, whole.as_ref(), &made, asked);
                    match losses.decoding() {
                        Some(LossKind::Whatwg) => marked[0] = in_midst(&made.text),
                        Some(LossKind::Windows) if is_alone => marked[1] = in_midst(&made.text),
                        _ => {}
                    }
                }
                let [literal, all] = marked;
                counts.literal.add(literal.min(all), all);
            }
        }
    }
    ensure!(lines_read > 0, "no lines of these languages in {}", args.text.display());
    let in_use = costs();
    println!("{:13} {:>9} {:>10} {:>7} {:>7}  what", "cost", "events", "of", "nats", "in use");
    for (name, count, what) in counts.named() {
        let own = in_use.iter().find(|(own, _)| *own == name);
        let own = own
            .map_or_else(|| "-".to_owned(), |(_, cost)| format!("{:.1}", f64::from(*cost) / f64::from(NAT)));
        println!("{name:13} {:9} {:10} {:7.2} {own:>7}  {what}", count.events, count.of, count.nats());
    }
    Ok(())
}
