use ark_bls12_381::Fr;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::{
    elgamal::Ciphertext,
    note::Nullifier,
    transaction::{LedgerId, TransactionDigest},
    transcript::ProofContext,
};
use tabella_verifier::ranking::{RankedBallotError, verify_ranking};

use super::*;

const ELECTION: [u8; 32] = [7; 32];
const SECRET: u64 = 987_654_321;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn key() -> ElectionKey {
    ElectionKey::new((&Scalar::from(SECRET) * RISTRETTO_BASEPOINT_TABLE).into()).expect("not the identity")
}

fn rule() -> RankingRule {
    RankingRule::new(5, 1, 4).expect("in bounds")
}

fn place(nullifier: u64) -> SealingPlace<'static> {
    SealingPlace { election: &ELECTION, nullifier: Nullifier::new(Fr::from(nullifier)), question: 2 }
}

fn context() -> ProofContext {
    ProofContext { ledger: LedgerId([1; 32]), digest: TransactionDigest([2; 32]), index: 0 }
}

fn ranking() -> Ranking {
    Ranking::new(&rule(), vec![3, 0, 4]).expect("a ranking")
}

/// `s·c1`: what the trustees give.
fn shared(sealed: &SealedRanking) -> Element {
    (Scalar::from(SECRET) * sealed.c1.point()).into()
}

fn statement<'a>(key: &'a ElectionKey, sealed: &'a SealedRanking) -> RankingStatement<'a> {
    RankingStatement { context: context(), place: place(1), key, rule: rule(), sealed }
}

#[test]
fn sealed_ranking_is_accepted_and_opened_by_the_trustees() {
    let key = key();
    let (sealed, opening) = seal(&place(1), &rule(), &key, &ranking(), &mut rng(1));
    let proof = prove(&statement(&key, &sealed), &opening, &mut rng(2));
    assert_eq!(verify_ranking(&statement(&key, &sealed), &proof), Ok(()));
    assert_eq!(sealed.open(&place(1), &rule(), &shared(&sealed)), Some(ranking()));
    let sealed: SealedRanking = borsh::from_slice(&borsh::to_vec(&sealed).expect("memory")).expect("canonical");
    let proof: RankingProof = borsh::from_slice(&borsh::to_vec(&proof).expect("memory")).expect("canonical");
    assert_eq!(verify_ranking(&statement(&key, &sealed), &proof), Ok(()));
    assert_eq!(format!("{opening:?}"), "RankingOpening(<secret>)");
}

// Attacks 23, 27, 28: everything public is in the challenge.
#[test]
fn proof_of_a_ranking_moved_elsewhere_is_rejected() {
    let key = key();
    let (sealed, opening) = seal(&place(1), &rule(), &key, &ranking(), &mut rng(1));
    let (other, _) = seal(&place(1), &rule(), &key, &ranking(), &mut rng(3));
    let proof = prove(&statement(&key, &sealed), &opening, &mut rng(2));
    let other_key = ElectionKey::new((&Scalar::from(5_u64) * RISTRETTO_BASEPOINT_TABLE).into()).expect("a key");
    let honest = statement(&key, &sealed);
    let moved = |change: &dyn Fn(&mut RankingStatement<'_>)| {
        let mut statement = honest;
        change(&mut statement);
        verify_ranking(&statement, &proof)
    };
    let elsewhere = [
        moved(&|statement| statement.context.ledger = LedgerId([9; 32])),
        moved(&|statement| statement.context.digest = TransactionDigest([9; 32])),
        moved(&|statement| statement.context.index = 1),
        moved(&|statement| statement.place.election = &[8; 32]),
        moved(&|statement| statement.place.nullifier = Nullifier::new(Fr::from(2))),
        moved(&|statement| statement.place.question = 3),
        moved(&|statement| statement.rule = RankingRule::new(6, 1, 4).expect("in bounds")),
        verify_ranking(&RankingStatement { key: &other_key, ..honest }, &proof),
        verify_ranking(&RankingStatement { sealed: &other, ..honest }, &proof),
    ];
    assert_eq!(elsewhere, [Err(RankedBallotError::Proof); 9]);
    let altered = RankingProof { response: CanonicalScalar(proof.response.0 + Scalar::ONE), ..proof };
    assert_eq!(verify_ranking(&honest, &altered), Err(RankedBallotError::Proof));
    let altered = RankingProof { nonce: sealed.c1, ..proof };
    assert_eq!(verify_ranking(&honest, &altered), Err(RankedBallotError::Proof));
}

