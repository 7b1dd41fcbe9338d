//! The gadgets alone: against their native counterparts, at edge values, and on values out of range.

use ark_bls12_381::Fr;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsProjective};
use ark_ff::{Field, One, UniformRand, Zero};
use ark_relations::gr1cs::{ConstraintSystem, SynthesisError, SynthesisMode};
use tabella_protocol::{
    domain::Use,
    hash::poseidon_hash,
    jubjub::{JubjubScalar, blinding_base, spend_authority_base, value_base},
    note::NoteCommitment,
    tree::{MerklePath, Position},
};

use super::harness::rng;
use crate::{
    builder::{Builder, Result},
    gadget::{
        edwards::{Point, negative},
        fixed_base::{FixedBase, multiply_value},
        merkle::path,
        poseidon::hash,
        range::enforce_range,
    },
    linear::Linear,
    matrices::Matrices,
};

/// The outcome of a gadget: what it returned, how many constraints it cost, and whether they hold.
struct Run<T> {
    output: T,
    constraints: usize,
    satisfied: bool,
    matrices: Matrices,
    z: Vec<Fr>,
}

fn run<T>(gadget: impl Fn(&mut Builder) -> Result<T>) -> Run<T> {
    let cs = ConstraintSystem::new_ref();
    cs.set_mode(SynthesisMode::Prove { construct_matrices: true, generate_lc_assignments: false });
    let output = gadget(&mut Builder::new(cs.clone())).unwrap();
    cs.finalize();
    let matrices = Matrices::of_system(&cs).unwrap();
    let mut z = cs.instance_assignment().unwrap();
    z.extend(cs.witness_assignment().unwrap());
    let satisfied = matrices.unsatisfied(&z).next().is_none();
    Run { output, constraints: matrices.constraints(), satisfied, matrices, z }
}

impl<T> Run<T> {
    /// The witnesses that can be altered alone without a constraint noticing, but for the first `given`, which are arguments.
    fn free(&self, given: usize) -> Vec<usize> {
        let first = 1 + given;
        let altered = |column: usize, value: Fr| {
            let mut z = self.z.clone();
            z[column] = value;
            z[column] != self.z[column] && self.matrices.unsatisfied(&z).next().is_none()
        };
        let x = |column: usize| self.z[column];
        (first..self.z.len())
            .filter(|i| [x(*i) + Fr::one(), Fr::one() - x(*i), -x(*i), Fr::zero()].iter().any(|y| altered(*i, *y)))
            .collect()
    }
}

fn given(builder: &mut Builder, value: Fr) -> Result<Linear> {
    builder.witness(Some(value))
}

fn coordinates(point: &Point) -> (Fr, Fr) {
    (point.x.value().unwrap(), point.y.value().unwrap())
}

fn affine(point: impl Into<EdwardsProjective>) -> (Fr, Fr) {
    let point = point.into().into_affine();
    (point.x, point.y)
}

fn minus_one() -> Fr {
    -Fr::one()
}

fn two_to_64() -> Fr {
    Fr::from(1u128 << 64)
}

#[test]
fn poseidon_agrees_with_the_native_hash_for_every_length() {
    fn agrees<const N: usize>(constraints: usize) {
        let mut rng = rng(N as u64);
        for inputs in [[Fr::zero(); N], [Fr::one(); N], [minus_one(); N], std::array::from_fn(|_| Fr::rand(&mut rng))] {
            let run = run(|builder| {
                let inputs: Vec<_> = inputs.iter().map(|x| given(builder, *x)).collect::<Result<_>>()?;
                hash::<N>(builder, Use::Note, std::array::from_fn(|i| &inputs[i]))
            });
            assert_eq!(run.output.value(), Some(poseidon_hash(Use::Note, inputs)));
            assert!(run.satisfied);
            assert_eq!(run.constraints, constraints);
        }
    }
    agrees::<1>(237);
    agrees::<2>(240);
    agrees::<3>(294);
    agrees::<4>(297);
}

