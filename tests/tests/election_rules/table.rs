//! Which of several uses of a right counts.

use super::*;

/// T, V0 and V1 with its revision, each on nullifier 1.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Try {
    T,
    V(u8, u32),
}

// The whole table of which ballot counts, by transactions: every pair of entries on one nullifier.
#[test]
fn second_use_of_a_right_follows_the_table() {
    use Refusal::{AlreadyCast, Moved, NoRevoting, Overridden, StaleRevision};
    use Try::{T, V};
    let tries = [T, V(0, 3), V(0, 4), V(1, 3), V(1, 4)];
    for revoting in [false, true] {
        let election = Election::new(|draft| draft.rules.revoting = revoting);
        let make = |pool: &ElectionPool, what: Try, other: u64| match what {
            T => moved(pool, OPENS, [1, other]),
            V(level, revision) => ballot(pool, OPENS, 1, level, revision),
        };
        for first in tries {
            for second in tries {
                let start = election.pool();
                let mut pool = start.clone();
                accept(&mut pool, &make(&start, first, 50));
                let expected = match (first, second) {
                    _ if first == second && first != T => Err(Rejection::Replayed),
                    (T, _) => Err(Rejection::Refused(Moved)),
                    (V(..), T) => Err(Rejection::Refused(AlreadyCast)),
                    (V(1, _), V(0, _)) => Err(Rejection::Refused(Overridden)),
                    (V(0, _), V(1, _)) => Ok(()),
                    (V(..), V(..)) if !revoting => Err(Rejection::Refused(NoRevoting)),
                    (V(_, held), V(_, new)) if new <= held => Err(Rejection::Refused(StaleRevision { held })),
                    _ => Ok(()),
                };
                let entry = make(&start, second, 51);
                assert_eq!(check(&pool, &entry), expected, "{first:?} then {second:?}");

                // In one block: both were checked before either was executed.
                let mut pool = start.clone();
                let one = start.check(&make(&start, first, 50), &keys(), 1, &mut Obligations::new()).unwrap();
                let other = start.check(&entry, &keys(), 2, &mut Obligations::new()).unwrap();
                pool.execute(one).unwrap();
                assert_eq!(pool.execute(other), expected, "{first:?} and {second:?} in one block");
                assert!(pool.counted() <= 1);
            }
        }
    }
}

#[test]
fn second_nullifier_of_a_transfer_is_used_too() {
    let election = Election::new(|_| ());
    let start = election.pool();
    let mut pool = start.clone();
    accept(&mut pool, &moved(&start, OPENS, [1, 2]));
    assert_eq!(check(&pool, &ballot(&start, OPENS, 2, 0, 0)), Err(Rejection::Refused(Refusal::Moved)));
    assert_eq!(check(&pool, &moved(&start, OPENS, [3, 2])), Err(Rejection::Refused(Refusal::Moved)));
    assert_eq!(check(&pool, &moved(&start, OPENS, [3, 4])), Ok(()));
}
