//! What clean text may be that the model has not met: rows in code order, rows of one character, capitals, letters at full
//! width, with marks on them or of an alphabet that looks alike, words of scripts that it does not know.
//!
//! Tables, progress bars, headings and names are as likely as they are, whatever their characters cost one by one. What
//! leaving a text alone costs has to say so, or else any reading of them is thought to explain them better.

use std::ops::RangeInclusive;

use crate::codec::Codec;
use crate::cost::{Cost, nats};
use crate::lattice::second_hand::taken_apart;
use crate::lm::format::MAX_ORDER;
use crate::lm::{Model, State};

/// The third and each further one of the same characters.
const SAME: Cost = nats(1.0);
/// That a row in code order begins.
const ROW: Cost = nats(4.0);
/// The next character of a row in code order, by how far on it is.
const STEP: [Cost; 3] = [nats(0.7), nats(2.0), nats(3.0)];
/// The shortest row in code order, in steps.
const LEAST_STEPS: usize = 3;
/// A character that costs less than this is likely enough without being part of a row.
const UNLIKELY: Cost = nats(4.0);
/// That a text goes on in capitals, or in letters of another width or with marks on them.
const CAPITALS: Cost = nats(4.0);
/// What letters of a word that is none of the model's cost at most, and the first of them.
const LETTER: Cost = nats(6.0);
const FIRST: Cost = nats(8.0);
/// Marks that open and close words, beside those of ASCII.
const OPENING: &str = "«„“\u{200C}";
const CLOSING: &str = "»“”’،؛؟\u{200C}";
/// The fewest letters that are capitals on purpose.
const LEAST_LETTERS: usize = 3;
/// What a letter costs at most, on average but for the first, where small letters would be a language.
const LANGUAGE: Cost = nats(4.5);
/// What a mark costs on a letter where nearly all vowels have some.
const MARKED: Cost = nats(1.0);
/// Letters of Greek and Cyrillic, and those of ASCII that they look like.
const LOOK_ALIKES: [(&str, &str); 2] =
    [("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαειου", "ABEZHIKMNOPTYXaeiou"), ("АВЕКМНОРСТХаеорсух", "ABEKMHOPCTXaeopcyx")];

/// That a list of single characters begins, and what the next one costs at most.
const LIST: Cost = nats(4.0);
const ITEM: Cost = nats(4.0);
/// The shortest list, and the most ASCII characters between two of its items.
const LEAST_ITEMS: usize = 4;
const BETWEEN: usize = 12;
/// That a text goes on in a script that the model does not know.
const SCRIPT: Cost = nats(4.0);
/// What one of twice as many letters costs more. A quarter of them make most of a text.
const DOUBLING: Cost = nats(std::f64::consts::LN_2);
/// How far apart letters of a word stand in the code, at most, as a power of two.
const WORD: u32 = 7;
/// Scripts with a letter for every syllable: theirs stand farther apart. Ethiopic, Canadian, Yi.
const SYLLABARIES: [RangeInclusive<char>; 3] =
    ['\u{1200}'..='\u{139F}', '\u{1400}'..='\u{167F}', '\u{A000}'..='\u{A48F}'];

/// A soft hyphen, and what it costs at most where one may stand.
const SOFT_HYPHEN: char = '\u{AD}';
const HYPHEN: Cost = nats(4.0);

/// Half-width katakana with their punctuation, and what they are at full width; the marks of voiced sounds come last.
const NARROW: RangeInclusive<char> = '\u{FF61}'..='\u{FF9F}';
const WIDE: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
/// What the mark of a voiced sound costs behind the letter that is voiced.
const VOICED: Cost = nats(0.2);
/// That a text goes on in half-width katakana.
const KANA: Cost = nats(6.0);

/// Takes off `costs`, which the model has given the characters of `seen` after `before`, what a simpler reason
/// explains.
pub(crate) fn explain(model: &Model, before: State, seen: &[char], costs: &mut [Cost]) {
    capitals(model, before, seen, costs);
    soft_hyphens(model, before, seen, costs);
    narrow_kana(model, seen, costs);
    wide_letters(model, seen, costs);
    marked_letters(model, seen, costs);
    words(seen, costs);
    unknown_words(seen, costs);
    lists(seen, costs);
    rows(seen, costs);
}

