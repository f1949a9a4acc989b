//! How sure a restored character is: its rivals weighed in their context, left and right.

mod together;

use std::ops::Range;

use crate::codec::{Codec, Pattern};
use crate::cost::{Cost, NAT, nats};
use crate::decode::{Event, Said, is_private};
use crate::fitting::Fitting;
use crate::judge::exp_minus;
use crate::layout::Lines;
use crate::lm::{Model, State};
use crate::loss;
use crate::pairs::{self, Pairs};
use crate::report::Loss;

pub(crate) use self::together::Rivals;

/// Rivals reported.
const REPORTED: usize = 5;
/// Characters after it that its choice bears upon.
const AHEAD: usize = 3;
/// Characters after it among which what it opens may close.
const PAIRED: usize = 200;
/// How far the model's costs of letters and Hanzi are to be believed: it has seen little of what can be written, and
/// is too sure. With this, of the characters given 0.95 and more, 96 in 100 are right (with 1, 88).
const TRUST: f64 = 0.7;
/// How far before and behind a lost character text is searched for what may have stood there.
pub(crate) const ECHO: usize = 512;
/// Characters before it that are compared.
pub(crate) const ALIKE: usize = 5;
/// Of Hanzi whose two, three, four, five neighbours before them stand elsewhere that near as well, so many are followed by the
/// same: counted in clean text, news to source code.
const ECHOED: [f64; ALIKE - 1] = [0.24, 0.38, 0.43, 0.5];
/// Of ASCII marks and spaces between a letter and two, three, four, five or more characters before which others stand that near, so many are
/// the same as those: counted in source code, HTML and Markdown.
const PRECEDED: [f64; 4] = [0.8, 0.87, 0.87, 0.9];
/// What being one of ten digits costs.
const TEN: Cost = nats(std::f64::consts::LN_10);

/// What surrounds the characters to restore.
pub(crate) struct Around<'a> {
    pub(crate) model: &'a Model,
    pub(crate) fitting: &'a mut Fitting,
    pub(crate) codec: Codec,
    /// Each byte was read as a character of its own.
    pub(crate) is_single: bool,
    /// What was decided for the whole piece.
    pub(crate) said: &'a [Said],
    /// The observed characters before and after it.
    pub(crate) before: &'a [char],
    pub(crate) after: &'a [char],
    /// The text ends after those.
    pub(crate) is_end: bool,
    pub(crate) habits: Habits,
    pub(crate) lines: &'a Lines<'a>,
}

/// What a text does throughout, as far as it shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// What a space between ASCII and other letters costs here beyond what the model takes for it.
    spacing: Cost,
    /// What a traditional Hanzi costs here more than a simplified one.
    traditional: Cost,
}

impl Habits {
    /// Those of a stretch that says `said`, in a text with this [`spacing`].
    pub(crate) fn of(said: &[Said], spacing: Cost) -> Self {
        let (mut simplified, mut traditional) = (0, 0);
        for script in said.iter().filter_map(Said::whole).filter_map(script) {
            match script {
                Script::Simplified => simplified += 1,
                Script::Traditional => traditional += 1,
            }
        }
        Self {
            spacing,
            traditional: odds(simplified, traditional, loss::SCRIPT_PRIOR).clamp(-loss::SCRIPT, loss::SCRIPT),
        }
    }

    /// What `c` costs here because of its script.
    fn script_of(self, c: char) -> Cost {
        match script(c) {
            Some(Script::Traditional) => self.traditional.max(0),
            Some(Script::Simplified) => -self.traditional.min(0),
            None => 0,
        }
    }
}

/// The logarithm of `a` to `b`, to each of which one in `prior` is added.
fn odds(a: usize, b: usize, prior: u64) -> Cost {
    let ln = |n: usize| loss::ln(n as u64 * prior + 1);
    ln(a) - ln(b)
}

/// A script of Hanzi.
#[derive(Clone, Copy, PartialEq)]
enum Script {
    Simplified,
    Traditional,
}

