//! A transaction on its way: unproven, proven, authorized.

use std::{collections::BTreeSet, fmt};

use rand_core::{CryptoRng, RngCore};
use reddsa::{SigningKey, sapling::SpendAuth};
use tabella_protocol::{
    jubjub::JubjubScalar,
    secret::Secret,
    transaction::{
        Action, LedgerId, MAX_ACTIONS, MAX_TRANSFERS, ProofBytes, Transaction, TransactionDigest, TransactionEffects,
        TransferAuthorization, TransferEffects,
    },
};
use thiserror::Error;

use super::{
    ProveError, ProvingEngine, SigningError, SigningRequest, SigningResponse, UnprovenTransfer, plan::Witness,
    prove::prove_all, signing::verify,
};

/// Collects transfers and actions.
pub struct TransactionBuilder {
    effects: TransactionEffects,
    slots: Vec<Option<Witness>>,
}

impl TransactionBuilder {
    /// A transaction for a ledger.
    #[must_use]
    pub const fn new(ledger: LedgerId) -> Self {
        Self { effects: TransactionEffects::new(ledger, Vec::new(), Vec::new()), slots: Vec::new() }
    }

    /// Adds a transfer of one's own; the index by which actions name it.
    pub fn add(&mut self, transfer: UnprovenTransfer) -> usize {
        let (effects, witness) = transfer.into_parts();
        self.effects.transfers.push(effects);
        self.slots.push(Some(witness));
        self.slots.len() - 1
    }

    /// Adds another party's transfer, which that party proves and signs.
    pub fn add_foreign(&mut self, effects: TransferEffects) -> usize {
        self.effects.transfers.push(effects);
        self.slots.push(None);
        self.slots.len() - 1
    }

    /// Adds an action; its index.
    pub fn add_action(&mut self, action: Action) -> usize {
        self.effects.actions.push(action);
        self.effects.actions.len() - 1
    }

    /// What has been added so far.
    #[must_use]
    pub const fn effects(&self) -> &TransactionEffects {
        &self.effects
    }

    /// Fixes the effects and so the digest.
    ///
    /// # Errors
    /// [`FinishError::TooMany`], [`FinishError::RepeatedNullifier`].
    pub fn build(self) -> Result<PreparedTransaction<Unproven>, FinishError> {
        if self.effects.transfers.len() > MAX_TRANSFERS || self.effects.actions.len() > MAX_ACTIONS {
            return Err(FinishError::TooMany);
        }
        let mut seen = BTreeSet::new();
        for (i, transfer) in self.effects.transfers.iter().enumerate() {
            if !transfer.nullifiers().iter().all(|nullifier| seen.insert(nullifier.to_bytes())) {
                return Err(FinishError::RepeatedNullifier(i));
            }
        }
        let digest = self.effects.digest();
        Ok(PreparedTransaction { effects: self.effects, digest, state: Unproven { slots: self.slots } })
    }
}

impl fmt::Debug for TransactionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionBuilder").field("effects", &self.effects).finish_non_exhaustive()
    }
}

/// Why a transaction cannot be put together.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FinishError {
    /// Above the limits of a transaction.
    #[error("a transaction has at most {MAX_TRANSFERS} transfers and {MAX_ACTIONS} actions")]
    TooMany,
    /// All nullifiers of a transaction differ. Spec § 4.
    #[error("transfer {0} repeats a nullifier")]
    RepeatedNullifier(usize),
    /// Another party has not authorized its transfer yet.
    #[error("transfer {0} is not authorized")]
    NotAuthorized(usize),
    /// There must be one proof for each action.
    #[error("{found} action proofs for {expected} actions")]
    ActionProofs {
        /// Actions.
        expected: usize,
        /// Proofs given.
        found: usize,
    },
}

/// A transaction whose effects are fixed. Its state says what is still missing.
#[derive(Clone)]
pub struct PreparedTransaction<S> {
    effects: TransactionEffects,
    digest: TransactionDigest,
    state: S,
}

/// Proofs are missing. A slot is empty where the transfer is another party's.
#[derive(Clone)]
pub struct Unproven {
    slots: Vec<Option<Witness>>,
}

/// Signatures are missing.
#[derive(Clone)]
pub struct Proven {
    slots: Vec<Option<(ProofBytes, Secret<JubjubScalar>)>>,
}

/// One's own transfers are proved and signed.
#[derive(Clone)]
pub struct Authorized {
    authorizations: Vec<Option<TransferAuthorization>>,
}

impl<S> PreparedTransaction<S> {
    /// What it does.
    #[must_use]
    pub const fn effects(&self) -> &TransactionEffects {
        &self.effects
    }

    /// What every proof of an action and every signature is bound to.
    #[must_use]
    pub const fn digest(&self) -> TransactionDigest {
        self.digest
    }

    fn request(&self, alphas: impl Iterator<Item = Option<JubjubScalar>>) -> SigningRequest {
        let alphas = (0u32..).zip(alphas).filter_map(|(i, alpha)| Some((i, Secret::new(alpha?))));
        SigningRequest::new(self.effects.clone(), alphas.collect())
    }
}

impl<S> fmt::Debug for PreparedTransaction<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedTransaction").field("digest", &self.digest).finish_non_exhaustive()
    }
}

