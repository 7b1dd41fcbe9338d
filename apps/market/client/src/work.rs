//! Registering a work: all of its holders and its seller sign one transaction.

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::SigningKey;
use tabella_market_rules::{
    action::{MarketAction, MarketProof},
    work::{Work, WorkError, WorkId},
};
use tabella_protocol::transaction::{LedgerId, SignatureBytes, Transaction, TransactionEffects};
use tabella_verifier::files::PublicFile;
use thiserror::Error;

use crate::keys::{MarketKeys, sign};

/// A registration on its way round the holders: a public file.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Registration {
    /// On which ledger.
    pub ledger: LedgerId,
    /// The work.
    pub work: Work,
    /// The signatures so far: those of the holders in their order, then the seller's.
    pub signatures: Vec<Option<SignatureBytes>>,
}

impl PublicFile for Registration {
    const KIND: &'static str = "market registration";
}

/// Why a registration does not go on.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The work says something impossible of itself.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// Neither holder nor seller.
    #[error("these keys have no share in the work and do not sell it")]
    NoPart,
    /// Signatures are missing.
    #[error("not signed yet by: {0}")]
    Missing(String),
}

impl Registration {
    /// A work that nobody has signed for.
    ///
    /// # Errors
    /// [`RegistrationError::Work`].
    pub fn new(ledger: LedgerId, work: Work) -> Result<Self, RegistrationError> {
        work.check()?;
        let signatures = vec![None; work.holders.len() + 1];
        Ok(Self { ledger, work, signatures })
    }

    /// The work's id.
    #[must_use]
    pub fn id(&self) -> WorkId {
        self.work.id(self.ledger)
    }

    fn effects(&self) -> TransactionEffects {
        let action = MarketAction::Register(Box::new(self.work.clone())).action();
        TransactionEffects::new(self.ledger, Vec::new(), vec![action])
    }

    /// Signs as a holder: for these shares, these terms, and nothing else. The share, in basis points.
    ///
    /// # Errors
    /// [`RegistrationError::NoPart`] if the keys are no holder's.
    pub fn sign(&mut self, keys: &MarketKeys) -> Result<u16, RegistrationError> {
        self.work.check()?;
        let (party, signature) = (keys.party(), keys.sign(self.effects().digest()));
        let index = self.work.holders.iter().position(|holder| holder.party == party);
        let index = index.ok_or(RegistrationError::NoPart)?;
        let share = self.work.holders.get(index).map_or(0, |holder| holder.share);
        self.put(index, signature)?;
        Ok(share)
    }

    /// Signs as the seller, with the key that issues the licences.
    ///
    /// # Errors
    /// [`RegistrationError::NoPart`] if the key issues other licences.
    pub fn sign_as_seller(&mut self, key: &SigningKey) -> Result<(), RegistrationError> {
        self.work.check()?;
        if key.verifying_key().as_bytes() != self.work.seller() {
            return Err(RegistrationError::NoPart);
        }
        self.put(self.work.holders.len(), sign(key, self.effects().digest()))
    }

    fn put(&mut self, index: usize, signature: SignatureBytes) -> Result<(), RegistrationError> {
        self.signatures.resize(self.work.holders.len() + 1, None);
        *self.signatures.get_mut(index).ok_or(RegistrationError::NoPart)? = Some(signature);
        Ok(())
    }

    /// The transaction, once everybody has signed.
    ///
    /// # Errors
    /// [`RegistrationError::Missing`] names who has not.
    pub fn finish(&self) -> Result<Transaction, RegistrationError> {
        let owners = self.work.holders.iter().map(|holder| format!("holder {}", hex::encode(holder.party.owner)));
        let names: Vec<String> = owners.chain([format!("seller {}", hex::encode(self.work.seller()))]).collect();
        let given = |index: usize| self.signatures.get(index).copied().flatten();
        let missing: Vec<&str> = names
            .iter()
            .enumerate()
            .filter(|(index, _)| given(*index).is_none())
            .map(|(_, name)| name.as_str())
            .collect();
        if !missing.is_empty() {
            return Err(RegistrationError::Missing(missing.join(", ")));
        }
        let signatures = (0..names.len()).filter_map(given).collect();
        let proof = MarketProof { signatures, ..MarketProof::default() };
        let action_proofs = vec![borsh::to_vec(&proof).expect("writing to memory")];
        Ok(Transaction { effects: self.effects(), transfers: Vec::new(), action_proofs })
    }
}
