//! From evidence to confidence.

mod calibration;

use crate::cost::{NAT, nats};
use crate::report::Confidence;
use calibration::WEIGHTS;

/// What kind of proof a chain can give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(not(any(test, feature = "train")), allow(unreachable_pub))]
pub enum Kind {
    /// The truth is UTF-8: its form alone is proof.
    #[default]
    Form,
    /// The truth has two bytes a character, or UTF-16: nearly any bytes are some characters.
    Double,
    /// The truth has one byte a character: any bytes are some letters.
    Single,
}

impl Kind {
    /// Every kind.
    #[cfg(any(test, feature = "train"))]
    pub const ALL: [Self; 3] = [Self::Form, Self::Double, Self::Single];
}

/// What speaks for and against one repair.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(not(any(test, feature = "train")), allow(unreachable_pub))]
pub struct Evidence {
    /// What kind of proof the chain can give.
    pub kind: Kind,
    /// By how much the repair is likelier than the text as it is, the chain's prior taken off, in 1/256 nat.
    pub gain: i64,
    /// Observed characters beyond ASCII that change.
    pub changed: usize,
    /// Different characters among them.
    pub distinct: usize,
    /// Characters beyond ASCII that the repair says and that lost nothing.
    pub sure: usize,
    /// What these cost on average, in 1/256 nat: little where they are text.
    pub fluency: i64,
    /// Those of [`sure`](Self::sure) that were observed where they stand: that they read well is no proof.
    pub unchanged: usize,
    /// Letters and Hanzi beyond ASCII among all that the repair says.
    pub letters: usize,
    /// Characters that could not be told.
    pub gaps: usize,
    /// Characters that were told from what is left of them.
    pub restored: usize,
    /// Ends, of two, at which a letter stays that goes with the letter beside it that does not.
    pub torn: usize,
    /// A single character is said, and it stands in no word.
    pub alone: bool,
    /// Each observed character is one letter of the repair and stands in no Latin word: where two bytes are read as
    /// one character, any Hanzi of some rows are letters of an alphabet, and letters of one alphabet those of another.
    pub thin: bool,
    /// Beside it in its line stay more letters beyond ASCII that the misread has than are changed: it may be a word like them.
    pub amid: bool,
    /// All that changes are capitals of Greek or Cyrillic.
    pub capitals: bool,
    /// A single small letter of Latin is said for a Hanzi or syllable, in a word of small letters of ASCII or beside one. Of 2.3 million clean
    /// lines none that is nothing but ASCII otherwise has such a Hanzi between two letters, two have one at the end of a word.
    pub accented: bool,
    /// All that changes are letters of one alphabet, small but for the first of a word, and it says none of that: damage has signs and
    /// capitals among them. Of 800,000 lines of programs' messages in 130 languages ten would be changed for that.
    pub words: bool,
    /// A letter that it says is none that the misread has.
    pub foreign: bool,
    /// A single character is said that costs what any would, and gains little, with no letter of ASCII beside it, or was restored; or a control
    /// character where none was.
    pub senseless: bool,
    /// What changes stands in few rows of the misread, as characters of one kind do: circled numbers, lines of boxes, single letters of Hangul.
    pub crowded: bool,
    /// A single small letter is said at the end of a word of capitals, or a capital behind a small letter where the words are none that
    /// the model knows.
    pub miscased: bool,
    /// A single letter of Cyrillic, Hebrew, Arabic or the like is said in a word of ASCII letters or of its own, or a few for small ones of
    /// Latin in a word of that.
    pub stray: bool,
    /// The misread has one byte a character.
    pub small_misread: bool,
    /// Signs, Hanzi and the like that the repair says between two letters of ASCII.
    pub in_words: usize,
    /// U+FFFD stands in it.
    pub replaced: bool,
    /// Nothing beyond ASCII stands beside it in its line.
    pub whole: bool,
    /// By how much what is said is likelier than what shows beside marks, by the model alone, in 1/256 nat: marks may be explained
    /// in any way. Where nothing was lost, the gain.
    pub shown: i64,
    /// Letters of Latin in words of it were read as other letters, each byte for itself: each stands among other letters.
    pub latin: bool,
    /// The document has shown this chain elsewhere beyond doubt.
    pub proven: bool,
    /// Something in what is said makes one wonder whether all was read aright.
    pub strange: bool,
}

