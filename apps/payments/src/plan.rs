//! A transfer that is made twice, the same both times: when it is offered, and when the other side has answered. In
//! between its owner keeps what it is made of in a file, which is sealed under the seed.
//!
//! What is random in the transfer follows from the seed, the application, and all that the transfer depends on: notes,
//! pool, anchor, window, key, what it does, and for what it is offered. Whoever could write the file could therefore
//! not have a second transfer made that shares anything random with the first: whatever is altered, all of it is
//! another's, and it is refused.

use borsh::{BorshDeserialize, BorshSerialize};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, aead::Aead as _};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng as _};
use tabella_protocol::{
    hash::blake2b_256,
    keys::{Address, Diversifier, Seed},
    secret::Secret,
    transaction::{ApplicationId, TransferEffects, TransferStatement},
    tree::Position,
};
use tabella_prover::{
    builder::{BuildError, EscrowOrder, Payer, PoolSetting, SpendableNote, UnprovenTransfer},
    wallet::Wallet,
};
use tabella_verifier::{files::PublicFile, shielded::ShieldedPool};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::holder::{LockOrder, PaymentOrder};

/// BLAKE2b personalisation of all that follows from a seed here; never seen by others.
const KEYS: &[u8; 16] = b"Tabella_PlanKeys";

/// Why a transfer is not made again.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// A note is not there any more.
    #[error("a note that was to be paid with is spent, or not this wallet's: begin again")]
    Spent,
    /// Not what this wallet made.
    #[error("this copy is not one that this wallet has made, or it was altered: begin again")]
    Foreign,
    /// Made in another application, with other checks.
    #[error("this copy was made in another application: it is completed there")]
    Application,
    /// The transfer cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// An address of the wallet that was given to nobody: any of 2^31 that nothing counts up to.
pub fn fresh_address(wallet: &Wallet, rng: &mut (impl RngCore + CryptoRng)) -> Address {
    wallet.address(rng.next_u32() | 1 << 31)
}

/// From what a wallet's plans in one application are random, and under what its copies are sealed. `Debug` prints the
/// application.
#[derive(Debug)]
pub struct PlanKeys {
    application: ApplicationId,
    secret: Secret<[u8; 32]>,
}

impl PlanKeys {
    /// The keys that a seed has for an application. What was made with those of another one is of no use with these.
    #[must_use]
    pub fn of_seed(seed: &Seed, application: ApplicationId) -> Self {
        let secret = blake2b_256(KEYS, &[b"secret", seed.expose(), &application.0]);
        Self { application, secret: Secret::new(secret) }
    }

    fn derive(&self, label: &[u8; 8], content: &[u8]) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(blake2b_256(KEYS, &[label, self.secret.expose(), content]))
    }

    /// The cipher of one copy: its key is used once, so that the nonce may be 0.
    fn cipher(&self, salt: &[u8; 32]) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(self.derive(b"sealing_", salt).as_slice().into())
    }

    /// Seals what the wallet's owner keeps.
    pub fn seal<T: BorshSerialize>(&self, content: &T, rng: &mut (impl RngCore + CryptoRng)) -> SealedCopy {
        let mut salt = [0; 32];
        rng.fill_bytes(&mut salt);
        let plain = Zeroizing::new(borsh::to_vec(content).expect("writing to memory"));
        let sealed = self.cipher(&salt).encrypt(&Default::default(), plain.as_slice());
        SealedCopy { application: self.application, salt, sealed: sealed.expect("memory is not that large") }
    }

    /// Opens what these keys have sealed.
    ///
    /// # Errors
    /// [`PlanError::Application`]; [`PlanError::Foreign`] if it was sealed by another wallet, or altered.
    pub fn open<T: BorshDeserialize>(&self, copy: &SealedCopy) -> Result<T, PlanError> {
        if copy.application != self.application {
            return Err(PlanError::Application);
        }
        let plain = self.cipher(&copy.salt).decrypt(&Default::default(), copy.sealed.as_slice());
        let plain = Zeroizing::new(plain.map_err(|_| PlanError::Foreign)?);
        borsh::from_slice(&plain).map_err(|_| PlanError::Foreign)
    }
}

/// A payer's own copy of what it has offered, in a file. It tells which notes pay: without the seed nobody reads it, so
/// that it unmasks nothing if it is handed over in place of the offer, and nobody alters it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SealedCopy {
    application: ApplicationId,
    salt: [u8; 32],
    sealed: Vec<u8>,
}

impl PublicFile for SealedCopy {
    const KIND: &'static str = "payer copy";
}

/// What a transfer does that is made twice.
#[derive(Clone, Debug)]
pub enum Deed {
    /// It pays.
    Send(PaymentOrder),
    /// It puts an amount under an escrow.
    Lock(LockOrder),
}

