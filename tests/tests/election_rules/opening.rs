//! What does not open.

use tabella_protocol::ballot::BoundsError;

use super::*;

#[test]
fn opening_that_breaks_a_rule_is_refused() {
    let election = Election::new(|_| ());
    let refused = |alter: &dyn Fn(&mut Opening)| {
        let mut entry = election.opening.clone();
        edit_opening(&mut entry.transaction, Some(&election.authority), alter);
        open(&entry, LEDGER, &keys()).unwrap_err()
    };
    let edited = |alter: &dyn Fn(&mut LoggedTransaction)| {
        let mut entry = election.opening.clone();
        alter(&mut entry);
        open(&entry, LEDGER, &keys()).unwrap_err()
    };
    assert!(matches!(edited(&|e| e.transaction.effects.version = 9), OpenError::Structure(StructureError::Version(9))));
    assert!(matches!(edited(&|e| e.transaction.effects.ledger = LedgerId([9; 32])), OpenError::Structure(_)));
    assert_eq!(
        edited(&|e| e.transaction.effects.actions[0].application = ApplicationId(*b"payments")),
        OpenError::Form
    );
    let pool = election.pool();
    let close = close_election(&election.authority, &pool);
    assert_eq!(edited(&|e| e.transaction = close.clone()), OpenError::Form);
    assert_eq!(edited(&|e| *e = ballot(&pool, OPENS, 1, 0, 0)), OpenError::Form);
    assert!(matches!(edited(&|e| e.transaction.effects.actions[0].body.push(0)), OpenError::Decode(_)));
    assert_eq!(edited(&|e| sign(&mut e.transaction, &SigningKey::from_bytes(&[1; 32]))), OpenError::Signature);
    assert_eq!(edited(&|e| e.transaction.action_proofs[0].push(0)), OpenError::Signature);
    assert_eq!(edited(&|e| e.time = at(CLOSES)), OpenError::TooLate);
    // Attack 20: under a key of small order anybody signs.
    let mut small = [0; 32];
    small[0] = 1;
    assert_eq!(refused(&|o| o.manifest.authority = small), OpenError::Signature);

    assert_eq!(refused(&|o| o.manifest.version = 9), OpenError::Manifest(ManifestError::Version(9)));
    assert!(matches!(refused(&|o| o.manifest.title.clear()), OpenError::Manifest(ManifestError::Text { .. })));
    assert_eq!(refused(&|o| o.manifest.questions.clear()), OpenError::Manifest(ManifestError::QuestionCount));
    for (kind, question) in [
        (QuestionKind::Choose { min: 1, max: 9 }, 0),
        (QuestionKind::Choose { min: 0, max: 0 }, 1),
        (QuestionKind::Score { most: 0, blank: true }, 0),
        (QuestionKind::Score { most: 1025, blank: true }, 1),
        (QuestionKind::Split { most: 5, min: 11, max: 10 }, 1),
        (QuestionKind::Split { most: 5, min: 0, max: 11 }, 1),
    ] {
        let error = refused(&|o| o.manifest.questions[question].kind = kind);
        assert_eq!(error, OpenError::Manifest(ManifestError::Limits(question + 1)));
    }
    assert!(matches!(
        refused(&|o| o.manifest.questions[0].options[1].id = "a".into()),
        OpenError::Manifest(ManifestError::DuplicateOption { question: 1, .. })
    ));
    let many = |o: &mut Opening| {
        let option = |index: usize| QuestionOption { id: index.to_string(), name: "x".into() };
        let question = Question { options: (0..1024).map(option).collect(), ..o.manifest.questions[0].clone() };
        o.manifest.questions = vec![question; 5];
    };
    assert_eq!(refused(&many), OpenError::Manifest(ManifestError::OptionCount(BoundsError::Total)));
    let branches = |o: &mut Opening, proofs: BallotProofKind| {
        let kind = QuestionKind::Score { most: 1024, blank: true };
        o.manifest.questions = vec![Question { kind, ..o.manifest.questions[0].clone() }; 3];
        o.manifest.rules.ballot_proofs = proofs;
    };
    // Three times three options of 1,025 numbers each, and sums from 0 to 3,072.
    let found = 3 * (3 * 1_025 + 3_073);
    let error = refused(&|o| branches(o, BallotProofKind::Disjunctive));
    assert_eq!(error, OpenError::Manifest(ManifestError::Branches { found }));
    // Compressed proofs hold them: what is wrong is that the canaries are of another manifest.
    assert!(matches!(refused(&|o| branches(o, BallotProofKind::Compressed)), OpenError::Canary(_)));
    assert_eq!(refused(&|o| o.manifest.closes = at(OPENS)), OpenError::Manifest(ManifestError::Window));
    assert_eq!(refused(&|o| o.manifest.rules.epoch_seconds = 0), OpenError::Manifest(ManifestError::Epoch));
    assert_eq!(refused(&|o| o.manifest.ledger = LedgerId([9; 32])), OpenError::Ledger);
    assert!(matches!(refused(&|o| o.manifest.ceremony.0[0] ^= 1), OpenError::CeremonyHash { .. }));
    let swapped = |o: &mut Opening| {
        o.ceremony.confirmations.swap(0, 1);
        o.manifest.ceremony = o.ceremony.hash();
    };
    assert!(matches!(refused(&swapped), OpenError::Ceremony(CeremonyError::Message(_))));
    assert_eq!(refused(&|o| o.manifest.key = ElectionKey::new(point()).unwrap()), OpenError::Key);
    // Attack 38.
    assert!(matches!(
        refused(&|o| { o.canaries.remove(1); }),
        OpenError::Canary(RehearsalError::Missing(who)) if who.len() == 1 && who[0].name == "Boleslaw"
    ));
    assert!(matches!(
        refused(&|o| o.canaries.clone_from(&fixture().foreign_canaries)),
        OpenError::Canary(RehearsalError::Proof(_))
    ));
    assert!(matches!(refused(&|o| o.manifest.title.push('!')), OpenError::Canary(RehearsalError::Proof(_))));
}

