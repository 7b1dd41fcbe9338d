//! A statement of income: that a party was credited with so much for a work in a period, proved to whoever has the log, without
//! showing any single price.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, ristretto::RistrettoPoint, scalar::Scalar};
use merlin::Transcript;
use tabella_protocol::{
    note::Timestamp,
    ristretto::{CanonicalScalar, Element},
    transaction::{LedgerId, TransactionDigest},
    transcript::{ProofContext, TranscriptProtocol as _},
};
use tabella_verifier::{files::PublicFile, sigma::Equation};
use thiserror::Error;

use crate::{
    domain::proof,
    journal::Credit,
    price::Balance,
    work::{Party, WorkId},
};

/// What a party says of its income.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Income {
    /// The ledger.
    pub ledger: LedgerId,
    /// For which work.
    pub work: WorkId,
    /// Who.
    pub party: Party,
    /// From this time on.
    pub from: Timestamp,
    /// Before this time.
    pub to: Timestamp,
    /// How many credits.
    pub credits: u64,
    /// Their sum, in parts of 1/10^8 of the payment asset's smallest unit.
    pub parts: u128,
}

/// Knowledge of k with `K = k·B~` and `D = k·(X - N·B)`: that N is the sum. Chaum-Pedersen: `A = a·B~`, `A' = a·(X - N·B)`, `z =
/// a + c·k`.
///
/// The ledger has seen to it that `X = b·B + s·B~` and `D = s·K`. Then `k·(X - N·B) = s·K = k·s·B~`, so that `X - N·B = s·B~` and
/// N = b.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct IncomeProof {
    /// A.
    pub key_nonce: Element,
    /// `A'`.
    pub nonce: Element,
    /// z.
    pub key: CanonicalScalar,
}

/// The file of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct IncomeStatement {
    /// What is said.
    pub income: Income,
    /// That it is so.
    pub proof: IncomeProof,
}

impl PublicFile for IncomeStatement {
    const KIND: &'static str = "market income";
}

/// Why a statement is not believed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementError {
    /// Of another ledger.
    #[error("the statement is of another ledger, {0}")]
    Ledger(LedgerId),
    /// A period that ends before it begins.
    #[error("the period of the statement ends before it begins")]
    Period,
    /// Another number of credits.
    #[error("the statement tells of {said} credits, and the ledger has {found} in this period")]
    Count {
        /// In the statement.
        said: u64,
        /// On the ledger.
        found: u64,
    },
    /// The sum is another, or the proof is of something else.
    #[error("the proof does not show that the credits add up to what the statement says")]
    Proof,
}

impl Income {
    /// Whether a credit counts.
    #[must_use]
    pub fn covers(&self, credit: &Credit) -> bool {
        credit.work == self.work && credit.party == self.party && self.from <= credit.time && credit.time < self.to
    }

    /// A transcript that has absorbed what is said and what it is about. There is no transaction: its digest is zeros.
    #[must_use]
    pub fn transcript(&self, total: &Balance) -> Transcript {
        let context = ProofContext { ledger: self.ledger, digest: TransactionDigest([0; 32]), index: 0 };
        let mut transcript = Transcript::for_proof(proof::STATEMENT, &context);
        transcript.append_message(b"income", &borsh::to_vec(self).expect("writing to memory"));
        transcript.append_element(b"X", &total.amount);
        transcript.append_element(b"D", &total.handle);
        transcript
    }

    /// The challenge.
    #[must_use]
    pub fn challenge(mut transcript: Transcript, key_nonce: &Element, nonce: &Element) -> Scalar {
        transcript.append_element(b"A", key_nonce);
        transcript.append_element(b"A'", nonce);
        transcript.challenge_scalar(b"c")
    }

    /// `X - N·B`.
    #[must_use]
    pub fn blinding_of(&self, total: &Balance) -> RistrettoPoint {
        total.amount.point() - &Scalar::from(self.parts) * RISTRETTO_BASEPOINT_TABLE
    }
}

impl IncomeStatement {
    /// Checks the statement against the credits of the log of its ledger, whichever they are of.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn check<'c>(
        &self,
        ledger: LedgerId,
        credits: impl IntoIterator<Item = &'c Credit>,
    ) -> Result<(), StatementError> {
        let Self { income, proof } = self;
        if income.ledger != ledger {
            return Err(StatementError::Ledger(income.ledger));
        }
        if income.to < income.from {
            return Err(StatementError::Period);
        }
        let (total, found) = total(income, credits);
        if found != income.credits {
            return Err(StatementError::Count { said: income.credits, found });
        }
        let c = Income::challenge(income.transcript(&total), &proof.key_nonce, &proof.nonce);
        let key = Equation {
            blinding: proof.key.0,
            terms: vec![(-Scalar::ONE, *proof.key_nonce.point()), (-c, *income.party.viewer.element().point())],
            ..Equation::default()
        };
        let sum = Equation {
            terms: vec![
                (proof.key.0, income.blinding_of(&total)),
                (-Scalar::ONE, *proof.nonce.point()),
                (-c, *total.handle.point()),
            ],
            ..Equation::default()
        };
        if key.holds() && sum.holds() { Ok(()) } else { Err(StatementError::Proof) }
    }
}

/// The sum of the credits that count, and how many they are.
#[must_use]
pub fn total<'c>(income: &Income, credits: impl IntoIterator<Item = &'c Credit>) -> (Balance, u64) {
    let counted = credits.into_iter().filter(|credit| income.covers(credit));
    counted.fold((Balance::zero(), 0), |(sum, count), credit| {
        (sum.plus(credit.weight, &credit.price, credit.part), count + 1)
    })
}
