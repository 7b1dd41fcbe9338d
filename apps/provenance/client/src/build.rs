//! The transactions of registrars, issuers and owners. None of them has a transfer, so none needs a zero-knowledge proof.

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_payments::issuer::{IssueError, next_issue};
use tabella_protocol::{
    asset::{self, Issue},
    keys::Address,
    note::{AssetId, NoteValue},
    transaction::{Action, LedgerId, MAX_ACTIONS, SignatureBytes, Transaction, TransactionDigest, TransactionEffects},
};
use tabella_provenance_rules::{
    Provenance,
    action::{Authority, Batch, ProvenanceAction, ProvenanceProof, Role},
    registry::{Registry, RegistryId},
};
use tabella_verifier::{assets::Assets, files::PublicFile};
use thiserror::Error;

use crate::keys::ProvenanceKeys;

/// Most things of one claim: each needs two actions.
pub const MAX_CLAIMS: usize = MAX_ACTIONS / 2;

/// Why a transaction is not made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// Not registered.
    #[error("no thing is registered as asset {0}")]
    UnknownAsset(AssetId),
    /// No thing, or too many.
    #[error("1 to {MAX_CLAIMS} things are claimed at once")]
    Size,
    /// For another ledger.
    #[error("the claim is for another ledger")]
    Ledger,
    /// Not as a claim is.
    #[error("the claim is not of one note of one registered thing of this issuer each")]
    Claim,
    /// The note cannot be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// Not a batch to be approved.
    #[error("the transaction is no batch that the registrar is to approve")]
    Approval,
}

fn proof_bytes(signature: SignatureBytes, approval: Option<SignatureBytes>) -> Vec<u8> {
    borsh::to_vec(&ProvenanceProof { signature, approval }).expect("writing to memory")
}

/// A transaction of one action, signed in a role.
fn alone(keys: &ProvenanceKeys, ledger: LedgerId, role: Role, action: &ProvenanceAction) -> Transaction {
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![action.action()]);
    let proof = proof_bytes(keys.sign(role, effects.digest()), None);
    Transaction { effects, transfers: Vec::new(), action_proofs: vec![proof] }
}

/// Founds a registry under a name, and gives its terms.
pub fn found(
    keys: &ProvenanceKeys,
    ledger: LedgerId,
    name: &str,
    rng: &mut (impl RngCore + CryptoRng),
) -> (Registry, Transaction) {
    let mut nonce = [0; 32];
    rng.fill_bytes(&mut nonce);
    let registrar = keys.public(Role::Registrar);
    let registry = Registry { name: name.to_owned(), registrar, mark_key: keys.mark_key().digest(), nonce };
    let transaction = alone(keys, ledger, Role::Registrar, &ProvenanceAction::Found(Box::new(registry.clone())));
    (registry, transaction)
}

/// Authorises an issuer, or dismisses it, as the registrar of a registry of this version.
#[must_use]
pub fn set_issuer(
    keys: &ProvenanceKeys,
    ledger: LedgerId,
    (registry, version): (RegistryId, u64),
    (issuer, name): ([u8; 32], &str),
    is_authorised: bool,
) -> Transaction {
    let action = ProvenanceAction::Issuer { registry, version, issuer, name: name.to_owned(), is_authorised };
    alone(keys, ledger, Role::Registrar, &action)
}

/// Registers a batch. One that is to be approved needs [`approve`] before it is submitted.
#[must_use]
pub fn register(keys: &ProvenanceKeys, ledger: LedgerId, batch: Batch) -> Transaction {
    alone(keys, ledger, Role::Issuer, &ProvenanceAction::Register(Box::new(batch)))
}

/// Approves a batch as the registrar: that what looks alike in it and in the registry are different things, and so is what was not
/// measured.
///
/// # Errors
/// [`BuildError::Approval`].
pub fn approve(keys: &ProvenanceKeys, transaction: &mut Transaction) -> Result<(), BuildError> {
    let ([action], [proof]) = (transaction.effects.actions.as_slice(), transaction.action_proofs.as_mut_slice()) else {
        return Err(BuildError::Approval);
    };
    let body = borsh::from_slice(&action.body);
    let is_approved = matches!(&body, Ok(ProvenanceAction::Register(batch)) if batch.is_approved);
    let signed = borsh::from_slice::<ProvenanceProof>(proof).ok().filter(|_| is_approved);
    let signature = signed.ok_or(BuildError::Approval)?.signature;
    *proof = proof_bytes(signature, Some(keys.sign(Role::Registrar, transaction.effects.digest())));
    Ok(())
}

