//! A campaign: opens, opens what was pledged to it, counts it, shows that the goal is reached, and rewards its backers.

use std::{collections::HashMap, fmt};

use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use tabella_crowdfunding_rules::{
    Action, Campaign, CampaignError, CampaignId, Crowdfunding, MAX_ACKNOWLEDGED, Pledge, PledgeId, Proof, Standing,
    action::{bridge_statement, goal_statement},
};
use tabella_payments::holder::PaymentOrder;
use tabella_protocol::{
    jubjub::{JubjubPoint, JubjubScalar, blinding_base, value_base},
    keys::Address,
    note::{AssetId, NoteCommitment, NoteValue, Timestamp},
    note_encryption::{Memo, MemoTooLong},
    ristretto::Element,
    secret::Secret,
    transaction::{LedgerId, Transaction},
    transcript::ProofContext,
};
use tabella_prover::{
    account::{AccountError, AmountOpening, prove_range},
    bridge::{BridgeOpening, BridgeProveError, prove_bridge},
    wallet::{HistoryEvent, Ownership, ReceivedNote, Wallet},
};
use tabella_verifier::state::LedgerState;
use thiserror::Error;

use crate::{alone, keys::CampaignKeys, memo::PledgeMemo};

/// Why a campaign cannot do something.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CampaignerError {
    /// The terms are wrong.
    #[error(transparent)]
    Campaign(#[from] CampaignError),
    /// The terms name another key.
    #[error("this campaign is of another key")]
    OtherKey,
    /// No such campaign.
    #[error("there is no campaign {0} on this ledger")]
    UnknownCampaign(CampaignId),
    /// Nothing to acknowledge.
    #[error("there is no pledge that waits to be acknowledged and that this wallet can open")]
    NothingNew,
    /// A counted pledge that the wallet does not hold: another wallet has acknowledged it.
    #[error(
        "pledge {0} is counted, and this wallet cannot open it: it is not the campaign's wallet, or has not read on"
    )]
    Missing(PledgeId),
    /// The goal is not reached.
    #[error("{raised} are counted, and the goal is {goal} (smallest units)")]
    NotReached {
        /// The sum of what is counted.
        raised: u128,
        /// The goal.
        goal: u64,
    },
    /// More than any asset has.
    #[error("the counted pledges are more above the goal than 2^64 - 1")]
    Overflow,
    /// The bridge.
    #[error(transparent)]
    Bridge(#[from] BridgeProveError),
    /// The range proof.
    #[error(transparent)]
    Range(#[from] AccountError),
}

/// Opens a campaign.
///
/// # Errors
/// [`CampaignerError::Campaign`], [`CampaignerError::OtherKey`].
pub fn open(keys: &CampaignKeys, ledger: LedgerId, campaign: Campaign) -> Result<Transaction, CampaignerError> {
    campaign.check()?;
    if campaign.key != keys.key() {
        return Err(CampaignerError::OtherKey);
    }
    alone(ledger, &Action::Open(Box::new(campaign)), |context| Ok(Proof::signed(keys.sign(context.digest))))
}

/// Why the campaign does not acknowledge a pledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unacceptable {
    /// The backer did not send what opens it.
    #[error("the part for milestone {0} cannot be opened with what came with it")]
    Unopened(usize),
    /// Not split by the campaign's shares.
    #[error("the amount is not split by the campaign's shares")]
    Split,
}

/// A pledge that the campaign can open. `Debug` prints no amount.
#[derive(Clone)]
pub struct OpenedPledge {
    /// Its id.
    pub id: PledgeId,
    /// When it was made.
    pub at: Timestamp,
    /// How much it is.
    pub amount: NoteValue,
    /// Whether it is counted.
    pub counted: bool,
    /// What the backer says.
    pub memo: PledgeMemo,
    /// The sum of its blinding factors.
    blinding: Secret<JubjubScalar>,
}

impl fmt::Debug for OpenedPledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedPledge").field("id", &self.id).field("counted", &self.counted).finish_non_exhaustive()
    }
}

/// The sum of the counted pledges, opened. `Debug` prints nothing.
#[derive(Clone)]
pub struct Raised {
    /// The amount.
    pub value: u128,
    /// The sum of the blinding factors.
    pub blinding: Secret<JubjubScalar>,
}

impl fmt::Debug for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Raised(<secret>)")
    }
}

/// What a campaign knows of its pledges: the ledger's state, opened with its wallet. Nothing else is kept.
#[derive(Clone, Debug)]
pub struct Book {
    id: CampaignId,
    standing: Standing,
    opened: Vec<OpenedPledge>,
    refused: Vec<(PledgeId, Unacceptable)>,
}

