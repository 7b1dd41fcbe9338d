//! Prime fields: [`Fq8`] and [`Fr8`], one macro for both.

use ark_bls12_381::{Fq, FqConfig, Fr, FrConfig};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, MontConfig, MontFp, PrimeField};

use super::words::{Words, transpose};
use crate::backend::Ifma;
use crate::lanes::constants::{Constants, to_limbs, to_words};
use crate::lanes::unroll;
use crate::lanes::{FieldLanes, LANES, Mask, PackedLanes, Row, TurnedLanes};

/// The low 52 bits of a word.
const LIMB_MASK: u64 = (1 << 52) - 1;

/// `(p i - 1) / 2^52`, where `i` is the inverse of `p` modulo 2^52; it is below `p`.
const fn step<const L: usize>(constants: &Constants<52, L>) -> [u64; L] {
    let inverse = (1 << 52) - constants.negative_inverse as u128;
    let mut limbs = [0; L];
    let mut carry = constants.modulus[0] as u128 * inverse;
    assert!(carry as u64 & LIMB_MASK == 1, "the product is one in its lowest limb");
    carry >>= 52;
    let mut i = 1;
    while i < L {
        carry += constants.modulus[i] as u128 * inverse;
        limbs[i - 1] = carry as u64 & LIMB_MASK;
        carry >>= 52;
        i += 1;
    }
    limbs[L - 1] = carry as u64;
    limbs
}

