//! The debtor's confirmation of an invoice, and the check that whoever finances it makes.
//!
//! The tag is `sk·P`, P being the point of the invoice and `K = sk·B` the key that the debtor registered. For one invoice there is
//! one tag, whatever the debtor wants: the proof shows that the discrete logarithms of K and of the tag are equal. Without sk the
//! tag tells nothing of P (decisional Diffie-Hellman), so a hash of it may be public where a hash of the invoice may not.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::Scalar;
use merlin::Transcript;
use tabella_protocol::{
    note::AssetId,
    ristretto::{CanonicalScalar, Element},
    transaction::{LedgerId, TransactionDigest},
    transcript::{ProofContext, TranscriptProtocol as _},
};
use tabella_verifier::{assets::Assets, sigma::Equation};
use thiserror::Error;

use crate::{domain::proof, invoice::Invoice, state::TradeFinance};

/// Knowledge of sk with `K = sk·B`: `T = k·B`, challenge c, `z = k + c·sk`; checked is `z·B = T + c·K`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PossessionProof {
    /// T.
    pub nonce: Element,
    /// z.
    pub response: CanonicalScalar,
}

impl PossessionProof {
    /// A transcript that has absorbed place, debtor and key.
    #[must_use]
    pub fn transcript(context: &ProofContext, debtor: &[u8; 32], key: &Element) -> Transcript {
        let mut transcript = Transcript::for_proof(proof::REGISTRATION, context);
        transcript.append_message(b"debtor", debtor);
        transcript.append_element(b"K", key);
        transcript
    }

    /// The challenge.
    #[must_use]
    pub fn challenge(mut transcript: Transcript, nonce: &Element) -> Scalar {
        transcript.append_element(b"T", nonce);
        transcript.challenge_scalar(b"c")
    }

    /// `z·B - T - c·K = 0`.
    #[must_use]
    pub fn equation(&self, context: &ProofContext, debtor: &[u8; 32], key: &Element) -> Equation {
        let c = Self::challenge(Self::transcript(context, debtor, key), &self.nonce);
        let terms = vec![(-Scalar::ONE, *self.nonce.point()), (-c, *key.point())];
        Equation { base: self.response.0, terms, ..Equation::default() }
    }
}

/// Equality of the discrete logarithms of K to B and of the tag to P: `T_1 = k·B`, `T_2 = k·P`, challenge c, `z = k + c·sk`; checked
/// are `z·B = T_1 + c·K` and `z·P = T_2 + c·tag`.
///
/// Two answers to challenges that differ give one sk for both, by division. The transcript absorbs ledger, debtor, K, P, tag and
/// the commitment to what the invoice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TagProof {
    /// `T_1`.
    pub nonce_base: Element,
    /// `T_2`.
    pub nonce_point: Element,
    /// z.
    pub response: CanonicalScalar,
}

/// What a [`TagProof`] is about.
#[derive(Clone, Copy, Debug)]
pub struct TagStatement<'a> {
    /// The ledger.
    pub ledger: LedgerId,
    /// The debtor's registered key, K.
    pub key: Element,
    /// The tag.
    pub tag: Element,
    /// The invoice.
    pub invoice: &'a Invoice,
    /// Blinding factor of the commitment to it.
    pub blinding: &'a [u8; 32],
}

