//! Where an action stands: its transaction, the transfers that it may use, and what remains to be verified.

use std::collections::{BTreeMap, BTreeSet};

use ark_ed_on_bls12_381::EdwardsProjective;
use tabella_protocol::{
    asset::AssetClass,
    bridge::{BridgeProof, BridgeStatement},
    jubjub::{JubjubPoint, JubjubScalar, value_base},
    note::{AssetId, Contract, NoteCommitment, NoteValue, Nullifier, Timestamp},
    ristretto::Element,
    statement::{Mode, Window},
    transaction::{ApplicationId, LedgerId, PoolId, TransactionDigest, TransferEffects, TransferStatement},
    transcript::ProofContext,
};
use thiserror::Error;

use super::Applications;
use crate::{
    obligations::{BridgeObligation, Obligations},
    range::RangeObligation,
    sigma::Equation,
    turnstile::Flows,
};

/// Why an action cannot use a transfer.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum UseError {
    /// It names a transfer that the transaction does not have.
    #[error("the transaction has no transfer {0}")]
    NoSuchTransfer(u32),
    /// Another use of the same transfer, by this action or another.
    #[error("transfer {0} is used already")]
    Used(u32),
    /// The transfer does something else with value.
    #[error("transfer {transfer} is not in mode {expected:?}")]
    Mode {
        /// The transfer.
        transfer: u32,
        /// What the application needs.
        expected: Mode,
    },
    /// The transfer is of another asset.
    #[error("transfer {0} is of another asset")]
    Asset(u32),
    /// The amount is not the one in C, or C is blinded.
    #[error("the value commitment of transfer {0} is not that of the public amount, unblinded")]
    Amount(u32),
    /// A hidden amount where only a public one or a bridge will do.
    #[error("the amount of transfer {0} is public or crosses a bridge: nothing enters a pool on credit")]
    Deferred(u32),
    /// An asset that another application governs.
    #[error("transfer {0}: another application decides how this asset moves")]
    Governed(u32),
    /// An asset that exists already, or that another application governs.
    #[error("asset {0} exists already, or is in the hands of an application")]
    NotNew(AssetId),
    /// A Cast has no C to bridge.
    #[error("transfer {0} has no value commitment: its amount is public")]
    NoCommitment(u32),
}

/// A transfer that an action uses: its effects, verified as far as the pool's rules go. Its proof is an obligation.
#[derive(Clone, Copy, Debug)]
pub struct UsedTransfer<'a> {
    effects: &'a TransferEffects,
}

impl<'a> UsedTransfer<'a> {
    /// The pool.
    #[must_use]
    pub const fn pool(&self) -> PoolId {
        self.effects.pool
    }

    /// The opening of the contract that it reveals: of the tagged escrow, or of the guarded escrow that it claims.
    #[must_use]
    pub const fn contract(&self) -> Option<&'a Contract> {
        self.effects.contract.as_ref()
    }

    /// The nullifier of input 0.
    #[must_use]
    pub fn nullifier(&self) -> Nullifier {
        match &self.effects.statement {
            TransferStatement::Transfer { instance, .. } => instance.nullifiers[0],
            TransferStatement::Cast(instance) => instance.nullifier,
        }
    }

    /// The commitment of output 0: in mode tag, the tagged escrow. `None` of what is consumed.
    #[must_use]
    pub fn output(&self) -> Option<NoteCommitment> {
        match &self.effects.statement {
            TransferStatement::Transfer { instance, .. } if instance.mode != Mode::Consume => {
                Some(instance.commitments[0])
            }
            _ => None,
        }
    }

    /// `C`; a Cast has none.
    #[must_use]
    pub const fn value_commitment(&self) -> Option<JubjubPoint> {
        match &self.effects.statement {
            TransferStatement::Transfer { instance, .. } => Some(instance.value_commitment),
            TransferStatement::Cast(_) => None,
        }
    }

    /// When it may be accepted.
    #[must_use]
    pub const fn window(&self) -> &'a Window {
        self.effects.window()
    }

    /// Whether the maker of an escrow takes it back (refund path).
    #[must_use]
    pub const fn is_refund(&self) -> bool {
        match &self.effects.statement {
            TransferStatement::Transfer { instance, .. } => instance.level,
            TransferStatement::Cast(instance) => instance.level,
        }
    }

    const fn mode(&self) -> Mode {
        match &self.effects.statement {
            TransferStatement::Transfer { instance, .. } => instance.mode,
            TransferStatement::Cast(_) => Mode::Consume,
        }
    }

    /// The asset that it reveals.
    fn asset(&self) -> Option<AssetId> {
        match &self.effects.statement {
            TransferStatement::Transfer { instance, .. } => {
                instance.reveal.then(|| AssetId::new(instance.asset_revealed))
            }
            TransferStatement::Cast(instance) => Some(instance.asset),
        }
    }

    fn holds(&self, amount: NoteValue) -> bool {
        match &self.effects.statement {
            TransferStatement::Transfer { instance, .. } => {
                let commitment: EdwardsProjective = *value_base() * JubjubScalar::from(amount.0);
                amount.0 != 0 && JubjubPoint::new(commitment) == instance.value_commitment
            }
            TransferStatement::Cast(instance) => amount.0 != 0 && instance.weight == amount.0,
        }
    }
}

