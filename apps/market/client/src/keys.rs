//! The keys of a party, and the prices that they read.

use std::fmt;

use blake2b_simd::Params;
use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use ed25519_dalek::{Signer as _, SigningKey};
use tabella_market_rules::{
    action::party_message,
    domain::personal,
    price::{HiddenPrice, Price, mask},
    work::{Party, ViewerKey},
};
use tabella_protocol::{
    keys::Seed,
    note::NoteValue,
    ristretto::{Element, blinding_base},
    secret::Secret,
    transaction::{SignatureBytes, TransactionDigest},
};
use zeroize::Zeroizing;

use crate::search::find_value;

/// The keys of somebody who is paid: one signs, one reads. `Debug` prints nothing.
pub struct MarketKeys {
    owner: SigningKey,
    viewer: Secret<Scalar>,
}

fn expand(seed: &Seed, number: u32, label: &[u8]) -> Zeroizing<[u8; 64]> {
    let mut state = Params::new().hash_length(64).personal(personal::KEYS).to_state();
    state.update(seed.expose()).update(&number.to_le_bytes()).update(label);
    let mut bytes = Zeroizing::new([0; 64]);
    bytes.copy_from_slice(state.finalize().as_bytes());
    bytes
}

impl MarketKeys {
    /// The keys that a seed has under a number: with the log, 24 words give everything back. Parties of different numbers cannot
    /// be linked.
    #[must_use]
    pub fn of_seed(seed: &Seed, number: u32) -> Self {
        let mut owner = Zeroizing::new([0; 32]);
        owner.copy_from_slice(&expand(seed, number, b"owner")[..32]);
        let viewer = Scalar::from_bytes_mod_order_wide(&expand(seed, number, b"viewer"));
        Self { owner: SigningKey::from_bytes(&owner), viewer: Secret::new(viewer) }
    }

    /// What others are told.
    ///
    /// # Panics
    /// With a probability of 2^-252, that of a hash which is 0.
    #[must_use]
    pub fn party(&self) -> Party {
        let viewer = Element::new(self.viewer.expose() * blinding_base());
        let viewer = ViewerKey::new(viewer).expect("a hash of 512 bits is not a multiple of the group's order");
        Party { owner: self.owner.verifying_key().to_bytes(), viewer }
    }

    /// Signs for all that a transaction does with these keys.
    #[must_use]
    pub fn sign(&self, digest: TransactionDigest) -> SignatureBytes {
        sign(&self.owner, digest)
    }

    /// The price of which these keys have a part: as it is masked, if that is true, else searched for among the values below
    /// 2^`search_bits`, which takes 2^(`search_bits`/2) steps. `None` if it is not among them.
    #[must_use]
    pub fn read(&self, price: &Price, part: usize, search_bits: u32) -> Option<NoteValue> {
        let hidden = match price {
            Price::Public(value) => return Some(*value),
            Price::Hidden(hidden) => hidden,
        };
        let point = self.value_point(hidden, part)?;
        let told = self.unmask(hidden, part)?;
        if Scalar::from(told) * curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT == point {
            return Some(NoteValue(told));
        }
        find_value(&point, search_bits).map(NoteValue)
    }

    /// `p·B = C' - k^-1·D`.
    fn value_point(&self, hidden: &HiddenPrice, part: usize) -> Option<RistrettoPoint> {
        let part = hidden.parts.get(part)?;
        Some(hidden.commitment.point() - *self.inverse() * part.handle.point())
    }

    fn unmask(&self, hidden: &HiddenPrice, part: usize) -> Option<u64> {
        let masked = hidden.parts.get(part)?.masked;
        let shared = Element::new(self.viewer.expose() * hidden.epk.point());
        let mask = mask(&shared, &hidden.epk, &self.party().viewer, &hidden.commitment);
        Some(u64::from_le_bytes(masked) ^ u64::from_le_bytes(mask))
    }

    /// k.
    pub(crate) const fn viewer(&self) -> &Scalar {
        self.viewer.expose()
    }

    /// `k^-1`.
    pub(crate) fn inverse(&self) -> Zeroizing<Scalar> {
        Zeroizing::new(self.viewer.expose().invert())
    }
}

impl fmt::Debug for MarketKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MarketKeys(<secret>)")
    }
}

/// A seller signs with the key that issues the licences, a holder or reseller with the owner key.
#[must_use]
pub fn sign(key: &SigningKey, digest: TransactionDigest) -> SignatureBytes {
    SignatureBytes(key.sign(&party_message(digest)).to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    // tests/vectors/applications/market.json: computed by another program.
    #[test]
    fn keys_of_a_seed_are_those_of_the_specification() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../../tests/vectors/applications/market.json")).unwrap();
        let seed = Seed::new([9; 32]);
        let keys = MarketKeys::of_seed(&seed, 1);
        assert_eq!(vectors["owner_secret"], hex::encode(keys.owner.to_bytes()));
        assert_eq!(vectors["viewer_wide"], hex::encode(expand(&seed, 1, b"viewer").as_slice()));
        assert_eq!(format!("{keys:?}"), "MarketKeys(<secret>)");
        assert_ne!(keys.party(), MarketKeys::of_seed(&seed, 2).party());
    }
}
