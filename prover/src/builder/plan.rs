//! One transfer: from notes and outputs to its effects and witness.

use std::fmt;

use ark_bls12_381::Fr;
use ark_ff::{PrimeField, Zero};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    jubjub::JubjubScalar,
    keys::{Diversifier, FullViewingKey},
    note::{AssetId, Contract, Escrow, Lock, NoteCommitmentTrapdoor, NoteValue},
    note_encryption::{EncryptionError, Memo, NoteCiphertext, NoteSeed, OutputNote},
    secret::Secret,
    statement::{
        self, CastRelationError, CastWitness, InputWitness, Mode, OutputWitness, Signer, Spend, TransferRelationError,
        TransferWitness,
    },
    transaction::{TransferEffects, TransferStatement},
    tree::MerklePath,
};
use thiserror::Error;
use zeroize::Zeroizing;

use super::PoolSetting;
use crate::wallet::{Ownership, ReceivedNote};

/// A note with its path to the setting's anchor. `Debug` prints the note's place only.
#[derive(Clone)]
pub struct SpendableNote {
    /// The note.
    pub note: ReceivedNote,
    /// The path.
    pub path: MerklePath,
}

impl fmt::Debug for SpendableNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpendableNote").field("note", &self.note).finish_non_exhaustive()
    }
}

/// How input 0 is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpendPath {
    /// As the owner of a plain note.
    Own,
    /// As the claimant of an escrow.
    Claim,
    /// As the refund party of an escrow.
    Refund,
}

/// How `C = v·V + r·R` is blinded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blinding {
    /// By a random `r`: the bridge carries the amount on.
    Random,
    /// By `r = 0`: the amount is public.
    Public,
}

/// An output with what only its sender needs to know.
#[derive(Clone, Debug)]
pub struct PlannedOutput {
    /// The output.
    pub output: OutputNote,
    /// The sender's own diversifier if the output is an escrow that it may take back.
    pub refund: Option<Diversifier>,
}

/// Everything that decides a Transfer. Missing inputs and outputs are filled up with notes of value 0. `Debug` prints nothing.
#[derive(Clone)]
pub struct TransferPlan {
    /// Where and when.
    pub setting: PoolSetting,
    /// What it does with value.
    pub mode: Mode,
    /// The one asset of all its notes.
    pub asset: AssetId,
    /// At most two notes; the second is plain.
    pub inputs: Vec<SpendableNote>,
    /// How the first is spent.
    pub path: SpendPath,
    /// At most two outputs.
    pub outputs: Vec<PlannedOutput>,
    /// What leaves, enters, is consumed or tagged; 0 in mode internal.
    pub v: NoteValue,
    /// `r` of `C`; 0 in mode internal.
    pub r: JubjubScalar,
}

impl fmt::Debug for TransferPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransferPlan(<secret>)")
    }
}

/// Why a transfer cannot be built.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A note of another pool.
    #[error("input {0} is in another pool")]
    Pool(usize),
    /// A note of another asset.
    #[error("input {0} is of another asset")]
    Asset(usize),
    /// More notes than the shape takes.
    #[error("a transfer has at most two inputs and two outputs")]
    TooMany,
    /// No note where one is needed.
    #[error("there is no note to spend")]
    NoInput,
    /// The second input is an escrow.
    #[error("only the first input may be an escrow")]
    SecondInputNotPlain,
    /// The wallet is not the party that the path needs.
    #[error("the wallet cannot spend this note on this path")]
    WrongPath,
    /// The inputs do not suffice.
    #[error("the notes hold {available} and {needed} is needed")]
    NotEnough {
        /// The inputs' sum.
        available: u128,
        /// The amount.
        needed: u64,
    },
    /// The change does not fit a note.
    #[error("the sum of the notes is more than a note can hold")]
    Overflow,
    /// An escrow's refund party is not the sender's address at the diversifier given.
    #[error("output {0}: the refund party is not the sender's address at this diversifier")]
    RefundDiversifier(usize),
    /// An output cannot be encrypted.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// The Transfer relation does not hold.
    #[error("this transfer cannot be proved: {0}")]
    Transfer(#[from] TransferRelationError),
    /// The Cast relation does not hold.
    #[error("this cast cannot be proved: {0}")]
    Cast(#[from] CastRelationError),
}

/// The opening of a transfer's `C`, for the application that carries the amount on. `Debug` prints nothing.
#[derive(Clone)]
pub struct ValueOpening {
    /// `v`.
    pub v: NoteValue,
    /// `r`.
    pub r: Secret<JubjubScalar>,
}

impl fmt::Debug for ValueOpening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ValueOpening(<secret>)")
    }
}

