//! The rules, and what the ledger keeps of works, accounts and offers.

mod check;
mod row;

use std::collections::BTreeMap;

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar, traits::Identity as _};
use rpds::RedBlackTreeMapSync;
use tabella_protocol::{
    note::{AssetId, NoteValue},
    ristretto::Element,
    transaction::ApplicationId,
};
use tabella_verifier::application::{Application, Place, UseError};
use thiserror::Error;

use crate::{
    APPLICATION,
    action::{MarketAction, MarketProof},
    price::Balance,
    work::{AccountId, ListingId, PARTS_PER_UNIT, Party, Work, WorkError, WorkId},
};

use check::Check;
pub use row::WorkRow;

/// Why an action is refused: one variant for each rule.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MarketRejection {
    /// A transfer cannot be used so; or the licence's asset exists already, or is not the work's to issue.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The work says something impossible of itself.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A work that does not exist.
    #[error("there is no work {0}")]
    UnknownWork(WorkId),
    /// Registered before.
    #[error("work {0} is registered already")]
    Registered(WorkId),
    /// A payment asset that was never issued.
    #[error("the payment asset was never issued on this ledger")]
    UnknownPayment,
    /// An application has stopped the payment asset.
    #[error("an application refuses whatever moves the payment asset")]
    Frozen,
    /// Not as many signatures as must sign.
    #[error("{expected} must sign, and {found} signatures are there")]
    Signatures {
        /// How many must.
        expected: usize,
        /// How many have.
        found: usize,
    },
    /// Not signed by whom it must be: of a registration the holder of this index, or the seller, who is last.
    #[error("signature {0} is not that of whoever must sign there")]
    Signature(usize),
    /// Bridge, handles' proof, rest or range proof are missing or superfluous.
    #[error("the action comes with exactly the proofs that it needs: {0}")]
    Proof(&'static str),
    /// A hidden price whose parts or proof are not of as many parties as are credited.
    #[error("the price and its proof have one part for each of {0} parties")]
    Parts(usize),
    /// No licence.
    #[error("at least one licence is sold")]
    NoLicence,
    /// Below the minimum.
    #[error("the price of so many licences is at least {0} smallest units")]
    Minimum(u128),
    /// Not what is asked for.
    #[error("these licences are offered for {0} smallest units in public, not more and not less")]
    Ask(u64),
    /// An offer of nothing, or below the minimum.
    #[error("a public price is at least 1")]
    Zero,
    /// Licences that are not offered.
    #[error("there is no offer {0}")]
    UnknownListing(ListingId),
    /// An account that does not exist.
    #[error("there is no account {account} of work {work}")]
    UnknownAccount {
        /// The work.
        work: WorkId,
        /// The account.
        account: AccountId,
    },
    /// Another version.
    #[error("the account's version is {expected}, and the action is for version {found}")]
    Version {
        /// Of the account.
        expected: u64,
        /// In the action.
        found: u64,
    },
    /// A presentation before its time, which never comes.
    #[error("a presentation of a licence is for whoever asked for it, and no ledger accepts it")]
    Presentation,
    /// Nothing was credited since the last time.
    #[error("nothing was credited to account {0} since it collected")]
    NothingToCollect(AccountId),
}

/// A work, and what was paid for it.
#[derive(Clone, Debug)]
pub struct WorkState {
    /// As it was registered.
    pub work: Work,
    /// How many sales there were.
    pub sales: u64,
    /// How many licences were sold in them.
    pub licences: u64,
    /// How many resales there were.
    pub resales: u64,
    /// The sum of all prices, of sales and resales.
    pub paid: Element,
    /// The sum of all that was withdrawn.
    pub withdrawn: Element,
}

/// An account of a work: a holder's or a reseller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose.
    pub party: Party,
    /// How often its owner has changed it. Sales do not count: they cannot get in the way of a withdrawal.
    pub version: u64,
    /// What can be withdrawn from.
    pub settled: Balance,
    /// What was credited since the owner collected.
    pub incoming: Balance,
}

impl Account {
    const fn new(party: Party, zero: Balance) -> Self {
        Self { party, version: 0, settled: zero, incoming: zero }
    }

    /// All that the account holds.
    #[must_use]
    pub fn balance(&self) -> Balance {
        self.settled.and(&self.incoming)
    }
}

/// Licences that are offered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Of which work.
    pub work: WorkId,
    /// How many.
    pub licences: u32,
    /// Who is paid.
    pub reseller: Party,
    /// The price for which anybody may have them, if there is one.
    pub ask: Option<NoteValue>,
}

