//! The way of the data: scan, propose, decode, judge, settle, report.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::chain::Chain;
use crate::compose::compose;
use crate::cost::Cost;
use crate::decode::{Identity, Tools};
use crate::escapes;
use crate::evident::{self, Evident, Line, Reader};
use crate::hopeless;
use crate::judge;
use crate::lm::Model;
use crate::lm::memo::Memo;
use crate::propose::{SAMPLE, Sample, propose};
use crate::report::{Confidence, Repair, Report, Treatment, Verdict, apply};
use crate::scan::{self, Care, Eye, MayBe, Sieve, Stretch, Suspects};
use crate::second_hand;
use crate::window::{Buffers, Found, LEAD, Orders, Past, Searched, may_repair, proven_together, search};

#[cfg(test)]
mod small;
#[cfg(test)]
mod work;

/// What to do with characters that lost bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Gaps {
    /// Restore what the remaining bytes and the context tell, mark the rest.
    #[default]
    Infer,
    /// Mark every character that lost bytes.
    Mark,
    /// Leave a stretch that lost bytes as it is.
    Refuse,
}

/// What to do with escapes: `&auml;`, `&#228;`, `&#xE4;`, `\u00e4`, `\xE4`, `\344`, `%C3%A4`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Escapes {
    /// They are ASCII like any other.
    #[default]
    Leave,
    /// Those that spell damaged text are repaired along with it. All others stay as they are, byte for byte, bytes that were
    /// escaped once (`%E4%B8%AD`) among them: they are no damage.
    Read,
}

/// Repairs below this are not made, unless the caller says otherwise.
///
/// Chosen from the table that `cargo dev calibrate` prints: with 0.8 some 1.5 % of the right repairs of fewer than eight characters are
/// lost and no false change in 49,000 clean and odd texts is spared, of two; with 0.5 there are five.
const MIN_CONFIDENCE: f64 = 0.7;
/// How often repaired text is looked at again.
const ROUNDS: usize = 3;

/// Finds and repairs damage. Immutable: share one among threads.
#[derive(Clone, Debug)]
pub struct Repairer {
    model: Cow<'static, Model>,
    min_confidence: Confidence,
    gaps: Gaps,
    gap_char: char,
    expected: Arc<[Chain]>,
    only: Option<Chain>,
    escapes: Escapes,
}

/// Settings for a [`Repairer`].
#[derive(Clone, Debug)]
pub struct Builder {
    model: Cow<'static, Model>,
    min_confidence: Confidence,
    gaps: Gaps,
    gap_char: char,
    expected: Vec<Chain>,
    only: Option<Chain>,
    escapes: Escapes,
}

/// One thread's buffers, and what was looked up lately. It changes no answer, and takes up to some tens of megabytes, or as much
/// as the longest text has asked for.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    buffers: Buffers,
}

/// Texts of more bytes do not use what is kept for the thread: they would leave long buffers behind, and fill their own soon enough.
const KEPT_FOR: usize = 1 << 16;

thread_local! {
    /// What [`Repairer::report`] keeps from call to call.
    static KEPT: RefCell<Scratch> = RefCell::default();
}

/// One way to read a whole text, as [`Repairer::candidates`] lists them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The chain that it undoes; none for the text as it is.
    pub chain: Option<Chain>,
    /// What was done to the damaged text afterwards, where the chain alone does not explain it.
    pub treatment: Option<Treatment>,
    /// The report that this chain alone would give.
    pub report: Report<'static>,
    /// By how much it is likelier than leaving the text alone, in 1/256 nat.
    pub gain: Cost,
}

impl Default for Repairer {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl Repairer {
    /// The default settings and the embedded model.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts from the default settings.
    #[must_use]
    pub fn builder() -> Builder {
        Builder {
            model: Cow::Borrowed(Model::embedded()),
            min_confidence: Confidence::new(MIN_CONFIDENCE),
            gaps: Gaps::default(),
            gap_char: '\u{FFFD}',
            expected: Vec::new(),
            only: None,
            escapes: Escapes::default(),
        }
    }

    #[cfg(feature = "bytes")]
    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    /// The repaired text; borrowed where nothing changed.
    #[must_use]
    pub fn repair<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.report(text).text
    }

