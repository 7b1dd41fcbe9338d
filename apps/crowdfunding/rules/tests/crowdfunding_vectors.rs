//! Ids, guards, messages and splits agree with a second implementation: `scripts/vectors/crowdfunding.py`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{fs, path::Path};

use borsh::{BorshDeserialize, BorshSerialize};
use serde_json::Value;
use tabella_crowdfunding_rules::{
    Action, Campaign, PledgeId,
    action::{goal_statement, signed_message},
    campaign::{describe, guard, milestone_digest},
    domain,
};
use tabella_protocol::{
    hash::blake2b_512,
    note::NoteValue,
    ristretto::blinding_base,
    transaction::{LedgerId, TransactionDigest},
};

const LEDGER: LedgerId = LedgerId([1; 32]);
const DIGEST: TransactionDigest = TransactionDigest([2; 32]);

struct Vectors(Value);

impl Vectors {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/applications/crowdfunding.json");
        Self(serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        hex::decode(self.0[name].as_str().unwrap()).unwrap()
    }

    fn decoded<T: BorshDeserialize + BorshSerialize>(&self, name: &str) -> T {
        let value = borsh::from_slice(&self.bytes(name)).unwrap();
        assert_eq!(borsh::to_vec(&value).unwrap(), self.bytes(name), "{name} has one encoding");
        value
    }

    #[track_caller]
    fn same(&self, name: &str, found: &[u8]) {
        assert_eq!(hex::encode(found), self.0[name].as_str().unwrap(), "{name}");
    }
}

#[test]
fn ids_guards_and_messages_agree_with_the_second_implementation() {
    let vectors = Vectors::read();
    let campaign: Campaign = vectors.decoded("campaign");
    campaign.check().unwrap();
    let id = campaign.id(LEDGER);
    vectors.same("id", &id.0);
    vectors.same("description", &describe(b"It is 40 metres to the water.\n"));
    let contracts = campaign.contracts(LEDGER).unwrap();
    for (index, contract) in (0..).zip(&contracts) {
        vectors.same(&format!("milestone {index}"), &milestone_digest(id, index));
        vectors.same(&format!("guard {index}"), &guard(id, index).unwrap().to_bytes());
        assert_eq!(Some(contract.guard), guard(id, index));
    }
    assert_eq!(contracts.len(), 2);
    vectors.same("pledge", &PledgeId::derive(id, DIGEST, 7).0);
    vectors.same("signed message", &signed_message(DIGEST));
    let statement = goal_statement(id, campaign.goal, 3, &(*blinding_base()).into());
    vectors.same("goal purpose", &statement.purpose);
    assert_eq!(statement.commitments.len(), 1);
}

#[test]
fn actions_have_the_encodings_of_the_second_implementation() {
    let vectors = Vectors::read();
    assert!(matches!(vectors.decoded("action open"), Action::Open(_)));
    assert!(matches!(vectors.decoded("action pledge"), Action::Pledge { transfers, .. } if transfers == [0, 1]));
    assert!(matches!(vectors.decoded("action acknowledge"), Action::Acknowledge { pledges, .. } if pledges.len() == 1));
    assert!(matches!(vectors.decoded("action succeed"), Action::Succeed { counted: 3, .. }));
    assert!(matches!(vectors.decoded("action release"), Action::Release { milestone: 1, .. }));
    let mut longer = vectors.bytes("action release");
    longer.push(0);
    assert!(borsh::from_slice::<Action>(&longer).is_err());
}

#[test]
fn keys_of_a_seed_agree_with_the_second_implementation() {
    let vectors = Vectors::read();
    for label in ["campaign", "release", "claimant"] {
        let bytes = blake2b_512(domain::KEYS, &[&[6; 32], label.as_bytes(), &2_u32.to_le_bytes()]);
        vectors.same(&format!("key {label}"), &bytes[..32]);
    }
}

#[test]
fn no_unit_is_lost_when_a_pledge_is_split() {
    let vectors = Vectors::read();
    let mut campaign: Campaign = vectors.decoded("campaign");
    for (amount, parts) in vectors.0["splits"].as_object().unwrap() {
        let found = campaign.split(NoteValue(amount.parse().unwrap())).unwrap();
        let found: Vec<String> = found.iter().map(|part| part.0.to_string()).collect();
        let expected: Vec<&str> = parts.as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
        assert_eq!(found, expected, "{amount}");
    }
    // The least pledge, and one unit less, for shares of every size.
    for first in 1..10_000 {
        campaign.milestones[0].share = first;
        campaign.milestones[1].share = 10_000 - first;
        let least = campaign.least_pledge();
        assert_eq!(campaign.split(NoteValue(least.0 - 1)), None, "{first}");
        for amount in [least.0, least.0 + 1, u64::MAX] {
            let parts = campaign.split(NoteValue(amount)).unwrap();
            assert_eq!(parts.iter().map(|part| u128::from(part.0)).sum::<u128>(), u128::from(amount));
            assert!(parts.iter().all(|part| part.0 > 0));
        }
    }
}