// Attack 37: rights that no voter asked for.
#[test]
fn roll_that_is_not_the_announced_one_or_does_not_add_up_is_refused() {
    let election = Election::new(|_| ());
    let mut entry = election.opening.clone();
    edit_opening(&mut entry.transaction, Some(&election.authority), |opening| {
        let Roll::Public(entries) = &mut opening.roll else { panic!("public") };
        entries.push(RollEntry { owner: owner(99), weight: 1 });
    });
    assert!(matches!(open(&entry, LEDGER, &keys()), Err(OpenError::RollDigest { .. })));

    // A roll that the manifest names, and that is wrong by itself. The canaries are of that manifest.
    let (trustees, record) = hold_ceremony("roll", 2, &["Anna", "Boleslaw", "Celina"], &mut OsRng).unwrap();
    let authority = SigningKey::generate(&mut OsRng);
    let outcome = ceremony::verify(&record).unwrap();
    let refused = |roll: Roll, weights: Weights| {
        let draft = draft();
        let mut manifest = draft.manifest(LEDGER, &authority, &outcome, &public_roll(1)).unwrap();
        manifest.rules.weights = weights;
        manifest.roll = roll.digest();
        let entry = logged(BEFORE, opening(&authority, &trustees, manifest, record.clone(), roll));
        match open(&entry, LEDGER, &keys()) {
            Err(OpenError::Roll(error)) => error,
            other => panic!("{:?}", other.map(|_| ())),
        }
    };
    let public = |weights: &[(u64, u64)]| {
        Roll::Public(
            weights.iter().map(|(number, weight)| RollEntry { owner: owner(*number), weight: *weight }).collect(),
        )
    };
    let hidden = |total: u64, voters: &[u64]| Roll::Hidden {
        distributor: owner(50),
        total,
        voters: voters.iter().map(|number| owner(*number)).collect(),
    };
    use Weights::{Hidden, One};
    assert_eq!(refused(public(&[]), One), RollError::Empty);
    assert_eq!(refused(public(&[(1, 1), (2, 1), (1, 1)]), One), RollError::DuplicateOwner { first: 1, second: 3 });
    assert_eq!(refused(public(&[(1, 1), (2, 2)]), One), RollError::Weight(2));
    assert_eq!(refused(public(&[(1, 0)]), One), RollError::Weight(1));
    assert_eq!(refused(public(&[(1, 1)]), Hidden), RollError::Kind);
    assert_eq!(refused(hidden(5, &[1]), One), RollError::Kind);
    assert_eq!(refused(hidden(1, &[1, 2]), Hidden), RollError::Total);
    assert_eq!(refused(hidden((1 << 40) + 1, &[1, 2]), Hidden), RollError::Total);
    assert_eq!(refused(hidden(9, &[1, 50]), Hidden), RollError::Distributor);

    // Rights of hidden weight cannot be distributed once the election is open.
    let hidden = Election::with(hidden(9, &[1, 2]), |draft| draft.rules.weights = Hidden);
    let mut late = hidden.opening.clone();
    late.time = at(OPENS);
    assert!(matches!(open(&late, LEDGER, &keys()), Err(OpenError::NoDistribution)));
}
