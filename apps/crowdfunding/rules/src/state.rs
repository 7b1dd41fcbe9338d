//! The rules, and the state that they decide by.
//!
//! Nothing leaves a pool here: every pledge stays an escrow in the pool of its asset, which its claimant or its maker spends.
//! So all that is to be seen to is when a guard opens.

use std::{collections::BTreeMap, num::NonZeroU32, sync::Arc};

use ark_ed_on_bls12_381::EdwardsProjective;
use rpds::RedBlackTreeMapSync;
use tabella_protocol::{
    asset::AssetClass,
    jubjub::JubjubPoint,
    note::{Contract, Guard, NoteCommitment, Timestamp},
    ristretto::Element,
    statement::Mode,
    transaction::ApplicationId,
};
use tabella_verifier::{
    application::{Application, Place, signed_by},
    range::RangeObligation,
};

use crate::{
    action::{Action, MAX_ACKNOWLEDGED, PledgeId, Proof, bridge_statement, goal_statement, signed_message},
    campaign::{Campaign, CampaignId, milestone_digest},
    domain,
    rejection::CrowdfundingRejection as Rejection,
};

/// That the goal was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Success {
    /// When it was shown.
    pub at: Timestamp,
    /// The sum of the counted pledges.
    pub raised: Element,
}

/// How a campaign stands. A clone shares the terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The terms.
    pub campaign: Arc<Campaign>,
    /// The contracts of a pledge, one for each milestone.
    pub contracts: Arc<[Contract]>,
    /// How many pledges there are.
    pub pledges: u32,
    /// How many of them are counted.
    pub counted: u32,
    /// The sum of the value commitments of those that are counted.
    pub sum: JubjubPoint,
    /// Whether the goal was reached.
    pub success: Option<Success>,
    /// Bit i: the release key of milestone i has agreed.
    released: u8,
}

/// A pledge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pledge {
    /// For each milestone the escrow's commitment, and the commitment to its value.
    pub parts: Arc<[(NoteCommitment, JubjubPoint)]>,
    /// When it was made.
    pub at: Timestamp,
    /// Whether the campaign has acknowledged it.
    pub counted: bool,
}

impl Standing {
    fn new(campaign: Campaign, contracts: Vec<Contract>) -> Self {
        Self {
            campaign: Arc::new(campaign),
            contracts: contracts.into(),
            pledges: 0,
            counted: 0,
            sum: JubjubPoint::identity(),
            success: None,
            released: 0,
        }
    }

    /// The number of value commitments in the sum; `None` while nothing is counted.
    #[must_use]
    pub fn terms(&self) -> Option<NonZeroU32> {
        let parts = u32::try_from(self.contracts.len()).ok()?;
        NonZeroU32::new(self.counted.checked_mul(parts)?)
    }

    /// Whether the release key of a milestone has agreed.
    #[must_use]
    pub fn is_released(&self, milestone: u8) -> bool {
        self.released.checked_shr(u32::from(milestone)).is_some_and(|bits| bits & 1 == 1)
    }

    /// Whether what was pledged for a milestone can be claimed, as far as this application goes: the campaign has succeeded,
    /// and for it and all before it the time has come and the release key has agreed. Once open, it is open ever after.
    #[must_use]
    pub fn is_open(&self, milestone: u8, now: Timestamp) -> bool {
        let ready = (0..).zip(&self.campaign.milestones).take(usize::from(milestone) + 1);
        let mut ready = ready.map(|(index, milestone)| {
            now >= milestone.not_before && (milestone.release_key.is_none() || self.is_released(index))
        });
        self.success.is_some() && usize::from(milestone) < self.campaign.milestones.len() && ready.all(|is| is)
    }
}

/// The campaigns of a ledger.
#[derive(Clone, Debug, Default)]
pub struct Crowdfunding {
    campaigns: RedBlackTreeMapSync<CampaignId, Standing>,
    pledges: RedBlackTreeMapSync<(CampaignId, PledgeId), Pledge>,
    guards: RedBlackTreeMapSync<[u8; 32], (CampaignId, u8)>,
}

/// What the actions of a transaction change.
#[derive(Debug, Default)]
pub struct CrowdfundingChanges {
    campaigns: BTreeMap<CampaignId, Standing>,
    pledges: BTreeMap<(CampaignId, PledgeId), Pledge>,
}

impl Crowdfunding {
    /// A campaign.
    #[must_use]
    pub fn campaign(&self, id: &CampaignId) -> Option<&Standing> {
        self.campaigns.get(id)
    }