#[test]
fn poseidon_takes_constants_and_leaves_no_witness_free() {
    let run = run(|builder| {
        let x = given(builder, Fr::from(5u64))?;
        hash(builder, Use::Owner, [&Linear::constant(Fr::from(3u64)), &x])
    });
    assert_eq!(run.free(1), Vec::<usize>::new());
    assert_eq!(run.output.value(), Some(poseidon_hash(Use::Owner, [Fr::from(3u64), Fr::from(5u64)])));
    assert!(run.satisfied);
}

#[test]
fn merkle_path_leads_to_the_native_root_from_any_position() {
    let mut rng = rng(1);
    for position in [0, 1, 2, 3, 0x1234_5678, u32::MAX] {
        let children = std::array::from_fn(|_| std::array::from_fn(|_| Fr::rand(&mut rng)));
        let native = MerklePath::new(Position(position), children);
        let leaf = Fr::rand(&mut rng);
        let run = run(|builder| {
            let leaf = given(builder, leaf)?;
            path(builder, &leaf, Some(&native))
        });
        assert!(run.satisfied);
        assert_eq!(run.output.root.value(), Some(native.root(NoteCommitment::new(leaf)).element()));
        assert_eq!(run.output.position.value(), Some(Fr::from(position)));
        assert_eq!(run.constraints, 16 * 302);
    }
}

#[test]
fn range_holds_up_to_its_end_and_no_further() {
    for (value, inside) in [
        (Fr::zero(), true),
        (Fr::one(), true),
        (Fr::from(1u64 << 63), true),
        (Fr::from(u64::MAX), true),
        (two_to_64(), false),
        (two_to_64() + Fr::one(), false),
        (minus_one(), false),
        (Fr::from(2u64).inverse().unwrap(), false),
    ] {
        let run = run(|builder| {
            let x = given(builder, value)?;
            enforce_range::<64>(builder, &x)
        });
        assert_eq!(run.satisfied, inside, "{value}");
        assert_eq!(run.constraints, 65);
        assert!(!inside || run.free(0).is_empty());
    }
}

#[test]
fn fixed_base_agrees_with_the_native_multiplication() {
    let mut rng = rng(2);
    let mut scalars = vec![JubjubScalar::zero(), JubjubScalar::one(), -JubjubScalar::one()];
    scalars.extend([1u64 << 63, u64::MAX, 7, 8].map(JubjubScalar::from));
    scalars.push(JubjubScalar::from(2u64).pow([251]));
    scalars.extend((0..4).map(|_| JubjubScalar::rand(&mut rng)));
    for (table, base) in
        [(FixedBase::spend_authority(), spend_authority_base()), (FixedBase::blinding(), blinding_base())]
    {
        for scalar in &scalars {
            let run = run(|builder| table.multiply(builder, Some(*scalar)));
            assert!(run.satisfied, "{scalar}");
            assert_eq!(coordinates(&run.output), affine(*base * scalar));
            assert_eq!(run.constraints, 674);
        }
    }
}

#[test]
fn fixed_base_leaves_no_witness_free() {
    let run = run(|builder| FixedBase::blinding().multiply(builder, Some(JubjubScalar::from(12_345u64))));
    assert_eq!(run.free(0), Vec::<usize>::new());
}

#[test]
fn bases_are_of_the_prime_order() {
    for table in [FixedBase::spend_authority(), FixedBase::blinding(), FixedBase::half_value()] {
        let base = table.base();
        assert!(base.is_on_curve() && base.is_in_correct_subgroup_assuming_on_curve() && !base.is_zero());
    }
    let half = FixedBase::half_value().base();
    assert_eq!((*half + *half).into_affine(), *value_base());
}

#[test]
fn value_multiplication_proves_the_range_and_agrees_with_the_native_one() {
    let half = *FixedBase::half_value().base();
    for v in [0, 1, 2, 7, 8, 1 << 63, u64::MAX - 1, u64::MAX, 0x0123_4567_89ab_cdef] {
        let run = run(|builder| {
            let v = given(builder, Fr::from(v))?;
            multiply_value(builder, &v)
        });
        assert!(run.satisfied, "{v}");
        assert_eq!(coordinates(&run.output), affine(*value_base() * JubjubScalar::from(v) + half));
        assert_eq!(run.constraints, 193);
        assert_eq!(run.free(0), Vec::<usize>::new());
    }
}

