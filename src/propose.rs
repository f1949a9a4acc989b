//! Which chains may have made a stretch of text: cheap tests on a sample of it, so that few are decoded whole.

mod page;

use std::cell::Cell;
use std::ops::Range;

pub(crate) use self::page::reads_alike;
use self::page::{BY_PRIOR, Gains, Page, Read, makes_all, pages, telling};
use crate::ceiling::Ceiling;
use crate::chain::{Chain, Step};
use crate::codec::Codec;
use crate::cost::{Cost, nats};
use crate::lattice::is_mark;
use crate::lm::by_bytes::coarse;
use crate::lm::memo::Memo;
use crate::lm::{Model, State};
use crate::scan::{Eye, SHORT_LINE, join};
use crate::straight::{FORMS, has_form};

/// Characters of a sample.
pub(crate) const SAMPLE: usize = 40;
/// What a byte costs that the truth does not allow where it stands.
const ERROR: Cost = nats(7.0);
/// How far behind the best a chain may be and still be decoded whole.
const SPREAD: i64 = nats(12.0) as i64;
/// What a chain must gain over a sample, its prior taken off, to be decoded: no repair of less is made. Of 1,506 that were
/// right one had gained less, of 2,377 of clean text that were not, 2,097.
const LEAST: i64 = nats(12.0) as i64;
/// What it must gain more for each character beyond two that it gains on, and at most: damage gains on all of its own, and
/// clean text here and there.
const LEAST_EACH: i64 = nats(3.0) as i64;
const LEAST_MOST: i64 = nats(11.0) as i64;
/// The same where the document has proven it.
const LEAST_PROVEN: i64 = nats(7.0) as i64;
/// What a sample must cost beyond the likeliest text to be looked at where nothing is proven.
const ALONE: i64 = nats(22.0) as i64;
/// What a character costs in the likeliest text.
const LIKELIEST: i64 = nats(3.0) as i64;
/// What characters cost on average where a sample is unlikely, and how much more in all.
const HOT: Cost = nats(9.0);
const HOT_ENOUGH: Cost = nats(4.0);
/// What a character beyond ASCII costs on average where all of a sample is damaged: of 18,000 damaged strings 99 in a hundred cost
/// more, of 1,486 samples of clean text with something odd 8.
const THROUGHOUT: i64 = nats(11.0) as i64;
/// What a chain that the document has proven is given ahead.
const PROVEN: i64 = nats(8.0) as i64;
/// The most characters of readings of a step that are scored in context.
const IN_CONTEXT: usize = 12 * SAMPLE;
/// What a reading as UTF-8 must promise to be scored in context.
const PROMISING: i64 = -LEAST_PROVEN;
/// What a reading must gain, characters it must have beyond ASCII, and what those may cost on average, for the chain to be
/// evident: nothing but text of this kind reads so. The form of UTF-8 is proof by itself; that it is text tells that
/// there was no further step: of 2,523 texts damaged twice none passes for text at these costs.
const EVIDENT: i64 = nats(30.0) as i64;
const EVIDENT_CHARS: u32 = 4;
const FLUENT: i64 = nats(6.5) as i64;
const FLUENT_FORM: i64 = nats(10.0) as i64;
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

/// The truths that a sample can be evidence enough for.
const EVIDENT_TRUTHS: [Codec; 6] =
    [Codec::UTF_8, Codec::GBK, Codec::BIG5, Codec::SHIFT_JIS, Codec::EUC_JP, Codec::EUC_KR];

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

/// The misreads that are searched for, the likeliest first.
pub(crate) fn misreads() -> &'static [Codec] {
    &BY_PRIOR
}

/// Single-byte text read as another single-byte page: any letters give some letters.
fn both_small(s: Step) -> bool {
    s.truth.is_single_byte() && s.misread.is_single_byte()
}

/// Whether a chain is letters of Latin, one byte each, that were read as other letters.
pub(crate) fn is_between_latin(chain: &Chain) -> bool {
    let latin = [Codec::WINDOWS_1250, Codec::WINDOWS_1252, Codec::WINDOWS_1254, Codec::WINDOWS_1257];
    matches!(chain.steps(), [only] if both_small(*only) && latin.contains(&only.truth))
}

/// Whether two codecs have nearly the same table: one vendor's and another's, or forms of one.
fn same_table(a: Codec, b: Codec) -> bool {
    let pairs = [
        [Codec::BIG5, Codec::CP950],
        [Codec::SHIFT_JIS, Codec::CP932],
        [Codec::EUC_KR, Codec::CP949],
        [Codec::UTF_8, Codec::CESU_8],
    ];
    a == b || pairs.contains(&[a, b]) || pairs.contains(&[b, a])
}

