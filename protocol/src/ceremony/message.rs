//! The five rounds' messages.

use std::{collections::BTreeMap, fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use super::{
    CeremonyId, CeremonySetup, Culprit, HashUse, MAX_TRUSTEES, OutcomeHash, PackageHash, Round1Package, SignatureBytes,
    TranscriptHash, TrusteeIndex,
};
use crate::{
    domain::{FORMAT_VERSION, personal},
    hash::blake2b_256,
    list::read_list,
};

/// The rounds in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Round {
    /// Commit to a package.
    Commit = 0,
    /// Reveal the package.
    Reveal = 1,
    /// Confirm that all see the same packages.
    Confirm = 2,
    /// Send encrypted shares.
    Share = 3,
    /// Acknowledge the joint key and the own share.
    Finish = 4,
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Commit => "commit",
            Self::Reveal => "reveal",
            Self::Confirm => "confirm",
            Self::Share => "share",
            Self::Finish => "finish",
        };
        write!(f, "{} ({name})", *self as u8)
    }
}

/// What a trustee says in one round.
pub trait RoundPayload: BorshSerialize + BorshDeserialize + Clone + PartialEq {
    /// The round that this payload belongs to.
    const ROUND: Round;
}

/// Round 0: the hash of the package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Commitment {
    /// Hash of the package that round 1 reveals.
    pub package: PackageHash,
}

impl RoundPayload for Commitment {
    const ROUND: Round = Round::Commit;
}

/// Round 1: the package.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Reveal {
    /// The package.
    pub package: Round1Package,
}

impl RoundPayload for Reveal {
    const ROUND: Round = Round::Reveal;
}

/// Round 2: what the trustee saw of the rounds before, after checking it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Confirmation {
    /// Hash of all commitments and packages.
    pub transcript: TranscriptHash,
}

impl RoundPayload for Confirmation {
    const ROUND: Round = Round::Confirm;
}

/// A share, encrypted with age to one trustee.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EncryptedShare {
    /// Whom it is for.
    pub recipient: TrusteeIndex,
    /// An age file of at most 4096 bytes.
    #[borsh(deserialize_with = "read_ciphertext")]
    pub ciphertext: Vec<u8>,
}

impl EncryptedShare {
    /// Longest ciphertext.
    pub const MAX_BYTES: usize = 4096;
}

fn read_ciphertext<R: io::Read>(reader: &mut R) -> io::Result<Vec<u8>> {
    read_list::<{ EncryptedShare::MAX_BYTES }, u8, R>(reader)
}

impl fmt::Debug for EncryptedShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptedShare(for trustee {}, {} bytes)", self.recipient, self.ciphertext.len())
    }
}

/// Round 3: a share for every other trustee, in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Shares {
    /// One for each trustee but the sender, in order of the trustees.
    #[borsh(deserialize_with = "read_list::<MAX_TRUSTEES, EncryptedShare, _>")]
    pub shares: Vec<EncryptedShare>,
}

impl RoundPayload for Shares {
    const ROUND: Round = Round::Share;
}

/// Round 4: the trustee has checked every share that it received, holds its own, and agrees with the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Acknowledgement {
    /// Hash of the joint key and all verifying shares.
    pub outcome: OutcomeHash,
}

impl RoundPayload for Acknowledgement {
    const ROUND: Round = Round::Finish;
}

/// A trustee's signed message of one round. Encoding: borsh of (trustee, payload, signature).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Signed<P> {
    /// The sender.
    pub trustee: TrusteeIndex,
    /// What it says.
    pub payload: P,
    /// Its signature of [`Signed::message`].
    pub signature: SignatureBytes,
}

impl<P: RoundPayload> Signed<P> {
    /// What a trustee signs: BLAKE2b-256 (`Tabella_Ceremony`) of `3 || version || ceremony || round (1 byte) ||
    /// trustee (2 bytes) || hash`, where hash is that of `2 || round || payload`.
    #[must_use]
    pub fn message(ceremony: CeremonyId, trustee: TrusteeIndex, payload: &P) -> [u8; 32] {
        let round = P::ROUND as u8;
        let body = borsh::to_vec(payload).expect("writing to memory");
        let payload = blake2b_256(personal::CEREMONY, &[&[HashUse::Payload as u8, round], &body]);
        let head = borsh::to_vec(&(FORMAT_VERSION, ceremony, round, trustee)).expect("writing to memory");
        blake2b_256(personal::CEREMONY, &[&[HashUse::Message as u8], &head, &payload])
    }

