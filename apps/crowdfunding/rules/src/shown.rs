//! What everybody may know of a campaign.

use serde::Serialize;
use tabella_protocol::note::Timestamp;
use tabella_verifier::application::{InstanceId, Readable};

use crate::{
    campaign::CampaignId,
    domain,
    state::{Crowdfunding, Standing},
};

/// Where a campaign is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Pledges are made.
    Open,
    /// The deadline has passed, and the campaign has not shown yet that the goal is reached.
    Counting,
    /// The goal is reached, and what was pledged is claimed, milestone by milestone.
    Succeeded,
    /// The goal is reached, and claims have ended: what was not claimed goes back.
    Ended,
    /// The campaign has not shown in time that the goal is reached: everything goes back.
    Failed,
}

/// A milestone, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownMilestone {
    /// Share of every pledge, in basis points.
    pub share: u16,
    /// Seconds since 1970 before which it is not claimed.
    pub not_before: u64,
    /// Ed25519 key that must agree, in hexadecimal.
    pub release_key: Option<String>,
    /// Whether it has.
    pub released: bool,
    /// Whether it can be claimed now.
    pub open: bool,
}

/// A campaign, as it stands. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownCampaign {
    /// Id of the campaign.
    pub campaign: String,
    /// Title.
    pub title: String,
    /// Digest of the longer text, if there is one.
    pub description: Option<String>,
    /// Ed25519 key of the campaign.
    pub key: String,
    /// Id of the asset.
    pub asset: String,
    /// Goal in the asset's smallest unit.
    pub goal: u64,
    /// Pledges are made before this.
    pub deadline: u64,
    /// Whether success may be shown before the deadline.
    pub closes_at_goal: bool,
    /// Claims end.
    pub claim_until: u64,
    /// Refunds begin.
    pub refund_from: u64,
    /// Address to which pledges are sent.
    pub claimant: String,
    /// Least amount that can be pledged, in the asset's smallest unit.
    pub least_pledge: u64,
    /// How many pledges there are.
    pub pledges: u32,
    /// How many the campaign has acknowledged.
    pub counted: u32,
    /// Where it is on its way.
    pub stage: Stage,
    /// When it showed that its goal is reached.
    pub succeeded_at: Option<u64>,
    /// Milestones in order.
    pub milestones: Vec<ShownMilestone>,
}

impl Standing {
    /// Where the campaign is on its way at a time.
    #[must_use]
    pub fn stage(&self, now: Timestamp) -> Stage {
        match (self.success, now < self.campaign.claim_until) {
            (Some(_), true) => Stage::Succeeded,
            (Some(_), false) => Stage::Ended,
            (None, false) => Stage::Failed,
            (None, true) if now < self.campaign.deadline => Stage::Open,
            (None, true) => Stage::Counting,
        }
    }

    /// What everybody may know of it.
    #[must_use]
    pub fn shown(&self, id: CampaignId, now: Timestamp) -> ShownCampaign {
        let campaign = &self.campaign;
        let milestones = (0..).zip(&campaign.milestones).map(|(index, milestone)| ShownMilestone {
            share: milestone.share,
            not_before: milestone.not_before.seconds(),
            release_key: milestone.release_key.map(hex::encode),
            released: self.is_released(index),
            open: self.is_open(index, now),
        });
        ShownCampaign {
            campaign: id.to_string(),
            title: campaign.title.clone(),
            description: (campaign.description != [0; 32]).then(|| hex::encode(campaign.description)),
            key: hex::encode(campaign.key),
            asset: campaign.asset.to_string(),
            goal: campaign.goal.0,
            deadline: campaign.deadline.seconds(),
            closes_at_goal: campaign.closes_at_goal,
            claim_until: campaign.claim_until.seconds(),
            refund_from: campaign.refund_from.seconds(),
            claimant: campaign.claimant.to_string(),
            least_pledge: campaign.least_pledge().0,
            pledges: self.pledges,
            counted: self.counted,
            stage: self.stage(now),
            succeeded_at: self.success.map(|success| success.at.seconds()),
            milestones: milestones.collect(),
        }
    }
}

impl Readable for Crowdfunding {
    const NAME: &'static str = domain::NAME;
    type Row = ShownCampaign;

    fn instances(&self, after: Option<InstanceId>) -> impl Iterator<Item = InstanceId> + '_ {
        self.campaigns(after.map(|id| CampaignId(id.0))).map(|(id, _)| InstanceId(id.0))
    }

    fn row(&self, id: &InstanceId, now: Timestamp) -> Option<ShownCampaign> {
        let id = CampaignId(id.0);
        Some(self.campaign(&id)?.shown(id, now))
    }
}
