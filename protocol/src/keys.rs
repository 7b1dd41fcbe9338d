//! Keys and addresses. Spec § 2.

use std::{fmt, str::FromStr};

use ark_bls12_381::Fr;
use ark_ec::CurveGroup;
use ark_ff::{PrimeField, Zero};
use bech32::{Bech32m, Hrp};
use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use reddsa::sapling::SpendAuth;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    domain::{Use, personal},
    field::{self, field_newtype},
    hash::{blake2b_256, blake2b_512, poseidon_hash},
    jubjub::{self, JubjubPoint, JubjubScalar},
    ristretto::{Element, hash_to_ristretto},
    secret::Secret,
};

/// 32 random bytes from which all keys of a person derive; shown as 24 BIP-39 words.
#[derive(Clone, Debug)]
pub struct Seed(Secret<[u8; 32]>);

/// Why words were refused.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SeedError {
    /// A word is not in the list, the checksum is wrong, or there are not 24 words.
    #[error("these are not 24 words of a Tabella seed (check the spelling and the order): {0}")]
    Words(String),
}

impl Seed {
    /// Wraps 32 random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// The bytes.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The seed as 24 English BIP-39 words.
    #[must_use]
    pub fn to_words(&self) -> Zeroizing<String> {
        let mnemonic = bip39::Mnemonic::from_entropy(self.expose()).expect("32 bytes are 24 words");
        Zeroizing::new(mnemonic.to_string())
    }

    /// Reads 24 words.
    ///
    /// # Errors
    /// [`SeedError::Words`] when a word or the checksum is wrong, or the count is not 24.
    pub fn from_words(words: &str) -> Result<Self, SeedError> {
        let mnemonic = bip39::Mnemonic::parse_in_normalized(bip39::Language::English, words.trim())
            .map_err(|error| SeedError::Words(error.to_string()))?;
        let entropy = Zeroizing::new(mnemonic.to_entropy());
        let bytes = entropy.as_slice().try_into().map_err(|_| SeedError::Words("not 24 words".into()))?;
        Ok(Self::new(bytes))
    }

    /// Derives an account's spending key: `BLAKE2b-256("Tabella_Account_", seed || borsh(account))`.
    #[must_use]
    pub fn account(&self, account: &Account) -> SpendingKey {
        let path = borsh::to_vec(account).expect("writing to memory");
        SpendingKey::new(blake2b_256(personal::ACCOUNT, &[self.expose(), &path]))
    }
}

/// What a key is for. Voting keys are derived apart for each election, because a full viewing key links ballots.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Account {
    /// Payments; the number tells accounts of one person apart.
    Payment(u32),
    /// One election, named by the registration id that its authority publishes before there is a manifest.
    Election([u8; 32]),
}

/// The root of one account: expands to `ask`, `nk`, `ivk` and `ovk`.
#[derive(Clone, Debug)]
pub struct SpendingKey {
    ask: Secret<[u8; 32]>,
    full: FullViewingKey,
}

impl SpendingKey {
    fn new(sk: [u8; 32]) -> Self {
        let sk = Zeroizing::new(sk);
        let expand = |label: &[u8]| Zeroizing::new(blake2b_512(personal::EXPAND, &[sk.as_slice(), label]));
        let ask = JubjubScalar::from_le_bytes_mod_order(expand(b"ask").as_slice());
        assert!(!ask.is_zero(), "probability 2^-252");
        let nk = Fr::from_le_bytes_mod_order(expand(b"nk").as_slice());
        let ivk = Scalar::from_bytes_mod_order_wide(&expand(b"ivk"));
        let mut ovk = [0; 32];
        ovk.copy_from_slice(&expand(b"ovk")[..32]);
        let ak = (*jubjub::spend_authority_base() * ask).into_affine();
        let ok = OwnerKey(poseidon_hash(Use::OwnerKey, [ak.x, ak.y, nk]));
        let full = FullViewingKey {
            ak: SpendValidatingKey(JubjubPoint::new(ak)),
            nk: NullifierKey(nk),
            incoming: IncomingViewingKey { ivk: Secret::new(ivk), ok },
            ovk: Secret::new(ovk),
        };
        Self { ask: Secret::new(jubjub::scalar_to_bytes(&ask)), full }
    }

    /// The full viewing key.
    #[must_use]
    pub const fn full_viewing_key(&self) -> &FullViewingKey {
        &self.full
    }

    /// The reddsa signing key of `ask`, to be randomised by a transfer's `alpha`.
    #[must_use]
    pub fn spend_authorizing_key(&self) -> reddsa::SigningKey<SpendAuth> {
        reddsa::SigningKey::try_from(*self.ask.expose()).expect("ask is a canonical scalar")
    }

