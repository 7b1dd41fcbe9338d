//! The proving key in the form that proving reads: without the points at infinity, and with what is multiplied together
//! side by side.

use ark_bls12_381::{Bls12_381, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, VariableBaseMSM};
use ark_groth16::ProvingKey;
use tabella_arithmetic::quotient::QuotientDomain;
use zeroize::Zeroizing;

use super::ProverError;

/// The part of a proving key that proving needs, prepared.
pub(super) struct PreparedKey {
    pub(super) alpha_g1: G1Affine,
    pub(super) beta_g1: G1Affine,
    pub(super) beta_g2: G2Affine,
    /// Over all variables, then delta.
    pub(super) a: Query<G1Affine>,
    /// Over all variables, then delta.
    pub(super) b_g1: Query<G1Affine>,
    /// Over all variables, then delta.
    pub(super) b_g2: Query<G2Affine>,
    /// Over the witness, then the coefficients of the quotient, then delta: all that goes to C alone, in one multiplication.
    pub(super) private: Query<G1Affine>,
}

/// Fixed points that are multiplied with scalars and added up. Points at infinity are left out with their scalars: a third
/// of both b queries, for example, for a variable that stands in no row of B.
pub(super) struct Query<G: AffineRepr> {
    /// Which scalars belong to the points.
    kept: Vec<u32>,
    points: Vec<G>,
    /// The number of scalars, those of points at infinity included.
    scalars: usize,
}

impl PreparedKey {
    /// The lengths of the queries are those of the circuit.
    pub(super) fn new(key: ProvingKey<Bls12_381>, domain: &QuotientDomain) -> Result<Self, ProverError> {
        let ProvingKey { vk, beta_g1, delta_g1, mut a_query, mut b_g1_query, mut b_g2_query, h_query, l_query } = key;
        // The last coefficient of the quotient has no point, and comes last.
        let order = domain.order();
        let mut private = l_query;
        private.extend(order.iter().filter_map(|index| h_query.get(*index)));
        for query in [&mut a_query, &mut b_g1_query, &mut private] {
            query.push(delta_g1);
        }
        b_g2_query.push(vk.delta_g2);
        Ok(Self {
            alpha_g1: vk.alpha_g1,
            beta_g1,
            beta_g2: vk.beta_g2,
            a: Query::new(a_query)?,
            b_g1: Query::new(b_g1_query)?,
            b_g2: Query::new(b_g2_query)?,
            private: Query::new(private)?,
        })
    }
}

impl<G: AffineRepr<ScalarField = Fr>> Query<G>
where
    G::Group: VariableBaseMSM<MulBase = G>,
{
    /// The number of scalars.
    pub(super) const fn scalars(&self) -> usize {
        self.scalars
    }

    /// `Σ scalar·point`.
    pub(super) fn multiply(&self, scalars: &[Fr]) -> G::Group {
        debug_assert_eq!(scalars.len(), self.scalars, "one scalar for each point of the key");
        let kept = Zeroizing::new(self.kept.iter().map(|index| scalars[*index as usize]).collect::<Vec<_>>());
        G::Group::msm_unchecked(&self.points, &kept)
    }

    fn new(all: Vec<G>) -> Result<Self, ProverError> {
        let scalars = all.len();
        u32::try_from(scalars).map_err(|_| ProverError::Matrices)?;
        let kept = all.iter().zip(0..).filter_map(|(point, index)| (!point.is_zero()).then_some(index)).collect();
        let points = all.into_iter().filter(|point| !point.is_zero()).collect();
        Ok(Self { kept, points, scalars })
    }
}
