//! Repairs samples and scores what comes out.

#![allow(clippy::print_stderr)]

mod peers;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use luanma::{Chain, Repairer, Scratch, Verdict};
use serde::Deserialize;

/// In a gold: a character of which no byte is left though a mark shows its place.
const GAP: char = '\u{10FFFD}';
/// The same, but nothing shows.
const TRACELESS: char = '\u{10FFFC}';

/// Scores the library on samples of damaged text.
#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// Files of samples, one JSON object a line.
    pub samples: Vec<PathBuf>,
    /// Only these sets.
    #[arg(long)]
    pub set: Vec<String>,
    /// Only chains that contain this.
    #[arg(long)]
    pub chain: Option<String>,
    /// Only this kind of loss.
    #[arg(long)]
    pub loss: Option<String>,
    /// Only this size.
    #[arg(long)]
    pub size: Option<usize>,
    /// How many of the wrong ones to show.
    #[arg(long, default_value_t = 0)]
    pub show: usize,
    /// Take every Nth sample.
    #[arg(long, default_value_t = 1)]
    pub every: usize,
    /// Only the rows ALL.
    #[arg(long)]
    pub brief: bool,
    /// Print the reliability table.
    #[arg(long)]
    pub reliability: bool,
    /// Repair what comes out once more, and count what stays.
    #[arg(long)]
    pub again: bool,
    /// Also what ftfy and plsfix (with the feature `peers`) make of the samples.
    #[arg(long)]
    pub peers: bool,
    /// A Python that has ftfy.
    #[arg(long, default_value = "python3")]
    pub python: String,
}

/// A damaged text and what it ought to become. All but these two may be missing.
#[derive(Debug, Deserialize)]
pub struct Sample {
    /// A name for it.
    #[serde(default)]
    pub id: String,
    /// The damaged text.
    pub text: String,
    /// The best text that a repair can give.
    pub gold: String,
    /// The damage.
    #[serde(default)]
    pub chain: String,
    /// The language.
    #[serde(default)]
    pub lang: String,
    /// What was lost.
    #[serde(default)]
    pub loss: String,
    /// Characters that were asked for.
    #[serde(default)]
    pub size: usize,
    /// Samples of one set are scored together.
    #[serde(default = "pairs")]
    pub set: String,
    /// The text before the damage, where that is more than the gold.
    pub truth: Option<String>,
}

fn pairs() -> String {
    "pairs".to_owned()
}

/// What one sample scored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    n: usize,
    exact: usize,
    errors: usize,
    length: usize,
    wrong: usize,
    unmarked: usize,
    holes: usize,
    invented: usize,
    chain_right: usize,
}

impl std::ops::AddAssign for Score {
    fn add_assign(&mut self, o: Self) {
        self.n += o.n;
        self.exact += o.exact;
        self.errors += o.errors;
        self.length += o.length;
        self.wrong += o.wrong;
        self.unmarked += o.unmarked;
        self.holes += o.holes;
        self.invented += o.invented;
        self.chain_right += o.chain_right;
    }
}

/// What may stand in the place of a hole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Holes<'a> {
    /// Any character stands for a hole.
    Any,
    /// Only a mark does, or the true character.
    Honest(Option<&'a [char]>),
    /// And a mark of the output stands for any character.
    Forgive,
}

/// How many edits `out` is from `gold`.
#[must_use]
pub fn distance(gold: &[char], out: &[char], holes: Holes<'_>) -> usize {
    let is_mark = |c: char| c == '\u{FFFD}' || c == '□';
    let mut p: Vec<usize> = (0..=out.len()).collect();
    for (i, &x) in gold.iter().enumerate() {
        let free = x == TRACELESS;
        let hole = x == GAP || free;
        let mut q = Vec::with_capacity(p.len());
        q.push(p[0] + usize::from(!free));
        for (j, &y) in out.iter().enumerate() {
            let same = x == y
                || hole
                    && match holes {
                        Holes::Honest(truth) => is_mark(y) || truth.is_some_and(|t| t.get(i) == Some(&y)),
                        _ => true,
                    }
                || holes == Holes::Forgive && is_mark(y);
            q.push((q[j] + 1).min(p[j + 1] + usize::from(!free)).min(p[j] + usize::from(!same)));
        }
        p = q;
    }
    p[out.len()]
}