/// A commitment that an action adds to a pool.
pub(crate) type Minted = (AssetClass, NoteCommitment);

/// What a transaction does to assets that are in the hands of applications.
#[derive(Debug, Default)]
pub(crate) struct Governed {
    /// Taken over in this transaction.
    taken: BTreeMap<[u8; 32], ApplicationId>,
    /// Units that may be issued, and must be.
    allowed: BTreeMap<[u8; 32], u128>,
    /// What this transaction issues.
    issued: BTreeSet<[u8; 32]>,
}

impl Governed {
    /// Whether all that was allowed was issued.
    pub(crate) fn is_settled(&self) -> bool {
        self.allowed.is_empty()
    }
}

/// Where an action stands.
#[derive(Debug)]
pub struct Place<'a> {
    pub(crate) ledger: LedgerId,
    pub(crate) digest: TransactionDigest,
    pub(crate) time: Timestamp,
    pub(crate) transfers: &'a [TransferEffects],
    pub(crate) applications: &'a Applications,
    /// The application whose action is being checked.
    pub(crate) application: ApplicationId,
    /// Index of the action that is being checked.
    pub(crate) action: usize,
    /// Index of the entry under which obligations are pushed.
    pub(crate) entry: u64,
    pub(crate) used: Vec<bool>,
    pub(crate) minted: Vec<Minted>,
    pub(crate) governed: Governed,
    pub(crate) flows: Flows,
    pub(crate) obligations: Obligations,
}

impl<'a> Place<'a> {
    /// The ledger.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The transaction's digest: what keys sign. It covers all transfers and all bodies of actions.
    #[must_use]
    pub const fn digest(&self) -> TransactionDigest {
        self.digest
    }

    /// Time of the block.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// Index of the action in its transaction.
    #[must_use]
    pub const fn action(&self) -> usize {
        self.action
    }

    /// What every proof of this action absorbs.
    #[must_use]
    pub fn context(&self) -> ProofContext {
        let index = u32::try_from(self.action).unwrap_or(u32::MAX);
        ProofContext { ledger: self.ledger, digest: self.digest, index }
    }

    /// The class of an asset that is on the ledger.
    #[must_use]
    pub fn class_of(&self, asset: &AssetId) -> Option<AssetClass> {
        self.applications.class_of(asset)
    }

    /// Whether some application freezes an asset. Transfers of it are refused already; whoever keeps balances of it asks here.
    /// What an action of the same transaction freezes does not count yet.
    #[must_use]
    pub fn is_frozen(&self, asset: &AssetId) -> bool {
        self.applications.is_frozen(asset, self.time)
    }

