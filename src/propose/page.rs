//! What a sample's bytes were under a misread, and what they say under a truth.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::LazyLock;

use super::{
    Count, ERROR, EVIDENT_CHARS, Left, MISREADS, TRUTHS, in_context, is_likely, prior, same_table, sum,
};
use crate::chain::{Chain, Step};
use crate::codec::{Codec, FedKnown, LatticeByte, Pending};
use crate::cost::Cost;
use crate::lattice::is_mark;
use crate::lm::Model;
use crate::lm::by_bytes::{ABREAST, INVALID, Lanes, MORE, NEVER, coarse, fine};
use crate::scan;
use crate::straight::has_form;

/// Misreads that make the same of a text, the likeliest first, and what the text was before any of them.
pub(super) struct Page {
    misreads: Vec<Codec>,
    /// Characters before the first odd one.
    first_odd: usize,
    /// What each of [`SMALL`] gains at most, as either is counted, once that was asked for.
    small: [OnceCell<[Cost; ABREAST]>; 2],
    /// The same of [`PAIRS`]: no less than that.
    pairs: [OnceCell<Lanes>; 2],
    /// With the observed characters taken by then.
    was: Vec<(Was, usize)>,
    /// Every odd character can have come from it.
    pub(super) covers_all: bool,
}

/// The misreads that can have produced most of the odd characters of `text`, the likeliest first, each made when it is asked for.
/// Only of those that `is_tried` holds for. Before the characters at `breaks` others were left out.
pub(super) fn pages<'a>(
    text: &'a [char],
    odd: &'a [bool],
    breaks: &'a [usize],
    is_tried: &'a dyn Fn(Codec) -> bool,
) -> impl Iterator<Item = Page> + 'a {
    let telling = telling(text, odd);
    let mut is_done = vec![false; BY_PRIOR.len()];
    // What each misread has made the first of them of, and how many it can have made, once that was asked for.
    let (mut first, mut made) = (vec![None; BY_PRIOR.len()], vec![None; BY_PRIOR.len()]);
    BY_PRIOR.iter().enumerate().filter_map(move |(k, &misread)| {
        if is_done[k] || !is_tried(misread) {
            return None;
        }
        let can = *made[k].get_or_insert_with(|| makes(misread, &telling));
        if can == 0 || can * 10 < telling.len() * 6 {
            return None;
        }
        let mut misreads = vec![misread];
        let mut first = |n: usize, misread: Codec| {
            *first[n].get_or_insert_with(|| {
                misread.unread_first(telling[0]).filter(|_| !is_mark(misread, telling[0]))
            })
        };
        let own = first(k, misread);
        for (n, &other) in BY_PRIOR.iter().enumerate().skip(k + 1) {
            // Pages of several bytes a character have nothing in common; of the others most differ in the first one.
            if (misread.is_single_byte() && other.is_single_byte() || same_table(misread, other))
                && first(n, other) == own
                && *made[n].get_or_insert_with(|| makes(other, &telling)) == can
                && reads_alike(text, misread, other)
            {
                misreads.push(other);
                is_done[n] = true;
            }
        }
        let tables = misread.tables();
        let mut was = Vec::with_capacity(text.len() * 2 + breaks.len());
        let mut breaks = breaks.iter().peekable();
        for (c, at) in text.iter().zip(1..) {
            if breaks.next_if(|&&next| next == at - 1).is_some() {
                was.push((Was::Mark, at - 1));
            }
            match tables.unread_first(*c) {
                _ if *c == '?' => was.push((Was::Question, at)),
                _ if is_mark(misread, *c) => was.push((Was::Mark, at)),
                Some(bytes) => was.extend(bytes.iter().map(|&byte| (Was::Byte(byte), at))),
                None => was.push((Was::Other(*c), at)),
            }
        }
        let first_odd = odd.iter().position(|&odd| odd).unwrap_or(0);
        let covers_all = can == telling.len();
        Some(Page {
            misreads,
            first_odd,
            small: Default::default(),
            pairs: Default::default(),
            was,
            covers_all,
        })
    })
}

