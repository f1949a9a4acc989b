//! One suspect and its surroundings: propose, decode, settle, judge.

mod chains;
mod evidence;
mod lines;
mod piece;
mod progress;
mod reading;
mod treated;
mod write;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use self::chains::Attempts;
use self::piece::worth;
use self::progress::{Cover, Progress};
use crate::chain::Chain;
use crate::cost::{Cost, nats};
use crate::decode::{BEAM, Identity, Tools};
use crate::judge::{self, Evidence};
use crate::layout::Lines;
use crate::lm::Model;
use crate::lm::memo::Memo;
use crate::pairs::Pairs;
use crate::propose::{SAMPLE, Sample, may_gain};
use crate::repairer::Gaps;
use crate::report::Repair;
use crate::restore::ECHO;
use crate::scan::{self, Care, Eye, MayBe, Sieve};
use crate::second_hand;
use crate::settle::Piece;

/// What a letter costs at most that makes sense where it stands.
const MAKES_SENSE: i64 = nats(6.0) as i64;
/// How much proof, in nats, a repair must have to prove its chain for the rest of the document.
const PROOF: f64 = 30.0;
/// How sure it must be.
const PROVING: f64 = 0.99;
/// So many places where letters of Latin are read as others, each of which gains so much, and so much in all, prove their chain together.
const TOGETHER: usize = 3;
const EACH: i64 = nats(12.0) as i64;
const ALL: i64 = nats(90.0) as i64;
/// Characters before a window among which pairs may have been opened.
const LINE: usize = 400;
/// Characters before what is odd that a sample begins with, as far as they stand in its line.
pub(crate) const LEAD: usize = 4;
/// Observed characters that every proposed chain is decoded over before the best go on to the whole window.
const PROBE: usize = 64;
/// Chains kept that have explained whole lines.
const MOST_SHOWN: usize = 3;
/// So many characters on either side are decoded first, and more where what is found comes near their end.
const REACH: usize = 256;
const EDGE: usize = 32;
/// Hypotheses kept at one place over the probe.
const PROBE_BEAM: usize = 8;
/// What a chain must gain over the probe, its prior taken off, where nothing else speaks for it.
const PROMISING: i64 = nats(8.0) as i64;
/// How much more than nothing a chain must gain over the sample for each place in a row where others came to nothing, and how
/// often that is counted.
const WEARY: i64 = nats(5.0) as i64;
const MOST_WEARY: u32 = 10;
/// How far from one window to the next that goes on to be counted, in bytes.
const NEAR: usize = 400;
/// The least confidence of a reading of what was worked on before; as of repairs, unless the caller says otherwise.
const CONVINCING: f64 = 0.8;

/// The buffers of a search.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffers {
    /// The model that `tools` remember answers of.
    model: u64,
    observed: Observed,
    pub(crate) tools: Tools,
}

/// The characters of a window.
#[derive(Clone, Debug, Default)]
struct Observed {
    seen: Vec<char>,
    offsets: Vec<usize>,
    odd: Vec<bool>,
}

impl Buffers {
    /// Forgets what another model has said.
    fn serve(&mut self, model: &Model) {
        if self.model != model.hash() {
            self.model = model.hash();
            self.tools = Tools::default();
        }
    }

    /// What `model` has said lately.
    pub(crate) fn memo(&mut self, model: &Model) -> &mut Memo {
        self.serve(model);
        &mut self.tools.memo
    }
}

/// What a search is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Orders<'a> {
    pub(crate) model: &'a Model,
    pub(crate) gaps: Gaps,
    pub(crate) gap_char: char,
    /// Undo this chain and no other.
    pub(crate) only: Option<Chain>,
    /// Where the caller names chains, all is looked at.
    pub(crate) care: Care,
    /// Chains that the document has shown, or that the caller expects.
    pub(crate) proven: &'a [Chain],
    /// All others have been tried.
    pub(crate) only_proven: bool,
    /// Where repairs have left gaps, in bytes of the text, sorted: they are not seen, but said.
    pub(crate) left: &'a [usize],
}

