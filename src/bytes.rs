//! Raw bytes of a codec that nobody knows → text, piece by piece.
//!
//! The codecs' own tables and chardetng propose, the model disposes: a path goes over the bytes, and at each
//! character it may change the codec, for a price. What a file says of itself ([`heard`]) is a prior and no more.
//! Seven-bit codecs that shift by escapes ([`escaped`]) are cut out first. Not useful for text that has been
//! decoded already, rightly or wrongly: that is [`Repairer::report`](crate::Repairer::report).

mod escaped;
mod heard;
mod path;

use std::fmt;
use std::ops::Range;

use crate::codec::Codec;
use crate::codec::unread::Decoded as Step;
use crate::cost::{Cost, NAT, nats};
use crate::lm::Model;
use crate::repairer::Repairer;
use crate::report::Confidence;
use path::{Candidate, Run};

/// How the bytes of a piece were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Written {
    /// In this codec.
    In(Codec),
    /// In HZ: GB 2312 in seven bits, between `~{` and `~}`.
    Hz,
    /// In ISO-2022-CN: GB 2312 in seven bits, between SO and SI.
    Iso2022Cn,
    /// In ISO-2022-KR: KS X 1001 in seven bits, between SO and SI.
    Iso2022Kr,
}

impl Written {
    /// The name that reports use, in lower case: that of the codec, or `hz`, `iso-2022-cn`, `iso-2022-kr`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::In(codec) => codec.name(),
            Self::Hz => "hz",
            Self::Iso2022Cn => "iso-2022-cn",
            Self::Iso2022Kr => "iso-2022-kr",
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A stretch of the input that is in one codec.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Piece {
    /// Where it begins, in bytes of the input.
    pub start: usize,
    /// Where it ends (the first byte after it), in bytes of the input.
    pub end: usize,
    /// Where its text begins, in bytes of [`Decoded::text`].
    pub at: usize,
    /// The codec.
    pub written: Written,
    /// The probability that its text is right, as far as the codec decides it.
    pub confidence: Confidence,
}

/// Bytes that mean nothing in the codec of their piece; U+FFFD stands for them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undecodable {
    /// Where they begin, in bytes of the input.
    pub start: usize,
    /// Where they end, in bytes of the input.
    pub end: usize,
    /// Where their U+FFFD stands, in bytes of [`Decoded::text`].
    pub at: usize,
}

/// What [`decode`] made of bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// Which bytes are in which codec: in order, without holes, but for a byte order mark.
    pub pieces: Vec<Piece>,
    /// The bytes that could not be read, in order.
    pub undecodable: Vec<Undecodable>,
}

impl Decoded {
    /// The least confidence of the pieces; 1 where there are none.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        self.pieces.iter().map(|p| p.confidence).min().unwrap_or(Confidence::ONE)
    }

    /// What most of the bytes are written in; UTF-8 where there are none.
    #[must_use]
    pub fn written(&self) -> Written {
        let mut sizes: Vec<(Written, usize)> = Vec::new();
        for piece in &self.pieces {
            match sizes.iter_mut().find(|(written, _)| *written == piece.written) {
                Some((_, size)) => *size += piece.end - piece.start,
                None => sizes.push((piece.written, piece.end - piece.start)),
            }
        }
        // The first of the largest.
        sizes.iter().rev().max_by_key(|(_, size)| *size).map_or(Written::In(Codec::UTF_8), |(w, _)| *w)
    }
}

/// The text of bytes in a codec that is not known, or in several, with the embedded model.
///
/// It never fails: what means nothing becomes U+FFFD, and [`Decoded::undecodable`] says where. The text is as it was
/// written, and may be damaged: [`report`](crate::report()) repairs it. Where the codec *is* known, decode with that.
///
/// ```
/// use luanma::{Codec, Written};
///
/// let decoded = luanma::decode(b"\xBD\xF1\xC4\xEA\xB5\xC4\xCA\xC1\xD7\xD3\xCA\xEC\xB5\xC3\xD4\xE7");
/// assert_eq!(decoded.text, "今年的柿子熟得早");
/// assert_eq!(decoded.written(), Written::In(Codec::GBK));
///
/// // A line of UTF-8 among lines of GBK.
/// let decoded = luanma::decode(b"\xC4\xEA\xB5\xC4\xCA\xC1\xD7\xD3\n\xE9\x99\xA2\xE5\xAD\x90\xE9\x87\x8C\n");
/// assert_eq!(decoded.text, "年的柿子\n院子里\n");
/// assert_eq!(decoded.pieces.len(), 2);
/// ```
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded {
    decode_with(Model::embedded(), bytes)
}

