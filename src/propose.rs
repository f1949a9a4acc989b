//! Which chains may have made a stretch of text: cheap tests on a sample of it, so that few are decoded whole.

use crate::chain::{Chain, Step};
use crate::codec::{ByteSeq, Codec, FedKnown, LatticeByte, Pending};
use crate::cost::{Cost, nats};
use crate::lattice::is_mark;
use crate::lm::memo::Memo;
use crate::lm::{Model, State};
use crate::plain;

/// Characters of a sample.
pub(crate) const SAMPLE: usize = 40;
/// What a byte costs that the truth does not allow where it stands.
const ERROR: Cost = nats(7.0);
/// How far behind the best a chain may be and still be decoded whole.
const SPREAD: i64 = nats(12.0) as i64;
/// What a chain must gain over a sample, its prior taken off, to be decoded whole.
const LEAST: i64 = nats(7.0) as i64;
/// What a sample must cost beyond the likeliest text to be looked at where nothing is proven.
const ALONE: i64 = nats(22.0) as i64;
/// What a character costs in the likeliest text.
const LIKELIEST: i64 = nats(3.0) as i64;
/// What a chain that the document has proven is given ahead.
const PROVEN: i64 = nats(8.0) as i64;
/// What a chain must gain by context-free costs to be scored in context.
const FIRST_LOOK: i64 = nats(3.0) as i64;
/// The most chains decoded whole.
const MOST: usize = 6;
/// The most readings of one step that a further one is looked for in.
const DEEPER: usize = 4;
/// The most steps searched.
const DEPTH: usize = 3;

/// How likely each codec is to have written text that was then misread, as a cost.
pub(crate) const TRUTHS: &[(Codec, Cost)] = &[
    (Codec::UTF_8, nats(0.0)),
    (Codec::GBK, nats(1.0)),
    (Codec::BIG5, nats(2.0)),
    (Codec::CP950, nats(2.2)),
    (Codec::SHIFT_JIS, nats(2.0)),
    (Codec::EUC_JP, nats(3.0)),
    (Codec::EUC_KR, nats(2.0)),
    (Codec::WINDOWS_1251, nats(3.0)),
    (Codec::KOI8_R, nats(4.0)),
    (Codec::WINDOWS_1250, nats(5.0)),
    (Codec::WINDOWS_1252, nats(5.0)),
    (Codec::WINDOWS_1253, nats(5.0)),
    (Codec::WINDOWS_1254, nats(6.0)),
    (Codec::WINDOWS_1256, nats(5.0)),
    (Codec::WINDOWS_1257, nats(6.0)),
    (Codec::CESU_8, nats(4.0)),
    (Codec::UTF_16LE, nats(6.0)),
    (Codec::UTF_16BE, nats(6.0)),
];

/// How likely each codec is to be the wrong one, as a cost.
pub(crate) const MISREADS: &[(Codec, Cost)] = &[
    (Codec::GBK, nats(0.5)),
    (Codec::WINDOWS_1252, nats(0.5)),
    (Codec::LATIN_1, nats(0.6)),
    (Codec::BIG5, nats(2.0)),
    (Codec::CP950, nats(2.2)),
    (Codec::CP932, nats(2.0)),
    (Codec::EUC_JP, nats(4.0)),
    (Codec::CP949, nats(2.0)),
    (Codec::WINDOWS_1251, nats(1.5)),
    (Codec::WINDOWS_1250, nats(2.0)),
    (Codec::WINDOWS_1253, nats(3.0)),
    (Codec::WINDOWS_1254, nats(2.0)),
    (Codec::WINDOWS_1256, nats(3.0)),
    (Codec::WINDOWS_1257, nats(3.0)),
    (Codec::ISO_8859_2, nats(3.0)),
    (Codec::ISO_8859_15, nats(2.0)),
    (Codec::MACROMAN, nats(2.0)),
    (Codec::MAC_CYRILLIC, nats(4.0)),
    (Codec::KOI8_R, nats(2.5)),
    (Codec::CP437, nats(2.0)),
    (Codec::CP850, nats(2.5)),
    (Codec::CP852, nats(3.5)),
    (Codec::CP857, nats(4.0)),
    (Codec::CP866, nats(2.5)),
    (Codec::UTF_16LE, nats(6.0)),
    (Codec::UTF_16BE, nats(6.0)),
];

/// The pages of Cyrillic letters.
const CYRILLIC: [Codec; 4] = [Codec::WINDOWS_1251, Codec::KOI8_R, Codec::CP866, Codec::MAC_CYRILLIC];

/// What one more step costs, where it is a usual one; an unusual one costs its own prior twice.
const FURTHER_STEP: Cost = nats(5.0);