/// Which of the two alone has `c`: the one's page of the 1980s, GB 2312, or the other's, Big5. None for what both have, or neither.
fn script(c: char) -> Option<Script> {
    if !matches!(c, '\u{4E00}'..='\u{9FFF}') {
        return None;
    }
    let gb = Codec::GBK.unread_first(c).is_some_and(|b| matches!(b.as_slice(), [0xB0..=0xF7, 0xA1..=0xFE]));
    let big5 = Codec::CP950.unread_first(c).is_some_and(|b| matches!(b.as_slice(), [0xA4..=0xF9, _]));
    match (gb, big5) {
        (true, false) => Some(Script::Simplified),
        (false, true) => Some(Script::Traditional),
        _ => None,
    }
}

/// Where in a piece a character is to be restored, and what was decided before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) k: usize,
    /// The characters before.
    pub(crate) last: [char; ALIKE],
    pub(crate) state: State,
    pub(crate) pairs: Pairs,
}

impl Place {
    /// Goes on behind `c`, if that is known, and a `gap` otherwise.
    pub(crate) fn pass(&mut self, model: &Model, c: Option<char>, gap: char) {
        self.last.rotate_left(1);
        self.last[ALIKE - 1] = c.unwrap_or(gap);
        self.state = c.map_or(model.unknown(), |c| model.score(self.state, c).1);
        self.pairs = c.map_or(self.pairs, |c| self.pairs.after(c));
    }
}

