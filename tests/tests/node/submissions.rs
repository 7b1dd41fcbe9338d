use ed25519_dalek::SigningKey;
use tabella_ledger::{
    node::{Ledger, Refusal},
    signer::CheckpointSigner,
    store::Store,
};
use tabella_protocol::{
    election::CastProof,
    transaction::{LoggedTransaction, ProofBytes, SignatureBytes, Transaction},
};
use tabella_tests::fixture::entry;
use tabella_verifier::{groth16::VerifyingKeys, log::Origin};

use crate::client::Running;

#[test]
fn accepted_transaction_is_told_its_place_and_a_repeated_one_again() {
    let running = Running::start();
    running.submit_all(2);
    let answer = running.submit(2);
    assert_eq!(answer.status, 200);
    let place = answer.json();
    let digest = running.fixture.entries()[2].transaction.effects.digest().to_string();
    assert_eq!(place["digest"], digest);
    assert_eq!((place["entry"].as_u64(), place["log"]["leaf"].as_u64()), (Some(2), Some(2)));
    assert_eq!((place["height"].as_u64(), place["election"].as_str()), (Some(3), Some(running.election().as_str())));
    let again = running.submit(2);
    assert_eq!((again.status, again.problem().as_str()), (409, "already-accepted"));
    for member in ["digest", "time", "height", "entry", "log", "election"] {
        assert_eq!(again.json()[member], place[member], "{member}");
    }
}

#[test]
fn transaction_that_breaks_a_rule_is_refused_with_the_rule() {
    let running = Running::start();
    // Nothing is open yet.
    let early = running.submit(entry::DELEGATION);
    assert_eq!((early.status, early.problem().as_str()), (422, "refused"));
    running.submit_all(entry::OWN_BALLOT);
    let logged = &running.fixture.entries()[entry::OWN_BALLOT];
    running.clock.set(logged.time);
    let submit = |tx: &Transaction| {
        let answer = running.post("/v1/transactions", &borsh::to_vec(tx).unwrap());
        assert_eq!((answer.status, answer.problem().as_str()), (422, "refused"));
        answer.json()["rule"].as_str().unwrap().to_owned()
    };
    let honest = &logged.transaction;
    let mut forged = honest.clone();
    forged.transfers[0].proof = ProofBytes([0; 192]);
    assert_eq!(submit(&forged), "proof");
    let mut forged = honest.clone();
    forged.transfers[0].signature = SignatureBytes([0; 64]);
    assert_eq!(submit(&forged), "signature");
    let mut forged = honest.clone();
    forged.transfers.clear();
    assert_eq!(submit(&forged), "structure");
    // The right one is accepted after all of that.
    assert_eq!(running.submit(entry::OWN_BALLOT).status, 200);
}

/// Garbage under the digest of an honest ballot: what the digest does not cover is spoilt part by part, and who refuses it.
fn garbage(honest: &Transaction, other: &Transaction) -> [(Refusal, Transaction); 4] {
    let spoilt = |spoil: &dyn Fn(&mut Transaction)| {
        let mut garbage = honest.clone();
        spoil(&mut garbage);
        assert_ne!(garbage, *honest);
        assert_eq!(garbage.effects.digest(), honest.effects.digest());
        garbage
    };
    let proof_of = |ballot: &Transaction| borsh::from_slice::<CastProof>(&ballot.action_proofs[0]).unwrap();
    let mixed = CastProof { ballot: proof_of(other).ballot, ..proof_of(honest) };
    [
        (Refusal::Proof, spoilt(&|tx| tx.transfers[0].proof = ProofBytes([0; 192]))),
        (Refusal::Proof, spoilt(&|tx| tx.transfers[0].proof = other.transfers[0].proof)),
        (Refusal::Signature, spoilt(&|tx| tx.transfers[0].signature = SignatureBytes([0; 64]))),
        (Refusal::Ballot, spoilt(&|tx| tx.action_proofs = vec![borsh::to_vec(&mixed).unwrap()])),
    ]
}

// Attack 228.
#[test]
fn rejected_digest_does_not_censor_the_honest_transaction() {
    let running = Running::start();
    running.submit_all(entry::OWN_BALLOT);
    let [honest, other] = [entry::OWN_BALLOT, entry::BALLOT].map(|index| &running.fixture.entries()[index]);
    running.clock.set(honest.time);
    let place = format!("/v1/transactions/{}", honest.transaction.effects.digest());
    let garbage = garbage(&honest.transaction, &other.transaction);
    for (refusal, garbage) in &garbage {
        let answer = running.post("/v1/transactions", &borsh::to_vec(garbage).unwrap());
        assert_eq!((answer.status, answer.problem().as_str()), (422, "refused"));
        assert_eq!(answer.json()["detail"], refusal.to_string());
        assert_eq!(running.get(&place).status, 404, "nothing is kept of it");
    }
    assert_eq!(running.submit(entry::OWN_BALLOT).status, 200);
    assert_eq!(running.get(&place).status, 200);
    // Nor does garbage that comes later take its place.
    for (_, garbage) in &garbage {
        let answer = running.post("/v1/transactions", &borsh::to_vec(garbage).unwrap());
        assert_eq!((answer.status, answer.problem().as_str()), (409, "already-accepted"));
    }
    let kept = running.get_with(&place, &[("accept", "application/octet-stream")]);
    assert_eq!(borsh::from_slice::<LoggedTransaction>(&kept.body).unwrap().transaction, honest.transaction);
}