impl Repairer {
    /// The text of bytes in a codec that is not known, as [`decode`](crate::decode()) with this repairer's model. Nothing is
    /// repaired yet: [`Self::report`] does that.
    ///
    /// ```
    /// let repairer = luanma::Repairer::new();
    /// let decoded = repairer.decode(b"\xA4\xA4\xA4\xE5\xBA\xF4\xAF\xB8\xAA\xBA\xAD\xBA\xAD\xB6");
    /// assert_eq!(decoded.text, "中文網站的首頁");
    /// assert_eq!(decoded.written().name(), "big5");
    /// ```
    #[must_use]
    pub fn decode(&self, bytes: &[u8]) -> Decoded {
        decode_with(self.model(), bytes)
    }
}

/// The codecs that are looked for, and what assuming each costs: how much rarer it is among files of unknown codec than UTF-8
/// and GBK are. Rough, and small beside what a few characters prove.
const CODECS: &[(Codec, Cost)] = &[
    (Codec::UTF_8, 0),
    (Codec::GBK, 0),
    (Codec::BIG5, nats(1.0)),
    (Codec::SHIFT_JIS, nats(2.0)),
    (Codec::EUC_KR, nats(2.5)),
    (Codec::EUC_JP, nats(3.0)),
    (Codec::WINDOWS_1252, nats(1.5)),
    (Codec::WINDOWS_1251, nats(2.0)),
    (Codec::WINDOWS_1250, nats(3.0)),
    (Codec::ISO_8859_2, nats(4.0)),
    (Codec::KOI8_R, nats(4.0)),
    (Codec::KOI8_U, nats(5.0)),
    (Codec::WINDOWS_1253, nats(4.0)),
    (Codec::ISO_8859_7, nats(5.0)),
    (Codec::WINDOWS_1254, nats(4.0)),
    (Codec::WINDOWS_1255, nats(4.0)),
    (Codec::WINDOWS_1256, nats(4.0)),
    (Codec::WINDOWS_1257, nats(4.5)),
    (Codec::WINDOWS_1258, nats(4.5)),
    (Codec::WINDOWS_874, nats(4.0)),
    (Codec::CP866, nats(4.5)),
    (Codec::ISO_8859_5, nats(5.5)),
    (Codec::MAC_CYRILLIC, nats(6.0)),
    (Codec::CP437, nats(6.0)),
    (Codec::CESU_8, nats(6.0)),
];

/// The codecs that are tried in every sample of a long input.
const FIRST: [Codec; 3] = [Codec::UTF_8, Codec::GBK, Codec::BIG5];

/// What a codec costs that is in no table here and that the file says it is in.
const ONLY_HEARD: Cost = nats(6.0);
/// What it takes off the cost of a codec that a file says it is in that one, or has its byte order mark.
const HEARD: Cost = nats(4.0);
/// What it takes off that chardetng guesses it.
const GUESSED: Cost = nats(0.5);
/// chardetng is shown this much.
const GUESS_BYTES: usize = 16 << 10;
/// What UTF-16 costs without a byte order mark.
const UTF_16: Cost = nats(8.0);
/// UTF-16 is weighed against the others on this many bytes.
const WEIGHED_BYTES: usize = 1 << 10;
/// Samples of a document that tell which codecs it is in, and how many bytes each has.
const SAMPLES: usize = 24;
const SAMPLE_BYTES: usize = 512;
/// What a share says that is not said by the cost of changing the codec.
const CHANGING: Cost = nats(2.0);
/// What assuming another codec than UTF-8 costs where all bytes are valid UTF-8.
const CHANCE: Cost = nats(5.0);
/// Bytes beyond ASCII of a line, about: a codec that is in no line of the samples is rarer than a line of them.
const LINE: u64 = 32;
/// A codec's rivals for a piece are tried on so many of its bytes.
const RIVAL_BYTES: usize = 256;
/// A rival so far behind is not read to its end: it says nothing more about the confidence.
const FAR_BEHIND: i64 = nats(40.0) as i64;
/// Where a byte means nothing.
const BAD_BYTE: Cost = nats(14.0);