/// What is odd in `text` and tells of the misread.
pub(super) fn telling(text: &[char], odd: &[bool]) -> Vec<char> {
    let is_telling = |&(&c, &odd): &(&char, &bool)| odd && c > '\u{7F}' && c != '\u{FFFD}';
    text.iter().zip(odd).filter(is_telling).map(|(c, _)| *c).collect()
}

/// How many of `text` the misread can have made.
fn makes(misread: Codec, text: &[char]) -> usize {
    let has_made = maker(misread);
    text.iter().filter(|&&c| has_made(c)).count()
}

/// Whether the misread can have made all of `text`.
pub(super) fn makes_all(misread: Codec, text: &[char]) -> bool {
    let has_made = maker(misread);
    text.iter().all(|&c| has_made(c))
}

/// Tells of a character whether the misread can have made it.
fn maker(misread: Codec) -> impl Fn(char) -> bool {
    let (tables, is_wide, is_double) = (misread.tables(), misread.is_wide_unit(), misread.is_double_byte());
    move |c| {
        // UTF-16 has all characters.
        is_wide || is_mark(misread, c) || {
            // So has GB18030, but nothing is misread as many of those of four bytes.
            tables.pair(c).is_some()
                || match tables.unread_first(c) {
                    Some(bytes) => !is_double || bytes.len() < 4,
                    None => is_double && tables.produces(c),
                }
        }
    }
}

/// Whether two misreads have made `text` of the same bytes.
pub(crate) fn reads_alike(text: &[char], one: Codec, other: Codec) -> bool {
    let (tables, others) = (one.tables(), other.tables());
    text.iter().all(|&c| {
        c == '?'
            || is_mark(one, c) == is_mark(other, c)
                && (is_mark(one, c) || tables.unread_first(c) == others.unread_first(c))
    })
}

/// The misreads, the likeliest first.
static BY_PRIOR: LazyLock<Vec<Codec>> = LazyLock::new(|| {
    let mut all = MISREADS.to_vec();
    all.sort_by_key(|(_, cost)| *cost);
    all.into_iter().map(|(codec, _)| codec).collect()
});

/// The truths of one byte a character, which are weighed together.
const SMALL: [Codec; ABREAST] = [
    Codec::WINDOWS_1251,
    Codec::KOI8_R,
    Codec::WINDOWS_1250,
    Codec::WINDOWS_1252,
    Codec::WINDOWS_1253,
    Codec::WINDOWS_1254,
    Codec::WINDOWS_1256,
    Codec::WINDOWS_1257,
];

/// The truths of two bytes a character, for which a bound is found together.
const PAIRS: [Codec; ABREAST] = [
    Codec::GBK,
    Codec::BIG5,
    Codec::CP950,
    Codec::SHIFT_JIS,
    Codec::EUC_JP,
    Codec::EUC_KR,
    Codec::UTF_16LE,
    Codec::UTF_16BE,
];

/// The chains of one step that are searched for, with their priors, by the numbers of misread and truth.
static CHAINS: LazyLock<Vec<Option<(Chain, i64)>>> = LazyLock::new(|| {
    let mut chains = vec![None; Codec::COUNT * Codec::COUNT];
    for (&(truth, _), &(misread, _)) in TRUTHS.iter().flat_map(|t| MISREADS.iter().map(move |m| (t, m))) {
        let step = Step { truth, misread };
        if let Some(chain) = Chain::new(&[step]).ok().filter(|_| is_likely(step)) {
            chains[misread.index() * Codec::COUNT + truth.index()] = Some((chain, i64::from(prior(&chain))));
        }
    }
    chains
});

impl Page {
    /// The likely chains of one step with this truth, the likeliest first, with their priors.
    pub(super) fn chains(&self, truth: Codec) -> impl Iterator<Item = (Chain, i64)> + Clone {
        let chains = &*CHAINS;
        self.misreads.iter().filter_map(move |misread| chains[misread.index() * Codec::COUNT + truth.index()])
    }

