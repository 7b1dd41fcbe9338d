//! The proof itself: the multiplications that need only the assignment beside the quotient and what needs it.
//!
//! Gives the same points as `create_proof_with_reduction_and_matrices` of ark-groth16 for the same r and s (tested).

use ark_bls12_381::{Bls12_381, Fr};
use ark_ec::CurveGroup;
use ark_ff::{BigInt, PrimeField};
use ark_groth16::Proof;
use zeroize::Zeroizing;

use super::{Assignment, plan::Plan, prepared::PreparedKey, quotient::Domain};

/// A proof with blinding r and s. The assignment is evaluated and satisfies the plan.
pub(super) fn create_proof(
    key: &PreparedKey,
    plan: &Plan,
    domain: &Domain,
    assignment: &Assignment,
    [r, s]: [Fr; 2],
) -> Proof<Bls12_381> {
    let [r_integer, s_integer, minus_rs] = [r, s, -(r * s)].map(|scalar| scalar.into_bigint());
    let z = integers(assignment.variables());
    let with = |blinding| Zeroizing::new(z.iter().copied().chain([blinding]).collect::<Vec<_>>());

    // B in G2 costs about as much as all the rest but B in G1, so that two threads are busy for about as long.
    let ((b_g2, b_g1), (a, private)) = rayon::join(
        || {
            let scalars = with(s_integer);
            rayon::join(|| key.b_g2.multiply(&scalars) + key.beta_g2, || key.b_g1.multiply(&scalars) + key.beta_g1)
        },
        || {
            rayon::join(
                || key.a.multiply(&with(r_integer)) + key.alpha_g1,
                || {
                    let h = domain.quotient(plan.products(assignment.values()));
                    let mut scalars = Zeroizing::new(Vec::with_capacity(key.private.scalars()));
                    scalars.extend_from_slice(&z[plan.instance_variables()..]);
                    // The last coefficient is 0 (the degree of h is one less than that of xⁿ - 1), and has no point.
                    scalars.extend(h[..h.len() - 1].iter().map(|value| value.into_bigint()));
                    scalars.push(minus_rs);
                    key.private.multiply(&scalars)
                },
            )
        },
    );
    let c = private + a * s + b_g1 * r;
    Proof { a: a.into_affine(), b: b_g2.into_affine(), c: c.into_affine() }
}

fn integers(values: &[Fr]) -> Zeroizing<Vec<BigInt<4>>> {
    Zeroizing::new(values.iter().map(|value| value.into_bigint()).collect())
}
