use std::collections::BTreeSet;

use ark_bls12_381::Fr;
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};

use super::*;
use crate::{note::Nullifier, ristretto::Element};

fn rule(options: u16, min: u16, max: u16) -> RankingRule {
    RankingRule::new(options, min, max).expect("in bounds")
}

fn ranking(rule: &RankingRule, options: &[u8]) -> Ranking {
    Ranking::new(rule, options.to_vec()).expect("a ranking")
}

fn place(election: &[u8; 32], nullifier: u64, question: u16) -> SealingPlace<'_> {
    SealingPlace { election, nullifier: Nullifier::new(Fr::from(nullifier)), question }
}

/// `r·B` and `r·Y` for the key with secret 7.
fn keys(r: u64) -> (Element, Element) {
    let multiple = |scalar: u64| Element::new(&Scalar::from(scalar) * RISTRETTO_BASEPOINT_TABLE);
    (multiple(r), multiple(7 * r))
}

#[test]
fn rules_out_of_bounds_are_refused() {
    assert!(RankingRule::new(1, 0, 1).is_ok() && RankingRule::new(255, 255, 255).is_ok());
    for (options, min, max) in [(0, 0, 0), (256, 1, 1), (3, 0, 0), (3, 2, 1), (3, 1, 4)] {
        assert_eq!(RankingRule::new(options, min, max), Err(RankingRuleError { options, min, max }));
        let bytes = borsh::to_vec(&(options, min, max)).expect("memory");
        assert!(borsh::from_slice::<RankingRule>(&bytes).is_err());
    }
}

#[test]
fn every_ranking_has_one_plaintext_of_one_length() {
    let rule = rule(4, 1, 3);
    let mut seen = BTreeSet::new();
    for bytes in (0..6_u8.pow(3)).map(|n| [n % 6, n / 6 % 6, n / 36]) {
        if let Ok(ranking) = Ranking::from_plaintext(&rule, &bytes) {
            assert_eq!(ranking.to_plaintext(&rule).as_slice(), bytes);
            assert!(seen.insert(ranking.options().to_vec()));
        }
    }
    // 4 + 4·3 + 4·3·2
    assert_eq!(seen.len(), 40);
    let refused = |bytes: &[u8]| Ranking::from_plaintext(&rule, bytes).unwrap_err();
    assert_eq!(refused(&[1, 2]), RankingError::Length);
    assert_eq!(refused(&[1, 2, 3, 0]), RankingError::Length);
    assert_eq!(refused(&[1, 0, 2]), RankingError::Padding);
    assert_eq!(refused(&[0, 0, 0]), RankingError::Ranks { min: 1, max: 3 });
    assert_eq!(refused(&[1, 2, 1]), RankingError::Twice(3));
    assert_eq!(refused(&[5, 0, 0]), RankingError::UnknownOption(1));
}

#[test]
fn ranks_that_are_shared_or_left_out_are_no_ranking() {
    let rule = rule(4, 1, 3);
    let ranking = Ranking::from_ranks(&rule, &[2, 0, 1, 3]).expect("a ranking");
    assert_eq!((ranking.options(), ranking.ranks(4)), (&[2, 0, 3][..], vec![2, 0, 1, 3]));
    let refused = |ranks: &[u16]| Ranking::from_ranks(&rule, ranks).unwrap_err();
    assert_eq!(refused(&[1, 1, 0, 0]), RankingError::Shared(1));
    assert_eq!(refused(&[1, 2, 2, 3]), RankingError::Shared(2));
    assert_eq!(refused(&[1, 3, 0, 0]), RankingError::Gap(2));
    assert_eq!(refused(&[0, u16::MAX, 0, 0]), RankingError::Gap(1));
    assert_eq!(refused(&[1, 2, 3, 4]), RankingError::Ranks { min: 1, max: 3 });
    assert_eq!(refused(&[0, 0, 0, 0]), RankingError::Ranks { min: 1, max: 3 });
    assert_eq!(refused(&[1, 2, 3]), RankingError::Length);
}

#[test]
fn ranking_opens_with_its_own_key_only() {
    let rule = rule(5, 1, 5);
    let (election, ranked) = ([3; 32], ranking(&rule, &[4, 0, 2]));
    let (c1, shared) = keys(11);
    let sealed = SealedRanking::seal(&place(&election, 1, 0), &rule, &ranked, c1, &shared);
    assert_eq!(sealed.check_shape(&rule), Ok(()));
    assert_eq!(sealed.open(&place(&election, 1, 0), &rule, &shared), Some(ranked));
    // Copied under another right, to another question, to another election: it does not decrypt.
    for elsewhere in [place(&election, 2, 0), place(&election, 1, 1), place(&[4; 32], 1, 0)] {
        assert_eq!(sealed.open(&elsewhere, &rule, &shared), None);
    }
    assert_eq!(sealed.open(&place(&election, 1, 0), &rule, &keys(12).1), None);
    let mut other = sealed.clone();
    other.c1 = keys(12).0;
    assert_eq!(other.open(&place(&election, 1, 0), &rule, &shared), None);
    // Under another rule, the same bytes are no ranking.
    let strict = RankingRule::new(5, 4, 5).expect("in bounds");
    assert_eq!(sealed.open(&place(&election, 1, 0), &strict, &shared), None);
    assert_eq!(sealed.check_shape(&RankingRule::new(5, 1, 4).expect("in bounds")), Err(RankingError::Length));
}

