//! The way of the data: scan, propose, decode, judge, settle, report.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::chain::Chain;
use crate::codec::Codec;
use crate::cost::{Cost, nats};
use crate::decode::{Decoder, Event, Identity, Said, Terms};
use crate::fitting::Fitting;
use crate::judge::{self, Evidence};
use crate::lm::{Model, State};
use crate::propose::{self, prior, propose};
use crate::report::{Confidence, Gap, Repair, Report, Restored, Verdict, apply};
use crate::restore;
use crate::scan;
use crate::settle::{Piece, choose, pieces};
use crate::loss;

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

/// Repairs below this are not made, unless the caller says otherwise.
const MIN_CONFIDENCE: f64 = 0.9;
/// A restored character below this is a gap.
const MIN_RESTORED: f64 = 0.5;
/// What a repair must gain to prove its chain for the rest of the document.
const PROOF: i64 = nats(30.0) as i64;
/// How often repaired text is looked at again.
const ROUNDS: usize = 3;
/// Characters before a window that the model sees.
const CONTEXT: usize = 8;

/// Finds and repairs damage. Immutable: share one among threads.
#[derive(Clone, Debug)]
pub struct Repairer {
    model: Cow<'static, Model>,
    min_confidence: Confidence,
    gaps: Gaps,
    gap_char: char,
    expected: Arc<[Chain]>,
    only: Option<Chain>,
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
}

/// One thread's buffers.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    seen: Vec<char>,
    offsets: Vec<usize>,
    odd: Vec<bool>,
    fitting: Fitting,
}

/// One way to read a whole text, as [`Repairer::candidates`] lists them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The chain that it undoes; none for the text as it is.
    pub chain: Option<Chain>,
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

/// What was found in one window, in bytes of the whole text.
struct Found {
    repair: Repair,
    proves: bool,
}