/// What assuming this chain costs before anything is seen.
pub(crate) fn prior(chain: &Chain) -> Cost {
    let of = |table: &[(Codec, Cost)], codec| {
        table.iter().find(|(c, _)| *c == codec).map_or(nats(6.0), |(_, cost)| *cost)
    };
    let one = |s: &Step| {
        let cyrillic = |c: &Codec| CYRILLIC.contains(c);
        of(TRUTHS, s.truth)
            + of(MISREADS, s.misread)
            + match (both_small(*s), cyrillic(&s.truth) && cyrillic(&s.misread)) {
                (false, _) => 0,
                (true, false) => nats(4.0),
                // Capitals of the one are small letters of the other: headings look like damage.
                (true, true) => nats(14.0),
            }
    };
    match chain.steps() {
        [only] => one(only),
        steps => steps.iter().map(|s| one(s) * 2 + FURTHER_STEP).sum::<Cost>() - FURTHER_STEP,
    }
}

/// Single-byte text read as another single-byte page: any letters give some letters.
fn both_small(s: Step) -> bool {
    s.truth.is_single_byte() && s.misread.is_single_byte()
}

/// Whether a step is one that is searched for.
pub(crate) fn is_likely(s: Step) -> bool {
    let same_table = |a: Codec, b: Codec| {
        a == b
            || [a, b].iter().all(|c| [Codec::BIG5, Codec::CP950].contains(c))
            || [a, b].iter().all(|c| [Codec::SHIFT_JIS, Codec::CP932].contains(c))
            || [a, b].iter().all(|c| [Codec::EUC_KR, Codec::CP949].contains(c))
            || [a, b].iter().all(|c| [Codec::UTF_8, Codec::CESU_8].contains(c))
    };
    if same_table(s.truth, s.misread) {
        return false;
    }
    if both_small(s) {
        // Western pages read as one another differ in too little to be told.
        let western = [
            Codec::LATIN_1,
            Codec::WINDOWS_1252,
            Codec::WINDOWS_1254,
            Codec::WINDOWS_1257,
            Codec::ISO_8859_15,
            Codec::WINDOWS_1250,
            Codec::ISO_8859_2,
        ];
        return !(western.contains(&s.truth) && western.contains(&s.misread))
            || s.truth == Codec::WINDOWS_1250 && [Codec::LATIN_1, Codec::WINDOWS_1252].contains(&s.misread);
    }
    true
}

/// Every chain of one step that is searched for, with its prior.
#[cfg(any(test, feature = "train"))]
pub(crate) fn searched() -> Vec<(Chain, Cost)> {
    let steps = TRUTHS
        .iter()
        .flat_map(|&(truth, _)| MISREADS.iter().map(move |&(misread, _)| Step { truth, misread }));
    let chains = steps.filter(|s| is_likely(*s)).filter_map(|s| Chain::new(&[s]).ok());
    chains.map(|chain| (chain, prior(&chain))).collect()
}

/// A text that a chain of steps leads to, and what speaks for it.
struct Lead {
    steps: Vec<Step>,
    text: Vec<char>,
    /// The gain of the best stretch of the sample, the prior taken off.
    gain: i64,
    /// What the bytes cost that did not fit on the way to the text.
    misfits: i64,
    /// It has the form of UTF-8 of which bytes were dropped: worth decoding whatever the sample gains.
    stripped: bool,
}

/// A chain that may have made a sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proposal {
    pub(crate) chain: Chain,
    /// What it gains on the sample, its prior taken off.
    pub(crate) gain: i64,
    /// A likelier one says the same.
    pub(crate) is_twin: bool,
}

