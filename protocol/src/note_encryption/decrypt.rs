//! Opening a ciphertext, as its recipient or as its sender, and refusing a lie.

use std::fmt;

use curve25519_dalek::{ristretto::CompressedRistretto, scalar::Scalar};
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

use super::{
    Memo, NoteCiphertext,
    plaintext::{
        OUTGOING_BYTES, OutgoingPlaintext, PLAINTEXT_BYTES, Plaintext, derive_esk, derive_rcm, open, outgoing_key,
        recipient_key,
    },
};
use crate::{
    jubjub::JubjubScalar,
    keys::{Address, Diversifier, IncomingViewingKey, OwnerCommitment},
    note::{Lock, Note, NoteCommitment},
    ristretto::Element,
    secret::Secret,
};

/// What a recipient may do with a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Spend it: a plain note.
    Owner,
    /// Claim an escrow. (Also when both parties are the same address.)
    Claimant,
    /// Take an escrow back.
    RefundParty,
}

/// A note that a recipient received, checked against its commitment. `Debug` prints nothing.
#[derive(Clone)]
pub struct DecryptedNote {
    /// The note.
    pub note: Note,
    /// The recipient's own address that it was sent to.
    pub recipient: Address,
    /// What the recipient may do with it.
    pub role: Role,
    /// `r` of `C`, for a tagged escrow.
    pub blinding: Option<Secret<JubjubScalar>>,
    /// The memo.
    pub memo: Memo,
}

impl fmt::Debug for DecryptedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptedNote(<secret>)")
    }
}

/// A note that a sender sent, checked against its commitment. `Debug` prints nothing.
#[derive(Clone)]
pub struct SentNote {
    /// The note.
    pub note: Note,
    /// Whom it was sent to.
    pub recipient: Address,
    /// The sender's own diversifier at which it may take an escrow back, as it wrote it down itself.
    pub refund: Option<Diversifier>,
    /// `r` of `C`, for a tagged escrow.
    pub blinding: Option<Secret<JubjubScalar>>,
    /// The memo.
    pub memo: Memo,
}

impl fmt::Debug for SentNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SentNote(<secret>)")
    }
}

/// Why a ciphertext gives no note.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecryptionError {
    /// The tag fails: it is for somebody else, for another commitment, or damaged.
    #[error("the ciphertext is not for this key, or damaged")]
    NotForThisKey,
    /// It is for this key, and its content is no canonical plaintext of this version.
    #[error("the sender's plaintext does not decode")]
    Malformed,
    /// An escrow in which the recipient's address has no part.
    #[error("the sender's escrow does not name the recipient's address")]
    NotAParty,
    /// The opening gives another commitment: the note on the ledger is not what the sender says.
    #[error("the sender's opening does not give the note's commitment")]
    Commitment,
    /// `esk` does not derive from the plaintext, or `epk` is not `esk·B_d`.
    #[error("the ephemeral key does not follow from the sender's plaintext")]
    EphemeralKey,
}

/// Opens a ciphertext with an incoming viewing key and checks all that it claims. Spec § 4.
///
/// # Errors
/// [`DecryptionError::NotForThisKey`] for other people's notes; the other variants for a sender's lies.
pub fn decrypt(
    key: &IncomingViewingKey,
    cm: NoteCommitment,
    ciphertext: &NoteCiphertext,
) -> Result<DecryptedNote, DecryptionError> {
    decrypt_shared(key, &(ciphertext.epk.point() * key.scalar().expose()).compress(), cm, ciphertext)
}

/// [`decrypt`] with the shared secret `ivk·epk` already computed and encoded, for scanning in batches.
///
/// # Errors
/// As [`decrypt`].
pub fn decrypt_shared(
    key: &IncomingViewingKey,
    shared: &CompressedRistretto,
    cm: NoteCommitment,
    ciphertext: &NoteCiphertext,
) -> Result<DecryptedNote, DecryptionError> {
    let (plaintext, bytes) = open_received(shared, cm, ciphertext)?;
    let recipient = key.address(plaintext.diversifier);
    let note = check(&plaintext, &bytes, &recipient, cm, &ciphertext.epk)?;
    let role = match &note.lock {
        Lock::Plain(_) => Role::Owner,
        Lock::Escrow(escrow) if escrow.contract.claimant == recipient.owner() => Role::Claimant,
        Lock::Escrow(_) => Role::RefundParty,
    };
    let blinding = plaintext.blinding().map(Secret::new);
    Ok(DecryptedNote { note, recipient, role, blinding, memo: plaintext.memo })
}