impl Deed {
    fn bytes(&self) -> Vec<u8> {
        let bytes = match self {
            Self::Send(PaymentOrder { to, asset, amount, memo }) => {
                borsh::to_vec(&(0_u8, to, asset, amount, memo.as_bytes().as_slice()))
            }
            Self::Lock(LockOrder { claimant, terms, guard, amount, memo, is_tagged }) => {
                borsh::to_vec(&(1_u8, claimant, terms, guard, amount, memo.as_bytes().as_slice(), is_tagged))
            }
        };
        bytes.expect("writing to memory")
    }

    fn transfer(
        &self,
        payer: &Payer<'_>,
        inputs: Vec<SpendableNote>,
        refund: Diversifier,
        rng: &mut ChaCha20Rng,
    ) -> Result<UnprovenTransfer, BuildError> {
        match self.clone() {
            Self::Send(PaymentOrder { to, amount, memo, .. }) => payer.send(inputs, to, amount, memo, rng),
            Self::Lock(LockOrder { claimant, terms, guard, amount, memo, is_tagged }) => {
                let order = EscrowOrder { claimant, terms, guard, refund, amount, memo };
                if is_tagged { payer.lock_tagged(inputs, order, rng) } else { payer.lock(inputs, order, rng) }
            }
        }
    }
}

/// Who makes a transfer twice, and where.
#[derive(Clone, Copy, Debug)]
pub struct Maker<'a> {
    /// The keys of the application.
    pub keys: &'a PlanKeys,
    /// The wallet that pays.
    pub wallet: &'a Wallet,
    /// The pool.
    pub pool: &'a ShieldedPool,
}

/// What a transfer is made of, beside what it does and the keys.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Plan {
    /// Leaves of the pool's tree at that time.
    leaves: u64,
    inputs: Vec<Position>,
    change: Diversifier,
    refund: Diversifier,
    nonce: [u8; 32],
}

impl Maker<'_> {
    /// The transfer for the first time, with the notes, the pool and the window of one that the wallet has just
    /// prepared, which is not used itself. `about` says for what it is offered.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn make(
        &self,
        draft: &TransferEffects,
        deed: &Deed,
        about: &[u8],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(Plan, UnprovenTransfer), PlanError> {
        let of_wallet =
            |nullifier| self.wallet.unspent().find(|note| note.pool() == draft.pool && note.nullifier() == nullifier);
        let inputs = draft.nullifiers().iter().filter_map(of_wallet).map(|note| note.position()).collect();
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        let mut diversifier = || fresh_address(self.wallet, rng).diversifier();
        let leaves = self.pool.tree().len();
        let plan = Plan { leaves, inputs, change: diversifier(), refund: diversifier(), nonce };
        let made = self.build(&plan, draft, deed, about)?;
        Ok((plan, made))
    }

    /// The transfer again, as it was offered.
    ///
    /// # Errors
    /// [`PlanError::Spent`]; [`PlanError::Foreign`] if it is not what these keys and this wallet have made.
    pub fn again(
        &self,
        plan: &Plan,
        offered: &TransferEffects,
        deed: &Deed,
        about: &[u8],
    ) -> Result<UnprovenTransfer, PlanError> {
        let made = self.build(plan, offered, deed, about)?;
        if made.effects() == offered { Ok(made) } else { Err(PlanError::Foreign) }
    }

    /// The transfer, in the pool and the window of another one.
    fn build(
        &self,
        plan: &Plan,
        like: &TransferEffects,
        deed: &Deed,
        about: &[u8],
    ) -> Result<UnprovenTransfer, PlanError> {
        let TransferStatement::Transfer { instance, .. } = &like.statement else { return Err(PlanError::Foreign) };
        let setting = PoolSetting {
            pool: like.pool,
            anchor: instance.anchor,
            window: instance.window,
            transfer_key: like.verifying_key,
            cast_key: like.verifying_key,
            reveal: instance.reveal,
        };
        let spendable = |position: &Position| {
            let note = self.wallet.note(self.pool.id(), *position).filter(|note| note.spent().is_none())?.clone();
            Some(SpendableNote { note, path: self.pool.tree().path_at(*position, plan.leaves)? })
        };
        let inputs = plan.inputs.iter().map(spendable).collect::<Option<_>>().ok_or(PlanError::Spent)?;
        // A list of fixed parts and of parts with their lengths: no two different things give the same bytes.
        let PoolSetting { pool, anchor, window, transfer_key, reveal, .. } = setting;
        let depends_on = (plan, pool, anchor, window, transfer_key, reveal, deed.bytes(), about);
        let depends_on = Zeroizing::new(borsh::to_vec(&depends_on).expect("writing to memory"));
        let mut randomness = ChaCha20Rng::from_seed(*self.keys.derive(b"transfer", &depends_on));
        let payer = Payer { key: self.wallet.key(), setting: &setting, change: plan.change };
        Ok(deed.transfer(&payer, inputs, plan.refund, &mut randomness)?)
    }
}
