//! The transactions of a rental. Those with transfers are proved and signed by the wallet that made them.

use rand_core::{CryptoRng, RngCore};
use tabella_access_rules::{
    UsedRight,
    action::{APPLICATION, AccessAction, AccessProof},
    rental::Rental,
    terms::{Party, RentalId, RentalTerms},
};
pub use tabella_payments::holder::WithTransfers;
use tabella_payments::{
    holder::{Holder, Moment},
    issuer::{IssueError, next_issue},
};
use tabella_protocol::{
    asset::{self, AssetClass},
    jubjub::JubjubPoint,
    keys::Address,
    note::{AssetId, NoteValue},
    statement::EmptyWindow,
    transaction::{Action, LedgerId, PoolId, Transaction, TransactionDigest, TransactionEffects, TransferStatement},
    transcript::ProofContext,
    tree::Position,
};
use tabella_prover::{
    bridge::BridgeProveError,
    builder::{
        BuildError, FinishError, Payer, PoolSetting, SpendPath, SpendableNote, TransactionBuilder, UnprovenTransfer,
        ValueOpening, WindowPolicy,
    },
    wallet::{NoteKind, ReceivedNote, Wallet},
};
use thiserror::Error;

use crate::{
    deposit::{Decision, Division},
    history::OwnRental,
    keys::AccessKeys,
    offer::{Offer, Prices},
};