/// What was found in a window, in bytes of the whole text.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) repair: Repair,
    /// What speaks for and against it.
    pub(crate) evidence: Evidence,
    /// It is good enough to prove its chain for the rest of the document.
    pub(crate) proves: bool,
}

impl Found {
    /// The document has proven its chain after all.
    fn is_of_proven(&mut self) {
        self.evidence.proven = true;
        self.repair.confidence = judge::confidence(&self.evidence);
    }

    /// Whether it would be a repair that is made.
    fn convinces(&self) -> bool {
        self.repair.confidence.get() >= CONVINCING
    }

    /// Whether nothing could make a repair of it.
    fn is_void(&self) -> bool {
        self.repair.confidence.get() <= 0.0
    }

    /// Where it stands.
    pub(crate) fn place(&self) -> Range<usize> {
        self.repair.start..self.repair.end
    }

    /// Whether it leaves no doubt.
    pub(crate) fn is_sure(&self) -> bool {
        self.proves || self.evidence.proven && self.repair.confidence.get() >= PROVING
    }
}

/// What the windows before have come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    /// How often in a row a sample came to nothing, and how often that was after some chain was tried.
    idle: u32,
    vain: u32,
    /// Where the last window ended, in bytes.
    end: usize,
    /// Chains that have explained whole lines, the last one first, each with one that reads other lines otherwise.
    shown: Vec<(Chain, Option<Chain>)>,
}

impl Past {
    /// The same at the next window: what came to nothing far before it tells nothing.
    fn at(&mut self, window: Range<usize>) -> &mut Self {
        if window.start.saturating_sub(self.end) > NEAR {
            (self.idle, self.vain) = (0, 0);
        }
        self.end = window.end;
        self
    }
}

/// A stretch of the text under the search.
struct Window<'a> {
    text: &'a str,
    seen: &'a [char],
    /// Where each character begins in the text, and where the last one ends.
    offsets: &'a [usize],
    odd: &'a [bool],
    /// Stretches in bytes of the text, sorted and disjoint, that were explained before.
    sure: &'a [Range<usize>],
    /// Gaps that repairs have left, as places in `seen`, sorted.
    left: Vec<usize>,
    identity: Identity,
    /// The text before goes on: nothing was cut there.
    whole: bool,
    /// The text ends with it.
    is_end: bool,
    /// What is open before it.
    pairs: Pairs,
    /// What a space between ASCII and other letters costs in it, once that was asked for.
    spacing: OnceCell<Cost>,
    /// Its lines.
    lines: Lines<'a>,
}

/// What a window comes to, in bytes of the whole text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Searched {
    /// The repairs, sorted and disjoint, whatever their confidence.
    pub(crate) found: Vec<Found>,
    /// Stretches with something odd that nothing sure explains, and of what may be needed to understand them; sorted and disjoint.
    pub(crate) open: Vec<Range<usize>>,
}