    /// Checks the sender and its signature.
    ///
    /// # Errors
    /// [`MessageError::UnknownTrustee`], [`MessageError::Signature`].
    pub fn verify(&self, setup: &CeremonySetup) -> Result<(), MessageError> {
        self.verify_in(setup, setup.id())
    }

    fn verify_in(&self, setup: &CeremonySetup, ceremony: CeremonyId) -> Result<(), MessageError> {
        let round = P::ROUND;
        let card = setup.card(self.trustee).ok_or(MessageError::UnknownTrustee { trustee: self.trustee, round })?;
        let message = Self::message(ceremony, self.trustee, &self.payload);
        card.key()
            .verify(&message, &self.signature)
            .map_err(|_| MessageError::Signature { trustee: setup.culprit(self.trustee), round })
    }
}

/// Why a round's messages are refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageError {
    /// The sender is not one of the trustees.
    #[error("round {round}: a message by trustee {trustee}, whom the setup does not name")]
    UnknownTrustee {
        /// Who claims to send.
        trustee: TrusteeIndex,
        /// The round.
        round: Round,
    },
    /// The signature is not the sender's for this ceremony, round and payload.
    #[error("round {round}: the signature of {trustee} does not verify")]
    Signature {
        /// Who is said to have signed.
        trustee: Culprit,
        /// The round.
        round: Round,
    },
    /// A trustee's message is missing.
    #[error("round {round}: the message of {trustee} is missing")]
    Missing {
        /// Whose.
        trustee: Culprit,
        /// The round.
        round: Round,
    },
    /// A trustee signed two different messages.
    #[error("round {round}: {trustee} signed two different messages")]
    Equivocated {
        /// Who.
        trustee: Culprit,
        /// The round.
        round: Round,
    },
    /// In a record: not one message of each trustee in order.
    #[error("round {round}: the record holds the messages out of order")]
    Order {
        /// The round.
        round: Round,
    },
}

/// Sorts the messages of one round and checks that there is one by each trustee, rightly signed. A message may come
/// more than once.
///
/// # Errors
/// [`MessageError`], naming the culprit.
pub fn collect_round<P: RoundPayload>(
    setup: &CeremonySetup,
    messages: &[Signed<P>],
) -> Result<Vec<Signed<P>>, MessageError> {
    let (round, id) = (P::ROUND, setup.id());
    let mut found: BTreeMap<TrusteeIndex, &Signed<P>> = BTreeMap::new();
    for message in messages {
        message.verify_in(setup, id)?;
        if let Some(earlier) = found.insert(message.trustee, message)
            && earlier.payload != message.payload
        {
            return Err(MessageError::Equivocated { trustee: setup.culprit(message.trustee), round });
        }
    }
    setup
        .trustees()
        .map(|(index, _)| {
            let missing = || MessageError::Missing { trustee: setup.culprit(index), round };
            found.get(&index).copied().cloned().ok_or_else(missing)
        })
        .collect()
}

/// Checks that a record's list holds exactly one message of each trustee, in order and rightly signed.
///
/// # Errors
/// [`MessageError`], naming the culprit.
pub fn check_round<P: RoundPayload>(setup: &CeremonySetup, messages: &[Signed<P>]) -> Result<(), MessageError> {
    let (round, id) = (P::ROUND, setup.id());
    let mut rest = messages.iter();
    for (index, _) in setup.trustees() {
        let message = rest.next().ok_or_else(|| MessageError::Missing { trustee: setup.culprit(index), round })?;
        if message.trustee != index {
            return Err(MessageError::Order { round });
        }
        message.verify_in(setup, id)?;
    }
    if rest.next().is_some() { Err(MessageError::Order { round }) } else { Ok(()) }
}
