//! Crowdfunding: campaigns with a goal, and pledges whose amounts nobody but the campaign learns.
//!
//! A pledge is a tagged escrow for each milestone. Their commitments add up on Jubjub, the sum crosses the bridge once, and a
//! range proof shows that it reaches the goal. Success opens the guards; failure needs nobody, because every escrow goes back
//! to its maker by its own terms. The chapter is docs/applications/crowdfunding.md.
//!
//! Reading order: [`campaign`] (the terms), [`action`] (what is said on the ledger), [`state`] (the rules), then [`shown`] and
//! [`audit`] (what everybody sees and can check).

pub mod action;
pub mod audit;
pub mod campaign;
pub mod domain;
mod rejection;
pub mod shown;
pub mod state;

pub use action::{Action, MAX_ACKNOWLEDGED, PledgeId, Proof};
pub use campaign::{Campaign, CampaignError, CampaignId, Milestone};
pub use rejection::CrowdfundingRejection;
pub use state::{Crowdfunding, Pledge, Standing, Success};