#[test]
fn garbage_and_honest_transactions_of_the_same_digests_in_one_block_are_told_apart() {
    let running = Running::start();
    running.submit_all(entry::OWN_BALLOT);
    let [first, second] = [entry::OWN_BALLOT, entry::BALLOT].map(|index| &running.fixture.entries()[index]);
    running.clock.set(second.time);
    let [first, second] = [&first.transaction, &second.transaction];
    // Before the one honest transaction, and behind the other.
    let (before, behind) = (garbage(first, second), garbage(second, first));
    let mut block: Vec<Transaction> = before.iter().map(|(_, garbage)| garbage.clone()).collect();
    block.extend([first.clone(), second.clone()]);
    block.extend(behind.iter().map(|(_, garbage)| garbage.clone()));
    let mut ledger = Ledger::open(&running.ledger(), VerifyingKeys::development(), running.clock.clone()).unwrap();
    let outcomes = ledger.submit(block).unwrap();
    let (outcomes_before, rest) = outcomes.split_at(before.len());
    let (honest, outcomes_behind) = rest.split_at(2);
    for (outcome, (refusal, _)) in outcomes_before.iter().chain(outcomes_behind).zip(before.iter().chain(&behind)) {
        assert_eq!(outcome.as_ref().unwrap_err(), refusal);
    }
    let digests: Vec<_> = honest.iter().map(|accepted| accepted.as_ref().unwrap().digest).collect();
    assert_eq!(digests, [first.effects.digest(), second.effects.digest()]);
    assert_eq!(ledger.entries(), entry::OWN_BALLOT as u64 + 2);
}

#[test]
fn node_that_was_stopped_goes_on_where_its_ledger_is() {
    let mut running = Running::start();
    running.submit_all(4);
    let before = running.get("/v1/ledger").json();
    running.restart();
    let after = running.get("/v1/ledger").json();
    assert_eq!(after["height"], before["height"]);
    assert_eq!(after["entries"], 4);
    for entry in 4..entry::COUNT {
        assert_eq!(running.submit(entry).status, 200, "entry {entry}");
    }
    Store::open_for_reading(&running.ledger()).unwrap().audit().unwrap();
}

#[test]
fn node_writes_under_an_encrypted_key_that_it_was_given_and_starts_under_no_other() {
    let mut running = Running::start();
    running.submit_all(2);
    running.encrypt_key();
    assert_eq!(running.submit(2).status, 200);
    Store::open_for_reading(&running.ledger()).unwrap().audit().unwrap();
    let refused = |signer| running.node_with(signer).unwrap_err().to_string();
    assert!(refused(None).contains("is encrypted"), "{}", refused(None));
    let foreign = CheckpointSigner::new(Origin::new("other.example").unwrap(), SigningKey::from_bytes(&[9; 32]));
    let said = refused(Some(foreign));
    assert!(said.contains("restore the right key file"), "{said}");
}

#[test]
fn block_of_another_process_is_seen() {
    let running = Running::start();
    running.submit_all(1);
    let logged = &running.fixture.entries()[1];
    running.clock.set(logged.time);
    let mut ledger = Ledger::open(&running.ledger(), VerifyingKeys::development(), running.clock.clone()).unwrap();
    assert!(ledger.submit(vec![logged.transaction.clone()]).unwrap()[0].is_ok());
    let seen = || running.get("/v1/ledger").json()["entries"] == 2;
    let mut tries = 0;
    while !seen() {
        tries += 1;
        assert!(tries < 100, "the node does not see the block");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    // And goes on from it.
    assert_eq!(running.submit(2).status, 200);
}

#[test]
fn receipt_is_the_file_of_the_command_line() {
    let running = Running::start();
    running.submit_all(entry::OWN_BALLOT + 1);
    let tracker = running.fixture.entries()[entry::OWN_BALLOT].transaction.effects.digest();
    let election = running.election();
    let receipt = running.get(&format!("/v1/elections/{election}/receipts/{tracker}"));
    assert_eq!(receipt.status, 200);
    assert!(receipt.body.starts_with(b"tabella ballot receipt 1\n"));
    let missing = running.get(&format!("/v1/elections/{election}/receipts/{}", "0".repeat(64)));
    assert_eq!(missing.problem(), "not-found");
}
