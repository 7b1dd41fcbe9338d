//! What a ceremony gives when nobody cheats.

use std::sync::Mutex;

use ark_bls12_381::{Bls12_381, G1Projective, G2Projective};
use ark_ec::PrimeGroup;
use ark_ff::{One, UniformRand};
use ark_groth16::{Groth16, r1cs_to_qap::LibsnarkReduction};
use rand_core::{CryptoRng, Error, RngCore};
use tabella_verifier::setup::{Phase, Progress, Secret, State, TranscriptHash};

use super::{
    super::{ceremony_parameters, contribution::draw, proving_key},
    *,
};
use crate::groth16::Prover;

#[test]
fn every_stage_of_an_honest_ceremony_is_accepted_and_reads_back() {
    for (stage, transcript) in stages().iter().enumerate() {
        let bytes = transcript.to_bytes();
        assert_eq!(&Transcript::from_bytes(&bytes).unwrap(), transcript);
        let circuits = circuits();
        let checked = check(transcript, &circuits, &mut rng(3), &|_| ()).unwrap();
        assert_eq!(checked.hash(), transcript.hash());
        match stage {
            0..3 => assert_eq!(checked.state(), &State::Open(Phase::Powers)),
            3..6 => assert_eq!(checked.state(), &State::Open(Phase::Queries)),
            _ => assert!(checked.verifying_keys().is_ok()),
        }
    }
}

#[test]
fn size_does_not_grow_with_the_powers_of_each_contributor() {
    let [one, two] = [&stages()[1], &stages()[2]].map(|transcript| transcript.to_bytes().len());
    assert!(two - one < 1000, "{} bytes for a contribution", two - one);
}

#[test]
fn proofs_under_the_parameters_of_a_ceremony_verify() {
    let (circuits, transcript) = (circuits(), complete());
    let checked = check(&transcript, &circuits, &mut rng(4), &|_| ()).unwrap();
    let files = ceremony_parameters(&checked, &circuits, &|_| ()).unwrap();
    for ((shape, file), key) in Shape::ALL.into_iter().zip(files).zip(checked.verifying_keys().unwrap()) {
        assert_eq!(file.matrices, matrices(shape).digest());
        let prover = Prover::new(shape, file.key, &matrices(shape)).unwrap();
        assert_eq!(prover.verifying_key(), key);
        let root = Fr::rand(&mut rng(5));
        let mut inputs: Vec<Fr> = (0..shape.public_inputs()).map(|_| Fr::rand(&mut rng(6))).collect();
        inputs[0] = root * root;
        let proof = prover.prove(Root { root: Some(root), inputs: inputs.clone() }, &mut rng(7)).unwrap();
        assert_eq!(key.verify(&inputs, &proof), Ok(()));
        inputs[1] += Fr::one();
        assert!(key.verify(&inputs, &proof).is_err());
    }
}

/// The same bytes for ever, so that a test knows what was drawn.
struct Constant;

impl RngCore for Constant {
    fn next_u32(&mut self) -> u32 {
        0x1111_1111
    }