// Attack 33: a ballot copied under another right. Its proof is refused; and if it were not, it would open to nothing.
#[test]
fn copied_ranking_is_rejected_and_opens_to_nothing() {
    let key = key();
    let (sealed, opening) = seal(&place(1), &rule(), &key, &ranking(), &mut rng(1));
    let proof = prove(&statement(&key, &sealed), &opening, &mut rng(2));
    let copied = RankingStatement { place: place(2), ..statement(&key, &sealed) };
    assert_eq!(verify_ranking(&copied, &proof), Err(RankedBallotError::Proof));
    // Even with the randomness, say of a voter who sells it, for whom the proof is easy.
    let proof = prove(&copied, &opening, &mut rng(3));
    assert_eq!(verify_ranking(&copied, &proof), Ok(()));
    assert_eq!(sealed.open(&place(2), &rule(), &shared(&sealed)), None);
}

// The trustees give r·Y of every ranking that counts: a c1 taken from another ballot would give that ballot away.
#[test]
fn c1_of_another_ballot_is_rejected() {
    let key = key();
    let victim = Ciphertext::encrypt(&key, &Scalar::ONE, &Scalar::from(31_337_u64));
    let guess = Element::new(Scalar::from(77_u64) * key.point());
    let sealed = SealedRanking::seal(&place(1), &rule(), &ranking(), victim.c1, &guess);
    let (_, own) = seal(&place(1), &rule(), &key, &ranking(), &mut rng(1));
    let proof = prove(&statement(&key, &sealed), &own, &mut rng(2));
    assert_eq!(verify_ranking(&statement(&key, &sealed), &proof), Err(RankedBallotError::Proof));
    // Shifted by a multiple of B that the copier knows, it is refused in the same way.
    let shifted =
        Element::new(victim.c1.point() + Scalar::from(5_u64) * curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT);
    let sealed = SealedRanking::seal(&place(1), &rule(), &ranking(), shifted, &guess);
    let proof = prove(&statement(&key, &sealed), &own, &mut rng(2));
    assert_eq!(verify_ranking(&statement(&key, &sealed), &proof), Err(RankedBallotError::Proof));
}

// The key of a ranking without randomness is known to everybody.
#[test]
fn ranking_without_randomness_or_of_another_length_is_rejected() {
    let key = key();
    let identity = Element::new(Scalar::ZERO * key.point());
    let sealed = SealedRanking::seal(&place(1), &rule(), &ranking(), identity, &identity);
    let (_, opening) = seal(&place(1), &rule(), &key, &ranking(), &mut rng(1));
    let proof = prove(&statement(&key, &sealed), &opening, &mut rng(2));
    assert!(matches!(verify_ranking(&statement(&key, &sealed), &proof), Err(RankedBallotError::Shape(_))));
    let (sealed, opening) = seal(&place(1), &rule(), &key, &ranking(), &mut rng(1));
    let shorter = RankingStatement { rule: RankingRule::new(5, 1, 3).expect("in bounds"), ..statement(&key, &sealed) };
    let proof = prove(&shorter, &opening, &mut rng(2));
    assert!(matches!(verify_ranking(&shorter, &proof), Err(RankedBallotError::Shape(_))));
}

// What is sealed is not proved to be a ranking: whoever seals something else spoils his own ballot, and no other.
#[test]
fn content_that_is_no_ranking_spoils_the_ballot() {
    let key = key();
    let loose = RankingRule::new(9, 0, 4).expect("in bounds");
    let foreign = Ranking::new(&loose, vec![8, 7]).expect("a ranking of nine");
    let (sealed, opening) = seal(&place(1), &loose, &key, &foreign, &mut rng(1));
    let proof = prove(&statement(&key, &sealed), &opening, &mut rng(2));
    assert_eq!(verify_ranking(&statement(&key, &sealed), &proof), Ok(()));
    assert_eq!(sealed.open(&place(1), &rule(), &shared(&sealed)), None);
}

/// Two rankings under one key and no nonce show their difference to everybody: a generator that repeats itself must not lead
/// there, whether the right is the same (a second ballot) or another one's.
#[test]
fn rankings_of_a_generator_that_repeats_itself_share_no_key() {
    let (key, other) = (key(), Ranking::new(&rule(), vec![0, 3, 4]).expect("a ranking"));
    let sealed = |nullifier, ranking: &Ranking| seal(&place(nullifier), &rule(), &key, ranking, &mut rng(1)).0;
    let (first, second, third) = (sealed(1, &ranking()), sealed(1, &other), sealed(2, &ranking()));
    assert!(first.c1 != second.c1 && first.c1 != third.c1 && second.c1 != third.c1);
}
