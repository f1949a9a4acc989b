//! `cargo dev decode`: names the codec of short pieces of clean text, and measures who names it right.

#![allow(clippy::print_stdout)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use luanma::Codec;

use luanma_train::lm::count::{self, Text};

/// Arguments of `cargo dev decode`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Directory with .txt or .txt.xz files, from which the pieces are cut.
    #[arg(long, default_value = "../shared/text/dev")]
    text: PathBuf,
    /// How many pieces of each kind.
    #[arg(long, default_value_t = 4000)]
    pieces: usize,
    /// Fewest characters of a piece.
    #[arg(long, default_value_t = 4)]
    least: usize,
    /// Most characters of a piece.
    #[arg(long, default_value_t = 16)]
    most: usize,
    /// A Python that has chardet, to be measured as well.
    #[arg(long)]
    python: Option<PathBuf>,
    /// How many of luanma's errors to show for each kind.
    #[arg(long, default_value_t = 0)]
    show: usize,
    /// Fail unless luanma is ahead of the others on Chinese.
    #[arg(long)]
    require: bool,
    /// Print stated confidence against what was right.
    #[arg(long)]
    reliability: bool,
    /// Print the constants of the confidence that fit these pieces best; on the training texts, that is.
    #[arg(long)]
    fit: bool,
}

/// Kinds of pieces: the codec, and how the names of the texts begin that they are cut from.
const KINDS: &[(Codec, &[&str])] = &[
    (Codec::GBK, &["zh-hans"]),
    (Codec::GB18030, &["zh-", "gnarly_classical", "gnarly_mixed", "gnarly_names", "gnarly_rare"]),
    (Codec::BIG5, &["zh-hant"]),
    (Codec::UTF_8, &["zh-", "ja", "ko", "ru", "fr", "de"]),
    (Codec::SHIFT_JIS, &["ja"]),
    (Codec::EUC_JP, &["ja"]),
    (Codec::EUC_KR, &["ko"]),
    (Codec::WINDOWS_1251, &["ru"]),
    (Codec::KOI8_R, &["ru"]),
    (Codec::WINDOWS_1252, &["fr", "de", "es", "pt"]),
    (Codec::UTF_16LE, &["zh-", "ja", "ru"]),
];

/// The kinds that the whole of the table is about.
const CHINESE: [Codec; 3] = [Codec::GBK, Codec::GB18030, Codec::BIG5];

/// A piece of text and its bytes.
struct Piece {
    kind: Codec,
    text: String,
    bytes: Vec<u8>,
}

/// Names the codec of pieces.
pub(crate) fn main(args: &Args) -> Result<()> {
    ensure!(args.least >= 1 && args.least <= args.most, "--least must be from 1 to --most");
    let texts = count::read(&args.text)?;
    let pieces: Vec<Piece> = KINDS.iter().flat_map(|kind| cut(&texts, kind, args)).collect();
    let mut columns = vec![("luanma", pieces.iter().map(luanma_names).collect::<Vec<_>>())];
    columns.push(("chardetng", pieces.iter().map(|piece| chardetng_names(&piece.bytes)).collect()));
    if let Some(python) = &args.python {
        columns.push(("chardet", chardet_names(python, &pieces)?));
    }
    print!("{:12} {:>7}", "codec", "pieces");
    for (name, _) in &columns {
        print!(" {name:>10}");
    }
    println!();
    let right: Vec<Vec<bool>> = columns
        .iter()
        .map(|(_, names)| {
            pieces.iter().zip(names).map(|(piece, name)| is_right(piece, name.as_deref())).collect()
        })
        .collect();
    let row = |name: &str, wanted: &dyn Fn(&Piece) -> bool| {
        let of_row: Vec<usize> = (0..pieces.len()).filter(|&n| wanted(&pieces[n])).collect();
        print!("{name:12} {:>7}", of_row.len());
        for right in &right {
            let count = of_row.iter().filter(|&&n| right[n]).count();
            print!(" {:>9.2}%", 100.0 * count as f64 / of_row.len().max(1) as f64);
        }
        println!();
    };
    for (kind, _) in KINDS {
        row(kind.name(), &|piece| piece.kind == *kind);
    }
    row("Chinese", &|piece| CHINESE.contains(&piece.kind));
    if args.require {
        let count = |right: &[bool]| {
            pieces.iter().zip(right).filter(|(piece, right)| **right && CHINESE.contains(&piece.kind)).count()
        };
        for ((name, _), others) in columns.iter().zip(&right).skip(1) {
            ensure!(count(&right[0]) > count(others), "{name} names Chinese codecs as often as luanma");
        }
    }
    for (kind, _) in KINDS {
        let wrong = (0..pieces.len()).filter(|&n| pieces[n].kind == *kind && !right[0][n]);
        for n in wrong.take(args.show) {
            println!("{kind} named {}: {}", columns[0].1[n].as_deref().unwrap_or("nothing"), pieces[n].text);
        }
    }
    if args.reliability || args.fit {
        let stated: Vec<(f64, bool)> = pieces.iter().map(stated).collect();
        reliability(&stated);
        if args.fit {
            fit(&stated);
        }
    }
    Ok(())
}