/// `confidence = 1 / (1 + exp(-(BASE + margin * SLOPE)))`, the margin in nats. Fitted on pieces of the training
/// texts: `cargo dev decode --text ../shared/text/train --pieces 2000 --least 2 --fit` prints what to make of both.
const CONFIDENCE_BASE: f64 = 0.948;
const CONFIDENCE_SLOPE: f64 = 0.317;

fn decode_with(model: &Model, bytes: &[u8]) -> Decoded {
    let mark = heard::mark(bytes);
    let skipped = mark.map_or(0, |(_, length)| length);
    let content = bytes.get(skipped..).unwrap_or_default();
    let plan = Plan::new(model, content, mark.map(|(codec, _)| codec));
    let mut out = Decoded::default();
    if let Some(codec) = plan.utf_16 {
        let run = Run { codec, start: 0, end: content.len() };
        push(&mut out, model, &plan, content, &run, skipped);
        return out;
    }
    let mut paths = path::Paths::default();
    let mut at = 0;
    let mut last = None;
    for stretch in escaped::stretches(model, content) {
        for run in paths.runs(model, &plan.likely, &plan.all, content, at..stretch.start, last) {
            last = Some(run.codec);
            push(&mut out, model, &plan, content, &run, skipped);
        }
        at = stretch.end;
        escaped::push(&mut out, &stretch, skipped);
    }
    for run in paths.runs(model, &plan.likely, &plan.all, content, at..content.len(), last) {
        push(&mut out, model, &plan, content, &run, skipped);
    }
    out
}

/// Which codecs a document may be in.
struct Plan {
    /// The ones that samples of it are in, and those that are proposed for another reason.
    likely: Vec<Candidate>,
    /// All.
    all: Vec<Candidate>,
    /// All of it is in this.
    utf_16: Option<Codec>,
}

impl Plan {
    fn new(model: &Model, bytes: &[u8], mark: Option<Codec>) -> Self {
        let mut all: Vec<Candidate> =
            CODECS.iter().map(|&(codec, prior)| Candidate { codec, prior }).collect();
        let declared = heard::declared(bytes);
        let guess = guess(bytes);
        let mut proposed = Vec::new();
        for (codec, bonus) in [(mark, HEARD), (declared, HEARD), (guess, GUESSED)] {
            let Some(codec) = codec.filter(|codec| !codec.is_wide_unit() && *codec != Codec::ISO_2022_JP)
            else {
                continue;
            };
            proposed.push(codec);
            match all.iter_mut().find(|c| c.codec == codec) {
                Some(known) => known.prior -= bonus,
                None => all.push(Candidate { codec, prior: ONLY_HEARD - bonus }),
            }
        }
        let valid = std::str::from_utf8(bytes);
        if valid.is_ok() {
            // Other codecs are hardly ever UTF-8 by chance, and hardly ever in a document whose rest is.
            let others = all.iter_mut().filter(|candidate| candidate.codec != Codec::UTF_8);
            others.for_each(|candidate| candidate.prior += CHANCE);
        }
        let mut plan = Self { likely: all.clone(), all, utf_16: None };
        if valid.is_ok_and(path::is_surely_utf8) {
            plan.likely.retain(|candidate| candidate.codec == Codec::UTF_8);
            return plan;
        }
        let mut paths = path::Paths::default();
        let mut counts = vec![0u64; plan.all.len()];
        let samples = samples(bytes);
        // Of many samples few are of a codec that is in no other: it is enough to ask where one looks strange.
        let first: Vec<Candidate> = if samples.len() < SAMPLES {
            plan.all.clone()
        } else {
            let is_first = |c: &&Candidate| FIRST.contains(&c.codec) || proposed.contains(&c.codec);
            plan.all.iter().filter(is_first).copied().collect()
        };
        for sample in samples {
            for run in paths.runs(model, &first, &plan.all, bytes, sample, None) {
                let size = bytes[run.start..run.end].iter().filter(|b| !b.is_ascii()).count() as u64;
                if let Some(at) = plan.all.iter().position(|c| c.codec == run.codec) {
                    counts[at] += size;
                }
            }
        }
        let total: u64 = counts.iter().sum();
        for (candidate, &count) in plan.all.iter_mut().zip(&counts) {
            if count > 0 {
                // A float decides nothing that another machine would decide otherwise.
                let share = log_ratio(total, count);
                candidate.prior = candidate.prior.min(share).max(share - CHANGING);
            } else {
                // What is in no sample is rarer than all of them together.
                candidate.prior += log_ratio(total / LINE, 1);
            }
        }
        plan.likely = plan
            .all
            .iter()
            .zip(&counts)
            .filter(|(c, count)| **count > 0 || c.codec == Codec::UTF_8 || proposed.contains(&c.codec))
            .map(|(c, _)| *c)
            .collect();
        plan.utf_16 = plan.wide(model, bytes, mark, &mut paths);
        plan
    }