    /// Whether `misread` is one of its misreads.
    pub(super) fn has(&self, misread: Codec) -> bool {
        self.misreads.contains(&misread)
    }

    /// The likeliest of them; none where the truth is CESU-8 and says the same as UTF-8.
    pub(super) fn likeliest(&self, truth: Codec) -> Option<(Chain, i64)> {
        self.chains(truth).next().filter(|_| truth != Codec::CESU_8 || self.has_surrogates())
    }

    /// Whether there are bytes that CESU-8 reads in another way than UTF-8.
    fn has_surrogates(&self) -> bool {
        self.was.windows(2).any(|two| match (two[0].0, two[1].0) {
            (Was::Byte(a), Was::Byte(b)) => matches!((a, b), (0xED, 0xA0..=0xBF) | (0xC0, 0x80)),
            _ => false,
        })
    }

    /// From how many characters on `truth` may have to be read, besides from the first one: the sample may begin in the middle of a
    /// pair, and what stands before damage may take its first byte along.
    pub(super) fn other_start(&self, truth: Codec) -> Option<usize> {
        let is_odd = |&(was, at): &(Was, usize)| at == 1 && matches!(was, Was::Byte(0x80..));
        let count = self.was.iter().take_while(|was| is_odd(was)).count();
        let start = if count % 2 == 1 { 1 } else { self.first_odd };
        Some(start).filter(|start| truth.is_double_byte() && *start > 0)
    }

    /// From how many characters on `truth` is read.
    pub(super) fn starts(&self, truth: Codec) -> impl Iterator<Item = usize> {
        std::iter::once(0).chain(self.other_start(truth))
    }

    /// What `truth` gains at most on the best stretch of the sample, of which the characters cost what is `left` as they
    /// are: in context, text costs less than its characters do by themselves; what is none does not. None where that takes more to
    /// tell. Where it is less than `least`, it need not be worked out how much less: that
    /// saves time from some tens of samples on.
    pub(super) fn promise(
        &self,
        model: &Model,
        truth: Codec,
        left: &Left,
        count: Count,
        least: Option<i64>,
    ) -> Option<i64> {
        let (small, pairs, left) =
            (&self.small[count as usize], &self.pairs[count as usize], left.sums(count));
        if let (Some(least), Some(lane)) = (least, PAIRS.iter().position(|&pairs| pairs == truth)) {
            let most = i64::from(fine(pairs.get_or_init(|| self.bound_of_pairs(model, left))[lane]));
            if most < least {
                return Some(most);
            }
        }
        let most = if has_form(truth) {
            self.promise_of_form(model, truth, left)?
        } else if let Some(lane) = SMALL.iter().position(|&small| small == truth) {
            small.get_or_init(|| self.promises_of_small(model, left))[lane]
        } else {
            let start = self.other_start(truth);
            let (most, meets) = self.promise_of_pairs(model, truth, left, 0, start);
            // From where they meet both read the same.
            let other =
                start.filter(|_| !meets).map(|at| self.promise_of_pairs(model, truth, left, at, None));
            other.map_or(most, |(other, _)| most.max(other))
        };
        Some(i64::from(most))
    }

    /// What UTF-8 or a form of it gains at most; none where the bytes have its form, or may have had it before others were lost.
    fn promise_of_form(&self, model: &Model, truth: Codec, left: &[Cost]) -> Option<Cost> {
        let mut bound = Bound::new(left, 0);
        let shape = self.hear(truth, 0, u32::MAX, |heard| match heard {
            // A letter costs far more by itself than in its word.
            Heard::Char(c @ '\u{80}'..='\u{7FF}', at) => bound.say(model.unigram(c) / 3, at),
            Heard::Char(c, at) | Heard::Other(c, at) => bound.say(model.unigram(c), at),
            Heard::Misfit => bound.misfits += 1,
        });
        let tells_more = shape.is_proof() || shape.is_stripped() && self.may_strip();
        (!tells_more).then_some(bound.best)
    }

