//! Rehearsal and tally.

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use tabella_protocol::{
    ceremony::{CeremonyRecord, TrusteeIndex},
    decryption::{CanaryProof, DecryptionContext, PartialDecryption, Purpose, canary},
    elgamal::{Ciphertext, ElectionKey},
    ristretto::{CanonicalScalar, Element},
    transaction::LedgerId,
};
use tabella_prover::{
    tally::DiscreteLogTable,
    trustee::{DecryptError, TrusteeKey},
};
use tabella_verifier::{
    ceremony::CeremonyOutcome,
    decryption::{
        CombineError, DecryptionError, RehearsalError, TotalError, VerifiedPartial, combine, verify_canaries,
        verify_partials,
    },
};

use crate::parties::{ELECTION, LEDGER, Table, culprit, rng, trustee};

pub(crate) fn context(outcome: &CeremonyOutcome) -> DecryptionContext {
    DecryptionContext { ledger: LEDGER, election: ELECTION, purpose: Purpose::Tally, key: *outcome.key() }
}

pub(crate) fn encrypt(key: &ElectionKey, totals: &[u64]) -> Vec<Ciphertext> {
    let mut rng = rng(99);
    totals.iter().map(|total| Ciphertext::encrypt(key, &Scalar::from(*total), &Scalar::random(&mut rng))).collect()
}

pub(crate) fn decrypt(key: &TrusteeKey, ciphertexts: &[Ciphertext]) -> PartialDecryption {
    key.decrypt_tally(LEDGER, &ELECTION, key.election_key(), ciphertexts, &mut rng(98)).unwrap()
}

pub(crate) fn verified(
    outcome: &CeremonyOutcome,
    ciphertexts: &[Ciphertext],
    partials: &[PartialDecryption],
) -> Result<Vec<VerifiedPartial>, DecryptionError> {
    verify_partials(&context(outcome), outcome, ciphertexts, partials, &mut rng(97))
}

fn rehearse(key: &TrusteeKey) -> CanaryProof {
    key.rehearse(LEDGER, &ELECTION, key.election_key(), &mut rng(96)).unwrap()
}

fn check(outcome: &CeremonyOutcome, proofs: &[CanaryProof]) -> Result<(), RehearsalError> {
    verify_canaries(LEDGER, &ELECTION, outcome, proofs, &mut rng(95))
}

fn three_of_five() -> (Vec<TrusteeKey>, CeremonyRecord, CeremonyOutcome) {
    Table::new(3, 5, 40).run(41)
}

#[test]
fn any_threshold_of_trustees_finds_the_same_totals() {
    let (keys, _, outcome) = three_of_five();
    let totals = [0, 1, 77, 1 << 30, (1 << 40) - 1];
    let ciphertexts = encrypt(outcome.key(), &totals);
    let partials: Vec<_> = keys.iter().map(|key| decrypt(key, &ciphertexts)).collect();
    let mut shared: Option<Vec<Element>> = None;
    for a in 0..5 {
        for b in a + 1..5 {
            for c in b + 1..5 {
                // In any order.
                let chosen = [partials[c].clone(), partials[a].clone(), partials[b].clone()];
                let partials = verified(&outcome, &ciphertexts, &chosen).unwrap();
                let decryption = combine(&outcome, &partials).unwrap();
                decryption.check_totals(&totals).unwrap();
                let shared = shared.get_or_insert_with(|| decryption.shared().to_vec());
                assert_eq!(shared, decryption.shared());
            }
        }
    }
    let all = combine(&outcome, &verified(&outcome, &ciphertexts, &partials).unwrap()).unwrap();
    assert_eq!(Some(all.shared()), shared.as_deref());
    let small = encrypt(outcome.key(), &[3, 0, 100]);
    let partials: Vec<_> = keys[1..4].iter().map(|key| decrypt(key, &small)).collect();
    let messages = combine(&outcome, &verified(&outcome, &small, &partials).unwrap()).unwrap().messages();
    assert_eq!(DiscreteLogTable::new(100).unwrap().solve_all(&messages), Ok(vec![3, 0, 100]));
}

