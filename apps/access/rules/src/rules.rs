//! The rules: who may rent, use, claim, dispute, decide and withdraw, when, and with what.
//!
//! Nothing of a deposit is made or lost, whatever it is: with n parts paid by w (C = w·V + r·R, w < 2^64) and bridged to n·P',
//! the two payouts are bridged to k·P' and (n - k)·P', whose sum is n·P'. Values of bridges are integers from 1 to 2^64 - 1, so
//! the payouts add up to w over the integers, or one of them cannot be made at all. That P' opens to a whole number is the
//! parties' affair, who both know its opening: no rule needs it. The rent never leaves the pool: it is an escrow.

use std::{collections::BTreeMap, ops::Bound};

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};
use tabella_access_lock::UsedRight;
use tabella_protocol::{
    account::Amount,
    bridge::BridgeProof,
    note::{AssetId, Guard, NoteValue, Timestamp},
    statement::Mode,
    transaction::{ApplicationId, SignatureBytes},
};
use tabella_verifier::application::{Application, InstanceId, Place, Readable, UseError, UsedTransfer, signed_by};
use thiserror::Error;

use crate::{
    action::{APPLICATION, AccessAction, AccessProof, NAME},
    rental::{Rental, RentalRow, Stage},
    terms::{
        Party, RentalId, RentalTerms, TermsError, consent_message, decision_message, division_message, party_message,
    },
};

/// Why an action on a rental is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessRejection {
    /// A transfer cannot be used so, or the right exists already.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The terms are none.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// The proof is of another action.
    #[error("the proof is of another kind of action")]
    Proof,
    /// Too late to rent.
    #[error("the right could not be used any more: ask the owner for a new offer")]
    OfferExpired,
    /// The owner could keep the renter waiting for too long.
    #[error("the right could be used for more than 366 days from now: ask the owner for an offer that ends sooner")]
    OfferTooFar,
    /// Rented before.
    #[error("rental {0} was made before: an offer is good once")]
    Exists(RentalId),
    /// There is none.
    #[error("there is no rental {0}")]
    UnknownRental(RentalId),
    /// The owner did not agree to the terms.
    #[error("the terms are not signed by the owner")]
    Consent,
    /// The rent is not locked as agreed.
    #[error("transfer {0} does not lock the rent under the contract of the rental")]
    Contract(u32),
    /// Not signed by the party that acts.
    #[error("the transaction is not signed by the {0} of the rental")]
    Signature(Party),
    /// A party did not agree to this division.
    #[error("the {0} has not signed this division of the deposit at the rental's present stage: sign it anew")]
    Division(Party),
    /// The arbiter did not decide this.
    #[error("the decision is not signed by the arbiter of the rental")]
    Decision,
    /// The use says something else than the rental.
    #[error("the use of the right names another {0} than the rental")]
    UseDiffers(&'static str),
    /// The key that opens is one of those that everybody knows already.
    #[error("the key that opens the device is one of the rental's own: make a fresh one for each use")]
    KeyReused,
    /// Not accepted, used before, settled, or too late.
    #[error(
        "the right cannot be used: the owner has not accepted the rental, it was used or settled, or it is too late"
    )]
    NotUsable,
    /// Somebody else's time.
    #[error("the device is in use until {0} (seconds after 1970)")]
    Busy(u64),
    /// More than the deposit, or than was claimed.
    #[error("{parts} parts of the deposit, where {max} are the most")]
    TooManyParts {
        /// In the action.
        parts: u32,
        /// The limit.
        max: u32,
    },
    /// Nothing claimed.
    #[error("a claim is of at least one part of the deposit")]
    EmptyClaim,
    /// Not now.
    #[error("this is not possible now: {0}")]
    Stage(&'static str),
    /// Another amount than is owed.
    #[error("the {party} is owed {owed} parts of the deposit, and the action names {found}")]
    Owed {
        /// Whose action it is.
        party: Party,
        /// How many parts are owed.
        owed: u32,
        /// In the action.
        found: u32,
    },
    /// Nothing to withdraw.
    #[error("the {0} is owed nothing of the deposit")]
    NothingOwed(Party),
    /// Withdrawn before.
    #[error("the {0} has withdrawn already")]
    Paid(Party),
}

/// The rentals of a ledger.
#[derive(Clone, Debug, Default)]
pub struct Rentals {
    rentals: RedBlackTreeMapSync<RentalId, Rental>,
    /// Of each rental's escrow.
    guards: RedBlackTreeMapSync<[u8; 32], RentalId>,
    /// The assets that are rights.
    rights: RedBlackTreeSetSync<[u8; 32]>,
    devices: RedBlackTreeMapSync<DeviceKey, Timestamp>,
}

