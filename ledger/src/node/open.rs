//! How a ledger is made and opened.

use std::{path::Path, sync::Arc};

use rand_core::OsRng;
use tabella_verifier::{
    application::Applications,
    groth16::VerifyingKeys,
    log::Origin,
    state::{LedgerState, standard_applications},
};

use super::{Ledger, NodeError};
use crate::{
    clock::Clock,
    signer::CheckpointSigner,
    store::{KeyFile, Store, Unlock},
};

impl Ledger {
    /// Makes a ledger in a directory, under a new signing key. Made with keys of ceremonies only, it is in production mode
    /// for ever: it can never be opened with a development key.
    ///
    /// # Errors
    /// [`StoreError::Exists`](crate::store::StoreError::Exists) if there is one; errors of files and database.
    pub fn create(
        directory: &Path,
        name: Origin,
        keys: VerifyingKeys,
        clock: Arc<dyn Clock + Send + Sync>,
    ) -> Result<Self, NodeError> {
        Self::create_with(directory, name, keys, standard_applications(), clock)
    }

    /// Makes a ledger with more applications than every ledger has. It is always opened with the same.
    ///
    /// # Errors
    /// As [`Ledger::create`].
    pub fn create_with(
        directory: &Path,
        name: Origin,
        keys: VerifyingKeys,
        applications: Applications,
        clock: Arc<dyn Clock + Send + Sync>,
    ) -> Result<Self, NodeError> {
        let signer = CheckpointSigner::generate(name, &mut OsRng);
        let file = KeyFile::Plain(Box::new(signer.clone()));
        Self::create_signing(directory, signer, &file, keys, applications, clock)
    }

    /// Makes a ledger like [`Ledger::create_with`], under this key and with this as its key file, in which the key may be encrypted.
    ///
    /// # Errors
    /// As [`Ledger::create`].
    pub fn create_signing(
        directory: &Path,
        signer: CheckpointSigner,
        file: &KeyFile,
        keys: VerifyingKeys,
        applications: Applications,
        clock: Arc<dyn Clock + Send + Sync>,
    ) -> Result<Self, NodeError> {
        let production = !keys.is_empty() && keys.require_production().is_ok();
        let store = Store::create_with(directory, signer, file, production)?;
        Self::with_store(store, keys, applications, clock)
    }

    /// Opens a ledger, and reads it from the beginning.
    ///
    /// # Errors
    /// [`NodeError::Production`] if the ledger is in production mode and one of the keys is not; [`NodeError::Damaged`] if
    /// an entry does not follow the rules; errors of files and database.
    pub fn open(directory: &Path, keys: VerifyingKeys, clock: Arc<dyn Clock + Send + Sync>) -> Result<Self, NodeError> {
        Self::with_store(Store::open(directory)?, keys, standard_applications(), clock)
    }

    /// Opens a ledger that was made by [`Ledger::create_with`], with the same applications in their first state.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open_with(
        directory: &Path,
        keys: VerifyingKeys,
        applications: Applications,
        clock: Arc<dyn Clock + Send + Sync>,
    ) -> Result<Self, NodeError> {
        Self::with_store(Store::open(directory)?, keys, applications, clock)
    }

    /// Opens a ledger like [`Ledger::open_with`], whether its signing key is encrypted or not: if it is, `unlock` is called when the
    /// first block is to be made.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open_unlocking(
        directory: &Path,
        unlock: Unlock,
        keys: VerifyingKeys,
        applications: Applications,
        clock: Arc<dyn Clock + Send + Sync>,
    ) -> Result<Self, NodeError> {
        Self::with_store(Store::open_unlocking(directory, unlock)?, keys, applications, clock)
    }

    /// Reads the signing key now, if it is encrypted: for whoever has to know at once that blocks can be made.
    ///
    /// # Errors
    /// Those of [`Store::unlock`].
    pub fn unlock(&mut self) -> Result<(), NodeError> {
        Ok(self.store.unlock()?)
    }

    fn with_store(
        store: Store,
        keys: VerifyingKeys,
        applications: Applications,
        clock: Arc<dyn Clock + Send + Sync>,
    ) -> Result<Self, NodeError> {
        if store.is_for_production() {
            let directory = || store.directory().display().to_string();
            keys.require_production().map_err(|key| NodeError::Production { directory: directory(), key })?;
        }
        let state = LedgerState::with_applications(store.verifier().ledger_id(), keys, applications.clone());
        let mut ledger = Self { store, applications, state, next: 0, clock };
        ledger.catch_up()?;
        Ok(ledger)
    }
}
