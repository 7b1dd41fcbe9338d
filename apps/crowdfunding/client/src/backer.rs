//! A backer: pledges, and finds her pledges again.

use std::fmt;

use rand_core::{CryptoRng, RngCore};
use tabella_crowdfunding_rules::{Action, CampaignId, Crowdfunding, PledgeId, Standing, shown::Stage};
use tabella_payments::holder::{Holder, LockOrder, Moment, Next, PaymentError, PaymentOrder, Step};
use tabella_protocol::{
    asset::AssetClass,
    note::{NoteValue, Timestamp},
    note_encryption::{Memo, MemoTooLong},
    transaction::TransactionEffects,
    tree::Position,
};
use tabella_prover::{
    builder::{FinishError, PreparedTransaction, TransactionBuilder, Unproven, UnprovenTransfer},
    wallet::{NoteKind, Ownership, ReceivedNote, Wallet},
};
use tabella_verifier::state::LedgerState;
use thiserror::Error;

use crate::{memo::PledgeMemo, settle::milestone_of};

/// Why a pledge is not put together.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PledgeError {
    /// No such campaign.
    #[error("there is no campaign {0} on this ledger")]
    UnknownCampaign(CampaignId),
    /// The deadline has passed, or the campaign has closed at its goal.
    #[error("nothing is pledged to campaign {0} any more")]
    Closed(CampaignId),
    /// A milestone would get nothing.
    #[error("the least pledge to this campaign is {least} (smallest units): every milestone gets a share of it")]
    TooSmall {
        /// The least amount.
        least: u64,
    },
    /// The message is too long.
    #[error(transparent)]
    Memo(#[from] MemoTooLong),
    /// The transfers cannot be prepared.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
}

/// A pledge to be made. `Debug` prints nothing.
#[derive(Clone)]
pub struct PledgeOrder {
    /// To which campaign.
    pub campaign: CampaignId,
    /// How much.
    pub amount: NoteValue,
    /// What the campaign is told.
    pub memo: PledgeMemo,
}

impl fmt::Debug for PledgeOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PledgeOrder(<secret>)")
    }
}

/// The next transaction on the way to a pledge.
#[derive(Debug)]
pub enum PledgeStep {
    /// Notes of the backer's own are split or merged first: a payment to herself, which looks like any other. Submit it, read
    /// the ledger, and ask again.
    First(PreparedTransaction<Unproven>),
    /// The pledge. The proof of its one action is [`no_proof`].
    Pledge(PreparedTransaction<Unproven>),
}

/// The proof of a pledge's action: there is nothing to prove beside the transfers.
#[must_use]
pub fn no_proof() -> Vec<u8> {
    tabella_crowdfunding_rules::Proof::default().encode()
}

/// Prepares the next transaction on the way to a pledge; the notes that it spends are reserved while it may be accepted.
///
/// # Errors
/// [`PledgeError`] tells why not.
pub fn prepare_pledge(
    holder: &mut Holder,
    at: &Moment<'_>,
    order: &PledgeOrder,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<PledgeStep, PledgeError> {
    let rules = at.state.application::<Crowdfunding>();
    let standing = rules.and_then(|rules| rules.campaign(&order.campaign));
    let standing = standing.ok_or(PledgeError::UnknownCampaign(order.campaign))?;
    if standing.stage(at.now) != Stage::Open {
        return Err(PledgeError::Closed(order.campaign));
    }
    let least = standing.campaign.least_pledge().0;
    let parts = standing.campaign.split(order.amount).ok_or(PledgeError::TooSmall { least })?;
    let (memo, moment) = (order.memo.encode()?, *at);
    Pledging { holder, at: moment, standing, parts, memo, locked: Vec::new() }.next(order, rng)
}

/// A pledge whose transfers are being prepared: each needs notes of its own.
struct Pledging<'a> {
    holder: &'a mut Holder,
    at: Moment<'a>,
    standing: &'a Standing,
    parts: Vec<NoteValue>,
    memo: Memo,
    /// Transfers that are ready, with the indices of their milestones.
    locked: Vec<(usize, UnprovenTransfer)>,
}

