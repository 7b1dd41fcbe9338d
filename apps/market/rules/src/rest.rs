//! What remains after a withdrawal: that it is not below 0.
//!
//! The owner divides the rest R = 10^8·q + m and commits to both parts under fresh blinding factors: `Q = q·B + s_q·B~` and
//! `M = m·B + s_m·B~`. A range proof shows that q and m are below 2^64, and this proof that `10^8·Q + M` and the rest `X'` of the
//! balance hold one value. So R is below `10^8·2^64 + 2^64 < 2^92` and not negative; any rest can be divided so, since all units of
//! an asset are at most 2^64 - 1.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use merlin::Transcript;
use tabella_protocol::{
    range::RangeStatement,
    ristretto::{CanonicalScalar, Element},
    transcript::{ProofContext, TranscriptProtocol as _},
};
use tabella_verifier::sigma::Equation;

use crate::{
    APPLICATION,
    domain::proof,
    price::Balance,
    work::{AccountId, PARTS_PER_UNIT, ViewerKey},
};

/// The two parts of a rest, committed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Rest {
    /// `Q`: whole smallest units.
    pub whole: Element,
    /// `M`: what is left of a unit, in parts of 1/10^8.
    pub part: Element,
}

/// Knowledge of u and σ with `B~ = u·K` and `10^8·Q + M - X' = σ·B~ - u·D'`.
///
/// `A_1 = α·K`, `A_2 = β·B~ - α·D'`; challenge c; `z_u = α + c·u`, `z_σ = β + c·σ`. Checked is `z_u·K = A_1 + c·B~` and `z_σ·B~ -
/// z_u·D' = A_2 + c·(10^8·Q + M - X')`. With `D' = s'·K`, which the ledger has seen to, `u·D' = s'·B~`: both sides hold
/// one value, for nobody knows a relation between B and B~.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RestProof {
    /// `A_1`.
    pub key_nonce: Element,
    /// `A_2`.
    pub nonce: Element,
    /// `z_u`.
    pub key: CanonicalScalar,
    /// `z_σ`.
    pub blinding: CanonicalScalar,
}

/// What a [`RestProof`] is about.
#[derive(Clone, Copy, Debug)]
pub struct RestStatement {
    /// Of which account.
    pub account: AccountId,
    /// The version from which is withdrawn.
    pub version: u64,
    /// `K`.
    pub viewer: ViewerKey,
    /// `(X', D')`: the balance after the withdrawal.
    pub balance: Balance,
    /// `Q` and `M`.
    pub rest: Rest,
}

impl RestStatement {
    /// A transcript that has absorbed the statement and its place.
    #[must_use]
    pub fn transcript(&self, context: &ProofContext) -> Transcript {
        let mut transcript = Transcript::for_proof(proof::REST, context);
        transcript.append_message(b"account", &self.account.0);
        transcript.append_u64(b"version", self.version);
        transcript.append_element(b"K", self.viewer.element());
        transcript.append_element(b"X", &self.balance.amount);
        transcript.append_element(b"D", &self.balance.handle);
        transcript.append_element(b"Q", &self.rest.whole);
        transcript.append_element(b"M", &self.rest.part);
        transcript
    }

    /// The challenge.
    #[must_use]
    pub fn challenge(mut transcript: Transcript, key_nonce: &Element, nonce: &Element) -> Scalar {
        transcript.append_element(b"A_1", key_nonce);
        transcript.append_element(b"A_2", nonce);
        transcript.challenge_scalar(b"c")
    }

    /// `10^8·Q + M - X'`.
    #[must_use]
    pub fn difference(&self) -> RistrettoPoint {
        Scalar::from(PARTS_PER_UNIT) * self.rest.whole.point() + self.rest.part.point() - self.balance.amount.point()
    }

    /// The equations of a proof.
    #[must_use]
    pub fn equations(&self, context: &ProofContext, proof: &RestProof) -> [Equation; 2] {
        let c = Self::challenge(self.transcript(context), &proof.key_nonce, &proof.nonce);
        let key = Equation {
            blinding: -c,
            terms: vec![(proof.key.0, *self.viewer.element().point()), (-Scalar::ONE, *proof.key_nonce.point())],
            ..Equation::default()
        };
        let rest = Equation {
            blinding: proof.blinding.0,
            terms: vec![
                (-proof.key.0, *self.balance.handle.point()),
                (-Scalar::ONE, *proof.nonce.point()),
                (-c, self.difference()),
            ],
            ..Equation::default()
        };
        [key, rest]
    }

    /// What the range proof is about: the application, the account, its version; Q and M.
    #[must_use]
    pub fn range(&self) -> RangeStatement {
        let purpose = [APPLICATION.0.as_slice(), b"rest", &self.account.0, &self.version.to_le_bytes()].concat();
        RangeStatement { purpose, commitments: vec![self.rest.whole, self.rest.part] }
    }
}
