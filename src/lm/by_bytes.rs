//! What the characters of a codec cost without context, by their bytes: a reading can be weighed without being made.

use std::sync::OnceLock;

use super::Model;
use crate::codec::{Codec, FedKnown, Pending};
use crate::cost::{Cost, NAT};

/// Where there is no character, and where there is none yet.
pub(crate) const INVALID: u16 = u16::MAX;
pub(crate) const MORE: u16 = u16::MAX - 1;

/// What each byte comes to: the cost of a character, or [`INVALID`], or [`MORE`].
pub(crate) type Row = [u16; 256];

/// The costs of one codec, whose characters take one byte or two, but for rare ones.
#[derive(Debug)]
pub(crate) struct ByBytes {
    codec: Codec,
    one: Row,
    /// By the first byte, made when that first comes; empty where every byte is a character of its own.
    two: Box<[OnceLock<Box<Row>>]>,
}

impl ByBytes {
    pub(super) fn new(model: &Model, codec: Codec) -> Self {
        let rows = if codec.is_single_byte() { 0 } else { 256 };
        let two = (0..rows).map(|_| OnceLock::new()).collect();
        Self { codec, one: row(model, codec, Pending::default()), two }
    }

    /// What a byte comes to that nothing stands open before.
    #[inline]
    pub(crate) fn first(&self) -> &Row {
        &self.one
    }

    /// What a byte comes to behind the first one of a character, by the model that this was made of.
    #[inline]
    pub(crate) fn after(&self, model: &Model, lead: u8) -> &Row {
        match self.two.get(usize::from(lead)) {
            Some(row) => row.get_or_init(|| self.row_after(model, lead)),
            None => &[INVALID; 256],
        }
    }

    #[cold]
    fn row_after(&self, model: &Model, lead: u8) -> Box<Row> {
        Box::new(match self.codec.tables().feed_known(Pending::default(), lead) {
            FedKnown::More(pending) => row(model, self.codec, pending),
            _ => [INVALID; 256],
        })
    }
}

/// What each byte comes to after `pending`.
fn row(model: &Model, codec: Codec, pending: Pending) -> Row {
    let unigram = |c| u16::try_from(model.unigram(c)).unwrap_or(MORE).min(MORE - 1);
    let mut row = [INVALID; 256];
    for (byte, cost) in (0..=u8::MAX).zip(&mut row) {
        *cost = match codec.tables().feed_known(pending, byte) {
            FedKnown::Char(c) => unigram(c),
            FedKnown::Two(two) => two.into_iter().map(unigram).fold(0, u16::saturating_add).min(MORE - 1),
            FedKnown::More(_) => MORE,
            FedKnown::Invalid => INVALID,
        };
    }
    row
}

/// How many codecs of one byte a character are weighed together.
pub(crate) const ABREAST: usize = 8;

/// Several codecs of one byte a character, side by side: what each byte comes to under each of them, at most.
pub(crate) type Abreast = [Lanes; 256];

/// The table of `codecs`, where `weigh` says what a character of some cost, or a byte that is none, comes to.
pub(super) fn abreast(
    model: &Model,
    codecs: [Codec; ABREAST],
    weigh: fn(Option<Cost>) -> Cost,
) -> Box<Abreast> {
    let mut table = Box::new([[coarse(weigh(None)); ABREAST]; 256]);
    for (lane, codec) in codecs.into_iter().enumerate() {
        for (costs, cost) in table.iter_mut().zip(row(model, codec, Pending::default())) {
            if cost < MORE {
                costs[lane] = coarse(weigh(Some(Cost::from(cost))));
            }
        }
    }
    table
}

/// Costs of several codecs, side by side, in 1/16 nat, so that eight fit a register.
pub(crate) type Lanes = [i16; ABREAST];

/// More than any stretch gains.
pub(crate) const NEVER: i16 = 8_000;

/// In [`Lanes`] are so many 1/256 nat one.
const COARSE: Cost = NAT / 16;

/// A cost, or what a stretch gains, in [`Lanes`]: no more than it is.
#[inline]
pub(crate) fn coarse(cost: Cost) -> i16 {
    i16::try_from(cost.div_euclid(COARSE)).map_or(NEVER, |cost| cost.clamp(-NEVER, NEVER))
}

