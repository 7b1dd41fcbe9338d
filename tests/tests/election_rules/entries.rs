//! What an open election does not accept, whatever came before.

use super::*;

#[test]
fn transaction_that_is_wrong_by_itself_is_refused() {
    let pool = Election::new(|_| ()).pool();
    let refused = |entry: LoggedTransaction| match check(&pool, &entry) {
        Err(Rejection::Structure(error)) => error,
        other => panic!("{other:?}"),
    };
    let vote = || ballot(&pool, OPENS, 1, 0, 0);
    let moves = || moved(&pool, OPENS, [1, 2]);
    assert_eq!(refused(edited(vote(), |e| e.transaction.effects.version = 9)), StructureError::Version(9));
    let found = LedgerId([9; 32]);
    assert_eq!(
        refused(edited(vote(), |e| e.transaction.effects.ledger = found)),
        StructureError::Ledger { expected: LEDGER, found }
    );
    let unknown = VerifyingKeyId([9; 32]);
    assert_eq!(
        refused(edited(vote(), |e| effects(e).verifying_key = unknown)),
        StructureError::VerifyingKey { transfer: 0, shape: Shape::Cast, key: unknown }
    );
    assert_eq!(refused(edited(vote(), |e| cast(e).rk = JubjubPoint::identity())), StructureError::SmallOrderKey(0));
    assert_eq!(refused(edited(vote(), |e| cast(e).weight = 0)), StructureError::ZeroWeight(0));
    assert_eq!(refused(edited(vote(), |e| cast(e).contract_revealed = Fr::from(1u8))), StructureError::Contract(0));
    assert_eq!(refused(edited(moves(), |e| transfer(e).mode = Mode::Tag)), StructureError::TagWithoutContract(0));
    assert_eq!(refused(edited(moves(), |e| transfer(e).mode = Mode::Consume)), StructureError::Ciphertexts(0));
    // Attack 15.
    assert_eq!(refused(moved(&pool, OPENS, [1, 1])), StructureError::RepeatedNullifier(0));
    for alter in [
        (|e| e.transaction.transfers.clear()) as fn(&mut LoggedTransaction),
        |e| e.transaction.action_proofs.push(Vec::new()),
        |e| {
            e.transaction = Transaction {
                effects: TransactionEffects::new(LEDGER, Vec::new(), Vec::new()),
                transfers: Vec::new(),
                action_proofs: Vec::new(),
            }
        },
        |e| e.transaction.effects.actions = vec![e.transaction.effects.actions[0].clone(); 65],
    ] {
        assert!(matches!(refused(edited(vote(), alter)), StructureError::Count(_)));
    }
    // Attack 43.
    let long = edited(vote(), |e| e.transaction.action_proofs[0] = vec![0; MAX_TRANSACTION_BYTES]);
    assert!(matches!(refused(long), StructureError::Length(length) if length > MAX_TRANSACTION_BYTES));
}

// Attack 44. `check` asserts it of everything that any test of these rules has refused, too.
#[test]
fn entry_that_fails_a_cheap_check_leaves_no_proof_to_verify() {
    let pool = Election::new(|_| ()).pool();
    let vote = || ballot(&pool, OPENS, 1, 0, 0);
    let cheap: [fn(&mut LoggedTransaction); 8] = [
        |e| e.transaction.effects.version = 9,
        |e| effects(e).verifying_key = VerifyingKeyId([9; 32]),
        |e| effects(e).pool = PoolId([9; 32]),
        |e| e.time = at(OPENS - 1),
        |e| cast(e).anchor = Anchor::new(Fr::from(9u8)),
        |e| cast(e).weight = 2,
        |e| edit_ballot(e, |ballot| ballot.election = OTHER_ELECTION),
        // The last thing that is looked at.
        |e| e.transaction.action_proofs[0].push(0),
    ];
    let mut obligations = Obligations::new();
    for alter in cheap {
        assert!(pool.check(&edited(vote(), alter), &keys(), 1, &mut obligations).is_err());
        assert_eq!(obligations.counts(), Counts::default());
    }
    // The proofs of a ballot that passes all of them prove nothing: they are what is left.
    assert!(pool.check(&vote(), &keys(), 1, &mut obligations).is_ok());
    assert_eq!(obligations.counts(), Counts { proofs: 1, signatures: 1, ballots: 1, ..Counts::default() });
}