    /// Whether `truth` fits so well from the character `skip` on that it may be evident, and its characters cost so little by
    /// themselves: at most `most` on average, of those beyond ASCII behind which nothing was lost.
    pub(super) fn may_be_evident(&self, model: &Model, truth: Codec, skip: usize, most: i64) -> bool {
        // So many errors there may be where all characters are beyond ASCII.
        let errors = if has_form(truth) { u32::try_from(self.was.len()).unwrap_or(u32::MAX) / 8 } else { 0 };
        let (mut total, mut count, mut is_behind_loss) = (0, 0, false);
        let shape = self.hear(truth, skip, errors, |heard| match heard {
            Heard::Char(c, _) | Heard::Other(c, _) => {
                if !std::mem::take(&mut is_behind_loss) && c > '\u{7F}' {
                    total += i64::from(model.unigram(c));
                    count += 1;
                }
            }
            Heard::Misfit => is_behind_loss = true,
        });
        shape.is_evident(truth) && total / count.max(1) <= most
    }

    /// Reads what it was as `truth`, from the character `skip` on; up to the first error that is more than `most`.
    fn hear(&self, truth: Codec, skip: usize, most: u32, mut hear: impl FnMut(Heard)) -> Shape {
        let tables = truth.tables();
        let (mut shape, mut pending) = (Shape::default(), Pending::default());
        // Bytes of the pending character.
        let mut taken = 0;
        for &(was, at) in self.from(skip) {
            if shape.errors > most {
                break;
            }
            let byte = match was {
                Was::Byte(byte) => byte,
                Was::Question if pending.is_empty() => b'?',
                Was::Question | Was::Mark => {
                    pending = Pending::default();
                    continue;
                }
                Was::Other(c) => {
                    if !pending.is_empty() {
                        // What was begun is not ended.
                        pending = Pending::default();
                        shape.errors += 1;
                        hear(Heard::Misfit);
                    }
                    hear(Heard::Other(c, at));
                    continue;
                }
            };
            let mut fed = tables.feed_known(pending, byte);
            if fed == FedKnown::Invalid {
                shape.errors += 1;
                hear(Heard::Misfit);
                shape.cut += u32::from(taken > 0);
                shape.partial += u32::from(taken > 1);
                taken = 0;
                fed = tables.feed_known(Pending::default(), byte);
                shape.stray += u32::from(fed == FedKnown::Invalid);
            }
            pending = Pending::default();
            taken = if matches!(fed, FedKnown::More(_)) { taken + 1 } else { 0 };
            match fed {
                FedKnown::More(p) => pending = p,
                FedKnown::Char(c) => {
                    shape.high += u32::from(c > '\u{7F}');
                    hear(Heard::Char(c, at));
                }
                FedKnown::Two(two) => {
                    shape.high += 2;
                    two.iter().for_each(|&c| hear(Heard::Char(c, at)));
                }
                FedKnown::Invalid => {}
            }
        }
        shape
    }

    /// What it was from the character `skip` on.
    fn from(&self, skip: usize) -> &[(Was, usize)] {
        &self.was[self.was.partition_point(|&(_, at)| at <= skip)..]
    }

    /// What each of [`SMALL`] gains at most.
    fn promises_of_small(&self, model: &Model, left: &[Cost]) -> [Cost; ABREAST] {
        let table = model.abreast(SMALL, |cost| cost.map_or(ERROR, in_context));
        let (mut best, mut run, mut done) = ([0 as Cost; ABREAST], [0 as Cost; ABREAST], 0);
        for &(was, at) in &self.was {
            let costs = match was {
                Was::Byte(byte) => &table[usize::from(byte)],
                Was::Question => &table[usize::from(b'?')],
                Was::Mark => continue,
                Was::Other(c) => &[in_context(model.unigram(c)); ABREAST],
            };
            let more = left[at] - left[done];
            done = at;
            // Indexed, so that it is done with vectors.
            for lane in 0..ABREAST {
                let sum = run[lane] + more - costs[lane];
                run[lane] = if sum > 0 { sum } else { 0 };
                best[lane] = if run[lane] > best[lane] { run[lane] } else { best[lane] };
            }
        }
        best
    }

