use tabella_ledger::{node::Ledger, store::Store};
use tabella_protocol::transaction::{ProofBytes, SignatureBytes};
use tabella_tests::fixture::entry;
use tabella_verifier::groth16::VerifyingKeys;

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
    let submit = |tx: &tabella_protocol::transaction::Transaction| {
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
