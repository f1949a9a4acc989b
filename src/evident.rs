//! Line → what it says where its form leaves no doubt: UTF-8 throughout, and text, as far as small tables tell.
//!
//! A page of other characters than UTF-8 hardly ever happens to spell it. Where every character of a line beyond ASCII is read as it without
//! anything missing, what comes out is nothing but characters that the model has met, and costs far less than what was observed, no chain has
//! to be proposed, nothing decoded and nothing judged. Costs are those without context, so that nothing but near tables is asked.

use std::ops::Range;

use crate::chain::{Chain, Step};
use crate::codec::tables::Tables;
use crate::codec::{ByteSeq, Codec, is_wide};
use crate::cost::{Cost, nats};
use crate::judge::{self, Evidence};
use crate::lattice::is_mark;
use crate::lm::Model;
use crate::propose::{misreads, prior};
use crate::report::{Repair, Verdict};
use crate::scan::{self, Care, Sieve, Stretch};
use crate::straight::Fails;
use crate::window::Found;

/// Different characters beyond ASCII that a line must have.
const DISTINCT: usize = 4;
/// What a line must gain without context, the chain's prior taken off.
const ENOUGH: i64 = nats(30.0) as i64;
/// The same where the chain is evident in another line.
const LEAST: i64 = nats(12.0) as i64;
/// By how much more than any other page.
const AHEAD: i64 = nats(12.0) as i64;
/// What characters beyond ASCII cost on average in text, at most.
const FLUENT: i64 = nats(10.0) as i64;
/// The same where what is said may need a closer look: what another step has damaged costs more.
const PLAIN: i64 = nats(8.0) as i64;
/// How far from a line in which bytes were lost another one is looked at with it, in bytes.
const NEAR: usize = 360;
/// So many bytes of evident lines between two such are not.
const MUCH: usize = 1_024;
/// So many bytes of UTF-8 are no chance.
const BEGINNING: usize = 15;
/// So many bytes are read before it is asked whether they are UTF-8; then four times as many.
const FIRST: usize = 4;

/// A line that is damaged throughout, in bytes of the text.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// From its first character beyond ASCII to its last.
    pub(crate) place: Range<usize>,
    pub(crate) chain: Chain,
    /// What it says.
    pub(crate) text: String,
    /// What it gains without context.
    pub(crate) gain: i64,
    /// Observed characters beyond ASCII, and those that are said.
    pub(crate) changed: usize,
    pub(crate) said: usize,
    /// What these cost on average.
    pub(crate) fluency: i64,
    /// Whether it is evident by itself, and not only where others prove its chain.
    proves: bool,
    /// Whether nothing in what it says is worth a closer look.
    pub(crate) is_clean: bool,
}

impl Line {
    /// As what is found otherwise.
    pub(crate) fn found(self) -> Found {
        let Self { place, chain, text, gain, changed, said, fluency, proves, .. } = self;
        let repair = Repair {
            start: place.start,
            end: place.end,
            text,
            chain: Some(chain),
            treatment: None,
            verdict: Verdict::Repaired,
            confidence: judge::EVIDENT,
            gain: Cost::try_from(gain).unwrap_or(Cost::MAX),
            gaps: Vec::new(),
            restored: Vec::new(),
        };
        let evidence = Evidence { gain, changed, sure: said, fluency, ..Evidence::default() };
        Found { repair, evidence, proves }
    }
}

/// What of a text is evident.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evident {
    /// The chains that some line proves by itself.
    pub(crate) chains: Vec<Chain>,
    /// In order.
    pub(crate) lines: Vec<Line>,
}

