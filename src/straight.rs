//! Stretch × chain → its reading where nothing was lost: each character is its own bytes, so that there is nothing to search.

use std::ops::Range;

use crate::ceiling::Ceiling;
use crate::chain::{Chain, Step};
use crate::codec::tables::Tables;
use crate::codec::{ByteSeq, Codec, FedKnown, Pending};
use crate::cost::nats;
use crate::decode::{Event, Identity, LEVELS, Said, Segment, is_unassigned, surprise};
use crate::lattice::{is_mark, question};
use crate::lm::memo::Memo;
use crate::lm::{Model, State};
use crate::pairs::Pairs;

/// What a line must gain for no other reading of it to be looked for.
const EVIDENT: i64 = nats(30.0) as i64;
/// The same for what has the form of UTF-8, where the chain has explained other lines.
const EVIDENT_SHOWN: i64 = nats(12.0) as i64;
/// How much eight observed characters may cost beyond what leaving them does: ASCII costs a little more or less after other
/// text.
const SLACK: i64 = nats(4.0) as i64;

/// What rare words cost at most, in which nothing is missing: less than two bytes missing so near each other would.
const RARE: i64 = nats(38.0) as i64;
/// What eight observed characters cost at most, four of two bytes each, that are in step.
const FLUENT: i64 = nats(30.0) as i64;

/// The most characters of a line at which it does not read well.
const MOST_STRANGE: usize = 32;

/// How many quarters more may make no sense where the chain has explained other lines.
const SHOWN: i64 = 5;

/// Why a line is not read straight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fails {
    /// Something was lost, or may have been.
    Lost,
    /// It does not read so well that no other reading need be looked for.
    Strange,
}

/// How one character's bytes fare.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fares {
    /// They can be read on, and nothing else is as likely.
    Sure,
    /// There is more than one way on.
    Fork,
    /// There is no way on.
    Lost,
}

/// Reads the own bytes of `c`, which the steps from `level` on have said, on through those before; the text goes to `say`.
/// `next` is the character behind it, if that is known.
pub(crate) fn follow(
    steps: &[Step],
    pending: &mut [Pending; LEVELS],
    c: char,
    next: Option<char>,
    say: &mut impl FnMut(char) -> Fares,
) -> Fares {
    let Some((step, before)) = steps.split_last() else { return say(c) };
    let level = before.len();
    let own = step.misread.unread(c);
    let tables = step.truth.tables();
    let bytes = match &*own {
        [bytes] => bytes,
        several => {
            // Of several byte strings that are read as one character, one fits as a rule.
            let fits = |bytes: &&ByteSeq| fed(tables, pending[level], bytes).is_some();
            let goes_on = |bytes: &&ByteSeq| {
                let (Some(after), Some(next)) = (fed(tables, pending[level], bytes), next) else {
                    return false;
                };
                step.misread.unread(next).iter().any(|next| fed(tables, after, next).is_some())
            };
            let mut fitting = several.iter().filter(fits);
            match (fitting.next(), fitting.next()) {
                (Some(bytes), None) => bytes,
                // What has the form of UTF-8 with the wrong one loses it soon.
                (Some(bytes), _) if has_form(step.truth) => several.iter().find(goes_on).unwrap_or(bytes),
                (None, _) => return Fares::Lost,
                _ => return Fares::Fork,
            }
        }
    };
    for &byte in bytes.as_slice() {
        match tables.feed_known(pending[level], byte) {
            FedKnown::More(more) => pending[level] = more,
            FedKnown::Char(c) => {
                pending[level] = Pending::default();
                let fares = follow(before, pending, c, None, say);
                if fares != Fares::Sure {
                    return fares;
                }
            }
            FedKnown::Two(_) => return Fares::Fork,
            FedKnown::Invalid => return Fares::Lost,
        }
    }
    Fares::Sure
}

/// What is open after `bytes`, if `tables` allow them after `pending`.
fn fed(tables: Tables, mut pending: Pending, bytes: &ByteSeq) -> Option<Pending> {
    for &byte in bytes.as_slice() {
        pending = match tables.feed_known(pending, byte) {
            FedKnown::More(more) => more,
            FedKnown::Invalid => return None,
            FedKnown::Char(_) | FedKnown::Two(_) => Pending::default(),
        };
    }
    Some(pending)
}

