//! The board of an election: what its parties say to one another before it is on a ledger, and between trustees and
//! authority. Everything is signed; what is private is encrypted within. docs/node.md tells how a node keeps it.
//!
//! [`invitation`] is how people get in who have no key yet: by a token that a link carries, and that no node ever sees.

pub mod invitation;
mod kind;

use std::{fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signer as _, SigningKey};
use thiserror::Error;

use crate::{
    ceremony::{MAX_TRUSTEES, SignatureBytes, TrusteeCard, TrusteeVerifyingKey},
    domain::{FORMAT_VERSION, personal},
    election::RegistrationId,
    hash::blake2b_256,
    list::read_list,
    note::Timestamp,
    transaction::LedgerId,
};

pub use invitation::{Claim, Invitation, InvitationId, Invitations, Registration, RegistrationError, Role, Token};
pub use kind::{MAX_BODY_BYTES, MessageKind};

/// What a signature on a board is of.
pub trait Statement: BorshSerialize + BorshDeserialize {
    /// Tells the kinds of statements apart: the first byte under the hash.
    const USE: u8;

    /// Who must have signed it, if the statement says so.
    fn signer(&self) -> Option<&[u8; 32]>;
}

/// A statement with its signature. Encoding: borsh of (statement, signature).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Signed<T> {
    /// What is said.
    pub statement: T,
    /// Ed25519 signature of [`Signed::message`].
    pub signature: SignatureBytes,
}

/// Why a signed statement is not believed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementError {
    /// The key is none that could sign.
    #[error("the signer's key is not a canonical Ed25519 key")]
    Key,
    /// The signature is not the key's, or of something else.
    #[error("the signature does not verify")]
    Signature,
}

impl<T: Statement> Signed<T> {
    /// What is signed: BLAKE2b-256 (`Tabella_Board___`) of `use (1 byte) || borsh(statement)`.
    #[must_use]
    pub fn message(statement: &T) -> [u8; 32] {
        let bytes = borsh::to_vec(statement).expect("writing to memory");
        blake2b_256(personal::BOARD, &[&[T::USE], &bytes])
    }

    /// Signs a statement.
    #[must_use]
    pub fn sign(statement: T, key: &SigningKey) -> Self {
        let signature = SignatureBytes(key.sign(&Self::message(&statement)).to_bytes());
        Self { statement, signature }
    }

    /// Checks that the signer whom the statement names has signed it.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn verify(&self) -> Result<(), StatementError> {
        self.verify_by(self.statement.signer().ok_or(StatementError::Key)?)
    }

    /// Checks that a key has signed it.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn verify_by(&self, key: &[u8; 32]) -> Result<(), StatementError> {
        let key = TrusteeVerifyingKey::from_bytes(key).ok_or(StatementError::Key)?;
        key.verify(&Self::message(&self.statement), &self.signature).map_err(|_| StatementError::Signature)
    }
}

/// Opens a board: from now on messages under this id are those of this authority's election. Encoding: borsh.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BoardOpening {
    /// [`FORMAT_VERSION`].
    pub version: u8,
    /// The ledger on which the election will be.
    pub ledger: LedgerId,
    /// The board: the election's registration id.
    pub board: RegistrationId,
    /// Ed25519 key of the authority.
    pub authority: [u8; 32],
}

impl BoardOpening {
    /// An opening at the present format version.
    #[must_use]
    pub const fn new(ledger: LedgerId, board: RegistrationId, authority: [u8; 32]) -> Self {
        Self { version: FORMAT_VERSION, ledger, board, authority }
    }
}

impl Statement for BoardOpening {
    const USE: u8 = 0;

    fn signer(&self) -> Option<&[u8; 32]> {
        Some(&self.authority)
    }
}

/// A message on a board. Encoding: borsh.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BoardMessage {
    /// [`FORMAT_VERSION`].
    pub version: u8,
    /// The board's ledger.
    pub ledger: LedgerId,
    /// The board.
    pub board: RegistrationId,
    /// What the body is.
    pub kind: MessageKind,
    /// Ed25519 key of whoever writes: the authority's, or that of a trustee's card.
    pub author: [u8; 32],
    /// 0 for the author's first message on the board, then 1, 2, …: nothing is left out, repeated or put in another order.
    pub number: u32,
    /// The content, at most [`MAX_BODY_BYTES`]; a kind may allow less.
    #[borsh(deserialize_with = "read_body")]
    pub body: Vec<u8>,
}

fn read_body<R: io::Read>(reader: &mut R) -> io::Result<Vec<u8>> {
    read_list::<MAX_BODY_BYTES, u8, R>(reader)
}

impl fmt::Debug for BoardMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoardMessage")
            .field("board", &self.board)
            .field("kind", &self.kind)
            .field("author", &hex::encode(self.author))
            .field("number", &self.number)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Statement for BoardMessage {
    const USE: u8 = 1;

    fn signer(&self) -> Option<&[u8; 32]> {
        Some(&self.author)
    }
}

/// The authority asks for the registrations on its board. Encoding: borsh.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RegistrationsQuery {
    /// [`FORMAT_VERSION`].
    pub version: u8,
    /// The board's ledger.
    pub ledger: LedgerId,
    /// The board.
    pub board: RegistrationId,
    /// How many it has already.
    pub after: u32,
    /// When it asks: a question that somebody overheard is of no use later.
    pub time: Timestamp,
}

impl Statement for RegistrationsQuery {
    const USE: u8 = 2;

    fn signer(&self) -> Option<&[u8; 32]> {
        None
    }
}

/// Body of a message of kind [`MessageKind::Trustees`]: who may write beside the authority from now on. Encoding: borsh.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Trustees {
    /// Their cards.
    #[borsh(deserialize_with = "read_cards")]
    pub cards: Vec<TrusteeCard>,
}

fn read_cards<R: io::Read>(reader: &mut R) -> io::Result<Vec<TrusteeCard>> {
    read_list::<MAX_TRUSTEES, TrusteeCard, R>(reader)
}

#[cfg(test)]
mod tests;
