//! The key that signs checkpoints. The only secret of this crate.
//!
//! Reading and printing its text form is not constant time (base64); signing is.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::{CryptoRng, RngCore};
use signed_note::Signature;
use tabella_verifier::log::{Checkpoint, CheckpointVerifier, Origin, SignedCheckpoint};
use thiserror::Error;
use zeroize::Zeroizing;

const PREFIX: &str = "PRIVATE+KEY+";
/// First byte of an encoded key: Ed25519.
const ED25519: u8 = 1;

/// A ledger's name and its signing key, which is wiped when dropped. `Debug` prints the public side.
///
/// Text form, that of Go's `note` package: `PRIVATE+KEY+<name>+<key id>+<base64 of 0x01 || secret>`.
#[derive(Clone)]
pub struct CheckpointSigner {
    key: SigningKey,
    verifier: CheckpointVerifier,
}

/// The text is no signing key. What it was is not told: it may be one nearly.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a signing key of the form PRIVATE+KEY+<name>+<key id>+<base64>")]
pub struct MalformedSigningKey;

impl CheckpointSigner {
    /// A new key for a ledger of this name.
    pub fn generate(name: Origin, rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self::new(name, SigningKey::generate(rng))
    }

    /// A name and a key.
    ///
    /// # Panics
    /// Never: a key that was made from a secret is of full order.
    #[must_use]
    pub fn new(name: Origin, key: SigningKey) -> Self {
        let verifier = CheckpointVerifier::new(name, key.verifying_key()).expect("a derived key is of full order");
        Self { key, verifier }
    }

    /// The public side.
    #[must_use]
    pub const fn verifier(&self) -> &CheckpointVerifier {
        &self.verifier
    }

    /// Signs a checkpoint.
    #[must_use]
    pub fn sign(&self, checkpoint: Checkpoint) -> SignedCheckpoint {
        let bytes = self.key.sign(checkpoint.to_string().as_bytes()).to_bytes().to_vec();
        let name = self.verifier.name().as_str().to_owned();
        let signature = Signature::new(name, self.verifier.key_id(), bytes).expect("an origin is a key name");
        SignedCheckpoint::new(checkpoint, vec![signature]).expect("one signature repeats no key")
    }

    /// The text form, secret.
    #[must_use]
    pub fn to_secret_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([ED25519; 33]);
        bytes[1..].copy_from_slice(self.key.as_bytes());
        let secret = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
        let verifier = &self.verifier;
        Zeroizing::new(format!("{PREFIX}{}+{:08x}+{}", verifier.name(), verifier.key_id(), secret.as_str()))
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`MalformedSigningKey`] for anything but what [`Self::to_secret_text`] prints.
    pub fn from_secret_text(text: &str) -> Result<Self, MalformedSigningKey> {
        let mut parts = text.strip_prefix(PREFIX).ok_or(MalformedSigningKey)?.splitn(3, '+');
        let name = parts.next().and_then(|name| Origin::new(name).ok()).ok_or(MalformedSigningKey)?;
        let secret = parts.nth(1).ok_or(MalformedSigningKey)?;
        let bytes = Zeroizing::new(STANDARD.decode(secret).map_err(|_| MalformedSigningKey)?);
        let (algorithm, secret) = bytes.split_first().ok_or(MalformedSigningKey)?;
        let key = SigningKey::try_from(secret).map_err(|_| MalformedSigningKey)?;
        let signer = Self::new(name, key);
        let canonical = *algorithm == ED25519 && signer.to_secret_text().as_str() == text;
        if canonical { Ok(signer) } else { Err(MalformedSigningKey) }
    }
}

impl fmt::Debug for CheckpointSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckpointSigner({})", self.verifier)
    }
}

#[cfg(test)]
mod tests {
    use tabella_verifier::log::LogHash;

    use super::*;

    fn signer() -> CheckpointSigner {
        CheckpointSigner::new(Origin::new("ledger.example").unwrap(), SigningKey::from_bytes(&[7; 32]))
    }

    #[test]
    fn signatures_verify_under_the_public_side() {
        let origin = Origin::new("ledger.example/pool/1").unwrap();
        let signed = signer().sign(Checkpoint::new(origin.clone(), 3, LogHash::of_leaf(b"root")));
        let read = SignedCheckpoint::from_bytes(&signed.to_bytes()).unwrap();
        assert_eq!(signer().verifier().verify(&read, &origin).unwrap().size(), 3);
    }

    #[test]
    fn the_text_form_is_read_by_the_standard_signer_and_by_us() {
        let text = signer().to_secret_text();
        signed_note::StandardSigner::new(&text).unwrap();
        let read = CheckpointSigner::from_secret_text(&text).unwrap();
        assert_eq!(read.verifier(), signer().verifier());
        for altered in
            [&text[1..], &text[..text.len() - 1], &format!("{}\n", *text), &text.replace("example", "another")]
        {
            assert_eq!(CheckpointSigner::from_secret_text(altered).unwrap_err(), MalformedSigningKey);
        }
    }

    #[test]
    fn debug_prints_no_secret() {
        let printed = format!("{:?}", signer());
        assert_eq!(printed, format!("CheckpointSigner({})", signer().verifier()));
        assert!(!printed.contains(&STANDARD.encode([7; 32])[..20]));
    }
}