/// Lists of single characters with the same between them, as tables in source code are: damage has more than one character
/// in a row.
fn lists(seen: &[char], costs: &mut [Cost]) {
    let is_alone = |i: usize| {
        let ascii = |k: Option<usize>| k.and_then(|k| seen.get(k)).is_none_or(char::is_ascii);
        !seen[i].is_ascii() && seen[i] != '\u{FFFD}' && ascii(i.checked_sub(1)) && ascii(Some(i + 1))
    };
    // What differs from item to item are letters and digits.
    let shape = |c: &char| if c.is_ascii_alphanumeric() { '0' } else { *c };
    let mut items: Vec<usize> = Vec::new();
    let mut close = |items: &mut Vec<usize>| {
        if items.len() >= LEAST_ITEMS {
            costs[items[0]] += LIST;
            items[1..].iter().for_each(|&i| costs[i] = costs[i].min(ITEM));
        }
        items.clear();
    };
    for i in (0..seen.len()).filter(|&i| !seen[i].is_ascii()) {
        if !is_alone(i) {
            close(&mut items);
            continue;
        }
        let between = |a: usize, b: usize| seen[a + 1..b].iter().map(shape);
        // Brackets, quotes and commas alone are what is between the items of lists in lists.
        let is_sign = |c: &char| !c.is_ascii_alphanumeric() && *c != '?';
        let is_signs = |a: usize, b: usize| {
            seen[a + 1..b].iter().all(is_sign) && seen[a + 1..b].iter().filter(|c| **c != ' ').count() >= 2
        };
        let goes_on = match items[..] {
            [.., before, last] if last + BETWEEN >= i && is_signs(before, last) && is_signs(last, i) => true,
            [.., before, last] => between(before, last).eq(between(last, i)),
            [last] => i - last <= BETWEEN,
            [] => true,
        };
        if !goes_on {
            let last = items.last().copied().filter(|last| i - last <= BETWEEN);
            close(&mut items);
            items.extend(last);
        }
        items.push(i);
    }
    close(&mut items);
}

/// Words of a script that the model does not know: once it has begun, the next letter is one of its own. Damage does not
/// stay in one script.
fn words(seen: &[char], costs: &mut [Cost]) {
    let mut last = None;
    let mut is_first = true;
    for (i, &c) in seen.iter().enumerate() {
        if !is_unknown(c) {
            // One space, sign or joiner may stand between two of its words.
            last = last.filter(|&(_, at)| at + 1 == i && !c.is_alphanumeric() && c != '\u{FFFD}');
            continue;
        }
        let letter = last.and_then(|(before, _)| letter(before, c));
        if let Some(letter) = letter.filter(|letter| *letter < costs[i]) {
            let begins = std::mem::take(&mut is_first);
            costs[i] = letter + if begins { SCRIPT } else { 0 };
        } else if letter.is_none() {
            is_first = true;
        }
        last = Some((c, i));
    }
}

/// Whether this is a letter, or a mark on one, of a script that the model does not know. The only misread that produces it
/// may produce any.
pub(crate) fn is_unknown(c: char) -> bool {
    matches!(c,
        '\u{530}'..='\u{5FF}' | '\u{700}'..='\u{74F}' | '\u{780}'..='\u{89F}' | '\u{900}'..='\u{1CFF}'
        | '\u{2C00}'..='\u{2DDF}' | '\u{3100}'..='\u{312F}' | '\u{A000}'..='\u{ABFF}' | '\u{1_0000}'..='\u{1_EFFF}')
}

/// What `c` costs as a letter of the script of `before`, if it is one.
fn letter(before: char, c: char) -> Option<Cost> {
    let far = (before as u32).abs_diff(c as u32).max(1 << (WORD - 2)).ilog2() + 1;
    let is_near =
        far <= WORD || SYLLABARIES.iter().any(|script| script.contains(&before) && script.contains(&c));
    is_near.then(|| DOUBLING * Cost::try_from(far - 1).unwrap_or(Cost::MAX))
}

/// Whether what a stretch would cost in another form is what a language does. The first letter tells which, and may cost more.
fn is_language(other: &[Cost]) -> bool {
    let beyond = other.first().map_or(0, |first| (first - LANGUAGE).max(0));
    other.iter().sum::<Cost>() - beyond <= LANGUAGE * Cost::try_from(other.len()).unwrap_or(Cost::MAX)
}