    /// What each of [`PAIRS`] gains at most: no less than [`Self::promise_of_pairs`] says, whatever of the bytes begin a character.
    fn bound_of_pairs(&self, model: &Model, left: &[Cost]) -> Lanes {
        let costs = model.pairs_abreast(PAIRS, in_context, ERROR);
        let (mut done, mut lead, nothing) = (0, None, &[0; ABREAST]);
        let unit = |&(was, at): &(Was, usize)| {
            // Rounded up.
            let more = if at == done { 0 } else { -coarse(left[done] - left[at]) };
            done = at;
            match was {
                Was::Byte(byte) => {
                    let both = costs.after(model, lead.replace(byte), byte);
                    Unit { one: costs.first(byte), both, more, may_open: 0 }
                }
                // What stands open is cut off; or else it is a byte like any other.
                Was::Question => {
                    lead = Some(b'?');
                    Unit { one: costs.first(b'?'), both: nothing, more, may_open: 0 }
                }
                Was::Mark | Was::Other(_) => {
                    lead = None;
                    let more = if let Was::Other(c) = was {
                        more - coarse(in_context(model.unigram(c)))
                    } else {
                        more
                    };
                    Unit { one: nothing, both: nothing, more, may_open: -NEVER }
                }
            }
        };
        let units: Vec<Unit<'_>> = self.was.iter().map(unit).collect();
        bound(&units, costs.error())
    }

    /// What a truth of pairs gains at most, read from the character `skip` on, and whether one of its characters begins with the
    /// observed one at `start`, without a misfit just before.
    fn promise_of_pairs(
        &self,
        model: &Model,
        truth: Codec,
        left: &[Cost],
        skip: usize,
        start: Option<usize>,
    ) -> (Cost, bool) {
        let costs = model.by_bytes(truth);
        let first = costs.first();
        let mut bound = Bound::new(left, skip);
        let (mut rest, start) = (self.from(skip), start.map_or(usize::MAX, |start| self.from(start).len()));
        let mut meets = false;
        while let [(was, at), behind @ ..] = rest {
            meets |= rest.len() == start && bound.misfits == 0;
            rest = behind;
            let lead = match *was {
                Was::Byte(byte) => byte,
                Was::Question => b'?',
                Was::Mark => continue,
                Was::Other(c) => {
                    bound.say(model.unigram(c), *at);
                    continue;
                }
            };
            let cost = first[usize::from(lead)];
            if cost < MORE {
                bound.say(Cost::from(cost), *at);
                continue;
            }
            if cost == INVALID {
                bound.misfits += 1;
                continue;
            }
            match *rest {
                [(Was::Byte(byte), at), ref behind @ ..] => {
                    let cost = costs.after(model, lead)[usize::from(byte)];
                    if cost < MORE {
                        bound.say(Cost::from(cost), at);
                        rest = behind;
                    } else if cost == MORE {
                        rest = bound.say_long(model, truth, [lead, byte], behind);
                    } else {
                        bound.misfits += 1;
                        if first[usize::from(byte)] == INVALID {
                            rest = behind;
                        }
                    }
                }
                [(Was::Question | Was::Mark, _), ref behind @ ..] => rest = behind,
                [(Was::Other(_), _), ..] => bound.misfits += 1,
                [] => {}
            }
        }
        (bound.best, meets)
    }

    /// Whether one of its misreads shows some bytes as nothing.
    fn may_strip(&self) -> bool {
        self.misreads.iter().any(|&m| m.is_single_byte() && LatticeByte::invisible(m).is_some())
    }

    /// Whether `read` shows UTF-8 of which the bytes are missing that this page shows as nothing.
    pub(super) fn is_stripped(&self, truth: Codec, read: &Read) -> bool {
        truth == Codec::UTF_8 && read.shape.is_stripped() && self.may_strip()
    }
}

