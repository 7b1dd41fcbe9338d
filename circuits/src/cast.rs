//! The Cast circuit: 1 input, no output, public weight; always consumes. Spec § 4.

use std::fmt;

use ark_bls12_381::Fr;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use tabella_protocol::statement::{CastInstance, CastWitness, Statement};

use crate::{
    builder::{Blocks, Builder, Result},
    gadget::{edwards::Point, merkle::path},
    spend::{SignerKeys, SpendPath, note_commitment, nullifier},
};

/// The circuit, with an instance and a witness or, for setup, without. `Debug` prints nothing.
#[derive(Clone)]
pub struct CastCircuit(Option<(CastInstance, CastWitness)>);

impl fmt::Debug for CastCircuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CastCircuit(<secret>)")
    }
}

impl CastCircuit {
    /// Digest of the matrices, hexadecimal: see [`crate::matrices::Matrices::digest`]. Parameters of a setup belong to it.
    pub const MATRICES_DIGEST: &'static str = "4e56cbd92e4549e022ee25bae85f959cb7240d2b294beb02fca6138c31d75e83";
    /// Constraints; with the 11 instance variables they fit a domain of 2^13.
    pub const CONSTRAINTS: usize = 7_370;

    /// For setup.
    #[must_use]
    pub const fn blank() -> Self {
        Self(None)
    }

    /// For proving. A witness that does not fit the instance gives an assignment that the matrices reject, or an error of
    /// synthesis: call [`tabella_protocol::statement::cast::check`] before.
    #[must_use]
    pub const fn new(instance: CastInstance, witness: CastWitness) -> Self {
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

    fn build(&self, builder: &mut Builder) -> Result<()> {
        let witness = self.0.as_ref().map(|(_, witness)| witness);
        let public = self.0.as_ref().map(|(instance, _)| instance.public_inputs());
        let mut public = (0..CastInstance::PUBLIC_INPUTS).map(|i| public.as_ref().and_then(|all| all.get(i).copied()));
        let mut next = || builder.input(public.next().flatten());
        let (anchor, nf) = (next()?, next()?);
        let rk = Point { x: next()?, y: next()? };
        let (asset, contract_revealed, weight) = (next()?, next()?, next()?);
        let (level, start, end) = (next()?, next()?, next()?);

        let signer = SignerKeys::new(builder, witness.map(|witness| &witness.signer), &rk)?;
        let owner = signer.owner(builder, witness.map(|witness| witness.diversifier.element()))?;
        let spend = witness.map(|witness| &witness.spend);
        let spend = SpendPath::new(builder, spend, &owner, &signer.nk, [&start, &end])?;

        // The asset is a witness of its own, so that a false public asset is found here and not in the path.
        builder.block("AssetRevealed");
        let own_asset = builder.given(witness.map(|witness| witness.asset.element()))?;
        builder.enforce_equal(&asset, &own_asset)?;
        builder.block("Weight");
        let value = builder.given(witness.map(|witness| Fr::from(witness.value.0)))?;
        builder.enforce_equal(&weight, &value)?;
        builder.block("WeightZero");
        builder.enforce_nonzero(&weight)?;

        builder.block("commitment of the input");
        let rcm = witness.map(|witness| witness.rcm.element());
        let cm = note_commitment(builder, &own_asset, &value, &spend.lock, rcm)?;
        builder.block("path of the input");
        let path = path(builder, &cm, witness.map(|witness| &witness.path))?;
        builder.block("Anchor");
        builder.enforce_equal(&path.root, &anchor)?;
        builder.block("Nullifier");
        let expected = nullifier(builder, &spend.nullifier_key, &cm, &path.position)?;
        builder.enforce_equal(&expected, &nf)?;

        // burn_only needs nothing: a Cast always consumes.
        builder.block("Spend(Level)");
        builder.enforce_equal(&level, &spend.refund)?;
        builder.block("ContractRevealed");
        builder.enforce_product(&spend.guarded, &spend.contract, &contract_revealed)
    }
}

impl ConstraintSynthesizer<Fr> for CastCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> std::result::Result<(), SynthesisError> {
        self.synthesize(cs).map(drop)
    }
}
