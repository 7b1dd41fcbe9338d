//! The transactions of a market. Those with transfers are proved and signed by the wallet that made these.

use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::{CryptoRng, RngCore};
use tabella_energy_rules::{
    action::{EnergyAction, EnergyProof, Traded},
    bid::Side,
    reading::{MeterRecord, Opening, Reading},
    state::{Interval, Outcome},
    terms::{MarketId, MarketTerms, party_message},
};
pub use tabella_payments::holder::WithTransfers;
use tabella_protocol::{
    asset::{self, Issue, issuer_message},
    jubjub::JubjubPoint,
    note::{NoteValue, Timestamp},
    transaction::{
        Action, LedgerId, SignatureBytes, Transaction, TransactionDigest, TransactionEffects, TransferStatement,
    },
    transcript::ProofContext,
};
use tabella_prover::{
    account::{AccountError, AmountOpening, prove_range},
    bridge::BridgeProveError,
    builder::{FinishError, TransactionBuilder, UnprovenTransfer, ValueOpening},
};
use thiserror::Error;

use crate::{
    bid::OwnBid,
    keys::EnergyKeys,
    meter::{MeterCertificate, SignedReading},
    reading::{OwnReading, open as open_reading},
};

/// Why a transaction cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EnergyError {
    /// The ledger does not have it yet.
    #[error("the bid is not on the ledger yet")]
    NoBid,
    /// Another household's, or of a meter that hides what it has read from its own.
    #[error(
        "these keys do not open the reading of interval {0}: the household of the meter puts it on the ledger, and a meter whose \
         reading it cannot open is broken"
    )]
    Unreadable(u32),
    /// More than was certified.
    #[error(
        "the meter has read more in interval {interval} than the {ceiling} Wh that it is certified for, and the ledger takes no \
         such reading: ask its certifier for a meter of a higher ceiling"
    )]
    OverCeiling {
        /// Of which interval.
        interval: u32,
        /// The ceiling, in Wh.
        ceiling: u64,
    },
    /// The range proof.
    #[error(transparent)]
    Range(#[from] AccountError),
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

/// The bytes of a proof.
#[must_use]
pub fn proof_bytes(proof: &EnergyProof) -> Vec<u8> {
    borsh::to_vec(proof).expect("writing to memory")
}

/// Signs, as an operator or a certifier, for what a transaction does.
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

/// Submits a reading of a meter, signed by its household, which proves that it is not above the meter's ceiling.
///
/// # Errors
/// [`EnergyError::Unreadable`], [`EnergyError::OverCeiling`].
pub fn attest(
    keys: &EnergyKeys,
    ledger: LedgerId,
    record: &MeterRecord,
    signed: &SignedReading,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Transaction, EnergyError> {
    let interval = signed.reading.interval;
    let own = open_reading(keys, record, &signed.reading).ok_or(EnergyError::Unreadable(interval))?;
    let [produced, consumed] = own.below.ok_or(EnergyError::OverCeiling { interval, ceiling: record.ceiling })?;
    let statement = record.ceiling_statement(interval, &[own.produced.commitment(), own.consumed.commitment()]);
    let openings = [own.produced, own.consumed, produced, consumed];
    let body = EnergyAction::Attest(Box::new(signed.reading.clone()));
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![body.action()]);
    let context = ProofContext { ledger, digest: effects.digest(), index: 0 };
    let range = prove_range(&context, &statement, &openings, rng)?;
    let proof = proof_bytes(&EnergyProof::Reading([signed.signature, keys.sign(context.digest)], range));
    Ok(Transaction { effects, transfers: Vec::new(), action_proofs: vec![proof] })
}

/// Stops a meter from an interval on, as the certifier that has certified it, and leaves these readings of it out of the totals.
#[must_use]
pub fn stop<'r>(
    certifier: &SigningKey,
    ledger: LedgerId,
    (meter, interval): ([u8; 32], u32),
    left_out: impl IntoIterator<Item = &'r Reading>,
) -> Transaction {
    let mut actions = vec![EnergyAction::Stop { meter, interval }.action()];
    actions.extend(left_out.into_iter().map(|reading| EnergyAction::LeaveOut(Box::new(reading.clone())).action()));
    let effects = TransactionEffects::new(ledger, Vec::new(), actions);
    let mut action_proofs = vec![proof_bytes(&EnergyProof::None); effects.actions.len()];
    if let Some(first) = action_proofs.first_mut() {
        *first = proof_bytes(&EnergyProof::Signature(sign_as_operator(certifier, effects.digest())));
    }
    Transaction { effects, transfers: Vec::new(), action_proofs }
}

