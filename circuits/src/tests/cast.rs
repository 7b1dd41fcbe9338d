//! The Cast circuit.

use tabella_protocol::statement::{Shape, cast::check};

use super::harness::{Circuit, broken, proving_matrices, rng};
use crate::{
    CastCircuit,
    matrices::Matrices,
    testing::{SpendKind, random_cast},
};

#[test]
fn every_way_of_spending_is_satisfied() {
    for seed in 0..3 {
        for kind in SpendKind::ALL {
            let case = random_cast(kind, &mut rng(seed));
            assert_eq!(check(&case.instance, &case.witness), Ok(()), "{kind:?}");
            let broken = broken(&CastCircuit::new(case.instance, case.witness));
            assert!(broken.is_empty(), "{kind:?}: {broken:?}");
        }
    }
}

#[test]
fn matrices_are_pinned_and_fit_the_domain() {
    let matrices = &CastCircuit::setup().matrices;
    assert_eq!(hex::encode(matrices.digest()), CastCircuit::MATRICES_DIGEST);
    assert_eq!(matrices.constraints(), CastCircuit::CONSTRAINTS);
    assert!(matrices.domain_size() <= 1 << 13);
    assert_eq!(matrices.instance_variables(), 1 + Shape::Cast.public_inputs());
}

#[test]
fn setup_and_proving_build_the_same_matrices() {
    let case = random_cast(SpendKind::Claim, &mut rng(7));
    let matrices = proving_matrices(&CastCircuit::new(case.instance, case.witness));
    assert_eq!(hex::encode(matrices.digest()), CastCircuit::MATRICES_DIGEST);
    assert_eq!(Matrices::of_setup(CastCircuit::blank()).unwrap().digest(), matrices.digest());
}
