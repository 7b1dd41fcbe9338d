//! A ledger's log, as far as a lock can see it: leaves, proofs, signed checkpoints.

use borsh::BorshSerialize;
use ed25519_dalek::{Signer as _, SigningKey};
use tabella_access_lock::{Challenge, Interval, LedgerKey, Opening, UsedRight, message::Bytes32};
use tlog_tiles::{Error, Hash, HashReader, prove_record, prove_tree, stored_hashes, tree_hash};

struct Stored<'a>(&'a [Hash]);

impl HashReader for Stored<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
    }
}

#[derive(Clone)]
pub(crate) struct Log {
    name: String,
    key: SigningKey,
    leaves: Vec<Vec<u8>>,
    hashes: Vec<Hash>,
}

/// A transfer of the Cast shape, and one of the other, as bytes.
#[derive(BorshSerialize)]
enum Statement {
    Transfer([u8; 307], Vec<[u8; 946]>),
    Cast([u8; 185]),
}

impl Log {
    pub(crate) fn new(name: &str, key: u8) -> Self {
        Self { name: name.to_owned(), key: SigningKey::from_bytes(&[key; 32]), leaves: Vec::new(), hashes: Vec::new() }
    }

    /// The same log, under another key.
    pub(crate) fn with_key(&self, key: u8) -> Self {
        Self { key: SigningKey::from_bytes(&[key; 32]), ..self.clone() }
    }

    /// The log when it had so many leaves.
    pub(crate) fn up_to(&self, size: u64) -> Self {
        let mut log = Self { leaves: Vec::new(), hashes: Vec::new(), ..self.clone() };
        for leaf in self.leaves.iter().take(usize::try_from(size).unwrap()) {
            log.append(leaf);
        }
        log
    }

    pub(crate) fn append(&mut self, leaf: &[u8]) -> u64 {
        let index = self.leaves.len() as u64;
        let hashes = stored_hashes(index, leaf, &Stored(&self.hashes)).unwrap();
        self.hashes.extend(hashes);
        self.leaves.push(leaf.to_vec());
        index
    }

    /// An entry that uses rights.
    pub(crate) fn use_right(&mut self, time: u64, rights: &[UsedRight]) -> u64 {
        self.use_right_of(self.ledger(), time, rights)
    }

    pub(crate) fn use_right_of(&mut self, ledger: [u8; 32], time: u64, rights: &[UsedRight]) -> u64 {
        let transfers = vec![
            ([1u8; 64], Statement::Cast([2; 185]), None::<[u8; 81]>),
            ([1; 64], Statement::Transfer([2; 307], vec![[3; 946]; 2]), Some([4; 81])),
        ];
        // Between actions of another kind, and of another application.
        let mut actions = vec![(*b"stream\0\0", vec![1u8, 2, 3]), (*b"access\0\0", vec![2, 9])];
        for right in rights {
            actions.push((*b"access\0\0", [vec![1], borsh::to_vec(right).unwrap()].concat()));
        }
        let proofs = vec![vec![0u8]; actions.len()];
        let leaf = (time, 1u8, ledger, transfers, actions, vec![[5u8; 256]; 2], proofs);
        self.append(&borsh::to_vec(&leaf).unwrap())
    }

    pub(crate) fn leaf(&self, index: u64) -> &[u8] {
        &self.leaves[usize::try_from(index).unwrap()]
    }

    fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    pub(crate) fn key_text(&self) -> String {
        signed_note::new_ed25519_verifier_key(&self.name, &self.key.verifying_key())
    }

    pub(crate) fn ledger(&self) -> [u8; 32] {
        self.key_text().parse::<LedgerKey>().unwrap().ledger_id()
    }

    pub(crate) fn block_line(&self, time: u64) -> String {
        format!("tabella/v1/block 5 {time}")
    }

    /// The checkpoint of a block of this time.
    pub(crate) fn note(&self, time: u64) -> String {
        self.note_of(&self.name, &[&self.block_line(time)])
    }

    /// A checkpoint of any origin, with any extension lines, under the log's key.
    pub(crate) fn note_of(&self, origin: &str, lines: &[&str]) -> String {
        let root = tree_hash(self.size(), &Stored(&self.hashes)).unwrap();
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let text = format!("{origin}\n{}\n{root}\n{lines}", self.size());
        let id = signed_note::key_id(&self.name, &[&[1], self.key.verifying_key().as_bytes().as_slice()].concat());
        let signature = self.key.sign(text.as_bytes()).to_bytes().to_vec();
        let line = signed_note::Signature::new(self.name.clone(), id, signature).unwrap().to_bytes();
        format!("{text}\n{}", String::from_utf8(line).unwrap())
    }

    /// An answer without its signature. What cannot be proved is left out.
    pub(crate) fn opening(&self, challenge: &Challenge, index: u64, time: u64, interval: Interval) -> Opening {
        let stored = Stored(&self.hashes);
        let (size, seen) = (self.size(), challenge.seen.size);
        let consistency =
            if (1..=size).contains(&seen) { prove_tree(size, seen, &stored).unwrap() } else { Vec::new() };
        let inclusion = if index < size { prove_record(size, index, &stored).unwrap() } else { Vec::new() };
        let bytes = |path: Vec<Hash>| path.into_iter().map(|hash| Bytes32(hash.0)).collect();
        Opening {
            nonce: challenge.nonce,
            checkpoint: self.note(time),
            consistency: bytes(consistency),
            entry: self.leaves.get(usize::try_from(index).unwrap()).cloned().unwrap_or_default(),
            index,
            inclusion: bytes(inclusion),
            interval,
            signature: [0; 64],
        }
    }
}
