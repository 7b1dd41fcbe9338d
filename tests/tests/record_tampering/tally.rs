//! The close and the result.

use super::*;

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
        ("another log", by(Some(&authority), |close| close.root[0] ^= 1), &[TallyClosed]),
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
                wrong(&|p| p.results.totals[question][option] += 1),
                &[TallyResult],
            ));
            cases.push((
                format!("one less for {question}.{option}"),
                wrong(&|p| p.results.totals[question][option] -= 1),
                &[TallyResult],
            ));
        }
    }
    let mut more =
        |name: &str, record: ElectionRecord, expected: &'static [CheckId]| cases.push((name.into(), record, expected));
    more(
        "a vote moved",
        wrong(&|p| {
            p.results.totals[0][0] += 1;
            p.results.totals[0][1] -= 1;
        }),
        &[TallyResult],
    );
    more("an option more", wrong(&|p| p.results.totals[0].push(0)), &[TallyResult]);
    more(
        "a question less",
        wrong(&|p| {
            p.results.totals.pop();
        }),
        &[TallyResult],
    );
    more("a ranking spoiled", wrong(&|p| p.results.rankings[0].rankings[0] = None), &[TallyResult]);
    more("a ranking less", wrong(&|p| drop(p.results.rankings[0].rankings.pop())), &[TallyResult]);
    more("a winner less", wrong(&|p| p.results.rankings[0].count.winner = None), &[TallyResult]);
    more("no count of rankings", wrong(&|p| p.results.rankings.clear()), &[TallyResult]);
    more("no result", wrong(&|p| p.results.totals.clear()), &[TallyResult]);
    more(
        "a trustee missing",
        wrong(&|p| {
            p.partials.pop();
        }),
        &[TallyResult],
    );
    more("in another order", wrong(&|p| p.partials.reverse()), &[TallyResult]);
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
    more("without the authority", by(None, &|p| p.results.totals[0][0] += 1), &[EntriesRules]);
    more("by a stranger", by(Some(&SigningKey::from_bytes(&[1; 32])), &|_| ()), &[EntriesRules]);
    // Any two of the three trustees give the same, and so do all of them.
    more("other trustees", wrong(&|p| p.partials = fixture().partials[1..].to_vec()), &[]);
    more("all trustees", wrong(&|p| p.partials = fixture().partials.clone()), &[]);
    assert_refused(cases.iter().map(|(name, record, expected)| (name.as_str(), record.clone(), *expected)));
}
