//! What people do with notes, each as one transfer.

use std::fmt;

use ark_ff::Zero;
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    jubjub::JubjubScalar,
    keys::{Address, Diversifier, FullViewingKey, NullifierKey},
    note::{AssetId, Contract, Escrow, Guard, NoteValue, Terms},
    note_encryption::{Memo, NoteSeed, OutputNote},
    statement::Mode,
};

use super::{
    Blinding, BuildError, PlannedOutput, PoolSetting, SpendPath, SpendableNote, TransferPlan, UnprovenTransfer,
    plan::{build_cast, random_field, random_scalar},
};

/// Plans the transfers of one account.
#[derive(Clone, Copy, Debug)]
pub struct Payer<'a> {
    /// The account.
    pub key: &'a FullViewingKey,
    /// Where and when.
    pub setting: &'a PoolSetting,
    /// A fresh diversifier of the wallet's own ([`crate::wallet::Wallet::next_internal`]) for change and dummies.
    pub change: Diversifier,
}

/// An escrow to be made. `Debug` prints nothing.
#[derive(Clone)]
pub struct EscrowOrder {
    /// Who may claim it: an address made for this contract alone, because a claim can make its owner commitment public.
    pub claimant: Address,
    /// Until when it may be claimed, from when refunded, and whether a claim may only consume.
    pub terms: Terms,
    /// Who else must agree to a claim.
    pub guard: Guard,
    /// The maker's own diversifier for the refund: fresh, from [`crate::wallet::Wallet::next_internal`].
    pub refund: Diversifier,
    /// The amount.
    pub amount: NoteValue,
    /// For the claimant.
    pub memo: Memo,
}

impl fmt::Debug for EscrowOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EscrowOrder(<secret>)")
    }
}

/// Where the value of a claimed or refunded escrow goes, whole. `Debug` prints nothing.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "made once a transfer")]
pub enum Settlement {
    /// To an address in the same pool.
    To(Address, Memo),
    /// Out of the pool.
    Exit(Blinding),
}

impl fmt::Debug for Settlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settlement(<secret>)")
    }
}

