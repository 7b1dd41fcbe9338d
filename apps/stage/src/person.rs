//! A person on the stage.

use std::fmt;

use ed25519_dalek::SigningKey;
use rand_core::{CryptoRng, RngCore};
use tabella_payments::holder::Holder;
use tabella_protocol::{
    keys::{Address, Seed},
    note::{AssetId, NoteValue},
    transaction::PoolId,
    tree::Position,
};
use tabella_prover::{
    account::AccountKeys,
    wallet::{NoteKind, ReceivedNote},
};

use crate::{Stage, StageError};

/// Somebody with a wallet, an account's keys and a key to sign with.
pub struct Person {
    name: String,
    /// The seed from which the wallet, the accounts and every application's keys derive.
    pub seed: Seed,
    /// The wallet's holder.
    pub holder: Holder,
    /// Keys of accounts on the transparent side.
    pub accounts: AccountKeys,
    /// Signs what is no transfer: offers, examinations, receipts.
    pub key: SigningKey,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Person {
    /// Somebody new.
    #[must_use]
    pub fn new(name: &str, rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let seed = Seed::new(seed);
        Self {
            name: name.to_owned(),
            holder: Holder::new(&seed, 0),
            accounts: AccountKeys::of_seed(&seed, 0),
            key: SigningKey::generate(rng),
            seed,
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// An address of the wallet.
    #[must_use]
    pub fn address(&self, index: u32) -> Address {
        self.holder.wallet().address(index)
    }

    /// Ed25519 key with which the signatures verify.
    #[must_use]
    pub fn verifying_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Reads what is new on the ledger.
    ///
    /// # Errors
    /// If wallet and ledger do not fit together.
    pub fn read(&mut self, stage: &Stage) -> Result<(), StageError> {
        Ok(self.holder.read(&stage.ledger)?)
    }

    /// The unspent escrows of an asset that this person may claim or take back, oldest first: where they are.
    #[must_use]
    pub fn escrows(&self, kind: NoteKind, asset: AssetId) -> Vec<(PoolId, Position, NoteValue)> {
        let of_kind =
            |note: &&ReceivedNote| note.kind() == kind && note.note().asset == asset && note.spent().is_none();
        let place = |note: &ReceivedNote| (note.pool(), note.position(), note.note().value);
        self.holder.wallet().unspent().filter(of_kind).map(place).collect()
    }
}