    /// The repaired text and what was done. Each thread keeps a [`Scratch`] for this from call to call.
    #[must_use]
    pub fn report<'t>(&self, text: &'t str) -> Report<'t> {
        let with_kept = |kept: &RefCell<Scratch>| {
            let mut scratch = kept.try_borrow_mut().ok().filter(|_| text.len() <= KEPT_FOR)?;
            Some(self.report_with(text, &mut scratch))
        };
        // There is none where the thread is about to end.
        let report = KEPT.try_with(with_kept).ok().flatten();
        report.unwrap_or_else(|| self.report_with(text, &mut Scratch::default()))
    }

    /// As [`Self::report`], with buffers of the caller's.
    #[must_use]
    pub fn report_with<'t>(&self, text: &'t str, scratch: &mut Scratch) -> Report<'t> {
        let report = self.report_literal(text, scratch);
        let Some(view) = self.view(text) else { return report };
        let mut repairs = view.repairs(text, self.report_literal(view.text(), scratch).repairs);
        // Beside what the view shows, what the text shows without it.
        let overlaps = |r: &Repair| {
            repairs.get(repairs.partition_point(|o| o.end <= r.start)).is_some_and(|o| o.start < r.end)
        };
        let others: Vec<Repair> = report.repairs.into_iter().filter(|r| !overlaps(r)).collect();
        repairs.extend(others);
        repairs.sort_by_key(|r| r.start);
        let out = apply(text, &repairs);
        let text = if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) };
        Report { text, repairs }
    }

    /// The text with its escapes read, where they are to be.
    fn view(&self, text: &str) -> Option<escapes::View> {
        if self.escapes == Escapes::Read { escapes::view(text) } else { None }
    }

    /// The report of a text as it stands, whatever its escapes spell.
    fn report_literal<'t>(&self, text: &'t str, scratch: &mut Scratch) -> Report<'t> {
        let (evident, suspects) = self.look(text, scratch);
        if evident.lines.is_empty() && suspects.windows.is_empty() && suspects.refused.is_empty() {
            return Report { text: Cow::Borrowed(text), repairs: Vec::new() };
        }
        let chosen = |found: Vec<Found>| -> Vec<Repair> {
            found.into_iter().map(|f| f.repair).filter(|r| r.confidence >= self.min_confidence).collect()
        };
        let clean = evident.lines.iter().filter(|line| line.is_clean);
        let clean: Vec<usize> = clean.map(|line| line.place.start).collect();
        let mut repairs = chosen(self.once(text, suspects, evident, self.only, &[], scratch));
        let mut out = apply(text, &repairs);
        for _ in 1..ROUNDS {
            // What comes out may be damaged still. Nothing else has changed.
            let all = places(&repairs);
            let is_new = |repair: &Repair| clean.binary_search(&repair.start).is_err();
            let new = all.iter().zip(&repairs).filter(|(_, repair)| is_new(repair));
            let new: Vec<Range<usize>> = new.map(|(place, _)| place.clone()).collect();
            if new.is_empty() {
                break;
            }
            let left: Vec<usize> = all
                .iter()
                .zip(&repairs)
                .flat_map(|(place, repair)| repair.gaps.iter().map(|gap| place.start + gap.at))
                .collect();
            let (orders, mut work) = (self.orders(self.only, &left), 0);
            let may_repair = |memo: &mut Memo, range| may_repair(&out, range, &orders, memo, &mut work);
            let memo = scratch.buffers.memo(&self.model);
            let windows = scan::suspects_near(&self.model, memo, &out, &new, self.care(), may_repair);
            scratch.buffers.tools.work += work;
            let suspects = Suspects { windows, ..Suspects::default() };
            let again = chosen(self.once(&out, suspects, Evident::default(), self.only, &left, scratch));
            if again.is_empty() {
                break;
            }
            repairs = compose(repairs, &out, &again);
            out = apply(text, &repairs);
        }
        for row in hopeless::rows(text) {
            if !repairs.iter().any(|r| r.start < row.end && row.start < r.end) {
                repairs.push(unrepaired(text, row));
            }
        }
        repairs.sort_by_key(|r| r.start);
        let text = if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) };
        Report { text, repairs }
    }

    /// Every way to read the text that was considered, best first, the text as it is among them.
    #[must_use]
    pub fn candidates(&self, text: &str) -> Vec<Candidate> {
        let mut scratch = Scratch::default();
        let seen: Vec<char> = text.chars().collect();
        let mut eye = Eye::new(&self.model, ' ');
        let mut odd = Vec::new();
        let memo = scratch.buffers.memo(&self.model);
        let identity = Identity::new(&self.model, memo, self.model.start(), &seen, |c, cost| {
            eye.mark(c, cost, &mut odd);
        });
        let mut chains: Vec<Chain> = self.expected.to_vec();
        let mut at = 0;
        while let Some(k) = odd[at..].iter().position(|&o| o) {
            let from = (at + k).saturating_sub(LEAD);
            let to = (from + SAMPLE).min(seen.len());
            let Tools { memo, work, .. } = &mut scratch.buffers.tools;
            let sample = Sample {
                before: identity.state(from),
                seen: &seen[from..to],
                odd: &odd[from..to],
                leaving: identity.costs(from..to),
                weary: 0,
                only_proven: false,
            };
            let proposed = propose(&self.model, memo, &sample, &self.expected, work);
            chains.extend(proposed.into_iter().map(|p| p.chain));
            at = to;
        }
        if second_hand::shows(&seen) {
            chains.extend(second_hand::leads(&seen).into_iter().map(|(chain, _)| chain));
        }
        chains.sort();
        chains.dedup();
        let as_it_is = Candidate {
            chain: None,
            treatment: None,
            report: Report { text: Cow::Owned(text.to_owned()), repairs: Vec::new() },
            gain: 0,
        };
        let mut out = vec![as_it_is];
        for chain in chains {
            let suspects =
                self.suspects(text, &Stretch::whole(text), Care::Thorough, &mut scratch, |_| false);
            let found = self.once(text, suspects, Evident::default(), Some(chain), &[], &mut scratch);
            let repairs: Vec<Repair> = found.into_iter().map(|f| f.repair).collect();
            if repairs.is_empty() {
                continue;
            }
            let gain = repairs.iter().map(|r| r.gain).sum();
            let text = Cow::Owned(apply(text, &repairs));
            let treatment = repairs.iter().find_map(|r| r.treatment);
            out.push(Candidate { chain: Some(chain), treatment, report: Report { text, repairs }, gain });
        }
        out.sort_by_key(|c| (std::cmp::Reverse(c.gain), c.chain));
        out
    }

    /// Whether the scan finds anything worth a closer look. Allocates only where escapes are read, or something gives an alarm.
    #[must_use]
    pub fn is_suspect(&self, text: &str) -> bool {
        let is_suspect = |text: &str| {
            let sieve = Sieve::get().filter(|_| self.may_be_evident());
            let alarm = sieve.and_then(|sieve| sieve.alarm(text, 0));
            if sieve.is_some() && alarm.is_none() {
                return false;
            }
            let all = Stretch { alarm, ..Stretch::whole(text) };
            let mut reader = Reader::new(&self.model);
            let mut proves = |range: Range<usize>| sieve.is_some() && reader.proves(text, range);
            alarm.is_some_and(|(begin, alarm)| proves(begin..alarm))
                || !scan::is_clean(&self.model, text, &all, self.care(), proves)
        };
        is_suspect(text) || self.view(text).is_some_and(|view| is_suspect(view.text()))
    }

    /// What of a text is evident, and what of the rest is worth a closer look.
    fn look(&self, text: &str, scratch: &mut Scratch) -> (Evident, Suspects) {
        let Some(sieve) = Sieve::get().filter(|_| self.may_be_evident()) else {
            return (
                Evident::default(),
                self.suspects(text, &Stretch::whole(text), self.care(), scratch, |_| false),
            );
        };
        let Some((begin, alarm)) = sieve.alarm(text, 0) else { return Default::default() };
        // Where no line proves anything all is looked at as it stands.
        let mut reader = Reader::new(&self.model);
        let mut is_evident = reader.proves(text, begin..alarm);
        if !is_evident {
            let all = Stretch { alarm: Some((begin, alarm)), ..Stretch::whole(text) };
            let suspects = self.suspects(text, &all, Care::Quick, scratch, |range| {
                is_evident = reader.proves(text, range);
                is_evident
            });
            if !is_evident {
                return (Evident::default(), suspects);
            }
        }
        let (evident, others) = evident::find(&self.model, sieve, text);
        let mut suspects = Suspects::default();
        for stretch in others {
            let mut more = self.suspects(text, &stretch, Care::Quick, scratch, |_| false);
            suspects.windows.append(&mut more.windows);
            suspects.refused.append(&mut more.refused);
        }
        (evident, suspects)
    }

    /// Whether lines may be evident, for all that was asked for.
    fn may_be_evident(&self) -> bool {
        self.care() == Care::Quick && self.min_confidence <= judge::EVIDENT
    }

    /// What of a stretch of a text is worth a closer look, up to where `is_enough`.
    fn suspects(
        &self,
        text: &str,
        stretch: &Stretch,
        care: Care,
        scratch: &mut Scratch,
        mut is_enough: impl FnMut(Range<usize>) -> bool,
    ) -> Suspects {
        let (orders, mut work) = (self.orders(self.only, &[]), 0);
        let may_repair = |memo: &mut Memo, range: Range<usize>| {
            if is_enough(range.clone()) {
                MayBe::Done
            } else {
                may_repair(text, range, &orders, memo, &mut work)
            }
        };
        let memo = scratch.buffers.memo(&self.model);
        let suspects = scan::suspects(&self.model, memo, text, stretch, care, may_repair);
        scratch.buffers.tools.work += work;
        suspects
    }

    /// What a search is told, before anything is proven, of a text with so many gaps `left` in it.
    fn orders<'o>(&'o self, only: Option<Chain>, left: &'o [usize]) -> Orders<'o> {
        Orders {
            model: &self.model,
            gaps: self.gaps,
            gap_char: self.gap_char,
            only,
            care: if only.is_some() { Care::Thorough } else { self.care() },
            proven: &[],
            only_proven: false,
            left,
        }
    }

    /// How closely text is looked at: where a chain is given, less of it is proof.
    fn care(&self) -> Care {
        if self.only.is_some() || !self.expected.is_empty() { Care::Thorough } else { Care::Quick }
    }

    /// What the first round finds, whatever its confidence.
    #[cfg(any(test, feature = "train"))]
    pub(crate) fn evidence(&self, text: &str) -> Vec<(Repair, crate::judge::Evidence)> {
        let mut scratch = Scratch::default();
        let suspects = self.suspects(text, &Stretch::whole(text), self.care(), &mut scratch, |_| false);
        let found = self.once(text, suspects, Evident::default(), self.only, &[], &mut scratch);
        found.into_iter().map(|f| (f.repair, f.evidence)).collect()
    }

    /// What is found in the windows, one after the other, each with the chains that those before have proven; where later ones
    /// have proven more that may help, once again, and then also in what was refused; with what is evident. Repairs have `left` gaps.
    fn once(
        &self,
        text: &str,
        Suspects { windows, refused }: Suspects,
        Evident { chains, lines }: Evident,
        only: Option<Chain>,
        left: &[usize],
        scratch: &mut Scratch,
    ) -> Vec<Found> {
        let mut proven: Vec<Chain> = self.expected.to_vec();
        let orders = self.orders(only, left);
        let mut past = Past::default();
        // By where it begins, with how many chains were known.
        let mut all: BTreeMap<usize, (Searched, usize)> = BTreeMap::new();
        for window in windows {
            let place = window.start;
            let orders = Orders { proven: &proven, ..orders };
            let searched = search(text, window, &[], &orders, &mut past, &mut scratch.buffers);
            let known = proven.len();
            for chain in searched.found.iter().filter(|f| f.proves).filter_map(|f| f.repair.chain) {
                if !proven.contains(&chain) {
                    proven.push(chain);
                }
            }
            all.insert(place, (searched, known));
        }
        let together = proven_together(all.values().flat_map(|(searched, _)| &searched.found));
        for chain in chains.into_iter().chain(together) {
            if !proven.contains(&chain) {
                proven.push(chain);
            }
        }
        if !proven.is_empty() {
            all.extend(refused.into_iter().map(|place| {
                let at = place.start;
                (at, (Searched { open: std::iter::once(place).collect(), ..Searched::default() }, 0))
            }));
        }
        past = Past::default();
        let mut out = Vec::new();
        for (Searched { found, open }, known) in all.into_values() {
            if known == proven.len() || open.is_empty() {
                out.extend(found);
                continue;
            }
            // What is beyond doubt needs no help.
            let (sure, doubtful): (Vec<Found>, Vec<Found>) = found.into_iter().partition(Found::is_sure);
            let places: Vec<Range<usize>> = sure.iter().map(Found::place).collect();
            let mut again = Vec::new();
            let mut waiting = doubtful.into_iter().peekable();
            for stretch in open {
                again.extend(std::iter::from_fn(|| waiting.next_if(|f| f.repair.end <= stretch.start)));
                let mut only_proven = true;
                while waiting.next_if(|f| f.repair.start < stretch.end).is_some() {
                    only_proven = false;
                }
                let orders = Orders { proven: &proven, only_proven, ..orders };
                let searched = search(text, stretch, &places, &orders, &mut past, &mut scratch.buffers);
                again.extend(searched.found);
            }
            again.extend(waiting);
            out.extend(merged(sure, again));
        }
        if !lines.is_empty() {
            out.extend(lines.into_iter().map(Line::found));
            out.sort_by_key(|found| found.repair.start);
        }
        out
    }
}

