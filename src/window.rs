//! One suspect and its surroundings: propose, decode, settle, judge.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::ops::Range;

use crate::ceiling::Ceiling;
use crate::chain::{Chain, Step};
use crate::codec::{Codec, is_wide};
use crate::cost::{Cost, nats};
use crate::decode::{BEAM, Decoder, Event, Identity, Said, Segment, Terms, Tools, is_private};
use crate::fitting::Fitting;
use crate::judge::{self, Evidence, Kind};
use crate::lattice::{is_curly, is_mark};
use crate::layout::Lines;
use crate::lm::Model;
use crate::lm::format::MAX_ORDER;
use crate::lm::memo::Memo;
use crate::loss;
use crate::natural::is_natural;
use crate::pairs::Pairs;
use crate::propose::{
    self, Proposal, SAMPLE, Sample, are_kin, evident, is_between_latin, is_hot, is_in_words, may_gain,
    most_gained, others, prior, propose, reads_alike, unlikely_part,
};
use crate::repairer::Gaps;
use crate::report::{Confidence, Gap, Loss, Repair, Restored, Treatment, Verdict};
use crate::restore::{ALIKE, Around, ECHO, Habits, Place, Rivals, spacing};
use crate::scan::{self, Care, Eye, SHORT_LINE, Sieve};
use crate::second_hand;
use crate::settle::{Piece, choose, pieces};
use crate::straight::{Fails, Straight, has_form, reads_whole};

/// How far from a piece its line is looked at for what stays.
const BESIDE: usize = 256;
/// So many Hanzi are more than Japanese has without kana, or a mark of its own, between them.
const MANY_HANZI: usize = 10;
/// What each of them costs at most where they make sense, as in names of offices.
const IN_NAMES: i64 = nats(8.0) as i64;
/// What a character costs on average, no less, that is said in a language that the model has not met either.
const KNOWN: i64 = nats(8.0) as i64;
/// What a character costs at most that stands where it would in a language that the model has not met.
const NATURAL: i64 = nats(6.0) as i64;
/// What a repair must gain that says one character which costs so much: a sign, and a letter, which is seldom alone.
const PLAIN: [i64; 2] = [nats(20.0) as i64, nats(24.0) as i64];
/// What a character costs that any would.
const SENSELESS: i64 = nats(12.0) as i64;
/// So many letters of another alphabet have no place in a word of Latin.
const FEW: usize = 3;
/// What a letter costs at most there that makes sense.
const MAKES_SENSE: i64 = nats(6.0) as i64;
/// A restored character below this is a gap.
const MIN_RESTORED: f64 = 0.5;
/// A lost ASCII character is restored from this probability on.
const NO_DOUBT: f64 = 0.8;
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
/// What a character costs at most, in nats, on average, in a reading that can be nothing but text.
const FLUENT: f64 = 4.5;
/// Where a chain gains on so few characters, it is enough to decode those before and behind them.
const SHORT: usize = 8;
/// Chains kept that have explained whole lines.
const MOST_SHOWN: usize = 3;
/// Characters on either side of one at which a line does not read well that are decoded with it.
const AROUND: usize = 24;
/// The longest line that is decoded by itself.
const LONG: usize = 2_000;
/// So many characters on either side are decoded first, and more where what is found comes near their end.
const REACH: usize = 256;
const EDGE: usize = 32;
/// Hypotheses kept at one place over the probe.
const PROBE_BEAM: usize = 8;
/// What a chain must gain over the probe, its prior taken off, where nothing else speaks for it.
const PROMISING: i64 = nats(8.0) as i64;
/// How far behind the best over the probe a chain may be and still go on.
const BEHIND: i64 = nats(12.0) as i64;
/// How much more than nothing a chain must gain over the sample for each place in a row where others came to nothing, and how
/// often that is counted.
const WEARY: i64 = nats(5.0) as i64;
const MOST_WEARY: u32 = 10;
/// How far from one window to the next that goes on to be counted, in bytes.
const NEAR: usize = 400;
/// What two characters cost that make one wonder whether all was read aright.
const STRANGE: i64 = nats(22.0) as i64;
/// The least confidence of a reading of what was worked on before; as of repairs, unless the caller says otherwise.
const CONVINCING: f64 = 0.8;
/// What such a reading must gain more than what stands in its way where nothing shows that there was such work.
const UNSEEN: i64 = nats(3.0) as i64;
/// What a restored character whose bytes are all known, or the CR of a line whose LF is left, may count for.
const FOLDED_BACK: f64 = 0.99;

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
    let mut at = crowd.unwrap_or(w.seen.len());
    while let Some((from, truth)) = w.doubt(&all, at) {
        let (range, mut found) = w.second_hand(from, truth, orders, tools);
        if found.is_empty() {
            break;
        }
        at = range.end;
        found.retain(|new| {
            let others = all.iter().filter(|p| p.start < new.end && new.start < p.end);
            shows || worth(new) >= others.map(worth).sum::<i64>() + UNSEEN
        });
        all.extend(found);
        all = w.choose(all, orders, tools);
    }
    let judge = |piece: Piece| match judged.remove(&(piece.start, piece.end, piece.chain)) {
        Some((gain, found)) if gain == piece.gain && found.repair.treatment == piece.treatment => Some(found),
        _ => w.judge(&piece, orders, &mut tools.fitting),
    };
    let mut found: Vec<Found> = all.into_iter().filter_map(judge).collect();
    let mut proving: Vec<Chain> = found.iter().filter(|f| f.proves).filter_map(|f| f.repair.chain).collect();
    proving.sort();
    proving.dedup();
    for f in &mut found {
        if f.repair.chain.is_some_and(|chain| proving.contains(&chain)) {
            f.is_of_proven();
        }
    }
    let open = w.open(&found);
    Searched { found, open }
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
/// for what is odd there, or there is what cannot be undone, or was worked on. If they are, how far they go is the error. The
/// characters that were weighed are added to `work`.
pub(crate) fn may_repair(
    text: &str,
    range: Range<usize>,
    orders: &Orders<'_>,
    memo: &mut Memo,
    work: &mut u64,
) -> Result<(), usize> {
    let seen: Vec<char> = text[range.clone()].chars().collect();
    if beyond_samples(&seen).is_some() {
        return Ok(());
    }
    if !may_gain(orders.model, memo, orders.model.after(&text[..range.start]), &seen, work) {
        return Err(range.start);
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
        return Ok(());
    }
    // What samples do not tell of has its own alarm.
    let behind: Vec<char> = text.get(range.end..end.unwrap_or(limit)).unwrap_or_default().chars().collect();
    let told = &behind[..beyond_samples(&behind).unwrap_or(behind.len())];
    Err(range.end + told.iter().map(|c| c.len_utf8()).sum::<usize>())
}

/// Where what cannot be undone, or was worked on, first stands: that is looked at in other ways than by samples.
fn beyond_samples(seen: &[char]) -> Option<usize> {
    let marked = seen.iter().position(|&c| Sieve::is_marked(c));
    marked.into_iter().chain(second_hand::place(seen)).min()
}

/// How far what was found goes, as a window is gone through.
#[derive(Default)]
struct Cover {
    /// Pieces that begin farther on: where, where they end, and whether they leave no doubt.
    ahead: BinaryHeap<Reverse<(usize, usize, bool)>>,
    /// Where the last of those ends that have begun.
    until: usize,
    /// The same of those that leave no doubt.
    clear: usize,
}

impl Cover {
    fn extend(&mut self, found: &[Piece]) {
        self.ahead.extend(found.iter().map(|piece| Reverse((piece.start, piece.end, is_clear(piece)))));
    }

    /// Takes in what has begun at character `i`.
    fn reach(&mut self, i: usize) {
        while let Some(&Reverse((_, end, is_clear))) =
            self.ahead.peek().filter(|Reverse((start, ..))| *start <= i)
        {
            self.until = self.until.max(end);
            self.clear = self.clear.max(if is_clear { end } else { 0 });
            self.ahead.pop();
        }
    }
}

/// What the search of a window has come to so far.
struct Progress {
    pieces: Vec<Piece>,
    tried: Vec<Tried>,
}

/// A chain that a range of observed characters was decoded with.
struct Tried {
    chain: Chain,
    range: Range<usize>,
    /// What it has come to, among all pieces; sorted and disjoint.
    found: Range<usize>,
}

impl Progress {
    /// Takes in what `chain` has made of `range`.
    fn add(&mut self, chain: Chain, range: Range<usize>, found: Vec<Piece>) {
        let first = self.pieces.len();
        self.pieces.extend(found);
        self.tried.push(Tried { chain, range, found: first..self.pieces.len() });
    }

    /// What was decoded with `chain`, or with what is no other, around character `at`, if anything was.
    fn with(&self, chain: Chain, at: usize) -> Option<&Tried> {
        let is_it = |other: &Chain| *other == chain || are_swaps(other, &chain);
        self.tried.iter().find(|tried| is_it(&tried.chain) && tried.range.contains(&at))
    }

    /// Whether far more than what stands near character `at` was decoded with some chain.
    fn has_passed(&self, at: usize) -> bool {
        self.tried.iter().any(|tried| tried.range.start <= at && at + REACH < tried.range.end)
    }

    /// What the pieces that `tried` has come to are worth in `range`.
    fn worth(&self, tried: &Tried, range: &Range<usize>) -> i64 {
        let found = &self.pieces[tried.found.clone()];
        let inside = found[found.partition_point(|p| p.end <= range.start)..].iter();
        let part = |p: &Piece| {
            let shared = p.end.min(range.end) - p.start.max(range.start);
            worth(p).max(0) * shared as i64 / (p.end - p.start) as i64
        };
        inside.take_while(|p| p.start < range.end).map(part).sum()
    }
}

