//! Text → stretches worth a closer look.
//!
//! Four looks, each at what the one before has let through: small tables ([`sieve`]), what the model thinks of the
//! stretch, whether anything may be gained on it, which whoever asks has to know, and the model's word on each of its characters ([`Eye`]).

#[cfg(any(test, feature = "train"))]
pub(crate) mod build;
mod sieve;

use std::cell::Cell;
use std::ops::Range;

pub(crate) use self::sieve::Sieve;
use crate::cost::{Cost, nats};
use crate::lm::Model;
use crate::lm::memo::Memo;

/// Unremarkable characters that end a stretch, and that are looked at on either side of it.
const PADDING: usize = 24;
/// Characters before and after the one that gave the alarm that the second look takes in, but no more than these before what led
/// to it.
const BEFORE: usize = 40;
const CONTEXT: usize = 4;
const AFTER: usize = 8;
/// Characters on either side of an alarm that the third look takes in.
const AROUND: usize = 120;
/// Characters behind an alarm that the third look takes in; it goes on from alarm to alarm.
const BEHIND: usize = 40;
/// What a character costs in the likeliest reading of damage, about.
const READ: Cost = nats(8.0);
/// What a small letter behind a Hanzi costs where the Hanzi is a letter itself, and then some.
const LETTER: Cost = nats(4.0);
/// What a stretch must cost beyond that. Of four characters, which are the shortest that are repaired, each must cost 10 nats.
const UNLIKELY: Cost = nats(8.0);
/// The same in a line of more characters beyond ASCII than the shortest damage has: there it does not take up the line. Of 2,300
/// pieces of two to six characters in clean lines that are repaired none stays behind, and of the clean stretches that give an
/// alarm six in ten do.
const UNLIKELY_IN_LINE: Cost = nats(12.0);
pub(crate) const SHORT_LINE: usize = 8;
/// What an ASCII character takes off.
const ASCII: Cost = nats(0.05);
/// What a character adds that damage leaves behind which cannot be undone, in text that was repaired: one by itself is what was
/// lost.
const MARK: Cost = nats(4.5);
/// What a lower-case letter beside a Hanzi adds, on either side: the accented letters of UTF-8 read as GBK, each alone among
/// letters that stay.
const BESIDE: Cost = nats(2.0);

/// What a character may cost in its context before it adds to suspicion.
const TYPICAL: Cost = nats(7.0);
/// What a letter costs in a word of Latin that does not go with it.
const UNFIT: Cost = nats(9.0);
/// Suspicion that is worth a closer look.
const ENOUGH: Cost = nats(6.0);
/// What one character may add.
const MOST: Cost = nats(4.0);

/// Hanzi and syllables of Hangul stand before the end of these: what stands behind is no letter of UTF-8 by itself.
pub(crate) const LAST_SYLLABLE: char = '\u{D7A3}';

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// What alone can be enough for a repair.
    Quick,
    /// Also what needs other proof.
    Thorough,
}

/// Whether nothing in the stretch of the text is worth a closer look, nor damage for certain, as `is_evident` tells of what looks unlikely. Allocates
/// nothing itself.
pub(crate) fn is_clean(
    model: &Model,
    text: &str,
    stretch: &Stretch,
    care: Care,
    mut is_evident: impl FnMut(Range<usize>) -> bool,
) -> bool {
    let clean = Cell::new(true);
    let terms = Terms { model, care, marks_tell: true };
    let may_be = |_: &mut Memo, range: Range<usize>| {
        if is_evident(range) {
            clean.set(false);
            return MayBe::Done;
        }
        MayBe::Yes
    };
    each_suspect(terms, &mut Memo::forgetful(), text, stretch, may_be, |_| {
        clean.set(false);
        false
    });
    clean.get()
}

/// Stretches of a text, in bytes, sorted and disjoint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suspects {
    /// Those worth a closer look, with unremarkable text around each.
    pub(crate) windows: Vec<Range<usize>>,
    /// Those that would be, but for what was told of them.
    pub(crate) refused: Vec<Range<usize>>,
}

/// Whole lines of a text, in bytes, of which suspects are looked for.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) place: Range<usize>,
    /// Whether what stands before and behind it is damage: it is looked at from there as from an alarm.
    pub(crate) beside: [bool; 2],
    /// Its first alarm, where that is known.
    pub(crate) alarm: Option<(usize, usize)>,
}

impl Stretch {
    /// All of a text.
    pub(crate) fn whole(text: &str) -> Self {
        Self { place: 0..text.len(), beside: [false; 2], alarm: None }
    }

