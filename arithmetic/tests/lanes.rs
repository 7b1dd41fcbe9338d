//! Every lane operation on every backend gives what arkworks gives: on the values at the edges, on random ones, and
//! on factors as loose as the bounds allow.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use ark_bls12_381::{Fq, Fq2, Fr};
use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tabella_arithmetic::{AnyBackend, Backend, FieldLanes, Kernel, LANES, Mask, PackedLanes};

/// Names the lanes of a field in a backend.
trait LanesOf<F> {
    type Lanes<B: Backend>: FieldLanes<Element = F, Backend = B>;
}
struct InFq;
struct InFq2;
struct InFr;
impl LanesOf<Fq> for InFq {
    type Lanes<B: Backend> = B::Fq8;
}
impl LanesOf<Fq2> for InFq2 {
    type Lanes<B: Backend> = B::Fq2x8;
}
impl LanesOf<Fr> for InFr {
    type Lanes<B: Backend> = B::Fr8;
}

/// Each operation on a pair of operands, as arkworks' values.
#[derive(Debug, PartialEq)]
struct Results<F> {
    arithmetic: Vec<[F; LANES]>,
    masks: Vec<Mask>,
}

struct OnLanes<F, N>([F; LANES], [F; LANES], std::marker::PhantomData<N>);

impl<F: Field, N: LanesOf<F>> Kernel for OnLanes<F, N> {
    type Output = Results<F>;

    #[inline(always)]
    fn run<B: Backend>(self, backend: B) -> Results<F> {
        let a = N::Lanes::<B>::load(backend, &self.0);
        let b = N::Lanes::<B>::load(backend, &self.1);
        let zero = N::Lanes::<B>::zero(backend);
        let one = N::Lanes::<B>::one(backend);
        // The farthest that factors of all three fields may go: bounds of 8 and 4.
        let (sum, difference) = (a.add_loose(b), a.sub_loose(b));
        let far = sum.add_loose(difference);
        // Values in [p, 2p) arise as differences of equal or near values.
        let zeros = a.sub(b).add(b.sub(a));
        Results {
            arithmetic: [
                a,
                zero,
                one,
                a.add(b),
                a.sub(b),
                a.double(),
                a.neg(),
                a.mul(b),
                a.square(),
                sum,
                difference,
                sum.mul(difference),
                sum.square(),
                difference.square(),
                far.mul(sum),
                a.neg().mul(b.neg()),
                zeros,
                a.sub(b).mul(b.sub(a)),
                FieldLanes::select(0b1010_0110, a, b),
                N::Lanes::<B>::splat(backend, self.0[3]),
            ]
            .map(FieldLanes::store)
            .to_vec(),
            masks: vec![
                a.is_zero(),
                b.is_zero(),
                a.sub(b).is_zero(),
                a.add(b).is_zero(),
                a.neg().is_zero(),
                zeros.is_zero(),
                a.mul(b).is_zero(),
                a.equals(b),
                a.equals(one),
            ],
        }
    }
}

fn expected<F: Field>(a: [F; LANES], b: [F; LANES]) -> Results<F> {
    let each = |f: &dyn Fn(F, F) -> F| std::array::from_fn(|lane| f(a[lane], b[lane]));
    let mask = |f: &dyn Fn(F, F) -> bool| (0..LANES).fold(0, |m, lane| m | Mask::from(f(a[lane], b[lane])) << lane);
    Results {
        arithmetic: vec![
            a,
            [F::ZERO; LANES],
            [F::ONE; LANES],
            each(&|a, b| a + b),
            each(&|a, b| a - b),
            each(&|a, _| a.double()),
            each(&|a, _| -a),
            each(&|a, b| a * b),
            each(&|a, _| a.square()),
            each(&|a, b| a + b),
            each(&|a, b| a - b),
            each(&|a, b| (a + b) * (a - b)),
            each(&|a, b| (a + b).square()),
            each(&|a, b| (a - b).square()),
            each(&|a, b| a.double() * (a + b)),
            each(&|a, b| a * b),
            [F::ZERO; LANES],
            each(&|a, b| -(a - b).square()),
            std::array::from_fn(|lane| if 0b1010_0110 >> lane & 1 == 1 { a[lane] } else { b[lane] }),
            [a[3]; LANES],
        ],
        masks: vec![
            mask(&|a, _| a.is_zero()),
            mask(&|_, b| b.is_zero()),
            mask(&|a, b| a == b),
            mask(&|a, b| (a + b).is_zero()),
            mask(&|a, _| a.is_zero()),
            Mask::MAX,
            mask(&|a, b| (a * b).is_zero()),
            mask(&|a, b| a == b),
            mask(&|a, _| a == F::ONE),
        ],
    }
}

fn check<F: Field, N: LanesOf<F>>(a: [F; LANES], b: [F; LANES]) {
    for backend in AnyBackend::available() {
        let results = backend.run(OnLanes::<F, N>(a, b, std::marker::PhantomData));
        assert_eq!(results, expected(a, b), "{backend:?}");
    }
}

