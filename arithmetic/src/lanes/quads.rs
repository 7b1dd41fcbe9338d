//! Lanes in vectors of four 32-bit words: what WebAssembly has.
//!
//! WebAssembly has no 64-bit product of 128 bits, and neither a carry flag. What it has is the product of two pairs of
//! 32-bit words as a pair of 64-bit words. So a prime field element has `L` limbs of 29 bits; limb `i` of four lanes is
//! one vector, and eight lanes are two halves. Numbers are in Montgomery form with `R = 2^(29 L)`, which for both fields
//! is a few bits more than the prime: a product of loose values comes out tight without a final subtraction.
//!
//! A product is computed column by column: up to 42 products of 58 bits fit a 64-bit word, so that the carry goes on
//! once for each column. Each multiplication is a function of its own, of straight-line code, with its operands in
//! memory: four lanes of limbs are more than any engine has registers.
//!
//! Outside of WebAssembly the vectors are arrays (`words`), for tests.

mod fq2;
mod prime;
mod words;

pub use fq2::Fq2x8;
pub use prime::{Fq8, Fr8};
pub use words::PackedRow;
