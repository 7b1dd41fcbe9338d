//! Orders: a buyer makes the whole transaction, pays in it and is given the licences in it; the seller, or the reseller, looks at it
//! and signs, or does not. All of it happens, or nothing.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::{CryptoRng, RngCore};
use tabella_market_rules::{
    APPLICATION, Market,
    action::{List, MarketAction, MarketProof, Resale, Sale},
    market::Listing,
    price::Price,
    work::{ListingId, Party, ViewerKey, Work, WorkError, WorkId},
};
use tabella_payments::{
    holder::{Holder, PaymentError},
    issuer::{IssueError, next_issue},
};
use tabella_protocol::ristretto::CanonicalScalar;
use tabella_protocol::{
    asset::{self, Issue, issuer_message},
    keys::Address,
    note::{AssetId, NoteValue},
    transaction::{Action, LedgerId, SignatureBytes, Transaction},
    transcript::ProofContext,
};
use tabella_prover::{
    account::AmountOpening,
    builder::{FinishError, PreparedTransaction, ProvingEngine, TransactionBuilder, Unproven, UnprovenTransfer},
};
use tabella_verifier::{assets::Assets, files::PublicFile, state::LedgerState};
use thiserror::Error;

use crate::{
    keys::{MarketKeys, sign},
    price::{Carried, PriceError, Priced},
};

/// Why an order is not made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OrderError {
    /// A work that does not exist.
    #[error("there is no work {0} on this ledger")]
    UnknownWork(WorkId),
    /// Licences that are not offered, or not any more.
    #[error("there is no offer {0} on this ledger")]
    UnknownListing(ListingId),
    /// A payment that is another wallet's.
    #[error("the payment spends no note of this wallet")]
    Foreign,
    /// A price that is not the one that is asked for.
    #[error("these licences are offered for {0} smallest units in public")]
    Ask(u64),
    /// The work.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The licences cannot be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The price cannot be proved.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// The transfers.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
}

/// What a buyer gives the seller or the reseller: it tells the price, and lacks their signature. Whoever else sees it learns the
/// price.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Order {
    transaction: Transaction,
    value: NoteValue,
    blinding: CanonicalScalar,
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Order(<secret>)")
    }
}

impl PublicFile for Order {
    const KIND: &'static str = "market order";
}

/// What is wanted of a seller.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of which work.
    pub work: WorkId,
    /// How many licences.
    pub licences: u32,
    /// Where they go: an address of the buyer's.
    pub to: Address,
    /// Digest of an invoice, or zeros.
    pub invoice: [u8; 32],
}

/// A registered work.
///
/// # Errors
/// [`OrderError::UnknownWork`].
pub fn find_work<'s>(state: &'s LedgerState, id: &WorkId) -> Result<&'s Work, OrderError> {
    let work = state.application::<Market>().and_then(|market| market.work(id));
    work.map(|state| &state.work).ok_or(OrderError::UnknownWork(*id))
}

/// Licences that are offered.
///
/// # Errors
/// [`OrderError::UnknownListing`].
pub fn find_listing(state: &LedgerState, id: &ListingId) -> Result<Listing, OrderError> {
    let listing = state.application::<Market>().and_then(|market| market.listing(id));
    listing.copied().ok_or(OrderError::UnknownListing(*id))
}