/// The chains to decode a window with.
struct Attempts {
    /// With whether the damage surely goes on behind what was probed.
    chains: Vec<(Chain, bool)>,
    /// Or else what chains have made of a range, if none of that is a repair, nor would be with more of the text.
    void: Vec<(Chain, Range<usize>, Vec<Piece>)>,
    /// Where what the first one gains begins, at the earliest, if that is evident: if it explains whole lines, nothing else is asked for.
    evident: Option<usize>,
    /// Whether any were tried at all.
    was_tried: bool,
}

impl Attempts {
    fn evident(chains: Vec<Chain>, begins: usize) -> Self {
        Self {
            chains: chains.into_iter().map(|chain| (chain, true)).collect(),
            void: Vec::new(),
            evident: Some(begins),
            was_tried: true,
        }
    }
}

/// The chains proposed for a sample.
struct Proposed {
    proposed: Vec<Proposal>,
    /// Where what they were proposed for begins, and whether that is the most unlikely part of the sample.
    from: usize,
    is_part: bool,
    /// As [`Window::line_of_few`].
    few: Option<Range<usize>>,
}

/// What a chain must gain more where so many places in a row came to nothing.
fn weariness(vain: u32) -> i64 {
    WEARY * i64::from(vain.min(MOST_WEARY))
}

fn worth(p: &Piece) -> i64 {
    p.gain - i64::from(prior(&p.chain)) - i64::from(second_hand::prior(p.treatment))
}

/// Whether a piece does not read without losses.
fn is_doubtful(piece: &Piece) -> bool {
    let lossy = lossy(piece);
    // A repairer leaves no UTF-8 behind.
    let is_form = piece.chain.steps()[0].truth == Codec::UTF_8 && worth(piece) >= i64::from(nats(PROOF));
    lossy * if is_form { 3 } else { 8 } > piece.said.len() || !(is_form && lossy == 0) && is_strange(piece)
}

/// Whether a piece reads so well that no other chain need be looked for where it stands.
fn is_clear(piece: &Piece) -> bool {
    worth(piece) >= i64::from(nats(PROOF))
        && if has_form(piece.chain.steps()[0].truth) {
            lossy(piece) * 3 <= piece.said.len()
        } else {
            !is_doubtful(piece) && fluency(piece).1 <= i64::from(nats(FLUENT))
        }
}

/// Whether one of the pieces stands at character `i`.
fn cover(pieces: &[Piece], i: usize) -> bool {
    pieces.iter().any(|piece| piece.start <= i && i < piece.end)
}

/// How many characters of a piece lost something.
fn lossy(piece: &Piece) -> usize {
    piece.said.iter().filter(|said| is_lossy(said)).count()
}

/// Whether something of a character was lost.
fn is_lossy(said: &Said) -> bool {
    said.whole().is_none()
}

/// Whether two characters of a piece make one wonder whether all was read aright.
fn is_strange(piece: &Piece) -> bool {
    piece.said.windows(3).any(|said| said[2].cost - said[0].cost > STRANGE)
}

