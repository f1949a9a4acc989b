//! Brackets and quotation marks come in pairs: which of them are open bears on what a damaged mark was.

use crate::cost::Cost;
use crate::loss;

/// One kind of pair, and what was counted in clean text: how much likelier its second mark is where the first stands
/// open than the model thinks, and how much less likely each is out of turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) first: char,
    pub(crate) second: char,
    /// Taken off the cost of the second mark while the pair is open.
    pub(crate) closes: Cost,
    /// The cost of the second mark where no pair is open.
    pub(crate) unopened: Cost,
    /// The cost of the first mark where a pair is open already.
    pub(crate) reopened: Cost,
    /// What it costs that a line or text ends while the pair is open.
    pub(crate) unclosed: Cost,
}

/// Which pairs are open, as far as is known: before a text begins, nothing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Pairs {
    open: u16,
    shut: u16,
    /// Of the open ones those within which a quotation mark has opened since.
    around: u16,
}

/// What part a character plays.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    First(usize),
    Second(usize),
    /// The same mark opens and closes.
    Either(usize),
}

/// The part that `c` plays, if any. Most characters are Hanzi and kana, which play none.
#[inline]
fn part(c: char) -> Option<Part> {
    if c > '】' && c < '（' { None } else { part_of(c) }
}

fn part_of(c: char) -> Option<Part> {
    let is_one = matches!(c, '"' | '\'' | '(' | ')' | '<' | '>' | '[' | ']' | '`' | '{' | '}'
        | '‘'..='”' | '〈'..='】' | '（' | '）');
    if !is_one {
        return None;
    }
    loss::PAIRS.iter().enumerate().find_map(|(k, kind)| match (c == kind.first, c == kind.second) {
        (true, true) => Some(Part::Either(k)),
        (true, false) => Some(Part::First(k)),
        (false, true) => Some(Part::Second(k)),
        (false, false) => None,
    })
}

/// Whether `c` is a mark that both opens and closes.
pub(crate) fn is_quote(c: char) -> bool {
    matches!(part(c), Some(Part::Either(_)))
}

impl Pairs {
    /// At the start of a line: nothing is open.
    const LINE: Self = Self { open: 0, shut: u16::MAX, around: 0 };

    /// The pairs after `c`.
    #[inline]
    #[must_use]
    pub(crate) fn after(self, c: char) -> Self {
        if c == '\n' {
            return Self::LINE;
        }
        match part(c) {
            None => self,
            Some(Part::First(k)) => self.with(k, true),
            Some(Part::Second(k)) => self.with(k, false),
            Some(Part::Either(k)) if self.open & 1 << k == 0 => {
                Self { around: self.around | self.open, ..self.with(k, true) }
            }
            Some(Part::Either(k)) => Self { around: 0, ..self.with(k, false) },
        }
    }

    fn with(self, k: usize, open: bool) -> Self {
        let bit = 1 << k;
        if open {
            Self { open: self.open | bit, shut: self.shut & !bit, ..self }
        } else {
            Self { open: self.open & !bit, shut: self.shut | bit, around: self.around & !bit }
        }
    }

    /// What `c` costs here beyond what the model takes for it, where its bytes were all there. What ASCII says is
    /// never in doubt.
    #[inline]
    pub(crate) fn cost_of(self, c: char) -> Cost {
        match part(c) {
            Some(Part::Second(k)) if c > '\u{7F}' && self.shut & 1 << k != 0 => loss::PAIRS[k].unopened,
            Some(Part::First(k)) if c > '\u{7F}' && self.open & 1 << k != 0 => loss::PAIRS[k].reopened,
            _ => 0,
        }
    }

    /// How much likelier `c` is because it closes what is open; no bracket does that was open when a quotation mark opened that still is.
    pub(crate) fn gain_of_closing(self, c: char) -> Cost {
        match part(c) {
            Some(Part::Either(k)) if self.open & 1 << k != 0 => loss::PAIRS[k].closes,
            Some(Part::Second(k)) if self.open & !self.around & 1 << k != 0 => loss::PAIRS[k].closes,
            _ => 0,
        }
    }

    /// What it costs that a line or text ends here.
    pub(crate) fn cost_of_end(self) -> Cost {
        let is_open = |(k, kind): (usize, &Kind)| (self.open & 1 << k != 0).then_some(kind.unclosed);
        if self.open == 0 { 0 } else { loss::PAIRS.iter().enumerate().filter_map(is_open).sum() }
    }

    /// As [`cost_of`](Self::cost_of) for a character of which something was lost, less than nothing where it closes what is open.
    #[inline]
    pub(crate) fn cost_of_lost(self, c: char) -> Cost {
        match part(c) {
            Some(Part::Second(k)) if self.shut & 1 << k != 0 => loss::PAIRS[k].unopened,
            Some(Part::First(k)) if self.open & 1 << k != 0 => loss::PAIRS[k].reopened,
            _ => -self.gain_of_closing(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str) -> Pairs {
        text.chars().fold(Pairs::default(), Pairs::after)
    }

    #[test]
    fn what_is_open_closes() {
        assert!(after("他说“").cost_of_lost('”') < 0);
        assert!(after("他说“好”").cost_of_lost('”') > 0);
        assert!(after("x = '文件").cost_of_lost('\'') < 0);
        assert_eq!(after("x = '文件'").cost_of_lost('\''), 0);
        // A string is not left by a bracket.
        assert_eq!(after("f('文件").cost_of_lost(')'), 0);
        assert!(after("f('文件'").cost_of_lost(')') < 0 && after("'(文件").cost_of_lost(')') < 0);
        assert_eq!(Pairs::default().cost_of('”'), 0, "nothing is known before a text begins");
        assert!(after("“好\n").cost_of('”') > 0);
        assert_eq!(after("“好\n").cost_of(')'), 0, "ASCII is not in doubt");
    }
}
