//! The language model: how likely is this character after those?
//!
//! A character n-gram model over all scripts in one file, embedded and read in place. Given a [`State`] and a character, returns its
//! cost in 1/256 nat and the next state. Not useful for words, nor for telling languages apart.

pub(crate) mod bigrams;
pub(crate) mod by_bytes;
pub(crate) mod format;
pub(crate) mod memo;
pub(crate) mod near;
pub(crate) mod ngrams;
pub(crate) mod vocab;

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use self::bigrams::Bigrams;
use self::by_bytes::{ABREAST, Abreast, ByBytes, PairsAbreast};
use self::format::{File, MAX_ORDER, Section};
use self::near::Near;
use self::ngrams::ID_BITS;
use self::vocab::{BOUNDARY, FIRST_CHAR, Pair, bit, u16_at};
use crate::codec::Codec;
use crate::cost::Cost;
use crate::error::Error;

/// From so many patterns on it is worth while to know which bigrams there may be.
const OFTEN: usize = 2_000;
/// Characters before a place that tell what follows.
const CONTEXT: usize = 8;

/// A character n-gram language model, by which readings of damaged text are compared.
///
/// [`Model::embedded`] is what everything uses unless told otherwise; [`Model::from_bytes`] reads one that `luanma train` wrote. Cloning
/// is cheap.
///
/// ```
/// use luanma::Model;
///
/// let model = Model::embedded();
/// assert!(model.cost("文字") < model.cost("鏂囧瓧"));
/// ```
#[derive(Clone)]
pub struct Model(Arc<Opened>);

/// A file, its small tables, and what is worked out from it once it is asked for.
struct Opened {
    file: File,
    near: Near,
    by_bytes: [OnceLock<ByBytes>; Codec::COUNT],
    abreast: OnceLock<Box<Abreast>>,
    pairs_abreast: OnceLock<PairsAbreast>,
    bigrams: OnceLock<Bigrams>,
    /// How often [`Model::after_one`] was called before they were made.
    asked: AtomicUsize,
}

/// A character as the model knows it: itself, or its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CharId(u16);

/// What the model remembers of the text before: the last characters, as far as longer n-grams begin with them, and what it costs to
/// leave them out of account. Two equal states have the same future.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// The last identifiers, the very last one first; zero beyond `length`.
    ids: [u16; MAX_ORDER - 1],
    /// Backoff levels of the last one, two, three identifiers; zero beyond `length`.
    backoffs: [u8; MAX_ORDER - 1],
    /// How many of them some longer n-gram begins with.
    length: u8,
}

impl State {
    /// Whether the last characters are the same: most states differ in that already.
    #[inline]
    pub(crate) fn ends_like(&self, other: &Self) -> bool {
        self.ids[0] == other.ids[0]
    }

    /// The state that remembers no more than the last character.
    pub(crate) fn shortened(self) -> Self {
        let length = self.length.min(1);
        let (mut ids, mut backoffs) = ([0; MAX_ORDER - 1], [0; MAX_ORDER - 1]);
        if length == 1 {
            (ids[0], backoffs[0]) = (self.ids[0], self.backoffs[0]);
        }
        Self { ids, backoffs, length }
    }
}

static EMBEDDED: LazyLock<Model> = LazyLock::new(|| {
    Model::open(Cow::Borrowed(luanma_model::MODEL)).unwrap_or_else(|_| Model::of(File::empty()))
});

impl Model {
    /// The model that comes with the library. It is read in place, but for 200 KB of small tables that are copied once.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// The model in `bytes`, a whole file; a `Vec<u8>` or a `&'static [u8]` is kept and read in place.
    ///
    /// # Errors
    ///
    /// If the bytes are not a model file of this version, are cut short, or do not have the hash that their header states. What
    /// passes can be nonsense, but is harmless.
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, Error> {
        let model = Self::open(bytes.into())?;
        if !model.file().verify() {
            return Err(Error::model("its content does not have the hash that its header states"));
        }
        Ok(model)
    }

