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
        check(&pool, &logged(CLOSES, before)),
        Err(Rejection::CloseMismatch { found: 0, entries: 1, counted: 1, expected: 2 })
    );
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
    assert_eq!(tally(&|p| p.results[0].push(0)), TallyError::Shape);
    for index in 0..5 {
        let wrong = tally(&|p| *p.results.iter_mut().flatten().nth(index).unwrap() += 1);
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
    let result = logged(CLOSES, publish_result(&small.authority, &closed, Vec::new(), Vec::new()));
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
    let ask = |record: &tabella_protocol::election::ElectionRecord, now: u64| {
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

fn edited_record(
    mut record: tabella_protocol::election::ElectionRecord,
    alter: impl FnOnce(&mut tabella_protocol::election::ElectionRecord),
) -> tabella_protocol::election::ElectionRecord {
    alter(&mut record);
    record
}