/// Leaves readings out of the totals, of a meter that is stopped from their intervals on.
#[must_use]
pub fn leave_out<'r>(ledger: LedgerId, readings: impl IntoIterator<Item = &'r Reading>) -> Transaction {
    let actions = readings.into_iter().map(|reading| EnergyAction::LeaveOut(Box::new(reading.clone())).action());
    let effects = TransactionEffects::new(ledger, Vec::new(), actions.collect());
    let action_proofs = vec![proof_bytes(&EnergyProof::None); effects.actions.len()];
    Transaction { effects, transfers: Vec::new(), action_proofs }
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
    together(ledger, vec![transfer], &[body], |context| {
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
    together(ledger, vec![transfer], &[body], |context| {
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

/// The action that states what an auction came to.
fn stated((market, number): (MarketId, u32), outcome: &Outcome) -> EnergyAction {
    let traded = match outcome {
        Outcome::Cleared(clearing) => Some(Traded { price: clearing.price, lots: clearing.lots }),
        Outcome::Open | Outcome::Nothing => None,
    };
    EnergyAction::Clear { market, interval: number, traded }
}

/// States what an auction came to.
#[must_use]
pub fn clear(ledger: LedgerId, place: (MarketId, u32), interval: &Interval, tick: u64) -> Transaction {
    alone(ledger, &stated(place, &interval.clear(tick)), |_| EnergyProof::None)
}

/// An auction as it is once it is cleared, and the action that clears it if that is still to be done: [`take`] does both at once.
/// `None` while bids are made or revealed.
#[must_use]
pub fn settled(
    (market, terms): (MarketId, &MarketTerms),
    (number, interval): (u32, &Interval),
    now: Timestamp,
) -> Option<(Interval, Option<EnergyAction>)> {
    let mut settled = interval.clone();
    if settled.outcome != Outcome::Open {
        return Some((settled, None));
    }
    if terms.revealed_by(number).is_none_or(|until| now < until) {
        return None;
    }
    settled.outcome = interval.clear(terms.tick);
    let clear = stated((market, number), &settled.outcome);
    Some((settled, Some(clear)))
}

/// Takes what a bid came to, by public transfers in mode entry: of the energy, and of the money, if there is any. If the auction
/// is not cleared yet, the same transaction does it first.
///
/// # Errors
/// [`EnergyError`].
pub fn take(
    ledger: LedgerId,
    own: &OwnBid,
    clear: Option<EnergyAction>,
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
    let actions: Vec<_> = clear.into_iter().chain([body]).collect();
    together(ledger, transfers, &actions, |context| Ok(EnergyProof::Signature(own.sign(context.digest))))
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
    together(ledger, transfers, &[body], |context| Ok(EnergyProof::Signature(own.sign(context.digest))))
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
    together(ledger, vec![transfer], &[body], |context| {
        Ok(EnergyProof::Signature(sign_as_operator(operator, context.digest)))
    })
}

/// A transaction that is one action without a transfer.
fn alone(ledger: LedgerId, body: &EnergyAction, prove: impl FnOnce(TransactionDigest) -> EnergyProof) -> Transaction {
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![body.action()]);
    let proof = proof_bytes(&prove(effects.digest()));
    Transaction { effects, transfers: Vec::new(), action_proofs: vec![proof] }
}

/// A transaction that is transfers and actions, of which the last is proved, and those before it need no proof.
fn together(
    ledger: LedgerId,
    transfers: Vec<UnprovenTransfer>,
    actions: &[EnergyAction],
    prove: impl FnOnce(&ProofContext) -> Result<EnergyProof, EnergyError>,
) -> Result<WithTransfers, EnergyError> {
    let mut builder = TransactionBuilder::new(ledger);
    for transfer in transfers {
        builder.add(transfer);
    }
    for action in actions {
        builder.add_action(action.action());
    }
    let before = actions.len().saturating_sub(1);
    let index = u32::try_from(before).unwrap_or(u32::MAX);
    let context = ProofContext { ledger, digest: builder.effects().digest(), index };
    let mut proofs = vec![proof_bytes(&EnergyProof::None); before];
    proofs.push(proof_bytes(&prove(&context)?));
    Ok(WithTransfers { transaction: builder.build()?, proofs })
}

/// C of a transfer and what opens it.
fn crossing(transfer: &UnprovenTransfer) -> Result<(JubjubPoint, ValueOpening), EnergyError> {
    match (&transfer.effects().statement, transfer.opening()) {
        (TransferStatement::Transfer { instance, .. }, Some(value)) => Ok((instance.value_commitment, value)),
        _ => Err(EnergyError::Transfer),
    }
}
