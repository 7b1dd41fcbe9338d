//! Checkpoints with signatures: the signed notes of `c2sp.org/signed-note`, Ed25519.

use std::{collections::BTreeSet, fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::VerifyingKey;
use signed_note::{Note, Signature};
use tabella_protocol::transaction::LedgerId;
use thiserror::Error;

use crate::log::checkpoint::{Checkpoint, CheckpointError, Origin, OriginError};

/// Bytes of a signed checkpoint, at most.
pub const MAX_NOTE_BYTES: usize = 32_768;
/// Signatures of a checkpoint, at most: the ledger's and its cosigners'.
pub const MAX_SIGNATURES: usize = 16;

/// First byte of an encoded key: Ed25519.
const ED25519: u8 = 1;

/// A checkpoint with signature lines. Reading one checks its form only: what it says is worth nothing before
/// [`CheckpointVerifier::verify`].
#[derive(Clone, Debug, PartialEq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    signatures: Vec<Signature>,
}

/// Why a signed checkpoint was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteError {
    /// Longer than [`MAX_NOTE_BYTES`].
    #[error("a signed checkpoint has at most {MAX_NOTE_BYTES} bytes, not {0}")]
    TooLong(usize),
    /// Not UTF-8 text, a blank line and signature lines.
    #[error("not a signed note")]
    Malformed,
    /// More than [`MAX_SIGNATURES`], or none.
    #[error("a signed checkpoint has 1 to {MAX_SIGNATURES} signatures, not {0}")]
    SignatureCount(usize),
    /// Two signatures of the same key.
    #[error("signature {0} repeats a key")]
    RepeatedKey(usize),
    /// The text is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Another encoding of the same note.
    #[error("the signed checkpoint is not in its canonical form")]
    NotCanonical,
    /// The checkpoint is of another log than expected.
    #[error("the checkpoint is of log {found}, not of {expected}")]
    WrongOrigin {
        /// The log that the caller asked for.
        expected: Origin,
        /// The log that the checkpoint names.
        found: Origin,
    },
    /// No signature line names the expected key.
    #[error("the checkpoint is not signed by {0}")]
    NotSigned(Origin),
    /// The expected key's signature line does not verify.
    #[error("the signature of {0} on the checkpoint is false")]
    FalseSignature(Origin),
}

impl SignedCheckpoint {
    /// A checkpoint with signatures over its text.
    ///
    /// # Errors
    /// [`NoteError::SignatureCount`], [`NoteError::RepeatedKey`].
    pub fn new(checkpoint: Checkpoint, signatures: Vec<Signature>) -> Result<Self, NoteError> {
        if signatures.is_empty() || signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::SignatureCount(signatures.len()));
        }
        let mut keys = BTreeSet::new();
        match signatures.iter().position(|signature| !keys.insert((signature.name(), signature.id()))) {
            Some(repeated) => Err(NoteError::RepeatedKey(repeated)),
            None => Ok(Self { checkpoint, signatures }),
        }
    }

    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError`], one variant for each rule of form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong(bytes.len()));
        }
        let note = Note::from_bytes(bytes).map_err(|_| NoteError::Malformed)?;
        let text = std::str::from_utf8(note.text()).map_err(|_| NoteError::Malformed)?;
        let checkpoint = text.parse()?;
        // The note keeps its signatures to itself, but its lines after the text are in the form just checked.
        let lines = bytes.get(text.len() + 1..).ok_or(NoteError::Malformed)?;
        let lines = lines.strip_suffix(b"\n").ok_or(NoteError::Malformed)?;
        let signatures = lines
            .split(|byte| *byte == b'\n')
            .map(|line| Signature::from_bytes(line).map_err(|_| NoteError::Malformed))
            .collect::<Result<_, _>>()?;
        let signed = Self::new(checkpoint, signatures)?;
        if signed.to_bytes() == bytes { Ok(signed) } else { Err(NoteError::NotCanonical) }
    }

    /// The note: text, blank line, signature lines.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.checkpoint.to_string().into_bytes();
        bytes.push(b'\n');
        bytes.extend(self.signatures.iter().flat_map(Signature::to_bytes));
        bytes
    }

    /// What the note says, believed or not.
    #[must_use]
    pub const fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The signature lines.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }
}

/// A key that signs checkpoints. Text form: `<name>+<key id, 8 hexadecimal digits>+<base64 of 0x01 || key>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointVerifier {
    name: Origin,
    key: VerifyingKey,
}