/// What a sample's character was before, or a part of it.
#[derive(Clone, Copy, PartialEq)]
enum Was {
    Byte(u8),
    /// `?`, which may be one or may stand for something that could not be read.
    Question,
    /// Something that could not be read.
    Mark,
    /// The misread has no such character.
    Other(char),
}

/// What comes of a sample while it is read, with the observed characters taken by then.
#[derive(Clone, Copy)]
enum Heard {
    Char(char, usize),
    /// [`Was::Other`], which is no character of the truth.
    Other(char, usize),
    /// A byte that does not fit.
    Misfit,
}

/// What a sample says under a truth.
#[derive(Default)]
pub(super) struct Read {
    pub(super) text: Vec<char>,
    /// The observed characters before the first that was read.
    skipped: usize,
    /// For each character of `text`, the observed characters taken by then.
    at: Vec<usize>,
    /// The context-free cost of each, once it is weighed.
    pub(super) cost: Vec<Cost>,
    /// Where bytes did not fit, as places in `text`.
    misfits: Vec<usize>,
    pub(super) shape: Shape,
}

/// How well bytes fit a truth.
#[derive(Clone, Copy, Default)]
pub(super) struct Shape {
    pub(super) errors: u32,
    /// Characters above 7F that were read.
    pub(super) high: u32,
    /// Characters that were begun and not ended, those of them that had more than a first byte, and bytes that
    /// no character begins with.
    cut: u32,
    partial: u32,
    stray: u32,
}

impl Shape {
    /// Whether bytes fit `truth` so well that it may be evident.
    pub(super) fn is_evident(&self, truth: Codec) -> bool {
        let fits = if has_form(truth) { self.errors * 4 <= self.high } else { self.errors == 0 };
        fits && self.high >= EVIDENT_CHARS
    }

    /// Whether this is UTF-8 nearly everywhere, when read as that.
    fn is_proof(&self) -> bool {
        self.high >= 3 && self.errors * 4 <= self.high
    }

    /// Whether this looks like UTF-8 of which bytes above 7F were dropped: first bytes with too few others, and hardly
    /// any others on their own.
    fn is_stripped(&self) -> bool {
        let all = self.high + self.cut;
        all >= 4 && (self.high + self.partial) * 3 >= all && self.stray * 8 <= all
    }
}

/// A byte, or what stands for some, under each of [`PAIRS`].
struct Unit<'a> {
    /// What it costs as a character.
    one: &'a Lanes,
    /// The same with the byte before it.
    both: &'a Lanes,
    /// What leaving it costs.
    more: i16,
    /// [`NEVER`] is taken off where it can't begin a character.
    may_open: i16,
}

/// What a stretch of `units` gains at most, where a byte that is no character costs `error`.
#[inline(never)]
fn bound(units: &[Unit<'_>], error: i16) -> Lanes {
    // What a stretch gains that ends here, and one behind which a byte stands open.
    let (mut best, mut run, mut open) = ([0; ABREAST], [0; ABREAST], [-NEVER; ABREAST]);
    for &Unit { one, both, more, may_open } in units {
        // Indexed, and alone in its function, so that it is done with vectors.
        for lane in 0..ABREAST {
            let (ends, goes_on) = (run[lane] + more, open[lane] + more);
            run[lane] = (ends - one[lane]).max(goes_on - both[lane]).max(0);
            open[lane] = ends.max(goes_on - error) + may_open;
            best[lane] = best[lane].max(run[lane]);
        }
    }
    best
}

/// A bound of what a stretch gains, while it is read.
struct Bound<'a> {
    left: &'a [Cost],
    done: usize,
    run: Cost,
    best: Cost,
    /// Bytes since the last character that did not fit.
    misfits: Cost,
}

impl<'a> Bound<'a> {
    /// What the characters before the n-th cost is `left[n]`, and it is read from `skip` on.
    fn new(left: &'a [Cost], skip: usize) -> Self {
        Self { left, done: skip, run: 0, best: 0, misfits: 0 }
    }