/// Whether two chains differ in nothing but vendors' tables.
pub(crate) fn are_kin(a: &Chain, b: &Chain) -> bool {
    let same = |(s, o): (&Step, &Step)| same_table(s.truth, o.truth) && same_table(s.misread, o.misread);
    a.steps().len() == b.steps().len() && a.steps().iter().zip(b.steps()).all(same)
}

/// Whether nothing in `text` tells two chains apart, which differ in nothing but the tables of vendors or in the order of bytes.
pub(crate) fn are_alike(a: &Chain, b: &Chain, text: &[char]) -> bool {
    let have_one_truth = || a.steps().iter().zip(b.steps()).all(|(a, b)| a.truth == b.truth);
    are_swaps(a, b) || are_kin(a, b) && have_one_truth() && reads_alike(text, a.misread(), b.misread())
}

/// Whether both chains swap the two bytes of each unit of UTF-16.
pub(crate) fn are_swaps(a: &Chain, b: &Chain) -> bool {
    let is_swap = |step: &Step| step.truth.is_wide_unit() && step.misread.is_wide_unit();
    [a, b].iter().all(|chain| matches!(chain.steps(), [step] if is_swap(step)))
}

/// Whether a step is one that is searched for.
pub(crate) fn is_likely(s: Step) -> bool {
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
            || [Codec::WINDOWS_1250, Codec::WINDOWS_1254].contains(&s.truth)
                && [Codec::LATIN_1, Codec::WINDOWS_1252].contains(&s.misread);
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
    /// That stretch, in characters of the sample.
    stretch: Range<usize>,
    /// What the bytes cost that did not fit on the way to the text, where that reads as UTF-8 nearly everywhere.
    misfits: Option<i64>,
    /// It has the form of UTF-8 of which bytes were dropped: worth decoding whatever the sample gains.
    stripped: bool,
}

/// A chain that may have made a sample.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) chain: Chain,
    /// What it gains on the sample, its prior taken off.
    pub(crate) gain: i64,
    /// The stretch of the sample that it gains that on, in characters.
    pub(crate) stretch: Range<usize>,
    /// A likelier one says the same.
    pub(crate) is_twin: bool,
    /// The sample reads so well that no other chain was looked for, but for those that say the same.
    pub(crate) is_evident: bool,
}

/// A stretch of text that may be damaged.
#[derive(Clone, Debug)]
pub(crate) struct Sample<'a> {
    /// The model's state before it.
    pub(crate) before: State,
    pub(crate) seen: &'a [char],
    /// Which of its characters look out of place.
    pub(crate) odd: &'a [bool],
    /// What each of them costs as it is.
    pub(crate) leaving: Vec<Cost>,
    /// What a chain must gain on it, its prior taken off, beyond what is always asked for.
    pub(crate) weary: i64,
    /// Only steps that a proven chain ends with are to be tried.
    pub(crate) only_proven: bool,
}

impl Sample<'_> {
    /// Whether it is unlikely throughout.
    pub(crate) fn is_hot(&self) -> bool {
        is_hot(&self.leaving, self.seen)
    }
}

/// The likeliest chains for a sample, best first: those that are [`evident`], or else [`others`].
///
/// A chain of `proven` need not gain as much as others. The characters that were weighed are added to `work`.
pub(crate) fn propose(
    model: &Model,
    memo: &mut Memo,
    sample: &Sample<'_>,
    proven: &[Chain],
    work: &mut u64,
) -> Vec<Proposal> {
    let evident = evident(model, memo, sample, proven, work);
    if evident.is_empty() { others(model, memo, sample, proven, work) } else { evident }
}

/// As [`propose`], for a sample for which no chain is [`evident`].
pub(crate) fn others(
    model: &Model,
    memo: &mut Memo,
    sample: &Sample<'_>,
    proven: &[Chain],
    work: &mut u64,
) -> Vec<Proposal> {
    let &Sample { seen, odd, ref leaving, weary, only_proven, .. } = sample;
    // No repair can gain more than this stretch costs beyond what the likeliest text would.
    let (mut run, mut most) = (0, 0);
    for (cost, c) in leaving.iter().zip(seen) {
        // What stays as it is on the way takes nothing away.
        let beyond = i64::from(*cost) - LIKELIEST;
        run = (run + if c.is_ascii() { beyond.max(0) } else { beyond }).max(0);
        most = most.max(run);
    }
    let alone = if is_in_words(seen) { LEAST } else { ALONE };
    if most < if proven.is_empty() { alone.max(weary) } else { LEAST_PROVEN * 2 } {
        return Vec::new();
    }
    let mut search = Search::of(sample, model, memo, proven, work);
    let mut steps = only_proven.then(|| last_steps(proven));
    let is_hot = sample.is_hot();
    if proven.is_empty() && !search.is_short(seen) && !is_hot && !only_proven {
        steps = search.hopeful(seen, odd);
    }
    if steps.as_ref().is_some_and(Vec::is_empty) {
        return Vec::new();
    }
    if let Some(evident) = search.first_step(seen, odd, steps.as_deref(), !is_hot) {
        return evident;
    }
    search.further_steps(seen);
    search.best(seen)
}