/// Whether every character beyond ASCII of `seen`, `least` of them or more, is read from its own bytes.
pub(crate) fn reads_whole(steps: &[Step], seen: &[char], least: usize) -> bool {
    let mut pending = [Pending::default(); LEVELS];
    let mut read = 0;
    for (k, &c) in seen.iter().enumerate() {
        let mut say = |c| if c == '\u{FFFD}' { Fares::Lost } else { Fares::Sure };
        if follow(steps, &mut pending, c, seen.get(k + 1).copied(), &mut say) != Fares::Sure {
            return read >= least && seen[k..].iter().all(char::is_ascii);
        }
        read += usize::from(c > '\u{7F}');
    }
    read >= least
}

/// What one more character of text costs below `ceiling`, `next` being observed behind it, if it is one that text has.
pub(crate) fn text(
    model: &Model,
    memo: &mut Memo,
    lm: &mut State,
    pairs: &mut Pairs,
    c: char,
    next: Option<char>,
    ceiling: Ceiling,
) -> Option<i64> {
    if c == '\u{FFFD}' || is_unassigned(c) {
        return None;
    }
    let (cost, after) = memo.score(model, *lm, c);
    let cost = i64::from(ceiling.lower(model, *lm, c, next, cost) + pairs.cost_of(c));
    (*pairs, *lm) = (pairs.after(c), after);
    Some(cost)
}

/// The truths that have a form that shows.
pub(crate) const FORMS: [Codec; 2] = [Codec::UTF_8, Codec::CESU_8];

/// Whether hardly any bytes but those that `truth` has written can be read as it.
pub(crate) fn has_form(truth: Codec) -> bool {
    FORMS.contains(&truth)
}

/// Whether a byte that is missing anywhere puts all behind it out of step, so that an ASCII mark or the end of the line comes in
/// the midst of a character.
fn keeps_step(steps: &[Step]) -> bool {
    let [Step { truth, misread }] = steps else { return false };
    misread.is_single_byte() && !truth.is_single_byte() && !truth.is_wide_unit() && !has_form(*truth)
}

/// Rare words in a line that is read straight, or what comes of a missing byte: where what follows is in step, it was none.
#[derive(Default)]
struct Doubt {
    in_step: bool,
    /// What was said before them cost so much, and so many observed characters had been taken when they were last seen.
    open: Option<(i64, usize)>,
    /// How many were resolved.
    resolved: usize,
}

impl Doubt {
    /// Notes that the last four of `taken` characters make no sense, before which the line had cost `before`. False where that is
    /// more than a rare word.
    fn grows(&mut self, taken: usize, cost: i64, before: i64) -> bool {
        let (before, _) = self.open.unwrap_or((before, taken));
        self.open = Some((before, taken));
        self.in_step && cost - before <= RARE && self.resolved * 16 <= taken
    }

    /// Notes that a byte may be missing at `taken`. False where that could not be told.
    fn begins(&mut self, taken: usize, cost: i64) -> bool {
        self.open.get_or_insert((cost, taken));
        self.in_step
    }

    /// Begins anew behind what makes no sense.
    fn leave(&mut self) {
        self.open = None;
    }

    /// Takes the observed character `c` into account. False where the doubt cannot be resolved.
    fn goes_on(&mut self, c: char, taken: usize, is_fluent: impl Fn() -> bool) -> bool {
        let Some((_, at)) = self.open else { return true };
        if taken > at && matches!(c, ' '..='/' | ':'..='?') || taken >= at + 8 && is_fluent() {
            self.open = None;
            self.resolved += 1;
        }
        // Letters may be second bytes, and digits too.
        !(c.is_ascii_alphanumeric() || matches!(c, '@'..='~')) && (self.open.is_none() || taken < at + 16)
    }
}