/// Searches `text[range]`. What is odd in `sure`, which is sorted and disjoint, has been explained.
pub(crate) fn search(
    text: &str,
    range: Range<usize>,
    sure: &[Range<usize>],
    orders: &Orders<'_>,
    past: &mut Past,
    buffers: &mut Buffers,
) -> Searched {
    buffers.serve(orders.model);
    let Buffers { observed, tools, .. } = buffers;
    let w = Window::new(text, range.clone(), sure, orders, observed, &mut tools.memo);
    // Where characters show that no misread makes, what was worked on before comes first: all other chains would
    // be at a loss. Where nothing shows, it comes last, if the rest leaves a doubt.
    let mut all: Vec<Piece> = Vec::new();
    let Past { idle, vain, shown, .. } = past.at(range);
    let crowd = second_hand::place(w.seen);
    let shows = crowd.is_some() && second_hand::shows(w.seen);
    if let Some(from) = crowd.filter(|_| shows)
        && w.shown_lines(from, shown, orders, tools).is_none()
        && !w.is_evident_at(from, orders, tools)
    {
        all = w.second_hand(from, None, orders, tools).1;
    }
    let mut explained = all.clone();
    explained.retain(|piece| worth(piece) >= i64::from(nats(PROOF)));
    let mut progress = Progress { pieces: all, tried: Vec::new() };
    let mut cover = Cover::default();
    // What was judged on the way.
    let mut judged: BTreeMap<(usize, usize, Chain), (i64, Found)> = BTreeMap::new();
    // What stands at the end of one sample is in the midst of the next, but where all has come to nothing for long.
    let on = |idle: u32| if idle < MOST_WEARY { SAMPLE / 2 } else { SAMPLE };
    let mut at = 0;
    while let Some(k) = w.odd[at..].iter().position(|&o| o) {
        let odd_one = at + k;
        if let Some(piece) = explained.iter().find(|p| p.start <= odd_one && odd_one < p.end) {
            at = piece.end;
            continue;
        }
        if let Some(end) = w.sure_until(odd_one) {
            at = end;
            continue;
        }
        cover.reach(odd_one);
        if cover.clear > odd_one {
            at = cover.clear;
            continue;
        }
        let Range { start: from, end: to } = w.around(odd_one);
        progress.tried.retain(|tried| tried.range.end > odd_one);
        // What has explained whole lines may explain more of them.
        if let Some((range, found)) = w.shown_lines(odd_one, shown, orders, tools) {
            at = range.end;
            cover.until = cover.until.max(at);
            progress.pieces.extend(found);
            continue;
        }
        // What gives no alarm by itself is nothing but more of what is proven.
        let only_proven = orders.only_proven
            || orders.care == Care::Quick && !w.gives_alarm(from..to, orders, &mut tools.memo);
        if only_proven && orders.proven.is_empty() {
            at = (from + on(*idle)).max(odd_one + 1).min(w.seen.len());
            continue;
        }
        let orders = &Orders { only_proven, ..*orders };
        let before = progress.pieces.len();
        let Attempts { chains, void, evident, was_tried } =
            w.chains(odd_one, from..to, *vain, &progress, orders, tools);
        void.into_iter().for_each(|(chain, range, found)| progress.add(chain, range, found));
        let twin = chains.get(1).map(|(twin, _)| *twin);
        let mut are_lines = false;
        for (k, (chain, goes_on)) in chains.into_iter().enumerate() {
            if progress.with(chain, odd_one).is_some() {
                continue;
            }
            if k == 0
                && let Some(begins) = evident
                && let Some((range, found)) = w.lines_from(odd_one, begins, chain, twin, orders, tools)
            {
                // Nothing is left to look at in these lines.
                are_lines = true;
                cover.until = cover.until.max(range.end);
                shown.retain(|(other, _)| *other != chain);
                shown.insert(0, (chain, twin));
                shown.truncate(MOST_SHOWN);
                let behind = w.word_behind(range.end, orders, tools);
                progress.add(chain, range, found);
                if let Some(range) = behind {
                    let found = w.decode(range.clone(), chain, None, BEAM, orders, tools);
                    progress.add(chain, range, found);
                }
                break;
            }
            // Where whole lines were explained, or far more was decoded with another chain, this one is an exception.
            let (range, found) = if !shown.is_empty() || progress.has_passed(odd_one) {
                w.decode_line(odd_one, chain, orders, tools)
            } else {
                w.decode_around(odd_one, goes_on, chain, None, orders, tools)
            };
            progress.add(chain, range, found);
        }
        let new = &progress.pieces[before..];
        cover.extend(new);
        // Where chain after chain comes to nothing, what is odd is a table, or a language that the model does not know.
        let mut convinces = |piece: &Piece| {
            let found = w.judge(piece, orders, &mut tools.fitting);
            let convinces = found.as_ref().is_some_and(Found::convinces);
            judged.extend(found.map(|found| ((piece.start, piece.end, piece.chain), (piece.gain, found))));
            convinces
        };
        if are_lines || new.iter().any(&mut convinces) {
            (*idle, *vain) = (0, 0);
        } else {
            *idle += 1;
            *vain += u32::from(was_tried);
        }
        // On to what none of these covers.
        cover.reach(odd_one);
        let to = if cover.until > odd_one { cover.until } else { (from + on(*idle)).max(odd_one + 1) };
        at = to.min(w.seen.len());
    }
    let mut all = w.choose(progress.pieces, orders, tools);
    if let Some(from) = crowd {
        all = w.with_treated(all, from, shows, orders, tools);
    }
    let judge = |piece: Piece| match judged.remove(&(piece.start, piece.end, piece.chain)) {
        Some((gain, found)) if gain == piece.gain && found.repair.treatment == piece.treatment => Some(found),
        _ => w.judge(&piece, orders, &mut tools.fitting),
    };
    let mut found: Vec<Found> = all.into_iter().filter_map(judge).collect();
    prove_one_another(&mut found);
    let open = w.open(&found);
    Searched { found, open }
}

