//! Keys of an operator, a provider or a receiver's institution: one signs, one opens what is sealed to it.

use std::fmt;

use bech32::{Bech32, Hrp};
use ed25519_dalek::{Signer as _, SigningKey};
use tabella_protocol::{
    ceremony::AgeRecipient,
    hash::blake2b_512,
    keys::Seed,
    secret::Secret,
    transaction::{Action, LedgerId, SignatureBytes, Transaction, TransactionDigest, TransactionEffects},
};
use tabella_remittance_rules::{
    RemittanceAction, RemittanceProof,
    action::APPLICATION,
    domain,
    terms::{Corridor, RemittanceId, party_message},
};
use zeroize::Zeroizing;

const AGE_SECRET_PREFIX: Hrp = Hrp::parse_unchecked("age-secret-key-");

/// The keys of a party, from its wallet's seed. `Debug` prints nothing.
pub struct RemittanceKeys {
    signer: SigningKey,
    age: age::x25519::Identity,
    recipient: AgeRecipient,
    quotes: Secret<[u8; 32]>,
}

/// The first half of `BLAKE2b-512("Remit_Keys______", seed || number (4 bytes) || label)`.
fn derive(seed: &Seed, number: u32, label: &[u8]) -> Zeroizing<[u8; 32]> {
    let bytes = Zeroizing::new(blake2b_512(domain::KEYS, &[seed.expose(), &number.to_le_bytes(), label]));
    let mut half = Zeroizing::new([0; 32]);
    half.copy_from_slice(&bytes[..32]);
    half
}

fn signer(seed: &Seed, number: u32) -> SigningKey {
    SigningKey::from_bytes(&derive(seed, number, b"signer"))
}

/// The age identity of a secret scalar's bytes.
fn age_identity(secret: &Zeroizing<[u8; 32]>) -> age::x25519::Identity {
    let text = bech32::encode::<Bech32>(AGE_SECRET_PREFIX, secret.as_slice()).expect("32 bytes are short enough");
    let text = Zeroizing::new(text.to_ascii_uppercase());
    text.parse().expect("any 32 bytes are a secret of X25519")
}

impl RemittanceKeys {
    /// The keys that a seed has under a number. Keys of different numbers cannot be linked: a receiver's institution takes a new
    /// number for each remittance.
    #[must_use]
    pub fn of_seed(seed: &Seed, number: u32) -> Self {
        let age = age_identity(&derive(seed, number, b"age"));
        let recipient = age.to_public().to_string().parse().expect("age writes its own recipients well");
        let quotes = Secret::new(*derive(seed, number, b"quotes"));
        Self { signer: signer(seed, number), age, recipient, quotes }
    }

    /// The keys among those of some numbers by which a party is named.
    #[must_use]
    pub fn find(seed: &Seed, party: &[u8; 32], numbers: impl IntoIterator<Item = u32>) -> Option<Self> {
        let is_one = |number: &u32| signer(seed, *number).verifying_key().as_bytes() == party;
        numbers.into_iter().find(is_one).map(|number| Self::of_seed(seed, number))
    }

    /// The Ed25519 key by which quotes, corridors and terms name this party.
    #[must_use]
    pub fn signer(&self) -> [u8; 32] {
        self.signer.verifying_key().to_bytes()
    }

    /// To whom travel-rule messages are sealed.
    #[must_use]
    pub const fn recipient(&self) -> AgeRecipient {
        self.recipient
    }

    pub(crate) const fn age(&self) -> &age::x25519::Identity {
        &self.age
    }

    /// The key of one quote: of all who do not know the seed, nobody can link two of them.
    fn quote_signer(&self, nonce: &[u8; 32]) -> SigningKey {
        let bytes = Zeroizing::new(blake2b_512(domain::KEYS, &[self.quotes.expose(), nonce]));
        let mut half = Zeroizing::new([0; 32]);
        half.copy_from_slice(&bytes[..32]);
        SigningKey::from_bytes(&half)
    }

    /// The public key of the quote of a nonce.
    #[must_use]
    pub fn quote_key(&self, nonce: &[u8; 32]) -> [u8; 32] {
        self.quote_signer(nonce).verifying_key().to_bytes()
    }

    /// Signs what locks both legs, by the key of the quote.
    #[must_use]
    pub fn sign_lock(&self, nonce: &[u8; 32], digest: TransactionDigest) -> SignatureBytes {
        SignatureBytes(self.quote_signer(nonce).sign(&party_message(digest)).to_bytes())
    }

    pub(crate) fn sign_message(&self, message: &[u8; 32]) -> SignatureBytes {
        SignatureBytes(self.signer.sign(message).to_bytes())
    }

    fn sign(&self, digest: TransactionDigest) -> SignatureBytes {
        self.sign_message(&party_message(digest))
    }

    /// Opens a corridor, as its operator.
    #[must_use]
    pub fn open(&self, ledger: LedgerId, corridor: Corridor) -> Transaction {
        self.alone(ledger, &RemittanceAction::Open { corridor })
    }

    /// Answers for the receiver.
    #[must_use]
    pub fn answer(&self, ledger: LedgerId, remittance: RemittanceId, accepts: bool) -> Transaction {
        self.alone(ledger, &RemittanceAction::Answer { remittance, accepts })
    }

    fn alone(&self, ledger: LedgerId, action: &RemittanceAction) -> Transaction {
        self.sign_all(TransactionEffects::new(ledger, Vec::new(), vec![wrap(action)]))
    }

    /// A transaction without transfers, each of whose actions this party signs: as an operator, or as who answers.
    #[must_use]
    pub fn sign_all(&self, effects: TransactionEffects) -> Transaction {
        let signature = proof_bytes(&RemittanceProof::Signature(self.sign(effects.digest())));
        let action_proofs = vec![signature; effects.actions.len()];
        Transaction { effects, transfers: Vec::new(), action_proofs }
    }
}

impl fmt::Debug for RemittanceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemittanceKeys(<secret>)")
    }
}

/// An action of this application.
#[must_use]
pub fn wrap(action: &RemittanceAction) -> Action {
    Action { application: APPLICATION, body: borsh::to_vec(action).expect("writing to memory") }
}

/// The bytes of a proof.
#[must_use]
pub fn proof_bytes(proof: &RemittanceProof) -> Vec<u8> {
    borsh::to_vec(proof).expect("writing to memory")
}