/// What `out` scores.
#[must_use]
pub fn score(s: &Sample, out: &str) -> Score {
    let gold: Vec<char> = s.gold.chars().collect();
    let mut r = Score { n: 1, length: gold.len().max(1), ..Score::default() };
    r.holes =
        if s.truth.is_some() { gold.iter().filter(|&&c| c == GAP || c == TRACELESS).count() } else { 0 };
    if out == s.gold {
        r.exact = 1;
        return r;
    }
    let chars: Vec<char> = out.chars().collect();
    let touched = out != s.text;
    let quoted = s.set == "wild-quoted" && !touched;
    r.errors = if quoted { 0 } else { distance(&gold, &chars, Holes::Any) };
    r.exact = usize::from(r.errors == 0);
    r.wrong = usize::from(touched && r.errors > 0);
    r.unmarked = if r.errors > 0 && touched { distance(&gold, &chars, Holes::Forgive) } else { r.errors };
    if r.holes > 0 && touched {
        let truth: Option<Vec<char>> = s.truth.as_ref().map(|t| t.chars().collect());
        let honest = distance(&gold, &chars, Holes::Honest(truth.as_deref()));
        r.invented = honest.saturating_sub(r.errors).min(r.holes);
    }
    r
}

/// The samples of a file.
///
/// # Errors
///
/// If it cannot be read, a line is not a sample, or there is none.
pub fn load(path: &PathBuf) -> Result<Vec<Sample>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let samples: Vec<Sample> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(i, l)| serde_json::from_str(l).with_context(|| format!("{}:{}", path.display(), i + 1)))
        .collect::<Result<_>>()?;
    ensure!(!samples.is_empty(), "{}: there is nothing in it", path.display());
    Ok(samples)
}

struct Outcome {
    score: Score,
    text: String,
    said: String,
    confidence: Option<f64>,
    chain_ok: bool,
    /// What it says is right but for gaps and restored characters, which say themselves how sure they are.
    read_ok: bool,
    lossy: bool,
}

fn repair(r: &Repairer, s: &Sample, scratch: &mut Scratch) -> Outcome {
    let report = r.report_with(&s.text, scratch);
    let mut score = score(s, &report.text);
    let want: Option<Chain> = s.chain.parse().ok();
    let done: Vec<_> = report.repairs.iter().filter(|x| x.verdict != Verdict::Unrepaired).collect();
    // Where several codecs give the same text, any of them is right.
    let same = |x: &luanma::Repair| {
        x.chain == want || want.is_some_and(|w| w.garble(&x.text).as_deref() == s.text.get(x.start..x.end))
    };
    let chain_ok = want.is_some() && !done.is_empty() && done.iter().all(|x| same(x));
    if score.exact == 1 && chain_ok {
        score.chain_right = 1;
    }
    let said = done
        .iter()
        .map(|x| {
            let chain = x.chain.map_or_else(String::new, |c| c.to_string());
            format!("{chain} {} {:.1}", x.confidence, f64::from(x.gain) / 256.0)
        })
        .collect::<Vec<_>>()
        .join("; ");
    let lossy = done.iter().any(|x| x.verdict == Verdict::Lossy);
    let read_ok = score.exact == 1 || lossy && is_read_right(s, &report);
    let confidence = done.iter().map(|x| x.confidence.get()).min_by(f64::total_cmp);
    Outcome { score, text: report.text.into_owned(), said, confidence, chain_ok, read_ok, lossy }
}

/// Whether a lossy repair is right where nothing was lost.
fn is_read_right(s: &Sample, report: &luanma::Report<'_>) -> bool {
    let mut repairs = report.repairs.clone();
    for r in &mut repairs {
        r.text = with_marks(r);
    }
    let chars = |text: &str| text.chars().collect::<Vec<char>>();
    distance(&chars(&s.gold), &chars(&luanma::apply(&s.text, &repairs)), Holes::Forgive) == 0
}

/// What a repair says, with a mark for each character that it restored.
#[must_use]
pub fn with_marks(repair: &luanma::Repair) -> String {
    let open: Vec<usize> =
        repair.gaps.iter().map(|g| g.at).chain(repair.restored.iter().map(|r| r.at)).collect();
    repair.text.char_indices().map(|(at, c)| if open.contains(&at) { '\u{FFFD}' } else { c }).collect()
}

