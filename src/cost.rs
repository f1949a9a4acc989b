//! Integer costs, so that every machine gives the same answer.

/// A negative log-probability in units of 1/256 nat; lower is likelier. One arc fits in an `i32`.
pub type Cost = i32;

/// Costs per nat.
pub const NAT: Cost = 256;

/// The cost of `nats`, rounded.
#[must_use]
#[allow(clippy::cast_possible_truncation)]
pub const fn nats(nats: f64) -> Cost {
    (nats * NAT as f64 + if nats < 0.0 { -0.5 } else { 0.5 }) as Cost
}
