//! A trustee's long-lived identity: a key that signs its messages, and an age key that shares are encrypted to.

use std::{fmt, io};

use age::secrecy::ExposeSecret;
use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signer, SigningKey};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    board::{self, BoardMessage},
    ceremony::{
        AgeRecipient, CeremonySetup, RoundPayload, SignatureBytes, Signed, TrusteeCard, TrusteeIndex, TrusteeName,
        TrusteeVerifyingKey,
    },
};
use zeroize::Zeroizing;

use super::stored::{SecretBytes, invalid};
use crate::keyfile::KeyFileContent;

/// The secret identity. Its public side is the [`TrusteeCard`].
pub struct TrusteeIdentity {
    name: TrusteeName,
    signing: SigningKey,
    age: age::x25519::Identity,
    recipient: AgeRecipient,
}

impl TrusteeIdentity {
    /// A new identity. The age key is drawn by the age library from the operating system.
    #[must_use]
    pub fn generate(name: TrusteeName, rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self::from_parts(name, SigningKey::generate(rng), age::x25519::Identity::generate())
    }

    fn from_parts(name: TrusteeName, signing: SigningKey, age: age::x25519::Identity) -> Self {
        let recipient = age.to_public().to_string().parse().expect("age writes its own recipients well");
        Self { name, signing, age, recipient }
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &TrusteeName {
        &self.name
    }

    /// The card for the others, signed.
    ///
    /// # Panics
    /// Never: a key that Ed25519 derives from a seed is canonical and of large order.
    #[must_use]
    pub fn card(&self) -> TrusteeCard {
        let key = TrusteeVerifyingKey::from_bytes(self.signing.verifying_key().as_bytes())
            .expect("a derived key is canonical and of large order");
        let signature = self.sign_digest(&TrusteeCard::message(&self.name, &key, &self.recipient));
        TrusteeCard::new(self.name.clone(), key, self.recipient, signature)
    }

    /// Where the setup names this identity, with exactly this card.
    #[must_use]
    pub fn index_in(&self, setup: &CeremonySetup) -> Option<TrusteeIndex> {
        let card = self.card();
        setup.trustees().find(|(_, other)| **other == card).map(|(index, _)| index)
    }

    /// Signs a message on an election's board, of which this identity must be the author for it to be believed.
    #[must_use]
    pub fn sign_board_message(&self, message: BoardMessage) -> board::Signed<BoardMessage> {
        board::Signed::sign(message, &self.signing)
    }

    pub(crate) fn sign<P: RoundPayload>(&self, setup: &CeremonySetup, trustee: TrusteeIndex, payload: P) -> Signed<P> {
        let signature = self.sign_digest(&Signed::message(setup.id(), trustee, &payload));
        Signed { trustee, payload, signature }
    }

    pub(crate) const fn age(&self) -> &age::x25519::Identity {
        &self.age
    }

    fn sign_digest(&self, digest: &[u8; 32]) -> SignatureBytes {
        SignatureBytes(self.signing.sign(digest).to_bytes())
    }
}

impl fmt::Debug for TrusteeIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrusteeIdentity({:?}, <secret>)", self.name.as_str())
    }
}

impl KeyFileContent for TrusteeIdentity {
    const KIND: &'static str = "trustee identity";
}

impl BorshSerialize for TrusteeIdentity {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.name.serialize(writer)?;
        writer.write_all(self.signing.as_bytes())?;
        self.age.to_string().expose_secret().serialize(writer)
    }
}

impl BorshDeserialize for TrusteeIdentity {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let name = TrusteeName::deserialize_reader(reader)?;
        let seed = Zeroizing::new(<[u8; 32]>::deserialize_reader(reader)?);
        let age = SecretBytes::deserialize_reader(reader)?;
        let age = std::str::from_utf8(age.expose()).map_err(invalid)?.parse().map_err(invalid)?;
        Ok(Self::from_parts(name, SigningKey::from_bytes(&seed), age))
    }
}