/// Defines the lanes of a prime field.
///
/// The lists are the indices of the limbs, of all but the lowest and of all but the highest limb, and of arkworks'
/// words: macros count in literals.
macro_rules! prime_lanes {
    (
        $(#[$doc:meta])*
        $name:ident of $element:ident,
        constants $constants:ident = $config:ident,
        limbs $limbs:tt $count:literal, rest $rest:tt, lower $lower:tt top $top:literal,
        words $words:tt $word_count:literal
    ) => {
        pub(super) const $constants: Constants<52, $count> = Constants::new($config::MODULUS.0);

        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            pub(super) limbs: [Words; $count],
        }

        impl $name {
            /// The same number in every lane.
            #[inline(always)]
            pub(super) fn constant(backend: Ifma, limbs: &[u64; $count]) -> Self {
                let mut result = [Words::zero(backend); $count];
                unroll!(I in $limbs {
                    result[I] = Words::splat(backend, limbs[I]);
                });
                Self { limbs: result }
            }

            /// Signed limbs to normalised ones. The number must not be negative.
            #[inline(always)]
            pub(super) fn normalise(mut limbs: [Words; $count]) -> Self {
                let mask = Words::splat(limbs[0].backend(), LIMB_MASK);
                unroll!(I in $lower {
                    let carry = limbs[I].shift_right_signed::<52>();
                    limbs[I + 1] = limbs[I + 1].add(carry);
                    limbs[I] = limbs[I].and(mask);
                });
                Self { limbs }
            }

            /// The columns of the product: column `i` weighs `2^(52 i)`. For `L` limbs a column is at most
            /// `2 L · 2^52`.
            #[inline(always)]
            pub(super) fn mul_wide(self, other: Self) -> [Words; 2 * $count] {
                self.add_mul_wide(other, [Words::zero(self.limbs[0].backend()); 2 * $count])
            }

            /// Adds the columns of the product to the given ones.
            #[inline(always)]
            pub(super) fn add_mul_wide(self, other: Self, mut columns: [Words; 2 * $count]) -> [Words; 2 * $count] {
                unroll!(I in $limbs {
                    unroll!(J in $limbs {
                        columns[I + J] = columns[I + J].add_product_low(self.limbs[J], other.limbs[I]);
                        columns[I + J + 1] = columns[I + J + 1].add_product_high(self.limbs[J], other.limbs[I]);
                    });
                });
                columns
            }

            /// The columns of the square.
            #[inline(always)]
            pub(super) fn square_wide(self) -> [Words; 2 * $count] {
                let mut columns = [Words::zero(self.limbs[0].backend()); 2 * $count];
                unroll!(I in $limbs {
                    unroll!(J in $limbs {
                        if J > I {
                            columns[I + J] = columns[I + J].add_product_low(self.limbs[J], self.limbs[I]);
                            columns[I + J + 1] = columns[I + J + 1].add_product_high(self.limbs[J], self.limbs[I]);
                        }
                    });
                });
                unroll!(I in $limbs {
                    columns[2 * I] = columns[2 * I].add(columns[2 * I]).add_product_low(self.limbs[I], self.limbs[I]);
                    columns[2 * I + 1] =
                        columns[2 * I + 1].add(columns[2 * I + 1]).add_product_high(self.limbs[I], self.limbs[I]);
                });
                columns
            }

            /// Montgomery reduction: `T / R mod p`, where `T` is the number that the signed columns stand for and must
            /// not be negative. Columns are below 2^62.
            ///
            /// The result is below `T / R + (1 + c) p`, where `c` is the inverse of `p` modulo 2^52, divided by 2^52: less than
            /// 0.751 for `Fq` and than 2^-19 for `Fr`. So it is tight if `T < (1 - c) p R`.
            #[inline(always)]
            pub(super) fn reduce(mut columns: [Words; 2 * $count]) -> Self {
                const STEP: [u64; $count] = step(&$constants);
                let backend = columns[0].backend();
                let zero = Words::zero(backend);
                let mask = Words::splat(backend, LIMB_MASK);
                unroll!(I in $lower {
                    // `m` is what the column lacks to a multiple of 2^52, and `2^52 STEP + 1` is a multiple of p. With `m` times
                    // this multiple added, the column is its own value divided by 2^52 and rounded up, at the next column.
                    // So `m` needs no multiplication: each column waits for one only, that of the column before.
                    let m = zero.sub(columns[I]);
                    let carry = columns[I].add(mask).shift_right_signed::<52>();
                    columns[I + 1] = columns[I + 1].add(carry);
                    unroll!(J in $limbs {
                        let step = Words::splat(backend, STEP[J]);
                        columns[I + J + 1] = columns[I + J + 1].add_product_low(m, step);
                        columns[I + J + 2] = columns[I + J + 2].add_product_high(m, step);
                    });
                });
                // That multiple is longer than p by a limb, so the last column is made one by a multiple of p below 2^52 p.
                let m = zero.add_product_low(columns[$top], Words::splat(backend, $constants.negative_inverse));
                let carry = columns[$top].add(mask).shift_right_signed::<52>();
                columns[$count] =
                    columns[$count].add(carry).add_product_high(m, Words::splat(backend, $constants.modulus[0]));
                unroll!(J in $rest {
                    let modulus = Words::splat(backend, $constants.modulus[J]);
                    columns[$top + J] = columns[$top + J].add_product_low(m, modulus);
                    columns[$top + J + 1] = columns[$top + J + 1].add_product_high(m, modulus);
                });
                let mut limbs = [zero; $count];
                unroll!(I in $limbs {
                    limbs[I] = columns[$count + I];
                });
                Self::normalise(limbs)
            }

            /// `a + b - c` limb by limb; not normalised.
            #[inline(always)]
            fn add_sub_limbs(a: Self, b: Self, c: Self) -> [Words; $count] {
                let mut limbs = a.limbs;
                unroll!(I in $limbs {
                    limbs[I] = limbs[I].add(b.limbs[I]).sub(c.limbs[I]);
                });
                limbs
            }

            /// The second number in those lanes where the first is negative. Both have signed limbs.
            #[inline(always)]
            fn non_negative(first: [Words; $count], second: [Words; $count]) -> Self {
                let first = Self::normalise(first);
                let second = Self::normalise(second);
                // The top limb was not cut, so it has the sign of the number.
                Self::select(first.limbs[$top].is_negative(), second, first)
            }

            #[inline(always)]
            fn twice_modulus(self) -> Self {
                Self::constant(self.limbs[0].backend(), &$constants.twice_modulus)
            }

            /// The canonical number in each lane, of a tight value.
            #[inline(always)]
            fn canonical(self) -> Self {
                let modulus = Self::constant(self.limbs[0].backend(), &$constants.modulus);
                let mut limbs = self.limbs;
                unroll!(I in $limbs {
                    limbs[I] = limbs[I].sub(modulus.limbs[I]);
                });
                Self::non_negative(limbs, self.limbs)
            }

            /// The lanes that hold exactly this number.
            #[inline(always)]
            fn is_number(self, limbs: &[u64; $count]) -> Mask {
                let number = Self::constant(self.limbs[0].backend(), limbs);
                let mut mask = Mask::MAX;
                unroll!(I in $limbs {
                    mask &= self.limbs[I].equals(number.limbs[I]);
                });
                mask
            }
        }

        impl FieldLanes for $name {
            type Element = $element;
            type Backend = Ifma;

            #[inline(always)]
            fn backend(self) -> Ifma {
                self.limbs[0].backend()
            }

            #[inline(always)]
            fn zero(backend: Ifma) -> Self {
                Self { limbs: [Words::zero(backend); $count] }
            }

            #[inline(always)]
            fn one(backend: Ifma) -> Self {
                Self::constant(backend, &$constants.one)
            }

            #[inline(always)]
            fn splat(backend: Ifma, element: $element) -> Self {
                Self::load(backend, &[element; LANES])
            }

            #[inline(always)]
            fn load(backend: Ifma, elements: &[$element; LANES]) -> Self {
                let mut words = [Words::zero(backend); $word_count];
                unroll!(W in $words {
                    let [a, b, c, d, e, f, g, h] = elements;
                    words[W] = Words::from_array(
                        backend,
                        [a.0.0[W], b.0.0[W], c.0.0[W], d.0.0[W], e.0.0[W], f.0.0[W], g.0.0[W], h.0.0[W]],
                    );
                });
                let mask = Words::splat(backend, LIMB_MASK);
                let mut limbs = [Words::zero(backend); $count];
                unroll!(I in $limbs {
                    const WORD: usize = 52 * I / 64;
                    const SHIFT: u32 = (52 * I % 64) as u32;
                    if WORD < $word_count {
                        limbs[I] = words[WORD].shift_right::<SHIFT>();
                    }
                    if SHIFT > 12 && WORD + 1 < $word_count {
                        // The index is in range where this runs; the minimum says so to the compiler elsewhere.
                        const NEXT: usize = if WORD + 1 < $word_count { WORD + 1 } else { 0 };
                        limbs[I] = limbs[I].or(words[NEXT].shift_left::<{ 64 - SHIFT }>());
                    }
                    limbs[I] = limbs[I].and(mask);
                });
                Self { limbs }.mul(Self::constant(backend, &$constants.enter))
            }

            #[inline(always)]
            fn store(self) -> [$element; LANES] {
                let backend = self.limbs[0].backend();
                let limbs = self.mul(Self::constant(backend, &$constants.leave)).canonical().limbs;
                let mut words = [[0; LANES]; $word_count];
                unroll!(W in $words {
                    const LIMB: usize = 64 * W / 52;
                    const SHIFT: u32 = (64 * W % 52) as u32;
                    let mut word = limbs[LIMB].shift_right::<SHIFT>();
                    if LIMB + 1 < $count {
                        const NEXT: usize = if LIMB + 1 < $count { LIMB + 1 } else { 0 };
                        word = word.or(limbs[NEXT].shift_left::<{ 52 - SHIFT }>());
                    }
                    if SHIFT > 40 && LIMB + 2 < $count {
                        const NEXT: usize = if LIMB + 2 < $count { LIMB + 2 } else { 0 };
                        word = word.or(limbs[NEXT].shift_left::<{ 104 - SHIFT }>());
                    }
                    words[W] = word.to_array();
                });
                let mut elements = [<$element as AdditiveGroup>::ZERO; LANES];
                unroll!(LANE in [0 1 2 3 4 5 6 7] {
                    let mut element = [0; $word_count];
                    unroll!(W in $words {
                        element[W] = words[W][LANE];
                    });
                    elements[LANE] = $element::new_unchecked(BigInt(element));
                });
                elements
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                let mut sum = self.limbs;
                unroll!(I in $limbs {
                    sum[I] = sum[I].add(other.limbs[I]);
                });
                Self::non_negative(Self::add_sub_limbs(self, other, self.twice_modulus()), sum)
            }

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                let mut difference = self.limbs;
                unroll!(I in $limbs {
                    difference[I] = difference[I].sub(other.limbs[I]);
                });
                Self::non_negative(difference, Self::add_sub_limbs(self, self.twice_modulus(), other))
            }

            #[inline(always)]
            fn double(self) -> Self {
                self.add(self)
            }

            #[inline(always)]
            fn neg(self) -> Self {
                Self::zero(self.limbs[0].backend()).sub(self)
            }

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                Self::reduce(self.mul_wide(other))
            }

            #[inline(always)]
            fn square(self) -> Self {
                Self::reduce(self.square_wide())
            }

            #[inline(always)]
            fn add_loose(self, other: Self) -> Self {
                let mut sum = self.limbs;
                unroll!(I in $limbs {
                    sum[I] = sum[I].add(other.limbs[I]);
                });
                Self::normalise(sum)
            }

            #[inline(always)]
            fn sub_loose(self, other: Self) -> Self {
                Self::normalise(Self::add_sub_limbs(self, self.twice_modulus(), other))
            }

            #[inline(always)]
            fn neg_nonzero(self, mask: Mask) -> Self {
                let twice = self.twice_modulus();
                let mut limbs = self.limbs;
                unroll!(I in $limbs {
                    limbs[I] = Words::select(mask, twice.limbs[I].sub(limbs[I]), limbs[I]);
                });
                Self::normalise(limbs)
            }

            #[inline(always)]
            fn is_zero(self) -> Mask {
                self.is_number(&[0; $count]) | self.is_number(&$constants.modulus)
            }

            #[inline(always)]
            fn select(mask: Mask, yes: Self, no: Self) -> Self {
                let mut limbs = no.limbs;
                unroll!(I in $limbs {
                    limbs[I] = Words::select(mask, yes.limbs[I], no.limbs[I]);
                });
                Self { limbs }
            }
        }
    };
}

