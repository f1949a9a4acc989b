//! Settings of tests of properties, the program's too.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// Always the same cases: a run that fails fails again.
pub fn config(cases: u32) -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(20_221_012);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}