/// What was found for sure, and what a second look has found, where that gains more than what stands in its way; both sorted and
/// disjoint, as is what comes of them.
fn merged(sure: Vec<Found>, again: Vec<Found>) -> Vec<Found> {
    let mut out: Vec<Found> = Vec::with_capacity(sure.len() + again.len());
    let mut sure = sure.into_iter().peekable();
    for new in again {
        out.extend(std::iter::from_fn(|| sure.next_if(|f| f.repair.end <= new.repair.start)));
        let first = out.partition_point(|f| f.repair.end <= new.repair.start);
        out.extend(std::iter::from_fn(|| sure.next_if(|f| f.repair.start < new.repair.end)));
        let gain: i64 = out[first..].iter().map(|f| i64::from(f.repair.gain)).sum();
        if i64::from(new.repair.gain) > gain {
            out.truncate(first);
            out.push(new);
        }
    }
    out.extend(sure);
    out
}

/// Damage that stays as it is.
fn unrepaired(text: &str, row: Range<usize>) -> Repair {
    Repair {
        start: row.start,
        end: row.end,
        text: text[row].to_owned(),
        chain: None,
        treatment: None,
        verdict: Verdict::Unrepaired,
        confidence: Confidence::ONE,
        gain: 0,
        gaps: Vec::new(),
        restored: Vec::new(),
    }
}

