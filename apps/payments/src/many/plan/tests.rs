use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn asset() -> AssetId {
    AssetId::from_bytes(&[5; 32]).unwrap()
}

fn plan(notes: &[u64], payments: &[u64]) -> Result<Rounds, Short> {
    let notes = (0..).zip(notes).map(|(position, value)| (Position(position), *value)).collect();
    let payments = payments.iter().copied().enumerate().collect();
    let mut planner = Planner::default();
    planner.add(asset(), notes, payments)?;
    Ok(planner.rounds())
}

fn shape(notes: &[u64], payments: &[u64]) -> Vec<usize> {
    plan(notes, payments).unwrap().iter().map(Vec::len).collect()
}

/// Carries a plan out: every note is there before it is spent, and spent once; nothing is made or lost; everybody is paid once, and
/// in the last round. What is left comes back.
fn carry_out(notes: &[u64], payments: &[u64], rounds: &Rounds) -> Vec<u64> {
    let mut held: BTreeMap<(bool, usize), u64> = (0..).zip(notes).map(|(i, value)| ((false, i), *value)).collect();
    let mut paid = BTreeSet::new();
    for (number, round) in rounds.iter().enumerate() {
        assert!(!round.is_empty() && round.len() <= MAX_TRANSFERS);
        let mut made = Vec::new();
        for transfer in round {
            assert!((1..=2).contains(&transfer.inputs.len()) && (1..=2).contains(&transfer.outputs.len()));
            let spent = transfer.inputs.iter().map(|coin| match coin {
                Coin::Note(position) => held.remove(&(false, position.0 as usize)).unwrap(),
                Coin::Made(coin) => held.remove(&(true, *coin)).unwrap(),
            });
            let spent: u128 = spent.map(u128::from).sum();
            let mut out = 0;
            for output in &transfer.outputs {
                out += u128::from(match *output {
                    Output::Own { coin, value } => {
                        made.push(((true, coin), value));
                        value
                    }
                    Output::Payment(index) => {
                        assert_eq!(number + 1, rounds.len(), "nobody is paid before the last transaction");
                        assert!(paid.insert(index));
                        payments[index]
                    }
                });
            }
            assert_eq!(spent, out);
        }
        held.extend(made);
    }
    assert_eq!(paid.len(), payments.len());
    held.into_values().collect()
}

#[test]
fn plans_take_as_few_transfers_as_the_circuit_allows() {
    // Notes enough: one transaction.
    assert_eq!(shape(&[10, 10, 10], &[5, 6, 7]), [3]);
    assert_eq!(shape(&[11], &[5, 6]), [1]);
    assert_eq!(shape(&[4, 7], &[5, 6]), [1]);
    // One note, n payments and change: n transfers; two payments are split off exactly.
    assert_eq!(shape(&[100], &[1]), [1]);
    assert_eq!(shape(&[100], &[1, 2]), [1, 1]);
    assert_eq!(shape(&[100], &[1, 2, 3]), [1, 2]);
    assert_eq!(shape(&[100], &[1; 8]), [1, 1, 2, 4]);
    assert_eq!(shape(&[1_000], &[1; 64]).iter().sum::<usize>(), 64);
    // Nothing is left: an even number saves one.
    assert_eq!(shape(&[4], &[1; 4]), [1, 2]);
    // Three notes for one payment: a merge.
    assert_eq!(shape(&[1, 2, 3], &[6]), [1, 1]);
    assert_eq!(shape(&[1; 8], &[8]), [4, 2, 1]);
    assert_eq!(plan(&[1, 2], &[4]), Err(Short { available: 3, needed: 4 }));
    assert_eq!(plan(&[], &[1]), Err(Short { available: 0, needed: 1 }));
}

#[test]
fn many_small_notes_are_merged_in_transactions_of_at_most_64_transfers() {
    let notes = [1; 300];
    let rounds = plan(&notes, &[300]).unwrap();
    assert_eq!(carry_out(&notes, &[300], &rounds), [0_u64; 0]);
    assert_eq!(rounds.iter().map(Vec::len).sum::<usize>(), 299);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_pays_all_at_once_and_loses_nothing(
        notes in prop::collection::vec(1u64..1_000, 1..12),
        payments in prop::collection::vec(1u64..300, 1..12),
    ) {
        let (have, need): (u64, u64) = (notes.iter().sum(), payments.iter().sum());
        let outcome = plan(&notes, &payments);
        prop_assert_eq!(outcome.is_ok(), have >= need);
        if let Ok(rounds) = outcome {
            let left = carry_out(&notes, &payments, &rounds);
            prop_assert_eq!(left.iter().sum::<u64>(), have - need);
            // One a payment, and a merge for each note that is put to others.
            let transfers: usize = rounds.iter().map(Vec::len).sum();
            prop_assert!(transfers < payments.len() + notes.len());
        }
    }
}