prime_lanes! {
    /// Eight elements of the base field: `R = 2^416`.
    Fq8 of Fq,
    constants FQ = FqConfig,
    limbs [0 1 2 3 4 5 6 7] 8, rest [1 2 3 4 5 6 7], lower [0 1 2 3 4 5 6] top 7,
    words [0 1 2 3 4 5] 6
}

prime_lanes! {
    /// Eight elements of the scalar field: `R = 2^260`.
    Fr8 of Fr,
    constants FR = FrConfig,
    limbs [0 1 2 3 4] 5, rest [1 2 3 4], lower [0 1 2 3] top 4,
    words [0 1 2 3] 4
}

impl Fq8 {
    /// `self - other + 2^12 p` for loose values.
    #[inline(always)]
    pub(super) fn sub_far(self, other: Self) -> Self {
        const FAR: [u64; 8] = FQ.multiple(1 << 12);
        Self::normalise(Self::add_sub_limbs(self, Self::constant(self.limbs[0].backend(), &FAR), other))
    }
}

impl PackedLanes for Fq8 {
    type Packed = Row;

    fn pack(_: Ifma, element: Fq) -> Row {
        // arkworks' Montgomery factor is 2^384, ours is 2^416.
        const FACTOR: Fq = MontFp!("4294967296");
        Row(to_limbs::<52, _, _>((element * FACTOR).0.0))
    }