    /// What of it stands near damage.
    pub(crate) fn ends(text: &str, place: Range<usize>, beside: [bool; 2]) -> Vec<Self> {
        let lines = &text[..place.end];
        let first = if beside[0] { forward(lines, place.start, AROUND) } else { place.start };
        let last = if beside[1] { back(text, place.end, AROUND) } else { place.end };
        if first >= last {
            return vec![Self { place, beside, alarm: None }];
        }
        let ends = [(place.start..first, [true, false]), (last..place.end, [false, true])];
        let ends = ends.into_iter().filter(|(place, _)| !place.is_empty());
        ends.map(|(place, beside)| Self { place, beside, alarm: None }).collect()
    }
}

/// Whether a stretch that looks unlikely is worth a closer look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MayBe {
    Yes,
    /// Nothing is, until there.
    Not(usize),
    /// No more is asked for.
    Done,
}

/// The stretches of `text[range]` that are suspects, of those that look unlikely where they gave an alarm only such as `may_repair` does not
/// refuse there, which says how far that goes. Allocates nothing where there are none.
pub(crate) fn suspects(
    model: &Model,
    memo: &mut Memo,
    text: &str,
    stretch: &Stretch,
    care: Care,
    mut may_repair: impl FnMut(&mut Memo, Range<usize>) -> MayBe,
) -> Suspects {
    let range = &stretch.place;
    let (mut windows, mut places): (Vec<Range<usize>>, Vec<Range<usize>>) = (Vec::new(), Vec::new());
    let may_be = |memo: &mut Memo, place: Range<usize>| {
        let may_be = may_repair(memo, place.clone());
        if matches!(may_be, MayBe::Not(_)) {
            places.push(place);
        }
        may_be
    };
    let terms = Terms { model, care, marks_tell: true };
    each_suspect(terms, memo, text, stretch, may_be, |stretch| {
        windows.push(stretch);
        true
    });
    // With some text on either side, but for what a window has.
    let mut refused = Vec::new();
    for place in places {
        let next = windows.partition_point(|window| window.end <= place.start);
        let done = next.checked_sub(1).map_or(range.start, |last| windows[last].end);
        let end = windows.get(next).map_or(range.end, |window| window.start);
        if place.start < end {
            let from = back(text, place.start, PADDING).max(done);
            join(&mut refused, from..forward(text, place.end, PADDING).min(end));
        }
    }
    Suspects { windows, refused }
}

/// Adds `place` to `places`, which are sorted and disjoint, and none of which begins or ends farther on; what touches becomes one.
pub(crate) fn join(places: &mut Vec<Range<usize>>, place: Range<usize>) {
    match places.last_mut().filter(|last| last.end >= place.start) {
        Some(last) => last.end = place.end,
        None => places.push(place),
    }
}

/// As [`suspects`], but only those that touch one of `places`, which are sorted and were repaired: a mark or two are gaps.
pub(crate) fn suspects_near(
    model: &Model,
    memo: &mut Memo,
    text: &str,
    places: &[Range<usize>],
    care: Care,
    mut may_repair: impl FnMut(&mut Memo, Range<usize>) -> MayBe,
) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut done = 0;
    for place in places {
        let from = back(text, place.start, BEFORE).max(done);
        let to = forward(text, place.end, BEFORE);
        if to <= from {
            continue;
        }
        let may_be = |memo: &mut Memo, place: Range<usize>| match may_repair(
            memo,
            from + place.start..from + place.end,
        ) {
            MayBe::Not(end) => MayBe::Not(end.saturating_sub(from)),
            may_be => may_be,
        };
        let terms = Terms { model, care, marks_tell: false };
        let (text, stretch) = (&text[from..to], Stretch::whole(&text[from..to]));
        each_suspect(terms, memo, text, &stretch, may_be, |w| {
            out.push(from + w.start..from + w.end);
            true
        });
        done = to;
    }
    out.retain(|w| {
        let place = places.get(places.partition_point(|p| p.end <= w.start));
        place.is_some_and(|p| p.start < w.end)
    });
    out
}

/// Whether `text` by itself would be a suspect of the quick look.
pub(crate) fn gives_alarm(model: &Model, memo: &mut Memo, text: &str) -> bool {
    Sieve::get().is_none_or(|sieve| sieve.alarm(text, 0).is_some()) && is_unlikely(model, memo, text, true)
}

/// What `b` costs at least after `a`, as far as a small table tells.
pub(crate) fn least_after(a: char, b: char) -> Cost {
    Sieve::get().map_or(0, |sieve| sieve.least_after(a, b))
}