/// A device of an owner: anybody can let a device that is not theirs, and must not occupy it.
type DeviceKey = ([u8; 32], [u8; 32]);

/// What the actions of one transaction change.
#[derive(Debug, Default)]
pub struct Changes {
    rentals: BTreeMap<RentalId, Rental>,
    /// Until when devices are in use.
    devices: BTreeMap<DeviceKey, Timestamp>,
}

impl Rentals {
    /// A rental.
    #[must_use]
    pub fn rental(&self, id: &RentalId) -> Option<&Rental> {
        self.rentals.get(id)
    }

    /// All of them, in the order of their ids.
    pub fn rentals(&self) -> impl Iterator<Item = (RentalId, &Rental)> {
        self.rentals.iter().map(|(id, rental)| (*id, rental))
    }

    /// Until when an owner's device is in use; `None` if it never was.
    #[must_use]
    pub fn in_use(&self, owner: [u8; 32], device: [u8; 32]) -> Option<Timestamp> {
        self.devices.get(&(owner, device)).copied()
    }
}

impl Application for Rentals {
    const ID: ApplicationId = APPLICATION;
    type Body = AccessAction;
    type Proof = AccessProof;
    type Changes = Changes;
    type Error = AccessRejection;

    fn check(
        &self,
        changes: &mut Changes,
        action: AccessAction,
        proof: AccessProof,
        place: &mut Place<'_>,
    ) -> Result<(), AccessRejection> {
        let mut check = Check { state: self, changes, place };
        match (action, proof) {
            (
                AccessAction::Rent { terms, rent, deposit },
                AccessProof::Rent { renter, owner, rent: rent_bridge, deposit: deposit_bridge },
            ) => check.rent(*terms, (renter, owner), (rent, rent_bridge), (deposit, *deposit_bridge)),
            (AccessAction::Use(right), AccessProof::Use) => check.use_right(&right),
            (AccessAction::Accept { rental }, AccessProof::Party(owner)) => check.accept(rental, &owner),
            (AccessAction::Settle { rental, parts }, AccessProof::Settle { renter, owner }) => {
                check.settle(rental, parts, [(Party::Renter, renter), (Party::Owner, owner)])
            }
            (AccessAction::Claim { rental, parts }, AccessProof::Party(owner)) => check.claim(rental, parts, &owner),
            (AccessAction::Dispute { rental }, AccessProof::Party(renter)) => check.dispute(rental, &renter),
            (AccessAction::Decide { rental, parts }, AccessProof::Decide(arbiter)) => {
                check.decide(rental, parts, &arbiter)
            }
            (AccessAction::Withdraw { rental, by, parts, transfer }, AccessProof::Withdraw { party, bridge }) => {
                check.withdraw(rental, (by, party), parts, (transfer, bridge))
            }
            _ => Err(AccessRejection::Proof),
        }
    }

    fn execute(&mut self, changes: Changes) {
        for (id, rental) in changes.rentals {
            if self.rental(&id).is_none() {
                if let Some(guard) = id.guard() {
                    self.guards.insert_mut(guard.to_bytes(), id);
                }
                if let Some(right) = rental.terms().right(id).id() {
                    self.rights.insert_mut(right.to_bytes());
                }
            }
            self.rentals.insert_mut(id, rental);
        }
        for (device, until) in changes.devices {
            self.devices.insert_mut(device, until);
        }
    }

    fn open_guard(&self, guard: &Guard, _now: Timestamp) -> Option<[u8; 32]> {
        let id = self.guards.get(&guard.to_bytes())?;
        self.rental(id)?.used().map(|_| id.0)
    }

    fn governs(&self, asset: &AssetId) -> bool {
        self.rights.contains(&asset.to_bytes())
    }
}

impl Readable for Rentals {
    const NAME: &'static str = NAME;
    type Row = RentalRow;

    fn instances(&self, after: Option<InstanceId>) -> impl Iterator<Item = InstanceId> + '_ {
        let start = after.map_or(Bound::Unbounded, |id| Bound::Excluded(RentalId(id.0)));
        self.rentals.range((start, Bound::Unbounded)).map(|(id, _)| InstanceId(id.0))
    }

    fn row(&self, id: &InstanceId, now: Timestamp) -> Option<RentalRow> {
        Some(RentalRow::new(self.rental(&RentalId(id.0))?, now))
    }
}

/// One action under check.
struct Check<'a, 'p> {
    state: &'a Rentals,
    changes: &'a mut Changes,
    place: &'a mut Place<'p>,
}