/// A transfer whose witness satisfies the relation, not yet part of a transaction.
#[derive(Clone)]
pub struct UnprovenTransfer {
    effects: TransferEffects,
    pub(super) witness: Witness,
}

/// The private side of either shape.
#[derive(Clone)]
pub(super) enum Witness {
    Transfer(Box<TransferWitness>),
    Cast(Box<CastWitness>),
}

impl Witness {
    pub(super) fn alpha(&self) -> JubjubScalar {
        match self {
            Self::Transfer(witness) => witness.signer.alpha,
            Self::Cast(witness) => witness.signer.alpha,
        }
    }
}

impl UnprovenTransfer {
    /// Its public effects.
    #[must_use]
    pub const fn effects(&self) -> &TransferEffects {
        &self.effects
    }

    /// The opening of its `C`; a Cast has none.
    #[must_use]
    pub fn opening(&self) -> Option<ValueOpening> {
        match &self.witness {
            Witness::Transfer(witness) => Some(ValueOpening { v: witness.v, r: Secret::new(witness.r) }),
            Witness::Cast(_) => None,
        }
    }

    pub(super) fn into_parts(self) -> (TransferEffects, Witness) {
        (self.effects, self.witness)
    }
}

impl fmt::Debug for UnprovenTransfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnprovenTransfer").field("effects", &self.effects).finish_non_exhaustive()
    }
}

impl TransferPlan {
    /// Fills up, encrypts, and checks the relation. `own` is a fresh diversifier of the wallet's for dummies.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(
        mut self,
        key: &FullViewingKey,
        own: Diversifier,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        if self.inputs.len() > 2 || self.outputs.len() > 2 {
            return Err(BuildError::TooMany);
        }
        for (i, input) in self.inputs.iter().enumerate() {
            check_input(&self.setting, self.asset, i, &input.note)?;
        }
        while self.outputs.len() < 2 {
            let seed = NoteSeed::random(rng);
            let to = key.incoming().address(own);
            let output = OutputNote::plain(to, self.asset, NoteValue(0), Memo::empty(), &seed)?;
            self.outputs.push(PlannedOutput { output, refund: None });
        }
        let (spend, first) = match self.inputs.first() {
            Some(input) => spend_of(&input.note, self.path)?,
            None => (Spend::Plain, own),
        };
        let second = match self.inputs.get(1).map(|input| *input.note.ownership()) {
            Some(Ownership::Plain(diversifier)) => diversifier,
            Some(Ownership::Escrow { .. }) => return Err(BuildError::SecondInputNotPlain),
            None => own,
        };
        let mut input = |i: usize, diversifier| match self.inputs.get(i) {
            Some(SpendableNote { note, path }) => {
                InputWitness { value: note.note().value, diversifier, rcm: note.note().rcm, path: Some(path.clone()) }
            }
            None => InputWitness::dummy(diversifier, NoteCommitmentTrapdoor::new(random_field(rng))),
        };
        let inputs = [input(0, first), input(1, second)];
        let [output_0, output_1] = self.outputs.as_slice() else { return Err(BuildError::TooMany) };
        let tagged = match (self.mode, &output_0.output.note().lock) {
            (Mode::Tag, Lock::Escrow(escrow)) => Some(*escrow),
            _ => None,
        };
        let witness = TransferWitness {
            signer: signer(key, rng),
            asset: self.asset,
            inputs,
            spend,
            outputs: [OutputWitness::of(output_0.output.note()), OutputWitness::of(output_1.output.note())],
            tagged,
            v: self.v,
            r: self.r,
        };
        let reveal = self.setting.reveal || self.mode != Mode::Internal;
        let instance = witness.instance(self.setting.anchor, self.mode, self.setting.window, reveal);
        statement::transfer::check(&instance, &witness)?;
        let contract = revealed(&spend).or_else(|| tagged.map(|escrow| escrow.contract));
        let ciphertexts = match self.mode {
            Mode::Consume => Vec::new(),
            _ => encrypt(key, &self.outputs)?,
        };
        let effects = TransferEffects {
            pool: self.setting.pool,
            verifying_key: self.setting.transfer_key,
            statement: TransferStatement::Transfer { instance, ciphertexts },
            contract,
        };
        Ok(UnprovenTransfer { effects, witness: Witness::Transfer(Box::new(witness)) })
    }
}