impl Around<'_> {
    /// The characters that fit `pattern`, of which something was lost, with their probabilities given everything around, likeliest first.
    pub(crate) fn alternatives(&mut self, pattern: &Pattern, loss: Loss, place: Place) -> Vec<(char, f64)> {
        let fits = self.fits(pattern, loss);
        let all = self.weighed(&fits, place);
        let share = shares(&all, TRUST);
        all.iter().zip(share).take(REPORTED).map(|(w, p)| (w.c, p)).collect()
    }

    /// The characters that fit `pattern`, the most frequent first. A byte that was dropped by itself may have stood before any of the others.
    fn fits(&mut self, pattern: &Pattern, loss: Loss) -> Vec<char> {
        let mut all: Vec<(Cost, char)> = Vec::new();
        let others = pattern.others().filter(|_| self.is_single && loss == Loss::Dropped);
        for pattern in std::iter::once(*pattern).chain(others) {
            let fits = self.fitting.of(self.model, self.codec, &pattern);
            all.extend(fits.iter().filter(|fit| !is_private(fit.c)).map(|fit| (fit.alone, fit.c)));
        }
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(|(_, c)| c).collect()
    }

    /// The same for an ASCII character that is no letter and no trail byte. Digits are left out: which one it was
    /// nothing can tell; but they have their share.
    pub(crate) fn lows(&self, place: Place) -> Vec<(char, f64)> {
        let layout = self.lines.layout();
        let lows: Vec<char> = lows().chain(layout.tab.and(Some('\t'))).collect();
        let next: Vec<char> = self.following(place.k).take(PRECEDED.len() + 1).collect();
        let indented = layout.indented(&next);
        let (before, weight) = self.precedents(place, &next);
        let mut all = self.weighed(&lows, place);
        let least = all.iter().map(|w| w.model).min().unwrap_or(0);
        let odds = |w: &Weighed| exp_minus((w.model - least) as f64 / f64::from(NAT));
        let sum: f64 = all.iter().map(odds).sum();
        for w in &mut all {
            let share = before.iter().filter(|&&c| c == w.c).count() as f64 / before.len().max(1) as f64;
            let gain = 1.0 - weight + weight * share * sum / odds(w).max(f64::MIN_POSITIVE);
            w.total -= i64::from(loss::ln((gain * 65536.0) as u64) - loss::LN_65536);
            match w.c {
                '\t' => w.total += layout.tab.map_or(0, i64::from).min(w.own) - w.own,
                '\n' if layout.are_many => w.total -= i64::from(loss::BREAK_SWALLOWED),
                _ => {}
            }
            if let Some(cost) = indented {
                // Blanks cost the same behind any of them.
                w.total += w.own - w.model + i64::from(if w.c == '\n' { 0 } else { cost });
            }
        }
        all.sort_unstable_by_key(|w| (w.total, w.c));
        let share = shares(&all, 1.0);
        // A line break where nothing shows that a line begins is not told from a space.
        let begins_line =
            indented.is_some() || before.iter().filter(|&&c| c == '\n').count() * 2 > before.len();
        let is_known = |c: char| !c.is_ascii_digit() && (c != '\n' || begins_line);
        let known = all.iter().zip(share).filter(|(w, _)| is_known(w.c));
        known.take(REPORTED).map(|(w, p)| (w.c, p)).collect()
    }

    /// The candidates, the likeliest first.
    fn weighed(&self, candidates: &[char], place: Place) -> Vec<Weighed> {
        let next: Vec<char> = self.following(place.k).take(AHEAD).collect();
        let unpaired = self.pairing(place, None);
        let echoes = self.echoes(place, candidates);
        // Most candidates are soon forgotten: what comes behind costs the same after all of those.
        let mut known: [Option<(State, (Cost, State))>; AHEAD] = [None; AHEAD];
        let mut all: Vec<Weighed> = candidates
            .iter()
            .map(|&c| {
                let (cost, mut state) = self.model.score(place.state, c);
                let own = i64::from(cost);
                let mut model = own;
                let share = echoes.share(c);
                let mut total = i64::from(echoed(cost + cost_of_low(c), share));
                if c == ' ' && next.first().is_some_and(|&n| is_border(place.last[ALIKE - 1], n)) {
                    total += i64::from(self.habits.spacing);
                }
                if c.is_ascii_punctuation() && next.first() == Some(&c) {
                    total += i64::from(self.doubling(c, place.k));
                }
                total += i64::from(self.habits.script_of(c));
                for (k, &n) in next.iter().enumerate() {
                    let (mut cost, next) = match known[k] {
                        Some((same, scored)) if same == state => scored,
                        _ => {
                            let scored = self.model.score(state, n);
                            if state == state.shortened() {
                                known[k] = Some((state, scored));
                            }
                            scored
                        }
                    };
                    model += i64::from(behind(n, cost));
                    if k == 0 && share > 0.0 && echoes.goes_on {
                        cost = echoed(cost, echoes.weight);
                    }
                    total += i64::from(behind(n, cost));
                    state = next;
                }
                total += if place.pairs.after(c) == place.pairs && place.pairs.cost_of_lost(c) == 0 {
                    unpaired
                } else {
                    self.pairing(place, Some(c))
                };
                // A quotation mark that closes ends a word.
                if pairs::is_quote(c) && next.first().is_some_and(|n| n.is_alphanumeric()) {
                    total -= i64::from(place.pairs.cost_of_lost(c).min(0));
                }
                Weighed { total, model, own, c }
            })
            .collect();
        all.sort_unstable_by_key(|w| (w.total, w.c));
        all
    }

    /// What comes after `said[k]`, up to the next character that is not known.
    fn following(&self, k: usize) -> impl Iterator<Item = char> {
        let said = self.said[k + 1..].iter().map(|s| match s.event {
            Event::Char(c) | Event::Lossy(c, ..) | Event::Gap(_, _, Some(c)) => Some(c),
            _ => None,
        });
        let end = self.is_end.then_some('\n');
        said.chain(self.after.iter().copied().map(Some)).chain([end]).map_while(|c| c)
    }

    /// Which of the candidates follows characters like those before the place where they stand nearby, in what is said and in clean
    /// text, and how much that counts: where most are alike.
    fn echoes(&self, place: Place, candidates: &[char]) -> Echoes {
        let is_telling = |c: char| c.is_alphanumeric() && !c.is_ascii_digit();
        let mut all = Echoes { followers: Vec::new(), weight: 0.0, goes_on: false };
        let mut most = 2;
        let next = self.following(place.k).next();
        if !place.last[ALIKE - most..].iter().all(|&c| is_telling(c)) {
            return all;
        }
        for row in &self.near(place.k) {
            for (at, follower) in row.iter().enumerate() {
                let before = place.last.iter().rev().zip(row[..at].iter().rev());
                let mut alike = before.take_while(|(last, c)| **c == Some(**last)).count();
                let fits = |c: &char| alike >= 2 && candidates.contains(c);
                let Some(follower) = follower.filter(fits) else { continue };
                let goes_on = next.is_some() && row.get(at + 1).copied().flatten() == next;
                if goes_on {
                    alike = (alike + 1).min(ALIKE);
                }
                if alike < most {
                    continue;
                }
                if alike > most || all.followers.is_empty() {
                    all.followers.clear();
                    all.goes_on = true;
                    most = alike;
                }
                all.followers.push(follower);
                all.goes_on &= goes_on;
            }
        }
        all.weight = ECHOED[most - 2];
        all
    }

    /// As [`precedents`], nearby.
    fn precedents(&self, place: Place, next: &[char]) -> (Vec<char>, f64) {
        let near = self.near(place.k);
        precedents(&near.each_ref().map(Vec::as_slice), place.last[ALIKE - 1], next)
    }

    /// What stands before and behind `said[k]`, as far as it is known, from far to near and from near to far.
    fn near(&self, k: usize) -> [Vec<Option<char>>; 4] {
        let said = |range: Range<usize>| self.said[range].iter().map(Said::whole).collect();
        let known = |seen: &[char]| -> Vec<Option<char>> { seen.iter().copied().map(Some).collect() };
        let near = k.saturating_sub(ECHO)..(k + ECHO).min(self.said.len());
        [
            known(&self.before[self.before.len().saturating_sub(ECHO)..]),
            said(near.start..k),
            said(k + 1..near.end),
            known(&self.after[..self.after.len().min(ECHO)]),
        ]
    }

    /// What it costs that the mark `c` stands before another one: some texts always write two or more of them.
    fn doubling(&self, c: char, k: usize) -> Cost {
        let (mut single, mut double) = (0, 0);
        // The run that begins behind the place is the one in question.
        let mut is_own = false;
        for (at, row) in self.near(k).iter().enumerate() {
            is_own |= at == 2;
            for run in row.chunk_by(|a, b| a == b) {
                if run[0] == Some(c) && !is_own {
                    if run.len() > 1 { double += 1 } else { single += 1 }
                }
                is_own = false;
            }
        }
        let [one, two] = loss::RUNS;
        // Nothing where the text shows none of them.
        let ln = |n: u64, prior: u64| loss::ln((n * (one + two) + prior) * 256 / prior);
        ln(single, one) - ln(double, two)
    }

    /// What the pairs of the rest of the line cost when `c` stands at the place.
    fn pairing(&self, place: Place, c: Option<char>) -> i64 {
        let mut total = match c {
            Some('\n') => i64::from(place.pairs.cost_of_end()),
            Some(c) => i64::from(place.pairs.cost_of_lost(c)),
            None => 0,
        };
        let mut pairs = c.map_or(place.pairs, |c| place.pairs.after(c));
        let said = self.said[place.k + 1..].iter().filter_map(|s| match s.event {
            Event::Char(c) => Some((c, false)),
            Event::Lossy(c, ..) | Event::Gap(_, _, Some(c)) => Some((c, true)),
            _ => None,
        });
        let after = self.after.iter().map(|&c| (c, false));
        for (c, is_lost) in said.chain(after).take(PAIRED) {
            if c == '\n' {
                return total + i64::from(pairs.cost_of_end());
            }
            total += i64::from(if is_lost { pairs.cost_of_lost(c) } else { pairs.cost_of(c) });
            pairs = pairs.after(c);
        }
        total + if self.is_end { i64::from(pairs.cost_of_end()) } else { 0 }
    }
}

