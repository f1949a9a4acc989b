//! Generated tables; `cargo dev tables --mode write` makes them.

pub(super) mod gb18030_ranges;
pub(super) mod pages;
pub(super) mod vendor;