/// The likeliest chains for a sample, best first. `odd` tells which of its characters look out of place.
///
/// A chain of `proven` need not gain as much as others.
pub(crate) fn propose(
    model: &Model,
    memo: &mut Memo,
    before: State,
    sample: &[char],
    odd: &[bool],
    proven: &[Chain],
) -> Vec<Proposal> {
    let mut leaving: Vec<Cost> = costs(model, memo, before, sample);
    plain::explain(model, before, sample, &mut leaving);
    let leaving: Vec<i64> = leaving.into_iter().map(i64::from).collect();
    // No repair can gain more than this stretch costs beyond what the likeliest text would.
    let (mut run, mut most) = (0, 0);
    for (cost, c) in leaving.iter().zip(sample) {
        // What stays as it is on the way takes nothing away.
        let beyond = cost - LIKELIEST;
        run = (run + if c.is_ascii() { beyond.max(0) } else { beyond }).max(0);
        most = most.max(run);
    }
    if most < if proven.is_empty() { ALONE } else { LEAST * 2 } {
        return Vec::new();
    }
    // Marks are no gain of one chain over another; the stretches of single steps leave them out.
    let unmarked = leaving.iter().zip(sample).filter(|(_, c)| !matches!(c, '?' | '\u{FFFD}'));
    let left: i64 = unmarked.map(|(cost, _)| cost).sum();
    let mut found: Vec<Lead> = Vec::new();
    let first = Lead { steps: Vec::new(), text: sample.to_vec(), gain: 0, misfits: 0, stripped: false };
    let mut leads = vec![first];
    for depth in 0..DEPTH {
        let mut deeper: Vec<Lead> = Vec::new();
        for lead in &leads {
            let plain: Vec<i64> = lead.text.iter().map(|&c| i64::from(model.unigram(c))).collect();
            let all = vec![true; lead.text.len()];
            let odd = if depth == 0 { odd } else { &all[..] };
            for &(misread, _) in MISREADS {
                if !covers(misread, &lead.text, odd) {
                    continue;
                }
                let bytes = unread(misread, &lead.text);
                for &(truth, _) in TRUTHS {
                    let step = Step { truth, misread };
                    if !is_likely(step) {
                        continue;
                    }
                    let mut read = read(model, truth, &bytes, 0);
                    if truth.is_double_byte() {
                        // The sample may begin in the middle of a pair.
                        let shifted = self::read(model, truth, &bytes, 1);
                        let gain = |r: &Read| r.best(|i| plain[i], |k| i64::from(r.cost[k]));
                        if gain(&shifted) > gain(&read) {
                            read = shifted;
                        }
                    }
                    let proof = truth == Codec::UTF_8 && read.high >= 3 && read.errors * 4 <= read.high;
                    let stripped = depth == 0
                        && truth == Codec::UTF_8
                        && misread.is_single_byte()
                        && LatticeByte::invisible(misread).is_some()
                        && read.is_stripped();
                    // At the first step the sample itself tells whether to score what it says.
                    let worth_it = if truth.is_single_byte() {
                        read.best(|i| plain[i], |k| i64::from(read.cost[k])) >= FIRST_LOOK
                    } else {
                        // Two errors undo what three characters prove.
                        let high = |i: usize| i64::from(lead.text[i] > '\u{7F}');
                        read.best(|i| high(i) * i64::from(ERROR), |_| 0) >= 2 * i64::from(ERROR)
                    };
                    if !proof && !stripped && depth == 0 && !worth_it {
                        continue;
                    }
                    let mut steps = vec![step];
                    steps.extend_from_slice(&lead.steps);
                    let Ok(chain) = Chain::new(&steps) else { continue };
                    let reading = costs(model, memo, before, &read.text);
                    let misfits = lead.misfits + read.price();
                    let gain = if depth == 0 {
                        read.best(|i| leaving[i], |k| i64::from(reading[k]))
                    } else {
                        left - sum(&reading) - misfits
                    };
                    let gain =
                        gain - i64::from(prior(&chain)) + if proven.contains(&chain) { PROVEN } else { 0 };
                    // Text that reads as UTF-8 nearly everywhere is proof enough to look one step further.
                    if proof && depth + 1 < DEPTH {
                        let text = read.text.clone();
                        deeper.push(Lead { steps: steps.clone(), text, gain, misfits, stripped: false });
                    }
                    found.push(Lead { steps, text: read.text, gain, misfits: 0, stripped });
                }
            }
        }
        // What stands between two steps need not look like text: its form counts.
        deeper.sort_by_key(|lead| (lead.misfits, std::cmp::Reverse(lead.gain)));
        deeper.truncate(DEEPER);
        leads = deeper;
    }
    found.sort_by(|a, b| b.gain.cmp(&a.gain).then_with(|| a.steps.cmp(&b.steps)));
    let best = found.first().map_or(0, |lead| lead.gain);
    let mut said: Vec<&[char]> = Vec::new();
    let mut out = Vec::new();
    // Of what has the form of UTF-8, the two likeliest pages.
    let mut forms = 2;
    for lead in &found {
        let is_form = lead.stripped && forms > 0;
        forms -= i32::from(is_form);
        let is_near = lead.gain >= LEAST && lead.gain >= best - SPREAD - best / 8 && out.len() < MOST;
        if !is_near && !is_form {
            continue;
        }
        // Of chains that say the same here, the likeliest two: further on they may part.
        let twins = said.iter().filter(|s| **s == &lead.text[..]).count();
        said.push(&lead.text);
        if twins < 2 && (twins == 0 || lead.steps[0].truth != Codec::CESU_8) {
            let chain = Chain::new(&lead.steps).ok();
            out.extend(chain.map(|chain| Proposal { chain, gain: lead.gain, is_twin: twins > 0 }));
        }
    }
    out
}

fn sum(costs: &[Cost]) -> i64 {
    costs.iter().copied().map(i64::from).sum()
}

