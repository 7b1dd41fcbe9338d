//! Entries dropped, repeated, exchanged or dated otherwise.

use super::*;

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
    each(cases, |(name, record)| assert!(refusals(&record).contains(&RecordLog), "{name}"));
}

#[test]
fn entries_dropped_by_the_ledger_are_missed() {
    assert_refused((0..entry::COUNT).map(|index| {
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
    assert_refused((0..entry::COUNT).map(|index| {
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
        // Where order decides nothing, the ledger may choose it once: the close names the log that the authority saw.
        ("two ballots of different voters", swap(entry::OWN_BALLOT, entry::BALLOT), &[TallyClosed]),
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