/// A candidate in its context.
#[derive(Clone, Copy, Debug)]
struct Weighed {
    /// What it and what follows cost, with all that bears upon it.
    total: i64,
    /// What the model alone takes for that, and for the candidate by itself.
    model: i64,
    own: i64,
    c: char,
}

/// What follows nearby after the like of what stands before a place.
struct Echoes {
    followers: Vec<char>,
    /// How likely it is that the same follows here.
    weight: f64,
    /// What stands behind the place stands behind all of them.
    goes_on: bool,
}

impl Echoes {
    /// How likely they make `c`.
    fn share(&self, c: char) -> f64 {
        let same = self.followers.iter().filter(|&&f| f == c).count();
        self.weight * same as f64 / self.followers.len().max(1) as f64
    }
}

/// What a character costs that costs `cost` by the model, and that is as likely as `share` by what came nearby.
fn echoed(cost: Cost, share: f64) -> Cost {
    if share == 0.0 {
        return cost;
    }
    let odds = (1.0 - share) * exp_minus(f64::from(cost.max(0)) / f64::from(NAT)) + share;
    // ln(1 / odds), by integers.
    cost.min(loss::ln((65536.0 / odds) as u64) - loss::LN_65536)
}

/// What `c` costs behind a place, where the model takes `cost` for it: the text may have been cut.
fn behind(c: char, cost: Cost) -> Cost {
    if c == '\n' { cost.min(loss::END) } else { cost }
}