/// Takes what a stretch would cost in another form for its `costs`, if that is cheaper even with `form`, what it costs to go on in this
/// one.
fn take_if_cheaper(costs: &mut [Cost], other: &[Cost], form: Cost) {
    if other.iter().sum::<Cost>() + form < costs.iter().sum() {
        costs.copy_from_slice(other);
        costs[0] += form;
    }
}

/// From where on the characters before `i` count for what stands there, and the model's state before them: it looks back no farther.
fn context(model: &Model, before: State, i: usize) -> (usize, State) {
    let from = i.saturating_sub(MAX_ORDER - 1);
    (from, if from == 0 { before } else { model.unknown() })
}

/// What each character of `text` costs after `state`.
fn scores(model: &Model, mut state: State, text: impl Iterator<Item = char>) -> impl Iterator<Item = Cost> {
    text.map(move |c| {
        let (cost, next) = model.score(state, c);
        state = next;
        cost
    })
}

/// Soft hyphens in words and at the ends of lines, where pages and printed matter have them: what stands behind one is as likely as
/// without it. In UTF-8 read as Windows-1251 they stand behind capitals.
fn soft_hyphens(model: &Model, before: State, seen: &[char], costs: &mut [Cost]) {
    let is_small = |c: &char| c.is_alphabetic() && !is_capital(*c);
    for i in (1..seen.len()).filter(|&i| seen[i] == SOFT_HYPHEN && is_small(&seen[i - 1])) {
        let next = seen.get(i + 1);
        if next.is_some_and(|c| !c.is_whitespace() && !is_small(c)) {
            continue;
        }
        costs[i] = costs[i].min(HYPHEN);
        let (from, mut state) = context(model, before, i);
        let end = i + 1 + seen[i + 1..].iter().take(MAX_ORDER - 1).take_while(|c| is_small(c)).count();
        let is_hyphen = |k: &usize| seen[*k] == SOFT_HYPHEN;
        for k in (from..end).filter(|k| !is_hyphen(k)) {
            let (cost, next) = model.score(state, seen[k]);
            state = next;
            if k > i {
                costs[k] = costs[k].min(cost);
            }
        }
    }
}

/// Half-width katakana that would be words at full width.
fn narrow_kana(model: &Model, seen: &[char], costs: &mut [Cost]) {
    let is_narrow = |c: &char| NARROW.contains(c);
    let mut i = 0;
    while let Some(from) = seen[i..].iter().position(is_narrow).map(|k| i + k) {
        let end = from + seen[from..].iter().take_while(|c| is_narrow(c)).count();
        let mut state = model.unknown();
        let wide: Vec<Cost> = (from..end)
            .map(|i| match widened(seen[i], seen.get(i + 1)) {
                Some(c) => {
                    let (cost, next) = model.score(state, c);
                    state = next;
                    cost
                }
                // The marks of voiced sounds are characters of their own.
                None => VOICED,
            })
            .collect();
        if wide.len() >= LEAST_LETTERS {
            take_if_cheaper(&mut costs[from..end], &wide, KANA);
        }
        i = end;
    }
}

/// Letters at full width that would be words at half width.
fn wide_letters(model: &Model, seen: &[char], costs: &mut [Cost]) {
    let narrow = |c: char| match c {
        '\u{3000}' => Some(' '),
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0),
        _ => None,
    };
    let mut i = 0;
    while let Some(from) = seen[i..].iter().position(|&c| narrow(c).is_some_and(|c| c != ' ')).map(|k| i + k)
    {
        // Spaces between them may be of either width.
        let is_one = |c: &char| narrow(*c).is_some() || *c == ' ';
        let end = from + seen[from..].iter().take_while(|c| is_one(c)).count();
        let run = &seen[from..end];
        if run.iter().filter(|c| c.is_alphabetic()).count() >= LEAST_LETTERS {
            let small = run.iter().map(|&c| narrow(c).unwrap_or(c));
            let small: Vec<Cost> = scores(model, model.unknown(), small).collect();
            if is_language(&small) {
                take_if_cheaper(&mut costs[from..end], &small, CAPITALS);
            }
        }
        i = end;
    }
}