#[test]
fn entry_of_another_form_is_refused() {
    let election = Election::new(|_| ());
    let pool = election.pool();
    let vote = || ballot(&pool, OPENS, 1, 0, 0);
    let close = close_election(&election.authority, &pool);
    let form = |entry: LoggedTransaction| assert!(matches!(check(&pool, &entry), Err(Rejection::Form(_))), "{entry:?}");
    form(edited(vote(), |e| effects(e).pool = PoolId([9; 32])));
    form(edited(moved(&pool, OPENS, [1, 2]), |e| effects(e).pool = asset::shielded_pool(LEDGER)));
    form(edited(vote(), |e| {
        e.transaction.effects.actions.clear();
        e.transaction.action_proofs.clear();
    }));
    form(edited(vote(), |e| e.transaction.effects.actions[0].application = ApplicationId(*b"asset\0\0\0")));
    form(edited(vote(), |e| e.transaction.effects.actions = close.effects.actions.clone()));
    form(edited(vote(), |e| {
        let mut second = moved(&pool, OPENS, [2, 3]).transaction;
        e.transaction.effects.transfers.append(&mut second.effects.transfers);
        e.transaction.transfers.append(&mut second.transfers);
    }));
    form(edited(vote(), |e| {
        e.transaction.effects.transfers.clear();
        e.transaction.transfers.clear();
        sign(&mut e.transaction, &election.authority);
    }));
    for alter in [
        (|e| e.transaction.effects.actions[0].body.push(0)) as fn(&mut LoggedTransaction),
        |e| e.transaction.effects.actions[0].body.clear(),
        |e| e.transaction.action_proofs[0].push(0),
    ] {
        assert!(matches!(check(&pool, &edited(vote(), alter)), Err(Rejection::Decode(_))));
    }
}

// Attack 23.
#[test]
fn ballot_of_another_election_is_refused() {
    let election = Election::new(|_| ());
    let pool = election.pool();
    let elsewhere = edited(ballot(&pool, OPENS, 1, 0, 0), |e| edit_ballot(e, |cast| cast.election = OTHER_ELECTION));
    assert_eq!(check(&pool, &elsewhere), Err(Rejection::OtherElection));
    let foreign = Close { election: OTHER_ELECTION, entries: 1, root: *pool.log_root().as_bytes(), counted: 0 };
    let mut close = close_election(&election.authority, &pool);
    edit_action(&mut close, Some(&election.authority), |action| *action = ElectionAction::Close(foreign));
    assert_eq!(check(&pool, &logged(CLOSES, close)), Err(Rejection::OtherElection));
    let other = Election::new(|draft| draft.title = "Another".into()).pool();
    assert!(matches!(check(&pool, &ballot(&other, OPENS, 1, 0, 0)), Err(Rejection::Form(_))));
}

#[test]
fn time_decides_what_is_accepted() {
    let election = Election::new(|_| ());
    let pool = election.pool();
    let last = BEFORE;
    assert_eq!(check(&pool, &moved(&pool, last - 1, [1, 2])), Err(Rejection::Time { time: last - 1, last }));
    assert_eq!(check(&pool, &ballot(&pool, OPENS - 1, 1, 0, 0)), Err(Rejection::Window(OPENS - 1)));
    assert_eq!(check(&pool, &ballot(&pool, CLOSES - 1, 1, 0, 0)), Ok(()));
    assert_eq!(check(&pool, &ballot(&pool, CLOSES, 1, 0, 0)), Err(Rejection::Frozen(CLOSES)));
    assert_eq!(check(&pool, &moved(&pool, CLOSES, [1, 2])), Err(Rejection::Frozen(CLOSES)));
    let narrow = edited(moved(&pool, OPENS, [1, 2]), |e| transfer(e).window = Window::new(at(0), at(OPENS)).unwrap());
    assert_eq!(check(&pool, &narrow), Err(Rejection::Window(OPENS)));
    for window in [Window::new(at(OPENS), at(CLOSES - 1)), Window::new(at(OPENS - 1), at(CLOSES))] {
        let other = edited(ballot(&pool, OPENS, 1, 0, 0), |e| cast(e).window = window.unwrap());
        assert_eq!(check(&pool, &other), Err(Rejection::BallotWindow));
    }
}