/// Whether `c` is a letter or a digit, or no ASCII.
fn is_text(c: char) -> bool {
    c > '\u{7F}' || c.is_ascii_alphanumeric()
}

/// Which ASCII marks and spaces stand in `rows` between a letter like the `last` one and what comes `next` at a place: where most of that
/// is the same; with what share of them is the same as such.
fn precedents<C: Copy + Into<Option<char>>>(rows: &[&[C]], last: char, next: &[char]) -> (Vec<char>, f64) {
    let mut all = Vec::new();
    let mut most = 2;
    if !is_text(last) {
        return (all, 0.0);
    }
    for row in rows {
        for at in 2..row.len() {
            let (Some(letter), Some(c)) = (row[at - 2].into(), row[at - 1].into()) else { continue };
            let follows =
                is_text(letter) && letter.is_ascii() == last.is_ascii() || letter == '\n' && c == '\n';
            if !follows || !c.is_ascii() || c.is_alphanumeric() || c == '?' {
                continue;
            }
            let is_alike = |c: C, next: char| c.into().is_some_and(|c| alike(c, next));
            let alike = row[at..].iter().zip(next).take_while(|(c, next)| is_alike(**c, **next)).count();
            if alike > most {
                most = alike;
                all.clear();
            }
            if alike == most {
                all.push(c);
            }
        }
    }
    let weight = if all.is_empty() { 0.0 } else { PRECEDED[most - 2] };
    (all, weight)
}

/// As [`precedents`], of character `i` of a text, by what stands near it.
pub(crate) fn precedents_at(seen: &[char], i: usize) -> (Vec<char>, f64) {
    let (before, behind) = (&seen[i.saturating_sub(ECHO)..i], &seen[i + 1..]);
    let rows = [before, &behind[..behind.len().min(ECHO)]];
    let next = &behind[..behind.len().min(PRECEDED.len() + 1)];
    precedents(&rows, before.last().copied().unwrap_or('\n'), next)
}

/// Whether two characters are the same, or both digits.
fn alike(a: char, b: char) -> bool {
    a == b || a.is_ascii_digit() && b.is_ascii_digit()
}

/// Whether a text may or may not put a space between `a` and `b`: the one is an ASCII letter or digit, the other a
/// letter beyond.
fn is_border(a: char, b: char) -> bool {
    let other = |c: char| c > '\u{7F}' && c.is_alphanumeric();
    a.is_ascii_alphanumeric() && other(b) || other(a) && b.is_ascii_alphanumeric()
}

/// What a space at such a border costs in a text like `seen`, beyond what the model takes for it. Damage leaves the
/// borders where they are, but for those that it swallows.
pub(crate) fn spacing(seen: &[char]) -> Cost {
    let tight = seen.windows(2).filter(|w| is_border(w[0], w[1])).count();
    let spaced = seen.windows(3).filter(|w| w[1] == ' ' && is_border(w[0], w[2])).count();
    odds(tight, spaced, loss::SPACING_PRIOR).clamp(-loss::SPACING, loss::SPACING)
}

/// The ASCII characters that no double-byte codec has as a second byte, with one digit for all.
pub(crate) fn lows() -> impl Iterator<Item = char> {
    (' '..'@').filter(|c| !('1'..='9').contains(c)).chain(['\n'])
}

/// What one of them costs beyond what the model takes for it.
pub(crate) fn cost_of_low(c: char) -> Cost {
    match c {
        // One digit stands for all of them.
        '0'..='9' => -TEN,
        '\n' => loss::BREAK_SWALLOWED,
        _ => 0,
    }
}

/// What share of the whole each has, when `trust` tells how far the model's costs are to be believed.
fn shares(all: &[Weighed], trust: f64) -> impl Iterator<Item = f64> {
    let best = all.first().map_or(0, |w| w.total);
    let weight = move |w: &Weighed| exp_minus((w.total - best) as f64 * trust / f64::from(NAT));
    let sum: f64 = all.iter().map(weight).sum();
    all.iter().map(move |w| weight(w) / sum)
}
