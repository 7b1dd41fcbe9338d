//! A pool in memory for tests: a tree and a log.

use ark_bls12_381::Fr;
use tabella_protocol::{
    keys::{Account, Seed, SpendingKey},
    note::{AssetId, LockCommitment, NoteCommitmentTrapdoor, NoteValue, Timestamp, commit},
    note_encryption::OutputNote,
    statement::{Mode, Window},
    transaction::{LedgerId, PoolId, Transaction, TransactionEffects, TransferStatement, VerifyingKeyId},
    tree::{NoteCommitmentTree, Position},
};

use super::{IssuedNote, LogContent, LogEntry, LogOutput, LogPoint, ReceivedNote, Wallet};
use crate::builder::{PoolSetting, SpendableNote};

pub(crate) const LEDGER: LedgerId = LedgerId([1; 32]);
pub(crate) const POOL: PoolId = PoolId([2; 32]);
pub(crate) const NOW: Timestamp = Timestamp::new(1_000_000).unwrap();

pub(crate) fn person(i: u8) -> SpendingKey {
    Seed::new([i; 32]).account(&Account::Payment(0))
}

pub(crate) fn wallet(i: u8) -> Wallet {
    Wallet::new(person(i).full_viewing_key().clone())
}

pub(crate) fn asset() -> AssetId {
    AssetId::new(Fr::from(77))
}

#[derive(Default)]
pub(crate) struct SimulatedPool {
    pub(crate) tree: NoteCommitmentTree,
    pub(crate) log: Vec<LogEntry>,
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

    pub(crate) fn issue(&mut self, lock: LockCommitment, value: u64) -> Position {
        let rcm = NoteCommitmentTrapdoor::new(Fr::from(self.tree.len()));
        let note = IssuedNote { asset: asset(), value: NoteValue(value), lock, rcm };
        self.push(vec![LogContent::Issued(note)], Vec::new());
        Position(self.tree.len() as u32 - 1)
    }

    pub(crate) fn issue_to(&mut self, wallet: &Wallet, value: u64) -> Position {
        self.issue(LockCommitment::new(wallet.address(0).owner().element()), value)
    }

    /// Appends an output as if some transfer had made it.
    pub(crate) fn output(&mut self, sender: &SpendingKey, output: &OutputNote) {
        let ciphertext = output.encrypt(sender.full_viewing_key().outgoing(), None);
        self.push(vec![LogContent::Encrypted { commitment: output.commitment(), ciphertext }], Vec::new());
    }

    pub(crate) fn content(&mut self, content: LogContent) {
        self.push(vec![content], Vec::new());
    }

    /// Appends what a ledger would append.
    pub(crate) fn accept(&mut self, effects: &TransactionEffects) {
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

    pub(crate) fn accept_transaction(&mut self, transaction: &Transaction) {
        self.accept(&transaction.effects);
    }

    pub(crate) fn sync(&self, wallet: &mut Wallet) -> super::ScanReport {
        let start = wallet.synced(POOL).map_or(0, |at| at.index as usize + 1);
        wallet.apply(POOL, &self.log[start..]).unwrap()
    }

    pub(crate) fn setting(&self) -> PoolSetting {
        PoolSetting {
            pool: POOL,
            anchor: self.tree.root(),
            window: Window::new(Timestamp::new(999_900).unwrap(), Timestamp::new(1_003_600).unwrap()).unwrap(),
            transfer_key: VerifyingKeyId([3; 32]),
            cast_key: VerifyingKeyId([4; 32]),
            reveal: false,
        }
    }

    pub(crate) fn spendable(&self, note: &ReceivedNote) -> SpendableNote {
        SpendableNote { note: note.clone(), path: self.tree.path(note.position()).unwrap() }
    }
}