/// Reports a theft.
#[must_use]
pub fn report(keys: &ProvenanceKeys, ledger: LedgerId, asset: AssetId, version: u64, by: Authority) -> Transaction {
    alone(keys, ledger, by.role(), &ProvenanceAction::Report { asset, version, by })
}

/// Lifts a report.
#[must_use]
pub fn lift(keys: &ProvenanceKeys, ledger: LedgerId, asset: AssetId, version: u64, by: Authority) -> Transaction {
    alone(keys, ledger, by.role(), &ProvenanceAction::Lift { asset, version, by })
}

/// What an owner asks its issuer for: notes of things that are registered for it. The issuer signs the issues.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimRequest {
    /// The ledger.
    pub ledger: LedgerId,
    /// One for each thing: a note of it, and nothing after it.
    pub issues: Vec<Issue>,
    /// The holder's signature of the whole transaction.
    pub signature: SignatureBytes,
}

impl PublicFile for ClaimRequest {
    const KIND: &'static str = "provenance claim";
}

impl ClaimRequest {
    /// Asks for the notes of things, each at an address of the owner's. Every address is public as a commitment only.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn new(
        keys: &ProvenanceKeys,
        ledger: LedgerId,
        (state, assets): (&Provenance, &Assets),
        claims: &[(AssetId, Address)],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, BuildError> {
        if claims.is_empty() || claims.len() > MAX_CLAIMS {
            return Err(BuildError::Size);
        }
        let mut issues = Vec::with_capacity(claims.len());
        for (asset, address) in claims {
            let description = state.description(asset).ok_or(BuildError::UnknownAsset(*asset))?;
            issues.push(next_issue(assets, description, &[(*address, NoteValue(1))], true, rng)?.1);
        }
        let digest = effects(ledger, &issues)?.digest();
        Ok(Self { ledger, issues, signature: keys.sign(Role::Holder, digest) })
    }

    /// The digest of the transaction that it asks for, which says which things and to whom.
    ///
    /// # Errors
    /// [`BuildError::Claim`].
    pub fn digest(&self) -> Result<TransactionDigest, BuildError> {
        Ok(effects(self.ledger, &self.issues)?.digest())
    }

    /// Grants it, as the issuer: the transaction, for anybody to submit.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn grant(
        &self,
        keys: &ProvenanceKeys,
        ledger: LedgerId,
        state: &Provenance,
    ) -> Result<Transaction, BuildError> {
        if self.ledger != ledger {
            return Err(BuildError::Ledger);
        }
        if self.issues.is_empty() || self.issues.len() > MAX_CLAIMS {
            return Err(BuildError::Size);
        }
        for issue in &self.issues {
            let known = issue.asset.id().and_then(|asset| state.description(&asset));
            let is_one = matches!(issue.notes.as_slice(), [note] if note.value == NoteValue(1));
            if known.as_ref() != Some(&issue.asset) || issue.asset.issuer != keys.public(Role::Issuer) || !is_one {
                return Err(BuildError::Claim);
            }
        }
        let effects = effects(ledger, &self.issues)?;
        let digest = effects.digest();
        let pair = [proof_bytes(self.signature, None), keys.sign_issue(digest).0.to_vec()];
        let action_proofs = self.issues.iter().flat_map(|_| pair.clone()).collect();
        Ok(Transaction { effects, transfers: Vec::new(), action_proofs })
    }
}

/// A claim and an issue for each thing.
fn effects(ledger: LedgerId, issues: &[Issue]) -> Result<TransactionEffects, BuildError> {
    let mut actions = Vec::with_capacity(2 * issues.len());
    for issue in issues {
        let asset = issue.asset.id().ok_or(BuildError::Claim)?;
        actions.push(ProvenanceAction::Claim { asset }.action());
        let body = borsh::to_vec(issue).expect("writing to memory");
        actions.push(Action { application: asset::APPLICATION, body });
    }
    Ok(TransactionEffects::new(ledger, Vec::new(), actions))
}