/// What a gain in [`Lanes`] is at most.
#[inline]
pub(crate) fn fine(gain: i16) -> Cost {
    Cost::from(gain) * COARSE
}

/// Several codecs whose characters take one byte or two, but for rare ones, side by side: no byte costs more than its codec says, and
/// what has more than two is taken for whatever helps.
pub(crate) struct PairsAbreast {
    codecs: [Codec; ABREAST],
    weigh: fn(Cost) -> Cost,
    /// What a byte costs that is no character.
    error: i16,
    first: Box<[Lanes; 256]>,
    /// By the first byte, made when that first comes.
    after: Box<[OnceLock<Box<[Lanes; 256]>>; 256]>,
}

impl PairsAbreast {
    /// Of `codecs`, where `weigh` says what a character of some cost comes to.
    pub(super) fn new(model: &Model, codecs: [Codec; ABREAST], weigh: fn(Cost) -> Cost, error: Cost) -> Self {
        let error = coarse(error);
        let mut first = Box::new([[NEVER; ABREAST]; 256]);
        for (lane, codec) in codecs.into_iter().enumerate() {
            for (costs, &cost) in first.iter_mut().zip(model.by_bytes(codec).first()) {
                costs[lane] = match cost {
                    INVALID => error,
                    MORE => NEVER,
                    cost => coarse(weigh(Cost::from(cost))),
                };
            }
        }
        Self { codecs, weigh, error, first, after: Box::new([const { OnceLock::new() }; 256]) }
    }

    /// What a byte comes to that nothing stands open before; [`NEVER`] where it begins a character.
    #[inline]
    pub(crate) fn first(&self, byte: u8) -> &Lanes {
        &self.first[usize::from(byte)]
    }

    /// What comes of `byte` behind `lead`, if that stands open.
    #[inline]
    pub(crate) fn after(&self, model: &Model, lead: Option<u8>, byte: u8) -> &Lanes {
        let Some(lead) = lead else { return &[NEVER; ABREAST] };
        let row = self.after[usize::from(lead)].get_or_init(|| self.row_after(model, lead));
        &row[usize::from(byte)]
    }

    /// What a byte costs that is no character.
    #[inline]
    pub(crate) fn error(&self) -> i16 {
        self.error
    }

    #[cold]
    fn row_after(&self, model: &Model, lead: u8) -> Box<[Lanes; 256]> {
        let mut table = Box::new([[NEVER; ABREAST]; 256]);
        for (lane, codec) in self.codecs.into_iter().enumerate() {
            let own = model.by_bytes(codec);
            if own.first()[usize::from(lead)] != MORE {
                continue;
            }
            let row = own.after(model, lead);
            for ((costs, first), &cost) in table.iter_mut().zip(&*self.first).zip(row) {
                costs[lane] = match cost {
                    // Both are no character, or the second is one, or begins one.
                    INVALID if first[lane] == self.error => self.error,
                    INVALID => self.error.saturating_add(first[lane]),
                    // What comes next is taken for no character.
                    MORE => -self.error,
                    cost => coarse((self.weigh)(Cost::from(cost))),
                };
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_those_of_the_characters() {
        let model = Model::embedded();
        for (codec, text) in [(Codec::GBK, "a文，€"), (Codec::BIG5, "字x…"), (Codec::WINDOWS_1251, "жz№")]
        {
            let costs = model.by_bytes(codec);
            for c in text.chars() {
                let bytes = codec.encode(c.encode_utf8(&mut [0; 4])).unwrap();
                let weighed = match bytes[..] {
                    [one] => costs.first()[usize::from(one)],
                    [lead, trail] => {
                        assert_eq!(costs.first()[usize::from(lead)], MORE);
                        costs.after(model, lead)[usize::from(trail)]
                    }
                    _ => unreachable!(),
                };
                assert_eq!(Cost::from(weighed), model.unigram(c), "{codec} {c}");
            }
        }
        let behind = model.by_bytes(Codec::GBK).after(model, 0x81);
        assert_eq!((behind[0x7F], behind[usize::from(b'0')]), (INVALID, MORE));
    }
}