/// Why a transaction cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The prices are not known.
    #[error("the prices of rental {0} are sealed to other keys than these")]
    Prices(RentalId),
    /// The two divisions are not of one rental and number of parts.
    #[error("the two divisions are not of the same rental and number of parts")]
    Divisions,
    /// The wallet does not hold the right.
    #[error("the wallet holds no right of rental {0}: it was used or passed on, or the wallet has to read the ledger")]
    NoRight(RentalId),
    /// The transfer is of another amount.
    #[error(transparent)]
    Bridge(#[from] BridgeProveError),
    /// The right cannot be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The transfer is in a mode or shape that no rental uses.
    #[error("the transfer moves no amount into or out of the pool, or under an escrow")]
    Transfer,
    /// No window at this time.
    #[error(transparent)]
    Window(#[from] EmptyWindow),
    /// The transfer cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
}

/// An action of this application.
#[must_use]
pub fn action(action: &AccessAction) -> Action {
    Action { application: APPLICATION, body: borsh::to_vec(action).expect("writing to memory") }
}

/// The bytes of a proof.
#[must_use]
pub fn proof_bytes(proof: &AccessProof) -> Vec<u8> {
    borsh::to_vec(proof).expect("writing to memory")
}

/// The two transfers of a rental: the rent under its escrow ([`Prices::lock_order`]), and the whole deposit out of the pool,
/// blinded at random.
#[derive(Debug)]
pub struct Payment {
    /// In mode tag.
    pub rent: UnprovenTransfer,
    /// In mode exit.
    pub deposit: UnprovenTransfer,
}

/// Rents, and issues the right to an address: the renter's own, or that of whoever is to use it. `prices` is what
/// [`Offer::check`] gave.
///
/// # Errors
/// [`AccessError`].
pub fn rent(
    keys: &AccessKeys,
    at: &Moment<'_>,
    (offer, prices): (&Offer, &Prices),
    payment: Payment,
    right: Address,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<WithTransfers, AccessError> {
    let (terms, id) = (&offer.terms, offer.rental());
    let unknown = || AccessError::Prices(id);
    let (rent, deposit) = (prices.rent(terms).ok_or_else(unknown)?, prices.share(terms.parts).ok_or_else(unknown)?);
    let (rent_c, rent_opening) = crossing(&payment.rent)?;
    let (deposit_c, deposit_opening) = crossing(&payment.deposit)?;
    let (_, issue) = next_issue(at.state.assets(), terms.right(id), &[(right, NoteValue(1))], true, rng)?;
    let mut builder = TransactionBuilder::new(offer.ledger);
    builder.add(payment.rent);
    builder.add(payment.deposit);
    builder.add_action(action(&AccessAction::Rent { terms: Box::new(terms.clone()), rent: 0, deposit: 1 }));
    let body = borsh::to_vec(&issue).expect("writing to memory");
    builder.add_action(Action { application: asset::APPLICATION, body });
    let context = ProofContext { ledger: offer.ledger, digest: builder.effects().digest(), index: 0 };
    let proof = AccessProof::Rent {
        renter: keys.sign(context.digest),
        owner: offer.consent,
        rent: rent.bridge(&context, rent_c, &rent_opening, rng)?,
        deposit: Box::new(deposit.bridge(&context, deposit_c, &deposit_opening, rng)?),
    };
    let proofs = vec![proof_bytes(&proof), keys.issue(context.digest).0.to_vec()];
    Ok(WithTransfers { transaction: builder.build()?, proofs })
}

/// The escrow of a rental's rent, as the owner's wallet holds it: only an owner that finds it accepts the rental.
#[must_use]
pub fn find_rent(wallet: &Wallet, rental: &Rental) -> Option<(PoolId, Position, NoteValue)> {
    find_escrow(wallet, rental, NoteKind::EscrowToClaim)
}

/// The same escrow, as the renter's wallet holds it.
#[must_use]
pub fn find_refund(wallet: &Wallet, rental: &Rental) -> Option<(PoolId, Position, NoteValue)> {
    find_escrow(wallet, rental, NoteKind::EscrowToRefund)
}

fn find_escrow(wallet: &Wallet, rental: &Rental, kind: NoteKind) -> Option<(PoolId, Position, NoteValue)> {
    let is_rent = |note: &&ReceivedNote| note.kind() == kind && note.note().commitment() == rental.escrow();
    let note = wallet.unspent().find(is_rent)?;
    Some((note.pool(), note.position(), note.note().value))
}

/// Accepts a rental, as the owner whose wallet holds the rent's escrow.
#[must_use]
pub fn accept(keys: &AccessKeys, ledger: LedgerId, rental: RentalId) -> Transaction {
    alone(ledger, &AccessAction::Accept { rental }, |digest| AccessProof::Party(keys.sign(digest)))
}

/// Uses a right that the holder's wallet has: consumes its note, and names the key that answers the device.
///
/// # Errors
/// [`AccessError::NoRight`] and others.
pub fn use_right(
    keys: &AccessKeys,
    holder: &Holder,
    at: &Moment<'_>,
    (rental, terms): (RentalId, &RentalTerms),
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<WithTransfers, AccessError> {
    let asset = terms.right(rental).id().ok_or(AccessError::NoRight(rental))?;
    let transfer = consume(holder.wallet(), at, asset, rng)?.ok_or(AccessError::NoRight(rental))?;
    let used = UsedRight {
        rental: rental.0,
        owner: terms.owner,
        device: terms.device,
        key: keys.use_key(rental),
        seconds: terms.seconds(),
        transfer: 0,
    };
    let mut builder = TransactionBuilder::new(at.state.id());
    builder.add(transfer);
    builder.add_action(action(&AccessAction::Use(used)));
    Ok(WithTransfers { transaction: builder.build()?, proofs: vec![proof_bytes(&AccessProof::Use)] })
}

/// A Cast of the wallet's note of a right: the smallest proof that consumes one. `None` if there is none.
fn consume(
    wallet: &Wallet,
    at: &Moment<'_>,
    asset: AssetId,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Option<UnprovenTransfer>, AccessError> {
    let pool = at.state.pool(AssetClass::Ordinary);
    let is_right =
        |note: &&ReceivedNote| note.pool() == pool.id() && note.note().asset == asset && note.kind() == NoteKind::Plain;
    let Some(note) = wallet.unspent().find(is_right) else { return Ok(None) };
    let Some(path) = pool.tree().path(note.position()) else { return Ok(None) };
    let setting = PoolSetting {
        pool: pool.id(),
        anchor: pool.tree().root(),
        window: WindowPolicy::default().window(at.now)?,
        transfer_key: at.keys.transfer,
        cast_key: at.keys.cast,
        reveal: true,
    };
    // A Cast makes no change.
    let change = wallet.address(0).diversifier();
    let payer = Payer { key: wallet.key(), setting: &setting, change };
    Ok(Some(payer.cast(&SpendableNote { note: note.clone(), path }, SpendPath::Own, rng)?))
}

/// Divides the deposit at once, as both have signed. Whoever has both signatures can.
///
/// # Errors
/// [`AccessError::Divisions`].
pub fn settle(ledger: LedgerId, renter: &Division, owner: &Division) -> Result<Transaction, AccessError> {
    let Division { rental, parts, .. } = *renter;
    if (rental, parts) != (owner.rental, owner.parts) {
        return Err(AccessError::Divisions);
    }
    Ok(alone(ledger, &AccessAction::Settle { rental, parts }, |_| AccessProof::Settle {
        renter: renter.signature,
        owner: owner.signature,
    }))
}

/// Claims parts of the deposit, as the owner.
#[must_use]
pub fn claim(keys: &AccessKeys, ledger: LedgerId, rental: RentalId, parts: u32) -> Transaction {
    alone(ledger, &AccessAction::Claim { rental, parts }, |digest| AccessProof::Party(keys.sign(digest)))
}

/// Disputes the owner's claim, as the renter.
#[must_use]
pub fn dispute(keys: &AccessKeys, ledger: LedgerId, rental: RentalId) -> Transaction {
    alone(ledger, &AccessAction::Dispute { rental }, |digest| AccessProof::Party(keys.sign(digest)))
}

/// Brings the arbiter's decision to the ledger.
#[must_use]
pub fn decide(ledger: LedgerId, decision: &Decision) -> Transaction {
    let Decision { rental, parts, signature } = *decision;
    alone(ledger, &AccessAction::Decide { rental, parts }, |_| AccessProof::Decide(signature))
}

/// Withdraws parts of the deposit, by a transfer in mode entry of their value, blinded at random.
///
/// # Errors
/// [`AccessError`].
pub fn withdraw(
    keys: &AccessKeys,
    ledger: LedgerId,
    (own, by): (&OwnRental, Party),
    parts: u32,
    transfer: UnprovenTransfer,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<WithTransfers, AccessError> {
    let amount = own.prices.as_ref().and_then(|prices| prices.share(parts)).ok_or(AccessError::Prices(own.id))?;
    let (commitment, opening) = crossing(&transfer)?;
    let mut builder = TransactionBuilder::new(ledger);
    builder.add(transfer);
    builder.add_action(action(&AccessAction::Withdraw { rental: own.id, by, parts, transfer: 0 }));
    let context = ProofContext { ledger, digest: builder.effects().digest(), index: 0 };
    let bridge = amount.bridge(&context, commitment, &opening, rng)?;
    let proof = AccessProof::Withdraw { party: keys.sign(context.digest), bridge };
    Ok(WithTransfers { transaction: builder.build()?, proofs: vec![proof_bytes(&proof)] })
}

/// A transaction that is one action without a transfer.
fn alone(ledger: LedgerId, body: &AccessAction, prove: impl FnOnce(TransactionDigest) -> AccessProof) -> Transaction {
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![action(body)]);
    let proof = proof_bytes(&prove(effects.digest()));
    Transaction { effects, transfers: Vec::new(), action_proofs: vec![proof] }
}

/// C of a transfer and what opens it.
fn crossing(transfer: &UnprovenTransfer) -> Result<(JubjubPoint, ValueOpening), AccessError> {
    match (&transfer.effects().statement, transfer.opening()) {
        (TransferStatement::Transfer { instance, .. }, Some(value)) => Ok((instance.value_commitment, value)),
        _ => Err(AccessError::Transfer),
    }
}
