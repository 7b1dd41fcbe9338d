//! The Transfer circuit: satisfied by every honest spender, and each rule refused by exactly its own constraints.

mod rules;

use tabella_protocol::{
    note::NoteValue,
    statement::{Mode, Shape, transfer::check},
};

use super::harness::{Circuit, broken, proving_matrices, rng};
use crate::{
    TransferCircuit,
    matrices::Matrices,
    testing::{SpendKind, plant, random_transfer, transfer_kinds},
};

#[test]
fn every_mode_and_way_of_spending_is_satisfied() {
    for seed in 0..3 {
        for (mode, kind) in transfer_kinds() {
            let case = random_transfer(mode, kind, &mut rng(seed));
            assert_eq!(check(&case.instance, &case.witness), Ok(()), "{mode:?} {kind:?}");
            let broken = broken(&TransferCircuit::new(case.instance, case.witness));
            assert!(broken.is_empty(), "{mode:?} {kind:?}: {broken:?}");
        }
    }
}

#[test]
fn greatest_value_exits_enters_and_is_consumed() {
    for mode in [Mode::Exit, Mode::Entry, Mode::Consume] {
        let mut rng = rng(9);
        let mut case = random_transfer(mode, SpendKind::Plain, &mut rng);
        let whole = [NoteValue(u64::MAX), NoteValue(0)];
        let (inside, outside) = if mode == Mode::Entry { (1, 0) } else { (0, 1) };
        for i in 0..2 {
            case.witness.inputs[i].value = whole[inside.max(i)];
            case.witness.outputs[i].value = whole[outside.max(i)];
        }
        case.witness.v = whole[0];
        let anchor = plant(&mut case.witness, &mut rng);
        let instance = case.witness.instance(anchor, mode, case.instance.window, true);
        assert_eq!(check(&instance, &case.witness), Ok(()), "{mode:?}");
        assert!(broken(&TransferCircuit::new(instance, case.witness)).is_empty(), "{mode:?}");
    }
}

#[test]
fn matrices_are_pinned_and_fit_the_domain() {
    let matrices = &TransferCircuit::setup().matrices;
    assert_eq!(hex::encode(matrices.digest()), TransferCircuit::MATRICES_DIGEST);
    assert_eq!(matrices.constraints(), TransferCircuit::CONSTRAINTS);
    assert!(matrices.domain_size() <= 1 << 14);
    assert_eq!(matrices.instance_variables(), 1 + Shape::Transfer.public_inputs());
}

#[test]
fn setup_and_proving_build_the_same_matrices() {
    let case = random_transfer(Mode::Tag, SpendKind::Refund, &mut rng(7));
    let matrices = proving_matrices(&TransferCircuit::new(case.instance, case.witness));
    assert_eq!(hex::encode(matrices.digest()), TransferCircuit::MATRICES_DIGEST);
    assert_eq!(Matrices::of_setup(TransferCircuit::blank()).unwrap().digest(), matrices.digest());
}
