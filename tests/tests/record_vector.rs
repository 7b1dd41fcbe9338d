//! A small real election record, committed: it must verify for ever under its format version, and the values on the way
//! are those of `tests/vectors/election.json`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{fs, num::NonZeroU32, path::Path};

use rand_core::OsRng;
use serde_json::{Value, json};
use tabella_protocol::{
    ballot::BallotProofKind,
    election::{CastProof, ElectionRecord},
};
use tabella_tests::fixture::Fixture;
use tabella_verifier::{
    election::Stage,
    groth16::VerifyingKeys,
    obligations::Culprits,
    record::{RecordReplay, Verification, verify_record},
    report::CheckId,
};

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)
}

#[test]
fn committed_record_verifies_and_gives_the_pinned_values() {
    let bytes = fs::read(file("election.tabella")).unwrap();
    let record = ElectionRecord::decode(&bytes).unwrap();
    assert_eq!(record.encode(), bytes);
    let verification = verify_record(&bytes, &VerifyingKeys::development(), &mut OsRng, |_| ());
    assert!(verification.report.valid, "{:#?}", verification.report);
    let election = verification.election.unwrap();
    let pool = &election.pool;
    let Stage::Published(results) = pool.stage() else { panic!("the record holds its result") };
    let entries: Vec<Value> = record
        .entries
        .iter()
        .zip(&election.trackers)
        .zip(&election.roots)
        .map(|((entry, tracker), root)| {
            let effects = &entry.transaction.effects;
            json!({ "time": entry.time.seconds(), "digest": tracker.to_string(), "log root after it": root.to_string(),
                    "transfers": effects.transfers.len(), "actions": effects.actions.len() })
        })
        .collect();
    let (_, totals) = pool.tally_statement();
    let found = json!({
        "election id": pool.id().to_string(), "pool": pool.pool().to_string(), "asset": pool.asset().to_string(),
        "ledger": pool.manifest().ledger.to_string(), "ceremony": pool.manifest().ceremony.to_string(),
        "roll": pool.manifest().roll.to_string(), "key": hex::encode(pool.manifest().key.element().as_bytes()),
        "tree root": pool.tree().root().to_string(), "leaves": pool.tree().len(),
        "ballots": pool.ballots(), "counted": pool.counted(), "entries": entries,
        "sums of the counted ciphertexts": totals.iter().map(|c| hex::encode(borsh::to_vec(c).unwrap())).collect::<Vec<_>>(),
        "result": results.totals,
    });
    if std::env::var_os("TABELLA_WRITE_VECTORS").is_some() {
        fs::write(file("election.json"), format!("{}\n", serde_json::to_string_pretty(&found).unwrap())).unwrap();
    }
    let pinned: Value = serde_json::from_str(&fs::read_to_string(file("election.json")).unwrap()).unwrap();
    assert_eq!(found, pinned);
}

/// Each part on a replay of its own, as workers of a browser do.
fn verify_in_parts(bytes: &[u8], parts: u32) -> Verification {
    let (keys, parts) = (VerifyingKeys::development(), NonZeroU32::new(parts).unwrap());
    let mut together = Culprits::default();
    for part in 0..parts.get() {
        let replay = RecordReplay::new(bytes, &keys, |_| ());
        together.append(replay.check_part(part, parts, &keys, &mut OsRng, |_| ()));
    }
    RecordReplay::new(bytes, &keys, |_| ()).finish(&together)
}

#[test]
fn record_checked_in_parts_gives_the_report_of_the_whole() {
    let bytes = fs::read(file("election.tabella")).unwrap();
    let mut record = ElectionRecord::decode(&bytes).unwrap();
    // Somebody swaps the proofs of all ballots around, so that every part has culprits, and the ledger signs nothing new.
    let proofs: Vec<_> = record
        .entries
        .iter()
        .filter(|entry| !entry.transaction.transfers.is_empty())
        .map(|entry| entry.transaction.transfers[0].proof)
        .collect();
    let with_proofs = record.entries.iter_mut().filter(|entry| !entry.transaction.transfers.is_empty());
    for (entry, proof) in with_proofs.zip(proofs.iter().cycle().skip(1)) {
        entry.transaction.transfers[0].proof = *proof;
    }
    let forged = record.encode();
    for bytes in [bytes, forged] {
        let whole = verify_record(&bytes, &VerifyingKeys::development(), &mut OsRng, |_| ()).report;
        for parts in [1, 2, 3] {
            assert_eq!(verify_in_parts(&bytes, parts).report, whole, "{parts} parts");
        }
    }
}