/// Repairs the samples with `repairer` and writes the scores to `out`.
///
/// # Errors
///
/// If samples cannot be read or scores not written.
pub fn run(args: &Args, repairer: &Repairer, out: &mut dyn Write) -> Result<()> {
    for path in &args.samples {
        let samples: Vec<Sample> = load(path)?
            .into_iter()
            .filter(|s| args.set.is_empty() || args.set.contains(&s.set))
            .filter(|s| args.chain.as_ref().is_none_or(|c| s.chain.contains(c.as_str())))
            .filter(|s| args.loss.as_ref().is_none_or(|l| &s.loss == l))
            .filter(|s| args.size.is_none_or(|n| s.size == n))
            .step_by(args.every.max(1))
            .collect();
        let start = Instant::now();
        let half = samples.len().div_ceil(2).max(1);
        let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
            let parts: Vec<_> = samples
                .chunks(half)
                .map(|part| {
                    scope.spawn(move || {
                        let mut scratch = Scratch::default();
                        part.iter().map(|s| repair(repairer, s, &mut scratch)).collect::<Vec<_>>()
                    })
                })
                .collect();
            parts
                .into_iter()
                .flat_map(|p| p.join().unwrap_or_else(|e| std::panic::resume_unwind(e)))
                .collect()
        });
        let bytes: usize = samples.iter().map(|s| s.text.len()).sum();
        let seconds = start.elapsed().as_secs_f64();
        eprintln!(
            "{}: {} samples, {:.2} MB in {seconds:.2} s",
            path.display(),
            samples.len(),
            bytes as f64 / 1e6
        );
        let mut columns = vec![("luanma", outcomes.iter().map(|o| o.score).collect::<Vec<Score>>())];
        if args.peers {
            let texts: Vec<&str> = samples.iter().map(|s| s.text.as_str()).collect();
            for (name, answers) in peers::ask(&args.python, &texts) {
                columns.push((name, samples.iter().zip(&answers).map(|(s, out)| score(s, out)).collect()));
            }
        }
        print_rows(out, &samples, &columns, args.brief)?;
        if args.reliability {
            reliability(out, &samples, &outcomes)?;
        }
        if args.again {
            again(out, repairer, &samples, &outcomes, args.show)?;
        }
        let mut shown = 0;
        for (s, o) in samples.iter().zip(&outcomes) {
            if shown < args.show && (o.score.exact == 0 || o.score.invented > 0) {
                shown += 1;
                writeln!(out, "{} {} {} {} {} [{}]", s.id, s.set, s.chain, s.loss, s.size, o.said)?;
                writeln!(out, "   in   {}", s.text.escape_debug())?;
                writeln!(out, "   gold {}", s.gold.escape_debug())?;
                writeln!(out, "   out  {}", o.text.escape_debug())?;
            }
        }
    }
    Ok(())
}

/// A row for each group of samples, and below it one for each peer.
fn print_rows(
    out: &mut dyn Write,
    samples: &[Sample],
    columns: &[(&str, Vec<Score>)],
    brief: bool,
) -> Result<()> {
    let mut rows: BTreeMap<(String, String, String), Vec<Score>> = BTreeMap::new();
    for (k, s) in samples.iter().enumerate() {
        let detail = match (s.set.as_str(), s.size) {
            ("lossless", 4) => "size 4".to_owned(),
            ("lossless", _) => "size 8+".to_owned(),
            _ => s.loss.clone(),
        };
        let mut keys = vec![(s.set.clone(), "ALL".to_owned(), String::new())];
        // Without a kind of loss it is the same row.
        if !detail.is_empty() {
            keys.push((s.set.clone(), "ALL".to_owned(), detail.clone()));
        }
        if !brief {
            keys.push((s.set.clone(), format!("{} {}", s.lang, s.chain), detail));
        }
        for key in keys {
            let row = rows.entry(key).or_insert_with(|| vec![Score::default(); columns.len()]);
            row.iter_mut().zip(columns).for_each(|(sum, (_, scores))| *sum += scores[k]);
        }
    }
    writeln!(
        out,
        "{:14} {:42} {:13} {:>6} {:>7} {:>7} {:>7} {:>9} {:>9} {:>7}",
        "set", "chain", "loss", "n", "exact%", "CER%", "wrong%", "unmarked%", "invented%", "chain%"
    )?;
    let share = |a: usize, b: usize| if b == 0 { 0.0 } else { 100.0 * a as f64 / b as f64 };
    for ((set, chain, loss), row) in rows {
        for (r, (name, _)) in row.iter().zip(columns) {
            let chain = if *name == "luanma" { chain.clone() } else { format!("  {name}") };
            writeln!(
                out,
                "{set:14} {chain:42} {loss:13} {:6} {:7.2} {:7.2} {:7.2} {:9.2} {:9.2} {:7.2}",
                r.n,
                share(r.exact, r.n),
                share(r.errors, r.length),
                share(r.wrong, r.n),
                share(r.unmarked, r.length),
                share(r.invented, r.holes),
                share(r.chain_right, r.exact),
            )?;
        }
    }
    Ok(())
}