    /// UTF-16, if the beginning reads better so than in any other way.
    fn wide(
        &self,
        model: &Model,
        bytes: &[u8],
        mark: Option<Codec>,
        paths: &mut path::Paths,
    ) -> Option<Codec> {
        // Bytes that could all be printed as ASCII are not UTF-16 by chance.
        let is_plain = |b: &u8| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n');
        if bytes.iter().take(WEIGHED_BYTES).all(is_plain) {
            return None;
        }
        let whole = bytes.len() / 2 * 2;
        let sample = bytes.get(..whole.min(WEIGHED_BYTES)).filter(|sample| !sample.is_empty())?;
        let narrow: i64 = paths
            .runs(model, &self.all, &self.all, sample, 0..sample.len(), None)
            .iter()
            .map(|run| path::cost(model, run.codec, &sample[run.start..run.end]))
            .sum();
        let wide = |codec: Codec| {
            let prior = if mark == Some(codec) { -HEARD } else { UTF_16 };
            let mut controls = 0;
            let is_control =
                |read: &Read| matches!(read, Read::Char(c) if c.is_control() && !c.is_ascii_whitespace());
            let cost = path::read_while(model, codec, sample, |reads, _, _| {
                controls += reads.iter().flatten().filter(|read| is_control(read)).count() as i64;
                true
            });
            cost + i64::from(prior) + controls * i64::from(BAD_BYTE)
        };
        [Codec::UTF_16LE, Codec::UTF_16BE]
            .into_iter()
            .map(|codec| (wide(codec), codec))
            .min()
            .filter(|(cost, _)| *cost < narrow)
            .map(|(_, codec)| codec)
    }
}

/// `ln(whole / part)` as a cost.
fn log_ratio(whole: u64, part: u64) -> Cost {
    // Whole bits are exact everywhere, and a prior needs no more.
    let bits = |n: u64| 63 - n.max(1).leading_zeros().min(63);
    Cost::try_from(bits(whole).saturating_sub(bits(part)))
        .unwrap_or(Cost::MAX / 2)
        .saturating_mul(nats(0.693))
}

/// What chardetng makes of the beginning.
fn guess(bytes: &[u8]) -> Option<Codec> {
    let start = bytes.iter().position(|b| !b.is_ascii())?;
    let shown = &bytes[start..bytes.len().min(start + GUESS_BYTES)];
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(shown, true);
    Codec::from_label(detector.guess(None, chardetng::Utf8Detection::Allow).name())
}

/// Stretches with bytes that are not ASCII, spread over the input.
fn samples(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut samples: Vec<Range<usize>> = Vec::new();
    if bytes.is_ascii() {
        return samples;
    }
    if bytes.len() <= SAMPLES * SAMPLE_BYTES {
        samples.push(0..bytes.len());
        return samples;
    }
    for n in 0..SAMPLES {
        let from = bytes.len() / SAMPLES * n;
        let done = samples.last().map_or(0, |last| last.end);
        let Some(at) = bytes[from.max(done)..].iter().position(|b| !b.is_ascii()) else { break };
        // From the beginning of its line, if that is near: in the middle no codec knows where a character begins.
        let at = from.max(done) + at;
        let near = at.saturating_sub(SAMPLE_BYTES).max(done);
        let start = bytes[near..at].iter().rposition(|&b| b == b'\n').map_or(at, |end| near + end + 1);
        samples.push(start..bytes.len().min(at + SAMPLE_BYTES));
    }
    samples
}

/// What reading gives, one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    Char(char),
    /// This many bytes that mean nothing.
    Bad(usize),
}

/// What stands at the start of some bytes, of which there is at least one, and how many of them it takes.
#[inline]
fn step(codec: Codec, bytes: &[u8]) -> ([Option<Read>; 2], usize) {
    match codec.decode_step(bytes) {
        Step::Char(c, length) => ([Some(Read::Char(c)), None], length),
        Step::Two([a, b], length) => ([Some(Read::Char(a)), Some(Read::Char(b))], length),
        Step::Invalid { bad } => {
            let bad = bad.clamp(1, bytes.len());
            ([Some(Read::Bad(bad)), None], bad)
        }
        Step::Truncated => ([Some(Read::Bad(bytes.len())), None], bytes.len()),
    }
}

