//! Multi-scalar multiplication: ours, arkworks' and blst's, over the same bases and scalars on one thread.
//!
//! `RAYON_NUM_THREADS=1 cargo bench -p tabella-benches --bench msm`: blst is built without threads, and arkworks'
//! `parallel` feature is off here, so one thread is the fair comparison.
#![expect(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;

use ark_bls12_381::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{BigInteger, Field, PrimeField, UniformRand};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tabella_arithmetic::msm::{Compiled, G1, G2, PreparedBases};

const SIZES_LOG: [u32; 3] = [12, 14, 16];

fn inputs<G: Compiled>(count: usize) -> (Vec<Affine<G::Config>>, Vec<Fr>) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let step = Affine::<G::Config>::generator() * Fr::rand(&mut rng);
    let points: Vec<_> =
        std::iter::successors(Some(step), |last: &Projective<G::Config>| Some(*last + step)).take(count).collect();
    (Projective::normalize_batch(&points), (0..count).map(|_| Fr::rand(&mut rng)).collect())
}

/// blst's encoding of scalars.
fn little_endian(scalars: &[Fr]) -> Vec<u8> {
    scalars.iter().flat_map(|scalar| scalar.into_bigint().to_bytes_le()).collect()
}

/// Both libraries keep the same Montgomery form.
fn in_fp(x: Fq) -> blst::blst_fp {
    blst::blst_fp { l: x.0.0 }
}

fn in_fp2(x: Fq2) -> blst::blst_fp2 {
    blst::blst_fp2 { fp: [in_fp(x.c0), in_fp(x.c1)] }
}

fn g1(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("msm in G1");
    group.sample_size(10);
    for log in SIZES_LOG {
        let (bases, scalars) = inputs::<G1>(1 << log);
        let prepared = PreparedBases::<G1>::new(&bases);
        group.bench_with_input(BenchmarkId::new("tabella", log), &scalars, |b, scalars| {
            b.iter(|| prepared.msm(black_box(scalars)))
        });
        group.bench_with_input(BenchmarkId::new("arkworks", log), &scalars, |b, scalars| {
            b.iter(|| Projective::msm_unchecked(&bases, black_box(scalars)))
        });
        let theirs: Vec<blst::blst_p1> = bases
            .iter()
            .map(|base: &G1Affine| blst::blst_p1 { x: in_fp(base.x), y: in_fp(base.y), z: in_fp(Fq::ONE) })
            .collect();
        let theirs = blst::p1_affines::from(&theirs);
        let bytes = little_endian(&scalars);
        group.bench_with_input(BenchmarkId::new("blst", log), &bytes, |b, bytes| {
            b.iter(|| theirs.mult(black_box(bytes), 255))
        });
    }
    group.finish();
}

fn g2(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("msm in G2");
    group.sample_size(10);
    for log in SIZES_LOG {
        let (bases, scalars) = inputs::<G2>(1 << log);
        let prepared = PreparedBases::<G2>::new(&bases);
        group.bench_with_input(BenchmarkId::new("tabella", log), &scalars, |b, scalars| {
            b.iter(|| prepared.msm(black_box(scalars)))
        });
        group.bench_with_input(BenchmarkId::new("arkworks", log), &scalars, |b, scalars| {
            b.iter(|| Projective::msm_unchecked(&bases, black_box(scalars)))
        });
        let theirs: Vec<blst::blst_p2> = bases
            .iter()
            .map(|base: &G2Affine| blst::blst_p2 { x: in_fp2(base.x), y: in_fp2(base.y), z: in_fp2(Fq2::ONE) })
            .collect();
        let theirs = blst::p2_affines::from(&theirs);
        let bytes = little_endian(&scalars);
        group.bench_with_input(BenchmarkId::new("blst", log), &bytes, |b, bytes| {
            b.iter(|| theirs.mult(black_box(bytes), 255))
        });
    }
    group.finish();
}

criterion_group!(benches, g1, g2);
criterion_main!(benches);
