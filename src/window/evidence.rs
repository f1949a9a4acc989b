//! Whether a piece is a repair: what speaks for and against it.

use super::piece::{fluency, is_lossy, is_strange, worth};
use super::{Found, MAKES_SENSE, Orders, PROOF, PROVING, Window};
use crate::ceiling::Ceiling;
use crate::codec::Codec;
use crate::cost::{Cost, nats};
use crate::decode::{Event, Said, Tools, is_private};
use crate::fitting::Fitting;
use crate::judge::{self, Evidence, Kind};
use crate::lattice::is_mark;
use crate::lm::Model;
use crate::loss;
use crate::natural::is_natural;
use crate::propose::{self, is_between_latin};
use crate::repairer::Gaps;
use crate::report::{Confidence, Loss, Repair, Verdict};
use crate::settle::{Piece, choose};

/// How far from a piece its line is looked at for what stays.
const BESIDE: usize = 256;
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

impl Window<'_> {
    /// Of pieces that overlap the best. What is no proof, whatever it gains, stands in no other's way.
    pub(super) fn choose(&self, mut all: Vec<Piece>, orders: &Orders<'_>, tools: &mut Tools) -> Vec<Piece> {
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
    pub(super) fn convinces(&self, piece: &Piece, orders: &Orders<'_>, tools: &mut Tools) -> bool {
        self.judge(piece, orders, &mut tools.fitting).is_some_and(|found| found.convinces())
    }

    pub(super) fn judge(&self, piece: &Piece, orders: &Orders<'_>, fitting: &mut Fitting) -> Option<Found> {
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

#[cfg(test)]
mod tests {
    use crate::Repairer;

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

    fn stay(texts: &[&str]) {
        for text in texts {
            assert_eq!(Repairer::new().repair(text), *text);
        }
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
}
