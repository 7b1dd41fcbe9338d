//! Manifest, ceremony, canaries and roll.

use tabella_protocol::election::QuestionKind;

use super::*;

const fn choose(min: u16, max: u16) -> QuestionKind {
    QuestionKind::Choose { min, max }
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
        ("fewest selections", |o| o.manifest.questions[0].kind = choose(0, 1), &[OpeningCanaries]),
        ("most selections", |o| o.manifest.questions[0].kind = choose(1, 3), &[OpeningCanaries]),
        ("opens", |o| o.manifest.opens = at(OPENS + 1), &[OpeningCanaries]),
        ("closes", |o| o.manifest.closes = at(CLOSES + 1), &[OpeningCanaries]),
        ("roll digest", |o| o.manifest.roll.0[0] ^= 1, &[OpeningCanaries]),
        ("delegation", |o| o.manifest.rules.delegation = false, &[OpeningCanaries]),
        ("revoting", |o| o.manifest.rules.revoting = false, &[OpeningCanaries]),
        ("ballot proofs", |o| o.manifest.rules.ballot_proofs = BallotProofKind::Disjunctive, &[OpeningCanaries]),
        ("smallest group", |o| o.manifest.rules.smallest_group = 0, &[OpeningCanaries]),
        ("epoch", |o| o.manifest.rules.epoch_seconds = 1, &[OpeningCanaries]),
        // What a manifest must fulfil by itself.
        ("version", |o| o.manifest.version += 1, &[OpeningManifest]),
        ("ledger", |o| o.manifest.ledger.0[0] ^= 1, &[OpeningManifest]),
        ("no title", |o| o.manifest.title.clear(), &[OpeningManifest]),
        ("no question", |o| o.manifest.questions.clear(), &[OpeningManifest]),
        ("one id twice", |o| o.manifest.questions[0].options[1].id = "oak".into(), &[OpeningManifest]),
        ("more selections than options", |o| o.manifest.questions[1].kind = choose(1, 3), &[OpeningManifest]),
        ("more options than a ballot holds", |o| many_options(&mut o.manifest.questions), &[OpeningManifest]),
        ("more branches than a disjunctive proof holds", many_branches, &[OpeningManifest]),
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
        ("canaries in another order", |o| o.canaries.reverse(), &[OpeningCanaries]),
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
    assert_refused(cases.iter().map(|(name, alter, expected)| (*name, fixture().forged_opening(alter), *expected)));
}

fn many_options(questions: &mut Vec<Question>) {
    let mut question = questions[0].clone();
    let option = |index: usize| QuestionOption { id: index.to_string(), name: "x".into() };
    question.options = (0..1024).map(option).collect();
    *questions = vec![question; 5];
}

fn many_branches(opening: &mut Opening) {
    opening.manifest.rules.ballot_proofs = BallotProofKind::Disjunctive;
    let kind = QuestionKind::Score { most: 1024, blank: true };
    let question = Question { kind, ..opening.manifest.questions[0].clone() };
    opening.manifest.questions = vec![question; 3];
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
    let decoded = each(positions, |position| {
        let mut bytes = honest.clone();
        bytes[position] ^= 1 << (position % 8);
        let Ok(altered) = T::try_from_slice(&bytes) else { return false };
        let record = fixture().forged_opening(|opening| put(opening, altered));
        assert_eq!(refusals(&record), [check].into(), "byte {position} of {check}");
        true
    });
    assert!(decoded.contains(&true), "some alterations decode");
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