/// As [`propose`], but only chains that are evident: in what is unlikely throughout one of those is all there is to find, as a rule;
/// elsewhere there is none.
pub(crate) fn evident(
    model: &Model,
    memo: &mut Memo,
    sample: &Sample<'_>,
    proven: &[Chain],
    work: &mut u64,
) -> Vec<Proposal> {
    if !sample.is_hot() {
        return Vec::new();
    }
    let steps = sample.only_proven.then(|| last_steps(proven));
    let mut search = Search::of(sample, model, memo, proven, work);
    search.evident(sample.seen, sample.odd, steps.as_deref()).unwrap_or_default()
}

/// Whether any chain may gain enough on the characters that gave an alarm, or that takes more to tell, given the model's state `before`
/// them. The characters that were weighed are added to `work`.
pub(crate) fn may_gain(model: &Model, memo: &mut Memo, before: State, seen: &[char], work: &mut u64) -> bool {
    let (mut odd, mut leaving) = (Vec::new(), Vec::new());
    costs(model, memo, before, seen, Ceiling::None, &mut leaving);
    let mut eye = Eye::new(model, ' ');
    seen.iter().zip(&leaving).for_each(|(&c, &cost)| eye.mark(c, cost, &mut odd));
    let leaving = &leaving;
    let mut search = Search { model, memo, before, proven: &[], leaving, weary: 0, found: Vec::new(), work };
    search.is_short(seen)
        || is_hot(leaving, seen)
        || search.hopeful(seen, &odd).is_none_or(|steps| !steps.is_empty())
}

/// What each of `chains`, of one step, gains at most on `text`, whose characters cost `leaving`, where that can be told; what was fused
/// in it is taken for nothing, so of a form of UTF-8 it cannot.
pub(crate) fn most_gained(
    model: &Model,
    text: &[char],
    leaving: &[Cost],
    chains: impl Iterator<Item = Chain>,
) -> Vec<Option<i64>> {
    let odd: Vec<bool> = text.iter().map(|c| !c.is_ascii()).collect();
    let left = Left::new(leaving, text);
    let mut known: Vec<(Codec, Option<Page>)> = Vec::new();
    let most = |chain: Chain| {
        let (truth, misread) = (chain.steps()[0].truth, chain.misread());
        if has_form(truth) {
            return None;
        }
        if known.iter().all(|(codec, _)| *codec != misread) {
            known.push((misread, pages(text, &odd, &[], &|codec| codec == misread).next()));
        }
        let page = known.iter().find(|(codec, _)| *codec == misread)?.1.as_ref()?;
        page.bound(model, truth, &left).map(|gain| gain.all)
    };
    chains.map(most).collect()
}

/// Whether there are characters beyond ASCII, and each of them [touches a word](touches_word): one may be an accented letter.
pub(crate) fn is_in_words(text: &[char]) -> bool {
    let mut high = (0..text.len()).filter(|&i| text[i] > '\u{7F}').peekable();
    high.peek().is_some() && high.all(|i| touches_word(text, i..i + 1))
}

/// Whether a small letter of ASCII stands beside `text[range]`, or with no more than a space or mark between.
pub(crate) fn touches_word(text: &[char], range: Range<usize>) -> bool {
    let is_small = |a: Option<&char>, b: Option<&char>| match a {
        Some(a) if a.is_ascii() && !a.is_ascii_alphanumeric() => b.is_some_and(char::is_ascii_lowercase),
        a => a.is_some_and(char::is_ascii_lowercase),
    };
    let mut before = text[..range.start].iter().rev();
    let mut behind = text[range.end..].iter();
    is_small(before.next(), before.next()) || is_small(behind.next(), behind.next())
}

/// What the characters of `text` beyond ASCII cost, of which each costs so much.
fn high(costs: &[Cost], text: &[char]) -> impl Iterator<Item = i64> {
    costs.iter().zip(text).filter(|(_, c)| **c > '\u{7F}').map(|(cost, _)| i64::from(*cost))
}

/// Whether a text of such costs is unlikely throughout.
pub(crate) fn is_hot(costs: &[Cost], text: &[char]) -> bool {
    let count = high(costs, text).count();
    high(costs, text).sum::<i64>() > count as i64 * THROUGHOUT
}

