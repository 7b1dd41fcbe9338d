//! A pool in memory: a tree and a log, without a ledger. For tests and benchmarks only.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a scene that tests and benchmarks set up, not a library"
)]

use ark_bls12_381::Fr;
use tabella_protocol::{
    keys::{Account, Seed, SpendingKey},
    note::{AssetId, LockCommitment, NoteCommitmentTrapdoor, NoteValue, Timestamp, commit},
    note_encryption::OutputNote,
    statement::{Mode, Window},
    transaction::{LedgerId, PoolId, Transaction, TransactionEffects, TransferStatement, VerifyingKeyId},
    tree::{NoteCommitmentTree, Position},
};

use super::{IssuedNote, LogContent, LogEntry, LogOutput, LogPoint, ReceivedNote, ScanReport, Wallet};
use crate::builder::{PoolSetting, SpendableNote};

/// The ledger.
pub const LEDGER: LedgerId = LedgerId([1; 32]);
/// The pool.
pub const POOL: PoolId = PoolId([2; 32]);
/// The time.
pub const NOW: Timestamp = Timestamp::new(1_000_000).unwrap();

/// The key of person i.
pub fn person(i: u8) -> SpendingKey {
    Seed::new([i; 32]).account(&Account::Payment(0))
}

/// The empty wallet of person i.
pub fn wallet(i: u8) -> Wallet {
    Wallet::new(person(i).full_viewing_key().clone())
}

/// The asset of the pool.
pub fn asset() -> AssetId {
    AssetId::new(Fr::from(77))
}

/// The pool.
#[derive(Debug, Default)]
pub struct SimulatedPool {
    /// Its tree.
    pub tree: NoteCommitmentTree,
    /// Its log.
    pub log: Vec<LogEntry>,
}

impl SimulatedPool {
    fn push(&mut self, content: Vec<LogContent>, nullifiers: Vec<tabella_protocol::note::Nullifier>) {
        let outputs = content.into_iter().map(|content| {
            let cm = match &content {
                LogContent::Encrypted { commitment, .. } => *commitment,
                LogContent::Issued(note) => commit(note.asset, note.value, note.lock, note.rcm),
            };
            LogOutput { position: self.tree.append(&[cm]).unwrap(), content }
        });
        let outputs = outputs.collect();
        let at = LogPoint { index: self.log.len() as u64, time: NOW };
        self.log.push(LogEntry { at, outputs, nullifiers });
    }

    /// Issues a note to a lock.
    pub fn issue(&mut self, lock: LockCommitment, value: u64) -> Position {
        let rcm = NoteCommitmentTrapdoor::new(Fr::from(self.tree.len()));
        let note = IssuedNote { asset: asset(), value: NoteValue(value), lock, rcm };
        self.push(vec![LogContent::Issued(note)], Vec::new());
        Position(self.tree.len() as u32 - 1)
    }

    /// Issues a note to a wallet's first address.
    pub fn issue_to(&mut self, wallet: &Wallet, value: u64) -> Position {
        self.issue(LockCommitment::new(wallet.address(0).owner().element()), value)
    }

    /// Appends an output as if some transfer had made it.
    pub fn output(&mut self, sender: &SpendingKey, output: &OutputNote) {
        let ciphertext = output.encrypt(sender.full_viewing_key().outgoing(), None);
        self.push(vec![LogContent::Encrypted { commitment: output.commitment(), ciphertext }], Vec::new());
    }

    /// Appends one leaf.
    pub fn content(&mut self, content: LogContent) {
        self.push(vec![content], Vec::new());
    }

    /// Appends what a ledger would append.
    pub fn accept(&mut self, effects: &TransactionEffects) {
        for transfer in &effects.transfers {
            let (mut content, mut nullifiers) = (Vec::new(), transfer.nullifiers().to_vec());
            match &transfer.statement {
                TransferStatement::Transfer { instance, .. } if instance.mode == Mode::Consume => {
                    nullifiers.truncate(1)
                }
                TransferStatement::Transfer { instance, ciphertexts } => {
                    assert_eq!(ciphertexts.len(), 2);
                    content.extend(instance.commitments.iter().zip(ciphertexts).map(|(commitment, ciphertext)| {
                        LogContent::Encrypted { commitment: *commitment, ciphertext: ciphertext.clone() }
                    }));
                }
                TransferStatement::Cast(_) => {}
            }
            self.push(content, nullifiers);
        }
    }

    /// Appends what a ledger would append of a transaction.
    pub fn accept_transaction(&mut self, transaction: &Transaction) {
        self.accept(&transaction.effects);
    }

    /// Lets a wallet read what it has not read.
    pub fn sync(&self, wallet: &mut Wallet) -> ScanReport {
        let start = wallet.synced(POOL).map_or(0, |at| at.index as usize + 1);
        wallet.apply(POOL, &self.log[start..]).unwrap()
    }

    /// Where transfers go.
    pub fn setting(&self) -> PoolSetting {
        PoolSetting {
            pool: POOL,
            anchor: self.tree.root(),
            window: Window::new(Timestamp::new(999_900).unwrap(), Timestamp::new(1_003_600).unwrap()).unwrap(),
            transfer_key: VerifyingKeyId([3; 32]),
            cast_key: VerifyingKeyId([4; 32]),
            reveal: false,
        }
    }

    /// A note with its path.
    pub fn spendable(&self, note: &ReceivedNote) -> SpendableNote {
        SpendableNote { note: note.clone(), path: self.tree.path(note.position()).unwrap() }
    }
}