#[test]
fn length_tells_nothing_of_a_ranking() {
    let rule = rule(9, 0, 6);
    let (c1, shared) = keys(5);
    let lengths: BTreeSet<usize> = [&[][..], &[3], &[1, 2, 3, 4, 5, 6]]
        .iter()
        .map(|options| {
            let sealed = SealedRanking::seal(&place(&[1; 32], 1, 0), &rule, &ranking(&rule, options), c1, &shared);
            borsh::to_vec(&sealed).expect("memory").len()
        })
        .collect();
    assert_eq!(lengths, BTreeSet::from([32 + 4 + 6 + 16]));
}

// Attack 43.
#[test]
fn sealed_rankings_out_of_bounds_are_refused() {
    let bytes =
        |length: u32, rest: usize| [keys(1).0.as_bytes().as_slice(), &length.to_le_bytes(), &vec![0; rest]].concat();
    assert!(borsh::from_slice::<SealedRanking>(&bytes(17, 17)).is_ok());
    assert!(borsh::from_slice::<SealedRanking>(&bytes(271, 271)).is_ok());
    for (length, rest) in [(u32::MAX, 17), (272, 272), (16, 16), (0, 0), (17, 18), (18, 17)] {
        assert!(borsh::from_slice::<SealedRanking>(&bytes(length, rest)).is_err(), "{length}");
    }
}

#[test]
fn rankings_print_nothing() {
    assert_eq!(format!("{:?}", ranking(&rule(3, 0, 3), &[2])), "Ranking(<secret>)");
}

fn count(options: u16, rankings: &[(&[u8], usize)]) -> RankedCount {
    let rule = rule(options, 0, options);
    let rankings: Vec<_> = rankings.iter().flat_map(|(options, times)| vec![ranking(&rule, options); *times]).collect();
    let counted = count_rankings(options, &rankings);
    let reversed: Vec<_> = rankings.into_iter().rev().collect();
    assert_eq!(count_rankings(options, &reversed), counted, "the order of ballots says nothing");
    counted
}

// The textbook example of Tennessee's capital: Memphis, Nashville, Chattanooga, Knoxville.
#[test]
fn runoff_of_a_textbook_is_reproduced() {
    let ballots: [(&[u8], usize); 4] =
        [(&[0, 1, 2, 3], 42), (&[1, 2, 3, 0], 26), (&[2, 3, 1, 0], 15), (&[3, 2, 1, 0], 17)];
    let RankedCount { rounds, winner } = count(4, &ballots);
    assert_eq!(winner, Some(3));
    let votes: Vec<_> = rounds.iter().map(|round| (round.votes.clone(), round.eliminated)).collect();
    assert_eq!(votes, [(vec![42, 26, 15, 17], Some(2)), (vec![42, 26, 0, 32], Some(1)), (vec![42, 0, 0, 58], None)]);
}

#[test]
fn majority_of_first_preferences_wins_at_once() {
    let counted = count(3, &[(&[1], 3), (&[0, 1], 2)]);
    assert_eq!(counted.winner, Some(1));
    assert_eq!(counted.rounds, [Round { votes: vec![2, 3, 0], exhausted: 0, eliminated: None }]);
}

#[test]
fn exhausted_ballots_count_for_nobody_and_do_not_keep_a_majority_away() {
    let counted = count(3, &[(&[0], 4), (&[1], 3), (&[2], 2), (&[], 1)]);
    assert_eq!(counted.winner, Some(0));
    assert_eq!(counted.rounds[1], Round { votes: vec![4, 3, 0], exhausted: 3, eliminated: None });
}

#[test]
fn ties_go_by_earlier_rounds_and_then_by_the_manifest() {
    // Equal in all: the last of the manifest goes out first.
    let counted = count(3, &[(&[0], 1), (&[1], 1), (&[2], 1)]);
    assert_eq!(counted.rounds.iter().map(|round| round.eliminated).collect::<Vec<_>>(), [Some(2), Some(1), None]);
    assert_eq!(counted.winner, Some(0));
    // First 5, 3, 2, 2 for 0..=3: 3 goes out by place and gives 1 to option 2, which ties with 1 at 3. Earlier, 2 had fewer.
    let counted = count(4, &[(&[0], 5), (&[1], 3), (&[2], 2), (&[3, 2], 1), (&[3], 1)]);
    assert_eq!(counted.rounds[1].votes, [5, 3, 3, 0]);
    assert_eq!(counted.rounds[1].eliminated, Some(2));
    // The same with the places exchanged: 1 had fewer, although 2 stands after it.
    let counted = count(4, &[(&[0], 5), (&[2], 3), (&[1], 2), (&[3, 1], 1), (&[3], 1)]);
    assert_eq!(counted.rounds[1].eliminated, Some(1));
}

#[test]
fn no_rankings_elect_nobody() {
    for ballots in [&[][..], &[(&[][..], 3)]] {
        let counted = count(2, ballots);
        assert_eq!((counted.winner, counted.rounds.len()), (None, 1));
    }
    assert_eq!(count(1, &[(&[0], 1)]).winner, Some(0));
}
