//! The Transfer circuit: 2 inputs, 2 outputs. Spec § 4.

use std::fmt;

use ark_bls12_381::Fr;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use tabella_protocol::{
    statement::{Mode, Statement, TransferInstance, TransferWitness},
    tree::{ARITY, DEPTH, MerklePath, Position},
};

use crate::{
    builder::{Blocks, Builder, Result},
    gadget::{
        edwards::{Point, negative},
        fixed_base::{FixedBase, multiply_value},
        merkle::path,
        range::enforce_range,
    },
    linear::Linear,
    spend::{OpenedEscrow, SignerKeys, SpendPath, note_commitment, nullifier},
};

/// The circuit, with an instance and a witness or, for setup, without. `Debug` prints nothing.
#[derive(Clone)]
pub struct TransferCircuit(Option<(TransferInstance, TransferWitness)>);

impl fmt::Debug for TransferCircuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransferCircuit(<secret>)")
    }
}

/// The public inputs as variables.
struct Public {
    anchor: Linear,
    nullifiers: [Linear; 2],
    commitments: [Linear; 2],
    rk: Point,
    value_commitment: Point,
    asset_revealed: Linear,
    contract_revealed: Linear,
    flags: Linear,
    start: Linear,
    end: Linear,
}

/// The mode as bits, of which exactly one is 1.
struct ModeBits {
    internal: Linear,
    exit: Linear,
    entry: Linear,
    tag: Linear,
    consume: Linear,
}

/// An output note as far as later rules need it.
struct Output {
    value: Linear,
    lock: Linear,
}

impl TransferCircuit {
    /// Digest of the matrices, hexadecimal: see [`crate::matrices::Matrices::digest`]. Parameters of a setup belong to it.
    pub const MATRICES_DIGEST: &'static str = "4e5dae6537143d98632d9c9dff1286cda87efc14e142f71443d5000495eca0e2";
    /// Constraints; with the 15 instance variables they fit a domain of 2^14.
    pub const CONSTRAINTS: usize = 15_250;

    /// For setup.
    #[must_use]
    pub const fn blank() -> Self {
        Self(None)
    }

    /// For proving. A witness that does not fit the instance gives an assignment that the matrices reject, or an error of
    /// synthesis: call [`tabella_protocol::statement::transfer::check`] before.
    #[must_use]
    pub const fn new(instance: TransferInstance, witness: TransferWitness) -> Self {
        Self(Some((instance, witness)))
    }

    /// Builds the constraints and tells which rule each block of them states.
    ///
    /// # Errors
    /// [`SynthesisError::AssignmentMissing`] for a blank circuit outside setup.
    pub fn synthesize(&self, cs: ConstraintSystemRef<Fr>) -> Result<Blocks> {
        let mut builder = Builder::new(cs);
        self.build(&mut builder)?;
        Ok(builder.into_blocks())
    }

    fn witness(&self) -> Option<&TransferWitness> {
        self.0.as_ref().map(|(_, witness)| witness)
    }

    fn build(&self, builder: &mut Builder) -> Result<()> {
        let witness = self.witness();
        let public = self.public(builder)?;
        let mode = self.mode(builder)?;
        let signer = SignerKeys::new(builder, witness.map(|witness| &witness.signer), &public.rk)?;
        let owners = [self.owner(builder, &signer, 0)?, self.owner(builder, &signer, 1)?];
        let spend = witness.map(|witness| &witness.spend);
        let spend = SpendPath::new(builder, spend, &owners[0], &signer.nk, [&public.start, &public.end])?;

        builder.block("flags Spend(Level)");
        let reveal = builder.boolean(self.0.as_ref().map(|(instance, _)| instance.reveal))?;
        let number = Linear::sum([(1, &mode.exit), (2, &mode.entry), (3, &mode.tag), (4, &mode.consume)].map(weigh));
        let flags = &number + &Linear::sum([(8, &reveal), (16, &spend.refund)].map(weigh));
        builder.enforce_equal(&flags, &public.flags)?;

        let asset = self.asset(builder, &public, &mode, &reveal)?;
        let values = self.inputs(builder, &public, &mode, &asset, &signer, &owners, &spend)?;
        let outputs = [self.output(builder, &public, &asset, 0)?, self.output(builder, &public, &asset, 1)?];
        self.values(builder, &public, &mode, &values, &outputs)?;
        self.contract(builder, &public, &mode, &spend, &values[0], &outputs[0])
    }