/// Where repairs stand in the text that they make.
fn places(repairs: &[Repair]) -> Vec<Range<usize>> {
    let (mut done, mut at) = (0, 0);
    let place = |r: &Repair| {
        at += r.start - done;
        done = r.end;
        let from = at;
        at += r.text.len();
        from..at
    };
    repairs.iter().map(place).collect()
}

impl Builder {
    /// Another model than the embedded one.
    #[must_use]
    pub fn model(mut self, model: Model) -> Self {
        self.model = Cow::Owned(model);
        self
    }

    /// Repairs below this confidence are not made. The default is calibrated.
    #[must_use]
    pub fn min_confidence(mut self, confidence: Confidence) -> Self {
        self.min_confidence = confidence;
        self
    }

    /// What to do with characters that lost bytes.
    #[must_use]
    pub fn gaps(mut self, gaps: Gaps) -> Self {
        self.gaps = gaps;
        self
    }

    /// What a gap is written as; U+FFFD unless told.
    #[must_use]
    pub fn gap_char(mut self, gap: char) -> Self {
        self.gap_char = gap;
        self
    }

    /// A chain that the collection is known to have: likelier from the start.
    #[must_use]
    pub fn expect(mut self, chain: Chain) -> Self {
        self.expected.push(chain);
        self
    }