impl Book {
    /// Opens the pledges to a campaign with its wallet, which has read as far as the state.
    ///
    /// # Errors
    /// [`CampaignerError::UnknownCampaign`]; [`CampaignerError::Missing`] if the wallet is not the campaign's.
    pub fn read(state: &LedgerState, wallet: &Wallet, id: CampaignId) -> Result<Self, CampaignerError> {
        let rules = state.application::<Crowdfunding>();
        let (rules, standing) =
            rules.and_then(|rules| Some((rules, rules.campaign(&id)?))).ok_or(CampaignerError::UnknownCampaign(id))?;
        let is_mine = |note: &&ReceivedNote| matches!(note.ownership(), Ownership::Escrow { claim: Some(_), .. });
        let mut mine: HashMap<_, Vec<_>> = HashMap::new();
        for note in wallet.notes().filter(is_mine) {
            mine.entry(note.note().commitment()).or_default().push(note);
        }
        let mut book = Self { id, standing: standing.clone(), opened: Vec::new(), refused: Vec::new() };
        for (pledge_id, pledge) in rules.pledges(id) {
            match open_pledge(standing, &mine, (pledge_id, pledge)) {
                Ok(opened) => book.opened.push(opened),
                Err(_) if pledge.counted => return Err(CampaignerError::Missing(pledge_id)),
                Err(why) => book.refused.push((pledge_id, why)),
            }
        }
        Ok(book)
    }

    /// How the campaign stands on the ledger.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The pledges that the campaign can open, counted or not.
    #[must_use]
    pub fn opened(&self) -> &[OpenedPledge] {
        &self.opened
    }

    /// The pledges that it does not acknowledge.
    #[must_use]
    pub fn refused(&self) -> &[(PledgeId, Unacceptable)] {
        &self.refused
    }

    /// The counted pledges together.
    #[must_use]
    pub fn raised(&self) -> Raised {
        let (mut value, mut blinding) = (0, JubjubScalar::from(0_u64));
        for pledge in self.opened.iter().filter(|pledge| pledge.counted) {
            value += u128::from(pledge.amount.0);
            blinding += pledge.blinding.expose();
        }
        Raised { value, blinding: Secret::new(blinding) }
    }

    /// Acknowledges pledges that wait, up to [`MAX_ACKNOWLEDGED`] of them.
    ///
    /// # Errors
    /// [`CampaignerError::NothingNew`].
    pub fn acknowledge(&self, keys: &CampaignKeys, ledger: LedgerId) -> Result<Transaction, CampaignerError> {
        let waiting = self.opened.iter().filter(|pledge| !pledge.counted).map(|pledge| pledge.id);
        let pledges: Vec<_> = waiting.take(MAX_ACKNOWLEDGED).collect();
        if pledges.is_empty() {
            return Err(CampaignerError::NothingNew);
        }
        let action = Action::Acknowledge { campaign: self.id, pledges };
        alone(ledger, &action, |context| Ok(Proof::signed(keys.sign(context.digest))))
    }