/// How many of the outputs stay as they are when they are repaired, and the first `show` of those that do not.
fn again(
    out: &mut dyn Write,
    repairer: &Repairer,
    samples: &[Sample],
    outcomes: &[Outcome],
    show: usize,
) -> Result<()> {
    let mut scratch = Scratch::default();
    let (mut stay, mut change) = (0, 0);
    for (s, o) in samples.iter().zip(outcomes) {
        let report = repairer.report_with(&o.text, &mut scratch);
        if report.text == o.text {
            stay += 1;
            continue;
        }
        change += 1;
        if change <= show {
            writeln!(out, "{} {} {} {}", s.id, s.set, s.chain, s.loss)?;
            for (name, text) in [("in   ", &*s.text), ("out  ", &*o.text), ("again", &*report.text)] {
                writeln!(out, "  {name} {}", text.escape_debug())?;
            }
        }
    }
    writeln!(out, "repaired again: {stay} of {} unchanged", outcomes.len())?;
    Ok(())
}

/// Stated confidence against the share that is right, for repairs that lost nothing by length and kind of truth,
/// and for those that lost something.
fn reliability(out: &mut dyn Write, samples: &[Sample], outcomes: &[Outcome]) -> Result<()> {
    let all: Vec<(&Sample, &Outcome)> =
        samples.iter().zip(outcomes).filter(|(_, o)| o.confidence.is_some()).collect();
    let length = |s: &Sample| s.gold.chars().count();
    let kind = |s: &Sample| match s.chain.split('>').next().unwrap_or_default() {
        "utf-8" => "truth UTF-8",
        "cp1251" => "truth of one byte",
        _ => "truth of two bytes",
    };
    type Belongs<'a> = Box<dyn Fn(&Sample, &Outcome) -> bool + 'a>;
    let groups: [(&str, Belongs<'_>); 8] = [
        ("nothing lost", Box::new(|_, o| !o.lossy)),
        ("  below 8 characters", Box::new(|s, o| !o.lossy && length(s) < 8)),
        ("  8 to 19", Box::new(|s, o| !o.lossy && (8..20).contains(&length(s)))),
        ("  20 and more", Box::new(|s, o| !o.lossy && length(s) >= 20)),
        ("  truth UTF-8", Box::new(|s, o| !o.lossy && kind(s) == "truth UTF-8")),
        ("  truth of two bytes", Box::new(|s, o| !o.lossy && kind(s) == "truth of two bytes")),
        ("  truth of one byte", Box::new(|s, o| !o.lossy && kind(s) == "truth of one byte")),
        ("something lost", Box::new(|_, o| o.lossy)),
    ];
    writeln!(out, "\nreliability; read%: right but for gaps and restored characters")?;
    for (name, belongs) in groups {
        let of_group: Vec<_> = all.iter().copied().filter(|(s, o)| belongs(s, o)).collect();
        if !of_group.is_empty() {
            bands(out, name, &of_group)?;
        }
    }
    let right: Vec<f64> =
        all.iter().filter(|(s, o)| o.read_ok && length(s) >= 8).filter_map(|(_, o)| o.confidence).collect();
    let sure = right.iter().filter(|c| **c >= 0.99).count();
    writeln!(
        out,
        "of {} right repairs of 8 characters and more, {:.2} % state 0.99 and more",
        right.len(),
        100.0 * sure as f64 / right.len().max(1) as f64
    )?;
    Ok(())
}

fn bands(out: &mut dyn Write, name: &str, group: &[(&Sample, &Outcome)]) -> Result<()> {
    writeln!(
        out,
        "{name:24} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "repairs", "right%", "read%", "stated%", "chain%"
    )?;
    for (low, high) in [(0.0, 0.5), (0.5, 0.8), (0.8, 0.9), (0.9, 0.99), (0.99, 1.1)] {
        let inside: Vec<&Outcome> = group
            .iter()
            .map(|(_, o)| *o)
            .filter(|o| o.confidence.is_some_and(|c| (low..high).contains(&c)))
            .collect();
        if inside.is_empty() {
            continue;
        }
        let share = |n: usize| 100.0 * n as f64 / inside.len() as f64;
        let count = |is: &dyn Fn(&Outcome) -> bool| share(inside.iter().filter(|o| is(o)).count());
        let stated: f64 = inside.iter().filter_map(|o| o.confidence).sum();
        writeln!(
            out,
            "{low:12.2} – {:<9.2} {:8} {:8.2} {:8.2} {:8.2} {:8.2}",
            high.min(1.0),
            inside.len(),
            count(&|o| o.score.exact == 1),
            count(&|o| o.read_ok),
            100.0 * stated / inside.len() as f64,
            count(&|o| o.chain_ok),
        )?;
    }
    Ok(())
}
