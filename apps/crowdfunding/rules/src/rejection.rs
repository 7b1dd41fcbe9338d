//! Why an action is refused.

use tabella_verifier::application::UseError;
use thiserror::Error;

use crate::{
    action::{MAX_ACKNOWLEDGED, PledgeId},
    campaign::{CampaignError, CampaignId},
};

/// Why an action is refused: one variant for each rule.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrowdfundingRejection {
    /// A transfer cannot be used so.
    #[error(transparent)]
    Use(#[from] UseError),
    /// Signature, bridge or range proof are missing or superfluous.
    #[error("the action comes with exactly the signature and proofs that it needs: {0}")]
    Proof(&'static str),
    /// Not signed by whom it must be.
    #[error("the signature is not that of the key that this action needs")]
    Signature,
    /// The terms are wrong.
    #[error(transparent)]
    Campaign(#[from] CampaignError),
    /// A campaign that would be over before it begins.
    #[error("a campaign's deadline is after the block's time")]
    Deadline,
    /// An asset that was never issued, or of class named.
    #[error("pledges are of an ordinary asset of this ledger")]
    Asset,
    /// A guard that is 0.
    #[error("the guard of a milestone is 0: change a letter of the title")]
    Guard,
    /// Opened before.
    #[error("campaign {0} is open already")]
    Exists(CampaignId),
    /// A campaign that does not exist.
    #[error("there is no campaign {0}")]
    UnknownCampaign(CampaignId),
    /// From the deadline on.
    #[error("the deadline of campaign {0} has passed: nothing is pledged any more")]
    Closed(CampaignId),
    /// Not one transfer for each milestone.
    #[error("{found} transfers, and a pledge to this campaign is one for each of its {expected} milestones")]
    Parts {
        /// The campaign's milestones.
        expected: usize,
        /// Transfers named.
        found: usize,
    },
    /// An escrow for somebody else, of other times, or under another guard.
    #[error("the escrow for milestone {0} does not have the contract that the campaign asks for")]
    Contract(usize),
    /// More pledges than are counted.
    #[error("a campaign has fewer than 2^32 commitments")]
    TooManyPledges,
    /// No pledge, or too many.
    #[error("1 to {MAX_ACKNOWLEDGED} pledges are acknowledged at once")]
    Count,
    /// Not a pledge to this campaign.
    #[error("there is no pledge {0} to this campaign")]
    UnknownPledge(PledgeId),
    /// A pledge counts once.
    #[error("pledge {0} is counted already")]
    Counted(PledgeId),
    /// From the end of claims on.
    #[error("claims on what was pledged to campaign {0} have ended: everything goes back")]
    TooLate(CampaignId),
    /// Success before the deadline.
    #[error("campaign {0} shows its success from its deadline on")]
    TooEarly(CampaignId),
    /// Another number of counted pledges than the proof is about.
    #[error("{expected} pledges are counted, and the proof is about {found}")]
    Stale {
        /// Counted on the ledger.
        expected: u32,
        /// In the action.
        found: u32,
    },
    /// No pledge is counted.
    #[error("no pledge is counted yet")]
    NothingCounted,
    /// After success.
    #[error("campaign {0} has succeeded already: nothing is pledged or counted any more")]
    Succeeded(CampaignId),
    /// Before success.
    #[error("campaign {0} has not succeeded")]
    NotSucceeded(CampaignId),
    /// A milestone that does not exist.
    #[error("the campaign has no milestone {0}")]
    UnknownMilestone(u8),
    /// Nobody's consent is needed.
    #[error("milestone {0} needs nobody's release")]
    NoReleaseKey(u8),
    /// Released before.
    #[error("milestone {0} is released already")]
    Released(u8),
    /// Before its time.
    #[error("milestone {milestone} is not released before {not_before}, and it is {now}")]
    MilestoneTooEarly {
        /// The milestone.
        milestone: u8,
        /// Its time.
        not_before: u64,
        /// Time of the block.
        now: u64,
    },
    /// Before one that comes before it.
    #[error("milestone {0} is released after those before it are open")]
    OutOfOrder(u8),
}