impl Payer<'_> {
    /// Pays an amount to an address; the rest comes back.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn send(
        &self,
        inputs: Vec<SpendableNote>,
        to: Address,
        amount: NoteValue,
        memo: Memo,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        let asset = asset_of(&inputs)?;
        let output = OutputNote::plain(to, asset, amount, memo, &NoteSeed::random(rng))?;
        self.pay(
            Mode::Internal,
            inputs,
            Some(PlannedOutput { output, refund: None }),
            amount,
            JubjubScalar::zero(),
            rng,
        )
    }

    /// Merges two notes into one of the wallet's own.
    ///
    /// # Errors
    /// [`BuildError::Overflow`] above 2^64 - 1, and the other variants.
    pub fn merge(
        &self,
        inputs: Vec<SpendableNote>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        let sum = NoteValue(u64::try_from(sum(&inputs)).map_err(|_| BuildError::Overflow)?);
        self.send(inputs, self.key.incoming().address(self.change), sum, Memo::empty(), rng)
    }

    /// Takes an amount out of the pool; the rest comes back.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn exit(
        &self,
        inputs: Vec<SpendableNote>,
        amount: NoteValue,
        blinding: Blinding,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        let r = blinding.scalar(rng);
        self.pay(Mode::Exit, inputs, None, amount, r, rng)
    }

    /// Brings an amount into the pool, to an address.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn enter(
        &self,
        asset: AssetId,
        to: Address,
        amount: NoteValue,
        memo: Memo,
        blinding: Blinding,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        let output = OutputNote::plain(to, asset, amount, memo, &NoteSeed::random(rng))?;
        let plan = TransferPlan {
            setting: *self.setting,
            mode: Mode::Entry,
            asset,
            inputs: Vec::new(),
            path: SpendPath::Own,
            outputs: vec![PlannedOutput { output, refund: None }],
            v: amount,
            r: blinding.scalar(rng),
        };
        plan.build(self.key, self.change, rng)
    }

    /// Puts an amount under an escrow and sends it to the claimant; the rest comes back.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn lock(
        &self,
        inputs: Vec<SpendableNote>,
        order: EscrowOrder,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        let output = self.escrow(asset_of(&inputs)?, &order, None, rng)?;
        self.pay(Mode::Internal, inputs, Some(output), order.amount, JubjubScalar::zero(), rng)
    }

    /// The same, and commits to the amount in `C`, whose `r` the claimant is told: a tagged escrow.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn lock_tagged(
        &self,
        inputs: Vec<SpendableNote>,
        order: EscrowOrder,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        let r = random_scalar(rng);
        let output = self.escrow(asset_of(&inputs)?, &order, Some(r), rng)?;
        self.pay(Mode::Tag, inputs, Some(output), order.amount, r, rng)
    }

    /// Claims an escrow.
    ///
    /// # Errors
    /// [`BuildError::WrongPath`] unless the wallet is the claimant; [`BuildError::Transfer`] outside the terms.
    pub fn claim(
        &self,
        escrow: SpendableNote,
        settlement: Settlement,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        self.settle(escrow, SpendPath::Claim, settlement, rng)
    }

    /// Takes an escrow back.
    ///
    /// # Errors
    /// [`BuildError::WrongPath`] unless the wallet is the refund party; [`BuildError::Transfer`] outside the terms.
    pub fn refund(
        &self,
        escrow: SpendableNote,
        settlement: Settlement,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        self.settle(escrow, SpendPath::Refund, settlement, rng)
    }

    /// Uses a note up, its value hidden in `C` or public.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn consume(
        &self,
        note: SpendableNote,
        path: SpendPath,
        blinding: Blinding,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        let (asset, v) = (note.note.note().asset, note.note.note().value);
        let (inputs, r) = (vec![note], blinding.scalar(rng));
        let plan = self.plan(Mode::Consume, asset, inputs, path, Vec::new(), v, r);
        plan.build(self.key, self.change, rng)
    }

    /// Uses a right up with its weight public: the Cast shape.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn cast(
        &self,
        right: &SpendableNote,
        path: SpendPath,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        build_cast(self.setting, self.key, right, path, rng)
    }

    fn settle(
        &self,
        escrow: SpendableNote,
        path: SpendPath,
        settlement: Settlement,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        let (asset, value) = (escrow.note.note().asset, escrow.note.note().value);
        let (mode, outputs, v, r) = match settlement {
            Settlement::To(to, memo) => {
                let output = OutputNote::plain(to, asset, value, memo, &NoteSeed::random(rng))?;
                (Mode::Internal, vec![PlannedOutput { output, refund: None }], NoteValue(0), JubjubScalar::zero())
            }
            Settlement::Exit(blinding) => (Mode::Exit, Vec::new(), value, blinding.scalar(rng)),
        };
        self.plan(mode, asset, vec![escrow], path, outputs, v, r).build(self.key, self.change, rng)
    }

    /// One output at most, and change.
    fn pay(
        &self,
        mode: Mode,
        inputs: Vec<SpendableNote>,
        output: Option<PlannedOutput>,
        amount: NoteValue,
        r: JubjubScalar,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<UnprovenTransfer, BuildError> {
        let asset = asset_of(&inputs)?;
        let available = sum(&inputs);
        let change =
            available.checked_sub(u128::from(amount.0)).ok_or(BuildError::NotEnough { available, needed: amount.0 })?;
        let change = NoteValue(u64::try_from(change).map_err(|_| BuildError::Overflow)?);
        let mut outputs: Vec<_> = output.into_iter().collect();
        if change != NoteValue(0) {
            let to = self.key.incoming().address(self.change);
            let output = OutputNote::plain(to, asset, change, Memo::empty(), &NoteSeed::random(rng))?;
            outputs.push(PlannedOutput { output, refund: None });
        }
        let v = if mode == Mode::Internal { NoteValue(0) } else { amount };
        self.plan(mode, asset, inputs, SpendPath::Own, outputs, v, r).build(self.key, self.change, rng)
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a plan")]
    const fn plan(
        &self,
        mode: Mode,
        asset: AssetId,
        inputs: Vec<SpendableNote>,
        path: SpendPath,
        outputs: Vec<PlannedOutput>,
        v: NoteValue,
        r: JubjubScalar,
    ) -> TransferPlan {
        TransferPlan { setting: *self.setting, mode, asset, inputs, path, outputs, v, r }
    }

    fn escrow(
        &self,
        asset: AssetId,
        order: &EscrowOrder,
        blinding: Option<JubjubScalar>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PlannedOutput, BuildError> {
        let escrow = Escrow {
            contract: Contract { claimant: order.claimant.owner(), terms: order.terms, guard: order.guard },
            refund: self.key.incoming().owner_key().commitment(order.refund),
            nullifier_key: NullifierKey::new(random_field(rng)),
        };
        let (memo, seed) = (order.memo.clone(), NoteSeed::random(rng));
        let output = OutputNote::escrow(order.claimant, asset, order.amount, escrow, blinding, memo, &seed)?;
        Ok(PlannedOutput { output, refund: Some(order.refund) })
    }
}

impl Blinding {
    fn scalar(self, rng: &mut (impl RngCore + CryptoRng)) -> JubjubScalar {
        match self {
            Self::Random => random_scalar(rng),
            Self::Public => JubjubScalar::zero(),
        }
    }
}

fn asset_of(inputs: &[SpendableNote]) -> Result<AssetId, BuildError> {
    inputs.first().map(|input| input.note.note().asset).ok_or(BuildError::NoInput)
}

fn sum(inputs: &[SpendableNote]) -> u128 {
    inputs.iter().map(|input| u128::from(input.note.note().value.0)).sum()
}