#[test]
fn committed_record_of_rankings_verifies_and_gives_the_pinned_count() {
    let bytes = fs::read(file("ranked.tabella")).unwrap();
    assert_eq!(ElectionRecord::decode(&bytes).unwrap().encode(), bytes);
    let verification = verify_record(&bytes, &VerifyingKeys::development(), &mut OsRng, |_| ());
    assert!(verification.report.valid, "{:#?}", verification.report);
    let election = verification.election.unwrap();
    let Stage::Published(results) = election.pool.stage() else { panic!("the record holds its result") };
    let count = &results.rankings[0].count;
    let votes: Vec<_> = count.rounds.iter().map(|round| round.votes.as_slice()).collect();
    assert_eq!(votes, [[2, 2, 1], [2, 3, 0]]);
    assert_eq!((count.winner, results.rankings[0].spoiled()), (Some(1), 0));
}

#[test]
fn committed_record_of_hidden_weights_verifies_and_gives_the_pinned_result() {
    assert_weighted("weighted.tabella", BallotProofKind::Compressed, Fixture::hidden);
}

#[test]
fn committed_record_of_disjunctive_proofs_verifies_and_gives_the_pinned_result() {
    assert_weighted("disjunctive.tabella", BallotProofKind::Disjunctive, Fixture::disjunctive);
}

/// The record was made once by the fixture of the tests, and is from then on as it is.
fn assert_weighted(name: &str, proofs: BallotProofKind, fixture: fn(&str) -> &'static Fixture) {
    let path = file(name);
    if std::env::var_os("TABELLA_WRITE_VECTORS").is_some() && !path.exists() {
        fs::write(&path, fixture(env!("CARGO_TARGET_TMPDIR")).record.encode()).unwrap();
    }
    let bytes = fs::read(path).unwrap();
    let record = ElectionRecord::decode(&bytes).unwrap();
    assert_eq!(record.encode(), bytes);
    let verification = verify_record(&bytes, &VerifyingKeys::development(), &mut OsRng, |_| ());
    assert!(verification.report.valid, "{:#?}", verification.report);
    let pool = verification.election.unwrap().pool;
    let Stage::Published(results) = pool.stage() else { panic!("the record holds its result") };
    assert_eq!(results.totals, [vec![267, 253, 513], vec![274, 506]]);
    assert_eq!((pool.total_weight(), pool.voters(), pool.ballots(), pool.counted()), (260, 3, 4, 3));
    // Two transfers distribute, one delegates, each before the opening.
    assert_eq!((pool.distribution_transfers(), pool.early_transfers()), (2, 3));
    let casts = record.entries.iter().filter_map(|entry| {
        let proof = entry.transaction.action_proofs.first()?;
        (!entry.transaction.transfers.is_empty()).then(|| borsh::from_slice::<CastProof>(proof).unwrap())
    });
    assert!(casts.into_iter().all(|cast| cast.bridge.is_some() && cast.ballot.kind() == proofs));
    assert_eq!(pool.manifest().rules.ballot_proofs, proofs);
}

#[test]
fn wrong_proof_of_a_sealed_ranking_is_found_in_parts_as_in_the_whole() {
    let mut record = ElectionRecord::decode(&fs::read(file("ranked.tabella")).unwrap()).unwrap();
    let ballots = record.entries.iter_mut().filter(|entry| !entry.transaction.action_proofs.is_empty());
    let mut proofs: Vec<&mut Vec<u8>> = ballots
        .filter(|entry| !entry.transaction.effects.transfers.is_empty())
        .map(|entry| &mut entry.transaction.action_proofs[0])
        .collect();
    // Somebody shows with each ballot the proof of the ranking in the first.
    let first: CastProof = borsh::from_slice(proofs[0].as_slice()).unwrap();
    for proof in proofs.iter_mut().skip(1) {
        let mut cast: CastProof = borsh::from_slice(proof.as_slice()).unwrap();
        cast.rankings.clone_from(&first.rankings);
        **proof = borsh::to_vec(&cast).unwrap();
    }
    let bytes = record.encode();
    let whole = verify_record(&bytes, &VerifyingKeys::development(), &mut OsRng, |_| ()).report;
    let ballots = whole.checks.iter().find(|check| check.id == CheckId::EntriesBallots).unwrap();
    assert!(ballots.reached && !ballots.ok, "{ballots:?}");
    for parts in [1, 2, 3] {
        assert_eq!(verify_in_parts(&bytes, parts).report, whole, "{parts} parts");
    }
}
