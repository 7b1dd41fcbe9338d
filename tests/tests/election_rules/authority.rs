//! The close, the result, and what trustees decrypt.

use super::*;

#[test]
fn only_the_authority_closes_once_in_time_and_over_the_right_state() {
    let election = Election::new(|_| ());
    let mut pool = election.pool();
    let start = pool.clone();
    accept(&mut pool, &ballot(&start, OPENS, 1, 0, 0));
    let early = close_election(&election.authority, &pool);
    assert!(matches!(check(&pool, &logged(CLOSES - 1, early.clone())), Err(Rejection::Stage(_))));
    let stranger = SigningKey::generate(&mut OsRng);
    assert_eq!(check(&pool, &logged(CLOSES, close_election(&stranger, &pool))), Err(Rejection::AuthoritySignature));
    let before = close_election(&election.authority, &start);
    assert_eq!(
        check(&pool, &logged(CLOSES, before.clone())),
        Err(Rejection::CloseRoot { entries: 1, found: start.log_root(), expected: pool.log_root() })
    );
    // The authority cannot count otherwise than the log it names.
    for (entries, counted) in [(1, 1), (2, 0), (2, 2), (3, 1)] {
        let mut wrong = logged(CLOSES, before.clone());
        edit_close(&mut wrong, Some(&election.authority), |close| {
            *close = Close { root: *pool.log_root().as_bytes(), entries, counted, ..*close };
        });
        let expected = Rejection::CloseMismatch { found: counted, entries, counted: 1, expected: 2 };
        assert_eq!(check(&pool, &wrong), Err(expected));
    }
    // An opening is not repeated inside an election.
    assert!(matches!(check(&pool, &election.opening), Err(Rejection::Replayed)));
    let mut again = election.opening.clone();
    edit_opening(&mut again.transaction, Some(&election.authority), |opening| opening.canaries.clear());
    again.time = at(OPENS);
    assert!(matches!(check(&pool, &again), Err(Rejection::Stage(_))));

    // A close and a last ballot, both checked before either is executed: the close no longer tells the truth.
    let vote = pool.check(&ballot(&start, CLOSES - 1, 2, 0, 0), &keys(), 2, &mut Obligations::new()).unwrap();
    let stale = pool.check(&logged(CLOSES, early.clone()), &keys(), 2, &mut Obligations::new()).unwrap();
    let mut both = pool.clone();
    both.execute(vote).unwrap();
    assert!(matches!(both.execute(stale), Err(Rejection::Stage(_))));
    // The other way round, the ballot comes too late.
    let vote = pool.check(&ballot(&start, CLOSES - 1, 2, 0, 0), &keys(), 2, &mut Obligations::new()).unwrap();
    accept(&mut pool, &logged(CLOSES, early.clone()));
    assert_eq!(pool.execute(vote), Err(Rejection::Time { time: CLOSES - 1, last: CLOSES }));
    assert_eq!(check(&pool, &logged(CLOSES, early)), Err(Rejection::Replayed));
    assert!(matches!(
        check(&pool, &logged(CLOSES, close_election(&election.authority, &pool))),
        Err(Rejection::Stage(_))
    ));
    assert_eq!(check(&pool, &ballot(&start, CLOSES, 3, 0, 0)), Err(Rejection::Frozen(CLOSES)));
}

// A ledger that shows the authority one log and everybody else another one, with the same counts and no rule broken.
#[test]
fn ledger_that_reorders_replaces_or_drops_entries_before_the_close_is_refused_by_the_root_that_the_close_names() {
    let election = Election::new(|_| ());
    let start = election.pool();
    let honest: Vec<_> = (1..=3).map(|nullifier| ballot(&start, OPENS + nullifier, nullifier, 0, 0)).collect();
    let replay = |entries: &[LoggedTransaction]| {
        let mut pool = start.clone();
        entries.iter().for_each(|entry| accept(&mut pool, entry));
        pool
    };
    let shown = replay(&honest);
    let close = logged(CLOSES, close_election(&election.authority, &shown));
    assert_eq!(check(&shown, &close), Ok(()));

    let mut reordered = honest.clone();
    reordered.swap(0, 1);
    (reordered[0].time, reordered[1].time) = (honest[0].time, honest[1].time);
    let replaced = [honest[0].clone(), honest[1].clone(), ballot(&start, OPENS + 3, 4, 0, 0)];
    let mut reproved = honest.clone();
    reproved[1].transaction.transfers[0].proof = ProofBytes([1; 192]);
    let mut dated = honest.clone();
    dated[2].time = at(OPENS + 4);
    for (entries, counted) in [
        (reordered.as_slice(), 3),
        (replaced.as_slice(), 3),
        (reproved.as_slice(), 3),
        (dated.as_slice(), 3),
        (&honest[..2], 2),
    ] {
        let pool = replay(entries);
        assert_eq!(pool.counted(), counted);
        let refusal = Rejection::CloseRoot { entries: 4, found: shown.log_root(), expected: pool.log_root() };
        assert_eq!(check(&pool, &close), Err(refusal));
    }
}