    /// The characters before `at` said one that costs so much by itself.
    #[inline]
    fn say(&mut self, cost: Cost, at: usize) {
        let gain = self.left[at] - self.left[self.done] - in_context(cost) - self.misfits * ERROR;
        self.run = (self.run + gain).max(0);
        self.best = self.best.max(self.run);
        (self.done, self.misfits) = (at, 0);
    }

    /// The same of a character that begins with `two` bytes and goes on in `rest`; returns what stands behind it.
    fn say_long<'w>(
        &mut self,
        model: &Model,
        truth: Codec,
        two: [u8; 2],
        mut rest: &'w [(Was, usize)],
    ) -> &'w [(Was, usize)] {
        let tables = truth.tables();
        let mut pending = Pending::default();
        for byte in two {
            if let FedKnown::More(more) = tables.feed_known(pending, byte) {
                pending = more;
            }
        }
        while let [(Was::Byte(byte), at), behind @ ..] = rest {
            match tables.feed_known(pending, *byte) {
                FedKnown::More(more) => pending = more,
                FedKnown::Char(c) => {
                    self.say(model.unigram(c), *at);
                    return behind;
                }
                FedKnown::Two(_) | FedKnown::Invalid => {
                    self.misfits += 1;
                    return rest;
                }
            }
            rest = behind;
        }
        match rest {
            [(Was::Question | Was::Mark, _), behind @ ..] => behind,
            _ => rest,
        }
    }
}

impl Read {
    /// Reads a sample from the character `skip` on.
    pub(super) fn read(&mut self, truth: Codec, page: &Page, skip: usize) {
        self.text.clear();
        self.at.clear();
        self.cost.clear();
        self.misfits.clear();
        self.skipped = skip;
        let Self { text, at: taken, misfits, .. } = self;
        self.shape = page.hear(truth, skip, u32::MAX, |heard| match heard {
            Heard::Char(c, at) | Heard::Other(c, at) => {
                text.push(c);
                taken.push(at);
            }
            Heard::Misfit => misfits.push(text.len()),
        });
    }

    /// What the bytes cost that were not read.
    pub(super) fn price(&self) -> i64 {
        i64::from(self.shape.errors + self.shape.stray) * i64::from(ERROR)
    }

    /// What all that was read costs by itself.
    pub(super) fn total(&self) -> i64 {
        sum(&self.cost)
    }

    /// Whether this is UTF-8 nearly everywhere, when read as that.
    pub(super) fn is_proof(&self, truth: Codec) -> bool {
        truth == Codec::UTF_8 && self.shape.is_proof()
    }

    /// What a character beyond ASCII costs on average, where `reading` is what each costs in context and nothing
    /// was lost just before it.
    pub(super) fn mean(&self, reading: &[Cost]) -> i64 {
        let (mut total, mut count) = (0, 0);
        let mut misfits = self.misfits.iter().peekable();
        for (k, (c, cost)) in self.text.iter().zip(reading).enumerate() {
            let mut is_behind_loss = false;
            while misfits.next_if(|&&m| m <= k).is_some() {
                is_behind_loss = true;
            }
            if *c > '\u{7F}' && !is_behind_loss {
                total += i64::from(*cost);
                count += 1;
            }
        }
        total / count.max(1)
    }

    /// Finds what each character costs about in context, where it is likely there: less than by itself, and letters less than
    /// Hanzi; but where it is no usual neighbour of the one before it, no less than that says.
    pub(super) fn weigh_pairs(&self, model: &Model, out: &mut Vec<Cost>) {
        let mut last = ' ';
        out.clear();
        out.extend(self.text.iter().map(|&c| {
            let alone = model.unigram(c);
            let in_context = match c {
                '\u{80}'..='\u{24F}' => alone / 3,
                '\u{2E80}'..='\u{9FFF}' => alone * 5 / 8,
                _ => alone / 2,
            };
            in_context.max(scan::least_after(std::mem::replace(&mut last, c), c))
        }));
    }

    /// Finds what each character costs by itself.
    pub(super) fn weigh(&mut self, model: &Model) {
        let known = self.cost.len();
        self.cost.extend(self.text[known..].iter().map(|&c| model.unigram(c)));
    }