    fn open(bytes: Cow<'static, [u8]>) -> Result<Self, Error> {
        Ok(Self::of(File::open(bytes)?))
    }

    fn of(file: File) -> Self {
        Self(Arc::new(Opened {
            near: Near::of(&file),
            file,
            by_bytes: [const { OnceLock::new() }; Codec::COUNT],
            abreast: OnceLock::new(),
            pairs_abreast: OnceLock::new(),
            bigrams: OnceLock::new(),
            asked: AtomicUsize::new(0),
        }))
    }

    #[inline]
    fn file(&self) -> &File {
        &self.0.file
    }

    #[inline]
    fn near(&self) -> &Near {
        &self.0.near
    }

    /// What the characters of `codec` cost without context, by their bytes.
    pub(crate) fn by_bytes(&self, codec: Codec) -> &ByBytes {
        self.0.by_bytes[codec.index()].get_or_init(|| ByBytes::new(self, codec))
    }

    /// What the bytes of `codecs` come to, where `weigh` says what a character of some cost, or a byte that is none, does. It is made
    /// once: every call has the same arguments.
    pub(crate) fn abreast(&self, codecs: [Codec; ABREAST], weigh: fn(Option<Cost>) -> Cost) -> &Abreast {
        self.0.abreast.get_or_init(|| by_bytes::abreast(self, codecs, weigh))
    }

    /// The same of codecs of two bytes a character, where a byte that is no character costs `error`.
    pub(crate) fn pairs_abreast(
        &self,
        codecs: [Codec; ABREAST],
        weigh: fn(Cost) -> Cost,
        error: Cost,
    ) -> &PairsAbreast {
        self.0.pairs_abreast.get_or_init(|| PairsAbreast::new(self, codecs, weigh, error))
    }

