//! A wallet's seed, addresses, and key files.

use rand_core::{OsRng, RngCore as _};
use tabella_protocol::keys::{self, Account, Address, AddressKind, Diversifier};
use tabella_prover::keyfile::{self, KeyFileContent, KeyFileError, Passphrase, WalletKey, WorkFactor};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    bridge::{bytes_to_js, hash, object},
    error::{Code, Coded, EngineError},
};

/// Shortest passphrase of a new key file, in characters, as on the command line.
const MINIMUM_LENGTH: usize = 12;

/// The bytes of a new key file.
pub(crate) fn seal<T: KeyFileContent>(secret: &T, passphrase: &str) -> Result<Vec<u8>, EngineError> {
    let length = passphrase.chars().count();
    if length < MINIMUM_LENGTH {
        let message = format!("a passphrase of {length} characters is too short: take {MINIMUM_LENGTH} or more");
        return Err(EngineError::new(Code::WeakPassphrase, message));
    }
    let passphrase = Passphrase::new(passphrase.to_owned());
    keyfile::seal(secret, &passphrase, WorkFactor::STANDARD).code(Code::Internal)
}

/// What a key file holds.
pub(crate) fn open<T: KeyFileContent>(file: &[u8], passphrase: &str) -> Result<T, EngineError> {
    keyfile::open(file, &Passphrase::new(passphrase.to_owned())).map_err(|error| match error {
        KeyFileError::WrongPassphrase => EngineError::new(Code::Passphrase, error),
        other => EngineError::new(Code::File, other),
    })
}

/// A wallet's seed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Seed(WalletKey);

impl Seed {
    pub(crate) const fn inner(&self) -> &keys::Seed {
        self.0.seed()
    }
}

#[wasm_bindgen]
impl Seed {
    /// A new seed.
    #[must_use]
    pub fn generate() -> Seed {
        let mut bytes = [0; 32];
        OsRng.fill_bytes(&mut bytes);
        Self(WalletKey::new(keys::Seed::new(bytes)))
    }

    /// The seed of 24 words.
    ///
    /// # Errors
    /// If they are none.
    #[wasm_bindgen(js_name = fromWords)]
    pub fn from_words(words: &str) -> Result<Seed, EngineError> {
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        Ok(Self(WalletKey::new(keys::Seed::from_words(&words).code(Code::Words)?)))
    }

    /// Opens a key file.
    ///
    /// # Errors
    /// If it is none, or the passphrase is wrong.
    pub fn open(file: &[u8], passphrase: &str) -> Result<Seed, EngineError> {
        Ok(Self(open(file, passphrase)?))
    }

    /// The key file.
    ///
    /// # Errors
    /// If the passphrase is too short.
    pub fn seal(&self, passphrase: &str) -> Result<Vec<u8>, EngineError> {
        seal(&self.0, passphrase)
    }

    /// The 24 words.
    #[must_use]
    pub fn words(&self) -> String {
        self.inner().to_words().to_string()
    }

    /// The address to register for an election.
    ///
    /// # Errors
    /// If the registration id is none.
    #[wasm_bindgen(js_name = votingAddress)]
    pub fn voting_address(&self, registration: &str) -> Result<String, EngineError> {
        let account = Account::Election(hash(registration, "a registration id")?);
        let address = self.inner().account(&account).address(Diversifier::from_index(0));
        Ok(address.encode(AddressKind::Election))
    }

    /// An address for payments.
    #[wasm_bindgen(js_name = paymentAddress)]
    #[must_use]
    pub fn payment_address(&self, account: u32, index: u32) -> String {
        let account = self.inner().account(&Account::Payment(account));
        account.address(Diversifier::from_index(u64::from(index))).encode(AddressKind::Payment)
    }
}

/// An address of a kind.
pub(crate) fn address(text: &str, kind: AddressKind) -> Result<Address, EngineError> {
    Address::decode(text.trim(), kind).code(Code::Argument)
}

/// Reads an address of either kind.
///
/// # Errors
/// If it is none.
#[wasm_bindgen(js_name = readAddress)]
pub fn read_address(text: &str) -> Result<JsValue, EngineError> {
    let voting = address(text, AddressKind::Election).map(|address| ("voting", address));
    let (kind, address) =
        voting.or_else(|_| address(text, AddressKind::Payment).map(|address| ("payment", address)))?;
    let bytes = borsh::to_vec(&address).code(Code::Internal)?;
    Ok(object(&[("kind", kind.into()), ("bytes", bytes_to_js(&bytes))]))
}
