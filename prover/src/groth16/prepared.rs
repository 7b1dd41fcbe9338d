//! The proving key in the form that proving reads: without the points at infinity, in lanes, and with what is multiplied
//! together side by side.

use ark_bls12_381::{Bls12_381, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_groth16::ProvingKey;
use tabella_arithmetic::{
    AnyBackend,
    msm::{G1, G2, PreparedBases},
    quotient::QuotientDomain,
};

/// The part of a proving key that proving needs, prepared. The bases leave out points at infinity with their scalars: a
/// third of both b queries, for example, for variables that stand in no row of B.
pub(super) struct PreparedKey {
    pub(super) alpha_g1: G1Affine,
    pub(super) beta_g1: G1Affine,
    pub(super) beta_g2: G2Affine,
    /// Over all variables, then delta.
    pub(super) a: PreparedBases<G1>,
    /// Over all variables, then delta.
    pub(super) b_g1: PreparedBases<G1>,
    /// Over all variables, then delta.
    pub(super) b_g2: PreparedBases<G2>,
    /// Over the witness, then the coefficients of the quotient, then delta: all that goes to C alone, in one multiplication.
    pub(super) private: PreparedBases<G1>,
}

impl PreparedKey {
    /// The lengths of the queries are those of the circuit. Tables of multiples take at most `table_budget` bytes, which
    /// the queries share by their size.
    pub(super) fn new(
        backend: AnyBackend,
        key: ProvingKey<Bls12_381>,
        domain: &QuotientDomain,
        table_budget: usize,
    ) -> Self {
        let ProvingKey { vk, beta_g1, delta_g1, mut a_query, mut b_g1_query, mut b_g2_query, h_query, l_query } = key;
        // The last coefficient of the quotient has no point, and comes last.
        let order = domain.order();
        let mut private = l_query;
        private.extend(order.iter().filter_map(|index| h_query.get(*index)));
        drop(h_query);
        for query in [&mut a_query, &mut b_g1_query, &mut private] {
            query.push(delta_g1);
        }
        b_g2_query.push(vk.delta_g2);
        // A base in G2 takes four times the memory of one in G1.
        let g1 = |query: &[G1Affine]| query.iter().filter(|point| !point.is_zero()).count();
        let g2 = 4 * b_g2_query.iter().filter(|point| !point.is_zero()).count();
        let all = g1(&a_query) + g1(&b_g1_query) + g1(&private) + g2;
        let share = |size: usize| (table_budget / all.max(1)).saturating_mul(size);
        // Each query goes when it is prepared, the largest first.
        let b_g2 = PreparedBases::on(backend, &b_g2_query, share(g2));
        drop(b_g2_query);
        let prepare = |query: Vec<G1Affine>| PreparedBases::on(backend, &query, share(g1(&query)));
        let (private, a, b_g1) = (prepare(private), prepare(a_query), prepare(b_g1_query));
        Self { alpha_g1: vk.alpha_g1, beta_g1, beta_g2: vk.beta_g2, a, b_g1, b_g2, private }
    }
}