    fn next_u64(&mut self) -> u64 {
        0x1111_1111_1111_1111
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.fill(0x11);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Constant {}

/// Gives arkworks' sampling of a field element the wanted element: it takes four words as they stand in memory.
struct Wanted(Fr, usize);

impl RngCore for Wanted {
    fn next_u32(&mut self) -> u32 {
        panic!("arkworks samples by words of 64 bits");
    }

    fn next_u64(&mut self) -> u64 {
        let word = (self.0.0).0[self.1 % 4];
        self.1 += 1;
        word
    }

    fn fill_bytes(&mut self, _: &mut [u8]) {
        panic!("arkworks samples by words of 64 bits");
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Error> {
        panic!("arkworks samples by words of 64 bits");
    }
}

#[test]
fn parameters_are_those_of_arkworks_for_the_same_secrets() {
    let circuits = circuits();
    let mut transcript = start(text("known"), &circuits);
    // Index: tau, alpha, beta, delta of transfer, delta of cast.
    let mut secrets = [Fr::one(); 5];
    let multiply = |secrets: &mut [Fr], factors: &[Fr]| {
        for (secret, factor) in secrets.iter_mut().zip(factors) {
            *secret *= factor;
        }
    };
    for phase in [Phase::Powers, Phase::Queries] {
        let offset = if phase == Phase::Powers { 0 } else { 3 };
        for name in ["Ada", "Bertha"] {
            let hash: TranscriptHash = transcript.hash();
            multiply(&mut secrets[offset..], &draw(phase, &hash, name.as_bytes(), &mut Constant));
            transcript = contribute(transcript, &circuits, person(name), &mut Constant, &|_| ()).unwrap();
        }
        let (hash, seed) = (transcript.hash(), beacon().seed(&|_| ()));
        let factors: Vec<Fr> = phase.secrets().iter().map(|secret| Beacon::factor(&seed, &hash, *secret)).collect();
        multiply(&mut secrets[offset..], &factors);
        transcript = contribute(transcript, &circuits, Contribution::Beacon(beacon()), &mut Constant, &|_| ()).unwrap();
    }
    let checked = check(&transcript, &circuits, &mut rng(8), &|_| ()).unwrap();
    let [tau, alpha, beta, delta_transfer, delta_cast] = secrets;
    for (circuit, delta) in circuits.iter().zip([delta_transfer, delta_cast]) {
        let expected = Groth16::<Bls12_381, LibsnarkReduction>::generate_parameters_with_qap(
            Root::blank(circuit.shape()),
            alpha,
            beta,
            Fr::one(),
            delta,
            G1Projective::generator(),
            G2Projective::generator(),
            &mut Wanted(tau, 0),
        )
        .unwrap();
        let found = proving_key(&checked, circuit, &|_| ()).unwrap();
        assert_eq!(found.a_query, expected.a_query);
        assert_eq!(found.b_g1_query, expected.b_g1_query);
        assert_eq!(found.b_g2_query, expected.b_g2_query);
        assert_eq!(found.h_query, expected.h_query);
        assert_eq!(found.l_query, expected.l_query);
        assert_eq!(found.vk.gamma_abc_g1, expected.vk.gamma_abc_g1);
        assert_eq!(found, expected);
    }
}

#[test]
fn contributions_differ_with_randomness_and_with_entropy() {
    let hash = stages()[0].hash();
    let first = draw(Phase::Powers, &hash, b"dice", &mut rng(1));
    assert_eq!(*first, *draw(Phase::Powers, &hash, b"dice", &mut rng(1)));
    assert_ne!(*first, *draw(Phase::Powers, &hash, b"dice", &mut rng(2)));
    assert_ne!(*first, *draw(Phase::Powers, &hash, b"coin", &mut rng(1)));
    assert!(first[0] != first[1] && first[1] != first[2]);
}

#[test]
fn anybody_can_make_the_beacons_contribution_again() {
    let before = two_powers();
    let (once, again) = (
        contribute(before.clone(), &circuits(), Contribution::Beacon(beacon()), &mut rng(1), &|_| ()).unwrap(),
        contribute(before, &circuits(), Contribution::Beacon(beacon()), &mut rng(2), &|_| ()).unwrap(),
    );
    assert_eq!(once, again);
}

#[test]
fn progress_adds_up() {
    let parts: Mutex<Vec<(u64, u64)>> = Mutex::new(Vec::new());
    let tell = |progress| {
        let mut parts = parts.lock().unwrap();
        match progress {
            Progress::Begin(_, total) => parts.push((total, 0)),
            Progress::Done(steps) => parts.last_mut().unwrap().1 += steps,
        }
    };
    contribute(two_powers(), &circuits(), Contribution::Beacon(beacon()), &mut rng(1), &tell).unwrap();
    for (total, done) in parts.lock().unwrap().iter() {
        assert!(done <= total, "{done} of {total}");
    }
    assert_eq!(two_powers().secret(Secret::Tau).g1, two_powers().powers.tau_g1[1]);
}