/// Latin words in which hardly any vowel is without a mark, or of ASCII, and that would be words if they were: no language is written
/// so, but for some that the model knows.
fn marked_letters(model: &Model, seen: &[char], costs: &mut [Cost]) {
    let mut i = 0;
    while let Some(from) = seen[i..].iter().position(is_marked_letter).map(|k| i + k) {
        let is_one = |c: &&char| c.is_ascii() && **c != '\n' || is_marked_letter(c);
        let begin = from - seen[i..from].iter().rev().take_while(is_one).count();
        let end = from + seen[from..].iter().take_while(is_one).count();
        let run = &seen[begin..end];
        let count = |is: &dyn Fn(&char) -> bool| run.iter().filter(|c| is(c)).count();
        let (marked, letters) = (count(&is_marked_letter), count(&|c| c.is_ascii_alphabetic()));
        let vowels = count(&|c| matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u'));
        // Letters of other alphabets, read as Latin ones, have none between them.
        if marked >= LEAST_LETTERS && vowels * 4 <= marked && letters * 4 >= marked {
            let bare = scores(model, model.unknown(), run.iter().map(|&c| without_marks(c)));
            let marks = run.iter().map(|c| if c.is_ascii() { 0 } else { MARKED });
            let bare: Vec<Cost> = bare.zip(marks).map(|(letter, mark)| letter + mark).collect();
            if is_language(&bare) {
                take_if_cheaper(&mut costs[begin..end], &bare, CAPITALS);
            }
        }
        i = end;
    }
}

/// Whether `c` is a Latin letter beyond ASCII, most of which are letters with marks on them, or looks like one of ASCII.
fn is_marked_letter(c: &char) -> bool {
    matches!(c, '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
        || looks_like(*c).is_some()
}

/// The letter of ASCII that a Greek or Cyrillic one looks like.
fn looks_like(c: char) -> Option<char> {
    if !matches!(c, '\u{391}'..='\u{3C5}' | '\u{410}'..='\u{445}') {
        return None;
    }
    LOOK_ALIKES
        .iter()
        .flat_map(|(from, to)| from.chars().zip(to.chars()))
        .find_map(|(from, to)| (from == c).then_some(to))
}

/// Whether a letter of Greek or Cyrillic looks like `c`, of ASCII.
pub(crate) fn is_look_alike(c: char) -> bool {
    LOOK_ALIKES.iter().any(|(_, to)| to.contains(c))
}

/// A letter without the marks on it, or the one that it looks like.
fn without_marks(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    looks_like(c).unwrap_or_else(|| taken_apart(c).map_or(c, |(base, _)| without_marks(base)))
}

/// A half-width katakana at full width, voiced if the mark of that comes next; none for those marks.
fn widened(c: char, next: Option<&char>) -> Option<char> {
    let wide = WIDE.chars().nth((c as u32).checked_sub(*NARROW.start() as u32)? as usize)?;
    let on = |steps: u32| char::from_u32(wide as u32 + steps).unwrap_or(wide);
    Some(match (wide, next) {
        ('カ'..='チ' | 'ツ'..='ト' | 'ハ'..='ホ', Some('\u{FF9E}')) => on(1),
        ('ハ'..='ホ', Some('\u{FF9F}')) => on(2),
        ('ウ', Some('\u{FF9E}')) => 'ヴ',
        _ => wide,
    })
}

/// Rows of one character and rows in code order.
fn rows(seen: &[char], costs: &mut [Cost]) {
    let to = |i: usize| step(seen[i - 1], seen[i], costs[i - 1], costs[i]);
    let mut found: Vec<(usize, Vec<Cost>)> = Vec::new();
    // A row has one of any three steps in a row.
    let mut i = LEAST_STEPS;
    while i < seen.len() {
        if let Some(here) = to(i) {
            let before = (1..i).rev().map_while(to);
            let mut steps: Vec<Cost> = before.collect();
            let first = i - steps.len();
            steps.reverse();
            steps.push(here);
            steps.extend((i + 1..seen.len()).map_while(to));
            i = first + steps.len();
            if steps.len() >= LEAST_STEPS {
                found.push((first, steps));
            }
        }
        i += LEAST_STEPS;
    }
    for (first, steps) in found {
        costs[first - 1] += ROW;
        for (cost, step) in costs[first..].iter_mut().zip(&steps) {
            *cost = step.min(cost).to_owned();
        }
    }
    for i in 2..seen.len() {
        let c = seen[i];
        if c > '\u{7F}' && c != '\u{FFFD}' && seen[i - 1] == c && seen[i - 2] == c {
            costs[i] = costs[i].min(SAME);
        }
    }
}

/// What `b` costs as the next one after `a` in some table of characters, where neither is likely otherwise.
fn step(a: char, b: char, cost_a: Cost, cost_b: Cost) -> Option<Cost> {
    if a <= '\u{7F}' || b <= '\u{7F}' || cost_a.min(cost_b) < UNLIKELY || a == '\u{FFFD}' {
        return None;
    }
    let far = (b as u32).wrapping_sub(a as u32);
    if let Some(cost) = far.checked_sub(1).and_then(|k| STEP.get(k as usize)) {
        return Some(*cost);
    }
    let in_cjk = |c| matches!(c, '\u{2E80}'..='\u{FFFF}');
    let tables = [Codec::GBK, Codec::BIG5, Codec::CP932];
    (in_cjk(a) && in_cjk(b)).then(|| tables.iter().find_map(|t| next_in(*t, a, b))).flatten()
}

/// The same in the table of a codec of two bytes a character.
fn next_in(codec: Codec, a: char, b: char) -> Option<Cost> {
    let tables = codec.tables();
    let bytes = |c| tables.pair(c).map(|bytes| bytes.to_be_bytes().map(i32::from));
    let ([lead, trail], [lead_b, trail_b]) = (bytes(a)?, bytes(b)?);
    let far = match lead_b - lead {
        // Trail bytes leave out 7F, or 7F to A0.
        0 if trail == 0x7E => {
            if trail_b == 0xA1 {
                1
            } else {
                trail_b - trail - 1
            }
        }
        0 => trail_b - trail,
        1 if trail >= 0xFC && matches!(trail_b, 0x40 | 0xA1) => 1,
        _ => return None,
    };
    usize::try_from(far - 1).ok().and_then(|k| STEP.get(k)).copied()
}

/// Words in capitals that would be words in small letters.
fn capitals(model: &Model, before: State, seen: &[char], costs: &mut [Cost]) {
    let begins = |i: usize| {
        is_capital(seen[i]) && (seen[i] > '\u{7F}' || seen.get(i + 1).is_some_and(|c| *c > '\u{7F}'))
    };
    let mut i = 0;
    while let Some(start) = (i..seen.len()).find(|&i| begins(i)) {
        // From where the word begins, of which only that it has a capital beyond ASCII was told.
        i = start - seen[i..start].iter().rev().take_while(|c| c.is_ascii_uppercase()).count();
        // As far as the last capital before a small letter or the line's end.
        let goes_on = |c: &&char| !c.is_lowercase() && **c != '\n';
        let is_capital_at = |i: &usize| is_capital(seen[*i]);
        let mut run = i..i + seen[i..].iter().take_while(goes_on).count();
        let letters = run.clone().filter(is_capital_at).count();
        let end = run.rfind(is_capital_at).map_or(i + 1, |last| last + 1);
        if letters >= LEAST_LETTERS {
            let (context, mut state) = context(model, before, i);
            for &c in &seen[context..i] {
                state = model.score(state, c).1;
            }
            let small = seen[i..end].iter().map(|c| {
                let mut lower = c.to_lowercase();
                lower.next().filter(|_| lower.next().is_none()).unwrap_or(*c)
            });
            let small: Vec<Cost> = scores(model, state, small).collect();
            if is_language(&small) {
                take_if_cheaper(&mut costs[i..end], &small, CAPITALS);
            }
        }
        i = end;
    }
}

/// Words that the model does not know, in alphabets that it does. Only such are meant as damage seldom spells: of UTF-8 read as
/// Windows-1253 signs are part, of Hanzi read as Windows-1251 or 1256 signs and capitals, or no letter of [others](is_of_others), and
/// what is Big5 is seldom kana of one kind. Of capitals of Latin there are long rows in Hanzi read as Latin-1, of Cyrillic ones in KOI8
/// read as Windows-1251.
fn unknown_words(seen: &[char], costs: &mut [Cost]) {
    let mut i = 0;
    while let Some(from) = seen[i..].iter().position(|c| Alphabet::of(*c).is_some()).map(|k| i + k) {
        let alphabet = Alphabet::of(seen[from]);
        // Only the first letter is a capital where small ones are asked for.
        let goes_on = |c: &&char| {
            Alphabet::of(**c) == alphabet && (alphabet != Some(Alphabet::Cyrillic) || !is_capital(**c))
        };
        let end = from + 1 + seen[from + 1..].iter().take_while(goes_on).count();
        let word = &seen[from..end];
        let parts = |c: &char, marks: &str| {
            c.is_ascii() && !c.is_ascii_alphabetic() || c.is_whitespace() || marks.contains(*c)
        };
        let is_apart = seen[..from].last().is_none_or(|c| parts(c, OPENING))
            && seen.get(end).is_none_or(|c| parts(c, CLOSING));
        let is_word = match alphabet {
            Some(Alphabet::GreekCapitals) => is_apart && word.len() >= LEAST_LETTERS,
            Some(Alphabet::Cyrillic | Alphabet::Arabic) => {
                is_apart && word.len() > 1 && word.iter().any(is_of_others)
            }
            _ => word.len() >= LEAST_LETTERS,
        };
        // Others are rows of one character.
        if is_word && word.iter().any(|c| *c != word[0]) {
            costs[from] = FIRST.min(costs[from]);
            costs[from + 1..end].iter_mut().for_each(|cost| *cost = LETTER.min(*cost));
        }
        i = end;
    }
}

/// An alphabet in which words are told that the model does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alphabet {
    GreekCapitals,
    Cyrillic,
    Arabic,
    Hiragana,
    Katakana,
}

impl Alphabet {
    fn of(c: char) -> Option<Self> {
        Some(match c {
            '\u{370}'..='\u{3FF}' if is_capital(c) => Self::GreekCapitals,
            '\u{400}'..='\u{481}' | '\u{48A}'..='\u{52F}' => Self::Cyrillic,
            '\u{620}'..='\u{63F}' | '\u{641}'..='\u{64A}' | '\u{66E}'..='\u{6D3}' | '\u{6D5}' => Self::Arabic,
            '\u{3041}'..='\u{3096}' => Self::Hiragana,
            '\u{30A1}'..='\u{30FA}' => Self::Katakana,
            _ => return None,
        })
    }
}

/// Whether languages of Cyrillic or Arabic letters that the model does not know write `c` and none that it does: Serbian and Macedonian,
/// Persian and Urdu.
fn is_of_others(c: &char) -> bool {
    matches!(c, 'Ђ' | 'Ѓ' | 'Ѕ' | 'Ј'..='Џ' | 'ђ' | 'ѓ' | 'ѕ' | 'ј'..='џ' | '\u{460}'..='\u{48F}' | '\u{492}'..='\u{52F}' | '\u{66E}'..='\u{6D5}')
}

/// Whether `c` is a capital letter; most of what is asked for is not.
fn is_capital(c: char) -> bool {
    match c {
        '\0'..='\u{7F}' => c.is_ascii_uppercase(),
        '\u{2E80}'..='\u{A63F}' | '\u{AC00}'..='\u{FAFF}' => false,
        _ => c.is_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(text: &str) -> (Cost, Cost) {
        let model = Model::embedded();
        let seen: Vec<char> = text.chars().collect();
        let mut state = model.start();
        let mut costs: Vec<Cost> = Vec::new();
        for &c in &seen {
            let (cost, next) = model.score(state, c);
            costs.push(cost);
            state = next;
        }
        let before = costs.iter().sum();
        explain(model, model.start(), &seen, &mut costs);
        (before, costs.iter().sum())
    }

    #[test]
    fn rows_cost_little() {
        for row in ["뷀뷁뷂뷃뷄뷅뷆뷇", "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑ", "▙▙▙▙▙▙▙▙▙", "妗姊妫妞妤姒妲妯"]
        {
            let (before, after) = cost(row);
            assert!(after * 2 < before, "{row}: {before} {after}");
        }
    }

    #[test]
    fn lists_cost_little() {
        for list in [
            "'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç'",
            "81=丂 82=丄 83=丅 84=丆 85=丏",
            "(\"ļ\", \"ļ\"), (\"Ī\", \"Ī\")",
        ] {
            let (before, after) = cost(list);
            assert!(after + nats(12.0) < before, "{list}: {before} {after}");
        }
    }

    #[test]
    fn narrow_kana_cost_as_wide_ones() {
        for word in ["ﾊﾟｸﾞ", "ｳﾞｧｲｵﾘﾝ", "ﾃﾞｰﾀ", "ｲｴﾒﾝ", "ｲｷﾞﾘｽ"]
        {
            let (before, after) = cost(word);
            assert!(after * 2 < before, "{word}: {before} {after}");
        }
        assert_eq!(
            [widened('ﾂ', Some(&'ﾞ')), widened('ﾍ', Some(&'ﾟ')), widened('ﾞ', None)],
            [Some('ヅ'), Some('ペ'), None]
        );
    }

    #[test]
    fn wide_letters_cost_as_narrow_ones() {
        for text in ["Ｏｐｅｎ　ｔｈｅ　ｗｉｎｄｏｗ", "Ｗｏ ｉｓｔ ｄｅｒ Ｓｃｈｌüｓｓｅｌ"]
        {
            let (before, after) = cost(text);
            assert!(after * 2 < before, "{text}: {before} {after}");
        }
    }

    #[test]
    fn capitals_cost_as_small_letters() {
        // Not all of the last ones are words of the model.
        for text in ["ΠΡΟΣΟΧΗ ΣΤΟ ΚΕΝΟ", "ΌΡΙΟ", "KONKRÉTNÍ", "ROZŠAFÍNŮV", "ΒΡΑΖΙΛΊΑΣ", "ΛΆΘΗ"]
        {
            let (before, after) = cost(text);
            assert!(after + nats(8.0) < before, "{text}: {before} {after}");
        }
    }

    /// Urdu, Persian, Macedonian and Serbian, and names in kana.
    #[test]
    fn words_that_the_model_does_not_know_cost_little() {
        for text in ["چھاڑ", "گنجشک", "јајо", "Њањама", "ゃりぱみゅ"] {
            let (before, after) = cost(text);
            let letters = Cost::try_from(text.chars().filter(|c| c.is_alphabetic()).count()).unwrap();
            assert!(after < before && after <= LETTER * letters + nats(12.0), "{text}: {before} {after}");
        }
        // Hanzi read as Windows-1251, 1256, MacCyrillic; kana of two kinds.
        for damage in ["їмјЦ", "Цмґ»", "»ھبث", "µحدآ", "ЌхѓL", "不ドよ"] {
            let (before, after) = cost(damage);
            assert_eq!(before, after, "{damage}");
        }
    }

    #[test]
    fn soft_hyphens_in_words_cost_little() {
        for text in ["мі\u{AD}стах", "핀란\u{AD}드에", "Silben\u{AD}trennung", "informa\u{AD}\ntion"]
        {
            let (before, after) = cost(text);
            let (bare, _) = cost(&text.replace('\u{AD}', ""));
            assert!(after < before && after <= bare + HYPHEN + nats(2.0), "{text}: {before} {after} {bare}");
        }
        for damage in ["Р\u{AD}то", "ä¸\u{AD}文"] {
            let (before, after) = cost(damage);
            assert_eq!(before, after, "{damage}");
        }
    }

    #[test]
    fn letters_that_look_like_latin_ones_cost_little_in_latin_words() {
        for text in ["Οpεn thε wιndοw, sουnd thε bεll", "thе сlосk оn thе сhurсh"] {
            let (before, after) = cost(text);
            assert!(after * 2 < before, "{text}: {before} {after}");
        }
        for (from, to) in LOOK_ALIKES {
            assert_eq!(from.chars().map(|c| looks_like(c).unwrap_or(c)).collect::<String>(), to);
        }
    }

    #[test]
    fn damage_costs_what_it_did() {
        for text in ["鏂囧瓧缂栫爜", "ÎÄ×Ö±àÂë", "æ–‡å\u{AD}—", "ОПХБЕР ЛХП", "Ξ‘ΞΈΞ®Ξ½Ξ±"]
        {
            let (before, after) = cost(text);
            assert_eq!(before, after, "{text}");
        }
    }
}