/// The works of a ledger.
#[derive(Clone, Debug, Default)]
pub struct Market {
    works: RedBlackTreeMapSync<WorkId, WorkState>,
    accounts: RedBlackTreeMapSync<(WorkId, AccountId), Account>,
    listings: RedBlackTreeMapSync<ListingId, Listing>,
    offers: RedBlackTreeMapSync<(WorkId, ListingId), ()>,
    licences: RedBlackTreeMapSync<[u8; 32], WorkId>,
}

/// What the actions of a transaction change.
#[derive(Debug, Default)]
pub struct MarketChanges {
    works: BTreeMap<WorkId, WorkState>,
    accounts: BTreeMap<(WorkId, AccountId), Account>,
    /// `None` of offers that are there no longer.
    listings: BTreeMap<ListingId, Option<Listing>>,
}

/// What everybody can add up: whether all that was paid for a work and not withdrawn is in its accounts, to the last part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audit {
    /// How many accounts there are.
    pub accounts: usize,
    /// Whether `Σ X = 10^8·(Σ C' of prices - Σ C' of withdrawals)`.
    pub holds: bool,
}

impl Market {
    /// A work.
    #[must_use]
    pub fn work(&self, id: &WorkId) -> Option<&WorkState> {
        self.works.get(id)
    }

    /// All works.
    pub fn works(&self) -> impl Iterator<Item = (&WorkId, &WorkState)> {
        self.works.iter()
    }

    /// An account of a work.
    #[must_use]
    pub fn account(&self, work: WorkId, account: AccountId) -> Option<&Account> {
        self.accounts.get(&(work, account))
    }

    /// The accounts of a work.
    pub fn accounts(&self, work: WorkId) -> impl Iterator<Item = (AccountId, &Account)> {
        let all = (work, AccountId([0; 32]))..=(work, AccountId([0xff; 32]));
        self.accounts.range(all).map(|((_, id), account)| (*id, account))
    }

    /// Licences that are offered.
    #[must_use]
    pub fn listing(&self, id: &ListingId) -> Option<&Listing> {
        self.listings.get(id)
    }

    /// The offers of a work's licences.
    pub fn offers(&self, work: WorkId) -> impl Iterator<Item = (ListingId, &Listing)> {
        let all = (work, ListingId([0; 32]))..=(work, ListingId([0xff; 32]));
        self.offers.range(all).filter_map(|((_, id), ())| Some((*id, self.listings.get(id)?)))
    }

    /// The work whose licences an asset is.
    #[must_use]
    pub fn work_of_licence(&self, asset: &AssetId) -> Option<WorkId> {
        self.licences.get(&asset.to_bytes()).copied()
    }

    /// Adds the accounts of a work up.
    #[must_use]
    pub fn audit(&self, id: &WorkId) -> Option<Audit> {
        let state = self.work(id)?;
        let (mut accounts, mut sum) = (0, RistrettoPoint::identity());
        for (_, account) in self.accounts(*id) {
            accounts += 1;
            sum += account.settled.amount.point() + account.incoming.amount.point();
        }
        let held = Scalar::from(PARTS_PER_UNIT) * (state.paid.point() - state.withdrawn.point());
        Some(Audit { accounts, holds: sum == held })
    }
}

impl Application for Market {
    const ID: ApplicationId = APPLICATION;
    type Body = MarketAction;
    type Proof = MarketProof;
    type Changes = MarketChanges;
    type Error = MarketRejection;

    fn check(
        &self,
        changes: &mut MarketChanges,
        action: MarketAction,
        proof: MarketProof,
        place: &mut Place<'_>,
    ) -> Result<(), MarketRejection> {
        Check { state: self, changes, proof, place }.action(action)
    }

    fn execute(&mut self, changes: MarketChanges) {
        for (id, work) in changes.works {
            if let Ok(licence) = work.work.licence_id() {
                self.licences.insert_mut(licence.to_bytes(), id);
            }
            self.works.insert_mut(id, work);
        }
        for (id, account) in changes.accounts {
            self.accounts.insert_mut(id, account);
        }
        for (id, listing) in changes.listings {
            if let Some(before) = self.listings.get(&id).map(|before| before.work) {
                self.offers.remove_mut(&(before, id));
                self.listings.remove_mut(&id);
            }
            if let Some(listing) = listing {
                self.offers.insert_mut((listing.work, id), ());
                self.listings.insert_mut(id, listing);
            }
        }
    }

    fn governs(&self, asset: &AssetId) -> bool {
        self.licences.contains_key(&asset.to_bytes())
    }
}