    /// The public inputs, in the order that the statement fixes.
    fn public(&self, builder: &mut Builder) -> Result<Public> {
        let values = self.0.as_ref().map(|(instance, _)| instance.public_inputs());
        let mut values =
            (0..TransferInstance::PUBLIC_INPUTS).map(|i| values.as_ref().and_then(|all| all.get(i).copied()));
        let mut next = || builder.input(values.next().flatten());
        Ok(Public {
            anchor: next()?,
            nullifiers: [next()?, next()?],
            commitments: [next()?, next()?],
            rk: Point { x: next()?, y: next()? },
            value_commitment: Point { x: next()?, y: next()? },
            asset_revealed: next()?,
            contract_revealed: next()?,
            flags: next()?,
            start: next()?,
            end: next()?,
        })
    }

    /// Five bits of which exactly one is 1: four are bits, and so is 1 less their sum.
    fn mode(&self, builder: &mut Builder) -> Result<ModeBits> {
        builder.block("mode");
        let mode = self.0.as_ref().map(|(instance, _)| instance.mode);
        let mut bit = |of: Mode| builder.boolean(mode.map(|mode| mode == of));
        let (exit, entry, tag, consume) = (bit(Mode::Exit)?, bit(Mode::Entry)?, bit(Mode::Tag)?, bit(Mode::Consume)?);
        let others = Linear::sum([&exit, &entry, &tag, &consume].map(|bit| weigh((1, bit))));
        let internal = &Linear::one() - &others;
        builder.enforce_boolean(&internal)?;
        Ok(ModeBits { internal, exit, entry, tag, consume })
    }

    fn owner(&self, builder: &mut Builder, signer: &SignerKeys, i: usize) -> Result<Linear> {
        signer.owner(builder, self.witness().map(|witness| witness.inputs[i].diversifier.element()))
    }

    /// Item 5: reveal is a bit (as a flag), asset_revealed = reveal·asset, and every mode but internal reveals.
    fn asset(&self, builder: &mut Builder, public: &Public, mode: &ModeBits, reveal: &Linear) -> Result<Linear> {
        builder.block("AssetHidden");
        builder.enforce_either_zero(&(&Linear::one() - &mode.internal), &(&Linear::one() - reveal))?;
        builder.block("AssetRevealed");
        let asset = builder.given(self.witness().map(|witness| witness.asset.element()))?;
        builder.enforce_product(reveal, &asset, &public.asset_revealed)?;
        Ok(asset)
    }

    /// Item 2, and of item 8: no dummy input produces value. Returns the inputs' values.
    ///
    /// Values need no range here: one that is not 0 is that of a note in the tree, and issue and item 3 let no other in.
    #[expect(clippy::too_many_arguments, reason = "the parts of one statement")]
    fn inputs(
        &self,
        builder: &mut Builder,
        public: &Public,
        mode: &ModeBits,
        asset: &Linear,
        signer: &SignerKeys,
        owners: &[Linear; 2],
        spend: &SpendPath,
    ) -> Result<[Linear; 2]> {
        let locks = [(&spend.lock, &spend.nullifier_key), (&owners[1], &signer.nk)];
        let mut values = Vec::with_capacity(2);
        for (i, (lock, nullifier_key)) in locks.into_iter().enumerate() {
            let input = self.witness().map(|witness| &witness.inputs[i]);
            builder.block(["commitment of input 0", "commitment of input 1"][i]);
            let value = builder.given(input.map(|input| Fr::from(input.value.0)))?;
            let cm = note_commitment(builder, asset, &value, lock, input.map(|input| input.rcm.element()))?;
            builder.block(["path of input 0", "path of input 1"][i]);
            // A path that is skipped is walked all the same, from position 0 among zeros; where it leads is not asked.
            let skipped = MerklePath::new(Position(0), [[Fr::default(); ARITY]; DEPTH]);
            let path = path(builder, &cm, input.map(|input| input.path.as_ref().unwrap_or(&skipped)))?;
            let astray = &path.root - &public.anchor;
            if i == 0 {
                builder.block("PathSkipped Anchor(0)");
                builder.enforce_either_zero(&(&Linear::one() - &mode.entry), &astray)?;
            }
            builder.block(["DummyValue(0) Anchor(0)", "DummyValue(1) Anchor(1)"][i]);
            builder.enforce_either_zero(&value, &astray)?;
            builder.block(["Nullifier(0)", "Nullifier(1)"][i]);
            let expected = nullifier(builder, nullifier_key, &cm, &path.position)?;
            builder.enforce_equal(&expected, &public.nullifiers[i])?;
            values.push(value);
        }
        builder.block("EqualNullifiers");
        builder.enforce_nonzero(&(&public.nullifiers[0] - &public.nullifiers[1]))?;
        builder.block("EscrowInEntry");
        builder.enforce_either_zero(&mode.entry, &spend.escrow)?;
        Ok(std::array::from_fn(|i| values[i].clone()))
    }

