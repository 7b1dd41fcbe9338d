//! Trial decryption of a pool's outputs, in batches over all cores.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use rayon::prelude::*;
use tabella_protocol::{
    keys::{FullViewingKey, IncomingViewingKey},
    note::{AssetId, LockCommitment, NoteCommitment, NoteCommitmentTrapdoor, NoteValue, Nullifier, Timestamp},
    note_encryption::{DecryptedNote, DecryptionError, NoteCiphertext, SentNote, decrypt_shared, recover},
    secret::Secret,
    tree::Position,
};

/// Where in the ledger's log something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct LogPoint {
    /// Index of the log entry.
    pub index: u64,
    /// Its block time.
    pub time: Timestamp,
}

/// What one accepted transaction, issue or roll did to one pool.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// Where.
    pub at: LogPoint,
    /// The leaves that it appended.
    pub outputs: Vec<LogOutput>,
    /// The nullifiers that it recorded.
    pub nullifiers: Vec<Nullifier>,
}

/// One leaf of a pool's tree.
#[derive(Clone, Debug)]
pub struct LogOutput {
    /// Its position.
    pub position: Position,
    /// What the log says of it.
    pub content: LogContent,
}

/// What the log says of a leaf.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all leaves are the large variant")]
pub enum LogContent {
    /// An output of a transfer.
    Encrypted {
        /// `cm`.
        commitment: NoteCommitment,
        /// The ciphertext.
        ciphertext: NoteCiphertext,
    },
    /// A note issued in the open, or an entry of an election's roll.
    Issued(IssuedNote),
}

/// An issued note: only its owner knows whose it is.
#[derive(Clone, Copy, Debug)]
pub struct IssuedNote {
    /// The asset.
    pub asset: AssetId,
    /// The amount.
    pub value: NoteValue,
    /// The owner commitment that holds it.
    pub lock: LockCommitment,
    /// The public trapdoor.
    pub rcm: NoteCommitmentTrapdoor,
}

/// What a scan says of one output that concerns the wallet.
#[derive(Debug)]
pub struct Finding {
    /// The output's position.
    pub position: Position,
    /// The note, if it was sent to the wallet.
    pub received: Option<DecryptedNote>,
    /// The note, if the wallet sent it.
    pub sent: Option<SentNote>,
    /// What is wrong with it, if it is for the wallet and its sender lied.
    pub refused: Vec<DecryptionError>,
}

/// Tries keys on outputs.
pub struct Scanner {
    incoming: IncomingViewingKey,
    /// `ivk / 2`: encoding doubled points in a batch is what shares one inversion.
    half: Secret<Scalar>,
    outgoing: Option<Secret<[u8; 32]>>,
}

/// Outputs per task: large enough to share an inversion, small enough to spread.
const CHUNK: usize = 64;

impl Scanner {
    /// A scanner that finds what came in.
    #[must_use]
    pub fn incoming(key: &IncomingViewingKey) -> Self {
        let half = Secret::new(key.scalar().expose() * Scalar::from(2u8).invert());
        Self { incoming: key.clone(), half, outgoing: None }
    }

    /// A scanner that finds what came in and what was sent.
    #[must_use]
    pub fn full(key: &FullViewingKey) -> Self {
        Self { outgoing: Some(key.outgoing().clone()), ..Self::incoming(key.incoming()) }
    }

    /// Everything among the outputs that concerns the key, in their order.
    #[must_use]
    pub fn scan(&self, outputs: &[&LogOutput]) -> Vec<Finding> {
        outputs.par_chunks(CHUNK).flat_map_iter(|chunk| self.scan_chunk(chunk)).collect()
    }

    fn scan_chunk(&self, outputs: &[&LogOutput]) -> Vec<Finding> {
        let encrypted: Vec<_> = outputs
            .iter()
            .filter_map(|output| match &output.content {
                LogContent::Encrypted { commitment, ciphertext } => Some((output.position, *commitment, ciphertext)),
                LogContent::Issued(_) => None,
            })
            .collect();
        let halves: Vec<_> =
            encrypted.iter().map(|(_, _, ciphertext)| ciphertext.epk.point() * self.half.expose()).collect();
        let shared = RistrettoPoint::double_and_compress_batch(&halves);
        let mut findings = Vec::new();
        for ((position, commitment, ciphertext), shared) in encrypted.into_iter().zip(&shared) {
            let mut refused = Vec::new();
            let received = keep(decrypt_shared(&self.incoming, shared, commitment, ciphertext), &mut refused);
            let sent = self.outgoing.as_ref();
            let sent = sent.and_then(|ovk| keep(recover(ovk, commitment, ciphertext), &mut refused));
            if received.is_some() || sent.is_some() || !refused.is_empty() {
                findings.push(Finding { position, received, sent, refused });
            }
        }
        findings
    }
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scanner(<secret>)")
    }
}

fn keep<T>(outcome: Result<T, DecryptionError>, refused: &mut Vec<DecryptionError>) -> Option<T> {
    match outcome {
        Ok(note) => Some(note),
        Err(DecryptionError::NotForThisKey) => None,
        Err(lie) => {
            refused.push(lie);
            None
        }
    }
}