    /// The campaigns after one, in the order of their ids; all of them after `None`.
    pub fn campaigns(&self, after: Option<CampaignId>) -> impl Iterator<Item = (&CampaignId, &Standing)> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.campaigns.range((after.map_or(Unbounded, Excluded), Unbounded))
    }

    /// The pledges to a campaign.
    pub fn pledges(&self, campaign: CampaignId) -> impl Iterator<Item = (PledgeId, &Pledge)> {
        let all = (campaign, PledgeId([0; 32]))..=(campaign, PledgeId([0xff; 32]));
        self.pledges.range(all).map(|((_, id), pledge)| (*id, pledge))
    }

    /// The campaign and the milestone of a guard.
    #[must_use]
    pub fn milestone_of(&self, guard: &Guard) -> Option<(CampaignId, u8)> {
        self.guards.get(&guard.to_bytes()).copied()
    }
}

impl Application for Crowdfunding {
    const ID: ApplicationId = domain::APPLICATION;
    type Body = Action;
    type Proof = Proof;
    type Changes = CrowdfundingChanges;
    type Error = Rejection;

    fn check(
        &self,
        changes: &mut CrowdfundingChanges,
        action: Action,
        proof: Proof,
        place: &mut Place<'_>,
    ) -> Result<(), Rejection> {
        Check { state: self, changes, proof, place }.action(action)
    }

    fn execute(&mut self, changes: CrowdfundingChanges) {
        for (id, standing) in changes.campaigns {
            if !self.campaigns.contains_key(&id) {
                for (index, contract) in (0..).zip(standing.contracts.iter()) {
                    self.guards.insert_mut(contract.guard.to_bytes(), (id, index));
                }
            }
            self.campaigns.insert_mut(id, standing);
        }
        for (id, pledge) in changes.pledges {
            self.pledges.insert_mut(id, pledge);
        }
    }

    fn open_guard(&self, guard: &Guard, now: Timestamp) -> Option<[u8; 32]> {
        let (id, milestone) = self.milestone_of(guard)?;
        self.campaigns.get(&id)?.is_open(milestone, now).then(|| milestone_digest(id, milestone))
    }
}

/// One action under check.
struct Check<'a, 'p> {
    state: &'a Crowdfunding,
    changes: &'a mut CrowdfundingChanges,
    proof: Proof,
    place: &'a mut Place<'p>,
}

impl Check<'_, '_> {
    fn action(mut self, action: Action) -> Result<(), Rejection> {
        match action {
            Action::Open(campaign) => self.open(*campaign)?,
            Action::Pledge { campaign, transfers } => self.pledge(campaign, &transfers)?,
            Action::Acknowledge { campaign, pledges } => self.acknowledge(campaign, &pledges)?,
            Action::Succeed { campaign, counted, raised } => self.succeed(campaign, counted, raised)?,
            Action::Release { campaign, milestone } => self.release(campaign, milestone)?,
        }
        // Every part is taken by the action that needs it.
        if self.proof == Proof::default() {
            Ok(())
        } else {
            Err(Rejection::Proof("there is a part that it does not need"))
        }
    }

    fn open(&mut self, campaign: Campaign) -> Result<(), Rejection> {
        campaign.check()?;
        if campaign.deadline <= self.place.time() {
            return Err(Rejection::Deadline);
        }
        if self.place.class_of(&campaign.asset) != Some(AssetClass::Ordinary) {
            return Err(Rejection::Asset);
        }
        let id = campaign.id(self.place.ledger());
        if self.standing(&id).is_ok() {
            return Err(Rejection::Exists(id));
        }
        self.check_signature(&campaign.key)?;
        let contracts = campaign.contracts(self.place.ledger()).ok_or(Rejection::Guard)?;
        self.changes.campaigns.insert(id, Standing::new(campaign, contracts));
        Ok(())
    }

    fn pledge(&mut self, id: CampaignId, transfers: &[u32]) -> Result<(), Rejection> {
        let mut standing = self.standing(&id)?.clone();
        if standing.success.is_some() {
            return Err(Rejection::Succeeded(id));
        }
        if self.place.time() >= standing.campaign.deadline {
            return Err(Rejection::Closed(id));
        }
        let (expected, found) = (standing.contracts.len(), transfers.len());
        if expected != found {
            return Err(Rejection::Parts { expected, found });
        }
        let mut parts = Vec::with_capacity(expected);
        for (index, (transfer, contract)) in transfers.iter().zip(standing.contracts.iter()).enumerate() {
            let (used, value) = self.place.use_deferred(*transfer, Mode::Tag, standing.campaign.asset)?;
            let note = used.output().filter(|_| used.contract() == Some(contract));
            parts.push((note.ok_or(Rejection::Contract(index))?, value));
        }
        standing.pledges = standing.pledges.checked_add(1).ok_or(Rejection::TooManyPledges)?;
        let pledge = PledgeId::derive(id, self.place.digest(), self.place.context().index);
        let made = Pledge { parts: parts.into(), at: self.place.time(), counted: false };
        self.changes.pledges.insert((id, pledge), made);
        self.changes.campaigns.insert(id, standing);
        Ok(())
    }

