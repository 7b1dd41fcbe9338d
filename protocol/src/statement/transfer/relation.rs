//! The Transfer relation in plain Rust. Each rule has the name that it also bears in the circuit and in its negative test.

use ark_ff::Zero;
use thiserror::Error;

use super::{Mode, TransferInstance, TransferWitness, value_commitment};
use crate::{
    jubjub::JubjubPoint,
    note::NoteValue,
    statement::{Spend, SpendError},
};

/// A rule of the Transfer relation that does not hold. Spec § 4.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TransferRelationError {
    /// Item 1: `rk = ak + α·G`.
    #[error("rk is not the randomised ak")]
    RandomizedKey,
    /// Item 2: the input's path leads to the anchor.
    #[error("the path of input {0} does not lead to the anchor")]
    Anchor(usize),
    /// Item 2: input 0 may skip its path only in mode entry.
    #[error("input 0 skips its path outside mode entry")]
    PathSkipped,
    /// Items 2 and 8: an input that skips its path has value 0.
    #[error("input {0} skips its path and has value")]
    DummyValue(usize),
    /// Item 2: the nullifier is that of the note.
    #[error("the nullifier of input {0} is not that of its note")]
    Nullifier(usize),
    /// Item 2: the nullifiers differ.
    #[error("both inputs have the same nullifier")]
    EqualNullifiers,
    /// Items 2 and 7: the conditions of the chosen path of an escrow, and the level.
    #[error(transparent)]
    Spend(#[from] SpendError),
    /// Item 2: in mode entry input 0 is plain.
    #[error("input 0 is an escrow in mode entry")]
    EscrowInEntry,
    /// Item 3: the output's commitment is well formed.
    #[error("the commitment of output {0} is not that of its note")]
    OutputCommitment(usize),
    /// Item 4: the values balance as the mode says.
    #[error("inputs and outputs do not balance")]
    Balance,
    /// Item 4: mode tag: v is output 0's value.
    #[error("v is not the value of the tagged output")]
    TagValue,
    /// Item 4: mode tag: output 0 is an escrow note.
    #[error("the tagged output is not the escrow that is opened")]
    TagEscrow,
    /// Item 4: mode consume: input 1 is 0.
    #[error("input 1 has value in mode consume")]
    ConsumeInput,
    /// Item 4: mode consume: both outputs are 0.
    #[error("output {0} has value in mode consume")]
    ConsumeOutput(usize),
    /// Item 4: mode internal: v = 0.
    #[error("v is not 0 in mode internal")]
    InternalValue,
    /// Item 4: v != 0 unless internal.
    #[error("v is 0 outside mode internal")]
    ValueZero,
    /// Item 4: `C = v·V + r·R`.
    #[error("C does not commit to v")]
    ValueCommitment,
    /// Item 4: mode internal: C is the identity.
    #[error("C is not the identity in mode internal")]
    InternalCommitment,
    /// Item 4: burn_only implies consume on the claim path.
    #[error("a burn_only escrow is claimed outside mode consume")]
    BurnOnly,
    /// Item 5: every mode but internal reveals the asset.
    #[error("the asset is hidden outside mode internal")]
    AssetHidden,
    /// Item 5: `asset_revealed = reveal·asset`.
    #[error("the revealed asset is not that of the notes")]
    AssetRevealed,
    /// Item 6: `contract_revealed = sel·contract(input 0) + tag·contract(output 0)`.
    #[error("the revealed contract is not the one that is claimed or tagged")]
    ContractRevealed,
    /// Item 6: `sel·tag = 0`.
    #[error("a guarded claim and a tag are in one transfer")]
    GuardedClaimAndTag,
    /// Item 6: a guarded claim is of a note that has value (a note of value 0 has no meaning anywhere).
    #[error("a guarded claim of a note of value 0")]
    GuardedClaimOfNothing,
}