/// What is asked of a text.
#[derive(Clone, Copy)]
struct Terms<'m> {
    model: &'m Model,
    care: Care,
    /// Whether a single mark of what cannot be undone is a suspect.
    marks_tell: bool,
}

/// Calls `found` with each suspect of the stretch until it returns false. Of what looks unlikely where it gave an alarm
/// only that is looked at which `may_be` does not refuse, as [`suspects`].
fn each_suspect(
    Terms { model, care, marks_tell }: Terms<'_>,
    memo: &mut Memo,
    text: &str,
    Stretch { place, beside, alarm }: &Stretch,
    mut may_be: impl FnMut(&mut Memo, Range<usize>) -> MayBe,
    mut found: impl FnMut(Range<usize>) -> bool,
) {
    let (text, from) = (&text[..place.end], place.start);
    let mut at = text.len() - not_ascii(&text[from..]).len();
    let Some(sieve) = Sieve::get().filter(|_| care == Care::Quick) else {
        if at < text.len() {
            look(model, memo, text, at.saturating_sub(1).max(from)..text.len(), text.len(), &mut found);
        }
        return;
    };
    // How far stretches were found, and how far none.
    let (mut done, mut refused) = (from, 0);
    let is_beside = |at| beside[0] && at == place.start || beside[1] && at == place.end;
    let alarm_from = |at| {
        let is_before_last = beside[1] && at < text.len();
        sieve.alarm(text, at).or_else(|| is_before_last.then_some((text.len(), text.len())))
    };
    let first = if beside[0] { Some((from, from)) } else { *alarm };
    let mut next = first.or_else(|| alarm_from(at));
    // Where the last alarm was that came to nothing, and where what led to it began.
    let mut vain = (0, 0);
    while let Some((begin, alarm)) = next {
        // It may only have gone on.
        let begin = if begin == vain.1 { vain.0 } else { begin };
        let from = back(text, begin, CONTEXT).max(back(text, alarm, BEFORE)).max(done);
        let to = forward(text, alarm, AFTER);
        // Most of what is asked for here is asked for once.
        let forgetful = &mut Memo::forgetful();
        let is_unlikely = to > refused && is_unlikely(model, forgetful, &text[from..to], marks_tell);
        let may_be = match is_unlikely {
            _ if is_beside(alarm) => MayBe::Yes,
            true => may_be(memo, from..to),
            false => MayBe::Not(0),
        };
        match may_be {
            MayBe::Yes => {}
            MayBe::Not(end) => {
                refused = refused.max(end);
                vain = (begin, alarm);
                next = alarm_from(alarm);
                continue;
            }
            MayBe::Done => return,
        }
        let from = back(text, alarm, AROUND).max(done);
        // As far as one alarm follows the other.
        let mut until = forward(text, alarm, AROUND);
        next = alarm_from(until);
        while let Some((_, more)) = next.filter(|&(_, more)| more - until <= 6 * BEHIND) {
            until = forward(text, more, BEHIND);
            next = alarm_from(until);
        }
        let limit = forward(text, until, PADDING);
        match look(model, memo, text, from..until, limit, &mut found) {
            Some(end) => at = end,
            None => return,
        }
        done = at;
        if next.is_some_and(|(_, next)| next < at) {
            next = alarm_from(at);
        }
    }
}

/// Has the eye go over `range`, and further, up to `limit`, while something is odd. Returns how far it went, or none where
/// `found` wants no more.
pub(crate) fn look(
    model: &Model,
    memo: &mut Memo,
    text: &str,
    range: Range<usize>,
    limit: usize,
    found: &mut impl FnMut(Range<usize>) -> bool,
) -> Option<usize> {
    let from = range.start;
    let mut eye = Eye::new(model, text[..from].chars().next_back().unwrap_or(' '));
    let mut state = model.unknown();
    let mut open: Option<Range<usize>> = None;
    // The places of the last characters, so that a stretch can begin before what gave it away.
    let mut recent = [0_usize; PADDING];
    let mut plain = PADDING + 1;
    let mut end = text.len();
    for (count, (offset, c)) in text[from..].char_indices().enumerate() {
        let at = from + offset;
        if at >= limit || at >= range.end && plain > PADDING {
            end = at;
            break;
        }
        let (cost, next) = memo.score(model, state, c);
        state = next;
        if eye.is_odd(c, cost) {
            let begin = recent[if count >= PADDING { count % PADDING } else { 0 }].max(from);
            match &mut open {
                Some(open) if plain <= PADDING || begin <= open.end => {}
                _ => {
                    if let Some(stretch) = open.replace(begin..at)
                        && !found(stretch)
                    {
                        return None;
                    }
                }
            }
            plain = 0;
        } else {
            plain = plain.saturating_add(1);
        }
        if plain <= PADDING
            && let Some(open) = &mut open
        {
            open.end = at + c.len_utf8();
        }
        recent[count % PADDING] = at;
    }
    if open.is_some_and(|stretch| !found(stretch)) { None } else { Some(end) }
}