/// A Cast of a right: own, delegated (claim) or overridden (refund).
pub(super) fn build_cast(
    setting: &PoolSetting,
    key: &FullViewingKey,
    right: &SpendableNote,
    path: SpendPath,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<UnprovenTransfer, BuildError> {
    let note = right.note.note();
    check_input(setting, note.asset, 0, &right.note)?;
    let (spend, diversifier) = spend_of(&right.note, path)?;
    let witness = CastWitness {
        signer: signer(key, rng),
        asset: note.asset,
        value: note.value,
        diversifier,
        rcm: note.rcm,
        path: right.path.clone(),
        spend,
    };
    // The setting's anchor, not the path's root: a path to an older root must be noticed here.
    let mut instance = witness.instance(setting.window);
    instance.anchor = setting.anchor;
    statement::cast::check(&instance, &witness)?;
    let effects = TransferEffects {
        pool: setting.pool,
        verifying_key: setting.cast_key,
        statement: TransferStatement::Cast(instance),
        contract: revealed(&spend),
    };
    Ok(UnprovenTransfer { effects, witness: Witness::Cast(Box::new(witness)) })
}

fn check_input(setting: &PoolSetting, asset: AssetId, i: usize, note: &ReceivedNote) -> Result<(), BuildError> {
    if note.pool() != setting.pool {
        return Err(BuildError::Pool(i));
    }
    if note.note().asset != asset {
        return Err(BuildError::Asset(i));
    }
    Ok(())
}

/// How a note is spent on a path, and the diversifier of the wallet's part in it.
fn spend_of(note: &ReceivedNote, path: SpendPath) -> Result<(Spend, Diversifier), BuildError> {
    match (path, note.ownership(), &note.note().lock) {
        (SpendPath::Own, Ownership::Plain(diversifier), _) => Ok((Spend::Plain, *diversifier)),
        (SpendPath::Claim, Ownership::Escrow { claim: Some(diversifier), .. }, Lock::Escrow(escrow)) => {
            Ok((Spend::Claim(*escrow), *diversifier))
        }
        (SpendPath::Refund, Ownership::Escrow { refund: Some(diversifier), .. }, Lock::Escrow(escrow)) => {
            Ok((Spend::Refund(*escrow), *diversifier))
        }
        _ => Err(BuildError::WrongPath),
    }
}

/// The contract of a guarded claim, which is revealed.
fn revealed(spend: &Spend) -> Option<Contract> {
    spend.escrow().filter(|_| spend.is_guarded_claim()).map(|Escrow { contract, .. }| *contract)
}

fn encrypt(key: &FullViewingKey, outputs: &[PlannedOutput]) -> Result<Vec<NoteCiphertext>, BuildError> {
    let ciphertexts = outputs.iter().enumerate().map(|(i, PlannedOutput { output, refund })| {
        if let Some(diversifier) = refund {
            let own = key.incoming().owner_key().commitment(*diversifier);
            match &output.note().lock {
                Lock::Escrow(escrow) if escrow.refund == own => {}
                _ => return Err(BuildError::RefundDiversifier(i)),
            }
        }
        Ok(output.encrypt(key.outgoing(), *refund))
    });
    ciphertexts.collect()
}

fn signer(key: &FullViewingKey, rng: &mut (impl RngCore + CryptoRng)) -> Signer {
    Signer { ak: *key.spend_validating_key(), nk: key.nullifier_key(), alpha: random_scalar(rng) }
}

/// A uniform scalar, never 0: `α = 0` would show `ak`.
pub(super) fn random_scalar(rng: &mut (impl RngCore + CryptoRng)) -> JubjubScalar {
    loop {
        let mut bytes = Zeroizing::new([0; 64]);
        rng.fill_bytes(bytes.as_mut_slice());
        let scalar = JubjubScalar::from_le_bytes_mod_order(bytes.as_slice());
        if !scalar.is_zero() {
            return scalar;
        }
    }
}

pub(super) fn random_field(rng: &mut (impl RngCore + CryptoRng)) -> Fr {
    let mut bytes = Zeroizing::new([0; 64]);
    rng.fill_bytes(bytes.as_mut_slice());
    Fr::from_le_bytes_mod_order(bytes.as_slice())
}