/// What of `text` is evident, and what of the rest is to be looked at, in order.
pub(crate) fn find(model: &Model, sieve: Sieve, text: &str) -> (Evident, Vec<Stretch>) {
    let mut reader = Reader::new(model);
    // Each line with an alarm, and what it says.
    let mut alarms: Vec<(Range<usize>, Result<Line, Fails>)> = Vec::new();
    let mut next = sieve.alarm(text, 0);
    while let Some((_, alarm)) = next {
        let done = alarms.last().map_or(0, |(line, _)| line.end);
        // What gave the alarm stands before it, and is no line break.
        let begin = text[done..alarm].rfind('\n').map_or(done, |at| done + at + 1);
        let end = text[alarm..].find('\n').map_or(text.len(), |at| alarm + at);
        alarms.push((begin..end, reader.line(text, begin..end)));
        next = sieve.alarm(text, end);
    }
    let mut chains: Vec<Chain> = Vec::new();
    for line in alarms.iter().filter_map(|(_, line)| line.as_ref().ok()).filter(|line| line.proves) {
        if !chains.contains(&line.chain) {
            chains.push(line.chain);
        }
    }
    if chains.is_empty() {
        let all = (!alarms.is_empty()).then(|| Stretch::whole(text));
        return (Evident::default(), all.into_iter().collect());
    }
    let (mut lines, mut others) = (Vec::new(), Vec::new());
    // Where what stands behind the last evident line begins, and whether there was an alarm in it.
    let (mut open, mut is_open) = (0, false);
    let leave = |others: &mut Vec<Stretch>, place: Range<usize>, is_open| {
        let beside = [place.start > 0, place.end < text.len()];
        if place.is_empty() {
            // Line stands behind line.
        } else if is_open {
            others.push(Stretch { place, beside, alarm: None });
        } else {
            others.extend(Stretch::ends(text, place, beside));
        }
    };
    let used = used(&alarms);
    for ((place, line), used) in alarms.into_iter().zip(used) {
        if let Some(line) = line.ok().filter(|line| used && chains.contains(&line.chain)) {
            leave(&mut others, open..place.start, is_open);
            lines.push(line);
            // Behind its line break.
            (open, is_open) = ((place.end + 1).min(text.len()), false);
        } else {
            is_open = true;
        }
    }
    leave(&mut others, open..text.len(), is_open);
    (Evident { chains, lines }, others)
}

/// Which lines are left to what is evident. Near one in which something was lost none is, nor is what stands between two such
/// without being much.
fn used(alarms: &[(Range<usize>, Result<Line, Fails>)]) -> Vec<bool> {
    let mut used = Vec::with_capacity(alarms.len());
    let is_lost = |line: &Result<Line, Fails>| matches!(line, Err(Fails::Lost));
    for run in alarms.chunk_by(|(_, a), (_, b)| is_lost(a) == is_lost(b)) {
        let from = used.len();
        let ([(first, line), ..], [.., (last, _)]) = (run, run) else { continue };
        let before = from.checked_sub(1).map(|k| first.start - alarms[k].0.end);
        let behind = alarms.get(from + run.len()).map(|(next, _)| next.start - last.end);
        let [is_near_first, is_near_last] =
            [before, behind].map(|away| away.is_some_and(|away| away <= NEAR));
        let is_little = (is_near_first || is_near_last) && last.end - first.start < MUCH;
        used.resize(from + run.len(), !is_lost(line) && !is_little);
        used[from] &= !is_near_first;
        if let Some(last) = used.last_mut() {
            *last &= !is_near_last;
        }
    }
    used
}

/// Reads lines, one after the other.
pub(crate) struct Reader<'m> {
    model: &'m Model,
    bytes: Vec<u8>,
    /// The same of another page.
    others: Vec<u8>,
    /// How far lines do not prove anything.
    vain: usize,
}

impl<'m> Reader<'m> {
    pub(crate) fn new(model: &'m Model) -> Self {
        Self { model, bytes: Vec::new(), others: Vec::new(), vain: 0 }
    }

    /// Whether a line that has something of `range`, which lies behind those that were asked about before, proves its chain.
    pub(crate) fn proves(&mut self, text: &str, range: Range<usize>) -> bool {
        while self.vain < range.end {
            let at = range.start.max(self.vain);
            let begin = text[self.vain..at].rfind('\n').map_or(self.vain, |k| self.vain + k + 1);
            let end = text[at..].find('\n').map_or(text.len(), |k| at + k);
            if self.line(text, begin..end).is_ok_and(|line| line.proves) {
                return true;
            }
            self.vain = (end + 1).min(text.len());
        }
        false
    }