/// Tells those that a chain made which another of them proves.
fn prove_one_another(found: &mut [Found]) {
    let mut proving: Vec<Chain> = found.iter().filter(|f| f.proves).filter_map(|f| f.repair.chain).collect();
    proving.sort();
    proving.dedup();
    for f in found {
        if f.repair.chain.is_some_and(|chain| proving.contains(&chain)) {
            f.is_of_proven();
        }
    }
}

/// The chains that places in a document prove together: letters in words of Latin that are read as others prove little in each, and
/// much in all. Pages of one byte differ in few of those, so that what one truth says counts together.
pub(crate) fn proven_together<'f>(found: impl Iterator<Item = &'f Found>) -> Vec<Chain> {
    let is_one = |e: &Evidence| e.latin && e.gain >= EACH && e.fluency <= MAKES_SENSE;
    let mut places: Vec<(Chain, i64)> = found
        .filter(|f| is_one(&f.evidence))
        .filter_map(|f| Some((f.repair.chain?, f.evidence.gain)))
        .collect();
    let truth = |chain: &Chain| chain.steps()[0].truth;
    places.sort_by_key(|(chain, _)| (truth(chain), *chain));
    let mut proven: Vec<Chain> = Vec::new();
    for of_one in places.chunk_by(|(a, _), (b, _)| truth(a) == truth(b)) {
        let gain = of_one.iter().map(|(_, gain)| gain).sum::<i64>();
        if of_one.len() >= TOGETHER && gain >= ALL {
            proven.extend(of_one.iter().map(|(chain, _)| chain));
        }
    }
    proven.dedup();
    proven
}

/// Whether samples are not enough to tell that nothing may be repaired in `text[range]`, which gave an alarm: some chain is proposed
/// for what is odd there, or there is what cannot be undone, or was worked on. If they are, how far they go is returned. The
/// characters that were weighed are added to `work`.
pub(crate) fn may_repair(
    text: &str,
    range: Range<usize>,
    orders: &Orders<'_>,
    memo: &mut Memo,
    work: &mut u64,
) -> MayBe {
    let seen: Vec<char> = text[range.clone()].chars().collect();
    if beyond_samples(&seen).is_some() {
        return MayBe::Yes;
    }
    if !may_gain(orders.model, memo, orders.model.after(&text[..range.start]), &seen, work) {
        return MayBe::Not(range.start);
    }
    // What is odd at its end may go on behind it, and what stands before counts in a line.
    let (from, limit) = (scan::back(text, range.start, SAMPLE), scan::forward(text, range.end, SAMPLE));
    let mut stretches = Vec::new();
    let end = scan::look(orders.model, memo, text, from..range.end, limit, &mut |stretch| {
        stretches.push(stretch);
        true
    });
    let mut observed = Observed::default();
    let is_proposed = stretches.into_iter().any(|stretch| {
        let w = Window::new(text, stretch, &[], orders, &mut observed, memo);
        w.is_proposed(orders, memo, work)
    });
    if is_proposed {
        return MayBe::Yes;
    }
    // What samples do not tell of has its own alarm.
    let behind: Vec<char> = text.get(range.end..end.unwrap_or(limit)).unwrap_or_default().chars().collect();
    let told = &behind[..beyond_samples(&behind).unwrap_or(behind.len())];
    MayBe::Not(range.end + told.iter().map(|c| c.len_utf8()).sum::<usize>())
}

