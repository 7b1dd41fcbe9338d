//! A price as the one who pays it knows it, and the proofs that the ledger wants.

use std::fmt;

use curve25519_dalek::scalar::Scalar;
use merlin::Transcript;
use rand_core::{CryptoRng, RngCore};
use tabella_market_rules::{
    action::{MarketProof, minimum_statement},
    domain::proof,
    price::{CreditProof, CreditStatement, HiddenPrice, Price, PricePart, mask},
    work::{ViewerKey, WorkId},
};
use tabella_protocol::{
    note::NoteValue,
    ristretto::{CanonicalScalar, Element, blinding_base},
    secret::Secret,
    transaction::TransferStatement,
    transcript::ProofContext,
};
use tabella_prover::{
    account::{AccountError, AmountOpening, prove_range},
    bridge::BridgeProveError,
    builder::{Blinding, UnprovenTransfer, ValueOpening},
};
use thiserror::Error;
use zeroize::Zeroizing;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_TABLE;
use tabella_protocol::jubjub::JubjubPoint;

/// Why the proofs of a price cannot be made.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PriceError {
    /// The transfer is of another amount.
    #[error(transparent)]
    Bridge(#[from] BridgeProveError),
    /// The range proof.
    #[error(transparent)]
    Range(#[from] AccountError),
    /// The transfer is of a shape that moves no amount.
    #[error("the transfer moves no amount into or out of the pool")]
    Transfer,
    /// Below the minimum of the work.
    #[error("the price of so many licences is at least {0} (smallest units)")]
    Minimum(u64),
}

/// A price that is paid, or an amount that is withdrawn. `Debug` prints nothing.
#[derive(Clone)]
pub enum Priced {
    /// Everybody sees it.
    Public(NoteValue),
    /// Only the parties read it: p and s.
    Hidden(Secret<u64>, Secret<Scalar>),
}

impl Priced {
    /// A price, hidden unless it is to be public.
    #[must_use]
    pub fn new(value: NoteValue, public: bool, rng: &mut (impl RngCore + CryptoRng)) -> Self {
        if public { Self::Public(value) } else { Self::Hidden(Secret::new(value.0), Secret::new(Scalar::random(rng))) }
    }

    /// The amount.
    #[must_use]
    pub const fn value(&self) -> NoteValue {
        match self {
            Self::Public(value) => *value,
            Self::Hidden(value, _) => NoteValue(*value.expose()),
        }
    }

    /// s; 0 of a public price.
    #[must_use]
    pub fn blinding_factor(&self) -> Scalar {
        match self {
            Self::Public(_) => Scalar::ZERO,
            Self::Hidden(_, blinding) => *blinding.expose(),
        }
    }

    /// How the transfer that carries it is blinded.
    #[must_use]
    pub const fn blinding(&self) -> Blinding {
        match self {
            Self::Public(_) => Blinding::Public,
            Self::Hidden(..) => Blinding::Random,
        }
    }

    fn opening(&self) -> AmountOpening {
        AmountOpening::new(self.value(), self.blinding_factor())
    }

    /// The price as an action carries it, with a part for each party.
    #[must_use]
    pub fn price(&self, viewers: &[ViewerKey], rng: &mut (impl RngCore + CryptoRng)) -> Price {
        let Self::Hidden(value, blinding) = self else { return Price::Public(self.value()) };
        let commitment = self.opening().commitment();
        // Depends on the secrets as well, so that a bad random source masks no two prices alike.
        let mut secret = Transcript::new(proof::SEAL_RANDOMNESS);
        secret.append_message(b"C'", commitment.as_bytes());
        let bytes = Zeroizing::new(value.expose().to_le_bytes());
        let mut secret = secret
            .build_rng()
            .rekey_with_witness_bytes(b"p", bytes.as_slice())
            .rekey_with_witness_bytes(b"s", blinding.expose().as_bytes())
            .finalize(rng);
        let ephemeral = Zeroizing::new(Scalar::random(&mut secret));
        let epk = Element::new(*ephemeral * blinding_base());
        let parts = viewers.iter().map(|viewer| {
            let shared = Element::new(*ephemeral * viewer.element().point());
            let mask = u64::from_le_bytes(mask(&shared, &epk, viewer, &commitment));
            let handle = Element::new(blinding.expose() * viewer.element().point());
            PricePart { handle, masked: (value.expose() ^ mask).to_le_bytes() }
        });
        Price::Hidden(HiddenPrice { commitment, epk, parts: parts.collect() })
    }

    /// Bridge and proof of the handles: nothing for a public price.
    ///
    /// # Errors
    /// [`PriceError::Bridge`] if the transfer is of another amount.
    pub fn prove(
        &self,
        context: &ProofContext,
        price: &Price,
        viewers: &[ViewerKey],
        transfer: &Carried,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<MarketProof, PriceError> {
        let Price::Hidden(hidden) = price else { return Ok(MarketProof::default()) };
        let bridge = self.opening().bridge(context, transfer.commitment, &transfer.opening, rng)?;
        let credit = self.prove_credit(context, hidden, viewers, rng);
        Ok(MarketProof { bridge: Some(bridge), credit: Some(credit), ..MarketProof::default() })
    }

    /// That the handles are right.
    #[must_use]
    pub fn prove_credit(
        &self,
        context: &ProofContext,
        price: &HiddenPrice,
        viewers: &[ViewerKey],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> CreditProof {
        let statement = CreditStatement { price, viewers };
        let transcript = statement.transcript(context);
        let (value, blinding) = (Scalar::from(self.value().0), Zeroizing::new(self.blinding_factor()));
        let bytes = Zeroizing::new(self.value().0.to_le_bytes());
        let mut nonces = transcript
            .build_rng()
            .rekey_with_witness_bytes(b"p", bytes.as_slice())
            .rekey_with_witness_bytes(b"s", blinding.as_bytes())
            .finalize(rng);
        let masks = Zeroizing::new([Scalar::random(&mut nonces), Scalar::random(&mut nonces)]);
        let [a, t] = *masks;
        let nonce: Element = (&a * RISTRETTO_BASEPOINT_TABLE + t * blinding_base()).into();
        let nonces: Vec<Element> = viewers.iter().map(|viewer| (t * viewer.element().point()).into()).collect();
        let c = CreditStatement::challenge(transcript, &nonce, &nonces);
        CreditProof {
            nonce,
            nonces,
            value: CanonicalScalar(a + c * value),
            blinding: CanonicalScalar(t + c * *blinding),
        }
    }

    /// That a hidden price is not below a minimum; nothing if it is public, or there is no minimum.
    ///
    /// # Errors
    /// [`PriceError::Minimum`].
    pub fn prove_minimum(
        &self,
        context: &ProofContext,
        work: WorkId,
        minimum: u64,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Option<tabella_protocol::range::RangeProofBytes>, PriceError> {
        let above = self.value().0.checked_sub(minimum).ok_or(PriceError::Minimum(minimum))?;
        if minimum == 0 || matches!(self, Self::Public(_)) {
            return Ok(None);
        }
        let statement = minimum_statement(work, &self.opening().commitment(), minimum);
        let opening = AmountOpening::new(NoteValue(above), self.blinding_factor());
        Ok(Some(prove_range(context, &statement, &[opening], rng)?))
    }
}

impl fmt::Debug for Priced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Priced(<secret>)")
    }
}

/// The `C` of a transfer, and what opens it.
#[derive(Clone, Debug)]
pub struct Carried {
    commitment: JubjubPoint,
    opening: ValueOpening,
}

impl Carried {
    /// Of a transfer of one's own.
    ///
    /// # Errors
    /// [`PriceError::Transfer`] of a Cast.
    pub fn of(transfer: &UnprovenTransfer) -> Result<Self, PriceError> {
        match (&transfer.effects().statement, transfer.opening()) {
            (TransferStatement::Transfer { instance, .. }, Some(opening)) => {
                Ok(Self { commitment: instance.value_commitment, opening })
            }
            _ => Err(PriceError::Transfer),
        }
    }
}