/// Cuts pieces at places that a fixed seed chooses; half of a piece is beyond ASCII at least, and all of it is in the codec.
fn cut(texts: &[Text], (kind, sources): &(Codec, &[&str]), args: &Args) -> Vec<Piece> {
    let lines: Vec<&str> = texts
        .iter()
        .filter(|text| sources.iter().any(|source| text.name.starts_with(source)))
        .flat_map(|text| text.content.lines())
        .collect();
    let mut pieces = Vec::new();
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below.max(1) as u64) as usize
    };
    for _ in 0..args.pieces * 50 {
        if pieces.len() == args.pieces || lines.is_empty() {
            break;
        }
        let line: Vec<char> = lines[random(lines.len())].chars().collect();
        let length = args.least + random(args.most - args.least + 1);
        if line.len() < length {
            continue;
        }
        let start = random(line.len() - length + 1);
        let text: String = line[start..start + length].iter().collect();
        if text.chars().filter(|c| !c.is_ascii()).count() * 2 < length && *kind != Codec::WINDOWS_1252
            || text.is_ascii()
        {
            continue;
        }
        if let Some(bytes) = kind.encode(&text).filter(|bytes| kind.decode(bytes).as_ref() == Some(&text)) {
            pieces.push(Piece { kind: *kind, text, bytes });
        }
    }
    pieces
}

fn luanma_names(piece: &Piece) -> Option<String> {
    Some(luanma::decode(&piece.bytes).written().name().to_owned())
}

fn chardetng_names(bytes: &[u8]) -> Option<String> {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    Some(detector.guess(None, chardetng::Utf8Detection::Allow).name().to_owned())
}

/// What `chardet.detect` says of each piece.
fn chardet_names(python: &Path, pieces: &[Piece]) -> Result<Vec<Option<String>>> {
    const SCRIPT: &str = "import sys, chardet\n\
        for line in sys.stdin:\n    print(chardet.detect(bytes.fromhex(line.strip()))['encoding'] or '')\n";
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| python.display().to_string())?;
    let mut stdin = child.stdin.take().context("no pipe")?;
    let lines: String = pieces
        .iter()
        .map(|piece| piece.bytes.iter().map(|b| format!("{b:02x}")).collect::<String>() + "\n")
        .collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| anyhow::anyhow!("the writer ended badly"))??;
    ensure!(output.status.success(), "{} has no chardet", python.display());
    let names: Vec<_> = String::from_utf8(output.stdout)?
        .lines()
        .map(|name| (!name.is_empty()).then(|| name.to_owned()))
        .collect();
    ensure!(names.len() == pieces.len(), "chardet has answered {} of {}", names.len(), pieces.len());
    Ok(names)
}

/// Whether a codec is the right one, a subset or a superset of it, or another that gives the same text.
fn is_right(piece: &Piece, name: Option<&str>) -> bool {
    let Some(codec) = name.and_then(Codec::from_label) else { return false };
    family(codec) == family(piece.kind) || codec.decode(&piece.bytes).as_ref() == Some(&piece.text)
}

fn family(codec: Codec) -> Codec {
    match codec {
        Codec::GB18030 | Codec::CP936 => Codec::GBK,
        Codec::CP950 => Codec::BIG5,
        Codec::CP932 => Codec::SHIFT_JIS,
        Codec::CP949 => Codec::EUC_KR,
        other => other,
    }
}

/// The confidence that is stated, and whether the text is right.
fn stated(piece: &Piece) -> (f64, bool) {
    let decoded = luanma::decode(&piece.bytes);
    (decoded.confidence().get(), decoded.text == piece.text)
}

/// Stated confidence against what was right, over all kinds.
fn reliability(stated: &[(f64, bool)]) {
    println!("{:>17} {:>8} {:>8} {:>8}", "confidence", "pieces", "right%", "stated%");
    for (low, high) in [(0.0, 0.5), (0.5, 0.8), (0.8, 0.9), (0.9, 0.99), (0.99, 0.999), (0.999, 1.1)] {
        let inside: Vec<_> = stated.iter().filter(|(p, _)| (low..high).contains(p)).collect();
        if inside.is_empty() {
            continue;
        }
        let share = |sum: f64| 100.0 * sum / inside.len() as f64;
        println!(
            "{low:8.3} – {:<6.3} {:8} {:8.2} {:8.2}",
            f64::min(high, 1.0),
            inside.len(),
            share(inside.iter().filter(|(_, right)| *right).count() as f64),
            share(inside.iter().map(|(p, _)| p).sum()),
        );
    }
}

/// Logistic regression on the logits that are stated now: what they are to be multiplied by, and what is added.
fn fit(stated: &[(f64, bool)]) {
    let logits: Vec<(f64, f64)> = stated
        .iter()
        .map(|&(p, right)| {
            let p = p.clamp(1e-4, 1.0 - 1e-4);
            ((p / (1.0 - p)).ln(), f64::from(u8::from(right)))
        })
        .collect();
    let (mut add, mut times) = (0.0, 1.0);
    for _ in 0..25 {
        // One step of Newton's method.
        let (mut g, mut h) = ([0.0; 2], [0.0; 3]);
        for &(x, right) in &logits {
            let p = 1.0 / (1.0 + f64::exp(-(add + times * x)));
            let weight = p * (1.0 - p);
            g = [g[0] + right - p, g[1] + (right - p) * x];
            h = [h[0] + weight, h[1] + weight * x, h[2] + weight * x * x];
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        add += (h[2] * g[0] - h[1] * g[1]) / determinant;
        times += (h[0] * g[1] - h[1] * g[0]) / determinant;
    }
    println!("CONFIDENCE_BASE = {times:.3} × itself + {add:.3}; CONFIDENCE_SLOPE = {times:.3} × itself");
}