    /// Uses a transfer whose amount is public: `C = amount·V`, or a Cast of this weight. This action is the only one that does.
    ///
    /// # Errors
    /// [`UseError`].
    pub fn use_public(
        &mut self,
        transfer: u32,
        mode: Mode,
        asset: AssetId,
        amount: NoteValue,
    ) -> Result<UsedTransfer<'a>, UseError> {
        let used = self.find(transfer, mode, asset)?;
        if !used.holds(amount) {
            return Err(UseError::Amount(transfer));
        }
        match mode {
            Mode::Entry => self.flows.enter(asset, amount),
            Mode::Exit | Mode::Consume => self.flows.leave(asset, amount),
            Mode::Internal | Mode::Tag => {}
        }
        self.mark(transfer);
        Ok(used)
    }

    /// Uses a transfer whose amount crosses the bridge to `commitment` on Ristretto. The amount is from 1 to 2^64 - 1.
    ///
    /// # Errors
    /// [`UseError`]; the bridge is verified later.
    pub fn use_bridged(
        &mut self,
        transfer: u32,
        mode: Mode,
        asset: AssetId,
        commitment: Element,
        proof: BridgeProof,
    ) -> Result<UsedTransfer<'a>, UseError> {
        let used = self.find(transfer, mode, asset)?;
        let jubjub = used.value_commitment().ok_or(UseError::NoCommitment(transfer))?;
        self.cross_hidden(mode, asset);
        self.mark(transfer);
        self.push_bridge(BridgeStatement::of_one(jubjub, commitment), proof);
        Ok(used)
    }

    /// Uses a transfer whose `C` the application keeps, to bridge it later, alone or in a sum. Nothing enters a pool so.
    ///
    /// # Errors
    /// [`UseError`]; [`UseError::Deferred`] in mode entry.
    pub fn use_deferred(
        &mut self,
        transfer: u32,
        mode: Mode,
        asset: AssetId,
    ) -> Result<(UsedTransfer<'a>, JubjubPoint), UseError> {
        if mode == Mode::Entry {
            return Err(UseError::Deferred(transfer));
        }
        let used = self.find(transfer, mode, asset)?;
        let jubjub = used.value_commitment().ok_or(UseError::NoCommitment(transfer))?;
        self.cross_hidden(mode, asset);
        self.mark(transfer);
        Ok((used, jubjub))
    }

    /// Takes an asset over that does not exist yet: from now on [`super::Application::governs`] says so.
    ///
    /// # Errors
    /// [`UseError::NotNew`] if some of it was issued, be it in this transaction, or if an application governs it.
    pub fn govern(&mut self, asset: AssetId) -> Result<(), UseError> {
        if self.class_of(&asset).is_some()
            || self.governor(&asset).is_some()
            || self.governed.issued.contains(&asset.to_bytes())
        {
            return Err(UseError::NotNew(asset));
        }
        self.governed.taken.insert(asset.to_bytes(), self.application);
        Ok(())
    }

    /// Allows so many units of an asset that the application governs to be issued: by a later action of this transaction, or
    /// else the transaction is refused.
    ///
    /// # Errors
    /// [`UseError::NotNew`] of an asset that the application does not govern.
    pub fn allow_issue(&mut self, asset: AssetId, units: NoteValue) -> Result<(), UseError> {
        if self.governor(&asset) != Some(self.application) {
            return Err(UseError::NotNew(asset));
        }
        let allowed = self.governed.allowed.entry(asset.to_bytes()).or_default();
        *allowed = allowed.saturating_add(u128::from(units.0));
        Ok(())
    }

    /// Whether an issue of so many units is allowed: of an asset that is in nobody's hands always.
    pub(crate) fn may_issue(&mut self, asset: AssetId, units: u128) -> bool {
        self.governed.issued.insert(asset.to_bytes());
        if self.governor(&asset).is_none() {
            return true;
        }
        // Exactly what was allowed; a seal without notes needs no leave.
        self.governed.allowed.remove(&asset.to_bytes()).unwrap_or(0) == units
    }

    fn governor(&self, asset: &AssetId) -> Option<ApplicationId> {
        self.governed.taken.get(&asset.to_bytes()).copied().or_else(|| self.applications.governor(asset))
    }

    /// A bridge to be verified. Every commitment on Jubjub in it is the `C` of a transfer that was used by the application.
    pub fn push_bridge(&mut self, statement: BridgeStatement, proof: BridgeProof) {
        self.obligations.push_bridge(self.entry, BridgeObligation { context: self.context(), statement, proof });
    }

    /// A range proof to be verified.
    pub fn push_range(&mut self, range: RangeObligation) {
        self.obligations.push_range(self.entry, range);
    }

    /// An equation of a sigma proof to be verified; its challenge was computed from [`Place::context`] and the statement.
    pub fn push_equation(&mut self, equation: Equation) {
        self.obligations.push_equation(self.entry, equation);
    }

    /// Adds a note to the pool of a class, out of nothing: for issues only.
    pub(crate) fn mint(&mut self, class: AssetClass, asset: AssetId, value: NoteValue, commitment: NoteCommitment) {
        self.flows.enter(asset, value);
        self.minted.push((class, commitment));
    }

    fn cross_hidden(&mut self, mode: Mode, asset: AssetId) {
        match mode {
            Mode::Entry => self.flows.enter_hidden(asset),
            Mode::Exit | Mode::Consume => self.flows.leave_hidden(asset),
            Mode::Internal | Mode::Tag => {}
        }
    }

    fn find(&self, transfer: u32, mode: Mode, asset: AssetId) -> Result<UsedTransfer<'a>, UseError> {
        let index = usize::try_from(transfer).map_err(|_| UseError::NoSuchTransfer(transfer))?;
        let effects = self.transfers.get(index).ok_or(UseError::NoSuchTransfer(transfer))?;
        if self.used.get(index).copied().unwrap_or(true) {
            return Err(UseError::Used(transfer));
        }
        let used = UsedTransfer { effects };
        if mode == Mode::Internal || used.mode() != mode {
            return Err(UseError::Mode { transfer, expected: mode });
        }
        if used.asset() != Some(asset) {
            return Err(UseError::Asset(transfer));
        }
        if self.governor(&asset).is_some_and(|governor| governor != self.application) {
            return Err(UseError::Governed(transfer));
        }
        Ok(used)
    }

    fn mark(&mut self, transfer: u32) {
        if let Some(used) = usize::try_from(transfer).ok().and_then(|index| self.used.get_mut(index)) {
            *used = true;
        }
    }
}