impl PreparedTransaction<Unproven> {
    /// What a cold signer needs; it may sign while another machine proves.
    #[must_use]
    pub fn signing_request(&self) -> SigningRequest {
        self.request(self.state.slots.iter().map(|slot| slot.as_ref().map(Witness::alpha)))
    }

    /// Proves one's own transfers, in parallel.
    ///
    /// # Errors
    /// [`ProveError`] names the transfer.
    pub fn prove<E: ProvingEngine>(
        self,
        engine: &E,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PreparedTransaction<Proven>, ProveError<E::Error>> {
        let proofs = prove_all(&self.effects.transfers, &self.state.slots, engine, rng)?;
        let slots = self.state.slots.iter().zip(proofs);
        let slots = slots.map(|(slot, proof)| Some((proof?, Secret::new(slot.as_ref()?.alpha())))).collect();
        Ok(PreparedTransaction { effects: self.effects, digest: self.digest, state: Proven { slots } })
    }
}

impl PreparedTransaction<Proven> {
    /// What a cold signer needs.
    #[must_use]
    pub fn signing_request(&self) -> SigningRequest {
        self.request(self.state.slots.iter().map(|slot| slot.as_ref().map(|(_, alpha)| *alpha.expose())))
    }

    /// The proofs so far, by transfer: for whoever waits for signatures.
    #[must_use]
    pub fn proofs(&self) -> Vec<Option<ProofBytes>> {
        self.state.slots.iter().map(|slot| slot.as_ref().map(|(proof, _)| *proof)).collect()
    }

    /// Signs one's own transfers here.
    ///
    /// # Errors
    /// [`SigningError::NotThisKey`] if the key is of another account.
    pub fn sign(
        self,
        key: &SigningKey<SpendAuth>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PreparedTransaction<Authorized>, SigningError> {
        let response = self.signing_request().sign(key, rng)?;
        self.attach(&response)
    }

    /// Takes the signatures of a cold signer, each of which must verify.
    ///
    /// # Errors
    /// [`SigningError`] names the transfer.
    pub fn attach(self, response: &SigningResponse) -> Result<PreparedTransaction<Authorized>, SigningError> {
        if response.digest != self.digest {
            return Err(SigningError::Digest);
        }
        let mut authorizations = vec![None; self.state.slots.len()];
        for (index, signature) in &response.signatures {
            let slot = usize::try_from(*index).ok().and_then(|i| {
                let (proof, _) = self.state.slots.get(i)?.as_ref()?;
                Some((proof, self.effects.transfers.get(i)?.rk(), authorizations.get_mut(i)?))
            });
            let (proof, rk, authorization) = slot.ok_or(SigningError::NoSuchTransfer(*index))?;
            if !verify(rk, self.digest, signature) {
                return Err(SigningError::Signature(*index));
            }
            *authorization = Some(TransferAuthorization { proof: *proof, signature: *signature });
        }
        for (index, (slot, authorization)) in (0u32..).zip(self.state.slots.iter().zip(&authorizations)) {
            if slot.is_some() && authorization.is_none() {
                return Err(SigningError::Missing(index));
            }
        }
        Ok(PreparedTransaction { effects: self.effects, digest: self.digest, state: Authorized { authorizations } })
    }
}

impl PreparedTransaction<Authorized> {
    /// The authorizations so far, by transfer: what one party gives the other that puts the transaction together.
    #[must_use]
    pub fn authorizations(&self) -> &[Option<TransferAuthorization>] {
        &self.state.authorizations
    }

    /// Takes another party's authorization, whose signature must verify. (Its proof is verified by the ledger.)
    ///
    /// # Errors
    /// [`SigningError`] names the transfer.
    pub fn add_authorization(&mut self, index: u32, authorization: TransferAuthorization) -> Result<(), SigningError> {
        let slot = usize::try_from(index).ok().and_then(|i| {
            let slot = self.state.authorizations.get_mut(i).filter(|slot| slot.is_none())?;
            Some((slot, self.effects.transfers.get(i)?.rk()))
        });
        let (slot, rk) = slot.ok_or(SigningError::NoSuchTransfer(index))?;
        if !verify(rk, self.digest, &authorization.signature) {
            return Err(SigningError::Signature(index));
        }
        *slot = Some(authorization);
        Ok(())
    }

    /// The whole transaction, with the proofs of its actions, which are bound to [`PreparedTransaction::digest`].
    ///
    /// # Errors
    /// [`FinishError::NotAuthorized`], [`FinishError::ActionProofs`].
    pub fn finish(self, action_proofs: Vec<Vec<u8>>) -> Result<Transaction, FinishError> {
        let (expected, found) = (self.effects.actions.len(), action_proofs.len());
        if expected != found {
            return Err(FinishError::ActionProofs { expected, found });
        }
        let transfers = self.state.authorizations.into_iter().enumerate();
        let transfers =
            transfers.map(|(i, slot)| slot.ok_or(FinishError::NotAuthorized(i))).collect::<Result<_, _>>()?;
        Ok(Transaction { effects: self.effects, transfers, action_proofs })
    }
}

impl fmt::Debug for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unproven")
    }
}

impl fmt::Debug for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proven")
    }
}

impl fmt::Debug for Authorized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorized")
    }
}