/// Whether the witness proves the instance.
///
/// # Errors
/// [`TransferRelationError`] names the first rule that does not hold.
pub fn check(instance: &TransferInstance, witness: &TransferWitness) -> Result<(), TransferRelationError> {
    use TransferRelationError as Error;
    if instance.rk != witness.signer.randomized_key() {
        return Err(Error::RandomizedKey);
    }
    check_inputs(instance, witness)?;
    for (i, output) in witness.outputs.iter().enumerate() {
        if instance.commitments[i] != output.commitment(witness.asset) {
            return Err(Error::OutputCommitment(i));
        }
    }
    check_values(instance, witness)?;
    if instance.mode != Mode::Consume && witness.spend.is_burn_only_claim() {
        return Err(Error::BurnOnly);
    }
    if instance.mode != Mode::Internal && !instance.reveal {
        return Err(Error::AssetHidden);
    }
    let asset_is_right = match instance.reveal {
        true => instance.asset_revealed == witness.asset.element(),
        false => instance.asset_revealed.is_zero(),
    };
    if !asset_is_right {
        return Err(Error::AssetRevealed);
    }
    check_contract(instance, witness)
}

fn check_inputs(instance: &TransferInstance, witness: &TransferWitness) -> Result<(), TransferRelationError> {
    use TransferRelationError as Error;
    for (i, input) in witness.inputs.iter().enumerate() {
        let spent = witness.spent(i);
        // A path that leads elsewhere counts as skipped; the errors tell a mistake from a dummy.
        let leads = input.path.as_ref().is_some_and(|path| path.root(spent.commitment) == instance.anchor);
        let may_skip = i == 1 || instance.mode == Mode::Entry;
        if !leads && (!may_skip || input.value != NoteValue(0)) {
            return Err(match input.path {
                Some(_) => Error::Anchor(i),
                None if !may_skip => Error::PathSkipped,
                None => Error::DummyValue(i),
            });
        }
        if instance.nullifiers[i] != spent.nullifier {
            return Err(Error::Nullifier(i));
        }
    }
    if instance.nullifiers[0] == instance.nullifiers[1] {
        return Err(Error::EqualNullifiers);
    }
    if instance.mode == Mode::Entry && witness.spend != Spend::Plain {
        return Err(Error::EscrowInEntry);
    }
    let owner = witness.signer.owner(witness.inputs[0].diversifier);
    witness.spend.check(owner, &instance.window, instance.level)?;
    Ok(())
}

fn check_values(instance: &TransferInstance, witness: &TransferWitness) -> Result<(), TransferRelationError> {
    use TransferRelationError as Error;
    let sum = |values: [NoteValue; 2]| u128::from(values[0].0) + u128::from(values[1].0);
    let inputs = sum([witness.inputs[0].value, witness.inputs[1].value]);
    let outputs = sum([witness.outputs[0].value, witness.outputs[1].value]);
    let v = u128::from(witness.v.0);
    let balanced = match instance.mode {
        Mode::Internal | Mode::Tag => inputs == outputs,
        Mode::Exit | Mode::Consume => inputs == outputs + v,
        Mode::Entry => inputs + v == outputs,
    };
    if !balanced {
        return Err(Error::Balance);
    }
    match instance.mode {
        Mode::Internal if v != 0 => return Err(Error::InternalValue),
        Mode::Internal if instance.value_commitment != JubjubPoint::identity() => {
            return Err(Error::InternalCommitment);
        }
        Mode::Internal | Mode::Exit | Mode::Entry => {}
        Mode::Tag => {
            if witness.v != witness.outputs[0].value {
                return Err(Error::TagValue);
            }
            if witness.tagged.is_none_or(|escrow| escrow.lock_commitment() != witness.outputs[0].lock) {
                return Err(Error::TagEscrow);
            }
        }
        Mode::Consume => {
            if witness.inputs[1].value != NoteValue(0) {
                return Err(Error::ConsumeInput);
            }
            if let Some(i) = witness.outputs.iter().position(|output| output.value != NoteValue(0)) {
                return Err(Error::ConsumeOutput(i));
            }
        }
    }
    if instance.mode != Mode::Internal && v == 0 {
        return Err(Error::ValueZero);
    }
    if instance.value_commitment != value_commitment(witness.v, witness.r) {
        return Err(Error::ValueCommitment);
    }
    Ok(())
}

fn check_contract(instance: &TransferInstance, witness: &TransferWitness) -> Result<(), TransferRelationError> {
    use TransferRelationError as Error;
    if witness.spend.is_guarded_claim() {
        if instance.mode == Mode::Tag {
            return Err(Error::GuardedClaimAndTag);
        }
        if witness.inputs[0].value == NoteValue(0) {
            return Err(Error::GuardedClaimOfNothing);
        }
    }
    if instance.contract_revealed != witness.contract_revealed(instance.mode) {
        return Err(Error::ContractRevealed);
    }
    Ok(())
}