/// The part of a text of such costs that is unlikely throughout, and most of all.
pub(crate) fn unlikely_part(costs: &[Cost]) -> Range<usize> {
    let (mut sum, mut from, mut most, mut part) = (0, 0, 0, 0..0);
    for (i, &cost) in costs.iter().enumerate() {
        sum += i64::from(cost) - THROUGHOUT;
        if sum <= 0 {
            (sum, from) = (0, i + 1);
        } else if sum > most {
            (most, part) = (sum, from..i + 1);
        }
    }
    part
}

/// The steps that chains end with.
fn last_steps(chains: &[Chain]) -> Vec<Step> {
    chains.iter().filter_map(|chain| chain.steps().last().copied()).collect()
}

/// What is known of a sample, and what was found.
struct Search<'a> {
    model: &'a Model,
    memo: &'a mut Memo,
    before: State,
    proven: &'a [Chain],
    /// What each character of the sample costs as it is.
    leaving: &'a [Cost],
    /// As [`Sample::weary`].
    weary: i64,
    found: Vec<Lead>,
    work: &'a mut u64,
}

impl<'a> Search<'a> {
    fn of(
        &Sample { before, ref leaving, weary, .. }: &'a Sample<'_>,
        model: &'a Model,
        memo: &'a mut Memo,
        proven: &'a [Chain],
        work: &'a mut u64,
    ) -> Self {
        Self { model, memo, before, proven, leaving, weary, found: Vec::new(), work }
    }
}