/// What a repair of an evident line states: of 5,144 samples that are one such line 5,142 are right.
pub(crate) const EVIDENT: Confidence = Confidence(9_990);
/// What a chain that the document has proven is worth to a doubtful stretch, in nats.
const PROVEN: f64 = 8.0;
/// What a character costs, in nats, that a truth of two bytes a character makes of any bytes, and what it costs, at
/// most, in text.
const HANZI: [f64; 2] = [10.8, 8.8];
/// The same for a truth of one byte a character.
const LETTERS: [f64; 2] = [6.5, 5.0];
/// The most that is stated where something is strange. Of repairs that lost nothing and would have stated 0.99, 39 of 381 with strange
/// neighbours were wrong and all of 10 with private-use characters, of some 13,000 others 1 %.
const STRANGE: f64 = 0.98;
/// What it takes from the figures' sum that text beyond ASCII stands beside a repair in its line, or that bytes were lost: damage mostly
/// takes whole lines, and clean lines have many places. Of repairs of damaged text that the figures give 0.7 to 0.8, 34 %
/// are right then and 73 % otherwise, of those that they give 0.99 and more 88 % and 99.6 %.
const DOUBT: f64 = 0.54;
/// What is enough for [`Evidence::is_shown`], in nats, and what a character may cost then: where the truth is UTF-8 and what is whole
/// reads as text; where little or nothing is whole; where the truth has two bytes a character. What stands between two steps of damage
/// is no text.
const SHOWN: [(i64, i64); 3] = [shown(40.0, 9.5), shown(60.0, 12.0), shown(60.0, 8.8)];

const fn shown(enough: f64, at_most: f64) -> (i64, i64) {
    (nats(enough) as i64, nats(at_most) as i64)
}

/// The most that is stated because of it, so that it is made by default: of 810 repairs of damaged text with losses that state about as
/// much 55 in 100 say nothing wrong of what was not lost.
const SHOWN_MOST: f64 = 0.75;
/// How many figures the evidence comes to.
pub const FIGURES: usize = 15;
/// The figures for gaps, for restored characters, and for there being any.
const GAPS: usize = 7;
const RESTORED: usize = 8;
const LOSSY: usize = 14;

impl Evidence {
    /// Whether there can be no proof in it, whatever the figures say.
    #[must_use]
    pub fn is_void(&self) -> bool {
        let is_form = self.kind == Kind::Form;
        // A mark shows nothing.
        let distinct = self.distinct.saturating_sub(usize::from(self.replaced));
        self.letters == 0 && !is_form
            || self.gaps > self.letters.max(1) && !self.is_shown()
            // Two characters of two bytes each may be anything under another page of the kind.
            || self.kind == Kind::Double
                && !self.small_misread
                && distinct < if self.proven { 2 } else { 3 }
            || !self.proven && (
                self.changed < 2 && !(self.accented && self.whole)
                // The same character again is no second proof, but where bytes have kept their form.
                || distinct < 2 && (!is_form || self.lost() > 0)
                || self.thin && distinct < if is_form { 3 } else { 4 }
                || self.senseless
                || self.crowded
                // Nothing beyond ASCII is said.
                || is_form && self.sure + self.lost() == 0
                // One letter of which a part was lost.
                || is_form && self.sure + self.gaps == 0 && self.restored == 1 && self.letters > 0
                // One Hanzi for two symbols is any of thousands, and so is one letter beside gaps.
                || self.kind == Kind::Double && self.sure + self.restored < 2
                || is_form && self.gaps > 0 && !self.small_misread && self.sure + self.restored < 2
                || self.words && self.kind != Kind::Single && (self.lost() > 0 || self.letters < 2)
                || self.miscased
                || self.stray
                || self.amid && self.is_an_abbreviation()
                // A word of capitals is two or three Hanzi: `СБОЯ`, `КНЯЗЮ`.
                || self.capitals && self.kind == Kind::Double && self.letters < 4
                || self.is_of_parts()
                || self.is_in_words()
            )
    }