    /// What the line says that is `text[line]`.
    fn line(&mut self, text: &str, line: Range<usize>) -> Result<Line, Fails> {
        let is_beyond = |c: char| !c.is_ascii();
        let ends = (
            text[line.clone()].find(is_beyond),
            text[line.clone()].char_indices().rfind(|(_, c)| is_beyond(*c)),
        );
        let (Some(begin), Some((last, c))) = ends else { return Err(Fails::Lost) };
        let place = line.start + begin..line.start + last + c.len_utf8();
        let observed = &text[place.clone()];
        let mut first = observed.chars();
        let mut pages = pages(first.next().unwrap_or(' '), first.next());
        let misread = loop {
            let misread = pages.next().ok_or(Fails::Lost)?;
            if read(misread, observed, &mut self.bytes) {
                break misread;
            }
            // Where pairs begin as UTF-8, and do not go on, no other page makes them that.
            if !misread.is_single_byte() && begins_as_utf8(&self.bytes) {
                return Err(Fails::Lost);
            }
        };
        let text = std::str::from_utf8(&self.bytes).map_err(|_| Fails::Lost)?;
        let chain = Chain::from(Step { truth: Codec::UTF_8, misread });
        let (left, changed) = self.cost(observed);
        let (cost, count) = self.cost(text);
        let gain = left - cost - i64::from(prior(&chain));
        let fluency = cost / count.max(1) as i64;
        let is_met = |c: char| c.is_ascii() || self.model.knows(c);
        if gain < LEAST || !text.chars().all(is_met) {
            return Err(Fails::Strange);
        }
        let is_clean = scan::is_clean(self.model, text, &Stretch::whole(text), Care::Quick, |_| false);
        if !is_clean && fluency > PLAIN {
            return Err(Fails::Strange);
        }
        // What another page reads otherwise must be far less likely. Pairs of bytes are never UTF-8 in two of them.
        for misread in pages.filter(|misread| misread.is_single_byte()) {
            if !read(misread, observed, &mut self.others) || self.others == self.bytes {
                continue;
            }
            let other = std::str::from_utf8(&self.others).map_err(|_| Fails::Lost)?;
            if self.cost(other).0 < cost + AHEAD {
                return Err(Fails::Strange);
            }
        }
        let proves = gain >= ENOUGH && fluency <= FLUENT && has_distinct(observed);
        Ok(Line {
            place,
            chain,
            text: text.to_owned(),
            gain,
            changed,
            said: count,
            fluency,
            proves,
            is_clean,
        })
    }

    /// What the characters beyond ASCII of `text` cost without context, and how many they are.
    fn cost(&self, text: &str) -> (i64, usize) {
        let beyond = text.chars().filter(|c| !c.is_ascii());
        beyond.fold((0, 0), |(cost, count), c| (cost + i64::from(self.model.unigram(c)), count + 1))
    }
}

/// The pages in which UTF-8 may begin with `first` and `second`. Tables are only made where they are needed: of pages that hardly differ
/// one is asked, of those that are rare none, and ASCII goes on from no character of one byte.
fn pages(first: char, second: Option<char>) -> impl Iterator<Item = Codec> {
    let has_pairs = is_wide(first) || matches!(first, '\u{FF61}'..='\u{FF9F}');
    let is_alone = second.is_none_or(|c| c.is_ascii());
    let may_be = move |misread: &Codec| {
        if has_pairs {
            [Codec::GBK, Codec::BIG5, Codec::CP932, Codec::CP949].contains(misread)
        } else {
            !is_alone && misread.is_single_byte()
        }
    };
    misreads().iter().copied().filter(may_be)
}

