//! Prime fields: [`Fq8`] and [`Fr8`], one macro for both. What only one of them has is in `single`.
//!
//! What is inlined for WebAssembly alone, is called elsewhere: there this code only runs in tests, and written out in every
//! place it took longer to compile than all other backends together.

mod single;

use std::array::from_fn;
use std::hint::black_box;

use ark_bls12_381::{Fq, FqConfig, Fr, FrConfig};
use ark_ff::{BigInt, MontConfig};

use super::words::{Pair, Quad};
use crate::backend::Quads;
use crate::lanes::constants::{Constants, to_limbs, to_words};
use crate::lanes::unroll;
use crate::lanes::{FieldLanes, LANES, Mask};

/// How many bits a limb has.
const BITS: u32 = 29;
const LIMB_MASK: Quad = Quad::splat((1 << BITS) - 1);

/// What a field's operations read: each number in all lanes. It is read from memory, where engines would else make each
/// of these vectors anew from numbers in their code; `black_box` keeps the compiler from seeing what they are.
struct Shared<const L: usize> {
    modulus: [Quad; L],
    twice_modulus: [Quad; L],
    negative_inverse: Quad,
    mask: Quad,
}

impl<const L: usize> Shared<L> {
    const fn new(constants: &Constants<{ BITS as usize }, L>) -> Self {
        Self {
            modulus: splat(&constants.modulus),
            twice_modulus: splat(&constants.twice_modulus),
            negative_inverse: Quad::splat(constants.negative_inverse as u32),
            mask: LIMB_MASK,
        }
    }
}

const fn splat<const L: usize>(limbs: &[u64; L]) -> [Quad; L] {
    let mut result = [Quad::ZERO; L];
    let mut i = 0;
    while i < L {
        result[i] = Quad::splat(limbs[i] as u32);
        i += 1;
    }
    result
}

