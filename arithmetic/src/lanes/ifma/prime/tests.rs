//! The limbs themselves, which no test from outside sees.

use ark_ff::Field;

use super::*;
use crate::backend::{Backend, KernelOn};

/// What is computed: from columns, or from two numbers their products and the square of the first.
enum Work<const L: usize> {
    Reduce(Vec<i64>),
    Multiply([u64; L], [u64; L]),
}

macro_rules! reduces {
    ($test:ident, $lanes:ident, $field:ident, $config:ident, $count:literal, $loosest:expr, its square: $square:literal) => {
        impl KernelOn<Ifma> for Work<$count> {
            type Output = Vec<[u64; $count]>;

            #[inline(always)]
            fn run(self, backend: Ifma) -> Self::Output {
                let limbs = |lanes: $lanes| lanes.limbs.map(|limb| limb.to_array()[5]);
                match self {
                    Work::Reduce(numbers) => {
                        let mut columns = [Words::zero(backend); 2 * $count];
                        for (column, number) in columns.iter_mut().zip(numbers) {
                            *column = Words::splat(backend, number.cast_unsigned());
                        }
                        vec![limbs($lanes::reduce(columns))]
                    }
                    Work::Multiply(a, b) => {
                        let (a, b) = ($lanes::constant(backend, &a), $lanes::constant(backend, &b));
                        vec![limbs(a.mul(b)), limbs(b.mul(a)), limbs($lanes::reduce(a.square_wide()))]
                    }
                }
            }
        }

        /// The limbs themselves: each below 2^52, the number below 2p, and congruent.
        #[test]
        fn $test() {
            let Some(backend) = Ifma::detect() else { return };
            let radix = $field::from(2u64).pow([52]);
            let value =
                |limbs: &[i64]| limbs.iter().rev().fold($field::ZERO, |sum, limb| sum * radix + $field::from(*limb));
            let shrink = radix.pow([$count as u64]).inverse().unwrap();
            let constants = Constants::<52, $count>::new($config::MODULUS.0);
            let check = |limbs: [u64; $count], expected: $field| {
                assert!(limbs.iter().all(|limb| *limb < 1 << 52), "{limbs:x?}");
                assert!(limbs.iter().rev().lt(constants.twice_modulus.iter().rev()), "{limbs:x?}");
                assert_eq!(value(&limbs.map(u64::cast_signed)), expected, "{limbs:x?}");
            };
            let mut numbers =
                vec![[0; $count], constants.modulus, constants.twice_modulus, constants.one, step(&constants)];
            let loosest = constants.multiple($loosest);
            numbers.push(loosest);
            for limb in 0..$count - 1 {
                for bit in [0, 1, 25, 51] {
                    let mut number = [0; $count];
                    number[limb] = 1 << bit;
                    numbers.push(number);
                }
                // All ones below.
                numbers.push(std::array::from_fn(|i| if i <= limb { (1 << 52) - 1 } else { 0 }));
            }
            let mut less = constants.twice_modulus;
            less[0] -= 1;
            numbers.push(less);
            for (i, a) in numbers.iter().enumerate() {
                for b in &numbers[i..] {
                    if *a == loosest && *b == loosest && !$square {
                        continue;
                    }
                    let [ab, ba, aa] = backend.call(Work::Multiply(*a, *b)).try_into().unwrap();
                    let [x, y] = [a, b].map(|number| value(&number.map(u64::cast_signed)));
                    check(ab, x * y * shrink);
                    check(ba, x * y * shrink);
                    if *a != loosest || $square {
                        check(aa, x * x * shrink);
                    }
                }
            }
            // Signed columns of any kind under a highest one that keeps the number from being negative.
            for far in [1i64 << 61, -(1 << 61), (1 << 61) - 1, 1 << 52, -(1 << 52), (1 << 52) - 1, 1 - (1 << 52), 1, -1]
            {
                for other in [0, far, -far, (1 << 52) - 1, 1 << 52] {
                    let columns: Vec<i64> = (0..2 * $count as i64)
                        .map(|i| match i {
                            i if i + 2 == 2 * $count => 1 << 12,
                            i if i + 1 == 2 * $count => 0,
                            i if i % 2 == 0 => far,
                            _ => other,
                        })
                        .collect();
                    let [reduced] = backend.call(Work::<$count>::Reduce(columns.clone())).try_into().unwrap();
                    check(reduced, value(&columns) * shrink);
                }
            }
        }
    };
}

reduces!(reduced_limbs_of_the_base_field_are_tight, Fq8, Fq, FqConfig, 8, 1 << 12, its square: true);
reduces!(reduced_limbs_of_the_scalar_field_are_tight, Fr8, Fr, FrConfig, 5, 16, its square: false);
