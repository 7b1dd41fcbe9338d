//! Multi-scalar multiplication of 2^16 points by full-size scalars, beside blst.

use anyhow::ensure;
use ark_bls12_381::{Fq, Fq2, Fr};
use ark_ec::{
    AffineRepr, CurveGroup,
    short_weierstrass::{Affine, Projective},
};
use ark_ff::{BigInteger, Field, PrimeField, UniformRand};
use blst::{MultiPoint, blst_fp, blst_fp2, blst_p1, blst_p1_affine, blst_p2, blst_p2_affine};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_arithmetic::msm::{Compiled, Curve, G1, G2, PreparedBases};

use crate::measure::{Question, compare as compare_runs, time};

const POINTS: usize = 1 << 16;
/// Memory for tables.
const TABLES: usize = 1 << 30;

pub(crate) fn compare() -> anyhow::Result<()> {
    let p1 = |p: &Affine<<G1 as Curve>::Config>| blst_p1_affine { x: fp(p.x), y: fp(p.y) };
    let p1_sum = |p: Affine<<G1 as Curve>::Config>| blst_p1 { x: fp(p.x), y: fp(p.y), z: fp(Fq::ONE) };
    of_group::<G1, _, _>("G1", 4.0, p1, p1_sum)?;
    let p2 = |p: &Affine<<G2 as Curve>::Config>| blst_p2_affine { x: fp2(p.x), y: fp2(p.y) };
    let p2_sum = |p: Affine<<G2 as Curve>::Config>| blst_p2 { x: fp2(p.x), y: fp2(p.y), z: fp2(Fq2::ONE) };
    of_group::<G2, _, _>("G2", 5.0, p2, p2_sum)
}

/// `base` and `sum` say a point in blst's types; both libraries have the same Montgomery form.
fn of_group<G: Compiled, A, P: PartialEq>(
    name: &str,
    bar: f64,
    base: impl Fn(&Affine<G::Config>) -> A,
    sum: impl Fn(Affine<G::Config>) -> P,
) -> anyhow::Result<()>
where
    [A]: MultiPoint<Output = P>,
{
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let step = Affine::<G::Config>::generator() * Fr::rand(&mut rng);
    let points: Vec<_> =
        std::iter::successors(Some(step), |last: &Projective<G::Config>| Some(*last + step)).take(POINTS).collect();
    let bases = Projective::normalize_batch(&points);
    let scalars: Vec<Fr> = (0..POINTS).map(|_| Fr::rand(&mut rng)).collect();
    let bytes: Vec<u8> = scalars.iter().flat_map(|scalar| scalar.into_bigint().to_bytes_le()).collect();
    let theirs: Vec<A> = bases.iter().map(base).collect();
    for (tables, differs, prepared) in [
        ("", "ours keeps the points' images under the endomorphism", PreparedBases::<G>::new(&bases)),
        (", tables", "ours has tables of multiples of the points", PreparedBases::<G>::with_tables(&bases, TABLES)),
    ] {
        ensure!(theirs.mult(&bytes, 255) == sum(prepared.msm(&scalars).into_affine()), "the two sums differ");
        let question =
            Question { name: format!("2^16 points of {name}{tables}"), against: "blst 0.3 MSM", bar, differs };
        compare_runs(&question, || time(|| prepared.msm(&scalars)), || time(|| theirs.mult(&bytes, 255)));
    }
    Ok(())
}

fn fp(x: Fq) -> blst_fp {
    blst_fp { l: x.0.0 }
}

fn fp2(x: Fq2) -> blst_fp2 {
    blst_fp2 { fp: [fp(x.c0), fp(x.c1)] }
}