/// Where what cannot be undone, or was worked on, first stands: that is looked at in other ways than by samples.
fn beyond_samples(seen: &[char]) -> Option<usize> {
    let marked = seen.iter().position(|&c| Sieve::is_marked(c));
    marked.into_iter().chain(second_hand::place(seen)).min()
}

/// What a chain must gain more where so many places in a row came to nothing.
fn weariness(vain: u32) -> i64 {
    WEARY * i64::from(vain.min(MOST_WEARY))
}

impl<'a> Window<'a> {
    /// `text[range]`; what is odd in `sure`, which is sorted and disjoint, has been explained.
    fn new(
        text: &'a str,
        range: Range<usize>,
        sure: &'a [Range<usize>],
        orders: &Orders<'_>,
        Observed { seen, offsets, odd }: &'a mut Observed,
        memo: &mut Memo,
    ) -> Self {
        seen.clear();
        offsets.clear();
        for (at, c) in text[range.clone()].char_indices() {
            seen.push(c);
            offsets.push(range.start + at);
        }
        offsets.push(range.end);
        let last = text[..range.start].chars().next_back();
        let before = orders.model.after(&text[..range.start]);
        let mut eye = Eye::new(orders.model, last.unwrap_or(' '));
        odd.clear();
        let identity = Identity::new(orders.model, memo, before, seen, |c, cost| eye.mark(c, cost, odd));
        let first = orders.left.partition_point(|at| *at < range.start);
        let inside = orders.left[first..].iter().take_while(|at| **at < range.end);
        let left: Vec<usize> = inside.filter_map(|at| offsets.binary_search(at).ok()).collect();
        left.iter().for_each(|&i| odd[i] = false);
        Self {
            text,
            seen,
            offsets,
            odd,
            sure,
            left,
            identity,
            whole: last.is_some_and(|c| c != '\n'),
            is_end: range.end == text.len(),
            pairs: pairs_before(&text[..range.start]),
            spacing: OnceCell::new(),
            lines: Lines::new(text, range),
        }
    }

    /// The sample for what is odd at `odd_one`: a little before it, but in its line, and more behind it.
    fn around(&self, odd_one: usize) -> Range<usize> {
        let near = odd_one.saturating_sub(LEAD);
        let from = near + self.seen[near..odd_one].iter().rposition(|c| *c == '\n').map_or(0, |k| k + 1);
        from..(from + SAMPLE).min(self.seen.len())
    }

    /// Whether a stretch of it gives an alarm by itself.
    fn gives_alarm(&self, range: Range<usize>, orders: &Orders<'_>, memo: &mut Memo) -> bool {
        let text = &self.text[self.offsets[range.start]..self.offsets[range.end]];
        scan::gives_alarm(orders.model, memo, text)
    }

