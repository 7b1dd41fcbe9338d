//! What custodians and coordinator hand to one another, as files.
//!
//! Messages are signed as in a trustees' ceremony, by the custodians' cards, over custody, round, custodian and payload. Each
//! payload begins with a tag, so that nothing said here can pass for a message of an election's ceremony.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    ceremony::{CeremonyId, EncryptedShare, MAX_TRUSTEES, Round, RoundPayload, Signed, TrusteeIndex},
    hash::blake2b_256,
    transaction::{MAX_TRANSFERS, ProofBytes, TransactionDigest},
};
use tabella_verifier::files::PublicFile;

use crate::builder::SigningRequest;

/// The personalisation of all hashes of custodians: not one of the protocol's, for no ledger depends on it.
const PERSONAL: &[u8; 16] = b"Tabella_Custody_";

/// What a hash under the personalisation `Tabella_Custody_` is of: its first byte.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum HashUse {
    /// The commitment to a contribution to the viewing keys.
    Contribution = 0,
    /// All openings.
    Transcript = 1,
    /// The seed of the viewing keys.
    Seed = 2,
    /// The account.
    Account = 3,
    /// Everybody's nonce commitments.
    Package = 4,
}

pub(super) fn hash(of: HashUse, parts: &[&[u8]]) -> [u8; 32] {
    let of = [of as u8];
    let mut all: Vec<&[u8]> = vec![&of];
    all.extend(parts);
    blake2b_256(PERSONAL, &all)
}

/// The first 16 bytes of each payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag;

impl Tag {
    const BYTES: &[u8; 16] = b"tabella custody1";
}

impl BorshSerialize for Tag {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(Self::BYTES)
    }
}

impl BorshDeserialize for Tag {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let found = <[u8; 16]>::deserialize_reader(reader)?;
        if found == *Self::BYTES { Ok(Self) } else { Err(invalid("not a message of custodians")) }
    }
}

/// Round 1: commitments to the custodian's polynomial, with a proof of knowledge, and the hash of its contribution to the
/// account's viewing keys.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Opening {
    /// Says what this is.
    pub tag: Tag,
    /// As many points of Jubjub as the threshold, constant term first.
    #[borsh(deserialize_with = "read_bounded::<MAX_TRUSTEES, [u8; 32], _>")]
    pub commitments: Vec<[u8; 32]>,
    /// R (32 bytes) and z (32 bytes) of the proof of knowledge.
    pub proof: [u8; 64],
    /// Hash of the contribution.
    pub contribution: [u8; 32],
}

/// Round 2: a share for every other custodian, encrypted, with the contribution.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Sharing {
    /// Says what this is.
    pub tag: Tag,
    /// Hash of all openings, as this custodian saw them.
    pub transcript: [u8; 32],
    /// One for each custodian but the sender, in order.
    #[borsh(deserialize_with = "read_bounded::<MAX_TRUSTEES, EncryptedShare, _>")]
    pub shares: Vec<EncryptedShare>,
}

/// Round 3: the custodian holds its share of this account's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Agreement {
    /// Says what this is.
    pub tag: Tag,
    /// Hash of the account.
    pub account: [u8; 32],
}

/// Commitments to the two nonces of one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NoncePair {
    /// D: a point of Jubjub.
    pub hiding: [u8; 32],
    /// E: a point of Jubjub.
    pub binding: [u8; 32],
}

/// First answer to a proposal: a pair of nonce commitments for each transfer.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Nonces {
    /// Says what this is.
    pub tag: Tag,
    /// What is to be signed.
    pub digest: TransactionDigest,
    /// One for each transfer.
    #[borsh(deserialize_with = "read_bounded::<MAX_TRANSFERS, NoncePair, _>")]
    pub pairs: Vec<NoncePair>,
}

/// Second answer: a signature share for each transfer.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignatureShares {
    /// Says what this is.
    pub tag: Tag,
    /// Hash of the package that they are for, which names the digest.
    pub package: [u8; 32],
    /// One scalar for each transfer.
    #[borsh(deserialize_with = "read_bounded::<MAX_TRANSFERS, [u8; 32], _>")]
    pub shares: Vec<[u8; 32]>,
}

macro_rules! payloads {
    ($($payload:ty: $round:ident = $kind:literal),* $(,)?) => {
        $(
            impl RoundPayload for $payload {
                const ROUND: Round = Round::$round;
            }

            impl PublicFile for Messages<$payload> {
                const KIND: &'static str = $kind;
            }
        )*
    };
}

payloads! {
    Opening: Reveal = "custody openings",
    Sharing: Share = "custody shares",
    Agreement: Finish = "custody agreements",
    Nonces: Commit = "custody nonces",
    SignatureShares: Confirm = "custody signature shares",
}

/// A file of messages of one kind: of one custodian, or of several.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct Messages<P> {
    /// Which custody.
    pub custody: CeremonyId,
    /// The messages.
    pub messages: Vec<Signed<P>>,
}

/// A transaction that custodians are asked to sign. Confidential: it links the transfers to the account.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct Proposal {
    /// Whose transaction.
    pub custody: CeremonyId,
    /// All of it but proofs and signatures, and each transfer's `α`.
    pub request: SigningRequest,
}

/// The coordinator's own copy of a proposal, with the proofs. Confidential, as the proposal is.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct Draft {
    /// What custodians are asked to sign.
    pub proposal: Proposal,
    /// The proof of each transfer.
    #[borsh(deserialize_with = "read_bounded::<MAX_TRANSFERS, ProofBytes, _>")]
    pub proofs: Vec<ProofBytes>,
}

/// Whose nonces go into the signatures: t or more custodians, in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Package {
    /// Which custody.
    pub custody: CeremonyId,
    /// What is to be signed.
    pub digest: TransactionDigest,
    /// Their messages.
    #[borsh(deserialize_with = "read_bounded::<MAX_TRUSTEES, Signed<Nonces>, _>")]
    pub nonces: Vec<Signed<Nonces>>,
}

impl Package {
    /// What shares name, so that they are for this package only: hash of custody, digest, and who committed to what.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let said: Vec<(TrusteeIndex, &Nonces)> = self.nonces.iter().map(|each| (each.trustee, &each.payload)).collect();
        let body = borsh::to_vec(&(self.custody, self.digest, said)).expect("writing to memory");
        hash(HashUse::Package, &[&body])
    }
}

impl PublicFile for Proposal {
    const KIND: &'static str = "custody proposal";
}

impl PublicFile for Draft {
    const KIND: &'static str = "custody draft";
}

impl PublicFile for Package {
    const KIND: &'static str = "custody signing package";
}

pub(super) fn invalid(reason: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.to_string())
}

/// Reads a list whose length is refused above `MAX` before anything is allocated.
pub(super) fn read_bounded<const MAX: usize, T: BorshDeserialize, R: io::Read>(reader: &mut R) -> io::Result<Vec<T>> {
    let length = u32::deserialize_reader(reader)? as usize;
    if length > MAX {
        return Err(invalid(format_args!("a list of {length} where at most {MAX} are allowed")));
    }
    (0..length).map(|_| T::deserialize_reader(reader)).collect()
}