#[test]
fn authority_closes_only_a_log_that_verifies() {
    let election = fixture().pool_after(1).id();
    let replay = |record: &ElectionRecord, election: ElectionId| {
        replay_for_close(&record.encode(), election, &keys(), &mut OsRng)
            .map(|pool| close_election(&fixture().authority(), &pool).effects)
    };
    let open = fixture().forged_by_ledger(|record| record.entries.truncate(entry::CLOSE));
    assert_eq!(replay(&open, election).as_ref(), Ok(&fixture().entries()[entry::CLOSE].transaction.effects));
    assert_eq!(
        replay(&open, OTHER_ELECTION),
        Err(CloseError::OtherElection { expected: OTHER_ELECTION, found: election })
    );
    assert_eq!(replay(&fixture().record, election), Err(CloseError::Stage), "closed already");
    let refused = |alter: fn(&mut ElectionRecord)| {
        let forged = fixture().forged_by_ledger(|record| {
            record.entries.truncate(entry::CLOSE);
            alter(record);
        });
        match replay(&forged, election) {
            Err(CloseError::Record { check, .. }) => check,
            other => panic!("{other:?}"),
        }
    };
    let of_another = |entries: &mut [LoggedTransaction]| {
        entries[entry::BALLOT].transaction.transfers[0] = entries[entry::OWN_BALLOT].transaction.transfers[0];
    };
    assert_eq!(refused(|record| record.verifying_keys.clear()), CheckId::RecordParameters);
    assert_eq!(refused(|record| drop(record.entries.remove(entry::DELEGATION))), CheckId::EntriesRules);
    let forged = fixture().forged_by_ledger(|record| {
        record.entries.truncate(entry::CLOSE);
        of_another(&mut record.entries);
    });
    assert!(matches!(replay(&forged, election), Err(CloseError::Record { check: CheckId::EntriesProofs, .. })));
    let unsigned = edited_record(open, |record| record.entries[entry::BALLOT].time = at(OPENS + 71));
    assert!(matches!(replay(&unsigned, election), Err(CloseError::Record { check: CheckId::RecordLog, .. })));
}

// Attacks 35 and 40, and a count that is not the ballots'.
#[test]
fn only_the_right_result_is_published_by_the_authority_and_once() {
    let fixture = fixture();
    let (open, closed) = (fixture.pool_after(entry::CLOSE), fixture.pool_after(entry::PUBLICATION));
    let honest = &fixture.entries()[entry::PUBLICATION];
    let authority = fixture.authority();
    let by = |key: &SigningKey, alter: &dyn Fn(&mut tabella_protocol::election::Publication)| {
        edited(honest.clone(), |e| edit_publication(e, Some(key), alter))
    };
    let tally =
        |alter: &dyn Fn(&mut tabella_protocol::election::Publication)| match check(&closed, &by(&authority, alter)) {
            Err(Rejection::Tally(error)) => error,
            other => panic!("{other:?}"),
        };
    assert_eq!(check(&closed, honest), Ok(()));
    assert!(matches!(check(&open, honest), Err(Rejection::Stage(_))), "before the close");
    let stranger = SigningKey::from_bytes(&[1; 32]);
    assert_eq!(check(&closed, &by(&stranger, &|_| ())), Err(Rejection::AuthoritySignature));
    assert_eq!(check(&closed, &by(&authority, &|p| p.election = OTHER_ELECTION)), Err(Rejection::OtherElection));
    assert_eq!(tally(&|p| p.results.totals[0].push(0)), TallyError::Shape);
    for index in 0..5 {
        let wrong = tally(&|p| *p.results.totals.iter_mut().flatten().nth(index).unwrap() += 1);
        assert_eq!(wrong, TallyError::Total(TotalError::Wrong { index }));
    }
    assert!(matches!(
        tally(&|p| drop(p.partials.remove(1))),
        TallyError::Combine(CombineError::TooFew { found: 1, threshold: 2 })
    ));
    assert!(matches!(
        tally(&|p| p.partials[1] = p.partials[0].clone()),
        TallyError::Decryption(DecryptionError::Duplicate(_))
    ));
    assert!(matches!(
        tally(&|p| p.partials[1].trustee = TrusteeIndex::new(9).unwrap()),
        TallyError::Decryption(DecryptionError::UnknownTrustee(_))
    ));
    assert!(matches!(
        tally(&|p| {
            p.partials[1].shares.pop();
        }),
        TallyError::Decryption(DecryptionError::Count { .. })
    ));
    assert!(matches!(
        tally(&|p| p.partials.clone_from(&fixture.foreign_partials)),
        TallyError::Decryption(DecryptionError::Proof(_))
    ));
    let mut published = closed.clone();
    accept(&mut published, honest);
    assert_eq!(check(&published, honest), Err(Rejection::Replayed));
    let again =
        edited(honest.clone(), |e| edit_publication(e, Some(&authority), |p| p.partials.clone_from(&fixture.partials)));
    assert!(matches!(check(&published, &again), Err(Rejection::Stage(_))), "published twice");

    let small = Election::new(|_| ());
    let closed = small.closed(1);
    let result = logged(
        CLOSES,
        publish_result(&small.authority, &closed, Vec::new(), tabella_protocol::election::Results::default()),
    );
    assert_eq!(check(&closed, &result), Err(Rejection::SmallGroup { counted: 1, smallest: 2 }));
}

