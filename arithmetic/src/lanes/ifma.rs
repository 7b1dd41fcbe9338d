//! Lanes in AVX-512 registers, by the 52-bit multiplier (IFMA).
//!
//! A prime field element has `L` limbs of 52 bits; limb `i` of all eight lanes is one register. Numbers are in
//! Montgomery form with `R = 2^(52 L)`, which for both fields is a few bits more than the prime: a product of loose
//! values comes out tight without a final subtraction.
//!
//! Limbs are normalised (below 2^52) at the border of each operation, because the multiplier reads only 52 bits.
//! Inside, columns are signed 64-bit numbers.
//!
//! The code is straight-line: `unroll!` repeats a block for each limb with its index as a constant. Written as loops
//! the same code is two to three times slower, because the compiler decides that the limbs live in memory before it
//! unrolls.

mod combine;
mod fq2;
mod prime;
mod weigh;
mod words;

pub use combine::Fr8Constant;
pub use fq2::Fq2x8;
pub use prime::{Fq8, Fr8};
pub use weigh::{Numbers, Weights};