/// Why a text is no verifier key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifierKeyError {
    /// Not of the form `name+id+key`, or not as it would be printed.
    #[error("a verifier key has the form <name>+<8 hexadecimal digits>+<base64>")]
    Form,
    /// The name is no origin.
    #[error("the verifier key's name is malformed")]
    Name(#[from] OriginError),
    /// Another algorithm than Ed25519.
    #[error("the verifier key's algorithm is not Ed25519")]
    Algorithm,
    /// Not a point of Ed25519.
    #[error("the verifier key is no Ed25519 key")]
    Key,
    /// A key of small order, for which anybody can sign.
    #[error("the verifier key is of small order")]
    Weak,
    /// The key id is not that of name and key.
    #[error("the verifier key's id is not that of its name and key")]
    KeyId,
}

impl CheckpointVerifier {
    /// A name and a key.
    ///
    /// # Errors
    /// [`VerifierKeyError::Weak`].
    pub fn new(name: Origin, key: VerifyingKey) -> Result<Self, VerifierKeyError> {
        if key.is_weak() { Err(VerifierKeyError::Weak) } else { Ok(Self { name, key }) }
    }

    /// The signer's name: the origin of its ledger's log.
    #[must_use]
    pub const fn name(&self) -> &Origin {
        &self.name
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The key id of signature lines: the first four bytes of `SHA-256(name || 0x0A || 0x01 || key)`.
    #[must_use]
    pub fn key_id(&self) -> u32 {
        signed_note::key_id(self.name.as_str(), &[&[ED25519], self.key.as_bytes().as_slice()].concat())
    }

    /// The ledger of this name and key.
    #[must_use]
    pub fn ledger_id(&self) -> LedgerId {
        LedgerId::derive(self.name.as_str(), self.key.as_bytes())
    }

    /// Checks that a checkpoint is of the expected log and that this key signed it. Signatures of other keys are not looked at.
    ///
    /// # Errors
    /// [`NoteError::WrongOrigin`], [`NoteError::NotSigned`], [`NoteError::FalseSignature`].
    pub fn verify<'a>(&self, signed: &'a SignedCheckpoint, log: &Origin) -> Result<&'a Checkpoint, NoteError> {
        let checkpoint = &signed.checkpoint;
        if checkpoint.origin() != log {
            return Err(NoteError::WrongOrigin { expected: log.clone(), found: checkpoint.origin().clone() });
        }
        let id = self.key_id();
        let signature = signed
            .signatures
            .iter()
            .find(|signature| signature.name() == self.name.as_str() && signature.id() == id)
            .ok_or_else(|| NoteError::NotSigned(self.name.clone()))?;
        let falsified = || NoteError::FalseSignature(self.name.clone());
        let signature = ed25519_dalek::Signature::from_slice(signature.signature()).map_err(|_| falsified())?;
        // Strict: no other bytes pass as the same signature, and keys of small order never verify.
        self.key.verify_strict(checkpoint.to_string().as_bytes(), &signature).map_err(|_| falsified())?;
        Ok(checkpoint)
    }
}

impl fmt::Display for CheckpointVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&signed_note::new_ed25519_verifier_key(self.name.as_str(), &self.key))
    }
}

impl FromStr for CheckpointVerifier {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, '+');
        let mut part = || parts.next().ok_or(VerifierKeyError::Form);
        let (name, _, key) = (part()?, part()?, part()?);
        let name = Origin::new(name)?;
        let encoded = STANDARD.decode(key).map_err(|_| VerifierKeyError::Form)?;
        let (algorithm, key) = encoded.split_first().ok_or(VerifierKeyError::Form)?;
        if *algorithm != ED25519 {
            return Err(VerifierKeyError::Algorithm);
        }
        let key = key.try_into().map_err(|_| VerifierKeyError::Key)?;
        let verifier = Self::new(name, VerifyingKey::from_bytes(key).map_err(|_| VerifierKeyError::Key)?)?;
        // The library checks form and key id; comparing with the printed form leaves one text for each key.
        match signed_note::StandardVerifier::new(text) {
            Err(signed_note::VerifierError::Id) => Err(VerifierKeyError::KeyId),
            Err(_) => Err(VerifierKeyError::Form),
            Ok(_) if verifier.to_string() != text => Err(VerifierKeyError::Form),
            Ok(_) => Ok(verifier),
        }
    }
}

#[cfg(test)]
mod tests;
