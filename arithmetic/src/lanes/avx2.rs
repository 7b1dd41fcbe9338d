//! Lanes in AVX2 registers, by the fused multiply-add of doubles.
//!
//! AVX2 multiplies only 32-bit words, but its fused multiply-add rounds the exact product of two doubles once. So a pair
//! of them multiplies integers of 51 bits: the first gives the upper half of the product, the second the lower half,
//! which is what the first has rounded away (`words`).
//!
//! A base field element has 8 limbs of 51 bits; limb `i` of four lanes is one register, and eight lanes are two halves.
//! Numbers are in Montgomery form with `R = 2^408`, which is more than the prime by 27 bits: a product of loose values
//! comes out tight without a final subtraction.
//!
//! The registers are few, so operations are functions with their operands in memory. The sums of products (`columns`) are
//! the exception: column by column, so that only two columns, one factor's limbs and what splits the products are in
//! registers.
//!
//! The scalar field stays with the portable lanes: its prime leaves no bit of 5 such limbs free, and 6 are no gain.

mod columns;
mod fq2;
mod prime;
mod words;

pub use fq2::Fq2x8;
pub use prime::Fq8;
