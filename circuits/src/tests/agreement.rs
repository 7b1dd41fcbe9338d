//! The native relation and the matrices agree on random statements, true and false.

use ark_bls12_381::Fr;
use ark_ff::{UniformRand, Zero};
use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::RngCore};
use tabella_protocol::{
    jubjub::JubjubScalar,
    note::{AssetId, Escrow, Guard, LockCommitment, NoteCommitment, NoteValue, Nullifier, Timestamp},
    statement::{
        CastInstance, CastWitness, InputWitness, Mode, Spend, TransferInstance, TransferWitness, Window, cast, transfer,
    },
    tree::{Anchor, MerklePath, Position},
};

use super::harness::{broken, exhaustive, rng};
use crate::{
    CastCircuit, TransferCircuit,
    testing::{
        SpendKind, plant, random_cast, random_escrow, random_key, random_owner, random_rcm, random_transfer,
        transfer_kinds,
    },
};

fn coin(rng: &mut ChaCha20Rng) -> usize {
    (rng.next_u32() & 1) as usize
}

fn one_in(n: u32, rng: &mut ChaCha20Rng) -> bool {
    rng.next_u32().is_multiple_of(n)
}

/// A small or large number, or the same again.
fn other_value(value: NoteValue, rng: &mut ChaCha20Rng) -> NoteValue {
    NoteValue(match rng.next_u32() % 5 {
        0 => 0,
        1 => value.0.wrapping_add(1),
        2 => value.0.wrapping_sub(1),
        3 => u64::MAX,
        _ => rng.next_u64(),
    })
}

fn other_window(window: Window, rng: &mut ChaCha20Rng) -> Window {
    let time = |seconds| Timestamp::new(seconds).unwrap_or(Timestamp::MAX);
    let (start, end) = (window.start().seconds(), window.end().seconds());
    match rng.next_u32() % 5 {
        0 => Window::new(time(start), time(end + 2)),
        1 => Window::new(time(start.saturating_sub(2)), time(end)),
        2 => Window::new(time(start), time(start + 1)),
        3 => Window::new(time(end - 1), time(end)),
        _ => Window::new(Timestamp::ZERO, Timestamp::MAX),
    }
    .unwrap()
}

fn alter_escrow(escrow: &mut Escrow, rng: &mut ChaCha20Rng) {
    let terms = &mut escrow.contract.terms;
    match rng.next_u32() % 7 {
        0 => escrow.contract.claimant = random_owner(rng),
        1 => escrow.refund = random_owner(rng),
        2 => escrow.contract.guard = if coin(rng) == 0 { Guard::none() } else { Guard::new(Fr::rand(rng)) },
        3 => terms.burn_only = !terms.burn_only,
        4 => terms.claim_until = if coin(rng) == 0 { Timestamp::ZERO } else { Timestamp::MAX },
        5 => terms.refund_from = if coin(rng) == 0 { Timestamp::ZERO } else { Timestamp::MAX },
        _ => std::mem::swap(&mut escrow.refund, &mut escrow.contract.claimant),
    }
}

fn alter_spend(spend: &mut Spend, window: &Window, rng: &mut ChaCha20Rng) {
    *spend = match (*spend, rng.next_u32() % 3) {
        (Spend::Claim(escrow), 0) => Spend::Refund(escrow),
        (Spend::Refund(escrow), 0) => Spend::Claim(escrow),
        (Spend::Claim(_) | Spend::Refund(_), 1) => Spend::Plain,
        (Spend::Claim(mut escrow), _) => {
            alter_escrow(&mut escrow, rng);
            Spend::Claim(escrow)
        }
        (Spend::Refund(mut escrow), _) => {
            alter_escrow(&mut escrow, rng);
            Spend::Refund(escrow)
        }
        (Spend::Plain, _) => Spend::Claim(random_escrow(random_owner(rng), random_owner(rng), window, rng)),
    };
}

/// Alters what the signer knows.
fn alter_witness(witness: &mut TransferWitness, window: &Window, rng: &mut ChaCha20Rng) {
    let i = coin(rng);
    match rng.next_u32() % 13 {
        0 => witness.inputs[i].value = other_value(witness.inputs[i].value, rng),
        1 => witness.outputs[i].value = other_value(witness.outputs[i].value, rng),
        2 => witness.v = other_value(witness.v, rng),
        3 => witness.inputs[i].path = None,
        4 => witness.inputs[i] = InputWitness::dummy(witness.inputs[i].diversifier, random_rcm(rng)),
        5 => witness.inputs[1] = witness.inputs[0].clone(),
        6 => alter_spend(&mut witness.spend, window, rng),
        7 => witness.r = if coin(rng) == 0 { JubjubScalar::zero() } else { JubjubScalar::rand(rng) },
        8 => witness.asset = AssetId::new(Fr::rand(rng)),
        9 => witness.signer.ak = *random_key(rng).full_viewing_key().spend_validating_key(),
        10 => {
            // Value moves from one output to the other.
            let moved = rng.next_u64() % (witness.outputs[i].value.0 / 2 + 1);
            witness.outputs[i].value.0 -= moved;
            witness.outputs[1 - i].value.0 = witness.outputs[1 - i].value.0.wrapping_add(moved);
        }
        11 => witness.tagged = Some(random_escrow(random_owner(rng), random_owner(rng), window, rng)),
        _ => witness.outputs[i].lock = LockCommitment::new(Fr::rand(rng)),
    }
}