    /// Item 3: the commitment is well formed and the value is in [0, 2^64).
    fn output(&self, builder: &mut Builder, public: &Public, asset: &Linear, i: usize) -> Result<Output> {
        let output = self.witness().map(|witness| &witness.outputs[i]);
        builder.block(["range of output 0", "range of output 1"][i]);
        let value = builder.given(output.map(|output| Fr::from(output.value.0)))?;
        enforce_range::<64>(builder, &value)?;
        builder.block(["OutputCommitment(0)", "OutputCommitment(1)"][i]);
        let lock = builder.given(output.map(|output| output.lock.element()))?;
        let cm = note_commitment(builder, asset, &value, &lock, output.map(|output| output.rcm.element()))?;
        builder.enforce_equal(&cm, &public.commitments[i])?;
        Ok(Output { value, lock })
    }

    /// Item 4, but for the tagged escrow and burn_only. No sum wraps: each value is below 2^64.
    fn values(
        &self,
        builder: &mut Builder,
        public: &Public,
        mode: &ModeBits,
        inputs: &[Linear; 2],
        outputs: &[Output; 2],
    ) -> Result<()> {
        builder.block("v");
        let v = builder.witness(self.witness().map(|witness| Fr::from(witness.v.0)))?;
        // Σ in - Σ out is v in exit and consume, -v in entry, else 0.
        builder.block("Balance");
        let sign = &(&mode.exit + &mode.consume) - &mode.entry;
        let surplus = &(&inputs[0] + &inputs[1]) - &(&outputs[0].value + &outputs[1].value);
        builder.enforce_product(&sign, &v, &surplus)?;
        builder.block("TagValue");
        builder.enforce_either_zero(&mode.tag, &(&v - &outputs[0].value))?;
        // With these, the balance says that v is input 0's value.
        builder.block("ConsumeInput");
        builder.enforce_either_zero(&mode.consume, &inputs[1])?;
        builder.block("ConsumeOutput(0)");
        builder.enforce_either_zero(&mode.consume, &outputs[0].value)?;
        builder.block("ConsumeOutput(1)");
        builder.enforce_either_zero(&mode.consume, &outputs[1].value)?;
        builder.block("InternalValue");
        builder.enforce_either_zero(&mode.internal, &v)?;
        builder.block("ValueZero");
        builder.enforce_nonzero_if(&(&Linear::one() - &mode.internal), &v)?;

        builder.block("ValueCommitment");
        let value_part = multiply_value(builder, &v)?;
        let blinding = FixedBase::blinding().multiply(builder, self.witness().map(|witness| witness.r))?;
        let shifted = value_part.add(builder, &blinding)?;
        let half = negative(FixedBase::half_value().base());
        shifted.enforce_sum_with_constant(builder, &half, &public.value_commitment)?;
        builder.block("InternalCommitment");
        builder.enforce_either_zero(&mode.internal, &public.value_commitment.x)?;
        builder.enforce_either_zero(&mode.internal, &(&public.value_commitment.y - &Linear::one()))
    }

    /// Item 6, and what item 4 says of the tagged escrow and of burn_only.
    fn contract(
        &self,
        builder: &mut Builder,
        public: &Public,
        mode: &ModeBits,
        spend: &SpendPath,
        value: &Linear,
        output: &Output,
    ) -> Result<()> {
        builder.block("tagged escrow");
        let tagged = OpenedEscrow::new(builder, self.witness().map(|witness| witness.tagged.as_ref()))?;
        builder.block("TagEscrow");
        builder.enforce_either_zero(&mode.tag, &(&tagged.lock - &output.lock))?;
        builder.block("BurnOnly");
        let burn_only_claim = builder.product(&spend.claim, &spend.burn_only)?;
        builder.enforce_either_zero(&burn_only_claim, &(&Linear::one() - &mode.consume))?;
        builder.block("GuardedClaimAndTag");
        builder.enforce_either_zero(&spend.guarded, &mode.tag)?;
        builder.block("GuardedClaimOfNothing");
        builder.enforce_nonzero_if(&spend.guarded, value)?;
        builder.block("ContractRevealed");
        let claimed = builder.product(&spend.guarded, &spend.contract)?;
        builder.enforce_product(&mode.tag, &tagged.contract, &(&public.contract_revealed - &claimed))
    }
}

impl ConstraintSynthesizer<Fr> for TransferCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> std::result::Result<(), SynthesisError> {
        self.synthesize(cs).map(drop)
    }
}

fn weigh((weight, bit): (u64, &Linear)) -> (Fr, &Linear) {
    (Fr::from(weight), bit)
}