/// Defines the lanes of a prime field. The lists are the indices of the limbs, and of all but the highest limb: macros
/// count in literals.
macro_rules! prime_lanes {
    (
        $(#[$doc:meta])*
        $name:ident of $element:ident,
        constants $constants:ident $shared:ident = $config:ident,
        limbs $limbs:tt $count:literal, lower $lower:tt top $top:literal, words $word_count:literal
    ) => {
        pub(super) const $constants: Constants<{ BITS as usize }, $count> = Constants::new($config::MODULUS.0);
        static $shared: Shared<$count> = Shared::new(&$constants);

        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            halves: [[Quad; $count]; 2],
        }

        impl $name {
            /// The same number in every lane.
            #[inline(always)]
            pub(super) const fn constant(limbs: &[u64; $count]) -> Self {
                Self { halves: [splat(limbs); 2] }
            }

            /// Signed limbs to normalised ones. The number must not be negative, or its top limb has its sign.
            #[inline(always)]
            fn normalise(limbs: &mut [Quad; $count], mask: Quad) {
                unroll!(I in $lower {
                    limbs[I + 1] = limbs[I + 1].add(limbs[I].shift_right_signed::<BITS>());
                    limbs[I] = limbs[I].and(mask);
                });
            }

            /// The second number in those lanes where the first is negative. Both have signed limbs.
            #[inline(always)]
            fn non_negative(
                out: &mut [Quad; $count],
                mut first: [Quad; $count],
                mut second: [Quad; $count],
                mask: Quad,
            ) {
                Self::normalise(&mut first, mask);
                Self::normalise(&mut second, mask);
                // The top limb was not cut, so it has the sign of the number.
                let negative = first[$top].shift_right_signed::<31>();
                unroll!(I in $limbs {
                    out[I] = Quad::select(negative, second[I], first[I]);
                });
            }

            #[inline(never)]
            fn add_half(out: &mut [Quad; $count], a: &[Quad; $count], b: &[Quad; $count]) {
                let shared = black_box(&$shared);
                let (mut sum, mut less) = ([Quad::ZERO; $count], [Quad::ZERO; $count]);
                unroll!(I in $limbs {
                    sum[I] = a[I].add(b[I]);
                    less[I] = sum[I].sub(shared.twice_modulus[I]);
                });
                Self::non_negative(out, less, sum, shared.mask);
            }

            #[inline(never)]
            fn sub_half(out: &mut [Quad; $count], a: &[Quad; $count], b: &[Quad; $count]) {
                let shared = black_box(&$shared);
                let (mut difference, mut more) = ([Quad::ZERO; $count], [Quad::ZERO; $count]);
                unroll!(I in $limbs {
                    difference[I] = a[I].sub(b[I]);
                    more[I] = difference[I].add(shared.twice_modulus[I]);
                });
                Self::non_negative(out, difference, more, shared.mask);
            }

            /// The number less another where it is not below that.
            #[cfg_attr(target_arch = "wasm32", inline(always))]
            #[cfg_attr(not(target_arch = "wasm32"), inline(never))]
            fn sub_constant(mut self, limbs: &[u64; $count]) -> Self {
                for half in &mut self.halves {
                    let mut less = [Quad::ZERO; $count];
                    unroll!(I in $limbs {
                        less[I] = half[I].sub(Quad::splat(limbs[I] as u32));
                    });
                    let same = *half;
                    Self::non_negative(half, less, same, LIMB_MASK);
                }
                self
            }

            /// The Montgomery product of four lanes: column by column, each cleared by a multiple of `p`.
            #[inline(never)]
            #[allow(unused_assignments, reason = "nothing is carried out of the last column")]
            fn mul_half(out: &mut [Quad; $count], a: &[Quad; $count], b: &[Quad; $count]) {
                let shared = black_box(&$shared);
                let (mut low, mut high) = (Pair::ZERO, Pair::ZERO);
                let mut m = [Quad::ZERO; $count];
                unroll!(K in $limbs {
                    unroll!(I in $limbs {
                        if I <= K {
                            const J: usize = if I <= K { K - I } else { 0 };
                            low = low.add(a[I].products_low(b[J]));
                            high = high.add(a[I].products_high(b[J]));
                        }
                    });
                    clear_column!($limbs, K, shared, m, low, high);
                });
                unroll!(K in $limbs {
                    unroll!(I in $limbs {
                        if I > K {
                            const J: usize = if I > K { $count + K - I } else { 0 };
                            low = low.add(a[I].products_low(b[J]));
                            high = high.add(a[I].products_high(b[J]));
                        }
                    });
                    write_column!($limbs, $count, K, shared, m, low, high, out);
                });
            }

            /// `a b + c d`, reduced once.
            #[inline(never)]
            #[allow(unused_assignments, reason = "nothing is carried out of the last column")]
            #[allow(dead_code, reason = "only the base field is extended")]
            fn mul_sum_half(
                out: &mut [Quad; $count],
                [a, b]: [&[Quad; $count]; 2],
                [c, d]: [&[Quad; $count]; 2],
            ) {
                let shared = black_box(&$shared);
                let (mut low, mut high) = (Pair::ZERO, Pair::ZERO);
                let mut m = [Quad::ZERO; $count];
                unroll!(K in $limbs {
                    unroll!(I in $limbs {
                        if I <= K {
                            const J: usize = if I <= K { K - I } else { 0 };
                            low = low.add(a[I].products_low(b[J])).add(c[I].products_low(d[J]));
                            high = high.add(a[I].products_high(b[J])).add(c[I].products_high(d[J]));
                        }
                    });
                    clear_column!($limbs, K, shared, m, low, high);
                });
                unroll!(K in $limbs {
                    unroll!(I in $limbs {
                        if I > K {
                            const J: usize = if I > K { $count + K - I } else { 0 };
                            low = low.add(a[I].products_low(b[J])).add(c[I].products_low(d[J]));
                            high = high.add(a[I].products_high(b[J])).add(c[I].products_high(d[J]));
                        }
                    });
                    write_column!($limbs, $count, K, shared, m, low, high, out);
                });
            }

            /// The Montgomery square of four lanes. A product of two different limbs counts twice, so one of them is
            /// doubled before.
            #[inline(never)]
            #[allow(unused_assignments, reason = "nothing is carried out of the last column")]
            fn square_half(out: &mut [Quad; $count], a: &[Quad; $count]) {
                let shared = black_box(&$shared);
                let (mut low, mut high) = (Pair::ZERO, Pair::ZERO);
                let mut m = [Quad::ZERO; $count];
                let mut twice = [Quad::ZERO; $count];
                unroll!(I in $limbs {
                    twice[I] = a[I].add(a[I]);
                });
                unroll!(K in $limbs {
                    unroll!(I in $limbs {
                        if 2 * I < K {
                            const J: usize = if I <= K { K - I } else { 0 };
                            low = low.add(twice[I].products_low(a[J]));
                            high = high.add(twice[I].products_high(a[J]));
                        }
                        if 2 * I == K {
                            low = low.add(a[I].products_low(a[I]));
                            high = high.add(a[I].products_high(a[I]));
                        }
                    });
                    clear_column!($limbs, K, shared, m, low, high);
                });
                unroll!(K in $limbs {
                    unroll!(I in $limbs {
                        if I > K && 2 * I < $count + K {
                            const J: usize = if I > K { $count + K - I } else { 0 };
                            low = low.add(twice[I].products_low(a[J]));
                            high = high.add(twice[I].products_high(a[J]));
                        }
                        if 2 * I == $count + K {
                            low = low.add(a[I].products_low(a[I]));
                            high = high.add(a[I].products_high(a[I]));
                        }
                    });
                    write_column!($limbs, $count, K, shared, m, low, high, out);
                });
            }

            /// `a b + c d`. Takes loose values; the sum of the products' bounds is at most `R / p`.
            #[inline(always)]
            #[allow(dead_code, reason = "only the base field is extended")]
            pub(super) fn mul_sum(a: &Self, b: &Self, c: &Self, d: &Self) -> Self {
                let mut result = Self::constant(&[0; $count]);
                for half in 0..2 {
                    Self::mul_sum_half(
                        &mut result.halves[half],
                        [&a.halves[half], &b.halves[half]],
                        [&c.halves[half], &d.halves[half]],
                    );
                }
                result
            }

            /// The canonical number in each lane, of a tight value.
            #[inline(always)]
            fn canonical(self) -> Self {
                self.sub_constant(&$constants.modulus)
            }

            /// From the limbs of each lane.
            fn from_limbs(lanes: [[u64; $count]; LANES]) -> Self {
                let quad = |half: usize, limb: usize| Quad::from_array(from_fn(|i| lanes[4 * half + i][limb] as u32));
                Self { halves: from_fn(|half| from_fn(|limb| quad(half, limb))) }
            }

            /// The limbs of each lane.
            fn to_limbs(self) -> [[u64; $count]; LANES] {
                let mut lanes = [[0; $count]; LANES];
                for (half, limbs) in self.halves.iter().enumerate() {
                    for (index, limb) in limbs.iter().enumerate() {
                        for (lane, word) in limb.to_array().into_iter().enumerate() {
                            lanes[4 * half + lane][index] = u64::from(word);
                        }
                    }
                }
                lanes
            }
        }

        impl FieldLanes for $name {
            type Element = $element;
            type Backend = Quads;

            #[inline(always)]
            fn backend(self) -> Quads {
                Quads
            }

            #[inline(always)]
            fn zero(_: Quads) -> Self {
                Self::constant(&[0; $count])
            }

            #[inline(always)]
            fn one(_: Quads) -> Self {
                Self::constant(&$constants.one)
            }

            fn splat(backend: Quads, element: $element) -> Self {
                Self::load(backend, &[element; LANES])
            }

            #[inline(never)]
            fn load(_: Quads, elements: &[$element; LANES]) -> Self {
                Self::from_limbs(elements.map(|element| to_limbs::<{ BITS as usize }, _, _>(element.0.0)))
                    .mul(Self::constant(&$constants.enter))
            }

            #[inline(never)]
            fn store(self) -> [$element; LANES] {
                self.mul(Self::constant(&$constants.leave)).canonical().to_limbs().map(|limbs| {
                    $element::new_unchecked(BigInt(to_words::<{ BITS as usize }, _, $word_count>(limbs)))
                })
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                let mut result = Self::constant(&[0; $count]);
                for half in 0..2 {
                    Self::add_half(&mut result.halves[half], &self.halves[half], &other.halves[half]);
                }
                result
            }

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                let mut result = Self::constant(&[0; $count]);
                for half in 0..2 {
                    Self::sub_half(&mut result.halves[half], &self.halves[half], &other.halves[half]);
                }
                result
            }

            #[inline(always)]
            fn double(self) -> Self {
                self.add(self)
            }

            #[inline(always)]
            fn neg(self) -> Self {
                Self::zero(Quads).sub(self)
            }

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                let mut result = Self::constant(&[0; $count]);
                for half in 0..2 {
                    Self::mul_half(&mut result.halves[half], &self.halves[half], &other.halves[half]);
                }
                result
            }

            #[inline(always)]
            fn square(self) -> Self {
                let mut result = Self::constant(&[0; $count]);
                for half in 0..2 {
                    Self::square_half(&mut result.halves[half], &self.halves[half]);
                }
                result
            }

            #[cfg_attr(target_arch = "wasm32", inline(always))]
            #[cfg_attr(not(target_arch = "wasm32"), inline(never))]
            fn add_loose(mut self, other: Self) -> Self {
                for (half, other) in self.halves.iter_mut().zip(&other.halves) {
                    unroll!(I in $limbs {
                        half[I] = half[I].add(other[I]);
                    });
                    Self::normalise(half, LIMB_MASK);
                }
                self
            }

            #[cfg_attr(target_arch = "wasm32", inline(always))]
            #[cfg_attr(not(target_arch = "wasm32"), inline(never))]
            fn sub_loose(mut self, other: Self) -> Self {
                let shared = black_box(&$shared);
                for (half, other) in self.halves.iter_mut().zip(&other.halves) {
                    unroll!(I in $limbs {
                        half[I] = half[I].add(shared.twice_modulus[I]).sub(other[I]);
                    });
                    Self::normalise(half, shared.mask);
                }
                self
            }

            #[cfg_attr(target_arch = "wasm32", inline(always))]
            #[cfg_attr(not(target_arch = "wasm32"), inline(never))]
            fn neg_nonzero(mut self, mask: Mask) -> Self {
                let shared = black_box(&$shared);
                for (index, half) in self.halves.iter_mut().enumerate() {
                    let negate = Quad::spread(mask >> (4 * index) & 15);
                    unroll!(I in $limbs {
                        half[I] = Quad::select(negate, shared.twice_modulus[I].sub(half[I]), half[I]);
                    });
                    Self::normalise(half, shared.mask);
                }
                self
            }

            #[cfg_attr(target_arch = "wasm32", inline(always))]
            #[cfg_attr(not(target_arch = "wasm32"), inline(never))]
            fn is_zero(self) -> Mask {
                let shared = black_box(&$shared);
                let mut mask = 0;
                for (index, half) in self.halves.iter().enumerate() {
                    let (mut zero, mut modulus) = (Quad::ZERO, Quad::ZERO);
                    unroll!(I in $limbs {
                        zero = zero.or(half[I]);
                        modulus = modulus.or(half[I].xor(shared.modulus[I]));
                    });
                    mask |= zero.equals(Quad::ZERO).or(modulus.equals(Quad::ZERO)).top_bits() << (4 * index);
                }
                mask
            }

            #[cfg_attr(target_arch = "wasm32", inline(always))]
            #[cfg_attr(not(target_arch = "wasm32"), inline(never))]
            fn select(mask: Mask, yes: Self, mut no: Self) -> Self {
                for (index, (no, yes)) in no.halves.iter_mut().zip(&yes.halves).enumerate() {
                    let mask = Quad::spread(mask >> (4 * index) & 15);
                    unroll!(I in $limbs {
                        no[I] = Quad::select(mask, yes[I], no[I]);
                    });
                }
                no
            }
        }
    };
}