impl Check<'_, '_> {
    fn rent(
        &mut self,
        terms: RentalTerms,
        (renter, owner): (SignatureBytes, SignatureBytes),
        rent: (u32, BridgeProof),
        deposit: (u32, BridgeProof),
    ) -> Result<(), AccessRejection> {
        terms.check()?;
        if self.place.time() >= terms.use_until {
            return Err(AccessRejection::OfferExpired);
        }
        if !terms.is_near(self.place.time()) {
            return Err(AccessRejection::OfferTooFar);
        }
        let id = terms.id(self.place.ledger());
        if self.rental(id).is_ok() {
            return Err(AccessRejection::Exists(id));
        }
        if !signed_by(&terms.owner, &consent_message(id), &owner.0) {
            return Err(AccessRejection::Consent);
        }
        self.signed(&terms, Party::Renter, &renter)?;
        let right = terms.right(id).id().ok_or(TermsError::Hash)?;
        let contract = terms.contract(id).ok_or(TermsError::Hash)?;
        let (amount, all) = (terms.rent().ok_or(TermsError::Price)?, terms.share(terms.parts));
        let used = self.use_transfer(rent, Mode::Tag, terms.asset, amount)?;
        let escrow = used.output().filter(|_| used.contract() == Some(&contract));
        let escrow = escrow.ok_or(AccessRejection::Contract(rent.0))?;
        self.use_transfer(deposit, Mode::Exit, terms.asset, all.ok_or(TermsError::Price)?)?;
        // The right comes into being in this transaction, once, or the transaction is refused.
        self.place.govern(right)?;
        self.place.allow_issue(right, NoteValue(1))?;
        self.changes.rentals.insert(id, Rental::new(terms, escrow));
        Ok(())
    }

    fn accept(&mut self, id: RentalId, owner: &SignatureBytes) -> Result<(), AccessRejection> {
        let rental = self.rental(id)?.clone();
        if rental.stage(self.place.time()) != Stage::Rented {
            return Err(AccessRejection::Stage("a rental is accepted once, before the time to use it is over"));
        }
        self.signed(rental.terms(), Party::Owner, owner)?;
        self.advance(id, rental, Stage::Accepted);
        Ok(())
    }

    fn use_right(&mut self, right: &UsedRight) -> Result<(), AccessRejection> {
        let id = RentalId(right.rental);
        let mut rental = self.rental(id)?.clone();
        let (terms, now) = (rental.terms(), self.place.time());
        let differs = [
            ("owner", right.owner != terms.owner),
            ("device", right.device != terms.device),
            ("number of seconds", right.seconds != terms.seconds()),
        ];
        if let Some((what, _)) = differs.into_iter().find(|(_, differs)| *differs) {
            return Err(AccessRejection::UseDiffers(what));
        }
        if [terms.renter.signer, terms.owner, terms.arbiter, terms.device].contains(&right.key) {
            return Err(AccessRejection::KeyReused);
        }
        if rental.stage(now) != Stage::Accepted {
            return Err(AccessRejection::NotUsable);
        }
        let device = (terms.owner, terms.device);
        let busy = self.changes.devices.get(&device).or_else(|| self.state.devices.get(&device));
        if let Some(until) = busy.filter(|until| now < **until) {
            return Err(AccessRejection::Busy(until.seconds()));
        }
        let asset = terms.right(id).id().ok_or(TermsError::Hash)?;
        let until = Timestamp::new(now.seconds().saturating_add(terms.seconds())).ok_or(TermsError::End)?;
        self.place.use_public(right.transfer, Mode::Consume, asset, NoteValue(1))?;
        rental.use_right(now);
        self.changes.devices.insert(device, until);
        self.changes.rentals.insert(id, rental);
        Ok(())
    }

    fn settle(
        &mut self,
        id: RentalId,
        parts: u32,
        signatures: [(Party, SignatureBytes); 2],
    ) -> Result<(), AccessRejection> {
        let rental = self.within(id, parts, None)?;
        let standing = rental.standing(self.place.time());
        if let Stage::Settled { .. } = standing.stage {
            return Err(AccessRejection::Stage("the deposit is divided already"));
        }
        for (party, signature) in signatures {
            if !signed_by(rental.terms().signer(party), &division_message(id, parts, standing), &signature.0) {
                return Err(AccessRejection::Division(party));
            }
        }
        self.advance(id, rental, Stage::Settled { parts });
        Ok(())
    }

