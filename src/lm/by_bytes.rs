//! What the characters of a codec cost without context, by their bytes: a reading can be weighed without being made.

use std::sync::OnceLock;

use super::Model;
use crate::codec::{Codec, FedKnown, Pending};
use crate::cost::Cost;

/// Where there is no character, and where there is none yet.
const INVALID: u16 = u16::MAX;
const MORE: u16 = u16::MAX - 1;

/// The costs of one codec, whose characters take one byte or two, but for rare ones.
#[derive(Debug)]
pub(crate) struct ByBytes {
    codec: Codec,
    one: Row,
    /// By the first byte, made when that first comes; empty where every byte is a character of its own.
    two: Box<[OnceLock<Box<Row>>]>,
}

type Row = [u16; 256];

/// What a byte comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weighed {
    /// A character that costs so much.
    Char(Cost),
    /// The character goes on.
    More,
    /// The byte does not belong there.
    Invalid,
}

impl ByBytes {
    pub(super) fn new(model: &Model, codec: Codec) -> Self {
        let rows = if codec.is_single_byte() { 0 } else { 256 };
        let two = (0..rows).map(|_| OnceLock::new()).collect();
        Self { codec, one: row(model, codec, Pending::default()), two }
    }

    /// What `byte` comes to, after `lead` if there is one, by the model that this was made of.
    #[inline]
    pub(crate) fn feed(&self, model: &Model, lead: Option<u8>, byte: u8) -> Weighed {
        let row = match lead {
            None => &self.one,
            Some(lead) => {
                let Some(row) = self.two.get(usize::from(lead)) else { return Weighed::Invalid };
                row.get_or_init(|| self.row_after(model, lead))
            }
        };
        match row[usize::from(byte)] {
            INVALID => Weighed::Invalid,
            MORE => Weighed::More,
            cost => Weighed::Char(Cost::from(cost)),
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
                    [one] => costs.feed(model, None, one),
                    [lead, trail] => {
                        assert_eq!(costs.feed(model, None, lead), Weighed::More);
                        costs.feed(model, Some(lead), trail)
                    }
                    _ => unreachable!(),
                };
                assert_eq!(weighed, Weighed::Char(model.unigram(c)), "{codec} {c}");
            }
        }
        assert_eq!(model.by_bytes(Codec::GBK).feed(model, Some(0x81), 0x7F), Weighed::Invalid);
        assert_eq!(model.by_bytes(Codec::GBK).feed(model, Some(0x81), b'0'), Weighed::More);
    }
}