    fn acknowledge(&mut self, id: CampaignId, pledges: &[PledgeId]) -> Result<(), Rejection> {
        if pledges.is_empty() || pledges.len() > MAX_ACKNOWLEDGED {
            return Err(Rejection::Count);
        }
        let mut standing = self.claimable(&id)?;
        if standing.success.is_some() {
            return Err(Rejection::Succeeded(id));
        }
        self.check_signature(&standing.campaign.key)?;
        let mut sum = EdwardsProjective::from(*standing.sum.affine());
        for pledge in pledges {
            let key = (id, *pledge);
            let known = self.changes.pledges.get(&key).or_else(|| self.state.pledges.get(&key));
            let known = known.ok_or(Rejection::UnknownPledge(*pledge))?;
            if known.counted {
                return Err(Rejection::Counted(*pledge));
            }
            for (_, value) in known.parts.iter() {
                sum += value.affine();
            }
            let counted = Pledge { counted: true, ..known.clone() };
            self.changes.pledges.insert(key, counted);
            standing.counted = standing.counted.checked_add(1).ok_or(Rejection::TooManyPledges)?;
        }
        standing.sum = JubjubPoint::new(sum);
        standing.terms().ok_or(Rejection::TooManyPledges)?;
        self.changes.campaigns.insert(id, standing);
        Ok(())
    }

    fn succeed(&mut self, id: CampaignId, counted: u32, raised: Element) -> Result<(), Rejection> {
        let mut standing = self.claimable(&id)?;
        if standing.success.is_some() {
            return Err(Rejection::Succeeded(id));
        }
        if self.place.time() < standing.campaign.deadline && !standing.campaign.closes_at_goal {
            return Err(Rejection::TooEarly(id));
        }
        if standing.counted != counted {
            return Err(Rejection::Stale { expected: standing.counted, found: counted });
        }
        let terms = standing.terms().ok_or(Rejection::NothingCounted)?;
        self.check_signature(&standing.campaign.key)?;
        let bridge = self.proof.bridge.take().ok_or(Rejection::Proof("there is no bridge"))?;
        let proof = self.proof.range.take().ok_or(Rejection::Proof("there is no range proof"))?;
        // Each commitment in the sum is the C of a transfer that a pledge has used: its value is below 2^64.
        self.place.push_bridge(bridge_statement(standing.sum, terms, raised), bridge);
        let statement = goal_statement(id, standing.campaign.goal, counted, &raised);
        self.place.push_range(RangeObligation { context: self.place.context(), statement, proof });
        standing.success = Some(Success { at: self.place.time(), raised });
        self.changes.campaigns.insert(id, standing);
        Ok(())
    }

    fn release(&mut self, id: CampaignId, index: u8) -> Result<(), Rejection> {
        let mut standing = self.claimable(&id)?;
        let milestone = standing.campaign.milestones.get(usize::from(index));
        let milestone = milestone.ok_or(Rejection::UnknownMilestone(index))?;
        let key = milestone.release_key.ok_or(Rejection::NoReleaseKey(index))?;
        if standing.success.is_none() {
            return Err(Rejection::NotSucceeded(id));
        }
        if standing.is_released(index) {
            return Err(Rejection::Released(index));
        }
        let (now, not_before) = (self.place.time(), milestone.not_before);
        if now < not_before {
            let (not_before, now) = (not_before.seconds(), now.seconds());
            return Err(Rejection::MilestoneTooEarly { milestone: index, not_before, now });
        }
        if index.checked_sub(1).is_some_and(|before| !standing.is_open(before, now)) {
            return Err(Rejection::OutOfOrder(index));
        }
        self.check_signature(&key)?;
        standing.released |= 1_u8.checked_shl(u32::from(index)).ok_or(Rejection::UnknownMilestone(index))?;
        self.changes.campaigns.insert(id, standing);
        Ok(())
    }

    fn standing(&self, id: &CampaignId) -> Result<&Standing, Rejection> {
        let standing = self.changes.campaigns.get(id).or_else(|| self.state.campaigns.get(id));
        standing.ok_or(Rejection::UnknownCampaign(*id))
    }

    /// A campaign on which claims have not ended.
    fn claimable(&self, id: &CampaignId) -> Result<Standing, Rejection> {
        let standing = self.standing(id)?;
        if self.place.time() < standing.campaign.claim_until {
            Ok(standing.clone())
        } else {
            Err(Rejection::TooLate(*id))
        }
    }

    fn check_signature(&mut self, key: &[u8; 32]) -> Result<(), Rejection> {
        let signature = self.proof.signature.take().ok_or(Rejection::Proof("there is no signature"))?;
        if signed_by(key, &signed_message(self.place.digest()), &signature.0) {
            Ok(())
        } else {
            Err(Rejection::Signature)
        }
    }
}