    fn claim(&mut self, id: RentalId, parts: u32, owner: &SignatureBytes) -> Result<(), AccessRejection> {
        let rental = self.within(id, parts, None)?;
        if parts == 0 {
            return Err(AccessRejection::EmptyClaim);
        }
        let now = self.place.time();
        if !matches!(rental.stage(now), Stage::Used { .. }) {
            return Err(AccessRejection::Stage(
                "the owner claims once, after the right was used and before the delay after the paid time is over",
            ));
        }
        self.signed(rental.terms(), Party::Owner, owner)?;
        let until = rental.after_delay(now);
        self.advance(id, rental, Stage::Claimed { parts, until });
        Ok(())
    }

    fn dispute(&mut self, id: RentalId, renter: &SignatureBytes) -> Result<(), AccessRejection> {
        let rental = self.rental(id)?.clone();
        let now = self.place.time();
        let Stage::Claimed { parts, .. } = rental.stage(now) else {
            return Err(AccessRejection::Stage("a claim is disputed before its delay is over, and once"));
        };
        self.signed(rental.terms(), Party::Renter, renter)?;
        let until = rental.after_delay(now);
        self.advance(id, rental, Stage::Disputed { parts, until });
        Ok(())
    }

    fn decide(&mut self, id: RentalId, parts: u32, arbiter: &SignatureBytes) -> Result<(), AccessRejection> {
        let rental = self.rental(id)?.clone();
        let Stage::Disputed { parts: claimed, .. } = rental.stage(self.place.time()) else {
            return Err(AccessRejection::Stage(
                "the arbiter decides once, on a disputed claim, before the delay is over",
            ));
        };
        let rental = self.within(id, parts, Some(claimed))?;
        if !signed_by(&rental.terms().arbiter, &decision_message(id, parts), &arbiter.0) {
            return Err(AccessRejection::Decision);
        }
        self.advance(id, rental, Stage::Settled { parts });
        Ok(())
    }

    fn withdraw(
        &mut self,
        id: RentalId,
        (by, signature): (Party, SignatureBytes),
        parts: u32,
        transfer: (u32, BridgeProof),
    ) -> Result<(), AccessRejection> {
        let mut rental = self.rental(id)?.clone();
        let Stage::Settled { parts: kept } = rental.stage(self.place.time()) else {
            return Err(AccessRejection::Stage("the deposit is not divided yet"));
        };
        let owed = rental.share(by, kept);
        if owed == 0 {
            return Err(AccessRejection::NothingOwed(by));
        }
        if rental.is_paid(by) {
            return Err(AccessRejection::Paid(by));
        }
        if parts != owed {
            return Err(AccessRejection::Owed { party: by, owed, found: parts });
        }
        self.signed(rental.terms(), by, &signature)?;
        let amount = rental.terms().share(parts).ok_or(TermsError::Price)?;
        self.use_transfer(transfer, Mode::Entry, rental.terms().asset, amount)?;
        rental.pay(by);
        self.changes.rentals.insert(id, rental);
        Ok(())
    }

    /// A rental, as the actions before this one leave it.
    fn rental(&self, id: RentalId) -> Result<&Rental, AccessRejection> {
        let rental = self.changes.rentals.get(&id).or_else(|| self.state.rental(&id));
        rental.ok_or(AccessRejection::UnknownRental(id))
    }

    /// A rental, if the number of parts is within a limit: all of them, or fewer.
    fn within(&self, id: RentalId, parts: u32, limit: Option<u32>) -> Result<Rental, AccessRejection> {
        let rental = self.rental(id)?;
        let max = limit.unwrap_or(rental.terms().parts);
        if parts > max { Err(AccessRejection::TooManyParts { parts, max }) } else { Ok(rental.clone()) }
    }

    fn advance(&mut self, id: RentalId, mut rental: Rental, stage: Stage) {
        rental.advance(stage);
        self.changes.rentals.insert(id, rental);
    }

    fn signed(&self, terms: &RentalTerms, party: Party, signature: &SignatureBytes) -> Result<(), AccessRejection> {
        if signed_by(terms.signer(party), &party_message(self.place.digest()), &signature.0) {
            Ok(())
        } else {
            Err(AccessRejection::Signature(party))
        }
    }

    /// A transfer of exactly this amount. A public amount is a commitment without blinding, so one bridge serves both.
    fn use_transfer(
        &mut self,
        (transfer, bridge): (u32, BridgeProof),
        mode: Mode,
        asset: AssetId,
        amount: Amount,
    ) -> Result<UsedTransfer<'_>, AccessRejection> {
        Ok(self.place.use_bridged(transfer, mode, asset, amount.commitment(), bridge)?)
    }
}
