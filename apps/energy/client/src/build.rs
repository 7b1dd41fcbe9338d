//! The transactions of a market. Those with transfers are proved and signed by the wallet that made these.

use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::{CryptoRng, RngCore};
use tabella_energy_rules::{
    action::{EnergyAction, EnergyProof, Traded},
    bid::Side,
    reading::Opening,
    state::{Interval, Outcome},
    terms::{MarketId, MarketTerms, party_message},
};
use tabella_protocol::{
    asset::{self, Issue, issuer_message},
    jubjub::JubjubPoint,
    note::NoteValue,
    transaction::{
        Action, LedgerId, SignatureBytes, Transaction, TransactionDigest, TransactionEffects, TransferStatement,
    },
    transcript::ProofContext,
};
use tabella_prover::{
    account::AmountOpening,
    bridge::BridgeProveError,
    builder::{FinishError, PreparedTransaction, TransactionBuilder, Unproven, UnprovenTransfer, ValueOpening},
};
use thiserror::Error;

use crate::{
    bid::OwnBid,
    keys::EnergyKeys,
    meter::{MeterCertificate, SignedReading},
    reading::OwnReading,
};

/// Why a transaction cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EnergyError {
    /// The ledger does not have it yet.
    #[error("the bid is not on the ledger yet")]
    NoBid,
    /// The transfer is of another amount.
    #[error(transparent)]
    Bridge(#[from] BridgeProveError),
    /// The transfer is in a mode or shape that no market uses.
    #[error("the transfer moves no amount into or out of the pool")]
    Transfer,
    /// The transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
}

/// A transaction with transfers to be proved, and the proof of its one action.
#[derive(Debug)]
pub struct WithTransfers {
    /// To be proved and signed.
    pub transaction: PreparedTransaction<Unproven>,
    /// The action's.
    pub proof: Vec<u8>,
}

/// The bytes of a proof.
#[must_use]
pub fn proof_bytes(proof: &EnergyProof) -> Vec<u8> {
    borsh::to_vec(proof).expect("writing to memory")
}

/// Signs, as an operator, for what a transaction does.
#[must_use]
pub fn sign_as_operator(key: &SigningKey, digest: TransactionDigest) -> SignatureBytes {
    SignatureBytes(key.sign(&party_message(digest)).to_bytes())
}

/// Opens a market. The same transaction makes its asset of energy known, and seals it: nobody issues any.
#[must_use]
pub fn open(operator: &SigningKey, ledger: LedgerId, terms: &MarketTerms) -> Transaction {
    let issue = Issue { asset: terms.energy.clone(), sequence: 0, notes: Vec::new(), seal: true };
    let body = borsh::to_vec(&issue).expect("writing to memory");
    let actions =
        vec![EnergyAction::Open(Box::new(terms.clone())).action(), Action { application: asset::APPLICATION, body }];
    let effects = TransactionEffects::new(ledger, Vec::new(), actions);
    let digest = effects.digest();
    let issued = operator.sign(&issuer_message(digest)).to_bytes().to_vec();
    let opened = proof_bytes(&EnergyProof::Signature(sign_as_operator(operator, digest)));
    Transaction { effects, transfers: Vec::new(), action_proofs: vec![opened, issued] }
}

/// Registers a meter by its certificate.
#[must_use]
pub fn register(ledger: LedgerId, certificate: &MeterCertificate) -> Transaction {
    let MeterCertificate { request, certifier, certified } = *certificate;
    let body = EnergyAction::Register { record: Box::new(request.record), certifier };
    alone(ledger, &body, |_| EnergyProof::Two([certified, request.agreed]))
}

/// Submits a reading.
#[must_use]
pub fn attest(ledger: LedgerId, signed: &SignedReading) -> Transaction {
    alone(ledger, &EnergyAction::Attest(Box::new(signed.reading.clone())), |_| EnergyProof::Signature(signed.signature))
}

/// Shows two readings of one interval.
#[must_use]
pub fn expose(ledger: LedgerId, signed: &[SignedReading; 2]) -> Transaction {
    let readings = signed.each_ref().map(|one| one.reading.clone());
    alone(ledger, &EnergyAction::Expose(Box::new(readings)), |_| {
        EnergyProof::Two(signed.each_ref().map(|one| one.signature))
    })
}