impl Search<'_> {
    /// What the characters of `sample` beyond ASCII cost as they are.
    fn high(&self, sample: &[char]) -> impl Iterator<Item = i64> {
        high(self.leaving, sample)
    }

    /// Whether so little of the sample is beyond ASCII that it is looked at whole: what stands between what is unlikely counts there.
    fn is_short(&self, sample: &[char]) -> bool {
        self.high(sample).count() <= SHORT_LINE
    }

    /// The chains of one step, of `steps` if those are given, that are evident, if there are any.
    fn evident(&mut self, sample: &[char], odd: &[bool], steps: Option<&[Step]>) -> Option<Vec<Proposal>> {
        if self.high(sample).count() < EVIDENT_CHARS as usize {
            return None;
        }
        let telling = telling(sample, odd);
        let is_tried = |step: &dyn Fn(&Step) -> bool| steps.is_none_or(|steps| steps.iter().any(step));
        let is_single = Cell::new(false);
        let of_page = |misread: Codec| {
            (misread.is_single_byte() || !is_single.get())
                && is_tried(&|step: &Step| step.misread == misread)
                && makes_all(misread, &telling)
        };
        let mut rest = pages(sample, odd, &[], &of_page);
        while let Some(page) = rest.next() {
            for truth in EVIDENT_TRUTHS {
                if page.likeliest(truth).is_none()
                    || !is_tried(&|step| step.truth == truth && page.has(step.misread))
                {
                    continue;
                }
                for start in page.starts(truth) {
                    *self.work += sample.len() as u64;
                    if let Some(evident) = self.evident_so(&page, truth, start) {
                        // Only such are its rivals.
                        is_single.set(true);
                        return Some(self.best_evident(sample, evident, truth, &page, rest));
                    }
                }
            }
        }
        None
    }

    /// The chains of one step with this truth and page, if nobody could doubt the likeliest of them when it is read from `start` on:
    /// the others say the same.
    fn evident_so(&mut self, page: &Page, truth: Codec, start: usize) -> Option<Vec<Proposal>> {
        let most = if has_form(truth) { FLUENT_FORM } else { FLUENT };
        // In context, text costs less than its characters do by themselves.
        if !(EVIDENT_TRUTHS.contains(&truth)
            && page.covers_all
            && page.may_be_evident(self.model, truth, start, most * 3 / 2))
        {
            return None;
        }
        let mut r = Read::default();
        r.read(truth, page, start);
        let chains = page.chains(truth);
        let (_, prior) = chains.clone().next()?;
        let mut reading = Vec::new();
        costs(self.model, self.memo, self.before, &r.text, Ceiling::None, &mut reading);
        let (gain, stretch) = self.gain(&r, &reading);
        let gain = gain - prior;
        let proposal = |(k, (chain, _))| Proposal {
            chain,
            gain,
            stretch: stretch.clone(),
            is_twin: k > 0,
            is_evident: true,
        };
        (gain >= EVIDENT && r.mean(&reading) <= most).then(|| chains.enumerate().map(proposal).collect())
    }

    /// The best of what is evident beside what is so with `truth` on `page`: GBK and EUC-JP share kana, and other pages of one byte a
    /// character differ in few.
    fn best_evident(
        &mut self,
        sample: &[char],
        mut best: Vec<Proposal>,
        truth: Codec,
        page: &Page,
        rest: impl Iterator<Item = Page>,
    ) -> Vec<Proposal> {
        let misread = |page: &Page| page.chains(truth).next().map(|(chain, _)| chain.misread());
        let is_single = |page: &Page| misread(page).is_some_and(Codec::is_single_byte);
        let first = misread(page);
        let mut rival = |page: &Page, truth: Codec| {
            for start in page.starts(truth) {
                if let Some(other) = self.evident_so(page, truth, start)
                    && other.first().map(|p| p.gain) > best.first().map(|p| p.gain)
                {
                    best = other;
                }
            }
        };
        if truth == Codec::GBK && page.likeliest(Codec::EUC_JP).is_some() {
            let mut r = Read::default();
            let has_kana = |start: usize| {
                r.read(truth, page, start);
                r.text.iter().any(|c| matches!(c, '\u{3041}'..='\u{30FF}'))
            };
            if page.starts(truth).any(has_kana) {
                rival(page, Codec::EUC_JP);
            }
        }
        if is_single(page) {
            // Where the form of UTF-8 is proof, pages that read the same bytes say the same.
            let is_other = |page: &Page| {
                !has_form(truth)
                    || first.zip(misread(page)).is_some_and(|(one, other)| !reads_alike(sample, one, other))
            };
            let others = rest.filter(|page| is_single(page) && page.covers_all && is_other(page));
            others.for_each(|page| rival(&page, truth));
        }
        best
    }

    /// The greatest gain of any stretch of `r`, of which each character costs as much as `reading` says, and that stretch.
    fn gain(&self, r: &Read, reading: &[Cost]) -> (i64, Range<usize>) {
        r.best_stretch(|i| i64::from(self.leaving[i]), |k| i64::from(reading[k]))
    }

    /// The steps that may gain enough, going by what is unlikely in the sample: elsewhere none gains. None where that tells nothing.
    fn hopeful(&mut self, sample: &[char], odd: &[bool]) -> Option<Vec<Step>> {
        let hot = self.hot();
        let (mut text, mut hot_odd, mut leaving, mut breaks) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for range in hot {
            if !text.is_empty() {
                breaks.push(text.len());
            }
            text.extend_from_slice(&sample[range.clone()]);
            hot_odd.extend_from_slice(&odd[range.clone()]);
            leaving.extend_from_slice(&self.leaving[range]);
        }
        // What is odd costs little where it stands: that tells nothing.
        if !hot_odd.contains(&true) {
            return None;
        }
        let left = Left::new(&leaving, &text);
        *self.work += 4 * text.len() as u64;
        let mut hopeful = Vec::new();
        for page in pages(&text, &hot_odd, &breaks, &|_| true) {
            // The form of UTF-8 in all that is odd, under the likeliest misread: nothing else will be asked for.
            let forms =
                FORMS.map(|truth| page.likeliest(truth).map(|_| page.bound(self.model, truth, &left)));
            if forms.contains(&Some(None)) && page.covers_all && hopeful.is_empty() {
                return None;
            }
            let forms = FORMS.into_iter().zip(forms).filter_map(|(truth, most)| Some((truth, most?)));
            let others = page.bounds(self.model, &left).map(|(truth, most)| (truth, Some(most)));
            for (truth, most) in forms.chain(others) {
                // No prior is less than nothing.
                if most.is_some_and(|most| !most.is_enough(self.weary)) {
                    continue;
                }
                let Some((_, prior)) = page.likeliest(truth) else { continue };
                let is_enough = |gain: Gain| gain.is_enough(prior + self.weary);
                let is_hopeful = most.is_none_or(|most| {
                    let gains = |gains: Gains| is_enough(gains.alone) && is_enough(gains.beside);
                    is_enough(most) && page.gains::<true>(self.model, truth, &left).any(gains)
                });
                if is_hopeful {
                    hopeful.extend(page.chains(truth).map(|(chain, _)| chain.steps()[0]));
                }
            }
        }
        Some(hopeful)
    }

    /// Where the sample is unlikely, with a character on either side.
    fn hot(&self) -> Vec<Range<usize>> {
        let mut hot: Vec<Range<usize>> = Vec::new();
        let (mut run, mut best, mut range) = (0, 0, 0..0);
        let mut add = |best: Cost, range: &Range<usize>| {
            if best >= HOT_ENOUGH {
                let wider = range.start.saturating_sub(1)..(range.end + 1).min(self.leaving.len());
                join(&mut hot, wider);
            }
        };
        for (i, cost) in self.leaving.iter().enumerate() {
            run += cost - HOT;
            if run <= 0 {
                add(best, &range);
                (run, best, range) = (0, 0, i + 1..i + 1);
            } else if run > best {
                (best, range.end) = (run, i + 1);
            }
        }
        add(best, &range);
        hot
    }

    /// Finds the chains of one step, of `steps` if those are given; returns those that are evident, if there may be any and there
    /// are, and looks no further then.
    fn first_step(
        &mut self,
        sample: &[char],
        odd: &[bool],
        steps: Option<&[Step]>,
        may_be_evident: bool,
    ) -> Option<Vec<Proposal>> {
        let is_tried = |step: &dyn Fn(&Step) -> bool| steps.is_none_or(|steps| steps.iter().any(step));
        let (mut kept, mut hopeful): (Vec<Page>, Vec<Hopeful>) = (Vec::new(), Vec::new());
        let mut r = Read::default();
        let (left, in_words) = (Left::new(self.leaving, sample), is_in_words(sample));
        let of_page = |misread| is_tried(&|step: &Step| step.misread == misread);
        // What the best of those gains, its prior taken off, that explain all that is odd without an error.
        let (mut best, mut reading) = (0, Vec::new());
        let mut rest = pages(sample, odd, &[], &of_page);
        while let Some(page) = rest.next() {
            for &(truth, _) in TRUTHS {
                let Some((chain, prior)) = page.likeliest(truth) else { continue };
                if !is_tried(&|step| step.truth == truth && page.has(step.misread)) {
                    continue;
                }
                *self.work += sample.len() as u64;
                let is_proven = self.proven.contains(&chain);
                let least = prior + if is_proven { 0 } else { (LEAST + self.weary).max(near(best)) };
                // Of single letters in words only the words tell.
                let is_sparse = truth.is_single_byte() && page.covers_all && in_words;
                if !is_sparse
                    && page.promise(self.model, truth, &left, least).is_some_and(|promise| promise < least)
                {
                    continue;
                }
                // Two errors undo what three characters prove.
                let worth_it = |r: &Read| {
                    let high = |i: usize| i64::from(sample[i] > '\u{7F}');
                    r.best(|i| high(i) * i64::from(ERROR), |_| 0) >= 2 * i64::from(ERROR)
                        || has_form(truth) && r.shape.errors == 0 && page.covers_all && in_words
                };
                let mut found: Option<Hopeful> = None;
                for start in page.starts(truth) {
                    *self.work += 2 * sample.len() as u64;
                    r.read(truth, &page, start);
                    if may_be_evident
                        && r.shape.is_evident(truth)
                        && let Some(evident) = self.evident_so(&page, truth, start)
                    {
                        return Some(self.best_evident(sample, evident, truth, &page, rest));
                    }
                    let is_stripped = page.is_stripped(truth, &r);
                    let is_proof = r.is_proof(truth);
                    if !is_proof && !is_stripped && !truth.is_single_byte() && !worth_it(&r) {
                        continue;
                    }
                    r.weigh(self.model);
                    // In context, text costs less than its characters do by themselves; what is none does not.
                    let ceiling = r.ceiling(&page, truth);
                    let promise = if is_proof || is_stripped || is_proven || is_sparse {
                        i64::MAX
                    } else {
                        let in_context =
                            |k: usize| in_context(r.cost[k]).min(ceiling.most(self.model, r.text[k])).into();
                        r.best(|i| i64::from(self.leaving[i]), in_context) - prior
                    };
                    if promise >= if has_form(truth) { PROMISING } else { least - prior } {
                        if r.shape.errors == 0 && page.covers_all && promise > best {
                            costs(self.model, self.memo, self.before, &r.text, ceiling, &mut reading);
                            best = best.max(self.gain(&r, &reading).0 - prior);
                        }
                        if found.as_ref().is_none_or(|found| found.promise < promise) {
                            let read = std::mem::take(&mut r);
                            let page = kept.len();
                            found = Some(Hopeful { promise, read, page, truth, is_proof, is_stripped });
                        }
                    }
                }
                hopeful.extend(found);
            }
            kept.push(page);
        }
        hopeful.sort_by_key(|h| std::cmp::Reverse(h.promise));
        let mut scored = 0;
        for Hopeful { promise, read, page, truth, is_proof, is_stripped } in hopeful {
            if promise < i64::MAX {
                scored += read.text.len();
                if scored > IN_CONTEXT {
                    break;
                }
            }
            let ceiling = read.ceiling(&kept[page], truth);
            costs(self.model, self.memo, self.before, &read.text, ceiling, &mut reading);
            let (gain, stretch) = self.gain(&read, &reading);
            // Where bytes were dropped, what reads well is a small part.
            let stretch = if is_stripped { 0..sample.len() } else { stretch };
            let misfits = is_proof.then(|| read.price());
            let lead =
                Lead { steps: Vec::new(), text: read.text, gain, stretch, misfits, stripped: is_stripped };
            self.find(&kept[page], truth, &lead);
        }
        None
    }

    /// Finds the chains of two steps and more, beginning with those of one that read as UTF-8 nearly everywhere: that is
    /// proof enough to look further.
    fn further_steps(&mut self, sample: &[char]) {
        // Marks are no gain of one chain over another; the stretches of single steps leave them out.
        let unmarked = self.leaving.iter().zip(sample).filter(|(_, c)| !matches!(c, '?' | '\u{FFFD}'));
        let left: i64 = unmarked.map(|(cost, _)| i64::from(*cost)).sum();
        let (mut r, mut other, mut reading) = (Read::default(), Read::default(), Vec::new());
        let mut from = 0;
        for _ in 1..DEPTH {
            // What stands between two steps need not look like text: its form counts.
            let mut leads: Vec<_> = self.found[from..].iter().filter(|lead| lead.misfits.is_some()).collect();
            leads.sort_by_key(|lead| (lead.misfits, std::cmp::Reverse(lead.gain)));
            leads.truncate(DEEPER);
            let leads: Vec<_> = leads
                .into_iter()
                .map(|lead| (lead.text.clone(), lead.steps.clone(), lead.misfits.unwrap_or(0)))
                .collect();
            from = self.found.len();
            for (text, outer, before_it) in leads {
                for page in pages(&text, &vec![true; text.len()], &[], &|_| true) {
                    for &(truth, _) in TRUTHS {
                        if page.likeliest(truth).is_none() {
                            continue;
                        }
                        *self.work += 2 * text.len() as u64;
                        for start in page.starts(truth) {
                            other.read(truth, &page, start);
                            other.weigh(self.model);
                            if start == 0 || other.total() < r.total() {
                                std::mem::swap(&mut r, &mut other);
                            }
                        }
                        let is_proof = r.is_proof(truth);
                        let misfits = before_it + r.price();
                        if !is_proof && left - r.total() * 3 / 4 - misfits < LEAST_PROVEN {
                            continue;
                        }
                        costs(self.model, self.memo, self.before, &r.text, Ceiling::None, &mut reading);
                        let gain = left - sum(&reading) - misfits;
                        let lead = Lead {
                            steps: outer.clone(),
                            text: r.text.clone(),
                            gain,
                            stretch: 0..sample.len(),
                            misfits: is_proof.then_some(misfits),
                            stripped: false,
                        };
                        self.find(&page, truth, &lead);
                    }
                }
            }
        }
    }

    /// Adds what a truth says of a page, under the two likeliest misreads: further on they may part. `lead` has the steps
    /// behind it, and no prior taken off.
    fn find(&mut self, page: &Page, truth: Codec, lead: &Lead) {
        for (first, _) in page.chains(truth).take(2) {
            let steps = [first.steps(), &lead.steps[..]].concat();
            let Ok(chain) = Chain::new(&steps) else { continue };
            let gain = lead.gain - self.odds(&chain);
            let (text, stretch) = (lead.text.clone(), lead.stretch.clone());
            self.found.push(Lead { steps, text, gain, stretch, ..*lead });
        }
    }

    /// What speaks against a chain before anything is seen.
    fn odds(&self, chain: &Chain) -> i64 {
        i64::from(prior(chain)) - if self.proven.contains(chain) { PROVEN } else { 0 }
    }

    /// The best of what was found.
    fn best(mut self, sample: &[char]) -> Vec<Proposal> {
        self.found.sort_by(|a, b| b.gain.cmp(&a.gain).then_with(|| a.steps.cmp(&b.steps)));
        let best = self.found.first().map_or(0, |lead| lead.gain);
        let mut said: Vec<&[char]> = Vec::new();
        let mut out = Vec::new();
        let is_proven = |steps: &[Step]| self.proven.iter().any(|chain| chain.steps() == steps);
        let least = |lead: &Lead| {
            let high = sample[lead.stretch.clone()].iter().filter(|c| **c > '\u{7F}').count();
            let more = (high as i64 - 2).max(0) * LEAST_EACH;
            if is_proven(&lead.steps) { LEAST_PROVEN } else { LEAST + more.min(LEAST_MOST) }
        };
        // Of what has the form of UTF-8, the two likeliest pages.
        let mut forms = 2;
        for lead in &self.found {
            let twins = said.iter().filter(|s| **s == &lead.text[..]).count();
            let is_form = lead.stripped && (twins > 0 || forms > 0);
            forms -= i32::from(is_form && twins == 0);
            let is_near = lead.gain >= least(lead) && lead.gain >= near(best) && out.len() < MOST;
            // What is proven gains nothing by itself: then it takes a mark for bytes to have been lost.
            let is_nothing = lead.stretch.is_empty()
                && !sample.iter().any(|c| lead.steps.last().is_some_and(|step| is_mark(step.misread, *c)));
            if (!is_near || is_nothing) && !is_form {
                continue;
            }
            // Of chains that say the same here, the likeliest two: further on they may part.
            said.push(&lead.text);
            if twins < 2 && (twins == 0 || lead.steps[0].truth != Codec::CESU_8) {
                out.extend(Chain::new(&lead.steps).ok().map(|chain| Proposal {
                    chain,
                    gain: lead.gain,
                    stretch: lead.stretch.clone(),
                    is_twin: twins > 0,
                    is_evident: false,
                }));
            }
        }
        out
    }
}