    fn unpack(_: Ifma, place: &Row) -> Fq {
        /// arkworks' form of `2^-32`, which is `2^352`.
        const FACTOR: Fq = Fq::new_unchecked(BigInt([0, 0, 0, 0, 0, 1 << 32]));
        let mut number = BigInt(to_words::<52, _, _>(place.0));
        while number >= Fq::MODULUS {
            number.sub_with_borrow(&Fq::MODULUS);
        }
        Fq::new_unchecked(number) * FACTOR
    }

    fn is_zero_packed(place: &Row) -> bool {
        place.0 == [0; 8] || place.0 == FQ.modulus
    }

    #[inline(always)]
    fn gather(backend: Ifma, places: [&Row; LANES]) -> Self {
        let mut rows = [Words::zero(backend); LANES];
        unroll!(LANE in [0 1 2 3 4 5 6 7] {
            rows[LANE] = Words::from_row(backend, &places[LANE].0);
        });
        Self { limbs: transpose(rows) }
    }

    #[inline(always)]
    fn scatter(self) -> [Row; LANES] {
        let columns = transpose(self.limbs);
        let mut rows = [Row::default(); LANES];
        unroll!(LANE in [0 1 2 3 4 5 6 7] {
            rows[LANE] = Row(columns[LANE].to_array());
        });
        rows
    }
}

impl TurnedLanes for Fr8 {
    #[inline(always)]
    fn transpose(rows: [Self; LANES]) -> [Self; LANES] {
        let [a, b, c, d, e, f, g, h] = rows.map(|row| row.limbs);
        let mut columns = rows;
        unroll!(I in [0 1 2 3 4] {
            let turned = transpose([a[I], b[I], c[I], d[I], e[I], f[I], g[I], h[I]]);
            unroll!(LANE in [0 1 2 3 4 5 6 7] {
                columns[LANE].limbs[I] = turned[LANE];
            });
        });
        columns
    }
}

#[cfg(test)]
mod tests;
