//! What anybody checks of a campaign, from the ledger's entries alone: that those pledges and no others were counted, each once,
//! and that their sum reaches the goal.
//!
//! This does not use the state of the rules: it goes through the entries once, by itself. That the value in each commitment is
//! below 2^64, and is what the escrow holds, is shown by the proofs of the transfers. [`Audit::new`] relies on the ledger for
//! them, [`Audit::with_proofs`] verifies those of the campaign's pledges, which takes longer. That notes which the transfers
//! spend exist and are unspent follows from a replay of the whole ledger, and from nothing less.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
};

use ark_ed_on_bls12_381::EdwardsProjective;
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    jubjub::JubjubPoint,
    note::{Contract, ContractHash, Timestamp},
    ristretto::Element,
    statement::Mode,
    transaction::{LedgerId, LoggedTransaction, Transaction, TransactionDigest, TransferStatement},
    transcript::ProofContext,
};
use tabella_verifier::{
    application::signed_by,
    bridge::{BridgeError, verify_bridge},
    groth16::VerifyingKeys,
    obligations::Obligations,
    range::{RangeError, verify_range},
    transaction::proof_obligations,
};
use thiserror::Error;

use crate::{
    action::{Action, PledgeId, Proof, bridge_statement, goal_statement, signed_message},
    campaign::{Campaign, CampaignId},
    domain,
};

/// What is wrong with a campaign on a ledger: the ledger has accepted what it must not.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditError {
    /// No such campaign in the entries.
    #[error("no entry opens campaign {0}: is this the right ledger?")]
    NotOpened(CampaignId),
    /// An action that does not decode.
    #[error("entry {0}: an action does not decode")]
    Decode(u64),
    /// Opened twice, under impossible terms, or too late.
    #[error("entry {0}: the campaign cannot be opened so")]
    Opening(u64),
    /// Not signed by the key of the terms.
    #[error("entry {0}: a signature is not that of the key that it needs")]
    Signature(u64),
    /// At the wrong time.
    #[error("entry {0}: the action is too early or too late")]
    Time(u64),
    /// A transfer that is no pledge: of another asset or mode, used twice, or with another contract.
    #[error("entry {0}: a pledge is not what the campaign asks for")]
    Pledge(u64),
    /// A pledge that does not exist, or that is counted already.
    #[error("entry {0}: a pledge is counted that does not exist, or a second time")]
    Count(u64),
    /// The number of counted pledges is another one than the proof is about.
    #[error("entry {0}: success is shown for another number of pledges than are counted")]
    Stale(u64),
    /// The sum does not cross the bridge.
    #[error("entry {0}: the sum of the pledges is not the one whose range is proved: {1}")]
    Bridge(u64, BridgeError),
    /// The sum does not reach the goal.
    #[error("entry {0}: the counted pledges are not proved to reach the goal: {1}")]
    Goal(u64, RangeError),
    /// A milestone that cannot be released so.
    #[error("entry {0}: a milestone is released that cannot be")]
    Release(u64),
    /// A proof of a transfer.
    #[error("entry {0}: the proof of a pledge's transfer does not verify")]
    Transfer(u64),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// The terms.
    pub campaign: Campaign,
    /// How many pledges were made.
    pub pledges: usize,
    /// How many are counted.
    pub counted: u32,
    /// How many commitments were added up.
    pub commitments: u64,
    /// When it was shown that the goal is reached.
    pub succeeded_at: Option<Timestamp>,
    /// Milestones whose release key has agreed.
    pub released: Vec<u8>,
    /// How many proofs of transfers were verified.
    pub proofs: usize,
}

/// A campaign as the entries so far give it.
struct Found {
    campaign: Campaign,
    contracts: Vec<(Contract, ContractHash)>,
    /// The commitments of pledges that are not counted.
    waiting: BTreeMap<PledgeId, Vec<JubjubPoint>>,
    pledges: usize,
    counted: u32,
    sum: EdwardsProjective,
    succeeded_at: Option<Timestamp>,
    released: BTreeSet<u8>,
}

/// A check under way: entries are read in order, from the ledger's first one.
pub struct Audit<'k> {
    ledger: LedgerId,
    id: CampaignId,
    found: Option<Found>,
    keys: Option<&'k VerifyingKeys>,
    proofs: Obligations,
}

impl std::fmt::Debug for Audit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audit").field("campaign", &self.id).finish_non_exhaustive()
    }
}

/// Where an action stands.
struct At<'a> {
    number: u64,
    time: Timestamp,
    context: ProofContext,
    transaction: &'a Transaction,
}