/// Writes the text of a run and says what it is.
fn push(out: &mut Decoded, model: &Model, plan: &Plan, bytes: &[u8], run: &Run, skipped: usize) {
    let run_bytes = &bytes[run.start..run.end];
    let mut piece = Piece {
        start: skipped + run.start,
        end: skipped + run.end,
        at: out.text.len(),
        written: Written::In(run.codec),
        confidence: Confidence::ONE,
    };
    let mut rest = run_bytes;
    let mut four = false;
    while !rest.is_empty() {
        let plain = match run.codec {
            Codec::UTF_8 => path::valid_utf8(rest),
            codec if codec.is_wide_unit() => "",
            _ => path::ascii(rest),
        };
        out.text.push_str(plain);
        rest = &rest[plain.len()..];
        if rest.is_empty() {
            break;
        }
        let (reads, length) = step(run.codec, rest);
        four |= length == 4;
        for read in reads.into_iter().flatten() {
            match read {
                Read::Char(c) => out.text.push(c),
                Read::Bad(bad) => {
                    let start = skipped + run.end - rest.len();
                    out.undecodable.push(Undecodable { start, end: start + bad, at: out.text.len() });
                    out.text.push(char::REPLACEMENT_CHARACTER);
                }
            }
        }
        rest = &rest[length..];
    }
    if run.codec == Codec::GBK && four {
        piece.written = Written::In(Codec::GB18030);
    }
    if !run.codec.is_wide_unit() {
        piece.confidence = confidence(model, plan, run.codec, run_bytes);
    }
    if let Some(last) =
        out.pieces.last_mut().filter(|last| last.written == piece.written && last.end == piece.start)
    {
        last.end = piece.end;
        last.confidence = last.confidence.min(piece.confidence);
    } else {
        out.pieces.push(piece);
    }
}

/// How sure it is that a stretch is in this codec and in none that reads it otherwise.
fn confidence(model: &Model, plan: &Plan, codec: Codec, bytes: &[u8]) -> Confidence {
    let Some(first) = bytes.iter().position(|b| !b.is_ascii()) else { return Confidence::ONE };
    let mut end = bytes.len().min(first + RIVAL_BYTES);
    // Not in the middle of a character of this codec.
    if end < bytes.len() {
        end = first + border(codec, &bytes[first..], RIVAL_BYTES);
    }
    let sample = &bytes[first..end];
    if codec == Codec::UTF_8 && std::str::from_utf8(sample).is_ok_and(path::is_surely_utf8) {
        return Confidence::ONE;
    }
    // What its own text costs up to each byte, and what another may cost up to there.
    let prior = plan.all.iter().find(|c| c.codec == codec).map_or(0, |c| i64::from(c.prior));
    let mut most = vec![i64::MAX; sample.len() + 1];
    let own = prior
        + path::read_while(model, codec, sample, |_, at, cost| {
            most[at] = prior + cost + FAR_BEHIND;
            true
        });
    for at in (0..sample.len()).rev() {
        most[at] = most[at].min(most[at + 1]);
    }
    let cost = |c: &Candidate| {
        let prior = i64::from(c.prior);
        prior + path::read_while(model, c.codec, sample, |_, at, cost| prior + cost <= most[at])
    };
    let rivals = plan.all.iter().filter(|c| c.codec != codec && !is_same_text(codec, c.codec, sample));
    // One that was left behind says no more than that it was.
    let Some(rival) = rivals.map(cost).min() else { return Confidence::ONE };
    let margin = (rival - own).clamp(-FAR_BEHIND, FAR_BEHIND) as f64 / f64::from(NAT);
    Confidence::new(1.0 / (1.0 + (-(CONFIDENCE_BASE + margin * CONFIDENCE_SLOPE)).exp()))
}

/// Whether two codecs read the same in `bytes`.
fn is_same_text(one: Codec, other: Codec, bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let read = step(one, rest);
        if read != step(other, rest) {
            return false;
        }
        rest = &rest[read.1..];
    }
    true
}

/// The last border of a character within `most` bytes.
fn border(codec: Codec, bytes: &[u8], most: usize) -> usize {
    let mut at = 0;
    while at < most && at < bytes.len() {
        let (_, length) = step(codec, &bytes[at..]);
        if at + length > most && at > 0 {
            break;
        }
        at += length;
    }
    at
}