/// Makes a note of what was produced, by a transfer in mode entry of exactly that, blinded.
///
/// # Errors
/// [`EnergyError`].
pub fn mint(
    keys: &EnergyKeys,
    ledger: LedgerId,
    own: &OwnReading,
    transfer: UnprovenTransfer,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<WithTransfers, EnergyError> {
    let body = EnergyAction::Mint { meter: own.meter, interval: own.interval, transfer: 0 };
    let crossing = crossing(&transfer)?;
    together(ledger, vec![transfer], &body, |context| {
        let bridge = own.produced.bridge(context, crossing.0, &crossing.1, rng)?;
        Ok(EnergyProof::Mint(keys.sign(context.digest), bridge))
    })
}

/// Makes a bid, with a transfer in mode exit of what it locks, blinded.
///
/// # Errors
/// [`EnergyError`].
pub fn bid(
    ledger: LedgerId,
    own: &OwnBid,
    locked: &AmountOpening,
    transfer: UnprovenTransfer,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<WithTransfers, EnergyError> {
    let body = EnergyAction::Bid { bid: Box::new(own.sealed), transfer: 0 };
    let crossing = crossing(&transfer)?;
    together(ledger, vec![transfer], &body, |context| {
        Ok(EnergyProof::Bridge(locked.bridge(context, crossing.0, &crossing.1, rng)?))
    })
}

/// Opens a bid after the close. Before it, whoever sees the transaction learns the bid, though the ledger refuses it.
///
/// # Errors
/// [`EnergyError::NoBid`].
pub fn reveal(ledger: LedgerId, own: &OwnBid) -> Result<Transaction, EnergyError> {
    let bid = own.id.ok_or(EnergyError::NoBid)?;
    let body = EnergyAction::Reveal { bid, said: own.said(), blinding: own.blinding() };
    Ok(alone(ledger, &body, |_| EnergyProof::None))
}

/// States what an auction came to.
#[must_use]
pub fn clear(ledger: LedgerId, (market, number): (MarketId, u32), interval: &Interval, tick: u64) -> Transaction {
    let traded = match interval.clear(tick) {
        Outcome::Cleared(clearing) => Some(Traded { price: clearing.price, lots: clearing.lots }),
        Outcome::Open | Outcome::Nothing => None,
    };
    alone(ledger, &EnergyAction::Clear { market, interval: number, traded }, |_| EnergyProof::None)
}

/// Takes what a bid came to, by public transfers in mode entry: of the energy, and of the money, if there is any.
///
/// # Errors
/// [`EnergyError`].
pub fn take(
    ledger: LedgerId,
    own: &OwnBid,
    energy: Option<UnprovenTransfer>,
    money: Option<UnprovenTransfer>,
) -> Result<WithTransfers, EnergyError> {
    let bid = own.id.ok_or(EnergyError::NoBid)?;
    let has_energy = energy.is_some();
    let body = EnergyAction::Take {
        bid,
        energy: has_energy.then_some(0),
        money: money.is_some().then_some(u32::from(has_energy)),
    };
    let transfers = energy.into_iter().chain(money).collect();
    together(ledger, transfers, &body, |context| Ok(EnergyProof::Signature(own.sign(context.digest))))
}

/// Takes back what a bid has locked that was not revealed, less the penalty, by a public transfer in mode entry.
///
/// # Errors
/// [`EnergyError`].
pub fn reclaim(
    ledger: LedgerId,
    own: &OwnBid,
    amount: NoteValue,
    transfer: Option<UnprovenTransfer>,
) -> Result<WithTransfers, EnergyError> {
    let bid = own.id.ok_or(EnergyError::NoBid)?;
    let transfers: Vec<_> = transfer.into_iter().collect();
    let index = (!transfers.is_empty()).then_some(0);
    let body = EnergyAction::Reclaim { bid, amount, blinding: own.blinding(), transfer: index };
    together(ledger, transfers, &body, |context| Ok(EnergyProof::Signature(own.sign(context.digest))))
}

/// Tells the sums of a collector, which signs.
#[must_use]
pub fn subtotal(
    keys: &EnergyKeys,
    ledger: LedgerId,
    (market, interval): (MarketId, u32),
    (collector, sums): (u8, [Opening; 2]),
) -> Transaction {
    let body = EnergyAction::Subtotal { market, interval, collector, sums };
    alone(ledger, &body, |digest| EnergyProof::Signature(keys.sign(digest)))
}

/// Takes penalties, by a public transfer in mode entry.
///
/// # Errors
/// [`EnergyError`].
pub fn penalties(
    operator: &SigningKey,
    ledger: LedgerId,
    market: MarketId,
    (side, amount): (Side, NoteValue),
    transfer: UnprovenTransfer,
) -> Result<WithTransfers, EnergyError> {
    let body = EnergyAction::Penalties { market, side, amount, transfer: 0 };
    together(ledger, vec![transfer], &body, |context| {
        Ok(EnergyProof::Signature(sign_as_operator(operator, context.digest)))
    })
}

/// A transaction that is one action without a transfer.
fn alone(ledger: LedgerId, body: &EnergyAction, prove: impl FnOnce(TransactionDigest) -> EnergyProof) -> Transaction {
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![body.action()]);
    let proof = proof_bytes(&prove(effects.digest()));
    Transaction { effects, transfers: Vec::new(), action_proofs: vec![proof] }
}

/// A transaction that is transfers and one action.
fn together(
    ledger: LedgerId,
    transfers: Vec<UnprovenTransfer>,
    body: &EnergyAction,
    prove: impl FnOnce(&ProofContext) -> Result<EnergyProof, EnergyError>,
) -> Result<WithTransfers, EnergyError> {
    let mut builder = TransactionBuilder::new(ledger);
    for transfer in transfers {
        builder.add(transfer);
    }
    builder.add_action(body.action());
    let context = ProofContext { ledger, digest: builder.effects().digest(), index: 0 };
    let proof = proof_bytes(&prove(&context)?);
    Ok(WithTransfers { transaction: builder.build()?, proof })
}

/// C of a transfer and what opens it.
fn crossing(transfer: &UnprovenTransfer) -> Result<(JubjubPoint, ValueOpening), EnergyError> {
    match (&transfer.effects().statement, transfer.opening()) {
        (TransferStatement::Transfer { instance, .. }, Some(value)) => Ok((instance.value_commitment, value)),
        _ => Err(EnergyError::Transfer),
    }
}