impl<'k> Audit<'k> {
    /// A check of a campaign that relies on the ledger for the proofs of transfers.
    #[must_use]
    pub fn new(ledger: LedgerId, id: CampaignId) -> Self {
        Self { ledger, id, found: None, keys: None, proofs: Obligations::new() }
    }

    /// A check that verifies the proofs of the pledges' transfers, too, under these keys.
    #[must_use]
    pub fn with_proofs(ledger: LedgerId, id: CampaignId, keys: &'k VerifyingKeys) -> Self {
        Self { keys: Some(keys), ..Self::new(ledger, id) }
    }

    /// Reads the next entry.
    ///
    /// # Errors
    /// [`AuditError`] names the entry.
    pub fn read(
        &mut self,
        number: u64,
        logged: &LoggedTransaction,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), AuditError> {
        let transaction = &logged.transaction;
        let mut digest: Option<TransactionDigest> = None;
        let mut used = BTreeSet::new();
        let actions = transaction.effects.actions.iter().zip(&transaction.action_proofs);
        for (index, (action, proof)) in (0..).zip(actions) {
            if action.application != domain::APPLICATION {
                continue;
            }
            let body: Action = borsh::from_slice(&action.body).map_err(|_| AuditError::Decode(number))?;
            if self.campaign_of(&body) != self.id {
                continue;
            }
            let proof: Proof = borsh::from_slice(proof).map_err(|_| AuditError::Decode(number))?;
            let digest = *digest.get_or_insert_with(|| transaction.effects.digest());
            let context = ProofContext { ledger: self.ledger, digest, index };
            let at = At { number, time: logged.time, context, transaction };
            match body {
                Action::Open(campaign) => self.open(&at, *campaign, &proof)?,
                Action::Pledge { transfers, .. } => self.pledge(&at, &transfers, &mut used)?,
                Action::Acknowledge { pledges, .. } => self.acknowledge(&at, &pledges, &proof)?,
                Action::Succeed { counted, raised, .. } => self.succeed(&at, counted, raised, &proof, rng)?,
                Action::Release { milestone, .. } => self.release(&at, milestone, &proof)?,
            }
        }
        Ok(())
    }

    /// What all entries come to.
    ///
    /// # Errors
    /// [`AuditError::NotOpened`]; [`AuditError::Transfer`] if proofs are verified.
    pub fn finish(self, rng: &mut (impl RngCore + CryptoRng)) -> Result<AuditReport, AuditError> {
        let found = self.found.ok_or(AuditError::NotOpened(self.id))?;
        let proofs = self.proofs.counts().proofs;
        if let Some(keys) = self.keys {
            let culprits = self.proofs.verify(keys, rng, |_, _, _| {});
            if let Some(entry) = culprits.proofs.first() {
                return Err(AuditError::Transfer(*entry));
            }
        }
        Ok(AuditReport {
            pledges: found.pledges,
            counted: found.counted,
            commitments: u64::from(found.counted) * found.campaign.milestones.len() as u64,
            succeeded_at: found.succeeded_at,
            released: found.released.into_iter().collect(),
            campaign: found.campaign,
            proofs,
        })
    }

    fn campaign_of(&self, action: &Action) -> CampaignId {
        match action {
            Action::Open(campaign) => campaign.id(self.ledger),
            Action::Pledge { campaign, .. }
            | Action::Acknowledge { campaign, .. }
            | Action::Succeed { campaign, .. }
            | Action::Release { campaign, .. } => *campaign,
        }
    }

    fn open(&mut self, at: &At<'_>, campaign: Campaign, proof: &Proof) -> Result<(), AuditError> {
        let contracts = campaign.contracts(self.ledger).filter(|_| campaign.check().is_ok());
        let contracts = contracts.filter(|_| self.found.is_none()).ok_or(AuditError::Opening(at.number))?;
        at.signed(&campaign.key, proof)?;
        at.holds(at.time < campaign.deadline)?;
        let contracts = contracts.into_iter().map(|contract| (contract, contract.hash())).collect();
        self.found = Some(Found {
            campaign,
            contracts,
            waiting: BTreeMap::new(),
            pledges: 0,
            counted: 0,
            sum: EdwardsProjective::from(*JubjubPoint::identity().affine()),
            succeeded_at: None,
            released: BTreeSet::new(),
        });
        Ok(())
    }

    fn found(&mut self) -> Result<&mut Found, AuditError> {
        self.found.as_mut().ok_or(AuditError::NotOpened(self.id))
    }