impl Pledging<'_> {
    fn next(mut self, order: &PledgeOrder, rng: &mut (impl RngCore + CryptoRng)) -> Result<PledgeStep, PledgeError> {
        let pool = self.at.state.pool(AssetClass::Ordinary).id();
        let available = self.holder.wallet().balance(pool, self.standing.campaign.asset, self.at.now).spendable;
        if available < u128::from(order.amount.0) {
            return Err(PaymentError::Insufficient { available, amount: order.amount.0 }.into());
        }
        // Parts for which there is a note of just this value come first: a note that was split off is not spent for another.
        let mut rest = Vec::new();
        for index in 0..self.parts.len() {
            let is_exact = self.parts.get(index).is_some_and(|part| self.has_exactly(*part));
            if !is_exact {
                rest.push(index);
            } else if let Some(first) = self.lock(index, rng)? {
                return Ok(self.give_up(0, first));
            }
        }
        let exact = self.locked.len();
        let unserved = rest.first().copied();
        for index in rest {
            match self.lock(index, rng) {
                Ok(None) => {}
                Ok(Some(merge)) => return Ok(self.give_up(0, merge)),
                Err(PledgeError::Payment(PaymentError::Insufficient { .. })) => {
                    // There is enough, in too few notes: the first part that has no note of its own is split off.
                    self.release(exact);
                    let split = self.split_off(unserved.unwrap_or(index), rng)?;
                    return Ok(self.give_up(0, split));
                }
                Err(error) => return Err(error),
            }
        }
        self.locked.sort_by_key(|(index, _)| *index);
        let mut builder = TransactionBuilder::new(self.at.state.id());
        let transfers = self.locked.drain(..).map(|(_, transfer)| builder.add(transfer));
        let transfers = transfers.filter_map(|index| u32::try_from(index).ok()).collect();
        builder.add_action(Action::Pledge { campaign: order.campaign, transfers }.encode());
        Ok(PledgeStep::Pledge(builder.build()?))
    }

    fn has_exactly(&self, value: NoteValue) -> bool {
        let mut plain = self.holder.wallet().unspent().filter(|note| note.kind() == NoteKind::Plain);
        plain.any(|note| {
            let is_free = !note.is_reserved(self.at.now) && note.note().asset == self.standing.campaign.asset;
            is_free && note.note().value == value
        })
    }

    /// Locks the part of a milestone; a merge if one is needed before.
    fn lock(
        &mut self,
        index: usize,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Option<PreparedTransaction<Unproven>>, PledgeError> {
        let campaign = &self.standing.campaign;
        let (Some(contract), Some(amount)) = (self.standing.contracts.get(index), self.parts.get(index)) else {
            return Ok(None);
        };
        let order = LockOrder {
            claimant: campaign.claimant,
            terms: contract.terms,
            guard: contract.guard,
            amount: *amount,
            memo: if index == 0 { self.memo.clone() } else { Memo::empty() },
            is_tagged: true,
        };
        match self.holder.prepare_lock(&self.at, campaign.asset, &order, rng)? {
            Next::Transfer(transfer) => {
                self.locked.push((index, *transfer));
                Ok(None)
            }
            Next::Merge(merge) => Ok(Some(merge)),
        }
    }

    /// A payment of a part to oneself.
    fn split_off(
        &mut self,
        index: usize,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PreparedTransaction<Unproven>, PledgeError> {
        let amount = self.parts.get(index).copied().unwrap_or_default();
        let to = self.holder.wallet().address(0);
        let order = PaymentOrder { to, asset: self.standing.campaign.asset, amount, memo: Memo::empty() };
        match self.holder.prepare(&self.at, &order, rng)? {
            Step::Pay(transaction) | Step::Merge(transaction) => Ok(transaction),
        }
    }

    /// Makes the notes of all transfers but the first so many available again.
    fn release(&mut self, keep: usize) {
        let released = self.locked.drain(keep.min(self.locked.len())..);
        let transfers = released.map(|(_, transfer)| transfer.effects().clone()).collect();
        self.holder.release(&TransactionEffects::new(self.at.state.id(), transfers, Vec::new()));
    }

    fn give_up(mut self, keep: usize, first: PreparedTransaction<Unproven>) -> PledgeStep {
        self.release(keep);
        PledgeStep::First(first)
    }
}

/// What became of a part of a pledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartState {
    /// Still under its escrow.
    Locked,
    /// Claimed by the campaign, or taken back: its nullifier does not tell by whom.
    Spent,
}

/// A part of a pledge of one's own. `Debug` prints no amount.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnPart {
    /// The milestone.
    pub milestone: u8,
    /// Its position in the pool of ordinary assets.
    pub position: Position,
    /// How much it holds.
    pub value: NoteValue,
    /// What became of it.
    pub state: PartState,
}

impl fmt::Debug for OwnPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnPart")
            .field("milestone", &self.milestone)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A pledge of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPledge {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its id.
    pub id: PledgeId,
    /// When it was made.
    pub at: Timestamp,
    /// Whether the campaign counts it.
    pub counted: bool,
    /// Its parts, one for each milestone.
    pub parts: Vec<OwnPart>,
}

impl OwnPledge {
    /// How much it is.
    #[must_use]
    pub fn amount(&self) -> u128 {
        self.parts.iter().map(|part| u128::from(part.value.0)).sum()
    }
}

/// A wallet's own pledges, found by the escrows that it may take back.
#[must_use]
pub fn own_pledges(state: &LedgerState, wallet: &Wallet) -> Vec<OwnPledge> {
    let Some(rules) = state.application::<Crowdfunding>() else { return Vec::new() };
    let is_mine = |note: &&ReceivedNote| matches!(note.ownership(), Ownership::Escrow { refund: Some(_), .. });
    let mut mine: Vec<_> = wallet
        .notes()
        .filter(is_mine)
        .filter_map(|note| {
            let (campaign, milestone) = milestone_of(rules, note)?;
            Some((campaign, milestone, note.note().commitment(), note))
        })
        .collect();
    mine.sort_by_key(|(campaign, milestone, ..)| (*campaign, *milestone));
    let mut campaigns: Vec<CampaignId> = mine.iter().map(|(campaign, ..)| *campaign).collect();
    campaigns.dedup();
    let mut own = Vec::new();
    for campaign in campaigns {
        for (id, pledge) in rules.pledges(campaign) {
            let find = |(commitment, _): &(_, _)| {
                let (_, milestone, _, note) =
                    mine.iter().find(|(of, _, known, _)| *of == campaign && known == commitment)?;
                let state = if note.spent().is_some() { PartState::Spent } else { PartState::Locked };
                Some(OwnPart { milestone: *milestone, position: note.position(), value: note.note().value, state })
            };
            if let Some(parts) = pledge.parts.iter().map(find).collect::<Option<Vec<_>>>() {
                own.push(OwnPledge { campaign, id, at: pledge.at, counted: pledge.counted, parts });
            }
        }
    }
    own
}
