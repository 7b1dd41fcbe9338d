//! Every part of an election record is altered, by whoever could sign the alteration, and exactly the right checks refuse it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;

use ark_bls12_381::Fr;
use borsh::BorshDeserialize;
use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use rayon::prelude::*;
use tabella_ledger::signer::CheckpointSigner;
use tabella_protocol::{
    ballot::{BallotBody, Weight},
    domain::FORMAT_VERSION,
    election::{
        BallotCast, Close, ElectionAction, ElectionRecord, Opening, Publication, Question, QuestionOption, Roll,
        RollEntry,
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
    tree::Anchor,
};
use tabella_tests::{
    fixture::{CLOSES, Fixture, OPENS, OTHER_ELECTION, at, entry},
    forger::{
        action, cast, edit_action, edit_ballot, edit_close, edit_opening, edit_publication, sign, sign_record, transfer,
    },
};
use tabella_verifier::{
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

fn verify(bytes: &[u8], keys: &VerifyingKeys) -> Report {
    verify_record(bytes, keys, &mut OsRng, |_| ()).report
}

/// The checks that refuse a record.
fn refusals(record: &ElectionRecord) -> BTreeSet<CheckId> {
    let report = verify(&record.encode(), &VerifyingKeys::development());
    let failures: BTreeSet<CheckId> = report.failures().map(|check| check.id).collect();
    assert_eq!(report.valid, failures.is_empty());
    failures
}

/// Whether anything else than exactly these checks refuses each record; all that does is listed.
fn assert_refused<'a>(cases: impl IntoParallelIterator<Item = (&'a str, ElectionRecord, &'a [CheckId])>) {
    let wrong: Vec<String> = cases
        .into_par_iter()
        .filter_map(|(name, record, expected)| {
            let found = refusals(&record);
            let expected: BTreeSet<CheckId> = expected.iter().copied().collect();
            (found != expected).then(|| format!("{name}: refused by {found:?} instead of {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An alteration of one entry, over which the ledger signs anew.
type Alteration = fn(&mut LoggedTransaction);

fn assert_entry_refused(index: usize, cases: &[(&str, Alteration, &[CheckId])]) {
    assert_refused(cases.par_iter().map(|(name, alter, expected)| {
        (*name, fixture().forged_by_ledger(|record| alter(&mut record.entries[index])), *expected)
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

#[test]
fn head_of_the_record_altered_is_refused() {
    let edit = |alter: fn(&mut ElectionRecord)| {
        let mut record = fixture().record.clone();
        alter(&mut record);
        record
    };
    assert_refused([
        ("name of the ledger", edit(|record| record.ledger_name.push('x')), [RecordLedger].as_slice()),
        (
            "key of the ledger",
            edit(|record| record.ledger_key = SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes()),
            &[RecordLedger],
        ),
        (
            "no entries and no keys",
            edit(|record| {
                record.entries.clear();
                record.verifying_keys.clear();
            }),
            &[OpeningAuthority],
        ),
        ("no entries", edit(|record| record.entries.clear()), &[RecordParameters]),
        (
            "a key is missing",
            edit(|record| {
                record.verifying_keys.pop();
            }),
            &[RecordParameters],
        ),
        (
            "a key twice",
            edit(|record| record.verifying_keys.push(record.verifying_keys[0].clone())),
            &[RecordParameters],
        ),
        (
            "a key cut short",
            edit(|record| {
                record.verifying_keys[0].pop();
            }),
            &[RecordParameters],
        ),
        ("a key with another byte", edit(|record| record.verifying_keys[0][200] ^= 1), &[RecordParameters]),
        ("a key of another shape", edit(|record| record.verifying_keys[0][10] ^= 1), &[RecordParameters]),
        ("a development key that says it is a ceremony's", edit(mislabel), &[RecordParameters]),
        ("an ornament before a key", edit(|record| record.verifying_keys[0].insert(0, 0)), &[RecordParameters]),
    ]);
    let report = verify(&fixture().record.encode(), &VerifyingKeys::new());
    assert_eq!(
        report.first_failure().map(|check| check.id),
        Some(RecordParameters),
        "keys that the verifier does not know"
    );
}

fn mislabel(record: &mut ElectionRecord) {
    let mut file = VerifyingKeyFile::from_bytes(&record.verifying_keys[0]).unwrap();
    file.origin = ParametersOrigin::Ceremony;
    record.verifying_keys[0] = file.to_bytes();
}

#[test]
fn checkpoint_of_another_log_size_root_or_key_is_refused() {
    let record = &fixture().record;
    let signer = fixture().signer();
    let id = fixture().pool_after(1).id();
    let log = election_log(signer.verifier().name(), id).unwrap();
    let tree = |entries: &[LoggedTransaction]| {
        let mut tree = CompactTree::new();
        entries.iter().for_each(|entry| drop(tree.append(&borsh::to_vec(entry).unwrap()).unwrap()));
        tree
    };
    let (whole, shorter) = (tree(&record.entries), tree(&record.entries[..entry::CLOSE]));
    let with = |signer: &CheckpointSigner, checkpoint: Checkpoint| {
        let checkpoint = String::from_utf8(signer.sign(checkpoint).to_bytes()).unwrap();
        ElectionRecord { checkpoint, ..record.clone() }
    };
    let text = |checkpoint: &str| ElectionRecord { checkpoint: checkpoint.into(), ..record.clone() };
    let stranger = CheckpointSigner::new(signer.verifier().name().clone(), SigningKey::from_bytes(&[1; 32]));
    let namesake =
        CheckpointSigner::new(Origin::new("other.tabella").unwrap(), SigningKey::from_bytes(&fixture().ledger_secret));
    let foreign = election_log(signer.verifier().name(), OTHER_ELECTION).unwrap();
    let point = |size: u64, root: LogHash| Checkpoint::new(log.clone(), size, root);
    let honest = || point(whole.size(), whole.root());
    assert_refused([
        ("honest", with(&signer, honest()), [].as_slice()),
        ("another key", with(&stranger, honest()), &[RecordLog]),
        ("another name", with(&namesake, honest()), &[RecordLog]),
        ("of an earlier size", with(&signer, point(shorter.size(), shorter.root())), &[RecordLog]),
        ("a size that the root has not", with(&signer, point(whole.size() + 1, whole.root())), &[RecordLog]),
        ("a root that the size has not", with(&signer, point(whole.size(), shorter.root())), &[RecordLog]),
        ("another election's log", with(&signer, Checkpoint::new(foreign, whole.size(), whole.root())), &[RecordLog]),
        (
            "the ledger's own log",
            with(&signer, Checkpoint::new(signer.verifier().name().clone(), whole.size(), whole.root())),
            &[RecordLog],
        ),
        ("none", text(""), &[RecordLog]),
        ("no signature", text(&record.checkpoint[..record.checkpoint.find('—').unwrap()]), &[RecordLog]),
        ("a line more", text(&format!("{}x\n", record.checkpoint)), &[RecordLog]),
    ]);
}

// Whoever has no key of the ledger cannot alter, drop, repeat, exchange or date an entry: the checkpoint is of other leaves.
#[test]
fn entries_altered_without_the_ledgers_key_do_not_fit_the_checkpoint() {
    let cases: Vec<(String, ElectionRecord)> = (1..entry::COUNT)
        .flat_map(|index| {
            let edit = |name: &str, alter: &dyn Fn(&mut Vec<LoggedTransaction>)| {
                let mut record = fixture().record.clone();
                alter(&mut record.entries);
                (format!("{name} {index}"), record)
            };
            [
                edit("dropped", &|entries| {
                    entries.remove(index);
                }),
                edit("repeated", &|entries| entries.insert(index, entries[index].clone())),
                edit("exchanged", &|entries| entries.swap(index, if index == 1 { 2 } else { index - 1 })),
                edit("dated", &|entries| entries[index].time = at(entries[index].time.seconds() + 1)),
            ]
        })
        .collect();
    cases.par_iter().for_each(|(name, record)| assert!(refusals(record).contains(&RecordLog), "{name}"));
}

#[test]
fn entries_dropped_by_the_ledger_are_missed() {
    assert_refused((0..entry::COUNT).into_par_iter().map(|index| {
        let expected: &[CheckId] = match index {
            entry::OPENING => &[OpeningAuthority],
            // Later anchors are roots of a tree that was never there.
            entry::DELEGATION..=entry::RECALL => &[EntriesRules],
            entry::OWN_BALLOT..=entry::REVOTE => &[TallyClosed],
            entry::CLOSE => &[EntriesRules],
            _ => &[TallyResult],
        };
        (
            "dropped",
            fixture().forged_by_ledger(|record| {
                record.entries.remove(index);
            }),
            expected,
        )
    }));
}

#[test]
fn entries_repeated_by_the_ledger_are_refused() {
    assert_refused((0..entry::COUNT).into_par_iter().map(|index| {
        let repeat = |record: &mut ElectionRecord| record.entries.insert(index, record.entries[index].clone());
        // A second publication comes last, where the rest has passed: the batches are as they were.
        ("repeated", fixture().forged_by_ledger(repeat), [EntriesRules].as_slice())
    }));
}

#[test]
fn entries_reordered_by_the_ledger_are_refused_where_order_decides() {
    let swap = |one: usize, other: usize| {
        fixture().forged_by_ledger(|record| {
            let (first, second) = (record.entries[one].time, record.entries[other].time);
            record.entries.swap(one, other);
            (record.entries[one].time, record.entries[other].time) = (first, second);
        })
    };
    assert_refused([
        ("recall before its delegation", swap(entry::RECALL, entry::DELEGATION), [EntriesRules].as_slice()),
        ("second vote before the first", swap(entry::FIRST_VOTE, entry::REVOTE), &[EntriesRules]),
        ("delegate after the owner", swap(entry::OVERRIDDEN, entry::OVERRIDE), &[EntriesRules]),
        ("close before the last ballot", swap(entry::REVOTE, entry::CLOSE), &[EntriesRules]),
        ("result before the close", swap(entry::CLOSE, entry::PUBLICATION), &[EntriesRules]),
        ("ballot before the opening", swap(entry::OPENING, entry::BALLOT), &[OpeningAuthority]),
        // Where order decides nothing, the ledger may choose it once: two orders are two logs of one size.
        ("two ballots of different voters", swap(entry::OWN_BALLOT, entry::BALLOT), &[]),
    ]);
}

#[test]
fn times_altered_by_the_ledger_are_refused_where_they_break_a_rule() {
    let date =
        |index: usize, seconds: u64| fixture().forged_by_ledger(|record| record.entries[index].time = at(seconds));
    assert_refused([
        ("opening after the close", date(entry::OPENING, CLOSES), [OpeningManifest].as_slice()),
        ("opening after the first delegation", date(entry::OPENING, OPENS - 1), &[EntriesRules]),
        ("delegation before the opening", date(entry::DELEGATION, OPENS - 2_000), &[EntriesRules]),
        ("ballot before the one before it", date(entry::BALLOT, OPENS + 1), &[EntriesRules]),
        ("first ballot before the election opens", date(entry::OWN_BALLOT, OPENS - 50), &[EntriesRules]),
        ("last ballot after the election closes", date(entry::REVOTE, CLOSES), &[EntriesRules]),
        ("close before the election closes", date(entry::CLOSE, CLOSES - 1), &[EntriesRules]),
        ("result before the close", date(entry::PUBLICATION, CLOSES - 1), &[EntriesRules]),
    ]);
}

#[test]
fn transfer_altered_in_any_field_is_refused() {
    const PROVED: &[CheckId] = &[EntriesProofs, EntriesSignatures];
    assert_entry_refused(
        entry::RECALL,
        &[
            ("version", |entry| entry.transaction.effects.version = FORMAT_VERSION + 1, &[EntriesRules]),
            ("ledger", |entry| entry.transaction.effects.ledger = LedgerId([1; 32]), &[RecordLedger]),
            ("pool", |entry| effects(entry).pool = PoolId([1; 32]), &[EntriesRules]),
            ("verifying key", |entry| effects(entry).verifying_key = VerifyingKeyId([1; 32]), &[RecordParameters]),
            (
                "verifying key of the other shape",
                |entry| effects(entry).verifying_key = key_of(Shape::Cast),
                &[RecordParameters],
            ),
            ("anchor", |entry| transfer(entry).anchor = Anchor::new(Fr::from(5u8)), &[EntriesRules]),
            ("an older anchor", |entry| transfer(entry).anchor = fixture().pool_after(1).tree().root(), PROVED),
            ("first nullifier", |entry| transfer(entry).nullifiers[0] = Nullifier::new(Fr::from(5u8)), PROVED),
            ("second nullifier", |entry| transfer(entry).nullifiers[1] = Nullifier::new(Fr::from(5u8)), PROVED),
            ("nullifiers exchanged", |entry| transfer(entry).nullifiers.reverse(), PROVED),
            (
                "one nullifier twice",
                |entry| transfer(entry).nullifiers[1] = transfer(entry).nullifiers[0],
                &[EntriesRules],
            ),
            ("rk", |entry| transfer(entry).rk = other_point(), PROVED),
            ("rk of small order", |entry| transfer(entry).rk = JubjubPoint::identity(), &[EntriesRules]),
            ("value commitment", |entry| transfer(entry).value_commitment = other_point(), PROVED),
            ("asset", |entry| transfer(entry).asset_revealed = Fr::from(5u8), PROVED),
            ("contract", |entry| transfer(entry).contract_revealed = Fr::from(5u8), &[EntriesRules]),
            ("opening of a contract", |entry| effects(entry).contract = Some(contract()), &[EntriesRules]),
            (
                "contract with its opening",
                |entry| {
                    effects(entry).contract = Some(contract());
                    transfer(entry).contract_revealed = contract().hash().element();
                },
                &[EntriesRules],
            ),
            ("longer window", |entry| transfer(entry).window = Window::new(at(0), at(CLOSES + 1)).unwrap(), PROVED),
            (
                "window that is over",
                |entry| transfer(entry).window = Window::new(at(0), at(1)).unwrap(),
                &[EntriesRules],
            ),
            ("mode", |entry| transfer(entry).mode = Mode::Exit, &[EntriesRules]),
            ("reveal", |entry| transfer(entry).reveal = true, PROVED),
            ("level", |entry| transfer(entry).level ^= true, PROVED),
            ("ciphertext", |entry| ciphertexts(entry)[0].enc[7] ^= 1, &[EntriesSignatures]),
            ("ciphertext's key", |entry| ciphertexts(entry)[1].epk = other_element(), &[EntriesSignatures]),
            ("ciphertext for the sender", |entry| ciphertexts(entry)[1].out[7] ^= 1, &[EntriesSignatures]),
            ("ciphertexts exchanged", |entry| ciphertexts(entry).reverse(), &[EntriesSignatures]),
            (
                "one ciphertext",
                |entry| {
                    ciphertexts(entry).pop();
                },
                &[EntriesRules],
            ),
            (
                "another's proof",
                |entry| {
                    entry.transaction.transfers[0].proof =
                        fixture().entries()[entry::DELEGATION].transaction.transfers[0].proof
                },
                &[EntriesProofs],
            ),
            ("no proof at all", |entry| entry.transaction.transfers[0].proof.0 = [0; 192], &[EntriesProofs]),
            ("signature", |entry| entry.transaction.transfers[0].signature.0[40] ^= 1, &[EntriesSignatures]),
            (
                "another's signature",
                |entry| {
                    entry.transaction.transfers[0].signature =
                        fixture().entries()[entry::DELEGATION].transaction.transfers[0].signature
                },
                &[EntriesSignatures],
            ),
            ("no authorization", |entry| entry.transaction.transfers.clear(), &[EntriesRules]),
            (
                "a second transfer",
                |entry| {
                    let transaction = &mut entry.transaction;
                    let mut second = fixture().entries()[entry::DELEGATION].transaction.clone();
                    transaction.effects.transfers.append(&mut second.effects.transfers);
                    transaction.transfers.append(&mut second.transfers);
                },
                &[EntriesRules],
            ),
            (
                "an action",
                |entry| {
                    let close = fixture().entries()[entry::CLOSE].transaction.clone();
                    entry.transaction.effects.actions = close.effects.actions;
                    entry.transaction.action_proofs = close.action_proofs;
                },
                &[EntriesRules],
            ),
        ],
    );
    // Other notes make another tree, against which nobody has proved.
    const OUTPUT: &[CheckId] = &[EntriesRules, EntriesProofs, EntriesSignatures];
    assert_entry_refused(
        entry::DELEGATION,
        &[
            ("first commitment", |entry| transfer(entry).commitments[0] = NoteCommitment::new(Fr::from(5u8)), OUTPUT),
            ("second commitment", |entry| transfer(entry).commitments[1] = NoteCommitment::new(Fr::from(5u8)), OUTPUT),
            ("commitments exchanged", |entry| transfer(entry).commitments.reverse(), OUTPUT),
        ],
    );
}

fn key_of(shape: Shape) -> VerifyingKeyId {
    VerifyingKeys::development().of_shape(shape).next().unwrap().id()
}

fn contract() -> Contract {
    Contract {
        claimant: OwnerCommitment::new(Fr::from(7u8)),
        terms: Terms { claim_until: at(CLOSES), refund_from: at(0), burn_only: true },
        guard: Guard::new(Fr::from(9u8)),
    }
}

fn ciphertexts(entry: &mut LoggedTransaction) -> &mut Vec<NoteCiphertext> {
    match &mut effects(entry).statement {
        TransferStatement::Transfer { ciphertexts, .. } => ciphertexts,
        TransferStatement::Cast(_) => panic!("not a transfer"),
    }
}

#[test]
fn ballot_altered_in_any_field_is_refused() {
    const PROVED: &[CheckId] = &[EntriesProofs, EntriesSignatures, EntriesBallots];
    const CHOICE: &[CheckId] = &[EntriesSignatures, EntriesBallots, TallyResult];
    assert_entry_refused(
        entry::BALLOT,
        &[
            ("pool", |entry| effects(entry).pool = PoolId([1; 32]), &[EntriesRules]),
            ("verifying key", |entry| effects(entry).verifying_key = key_of(Shape::Transfer), &[RecordParameters]),
            ("anchor", |entry| cast(entry).anchor = Anchor::new(Fr::from(5u8)), &[EntriesRules]),
            (
                "anchor from before the opening",
                |entry| cast(entry).anchor = fixture().pool_after(1).tree().root(),
                &[EntriesRules],
            ),
            ("nullifier", |entry| cast(entry).nullifier = Nullifier::new(Fr::from(5u8)), PROVED),
            ("rk", |entry| cast(entry).rk = other_point(), PROVED),
            ("rk of small order", |entry| cast(entry).rk = JubjubPoint::identity(), &[EntriesRules]),
            ("asset", |entry| cast(entry).asset = AssetId::new(Fr::from(5u8)), &[EntriesRules]),
            ("contract", |entry| cast(entry).contract_revealed = Fr::from(5u8), &[EntriesRules]),
            (
                "contract with its opening",
                |entry| {
                    effects(entry).contract = Some(contract());
                    cast(entry).contract_revealed = contract().hash().element();
                },
                &[EntriesRules],
            ),
            ("weight", |entry| cast(entry).weight = 2, &[EntriesRules]),
            ("weight of nothing", |entry| cast(entry).weight = 0, &[EntriesRules]),
            ("level", |entry| cast(entry).level = true, PROVED),
            ("window", |entry| cast(entry).window = Window::new(at(OPENS), at(CLOSES + 1)).unwrap(), &[EntriesRules]),
            (
                "proof",
                |entry| {
                    entry.transaction.transfers[0].proof =
                        fixture().entries()[entry::OWN_BALLOT].transaction.transfers[0].proof
                },
                &[EntriesProofs],
            ),
            (
                "signature",
                |entry| {
                    entry.transaction.transfers[0].signature =
                        fixture().entries()[entry::OWN_BALLOT].transaction.transfers[0].signature
                },
                &[EntriesSignatures],
            ),
            (
                "application",
                |entry| entry.transaction.effects.actions[0].application = ApplicationId(*b"asset\0\0\0"),
                &[EntriesRules],
            ),
            ("a byte behind the action", |entry| entry.transaction.effects.actions[0].body.push(0), &[EntriesRules]),
            ("election", |entry| edit_ballot(entry, |ballot| ballot.election = OTHER_ELECTION), &[EntriesRules]),
            (
                "revision",
                |entry| edit_ballot(entry, |ballot| ballot.revision += 1),
                &[EntriesSignatures, EntriesBallots],
            ),
            (
                "c1 of a ciphertext",
                |entry| edit_questions(entry, |questions| questions[0][1].c1 = other_element()),
                CHOICE,
            ),
            (
                "c2 of a ciphertext",
                |entry| edit_questions(entry, |questions| questions[1][0].c2 = other_element()),
                CHOICE,
            ),
            ("two options exchanged", |entry| edit_questions(entry, |questions| questions[0].swap(0, 1)), CHOICE),
            (
                "an option less",
                |entry| {
                    edit_questions(entry, |questions| {
                        questions[0].pop();
                    })
                },
                &[EntriesRules],
            ),
            (
                "a question less",
                |entry| {
                    edit_questions(entry, |questions| {
                        questions.pop();
                    })
                },
                &[EntriesRules],
            ),
            (
                "a hidden weight",
                |entry| {
                    edit_ballot(entry, |ballot| {
                        let weight = Weight::Hidden { commitment: other_element() };
                        ballot.ballot = BallotBody::new(ballot.ballot.questions().to_vec(), weight).unwrap();
                    })
                },
                &[EntriesRules],
            ),
            (
                "another's ballot",
                |entry| edit_ballot(entry, |ballot| ballot.ballot = choice_of(entry::OWN_BALLOT)),
                CHOICE,
            ),
            (
                "another's ballot with its proof",
                |entry| {
                    edit_ballot(entry, |ballot| ballot.ballot = choice_of(entry::OWN_BALLOT));
                    entry.transaction.action_proofs =
                        fixture().entries()[entry::OWN_BALLOT].transaction.action_proofs.clone();
                },
                CHOICE,
            ),
            (
                "another's proof of a ballot",
                |entry| {
                    entry.transaction.action_proofs =
                        fixture().entries()[entry::OWN_BALLOT].transaction.action_proofs.clone()
                },
                &[EntriesBallots],
            ),
            (
                "a byte behind the proof of a ballot",
                |entry| entry.transaction.action_proofs[0].push(0),
                &[EntriesRules],
            ),
            ("no proof of a ballot", |entry| entry.transaction.action_proofs.clear(), &[EntriesRules]),
            (
                "no ballot",
                |entry| {
                    entry.transaction.effects.actions.clear();
                    entry.transaction.action_proofs.clear();
                },
                &[EntriesRules],
            ),
        ],
    );
    // A ballot that was replaced is not decrypted, and still must be right.
    assert_entry_refused(
        entry::OVERRIDDEN,
        &[(
            "c1 of a ciphertext",
            |entry| edit_questions(entry, |questions| questions[0][1].c1 = other_element()),
            &[EntriesSignatures, EntriesBallots],
        )],
    );
}

fn choice_of(index: usize) -> BallotBody {
    match action(&fixture().entries()[index].transaction) {
        ElectionAction::Cast(BallotCast { ballot, .. }) => ballot,
        _ => panic!("not a ballot"),
    }
}

fn edit_questions(entry: &mut LoggedTransaction, alter: impl FnOnce(&mut Vec<Vec<Ciphertext>>)) {
    edit_ballot(entry, |ballot| {
        let mut questions = ballot.ballot.questions().to_vec();
        alter(&mut questions);
        ballot.ballot = BallotBody::new(questions, *ballot.ballot.weight()).unwrap();
    });
}

// Every scalar and point of a ballot's proof, and every byte of it that still decodes.
#[test]
fn ballot_proof_altered_in_any_byte_is_refused() {
    let honest = &fixture().entries()[entry::BALLOT].transaction.action_proofs[0];
    let strides = (0..honest.len()).step_by(if exhaustive() { 1 } else { 41 });
    strides.collect::<Vec<_>>().into_par_iter().for_each(|position| {
        let record = fixture()
            .forged_by_ledger(|record| record.entries[entry::BALLOT].transaction.action_proofs[0][position] ^= 1);
        let found = refusals(&record);
        assert!(found == [EntriesRules].into() || found == [EntriesBallots].into(), "byte {position}: {found:?}");
    });
}

#[test]
fn close_altered_is_refused() {
    let authority = fixture().authority();
    let by = |key: Option<&SigningKey>, alter: fn(&mut Close)| {
        fixture().forged_by_ledger(|record| edit_close(&mut record.entries[entry::CLOSE], key, alter))
    };
    let stranger = SigningKey::from_bytes(&[1; 32]);
    assert_refused([
        ("one ballot more", by(Some(&authority), |close| close.counted += 1), [TallyClosed].as_slice()),
        ("one ballot less", by(Some(&authority), |close| close.counted -= 1), &[TallyClosed]),
        ("one entry more", by(Some(&authority), |close| close.entries += 1), &[TallyClosed]),
        ("one entry less", by(Some(&authority), |close| close.entries -= 1), &[TallyClosed]),
        ("another election", by(Some(&authority), |close| close.election = OTHER_ELECTION), &[EntriesRules]),
        ("without the authority", by(None, |close| close.counted += 1), &[EntriesRules]),
        ("by a stranger", by(Some(&stranger), |_| ()), &[EntriesRules]),
    ]);
}

#[test]
fn result_altered_is_refused() {
    let authority = fixture().authority();
    let by = |key: Option<&SigningKey>, alter: &dyn Fn(&mut Publication)| {
        fixture().forged_by_ledger(|record| edit_publication(&mut record.entries[entry::PUBLICATION], key, alter))
    };
    let wrong = |alter: &dyn Fn(&mut Publication)| by(Some(&authority), alter);
    let mut cases: Vec<(String, ElectionRecord, &[CheckId])> = Vec::new();
    for (question, options) in [(0, 3), (1, 2)] {
        for option in 0..options {
            cases.push((
                format!("one more for {question}.{option}"),
                wrong(&|p| p.results[question][option] += 1),
                &[TallyResult],
            ));
            cases.push((
                format!("one less for {question}.{option}"),
                wrong(&|p| p.results[question][option] -= 1),
                &[TallyResult],
            ));
        }
    }
    let mut more =
        |name: &str, record: ElectionRecord, expected: &'static [CheckId]| cases.push((name.into(), record, expected));
    more(
        "a vote moved",
        wrong(&|p| {
            p.results[0][0] += 1;
            p.results[0][1] -= 1;
        }),
        &[TallyResult],
    );
    more("an option more", wrong(&|p| p.results[0].push(0)), &[TallyResult]);
    more(
        "a question less",
        wrong(&|p| {
            p.results.pop();
        }),
        &[TallyResult],
    );
    more("no result", wrong(&|p| p.results.clear()), &[TallyResult]);
    more(
        "a trustee missing",
        wrong(&|p| {
            p.partials.pop();
        }),
        &[TallyResult],
    );
    more("a trustee twice", wrong(&|p| p.partials[1] = p.partials[0].clone()), &[TallyResult]);
    more("another's name", wrong(&|p| p.partials[1].trustee = fixture().partials[1].trustee), &[TallyResult]);
    more("a share", wrong(&|p| p.partials[0].shares[0] = other_element()), &[TallyResult]);
    more(
        "a share less",
        wrong(&|p| {
            p.partials[0].shares.pop();
        }),
        &[TallyResult],
    );
    more("two shares exchanged", wrong(&|p| p.partials[0].shares.swap(0, 1)), &[TallyResult]);
    more(
        "the proof's first commitment",
        wrong(&|p| p.partials[0].proof.base_commitment = other_element()),
        &[TallyResult],
    );
    more(
        "the proof's second commitment",
        wrong(&|p| p.partials[0].proof.sum_commitment = other_element()),
        &[TallyResult],
    );
    more(
        "the proof's response",
        wrong(&|p| p.partials[0].proof.response = p.partials[1].proof.response),
        &[TallyResult],
    );
    more(
        "decryptions of another election",
        wrong(&|p| p.partials = fixture().foreign_partials.clone()),
        &[TallyResult],
    );
    more("another election", wrong(&|p| p.election = OTHER_ELECTION), &[EntriesRules]);
    more("without the authority", by(None, &|p| p.results[0][0] += 1), &[EntriesRules]);
    more("by a stranger", by(Some(&SigningKey::from_bytes(&[1; 32])), &|_| ()), &[EntriesRules]);
    // Any two of the three trustees give the same, and so do all of them.
    more("other trustees", wrong(&|p| p.partials = fixture().partials[1..].to_vec()), &[]);
    more("all trustees", wrong(&|p| p.partials = fixture().partials.clone()), &[]);
    assert_refused(cases.par_iter().map(|(name, record, expected)| (name.as_str(), record.clone(), *expected)));
}

#[test]
fn opening_altered_without_the_authority_is_refused() {
    let outsider = |alter: fn(&mut Opening)| {
        fixture().forged_by_ledger(|record| edit_opening(&mut record.entries[0].transaction, None, alter))
    };
    assert_refused([
        ("title", outsider(|opening| opening.manifest.title.push('!')), [OpeningAuthority].as_slice()),
        (
            "authority",
            outsider(|opening| {
                opening.manifest.authority = SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes()
            }),
            &[OpeningAuthority],
        ),
        (
            "authority of small order",
            outsider(|opening| {
                opening.manifest.authority = [0; 32];
                opening.manifest.authority[0] = 1;
            }),
            &[OpeningAuthority],
        ),
        ("authority that is no point", outsider(|opening| opening.manifest.authority = [2; 32]), &[OpeningAuthority]),
        (
            "ceremony",
            outsider(|opening| {
                opening.ceremony.packages.pop();
            }),
            &[OpeningAuthority],
        ),
        (
            "canaries",
            outsider(|opening| {
                opening.canaries.pop();
            }),
            &[OpeningAuthority],
        ),
        ("roll", outsider(|opening| opening.roll = Roll::Public(Vec::new())), &[OpeningAuthority]),
        (
            "signature",
            fixture()
                .forged_by_ledger(|record| sign(&mut record.entries[0].transaction, &SigningKey::from_bytes(&[1; 32]))),
            &[OpeningAuthority],
        ),
        (
            "no signature",
            fixture().forged_by_ledger(|record| record.entries[0].transaction.action_proofs[0].clear()),
            &[OpeningAuthority],
        ),
        (
            "an opening with a transfer",
            fixture().forged_by_ledger(|record| {
                let delegation = record.entries[entry::DELEGATION].transaction.clone();
                record.entries[0].transaction.effects.transfers = delegation.effects.transfers;
                record.entries[0].transaction.transfers = delegation.transfers;
            }),
            &[OpeningAuthority],
        ),
    ]);
}

// A cheating authority, with the ledger on its side, alters one part of the opening and signs it.
#[test]
fn opening_altered_by_the_authority_is_refused_part_by_part() {
    type Edit = fn(&mut Opening);
    let cases: &[(&str, Edit, &[CheckId])] = &[
        // The canaries are of the election as it was: of whatever is altered in the manifest they are not.
        ("registration", |o| o.manifest.registration.0[0] ^= 1, &[OpeningCanaries]),
        ("title", |o| o.manifest.title.push('!'), &[OpeningCanaries]),
        ("title of a question", |o| o.manifest.questions[0].title.push('!'), &[OpeningCanaries]),
        ("id of an option", |o| o.manifest.questions[0].options[0].id.push('!'), &[OpeningCanaries]),
        ("name of an option", |o| o.manifest.questions[0].options[0].name.push('!'), &[OpeningCanaries]),
        ("options exchanged", |o| o.manifest.questions[0].options.swap(0, 1), &[OpeningCanaries]),
        ("fewest selections", |o| o.manifest.questions[0].min = 0, &[OpeningCanaries]),
        ("most selections", |o| o.manifest.questions[0].max = 3, &[OpeningCanaries]),
        ("opens", |o| o.manifest.opens = at(OPENS + 1), &[OpeningCanaries]),
        ("closes", |o| o.manifest.closes = at(CLOSES + 1), &[OpeningCanaries]),
        ("roll digest", |o| o.manifest.roll.0[0] ^= 1, &[OpeningCanaries]),
        ("delegation", |o| o.manifest.rules.delegation = false, &[OpeningCanaries]),
        ("revoting", |o| o.manifest.rules.revoting = false, &[OpeningCanaries]),
        ("smallest group", |o| o.manifest.rules.smallest_group = 0, &[OpeningCanaries]),
        ("epoch", |o| o.manifest.rules.epoch_seconds = 1, &[OpeningCanaries]),
        // What a manifest must fulfil by itself.
        ("version", |o| o.manifest.version += 1, &[OpeningManifest]),
        ("ledger", |o| o.manifest.ledger.0[0] ^= 1, &[OpeningManifest]),
        ("no title", |o| o.manifest.title.clear(), &[OpeningManifest]),
        ("no question", |o| o.manifest.questions.clear(), &[OpeningManifest]),
        ("one id twice", |o| o.manifest.questions[0].options[1].id = "oak".into(), &[OpeningManifest]),
        ("more selections than options", |o| o.manifest.questions[1].max = 3, &[OpeningManifest]),
        ("more options than a ballot holds", |o| many_options(&mut o.manifest.questions), &[OpeningManifest]),
        ("closes when it opens", |o| o.manifest.closes = o.manifest.opens, &[OpeningManifest]),
        (
            "closes before its first entry",
            |o| (o.manifest.opens, o.manifest.closes) = (at(1), at(2)),
            &[OpeningManifest],
        ),
        ("no epoch", |o| o.manifest.rules.epoch_seconds = 0, &[OpeningManifest]),
        // The key and the ceremony.
        ("ceremony hash", |o| o.manifest.ceremony.0[0] ^= 1, &[OpeningCeremony]),
        ("key", |o| o.manifest.key = ElectionKey::new(other_element()).unwrap(), &[OpeningCeremony]),
        (
            "package missing",
            |o| {
                o.ceremony.packages.pop();
            },
            &[OpeningCeremony],
        ),
        (
            "package missing, with its hash",
            |o| {
                o.ceremony.packages.pop();
                o.manifest.ceremony = o.ceremony.hash();
            },
            &[OpeningCeremony],
        ),
        (
            "packages exchanged",
            |o| {
                o.ceremony.packages.swap(0, 1);
                o.manifest.ceremony = o.ceremony.hash();
            },
            &[OpeningCeremony],
        ),
        (
            "commitment",
            |o| {
                o.ceremony.commitments[0].payload = o.ceremony.commitments[1].payload;
                o.manifest.ceremony = o.ceremony.hash();
            },
            &[OpeningCeremony],
        ),
        (
            "confirmation missing",
            |o| {
                o.ceremony.confirmations.pop();
                o.manifest.ceremony = o.ceremony.hash();
            },
            &[OpeningCeremony],
        ),
        (
            "acknowledgement",
            |o| {
                o.ceremony.acknowledgements[0].signature = o.ceremony.acknowledgements[1].signature;
                o.manifest.ceremony = o.ceremony.hash();
            },
            &[OpeningCeremony],
        ),
        // The canaries.
        (
            "canary missing",
            |o| {
                o.canaries.pop();
            },
            &[OpeningCanaries],
        ),
        ("no canary", |o| o.canaries.clear(), &[OpeningCanaries]),
        ("canary twice", |o| o.canaries[1] = o.canaries[0], &[OpeningCanaries]),
        ("canary of another trustee", |o| o.canaries[1].trustee = o.canaries[0].trustee, &[OpeningCanaries]),
        ("share of a canary", |o| o.canaries[0].share = other_element(), &[OpeningCanaries]),
        ("proof of a canary", |o| o.canaries[0].proof = o.canaries[1].proof, &[OpeningCanaries]),
        ("canaries of another election", |o| o.canaries.clone_from(&fixture().foreign_canaries), &[OpeningCanaries]),
        // The roll.
        ("entry more on the roll", |o| roll(o).push(stranger()), &[OpeningRoll]),
        (
            "entry less on the roll",
            |o| {
                roll(o).pop();
            },
            &[OpeningRoll],
        ),
        ("entries of the roll exchanged", |o| roll(o).swap(0, 1), &[OpeningRoll]),
        ("owner on the roll", |o| roll(o)[0].owner = stranger().owner, &[OpeningRoll]),
        ("weight on the roll", |o| roll(o)[0].weight = 2, &[OpeningRoll]),
    ];
    assert_refused(cases.par_iter().map(|(name, alter, expected)| (*name, fixture().forged_opening(alter), *expected)));
}

fn many_options(questions: &mut Vec<Question>) {
    let mut question = questions[0].clone();
    let option = |index: usize| QuestionOption { id: index.to_string(), name: "x".into() };
    question.options = (0..1024).map(option).collect();
    *questions = vec![question; 5];
}

fn roll(opening: &mut Opening) -> &mut Vec<RollEntry> {
    match &mut opening.roll {
        Roll::Public(entries) => entries,
        Roll::Hidden { .. } => panic!("not a public roll"),
    }
}

fn stranger() -> RollEntry {
    RollEntry { owner: OwnerCommitment::new(Fr::from(7u8)), weight: 1 }
}

// Every byte of ceremony, canaries and roll that an authority alters and signs: whatever decodes is refused by the part's
// own check.
#[test]
fn each_byte_of_ceremony_canaries_and_roll_is_checked() {
    let ElectionAction::Open(opening) = action(&fixture().entries()[0].transaction) else { panic!("not an opening") };
    sweep_part(&opening.ceremony, OpeningCeremony, |opening, ceremony| {
        opening.manifest.ceremony = ceremony.hash();
        opening.ceremony = ceremony;
    });
    sweep_part(&opening.canaries, OpeningCanaries, |opening, canaries| opening.canaries = canaries);
    sweep_part(&opening.roll, OpeningRoll, |opening, roll| opening.roll = roll);
}

fn sweep_part<T: borsh::BorshSerialize + BorshDeserialize + Send>(
    part: &T,
    check: CheckId,
    put: impl Fn(&mut Opening, T) + Sync,
) {
    let honest = borsh::to_vec(part).unwrap();
    let positions: Vec<usize> = (0..honest.len()).step_by(if exhaustive() { 1 } else { 29 }).collect();
    let decoded: usize = positions
        .into_par_iter()
        .map(|position| {
            let mut bytes = honest.clone();
            bytes[position] ^= 1 << (position % 8);
            let Ok(altered) = T::try_from_slice(&bytes) else { return 0 };
            let record = fixture().forged_opening(|opening| put(opening, altered));
            assert_eq!(refusals(&record), [check].into(), "byte {position} of {check}");
            1
        })
        .sum();
    assert!(decoded > 0, "some alterations decode");
}

fn exhaustive() -> bool {
    std::env::var_os("TABELLA_EXHAUSTIVE").is_some()
}

#[test]
fn record_with_any_byte_altered_is_never_valid() {
    let bytes = fixture().record.encode();
    let keys = VerifyingKeys::development();
    let positions: Vec<usize> = (0..bytes.len()).step_by(if exhaustive() { 1 } else { 97 }).collect();
    positions.into_par_iter().for_each(|position| {
        let mut altered = bytes.clone();
        altered[position] ^= 1 << (position % 8);
        assert!(!verify(&altered, &keys).valid, "byte {position}");
    });
}

#[test]
fn record_cut_off_or_prolonged_is_refused_as_damaged() {
    let bytes = fixture().record.encode();
    let keys = VerifyingKeys::development();
    let only = |bytes: &[u8]| verify(bytes, &keys).failures().map(|check| check.id).collect::<Vec<_>>();
    let lengths: Vec<usize> =
        (0..bytes.len()).step_by(if exhaustive() { 1 } else { 53 }).chain([bytes.len() - 1]).collect();
    lengths.into_par_iter().for_each(|length| assert_eq!(only(&bytes[..length]), [RecordEncoding], "{length} bytes"));
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(only(&longer), [RecordEncoding]);
}

// A length of four gigabytes in front of nothing: read without asking for the memory.
#[test]
fn record_of_absurd_lengths_is_refused_at_once() {
    let honest = fixture().record.encode();
    for position in 16..honest.len().min(64) {
        let mut bytes = honest[..position].to_vec();
        bytes.extend([0xff; 12]);
        let report = verify(&bytes, &VerifyingKeys::development());
        assert_eq!(report.first_failure().map(|check| check.id), Some(RecordEncoding));
    }
}

// A checkpoint over an empty log, and one of a record whose opening is no election's.
#[test]
fn record_of_another_opening_is_refused() {
    let mut record = fixture().record.clone();
    edit_action(&mut record.entries[0].transaction, Some(&fixture().authority()), |opening| {
        *opening = action(&fixture().entries()[entry::CLOSE].transaction);
    });
    sign_record(&mut record, &fixture().signer(), OTHER_ELECTION);
    assert_eq!(refusals(&record), [OpeningAuthority].into());
}
