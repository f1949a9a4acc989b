//! The forward channel.