/// Adds the products of the multiples `m` before column `K` and then `m[K]`, which makes the column a multiple of
/// `2^29`; goes on to the next column.
macro_rules! clear_column {
    ($limbs:tt, $column:ident, $shared:ident, $m:ident, $low:ident, $high:ident) => {
        unroll!(I in $limbs {
            if I < $column {
                const J: usize = if I < $column { $column - I } else { 0 };
                $low = $low.add($m[I].products_low($shared.modulus[J]));
                $high = $high.add($m[I].products_high($shared.modulus[J]));
            }
        });
        $m[$column] = Quad::of_columns($low, $high).mul($shared.negative_inverse).and($shared.mask);
        $low = $low.add($m[$column].products_low($shared.modulus[0])).shift_right::<BITS>();
        $high = $high.add($m[$column].products_high($shared.modulus[0])).shift_right::<BITS>();
    };
}

/// Adds the products of the multiples to a column of the upper half, writes its limb and goes on to the next column.
macro_rules! write_column {
    ($limbs:tt, $count:literal, $column:ident, $shared:ident, $m:ident, $low:ident, $high:ident, $out:ident) => {
        unroll!(I in $limbs {
            if I > $column {
                const J: usize = if I > $column { $count + $column - I } else { 0 };
                $low = $low.add($m[I].products_low($shared.modulus[J]));
                $high = $high.add($m[I].products_high($shared.modulus[J]));
            }
        });
        $out[$column] = Quad::of_columns($low, $high).and($shared.mask);
        $low = $low.shift_right::<BITS>();
        $high = $high.shift_right::<BITS>();
    };
}

prime_lanes! {
    /// Eight elements of the base field: `R = 2^406`.
    Fq8 of Fq,
    constants FQ FQ_SHARED = FqConfig,
    limbs [0 1 2 3 4 5 6 7 8 9 10 11 12 13] 14, lower [0 1 2 3 4 5 6 7 8 9 10 11 12] top 13, words 6
}

prime_lanes! {
    /// Eight elements of the scalar field: `R = 2^261`.
    Fr8 of Fr,
    constants FR FR_SHARED = FrConfig,
    limbs [0 1 2 3 4 5 6 7 8] 9, lower [0 1 2 3 4 5 6 7] top 8, words 4
}
