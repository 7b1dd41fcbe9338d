use ark_bls12_381::Fq;
use ark_ff::{Field, One};
use tabella_arithmetic::points::Weight;

use super::*;
use crate::{
    batch::BatchError,
    groth16::{ProofBatch, batch::draw_bits},
};

fn push(batch: &mut ProofBatch, shape: Shape, (inputs, proof): &(Vec<Fr>, Proof<Bls12_381>)) -> usize {
    batch.push(&setup(shape).key, inputs.clone(), encode(proof))
}

fn culprits(batch: ProofBatch, seed: u64) -> Vec<usize> {
    match batch.verify(&mut ChaCha20Rng::seed_from_u64(seed)) {
        Ok(()) => Vec::new(),
        Err(BatchError { culprits }) => culprits,
    }
}

#[test]
fn batch_of_honest_proofs_of_both_shapes_is_accepted() {
    let mut rng = ChaCha20Rng::seed_from_u64(31);
    assert!(culprits(ProofBatch::new(), 1).is_empty());
    let mut batch = ProofBatch::new();
    for index in 0..20 {
        let shape = Shape::ALL[index % 2];
        assert_eq!(push(&mut batch, shape, &honest(shape, &mut rng)), index);
    }
    assert!(culprits(batch, 1).is_empty());
}

#[test]
fn batch_names_all_culprits_and_nobody_else() {
    let mut rng = ChaCha20Rng::seed_from_u64(32);
    let honest: Vec<_> = (0..12).map(|index| honest(Shape::ALL[index % 2], &mut rng)).collect();
    let mut batch = ProofBatch::new();
    for (index, member) in honest.iter().enumerate() {
        let shape = Shape::ALL[index % 2];
        let (mut inputs, mut proof) = member.clone();
        match index {
            2 => inputs[5] += Fr::one(),                             // another statement
            3 => proof.a = -proof.a,                                 // another proof
            4 => proof.a = (proof.a + torsion_g1(&mut rng)).into(),  // outside the subgroup, behind an honest point
            5 => proof.b = torsion_g2(&mut rng),                     // outside the subgroup
            6 => proof = honest[8].1.clone(),                        // a proof of another statement
            7 => proof.c = torsion_g1(&mut rng),                     // outside the subgroup
            9 => drop(inputs.pop()),                                 // attack 2 inside a batch
            10 => proof.b = (proof.b + torsion_g2(&mut rng)).into(), // outside the subgroup, behind an honest point
            11 => (proof.a, proof.b, proof.c) = (G1Affine::zero(), G2Affine::zero(), G1Affine::zero()),
            _ => {}
        }
        push(&mut batch, shape, &(inputs, proof));
    }
    assert_eq!(culprits(batch, 2), [2, 3, 4, 5, 6, 7, 9, 10, 11]);
}

type Alteration = fn(&mut Proof<Bls12_381>, &mut ChaCha20Rng);

fn of_order_three() -> G1Affine {
    G1Affine::new_unchecked(Fq::from(0u8), Fq::from(2u8))
}

// Attack 20 inside a batch: the rest of the equation is as it was, whichever point has a part of small order.
#[test]
fn batch_names_a_lone_point_outside_the_subgroup() {
    let mut rng = ChaCha20Rng::seed_from_u64(36);
    let members: Vec<_> = (0..10).map(|_| honest(Shape::Cast, &mut rng)).collect();
    let alterations: [Alteration; 5] = [
        |proof, _| proof.a = (proof.a + of_order_three()).into(),
        |proof, _| proof.c = (proof.c - of_order_three()).into(),
        |proof, rng| proof.a = (proof.a + torsion_g1(rng)).into(),
        |proof, rng| proof.b = (proof.b + torsion_g2(rng)).into(),
        |proof, rng| proof.c = (proof.c + torsion_g1(rng)).into(),
    ];
    for (bad, alter) in alterations.iter().enumerate() {
        let mut batch = ProofBatch::new();
        for (index, (inputs, proof)) in members.iter().enumerate() {
            let mut proof = proof.clone();
            if index == bad {
                alter(&mut proof, &mut rng);
            }
            push(&mut batch, Shape::Cast, &(inputs.clone(), proof));
        }
        // Whatever the weights are: a part of order three is lost where a weight is a multiple of it.
        for seed in 40..50 {
            assert_eq!(culprits(batch.clone(), seed), [bad]);
        }
    }
}

#[test]
fn lone_culprit_is_found_at_every_place() {
    let mut rng = ChaCha20Rng::seed_from_u64(33);
    let honest: Vec<_> = (0..5).map(|_| honest(Shape::Cast, &mut rng)).collect();
    for bad in 0..5 {
        let mut batch = ProofBatch::new();
        for (index, (inputs, proof)) in honest.iter().enumerate() {
            let mut inputs = inputs.clone();
            inputs[1] += Fr::from(u64::from(index == bad));
            push(&mut batch, Shape::Cast, &(inputs, proof.clone()));
        }
        assert_eq!(culprits(batch, 3), [bad]);
    }
}

/// Two false proofs whose faults cancel where the weights are `first` and `second`.
fn cancelling(first: Fr, second: Fr) -> ProofBatch {
    let mut rng = ChaCha20Rng::seed_from_u64(34);
    let fault = G1Affine::rand(&mut rng);
    let mut batch = ProofBatch::new();
    for scale in [first.inverse().unwrap(), -second.inverse().unwrap()] {
        let (inputs, mut proof) = honest(Shape::Cast, &mut rng);
        proof.c = (proof.c + fault * scale).into();
        push(&mut batch, Shape::Cast, &(inputs, proof));
    }
    batch
}

// Attack 29: faults that would cancel if both equations had the same weight.
#[test]
fn cancelling_faults_are_refused() {
    assert_eq!(culprits(cancelling(Fr::one(), Fr::one()), 4), [0, 1]);
}

// Attack 29: who knows the weights passes false proofs, so they come from the caller's generator alone and must not be known.
#[test]
fn predicted_weights_pass_false_proofs_and_no_others_do() {
    let mut known = ChaCha20Rng::seed_from_u64(5);
    let [first, second] = [(); 2].map(|()| Weight::new(draw_bits(&mut known)).scalar());
    assert_ne!(first, second);
    assert!(culprits(cancelling(first, second), 5).is_empty());
    assert_eq!(culprits(cancelling(first, second), 6), [0, 1]);
}

#[test]
fn same_proof_twice_is_accepted_twice_or_refused_twice() {
    let mut rng = ChaCha20Rng::seed_from_u64(35);
    let member = honest(Shape::Cast, &mut rng);
    let mut batch = ProofBatch::new();
    push(&mut batch, Shape::Cast, &member);
    push(&mut batch, Shape::Cast, &member);
    assert!(culprits(batch.clone(), 7).is_empty());
    let mut bad = member;
    bad.0[2] += Fr::one();
    push(&mut batch, Shape::Cast, &bad);
    push(&mut batch, Shape::Cast, &bad);
    assert_eq!(culprits(batch, 7), [2, 3]);
}