    /// The model's identity: a 64-bit hash of the file's content. Same hash, same answers.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.file().hash()
    }

    /// Length of the model file in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.file().len()
    }

    /// Length of the longest n-grams, in characters.
    #[must_use]
    pub fn order(&self) -> usize {
        self.file().order()
    }

    /// How the model was made, in the words of the program that made it.
    #[must_use]
    pub fn note(&self) -> &str {
        std::str::from_utf8(self.file().section(Section::Note)).unwrap_or_default()
    }

    /// What `text` costs as a line of its own, in 1/256 nat: the sum over its characters and its end.
    ///
    /// Costs of texts that stand for the same bytes can be compared; a longer text costs more.
    #[must_use]
    pub fn cost(&self, text: &str) -> i64 {
        let mut state = self.start();
        let mut total = 0;
        for c in text.chars().chain(['\n']) {
            let (cost, next) = self.score(state, c);
            total += i64::from(cost);
            state = next;
        }
        total
    }

    /// Whether the model has met `c` often enough to know it by itself, and not only as one of a class.
    #[must_use]
    pub fn knows(&self, c: char) -> bool {
        self.id(c).0 < vocab::FIRST_CLASS || self.id(c).0 >= FIRST_CHAR
    }

    /// The character, or its class, as the model counts it.
    #[inline]
    pub(crate) fn id(&self, c: char) -> CharId {
        CharId(self.near().id(c))
    }

    /// The state at the start of a text or line.
    pub(crate) fn start(&self) -> State {
        self.extend(CharId(BOUNDARY)).1
    }

    /// The state at the end of `text`, going by its last characters.
    pub(crate) fn after(&self, text: &str) -> State {
        let mut near = text.char_indices().rev().map(|(at, _)| at).skip(CONTEXT - 1);
        let (from, start) = near.next().map_or((0, self.start()), |at| (at, self.unknown()));
        text[from..].chars().fold(start, |state, c| self.score(state, c).1)
    }

    /// The state after something that tells nothing, such as a gap.
    #[inline]
    pub(crate) fn unknown(&self) -> State {
        State::default()
    }

    /// The cost of `c` after `state`, and the state after it.
    #[inline]
    pub(crate) fn score(&self, state: State, c: char) -> (Cost, State) {
        self.score_id(state, self.id(c))
    }

    /// [`score`](Self::score) for a caller that has looked the character up already.
    #[inline]
    pub(crate) fn score_id(&self, state: State, id: CharId) -> (Cost, State) {
        let (file, near) = (self.file(), self.near());
        let (unigram, mut next) = self.extend(id);
        let extra = near.extra(id.0);
        if state.length == 0 {
            return (unigram + extra, next);
        }
        // The longest n-gram that is kept decides; the contexts longer than its own are paid for by their backoffs.
        let mut cost = unigram;
        let mut reached = 0;
        let mut key = u64::from(id.0);
        let longest =
            if self.is_unheard(state.ids[0], id) { 0 } else { usize::from(state.length).min(MAX_ORDER - 1) };
        for length in 1..=longest {
            key |= u64::from(state.ids[length - 1]) << (ID_BITS * length as u32);
            let Some(found) = file.find(length + 1, key) else { break };
            cost = near.cost(found.cost);
            reached = length;
            if length < MAX_ORDER - 1 && found.backoff != 0 && usize::from(next.length) == length {
                next.ids[length] = state.ids[length - 1];
                next.backoffs[length] = found.backoff;
                next.length += 1;
            }
        }
        for &level in state.backoffs.iter().skip(reached) {
            cost += near.backoff(level);
        }
        (cost + extra, next)
    }

    /// What characters cost after no more of `state` than its last one.
    pub(crate) fn after_one(&self, state: State) -> AfterOne<'_> {
        // It takes milliseconds to make the set, which short texts need not wait for.
        let is_worth_it = || self.0.asked.fetch_add(1, Ordering::Relaxed) >= OFTEN;
        let make = || {
            let mut some = Bigrams::new();
            if self.file().each_bigram(|pair, _| some.insert(pair)) { some } else { Bigrams::all() }
        };
        if self.0.bigrams.get().is_none() && is_worth_it() {
            self.0.bigrams.get_or_init(make);
        }
        let last = (state.length > 0).then_some(state.ids[0]);
        let backoff = last.map_or(0, |_| self.near().backoff(state.backoffs[0]));
        AfterOne { model: self, last, backoff }
    }

    /// Whether it is known that the table does not have `id` after `last`.
    #[inline]
    fn is_unheard(&self, last: u16, id: CharId) -> bool {
        self.0.bigrams.get().is_some_and(|bigrams| !bigrams.may_have([last, id.0]))
    }

    /// Whether a letter of Latin between `state` and `next` is in a word of it: behind another one, or where a word begins and goes on in
    /// ASCII.
    pub(crate) fn is_in_latin(&self, state: State, next: Option<char>) -> bool {
        let last = state.ids[0];
        let begins = || last == BOUNDARY || CharId(last) == self.id(' ');
        state.length > 0
            && (self.near().is_latin(last) || next.is_some_and(|c| c.is_ascii_lowercase()) && begins())
    }

    /// The cost of `c` without context.
    #[inline]
    pub(crate) fn unigram(&self, c: char) -> Cost {
        let id = self.id(c);
        self.near().alone(id.0).0 + self.near().extra(id.0)
    }

    /// The cost of `id` without context, and the state after it alone.
    #[inline]
    fn extend(&self, id: CharId) -> (Cost, State) {
        let (cost, backoff) = self.near().alone(id.0);
        let mut state = State::default();
        if backoff != 0 {
            state = State { ids: [id.0, 0, 0], backoffs: [backoff, 0, 0], length: 1 };
        }
        (cost, state)
    }

    /// The most frequent characters of the basic plane, falling: some 6,000, ASCII digits and controls left out.
    pub(crate) fn common(&self) -> impl Iterator<Item = char> {
        let section = self.file().section(Section::Common);
        (0..section.len() / 2).filter_map(|i| char::from_u32(u32::from(u16_at(section, i)?)))
    }

    /// Calls `each` with the pairs of neighbours of the basic plane of which the second costs at most `most` after the first. False where they
    /// cannot be told.
    #[cfg(any(test, feature = "train"))]
    pub(crate) fn each_usual_pair(&self, most: Cost, mut each: impl FnMut(char, char)) -> bool {
        let file = self.file();
        // The characters of each identifier that stands for few.
        let mut known: Vec<Vec<char>> = vec![Vec::new(); 1 << ID_BITS];
        for c in ('\0'..='\u{FFFF}').filter(|&c| self.knows(c)) {
            if let Some(chars) = known.get_mut(usize::from(self.id(c).0)) {
                chars.push(c);
            }
        }
        file.each_bigram(|[a, b], found| {
            if self.near().cost(found.cost) + self.near().extra(b) <= most {
                for &a in &known[usize::from(a)] {
                    known[usize::from(b)].iter().for_each(|&b| each(a, b));
                }
            }
        })
    }

    /// The neighbours that the table of pairs of letters has.
    #[cfg(any(test, feature = "train"))]
    pub(crate) fn pairs_of_letters(&self) -> impl Iterator<Item = (char, char)> {
        let block = || ('\u{80}'..='\u{17F}').chain('\u{370}'..='\u{4FF}').chain('\u{2006}'..='\u{203F}');
        let is_listed = |a: char, b: char| match vocab::pair(a, b) {
            Pair::Bit(index) => bit(self.file().section(Section::Pairs), index),
            Pair::Mixed | Pair::Outside => false,
        };
        block().flat_map(move |a| block().filter(move |&b| is_listed(a, b)).map(move |b| (a, b)))
    }

    /// Whether `c` is unremarkable: frequent enough in clean text of some language. One bit of a table; nothing beyond the basic
    /// plane is.
    #[inline]
    pub(crate) fn is_common(&self, c: char) -> bool {
        self.near().is_common(c)
    }

    /// Whether the neighbours `a`, `b` are unremarkable.
    ///
    /// Where both are in the block of Latin beyond ASCII (U+0080–U+017F), of Greek (U+0370–U+046F) or of Cyrillic (U+0400–U+04FF), or one is a
    /// letter there and the other a mark of U+00A0–U+00BF, U+2006–U+203F or `€ ™ № ƒ ˆ ˜`, a table of pairs in clean text tells.
    /// Where one is such a letter and the other anything else but ASCII or more Latin (U+0180–U+024F, U+1E00–U+1EFF: Vietnamese), false. Elsewhere, whether
    /// both are [common](Self::is_common).
    #[inline]
    pub(crate) fn pair_is_common(&self, a: char, b: char) -> bool {
        match vocab::pair(a, b) {
            Pair::Bit(index) => bit(self.file().section(Section::Pairs), index),
            Pair::Mixed => false,
            Pair::Outside => self.is_common(a) && self.is_common(b),
        }
    }
}

/// As [`Model::after_one`].
pub(crate) struct AfterOne<'m> {
    model: &'m Model,
    last: Option<u16>,
    /// What it costs to leave the last one out of account.
    pub(crate) backoff: Cost,
}

impl AfterOne<'_> {
    /// The cost of `id` where the model knows it after the last character; or else it costs `backoff` more than without context.
    #[inline]
    pub(crate) fn cost(&self, id: CharId) -> Option<Cost> {
        let last = self.last?;
        if self.model.is_unheard(last, id) {
            return None;
        }
        let found = self.model.file().find(2, u64::from(last) << ID_BITS | u64::from(id.0))?;
        let near = self.model.near();
        Some(near.cost(found.cost) + near.extra(id.0))
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("hash", &format_args!("{:016x}", self.hash()))
            .field("order", &self.order())
            .field("size", &self.size())
            .finish()
    }
}

#[cfg(test)]
pub(crate) mod tests;