/// A stretch of the text under the search.
struct Window<'a> {
    seen: &'a [char],
    /// Where each character begins in the text, and where the last one ends.
    offsets: &'a [usize],
    odd: &'a [bool],
    identity: Identity,
    whole: bool,
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
        }
    }

    /// The repaired text; borrowed where nothing changed.
    #[must_use]
    pub fn repair<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.report(text).text
    }

    /// The repaired text and what was done.
    #[must_use]
    pub fn report<'t>(&self, text: &'t str) -> Report<'t> {
        self.report_with(text, &mut Scratch::default())
    }

    /// As [`Self::report`], with buffers that are kept from call to call.
    #[must_use]
    pub fn report_with<'t>(&self, text: &'t str, scratch: &mut Scratch) -> Report<'t> {
        if scan::is_clean(&self.model, text) {
            return Report { text: Cow::Borrowed(text), repairs: Vec::new() };
        }
        let chosen = |repairs: Vec<Repair>| -> Vec<Repair> {
            repairs.into_iter().filter(|r| r.confidence >= self.min_confidence).collect()
        };
        let mut repairs = chosen(self.once(text, self.only, scratch));
        let mut out = apply(text, &repairs);
        for _ in 1..ROUNDS {
            if repairs.is_empty() {
                break;
            }
            // What comes out may be damaged still.
            let again = chosen(self.once(&out, self.only, scratch));
            if again.is_empty() {
                break;
            }
            repairs = compose(repairs, &out, &again);
            out = apply(text, &repairs);
        }
        let text = if repairs.is_empty() || out == text { Cow::Borrowed(text) } else { Cow::Owned(out) };
        Report { text, repairs }
    }

    /// Every way to read the text that was considered, best first, the text as it is among them.
    #[must_use]
    pub fn candidates(&self, text: &str) -> Vec<Candidate> {
        let seen: Vec<char> = text.chars().collect();
        let odd = odd(&self.model, ' ', &seen);
        let mut chains: Vec<Chain> = self.expected.to_vec();
        let mut at = 0;
        while let Some(k) = odd[at..].iter().position(|&o| o) {
            let from = (at + k).saturating_sub(4);
            let to = (from + propose::SAMPLE).min(seen.len());
            chains.extend(propose(&self.model, self.model.start(), &seen[from..to], &odd[from..to]));
            at = to;
        }
        chains.sort();
        chains.dedup();
        let as_it_is = Candidate {
            chain: None,
            report: Report { text: Cow::Owned(text.to_owned()), repairs: Vec::new() },
            gain: 0,
        };
        let mut out = vec![as_it_is];
        for chain in chains {
            let repairs = self.once(text, Some(chain), &mut Scratch::default());
            if repairs.is_empty() {
                continue;
            }
            let gain = repairs.iter().map(|r| r.gain).sum();
            let text = Cow::Owned(apply(text, &repairs));
            out.push(Candidate { chain: Some(chain), report: Report { text, repairs }, gain });
        }
        out.sort_by_key(|c| (std::cmp::Reverse(c.gain), c.chain));
        out
    }

    /// Whether the scan finds anything worth a closer look. Never allocates.
    #[must_use]
    pub fn is_suspect(&self, text: &str) -> bool {
        !scan::is_clean(&self.model, text)
    }

    /// One pass over the text, and a second where the first has proven a chain.
    fn once(&self, text: &str, only: Option<Chain>, scratch: &mut Scratch) -> Vec<Repair> {
        let windows = scan::suspects(&self.model, text);
        let mut proven: Vec<Chain> = self.expected.to_vec();
        let mut found: Vec<Found> = Vec::new();
        for range in &windows {
            self.window(text, range.clone(), only, &proven, &mut found, scratch);
        }
        let shown: Vec<Chain> = found.iter().filter(|f| f.proves).filter_map(|f| f.repair.chain).collect();
        let mut new: Vec<Chain> = shown.into_iter().filter(|c| !proven.contains(c)).collect();
        new.sort();
        new.dedup();
        if !new.is_empty() && (windows.len() > 1 || found.iter().any(|f| !f.proves)) {
            proven.extend(new);
            found.clear();
            for range in windows {
                self.window(text, range, only, &proven, &mut found, scratch);
            }
        }
        found.into_iter().map(|f| f.repair).collect()
    }

    fn window(
        &self,
        text: &str,
        range: Range<usize>,
        only: Option<Chain>,
        proven: &[Chain],
        found: &mut Vec<Found>,
        scratch: &mut Scratch,
    ) {
        let Scratch { seen, offsets, odd: odd_ones, fitting } = scratch;
        seen.clear();
        offsets.clear();
        for (at, c) in text[range.clone()].char_indices() {
            seen.push(c);
            offsets.push(range.start + at);
        }
        offsets.push(range.end);
        let last = text[..range.start].chars().next_back();
        *odd_ones = odd(&self.model, last.unwrap_or(' '), seen);
        let before = self.state_before(&text[..range.start]);
        let w = Window {
            seen,
            offsets,
            odd: odd_ones,
            identity: Identity::new(&self.model, before, seen),
            whole: last.is_some_and(|c| c != '\n'),
        };
        let mut all: Vec<Piece> = Vec::new();
        let mut tried: Vec<Chain> = Vec::new();
        let mut at = 0;
        while let Some(k) = w.odd[at..].iter().position(|&o| o) {
            let odd_one = at + k;
            let from = odd_one.saturating_sub(4);
            let to = (from + propose::SAMPLE).min(w.seen.len());
            let chains = match only {
                Some(chain) => vec![chain],
                None => {
                    let state = w.identity.state(from);
                    let mut chains = propose(&self.model, state, &w.seen[from..to], &w.odd[from..to]);
                    chains.extend_from_slice(proven);
                    chains
                }
            };
            for chain in chains {
                if tried.contains(&chain) {
                    continue;
                }
                tried.push(chain);
                let enter = if proven.contains(&chain) { loss::ENTER_PROVEN } else { loss::ENTER };
                let terms = Terms { enter, whole: w.whole };
                if let Some(decoder) = Decoder::new(&self.model, &chain, w.seen, &w.identity, terms, fitting) {
                    for segment in decoder.run() {
                        all.extend(pieces(chain, &segment, w.seen, &w.identity));
                    }
                }
            }
            // On to what none of these covers.
            let covered = all.iter().filter(|p| p.start <= odd_one && odd_one < p.end).map(|p| p.end).max();
            at = covered.unwrap_or(odd_one + 1).max(odd_one + 1);
            if covered.is_none() {
                at = at.max(to.saturating_sub(propose::SAMPLE / 2)).min(w.seen.len());
            }
            at = at.min(w.seen.len());
        }
        let worth = |p: &Piece| p.gain - i64::from(prior(&p.chain));
        for (piece, ahead) in choose(all, worth) {
            let is_proven = proven.contains(&piece.chain);
            if let Some(f) = self.judge(text, &w, &piece, ahead, is_proven, fitting) {
                found.push(f);
            }
        }
    }

    fn judge(
        &self,
        text: &str,
        w: &Window<'_>,
        piece: &Piece,
        ahead: i64,
        proven: bool,
        fitting: &mut Fitting,
    ) -> Option<Found> {
        let mut repair = Repair {
            start: w.offsets[piece.start],
            end: w.offsets[piece.end],
            text: String::new(),
            chain: Some(piece.chain),
            verdict: Verdict::Repaired,
            confidence: Confidence::new(0.0),
            gain: Cost::try_from(piece.gain).unwrap_or(Cost::MAX),
            gaps: Vec::new(),
            restored: Vec::new(),
        };
        self.write(w, piece, fitting, &mut repair);
        if text[repair.start..repair.end] == repair.text {
            return None;
        }
        if !repair.gaps.is_empty() || !repair.restored.is_empty() {
            if self.gaps == Gaps::Refuse {
                return None;
            }
            repair.verdict = Verdict::Lossy;
        }
        let seen = &w.seen[piece.start..piece.end];
        let high: Vec<char> = seen.iter().copied().filter(|&c| c > '\u{7F}').collect();
        let mut distinct = high.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let leaving = w.identity.prefix[piece.end] - w.identity.prefix[piece.start];
        let said = i64::try_from(piece.said.len()).unwrap_or(i64::MAX).max(1);
        let evidence = Evidence {
            gain: piece.gain - i64::from(prior(&piece.chain)),
            changed: high.len(),
            distinct: distinct.len(),
            fluency: (leaving - piece.gain) / said,
            letters: repair.text.chars().filter(|c| *c > '\u{7F}' && c.is_alphanumeric()).count(),
            gaps: repair.gaps.len(),
            restored: repair.restored.len(),
            ahead,
            utf_8: piece.chain.steps()[0].truth == Codec::UTF_8,
            proven,
        };
        repair.confidence = judge::confidence(&evidence);
        let proves = evidence.gain >= PROOF && evidence.letters >= 4 && evidence.gaps * 4 <= evidence.letters;
        Some(Found { repair, proves })
    }

    /// Writes what a piece says, decides which lost characters are gaps.
    fn write(&self, w: &Window<'_>, piece: &Piece, fitting: &mut Fitting, repair: &mut Repair) {
        let codec = piece.chain.steps()[0].truth;
        let mut state = w.identity.state(piece.start);
        for (k, Said { event, .. }) in piece.said.iter().enumerate() {
            let at = repair.text.len();
            let said = match *event {
                Event::Char(c) => Some(c),
                Event::Gap(loss, pattern) => {
                    let alternatives = pattern
                        .map(|p| restore::alternatives(&self.model, fitting, codec, &p, state, &piece.said, k))
                        .unwrap_or_default();
                    repair.gaps.push(Gap { at, loss, alternatives });
                    None
                }
                Event::Lossy(c, loss, pattern) => {
                    let mut rivals = match pattern {
                        Some(p) if codec.matches(p, c) => {
                            restore::alternatives(&self.model, fitting, codec, &p, state, &piece.said, k)
                        }
                        _ => Vec::new(),
                    };
                    let probability = match pattern {
                        Some(_) => rivals.iter().find(|(r, _)| *r == c).map_or(0.0, |(_, p)| *p),
                        None => 0.99,
                    };
                    if self.gaps == Gaps::Mark || probability < MIN_RESTORED {
                        repair.gaps.push(Gap { at, loss, alternatives: rivals });
                        None
                    } else {
                        rivals.retain(|(r, _)| *r != c);
                        repair.restored.push(Restored { at, loss, probability, alternatives: rivals });
                        Some(c)
                    }
                }
                Event::Enter | Event::Leave => continue,
            };
            if let Some(c) = said {
                repair.text.push(c);
                state = self.model.score(state, c).1;
            } else {
                repair.text.push(self.gap_char);
                state = self.model.unknown();
            }
        }
    }

    /// The model's state at the end of `text`.
    fn state_before(&self, text: &str) -> State {
        let mut tail: Vec<char> = text.chars().rev().take(CONTEXT).collect();
        tail.reverse();
        let start = if tail.len() < CONTEXT { self.model.start() } else { self.model.unknown() };
        tail.iter().fold(start, |state, &c| self.model.score(state, c).1)
    }
}

