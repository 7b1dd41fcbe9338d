//! Keys of an account, and the openings that are sealed under them. Spec § 5.2.

use std::fmt;

use blake2b_simd::Params;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, aead::Aead as _};
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    account::{OpenAccount, SealedOpening, owner_message},
    domain::personal,
    keys::Seed,
    note::{AssetId, NoteValue},
    ristretto::Element,
    secret::Secret,
    transaction::{SignatureBytes, TransactionDigest},
};
use zeroize::Zeroizing;

use super::AmountOpening;

/// The keys of an account: one signs, one reads what is received, one reads what was sent. `Debug` prints nothing.
pub struct AccountKeys {
    owner: SigningKey,
    viewer: Secret<Scalar>,
    sealing: Secret<[u8; 32]>,
    nonce: [u8; 32],
}

/// BLAKE2b-512 (`Tabella_AcctKeys`) of the parts.
fn expand(parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let mut state = Params::new().hash_length(64).personal(personal::ACCOUNT_KEYS).to_state();
    for part in parts {
        state.update(part);
    }
    let mut bytes = Zeroizing::new([0; 64]);
    bytes.copy_from_slice(state.finalize().as_bytes());
    bytes
}

fn first_half(bytes: &Zeroizing<[u8; 64]>) -> Zeroizing<[u8; 32]> {
    let mut half = Zeroizing::new([0; 32]);
    half.copy_from_slice(&bytes[..32]);
    half
}

impl AccountKeys {
    /// The keys of a secret: 32 bytes, random or derived from a seed, of this account alone.
    #[must_use]
    pub fn new(secret: &Secret<[u8; 32]>) -> Self {
        let expand = |label: &[u8]| expand(&[secret.expose(), label]);
        Self {
            owner: SigningKey::from_bytes(&first_half(&expand(b"owner"))),
            viewer: Secret::new(Scalar::from_bytes_mod_order_wide(&expand(b"viewer"))),
            sealing: Secret::new(*first_half(&expand(b"sealing"))),
            nonce: *first_half(&expand(b"nonce")),
        }
    }

    /// The keys that a seed has under a number: with the log, 24 words give an account back.
    #[must_use]
    pub fn of_seed(seed: &Seed, number: u32) -> Self {
        let secret = first_half(&expand(&[seed.expose(), b"account", &number.to_le_bytes()]));
        Self::new(&Secret::new(*secret))
    }

    /// The account of an asset under these keys: always the same one.
    #[must_use]
    pub fn opening(&self, asset: AssetId) -> OpenAccount {
        OpenAccount { owner: self.owner(), viewer: self.viewer(), asset, nonce: self.nonce }
    }

    /// The public key that signs.
    #[must_use]
    pub fn owner(&self) -> [u8; 32] {
        self.owner.verifying_key().to_bytes()
    }

    /// The public key to which openings are sealed.
    #[must_use]
    pub fn viewer(&self) -> Element {
        Element::new(self.viewer.expose() * RISTRETTO_BASEPOINT_TABLE)
    }

    /// Signs for all that a transaction does with the account.
    #[must_use]
    pub fn sign(&self, digest: TransactionDigest) -> SignatureBytes {
        SignatureBytes(self.owner.sign(&owner_message(digest)).to_bytes())
    }

    /// Seals an opening to the viewer of an account, in such a way that these keys can open it again, too.
    ///
    /// The ephemeral scalar follows from viewer and commitment, so that one key is never used for two plaintexts: a
    /// commitment has one opening that anybody knows.
    #[must_use]
    pub fn seal(&self, opening: &AmountOpening, viewer: &Element) -> SealedOpening {
        seal_with(&self.ephemeral(viewer, &opening.commitment()), opening, viewer)
    }

    fn ephemeral(&self, viewer: &Element, commitment: &Element) -> Zeroizing<Scalar> {
        let bytes = expand(&[self.sealing.expose(), viewer.as_bytes(), commitment.as_bytes()]);
        Zeroizing::new(Scalar::from_bytes_mod_order_wide(&bytes))
    }

    /// The opening of a hidden deposit; `None` unless it opens the commitment: then the owner does not accept it.
    #[must_use]
    pub fn unseal(&self, commitment: &Element, sealed: &SealedOpening) -> Option<AmountOpening> {
        unseal_with(&Element::new(self.viewer.expose() * sealed.epk.point()), commitment, sealed)
    }

    /// The opening that these keys sealed to the viewer of another account.
    #[must_use]
    pub fn unseal_sent(&self, viewer: &Element, commitment: &Element, sealed: &SealedOpening) -> Option<AmountOpening> {
        let esk = self.ephemeral(viewer, commitment);
        unseal_with(&Element::new(*esk * viewer.point()), commitment, sealed)
    }
}

impl fmt::Debug for AccountKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountKeys(<secret>)")
    }
}

impl AmountOpening {
    /// The opening for the viewer of an account, which its sender cannot open again.
    #[must_use]
    pub fn seal(&self, viewer: &Element, rng: &mut (impl RngCore + CryptoRng)) -> SealedOpening {
        seal_with(&Zeroizing::new(Scalar::random(rng)), self, viewer)
    }
}

fn seal_with(esk: &Zeroizing<Scalar>, opening: &AmountOpening, viewer: &Element) -> SealedOpening {
    let epk = Element::new(&**esk * RISTRETTO_BASEPOINT_TABLE);
    let cipher = opening_cipher(&Element::new(**esk * viewer.point()), &epk, &opening.commitment());
    let mut plain = Zeroizing::new([0; 40]);
    plain[..8].copy_from_slice(&opening.value.expose().to_le_bytes());
    plain[8..].copy_from_slice(opening.blinding.expose().as_bytes());
    let ciphertext = cipher.encrypt(&Default::default(), plain.as_slice()).expect("40 bytes are not too long");
    let mut sealed = [0; 56];
    sealed.copy_from_slice(&ciphertext);
    SealedOpening { epk, sealed }
}

fn unseal_with(shared: &Element, commitment: &Element, sealed: &SealedOpening) -> Option<AmountOpening> {
    let cipher = opening_cipher(shared, &sealed.epk, commitment);
    let plain = Zeroizing::new(cipher.decrypt(&Default::default(), sealed.sealed.as_slice()).ok()?);
    let (value, blinding) = plain.split_at_checked(8)?;
    let blinding: Option<Scalar> = Scalar::from_canonical_bytes(blinding.try_into().ok()?).into();
    let opening = AmountOpening::new(NoteValue(u64::from_le_bytes(value.try_into().ok()?)), blinding?);
    (opening.commitment() == *commitment).then_some(opening)
}

fn opening_cipher(shared: &Element, epk: &Element, commitment: &Element) -> ChaCha20Poly1305 {
    let key = Params::new()
        .hash_length(32)
        .personal(personal::OPENING_KDF)
        .to_state()
        .update(shared.as_bytes())
        .update(epk.as_bytes())
        .update(commitment.as_bytes())
        .finalize();
    ChaCha20Poly1305::new_from_slice(key.as_bytes()).expect("the hash has 32 bytes")
}
