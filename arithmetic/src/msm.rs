//! Multi-scalar multiplication `Σ sᵢ Pᵢ` in G1 and G2.
//!
//! Pippenger's method with everything in affine coordinates, eight additions at a time:
//!
//! 1. The bases are converted once ([`PreparedBases::new`]), infinity dropped, and each is kept together with its
//!    images under the curve's endomorphism. A 255-bit scalar then is two scalars of 127 bits (G1) or four of 63 bits
//!    (G2) (`curve`).
//! 2. Scalars are cut into signed digits. A digit of zero costs nothing, so small, boolean and negated small scalars
//!    are cheap by themselves (`digits`).
//! 3. The points of each bucket are added in pairs, then the sums in pairs, and so on. All additions of one round are
//!    independent, so they share one inversion (`sum`, `add`).
//! 4. `Σ j Bⱼ` over the buckets is again sums of independent lists: with `j = a 2^h + b`, the sum over each row `a`
//!    and each column `b`, and so on with these (`weigh`).
//!
//! Equal points, opposite points and infinity are all added correctly.

mod add;
mod curve;
mod digits;
mod prepared;
mod sum;
mod weigh;

pub use curve::{Curve, G1, G2};
pub(crate) use curve::{X, X_SQUARED, frobenius};
pub use prepared::{Compiled, PreparedBases};