// Attack 39, and what else a trustee is asked for that it must not give.
#[test]
fn trustee_decrypts_nothing_but_the_tally_of_a_closed_election() {
    let election = Election::new(|_| ());
    let trustee = &election.trustees[0];
    let decrypt = |pool: &ElectionPool| decrypt_pool(trustee, &mut TallyJournal::new(), pool.id(), pool, &mut OsRng);
    let start = election.pool();
    assert!(matches!(decrypt(&start), Err(TrusteeError::Stage)));
    let mut pool = start.clone();
    accept(&mut pool, &ballot(&start, OPENS, 1, 0, 0));
    assert!(matches!(decrypt(&pool), Err(TrusteeError::Stage)));
    assert!(matches!(decrypt(&election.closed(1)), Err(TrusteeError::SmallGroup { counted: 1, smallest: 2 })));
    let closed = election.closed(2);
    assert!(decrypt(&closed).is_ok());
    // Two closes of one election that differ by a ballot: the difference of their results would be that vote.
    let mut journal = TallyJournal::new();
    let mut ask_again = |pool: &ElectionPool| decrypt_pool(trustee, &mut journal, pool.id(), pool, &mut OsRng);
    assert!(ask_again(&closed).is_ok() && ask_again(&closed).is_ok());
    assert!(matches!(ask_again(&election.closed(3)), Err(TrusteeError::SecondTally)));
    let other = decrypt_pool(trustee, &mut TallyJournal::new(), OTHER_ELECTION, &closed, &mut OsRng);
    assert!(matches!(other, Err(TrusteeError::OtherElection { .. })));
    let elsewhere = Election::new(|_| ()).closed(2);
    assert!(matches!(decrypt(&elsewhere), Err(TrusteeError::Share(_))), "another ceremony's election");

    // From a record: one that is closed and verifies, and whose closing time has come on the trustee's own clock.
    let id = fixture().pool_after(1).id();
    let closed = fixture().forged_by_ledger(|record| drop(record.entries.pop()));
    let ask = |record: &ElectionRecord, now: u64| {
        decrypt_tally(trustee, &mut TallyJournal::new(), id, &record.encode(), &keys(), at(now), &mut OsRng, |_| ())
    };
    assert!(
        matches!(ask(&closed, CLOSES - 1), Err(TrusteeError::TooEarly { closes: CLOSES, now }) if now == CLOSES - 1)
    );
    assert!(matches!(ask(&closed, CLOSES), Err(TrusteeError::Share(_))), "all is right but the trustee");
    assert!(matches!(ask(&fixture().record, CLOSES), Err(TrusteeError::Stage)), "the result is out");
    let open = fixture().forged_by_ledger(|record| record.entries.truncate(entry::CLOSE));
    assert!(matches!(ask(&open, CLOSES), Err(TrusteeError::Record(_))));
    let unsigned = edited_record(closed, |record| drop(record.entries.remove(entry::BALLOT)));
    assert!(matches!(ask(&unsigned, CLOSES), Err(TrusteeError::Record(_))));
}

fn edited_record(mut record: ElectionRecord, alter: impl FnOnce(&mut ElectionRecord)) -> ElectionRecord {
    alter(&mut record);
    record
}