/// The text from its first character beyond ASCII on.
fn not_ascii(text: &str) -> &str {
    text.get(encoding_rs::Encoding::ascii_valid_up_to(text.as_bytes())..).unwrap_or_default()
}

/// The place `count` characters before `at`.
pub(crate) fn back(text: &str, at: usize, count: usize) -> usize {
    text[..at].char_indices().rev().nth(count - 1).map_or(0, |(at, _)| at)
}

/// The place `count` characters behind `at`.
pub(crate) fn forward(text: &str, at: usize, count: usize) -> usize {
    text[at..].char_indices().nth(count).map_or(text.len(), |(more, _)| at + more)
}

/// Whether some stretch of the text costs so much that another reading could be likelier.
fn is_unlikely(model: &Model, memo: &mut Memo, text: &str, marks_tell: bool) -> bool {
    let mut state = model.unknown();
    let (mut sum, mut last, mut before) = (0, ' ', 0);
    let is_long = |line: &str| line.chars().filter(|&c| c > '\u{7F}').nth(SHORT_LINE).is_some();
    let is_in_line = text.split('\n').any(is_long);
    let enough = if is_in_line { UNLIKELY_IN_LINE } else { UNLIKELY };
    text.chars().any(|c| {
        let (cost, next) = memo.score(model, state, c);
        state = next;
        let is_beside = is_beside([last, c], [before, cost]);
        let more = match c.is_ascii() {
            true if c.is_ascii_lowercase() && last > '\u{2E7F}' => (cost - LETTER).max(0),
            true => -ASCII,
            false if Sieve::is_marked(c) => MARK,
            false => cost - READ,
        };
        sum = (sum + more + if is_beside { BESIDE } else { 0 }).max(0);
        (last, before) = (c, cost);
        sum > enough || marks_tell && Sieve::is_marked(c)
    })
}

/// Whether of two characters that cost so much one is a Hanzi and the other a lower-case letter that does not go with it: the accented
/// letters of UTF-8 read as GBK.
fn is_beside([a, b]: [char; 2], [cost_a, cost_b]: [Cost; 2]) -> bool {
    let is = |letter: char, hanzi: char| letter.is_ascii_lowercase() && hanzi > '\u{2E7F}';
    cost_b > TYPICAL && is(a, b) || cost_b.max(cost_a) > TYPICAL && is(b, a)
}

/// Goes over text and tells which characters are out of place.
pub(crate) struct Eye<'m> {
    model: &'m Model,
    last: char,
    /// What it cost.
    before: Cost,
    /// How much less likely than usual the last characters were.
    suspicion: Cost,
}

impl<'m> Eye<'m> {
    /// `last` is the character before.
    pub(crate) fn new(model: &'m Model, last: char) -> Self {
        Self { model, last, before: 0, suspicion: 0 }
    }

    /// Whether `c` is out of place, which costs `cost`.
    pub(crate) fn is_odd(&mut self, c: char, cost: Cost) -> bool {
        let last = std::mem::replace(&mut self.last, c);
        // One sum over the text: it grows where unlikely characters crowd, each of them unremarkable.
        let mut more = (cost - TYPICAL).min(MOST);
        let before = std::mem::replace(&mut self.before, cost);
        // Or a Hanzi behind a space that does not go with it.
        let is_beside = is_beside([last, c], [before, cost]);
        if is_beside || cost > TYPICAL + MOST && last.is_ascii() && c > '\u{2E7F}' {
            more += MOST;
        }
        self.suspicion = (self.suspicion + more).max(0);
        let is_unfit = cost > UNFIT && matches!(c, '\u{C0}'..='\u{17F}') && last.is_ascii_alphabetic();
        let odd = c > '\u{7F}'
            && (!self.model.is_common(c) || last > '\u{7F}' && !self.model.pair_is_common(last, c))
            || is_beside && c.max(last) <= LAST_SYLLABLE
            || self.suspicion > ENOUGH && (c > '\u{7F}' || last > '\u{7F}')
            || is_unfit;
        if odd {
            self.suspicion = 0;
        }
        odd
    }

