//! What messages on a board are about.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

/// Longest body of any message, in bytes.
pub const MAX_BODY_BYTES: usize = 32 << 20;

/// What a message's body is. Encoding: one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum MessageKind {
    /// File "election draft".
    Draft,
    /// [`super::Invitations`].
    Invitations,
    /// [`super::Trustees`].
    Trustees,
    /// File "ceremony setup".
    Setup,
    /// File "ceremony commitments", of one trustee or of all.
    Commitments,
    /// File "ceremony packages".
    Packages,
    /// File "ceremony confirmations".
    Confirmations,
    /// File "ceremony shares".
    Shares,
    /// File "ceremony acknowledgements".
    Acknowledgements,
    /// File "ceremony record".
    Ceremony,
    /// File "election manifest". Nobody registers after it.
    Manifest,
    /// File "trustee rehearsal".
    Rehearsal,
    /// Id of the election that was closed.
    Closed,
    /// File "partial decryption".
    Partial,
    /// Text.
    Notice,
    /// [`super::Invitations`] that are no longer good: a lost link, or one with which the wrong key was registered.
    Revocations,
}

/// A text is no kind of message.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("there is no such kind of message")]
pub struct UnknownKind;

impl MessageKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 16] = [
        Self::Draft,
        Self::Invitations,
        Self::Trustees,
        Self::Setup,
        Self::Commitments,
        Self::Packages,
        Self::Confirmations,
        Self::Shares,
        Self::Acknowledgements,
        Self::Ceremony,
        Self::Manifest,
        Self::Rehearsal,
        Self::Closed,
        Self::Partial,
        Self::Notice,
        Self::Revocations,
    ];

    /// The name in URLs and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Invitations => "invitations",
            Self::Trustees => "trustees",
            Self::Setup => "setup",
            Self::Commitments => "commitments",
            Self::Packages => "packages",
            Self::Confirmations => "confirmations",
            Self::Shares => "shares",
            Self::Acknowledgements => "acknowledgements",
            Self::Ceremony => "ceremony",
            Self::Manifest => "manifest",
            Self::Rehearsal => "rehearsal",
            Self::Closed => "closed",
            Self::Partial => "partial",
            Self::Notice => "notice",
            Self::Revocations => "revocations",
        }
    }

    /// Whether trustees may write it; the authority may write every kind.
    #[must_use]
    pub const fn is_for_trustees(self) -> bool {
        match self {
            Self::Commitments
            | Self::Packages
            | Self::Confirmations
            | Self::Shares
            | Self::Acknowledgements
            | Self::Rehearsal
            | Self::Partial
            | Self::Notice => true,
            Self::Draft
            | Self::Invitations
            | Self::Trustees
            | Self::Setup
            | Self::Ceremony
            | Self::Manifest
            | Self::Closed
            | Self::Revocations => false,
        }
    }

    /// Longest body, in bytes.
    #[must_use]
    pub const fn max_body_bytes(self) -> usize {
        match self {
            Self::Notice => 16 << 10,
            Self::Trustees | Self::Setup | Self::Rehearsal | Self::Closed => 64 << 10,
            Self::Draft | Self::Commitments | Self::Packages | Self::Confirmations | Self::Acknowledgements => 1 << 20,
            Self::Invitations | Self::Revocations | Self::Ceremony | Self::Partial => 4 << 20,
            Self::Shares | Self::Manifest => MAX_BODY_BYTES,
        }
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for MessageKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(UnknownKind)
    }
}