// The roots that prove a right: those at the beginning of epochs; a note is not usable before the next one.
#[test]
fn anchor_is_a_root_of_this_election_from_the_start_of_an_epoch() {
    let election = Election::new(|_| ());
    let mut pool = election.pool();
    let roll = pool.tree().root();
    accept(&mut pool, &moved(&election.pool(), BEFORE, [1, 2]));
    let distributed = pool.tree().root();
    let vote = |pool: &ElectionPool, seconds: u64, anchor: Anchor| {
        edited(ballot(pool, seconds, 9, 0, 0), |e| cast(e).anchor = anchor)
    };
    let shift = |pool: &ElectionPool, seconds: u64, anchor: Anchor| {
        edited(moved(pool, seconds, [8, 9]), |e| transfer(e).anchor = anchor)
    };
    let empty = tabella_protocol::tree::NoteCommitmentTree::new().root();
    for foreign in [empty, Anchor::new(Fr::from(0u8)), fixture().pool_after(1).tree().root()] {
        assert_eq!(check(&pool, &vote(&pool, OPENS, foreign)), Err(Rejection::Anchor));
        assert_eq!(check(&pool, &shift(&pool, OPENS, foreign)), Err(Rejection::Anchor));
    }
    // Roots from before the opening serve transfers and no ballots.
    assert_eq!(check(&pool, &vote(&pool, OPENS, roll)), Err(Rejection::Anchor));
    assert_eq!(check(&pool, &shift(&pool, OPENS, roll)), Ok(()));
    assert_eq!(check(&pool, &vote(&pool, OPENS, distributed)), Ok(()));
    // Within an epoch the tree grows, and its new root is none to prove against, at the same second or later.
    let present = pool.clone();
    accept(&mut pool, &moved(&present, OPENS + 5, [3, 4]));
    let grown = pool.tree().root();
    for seconds in [OPENS + 5, OPENS + 6, next_epoch(OPENS) - 1] {
        assert_eq!(check(&pool, &vote(&pool, seconds, grown)), Err(Rejection::Anchor), "at {seconds}");
        assert_eq!(check(&pool, &shift(&pool, seconds, grown)), Err(Rejection::Anchor), "at {seconds}");
        assert_eq!(check(&pool, &vote(&pool, seconds, distributed)), Ok(()));
    }
    // In the next epoch it is, also after it has grown again in that epoch.
    assert_eq!(check(&pool, &vote(&pool, next_epoch(OPENS), grown)), Ok(()));
    let present = pool.clone();
    accept(&mut pool, &moved(&present, next_epoch(OPENS), [5, 6]));
    assert_eq!(check(&pool, &vote(&pool, next_epoch(OPENS), grown)), Ok(()));
    assert_eq!(check(&pool, &vote(&pool, next_epoch(OPENS), pool.tree().root())), Err(Rejection::Anchor));
}

fn next_epoch(seconds: u64) -> u64 {
    (seconds / u64::from(EPOCH) + 1) * u64::from(EPOCH)
}

#[test]
fn rights_move_only_where_delegation_is_allowed_and_only_within_the_pool() {
    let pool = Election::new(|_| ()).pool();
    for mode in [Mode::Exit, Mode::Entry] {
        let out = edited(moved(&pool, OPENS, [1, 2]), |e| transfer(e).mode = mode);
        assert!(matches!(check(&pool, &out), Err(Rejection::Mode(_))), "{mode:?}");
    }
    let consumed = edited(moved(&pool, OPENS, [1, 2]), |e| {
        transfer(e).mode = Mode::Consume;
        if let TransferStatement::Transfer { ciphertexts, .. } = &mut effects(e).statement {
            ciphertexts.clear();
        }
    });
    assert!(matches!(check(&pool, &consumed), Err(Rejection::Mode(_))), "a right used up without a ballot");
    let tagged = edited(moved(&pool, OPENS, [1, 2]), |e| {
        transfer(e).mode = Mode::Tag;
        transfer(e).contract_revealed = contract().hash().element();
        effects(e).contract = Some(contract());
    });
    assert!(matches!(check(&pool, &tagged), Err(Rejection::Mode(_))));
    let guarded = edited(moved(&pool, OPENS, [1, 2]), |e| {
        transfer(e).contract_revealed = contract().hash().element();
        effects(e).contract = Some(contract());
    });
    assert!(matches!(check(&pool, &guarded), Err(Rejection::Mode(_))));
    let guarded = edited(ballot(&pool, OPENS, 1, 0, 0), |e| {
        cast(e).contract_revealed = contract().hash().element();
        effects(e).contract = Some(contract());
    });
    assert!(matches!(check(&pool, &guarded), Err(Rejection::Mode(_))));
    let strict = Election::new(|draft| draft.rules.delegation = false).pool();
    assert_eq!(check(&strict, &moved(&strict, OPENS, [1, 2])), Err(Rejection::Delegation));
    assert_eq!(check(&strict, &moved(&strict, BEFORE, [1, 2])), Err(Rejection::Delegation));
}