impl TagStatement<'_> {
    /// The point of the invoice.
    #[must_use]
    pub fn point(&self) -> Element {
        self.invoice.identity.point(self.ledger)
    }

    /// A transcript that has absorbed the statement. The proof stands in no transaction: digest and index are zeros.
    #[must_use]
    pub fn transcript(&self, point: &Element) -> Transcript {
        let context = ProofContext { ledger: self.ledger, digest: TransactionDigest([0; 32]), index: 0 };
        let mut transcript = Transcript::for_proof(proof::CONFIRMATION, &context);
        transcript.append_message(b"debtor", &self.invoice.identity.debtor);
        transcript.append_element(b"K", &self.key);
        transcript.append_element(b"P", point);
        transcript.append_element(b"tag", &self.tag);
        transcript.append_message(b"body", &self.invoice.commitment(self.blinding));
        transcript
    }

    /// The challenge.
    #[must_use]
    pub fn challenge(mut transcript: Transcript, nonce_base: &Element, nonce_point: &Element) -> Scalar {
        transcript.append_element(b"T1", nonce_base);
        transcript.append_element(b"T2", nonce_point);
        transcript.challenge_scalar(b"c")
    }

    /// Whether the tag is the debtor's for this invoice.
    #[must_use]
    pub fn is_shown_by(&self, proof: &TagProof) -> bool {
        let point = self.point();
        let c = Self::challenge(self.transcript(&point), &proof.nonce_base, &proof.nonce_point);
        let base = Equation {
            base: proof.response.0,
            terms: vec![(-Scalar::ONE, *proof.nonce_base.point()), (-c, *self.key.point())],
            ..Equation::default()
        };
        let tag = Equation {
            terms: vec![
                (proof.response.0, *point.point()),
                (-Scalar::ONE, *proof.nonce_point.point()),
                (-c, *self.tag.point()),
            ],
            ..Equation::default()
        };
        !self.key.is_identity() && !self.tag.is_identity() && base.holds() && tag.holds()
    }
}

/// What the debtor gives the seller, and the seller shows whoever may finance the invoice.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Confirmation {
    /// The ledger.
    pub ledger: LedgerId,
    /// The invoice.
    pub invoice: Invoice,
    /// Blinding factor of the commitment in the asset's description.
    pub blinding: [u8; 32],
    /// The tag.
    pub tag: Element,
    /// That it is the debtor's tag for this invoice.
    pub proof: TagProof,
}

/// Why an invoice is not financed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfirmationError {
    /// For another ledger.
    #[error("the confirmation is for ledger {0}, not for this one")]
    Ledger(LedgerId),
    /// The debtor has no key here.
    #[error("the debtor has registered no key on this ledger: `tabella trade invoice register` does")]
    UnknownDebtor,
    /// The tag is not the debtor's for this invoice.
    #[error(
        "the tag is not made with the debtor's registered key over this invoice: the confirmation is forged or altered"
    )]
    Tag,
    /// The hash of the asset is 0.
    #[error("the asset of this invoice has no id: the debtor confirms it with another blinding factor")]
    NoId,
    /// Never issued.
    #[error("the debtor has not confirmed this invoice on the ledger")]
    NotConfirmed,
    /// An invoice of nothing.
    #[error("the invoice is of nothing, or due before it was written")]
    Content,
}

impl Confirmation {
    /// Checks everything that can be known without holding the unit: that the debtor, by the key that it registered on this ledger,
    /// has confirmed exactly this invoice, and that its one unit was issued. Whoever finances it buys the unit itself: that nobody
    /// else has it is what the ledger sees to.
    ///
    /// Who the debtor is behind its Ed25519 key, the reader knows from elsewhere.
    ///
    /// # Errors
    /// [`ConfirmationError`].
    pub fn check(&self, ledger: LedgerId, trade: &TradeFinance, assets: &Assets) -> Result<AssetId, ConfirmationError> {
        if self.ledger != ledger {
            return Err(ConfirmationError::Ledger(self.ledger));
        }
        if self.invoice.amount.0 == 0 || self.invoice.due < self.invoice.issued {
            return Err(ConfirmationError::Content);
        }
        let debtor = trade.debtor(&self.invoice.identity.debtor).ok_or(ConfirmationError::UnknownDebtor)?;
        let statement =
            TagStatement { ledger, key: debtor.key, tag: self.tag, invoice: &self.invoice, blinding: &self.blinding };
        if !statement.is_shown_by(&self.proof) {
            return Err(ConfirmationError::Tag);
        }
        let asset = self.invoice.asset(&self.tag, &self.blinding).id().ok_or(ConfirmationError::NoId)?;
        match assets.get(&asset) {
            Some(state) if state.issued == 1 => Ok(asset),
            _ => Err(ConfirmationError::NotConfirmed),
        }
    }
}