/// Orders licences of the seller. `payment` is the transfer of the price, in mode exit, blinded as the price says.
///
/// # Errors
/// [`OrderError`].
pub fn order<E: ProvingEngine>(
    state: &LedgerState,
    holder: &Holder,
    wanted: &Wanted,
    (payment, price): (UnprovenTransfer, &Priced),
    engine: &E,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Order, OrderError> {
    let work = find_work(state, &wanted.work)?;
    let viewers: Vec<_> = work.holders.iter().map(|holder| holder.party.viewer).collect();
    let hidden = price.price(&viewers, rng);
    let Wanted { work: id, licences, to, invoice } = *wanted;
    let sale = MarketAction::Sale(Sale { work: id, transfer: 0, licences, price: hidden.clone(), invoice });
    let notes = [(to, NoteValue(licences.into()))];
    let (_, issue) = next_issue(state.assets(), work.licence.clone(), &notes, false, rng)?;
    let carried = Carried::of(&payment)?;
    let mut builder = TransactionBuilder::new(state.id());
    builder.add(payment);
    builder.add_action(sale.action());
    builder.add_action(Action {
        application: asset::APPLICATION,
        body: borsh::to_vec(&issue).expect("writing to memory"),
    });
    let minimum = work.minimum.saturating_mul(licences.into());
    let proved = ToProve { work: id, price, hidden: &hidden, viewers: &viewers, carried: &carried, minimum };
    let transaction = builder.build()?;
    let proof = proved.prove(&transaction, state.id(), rng)?;
    let unsigned = vec![proof, Vec::new()];
    let transaction = holder.authorize_with(transaction, engine, rng, |_| unsigned)?;
    Ok(Order { transaction, value: price.value(), blinding: CanonicalScalar(price.blinding_factor()) })
}

/// Orders licences that are offered again. `payment` is the transfer of the price, in mode exit; `licence` that of the licences, in
/// mode entry and of their public number, to an address of the buyer's. An order for a public price is complete, and goes to the
/// ledger.
///
/// # Errors
/// [`OrderError`].
pub fn order_offered<E: ProvingEngine>(
    state: &LedgerState,
    holder: &Holder,
    listing: ListingId,
    (payment, price): (UnprovenTransfer, &Priced),
    licence: UnprovenTransfer,
    engine: &E,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Order, OrderError> {
    let offer = find_listing(state, &listing)?;
    let work = find_work(state, &offer.work)?;
    if let Some(ask) = offer.ask
        && !matches!(price, Priced::Public(value) if *value == ask)
    {
        return Err(OrderError::Ask(ask.0));
    }
    let parties = work.holders.iter().map(|holder| holder.party).chain([offer.reseller]);
    let viewers: Vec<_> = parties.map(|party| party.viewer).collect();
    let hidden = price.price(&viewers, rng);
    let carried = Carried::of(&payment)?;
    let mut builder = TransactionBuilder::new(state.id());
    builder.add(payment);
    builder.add(licence);
    builder
        .add_action(MarketAction::Resale(Resale { listing, payment: 0, licence: 1, price: hidden.clone() }).action());
    let minimum = work.resale_minimum.saturating_mul(offer.licences.into());
    let proved = ToProve { work: offer.work, price, hidden: &hidden, viewers: &viewers, carried: &carried, minimum };
    let transaction = builder.build()?;
    let proof = proved.prove(&transaction, state.id(), rng)?;
    let transaction = holder.authorize_with(transaction, engine, rng, |_| vec![proof])?;
    Ok(Order { transaction, value: price.value(), blinding: CanonicalScalar(price.blinding_factor()) })
}

/// What the first action of an order proves.
struct ToProve<'a> {
    work: WorkId,
    price: &'a Priced,
    hidden: &'a Price,
    viewers: &'a [ViewerKey],
    carried: &'a Carried,
    minimum: u64,
}

impl ToProve<'_> {
    fn prove(
        &self,
        transaction: &PreparedTransaction<Unproven>,
        ledger: LedgerId,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<u8>, PriceError> {
        let context = ProofContext { ledger, digest: transaction.digest(), index: 0 };
        let range = self.price.prove_minimum(&context, self.work, self.minimum, rng)?;
        let proof = self.price.prove(&context, self.hidden, self.viewers, self.carried, rng)?;
        Ok(borsh::to_vec(&MarketProof { range, ..proof }).expect("writing to memory"))
    }
}

/// Why an order is not signed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApprovalError {
    /// Of another ledger.
    #[error("the order is of another ledger, {0}")]
    Ledger(LedgerId),
    /// More, or other, than one sale with its issue, or one resale: a signature is for all of a transaction.
    #[error("the order does something else besides: it is one sale and the issue of its licences, or one resale")]
    Form,
    /// Of a work or offer that is not there, or not any more.
    #[error("there is no such work or offer on this ledger, or not any more")]
    Unknown,
    /// The price that the order tells is not the one that it pays.
    #[error("the order pays another price than it tells")]
    Price,
    /// The licences that are issued are others than those that are sold.
    #[error("the order issues other licences than it pays for, or another sale came first: the buyer makes it again")]
    Issue,
    /// Another key.
    #[error("this key does not sell these licences")]
    Key,
}

