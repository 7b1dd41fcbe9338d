//! Showing what one ciphertext holds to somebody who has no key. Spec § 4.6.

use std::{fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::Scalar;

use super::{
    DecryptionError, NoteCiphertext, SentNote,
    decrypt::{open_received, open_sent, open_with},
    plaintext::derive_esk,
};
use crate::{
    keys::{IncomingViewingKey, OwnerCommitment},
    note::NoteCommitment,
    ristretto::{CanonicalScalar, Element},
    secret::Secret,
};

/// What opens one ciphertext, and no other: the recipient's address but for its diversifier, and `esk`. Sender and recipient
/// can both make it, and whoever has it reads all that the ciphertext holds, but cannot spend the note. `Debug` prints nothing.
///
/// Encoding: `pk (32) || tk (32) || esk (32)`, canonical, tk not the identity.
#[derive(Clone)]
pub struct NoteDisclosure {
    owner: OwnerCommitment,
    transmission_key: Element,
    esk: Secret<Scalar>,
}

impl NoteDisclosure {
    /// Of a note that the holder of `ovk` sent.
    ///
    /// # Errors
    /// As [`recover`](super::recover).
    pub fn by_sender(
        ovk: &Secret<[u8; 32]>,
        cm: NoteCommitment,
        ciphertext: &NoteCiphertext,
    ) -> Result<Self, DecryptionError> {
        let outgoing = open_sent(ovk, cm, ciphertext)?;
        let (owner, transmission_key) = (outgoing.owner, outgoing.transmission_key);
        let disclosure = Self { owner, transmission_key, esk: Secret::new(outgoing.esk) };
        disclosure.open(cm, ciphertext)?;
        Ok(disclosure)
    }

    /// Of a note that the holder of the key received.
    ///
    /// # Errors
    /// As [`decrypt`](super::decrypt).
    pub fn by_recipient(
        key: &IncomingViewingKey,
        cm: NoteCommitment,
        ciphertext: &NoteCiphertext,
    ) -> Result<Self, DecryptionError> {
        let shared = (ciphertext.epk.point() * key.scalar().expose()).compress();
        let (plaintext, bytes) = open_received(&shared, cm, ciphertext)?;
        let recipient = key.address(plaintext.diversifier);
        let transmission_key = *recipient.transmission_key();
        let esk = Secret::new(*derive_esk(&bytes, cm, &transmission_key));
        let disclosure = Self { owner: recipient.owner(), transmission_key, esk };
        disclosure.open(cm, ciphertext)?;
        Ok(disclosure)
    }

    /// Opens the ciphertext of a commitment, and checks all that it claims. The refund's diversifier is not disclosed.
    ///
    /// # Errors
    /// [`DecryptionError::NotForThisKey`] if the disclosure is of another ciphertext; the other variants as of a sender's lies.
    pub fn open(&self, cm: NoteCommitment, ciphertext: &NoteCiphertext) -> Result<SentNote, DecryptionError> {
        open_with((self.owner, self.transmission_key, self.esk.expose()), None, cm, ciphertext)
    }
}

impl fmt::Debug for NoteDisclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoteDisclosure(<secret>)")
    }
}

impl BorshSerialize for NoteDisclosure {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.owner.serialize(writer)?;
        self.transmission_key.serialize(writer)?;
        CanonicalScalar(*self.esk.expose()).serialize(writer)
    }
}

impl BorshDeserialize for NoteDisclosure {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let owner = OwnerCommitment::deserialize_reader(reader)?;
        let transmission_key = Element::deserialize_reader(reader)?;
        if transmission_key.is_identity() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a transmission key is not the identity"));
        }
        let esk = Secret::new(CanonicalScalar::deserialize_reader(reader)?.0);
        Ok(Self { owner, transmission_key, esk })
    }
}