    /// A stretch of it, given how often in a row nothing came of such.
    fn sample(&self, range: Range<usize>, vain: u32, orders: &Orders<'_>) -> Sample<'_> {
        let mut leaving = self.identity.costs(range.clone());
        // Nothing is gained by reading a gap otherwise.
        let first = self.left.partition_point(|i| *i < range.start);
        self.left[first..]
            .iter()
            .take_while(|i| range.contains(i))
            .for_each(|i| leaving[i - range.start] = 0);
        Sample {
            before: self.identity.state(range.start),
            seen: &self.seen[range.clone()],
            odd: &self.odd[range],
            leaving,
            weary: weariness(vain),
            only_proven: orders.only_proven,
        }
    }

    /// Where what was explained before around character `i` ends.
    fn sure_until(&self, i: usize) -> Option<usize> {
        let place = self.offsets[i];
        let sure = self.sure.get(self.sure.partition_point(|sure| sure.end <= place))?;
        let end = || self.offsets.partition_point(|&offset| offset < sure.end).min(self.seen.len());
        (sure.start <= place).then(end)
    }

    /// As [`Searched::open`].
    fn open(&self, found: &[Found]) -> Vec<Range<usize>> {
        let mut out: Vec<Range<usize>> = Vec::new();
        let mut found = found.iter().filter(|f| f.is_sure()).map(Found::place).peekable();
        for (i, _) in self.odd.iter().enumerate().filter(|(_, odd)| **odd) {
            let place = self.offsets[i];
            while found.next_if(|sure| sure.end <= place).is_some() {}
            if found.peek().is_some_and(|sure| sure.start <= place) {
                continue;
            }
            let all = self.seen.len();
            let stretch = self.offsets[i.saturating_sub(ECHO)]..self.offsets[(i + ECHO).min(all)];
            scan::join(&mut out, stretch);
        }
        out
    }

    /// The line around `at`, without its break.
    fn line(&self, at: usize) -> Range<usize> {
        let is_break = |c: &char| *c == '\n';
        let begin = self.seen[..at].iter().rposition(is_break).map_or(0, |k| k + 1);
        let end = self.seen[at..].iter().position(is_break).map_or(self.seen.len(), |k| at + k);
        begin..end
    }

    /// What is open before the observed character `i`.
    fn pairs_at(&self, i: usize) -> Pairs {
        if i == 0 { self.pairs } else { pairs_before(&self.text[..self.offsets[i]]) }
    }
}

/// What is open at the end of `text`.
fn pairs_before(text: &str) -> Pairs {
    let far = text.char_indices().rev().nth(LINE).map_or(0, |(at, _)| at);
    let near = &text[far..];
    let line = near.rfind('\n').map_or(near, |at| &near[at..]);
    line.chars().fold(Pairs::default(), Pairs::after)
}

#[cfg(test)]
mod tests {
    use crate::lm::{Model, tests::tiny};
    use crate::{Repairer, Scratch};

    /// What one stretch proves helps those before it as well as those behind it, wherever windows end.
    #[test]
    fn proof_goes_both_ways() {
        let chain: crate::Chain = "gbk>latin-1".parse().unwrap();
        let [proof, heading] =
            ["外婆把晒干的豆角装进坛子，说是要留到冬天再吃。", "序"].map(|text| chain.garble(text).unwrap());
        let clean = "The list goes on for a while, line after line, and nothing in it is odd.\n".repeat(20);
        let expected = format!("序\n{clean}外婆把晒干的豆角装进坛子，说是要留到冬天再吃。\n{clean}序\n");
        let text = format!("{heading}\n{clean}{proof}\n{clean}{heading}\n");
        assert_eq!(Repairer::new().repair(&text), expected);
        let text = format!("{heading}\n{clean}{clean}{heading}\n");
        assert_eq!(Repairer::new().repair(&text), text);
    }

    /// What one model has answered is not what another is asked.
    #[test]
    fn a_scratch_does_not_mix_models() {
        let other = Model::from_bytes(tiny().pack()).unwrap();
        let repairers = [Repairer::new(), Repairer::builder().model(other).build()];
        let mut shared = Scratch::default();
        let text = "浠婂勾鐨勬熆瀛愮啛寰楁棭锛岄櫌瀛愰噷钀戒簡涓€鍦般€?";
        for round in 0..2 {
            for (k, repairer) in repairers.iter().enumerate() {
                let fresh = repairer.report_with(text, &mut Scratch::default());
                assert_eq!(repairer.report_with(text, &mut shared), fresh, "{round}, model {k}");
                assert_eq!(repairer.report(text), fresh, "{round}, model {k}, the thread's");
            }
        }
        let [a, b] = repairers.map(|r| r.report(text));
        assert_ne!(a, b);
    }
}