/// What a stretch of text is read with.
pub(crate) struct Straight<'a> {
    pub(crate) model: &'a Model,
    pub(crate) memo: &'a mut Memo,
    pub(crate) chain: Chain,
    pub(crate) seen: &'a [char],
    pub(crate) identity: &'a Identity,
    /// The chain has explained other lines: rare words are likelier than that this one is read otherwise.
    pub(crate) is_shown: bool,
}

impl Straight<'_> {
    /// The line `range`, without its break, if `chain` explains all of it; with the characters, in order, at which it does not read so
    /// well that no other reading need be looked for. `pairs` are open before it.
    pub(crate) fn line(&mut self, range: Range<usize>, pairs: Pairs) -> Result<(Segment, Vec<usize>), Fails> {
        let mut strange = Vec::new();
        let steps = self.chain.steps();
        let misread = self.chain.misread();
        // What has the form of UTF-8 throughout has lost nothing, however rare its words are.
        let is_form = has_form(steps[0].truth);
        let ceiling = Ceiling::of(steps);
        let surprise = surprise(steps) * if self.is_shown { SHOWN } else { 4 } / 4;
        let (mut pending, mut pairs) = ([Pending::default(); LEVELS], pairs);
        let (mut lm, mut cost) = (self.identity.state(range.start), 0_i64);
        let mut said: Vec<Said> = Vec::with_capacity(range.len());
        // What had been said and at what cost after each of the last eight observed characters.
        let mut past = [0_i64; 8];
        // How many had been taken when the last one was ASCII.
        let mut plain = 0;
        let mut doubt = Doubt { in_step: self.is_shown && keeps_step(steps), ..Doubt::default() };
        let (model, memo) = (self.model, &mut *self.memo);
        for at in range.clone() {
            let c = self.seen[at];
            let next = self.seen.get(at + 1).copied();
            if is_mark(misread, c) {
                // Between characters of UTF-8 that are whole it is itself: had it taken bytes along, one of them would not be. Where
                // it stands for a first byte, what follows is out of step.
                if c != '?'
                    || !pending.iter().all(|p| p.is_empty())
                    || !is_form && !doubt.begins(at - range.start, cost)
                {
                    return Err(Fails::Lost);
                }
                let last = (at > range.start).then(|| self.seen[at - 1]);
                cost += i64::from(question(misread, last, next));
            }
            let mut say = |c: char| {
                let Some(more) = text(model, memo, &mut lm, &mut pairs, c, next, ceiling) else {
                    return Fares::Fork;
                };
                cost += more;
                if c <= '\u{7F}' {
                    plain = at - range.start;
                }
                said.push(Said { event: Event::Char(c), at: at + 1, cost });
                Fares::Sure
            };
            if follow(steps, &mut pending, c, next, &mut say) != Fares::Sure {
                return Err(Fails::Lost);
            }
            let taken = at - range.start;
            let since = |back: usize| cost - past[(taken + 8 - back) % 8];
            let left = |back: usize| self.identity.prefix[at + 1] - self.identity.prefix[at + 1 - back];
            // Of what is missing among bytes beyond ASCII, ASCII tells nothing.
            let first = if doubt.in_step { plain + 4 } else { 4 };
            let is_strange = !is_form && taken >= first && since(4) > surprise;
            if taken >= 8 && since(8) > left(8) + SLACK
                || is_strange && !doubt.grows(taken, cost, cost - since(4))
                || !doubt.goes_on(c, taken, || taken >= 8 && since(8) <= FLUENT)
            {
                if strange.len() == MOST_STRANGE {
                    return Err(Fails::Strange);
                }
                strange.push(at);
                doubt.leave();
            }
            past[taken % 8] = cost;
        }
        let gain = self.identity.prefix[range.end] - self.identity.prefix[range.start] - cost;
        let is_whole = pending.iter().all(|p| p.is_empty());
        if !is_whole {
            return Err(Fails::Lost);
        }
        if gain < if is_form && self.is_shown { EVIDENT_SHOWN } else { EVIDENT } {
            return Err(Fails::Strange);
        }
        Ok((Segment { start: range.start, end: range.end, said, cost }, strange))
    }
}