/// What an order asks for, as whoever signs it sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Review {
    /// Of which work.
    pub work: WorkId,
    /// How many licences.
    pub licences: u32,
    /// The price of all together, in smallest units.
    pub price: NoteValue,
    /// Whether everybody sees it.
    pub is_public: bool,
    /// Which offer, of a resale.
    pub listing: Option<ListingId>,
    /// Digest of the invoice; zeros if there is none.
    pub invoice: [u8; 32],
}

impl Order {
    /// The transaction as it is, signed or not.
    #[must_use]
    pub fn into_transaction(self) -> Transaction {
        self.transaction
    }

    /// What it asks for: everything that a signature would be for.
    ///
    /// # Errors
    /// [`ApprovalError`].
    pub fn review(&self, state: &LedgerState) -> Result<Review, ApprovalError> {
        let effects = &self.transaction.effects;
        if effects.ledger != state.id() {
            return Err(ApprovalError::Ledger(effects.ledger));
        }
        let (transfers, count) = (effects.transfers.len(), effects.actions.len());
        let first = effects.actions.first().filter(|action| action.application == APPLICATION);
        let first = first.ok_or(ApprovalError::Form)?;
        let review = match borsh::from_slice(&first.body).map_err(|_| ApprovalError::Form)? {
            MarketAction::Sale(sale) if (transfers, count) == (1, 2) => {
                let work = find_work(state, &sale.work).map_err(|_| ApprovalError::Unknown)?;
                check_issue(state.assets(), work, effects.actions.get(1), sale.licences)?;
                self.reviewed(&sale.price, (sale.work, sale.licences), None, sale.invoice)?
            }
            MarketAction::Resale(resale) if (transfers, count) == (2, 1) => {
                let offer = find_listing(state, &resale.listing).map_err(|_| ApprovalError::Unknown)?;
                self.reviewed(&resale.price, (offer.work, offer.licences), Some(resale.listing), [0; 32])?
            }
            _ => return Err(ApprovalError::Form),
        };
        Ok(review)
    }

    fn reviewed(
        &self,
        price: &Price,
        (work, licences): (WorkId, u32),
        listing: Option<ListingId>,
        invoice: [u8; 32],
    ) -> Result<Review, ApprovalError> {
        if price.commitment() != AmountOpening::new(self.value, self.blinding.0).commitment() {
            return Err(ApprovalError::Price);
        }
        let is_public = matches!(price, Price::Public(_));
        Ok(Review { work, licences, price: self.value, is_public, listing, invoice })
    }

    /// Signs a sale, with the key that issues the licences: for the sale, and for their issue. For the ledger.
    ///
    /// # Errors
    /// [`ApprovalError`]: the order was looked at again.
    pub fn approve(self, state: &LedgerState, key: &SigningKey) -> Result<Transaction, ApprovalError> {
        let review = self.review(state)?;
        let work = find_work(state, &review.work).map_err(|_| ApprovalError::Unknown)?;
        if review.listing.is_some() || work.seller() != key.verifying_key().as_bytes() {
            return Err(ApprovalError::Key);
        }
        let digest = self.transaction.effects.digest();
        let issue = key.sign(&issuer_message(digest)).to_bytes().to_vec();
        self.signed(sign(key, digest), Some(issue))
    }

