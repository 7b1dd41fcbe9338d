//! Ballots, field by field.

use super::*;

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
            // It is in the key of the sealed ranking, which then opens to nothing.
            (
                "nullifier",
                |entry| cast(entry).nullifier = Nullifier::new(Fr::from(5u8)),
                &[EntriesProofs, EntriesSignatures, EntriesBallots, TallyResult],
            ),
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
            ("c1 of a ranking", |entry| edit_ballot(entry, |ballot| ballot.rankings[0].c1 = other_element()), CHOICE),
            ("no ranking", |entry| edit_ballot(entry, |ballot| ballot.rankings.clear()), &[EntriesRules]),
            (
                "another's ranking",
                |entry| edit_ballot(entry, |ballot| ballot.rankings = rankings_of(entry::OWN_BALLOT)),
                CHOICE,
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

fn rankings_of(index: usize) -> Vec<tabella_protocol::ranking::SealedRanking> {
    match action(&fixture().entries()[index].transaction) {
        ElectionAction::Cast(BallotCast { rankings, .. }) => rankings,
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

// It is right at its place: nothing but its kind is wrong.
#[test]
fn ballot_proved_in_the_other_way_than_the_manifest_asks_for_is_refused() {
    for fixture in [fixture(), hidden(), disjunctive()] {
        let (index, proof) = (fixture.first_ballot(), &fixture.proved_otherwise);
        let entry = &fixture.entries()[index];
        let ElectionAction::Cast(cast) = action(&entry.transaction) else { panic!("not a ballot") };
        let pool = fixture.pool_after(1);
        let (id, manifest) = (pool.id(), pool.manifest());
        assert_ne!(proof.kind(), manifest.rules.ballot_proofs);
        let context = ProofContext { ledger: manifest.ledger, digest: digest(entry), index: 0 };
        let rules = pool.question_rules();
        let terms = BallotTerms { election: id.as_bytes(), key: &manifest.key, rules, proofs: proof.kind() };
        assert_eq!(verify_ballot(&context, terms, &cast.ballot, proof), Ok(()));
        let record = fixture.forged_by_ledger_and_authority(|record| {
            let bytes = &mut record.entries[index].transaction.action_proofs[0];
            let honest: CastProof = borsh::from_slice(bytes).unwrap();
            *bytes = borsh::to_vec(&CastProof { ballot: proof.clone(), ..honest }).unwrap();
        });
        assert_eq!(refusals(&record), [EntriesBallots].into(), "{:?}", proof.kind());
    }
}

// Every scalar and point of a ballot's proof, and every byte of it that still decodes.
#[test]
fn ballot_proof_altered_in_any_byte_is_refused() {
    for (fixture, index, stride) in [(fixture(), entry::BALLOT, 41), (disjunctive(), disjunctive().first_ballot(), 97)]
    {
        alter_proof(fixture, index, if exhaustive() { 1 } else { stride });
    }
}

fn alter_proof(fixture: &Fixture, index: usize, stride: usize) {
    let honest = &fixture.entries()[index].transaction.action_proofs[0];
    each((0..honest.len()).step_by(stride).collect(), |position| {
        let record = fixture
            .forged_by_ledger_and_authority(|record| record.entries[index].transaction.action_proofs[0][position] ^= 1);
        let found = refusals(&record);
        assert!(found == [EntriesRules].into() || found == [EntriesBallots].into(), "byte {position}: {found:?}");
    });
}
