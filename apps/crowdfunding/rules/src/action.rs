//! What is said on the ledger, and what shows that it may be said.

use std::num::NonZeroU32;

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::Scalar;
use tabella_protocol::{
    bridge::{BridgeProof, BridgeStatement},
    hash::blake2b_256,
    hash_newtype,
    jubjub::JubjubPoint,
    note::NoteValue,
    range::{RangeProofBytes, RangeStatement},
    ristretto::Element,
    transaction::{self, SignatureBytes, TransactionDigest},
};

use crate::{
    campaign::{Campaign, CampaignId},
    domain,
};

/// Most pledges that are acknowledged at once.
pub const MAX_ACKNOWLEDGED: usize = 1024;

hash_newtype! {
    /// Which pledge: BLAKE2b-256 (`Crowdfund_Pledge`) of the campaign, the transaction's digest and the index of the action.
    PledgeId
}

impl PledgeId {
    /// The id of the pledge that an action of a transaction makes.
    #[must_use]
    pub fn derive(campaign: CampaignId, digest: TransactionDigest, action: u32) -> Self {
        Self(blake2b_256(domain::PLEDGE, &[&campaign.0, digest.as_bytes(), &action.to_le_bytes()]))
    }
}

/// An action of the application.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Action {
    /// A campaign begins. Proof: its key's signature.
    Open(Box<Campaign>),
    /// Somebody pledges. No proof: the transfers are signed by whoever makes them.
    Pledge {
        /// To which campaign.
        campaign: CampaignId,
        /// Indices of the transfers in mode tag, one for each milestone in order.
        transfers: Vec<u32>,
    },
    /// The campaign could open these pledges, and counts them. Proof: its key's signature.
    Acknowledge {
        /// The campaign.
        campaign: CampaignId,
        /// 1 to 1024 of its pledges, none of them counted before.
        pledges: Vec<PledgeId>,
    },
    /// The counted pledges reach the goal. Proof: the signature of the campaign's key, the bridge from the sum of the counted
    /// commitments to `raised`, and a range proof of `raised - goal·B`.
    Succeed {
        /// The campaign.
        campaign: CampaignId,
        /// How many pledges are counted: what the proof is about.
        counted: u32,
        /// The sum as a commitment on Ristretto.
        raised: Element,
    },
    /// A milestone is reached. Proof: the signature of its release key.
    Release {
        /// The campaign.
        campaign: CampaignId,
        /// Index of the milestone.
        milestone: u8,
    },
}

impl Action {
    /// The action as a transaction carries it.
    #[must_use]
    pub fn encode(&self) -> transaction::Action {
        let body = borsh::to_vec(self).expect("writing to memory");
        transaction::Action { application: domain::APPLICATION, body }
    }
}

/// What an action needs, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proof {
    /// Signature of [`signed_message`].
    pub signature: Option<SignatureBytes>,
    /// From the sum on Jubjub to the sum on Ristretto.
    pub bridge: Option<BridgeProof>,
    /// That the sum reaches the goal.
    pub range: Option<RangeProofBytes>,
}

impl Proof {
    /// A signature alone.
    #[must_use]
    pub const fn signed(signature: SignatureBytes) -> Self {
        Self { signature: Some(signature), bridge: None, range: None }
    }

    /// The bytes as a transaction carries them.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        borsh::to_vec(self).expect("writing to memory")
    }
}

/// What a campaign's key and a release key sign: BLAKE2b-256 (`Crowdfund_Signed`) of the transaction's digest, which covers
/// ledger and actions.
#[must_use]
pub fn signed_message(digest: TransactionDigest) -> [u8; 32] {
    blake2b_256(domain::SIGNED, &[digest.as_bytes()])
}

/// What the bridge of a success connects: the sum of so many value commitments, and the sum on Ristretto.
#[must_use]
pub const fn bridge_statement(sum: JubjubPoint, terms: NonZeroU32, raised: Element) -> BridgeStatement {
    BridgeStatement { jubjub: sum, ristretto: raised, terms }
}

/// What the range proof of a success is about: that `raised - goal·B` holds a value below 2^64.
#[must_use]
pub fn goal_statement(campaign: CampaignId, goal: NoteValue, counted: u32, raised: &Element) -> RangeStatement {
    let mut purpose = domain::GOAL_PURPOSE.to_vec();
    purpose.extend_from_slice(&campaign.0);
    purpose.extend_from_slice(&goal.0.to_le_bytes());
    purpose.extend_from_slice(&counted.to_le_bytes());
    let above = raised.point() - &Scalar::from(goal.0) * curve25519_dalek::constants::RISTRETTO_BASEPOINT_TABLE;
    RangeStatement { purpose, commitments: vec![above.into()] }
}