#[test]
fn value_out_of_range_is_refused() {
    // 2v + 1 = -1, 2^65 + 1 and 0: odd, just outside, and with digits that the highest window must not have.
    let half = Fr::from(2u64).inverse().unwrap();
    for v in [two_to_64(), minus_one(), two_to_64() + Fr::one(), -half, half, Fr::from(1u128 << 65)] {
        let run = run(|builder| {
            let v = given(builder, v)?;
            multiply_value(builder, &v)
        });
        assert!(!run.satisfied, "{v}");
    }
}

#[test]
fn edwards_addition_is_complete() {
    let p = *value_base();
    // Of order 2: (0, -1).
    let small = EdwardsAffine::new_unchecked(Fr::zero(), minus_one());
    let points = [p, negative(&p), *blinding_base(), EdwardsAffine::zero(), small, (p + small).into_affine()];
    for a in &points {
        for b in &points {
            let run = run(|builder| {
                let a = Point::witness(builder, Some(a))?;
                let b_point = Point::witness(builder, Some(b))?;
                let constant = if b.is_zero() { *value_base() } else { *b };
                let sum = (EdwardsProjective::from(*a_value(&a)) + constant).into_affine();
                let sum = Point { x: given(builder, sum.x)?, y: given(builder, sum.y)? };
                a.enforce_sum_with_constant(builder, &constant, &sum)?;
                a.add(builder, &b_point)
            });
            assert!(run.satisfied, "{a} {b}");
            assert_eq!(coordinates(&run.output), affine(*a + *b));
            assert_eq!(run.constraints, 3 + 3 + 3 + 6);
        }
    }
}

fn a_value(point: &Point) -> Box<EdwardsAffine> {
    let (x, y) = coordinates(point);
    Box::new(EdwardsAffine::new_unchecked(x, y))
}

#[test]
fn point_off_the_curve_is_refused() {
    for (x, y) in [(Fr::one(), Fr::one()), (Fr::zero(), Fr::zero()), (value_base().x, value_base().y + Fr::one())] {
        let run = run(|builder| Point::witness(builder, Some(&EdwardsAffine::new_unchecked(x, y))));
        assert!(!run.satisfied);
    }
}

#[test]
fn nonzero_bit_is_right_and_its_hint_is_not_free() {
    for (x, expected) in [(Fr::zero(), Fr::zero()), (Fr::one(), Fr::one()), (minus_one(), Fr::one())] {
        let run = run(|builder| {
            let x = given(builder, x)?;
            builder.is_nonzero(&x)
        });
        assert!(run.satisfied);
        assert_eq!(run.output.value(), Some(expected));
        assert_eq!(run.free(1), Vec::<usize>::new());
    }
}

#[test]
fn conditional_nonzero_is_asked_only_under_the_condition() {
    for (condition, x, holds) in [(0, 0, true), (0, 5, true), (1, 5, true), (1, 0, false)] {
        let run = run(|builder| {
            let condition = given(builder, Fr::from(condition as u64))?;
            builder.enforce_boolean(&condition)?;
            let x = given(builder, Fr::from(x as u64))?;
            builder.enforce_nonzero_if(&condition, &x)
        });
        assert_eq!(run.satisfied, holds, "{condition} {x}");
        assert!(!holds || run.free(2).is_empty());
    }
}

// Attack 3: a constraint of constants alone says nothing, so it must be decided while building.
#[test]
fn unequal_constants_are_refused_while_building() {
    let cs = ConstraintSystem::new_ref();
    let mut builder = Builder::new(cs.clone());
    let (three, four) = (Linear::constant(Fr::from(3u64)), Linear::constant(Fr::from(4u64)));
    assert_eq!(builder.enforce_equal(&three, &four), Err(SynthesisError::Unsatisfiable));
    assert_eq!(builder.enforce_equal(&three, &three), Ok(()));
    let x = builder.witness(Some(Fr::from(7u64))).unwrap();
    assert_eq!(builder.enforce_equal(&(&x - &x), &Linear::one()), Err(SynthesisError::Unsatisfiable));
}