/// A reading that may be worth scoring in context.
struct Hopeful {
    /// What it may gain; all where it is scored in any case.
    promise: i64,
    read: Read,
    /// The place of its page among those that were read.
    page: usize,
    truth: Codec,
    is_proof: bool,
    is_stripped: bool,
}

/// What a chain must gain to be decoded beside the best one.
fn near(best: i64) -> i64 {
    best - SPREAD - best / 8
}

/// What a character that costs so much by itself costs at least in the context of text, about.
fn in_context(alone: Cost) -> Cost {
    alone * 3 / 4
}

/// What a stretch gains.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Gain {
    all: i64,
    /// That, without what it must gain for each character beyond ASCII.
    beyond: i64,
}

impl Gain {
    /// Whether a chain against which so much speaks may gain as much as it must on some stretch of a longer text, where it gains at
    /// most this.
    fn is_enough(self, against: i64) -> bool {
        // On many characters that much is enough, on few what comes beyond them tells.
        self.all >= against + LEAST + LEAST_MOST
            || self.all >= against + LEAST && self.beyond >= against + LEAST - 2 * LEAST_EACH
    }
}

/// What the characters of a text cost as they are, as either is counted in a [`Gain`].
struct Left {
    /// All of them before each place.
    sums: Vec<[Cost; 2]>,
    /// Each of them, in [`Lanes`](crate::lm::by_bytes::Lanes), rounded up.
    each: Vec<[i16; 2]>,
}