#[test]
fn wrong_totals_are_refused() {
    let (keys, _, outcome) = three_of_five();
    let ciphertexts = encrypt(outcome.key(), &[5, 6]);
    let partials: Vec<_> = keys[..3].iter().map(|key| decrypt(key, &ciphertexts)).collect();
    let decryption = combine(&outcome, &verified(&outcome, &ciphertexts, &partials).unwrap()).unwrap();
    assert_eq!(decryption.check_totals(&[5, 6]), Ok(()));
    assert_eq!(decryption.check_totals(&[5, 7]), Err(TotalError::Wrong { index: 1 }));
    assert_eq!(decryption.check_totals(&[5]), Err(TotalError::Count { found: 1, expected: 2 }));
}

#[test]
fn too_few_doubled_or_mixed_partials_do_not_combine() {
    let (keys, _, outcome) = three_of_five();
    let ciphertexts = encrypt(outcome.key(), &[5]);
    let partials: Vec<_> = keys.iter().map(|key| decrypt(key, &ciphertexts)).collect();
    let good = verified(&outcome, &ciphertexts, &partials).unwrap();
    let few = combine(&outcome, &good[..2]).unwrap_err();
    assert_eq!(few, CombineError::TooFew { found: 2, threshold: 3 });
    assert_eq!(few.to_string(), "decryptions by trustees: 2; needed: 3, so 1 more");
    assert_eq!(combine(&outcome, &[]).unwrap_err(), CombineError::TooFew { found: 0, threshold: 3 });
    let doubled = [good[0].clone(), good[1].clone(), good[1].clone()];
    assert_eq!(combine(&outcome, &doubled).unwrap_err(), CombineError::Duplicate(culprit(2)));
    let twice = [partials[0].clone(), partials[0].clone()];
    assert_eq!(verified(&outcome, &ciphertexts, &twice).unwrap_err(), DecryptionError::Duplicate(culprit(1)));

    let other = encrypt(outcome.key(), &[6]);
    let elsewhere = verified(&outcome, &other, &[decrypt(&keys[2], &other)]).unwrap();
    let mixed = [good[0].clone(), good[1].clone(), elsewhere[0].clone()];
    assert_eq!(combine(&outcome, &mixed).unwrap_err(), CombineError::Mismatch(culprit(3)));
    let (.., stranger) = Table::new(3, 5, 42).run(43);
    assert_eq!(combine(&stranger, &good).unwrap_err(), CombineError::Mismatch(culprit(1)));
}

#[test]
fn each_wrong_part_of_a_partial_decryption_names_its_trustee() {
    let (keys, _, outcome) = three_of_five();
    let ciphertexts = encrypt(outcome.key(), &[5, 6]);
    let good: Vec<_> = keys[..3].iter().map(|key| decrypt(key, &ciphertexts)).collect();
    assert!(verified(&outcome, &ciphertexts, &good).is_ok());
    let shift = RistrettoPoint::mul_base(&Scalar::ONE);
    let changes: [&dyn Fn(&mut PartialDecryption); 6] = [
        &|partial| partial.shares[1] = Element::new(partial.shares[1].point() + shift),
        &|partial| partial.shares.swap(0, 1),
        // Two wrong shares whose errors cancel out in an unweighted sum.
        &|partial| {
            partial.shares[0] = Element::new(partial.shares[0].point() + shift);
            partial.shares[1] = Element::new(partial.shares[1].point() - shift);
        },
        &|partial| partial.proof.response = CanonicalScalar(partial.proof.response.0 + Scalar::ONE),
        &|partial| partial.proof.base_commitment = Element::new(shift),
        &|partial| partial.proof.sum_commitment = Element::new(shift),
    ];
    for change in changes {
        let mut partials = good.clone();
        change(&mut partials[1]);
        assert_eq!(verified(&outcome, &ciphertexts, &partials).unwrap_err(), DecryptionError::Proof(culprit(2)));
    }
    let mut partials = good.clone();
    partials[1].shares.pop();
    let count = DecryptionError::Count { trustee: culprit(2), found: 1, expected: 2 };
    assert_eq!(verified(&outcome, &ciphertexts, &partials).unwrap_err(), count);
    let mut partials = good.clone();
    partials[1].trustee = trustee(6);
    assert_eq!(verified(&outcome, &ciphertexts, &partials).unwrap_err(), DecryptionError::UnknownTrustee(trustee(6)));
}

