//! Elections and ordinary assets on one ledger.

use super::*;

// Attack 37 after the opening: nothing that a ledger accepts adds a right to the election's pool.
#[test]
fn no_right_is_made_after_the_opening() {
    let election = Election::new(|_| ());
    let mut state = LedgerState::new(LEDGER, keys());
    let apply = |state: &mut LedgerState, entry: &LoggedTransaction| {
        let checked = state.check(entry, 0, &mut Obligations::new())?;
        state.execute(checked)
    };
    apply(&mut state, &election.opening).unwrap();
    let pool = election.pool();
    let rights = |state: &LedgerState| state.election(&pool.id()).unwrap().tree().len();
    assert_eq!(rights(&state), 4);

    // The authority issues an asset, under whatever name: its notes are in the pool of ordinary assets.
    let issued = issue(&election.authority, 0, 5);
    apply(&mut state, &logged(OPENS, issued.clone())).unwrap();
    assert_eq!((rights(&state), state.shielded().tree().len()), (4, 1));
    // An issue together with a transfer in the election's pool is no entry of an election.
    let mut both = moved(&pool, OPENS, [1, 2]);
    both.transaction.effects.actions.clone_from(&issued.effects.actions);
    both.transaction.action_proofs.clone_from(&issued.action_proofs);
    assert!(matches!(apply(&mut state, &both), Err(LedgerRejection::Election(Rejection::Form(_)))));
    // Value enters from nowhere.
    let entered = edited(moved(&pool, OPENS, [1, 2]), |e| transfer(e).mode = Mode::Entry);
    assert!(matches!(apply(&mut state, &entered), Err(LedgerRejection::Election(Rejection::Mode(_)))));
    // From the pool of ordinary assets to the election's, in one transaction.
    let mut across = moved(&pool, OPENS, [1, 2]);
    let mut second = moved(&pool, OPENS, [3, 4]).transaction;
    second.effects.transfers[0].pool = state.shielded().id();
    across.transaction.effects.transfers.append(&mut second.effects.transfers);
    across.transaction.transfers.append(&mut second.transfers);
    assert!(matches!(apply(&mut state, &across), Err(LedgerRejection::Election(Rejection::Form(_)))));
    assert_eq!(rights(&state), 4);

    // An election opens once, also under other signatures; one that never opened has no ballots.
    assert_eq!(apply(&mut state, &logged(OPENS, election.opening.transaction.clone())), Err(LedgerRejection::Replayed));
    let mut again = election.opening.clone();
    again.time = at(OPENS);
    edit_opening(&mut again.transaction, Some(&election.authority), |opening| {
        let key = &opening.manifest.key;
        let canary = election.trustees[0].rehearse(LEDGER, pool.id().as_bytes(), key, &mut OsRng).unwrap();
        opening.canaries[0] = canary;
    });
    assert_eq!(apply(&mut state, &again), Err(LedgerRejection::AlreadyOpen(pool.id())));
    let other = Election::new(|draft| draft.title = "Another".into());
    let unknown = edited(ballot(&other.pool(), OPENS, 1, 0, 0), |_| ());
    assert_eq!(apply(&mut state, &unknown), Err(LedgerRejection::UnknownElection(other.pool().id())));
    let past = logged(OPENS - 1, issue(&election.authority, 1, 5));
    assert_eq!(apply(&mut state, &past), Err(LedgerRejection::Time { time: OPENS - 1, last: OPENS }));
}

/// An issue of one note of an asset of the cap 10.
fn issue(issuer: &SigningKey, sequence: u64, value: u64) -> Transaction {
    let description = AssetDescription {
        issuer: issuer.verifying_key().to_bytes(),
        name: "rights".into(),
        decimals: 0,
        cap: 10,
        class: AssetClass::Ordinary,
        uid: None,
        body: [0; 32],
    };
    let note = IssuedNote {
        lock: LockCommitment::new(Fr::from(1u8)),
        value: NoteValue(value),
        rcm: NoteCommitmentTrapdoor::new(Fr::from(sequence + 1)),
    };
    let issue = Issue { asset: description, sequence, notes: vec![note], seal: false };
    let action = Action { application: asset::APPLICATION, body: borsh::to_vec(&issue).unwrap() };
    let effects = TransactionEffects::new(LEDGER, Vec::new(), vec![action]);
    let signature = ed25519_dalek::Signer::sign(issuer, &issuer_message(effects.digest()));
    Transaction { effects, transfers: Vec::new(), action_proofs: vec![signature.to_bytes().to_vec()] }
}

// Two issues that were both checked before either was executed: the second would count from a total that is no longer.
#[test]
fn issue_checked_before_another_was_executed_does_not_exceed_the_cap() {
    let issuer = SigningKey::from_bytes(&[5; 32]);
    let mut state = LedgerState::new(LEDGER, keys());
    let check = |state: &LedgerState, value| {
        state.check(&logged(OPENS, issue(&issuer, 0, value)), 0, &mut Obligations::new()).unwrap()
    };
    let (one, other) = (check(&state, 7), check(&state, 8));
    state.execute(one).unwrap();
    assert_eq!(state.execute(other), Err(LedgerRejection::Shielded(ShieldedRejection::Stale)));
    let beyond = state.check(&logged(OPENS, issue(&issuer, 1, 4)), 0, &mut Obligations::new()).unwrap_err();
    let LedgerRejection::Shielded(ShieldedRejection::Application(rejection)) = beyond else { panic!("{beyond:?}") };
    assert_eq!(rejection.reason(), Some(&IssueRejection::Cap(10)));
    assert_eq!(state.shielded().tree().len(), 1);
}
