//! What a piece is worth, and how well it reads.

use super::PROOF;
use crate::codec::Codec;
use crate::cost::nats;
use crate::decode::{Event, Said};
use crate::propose::prior;
use crate::report::Loss;
use crate::second_hand;
use crate::settle::Piece;
use crate::straight::has_form;

/// What a character costs at most, in nats, on average, in a reading that can be nothing but text.
pub(super) const FLUENT: f64 = 4.5;
/// What two characters cost that make one wonder whether all was read aright.
const STRANGE: i64 = nats(22.0) as i64;

pub(super) fn worth(p: &Piece) -> i64 {
    p.gain - i64::from(prior(&p.chain)) - i64::from(second_hand::prior(p.treatment))
}

/// Whether a piece does not read without losses.
pub(super) fn is_doubtful(piece: &Piece) -> bool {
    let lossy = lossy(piece);
    // A repairer leaves no UTF-8 behind.
    let is_form = piece.chain.steps()[0].truth == Codec::UTF_8 && worth(piece) >= i64::from(nats(PROOF));
    lossy * if is_form { 3 } else { 8 } > piece.said.len() || !(is_form && lossy == 0) && is_strange(piece)
}

/// Whether a piece reads so well that no other chain need be looked for where it stands.
pub(super) fn is_clear(piece: &Piece) -> bool {
    worth(piece) >= i64::from(nats(PROOF))
        && if has_form(piece.chain.steps()[0].truth) {
            lossy(piece) * 3 <= piece.said.len()
        } else {
            !is_doubtful(piece) && fluency(piece).1 <= i64::from(nats(FLUENT))
        }
}

/// Whether one of the pieces stands at character `i`.
pub(super) fn cover(pieces: &[Piece], i: usize) -> bool {
    pieces.iter().any(|piece| piece.start <= i && i < piece.end)
}

/// How many characters of a piece lost something.
fn lossy(piece: &Piece) -> usize {
    piece.said.iter().filter(|said| is_lossy(said)).count()
}

/// Whether something of a character was lost.
pub(super) fn is_lossy(said: &Said) -> bool {
    said.whole().is_none()
}

/// Whether two characters of a piece make one wonder whether all was read aright.
pub(super) fn is_strange(piece: &Piece) -> bool {
    piece.said.windows(3).any(|said| said[2].cost - said[0].cost > STRANGE)
}

/// What the pieces are worth that are worth anything.
pub(super) fn total_worth(found: &[Piece]) -> i64 {
    found.iter().map(worth).filter(|&g| g > 0).sum()
}

/// How many characters beyond ASCII `piece` says that lost nothing, and what they cost on average.
pub(super) fn fluency(piece: &Piece) -> (usize, i64) {
    let mut before = piece.cost_before;
    let (mut total, mut count) = (0, 0);
    for said in &piece.said {
        if matches!(said.event, Event::Char(c) | Event::Lossy(c, Loss::Fused, None) if c > '\u{7F}') {
            total += said.cost - before;
            count += 1;
        }
        before = said.cost;
    }
    (count, total / i64::try_from(count.max(1)).unwrap_or(1))
}
