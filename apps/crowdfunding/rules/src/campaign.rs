//! What a campaign promises, for good: its id is the hash of all of it.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    hash::blake2b_256,
    hash_newtype,
    keys::Address,
    note::{AssetId, Contract, Guard, NoteValue, Terms, Timestamp},
    transaction::LedgerId,
};
use thiserror::Error;

use crate::domain;

/// Longest title, in bytes.
pub const MAX_TITLE_BYTES: usize = 128;
/// Most milestones of a campaign.
pub const MAX_MILESTONES: usize = 8;
/// What the shares of all milestones add up to: shares are basis points.
pub const WHOLE: u16 = 10_000;

hash_newtype! {
    /// Which campaign: BLAKE2b-256 (`Crowdfund_Campgn`) of the ledger's id and the campaign's canonical bytes.
    CampaignId
}

/// A part of what is raised, and when the campaign gets it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Milestone {
    /// Its share of every pledge, in basis points, at least 1.
    pub share: u16,
    /// Not claimed before this; at least that of the milestone before it.
    pub not_before: Timestamp,
    /// Ed25519 key that must agree, if there is one.
    pub release_key: Option<[u8; 32]>,
}

/// The terms of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Campaign {
    /// Ed25519 key that opens it, acknowledges pledges and shows success.
    pub key: [u8; 32],
    /// 1 to 128 bytes.
    pub title: String,
    /// [`describe`] of a longer text; zeros if there is none.
    pub description: [u8; 32],
    /// What is pledged: an ordinary asset.
    pub asset: AssetId,
    /// What all counted pledges must reach together, at least 1.
    pub goal: NoteValue,
    /// Pledges are made before this.
    pub deadline: Timestamp,
    /// Whether success may be shown before the deadline; pledges end then.
    pub closes_at_goal: bool,
    /// Success is shown, and what was pledged is claimed, before this.
    pub claim_until: Timestamp,
    /// What was not claimed goes back from this on.
    pub refund_from: Timestamp,
    /// Where pledges are sent: an address made for this campaign alone.
    pub claimant: Address,
    /// 1 to 8, whose shares add up to 10,000.
    pub milestones: Vec<Milestone>,
}

/// Why terms are refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CampaignError {
    /// No title, or one that is too long.
    #[error("a campaign's title has 1 to {MAX_TITLE_BYTES} bytes and is not blank")]
    Title,
    /// A goal of 0.
    #[error("a campaign's goal is at least 1")]
    Goal,
    /// Times that cannot be.
    #[error("a campaign's times are in order: deadline < end of claims <= begin of refunds")]
    Times,
    /// No milestone, or too many.
    #[error("a campaign has 1 to {MAX_MILESTONES} milestones")]
    Milestones,
    /// Shares that are not the whole.
    #[error("each milestone has a share of at least 1 basis point, and all add up to {WHOLE}: here to {0}")]
    Shares(u32),
    /// A milestone that is before the one before it, or that could never be claimed.
    #[error("milestone {0} is not before the one before it, and begins before claims end")]
    MilestoneTime(usize),
    /// Anybody could read what is sent there.
    #[error("the transmission key of the campaign's address is the identity")]
    Claimant,
}

impl Campaign {
    /// Checks what can be said of the terms alone.
    ///
    /// # Errors
    /// [`CampaignError`]: one variant for each rule.
    pub fn check(&self) -> Result<(), CampaignError> {
        if self.title.trim().is_empty() || self.title.len() > MAX_TITLE_BYTES {
            return Err(CampaignError::Title);
        }
        if self.goal == NoteValue(0) {
            return Err(CampaignError::Goal);
        }
        if self.deadline >= self.claim_until || self.claim_until > self.refund_from {
            return Err(CampaignError::Times);
        }
        if self.milestones.is_empty() || self.milestones.len() > MAX_MILESTONES {
            return Err(CampaignError::Milestones);
        }
        let shares: u32 = self.milestones.iter().map(|milestone| u32::from(milestone.share)).sum();
        if shares != u32::from(WHOLE) || self.milestones.iter().any(|milestone| milestone.share == 0) {
            return Err(CampaignError::Shares(shares));
        }
        let mut last = Timestamp::ZERO;
        for (index, milestone) in self.milestones.iter().enumerate() {
            if milestone.not_before < last || milestone.not_before >= self.claim_until {
                return Err(CampaignError::MilestoneTime(index));
            }
            last = milestone.not_before;
        }
        if self.claimant.transmission_key().is_identity() { Err(CampaignError::Claimant) } else { Ok(()) }
    }

    /// The id on a ledger.
    #[must_use]
    pub fn id(&self, ledger: LedgerId) -> CampaignId {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        CampaignId(blake2b_256(domain::CAMPAIGN, &[ledger.as_bytes(), &bytes]))
    }

    /// The contracts of a pledge, one for each milestone in order; `None` with negligible probability.
    #[must_use]
    pub fn contracts(&self, ledger: LedgerId) -> Option<Vec<Contract>> {
        let (id, claimant) = (self.id(ledger), self.claimant.owner());
        let terms = Terms { claim_until: self.claim_until, refund_from: self.refund_from, burn_only: false };
        let contract = |index: u8| Some(Contract { claimant, terms, guard: guard(id, index)? });
        (0..).zip(&self.milestones).map(|(index, _)| contract(index)).collect()
    }

    /// How an amount is split: every milestone but the last gets its share rounded down, the last one all that remains.
    /// `None` if a part would be 0, which no transfer can carry; [`Self::least_pledge`] is the least amount that is split.
    #[must_use]
    pub fn split(&self, amount: NoteValue) -> Option<Vec<NoteValue>> {
        let (_, first) = self.milestones.split_last()?;
        let mut rest = amount.0;
        let mut parts = Vec::with_capacity(self.milestones.len());
        for milestone in first {
            let part = u128::from(amount.0) * u128::from(milestone.share) / u128::from(WHOLE);
            let part = u64::try_from(part).ok()?;
            rest = rest.checked_sub(part)?;
            parts.push(NoteValue(part));
        }
        parts.push(NoteValue(rest));
        parts.iter().all(|part| *part != NoteValue(0)).then_some(parts)
    }

    /// The least amount that can be pledged.
    #[must_use]
    pub fn least_pledge(&self) -> NoteValue {
        let least = |milestone: &Milestone| u64::from(WHOLE).div_ceil(u64::from(milestone.share.max(1)));
        let (_, first) = self.milestones.split_last().unzip();
        NoteValue(first.unwrap_or_default().iter().map(least).max().unwrap_or(1))
    }
}

/// The digest that a milestone's guard commits to.
#[must_use]
pub fn milestone_digest(campaign: CampaignId, index: u8) -> [u8; 32] {
    blake2b_256(domain::MILESTONE, &[&campaign.0, &[index]])
}

/// The guard of a milestone; `None` with negligible probability.
#[must_use]
pub fn guard(campaign: CampaignId, index: u8) -> Option<Guard> {
    Guard::of(&domain::APPLICATION.0, &milestone_digest(campaign, index))
}

/// The digest of a campaign's longer text.
#[must_use]
pub fn describe(text: &[u8]) -> [u8; 32] {
    blake2b_256(domain::DESCRIPTION, &[text])
}
