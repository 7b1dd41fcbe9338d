//! Collecting what was credited, and withdrawing it.

use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use tabella_market_rules::{
    action::{MarketAction, MarketProof, Withdrawal},
    market::Account,
    rest::{Rest, RestProof, RestStatement},
    work::PARTS_PER_UNIT,
};
pub use tabella_payments::holder::WithTransfer;
use tabella_protocol::{
    note::NoteValue,
    ristretto::{CanonicalScalar, Element, blinding_base},
    transaction::{LedgerId, Transaction, TransactionEffects},
    transcript::ProofContext,
};
use tabella_prover::{
    account::{AmountOpening, prove_range},
    builder::{FinishError, TransactionBuilder, UnprovenTransfer},
};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    history::OwnAccount,
    keys::MarketKeys,
    price::{Carried, PriceError, Priced},
};

/// Why nothing is withdrawn.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum WithdrawalError {
    /// More than there is.
    #[error(
        "{available} smallest units can be withdrawn, and {needed} is needed (what was not collected yet does not count)"
    )]
    NotEnough {
        /// Whole units.
        available: u64,
        /// The amount.
        needed: u64,
    },
    /// The ledger holds another account than the log gives.
    #[error("the ledger's account is at version {found}, and the log gives version {expected}: read the ledger again")]
    Version {
        /// By the log.
        expected: u64,
        /// On the ledger.
        found: u64,
    },
    /// More than a range proof can show, which no asset reaches.
    #[error("the balance is above 2^64 - 1 smallest units")]
    Overflow,
    /// The proofs.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// The transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
}

/// Takes what was credited into the balance that is withdrawn from.
#[must_use]
pub fn collect(keys: &MarketKeys, ledger: LedgerId, account: &OwnAccount) -> Transaction {
    let action = MarketAction::Collect { work: account.work, account: account.id, version: account.version };
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![action.action()]);
    let proof = MarketProof { signatures: vec![keys.sign(effects.digest())], ..MarketProof::default() };
    Transaction {
        effects,
        transfers: Vec::new(),
        action_proofs: vec![borsh::to_vec(&proof).expect("writing to memory")],
    }
}

/// Withdraws what a transfer brings into the pool. `held` is the account as the ledger holds it.
///
/// # Errors
/// [`WithdrawalError`].
pub fn withdraw(
    keys: &MarketKeys,
    ledger: LedgerId,
    own: &OwnAccount,
    held: &Account,
    transfer: UnprovenTransfer,
    amount: &Priced,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<WithTransfer, WithdrawalError> {
    if held.version != own.version {
        return Err(WithdrawalError::Version { expected: own.version, found: held.version });
    }
    let parts = u128::from(PARTS_PER_UNIT);
    let (available, needed) = (OwnAccount::whole(own.settled), amount.value().0);
    let rest = own.settled.checked_sub(u128::from(needed) * parts);
    let rest = rest.ok_or(WithdrawalError::NotEnough { available, needed })?;
    let overflow = |_| WithdrawalError::Overflow;
    let whole = NoteValue(u64::try_from(rest / parts).map_err(overflow)?);
    let part = NoteValue(u64::try_from(rest % parts).map_err(overflow)?);
    let divided = DividedRest::new(whole, part, rng);
    let viewers = [held.party.viewer];
    let price = amount.price(&viewers, rng);
    let carried = Carried::of(&transfer)?;
    let (work, account, version) = (own.work, own.id, own.version);
    let withdrawal = Withdrawal { work, account, version, transfer: 0, amount: price.clone(), rest: divided.rest() };
    let mut builder = TransactionBuilder::new(ledger);
    builder.add(transfer);
    builder.add_action(MarketAction::Withdraw(withdrawal).action());
    let transaction = builder.build()?;
    let context = ProofContext { ledger, digest: transaction.digest(), index: 0 };
    let balance = held.settled.minus(PARTS_PER_UNIT, &price, 0);
    let statement = RestStatement { account, version, viewer: held.party.viewer, balance, rest: divided.rest() };
    let range = prove_range(&context, &statement.range(), &divided.openings(), rng).map_err(PriceError::from)?;
    let proof = MarketProof {
        signatures: vec![keys.sign(transaction.digest())],
        rest: Some(divided.prove(keys, &context, &statement, rng)),
        range: Some(range),
        ..amount.prove(&context, &price, &viewers, &carried, rng)?
    };
    Ok(WithTransfer { transaction, proof: borsh::to_vec(&proof).expect("writing to memory") })
}

/// A rest, divided into whole units and parts, under fresh blinding factors.
struct DividedRest {
    values: [NoteValue; 2],
    blindings: Zeroizing<[Scalar; 2]>,
}

impl DividedRest {
    fn new(whole: NoteValue, part: NoteValue, rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self { values: [whole, part], blindings: Zeroizing::new([Scalar::random(rng), Scalar::random(rng)]) }
    }

    fn openings(&self) -> [AmountOpening; 2] {
        let ([q, m], [s_q, s_m]) = (self.values, *self.blindings);
        [AmountOpening::new(q, s_q), AmountOpening::new(m, s_m)]
    }

    fn rest(&self) -> Rest {
        let [whole, part] = self.openings();
        Rest { whole: whole.commitment(), part: part.commitment() }
    }

    fn prove(
        &self,
        keys: &MarketKeys,
        context: &ProofContext,
        statement: &RestStatement,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> RestProof {
        let [s_q, s_m] = *self.blindings;
        let sigma = Zeroizing::new(Scalar::from(PARTS_PER_UNIT) * s_q + s_m);
        let inverse = keys.inverse();
        let transcript = statement.transcript(context);
        let mut nonces = transcript
            .build_rng()
            .rekey_with_witness_bytes(b"u", inverse.as_bytes())
            .rekey_with_witness_bytes(b"sigma", sigma.as_bytes())
            .finalize(rng);
        let masks = Zeroizing::new([Scalar::random(&mut nonces), Scalar::random(&mut nonces)]);
        let [alpha, beta] = *masks;
        let key_nonce: Element = (alpha * statement.viewer.element().point()).into();
        let nonce: Element = (beta * blinding_base() - alpha * statement.balance.handle.point()).into();
        let c = RestStatement::challenge(transcript, &key_nonce, &nonce);
        RestProof {
            key_nonce,
            nonce,
            key: CanonicalScalar(alpha + c * *inverse),
            blinding: CanonicalScalar(beta + c * *sigma),
        }
    }
}
