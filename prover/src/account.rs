//! The owner of an account: keys, the opening of the balance, and the proofs of actions. Spec § 5.2.

mod history;
mod keys;

use std::{fmt, io, num::NonZeroU32};

use borsh::{BorshDeserialize, BorshSerialize};
use bulletproofs::{BulletproofGens, PedersenGens, RangeProof};
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    account::{AccountId, Amount, OpeningProof, OpeningStatement},
    bridge::{BridgeProof, BridgeStatement},
    jubjub::JubjubPoint,
    note::NoteValue,
    range::{MAX_RANGE_COMMITMENTS, RANGE_BITS, RangeProofBytes, RangeStatement},
    ristretto::{CanonicalScalar, Element, blinding_base},
    secret::Secret,
    transcript::ProofContext,
};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    bridge::{BridgeOpening, BridgeProveError, prove_bridge},
    builder::ValueOpening,
};

pub use history::{AccountHistory, HistoryError, WaitingDeposit};
pub use keys::AccountKeys;

/// What opens `C' = w·B + s·B~`: the amount and its blinding factor. `Debug` prints nothing.
#[derive(Clone)]
pub struct AmountOpening {
    value: Secret<u64>,
    blinding: Secret<Scalar>,
}

impl AmountOpening {
    /// The opening of an amount under a blinding factor.
    #[must_use]
    pub const fn new(value: NoteValue, blinding: Scalar) -> Self {
        Self { value: Secret::new(value.0), blinding: Secret::new(blinding) }
    }

    /// A hidden amount, under a fresh blinding factor.
    #[must_use]
    pub fn hidden(value: NoteValue, rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self::new(value, Scalar::random(rng))
    }

    /// A public amount: its blinding factor is 0.
    #[must_use]
    pub const fn public(value: NoteValue) -> Self {
        Self::new(value, Scalar::ZERO)
    }

    /// The amount.
    #[must_use]
    pub const fn value(&self) -> NoteValue {
        NoteValue(*self.value.expose())
    }

    /// `C'`.
    #[must_use]
    pub fn commitment(&self) -> Element {
        let value = Scalar::from(*self.value.expose());
        (&value * RISTRETTO_BASEPOINT_TABLE + self.blinding.expose() * blinding_base()).into()
    }

    /// The opening of `factor·C'`: the amount and its blinding factor, so many times. `None` above 2^64 - 1.
    #[must_use]
    pub fn times(&self, factor: u64) -> Option<Self> {
        let value = self.value.expose().checked_mul(factor)?;
        Some(Self::new(NoteValue(value), self.blinding.expose() * Scalar::from(factor)))
    }

    /// The amount as an action hides it.
    #[must_use]
    pub fn amount(&self) -> Amount {
        Amount::Hidden(self.commitment())
    }

    /// The bridge between a transfer's C and this commitment.
    ///
    /// # Errors
    /// [`BridgeProveError`] if the transfer is of another amount.
    pub fn bridge(
        &self,
        context: &ProofContext,
        commitment: JubjubPoint,
        transfer: &ValueOpening,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<BridgeProof, BridgeProveError> {
        let opening = BridgeOpening::new(u128::from(transfer.v.0), *transfer.r.expose(), *self.blinding.expose());
        let statement = BridgeStatement { jubjub: commitment, ristretto: self.commitment(), terms: NonZeroU32::MIN };
        prove_bridge(context, &statement, &opening, rng)
    }

    /// That whoever accepts a deposit can open it.
    #[must_use]
    pub fn prove(
        &self,
        context: &ProofContext,
        statement: &OpeningStatement,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> OpeningProof {
        let transcript = statement.transcript(context);
        let value = Zeroizing::new(self.value.expose().to_le_bytes());
        let mut nonces = transcript
            .build_rng()
            .rekey_with_witness_bytes(b"w", value.as_slice())
            .rekey_with_witness_bytes(b"s", self.blinding.expose().as_bytes())
            .finalize(rng);
        let masks = Zeroizing::new([Scalar::random(&mut nonces), Scalar::random(&mut nonces)]);
        let [a, t] = *masks;
        let nonce: Element = (&a * RISTRETTO_BASEPOINT_TABLE + t * blinding_base()).into();
        let c = OpeningStatement::challenge(transcript, &nonce);
        OpeningProof {
            nonce,
            value: CanonicalScalar(a + c * Scalar::from(*self.value.expose())),
            blinding: CanonicalScalar(t + c * self.blinding.expose()),
        }
    }
}

impl fmt::Debug for AmountOpening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AmountOpening(<secret>)")
    }
}

/// What the owner keeps of an account: its version and the opening of its balance. `Debug` prints no amount.
#[derive(Clone)]
pub struct AccountBook {
    id: AccountId,
    version: u64,
    balance: AmountOpening,
}

/// Why the owner cannot do something with an account.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountError {
    /// More than there is.
    #[error("the account holds {available} and {needed} is needed (smallest units)")]
    NotEnough {
        /// The balance.
        available: u64,
        /// The amount.
        needed: u64,
    },
    /// More than a balance that can be withdrawn from.
    #[error("the balance would be above 2^64 - 1")]
    Overflow,
    /// The range proof could not be made.
    #[error("the range proof could not be made")]
    Range,
}

/// An account after an amount was taken from it, and the proof that the ledger wants.
#[derive(Clone, Debug)]
pub struct Spending {
    /// The account as it is once the transaction is accepted.
    pub after: AccountBook,
    /// The proof, at the place it was made for.
    pub range: RangeProofBytes,
}

impl AccountBook {
    /// An account that was just opened.
    #[must_use]
    pub const fn new(id: AccountId) -> Self {
        Self { id, version: 0, balance: AmountOpening::public(NoteValue(0)) }
    }

