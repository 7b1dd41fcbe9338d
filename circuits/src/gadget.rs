//! Gadgets: each says what it proves, what it costs and why it is sound.

pub(crate) mod edwards;
pub(crate) mod fixed_base;
pub(crate) mod merkle;
pub(crate) mod poseidon;
pub(crate) mod range;
