//! Vector arithmetic for BLS12-381, with arkworks' types at the border.
//!
//! A proof is a few million field multiplications, and nearly all of them come in bundles that do not depend on each
//! other. This crate computes eight at a time:
//!
//! - [`backend`] chooses the instructions: AVX-512 IFMA or AVX2 where the processor has it, vectors of
//!   32-bit words in WebAssembly, portable code elsewhere. A computation is a [`Kernel`], written once over any [`Backend`].
//! - [`lanes`] has the numbers: eight elements of a field in one value, `B::Fq8`, `B::Fq2x8` and `B::Fr8`.
//! - [`msm`] multiplies many points by scalars and sums them.
//! - [`poseidon`] computes the hash of the circuits, one or many.
//! - [`pairing`] has Miller loops, and [`points`] what each of many points needs on its own.
//! - [`jubjub`] reads points of the embedded curve, and weighs and sums them.
//!
//! Nothing here hides secrets from timing: the running time of a multi-scalar multiplication depends on its scalars,
//! as arkworks' does. Lists of scalars and polynomials are wiped when they are freed; sums of points, which are made of
//! them, and registers and the stack are not.
//!
//! This is the only crate of the workspace with `unsafe`: vector instructions are unsafe to call where the processor
//! may lack them. Values of the types [`backend::Avx2`] and [`backend::Ifma`] are the proof that it does not, and
//! every vector is made from one.

pub mod backend;
mod inverse;
pub mod jubjub;
pub mod lanes;
pub mod msm;
pub mod pairing;
pub mod points;
pub mod poseidon;
pub mod quotient;
mod roots;
mod wiped;
mod words;

pub use backend::{AnyBackend, Backend, Kernel, dispatch};
pub use lanes::{FieldLanes, LANES, Mask, PackedLanes, QuadraticLanes};