    /// Shows that the counted pledges reach the goal.
    ///
    /// # Errors
    /// [`CampaignerError::NotReached`].
    pub fn succeed(
        &self,
        keys: &CampaignKeys,
        ledger: LedgerId,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Transaction, CampaignerError> {
        let goal = self.standing.campaign.goal;
        let proving = GoalProof::new(self.raised(), goal, rng)?;
        let (campaign, counted, raised) = (self.id, self.standing.counted, proving.raised());
        alone(ledger, &Action::Succeed { campaign, counted, raised }, |context| {
            let mut proof = proving.prove(context, self.id, &self.standing, rng)?;
            proof.signature = Some(keys.sign(context.digest));
            Ok(proof)
        })
    }

    /// The rewards that the campaign owes: one payment for each counted pledge that asks for one, unless the wallet's history
    /// has it already, or the address is the wallet's own ([`Self::rewards_to_itself`]).
    ///
    /// # Errors
    /// Never in practice: the memo is short.
    pub fn rewards_due(&self, wallet: &Wallet, asset: AssetId, amount: NoteValue) -> Result<Vec<Reward>, MemoTooLong> {
        let mut due = Vec::new();
        for pledge in self.opened.iter().filter(|pledge| pledge.counted) {
            let to = pledge.memo.reward_to.filter(|to| !is_own(wallet, to));
            let Some(to) = to else { continue };
            let memo = Memo::from_text(&format!("Reward for pledge {}", pledge.id))?;
            let sent = wallet.history().iter().any(|entry| {
                let is_to = matches!(entry.event, HistoryEvent::Sent { to: sent, .. } if sent == to);
                is_to && entry.asset == asset && entry.memo == memo
            });
            if !sent {
                due.push(Reward { pledge: pledge.id, order: PaymentOrder { to, asset, amount, memo } });
            }
        }
        Ok(due)
    }

    /// The counted pledges that ask for a reward to an address of the campaign's own wallet: they get none. To the wallet such
    /// a payment is change, so that it would be owed for ever.
    pub fn rewards_to_itself(&self, wallet: &Wallet) -> impl Iterator<Item = PledgeId> {
        let counted = self.opened.iter().filter(|pledge| pledge.counted);
        let asking = counted.filter_map(|pledge| Some((pledge.id, pledge.memo.reward_to?)));
        asking.filter(move |(_, to)| is_own(wallet, to)).map(|(id, _)| id)
    }
}

/// Whether a payment to an address comes back to the wallet.
fn is_own(wallet: &Wallet, to: &Address) -> bool {
    wallet.key().incoming().address(to.diversifier()) == *to
}

/// A reward for a pledge.
#[derive(Clone, Debug)]
pub struct Reward {
    /// Which pledge.
    pub pledge: PledgeId,
    /// The payment.
    pub order: PaymentOrder,
}

/// The notes, the blinding factors and the split of a pledge, each checked against what the ledger holds.
fn open_pledge(
    standing: &Standing,
    mine: &HashMap<NoteCommitment, Vec<&ReceivedNote>>,
    (id, pledge): (PledgeId, &Pledge),
) -> Result<OpenedPledge, Unacceptable> {
    let (mut amount, mut blinding) = (0_u64, JubjubScalar::from(0_u64));
    let mut values = Vec::with_capacity(pledge.parts.len());
    let mut memo = PledgeMemo::default();
    for (index, (commitment, value)) in pledge.parts.iter().enumerate() {
        // Equal commitments may come with different openings: the one counts that opens C, too.
        let mut with_this = mine.get(commitment).into_iter().flatten();
        let opened = with_this.find_map(|note| {
            let (held, r) = (note.note().value, note.blinding()?.expose());
            let opens = *value_base() * JubjubScalar::from(held.0) + *blinding_base() * r;
            (JubjubPoint::new(opens) == *value).then_some((note, held, r))
        });
        let (note, held, r) = opened.ok_or(Unacceptable::Unopened(index))?;
        if index == 0 {
            memo = PledgeMemo::decode(note.memo());
        }
        blinding += r;
        amount = amount.checked_add(held.0).ok_or(Unacceptable::Split)?;
        values.push(held);
    }
    if standing.campaign.split(NoteValue(amount)).as_ref() != Some(&values) {
        return Err(Unacceptable::Split);
    }
    let (at, counted, blinding) = (pledge.at, pledge.counted, Secret::new(blinding));
    Ok(OpenedPledge { id, at, amount: NoteValue(amount), counted, memo, blinding })
}

/// What shows that a sum reaches a goal: the sum under a fresh commitment on Ristretto. `Debug` prints nothing.
pub struct GoalProof {
    raised: Raised,
    blinding: Secret<Scalar>,
    above: AmountOpening,
}

impl GoalProof {
    /// Commits to the sum.
    ///
    /// # Errors
    /// [`CampaignerError::NotReached`], [`CampaignerError::Overflow`].
    pub fn new(raised: Raised, goal: NoteValue, rng: &mut (impl RngCore + CryptoRng)) -> Result<Self, CampaignerError> {
        let above = raised.value.checked_sub(u128::from(goal.0));
        let above = above.ok_or(CampaignerError::NotReached { raised: raised.value, goal: goal.0 })?;
        let above = NoteValue(u64::try_from(above).map_err(|_| CampaignerError::Overflow)?);
        let blinding = Scalar::random(rng);
        Ok(Self { raised, above: AmountOpening::new(above, blinding), blinding: Secret::new(blinding) })
    }

    /// The commitment.
    #[must_use]
    pub fn raised(&self) -> Element {
        let goal = Scalar::from(self.raised.value) - Scalar::from(self.above.value().0);
        (self.above.commitment().point() + &goal * curve25519_dalek::constants::RISTRETTO_BASEPOINT_TABLE).into()
    }

    /// Bridge and range proof at a place, without the signature.
    ///
    /// # Errors
    /// [`CampaignerError::Bridge`] if the ledger has counted something else.
    pub fn prove(
        &self,
        context: &ProofContext,
        id: CampaignId,
        standing: &Standing,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Proof, CampaignerError> {
        let raised = self.raised();
        let terms = standing.terms().ok_or(CampaignerError::NothingNew)?;
        let opening = BridgeOpening::new(self.raised.value, *self.raised.blinding.expose(), *self.blinding.expose());
        let bridge = prove_bridge(context, &bridge_statement(standing.sum, terms, raised), &opening, rng)?;
        let statement = goal_statement(id, standing.campaign.goal, standing.counted, &raised);
        let range = prove_range(context, &statement, std::slice::from_ref(&self.above), rng)?;
        Ok(Proof { signature: None, bridge: Some(bridge), range: Some(range) })
    }
}

impl fmt::Debug for GoalProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GoalProof(<secret>)")
    }
}