#[test]
fn ballot_of_another_kind_asset_weight_or_shape_is_refused() {
    let pool = Election::new(|_| ()).pool();
    let vote = || ballot(&pool, OPENS, 1, 0, 0);
    let body = |questions: Vec<_>, weight| BallotBody::new(questions, weight).unwrap();
    let questions = choice().questions().to_vec();
    assert_eq!(check(&pool, &edited(vote(), |e| cast(e).asset = AssetId::new(Fr::from(5u8)))), Err(Rejection::Asset));
    assert_eq!(check(&pool, &edited(vote(), |e| cast(e).weight = 2)), Err(Rejection::Weight));
    let hidden = body(questions.clone(), Weight::Hidden { commitment: point() });
    assert_eq!(
        check(&pool, &edited(vote(), |e| edit_ballot(e, |cast| cast.ballot = hidden.clone()))),
        Err(Rejection::BallotKind)
    );
    for alter in [
        (|questions| questions.truncate(1)) as fn(&mut Vec<Vec<_>>),
        |questions| questions[0].truncate(2),
        |questions| questions.swap(0, 1),
        |questions| questions.push(questions[1].clone()),
    ] {
        let mut other = questions.clone();
        alter(&mut other);
        let other = body(other, Weight::Unit);
        let vote = edited(vote(), |e| edit_ballot(e, |cast| cast.ballot = other));
        assert_eq!(check(&pool, &vote), Err(Rejection::BallotShape));
    }
    // A ballot by a transfer, as elections of hidden weights have it.
    let by_transfer = edited(moved(&pool, OPENS, [1, 2]), |e| {
        transfer(e).mode = Mode::Consume;
        if let TransferStatement::Transfer { ciphertexts, .. } = &mut effects(e).statement {
            ciphertexts.clear();
        }
        let vote = vote();
        e.transaction.effects.actions = vote.transaction.effects.actions;
        e.transaction.action_proofs = vote.transaction.action_proofs;
    });
    assert_eq!(check(&pool, &by_transfer), Err(Rejection::BallotKind));

    // With hidden weights: a plain cast, and a ballot that does not say where its weight comes from.
    let roll = Roll::Hidden { distributor: owner(9), total: 10, voters: vec![owner(1), owner(2)] };
    let hidden_pool = Election::with(roll, |draft| draft.rules.weights = Weights::Hidden).pool();
    assert_eq!(check(&hidden_pool, &ballot(&hidden_pool, OPENS, 1, 0, 0)), Err(Rejection::BallotKind));
    let without_bridge = edited(by_transfer, |e| {
        effects(e).pool = hidden_pool.pool();
        transfer(e).anchor = hidden_pool.anchor_at(at(OPENS)).anchor;
        transfer(e).window = *hidden_pool.window();
        transfer(e).asset_revealed = hidden_pool.asset().element();
        edit_ballot(e, |cast| {
            cast.election = hidden_pool.id();
            cast.ballot = hidden;
        });
    });
    assert_eq!(check(&hidden_pool, &without_bridge), Err(Rejection::Bridge));
    let internal = edited(without_bridge, |e| {
        transfer(e).mode = Mode::Internal;
        let moved = moved(&hidden_pool, OPENS, [1, 2]).transaction.effects.transfers.remove(0).statement;
        let (TransferStatement::Transfer { ciphertexts: to, .. }, TransferStatement::Transfer { ciphertexts, .. }) =
            (&mut effects(e).statement, moved)
        else {
            panic!("transfers")
        };
        *to = ciphertexts;
    });
    assert!(matches!(check(&hidden_pool, &internal), Err(Rejection::Mode(_))), "a ballot that keeps its right");
    let proof: CastProof = borsh::from_slice(&fixture().entries()[entry::BALLOT].transaction.action_proofs[0]).unwrap();
    assert!(proof.bridge.is_none());
}