    /// The greatest gain of any stretch, when `leaving` is what the sample costs as it is and `reading` what
    /// each character said costs.
    pub(super) fn best(&self, leaving: impl Fn(usize) -> i64, reading: impl Fn(usize) -> i64) -> i64 {
        self.best_stretch(leaving, reading).0
    }

    /// As [`Self::best`], and that stretch, in characters of the sample.
    pub(super) fn best_stretch(
        &self,
        leaving: impl Fn(usize) -> i64,
        reading: impl Fn(usize) -> i64,
    ) -> (i64, Range<usize>) {
        let (mut best, mut run, mut done, mut misfits) =
            (0, 0_i64, self.skipped, self.misfits.iter().peekable());
        let (mut from, mut stretch) = (self.skipped, 0..0);
        for k in 0..self.text.len() {
            while misfits.next_if(|&&m| m <= k).is_some() {
                run -= i64::from(ERROR);
            }
            run += (done..self.at[k]).map(&leaving).sum::<i64>() - reading(k);
            done = self.at[k];
            if run <= 0 {
                (run, from) = (0, done);
            } else if run > best {
                (best, stretch) = (run, from..done);
            }
        }
        (best, stretch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No truth that reads well is refused for what it promises.
    #[test]
    fn what_is_promised_is_no_less_than_what_is_read() {
        let model = Model::embedded();
        let alphabet: Vec<char> =
            "茅聛鏂囧瓧乱码ＡÃ©â€™ÎÒ¬жаѓ¤?\u{FFFD}•ｱﾝ가힣漢螞a b1.\n😀".chars().collect();
        let (mut seed, mut promised) = (1_u32, 0);
        let mut any = |below: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            usize::try_from(seed >> 8).unwrap_or(0) % below
        };
        for _ in 0..200 {
            // Some characters of few kinds, so that pages have most of them.
            let from = any(alphabet.len());
            let text: Vec<char> = (0..24).map(|_| alphabet[(from + any(6)) % alphabet.len()]).collect();
            let leaving: Vec<Cost> = text.iter().map(|&c| model.unigram(c)).collect();
            let (left, odd) = (Left::new(&leaving, &text), vec![true; text.len()]);
            for page in pages(&text, &odd, &[], &|_| true) {
                for &(truth, _) in TRUTHS {
                    for count in [Count::Gain, Count::Beyond] {
                        let Some(promise) = page.promise(model, truth, &left, count, None) else { continue };
                        let quick = page.promise(model, truth, &left, count, Some(i64::MAX));
                        assert!(
                            quick.is_some_and(|quick| quick >= promise),
                            "{text:?} {truth}: {quick:?} {promise}"
                        );
                        promised += 1;
                        let mut r = Read::default();
                        for start in page.starts(truth) {
                            r.read(truth, &page, start);
                            r.weigh(model);
                            let gain = r.best(|i| left.of(i, count), |k| in_context(r.cost[k]).into());
                            // Two characters of one pair are rounded together.
                            assert!(
                                gain <= promise + 24,
                                "{text:?} {truth} {:?} {start}: {gain} {promise}",
                                page.misreads
                            );
                        }
                    }
                }
            }
        }
        assert!(promised > 10_000, "{promised}");
    }

    /// A break between two characters keeps what stands on either side from being read together.
    #[test]
    fn nothing_is_read_over_a_break() {
        let text: Vec<char> = "\u{C4}\u{E3}\u{BA}\u{C3}".chars().collect();
        let said = |breaks: &[usize]| {
            let mut r = Read::default();
            let page = pages(&text, &[true; 4], breaks, &|_| true).next();
            if let Some(page) = page {
                r.read(Codec::GBK, &page, 0);
            }
            r.text.iter().collect::<String>()
        };
        assert_eq!((said(&[]), said(&[2])), ("你好".to_owned(), "你好".to_owned()));
        assert_ne!(said(&[1]), "你好");
    }
}