/// Alters what is public.
fn alter_instance(instance: &mut TransferInstance, rng: &mut ChaCha20Rng) {
    let i = coin(rng);
    let element = if coin(rng) == 0 { Fr::zero() } else { Fr::rand(rng) };
    match rng.next_u32() % 10 {
        0 => instance.anchor = Anchor::new(element),
        1 => instance.nullifiers[i] = Nullifier::new(element),
        2 => instance.nullifiers[i] = instance.nullifiers[1 - i],
        3 => instance.commitments[i] = NoteCommitment::new(element),
        4 => instance.asset_revealed = element,
        5 => instance.contract_revealed = element,
        6 => instance.mode = Mode::ALL[(rng.next_u32() % 5) as usize],
        7 => instance.reveal = !instance.reveal,
        8 => instance.level = !instance.level,
        _ => instance.window = other_window(instance.window, rng),
    }
}

fn agree_on_transfer(seed: u64) -> bool {
    let rng = &mut rng(seed);
    let kinds: Vec<_> = transfer_kinds().collect();
    let (mode, kind) = kinds[rng.next_u32() as usize % kinds.len()];
    let case = random_transfer(mode, kind, rng);
    let (mut instance, mut witness) = (case.instance, case.witness);
    for _ in 0..rng.next_u32() % 3 {
        alter_witness(&mut witness, &instance.window, rng);
    }
    if coin(rng) == 0 {
        instance.anchor = plant(&mut witness, rng);
    }
    // A statement that the altered witness would make; often true.
    let mode = if one_in(4, rng) { Mode::ALL[rng.next_u32() as usize % 5] } else { instance.mode };
    let window = if one_in(4, rng) { other_window(instance.window, rng) } else { instance.window };
    let reveal = if one_in(8, rng) { !instance.reveal } else { instance.reveal };
    instance = witness.instance(instance.anchor, mode, window, reveal);
    if one_in(3, rng) {
        alter_instance(&mut instance, rng);
    }
    let native = transfer::check(&instance, &witness);
    let broken = broken(&TransferCircuit::new(instance, witness));
    assert_eq!(native.is_ok(), broken.is_empty(), "seed {seed}, {kind:?}: {native:?} but {broken:?}");
    // The rule that the native relation names first is among those that break.
    if let Err(rule) = native {
        let rule = format!("{rule:?}");
        let named = broken.iter().any(|block| block.split(' ').any(|name| name == rule));
        assert!(named, "seed {seed}: {rule} is not among {broken:?}");
    }
    native.is_ok()
}

fn alter_cast(instance: &mut CastInstance, witness: &mut CastWitness, rng: &mut ChaCha20Rng) {
    let restate = coin(rng) == 0;
    match rng.next_u32() % 9 {
        0 => witness.value = other_value(witness.value, rng),
        1 | 2 => alter_spend(&mut witness.spend, &instance.window, rng),
        3 => witness.asset = AssetId::new(Fr::rand(rng)),
        4 => witness.path = MerklePath::new(Position(rng.next_u32()), *witness.path.children()),
        5 => instance.window = other_window(instance.window, rng),
        6 => instance.level = !instance.level,
        7 => witness.signer.alpha = JubjubScalar::rand(rng),
        _ => instance.weight = other_value(NoteValue(instance.weight), rng).0,
    }
    if restate {
        *instance = witness.instance(instance.window);
    }
}

fn agree_on_cast(seed: u64) -> bool {
    let rng = &mut rng(seed);
    let case = random_cast(SpendKind::ALL[rng.next_u32() as usize % 5], rng);
    let (mut instance, mut witness) = (case.instance, case.witness);
    for _ in 0..rng.next_u32() % 3 {
        alter_cast(&mut instance, &mut witness, rng);
    }
    let native = cast::check(&instance, &witness);
    let broken = broken(&CastCircuit::new(instance, witness));
    assert_eq!(native.is_ok(), broken.is_empty(), "seed {seed}: {native:?} but {broken:?}");
    if let Err(rule) = native {
        let rule = format!("{rule:?}");
        let named = broken.iter().any(|block| block.split(' ').any(|name| name == rule));
        assert!(named, "seed {seed}: {rule} is not among {broken:?}");
    }
    native.is_ok()
}

// So that the property does not hold for want of one kind of statement.
#[test]
fn random_statements_are_both_true_and_false() {
    let count = |of: fn(u64) -> bool| (0..40).filter(|seed| of(*seed)).count();
    for accepted in [count(agree_on_transfer), count(agree_on_cast)] {
        assert!((5..35).contains(&accepted), "{accepted} of 40");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if exhaustive() { 1_000 } else { 48 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn native_transfer_relation_and_circuit_agree(seed: u64) {
        agree_on_transfer(seed);
    }

    #[test]
    fn native_cast_relation_and_circuit_agree(seed: u64) {
        agree_on_cast(seed);
    }
}