    /// Adds to `odd` whether `c` is, which costs `cost`; what an ASCII character gives away is the one before it.
    pub(crate) fn mark(&mut self, c: char, cost: Cost, odd: &mut Vec<bool>) {
        let is_odd = self.is_odd(c, cost);
        if let Some(before) = odd.last_mut().filter(|_| is_odd && c.is_ascii()) {
            *before = true;
        }
        odd.push(is_odd);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Refuses no stretch.
    fn any(_: &mut Memo, _: Range<usize>) -> MayBe {
        MayBe::Yes
    }

    /// Of clean prose little gets past the first look: hardly anything else may cost time there.
    #[test]
    fn clean_text_gives_few_alarms() {
        let model = Model::embedded();
        let sieve = Sieve::get().unwrap();
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/clean");
        for file in std::fs::read_dir(dir).unwrap() {
            let file = file.unwrap().path();
            if file.ends_with("scripts.txt") {
                // No prose: the rarest of scripts, a word of each.
                continue;
            }
            let text = std::fs::read_to_string(&file).unwrap();
            let (mut at, mut alarms) = (0, 0);
            while let Some((_, alarm)) = sieve.alarm(&text, at) {
                alarms += 1;
                at = alarm;
            }
            let chars = text.chars().count();
            let stretches =
                suspects(model, &mut Memo::forgetful(), &text, &Stretch::whole(&text), Care::Quick, any)
                    .windows
                    .len();
            assert!(
                alarms * 40 < chars && stretches * 60 < chars,
                "{}: {alarms} {stretches}",
                file.display()
            );
        }
    }

    /// Two rare characters in a line are no reason to look closer, by themselves they are.
    #[test]
    fn a_line_takes_more_than_a_word() {
        let model = Model::embedded();
        let line = "乡人民政府、街道办事处组织考核，对达到脱盲标准的发给证书";
        for (text, is_odd) in [(line, false), ("晞睭", true), ("娓″彛鐨勭伅杩樹寒鐫€", true)] {
            assert_eq!(is_unlikely(model, &mut Memo::forgetful(), text, true), is_odd, "{text}");
        }
        let (usual, unusual) = (least_after('文', '字'), least_after('文', '螞'));
        assert!(usual == 0 && unusual > nats(8.0), "{usual} {unusual}");
        assert_eq!(least_after('a', '螞'), 0);
    }

    /// However usual a Hanzi is, between two small letters it is none.
    #[test]
    fn a_hanzi_in_a_word_is_looked_at() {
        let sieve = Sieve::get().unwrap();
        for (text, is_alarm) in [
            ("el n煤mero", true),
            ("une caract猫re de plus", true),
            ("年 app 能", false),
            ("一个app没有", false),
        ] {
            assert_eq!(sieve.alarm(text, 0).is_some(), is_alarm, "{text}");
            // Wherever the look begins.
            let first = text.find(|c: char| !c.is_ascii()).unwrap();
            assert_eq!(sieve.alarm(text, first).is_some(), is_alarm, "{text}");
        }
    }

    /// A single mark in clean text is told of, but where a repair has left it.
    #[test]
    fn a_mark_is_looked_at_once() {
        let (model, mut memo) = (Model::embedded(), Memo::default());
        let line = "村口的老槐树下，几个孩子正在玩\u{FFFD}戏，谁也没有看见他。";
        assert_eq!(
            suspects(model, &mut memo, line, &Stretch::whole(line), Care::Quick, any).windows.len(),
            1
        );
        assert!(
            suspects_near(model, &mut memo, line, std::slice::from_ref(&(0..line.len())), Care::Quick, any)
                .is_empty()
        );
        let report = crate::Repairer::new().report(line);
        let verdicts: Vec<_> = report.repairs.iter().map(|r| r.verdict).collect();
        assert_eq!(verdicts, [crate::Verdict::Unrepaired]);
    }

    /// A suspect of the quick look is one of the thorough look.
    #[test]
    fn quick_is_part_of_thorough() {
        let model = Model::embedded();
        for text in ["锛屼綘濂戒笘鐣屻€�", "Ã©tÃ© et Ã\u{a0} la", "你好，世界。", "ÎÒÃÇ", "plain"]
        {
            let mut memo = Memo::default();
            let all = suspects(model, &mut memo, text, &Stretch::whole(text), Care::Thorough, any).windows;
            for quick in suspects(model, &mut memo, text, &Stretch::whole(text), Care::Quick, any).windows {
                assert!(all.iter().any(|w| w.start <= quick.start && quick.end <= w.end), "{text}");
            }
        }
    }
}