impl Left {
    fn new(costs: &[Cost], text: &[char]) -> Self {
        let mut this = Self { sums: vec![[0; 2]], each: Vec::with_capacity(costs.len()) };
        let mut sums = [0; 2];
        for (&cost, &c) in costs.iter().zip(text) {
            let beyond = cost - if c > '\u{7F}' { LEAST_EACH as Cost } else { 0 };
            sums = [sums[0] + cost, sums[1] + beyond];
            this.sums.push(sums);
            this.each.push([-coarse(-cost), -coarse(-beyond)]);
        }
        this
    }

    /// What the characters from one place to another cost.
    #[inline]
    fn between(&self, from: usize, to: usize) -> [Cost; 2] {
        let ([a, b], [c, d]) = (self.sums[from], self.sums[to]);
        [c - a, d - b]
    }
}

fn sum(costs: &[Cost]) -> i64 {
    costs.iter().copied().map(i64::from).sum()
}

/// What each character of `text` costs in context, below `ceiling`.
fn costs(
    model: &Model,
    memo: &mut Memo,
    before: State,
    text: &[char],
    ceiling: Ceiling,
    out: &mut Vec<Cost>,
) {
    let mut state = before;
    out.clear();
    out.extend(text.iter().enumerate().map(|(k, &c)| {
        let (cost, after) = memo.score(model, state, c);
        ceiling.lower(model, std::mem::replace(&mut state, after), c, text.get(k + 1).copied(), cost)
    }));
}

#[cfg(test)]
mod tests {
    /// What nothing in the text tells apart is searched for once.
    #[test]
    fn chains_that_say_the_same_are_told() {
        let alike = |a: &str, b: &str, text: &str| {
            let text: Vec<char> = text.chars().collect();
            super::are_alike(&a.parse().unwrap(), &b.parse().unwrap(), &text)
        };
        assert!(alike("utf-8>big5", "utf-8>cp950", "銝剜?"));
        // Only one of them has it.
        assert!(!alike("utf-8>big5", "utf-8>cp950", "銝剜啲"));
        // They say something else.
        assert!(!alike("big5>gbk", "cp950>gbk", "い"));
        assert!(!alike("utf-8>gbk", "utf-8>big5", ""));
        assert!(alike("utf-16le>utf-16be", "utf-16be>utf-16le", "䤀"));
    }
}
