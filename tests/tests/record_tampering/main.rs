//! Every part of an election record is altered, by whoever could sign the alteration, and exactly the right checks refuse it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod ballots;
mod bytes;
mod codes;
mod fields;
mod head;
mod opening;
mod order;
mod tally;
mod transfers;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use ark_bls12_381::Fr;
use borsh::BorshDeserialize;
use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_ledger::signer::CheckpointSigner;
use tabella_protocol::{
    ballot::{BallotBody, BallotProofKind, BallotTerms, Weight},
    domain::FORMAT_VERSION,
    election::{
        BallotCast, CastProof, Close, ElectionAction, ElectionRecord, Opening, Publication, Question, QuestionOption,
        Roll, RollEntry,
    },
    elgamal::{Ciphertext, ElectionKey},
    jubjub::{JubjubPoint, blinding_base, value_base},
    keys::OwnerCommitment,
    note::{AssetId, Contract, Guard, NoteCommitment, Nullifier, Terms},
    note_encryption::NoteCiphertext,
    ristretto::{Element, blinding_base as ristretto_blinding_base},
    statement::{Mode, Shape, Window},
    transaction::{
        ApplicationId, LedgerId, LoggedTransaction, PoolId, TransferEffects, TransferStatement, VerifyingKeyId,
    },
    transcript::ProofContext,
    tree::Anchor,
};
use tabella_prover::cores::each;
use tabella_tests::{
    fixture::{CLOSES, Fixture, OPENS, OTHER_ELECTION, at, digest, entry},
    forger::{
        action, cast, close_again, edit_action, edit_ballot, edit_close, edit_opening, edit_publication, sign,
        sign_record, transfer,
    },
};
use tabella_verifier::{
    ballot::verify_ballot,
    election::election_log,
    groth16::{ParametersOrigin, VerifyingKeyFile, VerifyingKeys},
    log::{Checkpoint, CompactTree, LogHash, Origin},
    record::verify_record,
    report::{CheckId, Report},
};

use CheckId::{
    EntriesBallots, EntriesProofs, EntriesRules, EntriesSignatures, OpeningAuthority, OpeningCanaries, OpeningCeremony,
    OpeningManifest, OpeningRoll, RecordEncoding, RecordLedger, RecordLog, RecordParameters, TallyClosed, TallyResult,
};

fn fixture() -> &'static Fixture {
    Fixture::shared(env!("CARGO_TARGET_TMPDIR"))
}

fn hidden() -> &'static Fixture {
    Fixture::hidden(env!("CARGO_TARGET_TMPDIR"))
}

fn disjunctive() -> &'static Fixture {
    Fixture::disjunctive(env!("CARGO_TARGET_TMPDIR"))
}

/// The keys that are accepted, decoded once for all cases.
fn keys() -> &'static VerifyingKeys {
    static KEYS: OnceLock<VerifyingKeys> = OnceLock::new();
    KEYS.get_or_init(VerifyingKeys::development)
}

fn verify(bytes: &[u8], keys: &VerifyingKeys) -> Report {
    verify_record(bytes, keys, &mut OsRng, |_| ()).report
}

/// The checks that refuse a record.
fn refusals(record: &ElectionRecord) -> BTreeSet<CheckId> {
    let report = verify(&record.encode(), keys());
    let failures: BTreeSet<CheckId> = report.failures().map(|check| check.id).collect();
    assert_eq!(report.valid, failures.is_empty());
    failures
}

/// Whether anything else than exactly these checks refuses each record; all that does is listed.
fn assert_refused<'a>(cases: impl IntoIterator<Item = (&'a str, ElectionRecord, &'a [CheckId])>) {
    let verdicts = each(cases.into_iter().collect(), |(name, record, expected)| {
        let found = refusals(&record);
        let expected: BTreeSet<CheckId> = expected.iter().copied().collect();
        (found != expected).then(|| format!("{name}: refused by {found:?} instead of {expected:?}"))
    });
    let wrong: Vec<String> = verdicts.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An alteration of one entry, over which authority and ledger sign anew.
type Alteration = fn(&mut LoggedTransaction);

fn assert_entry_refused(index: usize, cases: &[(&str, Alteration, &[CheckId])]) {
    assert_refused(cases.iter().map(|(name, alter, expected)| {
        (*name, fixture().forged_by_ledger_and_authority(|record| alter(&mut record.entries[index])), *expected)
    }));
}

fn effects(entry: &mut LoggedTransaction) -> &mut TransferEffects {
    &mut entry.transaction.effects.transfers[0]
}

fn other_point() -> JubjubPoint {
    JubjubPoint::new(*value_base() + *blinding_base())
}

fn other_element() -> Element {
    Element::new(*ristretto_blinding_base())
}

#[test]
fn untouched_record_is_valid() {
    assert_refused([("untouched", fixture().record.clone(), [].as_slice())]);
    assert_refused([("signed again", fixture().forged_by_ledger(|_| ()), [].as_slice())]);
}

fn key_of(shape: Shape) -> VerifyingKeyId {
    keys().of_shape(shape).next().unwrap().id()
}

fn contract() -> Contract {
    Contract {
        claimant: OwnerCommitment::new(Fr::from(7u8)),
        terms: Terms { claim_until: at(CLOSES), refund_from: at(0), burn_only: true },
        guard: Guard::new(Fr::from(9u8)),
    }
}

/// Whether `TABELLA_EXHAUSTIVE=1` asks for every case.
fn exhaustive() -> bool {
    std::env::var_os("TABELLA_EXHAUSTIVE").is_some_and(|value| value == "1")
}
