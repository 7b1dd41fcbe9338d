//! The two plaintexts and what derives from a note's seed.

use std::io;

use ark_bls12_381::Fr;
use ark_ff::PrimeField;
use borsh::{BorshDeserialize, BorshSerialize};
use chacha20poly1305::{AeadInPlace, ChaCha20Poly1305, KeyInit, Nonce, Tag};
use curve25519_dalek::scalar::Scalar;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{Memo, TAG_BYTES};
use crate::{
    domain::{FORMAT_VERSION, personal},
    field,
    hash::{blake2b_256, blake2b_512},
    jubjub::{self, JubjubScalar},
    keys::{Diversifier, NullifierKey, OwnerCommitment},
    note::{AssetId, Contract, Escrow, Lock, LockCommitment, NoteCommitment, NoteCommitmentTrapdoor, NoteValue},
    ristretto::Element,
};

/// `version (1) || d (11) || asset (32) || value (8) || rseed (32) || kind (1) || escrow (145) || r (32) || memo (512)`.
pub(super) const PLAINTEXT_BYTES: usize = 1 + 11 + 32 + 8 + 32 + 1 + ESCROW_BYTES + 32 + Memo::BYTES;
/// `tk (32) || pk (32) || esk (32) || has refund (1) || d of the refund (11)`.
pub(super) const OUTGOING_BYTES: usize = 32 + 32 + 32 + 1 + 11;
/// `pk_claim (32) || claim_until (8) || refund_from (8) || burn_only (1) || guard (32) || pk_refund (32) || nk_e (32)`.
const ESCROW_BYTES: usize = 32 + 17 + 32 + 32 + 32;

const PLAIN: u8 = 0;
const ESCROW: u8 = 1;
const TAGGED: u8 = 2;

/// How the recipient's plaintext opens the lock. A plain lock is the recipient's own pk, which he recomputes.
#[derive(Clone)]
pub(super) enum Opening {
    Plain,
    Escrow { escrow: Escrow, blinding: Option<JubjubScalar> },
}

/// The recipient's plaintext.
#[derive(Clone)]
pub(super) struct Plaintext {
    pub(super) diversifier: Diversifier,
    pub(super) asset: AssetId,
    pub(super) value: NoteValue,
    pub(super) rseed: Zeroizing<[u8; 32]>,
    pub(super) opening: Opening,
    pub(super) memo: Memo,
}

impl Plaintext {
    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; PLAINTEXT_BYTES]> {
        let mut out = Zeroizing::new([0; PLAINTEXT_BYTES]);
        let mut writer = out.as_mut_slice();
        self.write(&mut writer).expect("the parts add up to the whole");
        debug_assert!(writer.is_empty());
        out
    }

    fn write(&self, writer: &mut impl io::Write) -> io::Result<()> {
        FORMAT_VERSION.serialize(writer)?;
        self.diversifier.serialize(writer)?;
        self.asset.serialize(writer)?;
        self.value.serialize(writer)?;
        writer.write_all(self.rseed.as_slice())?;
        let blinding = match &self.opening {
            Opening::Plain => {
                PLAIN.serialize(writer)?;
                writer.write_all(&[0; ESCROW_BYTES])?;
                None
            }
            Opening::Escrow { escrow, blinding } => {
                if blinding.is_some() { TAGGED } else { ESCROW }.serialize(writer)?;
                escrow.contract.serialize(writer)?;
                escrow.refund.serialize(writer)?;
                field::write(&escrow.nullifier_key.element(), writer)?;
                *blinding
            }
        };
        writer.write_all(&blinding.map_or([0; 32], |r| jubjub::scalar_to_bytes(&r)))?;
        writer.write_all(self.memo.as_bytes())
    }

    /// Reads a plaintext: known version and kind, every number canonical, unused bytes 0.
    pub(super) fn from_bytes(bytes: &[u8; PLAINTEXT_BYTES]) -> Option<Self> {
        Self::read(&mut bytes.as_slice()).ok().flatten()
    }

    fn read(reader: &mut &[u8]) -> io::Result<Option<Self>> {
        if u8::deserialize_reader(reader)? != FORMAT_VERSION {
            return Ok(None);
        }
        let diversifier = Diversifier::deserialize_reader(reader)?;
        let asset = AssetId::deserialize_reader(reader)?;
        let value = NoteValue::deserialize_reader(reader)?;
        let rseed = Zeroizing::new(<[u8; 32]>::deserialize_reader(reader)?);
        let kind = u8::deserialize_reader(reader)?;
        let escrow = <[u8; ESCROW_BYTES]>::deserialize_reader(reader)?;
        let blinding = <[u8; 32]>::deserialize_reader(reader)?;
        let memo = Memo::from_bytes(BorshDeserialize::deserialize_reader(reader)?);
        let unused = |bytes: &[u8]| bytes.iter().all(|&byte| byte == 0);
        let opening = match kind {
            PLAIN if unused(&escrow) && unused(&blinding) => Opening::Plain,
            ESCROW if unused(&blinding) => Opening::Escrow { escrow: read_escrow(&escrow)?, blinding: None },
            TAGGED => match jubjub::scalar_from_bytes(&blinding) {
                Some(r) => Opening::Escrow { escrow: read_escrow(&escrow)?, blinding: Some(r) },
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(Self { diversifier, asset, value, rseed, opening, memo }))
    }

    /// The lock, given the owner commitment of the recipient.
    pub(super) const fn lock(&self, owner: OwnerCommitment) -> Lock {
        match &self.opening {
            Opening::Plain => Lock::Plain(owner),
            Opening::Escrow { escrow, .. } => Lock::Escrow(*escrow),
        }
    }

    /// `r` of a tagged escrow.
    pub(super) const fn blinding(&self) -> Option<JubjubScalar> {
        match &self.opening {
            Opening::Plain => None,
            Opening::Escrow { blinding, .. } => *blinding,
        }
    }
}