/// Whether `text` has so many different characters beyond ASCII.
fn has_distinct(text: &str) -> bool {
    let mut seen = ['\0'; DISTINCT];
    let mut count = 0;
    text.chars().filter(|c| !c.is_ascii()).any(|c| {
        if !seen[..count].contains(&c) {
            seen[count] = c;
            count += 1;
        }
        count == DISTINCT
    })
}

/// Reads the bytes that `text` was before; false, as soon as that shows, where they are not UTF-8, there are none, or they were lost.
fn read(misread: Codec, text: &str, bytes: &mut Vec<u8>) -> bool {
    bytes.clear();
    let tables = misread.tables();
    // How far they are UTF-8, and when that is asked next.
    let (mut whole, mut ask) = (0, FIRST);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c.is_ascii() {
            bytes.push(c as u8);
        } else if is_mark(misread, c) {
            return false;
        } else if let Some([lead, trail]) = tables.sole(c).map(u16::to_be_bytes) {
            if lead != 0 {
                bytes.push(lead);
            }
            bytes.push(trail);
        } else {
            let several = tables.unread(c);
            let Some(fitting) = fitting(&several, open(&bytes[whole..]), tables, rest.clone().next()) else {
                return false;
            };
            bytes.extend_from_slice(fitting);
        }
        if bytes.len() >= ask {
            match std::str::from_utf8(&bytes[whole..]) {
                Err(error) if error.error_len().is_some() => return false,
                Err(error) => whole += error.valid_up_to(),
                Ok(_) => whole = bytes.len(),
            }
            ask = bytes.len() * 4;
        }
    }
    std::str::from_utf8(&bytes[whole..]).is_ok()
}

/// Whether the first bytes are so many characters of UTF-8 that it is no chance.
fn begins_as_utf8(bytes: &[u8]) -> bool {
    let first = &bytes[..bytes.len().min(BEGINNING)];
    let whole = std::str::from_utf8(first).map_or_else(|error| error.valid_up_to(), str::len);
    first[..whole].iter().filter(|byte| !byte.is_ascii()).count() + 3 >= BEGINNING
}

/// The bytes behind the last whole character of `bytes`.
fn open(bytes: &[u8]) -> &[u8] {
    let lead = bytes.iter().rposition(|byte| byte & 0xC0 != 0x80).unwrap_or(0);
    let tail = &bytes[lead..];
    if std::str::from_utf8(tail).is_ok() { &[] } else { tail }
}