/// Which characters are out of place.
fn odd(model: &Model, last: char, seen: &[char]) -> Vec<bool> {
    let mut eye = scan::Eye::new(model, last);
    seen.iter().map(|&c| eye.is_odd(c)).collect()
}

/// Repairs of `middle`, which `first` made of `input`, as repairs of `input`.
fn compose(first: Vec<Repair>, middle: &str, second: &[Repair]) -> Vec<Repair> {
    // Where each first repair stands in the middle text.
    let mut placed = Vec::new();
    let (mut done, mut at) = (0, 0);
    for r in first {
        at += r.start - done;
        done = r.end;
        placed.push((at..at + r.text.len(), r));
        at = placed.last().map_or(at, |(range, _)| range.end);
    }
    // A place in the middle text that is not inside of a first repair, in the input.
    let in_input = |place: usize| match placed.iter().rev().find(|(range, _)| range.end <= place) {
        Some((range, r)) => r.end + (place - range.end),
        None => place,
    };
    let mut out = Vec::new();
    let (mut firsts, mut seconds) = (placed.iter().peekable(), second.iter().peekable());
    loop {
        // The next group of repairs that touch one another, in places of the middle text.
        let start = match (firsts.peek(), seconds.peek()) {
            (Some((range, _)), Some(s)) => range.start.min(s.start),
            (Some((range, _)), None) => range.start,
            (None, Some(s)) => s.start,
            (None, None) => break,
        };
        let (mut end, mut outer, mut inner) = (start, Vec::new(), Vec::new());
        loop {
            let touches = |at: usize| at < end || at == start;
            if let Some((range, r)) = firsts.next_if(|(range, _)| touches(range.start)) {
                end = end.max(range.end);
                outer.push(r);
            } else if let Some(s) = seconds.next_if(|s| touches(s.start)) {
                end = end.max(s.end);
                inner.push(s);
            } else {
                break;
            }
        }
        let begin = match placed.iter().find(|(range, _)| range.start == start) {
            Some((_, r)) => r.start,
            None => in_input(start),
        };
        out.push(merge(begin..in_input(end), &middle[start..end], start, &outer, &inner));
    }
    out
}