    /// Signs a resale, with the keys of the reseller. For the ledger.
    ///
    /// # Errors
    /// [`ApprovalError`]: the order was looked at again.
    pub fn approve_resale(self, state: &LedgerState, keys: &MarketKeys) -> Result<Transaction, ApprovalError> {
        let review = self.review(state)?;
        let listing = review.listing.and_then(|listing| find_listing(state, &listing).ok());
        if listing.is_none_or(|listing| listing.reseller != keys.party()) {
            return Err(ApprovalError::Key);
        }
        let signature = keys.sign(self.transaction.effects.digest());
        self.signed(signature, None)
    }

    fn signed(self, signature: SignatureBytes, issue: Option<Vec<u8>>) -> Result<Transaction, ApprovalError> {
        let mut transaction = self.transaction;
        let first = transaction.action_proofs.first_mut().ok_or(ApprovalError::Form)?;
        let proof: MarketProof = borsh::from_slice(first).map_err(|_| ApprovalError::Form)?;
        let proof = MarketProof { signatures: vec![signature], ..proof };
        *first = borsh::to_vec(&proof).expect("writing to memory");
        if let Some(issue) = issue {
            *transaction.action_proofs.get_mut(1).ok_or(ApprovalError::Form)? = issue;
        }
        Ok(transaction)
    }
}

/// That the second action issues exactly the licences of the sale.
fn check_issue(assets: &Assets, work: &Work, action: Option<&Action>, licences: u32) -> Result<(), ApprovalError> {
    let action = action.filter(|action| action.application == asset::APPLICATION).ok_or(ApprovalError::Form)?;
    let issue: Issue = borsh::from_slice(&action.body).map_err(|_| ApprovalError::Form)?;
    let units: u128 = issue.notes.iter().map(|note| u128::from(note.value.0)).sum();
    let next = work.licence.id().and_then(|id| assets.get(&id)).map_or(0, |state| state.next);
    let is_right =
        issue.asset == work.licence && units == u128::from(licences) && issue.sequence == next && !issue.seal;
    if is_right { Ok(()) } else { Err(ApprovalError::Issue) }
}

/// Offers licences. `transfer` takes them out of their pool, in mode exit and in public.
///
/// # Errors
/// [`FinishError`].
pub fn offer(
    ledger: LedgerId,
    reseller: Party,
    (work, licences): (WorkId, u32),
    ask: Option<NoteValue>,
    transfer: UnprovenTransfer,
) -> Result<(PreparedTransaction<Unproven>, Vec<u8>), FinishError> {
    let list = List { work, transfer: 0, licences, reseller, ask };
    with_transfer(ledger, transfer, &MarketAction::List(list), |_| Vec::new())
}

/// Takes an offer back. `transfer` brings the licences into their pool, in mode entry and in public.
///
/// # Errors
/// [`FinishError`].
pub fn take_back(
    keys: &MarketKeys,
    ledger: LedgerId,
    listing: ListingId,
    transfer: UnprovenTransfer,
) -> Result<(PreparedTransaction<Unproven>, Vec<u8>), FinishError> {
    let unlist = MarketAction::Unlist { listing, transfer: 0 };
    with_transfer(ledger, transfer, &unlist, |transaction| vec![keys.sign(transaction.digest())])
}

fn with_transfer(
    ledger: LedgerId,
    transfer: UnprovenTransfer,
    action: &MarketAction,
    signatures: impl FnOnce(&PreparedTransaction<Unproven>) -> Vec<SignatureBytes>,
) -> Result<(PreparedTransaction<Unproven>, Vec<u8>), FinishError> {
    let mut builder = TransactionBuilder::new(ledger);
    builder.add(transfer);
    builder.add_action(action.action());
    let transaction = builder.build()?;
    let proof = MarketProof { signatures: signatures(&transaction), ..MarketProof::default() };
    Ok((transaction, borsh::to_vec(&proof).expect("writing to memory")))
}

/// The asset of a work's licences on a ledger.
///
/// # Errors
/// [`OrderError`].
pub fn licence_of(state: &LedgerState, work: &WorkId) -> Result<AssetId, OrderError> {
    Ok(find_work(state, work)?.licence_id()?)
}