/// Opens a ciphertext with the `ovk` of its sender.
///
/// # Errors
/// [`DecryptionError::NotForThisKey`] for what others sent; the other variants when the two parts do not fit each other.
pub fn recover(
    ovk: &Secret<[u8; 32]>,
    cm: NoteCommitment,
    ciphertext: &NoteCiphertext,
) -> Result<SentNote, DecryptionError> {
    let outgoing = open_sent(ovk, cm, ciphertext)?;
    open_with((outgoing.owner, outgoing.transmission_key, &outgoing.esk), outgoing.refund, cm, ciphertext)
}

/// The recipient's plaintext under a shared secret, and its bytes.
pub(super) fn open_received(
    shared: &CompressedRistretto,
    cm: NoteCommitment,
    ciphertext: &NoteCiphertext,
) -> Result<(Plaintext, Zeroizing<[u8; PLAINTEXT_BYTES]>), DecryptionError> {
    let aead_key = recipient_key(shared.as_bytes(), &ciphertext.epk, cm);
    let bytes = open::<PLAINTEXT_BYTES>(&aead_key, &ciphertext.enc).ok_or(DecryptionError::NotForThisKey)?;
    let plaintext = Plaintext::from_bytes(&bytes).ok_or(DecryptionError::Malformed)?;
    Ok((plaintext, bytes))
}

/// The sender's plaintext.
pub(super) fn open_sent(
    ovk: &Secret<[u8; 32]>,
    cm: NoteCommitment,
    ciphertext: &NoteCiphertext,
) -> Result<OutgoingPlaintext, DecryptionError> {
    let bytes = open::<OUTGOING_BYTES>(&outgoing_key(ovk.expose(), cm, &ciphertext.epk), &ciphertext.out)
        .ok_or(DecryptionError::NotForThisKey)?;
    OutgoingPlaintext::from_bytes(&bytes).ok_or(DecryptionError::Malformed)
}

/// Opens a ciphertext with what its sender's plaintext holds: pk, tk and esk.
pub(super) fn open_with(
    (owner, transmission_key, esk): (OwnerCommitment, Element, &Scalar),
    refund: Option<Diversifier>,
    cm: NoteCommitment,
    ciphertext: &NoteCiphertext,
) -> Result<SentNote, DecryptionError> {
    let mut shared = (transmission_key.point() * esk).compress();
    let opened = open_received(&shared, cm, ciphertext);
    shared.zeroize();
    let (plaintext, bytes) = opened?;
    let recipient = Address::from_parts(plaintext.diversifier, owner, transmission_key);
    let note = check(&plaintext, &bytes, &recipient, cm, &ciphertext.epk)?;
    // With another esk the recipient could not read what is read here.
    if *derive_esk(&bytes, cm, &transmission_key) != *esk {
        return Err(DecryptionError::EphemeralKey);
    }
    let blinding = plaintext.blinding().map(Secret::new);
    Ok(SentNote { note, recipient, refund, blinding, memo: plaintext.memo })
}

/// The checks that recipient and sender share: a part in the escrow, the commitment, the ephemeral key.
fn check(
    plaintext: &Plaintext,
    bytes: &[u8; PLAINTEXT_BYTES],
    recipient: &Address,
    cm: NoteCommitment,
    epk: &Element,
) -> Result<Note, DecryptionError> {
    let (asset, value, lock) = (plaintext.asset, plaintext.value, plaintext.lock(recipient.owner()));
    if let Lock::Escrow(escrow) = &lock
        && escrow.contract.claimant != recipient.owner()
        && escrow.refund != recipient.owner()
    {
        return Err(DecryptionError::NotAParty);
    }
    let rcm = derive_rcm(&plaintext.rseed, asset, value, lock.commitment());
    let note = Note { asset, value, lock, rcm };
    if note.commitment() != cm {
        return Err(DecryptionError::Commitment);
    }
    let esk = derive_esk(bytes, cm, recipient.transmission_key());
    if recipient.diversifier().base() * *esk != *epk.point() {
        return Err(DecryptionError::EphemeralKey);
    }
    Ok(note)
}