    /// Characters that lost something.
    fn lost(&self) -> usize {
        self.gaps + self.restored
    }

    /// Whether a few characters among marks are said to be parts of others, and hardly any is whole: whatever they are, they are parts
    /// of some. Of 60,000 clean lines of which one character in four has become U+FFFD 72 would be changed for such
    /// reasons, of those in which it is `?` 2.
    fn is_of_parts(&self) -> bool {
        let (parts, wholes, most) = (self.lost(), self.sure - self.unchanged, self.distinct);
        parts > 0
            && !self.is_shown()
            && match (self.replaced, self.small_misread) {
                // Pages of one byte a character lack few, if any.
                (true, true) => wholes < parts,
                (true, false) => wholes * 4 < parts && most < 12,
                // What was dropped without a mark leaves nearly all whole, but where UTF-8 has its form.
                (false, true) => self.kind == Kind::Double && wholes < parts && most < 12,
                (false, false) => wholes == 0 && most < 7,
            }
    }

    /// Whether what is changed is no longer than abbreviations are, or than words of which letters are marks. Of 20,000 abbreviations of random
    /// capitals in clean Cyrillic lines 73 would be changed.
    fn is_an_abbreviation(&self) -> bool {
        match self.kind {
            Kind::Form => self.lost() > 0 && self.letters < 5,
            Kind::Double => self.letters < 4,
            Kind::Single => self.letters < if self.foreign { 8 } else { 5 },
        }
    }

    /// Whether bytes that were not lost leave no doubt, whatever the others were. Of 56,400 clean lines, as they are and with some
    /// characters as U+FFFD or `?`, one comes to this, which had been damaged; of damaged text 6,097 stretches with losses do, and what is
    /// made of each is nearer to what was there.
    fn is_shown(&self) -> bool {
        let told = self.sure + self.restored;
        let is = |k: usize| self.shown >= SHOWN[k].0 && self.fluency <= SHOWN[k].1;
        match self.kind {
            // What is hidden in gaps costs nothing.
            Kind::Form => {
                told >= 3 && told * 3 >= self.gaps && (self.sure > 0 && is(0) || self.letters >= 3 && is(1))
            }
            Kind::Double => self.sure > 0 && self.sure >= self.restored && told >= self.gaps && is(2),
            Kind::Single => false,
        }
    }

    /// Whether most of what is said stands between letters of ASCII, where letters of another alphabet would, and has no form that
    /// proves it: `A→B→C` has.
    fn is_in_words(&self) -> bool {
        let has_form = self.kind == Kind::Form && self.lost() == 0;
        self.in_words > 2 && !has_form && self.in_words * 2 > self.letters.max(self.sure)
    }

    /// The share of what changes that is new evidence: the same character again is none, but a letter in other words.
    fn novelty(&self) -> f64 {
        if self.latin && self.proven { 1.0 } else { self.distinct as f64 / self.changed.max(1) as f64 }
    }

    /// The gain that is proof, in nats: what is repeated is no new evidence, and what makes no sense is none at
    /// all, unless its form is.
    pub(crate) fn proof(&self) -> f64 {
        let gain = self.gain as f64 / f64::from(NAT);
        let fluency = self.fluency as f64 / f64::from(NAT);
        let share = match self.kind {
            Kind::Form => (self.novelty() * 2.0).min(1.0),
            Kind::Double => self.novelty() * ((HANZI[0] - fluency) / (HANZI[0] - HANZI[1])).clamp(0.0, 1.0),
            Kind::Single => {
                self.novelty() * ((LETTERS[0] - fluency) / (LETTERS[0] - LETTERS[1])).clamp(0.0, 1.0)
            }
        };
        if gain > 0.0 { gain * share } else { gain }
    }