    /// The address at a diversifier.
    #[must_use]
    pub fn address(&self, diversifier: Diversifier) -> Address {
        self.full.incoming.address(diversifier)
    }
}

/// `ak = ask·G`, never of small order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpendValidatingKey(JubjubPoint);

impl SpendValidatingKey {
    /// The point.
    #[must_use]
    pub const fn point(&self) -> &JubjubPoint {
        &self.0
    }

    /// Reads a key; a point of small order is refused.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        JubjubPoint::from_bytes(bytes).filter(|point| !point.is_small_order()).map(Self)
    }
}

/// `nk`, from which nullifiers derive. For an escrow it is `nk_e`, which the maker picks and both parties hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NullifierKey(Fr);

impl NullifierKey {
    /// Wraps a field element.
    #[must_use]
    pub const fn new(nk: Fr) -> Self {
        Self(nk)
    }

    /// The field element.
    #[must_use]
    pub const fn element(&self) -> Fr {
        self.0
    }
}

impl Zeroize for NullifierKey {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for NullifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NullifierKey(<secret>)")
    }
}

/// `ok = H(ak.x, ak.y, nk)`: what an address commits to, without telling `nk`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OwnerKey(Fr);

impl OwnerKey {
    /// `ok = H(ak.x, ak.y, nk)`.
    #[must_use]
    pub fn derive(ak: &SpendValidatingKey, nk: NullifierKey) -> Self {
        let point = ak.0.affine();
        Self(poseidon_hash(Use::OwnerKey, [point.x, point.y, nk.0]))
    }

    /// The field element.
    #[must_use]
    pub const fn element(&self) -> Fr {
        self.0
    }

    /// `pk = H(ok, d)`.
    #[must_use]
    pub fn commitment(&self, diversifier: Diversifier) -> OwnerCommitment {
        OwnerCommitment(poseidon_hash(Use::Owner, [self.0, diversifier.element()]))
    }
}

impl fmt::Debug for OwnerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerKey(<secret>)")
    }
}

/// Sees what came and went, spends nothing, links a person's spends.
#[derive(Clone, Debug)]
pub struct FullViewingKey {
    ak: SpendValidatingKey,
    nk: NullifierKey,
    incoming: IncomingViewingKey,
    ovk: Secret<[u8; 32]>,
}

impl FullViewingKey {
    /// `ak`.
    #[must_use]
    pub const fn spend_validating_key(&self) -> &SpendValidatingKey {
        &self.ak
    }

    /// `nk`.
    #[must_use]
    pub const fn nullifier_key(&self) -> NullifierKey {
        self.nk
    }

    /// The incoming part.
    #[must_use]
    pub const fn incoming(&self) -> &IncomingViewingKey {
        &self.incoming
    }

    /// `ovk`, which opens what this account sent.
    #[must_use]
    pub const fn outgoing(&self) -> &Secret<[u8; 32]> {
        &self.ovk
    }

    /// `ak || nk || ivk || ovk`, 32 bytes each.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 128]> {
        let mut out = Zeroizing::new([0; 128]);
        out[..32].copy_from_slice(&self.ak.0.to_bytes());
        out[32..64].copy_from_slice(&field::to_bytes(&self.nk.0));
        out[64..96].copy_from_slice(self.incoming.ivk.expose().as_bytes());
        out[96..].copy_from_slice(self.ovk.expose());
        out
    }

    /// Reads `ak || nk || ivk || ovk`; each part canonical, `ak` not of small order.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 128]) -> Option<Self> {
        let part = |i: usize| -> [u8; 32] { std::array::from_fn(|j| bytes[32 * i + j]) };
        let ak = SpendValidatingKey::from_bytes(&part(0))?;
        let nk = field::from_bytes(&part(1))?;
        let ivk = Option::from(Scalar::from_canonical_bytes(part(2)))?;
        let point = ak.0.affine();
        let ok = OwnerKey(poseidon_hash(Use::OwnerKey, [point.x, point.y, nk]));
        Some(Self {
            ak,
            nk: NullifierKey(nk),
            incoming: IncomingViewingKey { ivk: Secret::new(ivk), ok },
            ovk: Secret::new(part(3)),
        })
    }
}

/// Sees what came in: `(ivk, ok)`.
#[derive(Clone, Debug)]
pub struct IncomingViewingKey {
    ivk: Secret<Scalar>,
    ok: OwnerKey,
}

impl IncomingViewingKey {
    /// The scalar `ivk`.
    #[must_use]
    pub const fn scalar(&self) -> &Secret<Scalar> {
        &self.ivk
    }

    /// `ok`.
    #[must_use]
    pub const fn owner_key(&self) -> &OwnerKey {
        &self.ok
    }