/// One repair that does what `outer` and then `inner` do. `middle` is what the outer ones left, from `offset` on.
fn merge(
    input: Range<usize>,
    middle: &str,
    offset: usize,
    outer: &[&Repair],
    inner: &[&Repair],
) -> Repair {
    if let ([only], []) = (outer, inner) {
        return (*only).clone();
    }
    let mut text = String::new();
    let mut done = 0;
    let (mut gaps, mut restored) = (Vec::new(), Vec::new());
    for r in inner {
        text.push_str(&middle[done..r.start - offset]);
        let at = text.len();
        gaps.extend(r.gaps.iter().map(|g| Gap { at: at + g.at, ..g.clone() }));
        restored.extend(r.restored.iter().map(|g| Restored { at: at + g.at, ..g.clone() }));
        text.push_str(&r.text);
        done = r.end - offset;
    }
    text.push_str(&middle[done..]);
    let all = || outer.iter().chain(inner).copied();
    let chain = |rs: &[&Repair]| rs.iter().find_map(|r| r.chain);
    Repair {
        start: input.start,
        end: input.end,
        text,
        chain: match (chain(inner), chain(outer)) {
            (Some(inner), Some(outer)) => inner.followed_by(&outer),
            (inner, outer) => inner.or(outer),
        },
        verdict: all().map(|r| r.verdict).max().unwrap_or(Verdict::Repaired),
        confidence: all().map(|r| r.confidence).min().unwrap_or(Confidence::ONE),
        gain: all().fold(0, |sum: Cost, r| sum.saturating_add(r.gain)),
        gaps,
        restored,
    }
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
        }
    }
}