/// The values at which carries, borrows and final subtractions change.
fn edges<F: PrimeField>() -> Vec<F> {
    let two = F::ONE.double();
    let half = two.inverse().unwrap();
    let mut values = vec![F::ZERO, F::ONE, two, -F::ONE, -two, half, -half];
    for exponent in [51, 52, 53, 63, 64, 104, 208, 254, 256, 260, 364, 380, 384, 416] {
        let power = two.pow([exponent]);
        values.extend([power, -power, power - F::ONE, power + F::ONE, power.inverse().unwrap()]);
    }
    // The numbers whose Montgomery forms are small or nearly the prime.
    let radix = two.pow([u64::from(F::MODULUS_BIT_SIZE.div_ceil(52) * 52)]);
    values.extend([radix.inverse().unwrap(), -radix.inverse().unwrap(), radix, -radix]);
    values
}

fn check_all_pairs<F: Field, N: LanesOf<F>>(values: &[F]) {
    let cyclic = |start: usize| std::array::from_fn(|lane| values[(start + lane) % values.len()]);
    for i in (0..values.len()).step_by(LANES) {
        for j in 0..values.len() {
            check::<F, N>(cyclic(i), cyclic(j));
        }
    }
}

fn check_random<F: Field + UniformRand, N: LanesOf<F>>() {
    let mut rng = ChaCha20Rng::seed_from_u64(52);
    for _ in 0..500 {
        check::<F, N>(std::array::from_fn(|_| F::rand(&mut rng)), std::array::from_fn(|_| F::rand(&mut rng)));
    }
}

#[test]
fn base_field_lanes_agree_with_arkworks() {
    check_all_pairs::<Fq, InFq>(&edges());
    check_random::<Fq, InFq>();
}

#[test]
fn scalar_field_lanes_agree_with_arkworks() {
    check_all_pairs::<Fr, InFr>(&edges());
    check_random::<Fr, InFr>();
}

#[test]
fn extension_field_lanes_agree_with_arkworks() {
    let edges = edges::<Fq>();
    let values: Vec<Fq2> = edges
        .iter()
        .enumerate()
        .flat_map(|(i, &c0)| [1, 7].map(|step| Fq2::new(c0, edges[(i * step + step) % edges.len()])))
        .collect();
    check_all_pairs::<Fq2, InFq2>(&values);
    check_random::<Fq2, InFq2>();
}

/// Adds one value to another as often as the bounds allow, then multiplies.
struct Loosest<F, N>([F; LANES], [F; LANES], usize, std::marker::PhantomData<N>);

impl<F: Field, N: LanesOf<F>> Kernel for Loosest<F, N> {
    type Output = [[F; LANES]; 3];

    #[inline(always)]
    fn run<B: Backend>(self, backend: B) -> Self::Output {
        let (mut a, b) = (N::Lanes::<B>::load(backend, &self.0), N::Lanes::<B>::load(backend, &self.1));
        for _ in 0..self.2 {
            a = a.sub_loose(b);
        }
        [a.mul(a).store(), a.square().store(), a.store()]
    }
}

#[test]
fn factors_at_the_loosest_bound_multiply_correctly() {
    fn check<F: PrimeField, E: Field, N: LanesOf<E>>(make: impl Fn(F) -> E, times: usize) {
        let values = edges::<F>();
        for i in 0..values.len() {
            let a: [E; LANES] = std::array::from_fn(|lane| make(values[(i + lane) % values.len()]));
            let b: [E; LANES] = std::array::from_fn(|lane| make(values[(7 * i + 3 * lane) % values.len()]));
            for backend in AnyBackend::available() {
                let results = backend.run(Loosest::<E, N>(a, b, times, std::marker::PhantomData));
                let sums: [E; LANES] = std::array::from_fn(|lane| a[lane] - b[lane] * E::from(times as u64));
                assert_eq!(results, [sums.map(|s| s.square()), sums.map(|s| s.square()), sums], "{backend:?}");
            }
        }
    }
    // A load is below 2p, and each subtraction adds 2p.
    check::<Fq, Fq, InFq>(|x| x, (1 << 11) - 1);
    check::<Fq, Fq2, InFq2>(|x| Fq2::new(x, -x.double()), (1 << 11) - 1);
    check::<Fr, Fr, InFr>(|x| x, 1);
}

/// Packs eight values and gathers them in reverse order; the first by `pack`, the others by `scatter`.
struct Reverse<F>([F; LANES]);

macro_rules! reverse_kernel {
    ($field:ty, $lanes:ident) => {
        impl Kernel for Reverse<$field> {
            type Output = [$field; LANES];

            #[inline(always)]
            fn run<B: Backend>(self, backend: B) -> Self::Output {
                let [_, b, c, d, e, f, g, h] = B::$lanes::load(backend, &self.0).scatter();
                let a = B::$lanes::pack(backend, self.0[0]);
                B::$lanes::gather(backend, [&h, &g, &f, &e, &d, &c, &b, &a]).store()
            }
        }
    };
}

reverse_kernel!(Fq, Fq8);
reverse_kernel!(Fq2, Fq2x8);

#[test]
fn packed_values_come_back_from_the_places_asked_for() {
    let mut rng = ChaCha20Rng::seed_from_u64(53);
    let a: [Fq; LANES] = std::array::from_fn(|_| Fq::rand(&mut rng));
    let b: [Fq2; LANES] = std::array::from_fn(|_| Fq2::rand(&mut rng));
    for backend in AnyBackend::available() {
        assert!(backend.run(Reverse(a)).iter().eq(a.iter().rev()), "{backend:?}");
        assert!(backend.run(Reverse(b)).iter().eq(b.iter().rev()), "{backend:?}");
    }
}
