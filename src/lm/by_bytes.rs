//! What the characters of a codec cost without context, by their bytes: a reading can be weighed without being made.

use super::Model;
use crate::codec::{Codec, FedKnown, Pending};
use crate::cost::Cost;

/// Where there is no character, and where there is none yet.
const INVALID: u16 = u16::MAX;
const MORE: u16 = u16::MAX - 1;

/// The costs of one codec, whose characters take one byte or two, but for rare ones.
#[derive(Debug)]
pub(crate) struct ByBytes {
    one: [u16; 256],
    /// By the first byte and the second; empty where every byte is a character of its own.
    two: Box<[u16]>,
}

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
        let tables = codec.tables();
        let unigram = |c| u16::try_from(model.unigram(c)).unwrap_or(MORE).min(MORE - 1);
        let cost = |fed: FedKnown| match fed {
            FedKnown::Char(c) => unigram(c),
            FedKnown::Two(two) => two.into_iter().map(unigram).fold(0, u16::saturating_add).min(MORE - 1),
            FedKnown::More(_) => MORE,
            FedKnown::Invalid => INVALID,
        };
        let mut one = [INVALID; 256];
        let mut two = if codec.is_single_byte() { Vec::new() } else { vec![INVALID; 0x1_0000] };
        for (first, slot) in (0..=u8::MAX).zip(&mut one) {
            let fed = tables.feed_known(Pending::default(), first);
            *slot = cost(fed);
            if let FedKnown::More(lead) = fed
                && let Some(row) = two.chunks_exact_mut(256).nth(usize::from(first))
            {
                for (trail, slot) in (0..=u8::MAX).zip(row) {
                    *slot = cost(tables.feed_known(lead, trail));
                }
            }
        }
        Self { one, two: two.into() }
    }

    /// What `byte` comes to, after `lead` if there is one.
    #[inline]
    pub(crate) fn feed(&self, lead: Option<u8>, byte: u8) -> Weighed {
        let cost = match lead {
            None => Some(&self.one[usize::from(byte)]),
            Some(lead) => self.two.get(usize::from(lead) << 8 | usize::from(byte)),
        };
        match cost.copied().unwrap_or(INVALID) {
            INVALID => Weighed::Invalid,
            MORE => Weighed::More,
            cost => Weighed::Char(Cost::from(cost)),
        }
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
                    [one] => costs.feed(None, one),
                    [lead, trail] => {
                        assert_eq!(costs.feed(None, lead), Weighed::More);
                        costs.feed(Some(lead), trail)
                    }
                    _ => unreachable!(),
                };
                assert_eq!(weighed, Weighed::Char(model.unigram(c)), "{codec} {c}");
            }
        }
        assert_eq!(model.by_bytes(Codec::GBK).feed(Some(0x81), 0x7F), Weighed::Invalid);
        assert_eq!(model.by_bytes(Codec::GBK).feed(Some(0x81), b'0'), Weighed::More);
    }
}
