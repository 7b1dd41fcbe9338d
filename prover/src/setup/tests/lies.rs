//! Contributors, and those who pass transcripts on, try what they should not.

use ark_bls12_381::{G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::UniformRand;
use tabella_protocol::domain::FORMAT_VERSION;
use tabella_verifier::setup::{
    Author, CeremonyError as E, Phase, PowersError, QueryError, Record, Secret, TranscriptHash, queries_digest,
};
use zeroize::Zeroizing;

use super::{
    super::{
        ContributionError,
        contribution::{apply, describe, draw},
    },
    *,
};

/// Contributes like an honest person but for what `tamper` changes in the lists before the record is made: digest and proofs
/// fit the altered lists.
fn cheat(mut transcript: Transcript, tamper: impl FnOnce(&mut Transcript)) -> Transcript {
    let (phase, hash) = (transcript.phase().unwrap(), transcript.hash());
    let before = transcript.secrets(phase);
    let factors = draw(phase, &hash, b"cheat", &mut rng(9));
    apply(&mut transcript, phase, &factors, &|_| ()).unwrap();
    tamper(&mut transcript);
    let author = Author::Contributor(text("Mallory"));
    let record = describe(&transcript, phase, author, hash, &before, &factors, &mut rng(10));
    push(&mut transcript, phase, record);
    transcript
}

fn push(transcript: &mut Transcript, phase: Phase, record: Record) {
    match phase {
        Phase::Powers => transcript.powers_records.push(record),
        Phase::Queries => transcript.queries_records.push(record),
    }
}

/// Alters the record of an honest contribution of phase 1 that follows two others.
fn altered_record(alter: impl FnOnce(&mut Record)) -> Result<(), E> {
    let mut transcript = cheat(two_powers(), |_| ());
    assert_eq!(examine(&transcript), Ok(()));
    alter(transcript.powers_records.last_mut().unwrap());
    examine(&transcript)
}

fn double(point: &mut G1Affine) {
    *point = (*point + *point).into_affine();
}

#[test]
fn contribution_to_another_transcript_is_refused() {
    let mut transcript = two_powers();
    let other = cheat(stages()[1].clone(), |_| ());
    transcript.powers_records.push(other.powers_records.last().cloned().unwrap());
    transcript.powers = other.powers;
    assert_eq!(examine(&transcript), Err(E::NotBuiltOnLast { phase: Phase::Powers, number: 3 }));
}

#[test]
fn contribution_that_starts_anew_cannot_prove_its_factor() {
    // Mallory throws away what Ada and Bertha did, and multiplies into the initial powers instead.
    let transcript = two_powers();
    let (phase, hash) = (Phase::Powers, transcript.hash());
    let mut own = start(text("test"), &circuits());
    let before = own.secrets(phase);
    let factors = draw(phase, &hash, b"", &mut rng(1));
    apply(&mut own, phase, &factors, &|_| ()).unwrap();
    let record = describe(&own, phase, Author::Contributor(text("Mallory")), hash, &before, &factors, &mut rng(1));
    own.powers_records.clone_from(&transcript.powers_records);
    own.powers_records.push(record);
    assert_eq!(examine(&own), Err(E::Knowledge { phase, number: 3, secret: Secret::Tau }));
}

#[test]
fn proof_of_knowledge_is_needed_for_each_secret() {
    for (index, secret) in Phase::Powers.secrets().iter().enumerate() {
        let expected = Err(E::Knowledge { phase: Phase::Powers, number: 3, secret: *secret });
        assert_eq!(altered_record(|record| record.proofs[index].response += Fr::from(1)), expected);
        assert_eq!(altered_record(|record| double(&mut record.proofs[index].commitment)), expected);
    }
    assert_eq!(altered_record(|record| record.proofs.clear()), Err(E::Form { phase: Phase::Powers, number: 3 }));
}

#[test]
fn proof_of_knowledge_of_another_contribution_is_refused() {
    // Bertha's points and proofs once more, as if Mallory had made them: they are bound to her name and transcript.
    let mut transcript = two_powers();
    let mut replay = transcript.powers_records[1].clone();
    replay.previous = transcript.hash();
    transcript.powers_records.push(replay);
    let tau = E::Knowledge { phase: Phase::Powers, number: 3, secret: Secret::Tau };
    assert_eq!(examine(&transcript), Err(tau));
    assert_eq!(altered_record(|record| record.author = Author::Contributor(text("Eve"))), Err(tau));
    assert_eq!(altered_record(|record| record.digest[0] ^= 1), Err(tau));
    // Proofs of one secret do not serve for another, even in the same contribution.
    assert_eq!(altered_record(|record| record.proofs.swap(0, 1)), Err(tau));
    assert_eq!(FORMAT_VERSION, 1, "bound as well");
}

#[test]
fn secret_that_differs_between_the_groups_is_refused() {
    // The proof of knowledge covers the points in G2, so that the liar makes it anew.
    for (index, secret) in [(0, Secret::Tau), (2, Secret::Beta)] {
        let mut transcript = two_powers();
        let (phase, hash) = (Phase::Powers, transcript.hash());
        let before = transcript.secrets(phase);
        let factors = draw(phase, &hash, b"", &mut rng(1));
        apply(&mut transcript, phase, &factors, &|_| ()).unwrap();
        let mut lied = before.clone();
        lied[index].g2 = lied[index].g2.map(|point| (point + point).into_affine());
        let author = Author::Contributor(text("Mallory"));
        let record = describe(&transcript, phase, author, hash, &lied, &factors, &mut rng(1));
        transcript.powers_records.push(record);
        assert_eq!(examine(&transcript), Err(E::Groups { phase, number: 3, secret }));
    }
}

#[test]
fn altered_power_is_refused() {
    let last = two_powers().powers.alpha_g1.len() - 1;
    for index in [2, last] {
        let step = |list| Err(E::Powers(PowersError::Step(list)));
        let altered = |tamper: &dyn Fn(&mut Transcript)| examine(&cheat(two_powers(), tamper));
        assert_eq!(altered(&|t| double(&mut t.powers.tau_g1[index])), step("tau in G1"));
        assert_eq!(altered(&|t| double(&mut t.powers.alpha_g1[index])), step("alpha"));
        assert_eq!(altered(&|t| double(&mut t.powers.beta_g1[index])), step("beta"));
        assert_eq!(
            altered(&|t| t.powers.tau_g2[index] = (t.powers.tau_g2[index] + t.powers.tau_g2[index]).into_affine()),
            step("tau in G2")
        );
    }
    let mut long = two_powers().powers.tau_g1.len() - 1;
    let mut altered = cheat(two_powers(), |t| double(&mut t.powers.tau_g1[long]));
    assert_eq!(examine(&altered), Err(E::Powers(PowersError::Step("tau in G1"))));
    // Whoever alters a power of somebody else's contribution cannot alter the digest that stands in it.
    altered = two_powers();
    long /= 2;
    double(&mut altered.powers.tau_g1[long]);
    assert_eq!(examine(&altered), Err(E::Digest { phase: Phase::Powers }));
}

#[test]
fn powers_of_other_secrets_than_shown_are_refused() {
    let start = |list| Err(E::Powers(PowersError::Start(list)));
    // All powers of α in place of those of β, and the other way round.
    let swapped = |t: &mut Transcript| std::mem::swap(&mut t.powers.alpha_g1, &mut t.powers.beta_g1);
    assert_eq!(examine(&cheat(two_powers(), swapped)), start("alpha"));
    assert_eq!(examine(&cheat(two_powers(), |t| t.powers.beta_g1 = t.powers.alpha_g1.clone())), start("beta"));
    // A whole list for another τ.
    let g1 = |t: &mut Transcript| double(&mut t.powers.tau_g1[1]);
    assert_eq!(examine(&cheat(two_powers(), g1)), start("tau in G1"));
    let g2 = |t: &mut Transcript| t.powers.tau_g2 = two_powers().powers.tau_g2;
    assert_eq!(examine(&cheat(two_powers(), g2)), start("tau in G2"));
    let shorter = |t: &mut Transcript| t.powers.tau_g1.truncate(20);
    assert_eq!(examine(&cheat(two_powers(), shorter)), Err(E::Powers(PowersError::Length("tau in G1"))));
}

#[test]
fn altered_queries_are_refused() {
    for shape in Shape::ALL {
        let altered = |tamper: &dyn Fn(&mut tabella_verifier::setup::Queries)| {
            let transcript = cheat(stages()[3].clone(), |t| tamper(&mut t.queries.as_mut().unwrap()[shape as usize]));
            examine(&transcript)
        };
        let wrong = |error| Err(E::Queries { shape, error });
        assert_eq!(altered(&|queries| double(&mut queries.h[3])), wrong(QueryError::Content("h query")));
        assert_eq!(altered(&|queries| double(&mut queries.l[1])), wrong(QueryError::Content("l query")));
        assert_eq!(altered(&|queries| queries.l.swap(0, 1)), wrong(QueryError::Content("l query")));
        assert_eq!(altered(&|queries| double(&mut queries.inputs[0])), wrong(QueryError::Content("input points")));
        assert_eq!(altered(&|queries| queries.inputs.swap(1, 2)), wrong(QueryError::Content("input points")));
        assert_eq!(altered(&|queries| queries.h.truncate(3)), wrong(QueryError::Length("h query")));
    }
    let mut transcript = complete();
    double(&mut transcript.queries.as_mut().unwrap()[1].l[0]);
    assert_eq!(examine(&transcript), Err(E::Digest { phase: Phase::Queries }));
}

#[test]
fn queries_of_another_delta_are_refused() {
    // The record says δ, the lists are divided by something else, or by nothing at all.
    let queries = stages()[3].queries.clone();
    let transcript = cheat(stages()[3].clone(), |t| t.queries = queries);
    let error = QueryError::Content("l query");
    assert_eq!(examine(&transcript), Err(E::Queries { shape: Shape::Transfer, error }));
}

#[test]
fn delta_that_is_gamma_is_refused() {
    // The only contributor to the second phase multiplies by 1, or by -1: she can, and proves it.
    for factor in [Fr::from(1), -Fr::from(1)] {
        let mut transcript = stages()[3].clone();
        let (phase, hash) = (Phase::Queries, transcript.hash());
        let before = transcript.secrets(phase);
        let factors = Zeroizing::new(vec![Fr::from(7), factor]);
        apply(&mut transcript, phase, &factors, &|_| ()).unwrap();
        let author = Author::Contributor(text("Mallory"));
        let record = describe(&transcript, phase, author, hash, &before, &factors, &mut rng(1));
        transcript.queries_records.push(record);
        assert_eq!(examine(&transcript), Err(E::DeltaIsGamma { shape: Shape::Cast }));
    }
}

#[test]
fn ceremony_for_other_matrices_is_refused() {
    let [transfer, _] = circuits();
    // The same sizes, one coefficient different, so another digest.
    let shape = Shape::Cast;
    let mut abc = matrices(shape).abc().clone();
    abc[2][0][0].0 += Fr::from(1);
    let variables = (matrices(shape).instance_variables(), matrices(shape).witness_variables());
    let other = [transfer.clone(), Circuit::new(shape, [7; 32], variables, abc.clone()).unwrap()];
    let found = matrices(shape).digest();
    let refused = check(&complete(), &other, &mut rng(1), &|_| ()).map(|_| ());
    assert_eq!(refused, Err(E::OtherCircuit { shape, found, expected: [7; 32] }));

    // The digest that everybody expects, and queries of other matrices.
    let forged = [transfer, Circuit::new(shape, found, variables, abc).unwrap()];
    let ended = contribute(two_powers(), &forged, Contribution::Beacon(beacon()), &mut rng(1), &|_| ()).unwrap();
    let error = QueryError::Content("l query");
    assert_eq!(examine(&ended), Err(E::Queries { shape, error }));
}

#[test]
fn altered_beacon_is_refused() {
    let mut transcript = complete();
    let last = transcript.powers_records.len() - 1;
    let others = [
        Beacon::new(text("a die thrown in public"), vec![5; 32], 10),
        Beacon::new(text("a die thrown in public"), vec![4; 32], 11),
    ];
    for other in others {
        transcript.powers_records[last].author = Author::Beacon(other.unwrap());
        let secret = Secret::Tau;
        assert_eq!(examine(&transcript), Err(E::Beacon { phase: Phase::Powers, number: last + 1, secret }));
    }
    // Another description changes no secret, but what others built on.
    let other = Beacon::new(text("a coin"), vec![4; 32], 10).unwrap();
    transcript.powers_records[last].author = Author::Beacon(other);
    assert_eq!(examine(&transcript), Err(E::NotBuiltOnLast { phase: Phase::Queries, number: 1 }));
    // A person's record as a beacon's: whoever knows the value knows nothing of her factors.
    let mut transcript = two_queries();
    let record = transcript.queries_records.last_mut().unwrap();
    record.author = Author::Beacon(beacon());
    record.proofs.clear();
    let secret = Secret::Delta(Shape::Transfer);
    assert_eq!(examine(&transcript), Err(E::Beacon { phase: Phase::Queries, number: 2, secret }));
}

#[test]
fn beacon_is_the_last_of_its_phase_and_never_the_only_one() {
    let mut transcript = stages()[3].clone();
    transcript.queries = None;
    let (phase, hash) = (Phase::Powers, transcript.hash());
    let before = transcript.secrets(phase);
    let factors = draw(phase, &hash, b"", &mut rng(1));
    apply(&mut transcript, phase, &factors, &|_| ()).unwrap();
    let author = Author::Contributor(text("Late"));
    let record = describe(&transcript, phase, author, hash, &before, &factors, &mut rng(1));
    transcript.powers_records.push(record);
    assert_eq!(examine(&transcript), Err(E::BeaconNotLast { phase, number: 3 }));

    let empty = stages()[0].clone();
    let refused = contribute(empty.clone(), &circuits(), Contribution::Beacon(beacon()), &mut rng(1), &|_| ());
    assert!(matches!(refused, Err(ContributionError::NoContributor(Phase::Powers))));
    let mut alone = empty;
    let (hash, before) = (alone.hash(), alone.secrets(phase));
    let seed = beacon().seed(&|_| ());
    let factors: Vec<Fr> = phase.secrets().iter().map(|secret| Beacon::factor(&seed, &hash, *secret)).collect();
    apply(&mut alone, phase, &factors, &|_| ()).unwrap();
    let record = describe(&alone, phase, Author::Beacon(beacon()), hash, &before, &factors, &mut rng(1));
    alone.powers_records.push(record);
    assert_eq!(examine(&alone), Err(E::NoContributor { phase }));
}

#[test]
fn contributions_cannot_be_dropped_or_reordered() {
    let not_built = |phase, number| Err(E::NotBuiltOnLast { phase, number });
    let mut dropped = complete();
    dropped.powers_records.remove(0);
    assert_eq!(examine(&dropped), not_built(Phase::Powers, 1));
    let mut reordered = complete();
    reordered.queries_records.swap(0, 1);
    assert_eq!(examine(&reordered), not_built(Phase::Queries, 1));
    let mut renamed = complete();
    renamed.name = text("another ceremony");
    assert_eq!(examine(&renamed), not_built(Phase::Powers, 1));
    // The last one dropped: the lists are no longer those of the one that is then the last.
    let mut shortened = two_powers();
    shortened.powers_records.pop();
    assert_eq!(examine(&shortened), Err(E::Digest { phase: Phase::Powers }));
    let mut moved = complete();
    moved.queries_records[0].previous = TranscriptHash([0; 32]);
    assert_eq!(examine(&moved), not_built(Phase::Queries, 1));
}

#[test]
fn phases_follow_each_other() {
    let mut early = two_powers();
    early.queries = stages()[3].queries.clone();
    assert_eq!(examine(&early), Err(E::Phases));
    let mut missing = stages()[3].clone();
    missing.queries = None;
    assert_eq!(examine(&missing), Err(E::Phases));
    let refused = contribute(complete(), &circuits(), person("Late"), &mut rng(1), &|_| ());
    assert!(matches!(refused, Err(ContributionError::Complete)));
}

#[test]
fn nobody_contributes_to_a_transcript_that_is_not_right() {
    let transcript = cheat(two_powers(), |t| double(&mut t.powers.beta_g1[5]));
    let refused = contribute(transcript, &circuits(), person("Honest"), &mut rng(1), &|_| ());
    let expected = E::Powers(PowersError::Step("beta"));
    assert!(matches!(refused, Err(ContributionError::Transcript(error)) if error == expected));
}

#[test]
fn ceremony_that_is_not_complete_gives_no_parameters() {
    let (circuits, transcript) = (circuits(), two_queries());
    let checked = check(&transcript, &circuits, &mut rng(1), &|_| ()).unwrap();
    let refused = super::super::ceremony_parameters(&checked, &circuits, &|_| ()).map(|_| ());
    assert_eq!(refused, Err(E::Incomplete(Phase::Queries)));
}

#[test]
fn random_points_are_no_transcript() {
    let mut transcript = two_powers();
    for point in &mut transcript.powers.tau_g2 {
        *point = G2Affine::rand(&mut rng(1));
    }
    transcript.powers_records.last_mut().unwrap().digest = transcript.powers.digest();
    let expected = E::Knowledge { phase: Phase::Powers, number: 2, secret: Secret::Tau };
    assert_eq!(examine(&transcript), Err(expected));
    assert_ne!(queries_digest(complete().queries.as_ref().unwrap()), transcript.powers.digest());
    assert!(!G1Affine::generator().is_zero());
}
