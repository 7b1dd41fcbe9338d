//! The proof itself: the multiplications that need only the assignment beside the quotient and what needs it.
//!
//! Gives the same points as `create_proof_with_reduction_and_matrices` of ark-groth16 for the same r and s (tested).

use ark_bls12_381::{Bls12_381, Fr};
use ark_ec::CurveGroup;
use ark_groth16::Proof;
use tabella_arithmetic::quotient::QuotientDomain;
use zeroize::Zeroizing;

use super::{Assignment, plan::Plan, prepared::PreparedKey};

/// A proof with blinding r and s. The assignment is evaluated and satisfies the plan.
pub(super) fn create_proof(
    key: &PreparedKey,
    plan: &Plan,
    domain: &QuotientDomain,
    assignment: &Assignment,
    [r, s]: [Fr; 2],
) -> Proof<Bls12_381> {
    let z = assignment.variables();
    let with = |blinding| Zeroizing::new(z.iter().copied().chain([blinding]).collect::<Vec<_>>());

    // B in G2 costs about as much as all the rest but B in G1, so that two threads are busy for about as long.
    let ((b_g2, b_g1), (a, private)) = rayon::join(
        || {
            let scalars = with(s);
            rayon::join(|| key.b_g2.msm(&scalars) + key.beta_g2, || key.b_g1.msm(&scalars) + key.beta_g1)
        },
        || {
            rayon::join(
                || key.a.msm(&with(r)) + key.alpha_g1,
                || {
                    let [a, b, c] = &plan.products(assignment.values());
                    let h = Zeroizing::new(domain.quotient([a, b, c]));
                    let mut scalars = Zeroizing::new(Vec::with_capacity(key.private.len()));
                    scalars.extend_from_slice(&z[plan.instance_variables()..]);
                    // The last coefficient is 0 (the degree of h is one less than that of xⁿ - 1), and has no point.
                    scalars.extend_from_slice(&h[..h.len() - 1]);
                    scalars.push(-(r * s));
                    key.private.msm(&scalars)
                },
            )
        },
    );
    let c = private + a * s + b_g1 * r;
    Proof { a: a.into_affine(), b: b_g2.into_affine(), c: c.into_affine() }
}