    fn pledge(&mut self, at: &At<'_>, transfers: &[u32], used: &mut BTreeSet<u32>) -> Result<(), AuditError> {
        let id = PledgeId::derive(self.id, at.context.digest, at.context.index);
        let found = self.found()?;
        at.holds(at.time < found.campaign.deadline && found.succeeded_at.is_none())?;
        let wrong = AuditError::Pledge(at.number);
        if transfers.len() != found.contracts.len() {
            return Err(wrong);
        }
        let mut values = Vec::with_capacity(transfers.len());
        for (index, (contract, hash)) in transfers.iter().zip(&found.contracts) {
            let effects = usize::try_from(*index).ok().and_then(|index| at.transaction.effects.transfers.get(index));
            let effects = effects.filter(|_| used.insert(*index)).ok_or(wrong)?;
            let TransferStatement::Transfer { instance, .. } = &effects.statement else { return Err(wrong) };
            let is_right = instance.mode == Mode::Tag
                && instance.reveal
                && instance.asset_revealed == found.campaign.asset.element()
                && effects.contract.as_ref() == Some(contract)
                && instance.contract_revealed == hash.element();
            values.push(if is_right { instance.value_commitment } else { return Err(wrong) });
        }
        found.pledges += 1;
        found.waiting.insert(id, values);
        if self.keys.is_some() {
            for proof in proof_obligations(at.transaction) {
                self.proofs.push_proof(at.number, proof);
            }
        }
        Ok(())
    }

    fn acknowledge(&mut self, at: &At<'_>, pledges: &[PledgeId], proof: &Proof) -> Result<(), AuditError> {
        let found = self.found()?;
        at.signed(&found.campaign.key, proof)?;
        at.holds(at.time < found.campaign.claim_until && found.succeeded_at.is_none())?;
        for pledge in pledges {
            let values = found.waiting.remove(pledge).ok_or(AuditError::Count(at.number))?;
            for value in values {
                found.sum += value.affine();
            }
            found.counted = found.counted.checked_add(1).ok_or(AuditError::Count(at.number))?;
        }
        Ok(())
    }

    fn succeed(
        &mut self,
        at: &At<'_>,
        counted: u32,
        raised: Element,
        proof: &Proof,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), AuditError> {
        let id = self.id;
        let found = self.found()?;
        let campaign = &found.campaign;
        at.signed(&campaign.key, proof)?;
        let early = at.time < campaign.deadline && !campaign.closes_at_goal;
        at.holds(!early && at.time < campaign.claim_until && found.succeeded_at.is_none())?;
        let terms = u32::try_from(campaign.milestones.len()).ok().and_then(|parts| found.counted.checked_mul(parts));
        let terms = terms.and_then(NonZeroU32::new).filter(|_| counted == found.counted);
        let terms = terms.ok_or(AuditError::Stale(at.number))?;
        let (Some(bridge), Some(range)) = (&proof.bridge, &proof.range) else {
            return Err(AuditError::Decode(at.number));
        };
        let statement = bridge_statement(JubjubPoint::new(found.sum), terms, raised);
        verify_bridge(&at.context, &statement, bridge).map_err(|error| AuditError::Bridge(at.number, error))?;
        let statement = goal_statement(id, campaign.goal, counted, &raised);
        verify_range(&at.context, &statement, range, rng).map_err(|error| AuditError::Goal(at.number, error))?;
        found.succeeded_at = Some(at.time);
        Ok(())
    }

    fn release(&mut self, at: &At<'_>, milestone: u8, proof: &Proof) -> Result<(), AuditError> {
        let found = self.found()?;
        let wrong = AuditError::Release(at.number);
        let terms = found.campaign.milestones.get(usize::from(milestone)).ok_or(wrong)?;
        at.signed(&terms.release_key.ok_or(wrong)?, proof)?;
        at.holds(found.succeeded_at.is_some() && terms.not_before <= at.time && at.time < found.campaign.claim_until)?;
        let before = (0..milestone).zip(&found.campaign.milestones);
        let mut before = before.map(|(index, terms)| terms.release_key.is_none() || found.released.contains(&index));
        if !before.all(|ready| ready) || !found.released.insert(milestone) {
            return Err(wrong);
        }
        Ok(())
    }
}

impl At<'_> {
    fn signed(&self, key: &[u8; 32], proof: &Proof) -> Result<(), AuditError> {
        let message = signed_message(self.context.digest);
        let is_signed = proof.signature.as_ref().is_some_and(|signature| signed_by(key, &message, &signature.0));
        if is_signed { Ok(()) } else { Err(AuditError::Signature(self.number)) }
    }

    fn holds(&self, in_time: bool) -> Result<(), AuditError> {
        if in_time { Ok(()) } else { Err(AuditError::Time(self.number)) }
    }
}
