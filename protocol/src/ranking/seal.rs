//! A sealed ranking, and the proof that whoever casts it knows its randomness.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use chacha20poly1305::{AeadInPlace, ChaCha20Poly1305, KeyInit, Nonce, Tag};
use curve25519_dalek::scalar::Scalar;
use merlin::Transcript;
use zeroize::Zeroizing;

use super::{MAX_RANKED_OPTIONS, Ranking, RankingError, RankingRule};
use crate::{
    ballot::read_length,
    domain::{personal, proof},
    elgamal::{Ciphertext, ElectionKey},
    hash::blake2b_256,
    note::Nullifier,
    ristretto::{CanonicalScalar, Element},
    transcript::{ProofContext, TranscriptProtocol},
};

const TAG_BYTES: usize = 16;

/// Where a ranking stands: all of it is in the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealingPlace<'a> {
    /// The election's id.
    pub election: &'a [u8; 32],
    /// Nullifier of the right that casts it.
    pub nullifier: Nullifier,
    /// 0-based index of the question in the manifest.
    pub question: u16,
}

impl SealingPlace<'_> {
    /// The AEAD key, used for one message: BLAKE2b-256 (`Tabella_RankSeal`) of
    /// `r·Y (32) || c1 (32) || election (32) || nullifier (32) || question (2)`.
    fn key(&self, shared: &Element, c1: &Element) -> Zeroizing<[u8; 32]> {
        let (nullifier, question) = (self.nullifier.to_bytes(), self.question.to_le_bytes());
        let parts: [&[u8]; 5] = [shared.as_bytes(), c1.as_bytes(), self.election, &nullifier, &question];
        Zeroizing::new(blake2b_256(personal::RANKING_KDF, &parts))
    }
}

/// A ranking under a key that the trustees can give: `c1 = r·B`, ciphertext and tag.
///
/// Encoding: c1 (32), then a list of bytes, as many as the rule has ranks, and 16.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct SealedRanking {
    /// `c1`.
    pub c1: Element,
    sealed: Vec<u8>,
}

impl BorshDeserialize for SealedRanking {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidData, "a sealed ranking has 17 to 271 bytes");
        let c1 = Element::deserialize_reader(reader)?;
        let length = read_length(reader, usize::from(MAX_RANKED_OPTIONS) + TAG_BYTES).ok_or_else(invalid)?;
        if length <= TAG_BYTES {
            return Err(invalid());
        }
        let mut sealed = vec![0; length];
        reader.read_exact(&mut sealed)?;
        Ok(Self { c1, sealed })
    }
}

impl SealedRanking {
    /// Seals a ranking; `shared` is `r·Y`, and `c1` is `r·B`. One r is for one ranking.
    #[must_use]
    pub fn seal(
        place: &SealingPlace<'_>,
        rule: &RankingRule,
        ranking: &Ranking,
        c1: Element,
        shared: &Element,
    ) -> Self {
        let mut sealed = ranking.to_plaintext(rule).to_vec();
        let cipher = ChaCha20Poly1305::new(place.key(shared, &c1).as_slice().into());
        let tag = cipher
            .encrypt_in_place_detached(&Nonce::default(), &[], &mut sealed)
            .expect("a ranking is shorter than what the cipher can take");
        sealed.extend_from_slice(&tag);
        Self { c1, sealed }
    }

    /// Opens it with `r·Y`; `None` if the key is not the one that sealed it, or the content is no ranking under the rule: the
    /// ballot is spoiled.
    #[must_use]
    pub fn open(&self, place: &SealingPlace<'_>, rule: &RankingRule, shared: &Element) -> Option<Ranking> {
        let (ciphertext, tag) = self.sealed.split_at_checked(self.sealed.len().checked_sub(TAG_BYTES)?)?;
        let mut bytes = Zeroizing::new(ciphertext.to_vec());
        let cipher = ChaCha20Poly1305::new(place.key(shared, &self.c1).as_slice().into());
        cipher.decrypt_in_place_detached(&Nonce::default(), &[], &mut bytes, Tag::from_slice(tag)).ok()?;
        Ranking::from_plaintext(rule, &bytes).ok()
    }

    /// What the trustees decrypt: `c1`, with the identity in place of a message. Their shares of it give `r·Y`.
    #[must_use]
    pub fn ciphertext(&self) -> Ciphertext {
        Ciphertext { c1: self.c1, c2: Ciphertext::zero().c2 }
    }

    /// Whether it has the length that the rule gives, and is randomised.
    ///
    /// # Errors
    /// [`RankingError::Length`].
    pub fn check_shape(&self, rule: &RankingRule) -> Result<(), RankingError> {
        let right = self.sealed.len() == rule.plaintext_bytes() + TAG_BYTES && !self.c1.is_identity();
        if right { Ok(()) } else { Err(RankingError::Length) }
    }
}

/// Proof of knowledge of r: `z·B = R + c·c1`. Encoding: R (32), z (32).
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RankingProof {
    /// `R`.
    pub nonce: Element,
    /// `z`.
    pub response: CanonicalScalar,
}

/// Everything that the proof is about.
#[derive(Clone, Copy, Debug)]
pub struct RankingStatement<'a> {
    /// Ledger, digest of the transaction that holds the ballot, and index of the action.
    pub context: ProofContext,
    /// Election, right and question.
    pub place: SealingPlace<'a>,
    /// The trustees' joint key.
    pub key: &'a ElectionKey,
    /// How many options are ranked.
    pub rule: RankingRule,
    /// What is sealed.
    pub sealed: &'a SealedRanking,
}

impl RankingStatement<'_> {
    /// A transcript that has absorbed the whole statement.
    #[must_use]
    pub fn transcript(&self) -> Transcript {
        let mut transcript = Transcript::for_proof(proof::RANKING, &self.context);
        transcript.append_message(b"election", self.place.election);
        transcript.append_element(b"key", self.key.element());
        transcript.append_message(b"nullifier", &self.place.nullifier.to_bytes());
        transcript.append_u64(b"question", u64::from(self.place.question));
        transcript.append_message(b"rule", &borsh::to_vec(&self.rule).expect("writing to memory"));
        transcript.append_element(b"c1", &self.sealed.c1);
        transcript.append_message(b"sealed", &self.sealed.sealed);
        transcript
    }
}

/// The challenge c, after R.
pub fn challenge(transcript: &mut Transcript, nonce: &Element) -> Scalar {
    transcript.append_element(b"R", nonce);
    transcript.challenge_scalar(b"c")
}
