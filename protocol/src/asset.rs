//! Assets and their issue: transparent, outside the circuit. Spec § 3 (issue).

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::{
    domain::personal,
    hash::{blake2b_256, bytes_to_field},
    note::{AssetId, LockCommitment, NoteCommitment, NoteCommitmentTrapdoor, NoteValue, commit},
    transaction::{ApplicationId, LedgerId, PoolId, TransactionDigest},
};

/// The application's name in actions.
pub const APPLICATION: ApplicationId = ApplicationId(*b"asset\0\0\0");
/// Longest name or symbol, in bytes.
pub const MAX_NAME_BYTES: usize = 128;
/// Most notes of one issue.
pub const MAX_ISSUED_NOTES: usize = 4096;

/// Which pool an asset lives in: it lives in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum AssetClass {
    /// Fungible: transfers in the pool need not tell which asset they move.
    Ordinary,
    /// Visible things with hidden owners: every transfer in the pool reveals its asset.
    Named,
}

impl AssetClass {
    /// Both classes, in the order of their numbers.
    pub const ALL: [Self; 2] = [Self::Ordinary, Self::Named];

    /// The pool of a ledger in which all assets of the class live.
    #[must_use]
    pub fn pool(self, ledger: LedgerId) -> PoolId {
        let label = match self {
            Self::Ordinary => "shielded",
            Self::Named => "named",
        };
        PoolId::derive(ledger, label, &[])
    }
}

/// What an asset is. Its id commits to all of it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AssetDescription {
    /// Ed25519 key that signs every issue.
    pub issuer: [u8; 32],
    /// Name, 1 to 128 bytes.
    pub name: String,
    /// Digits after the decimal point when amounts are shown, 0 to 18.
    pub decimals: u8,
    /// Greatest total that may ever be issued; 1 makes the asset unique.
    pub cap: u64,
    /// Which pool it lives in.
    pub class: AssetClass,
    /// Digest of what identifies the thing itself, for a thing that must not be issued twice: no two assets of a ledger
    /// have the same, whoever issues them.
    pub uid: Option<[u8; 32]>,
    /// Commitment to what a note of this asset carries (attributes, terms); zeros if nothing.
    pub body: [u8; 32],
}

/// Why a description is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssetError {
    /// Name empty or too long.
    #[error("an asset's name has 1 to {MAX_NAME_BYTES} bytes")]
    Name,
    /// Too many decimals.
    #[error("an asset has at most 18 decimals")]
    Decimals,
    /// A cap of 0.
    #[error("an asset's cap is at least 1")]
    Cap,
}

impl AssetDescription {
    /// Checks the limits.
    ///
    /// # Errors
    /// [`AssetError`] names the field.
    pub fn check(&self) -> Result<(), AssetError> {
        if self.name.trim().is_empty() || self.name.len() > MAX_NAME_BYTES {
            return Err(AssetError::Name);
        }
        if self.decimals > 18 {
            return Err(AssetError::Decimals);
        }
        if self.cap == 0 { Err(AssetError::Cap) } else { Ok(()) }
    }

    /// bytes-to-field of the issuer's key and the BLAKE2b-256 (`Tabella_Asset_Id`) of the canonical description.
    /// `None` with negligible probability.
    #[must_use]
    pub fn id(&self) -> Option<AssetId> {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        let digest = blake2b_256(personal::ASSET, &[&bytes]);
        bytes_to_field("asset", &[&self.issuer, &digest]).map(AssetId::new)
    }
}

/// One note that an issue makes; all of it is public.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct IssuedNote {
    /// Who may spend it.
    pub lock: LockCommitment,
    /// Its value, at least 1.
    pub value: NoteValue,
    /// Its trapdoor: a field element, canonical.
    #[borsh(serialize_with = "write_trapdoor", deserialize_with = "read_trapdoor")]
    pub rcm: NoteCommitmentTrapdoor,
}

fn write_trapdoor<W: std::io::Write>(rcm: &NoteCommitmentTrapdoor, writer: &mut W) -> std::io::Result<()> {
    crate::field::write(&rcm.element(), writer)
}

fn read_trapdoor<R: std::io::Read>(reader: &mut R) -> std::io::Result<NoteCommitmentTrapdoor> {
    crate::field::read(reader).map(NoteCommitmentTrapdoor::new)
}

impl IssuedNote {
    /// The commitment that the ledger computes.
    #[must_use]
    pub fn commitment(&self, asset: AssetId) -> NoteCommitment {
        commit(asset, self.value, self.lock, self.rcm)
    }
}

/// An issue: the body of an action of the application `asset`. Proof: the issuer's Ed25519 signature of
/// [`issuer_message`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Issue {
    /// The asset.
    pub asset: AssetDescription,
    /// 0 for the first issue of the asset, then consecutive.
    pub sequence: u64,
    /// The notes, 1 to 4096 (none only when sealing).
    pub notes: Vec<IssuedNote>,
    /// Nothing is issued after this.
    pub seal: bool,
}

/// What the issuer signs: BLAKE2b-256 (`Tabella_Issue___`) of the transaction's digest, which covers ledger and issue.
#[must_use]
pub fn issuer_message(digest: TransactionDigest) -> [u8; 32] {
    blake2b_256(personal::ISSUE, &[digest.as_bytes()])
}

/// The pool of a ledger in which all ordinary assets live.
#[must_use]
pub fn shielded_pool(ledger: LedgerId) -> PoolId {
    AssetClass::Ordinary.pool(ledger)
}

/// The pool of a ledger in which all named assets live.
#[must_use]
pub fn named_pool(ledger: LedgerId) -> PoolId {
    AssetClass::Named.pool(ledger)
}