    /// The address at a diversifier.
    #[must_use]
    pub fn address(&self, diversifier: Diversifier) -> Address {
        Address {
            diversifier,
            owner: self.ok.commitment(diversifier),
            transmission_key: Element::new(diversifier.base() * self.ivk.expose()),
        }
    }

    /// `ivk || ok`, 32 bytes each.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 64]> {
        let mut out = Zeroizing::new([0; 64]);
        out[..32].copy_from_slice(self.ivk.expose().as_bytes());
        out[32..].copy_from_slice(&field::to_bytes(&self.ok.0));
        out
    }

    /// Reads `ivk || ok`, both canonical.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 64]) -> Option<Self> {
        let part = |i: usize| -> [u8; 32] { std::array::from_fn(|j| bytes[32 * i + j]) };
        Some(Self {
            ivk: Secret::new(Option::from(Scalar::from_canonical_bytes(part(0)))?),
            ok: OwnerKey(field::from_bytes(&part(1))?),
        })
    }
}

/// `d`: 11 bytes that tell addresses of one account apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Diversifier(pub [u8; 11]);

impl Diversifier {
    /// The diversifier of an index: little-endian.
    #[must_use]
    pub fn from_index(index: u64) -> Self {
        let mut bytes = [0; 11];
        bytes[..8].copy_from_slice(&index.to_le_bytes());
        Self(bytes)
    }

    /// `d` as a little-endian integer, the form that the circuit hashes.
    #[must_use]
    pub fn element(&self) -> Fr {
        Fr::from_le_bytes_mod_order(&self.0) // 88 bits: never reduced
    }

    /// `B_d`: hash to Ristretto of the 11 bytes.
    #[must_use]
    pub fn base(&self) -> RistrettoPoint {
        hash_to_ristretto("diversified base", &[&self.0])
    }
}

field_newtype! {
    /// `pk = H(ok, d)`: who owns a note.
    OwnerCommitment
}

/// Where value is sent: diversifier, owner commitment and transmission key.
///
/// Text form: bech32m of the 75 bytes `d || pk || tk`, prefix `tab` (payments) or `tabvote` (elections).
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Address {
    diversifier: Diversifier,
    owner: OwnerCommitment,
    transmission_key: Element,
}

impl Address {
    /// An address from its parts, as a sender recovers it.
    pub(crate) const fn from_parts(
        diversifier: Diversifier,
        owner: OwnerCommitment,
        transmission_key: Element,
    ) -> Self {
        Self { diversifier, owner, transmission_key }
    }

    /// `d`.
    #[must_use]
    pub const fn diversifier(&self) -> Diversifier {
        self.diversifier
    }

    /// `pk`.
    #[must_use]
    pub const fn owner(&self) -> OwnerCommitment {
        self.owner
    }

    /// `tk`.
    #[must_use]
    pub const fn transmission_key(&self) -> &Element {
        &self.transmission_key
    }

    /// The text form with the prefix of a kind of address.
    #[must_use]
    pub fn encode(&self, kind: AddressKind) -> String {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        bech32::encode::<Bech32m>(Hrp::parse_unchecked(kind.prefix()), &bytes).expect("75 bytes fit")
    }

    /// Reads the text form of one kind.
    ///
    /// # Errors
    /// [`AddressError`] tells what is wrong with the text.
    pub fn decode(text: &str, kind: AddressKind) -> Result<Self, AddressError> {
        let parsed = bech32::primitives::decode::CheckedHrpstring::new::<Bech32m>(text.trim())
            .map_err(|error| AddressError::Text(error.to_string()))?;
        let found = parsed.hrp().to_lowercase();
        if found != kind.prefix() {
            return Err(AddressError::Kind { expected: kind.prefix(), found });
        }
        let bytes: Vec<u8> = parsed.byte_iter().collect();
        let address: Self = borsh::from_slice(&bytes).map_err(|error| AddressError::Content(error.to_string()))?;
        if address.transmission_key.is_identity() {
            return Err(AddressError::Content("its transmission key is the identity".into()));
        }
        Ok(address)
    }
}

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// Payments: prefix `tab`.
    Payment,
    /// Voting rights of one election: prefix `tabvote`.
    Election,
}

impl AddressKind {
    /// The human-readable part.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Payment => "tab",
            Self::Election => "tabvote",
        }
    }
}

/// Why a text is no address.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// Not bech32m, or its checksum fails.
    #[error("not an address: {0} (was it copied whole?)")]
    Text(String),
    /// An address of another kind.
    #[error("this address begins with \"{found}\", and one that begins with \"{expected}\" is needed here")]
    Kind {
        /// The prefix needed.
        expected: &'static str,
        /// The prefix found.
        found: String,
    },
    /// The content does not decode.
    #[error("the address is damaged: {0}")]
    Content(String),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.encode(AddressKind::Payment))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::decode(text, AddressKind::Payment)
    }
}