fn read_escrow(mut bytes: &[u8]) -> io::Result<Escrow> {
    let reader = &mut bytes;
    Ok(Escrow {
        contract: Contract::deserialize_reader(reader)?,
        refund: OwnerCommitment::deserialize_reader(reader)?,
        nullifier_key: NullifierKey::new(field::read(reader)?),
    })
}

/// `rcm = BLAKE2b-512("Tabella_ExpandNt", 1 || rseed || asset || value || lock) mod r`.
pub(super) fn derive_rcm(
    rseed: &[u8; 32],
    asset: AssetId,
    value: NoteValue,
    lock: LockCommitment,
) -> NoteCommitmentTrapdoor {
    let (asset, value, lock) = (asset.to_bytes(), value.0.to_le_bytes(), lock.to_bytes());
    let bytes = Zeroizing::new(blake2b_512(personal::EXPAND_NOTE, &[&[1], rseed, &asset, &value, &lock]));
    NoteCommitmentTrapdoor::new(Fr::from_le_bytes_mod_order(bytes.as_slice()))
}

/// `esk = BLAKE2b-512("Tabella_ExpandNt", 2 || plaintext || cm || tk) mod l`; the plaintext holds rseed.
pub(super) fn derive_esk(
    plaintext: &[u8; PLAINTEXT_BYTES],
    cm: NoteCommitment,
    transmission_key: &Element,
) -> Zeroizing<Scalar> {
    let parts: [&[u8]; 4] = [&[2], plaintext, &cm.to_bytes(), transmission_key.as_bytes()];
    let bytes = Zeroizing::new(blake2b_512(personal::EXPAND_NOTE, &parts));
    Zeroizing::new(Scalar::from_bytes_mod_order_wide(&bytes))
}

/// The sender's plaintext.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct OutgoingPlaintext {
    #[zeroize(skip)]
    pub(super) transmission_key: Element,
    #[zeroize(skip)]
    pub(super) owner: OwnerCommitment,
    pub(super) esk: Scalar,
    #[zeroize(skip)]
    pub(super) refund: Option<Diversifier>,
}

impl OutgoingPlaintext {
    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; OUTGOING_BYTES]> {
        let mut out = Zeroizing::new([0; OUTGOING_BYTES]);
        out[..32].copy_from_slice(self.transmission_key.as_bytes());
        out[32..64].copy_from_slice(&self.owner.to_bytes());
        out[64..96].copy_from_slice(self.esk.as_bytes());
        if let Some(diversifier) = self.refund {
            out[96] = 1;
            out[97..].copy_from_slice(&diversifier.0);
        }
        out
    }

    pub(super) fn from_bytes(bytes: &[u8; OUTGOING_BYTES]) -> Option<Self> {
        let part = |i: usize| -> [u8; 32] { std::array::from_fn(|j| bytes[32 * i + j]) };
        let diversifier: [u8; 11] = std::array::from_fn(|i| bytes[97 + i]);
        let refund = match bytes[96] {
            0 if diversifier == [0; 11] => None,
            1 => Some(Diversifier(diversifier)),
            _ => return None,
        };
        Some(Self {
            transmission_key: Element::decode(part(0))?,
            owner: OwnerCommitment::from_bytes(&part(1))?,
            esk: Option::from(Scalar::from_canonical_bytes(part(2)))?,
            refund,
        })
    }
}

/// Key of `enc`: `BLAKE2b-256("Tabella_Note_KDF", shared secret || epk || cm)`.
pub(super) fn recipient_key(shared: &[u8; 32], epk: &Element, cm: NoteCommitment) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(blake2b_256(personal::NOTE_KDF, &[shared, epk.as_bytes(), &cm.to_bytes()]))
}

/// Key of `out`: `BLAKE2b-256("Tabella_Out_KDF_", ovk || cm || epk)`.
pub(super) fn outgoing_key(ovk: &[u8; 32], cm: NoteCommitment, epk: &Element) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(blake2b_256(personal::OUTGOING_KDF, &[ovk, &cm.to_bytes(), epk.as_bytes()]))
}

/// Encrypts under a key that is used once: the nonce is zero.
pub(super) fn seal<const OUT: usize>(key: &[u8; 32], plaintext: &[u8]) -> [u8; OUT] {
    let mut out = [0; OUT];
    let (body, tag) = out.split_at_mut(plaintext.len());
    debug_assert_eq!(tag.len(), TAG_BYTES);
    body.copy_from_slice(plaintext);
    let computed = ChaCha20Poly1305::new(key.into())
        .encrypt_in_place_detached(&Nonce::default(), &[], body)
        .expect("far below the cipher's limit of 256 GiB");
    tag.copy_from_slice(&computed);
    out
}

/// Decrypts what [`seal`] encrypted; `None` when the tag fails.
pub(super) fn open<const PLAIN: usize>(key: &[u8; 32], ciphertext: &[u8]) -> Option<Zeroizing<[u8; PLAIN]>> {
    let mut out = Zeroizing::new([0; PLAIN]);
    let (body, tag) = ciphertext.split_at_checked(PLAIN)?;
    if tag.len() != TAG_BYTES {
        return None;
    }
    out.copy_from_slice(body);
    ChaCha20Poly1305::new(key.into())
        .decrypt_in_place_detached(&Nonce::default(), &[], out.as_mut_slice(), Tag::from_slice(tag))
        .ok()?;
    Some(out)
}