    /// Undo this chain and no other.
    #[must_use]
    pub fn only(mut self, chain: Chain) -> Self {
        self.only = Some(chain);
        self
    }

    /// What to do with escapes on top of damage; they are left alone unless told. Reading them takes twice the time on text
    /// that has any.
    ///
    /// ```
    /// use luanma::{Escapes, Repairer};
    ///
    /// let repairer = Repairer::builder().escapes(Escapes::Read).build();
    /// let page = "<b>&aelig;&ndash;&Dagger;&aring;&shy;&mdash;</b> caf&eacute; %E4%B8%AD";
    /// assert_eq!(repairer.repair(page), "<b>文字</b> caf&eacute; %E4%B8%AD");
    /// ```
    #[must_use]
    pub fn escapes(mut self, escapes: Escapes) -> Self {
        self.escapes = escapes;
        self
    }

    /// The repairer.
    #[must_use]
    pub fn build(self) -> Repairer {
        Repairer {
            model: self.model,
            min_confidence: self.min_confidence,
            gaps: self.gaps,
            gap_char: self.gap_char,
            expected: self.expected.into(),
            only: self.only,
            escapes: self.escapes,
        }
    }
}

#[cfg(all(test, feature = "garble"))]
mod tests {
    use super::*;
    use crate::garble::Garbler;

