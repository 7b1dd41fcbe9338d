//! What only one of the two fields has. The base field: values that are loose by far, as its extension needs them, and places in
//! memory. The scalar field: values that are turned over.

use std::array::from_fn;
use std::hint::black_box;

use ark_bls12_381::Fq;
use ark_ff::{BigInt, BigInteger, MontFp, PrimeField};

use super::super::words::{PackedRow, Quad};
use super::{BITS, FQ, Fq8, Fr8, LIMB_MASK, splat};
use crate::backend::Quads;
use crate::lanes::constants::{to_limbs, to_words};
use crate::lanes::{FieldLanes, LANES, PackedLanes, TurnedLanes, unroll};

impl Fq8 {
    /// `self - other + 2^12 p` for loose values.
    #[cfg_attr(target_arch = "wasm32", inline(always))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(never))]
    pub(in crate::lanes::quads) fn sub_far(mut self, other: &Self) -> Self {
        static FAR: [Quad; 14] = splat(&FQ.multiple(1 << 12));
        let far = black_box(&FAR);
        for (half, other) in self.halves.iter_mut().zip(&other.halves) {
            unroll!(I in [0 1 2 3 4 5 6 7 8 9 10 11 12 13] {
                half[I] = half[I].add(far[I]).sub(other[I]);
            });
            Self::normalise(half, LIMB_MASK);
        }
        self
    }

    /// `self · other` for values below `2^13 p`.
    #[inline(always)]
    pub(in crate::lanes::quads) fn mul_far(self, other: Self) -> Self {
        // 2^26 p² / R is less than 2p, and clearing adds p.
        self.mul(other).sub_constant(&FQ.twice_modulus)
    }
}

impl PackedLanes for Fq8 {
    type Packed = PackedRow;

    fn pack(_: Quads, element: Fq) -> PackedRow {
        // arkworks' Montgomery factor is 2^384, ours is 2^406.
        const FACTOR: Fq = MontFp!("4194304");
        let limbs: [u64; 16] = to_limbs::<{ BITS as usize }, _, _>((element * FACTOR).0.0);
        PackedRow(from_fn(|quad| Quad::from_array(from_fn(|i| limbs[4 * quad + i] as u32))))
    }

    fn unpack(_: Quads, place: &PackedRow) -> Fq {
        /// arkworks' form of `2^-22`, which is `2^362`.
        const FACTOR: Fq = Fq::new_unchecked(BigInt([0, 0, 0, 0, 0, 1 << 42]));
        let quads = place.0.map(Quad::to_array);
        let limbs: [u64; 16] = from_fn(|i| u64::from(quads[i / 4][i % 4]));
        let mut number = BigInt(to_words::<{ BITS as usize }, _, 6>(limbs));
        while number >= Fq::MODULUS {
            number.sub_with_borrow(&Fq::MODULUS);
        }
        Fq::new_unchecked(number) * FACTOR
    }

    fn is_zero_packed(place: &PackedRow) -> bool {
        let (mut zero, mut modulus) = (Quad::ZERO, Quad::ZERO);
        for (quad, expected) in place.0.iter().zip(&MODULUS_ROW.0) {
            zero = zero.or(*quad);
            modulus = modulus.or(quad.xor(*expected));
        }
        zero.to_array() == [0; 4] || modulus.to_array() == [0; 4]
    }

    #[cfg_attr(target_arch = "wasm32", inline(always))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(never))]
    fn gather(_: Quads, places: [&PackedRow; LANES]) -> Self {
        let mut result = Self::constant(&[0; 14]);
        for (half, places) in result.halves.iter_mut().zip(places.as_chunks::<4>().0) {
            let [a, b, c, d] = places;
            unroll!(Q in [0 1 2 3] {
                let limbs = Quad::transpose([a.0[Q], b.0[Q], c.0[Q], d.0[Q]]);
                unroll!(I in [0 1 2 3] {
                    if 4 * Q + I < 14 {
                        const LIMB: usize = if 4 * Q + I < 14 { 4 * Q + I } else { 0 };
                        half[LIMB] = limbs[I];
                    }
                });
            });
        }
        result
    }

    #[cfg_attr(target_arch = "wasm32", inline(always))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(never))]
    fn scatter(self) -> [PackedRow; LANES] {
        let mut rows = [PackedRow([Quad::ZERO; 4]); LANES];
        for (rows, half) in rows.as_chunks_mut::<4>().0.iter_mut().zip(&self.halves) {
            unroll!(Q in [0 1 2 3] {
                let mut limbs = [Quad::ZERO; 4];
                unroll!(I in [0 1 2 3] {
                    if 4 * Q + I < 14 {
                        limbs[I] = half[if 4 * Q + I < 14 { 4 * Q + I } else { 0 }];
                    }
                });
                let turned = Quad::transpose(limbs);
                unroll!(I in [0 1 2 3] {
                    rows[I].0[Q] = turned[I];
                });
            });
        }
        rows
    }
}

/// The modulus of the base field as a place has it.
static MODULUS_ROW: PackedRow = {
    let mut quads = [[0; 4]; 4];
    let mut i = 0;
    while i < 14 {
        quads[i / 4][i % 4] = FQ.modulus[i] as u32;
        i += 1;
    }
    let [a, b, c, d] = quads;
    PackedRow([Quad::from_array(a), Quad::from_array(b), Quad::from_array(c), Quad::from_array(d)])
};

impl TurnedLanes for Fr8 {
    #[inline(always)]
    fn transpose(rows: [Self; LANES]) -> [Self; LANES] {
        let mut columns = rows;
        for limb in 0..9 {
            for half in 0..2 {
                for part in 0..2 {
                    let block = from_fn(|i| rows[4 * part + i].halves[half][limb]);
                    for (i, turned) in Quad::transpose(block).into_iter().enumerate() {
                        columns[4 * half + i].halves[part][limb] = turned;
                    }
                }
            }
        }
        columns
    }
}
