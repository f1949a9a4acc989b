//! What a sample's bytes were under a misread, and what they say under a truth.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::LazyLock;

use super::{
    ERROR, EVIDENT_CHARS, Gain, Left, MISREADS, TRUTHS, in_context, is_likely, prior, same_table, sum,
};
use crate::ceiling::Ceiling;
use crate::chain::{Chain, Step};
use crate::codec::tables::Tables;
use crate::codec::{Codec, FedKnown, LatticeByte, Pending, is_wide};
use crate::cost::Cost;
use crate::lattice::is_mark;
use crate::lm::Model;
use crate::lm::by_bytes::{ABREAST, INVALID, Lanes, MORE, NEVER, coarse, fine};
use crate::scan;
use crate::straight::has_form;

/// Odd characters of which one may have lost a byte without a trace.
const LONG: usize = 6;

/// Misreads that make the same of a text, the likeliest first, and what the text was before any of them.
pub(super) struct Page {
    misreads: Vec<Codec>,
    /// Characters before the first odd one.
    first_odd: usize,
    /// What each of [`PAIRS`] and of [`SMALL`] gains at most, once that was asked for.
    bounds: OnceCell<[[Gain; ABREAST]; 2]>,
    /// With the observed characters taken by then.
    was: Vec<(Was, usize)>,
    /// Whether so many characters are odd that one may have lost a byte without a trace.
    is_long: bool,
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
    let narrow = telling.iter().filter(|&&c| !is_wide(c)).count();
    let mut is_done = [false; MISREADS.len()];
    // What each misread has made the first of them of, and how many it can have made, once that was asked for.
    let (mut first, mut made) = ([None; MISREADS.len()], [None; MISREADS.len()]);
    BY_PRIOR.iter().enumerate().filter_map(move |(k, &misread)| {
        if is_done[k] || !is_tried(misread) {
            return None;
        }
        let is_most = |count: usize| count > 0 && count * 10 >= telling.len() * 6;
        if misread.is_single_byte() && !is_most(narrow) {
            return None;
        }
        let can = *made[k].get_or_insert_with(|| makes(misread, &telling));
        if !is_most(can) {
            return None;
        }
        let mut misreads = vec![misread];
        let mut first = |n: usize, misread: Codec| {
            *first[n].get_or_insert_with(|| {
                misread.unread_first(telling[0]).filter(|_| !is_mark(misread, telling[0]))
            })
        };
        let own = first(k, misread);
        for &n in &KIN[k] {
            // Most differ in the first one.
            let other = BY_PRIOR[n];
            if first(n, other) == own
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
                Some(bytes) => bytes.iter().for_each(|&byte| was.push((Was::Byte(byte), at))),
                None => was.push((Was::Other(*c), at)),
            }
        }
        let first_odd = odd.iter().position(|&odd| odd).unwrap_or(0);
        let covers_all = can == telling.len();
        let is_long = telling.len() >= LONG;
        Some(Page { misreads, first_odd, bounds: OnceCell::new(), was, is_long, covers_all })
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
pub(super) static BY_PRIOR: LazyLock<Vec<Codec>> = LazyLock::new(|| {
    let mut all = MISREADS.to_vec();
    all.sort_by_key(|(_, cost)| *cost);
    all.into_iter().map(|(codec, _)| codec).collect()
});

/// For each of [`BY_PRIOR`] those behind it that may make the same of a text: pages of several bytes a character have nothing in common.
static KIN: LazyLock<Vec<Vec<usize>>> = LazyLock::new(|| {
    let are_kin = |a: Codec, b: Codec| a.is_single_byte() && b.is_single_byte() || same_table(a, b);
    let behind = |k: usize| (k + 1..BY_PRIOR.len()).filter(move |&n| are_kin(BY_PRIOR[k], BY_PRIOR[n]));
    (0..BY_PRIOR.len()).map(|k| behind(k).collect()).collect()
});

/// Bytes of a character of UTF-8 whose first one was lost, at most, but for rare ones.
const MOST_LEFT: u32 = 2;

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

    /// The ceiling for what it says as `truth`.
    fn ceiling(&self, truth: Codec) -> Ceiling {
        Ceiling::of(&[Step { truth, misread: self.misreads[0] }])
    }

    /// Whether there are bytes that CESU-8 reads in another way than UTF-8.
    fn has_surrogates(&self) -> bool {
        self.was.windows(2).any(|two| match (two[0].0, two[1].0) {
            (Was::Byte(a), Was::Byte(b)) => matches!((a, b), (0xED, 0xA0..=0xBF) | (0xC0, 0x80)),
            _ => false,
        })
    }

    /// From where on in what it was `truth` may have to be read, besides from the beginning.
    fn other_start(&self, truth: Codec) -> Option<usize> {
        let place = self.place(truth)?;
        self.other_than(place, self.meets(truth, place))
    }

    /// Where reading from the beginning may go wrong: the sample may begin in the middle of a pair, and what stands before damage may take
    /// its first byte along.
    fn place(&self, truth: Codec) -> Option<usize> {
        if !truth.is_double_byte() {
            return None;
        }
        let is_high = |&(was, at): &(Was, usize)| at == 1 && matches!(was, Was::Byte(0x80..));
        let is_cut = self.misreads[0].is_single_byte() && self.was.first().is_some_and(is_high);
        let skipped = if is_cut { 1 } else { self.first_odd };
        Some(self.was.partition_point(|&(_, at)| at <= skipped))
    }

    /// From where on to read besides, given whether a character begins at `place` when it is read from the beginning: from there on both
    /// read the same, but where pairs are read as pairs a byte may have gone without a trace.
    fn other_than(&self, place: usize, meets: bool) -> Option<usize> {
        let is_pairs = self.misreads[0].is_double_byte() && self.is_long;
        let start = if meets { Some(place + 1).filter(|_| is_pairs) } else { Some(place) };
        start.filter(|start| (1..self.was.len()).contains(start))
    }

    /// Whether `truth`, read from the beginning, begins a character at `place`.
    fn meets(&self, truth: Codec, place: usize) -> bool {
        let tables = truth.tables();
        let mut pending = Pending::default();
        for (was, _) in &self.was[..place] {
            let Was::Byte(byte) = was else {
                pending = Pending::default();
                continue;
            };
            let mut fed = tables.feed_known(pending, *byte);
            if fed == FedKnown::Invalid {
                fed = tables.feed_known(Pending::default(), *byte);
            }
            pending = if let FedKnown::More(more) = fed { more } else { Pending::default() };
        }
        pending.is_empty()
    }

    /// From where on `truth` is read.
    pub(super) fn starts(&self, truth: Codec) -> impl Iterator<Item = usize> {
        std::iter::once(0).chain(self.other_start(truth))
    }

    /// What `truth` gains at most on the best stretch of the sample, of which the characters cost what is `left` as they
    /// are: in context, text costs less than its characters do by themselves; what is none does not. None where that takes more to
    /// tell. Where it is less than `least`, it need not be worked out how much less.
    pub(super) fn promise(&self, model: &Model, truth: Codec, left: &Left, least: i64) -> Option<i64> {
        let bound = self.bound(model, truth, left)?.all;
        if bound < least || !PAIRS.contains(&truth) {
            return Some(bound);
        }
        self.gains::<false>(model, truth, left).map(|gains| gains.alone.all).max()
    }

    /// What `truth` gains at most, read from the first character on, and from another one where that may say something else.
    pub(super) fn gains<const BESIDE: bool>(
        &self,
        model: &Model,
        truth: Codec,
        left: &Left,
    ) -> impl Iterator<Item = Gains> {
        let place = self.place(truth);
        let (first, meets) = if has_form(truth) {
            (self.gains_of_form::<BESIDE>(model, truth, left).0, true)
        } else {
            self.gains_by_bytes::<BESIDE>(model, truth, left, 0..place.unwrap_or(self.was.len()))
        };
        let start = place.and_then(|place| self.other_than(place, meets));
        let other =
            start.map(move |at| self.gains_by_bytes::<BESIDE>(model, truth, left, at..self.was.len()).0);
        std::iter::once(first).chain(other)
    }

    /// No less than that, of all truths at once: that saves time from some tens of samples on.
    pub(super) fn bound(&self, model: &Model, truth: Codec, left: &Left) -> Option<Gain> {
        if has_form(truth) {
            return self.promise_of_form(model, truth, left);
        }
        self.bounds(model, left).find(|&(codec, _)| codec == truth).map(|(_, gain)| gain)
    }

    /// The same of each truth that is no form of UTF-8.
    pub(super) fn bounds(&self, model: &Model, left: &Left) -> impl Iterator<Item = (Codec, Gain)> {
        let [pairs, small] = *self.bounds.get_or_init(|| self.weigh(model, left));
        PAIRS.into_iter().zip(pairs).chain(SMALL.into_iter().zip(small))
    }

    /// What UTF-8 or a form of it gains at most; none where the bytes have its form, or may have had it before others were lost.
    fn promise_of_form(&self, model: &Model, truth: Codec, left: &Left) -> Option<Gain> {
        let (gains, shape) = self.gains_of_form::<false>(model, truth, left);
        let tells_more = shape.is_proof() || shape.is_stripped() && self.may_strip();
        (!tells_more).then_some(gains.alone)
    }

    /// As [`Self::gains`], of UTF-8 or a form of it, and how well the bytes fit.
    fn gains_of_form<const BESIDE: bool>(&self, model: &Model, truth: Codec, left: &Left) -> (Gains, Shape) {
        let mut bound = Bound::<BESIDE>::new(left, 0);
        let ceiling = self.ceiling(truth);
        let shape = self.hear(truth, 0, u32::MAX, |heard| match heard {
            Heard::Char(c, at) | Heard::Other(c, at) => {
                bound.most = ceiling.most(model, c);
                // A letter costs far more by itself than in its word.
                let is_letter = !BESIDE && matches!(heard, Heard::Char('\u{80}'..='\u{7FF}', _));
                bound.say(c, if is_letter { model.unigram(c) / 3 } else { model.unigram(c) }, at);
            }
            Heard::Misfit => bound.misfits += 1,
        });
        (bound.best(), shape)
    }

    /// Whether `truth` fits so well from `start` on that it may be evident, and its characters cost so little by
    /// themselves: at most `most` on average, of those beyond ASCII behind which nothing was lost.
    pub(super) fn may_be_evident(&self, model: &Model, truth: Codec, start: usize, most: i64) -> bool {
        // So many errors there may be where all characters are beyond ASCII.
        let errors = if has_form(truth) { u32::try_from(self.was.len()).unwrap_or(u32::MAX) / 8 } else { 0 };
        let (mut total, mut count, mut is_behind_loss) = (0, 0, false);
        let shape = self.hear(truth, start, errors, |heard| match heard {
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

    /// Reads what it was as `truth`, from `start` on; up to the first error that is more than `most`.
    fn hear(&self, truth: Codec, start: usize, most: u32, hear: impl FnMut(Heard)) -> Shape {
        match truth.tables() {
            Tables::Utf8 => self.hear_utf_8(start, most, hear),
            tables => self.hear_by(tables, start, most, hear),
        }
    }

    /// As [`Self::hear`], of UTF-8, which most that is asked for turns out not to be.
    fn hear_utf_8(&self, start: usize, most: u32, mut hear: impl FnMut(Heard)) -> Shape {
        let (mut shape, mut taken) = (Shape::default(), 0);
        // What the pending character has come to, what it lacks, and what its next byte may be.
        let (mut code, mut lacks, mut low, mut high) = (0_u32, 0, 0x80, 0xBF);
        // How many bytes there may be of a character whose first ones a mark stands for.
        let mut left = 0;
        for &(was, at) in &self.was[start..] {
            if shape.errors > most {
                break;
            }
            let byte = match was {
                Was::Byte(byte) => byte,
                Was::Question if lacks == 0 => {
                    (left, taken) = (MOST_LEFT, 0);
                    hear(Heard::Char('?', at));
                    continue;
                }
                Was::Question | Was::Mark => {
                    (lacks, left) = (0, MOST_LEFT);
                    continue;
                }
                Was::Other(c) => {
                    if lacks > 0 {
                        lacks = 0;
                        shape.errors += 1;
                        hear(Heard::Misfit);
                    }
                    hear(Heard::Other(c, at));
                    continue;
                }
            };
            if lacks > 0 && low <= byte && byte <= high {
                code = code << 6 | u32::from(byte & 0x3F);
                lacks -= 1;
                (low, high) = (0x80, 0xBF);
                taken = if lacks == 0 { 0 } else { taken + 1 };
                if let Some(c) = char::from_u32(code).filter(|_| lacks == 0) {
                    shape.high += 1;
                    hear(Heard::Char(c, at));
                }
                continue;
            }
            let may_begin = matches!(byte, 0x00..=0x7F | 0xC2..=0xF4);
            if left > 0 && matches!(byte, 0x80..=0xBF) {
                left -= 1;
                continue;
            }
            left = 0;
            if lacks > 0 || !may_begin {
                shape.errors += 1;
                hear(Heard::Misfit);
                shape.cut += u32::from(taken > 0);
                shape.partial += u32::from(taken > 1);
                shape.stray += u32::from(!may_begin);
                (taken, lacks) = (0, 0);
            }
            if byte < 0x80 {
                taken = 0;
                hear(Heard::Char(char::from(byte), at));
            } else if may_begin {
                taken += 1;
                (code, lacks) = match byte {
                    0xC2..=0xDF => (u32::from(byte & 0x1F), 1),
                    0xE0..=0xEF => (u32::from(byte & 0xF), 2),
                    _ => (u32::from(byte & 7), 3),
                };
                (low, high) = match byte {
                    0xE0 => (0xA0, 0xBF),
                    0xED => (0x80, 0x9F),
                    0xF0 => (0x90, 0xBF),
                    0xF4 => (0x80, 0x8F),
                    _ => (0x80, 0xBF),
                };
            }
        }
        shape
    }

    /// As [`Self::hear`], of any truth.
    fn hear_by(&self, tables: Tables, start: usize, most: u32, mut hear: impl FnMut(Heard)) -> Shape {
        let (mut shape, mut pending) = (Shape::default(), Pending::default());
        // Bytes of the pending character.
        let mut taken = 0;
        for &(was, at) in &self.was[start..] {
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

    /// Characters before `start`.
    fn skipped(&self, start: usize) -> usize {
        start.checked_sub(1).map_or(0, |last| self.was[last].1)
    }

    /// What each of [`PAIRS`] gains at most, no less than [`Self::gains_by_bytes`] says, whatever of the bytes begin a character; and
    /// what each of [`SMALL`] does.
    fn weigh(&self, model: &Model, left: &Left) -> [[Gain; ABREAST]; 2] {
        let costs = model.pairs_abreast(PAIRS, in_context, ERROR);
        let singles = model.abreast(SMALL, |cost| cost.map_or(ERROR, in_context));
        let (mut done, mut lead, nothing) = (0, None, &[0; ABREAST]);
        let mut units = Vec::with_capacity(self.was.len());
        for &(was, at) in &self.was {
            let more = if at == done { [0; 2] } else { left.each[at - 1] };
            done = at;
            units.push(match was {
                Was::Byte(byte) => Unit {
                    one: costs.first(byte),
                    both: costs.after(model, lead.replace(byte), byte),
                    small: &singles[usize::from(byte)],
                    more,
                    may_open: 0,
                },
                // What stands open is cut off; or else it is a byte like any other.
                Was::Question => {
                    lead = Some(b'?');
                    let (one, small) = (costs.first(b'?'), &singles[usize::from(b'?')]);
                    Unit { one, both: nothing, small, more, may_open: 0 }
                }
                Was::Mark | Was::Other(_) => {
                    lead = None;
                    let cost = if let Was::Other(c) = was { coarse(in_context(model.unigram(c))) } else { 0 };
                    let more = [more[0] - cost, more[1] - cost];
                    Unit { one: nothing, both: nothing, small: nothing, more, may_open: -NEVER }
                }
            });
        }
        let [all, beyond] = [bound(&units, 0, costs.error()), bound(&units, 1, costs.error())];
        let gain = |all, beyond| Gain { all: fine(all).into(), beyond: fine(beyond).into() };
        let gains = |k: usize| std::array::from_fn(|lane| gain(all[k][lane], beyond[k][lane]));
        [gains(0), gains(1)]
    }

    /// As [`Self::gains`], of a truth whose characters are one byte or two, but for rare ones, read from `range.start` on; and whether one
    /// of its characters begins at `range.end`, without a misfit just before.
    fn gains_by_bytes<const BESIDE: bool>(
        &self,
        model: &Model,
        truth: Codec,
        left: &Left,
        range: Range<usize>,
    ) -> (Gains, bool) {
        let (costs, tables) = (model.by_bytes(truth), truth.tables());
        let first = costs.first();
        let mut bound = Bound::<BESIDE>::new(left, self.skipped(range.start));
        let mut rest = &self.was[range.start..];
        let end = self.was.len() - range.end;
        let mut meets = false;
        while let [(was, at), behind @ ..] = rest {
            meets |= rest.len() == end && bound.misfits == 0;
            rest = behind;
            let lead = match *was {
                Was::Byte(byte) => byte,
                Was::Question => b'?',
                Was::Mark => continue,
                Was::Other(c) => {
                    bound.say(c, model.unigram(c), *at);
                    continue;
                }
            };
            let cost = first[usize::from(lead)];
            if cost < MORE {
                bound.say(tables.of_one(lead), cost.into(), *at);
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
                        bound.say(tables.of_two(lead, byte), cost.into(), at);
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
        (bound.best(), meets)
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
#[derive(Clone, Copy, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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
        let fits = if has_form(truth) { self.fits() } else { self.errors == 0 };
        fits && self.high >= EVIDENT_CHARS
    }

    /// Whether this is UTF-8 nearly everywhere, when read as that.
    fn is_proof(&self) -> bool {
        self.high >= 3 && self.fits()
    }

    /// Whether hardly any bytes do not fit, when read as UTF-8.
    fn fits(&self) -> bool {
        self.errors * 4 <= self.high
    }

    /// Whether this looks like UTF-8 of which bytes above 7F were dropped: first bytes with too few others, and hardly
    /// any others on their own.
    fn is_stripped(&self) -> bool {
        let all = self.high + self.cut;
        all >= 4 && (self.high + self.partial) * 3 >= all && self.stray * 8 <= all
    }
}

/// A byte, or what stands for some, under each of [`PAIRS`] and [`SMALL`].
struct Unit<'a> {
    /// What it costs as a character.
    one: &'a Lanes,
    /// The same with the byte before it.
    both: &'a Lanes,
    /// What it costs as a character of [`SMALL`].
    small: &'a Lanes,
    /// What leaving it costs, as either is counted in a [`Gain`].
    more: [i16; 2],
    /// [`NEVER`] is taken off where it can't begin a character.
    may_open: i16,
}

/// What a stretch of `units` gains at most under each of [`PAIRS`] and [`SMALL`], where a byte that is no character costs `error`; counted
/// as the one or the other of a [`Gain`] is.
#[inline(never)]
fn bound(units: &[Unit<'_>], count: usize, error: i16) -> [Lanes; 2] {
    // What a stretch gains that ends here, and one behind which a byte stands open.
    let (mut best, mut run, mut open) = ([0; ABREAST], [0; ABREAST], [-NEVER; ABREAST]);
    let (mut best_small, mut run_small) = ([0; ABREAST], [0; ABREAST]);
    for &Unit { one, both, small, more, may_open } in units {
        let more = more[count & 1];
        // Indexed, and alone in its function, so that it is done with vectors.
        for lane in 0..ABREAST {
            let (ends, goes_on) = (run[lane] + more, open[lane] + more);
            run[lane] = (ends - one[lane]).max(goes_on - both[lane]).max(0);
            open[lane] = ends.max(goes_on - error) + may_open;
            best[lane] = best[lane].max(run[lane]);
        }
        for lane in 0..ABREAST {
            run_small[lane] = (run_small[lane] + more - small[lane]).max(0);
            best_small[lane] = best_small[lane].max(run_small[lane]);
        }
    }
    [best, best_small]
}

/// What a truth gains at most on a sample.
#[derive(Clone, Copy)]
pub(super) struct Gains {
    /// Going by what its characters cost by themselves: in context, text costs less; what is none does not.
    pub(super) alone: Gain,
    /// Going by what they cost about in context where they are likely there, letters less than Hanzi; but where one is no usual
    /// neighbour of the one before it, no less than that says.
    pub(super) beside: Gain,
}

/// A bound of what a stretch gains, while it is read; with `BESIDE` also of [`Gains::beside`].
struct Bound<'a, const BESIDE: bool> {
    left: &'a Left,
    done: usize,
    /// As either is counted in a [`Gain`], for either of [`Gains`].
    run: [[Cost; 2]; 2],
    best: [[Cost; 2]; 2],
    /// Bytes since the last character that did not fit.
    misfits: Cost,
    last: char,
    /// What the next character costs at most.
    most: Cost,
}

impl<'a, const BESIDE: bool> Bound<'a, BESIDE> {
    /// It is read from `skip` on.
    fn new(left: &'a Left, skip: usize) -> Self {
        Self {
            left,
            done: skip,
            run: [[0; 2]; 2],
            best: [[0; 2]; 2],
            misfits: 0,
            last: '\0',
            most: Cost::MAX,
        }
    }

    /// The characters before `at` said `c`, which costs so much by itself; NUL is one that is not known.
    #[inline]
    fn say(&mut self, c: char, alone: Cost, at: usize) {
        let more = self.left.between(self.done, at);
        self.add(0, more, in_context(alone).min(self.most));
        if BESIDE {
            let in_context = match c {
                '\u{80}'..='\u{24F}' => alone / 3,
                '\u{2E80}'..='\u{9FFF}' => alone * 5 / 8,
                _ => alone / 2,
            };
            let least = scan::least_after(std::mem::replace(&mut self.last, c), c);
            self.add(1, more, in_context.max(least).min(self.most));
        }
        (self.done, self.misfits) = (at, 0);
    }

    #[inline]
    fn add(&mut self, which: usize, more: [Cost; 2], cost: Cost) {
        let cost = cost + self.misfits * ERROR;
        let (run, best) = (&mut self.run[which], &mut self.best[which]);
        for count in 0..2 {
            run[count] = (run[count] + more[count] - cost).max(0);
            best[count] = best[count].max(run[count]);
        }
    }

    fn best(&self) -> Gains {
        let [alone, beside] = self.best.map(|[all, beyond]| Gain { all: all.into(), beyond: beyond.into() });
        Gains { alone, beside }
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
                    self.say(c, model.unigram(c), *at);
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
    /// Reads a sample from `start` on in what it was.
    pub(super) fn read(&mut self, truth: Codec, page: &Page, start: usize) {
        self.text.clear();
        self.at.clear();
        self.cost.clear();
        self.misfits.clear();
        self.skipped = page.skipped(start);
        let Self { text, at: taken, misfits, .. } = self;
        self.shape = page.hear(truth, start, u32::MAX, |heard| match heard {
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

    /// The ceiling for what was said as `truth`: where bytes do not fit nothing is spelt out.
    pub(super) fn ceiling(&self, page: &Page, truth: Codec) -> Ceiling {
        if self.shape.fits() { page.ceiling(truth) } else { Ceiling::None }
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

    /// What is heard of a page as UTF-8, the usual way or `by` its tables.
    fn heard(page: &Page, by: bool) -> (Vec<Heard>, Shape) {
        let mut all = Vec::new();
        let hear = |heard| all.push(heard);
        let shape = if by {
            page.hear_by(Codec::UTF_8.tables(), 0, u32::MAX, hear)
        } else {
            page.hear(Codec::UTF_8, 0, u32::MAX, hear)
        };
        (all, shape)
    }

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
                // Behind a mark, bytes are left of UTF-8 that its tables do not know.
                if !page.was.iter().any(|(was, _)| matches!(was, Was::Question | Was::Mark)) {
                    assert_eq!(heard(&page, true), heard(&page, false), "{text:?}");
                }
                for &(truth, _) in TRUTHS {
                    let Some(promise) = page.promise(model, truth, &left, i64::MIN) else { continue };
                    let bound = page.bound(model, truth, &left);
                    assert!(
                        bound.is_some_and(|bound| bound.all >= promise && bound.all >= bound.beyond),
                        "{text:?} {truth}: {bound:?} {promise}"
                    );
                    promised += 1;
                    let mut r = Read::default();
                    for start in page.starts(truth) {
                        r.read(truth, &page, start);
                        r.weigh(model);
                        let in_context = |k: usize| in_context(r.cost[k]).into();
                        let [gain, beyond] = [0, 1]
                            .map(|count: usize| r.best(|i| left.between(i, i + 1)[count].into(), in_context));
                        // Two characters of one pair are rounded together.
                        assert!(
                            gain <= promise + 24 && bound.is_some_and(|bound| beyond <= bound.beyond + 24),
                            "{text:?} {truth} {:?} {start}: {gain} {promise}, {beyond} {bound:?}",
                            page.misreads
                        );
                    }
                }
            }
        }
        assert!(promised > 10_000, "{promised}");
    }

    #[test]
    fn bytes_left_of_a_character_behind_a_mark_are_no_misfits() {
        // E8BF 99?? B8AA E4B8 ???? 96E7
        let errors = |text: &str| {
            let text: Vec<char> = text.chars().collect();
            let page = pages(&text, &vec![true; text.len()], &[], &|m| m == Codec::CP950).next();
            heard(&page.expect("a page"), false).1.errors
        };
        for (text, want) in [("餈\u{FFFD}葵", 0), ("餈?葵", 0), ("餈葵", 1)] {
            assert_eq!(errors(text), want, "{text}");
        }
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
