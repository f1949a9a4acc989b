//! What the characters of a codec cost without context, by their bytes: a reading can be weighed without being made.

use std::sync::OnceLock;

use super::Model;
use crate::codec::{Codec, FedKnown, Pending};
use crate::cost::Cost;

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

/// Several codecs of one byte a character, side by side: what each byte comes to under each of them.
pub(crate) type Abreast = [[Cost; ABREAST]; 256];

/// The table of `codecs`, where `weigh` says what a character of some cost, or a byte that is none, comes to.
pub(super) fn abreast(
    model: &Model,
    codecs: [Codec; ABREAST],
    weigh: fn(Option<Cost>) -> Cost,
) -> Box<Abreast> {
    let mut table = Box::new([[weigh(None); ABREAST]; 256]);
    for (lane, codec) in codecs.into_iter().enumerate() {
        for (costs, cost) in table.iter_mut().zip(row(model, codec, Pending::default())) {
            if cost < MORE {
                costs[lane] = weigh(Some(Cost::from(cost)));
            }
        }
    }
    table
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