    /// What is taken from the sum of the weighed figures.
    #[must_use]
    pub fn doubt(&self) -> f64 {
        let is_alone = self.whole && self.lost() == 0;
        if is_alone || self.proven { 0.0 } else { DOUBT }
    }

    /// The figures that the calibration weighs, each of the order of 1.
    #[must_use]
    pub fn figures(&self) -> [f64; FIGURES] {
        let whole = |n: usize| n as f64;
        let nats = |cost: i64| cost as f64 / f64::from(NAT);
        let proof = self.proof() + if self.proven { PROVEN } else { 0.0 };
        let said = whole((self.sure + self.lost()).max(1));
        [
            1.0,
            proof.clamp(-16.0, 24.0) / 8.0,
            (proof - 24.0).clamp(0.0, 48.0) / 12.0,
            (nats(self.gain) / whole(self.changed.max(1))).clamp(-4.0, 12.0) / 4.0,
            whole(self.distinct.min(10)) / 5.0,
            self.novelty(),
            nats(self.fluency).clamp(1.0, 12.0) / 4.0,
            whole(self.gaps) / said,
            whole(self.restored) / said,
            whole(self.torn),
            if self.alone { 1.0 } else { 0.0 },
            1.0 - whole(self.letters).min(said) / said,
            if self.small_misread { 1.0 } else { 0.0 },
            whole(self.sure.min(8)) / 4.0,
            if self.lost() > 0 { 1.0 } else { 0.0 },
        ]
    }
}

/// The probability that the repair is right: that this is damage, that this chain made it, and that what it says
/// is what was there. Restored characters have probabilities of their own.
pub(crate) fn confidence(e: &Evidence) -> Confidence {
    if e.is_void() {
        return Confidence::new(0.0);
    }
    let weights = &WEIGHTS[e.kind as usize];
    // A sum of products in this order is the same on every machine.
    let figures = e.figures();
    let x: f64 = figures.iter().zip(weights).map(|(f, w)| f * w).sum();
    // What was lost is no doubt then, nor where the document has proven the chain and all of the line is damage: of 8,900 clean lines with
    // marks beside such proof none is changed for it.
    let is_no_doubt = e.proven && e.whole || e.is_shown();
    let lost: f64 = [GAPS, RESTORED, LOSSY].iter().map(|&k| figures[k] * weights[k]).sum();
    let least = if is_no_doubt { logistic(x - lost - e.doubt()).min(SHOWN_MOST) } else { 0.0 };
    Confidence::new(logistic(x - e.doubt()).max(least).min(if e.strange { STRANGE } else { 1.0 }))
}

/// 1 / (1 + e^-x), by basic operations alone, so that every machine gives the same answer.
pub(crate) fn logistic(x: f64) -> f64 {
    if x < 0.0 { 1.0 - logistic(-x) } else { 1.0 / (1.0 + exp_minus(x)) }
}

