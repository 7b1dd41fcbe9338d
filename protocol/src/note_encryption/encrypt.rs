//! Making an output note and its ciphertext.

use rand_core::{CryptoRng, RngCore};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    Memo, NoteCiphertext,
    plaintext::{Opening, OutgoingPlaintext, Plaintext, derive_esk, derive_rcm, outgoing_key, recipient_key, seal},
};
use crate::{
    jubjub::JubjubScalar,
    keys::{Address, Diversifier},
    note::{AssetId, Escrow, Lock, Note, NoteCommitment, NoteValue},
    ristretto::Element,
    secret::Secret,
};

/// `rseed`: 32 random bytes from which a note's `rcm` and `esk` derive.
#[derive(Clone, Debug)]
pub struct NoteSeed(Secret<[u8; 32]>);

impl NoteSeed {
    /// A fresh seed.
    #[must_use]
    pub fn random(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(Secret::new(bytes))
    }

    /// Wraps 32 random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }
}

/// Why an output cannot be made.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncryptionError {
    /// Anybody could read what is sent to the identity.
    #[error("the address's transmission key is the identity")]
    IdentityTransmissionKey,
    /// The recipient would refuse an escrow in which it has no part.
    #[error("the escrow names the recipient's address neither as its claimant nor as its refund party")]
    RecipientHasNoPart,
}

/// An output note before it is encrypted: the note, whom it is sent to, and what else he is told.
#[derive(Clone)]
pub struct OutputNote {
    recipient: Address,
    plaintext: Plaintext,
    note: Note,
}

impl std::fmt::Debug for OutputNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutputNote(<secret>)")
    }
}

impl OutputNote {
    /// A note that the recipient owns.
    ///
    /// # Errors
    /// [`EncryptionError::IdentityTransmissionKey`].
    pub fn plain(
        recipient: Address,
        asset: AssetId,
        value: NoteValue,
        memo: Memo,
        seed: &NoteSeed,
    ) -> Result<Self, EncryptionError> {
        Self::new(recipient, asset, value, Opening::Plain, memo, seed)
    }

    /// An escrow, sent to one of its two parties: as a rule the claimant, for the maker recovers it by `ovk`.
    /// `blinding` is the `r` of `C = value·V + r·R` of a tagged escrow.
    ///
    /// # Errors
    /// [`EncryptionError::RecipientHasNoPart`], [`EncryptionError::IdentityTransmissionKey`].
    pub fn escrow(
        recipient: Address,
        asset: AssetId,
        value: NoteValue,
        escrow: Escrow,
        blinding: Option<JubjubScalar>,
        memo: Memo,
        seed: &NoteSeed,
    ) -> Result<Self, EncryptionError> {
        if escrow.contract.claimant != recipient.owner() && escrow.refund != recipient.owner() {
            return Err(EncryptionError::RecipientHasNoPart);
        }
        Self::new(recipient, asset, value, Opening::Escrow { escrow, blinding }, memo, seed)
    }

    fn new(
        recipient: Address,
        asset: AssetId,
        value: NoteValue,
        opening: Opening,
        memo: Memo,
        seed: &NoteSeed,
    ) -> Result<Self, EncryptionError> {
        if recipient.transmission_key().is_identity() {
            return Err(EncryptionError::IdentityTransmissionKey);
        }
        let rseed = Zeroizing::new(*seed.0.expose());
        let diversifier = recipient.diversifier();
        let plaintext = Plaintext { diversifier, asset, value, rseed, opening, memo };
        let lock = plaintext.lock(recipient.owner());
        let rcm = derive_rcm(&plaintext.rseed, asset, value, lock.commitment());
        Ok(Self { recipient, plaintext, note: Note { asset, value, lock, rcm } })
    }

    /// The note.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Its commitment.
    #[must_use]
    pub fn commitment(&self) -> NoteCommitment {
        self.note.commitment()
    }

    /// Whom it is sent to.
    #[must_use]
    pub const fn recipient(&self) -> &Address {
        &self.recipient
    }

    /// The ciphertext. `refund` is the sender's own diversifier if the note is an escrow that it may take back: without it
    /// the 24 words restore no recall. It must be a function of the note (there is one right value), because it is not
    /// bound by `esk`: the recipient cannot know it.
    #[must_use]
    pub fn encrypt(&self, ovk: &Secret<[u8; 32]>, refund: Option<Diversifier>) -> NoteCiphertext {
        debug_assert!(refund.is_none() || matches!(self.note.lock, Lock::Escrow(_)));
        let cm = self.commitment();
        let bytes = self.plaintext.to_bytes();
        let transmission_key = *self.recipient.transmission_key();
        let esk = derive_esk(&bytes, cm, &transmission_key);
        let epk = Element::new(self.recipient.diversifier().base() * *esk);
        let shared = Zeroizing::new((transmission_key.point() * *esk).compress().to_bytes());
        let outgoing = OutgoingPlaintext { transmission_key, owner: self.recipient.owner(), esk: *esk, refund };
        NoteCiphertext {
            enc: seal(&recipient_key(&shared, &epk, cm), bytes.as_slice()),
            out: seal(&outgoing_key(ovk.expose(), cm, &epk), outgoing.to_bytes().as_slice()),
            epk,
        }
    }
}