// Attack 35.
#[test]
fn partial_decryption_is_good_for_its_own_statement_only() {
    let (keys, _, outcome) = three_of_five();
    let ciphertexts = encrypt(outcome.key(), &[5, 6]);
    let partial = decrypt(&keys[0], &ciphertexts);
    let good = context(&outcome);
    let refused = |context: DecryptionContext, ciphertexts: &[Ciphertext], partial: &PartialDecryption| {
        verify_partials(&context, &outcome, ciphertexts, std::slice::from_ref(partial), &mut rng(1)).map(|_| ())
    };
    assert_eq!(refused(good, &ciphertexts, &partial), Ok(()));
    let bad = Err(DecryptionError::Proof(culprit(1)));
    assert_eq!(refused(DecryptionContext { ledger: LedgerId([9; 32]), ..good }, &ciphertexts, &partial), bad);
    assert_eq!(refused(DecryptionContext { election: [9; 32], ..good }, &ciphertexts, &partial), bad);
    assert_eq!(refused(DecryptionContext { purpose: Purpose::Canary, ..good }, &ciphertexts, &partial), bad);
    let other = ElectionKey::new(*outcome.verifying_share(trustee(1)).unwrap()).unwrap();
    let context = DecryptionContext { key: other, ..good };
    assert_eq!(refused(context, &ciphertexts, &partial), Err(DecryptionError::Key));

    // Another list of ciphertexts, other second halves, another order.
    assert_eq!(refused(good, &encrypt(outcome.key(), &[5, 6, 7])[..2], &partial), Ok(()), "the same list");
    let mut changed = ciphertexts.clone();
    changed[1].c2 = ciphertexts[0].c2;
    assert_eq!(refused(good, &changed, &partial), bad);
    let mut changed = ciphertexts.clone();
    changed[1].c1 = ciphertexts[0].c1;
    assert_eq!(refused(good, &changed, &partial), bad);
    let mut changed = ciphertexts.clone();
    changed.swap(0, 1);
    assert_eq!(refused(good, &changed, &partial), bad);
    let mut both = partial.clone();
    both.shares.swap(0, 1);
    assert_eq!(refused(good, &changed, &both), bad);

    // Under another trustee's name.
    let moved = PartialDecryption { trustee: trustee(2), ..partial };
    assert_eq!(refused(good, &ciphertexts, &moved), Err(DecryptionError::Proof(culprit(2))));
}

#[test]
fn rehearsal_needs_every_trustee() {
    let (keys, _, outcome) = three_of_five();
    let proofs: Vec<_> = keys.iter().map(rehearse).collect();
    assert_eq!(check(&outcome, &proofs), Ok(()));
    let missing = check(&outcome, &[proofs[0], proofs[2], proofs[4]]).unwrap_err();
    assert_eq!(missing, RehearsalError::Missing(vec![culprit(2), culprit(4)]));
    assert_eq!(missing.to_string(), "no rehearsal by trustee 2 (Bea), trustee 4 (Dot)");
    let doubled = [proofs[0], proofs[0], proofs[2], proofs[3], proofs[4]];
    assert_eq!(check(&outcome, &doubled), Err(DecryptionError::Duplicate(culprit(1)).into()));
}

#[test]
fn canary_of_another_trustee_election_or_purpose_is_refused() {
    let (keys, _, outcome) = three_of_five();
    let mut proofs: Vec<_> = keys.iter().map(rehearse).collect();
    let refused = |index: u16| Err(RehearsalError::Proof(DecryptionError::Proof(culprit(index))));
    let good = proofs[1];
    proofs[1] = CanaryProof { trustee: trustee(2), ..proofs[0] };
    assert_eq!(check(&outcome, &proofs), refused(2));
    proofs[1] = keys[1].rehearse(LEDGER, &[8; 32], outcome.key(), &mut rng(1)).unwrap();
    assert_eq!(check(&outcome, &proofs), refused(2));
    proofs[1] = keys[1].rehearse(LedgerId([8; 32]), &ELECTION, outcome.key(), &mut rng(1)).unwrap();
    assert_eq!(check(&outcome, &proofs), refused(2));
    let tally = decrypt(&keys[1], &[canary(&ELECTION, outcome.key(), trustee(2))]);
    proofs[1] = CanaryProof { trustee: tally.trustee, share: tally.shares[0], proof: tally.proof };
    assert_eq!(check(&outcome, &proofs), refused(2));
    proofs[1] = good;
    assert_eq!(check(&outcome, &proofs), Ok(()));
}