/// e^-x for x ≥ 0, by basic operations alone.
pub(crate) fn exp_minus(x: f64) -> f64 {
    if x > 700.0 {
        return 0.0;
    }
    // e^-x = (e^-(x/1024))^1024
    let y = x / 1024.0;
    let mut e = 1.0 - y + y * y / 2.0 - y * y * y / 6.0;
    for _ in 0..10 {
        e *= e;
    }
    e
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::nats;

    #[test]
    fn exp_is_near() {
        for x in [0.0, 0.1, 1.0, 5.5, 20.0] {
            assert!((exp_minus(x) - (-x).exp()).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn more_gain_is_never_less_sure() {
        for kind in Kind::ALL {
            let e = Evidence {
                kind,
                changed: 6,
                distinct: 6,
                sure: 4,
                letters: 4,
                fluency: 1400,
                ..Evidence::default()
            };
            let at = |gain| confidence(&Evidence { gain: i64::from(nats(gain)), ..e });
            assert!((0..200).all(|g| at(f64::from(g)) <= at(f64::from(g) + 1.0)), "{kind:?}");
        }
    }

    #[test]
    fn what_is_damage_alone_is_surer_if_nothing_was_lost() {
        let alone = Evidence { gain: nats(30.0).into(), whole: true, ..four(Kind::Double) };
        let stated = |e: Evidence| confidence(&e).get();
        let inside = Evidence { whole: false, ..alone };
        let odds = |p: f64| (p / (1.0 - p)).ln();
        assert!((odds(stated(alone)) - odds(stated(inside)) - DOUBT).abs() < 1e-3);
        // Nor does it matter what stands beside where the document has shown the chain, or what bytes are lost.
        let proven = |e: Evidence| stated(Evidence { proven: true, ..e });
        assert_eq!(proven(alone), proven(inside));
        for lost in [Evidence { restored: 1, ..alone }, Evidence { gaps: 1, ..alone }] {
            assert_eq!(stated(lost), stated(Evidence { whole: false, ..lost }));
        }
    }

    /// Four different letters of four characters that lost nothing.
    fn four(kind: Kind) -> Evidence {
        Evidence {
            kind,
            changed: 4,
            distinct: 4,
            sure: 4,
            letters: 4,
            small_misread: true,
            ..Evidence::default()
        }
    }

    #[test]
    fn what_can_be_proof_and_what_cannot() {
        use Kind::{Double, Form, Single};
        for kind in Kind::ALL {
            assert!(!four(kind).is_void(), "{kind:?}");
            for it in [
                Evidence { miscased: true, ..four(kind) },
                Evidence { stray: true, ..four(kind) },
                Evidence { senseless: true, ..four(kind) },
                Evidence { crowded: true, ..four(kind) },
            ] {
                assert!(it.is_void() && !Evidence { proven: true, ..it }.is_void(), "{it:?}");
            }
            // No more gaps than letters, or one.
            for (gaps, is_void) in [(4, false), (5, true)] {
                assert_eq!(Evidence { gaps, ..four(kind) }.is_void(), is_void, "{kind:?} {gaps}");
            }
        }
        // Kind, letters, and whether that is no proof.
        for (kind, letters, is_void) in
            [(Form, 0, false), (Double, 0, true), (Single, 0, true), (Single, 1, false)]
        {
            assert_eq!(Evidence { letters, ..four(kind) }.is_void(), is_void, "{kind:?} {letters}");
        }
        for (gaps, is_void) in [(1, false), (2, true)] {
            assert_eq!(Evidence { letters: 0, gaps, ..four(Form) }.is_void(), is_void, "{gaps}");
        }
        // Kind, characters that change, different ones among them, and whether that is no proof, proven and not.
        for (kind, changed, distinct, unless_proven, proven) in [
            (Form, 1, 1, true, false),
            (Form, 2, 1, false, false),
            (Double, 2, 1, true, false),
            (Double, 2, 2, false, false),
            (Single, 2, 1, true, false),
            (Single, 2, 2, false, false),
        ] {
            let it = Evidence { changed, distinct, ..four(kind) };
            assert_eq!(it.is_void(), unless_proven, "{it:?}");
            assert_eq!(Evidence { proven: true, ..it }.is_void(), proven, "{it:?}");
        }
        // Words of small letters, that would be one character or parts of some; letters for letters are told apart otherwise.
        for (kind, it, is_void) in [
            (Form, Evidence { letters: 1, ..four(Form) }, true),
            (Form, Evidence { letters: 2, ..four(Form) }, false),
            (Form, Evidence { restored: 1, ..four(Form) }, true),
            (Double, Evidence { gaps: 1, ..four(Double) }, true),
            (Double, four(Double), false),
            (Single, Evidence { letters: 1, ..four(Single) }, false),
        ] {
            assert_eq!(Evidence { words: true, ..it }.is_void(), is_void, "{kind:?} {it:?}");
            assert!(
                !it.is_void() && !Evidence { words: true, proven: true, ..it }.is_void(),
                "{kind:?} {it:?}"
            );
        }
        // An accented letter in a word of a line of ASCII.
        let accented = Evidence { changed: 1, distinct: 1, accented: true, whole: true, ..four(Form) };
        assert!(!accented.is_void());
        for it in [Evidence { accented: false, ..accented }, Evidence { whole: false, ..accented }] {
            assert!(it.is_void(), "{it:?}");
        }
        let form = Evidence { changed: 2, distinct: 1, ..four(Form) };
        assert!(Evidence { restored: 1, ..form }.is_void() && Evidence { gaps: 1, ..form }.is_void());
        // Nor is the mark beside it one, or one letter beside a gap.
        let marked = Evidence { changed: 3, distinct: 2, gaps: 1, replaced: true, ..form };
        assert!(marked.is_void() && !Evidence { distinct: 3, ..marked }.is_void());
        let one = Evidence { changed: 4, distinct: 4, sure: 1, gaps: 1, small_misread: false, ..form };
        assert!(one.is_void());
        for it in [
            Evidence { sure: 2, ..one },
            Evidence { restored: 1, ..one },
            Evidence { small_misread: true, ..one },
        ] {
            assert!(!it.is_void(), "{it:?}");
        }
        // A letter that was restored, and nothing but ASCII.
        let restored = Evidence { changed: 3, distinct: 3, sure: 0, restored: 1, letters: 1, ..four(Form) };
        assert!(restored.is_void() && !Evidence { letters: 0, ..restored }.is_void());
        assert!(Evidence { sure: 0, letters: 0, ..four(Form) }.is_void());
        // No whole character among marks.
        let parts = Evidence { sure: 0, restored: 4, small_misread: false, ..four(Form) };
        assert!(parts.is_void() && !Evidence { sure: 1, ..parts }.is_void());
        // What shows beside the marks may be enough, as long as it reads as text.
        let ((enough, at_most), (more, reads)) = (SHOWN[0], SHOWN[1]);
        let whole = Evidence { shown: enough, fluency: at_most, sure: 1, gaps: 3, ..parts };
        let shown = Evidence { shown: more, fluency: reads, ..parts };
        for (it, most_gaps) in [(whole, 15), (shown, 12)] {
            assert!(it.is_shown() && !Evidence { gaps: most_gaps, ..it }.is_void(), "{it:?}");
            assert!(Evidence { gaps: most_gaps + 1, ..it }.is_void());
        }
        for it in [
            Evidence { shown: enough - 1, ..whole },
            Evidence { fluency: at_most + 1, ..whole },
            Evidence { sure: 0, ..whole },
            Evidence { shown: more - 1, ..shown },
            Evidence { fluency: reads + 1, ..shown },
            Evidence { letters: 2, ..shown },
            Evidence { kind: Kind::Single, ..shown },
        ] {
            assert!(!it.is_shown(), "{it:?}");
        }
        let sure = Evidence { gain: shown.shown * 2, fluency: 1400, letters: 5, gaps: 12, ..shown };
        assert!((confidence(&sure).get() - SHOWN_MOST).abs() < 1e-3, "{:?}", confidence(&sure));
        assert!(confidence(&Evidence { torn: 2, ..sure }) < confidence(&sure));
        // The same of two bytes each.
        let (enough, reads) = SHOWN[2];
        let double =
            Evidence { shown: enough, fluency: reads, gain: enough, restored: 1, gaps: 4, ..four(Double) };
        assert!(double.is_shown() && confidence(&double).get() > SHOWN_MOST - 1e-6);
        for it in [
            Evidence { shown: enough - 1, ..double },
            Evidence { fluency: reads + 1, ..double },
            Evidence { restored: 5, ..double },
            Evidence { gaps: 6, ..double },
        ] {
            assert!(!it.is_shown(), "{it:?}");
            assert!(confidence(&it) < confidence(&double), "{it:?}");
        }
        // A short line of a document that has proven the chain, which has lost something.
        let short = Evidence {
            gain: nats(19.5).into(),
            fluency: nats(6.6).into(),
            changed: 3,
            distinct: 3,
            sure: 3,
            letters: 3,
            gaps: 1,
            small_misread: false,
            proven: true,
            whole: true,
            ..four(Double)
        };
        assert!(confidence(&short).get() > 0.7);
        for doubted in [Evidence { proven: false, ..short }, Evidence { whole: false, ..short }] {
            assert!(confidence(&doubted) < confidence(&short), "{doubted:?}");
        }
        let in_words = Evidence { in_words: 3, ..four(Double) };
        assert!(in_words.is_void() && !Evidence { in_words: 2, ..in_words }.is_void());
        assert!(!Evidence { kind: Form, ..in_words }.is_void());
        assert!(!Evidence { sure: 8, changed: 8, distinct: 8, ..in_words }.is_void());
        let replaced = Evidence { sure: 1, restored: 5, replaced: true, distinct: 11, changed: 11, ..parts };
        assert!(replaced.is_void());
        for enough in [
            Evidence { distinct: 7, changed: 7, ..parts },
            Evidence { distinct: 12, changed: 12, ..replaced },
            Evidence { sure: 2, ..replaced },
            Evidence { replaced: false, ..replaced },
            Evidence { small_misread: true, ..parts },
            Evidence { proven: true, ..parts },
        ] {
            assert!(!enough.is_void(), "{enough:?}");
        }
        // Thin: kind, how many different ones are too few.
        for (kind, few) in [(Form, 2), (Double, 3), (Single, 3)] {
            let thin = |distinct| Evidence { distinct, thin: true, ..four(kind) };
            assert!(thin(few).is_void() && !thin(few + 1).is_void(), "{kind:?}");
            assert!(!Evidence { proven: true, ..thin(few) }.is_void(), "{kind:?}");
        }
        for (kind, is_void) in [(Form, false), (Double, true), (Single, false)] {
            let one = Evidence { sure: 1, letters: 1, ..four(kind) };
            assert_eq!(one.is_void(), is_void, "{kind:?}");
            assert!(!Evidence { proven: true, ..one }.is_void(), "{kind:?}");
        }
        // Amid text of the same letters: kind, how many of what is said are too few.
        for (kind, few) in [(Double, 3), (Single, 4)] {
            let amid = |letters| Evidence { letters, sure: letters, amid: true, ..four(kind) };
            assert!(amid(few).is_void() && !amid(few + 1).is_void(), "{kind:?}");
            assert!(!Evidence { amid: false, ..amid(few) }.is_void(), "{kind:?}");
            assert!(!Evidence { proven: true, ..amid(few) }.is_void(), "{kind:?}");
        }
        let capitals = |letters| Evidence { letters, sure: letters, capitals: true, ..four(Double) };
        assert!(capitals(3).is_void() && !capitals(4).is_void());
        assert!(!Evidence { kind: Single, ..capitals(3) }.is_void());
        assert!(!Evidence { proven: true, ..capitals(3) }.is_void());
        let foreign =
            |letters| Evidence { letters, sure: letters, amid: true, foreign: true, ..four(Single) };
        assert!(foreign(7).is_void() && !foreign(8).is_void());
        let form = |letters, gaps| Evidence { letters, amid: true, gaps, ..four(Form) };
        assert!(form(4, 1).is_void() && !form(5, 1).is_void() && !form(4, 0).is_void());
        // Two bytes read as two bytes.
        for (proven, few) in [(false, 2), (true, 1)] {
            let it = |distinct| Evidence { distinct, proven, small_misread: false, ..four(Double) };
            assert!(it(few).is_void() && !it(few + 1).is_void(), "{proven}");
            assert!(!Evidence { kind: Form, ..it(few) }.is_void());
        }
    }

    #[test]
    fn figures_of_the_evidence() {
        let nats = |n: f64| (n * f64::from(NAT)) as i64;
        let near = |e: &Evidence, expected: [f64; FIGURES]| {
            for (k, (figure, expected)) in e.figures().iter().zip(expected).enumerate() {
                assert!((figure - expected).abs() < 1e-6, "{k}: {figure}, not {expected}: {e:?}");
            }
        };
        // 50 nats, by 6 of 8, and half as fluent as text is: 18.75.
        let lossy = Evidence {
            gain: nats(50.0),
            changed: 8,
            distinct: 6,
            fluency: nats(9.75) + nats(0.05),
            letters: 6,
            gaps: 1,
            restored: 3,
            torn: 1,
            alone: true,
            ..four(Kind::Double)
        };
        let fluency = lossy.fluency as f64 / 256.0;
        let proof = 50.0 * 0.75 * (10.8 - fluency) / 2.0;
        let of = |proof: f64| {
            [
                1.0,
                proof / 8.0,
                0.0,
                6.25 / 4.0,
                1.2,
                0.75,
                fluency / 4.0,
                0.125,
                0.375,
                1.0,
                1.0,
                0.25,
                1.0,
                1.0,
                1.0,
            ]
        };
        near(&lossy, of(proof));
        // Beyond doubt elsewhere: eight nats more.
        let proven = Evidence { gain: nats(25.0), proven: true, ..lossy };
        let mut expected = of(proof / 2.0 + 8.0);
        expected[3] /= 2.0;
        near(&proven, expected);
        // Each figure has its bounds.
        let much = Evidence {
            gain: nats(80.0),
            distinct: 40,
            sure: 40,
            letters: 50,
            fluency: nats(20.0),
            small_misread: false,
            ..four(Kind::Form)
        };
        near(&much, [1.0, 3.0, 4.0, 3.0, 2.0, 10.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0]);
        let little = Evidence { gain: nats(-40.0), fluency: 0, ..four(Kind::Single) };
        near(&little, [1.0, -2.0, 0.0, -1.0, 0.8, 1.0, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn proof_is_gain_by_what_is_not_repeated_and_makes_sense() {
        let with = |kind, fluency: f64, distinct, changed| {
            let fluency = (fluency * f64::from(NAT)) as i64;
            Evidence { gain: 10 * i64::from(NAT), fluency, distinct, changed, ..four(kind) }.proof()
        };
        // Half of the form may be repeated, whatever it says.
        for (distinct, changed, expected) in [(4, 4, 10.0), (2, 4, 10.0), (1, 4, 5.0)] {
            assert!((with(Kind::Form, 99.0, distinct, changed) - expected).abs() < 1e-9);
        }
        for (kind, text, noise) in [(Kind::Double, 8.75, 11.0), (Kind::Single, 5.0, 6.5)] {
            assert!((with(kind, text, 4, 4) - 10.0).abs() < 1e-9, "{kind:?}");
            assert!((with(kind, text, 2, 4) - 5.0).abs() < 1e-9, "{kind:?}");
            assert!(with(kind, noise, 4, 4).abs() < 1e-9, "{kind:?}");
        }
        assert!((with(Kind::Single, 5.75, 4, 4) - 5.0).abs() < 1e-9);
    }

    #[test]
    fn logistic_is_symmetrical() {
        assert!((logistic(0.0) - 0.5).abs() < 1e-12);
        for (x, expected) in [(1.0, 0.731_058_578_6), (-1.0, 0.268_941_421_4), (-4.0, 0.017_986_209_96)] {
            assert!((logistic(x) - expected).abs() < 1e-6, "{x}");
        }
        assert!(exp_minus(700.0) < 1e-300 && exp_minus(701.0) < f64::MIN_POSITIVE);
        assert!(logistic(800.0) > 0.999_999 && logistic(-800.0) < 1e-6);
    }
}
