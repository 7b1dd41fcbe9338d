//! The transparency log: RFC 6962 Merkle trees, and checkpoints signed as C2SP notes.
//!
//! A ledger keeps one log of all that it accepted, and one for each pool. Whoever holds an old checkpoint can be shown
//! that nothing vanished (consistency), and whoever holds an entry, that it is there (inclusion). Nothing here trusts its
//! input: a proof or a note is bytes of a stranger until it verified against a key and an origin that the caller knows.
//!
//! Reading order: [`tree`] (hashes and the incremental tree), [`proof`], [`checkpoint`] (the text), [`note`] (its signatures).

pub mod checkpoint;
pub mod note;
pub mod proof;
pub mod tree;

pub use checkpoint::{BlockStamp, Checkpoint, CheckpointError, Height, Origin, OriginError};
pub use note::{CheckpointVerifier, NoteError, SignedCheckpoint, VerifierKeyError};
pub use proof::{ConsistencyProof, InclusionProof, ProofError};
pub use tree::{CompactTree, LogFull, LogHash, NodeIndex, TreeNode};
