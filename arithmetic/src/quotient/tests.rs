use ark_ff::UniformRand;
use ark_std::Zero;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::*;

/// Schoolbook: a·b reduced by xⁿ = 1 from the highest coefficient down.
fn expected(a: &[Fr], b: &[Fr]) -> Vec<Fr> {
    let n = a.len();
    let mut product = vec![Fr::zero(); 2 * n];
    for (i, a) in a.iter().enumerate() {
        for (j, b) in b.iter().enumerate() {
            product[i + j] += *a * b;
        }
    }
    product.split_off(n)
}

/// The values of a polynomial on the roots of unity, one by one.
fn values(coefficients: &[Fr]) -> Vec<Fr> {
    let root = Fr::get_root_of_unity(coefficients.len() as u64).unwrap();
    let mut x = Fr::one();
    let mut values = Vec::new();
    for _ in coefficients {
        values.push(coefficients.iter().rev().fold(Fr::zero(), |sum, coefficient| sum * x + coefficient));
        x *= root;
    }
    values
}

fn in_order(h: &[Fr], order: &[usize]) -> Vec<Fr> {
    let mut sorted = vec![Fr::zero(); h.len()];
    for (h, index) in h.iter().zip(order) {
        sorted[*index] = *h;
    }
    sorted
}

#[test]
fn quotient_is_that_of_the_schoolbook_on_every_backend() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for log_size in 1..=9 {
        let size = 1 << log_size;
        for backend in AnyBackend::available() {
            let domain = QuotientDomain::on(backend, size).unwrap();
            let polynomials: [Vec<Fr>; 2] = std::array::from_fn(|_| (0..size).map(|_| Fr::rand(&mut rng)).collect());
            let [a, b] = [values(&polynomials[0]), values(&polynomials[1])];
            let c: Vec<Fr> = a.iter().zip(&b).map(|(a, b)| *a * b).collect();
            let h = domain.quotient([&a, &b, &c]);
            assert_eq!(in_order(&h, &domain.order()), expected(&polynomials[0], &polynomials[1]), "{backend:?} {size}");
        }
    }
}

#[test]
fn lanes_agree_with_scalars_on_large_domains_and_any_values() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    for log_size in 6..=15 {
        let size = 1 << log_size;
        let mut random = || (0..size).map(|_| Fr::rand(&mut rng)).collect::<Vec<_>>();
        // Also values that are no product, and the extreme ones.
        let (a, b, c) = (random(), vec![-Fr::one(); size], random());
        let scalar = Scalar::new(size).unwrap();
        let expected = in_order(&scalar.quotient([&a, &b, &c]), &Scalar::order(size));
        for backend in AnyBackend::available() {
            let domain = QuotientDomain::on(backend, size).unwrap();
            assert_eq!(in_order(&domain.quotient([&a, &b, &c]), &domain.order()), expected, "{backend:?} {size}");
        }
        let portable = lanes::Lanes::new(crate::backend::Portable, &scalar);
        let order = lanes::Lanes::<crate::backend::Portable>::order(size);
        assert_eq!(in_order(&portable.quotient([&a, &b, &c]), &order), expected);
    }
}

#[test]
fn highest_coefficient_is_last() {
    for log_size in 1..=10 {
        for backend in AnyBackend::available() {
            let order = QuotientDomain::on(backend, 1 << log_size).unwrap().order();
            assert_eq!(order.last(), Some(&((1 << log_size) - 1)));
        }
    }
}

#[test]
fn size_without_roots_of_unity_is_refused() {
    for size in [0, 1, 24, 1 << 33] {
        assert!(QuotientDomain::new(size).is_none());
    }
}