fn costs(model: &Model, memo: &mut Memo, before: State, text: &[char]) -> Vec<Cost> {
    let mut state = before;
    text.iter()
        .map(|&c| {
            let (cost, next) = memo.score(model, state, c);
            state = next;
            cost
        })
        .collect()
}

/// Whether the misread can have produced most of the odd characters.
fn covers(misread: Codec, text: &[char], odd: &[bool]) -> bool {
    let (mut can, mut all) = (0, 0);
    for (&c, _) in text.iter().zip(odd).filter(|&(&c, &o)| o && c > '\u{7F}' && c != '\u{FFFD}') {
        all += 1;
        can += usize::from(misread.produces(c));
    }
    can > 0 && can * 10 >= all * 6
}

/// What a sample's character may have been.
enum Was {
    Bytes(ByteSeq),
    /// Something that could not be read.
    Mark,
    /// The misread has no such character.
    Other(char),
}

fn unread(misread: Codec, text: &[char]) -> Vec<Was> {
    let tables = misread.tables();
    text.iter()
        .map(|&c| match tables.unread_first(c) {
            _ if c != '?' && is_mark(misread, c) => Was::Mark,
            Some(seq) => Was::Bytes(seq),
            None => Was::Other(c),
        })
        .collect()
}

/// What a sample says under a truth.
#[derive(Default)]
struct Read {
    text: Vec<char>,
    /// For each character of `text`, the observed characters taken by then.
    at: Vec<usize>,
    /// The context-free cost of each.
    cost: Vec<Cost>,
    /// Where bytes did not fit, as places in `text`.
    misfits: Vec<usize>,
    errors: u32,
    /// Characters above 7F that were read.
    high: u32,
    /// Characters that were begun and not ended, those of them that had more than a first byte, and bytes that
    /// no character begins with.
    cut: u32,
    partial: u32,
    stray: u32,
}

/// Reads a sample from the character `skip` on.
fn read(model: &Model, truth: Codec, bytes: &[Was], skip: usize) -> Read {
    let tables = truth.tables();
    let mut r = Read::default();
    let mut pending = Pending::default();
    // Bytes of the pending character.
    let mut taken = 0;
    for (i, was) in bytes.iter().enumerate().skip(skip) {
        let seq = match was {
            Was::Bytes(seq) if seq.as_slice() != b"?" || pending.is_empty() => seq,
            Was::Bytes(_) | Was::Mark => {
                pending = Pending::default();
                continue;
            }
            Was::Other(c) => {
                pending = Pending::default();
                r.say(model, *c, i + 1);
                continue;
            }
        };
        for &b in seq.as_slice() {
            let mut fed = tables.feed_known(pending, b);
            if fed == FedKnown::Invalid {
                r.errors += 1;
                r.misfits.push(r.text.len());
                r.cut += u32::from(taken > 0);
                r.partial += u32::from(taken > 1);
                taken = 0;
                fed = tables.feed_known(Pending::default(), b);
                r.stray += u32::from(fed == FedKnown::Invalid);
            }
            pending = Pending::default();
            taken = if matches!(fed, FedKnown::More(_)) { taken + 1 } else { 0 };
            match fed {
                FedKnown::More(p) => pending = p,
                FedKnown::Char(c) => {
                    r.high += u32::from(c > '\u{7F}');
                    r.say(model, c, i + 1);
                }
                FedKnown::Two(two) => {
                    r.high += 2;
                    two.iter().for_each(|&c| r.say(model, c, i + 1));
                }
                FedKnown::Invalid => {}
            }
        }
    }
    r
}

impl Read {
    /// What the bytes cost that were not read.
    fn price(&self) -> i64 {
        i64::from(self.errors + self.stray) * i64::from(ERROR)
    }

    /// Whether this looks like UTF-8 of which bytes above 7F were dropped: first bytes with too few others, and hardly
    /// any others on their own.
    fn is_stripped(&self) -> bool {
        let all = self.high + self.cut;
        all >= 4 && (self.high + self.partial) * 3 >= all && self.stray * 8 <= all
    }

    fn say(&mut self, model: &Model, c: char, at: usize) {
        self.text.push(c);
        self.at.push(at);
        self.cost.push(model.unigram(c));
    }

    /// The greatest gain of any stretch, when `leaving` is what the sample costs as it is and `reading` what
    /// each character said costs.
    fn best(&self, leaving: impl Fn(usize) -> i64, reading: impl Fn(usize) -> i64) -> i64 {
        let (mut best, mut run, mut done, mut misfits) = (0, 0_i64, 0, self.misfits.iter().peekable());
        for k in 0..self.text.len() {
            while misfits.next_if(|&&m| m <= k).is_some() {
                run -= i64::from(ERROR);
            }
            run += (done..self.at[k]).map(&leaving).sum::<i64>() - reading(k);
            done = self.at[k];
            run = run.max(0);
            best = best.max(run);
        }
        best
    }
}