#[test]
fn canaries_differ_by_election_key_and_trustee() {
    let key = |k: u64| ElectionKey::new(Element::new(RistrettoPoint::mul_base(&Scalar::from(k)))).unwrap();
    let base = canary(&ELECTION, &key(1), trustee(1));
    assert_eq!(base, canary(&ELECTION, &key(1), trustee(1)));
    assert_ne!(base, canary(&[5; 32], &key(1), trustee(1)));
    assert_ne!(base, canary(&ELECTION, &key(2), trustee(1)));
    assert_ne!(base, canary(&ELECTION, &key(1), trustee(2)));
}

#[test]
fn trustee_decrypts_nothing_under_another_ceremonys_key() {
    let (keys, ..) = three_of_five();
    let (_, other_record, other) = Table::new(3, 5, 44).run(45);
    let ciphertexts = encrypt(other.key(), &[1]);
    let tally = keys[0].decrypt_tally(LEDGER, &ELECTION, other.key(), &ciphertexts, &mut rng(1));
    assert_eq!(tally.unwrap_err(), DecryptError::OtherKey);
    let rehearsal = keys[0].rehearse(LEDGER, &ELECTION, other.key(), &mut rng(1));
    assert_eq!(rehearsal.unwrap_err(), DecryptError::OtherKey);
    assert_eq!(keys[0].check_record(&other_record), Err(DecryptError::OtherCeremony));
}

#[test]
fn partials_round_trip_and_refuse_other_encodings() {
    let (keys, _, outcome) = three_of_five();
    let partial = decrypt(&keys[0], &encrypt(outcome.key(), &[5, 6]));
    let bytes = borsh::to_vec(&partial).unwrap();
    assert_eq!(bytes.len(), 2 + 4 + 2 * 32 + 96);
    assert_eq!(borsh::from_slice::<PartialDecryption>(&bytes).unwrap(), partial);
    assert!(borsh::from_slice::<PartialDecryption>(&[bytes.as_slice(), &[0]].concat()).is_err());
    assert!(borsh::from_slice::<PartialDecryption>(&bytes[..bytes.len() - 1]).is_err());
    let changed = |at: usize, with: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + with.len()].copy_from_slice(with);
        borsh::from_slice::<PartialDecryption>(&bytes)
    };
    assert!(changed(0, &[0, 0]).is_err(), "trustee 0");
    assert!(changed(0, &[65, 0]).is_err(), "trustee 65");
    assert!(changed(2, &u32::MAX.to_le_bytes()).is_err(), "four billion shares");
    assert!(changed(6, &[0xff; 32]).is_err(), "no element");
    assert!(changed(bytes.len() - 32, &[0xff; 32]).is_err(), "a scalar above the order");
    assert!(TrusteeIndex::new(0).is_none() && TrusteeIndex::new(65).is_none());

    let proof = rehearse(&keys[0]);
    let bytes = borsh::to_vec(&proof).unwrap();
    assert_eq!(borsh::from_slice::<CanaryProof>(&bytes).unwrap(), proof);
    assert!(borsh::from_slice::<CanaryProof>(&[bytes.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn nonces_differ_even_when_the_random_source_repeats() {
    let (keys, _, outcome) = three_of_five();
    let one = decrypt(&keys[0], &encrypt(outcome.key(), &[5]));
    let other = decrypt(&keys[0], &encrypt(outcome.key(), &[6]));
    assert_ne!(one.proof.base_commitment, other.proof.base_commitment);
}

#[test]
fn empty_total_decrypts_to_zero() {
    let (keys, _, outcome) = three_of_five();
    let ciphertexts = [Ciphertext::zero()];
    let partials: Vec<_> = keys[..3].iter().map(|key| decrypt(key, &ciphertexts)).collect();
    let decryption = combine(&outcome, &verified(&outcome, &ciphertexts, &partials).unwrap()).unwrap();
    assert_eq!(decryption.check_totals(&[0]), Ok(()));
}