    /// What no chain may gain on is passed over, but not where the document has proven the chain.
    #[test]
    fn what_is_refused_alone_comes_back_beside_proof() {
        let repairer = Repairer::new();
        let proof = "昨天夜里下了一场大雨，院子里的石榴树又落了许多花。";
        for (chain, text, said) in [
            (
                "gbk>big5",
                "街口那家修鞋的铺子已冪壽了三个月，门上贴着告示。",
                "街口那家修鞋的铺子已经关了三个月，门上贴着告示。",
            ),
            (
                "gbk>euc-kr",
                "外婆把晒干的豆실陋进坛子，说是要留到冬天再吃。",
                "外婆把晒干的豆角装进坛子，说是要留到冬天再吃。",
            ),
        ] {
            let suspects = repairer.look(text, &mut Scratch::default()).1;
            assert!(suspects.windows.is_empty() && !suspects.refused.is_empty(), "{text}: {suspects:?}");
            assert_eq!(repairer.repair(text), text);
            let garbler = Garbler::new(chain.parse().unwrap());
            let damaged = garbler.garble(proof).unwrap().text;
            assert_eq!(repairer.repair(&format!("{damaged}\n{text}")), format!("{proof}\n{said}"));
            assert_eq!(repairer.repair(&format!("{text}\n{damaged}")), format!("{said}\n{proof}"));
        }
    }

    /// What the scan refuses and the rest of the way would repair: of so many pieces of damage at most one.
    const REFUSED: usize = 100;

    /// A refusal of the scan loses next to nothing that would be repaired. The ones that it does lose are printed.
    #[test]
    fn the_scan_refuses_little_that_would_be_repaired() {
        let repairer = Repairer::new();
        let mut scratch = Scratch::default();
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/clean");
        let (mut texts, mut lost) = (0, Vec::new());
        for (name, chains) in [
            (
                "zh-hans",
                &["utf-8>gbk", "utf-8>cp1252", "gbk>latin-1", "gbk>big5", "gbk>euc-kr", "gbk>cp437"][..],
            ),
            ("zh-hant", &["big5>gbk", "big5>latin-1", "utf-8>gbk"]),
            ("ja", &["shift_jis>gbk", "utf-8>gbk", "shift_jis>latin-1"]),
            ("ko", &["euc-kr>gbk", "euc-kr>latin-1", "utf-8>cp1252"]),
            ("ru", &["cp1251>latin-1", "utf-8>gbk", "utf-8>cp1251"]),
            ("fr", &["utf-8>gbk", "utf-8>latin-1"]),
        ] {
            let Ok(clean) = std::fs::read_to_string(format!("{dir}/{name}.txt")) else { panic!("{name}") };
            let chars: Vec<char> = clean.chars().filter(|c| *c != '\n').collect();
            for (chain, size) in chains.iter().flat_map(|chain| [4, 8, 16].map(|size| (*chain, size))) {
                let garbler = Garbler::new(chain.parse().unwrap_or_else(|e| panic!("{chain}: {e}")));
                for piece in chars.chunks(size).step_by(3).take(20) {
                    let piece: String = piece.iter().collect();
                    let Some(text) = garbler.garble(&piece).map(|made| made.text).filter(|t| *t != piece)
                    else {
                        continue;
                    };
                    texts += 1;
                    if repairer.is_suspect(&text) {
                        continue;
                    }
                    let all =
                        Suspects { windows: std::iter::once(0..text.len()).collect(), ..Suspects::default() };
                    let found = repairer.once(&text, all, Evident::default(), None, &[], &mut scratch);
                    if found.iter().any(|f| f.repair.confidence >= repairer.min_confidence) {
                        lost.push(format!("{chain} {text} = {piece}"));
                    }
                }
            }
        }
        println!("{} of {texts}:\n{}", lost.len(), lost.join("\n"));
        assert!(texts > 500 && lost.len() * REFUSED <= texts, "{} of {texts}: {lost:#?}", lost.len());
    }
}