/// What the pieces are worth that are worth anything.
fn total_worth(found: &[Piece]) -> i64 {
    found.iter().map(worth).filter(|&g| g > 0).sum()
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

    /// Whether some chain evidently made what stands at `from`.
    fn is_evident_at(&self, from: usize, orders: &Orders<'_>, tools: &mut Tools) -> bool {
        let sample = self.sample(from..(from + SAMPLE).min(self.seen.len()), 0, orders);
        let Tools { memo, work, .. } = tools;
        let proposed = propose(orders.model, memo, &sample, orders.proven, work);
        proposed.first().is_some_and(|p| p.is_evident)
    }

    /// The first line in a sample that is unlikely throughout, where the sample has others as well.
    fn hot_line(&self, sample: &Range<usize>, vain: u32, orders: &Orders<'_>) -> Option<Range<usize>> {
        if !self.seen[sample.clone()].contains(&'\n') {
            return None;
        }
        let mut from = sample.start;
        while from < sample.end {
            // The last one may go on.
            let more = &self.seen[from..(from + SAMPLE).min(self.seen.len())];
            let end = from + more.iter().position(|c| *c == '\n').unwrap_or(more.len());
            if self.sample(from..end, vain, orders).is_hot() {
                return Some(from..end);
            }
            from = end + 1;
        }
        None
    }

    /// The most unlikely part of a sample, where that stands at `odd_one`.
    fn hot_part(&self, odd_one: usize, sample: &Range<usize>) -> Option<Range<usize>> {
        let part = unlikely_part(&self.identity.costs(sample.clone()));
        let part = sample.start + part.start..sample.start + part.end;
        (part.start <= odd_one + LEAD && odd_one < part.end).then_some(part)
    }

    /// Whether a stretch of it gives an alarm by itself.
    fn gives_alarm(&self, range: Range<usize>, orders: &Orders<'_>, memo: &mut Memo) -> bool {
        let text = &self.text[self.offsets[range.start]..self.offsets[range.end]];
        scan::gives_alarm(orders.model, memo, text)
    }

    /// Whether what is odd in `line` is narrow, and elsewhere in `sample` is not: no page has made both.
    fn is_apart(&self, line: &Range<usize>, sample: &Range<usize>) -> bool {
        let is_wide = |i: usize| is_wide(self.seen[i]);
        !line.clone().any(is_wide)
            && (sample.start..line.start).chain(line.end..sample.end).any(|i| self.odd[i] && is_wide(i))
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

    /// The chains to decode the window with, given what is odd at `odd_one`, in a sample around it, and how often in a row that came to
    /// nothing.
    fn chains(
        &self,
        odd_one: usize,
        sample: Range<usize>,
        vain: u32,
        progress: &Progress,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> Attempts {
        if let Some(chain) = orders.only {
            return Attempts::evident(vec![chain], odd_one);
        }
        let Tools { memo, work, .. } = &mut *tools;
        let Proposed { mut proposed, from, is_part, few } =
            self.proposed(odd_one, sample, vain, orders, memo, work);
        let behind = &self.seen[from..(from + REACH).min(self.seen.len())];
        // Those that are evident say the same.
        if proposed.first().is_some_and(|p| p.is_evident) || self.leave_behind(from, &mut proposed) {
            // Of those that say the same here, the one that has the most of the characters to come, the likeliest first; and the
            // next one, if it says something else there.
            let begins = odd_one.max(from + proposed.first().map_or(0, |p| p.stretch.start));
            let misses = |chain: &Chain| {
                behind.iter().filter(|&&c| c > '\u{7F}' && !chain.misread().produces(c)).count()
            };
            let mut twins: Vec<Chain> = proposed.iter().map(|p| p.chain).collect();
            if twins.len() > 1 {
                twins.sort_by_cached_key(misses);
                let first = twins[0];
                let says_other = |chain: &Chain| {
                    !are_swaps(&first, chain) && !reads_alike(behind, first.misread(), chain.misread())
                };
                let other = twins[1..].iter().position(says_other);
                twins.swap(1, other.map_or(1, |k| k + 1));
                twins.truncate(1 + usize::from(other.is_some()));
            }
            if is_part {
                let chains = twins.into_iter().map(|chain| (chain, false)).collect();
                return Attempts { chains, void: Vec::new(), evident: None, was_tried: true };
            }
            return Attempts::evident(twins, begins);
        }
        // What has the form of UTF-8 all through a line is nothing else, whatever its words are.
        if let [Proposal { chain, .. }, rest @ ..] = &proposed[..]
            && has_form(chain.steps()[0].truth)
            && proposed.iter().all(|p| p.chain.steps().len() == 1)
        {
            let rivals: Vec<Chain> = rest.iter().map(|p| p.chain).collect();
            if self.lines(odd_one, *chain, &rivals, false, orders, tools).is_some() {
                return Attempts::evident(vec![*chain], odd_one);
            }
        }
        let end = (from + PROBE).min(self.seen.len());
        let (mut probed, mut was_tried): (Vec<(i64, Chain, bool)>, _) = (Vec::new(), false);
        // All that was found ends where more of the text is seen, and is no repair: with more of the text it would be none.
        let (mut are_void, mut made) = (true, Vec::new());
        // What a chain gains that explains all of it without any loss.
        let mut explained = None;
        for Proposal { chain, gain, stretch, is_twin, .. } in proposed {
            let least = if orders.proven.contains(&chain) { 0 } else { weariness(vain) };
            if gain < least || explained.is_some_and(|most| is_twin || gain < most - BEHIND) {
                continue;
            }
            if probed.iter().any(|(_, other, _)| are_alike(other, &chain, behind)) {
                continue;
            }
            let range = if has_form(chain.steps()[0].truth)
                && let Some(line) = &few
            {
                line.clone()
            } else if stretch.len() < SHORT && !stretch.is_empty() {
                from + stretch.start.saturating_sub(SHORT)..end.min(from + stretch.end + SHORT)
            } else {
                from..end
            };
            was_tried = true;
            if let Some(tried) = progress.with(chain, odd_one) {
                probed.push((progress.worth(tried, &(from..end)), chain, false));
                are_void = false;
                continue;
            }
            let found = self.decode(range.clone(), chain, None, PROBE_BEAM, orders, tools);
            let is_void = |piece: &Piece| {
                let is_seen = range.start < piece.start && piece.end < range.end;
                is_seen
                    && !piece.chain.steps()[0].truth.is_single_byte()
                    && !orders.proven.contains(&piece.chain)
                    && self.judge(piece, orders, &mut tools.fitting).is_none_or(|found| found.is_void())
            };
            are_void = are_void && found.iter().all(is_void);
            // In a table all that looks like damage goes on for long: more of it makes it no surer.
            if vain >= MOST_WEARY / 2 && !found.iter().any(|piece| self.convinces(piece, orders, tools)) {
                continue;
            }
            let gain = total_worth(&found);
            if explained.is_none() && self.explains(&found, from..end) {
                explained = Some(gain);
            }
            let goes_on = gain >= i64::from(nats(PROOF)) && found.iter().any(|p| p.end == end);
            probed.push((gain, chain, goes_on));
            made.push((chain, range, found));
        }
        probed.sort_by_key(|(gain, chain, _)| (Reverse(*gain), *chain));
        let best = probed.first().map_or(0, |(gain, ..)| *gain);
        let least = |chain: &Chain| if orders.proven.contains(chain) { 0 } else { PROMISING };
        probed.retain(|(gain, chain, _)| *gain > least(chain) && *gain >= best - BEHIND);
        probed.truncate(2);
        if are_void {
            made.retain(|(chain, ..)| probed.iter().any(|(_, other, _)| other == chain));
            return Attempts { chains: Vec::new(), void: made, evident: None, was_tried };
        }
        let chains: Vec<_> = probed.into_iter().map(|(_, chain, goes_on)| (chain, goes_on)).collect();
        let evident = matches!(chains[..], [(_, true)]).then_some(odd_one);
        Attempts { chains, void: Vec::new(), evident, was_tried }
    }

    /// The chains that are proposed for what is odd at `odd_one`, in a sample around it, given how often in a row that came
    /// to nothing.
    fn proposed(
        &self,
        odd_one: usize,
        sample: Range<usize>,
        vain: u32,
        orders: &Orders<'_>,
        memo: &mut Memo,
        work: &mut u64,
    ) -> Proposed {
        // Few letters are told by all of their line, and not by wide characters around it.
        let few = self.line_of_few(odd_one);
        let sample = match &few {
            Some(line) if is_in_words(&self.seen[line.clone()]) || self.is_apart(line, &sample) => {
                sample.start.max(line.start)..sample.end.min(line.end)
            }
            _ => sample,
        };
        // What one chain evidently made is looked for in a line, in all of it, and in a part.
        let line = self.hot_line(&sample, vain, orders);
        let part = self.hot_part(odd_one, &sample);
        let places =
            [line.map(|line| (line, false)), Some((sample.clone(), false)), part.map(|part| (part, true))];
        let evidently = places.into_iter().flatten().find_map(|(place, is_part)| {
            let from = place.start;
            let proposed =
                evident(orders.model, memo, &self.sample(place, vain, orders), orders.proven, work);
            (!proposed.is_empty()).then_some((proposed, from, is_part))
        });
        let (proposed, from, is_part) = evidently.unwrap_or_else(|| {
            let from = sample.start;
            let sample = self.sample(sample, vain, orders);
            (others(orders.model, memo, &sample, orders.proven, work), from, false)
        });
        Proposed { proposed, from, is_part, few }
    }

    /// Whether any chain is proposed for what is odd in it.
    fn is_proposed(&self, orders: &Orders<'_>, memo: &mut Memo, work: &mut u64) -> bool {
        let mut at = 0;
        while let Some(k) = self.odd.get(at..).and_then(|odd| odd.iter().position(|&odd| odd)) {
            let odd_one = at + k;
            let sample = self.around(odd_one);
            at = (sample.start + SAMPLE / 2).max(odd_one + 1);
            if self.gives_alarm(sample.clone(), orders, memo)
                && !self.proposed(odd_one, sample, 0, orders, memo, work).proposed.is_empty()
            {
                return true;
            }
        }
        false
    }

    /// Takes off what need not be decoded where the first of those proposed for the sample at `from` reads its stretch without a
    /// loss and is far ahead: losses make up for no such distance. Whether nothing is left that says anything else.
    fn leave_behind(&self, from: usize, proposed: &mut Vec<Proposal>) -> bool {
        let Some(first) = proposed.first() else { return false };
        let stretch = from + first.stretch.start..from + first.stretch.end;
        if first.gain < i64::from(nats(PROOF))
            || !reads_whole(first.chain.steps(), &self.seen[stretch], SHORT)
        {
            return false;
        }
        let (chain, least) = (first.chain, first.gain - BEHIND);
        // Where bytes of UTF-8 were dropped, the sample tells little.
        let may_be_stripped = |other: &Chain| {
            let [only] = other.steps() else { return false };
            has_form(only.truth) && !has_form(chain.steps()[0].truth)
        };
        proposed.retain(|p| p.gain >= least || are_kin(&p.chain, &chain) || may_be_stripped(&p.chain));
        proposed[1..].iter().all(|p| p.is_twin)
    }

    /// Whether `found` leaves nothing in `range` that is odd, and lost nothing.
    fn explains(&self, found: &[Piece], mut range: Range<usize>) -> bool {
        let is_sound = |piece: &Piece| !piece.said.iter().any(is_lossy) && !is_strange(piece);
        found.iter().all(is_sound) && range.all(|i| !self.odd[i] || cover(found, i))
    }

    /// Where, from `at` on, characters of one byte each are left alone or do not read without losses; with the truth of what was
    /// found there. `found` is sorted.
    fn doubt(&self, found: &[Piece], mut at: usize) -> Option<(usize, Option<Codec>)> {
        loop {
            let from = at + second_hand::place(&self.seen[at..])?;
            if let Some(end) = self.sure_until(from) {
                at = end;
                continue;
            }
            let nearest = |i: usize| found.get(found.partition_point(|p| p.end <= i));
            let Some(piece) = nearest(from).filter(|p| p.start <= from) else { return Some((from, None)) };
            let truth = Some(piece.chain.steps()[0].truth);
            if is_doubtful(piece) {
                return Some((from, truth));
            }
            at = piece.end;
            // What was fused is odd, and may be all that is left.
            let behind = at..(at + second_hand::ROW).min(self.seen.len());
            let is_left = |i: usize| self.odd[i] && nearest(i).is_none_or(|p| p.start > i);
            if behind.into_iter().any(is_left) {
                return Some((at.saturating_sub(second_hand::ROW).max(from), truth));
            }
        }
    }

    /// What the window says around `from` if it was worked on before it came here: the likeliest of what may be tried, of
    /// `truth` if that is known; with the range that was looked at.
    fn second_hand(
        &self,
        from: usize,
        truth: Option<Codec>,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> (Range<usize>, Vec<Piece>) {
        // What was fused just before is no character of one byte.
        let probe = from.saturating_sub(LEAD)..(from + PROBE).min(self.seen.len());
        let mut best: Option<(i64, Chain, Treatment)> = None;
        let (mut is_text, mut is_treated) = (None, false);
        let (seen, leaving) = (&self.seen[probe.clone()], self.identity.costs(probe.clone()));
        let leads = second_hand::leads(seen);
        let most = most_gained(orders.model, seen, &leaving, leads.iter().map(|(chain, _)| *chain));
        let mut leads: Vec<_> = leads.into_iter().zip(most).collect();
        leads.sort_by_key(|(_, most)| Reverse(most.unwrap_or(i64::MAX)));
        for ((chain, treatment), most) in leads {
            // What was fused gains hardly more than an eighth beyond that.
            if most.is_some_and(|most| best.is_some_and(|(gain, ..)| most + most / 8 < gain)) {
                continue;
            }
            // Text that makes sense is not made of any bytes but its own.
            let read_so = (treatment, chain.steps()[0].misread);
            let is_other = truth.is_some_and(|truth| chain.steps()[0].truth != truth);
            if is_other || is_text == Some(read_so) || orders.only.is_some_and(|only| only != chain) {
                continue;
            }
            let found = self.decode(probe.clone(), chain, Some(treatment), PROBE_BEAM, orders, tools);
            let gain = total_worth(&found);
            let reads_well = |piece: &Piece| fluency(piece).1 <= i64::from(nats(FLUENT));
            if gain >= i64::from(nats(PROOF)) && found.iter().all(reads_well) {
                is_text = Some(read_so);
            }
            is_treated |= found.iter().any(|piece| piece.treatment.is_some());
            if best.is_none_or(|(most, ..)| gain > most) {
                best = Some((gain, chain, treatment));
            }
        }
        // Where the probe has seen all that there is, and none of it needed a treatment, none will.
        let may_be_treated = is_treated || probe.end < self.seen.len();
        let Some((_, chain, treatment)) = best.filter(|(gain, ..)| *gain > 0 && may_be_treated) else {
            return (probe, Vec::new());
        };
        let (range, mut all) = self.decode_around(from, false, chain, Some(treatment), orders, tools);
        // Where no piece needed a treatment, the chain alone is for `propose` to find.
        if all.iter().all(|piece| piece.treatment.is_none()) {
            return (range, Vec::new());
        }
        // So many readings gain on any odd text: what does not convince stands in no other chain's way.
        all.retain(|piece| self.convinces(piece, orders, tools));
        (range, all)
    }

    /// What `chain` makes of the line around `at`, and of those behind it, as long as each is damaged for certain; with their range.
    /// Where `rivals` see other bytes in a line, that is one which `chain` explains all of without a loss.
    fn lines(
        &self,
        at: usize,
        chain: Chain,
        rivals: &[Chain],
        is_shown: bool,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> Option<(Range<usize>, Vec<Piece>)> {
        let is_alone = |line: Range<usize>| {
            let reads_so =
                |rival: &Chain| reads_alike(&self.seen[line.clone()], chain.misread(), rival.misread());
            rivals.iter().all(reads_so)
        };
        let begin = self.line(at).start;
        let (mut from, mut found) = (begin, Vec::new());
        while from < self.seen.len() {
            let to = self.line(from).end;
            if self.is_open(from..to) {
                let pairs = if from == 0 { self.pairs } else { Pairs::default().after('\n') };
                let memo = &mut tools.memo;
                let is_shown = is_shown || !found.is_empty();
                let Self { seen, identity, .. } = self;
                let mut reader = Straight { model: orders.model, memo, chain, seen, identity, is_shown };
                let line = reader.line(from..to, pairs);
                let is_lost = line.as_ref().is_err_and(|fails| *fails == Fails::Lost);
                let is_read = |(line, strange): &(Segment, Vec<usize>)| {
                    strange.is_empty()
                        || is_alone(from..to) && self.reads_as(line, strange, chain, orders, tools)
                };
                if let Some((line, _)) = line.ok().filter(is_read) {
                    found.extend(pieces(chain, &line, self.seen, &self.identity));
                } else if is_lost || to - from > LONG || !is_alone(from..to) {
                    break;
                } else {
                    let some = self.decode(from..to, chain, None, BEAM, orders, tools);
                    // Rivals read the rest, and what is cut may go on in the next line.
                    if total_worth(&some) < i64::from(nats(PROOF))
                        || some.iter().flat_map(|piece| &piece.said).any(is_lossy)
                        || (from..to).any(|i| self.seen[i] > '\u{7F}' && !cover(&some, i))
                    {
                        break;
                    }
                    found.extend(some);
                }
            }
            from = (to + 1).min(self.seen.len());
        }
        (!found.is_empty()).then_some((begin..from, found))
    }

    /// Whether around each of the `strange` characters of `line`, which `chain` reads straight, no other reading of the chain is likelier.
    fn reads_as(
        &self,
        line: &Segment,
        strange: &[usize],
        chain: Chain,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> bool {
        // From one character said to another.
        let said_by = |at: usize| line.said.partition_point(|said| said.at <= at);
        let mut places: Vec<Range<usize>> = Vec::new();
        for &at in strange {
            let begin =
                said_by(at.saturating_sub(AROUND)).checked_sub(1).map_or(line.start, |k| line.said[k].at);
            let end = line.said.get(said_by(at + AROUND)).map_or(line.end, |said| said.at);
            scan::join(&mut places, begin..end);
        }
        if places.iter().map(Range::len).sum::<usize>() * 2 > line.end - line.start {
            return false;
        }
        let is_so = |said: &Said| {
            let k = line.said.partition_point(|own| own.at < said.at);
            let own = line.said[k..].iter().take_while(|own| own.at == said.at);
            said.whole().is_some_and(|c| own.map(|own| own.whole()).any(|own| own == Some(c)))
        };
        places.into_iter().all(|place| {
            let found = self.decode(place.clone(), chain, None, BEAM, orders, tools);
            found.iter().flat_map(|piece| &piece.said).all(is_so)
                && place.into_iter().all(|i| self.seen[i] <= '\u{7F}' || cover(&found, i))
        })
    }

    /// As [`Self::lines`], of the lines from that of `begins` on, and of what stands before them around `odd_one`.
    fn lines_from(
        &self,
        odd_one: usize,
        begins: usize,
        chain: Chain,
        twin: Option<Chain>,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> Option<(Range<usize>, Vec<Piece>)> {
        let begin = self.line(begins).start;
        let is_ahead = odd_one < begin;
        let (mut range, mut found) = if is_ahead && self.sure_until(begins).is_some() {
            (begin..begin, Vec::new())
        } else {
            self.lines(begins, chain, twin.as_slice(), false, orders, tools)?
        };
        if is_ahead && self.gives_alarm(odd_one.saturating_sub(LEAD)..begin, orders, &mut tools.memo) {
            range.start = odd_one.saturating_sub(EDGE);
            let before = self.decode(range.start..begin, chain, None, BEAM, orders, tools);
            found.splice(..0, before);
        }
        Some((range, found))
    }

    /// The line that begins at `from`, behind lines that were explained, where it may have a word that is more of it and would prove too
    /// little by itself.
    fn word_behind(&self, from: usize, orders: &Orders<'_>, tools: &mut Tools) -> Option<Range<usize>> {
        let line = self.seen[from..].iter().take(REACH).take_while(|c| **c != '\n').count();
        let odd_one = from + self.odd[from..from + line].iter().position(|odd| *odd)?;
        let near = from.max(odd_one.saturating_sub(LEAD))..(odd_one + SAMPLE).min(from + line);
        let is_word = !is_hot(&self.identity.costs(near.clone()), &self.seen[near.clone()])
            && self.gives_alarm(near, orders, &mut tools.memo);
        is_word.then_some(from..from + line)
    }

    /// As [`Self::lines`], with the first of the chains that have explained other lines that explains this one.
    fn shown_lines(
        &self,
        at: usize,
        shown: &mut [(Chain, Option<Chain>)],
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> Option<(Range<usize>, Vec<Piece>)> {
        for k in 0..shown.len() {
            let (chain, twin) = shown[k];
            let lines = self.lines(at, chain, twin.as_slice(), true, orders, tools);
            if lines.is_some() {
                shown[..=k].rotate_right(1);
                return lines;
            }
        }
        None
    }

    /// What `chain` makes of the window around `at`, as far as the damage goes; with the range that was looked at.
    fn decode_around(
        &self,
        at: usize,
        goes_on: bool,
        chain: Chain,
        treatment: Option<Treatment>,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> (Range<usize>, Vec<Piece>) {
        let all = 0..self.seen.len();
        let mut reach = if goes_on { all.end } else { REACH };
        loop {
            let range = at.saturating_sub(reach)..at.saturating_add(reach).min(all.end);
            let mut found = self.decode(range.clone(), chain, treatment, BEAM, orders, tools);
            // As far as one piece that is worth something, and needs the treatment, follows the other.
            let (mut left, mut right) = (at, at);
            found.sort_by_key(|p| p.start);
            let good = || found.iter().filter(|p| worth(p) >= PROMISING && p.treatment == treatment);
            for piece in good() {
                if piece.start <= right + EDGE {
                    right = right.max(piece.end);
                }
            }
            for piece in good().rev() {
                if piece.end + EDGE >= left {
                    left = left.min(piece.start);
                }
            }
            let is_cut = range.start > 0 && left < range.start + EDGE
                || range.end < all.end && right + EDGE > range.end;
            if !is_cut {
                return (range, found);
            }
            reach *= 4;
        }
    }

    /// Whether something is odd in `range` that was not explained before.
    fn is_open(&self, range: Range<usize>) -> bool {
        let mut at = range.start;
        while let Some(odd_one) = (at..range.end).find(|&i| self.odd[i]) {
            match self.sure_until(odd_one) {
                Some(end) => at = end,
                None => return true,
            }
        }
        false
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

    /// The line around `at`, without its break, if it is no longer than [`REACH`] and has few characters beyond ASCII. No more than that
    /// of the text is looked at, however long its lines are.
    fn line_of_few(&self, at: usize) -> Option<Range<usize>> {
        let near = at.saturating_sub(REACH)..self.seen.len().min(at + REACH + 1);
        let is_break = |c: &char| *c == '\n';
        let before = self.seen[near.start..at].iter().rposition(is_break);
        let begin = before.map(|k| near.start + k + 1).or((near.start == 0).then_some(0))?;
        let behind = self.seen[at..near.end].iter().position(is_break);
        let end = behind.map(|k| at + k).or((near.end == self.seen.len()).then_some(near.end))?;
        let is_high = |c: &&char| **c > '\u{7F}';
        let has_few = || self.seen[begin..end].iter().filter(is_high).nth(SHORT_LINE).is_none();
        (end - begin <= REACH && has_few()).then_some(begin..end)
    }

    /// The line around `at`, without its break.
    fn line(&self, at: usize) -> Range<usize> {
        let is_break = |c: &char| *c == '\n';
        let begin = self.seen[..at].iter().rposition(is_break).map_or(0, |k| k + 1);
        let end = self.seen[at..].iter().position(is_break).map_or(self.seen.len(), |k| at + k);
        begin..end
    }

    /// What `chain` makes of the line around `at` and of what stands near, with the range that was looked at.
    fn decode_line(
        &self,
        at: usize,
        chain: Chain,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> (Range<usize>, Vec<Piece>) {
        let all = self.seen.len();
        let line = self.line(at);
        let begin = line.start.min(at.saturating_sub(REACH));
        let end = (line.end + 1).max(at + REACH).min(all);
        // What begins in the last line may go on behind it.
        let mut found = self.decode(begin..(end + EDGE).min(all), chain, None, BEAM, orders, tools);
        found.retain(|piece| piece.start < end);
        (begin..end, found)
    }

    /// What `chain` makes of a range of the observed characters.
    fn decode(
        &self,
        range: Range<usize>,
        chain: Chain,
        treatment: Option<Treatment>,
        beam: usize,
        orders: &Orders<'_>,
        tools: &mut Tools,
    ) -> Vec<Piece> {
        let enter = if orders.proven.contains(&chain) { loss::ENTER_PROVEN } else { loss::ENTER };
        let terms = Terms {
            enter,
            whole: self.whole || range.start > 0,
            treatment,
            beam,
            is_end: self.is_end && range.end == self.seen.len(),
            lines: &self.lines,
            is_curly: chain.misread().is_single_byte() && is_curly(&self.seen[range.clone()]),
            pairs: self.pairs_at(range.start),
        };
        let seen = &self.seen[range.clone()];
        let part;
        let identity = if range.len() == self.seen.len() {
            &self.identity
        } else {
            let before = self.identity.state(range.start);
            part = Identity::new(orders.model, &mut tools.memo, before, seen, |_, _| ());
            &part
        };
        let Some(decoder) = Decoder::new(orders.model, &chain, seen, identity, terms, tools) else {
            return Vec::new();
        };
        let segments = decoder.run();
        let mut all: Vec<Piece> =
            segments.iter().flat_map(|segment| pieces(chain, segment, seen, identity)).collect();
        all.retain(|piece| !is_foreign(piece));
        // Where none of its readings was needed, there was no treatment.
        let fused = |said: &Said| matches!(said.event, Event::Lossy(_, Loss::Fused, _));
        for piece in &mut all {
            piece.treatment = treatment.filter(|_| piece.said.iter().any(fused));
            piece.shift(range.start);
        }
        for k in 0..all.len() {
            let until = all.get(k + 1).map_or(self.seen.len(), |next| next.start);
            all[k].gain += self.gained_behind(&all[k], until, orders.model, &mut tools.memo);
        }
        all
    }

    /// What the characters behind `piece`, before `until`, cost less after what it says than after what was observed.
    fn gained_behind(&self, piece: &Piece, until: usize, model: &Model, memo: &mut Memo) -> i64 {
        let said = piece.said[piece.said.len().saturating_sub(MAX_ORDER)..].iter().map(Said::whole);
        let after = |state, c: Option<char>| c.map_or(model.unknown(), |c| model.score(state, c).1);
        let before =
            if piece.said.len() < MAX_ORDER { self.identity.state(piece.start) } else { model.unknown() };
        let mut state = said.fold(before, after);
        let mut gain = 0;
        for i in (piece.end..until).take(MAX_ORDER - 1) {
            if self.seen[i] == '\n' || state == self.identity.state(i) {
                break;
            }
            let (cost, next) = memo.score(model, state, self.seen[i]);
            gain += self.identity.prefix[i + 1] - self.identity.prefix[i] - i64::from(cost);
            state = next;
        }
        gain
    }

    /// What is open before the observed character `i`.
    fn pairs_at(&self, i: usize) -> Pairs {
        if i == 0 { self.pairs } else { pairs_before(&self.text[..self.offsets[i]]) }
    }

    /// Of pieces that overlap the best. What is no proof, whatever it gains, stands in no other's way.
    fn choose(&self, mut all: Vec<Piece>, orders: &Orders<'_>, tools: &mut Tools) -> Vec<Piece> {
        let orders = Orders { gaps: Gaps::default(), ..*orders };
        all.sort_by_key(|piece| piece.start);
        let starts: Vec<usize> = all.iter().map(|piece| piece.start).collect();
        let (mut k, mut covered) = (0, 0);
        all.retain(|piece| {
            k += 1;
            let is_alone = covered <= piece.start && starts.get(k).is_none_or(|&next| piece.end <= next);
            covered = covered.max(piece.end);
            is_alone || {
                let found = self.judge(piece, &orders, &mut tools.fitting);
                found.is_some_and(|f| f.repair.confidence.get() > 0.0)
            }
        });
        choose(all, worth)
    }

    /// Whether a piece would be a repair that is made.
    fn convinces(&self, piece: &Piece, orders: &Orders<'_>, tools: &mut Tools) -> bool {
        self.judge(piece, orders, &mut tools.fitting).is_some_and(|found| found.convinces())
    }

    fn judge(&self, piece: &Piece, orders: &Orders<'_>, fitting: &mut Fitting) -> Option<Found> {
        // One character among marks tells nothing, where nothing else speaks for the chain.
        let tells = |c: &&char| **c > '\u{7F}' && **c != '\u{FFFD}';
        if self.seen[piece.start..piece.end].iter().filter(tells).count() < 2
            && piece.said.iter().any(is_lossy)
            && !orders.proven.contains(&piece.chain)
        {
            return None;
        }
        let mut repair = Repair {
            start: self.offsets[piece.start],
            end: self.offsets[piece.end],
            text: String::new(),
            chain: Some(piece.chain),
            treatment: piece.treatment,
            verdict: Verdict::Repaired,
            confidence: Confidence::new(0.0),
            gain: Cost::try_from(piece.gain).unwrap_or(Cost::MAX),
            gaps: Vec::new(),
            restored: Vec::new(),
        };
        self.write(piece, orders, fitting, &mut repair);
        // Gaps alone tell nothing: the marks may as well stay.
        let says = repair.text.chars().count() > repair.gaps.len();
        let observed = &self.text[repair.start..repair.end];
        let has_controls = |text| has_controls(text, &self.text[repair.end..]);
        if !says || says_the_same(observed, &repair) || has_controls(&repair.text) && !has_controls(observed)
        {
            return None;
        }
        // What was fused has not lost anything.
        if !repair.gaps.is_empty() || repair.restored.iter().any(|r| r.loss != Loss::Fused) {
            if orders.gaps == Gaps::Refuse {
                return None;
            }
            repair.verdict = Verdict::Lossy;
        }
        let evidence = self.evidence(piece, &repair, orders);
        repair.confidence = judge::confidence(&evidence);
        let proves = repair.confidence.get() >= PROVING
            && evidence.proof() >= PROOF
            && evidence.letters >= 4
            && evidence.gaps * 4 <= evidence.letters;
        Some(Found { repair, evidence, proves })
    }

    /// What speaks for and against `repair`, which `piece` has come to.
    fn evidence(&self, piece: &Piece, repair: &Repair, orders: &Orders<'_>) -> Evidence {
        let mut changed: Vec<char> =
            self.seen[piece.start..piece.end].iter().copied().filter(|&c| c > '\u{7F}').collect();
        let count = changed.len();
        changed.sort_unstable();
        changed.dedup();
        let steps = piece.chain.steps();
        let is_utf_16 = steps.iter().any(|s| s.truth.is_wide_unit() || s.misread.is_wide_unit());
        let (sure, mut fluency) = fluency(piece);
        let mut gain = worth(piece);
        let spared = || self.spared(piece, orders.model);
        let has_lost = piece.said.iter().any(is_lossy);
        if has_lost {
            // Where something was lost the form is no proof that it is there.
            let spared = spared();
            gain -= spared;
            fluency += spared / i64::try_from(sure.max(1)).unwrap_or(1);
        } else if fluency >= KNOWN {
            gain -= self.unmet(piece);
        }
        let small_misread = piece.chain.misread().is_single_byte();
        let around = piece.start.saturating_sub(1)..(piece.end + 1).min(self.seen.len());
        let touches_word = propose::touches_word(self.seen, piece.start..piece.end);
        let in_word = touches_word || self.seen[around].iter().any(char::is_ascii_alphabetic);
        let thin = !small_misread && !in_word && count * 4 <= sure * 5;
        let kind = match steps[0].truth {
            Codec::UTF_8 | Codec::CESU_8 if !is_utf_16 => Kind::Form,
            truth if truth.is_single_byte() => Kind::Single,
            _ => Kind::Double,
        };
        // Letters of one alphabet for those of another; Hanzi are told by what they say.
        let of_letters = kind != Kind::Double
            || !changed.iter().copied().chain(repair.text.chars()).any(is_hanzi_or_syllable);
        let beside = |i: usize, j: usize| Some((*self.seen.get(i)?, *self.seen.get(j)?));
        let ends =
            [beside(piece.start.wrapping_sub(1), piece.start), beside(piece.end.wrapping_sub(1), piece.end)];
        let torn = ends.iter().flatten().filter(|(a, b)| are_one_word(*a, *b)).count();
        let mut said = repair.text.chars();
        let first = said.next().unwrap_or(' ');
        let is_one = first > '\u{7F}' && said.next().is_none();
        let before = &self.seen[piece.start.saturating_sub(2)..piece.start];
        let touches_letter =
            ends.iter().flatten().any(|(a, b)| a.is_ascii_alphabetic() || b.is_ascii_alphabetic());
        let in_capitals = before.len() == 2 && before.iter().all(|c| c.is_uppercase());
        let words = self.are_words(piece, &repair.text);
        let letters = repair
            .text
            .chars()
            .filter(|c| is_letter(*c) || kind == Kind::Form && is_beside_words(*c))
            .count();
        Evidence {
            kind,
            gain,
            changed: count,
            distinct: changed.len(),
            sure,
            unchanged: self.unchanged(piece),
            fluency,
            letters,
            gaps: repair.gaps.len(),
            // What was fused has kept all its bytes.
            restored: repair.restored.iter().filter(|r| r.loss != Loss::Fused).count(),
            torn,
            alone: is_one && !ends.iter().flatten().any(|(a, b)| a.is_alphabetic() && b.is_alphabetic()),
            thin: thin && of_letters,
            accented: is_one
                && matches!(first, 'ß'..='\u{24F}')
                && first.is_lowercase()
                && kind == Kind::Form
                && !small_misread
                && touches_word
                && changed.iter().copied().all(is_hanzi_or_syllable),
            amid: small_misread && self.is_amid(piece, count),
            latin: in_word && is_between_latin(&piece.chain),
            capitals: changed.iter().all(|c| matches!(c, '\u{370}'..='\u{52F}') && c.is_uppercase()),
            words,
            foreign: repair
                .text
                .contains(|c| is_letter(c) && piece.chain.misread().unread_first(c).is_none()),
            stray: is_one && matches!(first, '\u{400}'..='\u{7FF}') && (touches_letter || torn > 0)
                || kind == Kind::Single && words && touches_word && letters <= FEW,
            senseless: is_one
                && (!in_word
                    && gain < PLAIN[usize::from(first.is_alphabetic())]
                    && fluency + spared() >= SENSELESS
                    || has_lost && i64::from(orders.model.unigram(first)) >= SENSELESS
                    || is_c1(&first) && !changed.iter().any(is_c1)),
            crowded: kind != Kind::Form && is_crowded(&changed, piece.chain.misread(), fluency),
            // What stands between two steps is no text.
            miscased: is_one && first.is_lowercase() && in_capitals
                || (is_one || !small_misread)
                    && fluency >= KNOWN
                    && has_capital_inside(before.last().copied(), &repair.text),
            small_misread,
            in_words: in_words(&repair.text),
            replaced: changed.contains(&'\u{FFFD}'),
            whole: self.is_whole(piece),
            shown: if has_lost { self.shown(piece, orders.model) } else { worth(piece) },
            proven: orders.proven.contains(&piece.chain),
            // The form of UTF-8 leaves no doubt, whatever the words are.
            strange: kind != Kind::Form && is_strange(piece)
                || repair.text.contains(|c| matches!(c, '\u{E000}'..='\u{F8FF}')),
        }
    }

    /// What the observed characters of `piece` cost as they are above what such cost in a language that the model has not met, where what is
    /// said may be in one as well; in 1/256 nat.
    fn unmet(&self, piece: &Piece) -> i64 {
        if Ceiling::of(piece.chain.steps()) != Ceiling::All || !is_natural(self.seen, piece.start..piece.end)
        {
            return 0;
        }
        let beyond = |i: usize| (self.identity.prefix[i + 1] - self.identity.prefix[i] - NATURAL).max(0);
        (piece.start..piece.end).map(beyond).sum()
    }

    /// How many characters of `piece` beyond ASCII say themselves: pages of two bytes have many in the same places.
    fn unchanged(&self, piece: &Piece) -> usize {
        let says_itself = |said: &&Said| {
            let observed = said.at.checked_sub(1).and_then(|i| self.seen.get(i));
            observed.is_some_and(|&c| c > '\u{7F}' && said.event == Event::Char(c))
        };
        piece.said.iter().filter(says_itself).count()
    }

    /// What the characters that `piece` says cost above its [`Ceiling`], in 1/256 nat.
    fn spared(&self, piece: &Piece, model: &Model) -> i64 {
        let ceiling = Ceiling::of(piece.chain.steps());
        let mut state = self.identity.state(piece.start);
        let mut beyond = 0;
        for said in &piece.said {
            match said.event {
                Event::Char(c) | Event::Lossy(c, ..) => {
                    let (cost, next) = model.score(state, c);
                    let is_whole = matches!(said.event, Event::Char(_));
                    if is_whole {
                        let behind = self.seen.get(said.at).copied();
                        beyond += i64::from(cost - ceiling.lower(model, state, c, behind, cost));
                    }
                    state = next;
                }
                _ => state = model.unknown(),
            }
        }
        beyond
    }

    /// By how much what `piece` says is likelier than the observed characters beside marks, which show what was read, by the model
    /// alone; in 1/256 nat. Nothing where what was lost was lost before the last step.
    fn shown(&self, piece: &Piece, model: &Model) -> i64 {
        let misread = piece.chain.misread();
        let is_marked = self.seen[piece.start..piece.end].contains(&'\u{FFFD}');
        if piece.chain.steps().len() > 1 {
            return 0;
        }
        let shows = |i: &usize| self.seen[*i] > '\u{7F}' && !is_mark(misread, self.seen[*i]);
        let leaving = |i: usize| self.identity.prefix[i + 1] - self.identity.prefix[i];
        let left: i64 = (piece.start..piece.end).filter(shows).map(leaving).sum();
        let (mut said, mut state) = (0, self.identity.state(piece.start));
        for event in piece.said.iter().map(|said| said.event) {
            match event {
                Event::Char(c) | Event::Lossy(c, ..) => {
                    let (cost, next) = model.score(state, c);
                    said += if c > '\u{7F}' { i64::from(cost) } else { 0 };
                    state = next;
                }
                Event::Gap(Loss::Replacement, None, None) if !is_marked => return 0,
                // What is left of it fits nothing.
                Event::Gap(_, Some(_), _) => {
                    said += i64::from(loss::GAP_UNKNOWN);
                    state = model.unknown();
                }
                _ => state = model.unknown(),
            }
        }
        left - said
    }

    /// Whether all characters beyond ASCII in a piece, but for marks, are letters of one alphabet, small but for the first of a word, and no letter of it is
    /// `said`.
    fn are_words(&self, piece: &Piece, said: &str) -> bool {
        const LATIN: u8 = 0;
        let alphabet = |c: char| match c {
            '\u{C0}'..='\u{24F}' => Some(LATIN),
            '\u{370}'..='\u{3FF}' => Some(1),
            '\u{400}'..='\u{52F}' => Some(2),
            _ => None,
        };
        let tells = |i: &usize| self.seen[*i] > '\u{7F}' && self.seen[*i] != '\u{FFFD}';
        let changed = (piece.start..piece.end).filter(tells);
        let mut alphabets = changed.clone().map(|i| alphabet(self.seen[i]));
        let Some(one) = alphabets.next().flatten() else { return false };
        let is_ascii_letter = |i: usize| self.seen.get(i).is_some_and(char::is_ascii_alphabetic);
        let is_in_word = |i: usize| {
            let begins = i.checked_sub(1).is_none_or(|i| !self.seen[i].is_alphabetic());
            let is_mixed = is_ascii_letter(i.wrapping_sub(1)) || is_ascii_letter(i + 1);
            (begins || self.seen[i].is_lowercase()) && (one == LATIN || !is_mixed)
        };
        alphabets.all(|of| of == Some(one))
            && !said.chars().any(|c| alphabet(c) == Some(one))
            && changed.clone().all(is_in_word)
    }

    /// Whether nothing beyond ASCII stands near a piece in its line.
    fn is_whole(&self, piece: &Piece) -> bool {
        let before = &self.seen[piece.start.saturating_sub(BESIDE)..piece.start];
        let after = &self.seen[piece.end..self.seen.len().min(piece.end + BESIDE)];
        let ends_line = |c: Option<&char>| c.is_none_or(|c| *c == '\n');
        let stays = |c: &&char| **c == '\n' || !c.is_ascii();
        ends_line(before.iter().rev().find(stays)) && ends_line(after.iter().find(stays))
    }

    /// Whether more than `few` letters beyond ASCII near a piece in its line are such as its misread has, and make sense as they are.
    fn is_amid(&self, piece: &Piece, few: usize) -> bool {
        let stays = |i: &usize| self.seen[*i] != '\n';
        let before = (piece.start.saturating_sub(BESIDE)..piece.start).rev().take_while(stays);
        let after = (piece.end..self.seen.len().min(piece.end + BESIDE)).take_while(stays);
        let misread = piece.chain.misread();
        let is_kin = |i: &usize| {
            let (c, cost) = (self.seen[*i], self.identity.prefix[i + 1] - self.identity.prefix[*i]);
            is_letter(c) && cost <= MAKES_SENSE && misread.unread_first(c).is_some()
        };
        before.chain(after).filter(is_kin).nth(few).is_some()
    }

    /// Writes what a piece says, and decides which lost characters are gaps.
    fn write(&self, piece: &Piece, orders: &Orders<'_>, fitting: &mut Fitting, repair: &mut Repair) {
        if let Some(text) = piece.said.iter().map(Said::whole).collect() {
            repair.text = text;
            return;
        }
        let model = orders.model;
        let codec = piece.chain.steps()[0].truth;
        let mut around = Around {
            model,
            fitting,
            codec,
            is_single: piece.chain.misread().is_single_byte(),
            said: &piece.said,
            before: &self.seen[..piece.start],
            after: &self.seen[piece.end..],
            is_end: self.is_end,
            habits: Habits::of(&piece.said, *self.spacing.get_or_init(|| spacing(self.seen))),
            lines: &self.lines,
        };
        let last =
            std::array::from_fn(|k| (piece.start + k).checked_sub(ALIKE).map_or(' ', |k| self.seen[k]));
        let pairs = self.pairs_at(piece.start);
        let mut place = Place { k: 0, last, state: self.identity.state(piece.start), pairs };
        let at_least = |p: f64| if orders.gaps == Gaps::Mark { f64::INFINITY } else { p };
        // What was told of places ahead, the next one first.
        let mut told: VecDeque<(usize, Rivals)> = VecDeque::new();
        for (k, Said { event, at, .. }) in piece.said.iter().enumerate() {
            place.k = k;
            if told.is_empty() && matches!(event, Event::Lossy(_, _, Some(_))) {
                told.extend(around.together(place));
            }
            let is_told = told.front().is_some_and(|(at, _)| *at == k);
            let together = if is_told { told.pop_front().map(|(_, rivals)| rivals) } else { None };
            // What the next characters are weighed after.
            let mut like = None;
            let said = match *event {
                Event::Char('\r') if self.seen[at - 1] != '\r' => {
                    let best = Some(('\r', FOLDED_BACK));
                    restored(repair, Loss::QuestionMark, best, Vec::new(), at_least(NO_DOUBT))
                }
                Event::Char(c) => Some(c),
                Event::Gap(loss, pattern, kind) => {
                    like = kind;
                    let (rivals, least) = match pattern {
                        Some(p) => (around.alternatives(&p, loss, place), MIN_RESTORED),
                        None if kind.is_some() => (around.lows(place), NO_DOUBT),
                        None => (Vec::new(), 1.0),
                    };
                    let best = rivals.first().copied();
                    restored(repair, loss, best, rivals, at_least(least))
                }
                Event::Lossy(c, loss, pattern) => {
                    let rivals = match (together, pattern) {
                        (Some(rivals), _) => rivals,
                        (None, Some(p)) if codec.matches(p, c) => around.alternatives(&p, loss, place),
                        _ => Vec::new(),
                    };
                    // What was folded kept all its bytes; of what did not, the context on both sides decides.
                    let best = match pattern {
                        Some(_) => rivals.first().copied(),
                        None => Some((c, FOLDED_BACK)).filter(|_| !is_private(c)),
                    };
                    // What was fused has not lost anything.
                    let least = if loss == Loss::Fused { MIN_RESTORED } else { at_least(MIN_RESTORED) };
                    restored(repair, loss, best, rivals, least)
                }
                Event::Enter | Event::Leave => continue,
            };
            repair.text.push(said.unwrap_or(orders.gap_char));
            place.pass(model, said.or(like), orders.gap_char);
        }
    }
}

/// Notes a lost character at the end of what is written: restored, where `best` is at least as probable as `least`,
/// otherwise a gap.
fn restored(
    repair: &mut Repair,
    loss: Loss,
    best: Option<(char, f64)>,
    mut rivals: Vec<(char, f64)>,
    least: f64,
) -> Option<char> {
    let at = repair.text.len();
    let Some((c, probability)) = best.filter(|(_, p)| *p >= least) else {
        repair.gaps.push(Gap { at, loss, alternatives: rivals });
        return None;
    };
    rivals.retain(|(r, _)| *r != c);
    repair.restored.push(Restored { at, loss, probability, alternatives: rivals });
    Some(c)
}

/// Whether nothing in `text` tells two chains apart, which differ in nothing but the tables of vendors or in the order of bytes.
fn are_alike(a: &Chain, b: &Chain, text: &[char]) -> bool {
    let have_one_truth = || a.steps().iter().zip(b.steps()).all(|(a, b)| a.truth == b.truth);
    are_swaps(a, b) || are_kin(a, b) && have_one_truth() && reads_alike(text, a.misread(), b.misread())
}

/// Whether both chains swap the two bytes of each unit of UTF-16.
fn are_swaps(a: &Chain, b: &Chain) -> bool {
    let is_swap = |step: &Step| step.truth.is_wide_unit() && step.misread.is_wide_unit();
    [a, b].iter().all(|chain| matches!(chain.steps(), [step] if is_swap(step)))
}

/// Whether `repair` differs from what was observed in nothing but marks.
fn says_the_same(observed: &str, repair: &Repair) -> bool {
    let is_gap = |at: usize| repair.gaps.binary_search_by_key(&at, |gap| gap.at).is_ok();
    let said = repair.text.char_indices().filter(|(at, _)| !is_gap(*at)).map(|(_, c)| c);
    observed == repair.text || observed.chars().filter(|c| *c != '\u{FFFD}').eq(said)
}

/// Whether `c` is one of the control characters that hardly any text has.
fn is_c1(c: &char) -> bool {
    matches!(c, '\u{80}'..='\u{9F}')
}

/// Whether `text`, before `behind`, has control characters of ASCII that are no line ends and no tabs.
fn has_controls(text: &str, behind: &str) -> bool {
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        let is_end = byte == b'\r' && rest.peek().or(behind.as_bytes().first()) == Some(&b'\n');
        if byte.is_ascii_control() && !is_end && !matches!(byte, b'\n' | b'\t') {
            return true;
        }
    }
    false
}

/// How many characters beyond ASCII `piece` says that lost nothing, and what they cost on average.
fn fluency(piece: &Piece) -> (usize, i64) {
    let mut before = piece.cost_before;
    let (mut total, mut count) = (0, 0);
    for said in &piece.said {
        if matches!(said.event, Event::Char(c) | Event::Lossy(c, Loss::Fused, None) if c > '\u{7F}') {
            total += said.cost - before;
            count += 1;
        }
        before = said.cost;
    }
    (count, total / i64::try_from(count.max(1)).unwrap_or(1))
}

/// Whether `piece` is mostly Hanzi though a page of Korean is said to have written it, which is written in Hangul, or many of them that are
/// no name, with nothing that Japanese has between them, though one of Japanese is: no such repair is made, and it stands in no other's way.
fn is_foreign(piece: &Piece) -> bool {
    let is_hanzi = |c: char| matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}');
    let is_hangul = |c: char| matches!(c, '\u{AC00}'..='\u{D7A3}' | '\u{3131}'..='\u{318E}');
    let is_japanese =
        |c: char| matches!(c, '\u{3001}'..='\u{3002}' | '\u{3041}'..='\u{30FE}' | '\u{FF66}'..='\u{FF9F}');
    let count =
        |is: &dyn Fn(char) -> bool| piece.said.iter().filter_map(Said::whole).filter(|c| is(*c)).count();
    match piece.chain.steps()[0].truth {
        Codec::EUC_KR | Codec::CP949 => count(&is_hanzi) > count(&is_hangul),
        Codec::EUC_JP | Codec::SHIFT_JIS | Codec::CP932 => {
            count(&is_hanzi) >= MANY_HANZI && count(&is_japanese) == 0 && fluency(piece).1 > IN_NAMES
        }
        _ => false,
    }
}

/// Whether the different characters of `changed` stand in few rows of `misread`, as those of one kind do, where it is UTF-16, or a page of
/// two bytes a character and they are no Hanzi or kana, nor what is said text; or all are Hanzi that Unicode has twice.
fn is_crowded(changed: &[char], misread: Codec, fluency: i64) -> bool {
    let shown = || changed.iter().copied().filter(|&c| c != '\u{FFFD}');
    let count = shown().count();
    if count > 1 && shown().all(|c| matches!(c, '\u{F900}'..='\u{FAFF}')) {
        return true;
    }
    let is_written =
        |c: char| is_hanzi_or_syllable(c) || is_private(c) || matches!(c, '\u{3041}'..='\u{30FF}');
    let are_signs = || fluency >= MAKES_SENSE && !shown().any(is_written);
    if !(misread.is_wide_unit() || misread.is_double_byte() && are_signs()) {
        return false;
    }
    let bytes = || shown().filter_map(|c| misread.unread_first(c)).filter(|bytes| bytes.len() == 2);
    // Of UTF-16 either byte may be the row; what is in order elsewhere may go on in the next one.
    let most = count + usize::from(!misread.is_wide_unit());
    let is_so = |k: usize| {
        let mut rows: Vec<u8> = bytes().map(|bytes| bytes[k]).collect();
        let are_all = rows.len() == count;
        rows.sort_unstable();
        rows.dedup();
        are_all && rows.len() * 2 <= most
    };
    is_so(0) || misread.is_wide_unit() && is_so(1)
}

/// Whether `c` is a Hanzi or a syllable of Hangul.
fn is_hanzi_or_syllable(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether `c` is a space or quotation mark that stands beside words of Latin.
fn is_beside_words(c: char) -> bool {
    matches!(c, '\u{A0}' | '«' | '»' | '\u{2018}'..='\u{201D}')
}

/// Whether `c` is a letter or figure beyond ASCII; most of what is asked for are Hanzi.
fn is_letter(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}') || c > '\u{7F}' && c.is_alphanumeric()
}

/// Whether a capital beyond ASCII stands behind a small letter in `text`, which stands behind `before`.
fn has_capital_inside(before: Option<char>, text: &str) -> bool {
    let last = before.into_iter().chain(text.chars());
    last.zip(text.chars().skip(usize::from(before.is_none())))
        .any(|(a, b)| a.is_lowercase() && b > '\u{7F}' && b.is_uppercase())
}

/// How many signs and characters beyond alphabets stand between two letters of ASCII in `text`.
fn in_words(text: &str) -> usize {
    let (mut last, mut before, mut count) = (' ', ' ', 0);
    for c in text.chars() {
        let is_between = last.is_ascii_alphabetic() && c.is_ascii_alphabetic();
        count += usize::from(is_between && before >= '\u{2190}');
        (last, before) = (before, c);
    }
    count
}

/// Whether two neighbours are letters beyond ASCII of a script that writes words apart, or of the same kana.
fn are_one_word(a: char, b: char) -> bool {
    let of_word =
        |c: char| c > '\u{7F}' && c.is_alphabetic() && !matches!(c, '\u{2E80}'..='\u{A4CF}' | '\u{F900}'..);
    let kana = |c: char| match c {
        '\u{3041}'..='\u{309F}' => 1,
        '\u{30A1}'..='\u{30FF}' => 2,
        _ => 0,
    };
    of_word(a) && of_word(b) || kana(a) != 0 && kana(a) == kana(b)
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
    use crate::{Gaps, Loss, Repairer, Scratch};

    #[test]
    fn what_stands_beside_a_repair_in_its_line_is_seen() {
        let damage = "娓″彛鐨勭伅杩樹寒鐫€";
        let far = "x ".repeat(super::BESIDE);
        for (text, whole) in [
            (damage.to_owned(), true),
            (format!("// {damage};"), true),
            (format!("村子\n// {damage} \n村子"), true),
            (format!("村子 {damage}"), false),
            (format!("{damage} (村子)"), false),
            (format!("村子 {far}{damage}{far} 村子"), true),
        ] {
            let found = Repairer::new().evidence(&text);
            let seen: Vec<bool> = found.iter().map(|(_, evidence)| evidence.whole).collect();
            assert_eq!(seen, [whole], "{text}");
        }
    }

    const LINES: [&str; 5] = [
        "昨天夜里下了一场大雨，院子里的石榴树又落了许多花。",
        "你说他今年还会回来过年吗? 我看未必。",
        "外婆把晒干的豆角装进坛子，说是要留到冬天再吃。",
        "老舍写过骆驼祥子，魑魅魍魉却是另一回事。",
        "街口那家修鞋的铺子已经关了三个月，门上贴着告示。",
    ];

    fn stay(texts: &[&str]) {
        for text in texts {
            assert_eq!(Repairer::new().repair(text), *text);
        }
    }

    /// Source code saved by a reader whose `?` takes along what follows: the CR of a line that ends with CR LF, or the break of one that
    /// does not, where the next line shows that it is one.
    #[test]
    fn line_ends_that_a_mark_swallowed_come_back() {
        let crlf = "// 璇诲彇閰嶇疆鏂囦欢锛岃繑鍥為粯璁ゅ€?\nint x = 1;\r\n    // 杩欓噷妫€鏌ュ弬鏁版槸鍚︿负绌?\n    if (a) {\r\n";
        let said =
            "// 读取配置文件，返回默认值\r\nint x = 1;\r\n    // 这里检查参数是否为空\r\n    if (a) {\r\n";
        let report = Repairer::new().report(crlf);
        assert_eq!(report.text, said);
        let restored: Vec<_> = report.repairs.iter().flat_map(|r| &r.restored).map(|r| r.loss).collect();
        assert_eq!(restored, [Loss::QuestionMark; 4]);
        let marked = Repairer::builder().gaps(Gaps::Mark).build();
        assert!(marked.repair(crlf).contains("返回默认\u{FFFD}\u{FFFD}\nint"));

        let indented = "    if (a) {\n        // 鎵撳紑鏁版嵁搴撹繛鎺?        run();\n        // 寮€濮嬫墽琛屼换鍔?        go();\n    }\n";
        let said = "    if (a) {\n        // 打开数据库连接\n        run();\n        // 开始执行任务\n        go();\n    }\n";
        assert_eq!(Repairer::new().repair(indented), said);
        // Where nothing shows that a line begins it is a gap, if anything.
        assert!(!Repairer::new().repair(&indented.replace("?        ", "?")).contains("连接\n"));
        // In a table blanks stand between columns.
        let table = "濮撳悕\t鍩庡競\n寮犲皬鏄?\t涓婃捣\n鐜嬭姵\t鍖椾含\n";
        assert_eq!(Repairer::new().repair(table).matches('\n').count(), 3);
    }

    /// Behind damage whose `?` are marks a row of them is lost text, not a row of questions.
    #[test]
    fn a_row_of_marks_in_damage_is_no_clean_text() {
        // 他在信裡說明年春天要帶孩子們回到鄉下，主要是讓不同的人更瞭解內容，我可以開始工作了。
        let damaged =
            "隞??靽∟ㄐ隤芣?撟湔?憭抵?撣嗅酋摮????????嚗?蜓閬??霈?????鈭箸??剛圾?批捆嚗???臭誑???撌乩?鈭??";
        let repaired = Repairer::new().repair(damaged);
        assert!(repaired.contains("年春天要帶孩子\u{FFFD}") && !repaired.contains('?'), "{repaired}");
        assert_eq!(Repairer::new().repair("真的嗎??????"), "真的嗎??????");
    }

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

    /// A swallowed mark is told by what it closes, by what else its line opens and closes, and by what stands before the same nearby.
    #[test]
    fn swallowed_marks_of_tables_code_and_pages_come_back() {
        for (text, said) in [
            (
                "  `name` varchar(32) COMMENT '鐢ㄦ埛鍚?,\n  `file` varchar(64) COMMENT '鏂囦欢鍚?,\n",
                "  `name` varchar(32) COMMENT '用户名',\n  `file` varchar(64) COMMENT '文件名',\n",
            ),
            (
                "<td>鏃堕棿</td><td>娓╁害</td></tr><tr><td>涓婂崍</td><td>瑗垮寳椋?/td></tr>\n",
                "<td>时间</td><td>温度</td></tr><tr><td>上午</td><td>西北风</td></tr>\n",
            ),
            (
                "<td>鏃堕棿</td><td>娓╁害</td></tr><tr><td>涓婂崍</td><td>浜屽崄搴?/td></tr>\n",
                "<td>时间</td><td>温度</td></tr><tr><td>上午</td><td>二十度</td></tr>\n",
            ),
        ] {
            assert_eq!(Repairer::new().repair(text), said);
        }
        // A column is not lost without a mark.
        let columns = "1,鏉庢槑,鎶€鏈\u{E21E}儴,2019-03-01\n2,鐜嬭姵,甯傚満閮?2020-07-15\n3,寮犱紵,璐㈠姟閮?2018-11-20\n";
        let repaired = Repairer::new().repair(columns);
        assert!(
            repaired.lines().skip(1).all(|line| line.contains("部\u{FFFD}20") || line.contains("部,20")),
            "{repaired}"
        );
        // No bracket closes what was open before the string.
        let code = "    print(\"鏈嶅姟宸茬粡鍚\u{E21A}姩锛岀洃鍚\u{E102}\u{E06C}鍙? %d\" % self.port)\n";
        assert_eq!(Repairer::new().repair(code), "    print(\"服务已经启动，监听端口: %d\" % self.port)\n");
    }

    /// Nor is what is there taken for part of what was lost: a straight quotation mark among typographic ones, and a line break.
    #[test]
    fn marks_and_line_breaks_that_are_there_stay() {
        let text = "/**\n * @param name 'ç”¨æˆ·å'\n * @return 'ç™»å½•ç»“æžœ'\n */\n";
        assert_eq!(
            Repairer::new().repair(text),
            "/**\n * @param name '用户名'\n * @return '登录结果'\n */\n"
        );
    }

    /// A byte that was dropped may have stood before either of those that are left.
    #[test]
    fn where_a_dropped_byte_stood_is_told_by_the_text() {
        let text = "å¦‚å›¾æ‰€ç¤ºï¼Œè¯¯å·®éšç çŽ‡ä¸‹é™ã€‚";
        // Left of 随 are its first two bytes, left of 魚 its first and its last.
        assert!(Repairer::new().repair(text).starts_with("如图所示，误差随"));
    }

    /// Several `?` where damage ends are marks of it, and one is where others of that damage were; otherwise it is asked.
    #[test]
    fn marks_at_the_end_of_damage() {
        let two = "莉雁､ｩ逧?ｸｩ蠎ｦ豈疲乖螟ｩ鬮假ｼ御ｸｺ莉\u{80}荵井ｼ夊ｿ呎\u{F8F0}ｷ??";
        assert_eq!(Repairer::new().repair(two), "今天的温度比昨天高，为什么会这样\u{FFFD}");
        let asked = "鎬庝箞鎵嶈兘寮€濮嬭\u{E511}鍔ㄧ殑绗\u{E0FF}竴姝�?";
        assert_eq!(Repairer::new().repair(asked), "怎么才能开始行动的第一步?");
    }

    /// What stands between two marks may have been anything that begins and ends like it.
    #[test]
    fn one_character_among_marks_proves_nothing() {
        stay(&[
            "夏天的傍晚，\u{FFFD}虫\u{FFFD}声从田边传来，他停下脚步。",
            "老人说\u{FFFD}虫\u{FFFD}边坐着。",
            "夜里下了雨，\u{FFFD}虫\u{FFFD}声音渐渐停了。",
        ]);
    }

    /// Nor do a few characters that would be parts of others, hardly any of them whole.
    #[test]
    fn parts_among_marks_prove_nothing() {
        stay(&[
            "且多蟲��殊不足觀�惟先父��之地方誌十二��尚",
            "问：现在大家都用手机�航��会觉得�惜吗？",
            "叶朝里，一�一层压实�中间不留�隙��上�压�块",
            "�不棄，盛夏過後請�駕�敘��掃��待�時��暑",
            "廿四味�皺着眉頭喝完�嘆一�氣�說�「�舊�。」",
            "一封攤?爐?烘??乾了再讓他送。有一回?過?頭，",
            "Επ��λ��ξ��ε τ�� γ����φικό",
            "Откройте ��кно �� закр��йте ��го",
        ]);
    }

    /// Letters of another alphabet that look like Latin ones, letters at full width, and Latin ones with marks on them are text.
    #[test]
    fn letters_in_disguise_stay() {
        stay(&[
            "Siе könnеn еinzеlnе Ändеrungеn аnnеhmеn оdеr vеrwеrfеn.",
            "Ａｄｄ　ａ　ｆｉｅｌｄ ｉｃｏｎ ｏｎ ｔｈｅ ｔｏｏｌｂａｒ．",
            "Ｉｎｉｃｉａ ｏ ｇｅｒａｄｏｒ ｄｅ ｃｏｎｓｕｌｔａｓ",
            "[Ôpéñ thé Îñtérñét sétîñgs!!]",
            "[Ţĥé ðöķûɱéñţ!!!]",
            "Whéré àré ýôü ñôw, ànd whô îs wîth ýôü?",
            "Schréîbéñ Sîé îñ dàs Féld, wàs Sîé séhéñ.",
        ]);
    }

    /// Arrows between letters are text: their form proves it.
    #[test]
    fn arrows_between_letters_come_back() {
        for (text, said) in [("x = Aâ†’B", "x = A→B"), ("流程：Aâ†’Bâ†’Câ†’D", "流程：A→B→C→D")]
        {
            assert_eq!(Repairer::new().repair(text), said);
        }
    }

    /// Rare words and question marks are no reason to think that something is missing; what is missing is seen all the same.
    #[test]
    fn a_missing_byte_is_told_from_rare_words() {
        for chain in ["gbk>latin-1", "gbk>cp1252"] {
            let parsed: crate::Chain = chain.parse().unwrap();
            let whole = LINES.map(|line| parsed.garble(line).unwrap());
            let text = whole.join("\n");
            assert_eq!(Repairer::new().repair(&text), LINES.join("\n"), "{chain}");
            // The second byte of 经 is a soft hyphen, which is soon gone.
            let text = text.replace('\u{AD}', "");
            let report = Repairer::new().report(&text);
            assert_eq!(report.text, LINES.join("\n"), "{chain}");
            assert_eq!(report.repairs.iter().filter(|r| r.verdict == crate::Verdict::Lossy).count(), 1);
        }
    }

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
