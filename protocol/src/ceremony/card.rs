//! A trustee's public identity.

use std::{fmt, io, str::FromStr};

use bech32::{Bech32, Hrp};
use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signature, VerifyingKey};
use thiserror::Error;

use super::{HashUse, invalid};
use crate::{
    domain::{FORMAT_VERSION, personal},
    hash::blake2b_256,
};

/// A signature does not verify under the key it should.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the signature does not verify")]
pub struct BadSignature;

/// Why a name is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a name has 1 to {} bytes, no control characters, and no space at its ends", TrusteeName::MAX_BYTES)]
pub struct NameError;

/// A trustee's name: 1 to 128 bytes, no control characters, no white space at its ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct TrusteeName(String);

impl TrusteeName {
    /// Longest name.
    pub const MAX_BYTES: usize = 128;

    /// Checks a name.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        let plain = !name.is_empty() && name.len() <= Self::MAX_BYTES;
        if plain && name.trim() == name && !name.chars().any(char::is_control) {
            Ok(Self(name))
        } else {
            Err(NameError)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrusteeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl BorshDeserialize for TrusteeName {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let length = u32::deserialize_reader(reader)? as usize;
        if length > Self::MAX_BYTES {
            return Err(invalid(NameError));
        }
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes)?;
        Self::new(String::from_utf8(bytes).map_err(invalid)?).map_err(invalid)
    }
}

/// An Ed25519 verifying key: canonical, and not of small order. Encoding: 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TrusteeVerifyingKey(VerifyingKey);

impl TrusteeVerifyingKey {
    /// Reads a key; `None` for anything that is not the one encoding of a point of large order.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(bytes).ok()?;
        let canonical = key.to_edwards().compress().as_bytes() == bytes;
        (canonical && !key.is_weak()).then_some(Self(key))
    }

    /// The encoding.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Checks a signature strictly (canonical scalar, no component of small order).
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(&self, message: &[u8], signature: &SignatureBytes) -> Result<(), BadSignature> {
        self.0.verify_strict(message, &Signature::from_bytes(&signature.0)).map_err(|_| BadSignature)
    }
}

impl fmt::Debug for TrusteeVerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrusteeVerifyingKey({})", hex::encode(self.as_bytes()))
    }
}

impl BorshSerialize for TrusteeVerifyingKey {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.as_bytes())
    }
}

impl BorshDeserialize for TrusteeVerifyingKey {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let bytes = <[u8; 32]>::deserialize_reader(reader)?;
        Self::from_bytes(&bytes).ok_or_else(|| invalid("not a canonical Ed25519 key of large order"))
    }
}

/// An Ed25519 signature, 64 bytes; its scalar is checked when it is verified.
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignatureBytes(pub [u8; 64]);

impl fmt::Debug for SignatureBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignatureBytes(64)")
    }
}

/// An age X25519 recipient, to whom shares are encrypted. Encoding: 32 bytes; text form: `age1…` (Bech32).
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AgeRecipient(pub [u8; 32]);

const AGE_PREFIX: Hrp = Hrp::parse_unchecked("age");

impl fmt::Display for AgeRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bech32::encode_to_fmt::<Bech32, _>(f, AGE_PREFIX, &self.0).map_err(|_| fmt::Error)
    }
}

impl fmt::Debug for AgeRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgeRecipient({self})")
    }
}

/// A text is not an age X25519 recipient.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an age recipient (age1… of 62 characters)")]
pub struct NotAnAgeRecipient;

impl FromStr for AgeRecipient {
    type Err = NotAnAgeRecipient;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed =
            bech32::primitives::decode::CheckedHrpstring::new::<Bech32>(text.trim()).map_err(|_| NotAnAgeRecipient)?;
        let bytes: Vec<u8> = parsed.byte_iter().collect();
        let bytes = bytes.try_into().map_err(|_| NotAnAgeRecipient)?;
        if parsed.hrp() == AGE_PREFIX { Ok(Self(bytes)) } else { Err(NotAnAgeRecipient) }
    }
}

/// What a trustee hands to the others before a ceremony, signed by its own key. Encoding: borsh.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TrusteeCard {
    name: TrusteeName,
    key: TrusteeVerifyingKey,
    recipient: AgeRecipient,
    signature: SignatureBytes,
}

impl TrusteeCard {
    /// A card from its parts. Whether the signature is right is for [`TrusteeCard::verify`] to say; a
    /// [`super::CeremonySetup`] holds verified cards only.
    #[must_use]
    pub const fn new(
        name: TrusteeName,
        key: TrusteeVerifyingKey,
        recipient: AgeRecipient,
        signature: SignatureBytes,
    ) -> Self {
        Self { name, key, recipient, signature }
    }

    /// What the card's signature signs: BLAKE2b-256 (`Tabella_Ceremony`) of `1 || version || name || key || recipient`.
    #[must_use]
    pub fn message(name: &TrusteeName, key: &TrusteeVerifyingKey, recipient: &AgeRecipient) -> [u8; 32] {
        let body = borsh::to_vec(&(name, key, recipient)).expect("writing to memory");
        blake2b_256(personal::CEREMONY, &[&[HashUse::Card as u8, FORMAT_VERSION], &body])
    }

    /// Checks that the card's key signed the card, which is also its proof of possession.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(&self) -> Result<(), BadSignature> {
        self.key.verify(&Self::message(&self.name, &self.key, &self.recipient), &self.signature)
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &TrusteeName {
        &self.name
    }

    /// The key that signs the trustee's messages.
    #[must_use]
    pub const fn key(&self) -> &TrusteeVerifyingKey {
        &self.key
    }

    /// Where shares for the trustee are encrypted to.
    #[must_use]
    pub const fn recipient(&self) -> &AgeRecipient {
        &self.recipient
    }
}