/// Of several byte strings the one that goes on from `open`, and which `next` goes on from where it is not the only one.
fn fitting<'s>(
    several: &'s [ByteSeq],
    open: &[u8],
    tables: Tables,
    next: Option<char>,
) -> Option<&'s ByteSeq> {
    let go_on = |parts: &[&[u8]]| {
        let all = parts.concat();
        std::str::from_utf8(&all).map_or_else(|error| error.error_len().is_none(), |_| true)
    };
    let fits = |bytes: &&ByteSeq| go_on(&[open, bytes]);
    let goes_on = |bytes: &&ByteSeq| match next {
        Some(next) => tables.unread(next).iter().any(|next| go_on(&[open, bytes, next])),
        None => std::str::from_utf8(&[open, bytes].concat()).is_ok(),
    };
    let mut fitting = several.iter().filter(fits);
    let first = fitting.next()?;
    if fitting.next().is_none() { Some(first) } else { several.iter().find(goes_on) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Repairer;

    fn of(text: &str) -> (Evident, Vec<Stretch>) {
        find(Model::embedded(), Sieve::get().unwrap(), text)
    }

    fn damaged(chain: &str, text: &str) -> Option<String> {
        chain.parse::<Chain>().unwrap().garble(text)
    }

    /// What is evident is right, and what would be found if it were not.
    #[test]
    fn what_is_evident_is_what_is_found_otherwise() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/clean");
        let (mut lines, mut evident, mut same) = (0, 0, 0);
        for (name, misreads) in [
            ("zh-hans", &["gbk", "cp1252", "latin-1", "big5", "macroman", "cp437"][..]),
            ("zh-hant", &["gbk", "big5", "cp1252"]),
            ("ja", &["gbk", "cp932", "cp1252"]),
            ("ko", &["gbk", "euc-kr", "cp1252"]),
            ("ru", &["gbk", "cp1251", "koi8-r", "cp1252"]),
            ("fr", &["cp1252", "macroman"]),
        ] {
            let clean = std::fs::read_to_string(format!("{dir}/{name}.txt")).unwrap();
            for (line, misread) in clean.lines().flat_map(|line| misreads.iter().map(move |m| (line, m))) {
                let Some(text) = damaged(&format!("utf-8>{misread}"), line).filter(|text| text != line)
                else {
                    continue;
                };
                lines += 1;
                let (Evident { lines: found, .. }, others) = of(&text);
                let [found] = &found[..] else { continue };
                assert!(others.is_empty(), "{text}");
                evident += 1;
                assert_eq!(found.chain.undo(&text).as_deref(), Some(line), "{}", found.chain);
                let said = [&text[..found.place.start], &found.text, &text[found.place.end..]].concat();
                assert_eq!(said, line, "{}", found.chain);
                let otherwise: Vec<_> = Repairer::new().evidence(&text).into_iter().map(|(r, _)| r).collect();
                same += usize::from(crate::apply(&text, &otherwise) == said);
            }
        }
        println!("{evident} of {lines} are evident, {same} found otherwise");
        assert!(evident * 3 > lines * 2 && same * 100 >= evident * 99, "{same} of {evident} of {lines}");
    }

    /// Weak lines of a document are evident where another one proves the chain, wherever that stands; alone they are looked at.
    #[test]
    fn one_line_proves_others() {
        let (proof, weak) = ("Éva préfère les étés où l’on rêve à côté d’un chêne.", "le café");
        let [proof, weak] = [proof, weak].map(|line| damaged("utf-8>cp1252", line).unwrap());
        let count = |text: &str| of(text).0.lines.len();
        assert_eq!([count(&weak), count(&proof)], [0, 1]);
        assert_eq!(count(&format!("{weak}\n{proof}\n{weak}")), 3);
    }

    /// Where something was lost, what stands near it is looked at with it.
    #[test]
    fn what_stands_near_a_loss_is_looked_at() {
        let line = damaged("utf-8>gbk", "门前的老槐树又绿了，风里都是花香。啊").unwrap();
        let lost = format!("{}?", &line[..line.len() - 3]);
        let many = vec![&*line; 40].join("\n");
        let (Evident { lines, .. }, others) = of(&format!("{line}\n{lost}\n{line}\n{lost}\n{many}"));
        // The first of the many is near.
        assert_eq!((lines.len(), others.len()), (39, 1));
        assert_eq!(others[0].beside, [false, true]);
    }

    /// Two pages that read it otherwise, and a mark of lost bytes, leave a doubt; so does what was damaged twice.
    #[test]
    fn what_leaves_a_doubt_is_not_evident() {
        for text in ["ã", "print(\"荳ｭ譁ｭ縺励∪縺励◆縲・)"] {
            assert!(of(text).0.lines.is_empty(), "{text}");
        }
        let twice = damaged("utf-8>gbk,utf-8>cp1252", "门前的老槐树又绿了，风里都是花香。啊").unwrap();
        assert!(of(&twice).0.lines.is_empty());
    }

    /// `€` is 80 or A2 E3 in GBK: which one, is told by what goes on.
    #[test]
    fn of_two_byte_strings_the_one_that_goes_on_is_read() {
        for text in ["一一一一", "第一人一一", "一一€€一一"] {
            let observed = Codec::GBK.decode(text.as_bytes()).unwrap();
            let mut bytes = Vec::new();
            assert!(observed.contains('€') && read(Codec::GBK, &observed, &mut bytes), "{observed}");
            assert_eq!(std::str::from_utf8(&bytes), Ok(text));
        }
    }
}