    /// The account.
    #[must_use]
    pub const fn id(&self) -> AccountId {
        self.id
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The balance.
    #[must_use]
    pub const fn balance(&self) -> NoteValue {
        self.balance.value()
    }

    /// The balance as the ledger holds it.
    #[must_use]
    pub fn commitment(&self) -> Element {
        self.balance.commitment()
    }

    /// The account after deposits were accepted.
    ///
    /// # Errors
    /// [`AccountError::Overflow`].
    pub fn accepting<'a>(&self, deposits: impl IntoIterator<Item = &'a AmountOpening>) -> Result<Self, AccountError> {
        let (mut value, mut blinding) = (self.balance().0, *self.balance.blinding.expose());
        for deposit in deposits {
            value = value.checked_add(deposit.value().0).ok_or(AccountError::Overflow)?;
            blinding += deposit.blinding.expose();
        }
        Ok(self.next(AmountOpening::new(NoteValue(value), blinding)))
    }

    /// Takes an amount for a withdrawal.
    ///
    /// # Errors
    /// [`AccountError::NotEnough`].
    pub fn withdraw(
        &self,
        context: &ProofContext,
        amount: &AmountOpening,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Spending, AccountError> {
        self.spend(context, amount, &[], rng)
    }

    /// Takes an amount for a payment to another account: a hidden one is shown to be below 2^64, too.
    ///
    /// # Errors
    /// [`AccountError::NotEnough`].
    pub fn pay(
        &self,
        context: &ProofContext,
        amount: &AmountOpening,
        is_hidden: bool,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Spending, AccountError> {
        let bounded = if is_hidden { std::slice::from_ref(amount) } else { &[] };
        self.spend(context, amount, bounded, rng)
    }

    fn spend(
        &self,
        context: &ProofContext,
        amount: &AmountOpening,
        bounded: &[AmountOpening],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Spending, AccountError> {
        let after = self.taking(amount)?;
        let rest = after.balance.clone();
        let openings: Vec<_> = bounded.iter().chain([&rest]).cloned().collect();
        let commitments = openings.iter().map(AmountOpening::commitment).collect();
        let statement = tabella_protocol::account::range_statement(self.id, self.version, commitments);
        let range = prove_range(context, &statement, &openings, rng)?;
        Ok(Spending { after, range })
    }

    /// The account after an amount was taken from it.
    fn taking(&self, amount: &AmountOpening) -> Result<Self, AccountError> {
        let (available, needed) = (self.balance().0, amount.value().0);
        let rest = available.checked_sub(needed).ok_or(AccountError::NotEnough { available, needed })?;
        let blinding = self.balance.blinding.expose() - amount.blinding.expose();
        Ok(self.next(AmountOpening::new(NoteValue(rest), blinding)))
    }

    const fn next(&self, balance: AmountOpening) -> Self {
        Self { id: self.id, version: self.version + 1, balance }
    }
}

/// Stored only inside encrypted files: id (32), version (u64), balance (u64), blinding factor (32).
impl BorshSerialize for AccountBook {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        (self.id, self.version, self.balance().0).serialize(writer)?;
        CanonicalScalar(*self.balance.blinding.expose()).serialize(writer)
    }
}

impl BorshDeserialize for AccountBook {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let (id, version, value) = <(AccountId, u64, u64)>::deserialize_reader(reader)?;
        let blinding = CanonicalScalar::deserialize_reader(reader)?;
        Ok(Self { id, version, balance: AmountOpening::new(NoteValue(value), blinding.0) })
    }
}

impl fmt::Debug for AccountBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountBook").field("id", &self.id).field("version", &self.version).finish_non_exhaustive()
    }
}

/// An aggregated range proof for the openings of a statement's commitments.
///
/// # Errors
/// [`AccountError::Range`] for a number of commitments that share no proof.
pub fn prove_range(
    context: &ProofContext,
    statement: &RangeStatement,
    openings: &[AmountOpening],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<RangeProofBytes, AccountError> {
    let values: Zeroizing<Vec<u64>> = Zeroizing::new(openings.iter().map(|opening| opening.value().0).collect());
    let blindings: Zeroizing<Vec<Scalar>> =
        Zeroizing::new(openings.iter().map(|opening| *opening.blinding.expose()).collect());
    let mut transcript = statement.transcript(context);
    let mut nonces = transcript.build_rng();
    for (value, blinding) in values.iter().zip(blindings.iter()) {
        nonces = nonces
            .rekey_with_witness_bytes(b"w", &value.to_le_bytes())
            .rekey_with_witness_bytes(b"s", blinding.as_bytes());
    }
    let mut nonces = nonces.finalize(rng);
    let (proof, _) = RangeProof::prove_multiple_with_rng(
        &BulletproofGens::new(RANGE_BITS, MAX_RANGE_COMMITMENTS),
        &PedersenGens::default(),
        &mut transcript,
        &values,
        &blindings,
        RANGE_BITS,
        &mut nonces,
    )
    .map_err(|_| AccountError::Range)?;
    Ok(RangeProofBytes(proof.to_bytes()))
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn multiple_of_an_opening_opens_the_multiple_of_its_commitment() {
        let opening = AmountOpening::hidden(NoteValue(7), &mut OsRng);
        for factor in [0, 1, 3, u64::MAX / 7] {
            let expected = Scalar::from(factor) * opening.commitment().point();
            let multiple = opening.times(factor).unwrap();
            assert_eq!((multiple.value(), *multiple.commitment().point()), (NoteValue(7 * factor), expected));
        }
        assert!(opening.times(u64::MAX / 7 + 1).is_none());
    }
}
