//! `luanma explain`: every way to read a text, for a person.

use std::fmt::Write as _;
use std::io::{self, Read, Write};

use anstyle::{AnsiColor, Style};
use anyhow::{Context, bail};
use luanma::{Candidate, NAT, Repair, Treatment, Verdict};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthChar;

use crate::annotate::Finding;
use crate::annotate::{Mark, annotation, marks, round};
use crate::args::Explain;
use crate::fix::builder;
use crate::identity;
use crate::visible;

/// Marks are drawn under a text no wider than this.
const WIDTH: usize = 160;

const HEAD: Style = Style::new().bold();
const GAP: Style = AnsiColor::Red.on_default();
const RESTORED: Style = AnsiColor::Green.on_default();
const QUIET: Style = Style::new().dimmed();

pub(crate) fn explain(args: &Explain) -> anyhow::Result<()> {
    let text = match &args.text {
        Some(text) if text != "-" => text.clone(),
        _ => {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes).context("<stdin>")?;
            let Ok(mut text) = String::from_utf8(bytes) else { bail!("<stdin>: not UTF-8") };
            if text.ends_with('\n') {
                text.truncate(text.trim_end_matches(['\n', '\r']).len());
            }
            text
        }
    };
    let candidates = builder(&args.repairing).build().candidates(&text);
    let out = if args.json {
        as_json(args, &text, &candidates).to_string() + "\n"
    } else {
        as_text(&text, &candidates)
    };
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(out.as_bytes()).and_then(|()| stdout.flush()).context("<stdout>")
}

fn nats(candidate: &Candidate) -> f64 {
    f64::from(candidate.gain) / f64::from(NAT)
}

fn as_json(args: &Explain, text: &str, candidates: &[Candidate]) -> Value {
    let identity = args.repairing.model.as_ref().map_or_else(identity::identity, identity::with);
    let candidates: Vec<_> = candidates
        .iter()
        .map(|candidate| {
            let report = &candidate.report;
            let findings: Vec<_> = report
                .repairs
                .iter()
                .filter_map(|repair| {
                    let original = text.get(repair.start..repair.end)?;
                    let start = text[..repair.start].chars().count() as u64;
                    Some(Finding::new(repair, original, 0, start, start))
                })
                .collect();
            let mut value = json!({
                "chain": candidate.chain.as_ref().map(ToString::to_string),
                "treatment": candidate.treatment.map(Treatment::name),
                "gain": round(nats(candidate)),
                "text": report.text,
            });
            if let (Value::Object(value), Value::Object(mut rest)) =
                (&mut value, annotation(&findings, false))
            {
                value.append(&mut rest);
            }
            value
        })
        .collect();
    json!({ "text": text, "candidates": candidates, "version": identity.version, "model": identity.model })
}

fn as_text(text: &str, candidates: &[Candidate]) -> String {
    let mut out = format!("   {}\n", visible::visible(text));
    if candidates.is_empty() {
        let _ = writeln!(out, "\nNothing in it looks damaged.");
    }
    for (number, candidate) in (1..).zip(candidates) {
        let mut name = candidate.chain.as_ref().map_or_else(|| "as it is".to_owned(), ToString::to_string);
        if let Some(treatment) = candidate.treatment {
            let _ = write!(name, ", then {treatment}");
        }
        let report = &candidate.report;
        let _ = write!(out, "\n{HEAD}{number}. {name}{HEAD:#}  {:+.1} nats", nats(candidate));
        if report.verdict() != Verdict::Clean {
            let _ = write!(out, "  {}  confidence {}", report.verdict(), report.confidence());
        }
        out.push('\n');
        let drawing = Drawing::new(text, &report.repairs);
        let _ = writeln!(out, "   {}", drawing.text);
        if drawing.width <= WIDTH && !drawing.marks.trim_end().is_empty() {
            let _ = writeln!(out, "   {}", drawing.marks.trim_end());
        }
        let named = name_width(&drawing.notes);
        for (gap, mark, at) in &drawing.notes {
            write_note(&mut out, *gap, mark, *at, named);
        }
    }
    out
}

/// A candidate's text, marks under its characters, and what there is to say about them.
#[derive(Default)]
struct Drawing {
    text: String,
    marks: String,
    width: usize,
    /// Whether it is a gap, the mark, and characters of the whole text before it.
    notes: Vec<(bool, Mark, usize)>,
}

impl Drawing {
    fn new(text: &str, repairs: &[Repair]) -> Self {
        let mut drawing = Self::default();
        let (mut done, mut characters) = (0, 0);
        for repair in repairs {
            let Some(before) = text.get(done..repair.start) else { continue };
            done = repair.end;
            characters += before.chars().count();
            drawing.push(before, |_| ' ');
            let (gaps, restored) = marks(repair);
            let at = |marks: &[Mark], n| marks.iter().any(|mark: &Mark| mark.at == n);
            let mark = |n| match n {
                n if at(&gaps, n) => '^',
                n if at(&restored, n) => '~',
                _ if repair.verdict == Verdict::Unrepaired => '?',
                _ => '-',
            };
            drawing.push(&repair.text, mark);
            let notes = gaps.into_iter().map(|m| (true, m)).chain(restored.into_iter().map(|m| (false, m)));
            drawing.notes.extend(notes.map(|(gap, mark)| {
                let at = characters + mark.at;
                (gap, mark, at)
            }));
            characters += repair.text.chars().count();
        }
        drawing.push(text.get(done..).unwrap_or_default(), |_| ' ');
        drawing.notes.sort_by_key(|(_, _, at)| *at);
        drawing
    }

    fn push(&mut self, text: &str, mark: impl Fn(usize) -> char) {
        for (n, c) in text.chars().enumerate() {
            let start = self.text.len();
            visible::push(&mut self.text, c);
            let width: usize = self.text[start..].chars().filter_map(UnicodeWidthChar::width).sum();
            self.marks.extend(std::iter::repeat_n(mark(n), width));
            self.width += width;
        }
    }
}

/// The width of the widest name of a loss.
fn name_width(notes: &[(bool, Mark, usize)]) -> usize {
    notes.iter().map(|(_, mark, _)| mark.loss.len()).max().unwrap_or(0)
}

fn write_note(out: &mut String, gap: bool, mark: &Mark, at: usize, named: usize) {
    let shown = visible::visible(mark.character.encode_utf8(&mut [0; 4]));
    let pad = " ".repeat(2usize.saturating_sub(shown.chars().filter_map(UnicodeWidthChar::width).sum()));
    let (style, sign) = if gap { (GAP, '^') } else { (RESTORED, '~') };
    let _ = write!(
        out,
        "   {style}{sign} {shown}{style:#}{pad} {QUIET}at {at:>4}{QUIET:#}  {:named$}",
        mark.loss
    );
    if let Some(probability) = mark.probability {
        let _ = write!(out, "  {probability:.4}");
    }
    for &(c, probability) in &mark.alternatives {
        let _ = write!(out, "  {} {probability:.4}", visible::visible(c.encode_utf8(&mut [0; 4])));
    }
    out.push('\n');
}
